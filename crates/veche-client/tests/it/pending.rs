//! A ballot that was sent and got no answer: asked for first, as the same bytes, or left alone.

use veche_client::casting::{Input, Loss, Plan};
use veche_session::{
    Code,
    voter::{Outcome, Why},
};

use crate::{
    run::{KEPT, NO, Run, YES, given, last_no, no, plan},
    world::{OPEN, SECRET, World},
};

/// What is left of a vote with these marks whose connection broke.
fn left(world: &'static World, plan: Plan) -> (String, String) {
    let mut run = Run::sent(world, plan);
    run.gives(Input::Lost(Loss::Final), "end Lost");
    (run.stored.unwrap(), run.sent[0].clone())
}

/// The next run, which finds it.
fn finds(world: &'static World, plan: Plan, stored: &str, expected: &str) -> Run {
    let mut run = Run::new(world, plan);
    run.stored = Some(stored.to_owned());
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, read");
    run.gives(Input::Pending(Some(stored.to_owned())), expected);
    run
}

#[test]
fn the_same_ballot_given_again_is_asked_for_as_the_same_bytes() {
    for (world, told) in [(&OPEN, "pending 123"), (&SECRET, "pending code")] {
        let (stored, entry) = left(world, given(world, "123"));
        let mut run = finds(world, given(world, "123"), &stored, &format!("{told}, connect"));
        run.gives(Input::Asked(Why::First), "send");
        assert_eq!(run.sent, [entry]);
        run.gives(run.yes(true), "recorded");
        run.gives(KEPT, "forget, end Recorded");
        let mut run = finds(world, given(world, "123"), &stored, &format!("{told}, connect"));
        run.gives(Input::Asked(Why::First), "send");
        run.gives(run.yes(false), "recorded, replaced");
        run.gives(KEPT, "forget, end Recorded");
    }
}

/// A recorded ballot's bytes bring its receipt again: they go when that is kept, and stay where it is not.
#[test]
fn what_is_stored_of_a_recorded_ballot_goes_behind_its_receipt() {
    for (world, told) in [(&OPEN, "pending 123"), (&SECRET, "pending code")] {
        let mut run = Run::sent(world, given(world, "123"));
        run.gives(run.yes(true), "recorded");
        let stored = run.stored.clone().expect("the receipt is not kept yet");
        run.gives(Input::Kept(false), "end NotKept");
        assert_eq!(run.stored.as_ref(), Some(&stored));
        let mut again = finds(world, given(world, "123"), &stored, &format!("{told}, connect"));
        again.gives(Input::Asked(Why::First), "send");
        again.gives(again.yes(true), "recorded");
        assert!(again.stored.is_some());
        again.gives(KEPT, "forget, end Recorded");
        assert_eq!((&run.sent, again.stored), (&again.sent, None));
        // Nobody says so of a receipt that is not there.
        let mut early = Run::sent(world, given(world, "123"));
        early.refuses(KEPT);
        assert!(early.stored.is_some());
    }
}

/// It is not the same vote: the old entry waits no longer once the new one is stored.
#[test]
fn another_ballot_that_is_given_goes_before_it() {
    for world in [&OPEN, &SECRET] {
        let (stored, entry) = left(world, given(world, "123"));
        let mut run = finds(world, given(world, "321"), &stored, "connect");
        run.gives(Input::Asked(Why::First), "keep, send");
        assert_ne!(run.sent, [entry]);
    }
}

#[test]
fn who_is_there_is_asked_and_may_leave_it() {
    let (stored, entry) = left(&SECRET, given(&SECRET, "123"));
    let mut run = finds(&SECRET, plan(&SECRET), &stored, "pending code, ask send again");
    run.gives(YES, "connect");
    run.gives(Input::Asked(Why::First), "send");
    assert_eq!(run.sent, [entry]);
    let mut run = finds(&SECRET, plan(&SECRET), &stored, "pending code, ask send again");
    run.gives(NO, "connect");
    run.gives(Input::Asked(Why::First), "ask marks");
    let unasked = Plan { unasked: true, ..plan(&SECRET) };
    finds(&SECRET, unasked, &stored, "pending code, connect");
}

/// An old card's ballot would prove nothing with the new card; what is no entry, or was changed, is not sent at all.
#[test]
fn what_this_card_did_not_sign_is_left_alone() {
    let (stored, _) = left(&OPEN, given(&OPEN, "123"));
    let other_card = Plan { card: Some(OPEN.card(7)), ..given(&OPEN, "123") };
    let mut run = Run::new(&OPEN, other_card);
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "card of 7, contests, read");
    run.gives(Input::Pending(Some(stored.clone())), "connect");
    for wrong in ["", "{}", &stored.replace("123", "124")] {
        finds(&OPEN, given(&OPEN, "123"), wrong, "connect");
    }
}

/// A secret ballot is known again by the card alone: with another card's tag, or none, it is another ballot.
#[test]
fn the_marks_of_a_stored_secret_ballot_are_known_by_its_tag() {
    let (stored, entry) = left(&SECRET, given(&SECRET, "123"));
    let (_, tag) = stored.split_once('\n').unwrap();
    assert!(!stored.contains("123\n") && tag.len() == 43, "{tag}: a hash and nothing of the marks");
    let (other, _) = left(&SECRET, given(&SECRET, "321"));
    let (_, other_tag) = other.split_once('\n').unwrap();
    for wrong in [format!("{entry}\n{other_tag}"), format!("{entry}\n"), entry.clone()] {
        finds(&SECRET, given(&SECRET, "123"), &wrong, "connect");
    }
}

/// «busy» and «not-authorised» leave open whether it is recorded: it is kept, and the vote ends. After every other «нет» it
/// is gone for good, and the vote goes on.
#[test]
fn a_no_to_the_stored_ballot_ends_the_vote_or_goes_on_to_a_new_one() {
    let (stored, _) = left(&OPEN, given(&OPEN, "123"));
    for code in [Code::Busy, Code::NotAuthorised] {
        for (refusal, expected) in [(last_no(code), "end Refused"), (no(code), "hang up, end Refused")] {
            let mut run = finds(&OPEN, given(&OPEN, "123"), &stored, "pending 123, connect");
            run.gives(Input::Asked(Why::First), "send");
            run.gives(refusal, expected);
            assert_eq!(run.stored.as_ref(), Some(&stored), "{code:?}");
        }
    }
    for code in [Code::Stale, Code::AlreadyVoted, Code::NotOpen, Code::Closed, Code::BadEntry, Code::BadMarks] {
        for (refusal, expected) in [(last_no(code), "set aside, connect"), (no(code), "hang up, set aside, connect")] {
            let mut run = finds(&OPEN, given(&OPEN, "123"), &stored, "pending 123, connect");
            run.gives(Input::Asked(Why::First), "send");
            run.gives(refusal, expected);
            assert!(run.stored.is_none(), "{code:?}");
            run.gives(Input::Asked(Why::First), "keep, send");
        }
    }
}

#[test]
fn a_session_that_brings_no_answer_leaves_it_where_it_is() {
    let (stored, _) = left(&OPEN, given(&OPEN, "123"));
    let ends = [
        (Input::Lost(Loss::Broken), "end Lost"),
        (Input::Lost(Loss::Busy), "end Lost"),
        (Input::Ended(Outcome::NotOnRoll), "end NotOnRoll"),
    ];
    for (input, expected) in ends {
        let mut run = finds(&OPEN, given(&OPEN, "123"), &stored, "pending 123, connect");
        run.gives(input, expected);
        assert_eq!(run.stored.as_ref(), Some(&stored));
    }
}
