//! Many points of ristretto255 (RFC 9496) at once: decoding, encoding, sums, small multiples, sums of multiples.
//!
//! Verifying ballots is decoding points and adding multiples of them, all of public data. Each decoding needs a power of its
//! own, about 254 squarings one after another, which keeps a processor waiting for itself; eight of them side by side in
//! the lanes of wide registers cost hardly more than one. This crate does that, and nothing else.
//!
//! **Variable time. Public data only.** Time and places in memory follow the values: nothing here may ever touch a secret.
//! Secrets are the business of `curve25519-dalek`, which this crate uses wherever the processor lacks the instructions, and
//! against which every answer is compared in its tests.
//!
//! ```
//! use curve25519_dalek::Scalar;
//! use ristretto_wide::{Backend, Points};
//!
//! let base = curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED.to_bytes();
//! let points = Points::decode(Backend::fastest(), &[base, base])?;
//! // 2·B - 2·B
//! let sum = Points::multiply(&[(&[Scalar::from(2u8), -Scalar::from(2u8)], &points)]);
//! assert_eq!(sum.identities(), [true]);
//! # Ok::<(), ristretto_wide::Refused>(())
//! ```
#![no_std]
#![allow(
    clippy::absurd_extreme_comparisons,
    clippy::manual_is_multiple_of,
    clippy::erasing_op,
    clippy::identity_op,
    clippy::eq_op,
    clippy::modulo_one,
    reason = "`unroll!` makes constants of what reads as an index"
)]
#![forbid(clippy::undocumented_unsafe_blocks)]

extern crate alloc;

#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::indexing_slicing,
    reason = "limbs and lanes: every index is a constant or bounded by the lanes' number"
)]
mod avx2;
mod backend;
#[cfg(target_arch = "x86_64")]
mod constants;
#[cfg(target_arch = "x86_64")]
mod engine;
#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::indexing_slicing,
    reason = "limbs and lanes: every index is a constant or bounded by the lanes' number"
)]
mod ifma;
mod library;
mod points;
#[cfg(target_arch = "x86_64")]
mod scalars;
#[cfg(target_arch = "x86_64")]
mod words;

pub use backend::Backend;
pub use points::Points;

/// Some bytes are not the one encoding of a point. Who sent them erred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The first of them, from 0.
    pub place: usize,
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "encoding {} is not that of a point", self.place)
    }
}

impl core::error::Error for Refused {}
