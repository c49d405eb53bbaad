//! What a contest says of its candidates, and the order in which a voter sees them.

use serde_json::Value;

use crate::commands::Folder;

const NAMES: [&str; 8] = ["Ada", "Ben", "Cem", "Dag", "Eva", "Fay", "Gus", "Nobody"];

const ELECTION: &str = r#"
title = "Orders"
secrecy = "open"

[[contest]]
title = "Orders"
candidates = ["Ada", "Ben", "Cem", "Dag", "Eva", "Fay", "Gus", "Nobody"]
order = "random"
scale = "0..9"
rule = "sum"
none = "Nobody"
turnout = ">1/2"

[[contest.about]]
candidate = "Eva"
text = "Mends roofs."
link = "https://example.org/eva"

[[contest.about]]
candidate = "Ben"
text = "Builds bridges."
"#;

/// The names as they were shown, first to last.
fn shown(said: &str) -> Vec<&str> {
    let name = |line: &str| NAMES.into_iter().find(|name| line.trim_start().ends_with(&format!(". {name}")));
    said.lines().filter_map(name).collect()
}

#[test]
fn marks_typed_in_a_drawn_order_are_those_of_the_candidates_shown() {
    let folder = Folder::new();
    std::fs::write(folder.path("e.toml"), ELECTION.replace("Mends roofs.", "two\\nlines")).unwrap();
    let new = ["new", "e", "--from", "e.toml", "--voters", "4"];
    assert!(folder.exits(2, &new).contains("the description of"));
    std::fs::write(folder.path("e.toml"), ELECTION.replace("https://example.org/eva", "javascript:alert(1)")).unwrap();
    assert!(folder.exits(2, &new).contains("is no link"));
    std::fs::write(folder.path("e.toml"), ELECTION).unwrap();
    let said = folder.exits(0, &new);
    for expected in ["in another order", "With a description or a link: 2", "more than 1/2"] {
        assert!(said.contains(expected), "{expected:?} is missing in {said}");
    }
    folder.exits(0, &["open", "e"]);
    let mut expected = [0_i64; 8];
    let mut orders = Vec::new();
    {
        let (_server, port) = folder.serve(&["serve", "e", "8", "0"]);
        for voter in ["1", "2", "3"] {
            let (code, said) = folder.types("01234567\ny\n", &["vote", voter, "8", &port]);
            assert_eq!(code, 0, "{said}");
            let order: Vec<_> = shown(&said).into_iter().take(8).map(str::to_owned).collect();
            assert!(order.len() == 8 && order[7] == "Nobody", "{said}");
            assert!(said.contains("Mends roofs.") && said.contains("https://example.org/eva"), "{said}");
            for (mark, name) in (0..).zip(&order) {
                expected[NAMES.iter().position(|each| each == name).unwrap()] += mark;
            }
            orders.push(order);
        }
        assert!(orders.iter().any(|order| *order != NAMES), "one in 10^11 elections shows the given order thrice");
        folder.exits(0, &["vote", "4", "8", &port, "--ballot", "90000000", "--yes"]);
        expected[0] += 9;
    }
    folder.exits(0, &["close", "e"]);
    folder.exits(0, &["record", "e"]);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e/record", "--json"])).unwrap();
    let sums: Vec<_> =
        result["contests"][0]["candidates"].as_array().unwrap().iter().map(|c| c["sum"].as_i64().unwrap()).collect();
    assert_eq!(sums, expected);
}

/// So many at least and so many at most: as they were typed, in what is chosen, before the marks and where they are refused.
#[test]
fn approvals_have_the_bounds_that_were_typed() {
    let folder = Folder::new();
    let toml = "title = \"B\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"B\"\nscale = \"0..1\"\nblank = false\n\
        approvals = \"1..2\"\ncandidates = [\"Ada\", \"Ben\", \"Cem\"]\n";
    std::fs::write(folder.path("b.toml"), toml).unwrap();
    let typed = ["--candidates", "Ada,Ben,Cem", "--rule", "sum", "--secrecy", "open", "--approvals", "1..2"];
    for (name, from) in [("a", &typed[..]), ("b", &["--from", "b.toml"])] {
        let said = folder.exits(0, &[&["new", name, "--voters", "2"], from].concat());
        assert!(said.contains("approval of 1 to 2, so that nobody can abstain"), "{said}");
        folder.exits(0, &["open", name]);
        let (_server, port) = folder.serve(&["serve", name, "--any-port"]);
        let url = format!("http://127.0.0.1:{port}");
        let card = format!("{name}/cards/1.json");
        let vote = |code: i32, marks: &str| {
            folder.exits(code, &["vote", "1", "--url", &url, "--card", &card, "--ballot", marks])
        };
        for (marks, ones) in [("000", 0), ("111", 3)] {
            let said = vote(4, marks);
            let expected = format!("at least 1 and at most 2 candidates must have the mark 1; marks of 1 here: {ones}");
            assert!(said.contains(&expected), "{said}");
        }
        assert!(vote(0, "101").contains("Recorded"));
    }
    let said =
        folder.exits(2, &["new", "c", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--approvals", "2..1"]);
    assert!(said.contains("--approvals 1..3"), "{said}");
}
