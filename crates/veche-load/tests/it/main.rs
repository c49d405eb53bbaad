//! The program against a server in this process: what it says it did, it did.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod flood;
mod load;
mod stage;
