//! Row 9: a verifier that skips nothing. Every file of a good record is changed at every byte, exchanged, dropped and
//! added to, and what a dishonest board could publish anew, with true hashes and signatures, is refused as well.

use std::collections::BTreeMap;

use veche_election::{
    Act, Election, Hash, Manifest, RollShows, canonical,
    log::{read_bundle, write_bundle},
    record::{CHECKPOINT_FILE, CREDENTIALS_FILE, Failed, MANIFEST_FILE, ROLL_FILE, Verified, verify},
    roll::published_roll,
};

use crate::{
    fixture::{Log, World, contest, finished, reason},
    world::{self, Files},
};

const BUNDLE: &str = "tile/entries/000.p/11";

fn run(files: &Files) -> Result<Verified, Failed> {
    verify(files, &crate::fixture::WEIGHTS, &mut |_, _| ())
}

/// Twice, as a check that is forgotten now and then would be found.
fn refused(files: &Files) -> u8 {
    let [first, second] = [(); 2].map(|()| run(files).expect_err("a bad record was accepted"));
    assert_eq!(first, second);
    assert!((1..=8).contains(&first.number) && !first.culprit.is_empty());
    first.number
}

/// A record with one file changed.
fn with(files: &Files, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
    let mut files = files.clone();
    change(files.0.get_mut(path).unwrap());
    files
}

/// The check that refuses a change of this file; changes of the manifest may be found by any of the first four.
fn number_of(path: &str) -> u8 {
    match path {
        "credentials" => 2,
        "roll" => 3,
        "checkpoint" => 4,
        "result.json" => 7,
        "README.txt" => 8,
        path if path.starts_with("tile/entries/") => 5,
        path if path.starts_with("tile/") => 6,
        _ => panic!("{path}"),
    }
}

#[test]
fn row_09_a_good_record_passes_and_everything_is_counted() {
    let world = World::small(1);
    let log = finished(&world);
    let mut told = Vec::new();
    let verified = verify(&log.record(), &crate::fixture::WEIGHTS, &mut |done, all| told.push((done, all))).unwrap();
    assert_eq!(told, (1..=11).map(|done| (done, 11)).collect::<Vec<_>>());
    assert_eq!((verified.state().to_keep().size, verified.election().id()), (11, world.election.id()));
    assert_eq!(*verified.result(), log.board.result().unwrap());
    let counts: Vec<(u8, Vec<u64>)> =
        verified.checks().iter().map(|check| (check.number, check.counts.iter().map(|(_, n)| *n).collect())).collect();
    let expected: [(u8, &[u64]); 8] =
        [(1, &[1, 3]), (2, &[3, 4]), (3, &[3]), (4, &[11]), (5, &[4, 0, 7, 0]), (6, &[11, 1]), (7, &[3, 4]), (8, &[8])];
    assert_eq!(counts, expected.map(|(number, counts)| (number, counts.to_vec())));
}

#[test]
fn row_09_every_flipped_bit_is_refused_by_the_check_of_its_file() {
    let world = World::small(1);
    let good = finished(&world).record();
    run(&good).unwrap();
    let total: usize = good.0.values().map(Vec::len).sum();
    let stride = total.div_ceil(3000);
    let (mut place, mut mutants) = (0, 0);
    for (path, bytes) in &good.0 {
        // Short files at every byte.
        let step = if bytes.len() < 600 { 1 } else { stride };
        for i in (0..bytes.len()).step_by(step) {
            place += 1;
            let number = refused(&with(&good, path, |bytes| bytes[i] ^= 1 << (place % 8)));
            match path.as_str() {
                MANIFEST_FILE => assert!(number <= 4, "{path}, byte {i}: check {number}"),
                path => assert_eq!(number, number_of(path), "{path}, byte {i}"),
            }
            mutants += 1;
        }
    }
    println!("{mutants} mutants of {total} bytes refused");
}

#[test]
fn row_09_files_cut_lengthened_emptied_dropped_added_and_exchanged_are_refused() {
    let world = World::small(1);
    let good = finished(&world).record();
    run(&good).unwrap();
    for (path, bytes) in &good.0 {
        let number =
            |number: u8| path == MANIFEST_FILE && number <= 4 || path != MANIFEST_FILE && number == number_of(path);
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(number(refused(&with(&good, path, |bytes| bytes.truncate(cut)))), "{path} cut to {cut}");
        }
        for more in [&b"\n"[..], b"\0", b"\0\0", &bytes[bytes.len() - 1..], bytes] {
            assert!(number(refused(&with(&good, path, |bytes| bytes.extend(more)))), "{path} and {more:?}");
        }
        let mut dropped = good.clone();
        dropped.0.remove(path);
        assert!(number(refused(&dropped)), "{path} dropped");
        for other in good.0.values().filter(|other| *other != bytes) {
            assert!(number(refused(&with(&good, path, |bytes| bytes.clone_from(other)))), "{path} exchanged");
        }
    }
    for added in
        ["readme.txt", "tile/0/000", "tile/0/000.p/10", "tile/entries/000", "tile/1/000.p/1", "roll.csv", "", "../x"]
    {
        let mut more = good.clone();
        more.0.insert(added.into(), b"x".to_vec());
        assert_eq!(refused(&more), 8, "{added:?}");
    }
    assert_eq!(refused(&Files(BTreeMap::new())), 1);
}

#[test]
fn row_09_a_record_of_another_election_lends_nothing() {
    let (world, other) = (World::small(1), World::small(2));
    let (good, foreign) = (finished(&world).record(), finished(&other).record());
    run(&foreign).unwrap();
    let mut mixed = good.clone();
    mixed.0.insert(CHECKPOINT_FILE.into(), foreign.0[CHECKPOINT_FILE].clone());
    assert_eq!(refused(&mixed), 4);
    let mut mixed = good.clone();
    mixed.0.insert(MANIFEST_FILE.into(), foreign.0[MANIFEST_FILE].clone());
    assert_eq!(refused(&mixed), 2);
    let mut mixed = foreign.clone();
    mixed.0.insert(BUNDLE.into(), good.0[BUNDLE].clone());
    assert_eq!(refused(&mixed), 5);
}

/// What a board with its key can do: other entries, with a tree and a checkpoint that fit them.
#[test]
fn row_09_a_dishonest_board_cannot_publish_another_log() {
    let (world, other) = (World::small(1), World::small(2));
    let (log, foreign) = (finished(&world), finished(&other));
    let publish = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut entries = log.entries.clone();
        change(&mut entries);
        assert_ne!(entries, log.entries);
        refused(&log.publish(&entries))
    };
    let count = log.entries.len();
    for i in 0..count {
        assert_eq!(publish(&|entries| _ = entries.remove(i)), 5, "entry {i} left out");
        assert_eq!(publish(&|entries| entries.truncate(i)), 5, "cut to {i}");
        assert_eq!(publish(&|entries| entries.insert(i, entries[i].clone())), 5, "entry {i} twice");
        assert_eq!(publish(&|entries| entries.push(entries[i].clone())), 5, "entry {i} again at the end");
        assert_eq!(publish(&|entries| entries[i].clone_from(&foreign.entries[i])), 5, "entry {i} of another election");
        assert_eq!(publish(&|entries| entries[i].clear()), 5, "entry {i} empty");
    }
    // Not even two votes of different voters may stand in another order: the acts behind them name the log.
    for (i, j) in (0..count).flat_map(|j| (0..j).map(move |i| (i, j))) {
        assert_eq!(publish(&|entries| entries.swap(i, j)), 5, "entries {i} and {j} exchanged");
    }
}

#[test]
fn row_09_only_a_finished_log_makes_a_record() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    assert_eq!(refused(&log.record()), 5, "open");
    log.vote(0, "45*");
    let mut cancelled = log.clone();
    cancelled.act(Act::Cancel { reason: reason() });
    assert_eq!(refused(&cancelled.record()), 5, "cancelled");
    log.act(Act::Closing);
    assert_eq!(refused(&log.record()), 5, "no result");
    log.act(Act::Result { hash: log.board.result().unwrap().hash() });
    run(&log.record()).unwrap();
    assert_eq!(refused(&log.publish(&[])), 5, "nothing at all");
}

#[test]
fn row_09_entries_exchanged_between_two_bundles_are_refused() {
    let world = world::World::new(&[1; 200], |draft| draft.contests = vec![contest(&["A"], &["0", "1"], true)]);
    let (mut board, mut entries) = (world.board(), Vec::new());
    for act in [Act::Setup, Act::Opening] {
        let entry = world.act(&board, act);
        world.append(&mut board, &mut entries, entry);
    }
    for (i, key) in world.voters.iter().chain(&world.voters[100..]).enumerate() {
        let at = board.position(&key.public()).unwrap();
        world.append(&mut board, &mut entries, world.ballot(key, at, &[["0", "1", "*"][i % 3]]));
    }
    let closing = world.act(&board, Act::Closing);
    world.append(&mut board, &mut entries, closing);
    let result = world.act(&board, Act::Result { hash: board.result().unwrap().hash() });
    world.append(&mut board, &mut entries, result);
    let good = world.record(&board, &entries);
    assert_eq!(run(&good).unwrap().state().to_keep().size, 304);
    assert_eq!(good.0.keys().filter(|path| path.starts_with("tile/")).count(), 5);
    let [first, second] = ["tile/entries/000", "tile/entries/001.p/48"];
    let mut swapped = good.clone();
    let (mut a, mut b) = (read_bundle(&good.0[first]).unwrap(), read_bundle(&good.0[second]).unwrap());
    core::mem::swap(&mut a[210], &mut b[10]);
    swapped.0.insert(first.into(), write_bundle(a).unwrap());
    swapped.0.insert(second.into(), write_bundle(b).unwrap());
    assert_eq!(refused(&swapped), 5, "each entry is good in its new place, but the closing names another log");
    let mut whole = good.clone();
    let moved = whole.0.remove(second).unwrap();
    whole.0.get_mut(first).unwrap().extend(moved);
    assert_eq!(refused(&whole), 5, "a bundle of 304");
}

#[test]
fn row_16_a_credential_added_after_opening_is_refused() {
    let world = World::small(1);
    let good = finished(&world).record();
    let line = format!("{} 1\n", world.key(7).public());
    for place in 0..=3 {
        let added = with(&good, CREDENTIALS_FILE, |bytes| {
            let mut lines: Vec<&str> = core::str::from_utf8(bytes).unwrap().split_inclusive('\n').collect();
            lines.insert(place, &line);
            *bytes = lines.concat().into_bytes();
        });
        assert_eq!(refused(&added), 2, "line {place}");
    }
    let heavier =
        with(&good, CREDENTIALS_FILE, |bytes| *bytes = String::from_utf8_lossy(bytes).replace(" 1\n", " 2\n").into());
    assert_eq!(refused(&heavier), 2);
}

/// An organiser who makes the manifest can name any roll; the verifier looks at what it says.
#[test]
fn the_roll_names_each_credential_once_and_as_announced() {
    let world = World::small(1);
    let good = finished(&world).record();
    let check = |roll: &[u8]| {
        let mut manifest: Manifest = canonical::parse(&good.0[MANIFEST_FILE]).unwrap();
        manifest.roll.published = Hash::of(roll);
        let mut files = good.clone();
        files.0.insert(MANIFEST_FILE.into(), canonical::write(&manifest));
        files.0.insert(ROLL_FILE.into(), roll.to_vec());
        Election::parse(&files.0[MANIFEST_FILE]).unwrap();
        refused(&files)
    };
    let roll = core::str::from_utf8(&good.0[ROLL_FILE]).unwrap();
    let lines: Vec<&str> = roll.split_inclusive('\n').collect();
    assert_eq!(check(b""), 3, "no line at all");
    assert_eq!(check(&published_roll(&world.seats, RollShows::Name)), 3, "names where numbers were announced");
    assert_eq!(check(lines[..2].concat().as_bytes()), 3, "a voter missing");
    assert_eq!(check([lines[0], lines[1], lines[2], lines[2]].concat().as_bytes()), 3, "a voter twice");
    assert_eq!(check([lines[1], lines[0], lines[2]].concat().as_bytes()), 3, "another order");
    assert_eq!(check(roll.replace("\"number\":\"2\"", "\"number\":\"1\"").as_bytes()), 3, "a number twice");
    assert_eq!(check(roll.replace(',', ", ").as_bytes()), 3, "another form");
    assert_eq!(check(roll.replace('\n', "\r\n").as_bytes()), 3, "other line ends");
    assert_eq!(check(roll.trim_end().as_bytes()), 3, "no line end");
    let stranger = roll.replace(&world.key(1).public().to_string(), &world.key(7).public().to_string());
    assert_eq!(check(stranger.as_bytes()), 3, "a credential that is not on the list");
    assert_eq!(check(format!("{roll}\n").as_bytes()), 3, "an empty line");
    run(&good).unwrap();
}

/// A log of several bundles: 200 voters, each of whom votes twice.
fn long(world: &crate::world::World, finished: bool) -> crate::world::Files {
    use veche_election::{Act, entry::Position};
    let (mut board, mut log) = (world.board(), Vec::new());
    for act in [Act::Setup, Act::Opening] {
        let bytes = world.act(&board, act);
        world.append(&mut board, &mut log, bytes);
    }
    for marks in [["123", "-2,*"], ["5*0", "2,2"]] {
        for key in &world.voters {
            let at = board.position(&key.public()).unwrap_or(Position::FIRST);
            world.append(&mut board, &mut log, world.ballot(key, at, &marks));
        }
    }
    if finished {
        let bytes = world.act(&board, Act::Closing);
        world.append(&mut board, &mut log, bytes);
        let result = Act::Result { hash: board.result().unwrap().hash() };
        let bytes = world.act(&board, result);
        world.append(&mut board, &mut log, bytes);
    }
    world.record(&board, &log)
}

#[test]
fn what_was_verified_before_is_not_verified_again_and_nothing_else_is_taken_for_it() {
    use veche_election::record::{KnownState, verify, verify_since, verify_so_far};
    let world = crate::world::World::new(&[1; 200], |_| ());
    let (running, finished) = (long(&world, false), long(&world, true));
    assert!(verify(&running, &crate::fixture::WEIGHTS, &mut |_, _| ()).is_err(), "there is no result yet");
    let so_far = verify_so_far(&running, None, &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap();
    let (state, checks) = (*so_far.state().to_keep(), so_far.checks());
    assert_eq!((state.size, checks.last().unwrap().number), (402, 6));
    let verified = verify_since(&finished, Some(&state), &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap();
    let entries = verified.checks().iter().find(|check| check.number == 5).unwrap();
    assert_eq!(entries.counts.last(), Some(&("entries verified before", 256)));
    assert_eq!(
        (verified.state().to_keep().size, verified.result()),
        (404, verify(&finished, &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap().result())
    );
    let check = |state: KnownState, why: &str| {
        let failed = verify_since(&finished, Some(&state), &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap_err();
        assert_eq!((failed.number, failed.culprit.contains(why)), (5, true), "{failed}");
    };
    check(KnownState { root: Hash([1; 32]), ..state }, "does not begin");
    check(KnownState { size: 300, ..state }, "does not begin");
    check(KnownState { size: 405, ..state }, "shorter");
    check(KnownState { election: Hash([1; 32]), ..state }, "another election");
    // A changed byte in the part verified before is found all the same: the root is another.
    let path = "tile/entries/000";
    let mut bad = finished.clone();
    let bundle = bad.0.get_mut(path).unwrap();
    let place = bundle.windows(8).position(|bytes| bytes == b"\"sig\":\"A" || bytes == b"-2,*\"]},").unwrap();
    bundle[place + 1] = b'1';
    assert_eq!(verify_since(&bad, Some(&state), &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap_err().number, 5);
}
