//! The sequencer: the one place where entries get their order.
//!
//! It takes what the workers have checked, admits it against the board, and commits in groups: a batch is made of
//! whatever came while the one before was being made durable. A batch is admitted against committed state only and
//! applied after it is durable, so a failed commit has nothing to undo: at most one ballot of a voter and nothing
//! beside a control entry is in a batch.
//!
//! After a commit that returned an error the outcome is unknown: `Committer::settle` asks the store's head, the
//! same way as at start-up, before anything else is appended. A crash at any point leaves either the old head or
//! the new one; a receipt is given out only after the new one is durable and the checkpoint is written beside the
//! database.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};
use veche_election::{
    Board, Checkpoint, Election, Hash, Phase, PublicKey, Receipt, Refusal, SigningKey, Subtrees,
    added::{AddedError, SentAct},
    board::ControlRefusal,
    checkpoint::Witness,
    entry::{CheckedBallot, EntryBytes},
    log::origin,
};
use veche_session::server::{self as session, Verdict};

use crate::{
    added::AddedFile,
    cosignatures::{merge, newest_cosignature},
    home,
    metrics::Metrics,
    sparing::Sparing,
    store::{Store, StoreError},
};

mod committer;
mod loading;
mod published;
mod schedule;

use committer::{Committer, Failures, Numbers, SOLVED_AT_ONCE_MAX};
use loading::compare_with_file;
pub use loading::{Inspected, StartError, inspect, inspect_told};
pub(crate) use loading::{load, weight_seed};
pub use published::{Found, Notice, Published};
use schedule::Schedule;
pub use schedule::{GRACE_DEFAULT_S, GRACE_MAX_S, LOOK_PERIOD, Timing, Untimely};

/// Requests that may wait; more are answered "busy".
const QUEUE_MAX: usize = 4_096;

/// The sequencer's answer to a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The entry stands at this index: appended now, or known already. Is it the voter's ballot that counts?
    Recorded {
        index: u64,
        current: bool,
    },
    Refused(Refusal),
    /// Nothing was recorded, or it is not yet known: ask again.
    Busy,
}

/// The committer's answer to a hello.
enum Lookup {
    Standing(Standing),
    NotInForce,
    /// The place was struck; where its last entry stands.
    Struck(Option<u64>),
    Busy,
}

/// All of one moment, between two batches.
struct Standing {
    phase: Phase,
    closes: Option<u64>,
    weight: u64,
    /// Where the voter's last entry stands.
    last: Option<u64>,
    checkpoint: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{0}")]
    Refused(#[from] ControlRefusal),
    #[error("{0}")]
    Untimely(#[from] Untimely),
    #[error("{0}")]
    Added(#[from] AddedError),
    #[error("the server cannot record now; try again")]
    Busy,
}

enum Request {
    Ballot {
        ballot: Box<CheckedBallot>,
        answer: oneshot::Sender<Decision>,
    },
    Control {
        sent: Box<SentAct>,
        answer: oneshot::Sender<Result<u64, ControlError>>,
    },
    /// The hash of the booth that is served from now on.
    Booth {
        hash: Hash,
        answer: oneshot::Sender<()>,
    },
    /// How the election stands, and the voter with this credential in it.
    LookUp {
        credential: PublicKey,
        answer: oneshot::Sender<Lookup>,
    },
    /// Signatures of witnesses under a checkpoint of ours, verified.
    Cosigned {
        checkpoint: Checkpoint,
        lines: Vec<(Witness, String)>,
    },
    /// A witness has signed at this time.
    Witnessed {
        time: u64,
    },
}

/// Are more ballots on their way, so that a batch is worth waiting for them?
type MoreToCome = Arc<OnceLock<Box<dyn Fn() -> bool + Send + Sync>>>;

/// A handle to the running sequencer.
pub struct Sequencer<S> {
    store: Arc<S>,
    election: Arc<Election>,
    board_key: SigningKey,
    published: Arc<RwLock<Published>>,
    requests: mpsc::Sender<Request>,
    more_to_come: MoreToCome,
}

// Derived, it would ask the store to be Clone.
impl<S> Clone for Sequencer<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            election: self.election.clone(),
            board_key: self.board_key.clone(),
            published: self.published.clone(),
            requests: self.requests.clone(),
            more_to_come: self.more_to_come.clone(),
        }
    }
}

impl<S: Store> Sequencer<S> {
    /// Loads the log, checks it against its head and against the checkpoint file, and starts the task. The task
    /// ends when the last handle is dropped; `JoinHandle` tells when. `empty`: the board of no entries.
    pub async fn start(
        store: Arc<S>,
        mut empty: Board,
        board_key: SigningKey,
        checkpoint_file: PathBuf,
        timing: Timing,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, tokio::task::JoinHandle<()>), StartError> {
        let election = empty.election().clone();
        // A command without a server ends when it is done, and looks for the numbers of an opened sum itself.
        if timing.keeps_schedule {
            empty.solve_elsewhere(SOLVED_AT_ONCE_MAX);
        }
        let (mut board, mut published) = load(&*store, empty, &board_key).await?;
        let mut cosigned = 0;
        let (added_file, added) = AddedFile::beside(&checkpoint_file, &election)?;
        published.introduce(&board, &added)?.into_iter().for_each(|number| board.note_number(number));
        if let Some((checkpoint, note)) = compare_with_file(&published, &election, &checkpoint_file)? {
            cosigned = newest_cosignature(&election, &checkpoint, &note);
            // Cosignatures that came before the stop.
            let (note, witnessed) = merge(&election, &published.checkpoint, &note, &[]);
            if witnessed {
                published.witnessed.clone_from(&note);
            }
            published.checkpoint = note;
        }
        let schedule = Schedule::new(timing, published.last_at, cosigned)?;
        let size = published.size;
        if size > 0 {
            home::write_atomically(&checkpoint_file, published.checkpoint.as_bytes(), 0o644)?;
        }
        metrics.log_size.set(size.cast_signed());
        metrics.ballots_counting.set(published.ballots.cast_signed());
        let published = Arc::new(RwLock::new(published));
        let (requests, inbox) = mpsc::channel(QUEUE_MAX);
        let more_to_come = MoreToCome::default();
        let committer = Committer {
            store: store.clone(),
            election: election.clone(),
            board_key: board_key.clone(),
            board,
            published: published.clone(),
            checkpoint_file,
            added_file,
            schedule,
            refused: None,
            booth: None,
            metrics,
            unsettled: None,
            unwritten: None,
            unread: None,
            numbers: Numbers::default(),
            more_to_come: more_to_come.clone(),
            failures: Failures::default(),
        };
        let task = tokio::spawn(committer.run(inbox));
        Ok((Self { store, election, board_key, published, requests, more_to_come }, task))
    }

    /// Lets batches wait a little while this says so. Said once; without it none waits.
    pub fn gather_while(&self, more_to_come: impl Fn() -> bool + Send + Sync + 'static) {
        let _ = self.more_to_come.set(Box::new(more_to_come));
    }

    /// Appends a checked ballot, or says why not.
    pub async fn ballot(&self, ballot: CheckedBallot) -> Decision {
        let (answer, decision) = oneshot::channel();
        let request = Request::Ballot { ballot: Box::new(ballot), answer };
        if self.requests.try_send(request).is_err() {
            return Decision::Busy;
        }
        decision.await.unwrap_or(Decision::Busy)
    }

    /// As [`Sequencer::ballot`], with the receipts that the voter is to see.
    pub async fn cast(&self, ballot: CheckedBallot) -> Verdict {
        let entry = ballot.bytes().clone();
        let verdict = match self.ballot(ballot).await {
            Decision::Recorded { index, current } => {
                self.receipt_of(entry, index).map(|receipt| Verdict::Recorded { receipt, current })
            }
            Decision::Refused(refusal) => self.last_of(refusal).await.map(|last| Verdict::Refused { refusal, last }),
            Decision::Busy => Ok(Verdict::Busy),
        };
        verdict.unwrap_or_else(|error| {
            no_receipt(&error);
            Verdict::Busy
        })
    }

    /// How the election stands, and the voter with this credential in it, for a hello.
    pub async fn look_up(&self, credential: PublicKey) -> session::Lookup {
        let (answer, lookup) = oneshot::channel();
        let lookup = match self.requests.try_send(Request::LookUp { credential, answer }) {
            Ok(()) => lookup.await.unwrap_or(Lookup::Busy),
            Err(_) => Lookup::Busy,
        };
        let Standing { phase, closes, weight, last, checkpoint } = match lookup {
            Lookup::Standing(standing) => standing,
            Lookup::NotInForce => return session::Lookup::NotInForce,
            Lookup::Struck(last) => return self.struck(last).await,
            Lookup::Busy => return session::Lookup::Busy,
        };
        let last = match last {
            Some(index) => self.receipt(index).await.map(Some),
            None => Ok(None),
        };
        match last {
            Ok(last) => session::Lookup::Found(Box::new(session::Found { phase, closes, weight, last, checkpoint })),
            Err(error) => {
                no_receipt(&error);
                session::Lookup::Busy
            }
        }
    }

    async fn struck(&self, last: Option<u64>) -> session::Lookup {
        match self.last_of(Refusal::Struck { last }).await {
            Ok(last) => session::Lookup::Struck(last),
            Err(error) => {
                no_receipt(&error);
                session::Lookup::Busy
            }
        }
    }

    async fn last_of(&self, refusal: Refusal) -> Result<Option<Receipt>, StoreError> {
        match refusal.last() {
            Some(index) => self.receipt(index).await.map(Some),
            None => Ok(None),
        }
    }

    /// Appends a checked control entry, with the line that belongs to it if it adds a voter, and returns its index.
    pub async fn control(&self, sent: impl Into<SentAct>) -> Result<u64, ControlError> {
        let (answer, decision) = oneshot::channel();
        let request = Request::Control { sent: Box::new(sent.into()), answer };
        self.requests.try_send(request).map_err(|_| ControlError::Busy)?;
        decision.await.unwrap_or(Err(ControlError::Busy))
    }

    /// Has the log name the booth that is served, now or as soon as it takes the act. Returns when that was tried.
    pub async fn serves(&self, booth: Hash) {
        let (answer, tried) = oneshot::channel();
        if self.requests.send(Request::Booth { hash: booth, answer }).await.is_ok() {
            let _ = tried.await;
        }
    }

    /// The present checkpoint under the board's signature alone.
    pub(crate) fn signed(&self) -> (Checkpoint, String) {
        let published = self.published();
        let root = published.tree.root_at(published.size).unwrap_or(Hash::ZERO);
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size: published.size, root };
        let note = checkpoint.sign(&self.board_key);
        (checkpoint, note)
    }

    /// Has cosignatures published. They are not kept from the ballots' way: with a full queue they come again later.
    pub(crate) async fn cosigned(&self, checkpoint: Checkpoint, lines: Vec<(Witness, String)>) {
        let _ = self.requests.send(Request::Cosigned { checkpoint, lines }).await;
    }

    /// What a witness's signature says of the time, against a wall clock that is wrong from the start.
    pub(crate) async fn witnessed_at(&self, time: u64) {
        let _ = self.requests.send(Request::Witnessed { time }).await;
    }

    pub fn published(&self) -> RwLockReadGuard<'_, Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For an operator: requests that wait for the log, and how long ago the checkpoint was signed.
    pub fn waiting(&self) -> (usize, Duration) {
        let queued = self.requests.max_capacity().saturating_sub(self.requests.capacity());
        (queued, self.published().signed_at.elapsed())
    }

    /// Why no ballot can be recorded now; `None` if all is well.
    pub fn ailment(&self) -> Option<&'static str> {
        let published = self.published();
        match published.ailment {
            _ if self.requests.is_closed() => Some("the sequencer has stopped"),
            None if !published.settled => Some("the storage has not said what became of the last batch"),
            ailment => ailment,
        }
    }

    /// Does the task run, is every batch it has begun settled, and has the last one succeeded?
    pub fn is_well(&self) -> bool {
        self.ailment().is_none()
    }

    pub fn store(&self) -> &Arc<S> {
        &self.store
    }

    /// The receipt of the entry at an index: always the same bytes, that of the batch in which it came.
    pub async fn receipt(&self, index: u64) -> Result<Receipt, StoreError> {
        let entries = self.store.read(index, 1).await?;
        let [entry] = entries.as_slice() else { return Err(missing(index)) };
        let entry = EntryBytes::try_from(entry.bytes.as_slice()).map_err(|_| missing(index))?;
        self.receipt_of(entry, index)
    }

    /// The same for who has the bytes of that entry.
    pub fn receipt_of(&self, entry: EntryBytes, index: u64) -> Result<Receipt, StoreError> {
        let missing = || missing(index);
        let (proof, root, size) = {
            let published = self.published();
            let place = published.batches.partition_point(|size| *size <= index);
            let size = published.batches.get(place).copied().ok_or_else(missing)?;
            let proof = published.tree.inclusion_proof(index, size).ok_or_else(missing)?;
            if size == published.size {
                return Ok(Receipt::new(entry, index, proof, &published.note));
            }
            (proof, published.tree.root_at(size).ok_or_else(missing)?, size)
        };
        // Ed25519 is deterministic: the same checkpoint comes out each time.
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key);
        Ok(Receipt::new(entry, index, proof, &checkpoint))
    }

    /// The hashes of a tile, if the published log has them.
    pub fn tile(&self, level: u8, n: u64, width: u64) -> Option<Vec<u8>> {
        let published = self.published();
        published.tree.partial_tile(level, n, width, published.size)
    }
}

fn missing(index: u64) -> StoreError {
    StoreError::Failed(format!("entry {index} is not in the log"))
}

/// A voter asks again, and hears "busy" again.
fn no_receipt(error: &StoreError) {
    static FAILURES: Sparing = Sparing::new();
    if let Some(unsaid) = FAILURES.speak() {
        tracing::error!(%error, unsaid, "a receipt could not be made");
    }
}
