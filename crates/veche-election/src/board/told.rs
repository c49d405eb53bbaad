//! What a verifier tells of a log beside its verdict: where its signers had not seen all, who extended late,
//! which booths the board has named, and where its times contradict each other.

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
        let stand = if *entries == 1 { "1 entry stands".to_owned() } else { format!("{entries} entries stand") };
        write!(f, "entry {index}, {act}: {stand} before it that its signer had not seen")
    }
}

/// Two clocks that differ by no more are both called right.
pub const CLOCKS_DIFFER_S: u64 = 60;
/// Of what may stand in a log again and again, a verifier tells so many.
pub const TOLD_MAX: usize = 20;

/// An act, and when it was signed by its signer's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastAct {
    pub(super) index: u64,
    pub(super) act: &'static str,
    pub(super) at: u64,
}

impl LastAct {
    /// Nothing, as long as two honest clocks may differ so much.
    pub(super) fn goes_back_behind(&self, last: &Self) -> Option<BackDated> {
        let seconds = last.at.saturating_sub(self.at);
        let Self { index, act, .. } = *self;
        (seconds > CLOCKS_DIFFER_S).then_some(BackDated { index, act, seconds, last: (last.index, last.act) })
    }
}

/// An act that is dated before the one that stands before it in the log: one of the two clocks was wrong, or was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackDated {
    /// The entry's.
    pub index: u64,
    /// What is done by it.
    pub act: &'static str,
    /// By so much it goes back.
    pub seconds: u64,
    /// Index and act of the one before.
    pub last: (u64, &'static str),
}

impl core::fmt::Display for BackDated {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { index, act, seconds, last: (before, its) } = self;
        write!(
            f,
            "entry {index}, {act}: dated {seconds} seconds before entry {before}, {its}, which stands before it: one of two \
             clocks is wrong"
        )
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
        let (after, counted) = (some(self.minutes(), "minute"), some(*ballots, "ballot"));
        write!(f, "entry {index}: extended {after} after its closing time, with {counted} in")
    }
}

/// So many of them: `1 ballot`, `34 ballots`.
fn some(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

impl LateExtension {
    /// Begun minutes.
    pub fn minutes(&self) -> u64 {
        self.seconds.div_ceil(60)
    }
}
