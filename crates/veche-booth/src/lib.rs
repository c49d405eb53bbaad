//! The booth: a vote in the browser.
//!
//! Everything that is decided, and every byte of every file, comes from here, which is the same machine
//! ([`veche_client::Casting`]) that the command line drives. The page beside it (`web/`) carries errands out: it shows and asks,
//! seals and opens with the browser's own cryptography, carries frames over a WebSocket, and stores what was encrypted.
//! Randomness and the time of day come in with each call. Spec: `docs/spec/booth.md`.

#[allow(unsafe_code)]
mod abi;
mod booth;
mod cause;
pub mod errand;
mod pending;
mod picture;
mod view;

pub use booth::Booth;
