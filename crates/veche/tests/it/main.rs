//! The whole program: real processes, real sockets, real files, real ballots.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod acts;
mod arena;
mod backup;
mod board;
mod bounds;
mod caching;
mod ceremony;
mod commands;
mod crash;
mod demo;
mod door;
mod edges;
mod events;
mod exports;
mod faulty_disk;
mod folder;
mod foreign;
mod gallery;
mod guide;
mod languages;
mod ledger;
mod liar;
mod metrics;
mod mirror;
mod mutants;
mod paused;
mod post_box;
mod readers;
mod restart;
mod secret;
mod sockets;
mod strangers;
mod tls;
mod told;
mod traces;
