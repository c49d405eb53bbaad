//! What a server tells of an election beside its record: phase and turnout, and where a ballot is. Nothing of it is signed.
//! Spec: `docs/spec/session.md` section 2.

use serde::{Deserialize, Serialize};
use veche_election::{Hash, Phase, board::Heads, entry::ControlLink};

/// `/status.json`: turnout and phase, never scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub election: Hash,
    pub title: String,
    pub phase: Phase,
    /// By whom turnout is measured: the roll at the opening, and whoever was added since; until the opening the roll.
    pub voters: u64,
    pub voters_weight: u64,
    /// The roll now, where somebody was struck since the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roll_now: Option<Heads>,
    /// Voters whose ballot counts, ...
    pub ballots: u64,
    /// ... and their weight, where it tells nobody's vote: [`veche_election::Board::told_weight`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    pub entries: u64,
    pub opens: Option<u64>,
    pub closes: Option<u64>,
    /// Where opening and closing do not simply come at these times: what hinders them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Standing>,
    /// The first trustee who has not rehearsed yet: the election opens when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_rehearsal: Option<u32>,
    /// Trustees whose shares of the sum are in the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<u32>,
    pub control: NextControl,
}

/// Where the next control entry stands. Behind which log, its signer reads from a checkpoint.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct NextControl {
    pub n: u64,
    pub prev: Hash,
}

impl From<ControlLink> for NextControl {
    fn from(ControlLink { n, prev, .. }: ControlLink) -> Self {
        Self { n, prev }
    }
}

/// What comes at an announced time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Announced {
    Opening,
    Closing,
}

impl Announced {
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Closing => "closing",
        }
    }
}

/// How opening and closing by time stand, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Standing {
    /// They come at their times.
    Kept,
    /// A time that has come already is later than the wall clock: nothing is appended by time.
    Behind { wall: u64, known: u64 },
    /// The clocks have come to differ: ballots stop by the one that is ahead, the rest waits for the other.
    Apart { wall: u64, boot: u64 },
    /// A time passed while no server ran: the organiser has until then.
    Grace { act: Announced, time: u64, until: u64 },
    /// As before, and that could not be noted on the disk: it begins when it can.
    Unnoted { act: Announced },
}

/// `/ballot/<code>`: is a ballot in the log, and does it count? Who asks knows the code, and learns nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Whereabouts {
    pub recorded: bool,
    pub code: Option<String>,
    pub index: Option<u64>,
    /// Of the ballots in the log so far, this is the voter's last.
    pub counts: bool,
    pub replaced_by: Option<u64>,
    /// The act that struck its voter's place from the roll.
    #[serde(default)]
    pub struck_by: Option<u64>,
    /// Entries in the log when this was said.
    pub size: u64,
}
