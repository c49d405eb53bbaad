//! The board: which entry is taken when. The rows on replays, order and closing.

use veche_election::{
    Act, Hash, Phase, Refusal, Revote, Secrecy, Signatory, Subtrees,
    board::{AppendError, ControlRefusal},
    entry::{CheckedControl, ControlLink, EntryError, Position},
    log::Head,
    manifest::TIME_MAX,
};

use crate::fixture::{Log, NOW, World, finished, reason, seal, text, unsigned};

const FIRST: Position = Position::FIRST;

fn refused(refusal: Refusal) -> Result<u64, AppendError> {
    Err(AppendError::Ballot(refusal))
}

fn refused_act(refusal: ControlRefusal) -> Result<u64, AppendError> {
    Err(AppendError::Control(refusal))
}

/// A log in each phase.
fn phases<'a>(world: &'a World) -> [(Phase, Log<'a>); 7] {
    let (new, open) = (Log::new(world), Log::open(world));
    let after = |log: &Log<'a>, act: Act| {
        let mut log = log.clone();
        log.act(act);
        log
    };
    let (setup, paused) = (after(&new, Act::Setup), after(&open, Act::Pause { reason: reason() }));
    let (closed, cancelled) = (after(&open, Act::Closing), after(&open, Act::Cancel { reason: reason() }));
    let hash = closed.board.result().unwrap().hash();
    let finished = after(&closed, Act::Result { hash });
    [
        (Phase::New, new),
        (Phase::Setup, setup),
        (Phase::Open, open),
        (Phase::Paused, paused),
        (Phase::Closed, closed),
        (Phase::Finished, finished),
        (Phase::Cancelled, cancelled),
    ]
}

#[test]
fn row_11_an_older_ballot_after_a_newer_one_is_refused() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    let older = world.ballot(0, FIRST, "111");
    log.offer(&older).unwrap();
    let newer = log.vote(0, "555");
    assert_eq!(log.offer(&older), refused(Refusal::Stale { last: Some(newer) }));
    let again = log.entries[newer as usize].clone();
    assert_eq!(log.offer(&again), refused(Refusal::Stale { last: Some(newer) }));
    assert_eq!(log.board.tally().histograms().unwrap()[0][0].levels, [0, 0, 0, 0, 0, 1]);
    // Whoever asks about either learns where it stands, and is not counted twice.
    assert_eq!(log.board.known(&world.check_ballot(&older).leaf()), Some(2));
    assert_eq!(log.board.known(&world.check_ballot(&again).leaf()), Some(newer));
    assert_eq!(log.board.known(&Hash::ZERO), None);
}

#[test]
fn row_11_a_ballot_of_an_earlier_election_is_refused() {
    let (world, earlier) = (World::small(1), World::small(2));
    let old = earlier.ballot(0, FIRST, "45*");
    earlier.check_ballot(&old);
    assert!(matches!(world.refusal(&old), EntryError::Election));
    // With the new id the old signature fails; signed anew, the old credential is nobody's.
    let renamed = unsigned(&old).replacen(&earlier.election.id().to_string(), &world.election.id().to_string(), 1);
    let with_old_signature = text(&old).replacen(unsigned(&old), &renamed, 1);
    assert!(matches!(world.refusal(with_old_signature.as_bytes()), EntryError::Signature(_)));
    let mut log = Log::open(&world);
    let signed = seal("veche-entry-2", &renamed, &earlier.key(0).0);
    assert_eq!(log.offer(&signed), refused(Refusal::UnknownCredential));
    log.vote(0, "45*");
}

#[test]
fn row_12_a_withheld_ballot_cannot_be_slipped_in() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    // Two ballots are made on one device and held back, one after the other ...
    let first = world.ballot(0, FIRST, "111");
    let second = world.ballot(0, Position { seq: 2, prev: world.check_ballot(&first).leaf() }, "222");
    // ... and a third is cast on another.
    let cast = log.vote(0, "555");
    for withheld in [&first, &second] {
        assert_eq!(log.offer(withheld), refused(Refusal::Stale { last: Some(cast) }));
    }
    // Nor do they fit when the voter votes again: neither `seq` alone nor `prev` alone suffices.
    let cast = log.vote(0, "444");
    let prev = log.position(0).prev;
    for at in [
        Position { seq: 2, prev },
        Position { seq: 4, prev },
        Position { seq: 3, prev: Hash::ZERO },
        Position { seq: 3, prev: world.check_ballot(&first).leaf() },
        FIRST,
    ] {
        assert_eq!(log.offer(&world.ballot(0, at, "333")), refused(Refusal::Stale { last: Some(cast) }), "{at:?}");
    }
    log.offer(&world.ballot(0, Position { seq: 3, prev }, "333")).unwrap();
}

#[test]
fn row_12_of_two_ballots_at_once_exactly_one_is_last() {
    let world = World::small(1);
    for (winner, loser) in [("111", "555"), ("555", "111")] {
        let mut log = Log::open(&world);
        let index = log.offer(&world.ballot(0, FIRST, winner)).unwrap();
        assert_eq!(log.offer(&world.ballot(0, FIRST, loser)), refused(Refusal::Stale { last: Some(index) }));
        // Another voter is not touched by the race.
        log.offer(&world.ballot(1, FIRST, loser)).unwrap();
        assert_eq!(log.board.tally().ballots, 2);
    }
}

#[test]
fn row_12_where_no_second_vote_is_allowed_the_first_stays() {
    let world = World::with(|draft| draft.revote = Revote::Never);
    let mut log = Log::open(&world);
    let index = log.vote(0, "111");
    for marks in ["111", "555"] {
        for at in [FIRST, log.position(0)] {
            assert_eq!(log.offer(&world.ballot(0, at, marks)), refused(Refusal::AlreadyVoted { last: index }));
        }
    }
    // A new card gives no second vote.
    log.replace(0, 9);
    assert_eq!(log.offer(&world.ballot(9, log.position(9), "555")), refused(Refusal::AlreadyVoted { last: index }));
    log.vote(1, "555");
}

#[test]
fn row_16_there_are_never_more_ballots_than_credentials() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    for marks in ["111", "222", "333"] {
        (0..3).for_each(|voter| _ = log.vote(voter, marks));
    }
    log.replace(0, 9);
    log.vote(9, "444");
    let tally = log.board.tally();
    assert_eq!((tally.ballots, tally.weight), (3, 4));
    assert_eq!(
        tally.histograms().unwrap()[0][0].levels,
        [0, 0, 0, 3, 1, 0],
        "the new card has replaced the old card's ballot"
    );
}

#[test]
fn row_16_a_credential_comes_in_only_for_another_and_only_from_the_organiser() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    let key = |i: usize| world.key(i).public();
    let replace = |old, new| Act::Replace { old: key(old), new: key(new), reason: reason() };
    assert_eq!(
        log.offer_act(NOW, Signatory::Organiser, replace(7, 9)),
        refused_act(ControlRefusal::UnknownCredential),
        "for nobody"
    );
    for known in [0, 1] {
        let refusal = log.offer_act(NOW, Signatory::Organiser, replace(0, known));
        assert_eq!(refusal, refused_act(ControlRefusal::KnownCredential), "two places for one credential");
    }
    assert_eq!(log.offer_act(NOW, Signatory::Board, replace(0, 9)), refused_act(ControlRefusal::Signatory));
    log.act(replace(0, 9));
    assert_eq!(log.offer(&world.ballot(0, FIRST, "555")), refused(Refusal::ReplacedCredential));
    assert_eq!(log.board.current_credential(&key(0)), Some(key(9)));
    let again = log.offer_act(NOW, Signatory::Organiser, replace(0, 10));
    assert_eq!(again, refused_act(ControlRefusal::UnknownCredential), "a card that is no longer in force");
    let back = log.offer_act(NOW, Signatory::Organiser, replace(9, 0));
    assert_eq!(back, refused_act(ControlRefusal::KnownCredential), "a lost card does not come back");
    log.act(replace(9, 10));
    assert_eq!(log.board.current_credential(&key(0)), Some(key(10)));
    log.offer(&world.ballot(10, FIRST, "555")).unwrap();
    assert!(log.board.has_voted(&key(0)) && log.board.has_voted(&key(10)) && !log.board.has_voted(&key(1)));
}

#[test]
fn row_18_ballots_are_taken_in_an_open_election_only() {
    let world = World::small(1);
    for (phase, mut log) in phases(&world) {
        assert_eq!(log.board.phase(), phase);
        let expected = match phase {
            Phase::New | Phase::Setup | Phase::Paused => refused(Refusal::NotOpen),
            Phase::Open => Ok(2),
            Phase::Closed | Phase::Summed | Phase::Finished | Phase::Cancelled => refused(Refusal::Closed),
        };
        assert_eq!(log.offer(&world.ballot(0, FIRST, "45*")), expected, "{phase:?}");
        assert_eq!(phase.shows_entries(Secrecy::Open), matches!(phase, Phase::Closed | Phase::Finished));
        assert_eq!(phase.is_over(), matches!(phase, Phase::Closed | Phase::Finished | Phase::Cancelled));
    }
}

#[test]
fn row_18_the_closing_entry_decides() {
    let world = World::small(1);
    let (mut before, mut after) = (Log::open(&world), Log::open(&world));
    let ballot = world.ballot(0, FIRST, "45*");
    before.offer(&ballot).unwrap();
    before.act(Act::Closing);
    after.act(Act::Closing);
    assert_eq!(after.offer(&ballot), refused(Refusal::Closed));
    assert_eq!((before.board.tally().ballots, after.board.tally().ballots), (1, 0));
}

#[test]
fn row_18_the_board_opens_and_closes_at_the_announced_times_and_no_earlier() {
    let world = World::with(|draft| (draft.opens, draft.closes) = (Some(NOW), Some(NOW + 100)));
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    let board = |log: &mut Log<'_>, at, act| log.offer_act(at, Signatory::Board, act).map(|_| ());
    let early = Err(AppendError::Control(ControlRefusal::Signatory));
    assert_eq!(board(&mut log, NOW - 1, Act::Opening), early);
    assert_eq!(board(&mut log, NOW, Act::Opening), Ok(()));
    assert_eq!(board(&mut log, NOW + 99, Act::Closing), early);
    // An extension moves the time, for good.
    let extend = |closes| Act::Extend { closes, late: false, reason: reason() };
    for closes in [NOW + 1, NOW + 99, NOW + 100] {
        let refusal = log.offer_act(NOW, Signatory::Organiser, extend(closes));
        assert_eq!(refusal, refused_act(ControlRefusal::Closes), "{closes}");
    }
    log.act(extend(NOW + 200));
    assert_eq!(log.board.closes(), Some(NOW + 200));
    assert_eq!(board(&mut log, NOW + 199, Act::Closing), early);
    // A clock set back does no harm: the order is the log's.
    log.offer_act(5, Signatory::Organiser, Act::Pause { reason: reason() }).unwrap();
    assert_eq!(board(&mut log, NOW + 200, Act::Closing), Ok(()));
}

#[test]
fn row_18_without_announced_times_only_the_organiser_opens_and_closes() {
    let world = World::small(1);
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    assert_eq!(log.offer_act(TIME_MAX, Signatory::Board, Act::Opening), refused_act(ControlRefusal::Signatory));
    log.act(Act::Opening);
    assert_eq!(log.offer_act(TIME_MAX, Signatory::Board, Act::Closing), refused_act(ControlRefusal::Signatory));
    let extend = Act::Extend { closes: TIME_MAX, late: false, reason: reason() };
    assert_eq!(log.offer_act(NOW, Signatory::Organiser, extend), refused_act(ControlRefusal::Closes));
    log.act(Act::Closing);
}

/// Whoever extends an election that was over may have seen who had voted: it says so itself, and is told.
#[test]
fn row_77_an_extension_after_the_closing_time_says_that_it_is_late_and_no_other_does() {
    let world = World::with(|draft| draft.closes = Some(NOW + 100));
    let mut log = Log::open(&world);
    log.vote(0, "45*");
    log.vote(1, "0*5");
    log.vote(0, "543");
    let offer = |at, closes, late| {
        let mut log = log.clone();
        let extend = Act::Extend { closes, late, reason: reason() };
        let taken = log.offer_act(at, Signatory::Organiser, extend).map(|_| ());
        (taken, log.board.late_extensions().to_vec())
    };
    let wrong = Err(AppendError::Control(ControlRefusal::Late));
    assert_eq!(offer(NOW + 99, NOW + 200, false), (Ok(()), vec![]));
    assert_eq!(offer(NOW + 99, NOW + 200, true), (wrong, vec![]));
    assert_eq!(offer(NOW + 100, NOW + 200, false), (wrong, vec![]));
    for (at, minutes) in [(NOW + 100, 0), (NOW + 101, 1), (NOW + 160, 1), (NOW + 161, 2)] {
        let (taken, told) = offer(at, NOW + 200, true);
        assert_eq!(taken, Ok(()));
        let [told] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((told.seconds, told.minutes(), told.ballots), (at - NOW - 100, minutes, 2));
        let noun = if minutes == 1 { "minute" } else { "minutes" };
        let text = format!("extended {minutes} {noun} after its closing time, with 2 ballots in");
        assert!(told.to_string().ends_with(&text), "{told}");
    }
    assert_eq!(Act::Extend { closes: 9, late: false, reason: reason() }.signed_at(7, Some(7)).name(), "extend");
}

/// From setup, opening and extension on, a closing time that is in force is still to come.
#[test]
fn row_65_no_act_leaves_a_closing_time_in_force_that_has_come_already() {
    let world = World::with(|draft| draft.closes = Some(NOW + 100));
    let past = |at| Err(AppendError::Control(ControlRefusal::ClosesPast { closes: NOW + 100, at }));
    let organiser = |log: &mut Log<'_>, at, act| log.offer_act(at, Signatory::Organiser, act).map(|_| ());
    for late in [NOW + 100, NOW + 500] {
        let mut log = Log::new(&world);
        assert_eq!(organiser(&mut log, late, Act::Setup), past(late));
        assert_eq!(organiser(&mut log, NOW + 99, Act::Setup), Ok(()));
        assert_eq!(organiser(&mut log, late, Act::Opening), past(late));
        let extend = |closes| Act::Extend { closes, late: true, reason: reason() };
        let refused = organiser(&mut log, NOW + 600, extend(NOW + 600));
        assert_eq!(refused, Err(AppendError::Control(ControlRefusal::ClosesPast { closes: NOW + 600, at: NOW + 600 })));
        assert_eq!(organiser(&mut log, NOW + 599, extend(NOW + 600)), Ok(()));
        assert_eq!(organiser(&mut log, late, Act::Opening), Ok(()));
        // Others may come at any time: the log closes by its own entry.
        assert_eq!(organiser(&mut log, NOW + 999, Act::Pause { reason: reason() }), Ok(()));
    }
}

#[test]
fn row_40_no_result_before_closing_and_none_but_the_true_one() {
    let world = World::small(1);
    for (phase, mut log) in phases(&world) {
        let hash = log.board.result().unwrap().hash();
        let expected = match phase {
            Phase::Closed => Ok(3),
            phase => refused_act(ControlRefusal::Phase { act: "result", phase }),
        };
        if phase == Phase::Closed {
            let wrong = log.offer_act(NOW, Signatory::Board, Act::Result { hash: Hash::ZERO });
            assert_eq!(wrong, refused_act(ControlRefusal::Result));
            let organiser = log.offer_act(NOW, Signatory::Organiser, Act::Result { hash });
            assert_eq!(organiser, refused_act(ControlRefusal::Signatory));
        }
        assert_eq!(log.offer_act(NOW, Signatory::Board, Act::Result { hash }), expected, "{phase:?}");
    }
    // The result of an earlier moment is not the result.
    let mut log = Log::open(&world);
    let early = log.board.result().unwrap().hash();
    log.vote(0, "45*");
    log.act(Act::Closing);
    let refusal = log.offer_act(NOW, Signatory::Board, Act::Result { hash: early });
    assert_eq!(refusal, refused_act(ControlRefusal::Result));
    log.act(Act::Result { hash: log.board.result().unwrap().hash() });
}

/// The table of `docs/spec/entry.md` section 6: every act in every phase by either signatory.
#[test]
fn every_act_in_every_phase() {
    use Phase::{Cancelled, Closed, Finished, New, Open, Paused, Setup};
    let world = World::with(|draft| (draft.opens, draft.closes) = (Some(NOW - 1), Some(NOW + 1)));
    let same = |from: &[Phase]| from.iter().map(|phase| (*phase, *phase)).collect::<Vec<_>>();
    let live = [Setup, Open, Paused];
    let replace = Act::Replace { old: world.key(0).public(), new: world.key(9).public(), reason: reason() };
    for (phase, log) in phases(&world) {
        let hash = log.board.result().unwrap().hash();
        // act, who may sign (organiser, board), from which phase to which
        let table = [
            (Act::Setup, true, false, vec![(New, Setup)]),
            (Act::Opening, true, true, vec![(Setup, Open)]),
            (Act::Pause { reason: reason() }, true, false, vec![(Open, Paused)]),
            (Act::Resume { reason: reason() }, true, false, vec![(Paused, Open)]),
            (Act::Extend { closes: NOW + 2, late: true, reason: reason() }, true, false, same(&live)),
            (replace.clone(), true, false, same(&live)),
            (Act::Cancel { reason: reason() }, true, false, live.map(|phase| (phase, Cancelled)).to_vec()),
            (Act::Closing, true, true, vec![(Open, Closed), (Paused, Closed)]),
            (Act::Result { hash }, false, true, vec![(Closed, Finished)]),
        ];
        for (act, organiser, board, steps) in table {
            let step = steps.iter().find(|(from, _)| *from == phase);
            for (by, may) in [(Signatory::Organiser, organiser), (Signatory::Board, board)] {
                let mut log = log.clone();
                let name = act.name();
                // Before the closing time what must come before it, all else when it has come.
                let at = if matches!(act, Act::Setup | Act::Opening) { NOW } else { NOW + 1 };
                let got = log.offer_act(at, by, act.clone()).map(|_| log.board.phase());
                let expected = match step {
                    Some((_, to)) if may => Ok(*to),
                    Some(_) => Err(AppendError::Control(ControlRefusal::Signatory)),
                    None => Err(AppendError::Control(ControlRefusal::Phase { act: name, phase })),
                };
                assert_eq!(got, expected, "{name} by {by:?} in {phase:?}");
            }
        }
    }
}

#[test]
fn control_entries_are_a_chain() {
    let world = World::small(1);
    let log = Log::open(&world);
    let link = log.board.link();
    assert_eq!(link.n, 3);
    let admit = |link| {
        let bytes = world.control(link, NOW, Signatory::Organiser, Act::Pause { reason: reason() });
        log.board.admit_control(&CheckedControl::check(&bytes, &world.election).unwrap())
    };
    assert_eq!(admit(link), Ok(()));
    let refusal = Err(ControlRefusal::Link { expected: 3 });
    assert_eq!(admit(ControlLink { n: 2, ..link }), refusal);
    assert_eq!(admit(ControlLink { n: 4, ..link }), refusal);
    assert_eq!(admit(ControlLink { prev: Hash::ZERO, ..link }), refusal);
    assert_eq!(admit(ControlLink::FIRST), refusal);
    // Ballots between them do not matter to the chain.
    let mut with_ballots = log.clone();
    with_ballots.vote(0, "45*");
    let after = with_ballots.board.link();
    assert_eq!((after.n, after.prev), (link.n, link.prev));
}

/// Of two logs that differ in one ballot, an act that was signed for one is no act in the other.
#[test]
fn row_46_an_act_counts_only_in_the_log_that_its_signer_saw() {
    let world = World::small(1);
    let mut first = Log::open(&world);
    first.vote(0, "45*");
    let mut second = first.clone();
    first.vote(1, "111");
    second.vote(1, "555");
    for act in [
        Act::Pause { reason: reason() },
        Act::Cancel { reason: reason() },
        Act::Extend { closes: NOW, late: false, reason: reason() },
        Act::Closing,
    ] {
        let bytes = world.control(first.board.link(), NOW, Signatory::Organiser, act);
        assert_eq!(second.clone().offer(&bytes), refused_act(ControlRefusal::OtherLog { seen: 4 }));
    }
    let closing = world.control(first.board.link(), NOW, Signatory::Organiser, Act::Closing);
    assert_eq!(first.offer(&closing), Ok(4));
    assert_eq!(first.board.unseen(), []);
}

/// One closing, byte for byte, ends two logs that differ behind what its signer saw: what is remembered of a closed log is
/// the log, not the closing.
#[test]
fn row_46_two_logs_with_one_closing_are_two_closed_logs() {
    let world = World::small(1);
    let mut first = Log::open(&world);
    let mut second = first.clone();
    let closing = world.control(first.board.link(), NOW, Signatory::Organiser, Act::Closing);
    assert_eq!(first.board.closed_log(), None);
    first.vote(0, "45*");
    second.vote(0, "111");
    for log in [&mut first, &mut second] {
        log.offer(&closing).unwrap();
        let Head { size, root } = log.board.closed_log().unwrap();
        assert_eq!(Some(root), log.board.tree().root_at(size));
        assert_eq!(size, log.board.size(), "the closing is the last of it");
    }
    assert_ne!(first.board.closed_log(), second.board.closed_log());
    assert_eq!(first.board.closed_log(), first.clone().board.closed_log());
}

#[test]
fn row_46_an_act_names_a_state_of_the_log_from_the_act_before_on() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    log.vote(0, "45*");
    log.act(Act::Pause { reason: reason() });
    log.act(Act::Resume { reason: reason() });
    log.vote(1, "45*");
    log.vote(2, "45*");
    let link = log.board.link();
    let close = |seen| {
        let bytes = world.control(ControlLink { seen, ..link }, NOW, Signatory::Organiser, Act::Closing);
        let mut log = log.clone();
        log.offer(&bytes).map(|_| log.board.unseen().iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let state = |size| Head { size, root: log.board.tree().root_at(size).unwrap() };
    for size in 0..=4 {
        let seen = refused_act(ControlRefusal::Seen { seen: size, least: 5, size: 7 });
        assert_eq!(close(state(size)).map(|_| 0), seen, "without the act before it");
    }
    for size in [8, 1 << 40, u64::MAX] {
        let seen = refused_act(ControlRefusal::Seen { seen: size, least: 5, size: 7 });
        assert_eq!(close(Head { size, ..state(7) }).map(|_| 0), seen, "entries that nobody has seen yet");
    }
    for size in 5..=7 {
        let other = refused_act(ControlRefusal::OtherLog { seen: size });
        assert_eq!(close(Head { size, root: state(size - 1).root }).map(|_| 0), other);
        // Ballots that came while the act was on its way hinder nobody, and everybody is told of them.
        let told = close(state(size)).unwrap();
        let stand = if size == 6 { "1 entry stands" } else { "2 entries stand" };
        let expected = format!("entry 7, closing: {stand} before it that its signer had not seen");
        assert_eq!(told, if size < 7 { vec![expected] } else { Vec::new() });
    }
}

#[test]
fn row_66_before_the_closing_no_weight_tells_who_has_voted() {
    let (unequal, equal) = (
        World::small(1),
        World::from(crate::world::World::new(&[2, 2, 2], |draft| {
            draft.contests = vec![crate::fixture::small_contest()];
        })),
    );
    let told = |log: &Log<'_>| (log.board.tally().ballots, log.board.told_weight());
    for (world, before, after) in [(&unequal, None, Some(3)), (&equal, Some(4), Some(4))] {
        let mut log = Log::open(world);
        log.vote(0, "45*");
        log.vote(2, "45*");
        assert_eq!(told(&log), (2, before));
        log.act(Act::Pause { reason: reason() });
        assert_eq!(told(&log), (2, before));
        let mut cancelled = log.clone();
        cancelled.act(Act::Cancel { reason: reason() });
        assert_eq!(told(&cancelled), (2, before), "who has voted in a cancelled election is never told");
        log.act(Act::Closing);
        assert_eq!(told(&log), (2, after));
        log.act(Act::Result { hash: log.board.result().unwrap().hash() });
        assert_eq!(told(&log), (2, after));
    }
}

#[test]
fn a_board_is_what_its_log_says() {
    let world = World::small(1);
    let log = finished(&world);
    let mut again = Log::new(&world);
    log.entries.iter().for_each(|entry| _ = again.offer(entry).unwrap());
    assert_eq!(again.board.result(), log.board.result());
    assert_eq!((again.board.size(), again.board.phase()), (log.entries.len() as u64, Phase::Finished));
    assert_eq!(again.board.link(), log.board.link());
}
