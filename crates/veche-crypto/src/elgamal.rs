//! Exponential ElGamal: Enc(m; r) = (r·B, m·B + r·Y). Spec: `docs/spec/secret.md` section 3.

use core::{
    fmt,
    ops::{Add, AddAssign, Sub, SubAssign},
};

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::RistrettoBasepointTable, traits::Identity};

use crate::group::{self, DecodeError, POINT_BYTES};

pub const CIPHERTEXT_BYTES: usize = 2 * POINT_BYTES;

/// The election key Y = y·B: a point that is not the identity, with its encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    point: RistrettoPoint,
    bytes: [u8; POINT_BYTES],
}

impl PublicKey {
    pub fn from_bytes(bytes: [u8; POINT_BYTES]) -> Result<Self, DecodeError> {
        Ok(Self { point: group::point_not_identity(&bytes)?, bytes })
    }

    pub fn from_point(point: RistrettoPoint) -> Result<Self, DecodeError> {
        if group::is_identity(&point) {
            return Err(DecodeError::Identity);
        }
        Ok(Self { point, bytes: point.compress().to_bytes() })
    }

    pub fn point(&self) -> &RistrettoPoint {
        &self.point
    }

    pub fn as_bytes(&self) -> &[u8; POINT_BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:02x?})", self.bytes)
    }
}

/// The election key with its table of multiples (30 KiB): for those who encrypt.
pub struct EncryptionKey {
    public: PublicKey,
    table: RistrettoBasepointTable,
}

impl EncryptionKey {
    pub fn new(public: PublicKey) -> Self {
        Self { public, table: RistrettoBasepointTable::create(public.point()) }
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Enc(m; r). Constant in time.
    pub fn encrypt(&self, m: &Scalar, r: &Scalar) -> Ciphertext {
        self.encrypt_point(&RistrettoPoint::mul_base(m), r)
    }

    /// As [`Self::encrypt`], from m·B, which for a bit need not be computed.
    pub(crate) fn encrypt_point(&self, m: &RistrettoPoint, r: &Scalar) -> Ciphertext {
        Ciphertext { a: RistrettoPoint::mul_base(r), b: m + &self.table * r }
    }
}

/// A pair (a, b) = (r·B, m·B + r·Y). Adding pairs adds what they hide.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ciphertext {
    pub a: RistrettoPoint,
    pub b: RistrettoPoint,
}

impl Ciphertext {
    /// Enc(0; 0): the sum of nothing.
    pub fn zero() -> Self {
        Self { a: RistrettoPoint::identity(), b: RistrettoPoint::identity() }
    }

    /// `a` then `b`.
    pub fn to_bytes(&self) -> [u8; CIPHERTEXT_BYTES] {
        let mut bytes = [0; CIPHERTEXT_BYTES];
        let (a, b) = bytes.split_at_mut(POINT_BYTES);
        a.copy_from_slice(self.a.compress().as_bytes());
        b.copy_from_slice(self.b.compress().as_bytes());
        bytes
    }

    /// A ciphertext of a sum: the identity is allowed.
    pub fn from_bytes(bytes: &[u8; CIPHERTEXT_BYTES]) -> Result<Self, DecodeError> {
        match bytes.as_chunks::<POINT_BYTES>() {
            ([a, b], []) => Ok(Self { a: group::point(a)?, b: group::point(b)? }),
            _ => Err(DecodeError::Length),
        }
    }

    /// `weight` times this, by doubling; the weight is public.
    #[must_use]
    pub fn times(&self, weight: u64) -> Self {
        let Some(highest) = weight.checked_ilog2() else { return Self::zero() };
        let mut product = *self;
        for place in (0..highest).rev() {
            product += product;
            if weight >> place & 1 == 1 {
                product += *self;
            }
        }
        product
    }
}

impl Add for Ciphertext {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { a: self.a + other.a, b: self.b + other.b }
    }
}

impl Sub for Ciphertext {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { a: self.a - other.a, b: self.b - other.b }
    }
}

impl AddAssign for Ciphertext {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Ciphertext {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ciphertext(..)")
    }
}
