//! Every file of `tests/inputs` is decided: counted or read as a roll, with the right figures, or refused, with the reason.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::{ballot_files::shown, commands::Folder};

/// What is to become of a file.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// Of ballots: how many, and the candidates and their sums, contest by contest.
    Counted(u64, &'static str),
    /// Of ballots: what stands in the refusal.
    Refused(&'static [&'static str]),
    /// Of a roll: what is told of it.
    Roll(&'static [&'static str]),
    /// Of a roll: what stands in the refusal.
    BadRoll(&'static [&'static str]),
    /// Of an election: what is told of it.
    Election(&'static [&'static str]),
}
use Wanted::{BadRoll, Counted, Election, Refused, Roll};

/// A file, what is typed beside it, and what is to become of it.
const CASES: &[(&str, &[&str], Wanted)] = &[
    ("a.cat", &[], Refused(&["PrefLib", "these are ranks"])),
    ("appr.csv", &[], Counted(3, "Yes 2, No 2")),
    (
        "blank.toml",
        &["--voters", "3"],
        Election(&[
            "Board: 3 candidates, 5 levels",
            "Chair: 2 candidates, a choice of one",
            "Secret: nobody sees a ballot",
        ]),
    ),
    ("bv-min.csv", &[], Counted(2, "Ana 5, Ben 5")),
    ("bv-multi.csv", &[], Counted(2, "Ana 5, Ben 7 | Kale 6, Leek 0")),
    ("bv-seq.csv", &[], Counted(3, "Ana 10, Ben 12, Cora 5")),
    ("bv-seq12.csv", &[], Counted(12, "Ana 60, Ben 36, Cora 30")),
    ("bv-uuid.csv", &[], Counted(2, "Ana 5, Ben 7, Cora 5")),
    ("cands1000.txt", &[], Refused(&["no column of it holds scores"])),
    ("compressed.csv", &[], Counted(3, "Anna 7, Boris 10, Clara 10")),
    (
        "crlf.csv",
        &[],
        Counted(
            19,
            "Loren Culp 29, Tim Eyman 32, Phil Fortunato 49, Joshua Freed 85, Raul Garcia 10, Anton Sakharov 13",
        ),
    ),
    ("dupcand.csv", &[], Refused(&["columns 1 and 2 are both \"Anna\""])),
    ("e.blt", &[], Refused(&["BLT", "these are ranks"])),
    ("empty.csv", &[], Refused(&["there are no ballots"])),
    ("gforms-labels.csv", &[], Refused(&["\"5 - Excellent\" in line 2", "--labels"])),
    ("gforms-labels.csv", &["--labels", "5 - Excellent=5,3 - Fair=3"], Counted(1, "Anna 5, Boris 3")),
    ("gforms.csv", &[], Counted(1, "Anna 5, Boris 3")),
    ("half.csv", &[], Counted(1, "Anna 9, Boris 7")),
    ("hdrnl.csv", &[], Counted(1, "Miles from, 0..400 5, B 3")),
    ("late.csv", &[], Refused(&["it is a roll"])),
    ("late.csv", &[], Roll(&["voters 2, weight 2"])),
    ("latin1.csv", &[], Refused(&["line 1 is the first", "windows-1252: J\u{c2}nio"])),
    ("latin1.csv", &["--encoding", "windows-1252"], Counted(1, "J\u{c2}nio 5, Ana 3")),
    ("lime.csv", &[], Refused(&["line 2, column 2 (Q1[SQ001])", "\"A5\" is not a score"])),
    ("lime.csv", &["--labels", "A1=1,A3=3,A5=5,-oth-=*"], Counted(2, "SQ001 6, SQ002 3")),
    ("neg.csv", &[], Counted(2, "Anna -1, Boris 1")),
    ("over.csv", &[], Refused(&["line 2, column 2 (Boris)", "\"overvote\" is not a score"])),
    ("over.csv", &["--labels", "overvote=*,skipped=*"], Counted(2, "Anna 8, Boris 0")),
    ("own-official.csv", &[], Refused(&["it is a result"])),
    ("own.abif", &[], Counted(3, "Anna 6, Boris 9, Clara 8")),
    ("pandas.csv", &[], Counted(2, "Anna 6, Boris 6, Clara 3")),
    ("pandas_ok.csv", &[], Counted(3, "Anna 6, Boris 9, Clara 8")),
    ("ragged.csv", &[], Counted(2, "Anna 9, Boris 5")),
    ("ranked-names.csv", &[], Refused(&["may be", "a table of ranks"])),
    ("rctab-ranks-num.csv", &[], Refused(&["may be", "a table of ranks"])),
    ("rctab-ranks.csv", &[], Refused(&["may be", "a table of ranks"])),
    ("rctab-ranks.csv", &["--ballot-format", "ranks"], Refused(&["these are ranks"])),
    ("rowidx.csv", &[], Refused(&["may be", "a table of ranks"])),
    ("rowidx.csv", &["--ballot-format", "scores"], Counted(2, "Honey 2, Raisin 4, Rice 4")),
    ("s100.csv", &[], Counted(3, "A 105, B 100, C 107, D 108, E 109, F 110, G 111, H 112")),
    ("semi.csv", &[], Counted(2, "Anna 6, Boris 6, Clara 3")),
    ("tn.abif", &[], Refused(&["line 5", "\"Memph\" has no score"])),
    ("trailing.csv", &[], Counted(2, "Anna 9, Boris 5")),
    ("zero.csv", &[], Refused(&["is empty"])),
    ("r-23.csv", &[], Refused(&["it is a roll"])),
    ("r-23.csv", &[], Roll(&["voters 2, weight 30,000"])),
    ("r-q.csv", &[], Roll(&["voters 2, weight 10,000"])),
    ("r-tie.csv", &[], Roll(&["voters 3, weight 300,000"])),
    ("r-w.csv", &[], Roll(&["voters 3, weight 1,060,000,000"])),
    ("r-w3.csv", &[], Roll(&["voters 3, weight 700,000,000,006"])),
    ("roll-alnum.csv", &[], BadRoll(&["line 3: \"u2@example.org\" is not a voter number", "2 good lines"])),
    ("roll-big.csv", &[], BadRoll(&["line 2: \"1.23457E+12\" is not a voter number"])),
    (
        "roll-contact.csv",
        &[],
        Roll(&["line 3 (look): the contact anna@example.org stands in line 2 too", "voters 3", "remarks 1"]),
    ),
    ("roll-cr.csv", &[], Roll(&["line 2: 1 | Anna", "line 3: 2 | Boris", "voters 2"])),
    (
        "roll-cr-err.csv",
        &[],
        BadRoll(&["line 3: the number 01 and 1 in line 2", "line 4: the number 1 stands already in line 2"]),
    ),
    ("roll-dup.csv", &[], BadRoll(&["line 3: the number 1 stands already in line 2"])),
    ("roll-eq.csv", &[], Roll(&["numbers written as formulas, =\"00017\": 1", "voters 1"])),
    ("roll-float.csv", &[], Roll(&["numbers written as 17.0: 2", "voters 2"])),
    ("roll-footer.csv", &[], BadRoll(&["line 6: \"# exported 2027-01-01 by membership tool\" is not a voter number"])),
    ("roll-foreign.csv", &[], BadRoll(&["is \"Stimmen\" how many votes", "--weight-column \"Stimmen\""])),
    ("roll-foreign.csv", &["--weight-column", "Stimmen"], Roll(&["line 2: 1 | Anna | a@x | weight 3", "weight 3"])),
    ("roll-helios.csv", &[], BadRoll(&["a column \"number\"", "--number-column"])),
    (
        "roll-latin1.csv",
        &[],
        BadRoll(&["line 2 is the first", "windows-1252: J\u{c2}NIO CORREIA J\u{da}NIOR", "cp866"]),
    ),
    ("roll-latin1.csv", &["--encoding", "latin1"], Roll(&["line 2: 1 | J\u{c2}NIO CORREIA J\u{da}NIOR", "voters 2"])),
    ("roll-multiline.csv", &[], Roll(&["line 3: 2 | Bo ris", "line 5: 3 | Clara", "voters 3"])),
    ("roll-semi-comma.csv", &[], Roll(&["semicolons", "left out: name,first", "weight 1,"])),
    ("roll-sep.csv", &[], Roll(&["semicolons", "line 3: 1 | Anna | weight 1", "voters 2"])),
    ("roll-tab.txt", &[], Roll(&["tabs", "line 2: 1 | Anna | weight 1", "voters 2"])),
    (
        "roll-utf16.csv",
        &[],
        Roll(&["UTF-16LE, semicolons", "line 2: 1 | \u{410}\u{43d}\u{43d}\u{430} | weight 1", "voters 2"]),
    ),
    ("roll-w2.csv", &[], BadRoll(&["line 4: the weight \"1 000\"", "line 5: the weight \"1e3\"", "2 good lines"])),
    (
        "roll-weights.csv",
        &[],
        BadRoll(&["line 2: the weight \"207.500000\"", "line 3: the weight \"851,5\"", "line 5: the weight \"0\""]),
    ),
    ("roll-weights.csv", &["--roll-scale", "6"], BadRoll(&["line 5: the weight \"0\"", "3 good lines"])),
    ("roll-zeros.csv", &[], BadRoll(&["line 4: the number 007 and 7 in line 3"])),
    ("roll-zwnj.csv", &[], Roll(&["voters 2"])),
];

#[test]
fn every_file_that_people_have_brought_is_decided() {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    decide(&inputs, CASES);
    let decided = CASES.iter().map(|(file, ..)| (*file).to_owned());
    assert_eq!(names_in(&inputs), decided.chain(["README.md".into()]).collect());
}

pub fn names_in(folder: &Path) -> BTreeSet<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    std::fs::read_dir(folder).unwrap().map(name).collect()
}

/// Each file of this folder is what it is to be.
pub fn decide(files: &Path, cases: &[(&str, &[&str], Wanted)]) {
    let folder = Folder::new();
    for (file, more, wanted) in cases {
        let path = files.join(file).display().to_string();
        let count = ["count", &path, "--rule", "sum", "--json"];
        let new = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--preview", "--roll", &path];
        let from = ["new", "e", "--preview", "--from", &path];
        let (command, code, said) = match wanted {
            Counted(..) => (&count[..], 0, &[][..]),
            Refused(said) => (&count[..], 2, *said),
            Roll(said) => (&new[..], 0, *said),
            BadRoll(said) => (&new[..], 2, *said),
            Election(said) => (&from[..], 0, *said),
        };
        let out = folder.run(&[command, more].concat());
        let heard = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(code), "{file} {more:?}: {heard}");
        said.iter().for_each(|said| assert!(heard.contains(said), "{file} {more:?}: {said:?} is missing in {heard}"));
        if let Counted(ballots, sums) = wanted {
            let result: Value = serde_json::from_slice(&out.stdout).unwrap();
            assert_eq!(
                (result["ballots"].as_u64(), shown(&result).as_str()),
                (Some(*ballots), *sums),
                "{file} {more:?}"
            );
        }
    }
    assert!(!folder.path("e").exists(), "a preview makes nothing");
}
