//! What the servers of an election, of a ceremony and of a witness have in common: a socket, who listens at it, and how that
//! ends.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state, map_response},
    response::IntoResponse,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use veche_client::BasePath;

use crate::{
    limits::Gate,
    listener,
    metrics::Dropped,
    replies::{harden, refuse},
    tls::Identity,
};

/// Who erred: the operator, who named an address that is taken or not this machine's.
#[derive(Debug, thiserror::Error)]
#[error("listening on {address}: {error}")]
pub struct ListenError {
    pub address: SocketAddr,
    pub error: io::Error,
}

/// A socket whose address is known and at which nobody is answered yet.
pub struct Bound {
    socket: TcpListener,
    address: SocketAddr,
    url: String,
    base: BasePath,
    tls: Option<Identity>,
}

impl Bound {
    pub async fn new(address: SocketAddr, base: BasePath, tls: Option<Identity>) -> Result<Self, ListenError> {
        let listen = |error| ListenError { address, error };
        let socket = TcpListener::bind(address).await.map_err(listen)?;
        let address = socket.local_addr().map_err(listen)?;
        let url = local_url(address, tls.is_some()) + base.as_str();
        Ok(Self { socket, address, url, base, tls })
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `dropped` counts those who are sent away without an answer.
    pub fn serve(self, router: Router, gate: Arc<Gate>, dropped: Dropped) -> Serving {
        let Self { socket, address, url, base, tls } = self;
        let router = below(base, router);
        let (stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(listener::run(socket, router, gate, dropped, tls, stopped));
        Serving { address, url, stop, listener }
    }
}

/// Answers until it is stopped. Dropping it leaves its task to die with the runtime.
pub struct Serving {
    address: SocketAddr,
    url: String,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
}

impl Serving {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.listener.await;
    }
}

/// All paths below a base path, and nothing beside it.
pub(crate) fn below(base: BasePath, router: Router) -> Router {
    if base == BasePath::default() {
        return router;
    }
    let strip = async move |State(base): State<BasePath>, mut request: Request, next: Next| {
        let uri = request.uri();
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        // The base itself is a folder: links of its page are relative to it.
        if uri.path() == base.as_str() {
            let last = base.as_str().rsplit('/').next().unwrap_or_default();
            return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("{last}/{query}"))]).into_response();
        }
        let stripped = base.strip(uri.path()).and_then(|path| format!("{path}{query}").parse().ok());
        let Some(stripped) = stripped else { return refuse(StatusCode::NOT_FOUND, "the election is not here") };
        *request.uri_mut() = stripped;
        next.run(request).await
    };
    let outer = Router::new().fallback_service(router);
    outer.layer(from_fn_with_state(base, strip)).layer(map_response(harden))
}

/// How a process on this machine reaches the address.
fn local_url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    if address.ip().is_unspecified() {
        format!("{scheme}://127.0.0.1:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}
