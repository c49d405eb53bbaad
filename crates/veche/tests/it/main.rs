//! The whole program: real processes, real sockets, real files, real ballots.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod arena;
mod commands;
mod crash;
mod demo;
mod foreign;
mod secret;
mod sockets;
mod strangers;
