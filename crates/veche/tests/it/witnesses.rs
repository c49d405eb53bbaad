//! Witnesses beside a server that starts, or that they sign for one after the other.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use veche::config::{ElectionFile, WitnessFile};
use veche_election::Act;
use veche_server::{Config, Server, clock::Clock, limits::Limits, sequencer::GRACE_DEFAULT_S};

use crate::{
    arena::{Arena, Cast, pages},
    board::{cosigned, get, start_witness, start_witness_of, watched, witness},
};

const PATIENCE: Duration = Duration::from_secs(60);

async fn start(arena: &Arena, ignore: bool) -> Result<Server, String> {
    let mut witnesses = veche::hosting::witnesses(veche::config::read(&arena.home).unwrap().as_ref()).unwrap();
    witnesses.ignore_at_start = ignore;
    let config = Config {
        home: arena.home.clone(),
        address: veche::setup::local(0),
        limits: Limits::default(),
        clock: Clock::system(),
        grace_s: GRACE_DEFAULT_S,
        witnesses,
        pages: pages(),
        booth: veche_server::booth::Booth::default(),
        tls: None,
    };
    Server::start(config).await.map_err(|error| error.to_string())
}

/// Row 20: beside a witness that has signed another log, as long as this one or shorter, no server starts.
#[tokio::test(flavor = "multi_thread")]
async fn row_20_no_server_starts_where_a_witness_has_signed_another_log() {
    for ballots in 1..=2 {
        let (mut arena, address) = watched().await;
        let witness = start_witness(&arena, address).await;
        arena.act(Act::Opening).await;
        cosigned(&arena).await;
        arena.stop().await;
        let mut fork = arena.copy();
        arena.start().await;
        assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, .. }));
        cosigned(&arena).await;
        arena.stop().await;
        fork.server = Some(start(&fork, true).await.unwrap());
        fork.url = fork.server.as_ref().unwrap().url().to_owned();
        for number in 2..2 + ballots {
            assert!(matches!(fork.vote(number, "1111111").await, Cast::Recorded { .. }));
        }
        fork.stop().await;
        let refused = start(&fork, false).await.err().expect("a witness knows another log");
        assert!(refused.contains("witness.example/7") && refused.contains("another log"), "{ballots}: {refused}");
        arena.start().await;
        arena.stop().await;
        witness.shutdown().await;
    }
}

/// Waits until what the server shows at a path has the lines of these witnesses, and of no others of the two.
async fn signed_by(arena: &Arena, path: &str, seeds: &[u8]) -> String {
    let began = Instant::now();
    loop {
        let note = get(&arena.url, path).await.unwrap_or_default();
        let has = |seed: u8| note.contains(&format!("\n— {} ", witness(seed).name()));
        if [7, 8].into_iter().all(|seed| has(seed) == seeds.contains(&seed)) {
            return note;
        }
        assert!(began.elapsed() < PATIENCE, "{seeds:?} at {path}: {note}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One is away, and the other when it has come back: together they make the quorum all the same, and a restart keeps both.
#[tokio::test(flavor = "multi_thread")]
async fn witnesses_that_sign_in_separate_rounds_make_a_quorum() {
    // Taken and given back, as in `watched`; both at once, so that they are two.
    let taken = [0, 1].map(|_| TcpListener::bind("127.0.0.78:0").unwrap());
    let addresses = taken.each_ref().map(|listener| listener.local_addr().unwrap());
    drop(taken);
    let entries = [7, 8].into_iter().zip(addresses);
    let entries: Vec<_> = entries
        .map(|(seed, address)| WitnessFile { key: witness(seed).to_string(), url: format!("http://{address}") })
        .collect();
    let change = |file: &mut ElectionFile| (file.witnesses, file.witness_quorum) = (entries, Some(2));
    let mut arena = Arena::set_up(change, |_| ()).await;
    arena.act(Act::Opening).await;
    let first = start_witness_of(&arena, 7, addresses[0]).await;
    signed_by(&arena, "/checkpoint", &[7]).await;
    assert_eq!(get(&arena.url, "/witnessed").await, None, "one of two is no quorum");
    first.shutdown().await;
    let second = start_witness_of(&arena, 8, addresses[1]).await;
    let note = signed_by(&arena, "/witnessed", &[7, 8]).await;
    assert_eq!(signed_by(&arena, "/checkpoint", &[7, 8]).await, note);
    second.shutdown().await;
    arena.stop().await;
    arena.start().await;
    assert_eq!(get(&arena.url, "/witnessed").await, Some(note), "from the file");
    arena.stop().await;
}
