//! The bytes of an entry, which go unchanged from the voter's or organiser's program into the log.

use core::{fmt, ops::Deref};

use serde::{Deserialize, Serialize};

use crate::{hash::Hash, log::leaf_hash};

/// The exact bytes of one entry: what is signed, hashed, sent, stored and counted are the same. They are text, since entries are
/// JSON, and stand as such in messages and files; whether they are an entry at all, only a check says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryBytes(String);

impl EntryBytes {
    /// As messages and files have them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the entry in the log.
    pub fn leaf(&self) -> Hash {
        leaf_hash(self)
    }
}

/// They may be a vote: they reach no log by accident.
impl fmt::Debug for EntryBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryBytes({})", self.0.len())
    }
}

impl Deref for EntryBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for EntryBytes {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for EntryBytes {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<EntryBytes> for Vec<u8> {
    fn from(bytes: EntryBytes) -> Self {
        bytes.0.into_bytes()
    }
}

impl TryFrom<&[u8]> for EntryBytes {
    type Error = core::str::Utf8Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        core::str::from_utf8(bytes).map(|text| Self(text.to_owned()))
    }
}
