//! `veche desk`: organisers and trustees do their part in a browser on their own machine. The desk listens on 127.0.0.1 alone
//! and speaks to the page that it has served itself; what it does, the command line does too, by the same functions. Keys,
//! roll and codes stay in this person's folder; what it serves to voters lies in a folder apart.

use std::{
    collections::HashMap,
    io::{BufRead, IsTerminal},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path as UrlPath, State},
    http::header,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clap::Args;
use maud::{DOCTYPE, html};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, time::timeout};
use veche_server::{
    clock::Clock,
    home::{self, make_private_dir},
};

use crate::{
    booth,
    failure::{Failure, Result},
    front::sit_at_pages,
    lang::{self, Language, both, tr},
    serve::End,
};

mod access;
mod acting;
mod answer;
mod codes;
mod explain;
mod hosting;
mod instance;
mod jobs;
mod letters;
mod list;
mod local;
mod making;
mod minutes;
mod outcome;
mod places;
mod plan;
mod planning;
mod rolls;
mod trustees;
mod web;

use access::Access;
use answer::{Answer, Body, Refused, answer};
use hosting::Hosted;
use instance::Instance;
use jobs::Jobs;
use places::Place;

/// Of a request; the roll has a limit of its own.
const BODY_MAX_BYTES: usize = 1 << 20;
const CLOSING_TIMEOUT: Duration = Duration::from_secs(3);
/// Below the user's own folder, where none is named.
const FOLDER_DEFAULT: &str = "veche";
/// Leads a browser to the desk; what it names is good once.
const OPENING_FILE: &str = ".veche-desk.html";

#[derive(Args)]
pub struct DeskArgs {
    #[arg(help = tr!("Where this person's elections and keys lie [default: veche in your own folder]",
        "Папка с вашими выборами и ключами [по умолчанию: veche в вашей домашней папке]"))]
    folder: Option<PathBuf>,
    #[arg(long, help = tr!("The port on this machine [default: any free one]", "Порт на этой машине [по умолчанию: любой свободный]"))]
    port: Option<u16>,
    #[arg(long, help = tr!("Only print the address", "Только напечатать адрес, браузер не открывать"))]
    no_browser: bool,
    #[arg(long, value_enum, help = tr!("The language of the desk [default: yours]", "Язык пульта [по умолчанию: ваш]"))]
    lang: Option<Language>,
}

/// A desk that runs.
pub struct Desk {
    folder: PathBuf,
    port: u16,
    access: Access,
    jobs: Jobs,
    hosted: Hosted,
    /// Elections that are worked on.
    held: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    stop: Notify,
}

/// Nobody else works on this election until it is dropped.
pub type Held = tokio::sync::OwnedMutexGuard<()>;

/// `veche desk [FOLDER]`.
pub async fn run(args: DeskArgs) -> Result<()> {
    lang::speak(args.lang);
    sit_at_pages();
    let folder = args.folder.map_or_else(own_folder, Ok)?;
    make_private_dir(&folder)?;
    let browser = !args.no_browser;
    let Some(mut instance) = Instance::take(&folder)? else {
        let address = instance::ask_for_address(&folder).await?;
        tell_address(&address, browser.then_some(&folder));
        return Ok(());
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port.unwrap_or(0))).await;
    let listener = listener.map_err(|error| {
        Failure::other(error)
            .next(both!("Name another port, or none.", "Назовите другой порт или не называйте никакого."))
    })?;
    let port = listener.local_addr().map_err(Failure::other)?.port();
    let desk = Arc::new(Desk {
        folder,
        port,
        access: Access::new(port)?,
        jobs: Jobs::default(),
        hosted: Hosted::default(),
        held: Mutex::default(),
        stop: Notify::new(),
    });
    let mut end = End::listen()?;
    instance.announce(port, desk.access.key())?;
    tell_address(&desk.access.address()?, browser.then_some(&desk.folder));
    if std::io::stdin().is_terminal() {
        println!("{}", tr!("Enter: a new address. Ctrl-C: stop.", "Enter — новый адрес. Ctrl-C — остановить."));
        give_addresses(desk.clone(), browser);
    }
    let closing = Arc::new(Notify::new());
    let closed = closing.clone();
    let server = axum::serve(listener, router(desk.clone()));
    let server =
        tokio::spawn(async move { server.with_graceful_shutdown(async move { closed.notified().await }).await });
    tokio::select! {
        () = end.comes() => {}
        () = desk.stop.notified() => {}
    }
    // Whoever was asked something is not waited for.
    desk.jobs.stop_all();
    let _ = timeout(CLOSING_TIMEOUT, desk.jobs.ended()).await;
    closing.notify_one();
    // A page keeps its connections: they are not waited for long.
    let _ = timeout(CLOSING_TIMEOUT, server).await;
    desk.hosted.stop_all().await;
    Ok(())
}

fn own_folder() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).ok_or_else(|| {
        Failure::usage(both!(
            "this machine does not say where your own folder is",
            "система не говорит, где ваша домашняя папка"
        ))
        .next(both!("Name a folder: veche desk FOLDER", "Назовите папку: veche desk ПАПКА"))
    })?;
    Ok(Path::new(&home).join(FOLDER_DEFAULT))
}

/// Prints the address, and opens it where there is a browser to open it in: by a file of this user, since everybody on a machine
/// sees with which words a program was started.
fn tell_address(address: &str, browser_from: Option<&PathBuf>) {
    println!(
        "{}",
        tr!(
            "The desk: {address}\n(good once, for half a minute)",
            "Пульт: {address}\n(адрес годится один раз, полминуты)"
        )
    );
    crate::output::flush();
    let Some(folder) = browser_from else { return };
    let page = html! {
        (DOCTYPE)
        meta charset="utf-8";
        meta http-equiv="refresh" content={ "0;url=" (address) };
        title { "Veche" }
        a href=(address) { "Veche" }
    };
    let file = folder.join(OPENING_FILE);
    if home::write_atomically(&file, page.into_string().as_bytes(), 0o600).is_ok() {
        let mut opener = std::process::Command::new("xdg-open");
        // Where there is none, the person opens the address.
        let _ = opener.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

/// A new address whenever somebody at the terminal presses Enter.
fn give_addresses(desk: Arc<Desk>, browser: bool) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() {
                return;
            }
            if let Ok(address) = desk.access.address() {
                tell_address(&address, browser.then_some(&desk.folder));
            }
        }
    });
}

/// All that the desk answers to.
fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/", get(|| async { page("index.html") }))
        .route("/{name}", get(|UrlPath(name): UrlPath<String>| async move { page(&name) }))
        .route(access::ENTER, post(enter))
        .route(access::ANOTHER, post(another))
        .route("/api/desk", post(about))
        .route("/api/language", post(language))
        .route("/api/stop", post(stop))
        .route("/api/jobs", post(jobs_list))
        .route("/api/jobs/{id}", post(job))
        .route("/api/jobs/{id}/answer", post(job_answer))
        .route("/api/jobs/{id}/stop", post(job_stop))
        .merge(list::routes())
        .merge(planning::routes())
        .merge(rolls::routes())
        .merge(explain::routes())
        .merge(making::routes())
        .merge(local::routes())
        .merge(codes::routes())
        .merge(hosting::routes())
        .merge(acting::routes())
        .merge(outcome::routes())
        .merge(minutes::routes())
        .merge(trustees::routes())
        .merge(letters::routes())
        .fallback(|| async { nothing_here() })
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(from_fn_with_state(desk.clone(), access::guard))
        .with_state(desk)
}

fn page(name: &str) -> Response {
    match web::FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, kind, bytes)) => ([(header::CONTENT_TYPE, *kind)], *bytes).into_response(),
        None => nothing_here().into_response(),
    }
}

fn nothing_here() -> Refused {
    Refused::unknown(both!("the desk has nothing of this name", "ничего с таким именем у пульта нет"))
}

impl Desk {
    /// The election of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn place(&self, name: &str) -> std::result::Result<Place, Refused> {
        Place::find(&self.folder, name)
    }

    /// While what this gives is kept, nobody else works on the election.
    ///
    /// # Errors
    /// Somebody does already.
    pub fn hold(&self, name: &str) -> std::result::Result<Held, Refused> {
        let lock = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.entry(name.to_owned()).or_default().clone()
        };
        lock.try_lock_owned().map_err(|_| Refused::busy())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entering {
    nonce: String,
}

async fn enter(State(desk): State<Arc<Desk>>, Body(wish): Body<Entering>) -> Answer {
    answer(json!({ "token": desk.access.enter(&wish.nonce)? }))
}

/// For a second `veche desk` on the same folder.
async fn another(State(desk): State<Arc<Desk>>) -> Answer {
    answer(json!({ "address": desk.access.address()? }))
}

async fn about(State(desk): State<Arc<Desk>>, Body(Nothing {}): Body<Nothing>) -> Answer {
    answer(json!({
        "folder": desk.folder.display().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "port": desk.port,
        "lang": lang::tag(),
        "booth": booth::booth(None).is_ok_and(|booth| booth.is_there()),
        "time": Clock::system().wall(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speaking {
    lang: Language,
}

async fn language(Body(wish): Body<Speaking>) -> Answer {
    lang::speak(Some(wish.lang));
    answer(json!({ "lang": lang::tag() }))
}

async fn stop(State(desk): State<Arc<Desk>>, Body(Nothing {}): Body<Nothing>) -> Answer {
    desk.stop.notify_one();
    answer(json!({}))
}

async fn jobs_list(State(desk): State<Arc<Desk>>, Body(Nothing {}): Body<Nothing>) -> Answer {
    desk.jobs.list()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Looking {
    #[serde(default)]
    from: usize,
}

async fn job(State(desk): State<Arc<Desk>>, UrlPath(id): UrlPath<String>, Body(wish): Body<Looking>) -> Answer {
    desk.jobs.look(&id, wish.from).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    question: u64,
    answer: Value,
}

async fn job_stop(
    State(desk): State<Arc<Desk>>,
    UrlPath(id): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    desk.jobs.stop(&id)
}

async fn job_answer(
    State(desk): State<Arc<Desk>>,
    UrlPath(id): UrlPath<String>,
    Body(wish): Body<Answering>,
) -> Answer {
    desk.jobs.answer(&id, wish.question, wish.answer)
}
