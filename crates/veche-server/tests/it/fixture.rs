//! An election in a temporary folder, a sequencer over a real database, and a store that can be told to fail.

use std::{
    ops::Deref,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use veche_election::{
    Act, Contest, Draft, Hash, Signatory,
    entry::{CheckedBallot, CheckedControl, ControlEntry, Position},
};
pub use veche_fixtures::WEIGHTS;
use veche_fixtures::contest;
use veche_server::{
    Sequencer,
    clock::{Clock, Moment},
    metrics::Metrics,
    sequencer::{ControlError, Decision, GRACE_DEFAULT_S, StartError, Timing},
    store::{Head, SqliteStore, Store, StoreError, StoredEntry},
};

/// What the next appends do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Fails, and nothing is stored.
    Before,
    /// Fails, although everything is stored.
    After,
    Full,
    /// Fails before, and the head cannot be read either.
    Gone,
}

/// A real database that fails when told to.
pub struct Faulty {
    pub inner: SqliteStore,
    faults: Mutex<Vec<Fault>>,
    gone: Mutex<bool>,
    /// Entries that cannot be read.
    unreadable: Mutex<Option<u64>>,
    pub appends: AtomicU64,
    /// Whoever holds it keeps appends waiting, as a slow disk does.
    pub slow: tokio::sync::Mutex<()>,
    /// Whoever holds it keeps waiting whoever asks for the head.
    pub silent: tokio::sync::Mutex<()>,
    /// How often the head was asked for.
    pub heads: AtomicU64,
}

impl Faulty {
    pub fn fail_next(&self, fault: Fault) {
        self.faults.lock().unwrap().push(fault);
    }

    pub fn lose(&self, entry: Option<u64>) {
        *self.unreadable.lock().unwrap() = entry;
    }

    pub fn come_back(&self) {
        *self.gone.lock().unwrap() = false;
    }
}

impl Store for Faulty {
    async fn head(&self) -> Result<Head, StoreError> {
        self.heads.fetch_add(1, Ordering::Relaxed);
        drop(self.silent.lock().await);
        if *self.gone.lock().unwrap() {
            return Err(StoreError::Failed("injected: no answer".into()));
        }
        self.inner.head().await
    }

    async fn append(&self, expected: Head, entries: Vec<Vec<u8>>, head: Head) -> Result<(), StoreError> {
        self.appends.fetch_add(1, Ordering::Relaxed);
        drop(self.slow.lock().await);
        let fault = self.faults.lock().unwrap().pop();
        let failed = || Err(StoreError::Failed("injected".into()));
        match fault {
            None => self.inner.append(expected, entries, head).await,
            Some(Fault::Before) => failed(),
            Some(Fault::Full) => Err(StoreError::Full),
            Some(Fault::After) => {
                self.inner.append(expected, entries, head).await?;
                failed()
            }
            Some(Fault::Gone) => {
                *self.gone.lock().unwrap() = true;
                failed()
            }
        }
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let lost = *self.unreadable.lock().unwrap();
        if lost.is_some_and(|entry| (from..from + u64::from(limit)).contains(&entry)) {
            return Err(StoreError::Failed("injected: a bad block".into()));
        }
        self.inner.read(from, limit).await
    }
}

/// How long the machine has been up when a test begins.
const BOOT_MS: u64 = 7_000;

/// Two clocks that a test turns. The one that nobody sets also tells what time it really is.
#[derive(Clone)]
pub struct Clocks {
    began: u64,
    wall_ms: Arc<AtomicU64>,
    boot_ms: Arc<AtomicU64>,
}

impl Clocks {
    pub fn at(began: u64) -> Self {
        Self { began, wall_ms: Arc::new((began * 1_000).into()), boot_ms: Arc::new(BOOT_MS.into()) }
    }

    pub fn wall(&self) -> u64 {
        self.wall_ms.load(Ordering::SeqCst) / 1_000
    }

    fn truth_ms(&self) -> u64 {
        self.began * 1_000 + self.boot_ms.load(Ordering::SeqCst) - BOOT_MS
    }

    pub fn truth(&self) -> u64 {
        self.truth_ms() / 1_000
    }

    /// Time passes, and both clocks know.
    pub fn pass_ms(&self, milliseconds: u64) {
        self.wall_ms.fetch_add(milliseconds, Ordering::SeqCst);
        self.boot_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub fn pass(&self, seconds: u64) {
        self.pass_ms(seconds * 1_000);
    }

    pub fn pass_until(&self, time: u64) {
        self.pass(time.checked_sub(self.truth()).expect("time does not go back"));
    }

    /// Somebody sets the wall clock.
    pub fn set_wall(&self, to: u64) {
        self.wall_ms.store(to * 1_000, Ordering::SeqCst);
    }

    /// It is set right.
    pub fn set_right(&self) {
        self.wall_ms.store(self.truth_ms(), Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let (wall, boot) = (self.wall_ms.clone(), self.boot_ms.clone());
        let read = |clock: &AtomicU64| Duration::from_millis(clock.load(Ordering::SeqCst));
        Clock::new(move || Moment { wall: read(&wall), boot: read(&boot) })
    }
}

/// A world whose server is held in a folder of its own, by clocks that the test turns.
pub struct World {
    pub dir: tempfile::TempDir,
    pub clocks: Clocks,
    world: veche_fixtures::World,
}

impl Deref for World {
    type Target = veche_fixtures::World;

    fn deref(&self) -> &veche_fixtures::World {
        &self.world
    }
}

pub type Running = (Sequencer<Faulty>, tokio::task::JoinHandle<()>, Arc<Faulty>);

impl World {
    /// One contest of A, B and C; `voters` of weight 1.
    pub fn new(voters: u8, change: impl FnOnce(&mut Draft)) -> Self {
        let world = veche_fixtures::World::new(&vec![1; voters.into()], |draft| {
            let candidates = ["A", "B", "C"].map(str::to_owned).to_vec();
            draft.contests = vec![Contest { candidates, ..contest(&["0", "1", "2", "3", "4", "5"], 0) }];
            change(draft);
        });
        Self { dir: tempfile::tempdir().unwrap(), clocks: Clocks::at(1_000), world }
    }

    pub fn database(&self) -> PathBuf {
        self.dir.path().join("veche.db")
    }

    pub fn checkpoint_file(&self) -> PathBuf {
        self.dir.path().join("checkpoint")
    }

    /// As a server has it.
    pub fn timing(&self) -> Timing {
        let (clock, returned_file) = (self.clocks.clock(), self.dir.path().join("returned.json"));
        // Only when it is asked: nothing waits for real time.
        let look_period = Duration::from_secs(86_400);
        Timing { clock, grace_s: GRACE_DEFAULT_S, look_period, returned_file, keeps_schedule: true }
    }

    pub async fn start(&self) -> Result<Running, StartError> {
        self.start_with(self.timing()).await
    }

    pub async fn start_with(&self, timing: Timing) -> Result<Running, StartError> {
        let inner = SqliteStore::create(&self.database(), self.election.id()).await?;
        let store = Arc::new(Faulty {
            inner,
            faults: Mutex::default(),
            gone: Mutex::default(),
            unreadable: Mutex::default(),
            appends: AtomicU64::new(0),
            slow: tokio::sync::Mutex::default(),
            silent: tokio::sync::Mutex::default(),
            heads: AtomicU64::new(0),
        });
        let (sequencer, task) = Sequencer::start(
            store.clone(),
            self.board(),
            self.board_key.clone(),
            self.checkpoint_file(),
            timing,
            Arc::new(Metrics::default()),
        )
        .await?;
        Ok((sequencer, task, store))
    }

    /// Started, set up and open.
    pub async fn open(&self) -> Running {
        let running = self.start().await.unwrap();
        self.act(&running.0, Act::Setup).await.unwrap();
        self.act(&running.0, Act::Opening).await.unwrap();
        running
    }

    pub async fn act(&self, sequencer: &Sequencer<Faulty>, act: Act) -> Result<u64, ControlError> {
        self.act_at(sequencer, self.clocks.wall(), act).await
    }

    /// As the organiser signs it at a time.
    pub async fn act_at(&self, sequencer: &Sequencer<Faulty>, at: u64, act: Act) -> Result<u64, ControlError> {
        let (link, in_force) = (sequencer.published().link, sequencer.published().closes);
        let act = act.signed_at(at, in_force);
        let bytes = ControlEntry::sign(self.election.id(), link, at, Signatory::Organiser, act, &self.organiser);
        sequencer.control(CheckedControl::check(&bytes, &self.election).unwrap()).await
    }

    /// The sequencer looks at the clocks when it is asked something.
    pub async fn look(&self, sequencer: &Sequencer<Faulty>) {
        let refused = self.act(sequencer, Act::Result { hash: Hash::ZERO }).await;
        assert!(matches!(refused, Err(ControlError::Refused(_))), "{refused:?}");
    }

    /// So long that a time that has come is believed to have come.
    pub async fn confirm(&self, sequencer: &Sequencer<Faulty>) {
        self.look(sequencer).await;
        self.clocks.pass(10);
        self.look(sequencer).await;
    }

    pub fn ballot(&self, voter: usize, at: Position, marks: &str) -> CheckedBallot {
        let bytes = self.world.ballot(&self.voters[voter], at, &[marks]);
        CheckedBallot::check(&bytes, &self.election, &WEIGHTS).unwrap()
    }

    pub fn first(&self, voter: usize, marks: &str) -> CheckedBallot {
        self.ballot(voter, Position::FIRST, marks)
    }
}

pub fn after(ballot: &CheckedBallot) -> Position {
    Position { seq: ballot.entry().seq + 1, prev: ballot.leaf() }
}

pub fn index(decision: Decision) -> u64 {
    match decision {
        Decision::Recorded { index, .. } => index,
        other => panic!("not recorded: {other:?}"),
    }
}

/// Lets the task end, so that the database can be opened again.
pub async fn stop((sequencer, task, store): Running) {
    drop(sequencer);
    task.await.unwrap();
    drop(store);
}
