//! `veche load`: what it says it did, it did, and it does not pass off old voters as new ones.

use serde_json::Value;

use crate::commands::Folder;

#[test]
fn a_load_casts_what_it_says_and_tells_when_its_voters_are_not_fresh() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B,C", "--voters", "20", "--rule", "sum", "--secrecy", "open"]);
    folder.exits(0, &["open", "e"]);
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let load = |more: &[&str]| {
        let out = folder.run(&[&["load", &url, "--cards", "e", "--concurrency", "4"], more].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let figures = |more: &[&str]| serde_json::from_str::<Value>(&load(&[more, &["--json"]].concat())).unwrap();
    let status = || serde_json::from_str::<Value>(&folder.exits(0, &["status", &url, "--json"])).unwrap();

    let first = figures(&["--voters", "12", "--idle", "5"]);
    assert_eq!(status()["ballots"], 12, "each of them in the log");
    assert_eq!((&first["casts"], &first["failed"], &first["idle_sessions"]), (&12.into(), &0.into(), &5.into()));
    assert_eq!((&first["known_before"], &first["second_tries"]), (&0.into(), &0.into()));
    assert_eq!(first["server_pid"], server.0.id(), "found by the lock of the folder");
    assert!(first["server_cpu_ms_per_cast"].as_f64().unwrap() > 0.0);
    let waits = ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|name| first[name].as_f64().unwrap());
    assert!(waits[0] > 0.0 && waits.is_sorted(), "{waits:?}");

    let entries = status()["entries"].clone();
    let said = load(&["--voters", "12"]);
    assert!(said.contains("NOT FRESH: 12 of these ballots were in the log before"), "{said}");
    assert_eq!(status()["entries"], entries, "the same entries: nothing was written");

    let others = figures(&["--voters", "8", "--skip", "12", "--rate", "100"]);
    assert_eq!((&others["casts"], &others["known_before"]), (&8.into(), &0.into()));
    assert_eq!(status()["ballots"], 20);

    let round_again = figures(&["--voters", "6", "--skip", "18"]);
    assert_eq!(round_again["casts"], 6, "two cards, three times: known, and then replaced twice each");
    assert_eq!(status()["entries"], entries.as_u64().unwrap() + 8 + 4);
    let said = folder.exits(2, &["load", &url, "--cards", "e", "--voters", "1", "--skip", "20"]);
    assert!(said.contains("no cards"), "{said}");
    assert_eq!(server.terminate(), 0);
}
