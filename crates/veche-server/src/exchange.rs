//! The exchange folders of the founding protocol: while a session runs, the frames that went to and fro lie in
//! `exchange/<folder>/`, for the operator to see and never with a private key among them. The folder goes when the
//! session ends, however it ends; what a crash leaves is swept at the next start.
//!
//! Folders and files that have gone are kept, empty, in `exchange/.spare/` and used again. To a file system a new file
//! is dear, and a new one soon after old ones were deleted is dearer: ext4 looks at every file deleted within the last
//! minute before it makes another, which under load took more of the processor than RSA (`docs/benchmarks.md`).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use veche_session::message::Folder;

/// Not the name of a session's folder: those have no dot.
const SPARE_DIR: &str = ".spare";
/// Empty folders kept, and empty files; what is more is deleted.
const SPARE_FOLDERS_MAX: usize = 1_024;
const SPARE_FILES_MAX: usize = 4_096;

#[derive(Debug, Clone)]
pub struct Exchange(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    spare: Mutex<Spare>,
}

/// What lies in `.spare/`, by its full path.
#[derive(Debug, Default)]
struct Spare {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// Names given so far.
    named: u64,
}

impl Exchange {
    /// Makes the parent folder and removes what an earlier process left in it.
    pub fn open(dir: PathBuf) -> io::Result<Self> {
        make_dir(&dir, true)?;
        for left in fs::read_dir(&dir)? {
            let left = left?.path();
            if left.is_dir() { fs::remove_dir_all(left)? } else { fs::remove_file(left)? }
        }
        make_dir(&dir.join(SPARE_DIR), false)?;
        Ok(Self(Arc::new(Inner { dir, spare: Mutex::default() })))
    }

    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Makes the folder of one session. The name is ours: 26 symbols of base32, nothing that a peer supplied.
    pub fn create(&self, folder: &Folder) -> io::Result<ExchangeFolder> {
        let path = self.0.dir.join(folder.as_str());
        let spare = self.0.spare().folders.pop();
        if spare.is_none_or(|spare| fs::rename(spare, &path).is_err()) {
            make_dir(&path, false)?;
        }
        Ok(ExchangeFolder { exchange: self.0.clone(), path, frames: Vec::new() })
    }
}

impl Inner {
    fn spare(&self) -> MutexGuard<'_, Spare> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path in `.spare/` that nothing has had before.
    fn new_name(&self) -> PathBuf {
        let mut spare = self.spare();
        spare.named += 1;
        self.dir.join(SPARE_DIR).join(spare.named.to_string())
    }
}

/// One session's folder; dropping it deletes it.
#[derive(Debug)]
pub struct ExchangeFolder {
    exchange: Arc<Inner>,
    path: PathBuf,
    frames: Vec<PathBuf>,
}

impl ExchangeFolder {
    /// Puts a frame into the folder: `up-1.jwe`, `down-1.jwe`, ... It appears there whole.
    pub fn put(&mut self, name: &str, frame: &str) -> io::Result<()> {
        let spare = self.exchange.spare().files.pop();
        let file = spare.unwrap_or_else(|| self.exchange.new_name());
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        // No `truncate`: a spare file is empty, and ext4 would write a truncated one to the disk at once.
        let opened = options.write(true).create(true).truncate(false).mode(0o600).open(&file);
        let put = opened.and_then(|mut file| file.write_all(frame.as_bytes())).and_then(|()| fs::rename(&file, &path));
        match put {
            Ok(()) => self.frames.push(path),
            Err(_) => drop(fs::remove_file(file)),
        }
        put
    }

    /// Empties the frames and moves all to the spares. An error leaves the rest to be deleted.
    fn spare(&mut self) -> io::Result<()> {
        for frame in self.frames.drain(..) {
            if self.exchange.spare().files.len() >= SPARE_FILES_MAX {
                fs::remove_file(frame)?;
                continue;
            }
            OpenOptions::new().write(true).truncate(true).open(&frame)?;
            let file = self.exchange.new_name();
            fs::rename(frame, &file)?;
            self.exchange.spare().files.push(file);
        }
        if self.exchange.spare().folders.len() >= SPARE_FOLDERS_MAX {
            return fs::remove_dir(&self.path);
        }
        let folder = self.exchange.new_name();
        fs::rename(&self.path, &folder)?;
        self.exchange.spare().folders.push(folder);
        Ok(())
    }
}

impl Drop for ExchangeFolder {
    fn drop(&mut self) {
        if let Err(error) = self.spare().or_else(|_| fs::remove_dir_all(&self.path)) {
            tracing::warn!(%error, "an exchange folder could not be deleted; the next start sweeps it");
        }
    }
}

fn make_dir(path: &Path, recursive: bool) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).recursive(recursive).create(path)
}
