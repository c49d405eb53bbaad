//! Many elections in one process: each in a folder of its own below one root, at an address of its own, within a share of its own. A
//! folder that cannot be served is told in the log and the figures, and stops no other. Spec: `docs/spec/host.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{from_fn, map_response},
    response::Response,
    routing::{get, post},
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::{sync::Semaphore, task::JoinHandle};
use veche_client::BasePath;
use veche_election::{Election, publication::is_name};

mod archive;
mod figures;
mod invitations;
mod publishing;
mod share;
mod tenant;

pub use archive::archive;
pub use invitations::{Allows, DAYS_MAX, ELECTIONS_MAX, Invitations, NotInvited};
pub use share::Share;
pub use tenant::Listed;
pub use veche_election::publication::Wishes;

use crate::{
    booth::Booth,
    cosigning::WitnessUrls,
    home::{Home, HomeError, Lock, make_private_dir, write_atomically},
    limits::{Gate, Limits},
    metrics::{Dropped, PREFIX},
    pages::{Pages, policed},
    publish::RecordError,
    replies::{FOREVER, HTML, NEVER, body, harden, in_time, refuse, well},
    server::ServeError,
    serving::{Bound, ListenError, Serving},
    store::StoreError,
    tls::Identity,
    workers::Workers,
};
use tenant::{STANDINGS, Tenant, disk_bytes};

/// What is the host's own lies here; no election has such a name.
const OWN_DIR: &str = ".host";
const INVITATIONS_DIR: &str = ".host/invitations";
/// What is on its way to become an election's folder.
const COMING_DIR: &str = ".host/coming";
/// What whoever runs the host wishes of the process that serves it: a file for each.
const WISHES_DIR: &str = ".host/wishes";
const ARCHIVE_WISH: &str = "archive-";
/// Behind the name of a wish that was not granted: the file that says why.
const REFUSED: &str = ".refused";
/// Before an election's name in a path.
const PATHS: &str = "/e/";
/// How often the root is looked at.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// How often what the folders take is measured.
const MEASURE_PERIOD: Duration = Duration::from_secs(10);
/// How long a folder that cannot be served is left alone.
const RETRY_PERIOD: Duration = Duration::from_secs(30);
/// Publications on their way at once.
const UPLOADS_MAX: usize = 4;
/// Heads that wait for their check.
const HEADS_MAX: usize = 256;
/// Descriptors that an idle election keeps.
const FILES_PER_ELECTION: usize = 8;

/// Where elections of a host are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// `https://NAME.HOST`: a browser keeps them apart.
    Names,
    /// `https://HOST/e/NAME`.
    Paths,
}

#[derive(Clone)]
pub struct HostConfig {
    pub root: PathBuf,
    pub address: SocketAddr,
    /// How others reach it, in its one written form and without a path; if none, its own address.
    pub url: Option<String>,
    /// If none: names, where the address has one.
    pub addressing: Option<Addressing>,
    /// Of the whole host; of each election its share.
    pub limits: Limits,
    pub share: Share,
    pub booth: Booth,
    pub words: Arc<dyn Words>,
    pub tls: Option<Identity>,
    /// Where figures are told, and nothing else: they name elections that no list shows.
    pub metrics: Option<SocketAddr>,
}

/// What the program says and knows, beyond what is the same for all.
pub trait Words: Send + Sync {
    /// How an election is served: as its organiser wished when publishing it, or as the folder's own settings say.
    ///
    /// # Errors
    /// Whoever wrote the settings.
    fn settings(&self, home: &Home, wishes: Option<&Wishes>, url: &str) -> Result<Settings, String>;

    /// The list of elections that may be shown.
    fn list(&self, listed: &[Listed], reader: &Reader<'_>) -> Bytes;

    /// The page of an election of which only the record is left.
    fn archived(&self, election: &Election, reader: &Reader<'_>) -> Bytes;

    /// What these pages refer to by name. Content type and bytes.
    fn file(&self, name: &str) -> Option<(&'static str, Bytes)>;
}

/// How an election is served.
pub struct Settings {
    pub pages: Arc<dyn Pages>,
    pub grace_s: u64,
    pub witnesses: WitnessUrls,
}

/// Who reads a page.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub accept_language: Option<&'a str>,
    pub query: Option<&'a str>,
}

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("{0}")]
    Home(#[from] HomeError),
    #[error("{0}")]
    Serve(#[from] ServeError),
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("no threads to work on: {0}")]
    Threads(std::io::Error),
    #[error("{0}")]
    Settings(String),
    #[error("there is no election in this folder")]
    NoElection,
    #[error("it cannot be archived: {0}")]
    NotOver(String),
}

/// A running host. Dropping it without [`Host::shutdown`] leaves its tasks to die with the runtime.
pub struct Host {
    serving: Serving,
    measured: Option<Serving>,
    neighbours: Arc<Neighbours>,
    looking: JoinHandle<()>,
    _lock: Lock,
}

/// On which all elections of a host stand.
struct Grounds {
    root: PathBuf,
    url: String,
    addressing: Addressing,
    limits: Limits,
    share: Share,
    booth: Booth,
    words: Arc<dyn Words>,
    own_tls: bool,
    figures: Figures,
}

/// All elections of a host.
struct Neighbours {
    grounds: Grounds,
    tenants: RwLock<BTreeMap<String, Arc<Tenant>>>,
    invitations: Invitations,
    gate: Arc<Gate>,
    workers: Workers,
    uploads: Semaphore,
    /// Held by whoever puts a folder in its place, or takes one away.
    changes: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnedAway {
    election: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    election: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stands {
    election: String,
    standing: &'static str,
}

/// Of the host itself.
struct Figures {
    registry: Registry,
    turned_away: Family<TurnedAway, Counter>,
    disk_bytes: Family<Of, Gauge>,
    standings: Family<Stands, Gauge>,
}

impl Figures {
    fn new() -> Self {
        let mut registry = Registry::with_prefix(format!("{PREFIX}_host"));
        let turned_away = Family::<TurnedAway, Counter>::default();
        let (disk_bytes, standings) = (Family::<Of, Gauge>::default(), Family::<Stands, Gauge>::default());
        let about = "Requests that an election's share did not allow, by reason";
        registry.register("turned_away", about, turned_away.clone());
        registry.register("disk_bytes", "What an election's folder takes", disk_bytes.clone());
        registry.register("standing", "1 where an election stands so", standings.clone());
        Self { registry, turned_away, disk_bytes, standings }
    }

    fn turned_away(&self, election: &str, reason: &'static str) {
        self.turned_away.get_or_create(&TurnedAway { election: election.to_owned(), reason }).inc();
    }

    fn note(&self, tenant: &Tenant) {
        let (election, now) = (tenant.name.clone(), tenant.standing());
        let bytes = i64::try_from(tenant.account.disk_bytes()).unwrap_or(i64::MAX);
        self.disk_bytes.get_or_create(&Of { election: election.clone() }).set(bytes);
        for standing in STANDINGS {
            let stands = Stands { election: election.clone(), standing };
            self.standings.get_or_create(&stands).set(i64::from(standing == now));
        }
    }

    fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Host {
    /// Reads every folder before it answers anybody; what cannot be served is told and left for later.
    ///
    /// # Errors
    /// Another process serves the root, the address is taken, or the disk.
    pub async fn start(config: HostConfig) -> Result<Self, HostError> {
        let HostConfig { root, address, url, addressing, limits, share, booth, words, tls, metrics } = config;
        let own = root.join(OWN_DIR);
        make_private_dir(&own)?;
        let mut lock = Home::new(&own).lock()?;
        // What was on its way when the last process ended.
        let _ = fs::remove_dir_all(root.join(COMING_DIR));
        for dir in [COMING_DIR, WISHES_DIR, INVITATIONS_DIR] {
            make_private_dir(&root.join(dir))?;
        }
        publishing::try_exchange(&root)?;
        let own_tls = tls.is_some();
        let bound = Bound::new(address, BasePath::default(), tls).await?;
        lock.announce(bound.url())?;
        let url = url.unwrap_or_else(|| bound.url().to_owned());
        let addressing = addressing.unwrap_or(if has_name(&url) { Addressing::Names } else { Addressing::Paths });
        let figures = Figures::new();
        let gate = Arc::new(Gate::new(limits.clone()));
        let invitations = Invitations::of(&root);
        let grounds = Grounds { root, url, addressing, limits, share, booth, words, own_tls, figures };
        let neighbours = Arc::new(Neighbours {
            grounds,
            tenants: RwLock::default(),
            invitations,
            gate: gate.clone(),
            workers: Workers::new(1, HEADS_MAX).map_err(HostError::Threads)?,
            uploads: Semaphore::new(UPLOADS_MAX),
            changes: tokio::sync::Mutex::default(),
        });
        neighbours.look_at_root().await;
        let dropped = Dropped::default();
        let measured = match metrics {
            Some(address) => {
                let bound = Bound::new(address, BasePath::default(), None).await?;
                let gate = Arc::new(Gate::new(Limits::default()));
                Some(bound.serve(figures_router(neighbours.clone()), gate, Dropped::default()))
            }
            None => None,
        };
        let serving = bound.serve(router(neighbours.clone()), gate, dropped);
        let looking = tokio::spawn(look(neighbours.clone()));
        Ok(Self { serving, measured, neighbours, looking, _lock: lock })
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// Where figures are told.
    pub fn metrics_url(&self) -> Option<&str> {
        self.measured.as_ref().map(Serving::url)
    }

    /// How others reach it.
    pub fn url(&self) -> &str {
        &self.neighbours.grounds.url
    }

    /// Each election with where it is reached, and how it stands.
    pub fn elections(&self) -> Vec<(String, String, &'static str)> {
        let told = |tenant: Arc<Tenant>| (tenant.name.clone(), tenant.url.clone(), tenant.standing());
        self.neighbours.all().into_iter().map(told).collect()
    }

    /// Sessions under way may finish. Returns how many did not.
    pub async fn shutdown(self) -> usize {
        self.looking.abort();
        let _ = self.looking.await;
        let _changes = self.neighbours.changes.lock().await;
        let all = self.neighbours.all();
        all.iter().for_each(|tenant| tenant.closes());
        let mut ends = tokio::task::JoinSet::new();
        for tenant in all {
            ends.spawn(async move { tenant.end().await });
        }
        let cut_off = ends.join_all().await.into_iter().sum();
        self.serving.stop().await;
        if let Some(measured) = self.measured {
            measured.stop().await;
        }
        cut_off
    }
}

impl Grounds {
    fn url_of(&self, name: &str) -> String {
        match (self.addressing, self.url.split_once("://")) {
            (Addressing::Names, Some((scheme, host))) => format!("{scheme}://{name}.{host}"),
            _ => format!("{}{PATHS}{name}", self.url),
        }
    }

    /// The host's own name.
    fn name(&self) -> &str {
        host_name(self.url.split_once("://").map_or("", |(_, host)| host))
    }
}

/// Without the port.
fn host_name(host: &str) -> &str {
    let end = host.find(']').map_or(0, |bracket| bracket + 1);
    host.get(end..).and_then(|rest| rest.find(':')).map_or(host, |colon| host.split_at(end + colon).0)
}

/// One to which a label can be put.
fn has_name(url: &str) -> bool {
    let name = host_name(url.split_once("://").map_or("", |(_, host)| host));
    name != "localhost" && !name.starts_with('[') && name.parse::<IpAddr>().is_err()
}

/// Whom a request is for.
enum For {
    Host,
    Election(String),
    /// Neither.
    Nobody,
}

impl Neighbours {
    fn tenant(&self, name: &str) -> Option<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn all(&self) -> Vec<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn add(&self, tenant: Arc<Tenant>) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant.name.clone(), tenant);
    }

    fn remove(&self, name: &str) {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Begins to serve what has come, lets go what is no more, and tries again what could not be served.
    async fn look_at_root(&self) {
        let _changes = self.changes.lock().await;
        let found = tokio::task::block_in_place(|| folders(&self.grounds.root));
        for tenant in self.all() {
            if !found.contains(&tenant.name) {
                tracing::warn!(election = tenant.name, "the folder of this election is gone");
                tenant.end().await;
                self.remove(&tenant.name);
            }
        }
        for name in found {
            let old = self.tenant(&name);
            if old.as_ref().is_none_or(|old| old.is_broken()) {
                let tenant = Tenant::new(&name, &self.grounds);
                tenant.begin(&self.grounds).await;
                self.grounds.figures.note(&tenant);
                self.add(tenant);
            }
        }
    }

    async fn look_at_new(&self) {
        let found = tokio::task::block_in_place(|| folders(&self.grounds.root));
        let known: BTreeSet<String> = self.all().into_iter().map(|tenant| tenant.name.clone()).collect();
        if found != known {
            self.look_at_root().await;
        }
    }

    fn measure(&self) {
        for tenant in self.all() {
            tenant.account.note_disk(disk_bytes(tenant.home.dir()));
            self.grounds.figures.note(&tenant);
        }
    }

    /// What whoever runs the host has asked this process for.
    async fn grant_wishes(&self) {
        let dir = self.grounds.root.join(WISHES_DIR);
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let Some(name) = file.strip_prefix(ARCHIVE_WISH).filter(|name| is_name(name)) else { continue };
            let granted = self.archive(name).await;
            if let Err(error) = &granted {
                tracing::warn!(election = name, %error, "not archived");
                let refused = dir.join(format!("{file}{REFUSED}"));
                let _ = write_atomically(&refused, error.to_string().as_bytes(), 0o600);
            }
            let _ = fs::remove_file(entry.path());
        }
    }

    async fn archive(&self, name: &str) -> Result<(), HostError> {
        let _changes = self.changes.lock().await;
        let tenant = self.tenant(name).ok_or(HostError::NoElection)?;
        // Nobody's session ends for a wish that cannot be granted.
        if let Some(phase) = tenant.unfinished() {
            return Err(HostError::NotOver(RecordError::NotFinished(phase.name()).to_string()));
        }
        tenant.end().await;
        let archived = archive(&self.grounds.root, name).await;
        let anew = Tenant::new(name, &self.grounds);
        anew.begin(&self.grounds).await;
        anew.account.note_disk(disk_bytes(anew.home.dir()));
        self.grounds.figures.note(&anew);
        self.add(anew);
        archived
    }

    fn whose(&self, request: &Request) -> For {
        if self.grounds.addressing == Addressing::Paths {
            let Some(rest) = request.uri().path().strip_prefix(PATHS) else { return For::Host };
            let name = rest.split('/').next().unwrap_or_default();
            return if is_name(name) { For::Election(name.to_owned()) } else { For::Nobody };
        }
        // Of two hosts one would be believed by us, and the other by a proxy.
        let mut named = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (named.next().and_then(|host| host.to_str().ok()), named.next()) else {
            return For::Nobody;
        };
        let host = host_name(host).to_ascii_lowercase();
        let own = self.grounds.name();
        if host == own || host.parse::<IpAddr>().is_ok() || host.starts_with('[') || host == "localhost" {
            return For::Host;
        }
        match host.strip_suffix(own).and_then(|label| label.strip_suffix('.')) {
            Some(name) if is_name(name) => For::Election(name.to_owned()),
            _ => For::Nobody,
        }
    }
}

/// The names of all folders that may hold an election.
fn folders(root: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let folder = |entry: fs::DirEntry| {
        // A link would lead out of the root.
        entry.file_type().ok().filter(fs::FileType::is_dir)?;
        let home = Home::new(entry.path());
        let holds = home.exists() || home.has_draft() || archive::is_archived(&home);
        entry.file_name().into_string().ok().filter(|name| holds && is_name(name))
    };
    entries.filter_map(folder).collect()
}

/// The folders of a root that hold no election by their names.
pub fn misnamed(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let names =
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| !is_name(name) && !name.starts_with('.')).collect()
}

/// Until the task is aborted.
async fn look(neighbours: Arc<Neighbours>) {
    let (mut measured, mut retried) = (None::<Instant>, Instant::now());
    loop {
        neighbours.grant_wishes().await;
        neighbours.look_at_new().await;
        if retried.elapsed() >= RETRY_PERIOD {
            retried = Instant::now();
            if neighbours.all().iter().any(|tenant| tenant.is_broken()) {
                neighbours.look_at_root().await;
            }
        }
        if measured.is_none_or(|measured| measured.elapsed() >= MEASURE_PERIOD) {
            measured = Some(Instant::now());
            tokio::task::block_in_place(|| neighbours.measure());
        }
        tokio::time::sleep(LOOK_PERIOD).await;
    }
}

fn router(neighbours: Arc<Neighbours>) -> Router {
    let own = Router::new()
        .route("/", get(list))
        .route("/healthz", get(async || well()))
        .route("/pages/{name}", get(style))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "nothing is here"))
        .layer(from_fn(in_time));
    // What is published takes its own time.
    let own = own.route("/publish", post(publishing::publish)).layer(map_response(harden));
    let own = own.with_state(neighbours.clone());
    Router::new().fallback(find).with_state((neighbours, own))
}

/// The way of a request to its election, or to the host itself.
async fn find(State((neighbours, own)): State<(Arc<Neighbours>, Router)>, request: Request) -> Response {
    match neighbours.whose(&request) {
        For::Host => {
            let Ok(response) = TowerToHyperService::new(own).call(request).await;
            response
        }
        For::Election(name) => match neighbours.tenant(&name) {
            Some(tenant) => tenant.answer(&neighbours.grounds, &neighbours.gate, request).await,
            None => harden(refuse(StatusCode::NOT_FOUND, "the host has no election of this name")).await,
        },
        For::Nobody => harden(refuse(StatusCode::MISDIRECTED_REQUEST, "nobody has this name here")).await,
    }
}

async fn list(State(neighbours): State<Arc<Neighbours>>, uri: Uri, headers: HeaderMap) -> Response {
    let all = neighbours.all();
    let listed: Vec<Listed> = tokio::task::block_in_place(|| all.iter().filter_map(|tenant| tenant.listed()).collect());
    policed(body(HTML, NEVER, neighbours.grounds.words.list(&listed, &reader(&headers, &uri))))
}

fn reader<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Reader<'a> {
    let accept_language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Reader { accept_language, query: uri.query() }
}

async fn style(State(neighbours): State<Arc<Neighbours>>, uri: Uri) -> Response {
    file(&*neighbours.grounds.words, &uri)
}

fn file(words: &dyn Words, uri: &Uri) -> Response {
    let name = uri.path().rsplit('/').next().filter(|_| uri.query().is_none());
    match name.and_then(|name| words.file(name)) {
        Some((content, bytes)) => body(HeaderValue::from_static(content), FOREVER, bytes),
        None => refuse(StatusCode::NOT_FOUND, "the pages have no such file"),
    }
}

fn figures_router(neighbours: Arc<Neighbours>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || well()))
        .layer(from_fn(in_time))
        .layer(map_response(harden))
        .with_state(neighbours)
}

async fn metrics(State(neighbours): State<Arc<Neighbours>>) -> Response {
    let all = neighbours.all();
    all.iter().for_each(|tenant| neighbours.grounds.figures.note(tenant));
    let elections = all.iter().filter_map(|tenant| tenant.figures());
    let answers: Vec<String> = std::iter::once(neighbours.grounds.figures.render()).chain(elections).collect();
    let content = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    body(HeaderValue::from_static(content), NEVER, figures::merged(&answers))
}

/// Asks the process that serves a root to archive an election, or does it where none does. Waits until it is done.
///
/// # Errors
/// The election is not over, there is none, or the disk.
pub async fn archive_wherever(root: &Path, name: &str) -> Result<(), HostError> {
    if !is_name(name) || !root.join(name).is_dir() {
        return Err(HostError::NoElection);
    }
    let own = root.join(OWN_DIR);
    make_private_dir(&own)?;
    if let Ok(_lock) = Home::new(&own).lock() {
        make_private_dir(&root.join(COMING_DIR))?;
        return archive(root, name).await;
    }
    let wish = root.join(WISHES_DIR).join(format!("{ARCHIVE_WISH}{name}"));
    let refused = root.join(WISHES_DIR).join(format!("{ARCHIVE_WISH}{name}{REFUSED}"));
    let _ = fs::remove_file(&refused);
    write_atomically(&wish, b"", 0o600)?;
    while wish.exists() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        // The process has ended without granting it: nobody would.
        if let Ok(_lock) = Home::new(&own).lock() {
            let _ = fs::remove_file(&wish);
            return archive(root, name).await;
        }
    }
    match fs::read_to_string(&refused) {
        Ok(why) => {
            let _ = fs::remove_file(&refused);
            let why = why.strip_prefix("it cannot be archived: ").unwrap_or(&why).to_owned();
            Err(HostError::NotOver(why))
        }
        Err(_) => Ok(()),
    }
}

/// The limits of a host, lowered to what descriptors there are when each of so many elections keeps its own.
pub fn limits_for(limits: Limits, elections: usize) -> Limits {
    crate::descriptors::raise_limit_beside(limits, elections.saturating_mul(FILES_PER_ELECTION))
}
