//! The voter's way as a machine: every path and every refusal, without a socket.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod choosing;
mod hello;
mod link;
mod meeting;
mod pending;
mod refusals;
mod run;
mod sessions;
mod world;
