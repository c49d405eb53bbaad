//! The rules of an election, and nothing else.
//!
//! Everything here is a pure function of bytes: no socket, clock, file or random-number generator is touched, so
//! the same code runs in the server, in the voter's client, in the verifier and (compiled to WASM) in a browser.
//! The normative texts are in `docs/spec/`; each module names its own.
//!
//! The way of a ballot: [`Marks::parse`] → [`BallotEntry::sign`] → (the session carries it) →
//! [`Board::admit`] → a leaf of the [`log`] → [`Tally`] → [`ElectionResult`] → [`record::verify`].
//!
//! ```
//! use veche_election::{
//!     BallotEntry, CheckedBallot, CredentialSecret, Election, ElectionResult, Tally, Weight, WeightSeed,
//!     entry::Position, receipt::ReceiptFile, result::Basis, roll::Heads,
//! };
//!
//! let election = Election::parse(include_bytes!("../../../docs/spec/vectors/record/election.json"))?;
//! // The voter signs what the card allows, and everybody can check it.
//! let card = CredentialSecret::parse("7DV1-H7P2-502G-V31B-EQ2P-STGK-NA28-79GA")?.key(election.draft_id());
//! let entry = BallotEntry::sign(election.id(), &card, Position::FIRST, vec!["45*".into()]);
//! let weights = WeightSeed([9; 32]);
//! let ballot = CheckedBallot::check(&entry, &election, &weights)?;
//! assert_eq!(ballot.code().short(), "CZ0W-6ZAW-FHEG-KDMP-GB6V");
//! // What is in the log counts, with the weight of its place.
//! let mut tally = Tally::new(&election);
//! tally.add(ballot.vote(), Weight::ONE);
//! let (histograms, roll) = (tally.histograms().ok_or("a secret election")?, Heads { voters: 3, weight: 4 });
//! let basis = Basis { ballots: 1, weight: 1, histograms, lot: None, roll, at_closing: roll, withdrawn: &[] };
//! let result = ElectionResult::of(&election, &basis).ok_or("a lot has to decide")?;
//! let sums: Vec<i64> = result.contests[0].candidates.iter().map(|candidate| candidate.sum).collect();
//! assert_eq!(sums, [4, 5, 0]);
//! // That another ballot stands in that log, its voter's receipt proves by itself.
//! let (receipt, election) = ReceiptFile::parse(include_bytes!("../../../docs/spec/vectors/receipt-1-1.json"))?;
//! assert_eq!(receipt.check(&election, &weights)?.ballot().entry().seq, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs, unreachable_pub, clippy::missing_errors_doc)]

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
mod head;
pub mod jwk;
pub mod keys;
pub mod log;
pub mod lot;
pub mod manifest;
pub mod marks;
pub mod publication;
mod ranking;
pub mod receipt;
pub mod record;
mod repeats;
pub mod result;
pub mod roll;
pub mod rules;
mod scale;
pub mod secret;
mod seed;
pub mod subset_sums;
pub mod tally;
pub mod text;
mod weight;

pub use added::AddedVoter;
pub use ballot::{BallotAgain, Challenge, CheckedBallot, PreparedBallot, WeightSeed};
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
pub use tally::{Tally, Vote};
