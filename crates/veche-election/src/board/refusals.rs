//! Why an entry cannot be appended. Whoever made the entry erred, unless it says otherwise.

use super::Phase;
use crate::{choice::Choice, manifest::RollChanges};

/// Why a ballot entry cannot be appended now. Indices are those of the voter's last entry in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not yet, or paused: it may be later.
    #[error("the election is not open")]
    NotOpen,
    /// Or given up: nothing comes any more.
    #[error("the election is closed")]
    Closed,
    /// Never one of any place.
    #[error("the credential is not on the list")]
    UnknownCredential,
    /// A newer card was made out for the place.
    #[error("the credential was replaced by another")]
    ReplacedCredential,
    /// No ballot of it counts any more.
    #[error("the voter's place was struck from the roll")]
    Struck {
        /// Index of its last entry.
        last: Option<u64>,
    },
    /// Somebody voted in the meantime with this card, or the program did not know of the last time.
    #[error("the entry's seq and prev do not follow the voter's last entry")]
    Stale {
        /// Index of the voter's last entry.
        last: Option<u64>,
    },
    /// See [`Revote::Never`](crate::manifest::Revote::Never).
    #[error("this voter has voted already, and this election allows no second vote")]
    AlreadyVoted {
        /// Index of that vote.
        last: u64,
    },
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
    /// It was made before another one came in, or is a replay.
    #[error("the entry does not follow the last control entry (number {expected} is next)")]
    Link {
        /// The number of the next one.
        expected: u64,
    },
    /// The signer did not see the act before, or saw a log that is longer than this one.
    #[error(
        "the signer of this entry saw {seen} entries; it must be a state of this log from {least} entries on, up to the \
         {size} that stand before the entry"
    )]
    Seen {
        /// What the signer saw, in entries.
        seen: u64,
        /// The log with the control entry before this one.
        least: u64,
        /// The log as it is.
        size: u64,
    },
    /// Two logs of this election are shown.
    #[error("the log in which this entry should stand does not begin with the {seen} entries that its signer saw")]
    OtherLog {
        /// What the signer saw, in entries.
        seen: u64,
    },
    /// The act would come too early or too late.
    #[error("\"{act}\" is not possible while the election is {phase}")]
    Phase {
        /// Its name.
        act: &'static str,
        /// Where the election stands.
        phase: Phase,
    },
    /// Each act has one signatory, but for opening and closing at their time.
    #[error("the board's key may not sign this entry, or not yet")]
    Signatory,
    /// Another act has replaced it, or it was none.
    #[error("the credential that the act names is not in force")]
    UnknownCredential,
    /// One of some place, now or earlier.
    #[error("the new credential is already known")]
    KnownCredential,
    /// See [`VoterNumber::folded`](crate::VoterNumber::folded).
    #[error("the new number, or one that is taken for it, was given to somebody already")]
    KnownNumber,
    /// See [`TOTAL_WEIGHT_MAX`](crate::manifest::TOTAL_WEIGHT_MAX).
    #[error("all weights that ever were together would be more than 2^40")]
    TotalWeight,
    /// The manifest has bounded it before anybody voted.
    #[error("the roll may be changed \"{}\" by the manifest, and the election is {phase}", allowed.name())]
    RollChanges {
        /// What the manifest says.
        allowed: RollChanges,
        /// Where the election stands.
        phase: Phase,
    },
    /// For good.
    #[error("the place was struck from the roll already")]
    Struck,
    /// The operator of an open election sees ballots, and one could be taken out for what it says; with
    /// [`Revote::Never`](crate::manifest::Revote::Never) it is final.
    #[error("a place that has voted is not struck in an open election, nor where nobody votes twice")]
    HasVoted,
    /// Somebody must be left.
    #[error("it is the last place of the roll")]
    LastPlace,
    /// For good.
    #[error("this candidate was withdrawn already")]
    Withdrawn,
    /// Each is named once.
    #[error("the log names this booth already")]
    KnownBooth,
    /// A server that changes its booth again and again fills no log.
    #[error("the log names {max} booths, and takes no more")]
    Booths {
        /// [`BOOTHS_MAX`](super::BOOTHS_MAX).
        max: u64,
    },
    /// An extension only extends.
    #[error("the new closing time is not later than the old one, or the election has none")]
    Closes,
    /// The election would be closed in the same moment.
    #[error("the closing time {closes} is not after the time {at} of this very entry (Unix seconds)")]
    ClosesPast {
        /// What would be in force.
        closes: u64,
        /// When this entry was signed.
        at: u64,
    },
    /// So everybody reads that results could be known when it was signed.
    #[error("an extension is late if, and only if, it is signed when the closing time in force has come")]
    Late,
    /// Who recounts comes to another result.
    #[error("the result entry does not carry the hash of the result that follows from the log")]
    Result,
    /// By number.
    #[error("there is no trustee {0}, or this trustee has done this already")]
    Trustee(u32),
    /// By number.
    #[error("trustee {0} has not rehearsed yet: is the key still there?")]
    NotRehearsed(u32),
    /// By number: its proof does not hold.
    #[error("what trustee {0} says does not fit the trustee's key")]
    Proof(u32),
    /// Who adds up comes to another sum.
    #[error("the sum is not that of the ballots that count")]
    Sum,
}

/// Why a log is not a log of this election: whoever appended entry `index` erred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Of a voter's entry.
    #[error("{0}")]
    Ballot(#[from] Refusal),
    /// Of an act.
    #[error("{0}")]
    Control(#[from] ControlRefusal),
    /// Who erred: the program that calls.
    #[error("the ballot that this entry takes out of the sum was not given")]
    Replaced,
}
