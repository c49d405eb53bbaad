//! Where the log lies. The contract of [`Store`] is in prose on the trait; `tests/it/conformance.rs` is the suite
//! that every backend must pass.

use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
};

use veche_election::Hash;

use crate::home::{DATABASE_FILE, Home, HomeError};

mod sqlite;

pub use sqlite::SqliteStore;
pub use veche_election::log::Head;

/// The log of the election in a folder. Which backend keeps it is said in this file and nowhere else.
pub async fn open(home: &Home, election: Hash) -> Result<SqliteStore, StoreError> {
    open_file(&home.path(DATABASE_FILE), election).await
}

/// As [`open`]: a log that lies elsewhere, as a copy does.
pub async fn open_file(path: &Path, election: Hash) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, election).await
}

/// Writes the log of a folder into another file, as it is at one moment, while a server may write on.
pub async fn copy(home: &Home, to: &Path) -> Result<(), StoreError> {
    SqliteStore::copy(&home.path(DATABASE_FILE), to).await
}

/// As [`open`], making it if it is not there.
pub async fn create(home: &Home, election: Hash) -> Result<SqliteStore, StoreError> {
    SqliteStore::create(&home.path(DATABASE_FILE), election).await
}

/// An entry as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub bytes: Vec<u8>,
    /// The size of the log when the batch of this entry was complete: the size of the checkpoint in its receipt.
    pub batch: u64,
}

/// Who erred: another writer, or the disk.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another writer has moved the log on to {size} entries")]
    Conflict { size: u64 },
    #[error("the disk is full")]
    Full,
    #[error("the storage failed: {0}")]
    Failed(String),
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    #[error(
        "the database was removed or replaced while it was in use: nothing is recorded until the same file is back in its \
         place"
    )]
    Moved,
    #[error("the database belongs to another election")]
    OtherElection,
    #[error("the database has the format {found}, this program reads {expected}")]
    Format { found: i64, expected: i64 },
}

impl StoreError {
    /// For everybody: no path, and nothing that the storage said.
    pub fn in_short(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "another writer has changed the log",
            Self::Full => "the disk is full",
            Self::Missing(_) | Self::Moved => "the database was removed or replaced",
            Self::Failed(_) | Self::OtherElection | Self::Format { .. } => "the storage failed",
        }
    }
}

/// The checkpoint file belongs to a commit as the database does.
impl From<HomeError> for StoreError {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Io { error, .. } if error.kind() == io::ErrorKind::StorageFull => Self::Full,
            error => Self::Failed(error.to_string()),
        }
    }
}

/// An append-only sequence of entries with a head, shared by whoever may write it.
///
/// **Append.** `append(expected, entries, head)` is atomic: either all entries stand at the indices from
/// `expected.size` on and the head is `head`, or nothing has changed. It succeeds only if the durable head is
/// `expected` (compare-and-swap): of two writers that build on the same head exactly one wins, the other gets
/// `Conflict` and nothing of its batch is stored. When it returns `Ok`, the batch survives the death of the process
/// and the loss of power.
///
/// **Uncertainty.** An error other than `Conflict` says nothing about the outcome: the batch may be durable all the
/// same. The caller asks `head` before it does anything else.
///
/// **Reading.** `head` and `read` see every batch whose `append` has returned `Ok`, and never a part of a batch.
/// `read(from, limit)` returns at most `limit` entries in order, fewer only at the end of the log. Entries never
/// change and never vanish.
pub trait Store: Send + Sync + 'static {
    fn head(&self) -> impl Future<Output = Result<Head, StoreError>> + Send;

    fn append(
        &self,
        expected: Head,
        entries: Vec<Vec<u8>>,
        head: Head,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn present(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn read(&self, from: u64, limit: u32) -> impl Future<Output = Result<Vec<StoredEntry>, StoreError>> + Send;
}
