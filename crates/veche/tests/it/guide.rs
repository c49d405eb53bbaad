//! The organiser's guide is right: its worked example is counted by the rules that the program makes of the very options
//! that stand there, in both languages, and its picture is what the program draws.

use std::{fs, path::Path};

use veche::{
    chart,
    lang::{self, Language},
};
use veche_election::{
    Draft, Election, ElectionResult, Hash, Marks, Secrecy, SigningKey, Tally, Vote, Weight, manifest::RollSummary,
    result::Fraction,
};
use veche_fixtures::{compute, keys};

use crate::commands::Folder;

fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The rows of the table with this head, each in cells.
fn table(text: &str, head: &str) -> Vec<Vec<String>> {
    let after = text.split_once(head).unwrap_or_else(|| panic!("no table {head}")).1;
    let rows = after.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The options of a row, split as a shell does.
fn options(cell: &str) -> Vec<String> {
    cell.trim_matches('`').split(' ').map(|option| option.trim_matches('"').to_owned()).collect()
}

/// What `veche new` has drafted, as an open election of three voters.
fn open_election(draft: &[u8]) -> Election {
    let draft = Draft { secrecy: Secrecy::Open, trustees: None, ..Draft::parse(draft).unwrap() };
    let keys = keys(&SigningKey::from_seed(&[1; 32]), &SigningKey::from_seed(&[2; 32]));
    let roll = RollSummary { voters: 3, weight: 3, credentials: Hash::ZERO, published: Hash::ZERO };
    Election::new(draft, keys, roll, None).unwrap()
}

fn count(election: &Election, ballots: &[Vec<String>]) -> ElectionResult {
    let mut tally = Tally::new(election);
    for ballot in ballots {
        let marks = Marks::parse(&ballot[1..].concat(), &election.contests()[0]).unwrap();
        tally.add(&Vote::Open(vec![marks]), Weight::new(1).unwrap());
    }
    compute(election, (tally.ballots, tally.weight), tally.histograms().unwrap(), None).unwrap()
}

fn check_guide(file: &str, names: [&str; 3], heads: [&str; 2], words: [&str; 2], language: Language) {
    let text = guide(file);
    let ballots = table(&text, heads[0]);
    let rows = table(&text, heads[1]);
    assert!(ballots.len() == 3 && rows.len() >= 16, "{file}: {} ballots, {} rows", ballots.len(), rows.len());
    let folder = Folder::new();
    let candidates = names.join(",");
    for (number, row) in rows.iter().enumerate() {
        let dir = format!("e{number}");
        let options = options(&row[0]);
        let title = if language == Language::Ru { "Пример" } else { "An example" };
        // A draft: no keys are made, which would take most of the time.
        let fixed = ["new", &dir, "--title", title, "--candidates", &candidates, "--voters", "3", "--scale", "0..5"];
        let args = fixed.into_iter().chain(options.iter().map(String::as_str)).collect::<Vec<_>>();
        folder.exits(0, &args);
        let election = open_election(&fs::read(folder.path(&dir).join("draft.json")).unwrap());
        let result = count(&election, &ballots);
        let contest = &result.contests[0];
        let scores: Vec<String> = contest
            .candidates
            .iter()
            .map(|c| c.score.map_or_else(String::new, |score: Fraction| score.to_short()))
            .collect();
        let outcome = match (&contest.winners[..], &contest.tied[..]) {
            ([], []) => words[0].to_owned(),
            ([], tied) => tied.join(words[1].split('|').next().unwrap()) + words[1].split('|').nth(1).unwrap(),
            (winners, _) => winners.join(", "),
        };
        assert_eq!((&scores[..], &outcome), (&row[1..4], &row[4]), "{file}: {}", row[0]);
        if number == 0 {
            let drawn = lang::within(Some(language), || chart::svg(election.draft(), &result));
            let picture = if language == Language::Ru { "example.ru.svg" } else { "example.en.svg" };
            if let Some(dir) = std::env::var_os("VECHE_GALLERY") {
                fs::write(Path::new(&dir).join(picture), &drawn).unwrap();
            }
            assert_eq!(guide(picture), drawn, "{picture} is not what is drawn now");
        }
    }
}

#[test]
fn the_worked_example_of_the_organisers_guide_is_right_in_both_languages() {
    check_guide(
        "organiser.md",
        ["Anna", "Boris", "Clara"],
        ["| voter | Anna | Boris | Clara |", "| what you write | Anna | Boris | Clara | result |"],
        ["nobody", " and |, equal"],
        Language::En,
    );
    check_guide(
        "organiser.ru.md",
        ["Анна", "Борис", "Вера"],
        ["| избиратель | Анна | Борис | Вера |", "| что написать | Анна | Борис | Вера | итог |"],
        ["никто", " и |, поровну"],
        Language::Ru,
    );
}

/// The file's example of a whole rule is taken as it stands, and told back.
#[test]
fn the_guides_contest_with_every_part_of_a_rule_makes_an_election() {
    let text = guide("organiser.md");
    let blocks = text.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let contest = blocks.into_iter().find(|block| block.contains("phantoms")).unwrap();
    let folder = Folder::new();
    fs::write(folder.path("e.toml"), format!("title = \"T\"\n{contest}")).unwrap();
    let said = folder.exits(0, &["new", "e", "--from", "e.toml", "--voters", "3"]);
    for part in ["1/4", "1/2", "2 seats", "None of them", "rated by more"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // A rule as a table is a mistake that people make.
    let table = contest.replace("rule = \"mean\"", "rule = { method = \"mean\" }");
    fs::write(folder.path("bad.toml"), format!("title = \"T\"\n{table}")).unwrap();
    let said = folder.exits(2, &["new", "f", "--from", "bad.toml", "--voters", "3"]);
    assert!(said.contains("rule = \"mean\"") && said.contains("organiser.md"), "{said}");
}

/// Every option of `veche new` by which a result may differ is in both guides.
#[test]
fn the_guides_name_every_option_of_the_rule() {
    let folder = Folder::new();
    let help = folder.exits(0, &["new", "--help"]);
    for file in ["organiser.md", "organiser.ru.md"] {
        let text = guide(file);
        for option in [
            "--scale",
            "--better",
            "--no-blank",
            "--rule",
            "--seats",
            "--pass",
            "--raters",
            "--turnout",
            "--none",
            "--ties",
            "--blanks-worst",
            "--phantoms",
            "--lot",
            "--secrecy",
            "--single",
            "--revote",
            "--roll-shows",
        ] {
            assert!(help.contains(option) && text.contains(option), "{file} lacks {option}");
        }
    }
}

/// The Russian guides are whole: every command and every option that the English ones name is there.
#[test]
fn the_russian_guides_name_every_command_and_option_of_the_english_ones() {
    let named = |text: &str| -> std::collections::BTreeSet<String> {
        let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
        let commands = words.windows(2).filter(|pair| pair[0] == "veche" && !pair[1].is_empty());
        let options = words.iter().filter(|word| word.starts_with("--") && word.len() > 2).map(ToString::to_string);
        commands.map(|pair| format!("veche {}", pair[1])).chain(options).collect()
    };
    for (english, russian) in [("organiser.md", "organiser.ru.md"), ("trustee.md", "trustee.ru.md")] {
        let (english, there) = (named(&guide(english)), named(&guide(russian)));
        let missing: Vec<_> = english.difference(&there).collect();
        assert!(missing.is_empty(), "{russian} lacks {missing:?}");
    }
}
