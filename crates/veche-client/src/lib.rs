//! What voters, trustees, auditors and organisers do from outside.
//!
//! [`Casting`] is a vote without any I/O: the same decisions in a terminal, in a browser and on a telephone. The manifest,
//! what the voter answers and what a session says go in; questions, notices and errands come out, and whoever drives it
//! carries them out. The frames of a session are the business of [`veche_session::VoterSession`], which the driver holds
//! beside it.
//!
//! With the feature `net` (the default; not for browsers) come the driver's tools: an [`Address`] of a server and whom it is
//! [trusted](Trust) by, [`sessions`] over a WebSocket, a [`Target`] from which a record can be read, [`receipts`] looked up in
//! a log, and [`watching`] that it only grows. Nothing here writes a file.
//!
//! ```
//! use veche_client::{
//!     Card, Casting,
//!     casting::{Aim, Effect, First, Fresh, Input, Plan, Question},
//! };
//! use veche_election::WeightSeed;
//!
//! let manifest = include_bytes!("../../../docs/spec/vectors/record/election.json");
//! let card = Card::parse(include_bytes!("../../../docs/spec/vectors/17.json")).ok_or("no card")?;
//! let plan = Plan {
//!     number: card.number,
//!     candidates: None,
//!     card: Some(card),
//!     beside: Vec::new(),
//!     election: None,
//!     marks: Vec::new(),
//!     unasked: false,
//!     aim: Aim::Cast,
//!     first: First::Decision,
//!     hello: false,
//! };
//! // In a program: of the system's randomness, anew for each step.
//! let fresh = Fresh { random: [7; 32].into(), clock_ns: 1 };
//! let mut casting = Casting::new(plan, WeightSeed([9; 32]));
//! assert!(matches!(casting.handle(Input::Start, &fresh)?[..], [Effect::Fetch]));
//! // The id of what was served is computed anew and compared with the card's; then what is stored of an earlier ballot is read.
//! let met = casting.handle(Input::Manifest(manifest.to_vec()), &fresh)?;
//! assert!(matches!(met[..], [Effect::Tell(_), Effect::ReadPending]));
//! // There is none: the voter is asked for marks.
//! let asked = casting.handle(Input::Pending(None), &fresh)?;
//! assert!(matches!(asked[..], [Effect::Ask(Question::Marks)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs, unreachable_pub, clippy::missing_errors_doc)]

#[cfg(feature = "net")]
pub mod address;
#[cfg(feature = "net")]
pub mod archive;
#[cfg(feature = "net")]
pub mod booth;
pub mod card;
pub mod casting;
pub mod link;
#[cfg(feature = "net")]
pub mod logged;
#[cfg(feature = "net")]
mod metered;
#[cfg(feature = "net")]
pub mod receipts;
#[cfg(feature = "net")]
pub mod sessions;
#[cfg(feature = "net")]
pub mod target;
pub mod told;
#[cfg(feature = "net")]
pub mod trust;
#[cfg(feature = "net")]
pub mod watching;

#[cfg(feature = "net")]
pub use address::{Address, BasePath};
pub use card::Card;
pub use casting::Casting;
pub use link::Link;
#[cfg(feature = "net")]
pub use target::Target;
#[cfg(feature = "net")]
pub use trust::Trust;
