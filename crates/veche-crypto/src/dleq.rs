//! One proof for many secrets and many points: with X_k = x_k·B for every key k, each image is x_k·A for the key and the
//! base of its cell. An answer for each key; without cells it is a proof that the secrets are known.
//! Spec: `docs/spec/secret.md` section 9.

use alloc::{collections::BTreeSet, vec::Vec};

use curve25519_dalek::{RistrettoPoint, Scalar, traits::VartimeMultiscalarMul};
use zeroize::Zeroizing;

use crate::{
    group::{self, DecodeError, POINT_BYTES, SCALAR_BYTES},
    transcript::{Nonces, Transcript},
};

/// c, then s_k for every key.
pub type Proof = Vec<u8>;

/// Bytes of a proof about so many keys.
pub fn proof_bytes(keys: usize) -> usize {
    (1 + keys) * SCALAR_BYTES
}

/// Who erred: the holder of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DleqError {
    /// D2, D3.
    #[error("the proof cannot be read: {0}")]
    Read(#[from] DecodeError),
    /// D1.
    #[error("there are {got} values, {expected} are expected")]
    Count {
        /// How many there are.
        got: usize,
        /// How many there must be.
        expected: usize,
    },
    /// D5. What was shown stays known: these keys are not used again.
    #[error("two keys are proven under one mask")]
    Masks,
    /// D4.
    #[error("the proof does not hold")]
    Invalid,
}

/// Which of the keys is applied to which of the bases, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Which of the keys.
    pub key: usize,
    /// Which of the bases.
    pub base: usize,
}

/// What is claimed, and where the claim belongs.
pub struct Statement<'a> {
    /// Hashes to nothing else than this use: label and everything that identifies the claim, the cells too.
    pub domain: Transcript,
    /// X_k = x_k·B.
    pub publics: &'a [RistrettoPoint],
    /// A_i.
    pub bases: &'a [RistrettoPoint],
    /// The key and the base of every image.
    pub cells: &'a [Cell],
    /// D_j = x_k·A_i, for the key k and the base i of cell j.
    pub images: &'a [RistrettoPoint],
}

/// The cells folded into one equation, under weights that depend on all that is claimed.
struct Folded {
    claim: [u8; 64],
    /// Of each key.
    bases: Vec<RistrettoPoint>,
    image: RistrettoPoint,
}

impl<'a> Statement<'a> {
    /// The claim that the secrets behind these keys are known, and no other.
    pub fn possession(domain: Transcript, publics: &'a [RistrettoPoint]) -> Self {
        Self { domain, publics, bases: &[], cells: &[], images: &[] }
    }

    fn fold(&self) -> Folded {
        let mut hash = self.domain.clone();
        for points in [self.publics, self.bases, self.images] {
            hash.bytes(&group::encode_points(points));
        }
        let claim = hash.digest();
        let weight = |j: usize| Transcript::new("veche-dleq-weight-2").bytes(&claim).number(j as u64).scalar();
        let weights: Vec<Scalar> = (0..self.cells.len()).map(weight).collect();
        let of_key = |key: usize| {
            let cells = self.cells.iter().zip(&weights).filter(|(cell, _)| cell.key == key);
            let terms = cells.filter_map(|(cell, weight)| Some((weight, self.bases.get(cell.base)?)));
            let (weights, bases): (Vec<&Scalar>, Vec<&RistrettoPoint>) = terms.unzip();
            RistrettoPoint::vartime_multiscalar_mul(weights, bases)
        };
        let bases = (0..self.publics.len()).map(of_key).collect();
        let image = RistrettoPoint::vartime_multiscalar_mul(&weights, self.images);
        Folded { claim, bases, image }
    }

    /// Proves with x_k for every key. `seed`: 32 fresh random bytes.
    pub fn prove(&self, secrets: &[Scalar], seed: &[u8; 32]) -> Proof {
        let folded = self.fold();
        let mut nonces = folded.nonces(secrets, seed);
        let masks: Zeroizing<Vec<Scalar>> = Zeroizing::new(secrets.iter().map(|_| nonces.next()).collect());
        let first: Vec<RistrettoPoint> = masks.iter().map(RistrettoPoint::mul_base).collect();
        let second = masks.iter().zip(&folded.bases).map(|(mask, base)| mask * base).sum();
        let c = folded.challenge(&group::encode_points(&first), &second);
        let answers = masks.iter().zip(secrets).map(|(mask, secret)| mask + c * secret);
        core::iter::once(c).chain(answers).flat_map(|scalar| scalar.to_bytes()).collect()
    }

    /// D1 to D5, of points that are decoded already.
    ///
    /// # Errors
    ///
    /// The holder of the keys erred, or the proof belongs to another claim.
    pub fn verify(&self, proof: &[u8]) -> Result<(), DleqError> {
        let (expected, got) = (self.cells.len(), self.images.len());
        if got != expected {
            return Err(DleqError::Count { got, expected });
        }
        if proof.len() != proof_bytes(self.publics.len()) {
            return Err(DecodeError::Length.into());
        }
        let scalars = group::scalars(proof)?;
        let Some((c, answers)) = scalars.split_first() else { return Err(DecodeError::Length.into()) };
        let folded = self.fold();
        let first = self.publics.iter().zip(answers).map(|(public, s)| {
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&-c, public, s).compress().to_bytes()
        });
        let first: Vec<[u8; POINT_BYTES]> = first.collect();
        // The difference of two answers under one mask is c times the difference of two secrets, for everybody to see.
        if first.iter().collect::<BTreeSet<_>>().len() < first.len() {
            return Err(DleqError::Masks);
        }
        let (scalars, bases) = (answers.iter().copied().chain([-c]), folded.bases.iter().chain([&folded.image]));
        let second = RistrettoPoint::vartime_multiscalar_mul(scalars, bases);
        if folded.challenge(first.as_flattened(), &second) == *c { Ok(()) } else { Err(DleqError::Invalid) }
    }
}

impl Folded {
    /// A mask for each key, unlike those of every other claim, secret and seed.
    fn nonces(&self, secrets: &[Scalar], seed: &[u8; 32]) -> Nonces {
        let secrets: Zeroizing<Vec<u8>> = Zeroizing::new(secrets.iter().flat_map(Scalar::to_bytes).collect());
        let mut base = Transcript::new("veche-dleq-nonce-2");
        base.bytes(seed).bytes(&secrets).bytes(&self.claim);
        Nonces::new(base)
    }

    /// `first`: of every key, encoded.
    fn challenge(&self, first: &[u8], second: &RistrettoPoint) -> Scalar {
        let mut hash = Transcript::new("veche-dleq-challenge-2");
        hash.bytes(&self.claim).bytes(&group::encode_points(&self.bases)).bytes(self.image.compress().as_bytes());
        hash.bytes(first).bytes(second.compress().as_bytes()).scalar()
    }
}
