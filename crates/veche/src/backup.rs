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

use clap::Args;
use veche_election::{Checkpoint, log::origin};
use veche_server::{
    Home,
    home::{self, CARDS_DIR, CARDS_FILE, CHECKPOINT_FILE, DATABASE_FILE, EXCHANGE_DIR, LOCK_FILE, RECORD_DIR},
    store::{SqliteStore, Store},
};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    recover,
};

/// Of a folder of files: the manifest, the roll, keys, a trustee's folder, a ceremony's messages.
const FILES_MAX: usize = 10_000;
const FOLDERS_DEEP_MAX: usize = 4;
/// What SQLite may leave beside a database.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

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
        "Вернуть из зеркала, записи или с http://адреса то, что записано после копии"))]
    from: Option<String>,
    #[arg(long, conflicts_with_all = ["checkpoint", "from"], help = tr!("I am sure that nothing was recorded after this backup",
        "Я уверен, что после этой копии ничего не записано"))]
    nothing_after: bool,
}

pub async fn backup(dir: &Path, file: &Path) -> Result<()> {
    let home = Home::new(dir);
    let partial = beside(file, ".partial");
    let copied = beside(file, ".database");
    if file.exists() {
        return Err(Failure::usage(tr!("{} is there already", "{} уже есть", file.display())));
    }
    let written = write(&home, file, &partial, &copied).await;
    for left in SIDE_FILES.map(|side| beside(&copied, side)).iter().chain([&copied, &partial]) {
        let _ = fs::remove_file(left);
    }
    let entries = written?;
    println!(
        "{}",
        tr!(
            "{}: {entries} entries, with the keys of the server; guard it like the folder. Cards are not in it.",
            "{}: записей {entries}, с ключами сервера; берегите, как папку. Карточек в нём нет.",
            file.display()
        )
    );
    Ok(())
}

/// Writes `file` by way of the two others; the number of entries in it.
async fn write(home: &Home, file: &Path, partial: &Path, copied: &Path) -> Result<u64> {
    let election = home.election()?;
    // First: see above.
    let checkpoint = home.read(CHECKPOINT_FILE)?;
    new_secret_file(copied)?;
    SqliteStore::copy(&home.path(DATABASE_FILE), copied).await?;
    let store = SqliteStore::open(copied, election.id()).await?;
    let entries = store.head().await?.size;
    store.close().await?;
    let mut archive = tar::Builder::new(new_secret_file(partial)?);
    append(&mut archive, CHECKPOINT_FILE, 0o644, &checkpoint)?;
    let mut database = File::open(copied).map_err(|error| cannot(copied, &error))?;
    archive.append_file(DATABASE_FILE, &mut database).map_err(|error| cannot(partial, &error))?;
    for name in files(home)? {
        let path = home.dir().join(&name);
        let mode = fs::metadata(&path).map_err(|error| cannot(&path, &error))?.permissions().mode() & 0o777;
        append(&mut archive, &name, mode, &fs::read(&path).map_err(|error| cannot(&path, &error))?)?;
    }
    let whole = archive.into_inner().and_then(|file| file.sync_all());
    whole.and_then(|()| fs::rename(partial, file)).map_err(|error| cannot(file, &error))?;
    Ok(entries)
}

pub async fn restore(args: &RestoreArgs) -> Result<()> {
    let dir = &args.dir;
    if dir.exists() {
        return Err(Failure::usage(tr!("{} is there already", "{} уже есть", dir.display())));
    }
    let partial = beside(dir, ".partial");
    home::make_private_dir(&partial)?;
    let restored = unpack_and_check(args, &partial).await;
    let restored = restored.and_then(|entries| {
        fs::rename(&partial, dir).map_err(|error| cannot(dir, &error))?;
        Ok(entries)
    });
    if restored.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    let (entries, shown) = (restored?, dir.display());
    println!(
        "{}",
        tr!(
            "{shown}: {entries} entries. Make sure that the old server never runs again, then: veche serve {shown}",
            "{shown}: записей {entries}. Убедитесь, что старый сервер больше не запустится, затем: veche serve {shown}"
        )
    );
    Ok(())
}

async fn unpack_and_check(args: &RestoreArgs, partial: &Path) -> Result<u64> {
    unpack(&args.file, partial).map_err(|error| Failure::other(format!("{}: {error}", args.file.display())))?;
    let home = Home::new(partial);
    let election = home.election()?;
    let entries = match &args.from {
        Some(from) => recover::put_back(&home, from).await?.1,
        None => {
            let store = SqliteStore::open(&home.path(DATABASE_FILE), election.id()).await?;
            let entries = store.head().await?.size;
            store.close().await?;
            entries
        }
    };
    if let Some(newest) = &args.checkpoint {
        let note = fs::read_to_string(newest).map_err(|error| cannot(newest, &error))?;
        let open = |note: &str| Checkpoint::open(note, &origin(election.id()), &election.keys().board);
        let signed = open(&note).map_err(|error| cannot(newest, &error))?.size;
        if signed > entries {
            return Err(Failure::new(
                Exit::CheckFailed,
                tr!(
                    "the backup holds {entries} entries, but {signed} were signed: going on would fork the log",
                    "в копии записей {entries}, а подписано {signed}: продолжение раздвоило бы журнал"
                ),
            )
            .next(tr!(
                "Find a newer backup, the old disk, or a mirror (--from); without them the election must be declared void.",
                "Найдите более новую копию, старый диск или зеркало (--from); без них выборы придётся признать несостоявшимися."
            )));
        }
        // The newer of the two decides at every start.
        if signed > open(&String::from_utf8_lossy(&home.read(CHECKPOINT_FILE)?)).map_or(0, |old| old.size) {
            home.write_public(CHECKPOINT_FILE, note.as_bytes())?;
        }
    } else if !args.nothing_after && args.from.is_none() && election.draft().witnesses.is_none() {
        return Err(Failure::usage(tr!(
            "nobody can tell whether this backup is the newest: the election has no witnesses",
            "никто не может сказать, последняя ли это копия: у выборов нет свидетелей"
        ))
        .next(tr!(
            "Give the newest checkpoint that anybody has saved: --checkpoint FILE; or a mirror: --from DIR; or, if you are \
             sure, --nothing-after",
            "Укажите самый новый сохранённый checkpoint: --checkpoint ФАЙЛ; или зеркало: --from ПАПКА; или, если уверены, \
             --nothing-after"
        )));
    }
    home.sync()?;
    Ok(entries)
}

/// Plain files with plain names, and no more of them than a folder has.
fn unpack(file: &Path, dir: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(io::BufReader::new(File::open(file)?));
    for (count, entry) in archive.entries()?.enumerate() {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || !entry.header().entry_type().is_file() || count > FILES_MAX {
            return Err(io::Error::other(format!("\"{}\" does not belong into a backup", name.display())));
        }
        let path = dir.join(&name);
        home::make_private_dir(path.parent().unwrap_or(dir)).map_err(io::Error::other)?;
        let mode = if entry.header().mode()? & 0o044 == 0 { 0o600 } else { 0o644 };
        let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        io::copy(&mut entry.by_ref(), &mut out)?;
    }
    Ok(())
}

/// What goes into a backup as it is: all but what is copied otherwise, belongs to one process, or can be made again.
/// Cards are voters' secrets, of no use to the server.
fn files(home: &Home) -> Result<Vec<String>> {
    let out = [LOCK_FILE, CHECKPOINT_FILE, EXCHANGE_DIR, RECORD_DIR, CARDS_DIR, CARDS_FILE];
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        let path = home.dir().join(&folder);
        for entry in fs::read_dir(&path).map_err(|error| cannot(&path, &error))? {
            let entry = entry.map_err(|error| cannot(&path, &error))?;
            let name = folder.join(entry.file_name());
            let text = name.to_string_lossy().into_owned();
            if out.contains(&text.as_str()) || text.starts_with(DATABASE_FILE) || text.ends_with(".tmp") {
                continue;
            }
            // Links are followed: a certificate is often one.
            let kind = fs::metadata(entry.path()).map_err(|error| cannot(&entry.path(), &error))?;
            if kind.is_dir() && name.components().count() < FOLDERS_DEEP_MAX {
                folders.push(name);
            } else if kind.is_file() && found.len() < FILES_MAX {
                found.push(text);
            } else {
                return Err(Failure::other(tr!("{text} cannot be in a backup", "{text} не может войти в копию")));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn append(archive: &mut tar::Builder<File>, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    archive.append_data(&mut header, name, bytes).map_err(|error| cannot(Path::new(name), &error))
}

fn new_secret_file(path: &Path) -> Result<File> {
    let _ = fs::remove_file(path);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| cannot(path, &error))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn cannot(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}
