//! Sessions over real sockets: the founding protocol and what it leaves behind.

use std::os::unix::fs::PermissionsExt;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use veche::client;
use veche_election::{Act, entry::Position, record};
use veche_session::Code;

use crate::arena::{Arena, Cast, caller, eventually, pages};

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_is_recorded_a_second_needs_the_first_and_the_same_again_is_found() {
    let arena = Arena::open().await;
    assert_eq!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, current: true });
    assert_eq!(arena.vote(1, "1111111").await, Cast::No(Code::Stale));
    assert_eq!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, current: true });
    assert_eq!(arena.vote(2, "9999999").await, Cast::No(Code::BadMarks));
    assert_eq!(arena.vote(2, "111111").await, Cast::No(Code::BadMarks));
    assert_eq!(arena.vote(2, "5555555").await, Cast::Recorded { index: 3, current: true });
}

#[tokio::test(flavor = "multi_thread")]
async fn with_revote_never_the_second_ballot_is_already_voted() {
    let arena = Arena::with(Arena::revote_never, |_| ()).await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    assert_eq!(arena.vote(1, "1111111").await, Cast::No(Code::AlreadyVoted));
}

/// Rows 10 and 16: another's entry, another's credential, another's number.
#[tokio::test(flavor = "multi_thread")]
async fn row_10_and_16_a_voter_can_bring_only_an_own_entry_under_the_own_number() {
    let arena = Arena::open().await;
    let other_entry = arena.entry(2, Position::FIRST, "5555555");
    let copied = arena.bring(1, &arena.credential(1), other_entry.clone()).await.unwrap();
    assert_eq!(copied, Cast::No(Code::NotAuthorised), "voter 2's entry under number 1");
    let stolen = arena.bring(2, &arena.credential(1), other_entry).await.unwrap();
    assert_eq!(stolen, Cast::No(Code::NotAuthorised), "number 2 with voter 1's card");
    let changed = arena.entry(1, Position::FIRST, "1111111").as_str().replace("1111111", "5555555").into();
    let forged = arena.bring(1, &arena.credential(1), changed).await.unwrap();
    assert_eq!(forged, Cast::No(Code::BadSignature), "marks changed after signing");
    let spaced = arena.entry(1, Position::FIRST, "1111111").as_str().replacen(',', ", ", 1).into();
    let spaced = arena.bring(1, &arena.credential(1), spaced).await.unwrap();
    assert_eq!(spaced, Cast::No(Code::BadEntry), "another serialisation");
    assert!(matches!(arena.vote(2, "1111111").await, Cast::Recorded { .. }), "the others are served on");
}

/// Row 13: no two voters have one tracking code, even with the same marks.
#[tokio::test(flavor = "multi_thread")]
async fn row_13_equal_ballots_have_different_codes() {
    let arena = Arena::open().await;
    let codes: std::collections::BTreeSet<String> = (1..=10)
        .map(|number| {
            let entry = arena.entry(number, Position::FIRST, "3333333");
            veche_election::entry::BallotCode::of(&entry).short()
        })
        .collect();
    assert_eq!(codes.len(), 10);
}

/// Row 18, over sockets: before opening and after closing there is a folder, then a final sealed «нет».
#[tokio::test(flavor = "multi_thread")]
async fn row_18_before_opening_and_after_closing_a_ballot_gets_a_sealed_no() {
    let arena = Arena::set_up(|_| (), |_| ()).await;
    assert_eq!(arena.vote(1, "45432*3").await, Cast::No(Code::NotOpen));
    assert_eq!(arena.vote(1, "bad").await, Cast::No(Code::NotOpen));
    arena.act(Act::Opening).await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    arena.act(Act::Pause { reason: "fire alarm".into() }).await;
    assert_eq!(arena.vote(2, "45432*3").await, Cast::No(Code::NotOpen));
    arena.act(Act::Resume { reason: "it was a test".into() }).await;
    arena.act(Act::Closing).await;
    assert_eq!(arena.vote(2, "45432*3").await, Cast::No(Code::Closed));
    assert_eq!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, current: true }, "known, so «да»");
}

/// Row 33: the folder is there while the session runs, private, without private keys, and gone afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn row_33_the_exchange_folder_lives_as_long_as_the_session() {
    let mut arena = Arena::with(|file| file.session_timeout_s = 2, |_| ()).await;
    let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    socket.send(Message::text("1")).await.unwrap();
    let Some(Ok(Message::Text(name))) = socket.next().await else { panic!("no folder") };
    let folder = arena.home.path("exchange").join(name.as_str());
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    assert_eq!(arena.exchange(), std::slice::from_ref(&folder));
    drop(socket);
    eventually("a broken connection's folder is deleted", || arena.exchange().is_empty()).await;

    let mut idle = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    idle.send(Message::text("1")).await.unwrap();
    idle.next().await.unwrap().unwrap();
    assert_eq!(arena.exchange().len(), 1);
    eventually("an abandoned session is swept after session_timeout_s", || arena.exchange().is_empty()).await;

    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    assert!(arena.exchange().is_empty(), "after ok the folder is gone before the connection closes");

    arena.stop().await;
    std::fs::create_dir_all(folder.join("left")).unwrap();
    arena.start().await;
    assert!(arena.exchange().is_empty(), "what a crash left is swept at the next start");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_folder_holds_the_frames_and_no_key() {
    let arena = Arena::open().await;
    let entry = arena.entry(1, Position::FIRST, "45432*3");
    let mut seen = Vec::new();
    let mut next = |why: veche_session::voter::Why| match why {
        veche_session::voter::Why::First => Some(entry.as_str().replace("45432*3", "9999999").into()),
        veche_session::voter::Why::Refused(_) => {
            for file in std::fs::read_dir(arena.exchange().pop().unwrap()).unwrap() {
                let path = file.unwrap().path();
                seen.push((path.file_name().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()));
            }
            None
        }
    };
    let number = veche_election::VoterNumber::new(1).unwrap();
    let keys = &crate::arena::KEYS;
    let _ = client::at(&arena.url)
        .unwrap()
        .cast(&caller(&arena.election, number, &arena.credential(1)), keys, &mut next)
        .await;
    seen.sort();
    let names: Vec<_> = seen.iter().map(|(name, _)| name.to_str().unwrap()).collect();
    assert_eq!(names, ["down-1.jwe", "up-1.jwe"]);
    assert!(seen.iter().all(|(_, frame)| frame.split('.').count() == 5 && !frame.contains("9999999")));
}

/// Row 33, further: sessions that have shown no credential, or another's, put nothing into their folders.
#[tokio::test(flavor = "multi_thread")]
async fn row_33_frames_of_who_has_proven_nothing_are_not_kept_on_the_disk() {
    let arena = Arena::open().await;
    let entry = arena.entry(1, Position::FIRST, "45432*3");
    let (mut tries, mut kept) = (0, 0);
    let mut next = |why: veche_session::voter::Why| {
        if matches!(why, veche_session::voter::Why::Refused(_)) {
            kept += std::fs::read_dir(arena.exchange().pop().unwrap()).unwrap().count();
        }
        tries += 1;
        (tries <= 3).then(|| entry.clone())
    };
    let number = veche_election::VoterNumber::new(1).unwrap();
    let keys = &crate::arena::KEYS;
    let _ = client::at(&arena.url)
        .unwrap()
        .cast(&caller(&arena.election, number, &arena.credential(2)), keys, &mut next)
        .await;
    assert_eq!((tries, kept), (4, 0), "with another's credential");
}

/// Row 40: nothing that is served before closing tells how anybody voted or how the count stands.
#[tokio::test(flavor = "multi_thread")]
async fn row_40_before_closing_only_hashes_and_turnout_are_served() {
    let arena = Arena::open().await;
    arena.vote(1, "45432*3").await;
    for path in ["/result.json", "/roll", "/tile/entries/000.p/3", "/tile/entries/000"] {
        assert_eq!(arena.get(path).await.0, 403, "{path}");
    }
    let mut all = Vec::new();
    for path in [
        "/",
        "/status.json",
        "/checkpoint",
        "/credentials",
        "/election.json",
        "/tile/0/000.p/3",
        "/metrics",
        "/README.txt",
        "/healthz",
    ] {
        let (status, body) = arena.get(path).await;
        assert_eq!(status, 200, "{path}");
        all.extend(body);
    }
    assert!(!String::from_utf8_lossy(&all).contains("45432*3"));
    for path in [
        "/tile/0/001",
        "/tile/0/000.p/4",
        "/tile/0/0",
        "/tile/00/000.p/3",
        "/tile/+0/000.p/3",
        "/tile/9/000",
        "/tile/0/000.p/256",
        "/tile/x/000",
        "/tile/../election.json",
    ] {
        assert_eq!(arena.get(path).await.0, 404, "{path}");
    }
    arena.act(Act::Closing).await;
    for path in ["/result.json", "/roll", "/tile/entries/000.p/5"] {
        assert_eq!(arena.get(path).await.0, 200, "{path}");
    }
    let url = arena.url.clone();
    let verified = tokio::task::spawn_blocking(move || veche::records::check(&url, &mut veche::front::Nobody))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(verified.result().ballots, 1, "the server's own paths are a record that verifies");
    assert_eq!(record::MANIFEST_FILE, "election.json");
}

/// A voter's own second ballot, after the first was refused and when the test says so: meanwhile the session has shown
/// its credential and waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_the_voters_under_way_finish() {
    let mut arena = Arena::with(|_| (), |limits| limits.shutdown_grace_s = 60).await;
    let entry = |marks| arena.entry(3, Position::FIRST, marks);
    let (bad, good) = (entry("9999999"), entry("45432*3"));
    let (refused, is_refused) = tokio::sync::oneshot::channel();
    let (decide, decided) = std::sync::mpsc::channel::<()>();
    let (url, election, credential) = (arena.url.clone(), arena.election.clone(), arena.credential(3));
    let voter = tokio::spawn(async move {
        let (mut refused, mut entries) = (Some(refused), [bad, good].into_iter());
        let mut next = move |why: veche_session::voter::Why| {
            if let veche_session::voter::Why::Refused(_) = why {
                refused.take().unwrap().send(()).unwrap();
                tokio::task::block_in_place(|| decided.recv()).unwrap();
            }
            entries.next()
        };
        let number = veche_election::VoterNumber::new(3).unwrap();
        client::at(&url).unwrap().cast(&caller(&election, number, &credential), &crate::arena::KEYS, &mut next).await
    });
    is_refused.await.unwrap();
    let (url, election) = (arena.url.clone(), arena.election.clone());
    let server = arena.server.take().unwrap();
    let stopping = tokio::spawn(server.shutdown());
    let turned_away = async {
        while client::at(&url).unwrap().connect(&election).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let turned_away = tokio::time::timeout(std::time::Duration::from_secs(30), turned_away).await;
    assert!(turned_away.is_ok(), "no new session during a shutdown");
    assert!(!stopping.is_finished(), "the shutdown waits for the session under way");
    decide.send(()).unwrap();
    assert!(matches!(voter.await.unwrap().unwrap(), veche_session::voter::Outcome::Recorded { .. }));
    assert_eq!(stopping.await.unwrap(), 0, "nobody was cut off");
    arena.start().await;
    assert_eq!(arena.vote(3, "45432*3").await, Cast::Recorded { index: 2, current: true });
}

/// Row 60: who has shown no credential keeps no server from stopping, whatever else was said.
#[tokio::test(flavor = "multi_thread")]
async fn row_60_a_stranger_does_not_hold_a_shutdown() {
    const GRACE_S: u64 = 60;
    let mut arena = Arena::with(|_| (), |limits| limits.shutdown_grace_s = GRACE_S).await;
    let mut strangers = Vec::new();
    for first in ["", "3"] {
        let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
        if !first.is_empty() {
            socket.send(Message::text(first)).await.unwrap();
            socket.next().await.unwrap().unwrap();
        }
        strangers.push(socket);
    }
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(GRACE_S / 2), arena.stop()).await;
    assert_eq!(stopped.expect("the shutdown waits for strangers"), 0);
    for mut socket in strangers {
        let end = socket.next().await;
        let Some(Ok(Message::Close(Some(close)))) = end else { panic!("{end:?}") };
        assert_eq!(u16::from(close.code), 1001);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_folder_is_refused() {
    let arena = Arena::open().await;
    let config = veche_server::Config {
        home: arena.home.clone(),
        address: veche::setup::local(0),
        limits: veche_server::limits::Limits::default(),
        clock: veche_server::clock::Clock::system(),
        grace_s: veche_server::sequencer::GRACE_DEFAULT_S,
        witnesses: Default::default(),
        pages: pages(),
        booth: veche_server::booth::Booth::default(),
        tls: None,
    };
    let refused = veche_server::Server::start(config).await.err().unwrap().to_string();
    assert!(refused.contains("in use") && refused.contains(&arena.url), "{refused}");
}
