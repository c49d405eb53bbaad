//! The lot: the last step against ties. Everybody can draw the tickets again from the record. Who can know its seed before
//! the closing, or even choose it, is said in `docs/spec/results.md` section 6.

use serde::Serialize;

use crate::hash::Hash;

/// Where the tickets come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lot {
    /// In an open election: what was drawn in public, as the organiser entered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<String>,
    pub seed: Hash,
}

impl Lot {
    /// Of an open election: from what was drawn.
    pub fn drawn(election: Hash, drawn: &str) -> Self {
        Self { seed: Self::seed(election, drawn.as_bytes()), drawn: Some(drawn.into()) }
    }

    /// Of a secret election: from y·P, the point that the trustees opened.
    pub fn opened(election: Hash, point: &[u8; 32]) -> Self {
        Self { seed: Self::seed(election, point), drawn: None }
    }

    fn seed(election: Hash, value: &[u8]) -> Hash {
        Hash::labelled("veche-lot-1", &[&election.0, value])
    }

    /// The ticket of a candidate; contests and candidates are counted from 0 here, and from 1 in the hash.
    pub fn ticket(&self, contest: usize, candidate: usize) -> Hash {
        let number = |index: usize| (index as u64 + 1).to_be_bytes();
        Hash::labelled("veche-lot-ticket-1", &[&self.seed.0, &number(contest), &number(candidate)])
    }
}
