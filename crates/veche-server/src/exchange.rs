//! The exchange folders of the founding protocol: while a session runs, the frames that went to and fro lie in
//! `exchange/<folder>/`, for the operator to see and never with a private key among them. The folder goes when the
//! session ends, however it ends; what a crash leaves is swept at the next start.
//!
//! A folder that has gone is kept in `exchange/.spare/` with its files, emptied, and used again. To a file system a new
//! file is dear, and a new one soon after others were deleted is dearer: ext4 looks at every file deleted within the
//! last minute before it makes another, which under load took more of the processor than RSA (`docs/benchmarks.md`).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use veche_session::message::Folder;

use crate::sparing::Sparing;

/// Not the name of a session's folder: those have no dot.
const SPARE_DIR: &str = ".spare";
/// Spare folders kept; what is more is deleted.
const SPARES_MAX: usize = 1_024;
/// The frames of a session without a «нет»: the files that stay in a spare folder, empty.
const KEPT_FILES: [&str; 2] = ["up-1.jwe", "down-1.jwe"];

#[derive(Debug, Clone)]
pub struct Exchange(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    /// What lies in `.spare/`, by its full path.
    spares: Mutex<Vec<PathBuf>>,
    /// Of a disk that fails, each session would tell.
    failures: Sparing,
}

impl Exchange {
    /// Makes the parent folder and removes what an earlier process left in it.
    pub fn open(dir: PathBuf) -> io::Result<Self> {
        make_dir(&dir, true)?;
        // All that is inside will be deleted: it must be ours, and a link says that it is somebody else's.
        if !fs::symlink_metadata(&dir)?.is_dir() {
            return Err(io::Error::other("it is a link; everything in it would be deleted. Put a folder in its place"));
        }
        for left in fs::read_dir(&dir)? {
            let left = left?;
            if left.file_type()?.is_dir() { fs::remove_dir_all(left.path())? } else { fs::remove_file(left.path())? }
        }
        make_dir(&dir.join(SPARE_DIR), false)?;
        Ok(Self(Arc::new(Inner { dir, spares: Mutex::default(), failures: Sparing::default() })))
    }

    /// Something here has failed: is it time to say so?
    pub(crate) fn fails(&self) -> Option<u64> {
        self.0.failures.speak()
    }

    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Makes the folder of one session. The name is ours: 26 symbols of base32, nothing that a peer supplied.
    pub fn create(&self, folder: &Folder) -> io::Result<ExchangeFolder> {
        let path = self.0.dir.join(folder.as_str());
        let spare = self.0.spares().pop();
        if spare.is_none_or(|spare| fs::rename(spare, &path).is_err()) {
            make_dir(&path, false)?;
        }
        Ok(ExchangeFolder { exchange: self.0.clone(), path, frames: Vec::new() })
    }
}

impl Inner {
    fn spares(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session's folder; dropping it deletes it.
#[derive(Debug)]
pub struct ExchangeFolder {
    exchange: Arc<Inner>,
    path: PathBuf,
    frames: Vec<String>,
}

impl ExchangeFolder {
    /// As [`Exchange::fails`].
    pub(crate) fn fails(&self) -> Option<u64> {
        self.exchange.failures.speak()
    }

    /// Puts a frame into the folder: `up-1.jwe`, `down-1.jwe`, ...
    pub fn put(&mut self, name: &str, frame: &str) -> io::Result<()> {
        self.frames.push(name.to_owned());
        let mut options = OpenOptions::new();
        // No `truncate`: what is there is empty, and ext4 would write a truncated file to the disk at once.
        options.write(true).create(true).truncate(false).mode(0o600);
        options.open(self.path.join(name))?.write_all(frame.as_bytes())
    }

    /// Empties the folder and moves it to the spares.
    fn spare(&mut self) -> io::Result<()> {
        if self.exchange.spares().len() >= SPARES_MAX {
            return fs::remove_dir_all(&self.path);
        }
        for name in self.frames.drain(..) {
            let path = self.path.join(&name);
            if KEPT_FILES.contains(&name.as_str()) {
                OpenOptions::new().write(true).truncate(true).open(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
        // No two sessions have had the same name.
        let spare = self.exchange.dir.join(SPARE_DIR).join(self.path.file_name().unwrap_or_default());
        fs::rename(&self.path, &spare)?;
        self.exchange.spares().push(spare);
        Ok(())
    }
}

impl Drop for ExchangeFolder {
    fn drop(&mut self) {
        if let Err(error) = self.spare().or_else(|_| fs::remove_dir_all(&self.path))
            && let Some(unsaid) = self.fails()
        {
            tracing::warn!(%error, unsaid, "an exchange folder could not be deleted; the next start sweeps it");
        }
    }
}

fn make_dir(path: &Path, recursive: bool) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).recursive(recursive).create(path)
}
