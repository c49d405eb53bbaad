//! A mirror: the files of the record, kept by anybody while an election runs; and `veche recover`, which puts entries
//! that a database has lost back from one. Spec: `docs/spec/log.md` section 10.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use veche_election::{
    Checkpoint, Election,
    log::{LogTree, Subtrees, TILE_WIDTH, bundle_of, leaf_hash, origin, read_bundle},
    record::{
        CEREMONY_FILE, CHECKPOINT_FILE, CREDENTIALS_FILE, LOG_MAX_ENTRIES, MANIFEST_FILE, README_FILE, RESULT_FILE,
        ROLL_FILE, Source,
    },
};
use veche_server::{
    Home,
    home::{self, DATABASE_FILE},
    store::{Head, SqliteStore, Store},
};

use crate::{
    client,
    failure::{Exit, Failure, Result},
    lang::tr,
    progress,
    records::{self, Folder},
    status,
};

/// A folder with the record of an election so far. Its checkpoint is written last, so at every moment all that the
/// checkpoint promises is there.
pub struct Mirror {
    dir: PathBuf,
    tree: LogTree,
}

impl Mirror {
    /// A new folder, or a mirror of this election from before, whose entries are hashed again.
    pub fn open(dir: &Path, url: &str, election: &Election) -> Result<Self> {
        let mut this = Self { dir: dir.to_owned(), tree: LogTree::default() };
        let source = Folder(dir.to_owned());
        match source.read(MANIFEST_FILE) {
            Some(manifest) if manifest != election.bytes() => {
                return Err(Failure::usage(tr!(
                    "{} is the mirror of another election",
                    "{} — зеркало других выборов",
                    dir.display()
                )));
            }
            Some(_) => {}
            None if fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some()) => {
                return Err(Failure::usage(tr!("{} is no mirror", "{} — не зеркало", dir.display())));
            }
            None => this.begin(url, election)?,
        }
        if source.read(CHECKPOINT_FILE).is_some() {
            this.tree = log_of(&source, election)?.tree;
        }
        Ok(this)
    }

    /// What stands before the first entry; the manifest last, since it says that this is a mirror.
    fn begin(&self, url: &str, election: &Election) -> Result<()> {
        fs::create_dir_all(&self.dir).map_err(|error| Failure::other(format!("{}: {error}", self.dir.display())))?;
        for path in [CREDENTIALS_FILE, CEREMONY_FILE] {
            if let Some(bytes) = client::get(url, &format!("/{path}"))? {
                self.put(path, &bytes)?;
            }
        }
        self.put(MANIFEST_FILE, election.bytes())
    }

    /// Fetches what is new up to a checkpoint that was found to be the board's. What does not hash to it is refused, and
    /// the mirror stays as it was. `false` while there is nothing to fetch: open ballots are public after closing.
    pub fn follow(&mut self, url: &str, election: &Election, checkpoint: &Checkpoint, note: &str) -> Result<bool> {
        if election.secret().is_none() && client::get(url, &format!("/{ROLL_FILE}")).is_err() {
            return Ok(false);
        }
        let before = self.tree.size();
        if let Err(failure) = self.fetch(url, checkpoint) {
            self.tree.truncate(before);
            return Err(failure);
        }
        for (path, bytes) in self.tree.tiles() {
            if !self.dir.join(&path).exists() {
                self.put(&path, &bytes)?;
            }
        }
        self.put(CHECKPOINT_FILE, note.as_bytes())?;
        self.finish(url)?;
        self.sweep();
        Ok(true)
    }

    fn fetch(&mut self, url: &str, checkpoint: &Checkpoint) -> Result<()> {
        let have = self.tree.size();
        bounded(checkpoint)?;
        if checkpoint.size < have {
            let size = checkpoint.size;
            return Err(broken(tr!(
                "the server shows {size} entries, the mirror has {have}: it has gone back to an older log",
                "сервер показывает записей {size}, в зеркале {have}: он вернулся к старому журналу"
            )));
        }
        let bar = progress::bar(checkpoint.size - have, tr!("mirroring", "копирование"));
        for n in have / TILE_WIDTH..checkpoint.size.div_ceil(TILE_WIDTH) {
            let (path, _) = bundle_of(n, checkpoint.size);
            let bytes = client::get(url, &format!("/{path}"))?;
            let entries = bytes.as_deref().and_then(read_bundle).unwrap_or_default();
            let known = usize::try_from(self.tree.size() - n * TILE_WIDTH).unwrap_or(usize::MAX);
            entries.iter().skip(known).for_each(|entry| self.tree.append(leaf_hash(entry)));
            if self.tree.size() != checkpoint.size.min((n + 1) * TILE_WIDTH) {
                return Err(broken(tr!(
                    "{path} of the server does not hold what its checkpoint promises",
                    "в {path} сервера не то, что обещает состояние журнала"
                )));
            }
            self.put(&path, &bytes.unwrap_or_default())?;
            bar.set_position(self.tree.size() - have);
        }
        bar.finish_and_clear();
        if self.tree.root() == checkpoint.root { Ok(()) } else { Err(other_root()) }
    }

    /// What is public only at the end.
    fn finish(&self, url: &str) -> Result<()> {
        // Before its time each of these is refused, and that is no error of anybody.
        let get = |path: &str| client::get(url, &format!("/{path}")).ok().flatten();
        if let Some(roll) = get(ROLL_FILE) {
            self.put(ROLL_FILE, &roll)?;
        }
        let (Some(result), Some(readme)) = (get(RESULT_FILE), get(README_FILE)) else { return Ok(()) };
        self.put(RESULT_FILE, &result)?;
        self.put(README_FILE, &readme)
    }

    /// Tiles and bundles of earlier widths are no files of a record.
    fn sweep(&self) {
        let mut keep: BTreeSet<String> = self.tree.tiles().into_iter().map(|(path, _)| path).collect();
        let size = self.tree.size();
        keep.extend((0..size.div_ceil(TILE_WIDTH)).map(|n| bundle_of(n, size).0));
        for path in Folder(self.dir.clone()).paths() {
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

fn broken(what: String) -> Failure {
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

fn other_root() -> Failure {
    broken(tr!("the entries do not hash to the checkpoint's root", "записи не дают корня из состояния журнала"))
}

/// A log that the board has signed, read from anywhere.
struct SignedLog {
    note: String,
    checkpoint: Checkpoint,
    tree: LogTree,
}

/// Reads the checkpoint and all entries, and hashes them.
fn log_of(source: &dyn Source, election: &Election) -> Result<SignedLog> {
    let note = source.read(CHECKPOINT_FILE).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
        .map_err(|error| broken(tr!("its checkpoint: {error}", "его состояние журнала: {error}")))?;
    bounded(&checkpoint)?;
    let mut tree = LogTree::default();
    for n in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
        read_entries(source, n, checkpoint.size)?.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    }
    if tree.root() == checkpoint.root { Ok(SignedLog { note, checkpoint, tree }) } else { Err(other_root()) }
}

fn read_entries(source: &dyn Source, n: u64, size: u64) -> Result<Vec<Vec<u8>>> {
    let (path, width) = bundle_of(n, size);
    let bytes = source.read(&path);
    let entries = bytes.as_deref().and_then(read_bundle);
    let entries = entries.filter(|entries| entries.len() as u64 == width);
    let missing = || broken(tr!("{path} is missing there, or not whole", "{path} там нет, или он не цел"));
    Ok(entries.ok_or_else(missing)?.into_iter().map(<[u8]>::to_vec).collect())
}

/// `veche recover`: the server does not run.
pub async fn recover(dir: &Path, from: &str) -> Result<()> {
    let home = Home::new(dir);
    let lock = home.lock()?;
    let (added, size) = put_back(&home, from).await?;
    drop(lock);
    // What a server would do at its start; who is told now can still look for more.
    status::inspect(&home).await?;
    let shown = dir.display();
    println!(
        "{}",
        tr!(
            "{shown}: {added} entries put back, {size} in all, every one checked. Next: veche serve {shown}",
            "{shown}: возвращено записей {added}, всего {size}, все проверены. Дальше: veche serve {shown}"
        )
    );
    Ok(())
}

/// Appends to an election's database what a mirror has beyond it: entries that our own key has signed in this order, and
/// no others. Returns how many, and how many there are now.
pub async fn put_back(home: &Home, from: &str) -> Result<(u64, u64)> {
    let election = home.election()?;
    let source = records::source(from)?;
    if source.read(MANIFEST_FILE).as_deref() != Some(election.bytes()) {
        return Err(broken(tr!("{from} is not of this election", "{from} не от этих выборов")));
    }
    let log = log_of(&*source, &election)?;
    let store = SqliteStore::open(&home.path(DATABASE_FILE), election.id()).await?;
    let mut head = store.head().await?;
    let before = head.size;
    if before <= log.checkpoint.size && log.tree.root_at(before).unwrap_or(Head::empty().root) != head.root {
        return Err(broken(tr!(
            "the database holds other entries than {from}: one of the two was changed, and nothing is put together",
            "в базе не те записи, что в {from}: одно из двух изменено, и складывать нечего"
        )));
    }
    let bar = progress::bar(log.checkpoint.size.saturating_sub(before), tr!("putting back", "возвращение"));
    for n in before / TILE_WIDTH..log.checkpoint.size.div_ceil(TILE_WIDTH) {
        let entries = read_entries(&*source, n, log.checkpoint.size)?;
        let known = usize::try_from(head.size - n * TILE_WIDTH).unwrap_or(usize::MAX);
        let new: Vec<Vec<u8>> = entries.into_iter().skip(known).collect();
        let size = head.size + new.len() as u64;
        let next = Head { size, root: log.tree.root_at(size).ok_or_else(other_root)? };
        if !new.is_empty() {
            store.append(head, new, next).await?;
        }
        head = next;
        bar.set_position(size - before);
    }
    bar.finish_and_clear();
    store.close().await?;
    keep_newer_checkpoint(home, &election, &log)?;
    Ok((head.size - before, head.size))
}

/// The newer of the two decides at every start.
fn keep_newer_checkpoint(home: &Home, election: &Election, log: &SignedLog) -> Result<()> {
    let ours = String::from_utf8(home.read(CHECKPOINT_FILE)?).unwrap_or_default();
    let ours = Checkpoint::open(&ours, &origin(election.id()), &election.keys().board);
    if ours.is_ok_and(|ours| ours.size < log.checkpoint.size) {
        home.write_public(CHECKPOINT_FILE, log.note.as_bytes())?;
    }
    Ok(())
}
