//! Candidates who are withdrawn: no place, no seat, no ticket; their marks stay in what the others are measured by.

use veche_election::{
    Act, ContestKind, Signatory,
    board::{AppendError, ControlRefusal},
    entry::{CheckedControl, EntryError},
    result::{Fraction, Reason, Status, Withdrawn},
    rules::{Method, Quota, Threshold, TieStep},
};

use crate::fixture::{Log, NOW, World, contest, reason, small_contest};

/// One contest of Анна, Борис and Вера.
fn world(change: impl FnOnce(&mut veche_election::Contest)) -> World {
    World::with(|draft| {
        let mut contest = small_contest();
        change(&mut contest);
        draft.lot = contest.rule.has_lot().then(|| "a die".into());
        draft.contests = vec![contest];
    })
}

fn withdraw(candidate: &str) -> Act {
    Act::Withdraw { contest: 1, candidate: candidate.into(), reason: reason() }
}

#[test]
fn a_candidate_is_withdrawn_once_and_for_good_and_never_none_of_them() {
    let world = world(|contest| contest.rule.none = Some("Вера".into()));
    let mut log = Log::open(&world);
    let in_contest = |contest| Act::Withdraw { contest, candidate: "Анна".into(), reason: reason() };
    for act in [withdraw("Вера"), withdraw("Глеб"), withdraw(""), in_contest(0), in_contest(2)] {
        let bytes = world.control(log.board.link(), NOW, Signatory::Organiser, act.clone());
        let checked = CheckedControl::check(&bytes, &world.election);
        assert!(matches!(checked, Err(EntryError::Candidate)), "{act:?}");
    }
    log.act(withdraw("Анна"));
    let again = log.offer_act(NOW, Signatory::Organiser, withdraw("Анна"));
    assert_eq!(again, Err(AppendError::Control(ControlRefusal::Withdrawn)));
    let board = log.offer_act(NOW, Signatory::Board, withdraw("Борис"));
    assert_eq!(board, Err(AppendError::Control(ControlRefusal::Signatory)));
    log.act(Act::Closing);
    assert!(log.offer_act(NOW, Signatory::Organiser, withdraw("Борис")).is_err(), "after the closing");
}

#[test]
fn the_numbers_of_all_stay_what_they_were() {
    let world = world(|_| ());
    let mut log = Log::open(&world);
    log.vote(0, "543");
    log.vote(1, "55*");
    let before = log.board.result().unwrap();
    log.act(withdraw("Анна"));
    let after = log.board.result().unwrap();
    let [anna, boris, vera] = after.contests[0].candidates.as_slice() else { panic!() };
    assert_eq!((anna.status, anna.place), (Status::Withdrawn, None));
    assert_eq!((boris.status, boris.place, vera.place), (Status::Winner, Some(1), Some(2)));
    assert_eq!(after.contests[0].withdrawn, [Withdrawn { candidate: "Анна".into(), ballots: 2 }]);
    for (before, after) in before.contests[0].candidates.iter().zip(&after.contests[0].candidates) {
        assert_eq!((before.score, before.sum, before.raters), (after.score, after.sum, after.raters), "{}", after.name);
    }
    assert_eq!((before.ballots, before.weight), (after.ballots, after.weight));
    assert!(!String::from_utf8(before.to_bytes()).unwrap().contains("withdrawn"), "written only where somebody was");
}

#[test]
fn a_vote_for_who_is_withdrawn_stays_in_the_share_of_others() {
    // Weights 1, 1, 2: Анна gets 2 of 4, Борис 2 of 4.
    let world = World::with(|draft| {
        let mut contest = contest(&["Анна", "Борис"], &["0", "1"], true);
        contest.kind = ContestKind::Single;
        contest.rule.method = Method::Mean;
        contest.rule.turnout = Quota::parse("3/4");
        contest.rule.pass = Threshold::parse(">1/2");
        draft.contests = vec![contest];
    });
    let mut log = Log::open(&world);
    log.vote(0, "10");
    log.vote(1, "10");
    log.vote(2, "01");
    log.act(withdraw("Анна"));
    let result = log.board.result().unwrap();
    let boris = &result.contests[0].candidates[1];
    assert_eq!((boris.status, boris.score), (Status::BelowThreshold, Fraction::new(1, 2)));
    assert_eq!(result.contests[0].reason, Some(Reason::BelowThreshold), "the votes for Анна are still votes");
    log.act(withdraw("Борис"));
    assert_eq!(log.board.result().unwrap().contests[0].reason, Some(Reason::Withdrawn));
}

#[test]
fn no_lot_is_drawn_for_who_is_withdrawn() {
    let world = world(|contest| contest.rule.ties = vec![TieStep::Lot]);
    let mut log = Log::open(&world);
    log.vote(0, "550");
    let mut tied = log.clone();
    log.act(withdraw("Анна"));
    log.act(Act::Closing);
    assert!(!log.board.awaits_lot(), "nothing is left to decide");
    let result = log.board.result().unwrap();
    assert_eq!((result.contests[0].winners.clone(), result.contests[0].ties.len()), (vec!["Борис".to_owned()], 0));
    tied.act(Act::Closing);
    assert!(tied.board.awaits_lot(), "without the act there is");
}
