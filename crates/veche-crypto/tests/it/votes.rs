//! Ballots to attack, and the judge of what comes of it.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    ElectionKeys, Layout,
    group::DecodeError,
    onehot::{Context, Parameters, ProofError, Proven, encrypt, encrypt_bits, verify, verify_batch},
};

use crate::{
    ballot::{ELECTION, SEED, keys, layout},
    textbook::Vote,
};

pub fn blank(rows: &[usize]) -> Vote {
    blank_of(layout(rows))
}

pub fn blank_of(layout: Layout) -> Vote {
    let (keys, election) = (keys(layout.keys()), ELECTION);
    Vote { keys, layout, election, credential: [2; 32], seq: 1, prev: [0; 32], cells: vec![], proof: vec![] }
}

pub fn parameters(vote: &Vote) -> Parameters {
    Parameters::new(&vote.election, ElectionKeys::from_points(&vote.keys).unwrap(), vote.layout.clone()).unwrap()
}

pub fn honest(rows: &[usize], choices: &[usize]) -> Vote {
    seeded(rows, choices, &SEED)
}

pub fn seeded(rows: &[usize], choices: &[usize], seed: &[u8; 32]) -> Vote {
    choosing(blank(rows), choices, seed)
}

pub fn choosing(vote: Vote, choices: &[usize], seed: &[u8; 32]) -> Vote {
    let made = encrypt(&parameters(&vote), &place(&vote), choices, seed).unwrap();
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

/// What the library's own prover makes of numbers that need not be bits.
pub fn of_numbers(rows: &[Vec<i64>]) -> Vote {
    of_scalars(blank(&rows.iter().map(Vec::len).collect::<Vec<_>>()), numbers(rows))
}

pub fn of_scalars(vote: Vote, rows: Vec<Vec<Scalar>>) -> Vote {
    let made = encrypt_bits(&parameters(&vote), &place(&vote), rows, &SEED);
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

pub fn numbers(rows: &[Vec<i64>]) -> Vec<Vec<Scalar>> {
    rows.iter().map(|row| row.iter().map(|n| number(*n)).collect()).collect()
}

pub fn number(n: i64) -> Scalar {
    if n < 0 { -Scalar::from(n.unsigned_abs()) } else { Scalar::from(n as u64) }
}

pub fn place(vote: &Vote) -> Context<'_> {
    Context { credential: &vote.credential, seq: vote.seq, prev: &vote.prev }
}

pub fn read(vote: &Vote) -> Result<Proven, ProofError> {
    Proven::read(&parameters(vote), &place(vote), &vote.cells, &vote.proof)
}

/// The library's verdict; alone, in a batch between honest ballots, and by the textbook it must be the same.
pub fn judge(vote: &Vote) -> Result<(), ProofError> {
    let parameters = parameters(vote);
    let alone = read(vote).and_then(|read| verify(&parameters, &read, &SEED));
    let textbook = vote.holds();
    match alone {
        Ok(()) => assert_eq!(textbook, Some(true), "accepted against the textbook"),
        Err(ProofError::Invalid) => assert_eq!(textbook, Some(false), "refused against the textbook"),
        Err(_) => assert_eq!(textbook, None, "unreadable against the textbook"),
    }
    if let Ok(this) = read(vote) {
        let other = honest_beside(vote);
        let named = verify_batch(&parameters, &[&other, &this, &other], &[8; 32]);
        assert_eq!(named, if alone.is_ok() { Ok(()) } else { Err(vec![1]) }, "batch and single verification differ");
    }
    alone
}

/// A ballot of the same election that holds: everybody is approved of, but for as many as must be refused.
pub fn honest_beside(vote: &Vote) -> Proven {
    let mut choices = vec![1; vote.rows()];
    for contest in vote.layout.bounded() {
        choices[contest.rows.start..contest.rows.end - contest.most].fill(0);
    }
    read(&choosing(vote.clone(), &choices, &[9; 32])).unwrap()
}

#[track_caller]
pub fn refused(vote: &Vote, why: &str) {
    assert_eq!(judge(vote), Err(ProofError::Invalid), "{why}");
}

#[track_caller]
pub fn accepted(vote: &Vote) {
    assert_eq!(judge(vote), Ok(()));
}

/// Not even read.
#[track_caller]
pub fn repeats(vote: &Vote, row: usize) {
    assert_eq!(judge(vote), Err(ProofError::Cells(DecodeError::Repeated(row))));
}

pub type Change = fn(&mut Vote);

pub fn add_to_point(bytes: &mut [u8], i: usize, by: &RistrettoPoint) {
    let chunk: &mut [u8; 32] = (&mut bytes[32 * i..32 * i + 32]).try_into().unwrap();
    *chunk = (veche_crypto::group::point(chunk).unwrap() + by).compress().to_bytes();
}
