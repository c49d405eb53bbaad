//! `veche serve`: the founding document's server. What was typed goes to [`crate::hosting`]; here it is read, what came of it is
//! told, and the end is waited for.

use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use veche_client::{BasePath, link::paper_id};
use veche_server::{Home, Server};

use crate::{
    args::dir_help,
    cards, ceremonies,
    failure::{Failure, Result},
    front::Terminal,
    hosting::{self, HowServed, Served, ServedElection, Warning},
    lang::tr,
    status,
};

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
    let is_first_try = args.candidates.is_some();
    let ServeArgs { candidates, address, base, accept_database, ignore_witnesses, booth, .. } = args;
    let port = args.named_port.or(args.port).or(args.any_port.then_some(0));
    let how = HowServed { candidates, address, port, base, accept_database, ignore_witnesses, booth };
    let prepared = hosting::prepare(&home, how, &mut Terminal::default()).await?;
    prepared.warnings().iter().for_each(|warning| log(warning, &home));
    // Before anybody can know that the server runs: a signal that comes early must not kill it.
    let mut end = End::listen()?;
    // The log is read before anybody is served; until then nobody is cut off by an end.
    let served = tokio::select! {
        served = prepared.start() => served?,
        () = end.comes() => {
            tracing::info!("stopped before the start was done");
            return Ok(());
        }
    };
    match served {
        Served::Election(served) => {
            say_hello(&home, &served, is_first_try);
            served.warnings.iter().for_each(|warning| log(warning, &home));
            end.comes().await;
            tracing::info!("stopping: the sessions under way may finish");
            let cut_off = served.stop().await;
            tracing::info!(cut_off, "stopped");
        }
        Served::Ceremony(mut served) => {
            say_ceremony(&home, served.url());
            loop {
                tokio::select! {
                    () = end.comes() => break,
                    ceremony = served.next_standing() => println!("{}", ceremonies::standing(&ceremony)),
                }
            }
            served.stop().await;
        }
    }
    Ok(())
}

fn log(warning: &Warning, home: &Home) {
    tracing::warn!("{}", warning.text(home));
}

/// The election has no key yet: its trustees make it through this server.
fn say_ceremony(home: &Home, url: &str) {
    let dir = home.dir().display();
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
}

fn say_hello(home: &Home, ServedElection { election, server, .. }: &ServedElection, is_first_try: bool) {
    let url = server.url();
    let published = server.shared().sequencer.published();
    let phase = status::phase_text(published.phase, published.closes);
    println!(
        "{}",
        tr!(
            "{}\n{url}   {phase}; voted: {} of {}\nElection id: {}\nStop with Ctrl-C.",
            "{}\n{url}   {phase}, проголосовали {} из {}\nId выборов: {}\nОстановить: Ctrl-C.",
            election.draft().title,
            published.ballots,
            election.roll().voters,
            paper_id(election.id())
        )
    );
    if let Some(example) = example(home, server, is_first_try) {
        println!("{example}");
    }
}

/// How one of the voters votes, where the cards still lie here and nobody else reaches the server. The link on a card is that voter's
/// vote: it is shown in the form of a first try alone, never where a service writes down what is said here.
fn example(home: &Home, server: &Server, is_first_try: bool) -> Option<String> {
    const NUMBER: usize = 17;
    let cards = [NUMBER, 1].into_iter().map(|line| cards::card_path(home, line));
    let card = cards.filter(|_| server.address().ip().is_loopback()).find_map(|path| cards::read(&path).ok())?;
    let (number, url) = (card.number, server.url());
    let program = format!("veche vote {number} --url {url}");
    if is_first_try && !server.shared().sequencer.published().phase.is_over() && server.has_booth() {
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
