//! Real elections (`examples/README.md`): the rule's own code over their ballots, and what others published for them.

use std::path::Path;

use serde_json::Value;
use veche_election::{
    Contest, Election, Method, Rule,
    result::Fraction,
    rules::Blanks,
    tally::{Histogram, Histograms},
};

use crate::{fixture, result};

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(file)).unwrap()
}

fn published(name: &str) -> Value {
    serde_json::from_str(&read(&format!("{name}.published.json"))).unwrap()
}

/// Ballots in the export format of star.vote.
fn counted(csv: &str, rule: Rule) -> Value {
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').map(|c| c.trim_matches('"')).collect()).collect();
    let scale = ["0", "1", "2", "3", "4", "5"];
    let contest = Contest { rule, ..fixture::contest(&rows[0][3..], &scale, true) };
    let level = |cell: &&str| scale.iter().position(|level| level == cell);
    let ballots: Vec<result::Ballot> = rows[1..].iter().map(|r| (1, r[3..].iter().map(level).collect())).collect();
    let election = result::make(contest).unwrap();
    serde_json::from_slice(&result::result(&election, &ballots, None).unwrap().to_bytes()).unwrap()
}

fn rounded(fraction: &Value) -> String {
    let (a, b) = fraction.as_str().unwrap().split_once('/').unwrap();
    Fraction::new(a.parse().unwrap(), b.parse().unwrap()).unwrap().to_decimal(1)
}

/// Points, averages and places of the site's results page. It gives two of equal points places of their own; ours share.
#[track_caller]
fn check_scores(name: &str, winner: &str, shared: &[&str]) {
    let (csv, page) = (read(&format!("{name}.csv")), published(name));
    for rule in [Rule::new(Method::Sum), Rule { blanks: Blanks::Worst, ..Rule::new(Method::Mean) }] {
        let result = counted(&csv, rule);
        assert_eq!(result["ballots"], page["voters"]);
        let contest = &result["contests"][0];
        assert_eq!(contest["winners"], serde_json::json!([winner]));
        let rows = page["candidates"].as_array().unwrap();
        assert_eq!(contest["candidates"].as_array().unwrap().len(), rows.len());
        for ours in contest["candidates"].as_array().unwrap() {
            let theirs = rows.iter().find(|row| row["name"] == ours["name"]).unwrap();
            assert_eq!(ours["sum"], theirs["points"], "{ours}");
            assert_eq!(rounded(&ours["mean"]), theirs["average"].as_str().unwrap(), "{ours}");
            let above = shared.first().is_some_and(|_| ours["name"] == *shared.last().unwrap());
            assert_eq!(ours["place"].as_u64().unwrap() + u64::from(above), theirs["place"].as_u64().unwrap(), "{ours}");
        }
    }
}

#[test]
fn the_published_points_averages_and_places_of_two_score_elections() {
    check_scores("wa-governor-2020", "Loren Culp", &[]);
    check_scores("akali-skins-2022", "Star Guardian", &["Original", "Blood Moon"]);
}

/// From the parts of the voters who gave each grade, in tenths of a percent. They are rounded, so that the candidates
/// have from 1000 to 1002 of them.
fn orsay(rule: Rule) -> Value {
    let csv = read("orsay-2007.csv");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let tenths = |cell: &&str| cell.replace('.', "").parse::<u64>().unwrap();
    let names: Vec<&str> = rows[1..].iter().map(|row| row[0]).collect();
    let histogram =
        |row: &Vec<&str>| Histogram { blank: tenths(&row[1]), levels: row[2..].iter().map(tenths).collect() };
    let histograms: Histograms = vec![rows[1..].iter().map(histogram).collect()];
    let election: Election = result::make(Contest { rule, ..fixture::contest(&names, &rows[0][2..], true) }).unwrap();
    let result = fixture::compute(&election, (1733, 1000), &histograms, None).unwrap();
    serde_json::from_slice(&result.to_bytes()).unwrap()
}

fn find<'a>(result: &'a Value, name: &Value) -> &'a Value {
    result["contests"][0]["candidates"].as_array().unwrap().iter().find(|c| c["name"] == *name).unwrap()
}

#[test]
fn the_published_grades_and_averages_of_orsay_2007() {
    let page = published("orsay-2007");
    let scale = ["reject", "poor", "acceptable", "good", "very-good", "excellent"];
    let result = orsay(Rule { blanks: Blanks::Worst, ..Rule::new(Method::MajorityJudgment) });
    for row in page["grades"].as_array().unwrap() {
        let ours = find(&result, &row["name"]);
        assert_eq!(ours["place"], row["place"]);
        let grade = ours["score"].as_str().unwrap().strip_suffix("/1").unwrap().parse::<usize>().unwrap();
        assert_eq!(scale[grade], row["grade"]);
        // The published + says that more marks are above the grade than below it.
        let marks: Vec<u64> = scale.iter().map(|level| ours["histogram"][level].as_u64().unwrap()).collect();
        let below = marks[..grade].iter().sum::<u64>() + ours["histogram"]["*"].as_u64().unwrap();
        let above = marks[grade + 1..].iter().sum::<u64>();
        assert_eq!(if above > below { "+" } else { "-" }, row["sign"]);
    }
    // Bayrou: the paper's 44.3 above and 30.6 below.
    let explained = &result["contests"][0]["ties"][0];
    assert_eq!(explained["candidates"][0], "Bayrou");
    assert_eq!(explained["steps"][0]["values"][0], "+443/1000 -153/500");

    let result = orsay(Rule::new(Method::Mean));
    for row in page["averages"].as_array().unwrap() {
        let ours = find(&result, &row["name"]);
        assert_eq!(ours["place"], row["place"]);
        assert_eq!(rounded(&ours["mean"]), row["average"].as_str().unwrap());
    }
}
