//! Proof that a board has signed two logs: a file that convinces everybody and needs nothing else.
//! Spec: `docs/spec/log.md` section 9.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, CanonicalError},
    checkpoint::{Checkpoint, CheckpointError, origin},
    hash::Hash,
    log::{
        ConsistencyError, InclusionError, PROOF_MAX_HASHES, Subtrees, node_hash, split, verify_consistency,
        verify_inclusion,
    },
    manifest::{Election, ManifestError},
    receipt::CheckedReceipt,
};

/// The one form of the file.
pub const FORK_VERSION: &str = "veche-fork-2";

/// That a board has signed two logs, for everybody to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForkProof {
    /// [`FORK_VERSION`].
    pub v: String,
    /// The exact bytes of `election.json`.
    pub manifest: String,
    /// What shows it.
    pub evidence: Evidence,
}

/// Two ways in which signed states contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Evidence {
    /// The newer log begins with other entries than the older one: `root` is what its beginning hashes to.
    Heads {
        /// The signed note of the shorter log.
        older: String,
        /// That of the longer one.
        newer: String,
        /// What the beginning hashes to.
        root: Hash,
        /// Hashes that show it.
        proof: Vec<Hash>,
    },
    /// Two logs have different entries somewhere in `start..end`: two inclusion proofs determine what these leaves hash to,
    /// and it is not the same.
    Subtrees {
        /// The first of these leaves.
        start: u64,
        /// Behind the last.
        end: u64,
        /// In the one log.
        first: SignedLeaf,
        /// In the other.
        second: SignedLeaf,
    },
}

/// An entry that a signed log has at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedLeaf {
    /// Where it stands.
    pub index: u64,
    /// Its hash.
    pub leaf: Hash,
    /// From it to the root.
    pub proof: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

/// Why the file proves nothing. Who erred: whoever made or changed it.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// No canonical JSON of this shape.
    #[error("the file is {0}")]
    Canonical(#[from] CanonicalError),
    /// See [`FORK_VERSION`].
    #[error("the file is of an unknown version")]
    Version,
    /// Whose board it is, is not known.
    #[error("its election: {0}")]
    Manifest(#[from] ManifestError),
    /// The board has not signed it.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The proof is none.
    #[error("{0}")]
    Consistency(#[from] ConsistencyError),
    /// The proof is none.
    #[error("{0}")]
    Inclusion(#[from] InclusionError),
    /// Nobody has forked it.
    #[error("both states can be true: they are of one log")]
    OneLog,
    /// Nothing follows of them.
    #[error("its inclusion proofs do not both determine the leaves from {start} to {end}")]
    Undetermined {
        /// The first of these leaves.
        start: u64,
        /// Behind the last.
        end: u64,
    },
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

    /// Of two receipts; `None` if everything that both determine is the same. (That does not say that they are of one log: a
    /// proof determines few of its log's subtrees.)
    pub fn of_receipts(
        election: &Election,
        first: (&crate::Receipt, &CheckedReceipt),
        second: (&crate::Receipt, &CheckedReceipt),
    ) -> Option<Self> {
        let signed = |(receipt, checked): (&crate::Receipt, &CheckedReceipt)| SignedLeaf {
            index: checked.index(),
            leaf: checked.ballot().leaf(),
            proof: receipt.proof.clone(),
            checkpoint: receipt.checkpoint.clone(),
        };
        let (first, second) =
            ((signed(first), first.1.checkpoint().size), (signed(second), second.1.checkpoint().size));
        let [determined, other] = [&first, &second].map(|(leaf, size)| Determined::by(leaf, *size));
        let (start, end) = determined.contradiction(&other)?;
        Self::new(election, Evidence::Subtrees { start, end, first: first.0, second: second.0 })
    }

    fn new(election: &Election, evidence: Evidence) -> Option<Self> {
        let manifest = String::from_utf8_lossy(election.bytes()).into_owned();
        let this = Self { v: FORK_VERSION.into(), manifest, evidence };
        this.check().is_ok().then_some(this)
    }

    /// The exact bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = canonical::write(self);
        bytes.push(b'\n');
        bytes
    }

    /// Reads and checks; returns the election whose board has signed two logs.
    ///
    /// # Errors
    ///
    /// Whoever made or changed the file erred: it shows no two logs of one election.
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
            Evidence::Subtrees { start, end, first, second } => {
                let determine = |leaf: &SignedLeaf| {
                    let checkpoint = open(&leaf.checkpoint)?;
                    bounded(&leaf.proof)?;
                    verify_inclusion(leaf.leaf, leaf.index, &leaf.proof, checkpoint.size, checkpoint.root)?;
                    let hash = Determined::by(leaf, checkpoint.size).hash(*start, *end);
                    hash.ok_or(ForkError::Undetermined { start: *start, end: *end })
                };
                if determine(first)? == determine(second)? {
                    return Err(ForkError::OneLog);
                }
            }
        }
        Ok(election)
    }
}

fn bounded(proof: &[Hash]) -> Result<(), ForkError> {
    if proof.len() > PROOF_MAX_HASHES { Err(InclusionError.into()) } else { Ok(()) }
}

/// What leaves hash to, as far as an inclusion proof fixes it: its hashes stand for the ranges of leaves beside the way from
/// the leaf to the root, and those that are computed of them for the ranges on the way.
struct Determined(BTreeMap<(u64, u64), Hash>);

impl Determined {
    /// By a proof that holds in a log of this size.
    fn by(signed: &SignedLeaf, size: u64) -> Self {
        let (mut start, mut end) = (0, size);
        let mut beside = Vec::new();
        while end.saturating_sub(start) > 1 {
            let middle = start + split(end - start);
            if signed.index < middle {
                beside.push((middle, end));
                end = middle;
            } else {
                beside.push((start, middle));
                start = middle;
            }
        }
        let mut ranges = BTreeMap::from([((start, end), signed.leaf)]);
        let mut hash = signed.leaf;
        for ((from, to), sibling) in beside.into_iter().rev().zip(&signed.proof) {
            ranges.insert((from, to), *sibling);
            hash = if from < start { node_hash(*sibling, hash) } else { node_hash(hash, *sibling) };
            (start, end) = (start.min(from), end.max(to));
            ranges.insert((start, end), hash);
        }
        Self(ranges)
    }

    /// Of leaves `start..end`: known itself, or put together of its two sides.
    fn hash(&self, start: u64, end: u64) -> Option<Hash> {
        if let Some(hash) = self.0.get(&(start, end)) {
            return Some(*hash);
        }
        let count = end.checked_sub(start).filter(|count| *count > 1)?;
        let middle = start + split(count);
        Some(node_hash(self.hash(start, middle)?, self.hash(middle, end)?))
    }

    /// The fewest leaves that both determine and of which they say different things. Where both have put a range together,
    /// one of its sides differs too: so it is enough to look at what stands in one of them itself.
    fn contradiction(&self, other: &Self) -> Option<(u64, u64)> {
        let ranges = self.0.keys().chain(other.0.keys()).copied();
        let differs = |(start, end): &(u64, u64)| {
            self.hash(*start, *end).zip(other.hash(*start, *end)).is_some_and(|(one, another)| one != another)
        };
        ranges.filter(differs).min_by_key(|(start, end)| (end - start, *start))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::log::{LogTree, leaf_hash};

    /// Leaves 0.. of a log; from `forked` on those of another one.
    fn tree(size: u64, forked: u64) -> LogTree {
        let mut tree = LogTree::default();
        (0..size).for_each(|i| tree.append(leaf_hash(&[i as u8, u8::from(i >= forked)])));
        tree
    }

    fn determined(tree: &LogTree, index: u64) -> Determined {
        let size = tree.size();
        let (leaf, proof) = (tree.subtree(0, index).unwrap(), tree.inclusion_proof(index, size).unwrap());
        verify_inclusion(leaf, index, &proof, size, tree.root()).unwrap();
        Determined::by(&SignedLeaf { index, leaf, proof, checkpoint: String::new() }, size)
    }

    /// Everything that a proof determines is true, and of one log no two proofs contradict each other.
    #[test]
    fn row_21_two_proofs_of_one_log_never_contradict_each_other() {
        let whole = tree(12, 12);
        for one in 1..=12 {
            for another in 1..=12 {
                for (i, k) in (0..one).flat_map(|i| (0..another).map(move |k| (i, k))) {
                    let of = |size, index| determined(&tree(size, size), index);
                    assert_eq!(of(one, i).contradiction(&of(another, k)), None, "{i} of {one}, {k} of {another}");
                    of(one, i)
                        .0
                        .iter()
                        .for_each(|((start, end), hash)| assert_eq!(whole.range(*start, *end), Some(*hash)));
                }
            }
        }
    }

    /// Row 21: the two logs differ from some entry on. It is found by exactly the pairs of proofs that both determine a range
    /// with an entry of which they know different things.
    #[test]
    fn row_21_a_fork_is_found_wherever_two_proofs_determine_a_range_that_differs() {
        let (mut found, mut all, mut at_one_place) = (0, 0, 0);
        for forked in 1..8 {
            for (one, another) in (forked + 1..=8).flat_map(|one| (forked + 1..=8).map(move |another| (one, another))) {
                for (i, k) in (0..one).flat_map(|i| (0..another).map(move |k| (i, k))) {
                    let (honest, false_one) = (determined(&tree(one, one), i), determined(&tree(another, forked), k));
                    let range = honest.contradiction(&false_one);
                    assert_eq!(range, false_one.contradiction(&honest));
                    all += 1;
                    at_one_place += u32::from(one == another || i == k && i >= forked);
                    found += u32::from(range.is_some());
                    if let Some((start, end)) = range {
                        assert!(end > forked && start < end && end <= one.min(another), "{start}..{end}");
                    }
                    // Whatever both determine and that reaches beyond the fork.
                    let both = |end: u64| {
                        (0..end).any(|start| {
                            end > forked && honest.hash(start, end).is_some() && false_one.hash(start, end).is_some()
                        })
                    };
                    assert_eq!(
                        range.is_some(),
                        (1..=8).any(both),
                        "{i} of {one}, {k} of {another}, forked at {forked}"
                    );
                }
            }
        }
        assert!(found > at_one_place, "{found} of {all}; by equal sizes or places alone {at_one_place}");
        assert!(found < all, "some forks are not seen by two receipts: {found} of {all}");
    }
}
