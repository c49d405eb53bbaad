//! Entries: the leaves of the public log. A ballot entry is signed by a voter's credential, a control entry by the
//! organiser or the board. What is checked, stored, hashed and counted are the same bytes.
//! Spec: `docs/spec/entry.md`.

use crate::{
    ballot::{BallotAgain, ReadBallot, WeightSeed},
    hash::Hash,
    manifest::Election,
};

mod act;
mod bytes;
mod control;
pub(crate) mod error;
pub(crate) mod form;
mod many;

pub use crate::ballot::{BallotCode, CheckedBallot};
pub use act::{Act, Signatory};
pub use bytes::EntryBytes;
pub(crate) use control::ReadControl;
pub use control::{CheckedControl, ControlAgain};
pub use error::{EntryError, REASON_MAX_CHARS};
use form::is_control;
pub use form::{BALLOT_VERSION, Ballot, BallotEntry, CONTROL_VERSION, ControlEntry, ControlLink, Position, SEQ_MAX};
pub use many::{check_all, reread_all};

/// Either kind of entry, checked.
#[derive(Debug, Clone)]
pub enum CheckedEntry {
    /// A voter's.
    Ballot(CheckedBallot),
    /// An act.
    Control(CheckedControl),
}

impl CheckedEntry {
    /// Reads a leaf of the log. Which kind it is stands in its first field.
    ///
    /// # Errors
    ///
    /// As of [`CheckedControl::check`] or [`CheckedBallot::check`].
    pub fn check(bytes: &[u8], election: &Election, weights: &WeightSeed) -> Result<Self, EntryError> {
        if is_control(bytes) {
            CheckedControl::check(bytes, election).map(Self::Control)
        } else {
            CheckedBallot::check(bytes, election, weights).map(Self::Ballot)
        }
    }

    /// The exact bytes of the leaf.
    pub fn bytes(&self) -> &EntryBytes {
        match self {
            Self::Ballot(ballot) => ballot.bytes(),
            Self::Control(control) => control.bytes(),
        }
    }

    /// Its leaf hash.
    pub fn leaf(&self) -> Hash {
        match self {
            Self::Ballot(ballot) => ballot.leaf(),
            Self::Control(control) => control.leaf(),
        }
    }

    pub(crate) fn read(&self) -> ReadEntry<'_> {
        match self {
            Self::Ballot(ballot) => ReadEntry::Ballot(ballot.read()),
            Self::Control(control) => ReadEntry::Control(control.read()),
        }
    }
}

/// Either kind of entry of a log whose root was verified, or that is on the own disk, read again: its form, and neither
/// signature nor proof.
#[derive(Debug, Clone)]
pub enum EntryAgain {
    /// A voter's.
    Ballot(BallotAgain),
    /// An act.
    Control(ControlAgain),
}

impl EntryAgain {
    /// Reads again a leaf that was checked before it came into the log.
    ///
    /// # Errors
    ///
    /// Whoever kept the log has changed it: this is no entry of this election.
    pub fn read(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        if is_control(bytes) {
            ControlAgain::read(bytes).map(Self::Control)
        } else {
            BallotAgain::read(bytes, election).map(Self::Ballot)
        }
    }

    pub(crate) fn inner(&self) -> ReadEntry<'_> {
        match self {
            Self::Ballot(ballot) => ReadEntry::Ballot(ballot.inner()),
            Self::Control(control) => ReadEntry::Control(control.inner()),
        }
    }
}

/// What the board takes in, whoever vouches for it.
#[derive(Clone, Copy)]
pub(crate) enum ReadEntry<'a> {
    Ballot(&'a ReadBallot),
    Control(&'a ReadControl),
}

impl ReadEntry<'_> {
    pub(crate) fn leaf(self) -> Hash {
        match self {
            Self::Ballot(ballot) => ballot.leaf,
            Self::Control(control) => control.leaf,
        }
    }
}
