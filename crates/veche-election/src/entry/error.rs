//! Why an entry is none.

use crate::{canonical::CanonicalError, keys::KeyError, marks::MarksError, text};

/// A reason that an act gives, in characters.
pub const REASON_MAX_CHARS: usize = 500;

/// Who erred: whoever made the entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// See [`ENTRY_MAX_BYTES`](crate::manifest::ENTRY_MAX_BYTES).
    #[error("the entry is longer than 65,535 bytes")]
    TooLong,
    /// No canonical JSON of this shape.
    #[error("the entry is {0}")]
    Canonical(#[from] CanonicalError),
    /// See [`BALLOT_VERSION`](super::BALLOT_VERSION) and [`CONTROL_VERSION`](super::CONTROL_VERSION).
    #[error("the entry is of an unknown version")]
    Version,
    /// It cannot be carried from one election to another.
    #[error("the entry belongs to another election")]
    Election,
    /// `seq`, `n` or a time: see [`SEQ_MAX`](super::SEQ_MAX) and [`TIME_MAX`](crate::manifest::TIME_MAX).
    #[error("a number of the entry is out of range")]
    Counter,
    /// Somebody else made it, or it was changed since.
    #[error("the entry's signature does not verify")]
    Signature(#[from] KeyError),
    /// They do not fit the contests.
    #[error("{0}")]
    Marks(#[from] MarksError),
    /// What they say is clear; one vote has one form, so that it has one leaf hash.
    #[error("the entry's marks are not in their one written form")]
    MarksForm,
    /// An open ballot in a secret election, or the contrary.
    #[error("the ballot is of a kind that this election does not have")]
    Kind,
    /// It proves no valid ballot, or not by this voter at this place.
    #[error("{0}")]
    Proof(#[from] veche_crypto::onehot::ProofError),
    /// The manifest names fewer.
    #[error("there is no trustee of this number")]
    Trustee,
    /// Where the published roll shows numbers, or names, the act shows the same; else neither.
    #[error("the act says something else of the voter than the published roll does of others")]
    Shown,
    /// The words that may stand there are in `docs/spec/entry.md` section 9.
    #[error(
        "where the roll shows nothing, the reason is mistake, joined, left, died or decision: a text would tell of somebody"
    )]
    RollReason,
    /// Contests are counted from 1, and candidates named as the manifest names them.
    #[error("there is no such candidate in this contest, or it stands for \"none of them\" and cannot be withdrawn")]
    Candidate,
    /// Texts of people are bounded, and hold nothing that cannot be seen.
    #[error("a text of the entry {0}")]
    Reason(#[from] text::TextError),
    /// See [`crate::lot`].
    #[error("what was drawn is written as numbers with one space between them, and no zero in front")]
    Drawn,
}
