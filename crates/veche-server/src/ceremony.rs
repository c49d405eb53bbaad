//! The trustees' ceremony over HTTP: a post-box for signed messages. It is trusted with nothing: every trustee's program
//! checks all messages itself, and the trustees compare codes by voice. Spec: `docs/spec/trustees.md`.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Extension, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    response::Response,
    routing::get,
};
use veche_client::BasePath;
use veche_election::{
    Draft, canonical,
    ceremony::{Ceremony, CeremonyError, MESSAGE_MAX_BYTES, Message},
    manifest::TRUSTEES_MAX,
    text::visible,
};

use crate::{
    answers::{Pieces, Reader, Source, large},
    bodies,
    bodies::Bodies,
    home::{Home, HomeError, Lock},
    limits::{Gate, Limits},
    listener::Peer,
    metrics::Dropped,
    neighbourhood::household,
    places::HangUp,
    replies::{JSON, NEVER, TEXT, body, harden, in_time, refuse, well},
    server::ServeError,
    serving::{Bound, Serving},
    sparing::Sparing,
    tls::Identity,
};

/// Whatever else a trustee says is shorter.
const OTHER_MAX_BYTES: usize = 1 << 10;
/// What is taken of one trustee: a dealing; registration, commitment and acceptance; a complaint about each other one,
/// and an answer to each.
const TRUSTEE_MAX_BYTES: usize = MESSAGE_MAX_BYTES + (3 + 2 * (TRUSTEES_MAX as usize - 1)) * OTHER_MAX_BYTES;
/// All messages of a ceremony together, with room to spare.
const CEREMONY_MAX_BYTES: usize = 64 << 20;
const _: () = assert!(TRUSTEES_MAX as usize * TRUSTEE_MAX_BYTES <= CEREMONY_MAX_BYTES);
const REFUSAL_MAX_CHARS: usize = 200;

/// A running post-box.
pub struct CeremonyServer {
    serving: Serving,
    _post_box: PostBox,
}

/// All of a post-box but the socket by which it is reached; dropping it gives the folder free.
pub(crate) struct PostBox {
    router: Router,
    gate: Arc<Gate>,
    lock: Lock,
}

impl PostBox {
    pub fn begin(home: Home, limits: Limits) -> Result<Self, ServeError> {
        let lock = home.lock()?;
        let draft = home.draft()?;
        let ceremony = home.ceremony_so_far(&draft)?;
        let shared = Shared {
            home,
            draft,
            kept: Mutex::new(Kept::new(ceremony)),
            pieces: Pieces::default(),
            refusals: Sparing::default(),
            failures: Sparing::default(),
        };
        let gate = Arc::new(Gate::new(limits));
        let bodies = from_fn_with_state(Bodies::new(gate.clone(), MESSAGE_MAX_BYTES), bodies::whole);
        let router = Router::new()
            .route("/draft.json", get(draft_file))
            .route("/ceremony-messages", get(messages).post(take).route_layer(bodies))
            .route("/healthz", get(health))
            .layer(DefaultBodyLimit::max(MESSAGE_MAX_BYTES))
            .layer(axum::middleware::from_fn(in_time))
            .layer(axum::middleware::map_response(harden))
            .with_state(Arc::new(shared));
        Ok(Self { router, gate, lock })
    }

    /// Says to other processes of this machine where the post-box can be reached.
    pub fn announce(&mut self, url: &str) -> Result<(), HomeError> {
        self.lock.announce(url)
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }
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
    /// Bytes taken, by sender.
    said: BTreeMap<Option<u32>, usize>,
}

impl Kept {
    fn new(ceremony: Ceremony) -> Self {
        let mut said = BTreeMap::new();
        for message in ceremony.messages() {
            *said.entry(sender(message)).or_default() += message.len();
        }
        Self { lines: lines(&ceremony), said, ceremony }
    }

    fn has_room(&self, message: &[u8]) -> bool {
        let said = self.said.get(&sender(message)).copied().unwrap_or(0);
        said + message.len() <= TRUSTEE_MAX_BYTES && self.lines.len() + message.len() < CEREMONY_MAX_BYTES
    }
}

/// The trustee who signs as the sender; `None` of what is no message, and is refused as such.
fn sender(message: &[u8]) -> Option<u32> {
    canonical::parse::<Message>(message).ok().map(|message| message.trustee)
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
    pub async fn start(
        home: Home,
        address: SocketAddr,
        limits: Limits,
        tls: Option<Identity>,
    ) -> Result<Self, ServeError> {
        Self::start_below(BasePath::default(), home, address, limits, tls).await
    }

    /// As [`CeremonyServer::start`], with all paths below a base path.
    pub async fn start_below(
        base: BasePath,
        home: Home,
        address: SocketAddr,
        limits: Limits,
        tls: Option<Identity>,
    ) -> Result<Self, ServeError> {
        let mut post_box = PostBox::begin(home, limits)?;
        let bound = Bound::new(address, base, tls).await?;
        post_box.announce(bound.url())?;
        let serving = bound.serve(post_box.router(), post_box.gate.clone(), Dropped::default());
        Ok(Self { serving, _post_box: post_box })
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
    if !kept.has_room(&message) {
        return refuse(
            StatusCode::INSUFFICIENT_STORAGE,
            "more messages than a trustee, or all of them, can have to say",
        );
    }
    if let Err(error) = kept.ceremony.take(&message) {
        let status = match error {
            CeremonyError::Taken(_)
            | CeremonyError::Twice(_)
            | CeremonyError::Both(_)
            | CeremonyError::Early { .. } => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        if let Some(unsaid) = shared.refusals.speak() {
            tracing::warn!(error = %beginning(&error), unsaid, "a message of the ceremony was refused");
        }
        return refuse(status, visible(&error.to_string()));
    }
    // Signed anew it is no second message and convicts nobody; it is not the one that was taken either.
    if !kept.ceremony.messages().any(|taken| taken == message) {
        return refuse(StatusCode::CONFLICT, "this message was taken under another signature, and stays as it is");
    }
    if let Err(error) = shared.home.write_ceremony_message(&message) {
        // The ceremony in memory is now one ahead of the folder: it is read again before anything else is done with it.
        if let Some(unsaid) = shared.failures.speak() {
            tracing::error!(%error, unsaid, "a message of the ceremony could not be kept");
        }
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "the storage failed; try again");
    }
    *kept = Kept::new(kept.ceremony.clone());
    body(TEXT, NEVER, "taken\n")
}

/// What strangers send stands in some errors: the log gets no more of it than says what was wrong, and nothing that
/// would move a cursor or begin a line.
fn beginning(error: &CeremonyError) -> String {
    visible(&error.to_string().chars().take(REFUSAL_MAX_CHARS).collect::<String>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use veche_election::{
        Hash,
        ceremony::{CEREMONY_VERSION, Step, TrusteeSecret},
        keys::Signature,
        manifest::CeremonyPlan,
    };

    use super::*;

    #[test]
    fn what_strangers_send_neither_moves_the_cursor_of_a_terminal_nor_begins_a_line_of_the_log() {
        let plan = CeremonyPlan { count: 2, threshold: 2, keys: 1 };
        let sent = "{\"\\u001b[31m\\u0007\\u202e\\nERROR forged\":1}";
        let error = Ceremony::new(Hash([9; 32]), plan).take(sent.as_bytes()).unwrap_err();
        assert!(error.to_string().contains('\u{1b}'), "it stands in the error: {error}");
        let logged = beginning(&error);
        assert!(
            logged.contains("ERROR forged") && !logged.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{logged}"
        );
    }

    #[test]
    fn a_trustee_has_room_for_all_that_one_has_to_say_and_for_no_more() {
        let plan = CeremonyPlan { count: TRUSTEES_MAX, threshold: TRUSTEES_MAX, keys: 1 };
        let draft = Hash([9; 32]);
        let trustees: Vec<_> =
            (1..=TRUSTEES_MAX).map(|number| TrusteeSecret::new(draft, number, [number as u8; 32])).collect();
        let mut ceremony = Ceremony::new(draft, plan);
        let name = "\u{10FFFD}".repeat(99) + "x";
        trustees.iter().for_each(|trustee| ceremony.take(&trustee.register(&name)).unwrap());
        for say in [TrusteeSecret::commit, TrusteeSecret::deal] {
            for trustee in &trustees {
                ceremony.take(&say(trustee, &ceremony).unwrap()).unwrap();
            }
        }
        // The longest things that are said once about each other trustee.
        let (v, transcript) = (CEREMONY_VERSION.to_owned(), ceremony.transcript());
        let step = Step::Answer { transcript, to: TRUSTEES_MAX, ephemeral: veche_election::encoding::Bytes([1; 32]) };
        let message = Message { v, draft, trustee: 1, step, sig: Signature([0; 64]) };
        let answer = canonical::write(&message);
        assert!(answer.len() <= OTHER_MAX_BYTES);
        let mut kept = Kept::new(ceremony);
        let said = kept.said[&Some(1)];
        assert!(said + 2 * (TRUSTEES_MAX as usize - 1) * answer.len() <= TRUSTEE_MAX_BYTES, "{said}");
        assert!(kept.has_room(&answer));
        kept.said.insert(Some(1), TRUSTEE_MAX_BYTES - answer.len() + 1);
        assert!(!kept.has_room(&answer));
        let other = canonical::write(&Message { trustee: 2, ..message });
        assert!(kept.has_room(&other));
    }
}
