//! `veche recover`: puts entries that a database has lost back from a mirror. Spec: `docs/spec/log.md` section 10.

use std::path::Path;

use veche_election::{
    Checkpoint, Election,
    log::{Subtrees, TILE_WIDTH, leaf_hash, origin},
    record::{CHECKPOINT_FILE, MANIFEST_FILE, Source},
};
use veche_server::{
    Home,
    store::{self, Head, Store},
};

use crate::{
    failure::Result,
    front::{Front, Progress, Terminal, Work},
    lang::{some, tr},
    mirror::{SignedLog, broken, log_of, other_root, read_entries},
    records, status,
};

/// What came back into a database.
#[derive(Debug)]
pub struct Recovered {
    pub added: u64,
    /// How many there are now.
    pub entries: u64,
}

/// Puts back what is missing, while no server runs; the whole log is checked then.
///
/// # Errors
/// A server runs, the mirror is another election's or holds other entries, or what is there now is not right.
pub async fn recover(home: &Home, from: &str, front: &mut dyn Front) -> Result<Recovered> {
    let lock = home.lock()?;
    let recovered = put_back(home, from, front).await?;
    drop(lock);
    // What a server would do at its start; who is told now can still look for more.
    status::inspect(home).await?;
    Ok(recovered)
}

/// `veche recover`.
pub async fn run(dir: &Path, from: &str) -> Result<()> {
    let Recovered { added, entries } = recover(&Home::new(dir), from, &mut Terminal::default()).await?;
    let shown = dir.display();
    let put_back = some(added, "entry", "entries");
    println!(
        "{}",
        tr!(
            "{shown}: {put_back} put back, {entries} in all, every one checked. Next: veche serve {shown}",
            "{shown}: возвращено записей {added}, всего {entries}, все проверены. Дальше: veche serve {shown}"
        )
    );
    Ok(())
}

/// Appends to an election's database what a mirror has beyond it: entries that our own key has signed in this order, and
/// no others.
pub async fn put_back(home: &Home, from: &str, front: &mut dyn Front) -> Result<Recovered> {
    let election = home.election()?;
    let source = records::source(from)?;
    if source.file(MANIFEST_FILE).ok().as_deref() != Some(election.bytes()) {
        return Err(broken(tr!("{from} is not of this election", "{from} не от этих выборов")));
    }
    let log = log_of(&*source, &election)?;
    let ours = home.read(CHECKPOINT_FILE)?;
    let store = store::create(home, election.id()).await?;
    let mut head = store.head().await?;
    let before = head.size;
    if before <= log.checkpoint.size && log.tree.root_at(before).unwrap_or(Head::EMPTY.root) != head.root {
        return Err(broken(tr!(
            "the database holds other entries than {from}: one of the two was changed, and nothing was put back",
            "в базе не те записи, что в {from}: одно из двух изменено, и складывать их нельзя"
        )));
    }
    let all = log.checkpoint.size.saturating_sub(before);
    for n in before / TILE_WIDTH..log.checkpoint.size.div_ceil(TILE_WIDTH) {
        let entries = the_checked_entries(&*source, n, &log)?;
        let known = usize::try_from(head.size - n * TILE_WIDTH).unwrap_or(usize::MAX);
        let new: Vec<Vec<u8>> = entries.into_iter().skip(known).collect();
        let size = head.size + new.len() as u64;
        let next = Head { size, root: log.tree.root_at(size).ok_or_else(other_root)? };
        if !new.is_empty() {
            store.append(head, new, next).await?;
        }
        head = next;
        front.progress(Progress { work: Work::PuttingBack, done: size - before, all });
    }
    store.close().await?;
    keep_newer_checkpoint(home, &election, &ours, &log)?;
    Ok(Recovered { added: head.size - before, entries: head.size })
}

/// A bundle is read again for writing it, and what is written is what was checked: whoever holds the mirror may have
/// changed it in between.
fn the_checked_entries(source: &dyn Source, n: u64, log: &SignedLog) -> Result<Vec<Vec<u8>>> {
    let entries = read_entries(source, n, log.checkpoint.size)?;
    let same = (n * TILE_WIDTH..).zip(&entries).all(|(i, entry)| log.tree.subtree(0, i) == Some(leaf_hash(entry)));
    if same {
        return Ok(entries);
    }
    Err(broken(tr!(
        "the mirror shows other entries now than when it was checked: what was put back so far is right, the rest is not there",
        "зеркало показывает теперь не те записи, что при проверке: возвращённое до сих пор верно, остального нет"
    )))
}

/// The newer of the two decides at every start.
fn keep_newer_checkpoint(home: &Home, election: &Election, ours: &[u8], log: &SignedLog) -> Result<()> {
    let ours = Checkpoint::open(&String::from_utf8_lossy(ours), &origin(election.id()), &election.keys().board);
    if ours.is_ok_and(|ours| ours.size < log.checkpoint.size) {
        home.write_public(CHECKPOINT_FILE, log.note.as_bytes())?;
    }
    Ok(())
}
