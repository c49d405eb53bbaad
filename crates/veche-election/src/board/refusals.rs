//! Why an entry cannot be appended. Whoever made the entry erred, unless it says otherwise.

use super::Phase;
use crate::{choice::Choice, manifest::RollChanges};

/// Why a ballot entry cannot be appended now. Indices are those of the voter's last entry in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the election is not open")]
    NotOpen,
    #[error("the election is closed")]
    Closed,
    #[error("the credential is not on the list")]
    UnknownCredential,
    #[error("the credential was replaced by another")]
    ReplacedCredential,
    #[error("the voter's place was struck from the roll")]
    Struck { last: Option<u64> },
    #[error("the entry's seq and prev do not follow the voter's last entry")]
    Stale { last: Option<u64> },
    #[error("this voter has voted already, and this election allows no second vote")]
    AlreadyVoted { last: u64 },
}

impl Refusal {
    /// The entry that it names: the voter's last.
    pub fn last(self) -> Option<u64> {
        match self {
            Self::Stale { last } | Self::Struck { last } => last,
            Self::AlreadyVoted { last } => Some(last),
            Self::NotOpen | Self::Closed | Self::UnknownCredential | Self::ReplacedCredential => None,
        }
    }
}

/// Why a control entry cannot be appended now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ControlRefusal {
    #[error("the entry does not follow the last control entry (number {expected} is next)")]
    Link { expected: u64 },
    #[error(
        "the signer of this entry saw the log at size {seen}; it must be a size from {least} to {size}, at which the entry \
         would stand"
    )]
    Seen { seen: u64, least: u64, size: u64 },
    #[error("the log in which this entry should stand does not begin with the log of size {seen} that its signer saw")]
    OtherLog { seen: u64 },
    #[error("\"{act}\" is not possible while the election is {phase}")]
    Phase { act: &'static str, phase: Phase },
    #[error("the board's key may not sign this entry, or not yet")]
    Signatory,
    #[error("the credential that the act names is not in force")]
    UnknownCredential,
    #[error("the new credential is already known")]
    KnownCredential,
    #[error("the new number, or one that is taken for it, was given to somebody already")]
    KnownNumber,
    #[error("all weights that ever were together would be more than 2^40")]
    TotalWeight,
    #[error("by its manifest the roll of this election may be changed \"{}\", and the election is {phase}", allowed.name())]
    RollChanges { allowed: RollChanges, phase: Phase },
    #[error("the place was struck from the roll already")]
    Struck,
    #[error("a voter who has voted is not struck in an open election, nor where nobody may vote twice")]
    HasVoted,
    #[error("it is the last place of the roll")]
    LastPlace,
    #[error("this candidate was withdrawn already")]
    Withdrawn,
    #[error("the log names this booth already")]
    KnownBooth,
    #[error("the log names {max} booths, and takes no more")]
    Booths { max: u64 },
    #[error("the new closing time is not later than the old one, or the election has no closing time to extend")]
    Closes,
    #[error("the closing time {closes} is not after the time {at} of this very entry (Unix seconds)")]
    ClosesPast { closes: u64, at: u64 },
    #[error("an extension is late if, and only if, it is signed when the closing time in force has come")]
    Late,
    #[error("the result entry does not carry the hash of the result that follows from the log")]
    Result,
    #[error("there is no trustee {0}, or this trustee has done this already")]
    Trustee(u32),
    #[error("trustee {0} has not rehearsed yet: is the key still there?")]
    NotRehearsed(u32),
    #[error("what trustee {0} says does not fit the trustee's key")]
    Proof(u32),
    #[error("the sum is not that of the ballots that count")]
    Sum,
}

/// Why a log is not a log of this election: whoever appended entry `index` erred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("{0}")]
    Ballot(#[from] Refusal),
    #[error("{0}")]
    Control(#[from] ControlRefusal),
    /// Who erred: the program that calls.
    #[error("the ballot that this entry takes out of the sum was not given")]
    Replaced,
}
