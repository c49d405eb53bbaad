//! `--hostile`: strangers who do all that a stranger can do to keep voters from being served, each from an
//! address of the loopback of its own, so that nothing outside this machine can be attacked with it. They come and go in
//! rounds; what honest voters wait in a quiet round is compared with what they wait in the flood beside it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use data_encoding::BASE64URL_NOPAD;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
};
use tokio_tungstenite::tungstenite::Message;
use veche::{
    failure::{Failure, Result},
    process, progress, randomness, tr,
};
use veche_client::{
    casting::Caller,
    sessions::{Socket, cast_over},
};
use veche_election::{
    Ballot, BallotEntry, BallotSeeds, CredentialKey, Election, PreparedBallot, SigningKey, VoterNumber, canonical,
    entry::{BALLOT_VERSION, EntryBytes, Position},
};
use veche_session::{sealed::token_max_bytes, voter::Why};

use crate::{
    args::LoadArgs,
    crowd::{Answer, Crowd, KEY_POOL, Voter, marks, percentile, warn_of_old_voters},
};

/// Strangers' addresses: 127.0.0.2, 127.0.1.2 and on, 249 of them, no two neighbours.
const ADDRESSES: usize = 249;
/// Sessions, or half-open sockets, that one stranger holds before letting go of them all.
const HELD_MAX: usize = 20;
/// The same bad ballot, again and again in one session.
const BAD_BALLOTS: u32 = 5;
const SLOW_BYTE_EVERY: Duration = Duration::from_millis(100);
/// `,"sig":"…"}` at the end of an entry.
const SIG_FIELD_BYTES: usize = 8 + 86 + 2;
/// A stranger gives up what takes longer.
const DEED_TIMEOUT: Duration = Duration::from_secs(20);
/// What a stranger does after failing to do anything at all, so as not to turn in circles in this machine only.
const BREATH: Duration = Duration::from_millis(5);
/// Of addresses that nobody has seen before the first deeds cost as much as a voter's: how long that may last.
const ONSET: Duration = Duration::from_millis(1_500);
/// Between flood and quiet: the server lets go of what is left.
const SETTLE: Duration = Duration::from_millis(500);
/// The lowest priority: strangers take what honest voters' programs leave of the core.
const NICENESS: i32 = 19;

/// What a stranger does, in the order of `Hostile::deeds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    /// A real card, well sealed, and a ballot whose proof (or, in an open election, signature) does not hold.
    BadBallot,
    /// Well sealed under another voter's number, without that voter's card.
    NoCard,
    /// The form of a sealed ballot, so that the server decrypts, and nothing in it.
    Junk,
    Abandon,
    /// Opens sessions and keeps them.
    Hoard,
    /// Half-open sockets and garbage.
    Garbage,
    /// A byte now and then, pings without end.
    Slow,
}

const DEEDS: [Deed; 7] =
    [Deed::BadBallot, Deed::NoCard, Deed::Junk, Deed::Abandon, Deed::Hoard, Deed::Garbage, Deed::Slow];

/// All strangers, on a thread of their own.
pub struct Flood {
    go: watch::Sender<bool>,
    strangers: Arc<Strangers>,
    /// `None` only while being dropped.
    runtime: Option<tokio::runtime::Runtime>,
}

struct Strangers {
    crowd: Arc<Crowd>,
    server: SocketAddr,
    /// A bad ballot for each card that strangers hold.
    cards: Vec<(VoterNumber, CredentialKey, EntryBytes)>,
    junk: String,
    done: [AtomicU64; DEEDS.len()],
}

impl Flood {
    pub fn new(crowd: Arc<Crowd>, cards: Vec<Voter>, count: usize) -> Result<Self> {
        let server = crowd.address.url().strip_prefix("http://").and_then(|address| address.parse().ok());
        let server = server.filter(|address: &SocketAddr| address.ip() == Ipv4Addr::LOCALHOST).ok_or_else(|| {
            Failure::usage(tr!(
                "--hostile attacks http://127.0.0.1:PORT and nothing else",
                "--hostile нападает только на http://127.0.0.1:ПОРТ"
            ))
        })?;
        if cards.is_empty() {
            return Err(Failure::usage(tr!(
                "--hostile needs cards beside those of the honest voters: --voters must be less than there are cards",
                "--hostile нужны карточки сверх тех, что у честных: --voters должно быть меньше, чем карточек"
            )));
        }
        let cards = cards.into_iter().map(|card| {
            let entry = bad_ballot(&crowd.election, &card)?;
            Ok((card.number, card.credential, entry))
        });
        let cards = cards.collect::<Result<Vec<_>>>()?;
        let junk = junk(&crowd.election)?;
        let strangers = Arc::new(Strangers { crowd, server, cards, junk, done: Default::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_start(|| {
                let _ = rustix::process::setpriority_process(None, NICENESS);
            })
            .enable_all()
            .build()
            .map_err(Failure::other)?;
        let (go, may) = watch::channel(false);
        for i in 0..count {
            runtime.spawn(strangers.clone().live(i, may.clone()));
        }
        Ok(Self { go, strangers, runtime: Some(runtime) })
    }

    fn set(&self, on: bool) {
        let _ = self.go.send(on);
    }

    fn done(&self) -> u64 {
        self.strangers.done.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Everything about it is right but the last thing that is checked: the proof is that of another ballot of this voter.
fn bad_ballot(election: &Election, card: &Voter) -> Result<EntryBytes> {
    let prepare = |at| {
        let seed = randomness::ballot_seed(&BallotSeeds::new(card.credential.clone()))?;
        let prepared = PreparedBallot::new(election, card.credential.public(), at, marks(election, card.number), &seed);
        let bytes = prepared.map_err(Failure::other)?.sign(&card.credential);
        canonical::parse::<BallotEntry>(&bytes).map_err(Failure::other)
    };
    let mut entry = prepare(Position::FIRST)?;
    let other = prepare(Position { seq: 2, ..Position::FIRST })?;
    entry.sig = other.sig;
    if let (Ballot::Secret { proof, .. }, Ballot::Secret { proof: other, .. }) = (&mut entry.ballot, other.ballot) {
        *proof = other;
        let bytes = canonical::write(&entry);
        let unsigned = bytes.get(..bytes.len().saturating_sub(SIG_FIELD_BYTES)).unwrap_or_default();
        entry.sig = card.credential.0.sign(BALLOT_VERSION, &[unsigned]);
    }
    Ok(canonical::write_text(&entry).into())
}

/// A token of the right form and length with random bytes in it.
fn junk(election: &Election) -> Result<String> {
    let random = |bytes: usize| {
        let mut random = vec![0; bytes];
        aws_lc_rs::rand::fill(&mut random).map_err(Failure::other)?;
        Ok::<_, Failure>(BASE64URL_NOPAD.encode(&random))
    };
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#);
    let text = election.session().up_bytes as usize;
    let token = format!("{header}.{}.{}.{}.{}", random(384)?, random(12)?, random(text)?, random(16)?);
    if token.len() > token_max_bytes(election.session().up_bytes) {
        return Err(Failure::other("a junk token is too long"));
    }
    Ok(token)
}

impl Strangers {
    async fn live(self: Arc<Self>, i: usize, mut may: watch::Receiver<bool>) {
        let Some(deed) = DEEDS.get(i % DEEDS.len()).copied() else { return };
        let from = IpAddr::V4(Ipv4Addr::from(0x7F00_0002 + (u32::try_from(i % ADDRESSES).unwrap_or(0) << 8)));
        loop {
            if may.wait_for(|may| *may).await.is_err() {
                return;
            }
            let mut stop = may.clone();
            tokio::select! {
                _ = stop.wait_for(|may| !*may) => {}
                () = self.work(deed, i, from) => {}
            }
        }
    }

    /// Until it is interrupted.
    async fn work(&self, deed: Deed, i: usize, from: IpAddr) {
        let mut held = Held::default();
        loop {
            let did = tokio::time::timeout(DEED_TIMEOUT, self.once(deed, i, from, &mut held)).await;
            if let (Ok(Some(())), Some(count)) = (did, self.done.get(deed as usize)) {
                count.fetch_add(1, Ordering::Relaxed);
            } else {
                tokio::time::sleep(BREATH).await;
            }
            if held.sessions.len() + held.sockets.len() >= HELD_MAX {
                held = Held::default();
            }
        }
    }

    async fn once(&self, deed: Deed, i: usize, from: IpAddr, held: &mut Held) -> Option<()> {
        match deed {
            Deed::BadBallot => {
                let (number, credential, entry) = self.cards.get(i % self.cards.len())?;
                self.bring(i, from, *number, credential, entry).await
            }
            Deed::NoCard => {
                let stranger = CredentialKey(SigningKey::from_seed(&randomness::random().ok()?));
                let victim = self.crowd.numbers.get(i % self.crowd.numbers.len())?;
                let entry = &self.cards.get(i % self.cards.len())?.2;
                self.bring(i, from, *victim, &stranger, entry).await
            }
            Deed::Junk => {
                let mut socket = self.knock(i, from).await?;
                socket.send(Message::text(self.junk.as_str())).await.ok()?;
                socket.next().await.map(drop)
            }
            Deed::Abandon => self.knock(i, from).await.map(drop),
            Deed::Hoard => {
                held.sessions.push(self.knock(i, from).await?);
                Some(())
            }
            Deed::Garbage => {
                let mut socket = self.tcp(from).await?;
                socket.write_all(b"GET /session HTTP/1.1\r\nHost: x\r\nX: ").await.ok()?;
                held.sockets.push(socket);
                let mut other = self.tcp(from).await?;
                other.write_all(&[0xA5; 2_000]).await.ok()?;
                other.read(&mut [0; 64]).await.ok().map(drop)
            }
            Deed::Slow => {
                let mut socket = self.knock(i, from).await?;
                for _ in 0..100 {
                    socket.send(Message::Ping(vec![0; 100].into())).await.ok()?;
                }
                let mut slow = self.tcp(from).await?;
                for byte in b"GET / HTTP/1.1\r\nHost: x\r\n" {
                    slow.write_all(&[*byte]).await.ok()?;
                    tokio::time::sleep(SLOW_BYTE_EVERY).await;
                }
                Some(())
            }
        }
    }

    async fn tcp(&self, from: IpAddr) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind((from, 0).into()).ok()?;
        socket.connect(self.server).await.ok()
    }

    /// A session that has said a number and has its folder.
    async fn knock(&self, i: usize, from: IpAddr) -> Option<Socket> {
        let crowd = &self.crowd;
        let mut socket = crowd.address.connect_from(Some(from), &crowd.election).await.ok()?;
        let number = crowd.numbers.get(i % crowd.numbers.len())?.to_string();
        socket.send(Message::text(number)).await.ok()?;
        match socket.next().await {
            Some(Ok(Message::Text(_))) => Some(socket),
            _ => None,
        }
    }

    async fn bring(
        &self,
        i: usize,
        from: IpAddr,
        at: VoterNumber,
        card: &CredentialKey,
        entry: &EntryBytes,
    ) -> Option<()> {
        let crowd = &self.crowd;
        let keys = crowd.pool.get(i % KEY_POOL)?;
        let mut left = BAD_BALLOTS;
        let mut again = |_: Why| {
            left = left.checked_sub(1)?;
            Some(entry.clone())
        };
        let socket = crowd.address.connect_from(Some(from), &crowd.election).await.ok()?;
        let caller = Caller { election: crowd.election.clone(), number: at, credential: card.clone() };
        let mut waited = None;
        let _ = cast_over(socket, &caller, keys, &mut again, &mut waited).await;
        waited.map(drop)
    }
}

#[derive(Default)]
struct Held {
    sessions: Vec<Socket>,
    sockets: Vec<TcpStream>,
}

/// What honest voters waited, quiet and in the flood.
#[derive(Debug, Serialize)]
pub struct HostileFigures {
    strangers: usize,
    rate: f64,
    rounds: Vec<Round>,
    /// The middle one of the rounds' ratios: what is promised is that it stays under four.
    ratio: f64,
    quiet: Waits,
    flood: Waits,
    /// In the second and a half before, when the flood begins; worst in the first round.
    onset: Waits,
    failed: usize,
    first_failure: Option<String>,
    /// Honest ballots that were in the log already: waits that say nothing.
    known_before: usize,
    /// What strangers did, in all.
    deeds: Vec<(Deed, u64)>,
}

#[derive(Debug, Serialize)]
struct Round {
    quiet: Waits,
    flood: Waits,
    ratio: f64,
    /// Completed by strangers, a second.
    deeds_per_second: f64,
    /// Of a core.
    server_busy: [Option<f64>; 2],
}

impl HostileFigures {
    pub fn failures(self) -> (usize, Option<String>) {
        (self.failed, self.first_failure)
    }
}

/// From ballot sent to «да», in milliseconds; and the whole session, from connecting to the end.
#[derive(Debug, Serialize)]
struct Waits {
    casts: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    session_p99_ms: f64,
}

impl Waits {
    fn of(mut pairs: Vec<(f64, f64)>) -> Self {
        pairs.sort_by(|a, b| f64::total_cmp(&a.0, &b.0));
        let waits: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
        let mut sessions: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
        sessions.sort_by(f64::total_cmp);
        Self {
            casts: waits.len(),
            p50_ms: percentile(&waits, 50),
            p99_ms: percentile(&waits, 99),
            max_ms: percentile(&waits, 100),
            session_p99_ms: percentile(&sessions, 99),
        }
    }
}

pub async fn measure(
    crowd: &Arc<Crowd>,
    flood: &Flood,
    args: &LoadArgs,
    server: Option<u32>,
) -> Result<HostileFigures> {
    let rate = args.rate.unwrap_or(40.0);
    let bar = progress::bar(u64::from(args.rounds), tr!("rounds", "раунды"));
    let (mut rounds, mut failures) = (Vec::new(), Vec::new());
    let (mut all_quiet, mut all_flood, mut all_onset) = (Vec::new(), Vec::new(), Vec::new());
    let window = Duration::from_secs_f64(args.round_seconds);
    // Once for nothing: caches, and the server's own warming up.
    window_of_votes(crowd, rate, window / 4).await;
    for _ in 0..args.rounds {
        let busy = || server.and_then(process::cpu_seconds);
        let mut phase = async |all: &mut Vec<(f64, f64)>, window: Duration| {
            let (began, before) = (Instant::now(), busy());
            let mut pairs = Vec::new();
            for answer in window_of_votes(crowd, rate, window).await {
                match answer {
                    Ok((waited, session)) => pairs.push((millis(waited), millis(session))),
                    Err(why) => failures.push(why),
                }
            }
            let share = before.zip(busy()).map(|(before, after)| (after - before) / began.elapsed().as_secs_f64());
            all.extend(&pairs);
            (Waits::of(pairs), share)
        };
        let (quiet, quiet_busy) = phase(&mut all_quiet, window).await;
        flood.set(true);
        phase(&mut all_onset, ONSET).await;
        let before = flood.done();
        let (flooded, flood_busy) = phase(&mut all_flood, window).await;
        flood.set(false);
        let deeds = flood.done() - before;
        rounds.push(Round {
            ratio: flooded.p99_ms / quiet.p99_ms,
            quiet,
            flood: flooded,
            deeds_per_second: deeds as f64 / args.round_seconds,
            server_busy: [quiet_busy, flood_busy],
        });
        bar.inc(1);
        tokio::time::sleep(SETTLE).await;
    }
    bar.finish_and_clear();
    let mut ratios: Vec<f64> = rounds.iter().map(|round| round.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let deeds = DEEDS.iter().zip(&flood.strangers.done).map(|(deed, n)| (*deed, n.load(Ordering::Relaxed)));
    Ok(HostileFigures {
        strangers: args.hostile,
        rate,
        rounds,
        ratio: percentile(&ratios, 50),
        quiet: Waits::of(all_quiet),
        flood: Waits::of(all_flood),
        onset: Waits::of(all_onset),
        failed: failures.len(),
        first_failure: failures.into_iter().next(),
        known_before: crowd.known_before.load(Ordering::Relaxed),
        deeds: deeds.collect(),
    })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

type Timed = std::result::Result<(Duration, Duration), String>;

/// Honest voters come by the clock: every other one from one address, as behind a university's gateway, the rest from
/// addresses of their own.
async fn window_of_votes(crowd: &Arc<Crowd>, rate: f64, window: Duration) -> Vec<Timed> {
    let mut voters = tokio::task::JoinSet::new();
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let began = Instant::now();
    while began.elapsed() < window {
        clock.tick().await;
        let crowd = crowd.clone();
        voters.spawn(async move {
            let i = crowd.next.fetch_add(1, Ordering::Relaxed);
            let own = 0x7F02_0001 + u32::try_from(i % 60_000).unwrap_or(0);
            let from = Ipv4Addr::from(if i.is_multiple_of(2) { 0x7F01_0001 } else { own });
            let began = Instant::now();
            let answer: Answer = crowd.vote_from(i, Some(from.into())).await;
            answer.map(|waited| (waited, began.elapsed()))
        });
    }
    voters.join_all().await
}

pub fn show(figures: &HostileFigures, json: bool) {
    if json {
        println!("{}", serde_json::to_string_pretty(figures).unwrap_or_default());
        return;
    }
    let HostileFigures { strangers, ratio, quiet, flood, .. } = figures;
    println!(
        "{}",
        tr!(
            "{strangers} strangers. 99% of honest voters waited for «да», quiet: {:.1} ms; in the flood: {:.1} ms; \
             {ratio:.1} times as long (middle of the rounds)",
            "чужаков: {strangers}. 99% честных ждали «да» в тишине {:.1} мс, под натиском {:.1} мс; в {ratio:.1} раза \
             дольше (середина раундов)",
            quiet.p99_ms,
            flood.p99_ms
        )
    );
    warn_of_old_voters(figures.known_before, 0);
}
