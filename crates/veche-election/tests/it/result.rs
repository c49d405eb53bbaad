//! Row 41: results in exact arithmetic, against an oracle that knows i128 fractions and nothing of our types: the exact
//! text of `result.json`, for weights up to 2^40 in all, negative and named levels, and every rule.

use proptest::prelude::*;
use veche_election::{Contest, Draft, Election, ElectionResult, Keys, Marks, Rule, SigningKey, Tally, Vote, Weight};
use veche_election::{Hash, manifest::Better, manifest::RollSummary, result::Fraction};

use crate::{fixture, fixture::jwk, world};

/// A ballot: its weight, and for each candidate a level or none.
type Ballot = (u64, Vec<Option<usize>>);

fn election(contest: Contest, rule: Rule) -> Election {
    let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
    let keys = Keys { server_enc: jwk(0x22), server_sig: jwk(0x44), board: key(1), organiser: key(2) };
    let roll = RollSummary { voters: 99, weight: 1 << 40, credentials: Hash::ZERO, published: Hash::ZERO };
    Election::new(Draft { contests: vec![contest], rule, ..world::draft() }, keys, roll, None).unwrap()
}

/// The result that the crate computes, as text.
fn result(election: &Election, ballots: &[Ballot]) -> String {
    let contest = &election.contests()[0];
    let mut tally = Tally::new(election);
    for (weight, levels) in ballots {
        let marks = levels.iter().map(|level| level.map_or("*", |level| contest.levels[level].as_str()));
        let text = marks.collect::<Vec<_>>().join(if contest.is_compact() { "" } else { "," });
        tally.add(&Vote::Open(vec![Marks::parse(&text, contest).unwrap()]), Weight::new(*weight).unwrap());
    }
    String::from_utf8(
        ElectionResult::compute(election, (tally.ballots, tally.weight), tally.histograms().unwrap()).to_bytes(),
    )
    .unwrap()
}

fn reduced((a, b): (i128, i128)) -> String {
    let common = (1..=64).rev().map(|bit| 1_i128 << bit).find(|d| a % d == 0 && b % d == 0).unwrap_or(1);
    let (mut a, mut b) = (a / common, b / common);
    // What is left after the powers of two: Euclid by subtraction would be slow, so by remainders.
    let (mut x, mut y) = (a.abs(), b);
    while x != 0 {
        (x, y) = (y % x, x);
    }
    (a, b) = (a / y, b / y);
    format!("{a}/{b}")
}

/// The same from the list of scores: (value, weight), sorted by value.
fn oracle(election: &Election, ballots: &[Ballot]) -> String {
    let contest = &election.contests()[0];
    let numbers: Option<Vec<i128>> = contest.levels.iter().map(|level| level.parse().ok()).collect();
    let values = numbers.unwrap_or_else(|| (0..contest.levels.len() as i128).collect());
    let mut scores = Vec::new();
    let mut candidates = Vec::new();
    for (i, name) in contest.candidates.iter().enumerate() {
        let mut list: Vec<(i128, i128)> =
            ballots.iter().filter_map(|(weight, levels)| Some((values[levels[i]?], i128::from(*weight)))).collect();
        list.sort_unstable();
        let n: i128 = list.iter().map(|(_, weight)| weight).sum();
        let sum: i128 = list.iter().map(|(value, weight)| value * weight).sum();
        // The least value with at least half of the weight at or below it, and the least with more than half.
        let below = |value: i128| list.iter().filter(|(v, _)| *v <= value).map(|(_, weight)| weight).sum::<i128>();
        let low = list.iter().map(|(v, _)| *v).find(|v| 2 * below(*v) >= n);
        let high = list.iter().map(|(v, _)| *v).find(|v| 2 * below(*v) > n);
        let mean = (n > 0).then_some((sum, n));
        let median = low.zip(high).map(|(low, high)| (low + high, 2));
        scores.push(match election.draft().rule {
            Rule::Sum => mean.map(|_| (sum, 1)),
            Rule::Mean => mean,
            Rule::Median => median,
        });
        let shown = |f: Option<(i128, i128)>| f.map_or("null".into(), |f| format!("\"{}\"", reduced(f)));
        let level = |l: Option<usize>| ballots.iter().filter(|(_, levels)| levels[i] == l).map(|(w, _)| w).sum::<u64>();
        let bars = contest.levels.iter().enumerate().map(|(l, name)| format!("\"{name}\":{}", level(Some(l))));
        candidates.push(format!(
            "{{\"name\":\"{name}\",\"sum\":{sum},\"mean\":{},\"median\":{},\"raters\":{n},\"histogram\":{{{},\"*\":{}}}}}",
            shown(mean),
            shown(median),
            bars.collect::<Vec<_>>().join(","),
            level(None),
        ));
    }
    let beats = |(a, b): (i128, i128), (c, d): (i128, i128)| match contest.better {
        Better::Higher => a * d > c * b,
        Better::Lower => a * d < c * b,
    };
    let unbeaten = |score: &(i128, i128)| !scores.iter().flatten().any(|other| beats(*other, *score));
    let winners = contest.candidates.iter().zip(&scores).filter(|(_, score)| score.as_ref().is_some_and(unbeaten));
    format!(
        "{{\"v\":\"veche-result-1\",\"election\":\"{}\",\"rule\":\"{}\",\"voters\":99,\"voters_weight\":1099511627776,\
         \"ballots\":{},\"weight\":{},\"contests\":[{{\"title\":\"Contest\",\"candidates\":[{}],\"winners\":[{}]}}]}}",
        election.id(),
        format!("{:?}", election.draft().rule).to_lowercase(),
        ballots.len(),
        ballots.iter().map(|(weight, _)| weight).sum::<u64>(),
        candidates.join(","),
        winners.map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(","),
    )
}

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![Just(Rule::Sum), Just(Rule::Mean), Just(Rule::Median)]
}

fn contests() -> impl Strategy<Value = Contest> {
    let scales = prop_oneof![
        Just(vec!["0", "1", "2", "3", "4", "5"]),
        Just(vec!["-2", "-1", "0", "1", "2"]),
        Just(vec!["-1000000", "-999999", "1000000"]),
        Just(vec!["плохо", "сносно", "хорошо"]),
        Just(vec!["F", "E", "D"]),
        Just(vec!["0", "1"]),
    ];
    (scales, 1_usize..5, any::<bool>()).prop_map(|(levels, candidates, lower)| Contest {
        better: if lower { Better::Lower } else { Better::Higher },
        ..world::contest(&levels, candidates)
    })
}

/// Up to 15 ballots of at most 2^36 each: below 2^40 in all. Small weights make ties.
fn elections() -> impl Strategy<Value = (Contest, Rule, Vec<Ballot>)> {
    (contests(), rules()).prop_flat_map(|(contest, rule)| {
        let weight = prop_oneof![4 => 1_u64..4, 1 => Just(1 << 36), 1 => 1_u64..=1 << 36];
        let mark = proptest::option::weighted(0.8, 0..contest.levels.len());
        let ballot = (weight, proptest::collection::vec(mark, contest.candidates.len()));
        (Just(contest), Just(rule), proptest::collection::vec(ballot, 0..16))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_41_results_are_exact((contest, rule, ballots) in elections()) {
        let election = election(contest, rule);
        prop_assert_eq!(result(&election, &ballots), oracle(&election, &ballots));
    }
}

/// Winners of a contest with levels -1, 0, 1 and 2, found by hand.
fn check(rule: Rule, better: Better, ballots: &[(u64, &str)], expected: &[&str]) {
    let candidates: Vec<&str> =
        ["A", "B", "C"][..ballots.first().map_or(3, |(_, marks)| marks.split(',').count())].into();
    let contest = Contest { better, ..fixture::contest(&candidates, &["-1", "0", "1", "2"], true) };
    let level = |mark: &str| contest.levels.iter().position(|level| level == mark);
    let ballots: Vec<Ballot> =
        ballots.iter().map(|(weight, marks)| (*weight, marks.split(',').map(level).collect())).collect();
    let election = election(contest.clone(), rule);
    let text = result(&election, &ballots);
    assert_eq!(text, oracle(&election, &ballots));
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    let winners: Vec<&str> =
        result["contests"][0]["winners"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    assert_eq!(winners, expected, "{rule:?} {better:?} {ballots:?}");
}

#[test]
fn row_41_ties_are_told_and_not_broken() {
    use {
        Better::{Higher, Lower},
        Rule::{Mean, Median, Sum},
    };
    for rule in [Sum, Mean, Median] {
        check(rule, Higher, &[], &[]);
        check(rule, Higher, &[(1, "*,*,*"), (5, "*,*,*")], &[]);
        check(rule, Higher, &[(1, "2,2,1")], &["A", "B"]);
        check(rule, Lower, &[(1, "2,2,1")], &["C"]);
        check(rule, Higher, &[(3, "1")], &["A"]);
        check(rule, Higher, &[(1, "-1,*,*")], &["A"]);
        check(rule, Lower, &[(1, "1,*,*")], &["A"]);
        check(rule, Higher, &[(1, "0,1,2"), (1, "2,1,0")], &["A", "B", "C"]);
    }
    // The sum counts raters, the mean does not.
    check(Sum, Higher, &[(1, "2,1,*"), (1, "*,1,*"), (1, "*,1,*")], &["B"]);
    check(Mean, Higher, &[(1, "2,1,*"), (1, "*,1,*"), (1, "*,1,*")], &["A"]);
    // 1/3 and 333333333333/999999999999: equal, and one unit of weight apart they are not.
    let third = 333_333_333_333;
    check(Mean, Higher, &[(1, "1,*,*"), (2, "0,*,*"), (third, "*,1,*"), (2 * third, "*,0,*")], &["A", "B"]);
    check(Mean, Higher, &[(1, "1,*,*"), (2, "0,*,*"), (third + 1, "*,1,*"), (2 * third, "*,0,*")], &["B"]);
    check(Mean, Higher, &[(1, "1,*,*"), (2, "0,*,*"), (third, "*,1,*"), (2 * third + 1, "*,0,*")], &["A"]);
    // All the weight there can be, at both ends of the scale.
    check(Sum, Higher, &[(1 << 39, "2,-1,0"), (1 << 39, "2,-1,0")], &["A"]);
    check(Median, Higher, &[(1 << 39, "2,-1,0"), ((1 << 39) - 1, "-1,2,0"), (1, "-1,2,0")], &["A", "B"]);
    check(Median, Higher, &[(1 << 39, "2,-1,0"), ((1 << 39) - 1, "-1,2,0")], &["A"]);
}

#[test]
fn row_41_the_largest_sums_fit() {
    let contest = Contest { blank: false, ..fixture::contest(&["A", "B"], &["-1000000", "1000000"], false) };
    let election = election(contest, Rule::Mean);
    let ballots = [(1 << 40, vec![Some(1), Some(0)])];
    let text = result(&election, &ballots);
    assert_eq!(text, oracle(&election, &ballots));
    assert!(text.contains("\"sum\":1099511627776000000,\"mean\":\"1000000/1\""));
    assert!(text.contains("\"sum\":-1099511627776000000,\"mean\":\"-1000000/1\""));
}

#[test]
fn decimals_are_for_people() {
    let check = |a, b, places, shown: &str| assert_eq!(Fraction::new(a, b).unwrap().to_decimal(places), shown);
    check(1, 3, 2, "0.33");
    check(2, 3, 2, "0.67");
    check(-2, 3, 2, "-0.67");
    check(1, 200, 2, "0.01");
    check(-1, 200, 2, "-0.01");
    check(-1, 300, 2, "0.00");
    check(999, 1000, 2, "1.00");
    check(7, 2, 3, "3.500");
    check(1 << 60, 1, 2, "1152921504606846976.00");
    assert_eq!(Fraction::new(1, 0), None);
    assert_eq!(Fraction::new(1, -2), None);
    assert_eq!(Fraction::new(-6, 4), Fraction::new(-3, 2));
    assert!(Fraction::new(1, 3) < Fraction::new(34, 100) && Fraction::new(-1, 3) > Fraction::new(-34, 100));
}
