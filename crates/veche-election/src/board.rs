//! The board: what the log's entries mean, taken one after the other. The server's sequencer and the verifier run
//! this same state machine, so what one accepts the other counts. It holds no entry bytes: it can always be
//! rebuilt from the log. Spec: `docs/spec/entry.md` sections 5 and 6.

use std::{collections::HashMap, sync::Arc};

use crate::{
    credential::CredentialList,
    entry::{Act, CheckedBallot, CheckedControl, CheckedEntry, ControlLink, Position, Signatory},
    hash::Hash,
    keys::PublicKey,
    manifest::{Election, Revote},
    marks::Marks,
    result::ElectionResult,
    roll::Weight,
    tally::Tally,
};

/// Where an election stands. Ballots are accepted in `Open` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing in the log yet.
    New,
    /// Set up, not yet opened.
    Setup,
    Open,
    Paused,
    /// Closed, result not yet in the log.
    Closed,
    /// The result is in the log; nothing can follow.
    Finished,
    /// Given up by the organiser; nothing can follow.
    Cancelled,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Setup => "setup",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }

    /// May the ballots of an open election be seen? After closing; never those of a cancelled one.
    pub fn shows_entries(self) -> bool {
        matches!(self, Self::Closed | Self::Finished)
    }

    /// Has voting ended for good?
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Finished | Self::Cancelled)
    }
}

/// A voter's place: one, whatever number of cards was made out for it.
#[derive(Debug, Clone)]
struct Seat {
    credential: PublicKey,
    weight: Weight,
    last: Option<LastBallot>,
}

/// The ballot of a seat that counts.
#[derive(Debug, Clone)]
struct LastBallot {
    index: u64,
    leaf: Hash,
    seq: u64,
    marks: Vec<Marks>,
}

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
    #[error("the entry's seq and prev do not follow the voter's last entry")]
    Stale { last: Option<u64> },
    #[error("this voter has voted already, and this election allows no second vote")]
    AlreadyVoted { last: u64 },
}

/// Why a control entry cannot be appended now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ControlRefusal {
    #[error("the entry does not follow the last control entry (number {expected} is next)")]
    Link { expected: u64 },
    #[error("\"{act}\" is not possible while the election is {phase}")]
    Phase { act: &'static str, phase: &'static str },
    #[error("the board's key may not sign this entry, or not yet")]
    Signatory,
    #[error("the credential to be replaced is not in force")]
    UnknownCredential,
    #[error("the new credential is already known")]
    KnownCredential,
    #[error("the new closing time is not later than the old one, or the election has none")]
    Closes,
    #[error("the result entry does not carry the hash of the result that follows from the log")]
    Result,
}

/// Why a log is not a log of this election: whoever appended entry `index` erred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("{0}")]
    Ballot(#[from] Refusal),
    #[error("{0}")]
    Control(#[from] ControlRefusal),
}

#[derive(Debug, Clone)]
pub struct Board {
    election: Arc<Election>,
    phase: Phase,
    closes: Option<u64>,
    link: ControlLink,
    size: u64,
    seats: Vec<Seat>,
    /// Every credential that ever was in force, with its seat.
    by_credential: HashMap<PublicKey, usize>,
    /// Every ballot in the log: its leaf hash and index.
    by_leaf: HashMap<Hash, u64>,
    tally: Tally,
}

impl Board {
    pub fn new(election: Arc<Election>, credentials: &CredentialList) -> Self {
        let seat =
            |(credential, weight): &(PublicKey, Weight)| Seat { credential: *credential, weight: *weight, last: None };
        Self {
            phase: Phase::New,
            closes: election.draft().closes,
            link: ControlLink::FIRST,
            size: 0,
            seats: credentials.lines().iter().map(seat).collect(),
            by_credential: credentials.lines().iter().enumerate().map(|(i, (key, _))| (*key, i)).collect(),
            by_leaf: HashMap::new(),
            tally: Tally::new(election.contests()),
            election,
        }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Entries appended so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where the next control entry stands.
    pub fn link(&self) -> ControlLink {
        self.link
    }

    /// The closing time in force, in Unix seconds.
    pub fn closes(&self) -> Option<u64> {
        self.closes
    }

    /// The index of a ballot entry that is in the log already, by its leaf hash.
    pub fn known(&self, leaf: &Hash) -> Option<u64> {
        self.by_leaf.get(leaf).copied()
    }

    /// Has the seat of this credential a counting ballot?
    pub fn has_voted(&self, credential: &PublicKey) -> bool {
        self.seat(credential).is_some_and(|seat| seat.last.is_some())
    }

    /// The credential now in force for the seat that a credential belongs or belonged to.
    pub fn current_credential(&self, credential: &PublicKey) -> Option<PublicKey> {
        self.seat(credential).map(|seat| seat.credential)
    }

    /// What `seq` and `prev` of this credential's next entry must be.
    pub fn position(&self, credential: &PublicKey) -> Option<Position> {
        let last = self.seat(credential)?.last.as_ref();
        Some(last.map_or(Position::FIRST, |last| Position { seq: last.seq + 1, prev: last.leaf }))
    }

    fn seat(&self, credential: &PublicKey) -> Option<&Seat> {
        self.by_credential.get(credential).and_then(|i| self.seats.get(*i))
    }

    /// May this ballot be appended now?
    pub fn admit(&self, ballot: &CheckedBallot) -> Result<(), Refusal> {
        let credential = &ballot.entry.credential;
        let seat = self.seat(credential).ok_or(Refusal::UnknownCredential)?;
        if seat.credential != *credential {
            return Err(Refusal::ReplacedCredential);
        }
        if self.phase.is_over() {
            return Err(Refusal::Closed);
        }
        if self.phase != Phase::Open {
            return Err(Refusal::NotOpen);
        }
        if let (Some(last), Revote::Never) = (&seat.last, self.election.draft().revote) {
            return Err(Refusal::AlreadyVoted { last: last.index });
        }
        let position = Position { seq: ballot.entry.seq, prev: ballot.entry.prev };
        if self.position(credential) != Some(position) {
            return Err(Refusal::Stale { last: seat.last.as_ref().map(|last| last.index) });
        }
        Ok(())
    }

    /// May this control entry be appended now?
    pub fn admit_control(&self, control: &CheckedControl) -> Result<(), ControlRefusal> {
        use ControlRefusal as R;
        let entry = &control.entry;
        if (ControlLink { n: entry.n, prev: entry.prev }) != self.link {
            return Err(R::Link { expected: self.link.n });
        }
        let fits = match &entry.act {
            Act::Setup => self.phase == Phase::New,
            Act::Opening => self.phase == Phase::Setup,
            Act::Pause { .. } => self.phase == Phase::Open,
            Act::Resume { .. } => self.phase == Phase::Paused,
            Act::Closing => matches!(self.phase, Phase::Open | Phase::Paused),
            Act::Result { .. } => self.phase == Phase::Closed,
            Act::Extend { .. } | Act::Replace { .. } | Act::Cancel { .. } => {
                matches!(self.phase, Phase::Setup | Phase::Open | Phase::Paused)
            }
        };
        if !fits {
            return Err(R::Phase { act: entry.act.name(), phase: self.phase.name() });
        }
        if !self.may_sign(entry.by, &entry.act, entry.at) {
            return Err(R::Signatory);
        }
        match &entry.act {
            Act::Extend { closes, .. } if self.closes.is_none_or(|old| *closes <= old) => Err(R::Closes),
            Act::Replace { old, .. } if self.current_credential(old) != Some(*old) => Err(R::UnknownCredential),
            Act::Replace { new, .. } if self.by_credential.contains_key(new) => Err(R::KnownCredential),
            Act::Result { hash } if *hash != self.result().hash() => Err(R::Result),
            _ => Ok(()),
        }
    }

    /// The organiser signs everything but the result; the board's key the result, and opening and closing at the
    /// times that were announced.
    fn may_sign(&self, by: Signatory, act: &Act, at: u64) -> bool {
        let due = |time: Option<u64>| time.is_some_and(|time| at >= time);
        match (by, act) {
            (Signatory::Organiser, act) => !matches!(act, Act::Result { .. }),
            (Signatory::Board, Act::Result { .. }) => true,
            (Signatory::Board, Act::Opening) => due(self.election.draft().opens),
            (Signatory::Board, Act::Closing) => due(self.closes),
            (Signatory::Board, _) => false,
        }
    }

    /// The result that follows from the ballots appended so far.
    pub fn result(&self) -> ElectionResult {
        ElectionResult::compute(&self.election, &self.tally)
    }

    /// Checks an entry against all before it, and takes it in. Returns its index.
    pub fn append(&mut self, entry: &CheckedEntry) -> Result<u64, AppendError> {
        match entry {
            CheckedEntry::Ballot(ballot) => {
                self.admit(ballot)?;
                self.take_ballot(ballot);
            }
            CheckedEntry::Control(control) => {
                self.admit_control(control)?;
                self.take_control(control);
            }
        }
        self.size += 1;
        Ok(self.size - 1)
    }

    fn take_ballot(&mut self, ballot: &CheckedBallot) {
        let seat = self.by_credential.get(&ballot.entry.credential).and_then(|i| self.seats.get_mut(*i));
        let seat = seat.expect("admit() has found this seat");
        if let Some(last) = &seat.last {
            self.tally.remove(&last.marks, seat.weight);
        }
        self.tally.add(&ballot.marks, seat.weight);
        let (leaf, seq, marks) = (ballot.leaf, ballot.entry.seq, ballot.marks.clone());
        seat.last = Some(LastBallot { index: self.size, leaf, seq, marks });
        self.by_leaf.insert(leaf, self.size);
    }

    fn take_control(&mut self, control: &CheckedControl) {
        match &control.entry.act {
            Act::Setup => self.phase = Phase::Setup,
            Act::Opening | Act::Resume { .. } => self.phase = Phase::Open,
            Act::Pause { .. } => self.phase = Phase::Paused,
            Act::Closing => self.phase = Phase::Closed,
            Act::Cancel { .. } => self.phase = Phase::Cancelled,
            Act::Result { .. } => self.phase = Phase::Finished,
            Act::Extend { closes, .. } => self.closes = Some(*closes),
            Act::Replace { old, new, .. } => {
                let place = *self.by_credential.get(old).expect("admit_control() has found this seat");
                self.by_credential.insert(*new, place);
                if let Some(seat) = self.seats.get_mut(place) {
                    seat.credential = *new;
                }
            }
        }
        self.link = ControlLink { n: self.link.n + 1, prev: control.leaf };
    }
}
