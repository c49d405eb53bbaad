//! Sums to open, and trustees who share the keys: for each key a polynomial of their own.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    Cells, Layout,
    dlog::Table,
    opening::{Opening, Sum},
};

use crate::{
    ballot::layout,
    textbook::{base, random},
};

pub const ELECTION: [u8; 32] = [1; 32];
pub const ENTRY: [u8; 32] = [2; 32];

/// A polynomial for each key; a key more than options, for the lot.
pub struct Trustees {
    polynomials: Vec<Vec<Scalar>>,
}

impl Trustees {
    pub fn new(layout: &Layout, threshold: usize) -> Self {
        let mut next = random("polynomials");
        let polynomial = |_| (0..threshold).map(|_| next()).collect();
        Self { polynomials: (0..=layout.keys()).map(polynomial).collect() }
    }

    /// y of every key, of a trustee; of 0, the secrets of the keys themselves.
    pub fn secrets(&self, trustee: u32) -> Vec<Scalar> {
        let x = Scalar::from(trustee);
        self.polynomials.iter().map(|f| f.iter().rev().fold(Scalar::ZERO, |sum, c| sum * x + c)).collect()
    }

    pub fn publics(&self, trustee: u32) -> Vec<RistrettoPoint> {
        self.secrets(trustee).into_iter().map(base).collect()
    }

    pub fn share(&self, opening: &Opening<'_>, trustee: u32) -> veche_crypto::opening::Share {
        opening.share(trustee, &self.secrets(trustee), &[3; 32])
    }

    pub fn checked(&self, opening: &Opening<'_>, trustee: u32) -> (u32, Vec<RistrettoPoint>) {
        (trustee, opening.check(trustee, &self.publics(trustee), &self.share(opening, trustee)).unwrap())
    }
}

/// A sum that holds these numbers, one for each bit that is sent.
pub fn cells(layout: &Layout, trustees: &Trustees, counts: &[u64]) -> Cells {
    let (mut next, secrets) = (random("sum"), trustees.secrets(0));
    let randomness: Vec<Scalar> = layout.rows().iter().map(|_| next()).collect();
    let value = |((row, key), m): ((usize, usize), &u64)| base(Scalar::from(*m) + randomness[row] * secrets[key]);
    let values = layout.each_cell().zip(counts).map(value);
    let points: Vec<RistrettoPoint> = randomness.iter().map(|r| base(*r)).chain(values).collect();
    Cells::read(layout, &crate::textbook::bytes(&points)).unwrap()
}

pub fn sum(layout: &Layout, trustees: &Trustees, counts: &[u64]) -> Sum {
    Sum::new(layout, &cells(layout, trustees, counts))
}

pub fn opening(sum: &Sum) -> Opening<'_> {
    Opening { election: &ELECTION, entry: &ENTRY, sum }
}

#[test]
fn row_26_any_t_shares_open_the_same_sum_and_fewer_do_not() {
    let layout = layout(&[3, 2, 3]);
    for (n, t) in [(1, 1), (3, 1), (3, 2), (3, 3), (5, 3)] {
        let trustees = Trustees::new(&layout, t as usize);
        let counts = [0_u64, 1, 17, 669, 100_000];
        let sum = sum(&layout, &trustees, &counts);
        let opening = opening(&sum);
        let shares: Vec<(u32, Vec<RistrettoPoint>)> = (1..=n).map(|i| trustees.checked(&opening, i)).collect();
        let table = Table::new(100_000);
        let solve = |shares: &[(u32, Vec<RistrettoPoint>)]| -> Vec<Option<u64>> {
            opening.combine(shares).unwrap().iter().map(|point| table.solve(point)).collect()
        };
        let expected: Vec<Option<u64>> = counts.map(Some).to_vec();
        assert_eq!(solve(&shares[..t as usize]), expected);
        assert_eq!(solve(&shares[(n - t) as usize..]), expected);
        assert_eq!(solve(&shares), expected);
        if t > 1 {
            assert!(solve(&shares[..t as usize - 1]).iter().all(Option::is_none));
        }
    }
}

/// The lot's value is y·P of the last key, whoever opens it, and no ballot is encrypted to that key.
#[test]
fn the_lot_is_opened_beside_the_sum_under_a_key_of_its_own() {
    let layout = layout(&[3, 2]);
    let trustees = Trustees::new(&layout, 2);
    let plain = sum(&layout, &trustees, &[4, 0, 6]);
    let with_lot = plain.clone().with_lot(&ELECTION, layout.keys());
    assert_eq!((plain.len(), with_lot.len()), (3, 4));
    let opening = opening(&with_lot);
    let combine =
        |a: u32, b: u32| opening.combine(&[trustees.checked(&opening, a), trustees.checked(&opening, b)]).unwrap();
    let opened = combine(1, 2);
    assert_eq!(opened, combine(3, 2));
    assert_eq!(opened[..3], [4_u64, 0, 6].map(|m| base(Scalar::from(m))));
    let digest = crate::textbook::hash(&[b"veche-lot-point-2", &ELECTION]);
    let point = RistrettoPoint::from_uniform_bytes(&digest);
    assert_eq!(-opened[3], trustees.secrets(0)[2] * point);
    // A lot under a key of the ballots is another claim, and the share for the one no share for the other.
    let reused = plain.with_lot(&ELECTION, 0);
    let share = trustees.share(&opening, 1);
    let reused = Opening { sum: &reused, ..opening };
    assert!(reused.check(1, &trustees.publics(1), &share).is_err());
}

#[test]
fn row_29_a_number_beyond_the_bound_is_not_found() {
    let table = Table::new(1000);
    let at = |m: u64| table.solve(&base(Scalar::from(m)));
    for m in [0, 1, 15, 16, 31, 32, 33, 999, 1000] {
        assert_eq!(at(m), Some(m));
    }
    assert_eq!(at(1001), None);
    assert_eq!(table.solve(&base(-Scalar::ONE)), None);
    assert_eq!(Table::new(0).solve(&base(Scalar::ZERO)), Some(0));
}
