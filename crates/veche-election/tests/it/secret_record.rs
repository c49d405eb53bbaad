//! The record of a secret election, finished or on its way to the trustees: nothing in it can be changed, and no
//! trustee's program takes another sum for the sum of the ballots.

use veche_crypto::{Point, Scalar};
use veche_election::{
    Act, Ballot, BallotEntry, Board, CredentialKey, Election, Hash, Signatory, canonical,
    ceremony::TrusteeSecret,
    entry::{ControlEntry, ControlLink, Position},
    manifest::Trustees,
    record::{
        CEREMONY_FILE, CHECKPOINT_FILE, Failed, MANIFEST_FILE, RESULT_FILE, Verified, VerifiedSum, verify, verify_sum,
    },
};

use crate::{
    fixture::{Log, NOW, World, seal, unsigned},
    secret::{close, make_secret, open, rehearsal, result, secret_world, share, sum},
    world::{self, Files},
};

/// Where things stand in the log of [`finished`].
const REHEARSAL: usize = 1;
const BALLOT: usize = 5;
const CLOSING: usize = 9;
const SUM: usize = 10;
const SHARE: usize = 11;
const RESULT: usize = 13;

fn run(files: &Files) -> Result<Verified, Failed> {
    verify(files, &crate::fixture::WEIGHTS, &mut |_, _| ())
}

fn run_sum(files: &Files) -> Result<VerifiedSum, Failed> {
    verify_sum(files, &crate::fixture::WEIGHTS, &mut |_, _| ())
}

fn refused(files: &Files) -> u8 {
    let [first, second] = [(); 2].map(|()| run(files).expect_err("a bad record was accepted"));
    assert_eq!(first, second);
    assert!((1..=9).contains(&first.number) && !first.culprit.is_empty());
    first.number
}

fn small(seed: u8) -> World {
    secret_world(|draft| {
        draft.contests = vec![world::contest(&["0", "1"], 2)];
        draft.nonce = Hash([seed; 32]);
    })
}

/// Everybody votes, voter 0 twice; closed, with the sum.
fn summed(world: &World) -> Log<'_> {
    let mut log = open(world);
    for (voter, marks) in [(0, "10"), (1, "0*"), (2, "11"), (0, "01")] {
        log.vote(voter, marks);
    }
    close(&mut log);
    log
}

/// Opened by trustees 1 and 3.
fn finished(world: &World) -> Log<'_> {
    let mut log = summed(world);
    for trustee in [1, 3] {
        let act = share(&log, trustee);
        log.act(act);
    }
    let act = result(&log);
    log.act(act);
    log
}

fn with(files: &Files, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
    let mut files = files.clone();
    change(files.0.get_mut(path).unwrap());
    files
}

/// The check that refuses a change of this file.
fn number_of(path: &str) -> u8 {
    match path {
        "credentials" => 2,
        "roll" => 3,
        "checkpoint" => 4,
        "result.json" => 7,
        "README.txt" => 8,
        "ceremony" => 9,
        path if path.starts_with("tile/entries/") => 5,
        path if path.starts_with("tile/") => 6,
        _ => panic!("{path}"),
    }
}

/// May this check refuse a change of this file? Every other file hangs on the manifest.
fn may_refuse(path: &str, number: u8) -> bool {
    if path == MANIFEST_FILE { number <= 4 || number == 9 } else { number == number_of(path) }
}

#[test]
fn row_09_a_good_secret_record_passes_and_everything_is_counted() {
    let world = small(1);
    let log = finished(&world);
    let verified = run(&log.record()).unwrap();
    assert_eq!(*verified.result(), log.board.result().unwrap());
    let counts: Vec<(u8, Vec<u64>)> =
        verified.checks().iter().map(|check| (check.number, check.counts.iter().map(|(_, n)| *n).collect())).collect();
    let expected: [(u8, &[u64]); 9] = [
        (1, &[1, 2]),
        (9, &[3, 2]),
        (2, &[3, 4]),
        (3, &[3]),
        (4, &[14]),
        (5, &[4, 4, 10, 0]),
        (6, &[14, 1]),
        (7, &[3, 4]),
        (8, &[9]),
    ];
    assert_eq!(counts, expected.map(|(number, counts)| (number, counts.to_vec())));
    let result = String::from_utf8(log.record().0[RESULT_FILE].clone()).unwrap();
    for histogram in [r#"{"0":2,"1":2,"*":0}"#, r#"{"0":0,"1":3,"*":1}"#] {
        assert!(result.contains(histogram), "{result}");
    }
}

#[test]
fn row_09_every_file_of_a_secret_record_flipped_cut_lengthened_dropped_and_exchanged_is_refused() {
    let world = small(1);
    let good = finished(&world).record();
    run(&good).unwrap();
    let mut place = 0;
    for (path, bytes) in &good.0 {
        let step = if bytes.len() < 400 { 7 } else { bytes.len().div_ceil(60) };
        for i in (0..bytes.len()).step_by(step) {
            place += 1;
            let number = refused(&with(&good, path, |bytes| bytes[i] ^= 1 << (place % 8)));
            assert!(may_refuse(path, number), "{path}, byte {i}: check {number}");
        }
        for cut in [0, bytes.len() / 2, bytes.len() - 1] {
            assert!(may_refuse(path, refused(&with(&good, path, |bytes| bytes.truncate(cut)))), "{path} cut");
        }
        assert!(may_refuse(path, refused(&with(&good, path, |bytes| bytes.push(b'\n')))), "{path} and a line end");
        let mut dropped = good.clone();
        dropped.0.remove(path);
        assert!(may_refuse(path, refused(&dropped)), "{path} dropped");
        for other in good.0.values().filter(|other| *other != bytes) {
            assert!(may_refuse(path, refused(&with(&good, path, |bytes| bytes.clone_from(other)))), "{path} exchanged");
        }
    }
    for added in ["ceremony.txt", "trustee-1.key", "tile/entries/000"] {
        let mut more = good.clone();
        more.0.insert(added.into(), b"x".to_vec());
        assert_eq!(refused(&more), 8, "{added}");
    }
    // A ceremony has no place in the record of an open election.
    let open = World::small(1);
    let mut log = Log::open(&open);
    log.finish();
    let mut plain = log.record();
    run(&plain).unwrap();
    plain.0.insert(CEREMONY_FILE.into(), good.0[CEREMONY_FILE].clone());
    assert_eq!(refused(&plain), 8);
}

#[test]
fn row_09_a_ceremony_of_another_election_or_with_one_line_changed_is_refused() {
    let (world, other) = (small(1), small(2));
    let (good, foreign) = (finished(&world).record(), finished(&other).record());
    run(&foreign).unwrap();
    let ceremony = |bytes: Vec<u8>| refused(&with(&good, CEREMONY_FILE, |file| *file = bytes));
    assert_eq!(ceremony(foreign.0[CEREMONY_FILE].clone()), 9);
    let lines: Vec<&[u8]> = good.0[CEREMONY_FILE].split_inclusive(|byte| *byte == b'\n').collect();
    let others: Vec<&[u8]> = foreign.0[CEREMONY_FILE].split_inclusive(|byte| *byte == b'\n').collect();
    for i in 0..lines.len() {
        let mut changed = lines.clone();
        changed[i] = others[i];
        assert_eq!(ceremony(changed.concat()), 9, "line {i} of another ceremony");
        changed.remove(i);
        assert_eq!(ceremony(changed.concat()), 9, "line {i} missing");
        changed.insert(0, lines[i]);
        if i > 0 {
            assert_eq!(ceremony(changed.concat()), 9, "line {i} first");
        }
    }
}

/// The board's key can sign another log, tree and checkpoint; not in a voter's or trustee's name.
#[test]
fn row_09_a_dishonest_board_cannot_publish_another_secret_log() {
    let (world, other) = (small(1), small(2));
    let (log, foreign) = (finished(&world), finished(&other));
    assert_eq!(log.entries.len(), RESULT + 1);
    let publish = |what: &str, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut entries = log.entries.clone();
        change(&mut entries);
        assert_ne!(entries, log.entries);
        assert_eq!(refused(&log.publish(&entries)), 5, "{what}");
    };
    for i in 0..log.entries.len() {
        publish(&format!("entry {i} left out"), &|entries| _ = entries.remove(i));
        publish(&format!("cut to {i}"), &|entries| entries.truncate(i));
        publish(&format!("entry {i} twice"), &|entries| entries.insert(i, entries[i].clone()));
        publish(&format!("entry {i} of another election"), &|entries| entries[i].clone_from(&foreign.entries[i]));
    }
    let resigned = |i: usize, key: &CredentialKey, change: &dyn Fn(&mut BallotEntry)| {
        let mut entry: BallotEntry = canonical::parse(&log.entries[i]).unwrap();
        change(&mut entry);
        seal("veche-entry-2", unsigned(&canonical::write(&entry)), &key.0)
    };
    // A voter in league with the board: a ballot whose proof does not hold, rightly signed.
    let flip = |cells: bool, place: usize| {
        resigned(BALLOT, &world.key(0), &|entry| {
            let Ballot::Secret { cells: a, proof: b } = &mut entry.ballot else { panic!() };
            let bytes = if cells { &mut a.0 } else { &mut b.0 };
            let place = place % bytes.len();
            bytes[place] ^= 1;
        })
    };
    for (cells, place) in [(true, 0), (true, 70), (false, 0), (false, 500), (false, usize::MAX / 2)] {
        let bad = flip(cells, place);
        publish("a proof's byte", &|entries| entries[BALLOT].clone_from(&bad));
    }
    let stuffed = world.ballot(7, Position::FIRST, "11");
    publish("a ballot of nobody", &|entries| entries.insert(CLOSING, stuffed.clone()));
    let late = world.ballot(1, log.position(1), "11");
    publish("a ballot after closing", &|entries| entries.insert(CLOSING + 1, late.clone()));
    // Control entries that follow from there are a chain of their own; here only the one changed matters.
    let control = |i: usize, by: Signatory, act: Act| {
        let entry: ControlEntry = canonical::parse(&log.entries[i]).unwrap();
        let link = ControlLink { n: entry.n, prev: entry.prev, seen: entry.seen };
        world.control(link, NOW, by, act)
    };
    let Act::Sum { ballots, weight, cells } = sum(&log) else { panic!() };
    let mut other_cells = cells.clone();
    other_cells.0.rotate_left(32);
    for (what, act) in [
        ("a sum of other ballots", Act::Sum { ballots, weight, cells: other_cells }),
        ("a sum of more ballots", Act::Sum { ballots: ballots + 1, weight, cells: cells.clone() }),
        ("a sum of more weight", Act::Sum { ballots, weight: weight + 1, cells }),
    ] {
        let bad = control(SUM, Signatory::Board, act);
        publish(what, &|entries| entries[SUM].clone_from(&bad));
    }
    let bad = control(RESULT, Signatory::Board, Act::Result { hash: Hash([1; 32]) });
    publish("another result", &|entries| entries[RESULT].clone_from(&bad));
    // A trustee in league with the board.
    for i in [SHARE, SHARE + 1] {
        let entry: ControlEntry = canonical::parse(&log.entries[i]).unwrap();
        let Act::Share { trustee, values, proof } = entry.act else { panic!("entry {i}") };
        let mut other_values = values.clone();
        other_values.0.rotate_left(32);
        let mut other_proof = proof.clone();
        other_proof.0[50] ^= 1;
        for (what, act) in [
            ("a share's values", Act::Share { trustee, values: other_values, proof }),
            ("a share's proof", Act::Share { trustee, values, proof: other_proof }),
        ] {
            let bad = control(i, Signatory::Trustee, act);
            publish(what, &|entries| entries[i].clone_from(&bad));
        }
    }
    let Act::Rehearsal { proof, .. } = rehearsal(&world, 2) else { panic!() };
    let bad = control(REHEARSAL, Signatory::Trustee, Act::Rehearsal { trustee: 1, proof });
    publish("a rehearsal's proof", &|entries| entries[REHEARSAL].clone_from(&bad));
}

/// The same world, with what its manifest says of the trustees changed by a dishonest organiser.
fn with_trustees(trustees: Option<Vec<TrusteeSecret>>, change: impl Fn(&mut Trustees)) -> World {
    let mut world = {
        let small = small(1);
        let draft = small.election.draft().clone();
        world::World::new(&[1, 1, 2], |made| *made = draft)
    };
    let mut named = world.ceremony.as_ref().unwrap().trustees().unwrap();
    if let Some(secrets) = trustees {
        let ceremony = world::ceremony(world.election.draft(), &secrets);
        named = Trustees { ceremony: named.ceremony, ..ceremony.trustees().unwrap() };
        (world.trustees, world.ceremony) = (secrets, Some(ceremony));
    }
    change(&mut named);
    let (draft, keys, roll) = (world.election.draft(), world.election.keys(), world.election.roll());
    let election = Election::new(draft.clone(), keys.clone(), roll.clone(), Some(named)).unwrap();
    world.election = std::sync::Arc::new(election);
    world.into()
}

/// Row 24: the server runs a ceremony of its own inventions, names its keys, and publishes the honest trustees' file.
#[test]
fn row_24_keys_of_the_manifest_that_do_not_follow_from_the_ceremony_are_refused() {
    let honest = finished(&small(1)).record();
    let draft = small(1).election.draft_id();
    let sybils: Vec<TrusteeSecret> = (1..=3).map(|i| TrusteeSecret::new(draft, i, [0xA0 + i as u8; 32])).collect();
    let world = with_trustees(Some(sybils), |_| ());
    let mut record = finished(&world).record();
    record.0.insert(CEREMONY_FILE.into(), honest.0[CEREMONY_FILE].clone());
    assert_eq!(Some(Hash::of(&record.0[CEREMONY_FILE])), world.election.ceremony());
    let failed = run(&record).unwrap_err();
    assert_eq!(failed.number, 9);
    assert!(failed.culprit.contains("other keys"), "{failed}");
    assert_eq!(run_sum(&record).unwrap_err().number, 9);

    // Another name; a trustee's key of another hand; the order of two trustees.
    let renamed = with_trustees(None, |trustees| trustees.members[1].name = "Somebody".into());
    assert_eq!(refused(&finished(&renamed).record()), 9);
    let other_key = Point::mul_base(&Scalar::from(5_u64)).compress().to_bytes();
    let keys = small(1).election.secret().unwrap().parameters.keys().encodings().len();
    for place in 0..keys {
        let bad_key = with_trustees(None, |trustees| {
            trustees.keys.0[32 * place..][..32].copy_from_slice(&other_key);
        });
        let log = summed(&bad_key);
        assert_eq!(run_sum(&log.record()).unwrap_err().number, 9, "another election key");
        // Its trustees open only noise: there is no result to publish.
        let mut opened = log.clone();
        for trustee in [1, 2, 3] {
            let act = share(&opened, trustee);
            opened.act(act);
            assert!(opened.board.result().is_none());
        }
    }
    let order = with_trustees(None, |trustees| trustees.keys.0.rotate_left(32));
    assert_eq!(run_sum(&summed(&order).record()).unwrap_err().number, 9, "the keys in another order");
    let other_hash = with_trustees(None, |trustees| trustees.ceremony = Hash([3; 32]));
    assert_eq!(refused(&finished(&other_hash).record()), 9);
    let exchanged = with_trustees(None, |trustees| trustees.members.swap(0, 1));
    let mut log = Log::new(&exchanged);
    log.act(Act::Setup);
    assert_eq!(run_sum(&log.record()).unwrap_err().number, 9, "two trustees exchanged");
}

#[test]
fn row_28_a_trustee_is_given_the_whole_record_to_check_before_the_sum() {
    let world = small(1);
    let log = summed(&world);
    let record = log.record();
    assert!(!record.0.contains_key(RESULT_FILE));
    let verified = run_sum(&record).unwrap();
    assert_eq!((verified.board().sum(), verified.election().id()), (log.board.sum(), world.election.id()));
    assert!(verified.board().tally() == log.board.tally());
    assert_eq!(verified.ceremony().to_bytes(), world.ceremony.as_ref().unwrap().to_bytes());
    let numbers: Vec<u8> = verified.checks().iter().map(|check| check.number).collect();
    assert_eq!(numbers, [1, 9, 2, 3, 4, 5, 6]);
    // What is not finished is no record.
    assert_eq!(refused(&record), 5);
    // Whoever comes later sees the same sum and code, with others' shares in the log, and after the result.
    let first = share(&log, 2);
    let mut later = log.clone();
    later.act(first);
    assert_eq!(run_sum(&later.record()).unwrap().code(), verified.code());
    assert_eq!(run_sum(&finished(&world).record()).unwrap().code(), verified.code());
}

#[test]
fn row_28_nothing_but_the_sum_of_a_closed_secret_election_is_given_to_a_trustee() {
    let world = small(1);
    let plain = World::small(1);
    let mut open_election = Log::open(&plain);
    open_election.vote(0, "45*");
    open_election.finish();
    assert_eq!(run_sum(&open_election.record()).unwrap_err().number, 9, "an open election");
    let log = summed(&world);
    for size in 0..=SUM {
        let entries = &log.entries[..size];
        assert_eq!(run_sum(&log.publish(entries)).unwrap_err().number, 5, "{size} entries");
    }
    run_sum(&log.publish(&log.entries[..=SUM])).unwrap();
    let mut cancelled = open(&world);
    cancelled.vote(0, "10");
    cancelled.act(Act::Cancel { reason: "a test".into() });
    assert_eq!(run_sum(&cancelled.record()).unwrap_err().number, 5, "cancelled");
    // Every file but result and README, which are not there yet or tell nothing.
    let good = log.record();
    let mut place = 0;
    for (path, bytes) in good.0.iter().filter(|(path, _)| *path != "README.txt") {
        for i in (0..bytes.len()).step_by(bytes.len().div_ceil(25)) {
            place += 1;
            let bad = with(&good, path, |bytes| bytes[i] ^= 1 << (place % 8));
            let number = run_sum(&bad).expect_err("a changed record was given to a trustee").number;
            let fits = if path == MANIFEST_FILE { number <= 4 || number == 9 } else { number == number_of(path) };
            assert!(fits, "{path}, byte {i}: check {number}");
        }
        let mut dropped = good.clone();
        dropped.0.remove(path);
        run_sum(&dropped).expect_err(path);
    }
}

/// Opening one ballot or a part of them: a log without the others, well signed by organiser and board.
#[test]
fn row_28_another_log_has_another_closing_code() {
    let world = small(1);
    let whole = summed(&world);
    let code = run_sum(&whole.record()).unwrap().code();
    let mut codes = vec![code];
    let mut fork = |what: &str, log: &Log<'_>| {
        let forked = run_sum(&log.record()).unwrap().code();
        assert!(!codes.contains(&forked), "{what}");
        codes.push(forked);
    };
    let mut one = open(&world);
    one.vote(0, "10");
    close(&mut one);
    fork("a single ballot", &one);
    let mut without_revote = open(&world);
    for (voter, marks) in [(0, "10"), (1, "0*"), (2, "11")] {
        without_revote.vote(voter, marks);
    }
    close(&mut without_revote);
    fork("a re-vote held back", &without_revote);
    let mut order = open(&world);
    for (voter, marks) in [(1, "0*"), (0, "10"), (2, "11"), (0, "01")] {
        order.vote(voter, marks);
    }
    close(&mut order);
    assert!(order.board.tally().sum() == whole.board.tally().sum());
    fork("the same ballots in another order", &order);
    let mut later = Log::new(&world);
    whole.entries[..SUM].iter().for_each(|entry| _ = later.offer(entry).unwrap());
    let act = sum(&later);
    later.offer_act(NOW + 1, Signatory::Board, act).unwrap();
    fork("the same sum signed at another time", &later);
    let other = small(2);
    fork("another election", &summed(&other));
    // A checkpoint of the one does not lend itself to the other.
    let mut mixed = whole.record();
    mixed.0.insert(CHECKPOINT_FILE.into(), one.record().0[CHECKPOINT_FILE].clone());
    run_sum(&mixed).unwrap_err();
}

/// Board and trustees together can still not make a result of their own.
#[test]
fn row_29_a_result_file_that_does_not_follow_is_refused() {
    let world = small(1);
    let good = finished(&world).record();
    let text = String::from_utf8(good.0[RESULT_FILE].clone()).unwrap();
    for (from, to) in [(r#""1":3"#, r#""1":4"#), (r#""ballots":3"#, r#""ballots":4"#), (r#""*":1"#, r#""*":0"#)] {
        assert!(text.contains(from), "{text}");
        let bad = with(&good, RESULT_FILE, |bytes| *bytes = text.replacen(from, to, 1).into_bytes());
        assert_eq!(refused(&bad), 7, "{from}");
    }
}

/// With large weights the numbers behind a sum take minutes. What the published result says of them is tried first; what is
/// not right there changes nothing.
#[test]
fn numbers_that_the_result_names_are_not_looked_for() {
    let (first, second) = (1 << 39, (1 << 39) - 7);
    let world: World = world::World::new(&[first, second, 5], |draft| {
        make_secret(draft);
        draft.contests = vec![world::contest(&["0", "1"], 1)];
        draft.contests[0].blank = false;
    })
    .into();
    let mut log = open(&world);
    log.board.solve_elsewhere(0);
    log.vote(0, "1");
    log.vote(1, "0");
    close(&mut log);
    for trustee in [1, 3] {
        let act = share(&log, trustee);
        log.act(act);
    }
    let work = |board: &Board| board.to_solve().unwrap().work_max();
    assert!(work(&log.board) > 1 << 20);
    log.board.guess(vec![1, second - 1, u64::MAX]);
    assert!(work(&log.board) > 1 << 20, "a wrong guess spares nothing");
    log.board.guess(vec![5, first, second]);
    let solving = log.board.to_solve().unwrap();
    assert_eq!(solving.work_max(), 0);
    log.board.put_solved(&solving.solve());
    let act = result(&log);
    log.act(act);
    assert_eq!(run(&log.record()).unwrap().result().weight, first + second);
}
