//! The public files: tiles by their paths, and the whole record. Spec: `docs/spec/record.md`.

use std::io;

use axum::body::Bytes;
use veche_election::{
    Checkpoint, Election, ElectionResult, Phase,
    log::{TILE_WIDTH, bundle_of, origin, tile_path, write_bundle},
    record::{
        CEREMONY_FILE, CHECKPOINT_FILE, CREDENTIALS_FILE, MANIFEST_FILE, README_FILE, RESULT_FILE, ROLL_FILE, readme,
    },
    roll::published_roll,
};

use crate::{
    home::{self, BOARD_KEY_FILE, Home, HomeError},
    sequencer::{StartError, load},
    store::{Store, StoreError},
};

/// Files that never change, kept in memory once.
#[derive(Clone)]
pub struct PublicFiles {
    pub manifest: Bytes,
    pub credentials: Bytes,
    pub roll: Bytes,
    pub ceremony: Option<Bytes>,
}

/// `0/x001/234.p/5` or `entries/000`: level (`None` for entries), number, width.
pub fn parse_tile_path(path: &str) -> Option<(Option<u8>, u64, u64)> {
    let (level, rest) = path.split_once('/')?;
    let (digits, width) = match rest.split_once(".p/") {
        Some((digits, width)) => (digits, width.parse().ok().filter(|w| (1..TILE_WIDTH).contains(w))?),
        None => (rest, TILE_WIDTH),
    };
    let mut n = 0_u64;
    for group in digits.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        n = n.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let number: Option<u8> = if level == "entries" { None } else { Some(level.parse().ok()?) };
    // One path a tile: what we would have written.
    let level = number.map_or_else(|| "entries".to_owned(), |level| level.to_string());
    (tile_path(&level, n, width) == format!("tile/{path}")).then_some((number, n, width))
}

/// The paths of all hash tiles of a log of `size` entries.
pub fn tile_paths(size: u64) -> impl Iterator<Item = String> {
    let hashes = (0_u8..).map(move |level| (level, size.checked_shr(u32::from(level) * 8).unwrap_or(0)));
    hashes.take_while(|(_, hashes)| *hashes > 0).flat_map(|(level, hashes)| {
        let width = move |n: u64| (hashes - n * TILE_WIDTH).min(TILE_WIDTH);
        (0..hashes.div_ceil(TILE_WIDTH)).map(move |n| tile_path(&level.to_string(), n, width(n)))
    })
}

/// An entry bundle of the first `size` entries; `None` if there are not so many.
pub async fn bundle(store: &impl Store, n: u64, width: u64, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let start = n.saturating_mul(TILE_WIDTH);
    if start.saturating_add(width) > size {
        return Ok(None);
    }
    let entries = store.read(start, u32::try_from(width).unwrap_or(u32::MAX)).await?;
    Ok(write_bundle(entries.iter().map(|entry| entry.bytes.as_slice())).filter(|_| entries.len() as u64 == width))
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the record is made when the result is in the log; this election is {0}")]
    NotFinished(&'static str),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Home(#[from] HomeError),
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error("writing the record: {0}")]
    Io(#[from] io::Error),
}

/// Gives every file of the record to `put`, with its path.
pub async fn record(
    home: &Home,
    election: &Election,
    store: &impl Store,
    put: &mut (dyn FnMut(&str, &[u8]) -> io::Result<()> + Send),
) -> Result<(), RecordError> {
    let result = unfinished_record(home, election, store, put).await?;
    let result = result.map_err(RecordError::NotFinished)?;
    put(RESULT_FILE, &result.to_bytes())?;
    put(README_FILE, readme(election).as_bytes())?;
    Ok(())
}

/// The record as far as it has come: everything but the result and what explains it. Returns the result, or the phase
/// of an election that has none yet.
pub async fn unfinished_record(
    home: &Home,
    election: &Election,
    store: &impl Store,
    put: &mut (dyn FnMut(&str, &[u8]) -> io::Result<()> + Send),
) -> Result<Result<ElectionResult, &'static str>, RecordError> {
    let credentials = home.credentials(election)?;
    let key = home.signing_key(BOARD_KEY_FILE)?;
    let empty = home.board(&std::sync::Arc::new(election.clone()))?;
    let (board, published) = load(store, empty, &key).await?;
    let tree = published.tree();
    let head = Checkpoint { origin: origin(election.id()), size: tree.size(), root: tree.root() };
    let checkpoint = head.sign(&key);
    // With the cosignatures that have come for it.
    let checkpoint = home
        .read(home::CHECKPOINT_FILE)
        .ok()
        .and_then(|note| String::from_utf8(note).ok())
        .filter(|note| note.starts_with(&checkpoint))
        .unwrap_or(checkpoint);
    put(MANIFEST_FILE, election.bytes())?;
    put(CREDENTIALS_FILE, &credentials.to_bytes())?;
    put(ROLL_FILE, &published_roll(&home.voters(election)?, election.draft().roll_shows))?;
    put(CHECKPOINT_FILE, checkpoint.as_bytes())?;
    for n in 0..tree.size().div_ceil(TILE_WIDTH) {
        let (path, width) = bundle_of(n, tree.size());
        let bytes = bundle(store, n, width, tree.size()).await?.ok_or(StartError::Root)?;
        put(&path, &bytes)?;
    }
    for (path, bytes) in tree.tiles() {
        put(&path, &bytes)?;
    }
    if let Some(ceremony) = home.ceremony(election)? {
        put(CEREMONY_FILE, &ceremony)?;
    }
    Ok(board.result().filter(|_| board.phase() == Phase::Finished).ok_or(board.phase().name()))
}

#[cfg(test)]
mod tests {
    use veche_election::{Hash, LogTree};

    use super::tile_paths;

    #[test]
    fn the_paths_of_all_tiles_are_those_of_the_tree() {
        let mut tree = LogTree::default();
        for size in 0..70_000_u64 {
            if size % 9_973 == 0 || [1, 255, 256, 257, 65_535, 65_536, 65_537].contains(&size) {
                let paths: Vec<String> = tree.tiles().into_iter().map(|(path, _)| path).collect();
                assert_eq!(tile_paths(size).collect::<Vec<_>>(), paths, "{size}");
            }
            tree.append(Hash::of(&size.to_be_bytes()));
        }
    }
}
