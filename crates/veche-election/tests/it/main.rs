//! The rules of an election: every acceptance with its rejections beside it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod approvals;
mod ballots;
mod board;
mod booths;
mod canonical;
mod ceremony;
mod checkpoint;
mod chronicles;
mod credential;
mod examples;
mod false_tables;
mod fixture;
mod foreign;
mod fork;
mod keys;
mod lot;
mod manifest;
mod marks;
mod model;
mod receipt;
mod record;
mod result;
mod roll;
mod roll_changes;
mod scaled;
mod secret;
mod secret_record;
mod spec_examples;
mod text;
mod told;
mod tree;
mod vectors;
mod withdrawn;
mod witness;

use veche_fixtures as world;
