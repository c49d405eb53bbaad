//! Sessions that break off, are refused for want of room, or end with an earlier ballot.

use veche_client::casting::{Input, Loss, RETRIES};
use veche_election::{Hash, entry::SEQ_MAX};
use veche_session::voter::{Outcome, Why};

use crate::{
    run::{BROKEN, CAST, KEPT, NO, Run, YES, given, marks, plan, stale},
    world::{OPEN, SECRET},
};

#[test]
fn the_very_same_entry_is_brought_again_after_a_broken_session_and_only_so_often() {
    for world in [&OPEN, &SECRET] {
        for loss in [Loss::Broken, Loss::Busy] {
            let mut run = Run::sent(world, given(world, "123"));
            for _ in 0..RETRIES {
                run.gives(Input::Lost(loss), "connect");
                run.gives(Input::Asked(Why::First), "send");
            }
            run.gives(Input::Lost(loss), "end Lost");
            assert!(run.sent.iter().all(|entry| *entry == run.sent[0]));
            assert!(run.stored.is_some(), "it may stand in the log: it is asked for the next time");
        }
    }
}

#[test]
fn nothing_is_tried_anew_before_the_voter_has_decided_or_where_it_gains_nothing() {
    for loss in [Loss::Broken, Loss::Busy, Loss::Final] {
        let mut run = Run::connected(&OPEN, given(&OPEN, "123"));
        run.gives(Input::Lost(loss), "end Lost");
    }
    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(Input::Lost(Loss::Final), "end Lost");
    assert!(run.stored.is_some());
}

/// The session may go while the voter thinks: at whatever question, what is decided is brought in another one.
#[test]
fn a_session_that_does_not_wait_for_the_voter_is_begun_again() {
    let mut run = Run::connected(&SECRET, plan(&SECRET));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(BROKEN, "");
    run.gives(marks("123"), "review 123, ask cast or challenge");
    run.gives(CAST, "keep, connect");
    run.gives(Input::Asked(Why::First), "send");

    let mut run = Run::connected(&OPEN, plan(&OPEN));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast");
    run.gives(BROKEN, "");
    run.gives(NO, "end NothingSent");

    let mut run = Run::connected(&OPEN, plan(&OPEN));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast");
    run.gives(YES, "keep, send");
    let earlier = run.sent[0].clone();
    run.gives(stale(&OPEN, &earlier), "set aside, нет stale, replaces own 2, ask replace");
    run.gives(BROKEN, "");
    run.gives(YES, "keep, connect");
    run.gives(Input::Asked(Why::First), "send");
    assert_eq!(run.place(1).seq, 2, "at the place that the lost session had told");
}

/// The same bytes as an earlier ballot that was replaced since: the voter returns to it with a new entry, once.
#[test]
fn to_return_to_an_earlier_ballot_takes_a_new_entry() {
    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    let first = run.sent[0].clone();
    run.gives(run.yes(false), "connect");
    run.gives(Input::Asked(Why::First), "keep, send");
    assert_eq!((run.place(1).seq, run.place(1).prev), (SEQ_MAX, Hash::ZERO), "a place that never fits");
    run.gives(stale(&OPEN, &first), "set aside, нет stale, replaces own 2, keep, send");
    assert_eq!((run.place(2).seq, run.place(2).prev), (2, run.ballot(0).leaf()));
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");

    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(run.yes(false), "connect");
    run.gives(Input::Lost(Loss::Busy), "connect");
    run.gives(Input::Asked(Why::First), "keep, send");
    // The question for the last ballot is recorded by nobody who is honest: nothing is known then of the voter's ballot.
    run.gives(run.yes(false), "end QuestionRecorded");
    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(run.yes(false), "connect");
    run.gives(Input::Asked(Why::First), "keep, send");
    run.gives(run.yes(true), "end QuestionRecorded");
}

#[test]
fn a_number_that_is_not_on_the_roll_ends_the_vote() {
    let mut run = Run::connected(&OPEN, given(&OPEN, "123"));
    run.gives(Input::Ended(Outcome::NotOnRoll), "end NotOnRoll");
}
