//! Rows 1 to 4 and 10 of the attacks: what is not an honest ballot of this voter, as it was made, is refused.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    Bounded, Cells, ElectionKeys, KeysError, Layout,
    group::DecodeError,
    onehot::{EncryptError, Parameters, ProofError, encrypt, verify},
};

use crate::{
    ballot::{ELECTION, SEED, approvals, context, keys, layout, secrets},
    encodings::{bad_points, bad_scalars},
    textbook::{self, Forger, Forgets, Vote, base, hash_to_scalar, random},
    votes::{
        Change, accepted, add_to_point, blank, blank_of, choosing, honest, judge, numbers, of_numbers, parameters,
        read, refused, repeats,
    },
};

/// The shapes on which every forgery is tried.
const SHAPES: [&[usize]; 4] = [&[2], &[2, 2], &[3, 2, 4], &[2, 5]];

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
    let bounded = Bounded { rows: 3..5, least: 1, most: 1 };
    let layout_of = |rows: &[usize], bounded: Bounded| Layout::new(rows.to_vec(), vec![bounded]).unwrap();
    let vote = choosing(blank_of(layout_of(&[3, 2, 3, 2, 2, 2, 2], bounded)), &[2, 0, 1, 0, 1, 1, 0], &SEED);
    accepted(&vote);
    let changes: [(&str, Change); 11] = [
        ("election", |v| v.election[31] ^= 1),
        ("credential", |v| v.credential[0] ^= 1),
        ("seq up", |v| v.seq += 1),
        ("seq down", |v| v.seq = 0),
        ("seq in its upper half", |v| v.seq |= 1 << 40),
        ("prev", |v| v.prev[0] ^= 128),
        ("the first key", |v| v.keys[0] += base(Scalar::ONE)),
        ("the second key", |v| v.keys[1] += base(Scalar::ONE)),
        ("keys in another order", |v| v.keys.swap(0, 1)),
        ("rows in another order", |v| {
            v.layout = Layout::new(vec![3, 3, 2, 2, 2, 2, 2], v.layout.bounded().to_vec()).unwrap();
        }),
        ("no bounds", |v| v.layout = layout(v.layout.rows())),
    ];
    for (what, change) in changes {
        let mut changed = vote.clone();
        change(&mut changed);
        refused(&changed, what);
    }
    // Bounds elsewhere, and bounds that this ballot keeps too.
    let rows = vote.layout.rows().to_vec();
    for (what, rows_of, least, most) in
        [("elsewhere", 5..7, 1, 1), ("wider", 3..5, 0, 1), ("wider still", 3..5, 1, 2), ("of more rows", 3..6, 2, 2)]
    {
        let layout = layout_of(&rows, Bounded { rows: rows_of, least, most });
        refused(&Vote { layout, ..vote.clone() }, &format!("bounds {what}"));
    }
    let committed = vote.commitments_bytes() / 32;
    for i in 0..vote.cells.len() / 32 {
        let mut changed = vote.clone();
        add_to_point(&mut changed.cells, i, &base(Scalar::ONE));
        refused(&changed, &format!("point {i} of the ciphertexts"));
    }
    for i in 0..committed {
        let mut changed = vote.clone();
        add_to_point(&mut changed.proof, i, &base(Scalar::ONE));
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
    for omitted in 0..2 * 2 + 3 {
        let mut forger = Forger::new(blank(&[3, 2]), numbers(&[vec![0, 1, 0], vec![1, 0]]));
        let bad = numbers(&[vec![5, -4, 0], vec![7, -6]]);
        match omitted {
            // S_i made up: another R than that of the row.
            0 | 1 => forger.shift_cells = vec![(omitted, base(Scalar::from(3_u64)))],
            // A_i made up: the row holds something else than it claims.
            2 | 3 => forger.bits[omitted - 2] = bad[omitted - 2].clone(),
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
        hash_to_scalar(&[b"veche-ballot-gamma-2"]),
        hash_to_scalar(&[b"veche-ballot-gamma-2", &[]]),
        Scalar::ONE,
        Scalar::from(2_u64),
    ];
    for gamma in guesses {
        // b_0 + b_1·γ = 1 with b_1 = 9.
        let nine = Scalar::from(9_u64);
        let row = vec![Scalar::ONE - nine * gamma, nine, Scalar::ZERO];
        let forger = Forger::new(blank(&[3]), vec![row.clone()]);
        refused(&forger.forge(), "proven as it is");
        let mut forger = Forger::new(blank(&[3]), vec![row.clone()]);
        forger.claimed = numbers(&[vec![1, 0, 0]]);
        refused(&forger.forge(), "proven as an honest row");
        let mut forger = Forger::new(blank(&[3]), vec![row]);
        forger.gamma = Some(gamma);
        refused(&forger.forge(), "proven under that γ");
    }
}

/// A simulated proof that nobody hashed: all equations hold under a challenge that its maker chose, and so the proof tells
/// nothing; but that challenge is not the hash.
#[test]
fn row_1_a_simulated_proof_holds_under_its_own_challenge_and_is_refused() {
    for rows in SHAPES {
        let c = Scalar::from(77_u64);
        let mut forger = Forger::new(blank(rows), bad_first_row(rows));
        forger.simulated = Some(c);
        let vote = forger.forge();
        assert_eq!(vote.failing_under(&vote.fixed(), c, Forgets::Nothing), Some(None), "{rows:?}");
        refused(&vote, "simulated");
    }
}

/// Two options in the first row, or twice the one; the other rows are honest.
fn bad_first_row(rows: &[usize]) -> Vec<Vec<Scalar>> {
    let mut bits: Vec<Vec<i64>> = rows.iter().map(|n| (0..*n).map(|k| i64::from(k == n - 1)).collect()).collect();
    bits[0][0] = 2;
    numbers(&bits)
}

/// Each of these sentences of the specification was left out by somebody, and a ballot of other numbers forged.
#[test]
fn row_1_each_forgery_fools_the_verifier_it_was_made_for_and_no_other() {
    for rows in SHAPES {
        let fooled = |forger: Forger| {
            let fools = forger.fools;
            let vote = forger.forge();
            assert_eq!(vote.failing(fools), Some(None), "{fools:?} {rows:?}");
            refused(&vote, &format!("{fools:?} {rows:?}"));
        };
        // R outside the statement: whoever knows the keys' secrets finds the R for which any numbers fold to a bit.
        let mut forger = Forger::new(blank(rows), bad_first_row(rows));
        forger.claimed = bad_first_row(rows);
        forger.claimed[0] = bad_first_row(rows)[0].iter().map(|_| Scalar::ZERO).collect();
        (forger.fools, forger.secrets) = (Forgets::Randomness, Some(secrets(blank(rows).keys.len())));
        fooled(forger);
        // Com outside the challenge: Com_0 is made up afterwards.
        let mut forger = Forger::new(blank(rows), bad_first_row(rows));
        forger.fools = Forgets::Coefficients;
        fooled(forger);
        // No power of c for short rows: the highest coefficient of a short row has a place among the Com.
        let largest = rows.iter().max().unwrap();
        if let Some(short) = rows.iter().position(|options| options < largest) {
            let mut bits = bad_first_row(rows);
            bits[0] = numbers(&[(0..rows[0]).map(|k| i64::from(k == 0)).collect()])[0].clone();
            bits[short][0] = Scalar::from(5_u64);
            let mut forger = Forger::new(blank(rows), bits);
            forger.fools = Forgets::Padding;
            fooled(forger);
        }
        // One weight for both equations of a row, or no first equation: another voter's R in one's own.
        let victim = base(Scalar::from(4_321_u64));
        let honest: Vec<Vec<i64>> = rows.iter().map(|n| (0..*n).map(|k| i64::from(k == 0)).collect()).collect();
        let (mut weights, mut equation) =
            (Forger::new(blank(rows), numbers(&honest)), Forger::new(blank(rows), numbers(&honest)));
        weights.shift_cells = vec![(0, victim), (rows.len(), -victim)];
        weights.fools = Forgets::Weights;
        equation.shift_cells = vec![(0, victim)];
        equation.fools = Forgets::Equation;
        fooled(weights);
        fooled(equation);
    }
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
    let verdict = read(&flipped).and_then(|read| verify(&parameters(vote), &read, &SEED));
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
        assert_eq!(Cells::read(&vote.layout, &changed.cells), Err(DecodeError::Length));
    }
    for length in lengths(proof) {
        let changed = Vote { proof: cut(&vote.proof, length), ..vote.clone() };
        assert_eq!(judge(&changed), Err(ProofError::ProofLength(length, proof)));
    }
    for rows in [vec![3], vec![3, 2, 2], vec![2, 2], vec![3, 3], vec![4, 2]] {
        let layout = layout(&rows);
        let changed = Vote { keys: keys(layout.keys()), layout, ..vote.clone() };
        assert!(matches!(judge(&changed), Err(ProofError::CellsLength(..) | ProofError::ProofLength(..))), "{rows:?}");
    }
    assert_eq!(Cells::read(&vote.layout, &vote.cells).unwrap().to_bytes(), vote.cells);
}

#[test]
fn row_2_layouts_keys_and_choices_that_cannot_be_are_refused() {
    for rows in [vec![], vec![0], vec![1], vec![2, 1, 2], vec![2, 0]] {
        assert_eq!(Layout::new(rows, vec![]), None);
    }
    let bounded = |rows, least, most| Bounded { rows, least, most };
    for (why, bad) in [
        ("none at most", vec![bounded(0..2, 0, 0)]),
        ("more than there are", vec![bounded(0..2, 1, 3)]),
        ("least above most", vec![bounded(0..2, 2, 1)]),
        ("bounds that bind nothing", vec![bounded(0..2, 0, 2)]),
        ("a row of three options", vec![bounded(1..3, 1, 1)]),
        ("rows that are not there", vec![bounded(3..6, 1, 1)]),
        ("no rows", vec![bounded(0..0, 0, 0)]),
        ("a row twice", vec![bounded(0..2, 1, 1), bounded(1..2, 1, 1)]),
        ("out of order", vec![bounded(3..5, 1, 1), bounded(0..2, 1, 1)]),
    ] {
        assert_eq!(Layout::new(vec![2, 2, 3, 2, 2], bad), None, "{why}");
    }
    assert!(Layout::new(vec![2, 2, 3, 2, 2], vec![bounded(0..2, 1, 1), bounded(3..5, 0, 1)]).is_some());

    let three = parameters(&blank(&[3, 2]));
    let make = |parameters: &Parameters, choices: &[usize]| {
        encrypt(parameters, &context(), choices, &SEED).map(|_| ()).unwrap_err()
    };
    for choices in [vec![], vec![0], vec![0, 0, 0]] {
        assert_eq!(make(&three, &choices), EncryptError::Rows);
    }
    for choices in [[3, 0], [0, 2], [usize::MAX, 0], [0, usize::MAX]] {
        assert_eq!(make(&three, &choices), EncryptError::Choice);
    }
    let committee = parameters(&blank_of(approvals(4, 1, 2)));
    for choices in [[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]] {
        assert_eq!(make(&committee, &choices), EncryptError::Bounds);
    }

    let one = base(Scalar::ONE);
    let read = |points: &[RistrettoPoint]| ElectionKeys::from_points(points).map(|_| ());
    let identity = base(Scalar::ZERO);
    assert_eq!(read(&[one, identity]), Err(KeysError::Read { place: 2, error: DecodeError::Identity }));
    assert_eq!(read(&[one, one + one, one]), Err(KeysError::Equal(1, 3)));
    assert!(Parameters::new(&ELECTION, ElectionKeys::from_points(&[one]).unwrap(), layout(&[3])).is_none());
}

#[test]
fn row_3_parts_of_other_ballots_are_refused() {
    let rows = [3, 3, 2, 2];
    let vote = honest(&rows, &[0, 1, 0, 1]);
    let make = |change: Change| {
        let mut other = blank(&rows);
        change(&mut other);
        choosing(other, &[0, 1, 0, 1], &[9; 32])
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
    // Between candidates, levels and contests: every pair of points, of randomness and bits, of commitments, of answers.
    let swapped = |change: &dyn Fn(&mut Vote)| {
        let mut changed = vote.clone();
        change(&mut changed);
        refused(&changed, "swapped within the ballot");
    };
    let committed = vote.commitments_bytes();
    for (i, j) in pairs(vote.cells.len() / 32) {
        swapped(&|v| swap(&mut v.cells, 32, i, j));
    }
    for (i, j) in pairs(committed / 32) {
        swapped(&|v| swap(&mut v.proof, 32, i, j));
    }
    for (i, j) in pairs(8) {
        swapped(&|v| swap(&mut v.proof[committed..], 32, i, j));
    }
    // Two equal rows exchanged with everything that belongs to them.
    swapped(&|v| {
        swap(&mut v.cells, 32, 0, 1);
        swap(&mut v.cells[4 * 32..], 64, 0, 1);
        swap(&mut v.proof, 32, 0, 1);
        swap(&mut v.proof, 32, 4, 5);
        swap(&mut v.proof[committed..], 32, 0, 1);
        swap(&mut v.proof[committed..], 32, 4, 5);
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
    let points = vote.commitments_bytes() / 32;
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
            assert_eq!(Cells::read(&vote.layout, &changed.cells), Err(*error));
        }
        for i in 0..points {
            let changed = Vote { proof: put(&vote.proof, i, value), ..vote.clone() };
            assert_eq!(judge(&changed), Err(ProofError::Proof(*error)), "point {i} of the proof");
        }
        assert_eq!(ElectionKeys::read(&[*value]), Err(KeysError::Read { place: 1, error: *error }));
    }
    for i in points..vote.proof.len() / 32 {
        let this: [u8; 32] = vote.proof[32 * i..32 * i + 32].try_into().unwrap();
        for value in bad_scalars(&this) {
            let changed = Vote { proof: put(&vote.proof, i, &value), ..vote.clone() };
            assert_eq!(judge(&changed), Err(ProofError::Proof(DecodeError::Scalar)), "scalar {i} of the proof");
        }
    }
}

/// Proofs over rows made without randomness would hold: only the reading refuses them.
#[test]
fn row_4_an_honest_proof_over_an_identity_is_refused() {
    let bits = || numbers(&[vec![1, 0, 0], vec![0, 1]]);
    for row in 0..2 {
        let mut forger = Forger::new(blank(&[3, 2]), bits());
        forger.bare = vec![(row, 'r')];
        assert_eq!(judge(&forger.forge()), Err(ProofError::Cells(DecodeError::Identity)), "R of row {row}");
        let mut forger = Forger::new(blank(&[3, 2]), bits());
        forger.bare = vec![(row, 's')];
        assert_eq!(judge(&forger.forge()), Err(ProofError::Proof(DecodeError::Identity)), "S of row {row}");
    }
    // All is zero: bits, masks and randomness.
    let mut vote = blank(&[2]);
    vote.cells = vec![0; 64];
    vote.proof = vec![0; vote.layout.proof_bytes()];
    assert_eq!(judge(&vote), Err(ProofError::Proof(DecodeError::Identity)));
}

/// Two rows under one randomness: the difference of their ciphertexts is that of their bits, for everybody to see.
#[test]
fn row_4_an_honest_proof_over_rows_that_share_their_randomness_is_refused() {
    let mut forger = Forger::new(blank(&[2, 2, 2]), numbers(&[vec![1, 0], vec![0, 1], vec![1, 0]]));
    forger.repeated = Some((2, 0));
    let vote = forger.forge();
    repeats(&vote, 3);
    let cells = textbook::read(&vote.cells).unwrap();
    assert_eq!(cells[3] - cells[5], base(Scalar::ZERO), "the first and the third row agree");
}

#[test]
fn row_10_another_voters_ballot_cannot_be_copied() {
    let vote = honest(&[3, 2], &[1, 0]);
    let thief = Vote { credential: [66; 32], ..vote.clone() };
    refused(&thief, "copied under another credential");
    // Re-randomised: all rows, or one; and as the thief's own, under the old proof.
    for whole in [true, false] {
        let (mut next, mut points) = (random("thief"), textbook::read(&vote.cells).unwrap());
        for (row, options) in [(0, 3), (1, 2)] {
            if whole || row == 1 {
                let r = next();
                points[row] += base(r);
                (0..options - 1).for_each(|k| points[vote.place(row, k)] += r * vote.keys[k]);
            }
        }
        let cells = textbook::bytes(&points);
        refused(&Vote { cells: cells.clone(), ..vote.clone() }, "re-randomised");
        refused(&Vote { cells, ..thief.clone() }, "re-randomised under another credential");
    }
    // The thief proves anew over stolen cells, of which it does not know the content.
    let mut forger =
        Forger::new(Vote { credential: [66; 32], ..blank(&[3, 2]) }, numbers(&[vec![0, 1, 0], vec![1, 0]]));
    let own = textbook::read(&Forger::new(blank(&[3, 2]), forger.bits.clone()).forge().cells).unwrap();
    let stolen = textbook::read(&vote.cells).unwrap();
    forger.shift_cells = stolen.iter().zip(&own).map(|(stolen, own)| stolen - own).enumerate().collect();
    let forged = forger.forge();
    assert_eq!(forged.cells, vote.cells, "the cells are the stolen ones");
    refused(&forged, "proven without knowing the randomness");
}
