//! What the secret ballot must and must not do, seen from outside. A test of an attack bears the attack's row first.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod attacks;
mod bad_points;
mod ballot;
mod bytes;
mod dealing;
mod dleq;
mod encodings;
mod opening;
mod speed;
mod sums;
mod textbook;
mod validity;
mod votes;
