//! How fast a server records, and what each ballot costs it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Message;
use veche::{
    failure::{Failure, Result},
    process, progress, tr,
};
use veche_client::{Address, sessions::Socket};

use crate::{
    args::LoadArgs,
    crowd::{Answer, Crowd, KEY_POOL, percentile, place_of, warn_of_old_voters},
    machine,
    visits::Visits,
};

const IDLE_SETTLE: Duration = Duration::from_secs(2);

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    casts: usize,
    seconds: f64,
    casts_per_second: f64,
    concurrency: usize,
    rate: Option<f64>,
    /// Where a rate was asked: voters for whom all places at the door were taken.
    late: usize,
    pub failed: usize,
    pub first_failure: Option<String>,
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
    /// First visits to the booth meanwhile: whole ones, those that failed, bytes of their answers.
    visits: usize,
    visits_failed: usize,
    visits_bytes: u64,
}

/// Sessions that have said a number and wait.
pub struct Idle {
    _sockets: Vec<Socket>,
    /// Of the server, for each: memory, and processor time for letting it in.
    kib_per_session: Option<f64>,
    cpu_ms_per_session: Option<f64>,
}

pub async fn open_idle(crowd: &Crowd, count: usize, server: Option<u32>) -> Result<Option<Idle>> {
    if count == 0 {
        return Ok(None);
    }
    let memory = || server.and_then(machine::memory_kib);
    let cpu = || server.and_then(process::cpu_seconds);
    let (before, cpu_before) = (memory(), cpu());
    let bar = progress::bar(count as u64, tr!("idle sessions", "молчащие сеансы"));
    let mut sockets = Vec::with_capacity(count);
    for i in 0..count {
        let mut socket = crowd.address.connect_from(place_of(&crowd.address, i), &crowd.election).await?;
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
    let sessions = sessions_under_way(&crowd.address)?;
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
fn sessions_under_way(address: &Address) -> Result<u64> {
    let metrics = address.get("/metrics")?.unwrap_or_default();
    let metrics = String::from_utf8_lossy(&metrics);
    let is_count = |line: &&str| ["veche_sessions ", "veche_sessions{"].iter().any(|start| line.starts_with(start));
    let counts = metrics.lines().filter(is_count).filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok());
    Ok(counts.sum())
}

pub async fn measure(
    crowd: &Arc<Crowd>,
    args: &LoadArgs,
    server: Option<u32>,
    cores: Option<[usize; 2]>,
    (idle, visits): (Option<&Idle>, Option<&Visits>),
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
    let (visits, visits_failed, visits_bytes) = visits.map(Visits::counted).unwrap_or_default();
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
        visits,
        visits_failed,
        visits_bytes,
    })
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

pub fn show(figures: &Figures, json: bool) {
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
    if figures.visits + figures.visits_failed > 0 {
        let (visits, failed) = (figures.visits, figures.visits_failed);
        let rate = visits as f64 / seconds;
        println!(
            "{}",
            tr!(
                "first visits to the booth: {visits}, {rate:.0} a second; failed: {failed}",
                "первых посещений кабины: {visits}, {rate:.0} в секунду; не удалось: {failed}"
            )
        );
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
