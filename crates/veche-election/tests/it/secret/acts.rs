//! Who may do what, and when.

use super::*;

/// The table of `docs/spec/entry.md` section 6 for a secret election: every act in every phase by every signatory.
#[test]
fn every_act_in_every_phase_of_a_secret_election() {
    use Phase::{Cancelled, Closed, Finished, New, Open, Paused, Setup, Summed};
    let world = secret_world(|draft| {
        draft.contests = vec![world::contest(&["0", "1"], 1)];
        (draft.opens, draft.closes) = (Some(NOW - 1), Some(NOW + 1));
    });
    let after = |log: &Log<'_>, act: Act| {
        let mut log = log.clone();
        log.act(act);
        log.entries
    };
    let again = |entries: Vec<Vec<u8>>| {
        let mut log = Log::new(&world);
        entries.iter().for_each(|entry| _ = log.offer(entry).unwrap());
        log
    };
    let mut setup = Log::new(&world);
    setup.act(Act::Setup);
    let open = open(&world);
    let paused = again(after(&open, Act::Pause { reason: reason() }));
    let cancelled = again(after(&open, Act::Cancel { reason: reason() }));
    let closed = again(after(&open, Act::Closing));
    let summed = again(after(&closed, sum(&closed)));
    let first = again(after(&summed, share(&summed, 1)));
    let opened = again(after(&first, share(&first, 2)));
    let finished = again(after(&opened, result(&opened)));
    let hash = opened.board.result().unwrap().hash();
    // What the trustees would say of the sum as it stands in the one log that goes on.
    let (third, sum) = (share(&summed, 3), sum(&closed));
    let phases = [
        (New, Log::new(&world)),
        (Setup, setup.clone()),
        (Open, open),
        (Paused, paused),
        (Closed, closed),
        (Summed, opened),
        (Finished, finished),
        (Cancelled, cancelled),
    ];
    let live = [Setup, Open, Paused];
    let same = |from: &[Phase]| from.iter().map(|phase| (*phase, *phase)).collect::<Vec<_>>();
    let replace = Act::Replace { old: world.key(0).public(), new: world.key(9).public(), reason: reason() };
    let table = [
        (Act::Setup, "o", vec![(New, Setup)]),
        (rehearsal(&world, 1), "t", vec![(Setup, Setup)]),
        (Act::Pause { reason: reason() }, "o", vec![(Open, Paused)]),
        (Act::Resume { reason: reason() }, "o", vec![(Paused, Open)]),
        (Act::Extend { closes: NOW + 2, late: true, reason: reason() }, "o", same(&live)),
        (replace, "o", same(&live)),
        (Act::Cancel { reason: reason() }, "o", live.map(|phase| (phase, Cancelled)).to_vec()),
        (Act::Closing, "ob", vec![(Open, Closed), (Paused, Closed)]),
        (sum, "b", vec![(Closed, Summed)]),
        (third, "t", vec![(Summed, Summed)]),
        (Act::Result { hash }, "b", vec![(Summed, Finished)]),
    ];
    for (phase, log) in phases {
        assert_eq!(log.board.phase(), phase);
        assert!(phase.shows_entries(Secrecy::Secret), "secret ballots may always be seen");
        for (act, may, steps) in &table {
            for (by, letter) in [(Signatory::Organiser, 'o'), (Signatory::Board, 'b'), (Signatory::Trustee, 't')] {
                if by == Signatory::Trustee && act.trustee().is_none() {
                    continue;
                }
                let mut log = log.clone();
                let name = act.name();
                let step = steps.iter().find(|(from, _)| *from == phase);
                // Before the closing time what must come before it, all else when it has come.
                let at = if matches!(act, Act::Setup | Act::Opening) { NOW } else { NOW + 1 };
                let got = log.offer_act(at, by, act.clone()).map(|_| log.board.phase());
                let expected = match step {
                    Some((_, to)) if may.contains(letter) => Ok(*to),
                    Some(_) => Err(AppendError::Control(ControlRefusal::Signatory)),
                    // The result of a secret election does not follow from its ballots.
                    None if name == "result" && phase == Closed && by == Signatory::Board => {
                        Err(AppendError::Control(ControlRefusal::Result))
                    }
                    None if name == "result" && phase == Closed => Err(AppendError::Control(ControlRefusal::Signatory)),
                    None => Err(AppendError::Control(ControlRefusal::Phase { act: name, phase })),
                };
                assert_eq!(got, expected, "{name} by {by:?} in {phase:?}");
            }
        }
    }
}

/// A share that is out cannot be called back, nor what somebody has worked out from it.
#[test]
fn row_47_nothing_cancels_an_election_whose_sum_is_published() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    close(&mut log);
    for shares in 0..=2 {
        let refusal = offer(&log, Act::Cancel { reason: reason() });
        assert_eq!(refusal, refused(ControlRefusal::Phase { act: "cancel", phase: Phase::Summed }), "{shares} shares");
        // What is left is an election without a result, and every check of it says so.
        let files = log.record();
        let failed = veche_election::record::verify(&files, &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap_err();
        let told = format!("summed, no result. Of the 2 shares that open the sum {shares} are there");
        assert!(failed.culprit.contains(&told), "{failed}");
        let so_far =
            veche_election::record::verify_so_far(&files, None, &crate::fixture::WEIGHTS, &mut |_, _| ()).unwrap();
        assert_eq!(so_far.board().phase(), Phase::Summed);
        let next = share(&log, shares + 1);
        log.act(next);
    }
}

#[test]
fn trustees_sign_for_themselves_and_nothing_else() {
    let world = tiny_world(1);
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    let sign = |by, act: Act, trustee: usize| {
        let key = world.trustees[trustee - 1].signing_key();
        let bytes = veche_election::ControlEntry::sign(world.election.id(), log.board.link(), NOW, by, act, &key);
        CheckedControl::check(&bytes, &world.election)
    };
    sign(Signatory::Trustee, rehearsal(&world, 1), 1).unwrap();
    let refused = sign(Signatory::Trustee, rehearsal(&world, 1), 2).unwrap_err();
    assert!(matches!(refused, EntryError::Signature(_)), "signed by another trustee");
    for act in
        [Act::Opening, Act::Closing, Act::Setup, Act::Cancel { reason: reason() }, Act::Result { hash: Hash::ZERO }]
    {
        assert!(matches!(sign(Signatory::Trustee, act.clone(), 1), Err(EntryError::Trustee)), "{}", act.name());
        let own = sign(Signatory::Organiser, act.clone(), 1);
        assert!(matches!(own, Err(EntryError::Signature(_))), "{} in the organiser's name", act.name());
    }
    // In an open election nobody is a trustee.
    let open = World::small(1);
    let bytes = veche_election::ControlEntry::sign(
        open.election.id(),
        Log::new(&open).board.link(),
        NOW,
        Signatory::Trustee,
        rehearsal(&world, 1),
        &world.trustees[0].signing_key(),
    );
    assert!(matches!(CheckedControl::check(&bytes, &open.election), Err(EntryError::Trustee)));
}

/// Whoever looks for the numbers elsewhere brings those of this sum, or nothing follows; and a log that goes on with its
/// result is read by everybody.
#[test]
fn numbers_of_another_sum_open_nothing_and_a_result_in_the_log_asks_for_its_own() {
    let world = secret_world(|draft| draft.contests = vec![world::contest(&["0", "1"], 1)]);
    let opened = |pauses: bool| {
        let mut log = open(&world);
        log.board.solve_elsewhere(0);
        if pauses {
            log.act(Act::Pause { reason: reason() });
            log.act(Act::Resume { reason: reason() });
        }
        log.act(Act::Closing);
        for next in [|log: &Log<'_>| sum(log), |log: &Log<'_>| share(log, 1), |log: &Log<'_>| share(log, 2)] {
            let act = next(&log);
            log.act(act);
        }
        log
    };
    let (mut log, other) = (opened(false), opened(true));
    assert!(log.board.result().is_none(), "nobody has looked");
    log.board.put_solved(&other.board.to_solve().unwrap().solve());
    assert!(log.board.result().is_none() && log.board.to_solve().is_some(), "of another sum");
    let mut read_again = log.clone();
    log.board.put_solved(&log.board.to_solve().unwrap().solve());
    assert!(log.board.to_solve().is_none());
    read_again.act(result(&log));
    assert_eq!(read_again.board.result().unwrap().hash(), log.board.result().unwrap().hash());
}
