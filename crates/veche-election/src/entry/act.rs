//! What control entries do. Spec: `docs/spec/entry.md` sections 6, 9 and 10.

use serde::{Deserialize, Serialize};

use super::error::{EntryError, REASON_MAX_CHARS};
use crate::{
    choice::Choice,
    encoding::Blob,
    hash::Hash,
    keys::PublicKey,
    manifest::{Election, RollShows},
    roll::{RollReason, VoterNumber, Weight, check_name},
    text,
};

/// Who signed a control entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signatory {
    /// Whose key stands in the manifest.
    Organiser,
    /// The board's key: sum and result, the booth, and opening and closing at the times that the manifest names.
    Board,
    /// The trustee whom the act names.
    Trustee,
}

/// What a control entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Act {
    /// The first entry of every log.
    Setup,
    /// From here on ballots are taken.
    Opening,
    /// No ballot is taken until the election is resumed.
    Pause {
        /// Why; everybody may read it.
        reason: String,
    },
    /// Ballots are taken again.
    Resume {
        /// Why; everybody may read it.
        reason: String,
    },
    /// A new closing time (Unix seconds).
    Extend {
        /// Later than the time in force.
        closes: u64,
        /// Signed when the closing time in force had come: the ballots that were in could be counted then.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        late: bool,
        /// Why; everybody may read it.
        reason: String,
    },
    /// A lost card: the voter's place passes to a new credential.
    Replace {
        /// In force until now.
        old: PublicKey,
        /// Never one of any place before.
        new: PublicKey,
        /// Why; everybody may read it.
        reason: String,
    },
    /// A voter comes onto the roll.
    Add {
        /// Never one of any place before.
        credential: PublicKey,
        /// Where the published roll shows it; ...
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<VoterNumber>,
        /// ... and likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// In units, of which 10^scale are a vote.
        weight: Weight,
        /// Why; everybody may read it.
        reason: String,
    },
    /// The place of this credential goes off the roll for good, with its ballot.
    Strike {
        /// The one in force for that place.
        credential: PublicKey,
        /// Why; everybody may read it.
        reason: String,
    },
    /// A candidate stands no more, for good. Contests are counted from 1.
    Withdraw {
        /// Counted from 1.
        contest: u32,
        /// The name, as the manifest has it.
        candidate: String,
        /// Why; everybody may read it.
        reason: String,
    },
    /// Given up: there will be no result.
    Cancel {
        /// Why; everybody may read it.
        reason: String,
    },
    /// The last ballot has been taken. What the sum, the lot and the result are made of is settled.
    Closing,
    /// After closing, where a lot has to decide in an open election: what was drawn in public.
    Lot {
        /// Numbers with one space between them ([`Lot::drawn`](crate::Lot::drawn)).
        drawn: String,
    },
    /// Before opening: the trustee proves that its keys are still there.
    Rehearsal {
        /// By number, from 1.
        trustee: u32,
        /// Of knowing the secrets behind all verification keys (`docs/spec/secret.md` section 9).
        proof: Blob,
    },
    /// The encrypted sum of the ballots that count, and their number and weight.
    Sum {
        /// How many ballots count.
        ballots: u64,
        /// Their weight, in units.
        weight: u64,
        /// The sum of their cells, in the shape of a ballot's.
        cells: Blob,
    },
    /// A trustee's share of opening the sum.
    Share {
        /// By number, from 1.
        trustee: u32,
        /// A point of 32 bytes for each cell that is opened.
        values: Blob,
        /// That the points come of the trustee's keys (`docs/spec/secret.md` section 9).
        proof: Blob,
    },
    /// SHA-256 of `result.json`.
    Result {
        /// Of the exact bytes.
        hash: Hash,
    },
    /// The hash of the booth that the board serves. Outside of the chain of the other acts: with a count and a chain of its own.
    Booth {
        /// SHA-256 of the list of its files.
        hash: Hash,
    },
}

impl Act {
    /// The tag `type` of JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Opening => "opening",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Extend { .. } => "extend",
            Self::Replace { .. } => "replace",
            Self::Add { .. } => "add",
            Self::Strike { .. } => "strike",
            Self::Withdraw { .. } => "withdraw",
            Self::Cancel { .. } => "cancel",
            Self::Closing => "closing",
            Self::Lot { .. } => "lot",
            Self::Rehearsal { .. } => "rehearsal",
            Self::Sum { .. } => "sum",
            Self::Share { .. } => "share",
            Self::Result { .. } => "result",
            Self::Booth { .. } => "booth",
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Pause { reason }
            | Self::Resume { reason }
            | Self::Extend { reason, .. }
            | Self::Replace { reason, .. }
            | Self::Withdraw { reason, .. }
            | Self::Cancel { reason } => Some(reason),
            // Of these `check_roll_change` judges.
            Self::Add { .. } | Self::Strike { .. } => None,
            Self::Setup
            | Self::Opening
            | Self::Closing
            | Self::Lot { .. }
            | Self::Rehearsal { .. }
            | Self::Sum { .. }
            | Self::Share { .. }
            | Self::Result { .. }
            | Self::Booth { .. } => None,
        }
    }

    /// As it is to be signed at a time, while a closing time is in force: an extension says if it comes late.
    pub fn signed_at(mut self, at: u64, in_force: Option<u64>) -> Self {
        if let Self::Extend { late, .. } = &mut self {
            *late = in_force.is_some_and(|closes| at >= closes);
        }
        self
    }

    /// The contest and candidate that are withdrawn, counted from 0; `None` also where nobody is who can be.
    pub(crate) fn withdraws(&self, election: &Election) -> Option<(usize, usize)> {
        let Self::Withdraw { contest, candidate, .. } = self else { return None };
        let place = usize::try_from(*contest).ok()?.checked_sub(1)?;
        let contest = election.contests().get(place)?;
        let candidate = contest.candidates.iter().position(|name| name == candidate)?;
        (contest.rule.none.as_ref() != contest.candidates.get(candidate)).then_some((place, candidate))
    }

    /// The trustee whose act this is.
    pub fn trustee(&self) -> Option<u32> {
        match self {
            Self::Rehearsal { trustee, .. } | Self::Share { trustee, .. } => Some(*trustee),
            _ => None,
        }
    }

    /// Does the act say of a new place what the roll shows of all, and nothing else? And does a reason tell of nobody of whom
    /// nothing may be told?
    pub(super) fn check_roll_change(&self, shows: RollShows) -> Result<(), EntryError> {
        let reason = match self {
            Self::Add { number, name, reason, .. } => {
                let shown = match shows {
                    RollShows::Number => number.is_some() && name.is_none(),
                    RollShows::Name => number.is_none() && name.is_some(),
                    RollShows::Nothing => number.is_none() && name.is_none(),
                };
                if !shown {
                    return Err(EntryError::Shown);
                }
                if let Some(name) = name {
                    check_name(name)?;
                }
                reason
            }
            Self::Strike { reason, .. } => reason,
            _ => return Ok(()),
        };
        match shows {
            RollShows::Nothing if RollReason::named(reason).is_none() => Err(EntryError::RollReason),
            _ => Ok(text::check(reason, REASON_MAX_CHARS)?),
        }
    }
}
