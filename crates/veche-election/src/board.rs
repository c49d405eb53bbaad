//! The board: what the log's entries mean, taken one after the other. The server's sequencer and the verifier run
//! this same state machine, so what one accepts the other counts. It holds no entry bytes: it can always be
//! rebuilt from the log. Spec: `docs/spec/entry.md` sections 5 and 6.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use veche_crypto::{Point, opening};

use crate::{
    ballot::{BallotAgain, ReadBallot},
    ceremony::VerificationKeys,
    credential::CredentialList,
    entry::{
        Act, CheckedBallot, CheckedControl, CheckedEntry, ControlLink, EntryAgain, Position, ReadControl, ReadEntry,
        Signatory,
    },
    hash::Hash,
    keys::PublicKey,
    log::{Head, LogTree, Subtrees},
    lot::Lot,
    manifest::{Election, Revote, Secrecy},
    marks::Marks,
    result::{Basis, ElectionResult, Withdrawal},
    roll::{Heads, Weight},
    tally::{Histograms, Tally, Vote},
};

mod booths;
mod known;
mod refusals;
mod roll;
mod shares;
mod told;

pub use booths::BOOTHS_MAX;
use booths::Booths;
use known::Known;
pub use refusals::{AppendError, ControlRefusal, Refusal};
use roll::RollState;
pub use roll::{AddedPlace, ChangedRoll, ReplacedCard};
pub use shares::{Solved, Solving};
use told::LastAct;
pub use told::{BackDated, CLOCKS_DIFFER_S, LateExtension, NamedBooth, TOLD_MAX, Unseen};

/// Where an election stands. Ballots are accepted in `Open` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing in the log yet.
    New,
    /// Set up, not yet opened.
    Setup,
    /// Ballots are taken.
    Open,
    /// Stopped by the organiser, who can resume it.
    Paused,
    /// Closed; in a secret election the sum, else the result, not yet in the log.
    Closed,
    /// The encrypted sum is in the log; the trustees open it.
    Summed,
    /// The result is in the log; nothing can follow.
    Finished,
    /// Given up by the organiser; nothing can follow.
    Cancelled,
}

impl core::fmt::Display for Phase {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl Phase {
    /// As it stands in formats and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Setup => "setup",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Summed => "summed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }

    /// May the entries be seen? Secret ballots always; open ones after closing, never those of a cancelled election.
    pub fn shows_entries(self, secrecy: Secrecy) -> bool {
        secrecy == Secrecy::Secret || matches!(self, Self::Closed | Self::Finished)
    }

    /// Has voting ended for good?
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Summed | Self::Finished | Self::Cancelled)
    }
}

/// A voter's place: one, whatever number of cards was made out for it.
#[derive(Debug, Clone)]
struct Seat {
    credential: PublicKey,
    weight: Weight,
    last: Option<LastBallot>,
    /// Off the roll: no ballot of it counts, and none comes any more.
    struck: bool,
}

impl Seat {
    /// The ballot that counts.
    fn counting(&self) -> Option<&LastBallot> {
        self.last.as_ref().filter(|_| !self.struck)
    }
}

/// What is told of a voter's place to whoever holds its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of its ballots, in units.
    pub weight: Weight,
    /// The index of its last ballot.
    pub last: Option<u64>,
    /// Off the roll: no ballot of it counts, and none comes any more.
    pub struck: bool,
}

/// The last ballot of a seat: the one that counts, unless the seat was struck.
#[derive(Debug, Clone)]
pub(crate) struct LastBallot {
    /// The tree has its leaf hash.
    pub(crate) index: u64,
    seq: u64,
    /// Of an open ballot; a secret one is read again from the log if it is replaced.
    vote: Option<Vote>,
}

/// What the log has come to. An entry that is refused has changed nothing.
#[derive(Debug, Clone)]
pub struct Board {
    election: Arc<Election>,
    phase: Phase,
    closes: Option<u64>,
    late_extensions: Vec<LateExtension>,
    /// When the last pause or the closing was signed.
    stopped_at: Option<u64>,
    /// The last act of organiser, board or trustees but those that name booths.
    last_act: Option<LastAct>,
    back_dated: Vec<BackDated>,
    /// The entries so far.
    tree: LogTree,
    /// Number of the next control entry, leaf hash of the last, and size of the log with that one.
    next: u64,
    prev: Hash,
    size_at_control: u64,
    /// What the signers of control entries had not seen.
    unseen: Vec<Unseen>,
    seats: Vec<Seat>,
    equal_weights: bool,
    /// Every credential that ever was in force, with its seat.
    by_credential: HashMap<PublicKey, usize>,
    /// Every ballot in the log.
    by_leaf: Known,
    tally: Tally,
    /// Ballots that later ones have replaced.
    replaced: u64,
    /// How the roll has changed since setup.
    roll: RollState,
    /// Candidates who stand no more, in the order of the log.
    withdrawn: Vec<Withdrawal>,
    /// What the board said that it serves.
    booths: Booths,
    /// What rehearsals and shares are checked against.
    verification: VerificationKeys,
    /// Trustees who have shown before opening that they still have their keys.
    rehearsed: BTreeSet<u32>,
    /// Size of the log with the closing as its last entry, 0 before.
    closing_size: u64,
    /// Leaf hash of the entry with the sum: what the shares are bound to.
    sum: Hash,
    /// Size of the log with that entry, 0 before.
    sum_size: u64,
    /// Checked shares of the sum.
    shares: BTreeMap<u32, Vec<Point>>,
    /// What they opened, once there are enough.
    opened: Option<Histograms>,
    /// More work than this is left to others.
    solves_at_most: u64,
    /// What somebody says is behind the sum.
    guesses: Vec<u64>,
    /// Once the sum is in the log, what is opened: the sum, and behind it the lot's point where a lot may decide.
    to_open: opening::Sum,
    /// Drawn, or opened with the sum.
    lot: Option<Lot>,
}

impl Board {
    /// `verification`: of a secret election, from its ceremony.
    pub fn new(election: Arc<Election>, credentials: &CredentialList, verification: VerificationKeys) -> Self {
        let seat = |(credential, weight): &(PublicKey, Weight)| Seat {
            credential: *credential,
            weight: *weight,
            last: None,
            struck: false,
        };
        let setup = Heads { voters: credentials.lines().len() as u64, weight: credentials.total_weight() };
        Self {
            phase: Phase::New,
            closes: election.draft().closes,
            late_extensions: Vec::new(),
            stopped_at: None,
            last_act: None,
            back_dated: Vec::new(),
            tree: LogTree::default(),
            next: ControlLink::FIRST.n,
            prev: ControlLink::FIRST.prev,
            size_at_control: 0,
            unseen: Vec::new(),
            seats: credentials.lines().iter().map(seat).collect(),
            equal_weights: credentials.lines().windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a == b)),
            by_credential: credentials.lines().iter().enumerate().map(|(i, (key, _))| (*key, i)).collect(),
            by_leaf: Known::default(),
            tally: Tally::new(&election),
            replaced: 0,
            roll: RollState::at_setup(setup),
            withdrawn: Vec::new(),
            booths: Booths::default(),
            verification,
            rehearsed: BTreeSet::new(),
            closing_size: 0,
            sum: Hash::ZERO,
            sum_size: 0,
            shares: BTreeMap::new(),
            opened: None,
            solves_at_most: u64::MAX,
            guesses: Vec::new(),
            to_open: opening::Sum::default(),
            lot: None,
            election,
        }
    }

    /// Whose log it is.
    pub fn election(&self) -> &Arc<Election> {
        &self.election
    }

    /// Where the election stands after the last entry.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Entries appended so far.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Size and root of the log so far.
    pub fn head(&self) -> Head {
        self.tree.head()
    }

    /// The tree over the entries so far.
    pub fn tree(&self) -> &LogTree {
        &self.tree
    }

    /// Control entries before which others stand that their signers had not seen.
    pub fn unseen(&self) -> &[Unseen] {
        &self.unseen
    }

    /// What the ballots that count add up to.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The weight of the ballots that count, as far as everybody may be told. Before the closing, where weights differ,
    /// who looks again and again would see the weight of each who votes, and so maybe who it is.
    pub fn told_weight(&self) -> Option<u64> {
        let ended = matches!(self.phase, Phase::Closed | Phase::Summed | Phase::Finished);
        (self.equal_weights || ended).then_some(self.tally.weight)
    }

    /// The weights of those whose ballots count.
    pub fn voted_weights(&self) -> impl Iterator<Item = Weight> {
        self.seats.iter().filter(|seat| seat.counting().is_some()).map(|seat| seat.weight)
    }

    /// How many ballots later ones have replaced: who can do that to many voters can make the sum tell of one.
    pub fn replaced_ballots(&self) -> u64 {
        self.replaced
    }

    /// Where the next control entry stands, for a signer who has seen all entries so far.
    pub fn link(&self) -> ControlLink {
        ControlLink { n: self.next, prev: self.prev, seen: self.head() }
    }

    /// The closing time in force, in Unix seconds.
    pub fn closes(&self) -> Option<u64> {
        self.closes
    }

    /// When ballots were last stopped by an act: a pause, or the closing. As its signer's clock had it.
    pub fn stopped_at(&self) -> Option<u64> {
        self.stopped_at
    }

    /// The first acts that are dated before the one that stands before them, in order, [`TOLD_MAX`] at most.
    pub fn back_dated(&self) -> &[BackDated] {
        &self.back_dated
    }

    /// Extensions that came when the closing time in force had passed, in order.
    pub fn late_extensions(&self) -> &[LateExtension] {
        &self.late_extensions
    }

    /// The index of a ballot entry that is in the log already, by its leaf hash.
    pub fn known(&self, leaf: &Hash) -> Option<u64> {
        self.by_leaf.find(&self.tree, leaf)
    }

    /// Has the seat of this credential a counting ballot?
    pub fn has_voted(&self, credential: &PublicKey) -> bool {
        self.seat(credential).and_then(Seat::counting).is_some()
    }

    /// Is this, of all ballots in the log, the one of its place that counts?
    pub fn counts(&self, ballot: &CheckedBallot) -> bool {
        let last = self.seat(&ballot.entry().credential).and_then(Seat::counting);
        last.is_some_and(|last| self.leaf_of(last) == ballot.leaf())
    }

    /// The credential now in force for the seat that a credential belongs or belonged to.
    pub fn current_credential(&self, credential: &PublicKey) -> Option<PublicKey> {
        self.seat(credential).map(|seat| seat.credential)
    }

    /// The place whose credential in force this is.
    pub fn in_force(&self, credential: &PublicKey) -> Option<Place> {
        let seat = self.seat(credential).filter(|seat| seat.credential == *credential)?;
        Some(Place { weight: seat.weight, last: seat.last.as_ref().map(|last| last.index), struck: seat.struck })
    }

    /// What `seq` and `prev` of this credential's next entry must be.
    pub fn position(&self, credential: &PublicKey) -> Option<Position> {
        let last = self.seat(credential)?.last.as_ref();
        Some(last.map_or(Position::FIRST, |last| Position { seq: last.seq + 1, prev: self.leaf_of(last) }))
    }

    fn leaf_of(&self, ballot: &LastBallot) -> Hash {
        self.tree.subtree(0, ballot.index).expect("a seat's ballot is in the tree")
    }

    fn seat(&self, credential: &PublicKey) -> Option<&Seat> {
        self.by_credential.get(credential).and_then(|i| self.seats.get(*i))
    }

    /// May this ballot be appended now?
    ///
    /// # Errors
    ///
    /// [`Refusal`] names what stands in the way.
    pub fn admit(&self, ballot: &CheckedBallot) -> Result<(), Refusal> {
        self.admit_ballot(ballot.read())
    }

    fn admit_ballot(&self, ballot: &ReadBallot) -> Result<(), Refusal> {
        let credential = &ballot.entry.credential;
        let seat = self.seat(credential).ok_or(Refusal::UnknownCredential)?;
        if seat.credential != *credential {
            return Err(Refusal::ReplacedCredential);
        }
        let last = seat.last.as_ref().map(|last| last.index);
        if seat.struck {
            return Err(Refusal::Struck { last });
        }
        if self.phase.is_over() {
            return Err(Refusal::Closed);
        }
        if self.phase != Phase::Open {
            return Err(Refusal::NotOpen);
        }
        if let (Some(last), Revote::Never) = (last, self.election.draft().revote) {
            return Err(Refusal::AlreadyVoted { last });
        }
        let position = Position { seq: ballot.entry.seq, prev: ballot.entry.prev };
        if self.position(credential) != Some(position) {
            return Err(Refusal::Stale { last });
        }
        Ok(())
    }

    /// May this control entry be appended now?
    ///
    /// # Errors
    ///
    /// [`ControlRefusal`] names what stands in the way, and whoever signed the entry erred.
    pub fn admit_control(&self, control: &CheckedControl) -> Result<(), ControlRefusal> {
        self.admit_read(control.read())
    }

    fn admit_read(&self, control: &ReadControl) -> Result<(), ControlRefusal> {
        use ControlRefusal as R;
        let entry = &control.entry;
        if let Act::Booth { hash } = &entry.act {
            return self.admit_booth(entry, hash);
        }
        if (entry.n, entry.prev) != (self.next, self.prev) {
            return Err(R::Link { expected: self.next });
        }
        self.admit_seen(entry.seen)?;
        let fits = match &entry.act {
            Act::Setup => self.phase == Phase::New,
            Act::Rehearsal { .. } | Act::Opening => self.phase == Phase::Setup,
            Act::Pause { .. } => self.phase == Phase::Open,
            Act::Resume { .. } => self.phase == Phase::Paused,
            Act::Closing => matches!(self.phase, Phase::Open | Phase::Paused),
            // Only where the result waits for it: nothing is drawn that decides nothing.
            Act::Lot { .. } => self.awaits_lot(),
            Act::Sum { .. } => self.phase == Phase::Closed && self.tally.sum().is_some(),
            Act::Share { .. } => self.phase == Phase::Summed,
            Act::Result { .. } => matches!(self.phase, Phase::Closed | Phase::Summed),
            // Nothing cancels after the closing: a share that is out cannot be called back, and neither can the result be
            // that somebody has worked out from it.
            Act::Extend { .. } | Act::Replace { .. } | Act::Withdraw { .. } | Act::Cancel { .. } => {
                matches!(self.phase, Phase::Setup | Phase::Open | Phase::Paused)
            }
            Act::Add { .. } | Act::Strike { .. } => {
                self.admit_roll_change()?;
                true
            }
            // Of these `admit_booth` has judged.
            Act::Booth { .. } => false,
        };
        if !fits {
            return Err(R::Phase { act: entry.act.name(), phase: self.phase });
        }
        if !self.may_sign(entry.by, &entry.act, entry.at) {
            return Err(R::Signatory);
        }
        // From these acts on a closing time is in force that is still to come.
        let closes = match &entry.act {
            Act::Setup | Act::Opening => self.closes,
            Act::Extend { closes, .. } => Some(*closes),
            _ => None,
        };
        if let Some(closes) = closes.filter(|closes| *closes <= entry.at) {
            return Err(R::ClosesPast { closes, at: entry.at });
        }
        match &entry.act {
            Act::Extend { closes, .. } if self.closes.is_none_or(|old| *closes <= old) => Err(R::Closes),
            Act::Extend { late, .. } if *late != self.closes.is_some_and(|old| entry.at >= old) => Err(R::Late),
            Act::Replace { old, .. } if self.current_credential(old) != Some(*old) => Err(R::UnknownCredential),
            Act::Replace { old, .. } if self.in_force(old).is_some_and(|place| place.struck) => Err(R::Struck),
            Act::Replace { new, .. } if self.by_credential.contains_key(new) => Err(R::KnownCredential),
            Act::Withdraw { .. } if self.is_withdrawn(&entry.act) => Err(R::Withdrawn),
            Act::Add { credential, number, weight, .. } => self.admit_add(credential, *number, *weight),
            Act::Strike { credential, .. } => self.admit_strike(credential),
            Act::Opening => self.missing_rehearsal().map_or(Ok(()), |trustee| Err(R::NotRehearsed(trustee))),
            Act::Rehearsal { trustee, proof } => self.admit_rehearsal(*trustee, proof),
            Act::Sum { ballots, weight, cells } => {
                let same = (*ballots, *weight) == (self.tally.ballots, self.tally.weight);
                if same && self.tally.sum_bytes().as_ref() == Some(cells) { Ok(()) } else { Err(R::Sum) }
            }
            Act::Share { trustee, values, proof } => self.admit_share(*trustee, values, proof).map(|_| ()),
            Act::Result { hash } if self.result().is_none_or(|result| result.hash() != *hash) => Err(R::Result),
            _ => Ok(()),
        }
    }

    /// The signer saw a beginning of this very log, with the control entry before: what was signed for one of two logs
    /// that the board shows is worth nothing in the other. Ballots may have come since, so that a busy log hinders nobody.
    fn admit_seen(&self, seen: Head) -> Result<(), ControlRefusal> {
        let (least, size) = (self.size_at_control, self.size());
        if !(least..=size).contains(&seen.size) {
            return Err(ControlRefusal::Seen { seen: seen.size, least, size });
        }
        if self.tree.root_at(seen.size) != Some(seen.root) {
            return Err(ControlRefusal::OtherLog { seen: seen.size });
        }
        Ok(())
    }

    /// The organiser signs the acts of the organiser; the board's key sum and result, and opening and closing at the
    /// times that were announced; trustees what they say.
    fn may_sign(&self, by: Signatory, act: &Act, at: u64) -> bool {
        let due = |time: Option<u64>| time.is_some_and(|time| at >= time);
        match (by, act) {
            (Signatory::Trustee, act) => act.trustee().is_some(),
            (_, Act::Rehearsal { .. } | Act::Share { .. }) => false,
            (Signatory::Board, Act::Sum { .. } | Act::Result { .. } | Act::Booth { .. }) => true,
            (Signatory::Organiser, act) => !matches!(act, Act::Sum { .. } | Act::Result { .. } | Act::Booth { .. }),
            (Signatory::Board, Act::Opening) => due(self.election.draft().opens),
            (Signatory::Board, Act::Closing) => due(self.closes),
            (Signatory::Board, _) => false,
        }
    }

    /// The result that follows from the ballots appended so far; of a secret election, from the opened sum. `None` also
    /// while a lot has to be drawn.
    pub fn result(&self) -> Option<ElectionResult> {
        let histograms = self.tally.histograms().or(self.opened.as_ref())?;
        let (ballots, weight) = (self.tally.ballots, self.tally.weight);
        let (roll, at_closing) = (self.roll.changed.for_turnout(), self.roll.changed.now());
        let (lot, withdrawn) = (self.lot.as_ref(), self.withdrawn.as_slice());
        ElectionResult::of(&self.election, &Basis { ballots, weight, histograms, lot, roll, at_closing, withdrawn })
    }

    /// Candidates who stand no more, in the order in which they were withdrawn.
    pub fn withdrawn(&self) -> &[Withdrawal] {
        &self.withdrawn
    }

    fn is_withdrawn(&self, act: &Act) -> bool {
        let place = act.withdraws(&self.election);
        self.withdrawn.iter().any(|earlier| place == Some((earlier.contest, earlier.candidate)))
    }

    /// Does a closed open election wait for a lot that is drawn in public?
    pub fn awaits_lot(&self) -> bool {
        self.phase == Phase::Closed && self.tally.sum().is_none() && self.result().is_none()
    }

    /// The open ballots that count, with their weights, in the order of the credentials.
    pub fn open_votes(&self) -> impl Iterator<Item = (u64, &[Marks])> {
        self.seats.iter().filter_map(|seat| match seat.counting()?.vote.as_ref()? {
            Vote::Open(marks) => Some((seat.weight.get(), marks.as_slice())),
            Vote::Secret(_) => None,
        })
    }

    /// The index of the secret ballot that an entry would take out of the sum, as the next one of its place, or by striking
    /// this: [`Board::append_replacing`] needs it.
    pub fn takes_out(&self, entry: &CheckedEntry) -> Option<u64> {
        self.taken_out(entry.read()).map(|last| last.index)
    }

    pub(crate) fn taken_out(&self, entry: ReadEntry<'_>) -> Option<&LastBallot> {
        let credential = match entry {
            ReadEntry::Ballot(ballot) => &ballot.entry.credential,
            ReadEntry::Control(control) => Self::struck_by(&control.entry.act)?,
        };
        self.seat(credential)?.last.as_ref().filter(|last| last.vote.is_none())
    }

    /// Checks an entry against all before it, and takes it in. Returns its index.
    ///
    /// # Errors
    ///
    /// Whoever put the entry there erred; the board is as it was.
    pub fn append(&mut self, entry: &CheckedEntry) -> Result<u64, AppendError> {
        self.append_replacing(entry, None)
    }

    /// As [`Board::append`], with the ballot at the index that [`Board::takes_out`] names.
    ///
    /// # Errors
    ///
    /// As [`Board::append`]; and who calls erred if the ballot is not that one.
    pub fn append_replacing(
        &mut self,
        entry: &CheckedEntry,
        replaced: Option<&BallotAgain>,
    ) -> Result<u64, AppendError> {
        self.append_read(entry.read(), replaced)
    }

    /// As [`Board::append_replacing`], of an entry of a log whose signatures and proofs were checked before. Who calls
    /// compares the root afterwards with the one that was verified then.
    ///
    /// # Errors
    ///
    /// The log is none of this election.
    pub fn append_again(&mut self, entry: &EntryAgain, replaced: Option<&BallotAgain>) -> Result<u64, AppendError> {
        self.append_read(entry.inner(), replaced)
    }

    pub(crate) fn append_read(
        &mut self,
        entry: ReadEntry<'_>,
        replaced: Option<&BallotAgain>,
    ) -> Result<u64, AppendError> {
        // Numbers that were to be looked for elsewhere, and were found there: of a log that is read again.
        if let ReadEntry::Control(control) = entry
            && matches!(control.entry.act, Act::Result { .. })
        {
            self.solve_now();
        }
        match entry {
            ReadEntry::Ballot(ballot) => self.admit_ballot(ballot)?,
            ReadEntry::Control(control) => self.admit_read(control)?,
        }
        if self.taken_out(entry).is_some_and(|last| replaced.map(BallotAgain::leaf) != Some(self.leaf_of(last))) {
            return Err(AppendError::Replaced);
        }
        match entry {
            ReadEntry::Ballot(ballot) => self.take_ballot(ballot, replaced),
            ReadEntry::Control(control) => self.take_control(control, replaced),
        }
        self.tree.append(entry.leaf());
        Ok(self.size() - 1)
    }

    fn take_ballot(&mut self, ballot: &ReadBallot, replaced: Option<&BallotAgain>) {
        let seat = self.by_credential.get(&ballot.entry.credential).and_then(|i| self.seats.get_mut(*i));
        let seat = seat.expect("admit() has found this seat");
        if let Some(last) = &seat.last {
            let vote = last.vote.as_ref().or(replaced.map(|replaced| &replaced.inner().vote));
            self.replaced += 1;
            self.tally.remove(vote.expect("append_replacing() has seen it"), seat.weight);
        }
        self.tally.add(&ballot.vote, seat.weight);
        let vote = matches!(ballot.vote, Vote::Open(_)).then(|| ballot.vote.clone());
        let index = self.tree.size();
        seat.last = Some(LastBallot { index, seq: ballot.entry.seq, vote });
        self.by_leaf.insert(&self.tree, &ballot.leaf, index);
    }

    fn take_control(&mut self, control: &ReadControl, ballot: Option<&BallotAgain>) {
        if let Act::Booth { hash } = control.entry.act {
            return self.take_booth(control.leaf, hash);
        }
        if matches!(control.entry.act, Act::Pause { .. } | Act::Closing) {
            self.stopped_at = Some(control.entry.at);
        }
        match &control.entry.act {
            Act::Setup => self.phase = Phase::Setup,
            Act::Opening | Act::Resume { .. } => self.phase = Phase::Open,
            Act::Pause { .. } => self.phase = Phase::Paused,
            Act::Closing => {
                self.phase = Phase::Closed;
                self.closing_size = self.size() + 1;
            }
            Act::Lot { drawn } => {
                self.lot = Some(Lot::drawn(self.election.draft_id(), drawn, self.root_at_closing()));
            }
            Act::Cancel { .. } => self.phase = Phase::Cancelled,
            Act::Rehearsal { trustee, .. } => {
                self.rehearsed.insert(*trustee);
            }
            Act::Sum { .. } => {
                self.phase = Phase::Summed;
                self.to_open = self.sum_to_open().unwrap_or_default();
                self.sum = control.leaf;
                self.sum_size = self.size() + 1;
            }
            Act::Share { trustee, values, .. } => {
                let points = veche_crypto::group::points(&values.0).expect("admit_share() has read them");
                self.shares.insert(*trustee, points);
                self.solve_here();
            }
            Act::Result { .. } => self.phase = Phase::Finished,
            Act::Extend { closes, late, .. } => {
                let passed = self.closes.filter(|_| *late);
                self.late_extensions.extend(passed.map(|passed| LateExtension {
                    index: self.size(),
                    seconds: control.entry.at.saturating_sub(passed),
                    ballots: self.tally.ballots,
                }));
                self.closes = Some(*closes);
            }
            Act::Replace { old, new, reason } => {
                let place = *self.by_credential.get(old).expect("admit_control() has found this seat");
                self.by_credential.insert(*new, place);
                if let Some(seat) = self.seats.get_mut(place) {
                    seat.credential = *new;
                    let weight = seat.weight;
                    self.take_replaced(weight, reason);
                }
            }
            Act::Add { credential, number, name, weight, .. } => {
                self.take_add(control.leaf, (*credential, *weight), (*number, name.clone()));
            }
            Act::Strike { credential, .. } => self.take_strike(credential, ballot),
            act @ Act::Withdraw { .. } => {
                let ballots = self.tally.ballots;
                let place = act.withdraws(&self.election);
                self.withdrawn.extend(place.map(|(contest, candidate)| Withdrawal { contest, candidate, ballots }));
            }
            Act::Booth { .. } => {}
        }
        let (index, entry) = (self.size(), &control.entry);
        let entries = index.saturating_sub(entry.seen.size);
        if entries > 0 {
            self.unseen.push(Unseen { index, act: entry.act.name(), entries });
        }
        let act = LastAct { index, act: entry.act.name(), at: entry.at };
        let room = self.back_dated.len() < TOLD_MAX;
        self.back_dated.extend(self.last_act.and_then(|last| act.goes_back_behind(&last)).filter(|_| room));
        self.last_act = Some(act);
        (self.next, self.prev, self.size_at_control) = (self.next + 1, control.leaf, index + 1);
    }
}
