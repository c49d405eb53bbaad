//! What the dialogue knows of sealing, whoever does it: sizes, errors, and what comes out of an opened message.
//! Spec: `docs/spec/envelope.md`.

use core::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use veche_election::{Jwk, canonical};
use zeroize::Zeroizing;

/// Signature, headers and wrapped key around a payload, in base64, at the largest key size.
const ENVELOPE_OVERHEAD_BYTES: usize = 4_096;

/// The longest token that can hold a payload of `payload_bytes`: what is longer is refused unread.
pub fn token_max_bytes(payload_bytes: u32) -> usize {
    (payload_bytes as usize * 16).div_ceil(9) + ENVELOPE_OVERHEAD_BYTES
}

/// Who erred: the peer. Deliberately poor: a wrong wrapped key and a wrong tag are the same error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is of another form, or longer than it may be.
    #[error("the frame is not a sealed message of this version")]
    Form,
    /// Another key, or something was changed on the way.
    #[error("the sealed message does not open with this key")]
    Sealed,
    /// Another signer.
    #[error("the signature of the sealed message does not verify")]
    Signature,
    /// A key of a size or an exponent that is not taken.
    #[error("a key is not RSA with e = 65537 and 2048, 3072 or 4096 bits")]
    Key,
}

/// Of AES-256.
pub const OK_KEY_BYTES: usize = 32;

/// The key under which a voter's `ok` comes: made for one «да», used for one message, wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct OkKey(Zeroizing<[u8; OK_KEY_BYTES]>);

impl OkKey {
    /// From bytes of the system's randomness.
    pub fn new(bytes: [u8; OK_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// For the cipher.
    pub fn bytes(&self) -> &[u8; OK_KEY_BYTES] {
        &self.0
    }

    /// As it stands in «да».
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(self.bytes()))
    }
}

/// It reaches no log by accident.
impl fmt::Debug for OkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OkKey(redacted)")
    }
}

impl Serialize for OkKey {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for OkKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default());
        let bytes: [u8; OK_KEY_BYTES] =
            bytes.as_slice().try_into().map_err(|_| de::Error::custom("expected 32 bytes in base64url"))?;
        Ok(Self::new(bytes))
    }
}

/// An opened message: the payload, and the key in whose name it was signed.
#[derive(Debug)]
pub struct Opened {
    /// What was said.
    pub payload: Zeroizing<Vec<u8>>,
    /// Whose signature it carries.
    pub signer: Jwk,
}

impl Opened {
    /// Reads the payload in its one canonical form.
    ///
    /// # Errors
    /// The peer: it is of another form.
    pub fn message<T: Serialize + DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        message(&self.payload)
    }
}

/// Reads a payload in its one canonical form.
///
/// # Errors
/// The peer: it is of another form.
pub fn message<T: Serialize + DeserializeOwned>(payload: &[u8]) -> Result<T, EnvelopeError> {
    canonical::parse(payload).map_err(|_| EnvelopeError::Form)
}
