//! kill -9 under load: every «да» stands in the log exactly once after the restart, and the log never forks.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use veche::{
    cards::Card,
    client::{self, ClientError},
};
use veche_election::{BallotEntry, Checkpoint, Election, Receipt, VoterNumber, entry::Position, log::origin};
use veche_server::Home;
use veche_session::voter::Outcome;

use crate::{arena::KEYS, commands::Serving};

const KILLS: u64 = 6;
const VOTERS_A_ROUND: u64 = 12;
/// Of these so many vote before the storm.
const CALM: u64 = 4;

fn serve(home: &Home) -> (Serving, String) {
    let lock = home.path("lock");
    let _ = std::fs::write(&lock, "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    command.arg("serve").arg(home.dir()).args(["7", "0"]).env("VECHE_LANG", "en");
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let serving = Serving(quiet.spawn().unwrap());
    let started = Instant::now();
    loop {
        if let Some(url) = home.served_at() {
            return (serving, url);
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the server did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One voter; `None` if the connection broke before «да».
async fn vote(home: Home, url: String, election: Arc<Election>, number: u64) -> Option<Receipt> {
    let card = Card::read(&home.path(&format!("cards/{number}.json"))).unwrap();
    let credential = card.secret().unwrap().key(election.draft_id());
    let entry = BallotEntry::sign(election.id(), &credential, Position::FIRST, vec!["45432*3".into()]);
    let mut entry = String::from_utf8(entry).ok();
    let number = VoterNumber::new(number).unwrap();
    match client::cast(&url, &election, number, &credential, &KEYS, &mut |_| entry.take()).await {
        Ok(Outcome::Recorded { receipt, .. }) => Some(receipt),
        Err(ClientError::Broken(_) | ClientError::Unreachable { .. }) => None,
        other => panic!("voter {number}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_37_in_part_kill_nine_loses_no_acknowledged_ballot_and_counts_none_twice() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let (mut server, mut url) = serve(&home);
    let election = Arc::new(home.election().unwrap());
    let mut receipts: Vec<(u64, Receipt)> = Vec::new();
    let mut broken = 0;
    for round in 0..KILLS {
        let first = round * VOTERS_A_ROUND + 1;
        let spawn = |numbers: std::ops::Range<u64>| {
            let mut voters = tokio::task::JoinSet::new();
            for number in numbers {
                let (home, url, election) = (home.clone(), url.clone(), election.clone());
                voters.spawn(async move { (number, vote(home, url, election, number).await) });
            }
            voters
        };
        for (number, receipt) in spawn(first..first + CALM).join_all().await {
            receipts.push((number, receipt.unwrap()));
        }
        // Some of these are in the log, the others wherever they are: another moment each round, at any speed.
        let before = ballots(&url).await;
        let voters = spawn(first + CALM..first + VOTERS_A_ROUND);
        while ballots(&url).await <= before + round {}
        server.kill();
        for (number, receipt) in voters.join_all().await {
            match receipt {
                Some(receipt) => receipts.push((number, receipt)),
                None => broken += 1,
            }
        }
        (server, url) = serve(&home);
        for (number, receipt) in &receipts {
            let again = vote(home.clone(), url.clone(), election.clone(), *number).await.unwrap();
            assert_eq!(again, *receipt, "round {round}, voter {number}: the same receipt after the crash");
        }
    }
    println!("{} receipts before {KILLS} kills, {broken} sessions broken off", receipts.len());
    assert!(broken > 0 && !receipts.is_empty(), "{broken} broken, {} receipts: the kills hit nothing", receipts.len());
    for number in 1..=KILLS * VOTERS_A_ROUND {
        vote(home.clone(), url.clone(), election.clone(), number).await.expect("everybody has voted in the end");
    }
    let status = veche_status(&url);
    assert_eq!(status["ballots"], KILLS * VOTERS_A_ROUND);
    assert_eq!(status["entries"], KILLS * VOTERS_A_ROUND + 2, "each ballot once, and the two control entries");
    let note = std::fs::read_to_string(home.path("checkpoint")).unwrap();
    Checkpoint::open(&note, &origin(election.id()), &election.keys().board).unwrap();
    server.kill();
}

async fn ballots(url: &str) -> u64 {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || veche_status(&url)["ballots"].as_u64().unwrap()).await.unwrap()
}

fn veche_status(url: &str) -> serde_json::Value {
    serde_json::from_slice(&client::get(url, "/status.json").unwrap().unwrap()).unwrap()
}
