//! Changes of the roll after setup: places are added and struck, and cards replaced. What was changed is counted, for whoever
//! opens the sum and whoever measures a turnout. Spec: `docs/spec/entry.md` sections 6 and 9.

use std::{collections::HashSet, fmt};

use super::{Board, ControlRefusal, Phase, Seat, TOLD_MAX};
use crate::{
    entry::Act,
    hash::Hash,
    keys::PublicKey,
    manifest::{Revote, RollChanges, Secrecy, TOTAL_WEIGHT_MAX},
    roll::{Heads, VoterNumber, Weight},
};

/// What has become of the roll since setup. A place that was struck and added anew is two changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangedRoll {
    /// As the manifest has it.
    pub setup: Heads,
    /// By acts since.
    pub added: Heads,
    /// By acts since, whether they had voted or not.
    pub struck: Heads,
    /// Of these, before the opening.
    pub struck_before: Heads,
    /// Of these, places that had voted: their ballots were taken out.
    pub struck_voted: Heads,
    /// Cards that were replaced, each time anew, with the weight of their places.
    pub replaced: Heads,
}

impl ChangedRoll {
    /// What a turnout is measured by: the roll at the opening, and whoever was added since. No strike lowers it later.
    pub fn for_turnout(&self) -> Heads {
        self.setup + self.added - self.struck_before
    }

    /// The roll as it is now, or was at the closing.
    pub fn now(&self) -> Heads {
        self.setup + self.added - self.struck
    }

    /// Changes of every kind together.
    pub fn changes(&self) -> Heads {
        self.added + self.struck + self.replaced
    }

    /// Has anybody been added or struck?
    pub fn is_changed(&self) -> bool {
        (self.added + self.struck).voters > 0
    }
}

impl fmt::Display for ChangedRoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, struck, struck_voted, .. } = self;
        let (turnout, now) = (self.for_turnout(), self.now());
        write!(
            f,
            "the roll was changed after setup: {} added (weight {}), {} struck (weight {}), {} of whom had voted (weight {}); \
             turnout is measured by a roll of {} (weight {}), the roll at the closing has {} (weight {})",
            added.voters,
            added.weight,
            struck.voters,
            struck.weight,
            struck_voted.voters,
            struck_voted.weight,
            turnout.voters,
            turnout.weight,
            now.voters,
            now.weight
        )
    }
}

/// A place that was made after setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedPlace {
    /// The act's place in the log.
    pub index: u64,
    /// Leaf hash of the act: what the line names that says whose it is.
    pub act: Hash,
    /// The first one of the place.
    pub credential: PublicKey,
    /// In units.
    pub weight: Weight,
    /// Where the roll shows it.
    pub number: Option<VoterNumber>,
    /// Where the roll shows it.
    pub name: Option<String>,
}

/// An act that replaced a card. Whoever signs acts could take a voter's place with it: the reason is what others may ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacedCard {
    /// The act's place in the log.
    pub index: u64,
    /// Of the place, in units.
    pub weight: Weight,
    /// As the organiser has given it: a clean text.
    pub reason: String,
}

impl fmt::Display for ReplacedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, weight, reason } = self;
        write!(f, "entry {index}: a card was replaced (weight {}), for this reason: {reason}", weight.get())
    }
}

/// What the board keeps of all this.
#[derive(Debug, Clone, Default)]
pub(super) struct RollState {
    pub(super) changed: ChangedRoll,
    added: Vec<AddedPlace>,
    replaced: Vec<ReplacedCard>,
    /// The numbers of the roll at setup, folded, in order, as far as they are known here; ...
    listed: Vec<VoterNumber>,
    /// ... and those that were given to somebody since.
    numbers: HashSet<VoterNumber>,
}

impl RollState {
    pub(super) fn at_setup(setup: Heads) -> Self {
        Self { changed: ChangedRoll { setup, ..ChangedRoll::default() }, ..Self::default() }
    }
}

impl Board {
    /// As told of these voter numbers too, none of which is then given to anybody else. Credentials alone do not show them.
    #[must_use]
    pub fn knowing(mut self, numbers: impl IntoIterator<Item = VoterNumber>) -> Self {
        self.roll.listed.extend(numbers.into_iter().map(|number| number.folded()));
        self.roll.listed.sort_unstable();
        self
    }

    /// A number of which the log says nothing was given to somebody.
    pub fn note_number(&mut self, number: VoterNumber) {
        self.roll.numbers.insert(number.folded());
    }

    /// Was this number, or one that is taken for it, ever given to somebody?
    pub fn number_is_taken(&self, number: VoterNumber) -> bool {
        let folded = number.folded();
        self.roll.numbers.contains(&folded) || self.roll.listed.binary_search(&folded).is_ok()
    }

    /// Was the place struck that this credential is or was one of?
    pub fn is_struck(&self, credential: &PublicKey) -> bool {
        self.seat(credential).is_some_and(|seat| seat.struck)
    }

    /// Counted from the acts in the log.
    pub fn changed_roll(&self) -> &ChangedRoll {
        &self.roll.changed
    }

    /// Places that were made after setup, in the order of the log.
    pub fn added(&self) -> &[AddedPlace] {
        &self.roll.added
    }

    /// Does the manifest allow the roll to be changed in this phase?
    pub(super) fn admit_roll_change(&self) -> Result<(), ControlRefusal> {
        let allowed = self.election.draft().roll_changes;
        let fits = match allowed {
            RollChanges::Never => false,
            RollChanges::UntilOpening => self.phase == Phase::Setup,
            RollChanges::UntilClosing => matches!(self.phase, Phase::Setup | Phase::Open | Phase::Paused),
        };
        if fits { Ok(()) } else { Err(ControlRefusal::RollChanges { allowed, phase: self.phase }) }
    }

    /// A credential that was never one of any place, and a number that nobody ever had.
    pub(super) fn admit_add(
        &self,
        credential: &PublicKey,
        number: Option<VoterNumber>,
        weight: Weight,
    ) -> Result<(), ControlRefusal> {
        let changed = &self.roll.changed;
        if self.by_credential.contains_key(credential) {
            return Err(ControlRefusal::KnownCredential);
        }
        if number.is_some_and(|number| self.number_is_taken(number)) {
            return Err(ControlRefusal::KnownNumber);
        }
        // Of all that ever were: a sum of ballots is decoded up to this, and a struck place might come back as another.
        if (changed.setup + changed.added).weight.saturating_add(weight.get()) > TOTAL_WEIGHT_MAX {
            return Err(ControlRefusal::TotalWeight);
        }
        Ok(())
    }

    /// The credential in force for a place that is not struck, and has not voted where that cannot be undone in secret.
    pub(super) fn admit_strike(&self, credential: &PublicKey) -> Result<(), ControlRefusal> {
        let seat = self.seat(credential).filter(|seat| seat.credential == *credential);
        let seat = seat.ok_or(ControlRefusal::UnknownCredential)?;
        if seat.struck {
            return Err(ControlRefusal::Struck);
        }
        let draft = self.election.draft();
        if seat.last.is_some() && (draft.secrecy == Secrecy::Open || draft.revote == Revote::Never) {
            return Err(ControlRefusal::HasVoted);
        }
        if self.roll.changed.now().voters <= 1 {
            return Err(ControlRefusal::LastPlace);
        }
        Ok(())
    }

    pub(super) fn take_add(
        &mut self,
        act: Hash,
        place: (PublicKey, Weight),
        shown: (Option<VoterNumber>, Option<String>),
    ) {
        let ((credential, weight), (number, name)) = (place, shown);
        self.equal_weights &= self.seats.first().is_none_or(|seat| seat.weight == weight);
        self.by_credential.insert(credential, self.seats.len());
        self.seats.push(Seat { credential, weight, last: None, struck: false });
        self.roll.changed.added.count(weight);
        self.roll.numbers.extend(number.map(|number| number.folded()));
        let index = self.tree.size();
        self.roll.added.push(AddedPlace { index, act, credential, weight, number, name });
    }

    /// Strikes the place; its ballot, if it has one, is no longer of those that count.
    pub(super) fn take_strike(&mut self, credential: &PublicKey, ballot: Option<&crate::ballot::BallotAgain>) {
        let seat = self.by_credential.get(credential).and_then(|i| self.seats.get_mut(*i));
        let seat = seat.expect("admit_strike() has found this seat");
        seat.struck = true;
        let changed = &mut self.roll.changed;
        changed.struck.count(seat.weight);
        if self.phase == Phase::Setup {
            changed.struck_before.count(seat.weight);
        }
        if let Some(last) = &seat.last {
            changed.struck_voted.count(seat.weight);
            let vote = last.vote.as_ref().or(ballot.map(|ballot| &ballot.inner().vote));
            self.tally.remove(vote.expect("append_read() has seen it"), seat.weight);
        }
    }

    pub(super) fn take_replaced(&mut self, weight: Weight, reason: &str) {
        self.roll.changed.replaced.count(weight);
        if self.roll.replaced.len() < TOLD_MAX {
            let (index, reason) = (self.tree.size(), reason.to_owned());
            self.roll.replaced.push(ReplacedCard { index, weight, reason });
        }
    }

    /// The first cards that were replaced, in the order of the log, [`TOLD_MAX`] at most.
    pub fn replaced_cards(&self) -> &[ReplacedCard] {
        &self.roll.replaced
    }

    /// The credential of a strike.
    pub(super) fn struck_by(act: &Act) -> Option<&PublicKey> {
        if let Act::Strike { credential, .. } = act { Some(credential) } else { None }
    }
}
