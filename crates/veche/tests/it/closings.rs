//! A trustee's key has a word on one log: the codes that its holder reads aloud, and all that it signs, are of that one; and
//! of the election that was compared. A server that shows two of them, one after the other, gets nothing for the second.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use veche::client;
use veche_server::Home;

use crate::{
    commands::{Folder, Serving},
    liar::Liar,
    secret::{
        CLOSING, accept_all, after, copy, deal_together, election_code, key, new, register, serve, take_local_key,
        trustee, vote,
    },
};

/// A closed secret election whose keys are at hand, and another log of it, with another second ballot.
fn two_logs() -> Folder {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    (1..=3).for_each(|number| take_local_key(&folder, number));
    folder.exits(0, &["open", "e"]);
    let cast = |dir: &str, number, marks| {
        let (server, url) = serve(&folder, dir);
        vote(&folder, 0, &url, number, marks);
        assert_eq!(server.terminate(), 0);
    };
    cast("e", 1, "54*");
    copy(&folder.path("e"), &folder.path("fork"));
    cast("e", 2, "***");
    cast("fork", 3, "505");
    for dir in ["e", "fork"] {
        folder.exits(0, &["close", dir]);
        // Published by a server, so that there is a sum.
        assert_eq!(serve(&folder, dir).0.terminate(), 0);
    }
    folder
}

fn code_by(folder: &Folder, exit: i32, at: &str, number: u32) -> String {
    folder.exits(exit, &["trustee", "code", "--at", at, "--key", &key(number)])
}

/// Row 46: with four trustees of whom two open, a server alone had both logs opened, though everybody compared: who had
/// opened one of them read out the code of the other.
#[test]
fn row_46_a_key_shows_the_code_of_one_closing_and_of_no_other() {
    let folder = two_logs();
    let said = folder.exits(0, &["trustee", "code", "--at", "e"]);
    assert!(!said.contains(CLOSING) && said.contains("--key"), "nobody stands for it: {said}");
    let closing = after(&code_by(&folder, 0, "e", 1), CLOSING);
    assert_eq!(after(&code_by(&folder, 0, "e", 1), CLOSING), closing, "again");
    let (fork, url) = serve(&folder, "fork");
    for at in ["fork", &url] {
        let said = code_by(&folder, 6, at, 1);
        assert!(said.contains("has stood for another closing") && !said.contains(CLOSING), "{said}");
        let said = trustee(&folder, 6, "open", at, 1, &["--code", &closing, "--single-ballot"]);
        assert!(said.contains("has stood for another closing") && !said.contains(CLOSING), "{said}");
    }
    assert!(!folder.path("k1.key.opened.json").exists());
    // The two signed checkpoints are the proof.
    let names = std::fs::read_dir(folder.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    let proof = names.map(|name| name.into_string().unwrap()).find(|name| name.starts_with("fork-")).unwrap();
    assert!(folder.exits(0, &["verify-fork", &proof]).contains("has signed two different logs"));
    // Who was shown the other one at the opening has it on the screen too, and stands for that.
    trustee(&folder, 6, "open", "fork", 2, &["--code", &closing]);
    assert!(trustee(&folder, 6, "open", "e", 2, &["--code", &closing]).contains("another closing"));
    // Who has opened reads no other code aloud.
    trustee(&folder, 0, "open", "e", 1, &["--code", &closing]);
    assert!(code_by(&folder, 6, "fork", 1).contains("another closing"));
    // What cannot be read is not taken for nothing.
    std::fs::write(folder.path("k3.key.closing.json"), "?").unwrap();
    assert!(code_by(&folder, 6, "e", 3).contains("cannot be read"));
    assert_eq!(fork.terminate(), 0);
}

/// Row 46: what was verified and compared is what is signed for. A board that showed another log in between had an honest
/// trustee's share stand in a log whose sum it does not open, and both verifiers named that trustee.
#[test]
fn row_46_a_share_is_signed_only_behind_the_log_that_was_verified() {
    let folder = two_logs();
    let closing = after(&code_by(&folder, 0, "e", 3), CLOSING);
    let ((server, url), (fork, other)) = (serve(&folder, "e"), serve(&folder, "fork"));
    let (asked, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (turned, posted) = (asked.clone(), told.clone());
    let liar = Liar::start(&url, move |path, nth, _| {
        posted.fetch_or(path == "/control", Ordering::SeqCst);
        // From where the program looks at the log again, to sign.
        turned.fetch_or(path == "/status.json" && nth == 1, Ordering::SeqCst);
        if !turned.load(Ordering::SeqCst) {
            return None;
        }
        client::at(&other).unwrap().get(path).ok().flatten()
    });
    let said = trustee(&folder, 6, "open", &liar.url, 1, &["--code", &closing]);
    assert!(said.contains("does not begin with the one that was verified"), "{said}");
    assert!(asked.load(Ordering::SeqCst) && !told.load(Ordering::SeqCst), "nothing leaves");
    drop(liar);
    // A share is in the log when the log shows it, and not when the server says so.
    let liar = Liar::start(&url, |path, _, _| (path == "/control").then(|| "{\"index\":6}".into()));
    let said = trustee(&folder, 6, "open", &liar.url, 1, &["--code", &closing]);
    assert!(said.contains("does not show it"), "{said}");
    drop(liar);
    // The same in a folder that is exchanged is refused by the note; and the true log goes on.
    trustee(&folder, 0, "open", &url, 1, &["--code", &closing]);
    assert_eq!((server.terminate(), fork.terminate()), (0, 0));
}

/// Row 46: the rehearsal binds a key to an election. Whoever sits on the wire and shows another one, after the comparison,
/// had the key bound to that.
#[test]
fn row_46_a_key_rehearses_only_in_the_election_that_was_compared() {
    let folder = Folder::new();
    new(&folder, &[]);
    register(&folder, "e", 3);
    deal_together(&folder, "e", 3);
    accept_all(&folder, "e", 3);
    copy(&folder.path("e"), &folder.path("other"));
    ["e", "other"].iter().for_each(|dir| drop(folder.exits(0, &["setup", dir])));
    let [(server, url), (second, other)]: [(Serving, String); 2] = ["e", "other"].map(|dir| serve(&folder, dir));
    let liar = Liar::start(&url, move |path, nth, _| {
        let compared = path == "/election.json" && nth == 0 || ["/ceremony", "/credentials"].contains(&path);
        if compared { None } else { client::at(&other).unwrap().get(path).ok().flatten() }
    });
    let said = trustee(&folder, 6, "rehearse", &liar.url, 1, &["--code", &election_code(&folder)]);
    assert!(said.contains("what is shown is election"), "{said}");
    assert!(!folder.path("k1.key.seen.jsonl").exists(), "the key is bound to nothing");
    drop(liar);
    trustee(&folder, 0, "rehearse", &url, 1, &["--code", &election_code(&folder)]);
    assert_eq!((server.terminate(), second.terminate()), (0, 0));
}

/// An organiser's key lies in the folder of its election, and acts in no other one, whatever manifest names that key.
#[test]
fn row_46_an_organisers_key_acts_only_in_the_election_of_its_folder() {
    let folder = Folder::new();
    for dir in ["e", "f"] {
        folder.exits(0, &["new", dir, "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    }
    // The same key, as in a manifest that somebody else has made with it.
    let manifest = std::fs::read_to_string(folder.path("f/election.json")).unwrap();
    let home = Home::new(folder.path("e"));
    let organiser = |dir: &str| {
        crate::commands::json(&folder.path(&format!("{dir}/election.json")))["keys"]["organiser"].to_string()
    };
    let forged = manifest.replace(&organiser("f"), &organiser("e"));
    assert_ne!(forged, manifest);
    let (server, url) = serve(&folder, "f");
    let liar = Liar::start(&url, move |path, _, _| (path == "/election.json").then(|| forged.clone().into_bytes()));
    let key = home.path("organiser.key").display().to_string();
    let said = folder.exits(6, &["open", &liar.url, "--key", &key]);
    assert!(said.contains("what is shown is election"), "{said}");
    assert!(!folder.path("e/organiser.key.seen.jsonl").exists());
    // A manifest that cannot be read is not taken for none.
    std::fs::write(home.path("election.json"), "?").unwrap();
    let said = folder.exits(6, &["open", &liar.url, "--key", &key]);
    assert!(said.contains("election.json"), "{said}");
    assert_eq!(server.terminate(), 0);
}
