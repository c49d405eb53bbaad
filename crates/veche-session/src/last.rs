//! The voter's last entry in the log, as the server tells of it. Before the closing of an open election nothing told shows
//! marks: who holds cards, and asks with them again and again, must not see a running result.
//! Spec: `docs/spec/session.md` section 3, "The last entry".

use serde::{Deserialize, Serialize};
use veche_election::{
    BallotEntry, CheckedBallot, Checkpoint, Election, Hash, Receipt, Secrecy, WeightSeed,
    ballot::BallotCode,
    canonical,
    entry::{Position, SEQ_MAX},
    log::{InclusionError, PROOF_MAX_HASHES, origin, verify_inclusion},
    receipt::ReceiptError,
};

/// A receipt with the leaf hash in place of the entry: that it is in the log, and nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafReceipt {
    /// The number that the voter gave the entry.
    pub seq: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// Where it stands in the log.
    pub index: u64,
    /// The hashes that lead from the leaf to the root.
    pub proof: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

/// The voter's last entry, in the one form or the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Last {
    /// A receipt, with the entry in it.
    Whole(Receipt),
    /// Without the entry.
    Leaf(LeafReceipt),
}

/// Which of the two is told: decided by the election and its phase alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The entry itself.
    Entry,
    /// Its hash alone.
    Leaf,
}

impl Shown {
    /// With a refusal. Most come only while ballots are taken; whose place was struck hears no more later.
    pub fn while_open(election: &Election) -> Self {
        if election.draft().secrecy == Secrecy::Secret { Self::Entry } else { Self::Leaf }
    }
}

impl Last {
    /// What may be told of the entry of this receipt. `None` if it is no ballot's.
    pub fn new(receipt: Receipt, shown: Shown) -> Option<Self> {
        if shown == Shown::Entry {
            return Some(Self::Whole(receipt));
        }
        let entry: BallotEntry = canonical::parse(&receipt.entry).ok()?;
        let (seq, leaf) = (entry.seq, receipt.entry.leaf());
        Some(Self::Leaf(LeafReceipt {
            seq,
            leaf,
            index: receipt.index,
            proof: receipt.proof,
            checkpoint: receipt.checkpoint,
        }))
    }

    /// Where it stands in the log.
    pub fn index(&self) -> u64 {
        match self {
            Self::Whole(receipt) => receipt.index,
            Self::Leaf(receipt) => receipt.index,
        }
    }

    /// Which of the two it is.
    pub fn shown(&self) -> Shown {
        match self {
            Self::Whole(_) => Shown::Entry,
            Self::Leaf(_) => Shown::Leaf,
        }
    }

    /// That it is in the log, under the board's signature; and of a whole entry what [`Receipt::check`] checks.
    ///
    /// # Errors
    /// The server: nothing proves that this entry is in the log.
    pub fn check(&self, election: &Election, weights: &WeightSeed) -> Result<CheckedLast, ReceiptError> {
        let receipt = match self {
            Self::Whole(receipt) => {
                let checked = receipt.check(election, weights)?;
                let (index, checkpoint) = (checked.index(), checked.checkpoint().clone());
                let (seq, leaf) = (checked.ballot().entry().seq, checked.ballot().leaf());
                let ballot = Some(Box::new(checked.ballot().clone()));
                return Ok(CheckedLast { seq, leaf, index, checkpoint, ballot });
            }
            Self::Leaf(receipt) => receipt,
        };
        let checkpoint = Checkpoint::open(&receipt.checkpoint, &origin(election.id()), &election.keys().board)?;
        if receipt.proof.len() > PROOF_MAX_HASHES || !(1..=SEQ_MAX).contains(&receipt.seq) {
            return Err(InclusionError.into());
        }
        let (seq, leaf, index) = (receipt.seq, receipt.leaf, receipt.index);
        verify_inclusion(leaf, index, &receipt.proof, checkpoint.size, checkpoint.root)?;
        Ok(CheckedLast { seq, leaf, index, checkpoint, ballot: None })
    }
}

/// The voter's last entry, proven to be in the log; whose it is, and what it says, as far as it was shown. Only
/// [`Last::check`] makes one.
#[derive(Debug, Clone)]
pub struct CheckedLast {
    seq: u64,
    leaf: Hash,
    index: u64,
    checkpoint: Checkpoint,
    ballot: Option<Box<CheckedBallot>>,
}

impl CheckedLast {
    /// The number that the voter gave the entry.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Its leaf hash.
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// Where it stands in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The signed state of the log in which it was proven.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Not of an open election before its closing.
    pub fn ballot(&self) -> Option<&CheckedBallot> {
        self.ballot.as_deref()
    }

    /// Where the voter's next entry stands.
    pub fn next(&self) -> Position {
        Position { seq: self.seq.saturating_add(1), prev: self.leaf }
    }

    /// Its ballot code, where the entry was shown.
    pub fn code(&self) -> Option<BallotCode> {
        self.ballot.as_ref().map(|ballot| ballot.code())
    }
}
