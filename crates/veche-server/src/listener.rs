//! The listening socket: bounded connections, a limit on the time that a request's head may take (slowloris), and a
//! shutdown that lets sessions under way come to their end.

use std::{
    collections::{BTreeSet, HashMap},
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
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Notify, watch},
};

use crate::{
    crowd::Crowd,
    limits::{Gate, Limits, Turned},
    metrics::{Dropped, MADE_ROOM, NO_PLACE},
    neighbourhood::{Neighbourhood, household},
    paced::{GivenUp, Paced},
    places::HangUp,
    sparing::Sparing,
    tls::Identity,
};

const HEAD_BUFFER_BYTES: usize = 16_384;
/// As many as a head has room for: it is the bytes that are bounded.
const HEAD_MAX_LINES: usize = HEAD_BUFFER_BYTES / "a:\r\n".len();
/// Of all connections so many may be those of proxies that have not said yet whom they bring: half of them.
const UNFINISHED_DIVISOR: usize = 2;
/// What the system keeps of an answer until its reader takes it: enough for two megabytes a second over a tenth of one.
const SEND_BUFFER_BYTES: usize = 262_144;
/// A connection that is no session ends after this, whatever it is doing: who reads slowly holds a place for all.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The address of the peer, put into each request by the listener.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Accepts until `stop` says so. With an identity every connection is TLS; the handshake has as much time as a head.
pub async fn run(
    listener: TcpListener,
    router: Router,
    gate: Arc<Gate>,
    dropped: Dropped,
    tls: Option<Identity>,
    mut stop: watch::Receiver<bool>,
) {
    let limits = gate.limits();
    let connections = Arc::new(Connections::default());
    let patience = Duration::from_secs(limits.header_timeout_s);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BUFFER_BYTES).pipeline_flush(false);
    http.max_headers(HEAD_MAX_LINES);
    let service = TowerToHyperService::new(router);
    let failures = Sparing::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a connection that died in the queue: neither may stop the server.
                if let Some(unsaid) = failures.speak() {
                    tracing::warn!(%error, unsaid, "a connection could not be accepted");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let peer = peer.ip().to_canonical();
        let proxy = gate.is_proxy(peer);
        // One that finds no place is dropped without a word: it costs us nothing more.
        let stranger = (!proxy).then(|| household(peer));
        let Some(counted) = connections.enter(stranger, limits) else {
            dropped.count(NO_PLACE);
            continue;
        };
        let (http, service, stop, tls, gate) = (http.clone(), service.clone(), stop.clone(), tls.clone(), gate.clone());
        let dropped = dropped.clone();
        tokio::spawn(async move {
            // Frames are small and answered one by one: waiting to fill packets only delays them.
            let _ = stream.set_nodelay(true);
            // Without a bound of ours the system would keep megabytes for a reader near by.
            let _ = set_socket_send_buffer_size(&stream, SEND_BUFFER_BYTES);
            // Whom a proxy brings is known only from the head of the request.
            let address = household(peer);
            let counted = Arc::new(counted);
            let from = From { peer, counted: counted.clone(), brought_by: proxy.then(|| gate.clone()) };
            let given_up = GivenUp::default();
            let served = async {
                if !proxy && !gate.at_the_door(address).await {
                    dropped.count(Turned::Door.name());
                    return false;
                }
                match tls {
                    None => serve(Paced::new(stream, given_up.clone()), from, &http, service, stop).await,
                    Some(tls) => match tls.greet(stream, given_up.clone(), patience).await {
                        Ok(stream) => serve(stream, from, &http, service, stop).await,
                        Err(error) => {
                            tracing::debug!(%error, "no TLS came about");
                            false
                        }
                    },
                }
            };
            let evicted = async {
                counted.evict.notified().await;
                dropped.count(MADE_ROOM);
                given_up.give_up();
            };
            let ended_well = tokio::select! {
                ended_well = served => ended_well,
                () = evicted => false,
            };
            if !proxy && !ended_well {
                gate.strike(address);
            }
        });
    }
}

/// Who is at the other end of a connection.
#[derive(Clone)]
struct From {
    peer: IpAddr,
    counted: Arc<Counted>,
    /// Of a trusted proxy: who knows whom it brings.
    brought_by: Option<Arc<Gate>>,
}

impl From {
    /// The head of a request has come: now it is known for whom a proxy holds this connection.
    fn asks(&self, request: &mut hyper::Request<Incoming>) {
        if let Some(gate) = &self.brought_by {
            self.counted.brings(gate.household_of(self.peer, request.headers()), gate.limits());
        }
        request.extensions_mut().insert(Peer(self.peer));
        request.extensions_mut().insert(HangUp(self.counted.evict.clone()));
    }
}

/// False if it came to no end in order: garbage, a head that was not done in time, a peer that vanished.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    from: From,
    http: &http1::Builder,
    service: TowerToHyperService<Router>,
    mut stop: watch::Receiver<bool>,
) -> bool {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        from.asks(&mut request);
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

/// All connections that are no sessions (yet).
#[derive(Default)]
struct Connections(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    next: u64,
    /// All, those of trusted proxies too.
    open: HashMap<u64, Arc<Notify>>,
    /// Those of whom it is known from where they come: directly, or by a proxy that has said so.
    strangers: Crowd,
    /// Those of proxies that have not said it yet; who came first stands first.
    unfinished: BTreeSet<u64>,
}

/// One connection; dropping it takes it off the count.
struct Counted {
    all: Arc<Connections>,
    id: u64,
    evict: Arc<Notify>,
}

impl Connections {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stranger's connection, by its household, or a proxy's. Of a neighbourhood that has all it may have its longest
    /// open goes; of a full house the longest open of the most crowded neighbourhood. Of a proxy's connections that have not
    /// said whom they bring the first goes when they are too many: a head that a proxy leaves unfinished may come from anywhere.
    /// `None`: there is nobody who could go.
    fn enter(self: &Arc<Self>, stranger: Option<IpAddr>, limits: &Limits) -> Option<Counted> {
        let mut inner = self.inner();
        match stranger {
            Some(address) => inner.make_room_near(address, limits),
            None if inner.unfinished.len() >= (limits.connections_total / UNFINISHED_DIVISOR).max(1) => {
                let goes = inner.unfinished.first().copied()?;
                inner.evict(goes);
            }
            None => {}
        }
        if inner.open.len() >= limits.connections_total {
            let goes = match stranger {
                Some(address) => inner.strangers.makes_room(address),
                None => inner.strangers.most_crowding(),
            };
            let goes = goes.or_else(|| inner.unfinished.first().copied())?;
            inner.evict(goes);
        }
        let id = inner.next;
        inner.next += 1;
        let evict = Arc::new(Notify::new());
        inner.open.insert(id, evict.clone());
        match stranger {
            Some(address) => inner.strangers.insert(id, address),
            None => {
                inner.unfinished.insert(id);
            }
        }
        Some(Counted { all: self.clone(), id, evict })
    }
}

impl Counted {
    /// A proxy brings somebody from this household by this connection, whoever it brought by it before.
    fn brings(&self, address: IpAddr, limits: &Limits) {
        let mut inner = self.all.inner();
        // One that has been told to go counts no more.
        if !inner.open.contains_key(&self.id) {
            return;
        }
        inner.unfinished.remove(&self.id);
        inner.strangers.remove(self.id);
        inner.make_room_near(address, limits);
        inner.strangers.insert(self.id, address);
    }
}

impl Inner {
    /// For one more from this address: of each neighbourhood that has all it may have the longest open goes.
    fn make_room_near(&mut self, address: IpAddr, limits: &Limits) {
        for near in Neighbourhood::around(address) {
            if self.strangers.count(near) >= limits.connections_per_address.saturating_mul(near.persons())
                && let Some(goes) = self.strangers.longest_silent(near)
            {
                self.evict(goes);
            }
        }
    }

    /// It is out of the count at once.
    fn evict(&mut self, id: u64) {
        if let Some(evict) = self.remove(id) {
            evict.notify_one();
        }
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Notify>> {
        self.strangers.remove(id);
        self.unfinished.remove(&id);
        self.open.remove(&id)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.all.inner().remove(self.id);
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}
