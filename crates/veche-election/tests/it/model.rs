//! A model of the trustees' ceremony: an active network, up to t - 1 false trustees, and honest ones who keep to the
//! rules of `docs/spec/trustees.md`. All its states are looked through. With the rules nothing goes wrong; without one
//! of them the attack is found that it is there against. What is covered and what not: section 11 there.

mod ceremony;
mod played;
mod properties;
mod trace;
mod values;

use std::collections::BTreeSet;

use stateright::{Checker, Expectation, Model};
use veche_election::ceremony::CeremonyError;

use ceremony::{Ceremony, Compared, Guards};
use played::Played;
use properties::{
    ACCUSER_NOT_CONVICTED, DEALER_NOT_CONVICTED, KEY_IS_SECRET, KEY_NOT_GROUND, NEVER_SAID_TWO, ONE_AMONG_OURS,
    ONE_TRANSCRIPT,
};
use trace::shortened;
use values::{Commitments, Group, Number, Plan, Said};

const fn plan(count: Number, threshold: Number, honest: &'static [Number], editions: u8) -> Plan {
    Plan { count, threshold, honest: Group::of(honest), editions }
}

/// Two honest trustees, one false one: the plan of most attacks.
const TWO_AND_ONE: Plan = plan(3, 2, &[1, 2], 1);

const COMPARED: [Compared; 4] =
    [Compared::FAITHFULLY, Compared::ONLY_IN_THE_END, Compared::WITH_IMITATED_VOICES, Compared::NEVER];

struct Explored {
    states: usize,
    /// What must never happen, and can.
    broken: BTreeSet<&'static str>,
    /// What must be possible, and is not.
    impossible: BTreeSet<&'static str>,
}

/// Looks through all states, unless everything that must not happen is found before.
fn explore(plan: Plan, guards: Guards, reduced: bool) -> Explored {
    let checker = Ceremony { plan, guards, reduced }.checker().spawn_bfs().join();
    assert!(checker.is_done());
    let found: BTreeSet<&str> = checker.discoveries().into_keys().collect();
    let (mut broken, mut impossible) = (BTreeSet::new(), BTreeSet::new());
    for property in checker.model().properties() {
        match (property.expectation, found.contains(property.name)) {
            (Expectation::Always, true) => broken.insert(property.name),
            (Expectation::Sometimes, false) => impossible.insert(property.name),
            _ => false,
        };
    }
    Explored { states: checker.unique_state_count(), broken, impossible }
}

/// A way in which a property is broken that needs all its steps.
fn attack(plan: Plan, guards: Guards, property: &'static str) -> Vec<Said> {
    let model = Ceremony { plan, guards, reduced: true };
    let found = model.checker().spawn_bfs().join().assert_any_discovery(property);
    let trace = shortened(&model, property, found.into_actions());
    println!("Not so: {property}");
    trace.iter().for_each(|said| println!("    {said:?}"));
    trace
}

fn with(switch: impl FnOnce(&mut Guards)) -> Guards {
    let mut guards = Guards { compared: Compared::ONLY_IN_THE_END, ..Guards::ALL };
    switch(&mut guards);
    guards
}

/// Not a thing goes wrong but these, and everything that must be possible is.
fn check(plan: Plan, compared: Compared, broken: &[&str], states_at_least: usize) {
    let explored = explore(plan, with(|guards| guards.compared = compared), true);
    assert_eq!(explored.broken, broken.iter().copied().collect(), "{plan:?} {compared:?}");
    assert_eq!(explored.impossible, BTreeSet::new(), "{plan:?} {compared:?}");
    // With fewer the model would have lost what it is about.
    assert!(explored.states >= states_at_least, "{plan:?} {compared:?}: {}", explored.states);
}

#[test]
fn with_all_rules_nothing_goes_wrong_if_the_code_is_compared_that_is_accepted() {
    for (plan, states) in [
        (plan(2, 2, &[1], 2), 20),
        (plan(2, 2, &[1, 2], 2), 80),
        (plan(3, 2, &[1, 2], 2), 8_000),
        (plan(3, 3, &[1], 2), 60),
        (plan(3, 3, &[1, 2], 2), 8_000),
        (plan(4, 3, &[1, 2], 1), 2_900),
    ] {
        check(plan, Compared::ONLY_IN_THE_END, &[], states);
        // Even the secrecy of the key, and that no honest trustee is convicted, need no comparing.
        check(plan, Compared::NEVER, &[ONE_TRANSCRIPT, ONE_AMONG_OURS], 10);
    }
    // The network alone against three honest trustees, whom it shows every table with inventions of its own.
    check(plan(3, 2, &[1, 2, 3], 1), Compared::NEVER, &[ONE_TRANSCRIPT, ONE_AMONG_OURS], 49_000);
}

#[test]
fn comparing_makes_all_accept_one_transcript() {
    check(TWO_AND_ONE, Compared::FAITHFULLY, &[], 50);
    check(TWO_AND_ONE, Compared::ONLY_IN_THE_END, &[], 490);
    // Who was led through a ceremony of inventions has accepted that one.
    check(TWO_AND_ONE, Compared::WITH_IMITATED_VOICES, &[ONE_TRANSCRIPT], 660);
    check(TWO_AND_ONE, Compared::NEVER, &[ONE_TRANSCRIPT, ONE_AMONG_OURS], 280);
}

/// Every choice of rules switched off.
fn every_choice() -> impl Iterator<Item = Guards> {
    (0..1 << 5).map(|off: u8| {
        let on = |rule: u8| off >> rule & 1 == 0;
        with(|guards| {
            guards.polynomial_per_table = on(0);
            guards.dealing_names_commitments = on(1);
            guards.one_dealing_per_table = on(2);
            guards.dispute_names_transcript = on(3);
            guards.answered_never_accepts = on(4);
        })
    })
}

#[test]
fn without_a_rule_the_attack_is_found_that_it_is_there_against() {
    for guards in every_choice() {
        let mut broken = BTreeSet::new();
        if !guards.polynomial_per_table || !guards.dispute_names_transcript {
            broken.insert(KEY_IS_SECRET);
        }
        if !guards.dispute_names_transcript {
            broken.extend([ACCUSER_NOT_CONVICTED, NEVER_SAID_TWO]);
            // With one polynomial for all tables every answer is right in all of them.
            broken.extend(guards.polynomial_per_table.then_some(DEALER_NOT_CONVICTED));
        }
        if !guards.dealing_names_commitments || !guards.one_dealing_per_table {
            broken.insert(KEY_NOT_GROUND);
        }
        // That who has answered never accepts changes none of these: without the binding one accepts first.
        assert_eq!(explore(TWO_AND_ONE, guards, true).broken, broken, "{guards:?}");
    }
}

/// Was this answer given to an honest trustee who never said a word about its author, but complained of an invention
/// that had its number in another table?
fn is_to_a_replayed_complaint(trace: &[Said], answer: &Said) -> bool {
    let Said::Answer { by: accused, to, at: here } = *answer else { return false };
    trace.iter().any(|said| {
        matches!(said, Said::Complain { by, dealer, at } if (*by, *dealer) == (to, accused)
            && at.table != here.table && !at.table.real.has(accused))
    })
}

#[test]
fn without_the_binding_complaints_of_false_tables_cost_the_key_of_the_true_one() {
    for answered_never_accepts in [false, true] {
        let unbound = with(|guards| {
            guards.dispute_names_transcript = false;
            guards.answered_never_accepts = answered_never_accepts;
        });
        let trace = attack(TWO_AND_ONE, unbound, KEY_IS_SECRET);
        // A polynomial of each honest trustee is given away, to a complaint of the other.
        let answers = trace.iter().filter(|said| is_to_a_replayed_complaint(&trace, said));
        assert_eq!(answers.map(|said| said.by()).collect::<BTreeSet<_>>(), [1, 2].into());
        let accepts = trace.iter().filter(|said| matches!(said, Said::Accept { .. }));
        assert_eq!(accepts.map(|said| said.by()).collect::<BTreeSet<_>>(), [1, 2].into());
    }
}

#[test]
fn the_real_ceremony_goes_that_way_as_far_as_the_answers_which_nobody_gives() {
    let trace = attack(TWO_AND_ONE, with(|guards| guards.dispute_names_transcript = false), KEY_IS_SECRET);
    let mut played = Played::default();
    let mut refused = Vec::new();
    for said in trace {
        match (played.say(said), said) {
            (Ok(()), _) => {}
            (Err(error), Said::Answer { to, .. }) => {
                assert_eq!(error, CeremonyError::Transcript(to.into()), "{said:?}");
                refused.push(said.by());
            }
            (Err(error), _) => panic!("{said:?}: {error}"),
        }
    }
    refused.sort_unstable();
    assert_eq!(refused, [1, 2]);
}

#[test]
fn without_the_binding_honest_trustees_are_convicted_as_accusers_and_as_dealers() {
    let unbound = with(|guards| guards.dispute_names_transcript = false);
    let trace = attack(TWO_AND_ONE, unbound, ACCUSER_NOT_CONVICTED);
    assert!(matches!(trace[..], [.., Said::Complain { .. }]), "the adversary answers");
    let trace = attack(TWO_AND_ONE, unbound, DEALER_NOT_CONVICTED);
    assert!(
        trace.iter().any(|said| matches!(said, Said::Answer { to, at, .. } if !at.table.real.has(*to))),
        "the adversary complains"
    );
    attack(TWO_AND_ONE, unbound, NEVER_SAID_TWO);
}

#[test]
fn without_its_rules_a_dealing_lets_the_key_be_ground() {
    for unbound in
        [with(|guards| guards.dealing_names_commitments = false), with(|guards| guards.one_dealing_per_table = false)]
    {
        let trace = attack(TWO_AND_ONE, unbound, KEY_NOT_GROUND);
        let dealt = |wanted| trace.iter().any(|said| matches!(said, Said::Deal { under, .. } if *under == wanted));
        assert!(dealt(Commitments::Early) && dealt(Commitments::Late));
    }
}

#[test]
fn with_one_polynomial_for_all_tables_dealing_to_a_false_one_costs_the_key() {
    let trace = attack(TWO_AND_ONE, with(|guards| guards.polynomial_per_table = false), KEY_IS_SECRET);
    assert!(
        !trace.iter().any(|said| matches!(said, Said::Complain { .. } | Said::Answer { .. })),
        "nobody even complains"
    );
}

#[test]
fn looking_at_fewer_orders_finds_the_same() {
    for guards in
        COMPARED.into_iter().flat_map(|compared| every_choice().map(move |guards| Guards { compared, ..guards }))
    {
        let mut plans = vec![plan(2, 2, &[1], 1)];
        // With one of these two switched off, two honest trustees have some hundred thousand states in all orders.
        if guards.dealing_names_commitments && guards.one_dealing_per_table {
            plans.push(plan(2, 2, &[1, 2], 1));
        }
        for plan in plans {
            let (all, fewer) = (explore(plan, guards, false), explore(plan, guards, true));
            assert_eq!((fewer.broken, fewer.impossible), (all.broken, all.impossible), "{plan:?} {guards:?}");
            assert!(fewer.states <= all.states);
        }
    }
}
