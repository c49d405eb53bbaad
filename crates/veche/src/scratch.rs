//! Folders in which something is made whole before it gets its name: beside it, where no other command writes. What a
//! command that was killed has left there, the next one for the same name removes.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};

use tempfile::TempDir;
use veche_server::home::folder_of;

use crate::failure::{Failure, Result};

/// What tempfile puts behind a prefix.
const RANDOM_CHARS: usize = 6;
/// Makings of a folder that another command takes for a leftover each time.
const TRIES: usize = 16;

/// It vanishes with what is left in it.
pub struct Scratch {
    dir: TempDir,
    /// As long as its command lives.
    _taken: File,
}

impl Scratch {
    pub fn beside(path: &Path) -> Result<Self> {
        let mut prefix = OsString::from(".");
        prefix.push(path.file_name().unwrap_or_default());
        prefix.push(".");
        let folder = folder_of(path);
        remove_leftovers(folder, &prefix);
        let made = (0..TRIES).find_map(|_| Self::make(folder, &prefix).transpose());
        made.unwrap_or_else(|| Err(io::ErrorKind::ResourceBusy.into()))
            .map_err(|error| Failure::other(format!("{}: {error}", path.display())))
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// `None` if another command has found it before it was taken, and removed it.
    fn make(folder: &Path, prefix: &OsString) -> io::Result<Option<Self>> {
        let private = fs::Permissions::from_mode(0o700);
        let dir =
            tempfile::Builder::new().prefix(prefix).rand_bytes(RANDOM_CHARS).permissions(private).tempdir_in(folder)?;
        let taken = match File::open(dir.path()) {
            Ok(taken) => taken,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_held = matches!(taken.try_lock(), Err(TryLockError::WouldBlock));
        let is_ours = !is_held && dir.path().exists();
        Ok(is_ours.then_some(Self { dir, _taken: taken }))
    }
}

/// Nobody's: the process that held it is gone. Whatever cannot be removed stays; nothing depends on it.
fn remove_leftovers(folder: &Path, prefix: &OsString) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.as_bytes().strip_prefix(prefix.as_bytes());
        let is_scratch =
            random.is_some_and(|random| random.len() == RANDOM_CHARS && random.iter().all(u8::is_ascii_alphanumeric));
        if !is_scratch || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(held) = File::open(entry.path()) else { continue };
        if held.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
