//! The embedded backend: one SQLite file in WAL mode, `synchronous=FULL`, one connection that writes. Who asks for entries
//! over the network stands in a queue of its own: the sequencer never waits there.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::PoisonError,
    time::Duration,
};

use sqlx::{
    Connection, Row, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Mutex;
use veche_election::Hash;

use super::{Head, Store, StoreError, StoredEntry};

const FORMAT: i64 = 1;
/// Rows of one INSERT: three variables each, below SQLite's limit.
const INSERT_ROWS_MAX: usize = 256;
/// Connections of the sequencer: for ballots that are replaced, and for receipts.
const READERS_MAX: u32 = 4;
/// Connections of all who ask over the network. One keeps no more than one core busy.
const OUTSIDE_READERS_MAX: u32 = 1;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// SQLITE_FULL, and SQLITE_IOERR_WRITE as some file systems report a full disk.
const FULL_CODES: [&str; 2] = ["13", "778"];

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS about (format INTEGER NOT NULL, election BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS head (
    id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entries (
    place INTEGER PRIMARY KEY, bytes BLOB NOT NULL, batch INTEGER NOT NULL
) STRICT;
";

/// Which file it is, under whatever name: device and inode.
type FileId = (u64, u64);

/// `None` if there is none at this path.
fn file_id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    options: SqliteConnectOptions,
    /// Gone after an error: what SQLite and the driver think of a failed transaction may differ, a new connection
    /// thinks nothing.
    writer: Mutex<Option<SqliteConnection>>,
    readers: SqlitePool,
    outside_readers: SqlitePool,
    /// The database that was opened, and its write-ahead log since the writer's connection.
    database: Option<FileId>,
    write_ahead_path: PathBuf,
    write_ahead: std::sync::Mutex<Option<FileId>>,
}

impl SqliteStore {
    /// Opens the database of this election. One that is not there is lost, and not made anew.
    pub async fn open(path: &Path, election: Hash) -> Result<Self, StoreError> {
        if file_id(path).is_none() {
            return Err(StoreError::Missing(path.to_owned()));
        }
        Self::create(path, election).await
    }

    /// As [`SqliteStore::open`], making it if it is not there.
    pub async fn create(path: &Path, election: Hash) -> Result<Self, StoreError> {
        // SQLite gives its log and shared-memory files the mode of the database: it holds open ballots.
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        file.map_err(|error| StoreError::Failed(format!("{}: {error}", path.display())))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let mut writer = SqliteConnection::connect_with(&options).await?;
        prepare(&mut writer, election).await?;
        let pool = |max| {
            let options = options.clone().read_only(true);
            SqlitePoolOptions::new().max_connections(max).connect_lazy_with(options)
        };
        let (readers, outside_readers) = (pool(READERS_MAX), pool(OUTSIDE_READERS_MAX));
        let (path, writer, database) = (path.to_owned(), Mutex::new(Some(writer)), file_id(path));
        let write_ahead_path = write_ahead_of(&path);
        let write_ahead = std::sync::Mutex::new(file_id(&write_ahead_path));
        Ok(Self { path, options, writer, readers, outside_readers, database, write_ahead_path, write_ahead })
    }

    /// As [`Store::read`], for somebody outside.
    pub async fn read_outside(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        read(&self.outside_readers, from, limit).await
    }

    /// How long the entries are that [`SqliteStore::read_outside`] would give.
    pub async fn lengths_outside(&self, from: u64, limit: u32) -> Result<Vec<usize>, StoreError> {
        let rows = sqlx::query("SELECT LENGTH(bytes) FROM entries WHERE place >= ? ORDER BY place LIMIT ?")
            .bind(from.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.outside_readers)
            .await?;
        rows.into_iter().map(|row| Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(usize::MAX))).collect()
    }

    /// A connection that writes to the file that was opened, and to no other that lies in its place now.
    async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        the_same(&self.path, self.database)?;
        let mut writer = SqliteConnection::connect_with(&self.options).await?;
        // Only reading opens the write-ahead log.
        sqlx::query("SELECT size FROM head").fetch_one(&mut writer).await?;
        *self.write_ahead_id() = file_id(&self.write_ahead_path);
        Ok(writer)
    }

    fn write_ahead_id(&self) -> std::sync::MutexGuard<'_, Option<FileId>> {
        self.write_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the database as it is at one moment into another file, while a server may write on.
    pub async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
        let options = SqliteConnectOptions::new().filename(from).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let mut reader = SqliteConnection::connect_with(&options).await?;
        let copied = sqlx::query("VACUUM INTO ?").bind(to.to_string_lossy().into_owned()).execute(&mut reader).await;
        reader.close().await?;
        copied?;
        Ok(())
    }

    /// Folds the write-ahead log back into the file, so that the file alone is the whole database.
    pub async fn fold(&self) -> Result<(), StoreError> {
        if let Some(writer) = self.writer.lock().await.as_mut() {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(writer).await?;
        }
        Ok(())
    }

    /// Lets the present connection write at most so many pages, as a full disk would: for tests of that.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        if let Some(writer) = self.writer.lock().await.as_mut() {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            sqlx::query(sqlx::AssertSqlSafe(pragma)).fetch_all(writer).await?;
        }
        Ok(())
    }

    /// Folds the write-ahead log back into the file and closes it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.outside_readers.close().await;
        match self.writer.into_inner() {
            Some(writer) => Ok(writer.close().await?),
            None => Ok(()),
        }
    }
}

/// Where there was no such file, as without a write-ahead log, there is none to lose.
fn the_same(path: &Path, known: Option<FileId>) -> Result<(), StoreError> {
    if known.is_none() || file_id(path) == known { Ok(()) } else { Err(StoreError::Moved) }
}

/// SQLite puts it beside the file itself, wherever a link to it lies.
fn write_ahead_of(path: &Path) -> PathBuf {
    let mut name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push("-wal");
    name.into()
}

async fn prepare(writer: &mut SqliteConnection, election: Hash) -> Result<(), StoreError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *tx).await?;
    let about = sqlx::query("SELECT format, election FROM about").fetch_optional(&mut *tx).await?;
    match about {
        Some(row) => {
            let found: i64 = row.try_get(0)?;
            if found != FORMAT {
                return Err(StoreError::Format { found, expected: FORMAT });
            }
            if row.try_get::<&[u8], _>(1)? != election.0 {
                return Err(StoreError::OtherElection);
            }
        }
        None => {
            let insert = sqlx::query("INSERT INTO about VALUES (?, ?)").bind(FORMAT).bind(election.0.to_vec());
            insert.execute(&mut *tx).await?;
            let empty = Head::EMPTY.root.0.to_vec();
            sqlx::query("INSERT INTO head VALUES (1, 0, ?)").bind(empty).execute(&mut *tx).await?;
        }
    }
    Ok(tx.commit().await?)
}

impl Store for SqliteStore {
    fn present(&self) -> Result<(), StoreError> {
        the_same(&self.path, self.database)?;
        the_same(&self.write_ahead_path, *self.write_ahead_id())
    }

    async fn head(&self) -> Result<Head, StoreError> {
        the_same(&self.path, self.database)?;
        let row = sqlx::query("SELECT size, root FROM head").fetch_one(&self.readers).await?;
        let root = <[u8; 32]>::try_from(row.try_get::<&[u8], _>(1)?);
        Ok(Head { size: row.try_get::<i64, _>(0)?.cast_unsigned(), root: Hash(root.map_err(|_| damaged())?) })
    }

    async fn append(&self, expected: Head, entries: Vec<Vec<u8>>, head: Head) -> Result<(), StoreError> {
        let mut place = self.writer.lock().await;
        if place.is_some() {
            self.present()?;
        }
        // Taken out while it works: dropped on an error, and if this future is dropped half-way.
        let mut writer = match place.take() {
            Some(writer) => writer,
            None => self.connect().await?,
        };
        let appended = append(&mut writer, expected, entries, head).await;
        // What was written to files that are no longer there is lost at the next start.
        let appended = appended.and_then(|()| self.present());
        if matches!(appended, Ok(()) | Err(StoreError::Conflict { .. } | StoreError::Moved)) {
            *place = Some(writer);
        }
        appended
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        read(&self.readers, from, limit).await
    }
}

async fn read(readers: &SqlitePool, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
    let rows = sqlx::query("SELECT bytes, batch FROM entries WHERE place >= ? ORDER BY place LIMIT ?")
        .bind(from.cast_signed())
        .bind(i64::from(limit))
        .fetch_all(readers)
        .await?;
    let entry = |row: sqlx::sqlite::SqliteRow| {
        Ok(StoredEntry { bytes: row.try_get(0)?, batch: row.try_get::<i64, _>(1)?.cast_unsigned() })
    };
    rows.into_iter().map(entry).collect()
}

async fn append(
    writer: &mut SqliteConnection,
    expected: Head,
    entries: Vec<Vec<u8>>,
    head: Head,
) -> Result<(), StoreError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let swapped = sqlx::query("UPDATE head SET size = ?, root = ? WHERE size = ? AND root = ?")
        .bind(head.size.cast_signed())
        .bind(head.root.0.to_vec())
        .bind(expected.size.cast_signed())
        .bind(expected.root.0.to_vec())
        .execute(&mut *tx)
        .await?;
    if swapped.rows_affected() != 1 {
        let row = sqlx::query("SELECT size FROM head").fetch_one(&mut *tx).await?;
        let size = row.try_get::<i64, _>(0)?.cast_unsigned();
        tx.rollback().await?;
        return Err(StoreError::Conflict { size });
    }
    let places = expected.size..;
    for rows in places.zip(entries).collect::<Vec<_>>().chunks(INSERT_ROWS_MAX) {
        let mut insert = sqlx::QueryBuilder::new("INSERT INTO entries (place, bytes, batch) ");
        insert.push_values(rows, |mut row, (place, bytes)| {
            row.push_bind(place.cast_signed()).push_bind(bytes.clone()).push_bind(head.size.cast_signed());
        });
        insert.build().execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

fn damaged() -> StoreError {
    StoreError::Failed("the database is damaged: its head is not a hash".into())
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned());
        match code {
            Some(code) if FULL_CODES.contains(&code.as_str()) => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// However many ask for entries over the network, the sequencer finds a connection free: the two have no pool in common.
    #[tokio::test]
    async fn row_59_the_sequencer_does_not_stand_in_the_queue_of_those_outside() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(&dir.path().join("log.db"), Hash([1; 32])).await.unwrap();
        let after = Head { size: 1, root: Hash([2; 32]) };
        store.append(Head::EMPTY, vec![b"x".to_vec()], after).await.unwrap();
        assert_eq!(
            (store.read_outside(0, 9).await.unwrap().len(), store.lengths_outside(0, 9).await.unwrap()),
            (1, vec![1])
        );
        store.outside_readers.close().await;
        store.read_outside(0, 9).await.unwrap_err();
        store.lengths_outside(0, 9).await.unwrap_err();
        assert_eq!(store.read(0, 9).await.unwrap().len(), 1);
        assert_eq!(store.head().await.unwrap(), after);
        store.append(after, vec![b"y".to_vec()], Head { size: 2, root: Hash([3; 32]) }).await.unwrap();
    }
}
