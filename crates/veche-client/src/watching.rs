//! Watching a log: does it only grow? Spec: `docs/spec/log.md` section 9.

use veche_election::{
    Checkpoint, Election, Hash,
    checkpoint::CheckpointError,
    fork::ForkProof,
    log::{Head, ServedTiles, Subtrees, origin, verify_consistency, verify_inclusion},
};

use crate::address::{Address, RequestError};

/// A checkpoint under the board's signature, and the note that says so.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The exact text, with the signature.
    pub note: String,
}

impl Signed {
    /// # Errors
    /// Whoever gave the note: the board has not signed it.
    pub fn open(note: String, election: &Election) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)?;
        Ok(Self { checkpoint, note })
    }
}

/// Why a look is no good. What the server showed and nothing proves consistent is in it: it is evidence.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Not the board's.
    #[error("the server's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Whoever sees the proof is convinced.
    #[error("the board has signed two logs that cannot both be true")]
    Forked(Box<ForkProof>),
    /// Nothing proves that these are the same log.
    #[error("the server has gone back: it shows a log of size {}, and size {seen} was signed before", shown.checkpoint.size)]
    WentBack {
        /// Entries that were signed before.
        seen: u64,
        /// What the server shows.
        shown: Signed,
    },
    /// Nothing proves that these are the same log, either.
    #[error("the server does not prove that its log of size {} begins with the log of size {seen} that was signed before", shown.checkpoint.size)]
    Unproven {
        /// Entries that were signed before.
        seen: u64,
        /// What the server shows.
        shown: Signed,
    },
    /// It says that an entry stands at this index.
    #[error("the server says that the entry is in its log, but does not prove it (size of the log: {})", shown.checkpoint.size)]
    NotInLog {
        /// What the server shows.
        shown: Signed,
    },
}

impl Address {
    /// The checkpoint that the server shows.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn checkpoint(&self, election: &Election) -> Result<Signed, LookError> {
        let note = String::from_utf8(self.get("/checkpoint")?.unwrap_or_default()).unwrap_or_default();
        Ok(Signed::open(note, election)?)
    }

    /// The tiles of its log, for proofs that are made here.
    pub fn tiles(&self, size: u64) -> ServedTiles<impl Fn(&str) -> Option<Vec<u8>>> {
        ServedTiles::new(size, |path| self.get(&format!("/{path}")).ok().flatten())
    }

    /// Does the log of this checkpoint have this entry at this index, by a proof that is made of its tiles?
    ///
    /// # Errors
    /// The server: it does not, or gives no tiles that show it.
    pub fn has_entry(&self, shown: &Signed, index: u64, leaf: Hash) -> Result<(), LookError> {
        let (size, root) = (shown.checkpoint.size, shown.checkpoint.root);
        let proof = self.tiles(size).inclusion_proof(index, size);
        let holds = proof.is_some_and(|proof| verify_inclusion(leaf, index, &proof, size, root).is_ok());
        if holds { Ok(()) } else { Err(LookError::NotInLog { shown: shown.clone() }) }
    }

    /// Is a log that was verified before the beginning of this one, by a proof that is made of the server's tiles?
    ///
    /// # Errors
    /// The server: it is not, or no tiles show it.
    pub fn begins_with(&self, shown: &Signed, verified: Head) -> Result<(), LookError> {
        let (size, root) = (shown.checkpoint.size, shown.checkpoint.root);
        let proof = self.tiles(size).consistency_proof(verified.size, size);
        let holds =
            proof.is_some_and(|proof| verify_consistency((verified.size, verified.root), (size, root), &proof).is_ok());
        if holds { Ok(()) } else { Err(LookError::Unproven { seen: verified.size, shown: shown.clone() }) }
    }

    /// One look: the checkpoint, and the proof that what was seen before is its beginning.
    ///
    /// # Errors
    /// The server, the way to it, or the board, if it has signed two logs.
    pub fn look(&self, election: &Election, last: Option<&Signed>) -> Result<Signed, LookError> {
        let shown = self.checkpoint(election)?;
        let Some(seen) = last else { return Ok(shown) };
        // The smaller of the two must be the beginning of the larger.
        let grown = seen.checkpoint.size <= shown.checkpoint.size;
        let (older, newer) = if grown { (seen, &shown) } else { (&shown, seen) };
        let tiles = self.tiles(newer.checkpoint.size);
        let (from, to) = (&older.checkpoint, &newer.checkpoint);
        let proof = tiles.consistency_proof(from.size, to.size);
        let proven =
            proof.is_some_and(|proof| verify_consistency((from.size, from.root), (to.size, to.root), &proof).is_ok());
        if proven && grown {
            return Ok(shown);
        }
        if let Some(proof) = ForkProof::of_heads(election, &older.note, &newer.note, &tiles) {
            return Err(LookError::Forked(Box::new(proof)));
        }
        let seen = seen.checkpoint.size;
        Err(if grown { LookError::Unproven { seen, shown } } else { LookError::WentBack { seen, shown } })
    }
}
