//! An election with its server in this process, on a free port of the loopback, and voters who use real sockets.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use veche::{
    cards, client,
    config::{ContestFile, ElectionFile},
    front::Nobody,
    setup::{self, Plan},
};
use veche_client::{
    Card,
    casting::Caller,
    sessions::{SessionError, SessionKeys},
};
use veche_election::{
    Act, BallotEntry, ContestKind, CredentialKey, Election, Method, Revote, Roll, Secrecy, VoterNumber,
    entry::{EntryBytes, Position},
};
use veche_server::{Config, Home, Server, clock::Clock, home::ORGANISER_KEY_FILE, limits::Limits};
use veche_session::{
    Code,
    voter::{Outcome, Why},
};

/// RSA keys take time: all test voters share a pair. A real voter makes a fresh one.
pub static KEYS: LazyLock<Arc<SessionKeys>> = LazyLock::new(|| Arc::new(SessionKeys::generate().unwrap()));

/// Who casts with this card's key.
pub fn caller(election: &Arc<Election>, number: VoterNumber, credential: &CredentialKey) -> Caller {
    Caller { election: election.clone(), number, credential: credential.clone() }
}

/// In the languages that are asked for.
pub fn pages() -> std::sync::Arc<veche::pages::ElectionPages> {
    veche::pages::ElectionPages::new(None, None, false)
}

pub struct Arena {
    pub dir: tempfile::TempDir,
    pub home: Home,
    pub election: Arc<Election>,
    pub server: Option<Server>,
    pub url: String,
    limits: Limits,
}

/// How a ballot went.
#[derive(Debug, PartialEq, Eq)]
pub enum Cast {
    Recorded { index: u64, current: bool },
    NotOnRoll,
    No(Code),
}

impl Arena {
    pub async fn open() -> Self {
        Self::with(|_| (), |_| ()).await
    }

    /// Seven candidates, marks 1 to 5, ten voters; set up, served and open.
    pub async fn with(change: impl FnOnce(&mut ElectionFile), limit: impl FnOnce(&mut Limits)) -> Self {
        let arena = Self::set_up(change, limit).await;
        arena.act(Act::Opening).await;
        arena
    }

    pub async fn set_up(change: impl FnOnce(&mut ElectionFile), limit: impl FnOnce(&mut Limits)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("e"));
        let candidates = (1..=7).map(|i| format!("Candidate {i}")).collect();
        let contest = ContestFile::new("Seven", ContestKind::Score, candidates);
        let mut file = ElectionFile::simple("Arena", contest, Method::Sum, Secrecy::Open);
        change(&mut file);
        let plan = Plan { roll: Roll::numbered(10), ..Plan::new(file).unwrap() };
        let (election, lock) = setup::create(&home, plan, &mut Nobody).await.unwrap();
        drop(lock);
        let mut limits = Limits { shutdown_grace_s: 10, ..Limits::default() };
        limit(&mut limits);
        let mut arena = Self { dir, home, election: Arc::new(election), server: None, url: String::new(), limits };
        arena.start().await;
        arena
    }

    pub async fn start(&mut self) {
        let (home, limits) = (self.home.clone(), self.limits.clone());
        let file = veche::config::read(&home).unwrap();
        let witnesses = veche::hosting::witnesses(file.as_ref()).unwrap();
        let tls = veche::hosting::identity(&home, file.as_ref()).unwrap();
        let config = Config {
            home,
            address: setup::local(0),
            limits,
            clock: Clock::system(),
            grace_s: veche_server::sequencer::GRACE_DEFAULT_S,
            witnesses,
            pages: pages(),
            booth: veche_server::booth::Booth::default(),
            tls,
        };
        let server = Server::start(config);
        let server = server.await.unwrap();
        self.url = server.url().to_owned();
        self.server = Some(server);
    }

    /// The whole folder as it is now, not served: a backup, or what a cheat makes of it.
    pub fn copy(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("e"));
        copy_folder(self.home.dir(), home.dir());
        Self {
            dir,
            home,
            election: self.election.clone(),
            server: None,
            url: String::new(),
            limits: self.limits.clone(),
        }
    }

    pub async fn stop(&mut self) -> usize {
        self.server.take().unwrap().shutdown().await
    }

    /// An act of the organiser, through the server's sequencer.
    pub async fn act(&self, act: Act) {
        let key = self.home.signing_key(ORGANISER_KEY_FILE).unwrap();
        let sequencer = &self.server.as_ref().unwrap().shared().sequencer;
        let link = sequencer.published().link;
        let by = veche_election::Signatory::Organiser;
        let bytes = veche_election::ControlEntry::sign(self.election.id(), link, Clock::system().wall(), by, act, &key);
        let control = veche_election::entry::CheckedControl::check(&bytes, &self.election).unwrap();
        sequencer.control(control).await.unwrap();
    }

    pub fn card(&self, number: u64) -> Card {
        cards::read(&self.home.path(&format!("cards/{number}.json"))).unwrap()
    }

    pub fn credential(&self, number: u64) -> CredentialKey {
        self.card(number).secret().unwrap().key(self.election.draft_id())
    }

    pub fn entry(&self, number: u64, at: Position, marks: &str) -> EntryBytes {
        BallotEntry::sign(self.election.id(), &self.credential(number), at, vec![marks.into()])
    }

    /// Votes with the voter's own card; after «нет» the voter gives up.
    pub async fn vote(&self, number: u64, marks: &str) -> Cast {
        self.bring(number, &self.credential(number), self.entry(number, Position::FIRST, marks)).await.unwrap()
    }

    /// Brings any entry under any number with any credential.
    pub async fn bring(
        &self,
        number: u64,
        credential: &CredentialKey,
        entry: EntryBytes,
    ) -> Result<Cast, SessionError> {
        let mut entry = Some(entry);
        let mut refused = None;
        let mut next = |why: Why| {
            if let Why::Refused(reason) = why {
                refused = Some(reason.code);
            }
            entry.take()
        };
        let number = VoterNumber::new(number).unwrap();
        let outcome =
            client::at(&self.url).unwrap().cast(&caller(&self.election, number, credential), &KEYS, &mut next).await;
        match (outcome, refused) {
            (Ok(Outcome::Recorded { checked, current, .. }), _) => {
                Ok(Cast::Recorded { index: checked.index(), current })
            }
            (Ok(Outcome::NotOnRoll), _) => Ok(Cast::NotOnRoll),
            (Ok(Outcome::Greeted(greeting)), _) => panic!("{greeting:?}"),
            (Ok(Outcome::Refused(reason)), _) => Ok(Cast::No(reason.code)),
            (Err(SessionError::GaveUp), Some(code)) => Ok(Cast::No(code)),
            (Err(error), _) => Err(error),
        }
    }

    /// The sessions' folders in `exchange/`.
    pub fn exchange(&self) -> Vec<std::path::PathBuf> {
        let paths = std::fs::read_dir(self.home.path("exchange")).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| !path.ends_with(".spare")).collect()
    }

    /// GET on the server, from a thread of its own: status and body.
    pub async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        raw(&self.url, request.as_bytes()).await
    }

    pub fn revote_never(file: &mut ElectionFile) {
        file.revote = Revote::Never;
    }
}

/// Sends bytes over a new connection and reads until the server closes it.
pub async fn raw(url: &str, request: &[u8]) -> (u16, Vec<u8>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    // A server that refuses may close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the server neither answered nor closed");
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body =
        answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(Vec::new(), |i| answer[i + 4..].to_vec());
    (status, body)
}

/// Waits, for a bounded time, until something holds.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never came about: {what}");
}

/// Files that vanish meanwhile are not missed: a stopped server's database takes its side files away when the last
/// reader has gone.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy_folder(&entry.path(), &target),
            _ => match std::fs::copy(entry.path(), target) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
                _ => {}
            },
        }
    }
}
