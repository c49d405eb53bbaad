//! Rows 1 to 7 and 10 of the attacks: whatever is not an honest ballot of this voter is refused.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Ciphertext, EncryptionKey, PublicKey,
    group::DecodeError,
    onehot::{
        Context, EncryptError, ProofError, Proven, Shape, encrypt, encrypt_bits, read_cells, verify, verify_batch,
    },
};

use crate::{
    ballot::{SEED, context, key},
    encodings::{bad_points, bad_scalars},
    textbook::{Forger, Vote, enc, hash, hash_to_scalar, power, random, scale},
};

fn shape(rows: &[usize]) -> Shape {
    Shape::new(rows.to_vec()).unwrap()
}

fn blank(rows: &[usize]) -> Vote {
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

fn honest(rows: &[usize], choices: &[usize]) -> Vote {
    seeded(rows, choices, &SEED)
}

fn seeded(rows: &[usize], choices: &[usize], seed: &[u8; 32]) -> Vote {
    let vote = blank(rows);
    let made = encrypt(&EncryptionKey::new(vote.key), &vote.shape, &place(&vote), choices, seed).unwrap();
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

/// What the library's own prover makes of numbers that need not be bits.
fn of_numbers(rows: &[Vec<i64>]) -> Vote {
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let vote = blank(&lengths);
    let made = encrypt_bits(&EncryptionKey::new(vote.key), &vote.shape, &place(&vote), numbers(rows), &SEED);
    Vote { cells: made.cells, proof: made.proof, ..vote }
}

fn numbers(rows: &[Vec<i64>]) -> Vec<Vec<Scalar>> {
    rows.iter().map(|row| row.iter().map(|n| number(*n)).collect()).collect()
}

fn number(n: i64) -> Scalar {
    if n < 0 { -Scalar::from(n.unsigned_abs()) } else { Scalar::from(n as u64) }
}

fn place(vote: &Vote) -> Context<'_> {
    Context { election: &vote.election, credential: &vote.credential, seq: vote.seq, prev: &vote.prev }
}

fn read(vote: &Vote) -> Result<Proven, ProofError> {
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

fn honest_under(key: &PublicKey) -> Proven {
    let rows = shape(&[2]);
    let made = encrypt(&EncryptionKey::new(*key), &rows, &context(), &[1], &SEED).unwrap();
    Proven::read(key, &rows, &context(), &made.cells, &made.proof).unwrap()
}

#[track_caller]
fn refused(vote: &Vote, why: &str) {
    assert_eq!(judge(vote), Err(ProofError::Invalid), "{why}");
}

#[track_caller]
fn accepted(vote: &Vote) {
    assert_eq!(judge(vote), Ok(()));
}

#[test]
fn the_textbook_prover_and_the_library_accept_each_other() {
    for (rows, choices) in [(vec![2], vec![0]), (vec![2, 2], vec![1, 0]), (vec![3, 2, 5], vec![2, 1, 0])] {
        accepted(&honest(&rows, &choices));
        let bits = rows.iter().zip(&choices).map(|(n, choice)| (0..*n).map(|k| i64::from(k == *choice)).collect());
        let bits: Vec<Vec<i64>> = bits.collect();
        accepted(&Forger::new(blank(&rows), numbers(&bits)).forge());
        accepted(&of_numbers(&bits));
    }
}

type Change = fn(&mut Vote);

#[test]
fn row_1_and_3_whatever_is_hashed_cannot_be_changed() {
    let vote = honest(&[3, 2, 3], &[2, 0, 1]);
    let changes: [(&str, Change); 9] = [
        ("election", |v| v.election[31] ^= 1),
        ("credential", |v| v.credential[0] ^= 1),
        ("seq up", |v| v.seq += 1),
        ("seq down", |v| v.seq = 0),
        ("seq in its upper half", |v| v.seq |= 1 << 40),
        ("prev", |v| v.prev[0] ^= 128),
        ("key", |v| v.key = PublicKey::from_point(RistrettoPoint::mul_base(&Scalar::from(2_u64))).unwrap()),
        ("rows in another order", |v| v.shape = shape(&[3, 3, 2])),
        ("rows in a third order", |v| v.shape = shape(&[2, 3, 3])),
    ];
    accepted(&vote);
    for (what, change) in changes {
        let mut changed = vote.clone();
        change(&mut changed);
        refused(&changed, what);
    }
    let (cells, committed) = (vote.cells.len() / 32, 2 * (3 + 3));
    for i in 0..cells {
        let mut changed = vote.clone();
        add_to_point(&mut changed.cells, i, &RistrettoPoint::mul_base(&Scalar::ONE));
        refused(&changed, &format!("point {i} of the ciphertexts"));
    }
    for i in 0..committed {
        let mut changed = vote.clone();
        add_to_point(&mut changed.proof, i, &RistrettoPoint::mul_base(&Scalar::ONE));
        refused(&changed, &format!("point {i} of the commitments"));
    }
    for i in committed..vote.proof.len() / 32 {
        let mut changed = vote.clone();
        let at = 32 * i..32 * i + 32;
        let scalar = Scalar::from_canonical_bytes(changed.proof[at.clone()].try_into().unwrap()).unwrap();
        changed.proof[at].copy_from_slice((scalar + Scalar::ONE).as_bytes());
        refused(&changed, &format!("scalar {i} of the proof"));
    }
}

fn add_to_point(bytes: &mut [u8], i: usize, by: &RistrettoPoint) {
    let chunk: &mut [u8; 32] = (&mut bytes[32 * i..32 * i + 32]).try_into().unwrap();
    *chunk = (veche_crypto::group::point(chunk).unwrap() + by).compress().to_bytes();
}

/// A challenge that leaves out one commitment lets its prover make that one up afterwards, for any ballot at all.
#[test]
fn row_1_a_commitment_made_after_the_challenge_is_refused() {
    for omitted in 0..2 + 3 {
        let mut forger = Forger::new(blank(&[3, 2]), numbers(&[vec![0, 1, 0], vec![1, 0]]));
        let bad = numbers(&[vec![5, -4, 0], vec![7, -6]]);
        match omitted {
            // A_i made up: the row holds something else than it claims.
            0 | 1 => forger.bits[omitted] = bad[omitted].clone(),
            // Com_d made up: the rows are proven as they are, the polynomial is not.
            _ => (forger.bits, forger.claimed) = (bad.clone(), bad),
        }
        forger.omitted = Some(omitted);
        refused(&forger.forge(), &format!("commitment {omitted}"));
    }
}

/// Whoever knows γ before the cells are fixed finds numbers whose weighted sum is that of an honest row.
#[test]
fn row_1_cells_made_after_gamma_are_refused() {
    // The γ of hashes that forget the cells, the context, or both.
    let vote = blank(&[3]);
    let guesses = [
        vote.fixed().gamma,
        hash_to_scalar(&[b"veche-ballot-gamma-1"]),
        hash_to_scalar(&[b"veche-ballot-gamma-1", &[]]),
        Scalar::ONE,
        Scalar::ZERO,
    ];
    for gamma in guesses {
        // b_0 + b_1·γ + (1 − b_0 − b_1)·γ² = 1 with b_1 = 9.
        let (square, nine) = (power(gamma, 2), Scalar::from(9_u64));
        let b = (Scalar::ONE - square - nine * (gamma - square)) * (Scalar::ONE - square).invert();
        let row = vec![b, nine, Scalar::ONE - b - nine];
        let mut forger = Forger::new(blank(&[3]), vec![row.clone()]);
        refused(&forger.forge(), "proven as it is");
        forger = Forger::new(blank(&[3]), vec![row]);
        forger.claimed = numbers(&[vec![1, 0, 0]]);
        refused(&forger.forge(), "proven as an honest row");
    }
}

/// A simulated proof that nobody hashed: all equations hold under a challenge that its maker chose.
#[test]
fn row_1_a_simulated_proof_is_refused() {
    let mut vote = blank(&[3, 2]);
    let mut next = random("simulator");
    let cells: Vec<Ciphertext> = [5_u64, 0, 1].map(|m| enc(&vote.key, Scalar::from(m), next())).to_vec();
    vote.cells = crate::textbook::bytes(&cells);
    let fixed = vote.fixed();
    let (c, f, z, t) = (next(), [next(), next()], [next(), next()], next());
    let rows = vote.compressed_rows(&cells, fixed.gamma);
    let mut commitments: Vec<Ciphertext> = (0..2).map(|i| enc(&vote.key, f[i], z[i]) - scale(c, rows[i])).collect();
    let others = [enc(&vote.key, next(), next()), enc(&vote.key, next(), next())];
    let product = enc(&vote.key, vote.product(&fixed, c, &f), t);
    commitments.push(product - scale(c, others[0]) - scale(c * c, others[1]));
    commitments.extend(others);
    vote.proof = crate::textbook::bytes(&commitments);
    f.iter().chain(&z).chain([&t]).for_each(|scalar| vote.proof.extend_from_slice(scalar.as_bytes()));
    refused(&vote, "simulated");
}

#[test]
fn row_1_no_bit_can_be_flipped() {
    let vote = honest(&[3, 2], &[1, 1]);
    let (cells, proof) = (vote.cells.len(), vote.proof.len());
    for bit in 0..8 * (cells + proof) {
        refused_flipped(&vote, bit);
    }
    let large = honest(&[11, 2, 6, 6, 6, 6, 6, 6, 6, 6], &[10, 0, 5, 4, 3, 2, 1, 0, 5, 5]);
    let bits = 8 * (large.cells.len() + large.proof.len());
    for bit in (0..bits).step_by(bits / 300) {
        refused_flipped(&large, bit);
    }
}

fn refused_flipped(vote: &Vote, bit: usize) {
    let mut flipped = vote.clone();
    let (byte, mask) = (bit / 8, 1 << (bit % 8));
    match byte.checked_sub(vote.cells.len()) {
        None => flipped.cells[byte] ^= mask,
        Some(byte) => flipped.proof[byte] ^= mask,
    }
    let verdict = read(&flipped).and_then(|read| verify(&vote.key, &read, &SEED));
    assert!(verdict.is_err(), "bit {bit} can be flipped");
}

#[test]
fn row_2_short_long_and_empty_bytes_are_refused_by_name() {
    let vote = honest(&[3, 2], &[1, 1]);
    let (cells, proof) = (vote.cells.len(), vote.proof.len());
    let lengths = |full: usize| [0, 1, 31, 32, 64, full - 64, full - 32, full - 1, full + 1, full + 32, full + 64];
    let cut = |bytes: &[u8], length: usize| bytes.iter().copied().chain([1; 64]).take(length).collect::<Vec<u8>>();
    for length in lengths(cells) {
        let changed = Vote { cells: cut(&vote.cells, length), ..vote.clone() };
        assert_eq!(judge(&changed), Err(ProofError::CellsLength(length, cells)));
        assert_eq!(read_cells(&vote.shape, &changed.cells), Err(DecodeError::Length));
    }
    for length in lengths(proof) {
        let changed = Vote { proof: cut(&vote.proof, length), ..vote.clone() };
        assert_eq!(judge(&changed), Err(ProofError::ProofLength(length, proof)));
    }
    for rows in [vec![3], vec![3, 2, 2], vec![2, 2], vec![3, 3], vec![4, 2]] {
        let changed = Vote { shape: shape(&rows), ..vote.clone() };
        assert!(matches!(judge(&changed), Err(ProofError::CellsLength(..) | ProofError::ProofLength(..))), "{rows:?}");
    }
    assert_eq!(read_cells(&vote.shape, &vote.cells).unwrap().len(), 3);
}

#[test]
fn row_2_shapes_and_choices_that_cannot_be_are_refused() {
    for rows in [vec![], vec![0], vec![1], vec![2, 1, 2], vec![2, 0]] {
        assert_eq!(Shape::new(rows), None);
    }
    let make = |choices: &[usize]| {
        encrypt(&EncryptionKey::new(key()), &shape(&[3, 2]), &context(), choices, &SEED).map(|_| ()).unwrap_err()
    };
    for choices in [vec![], vec![0], vec![0, 0, 0]] {
        assert_eq!(make(&choices), EncryptError::Rows);
    }
    for choices in [[3, 0], [0, 2], [usize::MAX, 0], [0, usize::MAX]] {
        assert_eq!(make(&choices), EncryptError::Choice);
    }
}

#[test]
fn row_3_parts_of_other_ballots_are_refused() {
    let rows = [3, 3, 2, 2];
    let vote = honest(&rows, &[0, 1, 0, 1]);
    let make = |change: Change| {
        let mut other = blank(&rows);
        change(&mut other);
        let made = encrypt(&EncryptionKey::new(other.key), &other.shape, &place(&other), &[0, 1, 0, 1], &[9; 32]);
        let made = made.unwrap();
        Vote { cells: made.cells, proof: made.proof, ..other }
    };
    let places: [(&str, Change); 5] = [
        ("another seed only", |_| ()),
        ("another voter", |v| v.credential = [3; 32]),
        ("another election", |v| v.election = [4; 32]),
        ("a later ballot", |v| v.seq = 2),
        ("another predecessor", |v| v.prev = [5; 32]),
    ];
    for (what, change) in places {
        let other = make(change);
        accepted(&other);
        refused(&Vote { cells: other.cells.clone(), ..vote.clone() }, &format!("cells of {what}"));
        refused(&Vote { proof: other.proof.clone(), ..vote.clone() }, &format!("proof of {what}"));
        if what != "another seed only" {
            refused(&Vote { cells: other.cells, proof: other.proof, ..vote.clone() }, &format!("both of {what}"));
        }
    }
    // Between candidates, levels and contests: every pair of ciphertexts, of rows, of commitments, of answers.
    let swapped = |change: &dyn Fn(&mut Vote)| {
        let mut changed = vote.clone();
        change(&mut changed);
        refused(&changed, "swapped within the ballot");
    };
    for (i, j) in pairs(vote.cells.len() / 64) {
        swapped(&|v| swap(&mut v.cells, 64, i, j));
    }
    swapped(&|v| swap(&mut v.cells, 128, 0, 1));
    for (i, j) in pairs(4 + 3) {
        swapped(&|v| swap(&mut v.proof, 64, i, j));
    }
    for (i, j) in pairs(9) {
        swapped(&|v| swap(&mut v.proof[7 * 64..], 32, i, j));
    }
    // Two equal rows exchanged with everything that belongs to them.
    swapped(&|v| {
        swap(&mut v.cells, 128, 0, 1);
        swap(&mut v.proof, 64, 0, 1);
        swap(&mut v.proof[7 * 64..], 32, 0, 1);
        swap(&mut v.proof[7 * 64..], 32, 4, 5);
    });
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |j| (0..j).map(move |i| (i, j)))
}

fn swap(bytes: &mut [u8], size: usize, i: usize, j: usize) {
    let (low, high) = bytes.split_at_mut(size * j);
    low[size * i..size * (i + 1)].swap_with_slice(&mut high[..size]);
}

#[test]
fn row_4_other_encodings_and_the_identity_are_refused_in_every_place() {
    let vote = honest(&[3, 2], &[1, 1]);
    let points = 2 * (2 + 3);
    let put = |bytes: &[u8], i: usize, value: &[u8; 32]| {
        let mut changed = bytes.to_vec();
        changed[32 * i..32 * i + 32].copy_from_slice(value);
        changed
    };
    let identity = [([0; 32], DecodeError::Identity)];
    let bad: Vec<([u8; 32], DecodeError)> =
        identity.into_iter().chain(bad_points().into_iter().map(|bytes| (bytes, DecodeError::Point))).collect();
    for (value, error) in &bad {
        for i in 0..vote.cells.len() / 32 {
            let changed = Vote { cells: put(&vote.cells, i, value), ..vote.clone() };
            assert_eq!(judge(&changed), Err(ProofError::Cells(*error)), "point {i} of the ciphertexts");
            assert_eq!(read_cells(&vote.shape, &changed.cells), Err(*error));
        }
        for i in 0..points {
            let changed = Vote { proof: put(&vote.proof, i, value), ..vote.clone() };
            assert_eq!(judge(&changed), Err(ProofError::Proof(*error)), "point {i} of the proof");
        }
        assert_eq!(PublicKey::from_bytes(*value), Err(*error));
    }
    for i in points..vote.proof.len() / 32 {
        let this: [u8; 32] = vote.proof[32 * i..32 * i + 32].try_into().unwrap();
        for value in bad_scalars(&this) {
            let changed = Vote { proof: put(&vote.proof, i, &value), ..vote.clone() };
            assert_eq!(judge(&changed), Err(ProofError::Proof(DecodeError::Scalar)), "scalar {i} of the proof");
        }
    }
}

/// Proofs over ciphertexts made without randomness would hold: only the reading refuses them.
#[test]
fn row_4_an_honest_proof_over_an_identity_is_refused() {
    let bits = || numbers(&[vec![1, 0, 0], vec![0, 1]]);
    for place in 0..3 {
        let mut forger = Forger::new(blank(&[3, 2]), bits());
        forger.bare_cells = vec![place];
        assert_eq!(judge(&forger.forge()), Err(ProofError::Cells(DecodeError::Identity)), "ciphertext {place}");
    }
    for place in 0..5 {
        let mut forger = Forger::new(blank(&[3, 2]), bits());
        forger.bare_commitments = vec![place];
        assert_eq!(judge(&forger.forge()), Err(ProofError::Proof(DecodeError::Identity)), "commitment {place}");
    }
    // All is zero: bits, masks and randomness.
    let mut vote = blank(&[2]);
    vote.cells = vec![0; 64];
    vote.proof = vec![0; vote.shape.proof_bytes()];
    assert_eq!(judge(&vote), Err(ProofError::Proof(DecodeError::Identity)));
    assert_eq!(PublicKey::from_point(RistrettoPoint::mul_base(&Scalar::ZERO)), Err(DecodeError::Identity));
}

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

#[test]
fn row_10_another_voters_ballot_cannot_be_copied() {
    let vote = honest(&[3, 2], &[1, 0]);
    let thief = Vote { credential: [66; 32], ..vote.clone() };
    refused(&thief, "copied under another credential");
    // Re-randomised: all ciphertexts, or one; and as the thief's own, under the old proof.
    for whole in [true, false] {
        let mut next = random("thief");
        let cells = read_cells(&vote.shape, &vote.cells).unwrap();
        let fresh = cells
            .iter()
            .enumerate()
            .map(|(i, cell)| if whole || i == 1 { *cell + enc(&vote.key, Scalar::ZERO, next()) } else { *cell });
        let cells = crate::textbook::bytes(&fresh.collect::<Vec<_>>());
        refused(&Vote { cells: cells.clone(), ..vote.clone() }, "re-randomised");
        refused(&Vote { cells, ..thief.clone() }, "re-randomised under another credential");
    }
    // The thief proves anew over stolen cells, of which it does not know the content.
    let mut forger =
        Forger::new(Vote { credential: [66; 32], ..blank(&[3, 2]) }, numbers(&[vec![0, 1, 0], vec![1, 0]]));
    let own = read_cells(&vote.shape, &Forger::new(blank(&[3, 2]), forger.bits.clone()).forge().cells).unwrap();
    let stolen = read_cells(&vote.shape, &vote.cells).unwrap();
    forger.shift_cells = stolen.iter().zip(&own).map(|(stolen, own)| *stolen - *own).enumerate().collect();
    let forged = forger.forge();
    assert_eq!(forged.cells, vote.cells, "the cells are the stolen ones");
    refused(&forged, "proven without knowing the randomness");
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
