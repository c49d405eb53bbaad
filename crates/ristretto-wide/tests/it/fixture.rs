use curve25519_dalek::{RistrettoPoint, Scalar};
use sha2::{Digest, Sha512};

/// The same 64 bytes for a number in every run.
pub(crate) fn hash(label: &str, n: u64) -> [u8; 64] {
    Sha512::new().chain_update(label).chain_update(n.to_le_bytes()).finalize().into()
}

pub(crate) fn point(n: u64) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&hash("point", n))
}

pub(crate) fn encodings(count: u64) -> Vec<[u8; 32]> {
    (0..count).map(|n| point(n).compress().to_bytes()).collect()
}

pub(crate) fn scalar(n: u64) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&hash("scalar", n))
}
