//! Row 41: random elections beside programs that others have written (`tests/foreign`). Each difference must be one that
//! the script can explain, by a cause that it checks. Spec: `docs/spec/results.md` section 8.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use veche_election::{Contest, Method, Rule, manifest::Better, rules::Blanks};

use crate::{result, world};

const PROFILES: usize = 4000;

/// Rules that other programs know too: the method, blanks, seats, direction.
fn contests() -> impl Strategy<Value = Contest> {
    use Method::{MajorityJudgment, Mean, Median, Sum};
    let methods = prop::sample::select(vec![Sum, Mean, Median, MajorityJudgment, MajorityJudgment, MajorityJudgment]);
    let scales = prop::sample::select(vec![
        vec!["0", "1", "2", "3"],
        vec!["-2", "-1", "0", "1", "2"],
        vec!["-1", "0", "2"],
        vec!["0", "1"],
    ]);
    (methods, scales, 1_usize..7, any::<bool>(), any::<bool>(), 1_u32..3).prop_map(
        |(method, levels, candidates, lower, worst, seats)| {
            let blanks = if worst { Blanks::Worst } else { Blanks::Ignored };
            let rule = Rule { blanks, seats: seats.min(candidates as u32), ..Rule::new(method) };
            let better = if lower { Better::Lower } else { Better::Higher };
            Contest { better, rule, ..world::contest(&levels, candidates) }
        },
    )
}

/// Half of the elections have neither blanks nor weights.
fn elections() -> impl Strategy<Value = (Contest, Vec<result::Ballot>)> {
    (contests(), any::<bool>(), any::<bool>()).prop_flat_map(|(contest, blanks, weights)| {
        let weight = if weights { (1_u64..4).boxed() } else { Just(1).boxed() };
        let level = 0..contest.levels.len();
        let mark = if blanks { proptest::option::weighted(0.8, level).boxed() } else { level.prop_map(Some).boxed() };
        let ballot = (weight, proptest::collection::vec(mark, contest.candidates.len()));
        (Just(contest), proptest::collection::vec(ballot, 0..12))
    })
}

#[test]
fn row_41_results_are_those_of_other_programs_or_differ_for_a_known_cause() {
    let (mut runner, strategy) = (TestRunner::deterministic(), elections());
    let mut lines = Vec::new();
    for _ in 0..PROFILES {
        let (contest, ballots) = strategy.new_tree(&mut runner).unwrap().current();
        let election = result::make(contest.clone()).unwrap();
        let ours: Value =
            serde_json::from_slice(&result::result(&election, &ballots, None).unwrap().to_bytes()).unwrap();
        lines.push(json!({ "contest": contest, "ballots": ballots, "result": ours }).to_string());
    }
    // The others that are installed are compared too; one of them can be asked for.
    let asked = std::env::var("VECHE_FOREIGN").unwrap_or_else(|_| "votelib".into());
    let said = result::python(&["tests/foreign", "votelib", &asked], &lines);
    eprintln!("{said}");
    assert!(said.contains(&format!("{PROFILES} profiles, nothing unexplained")), "{said}");
}
