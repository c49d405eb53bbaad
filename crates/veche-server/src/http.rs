//! The paths of the web server. The record's files stand at the same paths as in the record; entries, roll and
//! result only after closing. Spec: `docs/spec/session.md` section 2, `docs/spec/log.md` section 5.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Extension, FromRequestParts, Path, Request, State, rejection::ExtensionRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::server::create_response_with_body,
        protocol::{Role, WebSocketConfig},
    },
};
use veche_client::told::{BoothEntry, Status, Whereabouts};
use veche_election::{
    Phase, Signatory,
    added::SentAct,
    credential::{base32_groups, typed_code},
    entry::BallotCode,
    log::TILE_WIDTH,
    manifest::ENTRY_MAX_BYTES,
    record,
};
use veche_session::{SUBPROTOCOL, sealed::token_max_bytes};

use crate::{
    answers::{Bundle, Reader, RecordArchive, Source, large, unreadable},
    bodies,
    bodies::Bodies,
    booth,
    booth::Booth,
    frames::Frames,
    intake,
    intake::Shared,
    limits::Turned,
    listener::Peer,
    pages,
    pages::{Page, Words, wants_page},
    publish,
    publish::PublicFiles,
    replies::{BYTES, FOREVER, JSON, NEVER, TEXT, body, harden, in_time, refuse, well},
    sequencer::{ControlError, Found},
};

const READ_BUFFER_BYTES: usize = 4_096;
const WRITE_BUFFER_BYTES: usize = 4_096;
const NO_CODE: &str = "a ballot code has 13 groups of four symbols; give all, or the first five";

pub fn router(shared: Arc<Shared>) -> Router {
    let bodies = Bodies::new(shared.gate.clone(), ENTRY_MAX_BYTES);
    Router::new()
        .route("/", get(front))
        .route("/booth", get(booth::moved))
        .route("/booth/", get(booth::index))
        .route("/booth/check", get(booth::check))
        .route("/booth/{*path}", get(booth::file))
        .route("/result", get(pages::result))
        .route("/audit", get(pages::audit))
        .route("/pages/{name}", get(pages::file))
        .route("/session", get(session))
        .route("/election.json", get(manifest))
        .route("/credentials", get(credentials))
        .route("/checkpoint", get(checkpoint))
        .route("/witnessed", get(witnessed))
        .route("/ballot", get(lookup))
        .route("/ballot/", get(lookup_moved))
        .route("/ballot/{code}", get(ballot))
        .route("/tile/{*path}", get(tile))
        .route("/roll", get(roll))
        .route("/ceremony", get(ceremony))
        .route("/result.json", get(result))
        .route("/result.csv", get(pages::csv))
        .route("/result.svg", get(pages::svg))
        .route("/record.tar", get(record))
        .route("/README.txt", get(readme))
        .route("/status.json", get(status))
        .route("/booths.json", get(booths))
        .route("/control", post(control).route_layer(from_fn_with_state(bodies, bodies::whole)))
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .fallback(pages::nowhere)
        .layer(DefaultBodyLimit::max(ENTRY_MAX_BYTES))
        .layer(axum::middleware::from_fn(in_time))
        .layer(axum::middleware::map_response(harden))
        .with_state(shared)
}

impl FromRequestParts<Arc<Shared>> for Reader {
    type Rejection = ExtensionRejection;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let Extension(Peer(peer)) = Extension::from_request_parts(parts, shared).await?;
        let Extension(hang_up) = Extension::from_request_parts(parts, shared).await?;
        Ok(Self { address: shared.gate.household_of(peer, &parts.headers), hang_up })
    }
}

/// A page for people, a few lines for programs.
async fn front(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    Extension(booth): Extension<Booth>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    if wants_page(&headers) {
        return pages::show(&shared, &words, reader, &headers, uri.query(), (Page::Front, ""));
    }
    let (id, phase) = (shared.election.id(), shared.sequencer.published().phase);
    let phase =
        if phase == Phase::Summed { "summed, no result: the trustees have not opened the sum" } else { phase.name() };
    let text = format!(
        "{title}\n{phase}\n\n{booth}\nveche vote NUMBER --url http://THIS-ADDRESS\n\n{id}\n\
         /election.json  /status.json  /credentials  /checkpoint  /result.json\n",
        title = shared.election.draft().title,
        booth = booth::line(&booth)
    );
    pages::policed(body(TEXT, NEVER, text))
}

/// The founding protocol, over a WebSocket.
async fn session(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(own_tls): Extension<OwnTls>,
    mut request: Request,
) -> Response {
    let Ok(mut accepted) = create_response_with_body(&request, Body::empty) else {
        return refuse(StatusCode::BAD_REQUEST, "here one opens a WebSocket (RFC 6455 section 4.1)");
    };
    let headers = request.headers();
    if !is_strict(headers) {
        return refuse(
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Key is once, and 16 bytes in base64 (RFC 6455 section 4.1)",
        );
    }
    if !is_same_origin(headers, own_tls) {
        shared.metrics.refuse_session("other-origin");
        return refuse(StatusCode::FORBIDDEN, "a page of another site may not vote here");
    }
    let address = shared.gate.household_of(peer, headers);
    // Others have waited there before they said anything.
    if shared.gate.is_proxy(peer) && !shared.gate.at_the_door(address).await {
        shared.metrics.refuse_session(Turned::Door.name());
        return refuse(StatusCode::SERVICE_UNAVAILABLE, format!("{}: try again in a minute", Turned::Door.name()));
    }
    let pass = match shared.gate.enter(address) {
        Ok(pass) => pass,
        Err(turned) => {
            shared.metrics.refuse_session(turned.name());
            return refuse(StatusCode::SERVICE_UNAVAILABLE, format!("{}: try again in a minute", turned.name()));
        }
    };
    if !speaks_our_protocol(headers) {
        return refuse(StatusCode::BAD_REQUEST, "the WebSocket subprotocol must be veche.v2");
    }
    accepted.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let (upgrade, config) = (hyper::upgrade::on(&mut request), socket_config(&shared));
    tokio::spawn(async move {
        // Who has gone before the answer began no session.
        let Ok(upgraded) = upgrade.await else { return };
        let wire = Frames::new(TokioIo::new(upgraded), address, shared.unfinished.clone());
        let socket = WebSocketStream::from_raw_socket(wire, Role::Server, Some(config)).await;
        intake::run(socket, shared, pass, address).await;
    });
    accepted
}

fn socket_config(shared: &Shared) -> WebSocketConfig {
    let sizes = shared.election.session();
    let token_max = token_max_bytes(sizes.up_bytes);
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES + token_max_bytes(sizes.down_bytes))
        .max_message_size(Some(token_max))
        .max_frame_size(Some(token_max))
}

fn speaks_our_protocol(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|protocol| protocol.trim() == SUBPROTOCOL)
}

/// What RFC 6455 section 4.2.1 wants and the library beneath takes as it comes. One of two hosts or origins would be believed
/// by us, and the other by a proxy.
fn is_strict(headers: &HeaderMap) -> bool {
    let once = |name: HeaderName| headers.get_all(name).iter().count() <= 1;
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(|key| BASE64.decode(key.as_bytes()));
    let single = [header::SEC_WEBSOCKET_KEY, header::SEC_WEBSOCKET_VERSION, header::ORIGIN, header::HOST].map(once);
    single.iter().all(|once| *once) && matches!(key, Some(Ok(key)) if key.len() == 16)
}

/// Has the server a certificate of its own? Then a page that came without TLS is not its own: somebody on the way made it. Before a
/// server without one may stand a proxy that has it.
#[derive(Clone, Copy)]
pub(crate) struct OwnTls(pub bool);

/// A browser names the page that opens a WebSocket; programs name none. Only our own pages may vote here.
fn is_same_origin(headers: &HeaderMap, OwnTls(own_tls): OwnTls) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), headers.get(header::HOST).map(HeaderValue::to_str)) else {
        return false;
    };
    let schemes: &[&str] = if own_tls { &["https://"] } else { &["http://", "https://"] };
    schemes.iter().any(|scheme| origin.strip_prefix(scheme) == Some(host))
}

async fn manifest(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Extension(files): Extension<PublicFiles>,
) -> Response {
    large(&shared.pieces, reader, JSON, NEVER, Source::Kept(files.manifest))
}

async fn credentials(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Extension(files): Extension<PublicFiles>,
) -> Response {
    large(&shared.pieces, reader, TEXT, NEVER, Source::Kept(files.credentials))
}

async fn ceremony(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Extension(files): Extension<PublicFiles>,
) -> Response {
    match files.ceremony {
        Some(ceremony) => large(&shared.pieces, reader, TEXT, NEVER, Source::Kept(ceremony)),
        None => refuse(StatusCode::NOT_FOUND, "an open election has no trustees"),
    }
}

async fn roll(State(shared): State<Arc<Shared>>, reader: Reader, Extension(files): Extension<PublicFiles>) -> Response {
    if !shows_entries(&shared) {
        return not_before_closing();
    }
    large(&shared.pieces, reader, TEXT, NEVER, Source::Kept(files.roll))
}

fn shows_entries(shared: &Shared) -> bool {
    shared.sequencer.published().phase.shows_entries(shared.election.draft().secrecy)
}

fn not_before_closing() -> Response {
    refuse(StatusCode::FORBIDDEN, "not published yet")
}

async fn record(
    State(shared): State<Arc<Shared>>,
    Extension(files): Extension<PublicFiles>,
    reader: Reader,
) -> Response {
    let Some(archive) = RecordArchive::new(&shared.sequencer, &shared.election, files) else {
        return refuse(StatusCode::FORBIDDEN, "not published yet");
    };
    let content = HeaderValue::from_static("application/x-tar");
    let mut response = large(&shared.pieces, reader, content, NEVER, Source::Record(Box::new(archive)));
    let named = HeaderValue::from_static("attachment; filename=\"record.tar\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    response
}

async fn readme(State(shared): State<Arc<Shared>>) -> Response {
    body(TEXT, NEVER, record::readme(&shared.election))
}

async fn checkpoint(State(shared): State<Arc<Shared>>) -> Response {
    let checkpoint = shared.sequencer.published().checkpoint.clone();
    body(TEXT, NEVER, checkpoint)
}

/// The last checkpoint under the signatures of enough witnesses.
async fn witnessed(State(shared): State<Arc<Shared>>) -> Response {
    match shared.sequencer.published().witnessed.clone() {
        note if note.is_empty() => refuse(StatusCode::NOT_FOUND, "no checkpoint has enough witnesses yet"),
        note => body(TEXT, NEVER, note),
    }
}

/// The code that somebody typed into the form of a page goes where every ballot is told of: one place, and one address to keep.
async fn lookup(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    let show = |status, page| {
        let mut response = pages::show(&shared, &words, reader.clone(), &headers, uri.query(), (page, ""));
        *response.status_mut() = status;
        response
    };
    if !shows_entries(&shared) {
        return if wants_page(&headers) { show(StatusCode::FORBIDDEN, Page::NotYet) } else { not_before_closing() };
    }
    let fields = || uri.query().unwrap_or_default().split('&');
    let typed = fields().find_map(|field| field.strip_prefix("code=")).map(decoded).unwrap_or_default();
    if BallotCode::range(&typed).is_none() {
        return match (wants_page(&headers), typed.trim().is_empty()) {
            (false, _) => refuse(StatusCode::BAD_REQUEST, NO_CODE),
            (true, true) => show(StatusCode::OK, Page::Lookup),
            (true, false) => show(StatusCode::BAD_REQUEST, Page::NoCode { typed }),
        };
    }
    let language = fields().find(|field| matches!(*field, "lang=en" | "lang=ru"));
    // Letters and digits, whatever was typed.
    let place =
        format!("ballot/{}{}", typed_code(&typed), language.map_or_else(String::new, |lang| format!("?{lang}")));
    match HeaderValue::try_from(place) {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(_) => refuse(StatusCode::BAD_REQUEST, NO_CODE),
    }
}

async fn lookup_moved() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, HeaderValue::from_static("../ballot"))]).into_response()
}

/// A field of a form as it was typed (URL Standard section 5.1).
fn decoded(field: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(field.len()), field.as_bytes());
    while let Some((first, mut behind)) = rest.split_first() {
        let mut byte = if *first == b'+' { b' ' } else { *first };
        if *first == b'%'
            && let Some((digits, more)) = behind.split_first_chunk::<2>()
            && let Ok(Ok([of_digits])) = HEXLOWER_PERMISSIVE.decode(digits).map(<[u8; 1]>::try_from)
        {
            (byte, behind) = (of_digits, more);
        }
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ballot(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    Path(code): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    let show = |status, page| {
        let mut response = pages::show(&shared, &words, reader.clone(), &headers, uri.query(), (page, "../"));
        *response.status_mut() = status;
        response
    };
    // The code of an open ballot follows from its marks: who may ask could guess them.
    if !shows_entries(&shared) {
        return if wants_page(&headers) { show(StatusCode::FORBIDDEN, Page::NotYet) } else { not_before_closing() };
    }
    let Some(range) = BallotCode::range(&code) else {
        let status = StatusCode::BAD_REQUEST;
        return if wants_page(&headers) { show(status, Page::NoCode { typed: code }) } else { refuse(status, NO_CODE) };
    };
    let (found, size) = {
        let published = shared.sequencer.published();
        (published.find(range), published.size)
    };
    let says = match found {
        Some(Found { code, index, replaced_by, struck_by }) => Whereabouts {
            recorded: true,
            code: Some(base32_groups(&code.0)),
            index: Some(index),
            counts: replaced_by.is_none() && struck_by.is_none(),
            replaced_by,
            struck_by: struck_by.as_ref().map(|act| act.index),
            struck_reason: struck_by.map(|act| act.reason),
            size,
        },
        None => Whereabouts {
            recorded: false,
            code: None,
            index: None,
            counts: false,
            replaced_by: None,
            struck_by: None,
            struck_reason: None,
            size,
        },
    };
    let status = if says.recorded { StatusCode::OK } else { StatusCode::NOT_FOUND };
    if wants_page(&headers) {
        return show(status, Page::Ballot(says));
    }
    let mut response = pages::policed(body(JSON, NEVER, serde_json::to_vec(&says).unwrap_or_default()));
    *response.status_mut() = status;
    response
}

/// C2SP tlog-tiles. Hash tiles at all times; entries, which in an open election are the votes, after closing. What may be
/// kept for ever is answered under one name: a stranger must not fill a cache with other names of the same.
async fn tile(State(shared): State<Arc<Shared>>, uri: Uri, reader: Reader) -> Response {
    let name = uri.path().strip_prefix("/tile/").filter(|_| uri.query().is_none());
    match name.and_then(publish::parse_tile_path) {
        Some((Some(level), n, width)) => match shared.sequencer.tile(level, n, width) {
            // A tile of a width never changes, full or not.
            Some(bytes) => body(BYTES, FOREVER, bytes),
            None => no_such_tile(),
        },
        Some((None, n, width)) => bundle(&shared, reader, n, width).await,
        None => refuse(StatusCode::NOT_FOUND, "not the path of a tile"),
    }
}

async fn bundle(shared: &Shared, reader: Reader, n: u64, width: u64) -> Response {
    if !shows_entries(shared) {
        return not_before_closing();
    }
    if n.saturating_mul(TILE_WIDTH).saturating_add(width) > shared.sequencer.published().size {
        return no_such_tile();
    }
    match Bundle::new(shared.sequencer.store().clone(), n, width).await {
        Ok(bundle) => large(&shared.pieces, reader, BYTES, FOREVER, Source::Bundle(bundle)),
        Err(error) => {
            unreadable(&error);
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "the storage failed")
        }
    }
}

fn no_such_tile() -> Response {
    refuse(StatusCode::NOT_FOUND, "the log has no such tile")
}

async fn result(State(shared): State<Arc<Shared>>, reader: Reader) -> Response {
    let result = shared.sequencer.published().result_file.clone();
    match result {
        Some(result) => large(&shared.pieces, reader, JSON, NEVER, Source::Kept(result)),
        None => not_before_closing(),
    }
}

async fn status(State(shared): State<Arc<Shared>>) -> Json<Status> {
    Json(shared.sequencer.published().status(&shared.election))
}

/// The acts of the log that name booths: also of an open election before the closing, which shows no other entries.
async fn booths(State(shared): State<Arc<Shared>>) -> Json<Vec<BoothEntry>> {
    Json(shared.sequencer.published().booths.clone())
}

/// An act of the organiser or a trustee: the exact bytes of a signed control entry.
async fn control(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    entry: Bytes,
) -> Response {
    let election = shared.election.clone();
    let address = shared.gate.household_of(peer, &headers);
    let lane = shared.gate.lane(address);
    let checked = shared.workers.run(lane, address, move || SentAct::check(&entry, &election)).await;
    let sent = match checked {
        Ok(Ok(sent)) if sent.control.entry().by != Signatory::Board => sent,
        Ok(Ok(_)) => return refuse(StatusCode::FORBIDDEN, "only organiser and trustees may send control entries"),
        Ok(Err(error)) => {
            shared.gate.strike(address);
            return refuse(StatusCode::BAD_REQUEST, error);
        }
        Err(busy) => return refuse(StatusCode::SERVICE_UNAVAILABLE, busy),
    };
    let act = sent.control.entry().act.name();
    match shared.sequencer.control(sent).await {
        Ok(index) => {
            tracing::info!(act, index, "a control entry is in the log");
            Json(serde_json::json!({ "index": index })).into_response()
        }
        Err(error @ ControlError::Busy) => refuse(StatusCode::SERVICE_UNAVAILABLE, error),
        Err(error) => refuse(StatusCode::CONFLICT, error),
    }
}

/// Can ballots be recorded?
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.sequencer.ailment() {
        None => well(),
        Some(why) => refuse(StatusCode::SERVICE_UNAVAILABLE, format!("no ballot can be recorded: {why}; see the log")),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let content = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    body(HeaderValue::from_static(content), NEVER, shared.figures())
}
