//! Ballots to attack, and the judge of what comes of it.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    EncryptionKey, PublicKey,
    onehot::{Context, ProofError, Proven, Shape, encrypt, encrypt_bits, verify, verify_batch},
};

use crate::{
    ballot::{SEED, context, key},
    textbook::Vote,
};

pub fn shape(rows: &[usize]) -> Shape {
    Shape::new(rows.to_vec()).unwrap()
}

pub fn blank(rows: &[usize]) -> Vote {
    let Context { election, credential, seq, prev } = context();
    Vote {
        key: key(),
        shape: shape(rows),
        election: *election,
        credential: *credential,
        seq,
        prev: *prev,
        cells: vec![],
        proof: vec![],
    }
}

pub fn honest(rows: &[usize], choices: &[usize]) -> Vote {
    seeded(rows, choices, &SEED)
}

pub fn seeded(rows: &[usize], choices: &[usize], seed: &[u8; 32]) -> Vote {
    let vote = blank(rows);
    let made = encrypt(&EncryptionKey::new(vote.key), &vote.shape, &place(&vote), choices, seed).unwrap();
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

/// What the library's own prover makes of numbers that need not be bits.
pub fn of_numbers(rows: &[Vec<i64>]) -> Vote {
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let vote = blank(&lengths);
    let made = encrypt_bits(&EncryptionKey::new(vote.key), &vote.shape, &place(&vote), numbers(rows), &SEED);
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

pub fn numbers(rows: &[Vec<i64>]) -> Vec<Vec<Scalar>> {
    rows.iter().map(|row| row.iter().map(|n| number(*n)).collect()).collect()
}

pub fn number(n: i64) -> Scalar {
    if n < 0 { -Scalar::from(n.unsigned_abs()) } else { Scalar::from(n as u64) }
}

pub fn place(vote: &Vote) -> Context<'_> {
    Context { election: &vote.election, credential: &vote.credential, seq: vote.seq, prev: &vote.prev }
}

pub fn read(vote: &Vote) -> Result<Proven, ProofError> {
    Proven::read(&vote.key, &vote.shape, &place(vote), &vote.cells, &vote.proof)
}

/// The library's verdict; alone, in a batch between honest ballots, and by the textbook it must be the same.
pub fn judge(vote: &Vote) -> Result<(), ProofError> {
    let alone = read(vote).and_then(|read| verify(&vote.key, &read, &SEED));
    let textbook = vote.holds();
    match alone {
        Ok(()) => assert_eq!(textbook, Some(true), "accepted against the textbook"),
        Err(ProofError::Invalid) => assert_eq!(textbook, Some(false), "refused against the textbook"),
        Err(_) => assert_eq!(textbook, None, "unreadable against the textbook"),
    }
    if let Ok(this) = read(vote) {
        let other = honest_under(&vote.key);
        let named = verify_batch(&vote.key, &[&other, &this, &other], &[8; 32]);
        assert_eq!(named, if alone.is_ok() { Ok(()) } else { Err(vec![1]) }, "batch and single verification differ");
    }
    alone
}

pub fn honest_under(key: &PublicKey) -> Proven {
    let rows = shape(&[2]);
    let made = encrypt(&EncryptionKey::new(*key), &rows, &context(), &[1], &SEED).unwrap();
    Proven::read(key, &rows, &context(), &made.cells, &made.proof).unwrap()
}

#[track_caller]
pub fn refused(vote: &Vote, why: &str) {
    assert_eq!(judge(vote), Err(ProofError::Invalid), "{why}");
}

#[track_caller]
pub fn accepted(vote: &Vote) {
    assert_eq!(judge(vote), Ok(()));
}

pub type Change = fn(&mut Vote);

pub fn add_to_point(bytes: &mut [u8], i: usize, by: &RistrettoPoint) {
    let chunk: &mut [u8; 32] = (&mut bytes[32 * i..32 * i + 32]).try_into().unwrap();
    *chunk = (veche_crypto::group::point(chunk).unwrap() + by).compress().to_bytes();
}
