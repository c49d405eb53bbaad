//! What this desk serves to voters or trustees, in its own process, each election from its folder apart: a server sees neither the
//! organiser's key nor the roll's contacts nor a code. And what it notes of the turnout while it does.

use std::{
    collections::HashMap,
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Mutex, task::JoinHandle};
use veche_election::Phase;
use veche_server::{Home, clock::Clock, sequencer::Published};

use super::{
    Desk, Nothing,
    answer::{Answer, Body, Refused},
    jobs,
};
use crate::{
    config,
    failure::{Failure, Result},
    hosting::{self, HowServed, Served, Warning},
    lang::{Sentence, both},
    setup,
};

/// The turnout as it was noted: `[time, ballots]`, one line each.
const TURNOUT_FILE: &str = "desk-turnout.jsonl";
const TURNOUT_PERIOD: Duration = Duration::from_secs(30);
/// A month of votes in every half minute; of a longer file the end is shown.
const TURNOUT_MAX: usize = 100_000;

#[derive(Default)]
pub struct Hosted(Mutex<HashMap<String, Hosting>>);

struct Hosting {
    served: Served,
    url: String,
    /// Where others may reach it: this machine's addresses.
    addresses: Vec<String>,
    noting: Option<JoinHandle<()>>,
}

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/{name}/serve", post(serve))
        .route("/api/elections/{name}/serve/stop", post(stop))
}

impl Hosted {
    /// Where the desk serves this election, if it does.
    pub async fn url(&self, name: &str) -> Option<String> {
        self.0.lock().await.get(name).map(|hosting| hosting.url.clone())
    }

    /// Where others may reach it, by the addresses of this machine; none where it listens at 127.0.0.1.
    pub async fn addresses(&self, name: &str) -> Vec<String> {
        self.0.lock().await.get(name).map_or_else(Vec::new, |hosting| hosting.addresses.clone())
    }

    /// How a running election stands, as its server knows it.
    pub async fn published<T>(&self, name: &str, look: impl FnOnce(&Published) -> T) -> Option<T> {
        let hosted = self.0.lock().await;
        match &hosted.get(name)?.served {
            Served::Election(served) => Some(look(&served.server.shared().sequencer.published())),
            Served::Ceremony(_) => None,
        }
    }

    /// Sessions under way may finish; how many did not. Nothing where nothing is served.
    pub async fn stop(&self, name: &str) -> usize {
        let hosting = self.0.lock().await.remove(name);
        match hosting {
            Some(hosting) => hosting.stop().await,
            None => 0,
        }
    }

    pub async fn stop_all(&self) {
        let all: Vec<Hosting> = self.0.lock().await.drain().map(|(_, hosting)| hosting).collect();
        for hosting in all {
            hosting.stop().await;
        }
    }
}

impl Hosting {
    async fn stop(self) -> usize {
        if let Some(noting) = self.noting {
            noting.abort();
        }
        match self.served {
            Served::Election(served) => served.stop().await,
            Served::Ceremony(served) => {
                served.stop().await;
                0
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Serving {
    address: Option<IpAddr>,
    port: Option<u16>,
}

async fn serve(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Serving>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    if let Some(url) = desk.hosted.url(&name).await {
        let addresses = desk.hosted.addresses(&name).await;
        return super::answer::answer(json!({ "url": url, "addresses": addresses, "warnings": [] }));
    }
    if !place.home.exists() && !place.home.has_draft() {
        return Err(Refused::unknown(both!(
            "there is no election to serve yet",
            "запускать пока нечего: выборы не созданы"
        )));
    }
    let working = desk.clone();
    jobs::run(async move |front| {
        let _held = held;
        if place.home.exists() {
            setup::finish(&place.home, front).await?;
        }
        let port = wish.port.or(free_port(&place.home, wish.address)?);
        let listens = listens_at(&place.home, wish.address)?;
        let how = HowServed { address: wish.address, port, ..HowServed::default() };
        let prepared = hosting::prepare(&place.home.served(), how, front).await?;
        let mut warnings = prepared.warnings().to_vec();
        let served = prepared.start().await?;
        let (url, noting) = match &served {
            Served::Election(served) => {
                warnings.extend(served.warnings.iter().cloned());
                let noting = note_turnout(working.clone(), name.clone(), place.home.clone());
                (served.server.url().to_owned(), Some(tokio::spawn(noting)))
            }
            Served::Ceremony(served) => (served.url().to_owned(), None),
        };
        let warnings: Vec<Sentence> = warnings.iter().filter_map(said).collect();
        let addresses = reached_at(&url, listens);
        let told = json!({ "url": url, "addresses": addresses, "warnings": warnings });
        working.hosted.0.lock().await.insert(name, Hosting { served, url, addresses, noting });
        Ok(told)
    })
    .await
}

/// Any free one, where the usual one is taken and nobody was told of one: with an address on the cards, or a port in `election.toml`, a
/// server that listened elsewhere would not be found.
fn free_port(home: &Home, address: Option<IpAddr>) -> Result<Option<u16>> {
    let file = config::read(home)?;
    let own = file.as_ref().and_then(|file| file.serve).unwrap_or_default();
    if own.port.is_some() || file.is_some_and(|file| file.url.is_some()) {
        return Ok(None);
    }
    let at = listens_at(home, address)?;
    let is_taken = std::net::TcpListener::bind((at, hosting::PORT_DEFAULT)).is_err();
    Ok(is_taken.then_some(0))
}

/// The address at which a server listens.
fn listens_at(home: &Home, address: Option<IpAddr>) -> Result<IpAddr> {
    let own = config::read(home)?.and_then(|file| file.serve).unwrap_or_default();
    Ok(address.or(own.address).unwrap_or_else(|| setup::local(0).ip()))
}

/// The same server, as others reach it.
fn reached_at(url: &str, listens: IpAddr) -> Vec<String> {
    let Some((scheme, place)) = url.split_once("://") else { return Vec::new() };
    let Some((_, port)) = place.trim_end_matches('/').rsplit_once(':') else { return Vec::new() };
    let ips = if listens.is_unspecified() { own_ips(listens.is_ipv6()) } else { vec![listens] };
    let address = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}"),
        IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}"),
    };
    ips.into_iter().filter(|ip| !ip.is_loopback()).map(address).collect()
}

/// By which addresses this machine would speak to others: a socket that is connected outwards knows it, and nothing is sent.
fn own_ips(with_v6: bool) -> Vec<IpAddr> {
    const V4: [Ipv4Addr; 4] = [
        Ipv4Addr::new(192, 0, 2, 1),
        Ipv4Addr::new(10, 255, 255, 254),
        Ipv4Addr::new(172, 31, 255, 254),
        Ipv4Addr::new(192, 168, 255, 254),
    ];
    const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    const PORT: u16 = 9;
    let by = |to: IpAddr| {
        let any: IpAddr = if to.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0)).ok()?;
        socket.connect((to, PORT)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let to = V4.into_iter().map(IpAddr::from).chain(with_v6.then_some(V6.into()));
    let mut ips: Vec<IpAddr> = Vec::new();
    for ip in to.filter_map(by).filter(|ip| !ip.is_unspecified()) {
        if !ips.contains(&ip) {
            ips.push(ip);
        }
    }
    ips
}

/// What an organiser at a page should know. (That it is not open yet, the page tells in its own way.)
fn said(warning: &Warning) -> Option<Sentence> {
    match warning {
        Warning::Readable(path) => {
            let name = path.file_name().unwrap_or_default().display();
            Some(both!(
                "others on this machine may read {name}, which is the server's alone: ask whoever looks after the machine to take that away",
                "{name} могут читать другие пользователи этой машины, а это только для сервера: попросите того, кто ведёт машину, закрыть \
                 его"
            ))
        }
        Warning::Plain => Some(both!(
            "others reach this address without encryption: browsers on telephones and other computers cannot vote there, and whoever \
             listens on the way sees who votes; somebody who runs servers has to put an address that begins with https before it",
            "этот адрес доступен другим без шифрования: из браузеров на телефонах и других компьютерах там проголосовать нельзя, а \
             кто подслушивает сеть, видит, кто голосует; нужен адрес, который начинается с https: его сделает тот, кто ведёт серверы"
        )),
        Warning::CardsBeside => Some(both!("cards lie beside the server", "карточки лежат рядом с сервером")),
        Warning::NotOpenYet => None,
    }
}

async fn stop(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    desk.place(&name)?;
    let _held = desk.hold(&name)?;
    super::answer::answer(json!({ "unfinished": desk.hosted.stop(&name).await }))
}

/// Notes the turnout while it changes: the log itself does not tell when somebody voted.
async fn note_turnout(desk: Arc<Desk>, name: String, home: Home) {
    let mut last = turnout(&home).ok().and_then(|noted| noted.last().copied());
    loop {
        tokio::time::sleep(TURNOUT_PERIOD).await;
        let now = desk.hosted.published(&name, |published| (published.phase, published.ballots)).await;
        let Some((phase, ballots)) = now else { continue };
        let counts = matches!(phase, Phase::Open | Phase::Paused);
        if counts && last.is_none_or(|(_, before)| before != ballots) {
            let line = (Clock::system().wall(), ballots);
            // A picture that lacks a point harms nobody.
            if note_line(&home, line).is_ok() {
                last = Some(line);
            }
        }
    }
}

fn note_line(home: &Home, (at, ballots): (u64, u64)) -> std::io::Result<()> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(home.path(TURNOUT_FILE));
    file?.write_all(format!("[{at},{ballots}]\n").as_bytes())
}

/// The turnout as it was noted, oldest first.
///
/// # Errors
/// The disk.
pub fn turnout(home: &Home) -> Result<Vec<(u64, u64)>> {
    let bytes = home.read_if_there(TURNOUT_FILE).map_err(Failure::from)?.unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    let noted: Vec<_> = lines.collect();
    Ok(noted.split_at(noted.len().saturating_sub(TURNOUT_MAX)).1.to_vec())
}
