//! Ed25519 (RFC 8032) with the strict reading: S < L, canonical A and R, neither of small order.
//! Spec: `docs/spec/entry.md` section 3.

use core::fmt;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signer as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::{decode_array, frame};

/// Who erred: whoever made the key, or the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not canonical, not on the curve, or of small order.
    #[error("not a valid Ed25519 public key")]
    PublicKey,
    /// Of another key, other bytes, or read strictly none.
    #[error("the signature does not verify")]
    Signature,
}

/// A checked public key: canonical encoding of a point that is not of small order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// A key that is read strictly.
    ///
    /// # Errors
    ///
    /// Whoever made the key erred.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::PublicKey)?;
        if key.is_weak() || !is_canonical_point(&bytes) {
            return Err(KeyError::PublicKey);
        }
        Ok(Self(bytes))
    }

    /// Reads strict base64url.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(decode_array(text)?).ok()
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Verifies a signature over `frame(label, parts)`.
    ///
    /// # Errors
    ///
    /// Nobody with this key has signed it so.
    pub fn verify(&self, label: &str, parts: &[&[u8]], signature: &Signature) -> Result<(), KeyError> {
        self.verify_raw(&frame(label, parts), signature)
    }

    /// Verifies a signature over bytes that carry their own domain (a C2SP signed note).
    ///
    /// # Errors
    ///
    /// Nobody with this key has signed them.
    pub fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| KeyError::PublicKey)?;
        // verify_strict compares R as bytes with the recomputed (canonical) encoding, so a non-canonical R fails.
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).map_err(|_| KeyError::Signature)
    }
}

/// Is y (the encoding without its top bit) below the field's prime 2^255 - 19?
fn is_canonical_point(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    let all_ones = middle.iter().all(|&b| b == 0xff) && high & 0x7f == 0x7f;
    !(all_ones && *low >= 0xed)
}

/// An Ed25519 signature, 64 bytes; unchecked until it is verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// An Ed25519 private key. Wiped on drop; never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The seed of RFC 8032.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed of RFC 8032, wiped when it is dropped.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// By which its signatures are verified.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `frame(label, parts)`.
    pub fn sign(&self, label: &str, parts: &[&[u8]]) -> Signature {
        self.sign_raw(&frame(label, parts))
    }

    /// Signs bytes that carry their own domain.
    pub fn sign_raw(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(secret; public {})", self.public())
    }
}

macro_rules! base64url_text {
    ($type:ident, $what:literal, $parse:expr) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                let parse: fn(&str) -> Option<$type> = $parse;
                parse(&text).ok_or_else(|| de::Error::custom(concat!("expected ", $what)))
            }
        }
    };
}

base64url_text!(PublicKey, "an Ed25519 public key in base64url", PublicKey::parse);
base64url_text!(Signature, "an Ed25519 signature in base64url", |t| decode_array(t).map(Signature));
