//! Exponential ElGamal with one randomness for a row and a key for each of its options: R = r·B, C_k = b_k·B + r·Y_k.
//! Spec: `docs/spec/secret.md` section 3.

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::RistrettoPoint;

use crate::group::{self, DecodeError, POINT_BYTES};

/// Who erred: the trustees' ceremony, or whoever wrote the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// One of the encodings is no point, or the identity.
    #[error("election key {place} cannot be read: {error}")]
    Read {
        /// From 1.
        place: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A known relation between two keys lets ballots be read.
    #[error("election keys {0} and {1} are equal")]
    Equal(usize, usize),
}

/// The election keys Y_0, Y_1, ...: one for each option that is sent, and behind these one for the lot where one may be
/// drawn. None is the identity, no two are equal.
#[derive(Clone, PartialEq, Eq)]
pub struct ElectionKeys {
    points: Vec<RistrettoPoint>,
    bytes: Vec<[u8; POINT_BYTES]>,
}

impl ElectionKeys {
    /// Places in errors count from 1.
    ///
    /// # Errors
    ///
    /// A key is no point, is the identity, or stands there twice.
    pub fn read(bytes: &[[u8; POINT_BYTES]]) -> Result<Self, KeysError> {
        let mut points = Vec::with_capacity(bytes.len());
        for (i, encoding) in bytes.iter().enumerate() {
            let point = group::point_not_identity(encoding);
            points.push(point.map_err(|error| KeysError::Read { place: i + 1, error })?);
            if let Some(equal) = bytes.iter().take(i).position(|earlier| earlier == encoding) {
                return Err(KeysError::Equal(equal + 1, i + 1));
            }
        }
        Ok(Self { points, bytes: bytes.to_vec() })
    }

    /// As [`read`](Self::read), of points.
    ///
    /// # Errors
    ///
    /// A key is the identity, or stands there twice.
    pub fn from_points(points: &[RistrettoPoint]) -> Result<Self, KeysError> {
        Self::read(&points.iter().map(|point| point.compress().to_bytes()).collect::<Vec<_>>())
    }

    /// The keys, in their order.
    pub fn points(&self) -> &[RistrettoPoint] {
        &self.points
    }

    /// The encodings.
    pub fn encodings(&self) -> &[[u8; POINT_BYTES]] {
        &self.bytes
    }
}

impl fmt::Debug for ElectionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElectionKeys({:02x?})", self.bytes)
    }
}
