//! Secret elections in memory: what counts is what an open election would count, nothing comes out before the trustees
//! open it, and ballots that were moved, mended or made of others' are refused.

use proptest::prelude::*;
use veche_crypto::{Ciphertext, EncryptionKey, PublicKey as ElectionKey, Scalar, onehot::ProofError};
use veche_election::{
    Act, Challenge, CheckedBallot, Contest, ContestKind, Draft, Election, Hash, Phase, PreparedBallot, Refusal, Revote,
    Secrecy, Signatory, Vote,
    ballot::{ChallengeError, check_all},
    board::{AppendError, ControlRefusal},
    canonical,
    encoding::{Blob, Bytes},
    entry::{Ballot, BallotCode, BallotEntry, CheckedControl, CheckedEntry, EntryError, Position},
    manifest::TrusteePlan,
    marks::MarksError,
    secret,
};

use crate::{
    fixture::{Log, NOW, World, reason, seal, text, unsigned},
    world,
};

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
fn tiny_world(seed: u8) -> World {
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
    let share = secret.rehearse(ceremony, world.election.id(), &[7; 32]).unwrap();
    Act::Rehearsal { trustee, value: Bytes(share.values.try_into().unwrap()), proof: Bytes(share.proof) }
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
    let share = secret.open(ceremony, &log.board.opening().unwrap(), &[8; 32]).unwrap();
    Act::Share { trustee, values: Blob(share.values), proof: Bytes(share.proof) }
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
    seal("veche-entry-1", unsigned(&bytes), &world.key(i).0)
}

fn with_cells(world: &World, ballot: &[u8], change: impl FnOnce(&mut Vec<Ciphertext>)) -> Vec<u8> {
    changed(world, ballot, 0, |entry| {
        let Ballot::Secret { cells, .. } = &mut entry.ballot else { panic!("an open ballot") };
        let mut read: Vec<Ciphertext> =
            cells.0.as_chunks::<64>().0.iter().map(|cell| Ciphertext::from_bytes(cell).unwrap()).collect();
        change(&mut read);
        cells.0 = read.iter().flat_map(Ciphertext::to_bytes).collect();
    })
}

/// Refused as a proof that does not hold, alone and between good ballots.
fn refused_proof(election: &Election, good: &[u8], bad: &[u8]) {
    let invalid = |error: EntryError| matches!(error, EntryError::Proof(ProofError::Invalid));
    assert!(invalid(CheckedBallot::check(bad, election).unwrap_err()));
    CheckedBallot::check(good, election).unwrap();
    let answers = check_all(&[good, bad, good], election);
    let refused: Vec<bool> = answers.into_iter().map(|answer| answer.is_err_and(invalid)).collect();
    assert_eq!(refused, [false, true, false], "the culprit, and nobody else");
}

#[derive(Debug, Clone)]
enum Deed {
    /// The holder of seat 0 to 2.
    Vote(usize, Vec<u8>),
    Replace(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let numbers = prop::collection::vec(any::<u8>(), 24);
    prop_oneof![
        6 => (0_usize..3, numbers).prop_map(|(seat, numbers)| Deed::Vote(seat, numbers)),
        1 => (0_usize..3).prop_map(Deed::Replace),
    ]
}

/// The sum of what counts, from the JSON text of the entries.
fn recount(world: &World, entries: &[Vec<u8>]) -> (u64, u64, Vec<Ciphertext>) {
    let field = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let mut seats: Vec<(String, u64, Option<Vec<u8>>)> =
        world.credentials.lines().iter().map(|(key, weight)| (key.to_string(), weight.get(), None)).collect();
    for entry in entries {
        let entry: serde_json::Value = serde_json::from_slice(entry).unwrap();
        if field(&entry, "v") == "veche-entry-1" {
            let seat = seats.iter_mut().find(|(key, ..)| *key == field(&entry, "credential")).unwrap();
            seat.2 = data_encoding::BASE64URL_NOPAD.decode(field(&entry["ballot"], "cells").as_bytes()).ok();
        } else if field(&entry["act"], "type") == "replace" {
            seats.iter_mut().find(|(key, ..)| *key == field(&entry["act"], "old")).unwrap().0 =
                field(&entry["act"], "new");
        }
    }
    let counting: Vec<(u64, Vec<u8>)> =
        seats.into_iter().filter_map(|(_, weight, cells)| Some((weight, cells?))).collect();
    let mut total = vec![Ciphertext::zero(); world.election.secret().unwrap().shape.cells()];
    for (weight, cells) in &counting {
        for (total, cell) in total.iter_mut().zip(cells.as_chunks::<64>().0) {
            // One by one: no clever multiplication.
            (0..*weight).for_each(|_| *total += Ciphertext::from_bytes(cell).unwrap());
        }
    }
    (counting.len() as u64, counting.iter().map(|(weight, _)| weight).sum(), total)
}

fn counts_as_open(deeds: &[Deed]) {
    let secret_world = secret_world(|draft| draft.contests = all_contests());
    let open_world = World::with(|draft| draft.contests = all_contests());
    let (mut secret, mut plain) = (open(&secret_world), Log::open(&open_world));
    let mut holder = [0, 1, 2];
    let mut next = 3;
    for deed in deeds {
        match deed {
            Deed::Vote(seat, numbers) => {
                let mut numbers = numbers.iter().map(|number| usize::from(*number));
                let marks = marks_of(&all_contests(), || numbers.next().unwrap_or(0));
                let _ = [&mut secret, &mut plain].map(|log| vote(log, holder[*seat], &marks));
            }
            Deed::Replace(seat) => {
                let _ = [&mut secret, &mut plain].map(|log| log.replace(holder[*seat], next));
                holder[*seat] = next;
                next += 1;
            }
        }
        let (ballots, weight, total) = recount(&secret_world, &secret.entries);
        let tally = secret.board.tally();
        assert_eq!((tally.ballots, tally.weight), (ballots, weight));
        assert!(tally.sum().unwrap() == total, "the running sum is the sum of the ballots that count");
    }
    close(&mut secret);
    plain.finish();
    let expected = plain.board.result().unwrap();
    let expected = text(&expected.to_bytes()).replacen(
        &open_world.election.id().to_string(),
        &secret_world.election.id().to_string(),
        1,
    );
    for trustees in [&[1, 2][..], &[1, 3], &[2, 3], &[3, 1], &[3, 2, 1]] {
        let mut log = secret.clone();
        for (i, trustee) in trustees.iter().enumerate() {
            assert_eq!(log.board.result().is_some(), i >= 2, "{i} shares");
            let act = share(&log, *trustee);
            log.act(act);
        }
        assert_eq!(text(&log.board.result().unwrap().to_bytes()), expected, "trustees {trustees:?}");
        let act = result(&log);
        log.act(act);
        assert_eq!(log.board.phase(), Phase::Finished);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random marks and histories, with re-votes and replaced cards.
    #[test]
    fn row_11_a_secret_election_counts_as_the_open_one_with_the_same_marks(
        deeds in prop::collection::vec(deed(), 0..9)
    ) {
        counts_as_open(&deeds);
    }
}

/// Re-votes, a new card, every option of every row once.
#[test]
fn row_26_any_two_trustees_give_the_result_of_the_open_election() {
    let votes = (0..12).map(|i| Deed::Vote(i % 3, (0..24).map(|row| (i + row) as u8).collect()));
    let mut deeds: Vec<Deed> = votes.collect();
    deeds.insert(5, Deed::Replace(2));
    deeds.push(Deed::Replace(0));
    counts_as_open(&deeds);
}

#[test]
fn an_election_without_ballots_is_opened_too() {
    counts_as_open(&[]);
}

#[test]
fn row_26_fewer_trustees_than_needed_give_no_result() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    close(&mut log);
    let first = share(&log, 1);
    log.act(first);
    assert!(log.board.result().is_none());
    assert_eq!(offer(&log, Act::Result { hash: Hash::ZERO }), refused(ControlRefusal::Result));
    // Their key is y_1 alone: what it opens is not the sum.
    assert_eq!(offer(&log, share(&log, 1)), refused(ControlRefusal::Trustee(1)), "a second share of trustee 1");
    let second = share(&log, 3);
    log.act(second);
    let other = Act::Result { hash: Hash([9; 32]) };
    assert_eq!(offer(&log, other), refused(ControlRefusal::Result));
    let honest = result(&log);
    log.act(honest);
    let late = share(&log, 2);
    assert_eq!(offer(&log, late), refused(ControlRefusal::Phase { act: "share", phase: "finished" }));
}

#[test]
fn row_40_no_part_of_a_secret_result_is_known_before_the_trustees_open_it() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    let early = |log: &Log<'_>, act: Act, phase| {
        let name = act.name();
        assert_eq!(offer(log, act), refused(ControlRefusal::Phase { act: name, phase }), "{name} while {phase}");
    };
    assert!(log.board.result().is_none() && log.board.tally().histograms().is_none());
    early(&log, share(&log, 1), "open");
    early(&log, sum(&log), "open");
    early(&log, Act::Result { hash: Hash::ZERO }, "open");
    let unsummed = log.board.opening().map(|opening| *opening.sum);
    assert_eq!(unsummed, Some([0; 32]));
    let before = share(&log, 1);
    log.act(Act::Closing);
    early(&log, share(&log, 1), "closed");
    assert_eq!(offer(&log, Act::Result { hash: Hash::ZERO }), refused(ControlRefusal::Result));
    let act = sum(&log);
    log.act(act);
    assert_eq!(offer(&log, before), refused(ControlRefusal::Proof(1)), "a share made before the sum was in the log");
    early(&log, sum(&log), "summed");
    early(&log, rehearsal(&world, 1), "summed");
    assert!(log.board.result().is_none());
}

#[test]
fn row_28_no_opening_before_all_trustees_have_rehearsed_and_no_rehearsal_after_it() {
    let world = tiny_world(1);
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    for trustee in [2, 3, 1] {
        let missing = log.board.missing_rehearsal().unwrap();
        assert_eq!(offer(&log, Act::Opening), refused(ControlRefusal::NotRehearsed(missing)));
        log.act(rehearsal(&world, trustee));
        assert_eq!(offer(&log, rehearsal(&world, trustee)), refused(ControlRefusal::Trustee(trustee)), "twice");
    }
    log.act(Act::Opening);
    let late = refused(ControlRefusal::Phase { act: "rehearsal", phase: "open" });
    assert_eq!(offer(&log, rehearsal(&world, 1)), late);
}

#[test]
fn row_28_a_rehearsal_of_another_trustee_or_election_is_refused() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    let Act::Rehearsal { value, proof, .. } = rehearsal(&world, 2) else { panic!() };
    assert_eq!(offer(&log, Act::Rehearsal { trustee: 1, value, proof }), refused(ControlRefusal::Proof(1)));
    assert_eq!(offer(&log, rehearsal(&other, 1)), refused(ControlRefusal::Proof(1)));
    let Act::Rehearsal { value, proof, .. } = rehearsal(&world, 1) else { panic!() };
    for bit in [0, 255, 300, 511] {
        let mut proof = proof;
        proof.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(offer(&log, Act::Rehearsal { trustee: 1, value, proof }), refused(ControlRefusal::Proof(1)));
    }
    for value in [Bytes([0; 32]), Bytes([0xff; 32]), world.election.trustees()[0].share] {
        assert_eq!(offer(&log, Act::Rehearsal { trustee: 1, value, proof }), refused(ControlRefusal::Proof(1)));
    }
}

#[test]
fn row_27_a_bad_share_is_named_and_does_not_block_the_tally() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let mut log = open(&world);
    log.vote(0, "1");
    log.vote(1, "0");
    close(&mut log);
    let mut foreign = open(&other);
    foreign.vote(0, "1");
    close(&mut foreign);
    let good = share(&log, 1);
    let Act::Share { values, proof, .. } = good.clone() else { panic!() };
    let Act::Share { values: seconds, proof: second_proof, .. } = share(&log, 2) else { panic!() };
    let Act::Rehearsal { value: rehearsed, proof: rehearsal_proof, .. } = rehearsal(&world, 1) else { panic!() };
    let other_proof = |bit: usize| {
        let mut proof = proof;
        proof.0[bit / 8] ^= 1 << (bit % 8);
        proof
    };
    let make = |values: &Blob, proof| Act::Share { trustee: 1, values: values.clone(), proof };
    let bad = [
        ("another value", make(&seconds, proof)),
        ("a challenge's bit", make(&values, other_proof(0))),
        ("an answer's bit", make(&values, other_proof(300))),
        ("an answer that is no scalar", make(&values, Bytes([0xff; 64]))),
        ("another trustee's", make(&seconds, second_proof)),
        ("another election's", share(&foreign, 1)),
        ("a rehearsal", make(&Blob(rehearsed.0.to_vec()), rehearsal_proof)),
        ("nothing", make(&Blob(Vec::new()), proof)),
        ("half a point", make(&Blob(values.0[..16].to_vec()), proof)),
        ("too much", make(&Blob([&values.0[..], &values.0[..]].concat()), proof)),
        ("the identity", make(&Blob(vec![0; 32]), proof)),
        ("no point", make(&Blob(vec![0xff; 32]), proof)),
    ];
    for (what, act) in bad {
        assert_eq!(offer(&log, act), refused(ControlRefusal::Proof(1)), "{what}");
    }
    for (trustee, name) in [(0, 0), (4, 4), (u32::MAX, u32::MAX)] {
        let act = Act::Share { trustee, values: values.clone(), proof };
        let entry = log.board.link();
        // Nobody has a key for such a number: the board cannot even be asked.
        let bytes = veche_election::ControlEntry::sign(
            world.election.id(),
            entry,
            NOW,
            Signatory::Trustee,
            act,
            &world.trustees[0].signing_key(),
        );
        let refused = CheckedControl::check(&bytes, &world.election).unwrap_err();
        assert!(matches!(refused, EntryError::Trustee), "trustee {name}");
    }
    // Two others suffice; and the first may still come before the result.
    let mut without = log.clone();
    for trustee in [2, 3] {
        let act = share(&without, trustee);
        without.act(act);
    }
    let expected = without.board.result().unwrap();
    without.act(good);
    assert_eq!(without.board.result().unwrap(), expected);
    assert_eq!(without.board.shares().collect::<Vec<_>>(), [1, 2, 3]);
}

/// A share is bound to the entry that published the sum, not only to its numbers.
#[test]
fn row_28_a_share_of_one_fork_opens_nothing_on_another() {
    let world = tiny_world(1);
    let mut first = open(&world);
    first.vote(0, "1");
    let mut second = first.clone();
    first.act(Act::Closing);
    let act = sum(&first);
    second.act(Act::Closing);
    first.act(act.clone());
    second.offer_act(NOW + 1, Signatory::Board, act).unwrap();
    assert!(first.board.tally().sum() == second.board.tally().sum());
    assert_eq!(offer(&second, share(&first, 1)), refused(ControlRefusal::Proof(1)));
}

#[test]
fn row_29_only_the_sum_of_the_counting_ballots_is_taken() {
    let world = secret_world(|draft| draft.contests = vec![world::contest(&["0", "1"], 2)]);
    let mut log = open(&world);
    log.vote(0, "10");
    log.vote(2, "01");
    log.act(Act::Closing);
    let Act::Sum { ballots, weight, cells } = sum(&log) else { panic!() };
    assert_eq!((ballots, weight, cells.0.len()), (2, 3, 4 * 64));
    let with = |ballots, weight, cells: Vec<u8>| Act::Sum { ballots, weight, cells: Blob(cells) };
    let all = cells.0.clone();
    let swapped = [&all[64..128], &all[..64], &all[128..]].concat();
    let (mut negative, mut halves) = (all.clone(), all.clone());
    negative[..64].copy_from_slice(&(Ciphertext::zero() - cell(&all, 0)).to_bytes());
    halves[..64].rotate_left(32);
    for (what, act) in [
        ("another number", with(3, weight, all.clone())),
        ("another weight", with(ballots, 2, all.clone())),
        ("both", with(0, 0, all.clone())),
        ("cells exchanged", with(ballots, weight, swapped)),
        ("a cell missing", with(ballots, weight, all[64..].to_vec())),
        ("a cell more", with(ballots, weight, [&all[..], &all[..64]].concat())),
        ("no cells", with(ballots, weight, Vec::new())),
        ("a negative cell", with(ballots, weight, negative)),
        ("a cell turned round", with(ballots, weight, halves)),
        ("zeros", with(ballots, weight, vec![0; all.len()])),
        ("the ballot of one voter", with(1, 1, cells_and_proof(&log.entries[5]).0)),
        ("... as if it were all", with(ballots, weight, cells_and_proof(&log.entries[5]).0)),
    ] {
        assert_eq!(offer(&log, act), refused(ControlRefusal::Sum), "{what}");
    }
    let act = with(ballots, weight, all.clone());
    assert_eq!(log.clone().offer_act(NOW, Signatory::Organiser, act), refused(ControlRefusal::Signatory));
    log.act(with(ballots, weight, all));
}

fn cell(cells: &[u8], i: usize) -> Ciphertext {
    Ciphertext::from_bytes(cells[i * 64..][..64].try_into().unwrap()).unwrap()
}

#[test]
fn row_29_numbers_that_no_ballots_add_up_to_are_no_histogram() {
    let contests = [world::contest(&["0", "1"], 2)];
    let histograms = |numbers: &[u64]| secret::histograms(&contests, numbers, 5);
    let good = histograms(&[1, 2, 0, 5]).unwrap();
    assert_eq!((good[0][0].levels.clone(), good[0][0].blank), (vec![1, 2], 2));
    assert_eq!((good[0][1].levels.clone(), good[0][1].blank), (vec![0, 5], 0));
    for bad in
        [&[6, 0, 0, 0][..], &[3, 3, 0, 0], &[0, 0, 5, 1], &[u64::MAX, 1, 0, 0], &[1, 2, 0], &[1, 2, 0, 5, 0], &[]]
    {
        assert!(histograms(bad).is_none(), "{bad:?}");
    }
}

/// The table of `docs/spec/entry.md` section 6 for a secret election: every act in every phase by every signatory.
#[test]
fn every_act_in_every_phase_of_a_secret_election() {
    use Phase::{Cancelled, Closed, Finished, New, Open, Paused, Setup, Summed};
    let world = secret_world(|draft| {
        draft.contests = vec![world::contest(&["0", "1"], 1)];
        (draft.opens, draft.closes) = (Some(NOW - 1), Some(NOW));
    });
    let after = |log: &Log<'_>, act: Act| {
        let mut log = log.clone();
        log.act(act);
        log.entries
    };
    let again = |entries: Vec<Vec<u8>>| {
        let mut log = Log::new(&world);
        entries.iter().for_each(|entry| _ = log.offer(entry).unwrap());
        log
    };
    let mut setup = Log::new(&world);
    setup.act(Act::Setup);
    let open = open(&world);
    let paused = again(after(&open, Act::Pause { reason: reason() }));
    let cancelled = again(after(&open, Act::Cancel { reason: reason() }));
    let closed = again(after(&open, Act::Closing));
    let summed = again(after(&closed, sum(&closed)));
    let first = again(after(&summed, share(&summed, 1)));
    let opened = again(after(&first, share(&first, 2)));
    let finished = again(after(&opened, result(&opened)));
    let hash = opened.board.result().unwrap().hash();
    // What the trustees would say of the sum as it stands in the one log that goes on.
    let (third, sum) = (share(&summed, 3), sum(&closed));
    let phases = [
        (New, Log::new(&world)),
        (Setup, setup.clone()),
        (Open, open),
        (Paused, paused),
        (Closed, closed),
        (Summed, opened),
        (Finished, finished),
        (Cancelled, cancelled),
    ];
    let live = [Setup, Open, Paused];
    let same = |from: &[Phase]| from.iter().map(|phase| (*phase, *phase)).collect::<Vec<_>>();
    let replace = Act::Replace { old: world.key(0).public(), new: world.key(9).public(), reason: reason() };
    let table = [
        (Act::Setup, "o", vec![(New, Setup)]),
        (rehearsal(&world, 1), "t", vec![(Setup, Setup)]),
        (Act::Pause { reason: reason() }, "o", vec![(Open, Paused)]),
        (Act::Resume { reason: reason() }, "o", vec![(Paused, Open)]),
        (Act::Extend { closes: NOW + 1, reason: reason() }, "o", same(&live)),
        (replace, "o", same(&live)),
        (Act::Cancel { reason: reason() }, "o", [Setup, Open, Paused, Summed].map(|phase| (phase, Cancelled)).to_vec()),
        (Act::Closing, "ob", vec![(Open, Closed), (Paused, Closed)]),
        (sum, "b", vec![(Closed, Summed)]),
        (third, "t", vec![(Summed, Summed)]),
        (Act::Result { hash }, "b", vec![(Summed, Finished)]),
    ];
    for (phase, log) in phases {
        assert_eq!(log.board.phase(), phase);
        assert!(phase.shows_entries(Secrecy::Secret), "secret ballots may always be seen");
        for (act, may, steps) in &table {
            for (by, letter) in [(Signatory::Organiser, 'o'), (Signatory::Board, 'b'), (Signatory::Trustee, 't')] {
                if by == Signatory::Trustee && act.trustee().is_none() {
                    continue;
                }
                let mut log = log.clone();
                let name = act.name();
                let step = steps.iter().find(|(from, _)| *from == phase);
                let got = log.offer_act(NOW, by, act.clone()).map(|_| log.board.phase());
                let expected = match step {
                    Some((_, to)) if may.contains(letter) => Ok(*to),
                    Some(_) => Err(AppendError::Control(ControlRefusal::Signatory)),
                    // The result of a secret election does not follow from its ballots.
                    None if name == "result" && phase == Closed && by == Signatory::Board => {
                        Err(AppendError::Control(ControlRefusal::Result))
                    }
                    None if name == "result" && phase == Closed => Err(AppendError::Control(ControlRefusal::Signatory)),
                    None => Err(AppendError::Control(ControlRefusal::Phase { act: name, phase: phase.name() })),
                };
                assert_eq!(got, expected, "{name} by {by:?} in {phase:?}");
            }
        }
    }
}

#[test]
fn trustees_sign_for_themselves_and_nothing_else() {
    let world = tiny_world(1);
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    let sign = |by, act: Act, trustee: usize| {
        let key = world.trustees[trustee - 1].signing_key();
        let bytes = veche_election::ControlEntry::sign(world.election.id(), log.board.link(), NOW, by, act, &key);
        CheckedControl::check(&bytes, &world.election)
    };
    sign(Signatory::Trustee, rehearsal(&world, 1), 1).unwrap();
    let refused = sign(Signatory::Trustee, rehearsal(&world, 1), 2).unwrap_err();
    assert!(matches!(refused, EntryError::Signature(_)), "signed by another trustee");
    for act in
        [Act::Opening, Act::Closing, Act::Setup, Act::Cancel { reason: reason() }, Act::Result { hash: Hash::ZERO }]
    {
        assert!(matches!(sign(Signatory::Trustee, act.clone(), 1), Err(EntryError::Trustee)), "{}", act.name());
        let own = sign(Signatory::Organiser, act.clone(), 1);
        assert!(matches!(own, Err(EntryError::Signature(_))), "{} in the organiser's name", act.name());
    }
    // In an open election nobody is a trustee.
    let open = World::small(1);
    let bytes = veche_election::ControlEntry::sign(
        open.election.id(),
        Log::new(&open).board.link(),
        NOW,
        Signatory::Trustee,
        rehearsal(&world, 1),
        &world.trustees[0].signing_key(),
    );
    assert!(matches!(CheckedControl::check(&bytes, &open.election), Err(EntryError::Trustee)));
}

/// Rows 3 and 10: a thief who has everything that is public, and a credential of his own.
#[test]
fn row_03_and_10_ciphertexts_and_proofs_moved_elsewhere_are_refused() {
    let world =
        secret_world(|draft| draft.contests = vec![world::contest(&["0", "1"], 2), world::contest(&["0", "1"], 2)]);
    let ballot = |i: usize, at, marks: [&str; 2]| world::World::ballot(&world, &world.key(i), at, &marks);
    let (mine, theirs) = (ballot(0, FIRST, ["10", "0*"]), ballot(1, FIRST, ["01", "1*"]));
    let bad = |what: &str, bytes: Vec<u8>| {
        println!("{what}");
        refused_proof(&world.election, &mine, &bytes);
    };
    let thief = world.key(1).public();
    bad("another credential", changed(&world, &mine, 1, |entry| entry.credential = thief));
    bad("another seq", changed(&world, &mine, 0, |entry| entry.seq = 2));
    bad("another prev", changed(&world, &mine, 0, |entry| entry.prev = Hash([1; 32])));
    let next = Position { seq: 2, prev: world.check_ballot(&mine).leaf };
    bad("the same voter's next", changed(&world, &mine, 0, |entry| (entry.seq, entry.prev) = (next.seq, next.prev)));
    let (their_cells, their_proof) = cells_and_proof(&theirs);
    let (my_cells, my_proof) = cells_and_proof(&mine);
    let put = |cells: &[u8], proof: &[u8]| {
        let (cells, proof) = (Blob(cells.to_vec()), Blob(proof.to_vec()));
        changed(&world, &mine, 0, |entry| entry.ballot = Ballot::Secret { cells, proof })
    };
    bad("another's ciphertexts", put(&their_cells, &my_proof));
    bad("another's proof", put(&my_cells, &their_proof));
    bad("another's both", put(&their_cells, &their_proof));
    let twin = cells_and_proof(&ballot(0, next, ["10", "0*"])).1;
    bad("the proof of one's own other ballot", put(&my_cells, &twin));
    bad("contests exchanged", put(&[&my_cells[4 * 64..], &my_cells[..4 * 64]].concat(), &my_proof));
    bad("candidates exchanged", put(&[&my_cells[128..256], &my_cells[..128], &my_cells[256..]].concat(), &my_proof));
    // With their parts of the proof too: a row has a pair A_i, a response f_i and a response z_i.
    let (rows, largest) = (4, 3);
    let mut proof = my_proof.clone();
    let swap = |proof: &mut Vec<u8>, at: usize, size: usize| {
        let (first, second) = (proof[at..at + size].to_vec(), proof[at + size..at + 2 * size].to_vec());
        proof[at..at + 2 * size].copy_from_slice(&[second, first].concat());
    };
    swap(&mut proof, 0, 64);
    swap(&mut proof, (rows + largest) * 64, 32);
    swap(&mut proof, (rows + largest) * 64 + rows * 32, 32);
    bad(
        "candidates exchanged with their proofs",
        put(&[&my_cells[128..256], &my_cells[..128], &my_cells[256..]].concat(), &proof),
    );
    let key = EncryptionKey::new(ElectionKey::from_bytes(world.election.trustee_keys().unwrap().key.0).unwrap());
    let zero = key.encrypt(&Scalar::ZERO, &Scalar::from(7_u64));
    bad("re-randomised", with_cells(&world, &mine, |cells| cells[0] += zero));
    let copied = with_cells(&world, &theirs, |cells| cells.iter_mut().for_each(|cell| *cell += zero));
    let copied = changed(&world, &copied, 0, |entry| entry.credential = world.key(0).public());
    bad("another's, re-randomised", copied);
}

#[test]
fn row_03_a_ballot_of_another_election_under_the_same_key_is_refused() {
    let world = tiny_world(1);
    // The same draft, trustees and voters; another organiser, so another election.
    let other = {
        let mut keys = world.election.keys().clone();
        keys.organiser = veche_election::SigningKey::from_seed(&[77; 32]).public();
        let named = world.election.trustee_keys().cloned();
        Election::new(world.election.draft().clone(), keys, world.election.roll().clone(), named).unwrap()
    };
    assert_eq!(other.secret(), world.election.secret());
    let ballot = world.ballot(0, FIRST, "1");
    assert!(matches!(CheckedBallot::check(&ballot, &other), Err(EntryError::Election)));
    let renamed = changed(&world, &ballot, 0, |entry| entry.election = other.id());
    let good = {
        let seed = [5; 32];
        let made = PreparedBallot::new(&other, world.key(0).public(), FIRST, vec!["1".into()], &seed).unwrap();
        made.sign(&world.key(0))
    };
    refused_proof(&other, &good, &renamed);
}

/// Row 5: what can be made of ciphertexts in public, without knowing what they hold.
#[test]
fn row_05_rows_that_hold_something_else_than_one_choice_are_refused() {
    let world = secret_world(|draft| {
        draft.contests = vec![world::contest(&["0", "1", "2"], 2), world::contest(&["0", "1"], 2)]
    });
    let mine = world::World::ballot(&world, &world.key(0), FIRST, &["0*", "1*"]);
    let theirs = cells_and_proof(&world::World::ballot(&world, &world.key(1), FIRST, &["12", "01"])).0;
    let key = EncryptionKey::new(world.election.secret().unwrap().key);
    let one = key.encrypt(&Scalar::ONE, &Scalar::from(3_u64));
    let bad = |what: &str, change: &dyn Fn(&mut Vec<Ciphertext>)| {
        println!("{what}");
        refused_proof(&world.election, &mine, &with_cells(&world, &mine, change));
    };
    bad("the sum of two ballots", &|cells| (0..cells.len()).for_each(|i| cells[i] += cell(&theirs, i)));
    bad("a ballot twice", &|cells| cells.iter_mut().for_each(|cell| *cell += *cell));
    bad("a ballot taken away", &|cells| cells.iter_mut().for_each(|cell| *cell = Ciphertext::zero() - *cell));
    bad("two levels of one candidate", &|cells| cells[1] += one);
    bad("the value 2", &|cells| cells[0] += one);
    bad("the value -1", &|cells| cells[2] -= one);
    bad("1 in a row that held no opinion", &|cells| cells[3] += one);
    bad("a compensating pair", &|cells| (cells[0], cells[1]) = (cells[0] + one, cells[1] - one));
    bad("a pair over two rows", &|cells| (cells[0], cells[3]) = (cells[0] - one, cells[3] + one));
    bad("in the short row", &|cells| cells[7] += one);
    bad("levels exchanged", &|cells| cells.swap(0, 1));
    // The identity is no ciphertext, as any form of which the randomness is known to all would not be.
    let zeros = with_cells(&world, &mine, |cells| cells[0] = Ciphertext::zero());
    assert!(matches!(world.refusal(&zeros), EntryError::Proof(ProofError::Cells(_))));
}

#[test]
fn row_02_ciphertexts_and_proofs_of_another_length_or_encoding_are_refused() {
    let world = tiny_world(1);
    let mine = world.ballot(0, FIRST, "1");
    let (cells, proof) = cells_and_proof(&mine);
    let put = |cells: &[u8], proof: &[u8]| {
        let (cells, proof) = (Blob(cells.to_vec()), Blob(proof.to_vec()));
        world.refusal(&changed(&world, &mine, 0, |entry| entry.ballot = Ballot::Secret { cells, proof }))
    };
    let longer = |bytes: &[u8], more: usize| [bytes, &bytes[..more]].concat();
    for cells in [&[][..], &cells[1..], &cells[32..], &longer(&cells, 1), &longer(&cells, 32), &longer(&cells, 64)] {
        assert!(matches!(put(cells, &proof), EntryError::Proof(ProofError::CellsLength(..))), "{}", cells.len());
    }
    for proof in [&[][..], &proof[1..], &proof[32..], &longer(&proof, 1), &longer(&proof, 32), &longer(&proof, 64)] {
        assert!(matches!(put(&cells, proof), EntryError::Proof(ProofError::ProofLength(..))), "{}", proof.len());
    }
    for fill in [0, 0xff] {
        assert!(matches!(put(&vec![fill; cells.len()], &proof), EntryError::Proof(ProofError::Cells(_))));
        assert!(matches!(put(&cells, &vec![fill; proof.len()]), EntryError::Proof(ProofError::Proof(_))));
    }
    // The kinds of ballot do not mix.
    let open = BallotEntry::sign(world.election.id(), &world.key(0), FIRST, vec!["1".into()]);
    assert!(matches!(world.refusal(&open), EntryError::Kind));
    let plain = World::small(1);
    let ballot = changed(&world, &mine, 0, |entry| entry.election = plain.election.id());
    assert!(matches!(CheckedBallot::check(&ballot, &plain.election), Err(EntryError::Kind)));
}

#[test]
fn row_02_every_flipped_bit_of_a_ballot_is_refused() {
    let world = tiny_world(1);
    let mine = world.ballot(0, FIRST, "1");
    let (cells, proof) = cells_and_proof(&mine);
    for bit in (0..cells.len() * 8).step_by(3).chain((0..proof.len() * 8).step_by(3).map(|bit| bit + cells.len() * 8)) {
        let mut both = [&cells[..], &proof].concat();
        both[bit / 8] ^= 1 << (bit % 8);
        let (cells, proof) = both.split_at(cells.len());
        let (cells, proof) = (Blob(cells.to_vec()), Blob(proof.to_vec()));
        let bad = changed(&world, &mine, 0, |entry| entry.ballot = Ballot::Secret { cells, proof });
        assert!(matches!(world.refusal(&bad), EntryError::Proof(_)), "bit {bit}");
    }
    assert!((0..mine.len()).all(|i| {
        let mut bad = mine.clone();
        bad[i] ^= 1;
        CheckedBallot::check(&bad, &world.election).is_err()
    }));
}

#[test]
fn row_06_no_opinion_is_not_zero_and_cannot_be_had_where_it_is_not_allowed() {
    let world = secret_world(|draft| draft.contests = all_contests());
    let prepare = |marks: &[&str]| {
        let marks = marks.iter().map(|text| (*text).to_owned()).collect();
        PreparedBallot::new(&world.election, world.key(0).public(), FIRST, marks, &[1; 32]).err()
    };
    let good = ["1*5", "плохо,отлично", "010", "0*", "010", "**", "*", "-2,*", "10,*"];
    assert!(prepare(&good).is_none());
    for (contest, text, error) in [
        (0, "0*5", MarksError::NotOnScale { position: 1, mark: "0".into() }),
        (0, "1*", MarksError::Count { expected: 3, got: 2 }),
        (1, "плохо,*", MarksError::BlankNotAllowed { position: 2 }),
        (2, "0*1", MarksError::BlankNotAllowed { position: 2 }),
        (4, "000", MarksError::NotSingle { chosen: 0 }),
        (4, "110", MarksError::NotSingle { chosen: 2 }),
        (4, "***", MarksError::BlankNotAllowed { position: 1 }),
        (5, "00", MarksError::NotSingle { chosen: 0 }),
        (5, "1*", MarksError::NotSingle { chosen: 1 }),
        (6, "0", MarksError::NotSingle { chosen: 0 }),
        (8, "10*", MarksError::Count { expected: 2, got: 1 }),
    ] {
        let mut marks = good;
        marks[contest] = text;
        assert_eq!(prepare(&marks), Some(error), "{text} in contest {}", contest + 1);
    }
    assert_eq!(prepare(&good[1..]), Some(MarksError::Contests { expected: 9, got: 8 }));
}

#[test]
fn row_11_and_12_old_and_withheld_secret_ballots_are_refused() {
    let world = tiny_world(1);
    let mut log = open(&world);
    let withheld = world.ballot(0, FIRST, "0");
    let second = world.ballot(0, Position { seq: 2, prev: world.check_ballot(&withheld).leaf }, "0");
    let first = log.vote(0, "1");
    let stale = |index| Err(AppendError::Ballot(Refusal::Stale { last: Some(index) }));
    for ballot in [&withheld, &second, &log.entries[first as usize].clone()] {
        assert_eq!(log.offer(ballot), stale(first));
    }
    let newer = log.vote(0, "0");
    for ballot in [&withheld, &second, &log.entries[first as usize].clone()] {
        assert_eq!(log.offer(ballot), stale(newer));
    }
    // A ballot of an earlier election of the same draft's twin.
    let earlier = tiny_world(2);
    assert!(matches!(world.refusal(&earlier.ballot(0, FIRST, "1")), EntryError::Election));
    assert_eq!(log.board.tally().ballots, 1);
}

/// Whoever rebuilds the sum has to bring the very ballot that is replaced.
#[test]
fn row_11_another_ballot_cannot_be_taken_out_of_the_sum_instead() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    log.vote(1, "0");
    let again = CheckedEntry::Ballot(world.check_ballot(&world.ballot(0, log.position(0), "0")));
    let reread = |i: usize| CheckedBallot::reread(&log.entries[i], &world.election).unwrap();
    let (right, wrong) = (reread(5), reread(6));
    let never_cast = world.check_ballot(&world.ballot(0, FIRST, "0"));
    for replaced in [None, Some(&wrong), Some(&never_cast)] {
        let mut board = log.board.clone();
        assert_eq!(board.append_replacing(&again, replaced), Err(AppendError::Replaced));
        assert!(board.tally() == log.board.tally() && board.size() == log.board.size());
    }
    log.board.append_replacing(&again, Some(&right)).unwrap();
}

#[test]
fn row_12_where_no_second_vote_is_allowed_the_first_secret_ballot_stays() {
    let world = secret_world(|draft| draft.revote = Revote::Never);
    let mut log = open(&world);
    let index = log.vote(0, "45*");
    let already = Err(AppendError::Ballot(Refusal::AlreadyVoted { last: index }));
    assert_eq!(log.offer(&world.ballot(0, log.position(0), "000")), already);
    log.replace(0, 9);
    assert_eq!(log.offer(&world.ballot(9, log.position(9), "000")), already);
}

#[test]
fn row_13_no_two_ballots_have_the_same_code() {
    let world = tiny_world(1);
    let prepare = |voter: usize, at, seed: u8| {
        let public = world.key(voter).public();
        PreparedBallot::new(&world.election, public, at, vec!["1".into()], &[seed; 32]).unwrap().code().full()
    };
    let next = Position { seq: 2, prev: Hash([4; 32]) };
    let codes =
        [prepare(0, FIRST, 1), prepare(0, FIRST, 2), prepare(1, FIRST, 1), prepare(0, next, 1), prepare(1, next, 2)];
    let all: std::collections::HashSet<_> = codes.iter().collect();
    assert_eq!(all.len(), codes.len(), "the same marks and even the same randomness");
    assert_eq!(codes[0], prepare(0, FIRST, 1));
}

#[test]
fn row_14_the_code_is_the_same_before_the_choice_and_after_it() {
    let world = tiny_world(1);
    let prepared = || world.prepare(&world.key(0), FIRST, &["1".into()]);
    let (code, cast) = (prepared().code(), prepared().sign(&world.key(0)));
    assert_eq!(world.check_ballot(&cast).code(), code);
    assert_eq!(BallotCode::of(prepared().challenge().entry.as_bytes()), code);
    assert_eq!(prepared().challenge().check(&world.election).unwrap(), code);
}

#[test]
fn row_14_a_challenged_ballot_cannot_be_cast_and_a_cast_one_cannot_be_challenged() {
    let world = tiny_world(1);
    let mut log = open(&world);
    let challenge = world.prepare(&world.key(0), FIRST, &["1".into()]).challenge();
    assert!(matches!(world.refusal(challenge.entry.as_bytes()), EntryError::Signature(_)));
    let another = seal("veche-entry-1", unsigned(challenge.entry.as_bytes()), &world.key(1).0);
    assert!(matches!(world.refusal(&another), EntryError::Signature(_)), "signed by another");
    let cast = log.vote(0, "1");
    let mut opened = challenge.clone();
    opened.entry = text(&log.entries[cast as usize]);
    assert!(matches!(opened.check(&world.election), Err(ChallengeError::Signed)));
    // What was challenged is not in the log, and nothing in the log tells of it.
    assert_eq!(log.board.known(&veche_election::log::leaf_hash(challenge.entry.as_bytes())), None);
}

#[test]
fn row_15_a_booth_that_encrypts_something_else_is_found_out() {
    let world = secret_world(|draft| draft.contests = all_contests());
    let mut seen = 0;
    let honest = marks_of(&all_contests(), || 1);
    for number in [0, 2, 5, 7, 11] {
        let other = marks_of(&all_contests(), || number);
        let mut challenge = world.prepare(&world.key(0), FIRST, &other).challenge();
        challenge.check(&world.election).unwrap();
        challenge.marks = honest.clone();
        assert!(matches!(challenge.check(&world.election), Err(ChallengeError::OtherMarks(_))), "{number}");
        seen += 1;
    }
    // One mark of one contest.
    for contest in 0..honest.len() {
        let mut number = 0;
        let mut marks = honest.clone();
        while marks[contest] == honest[contest] {
            marks[contest] = marks_of(&all_contests(), || number)[contest].clone();
            number += 1;
            seen += 1;
        }
        let mut challenge = world.prepare(&world.key(0), FIRST, &marks).challenge();
        challenge.marks = honest.clone();
        assert!(matches!(challenge.check(&world.election), Err(ChallengeError::OtherMarks(_))), "contest {contest}");
    }
    assert!(seen > honest.len());
}

#[test]
fn row_15_a_challenge_with_anything_else_changed_is_refused() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let good = world.prepare(&world.key(0), FIRST, &["1".into()]).challenge();
    good.check(&world.election).unwrap();
    let check = |change: &dyn Fn(&mut Challenge)| {
        let mut challenge = good.clone();
        change(&mut challenge);
        challenge.check(&world.election).unwrap_err()
    };
    assert!(matches!(good.check(&other.election), Err(ChallengeError::Entry(EntryError::Election))));
    assert!(matches!(good.check(&World::small(1).election), Err(ChallengeError::Open)));
    assert!(matches!(check(&|c| c.v = "veche-challenge-2".into()), ChallengeError::Form(_)));
    assert!(matches!(check(&|c| c.marks = vec!["0".into()]), ChallengeError::OtherMarks(1)));
    assert!(matches!(check(&|c| c.marks = vec!["*".into()]), ChallengeError::Entry(EntryError::Marks(_))));
    assert!(matches!(check(&|c| c.marks = vec![]), ChallengeError::Entry(EntryError::Marks(_))));
    assert!(matches!(check(&|c| c.marks.push("1".into())), ChallengeError::Entry(EntryError::Marks(_))));
    let size = good.randomness.0.len();
    assert_eq!(size, 32);
    for bit in [0, 7, 100, 250] {
        assert!(
            matches!(check(&|c| c.randomness.0[bit / 8] ^= 1 << (bit % 8)), ChallengeError::OtherMarks(1)),
            "{bit}"
        );
    }
    for cut in [0, 1, size - 1] {
        assert!(matches!(check(&|c| c.randomness.0.truncate(cut)), ChallengeError::Form(_)), "{cut} bytes");
    }
    assert!(matches!(check(&|c| c.randomness.0.extend([0; 32])), ChallengeError::Form(_)));
    assert!(matches!(check(&|c| c.randomness.0 = vec![0xff; 32]), ChallengeError::Form(_)));
    // An entry whose proof does not hold, or belongs elsewhere.
    let elsewhere = |at| text(&world.prepare(&world.key(0), at, &["1".into()]).challenge().entry.into_bytes());
    assert!(matches!(
        check(&|c| c.entry = elsewhere(Position { seq: 2, prev: Hash([1; 32]) })),
        ChallengeError::OtherMarks(1)
    ));
    assert!(matches!(
        check(&|c| c.entry = c.entry.replacen("\"seq\":1", "\"seq\":2", 1)),
        ChallengeError::Entry(EntryError::Proof(ProofError::Invalid))
    ));
    let open = text(&BallotEntry::sign(world.election.id(), &world.key(0), FIRST, vec!["1".into()]));
    let unsigned_open = format!("{},\"sig\":\"{}\"}}", unsigned(open.as_bytes()), "A".repeat(86));
    assert!(matches!(check(&|c| c.entry = unsigned_open.clone()), ChallengeError::Entry(EntryError::Kind)));
}

#[test]
fn row_16_a_secret_ballot_of_nobody_is_refused() {
    let world = tiny_world(1);
    let mut log = open(&world);
    let stranger = world.ballot(7, FIRST, "1");
    assert_eq!(log.offer(&stranger), Err(AppendError::Ballot(Refusal::UnknownCredential)));
    log.replace(0, 9);
    assert_eq!(log.offer(&world.ballot(0, FIRST, "1")), Err(AppendError::Ballot(Refusal::ReplacedCredential)));
    (0..3).for_each(|i| _ = log.vote([9, 1, 2][i], "1"));
    (0..3).for_each(|i| _ = log.vote([9, 1, 2][i], "0"));
    assert_eq!((log.board.tally().ballots, log.board.tally().weight), (3, 4));
}

#[test]
fn row_18_secret_ballots_are_taken_while_the_election_is_open_and_the_closing_entry_decides() {
    let world = tiny_world(1);
    let ballot = world.ballot(0, FIRST, "1");
    let refused = |refusal| Err(AppendError::Ballot(refusal));
    let mut log = Log::new(&world);
    assert_eq!(log.offer(&ballot), refused(Refusal::NotOpen));
    log.act(Act::Setup);
    (1..=3).for_each(|trustee| _ = log.act(rehearsal(&world, trustee)));
    assert_eq!(log.offer(&ballot), refused(Refusal::NotOpen));
    log.act(Act::Opening);
    let mut voted = log.clone();
    voted.offer(&ballot).unwrap();
    for mut log in [log, voted] {
        let counted = log.board.tally().ballots;
        log.act(Act::Closing);
        assert_eq!(log.offer(&ballot), refused(Refusal::Closed));
        let act = sum(&log);
        log.act(act);
        assert_eq!(log.offer(&ballot), refused(Refusal::Closed), "after the sum");
        for trustee in [1, 2] {
            let act = share(&log, trustee);
            log.act(act);
            assert_eq!(log.offer(&ballot), refused(Refusal::Closed), "after a share");
        }
        let act = result(&log);
        log.act(act);
        assert_eq!(log.offer(&ballot), refused(Refusal::Closed));
        assert_eq!(log.board.tally().ballots, counted);
    }
}

#[test]
fn row_36_all_entries_of_a_secret_election_have_one_length() {
    let world = secret_world(|draft| draft.contests = all_contests());
    let lengths = (0..12).map(|number| {
        let marks = marks_of(&all_contests(), || number);
        let at = Position { seq: 1 + number as u64 % 9, prev: Hash([number as u8; 32]) };
        world.prepare(&world.key(number % 3), at, &marks).sign(&world.key(number % 3)).len()
    });
    let lengths: std::collections::BTreeSet<usize> = lengths.collect();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
    assert!(lengths.last() < Some(&world.election.draft().entry_max_bytes()));
    assert!(world.election.draft().entry_max_bytes() < world.election.session().up_bytes as usize);
}

#[test]
fn row_38_debug_output_shows_neither_votes_nor_secrets() {
    let world = secret_world(|draft| draft.contests = all_contests());
    let marks = marks_of(&all_contests(), || 2);
    let ballot = world.prepare(&world.key(0), FIRST, &marks).sign(&world.key(0));
    let checked = world.check_ballot(&ballot);
    assert_eq!(format!("{:?}", checked.vote), "Vote(redacted)");
    assert!(matches!(checked.vote, Vote::Secret(_)));
    assert_eq!(format!("{:?}", checked.entry.ballot), "Ballot(redacted)");
    let open = World::with(|draft| draft.contests = all_contests());
    let plain = open.check_ballot(&world::World::ballot(
        &open,
        &open.key(0),
        FIRST,
        &marks.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    assert_eq!(format!("{:?}", plain.vote), "Vote(redacted)");
    let (cells, proof) = cells_and_proof(&ballot);
    let encoded = [cells, proof].map(|bytes| data_encoding::BASE64URL_NOPAD.encode(&bytes)[..20].to_owned());
    for shown in
        [format!("{checked:?}"), format!("{:?}", checked.entry), format!("{plain:?}"), format!("{:?}", plain.entry)]
    {
        assert!(marks.iter().all(|text| text.len() < 3 || !shown.contains(text)), "{shown}");
        assert!(encoded.iter().all(|text| !shown.contains(text)), "{shown}");
    }
    for secret in &world.trustees {
        let quiet = format!("{secret:?} {:?}", secret.signing_key());
        let number = secret.seed()[0].to_string();
        assert!(quiet.starts_with(&format!("TrusteeSecret(trustee {}, redacted)", secret.trustee())), "{quiet}");
        assert!(!quiet.contains(&number), "{quiet}");
    }
}
