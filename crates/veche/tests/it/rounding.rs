//! Rounding never contradicts a decision: beside a threshold or a quorum a figure has as many places as tell them apart, or is told by
//! a fraction; and table, report, pages and status round alike.

use veche::words;
use veche_election::result::Fraction;

use crate::{commands::Folder, pages::page, secret::serve};

/// Of an election that is over, what people read of it.
struct Read {
    /// The result in the terminal and as a page, and what the server shows: English and Russian.
    table: [String; 2],
    report: [String; 2],
    front: [String; 2],
    result: [String; 2],
}

impl Read {
    fn all(&self) -> impl Iterator<Item = &[String; 2]> {
        [&self.table, &self.report, &self.front, &self.result].into_iter()
    }
}

/// Voters of these weights, of whom some choose.
fn held(weights: &[u64], rule: &[&str], ballots: &[(&str, &str)]) -> Read {
    let folder = Folder::new();
    let lines = (1..).zip(weights).map(|(number, weight)| format!("{number},{weight}\n"));
    std::fs::write(folder.path("roll.csv"), format!("number,weight\n{}", lines.collect::<String>())).unwrap();
    let new = ["new", "e", "--candidates", "Anna,Boris,Vera", "--single", "--secrecy", "open", "--roll", "roll.csv"];
    folder.exits(0, &[&new[..], rule].concat());
    folder.exits(0, &["open", "e"]);
    let (_server, url) = serve(&folder, "e");
    for (number, marks) in ballots {
        folder.exits(0, &["vote", number, "--url", &url, "--ballot", marks]);
    }
    folder.exits(0, &["close", "e"]);
    let both =
        |format: &str| ["en", "ru"].map(|lang| folder.exits(0, &["result", "e", "--format", format, "--lang", lang]));
    let pages = |path: &str| ["en", "ru"].map(|lang| page(&format!("{url}{path}"), lang).body);
    Read { table: both("table"), report: both("html"), front: pages("/"), result: pages("/result") }
}

/// Without line ends, without spaces that keep words together, and with the signs that pages escape.
fn flat(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each of these texts has it: in English, and in Russian.
fn has<'a>(texts: impl Iterator<Item = &'a [String; 2]>, english: &str, russian: &str) {
    for [en, ru] in texts {
        for (text, said) in [(en, english), (ru, russian)] {
            let text = flat(text);
            assert!(text.contains(said), "{said:?} is missing in {text}");
        }
    }
}

#[test]
fn a_turnout_is_read_on_the_side_of_the_quorum_on_which_it_is() {
    for (weights, quorum, voter, english, russian, elected) in [
        // r-q.csv: a vote too few, and one more than that.
        (&[4_999, 5_001][..], "1/2", "1", "of 10,000 (49.99%)", "из 10 000 (49,99 %)", false),
        (&[4_999, 5_001], "1/2", "2", "of 10,000 (50.01%)", "из 10 000 (50,01 %)", true),
        // No quorum that people ask for in general, but in this rule.
        (&[5_099, 4_901], "51/100", "1", "of 10,000 (50.99%)", "из 10 000 (50,99 %)", false),
        // Where it would take decimals that nobody reads.
        (&[199_999_999_999, 100_000_000_001], "2/3", "1", "(<2/3)", "(<2/3)", false),
        (&[500_000_000_001, 500_000_000_000], ">1/2", "1", "(>50%)", "(>50 %)", true),
        // r-w3.csv and r-w.csv: a whole percent is enough to see it.
        (&[400_000_000_000, 300_000_000_001, 5], ">4/7", "1", "(57%)", "(57 %)", false),
        (&[207_500_000, 851_500_000, 1_000_000], "1/5", "1", "(19.6%)", "(19,6 %)", false),
        (&[7, 12, 2], "1/3", "1", "of 21 (1/3)", "из 21 (1/3)", true),
    ] {
        let read = held(weights, &["--rule", "sum", "--turnout", quorum], &[(voter, "100")]);
        has(read.all(), english, russian);
        let outcome = if elected { "Elected: Anna" } else { "the turnout is too low" };
        assert!(flat(&read.table[0]).contains(outcome), "{outcome:?} is missing in {}", read.table[0]);
    }
}

#[test]
fn a_share_is_read_on_the_side_of_the_threshold_on_which_it_is() {
    // r-23.csv
    let read = held(&[19_999, 10_001], &["--rule", "mean", "--pass", ">=2/3"], &[("1", "100"), ("2", "010")]);
    has([&read.table].into_iter(), "0.6666", "0,6666");
    has([&read.report, &read.result].into_iter(), "0.6666", "0,6666");
    has([&read.report, &read.result].into_iter(), "(66.66%)", "(66,66 %)");
    assert!(flat(&read.table[0]).contains("nobody passes the threshold"), "{}", read.table[0]);
    // By what no decimals tell apart.
    let halves = [("1", "100"), ("2", "010")];
    let read = held(&[500_000_000_001, 500_000_000_000], &["--rule", "mean", "--pass", ">1/2"], &halves);
    let exact = "500000000001/1000000000001";
    has([&read.table, &read.report, &read.result].into_iter(), exact, exact);
    assert!(flat(&read.table[0]).contains(&format!("Elected: Anna (share {exact}).")), "{}", read.table[0]);
}

/// r-tie.csv: who is elected is told with the places that the table has.
#[test]
fn scores_that_nearly_tie_are_told_apart_wherever_they_stand() {
    let ballots = [("1", "100"), ("2", "010"), ("3", "001")];
    let read = held(&[100_000, 100_001, 99_999], &["--rule", "mean"], &ballots);
    has(
        [&read.table].into_iter(),
        "Elected: Boris (share 0.333337, exactly 100001/300000).",
        "(доля 0,333337, точно 100001/300000).",
    );
    for figure in ["0.333333", "0.333337", "0.333330"] {
        has([&read.table, &read.report, &read.result].into_iter(), figure, &figure.replace('.', ","));
    }
}

/// By the rule too few have rated; the share of those without an opinion does not say otherwise.
#[test]
fn a_share_without_an_opinion_is_read_on_the_side_of_what_the_rule_allows() {
    let ballots = [("1", "100"), ("2", "***")];
    let read = held(&[4_999, 5_001], &["--rule", "sum", "--raters", "1/2"], &ballots);
    has([&read.table, &read.report, &read.result].into_iter(), "50.01%", "50,01 %");
    assert!(flat(&read.table[0]).contains("nobody was rated by as many as the rule asks for"), "{}", read.table[0]);
}

/// Beside no quorum, whole percent; what nobody asks about is not told in fractions.
#[test]
fn percent_are_whole_where_nothing_hangs_on_more() {
    let asked = |part: i128, of: i128| [Fraction::new(part, of).unwrap()];
    let turnout = |part, whole, asked: &[Fraction]| {
        veche::lang::within(Some(veche::lang::Language::En), || words::turnout(part, whole, asked))
    };
    assert_eq!(turnout(1, 3, &[]), "33%");
    assert_eq!(turnout(1, 3, &asked(1, 3)), "1/3");
    assert_eq!(turnout(66, 100, &[]), "66%");
    assert_eq!(turnout(666, 1_000, &[]), "66.6%", "67 % would be above 2/3");
    assert_eq!(turnout(123_456, 1_000_000, &[]), "12%");
    assert_eq!(turnout(123_456, 1_000_000, &asked(12, 100)), "12.3%");
    assert_eq!(turnout(1, 2, &asked(1, 2)), "50%");
    assert_eq!(turnout(0, 7, &asked(1, 1_000)), "0%");
    assert_eq!(turnout(1, 1_000_000, &asked(1, 1_000)), "<1%");
    assert_eq!(turnout(0, 0, &asked(1, 2)), "—");
}

/// A status from a folder or an address rounds by the election's quorum too.
#[test]
fn status_rounds_by_the_quorum_of_the_election() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "A,B", "--voters", "7", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--turnout", "29/100"]].concat());
    folder.exits(0, &["open", "e"]);
    let (_server, url) = serve(&folder, "e");
    for number in ["1", "2"] {
        folder.exits(0, &["vote", number, "--url", &url, "--ballot", "11"]);
    }
    for target in ["e", &url] {
        let said = folder.exits(0, &["status", target]);
        assert!(said.contains("2 of 7 voters have voted (28.6%)"), "{said}");
    }
    assert!(page(&url, "en").body.contains("(28.6%)"));
}

/// Who chose nobody is part of all, and no part of the valid ones.
#[test]
fn a_single_choice_is_told_in_votes_and_in_shares_of_the_valid_and_of_all() {
    let ballots = [("1", "100"), ("2", "100"), ("3", "010"), ("4", "***")];
    let read = held(&[1, 1, 1, 1], &["--rule", "sum"], &ballots);
    for (texts, heads) in [(0, ["votes", "of valid", "of all"]), (1, ["голоса", "от выбравших", "от всех"])]
    {
        for text in [&read.table, &read.report, &read.result].map(|both| flat(&both[texts])) {
            heads.iter().for_each(|head| assert!(text.contains(head), "{head:?} is missing in {text}"));
        }
    }
    has([&read.table, &read.report, &read.result].into_iter(), "0.67", "0,67");
    has([&read.table, &read.report, &read.result].into_iter(), "0.50", "0,50");
    assert!(flat(&read.table[0]).contains("Elected: Anna (2 votes)."), "{}", read.table[0]);
    // Of few, the bar has a cell for each vote.
    let line = read.table[0].lines().find(|line| line.contains("Anna") && line.contains("0.67")).unwrap();
    assert_eq!(line.trim_end().rsplit(' ').next(), Some("011"), "{line}");
}
