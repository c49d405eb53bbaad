//! Rows 5, 7 and 9 of the attacks: a ballot that holds anything but one option a row, or more or fewer approvals than it may,
//! is refused, alone and in a batch.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Bounded, Layout,
    onehot::{ProofError, Proven, encrypt, verify, verify_batch},
};

use crate::{
    ballot::{SEED, approvals},
    textbook::{self, Forger, Forgets, Vote, base, hash},
    votes::{
        Change, accepted, add_to_point, blank, blank_of, honest, honest_beside, judge, numbers, of_numbers, of_scalars,
        parameters, place, read, refused, seeded,
    },
};

#[test]
fn row_5_rows_that_are_not_one_hot_have_no_accepted_proof() {
    let one = |rows: &[&[i64]]| rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    let cases = [
        ("two options", one(&[&[1, 1, 0]])),
        ("all options", one(&[&[1, 1, 1, -2]])),
        ("the value 2", one(&[&[2, 0, -1]])),
        ("the value 2 behind", one(&[&[0, 2, -1]])),
        ("minus one", one(&[&[-1, 1, 1]])),
        ("a pair that makes up for itself within a row", one(&[&[5, -5, 1]])),
        ("a pair that makes up for itself across rows", one(&[&[2, -1, 0], &[-1, 2, 0]])),
        ("one row with two, one with none", one(&[&[1, 1, -1], &[0, 0, 1], &[0, 0, 0]])),
        ("a bad value in the short row", one(&[&[2, -1], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]])),
        ("minus one in the short row", one(&[&[-1, 2], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])),
        ("a bad short row at the end", one(&[&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 0], &[3, -2]])),
        ("a bad long row beside a short one", one(&[&[1, 0], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 2, -1]])),
        ("approval twice", one(&[&[2, -1]])),
        ("approval withdrawn from another", one(&[&[-1, 2], &[2, -1]])),
    ];
    for (what, rows) in &cases {
        refused(&of_numbers(rows), what);
        refused(&Forger::new(blank(&rows.iter().map(Vec::len).collect::<Vec<_>>()), numbers(rows)).forge(), what);
    }
    // Half an option in one row, half in another; and half of it implied.
    let half = Scalar::ONE.div_by_2();
    for rows in [vec![vec![half, half]], vec![vec![half, half], vec![half, half]], vec![vec![half, half, Scalar::ZERO]]]
    {
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        refused(&of_scalars(blank(&lengths), rows), "halves");
    }
}

/// The proof of an honest ballot over cells that hold something else.
#[test]
fn row_5_a_claim_that_is_not_in_the_cells_is_refused() {
    let cases = [
        ("no option is the implied one", vec![vec![0, 0, 0]], vec![vec![0, 0, 1]]),
        ("sum right, bits wrong", vec![vec![2, -1, 0]], vec![vec![1, 0, 0]]),
        ("another option", vec![vec![1, 0, 0]], vec![vec![0, 1, 0]]),
        ("one row for another", vec![vec![1, 0, 0], vec![0, 1, 0]], vec![vec![0, 1, 0], vec![1, 0, 0]]),
        ("a short row", vec![vec![5, -4], vec![0, 1, 0]], vec![vec![1, 0], vec![0, 1, 0]]),
    ];
    for (what, bits, claimed) in cases {
        let rows: Vec<usize> = bits.iter().map(Vec::len).collect();
        let implied = what == "no option is the implied one";
        let mut forger = Forger::new(blank(&rows), numbers(&bits));
        forger.claimed = numbers(&claimed);
        let vote = forger.forge();
        if implied { accepted(&vote) } else { refused(&vote, what) }
    }
}

/// Every number of approvals of every small contest, and the bounds kept exactly.
#[test]
fn row_5_approvals_beyond_the_bounds_are_refused_and_all_others_accepted() {
    for candidates in 1..=4_usize {
        for most in 1..=candidates {
            for least in (0..=most).filter(|least| (*least, most) != (0, candidates)) {
                let vote = blank_of(approvals(candidates, least, most));
                for given in 0..=candidates {
                    let row = |i: usize| if i < given { vec![0, 1] } else { vec![1, 0] };
                    let bits = numbers(&(0..candidates).map(row).collect::<Vec<_>>());
                    let (ours, theirs) =
                        (of_scalars(vote.clone(), bits.clone()), Forger::new(vote.clone(), bits).forge());
                    for ballot in [ours, theirs] {
                        if (least..=most).contains(&given) { accepted(&ballot) } else { refused(&ballot, "bounds") }
                    }
                }
            }
        }
    }
    // Numbers that are no bits and have a sum that is allowed.
    let vote = blank_of(approvals(3, 1, 2));
    for rows in [[[2, -1], [0, 1], [0, 1]], [[-1, 2], [1, 0], [1, 0]], [[3, -2], [-1, 2], [0, 1]]] {
        refused(&of_scalars(vote.clone(), numbers(&rows.map(Vec::from))), "no bits");
    }
}

/// Beside rows of other lengths, and two bounded contests whose sums would make up for each other.
#[test]
fn row_5_bounds_hold_for_each_contest_by_itself() {
    let bounded = |rows, least, most| Bounded { rows, least, most };
    let layout = Layout::new(vec![2, 2, 4, 2, 2, 2], vec![bounded(0..2, 1, 1), bounded(3..6, 1, 2)]).unwrap();
    let make = |first: [i64; 2], second: [i64; 3]| {
        let row = |approved: &i64| vec![1 - approved, *approved];
        let rows = first.iter().map(row).chain([vec![0, 0, 1, 0]]).chain(second.iter().map(row));
        numbers(&rows.collect::<Vec<_>>())
    };
    for (first, second, good) in [
        ([1, 0], [1, 0, 1], true),
        ([0, 1], [0, 0, 1], true),
        ([1, 1], [0, 0, 1], false),
        ([0, 0], [1, 1, 1], false),
        ([1, 1], [0, 0, 0], false),
        ([0, 1], [0, 0, 0], false),
        ([0, 1], [1, 1, 1], false),
    ] {
        let vote = of_scalars(blank_of(layout.clone()), make(first, second));
        if good { accepted(&vote) } else { refused(&vote, &format!("{first:?} {second:?}")) }
    }
}

/// Forged where the sum shared a power of ρ with a row, and where it had no power of c.
#[test]
fn row_5_each_forgery_of_bounds_fools_the_verifier_it_was_made_for_and_no_other() {
    let exactly_one = || blank_of(approvals(2, 1, 1));
    // (v_1)² − v_1 + (v_1 + v_2 − 1) = 0 for refusals −1 and 0.
    let mut forger = Forger::new(exactly_one(), numbers(&[vec![-1, 2], vec![0, 1]]));
    forger.fools = Forgets::OwnPower;
    let vote = forger.forge();
    assert_eq!(vote.failing(Forgets::OwnPower), Some(None));
    refused(&vote, "a power of ρ for two claims");
    for row in [vec![1, 0], vec![0, 1]] {
        let mut forger = Forger::new(exactly_one(), numbers(&[row.clone(), row]));
        forger.fools = Forgets::Padding;
        let vote = forger.forge();
        assert_eq!(vote.failing(Forgets::Padding), Some(None));
        refused(&vote, "no power of c");
    }
}

/// Under one weight for both equations of a row, an error in the first and its opposite in the second would cancel; under
/// one weight for several equations, errors of opposite sign between rows, or between ballots of a batch.
#[test]
fn row_5_errors_that_cancel_each_other_are_refused() {
    let e = base(Scalar::from(77_u64));
    let forge = |cells: &[(usize, RistrettoPoint)], commitments: &[(usize, RistrettoPoint)]| {
        let mut forger = Forger::new(blank(&[3, 3]), numbers(&[vec![0, 1, 0], vec![0, 0, 1]]));
        (forger.shift_cells, forger.shift_commitments) = (cells.to_vec(), commitments.to_vec());
        forger.forge()
    };
    for i in 0..6 {
        refused(&forge(&[(i, e)], &[]), &format!("point {i} of the ciphertexts"));
    }
    for i in 0..7 {
        refused(&forge(&[], &[(i, e)]), &format!("commitment {i}"));
        for j in (0..7).filter(|j| *j != i) {
            refused(&forge(&[], &[(i, e), (j, -e)]), &format!("commitments {i} and {j}"));
            // Neither ballot is right; together their errors are nought.
            let (one, other) = (forge(&[], &[(i, e)]), forge(&[], &[(j, -e)]));
            let ballots = [read(&one).unwrap(), read(&other).unwrap()];
            let named = verify_batch(&parameters(&one), &[&ballots[0], &ballots[1]], &SEED);
            assert_eq!(named, Err(vec![0, 1]), "{i} and {j} between ballots");
        }
        let (one, other) = (forge(&[], &[(i, e)]), forge(&[], &[(i, -e)]));
        let ballots = [read(&one).unwrap(), read(&other).unwrap()];
        let named = verify_batch(&parameters(&one), &[&ballots[0], &ballots[1]], &SEED);
        assert_eq!(named, Err(vec![0, 1]), "{i} between ballots");
    }
}

/// Weights that could be known before the proof is fixed would let an error in one equation be measured to hide one in the
/// other, even for somebody who guesses the verifier's seed.
#[test]
fn row_5_errors_made_to_measure_for_known_weights_are_refused() {
    let e = base(Scalar::from(77_u64));
    let plain = || Forger::new(blank(&[3, 3]), numbers(&[vec![0, 1, 0], vec![0, 0, 1]]));
    let statement = plain().forge().fixed().statement;
    let of_statement = hash(&[b"veche-ballot-weights-2", &statement]);
    let bases = [
        hash(&[b"veche-batch-weights-2", &SEED]),
        hash(&[b"veche-batch-weights-2", &SEED, &statement]),
        hash(&[b"veche-batch-weights-2", &SEED, &of_statement]),
        hash(&[b"veche-batch-weights-2", &of_statement]),
        hash(&[b"veche-batch-weights-2"]),
    ];
    for base in bases {
        let first = hash(&[b"veche-batch-weight-2", &base, &0_u64.to_be_bytes()]);
        let weight = |i: usize| {
            let low: [u8; 16] = first[16 * i..16 * (i + 1)].try_into().unwrap();
            Scalar::from(u128::from_le_bytes(low))
        };
        let mut forger = plain();
        // S of the first two rows, then S and A of the first: weights 0 and 1, 0 and 2.
        forger.shift_commitments = vec![(0, weight(1) * e), (1, -weight(0) * e)];
        refused(&forger.forge(), "made to measure between rows");
        let mut forger = plain();
        forger.shift_commitments = vec![(0, weight(2) * e), (2, -weight(0) * e)];
        refused(&forger.forge(), "made to measure within a row");
    }
}

#[test]
fn row_7_one_seed_for_two_ballots_shares_no_mask() {
    let start = blank(&[3, 2, 6]);
    let make = |vote: &Vote, choices: &[usize], seed: &[u8; 32]| {
        encrypt(&parameters(vote), &place(vote), choices, seed).unwrap()
    };
    let bounded = |least, most| Layout::new(vec![3, 2, 2], vec![Bounded { rows: 1..3, least, most }]).unwrap();
    let contexts: [Change; 9] = [
        |_| (),
        |v| v.election = [6; 32],
        |v| v.credential = [6; 32],
        |v| v.seq = 9,
        |v| v.prev = [6; 32],
        |v| v.layout = Layout::new(vec![2, 3, 6], vec![]).unwrap(),
        |v| v.keys[4] += base(Scalar::ONE),
        |v| v.keys.swap(0, 1),
        |v| v.layout = Layout::new(vec![3, 3, 6], vec![]).unwrap(),
    ];
    let mut ballots = vec![];
    for change in contexts {
        let mut vote = start.clone();
        change(&mut vote);
        ballots.push(make(&vote, &[1, 0, 3], &SEED));
    }
    for choices in [[0, 0, 3], [1, 1, 3], [1, 0, 0], [2, 1, 5]] {
        ballots.push(make(&start, &choices, &SEED));
    }
    ballots.push(make(&start, &[1, 0, 3], &[0; 32]));
    // The same rows under other bounds.
    for layout in [bounded(1, 1), bounded(0, 1), bounded(1, 2)] {
        ballots.push(make(&blank_of(layout), &[2, 0, 1], &SEED));
    }
    // No point and no scalar of one ballot is in another, nor twice in one.
    let mut seen = std::collections::HashSet::new();
    for ballot in &ballots {
        let secrets = ballot.randomness.iter().map(|r| r.to_bytes());
        let points = ballot.cells.chunks(32).chain(ballot.proof.chunks(32)).map(|c| c.try_into().unwrap());
        for value in secrets.chain(points) {
            assert!(seen.insert(value), "a value occurs twice");
        }
    }
    let again = make(&start, &[1, 0, 3], &SEED);
    assert_eq!((&again.cells, &again.proof), (&ballots[0].cells, &ballots[0].proof));
}

/// One scalar for each row opens all of it, and nothing else does.
#[test]
fn row_7_the_randomness_handed_out_opens_the_ballot() {
    let vote = blank(&[3, 2, 4]);
    let (parameters, choices) = (parameters(&vote), [1, 1, 0]);
    let made = encrypt(&parameters, &place(&vote), &choices, &SEED).unwrap();
    let r = made.randomness.to_vec();
    let mut points: Vec<RistrettoPoint> = r.iter().map(|r| base(*r)).collect();
    for ((options, choice), r) in vote.layout.rows().iter().zip(choices).zip(&r) {
        points.extend((0..options - 1).map(|k| base(Scalar::from(u64::from(k == choice))) + r * vote.keys[k]));
    }
    assert_eq!(textbook::bytes(&points), made.cells);

    let cells = parameters.read_cells(&made.cells).unwrap();
    assert_eq!(parameters.check_opened(&cells, &choices, &r), Ok(()));
    assert_eq!(parameters.check_opened(&cells, &[1, 1, 3], &r), Err(3));
    assert_eq!(parameters.check_opened(&cells, &[1, 0, 0], &r), Err(2));
    assert_eq!(parameters.check_opened(&cells, &[2, 1, 0], &r), Err(1));
    for row in 0..3 {
        let mut other = r.clone();
        other[row] += Scalar::ONE;
        assert_eq!(parameters.check_opened(&cells, &choices, &other), Err(row + 1));
    }
    // R right and C wrong, and the reverse.
    for place in 0..points.len() {
        let mut changed = points.clone();
        changed[place] += base(Scalar::ONE);
        let cells = parameters.read_cells(&textbook::bytes(&changed)).unwrap();
        assert!(parameters.check_opened(&cells, &choices, &r).is_err(), "point {place}");
    }
}

/// Extraction: who answers two challenges over the same commitments knows the randomness and the bits.
#[test]
fn two_challenges_give_back_the_randomness_and_the_bits() {
    let bits = numbers(&[vec![0, 1, 0], vec![1, 0]]);
    let make = |c: u64| {
        let mut forger = Forger::new(blank(&[3, 2]), bits.clone());
        forger.simulated = Some(Scalar::from(c));
        // The masks are those of the forger without a chosen challenge.
        forger.rewound = true;
        forger.forge()
    };
    let (one, two) = (make(5), make(9));
    assert_eq!(one.cells, two.cells);
    assert_eq!(one.proof[..one.commitments_bytes()], two.proof[..one.commitments_bytes()]);
    let scalar = |vote: &Vote, i: usize| {
        let at = vote.commitments_bytes() + 32 * i;
        Scalar::from_canonical_bytes(vote.proof[at..at + 32].try_into().unwrap()).unwrap()
    };
    let extract = |i: usize| (scalar(&one, i) - scalar(&two, i)) * (Scalar::from(5_u64) - Scalar::from(9_u64)).invert();
    let gamma = one.fixed().gamma;
    assert_eq!([extract(0), extract(1)], [gamma, Scalar::ONE], "v_1 = γ^1 and v_2 = γ^0");
    let cells = textbook::read(&one.cells).unwrap();
    assert_eq!([base(extract(2)), base(extract(3))], [cells[0], cells[1]], "r_1 and r_2");
}

fn is_one_hot(row: &[i64]) -> bool {
    row.iter().sum::<i64>() == 1 && row.iter().all(|n| *n == 0 || *n == 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The last option is what the cells imply.
    #[test]
    fn row_5_only_one_hot_rows_are_proven(
        mut rows in prop::collection::vec(prop::collection::vec(prop_oneof![4 => 0..=1_i64, 1 => -3..=5_i64], 2..6), 1..4),
    ) {
        for row in &mut rows {
            let last = row.len() - 1;
            row[last] = 1 - row[..last].iter().sum::<i64>();
        }
        let verdict = judge(&of_numbers(&rows));
        if rows.iter().all(|row| is_one_hot(row)) {
            prop_assert_eq!(verdict, Ok(()));
        } else {
            prop_assert_eq!(verdict, Err(ProofError::Invalid));
        }
    }

    #[test]
    fn row_9_a_batch_names_exactly_the_culprits(bad in prop::collection::vec(0..6_u8, 1..12), seed: [u8; 32]) {
        let by = base(Scalar::from(12_345_u64));
        let ballots: Vec<Proven> = bad.iter().enumerate().map(|(i, kind)| {
            let mut vote = seeded(&[2, 3], &[i % 2, i % 3], &[i as u8; 32]);
            match kind {
                0 => vote.credential = [99; 32],
                1 => add_to_point(&mut vote.cells, i % 5, &by),
                2 => add_to_point(&mut vote.proof, i % 7, &by),
                _ => {}
            }
            read(&vote).unwrap()
        }).collect();
        let parameters = parameters(&blank(&[2, 3]));
        let expected: Vec<usize> = (0..bad.len()).filter(|i| bad[*i] < 3).collect();
        for (i, ballot) in ballots.iter().enumerate() {
            prop_assert_eq!(verify(&parameters, ballot, &seed).is_err(), bad[i] < 3);
        }
        let named = verify_batch(&parameters, &ballots.iter().collect::<Vec<_>>(), &seed);
        prop_assert_eq!(named, if expected.is_empty() { Ok(()) } else { Err(expected) });
    }
}

/// Large enough for every way of multiplying, at its wider windows.
#[test]
fn row_9_a_large_batch_names_its_one_culprit() {
    let vote = honest(&[6; 7], &[0, 1, 2, 3, 4, 5, 0]);
    let parameters = parameters(&vote);
    let (good, bad) = (read(&vote).unwrap(), read(&Vote { seq: 2, ..vote.clone() }).unwrap());
    for size in [2, 16, 64, 128] {
        assert_eq!(verify_batch(&parameters, &vec![&good; size], &SEED), Ok(()), "{size}");
        for culprit in [0, size / 2, size - 1] {
            let mut batch = vec![&good; size];
            batch[culprit] = &bad;
            assert_eq!(verify_batch(&parameters, &batch, &SEED), Err(vec![culprit]), "{size}");
        }
    }
}

#[test]
fn row_9_an_empty_batch_holds_and_a_batch_of_another_election_does_not() {
    let (vote, mut other) = (blank(&[2]), blank(&[2]));
    assert_eq!(verify_batch(&parameters(&vote), &[], &SEED), Ok(()));
    other.keys[0] += base(Scalar::ONE);
    let ballot = honest_beside(&vote);
    assert_eq!(verify(&parameters(&vote), &ballot, &SEED), Ok(()));
    assert_eq!(verify_batch(&parameters(&other), &[&ballot, &ballot], &SEED), Err(vec![0, 1]));
    assert_eq!(verify(&parameters(&other), &ballot, &SEED), Err(ProofError::Invalid));
}
