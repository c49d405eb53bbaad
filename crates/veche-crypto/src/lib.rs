//! The cryptography of the secret ballot over ristretto255 (RFC 9496): encryption, the proof that a ballot is valid,
//! the trustees' keys, the opening of sums.
//!
//! Nothing here parses a message, reads a clock or draws randomness: seeds come in as bytes, answers go out as bytes,
//! so the crate runs without `std` and in a browser. Spec: `docs/spec/secret.md`; every hash names its section.
//!
//! The way of a ballot: [`onehot::encrypt`] → (the log) → [`onehot::verify_batch`] → a sum of [`Cells`] →
//! [`opening::Opening::share`] by each trustee → [`opening::Opening::combine`] → [`dlog::Table::solve`].
#![no_std]

extern crate alloc;

pub mod cells;
pub mod dealing;
pub mod dleq;
pub mod dlog;
pub mod elgamal;
pub mod group;
mod layout;
pub mod onehot;
pub mod opening;
pub mod rehearsal;
pub mod transcript;

pub use cells::Cells;
pub use curve25519_dalek::{RistrettoPoint as Point, Scalar};
pub use elgamal::{ElectionKeys, KeysError};
pub use layout::{Bounded, Layout};
