//! Serving an election, for `veche serve` and whoever else asks for it: everything that a start needs is read and found good, then
//! the server starts, in this process. While trustees make the key, it is the post-box of their ceremony that is served.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use veche_client::{BasePath, casting::Candidates};
use veche_election::{Act, ContestKind, Election, Method, Phase, Roll, Secrecy, ceremony::Ceremony};
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
    booth, cards, ceremonies, client,
    config::{self, ContestFile, ElectionFile, parse_candidates},
    failure::{Failure, Result},
    front::Front,
    hosted,
    lang::{Sentence, both, tr},
    pages::ElectionPages,
    setup::{self, Plan},
};

pub const PORT_DEFAULT: u16 = 8080;
/// The founding usage names candidates only: so many voters get a card.
const FOUNDING_VOTERS: u64 = 100;
/// How often the messages of a ceremony are looked at for what the organiser should see.
const LOOK_PERIOD: Duration = Duration::from_secs(2);

/// How an election is served. What is left out is as `election.toml` has it, else as always.
#[derive(Default)]
pub struct HowServed {
    /// How many, or their names. Where there is no election, one is made of them; others than those of one that is there are a mistake.
    pub candidates: Option<String>,
    pub address: Option<IpAddr>,
    /// 0 takes a free one.
    pub port: Option<u16>,
    /// Everything is served below it.
    pub base: BasePath,
    /// The checkpoint file is lost, and the organiser is sure that the database is the newest.
    pub accept_database: bool,
    /// A witness who says that this log is an older or another one errs.
    pub ignore_witnesses: bool,
    /// The folder of another booth than the one that is built in.
    pub booth: Option<PathBuf>,
}

/// What whoever serves an election should know, and may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Others on this machine may read this key.
    Readable(PathBuf),
    /// Plain HTTP on an address that others reach.
    Plain,
    NotOpenYet,
    /// Voters' cards lie beside the server.
    CardsBeside,
}

impl Warning {
    /// In a sentence.
    pub fn text(&self, home: &Home) -> String {
        let dir = home.dir().display();
        match self {
            Self::Readable(path) => {
                let path = path.display();
                tr!("others may read {path}: chmod 600", "{path} могут читать другие: chmod 600")
            }
            Self::Plain => tr!(
                "plain http on an address that others reach: whoever listens on the way sees who votes; see [tls] in election.toml",
                "http без шифрования по адресу, доступному другим: кто подслушивает сеть, видит, кто голосует; см. [tls] в \
                 election.toml"
            ),
            Self::NotOpenYet => {
                tr!("not open yet: veche open {dir}", "голосование ещё не открыто: veche open {dir}")
            }
            Self::CardsBeside => tr!(
                "voters' cards lie beside the server ({dir}/cards): whoever reads them can vote for everybody. \
                 Deliver them, then delete them",
                "карточки избирателей лежат рядом с сервером ({dir}/cards): кто их прочтёт, сможет проголосовать за всех. \
                 Раздайте их и удалите"
            ),
        }
    }
}

/// All that a start needs.
pub struct Prepared {
    home: Home,
    base: BasePath,
    what: What,
    warnings: Vec<Warning>,
}

enum What {
    Election(Box<Election>, Box<Config>),
    Ceremony(SocketAddr, Option<Identity>),
}

/// A server of this process. Dropped without [`ServedElection::stop`] or [`ServedCeremony::stop`] it does not end in order.
pub enum Served {
    Election(Box<ServedElection>),
    Ceremony(ServedCeremony),
}

pub struct ServedElection {
    pub election: Election,
    pub server: Server,
    pub warnings: Vec<Warning>,
}

/// The post-box of a ceremony.
pub struct ServedCeremony {
    home: Home,
    server: CeremonyServer,
    /// How the ceremony stood when it was told last.
    told: String,
}

/// Reads and checks what a start needs. The founding document's election is made first, and a making that broke off finished.
///
/// # Errors
/// There is no election and no candidates to make one of, or something of it, its settings or its booth is wrong. What should be
/// known besides is told then.
pub async fn prepare(home: &Home, how: HowServed, front: &mut dyn Front) -> Result<Prepared> {
    let (base, mut warnings) = (how.base.clone(), Vec::new());
    match find_what(home, how, &mut warnings, front).await {
        Ok(what) => Ok(Prepared { home: home.served(), base, what, warnings }),
        Err(failure) => {
            warnings.iter().for_each(|warning| front.tell(Sentence::of(|| warning.text(home))));
            Err(failure)
        }
    }
}

async fn find_what(home: &Home, how: HowServed, warnings: &mut Vec<Warning>, front: &mut dyn Front) -> Result<What> {
    hosted::refuse(home)?;
    if home.has_draft() {
        let file = config::read(home)?;
        return Ok(What::Ceremony(listens_on(file.as_ref(), &how), own_identity(home, file.as_ref(), warnings)?));
    }
    if !home.exists() {
        make_founding_election(home, how.candidates.as_deref(), front).await?;
    }
    setup::finish(home, front).await?;
    if how.accept_database {
        setup::accept_database(home).await?;
    }
    let election = home.election()?;
    compare_candidates(&election, how.candidates.as_deref(), home.dir())?;
    let file = config::read(home)?;
    let file = file.as_ref();
    let address = listens_on(file, &how);
    let witnesses = WitnessUrls { ignore_at_start: how.ignore_witnesses, ..witnesses(file)? };
    let tls = own_identity(home, file, warnings)?;
    let limits = descriptors::raise_limit_for(file.map(|file| file.limits.clone()).unwrap_or_default());
    let grace_s = file.map_or(GRACE_DEFAULT_S, |file| file.grace_s);
    if tls.is_none() && !address.ip().is_loopback() {
        warnings.push(Warning::Plain);
    }
    let clock = Clock::system();
    let pages =
        ElectionPages::new(file.and_then(|file| file.lang), file.and_then(|file| file.url.clone()), tls.is_some());
    let booth = booth::booth(how.booth.as_deref()).map_err(Failure::usage)?;
    // Nothing of the organiser's is within a server's reach, where it lies apart.
    let home = home.served();
    let config = Config { home, address, limits, clock, grace_s, witnesses, pages, booth, tls };
    Ok(What::Election(Box::new(election), Box::new(config)))
}

impl Prepared {
    /// What is known before the start.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// # Errors
    /// Another process serves the folder, the port is taken, or the log is not the one that was confirmed.
    pub async fn start(self) -> Result<Served> {
        let Self { home, base, what, .. } = self;
        match what {
            What::Election(election, config) => {
                let server = Server::start_below(base, *config).await?;
                let warnings = warnings_of(&home, &server);
                Ok(Served::Election(Box::new(ServedElection { election: *election, server, warnings })))
            }
            What::Ceremony(address, tls) => {
                let limits = descriptors::raise_limit_for(Limits::default());
                let server = CeremonyServer::start_below(base, home.clone(), address, limits, tls).await?;
                Ok(Served::Ceremony(ServedCeremony { home, server, told: String::new() }))
            }
        }
    }
}

impl ServedElection {
    /// Sessions under way may finish. Returns how many did not.
    pub async fn stop(self) -> usize {
        self.server.shutdown().await
    }
}

impl ServedCeremony {
    /// How a process on this machine reaches it.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Anybody who reaches the post-box can register under a number: the organiser sees at once who has, and compares the
    /// fingerprints with the trustees. Comes back whenever the ceremony stands otherwise than it was told last.
    pub async fn next_standing(&mut self) -> Ceremony {
        loop {
            tokio::time::sleep(LOOK_PERIOD).await;
            let Ok(draft) = self.home.draft() else { continue };
            let Ok(ceremony) = self.home.ceremony_so_far(&draft) else { continue };
            let now = ceremonies::standing(&ceremony);
            if now != self.told {
                self.told = now;
                return ceremony;
            }
        }
    }

    pub async fn stop(self) {
        self.server.shutdown().await;
    }
}

fn warnings_of(home: &Home, server: &Server) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if server.shared().sequencer.published().phase == Phase::Setup {
        warnings.push(Warning::NotOpenYet);
    }
    let keys = [SERVER_KEYS_FILE, BOARD_KEY_FILE].map(|name| home.path(name));
    warnings.extend(keys.into_iter().filter(|key| others_may_read(key)).map(Warning::Readable));
    if cards::are_beside(home) {
        warnings.push(Warning::CardsBeside);
    }
    warnings
}

fn listens_on(file: Option<&ElectionFile>, how: &HowServed) -> SocketAddr {
    let file = file.and_then(|file| file.serve).unwrap_or_default();
    let port = how.port.or(file.port).unwrap_or(PORT_DEFAULT);
    SocketAddr::new(how.address.or(file.address).unwrap_or_else(|| setup::local(0).ip()), port)
}

/// `veche serve 1 7 8080`: scale 1..5, `*` allowed, 100 voters, open at once.
async fn make_founding_election(home: &Home, candidates: Option<&str>, front: &mut dyn Front) -> Result<()> {
    let dir = home.dir().display();
    let Some(candidates) = candidates else {
        return Err(Failure::usage(both!("there is no election in {dir}", "в {dir} нет выборов")).next(both!(
            "Make one: veche new {dir} --candidates \"Anna,Boris\" --voters 100 --rule mean, or veche serve {dir} 7 8080",
            "Создайте их: veche new {dir} --candidates \"Анна,Борис\" --voters 100 --rule mean или veche serve {dir} 7 8080"
        )));
    };
    let title = home.dir().file_name().map_or_else(|| "veche".into(), |name| name.to_string_lossy().into_owned());
    let contest = ContestFile::new(&title, ContestKind::Score, parse_candidates(candidates)?);
    let file = ElectionFile::simple(&title, contest, Method::Sum, Secrecy::Open);
    let plan = Plan { roll: Roll::numbered(FOUNDING_VOTERS), ..Plan::new(file)? };
    let (election, _lock) = setup::create(home, plan, front).await?;
    let organiser = Actor::organiser(&home.path(ORGANISER_KEY_FILE), front)?;
    setup::append_offline(home, &election, &organiser, Act::Opening).await?;
    front.tell(both!(
        "Made election \"{title}\": {FOUNDING_VOTERS} voters, cards in {dir}/cards, open for voting.",
        "Выборы «{title}» созданы: избирателей {FOUNDING_VOTERS}, карточки в {dir}/cards, голосование открыто."
    ));
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
    Failure::usage(both!(
        "the election at {place} has {has} {noun}, not {given}",
        "в выборах {place} кандидатов {has}, а не {given}"
    ))
}

/// As [`identity`]. A key that others on this machine may read is theirs too.
fn own_identity(home: &Home, file: Option<&ElectionFile>, warnings: &mut Vec<Warning>) -> Result<Option<Identity>> {
    let key = file.and_then(|file| file.tls.as_ref()).map(|files| home.served_dir().join(&files.key));
    warnings.extend(key.filter(|key| others_may_read(key)).map(Warning::Readable));
    identity(home, file)
}

/// The certificate and key that `election.toml` names.
pub fn identity(home: &Home, file: Option<&ElectionFile>) -> Result<Option<Identity>> {
    let Some(files) = file.and_then(|file| file.tls.as_ref()) else { return Ok(None) };
    Ok(Some(Identity::load(home.served_dir(), files)?))
}

/// Where `election.toml` says that the witnesses are.
pub fn witnesses(file: Option<&ElectionFile>) -> Result<WitnessUrls> {
    let urls = file.map_or_else(|| Ok(Vec::new()), ElectionFile::witness_urls)?;
    Ok(WitnessUrls { urls, ignore_at_start: false, trust: client::trust().clone() })
}
