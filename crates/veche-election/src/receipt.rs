//! The receipt: the voter's proof that an entry is in the log. Final in form; checked offline.
//! Spec: `docs/spec/log.md` section 6.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, CanonicalError},
    entry::{CheckedBallot, EntryError},
    hash::Hash,
    log::{Checkpoint, CheckpointError, InclusionError, PROOF_MAX_HASHES, origin, verify_inclusion},
    manifest::{Election, ManifestError},
};

pub const RECEIPT_VERSION: &str = "veche-receipt-1";
pub const RECEIPT_FILE_VERSION: &str = "veche-receipt-file-1";

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub v: String,
    /// The exact bytes of the entry.
    pub entry: String,
    pub index: u64,
    pub proof: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

/// The entry is the vote: it reaches no log by accident.
impl core::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Receipt(entry {})", self.index)
    }
}

/// Who erred: the server that gave the receipt, or whoever changed it.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    #[error("the receipt is of an unknown version")]
    Version,
    #[error("the receipt's entry: {0}")]
    Entry(#[from] EntryError),
    #[error("the receipt's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
    #[error("the receipt file is {0}")]
    Canonical(#[from] CanonicalError),
    #[error("the receipt's election: {0}")]
    Manifest(#[from] ManifestError),
}

/// What a good receipt says.
#[derive(Debug, Clone)]
pub struct CheckedReceipt {
    pub ballot: CheckedBallot,
    pub index: u64,
    pub checkpoint: Checkpoint,
}

impl Receipt {
    pub fn new(entry: &[u8], index: u64, proof: Vec<Hash>, checkpoint: &str) -> Self {
        let entry = String::from_utf8_lossy(entry).into_owned();
        Self { v: RECEIPT_VERSION.into(), entry, index, proof, checkpoint: checkpoint.into() }
    }

    /// Entry, signature, inclusion proof and checkpoint, against the election's keys.
    pub fn check(&self, election: &Election) -> Result<CheckedReceipt, ReceiptError> {
        if self.v != RECEIPT_VERSION {
            return Err(ReceiptError::Version);
        }
        let ballot = CheckedBallot::check(self.entry.as_bytes(), election)?;
        let checkpoint = Checkpoint::open(&self.checkpoint, &origin(election.id()), &election.keys().board)?;
        if self.proof.len() > PROOF_MAX_HASHES {
            return Err(InclusionError.into());
        }
        verify_inclusion(ballot.leaf, self.index, &self.proof, checkpoint.size, checkpoint.root)?;
        Ok(CheckedReceipt { ballot, index: self.index, checkpoint })
    }
}

/// What the voter keeps: the receipt with the manifest, so that it is checked with nothing else at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFile {
    pub v: String,
    pub receipt: Receipt,
    /// The exact bytes of `election.json`.
    pub manifest: String,
}

impl ReceiptFile {
    pub fn new(receipt: Receipt, election: &Election) -> Self {
        let manifest = String::from_utf8_lossy(election.bytes()).into_owned();
        Self { v: RECEIPT_FILE_VERSION.into(), receipt, manifest }
    }

    pub fn parse(bytes: &[u8]) -> Result<(Receipt, Election), ReceiptError> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let this: Self = canonical::parse(bytes)?;
        if this.v != RECEIPT_FILE_VERSION {
            return Err(ReceiptError::Version);
        }
        let election = Election::parse(this.manifest.as_bytes())?;
        Ok((this.receipt, election))
    }
}
