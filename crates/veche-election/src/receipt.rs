//! The receipt: the voter's proof that an entry is in the log. Final in form; checked offline.
//! Spec: `docs/spec/log.md` section 6.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::{
    ballot::WeightSeed,
    canonical::{self, CanonicalError},
    entry::{CheckedBallot, EntryBytes, EntryError},
    hash::Hash,
    log::{Checkpoint, CheckpointError, InclusionError, PROOF_MAX_HASHES, origin, verify_inclusion},
    manifest::{Election, ManifestError},
};

/// The one form of a receipt.
pub const RECEIPT_VERSION: &str = "veche-receipt-1";
/// The one form of the file that holds one.
pub const RECEIPT_FILE_VERSION: &str = "veche-receipt-file-1";

/// That a ballot stands in the log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`RECEIPT_VERSION`].
    pub v: String,
    /// The exact bytes of the entry.
    pub entry: EntryBytes,
    /// Where the entry stands.
    pub index: u64,
    /// From the entry to the root.
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
    /// See [`RECEIPT_VERSION`] and [`RECEIPT_FILE_VERSION`].
    #[error("the receipt is of an unknown version")]
    Version,
    /// It is no ballot of this election.
    #[error("the receipt's entry: {0}")]
    Entry(#[from] EntryError),
    /// It is not the board's.
    #[error("the receipt's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Nothing proves that the entry is in the log.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
    /// No canonical JSON of this shape.
    #[error("the receipt file is {0}")]
    Canonical(#[from] CanonicalError),
    /// It is none.
    #[error("the receipt's election: {0}")]
    Manifest(#[from] ManifestError),
}

/// What a good receipt says. Only [`Receipt::check`] makes one.
#[derive(Debug, Clone)]
pub struct CheckedReceipt {
    ballot: CheckedBallot,
    index: u64,
    checkpoint: Checkpoint,
}

impl CheckedReceipt {
    /// The entry.
    pub fn ballot(&self) -> &CheckedBallot {
        &self.ballot
    }

    /// Of the entry in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The signed state of the log that holds the entry.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl Receipt {
    /// Of an entry at its place, under a signed checkpoint.
    pub fn new(entry: EntryBytes, index: u64, proof: Vec<Hash>, checkpoint: &str) -> Self {
        Self { v: RECEIPT_VERSION.into(), entry, index, proof, checkpoint: checkpoint.into() }
    }

    /// Entry, signature, inclusion proof and checkpoint, against the election's keys.
    ///
    /// # Errors
    ///
    /// The server that gave it erred, or whoever changed it.
    pub fn check(&self, election: &Election, weights: &WeightSeed) -> Result<CheckedReceipt, ReceiptError> {
        if self.v != RECEIPT_VERSION {
            return Err(ReceiptError::Version);
        }
        let ballot = CheckedBallot::check(&self.entry, election, weights)?;
        let checkpoint = Checkpoint::open(&self.checkpoint, &origin(election.id()), &election.keys().board)?;
        if self.proof.len() > PROOF_MAX_HASHES {
            return Err(InclusionError.into());
        }
        verify_inclusion(ballot.leaf(), self.index, &self.proof, checkpoint.size, checkpoint.root)?;
        Ok(CheckedReceipt { ballot, index: self.index, checkpoint })
    }
}

const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";

impl Receipt {
    /// Everything but the entry, as a C2SP tlog-proof: short enough for a QR code. The extra data is the leaf hash.
    pub fn to_tlog_proof(&self) -> String {
        let leaf = BASE64.encode(&self.entry.leaf().0);
        let hashes: String = self.proof.iter().map(|hash| BASE64.encode(&hash.0) + "\n").collect();
        format!("{PROOF_HEADER}\nextra {leaf}\nindex {}\n{hashes}\n{}", self.index, self.checkpoint)
    }
}

/// A receipt on paper: the entry stands in the record, at this index.
#[derive(Debug, Clone)]
pub struct PaperReceipt {
    /// Where the entry stands.
    pub index: u64,
    leaf: Hash,
    proof: Vec<Hash>,
    checkpoint: String,
}

impl PaperReceipt {
    /// Reads what [`Receipt::to_tlog_proof`] wrote; one written form, but for the line ends that scanners add or lose.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let checkpoint = format!("{}\n", checkpoint.trim_end_matches('\n'));
        let mut lines = head.split('\n');
        if lines.next()? != PROOF_HEADER {
            return None;
        }
        let hash = |line: &str| Some(Hash(BASE64.decode(line.as_bytes()).ok()?.try_into().ok()?));
        let leaf = hash(lines.next()?.strip_prefix("extra ")?)?;
        let index = lines.next()?.strip_prefix("index ")?;
        let index = index.parse().ok().filter(|number: &u64| number.to_string() == index)?;
        let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
        (proof.len() <= PROOF_MAX_HASHES).then_some(Self { index, leaf, proof, checkpoint })
    }

    /// Does its checkpoint name the log of this election?
    pub fn is_of(&self, election: &Election) -> bool {
        self.checkpoint.lines().next() == Some(origin(election.id()).as_str())
    }

    /// The whole receipt, with the entry that a record has at the index; `None` if that is not the one it is for.
    pub fn with_entry(self, entry: &[u8]) -> Option<Receipt> {
        let entry = EntryBytes::try_from(entry).ok()?;
        (entry.leaf() == self.leaf).then(|| Receipt::new(entry, self.index, self.proof, &self.checkpoint))
    }
}

/// What the voter keeps: the receipt with the manifest, so that it is checked with nothing else at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFile {
    /// [`RECEIPT_FILE_VERSION`].
    pub v: String,
    /// As the server gave it.
    pub receipt: Receipt,
    /// The exact bytes of `election.json`.
    pub manifest: String,
}

impl ReceiptFile {
    /// Of a receipt and the election that it is of.
    pub fn new(receipt: Receipt, election: &Election) -> Self {
        let manifest = String::from_utf8_lossy(election.bytes()).into_owned();
        Self { v: RECEIPT_FILE_VERSION.into(), receipt, manifest }
    }

    /// What the file holds. The receipt is not checked yet: see [`Receipt::check`].
    ///
    /// # Errors
    ///
    /// Whoever wrote the file erred.
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
