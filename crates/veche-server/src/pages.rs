//! What people with a browser are shown. Its words come from the program, through [`Pages`]; here is what they may tell: what
//! programs are told too, and nothing of a result before it is in the log. Spec: `docs/spec/session.md` section 2.

use std::{fmt, sync::Arc};

pub use axum::body::Bytes;
use axum::{
    extract::{Extension, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use veche_client::told::{Status, Whereabouts};
use veche_election::{Election, ElectionResult, Hash, Phase, Subtrees, board::NamedBooth};

use crate::{
    answers::{Reader, RecordArchive, Source, large},
    intake::Shared,
    replies::{FOREVER, HTML, NEVER, body, refuse},
    sequencer::Notice,
};

/// Only our own files, nothing is framed, nothing is sent but a code to look up here, and no text becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// A host that names itself otherwise is not repeated to anybody.
const HOST_MAX_BYTES: usize = 255;

/// The words, in the languages that the program speaks.
pub trait Pages: Send + Sync {
    /// A whole page.
    fn page(&self, asked: &Asked<'_>) -> Bytes;

    /// What the pages refer to by name: how they look, and what they can do with a script. Content type and bytes.
    fn file(&self, name: &str) -> Option<(&'static str, Bytes)>;

    /// The result in the form of other programs, for who speaks this language.
    fn exported(&self, form: Export, result: &ElectionResult, asked: &Asked<'_>) -> Bytes;
}

/// In every request.
#[derive(Clone)]
pub(crate) struct Words {
    pub pages: Arc<dyn Pages>,
    pub booth: Option<Hash>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    Csv,
    Svg,
}

/// Which page.
#[derive(Debug, Clone)]
pub enum Page {
    Front,
    Result,
    Audit,
    Ballot(Whereabouts),
    /// What was asked for is shown after closing.
    NotYet,
    /// Where one types a ballot's code.
    Lookup,
    /// What was typed is no ballot's code.
    NoCode {
        typed: String,
    },
    /// Nothing is here.
    Nowhere,
}

/// What a page may tell.
#[derive(Debug)]
pub struct Facts {
    pub election: Arc<Election>,
    pub phase: Phase,
    pub status: Status,
    /// The pause or cancellation in which the election stands, and the last extension, with when they were signed.
    pub notices: Vec<Notice>,
    /// Entries of the log, and its root; the checkpoint of it, and the last one that enough witnesses signed.
    pub log: (u64, Hash),
    pub checkpoint: String,
    pub witnessed: String,
    /// Once it is in the log.
    pub result: Option<Arc<ElectionResult>>,
    /// May the record be fetched?
    pub has_record: bool,
    /// The hash of the booth, if one can vote here in a browser.
    pub booth: Option<Hash>,
    /// The booths that the log names.
    pub named_booths: Vec<NamedBooth>,
}

/// A page for somebody.
#[derive(Debug)]
pub struct Asked<'a> {
    pub page: Page,
    pub facts: &'a Facts,
    /// What the browser says that its user reads, and what was chosen on the page.
    pub accept_language: Option<&'a str>,
    pub query: Option<&'a str>,
    /// The way from this page to the first one: empty, or `../`.
    pub root: &'static str,
    /// The host by which this server was called.
    pub host: Option<&'a str>,
}

/// Whoever can read a page says so; programs do not.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// A page, by what stands in the log now.
pub(crate) fn show(
    shared: &Shared,
    words: &Words,
    reader: Reader,
    headers: &HeaderMap,
    query: Option<&str>,
    (page, root): (Page, &'static str),
) -> Response {
    let facts = facts(shared, words.booth);
    let asked = asked(&facts, headers, query, page, root);
    let page = words.pages.page(&asked);
    policed(large(&shared.pieces, reader, HTML, NEVER, Source::Kept(page)))
}

fn asked<'a>(
    facts: &'a Facts,
    headers: &'a HeaderMap,
    query: Option<&'a str>,
    page: Page,
    root: &'static str,
) -> Asked<'a> {
    let said = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_host = |host: &&str| {
        host.len() <= HOST_MAX_BYTES && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b))
    };
    Asked {
        page,
        facts,
        accept_language: said(header::ACCEPT_LANGUAGE),
        query,
        root,
        host: said(header::HOST).filter(is_host),
    }
}

/// What a browser may do with an answer of ours, and that it differs by who asks.
pub(crate) fn policed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
    response
}

fn facts(shared: &Shared, booth: Option<Hash>) -> Facts {
    let published = shared.sequencer.published();
    Facts {
        election: shared.election.clone(),
        phase: published.phase,
        status: published.status(&shared.election),
        notices: published.notices().cloned().collect(),
        log: (published.size, published.tree().root_at(published.size).unwrap_or(Hash::ZERO)),
        checkpoint: published.checkpoint.clone(),
        witnessed: published.witnessed.clone(),
        result: published.result.clone(),
        booth,
        named_booths: published.named_booths.clone(),
        has_record: RecordArchive::note(&shared.election, &published).is_some(),
    }
}

pub(crate) async fn result(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    show(&shared, &words, reader, &headers, uri.query(), (Page::Result, ""))
}

pub(crate) async fn audit(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    show(&shared, &words, reader, &headers, uri.query(), (Page::Audit, ""))
}

/// Where nothing is, in words for people.
pub(crate) async fn nowhere(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    // A way back by steps up is known of the paths that have pages.
    if !wants_page(&headers) || uri.path().matches('/').count() > 1 {
        return policed(refuse(StatusCode::NOT_FOUND, "nothing is here"));
    }
    let mut response = show(&shared, &words, reader, &headers, uri.query(), (Page::Nowhere, ""));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Named by its content it never changes, and is answered under that one name: a stranger must not fill a cache with others.
pub(crate) async fn file(Extension(words): Extension<Words>, uri: Uri) -> Response {
    let name = uri.path().strip_prefix("/pages/").filter(|_| uri.query().is_none());
    match name.and_then(|name| words.pages.file(name)) {
        Some((content, bytes)) => body(HeaderValue::from_static(content), FOREVER, bytes),
        None => refuse(StatusCode::NOT_FOUND, "the pages have no such file"),
    }
}

pub(crate) async fn csv(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    let content = HeaderValue::from_static("text/csv; charset=utf-8");
    exported(&shared, &words, (&headers, uri.query()), reader, Export::Csv, content)
}

pub(crate) async fn svg(
    State(shared): State<Arc<Shared>>,
    Extension(words): Extension<Words>,
    uri: Uri,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    exported(&shared, &words, (&headers, uri.query()), reader, Export::Svg, HeaderValue::from_static("image/svg+xml"))
}

fn exported(
    shared: &Shared,
    words: &Words,
    (headers, query): (&HeaderMap, Option<&str>),
    reader: Reader,
    form: Export,
    content: HeaderValue,
) -> Response {
    let facts = facts(shared, words.booth);
    let Some(result) = &facts.result else { return refuse(StatusCode::FORBIDDEN, "not published yet") };
    let bytes = words.pages.exported(form, result, &asked(&facts, headers, query, Page::Result, ""));
    policed(large(&shared.pieces, reader, content, NEVER, Source::Kept(bytes)))
}
