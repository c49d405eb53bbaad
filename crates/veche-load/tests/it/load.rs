//! What it says it did, it did, and it does not pass off old voters as new ones.

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_load_casts_what_it_says_and_tells_when_its_voters_are_not_fresh() {
    let stage = Stage::new(20, 3).await;
    let few = ["--concurrency", "4"];
    let first = stage.figures(&[&few[..], &["--voters", "12", "--idle", "5"]].concat()).await;
    assert_eq!(stage.status().await.ballots, 12, "each of them in the log");
    assert_eq!((&first["casts"], &first["failed"], &first["idle_sessions"]), (&12.into(), &0.into(), &5.into()));
    assert_eq!((&first["known_before"], &first["second_tries"]), (&0.into(), &0.into()));
    assert_eq!(first["server_pid"], std::process::id(), "found by the lock of the folder");
    assert!(first["server_cpu_ms_per_cast"].as_f64().unwrap() > 0.0);
    let waits = ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|name| first[name].as_f64().unwrap());
    assert!(waits[0] > 0.0 && waits.is_sorted(), "{waits:?}");

    let entries = stage.status().await.entries;
    let said = stage.says(&[&few[..], &["--voters", "12"]].concat()).await;
    assert!(said.contains("NOT FRESH: 12 of these ballots were in the log before"), "{said}");
    assert_eq!(stage.status().await.entries, entries, "the same entries: nothing was written");

    let others = stage.figures(&["--voters", "8", "--skip", "12", "--rate", "100"]).await;
    assert_eq!((&others["casts"], &others["known_before"]), (&8.into(), &0.into()));
    assert_eq!(stage.status().await.ballots, 20);

    let round_again = stage.figures(&["--voters", "6", "--skip", "18"]).await;
    assert_eq!(round_again["casts"], 6, "two cards, three times: known, and then replaced twice each");
    assert_eq!(stage.status().await.entries, entries + 8 + 4);
    let out = stage.run(&["--voters", "1", "--skip", "20"]).await;
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && said.contains("no cards"), "{said}");
}

/// Strangers are let loose on this machine only, and never without cards of their own.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_attack_nothing_but_the_loopback() {
    let mut stage = Stage::new(5, 3).await;
    let port = stage.url.rsplit_once(':').unwrap().1.to_owned();
    let hostile = ["--hostile", "2", "--rounds", "1", "--voters"];
    let out = stage.run(&[&hostile[..], &["5"]].concat()).await;
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && said.contains("less than there are cards"), "{said}");
    stage.url = format!("http://localhost:{port}");
    let out = stage.run(&[&hostile[..], &["3"]].concat()).await;
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && said.contains("http://127.0.0.1:PORT and nothing else"), "{said}");
}
