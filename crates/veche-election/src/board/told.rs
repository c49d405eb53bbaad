//! What a verifier tells of a log beside its verdict: where its signers had not seen all, who extended late, and
//! which booths the board has named.

use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::hash::Hash;

/// A control entry, and how many entries stand before it that its signer had not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    /// The control entry's.
    pub index: u64,
    /// What is done by it.
    pub act: &'static str,
    /// So many.
    pub entries: u64,
}

impl core::fmt::Display for Unseen {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { index, act, entries } = self;
        write!(f, "entry {index}, {act}: {entries} entries stand before it that its signer had not seen")
    }
}

/// An act that names a booth: what the board said that it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NamedBooth {
    /// Of the entry.
    pub index: u64,
    /// Of the list of its files.
    pub hash: Hash,
}

impl core::fmt::Display for NamedBooth {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { index, hash } = self;
        write!(f, "entry {index}: the board says that it serves the booth {}", HEXLOWER.encode(&hash.0))
    }
}

/// An extension of an election whose closing time had passed: whoever gave it could know who had voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LateExtension {
    /// The entry's.
    pub index: u64,
    /// By so much it came after the closing time.
    pub seconds: u64,
    /// Ballots that counted then.
    pub ballots: u64,
}

impl core::fmt::Display for LateExtension {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { index, ballots, .. } = self;
        let minutes = self.minutes();
        write!(f, "entry {index}: extended {minutes} minutes after its closing time, with {ballots} ballots in")
    }
}

impl LateExtension {
    /// Begun minutes.
    pub fn minutes(&self) -> u64 {
        self.seconds.div_ceil(60)
    }
}
