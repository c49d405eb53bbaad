//! Mirrors, and what they give back after a loss.

use std::{collections::BTreeMap, path::Path};

use veche::client;
use veche_election::{
    log::{read_bundle, write_bundle},
    record::Source,
};

use crate::{
    board::{cosigned, run, start_witness, watched},
    commands::{Folder, Serving},
    liar::Liar,
};

fn secret_election(folder: &Folder) {
    let args = ["new", "e", "--candidates", "A,B,C", "--voters", "6", "--rule", "sum", "--scale", "0..5"];
    folder.exits(0, &[&args[..], &["--local-trustees"]].concat());
    folder.exits(0, &["open", "e"]);
}

fn serve(folder: &Folder, dir: &str) -> (Serving, String) {
    let _ = std::fs::write(folder.path(dir).join("lock"), "");
    let (serving, port) = folder.serve(&["serve", dir, "--any-port"]);
    (serving, format!("http://127.0.0.1:{port}"))
}

fn vote(folder: &Folder, url: &str, number: u32, marks: &str) {
    let card = format!("e/cards/{number}.json");
    folder.exits(0, &["vote", &number.to_string(), "--url", url, "--card", &card, "--ballot", marks]);
}

fn mirror(folder: &Folder, url: &str, exit: i32) -> String {
    folder.exits(exit, &["watch", url, "--once", "--state", "seen.jsonl", "--mirror", "m"])
}

fn copy(from: &Path, to: &Path) {
    assert!(std::process::Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

#[test]
fn what_a_lost_disk_took_comes_back_from_a_mirror_and_the_log_goes_on_without_a_fork() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "311");
    mirror(&folder, &url, 0);
    copy(&folder.path("m"), &folder.path("behind"));
    folder.exits(0, &["backup", "e", "old"]);
    vote(&folder, &url, 2, "505");
    vote(&folder, &url, 3, "*00");
    assert!(mirror(&folder, &url, 0).contains("mirrored"));
    folder.exits(0, &["verify", "m", "--so-far"]);
    assert!(folder.exits(1, &["recover", "e", "--from", "m"]).contains("in use"), "not beside a running server");
    server.kill();

    // The whole machine is gone: an older backup and the mirror are left.
    folder.exits(6, &["restore", "old", "f", "--checkpoint", "e/checkpoint"]);
    folder.exits(6, &["restore", "old", "f", "--from", "behind", "--checkpoint", "e/checkpoint"]);
    folder.exits(0, &["restore", "old", "f", "--from", "m", "--checkpoint", "e/checkpoint"]);
    let (server, url) = serve(&folder, "f");
    // Receipts from before the loss, and a watcher who saw the log before it, find nothing missing.
    for number in 1..=3 {
        folder.exits(0, &["verify-receipt", &format!("receipt-{number}-1.json"), "--record", &url]);
    }
    vote(&folder, &url, 4, "123");
    mirror(&folder, &url, 0);
    folder.exits(0, &["close", "f"]);
    for number in 1..=2 {
        let key = format!("e/trustees/trustee-{number}.key");
        let code = folder.exits(0, &["trustee", "code", "--at", &url, "--key", &key]);
        let code = code.lines().find_map(|line| line.strip_prefix("code of the closing")).unwrap();
        let code = code.trim_start_matches([':', ' ']);
        folder.exits(0, &["trustee", "open", "--at", &url, "--key", &key, "--code", code]);
    }
    mirror(&folder, &url, 0);
    assert!(folder.exits(0, &["verify", "m"]).contains("4 counting ballots"), "the mirror has become the record");
    assert_eq!(server.terminate(), 0);
}

#[test]
fn a_recovered_database_holds_what_was_signed_and_a_mirror_that_was_changed_gives_nothing() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "311");
    mirror(&folder, &url, 0);
    copy(&folder.path("m"), &folder.path("behind"));
    assert_eq!(server.terminate(), 0);
    copy(&folder.path("e"), &folder.path("fork"));
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 2, "505");
    mirror(&folder, &url, 0);
    assert_eq!(server.terminate(), 0);
    // A copy that has gone its own way is not put together with this log.
    let (server, url) = serve(&folder, "fork");
    vote(&folder, &url, 3, "111");
    assert_eq!(server.terminate(), 0);
    assert!(folder.exits(6, &["recover", "fork", "--from", "m"]).contains("other entries"));
    let bundle = || {
        let dir = std::fs::read_dir(folder.path("m/tile/entries/000.p")).unwrap();
        let paths: Vec<_> = dir.map(|file| file.unwrap().path()).collect();
        let [path] = paths.as_slice() else { panic!("{paths:?}: earlier widths are swept away") };
        path.clone()
    };
    let good = std::fs::read(bundle()).unwrap();
    let mut bad = good.clone();
    let place = bad.len() - 10;
    bad[place] ^= 1;
    lose_the_database(&folder, "e");
    std::fs::write(bundle(), &bad).unwrap();
    folder.exits(6, &["recover", "e", "--from", "m"]);
    folder.exits(6, &["verify", "m", "--so-far"]);
    std::fs::write(bundle(), &bad[..good.len() - 1]).unwrap();
    folder.exits(6, &["recover", "e", "--from", "m"]);
    std::fs::write(bundle(), &good).unwrap();
    // A size that no log has, well signed by the board.
    let note = std::fs::read_to_string(folder.path("m/checkpoint")).unwrap();
    let key = veche_server::Home::new(folder.path("e")).signing_key("board-key").unwrap();
    let origin = note.lines().next().unwrap().to_owned();
    let huge = veche_election::Checkpoint { origin, size: (1 << 32) + 1, root: veche_election::Hash::ZERO };
    std::fs::write(folder.path("m/checkpoint"), huge.sign(&key)).unwrap();
    assert!(folder.exits(6, &["recover", "e", "--from", "m"]).contains("more entries than any log"));
    std::fs::write(folder.path("m/checkpoint"), &note).unwrap();
    // A mirror that lags behind gives what it has; the server knows that more was signed.
    folder.exits(0, &["recover", "e", "--from", "behind"]);
    let refused = folder.exits(1, &["serve", "e", "--any-port"]);
    assert!(refused.contains("older copy") && refused.contains("veche recover"), "{refused}");
    assert!(folder.exits(0, &["recover", "e", "--from", "m"]).contains("1 entry put back"));
    assert!(folder.exits(0, &["recover", "e", "--from", "m"]).contains("0 entries put back"));
    let (server, url) = serve(&folder, "e");
    folder.exits(0, &["verify-receipt", "receipt-2-1.json", "--record", &url]);
    assert_eq!(server.terminate(), 0);
    // Another election's mirror, or no mirror at all.
    folder.exits(0, &["new", "o", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    let (server, other) = serve(&folder, "o");
    folder.exits(6, &["recover", "e", "--from", &other]);
    folder.exits(2, &["watch", &other, "--once", "--state", "o.jsonl", "--mirror", "m"]);
    folder.exits(2, &["watch", &other, "--once", "--state", "o.jsonl", "--mirror", "e"]);
    let said = folder.exits(0, &["watch", &other, "--once", "--state", "o.jsonl", "--mirror", "n"]);
    assert!(said.contains("after closing"), "{said}");
    assert_eq!(server.terminate(), 0);
}

/// Bundles hold 256 entries: the mirror grows over the edge of one, and gives both back.
#[test]
fn a_mirror_grows_over_the_edge_of_a_bundle() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    let acts = |count| {
        for _ in 0..count {
            folder.exits(0, &["pause", "e", "--reason", "r"]);
            folder.exits(0, &["resume", "e", "--reason", "r"]);
        }
    };
    acts(125);
    mirror(&folder, &url, 0);
    acts(4);
    mirror(&folder, &url, 0);
    folder.exits(0, &["verify", "m", "--so-far"]);
    assert_eq!(server.terminate(), 0);
    lose_the_database(&folder, "e");
    folder.exits(0, &["recover", "e", "--from", "m"]);
    let (server, url) = serve(&folder, "e");
    folder.exits(0, &["watch", &url, "--once", "--state", "seen.jsonl"]);
    assert_eq!(server.terminate(), 0);
}

/// What a server makes of the truth.
type Change = fn(Vec<u8>) -> Vec<u8>;

/// The first entry of the log in a bundle's bytes, changed so that the bundle stays well formed.
fn first_entry_changed(mut bundle: Vec<u8>) -> Vec<u8> {
    bundle[10] ^= 1;
    bundle
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let source = veche_client::target::Folder(dir.to_owned());
    source.paths().into_iter().map(|path| (path.clone(), std::fs::read(dir.join(path)).unwrap())).collect()
}

fn lose_the_database(folder: &Folder, dir: &str) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path(&format!("{dir}/veche.db{suffix}")));
    }
}

/// A mirror that answers one thing when it is checked and another when it is written.
#[test]
fn row_52_recover_writes_what_was_checked_and_not_what_comes_the_second_time() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "311");
    vote(&folder, &url, 2, "505");
    folder.exits(0, &["backup", "e", "b"]);
    mirror(&folder, &url, 0);
    copy(&folder.path("e"), &folder.path("lost"));
    lose_the_database(&folder, "lost");
    let liar = Liar::start(&url, |path, nth, truth| {
        (path.starts_with("/tile/entries/") && nth % 2 == 1).then(|| first_entry_changed(truth()))
    });
    let _ = std::fs::remove_file(folder.path("lost/lock"));
    let said = folder.exits(6, &["recover", "lost", "--from", &liar.url]);
    assert!(said.contains("other entries now than when it was checked"), "{said}");
    // The folder is not spoilt: from an honest mirror everything comes back.
    folder.exits(0, &["recover", "lost", "--from", "m"]);
    assert_eq!(server.terminate(), 0);
    let (server, url) = serve(&folder, "lost");
    folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", &url]);
    assert_eq!(server.terminate(), 0);
}

/// Whether a ballot was replaced is told by the log that was verified, not by another that is shown afterwards.
#[test]
fn row_52_a_receipt_is_looked_up_in_the_log_that_was_verified() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "11");
    vote(&folder, &url, 1, "55");
    folder.exits(0, &["close", "e"]);
    let first = ["verify-receipt", "receipt-1-1.json", "--record"];
    assert!(folder.exits(0, &[&first[..], &[&url]].concat()).contains("a later ballot replaced it"));
    let liar = Liar::start(&url, |path, nth, truth| {
        if !path.starts_with("/tile/entries/") || nth % 2 == 0 {
            return None;
        }
        // The second time, the ballot that replaced the first names another.
        let bundle = truth();
        let entries = read_bundle(&bundle).unwrap();
        let mut entries: Vec<Vec<u8>> = entries.into_iter().map(<[u8]>::to_vec).collect();
        entries[3][60] ^= 1;
        write_bundle(entries.iter().map(Vec::as_slice))
    });
    let said = folder.exits(0, &[&first[..], &[&liar.url]].concat());
    assert!(said.contains("a later ballot replaced it"), "what is shown afterwards changes nothing: {said}");
    assert_eq!(server.terminate(), 0);
}

/// Everything that a watched server may give that is not what its election's checkpoint and manifest promise.
#[test]
fn row_53_a_lying_server_changes_nothing_that_a_mirror_has_and_adds_nothing_unchecked() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "311");
    mirror(&folder, &url, 0);
    let before = files(&folder.path("m"));
    vote(&folder, &url, 2, "505");
    let lies: [(&str, Change); 3] = [
        ("an entry that the mirror has is replaced", first_entry_changed),
        ("the new entry is another", |mut bundle| {
            let last = bundle.len() - 10;
            bundle[last] ^= 1;
            bundle
        }),
        ("no bundle at all", |_| b"x".to_vec()),
    ];
    for (lie, change) in lies {
        let liar = Liar::start(&url, move |path, _, truth| path.starts_with("/tile/entries/").then(|| change(truth())));
        let watch = ["watch", &liar.url, "--once", "--state", "lied.jsonl", "--mirror", "m"];
        folder.exits(6, &watch);
        assert_eq!(files(&folder.path("m")), before, "{lie}");
        // What was signed is kept: it is evidence.
        let seen = std::fs::read_to_string(folder.path("lied.jsonl")).unwrap();
        assert!(seen.lines().last().unwrap().contains("checkpoint"), "{lie}");
        std::fs::remove_file(folder.path("lied.jsonl")).unwrap();
    }
    folder.exits(0, &["verify", "m", "--so-far"]);
    mirror(&folder, &url, 0);
    folder.exits(0, &["verify", "m", "--so-far"]);
    assert_eq!(server.terminate(), 0);
}

/// Lists that were wrong once are not kept, and fetched again until they are right; damaged ones too.
#[test]
fn row_53_lists_are_compared_with_the_manifest_and_fetched_again() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    vote(&folder, &url, 1, "311");
    for bad in ["/credentials", "/ceremony", "/roll"] {
        let liar = Liar::start(&url, move |path, _, truth| (path == bad).then(|| [truth(), b"x".to_vec()].concat()));
        let said = folder.exits(6, &["watch", &liar.url, "--once", "--state", "seen.jsonl", "--mirror", "m"]);
        assert!(said.contains(&bad[1..]), "{said}");
        assert!(!folder.path(&format!("m{bad}")).exists(), "{bad}");
        assert!(!files(&folder.path("m")).keys().all(|path| !path.starts_with("tile/entries")), "the entries are kept");
    }
    mirror(&folder, &url, 0);
    folder.exits(0, &["verify", "m", "--so-far"]);
    for damaged in ["m/credentials", "m/ceremony"] {
        std::fs::write(folder.path(damaged), "damaged").unwrap();
    }
    mirror(&folder, &url, 0);
    folder.exits(0, &["verify", "m", "--so-far"]);
    // Two at once do not write into one mirror.
    let lock = std::fs::File::open(folder.path("m")).unwrap();
    lock.lock().unwrap();
    assert!(mirror(&folder, &url, 8).contains("another process"));
    drop(lock);
    assert_eq!(server.terminate(), 0);
}

/// A signed checkpoint whose server proves nothing is kept apart from those that were proven.
#[test]
fn row_53_what_was_signed_and_not_proven_is_kept_apart() {
    let folder = Folder::new();
    secret_election(&folder);
    let (server, url) = serve(&folder, "e");
    let watch = |url: &str, exit| folder.exits(exit, &["watch", url, "--once", "--state", "seen.jsonl"]);
    watch(&url, 0);
    vote(&folder, &url, 1, "311");
    let liar = Liar::start(&url, |path, _, _| path.starts_with("/tile/").then(|| b"nothing".to_vec()));
    watch(&liar.url, 6);
    let proven = std::fs::read_to_string(folder.path("seen.jsonl")).unwrap();
    assert_eq!(proven.lines().count(), 1);
    let unproven = std::fs::read_dir(folder.path("")).unwrap().map(|file| file.unwrap().path());
    let unproven =
        unproven.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("unproven-"));
    let unproven = std::fs::read_to_string(unproven.unwrap()).unwrap();
    let note = client::at(&url).unwrap().get("/checkpoint").unwrap().unwrap();
    assert!(unproven.contains(&serde_json::to_string(&String::from_utf8(note).unwrap()).unwrap()), "{unproven}");
    watch(&url, 0);
    assert_eq!(server.terminate(), 0);
}

/// A mirror's checkpoint never loses a witness's signature that it has.
#[tokio::test(flavor = "multi_thread")]
async fn row_53_a_mirror_keeps_the_cosignatures_that_it_has() {
    let (mut arena, address) = watched().await;
    let witness = start_witness(&arena, address).await;
    arena.act(veche_election::Act::Opening).await;
    arena.act(veche_election::Act::Closing).await;
    let (_, note) = cosigned(&arena).await;
    let dir = arena.dir.path().to_owned();
    let bare: String = note.split_inclusive('\n').take(5).collect();
    let liar = Liar::start(&arena.url, move |path, nth, _| {
        (path == "/checkpoint" && nth > 0).then(|| format!("{bare}\u{2014} stranger AAAAAAAA\n").into_bytes())
    });
    for _ in 0..2 {
        let watch = ["watch", &liar.url, "--once", "--state", "seen.jsonl", "--mirror", "m"];
        let (code, said) = run(&dir, &watch).await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(std::fs::read_to_string(dir.join("m/checkpoint")).unwrap(), note);
    }
    let (code, said) = run(&dir, &["verify", "m"]).await;
    assert_eq!(code, 0, "{said}");
    drop(liar);
    arena.stop().await;
    witness.shutdown().await;
}
