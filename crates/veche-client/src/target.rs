//! Where an election is: in a folder, at an address, or in one file. A record can be read from each.

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use veche_election::record::{Source, Unread};

use crate::{
    address::{Address, NotAnAddress},
    archive::{Archive, FILES_MAX},
    trust::Trust,
};

/// Files deeper than this are no record of ours.
const DEPTH_MAX: usize = 12;

/// What somebody typed who means an election.
#[derive(Debug, Clone)]
pub enum Target {
    /// A record, or an organiser's folder.
    Folder(PathBuf),
    /// A server.
    Address(Address),
    /// A record in one .tar file.
    Archive(PathBuf),
}

/// Whoever made it: this is no archive of a record.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct NotAnArchive {
    /// What was given.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: io::Error,
}

impl Target {
    /// What is no address and no folder is taken for an archive.
    ///
    /// # Errors
    /// Who typed it: it begins as an address and is none.
    pub fn parse(text: &str, trust: &Trust) -> Result<Self, NotAnAddress> {
        if Address::is_one(text) {
            return Address::parse(text, trust).map(Self::Address);
        }
        let path = PathBuf::from(text);
        Ok(if path.is_dir() { Self::Folder(path) } else { Self::Archive(path) })
    }

    /// The record that is there.
    ///
    /// # Errors
    /// Whoever made the archive.
    pub fn record(&self) -> Result<Box<dyn Source + Send>, NotAnArchive> {
        Ok(match self {
            Self::Folder(dir) => Box::new(Folder(dir.clone())),
            Self::Address(address) => Box::new(Remote(address.clone())),
            Self::Archive(path) => {
                Box::new(Archive::open(path).map_err(|error| NotAnArchive { path: path.clone(), error })?)
            }
        })
    }
}

/// A record in a folder.
pub struct Folder(pub PathBuf);

impl Source for Folder {
    /// A link is no file of a record, nor is what never ends.
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread> {
        let folders = Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        if folders.into_iter().any(|folder| self.0.join(folder).is_symlink()) {
            return Err(Unread::Missing);
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = fs::OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(self.0.join(path));
        let file = file.map_err(|_| Unread::Missing)?;
        let kind = file.metadata().map_err(|error| Unread::Failed(error.to_string()))?;
        if !kind.is_file() {
            return Err(Unread::Missing);
        }
        read_at_most(file, kind.len(), max_bytes)
    }

    fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.0, "", 0, &mut found);
        found
    }
}

/// All of it, and never more than `max_bytes`, whatever its size is said to be.
fn read_at_most(from: impl io::Read, size: u64, max_bytes: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    if size <= max_bytes {
        let read = from.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| Unread::Failed(error.to_string()))?;
    }
    if size.max(bytes.len() as u64) > max_bytes { Err(Unread::TooLarge { max_bytes }) } else { Ok(bytes) }
}

fn collect(dir: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => {
                collect(&entry.path(), &format!("{path}/"), depth + 1, found)
            }
            _ if found.len() < FILES_MAX => found.push(path),
            _ => return,
        }
    }
}

/// A record at a server, which shows the same files at the same paths.
struct Remote(Address);

impl Source for Remote {
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread> {
        let got = self.0.get_at_most(&format!("/{path}"), max_bytes);
        got.map_err(|error| Unread::Failed(error.to_string()))?.ok_or(Unread::Missing)
    }

    /// A server cannot be asked for what else it has.
    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}
