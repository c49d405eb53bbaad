//! The prover. Nothing here branches on, or indexes by, what is chosen.

use alloc::{vec, vec::Vec};

use curve25519_dalek::{RistrettoPoint, Scalar, traits::Identity};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{Challenges, Context, Shape, powers};
use crate::{
    elgamal::EncryptionKey,
    transcript::{Nonces, Transcript},
};

/// Who erred: the program that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    #[error("the number of choices is not the number of rows")]
    Rows,
    #[error("a choice is beyond its row's options")]
    Choice,
}

/// A ballot as it is sent, and the randomness by which a challenged ballot is opened.
pub struct Encrypted {
    pub cells: Vec<u8>,
    pub proof: Vec<u8>,
    /// r of every ciphertext that is sent, in their order. Whoever has it can read the ballot.
    pub randomness: Zeroizing<Vec<Scalar>>,
}

/// Encrypts one choice for each row (the index of an option, from 0) and proves that the rows are one-hot.
/// `seed` is 32 fresh bytes of the system's randomness.
pub fn encrypt(
    key: &EncryptionKey,
    shape: &Shape,
    context: &Context<'_>,
    choices: &[usize],
    seed: &[u8; 32],
) -> Result<Encrypted, EncryptError> {
    if choices.len() != shape.rows().len() {
        return Err(EncryptError::Rows);
    }
    if choices.iter().zip(shape.rows()).any(|(choice, options)| choice >= options) {
        return Err(EncryptError::Choice);
    }
    let bits = choices.iter().zip(shape.rows()).map(|(choice, options)| one_hot(*choice, *options)).collect();
    // m·B of a bit is one of two points: selecting it is nine microseconds cheaper than multiplying.
    let (zero, one) = (RistrettoPoint::identity(), RistrettoPoint::mul_base(&Scalar::ONE.div_by_2()));
    let half = |bit: &Scalar| RistrettoPoint::conditional_select(&zero, &one, bit.ct_eq(&Scalar::ONE));
    Ok(prove(key, shape, context, &Zeroizing::new(bits), half, seed))
}

/// All options of a row as scalars 0 and 1, without branching on the choice.
fn one_hot(choice: usize, options: usize) -> Vec<Scalar> {
    let bit = |k: usize| Scalar::conditional_select(&Scalar::ZERO, &Scalar::ONE, (k as u64).ct_eq(&(choice as u64)));
    (0..options).map(bit).collect()
}

/// What a dishonest voter's program can try: any numbers in the cells, and any value where a row's should be.
#[cfg(feature = "dishonest")]
pub fn encrypt_bits(
    key: &EncryptionKey,
    shape: &Shape,
    context: &Context<'_>,
    bits: Vec<Vec<Scalar>>,
    seed: &[u8; 32],
) -> Encrypted {
    prove(key, shape, context, &Zeroizing::new(bits), half, seed)
}

/// (m/2)·B.
fn half(m: &Scalar) -> RistrettoPoint {
    RistrettoPoint::mul_base(&m.div_by_2())
}

/// `bits` holds every option of every row, the implied one last; `half_bit` makes (m/2)·B of each.
fn prove(
    key: &EncryptionKey,
    shape: &Shape,
    context: &Context<'_>,
    bits: &Zeroizing<Vec<Vec<Scalar>>>,
    half_bit: impl Fn(&Scalar) -> RistrettoPoint,
    seed: &[u8; 32],
) -> Encrypted {
    let context = context.digest(key.public(), shape);
    let mut nonces = nonces(seed, &context, bits);
    let mut draw =
        |count: usize| -> Zeroizing<Vec<Scalar>> { Zeroizing::new((0..count).map(|_| nonces.next()).collect()) };

    let randomness = draw(shape.cells());
    let sent = bits.iter().flat_map(|row| row.iter().take(row.len() - 1));
    let cells = encode(key, half_bit, sent.zip(randomness.iter()));
    let challenges = Challenges::of(&context, &cells);
    let gammas = powers(&challenges.gamma, shape.options_max());

    let masks = draw(shape.rows().len()); // a_i
    let blinds = draw(shape.rows().len()); // s_i
    let values: Zeroizing<Vec<Scalar>> = Zeroizing::new(bits.iter().map(|row| inner(row, &gammas)).collect()); // v_i
    let polynomial = polynomial(shape, &values, &masks, &gammas, &challenges.rho); // L_d
    let powers_blinds = draw(shape.options_max()); // t_d
    let committed = masks.iter().zip(blinds.iter()).chain(polynomial.iter().zip(powers_blinds.iter()));
    let mut proof = encode(key, half, committed);

    let c = challenges.last(&proof);
    for (value, mask) in values.iter().zip(masks.iter()) {
        proof.extend_from_slice((c * value + mask).as_bytes()); // f_i
    }
    let mut rest = randomness.as_slice();
    for (options, blind) in shape.rows().iter().zip(blinds.iter()) {
        let (row, others) = rest.split_at(options - 1);
        rest = others;
        let last = gammas.get(options - 1).copied().unwrap_or_default();
        let r_star: Scalar = row.iter().zip(&gammas).map(|(r, gamma)| r * (gamma - last)).sum();
        proof.extend_from_slice((c * r_star + blind).as_bytes()); // z_i
    }
    let t: Scalar = powers_blinds.iter().zip(powers(&c, shape.options_max())).map(|(t, power)| t * power).sum();
    proof.extend_from_slice(t.as_bytes());
    Encrypted { cells, proof, randomness }
}

/// All secrets of a ballot come from the seed, the choices and the context together.
fn nonces(seed: &[u8; 32], context: &[u8; 64], bits: &[Vec<Scalar>]) -> Nonces {
    let mut base = Transcript::new("veche-ballot-nonce-1");
    base.bytes(seed).bytes(context);
    for bit in bits.iter().flatten() {
        base.bytes(bit.as_bytes());
    }
    Nonces::new(base)
}

/// Σ x_k·γ^k.
fn inner(row: &[Scalar], gammas: &[Scalar]) -> Scalar {
    row.iter().zip(gammas).map(|(x, gamma)| x * gamma).sum()
}

/// L_0..L_{K-1} of Σ_i ρ^i·X^{K−K_i}·Π_{k<K_i} ((v_i − γ^k)·X + a_i). The coefficient of X^K vanishes for one-hot rows.
fn polynomial(
    shape: &Shape,
    values: &[Scalar],
    masks: &[Scalar],
    gammas: &[Scalar],
    rho: &Scalar,
) -> Zeroizing<Vec<Scalar>> {
    let largest = shape.options_max();
    let mut sum = Zeroizing::new(vec![Scalar::ZERO; largest + 1]);
    let mut weight = Scalar::ONE;
    for ((options, value), mask) in shape.rows().iter().zip(values).zip(masks) {
        let mut product = Zeroizing::new(Vec::with_capacity(options + 1));
        product.push(weight);
        for gamma in gammas.iter().take(*options) {
            multiply(&mut product, &(value - gamma), mask);
        }
        for (place, coefficient) in sum.iter_mut().skip(largest - options).zip(product.iter()) {
            *place += coefficient;
        }
        weight *= rho;
    }
    sum.truncate(largest);
    sum
}

/// Multiplies a polynomial (ascending coefficients) by `slope`·X + `constant`.
fn multiply(polynomial: &mut Vec<Scalar>, slope: &Scalar, constant: &Scalar) {
    let mut below = Scalar::ZERO;
    for coefficient in polynomial.iter_mut() {
        let old = *coefficient;
        *coefficient = old * constant + below * slope;
        below = old;
    }
    polynomial.push(below * slope);
}

/// Enc(m; r) for each pair, encoded. Halved first: doubling and encoding a batch is nearly free.
fn encode<'a>(
    key: &EncryptionKey,
    half: impl Fn(&Scalar) -> RistrettoPoint,
    pairs: impl Iterator<Item = (&'a Scalar, &'a Scalar)>,
) -> Vec<u8> {
    let halves: Vec<RistrettoPoint> = pairs
        .flat_map(|(m, r)| {
            let half = key.encrypt_point(&half(m), &r.div_by_2());
            [half.a, half.b]
        })
        .collect();
    let encoded = RistrettoPoint::double_and_compress_batch(&halves);
    encoded.iter().flat_map(|point| point.to_bytes()).collect()
}
