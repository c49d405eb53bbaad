//! Rows 5, 7 and 9 of the attacks: a ballot that holds anything but one option a row is refused, alone and in a batch.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Ciphertext, EncryptionKey, PublicKey,
    onehot::{ProofError, Proven, encrypt, verify, verify_batch},
};

use crate::{
    ballot::{SEED, key},
    textbook::{Forger, Vote, enc, hash},
    votes::{
        Change, accepted, add_to_point, blank, honest, honest_under, judge, numbers, of_numbers, place, read, refused,
        seeded, shape,
    },
};

#[test]
fn row_5_rows_that_are_not_one_hot_have_no_accepted_proof() {
    let one = |rows: &[&[i64]]| rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    let cases = [
        ("two options", one(&[&[1, 1, 0]])),
        ("two options, sum mended", one(&[&[1, 1, -1]])),
        ("all options", one(&[&[1, 1, 1]])),
        ("the value 2", one(&[&[2, 0, -1]])),
        ("the value 2 at last", one(&[&[-1, 0, 2]])),
        ("minus one", one(&[&[-1, 1, 1]])),
        ("no option, not even the implied one", one(&[&[0, 0, 0]])),
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
}

/// The proof of an honest ballot over cells that hold something else.
#[test]
fn row_5_a_claim_that_is_not_in_the_cells_is_refused() {
    let cases = [
        ("bits right, sum wrong", vec![vec![0, 0, 0]], vec![vec![0, 0, 1]]),
        ("sum right, bits wrong", vec![vec![2, -1, 0]], vec![vec![1, 0, 0]]),
        ("another option", vec![vec![1, 0, 0]], vec![vec![0, 1, 0]]),
        ("one row for another", vec![vec![1, 0, 0], vec![0, 1, 0]], vec![vec![0, 1, 0], vec![1, 0, 0]]),
        ("a short row", vec![vec![5, -4], vec![0, 1, 0]], vec![vec![1, 0], vec![0, 1, 0]]),
    ];
    for (what, bits, claimed) in cases {
        let rows: Vec<usize> = bits.iter().map(Vec::len).collect();
        // The implied option cannot be sent: "all zeros" means, in the cells, that the implied one is chosen.
        let implied = what == "bits right, sum wrong";
        let mut forger = Forger::new(blank(&rows), numbers(&bits));
        forger.claimed = numbers(&claimed);
        let vote = forger.forge();
        if implied { accepted(&vote) } else { refused(&vote, what) }
    }
}

/// Under one weight for both halves of an ElGamal equality, an error e in the first and −e in the second would cancel;
/// under one weight for several equations, errors of opposite sign between rows, or between ballots of a batch.
#[test]
fn row_5_errors_that_cancel_each_other_are_refused() {
    let e = RistrettoPoint::mul_base(&Scalar::from(77_u64));
    let none = RistrettoPoint::mul_base(&Scalar::ZERO);
    let bits = || numbers(&[vec![0, 1, 0], vec![0, 0, 1]]);
    let shifts = [
        ("halves", Ciphertext { a: e, b: -e }),
        ("first half", Ciphertext { a: e, b: none }),
        ("second half", Ciphertext { a: none, b: e }),
    ];
    let forge = |cells: &[(usize, Ciphertext)], commitments: &[(usize, Ciphertext)]| {
        let mut forger = Forger::new(blank(&[3, 3]), bits());
        (forger.shift_cells, forger.shift_commitments) = (cells.to_vec(), commitments.to_vec());
        forger.forge()
    };
    for (what, shift) in shifts {
        let back = Ciphertext { a: -shift.a, b: -shift.b };
        for i in 0..4 {
            refused(&forge(&[(i, shift)], &[]), &format!("{what} of ciphertext {i}"));
        }
        for i in 0..5 {
            refused(&forge(&[], &[(i, shift)]), &format!("{what} of commitment {i}"));
        }
        refused(&forge(&[], &[(0, shift), (1, back)]), &format!("{what} between rows"));
        for sign in [shift, back] {
            let vote = forge(&[], &[(0, shift), (2, sign)]);
            refused(&vote, &format!("{what} between a row and the product"));
        }
        // Neither ballot is right; together their errors are nought.
        let (one, other) = (forge(&[], &[(2, shift)]), forge(&[], &[(2, back)]));
        let (one_row, other_row) = (forge(&[], &[(0, shift)]), forge(&[], &[(0, back)]));
        for (one, other) in [(&one, &other), (&one_row, &other_row), (&one, &other_row), (&one_row, &other)] {
            let read = [read(one).unwrap(), read(other).unwrap()];
            assert_eq!(verify_batch(&one.key, &[&read[0], &read[1]], &SEED), Err(vec![0, 1]), "{what} between ballots");
        }
    }
}

/// Weights that could be known before the proof is fixed would let an error in one half be measured to hide one in the
/// other, even for somebody who guesses the verifier's seed.
#[test]
fn row_5_errors_made_to_measure_for_known_weights_are_refused() {
    let e = RistrettoPoint::mul_base(&Scalar::from(77_u64));
    let plain = || Forger::new(blank(&[3, 3]), numbers(&[vec![0, 1, 0], vec![0, 0, 1]]));
    let statement = plain().forge().fixed().statement;
    let of_statement = hash(&[b"veche-ballot-weights-1", &statement]);
    let bases = [
        hash(&[b"veche-batch-weights-1", &SEED]),
        hash(&[b"veche-batch-weights-1", &SEED, &statement]),
        hash(&[b"veche-batch-weights-1", &SEED, &of_statement]),
        hash(&[b"veche-batch-weights-1", &of_statement]),
        hash(&[b"veche-batch-weights-1"]),
    ];
    for base in bases {
        let first = hash(&[b"veche-batch-weight-1", &base, &0_u64.to_be_bytes()]);
        let weight = |i: usize| {
            let low: [u8; 16] = first[16 * i..16 * (i + 1)].try_into().unwrap();
            Scalar::from(u128::from_le_bytes(low))
        };
        let mut forger = plain();
        forger.shift_commitments = vec![(0, Ciphertext { a: weight(1) * e, b: -weight(0) * e })];
        refused(&forger.forge(), "made to measure");
    }
}

#[test]
fn row_7_one_seed_for_two_ballots_shares_no_mask() {
    let base = blank(&[3, 2, 6]);
    let make = |vote: &Vote, choices: &[usize], seed: &[u8; 32]| {
        encrypt(&EncryptionKey::new(vote.key), &vote.shape, &place(vote), choices, seed).unwrap()
    };
    let contexts: [Change; 7] = [
        |_| (),
        |v| v.election = [6; 32],
        |v| v.credential = [6; 32],
        |v| v.seq = 9,
        |v| v.prev = [6; 32],
        |v| v.shape = shape(&[2, 3, 6]),
        |v| v.key = PublicKey::from_point(RistrettoPoint::mul_base(&Scalar::from(2_u64))).unwrap(),
    ];
    let mut ballots = vec![];
    for change in contexts {
        let mut vote = base.clone();
        change(&mut vote);
        ballots.push(make(&vote, &[1, 0, 3], &SEED));
    }
    for choices in [[0, 0, 3], [1, 1, 3], [1, 0, 0], [2, 1, 5]] {
        ballots.push(make(&base, &choices, &SEED));
    }
    ballots.push(make(&base, &[1, 0, 3], &[0; 32]));
    // No point and no scalar of one ballot is in another, nor twice in one.
    let mut seen = std::collections::HashSet::new();
    for ballot in &ballots {
        let secrets = ballot.randomness.iter().map(|r| r.to_bytes());
        let points = ballot.cells.chunks(32).chain(ballot.proof.chunks(32)).map(|c| c.try_into().unwrap());
        for value in secrets.chain(points) {
            assert!(seen.insert(value), "a value occurs twice");
        }
    }
    let again = make(&base, &[1, 0, 3], &SEED);
    assert_eq!((&again.cells, &again.proof), (&ballots[0].cells, &ballots[0].proof));
}

#[test]
fn row_7_the_randomness_handed_out_opens_the_ballot() {
    let vote = blank(&[3, 2]);
    let made = encrypt(&EncryptionKey::new(vote.key), &vote.shape, &place(&vote), &[1, 1], &SEED).unwrap();
    let cells = [0_u64, 1, 0].iter().zip(made.randomness.iter()).map(|(m, r)| enc(&vote.key, Scalar::from(*m), *r));
    assert_eq!(crate::textbook::bytes(&cells.collect::<Vec<_>>()), made.cells);
}

fn is_one_hot(row: &[i64]) -> bool {
    row.iter().sum::<i64>() == 1 && row.iter().all(|n| *n == 0 || *n == 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The last option is what the cells imply, so that the prover tells no lie about it.
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

    /// Here the prover believes any numbers of the implied option, too.
    #[test]
    fn row_5_no_belief_about_the_implied_option_helps(
        rows in prop::collection::vec(prop::collection::vec(-3..=5_i64, 2..5), 1..3),
    ) {
        let verdict = judge(&of_numbers(&rows));
        if rows.iter().all(|row| is_one_hot(row)) {
            prop_assert_eq!(verdict, Ok(()));
        } else {
            prop_assert_eq!(verdict, Err(ProofError::Invalid));
        }
    }

    #[test]
    fn row_9_a_batch_names_exactly_the_culprits(bad in prop::collection::vec(0..6_u8, 1..12), seed: [u8; 32]) {
        let key = key();
        let ballots: Vec<Proven> = bad.iter().enumerate().map(|(i, kind)| {
            let mut vote = seeded(&[2, 3], &[i % 2, i % 3], &[i as u8; 32]);
            match kind {
                0 => vote.credential = [99; 32],
                1 => add_to_point(&mut vote.cells, i % 6, key.point()),
                2 => add_to_point(&mut vote.proof, i % 10, key.point()),
                _ => {}
            }
            read(&vote).unwrap()
        }).collect();
        let expected: Vec<usize> = (0..bad.len()).filter(|i| bad[*i] < 3).collect();
        for (i, ballot) in ballots.iter().enumerate() {
            prop_assert_eq!(verify(&key, ballot, &seed).is_err(), bad[i] < 3);
        }
        let named = verify_batch(&key, &ballots.iter().collect::<Vec<_>>(), &seed);
        prop_assert_eq!(named, if expected.is_empty() { Ok(()) } else { Err(expected) });
    }
}

/// Large enough for the library's other algorithm, the one with buckets, at its wider windows.
#[test]
fn row_9_a_large_batch_names_its_one_culprit() {
    let vote = honest(&[6; 7], &[0, 1, 2, 3, 4, 5, 0]);
    let (good, bad) = (read(&vote).unwrap(), read(&Vote { seq: 2, ..vote.clone() }).unwrap());
    for size in [2, 16, 64, 128] {
        assert_eq!(verify_batch(&vote.key, &vec![&good; size], &SEED), Ok(()), "{size}");
        for culprit in [0, size / 2, size - 1] {
            let mut batch = vec![&good; size];
            batch[culprit] = &bad;
            assert_eq!(verify_batch(&vote.key, &batch, &SEED), Err(vec![culprit]), "{size}");
        }
    }
}

#[test]
fn row_9_an_empty_batch_holds_and_a_batch_under_another_key_does_not() {
    assert_eq!(verify_batch(&key(), &[], &SEED), Ok(()));
    let other = PublicKey::from_point(RistrettoPoint::mul_base(&Scalar::from(2_u64))).unwrap();
    let ballot = honest_under(&key());
    assert_eq!(verify_batch(&other, &[&ballot, &ballot], &SEED), Err(vec![0, 1]));
    assert_eq!(verify(&other, &ballot, &SEED), Err(ProofError::Invalid));
}
