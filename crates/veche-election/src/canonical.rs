//! One serialisation only: what is parsed must be, byte for byte, what we would have written.
//! That refuses at one stroke other white space, other orders, duplicate or unknown keys and other number forms.
//! Spec: `docs/spec/entry.md` section 2.

use std::io;

use serde::{Serialize, de::DeserializeOwned};

/// Who erred: whoever wrote the bytes.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// No JSON, or other members than this type has.
    #[error("not the expected JSON: {0}")]
    Shape(#[from] serde_json::Error),
    /// The same value has other bytes.
    #[error("JSON that is not in its one canonical form")]
    Form,
}

/// Compact JSON in the order of the type's fields.
pub fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our types have string keys and no failing serializers")
}

/// How many bytes [`write()`] gives.
pub fn written_bytes<T: Serialize>(value: &T) -> usize {
    struct Counted(usize);
    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, value).expect("our types have string keys and no failing serializers");
    counted.0
}

/// As [`write()`], behind what is there already. Where there is room enough, nothing is copied: a buffer that grows leaves
/// what it held in memory that nobody wipes.
pub fn write_behind<T: Serialize>(value: &T, bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, value).expect("our types have string keys and no failing serializers");
}

/// As [`write()`], as text.
pub fn write_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our types have string keys and no failing serializers")
}

/// Parses, writes again and compares.
///
/// # Errors
///
/// Whoever wrote the bytes erred.
pub fn parse<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = serde_json::from_slice(bytes)?;
    if write(&value) == bytes { Ok(value) } else { Err(CanonicalError::Form) }
}
