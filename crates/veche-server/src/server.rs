//! Puts the parts together, and takes them apart in the right order.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Extension;
use tokio::task::JoinHandle;
use veche_client::BasePath;
use veche_election::{record::CREDENTIALS_FILE, roll::published_roll};
use veche_session::sealed::token_max_bytes;

use crate::{
    answers::Pieces,
    booth::Booth,
    clock::Clock,
    cosigning::{Cosigning, WitnessUrls},
    exchange::Exchange,
    frames::Unfinished,
    home::{self, ADDED_FILE, BOARD_KEY_FILE, CHECKPOINT_FILE, EXCHANGE_DIR, Home, HomeError, Lock, RETURNED_FILE},
    http::{OwnTls, router},
    intake::Shared,
    limits::{Gate, Limits},
    metrics::Metrics,
    pages::{Pages, Words},
    publish::PublicFiles,
    sequencer::{LOOK_PERIOD, Sequencer, StartError, Timing, weight_seed},
    serving::{Bound, ListenError, Serving},
    sparing::Sparing,
    store::{self, StoreError},
    tls::Identity,
    workers::Workers,
};

const DRAIN_POLL: Duration = Duration::from_millis(20);
/// With so many jobs before the workers, of voters in good standing, a batch waits for more ballots.
const GATHER_BACKLOG: usize = 4;

#[derive(Clone)]
pub struct Config {
    pub home: Home,
    pub address: SocketAddr,
    pub limits: Limits,
    pub clock: Clock,
    /// How long opening and closing wait where their time passed while no server ran.
    pub grace_s: u64,
    pub witnesses: WitnessUrls,
    /// What people with a browser are shown.
    pub pages: Arc<dyn Pages>,
    pub booth: Booth,
    /// Without it the server speaks plain HTTP, for loopback or a proxy.
    pub tls: Option<Identity>,
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{0}")]
    Home(#[from] HomeError),
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("no threads to work on: {0}")]
    Threads(io::Error),
    #[error("a key of this folder is not the one that the manifest names")]
    OtherKeys,
}

/// A running server. Dropping it without [`Server::shutdown`] leaves its tasks to die with the runtime.
pub struct Server {
    serving: Serving,
    has_booth: bool,
    shared: Arc<Shared>,
    sequencer: JoinHandle<()>,
    cosigning: JoinHandle<()>,
    lock: Lock,
}

impl Server {
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        Self::start_below(BasePath::default(), config).await
    }

    /// As [`Server::start`], with all paths below a base path.
    pub async fn start_below(base: BasePath, config: Config) -> Result<Self, ServeError> {
        let Config { home, address, limits, clock, grace_s, witnesses, pages, booth, tls } = config;
        let mut lock = home.lock()?;
        let election = Arc::new(home.election()?);
        let seats = home.voters(&election)?;
        let keys = home.server_keys()?;
        let board_key = home.signing_key(BOARD_KEY_FILE)?;
        let named = election.keys();
        if *keys.enc.public() != named.server_enc
            || *keys.sig.public() != named.server_sig
            || board_key.public() != named.board
        {
            return Err(ServeError::OtherKeys);
        }
        let metrics = Arc::new(Metrics::default());
        for file in [CHECKPOINT_FILE, ADDED_FILE, RETURNED_FILE] {
            home::sweep_temporary(home.dir(), file);
        }
        let store = match store::open(&home, election.id()).await {
            Err(StoreError::Missing(_)) => return Err(StartError::Empty.into()),
            store => Arc::new(store?),
        };
        let file = home.path(CHECKPOINT_FILE);
        let returned_file = home.path(RETURNED_FILE);
        let timing = Timing { clock, grace_s, look_period: LOOK_PERIOD, returned_file, keeps_schedule: true };
        let empty = home.board(&election)?.knowing(seats.iter().map(|seat| seat.number));
        let (sequencer, task) = Sequencer::start(store, empty, board_key, file, timing, metrics.clone()).await?;
        if sequencer.published().size == 0 {
            return Err(StartError::Empty.into());
        }
        let mut cosigning = Cosigning::new(sequencer.clone(), &election, &witnesses);
        match cosigning.first_round().await {
            Err(error) if witnesses.ignore_at_start => tracing::warn!(%error, "going on all the same, as told"),
            first => first?,
        }
        // Before anybody is served it.
        if let Some(hash) = booth.hash() {
            sequencer.serves(hash).await;
        }
        let exchange_dir = home.path(EXCHANGE_DIR);
        let exchange = Exchange::open(exchange_dir.clone()).map_err(|error| HomeError::io(&exchange_dir, error))?;
        let files = PublicFiles {
            manifest: election.bytes().to_vec().into(),
            credentials: home.read(CREDENTIALS_FILE)?.into(),
            roll: published_roll(&seats, election.draft().roll_shows).into(),
            ceremony: home.ceremony(&election)?.map(Into::into),
        };
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let workers = Workers::new(threads, limits.queue).map_err(ServeError::Threads)?;
        let backlog = workers.backlog();
        sequencer.gather_while(move || backlog() >= GATHER_BACKLOG);
        let unfinished = Unfinished::new(token_max_bytes(election.session().up_bytes));
        let shared = Arc::new(Shared {
            election,
            roll: seats.iter().map(|seat| (seat.number, seat.credential)).collect(),
            keys: Arc::new(keys),
            weights: weight_seed().map_err(|_| StartError::Randomness)?,
            sequencer,
            workers,
            gate: Arc::new(Gate::new(limits)),
            exchange,
            metrics,
            pieces: Pieces::default(),
            unfinished,
            strangers: Sparing::default(),
        });
        let own_tls = OwnTls(tls.is_some());
        let bound = Bound::new(address, base, tls).await?;
        lock.announce(bound.url()).map_err(|error| HomeError::io(home.dir(), error))?;
        let has_booth = booth.is_there();
        let words = Words { pages, booth: booth.hash() };
        let router = router(shared.clone()).layer(Extension(files)).layer(Extension(words)).layer(Extension(booth));
        let router = router.layer(Extension(own_tls));
        let dropped = shared.metrics.connections_dropped.clone();
        let serving = bound.serve(router, shared.gate.clone(), dropped);
        let cosigning = tokio::spawn(cosigning.run());
        Ok(Self { serving, has_booth, shared, sequencer: task, cosigning, lock })
    }

    /// Can one vote here in a browser?
    pub fn has_booth(&self) -> bool {
        self.has_booth
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        self.serving.url()
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes no new sessions, lets those under way finish within the grace period, then stops.
    /// Returns how many sessions were cut off.
    pub async fn shutdown(self) -> usize {
        self.shared.gate.close();
        let grace = Duration::from_secs(self.shared.gate.limits().shutdown_grace_s);
        let asked = Instant::now();
        while self.shared.gate.sessions() > 0 && asked.elapsed() < grace {
            tokio::time::sleep(DRAIN_POLL).await;
        }
        let cut_off = self.shared.gate.sessions();
        self.serving.stop().await;
        self.cosigning.abort();
        // Whatever is in the sequencer's queue is finished or never answered; nothing is half-done.
        self.sequencer.abort();
        let _ = self.sequencer.await;
        if let Err(error) = self.shared.sequencer.store().fold().await {
            tracing::warn!(%error, "the write-ahead log was not folded into the database; both files belong together");
        }
        drop(self.lock);
        cut_off
    }
}
