//! `veche load`: many voters at a running server, and what that costs. Each vote is a whole session with a real card;
//! what is saved is the making of RSA keys (a pool is shared, which is said) and of entries (made beforehand), so that
//! the voters' side does not hide the server's.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Message;
use veche_client::Card;
use veche_election::{BallotSeeds, ContestKind, CredentialKey, Election, PreparedBallot, VoterNumber, entry::Position};
use veche_server::{
    Home, descriptors,
    home::{CARDS_DIR, CARDS_FILE},
};
use veche_session::voter::{Outcome, Why};

use crate::{
    cards,
    cli::json_help,
    client::{self, ClientError, SessionKeys},
    failure::{Exit, Failure, Result},
    lang::tr,
    process, progress, status,
};

mod hostile;

/// RSA key pairs shared by all voters; a real voter makes a fresh pair for each session.
const KEY_POOL: usize = 8;
/// Sessions from one address of the loopback, below what a server allows by default.
const SESSIONS_PER_ADDRESS: usize = 100;
/// Cards that strangers take of those that are left.
const HOSTILE_CARDS: usize = 64;
/// Ballots that a voter tries in one session before giving up: a first, and one on top of what was there.
const TRIES_MAX: u32 = 2;
const IDLE_SETTLE: Duration = Duration::from_secs(2);

#[derive(Args)]
pub struct LoadArgs {
    #[arg(help = tr!("The server, http://address", "Сервер, http://адрес"))]
    url: String,
    #[arg(long, value_name = "DIR", help = tr!("The election's folder, with the voters' cards", "Папка выборов с карточками"))]
    cards: PathBuf,
    #[arg(long, help = tr!("How many ballots are cast; more than there are cards go round again", "Сколько бюллетеней; если больше карточек, голосуют снова"))]
    voters: usize,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("Leave out the first N cards: voters of an earlier run",
        "Пропустить первые N карточек: они уже голосовали"))]
    skip: usize,
    #[arg(long, default_value_t = 64, help = tr!("Voters at the door at once", "Избирателей одновременно"))]
    concurrency: usize,
    #[arg(long, help = tr!("So many new voters a second, whatever the server does [default: each as soon as the one before is done]",
        "Столько новых избирателей в секунду независимо от сервера [следующий, как только закончил прежний]"))]
    rate: Option<f64>,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("First open N sessions that only say their number, and measure the server's memory",
        "Сначала открыть N молчащих сеансов и измерить память сервера"))]
    idle: usize,
    #[arg(long, value_name = "SERVER,CLIENT", value_delimiter = ',', help = tr!("Keep the server and this program on these cores (Linux)",
        "Держать сервер и эту программу на этих ядрах (Linux)"))]
    pin: Option<Vec<usize>>,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("N strangers attack the server in rounds while voters vote; on 127.0.0.1 only",
        "N чужаков нападают раундами, пока избиратели голосуют; только на 127.0.0.1"))]
    hostile: usize,
    #[arg(long, default_value_t = 5, requires = "hostile", help = tr!("Rounds, half of each quiet", "Раундов, половина каждого тихая"))]
    rounds: u32,
    #[arg(long, default_value_t = 5.0, requires = "hostile", help = tr!("Seconds of half a round", "Секунд в половине раунда"))]
    round_seconds: f64,
    #[arg(long, help = tr!("The server's process [default: who holds the lock of the folder]", "Процесс сервера [держатель lock папки]"))]
    server_pid: Option<u32>,
    #[arg(long, help = json_help())]
    json: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Figures {
    casts: usize,
    seconds: f64,
    casts_per_second: f64,
    concurrency: usize,
    rate: Option<f64>,
    /// Where a rate was asked: voters for whom all places at the door were taken.
    late: usize,
    failed: usize,
    first_failure: Option<String>,
    /// Of the casts: entries that were in the log before this run, so that nothing was written for them.
    known_before: usize,
    /// Of the casts: voters whose first ballot was refused, having voted before this run.
    second_tries: usize,
    /// From ballot sent to «да» received, in milliseconds.
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    server_pid: Option<u32>,
    server_cpu_ms_per_cast: Option<f64>,
    /// Of a processor core, over the whole run.
    server_busy: Option<f64>,
    client_cpu_ms_per_cast: Option<f64>,
    cores: Option<[usize; 2]>,
    shared_rsa_key_pairs: usize,
    idle_sessions: usize,
    idle_kib_per_session: Option<f64>,
    idle_cpu_ms_per_session: Option<f64>,
}

struct Voter {
    number: VoterNumber,
    credential: CredentialKey,
    /// Where the next ballot stands, and its entry if it was made beforehand.
    next: Position,
    entry: Option<String>,
}

/// Everything that the voters share.
struct Crowd {
    url: String,
    election: Arc<Election>,
    voters: Vec<tokio::sync::Mutex<Voter>>,
    numbers: Vec<VoterNumber>,
    pool: Vec<Arc<SessionKeys>>,
    next: AtomicUsize,
    /// The size of the log when the first of them comes.
    log_size: u64,
    known_before: AtomicUsize,
    second_tries: AtomicUsize,
}

pub async fn run(args: LoadArgs) -> Result<()> {
    let url = client::check_url(&args.url)?;
    if args.voters == 0 || args.concurrency == 0 || args.rate.is_some_and(|rate| rate.is_nan() || rate <= 0.0) {
        return Err(Failure::usage(tr!(
            "voters, concurrency and rate must be more than zero",
            "voters, concurrency и rate должны быть больше нуля"
        )));
    }
    let home = Home::new(&args.cards);
    let election = Arc::new(client::fetch_election(&url)?.with_tables());
    let server = args.server_pid.or_else(|| process::holder(&home));
    let cores = match args.pin.as_deref() {
        None => None,
        Some([server_core, client_core]) => Some([*server_core, *client_core]),
        Some(_) => {
            return Err(Failure::usage(tr!("--pin takes two cores, such as 0,1", "--pin: два ядра, например 0,1")));
        }
    };
    // A file for each connection; where there cannot be so many, connecting says so.
    let _ = descriptors::raise_limit();
    let strangers = if args.hostile > 0 { HOSTILE_CARDS } else { 0 };
    let mut crowd = gather(&home, url, election, args.skip, args.voters + strangers)?;
    let strangers = crowd.voters.split_off(args.voters.min(crowd.voters.len()));
    let crowd = Arc::new(crowd);
    if let Some([server_core, client_core]) = cores {
        let server = server.ok_or_else(|| {
            Failure::usage(tr!("which process is the server? Say --server-pid", "какой процесс — сервер? --server-pid"))
        })?;
        process::pin(server, server_core)
            .and_then(|()| process::pin(std::process::id(), client_core))
            .map_err(|error| Failure::other(tr!("cores cannot be chosen: {error}", "ядра выбрать нельзя: {error}")))?;
    }
    if args.hostile > 0 {
        let cards = strangers.into_iter().map(tokio::sync::Mutex::into_inner).collect();
        return under_attack(&crowd, cards, &args, server).await;
    }
    let idle = open_idle(&crowd, args.idle, server).await?;
    let figures = measure(&crowd, &args, server, cores, idle.as_ref()).await?;
    drop(idle);
    show(&figures, args.json);
    all_recorded(figures.failed, figures.first_failure)
}

async fn under_attack(crowd: &Arc<Crowd>, cards: Vec<Voter>, args: &LoadArgs, server: Option<u32>) -> Result<()> {
    let flood = hostile::Flood::new(crowd.clone(), cards, args.hostile)?;
    let (failed, first) = {
        let figures = hostile::measure(crowd, &flood, args, server).await?;
        hostile::show(&figures, args.json);
        figures.failures()
    };
    all_recorded(failed, first)
}

fn all_recorded(failed: usize, first: Option<String>) -> Result<()> {
    if failed == 0 {
        return Ok(());
    }
    let why = first.unwrap_or_default();
    Err(Failure::new(
        Exit::BallotRefused,
        tr!("{failed} ballots were not recorded; the first: {why}", "не записано бюллетеней: {failed}; первый: {why}"),
    ))
}

/// Cards, keys, and the first entry of each voter.
fn gather(home: &Home, url: String, election: Arc<Election>, skip: usize, voters: usize) -> Result<Crowd> {
    let cards = read_cards(home, skip, voters)?;
    let log_size = status::fetch(&url)?.entries;
    let bar = progress::bar((cards.len() + KEY_POOL) as u64, tr!("cards and keys", "карточки и ключи"));
    let pool = (0..KEY_POOL).map(|_| SessionKeys::generate().map(Arc::new).map_err(Failure::other));
    let pool = pool.inspect(|_| bar.inc(1)).collect::<Result<Vec<_>>>()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let made = std::thread::scope(|scope| {
        let parts = cards.chunks(cards.len().div_ceil(threads).max(1)).map(|part| {
            let (election, bar) = (&election, &bar);
            scope.spawn(move || part.iter().map(|card| prepare(election, card, bar)).collect::<Result<Vec<_>>>())
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .map(|part| part.join().map_err(|_| Failure::other("a thread died"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    bar.finish_and_clear();
    let voters: Vec<Voter> = made.into_iter().flatten().collect();
    let numbers = voters.iter().map(|voter| voter.number).collect();
    let voters = voters.into_iter().map(tokio::sync::Mutex::new).collect();
    Ok(Crowd {
        url,
        election,
        voters,
        numbers,
        pool,
        next: AtomicUsize::new(0),
        log_size,
        known_before: AtomicUsize::new(0),
        second_tries: AtomicUsize::new(0),
    })
}

fn prepare(election: &Election, card: &Card, bar: &indicatif::ProgressBar) -> Result<Voter> {
    if card.election != election.id() {
        return Err(Failure::usage(tr!("these cards are of another election", "карточки от других выборов")));
    }
    let credential = card.secret()?.key(election.draft_id());
    let entry = Some(new_entry(election, &credential, card.number, Position::FIRST)?);
    bar.inc(1);
    Ok(Voter { number: card.number, credential, next: Position::FIRST, entry })
}

fn read_cards(home: &Home, skip: usize, most: usize) -> Result<Vec<Card>> {
    let no_cards = || {
        let dir = home.dir().display();
        Failure::usage(tr!("there are no cards in {dir}", "в {dir} нет карточек"))
    };
    if home.path(CARDS_FILE).exists() {
        let lines = String::from_utf8(home.read(CARDS_FILE)?).map_err(Failure::other)?;
        let card = |line: &str| Card::parse(line.as_bytes()).ok_or_else(no_cards);
        let cards: Vec<Card> = lines.lines().skip(skip).take(most).map(card).collect::<Result<_>>()?;
        return if cards.is_empty() { Err(no_cards()) } else { Ok(cards) };
    }
    let files = std::fs::read_dir(home.path(CARDS_DIR)).map_err(|_| no_cards())?;
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    let cards: Vec<Card> = paths.iter().skip(skip).take(most).map(|path| cards::read(path)).collect::<Result<_>>()?;
    if cards.is_empty() { Err(no_cards()) } else { Ok(cards) }
}

/// Marks that fit, different from voter to voter.
fn marks(election: &Election, number: VoterNumber) -> Vec<String> {
    let voter = usize::try_from(number.get()).unwrap_or(0);
    let contest = |contest: &veche_election::Contest| {
        let (levels, rows) = (&contest.levels, contest.candidates.len());
        let level = |row: usize| match (contest.kind, contest.approvals) {
            (ContestKind::Single, _) => usize::from(row == voter % rows.max(1)),
            (ContestKind::Score, Some(bounds)) => usize::from((voter + row) % rows.max(1) < bounds.most as usize),
            (ContestKind::Score, None) => (voter + row) % levels.len().max(1),
        };
        let chosen: Vec<&str> = (0..rows).filter_map(|row| levels.get(level(row))).map(String::as_str).collect();
        chosen.join(if contest.is_compact() { "" } else { "," })
    };
    election.contests().iter().map(contest).collect()
}

fn new_entry(election: &Election, credential: &CredentialKey, number: VoterNumber, at: Position) -> Result<String> {
    let seed = crate::setup::ballot_seed(&BallotSeeds::new(credential.clone()))?;
    let prepared = PreparedBallot::new(election, credential.public(), at, marks(election, number), &seed);
    let entry = prepared.map_err(|error| Failure::new(Exit::BallotRefused, error))?.sign(credential);
    String::from_utf8(entry).map_err(Failure::other)
}

/// Sessions that have said a number and wait.
struct Idle {
    _sockets: Vec<client::Socket>,
    /// Of the server, for each: memory, and processor time for letting it in.
    kib_per_session: Option<f64>,
    cpu_ms_per_session: Option<f64>,
}

async fn open_idle(crowd: &Crowd, count: usize, server: Option<u32>) -> Result<Option<Idle>> {
    if count == 0 {
        return Ok(None);
    }
    let memory = || server.and_then(process::memory_kib);
    let cpu = || server.and_then(process::cpu_seconds);
    let (before, cpu_before) = (memory(), cpu());
    let bar = progress::bar(count as u64, tr!("idle sessions", "молчащие сеансы"));
    let mut sockets = Vec::with_capacity(count);
    for i in 0..count {
        let mut socket = client::connect_from(address(&crowd.url, i), &crowd.url, &crowd.election).await?;
        let voter = crowd.voters.get(i % crowd.voters.len()).ok_or_else(|| Failure::other("nobody"))?;
        let number = voter.lock().await.number.to_string();
        socket.send(Message::text(number)).await.map_err(Failure::other)?;
        match socket.next().await {
            Some(Ok(Message::Text(_))) => sockets.push(socket),
            other => return Err(Failure::other(format!("idle session {i}: {other:?}"))),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tokio::time::sleep(IDLE_SETTLE).await;
    let sessions = sessions_under_way(&crowd.url)?;
    if sessions < count as u64 {
        let cards = crowd.voters.len();
        return Err(Failure::usage(tr!(
            "of {count} idle sessions the server keeps {sessions}: more than its limits allow, or too many for each of {cards} cards",
            "из {count} молчащих сеансов сервер держит {sessions}: больше не позволяют его пределы или число карточек, {cards}"
        )));
    }
    let each = count as f64;
    let kib_per_session = before.zip(memory()).map(|(before, after)| after.saturating_sub(before) as f64 / each);
    let cpu_ms_per_session = cpu_before.zip(cpu()).map(|(before, after)| (after - before) * 1_000.0 / each);
    Ok(Some(Idle { _sockets: sockets, kib_per_session, cpu_ms_per_session }))
}

/// What the server's metrics say, of all kinds of session together.
fn sessions_under_way(url: &str) -> Result<u64> {
    let metrics = client::get(url, "/metrics")?.unwrap_or_default();
    let metrics = String::from_utf8_lossy(&metrics);
    let is_count = |line: &&str| ["veche_sessions ", "veche_sessions{"].iter().any(|start| line.starts_with(start));
    let counts = metrics.lines().filter(is_count).filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok());
    Ok(counts.sum())
}

/// To a server on the loopback voters come from many of its addresses, no two of them neighbours, so that limits by
/// address do not bind.
fn address(url: &str, i: usize) -> Option<IpAddr> {
    let local = ["http://127.0.0.1:", "https://127.0.0.1:"].iter().any(|start| url.starts_with(start));
    let n = u32::try_from(i / SESSIONS_PER_ADDRESS % 60_000).ok()?;
    local.then(|| IpAddr::V4(Ipv4Addr::from(0x7F01_0001 + (n << 8))))
}

type Answer = std::result::Result<Duration, String>;

async fn measure(
    crowd: &Arc<Crowd>,
    args: &LoadArgs,
    server: Option<u32>,
    cores: Option<[usize; 2]>,
    idle: Option<&Idle>,
) -> Result<Figures> {
    let cpu = |id: Option<u32>| id.and_then(process::cpu_seconds);
    let (server_before, client_before) = (cpu(server), cpu(Some(std::process::id())));
    let bar = progress::bar(args.voters as u64, tr!("voting", "голосование"));
    let began = Instant::now();
    let (answers, late) = match args.rate {
        None => (as_fast_as_answered(crowd, args, &bar).await?, 0),
        Some(rate) => at_a_rate(crowd, args, rate, &bar).await?,
    };
    let seconds = began.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let mut waits: Vec<f64> = Vec::new();
    let mut failures = Vec::new();
    for answer in answers {
        match answer {
            Ok(waited) => waits.push(waited.as_secs_f64() * 1_000.0),
            Err(why) => failures.push(why),
        }
    }
    waits.sort_by(f64::total_cmp);
    let casts = waits.len();
    let spent = |before: Option<f64>, id| before.zip(cpu(id)).map(|(before, after)| after - before);
    let (server_cpu, client_cpu) = (spent(server_before, server), spent(client_before, Some(std::process::id())));
    let each = |cpu: f64| cpu * 1_000.0 / casts.max(1) as f64;
    Ok(Figures {
        casts,
        seconds,
        casts_per_second: casts as f64 / seconds,
        concurrency: args.concurrency,
        rate: args.rate,
        late,
        failed: failures.len(),
        first_failure: failures.into_iter().next(),
        known_before: crowd.known_before.load(Ordering::Relaxed),
        second_tries: crowd.second_tries.load(Ordering::Relaxed),
        p50_ms: percentile(&waits, 50),
        p90_ms: percentile(&waits, 90),
        p99_ms: percentile(&waits, 99),
        max_ms: percentile(&waits, 100),
        server_pid: server,
        server_cpu_ms_per_cast: server_cpu.map(each),
        server_busy: server_cpu.map(|cpu| cpu / seconds),
        client_cpu_ms_per_cast: client_cpu.map(each),
        cores,
        shared_rsa_key_pairs: KEY_POOL,
        idle_sessions: args.idle,
        idle_kib_per_session: idle.and_then(|idle| idle.kib_per_session),
        idle_cpu_ms_per_session: idle.and_then(|idle| idle.cpu_ms_per_session),
    })
}

/// The smallest value that so many per cent do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

async fn as_fast_as_answered(crowd: &Arc<Crowd>, args: &LoadArgs, bar: &indicatif::ProgressBar) -> Result<Vec<Answer>> {
    let mut places = tokio::task::JoinSet::new();
    for place in 0..args.concurrency {
        let (crowd, bar, casts) = (crowd.clone(), bar.clone(), args.voters);
        places.spawn(async move {
            let mut answers = Vec::new();
            loop {
                let i = crowd.next.fetch_add(1, Ordering::Relaxed);
                if i >= casts {
                    return answers;
                }
                answers.push(crowd.vote(i, place).await);
                bar.inc(1);
            }
        });
    }
    Ok(places.join_all().await.into_iter().flatten().collect())
}

/// Voters come by the clock. A server that falls behind sees them all the same, up to the places at the door.
async fn at_a_rate(
    crowd: &Arc<Crowd>,
    args: &LoadArgs,
    rate: f64,
    bar: &indicatif::ProgressBar,
) -> Result<(Vec<Answer>, usize)> {
    let doors = Arc::new(tokio::sync::Semaphore::new(args.concurrency));
    let mut voters = tokio::task::JoinSet::new();
    let mut late = 0;
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    for i in 0..args.voters {
        clock.tick().await;
        let door = match doors.clone().try_acquire_owned() {
            Ok(door) => door,
            Err(_) => {
                late += 1;
                doors.clone().acquire_owned().await.map_err(Failure::other)?
            }
        };
        let (crowd, bar) = (crowd.clone(), bar.clone());
        voters.spawn(async move {
            let answer = crowd.vote(i, i).await;
            bar.inc(1);
            drop(door);
            answer
        });
    }
    Ok((voters.join_all().await, late))
}

impl Crowd {
    async fn vote(&self, i: usize, place: usize) -> Answer {
        self.vote_from(i, address(&self.url, place)).await
    }

    async fn vote_from(&self, i: usize, from: Option<IpAddr>) -> Answer {
        let nobody = || "nobody".to_owned();
        let mut voter = self.voters.get(i % self.voters.len()).ok_or_else(nobody)?.lock().await;
        let keys = self.pool.get(i % KEY_POOL).ok_or_else(nobody)?;
        let socket = client::connect_from(from, &self.url, &self.election).await;
        let socket = socket.map_err(|error| error.to_string())?;
        let (number, credential) = (voter.number, voter.credential.clone());
        let mut tries = 0;
        let mut refused = None;
        let mut next_entry = |why: Why| {
            tries += 1;
            if let Why::Refused(no) = why {
                refused = Some(no.code);
                // Somebody has voted with this card before: the new ballot goes on top.
                let last = no.last?.ballot;
                voter.next = Position { seq: last.entry.seq + 1, prev: last.leaf };
            }
            let made = voter.entry.take();
            let entry = made.or_else(|| new_entry(&self.election, &credential, number, voter.next).ok());
            entry.filter(|_| tries <= TRIES_MAX)
        };
        let mut waited = None;
        let cast = client::cast_over(socket, &self.election, number, &credential, keys, &mut next_entry, &mut waited);
        match (cast.await, refused) {
            (Ok(Outcome::Recorded { checked, .. }), _) => {
                let count = |counter: &AtomicUsize, counts| counter.fetch_add(usize::from(counts), Ordering::Relaxed);
                count(&self.known_before, checked.index < self.log_size);
                count(&self.second_tries, refused.is_some());
                voter.next = Position { seq: checked.ballot.entry.seq + 1, prev: checked.ballot.leaf };
                Ok(waited.unwrap_or_default())
            }
            (Ok(Outcome::Refused(no)), _) => Err(no.code.name().into()),
            (Ok(Outcome::NotOnRoll), _) => Err("not-on-roll".into()),
            (Err(ClientError::GaveUp), Some(code)) => Err(code.name().into()),
            (Err(error), _) => Err(error.to_string()),
        }
    }
}

fn show(figures: &Figures, json: bool) {
    if json {
        println!("{}", serde_json::to_string_pretty(figures).unwrap_or_default());
        return;
    }
    let Figures { casts, seconds, casts_per_second, concurrency, p50_ms, p90_ms, p99_ms, max_ms, .. } = figures;
    println!(
        "{}",
        tr!(
            "{casts} ballots recorded in {seconds:.1} s: {casts_per_second:.0} a second, {concurrency} voters at once at most\n\
             from ballot sent to «да»: half within {p50_ms:.1} ms, 90% {p90_ms:.1}, 99% {p99_ms:.1}, all {max_ms:.1}",
            "записано бюллетеней: {casts} за {seconds:.1} с, {casts_per_second:.0} в секунду, не более {concurrency} сразу\n\
             от бюллетеня до «да»: половина за {p50_ms:.1} мс, 90% {p90_ms:.1}, 99% {p99_ms:.1}, все {max_ms:.1}"
        )
    );
    if let (Some(pid), Some(cpu), Some(busy)) =
        (figures.server_pid, figures.server_cpu_ms_per_cast, figures.server_busy)
    {
        println!(
            "{}",
            tr!(
                "server (process {pid}): {cpu:.2} ms of CPU for each, {:.0}% of a core",
                "сервер (процесс {pid}): {cpu:.2} мс процессора на каждый, {:.0}% ядра",
                busy * 100.0
            )
        );
    }
    if let Some(kib) = figures.idle_kib_per_session {
        let idle = figures.idle_sessions;
        println!("{}", tr!("{idle} idle sessions: {kib:.1} KiB each", "молчащих сеансов {idle}: по {kib:.1} КиБ"));
    }
    warn_of_old_voters(figures.known_before, figures.second_tries);
    let pool = figures.shared_rsa_key_pairs;
    println!(
        "{}",
        tr!(
            "{pool} RSA key pairs were shared among the voters; a real voter makes a fresh one for each session",
            "{pool} пар ключей RSA на всех избирателей; настоящий делает свежую на каждый сеанс"
        )
    );
}

fn warn_of_old_voters(known_before: usize, second_tries: usize) {
    if known_before + second_tries > 0 {
        println!(
            "{}",
            tr!(
                "NOT FRESH: {known_before} of these ballots were in the log before, and {second_tries} voters had voted \
                 before: the figures are not those of new voters. --skip leaves out earlier ones",
                "НЕ С НАЧАЛА: {known_before} из этих бюллетеней уже были в журнале, и {second_tries} избирателей уже \
                 голосовали: это не цифры новых избирателей. --skip пропускает прежних"
            )
        );
    }
}
