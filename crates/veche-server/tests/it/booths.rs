//! The booth that is served is named in the log: once, whatever the disk and the clock do.

use veche_election::Hash;

use crate::fixture::{Fault, World, index, stop};

const CLOSES: u64 = 10_000;

#[tokio::test]
async fn a_booth_is_named_once_and_again_after_a_disk_that_failed() {
    let world = World::new(2, |_| ());
    let running = world.open().await;
    let (sequencer, store) = (running.0.clone(), running.2.clone());
    let named = || sequencer.published().named_booths.iter().map(|booth| booth.hash).collect::<Vec<_>>();
    let (one, two) = (Hash([1; 32]), Hash([2; 32]));
    sequencer.serves(one).await;
    sequencer.serves(one).await;
    assert_eq!((sequencer.published().size, named()), (3, vec![one]));
    store.fail_next(Fault::Before);
    sequencer.serves(two).await;
    assert_eq!(named(), [one]);
    world.look(&sequencer).await;
    assert_eq!((sequencer.published().size, named()), (4, vec![one, two]));
    assert_eq!(sequencer.published().booths.len(), 2);
    index(sequencer.ballot(world.first(0, "111")).await);
    drop((sequencer, store));
    stop(running).await;
    let (sequencer, ..) = world.start().await.unwrap();
    sequencer.serves(one).await;
    assert_eq!(sequencer.published().size, 5, "the log names it, whoever has put it there");
}

/// Its time is the server's alone, and nothing is held to be past by it.
#[tokio::test]
async fn a_booth_that_was_named_by_a_wrong_clock_keeps_no_ballot_out() {
    let world = World::new(2, |draft| draft.closes = Some(CLOSES));
    stop(world.open().await).await;
    world.clocks.set_wall(CLOSES + 3_600);
    let running = world.start().await.unwrap();
    running.0.serves(Hash([1; 32])).await;
    assert_eq!(running.0.published().named_booths.len(), 1);
    stop(running).await;
    world.clocks.set_right();
    let (sequencer, ..) = world.start().await.unwrap();
    index(sequencer.ballot(world.first(0, "111")).await);
}
