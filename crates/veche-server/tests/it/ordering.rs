//! The order of entries: seq and prev, re-votes, closing, and receipts that stay the same.

use std::sync::atomic::Ordering;

use veche_election::{Act, Phase, Refusal, Revote, entry::Position};
use veche_server::sequencer::{ControlError, Decision};

use crate::fixture::{World, after, index};

#[tokio::test(flavor = "multi_thread")]
async fn ballots_are_committed_in_groups_and_every_receipt_verifies() {
    let world = World::new(200, |_| ());
    let (sequencer, _task, store) = world.open().await;
    let before = store.appends.load(Ordering::Relaxed);
    let mut casts = tokio::task::JoinSet::new();
    for voter in 0..200 {
        let (sequencer, ballot) = (sequencer.clone(), world.first(voter, "12*"));
        casts.spawn(async move { sequencer.ballot(ballot).await });
    }
    let mut places: Vec<u64> = casts.join_all().await.into_iter().map(index).collect();
    places.sort_unstable();
    assert_eq!(places, (2..202).collect::<Vec<u64>>(), "each ballot has a place of its own");
    for place in places {
        let receipt = sequencer.receipt(place).await.unwrap();
        assert_eq!(receipt.check(&world.election, &crate::fixture::WEIGHTS).unwrap().index(), place);
    }
    let appends = store.appends.load(Ordering::Relaxed) - before;
    println!("200 ballots in {appends} transactions");
    assert!(appends < 150, "{appends} transactions for 200 ballots: no groups");
    assert_eq!(sequencer.published().ballots, 200);
}

/// Group commit: however many come while the disk works, they cost it one transaction more.
#[tokio::test]
async fn what_comes_while_a_batch_is_made_durable_is_one_batch() {
    let world = World::new(200, |_| ());
    let (sequencer, _task, store) = world.open().await;
    let before = store.appends.load(Ordering::Relaxed);
    let slow = store.slow.lock().await;
    let mut casts = tokio::task::JoinSet::new();
    let mut cast = |voter| {
        let (sequencer, ballot) = (sequencer.clone(), world.first(voter, "12*"));
        casts.spawn(async move { sequencer.ballot(ballot).await });
    };
    cast(0);
    while store.appends.load(Ordering::Relaxed) == before {
        tokio::task::yield_now().await;
    }
    (1..200).for_each(&mut cast);
    while sequencer.waiting().0 < 199 {
        tokio::task::yield_now().await;
    }
    drop(slow);
    assert_eq!(casts.join_all().await.into_iter().map(index).max(), Some(201));
    assert_eq!(store.appends.load(Ordering::Relaxed) - before, 2, "the first, and the 199 that waited for it");
}

#[tokio::test]
async fn a_batch_waits_a_little_for_ballots_that_are_on_their_way() {
    let world = World::new(2, |_| ());
    let (sequencer, _task, store) = world.open().await;
    let cast = |voter| {
        let (sequencer, ballot) = (sequencer.clone(), world.first(voter, "12*"));
        tokio::spawn(async move { sequencer.ballot(ballot).await })
    };
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let asks = asked.clone();
    sequencer.gather_while(move || {
        asks.store(true, Ordering::Relaxed);
        true
    });
    let before = store.appends.load(Ordering::Relaxed);
    let first = cast(0);
    while !asked.load(Ordering::Relaxed) {
        tokio::task::yield_now().await;
    }
    let second = cast(1);
    assert_eq!((index(first.await.unwrap()), index(second.await.unwrap())), (2, 3), "nobody waits for ever");
    assert_eq!(store.appends.load(Ordering::Relaxed) - before, 1);
}

/// Row 11: the same entry again is the same receipt, never a second ballot; an older one never comes back.
#[tokio::test]
async fn row_11_the_same_entry_again_gets_the_same_receipt_and_counts_once() {
    let world = World::new(3, |_| ());
    let (sequencer, ..) = world.open().await;
    let first = world.first(0, "555");
    let place = index(sequencer.ballot(first.clone()).await);
    let receipt = sequencer.receipt(place).await.unwrap();
    index(sequencer.ballot(world.first(1, "111")).await);
    assert_eq!(sequencer.ballot(first.clone()).await, Decision::Recorded { index: place, current: true });
    let second = world.ballot(0, after(&first), "000");
    index(sequencer.ballot(second).await);
    assert_eq!(sequencer.ballot(first.clone()).await, Decision::Recorded { index: place, current: false });
    assert_eq!(sequencer.receipt(place).await.unwrap(), receipt, "byte for byte");
    world.act(&sequencer, Act::Closing).await.unwrap();
    assert_eq!(sequencer.ballot(first).await, Decision::Recorded { index: place, current: false }, "after closing too");
    let sums: Vec<i64> =
        sequencer.published().result.clone().unwrap().contests[0].candidates.iter().map(|c| c.sum).collect();
    assert_eq!(sums, [1, 1, 1]);
}

/// Row 12: a ballot held back and slipped in later never wins; of two at once exactly one is last.
#[tokio::test]
async fn row_12_a_ballot_held_back_can_never_win() {
    let world = World::new(2, |_| ());
    let (sequencer, ..) = world.open().await;
    let held_back = world.first(0, "000");
    let newer = world.first(0, "555");
    let place = index(sequencer.ballot(newer.clone()).await);
    let stale = Decision::Refused(Refusal::Stale { last: Some(place) });
    assert_eq!(sequencer.ballot(held_back.clone()).await, stale);
    let third = world.ballot(0, after(&newer), "444");
    let also_held_back = world.ballot(0, after(&newer), "000");
    let place = index(sequencer.ballot(third).await);
    let stale = Decision::Refused(Refusal::Stale { last: Some(place) });
    assert_eq!(sequencer.ballot(also_held_back).await, stale);
    let wrong_seq = world.ballot(0, Position { seq: 7, prev: newer.leaf() }, "000");
    assert_eq!(sequencer.ballot(wrong_seq).await, stale);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_of_two_sessions_of_one_voter_at_once_exactly_one_is_recorded() {
    let world = World::new(1, |_| ());
    let (sequencer, ..) = world.open().await;
    let mut last = Position::FIRST;
    for round in 0..20 {
        let rivals: Vec<_> = ["000", "555", "123", "***"].iter().map(|marks| world.ballot(0, last, marks)).collect();
        let (a, b, c, d) = tokio::join!(
            sequencer.ballot(rivals[0].clone()),
            sequencer.ballot(rivals[1].clone()),
            sequencer.ballot(rivals[2].clone()),
            sequencer.ballot(rivals[3].clone()),
        );
        let recorded: Vec<usize> = [a, b, c, d]
            .iter()
            .enumerate()
            .filter(|(_, decision)| matches!(decision, Decision::Recorded { .. }))
            .map(|(i, _)| i)
            .collect();
        let [winner] = recorded.as_slice() else { panic!("round {round}: {recorded:?}") };
        last = after(&rivals[*winner]);
        assert_eq!(sequencer.published().ballots, 1);
    }
}

#[tokio::test]
async fn with_revote_never_the_first_ballot_stands() {
    let world = World::new(1, |draft| draft.revote = Revote::Never);
    let (sequencer, ..) = world.open().await;
    let first = world.first(0, "555");
    let place = index(sequencer.ballot(first.clone()).await);
    let second = world.ballot(0, after(&first), "000");
    assert_eq!(sequencer.ballot(second).await, Decision::Refused(Refusal::AlreadyVoted { last: place }));
    assert_eq!(index(sequencer.ballot(first).await), place, "asking for the first again is not a second vote");
}

/// Row 18: before opening, after closing, exactly at closing; the log decides, not the clock.
#[tokio::test]
async fn row_18_opening_and_closing_entries_decide_and_a_clock_set_back_changes_nothing() {
    let world = World::new(4, |draft| (draft.opens, draft.closes) = (Some(2_000), Some(3_000)));
    let (sequencer, ..) = world.start().await.unwrap();
    world.act(&sequencer, Act::Setup).await.unwrap();
    assert_eq!(sequencer.ballot(world.first(0, "555")).await, Decision::Refused(Refusal::NotOpen));
    world.clocks.pass_until(1_999);
    world.confirm(&sequencer).await;
    assert_eq!(sequencer.ballot(world.first(0, "555")).await, Decision::Refused(Refusal::NotOpen), "not yet for good");
    world.clocks.pass(10);
    index(sequencer.ballot(world.first(0, "555")).await);
    world.clocks.pass_until(2_999);
    index(sequencer.ballot(world.first(1, "555")).await);
    world.clocks.pass(1);
    assert_eq!(sequencer.ballot(world.first(2, "555")).await, Decision::Refused(Refusal::Closed));
    assert_eq!(sequencer.published().phase, Phase::Open, "the entry comes when it is sure");
    world.confirm(&sequencer).await;
    world.clocks.set_wall(2_500);
    assert_eq!(sequencer.ballot(world.first(3, "555")).await, Decision::Refused(Refusal::Closed));
    assert_eq!(sequencer.published().phase, Phase::Finished);
    assert_eq!(sequencer.published().ballots, 2);
}

/// Row 40: no result before the closing entry, and none that is not in the log.
#[tokio::test]
async fn row_40_there_is_no_result_before_closing() {
    let world = World::new(2, |_| ());
    let (sequencer, ..) = world.open().await;
    index(sequencer.ballot(world.first(0, "543")).await);
    assert!(sequencer.published().result.is_none());
    world.act(&sequencer, Act::Pause { reason: "a break".into() }).await.unwrap();
    assert!(sequencer.published().result.is_none());
    world.act(&sequencer, Act::Closing).await.unwrap();
    let (result, size) = (sequencer.published().result.clone().unwrap(), sequencer.published().size);
    let entry = veche_server::store::Store::read(&**sequencer.store(), size - 1, 1).await.unwrap().remove(0);
    let last = String::from_utf8(entry.bytes).unwrap();
    assert!(last.contains(&result.hash().to_string()), "the last entry carries the result's hash: {last}");
}

#[tokio::test]
async fn acts_out_of_place_are_refused_and_leave_no_entry() {
    let world = World::new(2, |_| ());
    let (sequencer, ..) = world.open().await;
    let size = sequencer.published().size;
    let reason = || "r".to_owned();
    for act in [
        Act::Setup,
        Act::Opening,
        Act::Resume { reason: reason() },
        Act::Extend { closes: 5_000, late: false, reason: reason() },
        Act::Replace { old: world.organiser.public(), new: world.board_key.public(), reason: reason() },
        Act::Replace { old: world.voters[0].public(), new: world.voters[1].public(), reason: reason() },
        Act::Result { hash: veche_election::Hash::ZERO },
    ] {
        let refused = world.act(&sequencer, act.clone()).await;
        assert!(matches!(refused, Err(ControlError::Refused(_))), "{act:?}");
    }
    assert_eq!(sequencer.published().size, size);
}

/// Row 16: a replaced card votes no more; the new one takes its place, and there is one ballot for it.
#[tokio::test]
async fn row_16_a_replaced_card_is_void_and_the_place_has_one_ballot() {
    let world = World::new(2, |_| ());
    let (sequencer, ..) = world.open().await;
    let first = world.first(0, "000");
    let place = index(sequencer.ballot(first.clone()).await);
    let new = veche_election::CredentialSecret::from_random([99; 16]).key(world.election.draft_id());
    let old = world.voters[0].public();
    world.act(&sequencer, Act::Replace { old, new: new.public(), reason: "lost".into() }).await.unwrap();
    assert_eq!(sequencer.published().credential_in_force(old), new.public());
    let with_old = world.ballot(0, after(&first), "555");
    assert_eq!(sequencer.ballot(with_old).await, Decision::Refused(Refusal::ReplacedCredential));
    let by_new = |at| {
        let bytes = veche_election::BallotEntry::sign(world.election.id(), &new, at, vec!["333".into()]);
        veche_election::entry::CheckedBallot::check(&bytes, &world.election, &crate::fixture::WEIGHTS).unwrap()
    };
    let stale = Decision::Refused(Refusal::Stale { last: Some(place) });
    assert_eq!(sequencer.ballot(by_new(Position::FIRST)).await, stale);
    index(sequencer.ballot(by_new(after(&first))).await);
    assert_eq!(sequencer.published().ballots, 1);
}
