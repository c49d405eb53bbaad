//! More tools on top of [`veche_fixtures`]: elections of one contest, and a server without sockets.

use core::ops::Deref;

use veche_election::{
    Act, Board, Contest, CredentialKey, CredentialSecret, Draft, Hash, LogTree, Receipt, Signatory, SigningKey,
    Subtrees,
    board::AppendError,
    entry::{CheckedBallot, ControlEntry, ControlLink, EntryError, Position},
    log::{Checkpoint, leaf_hash, origin},
    record::RESULT_FILE,
};
pub use veche_fixtures::{WEIGHTS, compute, jwk};

use crate::world::{self, Files};

/// When everything happens, in Unix seconds.
pub const NOW: u64 = 1_700_000_000;

pub fn contest(candidates: &[&str], levels: &[&str], blank: bool) -> Contest {
    let candidates = candidates.iter().map(|&name| name.into()).collect();
    Contest { candidates, blank, ..world::contest(levels, 0) }
}

/// Three candidates, levels 0 to 5, `*` allowed.
pub fn small_contest() -> Contest {
    contest(&["Анна", "Борис", "Вера"], &["0", "1", "2", "3", "4", "5"], true)
}

/// What stands on a card.
pub fn secret(i: usize) -> CredentialSecret {
    let mut bytes = [0xC5; 16];
    bytes[..8].copy_from_slice(&(i as u64).to_be_bytes());
    CredentialSecret::from_random(bytes)
}

/// An election with everybody's private keys, its voters counted from 0.
pub struct World(world::World);

impl Deref for World {
    type Target = world::World;

    fn deref(&self) -> &world::World {
        &self.0
    }
}

impl From<world::World> for World {
    fn from(world: world::World) -> Self {
        Self(world)
    }
}

impl World {
    /// One small contest and three voters, of weights 1, 1 and 2; `seed` makes the nonce, and so every id.
    pub fn small(seed: u8) -> Self {
        Self::with(|draft| draft.nonce = Hash([seed; 32]))
    }

    /// As [`World::small`], with another draft.
    pub fn with(change: impl FnOnce(&mut Draft)) -> Self {
        Self(world::World::new(&[1, 1, 2], |draft| {
            draft.contests = vec![small_contest()];
            change(draft);
        }))
    }

    /// The key of voter `i`; beyond the voters, a key that is not on the list.
    pub fn key(&self, i: usize) -> CredentialKey {
        self.voters.get(i).cloned().unwrap_or_else(|| secret(i).key(self.election.draft_id()))
    }

    pub fn ballot(&self, i: usize, at: Position, marks: &str) -> Vec<u8> {
        self.0.ballot(&self.key(i), at, &[marks]).into()
    }

    pub fn check_ballot(&self, ballot: &[u8]) -> CheckedBallot {
        CheckedBallot::check(ballot, &self.election, &WEIGHTS).unwrap()
    }

    pub fn refusal(&self, ballot: &[u8]) -> EntryError {
        CheckedBallot::check(ballot, &self.election, &WEIGHTS).expect_err("a bad ballot was accepted")
    }

    pub fn control(&self, link: ControlLink, at: u64, by: Signatory, act: Act) -> Vec<u8> {
        let key = self.key_of(by, &act);
        ControlEntry::sign(self.election.id(), link, at, by, act, &key).into()
    }

    pub fn checkpoint(&self, tree: &LogTree, size: u64) -> String {
        let root = tree.root_at(size).unwrap();
        Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key)
    }
}

pub fn tree(entries: &[Vec<u8>]) -> LogTree {
    let mut tree = LogTree::default();
    entries.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    tree
}

/// Signs any text as an entry: what stands before `,"sig":`, whatever it is.
pub fn seal(label: &str, unsigned: &str, key: &SigningKey) -> Vec<u8> {
    format!("{unsigned},\"sig\":\"{}\"}}", key.sign(label, &[unsigned.as_bytes()])).into_bytes()
}

/// The text that [`seal`] signs.
pub fn unsigned(entry: &[u8]) -> &str {
    core::str::from_utf8(&entry[..entry.len() - 96]).unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn reason() -> String {
    "a test".into()
}

/// A server without sockets: a board, and the entries that it has taken.
#[derive(Clone)]
pub struct Log<'a> {
    pub world: &'a World,
    pub board: Board,
    pub entries: Vec<Vec<u8>>,
}

impl<'a> Log<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { world, board: world.board(), entries: Vec::new() }
    }

    /// Set up and opened by the organiser.
    pub fn open(world: &'a World) -> Self {
        let mut log = Self::new(world);
        log.act(Act::Setup);
        log.act(Act::Opening);
        log
    }

    /// Offers bytes that pass the checks without state.
    pub fn offer(&mut self, bytes: &[u8]) -> Result<u64, AppendError> {
        let entry = self.world.check(bytes);
        let replaced = self.world.replaced(&self.board, &self.entries, &entry);
        let index = self.board.append_replacing(&entry, replaced.as_ref())?;
        self.entries.push(bytes.to_vec());
        Ok(index)
    }

    /// Where voter `i` stands.
    pub fn position(&self, i: usize) -> Position {
        self.board.position(&self.world.key(i).public()).unwrap()
    }

    /// Voter `i` casts an honest ballot, which is taken.
    pub fn vote(&mut self, i: usize, marks: &str) -> u64 {
        let ballot = self.world.ballot(i, self.position(i), marks);
        self.offer(&ballot).unwrap()
    }

    pub fn offer_act(&mut self, at: u64, by: Signatory, act: Act) -> Result<u64, AppendError> {
        let entry = self.world.control(self.board.link(), at, by, act);
        self.offer(&entry)
    }

    /// An act that is taken, by whoever may do it.
    pub fn act(&mut self, act: Act) -> u64 {
        let by = world::signatory(&act);
        self.offer_act(NOW, by, act).unwrap()
    }

    /// The card of voter `old` is lost, and its place goes to `new`.
    pub fn replace(&mut self, old: usize, new: usize) {
        let (old, new) = (self.world.key(old).public(), self.world.key(new).public());
        self.act(Act::Replace { old, new, reason: reason() });
    }

    /// Closing and result.
    pub fn finish(&mut self) {
        self.act(Act::Closing);
        self.act(Act::Result { hash: self.board.result().unwrap().hash() });
    }

    /// What an (honest or dishonest) board publishes of these entries.
    pub fn publish(&self, entries: &[Vec<u8>]) -> Files {
        self.world.record(&self.board, entries)
    }

    pub fn record(&self) -> Files {
        let files = self.publish(&self.entries);
        assert_eq!(files.0.get(RESULT_FILE).cloned(), self.board.result().map(|result| result.to_bytes()));
        files
    }

    /// What the voter of entry `index` gets when the log has `size` entries.
    pub fn receipt(&self, index: u64, size: u64) -> Receipt {
        let tree = tree(&self.entries);
        let proof = tree.inclusion_proof(index, size).unwrap();
        Receipt::new(text(&self.entries[index as usize]).into(), index, proof, &self.world.checkpoint(&tree, size))
    }
}

/// The log of a small finished election: votes, a re-vote, a pause, a replaced card.
pub fn finished(world: &World) -> Log<'_> {
    let mut log = Log::open(world);
    log.vote(0, "45*");
    log.vote(1, "0*5");
    log.vote(0, "543");
    log.act(Act::Pause { reason: reason() });
    log.act(Act::Resume { reason: reason() });
    log.replace(2, 9);
    log.vote(9, "3*1");
    log.finish();
    log
}
