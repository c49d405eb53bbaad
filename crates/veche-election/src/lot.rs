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
    /// What every ticket follows from.
    pub seed: Hash,
}

/// Is this numbers as they are drawn, in their one written form: one space between them, no zero in front? A draw that could
/// be written in many ways could be written in the way that suits.
pub fn is_drawn(text: &str) -> bool {
    let number = |word: &str| {
        !word.is_empty() && word.bytes().all(|c| c.is_ascii_digit()) && (word == "0" || !word.starts_with('0'))
    };
    text.split(' ').all(number)
}

impl Lot {
    /// Of an open election: from what was drawn. `closed`: the root of the log up to and including the closing.
    pub fn drawn(draft: Hash, drawn: &str, closed: Hash) -> Self {
        Self { seed: Self::seed(draft, drawn.as_bytes(), closed), drawn: Some(drawn.into()) }
    }

    /// Of a secret election: from y·P, the point that the trustees opened, and the log as it was closed. Trustees do not
    /// know the one beforehand, the board not the other.
    pub fn opened(draft: Hash, point: &[u8; 32], closed: Hash) -> Self {
        Self { seed: Self::seed(draft, point, closed), drawn: None }
    }

    fn seed(draft: Hash, value: &[u8], closed: Hash) -> Hash {
        Hash::labelled("veche-lot-2", &[&draft.0, value, &closed.0])
    }

    /// The ticket of a candidate; contests and candidates are counted from 0 here, and from 1 in the hash.
    pub fn ticket(&self, contest: usize, candidate: usize) -> Hash {
        let number = |index: usize| (index as u64 + 1).to_be_bytes();
        Hash::labelled("veche-lot-ticket-1", &[&self.seed.0, &number(contest), &number(candidate)])
    }
}
