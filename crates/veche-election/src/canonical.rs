//! One serialisation only: what is parsed must be, byte for byte, what we would have written.
//! That refuses at one stroke other white space, other orders, duplicate or unknown keys and other number forms.
//! Spec: `docs/spec/entry.md` section 2.

use serde::{Serialize, de::DeserializeOwned};

#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    #[error("not the expected JSON: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("JSON that is not in its one canonical form")]
    Form,
}

/// Compact JSON in the order of the type's fields.
pub fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our types have string keys and no failing serializers")
}

/// As [`write()`], as text.
pub fn write_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our types have string keys and no failing serializers")
}

/// Parses, writes again and compares.
pub fn parse<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = serde_json::from_slice(bytes)?;
    if write(&value) == bytes { Ok(value) } else { Err(CanonicalError::Form) }
}
