//! The exchange folders of the founding protocol: while a session runs, the frames that went to and fro lie in
//! `exchange/<folder>/`, for the operator to see and never with a private key among them. The folder goes when the
//! session ends, however it ends; what a crash leaves is swept at the next start.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use veche_session::message::Folder;

#[derive(Debug, Clone)]
pub struct Exchange(PathBuf);

impl Exchange {
    /// Makes the parent folder and removes what an earlier process left in it.
    pub fn open(dir: PathBuf) -> io::Result<Self> {
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::DirBuilder::new().mode(0o700).recursive(true).create(&dir)?,
        }
        Ok(Self(dir))
    }

    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// Makes the folder of one session. The name is ours: 26 symbols of base32, nothing that a peer supplied.
    pub fn create(&self, folder: &Folder) -> io::Result<ExchangeFolder> {
        let path = self.0.join(folder.as_str());
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(ExchangeFolder(path))
    }
}

/// One session's folder; dropping it deletes it.
#[derive(Debug)]
pub struct ExchangeFolder(PathBuf);

impl ExchangeFolder {
    /// Puts a frame into the folder: `up-1.jwe`, `down-1.jwe`, ...
    pub fn put(&self, name: &str, frame: &str) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(self.0.join(name))?.write_all(frame.as_bytes())
    }
}

impl Drop for ExchangeFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "an exchange folder could not be deleted; the next start sweeps it");
        }
    }
}
