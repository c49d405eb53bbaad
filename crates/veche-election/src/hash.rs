//! SHA-256 with a label and lengths, so that no two uses of the hash can be mistaken for each other.
//! Spec: `docs/spec/marks.md` section 2 ("Encodings and hashes").

use core::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// 32 bytes, written as 43 symbols of base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands for "none" in `prev`.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 over [`frame`] of the label and the parts.
    pub fn labelled(label: &str, parts: &[&[u8]]) -> Self {
        Self(Sha256::digest(frame(label, parts)).into())
    }

    /// Plain SHA-256 of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads strict base64url.
    pub fn parse(text: &str) -> Option<Self> {
        decode_array(text).map(Self)
    }
}

/// The label and each part, every one behind its length as 8 bytes big-endian: what hashes and signatures are over.
pub fn frame(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let items = core::iter::once(label.as_bytes()).chain(parts.iter().copied());
    let mut out = Vec::with_capacity(8 + label.len() + parts.iter().map(|p| 8 + p.len()).sum::<usize>());
    for item in items {
        out.extend_from_slice(&(item.len() as u64).to_be_bytes());
        out.extend_from_slice(item);
    }
    out
}

/// Strict base64url without padding, of exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected 43 symbols of base64url"))
    }
}
