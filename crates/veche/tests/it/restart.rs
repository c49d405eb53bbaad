//! `veche restart`: all rules of an election survive, none changes on the way, and one that is killed goes on.

use serde_json::{Value, json};

use crate::{
    commands::{Folder, json as read},
    secret::new,
};

const RICH: &str = r#"
title = "Rules"
trustees = 3
threshold = 2
revote = "never"
opens = "+1h"
closes = "+2h"
attempts_max = 7
session_timeout_s = 333
roll_shows = "number"
rule = "mean"
[[contest]]
title = "Board"
candidates = ["A", "B", "C", "Nobody"]
scale = "-2..2"
raters = "1/4"
turnout = "1/3"
seats = 2
pass = ">1/2"
none = "Nobody"
ties = ["more-raters", "fewer-worst", "lot"]
[[contest]]
title = "Words"
candidates = ["A", "B"]
scale = "плохо,сносно,хорошо"
better = "lower"
rule = "majority-judgment"
phantoms = 3
ties = ["more-best", "median"]
[[contest]]
title = "Blanks"
candidates = ["A", "B"]
blanks = "worst"
rule = "median"
raters = "10"
pass = ">=3"
[[contest]]
title = "Choice"
kind = "single"
candidates = ["A", "B"]
blank = false
rule = "sum"
"#;

/// What a draft says, but for what a restart makes afresh.
fn said(folder: &Folder, draft: &str) -> Value {
    let mut draft = read(&folder.path(draft));
    for afresh in ["nonce", "trustees"] {
        draft[afresh] = json!(null);
    }
    draft
}

#[test]
fn a_restart_keeps_every_rule_of_the_election_and_refuses_a_changed_one() {
    let folder = Folder::new();
    std::fs::write(folder.path("rich.toml"), RICH).unwrap();
    folder.exits(0, &["new", "e", "--from", "rich.toml", "--voters", "5"]);
    let before = said(&folder, "e/draft.json");
    let rule = &before["contests"][0]["rule"];
    assert_eq!((&rule["raters"], &rule["none"], &rule["seats"]), (&json!("1/4"), &json!("Nobody"), &json!(2)));

    // The file says more, or something else, than what was agreed: refused, and nothing is put aside.
    let path = folder.path("e/election.toml");
    let kept = std::fs::read_to_string(&path).unwrap();
    for (from, to, named) in [
        ("seats = 2\n", "seats = 1\n", "contests"),
        ("turnout = \"1/3\"\n", "", "contests"),
        ("phantoms = 3\n", "phantoms = 4\n", "contests"),
        ("\"lot\"", "\"median\"", "contests"),
        ("revote = \"never\"", "revote = \"last\"", "revote"),
        ("attempts_max = 7", "attempts_max = 8", "attempts_max"),
    ] {
        assert!(kept.contains(from), "{from} in {kept}");
        std::fs::write(&path, kept.replacen(from, to, 1)).unwrap();
        let refused = folder.exits(2, &["restart", "e", "--without", "2"]);
        assert!(refused.contains(named) && refused.contains("put the old text back"), "{refused}");
        assert!(!folder.path("e/abandoned-1").exists());
    }

    std::fs::write(&path, kept).unwrap();
    folder.exits(0, &["restart", "e", "--without", "2"]);
    assert_eq!(said(&folder, "e/draft.json"), before);
    assert_eq!(said(&folder, "e/abandoned-1/draft.json"), before);
    let [old, new] = ["e/abandoned-1/draft.json", "e/draft.json"].map(|path| read(&folder.path(path)));
    assert_ne!(old["nonce"], new["nonce"]);
    assert_eq!(new["trustees"], json!({ "count": 2, "threshold": 2 }));
    // And once more: nothing wears off.
    let said_of_one = folder.exits(0, &["restart", "e", "--without", "1", "--threshold", "1"]);
    assert!(said_of_one.contains("ALONE"), "{said_of_one}");
    assert_eq!(said(&folder, "e/draft.json"), before);
    folder.exits(2, &["restart", "e", "--without", "1,2"]);
}

/// Killed at any moment, a restart is finished by the same command, and nothing of the old is lost.
#[test]
fn row_24_a_restart_that_broke_off_goes_on() {
    let folder = Folder::new();
    new(&folder, &["--trustees", "3", "--threshold", "2"]);
    let files = ["roll.csv", "election.toml", "draft.json"];
    let restart = ["restart", "e", "--without", "2"];
    for moved in 0..=6 {
        let before: Vec<_> = files.map(|name| std::fs::read(folder.path(&format!("e/{name}"))).unwrap()).into();
        let n = moved + 1;
        let (aside, anew) = (folder.path(&format!("e/abandoned-{n}")), folder.path(&format!("e/anew-{n}")));
        std::fs::create_dir(&anew).unwrap();
        let text = String::from_utf8(before[1].clone()).unwrap() + "# anew\n";
        for (name, bytes) in files.iter().zip([&before[0], text.as_bytes(), &before[2]]) {
            std::fs::write(anew.join(name), bytes).unwrap();
        }
        if moved > 0 {
            std::fs::create_dir(&aside).unwrap();
        }
        files.iter().take(moved).for_each(|name| {
            std::fs::rename(folder.path(&format!("e/{name}")), aside.join(name)).unwrap();
        });
        files.iter().take(moved.saturating_sub(3)).for_each(|name| {
            std::fs::rename(anew.join(name), folder.path(&format!("e/{name}"))).unwrap();
        });
        assert!(folder.exits(2, &["check", "e"]).contains("a restart broke off"), "{moved}");
        let said = folder.exits(0, &restart);
        assert!(said.contains("finished") && said.contains(&format!("abandoned-{n}")), "{said}");
        assert!(!anew.exists());
        for (name, bytes) in files.iter().zip(&before) {
            assert_eq!(&std::fs::read(aside.join(name)).unwrap(), bytes, "{moved}: {name}");
        }
        assert_eq!(std::fs::read_to_string(folder.path("e/election.toml")).unwrap(), text, "{moved}");
        folder.exits(0, &["check", "e"]);
    }
    // Before the draft is whole, nothing has happened.
    std::fs::create_dir(folder.path("e/anew.tmp")).unwrap();
    std::fs::write(folder.path("e/anew.tmp/draft.json"), "{").unwrap();
    assert!(folder.exits(0, &restart).contains("abandoned-8"));
    assert!(!folder.path("e/anew.tmp").exists());
}
