//! Results as other programs read them: every format of `veche result`, of an election whose names are made to hurt.

use std::{collections::HashMap, path::Path, process::Command};

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

/// The rows of a CSV by the names of its columns, as whoever opens it reads them.
fn rows(text: &str, separator: u8) -> Vec<HashMap<String, String>> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(text.as_bytes())
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

/// Excel takes a file for UTF-8 by its mark, and separator and decimal point for those of its language.
#[test]
fn a_table_for_excel_has_its_mark_separator_decimals_and_words_in_both_languages() {
    const MARK: char = '\u{feff}';
    let folder = Folder::new();
    std::fs::write(folder.path("poll.csv"), "=1+1,Борис; Ко\n5,4\n4,*\n4,1\n").unwrap();
    std::fs::write(folder.path("grades.csv"), "Anna,Boris\ngood,poor\ngood,fair\nfair,*\n").unwrap();
    let table = |file: &str, more: &[&str]| {
        let out = folder.run(&[&["count", file, "--format", "csv"], more].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let mean = |more: &[&str]| table("poll.csv", &[&["--rule", "mean"], more].concat());

    let english = mean(&["--excel", "--lang", "en"]);
    let plain = english.strip_prefix(MARK).expect("the mark of UTF-8");
    let [first, second] = &rows(plain, b',')[..] else { panic!("{plain}") };
    let cell = |row: &HashMap<String, String>, name: &str| row[name].clone();
    for (name, wanted) in [
        ("candidate", "'=1+1"),
        ("place", "1"),
        ("status", "elected"),
        ("score", "13 / 3"),
        ("score decimal", "4.333333"),
        ("sum", "13"),
        ("median decimal", "4"),
        ("no opinion", "0"),
        ("level 4", "2"),
    ] {
        assert_eq!(cell(first, name), wanted, "{name}: {plain}");
    }
    assert_eq!((cell(second, "mean decimal"), cell(second, "no opinion")), ("2.5".into(), "1".into()));

    let russian = mean(&["--excel", "--lang", "ru"]);
    let plain = russian.strip_prefix(MARK).expect("the mark of UTF-8");
    let [first, second] = &rows(plain, b';')[..] else { panic!("{plain}") };
    for (name, wanted) in [
        ("кандидат", "'=1+1"),
        ("место", "1"),
        ("итог", "проходит"),
        ("оценка по правилу", "13 / 3"),
        ("оценка десятичная", "4,333333"),
        ("сумма", "13"),
        ("нет мнения", "0"),
        ("ступень 4", "2"),
    ] {
        assert_eq!(cell(first, name), wanted, "{name}: {plain}");
    }
    assert_eq!((cell(second, "кандидат"), cell(second, "среднее десятичное")), ("Борис; Ко".into(), "2,5".into()));

    // Without it neither mark nor another separator: programs read it, whoever made it.
    for more in [&[][..], &["--lang", "en"], &["--lang", "ru"]] {
        let text = mean(more);
        assert!(!text.contains(MARK) && rows(&text, b',').len() == 2, "{more:?}: {text}");
    }
    assert!(mean(&[]).starts_with("contest,candidate,place,status,score,"), "{}", mean(&[]));
    assert_eq!(rows(&mean(&[]), b',')[0]["status"], "winner", "the words that programs know");

    // A grade by its name, and no number that would mean nothing to anybody.
    let grades = ["--rule", "majority-judgment", "--scale", "poor,fair,good", "--excel", "--lang", "en"];
    let text = table("grades.csv", &grades);
    let row = &rows(text.trim_start_matches(MARK), b',')[0];
    assert_eq!(
        (cell(row, "candidate"), cell(row, "score decimal"), cell(row, "level good")),
        ("Anna".into(), "good".into(), "2".into())
    );
}
