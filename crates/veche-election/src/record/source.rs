//! The files of a record, and where they are read from. Spec: `docs/spec/record.md` sections 2 and 4.

use crate::{
    checkpoint::CHECKPOINT_MAX_BYTES,
    log::{PROOF_MAX_HASHES, TILE_WIDTH},
    manifest::{ENTRY_MAX_BYTES, Election},
};

/// The manifest: [`Election::parse`].
pub const MANIFEST_FILE: &str = "election.json";
/// Keys and weights of all who may vote: [`CredentialList`](crate::CredentialList).
pub const CREDENTIALS_FILE: &str = "credentials";
/// What is published of the roll: a [`RollLine`](crate::roll::RollLine) each.
pub const ROLL_FILE: &str = "roll";
/// The board's last signed state, with cosignatures.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The trustees' ceremony, of a secret election.
pub const CEREMONY_FILE: &str = "ceremony";
/// What follows from the ballots: [`ElectionResult`](crate::ElectionResult).
pub const RESULT_FILE: &str = "result.json";
/// [`readme`].
pub const README_FILE: &str = "README.txt";
/// A record of more entries than this is refused before anything is read for it.
pub const LOG_MAX_ENTRIES: u64 = 1 << 32;
const _: () = assert!(LOG_MAX_ENTRIES <= 1 << PROOF_MAX_HASHES, "each of its entries has a proof that is taken");

/// No file of a record has more bytes: a roll of a million names has 200 MB.
pub const FILE_MAX_BYTES: u64 = 512 << 20;
/// Of `election.json`.
pub const MANIFEST_MAX_BYTES: u64 = 16 << 20;
/// Of `ceremony`.
pub const CEREMONY_MAX_BYTES: u64 = 64 << 20;
/// Of `result.json`.
pub const RESULT_MAX_BYTES: u64 = 128 << 20;
/// Of `README.txt`.
pub const README_MAX_BYTES: u64 = 4_096;
/// A key, a space, 2^40 in decimal, a line feed.
pub const CREDENTIAL_LINE_MAX_BYTES: u64 = 58;
/// A name of 200 characters, a key, and the JSON around them.
pub const ROLL_LINE_MAX_BYTES: u64 = 1_024;
/// Of a tile of hashes, 32 bytes each.
pub const TILE_MAX_BYTES: u64 = TILE_WIDTH * 32;
/// Each entry stands behind its length, two bytes.
pub const BUNDLE_MAX_BYTES: u64 = TILE_WIDTH * (2 + ENTRY_MAX_BYTES as u64);

/// How many bytes a file of a record may have; `None` if no file of a record has this path.
pub fn file_max_bytes(path: &str) -> Option<u64> {
    match path {
        MANIFEST_FILE => Some(MANIFEST_MAX_BYTES),
        CREDENTIALS_FILE | ROLL_FILE => Some(FILE_MAX_BYTES),
        CHECKPOINT_FILE => Some(CHECKPOINT_MAX_BYTES as u64),
        CEREMONY_FILE => Some(CEREMONY_MAX_BYTES),
        RESULT_FILE => Some(RESULT_MAX_BYTES),
        README_FILE => Some(README_MAX_BYTES),
        _ if path.starts_with("tile/entries/") => Some(BUNDLE_MAX_BYTES),
        _ if path.starts_with("tile/") => Some(TILE_MAX_BYTES),
        _ => None,
    }
}

/// Why a file cannot be had. What is told stands behind the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The source has none of this name.
    #[error("is missing")]
    Missing,
    /// Refused before it was read.
    #[error("is larger than {max_bytes} bytes: no such file of a record is")]
    TooLarge {
        /// What was allowed.
        max_bytes: u64,
    },
    /// What hindered it, in words.
    #[error("cannot be read: {0}")]
    Failed(String),
}

/// Where a record is read from: a directory, an archive, a server. Two readings of one file may differ: who uses what
/// was checked uses the bytes that were checked.
pub trait Source {
    /// The bytes of a file. One that is larger is refused without being read.
    ///
    /// # Errors
    ///
    /// There is no such file, it is larger, or what it is kept on erred.
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread>;
    /// The paths of all files, with `/` between folders.
    fn paths(&self) -> Vec<String>;

    /// A file of a record, no larger than such a file may be.
    ///
    /// # Errors
    ///
    /// As of [`Source::read`]; and if no file of a record has this path.
    fn file(&self, path: &str) -> Result<Vec<u8>, Unread> {
        self.read(path, file_max_bytes(path).ok_or(Unread::Missing)?)
    }
}

/// The file `README.txt`: how to check the record. Fixed text, so that it is checked too.
pub fn readme(election: &Election) -> String {
    let (roll, ceremony) = match election.ceremony() {
        Some(_) => (
            "what is published of the roll            что опубликовано из списка",
            "ceremony        how the trustees made the key            как доверенные создали ключ\n",
        ),
        None => ("whose key is whose (open election)       чей ключ чей (открытое голосование)", ""),
    };
    format!(
        "The public record of an election held with Veche.\n\
         Публичная запись выборов, проведённых с помощью Veche.\n\
         \n\
         Election id / Идентификатор выборов:\n\
         {id}\n\
         Compare it with the id on a voter's card. / Сравните его с тем, что стоит на карточке избирателя.\n\
         \n\
         To check everything / Чтобы проверить всё:\n\
         \n\
         \x20   veche verify DIR\n\
         \n\
         election.json   what was voted on, and the keys          что решали, и ключи\n\
         credentials     who may vote: public keys and weights    кто голосует: открытые ключи и вес\n\
         roll            {roll}\n\
         {ceremony}\
         tile/entries/   the log: every ballot and act, in order  журнал: все бюллетени и действия\n\
         tile/           the log's hash tree                      дерево хешей журнала\n\
         checkpoint      the tree's signed root                   подписанный корень дерева\n\
         result.json     the result                               результат\n\
         \n\
         The formats are described in docs/spec of Veche. / Форматы описаны в docs/spec.\n",
        id = election.id()
    )
}
