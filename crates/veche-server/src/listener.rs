//! The listening socket: bounded connections, a limit on the time that a request's head may take (slowloris), and a
//! shutdown that lets sessions under way come to their end.

use std::{
    collections::HashMap,
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
    sync::{Semaphore, watch},
};

use crate::{
    http::{Peer, household},
    limits::Gate,
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
    let places = Arc::new(Semaphore::new(limits.connections_total));
    let addresses = Arc::new(Addresses::default());
    let patience = Duration::from_secs(limits.header_timeout_s);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BUFFER_BYTES).pipeline_flush(false);
    let service = TowerToHyperService::new(router);
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stopped(&mut stop) => return,
        };
        let Ok(place) = place else { return };
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
        let most = if proxy { usize::MAX } else { limits.connections_per_address };
        // One address too many is dropped without a word: it costs us nothing more.
        let Some(counted) = addresses.enter(household(peer), most) else { continue };
        let (http, service, stop, tls, gate) = (http.clone(), service.clone(), stop.clone(), tls.clone(), gate.clone());
        tokio::spawn(async move {
            // Whom a proxy brings is known only from the head of the request.
            let address = household(peer);
            if !proxy && !gate.at_the_door(address).await {
                return;
            }
            // Frames are small and answered one by one: waiting to fill packets only delays them.
            let _ = stream.set_nodelay(true);
            let ended_well = match tls {
                None => serve(stream, Peer(peer), &http, service, stop).await,
                Some(tls) => match tls.greet(stream, patience).await {
                    Ok(stream) => serve(stream, Peer(peer), &http, service, stop).await,
                    Err(error) => {
                        tracing::debug!(%error, "no TLS came about");
                        false
                    }
                },
            };
            if !proxy && !ended_well {
                gate.strike(address);
            }
            drop((place, counted));
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

/// How many connections each address has.
#[derive(Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address; dropping it takes it off the count.
struct Counted(Arc<Addresses>, IpAddr);

impl Addresses {
    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Counted> {
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted(self.clone(), address))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.0.counts();
        match counts.get_mut(&self.1) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.1);
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}
