//! Row 41: results in exact arithmetic. Random elections under every rule are given to two other programs: the verifier
//! in Python, which must write the same bytes, and a literal oracle (`tests/oracle.py`) that counts marks one by one.

use std::{io::Write, path::Path, process::Command, process::Stdio};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use veche_election::{
    Contest, ContestKind, Draft, Election, ElectionResult, Hash, Keys, Lot, Marks, Method, Rule, SigningKey, Tally,
    Vote, Weight,
    manifest::{Better, ContestProblem, ManifestError, RollSummary},
    result::Fraction,
    rules::{Amount, Blanks, Quota, RuleProblem, Threshold, TieStep},
};

use crate::{
    fixture::{self, compute, jwk},
    world,
};

/// A ballot: its weight, and for each candidate a level or none.
pub type Ballot = (u64, Vec<Option<usize>>);

const PROFILES: usize = 4000;

pub fn make(contest: Contest) -> Result<Election, ManifestError> {
    let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
    let keys = Keys { server_enc: jwk(0x22), server_sig: jwk(0x44), board: key(1), organiser: key(2) };
    let roll = RollSummary { voters: 99, weight: 1 << 40, credentials: Hash::ZERO, published: Hash::ZERO };
    let lot = contest.rule.has_lot().then(|| "a die, thrown before all".to_owned());
    Election::new(Draft { contests: vec![contest], lot, ..world::draft() }, keys, roll, None)
}

pub fn result(election: &Election, ballots: &[Ballot], drawn: Option<&str>) -> Option<ElectionResult> {
    let contest = &election.contests()[0];
    let mut tally = Tally::new(election);
    for (weight, levels) in ballots {
        let marks = levels.iter().map(|level| level.map_or("*", |level| contest.levels[level].as_str()));
        let text = marks.collect::<Vec<_>>().join(if contest.is_compact() { "" } else { "," });
        tally.add(&Vote::Open(vec![Marks::parse(&text, contest).unwrap()]), Weight::new(*weight).unwrap());
    }
    let lot = drawn.map(|drawn| Lot::drawn(election.draft_id(), drawn, Hash::ZERO));
    compute(election, (tally.ballots, tally.weight), tally.histograms().unwrap(), lot.as_ref())
}

fn rules() -> impl Strategy<Value = Rule> {
    use TieStep as T;
    let methods = [Method::Sum, Method::Mean, Method::Median, Method::MajorityJudgment];
    let ties = [
        vec![],
        vec![T::Lot],
        vec![T::MoreRaters, T::FewerWorst, T::Lot],
        vec![T::MoreBest],
        vec![T::Mean, T::MajorityJudgment, T::Lot],
        vec![T::Sum, T::Median],
    ];
    let quotas = || {
        prop::sample::select(vec![
            None,
            None,
            Quota::parse("2"),
            Quota::parse("1/2"),
            Quota::parse(">1/3"),
            Quota::parse(">1"),
        ])
    };
    let method = prop::sample::select(methods.to_vec());
    (method, 0_u64..4, any::<bool>(), quotas(), quotas(), 1_u32..3, 0..6_usize, prop::sample::select(ties.to_vec()))
        .prop_map(|(method, phantoms, worst, raters, turnout, seats, pass, ties)| {
            let pass =
                [None, None, Threshold::parse(">=1"), Threshold::parse(">1"), Threshold::parse(">3/2"), None][pass];
            let phantoms = if method == Method::Sum || worst { 0 } else { phantoms };
            let ties = ties.into_iter().filter(|step| *step != TieStep::from(method)).collect();
            let turnout = turnout.filter(|quota| matches!(quota.amount, Amount::Weight(_)));
            let blanks = if worst { Blanks::Worst } else { Blanks::Ignored };
            Rule { blanks, phantoms, raters, turnout, seats, pass, ties, ..Rule::new(method) }
        })
}

fn contests() -> impl Strategy<Value = Contest> {
    let scales = prop::sample::select(vec![
        vec!["0", "1", "2", "3", "4", "5"],
        vec!["-2", "-1", "0", "1", "2"],
        vec!["-1000000", "-999999", "1000000"],
        vec!["плохо", "сносно", "хорошо"],
        vec!["0", "1"],
    ]);
    (scales, 1_usize..5, any::<bool>(), rules(), any::<bool>()).prop_map(
        |(levels, candidates, lower, mut rule, none)| {
            rule.none = (none && candidates > 2).then(|| "Candidate 2".to_owned());
            rule.seats = rule.seats.min(candidates as u32 - u32::from(rule.none.is_some()));
            let better = if lower { Better::Lower } else { Better::Higher };
            rule.pass = rule.pass.map(|pass| Threshold { better, ..pass });
            Contest { better, rule, ..world::contest(&levels, candidates) }
        },
    )
}

/// Up to 15 ballots; small weights make ties, large ones show what overflows.
fn elections() -> impl Strategy<Value = (Contest, Vec<Ballot>)> {
    (contests(), any::<prop::sample::Index>()).prop_flat_map(|(contest, large)| {
        let weight = if large.index(4) == 0 { (1_u64..=1 << 36).boxed() } else { (1_u64..3).boxed() };
        let mark = proptest::option::weighted(0.8, 0..contest.levels.len());
        let ballot = (weight, proptest::collection::vec(mark, contest.candidates.len()));
        (Just(contest), proptest::collection::vec(ballot, 0..9))
    })
}

pub fn interpreter() -> String {
    std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Runs a command of a script and its arguments on lines of JSON.
pub fn python(command: &[&str], lines: &[String]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(interpreter())
        .current_dir(root)
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for the oracle");
    let mut input = child.stdin.take().unwrap();
    let text = lines.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let out = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{said}");
    written.unwrap();
    said
}

#[test]
fn row_41_results_are_those_of_the_verifier_in_python_and_of_a_literal_oracle() {
    let (mut runner, strategy) = (TestRunner::deterministic(), elections());
    let mut lines = Vec::new();
    for _ in 0..PROFILES {
        let (contest, ballots) = strategy.new_tree(&mut runner).unwrap().current();
        let election = make(contest).unwrap();
        let waiting = result(&election, &ballots, None).is_none();
        let drawn = waiting.then_some("4 1 3");
        let ours = String::from_utf8(result(&election, &ballots, drawn).unwrap().to_bytes()).unwrap();
        let manifest = String::from_utf8(election.bytes().to_vec()).unwrap();
        lines.push(json!({ "manifest": manifest, "ballots": ballots, "drawn": drawn, "result": ours }).to_string());
    }
    let said = python(&["tests/oracle.py"], &lines);
    assert!(said.contains(&format!("{PROFILES} results are the same")), "{said}");
}

/// A contest with levels -1, 0, 1 and 2, and its result.
fn hand(rule: Rule, better: Better, ballots: &[(u64, &str)]) -> Value {
    let candidates: Vec<&str> = ["A", "B", "C"][..ballots.first().map_or(3, |(_, m)| m.split(',').count())].into();
    let contest = Contest { better, rule, ..fixture::contest(&candidates, &["-1", "0", "1", "2"], true) };
    let level = |mark: &str| contest.levels.iter().position(|level| level == mark);
    let ballots: Vec<Ballot> =
        ballots.iter().map(|(weight, marks)| (*weight, marks.split(',').map(level).collect())).collect();
    serde_json::from_slice(&result(&make(contest.clone()).unwrap(), &ballots, None).unwrap().to_bytes()).unwrap()
}

#[track_caller]
fn check(rule: &Rule, better: Better, ballots: &[(u64, &str)], winners: &[&str], tied: &[&str], reason: Option<&str>) {
    let result = hand(rule.clone(), better, ballots);
    let contest = &result["contests"][0];
    assert_eq!((&contest["winners"], &contest["tied"]), (&json!(winners), &json!(tied)), "{rule:?} {ballots:?}");
    assert_eq!(contest["reason"], json!(reason), "{rule:?} {ballots:?}");
}

#[test]
fn row_41_ties_are_told_and_broken_only_by_what_the_rule_names() {
    use Better::{Higher, Lower};
    for method in [Method::Sum, Method::Mean, Method::Median, Method::MajorityJudgment] {
        let rule = Rule::new(method);
        check(&rule, Higher, &[], &[], &[], Some("no-ballots"));
        check(&rule, Higher, &[(1, "*,*,*"), (5, "*,*,*")], &[], &[], Some("unrated"));
        check(&rule, Higher, &[(1, "2,2,1")], &[], &["A", "B"], None);
        check(&rule, Lower, &[(1, "2,2,1")], &["C"], &[], None);
        check(&rule, Higher, &[(3, "1")], &["A"], &[], None);
        check(&rule, Higher, &[(1, "-1,*,*")], &["A"], &[], None);
        check(&Rule { seats: 2, ..rule.clone() }, Higher, &[(1, "2,2,1")], &["A", "B"], &[], None);
    }
    let mean = Rule { ties: vec![TieStep::MoreRaters], ..Rule::new(Method::Mean) };
    check(&mean, Higher, &[(1, "2,2,0"), (1, "*,2,0")], &["B"], &[], None);
    let quorum = Rule { raters: Quota::parse("1/2"), ..Rule::new(Method::Mean) };
    check(&quorum, Higher, &[(1, "2,1,*"), (1, "*,1,*"), (1, "*,1,*")], &["B"], &[], None);
    let pass = Rule { pass: Threshold::parse(">1"), ..Rule::new(Method::Mean) };
    check(&pass, Higher, &[(1, "1,0,-1")], &[], &[], Some("below-threshold"));
    let none = Rule { none: Some("B".into()), ..Rule::new(Method::Sum) };
    check(&none, Higher, &[(1, "1,1,0")], &[], &[], Some("behind-none"));
    check(&none, Higher, &[(1, "2,1,0")], &["A"], &[], None);
    let turnout = Rule { turnout: Quota::parse("1/2"), ..Rule::new(Method::Sum) };
    check(&turnout, Higher, &[(1, "2,1,0")], &[], &[], Some("turnout"));
    check(&turnout, Higher, &[(1 << 39, "2,1,0")], &["A"], &[], None);
    let more = |quota| Rule { turnout: Quota::parse(quota), ..Rule::new(Method::Sum) };
    check(&more(">1/2"), Higher, &[(1 << 39, "2,1,0")], &[], &[], Some("turnout"));
    check(&more(">1/2"), Higher, &[((1 << 39) + 1, "2,1,0")], &["A"], &[], None);
    check(&more(">3"), Higher, &[(3, "2,1,0")], &[], &[], Some("turnout"));
    check(&more(">3"), Higher, &[(4, "2,1,0")], &["A"], &[], None);
    let raters = Rule { raters: Quota::parse(">1/2"), ..Rule::new(Method::Mean) };
    check(&raters, Higher, &[(1, "2,1,*"), (1, "*,1,*")], &["B"], &[], None);
}

#[test]
fn row_41_the_largest_sums_fit() {
    let rule = Rule::new(Method::Mean);
    let contest = Contest { rule, ..fixture::contest(&["A", "B"], &["-1000000", "1000000"], false) };
    let election = make(contest).unwrap();
    let text =
        String::from_utf8(result(&election, &[(1 << 40, vec![Some(1), Some(0)])], None).unwrap().to_bytes()).unwrap();
    assert!(text.contains("\"sum\":1099511627776000000,\"mean\":\"1000000/1\""));
    assert!(text.contains("\"sum\":-1099511627776000000,\"mean\":\"-1000000/1\""));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let refused = |change: &dyn Fn(&mut Contest), expected: RuleProblem| {
        let mut contest = fixture::small_contest();
        change(&mut contest);
        let Err(ManifestError::Contest { problem: ContestProblem::Rule(problem), .. }) = make(contest) else {
            panic!("accepted, or refused for something else: {expected}")
        };
        assert_eq!(problem, expected);
    };
    refused(&|c| c.rule.seats = 0, RuleProblem::Seats);
    refused(&|c| c.rule.seats = 4, RuleProblem::Seats);
    refused(&|c| c.rule.phantoms = 2, RuleProblem::Phantoms);
    refused(&|c| c.rule.none = Some("Nobody".into()), RuleProblem::None("Nobody".into()));
    refused(&|c| c.rule.pass = Threshold::parse("<3"), RuleProblem::Threshold);
    refused(&|c| c.rule.ties = vec![TieStep::Sum], RuleProblem::Ties);
    refused(&|c| c.rule.ties = vec![TieStep::Mean, TieStep::Mean], RuleProblem::Ties);
    refused(&|c| c.rule.ties = vec![TieStep::Lot, TieStep::Mean], RuleProblem::Ties);
    refused(
        &|c| {
            let rule = Rule::new(Method::Median);
            *c = Contest { kind: ContestKind::Single, rule, ..fixture::contest(&["A", "B"], &["0", "1"], true) };
        },
        RuleProblem::Single,
    );
    for text in [
        "",
        ">",
        ">=1/2",
        "> 1/2",
        ">>1",
        ">0",
        "<1/2",
        "0",
        "-1",
        "+1",
        "01",
        "2/4",
        "3/2",
        "1/1",
        "1/0",
        "1/-2",
        "1.5",
        "1099511627777",
    ] {
        assert_eq!(Quota::parse(text), None, "{text}");
    }
    for text in ["", "3", ">", "=>3", ">=03", ">2/4", ">3/1", ">-0", ">>1", ">=9223372036854775807"] {
        assert_eq!(Threshold::parse(text), None, "{text}");
    }
}

#[test]
fn decimals_are_for_people() {
    let check = |a, b, places, shown: &str| assert_eq!(Fraction::new(a, b).unwrap().to_decimal(places), shown);
    check(1, 3, 2, "0.33");
    check(2, 3, 2, "0.67");
    check(-2, 3, 2, "-0.67");
    check(1, 200, 2, "0.01");
    check(-1, 300, 2, "0.00");
    check(7, 2, 3, "3.500");
    check(1 << 60, 1, 2, "1152921504606846976.00");
    assert_eq!(Fraction::new(1, 0), None);
    assert_eq!(Fraction::new(-6, 4), Fraction::new(-3, 2));
}
