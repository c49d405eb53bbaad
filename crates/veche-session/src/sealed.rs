//! What the dialogue knows of sealing, whoever does it: sizes, errors, and what comes out of an opened message.
//! Spec: `docs/spec/envelope.md`.

use serde::{Serialize, de::DeserializeOwned};
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
    #[error("the frame is not a sealed message of this version")]
    Form,
    #[error("the sealed message does not open with this key")]
    Sealed,
    #[error("the signature of the sealed message does not verify")]
    Signature,
    #[error("a key is not RSA with e = 65537 and 2048, 3072 or 4096 bits")]
    Key,
}

/// An opened message: the payload, and the key in whose name it was signed.
#[derive(Debug)]
pub struct Opened {
    pub payload: Zeroizing<Vec<u8>>,
    pub signer: Jwk,
}

impl Opened {
    /// Reads the payload in its one canonical form.
    pub fn message<T: Serialize + DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        canonical::parse(&self.payload).map_err(|_| EnvelopeError::Form)
    }
}
