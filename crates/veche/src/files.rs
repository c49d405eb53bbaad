//! Files that are named on the command line. Whoever sends one may have made it what never ends, or never begins: only
//! regular files are read, and no more of them than there can be.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use veche_client::archive::open_regular;
use veche_server::home;

use crate::{
    failure::{Failure, Result},
    front::Front,
    lang::both,
};

/// A receipt holds a manifest, as a fork's proof does; nothing that is read whole holds two.
const MAX_BYTES: u64 = 64 << 20;

fn open(path: &Path) -> Result<File> {
    open_regular(path).map_err(|error| cannot(path, &error))
}

/// All of it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, MAX_BYTES)
}

pub fn read_at_most(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| cannot(path, &error))?;
    if bytes.len() as u64 <= max_bytes {
        return Ok(bytes);
    }
    Err(Failure::usage(both!(
        "{} has more than {max_bytes} bytes: it is no such file",
        "в {} больше {max_bytes} байт: это не такой файл",
        path.display()
    )))
}

/// What a program has noted for itself: `None` only where nothing is. A link that leads nowhere, or what cannot be read, is no
/// missing note: whoever took the note away would be believed.
pub fn read_note(path: &Path) -> Result<Option<Vec<u8>>> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => read(path).map(Some),
    }
}

/// Is there anything of this name, be it a link that leads nowhere?
pub fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Of a file with a secret in it: says so if others on this machine may read it.
pub fn warn_if_readable(path: &Path, front: &mut dyn Front) {
    if home::others_may_read(path) {
        let shown = path.display();
        front.tell(both!("others may read {shown}: chmod 600", "{shown} могут читать другие: chmod 600"));
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

/// Away with it; that it is not there is as good.
///
/// # Errors
/// The disk.
pub fn remove(path: &Path) -> Result<()> {
    gone(std::fs::remove_file(path), path)
}

/// As [`remove`], with all that is in it.
///
/// # Errors
/// The disk.
pub fn remove_dir(path: &Path) -> Result<()> {
    gone(std::fs::remove_dir_all(path), path)
}

fn gone(removed: io::Result<()>, path: &Path) -> Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::other(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}
