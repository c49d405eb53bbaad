//! Which election, and whose card: nothing is shown and nothing secret is asked before both are known.

use veche_client::{
    Card,
    casting::{Candidates, Input, Plan},
};
use veche_election::Hash;
use zeroize::Zeroizing;

use crate::{
    run::{NO, NUMBER, Run, YES, plan},
    world::{OPEN, OTHER, secret},
};

fn typed(text: &str) -> Input {
    Input::Credential(Zeroizing::new(text.into()))
}

/// Starts, gives the manifest, and expects this.
fn meets(plan: Plan, expected: &str) -> Run {
    let mut run = Run::new(&OPEN, plan);
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), expected);
    run
}

#[test]
fn a_manifest_that_is_none_ends_the_vote() {
    let mut run = Run::new(&OPEN, plan(&OPEN));
    run.gives(Input::Start, "fetch");
    run.gives(Input::Manifest(b"{}".to_vec()), "end Manifest");
}

#[test]
fn candidates_that_the_voter_does_not_expect_end_the_vote() {
    let names = |names: [&str; 3]| Candidates::Names(names.map(Into::into).into());
    for (candidates, expected) in [
        (Candidates::Count(3), "contests, read"),
        (Candidates::Count(4), "end OtherCandidates"),
        (names(["Anna", "Boris", "Clara"]), "contests, read"),
        (names(["Anna", "Clara", "Boris"]), "end OtherCandidates"),
    ] {
        meets(Plan { candidates: Some(candidates), ..plan(&OPEN) }, expected);
    }
}

#[test]
fn a_card_of_another_election_ends_the_vote_before_anything_is_shown() {
    meets(Plan { card: Some(OTHER.card(NUMBER)), ..plan(&OPEN) }, "end OtherElection");
}

#[test]
fn a_card_of_another_number_is_told_and_used_and_one_that_is_none_ends_the_vote() {
    meets(Plan { card: Some(OPEN.card(7)), ..plan(&OPEN) }, "card of 7, contests, read");
    let card = Card { credential: Zeroizing::new("0000".into()), ..OPEN.card(NUMBER) };
    meets(Plan { card: Some(card), ..plan(&OPEN) }, "end Credential");
}

#[test]
fn of_the_cards_that_lie_about_the_single_one_of_the_election_is_taken() {
    let beside = |cards: Vec<Card>| Plan { card: None, beside: cards, ..plan(&OPEN) };
    meets(beside(vec![OTHER.card(NUMBER), OPEN.card(NUMBER)]), "contests, read");
    meets(beside(vec![OPEN.card(NUMBER), OPEN.card(NUMBER)]), "knock");
    meets(beside(vec![OTHER.card(NUMBER)]), "knock");
}

/// Without a card to read.
fn bare(election: Option<String>) -> Plan {
    Plan { card: None, election, ..plan(&OPEN) }
}

#[test]
fn who_is_not_on_the_roll_is_asked_for_no_secret() {
    let mut run = meets(bare(None), "knock");
    run.gives(Input::OnRoll(false), "end NotOnRoll");
}

#[test]
fn without_a_card_the_voter_compares_the_id_then_types_the_credential() {
    let mut run = meets(bare(None), "knock");
    run.gives(Input::OnRoll(true), "ask same election");
    run.gives(YES, "ask credential");
    run.gives(typed("0123"), "no credential, ask credential");
    run.gives(typed(&secret(NUMBER).to_text()), "contests, read");
    let mut run = meets(bare(None), "knock");
    run.gives(Input::OnRoll(true), "ask same election");
    run.gives(NO, "end NotTheElection");
}

/// Neither a typed id nor `--yes` is believed without the comparison.
#[test]
fn an_id_that_was_typed_is_compared() {
    for (id, expected) in [
        (OPEN.election.id().to_string(), "ask credential"),
        (format!(" {}\n", OPEN.election.id()), "ask credential"),
        (OTHER.election.id().to_string(), "end NotTheElection"),
        (Hash::ZERO.to_string(), "end NotTheElection"),
        (String::new(), "end NotTheElection"),
    ] {
        let mut run = meets(bare(Some(id)), "knock");
        run.gives(Input::OnRoll(true), expected);
    }
    let mut run = meets(Plan { unasked: true, ..bare(None) }, "knock");
    run.gives(Input::OnRoll(true), "ask same election");
}

#[test]
fn an_answer_to_what_was_not_asked_is_the_drivers_error_and_ends_the_vote() {
    let mut run = Run::new(&OPEN, plan(&OPEN));
    run.refuses(Input::Pending(None));
    run.refuses(Input::Start);
    let mut run = meets(bare(None), "knock");
    run.refuses(YES);
}
