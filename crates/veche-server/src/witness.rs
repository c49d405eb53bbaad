//! A witness of other people's logs (C2SP tlog-witness): it signs a checkpoint only with a proof that the log has grown
//! from the last one it has signed. What it has signed is on the disk before it answers; a crash leaves the old state or
//! the new one. Spec: `docs/spec/log.md` section 8.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use data_encoding::BASE64;
use veche_client::BasePath;
use veche_election::{
    Checkpoint, Election, Hash, LogTree, SigningKey,
    checkpoint::{CHECKPOINT_MAX_BYTES, CheckpointError, Witness},
    fork::{Evidence, FORK_VERSION, ForkProof},
    log::{origin, verify_consistency},
};

use crate::{
    bodies,
    bodies::Bodies,
    clock::Clock,
    home::{self, Home, HomeError, Lock},
    limits::{Gate, Limits},
    metrics::Dropped,
    replies::{harden, in_time, well},
    server::ServeError,
    serving::{Bound, Serving},
    sparing::Sparing,
    tls::Identity,
};

/// C2SP tlog-witness: no proof has more lines.
const PROOF_MAX_LINES: usize = 63;
const REQUEST_MAX_BYTES: usize = CHECKPOINT_MAX_BYTES + 64 * 64;

pub struct WitnessConfig {
    pub name: String,
    pub key: SigningKey,
    /// What was signed last, a file for each log, and proofs of forks.
    pub dir: PathBuf,
    pub elections: Vec<Election>,
    pub address: SocketAddr,
    pub limits: Limits,
    pub clock: Clock,
    /// Without it the witness speaks plain HTTP: what it says is public and signed either way.
    pub tls: Option<Identity>,
}

pub struct WitnessServer {
    serving: Serving,
    /// Two processes with one state could each sign another log.
    _lock: Lock,
}

struct Shared {
    witness: Witness,
    key: SigningKey,
    dir: PathBuf,
    logs: HashMap<String, Election>,
    clock: Clock,
    /// Comparing with the last state and writing the new one are one step.
    turn: Mutex<()>,
}

/// A request that is not granted, as C2SP tlog-witness numbers it.
enum Refusal {
    Malformed,
    UnknownLog,
    NotSigned,
    Conflict(u64),
    NoProof,
    Disk(HomeError),
}

impl WitnessServer {
    pub async fn start(config: WitnessConfig) -> Result<Self, ServeError> {
        let WitnessConfig { name, key, dir, elections, address, limits, clock, tls } = config;
        home::make_private_dir(&dir)?;
        let lock = Home::new(&dir).lock()?;
        let witness = Witness::new(&name, key.public()).ok_or(ServeError::OtherKeys)?;
        let logs = elections.into_iter().map(|election| (origin(election.id()), election)).collect();
        let shared = Shared { witness, key, dir, logs, clock, turn: Mutex::default() };
        let bound = Bound::new(address, BasePath::default(), tls).await?;
        let gate = Arc::new(Gate::new(limits));
        let bodies = from_fn_with_state(Bodies::new(gate.clone(), REQUEST_MAX_BYTES), bodies::whole);
        let router = Router::new()
            .route("/add-checkpoint", post(add_checkpoint).route_layer(bodies))
            .route("/healthz", get(async || well()))
            .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
            .layer(axum::middleware::from_fn(in_time))
            .layer(axum::middleware::map_response(harden))
            .with_state(Arc::new(shared));
        let serving = bound.serve(router, gate, Dropped::default());
        Ok(Self { serving, _lock: lock })
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        self.serving.url()
    }

    pub async fn shutdown(self) {
        self.serving.stop().await;
    }
}

async fn add_checkpoint(State(shared): State<Arc<Shared>>, request: String) -> Response {
    let answer = tokio::task::spawn_blocking(move || shared.add(&request)).await;
    let refuse = |status: StatusCode, why: &str| (status, format!("{why}\n")).into_response();
    match answer {
        Ok(Ok(line)) => line.into_response(),
        Ok(Err(Refusal::Malformed)) => refuse(StatusCode::BAD_REQUEST, "not a request of tlog-witness"),
        Ok(Err(Refusal::UnknownLog)) => refuse(StatusCode::NOT_FOUND, "a log that is not watched here"),
        Ok(Err(Refusal::NotSigned)) => refuse(StatusCode::FORBIDDEN, "not signed by the log's key"),
        Ok(Err(Refusal::NoProof)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, "the consistency proof does not hold"),
        Ok(Err(Refusal::Conflict(size))) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        Ok(Err(Refusal::Disk(error))) => {
            static FAILURES: Sparing = Sparing::new();
            if let Some(unsaid) = FAILURES.speak() {
                tracing::error!(%error, unsaid, "a checkpoint could not be kept, so it was not signed");
            }
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the storage failed")
        }
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be handled"),
    }
}

impl Shared {
    fn add(&self, request: &str) -> Result<String, Refusal> {
        let (old, proof, note) = read_request(request).ok_or(Refusal::Malformed)?;
        let name = Checkpoint::origin_of(note).ok_or(Refusal::Malformed)?;
        let election = self.logs.get(name).ok_or(Refusal::UnknownLog)?;
        let open = |note: &str| Checkpoint::open(note, name, &election.keys().board);
        let checkpoint = open(note).map_err(|error| match error {
            CheckpointError::Signature => Refusal::NotSigned,
            _ => Refusal::Malformed,
        })?;
        if old > checkpoint.size {
            return Err(Refusal::Malformed);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.dir.join(format!("{}.checkpoint", election.id()));
        let before = read_state(&file)?;
        let known = match before.as_deref().map(open).transpose() {
            Ok(known) => known,
            Err(error) => return Err(Refusal::Disk(HomeError::File { path: file, reason: error.to_string() })),
        };
        let (size, root) = known.map_or((0, LogTree::default().root()), |known| (known.size, known.root));
        if checkpoint.size == size && size > 0 && checkpoint.root != root {
            self.keep_fork(election, before.as_deref().unwrap_or_default(), note, checkpoint.root);
            return Err(Refusal::Conflict(size));
        }
        if old != size {
            return Err(Refusal::Conflict(size));
        }
        if verify_consistency((old, root), (checkpoint.size, checkpoint.root), &proof).is_err() {
            static REFUSALS: Sparing = Sparing::new();
            // Whoever sends another proof beside a good checkpoint brings this about too.
            if let Some(unsaid) = REFUSALS.speak() {
                let (election, size) = (election.id(), checkpoint.size);
                tracing::error!(%election, old, size, unsaid, "a log does not contain its past");
            }
            return Err(Refusal::NoProof);
        }
        home::write_atomically(&file, note.as_bytes(), 0o600).map_err(Refusal::Disk)?;
        Ok(self.witness.cosign(&checkpoint, &self.key, self.clock.wall()))
    }

    /// Two roots of one size, both signed: everybody shall see it.
    fn keep_fork(&self, election: &Election, older: &str, newer: &str, root: Hash) {
        let evidence = Evidence::Heads { older: older.into(), newer: newer.into(), root, proof: Vec::new() };
        let manifest = String::from_utf8_lossy(election.bytes()).into_owned();
        let proof = ForkProof { v: FORK_VERSION.into(), manifest, evidence };
        let path = self.dir.join(format!("fork-{}.json", election.id()));
        // One proof is enough, however often the two are shown.
        if path.exists() {
            return;
        }
        static FAILURES: Sparing = Sparing::new();
        match home::write_atomically(&path, &proof.to_bytes(), 0o644) {
            Ok(()) => {
                tracing::error!(path = %path.display(), "the board of a log has signed two logs: the proof is in this file");
            }
            Err(error) => {
                if let Some(unsaid) = FAILURES.speak() {
                    tracing::error!(%error, unsaid, "the board of a log has signed two logs, and the proof could not be written");
                }
            }
        }
    }
}

fn read_state(file: &Path) -> Result<Option<String>, Refusal> {
    match std::fs::read_to_string(file) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::Disk(HomeError::io(file, error))),
    }
}

/// Old size, proof, checkpoint.
fn read_request(request: &str) -> Option<(u64, Vec<Hash>, &str)> {
    let (head, note) = request.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old = lines.next()?.strip_prefix("old ")?;
    let size: u64 = old.parse().ok().filter(|size: &u64| size.to_string() == old)?;
    let hash = |line: &str| Some(Hash(BASE64.decode(line.as_bytes()).ok()?.try_into().ok()?));
    let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
    (proof.len() <= PROOF_MAX_LINES).then_some((size, proof, note))
}
