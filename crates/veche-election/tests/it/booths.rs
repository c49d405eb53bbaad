//! Acts that name booths: a chain of their own, which no other act waits for.

use veche_election::{
    Act, Hash, Signatory,
    board::{AppendError, BOOTHS_MAX, ControlRefusal as R},
    entry::ControlLink,
    log::Head,
};

use crate::fixture::{Log, NOW, World, reason};

fn booth(which: u8) -> Act {
    Act::Booth { hash: Hash([which; 32]) }
}

/// Offered at this place, by the board.
fn offer(log: &mut Log<'_>, link: ControlLink, act: Act) -> Result<u64, AppendError> {
    let entry = log.world.control(link, NOW, Signatory::Board, act);
    log.offer(&entry)
}

fn name(log: &mut Log<'_>, which: u8) -> Result<u64, AppendError> {
    let link = log.board.booth_link();
    offer(log, link, booth(which))
}

#[test]
fn a_booth_is_named_beside_the_chain_of_the_other_acts() {
    let world = World::small(1);
    let mut log = Log::new(&world);
    let phase =
        |log: &mut Log<'_>, which| matches!(name(log, which), Err(AppendError::Control(R::Phase { act: "booth", .. })));
    assert!(phase(&mut log, 1), "before setup");
    log.act(Act::Setup);
    name(&mut log, 1).unwrap();
    log.act(Act::Opening);
    log.vote(0, "543");
    // Signed by the organiser before the board names another booth, and good behind it.
    let pause = world.control(log.board.link(), NOW, Signatory::Organiser, Act::Pause { reason: reason() });
    name(&mut log, 2).unwrap();
    log.offer(&pause).unwrap();
    name(&mut log, 3).unwrap();
    let named: Vec<(u64, u8)> = log.board.booths().iter().map(|booth| (booth.index, booth.hash.0[0])).collect();
    assert_eq!(named, [(1, 1), (4, 2), (6, 3)]);
    assert_eq!(log.board.unseen().len(), 1, "the pause stands behind an entry that its signer had not seen");
    assert!(!log.board.is_booth_unnamed(&Hash([2; 32])) && log.board.is_booth_unnamed(&Hash([9; 32])));
    log.act(Act::Closing);
    assert!(phase(&mut log, 9) && !log.board.is_booth_unnamed(&Hash([9; 32])), "after the closing");
}

#[test]
fn only_the_board_names_a_booth_once_and_with_the_whole_log_before_its_eyes() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    name(&mut log, 1).unwrap();
    let link = log.board.booth_link();
    let organiser = world.control(link, NOW, Signatory::Organiser, booth(2));
    assert_eq!(log.offer(&organiser), Err(AppendError::Control(R::Signatory)));
    let mut refused = |link, act| match offer(&mut log, link, act) {
        Err(AppendError::Control(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(link, booth(1)), R::KnownBooth);
    for wrong in [
        ControlLink { n: 1, prev: ControlLink::FIRST.prev, ..link },
        ControlLink { n: 3, ..link },
        ControlLink { prev: ControlLink::FIRST.prev, ..link },
    ] {
        assert_eq!(refused(wrong, booth(2)), R::Link { expected: 2 });
    }
    let size = link.seen.size;
    assert_eq!(refused(ControlLink { seen: Head::EMPTY, ..link }, booth(2)), R::Seen { seen: 0, least: size, size });
    let other = Head { size, root: Hash([7; 32]) };
    assert_eq!(refused(ControlLink { seen: other, ..link }, booth(2)), R::OtherLog { seen: size });
    name(&mut log, 2).unwrap();
}

#[test]
fn a_log_names_no_more_booths_than_it_may() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    let most = u8::try_from(BOOTHS_MAX).unwrap();
    for which in 1..=most {
        name(&mut log, which).unwrap();
    }
    assert_eq!(name(&mut log, most + 1), Err(AppendError::Control(R::Booths { max: BOOTHS_MAX })));
    log.vote(0, "543");
}
