//! The server: everything that touches sockets, files and the clock.
//!
//! [`intake`] carries a voter's frames between the socket and the session's state machine and runs the checks on
//! [`workers`]; the [`sequencer`] appends what passed to the [`store`], advances the checkpoint, and only then are
//! receipts given out. [`home`] knows the files of an election, [`http`] the paths of the web server.
//!
//! Invariants: no «да» before the entry is durable and in the log; the server never holds a voter's private key nor a
//! trustee's secret.

pub mod added;
pub mod answers;
mod bodies;
pub mod booth;
pub mod ceremony;
pub mod clock;
mod cosignatures;
pub mod cosigning;
mod crowd;
pub mod descriptors;
mod door;
pub mod exchange;
mod forwarded;
mod frames;
mod held;
pub mod home;
pub mod host;
pub mod http;
pub mod intake;
pub mod limits;
pub mod listener;
pub mod metrics;
mod neighbourhood;
mod paced;
pub mod pages;
mod places;
pub mod publish;
mod replies;
pub mod sequencer;
pub mod server;
pub mod serving;
mod sparing;
pub mod standing;
pub mod store;
pub mod tls;
mod turns;
pub mod witness;
pub mod workers;

pub use ceremony::CeremonyServer;
pub use home::Home;
pub use sequencer::Sequencer;
pub use server::{Config, Server};
