//! Elections at the edges, through the command line: nobody votes, one candidate, nothing but `*`, everybody equal, all
//! the weight there may be. Each comes to a result, or says in a sentence why there is none; both verifiers agree.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    commands::Folder,
    secret::{CLOSING, code, serve},
};

/// One candidate; blanks; equals with and without a lot; a single choice; the extremes of the scale, where lower is
/// better; and "none of them" against one.
const CONTESTS: &str = r#"
title = "Edges"
secrecy = "SECRECY"
rule = "mean"
LOT
[[contest]]
title = "Alone"
candidates = ["One"]
[[contest]]
title = "Blank"
candidates = ["A", "B"]
[[contest]]
title = "Equal"
rule = "majority-judgment"
ties = ["more-raters"]
candidates = ["A", "B", "C"]
[[contest]]
title = "By lot"
seats = 2
ties = ["fewer-worst", "lot"]
candidates = ["A", "B", "C"]
[[contest]]
title = "Choice"
kind = "single"
rule = "sum"
pass = ">1099511627774"
candidates = ["=1+1", "Б"]
[[contest]]
title = "Extremes"
scale = "-1000000,0,1000000"
better = "lower"
rule = "sum"
candidates = ["A", "B"]
[[contest]]
title = "None"
none = "Nobody"
candidates = ["A", "Nobody"]
"#;

fn make(folder: &Folder, secrecy: &str, roll: &str) {
    let lot = if secrecy == "open" { "lot = \"a die\"" } else { "trustees = 1" };
    let toml = CONTESTS.replace("SECRECY", secrecy).replace("LOT", lot);
    std::fs::write(folder.path("e.toml"), toml).unwrap();
    std::fs::write(folder.path("roll.csv"), roll).unwrap();
    let mut args = vec!["new", "e", "--from", "e.toml", "--roll", "roll.csv"];
    args.extend((secrecy == "secret").then_some("--local-trustees"));
    let said = folder.exits(0, &args);
    assert!(said.contains("Chosen") && said.contains("Alone: 1 candidate,") && said.contains("the lot"), "{said}");
    folder.exits(0, &["open", "e"]);
}

fn result(folder: &Folder) -> Value {
    serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap()
}

/// Winners, those who share the last seats, and the reason.
fn outcome(result: &Value, contest: usize) -> (Value, Value, Value) {
    let contest = &result["contests"][contest];
    (contest["winners"].clone(), contest["tied"].clone(), contest["reason"].clone())
}

/// Every form of the result can be had; the record verifies in both programs.
fn every_form_and_both_verifiers(folder: &Folder) {
    folder.exits(0, &["record", "e", "-o", "e.tar"]);
    folder.exits(0, &["verify", "e.tar", "--report", "checked.html"]);
    for form in ["table", "csv", "svg", "html"] {
        for lang in ["en", "ru"] {
            let said = folder.exits(0, &["result", "e", "--format", form, "--lang", lang]);
            assert!(said.contains("Extremes") && !said.contains("NaN"), "{form}: {said}");
        }
    }
    let page = std::fs::read_to_string(folder.path("checked.html")).unwrap();
    let [own, hash] = ["Hash of the result", "SHA-256 of result.json"].map(|label| page.split_once(label).unwrap().1);
    folder.exits(0, &["record", "e"]);
    let file = std::fs::read(folder.path("e/record/result.json")).unwrap();
    let sum = data_encoding::HEXLOWER.encode(&veche_election::Hash::of(&file).0);
    assert!(hash.contains(&sum), "the page names what sha256sum says of the file");
    assert!(own.contains(&veche_election::Hash::of(&file).to_string()), "and what the minutes say");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier/veche_verify.py");
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let theirs = Command::new(python).arg(script).arg(folder.path("e.tar")).output().unwrap();
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
}

#[test]
fn without_ballots_there_is_no_result_and_the_reason_is_told() {
    for secrecy in ["open", "secret"] {
        let folder = Folder::new();
        make(&folder, secrecy, "number,name\n1,Anna\n");
        folder.exits(0, &["close", "e"]);
        if secrecy == "secret" {
            let code = code(&folder, "e", CLOSING);
            folder.exits(0, &["trustee", "open", "--at", "e", "--key", "e/trustees/trustee-1.key", "--code", &code]);
        }
        let result = result(&folder);
        for contest in 0..7 {
            assert_eq!(outcome(&result, contest), (json!([]), json!([]), json!("no-ballots")), "{secrecy}, {contest}");
        }
        let said = folder.exits(0, &["result", "e"]);
        assert_eq!(said.matches("No result, because there are no ballots.").count(), 7, "{said}");
        every_form_and_both_verifiers(&folder);
    }
}

/// Rows 6, 39 and 41: `*`, 0 and silence are three things; no cell begins as a formula; at a total weight of 2^40 every
/// figure is exact, and equals stay equal until what the rule names decides.
#[test]
fn row_06_39_and_41_blanks_equals_and_all_the_weight_there_may_be_come_to_a_defined_result() {
    let folder = Folder::new();
    let most = (1_u64 << 40) - 2;
    let roll = format!("number,name,weight\n1,Anna,{most}\n2,Boris,1\n3,Clara,1\n");
    make(&folder, "open", &roll);
    {
        let (_server, url) = serve(&folder, "e");
        let vote = |number: &str, ballots: [&str; 7]| {
            let ballots = ballots.iter().flat_map(|ballot| ["--ballot", ballot]);
            folder.exits(0, &["vote", number, "--url", &url].into_iter().chain(ballots).collect::<Vec<_>>())
        };
        vote("1", ["5", "**", "333", "222", "10", "-1000000,1000000", "33"]);
        vote("2", ["*", "**", "444", "444", "**", "0,*", "**"]);
    }
    // What the lot depends on is told before it is drawn; of another closing, or of none, nothing is signed.
    let other = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let said = folder.exits(6, &["lot", "e", "--drawn", "4", "--closed", other]);
    assert!(said.contains("no closed log") && said.contains("Nothing was signed"), "{said}");
    let said = folder.exits(0, &["close", "e"]);
    let root = said.split("--closed ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(said.contains("write this down and read it aloud"), "{said}");
    let said = folder.exits(5, &["result", "e"]);
    assert!(said.contains("a lot has to decide") && said.contains(&root), "{said}");
    let said = folder.exits(6, &["lot", "e", "--drawn", "4", "--closed", other]);
    assert!(said.contains(other) && said.contains(&root) && said.contains("Nothing was signed"), "{said}");
    let said = folder.exits(0, &["lot", "e", "--drawn", "4", "--closed", &root]);
    assert!(!said.contains("compared with nothing"), "{said}");
    let result = result(&folder);
    assert_eq!((&result["ballots"], &result["weight"]), (&json!(2), &json!(most + 1)), "Clara's silence is no ballot");
    assert_eq!(outcome(&result, 0), (json!(["One"]), json!([]), json!(null)));
    assert_eq!(result["contests"][0]["candidates"][0]["mean"], "5/1", "a * is no 0");
    assert_eq!(outcome(&result, 1), (json!([]), json!([]), json!("unrated")));
    assert_eq!(outcome(&result, 2), (json!([]), json!(["A", "B", "C"]), json!(null)), "nothing decides");
    let lot = &result["contests"][3];
    assert_eq!(
        (lot["winners"].as_array().unwrap().len(), lot["ties"][0]["steps"][1]["step"].as_str()),
        (2, Some("lot"))
    );
    assert_eq!(lot["candidates"][0]["mean"], format!("{}/{}", 2 * most + 4, most + 1), "exact, and in lowest terms");
    assert_eq!(outcome(&result, 4), (json!([]), json!([]), json!("below-threshold")), "it takes more than all but one");
    assert_eq!(result["contests"][4]["candidates"][0]["histogram"]["*"], 1);
    let sums = [0, 1].map(|i| result["contests"][5]["candidates"][i]["sum"].as_i64().unwrap());
    let most_sum = 1_000_000 * most as i64;
    assert_eq!((sums, outcome(&result, 5).0), ([-most_sum, most_sum], json!(["A"])), "lower is better");
    assert_eq!(outcome(&result, 6), (json!([]), json!([]), json!("behind-none")));

    let said = folder.exits(0, &["result", "e", "--lang", "en"]);
    for expected in [
        "No result, because nobody was given a score.",
        "3 candidates are equal for one seat",
        "No result, because nobody passes the threshold.",
        "Lower is better.",
        "No result, because nobody stands before Nobody.",
    ] {
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{expected:?} is missing in {said}");
    }
    for format in ["csv", "csv-raw"] {
        let csv = folder.exits(0, &["result", "e", "--format", format]);
        // Numbers and fractions of ours may begin with a minus.
        let is_number = |cell: &str| cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '/' | '.'));
        let starts = |cell: &str| cell.starts_with(['=', '+', '-', '@']) && !is_number(cell);
        assert!(csv.contains("'=1+1") && !csv.split([',', '\n', '"']).any(starts), "{csv}");
    }
    every_form_and_both_verifiers(&folder);
}

/// One more than 2^40 is refused before anything is made, and who erred is told.
#[test]
fn more_weight_than_can_be_counted_exactly_is_refused() {
    let folder = Folder::new();
    std::fs::write(folder.path("roll.csv"), format!("number,weight\n1,{}\n2,1\n", 1_u64 << 40)).unwrap();
    let said = folder.exits(2, &["new", "e", "--candidates", "A", "--roll", "roll.csv", "--rule", "mean"]);
    assert!(said.contains("2^40") && said.contains("line"), "{said}");
    assert!(!folder.path("e").exists());
}

/// What cannot be is refused with what to write instead; what is chosen by default is told.
#[test]
fn new_tells_what_is_chosen_and_names_what_to_write_instead() {
    let folder = Folder::new();
    let new = |exit, more: &[&str]| {
        let args = ["new", "e", "--candidates", "A,B", "--voters", "3", "--secrecy", "open"];
        folder.exits(exit, &[&args[..], more].concat())
    };
    for (more, expected) in [
        (&["--rule", "sum", "--phantoms", "2"][..], "Leave out --phantoms"),
        (&["--rule", "sum", "--seats", "3"], "Write --seats with a number"),
        (&["--rule", "mean", "--better", "lower", "--pass", ">2"], "\"<=3\" with --better lower"),
        (&["--rule", "mean", "--none", "Nobody"], "Add it to --candidates"),
        (&["--rule", "mean", "--ties", "mean"], "Write --ties more-raters"),
        (&["--rule", "mean", "--ties", "lot"], "Write --lot"),
        (&["--rule", "median", "--single"], "Write --rule sum or --rule mean"),
        (&["--rule", "mean", "--raters", "2/4"], "10, 1/4"),
        (&["--rule", "mean", "--scale", "good,bad,good"], "Write --scale 1..5"),
    ] {
        let said = new(2, more);
        assert!(said.contains(expected), "{more:?}: {said}");
        assert!(!folder.path("e").exists());
    }
    std::fs::write(folder.path("x.toml"), "title = \"X\"").unwrap();
    let said = folder.exits(2, &["new", "e", "--from", "x.toml", "--voters", "3", "--seats", "2"]);
    assert!(said.contains("--seats"), "an option that would have no effect is refused: {said}");
    let said = new(0, &["--rule", "mean", "--better", "lower", "--pass", "<=2", "--turnout", "1/2", "--blanks-worst"]);
    for expected in [
        "5 levels from 5, the worst, to 1, the best",
        "Lower is better.",
        "counts as the worst score, 5.",
        "below 1/2 of the roll",
        "at most 2 (mean)",
        "One is elected.",
        "Equal candidates share a place: nothing decides between them.",
        "Voters may vote again",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in {said}");
    }
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.path("e/election.json")).unwrap()).unwrap();
    assert_eq!(manifest["draft"]["contests"][0]["better"], "lower");
}
