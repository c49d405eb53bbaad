use sha2::{Digest, Sha512};
use veche_crypto::{
    Bounded, ElectionKeys, Layout, Point, Scalar,
    onehot::{Context, Parameters, Proven, encrypt, verify, verify_batch},
};

pub const SEED: [u8; 32] = [7; 32];
pub const ELECTION: [u8; 32] = [1; 32];

/// Of all ballots of the test below, ciphertexts and proof of each.
const BYTES_SHA512: &str = "6f0d22fbdb7a8758473d4fc153208b3901b2e50ba8ca58a0bde4f9f1775d1109\
    911cb929dd958d0b58c70ea2e8ab0289abcc673967c2437ca4d383d6a91cd8e1";

/// y_0, y_1, ...
pub fn secrets(count: usize) -> Vec<Scalar> {
    (0..count as u64).map(|k| Scalar::from(12_345 + 1_000 * k * k)).collect()
}

pub fn keys(count: usize) -> Vec<Point> {
    secrets(count).iter().map(Point::mul_base).collect()
}

pub fn layout(rows: &[usize]) -> Layout {
    Layout::new(rows.to_vec(), vec![]).unwrap()
}

/// One contest of approvals, of which so many are given.
pub fn approvals(candidates: usize, least: usize, most: usize) -> Layout {
    Layout::new(vec![2; candidates], vec![Bounded { rows: 0..candidates, least, most }]).unwrap()
}

pub fn parameters(layout: &Layout) -> Parameters {
    let keys = ElectionKeys::from_points(&keys(layout.keys())).unwrap();
    Parameters::new(&ELECTION, keys, layout.clone()).unwrap()
}

pub fn context() -> Context<'static> {
    Context { credential: &[2; 32], seq: 1, prev: &[0; 32] }
}

#[test]
fn an_honest_ballot_of_mixed_rows_is_accepted() {
    let parameters = parameters(&layout(&[6, 6, 2, 11, 3]));
    for choices in [[0, 5, 1, 10, 2], [5, 0, 0, 0, 0], [3, 3, 1, 4, 1]] {
        let made = encrypt(&parameters, &context(), &choices, &SEED).unwrap();
        let read = Proven::read(&parameters, &context(), &made.cells, &made.proof).unwrap();
        verify(&parameters, &read, &SEED).unwrap();
        verify_batch(&parameters, &[&read, &read, &read], &SEED).unwrap();
    }
}

#[test]
fn a_ballot_has_the_bytes_that_the_specification_says() {
    let bytes = |layout: &Layout| layout.cells_bytes() + layout.proof_bytes();
    assert_eq!(bytes(&layout(&[2, 2])), 448);
    assert_eq!(bytes(&layout(&[3, 2, 4])), 800);
    assert_eq!(bytes(&layout(&[6; 7])), 2_432);
    assert_eq!(bytes(&layout(&[6; 16])), 5_312);
    assert_eq!(bytes(&layout(&[11; 50])), 24_352);
    assert_eq!(bytes(&layout(&[380])), 24_448);
    assert_eq!(bytes(&approvals(10, 1, 4)), 2_048);
}

/// What many seeds make of many layouts, hashed: the same on every machine, with every instruction set, and with tables.
/// Verified, too.
#[test]
fn the_bytes_do_not_depend_on_the_machine() {
    let mut all = Sha512::new();
    for (i, rows) in [vec![2], vec![2, 2, 2], vec![6; 7], vec![11, 2, 3], vec![101], vec![2; 40]].iter().enumerate() {
        let parameters = parameters(&layout(rows));
        let with_tables = parameters.clone().with_tables();
        for round in 0..4_usize {
            let choices: Vec<usize> = rows.iter().enumerate().map(|(row, n)| (row * 7 + round * 5 + i) % n).collect();
            let made = encrypt(&parameters, &context(), &choices, &[round as u8; 32]).unwrap();
            let read = Proven::read(&parameters, &context(), &made.cells, &made.proof).unwrap();
            verify(&parameters, &read, &SEED).unwrap();
            let by_tables = encrypt(&with_tables, &context(), &choices, &[round as u8; 32]).unwrap();
            assert_eq!((&by_tables.cells, &by_tables.proof), (&made.cells, &made.proof));
            all.update(&made.cells);
            all.update(&made.proof);
        }
    }
    let hex: String = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, BYTES_SHA512);
}
