//! The voter's side: codes, challenges, lengths, and what is shown of secrets.

use super::*;
use rustix::time::{ClockId, clock_gettime};

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
    assert_eq!(BallotCode::of(&prepared().challenge().entry), code);
    assert_eq!(prepared().challenge().check(&world.election, &crate::fixture::WEIGHTS).unwrap().code, code);
}

#[test]
fn row_14_a_challenged_ballot_cannot_be_cast_and_a_cast_one_cannot_be_challenged() {
    let world = tiny_world(1);
    let mut log = open(&world);
    let challenge = world.prepare(&world.key(0), FIRST, &["1".into()]).challenge();
    assert!(matches!(world.refusal(&challenge.entry), EntryError::Signature(_)));
    let another = seal("veche-entry-2", unsigned(&challenge.entry), &world.key(1).0);
    assert!(matches!(world.refusal(&another), EntryError::Signature(_)), "signed by another");
    let cast = log.vote(0, "1");
    let mut opened = challenge.clone();
    opened.entry = text(&log.entries[cast as usize]).into();
    assert!(matches!(opened.check(&world.election, &crate::fixture::WEIGHTS), Err(ChallengeError::Signed)));
    // What was challenged is not in the log, and nothing in the log tells of it.
    assert_eq!(log.board.known(&challenge.entry.leaf()), None);
}

#[test]
fn row_15_a_booth_that_encrypts_something_else_is_found_out() {
    let world = secret_world(|draft| draft.contests = all_contests());
    let mut seen = 0;
    let honest = marks_of(&all_contests(), || 1);
    for number in [0, 2, 5, 7, 11] {
        let other = marks_of(&all_contests(), || number);
        let mut challenge = world.prepare(&world.key(0), FIRST, &other).challenge();
        challenge.check(&world.election, &crate::fixture::WEIGHTS).unwrap();
        challenge.marks = honest.clone();
        assert!(
            matches!(challenge.check(&world.election, &crate::fixture::WEIGHTS), Err(ChallengeError::OtherMarks(_))),
            "{number}"
        );
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
        assert!(
            matches!(challenge.check(&world.election, &crate::fixture::WEIGHTS), Err(ChallengeError::OtherMarks(_))),
            "contest {contest}"
        );
    }
    assert!(seen > honest.len());
}

#[test]
fn row_15_a_challenge_with_anything_else_changed_is_refused() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let good = world.prepare(&world.key(0), FIRST, &["1".into()]).challenge();
    good.check(&world.election, &crate::fixture::WEIGHTS).unwrap();
    let check = |change: &dyn Fn(&mut Challenge)| {
        let mut challenge = good.clone();
        change(&mut challenge);
        challenge.check(&world.election, &crate::fixture::WEIGHTS).unwrap_err()
    };
    assert!(matches!(
        good.check(&other.election, &crate::fixture::WEIGHTS),
        Err(ChallengeError::Entry(EntryError::Election))
    ));
    assert!(matches!(good.check(&World::small(1).election, &crate::fixture::WEIGHTS), Err(ChallengeError::Open)));
    assert!(matches!(check(&|c| c.v = "veche-challenge-1".into()), ChallengeError::Form(_)));
    assert!(matches!(check(&|c| c.code = c.code.replace(&c.code[..4], "0000")), ChallengeError::OtherCode(_)));
    assert!(matches!(check(&|c| c.code.truncate(24)), ChallengeError::OtherCode(_)), "the whole code, not five groups");
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
    let elsewhere = |at| world.prepare(&world.key(0), at, &["1".into()]).challenge().entry;
    assert!(matches!(
        check(&|c| c.entry = elsewhere(Position { seq: 2, prev: Hash([1; 32]) })),
        ChallengeError::OtherMarks(1)
    ));
    assert!(matches!(
        check(&|c| c.entry = c.entry.as_str().replacen("\"seq\":1", "\"seq\":2", 1).into()),
        ChallengeError::Entry(EntryError::Proof(ProofError::Invalid))
    ));
    let open = text(&BallotEntry::sign(world.election.id(), &world.key(0), FIRST, vec!["1".into()]));
    let unsigned_open = format!("{},\"sig\":\"{}\"}}", unsigned(open.as_bytes()), "A".repeat(86));
    assert!(matches!(check(&|c| c.entry = unsigned_open.as_str().into()), ChallengeError::Entry(EntryError::Kind)));
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
    assert_eq!(format!("{:?}", checked.vote()), "Vote(redacted)");
    assert!(matches!(checked.vote(), Vote::Secret(_)));
    assert_eq!(format!("{:?}", checked.entry().ballot), "Ballot(redacted)");
    let open = World::with(|draft| draft.contests = all_contests());
    let plain = open.check_ballot(&world::World::ballot(
        &open,
        &open.key(0),
        FIRST,
        &marks.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    assert_eq!(format!("{:?}", plain.vote()), "Vote(redacted)");
    let (cells, proof) = cells_and_proof(&ballot);
    let encoded = [cells, proof].map(|bytes| data_encoding::BASE64URL_NOPAD.encode(&bytes)[..20].to_owned());
    for shown in
        [format!("{checked:?}"), format!("{:?}", checked.entry()), format!("{plain:?}"), format!("{:?}", plain.entry())]
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

/// Seconds of the processor that this thread has had: what others do on the machine is not in it.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The largest lower quartile over the smallest of the same work on several things, done in turns so that whatever else
/// the machine does meets all of them alike; others can only make some of the work slower.
fn spread<T>(things: &[T], work: impl Fn(&T)) -> f64 {
    let mut times = vec![Vec::new(); things.len()];
    for _ in 0..60 {
        for (thing, times) in things.iter().zip(&mut times) {
            let begun = processor_seconds();
            work(thing);
            times.push(processor_seconds() - begun);
        }
    }
    let lower_quartile = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 4]
    };
    let quartiles: Vec<f64> = times.iter_mut().map(lower_quartile).collect();
    let by = |choose: fn(f64, f64) -> f64| quartiles.iter().copied().reduce(choose).unwrap();
    by(f64::max) / by(f64::min)
}

/// Of three runs one must be even: noise passes, a dependence on the vote stays.
fn takes_one_time<T>(what: &str, things: &[T], work: impl Fn(&T)) {
    let spreads: Vec<f64> = std::iter::repeat_with(|| spread(things, &work)).take(3).collect();
    println!("{what}: lower quartiles apart by the factors {spreads:.3?}");
    assert!(spreads.iter().any(|spread| *spread < SPREAD_MAX), "{what}: {spreads:?}");
}

/// A mark whose place were skipped would show with more than this: see `docs/threat-model.md`, "Metadata".
const SPREAD_MAX: f64 = 1.2;

#[test]
fn row_36_making_and_checking_a_ballot_takes_the_same_time_whatever_the_marks() {
    let seven = || vec![world::contest(&["0", "1", "2", "3", "4", "5"], 7)];
    let votes: Vec<Vec<String>> = ["0000000", "5555555", "*******", "0520*13"].map(|marks| vec![marks.into()]).into();
    for (secrecy, world) in [
        ("secret", secret_world(|draft| draft.contests = seven())),
        ("open", World::with(|draft| draft.contests = seven())),
    ] {
        let key = world.key(0);
        let make = |marks: &Vec<String>| {
            let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
            world::World::ballot(&world, &key, FIRST, &marks)
        };
        takes_one_time(&format!("making a ballot, {secrecy}"), &votes, |marks| drop(make(marks)));
        let ballots: Vec<Vec<u8>> = votes.iter().map(|marks| make(marks).into()).collect();
        takes_one_time(&format!("checking a ballot, {secrecy}"), &ballots, |ballot| drop(world.check_ballot(ballot)));
    }
}

/// Row 50: a machine that is set back after a challenge, generator and all, casts another ballot than the opened one.
#[test]
fn row_50_with_a_generator_that_repeats_itself_the_cast_ballot_is_not_the_opened_one() {
    const RANDOM: [u8; 32] = [7; 32];
    let world = secret_world(|_| ());
    let (key, marks) = (world.key(0), vec!["45*".to_owned()]);
    let prepare = |seeds: &BallotSeeds, clock_ns: u64| {
        let seed = seeds.next(&RANDOM, clock_ns);
        PreparedBallot::new(&world.election, key.public(), FIRST, marks.clone(), &seed).unwrap()
    };
    let again = || BallotSeeds::new(key.clone());
    let seeds = again();
    let challenge = prepare(&seeds, 1).challenge();
    let code = challenge.check(&world.election, &crate::fixture::WEIGHTS).unwrap().code;
    // The next ballot of the same run, even at the same instant; another run at another one.
    for cast in [prepare(&seeds, 1), prepare(&seeds, 2), prepare(&again(), 2)] {
        assert_ne!(cast.code(), code);
        let ballot = world.check_ballot(&cast.sign(&key));
        let Vote::Secret(cells) = ballot.vote() else { panic!("an open ballot") };
        let opened: BallotEntry = serde_json::from_slice(&challenge.entry).unwrap();
        let Ballot::Secret { cells: opened, .. } = &opened.ballot else { panic!("an open ballot") };
        let cells = cells.to_bytes();
        let randomness = veche_crypto::group::scalars(&challenge.randomness.0).unwrap();
        for (i, point) in cells.as_chunks::<32>().0.iter().enumerate() {
            assert!(!opened.0.as_chunks::<32>().0.contains(point), "point {i} was opened before");
        }
        // The randomness of a row opens all of it: what was given out is that of no row.
        let rows = cells.as_chunks::<32>().0.iter().take(randomness.len());
        let given: Vec<[u8; 32]> = randomness.iter().map(|r| Point::mul_base(r).compress().to_bytes()).collect();
        assert!(rows.into_iter().all(|row| !given.contains(row)));
    }
    // Generator and clock alone, without the card, make no seed.
    let other = BallotSeeds::new(world.key(1)).next(&RANDOM, 1);
    assert_ne!(other, again().next(&RANDOM, 1));
    assert_eq!(again().next(&RANDOM, 1), again().next(&RANDOM, 1), "nothing else goes in");
}
