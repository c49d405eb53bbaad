//! An open election with cards, served in this process on a free port of the loopback.

use std::process::{Command, Output};

use serde_json::Value;
use veche::{
    client,
    config::{ContestFile, ElectionFile},
    front::Nobody,
    hosting,
    setup::{self, Plan},
};
use veche_client::told::Status;
use veche_election::{Act, ContestKind, ControlEntry, Method, Roll, Secrecy, Signatory, entry::CheckedControl};
use veche_server::{
    Config, Home, Server, clock::Clock, home::ORGANISER_KEY_FILE, limits::Limits, sequencer::GRACE_DEFAULT_S,
};

pub struct Stage {
    dir: tempfile::TempDir,
    pub url: String,
    /// Served as long as the stage stands.
    _server: Server,
}

impl Stage {
    pub async fn new(voters: u64, candidates: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("e"));
        let candidates = (1..=candidates).map(|i| format!("Candidate {i}")).collect();
        let contest = ContestFile::new("Load", ContestKind::Score, candidates);
        let file = ElectionFile::simple("Load", contest, Method::Sum, Secrecy::Open);
        let plan = Plan { roll: Roll::numbered(voters), ..Plan::new(file).unwrap() };
        let (election, lock) = setup::create(&home, plan, &mut Nobody).await.unwrap();
        drop(lock);
        let config = Config {
            home: home.clone(),
            address: setup::local(0),
            limits: Limits::default(),
            clock: Clock::system(),
            grace_s: GRACE_DEFAULT_S,
            witnesses: hosting::witnesses(veche::config::read(&home).unwrap().as_ref()).unwrap(),
            pages: veche::pages::ElectionPages::new(None, None, false),
            booth: veche_server::booth::Booth::default(),
            tls: None,
        };
        let server = Server::start(config).await.unwrap();
        let (sequencer, key) = (&server.shared().sequencer, home.signing_key(ORGANISER_KEY_FILE).unwrap());
        let (link, now) = (sequencer.published().link, Clock::system().wall());
        let opening = ControlEntry::sign(election.id(), link, now, Signatory::Organiser, Act::Opening, &key);
        sequencer.control(CheckedControl::check(&opening, &election).unwrap()).await.unwrap();
        Self { dir, url: server.url().to_owned(), _server: server }
    }

    /// The program, with these arguments behind address and cards.
    pub async fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche-load"));
        command.args([self.url.as_str(), "--cards", "e"]).args(args).current_dir(&self.dir).env("VECHE_LANG", "en");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// As [`Stage::run`], well ended: what it said.
    pub async fn says(&self, args: &[&str]) -> String {
        let out = self.run(args).await;
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    pub async fn figures(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[args, &["--json"]].concat()).await).unwrap()
    }

    pub async fn status(&self) -> Status {
        let address = client::at(&self.url).unwrap();
        tokio::task::spawn_blocking(move || address.status().unwrap()).await.unwrap()
    }
}
