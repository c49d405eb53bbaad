//! Starting: the database is believed no more than a stranger's record, and must contain the log of the checkpoint
//! file beside it.

use std::path::PathBuf;

use veche_client::told;
use veche_election::{
    Board, Checkpoint, Election, SigningKey, Subtrees, WeightSeed,
    ballot::BallotAgain,
    entry::{CheckedEntry, check_all},
    log::origin,
};

use super::{Notice, Published};
use crate::{
    home::HomeError,
    store::{Head, Store, StoreError},
};

const LOAD_ENTRIES: u32 = 4_096;

/// Why the sequencer does not start: each names the culprit and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error("entry {index} of the database is not valid: {reason}; restore the database from a backup or a mirror")]
    Entry { index: u64, reason: String },
    #[error(
        "the database is empty or missing, but the election was set up: the log is lost. Restore it from a backup or a \
         mirror"
    )]
    Empty,
    #[error(
        "the checkpoint file is missing: without it nobody can tell whether this database is the newest. Restore the \
         file; if it is lost and you are sure of the database, start once with --accept-database"
    )]
    NoCheckpoint,
    #[error("the entries of the database do not hash to its head; restore it from a backup or a mirror")]
    Root,
    #[error(
        "the database holds {database} entries, but a checkpoint of {signed} entries was signed before: this is an \
         older copy. Going on would fork the log. Restore the newer database, or the missing entries from the record \
         of a mirror; if they are lost for good, the election must be declared void"
    )]
    Older { database: u64, signed: u64 },
    #[error(
        "the database does not contain the log of the checkpoint file beside it (same size, other entries): it was \
         rewritten. Restore the right database"
    )]
    Forked,
    #[error(
        "the witness {name} has cosigned a log of {witnessed} entries, the database holds {database}: this is an older \
         copy. Going on would fork the log. Restore the newer database, or the missing entries from a mirror; if they \
         are lost for good, the election must be declared void. If you are sure that the witness errs, start with \
         --ignore-witnesses"
    )]
    Witnessed { database: u64, witnessed: u64, name: String },
    #[error(
        "the witness {name} has cosigned another log of this election than the one in the database. Restore the right \
         database. If you are sure that the witness errs, start with --ignore-witnesses"
    )]
    WitnessedOther { name: String },
    #[error("the system gives no randomness")]
    Randomness,
    #[error("{0}")]
    Home(#[from] HomeError),
}

/// Fresh weights for checking proofs: nobody who makes a ballot knows them.
pub(crate) fn weight_seed() -> Result<WeightSeed, aws_lc_rs::error::Unspecified> {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed)?;
    Ok(WeightSeed(seed))
}

/// What the durable log says now, every entry checked; for commands that only look. `empty`: the board of no entries.
pub async fn inspect<S: Store>(store: &S, empty: Board) -> Result<Board, StartError> {
    Ok(inspect_told(store, empty).await?.board)
}

/// The durable log, and what was said and done in it.
pub struct Inspected {
    pub board: Board,
    /// What voters are told now.
    pub notices: Vec<told::Notice>,
    /// Every act by which the phase or the closing time changed, as they came.
    pub turns: Vec<Notice>,
}

/// As [`inspect`], with what the organiser has said in it.
pub async fn inspect_told<S: Store>(store: &S, empty: Board) -> Result<Inspected, StartError> {
    let (board, published, _) = replay(store, empty).await?;
    let notices = published.notices().filter_map(|said| told::Notice::of(&said.act, said.at)).collect();
    Ok(Inspected { board, notices, turns: published.turns })
}

/// As [`inspect`], with what is to be published.
pub(crate) async fn load<S: Store>(
    store: &S,
    empty: Board,
    board_key: &SigningKey,
) -> Result<(Board, Published), StartError> {
    let (board, mut published, head) = replay(store, empty).await?;
    let checkpoint = Checkpoint { origin: origin(board.election().id()), size: head.size, root: head.root };
    published.checkpoint = checkpoint.sign(board_key);
    published.advance(&board, head.size, published.checkpoint.clone());
    Ok((board, published))
}

/// Reads all entries and re-checks them; a database is believed no more than a stranger's record.
async fn replay<S: Store>(store: &S, mut board: Board) -> Result<(Board, Published, Head), StartError> {
    let election = board.election().clone();
    let head = store.head().await?;
    let weights = weight_seed().map_err(|_| StartError::Randomness)?;
    let mut published = Published::empty(&board);
    while board.size() < head.size {
        let entries = store.read(board.size(), LOAD_ENTRIES).await?;
        if entries.is_empty() {
            return Err(StartError::Root);
        }
        let left = usize::try_from(head.size - board.size()).unwrap_or(usize::MAX);
        let leaves: Vec<&[u8]> = entries.iter().take(left).map(|stored| stored.bytes.as_slice()).collect();
        for (checked, stored) in check_all(&leaves, &election, &weights).into_iter().zip(&entries) {
            let index = board.size();
            let bad = |reason: String| StartError::Entry { index, reason };
            let entry = checked.map_err(|error| bad(error.to_string()))?;
            let replaced = replaced(store, &election, &board, &entry).await?;
            board.append_replacing(&entry, replaced.as_ref()).map_err(|error| bad(error.to_string()))?;
            published.tree.append(entry.leaf());
            published.note(&entry, index, &board);
            let last = published.batches.last().copied().unwrap_or(0);
            if stored.batch <= index || stored.batch > head.size || stored.batch < last {
                return Err(bad("its batch is not one".into()));
            }
            if last != stored.batch {
                published.batches.push(stored.batch);
            }
        }
    }
    if published.tree.root() != head.root || board.size() != head.size {
        return Err(StartError::Root);
    }
    Ok((board, published, head))
}

/// The secret ballot that an entry would take out of the sum, read again for that.
pub(super) async fn replaced<S: Store>(
    store: &S,
    election: &Election,
    board: &Board,
    entry: &CheckedEntry,
) -> Result<Option<BallotAgain>, StoreError> {
    let Some(index) = board.takes_out(entry) else { return Ok(None) };
    read_again(store, election, index).await.map(Some)
}

/// A secret ballot of the log, as far as taking it out of the sum needs it.
pub(super) async fn read_again<S: Store>(
    store: &S,
    election: &Election,
    index: u64,
) -> Result<BallotAgain, StoreError> {
    let lost = |why: &str| StoreError::Failed(format!("entry {index} cannot be read again: {why}"));
    let entries = store.read(index, 1).await?;
    let [stored] = entries.as_slice() else { return Err(lost("it is not there")) };
    BallotAgain::read(&stored.bytes, election).map_err(|error| lost(&error.to_string()))
}

/// The checkpoint beside the database was written before the last receipts went out: the database must contain it.
/// Returns what the file holds.
pub(super) fn compare_with_file(
    published: &Published,
    election: &Election,
    file: &PathBuf,
) -> Result<Option<(Checkpoint, String)>, StartError> {
    let note = match std::fs::read_to_string(file) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && published.size == 0 => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(StartError::NoCheckpoint),
        Err(error) => return Err(HomeError::io(file, error).into()),
    };
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
        .map_err(|error| HomeError::File { path: file.clone(), reason: error.to_string() })?;
    if checkpoint.size > published.size {
        return Err(StartError::Older { database: published.size, signed: checkpoint.size });
    }
    if published.tree.root_at(checkpoint.size) != Some(checkpoint.root) {
        return Err(StartError::Forked);
    }
    Ok(Some((checkpoint, note)))
}
