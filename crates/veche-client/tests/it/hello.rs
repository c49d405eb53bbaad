//! Hello before marks: who has voted, comes too early or too late, or holds a replaced card hears so before being asked.

use veche_client::casting::{End, First, Input, Loss, Plan};
use veche_election::{BallotEntry, Phase, entry::Position};
use veche_session::{
    Code,
    voter::{Greeting, Outcome, Refused, Why},
};

use crate::{
    run::{CAST, KEPT, NO, NUMBER, Run, YES, given, last_no, marks, no, plan},
    world::{NEVER, OPEN, SECRET, WEIGHTED, World},
};

fn greets(plan: Plan) -> Plan {
    Plan { hello: true, ..plan }
}

/// Up to the hello.
fn said(world: &'static World, plan: Plan) -> Run {
    let mut run = Run::new(world, greets(plan));
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, read");
    run.gives(Input::Pending(None), "greet");
    run
}

fn answer(phase: Phase) -> Greeting {
    let (opens, closes) = (Some(1_795_610_000), Some(1_795_700_000));
    Greeting { phase, opens, closes, weight: 1, last: None, checkpoint: None }
}

fn told(greeting: Greeting) -> Input {
    Input::Ended(Outcome::Greeted(Box::new(greeting)))
}

/// The voter has cast this entry.
fn voted(world: &World, entry: &str) -> Input {
    told(Greeting { last: Some(world.last(entry, 2)), ..answer(Phase::Open) })
}

fn earlier(world: &World) -> String {
    let credential = world.credential(NUMBER);
    let entry = BallotEntry::sign(world.election.id(), &credential, Position::FIRST, vec!["555".into()]);
    entry.as_str().to_owned()
}

#[test]
fn who_has_not_voted_goes_on_as_without_hello() {
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(told(answer(Phase::Open)), "connect");
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("12*"), "review 12*, ask cast");
    run.gives(YES, "keep, send");
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
    let mut run = said(&SECRET, Plan { first: First::Decision, ..plan(&SECRET) });
    run.gives(told(answer(Phase::Open)), "ask marks");
}

#[test]
fn who_has_voted_hears_so_before_marks_and_the_new_ballot_takes_its_place_at_once() {
    let last = earlier(&OPEN);
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(voted(&OPEN, &last), "voted 2, ask again");
    run.gives(YES, "connect");
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast");
    run.gives(YES, "keep, send");
    assert_eq!((run.place(0).seq, run.place(0).prev), (2, OPEN.receipt(&last, 0).1.ballot().leaf()));
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(voted(&OPEN, &last), "voted 2, ask again");
    run.gives(NO, "end NothingReplaced");
    let mut run = said(&OPEN, Plan { unasked: true, ..plan(&OPEN) });
    run.gives(voted(&OPEN, &last), "voted 2, connect");
}

#[test]
fn where_weights_differ_every_voter_hears_what_the_ballot_counts_before_marking() {
    let weighs = |last| told(Greeting { weight: 3, last, ..answer(Phase::Open) });
    let mut run = said(&WEIGHTED, Plan { first: First::Decision, ..plan(&WEIGHTED) });
    run.gives(weighs(None), "weighs 3, ask marks");
    let sent = Run::sent(&WEIGHTED, given(&WEIGHTED, "555")).sent.remove(0);
    let mut run = said(&WEIGHTED, Plan { first: First::Decision, ..plan(&WEIGHTED) });
    run.gives(weighs(Some(WEIGHTED.last(&sent, 2))), "weighs 3, voted 2, ask again");
}

/// A secret ballot has its place from the beginning: its code is shown once.
#[test]
fn a_secret_ballot_behind_another_is_shown_once() {
    let first = Run::sent(&SECRET, given(&SECRET, "555")).sent.remove(0);
    let mut run = said(&SECRET, Plan { first: First::Decision, ..plan(&SECRET) });
    run.gives(voted(&SECRET, &first), "voted 2, ask again");
    run.gives(YES, "ask marks");
    run.gives(marks("123"), "review 123, ask cast or challenge");
    run.gives(CAST, "keep, connect");
    run.gives(Input::Asked(Why::First), "send");
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
    assert_eq!(run.shown, [run.ballot(0).code()]);
}

#[test]
fn who_may_not_vote_again_is_asked_for_nothing() {
    let mut run = said(&NEVER, plan(&NEVER));
    run.gives(voted(&NEVER, &earlier(&NEVER)), "end VotedAlready");
    let mut run = said(&NEVER, plan(&NEVER));
    run.gives(told(answer(Phase::Open)), "connect");
}

#[test]
fn who_comes_too_early_or_too_late_is_asked_for_nothing_and_hears_when() {
    let phases =
        [Phase::New, Phase::Setup, Phase::Paused, Phase::Closed, Phase::Summed, Phase::Finished, Phase::Cancelled];
    for phase in phases {
        let mut run = said(&OPEN, plan(&OPEN));
        run.gives(told(answer(phase)), "end NotTaken");
        let Some(End::NotTaken { phase: told, opens, last: None }) = &run.end else { panic!("{:?}", run.end) };
        assert_eq!((*told, *opens), (phase, Some(1_795_610_000)));
    }
}

#[test]
fn a_card_that_proves_nothing_ends_the_vote_before_marks() {
    for left in [0, 2] {
        let mut run = said(&OPEN, plan(&OPEN));
        let refused = Refused { code: Code::NotAuthorised, left, last: None };
        run.gives(Input::Ended(Outcome::Refused(refused)), "end Refused");
    }
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(Input::Ended(Outcome::NotOnRoll), "end NotOnRoll");
}

/// A hello is never needed: a server that cannot answer it may take a ballot. One that lies gets none.
#[test]
fn without_an_answer_the_vote_goes_on_and_with_a_false_one_it_ends() {
    for lost in [Input::Lost(Loss::Broken), Input::Lost(Loss::Busy), last_no(Code::Busy)] {
        let mut run = said(&OPEN, plan(&OPEN));
        run.gives(lost, "connect");
        run.gives(Input::Asked(Why::First), "ask marks");
    }
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(Input::Lost(Loss::Final), "end Lost");
}

/// `last: null` never says that an entry was not recorded: what got no answer goes first all the same.
#[test]
fn what_got_no_answer_goes_before_any_hello() {
    let mut left = Run::sent(&OPEN, given(&OPEN, "123"));
    left.gives(Input::Lost(Loss::Final), "end Lost");
    let stored = left.stored.unwrap();
    let mut run = Run::new(&OPEN, greets(plan(&OPEN)));
    run.stored = Some(stored.clone());
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "contests, read");
    run.gives(Input::Pending(Some(stored)), "pending 123, ask send again");
    run.gives(YES, "connect");
    run.gives(Input::Asked(Why::First), "send");
    assert_eq!(run.sent, left.sent);
    run.gives(no(Code::Stale), "hang up, set aside, greet");
    run.gives(told(answer(Phase::Open)), "connect");
}

#[test]
fn a_hello_answers_no_session_and_a_session_no_hello() {
    let mut run = said(&OPEN, plan(&OPEN));
    run.refuses(Input::Asked(Why::First));
    let mut run = said(&OPEN, plan(&OPEN));
    run.gives(told(answer(Phase::Open)), "connect");
    run.refuses(told(answer(Phase::Open)));
}
