//! A secret election as people hold it: trustees, voters and organiser each in processes of their own.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;
use veche::keyfile::sealed::Sealed;

use crate::commands::{Folder, Serving, json};

mod choosing;
mod lost_answer;
mod one_sum;

/// Serves a folder; the lock of a server that was killed still names its port, so it is emptied first.
pub fn serve(folder: &Folder, dir: &str) -> (Serving, String) {
    let lock = folder.path(dir).join("lock");
    if lock.exists() {
        std::fs::write(&lock, "").unwrap();
    }
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.path("server.log")).unwrap();
    let out = log.try_clone().unwrap();
    let mut command = folder.command(&["serve", dir, "--any-port"]);
    let mut serving = Serving(command.stdout(out).stderr(log).spawn().unwrap());
    let started = Instant::now();
    loop {
        let url = std::fs::read_to_string(&lock).unwrap_or_default();
        if url.starts_with("http://") {
            return (serving, url.trim().to_owned());
        }
        let log = || std::fs::read_to_string(folder.path("server.log")).unwrap();
        assert!(serving.0.try_wait().unwrap().is_none(), "the server ended: {}", log());
        assert!(started.elapsed() < Duration::from_secs(120), "the server did not start: {}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// The words after a colon on the line that begins so.
pub fn after(text: &str, start: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_else(|| panic!("no {start:?}: {text}"));
    line.trim_start_matches(':').trim().to_owned()
}

/// As trustee 1 sees it; that of the closing by a copy of some key.
pub fn code(folder: &Folder, at: &str, what: &str) -> String {
    let key = if what == CLOSING { copied_key(folder) } else { key(1) };
    after(&folder.exits(0, &["trustee", "code", "--at", at, "--key", &key]), what)
}

/// A key stands for one closing, and some tests look at two: so each look has a copy of its own.
fn copied_key(folder: &Folder) -> String {
    static COPIES: AtomicUsize = AtomicUsize::new(0);
    let copied = format!("copy-{}.key", COPIES.fetch_add(1, Ordering::Relaxed));
    let own = (1..=3).flat_map(|number| [key(number), format!("e/trustees/trustee-{number}.key")]);
    let own = own.into_iter().find(|key| folder.path(key).exists()).unwrap();
    for note in ["", ".ceremony.json"] {
        std::fs::copy(folder.path(&format!("{own}{note}")), folder.path(&format!("{copied}{note}"))).unwrap();
    }
    copied
}

pub const TABLE: &str = "code of the registrations";
pub const CEREMONY: &str = "code of the ceremony";
pub const CLOSING: &str = "code of the closing";

/// A code that nobody has read aloud.
fn wrong(code: &str) -> String {
    let other = if code.starts_with('A') { "B" } else { "A" };
    format!("{other}{}", &code[1..])
}

pub fn key(number: u32) -> String {
    format!("k{number}.key")
}

pub fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// The key that `--local-trustees` made, with its note, as its trustee takes it away.
pub fn take_local_key(folder: &Folder, number: u32) {
    for beside in ["", ".ceremony.json"] {
        let made = folder.path(&format!("e/trustees/trustee-{number}.key{beside}"));
        assert_eq!(mode(&made), 0o600);
        std::fs::copy(made, folder.path(&format!("{}{beside}", key(number)))).unwrap();
    }
}

/// One `veche trustee` command.
pub fn trustee(folder: &Folder, exit: i32, step: &str, at: &str, number: u32, more: &[&str]) -> String {
    let key = key(number);
    folder.exits(exit, &[&["trustee", step, "--at", at, "--key", &key], more].concat())
}

pub fn register(folder: &Folder, at: &str, count: u32) {
    for number in 1..=count {
        let text = number.to_string();
        let said = trustee(folder, 0, "register", at, number, &["--number", &text, "--name", "Trustee"]);
        assert!(said.contains("Your fingerprint:"), "{said}");
        assert_eq!(mode(&folder.path(&key(number))), 0o600);
    }
}

/// All at once, as trustees sit at their machines: everybody waits for everybody's commitment.
pub fn deal_together(folder: &Folder, at: &str, count: u32) {
    let table = code(folder, at, TABLE);
    let dealers: Vec<_> = (1..=count)
        .map(|number| {
            let key = key(number);
            let args = ["trustee", "deal", "--at", at, "--key", &key, "--code", &table];
            folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for dealer in dealers {
        let out = dealer.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", said(&out));
    }
}

pub fn accept_all(folder: &Folder, at: &str, count: u32) {
    let transcript = code(folder, at, CEREMONY);
    for number in 1..=count {
        trustee(folder, 0, "accept", at, number, &["--code", &transcript]);
    }
}

/// What trustees compare with the organiser before the rehearsal.
pub fn election_code(folder: &Folder) -> String {
    let election = veche_election::Election::parse(&std::fs::read(folder.path("e/election.json")).unwrap()).unwrap();
    veche_election::ceremony::spoken(election.id())
}

/// All at once: each signs the next place in the log, and all but one have lost it.
fn rehearse_together(folder: &Folder, at: &str, count: u32) {
    let all: Vec<_> = (1..=count)
        .map(|number| {
            let code = election_code(folder);
            let args = ["trustee", "rehearse", "--at", at, "--key", &key(number), "--code", &code].map(str::to_owned);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for one in all {
        let out = one.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", said(&out));
    }
}

pub fn new(folder: &Folder, more: &[&str]) {
    let args = ["new", "e", "--candidates", "A,B,C", "--voters", "6", "--rule", "sum", "--scale", "0..5"];
    folder.exits(0, &[&args, more].concat());
}

pub fn vote(folder: &Folder, exit: i32, url: &str, number: u32, marks: &str) -> String {
    let card = format!("e/cards/{number}.json");
    folder.exits(exit, &["vote", &number.to_string(), "--url", url, "--card", &card, "--ballot", marks])
}

#[test]
fn a_secret_election_from_the_draft_to_the_verified_record() {
    let folder = Folder::new();
    new(&folder, &[]);
    assert_eq!(json(&folder.path("e/draft.json"))["trustees"], serde_json::json!({"count": 3, "threshold": 2}));
    assert_eq!(json(&folder.path("e/draft.json"))["secrecy"], "secret", "nobody asked for it: it is the default");
    for missing in ["election.json", "cards", "veche.db", "organiser.key"] {
        assert!(!folder.path("e").join(missing).exists(), "{missing} before there is a key");
    }
    folder.exits(2, &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum"]);
    assert!(folder.exits(5, &["setup", "e"]).contains("not registered yet: 1, 2, 3"));
    folder.exits(5, &["open", "e"]);

    let (server, url) = serve(&folder, "e");
    ceremony_over_http(&folder, &url);
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["setup", "e"]);
    folder.exits(2, &["setup", "e"]);
    assert!(folder.path("e/cards/6.json").exists() && folder.path("e/ceremony").exists());
    assert!(folder.exits(5, &["open", "e"]).contains("trustee 1 has not rehearsed yet"));

    let (server, url) = serve(&folder, "e");
    // Anybody can set up another election with these messages: a key knows none before its trustee has compared it.
    let said = trustee(&folder, 6, "rehearse", &url, 3, &["--code", "AAAA"]);
    assert!(said.contains("the codes differ") && said.contains("Voters: 6,"), "{said}");
    assert!(folder.exits(1, &["trustee", "rehearse", "--at", &url, "--key", &key(3)]).contains("code of the election"));
    assert!(!folder.path(&(key(3) + ".seen.jsonl")).exists());
    trustee(&folder, 0, "rehearse", &url, 3, &["--code", &election_code(&folder)]);
    assert!(folder.exits(5, &["open", "e"]).contains("trustee 1 has not rehearsed yet"));
    assert!(trustee(&folder, 5, "rehearse", &url, 3, &["--code", &election_code(&folder)]).contains("already"));
    rehearse_together(&folder, &url, 2);
    folder.exits(0, &["open", "e"]);
    votes_and_challenges(&folder, &url);

    assert!(trustee(&folder, 5, "open", &url, 1, &["--code", "AAAA"]).contains("too early"));
    assert!(folder.exits(5, &["trustee", "code", "--at", &url]).contains("too early"));
    folder.exits(0, &["close", "e"]);
    vote(&folder, 5, &url, 4, "000");
    opening(&folder, &url);
    assert_eq!(server.terminate(), 0);

    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    let candidates = &result["contests"][0]["candidates"];
    let sums: Vec<i64> = (0..3).map(|i| candidates[i]["sum"].as_i64().unwrap()).collect();
    assert_eq!((&result["ballots"], sums), (&3.into(), vec![8, 6, 3]));
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["record", "e", "-o", "public.tar"]);
    for target in ["e/record", "public.tar"] {
        let said = folder.exits(0, &["verify", target]);
        assert!(said.contains("Verified"), "{said}");
    }
    assert!(folder.exits(0, &["verify-receipt", "receipt-1-2.json", "--record", "e/record"]).contains("counts"));
    assert!(folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", "e/record"]).contains("replaced"));
    let ceremony = std::fs::read(folder.path("e/record/ceremony")).unwrap();
    let mut bad = ceremony.clone();
    bad[300] ^= 1;
    std::fs::write(folder.path("e/record/ceremony"), bad).unwrap();
    assert!(folder.exits(6, &["verify", "e/record"]).contains("check 9"));
    std::fs::remove_file(folder.path("e/record/ceremony")).unwrap();
    folder.exits(6, &["verify", "e/record"]);
}

fn ceremony_over_http(folder: &Folder, url: &str) {
    trustee(folder, 2, "register", url, 9, &["--number", "4", "--name", "Nobody"]);
    trustee(folder, 2, "register", url, 9, &["--number", "1", "--name", "Evil\u{202e}"]);
    assert!(!folder.path(&key(9)).exists(), "no key for nobody");
    register(folder, url, 2);
    assert!(trustee(folder, 2, "register", url, 9, &["--number", "1", "--name", "Another"]).contains("already"));
    // A key file is never overwritten.
    trustee(folder, 2, "register", url, 1, &["--number", "3", "--name", "Again"]);
    assert!(trustee(folder, 5, "deal", url, 1, &["--code", "AAAA"]).contains("not registered yet: 3"));
    let (phrase, short) = ("eight and more", "seven77");
    let args = |number: &str| {
        let args =
            ["trustee", "register", "--at", url, "--key", "k3.key", "--name", "C", "--passphrase", "--number", number];
        folder.command(&args)
    };
    let refused = args("3").env("VECHE_PASSPHRASE", short).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    let out = args("3").env("VECHE_PASSPHRASE", phrase).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let bytes = std::fs::read(folder.path("k3.key")).unwrap();
    assert!(bytes.starts_with(b"{\"v\":\"veche-trustee-sealed-1\"") && mode(&folder.path("k3.key")) == 0o600);
    let table = code(folder, url, TABLE);
    let deal = ["trustee", "deal", "--at", url, "--key", "k3.key", "--code", &table];
    let refused = folder.command(&deal).env("VECHE_PASSPHRASE", "another phrase").output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(!folder.run(&deal).status.success(), "and nobody there to type it");
    // What no phrase opens asks for none, and takes no memory.
    let text = String::from_utf8(bytes.clone()).unwrap();
    for (bad, told) in [
        (text[..text.len() - 40].to_owned(), "was cut"),
        (text.replace("\"memory_kib\":65536", "\"memory_kib\":4294967295"), "more memory or work"),
        (text.replace("\"passes\":3", "\"passes\":4000000000"), "more memory or work"),
        (text.replace("sealed-1", "sealed-2"), "unknown version"),
        ("{\"v\":\"x".repeat(4_000), "more than 16384 bytes"),
    ] {
        std::fs::write(folder.path("k3.key"), bad).unwrap();
        let said = folder.exits(2, &deal);
        assert!(said.contains(told) && !said.contains("Passphrase of"), "{told}: {said}");
    }
    // From here on it lies open, as if its owner had typed the phrase each time.
    let sealed: Sealed = serde_json::from_slice(&bytes).unwrap();
    std::fs::write(folder.path("k3.key"), sealed.open(phrase).unwrap()).unwrap();

    assert!(trustee(folder, 6, "deal", url, 1, &["--code", &wrong(&table)]).contains("the codes differ"));
    assert!(trustee(folder, 6, "deal", url, 1, &["--code", ""]).contains("the codes differ"));
    trustee(folder, 5, "accept", url, 1, &["--code", "AAAA"]);
    deal_together(folder, url, 3);
    let transcript = code(folder, url, CEREMONY);
    assert!(trustee(folder, 6, "accept", url, 1, &["--code", &table]).contains("the codes differ"));
    assert!(trustee(folder, 6, "accept", url, 1, &["--code", &wrong(&transcript)]).contains("the codes differ"));
    accept_all(folder, url, 3);
    assert!(folder.exits(0, &["trustee", "code", "--at", url]).contains("complete"));
}

fn votes_and_challenges(folder: &Folder, url: &str) {
    vote(folder, 0, url, 1, "000");
    let again = vote(folder, 0, url, 1, "54*");
    assert!(again.contains("will be replaced"), "{again}");
    vote(folder, 0, url, 2, "*12");
    vote(folder, 4, url, 3, "6**");
    vote(folder, 4, url, 3, "11");
    let out = folder.exits(0, &["vote", "3", "--url", url, "--ballot", "311", "--challenge", "c.json"]);
    let code = after(&out, "ballot code");
    assert_eq!(mode(&folder.path("c.json")), 0o600);
    assert!(folder.exits(0, &["status", "e"]).contains("2 of 6"), "a challenge casts nothing");
    let out = folder.run(&["vote", "3", "--url", url, "--ballot", "311", "--challenge", "d.json", "--json"]);
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&told["recorded"], &told["challenge"]), (&false.into(), &"d.json".into()), "{told}");
    assert!(told["code"].as_str().is_some_and(|code| code.len() > 20) && told["election"].is_string(), "{told}");
    assert!(!folder.path("receipt-3-1.json").exists());
    for at in [url, "e"] {
        let said = folder.exits(0, &["check-ballot", "c.json", "--at", at, "--code", &code]);
        assert!(said.contains("311") && said.contains("holds what the program said"), "{said}");
    }
    let short: Vec<&str> = code.split('-').take(5).collect();
    folder.exits(0, &["check-ballot", "c.json", "--at", "e", "--code", &short.join("-").to_lowercase()]);
    let said = folder.exits(6, &["check-ballot", "c.json", "--at", "e", "--code", &wrong(&code)]);
    assert!(said.contains("not the ballot whose code you noted") && said.contains("do not vote"), "{said}");
    for few in ["", "A", &code[..10]] {
        let said = folder.exits(6, &["check-ballot", "c.json", "--at", "e", "--code", few]);
        assert!(said.contains("is no ballot code") && said.contains("13 groups"), "nobody has cheated: {said}");
    }
    let good = std::fs::read_to_string(folder.path("c.json")).unwrap();
    let tampered = |from: &str, to: &str, exit: i32| {
        assert!(good.contains(from), "{from} in {good}");
        std::fs::write(folder.path("bad.json"), good.replacen(from, to, 1)).unwrap();
        folder.exits(exit, &["check-ballot", "bad.json", "--at", "e", "--code", &code])
    };
    assert!(tampered("\"marks\":[\"311\"]", "\"marks\":[\"511\"]", 6).contains("another vote"));
    tampered("\"marks\":[\"311\"]", "\"marks\":[\"31\"]", 6);
    let value: Value = serde_json::from_str(&good).unwrap();
    let secret = value["randomness"].as_str().unwrap();
    let other = format!("{}{}", if secret.starts_with('A') { "B" } else { "A" }, &secret[1..]);
    tampered(secret, &other, 6);
    tampered("\\\"seq\\\":1", "\\\"seq\\\":2", 6);
    tampered("veche-challenge-2", "veche-challenge-1", 6);
    tampered("{", "[", 2);
    whose_ballot(folder, url);
    // The voter begins again, with fresh randomness: another code.
    let cast = vote(folder, 0, url, 3, "311");
    assert!(!cast.contains(&code) && cast.contains("Recorded"), "{cast}");
    // What stands in the receipt is no challenge.
    folder.exits(2, &["check-ballot", "receipt-3-1.json", "--at", "e"]);
}

/// The check compares the ballot with the voter's card: another's ballot of the same marks is none of mine. And what was cast is
/// never opened.
fn whose_ballot(folder: &Folder, url: &str) {
    let check =
        |exit, file: &str, more: &[&str]| folder.exits(exit, &[&["check-ballot", file, "--at", "e"], more].concat());
    let fingerprint = |number: u32| {
        let card = std::fs::read_to_string(folder.path(&format!("e/cards/{number}.txt"))).unwrap();
        after(&card, "Fingerprint")
    };
    let said = check(0, "c.json", &[]);
    assert!(said.contains(&format!("fingerprint: {}", fingerprint(3))), "{said}");
    check(0, "c.json", &["--card", "e/cards/3.json"]);
    check(0, "c.json", &["--fingerprint", &fingerprint(3).to_lowercase()]);
    for other in [&["--card", "e/cards/2.json"][..], &["--fingerprint", &fingerprint(2)], &["--fingerprint", ""]] {
        let said = check(6, "c.json", other);
        assert!(said.contains("not made with your card"), "{said}");
        let said = folder.exits(6, &[&["verify-receipt", "receipt-1-2.json"], other].concat());
        assert!(said.contains("not made with your card"), "{said}");
    }
    folder.exits(0, &["verify-receipt", "receipt-1-2.json", "--card", "e/cards/1.json"]);
    assert!(folder.exits(0, &["verify-receipt", "receipt-1-2.json"]).contains(&fingerprint(1)));
    let receipt = json(&folder.path("receipt-1-2.json"));
    let entry = receipt["receipt"]["entry"].as_str().unwrap();
    let (unsigned, _) = entry.rsplit_once(",\"sig\":").unwrap();
    let cast = serde_json::json!({
        "v": "veche-challenge-2", "code": "", "entry": format!("{unsigned},\"sig\":\"{}\"}}", "A".repeat(86)), "marks": [], "randomness": "",
    });
    std::fs::write(folder.path("cast.json"), cast.to_string()).unwrap();
    let said = folder.exits(6, &["check-ballot", "cast.json", "--at", url]);
    assert!(said.contains("this ballot was cast"), "{said}");
}

fn opening(folder: &Folder, url: &str) {
    let closing = code(folder, url, CLOSING);
    assert_eq!(closing, code(folder, "e", CLOSING), "server and folder show the same");
    folder.exits(5, &["result", "e"]);
    let memory = |number: u32| folder.path(&format!("k{number}.key.opened.json"));
    for bad in [wrong(&closing), String::new()] {
        assert!(trustee(folder, 6, "open", url, 1, &["--code", &bad]).contains("the codes differ"));
        assert!(!memory(1).exists(), "nothing was opened");
    }
    let said = trustee(folder, 0, "open", url, 1, &["--code", &closing]);
    assert!(said.contains("Only 3 ballots"), "few ballots are warned of: {said}");
    assert_eq!(mode(&memory(1)), 0o600);
    folder.exits(5, &["result", "e"]);
    folder.exits(5, &["record", "e"]);
    trustee(folder, 5, "open", url, 1, &["--code", &closing]);
    // Trustee 2 has lost the key: the third suffices.
    std::fs::remove_file(folder.path(&key(2))).unwrap();
    trustee(folder, 2, "open", url, 2, &["--code", &closing]);
    trustee(folder, 0, "open", url, 3, &["--code", &closing]);
    folder.exits(0, &["result", "e"]);
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

/// Messages carried about in a folder, by hand or by mail, instead of a server.
#[test]
fn a_ceremony_is_held_in_a_folder_without_a_server() {
    let folder = Folder::new();
    new(&folder, &["--trustees", "2", "--threshold", "2"]);
    register(&folder, "e", 2);
    deal_together(&folder, "e", 2);
    // A changed message is named, whoever carried it.
    let message = folder.path("e/ceremony-messages/2-deal.json");
    let good = std::fs::read(&message).unwrap();
    let mut bad = good.clone();
    bad[400] ^= 1;
    std::fs::write(&message, bad).unwrap();
    let said = said(&folder.run(&["trustee", "accept", "--at", "e", "--key", "k1.key", "--code", "AAAA"]));
    assert!(said.contains("2-deal.json"), "{said}");
    std::fs::write(&message, good).unwrap();
    accept_all(&folder, "e", 2);
    folder.exits(0, &["setup", "e"]);
    // Asked at the terminal: another code ends it, a slip of the finger is asked again, and a word is enough.
    let asked = ["trustee", "rehearse", "--at", "e", "--key", "k1.key"];
    for (typed, exit) in [("n\n", 6), ("7QAE-SXC6-1QJ3\n", 6), ("x\ny\n", 0)] {
        let (code, said) = folder.types(typed, &asked);
        assert_eq!(code, exit, "{typed:?}: {said}");
    }
    trustee(&folder, 0, "rehearse", "e", 2, &["--code", &election_code(&folder)]);
    folder.exits(0, &["open", "e"]);
    // A key of another election is of no use here, nor is one of nobody.
    folder.exits(0, &["new", "o", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--local-trustees"]);
    let foreign = ["trustee", "rehearse", "--at", "e", "--key", "o/trustees/trustee-1.key"];
    assert!(folder.exits(6, &foreign).contains("another election"));
    folder.exits(2, &["trustee", "rehearse", "--at", "e", "--key", "nothing.key"]);
    std::fs::write(folder.path("junk.key"), "{}").unwrap();
    folder.exits(2, &["trustee", "rehearse", "--at", "e", "--key", "junk.key"]);
}

/// A stranger's registration is taken out while the server runs; a trustee lost before opening is left out, and key,
/// credentials and cards are made afresh.
#[test]
fn row_24_strangers_are_taken_out_and_a_lost_trustee_is_left_out_before_opening() {
    let folder = Folder::new();
    new(&folder, &["--trustees", "3", "--threshold", "2"]);
    let (server, url) = serve(&folder, "e");
    let stranger = ["trustee", "register", "--at", &url, "--key", "stranger.key", "--number", "3", "--name", "Clara"];
    folder.exits(0, &stranger);
    let taken = ["--number", "3", "--name", "Clara"];
    assert!(trustee(&folder, 2, "register", &url, 3, &taken).contains("registered already"));
    std::fs::remove_file(folder.path("e/ceremony-messages/3-register.json")).unwrap();
    register(&folder, &url, 3);
    deal_together(&folder, &url, 3);
    accept_all(&folder, &url, 3);
    assert_eq!(folder.run(&["restart", "e", "--without", "2"]).status.code(), Some(1), "a server still runs");
    drop(server);
    std::fs::write(folder.path("e/lock"), "").unwrap();
    folder.exits(0, &["setup", "e"]);
    let old = json(&folder.path("e/cards/1.json"))["credential"].clone();

    folder.exits(2, &["restart", "e", "--without", "4"]);
    let said = folder.exits(0, &["restart", "e", "--without", "2"]);
    assert!(said.contains("abandoned-1") && said.contains("everybody who is left (2)"), "{said}");
    assert!(folder.exits(0, &["status", "e/abandoned-1"]).contains("cancelled"));
    // The keys of the first ceremony are of no use in the second.
    assert!(trustee(&folder, 6, "deal", "e", 1, &[]).contains("another election"));
    let forget = |ending: &str| {
        (1..=3).for_each(|number| std::fs::remove_file(folder.path(&(key(number) + ending))).unwrap());
    };
    forget("");
    let again = ["--number", "1", "--name", "Trustee"];
    assert!(trustee(&folder, 2, "register", "e", 1, &again).contains("the note of another key"));
    forget(".ceremony.json");
    register(&folder, "e", 2);
    deal_together(&folder, "e", 2);
    accept_all(&folder, "e", 2);
    folder.exits(0, &["setup", "e"]);
    assert_ne!(json(&folder.path("e/cards/1.json"))["credential"], old);
    rehearse_together(&folder, "e", 1);
    trustee(&folder, 0, "rehearse", "e", 2, &["--code", &election_code(&folder)]);
    folder.exits(0, &["open", "e"]);
    assert!(folder.exits(5, &["restart", "e", "--without", "1"]).contains("before opening only"));
}
