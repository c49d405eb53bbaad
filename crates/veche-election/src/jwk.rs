//! The public shape of an RSA key (RFC 7517, RFC 7518 section 6.3) and its thumbprint (RFC 7638).
//! Only shapes: the arithmetic is in `veche-session`. Spec: `docs/spec/envelope.md` section 2.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The moduli that we accept, in bytes: 2048, 3072 and 4096 bits.
pub const MODULUS_SIZES_BYTES: [usize; 3] = [256, 384, 512];

/// Who erred: whoever made the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA public key with e = 65537 and a modulus of exactly 2048, 3072 or 4096 bits")]
pub struct JwkError;

/// `{"kty":"RSA","n":"...","e":"AQAB"}`, in this order and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    kty: String,
    n: String,
    e: String,
}

impl Jwk {
    /// From the modulus as minimal big-endian bytes; e is always 65537.
    ///
    /// # Errors
    ///
    /// It is no modulus of ours.
    pub fn from_modulus(modulus: &[u8]) -> Result<Self, JwkError> {
        let jwk = Self { kty: "RSA".into(), n: BASE64URL_NOPAD.encode(modulus), e: "AQAB".into() };
        jwk.modulus().map(|_| jwk)
    }

    /// The checked modulus: one of the three sizes, top bit set, odd.
    ///
    /// # Errors
    ///
    /// It is no modulus of ours.
    pub fn modulus(&self) -> Result<Vec<u8>, JwkError> {
        let n = BASE64URL_NOPAD.decode(self.n.as_bytes()).map_err(|_| JwkError)?;
        let top_bit = n.first().is_some_and(|b| b & 0x80 != 0);
        let odd = n.last().is_some_and(|b| b & 1 == 1);
        let fits = self.kty == "RSA" && self.e == "AQAB" && MODULUS_SIZES_BYTES.contains(&n.len());
        if fits && top_bit && odd { Ok(n) } else { Err(JwkError) }
    }

    /// RFC 7638: SHA-256 of `{"e":...,"kty":...,"n":...}`.
    pub fn thumbprint(&self) -> Hash {
        Hash::of(format!(r#"{{"e":"{}","kty":"{}","n":"{}"}}"#, self.e, self.kty, self.n).as_bytes())
    }
}
