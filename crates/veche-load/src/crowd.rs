//! The voters: their cards, keys and entries, and how each of them votes. A vote is a whole session with a real card; what is
//! saved is the making of RSA keys (a pool is shared, which is said) and of entries (made beforehand), so that the voters'
//! side does not hide the server's.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use veche::{
    cards,
    failure::{Exit, Failure, Result},
    progress, randomness, tr,
};
use veche_client::{
    Address, Card,
    casting::Caller,
    sessions::{SessionError, SessionKeys, cast_over},
};
use veche_election::{
    BallotSeeds, ContestKind, CredentialKey, Election, PreparedBallot, VoterNumber,
    entry::{EntryBytes, Position},
};
use veche_server::{
    Home,
    home::{CARDS_DIR, CARDS_FILE},
};
use veche_session::voter::{Outcome, Why};

/// RSA key pairs shared by all voters; a real voter makes a fresh pair for each session.
pub const KEY_POOL: usize = 8;
/// Sessions from one address of the loopback, below what a server allows by default.
const SESSIONS_PER_ADDRESS: usize = 100;
/// Ballots that a voter tries in one session before giving up: a first, and one on top of what was there.
const TRIES_MAX: u32 = 2;

pub struct Voter {
    pub number: VoterNumber,
    pub credential: CredentialKey,
    /// Where the next ballot stands, and its entry if it was made beforehand.
    pub next: Position,
    pub entry: Option<EntryBytes>,
}

/// Everything that the voters share.
pub struct Crowd {
    pub address: Address,
    pub election: Arc<Election>,
    pub voters: Vec<tokio::sync::Mutex<Voter>>,
    pub numbers: Vec<VoterNumber>,
    pub pool: Vec<Arc<SessionKeys>>,
    pub next: AtomicUsize,
    /// The size of the log when the first of them comes.
    pub log_size: u64,
    pub known_before: AtomicUsize,
    pub second_tries: AtomicUsize,
}

/// Cards, keys, and the first entry of each voter.
pub fn gather(home: &Home, address: Address, election: Arc<Election>, skip: usize, voters: usize) -> Result<Crowd> {
    let cards = read_cards(home, skip, voters)?;
    let log_size = address.status()?.entries;
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
        address,
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
pub fn marks(election: &Election, number: VoterNumber) -> Vec<String> {
    let voter = number.as_str().bytes().fold(0_usize, |sum, b| sum.wrapping_mul(10).wrapping_add(b.into()));
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

pub fn new_entry(
    election: &Election,
    credential: &CredentialKey,
    number: VoterNumber,
    at: Position,
) -> Result<EntryBytes> {
    let seed = randomness::ballot_seed(&BallotSeeds::new(credential.clone()))?;
    let prepared = PreparedBallot::new(election, credential.public(), at, marks(election, number), &seed);
    Ok(prepared.map_err(|error| Failure::new(Exit::BallotRefused, error))?.sign(credential))
}

/// To a server on the loopback voters come from many of its addresses, no two of them neighbours, so that limits by
/// address do not bind.
pub fn place_of(server: &Address, i: usize) -> Option<IpAddr> {
    let url = server.url();
    let local = ["http://127.0.0.1:", "https://127.0.0.1:"].iter().any(|start| url.starts_with(start));
    let n = u32::try_from(i / SESSIONS_PER_ADDRESS % 60_000).ok()?;
    local.then(|| IpAddr::V4(Ipv4Addr::from(0x7F01_0001 + (n << 8))))
}

/// From ballot sent to «да», or why it was not recorded.
pub type Answer = std::result::Result<Duration, String>;

impl Crowd {
    pub async fn vote(&self, i: usize, place: usize) -> Answer {
        self.vote_from(i, place_of(&self.address, place)).await
    }

    pub async fn vote_from(&self, i: usize, from: Option<IpAddr>) -> Answer {
        let nobody = || "nobody".to_owned();
        let mut voter = self.voters.get(i % self.voters.len()).ok_or_else(nobody)?.lock().await;
        let keys = self.pool.get(i % KEY_POOL).ok_or_else(nobody)?;
        let socket = self.address.connect_from(from, &self.election).await;
        let socket = socket.map_err(|error| error.to_string())?;
        let (number, credential) = (voter.number, voter.credential.clone());
        let mut tries = 0;
        let mut refused = None;
        let mut next_entry = |why: Why| {
            tries += 1;
            if let Why::Refused(no) = why {
                refused = Some(no.code);
                // Somebody has voted with this card before: the new ballot goes on top.
                voter.next = no.last?.next();
            }
            let made = voter.entry.take();
            let entry = made.or_else(|| new_entry(&self.election, &credential, number, voter.next).ok());
            entry.filter(|_| tries <= TRIES_MAX)
        };
        let caller = Caller { election: self.election.clone(), number, credential: credential.clone() };
        let mut waited = None;
        let cast = cast_over(socket, &caller, keys, &mut next_entry, &mut waited);
        match (cast.await, refused) {
            (Ok(Outcome::Recorded { checked, .. }), _) => {
                let count = |counter: &AtomicUsize, counts| counter.fetch_add(usize::from(counts), Ordering::Relaxed);
                count(&self.known_before, checked.index() < self.log_size);
                count(&self.second_tries, refused.is_some());
                voter.next = Position { seq: checked.ballot().entry().seq + 1, prev: checked.ballot().leaf() };
                Ok(waited.unwrap_or_default())
            }
            (Ok(Outcome::Refused(no)), _) => Err(no.code.name().into()),
            (Ok(Outcome::NotOnRoll), _) => Err("not-on-roll".into()),
            (Ok(Outcome::Greeted(_)), _) => Err("an answer to a hello".into()),
            (Err(SessionError::GaveUp), Some(code)) => Err(code.name().into()),
            (Err(error), _) => Err(error.to_string()),
        }
    }
}

/// The smallest value that so many per cent do not exceed.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

pub fn warn_of_old_voters(known_before: usize, second_tries: usize) {
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
