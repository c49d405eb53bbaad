//! Which booths the board has named: acts outside of the chain of all others, so that none of them waits for an organiser or
//! hinders one. Spec: `docs/spec/entry.md` section 10.

use super::{Board, ControlRefusal, Phase, told::NamedBooth};
use crate::{
    entry::{Act, ControlEntry, ControlLink, Signatory},
    hash::Hash,
};

/// No election has more of them: a server that changes its booth again and again fills no log.
pub const BOOTHS_MAX: u64 = 64;

#[derive(Debug, Clone)]
pub(super) struct Booths {
    named: Vec<NamedBooth>,
    /// Leaf hash of the last of them.
    prev: Hash,
}

impl Default for Booths {
    fn default() -> Self {
        Self { named: Vec::new(), prev: ControlLink::FIRST.prev }
    }
}

impl Booths {
    fn next(&self) -> u64 {
        self.named.len() as u64 + 1
    }

    fn names(&self, hash: &Hash) -> bool {
        self.named.iter().any(|booth| booth.hash == *hash)
    }
}

impl Board {
    /// What the board said that it serves, in the order of the log.
    pub fn booths(&self) -> &[NamedBooth] {
        &self.booths.named
    }

    /// Is this booth still to be named, while ballots are cast or will be?
    pub fn is_booth_unnamed(&self, hash: &Hash) -> bool {
        self.takes_booths() && !self.booths.names(hash)
    }

    /// Where the next act stands that names a booth: its signer has the whole log.
    pub fn booth_link(&self) -> ControlLink {
        ControlLink { n: self.booths.next(), prev: self.booths.prev, seen: self.head() }
    }

    fn takes_booths(&self) -> bool {
        matches!(self.phase, Phase::Setup | Phase::Open | Phase::Paused)
    }

    pub(super) fn admit_booth(&self, entry: &ControlEntry, hash: &Hash) -> Result<(), ControlRefusal> {
        use ControlRefusal as R;
        if (entry.n, entry.prev) != (self.booths.next(), self.booths.prev) {
            return Err(R::Link { expected: self.booths.next() });
        }
        let size = self.size();
        if entry.seen.size != size {
            return Err(R::Seen { seen: entry.seen.size, least: size, size });
        }
        self.admit_seen(entry.seen)?;
        if !self.takes_booths() {
            return Err(R::Phase { act: Act::Booth { hash: *hash }.name(), phase: self.phase });
        }
        if entry.by != Signatory::Board {
            return Err(R::Signatory);
        }
        if self.booths.names(hash) {
            return Err(R::KnownBooth);
        }
        if entry.n > BOOTHS_MAX { Err(R::Booths { max: BOOTHS_MAX }) } else { Ok(()) }
    }

    pub(super) fn take_booth(&mut self, leaf: Hash, hash: Hash) {
        self.booths.named.push(NamedBooth { index: self.size(), hash });
        self.booths.prev = leaf;
    }
}
