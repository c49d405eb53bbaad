//! `veche backup` and `veche restore`: everything that another machine needs to go on with an election, in one file.
//!
//! The checkpoint is copied before the database. The server signs a checkpoint only when its entries are durable, so a
//! database read later holds all of it, and the copy starts; the other way round it would be refused as too old.
//!
//! A copy is older than the log as soon as one more entry is recorded. Going on from it then would give places to new
//! entries that receipts say are taken: a fork. The copy cannot know, so somebody must: a witness at the start, the
//! newest checkpoint that was saved, or a person who says that nothing came after.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Component, Path, PathBuf},
};

use aws_lc_rs::digest;
use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use veche_client::archive::{NAME_MAX_BYTES, plain_member};
use veche_election::{
    Checkpoint,
    log::origin,
    record::{FILE_MAX_BYTES, file_max_bytes},
};
use veche_server::{
    Home,
    home::{
        self, CARDS_DIR, CARDS_FILE, CHECKPOINT_FILE, DATABASE_FILE, EXCHANGE_DIR, LOCK_FILE, RECORD_DIR, SERVED_DIR,
        TEMPORARY,
    },
    store::{self, Store},
};

use crate::{
    cards::CODES_FILE,
    failure::{Exit, Failure, Result},
    front::{Front, Terminal},
    lang::{both, some, tr},
    mail_file::PASSWORD_FILE,
    recover,
    scratch::Scratch,
    setup::{ABANDONED, ANEW},
    trustee::TRUSTEES_DIR,
};

/// Of a folder of files: the manifest, the roll, keys, a trustee's folder, a ceremony's messages.
const FILES_MAX: usize = 10_000;
const FOLDERS_DEEP_MAX: usize = 4;
/// The last member: this line, then for each file before it its hash, size and name. A backup that was cut has none.
const CONTENTS_FILE: &str = "backup-contents";
const CONTENTS_VERSION: &str = "veche-backup-1\n";
const CONTENTS_MAX_BYTES: u64 = 4 << 20;

#[derive(Args)]
pub struct RestoreArgs {
    #[arg(help = tr!("What veche backup wrote", "Файл, записанный veche backup"))]
    file: PathBuf,
    #[arg(help = tr!("A new folder", "Новая папка"))]
    dir: PathBuf,
    #[arg(long, value_name = "FILE", help = tr!("The newest checkpoint that anybody has saved: is anything missing?",
        "Самый новый сохранённый checkpoint: не потеряно ли что-нибудь?"))]
    checkpoint: Option<PathBuf>,
    #[arg(long, value_name = "MIRROR", help = tr!("Put back from a mirror, record or http://address what was recorded after the backup",
        "Вернуть из зеркала, публичной записи или с http://адреса то, что записано в журнал после копии"))]
    from: Option<String>,
    #[arg(long, conflicts_with_all = ["checkpoint", "from"], help = tr!("I am sure that nothing was recorded after this backup",
        "Я уверен, что после этой копии ничего не записано"))]
    nothing_after: bool,
}

/// A backup that was written.
#[derive(Debug)]
pub struct BackedUp {
    /// How many of the log are in it.
    pub entries: u64,
}

/// Writes all that another machine needs to go on with an election, whether a server runs or not.
///
/// # Errors
/// The file is there already or would lie in the folder, or nothing can be backed up yet.
pub async fn back_up(home: &Home, file: &Path) -> Result<BackedUp> {
    let there = || Failure::usage(both!("{} is there already", "{} уже есть", file.display()));
    if file.exists() {
        return Err(there());
    }
    if is_within(file, home.dir()) {
        return Err(Failure::usage(both!(
            "the backup would lie in the folder itself, and in every later backup of it",
            "копия лежала бы в самой папке и попадала бы в каждую следующую копию"
        ))
        .next(both!(
            "Name a file elsewhere, best on another disk.",
            "Назовите файл в другом месте, лучше на другом диске."
        )));
    }
    if home.has_draft() {
        return Err(Failure::usage(both!(
            "the trustees still make the key here: there is no election to back up yet",
            "доверенные ещё создают ключ: копировать пока нечего"
        ))
        .next(both!(
            "Copy the folder itself while no server runs.",
            "Скопируйте саму папку, когда сервер остановлен."
        )));
    }
    let scratch = Scratch::beside(file)?;
    let (whole, entries) = write(home, scratch.path()).await?;
    home::rename_new(&whole, file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there(),
        _ => cannot(file, &error),
    })?;
    Ok(BackedUp { entries })
}

/// `veche backup DIR FILE`.
pub async fn run(dir: &Path, file: &Path) -> Result<()> {
    let BackedUp { entries } = back_up(&Home::new(dir), file).await?;
    let held = some(entries, "entry", "entries");
    println!(
        "{}",
        tr!(
            "{}: {held}, with the keys of the server; guard it like the folder. Cards and trustees' keys are not in it.",
            "{}: записей {entries}, с ключами сервера; берегите этот файл, как саму папку. Карточек и ключей доверенных в \
             нём нет.",
            file.display()
        )
    );
    Ok(())
}

fn is_within(file: &Path, dir: &Path) -> bool {
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (beside.canonicalize(), dir.canonicalize()) {
        (Ok(beside), Ok(dir)) => beside.starts_with(dir),
        _ => false,
    }
}

/// Writes the backup into a folder of ours; returns where, and the number of entries in it.
async fn write(home: &Home, scratch: &Path) -> Result<(PathBuf, u64)> {
    let (copied, whole) = (scratch.join("database"), scratch.join("backup"));
    let election = home.election()?;
    // First: see above.
    let checkpoint = home.read(CHECKPOINT_FILE)?;
    new_secret_file(&copied)?;
    store::copy(home, &copied).await?;
    let store = store::open_file(&copied, election.id()).await?;
    let entries = store.head().await?.size;
    store.close().await?;
    let mut archive = Writer::new(new_secret_file(&whole)?);
    archive.append(CHECKPOINT_FILE, 0o644, checkpoint.len() as u64, checkpoint.as_slice())?;
    let database = File::open(&copied).map_err(|error| cannot(&copied, &error))?;
    let size = database.metadata().map_err(|error| cannot(&copied, &error))?.len();
    archive.append(DATABASE_FILE, 0o600, size, database)?;
    for (name, path) in files(home)? {
        let mode = fs::metadata(&path).map_err(|error| cannot(&path, &error))?.permissions().mode() & 0o777;
        let bytes = fs::read(&path).map_err(|error| cannot(&path, &error))?;
        archive.append(&name, mode, bytes.len() as u64, bytes.as_slice())?;
    }
    archive.finish()?;
    Ok((whole, entries))
}

/// An archive, and the list of what is in it.
struct Writer {
    archive: tar::Builder<File>,
    contents: String,
}

impl Writer {
    fn new(file: File) -> Self {
        Self { archive: tar::Builder::new(file), contents: CONTENTS_VERSION.into() }
    }

    fn append(&mut self, name: &str, mode: u32, size: u64, bytes: impl Read) -> Result<()> {
        let mut hashed = Hashed::new(bytes);
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(mode);
        let appended = self.archive.append_data(&mut header, name, &mut hashed);
        appended.map_err(|error| cannot(Path::new(name), &error))?;
        self.contents += &hashed.line(name);
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        let contents = std::mem::take(&mut self.contents);
        self.append(CONTENTS_FILE, 0o600, contents.len() as u64, contents.as_bytes())?;
        let whole = self.archive.into_inner().and_then(|file| file.sync_all());
        whole.map_err(|error| cannot(Path::new(CONTENTS_FILE), &error))
    }
}

/// Hashes what is read through it.
struct Hashed<R> {
    from: R,
    digest: digest::Context,
    size: u64,
}

impl<R: Read> Hashed<R> {
    fn new(from: R) -> Self {
        Self { from, digest: digest::Context::new(&digest::SHA256), size: 0 }
    }

    /// What the list of contents says of the file.
    fn line(self, name: &str) -> String {
        let hash = BASE64URL_NOPAD.encode(self.digest.finish().as_ref());
        format!("{hash} {} {name}\n", self.size)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        self.size += read as u64;
        Ok(read)
    }
}

/// How it is known whether anything was recorded after a backup.
#[derive(Debug, Clone, Copy, Default)]
pub struct Newest<'a> {
    /// The newest checkpoint that anybody has saved.
    pub checkpoint: Option<&'a Path>,
    /// A mirror or record, from which what is missing is put back.
    pub from: Option<&'a str>,
    /// Somebody is sure of it.
    pub nothing_after: bool,
}

/// An election that goes on from a backup.
#[derive(Debug)]
pub struct Restored {
    /// How many its log has now.
    pub entries: u64,
}

/// Unpacks a backup into a new folder, where its election can go on.
///
/// # Errors
/// The folder is there already, the file is no whole backup, or something is, or may be, missing behind it.
pub async fn restore(file: &Path, dir: &Path, newest: Newest<'_>, front: &mut dyn Front) -> Result<Restored> {
    let there = || Failure::usage(both!("{} is there already", "{} уже есть", dir.display()));
    if dir.exists() {
        return Err(there());
    }
    let scratch = Scratch::beside(dir)?;
    let partial = scratch.path().join("election");
    home::make_private_dir(&partial)?;
    let entries = unpack_and_check(file, &partial, newest, front).await?;
    home::rename_new(&partial, dir).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there(),
        _ => cannot(dir, &error),
    })?;
    Ok(Restored { entries })
}

/// `veche restore FILE DIR`.
pub async fn run_restore(args: &RestoreArgs) -> Result<()> {
    let RestoreArgs { file, dir, checkpoint, from, nothing_after } = args;
    let (checkpoint, from) = (checkpoint.as_deref(), from.as_deref());
    let newest = Newest { checkpoint, from, nothing_after: *nothing_after };
    let Restored { entries } = restore(file, dir, newest, &mut Terminal::default()).await?;
    let (held, shown) = (some(entries, "entry", "entries"), dir.display());
    println!(
        "{}",
        tr!(
            "{shown}: {held}. Make sure that the old server never runs again, then: veche serve {shown}",
            "{shown}: записей {entries}. Убедитесь, что старый сервер больше не запустится, затем: veche serve {shown}"
        )
    );
    Ok(())
}

async fn unpack_and_check(file: &Path, partial: &Path, newest: Newest<'_>, front: &mut dyn Front) -> Result<u64> {
    unpack(file, partial).map_err(|error| Failure::other(format!("{}: {error}", file.display())))?;
    let Newest { checkpoint, from, nothing_after } = newest;
    let home = Home::new(partial);
    let election = home.election()?;
    let entries = match from {
        Some(from) => recover::put_back(&home, from, front).await?.entries,
        None => {
            let store = store::open(&home, election.id()).await?;
            let entries = store.head().await?.size;
            store.close().await?;
            entries
        }
    };
    if let Some(newest) = checkpoint {
        let note = fs::read_to_string(newest).map_err(|error| cannot(newest, &error))?;
        let open = |note: &str| Checkpoint::open(note, &origin(election.id()), &election.keys().board);
        let signed = open(&note).map_err(|error| cannot(newest, &error))?.size;
        if signed > entries {
            let held = some(entries, "entry", "entries");
            return Err(Failure::new(
                Exit::CheckFailed,
                both!(
                    "the backup holds {held}, but {signed} were signed: going on would fork the log",
                    "в копии записей {entries}, а подписано {signed}: продолжение раздвоило бы журнал"
                ),
            )
            .next(both!(
                "Find a newer backup, the old disk, or a mirror (--from); without them the election must be declared void.",
                "Найдите более новую копию, старый диск или зеркало (--from); без них выборы придётся признать несостоявшимися."
            )));
        }
        // The newer of the two decides at every start.
        if signed > open(&String::from_utf8_lossy(&home.read(CHECKPOINT_FILE)?)).map_or(0, |old| old.size) {
            home.write_public(CHECKPOINT_FILE, note.as_bytes())?;
        }
    } else if !nothing_after && from.is_none() && election.draft().witnesses.is_none() {
        return Err(Failure::usage(both!(
            "nobody can tell whether this backup is the newest: the election has no witnesses",
            "никто не может сказать, последняя ли это копия: у выборов нет свидетелей"
        ))
        .next(both!(
            "Give the newest checkpoint that anybody has saved: --checkpoint FILE; or a mirror: --from DIR; or, if you are \
             sure, --nothing-after",
            "Укажите самый новый сохранённый checkpoint: --checkpoint ФАЙЛ; или зеркало: --from ПАПКА; или, если уверены, \
             --nothing-after"
        )));
    }
    home.sync()?;
    Ok(entries)
}

/// Plain files with plain names, no more of them than a folder has, and at the end the list of all of them.
fn unpack(file: &Path, dir: &Path) -> io::Result<()> {
    let cut =
        || io::Error::other(tr!("the backup is not whole: it was cut or damaged", "копия повреждена или обрезана"));
    let mut archive = tar::Archive::new(io::BufReader::new(File::open(file)?));
    let (mut contents, mut listed) = (String::from(CONTENTS_VERSION), None);
    for (count, entry) in archive.entries()?.raw(true).enumerate() {
        let mut entry = entry?;
        let (name, size) = plain_member(entry.header())?;
        if listed.is_some() || count > FILES_MAX {
            return Err(does_not_belong(&name));
        }
        if name == CONTENTS_FILE {
            let mut list = String::new();
            entry.by_ref().take(CONTENTS_MAX_BYTES).read_to_string(&mut list)?;
            listed = Some(list);
            continue;
        }
        contents += &unpack_file(&mut entry, &name, size, dir)?;
    }
    if listed.as_ref() == Some(&contents) { Ok(()) } else { Err(cut()) }
}

/// Writes one file; returns the line of the list of contents.
fn unpack_file(entry: &mut tar::Entry<'_, impl Read>, name: &str, size: u64, dir: &Path) -> io::Result<String> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    // The archive itself bounds the database: it is never read whole.
    let max_bytes = if name == DATABASE_FILE { u64::MAX } else { file_max_bytes(name).unwrap_or(FILE_MAX_BYTES) };
    if !plain || size > max_bytes {
        return Err(does_not_belong(name));
    }
    let path = dir.join(name);
    home::make_private_dir(path.parent().unwrap_or(dir)).map_err(io::Error::other)?;
    let mode = if entry.header().mode()? & 0o044 == 0 { 0o600 } else { 0o644 };
    let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let mut hashed = Hashed::new(entry);
    io::copy(&mut hashed, &mut out)?;
    Ok(hashed.line(name))
}

fn does_not_belong(name: &str) -> io::Error {
    let name = name.escape_debug();
    io::Error::other(tr!("\"{name}\" does not belong into a backup", "«{name}» не может быть в копии"))
}

/// What goes into a backup as it is: all but what is copied otherwise, belongs to one process, or can be made again.
/// Cards are voters' secrets, of no use to the server. What is served from a folder apart lies in a backup beside the rest.
fn files(home: &Home) -> Result<Vec<(String, PathBuf)>> {
    let mut found = files_of(home.dir(), |name| name != SERVED_DIR && home.path(name) == home.dir().join(name))?;
    if home.served_dir() != home.dir() {
        found.extend(files_of(home.served_dir(), |_| true)?);
    }
    found.sort();
    Ok(found)
}

/// `wanted`: of the names in the folder itself.
fn files_of(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, PathBuf)>> {
    let out = [
        LOCK_FILE,
        CHECKPOINT_FILE,
        EXCHANGE_DIR,
        RECORD_DIR,
        CARDS_DIR,
        CARDS_FILE,
        TRUSTEES_DIR,
        CONTENTS_FILE,
        CODES_FILE,
        PASSWORD_FILE,
    ];
    let is_aside = |name: &str| name.starts_with(ABANDONED) || name.starts_with(ANEW);
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        let path = dir.join(&folder);
        for entry in fs::read_dir(&path).map_err(|error| cannot(&path, &error))? {
            let entry = entry.map_err(|error| cannot(&path, &error))?;
            let name = folder.join(entry.file_name());
            let text = name.to_string_lossy().into_owned();
            if out.contains(&text.as_str())
                || !wanted(&text)
                || is_aside(&text)
                || text.starts_with(DATABASE_FILE)
                || text.ends_with(TEMPORARY)
            {
                continue;
            }
            // Links are followed: a certificate is often one.
            let kind = fs::metadata(entry.path()).map_err(|error| cannot(&entry.path(), &error))?;
            let fits = text.len() <= NAME_MAX_BYTES && !text.contains(char::is_control);
            if kind.is_dir() && name.components().count() < FOLDERS_DEEP_MAX {
                folders.push(name);
            } else if kind.is_file() && found.len() < FILES_MAX && fits {
                found.push((text, entry.path()));
            } else {
                return Err(Failure::other(both!("{text} cannot be in a backup", "{text} не может войти в копию")));
            }
        }
    }
    Ok(found)
}

fn new_secret_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}
