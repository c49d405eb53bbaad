//! `veche serve`: the founding document's server.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use veche_client::{BasePath, casting::Candidates};
use veche_election::{Act, ContestKind, Election, Method, Roll, Secrecy};
use veche_server::{
    CeremonyServer, Config, Home, Server,
    clock::Clock,
    cosigning::WitnessUrls,
    descriptors,
    home::{BOARD_KEY_FILE, ORGANISER_KEY_FILE, SERVER_KEYS_FILE, others_may_read},
    limits::Limits,
    sequencer::GRACE_DEFAULT_S,
    tls::Identity,
};

use crate::{
    actor::Actor,
    args::dir_help,
    booth, cards, client,
    config::{self, ContestFile, ElectionFile, parse_candidates},
    failure::{Failure, Result},
    lang::tr,
    pages::ElectionPages,
    setup::{self, Plan},
    status, trustee,
};

pub const PORT_DEFAULT: u16 = 8080;
/// The founding usage names candidates only: so many voters get a card.
const FOUNDING_VOTERS: u64 = 100;
/// How often the messages of a ceremony are looked at for what the organiser should see.
const LOOK_PERIOD: Duration = Duration::from_secs(2);

#[derive(Args)]
pub struct ServeArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(help = tr!("How many candidates the election has; makes the election if it is not there",
        "Сколько кандидатов; если выборов нет, они будут созданы"))]
    candidates: Option<String>,
    #[arg(help = tr!("The port, as with --port", "Порт, как с --port"))]
    port: Option<u16>,
    #[arg(long = "port", value_name = "PORT", conflicts_with_all = ["port", "any_port"], help = tr!(
        "The port [default: that of [serve] in election.toml, else 8080]; 0 takes a free one",
        "Порт [по умолчанию: из [serve] в election.toml, иначе 8080]; 0 — любой свободный"))]
    named_port: Option<u16>,
    #[arg(long, help = tr!("Listen on this address, such as 0.0.0.0 [default: that of [serve] in election.toml, else 127.0.0.1]",
        "Слушать этот адрес, например 0.0.0.0 [по умолчанию: из [serve] в election.toml, иначе 127.0.0.1]"))]
    address: Option<std::net::IpAddr>,
    #[arg(long, value_name = "PATH", value_parser = base_path, default_value = "", hide_default_value = true,
        help = tr!("Serve everything below this path, such as /some/base; a proxy before it passes paths on as they are",
        "Отдавать всё под этим путём, например /some/base; прокси перед сервером ничего переписывать не нужно"))]
    base: BasePath,
    #[arg(long, help = tr!("The checkpoint file is lost, and I am sure that this database is the newest",
        "Файл checkpoint утерян, и я уверен, что эта база — самая новая"))]
    accept_database: bool,
    #[arg(long, help = tr!("Start although a witness says that this log is an older or another one",
        "Запустить, хотя свидетель говорит, что этот журнал старый или не тот"))]
    ignore_witnesses: bool,
    #[arg(long, conflicts_with = "port", help = tr!("Take any free port", "Занять любой свободный порт"))]
    any_port: bool,
    #[arg(long, value_name = "FOLDER", help = tr!("Serve this booth (tools/build-booth --out FOLDER) instead of the one that is built in",
        "Отдавать кабину из этой папки (tools/build-booth --out ПАПКА) вместо встроенной"))]
    booth: Option<PathBuf>,
    #[arg(long, value_parser = ["text", "json"], help = tr!("Form of the log on standard error [default: text on a terminal, else json]",
        "Вид сообщений в потоке ошибок [по умолчанию: text в терминале, иначе json]"))]
    log: Option<String>,
}

fn base_path(text: &str) -> std::result::Result<BasePath, String> {
    BasePath::parse(text)
        .ok_or_else(|| tr!("\"{text}\" is not a path like /some/base", "«{text}» — не путь вида /some/base"))
}

pub async fn run(args: ServeArgs) -> Result<()> {
    start_log(args.log.as_deref());
    let home = Home::new(&args.dir);
    if home.has_draft() {
        return serve_ceremony(&home, &args).await;
    }
    if !home.exists() {
        make_founding_election(&home, &args).await?;
    }
    setup::finish(&home).await?;
    if args.accept_database {
        setup::accept_database(&home).await?;
    }
    let election = home.election()?;
    compare_candidates(&election, args.candidates.as_deref(), &args.dir)?;
    let file = config::read(&home)?;
    let file = file.as_ref();
    let address = listens_on(file, &args);
    let mut end = End::listen()?;
    let witnesses = WitnessUrls { ignore_at_start: args.ignore_witnesses, ..witnesses(file)? };
    let tls = identity(&home, file)?;
    let limits = descriptors::raise_limit_for(file.map(|file| file.limits.clone()).unwrap_or_default());
    let grace_s = file.map_or(GRACE_DEFAULT_S, |file| file.grace_s);
    if tls.is_none() && !address.ip().is_loopback() {
        tracing::warn!(
            "{}",
            tr!(
                "plain http on an address that others reach: whoever listens on the way sees who votes; see [tls] in election.toml",
                "http без шифрования по адресу, доступному другим: кто подслушивает сеть, видит, кто голосует; см. [tls] в \
                 election.toml"
            )
        );
    }
    let clock = Clock::system();
    let pages =
        ElectionPages::new(file.and_then(|file| file.lang), file.and_then(|file| file.url.clone()), tls.is_some());
    let booth = booth::booth(args.booth.as_deref()).map_err(Failure::usage)?;
    let config = Config { home: home.clone(), address, limits, clock, grace_s, witnesses, pages, booth, tls };
    let server = Server::start_below(args.base.clone(), config).await?;
    say_hello(&home, &election, &server);
    end.comes().await;
    tracing::info!("stopping: the sessions under way may finish");
    let cut_off = server.shutdown().await;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

/// As the command line says, else `election.toml`, else as always.
fn listens_on(file: Option<&ElectionFile>, args: &ServeArgs) -> SocketAddr {
    let file = file.and_then(|file| file.serve).unwrap_or_default();
    let free = args.any_port.then_some(0);
    let port = args.named_port.or(args.port).or(free).or(file.port).unwrap_or(PORT_DEFAULT);
    SocketAddr::new(args.address.or(file.address).unwrap_or_else(|| setup::local(0).ip()), port)
}

/// The election has no key yet: its trustees make it through this server.
async fn serve_ceremony(home: &Home, args: &ServeArgs) -> Result<()> {
    let file = config::read(home)?;
    let (address, tls) = (listens_on(file.as_ref(), args), identity(home, file.as_ref())?);
    let mut end = End::listen()?;
    let limits = descriptors::raise_limit_for(Limits::default());
    let server = CeremonyServer::start_below(args.base.clone(), home.clone(), address, limits, tls).await?;
    let (url, dir) = (server.url(), home.dir().display());
    println!(
        "{}",
        tr!(
            "The trustees make the key of this election at {url}\n\
             Each:  veche trustee register --at {url} --number N --name NAME --key FILE\n\
             When all have registered, dealt and accepted, stop with Ctrl-C, then: veche setup {dir}",
            "Доверенные создают ключ этих выборов по адресу {url}\n\
             Каждый:  veche trustee register --at {url} --number N --name ИМЯ --key ФАЙЛ\n\
             Когда все сделали register, deal и accept, остановите сервер (Ctrl-C) и выполните: veche setup {dir}"
        )
    );
    tokio::select! {
        () = end.comes() => {}
        () = tell_registered(home) => {}
    }
    server.shutdown().await;
    Ok(())
}

/// Anybody who reaches the post-box can register under a number: the organiser sees at once who has, and compares the
/// fingerprints with the trustees. Never ends.
async fn tell_registered(home: &Home) {
    let mut told = String::new();
    loop {
        tokio::time::sleep(LOOK_PERIOD).await;
        let Ok(draft) = home.draft() else { continue };
        let Ok(ceremony) = home.ceremony_so_far(&draft) else { continue };
        let now = trustee::standing(&ceremony);
        if now != told {
            println!("{now}");
            told = now;
        }
    }
}

/// `veche serve 1 7 8080`: scale 1..5, `*` allowed, 100 voters, open at once.
async fn make_founding_election(home: &Home, args: &ServeArgs) -> Result<()> {
    let dir = args.dir.display();
    let Some(candidates) = &args.candidates else {
        return Err(Failure::usage(tr!("there is no election in {dir}", "в {dir} нет выборов")).next(tr!(
            "Make one: veche new {dir} --candidates \"Anna,Boris\" --voters 100 --rule mean, or veche serve {dir} 7 8080",
            "Создайте их: veche new {dir} --candidates \"Анна,Борис\" --voters 100 --rule mean или veche serve {dir} 7 8080"
        )));
    };
    let title = args.dir.file_name().map_or_else(|| "veche".into(), |name| name.to_string_lossy().into_owned());
    let contest = ContestFile::new(&title, ContestKind::Score, parse_candidates(candidates)?);
    let file = ElectionFile::simple(&title, contest, Method::Sum, Secrecy::Open);
    let plan = Plan { roll: Roll::numbered(FOUNDING_VOTERS), ..Plan::new(file)? };
    let (election, _lock) = setup::create(home, plan).await?;
    let organiser = Actor::organiser(&home.path(ORGANISER_KEY_FILE))?;
    setup::append_offline(home, &election, &organiser, Act::Opening).await?;
    eprintln!(
        "{}",
        tr!(
            "Made election \"{title}\": {FOUNDING_VOTERS} voters, cards in {dir}/cards, open for voting.",
            "Выборы «{title}» созданы: избирателей {FOUNDING_VOTERS}, карточки в {dir}/cards, голосование открыто."
        )
    );
    Ok(())
}

/// CANDIDATES that differ from an existing election are a mistake worth stopping for.
fn compare_candidates(election: &Election, given: Option<&str>, dir: &Path) -> Result<()> {
    match given {
        Some(given) if !expected_candidates(given).fit(election) => {
            let has: Vec<usize> = election.contests().iter().map(|contest| contest.candidates.len()).collect();
            Err(other_candidates(given, &dir.display().to_string(), &has))
        }
        _ => Ok(()),
    }
}

/// A number, or names. What is neither is no election's.
pub fn expected_candidates(given: &str) -> Candidates {
    match given.trim().parse() {
        Ok(count) => Candidates::Count(count),
        Err(_) => Candidates::Names(parse_candidates(given).unwrap_or_default()),
    }
}

pub fn other_candidates(given: &str, place: &str, has: &[usize]) -> Failure {
    let noun = if has == [1] { "candidate" } else { "candidates" };
    let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Failure::usage(tr!(
        "the election at {place} has {has} {noun}, not {given}",
        "в выборах {place} кандидатов {has}, а не {given}"
    ))
}

/// A key that others on this machine may read is theirs too.
fn warn_if_readable(key: &Path) {
    if others_may_read(key) {
        let path = key.display();
        tracing::warn!("{}", tr!("others may read {path}: chmod 600", "{path} могут читать другие: chmod 600"));
    }
}

/// The certificate and key that `election.toml` names.
pub fn identity(home: &Home, file: Option<&ElectionFile>) -> Result<Option<Identity>> {
    let Some(files) = file.and_then(|file| file.tls.as_ref()) else { return Ok(None) };
    warn_if_readable(&home.dir().join(&files.key));
    Ok(Some(Identity::load(home.dir(), files)?))
}

/// Where `election.toml` says that the witnesses are.
pub fn witnesses(file: Option<&ElectionFile>) -> Result<WitnessUrls> {
    let urls = file.map_or_else(|| Ok(Vec::new()), ElectionFile::witness_urls)?;
    Ok(WitnessUrls { urls, ignore_at_start: false, trust: client::trust().clone() })
}

fn say_hello(home: &Home, election: &Election, server: &Server) {
    let url = server.url();
    let published = server.shared().sequencer.published();
    let (phase, dir) = (status::phase_text(published.phase, published.closes), home.dir().display());
    println!(
        "{}",
        tr!(
            "{}\n{url}   {phase}; voted: {} of {}\nElection id: {}\nStop with Ctrl-C.",
            "{}\n{url}   {phase}, проголосовали {} из {}\nId выборов: {}\nОстановить: Ctrl-C.",
            election.draft().title,
            published.ballots,
            election.roll().voters,
            cards::shown_id(election.id())
        )
    );
    if let Some(example) = example(home, server) {
        println!("{example}");
    }
    if published.phase == veche_election::Phase::Setup {
        tracing::warn!("{}", tr!("not open yet: veche open {dir}", "голосование ещё не открыто: veche open {dir}"));
    }
    for name in [SERVER_KEYS_FILE, BOARD_KEY_FILE] {
        warn_if_readable(&home.path(name));
    }
    if cards::are_beside(home) {
        tracing::warn!(
            "{}",
            tr!(
                "voters' cards lie beside the server ({dir}/cards): whoever reads them can vote for everybody. \
                 Deliver them, then delete them",
                "карточки избирателей лежат рядом с сервером ({dir}/cards): кто их прочтёт, сможет проголосовать за всех. \
                 Раздайте их и удалите"
            )
        );
    }
}

/// How one of the voters votes, where the cards still lie here and nobody else reaches the server: a first try.
fn example(home: &Home, server: &Server) -> Option<String> {
    const NUMBER: usize = 17;
    let cards = [NUMBER, 1].into_iter().map(|line| cards::card_path(home, line));
    let card = cards.filter(|_| server.address().ip().is_loopback()).find_map(|path| cards::read(&path).ok())?;
    let (number, url) = (card.number, server.url());
    let program = format!("veche vote {number} --url {url}");
    if !server.shared().sequencer.published().phase.is_over() && server.has_booth() {
        let link = cards::link(&card, url, true);
        return Some(tr!(
            "Voter {number} votes by program, or in the browser by the link on the card, which holds the code:\n  {program}\n  {}",
            "Избиратель {number} голосует через программу или в браузере по ссылке с карточки (код в ней уже есть):\n  \
             {program}\n  {}",
            *link
        ));
    }
    Some(tr!(
        "Voter {number} votes by program:\n  {program}",
        "Избиратель {number} голосует через программу:\n  {program}"
    ))
}

/// The signals that end the server in order.
pub struct End {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal is gone, or somebody wants the settings read anew: they are read at a start.
    hang_up: Signal,
}

impl End {
    /// Before anybody can know that the server runs: a signal that comes early must not kill it.
    pub fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Failure::other);
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hang_up: listen(SignalKind::hangup())? })
    }

    pub async fn comes(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Structured logs on standard error. No field of ours is a mark, a credential or a key.
pub fn start_log(form: Option<&str>) {
    use std::io::IsTerminal;
    let json = form.map_or(!std::io::stderr().is_terminal(), |form| form == "json");
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    // A second initialisation (tests) is not an error worth stopping for.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}
