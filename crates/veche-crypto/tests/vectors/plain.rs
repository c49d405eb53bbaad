//! The one hash of the specification.

use veche_crypto::transcript::Transcript;

/// `frame`, hashed: every item behind its length, the label first.
pub fn hash(label: &str, items: &[&[u8]]) -> Transcript {
    let mut hash = Transcript::new(label);
    for item in items {
        hash.bytes(item);
    }
    hash
}
