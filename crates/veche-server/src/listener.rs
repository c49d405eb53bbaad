//! The listening socket: bounded connections, a limit on the time that a request's head may take (slowloris), and a
//! shutdown that lets sessions under way come to their end.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::Router;
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Notify, watch},
};

use crate::{
    http::{Peer, household},
    limits::{Gate, Limits},
    tls::Identity,
};

const HEAD_BUFFER_BYTES: usize = 16_384;
/// A connection that is no session ends after this, whatever it is doing: who reads slowly holds a place for all.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until `stop` says so. With an identity every connection is TLS; the handshake has as much time as a head.
pub async fn run(
    listener: TcpListener,
    router: Router,
    gate: Arc<Gate>,
    tls: Option<Identity>,
    mut stop: watch::Receiver<bool>,
) {
    let limits = gate.limits();
    let connections = Arc::new(Connections::default());
    let patience = Duration::from_secs(limits.header_timeout_s);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BUFFER_BYTES).pipeline_flush(false);
    let service = TowerToHyperService::new(router);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a connection that died in the queue: neither may stop the server.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let peer = peer.ip().to_canonical();
        let proxy = limits.trusted_proxies.contains(&peer);
        // One too many is dropped without a word: it costs us nothing more.
        let Some(counted) = connections.enter(household(peer), limits) else { continue };
        let (http, service, stop, tls, gate) = (http.clone(), service.clone(), stop.clone(), tls.clone(), gate.clone());
        tokio::spawn(async move {
            // Frames are small and answered one by one: waiting to fill packets only delays them.
            let _ = stream.set_nodelay(true);
            // Whom a proxy brings is known only from the head of the request.
            let address = household(peer);
            let served = async {
                if !proxy && !gate.at_the_door(address).await {
                    return false;
                }
                match tls {
                    None => serve(stream, Peer(peer), &http, service, stop).await,
                    Some(tls) => match tls.greet(stream, patience).await {
                        Ok(stream) => serve(stream, Peer(peer), &http, service, stop).await,
                        Err(error) => {
                            tracing::debug!(%error, "no TLS came about");
                            false
                        }
                    },
                }
            };
            let ended_well = tokio::select! {
                ended_well = served => ended_well,
                () = counted.evict.notified() => false,
            };
            if !proxy && !ended_well {
                gate.strike(address);
            }
        });
    }
}

/// False if it came to no end in order: garbage, a head that was not done in time, a peer that vanished.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    http: &http1::Builder,
    service: TowerToHyperService<Router>,
    mut stop: watch::Receiver<bool>,
) -> bool {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = tokio::time::timeout(CONNECTION_TIMEOUT, connection.as_mut()) => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(STOP_TIMEOUT, connection).await
        }
    };
    let ended_well = matches!(ended, Ok(Ok(())));
    if !ended_well {
        tracing::debug!(?ended, "a connection ended early");
    }
    ended_well
}

/// All connections that are no sessions (yet), oldest first, and those of each address.
#[derive(Default)]
struct Connections(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    next: u64,
    total: usize,
    by_address: HashMap<IpAddr, BTreeMap<u64, Arc<Notify>>>,
}

/// One connection of an address; dropping it takes it off the count.
struct Counted {
    all: Arc<Connections>,
    address: IpAddr,
    id: u64,
    evict: Arc<Notify>,
}

impl Connections {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: this address has too many, or all places are taken and no address crowds the door but proxies.
    fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Counted> {
        let proxy = |address: &IpAddr| limits.trusted_proxies.contains(address);
        let mut inner = self.inner();
        let here = inner.by_address.get(&address).map_or(0, BTreeMap::len);
        if here >= limits.connections_per_address && !proxy(&address) {
            return None;
        }
        if inner.total >= limits.connections_total {
            // The newcomer counts: whoever crowds the door crowds it for himself.
            let count = |other: &IpAddr, of: &BTreeMap<_, _>| of.len() + usize::from(*other == address);
            let strangers = inner.by_address.iter().filter(|(other, _)| !proxy(other));
            let crowding = *strangers.max_by_key(|(other, of)| count(other, of))?.0;
            inner.evict_oldest(crowding);
        }
        let id = inner.next;
        inner.next += 1;
        inner.total += 1;
        let evict = Arc::new(Notify::new());
        inner.by_address.entry(address).or_default().insert(id, evict.clone());
        Some(Counted { all: self.clone(), address, id, evict })
    }
}

impl Inner {
    /// It is out of the count at once.
    fn evict_oldest(&mut self, address: IpAddr) {
        let oldest = self.by_address.get(&address).and_then(|of| of.keys().next().copied());
        if let Some(evict) = oldest.and_then(|id| self.remove(address, id)) {
            evict.notify_one();
        }
    }

    fn remove(&mut self, address: IpAddr, id: u64) -> Option<Arc<Notify>> {
        let of = self.by_address.get_mut(&address)?;
        let removed = of.remove(&id)?;
        if of.is_empty() {
            self.by_address.remove(&address);
        }
        self.total -= 1;
        Some(removed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.all.inner().remove(self.address, self.id);
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}
