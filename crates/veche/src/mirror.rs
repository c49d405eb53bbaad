//! A mirror: the files of the record, kept by anybody while an election runs. Spec: `docs/spec/log.md` section 10.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use veche_client::{Address, target::Folder};
use veche_election::{
    Act, Checkpoint, Election, Hash,
    entry::CheckedControl,
    log::{LogTree, Subtrees, TILE_WIDTH, bundle_of, leaf_hash, origin, read_bundle},
    record::{
        CEREMONY_FILE, CHECKPOINT_FILE, CREDENTIALS_FILE, LOG_MAX_ENTRIES, MANIFEST_FILE, README_FILE, RESULT_FILE,
        ROLL_FILE, Source, Unread, readme,
    },
};
use veche_server::{Home, home};

use crate::{
    failure::{Exit, Failure, Result},
    front::{Front, Progress, Work},
    lang::tr,
};

/// Bundles that were fetched and not yet checked all together; emptied whenever a mirror is opened.
const STAGE_DIR: &str = ".fetching";

/// A folder with the record of an election so far. Nothing comes into it that was not checked. Its checkpoint is written
/// last, so at every moment all that the checkpoint promises is there.
pub struct Mirror {
    dir: PathBuf,
    election: Election,
    tree: LogTree,
    /// Are the files that the manifest names by their hashes there?
    lists_are_whole: bool,
    /// The folder, locked while this process writes into it.
    _lock: File,
}

impl Mirror {
    /// A new folder, or a mirror of this election from before, whose entries are hashed again.
    pub fn open(dir: &Path, election: &Election) -> Result<Self> {
        let fail = |error: std::io::Error| Failure::other(format!("{}: {error}", dir.display()));
        fs::create_dir_all(dir).map_err(fail)?;
        let lock = File::open(dir).map_err(fail)?;
        lock.try_lock().map_err(|_| {
            let shown = dir.display();
            Failure::new(Exit::Busy, tr!("another process writes into {shown}", "в {shown} уже пишет другой процесс"))
        })?;
        let (dir, election) = (dir.to_owned(), election.clone());
        let mut this = Self { dir, election, tree: LogTree::default(), lists_are_whole: false, _lock: lock };
        this.recognise()?;
        let _ = fs::remove_dir_all(this.dir.join(STAGE_DIR));
        if this.source().file(CHECKPOINT_FILE) != Err(Unread::Missing) {
            this.tree = log_of(&this.source(), &this.election)?.tree;
        }
        Ok(this)
    }

    /// The manifest says that this is a mirror, and of which election.
    fn recognise(&self) -> Result<()> {
        let shown = self.dir.display();
        match self.source().file(MANIFEST_FILE) {
            Ok(manifest) if manifest == self.election.bytes() => Ok(()),
            Ok(_) => Err(Failure::usage(tr!(
                "{shown} is the mirror of another election",
                "{shown} — зеркало других выборов"
            ))),
            Err(_) if fs::read_dir(&self.dir).is_ok_and(|mut files| files.next().is_none()) => {
                self.put(MANIFEST_FILE, self.election.bytes())
            }
            Err(_) => Err(Failure::usage(tr!("{shown} is no mirror", "{shown} — не зеркало"))),
        }
    }

    fn source(&self) -> Folder {
        Folder(self.dir.clone())
    }

    /// Fetches what is new up to a checkpoint that was found to be the board's. What does not hash to it is refused, and
    /// the mirror stays as it was. `false` while there is nothing to fetch: open ballots are public after closing.
    pub fn follow(
        &mut self,
        address: &Address,
        checkpoint: &Checkpoint,
        note: &str,
        front: &mut dyn Front,
    ) -> Result<bool> {
        if self.election.secret().is_none() && address.get(&format!("/{ROLL_FILE}")).is_err() {
            return Ok(false);
        }
        let before = self.tree.size();
        let fetched = self.fetch(address, checkpoint, front).inspect_err(|_| self.tree.truncate(before));
        let kept = fetched.and_then(|paths| self.keep(&paths));
        let _ = fs::remove_dir_all(self.dir.join(STAGE_DIR));
        kept?;
        self.keep_checkpoint(checkpoint, note)?;
        self.fetch_lists(address)?;
        self.finish(address)?;
        self.sweep();
        Ok(true)
    }

    /// Puts the bundles with new entries aside, and returns their paths once they all hash to the checkpoint.
    fn fetch(&mut self, address: &Address, checkpoint: &Checkpoint, front: &mut dyn Front) -> Result<Vec<String>> {
        let have = self.tree.size();
        bounded(checkpoint)?;
        if checkpoint.size < have {
            let size = checkpoint.size;
            return Err(broken(tr!(
                "the server has gone back to an older log: it shows entries {size}, the mirror has {have}",
                "сервер показывает записей {size}, в зеркале {have}: он вернулся к старому журналу"
            )));
        }
        let all = checkpoint.size - have;
        let new = if checkpoint.size == have { 0..0 } else { have / TILE_WIDTH..checkpoint.size.div_ceil(TILE_WIDTH) };
        let mut paths = Vec::new();
        for n in new {
            let (path, width) = bundle_of(n, checkpoint.size);
            let bytes = address.get(&format!("/{path}"))?.unwrap_or_default();
            let entries = read_bundle(&bytes).filter(|entries| entries.len() as u64 == width);
            if !entries.is_some_and(|entries| self.take_in(n * TILE_WIDTH, &entries)) {
                return Err(broken(tr!(
                    "{path} of the server does not hold what its checkpoint promises",
                    "в файле {path} на сервере не то, что обещает состояние журнала"
                )));
            }
            self.put(&format!("{STAGE_DIR}/{path}"), &bytes)?;
            paths.push(path);
            front.progress(Progress { work: Work::Mirroring, done: self.tree.size() - have, all });
        }
        if self.tree.root() == checkpoint.root { Ok(paths) } else { Err(other_root()) }
    }

    /// Appends the leaves of entries that stand from `first` on. An entry that the mirror has is compared with it: `false`
    /// if the server has replaced it.
    fn take_in(&mut self, first: u64, entries: &[&[u8]]) -> bool {
        for (index, entry) in (first..).zip(entries) {
            let leaf = leaf_hash(entry);
            match self.tree.subtree(0, index) {
                Some(known) if known != leaf => return false,
                Some(_) => {}
                None => self.tree.append(leaf),
            }
        }
        true
    }

    /// Takes what was put aside, and the tiles over it.
    fn keep(&self, paths: &[String]) -> Result<()> {
        for path in paths {
            let place = self.dir.join(path);
            let moved = place.parent().map_or(Ok(()), fs::create_dir_all);
            let moved = moved.and_then(|()| fs::rename(self.dir.join(STAGE_DIR).join(path), &place));
            moved.map_err(|error| Failure::other(format!("{}: {error}", place.display())))?;
        }
        for (path, bytes) in self.tree.tiles() {
            self.put(&path, &bytes)?;
        }
        Ok(Home::new(&self.dir).sync()?)
    }

    /// A checkpoint of the same size keeps the cosignatures that the mirror has of it, and no line that a record may not
    /// have comes into it.
    fn keep_checkpoint(&self, checkpoint: &Checkpoint, note: &str) -> Result<()> {
        let before = self.source().file(CHECKPOINT_FILE).ok().and_then(|note| String::from_utf8(note).ok());
        let notes = [note, before.as_deref().unwrap_or_default()];
        let (key, plan) = (&self.election.keys().board, self.election.draft().witnesses.as_ref());
        match checkpoint.gather(&notes, key, plan) {
            Some(gathered) => self.put(CHECKPOINT_FILE, gathered.as_bytes()),
            None => Err(other_root()),
        }
    }

    /// Lists that the manifest names by their hashes: fetched until they are right.
    fn fetch_lists(&mut self, address: &Address) -> Result<()> {
        if self.lists_are_whole {
            return Ok(());
        }
        self.fetch_named(address, CREDENTIALS_FILE, self.election.roll().credentials)?;
        if let Some(hash) = self.election.ceremony() {
            self.fetch_named(address, CEREMONY_FILE, hash)?;
        }
        self.lists_are_whole = true;
        Ok(())
    }

    /// Fetches a file whose hash is known, unless it is there.
    fn fetch_named(&self, address: &Address, path: &str, hash: Hash) -> Result<()> {
        if self.source().file(path).is_ok_and(|bytes| Hash::of(&bytes) == hash) {
            return Ok(());
        }
        let bytes = address.get(&format!("/{path}"))?.unwrap_or_default();
        if Hash::of(&bytes) == hash {
            return self.put(path, &bytes);
        }
        Err(broken(tr!(
            "{path} of the server is not the one that this election names; it was not kept",
            "{path} на сервере — не тот файл, что назван в этих выборах; он не сохранён"
        )))
    }

    /// What is public only at the end.
    fn finish(&self, address: &Address) -> Result<()> {
        match self.fetch_named(address, ROLL_FILE, self.election.roll().published) {
            Err(failure) if failure.exit == Exit::CheckFailed => return Err(failure),
            // Before its time it is refused, and that is no error of anybody.
            Err(_) | Ok(()) => {}
        }
        let Some(hash) = self.result_hash() else { return Ok(()) };
        self.fetch_named(address, RESULT_FILE, hash)?;
        self.put(README_FILE, readme(&self.election).as_bytes())
    }

    /// The last entry of a finished log names its result.
    fn result_hash(&self) -> Option<Hash> {
        let size = self.tree.size();
        let entries = read_entries(&self.source(), size.checked_sub(1)? / TILE_WIDTH, size).ok()?;
        match CheckedControl::check(entries.last()?, &self.election).ok()?.entry().act {
            Act::Result { hash } => Some(hash),
            _ => None,
        }
    }

    /// Tiles and bundles of earlier widths are no files of a record.
    fn sweep(&self) {
        let mut keep: BTreeSet<String> = self.tree.tiles().into_iter().map(|(path, _)| path).collect();
        let size = self.tree.size();
        keep.extend((0..size.div_ceil(TILE_WIDTH)).map(|n| bundle_of(n, size).0));
        for path in self.source().paths() {
            if path.starts_with("tile/") && !keep.contains(&path) {
                let _ = fs::remove_file(self.dir.join(&path));
            }
        }
    }

    /// Files that are there already are not written again.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let path = self.dir.join(path);
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(());
        }
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.map_err(|error| Failure::other(format!("{}: {error}", path.display())))?;
        Ok(home::write_atomically(&path, bytes, 0o644)?)
    }
}

pub fn broken(what: String) -> Failure {
    Failure::new(Exit::CheckFailed, what)
}

/// What a board may sign, it may not fill our disk with.
fn bounded(checkpoint: &Checkpoint) -> Result<()> {
    if checkpoint.size <= LOG_MAX_ENTRIES {
        return Ok(());
    }
    Err(broken(tr!(
        "the checkpoint claims more entries than any log of ours holds",
        "в состоянии журнала записей больше, чем бывает в наших журналах"
    )))
}

pub fn other_root() -> Failure {
    broken(tr!("the entries do not hash to the checkpoint's root", "записи не дают корня из состояния журнала"))
}

/// A log that the board has signed, read from anywhere.
pub struct SignedLog {
    pub note: String,
    pub checkpoint: Checkpoint,
    pub tree: LogTree,
}

/// Reads the checkpoint and all entries, and hashes them.
pub fn log_of(source: &dyn Source, election: &Election) -> Result<SignedLog> {
    let note = source.file(CHECKPOINT_FILE).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
        .map_err(|error| broken(tr!("its checkpoint: {error}", "его состояние журнала: {error}")))?;
    bounded(&checkpoint)?;
    let mut tree = LogTree::default();
    for n in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
        read_entries(source, n, checkpoint.size)?.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    }
    if tree.root() == checkpoint.root { Ok(SignedLog { note, checkpoint, tree }) } else { Err(other_root()) }
}

/// The entries of bundle `n`, as many as a log of `size` has there.
pub fn read_entries(source: &dyn Source, n: u64, size: u64) -> Result<Vec<Vec<u8>>> {
    let (path, width) = bundle_of(n, size);
    let bytes = source.file(&path).ok();
    let entries = bytes.as_deref().and_then(read_bundle);
    let entries = entries.filter(|entries| entries.len() as u64 == width);
    let missing = || broken(tr!("{path} is missing there, or not whole", "файла {path} там нет, или он повреждён"));
    Ok(entries.ok_or_else(missing)?.into_iter().map(<[u8]>::to_vec).collect())
}
