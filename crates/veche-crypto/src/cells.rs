//! All ciphertexts of a ballot, or of a sum of ballots, at once: public data, computed with in wide registers.
//! Spec: `docs/spec/secret.md` sections 3 and 12.

use alloc::vec::Vec;
use core::fmt;

use ristretto_wide::{Backend, Points};

use crate::{
    elgamal::{CIPHERTEXT_BYTES, Ciphertext},
    group::{self, DecodeError, POINT_BYTES},
};

/// Ciphertexts in a row: a and b of each by turns. Never of secrets: time follows the values.
#[derive(Clone)]
pub struct Cells(Points);

impl Cells {
    /// So many Enc(0; 0): the sum of no ballots.
    pub fn zero(count: usize) -> Self {
        Self(Points::identity(Backend::fastest(), 2 * count))
    }

    /// Ciphertexts one after the other, nothing between or behind them; no point of them is the identity.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        if !bytes.len().is_multiple_of(CIPHERTEXT_BYTES) {
            return Err(DecodeError::Length);
        }
        let encodings = group::chunks(bytes)?;
        // The identity's only encoding is all zeros.
        if encodings.contains(&[0; POINT_BYTES]) {
            return Err(DecodeError::Identity);
        }
        Ok(Self(Points::decode(Backend::fastest(), encodings).map_err(|_| DecodeError::Point)?))
    }

    /// Adds `weight` times each of the other's ciphertexts to the one at its place; the weight is public.
    pub fn add(&mut self, other: &Self, weight: u64) {
        self.0.add(&other.times(weight).0);
    }

    /// The reverse of [`add`](Self::add).
    pub fn subtract(&mut self, other: &Self, weight: u64) {
        self.0.subtract(&other.times(weight).0);
    }

    fn times(&self, weight: u64) -> Self {
        let mut product = self.clone();
        if weight != 1 {
            product.0.scale(weight);
        }
        product
    }

    /// How many ciphertexts.
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn points(&self) -> &Points {
        &self.0
    }

    /// 64 bytes a ciphertext.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode().as_flattened().to_vec()
    }

    /// One by one, for those who open them.
    pub fn ciphertexts(&self) -> Vec<Ciphertext> {
        let points = self.0.to_library();
        let (pairs, _) = points.as_chunks::<2>();
        pairs.iter().map(|[a, b]| Ciphertext { a: *a, b: *b }).collect()
    }
}

impl PartialEq for Cells {
    fn eq(&self, other: &Self) -> bool {
        self.0.encode() == other.0.encode()
    }
}

impl Eq for Cells {}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cells({})", self.len())
    }
}
