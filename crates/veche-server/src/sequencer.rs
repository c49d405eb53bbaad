//! The sequencer: the one place where entries get their order.
//!
//! It takes what the workers have checked, admits it against the [`Board`], and commits in groups: a batch is made
//! of whatever came while the one before was being made durable. A batch is admitted against committed state only
//! and applied after it is durable, so a failed commit has nothing to undo: at most one ballot of a voter and
//! nothing beside a control entry is in a batch.
//!
//! After a commit that returned an error the outcome is unknown: [`Committer::settle`] asks the store's head, the
//! same way as at start-up, before anything else is appended. A crash at any point leaves either the old head or
//! the new one; a receipt is given out only after the new one is durable and the checkpoint is written beside the
//! database.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use veche_election::{
    Act, Board, Checkpoint, CredentialList, Election, ElectionResult, Hash, LogTree, Phase, PublicKey, Receipt,
    Refusal, Signatory, SigningKey, Subtrees,
    ballot::check_all,
    board::ControlRefusal,
    checkpoint::Witness,
    entry::{CheckedBallot, CheckedControl, CheckedEntry, ControlEntry, ControlLink},
    log::origin,
};

use crate::{
    cosigning::merge,
    home::{self, HomeError},
    metrics::Metrics,
    store::{Head, Store, StoreError},
};

/// Requests taken into one transaction.
const BATCH_MAX: usize = 512;
/// Requests that may wait; more are answered "busy".
const QUEUE_MAX: usize = 4_096;
/// How often the clock is compared with opening and closing times.
const SCHEDULE_PERIOD: Duration = Duration::from_millis(250);
const LOAD_ENTRIES: u32 = 4_096;

/// Unix seconds. Given from outside, so that tests can turn it.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

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

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{0}")]
    Refused(#[from] ControlRefusal),
    #[error("the server cannot record now; try again")]
    Busy,
}

/// Why the sequencer does not start: each names the culprit and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error("entry {index} of the database is not valid: {reason}; restore the database from a backup or a mirror")]
    Entry { index: u64, reason: String },
    #[error("the database is empty, but the election was set up: the log is lost. Restore it from a backup")]
    Empty,
    #[error(
        "the checkpoint file is missing: without it nobody can tell whether this database is the newest. Restore the \
         file; if it is lost and you are sure of the database, start once with --accept-database"
    )]
    NoCheckpoint,
    #[error("the entries of the database do not hash to its head; restore it from a backup or a mirror")]
    Root,
    #[error(
        "the database holds {database} entries, but a checkpoint of {signed} entries was signed before: this is an \
         older copy. Going on would fork the log. Restore the newer database, or the missing entries from the record \
         of a mirror; if they are lost for good, the election must be declared void"
    )]
    Older { database: u64, signed: u64 },
    #[error(
        "the database does not contain the log of the checkpoint file beside it (same size, other entries): it was \
         rewritten. Restore the right database"
    )]
    Forked,
    #[error(
        "the witness {name} has cosigned a log of {witnessed} entries, the database holds {database}: this is an older \
         copy. Going on would fork the log. Restore the newer database, or the missing entries from a mirror; if they \
         are lost for good, the election must be declared void. If you are sure that the witness errs, start with \
         --ignore-witnesses"
    )]
    Witnessed { database: u64, witnessed: u64, name: String },
    #[error(
        "the witness {name} has cosigned another log of this election than the one in the database. Restore the right \
         database. If you are sure that the witness errs, start with --ignore-witnesses"
    )]
    WitnessedOther { name: String },
    #[error("{0}")]
    Home(#[from] HomeError),
}

/// What everybody may see, always of durable entries only.
pub struct Published {
    tree: LogTree,
    /// Sizes of the log after each batch, ascending.
    batches: Vec<u64>,
    /// Replaced cards: the credential of the list, and the one now in force in its place.
    replaced: HashMap<PublicKey, PublicKey>,
    /// Every ballot by its code, and which one has replaced which.
    codes: BTreeMap<Hash, u64>,
    replaced_by: HashMap<u64, u64>,
    pub size: u64,
    /// With the cosignatures that have come for it.
    pub checkpoint: String,
    /// The last checkpoint that a quorum of the witnesses has cosigned; empty before.
    pub witnessed: String,
    pub phase: Phase,
    pub closes: Option<u64>,
    pub link: ControlLink,
    /// Voters whose ballot counts, and their weight: turnout, never scores.
    pub ballots: u64,
    pub weight: u64,
    /// The first trustee who has not rehearsed, and those whose shares are in the log.
    pub missing_rehearsal: Option<u32>,
    pub shares: Vec<u32>,
    /// Only once the result is in the log.
    pub result: Option<Arc<ElectionResult>>,
    settled: bool,
    /// When the checkpoint was signed, or this process began.
    signed_at: Instant,
}

impl Published {
    pub(crate) fn tree(&self) -> &LogTree {
        &self.tree
    }

    fn empty(board: &Board) -> Self {
        Self {
            tree: LogTree::default(),
            batches: Vec::new(),
            replaced: HashMap::new(),
            codes: BTreeMap::new(),
            replaced_by: HashMap::new(),
            size: 0,
            checkpoint: String::new(),
            witnessed: String::new(),
            phase: board.phase(),
            closes: board.closes(),
            link: board.link(),
            ballots: 0,
            weight: 0,
            missing_rehearsal: None,
            shares: Vec::new(),
            result: None,
            settled: true,
            signed_at: Instant::now(),
        }
    }

    /// Shows what the board says after the first `size` entries.
    fn advance(&mut self, board: &Board, size: u64) {
        self.size = size;
        self.phase = board.phase();
        self.closes = board.closes();
        self.link = board.link();
        self.ballots = board.tally().ballots;
        self.weight = board.tally().weight;
        self.missing_rehearsal = board.missing_rehearsal();
        self.shares = board.shares().collect();
        self.result = board.result().filter(|_| board.phase() == Phase::Finished).map(Arc::new);
    }

    /// The credential now in force for the place of a credential of the list.
    pub fn credential_in_force(&self, listed: PublicKey) -> PublicKey {
        self.replaced.get(&listed).copied().unwrap_or(listed)
    }

    /// The ballot whose code lies in a range: its code and index, and the index of the ballot that has replaced it.
    pub fn find(&self, (low, high): (Hash, Hash)) -> Option<(Hash, u64, Option<u64>)> {
        let mut found = self.codes.range(low..=high);
        let (code, index) = found.next().filter(|_| found.next().is_none())?;
        Some((*code, *index, self.replaced_by.get(index).copied()))
    }

    /// What has to be found again of an entry that now stands at `index`; `board` has taken it in.
    fn note(&mut self, entry: &CheckedEntry, index: u64, board: &Board) {
        let control = match entry {
            CheckedEntry::Ballot(ballot) => {
                self.codes.insert(ballot.code().hash(), index);
                if let Some(old) = board.known(&ballot.entry.prev) {
                    self.replaced_by.insert(old, index);
                }
                return;
            }
            CheckedEntry::Control(control) => control,
        };
        let Act::Replace { old, new, .. } = control.entry.act else { return };
        let listed = self.replaced.iter().find(|(_, current)| **current == old).map_or(old, |(listed, _)| *listed);
        self.replaced.insert(listed, new);
    }
}

enum Request {
    Ballot {
        ballot: Box<CheckedBallot>,
        answer: oneshot::Sender<Decision>,
    },
    Control {
        control: Box<CheckedControl>,
        answer: oneshot::Sender<Result<u64, ControlError>>,
    },
    /// Signatures of witnesses under a checkpoint of ours, verified.
    Cosigned {
        checkpoint: Checkpoint,
        lines: Vec<(Witness, String)>,
    },
}

/// A handle to the running sequencer.
pub struct Sequencer<S> {
    store: Arc<S>,
    election: Arc<Election>,
    board_key: SigningKey,
    published: Arc<RwLock<Published>>,
    requests: mpsc::Sender<Request>,
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
        }
    }
}

impl<S: Store> Sequencer<S> {
    /// Loads the log, checks it against its head and against the checkpoint file, and starts the task. The task
    /// ends when the last handle is dropped; `JoinHandle` tells when.
    pub async fn start(
        store: Arc<S>,
        election: Arc<Election>,
        credentials: &CredentialList,
        board_key: SigningKey,
        checkpoint_file: PathBuf,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, tokio::task::JoinHandle<()>), StartError> {
        let (board, mut published) = load(&*store, &election, credentials, &board_key).await?;
        if let Some(note) = compare_with_file(&published, &election, &checkpoint_file)? {
            // Cosignatures that came before the stop.
            let (note, witnessed) = merge(&election, &published.checkpoint, &note, &[]);
            if witnessed {
                published.witnessed.clone_from(&note);
            }
            published.checkpoint = note;
        }
        let size = published.size;
        if size > 0 {
            home::write_atomically(&checkpoint_file, published.checkpoint.as_bytes(), 0o644)?;
        }
        metrics.log_size.set(size.cast_signed());
        metrics.ballots_counting.set(published.ballots.cast_signed());
        let published = Arc::new(RwLock::new(published));
        let (requests, inbox) = mpsc::channel(QUEUE_MAX);
        let committer = Committer {
            store: store.clone(),
            election: election.clone(),
            board_key: board_key.clone(),
            board,
            published: published.clone(),
            checkpoint_file,
            clock,
            metrics,
            unsettled: None,
            unwritten: None,
        };
        let task = tokio::spawn(committer.run(inbox));
        Ok((Self { store, election, board_key, published, requests }, task))
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

    /// Appends a checked control entry and returns its index.
    pub async fn control(&self, control: CheckedControl) -> Result<u64, ControlError> {
        let (answer, decision) = oneshot::channel();
        let request = Request::Control { control: Box::new(control), answer };
        self.requests.try_send(request).map_err(|_| ControlError::Busy)?;
        decision.await.unwrap_or(Err(ControlError::Busy))
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

    pub fn published(&self) -> RwLockReadGuard<'_, Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For an operator: requests that wait for the log, and how long ago the checkpoint was signed.
    pub fn waiting(&self) -> (usize, Duration) {
        let queued = self.requests.max_capacity().saturating_sub(self.requests.capacity());
        (queued, self.published().signed_at.elapsed())
    }

    /// Does the task run, and is every batch it has begun settled?
    pub fn is_well(&self) -> bool {
        !self.requests.is_closed() && self.published().settled
    }

    pub fn store(&self) -> &S {
        &self.store
    }

    /// The receipt of the entry at an index: always the same bytes, that of the batch in which it came.
    pub async fn receipt(&self, index: u64) -> Result<Receipt, StoreError> {
        let entries = self.store.read(index, 1).await?;
        let missing = || StoreError::Failed(format!("entry {index} is not in the log"));
        let [entry] = entries.as_slice() else { return Err(missing()) };
        let (proof, root, size) = {
            let published = self.published();
            let place = published.batches.partition_point(|size| *size <= index);
            let size = published.batches.get(place).copied().ok_or_else(missing)?;
            let proof = published.tree.inclusion_proof(index, size).ok_or_else(missing)?;
            (proof, published.tree.root_at(size).ok_or_else(missing)?, size)
        };
        // Ed25519 is deterministic: the same checkpoint comes out each time.
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key);
        Ok(Receipt::new(&entry.bytes, index, proof, &checkpoint))
    }

    /// The hashes of a tile, if the published log has them.
    pub fn tile(&self, level: u8, n: u64, width: u64) -> Option<Vec<u8>> {
        let published = self.published();
        published.tree.partial_tile(level, n, width, published.size)
    }
}

/// What the durable log says now, every entry checked; for commands that only look.
pub async fn inspect<S: Store>(
    store: &S,
    election: &Arc<Election>,
    credentials: &CredentialList,
) -> Result<Board, StartError> {
    Ok(replay(store, election, credentials).await?.0)
}

/// As [`inspect`], with what is to be published.
pub(crate) async fn load<S: Store>(
    store: &S,
    election: &Arc<Election>,
    credentials: &CredentialList,
    board_key: &SigningKey,
) -> Result<(Board, Published), StartError> {
    let (board, mut published, head) = replay(store, election, credentials).await?;
    let checkpoint = Checkpoint { origin: origin(election.id()), size: head.size, root: head.root };
    published.advance(&board, head.size);
    published.checkpoint = checkpoint.sign(board_key);
    Ok((board, published))
}

/// Reads all entries and re-checks them; a database is believed no more than a stranger's record.
async fn replay<S: Store>(
    store: &S,
    election: &Arc<Election>,
    credentials: &CredentialList,
) -> Result<(Board, Published, Head), StartError> {
    let head = store.head().await?;
    let mut board = Board::new(election.clone(), credentials);
    let mut published = Published::empty(&board);
    while board.size() < head.size {
        let entries = store.read(board.size(), LOAD_ENTRIES).await?;
        if entries.is_empty() {
            return Err(StartError::Root);
        }
        let left = usize::try_from(head.size - board.size()).unwrap_or(usize::MAX);
        let leaves: Vec<&[u8]> = entries.iter().take(left).map(|stored| stored.bytes.as_slice()).collect();
        for (checked, stored) in check_all(&leaves, election).into_iter().zip(&entries) {
            let index = board.size();
            let bad = |reason: String| StartError::Entry { index, reason };
            let entry = checked.map_err(|error| bad(error.to_string()))?;
            let replaced = replaced(store, election, &board, &entry).await?;
            board.append_replacing(&entry, replaced.as_ref()).map_err(|error| bad(error.to_string()))?;
            published.tree.append(entry.leaf());
            published.note(&entry, index, &board);
            let last = published.batches.last().copied().unwrap_or(0);
            if stored.batch <= index || stored.batch > head.size || stored.batch < last {
                return Err(bad("its batch is not one".into()));
            }
            if last != stored.batch {
                published.batches.push(stored.batch);
            }
        }
    }
    if published.tree.root() != head.root || board.size() != head.size {
        return Err(StartError::Root);
    }
    Ok((board, published, head))
}

/// The secret ballot that an entry would replace, read again for taking it out of the sum.
async fn replaced<S: Store>(
    store: &S,
    election: &Election,
    board: &Board,
    entry: &CheckedEntry,
) -> Result<Option<CheckedBallot>, StoreError> {
    let CheckedEntry::Ballot(ballot) = entry else { return Ok(None) };
    let Some(index) = board.replaces(ballot) else { return Ok(None) };
    let lost = |why: &str| StoreError::Failed(format!("entry {index} cannot be read again: {why}"));
    let entries = store.read(index, 1).await?;
    let [stored] = entries.as_slice() else { return Err(lost("it is not there")) };
    CheckedBallot::reread(&stored.bytes, election).map(Some).map_err(|error| lost(&error.to_string()))
}

/// The checkpoint beside the database was written before the last receipts went out: the database must contain it.
/// Returns the file's text if it is of the present size.
fn compare_with_file(published: &Published, election: &Election, file: &PathBuf) -> Result<Option<String>, StartError> {
    let note = match std::fs::read_to_string(file) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && published.size == 0 => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(StartError::NoCheckpoint),
        Err(error) => return Err(HomeError::io(file, error).into()),
    };
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
        .map_err(|error| HomeError::File { path: file.clone(), reason: error.to_string() })?;
    if checkpoint.size > published.size {
        return Err(StartError::Older { database: published.size, signed: checkpoint.size });
    }
    if published.tree.root_at(checkpoint.size) != Some(checkpoint.root) {
        return Err(StartError::Forked);
    }
    Ok((checkpoint.size == published.size).then_some(note))
}

/// The task itself.
struct Committer<S> {
    store: Arc<S>,
    election: Arc<Election>,
    board_key: SigningKey,
    board: Board,
    published: Arc<RwLock<Published>>,
    checkpoint_file: PathBuf,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// A batch whose commit returned an error: durable or not, only the store's head can tell.
    unsettled: Option<Batch>,
    /// A checkpoint that is not yet in the file: neither it nor a receipt may go out before it is.
    unwritten: Option<String>,
}

/// Admitted entries on their way to the disk.
struct Batch {
    entries: Vec<Admitted>,
    expected: Head,
    head: Head,
}

/// An entry that may be appended, with the secret ballot that it replaces.
struct Admitted {
    entry: CheckedEntry,
    replaced: Option<CheckedBallot>,
}

type BallotAnswer = (oneshot::Sender<Decision>, u64);

impl<S: Store> Committer<S> {
    async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let mut waiting = VecDeque::new();
        let mut schedule = tokio::time::interval(SCHEDULE_PERIOD);
        schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.keep_schedule().await;
            if waiting.is_empty() {
                let mut taken = Vec::new();
                tokio::select! {
                    // Work first, in an order that a simulation can repeat.
                    biased;
                    got = inbox.recv_many(&mut taken, BATCH_MAX) => if got == 0 { return },
                    _ = schedule.tick() => continue,
                }
                waiting.extend(taken);
                self.keep_schedule().await;
            }
            self.step(&mut waiting).await;
        }
    }

    /// Takes one batch from the queue: ballots of different voters, or a single control entry.
    async fn step(&mut self, waiting: &mut VecDeque<Request>) {
        let mut ballots: Vec<Admitted> = Vec::new();
        let mut answers: Vec<BallotAnswer> = Vec::new();
        let mut voters = HashSet::new();
        while let Some(request) = waiting.pop_front() {
            match request {
                Request::Ballot { ballot, answer } if !voters.contains(&ballot.entry.credential) => {
                    if let Some(decision) = self.decide(&ballot) {
                        let _ = answer.send(decision);
                        continue;
                    }
                    let entry = CheckedEntry::Ballot(*ballot);
                    let Ok(replaced) = replaced(&*self.store, &self.election, &self.board, &entry).await else {
                        let _ = answer.send(Decision::Busy);
                        continue;
                    };
                    if let CheckedEntry::Ballot(ballot) = &entry {
                        voters.insert(ballot.entry.credential);
                    }
                    answers.push((answer, self.board.size() + ballots.len() as u64));
                    ballots.push(Admitted { entry, replaced });
                }
                Request::Cosigned { checkpoint, lines } => self.publish_cosignatures(&checkpoint, &lines),
                Request::Control { control, answer } if ballots.is_empty() => {
                    let _ = answer.send(self.control(*control).await);
                    return;
                }
                later => {
                    waiting.push_front(later);
                    break;
                }
            }
        }
        if ballots.is_empty() {
            return;
        }
        let committed = self.commit(ballots).await.is_ok();
        for (answer, index) in answers {
            let _ = answer.send(if committed { Decision::Recorded { index, current: true } } else { Decision::Busy });
        }
    }

    /// What can be said of a ballot without appending it; `None` if it is to be appended.
    fn decide(&self, ballot: &CheckedBallot) -> Option<Decision> {
        if !self.is_settled() {
            return Some(Decision::Busy);
        }
        if let Some(index) = self.board.known(&ballot.leaf) {
            let next = self.board.position(&ballot.entry.credential);
            let current = next.is_some_and(|next| next.prev == ballot.leaf);
            return Some(Decision::Recorded { index, current });
        }
        self.board.admit(ballot).err().map(Decision::Refused)
    }

    async fn control(&mut self, control: CheckedControl) -> Result<u64, ControlError> {
        self.board.admit_control(&control)?;
        let index = self.board.size();
        self.commit_control(control).await.map_err(|_| ControlError::Busy)?;
        self.keep_schedule().await;
        Ok(index)
    }

    async fn commit_control(&mut self, control: CheckedControl) -> Result<(), StoreError> {
        self.commit(vec![Admitted { entry: CheckedEntry::Control(control), replaced: None }]).await
    }

    /// What the board itself has to append now: opening and closing when their times have come, the encrypted sum after
    /// the closing of a secret election, the result when it can be known.
    fn due(&self, now: u64) -> Option<Act> {
        let due = |time: Option<u64>| time.is_some_and(|time| now >= time);
        let result = || self.board.result().map(|result| Act::Result { hash: result.hash() });
        match self.board.phase() {
            Phase::Setup if due(self.election.draft().opens) && self.board.missing_rehearsal().is_none() => {
                Some(Act::Opening)
            }
            Phase::Open | Phase::Paused if due(self.board.closes()) => Some(Act::Closing),
            Phase::Closed => match self.board.tally().sum_bytes() {
                Some(cells) => {
                    let (ballots, weight) = (self.board.tally().ballots, self.board.tally().weight);
                    Some(Act::Sum { ballots, weight, cells })
                }
                None => result(),
            },
            Phase::Summed => result(),
            _ => None,
        }
    }

    /// Appends what is due.
    async fn keep_schedule(&mut self) {
        loop {
            if !self.is_settled() {
                let settled = self.settle().await.is_ok();
                self.write_published().settled = settled;
                if !settled {
                    return;
                }
            }
            let now = (self.clock)();
            let Some(act) = self.due(now) else { return };
            tracing::info!(act = act.name(), "the schedule appends");
            let (election, link) = (self.election.id(), self.board.link());
            let bytes = ControlEntry::sign(election, link, now, Signatory::Board, act, &self.board_key);
            let Ok(control) = CheckedControl::check(&bytes, &self.election) else {
                tracing::error!("the board's key is not the manifest's: nothing can be appended on schedule");
                return;
            };
            if self.commit_control(control).await.is_err() {
                return;
            }
        }
    }

    /// Makes admitted entries durable, then applies and publishes them.
    async fn commit(&mut self, entries: Vec<Admitted>) -> Result<(), StoreError> {
        if !self.is_settled() {
            self.settle().await?;
            return Err(StoreError::Failed("an earlier batch was settled; try again".into()));
        }
        let started = Instant::now();
        let batch = self.stage(entries);
        let bytes = batch.entries.iter().map(|admitted| admitted.entry.bytes().to_vec()).collect();
        let stored = self.store.append(batch.expected, bytes, batch.head).await;
        match stored {
            Ok(()) => {
                let done = self.publish(batch);
                self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
                done
            }
            Err(error) => {
                tracing::error!(%error, "a batch was not confirmed by the storage");
                self.metrics.commit_failures.inc();
                self.unsettled = Some(batch);
                self.write_published().settled = false;
                self.settle().await?;
                self.write_published().settled = true;
                Err(error)
            }
        }
    }

    /// Puts the leaves into the tree, beyond the published size, to learn the new root.
    fn stage(&self, entries: Vec<Admitted>) -> Batch {
        let mut published = self.write_published();
        let old = published.size;
        let root = |tree: &LogTree, size| tree.root_at(size).expect("the tree holds its own size");
        let expected = Head { size: old, root: root(&published.tree, old) };
        for admitted in &entries {
            published.tree.append(admitted.entry.leaf());
        }
        let size = published.tree.size();
        let head = Head { size, root: root(&published.tree, size) };
        Batch { entries, expected, head }
    }

    /// The batch is durable: apply it, sign, write the checkpoint beside the database, show it.
    fn publish(&mut self, batch: Batch) -> Result<(), StoreError> {
        for Admitted { entry, replaced } in &batch.entries {
            let appended = self.board.append_replacing(entry, replaced.as_ref());
            appended.expect("admitted against this very state, one ballot a voter");
        }
        let Head { size, root } = batch.head;
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key);
        let mut published = self.write_published();
        published.batches.push(size);
        for (index, admitted) in (batch.expected.size..).zip(&batch.entries) {
            published.note(&admitted.entry, index, &self.board);
        }
        published.advance(&self.board, size);
        drop(published);
        self.metrics.log_size.set(size.cast_signed());
        self.metrics.ballots_counting.set(self.board.tally().ballots.cast_signed());
        self.unwritten = Some(checkpoint);
        self.write_checkpoint()
    }

    /// Without the file no receipt may go out; the entries stand, and asking again finds them.
    fn write_checkpoint(&mut self) -> Result<(), StoreError> {
        let Some(note) = self.unwritten.take() else { return Ok(()) };
        home::write_atomically(&self.checkpoint_file, note.as_bytes(), 0o644).map_err(|error| {
            tracing::error!(%error, "the checkpoint file could not be written");
            self.unwritten = Some(note.clone());
            StoreError::Failed(error.to_string())
        })?;
        let mut published = self.write_published();
        published.checkpoint = note;
        published.signed_at = Instant::now();
        Ok(())
    }

    /// Cosignatures of the present checkpoint go into its file too: the record takes them from there.
    fn publish_cosignatures(&self, checkpoint: &Checkpoint, lines: &[(Witness, String)]) {
        let note = checkpoint.sign(&self.board_key);
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        let present = checkpoint.size == published.size;
        if published.tree.root_at(checkpoint.size) != Some(checkpoint.root) || (present && !self.is_settled()) {
            return;
        }
        let before = if present { published.checkpoint.clone() } else { String::new() };
        drop(published);
        let (note, witnessed) = merge(&self.election, &note, &before, lines);
        if witnessed {
            self.write_published().witnessed.clone_from(&note);
        }
        // Nobody else writes, and nobody waits for the disk here.
        if present && before != note {
            match home::write_atomically(&self.checkpoint_file, note.as_bytes(), 0o644) {
                Ok(()) => self.write_published().checkpoint = note,
                Err(error) => tracing::error!(%error, "cosignatures could not be written to the checkpoint file"),
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.unsettled.is_none() && self.unwritten.is_none()
    }

    /// After a commit of unknown outcome: what does the store's head say?
    async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(batch) = self.unsettled.take() else { return self.write_checkpoint() };
        let head = match self.store.head().await {
            Ok(head) => head,
            Err(error) => {
                self.unsettled = Some(batch);
                return Err(error);
            }
        };
        if head == batch.head {
            return self.publish(batch);
        }
        if head == batch.expected {
            self.write_published().tree.truncate(batch.expected.size);
            return Ok(());
        }
        // Another writer moved on although we hold the lock: stop taking entries rather than fork.
        tracing::error!(size = head.size, "the log was changed by another writer; restart the server");
        self.unsettled = Some(batch);
        Err(StoreError::Conflict { size: head.size })
    }

    fn write_published(&self) -> std::sync::RwLockWriteGuard<'_, Published> {
        self.published.write().unwrap_or_else(PoisonError::into_inner)
    }
}
