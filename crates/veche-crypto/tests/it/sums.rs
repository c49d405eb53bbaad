//! Rows 26 to 29 of the attacks: the opening of a sum, and the arithmetic of sums and weights.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Cells,
    dleq::DleqError,
    dlog::Table,
    group::{DecodeError, encode_points},
    opening::{Opening, Share, Sum},
    rehearsal,
};

use crate::{
    ballot::layout,
    encodings::{bad_points, bad_scalars},
    opening::{ELECTION, ENTRY, Trustees, cells, opening, sum},
    textbook::{self, base, hash, hash_to_scalar},
};

#[test]
fn row_26_every_t_of_n_opens_one_result_and_no_fewer_do() {
    let layout = layout(&[3]);
    for (n, t) in (1..=5_u32).flat_map(|n| (1..=n).map(move |t| (n, t))) {
        let trustees = Trustees::new(&layout, t as usize);
        let sum = sum(&layout, &trustees, &[3, 0]);
        let opening = opening(&sum);
        let shares: Vec<_> = (1..=n).map(|i| trustees.checked(&opening, i)).collect();
        let expected = [3_u64, 0].map(|m| base(Scalar::from(m)));
        for subset in 1..1_u32 << n {
            let some: Vec<_> = shares.iter().filter(|(i, _)| subset >> (i - 1) & 1 == 1).cloned().collect();
            let enough = subset.count_ones() >= t;
            assert_eq!(opening.combine(&some).unwrap() == expected, enough, "subset {subset:b} of {n}, {t} needed");
            let backwards: Vec<_> = some.iter().rev().cloned().collect();
            assert!(
                opening.combine(&backwards).unwrap() == opening.combine(&some).unwrap(),
                "the order does not matter"
            );
        }
    }
}

#[test]
fn row_27_a_bad_share_is_refused_whatever_is_wrong_with_it() {
    let layout = layout(&[3, 2, 4]);
    let trustees = Trustees::new(&layout, 2);
    let counts = [5, 7, 0, 1, 2, 3];
    let right = sum(&layout, &trustees, &counts).with_lot(&ELECTION, 3);
    let (secrets, publics) = (trustees.secrets(1), trustees.publics(1));
    let right = opening(&right);
    let share = trustees.share(&right, 1);
    right.check(1, &publics, &share).unwrap();
    let invalid = |opening: &Opening<'_>, trustee: u32, keys: &[RistrettoPoint], share: &Share, why: &str| {
        assert_eq!(opening.check(trustee, keys, share), Err(DleqError::Invalid), "{why}");
    };
    invalid(&right, 2, &publics, &share, "another number");
    invalid(&right, 2, &trustees.publics(2), &share, "another trustee");
    invalid(&right, 1, &trustees.publics(2), &share, "other keys");
    let mut exchanged = publics.clone();
    exchanged.swap(0, 1);
    invalid(&right, 1, &exchanged, &share, "keys in another order");
    invalid(&Opening { election: &[8; 32], ..right }, 1, &publics, &share, "another election");
    invalid(&Opening { entry: &[8; 32], ..right }, 1, &publics, &share, "another sum by name");
    let mut others = cells(&layout, &trustees, &counts);
    others.add(&cells(&layout, &trustees, &counts), 1);
    let others = Sum::new(&layout, &others).with_lot(&ELECTION, 3);
    invalid(&opening(&others), 1, &publics, &share, "another sum");
    invalid(&right, 1, &publics, &right.share(1, &trustees.secrets(2), &[3; 32]), "made with other secrets");
    invalid(&right, 1, &publics, &right.share(2, &secrets, &[3; 32]), "made under another number");

    // The values of the mixed layout: keys 0, 1 of the first row, 0 of the second, 0, 1, 2 of the third, and the lot's.
    let images = veche_crypto::group::points(&share.values).unwrap();
    assert_eq!(images.len(), 7);
    let e = base(Scalar::from(9_u64));
    let with = |changes: &[(usize, RistrettoPoint)]| {
        let mut values = images.clone();
        changes.iter().for_each(|(place, by)| values[*place] += by);
        Share { values: encode_points(&values), proof: share.proof.clone() }
    };
    for i in 0..7 {
        invalid(&right, 1, &publics, &with(&[(i, e)]), &format!("value {i} alone"));
        for j in (0..7).filter(|j| *j != i) {
            invalid(
                &right,
                1,
                &publics,
                &with(&[(i, e), (j, -e)]),
                &format!("values {i} and {j} make up for each other"),
            );
            let mut values = images.clone();
            values.swap(i, j);
            let share = Share { values: encode_points(&values), proof: share.proof.clone() };
            invalid(&right, 1, &publics, &share, &format!("values {i} and {j} exchanged"));
        }
    }
    let identities = Share { values: vec![0; 7 * 32], proof: share.proof.clone() };
    invalid(&right, 1, &publics, &identities, "identities");
    for (got, values) in [(0, vec![]), (6, images[..6].to_vec()), (8, [images.clone(), vec![e]].concat())] {
        let share = Share { values: encode_points(&values), proof: share.proof.clone() };
        assert_eq!(right.check(1, &publics, &share), Err(DleqError::Count { got, expected: 7 }));
    }
    let read = |values: Vec<u8>| right.check(1, &publics, &Share { values, proof: share.proof.clone() });
    assert_eq!(read([&share.values[..], &[0]].concat()), Err(DleqError::Read(DecodeError::Length)));
    for bad in bad_points() {
        assert_eq!(read([&bad[..], &share.values[32..]].concat()), Err(DleqError::Read(DecodeError::Point)));
    }
    for bit in 0..8 * share.proof.len() {
        let mut flipped = share.clone();
        flipped.proof[bit / 8] ^= 1 << (bit % 8);
        assert!(right.check(1, &publics, &flipped).is_err(), "bit {bit} of the proof");
    }
    for place in (0..share.proof.len()).step_by(32) {
        for bad in bad_scalars(share.proof[place..place + 32].try_into().unwrap()) {
            let mut odd = share.clone();
            odd.proof[place..place + 32].copy_from_slice(&bad);
            assert_eq!(right.check(1, &publics, &odd), Err(DleqError::Read(DecodeError::Scalar)));
        }
    }
}

/// The prover of the specification, with masks of its own choice.
fn share_under(opening: &Opening<'_>, bases: &[(usize, RistrettoPoint)], x: &[Scalar], t: &[Scalar]) -> Share {
    let images: Vec<RistrettoPoint> = bases.iter().map(|(key, base)| x[*key] * base).collect();
    let mut rows: Vec<RistrettoPoint> = bases.iter().map(|(_, base)| *base).collect();
    rows.dedup();
    let publics: Vec<RistrettoPoint> = x.iter().map(|x| base(*x)).collect();
    let [one, rows, values] = [&publics, &rows, &images].map(encode_points);
    let trustee = 1_u64.to_be_bytes();
    let claim = hash(&[b"veche-share-2", opening.election, opening.entry, &trustee, &one, &rows, &values]);
    let weight = |j: usize| hash_to_scalar(&[b"veche-dleq-weight-2", &claim, &(j as u64).to_be_bytes()]);
    let folded = |key: usize| -> RistrettoPoint {
        bases.iter().enumerate().filter(|(_, (of, _))| *of == key).map(|(j, (_, base))| weight(j) * base).sum()
    };
    let folded: Vec<RistrettoPoint> = (0..x.len()).map(folded).collect();
    let image: RistrettoPoint = images.iter().enumerate().map(|(j, image)| weight(j) * image).sum();
    let first: Vec<RistrettoPoint> = t.iter().map(|t| base(*t)).collect();
    let second: RistrettoPoint = t.iter().zip(&folded).map(|(t, base)| t * base).sum();
    let [folded, first] = [&folded, &first].map(encode_points);
    let [image, second] = [image, second].map(|point| point.compress().to_bytes());
    let c = hash_to_scalar(&[b"veche-dleq-challenge-2", &claim, &folded, &image, &first, &second]);
    let answers = t.iter().zip(x).map(|(t, x)| t + c * x);
    Share { values, proof: [c].into_iter().chain(answers).flat_map(|scalar| scalar.to_bytes()).collect() }
}

/// Under one mask for two keys the answers tell everybody the difference of the keys.
#[test]
fn row_27_a_share_with_equal_masks_is_refused() {
    let layout = layout(&[3]);
    let trustees = Trustees::new(&layout, 1);
    let (x, publics) = (trustees.secrets(1)[..2].to_vec(), trustees.publics(1)[..2].to_vec());
    let cells = cells(&layout, &trustees, &[1, 2]);
    let point = veche_crypto::group::point(cells.to_bytes()[..32].try_into().unwrap()).unwrap();
    let sum = Sum::new(&layout, &cells);
    let opening = opening(&sum);
    let under = |t: [u64; 2]| share_under(&opening, &[(0, point), (1, point)], &x, &t.map(Scalar::from));
    assert!(opening.check(1, &publics, &under([5, 6])).is_ok());
    let equal = under([5, 5]);
    assert_eq!(opening.check(1, &publics, &equal), Err(DleqError::Masks));
    let scalar = |k: usize| Scalar::from_canonical_bytes(equal.proof[32 * k..32 * k + 32].try_into().unwrap()).unwrap();
    assert_eq!((scalar(2) - scalar(1)) * scalar(0).invert(), x[1] - x[0], "what they would tell");
}

#[test]
fn row_28_a_rehearsal_is_no_share_and_a_share_no_rehearsal() {
    let layout = layout(&[3]);
    let trustees = Trustees::new(&layout, 2);
    let (secrets, publics) = (trustees.secrets(1), trustees.publics(1));
    let rehearsed = rehearsal::rehearse(&ELECTION, 1, &secrets, &[3; 32]);
    rehearsal::check(&ELECTION, 1, &publics, &rehearsed).unwrap();
    let sum = sum(&layout, &trustees, &[1, 2]);
    let opening = opening(&sum);
    let share = trustees.share(&opening, 1);
    let grafted = Share { proof: rehearsed, ..share.clone() };
    assert_eq!(opening.check(1, &publics, &grafted), Err(DleqError::Invalid));
    assert_eq!(rehearsal::check(&ELECTION, 1, &publics, &share.proof), Err(DleqError::Invalid));
    // A sum of nothing has no value, and still is no rehearsal.
    let nothing = Sum::default();
    let empty = Opening { sum: &nothing, ..opening };
    let share = empty.share(1, &secrets, &[3; 32]);
    assert_eq!(rehearsal::check(&ELECTION, 1, &publics, &share.proof), Err(DleqError::Invalid));
}

#[test]
fn row_7_one_seed_for_two_shares_repeats_no_mask() {
    let layout = layout(&[3, 3]);
    let trustees = Trustees::new(&layout, 1);
    let (one, two) = (sum(&layout, &trustees, &[1, 0, 1, 0]), sum(&layout, &trustees, &[1, 2, 0, 0]));
    let with_lot = one.clone().with_lot(&ELECTION, 2);
    let secrets = trustees.secrets(1);
    let mut other = secrets.clone();
    other[2] += Scalar::ONE;
    let made = [
        (&secrets, opening(&one).share(1, &secrets, &[3; 32]).proof),
        (&secrets, opening(&with_lot).share(1, &secrets, &[3; 32]).proof),
        (&secrets, Opening { election: &[8; 32], ..opening(&one) }.share(1, &secrets, &[3; 32]).proof),
        (&secrets, Opening { entry: &[8; 32], ..opening(&one) }.share(1, &secrets, &[3; 32]).proof),
        (&secrets, opening(&one).share(2, &secrets, &[3; 32]).proof),
        (&other, opening(&one).share(1, &other, &[3; 32]).proof),
        (&secrets, opening(&one).share(1, &secrets, &[4; 32]).proof),
        (&secrets, rehearsal::rehearse(&ELECTION, 1, &secrets, &[3; 32])),
    ];
    // t_k = s_k − c·x_k; one mask under two challenges, or for two keys, would give secrets away.
    let masks = made.iter().flat_map(|(secrets, proof)| {
        let scalar = |k: usize| Scalar::from_canonical_bytes(proof[32 * k..32 * k + 32].try_into().unwrap()).unwrap();
        (0..3).map(move |k| (scalar(k + 1) - scalar(0) * secrets[k]).to_bytes())
    });
    assert_eq!(masks.collect::<std::collections::HashSet<[u8; 32]>>().len(), 3 * made.len());
    // Only what is opened makes a claim: the values of the ciphertexts are not in it.
    assert_eq!(opening(&one).share(1, &secrets, &[3; 32]), opening(&two).share(1, &secrets, &[3; 32]));
}

#[test]
fn row_29_a_sum_of_nothing_opens_to_nothing() {
    let layout = layout(&[3, 2]);
    let trustees = Trustees::new(&layout, 2);
    let sum = Sum::new(&layout, &Cells::zero(&layout));
    let opening = opening(&sum);
    let shares = [trustees.checked(&opening, 1), trustees.checked(&opening, 3)];
    let table = Table::new(0);
    assert!(opening.combine(&shares).unwrap().iter().all(|point| table.solve(point) == Some(0)));
    // Nobody can make something of it.
    let e = base(Scalar::ONE);
    let lie = Share { values: encode_points(&[e, -e, e]), proof: trustees.share(&opening, 1).proof };
    assert_eq!(opening.check(1, &trustees.publics(1), &lie), Err(DleqError::Invalid));
}

fn point(m: u64) -> RistrettoPoint {
    base(Scalar::from(m))
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
    let mut next = base(Scalar::ZERO);
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

    /// Every point of a ballot, that of the randomness too.
    #[test]
    fn weights_are_multiplication_and_subtraction_takes_back(weight: u64, shift in 0..64_u32, m in 0..9_u64) {
        let (layout, weight) = (layout(&[3, 2]), weight >> shift);
        let one = cells(&layout, &Trustees::new(&layout, 1), &[m, 1, 2]);
        let points = textbook::read(&one.to_bytes()).unwrap();
        let mut sum = one.clone();
        sum.add(&one, weight);
        let expected: Vec<RistrettoPoint> = points.iter().map(|point| point + Scalar::from(weight) * point).collect();
        prop_assert_eq!(sum.to_bytes(), textbook::bytes(&expected));
        sum.subtract(&one, weight);
        prop_assert!(sum == one);
        sum.subtract(&one, 1);
        prop_assert!(sum == Cells::zero(&layout));
        prop_assert_eq!(sum.to_bytes(), vec![0; 32 * layout.points()]);
    }
}

#[test]
fn row_26_shares_that_cannot_belong_together_are_not_combined() {
    let layout = layout(&[2]);
    let trustees = Trustees::new(&layout, 2);
    let sum = sum(&layout, &trustees, &[5]);
    let opening = Opening { election: &ELECTION, entry: &ENTRY, sum: &sum };
    let share = |i: u32| trustees.checked(&opening, i).1;
    assert!(opening.combine(&[(1, share(1)), (2, share(2))]).is_some());
    assert!(opening.combine(&[(1, share(1)), (1, share(1))]).is_none(), "a trustee twice");
    assert!(opening.combine(&[(0, share(1)), (2, share(2))]).is_none(), "no trustee has the number 0");
    assert!(opening.combine(&[(1, share(1)), (2, Vec::new())]).is_none(), "a value is missing");
}
