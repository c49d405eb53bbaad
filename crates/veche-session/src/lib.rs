//! The voting session: the founding protocol between a voter and the server, without any I/O.
//!
//! [`server::ServerSession`] and [`voter::VoterSession`] are state machines: a frame goes in, effects come out, and
//! whoever drives them (a socket, a test, later a browser) carries the effects out. [`envelope`] is the sealing: a
//! nested JOSE, RSA and AES-GCM by aws-lc-rs. Spec: `docs/spec/session.md`, `docs/spec/envelope.md`.
#![warn(missing_docs, unreachable_pub, clippy::missing_errors_doc)]

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
