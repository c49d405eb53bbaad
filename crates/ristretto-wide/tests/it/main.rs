//! Every answer of every backend that this machine has, beside curve25519-dalek's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "../../../veche-crypto/tests/it/bad_points.rs"]
mod bad_points;
mod decoding;
mod fixture;
mod sums;
