//! Multiples of a point that is multiplied again and again. In a browser, where one ballot is made, there are none: those of the
//! base point alone would be 38 KB that nothing compresses.

#[cfg(target_arch = "wasm32")]
use core::ops::Mul;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use curve25519_dalek::ristretto::RistrettoBasepointTable as Table;
#[cfg(target_arch = "wasm32")]
use curve25519_dalek::{RistrettoPoint, Scalar};

/// The point itself.
#[cfg(target_arch = "wasm32")]
pub(super) struct Table(RistrettoPoint);

#[cfg(target_arch = "wasm32")]
impl Table {
    pub(super) fn create(point: &RistrettoPoint) -> Self {
        Self(*point)
    }
}

#[cfg(target_arch = "wasm32")]
impl Mul<&Scalar> for &Table {
    type Output = RistrettoPoint;

    fn mul(self, scalar: &Scalar) -> RistrettoPoint {
        self.0 * scalar
    }
}
