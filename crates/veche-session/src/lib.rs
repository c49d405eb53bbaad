//! The voting session: the founding protocol between a voter and the server, without any I/O.
//!
//! [`server::ServerSession`] and [`voter::VoterSession`] are state machines: a frame goes in, effects come out, and
//! whoever drives them (a socket, a test, later a browser) carries the effects out. [`envelope`] is the sealing: a
//! nested JOSE, RSA and AES-GCM by aws-lc-rs. Spec: `docs/spec/session.md`, `docs/spec/envelope.md`.
//!
//! ```
//! use std::sync::Arc;
//! use veche_election::Election;
//! use veche_session::{
//!     ServerSession,
//!     message::{Folder, NO},
//!     server::{Effect, Input, Outcome},
//! };
//!
//! let manifest = include_bytes!("../../../docs/spec/vectors/record/election.json");
//! let election = Arc::new(Election::parse(manifest)?);
//! let mut server = ServerSession::new(election, Folder::from_random([7; 16]));
//! // A number comes, and whoever drives the session is asked to look it up.
//! let asked = server.handle(Input::Frame("999"))?;
//! assert!(matches!(asked[..], [Effect::FindVoter(_)]));
//! // Nobody has it: the founding document's word, and the end.
//! let said = server.handle(Input::Found(None))?;
//! assert!(matches!(&said[..], [Effect::Send(word), Effect::Finish(Outcome::NotOnRoll)] if word == NO));
//! assert!(server.is_over());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs, unreachable_pub, clippy::missing_errors_doc)]

#[cfg(feature = "envelope")]
pub mod envelope;
pub mod last;
pub mod message;
pub mod sealed;
pub mod server;
pub mod voter;

pub use message::{Code, SUBPROTOCOL};
pub use server::ServerSession;
pub use voter::VoterSession;
