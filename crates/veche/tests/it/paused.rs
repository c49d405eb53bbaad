//! Row 37: the process is paused (a laptop's lid, a moved virtual machine, a debugger), and goes on as if nothing had been.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use rustix::process::{Pid, Signal, kill_process};
use tokio_tungstenite::tungstenite::Message;
use veche::client;

use crate::{
    arena::Arena,
    crash::asked,
    ledger::{Ledger, Said, serve, veche_status},
};

/// How long the server stands still; `VECHE_PAUSE_S=60` for the row's whole minute.
const PAUSE_S: u64 = 4;
const VOTERS: usize = 10;
/// Of them so many vote all the time.
const BUSY: usize = 6;

/// Sessions are open in every state: silent, thinking, and ballots on their way at the very moment. Whoever is answered
/// across the pause is answered truly; sessions that are overdue end; nothing is lost, counted twice or forked.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_a_server_that_stands_still_with_sessions_open_loses_nothing_and_ends_what_is_overdue() {
    let pause = asked("VECHE_PAUSE_S", PAUSE_S);
    let mut arena = Arena::with(|file| file.session_timeout_s = pause / 2, |_| ()).await;
    arena.stop().await;
    let ledger = Arc::new(Ledger::new(&arena.home));
    let (server, url) = serve(&arena.home, |_| ());
    let pid = Pid::from_raw(i32::try_from(server.0.id()).unwrap()).unwrap();
    let (over, across) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut voters = tokio::task::JoinSet::new();
    for voter in 0..BUSY {
        let (ledger, url, over, across) = (ledger.clone(), url.clone(), over.clone(), across.clone());
        voters.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                let said = ledger.cast(&url, voter).await;
                let waited = began.elapsed() >= Duration::from_secs(pause);
                match said {
                    // Begun before the pause, and answered after it: however it ended, nothing may be wrong with it.
                    Said::Yes(_) | Said::Nothing if waited => drop(across.fetch_add(1, Ordering::Relaxed)),
                    Said::Yes(_) | Said::Nothing => {}
                    Said::No(code) => panic!("voter {voter}: {}", code.name()),
                }
            }
        });
    }
    let silent = client::at(&url).unwrap().connect(&arena.election).await.unwrap();
    let mut thinking = client::at(&url).unwrap().connect(&arena.election).await.unwrap();
    thinking.send(Message::text("9")).await.unwrap();
    thinking.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;

    kill_process(pid, Signal::STOP).unwrap();
    tokio::time::sleep(Duration::from_secs(pause)).await;
    kill_process(pid, Signal::CONT).unwrap();

    for (mut socket, what) in [(silent, "silent"), (thinking, "thinking")] {
        let end = async { while !matches!(socket.next().await, None | Some(Err(_) | Ok(Message::Close(_)))) {} };
        let ended = tokio::time::timeout(Duration::from_secs(10), end).await;
        assert!(ended.is_ok(), "a {what} session goes on after its time");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    over.store(true, Ordering::Relaxed);
    voters.join_all().await;
    let across = across.load(Ordering::Relaxed);
    assert!(across > 0, "the pause hit nobody");
    println!("{across} casts across a pause of {pause} s, {} receipts", ledger.receipts());
    ledger.check_log(&url);
    server.kill();
    let (server, url) = serve(&arena.home, |_| ());
    ledger.finish(&arena.home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}

/// The closing time passes while the server stands still. What was answered before counts, the closing entry is
/// appended when the server has gone on for long enough to be sure, and from the closing time on no ballot is.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_a_closing_time_that_passes_during_a_pause_closes_the_election_after_it() {
    // On a slow machine the votes take longer than that: then with more time.
    for seconds in [10, 40, 160] {
        if closed_during_a_pause(seconds).await {
            return;
        }
    }
    panic!("too slow a machine");
}

/// False if the time was too short for three votes.
async fn closed_during_a_pause(seconds: u64) -> bool {
    let began = Instant::now();
    let mut arena = Arena::with(|file| file.closes = Some(format!("+{seconds}s")), |_| ()).await;
    arena.stop().await;
    let ledger = Ledger::new(&arena.home);
    let (server, url) = serve(&arena.home, |_| ());
    for voter in 0..3 {
        if !matches!(ledger.cast(&url, voter).await, Said::Yes(_)) {
            return false;
        }
    }
    // A second to spare: from here on the server must stand still before its time comes.
    if veche_status(&url)["phase"] != "open" || began.elapsed() + Duration::from_secs(1) > Duration::from_secs(seconds)
    {
        return false;
    }
    let pid = Pid::from_raw(i32::try_from(server.0.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    tokio::time::sleep((began + Duration::from_secs(seconds + 2)).saturating_duration_since(Instant::now())).await;
    kill_process(pid, Signal::CONT).unwrap();
    let said = ledger.cast(&url, 4).await;
    assert!(matches!(said, Said::No(veche_session::Code::Closed)), "{said:?}");
    for attempt in 0..1_200 {
        if veche_status(&url)["phase"] == "finished" {
            break;
        }
        assert!(attempt < 1_199, "it does not close: {}", veche_status(&url));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = ledger.cast(&url, 4).await;
    assert!(matches!(said, Said::No(veche_session::Code::Closed)), "{said:?}");
    ledger.check_log(&url);
    let checked = url.clone();
    let verified = tokio::task::spawn_blocking(move || veche::records::check(&checked, &mut veche::front::Nobody))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(verified.result().ballots, 3);
    assert_eq!(server.terminate(), 0);
    true
}
