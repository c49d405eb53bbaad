//! What a server tells of an election beside its record: phase and turnout, and where a ballot is. Nothing of it is signed.
//! Spec: `docs/spec/session.md` section 2.

use serde::{Deserialize, Serialize};
use veche_election::{
    Act, Board, Hash, Phase,
    entry::{ControlLink, EntryBytes},
    manifest::unit,
    result::Withdrawal,
    roll::Heads,
};

/// `/status.json`: turnout and phase, never scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// Its id.
    pub election: Hash,
    /// For people.
    pub title: String,
    /// How it stands.
    pub phase: Phase,
    /// By whom turnout is measured: the roll at the opening, and whoever was added since; until the opening the roll.
    pub voters: u64,
    /// Their weight.
    pub voters_weight: u64,
    /// Of each weight here 10^scale units are a vote.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scale: u32,
    /// The roll now, where somebody was struck since the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roll_now: Option<Heads>,
    /// Voters whose ballot counts, ...
    pub ballots: u64,
    /// ... and their weight, where it tells nobody's vote: [`veche_election::Board::told_weight`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    /// Entries in the log.
    pub entries: u64,
    /// The announced time, Unix seconds.
    pub opens: Option<u64>,
    /// The closing time in force.
    pub closes: Option<u64>,
    /// Candidates who stand no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<Withdrawn>,
    /// Where opening and closing do not simply come at these times: what hinders them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Standing>,
    /// The first trustee who has not rehearsed yet: the election opens when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_rehearsal: Option<u32>,
    /// Trustees whose shares of the sum are in the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<u32>,
    /// Why the election is paused or cancelled, if it is, and why it closes later than it was to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Where the next act stands.
    pub control: NextControl,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Status {
    /// Do ballots count by weights?
    pub fn is_weighted(&self) -> bool {
        self.voters.saturating_mul(unit(self.scale)) != self.voters_weight
    }
}

/// A candidate who stands no more. Contests are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The number.
    pub contest: usize,
    /// The name.
    pub candidate: String,
    /// So many ballots counted then.
    pub ballots: u64,
}

/// An act of the log that names a booth, in `/booths.json`: its place, and its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoothEntry {
    /// Where it stands in the log.
    pub index: u64,
    /// As it stands there.
    pub entry: EntryBytes,
}

/// Those whom the log of this board has withdrawn.
pub fn withdrawn(board: &Board) -> Vec<Withdrawn> {
    let named = |gone: &Withdrawal| {
        let candidate = board.election().contests().get(gone.contest)?.candidates.get(gone.candidate)?.clone();
        Some(Withdrawn { contest: gone.contest + 1, candidate, ballots: gone.ballots })
    };
    board.withdrawn().iter().filter_map(named).collect()
}

/// What the organiser did and why, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which act.
    pub act: Noticed,
    /// As its signer's clock had it.
    pub at: u64,
    /// The organiser's words.
    pub reason: String,
    /// Of an extension: its closing time had passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

/// Acts that voters are told the reasons of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noticed {
    /// No ballots until it goes on.
    Pause,
    /// No result, for good.
    Cancel,
    /// Another closing time.
    Extend,
}

impl Notice {
    /// Of an act that is one.
    pub fn of(act: &Act, at: u64) -> Option<Self> {
        let (noticed, reason, late) = match act {
            Act::Pause { reason } => (Noticed::Pause, reason, false),
            Act::Cancel { reason } => (Noticed::Cancel, reason, false),
            Act::Extend { reason, late, .. } => (Noticed::Extend, reason, *late),
            _ => return None,
        };
        Some(Self { act: noticed, at, reason: reason.clone(), late })
    }
}

/// Where the next control entry stands. Behind which log, its signer reads from a checkpoint.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct NextControl {
    /// Its number.
    pub n: u64,
    /// Leaf hash of the control entry before.
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
    /// From then on ballots are taken.
    Opening,
    /// From then on none is.
    Closing,
}

impl Announced {
    /// As the log calls the act.
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
    Behind {
        /// The wall clock.
        wall: u64,
        /// What has come already.
        known: u64,
    },
    /// The clocks have come to differ: ballots stop by the one that is ahead, the rest waits for the other.
    Apart {
        /// The wall clock.
        wall: u64,
        /// The clock that nobody sets.
        boot: u64,
    },
    /// A time passed while no server ran: the organiser has until then.
    Grace {
        /// What was announced.
        act: Announced,
        /// For when.
        time: u64,
        /// The end of the grace.
        until: u64,
    },
    /// As before, and that could not be noted on the disk: it begins when it can.
    Unnoted {
        /// What was announced.
        act: Announced,
    },
}

/// `/ballot/<code>`: is a ballot in the log, and does it count? Who asks knows the code, and learns nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Whereabouts {
    /// Is a ballot of this code in the log?
    pub recorded: bool,
    /// The whole code.
    pub code: Option<String>,
    /// Its entry.
    pub index: Option<u64>,
    /// Of the ballots in the log so far, this is the voter's last.
    pub counts: bool,
    /// The entry of the voter's next ballot.
    pub replaced_by: Option<u64>,
    /// The act that struck its voter's place from the roll.
    #[serde(default)]
    pub struck_by: Option<u64>,
    /// Why, as the organiser has said it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub struck_reason: Option<String>,
    /// Entries in the log when this was said.
    pub size: u64,
}
