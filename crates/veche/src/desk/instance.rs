//! One desk for a folder. The one that runs holds a lock, and says in the same file, which only its user can read, where it is
//! and by which key a second `veche desk` may ask it for a new address. A desk that was killed leaves the file without its lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{ANOTHER, KEY_HEADER};
use crate::{
    failure::{Exit, Failure, Result},
    lang::both,
};

const FILE: &str = ".veche-desk";
const FILE_MAX_BYTES: u64 = 4096;
const TIMEOUT: Duration = Duration::from_secs(10);

pub struct Instance {
    file: File,
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Running {
    port: u16,
    key: String,
}

impl Instance {
    /// The folder for this process, or `None` where another desk has it.
    ///
    /// # Errors
    /// The disk.
    pub fn take(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        let no_link = OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(no_link);
        let file = options.open(&path).map_err(|error| cannot(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file, path })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot(&path, &error)),
        }
    }

    /// # Errors
    /// The disk.
    pub fn announce(&mut self, port: u16, key: &str) -> Result<()> {
        let running = Running { port, key: key.into() };
        let text = serde_json::to_string(&running).map_err(Failure::other)?;
        let written = self.file.set_len(0).and_then(|()| {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(text.as_bytes())
        });
        written.map_err(|error| cannot(&self.path, &error))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // What is left of a desk that is gone leads nowhere, and its key opens nothing.
        let _ = self.file.set_len(0);
    }
}

/// A new address of the desk that has the folder.
///
/// # Errors
/// It does not answer.
pub async fn ask_for_address(folder: &Path) -> Result<String> {
    let path = folder.join(FILE);
    let asked = tokio::task::spawn_blocking(move || ask(&path)).await;
    asked.map_err(Failure::other)?
}

fn ask(path: &Path) -> Result<String> {
    let silent = || {
        Failure::new(
            Exit::Busy,
            both!(
                "another desk has this folder, and does not answer",
                "с этой папкой работает другой пульт, и он не отвечает"
            ),
        )
        .next(both!(
            "If it has just started, try again; else end that process first.",
            "Если он только что запущен, повторите; иначе сначала завершите тот процесс."
        ))
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| cannot(path, &error))?;
    file.take(FILE_MAX_BYTES).read_to_string(&mut text).map_err(|error| cannot(path, &error))?;
    let running: Running = serde_json::from_str(&text).map_err(|_| silent())?;
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build().into();
    let url = format!("http://127.0.0.1:{}{ANOTHER}", running.port);
    let mut answered = agent
        .post(&url)
        .header(KEY_HEADER, &running.key)
        .header("content-type", "application/json")
        .send("{}".as_bytes())
        .map_err(|_| silent())?;
    let text = answered.body_mut().with_config().limit(FILE_MAX_BYTES).read_to_string().map_err(|_| silent())?;
    let told: Value = serde_json::from_str(&text).map_err(|_| silent())?;
    told.get("address").and_then(Value::as_str).map(str::to_owned).ok_or_else(silent)
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}
