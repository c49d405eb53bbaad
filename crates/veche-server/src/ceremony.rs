//! The trustees' ceremony over HTTP: a post-box for signed messages. It is trusted with nothing: every trustee's program
//! checks all messages itself, and the trustees compare codes by voice. Spec: `docs/spec/trustees.md`.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use veche_election::{
    Draft, canonical,
    ceremony::{Ceremony, CeremonyError, MESSAGE_MAX_BYTES},
};

use crate::{
    home::{Home, HomeError, Lock},
    http::{harden, in_time},
    limits::{Gate, Limits},
    listener,
    server::{ServeError, local_url},
    tls::Identity,
};

/// A running post-box.
pub struct CeremonyServer {
    address: SocketAddr,
    url: String,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    _lock: Lock,
}

struct Shared {
    home: Home,
    draft: Draft,
    ceremony: Mutex<Ceremony>,
}

impl Shared {
    /// The ceremony as the folder has it: the organiser may take a stranger's registration out while we run.
    fn ceremony(&self) -> Result<MutexGuard<'_, Ceremony>, HomeError> {
        let mut ceremony = self.ceremony.lock().unwrap_or_else(PoisonError::into_inner);
        if self.home.ceremony_messages() != ceremony.messages().count() {
            *ceremony = self.home.ceremony_so_far(&self.draft)?;
        }
        Ok(ceremony)
    }
}

impl CeremonyServer {
    pub async fn start(home: Home, address: SocketAddr, tls: Option<Identity>) -> Result<Self, ServeError> {
        let mut lock = home.lock()?;
        let draft = home.draft()?;
        let ceremony = home.ceremony_so_far(&draft)?;
        let listen = |error| ServeError::Listen { address, error };
        let socket = TcpListener::bind(address).await.map_err(listen)?;
        let address = socket.local_addr().map_err(listen)?;
        let url = local_url(address, tls.is_some());
        lock.announce(&url).map_err(|error| ServeError::Listen { address, error })?;
        let shared = Shared { home, draft, ceremony: Mutex::new(ceremony) };
        let router = Router::new()
            .route("/draft.json", get(draft_file))
            .route("/ceremony-messages", get(messages).post(take))
            .layer(DefaultBodyLimit::max(MESSAGE_MAX_BYTES))
            .layer(axum::middleware::from_fn(in_time))
            .layer(axum::middleware::map_response(harden))
            .with_state(Arc::new(shared));
        let (stop, stopped) = watch::channel(false);
        let listener =
            tokio::spawn(listener::run(socket, router, Arc::new(Gate::new(Limits::default())), tls, stopped));
        Ok(Self { address, url, stop, listener, _lock: lock })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        let _ = self.listener.await;
    }
}

async fn draft_file(State(shared): State<Arc<Shared>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], canonical::write(&shared.draft)).into_response()
}

/// Every message so far, a line each.
async fn messages(State(shared): State<Arc<Shared>>) -> Response {
    let ceremony = match shared.ceremony() {
        Ok(ceremony) => ceremony,
        Err(error) => return damaged(&error),
    };
    let lines: Vec<u8> = ceremony.messages().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response()
}

fn damaged(error: &HomeError) -> Response {
    tracing::error!(%error, "the messages of the ceremony cannot be read");
    (StatusCode::INTERNAL_SERVER_ERROR, "the messages cannot be read; see the server's log\n").into_response()
}

/// Takes a message in if it fits what is there, and says «taken» only when it is on the disk.
async fn take(State(shared): State<Arc<Shared>>, message: Bytes) -> Response {
    let mut ceremony = match shared.ceremony() {
        Ok(ceremony) => ceremony,
        Err(error) => return damaged(&error),
    };
    let mut after = ceremony.clone();
    let refuse = |status: StatusCode, why: String| (status, format!("{why}\n")).into_response();
    if let Err(error) = after.take(&message) {
        let status = match error {
            CeremonyError::Twice(_) | CeremonyError::Early { .. } => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        tracing::warn!(%error, "a message of the ceremony was refused");
        return refuse(status, error.to_string());
    }
    if let Err(error) = shared.home.write_ceremony_message(&message) {
        tracing::error!(%error, "a message of the ceremony could not be kept");
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "the storage failed; try again".into());
    }
    *ceremony = after;
    "taken\n".into_response()
}
