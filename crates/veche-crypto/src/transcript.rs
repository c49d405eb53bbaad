//! The one hash of this crate: SHA-512 over a label and items, every one behind its length as 8 bytes big-endian.
//! Spec: `docs/spec/secret.md` section 2.

use curve25519_dalek::Scalar;
use sha2::{Digest, Sha512};

/// A hash under construction. Labels keep uses apart, lengths keep items apart.
#[derive(Clone)]
pub struct Transcript(Sha512);

impl Transcript {
    /// The label is the first item.
    pub fn new(label: &str) -> Self {
        let mut this = Self(Sha512::new());
        this.bytes(label.as_bytes());
        this
    }

    /// An item, behind its length.
    pub fn bytes(&mut self, item: &[u8]) -> &mut Self {
        self.0.update((item.len() as u64).to_be_bytes());
        self.0.update(item);
        self
    }

    /// A number, as an item of 8 bytes big-endian.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Of all items so far; more may follow.
    pub fn digest(&self) -> [u8; 64] {
        self.0.clone().finalize().into()
    }

    /// The digest, read as a little-endian number, modulo the group's order: uniform up to 2^-259.
    pub fn scalar(&self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.digest())
    }
}

/// Secret scalars from a seed: derived from the seed *and* from what they are used for, so that a broken or repeated
/// random-number generator does not use one mask under two challenges (`docs/spec/secret.md` section 8).
pub(crate) struct Nonces {
    base: Transcript,
    count: u64,
}

impl Nonces {
    /// `base` has absorbed the seed, the secret witness and the statement.
    pub(crate) fn new(base: Transcript) -> Self {
        Self { base, count: 0 }
    }

    pub(crate) fn next(&mut self) -> Scalar {
        let mut transcript = self.base.clone();
        transcript.number(self.count);
        self.count += 1;
        transcript.scalar()
    }
}
