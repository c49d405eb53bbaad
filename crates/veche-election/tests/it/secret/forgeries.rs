//! Ballots that were moved, mended, made of others' or brought at the wrong time.

use super::*;

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
    let next = Position { seq: 2, prev: world.check_ballot(&mine).leaf() };
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
    // A row has an R and two C; in the proof an S, an A, an f and a z.
    let (rows, largest, point) = (4, 3, 32);
    let swap = |bytes: &mut Vec<u8>, at: usize, size: usize| {
        let (first, second) = (bytes[at..at + size].to_vec(), bytes[at + size..at + 2 * size].to_vec());
        bytes[at..at + 2 * size].copy_from_slice(&[second, first].concat());
    };
    let mut cells = my_cells.clone();
    swap(&mut cells, 0, 2 * point);
    swap(&mut cells, rows * point, 4 * point);
    bad("contests exchanged", put(&cells, &my_proof));
    let mut cells = my_cells.clone();
    swap(&mut cells, 0, point);
    bad("the randomness of two candidates exchanged", put(&cells, &my_proof));
    swap(&mut cells, rows * point, 2 * point);
    bad("candidates exchanged", put(&cells, &my_proof));
    let mut proof = my_proof.clone();
    for part in [0, rows, 2 * rows + largest, 3 * rows + largest] {
        swap(&mut proof, part * point, point);
    }
    bad("candidates exchanged with their proofs", put(&cells, &proof));
    // Another encryption of zero added to a row: R and every C of it.
    let keys = world.election.secret().unwrap().parameters.keys().points().to_vec();
    let again = |points: &mut Vec<Point>, row: usize, r: u64| {
        let r = Scalar::from(r);
        points[row] += Point::mul_base(&r);
        (0..2).for_each(|k| points[rows + 2 * row + k] += r * keys[k]);
    };
    bad("re-randomised", with_cells(&world, &mine, |points| again(points, 0, 7)));
    let copied = with_cells(&world, &theirs, |points| (0..4).for_each(|row| again(points, row, 7 + row as u64)));
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
    // The keys are the same, the points that hide the proof's coefficients are not.
    let parameters = |election: &Election| election.secret().unwrap().parameters.clone();
    assert_eq!(parameters(&other).keys(), parameters(&world.election).keys());
    assert_ne!(parameters(&other), parameters(&world.election));
    let ballot = world.ballot(0, FIRST, "1");
    assert!(matches!(CheckedBallot::check(&ballot, &other, &crate::fixture::WEIGHTS), Err(EntryError::Election)));
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
    let theirs = group::points(&theirs).unwrap();
    let one = Point::mul_base(&Scalar::ONE);
    // Four rows: behind their R come three options sent of each of two candidates, and two of each of two others.
    let bit = |row: usize, option: usize| 4 + [0, 3, 6, 8][row] + option;
    let bad = |what: &str, change: &dyn Fn(&mut Vec<Point>)| {
        println!("{what}");
        refused_proof(&world.election, &mine, &with_cells(&world, &mine, change));
    };
    bad("the sum of two ballots", &|points| (0..points.len()).for_each(|i| points[i] += theirs[i]));
    bad("a ballot twice", &|points| points.iter_mut().for_each(|point| *point += *point));
    bad("a ballot taken away", &|points| points.iter_mut().for_each(|point| *point = -*point));
    bad("two levels of one candidate", &|points| points[bit(0, 1)] += one);
    bad("the value 2", &|points| points[bit(0, 0)] += one);
    bad("the value -1", &|points| points[bit(0, 2)] -= one);
    bad("1 in a row that held no opinion", &|points| points[bit(1, 0)] += one);
    bad("a compensating pair", &|points| {
        points[bit(0, 0)] += one;
        points[bit(0, 1)] -= one;
    });
    bad("a pair over two rows", &|points| {
        points[bit(0, 0)] -= one;
        points[bit(1, 0)] += one;
    });
    bad("in the short row", &|points| points[bit(2, 1)] += one);
    bad("levels exchanged", &|points| points.swap(bit(0, 0), bit(0, 1)));
    bad("a bit under another option's key", &|points| {
        let keys = world.election.secret().unwrap().parameters.keys().points();
        points[bit(0, 0)] += keys[1] - keys[0];
    });
    bad("another voter's randomness", &|points| points[0] = theirs[0]);
    bad("another voter's randomness added", &|points| points[0] += theirs[0]);
    // Without randomness, or with that of another row, everybody would read the row: not even looked at.
    let cells_error = |change: &dyn Fn(&mut Vec<Point>)| match world.refusal(&with_cells(&world, &mine, change)) {
        EntryError::Proof(ProofError::Cells(error)) => error,
        other => panic!("{other}"),
    };
    assert_eq!(cells_error(&|points| points[1] = Point::default()), DecodeError::Identity);
    assert_eq!(cells_error(&|points| points[9] = Point::default()), DecodeError::Identity);
    assert_eq!(cells_error(&|points| points[3] = points[1]), DecodeError::Repeated(4));
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
    assert!(matches!(CheckedBallot::check(&ballot, &plain.election, &crate::fixture::WEIGHTS), Err(EntryError::Kind)));
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
        CheckedBallot::check(&bad, &world.election, &crate::fixture::WEIGHTS).is_err()
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
    let second = world.ballot(0, Position { seq: 2, prev: world.check_ballot(&withheld).leaf() }, "0");
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
    let reread = |i: usize| BallotAgain::read(&log.entries[i], &world.election).unwrap();
    let (right, wrong) = (reread(5), reread(6));
    let never_cast = BallotAgain::read(&world.ballot(0, FIRST, "0"), &world.election).unwrap();
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
