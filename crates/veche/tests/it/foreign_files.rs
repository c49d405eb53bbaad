//! Rolls and ballots as other programs write them, made by those very programs (`tests/foreign_files`): LibreOffice in three locales, R,
//! and what Python has. `tools/check-foreign-files` makes them anew and has them decided here too.

use std::path::{Path, PathBuf};

use crate::inputs::{
    Wanted::{self, Counted, Refused, Roll},
    decide, names_in,
};

const WITH_DECIMALS: &[&str] = &["--roll-scale", "1"];
/// The same three voters everywhere, and the same three ballots.
const VOTERS: Wanted = Roll(&[
    "2: 007 | Jörg Müller, geb. \"Mai\" | j@example.org | weight 12",
    "3: 12/3 | Zoé Noël | weight 1",
    "4: M-014 | Анна Орлова | anna@example.org | weight 3",
    "voters 3, weight 16.5",
]);
const BALLOTS: Wanted = Counted(3, "Anna 12, Борис; Ко 15, Zoé 14");
const LATIN: &[&str] = &["--roll-scale", "1", "--encoding", "windows-1252"];
const CYRILLIC: &[&str] = &["--roll-scale", "1", "--encoding", "windows-1251"];

const CASES: &[(&str, &[&str], Wanted)] = &[
    ("libreoffice-ballots.ods", &[], BALLOTS),
    ("libreoffice-ballots.xls", &[], BALLOTS),
    ("libreoffice-de-ballots.csv", &[], BALLOTS),
    // What an encoding does not have is lost, and that is seen.
    (
        "libreoffice-de-roll-1252.csv",
        LATIN,
        Roll(&["2: 007 | Jörg Müller", "4 (look): \"???? ??????\"", "weight 16.5"]),
    ),
    ("libreoffice-de-roll-1252.csv", &[], Wanted::BadRoll(&["windows-1252: J\u{f6}rg M\u{fc}ller"])),
    ("libreoffice-en-ballots.csv", &[], BALLOTS),
    ("libreoffice-en-roll.csv", WITH_DECIMALS, VOTERS),
    ("libreoffice-roll.ods", WITH_DECIMALS, VOTERS),
    ("libreoffice-roll.xlsx", WITH_DECIMALS, VOTERS),
    ("libreoffice-ru-ballots.csv", &[], BALLOTS),
    ("libreoffice-ru-roll-1251.csv", CYRILLIC, Roll(&["4: M-014 | Анна Орлова", "2 (look): ", "weight 16.5"])),
    ("libreoffice-ru-roll-utf16.csv", WITH_DECIMALS, VOTERS),
    ("openpyxl-ballots.xlsx", &[], BALLOTS),
    ("openpyxl-roll.xlsx", WITH_DECIMALS, VOTERS),
    ("pandas-ballots.csv", &[], BALLOTS),
    ("pandas-ballots.xlsx", &[], BALLOTS),
    ("pandas-roll.csv", WITH_DECIMALS, VOTERS),
    ("pandas-roll.xlsx", WITH_DECIMALS, VOTERS),
    ("python-excel-ballots.csv", &[], BALLOTS),
    ("python-excel-roll.csv", WITH_DECIMALS, VOTERS),
    ("python-excel-tab-ballots.csv", &[], BALLOTS),
    ("python-excel-tab-roll.csv", WITH_DECIMALS, VOTERS),
    ("r-csv-ballots.csv", &[], Refused(&["\"NA\" is not a score", "--labels \"NA=*\""])),
    ("r-csv-ballots.csv", &["--labels", "NA=*"], BALLOTS),
    ("r-csv-roll.csv", WITH_DECIMALS, VOTERS),
    ("r-csv2-ballots.csv", &[], BALLOTS),
    ("r-csv2-roll.csv", WITH_DECIMALS, VOTERS),
    ("r-openxlsx-ballots.xlsx", &[], BALLOTS),
    ("r-openxlsx-roll.xlsx", WITH_DECIMALS, VOTERS),
    ("r-table-ballots.txt", &[], BALLOTS),
    ("xlsxwriter-ballots.xlsx", &[], BALLOTS),
    ("xlsxwriter-roll.xlsx", WITH_DECIMALS, VOTERS),
];

#[test]
fn what_other_programs_write_is_read_as_it_was_meant() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_files");
    decide(&kept, CASES);
    let decided = CASES.iter().map(|(file, ..)| (*file).to_owned());
    assert_eq!(names_in(&kept), decided.chain(["README.md".into(), "make.py".into()]).collect());
}

/// Made just now, by whatever program is here.
#[test]
fn what_other_programs_write_on_the_spot_is_read_as_it_was_meant() {
    let Some(made) = std::env::var_os("VECHE_FOREIGN_FILES").map(PathBuf::from) else {
        eprintln!("left out: tools/check-foreign-files makes them and sets VECHE_FOREIGN_FILES");
        return;
    };
    let there = names_in(&made);
    let cases: Vec<_> = CASES.iter().filter(|(file, ..)| there.contains(*file)).copied().collect();
    assert!(cases.len() >= 4, "{there:?}");
    decide(&made, &cases);
    eprintln!("decided: {}", there.into_iter().collect::<Vec<_>>().join(", "));
}
