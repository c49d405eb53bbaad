//! Puts the parts together, and takes them apart in the right order.

use std::{io, net::SocketAddr, sync::Arc};

use veche_client::BasePath;

use crate::{
    booth::Booth,
    clock::Clock,
    cosigning::WitnessUrls,
    held::{Held, Holding},
    home::{Home, HomeError},
    intake::Shared,
    limits::Limits,
    metrics::Metrics,
    pages::Pages,
    sequencer::StartError,
    serving::{Bound, ListenError, Serving},
    store::StoreError,
    tls::Identity,
};

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
    held: Held,
}

impl Server {
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        Self::start_below(BasePath::default(), config).await
    }

    /// As [`Server::start`], with all paths below a base path.
    pub async fn start_below(base: BasePath, config: Config) -> Result<Self, ServeError> {
        let Config { home, address, limits, clock, grace_s, witnesses, pages, booth, tls } = config;
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let (metrics, own_tls) = (Metrics::default(), tls.is_some());
        let holding = Holding { home, limits, clock, grace_s, witnesses, pages, booth, threads, metrics, own_tls };
        let mut held = Held::begin(holding).await?;
        let bound = Bound::new(address, base, tls).await?;
        held.announce(bound.url())?;
        let shared = held.shared();
        let dropped = shared.metrics.connections_dropped.clone();
        let serving = bound.serve(held.router(), shared.gate.clone(), dropped);
        Ok(Self { serving, held })
    }

    /// Can one vote here in a browser?
    pub fn has_booth(&self) -> bool {
        self.held.has_booth()
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        self.serving.url()
    }

    pub fn shared(&self) -> &Arc<Shared> {
        self.held.shared()
    }

    /// Takes no new sessions, lets those under way finish within the grace period, then stops.
    /// Returns how many sessions were cut off.
    pub async fn shutdown(self) -> usize {
        let cut_off = self.held.drain().await;
        self.serving.stop().await;
        self.held.end().await;
        cut_off
    }
}
