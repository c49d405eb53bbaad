//! Chaum-Pedersen: one secret x is the discrete logarithm of X = x·B and of D_j = x·A_j for every j, one proof of 64
//! bytes for the whole vector. Spec: `docs/spec/secret.md` section 9.

use curve25519_dalek::{RistrettoPoint, Scalar, constants::RISTRETTO_BASEPOINT_POINT, traits::VartimeMultiscalarMul};
use zeroize::Zeroizing;

use crate::{
    group::{self, DecodeError, SCALAR_BYTES},
    transcript::{Nonces, Transcript},
};

pub const PROOF_BYTES: usize = 2 * SCALAR_BYTES;

/// c then s.
pub type Proof = [u8; PROOF_BYTES];

/// Who erred: the holder of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DleqError {
    #[error("the proof cannot be read: {0}")]
    Read(#[from] DecodeError),
    #[error("there are {got} values, {expected} are expected")]
    Count { got: usize, expected: usize },
    #[error("the proof does not hold")]
    Invalid,
}

/// What is claimed, and where the claim belongs.
pub struct Statement<'a> {
    /// Hashes to nothing else than this use: label and everything that identifies the claim.
    pub domain: Transcript,
    /// X = x·B.
    pub public: &'a RistrettoPoint,
    /// A_j.
    pub bases: &'a [RistrettoPoint],
    /// D_j = x·A_j.
    pub images: &'a [RistrettoPoint],
}

/// The vectors folded into one pair under weights that depend on all of them.
struct Folded {
    digest: [u8; 64],
    base: RistrettoPoint,
    image: RistrettoPoint,
}

impl Statement<'_> {
    fn fold(&self) -> Folded {
        let mut hash = self.domain.clone();
        hash.bytes(self.public.compress().as_bytes());
        hash.bytes(&group::encode_points(self.bases)).bytes(&group::encode_points(self.images));
        let digest = hash.digest();
        let weight = |j: usize| Transcript::new("veche-dleq-weight-1").bytes(&digest).number(j as u64).scalar();
        let weights: alloc::vec::Vec<Scalar> = (0..self.bases.len()).map(weight).collect();
        let base = RistrettoPoint::vartime_multiscalar_mul(&weights, self.bases);
        let image = RistrettoPoint::vartime_multiscalar_mul(&weights, self.images);
        Folded { digest, base, image }
    }

    /// Proves with x. `seed`: 32 fresh random bytes.
    pub fn prove(&self, x: &Scalar, seed: &[u8; 32]) -> Proof {
        let folded = self.fold();
        let mut base = Transcript::new("veche-dleq-nonce-1");
        base.bytes(seed).bytes(x.as_bytes()).bytes(&folded.digest);
        let k = Zeroizing::new(Nonces::new(base).next());
        let c = folded.challenge(&RistrettoPoint::mul_base(&k), &(*k * folded.base));
        let s = *k + c * x;
        let mut proof = [0; PROOF_BYTES];
        let (first, second) = proof.split_at_mut(SCALAR_BYTES);
        first.copy_from_slice(c.as_bytes());
        second.copy_from_slice(s.as_bytes());
        proof
    }

    pub fn verify(&self, proof: &Proof) -> Result<(), DleqError> {
        let (expected, got) = (self.bases.len(), self.images.len());
        if got != expected {
            return Err(DleqError::Count { got, expected });
        }
        let folded = self.fold();
        let scalars = group::scalars(proof)?;
        let [c, s] = scalars.as_slice() else { return Err(DecodeError::Length.into()) };
        let first = RistrettoPoint::vartime_multiscalar_mul([s, &-c], [&RISTRETTO_BASEPOINT_POINT, self.public]);
        let second = RistrettoPoint::vartime_multiscalar_mul([s, &-c], [&folded.base, &folded.image]);
        if folded.challenge(&first, &second) == *c { Ok(()) } else { Err(DleqError::Invalid) }
    }
}

impl Folded {
    fn challenge(&self, first: &RistrettoPoint, second: &RistrettoPoint) -> Scalar {
        let mut hash = Transcript::new("veche-dleq-challenge-1");
        hash.bytes(&self.digest).bytes(self.base.compress().as_bytes()).bytes(self.image.compress().as_bytes());
        hash.bytes(first.compress().as_bytes()).bytes(second.compress().as_bytes()).scalar()
    }
}
