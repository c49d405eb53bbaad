//! `veche host`: many elections in one process, for an association's university, federation or town. What was typed and what stands in
//! `host.toml` is read here; the rest is [`veche_server::host`]. Spec: `docs/spec/host.md`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use clap::{Args, Subcommand};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use veche_election::{Election, Hash};
use veche_server::{
    Home,
    cosigning::WitnessUrls,
    home::others_may_read,
    host::{
        self, Addressing, Allows, DAYS_MAX, ELECTIONS_MAX, Host, HostConfig, HostError, Invitations, Listed, Reader,
        Settings, Share, Wishes, Words,
    },
    limits::Limits,
    pages::Bytes,
    tls::{Identity, TlsFiles},
};

use crate::{
    booth, client,
    config::{self, public_address, read_witness},
    failure::{Exit, Failure, Result},
    hosting::{PORT_DEFAULT, witnesses},
    lang::{self, Language, both, tr},
    new::VOTERS_MAX,
    pages::{ElectionPages, asked_language},
    russian,
    serve::{End, start_log},
    setup, styles,
};

/// The host's settings, in its root.
const HOST_FILE: &str = "host.toml";
/// So many characters of a hash name the style sheet.
const NAME_CHARS: usize = 16;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct HostArgs {
    #[arg(required = true, help = root_help())]
    root: Option<PathBuf>,
    #[arg(long, value_name = "ADDRESS", help = tr!("Listen here, such as 0.0.0.0:8443 [default: 127.0.0.1:8080]",
        "Слушать этот адрес, например 0.0.0.0:8443 [по умолчанию: 127.0.0.1:8080]"))]
    listen: Option<SocketAddr>,
    #[arg(long, value_name = "ADDRESS", help = tr!("How others reach the host, such as https://vote.example.org: elections are at https://NAME.vote.example.org",
        "Адрес хостинга для других, например https://vote.example.org: выборы будут на https://ИМЯ.vote.example.org"))]
    url: Option<String>,
    #[arg(long, help = tr!("Elections are below one name: https://vote.example.org/e/NAME",
        "Выборы под одним именем: https://vote.example.org/e/ИМЯ"))]
    paths: bool,
    #[arg(long, value_name = "ADDRESS", help = tr!("Tell figures for Prometheus here; they name every election, so let no stranger come",
        "Отдавать показатели для Prometheus по этому адресу; в них имена всех выборов, не пускайте туда посторонних"))]
    metrics: Option<SocketAddr>,
    #[arg(long, value_parser = ["text", "json"], help = tr!("Form of the log on standard error [default: text on a terminal, else json]",
        "Вид сообщений в потоке ошибок [по умолчанию: text в терминале, иначе json]"))]
    log: Option<String>,
    #[command(subcommand)]
    command: Option<HostCommand>,
}

#[derive(Subcommand)]
enum HostCommand {
    #[command(about = tr!("Invite an organiser to publish elections here; the host may run",
        "Пригласить организатора публиковать здесь выборы; хостинг может работать"), after_help = tr!(
        "Example:\n  veche host invite elections --elections 3 --voters 500 --days 30",
        "Пример:\n  veche host invite vybory --elections 3 --voters 500 --days 30"))]
    Invite {
        #[arg(help = root_help())]
        root: PathBuf,
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(ELECTIONS_MAX)),
            help = tr!("How many elections", "Сколько выборов"))]
        elections: u32,
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=VOTERS_MAX),
            help = tr!("How many voters each may have", "Сколько избирателей может быть на каждых"))]
        voters: u64,
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)),
            help = tr!("For how many days new ones may be published", "Сколько дней можно публиковать новые"))]
        days: u32,
    },
    #[command(about = tr!("Leave only the record of an election that is over; it stays at its address, and the host may run",
        "Оставить от закончившихся выборов только публичную запись; её адрес прежний, хостинг может работать"), after_help = tr!(
        "Example:\n  veche host archive elections board2027",
        "Пример:\n  veche host archive vybory pravlenie2027"))]
    Archive {
        #[arg(help = root_help())]
        root: PathBuf,
        #[arg(help = tr!("The election's folder in it", "Папка выборов в ней"))]
        name: String,
    },
}

fn root_help() -> String {
    tr!("The folder with a folder for each election", "Папка, где у каждых выборов своя папка")
}

/// `host.toml`: an option of the command line goes before it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct HostFile {
    listen: Option<SocketAddr>,
    url: Option<String>,
    paths: bool,
    metrics: Option<SocketAddr>,
    tls: Option<TlsFiles>,
    limits: Limits,
    share: Share,
}

impl HostFile {
    fn read(root: &Path) -> Result<Self> {
        let path = root.join(HOST_FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(|error| Failure::usage(format!("{HOST_FILE}: {error}")))?,
        };
        let file: Self = toml::from_str(&text).map_err(|error| Failure::usage(format!("{HOST_FILE}: {error}")))?;
        let checked = file.limits.check().and_then(|()| file.share.check());
        checked.map_err(|error| Failure::usage(format!("{HOST_FILE}: {}", russian::said(&error.to_string()))))?;
        Ok(file)
    }
}

pub async fn run(args: HostArgs) -> Result<()> {
    match args.command {
        Some(HostCommand::Invite { root, elections, voters, days }) => {
            invite(&root, Allows { elections, voters, days })
        }
        Some(HostCommand::Archive { root, name }) => archive(&root, &name).await,
        None => serve(args).await,
    }
}

fn root_of(root: Option<PathBuf>) -> Result<PathBuf> {
    let root = root.unwrap_or_default();
    if root.is_dir() {
        return Ok(root);
    }
    let shown = root.display();
    Err(Failure::usage(both!("there is no folder {shown}", "папки {shown} нет"))
        .next(both!("Make it: mkdir {shown}", "Создайте её: mkdir {shown}")))
}

async fn serve(args: HostArgs) -> Result<()> {
    start_log(args.log.as_deref());
    let root = root_of(args.root)?;
    let file = HostFile::read(&root)?;
    let url = args.url.as_deref().or(file.url.as_deref()).map(own_address).transpose()?;
    let tls = file.tls.as_ref().map(|files| Identity::load(&root, files)).transpose()?;
    if let Some(key) = file.tls.as_ref().map(|files| root.join(&files.key)).filter(|key| others_may_read(key)) {
        let key = key.display();
        tracing::warn!("{}", tr!("others may read {key}: chmod 600", "{key} могут читать другие: chmod 600"));
    }
    for name in host::misnamed(&root) {
        tracing::warn!(
            "{}",
            tr!(
                "the folder {name} is not served: its name cannot stand in an address (a to z, digits, hyphens)",
                "папка {name} не обслуживается: её имя не годится для адреса (a–z, цифры, дефисы)"
            )
        );
    }
    let elections = std::fs::read_dir(&root).map_or(0, Iterator::count);
    let config = HostConfig {
        address: args.listen.or(file.listen).unwrap_or_else(|| setup::local(PORT_DEFAULT)),
        url,
        addressing: (args.paths || file.paths).then_some(Addressing::Paths),
        limits: host::limits_for(file.limits, elections),
        share: file.share,
        booth: booth::booth(None).map_err(Failure::usage)?,
        words: Arc::new(HostWords { tls: tls.is_some(), style: OnceLock::new() }),
        tls,
        metrics: args.metrics.or(file.metrics),
        root,
    };
    // Before anybody can know that the host runs: a signal that comes early must not kill it.
    let mut end = End::listen()?;
    let host = tokio::select! {
        host = Host::start(config) => host?,
        () = end.comes() => {
            tracing::info!("stopped before the start was done");
            return Ok(());
        }
    };
    say_hello(&host);
    end.comes().await;
    tracing::info!("stopping: the sessions under way may finish");
    let cut_off = host.shutdown().await;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

/// Without a path: elections put theirs behind it, or their names before it.
fn own_address(url: &str) -> Result<String> {
    let url = public_address(url)?;
    if url.matches('/').count() > 2 {
        return Err(Failure::usage(both!(
            "the address of a host has no path: {url}",
            "в адресе хостинга нет пути: {url}"
        )));
    }
    Ok(url)
}

fn say_hello(host: &Host) {
    let elections = host.elections();
    let broken = elections.iter().filter(|(.., standing)| *standing == "broken").count();
    println!(
        "{}",
        tr!(
            "{}   elections: {}, of which {broken} cannot be served (see the log)\nStop with Ctrl-C.",
            "{}   выборов: {}, из них не обслуживаются: {broken} (см. журнал сообщений)\nОстановить: Ctrl-C.",
            host.url(),
            elections.len()
        )
    );
    for (_, url, standing) in elections {
        println!("  {url}   {}", standing_text(standing));
    }
    if let Some(url) = host.metrics_url() {
        println!("{}", tr!("Figures: {url}/metrics", "Показатели: {url}/metrics"));
    }
}

fn standing_text(standing: &str) -> String {
    match standing {
        "election" => tr!("served", "обслуживаются"),
        "draft" => tr!("draft", "черновик"),
        "archived" => tr!("archived", "в архиве"),
        "changing" => tr!("being set up", "создаются"),
        _ => tr!("broken", "не обслуживаются"),
    }
}

fn invite(root: &Path, allows: Allows) -> Result<()> {
    let root = root_of(Some(root.to_owned()))?;
    let code = Invitations::of(&root).make(allows)?;
    let Allows { elections, voters, days } = allows;
    println!(
        "{}",
        tr!(
            "Invitation: {code}\nFor {elections} elections of at most {voters} voters, for {days} days, and for the first organiser's key that uses it.\n\
             It is kept nowhere here: give it to the organiser, and to nobody else.\n\
             The organiser:  veche publish DIR --host ADDRESS --invitation {code}",
            "Приглашение: {code}\nВыборов: {elections}, избирателей на каждых не больше {voters}, дней: {days}; достанется первому ключу организатора, \
             который им воспользуется.\nКод нигде здесь не хранится: передайте его организатору и больше никому.\n\
             Организатор:  veche publish ПАПКА --host АДРЕС --invitation {code}"
        )
    );
    Ok(())
}

async fn archive(root: &Path, name: &str) -> Result<()> {
    let root = root_of(Some(root.to_owned()))?;
    host::archive_wherever(&root, name).await?;
    println!(
        "{}",
        tr!(
            "{name}: only the record is left, at the same address.",
            "{name}: осталась только публичная запись, по тому же адресу."
        )
    );
    Ok(())
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Serve(error) => error.into(),
            HostError::NoElection => {
                Self::usage(both!("there is no election of this name", "выборов с таким именем нет"))
            }
            HostError::NotOver(why) => {
                let why = crate::lang::Sentence::of(|| russian::said(&why));
                Self::new(Exit::NotOpen, both!("it cannot be archived: {why}", "в архив нельзя: {why}"))
            }
            error => Self::other(error),
        }
    }
}

/// What the host's pages say.
struct HostWords {
    tls: bool,
    style: OnceLock<(String, Bytes)>,
}

impl HostWords {
    /// Named for its content.
    fn style(&self) -> &(String, Bytes) {
        self.style.get_or_init(|| {
            let text = styles::plain();
            let hash: String = Hash::of(text.as_bytes()).to_string().chars().take(NAME_CHARS).collect();
            (format!("{hash}.css"), text.into())
        })
    }

    fn page(&self, title: &str, body: &Markup) -> Bytes {
        let style = &self.style().0;
        let page = html! {
            (DOCTYPE)
            html lang=(lang::tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="stylesheet" href=(format!("pages/{style}"));
                }
                body {
                    header { h1 { bdi { (title) } } }
                    main { (body) }
                }
            }
        };
        page.into_string().into()
    }
}

impl Words for HostWords {
    fn settings(&self, home: &Home, wishes: Option<&Wishes>, url: &str) -> std::result::Result<Settings, String> {
        let told = |failure: Failure| failure.what.to_string();
        let Some(wishes) = wishes else {
            let file = config::read(home).map_err(told)?;
            let file = file.as_ref();
            let url = file.and_then(|file| file.url.clone()).or_else(|| Some(url.to_owned()));
            let pages = ElectionPages::new(file.and_then(|file| file.lang), url, self.tls);
            let grace_s = config::grace_s(home).map_err(told)?;
            return Ok(Settings { pages, grace_s, witnesses: witnesses(file).map_err(told)? });
        };
        let language = match wishes.lang.as_deref() {
            Some("ru") => Some(Language::Ru),
            Some("en") => Some(Language::En),
            _ => None,
        };
        let urls = wishes.witnesses.iter().map(|witness| Ok((read_witness(&witness.key)?, witness.url.clone())));
        let urls = urls.collect::<Result<Vec<_>>>().map_err(told)?;
        let witnesses = WitnessUrls { urls, ignore_at_start: false, trust: client::trust().clone() };
        let pages = ElectionPages::new(language, Some(url.to_owned()), self.tls);
        Ok(Settings { pages, grace_s: wishes.grace_s, witnesses })
    }

    fn list(&self, listed: &[Listed], reader: &Reader<'_>) -> Bytes {
        lang::within(asked_language(reader.query, reader.accept_language), || {
            let body = html! {
                @if listed.is_empty() {
                    p { (tr!("No election is shown to everybody here. Whoever votes has the address of the election on the card.",
                        "Здесь нет выборов, открытых для показа всем. У избирателя адрес выборов — на карточке.")) }
                } @else {
                    ul {
                        @for Listed { title, url, phase, archived } in listed {
                            li {
                                a href=(format!("{url}/")) { bdi { (title) } }
                                " — "
                                @match (archived, phase) {
                                    (true, _) => { (tr!("over, the record is there", "закончились, есть публичная запись")) }
                                    (false, Some(phase)) => { (russian::said(phase.name())) }
                                    (false, None) => { (tr!("being prepared", "готовятся")) }
                                }
                            }
                        }
                    }
                }
            };
            self.page(&tr!("Elections", "Выборы"), &body)
        })
    }

    fn archived(&self, election: &Election, reader: &Reader<'_>) -> Bytes {
        lang::within(asked_language(reader.query, reader.accept_language), || {
            let body = html! {
                p { (tr!("This election is over. Its record is kept here, and anybody can check it:",
                    "Эти выборы закончились. Их публичная запись хранится здесь, проверить её может каждый:")) }
                p { code { "veche verify " (tr!("ADDRESS-OF-THIS-PAGE", "АДРЕС-ЭТОЙ-СТРАНИЦЫ")) } }
                ul {
                    li { a href="result.json" { (tr!("Result", "Результат")) } }
                    li { a href="election.json" { (tr!("What was voted on", "За что голосовали")) } }
                    li { a href="README.txt" { (tr!("What the files of the record are", "Что за файлы в этой записи")) } }
                }
            };
            self.page(&election.draft().title, &body)
        })
    }

    fn file(&self, name: &str) -> Option<(&'static str, Bytes)> {
        let (own, bytes) = self.style();
        (own == name).then(|| ("text/css; charset=utf-8", bytes.clone()))
    }
}
