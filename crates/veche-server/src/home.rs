//! The folder of an election: which file is what, with which mode, and who may open it.
//! `docs/spec/manifest.md` section 5 describes the public files; the private ones are ours alone.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::rand;
use rustix::{
    fs::{CWD, OFlags, RenameFlags},
    io::Errno,
};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Handle, RuntimeFlavor};
use veche_client::trust::PemError;
use veche_election::{
    Board, CredentialList, Draft, Election, SigningKey, canonical,
    ceremony::{Ceremony, MESSAGE_MAX_BYTES, VerificationKeys},
    hash::Hash,
    record::{CEREMONY_FILE, CREDENTIALS_FILE, MANIFEST_FILE},
    roll::{Seat, published_roll},
};
use veche_session::envelope::{OpeningKey, SealingSignature};
use zeroize::Zeroizing;

pub const CONFIG_FILE: &str = "election.toml";
pub const ROLL_CSV_FILE: &str = "roll.csv";
pub const VOTERS_FILE: &str = "voters.jsonl";
/// Who was added to the roll after setup.
pub const ADDED_FILE: &str = "added.jsonl";
pub const SERVER_KEYS_FILE: &str = "server-keys.json";
pub const BOARD_KEY_FILE: &str = "board-key";
pub const ORGANISER_KEY_FILE: &str = "organiser.key";
pub const DATABASE_FILE: &str = "veche.db";
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The draft of an election whose trustees still make its keys.
pub const DRAFT_FILE: &str = "draft.json";
/// Messages of the trustees' ceremony while it goes on.
pub const CEREMONY_DIR: &str = "ceremony-messages";
pub const EXCHANGE_DIR: &str = "exchange";
pub const CARDS_DIR: &str = "cards";
pub const CARDS_FILE: &str = "cards.jsonl";
pub const RECORD_DIR: &str = "record";
/// Is there while an election is being made, and so if the making broke off.
pub const MAKING_FILE: &str = "making";
/// The first return of a server after an announced time that had passed without one.
pub const RETURNED_FILE: &str = "returned.json";
pub const LOCK_FILE: &str = "lock";
/// What is served, in a folder apart from the organiser's key, the roll and the cards.
pub const SERVED_DIR: &str = "served";
/// What lies in it: all that is public, and all that a server writes or answers with.
const SERVED: [&str; 15] = [
    MANIFEST_FILE,
    CREDENTIALS_FILE,
    CEREMONY_FILE,
    CEREMONY_DIR,
    DRAFT_FILE,
    CONFIG_FILE,
    VOTERS_FILE,
    ADDED_FILE,
    SERVER_KEYS_FILE,
    BOARD_KEY_FILE,
    CHECKPOINT_FILE,
    RETURNED_FILE,
    EXCHANGE_DIR,
    RECORD_DIR,
    LOCK_FILE,
];
/// The end of a name that is being written.
pub const TEMPORARY: &str = ".tmp";

/// A link of ours would be an accident, and what it points to not ours to empty.
const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// Who erred: the organiser or the disk. The path is the culprit.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error("{path}: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error("{path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error(transparent)]
    Pem(#[from] PemError),
    #[error("{0} is in use by another veche process{1}")]
    Locked(PathBuf, String),
}

impl HomeError {
    pub fn io(path: &Path, error: io::Error) -> Self {
        Self::Io { path: path.to_owned(), error }
    }

    pub fn file(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// The server's two RSA keys.
#[derive(Debug)]
pub struct ServerKeys {
    pub enc: OpeningKey,
    pub sig: SealingSignature,
}

/// `server-keys.json`: PKCS#8 in base64url.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerKeysFile {
    enc: String,
    sig: String,
}

/// A folder of an election. Where it has a folder [`SERVED_DIR`], the server's parts and the public ones are in that, and may be
/// served, or carried to another machine, without what is the organiser's alone.
#[derive(Debug, Clone)]
pub struct Home {
    dir: PathBuf,
    served: Option<PathBuf>,
}

/// Held while this process writes the election; released when dropped or when the process dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Home {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let served = Some(dir.join(SERVED_DIR)).filter(|served| served.is_dir());
        Self { dir, served }
    }

    /// One that keeps apart what is served. The folder apart is made where it is not there yet.
    pub fn apart(dir: impl Into<PathBuf>) -> Result<Self, HomeError> {
        let dir = dir.into();
        make_private_dir(&dir)?;
        make_private_dir(&dir.join(SERVED_DIR))?;
        Ok(Self::new(dir))
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the parts are that a server needs, and what it publishes: the folder apart, where there is one.
    pub fn served_dir(&self) -> &Path {
        self.served.as_deref().unwrap_or(&self.dir)
    }

    /// What a server sees.
    pub fn served(&self) -> Self {
        Self::new(self.served_dir())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        match &self.served {
            Some(served) if is_served(name) => served.join(name),
            _ => self.dir.join(name),
        }
    }

    /// Is there an election in this folder?
    pub fn exists(&self) -> bool {
        self.path(MANIFEST_FILE).exists()
    }

    /// Is there a draft whose trustees have not made its keys yet?
    pub fn has_draft(&self) -> bool {
        self.path(DRAFT_FILE).exists() && !self.exists()
    }

    pub fn draft(&self) -> Result<Draft, HomeError> {
        let bytes = self.read(DRAFT_FILE)?;
        Draft::parse(&bytes).map_err(|error| HomeError::file(&self.path(DRAFT_FILE), error))
    }

    /// The ceremony as far as it has come, every message checked again.
    pub fn ceremony_so_far(&self, draft: &Draft) -> Result<Ceremony, HomeError> {
        let dir = self.path(CEREMONY_DIR);
        let plan = draft.ceremony_plan().ok_or_else(|| HomeError::file(&dir, "an open election has no trustees"))?;
        let mut messages = Vec::new();
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.map_err(|error| HomeError::io(&dir, error))?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                messages.push((read_message(&path)?, path));
            }
        }
        Ceremony::from_messages(draft.id(), plan, messages).map_err(|(path, error)| HomeError::file(&path, error))
    }

    /// How many messages of the ceremony lie in the folder.
    pub fn ceremony_messages(&self) -> usize {
        let files = fs::read_dir(self.path(CEREMONY_DIR)).into_iter().flatten().flatten();
        files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "json")).count()
    }

    /// Keeps a message of the ceremony that was checked. What lies there already is never replaced: of two who say
    /// something in one trustee's place at the same moment, one is told.
    pub fn write_ceremony_message(&self, bytes: &[u8]) -> Result<(), HomeError> {
        let dir = self.path(CEREMONY_DIR);
        make_public_dir(&dir)?;
        let name = Ceremony::file_name(bytes).ok_or_else(|| HomeError::file(&dir, "not a message of a ceremony"))?;
        let taken = File::open(&dir).map_err(|error| HomeError::io(&dir, error))?;
        taken.lock().map_err(|error| HomeError::io(&dir, error))?;
        let path = dir.join(name);
        match fs::read(&path) {
            Ok(held) if held == bytes => Ok(()),
            Ok(_) => Err(HomeError::file(&path, "another message of this trustee is there already")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => write_atomically(&path, bytes, 0o644),
            Err(error) => Err(HomeError::io(&path, error)),
        }
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>, HomeError> {
        let path = self.path(name);
        // In a folder that others can write to, a pipe would be waited for without end.
        let regular = fs::metadata(&path).and_then(|about| {
            let other = || io::Error::new(io::ErrorKind::Unsupported, "not a regular file");
            about.is_file().then_some(()).ok_or_else(other)
        });
        regular.and_then(|()| fs::read(&path)).map_err(|error| HomeError::io(&path, error))
    }

    /// As [`Self::read`]; `None` only where nothing is. What is there and cannot be read is no missing file.
    pub fn read_if_there(&self, name: &str) -> Result<Option<Vec<u8>>, HomeError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HomeError::io(&path, error)),
        }
    }

    /// Writes a file that anybody may read.
    pub fn write_public(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        write_atomically(&self.path(name), bytes, 0o644)
    }

    /// Writes a file that only its owner may read.
    pub fn write_secret(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        write_atomically(&self.path(name), bytes, 0o600)
    }

    /// As [`Home::write_secret`] for thousands of files at once: the caller makes them durable by [`Home::sync`].
    pub fn write_secret_unsynced(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).custom_flags(NO_LINK).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| HomeError::io(&path, error))
    }

    /// Makes everything written to this file system so far durable.
    pub fn sync(&self) -> Result<(), HomeError> {
        let synced = File::open(&self.dir).and_then(|dir| Ok(rustix::fs::syncfs(dir)?));
        synced.map_err(|error| HomeError::io(&self.dir, error))
    }

    pub fn election(&self) -> Result<Election, HomeError> {
        let bytes = self.read(MANIFEST_FILE)?;
        Election::parse(&bytes).map_err(|error| HomeError::file(&self.path(MANIFEST_FILE), error))
    }

    /// The file `ceremony` of a secret election, checked against the manifest.
    pub fn ceremony(&self, election: &Election) -> Result<Option<Vec<u8>>, HomeError> {
        let Some(hash) = election.ceremony() else { return Ok(None) };
        let bytes = self.read(CEREMONY_FILE)?;
        if Hash::of(&bytes) != hash {
            return Err(HomeError::file(&self.path(CEREMONY_FILE), "this is not the ceremony that the manifest names"));
        }
        Ok(Some(bytes))
    }

    /// The board of no entries, with the voters' credentials and the trustees' verification keys.
    pub fn board(&self, election: &Arc<Election>) -> Result<Board, HomeError> {
        let credentials = self.credentials(election)?;
        Ok(Board::new(election.clone(), &credentials, self.verification_keys(election)?))
    }

    fn verification_keys(&self, election: &Election) -> Result<VerificationKeys, HomeError> {
        let Some(file) = self.ceremony(election)? else { return Ok(VerificationKeys::default()) };
        let keys = Ceremony::of(election, &file).and_then(|ceremony| ceremony.verification_keys());
        keys.map_err(|error| HomeError::file(&self.path(CEREMONY_FILE), error))
    }

    /// The credential list, checked against the manifest.
    pub fn credentials(&self, election: &Election) -> Result<CredentialList, HomeError> {
        let path = self.path(CREDENTIALS_FILE);
        let bytes = self.read(CREDENTIALS_FILE)?;
        if Hash::of(&bytes) != election.roll().credentials {
            return Err(HomeError::file(&path, "this is not the list that the manifest names"));
        }
        CredentialList::parse(&bytes).map_err(|error| HomeError::file(&path, error))
    }

    /// Voters with their credentials, checked against the manifest.
    pub fn voters(&self, election: &Election) -> Result<Vec<Seat>, HomeError> {
        let path = self.path(VOTERS_FILE);
        let bytes = self.read(VOTERS_FILE)?;
        let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let seats: Result<Vec<Seat>, _> = lines.map(canonical::parse).collect();
        let seats = seats.map_err(|error| HomeError::file(&path, error))?;
        if Hash::of(&published_roll(&seats, election.draft().roll_shows)) != election.roll().published {
            return Err(HomeError::file(&path, "these are not the voters that the manifest names"));
        }
        Ok(seats)
    }

    pub fn write_voters(&self, seats: &[Seat]) -> Result<(), HomeError> {
        let mut bytes = Vec::new();
        for seat in seats {
            bytes.extend(canonical::write(seat));
            bytes.push(b'\n');
        }
        self.write_secret(VOTERS_FILE, &bytes)
    }

    pub fn server_keys(&self) -> Result<ServerKeys, HomeError> {
        let path = self.path(SERVER_KEYS_FILE);
        let bytes = Zeroizing::new(self.read(SERVER_KEYS_FILE)?);
        let file: ServerKeysFile = serde_json::from_slice(&bytes).map_err(|_| HomeError::file(&path, "not JSON"))?;
        let (enc, sig) = (Zeroizing::new(file.enc), Zeroizing::new(file.sig));
        let decode = |text: &str| {
            let der = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes());
            der.map(Zeroizing::new).map_err(|_| HomeError::file(&path, "not base64url"))
        };
        let bad = |error| HomeError::file(&path, error);
        Ok(ServerKeys {
            enc: OpeningKey::from_pkcs8(&decode(&enc)?).map_err(bad)?,
            sig: SealingSignature::from_pkcs8(&decode(&sig)?).map_err(bad)?,
        })
    }

    pub fn write_server_keys(&self, keys: &ServerKeys) -> Result<(), HomeError> {
        let encode = |der: &[u8]| data_encoding::BASE64URL_NOPAD.encode(der);
        let file = ServerKeysFile { enc: encode(keys.enc.to_pkcs8()), sig: encode(keys.sig.to_pkcs8()) };
        self.write_secret(SERVER_KEYS_FILE, &Zeroizing::new(canonical::write(&file)))
    }

    /// `board-key` or `organiser.key`: the seed of an Ed25519 key in base64url.
    pub fn signing_key(&self, name: &str) -> Result<SigningKey, HomeError> {
        read_signing_key(&self.path(name))
    }

    pub fn write_signing_key(&self, name: &str, key: &SigningKey) -> Result<(), HomeError> {
        let text = Zeroizing::new(format!("{}\n", data_encoding::BASE64URL_NOPAD.encode(key.seed().as_ref())));
        self.write_secret(name, text.as_bytes())
    }

    /// Takes the election for this process; a second one is refused and told where the first can be reached.
    pub fn lock(&self) -> Result<Lock, HomeError> {
        let path = self.path(LOCK_FILE);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(0o600).custom_flags(NO_LINK);
        let file = options.open(&path).map_err(|error| HomeError::io(&path, error))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(|error| HomeError::io(&path, error))?;
                Ok(Lock { file, path })
            }
            Err(fs::TryLockError::WouldBlock) => {
                let served = self.served_at().map(|url| format!(" ({url})")).unwrap_or_default();
                Err(HomeError::Locked(self.dir.clone(), served))
            }
            Err(fs::TryLockError::Error(error)) => Err(HomeError::io(&path, error)),
        }
    }

    /// Where the process that holds the lock serves, if it does.
    pub fn served_at(&self) -> Option<String> {
        let url = fs::read_to_string(self.path(LOCK_FILE)).ok()?;
        (!url.is_empty()).then(|| url.trim().to_owned())
    }
}

/// Also of what SQLite puts beside its database.
fn is_served(name: &str) -> bool {
    SERVED.contains(&name) || name.starts_with(DATABASE_FILE)
}

impl Lock {
    /// Says to other processes where this one can be reached.
    pub fn announce(&mut self, url: &str) -> Result<(), HomeError> {
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(url.as_bytes()));
        written.map_err(|error| HomeError::io(&self.path, error))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Best effort: an address that nobody serves any more only costs the next command a refused connection.
        let _ = self.file.set_len(0);
    }
}

/// Nothing but a regular file, and no more of it than shows that it is too long: a folder that is carried about or shared
/// holds what others have put there.
fn read_message(path: &Path) -> Result<Vec<u8>, HomeError> {
    let failed = |error| HomeError::io(path, error);
    // A pipe that nobody writes to must not hold whoever opens it.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(HomeError::file(path, "not a file with a message of the ceremony"));
    }
    let mut bytes = Vec::new();
    file.take(MESSAGE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

pub fn read_signing_key(path: &Path) -> Result<SigningKey, HomeError> {
    let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| HomeError::io(path, error))?;
    let seed = data_encoding::BASE64URL_NOPAD.decode(text.trim_end().as_bytes()).map(Zeroizing::new);
    let seed: Option<[u8; 32]> = seed.ok().and_then(|seed| seed.as_slice().try_into().ok());
    seed.map(|seed| SigningKey::from_seed(&Zeroizing::new(seed)))
        .ok_or_else(|| HomeError::file(path, "not a key of 43 symbols of base64url"))
}

/// Of a file with a secret in it. (Where there is none, nobody reads it.)
pub fn others_may_read(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

/// Writes beside the file, makes it durable, renames it into place. A crash leaves the old file or the new one. What is
/// written beside has a name that nobody else takes, whoever else writes the same file at this moment.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> Result<(), HomeError> {
    write_beside(path, bytes, mode, |temporary, path| fs::rename(temporary, path))
}

/// As [`write_atomically`], for a task: the runtime's other tasks do not wait for this disk.
pub(crate) fn write_from_task(path: &Path, bytes: &[u8], mode: u32) -> Result<(), HomeError> {
    off_the_runtime(|| write_atomically(path, bytes, mode))
}

/// Another thread takes over the runtime's other tasks meanwhile; where there is none (in a simulation) they wait.
fn off_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

/// As [`write_atomically`], where nothing may be there yet.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), HomeError> {
    write_beside(path, bytes, mode, rename_new)
}

type PutInPlace = fn(&Path, &Path) -> io::Result<()>;

fn write_beside(path: &Path, bytes: &[u8], mode: u32, put_in_place: PutInPlace) -> Result<(), HomeError> {
    let written = || -> io::Result<()> {
        let temporary = path.with_file_name(temporary_name(path)?);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_data());
        if let Err(error) = written.and_then(|()| put_in_place(&temporary, path)) {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        // The name is durable only with its folder.
        File::open(folder_of(path))?.sync_data()
    };
    written().map_err(|error| HomeError::io(path, error))
}

/// `checkpoint.5d1f0c9a3b7e2468.tmp`
fn temporary_name(path: &Path) -> io::Result<OsString> {
    let mut random = [0; 8];
    rand::fill(&mut random).map_err(|_| io::Error::other("the system gives no randomness"))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}{TEMPORARY}", u64::from_be_bytes(random)));
    Ok(name)
}

/// Deletes what processes that died while they wrote have left beside the files of a folder. Nobody may be writing there.
pub fn sweep_temporary(dir: &Path, file: &str) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let middle = name.strip_prefix(file).and_then(|rest| rest.strip_suffix(TEMPORARY));
        if middle.is_some_and(|middle| middle.starts_with('.')) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Renames to where nothing is; where the file system cannot promise that, it is looked at before.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) if fs::symlink_metadata(to).is_err() => fs::rename(from, to),
        renamed => Ok(renamed?),
    }
}

/// The folder in which a path stands.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder that only its owner may enter, if it is not there.
pub fn make_private_dir(path: &Path) -> Result<(), HomeError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| HomeError::io(path, error))
}

/// Makes a folder that anybody may look into and only its owner may change, if it is not there.
pub fn make_public_dir(path: &Path) -> Result<(), HomeError> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(|error| HomeError::io(path, error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// With one thread for all tasks who waits for the disk would wait for ever.
    #[test]
    fn who_waits_for_the_disk_holds_up_no_other_task() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (disk, written) = std::sync::mpsc::channel();
        runtime.block_on(async {
            let writes = tokio::spawn(async move { off_the_runtime(|| written.recv_timeout(Duration::from_secs(60))) });
            tokio::spawn(async move { disk.send(()) }).await.unwrap().unwrap();
            assert_eq!(writes.await.unwrap(), Ok(()));
        });
    }
}
