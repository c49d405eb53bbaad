//! The session without sockets: both sides in one process, frames handed over by hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod dialogue;
mod envelope;
mod example;
mod fixture;
mod hello;
mod orders;
mod vectors;
mod voter;
