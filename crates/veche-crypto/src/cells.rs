//! All points of a ballot's ciphertexts, or of a sum of ballots, at once: public data, computed with in wide registers.
//! Spec: `docs/spec/secret.md` sections 3 and 12.

use alloc::vec::Vec;
use core::fmt;

use ristretto_wide::{Backend, Points};

use crate::{
    Layout,
    group::{self, DecodeError, POINT_BYTES},
};

/// R_i of every row, then C_ik of every bit. Never of secrets: time follows the values.
#[derive(Clone)]
pub struct Cells(Points);

impl Cells {
    /// The sum of no ballots.
    pub fn zero(layout: &Layout) -> Self {
        Self(Points::identity(Backend::fastest(), layout.points()))
    }

    /// Of a ballot: no point is the identity, no two rows have the same R.
    ///
    /// # Errors
    ///
    /// Whoever wrote the ballot erred.
    pub fn read(layout: &Layout, bytes: &[u8]) -> Result<Self, DecodeError> {
        let encodings = Self::encodings(layout, bytes)?;
        group::wide_points(encodings).map(Self)
    }

    /// What [`read`](Self::read) asks of the encodings beyond that each is a point's.
    pub(crate) fn encodings<'a>(layout: &Layout, bytes: &'a [u8]) -> Result<&'a [[u8; POINT_BYTES]], DecodeError> {
        let encodings = group::chunks(bytes)?;
        if encodings.len() != layout.points() {
            return Err(DecodeError::Length);
        }
        group::not_identity(encodings)?;
        match encodings.get(..layout.rows().len()).and_then(group::repeated) {
            Some(row) => Err(DecodeError::Repeated(row + 1)),
            None => Ok(encodings),
        }
    }

    /// Of points whose encodings were good.
    pub(crate) fn of(points: Points) -> Self {
        Self(points)
    }

    /// Adds `weight` times each of the other's points to the one at its place; the weight is public.
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

    pub(crate) fn points(&self) -> &Points {
        &self.0
    }

    /// 32 bytes a point.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode().as_flattened().to_vec()
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
        write!(f, "Cells({})", self.0.len())
    }
}
