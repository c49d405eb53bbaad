//! Secret elections in memory: what counts is what an open election would count, nothing comes out before the trustees
//! open it, and ballots that were moved, mended or made of others' are refused.

use proptest::prelude::*;
use veche_crypto::{
    Point, Scalar, group,
    group::DecodeError,
    onehot::ProofError,
    opening::{Opening, Sum},
};
use veche_election::{
    Act, BallotAgain, BallotSeeds, Challenge, CheckedBallot, Contest, ContestKind, Draft, Election, Hash, Phase,
    PreparedBallot, Refusal, Revote, Secrecy, Signatory, Vote,
    ballot::ChallengeError,
    board::{AppendError, ControlRefusal},
    canonical,
    encoding::Blob,
    entry::{Ballot, BallotCode, BallotEntry, CheckedControl, CheckedEntry, EntryError, Position, check_all},
    manifest::TrusteePlan,
    marks::MarksError,
    secret,
};

use crate::{
    fixture::{Log, NOW, World, reason, seal, text, unsigned},
    world,
};

mod acts;
mod choosing;
mod forgeries;
mod opening;

const FIRST: Position = Position::FIRST;
const PLAN: TrusteePlan = TrusteePlan { count: 3, threshold: 2 };

pub fn make_secret(draft: &mut Draft) {
    (draft.secrecy, draft.trustees) = (Secrecy::Secret, Some(PLAN));
}

/// Three voters of weights 1, 1 and 2, three trustees of whom two open.
pub fn secret_world(change: impl FnOnce(&mut Draft)) -> World {
    World::with(|draft| {
        make_secret(draft);
        change(draft);
    })
}

/// As small as a secret election can be: one row of two options, one ciphertext.
pub fn tiny_world(seed: u8) -> World {
    secret_world(|draft| {
        draft.contests = vec![world::contest(&["0", "1"], 1)];
        draft.contests[0].blank = false;
        draft.nonce = Hash([seed; 32]);
    })
}

/// Every kind of contest there is.
fn all_contests() -> Vec<Contest> {
    let contest = |title: &str, levels: &[&str], candidates, blank| Contest {
        title: title.into(),
        blank,
        ..world::contest(levels, candidates)
    };
    let single = |title: &str, candidates, blank| Contest {
        kind: ContestKind::Single,
        ..contest(title, &["0", "1"], candidates, blank)
    };
    let eleven: Vec<String> = (0..=10).map(|level| level.to_string()).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    vec![
        contest("Score or *", &["1", "2", "3", "4", "5"], 3, true),
        contest("Score", &["плохо", "хорошо", "отлично"], 2, false),
        contest("Approval", &["0", "1"], 3, false),
        contest("Approval or *", &["0", "1"], 2, true),
        single("One of three", 3, false),
        single("One of two or nobody", 2, true),
        single("The one or nobody", 1, true),
        contest("Negative", &["-2", "-1", "0", "1", "2"], 2, true),
        contest("Commas", &eleven, 2, true),
    ]
}

/// Marks that fit, for every contest, out of any numbers.
fn marks_of(contests: &[Contest], mut number: impl FnMut() -> usize) -> Vec<String> {
    let mut one = |contest: &Contest| -> String {
        let symbol = |i: usize| contest.levels.get(i).map_or("*", String::as_str).to_owned();
        let count = contest.candidates.len();
        let marks: Vec<String> = match contest.kind {
            ContestKind::Score => {
                let options = contest.levels.len() + usize::from(contest.blank);
                (0..count).map(|_| symbol(number() % options)).collect()
            }
            ContestKind::Single => match number() % (count + usize::from(contest.blank)) {
                chosen if chosen == count => vec![symbol(9); count],
                chosen => (0..count).map(|i| symbol(usize::from(i == chosen))).collect(),
            },
        };
        let compact = contest.levels.iter().all(|level| level.chars().count() == 1);
        marks.join(if compact { "" } else { "," })
    };
    contests.iter().map(&mut one).collect()
}

pub fn rehearsal(world: &World, trustee: u32) -> Act {
    let (secret, ceremony) = (&world.trustees[trustee as usize - 1], world.ceremony.as_ref().unwrap());
    let proof = secret.rehearse(ceremony, world.election.id(), &[7; 32]).unwrap();
    Act::Rehearsal { trustee, proof: Blob(proof) }
}

/// Set up, rehearsed, open.
pub fn open(world: &World) -> Log<'_> {
    let mut log = Log::new(world);
    log.act(Act::Setup);
    (1..=PLAN.count).for_each(|trustee| _ = log.act(rehearsal(world, trustee)));
    log.act(Act::Opening);
    log
}

pub fn sum(log: &Log<'_>) -> Act {
    let tally = log.board.tally();
    Act::Sum { ballots: tally.ballots, weight: tally.weight, cells: tally.sum_bytes().unwrap() }
}

pub fn share(log: &Log<'_>, trustee: u32) -> Act {
    let (secret, ceremony) = (&log.world.trustees[trustee as usize - 1], log.world.ceremony.as_ref().unwrap());
    // Before the sum there is nothing to open; who makes a share all the same, makes it of what has been cast so far.
    let sum = Sum::new(log.world.election.draft().layout().as_ref().unwrap(), log.board.tally().sum().unwrap());
    let early = Opening { election: &log.world.election.id().0, entry: &[0; 32], sum: &sum };
    let share = secret.open(ceremony, &log.board.opening().unwrap_or(early), &[8; 32]).unwrap();
    Act::Share { trustee, values: Blob(share.values), proof: Blob(share.proof) }
}

pub fn result(log: &Log<'_>) -> Act {
    Act::Result { hash: log.board.result().unwrap().hash() }
}

/// Closing and sum.
pub fn close(log: &mut Log<'_>) {
    log.act(Act::Closing);
    log.act(sum(log));
}

/// Voter `i` casts marks of several contests, which are taken.
fn vote(log: &mut Log<'_>, i: usize, marks: &[String]) {
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let ballot = world::World::ballot(log.world, &log.world.key(i), log.position(i), &marks);
    log.offer(&ballot).unwrap();
}

fn refused(refusal: ControlRefusal) -> Result<u64, AppendError> {
    Err(AppendError::Control(refusal))
}

fn offer(log: &Log<'_>, act: Act) -> Result<u64, AppendError> {
    log.clone().offer_act(NOW, world::signatory(&act), act)
}

fn parsed(ballot: &[u8]) -> BallotEntry {
    canonical::parse(ballot).unwrap()
}

fn cells_and_proof(ballot: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match parsed(ballot).ballot {
        Ballot::Secret { cells, proof } => (cells.0, proof.0),
        Ballot::Open { .. } => panic!("an open ballot"),
    }
}

/// A ballot with something changed in it, signed by the credential whose key is `i`.
fn changed(world: &World, ballot: &[u8], i: usize, change: impl FnOnce(&mut BallotEntry)) -> Vec<u8> {
    let mut entry = parsed(ballot);
    change(&mut entry);
    let bytes = canonical::write(&entry);
    seal("veche-entry-2", unsigned(&bytes), &world.key(i).0)
}

/// R of every row, then C of every bit, changed.
fn with_cells(world: &World, ballot: &[u8], change: impl FnOnce(&mut Vec<Point>)) -> Vec<u8> {
    changed(world, ballot, 0, |entry| {
        let Ballot::Secret { cells, .. } = &mut entry.ballot else { panic!("an open ballot") };
        let mut points = group::points(&cells.0).unwrap();
        change(&mut points);
        cells.0 = group::encode_points(&points);
    })
}

/// Refused as a proof that does not hold, alone and between good ballots.
fn refused_proof(election: &Election, good: &[u8], bad: &[u8]) {
    let invalid = |error: EntryError| matches!(error, EntryError::Proof(ProofError::Invalid));
    assert!(invalid(CheckedBallot::check(bad, election, &crate::fixture::WEIGHTS).unwrap_err()));
    CheckedBallot::check(good, election, &crate::fixture::WEIGHTS).unwrap();
    let answers = check_all(&[good, bad, good], election, &crate::fixture::WEIGHTS);
    let refused: Vec<bool> = answers.into_iter().map(|answer| answer.is_err_and(invalid)).collect();
    assert_eq!(refused, [false, true, false], "the culprit, and nobody else");
}
