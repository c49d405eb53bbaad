//! A whole election in one thread, from a seed: many voters, the real state machines of the dialogue, the real sequencer,
//! and between them a network that drops, doubles, reorders and replays frames, a store that fails before, after and for
//! a while, a clock that jumps both ways, and a server that dies at any moment. Only the sealing is left out: frames are
//! tokens that anybody can read, since RSA would cost more than all the rest.
//!
//! What must hold whatever happens: an entry for which «да» was said stands in the log at its place, once; every
//! checkpoint that anybody has seen is of a beginning of the last log; the result counts each voter's last entry.
//!
//! `VECHE_SEED=17` runs one seed and prints what happens in it; `VECHE_SEEDS=100000` runs more of them.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use data_encoding::BASE64URL_NOPAD;
use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet, yield_now},
};
use veche_election::{
    Act, BallotEntry, Checkpoint, Hash, Jwk, Phase, Receipt, Refusal, Signatory, VoterNumber,
    entry::{CheckedBallot, CheckedControl, CheckedEntry, ControlEntry, Position},
    log::{LogTree, Subtrees, origin},
};
use veche_server::{
    Sequencer,
    metrics::Metrics,
    sequencer::{Clock, Decision},
    store::{Head, Store, StoreError, StoredEntry},
};
use veche_session::{
    Code, ServerSession, VoterSession,
    message::Folder,
    sealed::{EnvelopeError, Opened},
    server::{self, Submission, Verdict},
    voter::{self, Outcome, Why},
};
use zeroize::Zeroizing;

use crate::fixture::World;

/// Seeds in a test run, and steps of each.
const SEEDS: u64 = 2_000;
const STEPS: u64 = 160;
const VOTERS: usize = 5;
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

/// What survives a crash, and a commit that waits for its fate.
#[derive(Default)]
struct Disk {
    entries: Vec<StoredEntry>,
    head: Option<Head>,
    pending: Option<Pending>,
    gone: bool,
}

struct Pending {
    expected: Head,
    entries: Vec<Vec<u8>>,
    head: Head,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    FailBefore,
    FailAfter,
    Full,
}

impl Disk {
    fn head(&self) -> Head {
        self.head.unwrap_or_else(Head::empty)
    }

    fn decide(&mut self, fate: Fate) {
        let Some(Pending { expected, entries, head, answer }) = self.pending.take() else { return };
        let stored = match fate {
            Fate::FailBefore | Fate::Full => Ok(()),
            _ if expected != self.head() => Err(StoreError::Conflict { size: self.head().size }),
            _ => {
                self.entries.extend(entries.into_iter().map(|bytes| StoredEntry { bytes, batch: head.size }));
                self.head = Some(head);
                Ok(())
            }
        };
        let said = match fate {
            Fate::Done => stored,
            Fate::Full => Err(StoreError::Full),
            Fate::FailBefore | Fate::FailAfter => Err(StoreError::Failed("simulated".into())),
        };
        let _ = answer.send(said);
    }
}

#[derive(Clone, Default)]
struct SimStore(Arc<Mutex<Disk>>);

impl Store for SimStore {
    async fn head(&self) -> Result<Head, StoreError> {
        let disk = self.0.lock().unwrap();
        if disk.gone { Err(StoreError::Failed("simulated: no answer".into())) } else { Ok(disk.head()) }
    }

    async fn append(&self, expected: Head, entries: Vec<Vec<u8>>, head: Head) -> Result<(), StoreError> {
        let (answer, fate) = oneshot::channel();
        self.0.lock().unwrap().pending = Some(Pending { expected, entries, head, answer });
        fate.await.unwrap_or_else(|_| Err(StoreError::Failed("the process died".into())))
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let disk = self.0.lock().unwrap();
        Ok(disk.entries.iter().skip(from as usize).take(limit as usize).cloned().collect())
    }
}

/// A sealed frame that anybody can read: who signed it, and the payload.
fn seal(signer: &str, payload: &[u8]) -> String {
    format!("{signer}.{}", BASE64URL_NOPAD.encode(payload))
}

fn open(frame: &str) -> Result<Opened, EnvelopeError> {
    let (signer, payload) = frame.split_once('.').ok_or(EnvelopeError::Form)?;
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).map_err(|_| EnvelopeError::Sealed)?;
    let signer = match signer.parse::<usize>() {
        Ok(voter) => KEYS.get(voter).ok_or(EnvelopeError::Signature)?[0].clone(),
        Err(_) => WORLD.election.keys().server_sig.clone(),
    };
    Ok(Opened { payload: Zeroizing::new(payload), signer })
}

/// The frames of voter and server carry different signers: neither accepts the other's.
fn open_from_server(frame: &str) -> Result<Opened, EnvelopeError> {
    if frame.starts_with("server.") { open(frame) } else { Err(EnvelopeError::Signature) }
}

struct Connection {
    id: u64,
    voter: usize,
    server: ServerSession,
    client: VoterSession,
    up: VecDeque<String>,
    down: VecDeque<String>,
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
    decisions: JoinSet<(u64, Verdict)>,
}

struct Simulation {
    dice: Dice,
    disk: SimStore,
    checkpoint_file: PathBuf,
    now: Arc<AtomicU64>,
    running: Running,
    people: Vec<Person>,
    connections: Vec<Connection>,
    next_id: u64,
    /// Frames of all connections, for replays.
    old_frames: Vec<String>,
    receipts: BTreeMap<u64, Receipt>,
    checkpoints: Vec<Checkpoint>,
    /// Nothing fails any more.
    calm: bool,
    /// What happened, for comparing two runs of a seed, and for reading when it is asked for.
    trace: Vec<String>,
    loud: bool,
}

async fn start(disk: &SimStore, file: &Path, now: &Arc<AtomicU64>) -> Running {
    let now = now.clone();
    let clock: Clock = Arc::new(move || now.load(Ordering::SeqCst));
    let (store, file) = (Arc::new(disk.clone()), file.to_owned());
    let (election, metrics) = (WORLD.election.clone(), Arc::new(Metrics::default()));
    let started = Sequencer::start(store, election, &WORLD.credentials, WORLD.board.clone(), file, clock, metrics);
    let (sequencer, task) = started.await.expect("what survives a crash is always good to start from");
    Running { sequencer, task, decisions: JoinSet::new() }
}

/// The server's answer to an entry, as `intake` gives it.
async fn decide(sequencer: Sequencer<SimStore>, submission: Submission) -> Verdict {
    let no = |code| Verdict::Refused { code, last: None };
    let ballot = match CheckedBallot::check(submission.entry.as_bytes(), &WORLD.election) {
        Ok(ballot) if ballot.entry.credential == submission.credential => ballot,
        Ok(_) => return no(Code::NotAuthorised),
        Err(_) => return no(Code::BadEntry),
    };
    match sequencer.ballot(ballot).await {
        Decision::Busy => no(Code::Busy),
        Decision::Recorded { index, current } => match sequencer.receipt(index).await {
            Ok(receipt) => Verdict::Recorded { receipt, current },
            Err(_) => no(Code::Busy),
        },
        Decision::Refused(Refusal::Stale { last }) => match last {
            Some(index) => Verdict::Refused { code: Code::Stale, last: sequencer.receipt(index).await.ok() },
            None => no(Code::Stale),
        },
        Decision::Refused(Refusal::Closed) => no(Code::Closed),
        Decision::Refused(_) => no(Code::NotOpen),
    }
}

impl Simulation {
    async fn new(seed: u64, dir: &Path, loud: bool) -> Self {
        let disk = SimStore::default();
        let (checkpoint_file, now) = (dir.join(format!("checkpoint-{seed}")), Arc::new(AtomicU64::new(1_000)));
        let _ = std::fs::remove_file(&checkpoint_file);
        let running = start(&disk, &checkpoint_file, &now).await;
        let people =
            (0..VOTERS).map(|_| Person { next: Position::FIRST, pending: None, recorded: Vec::new() }).collect();
        let mut this = Self {
            dice: Dice(seed),
            disk,
            checkpoint_file,
            now,
            running,
            people,
            connections: Vec::new(),
            next_id: 0,
            old_frames: Vec::new(),
            receipts: BTreeMap::new(),
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

    async fn act(&mut self, act: Act) {
        let (sequencer, at) = (self.running.sequencer.clone(), self.now.load(Ordering::SeqCst));
        let link = sequencer.published().link;
        let bytes = ControlEntry::sign(WORLD.election.id(), link, at, Signatory::Organiser, act, &WORLD.organiser);
        let control = CheckedControl::check(&bytes, &WORLD.election).unwrap();
        let said = tokio::spawn(async move { sequencer.control(control).await.is_ok() });
        self.run_idle().await;
        if self.calm {
            // It may be refused: an earlier act still waited, or the disk's last word had to be heard first.
            self.answer(said).await;
        }
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
            17 => self.clock_jumps(),
            18 if self.dice.one_in(4) => self.organiser_acts().await,
            _ => {}
        }
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

    fn connect(&mut self, everybody: bool) {
        let voters: Vec<usize> = if everybody { (0..VOTERS).collect() } else { vec![self.dice.below(VOTERS)] };
        for voter in voters {
            if self.connections.len() >= CONNECTIONS_MAX {
                return;
            }
            let id = self.next_id;
            self.next_id += 1;
            let mut name = [0; 16];
            name[..8].copy_from_slice(&self.dice.next().to_be_bytes());
            let number = VoterNumber::new(voter as u64 + 1).unwrap();
            let [sig, reply] = KEYS[voter].clone();
            let person = voter::Voter { number, credential: WORLD.voters[voter].clone(), sig, reply };
            let server = ServerSession::new(WORLD.election.clone(), Folder::from_random(name));
            let client = VoterSession::new(WORLD.election.clone(), person);
            let (up, down) = (VecDeque::new(), VecDeque::new());
            self.say(format!("{id}: voter {number} connects"));
            self.connections.push(Connection { id, voter, server, client, up, down });
            self.feed_client(self.connections.len() - 1, voter::Input::Start);
        }
    }

    /// One frame of one connection arrives, most times the next one.
    fn deliver(&mut self) {
        let ready: Vec<usize> = (0..self.connections.len())
            .filter(|i| !self.connections[*i].up.is_empty() || !self.connections[*i].down.is_empty())
            .collect();
        if ready.is_empty() {
            return;
        }
        let i = ready[self.dice.below(ready.len())];
        let connection = &mut self.connections[i];
        let up = !connection.up.is_empty() && (connection.down.is_empty() || self.dice.one_in(2));
        let queue = if up { &mut connection.up } else { &mut connection.down };
        let mut frame = queue.pop_front().unwrap();
        let id = connection.id;
        let trouble = if self.calm { usize::MAX } else { self.dice.below(60) };
        match trouble {
            0 => return self.say(format!("{id}: a frame is lost")),
            1 => queue.push_back(frame.clone()),
            2 => queue.extend([frame.clone(), frame.clone()]),
            3 if !queue.is_empty() => {
                let later = queue.pop_back().unwrap();
                queue.push_back(std::mem::replace(&mut frame, later));
            }
            4 => frame.insert(frame.len() / 2, '!'),
            5 if !self.old_frames.is_empty() => frame = self.old_frames[self.dice.below(self.old_frames.len())].clone(),
            _ => {}
        }
        self.old_frames.push(frame.clone());
        if trouble <= 5 {
            self.say(format!("{id}: trouble {trouble} with a frame"));
        }
        if up {
            self.feed_server(i, server::Input::Frame(&frame))
        } else {
            self.feed_client(i, voter::Input::Frame(&frame))
        }
    }

    fn hang_up(&mut self, i: usize, why: &str) {
        let connection = self.connections.remove(i);
        self.say(format!("{}: {why}", connection.id));
    }

    fn feed_server(&mut self, i: usize, input: server::Input<'_>) {
        use server::{Effect, Input};
        let mut effects: VecDeque<Effect> = match self.connections[i].server.handle(input) {
            Ok(effects) => effects.into(),
            Err(error) => return self.hang_up(i, &format!("the server hangs up: {error}")),
        };
        while let Some(effect) = effects.pop_front() {
            let connection = &mut self.connections[i];
            let more = match effect {
                Effect::FindVoter(number) => {
                    let found = WORLD.voters.get(number.get() as usize - 1).map(|key| key.public());
                    connection.server.handle(Input::Found(found))
                }
                Effect::OpenFolder(_) => continue,
                Effect::Send(frame) => {
                    connection.down.push_back(frame);
                    continue;
                }
                Effect::Open(frame) => connection.server.handle(Input::Opened(open(&frame))),
                Effect::Seal { payload, .. } => connection.server.handle(Input::Sealed(seal("server", &payload))),
                Effect::Decide(submission) => {
                    let (id, sequencer) = (connection.id, self.running.sequencer.clone());
                    self.running.decisions.spawn(async move { (id, decide(sequencer, submission).await) });
                    continue;
                }
                // The voter reads what was sent, then finds the connection closed.
                Effect::Finish(_) => continue,
            };
            match more {
                Ok(more) => effects.extend(more),
                Err(error) => return self.hang_up(i, &format!("the server hangs up: {error}")),
            }
        }
    }

    fn take_verdicts(&mut self) {
        while let Some(Ok((id, verdict))) = self.running.decisions.try_join_next() {
            let Some(i) = self.connections.iter().position(|connection| connection.id == id) else { continue };
            let said = match &verdict {
                Verdict::Recorded { receipt, .. } => format!("{id}: recorded at {}", receipt.index),
                Verdict::Refused { code, .. } => format!("{id}: {}", code.name()),
            };
            self.say(said);
            self.feed_server(i, server::Input::Decided(verdict));
        }
    }

    fn feed_client(&mut self, i: usize, input: voter::Input<'_>) {
        use voter::{Effect, Input};
        let mut effects: VecDeque<Effect> = match self.connections[i].client.handle(input) {
            Ok(effects) => effects.into(),
            Err(error) => return self.hang_up(i, &format!("the voter hangs up: {error}")),
        };
        while let Some(effect) = effects.pop_front() {
            let voter = self.connections[i].voter;
            let input = match effect {
                Effect::Send(frame) => {
                    self.connections[i].up.push_back(frame);
                    continue;
                }
                Effect::Seal(payload) => Input::Sealed(seal(&voter.to_string(), &payload)),
                Effect::Open(frame) => Input::Opened(open_from_server(&frame)),
                Effect::NeedEntry(why) => match self.write_entry(voter, why) {
                    Some(entry) => Input::Entry(entry),
                    None => return self.hang_up(i, "the voter gives up"),
                },
                Effect::Finish(outcome) => return self.client_ends(i, outcome),
            };
            match self.connections[i].client.handle(input) {
                Ok(more) => effects.extend(more),
                Err(error) => return self.hang_up(i, &format!("the voter hangs up: {error}")),
            }
        }
    }

    /// What was sent before and not answered comes first, then a new ballot on top of the last.
    fn write_entry(&mut self, voter: usize, why: Why) -> Option<String> {
        let again = !self.calm && self.dice.one_in(8);
        let chance = self.dice.next();
        let person = &mut self.people[voter];
        match why {
            Why::First => {}
            Why::Refused(refused) if refused.code == Code::Stale => {
                person.next = match refused.last {
                    Some(last) => Position { seq: last.ballot.entry.seq + 1, prev: last.ballot.leaf },
                    None => Position::FIRST,
                };
                person.pending = None;
            }
            Why::Refused(_) => return None,
        }
        if again && !person.recorded.is_empty() {
            return person.recorded.get(chance as usize % person.recorded.len()).cloned();
        }
        let new = || {
            let marks = (0..3).map(|i| ["0", "1", "2", "3", "4", "5", "*"][(chance >> (8 * i)) as usize % 7]).collect();
            let entry = BallotEntry::sign(WORLD.election.id(), &WORLD.voters[voter], person.next, vec![marks]);
            String::from_utf8(entry).unwrap()
        };
        Some(person.pending.get_or_insert_with(new).clone())
    }

    fn client_ends(&mut self, i: usize, outcome: Outcome) {
        let (id, voter) = (self.connections[i].id, self.connections[i].voter);
        match outcome {
            Outcome::Recorded { receipt, checked, current } => {
                self.say(format!("{id}: «да» for place {}, current: {current}", receipt.index));
                self.saw(&receipt.checkpoint);
                let person = &mut self.people[voter];
                if person.pending.as_ref() == Some(&receipt.entry) {
                    person.pending = None;
                }
                if current {
                    person.next = Position { seq: checked.ballot.entry.seq + 1, prev: checked.ballot.leaf };
                }
                person.recorded.push(receipt.entry.clone());
                let before = self.receipts.insert(receipt.index, receipt.clone());
                assert!(before.is_none_or(|before| before == receipt), "place {} has two receipts", receipt.index);
                // The `ok` may still arrive; the session is over for both.
            }
            Outcome::Refused(refused) => self.say(format!("{id}: the voter hears {}", refused.code.name())),
            Outcome::NotOnRoll => panic!("voter {voter} is on the roll"),
        }
        self.connections.remove(i);
    }

    fn disk_decides(&mut self) {
        let fate = match self.dice.below(12) {
            0 => Fate::FailBefore,
            1 => Fate::FailAfter,
            2 => Fate::Full,
            _ => Fate::Done,
        };
        let gone = if self.disk.0.lock().unwrap().gone { !self.dice.one_in(3) } else { self.dice.one_in(25) };
        let mut disk = self.disk.0.lock().unwrap();
        disk.gone = gone;
        let had = disk.pending.is_some();
        disk.decide(fate);
        drop(disk);
        if had {
            self.say(format!("disk: {fate:?}{}", if gone { ", then gone" } else { "" }));
        }
    }

    fn cut(&mut self) {
        if !self.connections.is_empty() {
            let i = self.dice.below(self.connections.len());
            self.hang_up(i, "the connection breaks");
        }
    }

    fn clock_jumps(&mut self) {
        let now = self.now.load(Ordering::SeqCst);
        let jump = self.dice.below(60) as u64;
        let then = if self.dice.one_in(2) { now.saturating_sub(jump) } else { now + jump };
        self.now.store(then.min(CLOSES - 1), Ordering::SeqCst);
    }

    async fn organiser_acts(&mut self) {
        let reason = "simulated".to_owned();
        let phase = self.running.sequencer.published().phase;
        let act = if phase == Phase::Paused { Act::Resume { reason } } else { Act::Pause { reason } };
        self.say(format!("organiser: {}", act.name()));
        self.act(act).await;
    }

    /// The process dies, wherever it is; a commit under way may or may not have reached the disk.
    async fn crash(&mut self) {
        self.say("crash".into());
        self.running.decisions.abort_all();
        self.running.task.abort();
        let _ = (&mut self.running.task).await;
        let reached = self.dice.one_in(2);
        {
            let mut disk = self.disk.0.lock().unwrap();
            disk.decide(if reached { Fate::Done } else { Fate::FailBefore });
            disk.gone = false;
        }
        self.connections.clear();
        self.running = start(&self.disk, &self.checkpoint_file, &self.now).await;
        let note = std::fs::read_to_string(&self.checkpoint_file).unwrap();
        self.saw(&note);
    }

    /// The storm is over: everybody is answered, the election closes, and the log is looked at as a whole.
    async fn end(&mut self) {
        self.calm = true;
        self.disk.0.lock().unwrap().gone = false;
        self.run_idle().await;
        for _ in 0..5 {
            self.nudge().await;
            if self.running.sequencer.published().phase == Phase::Paused {
                self.act(Act::Resume { reason: "calm".into() }).await;
            }
        }
        for _ in 0..20 {
            self.connections.clear();
            self.connect(true);
            for _ in 0..60 {
                self.deliver();
                self.run_idle().await;
                self.take_verdicts();
            }
            if self.people.iter().all(|person| person.pending.is_none() && !person.recorded.is_empty()) {
                break;
            }
        }
        for (voter, person) in self.people.iter().enumerate() {
            assert!(person.pending.is_none() && !person.recorded.is_empty(), "voter {} was never answered", voter + 1);
        }
        self.now.store(CLOSES, Ordering::SeqCst);
        self.nudge().await;
        self.check();
    }

    /// Some ballot, so that the sequencer has something to answer and looks at the clock.
    fn known(&self) -> CheckedBallot {
        let entry = BallotEntry::sign(WORLD.election.id(), &WORLD.voters[0], Position::FIRST, vec!["***".into()]);
        CheckedBallot::check(&entry, &WORLD.election).unwrap()
    }

    fn check(&self) {
        let disk = self.disk.0.lock().unwrap();
        let mut tree = LogTree::default();
        let (mut leaves, mut last) = (HashSet::new(), HashMap::new());
        for stored in &disk.entries {
            let entry = CheckedEntry::check(&stored.bytes, &WORLD.election).unwrap();
            assert!(leaves.insert(entry.leaf()), "an entry stands in the log twice");
            tree.append(entry.leaf());
            if let CheckedEntry::Ballot(ballot) = entry {
                last.insert(ballot.entry.credential, stored.bytes.clone());
            }
        }
        assert_eq!(disk.head(), Head { size: tree.size(), root: tree.root() });
        for (index, receipt) in &self.receipts {
            let stored = &disk.entries[*index as usize].bytes;
            assert_eq!(stored, receipt.entry.as_bytes(), "the entry acknowledged at {index} is not there");
            receipt.check(&WORLD.election).unwrap();
        }
        for checkpoint in &self.checkpoints {
            assert_eq!(tree.root_at(checkpoint.size), Some(checkpoint.root), "a fork at {}", checkpoint.size);
        }
        let published = self.running.sequencer.published();
        assert_eq!(published.phase, Phase::Finished);
        let result = published.result.clone().unwrap();
        assert_eq!((result.ballots, last.len()), (VOTERS as u64, VOTERS));
        let mark = |entry: &[u8], i: usize| {
            let text = String::from_utf8(entry.to_vec()).unwrap();
            let at = text.find("\"marks\":[\"").unwrap() + 10;
            text.as_bytes()[at + i]
        };
        for (i, candidate) in result.contests[0].candidates.iter().enumerate() {
            let marks = last.values().map(|entry| mark(entry, i)).filter(|mark| *mark != b'*');
            assert_eq!(candidate.sum, marks.map(|mark| i64::from(mark - b'0')).sum::<i64>());
        }
    }
}

/// Runs a seed to its end and returns what happened.
fn run(seed: u64, dir: &Path, loud: bool) -> (Hash, usize, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut simulation = Simulation::new(seed, dir, loud).await;
        for _ in 0..STEPS {
            simulation.step().await;
        }
        simulation.end().await;
        let crashes = simulation.trace.iter().filter(|line| *line == "crash").count();
        (Hash::of(simulation.trace.join("\n").as_bytes()), simulation.receipts.len(), crashes)
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
    let (next, receipts, crashes) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
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
                    let Ok((_, said, died)) = ran else { panic!("replay it with VECHE_SEED={seed}") };
                    receipts.fetch_add(said as u64, Ordering::Relaxed);
                    crashes.fetch_add(died as u64, Ordering::Relaxed);
                }
            });
        }
    });
    let (receipts, crashes) = (receipts.into_inner(), crashes.into_inner());
    println!("{seeds} seeds: {receipts} ballots acknowledged, {crashes} crashes");
    assert!(receipts > 5 * seeds && crashes > seeds, "the storm was too weak, or too strong");
}

#[test]
fn a_seed_replays() {
    let dir = scratch();
    for seed in [1, 2, 3, 500] {
        assert_eq!(run(seed, dir.path(), false), run(seed, dir.path(), false), "seed {seed}");
    }
}
