//! Storage and sequencer: the contract, faults, and the order of entries.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod booths;
mod clock;
mod conformance;
mod exchange;
mod faults;
mod fixture;
mod gate;
mod ordering;
mod secret;
mod simulation;
mod start;
mod witness;
