//! A candidate is withdrawn: by command, while voters vote; told on the pages, in the terminal and in the result.

use serde_json::Value;

use crate::{commands::Folder, mutants::python, pages::page, secret::serve};

#[test]
fn a_withdrawn_candidate_is_told_everywhere_and_gets_no_place() {
    let folder = Folder::new();
    let candidates = ["new", "e", "--candidates", "Anna,Boris,Clara", "--voters", "3", "--rule", "sum"];
    folder.exits(0, &[&candidates[..], &["--secrecy", "open"]].concat());
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let vote = |number: &str, marks: &str| {
        let card = format!("e/cards/{number}.json");
        folder.exits(0, &["vote", number, "--url", &url, "--card", &card, "--ballot", marks])
    };
    vote("1", "543");
    let said = folder.exits(0, &["withdraw", "e", "--candidate", "Anna", "--reason", "has moved away"]);
    assert!(said.contains("withdrawn for good"), "{said}");
    let said = folder.exits(5, &["withdraw", "e", "--candidate", "Anna", "--reason", "again"]);
    assert!(said.contains("withdrawn already"), "{said}");
    let said = vote("2", "543");
    assert!(said.contains("Anna (withdrawn: gets no place)"), "the terminal says it: {said}");
    let status: Value = serde_json::from_str(&folder.exits(0, &["status", "e", "--json"])).unwrap();
    assert_eq!(status["withdrawn"], serde_json::json!([{"contest": 1, "candidate": "Anna", "ballots": 1}]));
    assert!(folder.exits(0, &["status", "e"]).contains("Withdrawn, with 1 ballot in: Anna."));
    let front = page(&url, "en").body;
    assert!(front.contains("withdrawn; ballots that were in: 1") && front.contains("has moved away"), "{front}");
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["close", "e"]);
    let said = folder.exits(0, &["result", "e"]);
    assert!(said.contains("Elected: Boris") && said.contains("Withdrawn, with 1 ballot in: Anna."), "{said}");
    let csv = folder.exits(0, &["result", "e", "--format", "csv"]);
    assert!(csv.contains("Anna,,withdrawn,"), "{csv}");
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    assert!(python("veche_verify.py").arg(folder.path("e/record")).output().unwrap().status.success());
}
