//! Marks, review, cast or challenge.

use veche_client::casting::{Aim, Choice, First, Input, Loss, Plan};
use veche_session::voter::Why;

use crate::{
    run::{CAST, KEPT, NO, NUMBER, Run, YES, given, marks, plan},
    world::{OPEN, SECRET},
};

#[test]
fn an_open_ballot_goes_from_marks_over_review_to_the_receipt() {
    let mut run = Run::connected(&OPEN, plan(&OPEN));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("99"), "no marks, ask marks");
    run.gives(marks("12*"), "review 12*, ask cast");
    run.gives(YES, "keep, send");
    assert_eq!(run.ballot(0).entry().credential, OPEN.credential(NUMBER).public());
    assert_eq!(run.shown, [run.ballot(0).code()], "what is signed is what was shown");
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
    assert_eq!(run.stored, None);
}

#[test]
fn the_voter_decides_against_it_and_nothing_is_stored_or_sent() {
    for (world, question) in [(&OPEN, "ask cast"), (&SECRET, "ask cast or challenge")] {
        let mut run = Run::connected(world, plan(world));
        run.gives(Input::Asked(Why::First), "ask marks");
        run.gives(marks("123"), &format!("review 123, {question}"));
        run.gives(if question == "ask cast" { NO } else { Input::Choice(Choice::Neither) }, "hang up, end NothingSent");
        assert!(run.stored.is_none() && run.sent.is_empty());
    }
}

/// Each challenge opens one ballot and makes another, under another code, though clock and generator stand still.
#[test]
fn what_is_challenged_is_opened_and_never_cast() {
    let mut run = Run::connected(&SECRET, plan(&SECRET));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("543"), "review 543, ask cast or challenge");
    run.gives(Input::Choice(Choice::Challenge), "opened, anew, review 543, ask cast or challenge");
    run.gives(Input::Choice(Choice::Challenge), "opened, anew, review 543, ask cast or challenge");
    run.gives(CAST, "keep, send");
    let [first, second, third] = run.shown[..] else { panic!("three codes were shown") };
    assert!(first != second && second != third && first != third);
    assert_eq!(run.ballot(0).code(), third, "the last one shown is cast");
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
}

#[test]
fn an_open_ballot_is_not_challenged() {
    let mut run = Run::connected(&OPEN, plan(&OPEN));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast");
    run.refuses(Input::Choice(Choice::Challenge));
    let mut run = Run::new(&OPEN, Plan { aim: Aim::Challenge, ..given(&OPEN, "123") });
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, end NothingToChallenge");
}

#[test]
fn who_only_wants_to_challenge_needs_no_session() {
    let challenge = |plan: Plan| Run::new(&SECRET, Plan { aim: Aim::Challenge, ..plan });
    let mut run = challenge(given(&SECRET, "123"));
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, code, opened, end Opened");
    let mut run = challenge(plan(&SECRET));
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, ask marks");
    run.gives(marks("123"), "code, opened, end Opened");
    let mut run = challenge(given(&SECRET, "129"));
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, end NoBallot");
}

#[test]
fn marks_given_beforehand_are_sent_without_a_word_and_unasked_ones_are_shown() {
    for world in [&OPEN, &SECRET] {
        Run::sent(world, given(world, "123"));
        let mut run = Run::connected(world, Plan { unasked: true, ..plan(world) });
        run.gives(Input::Asked(Why::First), "ask marks");
        run.gives(marks("123"), "review 123, keep, send");
    }
}

/// The server, not the pen, judges the marks of an open ballot; there is no secret ballot of marks that do not fit, and no
/// entry that is too long or needs escapes.
#[test]
fn there_is_no_ballot_of_some_marks() {
    let mut run = Run::connected(&SECRET, given(&SECRET, "999"));
    run.gives(Input::Asked(Why::First), "hang up, end NoBallot");
    Run::sent(&OPEN, given(&OPEN, "999"));
    for bad in ["1\"2", "1\\2", &"1".repeat(100_000)] {
        let mut run = Run::connected(&OPEN, given(&OPEN, bad));
        run.gives(Input::Asked(Why::First), "hang up, end NoBallot");
        assert!(run.stored.is_none());
    }
}

/// A booth decides first and takes a place at the server only then.
#[test]
fn the_decision_may_come_before_the_session() {
    let mut run = Run::new(&SECRET, Plan { first: First::Decision, ..plan(&SECRET) });
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, read");
    run.gives(Input::Pending(None), "ask marks");
    run.gives(marks("123"), "review 123, ask cast or challenge");
    run.gives(CAST, "keep, connect");
    run.gives(Input::Lost(Loss::Busy), "connect");
    run.gives(Input::Asked(Why::First), "send");
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
}
