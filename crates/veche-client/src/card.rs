//! A voter's card: what a voter needs and nobody else may have.

use serde::{Deserialize, Serialize};
use veche_election::{CredentialSecret, Election, Hash, VoterNumber, canonical, credential::CredentialError};
use zeroize::Zeroizing;

/// The one form of a card.
pub const CARD_VERSION: &str = "veche-card-1";

/// What a voter is given: in a file, or printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// [`CARD_VERSION`].
    pub v: String,
    /// The full election id: a client re-computes it from what it is served and compares.
    pub election: Hash,
    /// For people.
    pub title: String,
    /// The voter's.
    pub number: VoterNumber,
    /// The voter's, or empty.
    pub name: String,
    /// The secret.
    pub credential: Zeroizing<String>,
    /// Where the server is.
    pub url: Option<String>,
}

impl Card {
    /// Without an address: who knows it puts it in.
    pub fn new(election: &Election, number: VoterNumber, name: &str, secret: &CredentialSecret) -> Self {
        let title = election.draft().title.clone();
        let (v, credential) = (CARD_VERSION.into(), secret.to_text());
        Self { v, election: election.id(), title, number, name: name.into(), credential, url: None }
    }

    /// Reads `cards/17.json`, or a line of `cards.jsonl`; `None` if it is no card of this version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|card: &Self| card.v == CARD_VERSION)
    }

    /// The text that [`Card::parse`] reads.
    pub fn to_json(&self) -> Zeroizing<String> {
        Zeroizing::new(canonical::write_text(self))
    }

    /// # Errors
    /// Whoever typed or changed the card: its credential is none.
    /// What signs for the voter.
    ///
    pub fn secret(&self) -> Result<CredentialSecret, CredentialError> {
        CredentialSecret::parse(&self.credential)
    }
}
