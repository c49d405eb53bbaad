//! The fault table of a commit: whatever the storage does, nothing acknowledged is lost and nothing counts twice.

use veche_server::sequencer::Decision;

use crate::fixture::{Fault, World, index, stop};

/// For each fault: the answer is "busy", the same entry again is recorded once, and a restart sees the same log.
#[tokio::test]
async fn after_every_fault_the_same_entry_is_recorded_exactly_once() {
    for fault in [Fault::Before, Fault::After, Fault::Full, Fault::Gone] {
        let world = World::new(3, |_| ());
        let running = world.open().await;
        let (sequencer, store) = (running.0.clone(), running.2.clone());
        index(sequencer.ballot(world.first(0, "111")).await);
        store.fail_next(fault);
        assert_eq!(sequencer.ballot(world.first(1, "222")).await, Decision::Busy, "{fault:?}");
        if fault == Fault::Gone {
            assert_eq!(sequencer.ballot(world.first(1, "222")).await, Decision::Busy, "still gone");
            store.come_back();
        }
        let place = index(again(&sequencer, || world.first(1, "222")).await);
        let receipt = sequencer.receipt(place).await.unwrap();
        receipt.check(&world.election, &crate::fixture::WEIGHTS).unwrap();
        index(sequencer.ballot(world.first(2, "333")).await);
        let (size, checkpoint) = (sequencer.published().size, sequencer.published().checkpoint.clone());
        assert_eq!((size, sequencer.published().ballots), (5, 3), "{fault:?}: each ballot once");
        drop((sequencer, store));
        stop(running).await;
        let (sequencer, ..) = world.start().await.unwrap();
        assert_eq!(sequencer.published().checkpoint, checkpoint, "{fault:?}: the log did not fork");
        assert_eq!(sequencer.receipt(place).await.unwrap(), receipt, "{fault:?}: the receipt still holds");
    }
}

/// A voter's client asks again; one of the first few tries must find the storage settled.
async fn again(
    sequencer: &veche_server::Sequencer<crate::fixture::Faulty>,
    ballot: impl Fn() -> veche_election::entry::CheckedBallot,
) -> Decision {
    for _ in 0..5 {
        let decision = sequencer.ballot(ballot()).await;
        if decision != Decision::Busy {
            return decision;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    Decision::Busy
}

/// Without the checkpoint beside the database no receipt goes out; what is durable is found later.
#[tokio::test]
async fn no_answer_before_the_checkpoint_file_is_written() {
    let world = World::new(2, |_| ());
    let (sequencer, ..) = world.open().await;
    let file = world.checkpoint_file();
    std::fs::remove_file(&file).unwrap();
    // A folder in the file's place: writing fails whoever we are.
    std::fs::create_dir_all(file.join("in-the-way")).unwrap();
    assert_eq!(sequencer.ballot(world.first(0, "111")).await, Decision::Busy);
    assert_eq!(sequencer.ballot(world.first(0, "111")).await, Decision::Busy);
    std::fs::remove_dir_all(&file).unwrap();
    assert_eq!(index(again(&sequencer, || world.first(0, "111")).await), 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), sequencer.published().checkpoint);
    assert_eq!(sequencer.published().ballots, 1);
}

/// A real full disk: "busy" while it is full, recorded when there is room, without a restart.
#[tokio::test]
async fn a_full_database_recovers_when_there_is_room() {
    let world = World::new(40, |_| ());
    let (sequencer, _task, store) = world.open().await;
    store.inner.limit_pages(7).await.unwrap();
    let mut refused = Vec::new();
    for voter in 0..40 {
        match sequencer.ballot(world.first(voter, "12*")).await {
            Decision::Busy => refused.push(voter),
            decision => drop(index(decision)),
        }
    }
    assert!(!refused.is_empty(), "the limit was never reached");
    for voter in refused {
        index(again(&sequencer, || world.first(voter, "12*")).await);
    }
    assert_eq!((sequencer.published().ballots, sequencer.published().size), (40, 42));
    assert!(sequencer.is_well());
}
