//! A voter's receipt against the log: does it contain what the receipt promises, and does the ballot count?

use veche_election::{
    Checkpoint, Election, Hash, Receipt, Subtrees,
    checkpoint::CheckpointError,
    fork::ForkProof,
    log::{TILE_WIDTH, bundle_of, origin, read_bundle, verify_consistency},
    manifest::ManifestError,
    receipt::{CheckedReceipt, PaperReceipt},
    record::{CHECKPOINT_FILE, MANIFEST_FILE, Source, Unread, Verified},
};

use crate::{
    address::{Address, RequestError},
    told::Whereabouts,
    watching::LookError,
};

/// A receipt that was checked by itself, and the election that it names.
pub struct Held<'a> {
    /// The one that the receipt names.
    pub election: &'a Election,
    /// As it was kept.
    pub receipt: &'a Receipt,
    /// What was checked of it.
    pub checked: &'a CheckedReceipt,
}

/// Who erred: the server, or the board, if it has signed two logs.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// The server's log could not be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Whose id this is.
    #[error("the record is of another election: {0}")]
    OtherElection(Hash),
    /// With the proof, where that can be shown to everybody.
    #[error("the log does not contain what this receipt promises: it was forked")]
    Forked(Option<Box<ForkProof>>),
    /// Its own log proves the contrary.
    #[error("the server's log contains this ballot, and the server says that it does not")]
    Denied,
}

impl From<RequestError> for LookUpError {
    fn from(error: RequestError) -> Self {
        Self::Look(error.into())
    }
}

impl Held<'_> {
    /// In a record that was verified: returns whether the ballot counts. `note`: the record's signed checkpoint.
    ///
    /// # Errors
    /// The board, or whoever gives another election's record.
    pub fn in_record(&self, verified: &Verified, note: &str) -> Result<bool, LookUpError> {
        if verified.election().id() != self.election.id() {
            return Err(LookUpError::OtherElection(verified.election().id()));
        }
        let (board, ballot, then) = (verified.board(), self.checked.ballot(), self.checked.checkpoint());
        let found = board.known(&ballot.leaf()) == Some(self.checked.index());
        if !found || board.tree().root_at(then.size) != Some(then.root) {
            return Err(self.forked(note, board.tree()));
        }
        // A voter's next ballot, with whatever card, would have to name this one; and the place is still on the roll.
        Ok(board.counts(ballot))
    }

    /// While an election goes on: the server's present log contains the receipt's, by proofs made of the tiles that it
    /// serves. Whether the ballot counts so far is the server's word, and of an open election nobody's.
    ///
    /// # Errors
    /// The server, the way to it, or the board.
    pub fn at_server(&self, address: &Address) -> Result<Option<bool>, LookUpError> {
        let now = address.checkpoint(self.election)?;
        let (then, tiles) = (self.checked.checkpoint(), address.tiles(now.checkpoint.size));
        let to = (now.checkpoint.size, now.checkpoint.root);
        let proof = tiles.consistency_proof(then.size, to.0);
        if proof.is_none_or(|proof| verify_consistency((then.size, then.root), to, &proof).is_err()) {
            return Err(self.forked(&now.note, &tiles));
        }
        if self.election.secret().is_none() {
            return Ok(None);
        }
        let answer = address.get(&format!("/ballot/{}", self.checked.ballot().code().full()))?;
        let answer: Option<Whereabouts> = answer.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match answer {
            Some(answer) if answer.index == Some(self.checked.index()) => Ok(Some(answer.counts)),
            _ => Err(LookUpError::Denied),
        }
    }

    /// Receipt and log contradict each other.
    fn forked(&self, note: &str, tree: &impl Subtrees) -> LookUpError {
        let proof = ForkProof::of_heads(self.election, &self.receipt.checkpoint, note, tree);
        LookUpError::Forked(proof.map(Box::new))
    }
}

/// Who erred: whoever gives the record, or the board.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The record has no such file.
    #[error("\"{path}\" {error}")]
    Unread {
        /// Which file.
        path: String,
        /// What is wrong.
        error: Unread,
    },
    /// It is none.
    #[error("{0}")]
    Manifest(#[from] ManifestError),
    /// It is not the board's.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// Whose id this is.
    #[error("the record is of another election: {0}")]
    OtherElection(Hash),
    /// Or the record is not that of the receipt's log.
    #[error("at the receipt's place stands another entry: the log was forked")]
    OtherEntry,
}

/// What a QR code holds lacks the entry and the manifest: both are taken from the record.
///
/// # Errors
/// Whoever gives the record, or the board.
pub fn from_paper(paper: PaperReceipt, source: &dyn Source) -> Result<(Receipt, Election), PaperError> {
    let read = |path: &str| source.file(path).map_err(|error| PaperError::Unread { path: path.into(), error });
    let election = Election::parse(&read(MANIFEST_FILE)?)?;
    if !paper.is_of(&election) {
        return Err(PaperError::OtherElection(election.id()));
    }
    let note = String::from_utf8(read(CHECKPOINT_FILE)?).unwrap_or_default();
    let size = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)?.size;
    let bundle = read(&bundle_of(paper.index / TILE_WIDTH, size).0)?;
    let place = usize::try_from(paper.index % TILE_WIDTH).unwrap_or(usize::MAX);
    let entry = read_bundle(&bundle).and_then(|entries| entries.get(place).map(|entry| entry.to_vec()));
    let receipt = entry.and_then(|entry| paper.with_entry(&entry)).ok_or(PaperError::OtherEntry)?;
    Ok((receipt, election))
}
