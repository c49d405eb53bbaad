//! Notes, keys and addresses: what a program has noted for itself and what an organiser types once for all voters, where a
//! mistake or a hand in between would go unnoticed.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use veche_election::Hash;

use crate::{
    closing_times::dealt,
    commands::Folder,
    secret::{CLOSING, code, election_code, key, new, serve, take_local_key, trustee, vote},
};

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Row 46: a note that cannot be read is not "no note". Whoever puts a link that leads nowhere, or nothing, where a key's
/// notes were, gets no second sum, no voice and no act for another log.
#[test]
fn row_46_a_note_that_leads_nowhere_or_says_nothing_stops_a_key() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    (1..=3).for_each(|number| take_local_key(&folder, number));
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    vote(&folder, 0, &url, 1, "54*");
    vote(&folder, 0, &url, 2, "***");
    assert_eq!(server.terminate(), 0);
    // The organiser has seen the log once.
    let seen = folder.path("e/organiser.key.seen.jsonl");
    let before = std::fs::read(&seen).unwrap();
    std::fs::write(&seen, "").unwrap();
    let said = folder.exits(6, &["close", "e"]);
    assert!(said.contains("is empty"), "{said}");
    std::fs::remove_file(&seen).unwrap();
    symlink("nowhere", &seen).unwrap();
    folder.exits(2, &["close", "e"]);
    assert!(folder.exits(0, &["status", "e"]).contains("open"));
    std::fs::remove_file(&seen).unwrap();
    std::fs::write(&seen, before).unwrap();
    folder.exits(0, &["close", "e"]);

    let closing = code(&folder, "e", CLOSING);
    let key = key(1);
    let open = ["trustee", "open", "--at", "e", "--key", &key, "--code", &closing];
    let opened = folder.path(&format!("{key}.opened.json"));
    symlink("nowhere", &opened).unwrap();
    folder.exits(2, &open);
    std::fs::remove_file(&opened).unwrap();
    let note = folder.path(&format!("{key}.ceremony.json"));
    std::fs::rename(&note, folder.path("aside")).unwrap();
    symlink("nowhere", &note).unwrap();
    folder.exits(2, &open);
    std::fs::remove_file(&note).unwrap();
    std::fs::rename(folder.path("aside"), &note).unwrap();
    folder.exits(0, &open);
}

/// Row 43: a key that has answered a complaint has no voice in any election of that draft, whatever ceremony is shown.
#[test]
fn row_43_a_key_that_has_answered_does_not_rehearse() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    take_local_key(&folder, 1);
    let rehearse = |exit| trustee(&folder, exit, "rehearse", "e", 1, &["--code", &election_code(&folder)]);
    assert!(rehearse(5).contains("already"), "with the making");
    let path = folder.path(&format!("{}.ceremony.json", key(1)));
    let note = std::fs::read_to_string(&path).unwrap();
    let answered = note.replace("\"answered\":[]", &format!("\"answered\":[\"{}\"]", Hash([7; 32])));
    assert_ne!(answered, note);
    std::fs::write(&path, answered).unwrap();
    assert!(rehearse(6).contains("has answered a complaint"));
}

#[test]
fn keys_that_others_may_read_are_told() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    take_local_key(&folder, 1);
    assert!(!folder.exits(0, &["open", "e"]).contains("others may read"));
    for name in ["e/organiser.key", "e/board-key", "e/trustees/trustee-1.key"] {
        chmod(&folder.path(name), 0o644);
        let said = folder.exits(6, &["check", "e"]);
        assert!(said.contains("others may read") && said.contains(name.rsplit('/').next().unwrap()), "{name}: {said}");
        chmod(&folder.path(name), 0o600);
    }
    folder.exits(0, &["check", "e"]);
    chmod(&folder.path("e/organiser.key"), 0o640);
    let said = folder.exits(0, &["close", "e"]);
    assert!(said.contains("others may read e/organiser.key: chmod 600"), "{said}");
    chmod(&folder.path(&key(1)), 0o604);
    let said = folder.exits(1, &["trustee", "open", "--at", "e", "--key", &key(1)]);
    assert!(said.contains("others may read k1.key"), "{said}");
    chmod(&folder.path("e/board-key"), 0o644);
    let (server, _) = folder.serve(&["serve", "e", "--any-port"]);
    assert_eq!(server.terminate(), 0);
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    assert!(log.contains("others may read e/board-key"), "{log}");
}

#[test]
fn the_address_on_the_cards_has_one_form_or_is_refused() {
    let folder = Folder::new();
    let new = |url: &str| {
        let args =
            ["new", "e", "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open", "--url", url];
        folder.run(&args)
    };
    for bad in [
        "vote.example.org",
        "ftp://vote.example.org",
        "https://anna@vote.example.org",
        "https://vote.example.org/?a=1",
        "https://vote.example.org/#x",
        "https://голосо вание.рф",
        "https://",
        "javascript:alert(1)",
    ] {
        let out = new(bad);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && said.contains("is not an address like"), "{bad}: {said}");
        assert!(!folder.path("e").exists(), "{bad}");
    }
    assert!(new("https://голосование.рф").status.success());
    assert_eq!(crate::commands::json(&folder.path("e/cards/1.json"))["url"], "https://xn--80adckopqeba6a.xn--p1ai");
    std::fs::remove_dir_all(folder.path("e")).unwrap();
    assert!(new("HTTPS://Vote.Example.ORG:443/").status.success());
    let card = crate::commands::json(&folder.path("e/cards/1.json"));
    assert_eq!(card["url"], "https://vote.example.org");
    // In the file too, at whatever is done with it next.
    let path = folder.path("e/election.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("https://vote.example.org", "https://vote.example.org/x?y")).unwrap();
    assert!(folder.exits(2, &["serve", "e", "--any-port"]).contains("is not an address like"));
}

/// A mistake in a witness' address would be found when the record is due: it is found before.
#[test]
fn the_address_of_a_witness_has_one_form_or_is_refused_and_check_says_who_is_asked() {
    let folder = Folder::new();
    let lines = String::from_utf8(folder.run(&["witness", "init", "--name", "anna", "--key", "a"]).stdout).unwrap();
    let printed = "http://127.0.0.1:8090";
    assert!(lines.contains(printed), "{lines}");
    let contest = "[[contest]]\ntitle = \"c\"\ncandidates = [\"A\", \"B\"]\n";
    let new = |url: &str| {
        let lines = lines.replace(printed, url);
        let file = format!("title = \"e\"\nsecrecy = \"open\"\nrule = \"sum\"\n{lines}\n{contest}");
        std::fs::write(folder.path("e.toml"), file).unwrap();
        folder.run(&["new", "e", "--from", "e.toml", "--voters", "3"])
    };
    let bad =
        ["witness.example.org", "https://witness.example.org/?a", "https://anna@witness.example.org", "ftp://a.b", ""];
    for url in bad {
        let out = new(url);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let told = said.contains("the url of the witness anna") && said.contains("is not an address like");
        assert!(out.status.code() == Some(2) && told, "{url}: {said}");
        assert!(!folder.path("e").exists(), "{url}");
    }
    assert!(new("HTTP://127.0.0.1:8090/").status.success());
    let path = folder.path("e/election.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&format!("url = \"{printed}\"")), "{text}");
    assert!(folder.exits(0, &["check", "e"]).contains("the witness anna is asked at http://127.0.0.1:8090"));
    for url in bad {
        std::fs::write(&path, text.replace(printed, url)).unwrap();
        for (code, command) in [(2, &["serve", "e", "--any-port"][..]), (6, &["check", "e"])] {
            let said = folder.exits(code, command);
            assert!(said.contains("the url of the witness anna"), "{url}: {said}");
        }
    }
    let (without, _) = text.split_once("[[witness]]").unwrap();
    std::fs::write(
        &path,
        without.lines().filter(|line| !line.starts_with("witness_quorum")).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let said = folder.exits(6, &["check", "e"]);
    assert!(said.contains("witnesses that must sign: 1, that are asked: only 0"), "{said}");
}

/// Row 75: weights whose sums give votes away are not taken for a secret election unless the organiser says so.
#[test]
fn row_75_weights_that_give_votes_away_are_told_to_organiser_and_trustees() {
    let folder = Folder::new();
    let roll = |weights: &[u64]| {
        let lines = (1..).zip(weights).map(|(number, weight)| format!("{number},V{number},{weight}\n"));
        std::fs::write(folder.path("roll.csv"), format!("number,name,weight\n{}", lines.collect::<String>())).unwrap();
    };
    let args = [
        "new",
        "e",
        "--candidates",
        "A,B",
        "--roll",
        "roll.csv",
        "--rule",
        "sum",
        "--scale",
        "0..1",
        "--local-trustees",
    ];
    // Areas of flats, in square centimetres.
    let areas = [524_317, 611_902, 438_855, 702_118, 399_461, 850_027, 477_773, 568_239, 641_586, 733_094];
    roll(&areas);
    let said = folder.exits(2, &args);
    assert!(said.contains("give votes away") && said.contains("Rounded to multiples of"), "{said}");
    assert!(said.contains("--weights-show-votes") && !folder.path("e/election.json").exists(), "{said}");
    let unit: u64 = said.split("Rounded to multiples of ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    folder.exits(0, &[&args[..], &["--weights-show-votes"]].concat());
    assert!(folder.exits(0, &["check", "e"]).contains("give votes away"));
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    for number in 1..=10 {
        vote(&folder, 0, &url, number, if number % 2 == 0 { "10" } else { "01" });
    }
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["close", "e"]);
    let open = ["trustee", "open", "--at", "e", "--key", "e/trustees/trustee-1.key", "--code"];
    let closing = code(&folder, "e", CLOSING);
    let said = folder.exits(6, &[&open[..], &[&closing]].concat());
    assert!(said.contains("give votes away") && said.contains("Nothing was sent"), "a trustee has to agree: {said}");
    let agreed = [&open[..], &[&closing, "--weights-show-votes"]].concat();
    assert!(folder.exits(0, &agreed).contains("give votes away"));

    std::fs::remove_dir_all(folder.path("e")).unwrap();
    roll(&areas.map(|area| (area + unit / 2) / unit));
    assert!(!folder.exits(0, &args).contains("give votes away"));
    // In an open election everybody sees the votes anyway.
    std::fs::remove_dir_all(folder.path("e")).unwrap();
    roll(&areas);
    folder.exits(0, &[&args[..args.len() - 1], &["--secrecy", "open"]].concat());
    // A draft says it; the setup, below, refuses it.
    std::fs::remove_dir_all(folder.path("e")).unwrap();
    assert!(folder.exits(0, &args[..args.len() - 1]).contains("give votes away"));
}

/// Row 75, at the setup: the roll lies beside the draft until then, and may have been changed there.
#[test]
fn row_75_weights_that_give_votes_away_are_refused_at_the_setup() {
    let folder = Folder::new();
    let areas = [524_317, 611_902, 438_855, 702_118, 399_461, 850_027, 477_773, 568_239, 641_586, 733_094];
    let lines: String = (1..).zip(areas).map(|(number, area)| format!("{number},V{number},{area}\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,name,weight\n{lines}")).unwrap();
    dealt(&folder, &["--roll", "roll.csv"]);
    let said = folder.exits(2, &["setup", "e"]);
    assert!(said.contains("give votes away") && said.contains("--weights-show-votes"), "{said}");
    assert!(!folder.path("e/election.json").exists());
    folder.exits(0, &["setup", "e", "--weights-show-votes"]);
    assert!(folder.path("e/election.json").exists());
    // The organiser has agreed to it, the trustees not yet.
    let election = election_code(&folder);
    let said = trustee(&folder, 6, "rehearse", "e", 1, &["--code", &election]);
    assert!(said.contains("give votes away") && said.contains("Nothing was sent"), "{said}");
    let said = trustee(&folder, 0, "rehearse", "e", 1, &["--code", &election, "--weights-show-votes"]);
    assert!(said.contains("give votes away") && said.contains("Rehearsed"), "{said}");
}

/// Whoever squats on a number at the post-box is seen by the organiser, with the fingerprint.
#[test]
fn the_organiser_sees_who_has_registered_with_fingerprints() {
    let folder = Folder::new();
    new(&folder, &[]);
    let said = folder.exits(0, &["status", "e"]);
    assert!(said.contains("not registered yet: 1, 2, 3"), "{said}");
    let out = std::fs::File::create(folder.path("server.out")).unwrap();
    let log = std::fs::File::create(folder.path("server.log")).unwrap();
    let child = folder.command(&["serve", "e", "--any-port"]).stdout(out).stderr(log).spawn().unwrap();
    let serving = crate::commands::Serving(child);
    let patience = std::time::Instant::now();
    let until = |holds: &dyn Fn() -> bool| {
        while !holds() {
            assert!(patience.elapsed() < std::time::Duration::from_secs(60));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    let url = || std::fs::read_to_string(folder.path("e/lock")).unwrap_or_default();
    until(&|| url().contains("http"));
    let said = folder
        .exits(0, &["trustee", "register", "--at", url().trim(), "--key", "k", "--number", "2", "--name", "Mallory"]);
    let fingerprint = said.split("Your fingerprint: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    until(&|| std::fs::read_to_string(folder.path("server.out")).unwrap().contains(&fingerprint));
    let shown = std::fs::read_to_string(folder.path("server.out")).unwrap();
    assert!(shown.contains("Mallory") && shown.contains("not registered yet: 1, 3"), "{shown}");
    for args in [&["status", "e"][..], &["status", "e", "--json"]] {
        let said = folder.exits(0, args);
        assert!(said.contains(&fingerprint) && said.contains("Mallory"), "{said}");
    }
    assert_eq!(serving.terminate(), 0);
}
