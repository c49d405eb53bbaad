//! The public log as outsiders see it: witnesses, watchers, receipts against it, and what happens when it forks.

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use veche::{
    client,
    config::{ElectionFile, WitnessFile},
};
use veche_client::link::paper_id;
use veche_election::{
    Act, SigningKey,
    checkpoint::{Checkpoint, Witness},
    fork::ForkProof,
    log::origin,
    record,
};
pub use veche_fixtures::WEIGHTS;
use veche_server::{
    clock::Clock,
    sequencer::GRACE_DEFAULT_S,
    witness::{WitnessConfig, WitnessServer},
};

use crate::arena::{Arena, Cast, pages};

fn veche(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    command.env("VECHE_LANG", "en").current_dir(dir).args(args).output().unwrap()
}

/// Runs the program beside the server in this process.
pub async fn run(dir: &Path, args: &[&str]) -> (i32, String) {
    let (dir, args) = (dir.to_owned(), args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        veche(&dir, &args)
    });
    let output = output.await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

pub async fn get(url: &str, path: &str) -> Option<String> {
    let (url, path) = (url.to_owned(), path.to_owned());
    let body = tokio::task::spawn_blocking(move || client::at(&url).unwrap().get(&path).ok().flatten()).await.unwrap();
    body.map(|body| String::from_utf8(body).unwrap())
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub fn witness(seed: u8) -> Witness {
    Witness::new(&format!("witness.example/{seed}"), key(seed).public()).unwrap()
}

/// An election with one witness, not yet opened, and the port at which the witness will be.
pub async fn watched() -> (Arena, std::net::SocketAddr) {
    // The port must be known before the witness knows the election: taken, and given back, at an address where no
    // other test takes one.
    let address = std::net::TcpListener::bind("127.0.0.77:0").unwrap().local_addr().unwrap();
    let entry = WitnessFile { key: witness(7).to_string(), url: format!("http://{address}") };
    let arena = Arena::set_up(|file: &mut ElectionFile| file.witnesses.push(entry), |_| ()).await;
    (arena, address)
}

pub async fn start_witness(arena: &Arena, address: std::net::SocketAddr) -> WitnessServer {
    start_witness_of(arena, 7, address).await
}

pub async fn start_witness_of(arena: &Arena, seed: u8, address: std::net::SocketAddr) -> WitnessServer {
    let config = WitnessConfig {
        name: witness(seed).name().to_owned(),
        key: key(seed),
        dir: arena.dir.path().join(format!("witness-{seed}")),
        elections: vec![(*arena.election).clone()],
        address,
        limits: veche_server::limits::Limits::default(),
        clock: Clock::system(),
        tls: None,
    };
    WitnessServer::start(config).await.unwrap()
}

/// Waits until the server shows a checkpoint of its present size under the witness' signature.
pub async fn cosigned(arena: &Arena) -> (Checkpoint, String) {
    for _ in 0..200 {
        let note = get(&arena.url, "/checkpoint").await.unwrap();
        let id = origin(arena.election.id());
        let checkpoint = Checkpoint::open(&note, &id, &arena.election.keys().board).unwrap();
        if witness(7).find(&checkpoint, &note).is_some() {
            return (checkpoint, note);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no cosignature came");
}

#[tokio::test(flavor = "multi_thread")]
async fn witnesses_sign_what_the_server_shows_and_the_record_carries_it() {
    let (mut arena, address) = watched().await;
    assert_eq!(get(&arena.url, "/witnessed").await, None);
    let server = start_witness(&arena, address).await;
    arena.act(Act::Opening).await;
    for number in 1..=3 {
        assert!(matches!(arena.vote(number, "45432*3").await, Cast::Recorded { .. }));
    }
    let dir = arena.dir.path().to_owned();
    let card = arena.home.path("cards/4.json").display().to_string();
    let vote =
        ["vote", "4", "--card", &card, "--url", &arena.url, "--ballot", "1234512", "--yes", "--receipt", "four.json"];
    let (code, text) = run(&dir, &vote).await;
    assert_eq!(code, 0, "{text}");
    let page = std::fs::read_to_string(dir.join("four.html")).unwrap();
    assert!(page.contains("data:image/png;base64,") && page.contains("/ballot/") && !page.contains("<script"));
    arena.act(Act::Closing).await;
    let (checkpoint, note) = cosigned(&arena).await;
    assert_eq!(get(&arena.url, "/witnessed").await, Some(note.clone()));
    arena.stop().await;
    // The record carries the cosignature, and a restart does not lose it.
    let home = arena.home.dir().display().to_string();
    let (code, text) = run(&dir, &["record", &home, "-o", "r.tar"]).await;
    assert_eq!(code, 0, "{text}");
    let (code, text) = run(&dir, &["verify", "r.tar"]).await;
    assert_eq!((code, text.contains("1 cosignature")), (0, true), "{text}");
    // Verified once, the next time only what is new is checked; a page tells people who were not there.
    let again = ["verify", "r.tar", "--since", "state.json", "--report", "report.html"];
    for _ in 0..2 {
        let (code, text) = run(&dir, &again).await;
        assert_eq!((code, text.contains("Verified")), (0, true), "{text}");
    }
    let report = std::fs::read_to_string(dir.join("report.html")).unwrap();
    assert!(report.contains(&paper_id(arena.election.id())) && report.contains("✓ recount and result"), "{report}");
    // What a QR code of the receipt holds, against the record; alone it is not enough; another's place is refused.
    let file = std::fs::read(dir.join("four.json")).unwrap();
    let (receipt, _) = veche_election::receipt::ReceiptFile::parse(&file).unwrap();
    let paper = receipt.to_tlog_proof();
    std::fs::write(dir.join("paper"), &paper).unwrap();
    assert_eq!(run(&dir, &["verify-receipt", "paper"]).await.0, 2);
    let (code, text) = run(&dir, &["verify-receipt", "paper", "--record", "r.tar"]).await;
    assert_eq!((code, text.contains("counts")), (0, true), "{text}");
    std::fs::write(dir.join("paper"), paper.replace("index 5", "index 4")).unwrap();
    let (code, text) = run(&dir, &["verify-receipt", "paper", "--record", "r.tar"]).await;
    assert_eq!((code, text.contains("another entry")), (6, true), "{text}");
    server.shutdown().await;
    arena.start().await;
    assert_eq!(get(&arena.url, "/checkpoint").await, Some(note.clone()), "kept without the witness");
    // Without the cosignature no record is written, and one that was changed fails check 4.
    let (code, _) = run(&dir, &["record", &home, "-o", "folder"]).await;
    assert_eq!(code, 0);
    let bare = note.split_inclusive('\n').take(5).collect::<String>();
    std::fs::write(arena.home.path("checkpoint"), &bare).unwrap();
    let (code, text) = run(&dir, &["record", &home, "-o", "bare"]).await;
    assert_eq!((code, text.contains("have cosigned the checkpoint: 0")), (5, true), "{text}");
    std::fs::write(arena.home.path("checkpoint"), &note).unwrap();
    std::fs::write(dir.join("folder").join(record::CHECKPOINT_FILE), bare).unwrap();
    let (code, text) = run(&dir, &["verify", "folder"]).await;
    assert_eq!((code, text.contains("check 4")), (6, true), "{text}");
    assert!(checkpoint.size >= 7);
    arena.stop().await;
}

/// Row 22: a database restored from yesterday's backup, with the checkpoint file that lay beside it.
#[tokio::test(flavor = "multi_thread")]
async fn row_22_an_older_copy_is_refused_at_start_by_the_witness() {
    let (mut arena, address) = watched().await;
    let server = start_witness(&arena, address).await;
    arena.act(Act::Opening).await;
    cosigned(&arena).await;
    arena.stop().await;
    let mut old = arena.copy();
    arena.start().await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    cosigned(&arena).await;
    arena.stop().await;
    let start = |arena: &Arena, ignore| {
        let mut witnesses = veche::hosting::witnesses(veche::config::read(&arena.home).unwrap().as_ref()).unwrap();
        witnesses.ignore_at_start = ignore;
        veche_server::Server::start(veche_server::Config {
            home: arena.home.clone(),
            address: veche::setup::local(0),
            limits: veche_server::limits::Limits::default(),
            clock: Clock::system(),
            grace_s: GRACE_DEFAULT_S,
            witnesses,
            pages: pages(),
            booth: veche_server::booth::Booth::default(),
            tls: None,
        })
    };
    let refused = start(&old, false).await.err().unwrap().to_string();
    assert!(refused.contains("witness.example/7") && refused.contains("older copy"), "{refused}");
    // The way out for a witness that errs; the log then forks, and the witness never signs it.
    old.server = Some(start(&old, true).await.unwrap());
    old.url = old.server.as_ref().unwrap().url().to_owned();
    assert!(matches!(old.vote(2, "1111111").await, Cast::Recorded { .. }));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let note = get(&old.url, "/checkpoint").await.unwrap();
    assert_eq!(note.split_once("\n\n").unwrap().1.lines().count(), 1, "{note}");
    old.stop().await;
    // The newest copy starts.
    arena.start().await;
    arena.stop().await;
    // Without the witness nobody knows better: that is why it must be there.
    server.shutdown().await;
}

/// Rows 20, 21 and 23: two logs under one key, found by whoever looks at both.
#[tokio::test(flavor = "multi_thread")]
async fn row_20_21_23_a_forked_log_is_proven_to_everybody_and_a_false_alarm_is_settled() {
    let mut arena = Arena::open().await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    arena.stop().await;
    let mut fork = arena.copy();
    arena.start().await;
    fork.start().await;
    let dir = arena.dir.path().to_owned();
    let look = |url: String| {
        let dir = dir.clone();
        async move { run(&dir, &["watch", &url, "--once", "--state", "seen.jsonl"]).await }
    };
    let (code, text) = look(arena.url.clone()).await;
    assert_eq!((code, text.contains("3 entries")), (0, true), "{text}");
    assert_eq!(look(fork.url.clone()).await.0, 0, "still one log");
    // One voter votes here, another there.
    assert!(matches!(arena.vote(2, "1111111").await, Cast::Recorded { .. }));
    assert!(matches!(fork.vote(3, "5555555").await, Cast::Recorded { .. }));
    let receipts = [(&arena, 2_u64), (&fork, 3)].map(|(arena, number)| {
        let card = arena.home.path(&format!("cards/{number}.json")).display().to_string();
        let marks = if number == 2 { "1111111" } else { "5555555" };
        (number, arena.url.clone(), card, marks)
    });
    for (number, url, card, marks) in receipts {
        let (number, file) = (number.to_string(), format!("r{number}.json"));
        let args = ["vote", &number, "--card", &card, "--url", &url, "--ballot", marks, "--yes", "--receipt", &file];
        let (code, text) = run(&dir, &args).await;
        assert_eq!(code, 0, "{text}");
    }
    assert_eq!(look(arena.url.clone()).await.0, 0);
    let seen = std::fs::read_to_string(dir.join("seen.jsonl")).unwrap();
    let (code, text) = look(fork.url.clone()).await;
    assert_eq!((code, text.contains("signed two logs")), (6, true), "{text}");
    assert_eq!(std::fs::read_to_string(dir.join("seen.jsonl")).unwrap(), seen, "what is not proven is not kept");
    let proofs: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("fork-"))
        .collect();
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    let (code, text) = run(&dir, &["verify-fork", proof]).await;
    assert_eq!((code, text.contains(&paper_id(arena.election.id()))), (0, true), "{text}");
    // The proof proves nothing once a byte of it is changed.
    let bytes = std::fs::read(dir.join(proof)).unwrap();
    for i in (0..bytes.len()).step_by(7) {
        let mut bad = bytes.clone();
        bad[i] ^= 1;
        assert!(ForkProof::verify(&bad).is_err() || bad[i] == b'\n', "byte {i}");
    }
    // The two voters compare their receipts; each is good alone.
    std::fs::remove_file(dir.join(proof)).unwrap();
    assert_eq!(run(&dir, &["verify-receipt", "r2.json"]).await.0, 0);
    assert_eq!(run(&dir, &["verify-receipt", "r3.json", "--record", &fork.url]).await.0, 0, "in its own log");
    let card = arena.home.path("cards/4.json").display().to_string();
    let fourth =
        ["vote", "4", "--card", &card, "--url", &arena.url, "--ballot", "2222222", "--yes", "--receipt", "r4.json"];
    let (code, text) = run(&dir, &fourth).await;
    assert_eq!(code, 0, "{text}");
    for [one, other] in [["r2.json", "r4.json"], ["r4.json", "r2.json"]] {
        let (code, text) = run(&dir, &["verify-receipt", one, "--other", other]).await;
        assert_eq!((code, text.contains("do not contradict each other")), (0, true), "{text}");
    }
    assert!(!dir.join(proof).exists());
    let (code, text) = run(&dir, &["verify-receipt", "r2.json", "--other", "r3.json"]).await;
    assert_eq!((code, text.contains("cannot both be true")), (6, true), "{text}");
    assert_eq!(run(&dir, &["verify-fork", proof]).await.0, 0);
    // Receipts of one log.
    let (code, text) = run(&dir, &["verify-receipt", "r3.json", "--other", "r3.json"]).await;
    assert_eq!((code, text.contains("do not contradict each other")), (0, true), "{text}");
    let (code, text) = run(&dir, &["verify-receipt", "r3.json", "--other", "r3.json", "--json"]).await;
    assert_eq!((code, text.contains("\"other_agrees\": true")), (0, true), "{text}");
    // A receipt of the one log against the other, while it runs and when it has ended.
    std::fs::remove_file(dir.join(proof)).unwrap();
    let (code, text) = run(&dir, &["verify-receipt", "r2.json", "--record", &fork.url]).await;
    assert_eq!((code, text.contains("forked")), (6, true), "{text}");
    fork.act(Act::Closing).await;
    let (code, text) = run(&dir, &["verify-receipt", "r2.json", "--record", &fork.url]).await;
    assert_eq!((code, text.contains("forked")), (6, true), "{text}");
    assert_eq!(run(&dir, &["verify-fork", proof]).await.0, 0, "and that is proven too");
    // Row 23: a false alarm is settled by receipt and log alone.
    assert_eq!(run(&dir, &["verify-receipt", "r3.json", "--record", &fork.url]).await.0, 0);
    arena.stop().await;
    fork.stop().await;
}

/// An organiser who was shown one log signs nothing for another: not at a server, and not in a folder.
#[tokio::test(flavor = "multi_thread")]
async fn row_46_an_act_is_signed_only_for_the_log_that_was_seen_before() {
    let mut arena = Arena::open().await;
    arena.stop().await;
    let (mut fork, mut old) = (arena.copy(), arena.copy());
    arena.start().await;
    fork.start().await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    assert!(matches!(fork.vote(1, "1111111").await, Cast::Recorded { .. }));
    let dir = arena.dir.path().to_owned();
    std::fs::copy(arena.home.path("organiser.key"), dir.join("my.key")).unwrap();
    let act = |what: &str, at: &str, more: &[&str]| {
        let args: Vec<String> = [what, at, "--key", "my.key"].iter().chain(more).map(|arg| (*arg).into()).collect();
        let dir = dir.clone();
        async move { run(&dir, &args.iter().map(String::as_str).collect::<Vec<_>>()).await }
    };
    let phase = |url: String| async move {
        let status: serde_json::Value = serde_json::from_str(&get(&url, "/status.json").await.unwrap()).unwrap();
        status["phase"].as_str().unwrap().to_owned()
    };
    let (code, text) = act("pause", &arena.url, &["--reason", "a test"]).await;
    assert_eq!(code, 0, "{text}");
    let (code, text) = act("close", &fork.url, &[]).await;
    assert_eq!((code, text.contains("signed two logs")), (6, true), "{text}");
    assert_eq!(phase(fork.url.clone()).await, "open");
    let proof = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let proof = proof.into_iter().find(|name| name.starts_with("fork-")).unwrap();
    assert_eq!(run(&dir, &["verify-fork", &proof]).await.0, 0);
    // The true log goes on, also over a restart, and in the folder without a server.
    assert_eq!(act("resume", &arena.url, &["--reason", "a test"]).await.0, 0);
    assert!(matches!(arena.vote(2, "45432*3").await, Cast::Recorded { .. }));
    arena.stop().await;
    fork.stop().await;
    for other in [&fork, &old] {
        let (code, text) = act("close", &other.home.dir().display().to_string(), &[]).await;
        assert_eq!((code, text.contains("does not begin with")), (6, true), "{text}");
    }
    old.start().await;
    let (code, text) = act("close", &old.url, &[]).await;
    assert_eq!((code, text.contains("gone back")), (6, true), "{text}");
    assert_eq!(phase(old.url.clone()).await, "open");
    old.stop().await;
    let (code, text) = act("close", &arena.home.dir().display().to_string(), &[]).await;
    assert_eq!(code, 0, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_log_that_has_gone_back_is_noticed() {
    let mut arena = Arena::open().await;
    arena.stop().await;
    let mut old = arena.copy();
    arena.start().await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    let dir = arena.dir.path().to_owned();
    assert_eq!(run(&dir, &["watch", &arena.url, "--once", "--state", "seen.jsonl"]).await.0, 0);
    arena.stop().await;
    old.start().await;
    let (code, text) = run(&dir, &["watch", &old.url, "--once", "--state", "seen.jsonl"]).await;
    assert_eq!((code, text.contains("gone back")), (6, true), "{text}");
    old.stop().await;
}

/// The code of an open ballot follows from its marks, so nobody may ask before the marks are public anyhow.
#[tokio::test(flavor = "multi_thread")]
async fn a_tracking_code_tells_where_the_ballot_is_and_whether_it_counts() {
    let mut arena = Arena::open().await;
    let first = arena.entry(1, veche_election::entry::Position::FIRST, "45432*3");
    let code = veche_election::entry::BallotCode::of(&first);
    let ask = |code: String| {
        let url = arena.url.clone();
        async move { get(&url, &format!("/ballot/{code}")).await }
    };
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    let dir = arena.dir.path().to_owned();
    let card = arena.home.path("cards/1.json").display().to_string();
    let again =
        ["vote", "1", "--card", &card, "--url", &arena.url, "--ballot", "1111111", "--yes", "--receipt", "r.json"];
    let (code_of, text) = run(&dir, &again).await;
    assert_eq!(code_of, 0, "{text}");
    assert_eq!(ask(code.full()).await, None, "guessing marks before closing");
    let (code_of, text) = run(&dir, &["verify-receipt", "r.json", "--record", &arena.url]).await;
    assert_eq!((code_of, text.contains("told only after closing")), (0, true), "{text}");
    arena.act(Act::Closing).await;
    let says = |text: Option<String>| -> serde_json::Value { serde_json::from_str(&text.unwrap()).unwrap() };
    for typed in [code.full(), code.short(), code.short().to_lowercase().replace('-', "").replace('0', "o")] {
        let answer = says(ask(typed).await);
        let [index, counts, by] = ["index", "counts", "replaced_by"].map(|field| answer[field].clone());
        assert_eq!((index, counts, by), (2.into(), false.into(), 3.into()), "{answer}");
        assert_eq!(answer["code"], code.full());
    }
    let receipt = std::fs::read(dir.join("r.json")).unwrap();
    let (receipt, _) = veche_election::receipt::ReceiptFile::parse(&receipt).unwrap();
    let last = veche_election::entry::BallotCode::of(&receipt.entry);
    assert_eq!(says(ask(last.full()).await)["counts"], true);
    // A typing error finds nothing; too little, or what is no code, is refused.
    let wrong = code.full().replacen(&code.full()[..1], if code.full().starts_with('Z') { "Y" } else { "Z" }, 1);
    assert_eq!(ask(wrong).await, None);
    assert_eq!(ask(code.full()[..19].to_owned()).await, None);
    assert_eq!(ask("%00..%2f".into()).await, None);
    // After a restart as before.
    arena.stop().await;
    arena.start().await;
    let url = arena.url.clone();
    assert_eq!(says(get(&url, &format!("/ballot/{}", code.short())).await)["replaced_by"], 3);
    arena.stop().await;
}

/// An archive or a folder that two programs could read in two ways is no record.
#[test]
fn row_09_links_and_what_stands_behind_an_archive_are_refused_by_both_verifiers() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/record").canonicalize().unwrap();
    let tar = dir.path().join("r.tar");
    let folder = dir.path().join("folder");
    assert!(Command::new("cp").arg("-r").arg(&vectors).arg(&folder).status().unwrap().success());
    let made = Command::new("sh")
        .current_dir(&vectors)
        .args(["-c", "find . -type f -printf '%P\\n' | sort | tar --format=gnu -cf \"$0\" -T -"])
        .arg(&tar)
        .status();
    assert!(made.unwrap().success());
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier/veche_verify.py");
    let check = |target: &Path, good: bool| {
        let ours = veche(dir.path(), &["verify", target.to_str().unwrap()]);
        let theirs = Command::new(&python).arg(&script).arg(target).output().unwrap();
        assert_eq!((ours.status.success(), theirs.status.success()), (good, good), "{}", target.display());
    };
    check(&tar, true);
    check(&folder, true);
    let bytes = std::fs::read(&tar).unwrap();
    for (name, more) in [("junk.tar", b"junk".to_vec()), ("twice.tar", bytes.clone())] {
        std::fs::write(dir.path().join(name), [bytes.as_slice(), &more].concat()).unwrap();
        check(&dir.path().join(name), false);
    }
    std::fs::rename(folder.join("result.json"), dir.path().join("elsewhere.json")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("elsewhere.json"), folder.join("result.json")).unwrap();
    check(&folder, false);
}
