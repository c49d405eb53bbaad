//! What everybody may see of the log, always of durable entries only.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
    sync::Arc,
    time::Instant,
};

use axum::body::Bytes;
use veche_client::told::{self, BoothEntry, Standing, Status, Withdrawn, withdrawn};
use veche_election::{
    Act, AddedVoter, Board, Election, ElectionResult, Hash, LogTree, Phase, PublicKey, Signatory, VoterNumber,
    board::{ChangedRoll, NamedBooth},
    entry::{CheckedEntry, ControlLink},
};

use crate::{
    added::{AddedSeat, added_seats},
    home::HomeError,
};

/// What the organiser did and why.
#[derive(Debug, Clone)]
pub struct Notice {
    pub at: u64,
    pub act: Act,
}

/// What everybody may see, always of durable entries only.
pub struct Published {
    pub(super) tree: LogTree,
    /// Sizes of the log after each batch, ascending.
    pub(super) batches: Vec<u64>,
    /// Replaced cards: the credential of the list, and the one now in force in its place.
    replaced: HashMap<PublicKey, PublicKey>,
    /// Every ballot by its code, and which one has replaced which.
    codes: BTreeMap<Hash, u64>,
    replaced_by: HashMap<u64, u64>,
    /// Ballots of places that were struck, and by which act.
    struck_by: HashMap<u64, StruckBy>,
    /// Voters who were added after setup: the credential that the place had at first.
    added: HashMap<VoterNumber, PublicKey>,
    /// How the roll has changed.
    pub roll: ChangedRoll,
    /// Candidates who stand no more, and what the organiser has said of each.
    pub withdrawn: Vec<Withdrawn>,
    /// The acts that name booths, as they stand in the log.
    pub booths: Vec<BoothEntry>,
    pub named_booths: Vec<NamedBooth>,
    told_of_withdrawals: Vec<Notice>,
    /// Every act by which the phase or the closing time changed, and the lot, as they came.
    pub(super) turns: Vec<Notice>,
    pub size: u64,
    /// The checkpoint of that size under the board's signature alone.
    pub(super) note: String,
    /// With the cosignatures that have come for it.
    pub checkpoint: String,
    /// The last checkpoint that a quorum of the witnesses has cosigned; empty before.
    pub witnessed: String,
    pub phase: Phase,
    pub closes: Option<u64>,
    /// How opening and closing by time stand.
    pub schedule: Standing,
    /// When organiser or board last signed an act, by their clocks. A trustee's clock is nobody's care.
    pub(super) last_at: u64,
    pub link: ControlLink,
    /// What the organiser has last said of the phase, and of the closing time.
    told_of_phase: Option<Notice>,
    told_of_closing: Option<Notice>,
    /// Voters whose ballot counts, and their weight as far as it may be told: turnout, never scores.
    pub ballots: u64,
    pub weight: Option<u64>,
    /// The first trustee who has not rehearsed, those who have, and those whose shares are in the log.
    pub missing_rehearsal: Option<u32>,
    pub rehearsed: Vec<u32>,
    pub shares: Vec<u32>,
    /// Only once the result is in the log; and as the file of the record.
    pub result: Option<Arc<ElectionResult>>,
    pub result_file: Option<Bytes>,
    pub(super) settled: bool,
    /// Why the last attempt to record something failed, if it did.
    pub(super) ailment: Option<&'static str>,
    /// When the checkpoint was signed, or this process began.
    pub(super) signed_at: Instant,
}

/// A ballot that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub code: Hash,
    pub index: u64,
    /// The ballot that has replaced it, and the act that struck its place.
    pub replaced_by: Option<u64>,
    pub struck_by: Option<StruckBy>,
}

/// The act that struck a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StruckBy {
    pub index: u64,
    /// As the organiser has given it.
    pub reason: String,
}

impl Published {
    pub fn tree(&self) -> &LogTree {
        &self.tree
    }

    pub(super) fn empty(board: &Board) -> Self {
        Self {
            tree: LogTree::default(),
            batches: Vec::new(),
            replaced: HashMap::new(),
            codes: BTreeMap::new(),
            replaced_by: HashMap::new(),
            struck_by: HashMap::new(),
            added: HashMap::new(),
            roll: *board.changed_roll(),
            withdrawn: Vec::new(),
            booths: Vec::new(),
            named_booths: Vec::new(),
            told_of_withdrawals: Vec::new(),
            turns: Vec::new(),
            size: 0,
            note: String::new(),
            checkpoint: String::new(),
            witnessed: String::new(),
            phase: board.phase(),
            closes: board.closes(),
            schedule: Standing::Kept,
            last_at: 0,
            link: board.link(),
            told_of_phase: None,
            told_of_closing: None,
            ballots: 0,
            weight: None,
            missing_rehearsal: None,
            rehearsed: Vec::new(),
            shares: Vec::new(),
            result: None,
            result_file: None,
            settled: true,
            ailment: None,
            signed_at: Instant::now(),
        }
    }

    /// Shows what the board says after the first `size` entries, which `note` is the signed checkpoint of.
    pub(super) fn advance(&mut self, board: &Board, size: u64, note: String) {
        self.size = size;
        self.note = note;
        self.phase = board.phase();
        self.closes = board.closes();
        self.roll = *board.changed_roll();
        self.withdrawn = withdrawn(board);
        self.named_booths = board.booths().to_vec();
        self.link = board.link();
        self.ballots = board.tally().ballots;
        self.weight = board.told_weight();
        self.missing_rehearsal = board.missing_rehearsal();
        self.rehearsed = board.rehearsed().collect();
        self.shares = board.shares().collect();
        self.result = if board.phase() == Phase::Finished { board.result().map(Arc::new) } else { None };
        self.result_file = self.result.as_ref().map(|result| result.to_bytes().into());
    }

    /// The checkpoint under the board's signature alone.
    pub(crate) fn signed_note(&self) -> &str {
        &self.note
    }

    /// As programs are told of it.
    pub fn status(&self, election: &Election) -> Status {
        let (draft, roll) = (election.draft(), self.roll.for_turnout());
        Status {
            election: election.id(),
            title: draft.title.clone(),
            phase: self.phase,
            voters: roll.voters,
            voters_weight: roll.weight,
            scale: draft.roll_scale,
            roll_now: Some(self.roll.now()).filter(|now| *now != roll),
            ballots: self.ballots,
            weight: self.weight,
            entries: self.size,
            opens: draft.opens,
            closes: self.closes,
            withdrawn: self.withdrawn.clone(),
            schedule: Some(self.schedule).filter(|standing| *standing != Standing::Kept),
            missing_rehearsal: self.missing_rehearsal,
            shares: self.shares.clone(),
            notices: self.notices().filter_map(|said| told::Notice::of(&said.act, said.at)).collect(),
            control: self.link.into(),
        }
    }

    /// Every act by which the phase or the closing time changed, and the lot, as they came.
    pub fn turns(&self) -> &[Notice] {
        &self.turns
    }

    /// Why the election is paused or cancelled, if it is, and why it closes later than it was to.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        [&self.told_of_phase, &self.told_of_closing].into_iter().flatten().chain(&self.told_of_withdrawals)
    }

    /// The credential now in force for the place of a credential of the list.
    pub fn credential_in_force(&self, listed: PublicKey) -> PublicKey {
        self.replaced.get(&listed).copied().unwrap_or(listed)
    }

    /// The credential that the place of a voter had at first who was added after setup.
    pub fn added(&self, number: VoterNumber) -> Option<PublicKey> {
        self.added.get(&number).copied()
    }

    /// At the start: whose the places are that the log has added, as far as these lines are theirs. Returns their numbers.
    pub(super) fn introduce(&mut self, board: &Board, voters: &[AddedVoter]) -> Result<Vec<VoterNumber>, HomeError> {
        let seats = added_seats(voters, board)?;
        self.added.extend(seats.iter().map(|AddedSeat { seat, .. }| (seat.number, seat.credential)));
        let unknown = board.added().len().saturating_sub(self.added.len());
        if unknown > 0 {
            tracing::warn!(
                unknown,
                "voters were added whose numbers are not known here: their lines are missing in added.jsonl. Restore the file"
            );
        }
        Ok(seats.iter().map(|AddedSeat { seat, .. }| seat.number).collect())
    }

    /// Whose the place is that an act has just added.
    pub(super) fn introduce_one(&mut self, number: VoterNumber, credential: PublicKey) {
        self.added.insert(number, credential);
    }

    /// The ballot whose code lies in a range.
    pub fn find(&self, (low, high): (Hash, Hash)) -> Option<Found> {
        let (code, index) = the_only(&self.codes, low..=high)?;
        let (replaced_by, struck_by) = (self.replaced_by.get(&index).copied(), self.struck_by.get(&index).cloned());
        Some(Found { code, index, replaced_by, struck_by })
    }

    /// What has to be found again of an entry that now stands at `index`; `board` has taken it in.
    pub(super) fn note(&mut self, entry: &CheckedEntry, index: u64, board: &Board) {
        let control = match entry {
            CheckedEntry::Ballot(ballot) => {
                self.codes.insert(ballot.code().hash(), index);
                if let Some(old) = board.known(&ballot.entry().prev) {
                    self.replaced_by.insert(old, index);
                }
                return;
            }
            CheckedEntry::Control(control) => control,
        };
        if let Act::Booth { .. } = control.entry().act {
            // A server that started once with a wrong clock says nothing of the time by having started.
            let entry = control.bytes().clone();
            self.booths.push(BoothEntry { index, entry });
            return;
        }
        if control.entry().by != Signatory::Trustee {
            self.last_at = control.entry().at;
        }
        let notice = || Some(Notice { at: control.entry().at, act: control.entry().act.clone() });
        if let Act::Opening
        | Act::Pause { .. }
        | Act::Resume { .. }
        | Act::Extend { .. }
        | Act::Closing
        | Act::Lot { .. }
        | Act::Cancel { .. } = control.entry().act
        {
            self.turns.extend(notice());
        }
        match control.entry().act {
            Act::Pause { .. } | Act::Cancel { .. } => self.told_of_phase = notice(),
            Act::Resume { .. } | Act::Closing => self.told_of_phase = None,
            Act::Extend { .. } => self.told_of_closing = notice(),
            Act::Withdraw { .. } => self.told_of_withdrawals.extend(notice()),
            _ => {}
        }
        match &control.entry().act {
            Act::Replace { old, new, .. } => {
                let listed =
                    self.replaced.iter().find(|(_, current)| *current == old).map_or(*old, |(listed, _)| *listed);
                self.replaced.insert(listed, *new);
            }
            Act::Add { credential, number: Some(number), .. } => drop(self.added.insert(*number, *credential)),
            Act::Strike { credential, reason } => {
                let ballot = board.in_force(credential).and_then(|place| place.last);
                self.struck_by.extend(ballot.map(|ballot| (ballot, StruckBy { index, reason: reason.clone() })));
            }
            _ => {}
        }
    }
}

/// A beginning of two codes is nobody's.
fn the_only(codes: &BTreeMap<Hash, u64>, range: RangeInclusive<Hash>) -> Option<(Hash, u64)> {
    let mut found = codes.range(range);
    let (code, index) = found.next().filter(|_| found.next().is_none())?;
    Some((*code, *index))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use veche_election::ballot::BallotCode;

    use super::*;

    #[test]
    fn a_beginning_that_two_codes_share_finds_neither_and_a_whole_code_its_own() {
        let (mut one, mut other) = ([7; 32], [7; 32]);
        (one[31], other[31]) = (1, 2);
        let codes = BTreeMap::from([(Hash(one), 3), (Hash(other), 5), (Hash([9; 32]), 8)]);
        let written = veche_election::credential::base32_groups;
        let find = |code: &str| {
            let (low, high) = BallotCode::range(code).unwrap();
            the_only(&codes, low..=high).map(|(_, index)| index)
        };
        let beginning = |hash: &[u8; 32]| written(hash).split('-').take(5).collect::<Vec<_>>().join("-");
        assert_eq!(find(&beginning(&one)), None);
        assert_eq!((find(&written(&one)), find(&written(&other))), (Some(3), Some(5)));
        assert_eq!((find(&beginning(&[9; 32])), find(&beginning(&[8; 32]))), (Some(8), None));
    }
}
