//! What the log adds to a cast: leaf hash, tree, root, signed checkpoint and inclusion proof, in microseconds of
//! processor time an entry, at a log of a million entries.
//!
//!     cargo run --release -p veche-election --example log_cost
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use veche_election::{
    Checkpoint, Hash, LogTree, SigningKey, Subtrees,
    log::{leaf_hash, origin},
};

/// A secret ballot of 7 candidates and 6 options.
const ENTRY_BYTES: usize = 5_100;
const ENTRIES: u64 = 20_000;

fn main() {
    let mut tree = LogTree::default();
    (0..1_000_000_u64).for_each(|i| tree.append(leaf_hash(&i.to_be_bytes())));
    let key = SigningKey::from_seed(&[7; 32]);
    for batch in [1, 8, 64] {
        let mut entry = vec![b'x'; ENTRY_BYTES];
        let started = Instant::now();
        for i in 0..ENTRIES / batch {
            let from = tree.size();
            for j in 0..batch {
                entry.splice(..8, (i * batch + j).to_be_bytes());
                tree.append(leaf_hash(&entry));
            }
            let (size, root) = (tree.size(), tree.root());
            let note = Checkpoint { origin: origin(Hash::ZERO), size, root }.sign(&key);
            assert!(!note.is_empty());
            (from..size).for_each(|index| assert!(tree.inclusion_proof(index, size).is_some()));
        }
        let each = started.elapsed().as_secs_f64() * 1e6 / ENTRIES as f64;
        println!("batches of {batch:>2}: {each:.1} microseconds an entry");
    }
}
