//! What organiser and trustees do to an election, and what is refused before anything leaves them; what everybody is told
//! meanwhile.

use std::{io::BufRead, process::Stdio, time::Duration};

use serde_json::Value;
use veche_election::{
    LogTree, SigningKey,
    checkpoint::{Checkpoint, Witness},
    log::{leaf_hash, origin},
};
use veche_server::{
    Home,
    home::DATABASE_FILE,
    store::{SqliteStore, Store},
};

use crate::{
    commands::Folder,
    pages::page,
    secret::{CLOSING, code, copy, key, new, serve, take_local_key, trustee, vote},
};

/// A secret election with all keys at hand, open, and two ballots in it.
fn voted() -> Folder {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    (1..=3).for_each(|number| take_local_key(&folder, number));
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    vote(&folder, 0, &url, 1, "54*");
    vote(&folder, 0, &url, 2, "***");
    assert_eq!(server.terminate(), 0);
    folder
}

fn has_opened(folder: &Folder, number: u32) -> bool {
    folder.path(&format!("{}.opened.json", key(number))).exists()
}

fn witness(i: u8) -> (Witness, SigningKey) {
    let key = SigningKey::from_seed(&[i; 32]);
    (Witness::new(&format!("witness.example/{i}"), key.public()).unwrap(), key)
}

/// A closed secret election of three trustees, whose last checkpoint all of these witnesses have signed.
fn witnessed(witnesses: u8, quorum: u8, threshold: u32) -> Folder {
    let folder = Folder::new();
    let keys =
        (1..=witnesses).map(|i| format!("[[witness]]\nkey = \"{}\"\nurl = \"http://127.0.0.1:1\"\n", witness(i).0));
    let text = format!(
        "title = \"Witnessed\"\nsecrecy = \"secret\"\nrule = \"sum\"\ntrustees = 3\nthreshold = {threshold}\n\
         witness_quorum = {quorum}\n[[contest]]\ntitle = \"One\"\ncandidates = [\"A\", \"B\"]\n{}",
        keys.collect::<String>()
    );
    std::fs::write(folder.path("e.toml"), text).unwrap();
    folder.exits(0, &["new", "e", "--from", "e.toml", "--voters", "3", "--local-trustees"]);
    folder.exits(0, &["open", "e"]);
    folder.exits(0, &["close", "e"]);
    let election = Home::new(folder.path("e")).election().unwrap();
    let mut note = std::fs::read_to_string(folder.path("e/checkpoint")).unwrap();
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board).unwrap();
    (1..=witnesses).map(witness).for_each(|(witness, key)| note += &witness.cosign(&checkpoint, &key, 1));
    std::fs::write(folder.path("e/checkpoint"), note).unwrap();
    folder
}

/// Witnesses do not replace the trustees' voices where one false witness and one false trustee of three are enough to
/// have two logs opened.
#[test]
fn row_46_the_code_is_asked_for_unless_witnesses_and_threshold_exclude_two_openings() {
    let open = ["trustee", "open", "--at", "e", "--key", "e/trustees/trustee-1.key"];
    for (witnesses, quorum, threshold, asked) in
        [(1, 1, 2, true), (3, 2, 1, true), (3, 2, 2, true), (3, 2, 3, false), (3, 3, 2, false), (4, 3, 2, false)]
    {
        let folder = witnessed(witnesses, quorum, threshold);
        let told = format!("{quorum} of {witnesses} witnesses, {threshold} of 3 trustees");
        if asked {
            let said = folder.exits(1, &open);
            let others = if threshold == 2 { 2 } else { 1 };
            assert!(said.contains(&format!("with at least {others} other trustee")), "{told}: {said}");
            assert!(!folder.path("e/trustees/trustee-1.key.opened.json").exists(), "{told}");
            let code = code(&folder, "e", CLOSING);
            folder.exits(0, &[&open[..], &["--code", &code]].concat());
        } else {
            // Whoever has heard a code from the others wants it compared all the same.
            let said = folder.exits(6, &[&open[..], &["--code", "AAAA"]].concat());
            assert!(said.contains("the codes differ"), "{told}: {said}");
            assert!(!folder.path("e/trustees/trustee-1.key.opened.json").exists(), "{told}");
            let said = folder.exits(0, &open);
            assert!(said.contains("Witnesses have signed this log"), "{told}: {said}");
        }
    }
}

/// Where the key itself is lost with its notes, its holder says so; else a copy would open what the key would refuse.
#[test]
fn a_copy_of_a_key_without_its_notes_opens_only_when_it_is_called_a_copy() {
    let folder = voted();
    folder.exits(0, &["close", "e"]);
    let closing = code(&folder, "e", CLOSING);
    std::fs::copy(folder.path(&key(1)), folder.path("stick.key")).unwrap();
    let open = ["trustee", "open", "--at", "e", "--key", "stick.key", "--code", &closing];
    let said = folder.exits(6, &open);
    assert!(said.contains("stick.key.ceremony.json is missing") && said.contains("--copy"), "{said}");
    assert!(!folder.path("stick.key.opened.json").exists());
    folder.exits(0, &[&open[..], &["--copy"]].concat());
    // With its note a copy is as good as the key.
    std::fs::copy(folder.path(&key(2)), folder.path("stick2.key")).unwrap();
    std::fs::copy(folder.path("k2.key.ceremony.json"), folder.path("stick2.key.ceremony.json")).unwrap();
    folder.exits(0, &["trustee", "open", "--at", "e", "--key", "stick2.key", "--code", &closing]);
}

#[test]
fn row_47_no_share_leaves_for_an_election_that_has_ended_and_nothing_cancels_after_the_sum() {
    let folder = voted();
    copy(&folder.path("e"), &folder.path("gone"));
    folder.exits(0, &["cancel", "gone", "--reason", "a test"]);
    let said = trustee(&folder, 6, "open", "gone", 1, &["--code", "AAAA"]);
    assert!(said.contains("the election was cancelled") && !has_opened(&folder, 1), "{said}");
    folder.exits(0, &["close", "e"]);
    let closing = code(&folder, "e", CLOSING);
    for opened in 1..=2 {
        let said = folder.exits(5, &["cancel", "e", "--reason", "the keys are lost"]);
        assert!(said.contains("\"cancel\" is not possible while the election is summed"), "{said}");
        let (server, url) = serve(&folder, "e");
        for target in ["e", &url] {
            assert!(folder.exits(0, &["status", target]).contains("summed, no result"));
            assert!(folder.exits(5, &["result", target]).contains("summed, no result"));
        }
        assert!(folder.exits(5, &["verify", &url]).contains("summed, no result"));
        for path in ["", "/result"] {
            let body = page(&format!("{url}{path}"), "en").body;
            assert!(
                body.contains("the trustees have not opened the sum yet: there is no result so far"),
                "{path}: {body}"
            );
        }
        assert!(folder.exits(0, &["verify", &url, "--so-far"]).contains("Summed, no result"));
        assert_eq!(server.terminate(), 0);
        trustee(&folder, 0, "open", "e", opened, &["--code", &closing]);
        let said = trustee(&folder, 5, "open", "e", opened, &["--code", &closing]);
        assert!(said.contains(if opened == 1 { "in the log already" } else { "no more shares" }), "{said}");
    }
    let said = trustee(&folder, 5, "open", "e", 3, &["--code", &closing]);
    assert!(said.contains("no more shares, and nothing was sent") && !has_opened(&folder, 3), "{said}");
    folder.exits(0, &["result", "e"]);
}

/// The board loses the sum before anybody has it, and publishes the same ciphertexts after the same closing again.
#[tokio::test(flavor = "multi_thread")]
async fn row_48_the_same_sum_at_another_time_locks_no_trustee_out() {
    let folder = voted();
    copy(&folder.path("e"), &folder.path("again"));
    folder.exits(0, &["close", "e"]);
    let homes = ["e", "again"].map(|name| Home::new(folder.path(name)));
    let election = homes[0].election().unwrap();
    let [all, again] = homes.map(|home| home.path(DATABASE_FILE));
    let all = SqliteStore::open(&all, election.id()).await.unwrap().read(0, 100).await.unwrap();
    let (mut tree, before) = (LogTree::default(), all.len() - 2);
    all[..before].iter().for_each(|entry| tree.append(leaf_hash(&entry.bytes)));
    let expected = tree.head();
    tree.append(leaf_hash(&all[before].bytes));
    let store = SqliteStore::open(&again, election.id()).await.unwrap();
    store.append(expected, vec![all[before].bytes.clone()], tree.head()).await.unwrap();
    store.close().await.unwrap();
    // Seconds are what the times of acts are told in.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(serve(&folder, "again").0.terminate(), 0);
    let codes = ["e", "again"].map(|dir| code(&folder, dir, CLOSING));
    assert_ne!(codes[0], codes[1], "another entry with the sum");
    trustee(&folder, 0, "open", "e", 1, &["--code", &codes[0]]);
    trustee(&folder, 0, "open", "again", 1, &["--code", &codes[1]]);
    trustee(&folder, 0, "open", "again", 2, &["--code", &codes[1]]);
    folder.exits(0, &["result", "again"]);
}

#[test]
fn row_66_before_the_closing_nobody_is_told_the_weight_of_those_who_voted() {
    let folder = Folder::new();
    std::fs::write(folder.path("roll.csv"), "number,name,weight\n1,Anna,1\n2,Boris,2\n3,Clara,4\n").unwrap();
    folder.exits(0, &["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--secrecy", "open", "--rule", "sum"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let status =
        |target: &str| -> Value { serde_json::from_str(&folder.exits(0, &["status", target, "--json"])).unwrap() };
    let votes = ["1", "2", "3"].map(|number| {
        folder
            .exits(0, &["vote", number, "--url", &url, "--card", &format!("e/cards/{number}.json"), "--ballot", "12"]);
        status(&url)
    });
    for (heads, status) in (1..).zip(&votes) {
        assert_eq!((&status["ballots"], status.get("weight")), (&heads.into(), None), "{status}");
    }
    folder.exits(0, &["close", "e"]);
    assert_eq!((&status(&url)["ballots"], &status(&url)["weight"]), (&3.into(), &7.into()));
    assert_eq!(server.terminate(), 0);
    assert_eq!(status("e")["weight"], 7);
}

/// Row 46: what a key has seen and opened is compared and noted in one step. A command that a server stalls is not
/// overtaken by a second one with the same key, which would be shown another log.
#[test]
fn row_46_commands_with_one_key_take_turns() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    for (key, args) in [
        ("e/organiser.key", &["open", "e"][..]),
        ("e/trustees/trustee-1.key", &["trustee", "open", "--at", "e", "--key", "e/trustees/trustee-1.key"]),
    ] {
        let busy = std::fs::File::open(folder.path(key)).unwrap();
        busy.lock().unwrap();
        let mut second = folder.command(args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut said = std::io::BufReader::new(second.stderr.take().unwrap()).lines();
        assert!(said.next().unwrap().unwrap().contains("Another command is using this key"), "{key}");
        assert!(second.try_wait().unwrap().is_none(), "it waits");
        drop(busy);
        assert_eq!(second.wait().unwrap().success(), key.ends_with("organiser.key"));
    }
}

/// A trustee who comes too early has done nothing wrong, and nothing is wrong with the record.
#[test]
fn whoever_opens_before_the_closing_is_told_to_wait() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    let open = ["trustee", "open", "--at", "e", "--key", "e/trustees/trustee-1.key"];
    let early = |phase: &str| {
        let said = folder.exits(5, &open);
        assert!(said.contains("too early") && said.contains(phase) && !said.contains("NOT VERIFIED"), "{said}");
    };
    early("setup");
    folder.exits(0, &["open", "e"]);
    early("open");
    new_draft(&folder);
    let said = folder.exits(5, &["trustee", "open", "--at", "d", "--key", "e/trustees/trustee-1.key"]);
    assert!(said.contains("not made yet"), "{said}");
    // Nor is a draft a record that anybody has changed, in a folder or at an address.
    let (_server, url) = serve(&folder, "d");
    for args in [
        &["verify", "d"][..],
        &["verify", "d", "--so-far"],
        &["result", "d"],
        &["record", "d"],
        &["verify", &url],
        &["verify", &url, "--so-far"],
        &["result", &url],
        &["status", &url],
    ] {
        let said = folder.exits(5, args);
        let told = said.contains("there is no election yet") && said.contains("who") | said.contains("Who");
        assert!(told && !said.contains("NOT VERIFIED"), "{args:?}: {said}");
    }
    assert!(folder.exits(0, &["status", "d"]).contains("not registered yet"));
}

fn new_draft(folder: &Folder) {
    folder.exits(0, &["new", "d", "--candidates", "A,B", "--voters", "3", "--rule", "sum"]);
}

/// Whoever asks how an election stands hears the organiser's reasons, from the server and from the folder alike.
#[test]
fn why_an_election_is_paused_moved_or_cancelled_is_told_by_status() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "A,B", "--voters", "1", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--closes", "+2h"]].concat());
    folder.exits(0, &["open", "e"]);
    assert!(folder.exits(0, &["status", "e"]).contains("0 of 1 voter has voted"), "plurals");
    let (server, url) = serve(&folder, "e");
    let key = ["--key", "e/organiser.key"];
    let acts = |args: &[&str]| folder.exits(0, &[args, &key].concat());
    let says = |target: &str, said: &[&str], not: &[&str]| {
        let heard = folder.exits(0, &["status", target]);
        said.iter().for_each(|said| assert!(heard.contains(said), "{target}: {said:?} is missing in {heard}"));
        not.iter().for_each(|not| assert!(!heard.contains(not), "{target}: {not:?} in {heard}"));
    };
    says(&url, &["open;"], &["says why"]);
    acts(&["pause", &url, "--reason", "power cut"]);
    acts(&["extend", &url, "--closes", "+5h", "--reason", "two hours lost"]);
    says(&url, &["says why: power cut", "was moved", "says why: two hours lost"], &["after the old time"]);
    // So does a voter, before the marks are asked for and instead of a mere «нет».
    for ballot in [&[][..], &["--ballot", "12"]] {
        let said = folder.exits(5, &[&["vote", "1", "--url", &url, "--card", "e/cards/1.json"][..], ballot].concat());
        assert!(said.contains("voting is paused") && said.contains("says why: power cut"), "{said}");
    }
    let status: Value = serde_json::from_str(&folder.exits(0, &["status", &url, "--json"])).unwrap();
    let notices = &status["notices"];
    assert_eq!((notices[0]["act"].as_str(), notices[0]["reason"].as_str()), (Some("pause"), Some("power cut")));
    assert_eq!((notices[1]["act"].as_str(), notices.as_array().unwrap().len()), (Some("extend"), 2));
    acts(&["resume", &url, "--reason", "it is back"]);
    says(&url, &["says why: two hours lost"], &["power cut"]);
    acts(&["cancel", &url, "--reason", "wrong candidates"]);
    assert_eq!(server.terminate(), 0);
    says("e", &["cancelled", "says why: wrong candidates", "says why: two hours lost"], &["power cut"]);
}
