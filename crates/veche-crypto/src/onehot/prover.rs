//! The prover. Nothing here branches on, or indexes by, what is chosen.

use alloc::{collections::BTreeMap, vec, vec::Vec};

use curve25519_dalek::{
    RistrettoPoint, Scalar,
    traits::{Identity, MultiscalarMul, VartimeMultiscalarMul},
};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{Challenges, Context, Parameters, Tables, claims, powers};
use crate::{
    Layout,
    transcript::{Nonces, Transcript},
};

/// Who erred: the program that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// A choice for each row, and no more.
    #[error("the number of choices is not the number of rows")]
    Rows,
    /// Options are counted from 0.
    #[error("a choice is beyond its row's options")]
    Choice,
    /// See [`Bounded`](crate::Bounded).
    #[error("the approvals of a contest are fewer or more than it allows")]
    Bounds,
}

/// A ballot as it is sent, and the randomness by which a challenged ballot is opened.
pub struct Encrypted {
    /// The ciphertexts.
    pub cells: Vec<u8>,
    /// That they hold a valid ballot.
    pub proof: Vec<u8>,
    /// r of every row. Whoever has it can read the ballot.
    pub randomness: Zeroizing<Vec<Scalar>>,
}

/// Encrypts one choice for each row (the index of an option, from 0) and proves that the rows are one-hot.
/// `seed` is 32 fresh bytes of the system's randomness.
///
/// # Errors
///
/// The choices are none of a valid ballot.
pub fn encrypt(
    parameters: &Parameters,
    context: &Context<'_>,
    choices: &[usize],
    seed: &[u8; 32],
) -> Result<Encrypted, EncryptError> {
    let layout = parameters.layout();
    if choices.len() != layout.rows().len() {
        return Err(EncryptError::Rows);
    }
    if choices.iter().zip(layout.rows()).any(|(choice, options)| choice >= options) {
        return Err(EncryptError::Choice);
    }
    let refusals = |rows: &[usize]| rows.len() - rows.iter().sum::<usize>();
    let within = |bounded: &crate::Bounded| {
        choices.get(bounded.rows.clone()).is_some_and(|rows| bounded.refusals().contains(&refusals(rows)))
    };
    if !layout.bounded().iter().all(within) {
        return Err(EncryptError::Bounds);
    }
    let bits = choices.iter().zip(layout.rows()).map(|(choice, options)| one_hot(*choice, *options)).collect();
    // m·B of a bit is one of two points: selecting it is cheaper than multiplying.
    let (zero, one) = (RistrettoPoint::identity(), RistrettoPoint::mul_base(&Scalar::ONE.div_by_2()));
    let half = |bit: &Scalar| RistrettoPoint::conditional_select(&zero, &one, bit.ct_eq(&Scalar::ONE));
    Ok(prove(parameters, context, &Zeroizing::new(bits), half, seed))
}

/// All options of a row as scalars 0 and 1, without branching on the choice.
fn one_hot(choice: usize, options: usize) -> Vec<Scalar> {
    let bit = |k: usize| Scalar::conditional_select(&Scalar::ZERO, &Scalar::ONE, (k as u64).ct_eq(&(choice as u64)));
    (0..options).map(bit).collect()
}

/// What a dishonest voter's program can try: any numbers in the cells, and any value where a row's should be.
#[cfg(feature = "dishonest")]
pub fn encrypt_bits(
    parameters: &Parameters,
    context: &Context<'_>,
    bits: Vec<Vec<Scalar>>,
    seed: &[u8; 32],
) -> Encrypted {
    prove(parameters, context, &Zeroizing::new(bits), half, seed)
}

/// (m/2)·B.
fn half(m: &Scalar) -> RistrettoPoint {
    RistrettoPoint::mul_base(&m.div_by_2())
}

/// `bits` holds every option of every row, the implied one last; `half_bit` makes (m/2)·B of each.
fn prove(
    parameters: &Parameters,
    context: &Context<'_>,
    bits: &Zeroizing<Vec<Vec<Scalar>>>,
    half_bit: impl Fn(&Scalar) -> RistrettoPoint,
    seed: &[u8; 32],
) -> Encrypted {
    let layout = parameters.layout();
    let context = context.digest(parameters);
    let mut nonces = nonces(seed, &context, bits);
    let mut draw =
        || -> Zeroizing<Vec<Scalar>> { layout.rows().iter().map(|_| nonces.next()).collect::<Vec<_>>().into() };

    let randomness = draw(); // r_i
    let halves = halved(&randomness);
    let cells = encode(&ciphertexts(parameters, bits, &halves, half_bit));
    let challenges = Challenges::of(&context, &cells);
    let gammas = powers(&challenges.gamma, layout.keys() + 1);

    let masks = draw(); // a_i
    let blinds = draw(); // s_i
    let blind_halves = halved(&blinds);
    let values = Zeroizing::new(bits.iter().map(|row| value(row, &gammas)).collect::<Vec<_>>()); // v_i
    let polynomial = polynomial(layout, &values, &masks, &gammas, &challenges.rho); // L_d
    let mut committed = rows(parameters, &masks, &blind_halves, &gammas);
    committed.extend(coefficients(parameters, &polynomial, first(&halves), first(&blind_halves)));
    let mut proof = encode(&committed);

    let c = challenges.last(&proof);
    for (secrets, masks) in [(&values, &masks), (&randomness, &blinds)] {
        for (secret, mask) in secrets.iter().zip(masks.iter()) {
            proof.extend_from_slice((c * secret + mask).as_bytes()); // f_i, then z_i
        }
    }
    Encrypted { cells, proof, randomness }
}

/// All secrets of a ballot come from the seed, the choices and the context together.
fn nonces(seed: &[u8; 32], context: &[u8; 64], bits: &[Vec<Scalar>]) -> Nonces {
    let mut base = Transcript::new("veche-ballot-nonce-2");
    base.bytes(seed).bytes(context);
    for bit in bits.iter().flatten() {
        base.bytes(bit.as_bytes());
    }
    Nonces::new(base)
}

/// Points are made of halves of their scalars: doubling and encoding a batch is nearly free.
fn halved(scalars: &[Scalar]) -> Zeroizing<Vec<Scalar>> {
    Zeroizing::new(scalars.iter().map(Scalar::div_by_2).collect())
}

fn first(scalars: &[Scalar]) -> &Scalar {
    scalars.first().unwrap_or(&Scalar::ZERO)
}

/// Halves of R_i for every row, then of C_ik for every bit that is sent.
fn ciphertexts(
    parameters: &Parameters,
    bits: &[Vec<Scalar>],
    halves: &[Scalar],
    half_bit: impl Fn(&Scalar) -> RistrettoPoint,
) -> Vec<RistrettoPoint> {
    let (keys, tables) = (parameters.keys().points(), parameters.tables.as_ref());
    let times = |(k, key): (usize, &RistrettoPoint), half: &Scalar| match tables.and_then(|tables| tables.keys.get(k)) {
        Some(table) => table * half,
        None => half * key,
    };
    let row = |(bits, half): (&Vec<Scalar>, &Scalar)| {
        let sent = bits.iter().take(bits.len() - 1).zip(keys.iter().enumerate());
        sent.map(|(bit, key)| half_bit(bit) + times(key, half)).collect::<Vec<_>>()
    };
    let cells = bits.iter().zip(halves).flat_map(row);
    halves.iter().map(RistrettoPoint::mul_base).chain(cells).collect()
}

/// Halves of S_i = s_i·B for every row, then of A_i = a_i·B + s_i·Y*_i.
fn rows(parameters: &Parameters, masks: &[Scalar], blind_halves: &[Scalar], gammas: &[Scalar]) -> Vec<RistrettoPoint> {
    let keys = parameters.keys().points();
    // Y* is the same in all rows with as many options, and public.
    let mut folded = BTreeMap::new();
    for options in parameters.layout().rows() {
        let sent = || gammas.iter().zip(keys).take(options - 1);
        let fold =
            || RistrettoPoint::vartime_multiscalar_mul(sent().map(|(gamma, _)| gamma), sent().map(|(_, key)| key));
        folded.entry(*options).or_insert_with(fold);
    }
    let rows = parameters.layout().rows().iter().filter_map(|options| folded.get(options));
    let committed = rows.zip(masks).zip(blind_halves).map(|((key, mask), blind)| half(mask) + blind * key);
    blind_halves.iter().map(RistrettoPoint::mul_base).chain(committed).collect()
}

/// Halves of Com_d = L_d·B + r_1·Z_(d-1) + s_1·Z_d: in Σ c^d·Com_d the masks add up to z_1·Σ c^d·Z_d.
fn coefficients(parameters: &Parameters, polynomial: &[Scalar], r: &Scalar, s: &Scalar) -> Vec<RistrettoPoint> {
    let below = |d: usize| d.checked_sub(1);
    let by_tables = |tables: &Tables, d: usize| {
        let below = below(d).and_then(|below| tables.masks.get(below)).map(|table| table * r);
        below.into_iter().chain(tables.masks.get(d).map(|table| table * s)).sum()
    };
    let together = |d: usize| {
        let masks = &parameters.masks;
        let below = below(d).and_then(|below| masks.get(below)).map(|mask| (r, mask));
        let (scalars, masks): (Vec<&Scalar>, Vec<&RistrettoPoint>) =
            below.into_iter().chain(masks.get(d).map(|mask| (s, mask))).unzip();
        RistrettoPoint::multiscalar_mul(scalars, masks)
    };
    let commit = |(d, coefficient): (usize, &Scalar)| {
        let mask: RistrettoPoint =
            parameters.tables.as_ref().map_or_else(|| together(d), |tables| by_tables(tables, d));
        half(coefficient) + mask
    };
    polynomial.iter().enumerate().map(commit).collect()
}

/// v = Σ γ^k·b_k over the bits that are sent.
fn value(row: &[Scalar], gammas: &[Scalar]) -> Scalar {
    row.iter().take(row.len() - 1).zip(gammas).map(|(bit, gamma)| bit * gamma).sum()
}

/// L_0..L_{K-1} of Σ ρ^e·X^{K−K_e}·Π ((v − root)·X + a) over all claims, the K_e roots of each. The coefficient of X^K
/// vanishes where every claim is true.
fn polynomial(
    layout: &Layout,
    values: &[Scalar],
    masks: &[Scalar],
    gammas: &[Scalar],
    rho: &Scalar,
) -> Zeroizing<Vec<Scalar>> {
    let largest = layout.coefficients();
    let mut sum = Zeroizing::new(vec![Scalar::ZERO; largest + 1]);
    let mut weight = Scalar::ONE;
    for claim in claims(layout, gammas) {
        let (value, mask) = (claim.sum(values), claim.sum(masks));
        let mut product = Zeroizing::new(Vec::with_capacity(claim.roots.len() + 1));
        product.push(weight);
        for root in &claim.roots {
            multiply(&mut product, &(value - root), &mask);
        }
        for (place, coefficient) in sum.iter_mut().skip(largest - claim.roots.len()).zip(product.iter()) {
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

/// The doubles of these points.
fn encode(halves: &[RistrettoPoint]) -> Vec<u8> {
    RistrettoPoint::double_and_compress_batch(halves).iter().flat_map(|point| point.to_bytes()).collect()
}
