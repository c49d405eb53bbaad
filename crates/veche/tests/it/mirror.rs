//! Mirrors, and what they give back after a loss.

use std::path::Path;

use crate::commands::{Folder, Serving};

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
        let key = format!("f/trustees/trustee-{number}.key");
        let code = folder.exits(0, &["trustee", "code", "--at", &url]);
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
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path(&format!("e/veche.db{suffix}")));
    }
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
    assert!(folder.exits(0, &["recover", "e", "--from", "m"]).contains("1 entries put back"));
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
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path(&format!("e/veche.db{suffix}")));
    }
    folder.exits(0, &["recover", "e", "--from", "m"]);
    let (server, url) = serve(&folder, "e");
    folder.exits(0, &["watch", &url, "--once", "--state", "seen.jsonl"]);
    assert_eq!(server.terminate(), 0);
}
