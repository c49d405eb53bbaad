//! Voters who are added to the roll after setup, and struck from it: by commands, with and without a server.

use serde_json::Value;

use crate::{
    commands::Folder,
    mutants::python,
    secret::{CLOSING, code, serve, take_local_key, trustee},
};

fn new(folder: &Folder, changes: &str, more: &str) {
    let text = format!(
        "title = \"Roll\"\nrule = \"sum\"\nroll_changes = \"{changes}\"\n{more}\n[[contest]]\ntitle = \"One\"\n\
         candidates = [\"A\", \"B\"]\n"
    );
    std::fs::write(folder.path("e.toml"), text).unwrap();
    let mut args = vec!["new", "e", "--from", "e.toml", "--voters", "20"];
    if !more.contains("secrecy") {
        args.push("--local-trustees");
    }
    folder.exits(0, &args);
}

fn vote(folder: &Folder, exit: i32, url: &str, number: &str, line: usize) -> String {
    let card = format!("e/cards/{line}.json");
    folder.exits(exit, &["vote", number, "--url", url, "--card", &card, "--ballot", "54"])
}

fn status(folder: &Folder) -> Value {
    serde_json::from_str(&folder.exits(0, &["status", "e", "--json"])).unwrap()
}

/// In an open election, through its server and without one.
#[test]
fn an_added_voter_votes_with_a_new_card_and_a_struck_one_hears_so() {
    let folder = Folder::new();
    new(&folder, "until-closing", "secrecy = \"open\"");
    let said =
        folder.exits(0, &["roll", "add", "e", "A-21", "--name", "Anna", "--reason", "joined in May", "--weight", "3"]);
    assert!(said.contains("e/cards/21.json"), "{said}");
    for taken in ["20", "020", "a-021"] {
        let said = folder.exits(2, &["roll", "add", "e", taken, "--reason", "r"]);
        assert!(said.contains("nobody ever had"), "{said}");
    }
    folder.exits(0, &["roll", "strike", "e", "20", "--reason", "moved away"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    vote(&folder, 0, &url, "A-21", 21);
    let said = vote(&folder, 4, &url, "20", 20);
    assert!(said.contains("struck from the roll"), "{said}");
    folder.exits(0, &["roll", "add", "e", "22", "--reason", "mistake", "--contact", "anna@example.org"]);
    vote(&folder, 0, &url, "22", 22);
    folder.exits(0, &["card", "replace", "e", "22"]);
    vote(&folder, 0, &url, "22", 22);
    let said = folder.exits(5, &["roll", "strike", "e", "A-21", "--reason", "left"]);
    assert!(said.contains("has voted"), "an open ballot is not taken out: {said}");
    folder.exits(0, &["roll", "strike", "e", "19", "--reason", "left"]);
    let said = folder.exits(3, &["roll", "strike", "e", "99", "--reason", "left"]);
    assert!(said.contains("not on the roll"), "{said}");
    let status = status(&folder);
    assert_eq!(
        (&status["voters"], &status["voters_weight"]),
        (&21.into(), &23.into()),
        "19 was struck after the opening"
    );
    assert_eq!(status["roll_now"], serde_json::json!({"voters": 20, "weight": 22}));
    assert_eq!(server.terminate(), 0);
    // Another start knows whom the log has added.
    let (server, url) = serve(&folder, "e");
    vote(&folder, 0, &url, "A-21", 21);
    assert_eq!(server.terminate(), 0);
    let missing = folder.exits(0, &["status", "e", "--not-voted"]);
    assert!(
        missing.contains("18\t") && !["19\t", "20\t", "22\t", "A-21\t"].iter().any(|n| missing.contains(n)),
        "{missing}"
    );
    folder.exits(0, &["close", "e"]);
    let said = folder.exits(0, &["result", "e"]);
    assert!(said.contains("2 of 21 voters"), "{said}");
    assert!(said.contains("Voters on the roll at the closing: 20"), "{said}");
    folder.exits(0, &["record", "e"]);
    let said = folder.exits(0, &["verify", "e/record"]);
    assert!(said.contains("the roll was changed after setup: 2 added (weight 4), 2 struck (weight 2)"), "{said}");
    let python = python("veche_verify.py").arg(folder.path("e/record")).output().unwrap();
    let python = String::from_utf8_lossy(&python.stdout).into_owned();
    assert!(python.contains("the roll was changed after setup: 2 added (weight 4), 2 struck (weight 2)"), "{python}");
    let mut bundles = std::fs::read_dir(folder.path("e/record/tile/entries/000.p")).unwrap();
    let log = std::fs::read(bundles.next().unwrap().unwrap().path()).unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(
        !log.contains("example.org") && !log.contains("Anna"),
        "neither contacts nor names that the roll does not show"
    );
    folder.exits(0, &["roll", "correct", "e", "17", "--contact", "+7 900 000"]);
    let contacts = std::fs::read_to_string(folder.path("e/contacts.csv")).unwrap();
    assert_eq!(contacts, "number,contact\n17,+7 900 000\n22,anna@example.org\n");
}

/// Row 16: the manifest decides; row 76: «Нет» tells no stranger of a strike.
#[test]
fn row_16_by_default_the_roll_changes_until_the_opening_and_not_after() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B", "--voters", "5", "--rule", "sum", "--secrecy", "open"]);
    folder.exits(0, &["roll", "add", "e", "6", "--reason", "joined"]);
    folder.exits(0, &["open", "e"]);
    for act in [["add", "7"], ["strike", "1"]] {
        let said = folder.exits(5, &["roll", act[0], "e", act[1], "--reason", "left"]);
        assert!(said.contains("until-opening"), "{said}");
    }
    assert!(!folder.path("e/cards/7.json").exists(), "no card for nothing");
    let never = Folder::new();
    new(&never, "never", "secrecy = \"open\"");
    let said = never.exits(5, &["roll", "add", "e", "21", "--reason", "joined"]);
    assert!(said.contains("never changed"), "{said}");
}

/// Row 76, of a secret ballot; and what the trustees are told before they open the sum.
#[test]
fn row_76_a_struck_voters_secret_ballot_is_out_and_trustees_ask_about_many_changes() {
    let folder = Folder::new();
    new(&folder, "until-closing", "trustees = 1\nthreshold = 1");
    take_local_key(&folder, 1);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    for line in 1..=3 {
        vote(&folder, 0, &url, &line.to_string(), line);
    }
    let said = folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", &url]);
    assert!(said.contains("counts"), "{said}");
    let said = folder.exits(2, &["roll", "strike", "e", "1", "--reason", "Anna has died"]);
    assert!(said.contains("mistake, joined, left, died, decision"), "{said}");
    let said = folder.exits(0, &["roll", "strike", "e", "1", "--reason", "died"]);
    assert!(said.contains("no longer counts"), "{said}");
    let said = folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", &url]);
    assert!(said.contains("does not count"), "the server says so: {said}");
    let checked = folder.run(&["verify-receipt", "receipt-1-1.json", "--json"]).stdout;
    let checked: Value = serde_json::from_slice(&checked).unwrap();
    let ballot = format!("{url}/ballot/{}", checked["code"].as_str().unwrap());
    for (lang, words) in [
        ("en", ["Recorded, but counted no longer", "(reason: died)"]),
        ("ru", ["Записан, но больше не учитывается", "(причина: умер)"]),
    ] {
        let page = crate::pages::page(&ballot, lang).body;
        assert!(words.iter().all(|word| page.contains(word)), "{page}");
    }
    let said = vote(&folder, 4, &url, "1", 1);
    assert!(said.contains("struck from the roll"), "{said}");
    folder.exits(0, &["roll", "add", "e", "21", "--reason", "joined"]);
    vote(&folder, 0, &url, "21", 21);
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["close", "e"]);
    let closing = code(&folder, "e", CLOSING);
    // One of 20 struck, one added: a tenth of the roll.
    let said = trustee(&folder, 6, "open", "e", 1, &["--code", &closing]);
    assert!(said.contains("added 1 (weight 1), struck 1 (weight 1)") && said.contains("--roll-changed 2"), "{said}");
    assert!(said.contains("Of those who were struck 1 had voted"), "{said}");
    trustee(&folder, 6, "open", "e", 1, &["--code", &closing, "--roll-changed", "1"]);
    trustee(&folder, 0, "open", "e", 1, &["--code", &closing, "--roll-changed", "2"]);
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    assert_eq!((&result["ballots"], &result["voters"]), (&3.into(), &21.into()), "two of three and the added one");
    let said = folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", "e/record"]);
    assert!(said.contains("does not count: its voter was struck"), "a struck voter's receipt: {said}");
}

/// Weights with decimals, from the roll to every form of the result.
#[test]
fn weights_with_decimals_are_units_in_the_log_and_votes_for_people() {
    let folder = Folder::new();
    let new = |roll: &str, exit| {
        std::fs::write(folder.path("roll.csv"), roll).unwrap();
        let args = [
            "new",
            "e",
            "--candidates",
            "A,B",
            "--rule",
            "sum",
            "--secrecy",
            "open",
            "--roll",
            "roll.csv",
            "--roll-scale",
            "2",
        ];
        folder.exits(exit, &args)
    };
    let said = new("number,weight\n1,54.255\n2,0.00\n", 2);
    assert!(said.contains("line 2") && said.contains("line 3") && said.contains("decimals at most: 2"), "{said}");
    new("number;weight\n1;54,25\n2;0.5\n3;\n", 0);
    let said = folder.exits(2, &["roll", "add", "e", "4", "--weight", "1.234", "--reason", "r"]);
    assert!(said.contains("decimals at most: 2"), "{said}");
    folder.exits(0, &["roll", "add", "e", "4", "--weight", "10.10", "--reason", "r"]);
    assert!(folder.exits(0, &["check", "e"]).contains("weight 55.75"));
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    for (number, line) in [("1", 1), ("4", 4)] {
        vote(&folder, 0, &url, number, line);
    }
    let status = status(&folder);
    assert_eq!(
        (&status["scale"], &status["voters_weight"]),
        (&2.into(), &6585.into()),
        "units, and how many are a vote"
    );
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["close", "e"]);
    let said = folder.exits(0, &["result", "e"]);
    assert!(said.contains("Weight: 64.35 of 65.85"), "{said}");
    // 64.35 votes of 5.
    assert!(
        said.contains("321.75") && said.contains("Each ballot counts as often as the voter's weight says"),
        "{said}"
    );
    let json: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    assert_eq!((&json["scale"], &json["weight"]), (&2.into(), &6435.into()));
    assert_eq!(json["contests"][0]["candidates"][0]["score"], "32175/1", "in units");
    let csv = folder.exits(0, &["result", "e", "--format", "csv"]);
    assert!(csv.contains(",321.75,") && csv.contains(",64.35,"), "{csv}");
    let raw = folder.exits(0, &["result", "e", "--format", "csv-raw"]);
    assert!(raw.contains(",54.25,") && raw.contains(",10.10,"), "{raw}");
    std::fs::write(folder.path("raw.csv"), &raw).unwrap();
    let counted = folder.exits(0, &["count", "raw.csv", "--rule", "sum", "--json"]);
    assert!(counted.contains("weight 64.35") && counted.contains("\"scale\": 2"), "counted again: {counted}");
    assert!(counted.contains("\"32175/1\"") && counted.contains("\"weight\": 6435"), "{counted}");
    let abif = folder.exits(0, &["result", "e", "--format", "abif"]);
    assert!(abif.contains("# 100 of each number before a colon are one vote") && abif.contains("6435:"), "{abif}");
    let html = folder.exits(0, &["result", "e", "--format", "html"]);
    assert!(html.contains("64.35 of 65.85"), "{html}");
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    assert!(python("veche_verify.py").arg(folder.path("e/record")).output().unwrap().status.success());
}
