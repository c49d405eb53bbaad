//! The same with curve25519-dalek alone.

use alloc::vec::Vec;

use curve25519_dalek::{
    RistrettoPoint, Scalar,
    ristretto::CompressedRistretto,
    traits::{Identity, VartimeMultiscalarMul},
};

use crate::Refused;

/// Between half of it and it, padding to this number of points pays: below it the library takes a slower algorithm.
const PIPPENGER_POINTS: usize = 190;

pub(crate) fn decode(encodings: &[[u8; 32]]) -> Result<Vec<RistrettoPoint>, Refused> {
    let decode_one =
        |(place, bytes): (usize, &[u8; 32])| CompressedRistretto(*bytes).decompress().ok_or(Refused { place });
    encodings.iter().enumerate().map(decode_one).collect()
}

/// `weight` times a point, by doubling.
pub(crate) fn scale(point: &RistrettoPoint, weight: u64) -> RistrettoPoint {
    let mut product = RistrettoPoint::identity();
    for bit in (0..u64::BITS - weight.leading_zeros()).rev() {
        product += product;
        if weight >> bit & 1 == 1 {
            product += point;
        }
    }
    product
}

pub(crate) fn multiply(mut scalars: Vec<Scalar>, mut points: Vec<RistrettoPoint>) -> RistrettoPoint {
    if (PIPPENGER_POINTS / 2..PIPPENGER_POINTS).contains(&points.len()) {
        scalars.resize(PIPPENGER_POINTS, Scalar::ZERO);
        points.resize(PIPPENGER_POINTS, RistrettoPoint::identity());
    }
    RistrettoPoint::vartime_multiscalar_mul(&scalars, &points)
}
