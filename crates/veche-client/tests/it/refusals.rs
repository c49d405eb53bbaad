//! Every «нет»: what it means for the next try, and whether the stored ballot is kept.

use veche_client::casting::{End, Input, Plan};
use veche_election::{BallotEntry, entry::Position};
use veche_session::{Code, voter::Why};

use crate::{
    run::{CAST, KEPT, NO, NUMBER, Run, YES, given, last_no, marks, no, plan, stale},
    world::{OPEN, SECRET, World},
};

const CODES: [Code; 11] = [
    Code::NotAuthorised,
    Code::BadEntry,
    Code::BadMarks,
    Code::BadProof,
    Code::BadSignature,
    Code::Stale,
    Code::AlreadyVoted,
    Code::Struck,
    Code::NotOpen,
    Code::Closed,
    Code::Busy,
];

/// The entry may stand in the log after «busy» (nobody can say) and «not-authorised» (the card was replaced since).
fn is_kept(code: Code) -> bool {
    matches!(code, Code::Busy | Code::NotAuthorised)
}

/// Of a right ballot, where nothing proves that another stands in the log: a server that lies may record it yet.
fn put_away(code: Code) -> &'static str {
    if is_kept(code) { "" } else { "set aside, " }
}

#[test]
fn after_a_no_the_stored_ballot_is_kept_where_it_may_be_recorded_and_set_aside_else() {
    for code in CODES {
        let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
        run.gives(last_no(code), &format!("{}end Refused", put_away(code)));
        assert_eq!(run.stored.is_some(), is_kept(code), "{code:?}");
    }
    for code in CODES.into_iter().filter(|code| !matches!(code, Code::Stale | Code::BadMarks)) {
        let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
        let put_away = put_away(code);
        run.gives(no(code), &format!("{put_away}нет {}, hang up, end Refused", code.name()));
        assert_eq!(run.stored.is_some(), is_kept(code), "{code:?}");
    }
}

#[test]
fn bad_marks_are_asked_again_or_explained_or_the_servers_lie() {
    let mut run = Run::sent(&OPEN, given(&OPEN, "1299"));
    run.gives(no(Code::BadMarks), "forget, нет bad-marks, hang up, end Refused");
    assert!(matches!(run.end, Some(End::Refused { marks: Some(_), .. })), "what is wrong with them is told");
    for world in [&OPEN, &SECRET] {
        let mut run = Run::sent(world, given(world, "123"));
        run.gives(no(Code::BadMarks), "set aside, нет bad-marks, hang up, end RightMarksRefused");
    }
}

/// A ballot of this voter, signed with the card of `number`.
fn earlier(world: &World, number: u8) -> String {
    let credential = world.credential(number);
    let entry = BallotEntry::sign(world.election.id(), &credential, Position::FIRST, vec!["555".into()]);
    entry.as_str().to_owned()
}

#[test]
fn after_stale_an_open_ballot_follows_the_last_one() {
    let last = earlier(&OPEN, NUMBER);
    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(stale(&OPEN, &last), "set aside, нет stale, replaces 2, keep, send");
    assert_eq!(run.place(0), Position::FIRST);
    assert_eq!(run.place(1).seq, 2);
    assert_eq!(run.place(1).prev, OPEN.receipt(&last, 0).1.ballot().leaf());
    run.gives(run.yes(true), "recorded");
    run.gives(KEPT, "forget, end Recorded");
}

#[test]
fn who_is_asked_may_keep_the_earlier_ballot() {
    let mut run = Run::connected(&OPEN, plan(&OPEN));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast");
    run.gives(YES, "keep, send");
    run.gives(stale(&OPEN, &earlier(&OPEN, NUMBER)), "set aside, нет stale, replaces 2, ask replace");
    run.gives(NO, "hang up, end NothingReplaced");
    assert!(run.stored.is_none());
}

/// At another place a secret ballot has another code: nobody has seen it, so it is not cast unseen.
#[test]
fn after_stale_a_secret_ballot_is_shown_and_decided_again() {
    let mut first = Run::sent(&SECRET, given(&SECRET, "555"));
    first.gives(first.yes(true), "recorded");
    first.gives(KEPT, "forget, end Recorded");
    let last = first.sent[0].clone();

    let mut run = Run::connected(&SECRET, plan(&SECRET));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast or challenge");
    run.gives(CAST, "keep, send");
    run.gives(stale(&SECRET, &last), "forget, нет stale, replaces 2, ask replace");
    run.gives(YES, "review 123, ask cast or challenge");
    run.gives(CAST, "keep, send");
    assert_ne!(run.shown[0], run.shown[1]);
    assert_eq!(run.ballot(1).code(), run.shown[1], "what is cast is what was shown last");
    assert_eq!((run.place(1).seq, run.place(1).prev), (2, first.ballot(0).leaf()));

    let mut run = Run::connected(&SECRET, Plan { unasked: true, ..plan(&SECRET) });
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, keep, send");
    run.gives(stale(&SECRET, &last), "forget, нет stale, replaces 2, review 123, keep, send");
}

#[test]
fn stale_without_a_last_entry_begins_at_the_first_place_again() {
    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(no(Code::Stale), "set aside, нет stale, keep, send");
    assert_eq!(run.place(1), Position::FIRST);
}

/// A secret ballot of this number, cast with the card of another.
fn of_card_7() -> String {
    let mut run = Run::new(&SECRET, Plan { card: Some(SECRET.card(7)), ..given(&SECRET, "555") });
    run.gives(Input::Start, "fetch");
    run.gives(run.manifest(), "card of 7, contests, read");
    run.gives(Input::Pending(None), "connect");
    run.gives(Input::Asked(Why::First), "keep, send");
    run.sent.remove(0)
}

/// Another card's ballot at this number: the voter's own, if the card was replaced, or a stranger's. In an open election
/// nobody sees which card it was before the closing.
#[test]
fn a_ballot_of_another_card_is_replaced_only_by_who_says_so() {
    let last = of_card_7();
    let mut run = Run::sent(&SECRET, given(&SECRET, "123"));
    run.gives(stale(&SECRET, &last), "forget, нет stale, replaces 2, hang up, end NotThisCard");
    assert!(run.stored.is_none() && run.sent.len() == 1);

    let mut run = Run::sent(&SECRET, Plan { unasked: true, ..given(&SECRET, "123") });
    run.gives(stale(&SECRET, &last), "forget, нет stale, replaces 2, earlier card, keep, send");

    let mut run = Run::connected(&SECRET, plan(&SECRET));
    run.gives(Input::Asked(Why::First), "ask marks");
    run.gives(marks("123"), "review 123, ask cast or challenge");
    run.gives(CAST, "keep, send");
    run.gives(stale(&SECRET, &last), "forget, нет stale, replaces 2, earlier card, ask replace");
    run.gives(YES, "review 123, ask cast or challenge");

    let mut run = Run::sent(&OPEN, given(&OPEN, "123"));
    run.gives(stale(&OPEN, &earlier(&OPEN, 7)), "set aside, нет stale, replaces 2, keep, send");
}
