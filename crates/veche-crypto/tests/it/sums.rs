//! Rows 26 to 29 of the attacks: the opening of a sum, and the arithmetic of sums and weights.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Ciphertext, EncryptionKey,
    dleq::{DleqError, Statement},
    dlog::Table,
    group::{DecodeError, encode_points},
    opening::{Opening, Share, check_rehearsal, rehearse},
    transcript::Transcript,
};

use crate::{
    ballot::key,
    dealing::interpolate_at_zero,
    encodings::{bad_points, bad_scalars},
    opening::ceremony,
    textbook::{enc, hash_to_scalar, random, scale},
};

const ELECTION: [u8; 32] = [1; 32];
const SUM: [u8; 32] = [2; 32];

fn cells(key: &veche_crypto::PublicKey, counts: &[u64]) -> Vec<Ciphertext> {
    let mut next = random("cells");
    counts.iter().map(|m| enc(key, Scalar::from(*m), next())).collect()
}

fn opening(cells: &[Ciphertext]) -> Opening<'_> {
    Opening { election: &ELECTION, sum: &SUM, cells }
}

#[test]
fn row_26_every_t_of_n_opens_one_result_and_no_fewer_do() {
    for (n, t) in (1..=5).flat_map(|n| (1..=n).map(move |t| (n, t))) {
        let (key, trustees) = ceremony(n, t);
        let secrets: Vec<(u32, Scalar)> = (1..).zip(trustees.iter().map(|(secret, _)| *secret)).collect();
        let cells = cells(&key, &[3, 0]);
        let opening = opening(&cells);
        let shares: Vec<(u32, Vec<RistrettoPoint>)> = (1..)
            .zip(&trustees)
            .map(|(i, (secret, public))| {
                assert_eq!(RistrettoPoint::mul_base(secret), *public, "trustee {i} of {n}");
                (i, opening.check(i, public, &opening.share(i, secret, &[3; 32])).unwrap())
            })
            .collect();
        let expected = [3_u64, 0].map(|m| RistrettoPoint::mul_base(&Scalar::from(m)));
        for subset in 1..1_u32 << n {
            let chosen = |i: &u32| subset >> (i - 1) & 1 == 1;
            let some: Vec<_> = shares.iter().filter(|(i, _)| chosen(i)).cloned().collect();
            let some_secrets: Vec<_> = secrets.iter().filter(|(i, _)| chosen(i)).copied().collect();
            let enough = subset.count_ones() >= t;
            assert_eq!(opening.combine(&some).unwrap() == expected, enough, "subset {subset:b} of {n}, {t} needed");
            let backwards: Vec<_> = some.iter().rev().cloned().collect();
            assert!(
                opening.combine(&backwards).unwrap() == opening.combine(&some).unwrap(),
                "the order does not matter"
            );
            let joint = RistrettoPoint::mul_base(&interpolate_at_zero(&some_secrets));
            assert_eq!(joint == *key.point(), enough, "the secret itself");
        }
    }
}

#[test]
fn row_27_a_bad_share_is_refused_whatever_is_wrong_with_it() {
    let (key, trustees) = ceremony(3, 2);
    let cells = cells(&key, &[5, 7, 0]);
    let right = opening(&cells);
    let (secret, public) = &trustees[0];
    let share = right.share(1, secret, &[3; 32]);
    right.check(1, public, &share).unwrap();
    let invalid = |opening: &Opening<'_>, trustee: u32, key: &RistrettoPoint, share: &Share, why: &str| {
        assert_eq!(opening.check(trustee, key, share), Err(DleqError::Invalid), "{why}");
    };
    invalid(&right, 2, public, &share, "another number");
    invalid(&right, 2, &trustees[1].1, &share, "another trustee");
    invalid(&right, 1, &trustees[1].1, &share, "another key");
    invalid(&Opening { election: &[8; 32], ..opening(&cells) }, 1, public, &share, "another election");
    invalid(&Opening { sum: &[8; 32], ..opening(&cells) }, 1, public, &share, "another sum by name");
    let mut others = cells.clone();
    others[1].a += RistrettoPoint::mul_base(&Scalar::ONE);
    invalid(&opening(&others), 1, public, &share, "another sum");
    others.swap(0, 2);
    invalid(&opening(&others), 1, public, &share, "cells in another order");
    invalid(&right, 1, public, &right.share(1, &trustees[1].0, &[3; 32]), "made with another secret");
    invalid(&right, 1, public, &right.share(2, secret, &[3; 32]), "made under another number");

    let images: Vec<RistrettoPoint> = cells.iter().map(|cell| secret * cell.a).collect();
    let e = RistrettoPoint::mul_base(&Scalar::from(9_u64));
    let changes: [(&str, [RistrettoPoint; 3]); 5] = [
        ("one value", [images[0] + e, images[1], images[2]]),
        ("two values that make up for each other", [images[0] + e, images[1] - e, images[2]]),
        ("two other values that do", [images[0], images[1] - e, images[2] + e]),
        ("values in another order", [images[1], images[0], images[2]]),
        ("identities", [RistrettoPoint::mul_base(&Scalar::ZERO); 3]),
    ];
    for (why, values) in changes {
        invalid(&right, 1, public, &Share { values: encode_points(&values), proof: share.proof }, why);
    }
    for (got, values) in [(0, &[][..]), (2, &images[..2]), (4, &[images.clone(), vec![e]].concat()[..])] {
        let share = Share { values: encode_points(values), proof: share.proof };
        assert_eq!(right.check(1, public, &share), Err(DleqError::Count { got, expected: 3 }));
    }
    let read = |values: Vec<u8>| right.check(1, public, &Share { values, proof: share.proof });
    assert_eq!(read([&share.values[..], &[0]].concat()), Err(DleqError::Read(DecodeError::Length)));
    for bad in bad_points() {
        assert_eq!(read([&bad[..], &share.values[32..]].concat()), Err(DleqError::Read(DecodeError::Point)));
    }
    for bit in 0..8 * 64 {
        let mut flipped = share.clone();
        flipped.proof[bit / 8] ^= 1 << (bit % 8);
        assert!(right.check(1, public, &flipped).is_err(), "bit {bit} of the proof");
    }
    for half in [0, 32] {
        for bad in bad_scalars(share.proof[half..half + 32].try_into().unwrap()) {
            let mut odd = share.clone();
            odd.proof[half..half + 32].copy_from_slice(&bad);
            assert_eq!(right.check(1, public, &odd), Err(DleqError::Read(DecodeError::Scalar)));
        }
    }
}

#[test]
fn row_28_a_rehearsal_is_bound_and_is_no_share() {
    let (_, trustees) = ceremony(3, 2);
    let (secret, public) = &trustees[0];
    let made = rehearse(&ELECTION, 1, secret, &[3; 32]);
    assert_eq!(check_rehearsal(&ELECTION, 1, public, &made), Ok(()));
    let invalid = Err(DleqError::Invalid);
    assert_eq!(check_rehearsal(&[8; 32], 1, public, &made), invalid, "another election");
    assert_eq!(check_rehearsal(&ELECTION, 2, public, &made), invalid, "another number");
    assert_eq!(check_rehearsal(&ELECTION, 1, &trustees[1].1, &made), invalid, "another key");
    let lost = rehearse(&ELECTION, 1, &Scalar::from(5_u64), &[3; 32]);
    assert_eq!(check_rehearsal(&ELECTION, 1, public, &lost), invalid, "the key is lost");
    let two = Share { values: made.values.repeat(2), proof: made.proof };
    assert_eq!(check_rehearsal(&ELECTION, 1, public, &two), Err(DleqError::Count { got: 2, expected: 1 }));
    let none = Share { values: vec![], proof: made.proof };
    assert_eq!(check_rehearsal(&ELECTION, 1, public, &none), Err(DleqError::Count { got: 0, expected: 1 }));

    // The same point as a cell of a sum: the share is no rehearsal, the rehearsal no share.
    let base =
        RistrettoPoint::mul_base(&hash_to_scalar(&[b"veche-rehearsal-point-1", &ELECTION, &1_u64.to_be_bytes()]));
    assert_eq!(made.values, encode_points(&[secret * base]));
    let image = [secret * base];
    let statement = |label: &str| {
        let mut domain = Transcript::new(label);
        domain.bytes(&ELECTION).number(1);
        Statement { domain, public, bases: std::slice::from_ref(&base), images: &image }
    };
    assert_eq!(statement("veche-rehearsal-1").verify(&made.proof), Ok(()), "under a label of its own");
    assert_eq!(statement("veche-share-1").verify(&made.proof), invalid);
    let cell = [Ciphertext { a: base, b: base }];
    let share = opening(&cell).share(1, secret, &[3; 32]);
    assert_eq!(share.values, made.values);
    assert_eq!(opening(&cell).check(1, public, &made).map(|_| ()), invalid);
    assert_eq!(check_rehearsal(&ELECTION, 1, public, &share), invalid);
}

#[test]
fn row_7_one_seed_for_two_shares_repeats_no_mask() {
    let (key, trustees) = ceremony(2, 1);
    let (one, two) = (cells(&key, &[1]), cells(&key, &[1, 2]));
    let (secret, other) = (&trustees[0].0, &(trustees[0].0 + Scalar::ONE));
    let shares = [
        opening(&one).share(1, secret, &[3; 32]),
        opening(&two).share(1, secret, &[3; 32]),
        Opening { election: &[8; 32], ..opening(&one) }.share(1, secret, &[3; 32]),
        Opening { sum: &[8; 32], ..opening(&one) }.share(1, secret, &[3; 32]),
        opening(&one).share(2, secret, &[3; 32]),
        opening(&one).share(1, other, &[3; 32]),
        opening(&one).share(1, secret, &[4; 32]),
        rehearse(&ELECTION, 1, secret, &[3; 32]),
    ];
    // k = s − c·x; one k under two challenges would give the secret away.
    let secrets = [secret, secret, secret, secret, secret, other, secret, secret];
    let masks = shares.iter().zip(secrets).map(|(share, x)| {
        let scalar = |half: &[u8]| Scalar::from_canonical_bytes(half.try_into().unwrap()).unwrap();
        (scalar(&share.proof[32..]) - scalar(&share.proof[..32]) * x).to_bytes()
    });
    let masks: std::collections::HashSet<[u8; 32]> = masks.collect();
    assert_eq!(masks.len(), shares.len());
    assert_eq!(shares[0], opening(&one).share(1, secret, &[3; 32]));
}

#[test]
fn row_29_a_sum_of_nothing_opens_to_nothing() {
    let (_, trustees) = ceremony(3, 2);
    let cells = [Ciphertext::zero(); 3];
    let opening = opening(&cells);
    let shares: Vec<_> = [1_u32, 3]
        .map(|i| {
            let (secret, public) = &trustees[i as usize - 1];
            (i, opening.check(i, public, &opening.share(i, secret, &[3; 32])).unwrap())
        })
        .to_vec();
    let table = Table::new(0);
    assert!(opening.combine(&shares).unwrap().iter().all(|point| table.solve(point) == Some(0)));
    // Nobody can make something of it.
    let e = RistrettoPoint::mul_base(&Scalar::ONE);
    let honest = opening.share(1, &trustees[0].0, &[3; 32]);
    let lie = Share { values: encode_points(&[e, -e, e]), proof: honest.proof };
    assert_eq!(opening.check(1, &trustees[0].1, &lie), Err(DleqError::Invalid));
}

fn point(m: u64) -> RistrettoPoint {
    RistrettoPoint::mul_base(&Scalar::from(m))
}

#[test]
fn row_29_numbers_are_found_up_to_the_bound_and_not_above() {
    for bound in [0, 1, 2, 15, 16, 17, 255, 256, 257, 65_535, 65_536, 65_537] {
        let table = Table::new(bound);
        for m in [0, 1, bound / 2, bound.saturating_sub(1), bound].into_iter().filter(|m| *m <= bound) {
            assert_eq!(table.solve(&point(m)), Some(m), "{m} of {bound}");
        }
        for m in [bound + 1, bound + 2, 2 * bound + 100, u64::MAX] {
            assert_eq!(table.solve(&point(m)), None, "{m} of {bound}");
        }
        assert_eq!(table.solve(&-point(1)), None);
    }
}

#[test]
fn row_29_every_number_below_a_small_bound_is_found() {
    let table = Table::new(1_300);
    let mut next = RistrettoPoint::mul_base(&Scalar::ZERO);
    for m in 0..1_400 {
        assert_eq!(table.solve(&next), (m <= 1_300).then_some(m));
        next += point(1);
    }
}

#[test]
fn row_29_large_numbers_are_found_quickly() {
    let table = Table::new(100_000_000);
    for m in [0, 1, 9_999, 10_000, 16_383, 16_384, 73_916_257, 99_999_999, 100_000_000] {
        assert_eq!(table.solve(&point(m)), Some(m));
    }
    assert_eq!(table.solve(&point(100_000_001)), None);
    let wide = Table::new(1 << 40);
    for m in [0, 669, 1 << 20, (1 << 20) + 1, 1 << 24] {
        assert_eq!(wide.solve(&point(m)), Some(m));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weights_are_repeated_addition(weight in 0..40_u64, m in 0..9_u64) {
        let cell = EncryptionKey::new(key()).encrypt(&Scalar::from(m), &Scalar::from(m + 5));
        let sum = (0..weight).fold(Ciphertext::zero(), |sum, _| sum + cell);
        prop_assert_eq!(cell.times(weight), sum);
    }

    #[test]
    fn large_weights_are_multiplication(weight: u64, m: u64) {
        let cell = EncryptionKey::new(key()).encrypt(&Scalar::from(m), &Scalar::from(77_u64));
        for weight in [weight, weight >> 20, weight >> 40, u64::MAX, 1 << 63] {
            prop_assert_eq!(cell.times(weight), scale(Scalar::from(weight), cell));
        }
        prop_assert_eq!(cell.times(1), cell);
        prop_assert_eq!(cell.times(0), Ciphertext::zero());
        prop_assert_eq!(cell - cell, Ciphertext::zero());
    }

    #[test]
    fn encryption_is_the_textbooks(m: u64, r: u64) {
        let (m, r) = (Scalar::from(m), -Scalar::from(r));
        prop_assert_eq!(EncryptionKey::new(key()).encrypt(&m, &r), enc(&key(), m, r));
    }
}

#[test]
fn row_26_shares_that_cannot_belong_together_are_not_combined() {
    let (key, trustees) = ceremony(3, 2);
    let encryption = EncryptionKey::new(key);
    let cells = [encryption.encrypt(&Scalar::from(5_u64), &Scalar::from(6_u64))];
    let opening = Opening { election: &[1; 32], sum: &[2; 32], cells: &cells };
    let share = |i: u32| vec![trustees[i as usize - 1].0 * cells[0].a];
    assert!(opening.combine(&[(1, share(1)), (2, share(2))]).is_some());
    assert!(opening.combine(&[(1, share(1)), (1, share(1))]).is_none(), "a trustee twice");
    assert!(opening.combine(&[(0, share(1)), (2, share(2))]).is_none(), "no trustee has the number 0");
    assert!(opening.combine(&[(1, share(1)), (2, Vec::new())]).is_none(), "a value is missing");
}
