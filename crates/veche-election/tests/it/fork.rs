//! Proofs of forks: a true one convinces, and nobody is accused by anything less (`docs/spec/log.md` section 9).

use veche_election::{
    Checkpoint, Hash, LogTree, SigningKey, Subtrees, canonical,
    checkpoint::CheckpointError,
    fork::{Evidence, FORK_VERSION, ForkError, ForkProof, SignedLeaf},
    log::{Head, leaf_hash, origin},
};

use crate::world::World;

fn tree(entries: &[&str]) -> LogTree {
    let mut tree = LogTree::default();
    entries.iter().for_each(|entry| tree.append(leaf_hash(entry.as_bytes())));
    tree
}

/// Two logs of one board: they part at entry 2.
struct Logs {
    world: World,
    one: LogTree,
    other: LogTree,
}

impl Logs {
    fn new() -> Self {
        let (one, other) = (tree(&["a", "b", "c", "d"]), tree(&["a", "b", "x", "d", "e", "f", "g"]));
        Self { world: World::new(&[1], |_| ()), one, other }
    }

    fn signed_by(&self, key: &SigningKey, head: Head) -> String {
        Checkpoint { origin: origin(self.world.election.id()), size: head.size, root: head.root }.sign(key)
    }

    fn signed(&self, tree: &LogTree, size: u64) -> String {
        self.signed_by(&self.world.board_key, Head { size, root: tree.root_at(size).unwrap() })
    }

    fn leaf(&self, tree: &LogTree, index: u64) -> SignedLeaf {
        SignedLeaf {
            index,
            leaf: tree.subtree(0, index).unwrap(),
            proof: tree.inclusion_proof(index, tree.size()).unwrap(),
            checkpoint: self.signed(tree, tree.size()),
        }
    }

    fn verify(&self, evidence: Evidence) -> Result<(), ForkError> {
        let manifest = String::from_utf8(self.world.election.bytes().to_vec()).unwrap();
        let proof = ForkProof { v: FORK_VERSION.into(), manifest, evidence };
        let accused = ForkProof::verify(&proof.to_bytes())?;
        assert_eq!(accused.id(), self.world.election.id());
        Ok(())
    }

    /// Of the first four entries of the one log and the first `size` of the other.
    fn heads(&self, size: u64) -> Evidence {
        Evidence::Heads {
            older: self.signed(&self.one, 4),
            newer: self.signed(&self.other, size),
            root: self.other.root_at(4).unwrap(),
            proof: self.other.consistency_proof(4, size).unwrap(),
        }
    }

    /// Of the entry at which the logs part, each proven in its own.
    fn subtrees(&self, start: u64, end: u64) -> Evidence {
        Evidence::Subtrees { start, end, first: self.leaf(&self.one, 2), second: self.leaf(&self.other, 2) }
    }
}

#[test]
fn two_logs_of_one_board_are_proven() {
    let logs = Logs::new();
    for size in [4, 5, 7] {
        logs.verify(logs.heads(size)).unwrap();
    }
    for (start, end) in [(2, 3), (2, 4), (0, 4)] {
        logs.verify(logs.subtrees(start, end)).unwrap();
    }
    // Entries that are the same in both, of logs that are not: what both determine beside and above them.
    for (first, second) in [(0, 1), (3, 5), (1, 6)] {
        let (first, second) = (logs.leaf(&logs.one, first), logs.leaf(&logs.other, second));
        logs.verify(Evidence::Subtrees { start: 0, end: 4, first, second }).unwrap();
    }
    let (older, newer) = (logs.signed(&logs.one, 4), logs.signed(&logs.other, 7));
    assert!(ForkProof::of_heads(&logs.world.election, &older, &newer, &logs.other).is_some());
}

#[test]
fn states_of_one_log_prove_nothing() {
    let logs = Logs::new();
    let same = |root, proof| {
        let state = logs.signed(&logs.one, 4);
        logs.verify(Evidence::Heads { older: state.clone(), newer: state, root, proof })
    };
    assert!(matches!(same(logs.one.root(), vec![]), Err(ForkError::OneLog)), "one checkpoint as both");
    for proof in [vec![], vec![Hash([1; 32])]] {
        assert!(matches!(same(Hash([1; 32]), proof), Err(ForkError::Consistency(_))), "one checkpoint, another root");
    }
    let grown = Evidence::Heads {
        older: logs.signed(&logs.other, 5),
        newer: logs.signed(&logs.other, 7),
        root: logs.other.root_at(5).unwrap(),
        proof: logs.other.consistency_proof(5, 7).unwrap(),
    };
    assert!(matches!(logs.verify(grown), Err(ForkError::OneLog)), "a log that has grown");
    assert!(
        ForkProof::of_heads(
            &logs.world.election,
            &logs.signed(&logs.other, 5),
            &logs.signed(&logs.other, 7),
            &logs.other
        )
        .is_none()
    );
}

#[test]
fn an_empty_log_contradicts_nobody() {
    let logs = Logs::new();
    for signed in [Head::EMPTY, Head { size: 0, root: Hash([1; 32]) }] {
        let older = logs.signed_by(&logs.world.board_key, signed);
        for root in [Head::EMPTY.root, Hash([1; 32])] {
            let (older, newer) = (older.clone(), logs.signed(&logs.other, 7));
            let refused = logs.verify(Evidence::Heads { older, newer, root, proof: vec![] });
            assert!(matches!(refused, Err(ForkError::OneLog)), "{refused:?}");
        }
    }
}

#[test]
fn heads_without_a_true_proof_prove_nothing() {
    let logs = Logs::new();
    let changed = |change: &dyn Fn(&mut Vec<Hash>, &mut Hash)| {
        let Evidence::Heads { older, newer, mut root, mut proof } = logs.heads(7) else { unreachable!() };
        change(&mut proof, &mut root);
        logs.verify(Evidence::Heads { older, newer, root, proof })
    };
    assert!(matches!(changed(&|proof, _| proof.clear()), Err(ForkError::Consistency(_))));
    assert!(matches!(changed(&|proof, _| proof[0] = Hash([1; 32])), Err(ForkError::Consistency(_))));
    assert!(matches!(changed(&|_, root| *root = Hash([1; 32])), Err(ForkError::Consistency(_))));
    assert!(matches!(changed(&|proof, _| proof.resize(41, Hash([1; 32]))), Err(ForkError::Inclusion(_))));
    let Evidence::Heads { older, newer, root, proof } = logs.heads(7) else { unreachable!() };
    let turned = Evidence::Heads { older: newer, newer: older, root, proof };
    assert!(matches!(logs.verify(turned), Err(ForkError::Consistency(_))), "the newer one as the older");
}

#[test]
fn subtrees_that_are_one_or_not_determined_prove_nothing() {
    let logs = Logs::new();
    let leaves = |first, second| logs.verify(Evidence::Subtrees { start: 2, end: 3, first, second });
    let (one, other) = (logs.leaf(&logs.one, 2), logs.leaf(&logs.other, 2));
    assert!(matches!(leaves(one.clone(), one.clone()), Err(ForkError::OneLog)), "one leaf twice");
    assert!(matches!(logs.verify(logs.subtrees(0, 2)), Err(ForkError::OneLog)), "what both logs have");
    for (start, end) in [(0, 1), (4, 7), (0, 7), (2, 2), (3, 2), (0, u64::MAX), (u64::MAX, 0), (1 << 40, 1 << 41)] {
        let refused = logs.verify(logs.subtrees(start, end));
        assert!(matches!(refused, Err(ForkError::Undetermined { .. })), "{start}..{end}: {refused:?}");
    }
    for index in [1, 3, 7, 1 << 40] {
        let elsewhere = SignedLeaf { index, ..one.clone() };
        assert!(matches!(leaves(elsewhere, other.clone()), Err(ForkError::Inclusion(_))), "proven for another index");
    }
    let bare = |leaf: &SignedLeaf| SignedLeaf { proof: vec![], ..leaf.clone() };
    assert!(matches!(leaves(bare(&one), other.clone()), Err(ForkError::Inclusion(_))), "the first without a proof");
    assert!(matches!(leaves(one.clone(), bare(&other)), Err(ForkError::Inclusion(_))), "the second without a proof");
    let long = SignedLeaf { proof: vec![Hash([1; 32]); 41], ..one.clone() };
    assert!(matches!(leaves(long, other), Err(ForkError::Inclusion(_))), "longer than any proof");
    let other_leaf = SignedLeaf { leaf: Hash([1; 32]), ..one.clone() };
    assert!(matches!(leaves(one, other_leaf), Err(ForkError::Inclusion(_))), "a leaf that nobody signed");
}

#[test]
fn what_the_board_has_not_signed_accuses_nobody() {
    let logs = Logs::new();
    let head = Head { size: 4, root: logs.one.root() };
    let forged = logs.signed_by(&logs.world.organiser, head);
    let Evidence::Heads { newer, root, proof, .. } = logs.heads(7) else { unreachable!() };
    let refused = logs.verify(Evidence::Heads { older: forged.clone(), newer, root, proof });
    assert!(matches!(refused, Err(ForkError::Checkpoint(CheckpointError::Signature))), "{refused:?}");
    let (first, second) = (SignedLeaf { checkpoint: forged, ..logs.leaf(&logs.one, 2) }, logs.leaf(&logs.other, 2));
    let refused = logs.verify(Evidence::Subtrees { start: 2, end: 3, first, second });
    assert!(matches!(refused, Err(ForkError::Checkpoint(_))), "{refused:?}");
    let elsewhere = World::new(&[1, 1], |_| ());
    let manifest = String::from_utf8(elsewhere.election.bytes().to_vec()).unwrap();
    let proof = ForkProof { v: FORK_VERSION.into(), manifest, evidence: logs.subtrees(2, 3) };
    assert!(matches!(ForkProof::verify(&canonical::write(&proof)), Err(ForkError::Checkpoint(_))), "another election");
}

/// A first form had other evidence of two receipts.
#[test]
fn a_proof_of_the_first_form_is_not_read() {
    let logs = Logs::new();
    let manifest = String::from_utf8(logs.world.election.bytes().to_vec()).unwrap();
    let mut proof = ForkProof { v: "veche-fork-2".into(), manifest, evidence: logs.heads(7) };
    ForkProof::verify(&proof.to_bytes()).unwrap();
    proof.v = "veche-fork-1".into();
    assert!(matches!(ForkProof::verify(&proof.to_bytes()), Err(ForkError::Version)));
}
