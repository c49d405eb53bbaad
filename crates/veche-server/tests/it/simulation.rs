//! A whole election in one thread, from a seed: many voters, the real state machines of the dialogue, the real sequencer,
//! and between them a network that drops, doubles, reorders and replays frames, a store that fails before, after and for
//! a while, clocks that jump both ways, machines that sleep, and a server that dies at any moment, or is down when the
//! election should close. Only the sealing is left out: frames are
//! tokens that anybody can read, since RSA would cost more than all the rest.
//!
//! What must hold whatever happens: an entry for which «да» was said stands in the log at its place, once; every
//! checkpoint that anybody has seen is of a beginning of the last log; what a hello was told of the voter's last entry is
//! so in the log of the checkpoint that came with it; the result counts each voter's last entry. No
//! ballot is appended when the closing time in force has come, and no closing before it, nor before the grace.
//!
//! `VECHE_SEED=17` runs one seed and prints what happens in it; `VECHE_SEEDS=100000` runs more of them.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet, yield_now},
};
use veche_election::{
    Act, BallotEntry, Checkpoint, Election, Hash, Jwk, Phase, Receipt, Signatory, VoterNumber,
    entry::{CheckedBallot, CheckedControl, CheckedEntry, ControlEntry, Position},
    log::{LogTree, Subtrees, origin},
};
use veche_server::{
    Sequencer,
    metrics::Metrics,
    sequencer::{GRACE_DEFAULT_S, Timing},
    store::{Head, Store, StoreError, StoredEntry},
};
use veche_session::{
    Code, ServerSession, VoterSession,
    message::Folder,
    sealed::{EnvelopeError, OkKey, Opened},
    server::{self, Lookup, Verdict},
    voter::{self, Outcome, Why},
};
use zeroize::Zeroizing;

use crate::fixture::{Clocks, World};

mod answers;
mod dialogue;
mod disk;
mod end;
mod storm;

use disk::{Fate, SimStore};

/// Seeds in a test run, and steps of each.
const SEEDS: u64 = 2_000;
const STEPS: u64 = 160;
const VOTERS: usize = 5;
const BEGINS: u64 = 1_000;
const CLOSES: u64 = 10_000;
const CONNECTIONS_MAX: usize = 7;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(VOTERS as u8, |draft| draft.closes = Some(CLOSES)));
/// The two session keys of each voter: only their names matter here.
static KEYS: LazyLock<Vec<[Jwk; 2]>> = LazyLock::new(|| {
    let key = |byte: usize| Jwk::from_modulus(&[byte as u8; 256]).unwrap();
    (0..VOTERS).map(|voter| [key(0x81 + 4 * voter), key(0x83 + 4 * voter)]).collect()
});

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

struct Connection {
    id: u64,
    voter: usize,
    server: ServerSession,
    client: VoterSession,
    up: VecDeque<String>,
    down: VecDeque<String>,
    /// Was a frame exchanged for an older one? In the clear that is seen by nobody.
    exchanged: bool,
}

struct Person {
    next: Position,
    pending: Option<String>,
    /// Entries for which «да» was said, to be brought again now and then.
    recorded: Vec<String>,
}

struct Running {
    sequencer: Sequencer<SimStore>,
    task: JoinHandle<()>,
    decisions: JoinSet<(u64, Decided)>,
}

/// What the sequencer says to a session.
enum Decided {
    Cast(Verdict),
    LookedUp(Lookup),
}

/// What a hello was told, and of which state of the log.
struct Told {
    voter: usize,
    last: Option<u64>,
    checkpoint: Checkpoint,
}

struct Simulation {
    dice: Dice,
    disk: SimStore,
    checkpoint_file: PathBuf,
    clocks: Clocks,
    /// For how many more steps the wall clock is wrong.
    wrong_for: Option<usize>,
    running: Running,
    people: Vec<Person>,
    connections: Vec<Connection>,
    next_id: u64,
    /// Frames of all connections, for replays.
    old_frames: Vec<String>,
    receipts: BTreeMap<u64, Receipt>,
    greetings: Vec<Told>,
    checkpoints: Vec<Checkpoint>,
    /// Nothing fails any more.
    calm: bool,
    /// What happened, for comparing two runs of a seed, and for reading when it is asked for.
    trace: Vec<String>,
    loud: bool,
}

async fn start(disk: &SimStore, file: &Path, clocks: &Clocks) -> Running {
    let (clock, returned_file) = (clocks.clock(), file.with_extension("returned"));
    // The clocks are looked at when something is asked: how busy this machine is must change nothing.
    let look_period = Duration::from_secs(86_400);
    let timing = Timing { clock, grace_s: GRACE_DEFAULT_S, look_period, returned_file, keeps_schedule: true };
    disk.returns();
    let (store, file) = (Arc::new(disk.clone()), file.to_owned());
    let metrics = Arc::new(Metrics::default());
    let started = Sequencer::start(store, WORLD.board(), WORLD.board_key.clone(), file, timing, metrics);
    let (sequencer, task) = started.await.expect("what survives a crash is always good to start from");
    Running { sequencer, task, decisions: JoinSet::new() }
}

impl Simulation {
    async fn new(seed: u64, dir: &Path, loud: bool) -> Self {
        let clocks = Clocks::at(BEGINS);
        let disk = SimStore::new(clocks.clone());
        let checkpoint_file = dir.join(format!("checkpoint-{seed}"));
        for file in [checkpoint_file.clone(), checkpoint_file.with_extension("returned")] {
            let _ = std::fs::remove_file(file);
        }
        let running = start(&disk, &checkpoint_file, &clocks).await;
        let people =
            (0..VOTERS).map(|_| Person { next: Position::FIRST, pending: None, recorded: Vec::new() }).collect();
        let mut this = Self {
            dice: Dice(seed),
            disk,
            checkpoint_file,
            clocks,
            wrong_for: None,
            running,
            people,
            connections: Vec::new(),
            next_id: 0,
            old_frames: Vec::new(),
            receipts: BTreeMap::new(),
            greetings: Vec::new(),
            checkpoints: Vec::new(),
            calm: true,
            trace: Vec::new(),
            loud,
        };
        this.act(Act::Setup).await;
        this.act(Act::Opening).await;
        this.calm = false;
        this
    }

    fn say(&mut self, what: String) {
        if self.loud {
            println!("{what}");
        }
        self.trace.push(what);
    }

    /// The organiser's own clock is right. What was answered, where somebody is there to answer.
    async fn act(&mut self, act: Act) -> Option<bool> {
        let (sequencer, at) = (self.running.sequencer.clone(), self.clocks.truth());
        let (link, in_force) = {
            let published = sequencer.published();
            (published.link, published.closes)
        };
        let act = act.signed_at(at, in_force);
        let bytes = ControlEntry::sign(WORLD.election.id(), link, at, Signatory::Organiser, act, &WORLD.organiser);
        let control = CheckedControl::check(&bytes, &WORLD.election).unwrap();
        let said = tokio::spawn(async move { sequencer.control(control).await.is_ok() });
        self.run_idle().await;
        // It may be refused: an earlier act still waited, or the disk's last word had to be heard first.
        if self.calm { Some(self.answer(said).await) } else { None }
    }

    /// Lets all tasks run until they wait for the network or the disk; a calm disk does all that is asked.
    async fn run_idle(&mut self) {
        for _ in 0..30 {
            yield_now().await;
            if self.calm {
                self.disk.0.lock().unwrap().decide(Fate::Done);
            }
        }
    }

    /// On a calm disk whoever asks is answered.
    async fn answer<T>(&mut self, asked: JoinHandle<T>) -> T {
        for _ in 0..20 {
            if asked.is_finished() {
                return asked.await.unwrap();
            }
            self.run_idle().await;
        }
        panic!("the sequencer does not answer");
    }

    /// The sequencer looks at clock and disk when it is asked something.
    async fn nudge(&mut self) {
        let (sequencer, known) = (self.running.sequencer.clone(), self.known());
        let asked = tokio::spawn(async move { sequencer.ballot(known).await });
        self.answer(asked).await;
        self.run_idle().await;
    }

    async fn step(&mut self) {
        match self.dice.below(20) {
            0..=1 => self.connect(false),
            2..=11 => self.deliver(),
            12..=14 => self.disk_decides(),
            15 if self.dice.one_in(3) => self.crash().await,
            16 if self.dice.one_in(3) => self.cut(),
            17 => self.time_passes().await,
            18 if self.dice.one_in(4) => self.organiser_acts().await,
            _ => {}
        }
        self.clock_comes_right();
        // How far the server's tasks come before the next event is chance too.
        for _ in 0..self.dice.below(6) {
            yield_now().await;
        }
        self.take_verdicts();
        let note = self.running.sequencer.published().checkpoint.clone();
        self.saw(&note);
    }

    fn saw(&mut self, note: &str) {
        if note.is_empty() {
            return;
        }
        let checkpoint = Checkpoint::open(note, &origin(WORLD.election.id()), &WORLD.election.keys().board).unwrap();
        if self.checkpoints.last() != Some(&checkpoint) {
            self.checkpoints.push(checkpoint);
        }
    }
}

/// Runs a seed to its end and returns what happened.
fn run(seed: u64, dir: &Path, loud: bool) -> (Hash, usize, usize, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut simulation = Simulation::new(seed, dir, loud).await;
        for _ in 0..STEPS {
            simulation.step().await;
        }
        simulation.end().await;
        let crashes = simulation.trace.iter().filter(|line| *line == "crash").count();
        let greeted = simulation.greetings.len();
        (Hash::of(simulation.trace.join("\n").as_bytes()), simulation.receipts.len(), crashes, greeted)
    })
}

/// Syncing to a real disk would be most of the time, and the disk is simulated anyway.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[test]
fn row_37_thousands_of_simulated_elections_lose_nothing_and_never_fork() {
    let dir = scratch();
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = asked("VECHE_SEED") {
        run(seed, dir.path(), true);
        return;
    }
    let seeds = asked("VECHE_SEEDS").unwrap_or(SEEDS);
    let (next, receipts) = (AtomicU64::new(0), AtomicU64::new(0));
    let (crashes, greetings) = (AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let ran = std::panic::catch_unwind(|| run(seed, dir.path(), false));
                    let Ok((_, said, died, greeted)) = ran else { panic!("replay it with VECHE_SEED={seed}") };
                    receipts.fetch_add(said as u64, Ordering::Relaxed);
                    crashes.fetch_add(died as u64, Ordering::Relaxed);
                    greetings.fetch_add(greeted as u64, Ordering::Relaxed);
                }
            });
        }
    });
    let (receipts, crashes, greetings) = (receipts.into_inner(), crashes.into_inner(), greetings.into_inner());
    println!("{seeds} seeds: {receipts} ballots acknowledged, {greetings} greetings answered, {crashes} crashes");
    assert!(receipts > 5 * seeds && crashes > seeds && greetings > seeds, "the storm was too weak, or too strong");
}

#[test]
fn a_seed_replays() {
    let dir = scratch();
    for seed in [1, 2, 3, 500] {
        assert_eq!(run(seed, dir.path(), false), run(seed, dir.path(), false), "seed {seed}");
    }
}
