//! Rows 1 to 4 and 10 of the attacks: what is not an honest ballot of this voter, as it was made, is refused.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    Ciphertext, EncryptionKey, PublicKey,
    group::DecodeError,
    onehot::{EncryptError, ProofError, Shape, encrypt, read_cells, verify},
};

use crate::{
    ballot::{SEED, context, key},
    encodings::{bad_points, bad_scalars},
    textbook::{Forger, Vote, enc, hash_to_scalar, power, random, scale},
    votes::{Change, accepted, add_to_point, blank, honest, judge, numbers, of_numbers, place, read, refused, shape},
};

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
fn row_10_another_voters_ballot_cannot_be_copied() {
    let vote = honest(&[3, 2], &[1, 0]);
    let thief = Vote { credential: [66; 32], ..vote.clone() };
    refused(&thief, "copied under another credential");
    // Re-randomised: all ciphertexts, or one; and as the thief's own, under the old proof.
    for whole in [true, false] {
        let mut next = random("thief");
        let cells = read_cells(&vote.shape, &vote.cells).unwrap().ciphertexts();
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
    let own =
        read_cells(&vote.shape, &Forger::new(blank(&[3, 2]), forger.bits.clone()).forge().cells).unwrap().ciphertexts();
    let stolen = read_cells(&vote.shape, &vote.cells).unwrap().ciphertexts();
    forger.shift_cells = stolen.iter().zip(&own).map(|(stolen, own)| *stolen - *own).enumerate().collect();
    let forged = forger.forge();
    assert_eq!(forged.cells, vote.cells, "the cells are the stolen ones");
    refused(&forged, "proven without knowing the randomness");
}
