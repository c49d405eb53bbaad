//! What programs say when something is in the way, and by which exit code: neither a fork, nor a bad record, nor a server
//! that is down, where it is none of these.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use veche_server::{Home, home::CONFIG_FILE};

use crate::{
    commands::{Folder, Serving},
    liar::Liar,
    mutants::{interpreter, python, verifier},
    secret::said,
};

/// What waits for ever waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

fn new(folder: &Folder, name: &str, more: &[&str]) {
    let args = ["new", name, "--candidates", "A,B", "--voters", "3", "--rule", "sum"];
    folder.exits(0, &[&args[..], more].concat());
}

fn open(folder: &Folder, name: &str, more: &[&str]) {
    new(folder, name, more);
    folder.exits(0, &["open", name]);
}

fn serve(folder: &Folder, name: &str) -> (Serving, String) {
    let (server, port) = folder.serve(&["serve", name, "--any-port"]);
    (server, format!("http://127.0.0.1:{port}"))
}

const OPEN: [&str; 2] = ["--secrecy", "open"];
const SECRET: [&str; 1] = ["--local-trustees"];

/// Its output, or `None` if it waits for what never comes.
fn ends(command: &mut Command) -> Option<Output> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(child.wait_with_output().unwrap())
}

#[test]
fn an_election_whose_closing_time_has_come_is_not_called_open() {
    let folder = Folder::new();
    let status = |closes: u64, schedule: serde_json::Value| {
        let control = json!({ "n": 2, "prev": veche_election::Hash([1; 32]) });
        json!({
            "election": veche_election::Hash([2; 32]), "title": "T", "phase": "open", "voters": 3, "voters_weight": 3,
            "ballots": 1, "entries": 3, "opens": null, "closes": closes, "schedule": schedule, "control": control,
        })
    };
    let grace = json!({ "state": "grace", "act": "closing", "time": 1, "until": 601 });
    for (closes, schedule, told, not_told) in [
        (1, grace, ["no ballots are taken", "passed while no server ran"], "open;"),
        (1, json!(null), ["no ballots are taken", "the closing follows"], "open;"),
        (u64::MAX >> 12, json!(null), ["open;", "1 of 3"], "no ballots"),
    ] {
        let shown = status(closes, schedule).to_string().into_bytes();
        let liar = Liar::start("http://127.0.0.1:1", move |_, _, _| Some(shown.clone()));
        let said = folder.exits(0, &["status", &liar.url]);
        assert!(told.iter().all(|told| said.contains(told)) && !said.contains(not_told), "{said}");
    }
}

#[test]
fn to_verify_what_is_not_there_or_not_over_is_no_failed_check() {
    let folder = Folder::new();
    let said = folder.exits(7, &["verify", "http://127.0.0.1:1"]);
    assert!(said.contains("cannot be reached") && !said.contains("NOT VERIFIED"), "{said}");
    folder.exits(7, &["verify", "http://127.0.0.1:1", "--so-far"]);
    for (name, more, so_far) in [("o", &OPEN[..], 5), ("s", &SECRET[..], 0)] {
        open(&folder, name, more);
        let (server, url) = serve(&folder, name);
        let said = folder.exits(5, &["verify", &url]);
        assert!(said.contains("--so-far") && !said.contains("NOT VERIFIED"), "{said}");
        let said = folder.exits(so_far, &["verify", &url, "--so-far"]);
        assert!(!said.contains("NOT VERIFIED"), "{said}");
        assert_eq!(server.terminate(), 0);
    }
    // A record that is over and bad is still a bad one.
    folder.exits(0, &["close", "o"]);
    let (_server, url) = serve(&folder, "o");
    folder.exits(0, &["verify", &url]);
    let liar = Liar::start(&url, |path, _, _| (path == "/result.json").then(|| b"{}".to_vec()));
    assert!(folder.exits(6, &["verify", &liar.url]).contains("NOT VERIFIED"));
}

/// A full server, or a door too small for all who come from one's own network, hangs up. It is not down.
#[test]
fn a_server_that_hangs_up_is_not_asked_whether_it_runs() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    for args in [&["status", &url][..], &["verify", &url], &["vote", "1", "--card", "e/cards/1.json", "--url", &url]] {
        let said = folder.exits(7, args);
        assert!(said.contains("hangs up") && said.contains("your network"), "{args:?}: {said}");
        assert!(!said.contains("Is the server running"), "{args:?}: {said}");
    }
    let said = folder.exits(7, &["status", "http://127.0.0.1:1"]);
    assert!(said.contains("Is the server running"), "{said}");
}

#[test]
fn both_verifiers_answer_a_malformed_archive_and_what_is_no_file_alike() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    folder.exits(0, &["close", "e"]);
    folder.exits(0, &["record", "e", "-o", "good.tar"]);
    let good = std::fs::read(folder.path("good.tar")).unwrap();
    let mut bad = good.clone();
    bad[0] ^= 1;
    std::fs::write(folder.path("cut.tar"), &good[..good.len() - 100]).unwrap();
    std::fs::write(folder.path("header.tar"), bad).unwrap();
    std::fs::write(folder.path("text.tar"), "no archive").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path("pipe.tar"), rustix::fs::Mode::RUSR).unwrap();
    std::fs::create_dir(folder.path("holds")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path("holds/election.json"), rustix::fs::Mode::RUSR).unwrap();
    let cases = [
        ("good.tar", 0),
        ("cut.tar", 6),
        ("header.tar", 6),
        ("text.tar", 6),
        ("absent.tar", 2),
        ("pipe.tar", 2),
        ("/dev/zero", 2),
        ("holds", 6),
    ];
    for (record, code) in cases {
        let path = folder.path(record);
        let ours = ends(&mut folder.command(&["verify", record])).unwrap_or_else(|| panic!("veche waits for {record}"));
        let theirs = ends(python("veche_verify.py").arg(path)).unwrap_or_else(|| panic!("Python waits for {record}"));
        assert_eq!(ours.status.code(), Some(code), "{record}: {}", said(&ours));
        assert_eq!(theirs.status.code(), Some(code), "{record}: {}", said(&theirs));
    }
    for args in [["verify-receipt", "pipe.tar"], ["verify-fork", "pipe.tar"], ["verify-receipt", "/dev/zero"]] {
        let out = ends(&mut folder.command(&args)).unwrap_or_else(|| panic!("{args:?} waits"));
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", said(&out));
    }
    for ceremony in ["holds", "pipe.tar"] {
        let out = ends(python("veche_verify.py").arg("--ceremony").arg(folder.path(ceremony))).unwrap();
        assert!(matches!(out.status.code(), Some(2 | 6)), "{ceremony}: {}", said(&out));
    }
}

#[test]
fn a_receipt_held_against_another_election_is_not_called_a_fork() {
    let folder = Folder::new();
    for name in ["a", "b"] {
        open(&folder, name, &OPEN);
    }
    let (a, url_a) = serve(&folder, "a");
    folder.exits(0, &["vote", "1", "--card", "a/cards/1.json", "--url", &url_a, "--ballot", "12"]);
    assert_eq!(a.terminate(), 0);
    let page = std::fs::read(folder.path("receipt-1-1.json")).unwrap();
    let (receipt, _) = veche_election::receipt::ReceiptFile::parse(&page).unwrap();
    // As a scanner may hand it over.
    let scanned = format!("\u{feff}QR-Code:{}", receipt.to_tlog_proof().replace('\n', "\r\n"));
    std::fs::write(folder.path("paper"), scanned).unwrap();
    let against = |target: &str| {
        for file in ["receipt-1-1.json", "paper"] {
            let said = folder.exits(6, &["verify-receipt", file, "--record", target]);
            assert!(said.contains("another election") && !said.contains("fork"), "{target}, {file}: {said}");
        }
    };
    {
        let (_b, url_b) = serve(&folder, "b");
        let said = folder.exits(6, &["verify-receipt", "receipt-1-1.json", "--record", &url_b]);
        assert!(said.contains("another election") && !said.contains("fork"), "{said}");
        folder.exits(0, &["close", "b"]);
        against(&url_b);
    }
    folder.exits(0, &["record", "b"]);
    against("b/record");
    // Nor is it against another voter's receipt.
    open(&folder, "c", &OPEN);
    let (_c, url_c) = serve(&folder, "c");
    let vote = ["vote", "1", "--card", "c/cards/1.json", "--url", &url_c, "--ballot", "12", "--receipt", "c.json"];
    folder.exits(0, &vote);
    let said = folder.exits(6, &["verify-receipt", "receipt-1-1.json", "--other", "c.json"]);
    assert!(said.contains("the other receipt is of another election") && !said.contains("two logs"), "{said}");
}

/// The log is what counts: a server that says otherwise of a ballot is told apart from one that has signed two logs.
#[test]
fn a_server_that_denies_a_ballot_of_its_own_log_is_caught() {
    let folder = Folder::new();
    open(&folder, "e", &SECRET);
    let (_server, url) = serve(&folder, "e");
    folder.exits(0, &["vote", "1", "--card", "e/cards/1.json", "--url", &url, "--ballot", "12"]);
    let check = |exit: i32, url: &str| folder.exits(exit, &["verify-receipt", "receipt-1-1.json", "--record", url]);
    assert!(check(0, &url).contains("stands in the log and counts"));
    for another in [Some(1), None] {
        let liar = Liar::start(&url, move |path, _, truth| {
            path.starts_with("/ballot/").then(|| {
                let mut told: serde_json::Value = serde_json::from_slice(&truth()).unwrap();
                assert_ne!(told["index"], json!(another));
                told["index"] = json!(another);
                told.to_string().into_bytes()
            })
        });
        let said = check(6, &liar.url);
        assert!(said.contains("the server says that it does not") && !said.contains("forked"), "{another:?}: {said}");
    }
}

#[test]
fn a_refused_replacement_leaves_no_card_and_a_new_card_knows_the_address() {
    let folder = Folder::new();
    new(&folder, "e", &["--secrecy", "open", "--url", "http://vote.example.org:8080"]);
    // Delivered, and deleted beside the server, as one should.
    std::fs::remove_dir_all(folder.path("e/cards")).unwrap();
    folder.exits(0, &["card", "replace", "e", "2"]);
    let card = |number: u32| std::fs::read_to_string(folder.path(&format!("e/cards/{number}.json"))).unwrap();
    assert!(card(2).contains("\"url\":\"http://vote.example.org:8080\""), "{}", card(2));
    assert!(!folder.path("e/new-card-2.json").exists());
    // The address may move; what the old card said is forgotten with it.
    let config = Home::new(folder.path("e")).path(CONFIG_FILE);
    let text = std::fs::read_to_string(&config).unwrap().replace("vote.example.org", "neu.example.org");
    std::fs::write(&config, text).unwrap();
    folder.exits(0, &["card", "replace", "e", "3"]);
    assert!(card(3).contains("neu.example.org"));

    folder.exits(0, &["cancel", "e", "--reason", "a test"]);
    folder.exits(5, &["card", "replace", "e", "1"]);
    assert!(!folder.path("e/new-card-1.json").exists() && !folder.path("e/cards/1.json").exists());
}

/// Passes bytes on, but of what is answered to an act nothing.
fn losing_what_is_answered_to_acts(server: &str) -> String {
    let target = server.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&target) else { return };
            let (mut up_from, mut up_to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (mut down_from, mut down_to) = (server, client);
            let is_act = Arc::new(AtomicBool::new(false));
            let noticed = is_act.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 16_384];
                while let Ok(count @ 1..) = up_from.read(&mut buffer) {
                    noticed.fetch_or(buffer.starts_with(b"POST "), Ordering::SeqCst);
                    if up_to.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                let _ = up_to.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let mut buffer = [0; 16_384];
                while let Ok(count @ 1..) = down_from.read(&mut buffer) {
                    if is_act.load(Ordering::SeqCst) || down_to.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                let _ = (down_to.shutdown(Shutdown::Both), down_from.shutdown(Shutdown::Both));
            });
        }
    });
    url
}

/// Whoever does not know whether the new card is in force still has it: no other card of this voter is.
#[test]
fn a_new_card_is_kept_where_the_answer_to_its_act_was_lost() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    let (_server, url) = serve(&folder, "e");
    std::fs::write(folder.path("e/lock"), losing_what_is_answered_to_acts(&url)).unwrap();
    let replace = ["card", "replace", "e", "2", "--reason", "fell into a river"];
    let said = folder.exits(7, &replace);
    assert!(said.contains("may be valid all the same") && said.contains("new-card-2.json"), "{said}");
    std::fs::write(folder.path("e/lock"), &url).unwrap();
    let vote =
        |exit: i32, card: &str| folder.exits(exit, &["vote", "2", "--url", &url, "--card", card, "--ballot", "12"]);
    assert!(vote(4, "e/cards/2.json").contains("not-authorised"), "the act was done");
    vote(0, "e/new-card-2.json");
    // The same command again, as it was told: one more card, and nothing left over.
    folder.exits(0, &replace);
    assert!(!folder.path("e/new-card-2.json").exists());
    vote(0, "e/cards/2.json");
}

#[test]
fn a_card_in_an_elections_folder_finds_the_port_of_its_server() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    let (server, url) = serve(&folder, "e");
    folder.exits(0, &["vote", "1", "--card", "e/cards/1.json", "--ballot", "12"]);
    folder.exits(0, &["vote", "2", "--ballot", "12"]);
    // Where nobody serves, the usual port is tried, not the last one.
    server.kill();
    let said = said(&folder.run(&["vote", "3", "--card", "e/cards/3.json", "--ballot", "12"]));
    assert!(!said.contains(&url), "{said}");
}

/// SIGKILL in the middle of a making leaves its folder; the next making of the same name removes it, and no other.
#[test]
fn what_a_killed_command_left_beside_its_output_is_removed_by_the_next() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    folder.exits(0, &["close", "e"]);
    let make = |name: &str| {
        std::fs::create_dir(folder.path(name)).unwrap();
        std::fs::write(folder.path(name).join("part"), "x").unwrap();
    };
    let names =
        [".out.tar.AbC123", ".out.tar.held12", ".out.tar.1234567", ".out.tar.12_456", ".other.AbC123", ".f.AbC123"];
    names.iter().for_each(|name| make(name));
    std::fs::write(folder.path(".out.tar.file12"), "x").unwrap();
    let held = std::fs::File::open(folder.path(names[1])).unwrap();
    held.lock().unwrap();
    folder.exits(0, &["record", "e", "-o", "out.tar"]);
    let there = |name: &&str| folder.path(name).exists();
    assert!(!there(&names[0]) && names[1..].iter().all(there) && there(&".out.tar.file12"));
    folder.exits(0, &["backup", "e", "e.backup"]);
    folder.exits(0, &["restore", "e.backup", "f", "--nothing-after"]);
    assert!(!there(&".f.AbC123"));
    let left: Vec<_> = std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".e.backup.")), "{left:?}");
}

/// `veche status e | head -1`: who has read enough goes away, and nothing breaks by it.
#[test]
fn output_that_nobody_reads_any_more_is_no_panic() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    for args in [&["status", "e"][..], &["check", "e"], &["status", "e", "--not-voted"], &["new", "--help"]] {
        let closed = || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            writer
        };
        let mut child = folder.command(args).stdout(closed()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success() && !said.contains("panicked"), "{args:?}: {said}");
        let out = folder.command(args).stdout(Stdio::piped()).stderr(closed()).output().unwrap();
        assert!(out.status.success(), "{args:?}, with nobody who reads its errors");
    }
    // A disk that is full is a failure.
    if Path::new("/dev/full").exists() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let out = folder.command(&["status", "e", "--json"]).stdout(full).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    }
}

/// The board dates its closing as it likes: whoever closed in the first hour under a date years ahead would have a sum of few
/// opened. A trustee's program opens nothing until that time has come, or its holder insists.
#[test]
fn row_65_a_trustee_opens_no_election_whose_closing_is_still_to_come() {
    const MAKE: &str = "
import json, os, sys
sys.path.insert(0, sys.argv[1])
import maker, mutants
late = {\"closing\": lambda log: log.control(\"closing\", at=4102444800)}
log = mutants.play(maker.World(mutants.draft(True), [1, 1, 2]), mutants.story(True), instead=late.items(), without=(\"share1\", \"share3\", \"result\"))
for name, content in log.w.record(log.entries, b\"\").items():
    path = os.path.join(sys.argv[2], \"r\", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, \"wb\") as file:
        file.write(content)
trustee = log.w.trustees[0]
with open(os.path.join(sys.argv[2], \"k.key\"), \"w\") as file:
    key = {\"v\": \"veche-trustee-1\", \"draft\": maker.to_b64(trustee.draft), \"trustee\": 1, \"seed\": maker.to_b64(trustee.seed)}
    file.write(json.dumps(key) + \"\\n\")
";
    let folder = Folder::new();
    let verifiers = verifier("maker.py").parent().unwrap().to_owned();
    let made = interpreter().args(["-c", MAKE]).arg(verifiers).arg(folder.path("")).output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    std::fs::set_permissions(folder.path("k.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let record = folder.path("r");
    let liar = Liar::start("http://127.0.0.1:9", move |path, _, _| std::fs::read(record.join(&path[1..])).ok());
    let open =
        ["trustee", "open", "--at", &liar.url, "--key", "k.key", "--copy", "--code", "AAAA", "--roll-changed", "1"];
    let open = [&open[..], &["--weights-show-votes"]].concat();
    let said = folder.exits(6, &open);
    assert!(said.contains("the closing is dated 2100-01-01"), "{said}");
    assert!(!folder.path("k.key.opened.json").exists());
    // Whoever insists comes to the next question.
    let said = folder.exits(6, &[&open[..], &["--clock-ahead"]].concat());
    assert!(said.contains("the codes differ"), "{said}");
}

/// A closing of the year 2100, by an organiser's clock or a server's: the record is good, and both verifiers say so.
#[test]
fn both_verifiers_tell_a_closing_that_is_still_to_come() {
    const MAKE: &str = "
import os, sys
sys.path.insert(0, sys.argv[1])
import maker, mutants
for folder, at in ((\"past\", maker.NOW), (\"future\", 4102444800)):
    closing = [(\"closing\", lambda log: log.control(\"closing\", at=at))]
    log = mutants.play(maker.World(mutants.draft(False), [1, 1, 2]), mutants.story(False), instead=closing)
    for name, content in log.record().items():
        path = os.path.join(sys.argv[2], folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, \"wb\") as file:
            file.write(content)
";
    let folder = Folder::new();
    let verifiers = verifier("maker.py").parent().unwrap().to_owned();
    let made = interpreter().args(["-c", MAKE]).arg(verifiers).arg(folder.path("")).output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    for (record, told) in [("past", false), ("future", true)] {
        let ours = folder.exits(0, &["verify", record]);
        assert_eq!(ours.contains("The closing is dated 2100-01-01"), told, "{ours}");
        let theirs = said(&python("veche_verify.py").arg(folder.path(record)).output().unwrap());
        assert!(theirs.contains("Verified: every check passed"), "{theirs}");
        assert_eq!(theirs.contains("the closing is dated 4102444800"), told, "{theirs}");
    }
}

/// Whoever watches for days reads what has changed, and nothing else.
#[test]
fn watch_says_what_has_changed_and_nothing_twice() {
    let folder = Folder::new();
    open(&folder, "e", &OPEN);
    let (_server, url) = serve(&folder, "e");
    let out = std::fs::File::create(folder.path("watched")).unwrap();
    let watch = ["watch", &url, "--every", "1", "--state", "seen.jsonl"];
    let _watching = Serving(folder.command(&watch).stdout(out).stderr(Stdio::null()).spawn().unwrap());
    let lines = || std::fs::read_to_string(folder.path("watched")).unwrap().matches(" consistent with all").count();
    let comes_to = |count: usize| {
        let started = Instant::now();
        while lines() < count {
            assert!(started.elapsed() < PATIENCE, "{} of {count} lines", lines());
            std::thread::sleep(Duration::from_millis(50));
        }
        // Some looks later there is nothing new.
        std::thread::sleep(Duration::from_millis(2_500));
        assert_eq!(lines(), count);
    };
    comes_to(1);
    folder.exits(0, &["vote", "1", "--card", "e/cards/1.json", "--url", &url, "--ballot", "12"]);
    comes_to(2);
}

/// An organiser knows candidates and levels, and no bytes.
#[test]
fn an_election_that_is_too_large_is_told_what_to_take_less_of() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "500", "--voters", "3", "--rule", "sum", "--scale", "0..50"];
    let said = folder.exits(2, &new);
    assert!(said.contains("too many candidates or levels") && said.contains("Take fewer candidates or"), "{said}");
    assert!(!folder.path("e").exists());
}

/// A server that refused a ballot and has it in its log all the same is named at whatever end the vote comes to; what it refused
/// stays known until a ballot is recorded, and bytes that go on their way again accuse nobody.
#[test]
fn a_ballot_that_was_refused_and_stands_in_the_log_is_the_servers_fault() {
    for (revote, more) in [("last", &["--ballot", "12"][..]), ("never", &["--ballot", "12"]), ("last", &[])] {
        let folder = Folder::new();
        open(&folder, "e", &["--secrecy", "open", "--revote", revote]);
        let (_server, url) = serve(&folder, "e");
        let vote = |exit: i32, ballot: &[&str]| {
            let vote = ["vote", "1", "--url", &url, "--card", "e/cards/1.json"];
            folder.exits(exit, &[&vote[..], ballot].concat())
        };
        vote(0, &["--ballot", "21"]);
        let receipt: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path("receipt-1-1.json")).unwrap()).unwrap();
        let entry = receipt["receipt"]["entry"].as_str().unwrap();
        let id = Home::new(folder.path("e")).election().unwrap().id().to_string();
        let refused = folder.path(&format!("refused-1-{}.json", &id[..8]));
        std::fs::write(&refused, format!("{{}}\n{entry}\n")).unwrap();
        if more.is_empty() {
            folder.exits(0, &["close", "e"]);
        }
        let said = vote(6, more);
        assert!(said.contains("refused before") && refused.exists(), "{revote}: {said}");
        if revote == "never" || more.is_empty() {
            continue;
        }
        // It is moved away, and the next ballot is like any other.
        std::fs::write(&refused, "{}\n").unwrap();
        assert!(vote(0, more).contains("Recorded"));
        assert!(!refused.exists(), "of a vote that is recorded nothing is left");
    }
}
