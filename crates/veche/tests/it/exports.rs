//! Results as other programs read them: every format of `veche result`, of an election whose names are made to hurt.

use std::{path::Path, process::Command};

use serde_json::json;

use crate::commands::Folder;

const ELECTION: &str = r##"
title = "Exports <i>&amp;</i>"
secrecy = "open"
rule = "sum"
[[contest]]
title = "=HYPERLINK(\"http://x\") — №1 #1"
candidates = ["=1+1", "+7 (495) 1", "-2+3", "@SUM(A1)", "|calc", "%x", "＝2", "Team #1 [A]", "Quote \" , comma", "</text><script>&amp;"]
scale = "0..5"
[[contest]]
title = "around 0"
candidates = ["Анна", "Boris; Clara"]
scale = "-2..2"
[[contest]]
title = "golf"
candidates = ["A", "B"]
scale = "-1..3"
better = "lower"
[[contest]]
title = "named"
candidates = ["A", "B"]
scale = "=bad,-fair,@good"
"##;

const WEIGHTS: [u64; 4] = [3, 1, 2, 1];
/// Each voter's marks, contest by contest.
const BALLOTS: [[&str; 4]; 4] = [
    ["5,0,*,1,2,3,4,5,0,1", "-2,2", "3,-1", "=bad,@good"],
    ["5,1,*,1,2,3,4,5,0,*", "0,*", "2,2", "-fair,*"],
    ["4,0,2,1,*,3,0,5,0,1", "*,*", "*,0", "*,*"],
    ["5,0,*,1,2,3,4,5,0,1", "2,-1", "-1,3", "@good,=bad"],
];

#[test]
fn row_39_every_export_is_read_by_other_programs_and_says_the_same() {
    let folder = Folder::new();
    std::fs::write(folder.path("my.toml"), ELECTION).unwrap();
    let roll: Vec<String> =
        (1..).zip(WEIGHTS).map(|(number, weight)| format!("{number},V{number},{weight}\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,name,weight\n{}", roll.concat())).unwrap();
    folder.exits(0, &["new", "e", "--from", "my.toml", "--roll", "roll.csv"]);
    folder.exits(0, &["open", "e"]);
    {
        let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
        let url = format!("http://127.0.0.1:{port}");
        for (number, marks) in BALLOTS.iter().enumerate() {
            let number = (number + 1).to_string();
            // The first scale has one symbol for each level, so its marks are written without commas.
            let compact = marks[0].replace(',', "");
            let marks = [compact.as_str(), marks[1], marks[2], marks[3]];
            let mut args = vec!["vote", number.as_str(), "--url", url.as_str()];
            marks.iter().for_each(|marks| args.extend(["--ballot", marks]));
            folder.exits(0, &args);
        }
        folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    }
    for format in ["json", "csv", "csv-raw", "abif", "svg", "html"] {
        let out = folder.run(&["result", "e", "--format", format]);
        assert!(out.status.success(), "{format}: {}", String::from_utf8_lossy(&out.stderr));
        std::fs::write(folder.path(&format!("result.{format}")), out.stdout).unwrap();
    }
    std::fs::write(folder.path("given.json"), json!({ "weights": WEIGHTS, "ballots": BALLOTS }).to_string()).unwrap();
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports.py");
    let mut command = Command::new(python);
    let out = command.arg(script).arg(folder.path("")).args(std::env::var("VECHE_FOREIGN")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    eprintln!("{said}");
    assert!(out.status.success(), "{said}");

    // A tab, a carriage return or a line end in a name does not come so far.
    for bad in ["\\t=1", "A\\t", "A\\r", "\\r\\n=1", "A\\n=1"] {
        let toml = ELECTION.replacen("\"=1+1\"", &format!("\"x{bad}y\""), 1);
        std::fs::write(folder.path("bad.toml"), toml).unwrap();
        let said = folder.exits(2, &["new", "bad", "--from", "bad.toml", "--voters", "2"]);
        assert!(said.contains("invisible or control character"), "{said}");
    }
}
