//! `veche demo`: a whole election on real sockets. A server in a process of its own, a client for every voter, each
//! with the voter's own card; closing, result, record, check. It ends by itself, and stops what it started.

use std::{
    io,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use serde::Deserialize;
use tokio::process::{Child, Command};
use veche_client::{Address, casting::Caller, sessions::SessionKeys};
use veche_election::{
    Act, BallotSeeds, Draft, Election, ElectionResult, Method, PreparedBallot, Roll, Secrecy, VoterNumber, Weight,
    ceremony::{Ceremony, spoken},
    entry::Position,
    manifest::TrusteePlan,
    roll::Voter,
};
use veche_server::{Home, home::RECORD_DIR};
use veche_session::voter::{Outcome, Why};

use crate::{
    acts::{self, Acting},
    args::{json_help, one_of},
    ballots::{BallotArgs, Ballots},
    cards::{self, card_path},
    client,
    config::ElectionFile,
    failure::{Exit, Failure, Result},
    front::Terminal,
    lang::{self, some, tr},
    process, progress, randomness, records,
    serve::End,
    setup::{self, Plan},
    show, trustee, words,
};

const TRUSTEE_NAMES: [&str; 3] = ["Anna", "Boris", "Clara"];
const TRUSTEE_NAMES_RUSSIAN: [&str; 3] = ["Анна", "Борис", "Вера"];
/// Voters at the door at once.
const CONCURRENCY: usize = 32;
/// RSA key pairs shared by the demo's voters; a real voter makes a fresh pair, unnoticed, for each session.
const KEY_POOL: usize = 8;
const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
const DIR_DEFAULT: &str = "demo-election";
/// A folder with this file in it was made by the demo and may be made anew.
const MARKER: &str = ".veche-demo";
/// Each has a client and a card: of so many an afternoon is full.
const VOTERS_MAX: u64 = 100_000;
const BALLOTS_DEFAULT: &[u8] = include_bytes!("../../../examples/akali-skins-2022.csv");
const EXPECTED_DEFAULT: &[u8] = include_bytes!("../../../examples/akali-skins-2022.expected.json");

#[derive(Args)]
pub struct DemoArgs {
    #[arg(long, help = tr!("Real ballots, read as by veche count [default: the 669 ballots of examples/akali-skins-2022.csv]",
        "Настоящие бюллетени, читаются как в veche count [по умолчанию: 669 бюллетеней из examples/akali-skins-2022.csv]"))]
    ballots: Option<PathBuf>,
    #[command(flatten)]
    read: BallotArgs,
    #[arg(long, value_parser = one_of::<Secrecy>(), default_value = "secret", help = tr!("Who sees the scores", "Кто видит оценки"))]
    secrecy: Secrecy,
    #[arg(long, default_value = DIR_DEFAULT, help = tr!("Where the election is made", "Папка для выборов"))]
    dir: PathBuf,
    #[arg(long, help = tr!("Leave one card to you, and go on serving the election when its result is there",
        "Оставить одну карточку вам; сервер работает и после результата"))]
    keep: bool,
    #[arg(long, help = json_help())]
    json: bool,
}

/// Ballots from a file, a voter for each.
struct Poll {
    ballots: Ballots,
    voters: Vec<Voter>,
    /// By voter, then by contest.
    marks: Vec<Vec<String>>,
    expected: Option<Expected>,
}

/// Published totals, `NAME.expected.json` beside `NAME.csv`.
#[derive(Deserialize)]
struct Expected {
    ballots: u64,
    candidates: Vec<ExpectedCandidate>,
}

#[derive(Deserialize)]
struct ExpectedCandidate {
    name: String,
    sum: i64,
    histogram: std::collections::BTreeMap<String, u64>,
}

pub async fn run(args: DemoArgs) -> Result<()> {
    let started = Instant::now();
    let poll = read_poll(&args)?;
    if args.secrecy == Secrecy::Secret && poll.voters.len() == 1 {
        return Err(Failure::usage(tr!(
            "one ballot alone stays no secret, and the trustees open no sum of a single one",
            "один бюллетень тайным не останется, и сумму из одного бюллетеня доверенные не открывают"
        ))
        .next(tr!(
            "Hold it in the open: --secrecy open; or count without an election: veche count FILE --rule sum",
            "Проведите открытое голосование: --secrecy open; или подсчитайте без выборов: veche count ФАЙЛ --rule sum"
        )));
    }
    poll.ballots.told.iter().for_each(|line| say(&show::safe(line)));
    let home = Home::new(&args.dir);
    clear(&home)?;
    let voters = poll.voters.len();
    let title = show::safe(&poll.ballots.title);
    let all = some(voters as u64, "voter", "voters");
    say(&tr!("{title} — {all}", "{title} — избирателей {voters}"));
    let yours = args.keep.then_some(voters + 1);
    // Whoever ends the demo ends its server too, which has a process group of its own.
    let mut end = End::listen()?;
    let trustees = tokio::select! {
        made = make_election(&home, &poll, args.secrecy, yours) => made?,
        () = end.comes() => return cut_short(&home),
    };
    let election = home.election()?;
    let server = start_server(&home, None).await?;
    let url = server.url.clone();
    say(&tr!("server: process {} at {}", "сервер: процесс {} по адресу {}", server.id, server.url));
    let target = args.dir.display().to_string();
    let held = tokio::select! {
        held = hold(&home, &server, &election, poll.marks, &target, &trustees, yours) => held,
        () = end.comes() => {
            server.stop().await?;
            return cut_short(&home);
        }
    };
    if let Some(seconds) = process::cpu_seconds(server.id) {
        let each = words::measured(seconds * 1_000.0 / voters as f64, 2);
        say(&tr!("server: {each} ms of CPU for each ballot", "сервер: {each} мс процессорного времени на бюллетень"));
    }
    let stopped = server.stop().await;
    held?;
    stopped?;
    let record = home.path(RECORD_DIR);
    records::write_record(&home, &record).await?;
    say(&tr!("record: {}", "публичная запись: {}", record.display()));
    let verified = records::check(&record.display().to_string(), &mut Terminal::default())?;
    records::print_checks(&verified);
    if let Some(expected) = &poll.expected {
        // With a ballot of yours among them they cannot be the same.
        if verified.result().ballots == expected.ballots || yours.is_none() {
            compare(verified.result(), expected)?;
            say(&tr!("Totals equal the published ones.", "Суммы равны опубликованным."));
        }
    }
    if args.json {
        println!("{}", show::json(verified.result(), Some(&record.display().to_string())));
    } else {
        println!("\n{}", show::table(verified.election().draft(), verified.result()));
    }
    say(&tr!("Done in {} s.", "Готово за {} с.", words::measured(started.elapsed().as_secs_f64(), 1)));
    if args.keep { keep_serving(&home, &url, end).await } else { Ok(()) }
}

fn cut_short(home: &Home) -> Result<()> {
    say(&tr!(
        "Stopped before the end; what there is of the election lies in {}.",
        "Остановлено раньше времени; что есть от выборов, лежит в {}.",
        home.dir().display()
    ));
    Ok(())
}

/// The pages of an election that is over, where they were before: receipts and open windows name the address.
async fn keep_serving(home: &Home, url: &str, mut end: End) -> Result<()> {
    let server = match start_server(home, Some(url)).await {
        Ok(server) => server,
        // Somebody else has taken the port.
        Err(_) => start_server(home, None).await?,
    };
    let url = &server.url;
    say(&tr!(
        "The election is still served: {url}/   its result: {url}/result   how to check it: {url}/audit\nStop with Ctrl-C.",
        "Сервер выборов работает и дальше: {url}/   результат: {url}/result   как проверить: {url}/audit\nОстановить: Ctrl-C."
    ));
    end.comes().await;
    server.stop().await
}

/// One card is yours, until you say that it is enough.
async fn wait_for_you(home: &Home, server: &ServerProcess, line: usize) -> Result<()> {
    let card = cards::read(&card_path(home, line))?;
    let (number, url, link) = (card.number, &server.url, cards::link(&card, &server.url, true));
    say(&tr!(
        "Now you: vote as often as you like, in the browser by this link, which is the card of voter {number},\n  {}\nor in another \
         terminal:\n  veche vote {number} --url {url} --card {}\nWhat everybody sees: {url}/\nEnter closes the election.",
        "Теперь вы: голосуйте сколько угодно, в браузере по этой ссылке (это карточка избирателя {number}),\n  {}\nили в \
         другом \
         терминале:\n  veche vote {number} --url {url} --card {}\nЧто видят все: {url}/\nEnter закрывает голосование.",
        *link,
        card_path(home, line).display()
    ));
    // A thread of its own: the end of the demo does not wait for a line.
    let (pressed, enter) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || pressed.send(std::io::stdin().read_line(&mut String::new())));
    if enter.await.map_err(Failure::other)?.map_err(Failure::other)? == 0 {
        say(&tr!(
            "The input has ended, so nobody can press Enter here: the election stays open until the demo is stopped (Ctrl-C, or the signal TERM).",
            "Ввод закончился, нажать здесь Enter некому: голосование идёт, пока показ не остановят (Ctrl-C или сигнал TERM)."
        ));
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn say(text: &str) {
    eprintln!("{text}");
}

fn read_poll(args: &DemoArgs) -> Result<Poll> {
    let Some(path) = &args.ballots else {
        let expected = serde_json::from_slice(EXPECTED_DEFAULT).map_err(Failure::other)?;
        let (title, source) = ("akali-skins-2022", "akali-skins-2022.csv");
        return Poll::new(Ballots::read(source, title, BALLOTS_DEFAULT, &args.read)?, Some(expected));
    };
    let ballots = Ballots::open(path, &args.read)?;
    let beside = path.with_extension("expected.json");
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", beside.display()));
    let expected = match std::fs::read(&beside) {
        Ok(json) => Some(serde_json::from_slice(&json).map_err(|error| wrong(&error))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(wrong(&error)),
    };
    Poll::new(ballots, expected)
}

impl Poll {
    fn new(ballots: Ballots, expected: Option<Expected>) -> Result<Self> {
        let (count, _) = ballots.counted();
        if count > VOTERS_MAX {
            return Err(Failure::usage(tr!(
                "{count} ballots are too many for a demonstration, in which each is cast by a client; at most {VOTERS_MAX}",
                "для показа, где каждый бюллетень подаёт отдельный клиент, бюллетеней {count} — слишком много; можно не \
                 больше {VOTERS_MAX}"
            ))
            .next(tr!("Count them without one: veche count FILE --rule sum",
                "Подсчитайте их без показа: veche count ФАЙЛ --rule sum")));
        }
        let (mut voters, mut marks) = (Vec::new(), Vec::new());
        for ballot in &ballots.ballots {
            for _ in 0..ballot.count {
                let number = VoterNumber::new(voters.len() as u64 + 1);
                let number = number.ok_or_else(|| Failure::other("there are too many voters"))?;
                voters.push(Voter { number, name: String::new(), weight: ballot.weight });
                marks.push(ballot.marks.clone());
            }
        }
        Ok(Self { ballots, voters, marks, expected })
    }
}

/// Only a folder that an earlier demo made is made anew.
fn clear(home: &Home) -> Result<()> {
    let dir = home.dir();
    if home.path(MARKER).exists() {
        std::fs::remove_dir_all(dir).map_err(|error| Failure::other(format!("{}: {error}", dir.display())))?;
    } else if dir.exists() {
        return Err(Failure::usage(tr!("{} is there already", "{} уже есть", dir.display()))
            .next(tr!("Choose another folder with --dir.", "Выберите другую папку: --dir.")));
    }
    std::fs::create_dir_all(dir).map_err(|error| Failure::other(format!("{}: {error}", dir.display())))?;
    Ok(home.write_public(MARKER, b"")?)
}

/// In a secret election the trustees make the key first, each in a process of its own, through the server.
async fn make_election(
    home: &Home,
    poll: &Poll,
    secrecy: Secrecy,
    yours: Option<usize>,
) -> Result<Vec<TrusteeProcess>> {
    let file = ElectionFile::of(&poll.ballots.title, poll.ballots.contests(), Method::Sum, secrecy);
    let mut roll = Roll { voters: poll.voters.clone(), ..Roll::default() };
    let one_more = yours.and_then(|number| VoterNumber::new(number as u64));
    roll.voters.extend(one_more.map(|number| Voter { number, name: String::new(), weight: Weight::ONE }));
    let mut plan = Plan { roll, ..Plan::new(file)? };
    let mut trustees = Vec::new();
    if let Some(TrusteePlan { count, threshold }) = plan.draft.trustees {
        setup::create_draft(home, &plan)?;
        say(&tr!(
            "trustees: {count}, a process for every step of each; any {threshold} open the sums",
            "доверенных: {count}, на каждый шаг отдельный процесс; любые {threshold} открывают суммы"
        ));
        let server = start_server(home, None).await?;
        trustees = (1..=count).map(|number| TrusteeProcess { home: home.clone(), number }).collect();
        let made = ceremony(home, &plan.draft, &server, &trustees).await;
        server.stop().await?;
        plan.ceremony = Some(made?);
    }
    let (_, _lock) = setup::create(home, plan, &mut Terminal::default()).await?;
    Ok(trustees)
}

/// Register, deal, accept, with the codes that trustees would read to each other.
async fn ceremony(home: &Home, draft: &Draft, server: &ServerProcess, trustees: &[TrusteeProcess]) -> Result<Ceremony> {
    let names = if lang::is_russian() { TRUSTEE_NAMES_RUSSIAN } else { TRUSTEE_NAMES };
    for (trustee, name) in trustees.iter().zip(names.iter().cycle()) {
        let number = trustee.number.to_string();
        trustee.run(&server.url, "register", &["--number", &number, "--name", name]).await?;
    }
    let table = spoken(home.ceremony_so_far(draft)?.table());
    // At once, as trustees on one call would: each waits for the others' commitments.
    let code = ["--code", table.as_str()];
    let dealing = trustees.iter().map(|trustee| trustee.run(&server.url, "deal", &code));
    futures_util::future::join_all(dealing).await.into_iter().collect::<Result<()>>()?;
    let transcript = spoken(home.ceremony_so_far(draft)?.transcript());
    for trustee in trustees {
        trustee.run(&server.url, "accept", &["--code", &transcript]).await?;
    }
    say(&tr!("trustees: the key is made, ceremony {transcript}", "доверенные: ключ создан, церемония {transcript}"));
    Ok(home.ceremony_so_far(draft)?)
}

/// A trustee: a key file, and a process for each thing that the trustee does.
struct TrusteeProcess {
    home: Home,
    number: u32,
}

impl TrusteeProcess {
    fn key(&self) -> PathBuf {
        self.home.path(&format!("trustee-{}.key", self.number))
    }

    async fn run(&self, url: &str, step: &str, more: &[&str]) -> Result<()> {
        let program = std::env::current_exe().map_err(Failure::other)?;
        let mut command = Command::new(program);
        command.args(["trustee", step, "--at", url, "--key"]).arg(self.key()).args(more);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.map_err(Failure::other)?;
        if output.status.success() {
            return Ok(());
        }
        let (number, said) = (self.number, String::from_utf8_lossy(&output.stderr).into_owned());
        Err(Failure::other(tr!("trustee {number}, {step}: {said}", "доверенный {number}, {step}: {said}")))
    }
}

/// The server's process; killed if the demo dies.
struct ServerProcess {
    child: Child,
    id: u32,
    url: String,
}

/// At any port, or at that of an address where it was before.
async fn start_server(home: &Home, before: Option<&str>) -> Result<ServerProcess> {
    let program = std::env::current_exe().map_err(Failure::other)?;
    let place = match before.and_then(|url| url.rsplit(':').next()) {
        Some(port) => {
            let election = home.election()?;
            let candidates = election.contests().first().map_or(0, |contest| contest.candidates.len());
            vec![candidates.to_string(), port.to_owned()]
        }
        None => vec!["--any-port".to_owned()],
    };
    let log = std::fs::File::create(home.path("server.log")).map_err(Failure::other)?;
    let mut child = Command::new(program)
        .arg("serve")
        .arg(home.dir())
        .args(place)
        .args(["--log", "json", "--address", "127.0.0.1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // Ctrl-C at the terminal is for the demo, which then stops the server in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(Failure::other)?;
    let id = child.id().unwrap_or(0);
    let asked = Instant::now();
    loop {
        if let Some(url) = home.served_at() {
            return Ok(ServerProcess { child, id, url });
        }
        let ended = child.try_wait().map_err(Failure::other)?;
        if ended.is_some() || asked.elapsed() > START_TIMEOUT {
            let log = home.path("server.log");
            return Err(Failure::other(tr!(
                "the server did not start; see {}",
                "сервер не запустился; см. {}",
                log.display()
            )));
        }
        tokio::time::sleep(POLL).await;
    }
}

impl ServerProcess {
    /// Asks politely, then waits.
    async fn stop(mut self) -> Result<()> {
        if let Some(pid) = i32::try_from(self.id).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself, which is as good.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        match tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            _ => Err(Failure::other(tr!("the server did not stop in order", "сервер остановился не так, как должен"))),
        }
    }
}

/// Opening, every voter, closing.
async fn hold(
    home: &Home,
    server: &ServerProcess,
    election: &Election,
    marks: Vec<Vec<String>>,
    target: &str,
    trustees: &[TrusteeProcess],
    yours: Option<usize>,
) -> Result<()> {
    let organiser = Acting { target: target.to_owned(), key: None };
    for trustee in trustees {
        trustee.run(&server.url, "rehearse", &["--code", &election.id().to_string(), "--weights-show-votes"]).await?;
    }
    acts::act(&organiser, Act::Opening, &mut Terminal::default()).await?;
    let voted = vote_all(home, server, election, marks).await;
    voted?;
    if let Some(line) = yours {
        wait_for_you(home, server, line).await?;
    }
    let asked = Instant::now();
    acts::act(&organiser, Act::Closing, &mut Terminal::default()).await?;
    say(&tr!("closed in {:.0} ms", "закрыто за {:.0} мс", asked.elapsed().as_secs_f64() * 1_000.0));
    match election.draft().trustees {
        Some(plan) => open_sums(server, trustees, plan).await,
        None => Ok(()),
    }
}

/// The first trustee has lost the key; as many as are needed open the sums without it.
async fn open_sums(server: &ServerProcess, trustees: &[TrusteeProcess], plan: TrusteePlan) -> Result<()> {
    let spare = (plan.count - plan.threshold) as usize;
    if let Some(lost) = trustees.first().filter(|_| spare > 0) {
        std::fs::remove_file(lost.key()).map_err(Failure::other)?;
        say(&tr!(
            "trustee {} has lost the key: the others suffice",
            "доверенный {} потерял ключ: хватит остальных",
            lost.number
        ));
    }
    let code = spoken(trustee::verified_sum(&server.url, &mut Terminal::default()).await?.code());
    for trustee in trustees.iter().skip(spare.min(1)).take(plan.threshold as usize) {
        trustee.run(&server.url, "open", &["--code", &code, "--weights-show-votes"]).await?;
        say(&tr!(
            "trustee {} has checked the record and opened the sums",
            "доверенный {} проверил журнал и открыл суммы",
            trustee.number
        ));
    }
    Ok(())
}

async fn vote_all(home: &Home, server: &ServerProcess, election: &Election, marks: Vec<Vec<String>>) -> Result<()> {
    let pool = key_pool()?;
    say(&tr!(
        "voters: a client each over a WebSocket, {CONCURRENCY} at a time; {KEY_POOL} RSA key pairs are shared among them \
         (a real voter makes a fresh pair for every session, about 80 ms of one core)",
        "избиратели: у каждого свой клиент по WebSocket, сразу до {CONCURRENCY}; пар ключей RSA на всех {KEY_POOL} \
         (настоящий избиратель делает новую на каждый сеанс, около 80 мс одного ядра)"
    ));
    // The manifest as served is the one that the cards name.
    let address = client::at(&server.url)?;
    let served = address.election()?;
    if served.id() != election.id() {
        return Err(Failure::new(Exit::CheckFailed, "the server serves another election"));
    }
    let election = Arc::new(served.with_tables());
    let bar = progress::bar(marks.len() as u64, tr!("voting", "голосование"));
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None::<Failure>));
    let shared = Arc::new((marks, next, failed));
    let mut voters = Vec::new();
    for _ in 0..CONCURRENCY {
        let (home, address, election, pool) = (home.clone(), address.clone(), election.clone(), pool.clone());
        let (shared, bar) = (shared.clone(), bar.clone());
        voters.push(tokio::spawn(async move {
            let (marks, next, failed) = &*shared;
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let (Some(marks), Some(keys)) = (marks.get(i), pool.get(i % KEY_POOL)) else { return };
                if let Err(failure) = vote(&home, &address, &election, i + 1, marks, keys).await {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
                    next.store(usize::MAX / 2, Ordering::Relaxed);
                    return;
                }
                bar.inc(1);
            }
        }));
    }
    let asked = Instant::now();
    for voter in voters {
        voter.await.map_err(Failure::other)?;
    }
    bar.finish_and_clear();
    let (marks, _, failed) = &*shared;
    if let Some(failure) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(failure);
    }
    let seconds = asked.elapsed().as_secs_f64();
    let rate = marks.len() as f64 / seconds;
    let (count, ballots) = (marks.len(), some(marks.len() as u64, "ballot", "ballots"));
    say(&tr!(
        "{ballots} recorded in {seconds:.1} s ({rate:.0} a second, clients and server on this machine)",
        "записано бюллетеней: {count} за {seconds:.1} с ({rate:.0} в секунду, клиенты и сервер на этой машине)"
    ));
    Ok(())
}

/// The voter in this line of the roll, with the card as it was delivered.
async fn vote(
    home: &Home,
    address: &Address,
    election: &Arc<Election>,
    line: usize,
    marks: &[String],
    keys: &Arc<SessionKeys>,
) -> Result<()> {
    let card = cards::read(&card_path(home, line))?;
    let number = card.number;
    let credential = card.secret()?.key(election.draft_id());
    let (public, seed) = (credential.public(), randomness::ballot_seed(&BallotSeeds::new(credential.clone()))?);
    let prepared = PreparedBallot::new(election, public, Position::FIRST, marks.to_vec(), &seed);
    let entry = prepared.map_err(|error| Failure::new(Exit::BallotRefused, error))?.sign(&credential);
    let caller = Caller { election: election.clone(), number, credential };
    let mut entry = Some(entry);
    let mut refused = None;
    let mut next_entry = |why: Why| {
        if let Why::Refused(reason) = why {
            refused = Some(reason.code);
        }
        entry.take()
    };
    let outcome = address.cast(&caller, keys, &mut next_entry).await;
    match (outcome, refused) {
        (Ok(Outcome::Recorded { .. }), _) => Ok(()),
        (_, Some(code)) => Err(Failure::new(Exit::BallotRefused, format!("voter {number}: {}", code.name()))),
        (Ok(outcome), None) => Err(Failure::new(Exit::BallotRefused, format!("voter {number}: {outcome:?}"))),
        (Err(error), None) => Err(error.into()),
    }
}

fn key_pool() -> Result<Arc<Vec<Arc<SessionKeys>>>> {
    let bar = progress::bar(KEY_POOL as u64, tr!("RSA keys", "ключи RSA"));
    let mut pool = Vec::new();
    for _ in 0..KEY_POOL {
        pool.push(Arc::new(SessionKeys::generate().map_err(Failure::other)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Arc::new(pool))
}

fn compare(result: &ElectionResult, expected: &Expected) -> Result<()> {
    let differs = |what: String| {
        Err(Failure::new(
            Exit::CheckFailed,
            tr!("the totals differ from the published ones: {what}", "суммы расходятся с опубликованными: {what}"),
        ))
    };
    let candidates = result.contests.first().map(|contest| contest.candidates.as_slice()).unwrap_or_default();
    if result.ballots != expected.ballots || candidates.len() != expected.candidates.len() {
        return differs(format!("{} / {}", result.ballots, expected.ballots));
    }
    for (got, expected) in candidates.iter().zip(&expected.candidates) {
        let levels = got.histogram.levels.iter().cloned();
        let histogram: std::collections::BTreeMap<_, _> = levels.chain([("*".into(), got.histogram.blank)]).collect();
        if got.name != expected.name || got.sum != expected.sum || histogram != expected.histogram {
            return differs(format!("{}: {} / {}", expected.name, got.sum, expected.sum));
        }
    }
    Ok(())
}
