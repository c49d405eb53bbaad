//! Proof that a board has signed two logs: a file that convinces everybody and needs nothing else.
//! Spec: `docs/spec/log.md` section 9.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, CanonicalError},
    checkpoint::{Checkpoint, CheckpointError, origin},
    hash::Hash,
    log::{ConsistencyError, InclusionError, PROOF_MAX_HASHES, Subtrees, verify_consistency, verify_inclusion},
    manifest::{Election, ManifestError},
    receipt::CheckedReceipt,
};

pub const FORK_VERSION: &str = "veche-fork-1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForkProof {
    pub v: String,
    /// The exact bytes of `election.json`.
    pub manifest: String,
    pub evidence: Evidence,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Evidence {
    /// The newer log begins with other entries than the older one: `root` is what its beginning hashes to.
    Heads { older: String, newer: String, root: Hash, proof: Vec<Hash> },
    /// Two logs have different entries at one index.
    Leaves { index: u64, first: SignedLeaf, second: SignedLeaf },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedLeaf {
    pub leaf: Hash,
    pub proof: Vec<Hash>,
    pub checkpoint: String,
}

/// Why the file proves nothing. Who erred: whoever made or changed it.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    #[error("the file is {0}")]
    Canonical(#[from] CanonicalError),
    #[error("the file is of an unknown version")]
    Version,
    #[error("its election: {0}")]
    Manifest(#[from] ManifestError),
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error("{0}")]
    Consistency(#[from] ConsistencyError),
    #[error("{0}")]
    Inclusion(#[from] InclusionError),
    #[error("both states can be true: they are of one log")]
    OneLog,
}

impl ForkProof {
    /// Of two signed states and the newer log's tree; `None` if they are of one log, or the tree is not the newer one's.
    pub fn of_heads(election: &Election, older: &str, newer: &str, tree: &impl Subtrees) -> Option<Self> {
        let open = |note: &str| Checkpoint::open(note, &origin(election.id()), &election.keys().board).ok();
        let (first, second) = (open(older)?, open(newer)?);
        let root = tree.root_at(first.size)?;
        let proof = tree.consistency_proof(first.size, second.size)?;
        let (older, newer) = (older.to_owned(), newer.to_owned());
        Self::new(election, Evidence::Heads { older, newer, root, proof })
    }

    /// Of two receipts; `None` if they do not contradict each other on their face.
    pub fn of_receipts(
        election: &Election,
        first: (&crate::Receipt, &CheckedReceipt),
        second: (&crate::Receipt, &CheckedReceipt),
    ) -> Option<Self> {
        let leaf = |(receipt, checked): (&crate::Receipt, &CheckedReceipt)| SignedLeaf {
            leaf: checked.ballot().leaf(),
            proof: receipt.proof.clone(),
            checkpoint: receipt.checkpoint.clone(),
        };
        if first.1.index() == second.1.index() {
            let evidence = Evidence::Leaves { index: first.1.index(), first: leaf(first), second: leaf(second) };
            return Self::new(election, evidence);
        }
        let (older, newer) = (first.0.checkpoint.clone(), second.0.checkpoint.clone());
        let root = second.1.checkpoint().root;
        Self::new(election, Evidence::Heads { older, newer, root, proof: Vec::new() })
    }

    fn new(election: &Election, evidence: Evidence) -> Option<Self> {
        let manifest = String::from_utf8_lossy(election.bytes()).into_owned();
        let this = Self { v: FORK_VERSION.into(), manifest, evidence };
        this.check().is_ok().then_some(this)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = canonical::write(self);
        bytes.push(b'\n');
        bytes
    }

    /// Reads and checks; returns the election whose board has signed two logs.
    pub fn verify(bytes: &[u8]) -> Result<Election, ForkError> {
        let this: Self = canonical::parse(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
        this.check()
    }

    fn check(&self) -> Result<Election, ForkError> {
        if self.v != FORK_VERSION {
            return Err(ForkError::Version);
        }
        let election = Election::parse(self.manifest.as_bytes())?;
        let open = |note: &str| Checkpoint::open(note, &origin(election.id()), &election.keys().board);
        match &self.evidence {
            Evidence::Heads { older, newer, root, proof } => {
                let (older, newer) = (open(older)?, open(newer)?);
                if older.size == 0 || *root == older.root {
                    return Err(ForkError::OneLog);
                }
                bounded(proof)?;
                verify_consistency((older.size, *root), (newer.size, newer.root), proof)?;
            }
            Evidence::Leaves { index, first, second } => {
                if first.leaf == second.leaf {
                    return Err(ForkError::OneLog);
                }
                for SignedLeaf { leaf, proof, checkpoint } in [first, second] {
                    let checkpoint = open(checkpoint)?;
                    bounded(proof)?;
                    verify_inclusion(*leaf, *index, proof, checkpoint.size, checkpoint.root)?;
                }
            }
        }
        Ok(election)
    }
}

fn bounded(proof: &[Hash]) -> Result<(), ForkError> {
    if proof.len() > PROOF_MAX_HASHES { Err(InclusionError.into()) } else { Ok(()) }
}
