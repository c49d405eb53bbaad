//! Weights with decimals: whole units everywhere, divided for show alone.

use veche_election::{
    ElectionResult, Roll, Weight,
    manifest::ContestProblem,
    result::{Fraction, Status},
    roll::{self, ProblemKind},
    rules::{Method, Quota, RuleProblem, Threshold},
};

use crate::{
    fixture::{Log, World, small_contest},
    world,
};

#[test]
fn more_decimals_are_refused_and_nothing_is_rounded() {
    let units = |text: &str, scale| Weight::parse_votes(text, scale).map(Weight::get);
    for (text, scale, expected) in [
        ("1", 0, 1),
        ("1", 2, 100),
        ("54.25", 2, 5425),
        ("54,25", 2, 5425),
        ("0.01", 2, 1),
        ("0.5", 2, 50),
        ("0.50", 2, 50),
        ("12", 6, 12_000_000),
        ("0.000001", 6, 1),
        ("10995116277.76", 2, 1 << 40),
    ] {
        assert_eq!(units(text, scale), Some(expected), "{text} at {scale}");
    }
    for (text, scale) in [
        ("0", 2),
        ("0.00", 2),
        ("1.234", 2),
        ("1.230", 2),
        ("1.0", 0),
        ("01.5", 2),
        (".5", 2),
        ("5.", 2),
        ("-1", 2),
        ("+1", 2),
        ("1e1", 2),
        ("1.2.3", 2),
        ("1 000", 2),
        ("", 2),
        ("10995116277.77", 2),
    ] {
        assert_eq!(units(text, scale), None, "{text} at {scale}");
    }
    assert_eq!(
        ["7", "7.0", "0.05", "12.000345"],
        [(7, 0), (70, 1), (5, 2), (12_000_345, 6)].map(|(u, s)| roll::votes(u, s))
    );
    let read = Roll::parse_scaled("number;weight\n1;54,25\n2;\n3;1,234\n".as_bytes(), 2);
    assert_eq!(read.voters.iter().map(|voter| voter.weight.get()).collect::<Vec<_>>(), [5425, 100]);
    let problem = &read.problems[0];
    assert!(problem.line == 4 && matches!(problem.kind, ProblemKind::DecimalWeight { scale: 2, .. }), "{problem:?}");
}

/// Voters of 1.25, 0.50 and 2.20 votes, of whom the first two give `555` to all.
fn voted(change: impl FnOnce(&mut veche_election::Rule)) -> ElectionResult {
    let world = World::from(world::World::new(&[125, 50, 220], |draft| {
        let mut contest = small_contest();
        change(&mut contest.rule);
        (draft.roll_scale, draft.contests) = (2, vec![contest]);
    }));
    let mut log = Log::open(&world);
    log.vote(0, "540");
    log.vote(1, "540");
    log.board.result().unwrap()
}

#[test]
fn what_a_rule_says_in_votes_is_met_in_units() {
    let winners = |change: &dyn Fn(&mut veche_election::Rule)| voted(change).contests[0].winners.len();
    for (turnout, met) in [("1", true), (">1", true), ("2", false), ("1/3", true), ("1/2", false)] {
        assert_eq!(
            winners(&|rule| rule.turnout = Quota::parse(turnout)),
            usize::from(met),
            "1.75 of 3.95 votes: {turnout}"
        );
        if !turnout.contains('/') {
            assert_eq!(winners(&|rule| rule.raters = Quota::parse(turnout)), usize::from(met), "raters {turnout}");
        }
    }
    // 1.75 votes, each of 5.
    for (pass, met) in [(">=35/4", true), (">35/4", false), (">=8", true), (">=9", false)] {
        let rule = |rule: &mut veche_election::Rule| (rule.method, rule.pass) = (Method::Sum, Threshold::parse(pass));
        assert_eq!(winners(&rule), usize::from(met), "{pass}");
    }
    let mean = voted(|rule| (rule.method, rule.pass) = (Method::Mean, Threshold::parse(">=5")));
    assert_eq!(mean.contests[0].winners.len(), 1, "a mean knows no units");
    let phantom = voted(|rule| (rule.method, rule.phantoms) = (Method::Mean, 1));
    // 875 units of score over 175 given and 100 added.
    assert_eq!(phantom.contests[0].candidates[0].score, Fraction::new(875, 275));
    let sum = voted(|_| ());
    assert_eq!(sum.contests[0].candidates[0].status, Status::Winner);
    assert_eq!((sum.weight, sum.voters_weight, sum.contests[0].candidates[0].sum), (175, 395, 875), "units everywhere");
    let bytes = String::from_utf8(sum.to_bytes()).unwrap();
    assert!(bytes.contains(r#","scale":2,"voters":3,"voters_weight":395,"#), "{bytes}");
}

#[test]
fn what_is_no_whole_number_of_units_makes_no_manifest() {
    let check = |scale, change: &dyn Fn(&mut veche_election::Rule)| {
        let mut draft = world::draft();
        let mut contest = small_contest();
        change(&mut contest.rule);
        (draft.roll_scale, draft.contests) = (scale, vec![contest]);
        draft.check()
    };
    let units = |scale, change: &dyn Fn(&mut veche_election::Rule)| match check(scale, change) {
        Ok(()) => true,
        Err(veche_election::manifest::ManifestError::Contest { problem, .. }) => {
            assert_eq!(problem, ContestProblem::Rule(RuleProblem::Units));
            false
        }
        Err(error) => panic!("{error}"),
    };
    for (pass, scale, fits) in
        [(">=1/2", 0, true), (">=1/3", 0, true), (">=1/2", 1, true), (">=1/4", 1, false), (">=1/3", 6, false)]
    {
        assert_eq!(units(scale, &|rule| rule.pass = Threshold::parse(pass)), fits, "{pass} at {scale}");
    }
    assert!(units(1, &|rule| (rule.method, rule.pass) = (Method::Mean, Threshold::parse(">=1/3"))));
    for (most, fits) in [((1 << 40) / 10, true), ((1 << 40) / 10 + 1, false)] {
        let quota = Quota::parse(&format!("{most}"));
        assert_eq!(units(1, &|rule| rule.turnout = quota), fits);
        assert_eq!(units(1, &|rule| rule.raters = quota), fits);
        assert_eq!(units(1, &|rule| (rule.method, rule.phantoms) = (Method::Mean, most)), fits);
    }
    assert!(check(7, &|_| ()).is_err());
}
