//! The rules of an election, and nothing else.
//!
//! Everything here is a pure function of bytes: no socket, clock, file or random-number generator is touched, so
//! the same code runs in the server, in the voter's client, in the verifier and (compiled to WASM) in a browser.
//! The normative texts are in `docs/spec/`; each module names its own.
//!
//! The way of a ballot: [`Marks::parse`] → [`BallotEntry::sign`] → (the session carries it) →
//! [`Board::admit`] → a leaf of the [`log`] → [`Tally`] → [`ElectionResult`] → [`record::verify`].

pub mod added;
pub mod ballot;
pub mod board;
pub mod canonical;
pub mod ceremony;
pub mod checkpoint;
pub mod choice;
pub mod credential;
pub mod encoding;
pub mod entry;
pub mod fork;
pub mod fraction;
pub mod hash;
pub mod jwk;
pub mod keys;
pub mod log;
pub mod lot;
pub mod manifest;
pub mod marks;
mod ranking;
pub mod receipt;
pub mod record;
mod repeats;
pub mod result;
pub mod roll;
pub mod rules;
pub mod secret;
mod seed;
pub mod subset_sums;
pub mod tally;
pub mod text;

pub use added::AddedVoter;
pub use ballot::{BallotAgain, Challenge, CheckedBallot, PreparedBallot, Vote, WeightSeed};
pub use board::{Board, Phase, Refusal};
pub use checkpoint::Checkpoint;
pub use credential::{CredentialKey, CredentialList, CredentialSecret};
pub use entry::{Act, Ballot, BallotEntry, ControlEntry, Signatory};
pub use hash::Hash;
pub use jwk::Jwk;
pub use keys::{PublicKey, Signature, SigningKey};
pub use log::{LogTree, Subtrees};
pub use lot::Lot;
pub use manifest::{Approvals, Contest, ContestKind, Draft, Election, Keys, Manifest, Revote, RollShows, Secrecy};
pub use marks::{Marks, MarksError};
pub use receipt::Receipt;
pub use result::ElectionResult;
pub use roll::{Roll, VoterNumber, Weight};
pub use rules::{Method, Rule};
pub use seed::BallotSeeds;
pub use tally::Tally;
