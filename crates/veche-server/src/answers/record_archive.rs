//! The record as one file, made while it is sent: of a reader no more is in memory than the piece that goes out, however long
//! the log. What stands in it: `docs/spec/record.md`.

use std::collections::VecDeque;

use axum::body::Bytes;
use veche_election::{
    Election,
    log::{TILE_WIDTH, bundle_of},
    record::{
        CEREMONY_FILE, CHECKPOINT_FILE, CREDENTIALS_FILE, MANIFEST_FILE, README_FILE, RESULT_FILE, ROLL_FILE, readme,
    },
};

use super::{Bundle, PIECE_MAX_BYTES};
use crate::{
    publish::{PublicFiles, parse_tile_path, tile_paths},
    sequencer::{Published, Sequencer},
    store::{SqliteStore, StoreError},
};

const BLOCK_BYTES: usize = 512;
/// Two empty blocks end an archive.
const END_BYTES: usize = 2 * BLOCK_BYTES;

/// What is still to come of an archive.
pub(crate) struct RecordArchive {
    sequencer: Sequencer<SqliteStore>,
    size: u64,
    files: VecDeque<File>,
    /// The rest of the file that is being sent, and what fills its last block.
    content: Content,
    padding: usize,
    ended: bool,
}

enum File {
    Kept(&'static str, Bytes),
    Tile(String),
    Entries(u64),
}

enum Content {
    Kept(Bytes),
    Bundle(Bundle),
}

impl RecordArchive {
    /// The checkpoint of a record that verifies: of a finished election, with its quorum of witnesses.
    pub(crate) fn note(election: &Election, published: &Published) -> Option<String> {
        published.result.as_ref()?;
        match election.draft().witnesses {
            None => Some(published.checkpoint.clone()),
            Some(_) => Some(published.witnessed.clone()).filter(|note| note.starts_with(published.signed_note())),
        }
    }

    /// `None` before the record is published.
    pub(crate) fn new(sequencer: &Sequencer<SqliteStore>, election: &Election, files: PublicFiles) -> Option<Self> {
        let (size, note, result) = {
            let published = sequencer.published();
            (published.size, Self::note(election, &published)?, published.result_file.clone()?)
        };
        let kept = [
            (MANIFEST_FILE, files.manifest),
            (CREDENTIALS_FILE, files.credentials),
            (ROLL_FILE, files.roll),
            (CHECKPOINT_FILE, note.into()),
            (RESULT_FILE, result),
            (README_FILE, readme(election).into()),
        ];
        let ceremony = files.ceremony.map(|bytes| (CEREMONY_FILE, bytes));
        let kept = kept.into_iter().chain(ceremony).map(|(path, bytes)| File::Kept(path, bytes));
        let tiles = tile_paths(size).map(File::Tile);
        let entries = (0..size.div_ceil(TILE_WIDTH)).map(File::Entries);
        Some(Self {
            sequencer: sequencer.clone(),
            size,
            files: kept.chain(tiles).chain(entries).collect(),
            content: Content::Kept(Bytes::new()),
            padding: 0,
            ended: false,
        })
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let content = match &mut self.content {
            Content::Kept(bytes) if bytes.is_empty() => None,
            Content::Kept(bytes) => Some(bytes.split_to(bytes.len().min(PIECE_MAX_BYTES))),
            Content::Bundle(bundle) => bundle.next().await?,
        };
        if content.is_some() {
            return Ok(content);
        }
        if self.padding > 0 {
            return Ok(Some(Bytes::from(vec![0; std::mem::take(&mut self.padding)])));
        }
        match self.files.pop_front() {
            Some(file) => self.begin(file).await.map(Some),
            None if self.ended => Ok(None),
            None => {
                self.ended = true;
                Ok(Some(Bytes::from_static(&[0; END_BYTES])))
            }
        }
    }

    /// The head of a file; its content follows.
    async fn begin(&mut self, file: File) -> Result<Bytes, StoreError> {
        let (path, content) = match file {
            File::Kept(path, bytes) => (path.to_owned(), Content::Kept(bytes)),
            File::Tile(path) => {
                let place = path.strip_prefix("tile/").and_then(parse_tile_path);
                let tile = place.and_then(|(level, n, width)| self.sequencer.tile(level?, n, width));
                let tile = tile.ok_or_else(|| StoreError::Failed(format!("{path} is no tile of the log")))?;
                (path, Content::Kept(tile.into()))
            }
            File::Entries(n) => {
                let (path, width) = bundle_of(n, self.size);
                (path, Content::Bundle(Bundle::new(self.sequencer.store().clone(), n, width).await?))
            }
        };
        let size = match &content {
            Content::Kept(bytes) => bytes.len(),
            Content::Bundle(bundle) => bundle.remaining(),
        };
        self.content = content;
        self.padding = size.next_multiple_of(BLOCK_BYTES) - size;
        head(&path, size)
    }
}

fn head(path: &str, size: usize) -> Result<Bytes, StoreError> {
    let mut header = tar::Header::new_gnu();
    header.set_path(path).map_err(|error| StoreError::Failed(format!("{path}: {error}")))?;
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    Ok(Bytes::copy_from_slice(header.as_bytes()))
}
