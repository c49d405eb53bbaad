//! The cryptography of the secret ballot over ristretto255 (RFC 9496): encryption, the proof that a ballot is valid,
//! the trustees' keys, the opening of sums.
//!
//! Nothing here parses a message, reads a clock or draws randomness: seeds come in as bytes, answers go out as bytes,
//! so the crate runs without `std` and in a browser. Spec: `docs/spec/secret.md`; every hash names its section.
//!
//! The way of a ballot: [`onehot::encrypt`] → (the log) → [`onehot::verify_batch`] → a sum of [`Cells`] →
//! [`opening::Opening::share`] by each trustee → [`opening::Opening::combine`] → [`dlog::Table::solve`].
//!
//! ```
//! use veche_crypto::{
//!     Cells, ElectionKeys, Layout, Point, Scalar,
//!     dlog::Table,
//!     onehot::{self, Context, Parameters, Proven},
//!     opening::{Opening, Sum},
//! };
//!
//! // One trustee alone, for brevity. A ballot of one row with three options; a key for each option but the last.
//! let secrets = [11_u64, 22].map(Scalar::from);
//! let publics = secrets.map(|secret| Point::mul_base(&secret));
//! let (election, layout) = ([1; 32], Layout::new(vec![3], vec![]).ok_or("no layout")?);
//! let keys = ElectionKeys::from_points(&publics)?;
//! let parameters = Parameters::new(&election, keys, layout.clone()).ok_or("too few keys")?;
//! // The voter chooses the second option. The seed comes from the system's randomness.
//! let context = Context { credential: &[2; 32], seq: 1, prev: &[0; 32] };
//! let ballot = onehot::encrypt(&parameters, &context, &[1], &[7; 32])?;
//! // Everybody verifies; the ballot counts with the weight 5.
//! let proven = Proven::read(&parameters, &context, &ballot.cells, &ballot.proof)?;
//! onehot::verify(&parameters, &proven, &[9; 32])?;
//! let mut cells = Cells::zero(&layout);
//! cells.add(&proven.into_cells(), 5);
//! // The trustee opens the sum, and nothing else.
//! let sum = Sum::new(&layout, &cells);
//! let opening = Opening { election: &election, entry: &[3; 32], sum: &sum };
//! let share = opening.share(1, &secrets, &[8; 32]);
//! let opened = opening.combine(&[(1, opening.check(1, &publics, &share)?)]).ok_or("no trustee twice")?;
//! let table = Table::new(5);
//! let numbers: Vec<_> = opened.iter().map(|point| table.solve(point)).collect();
//! assert_eq!(numbers, [Some(0), Some(5)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![deny(missing_docs, unreachable_pub, clippy::missing_errors_doc)]

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
