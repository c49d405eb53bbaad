//! Which ballots are in the log, by their leaf hashes. Only their places are kept, since the tree has the hashes: of a
//! million ballots 19 MB, where a map from hash to place takes 86.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::{
    hash::Hash,
    log::{LogTree, Subtrees},
};

/// Places in the log, found by the leaf there. Keyed at random, as what voters send decides the hashes.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    places: HashTable<u64>,
    keyed: RandomState,
}

impl Known {
    /// The place of this leaf, if it is one of those that were put in.
    pub(super) fn find(&self, tree: &LogTree, leaf: &Hash) -> Option<u64> {
        let is_there = |place: &u64| tree.subtree(0, *place) == Some(*leaf);
        self.places.find(self.keyed.hash_one(leaf), is_there).copied()
    }

    /// The leaf that will stand at this place, which the tree may not have yet; all that were put in before it has.
    pub(super) fn insert(&mut self, tree: &LogTree, leaf: &Hash, place: u64) {
        let again = |place: &u64| self.keyed.hash_one(tree.subtree(0, *place).unwrap_or(Hash::ZERO));
        self.places.insert_unique(self.keyed.hash_one(leaf), place, again);
    }
}
