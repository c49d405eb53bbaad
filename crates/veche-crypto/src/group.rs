//! Reading points and scalars: one encoding each, everything else refused. Spec: `docs/spec/secret.md` section 1.

use alloc::{collections::BTreeSet, vec::Vec};

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::Identity};
use ristretto_wide::{Backend, Points};

/// Of a point's encoding.
pub const POINT_BYTES: usize = 32;
/// Of a scalar's encoding.
pub const SCALAR_BYTES: usize = 32;

/// Who erred: whoever wrote the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too few bytes, too many, or no whole number of encodings.
    #[error("the length is not the one that belongs here")]
    Length,
    /// No point has this encoding.
    #[error("a group element is not in its canonical encoding")]
    Point,
    /// The identity, where it hides or proves nothing.
    #[error("a group element is the identity")]
    Identity,
    /// Not below the group's order.
    #[error("a scalar is not in its canonical encoding")]
    Scalar,
    /// Shared by two rows, the randomness would let everybody subtract one from the other.
    #[error("the randomness of row {0} is that of an earlier row")]
    Repeated(usize),
}

/// A point in its canonical encoding; the identity is allowed.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn point(bytes: &[u8; POINT_BYTES]) -> Result<RistrettoPoint, DecodeError> {
    CompressedRistretto(*bytes).decompress().ok_or(DecodeError::Point)
}

/// As [`point`], but never the identity.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn point_not_identity(bytes: &[u8; POINT_BYTES]) -> Result<RistrettoPoint, DecodeError> {
    // The identity's only encoding is all zeros.
    if *bytes == [0; POINT_BYTES] { Err(DecodeError::Identity) } else { point(bytes) }
}

/// A scalar below the group's order.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn scalar(bytes: &[u8; SCALAR_BYTES]) -> Result<Scalar, DecodeError> {
    Option::from(Scalar::from_canonical_bytes(*bytes)).ok_or(DecodeError::Scalar)
}

/// Points one after the other, nothing between or behind them.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn points(bytes: &[u8]) -> Result<Vec<RistrettoPoint>, DecodeError> {
    chunks(bytes)?.iter().map(point).collect()
}

/// Scalars one after the other, nothing between or behind them.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn scalars(bytes: &[u8]) -> Result<Vec<Scalar>, DecodeError> {
    chunks(bytes)?.iter().map(scalar).collect()
}

pub(crate) fn chunks(bytes: &[u8]) -> Result<&[[u8; 32]], DecodeError> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(chunks) } else { Err(DecodeError::Length) }
}

/// Many public points at once, none of them the identity.
pub(crate) fn wide_points(encodings: &[[u8; POINT_BYTES]]) -> Result<Points, DecodeError> {
    not_identity(encodings)?;
    Points::decode(Backend::fastest(), encodings).map_err(|_| DecodeError::Point)
}

/// That none is the identity, whose only encoding is all zeros.
pub(crate) fn not_identity(encodings: &[[u8; POINT_BYTES]]) -> Result<(), DecodeError> {
    if encodings.contains(&[0; POINT_BYTES]) { Err(DecodeError::Identity) } else { Ok(()) }
}

/// The place, from 0, of the first encoding that stood there before.
pub(crate) fn repeated(encodings: &[[u8; POINT_BYTES]]) -> Option<usize> {
    let mut seen = BTreeSet::new();
    encodings.iter().position(|encoding| !seen.insert(encoding))
}

/// The encodings of points, one after the other.
pub fn encode_points<'a>(points: impl IntoIterator<Item = &'a RistrettoPoint>) -> Vec<u8> {
    points.into_iter().flat_map(|point| point.compress().to_bytes()).collect()
}

pub(crate) fn is_identity(point: &RistrettoPoint) -> bool {
    *point == RistrettoPoint::identity()
}
