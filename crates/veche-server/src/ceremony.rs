//! The trustees' ceremony over HTTP: a post-box for signed messages. It is trusted with nothing: every trustee's program
//! checks all messages itself, and the trustees compare codes by voice. Spec: `docs/spec/trustees.md`.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Extension, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use veche_election::{
    Draft, canonical,
    ceremony::{Ceremony, CeremonyError, MESSAGE_MAX_BYTES},
};

use crate::{
    answers::{HangUp, Pieces, Reader, Source},
    home::{Home, HomeError, Lock},
    http::{JSON, NEVER, Peer, TEXT, body, harden, in_time, large, refuse, well},
    limits::{Gate, Limits},
    neighbourhood::household,
    server::ServeError,
    serving::{Bound, Serving},
    sparing::Sparing,
    tls::Identity,
};

/// All messages of a ceremony together, with room to spare: of 50 trustees each deals once, in at most
/// [`MESSAGE_MAX_BYTES`], and says everything else once, or once about each other, in less than a kilobyte.
const CEREMONY_MAX_BYTES: usize = 64 << 20;
const REFUSAL_MAX_CHARS: usize = 200;

/// A running post-box.
pub struct CeremonyServer {
    serving: Serving,
    _lock: Lock,
}

struct Shared {
    home: Home,
    draft: Draft,
    kept: Mutex<Kept>,
    pieces: Pieces,
    refusals: Sparing,
    failures: Sparing,
}

/// Every message so far.
struct Kept {
    ceremony: Ceremony,
    /// The same as everybody gets it: a line each.
    lines: Bytes,
}

impl Kept {
    fn new(ceremony: Ceremony) -> Self {
        Self { lines: lines(&ceremony), ceremony }
    }
}

fn lines(ceremony: &Ceremony) -> Bytes {
    let lines: Vec<u8> = ceremony.messages().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
    lines.into()
}

impl Shared {
    /// The ceremony as the folder has it: the organiser may take a stranger's registration out while we run.
    fn kept(&self) -> Result<MutexGuard<'_, Kept>, Box<Response>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if self.home.ceremony_messages() != kept.ceremony.messages().count() {
            *kept = Kept::new(self.home.ceremony_so_far(&self.draft).map_err(|error| {
                if let Some(unsaid) = self.failures.speak() {
                    tracing::error!(%error, unsaid, "the messages of the ceremony cannot be read");
                }
                Box::new(refuse(StatusCode::INTERNAL_SERVER_ERROR, "the messages cannot be read; see the server's log"))
            })?);
        }
        Ok(kept)
    }
}

impl CeremonyServer {
    pub async fn start(home: Home, address: SocketAddr, tls: Option<Identity>) -> Result<Self, ServeError> {
        let mut lock = home.lock()?;
        let draft = home.draft()?;
        let ceremony = home.ceremony_so_far(&draft)?;
        let bound = Bound::new(address, tls).await?;
        lock.announce(bound.url()).map_err(|error| HomeError::io(home.dir(), error))?;
        let shared = Shared {
            home,
            draft,
            kept: Mutex::new(Kept::new(ceremony)),
            pieces: Pieces::default(),
            refusals: Sparing::default(),
            failures: Sparing::default(),
        };
        let router = Router::new()
            .route("/draft.json", get(draft_file))
            .route("/ceremony-messages", get(messages).post(take))
            .route("/healthz", get(health))
            .layer(DefaultBodyLimit::max(MESSAGE_MAX_BYTES))
            .layer(axum::middleware::from_fn(in_time))
            .layer(axum::middleware::map_response(harden))
            .with_state(Arc::new(shared));
        let serving = bound.serve(router, Arc::new(Gate::new(Limits::default())));
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

async fn draft_file(State(shared): State<Arc<Shared>>) -> Response {
    body(JSON, NEVER, canonical::write(&shared.draft))
}

/// Every message so far, a line each.
async fn messages(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(hang_up): Extension<HangUp>,
) -> Response {
    let lines = match shared.kept() {
        Ok(kept) => kept.lines.clone(),
        Err(damaged) => return *damaged,
    };
    let reader = Reader { address: household(peer), hang_up };
    large(&shared.pieces, reader, TEXT, NEVER, Source::Kept(lines))
}

/// Can messages be read and taken?
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.kept() {
        Ok(_) => well(),
        Err(damaged) => *damaged,
    }
}

/// Takes a message in if it fits what is there, and says «taken» only when it is on the disk.
async fn take(State(shared): State<Arc<Shared>>, message: Bytes) -> Response {
    let mut kept = match shared.kept() {
        Ok(kept) => kept,
        Err(damaged) => return *damaged,
    };
    if kept.ceremony.messages().any(|known| known == message) {
        return body(TEXT, NEVER, "taken\n");
    }
    if kept.lines.len() + message.len() > CEREMONY_MAX_BYTES {
        return refuse(StatusCode::INSUFFICIENT_STORAGE, "the ceremony has more messages than any can have");
    }
    if let Err(error) = kept.ceremony.take(&message) {
        let status = match error {
            CeremonyError::Twice(_) | CeremonyError::Both(_) | CeremonyError::Early { .. } => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        if let Some(unsaid) = shared.refusals.speak() {
            tracing::warn!(error = %beginning(&error), unsaid, "a message of the ceremony was refused");
        }
        return refuse(status, error);
    }
    if let Err(error) = shared.home.write_ceremony_message(&message) {
        // The ceremony in memory is now one ahead of the folder: it is read again before anything else is done with it.
        if let Some(unsaid) = shared.failures.speak() {
            tracing::error!(%error, unsaid, "a message of the ceremony could not be kept");
        }
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "the storage failed; try again");
    }
    kept.lines = lines(&kept.ceremony);
    body(TEXT, NEVER, "taken\n")
}

/// What strangers send stands in some errors: the log gets no more of it than says what was wrong.
fn beginning(error: &CeremonyError) -> String {
    error.to_string().chars().take(REFUSAL_MAX_CHARS).collect()
}
