//! An election that is held in this process: its log, its sessions, its work and its pages, all but the socket by which it is
//! reached. A server holds one, a host many.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Extension, Router};
use tokio::task::JoinHandle;
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
    server::ServeError,
    sparing::Sparing,
    store::{self, StoreError},
    workers::Workers,
};

const DRAIN_POLL: Duration = Duration::from_millis(20);
/// With so many jobs before the workers, of voters in good standing, a batch waits for more ballots.
const GATHER_BACKLOG: usize = 4;

/// What an election is held with.
pub(crate) struct Holding {
    pub home: Home,
    pub limits: Limits,
    pub clock: Clock,
    pub grace_s: u64,
    pub witnesses: WitnessUrls,
    pub pages: Arc<dyn Pages>,
    pub booth: Booth,
    /// Of its own, for work of the first lane.
    pub threads: usize,
    pub metrics: Metrics,
    /// Is it reached by a socket of ours that speaks TLS?
    pub own_tls: bool,
}

/// Dropping it without [`Held::end`] leaves its tasks to die with the runtime.
pub(crate) struct Held {
    router: Router,
    has_booth: bool,
    shared: Arc<Shared>,
    sequencer: JoinHandle<()>,
    cosigning: JoinHandle<()>,
    lock: Lock,
}

impl Held {
    /// Reads and checks the folder, and begins to keep the log. Nobody is answered before the router is served.
    pub async fn begin(holding: Holding) -> Result<Self, ServeError> {
        let Holding { home, limits, clock, grace_s, witnesses, pages, booth, threads, metrics, own_tls } = holding;
        let lock = home.lock()?;
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
        let metrics = Arc::new(metrics);
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
        let has_booth = booth.is_there();
        let words = Words { pages, booth: booth.hash() };
        let router = router(shared.clone()).layer(Extension(files)).layer(Extension(words)).layer(Extension(booth));
        let router = router.layer(Extension(OwnTls(own_tls)));
        let cosigning = tokio::spawn(cosigning.run());
        Ok(Self { router, has_booth, shared, sequencer: task, cosigning, lock })
    }

    /// Says to other processes of this machine where the election can be reached.
    pub fn announce(&mut self, url: &str) -> Result<(), HomeError> {
        self.lock.announce(url)
    }

    /// All paths of the election.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Can one vote here in a browser?
    pub fn has_booth(&self) -> bool {
        self.has_booth
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes no new sessions, and lets those under way finish within the grace period. Returns how many have not.
    pub async fn drain(&self) -> usize {
        self.shared.gate.close();
        let grace = Duration::from_secs(self.shared.gate.limits().shutdown_grace_s);
        let asked = Instant::now();
        while self.shared.gate.sessions() > 0 && asked.elapsed() < grace {
            tokio::time::sleep(DRAIN_POLL).await;
        }
        self.shared.gate.sessions()
    }

    /// Writes nothing more, and gives the folder free.
    pub async fn end(self) {
        self.cosigning.abort();
        // Whatever is in the sequencer's queue is finished or never answered; nothing is half-done.
        self.sequencer.abort();
        let _ = self.sequencer.await;
        if let Err(error) = self.shared.sequencer.store().fold().await {
            tracing::warn!(%error, "the write-ahead log was not folded into the database; both files belong together");
        }
        drop(self.lock);
    }
}
