//! Who may come in, and who has to make room.

use std::{net::IpAddr, sync::Arc, time::Duration};

use veche_election::VoterNumber;
use veche_server::{
    limits::{Gate, Limits, Pass, Turned},
    standing::Lane,
};

fn gate(change: impl FnOnce(&mut Limits)) -> Arc<Gate> {
    let mut limits = Limits::default();
    change(&mut limits);
    Arc::new(Gate::new(limits))
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

fn number(number: u64) -> VoterNumber {
    VoterNumber::new(number).unwrap()
}

/// Has it been told to make room?
async fn is_evicted(pass: &Pass) -> bool {
    tokio::time::timeout(Duration::ZERO, pass.evicted()).await.is_ok()
}

fn proven(gate: &Arc<Gate>, from: u8, voter: u64) -> Pass {
    let pass = gate.enter(address(from)).unwrap();
    pass.claim(number(voter));
    pass.prove();
    pass
}

#[tokio::test]
async fn sessions_of_one_address_are_bounded_and_who_has_proven_nothing_makes_room() {
    let gate = gate(|limits| limits.sessions_per_address = 2);
    let first = gate.enter(address(1)).unwrap();
    let second = gate.enter(address(1)).unwrap();
    let third = gate.enter(address(1)).unwrap();
    assert_eq!((gate.sessions(), is_evicted(&first).await, is_evicted(&second).await), (2, true, false));
    for (pass, voter) in [(&second, 1), (&third, 2)] {
        pass.claim(number(voter));
        pass.prove();
    }
    assert_eq!(gate.enter(address(1)).unwrap_err(), Turned::Address, "voters with their cards shown do not");
    assert!(gate.enter(address(2)).is_ok());
    drop(third);
    assert!(gate.enter(address(1)).is_ok());
}

/// Row 17: who tries numbers one after the other is soon told nothing in time. Row 57: and nobody else is kept waiting.
#[test]
fn row_17_guesses_at_numbers_are_answered_at_a_pace() {
    let gate = gate(|limits| limits.unknown_per_address_per_minute = 3);
    for _ in 0..3 {
        assert_eq!(gate.guessed(address(1)), Some(Duration::ZERO));
    }
    assert_eq!(gate.guessed(address(1)), None, "one in twenty seconds is more than the patience of ten");
    assert_eq!(gate.guessed(address(2)), Some(Duration::ZERO), "others are answered on");
    assert!(gate.enter(address(1)).is_ok(), "and voters behind the same address come in");
}

#[tokio::test]
async fn under_pressure_the_oldest_unproven_session_goes_and_a_proven_one_stays() {
    let gate = gate(|limits| limits.sessions_total = 2);
    let proven = gate.enter(address(1)).unwrap();
    proven.prove();
    let idle = gate.enter(address(2)).unwrap();
    let newcomer = gate.enter(address(3)).unwrap();
    assert!(is_evicted(&idle).await);
    drop(idle);
    assert_eq!(gate.sessions(), 2);
    newcomer.prove();
    assert_eq!(gate.enter(address(4)).unwrap_err(), Turned::Total, "all proven: no room");
}

/// Row 33: sessions opened and abandoned leave nothing behind in the count, nor does the count slow down.
#[test]
fn row_33_a_hundred_thousand_abandoned_sessions_leave_no_trace_in_the_gate() {
    let gate = gate(|limits| limits.sessions_total = 1_000);
    let mut held = std::collections::VecDeque::new();
    for i in 0..100_000_u32 {
        let address = IpAddr::from([10, (i / 250 / 200) as u8, (i / 250 % 200) as u8, (i % 250) as u8]);
        let pass = gate.enter(address).unwrap();
        pass.claim(number(u64::from(i % 10_000 + 1)));
        held.push_back(pass);
        if held.len() > 500 {
            held.pop_front();
        }
    }
    assert_eq!(gate.sessions(), 500);
    drop(held);
    assert_eq!(gate.sessions(), 0);
}

/// Row 33: a name is used once; where something lies already, whatever it is, no session begins.
#[test]
fn row_33_a_folders_name_is_never_used_twice_nor_followed_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let exchange = veche_server::exchange::Exchange::open(dir.path().join("exchange")).unwrap();
    let name = |i: u8| veche_session::message::Folder::from_random([i; 16]);
    let mut first = exchange.create(&name(1)).unwrap();
    first.put("up-1.jwe", "frame").unwrap();
    assert!(exchange.create(&name(1)).is_err(), "a folder of that name is there");
    // A spare folder is there to be used again: that must not hide it.
    drop(exchange.create(&name(9)).unwrap());
    assert!(exchange.create(&name(1)).is_err(), "a folder of that name is there");
    assert_eq!(std::fs::read(exchange.dir().join(name(1).as_str()).join("up-1.jwe")).unwrap(), b"frame");
    let elsewhere = dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, exchange.dir().join(name(2).as_str())).unwrap();
    assert!(exchange.create(&name(2)).is_err(), "a link of that name is there");
    let folder = exchange.dir().join(name(1).as_str());
    drop(first);
    assert!(!folder.exists() && elsewhere.exists());
    std::os::unix::fs::symlink(&elsewhere, exchange.dir().join(name(3).as_str())).unwrap();
    let again = veche_server::exchange::Exchange::open(exchange.dir().to_owned()).unwrap();
    let left = std::fs::read_dir(again.dir()).unwrap().filter(|left| left.as_ref().unwrap().file_name() != ".spare");
    assert_eq!(left.count(), 0, "swept");
    assert!(elsewhere.exists(), "and nothing beyond it");
}

/// Rows 34 and 56: strangers on two hundred addresses hold sessions of one number and open more and more of them. The
/// voter who comes from a clean address is asked to make room by none of it, however long it takes to be proven.
#[tokio::test]
async fn row_56_nobody_locks_a_voter_out_by_opening_sessions_in_that_voters_name() {
    for addresses in [12, 200_u8] {
        let gate = gate(|limits| limits.sessions_total = 1_000);
        let strangers = |i: u32| IpAddr::from([10, 1, (i % u32::from(addresses)) as u8, 1]);
        let mut crowd = std::collections::VecDeque::new();
        let mut come = |gate: &Arc<Gate>, i: u32| {
            let stranger = gate.enter(strangers(i)).unwrap();
            stranger.claim(number(17));
            crowd.push_back(stranger);
            if crowd.len() > 3_000 {
                crowd.pop_front();
            }
        };
        (0..2_000).for_each(|i| come(&gate, i));
        for cast in 0..20 {
            let voter = gate.enter(address(9)).unwrap();
            voter.claim(number(17));
            (0..1_000).for_each(|i| come(&gate, i));
            assert!(!is_evicted(&voter).await, "cast {cast}, {addresses} addresses");
            voter.prove();
        }
    }
}

/// Row 56: a watcher who holds many silent sessions of every number sees the same, whoever votes: nothing. In a house
/// that is full it sees that somebody has come, and the same again whoever it was.
#[tokio::test]
async fn row_56_a_watcher_sees_the_same_whoever_comes() {
    let mut seen = Vec::new();
    for total in [10_000, 192 + 8] {
        for voters in [vec![], vec![3; 5], vec![17; 5], vec![24, 1, 17, 9, 2]] {
            let gate = gate(|limits| limits.sessions_total = total);
            let watcher = |i: u64| {
                let pass = gate.enter(address(1)).unwrap();
                pass.claim(number(i % 24 + 1));
                pass
            };
            let watching: Vec<Pass> = (0..192).map(watcher).collect();
            let voting: Vec<Pass> = voters.iter().zip(50..).map(|(voter, from)| proven(&gate, from, *voter)).collect();
            let newcomers: Vec<Pass> = (0..5).map(|_| gate.enter(address(90)).unwrap()).collect();
            let mut evicted = Vec::new();
            for pass in &watching {
                evicted.push(is_evicted(pass).await);
            }
            let lanes: Vec<Lane> = watching.iter().map(Pass::lane).collect();
            seen.push((evicted, lanes));
            drop((voting, newcomers));
        }
    }
    let differ = |of: &[(Vec<bool>, Vec<Lane>)]| of.windows(2).any(|pair| pair[0] != pair[1]);
    assert!(seen[..4].iter().all(|(evicted, _)| evicted.iter().all(|evicted| !evicted)), "room for all");
    assert!(!differ(&seen[..4]), "nor whether anybody came");
    assert!(!differ(&seen[5..]), "which voter came makes no difference");
}

/// Row 56: a voter who has brought many ballots waits behind others with the next; a stranger who claims the number
/// does not, and so cannot see it.
#[test]
fn row_56_a_voters_standing_is_the_voters_alone() {
    let gate = gate(|_| ());
    let voter = proven(&gate, 9, 17);
    (0..20).for_each(|_| voter.prove());
    assert!(voter.lane() > Lane::First);
    let stranger = gate.enter(address(1)).unwrap();
    stranger.claim(number(17));
    assert_eq!(stranger.lane(), Lane::First);
    assert_eq!(stranger.lane_if_proven(), voter.lane(), "until the card is shown");
}

/// Row 57: one person fills a hall with silent sessions, as many as may be and more, while its voters vote.
#[tokio::test]
async fn row_57_silent_sessions_behind_a_shared_address_shut_nobody_out() {
    let gate = gate(|limits| limits.sessions_per_address = 256);
    let mut hoard: Vec<Pass> = (0..300).map(|_| gate.enter(address(1)).unwrap()).collect();
    for voter in 1..=20 {
        let honest = gate.enter(address(1)).unwrap();
        honest.claim(number(voter));
        // As many as are let in at the door within a second.
        hoard.extend((0..200).map(|_| gate.enter(address(1)).unwrap()));
        assert!(!is_evicted(&honest).await, "voter {voter}");
        honest.prove();
        hoard.push(honest);
    }
    assert_eq!(gate.sessions(), 256);
}

/// Row 57, with cards: a few voters who each hold as many proven sessions as they may, and keep silent, shut out neither
/// their hall nor the house. A voter's only session is never taken.
#[tokio::test]
async fn row_57_many_sessions_of_few_cards_shut_nobody_out() {
    for (limit, from) in [
        ((|limits| limits.sessions_per_address = 64) as fn(&mut Limits), [1; 3]),
        (|limits| limits.sessions_total = 64, [1, 2, 3]),
    ] {
        let gate = gate(limit);
        let mut hoard: Vec<Pass> = (0..64).map(|i| proven(&gate, from[0], 1 + i / 8)).collect();
        for voter in 101..=156 {
            let honest = proven(&gate, from[1], voter);
            assert_eq!(gate.sessions(), 64);
            hoard.push(honest);
        }
        for honest in hoard.iter().skip(64) {
            assert!(!is_evicted(honest).await);
        }
        let turned = if from[0] == from[2] { Turned::Address } else { Turned::Total };
        assert_eq!(gate.enter(address(from[2])).unwrap_err(), turned, "one session of each voter: nobody goes");
        let mut evicted = Vec::new();
        for pass in hoard.iter().take(64) {
            evicted.push(is_evicted(pass).await);
        }
        let stay = |voter: usize| evicted[8 * voter..8 * voter + 8].iter().filter(|gone| !*gone).count();
        assert!((0..8).all(|voter| stay(voter) == 1 && !evicted[8 * voter + 7]), "of each voter the youngest stays");
    }
}

/// Row 57: a few cards hold all places that there are, each in as many sessions as it may, and come again when they are turned
/// out. Whoever has not shown a card yet, a voter between number and ballot, outlives all that were there before.
#[tokio::test]
async fn row_57_many_sessions_of_few_cards_do_not_turn_out_who_has_not_shown_one_yet() {
    for (limit, from) in
        [((|limits| limits.sessions_per_address = 64) as fn(&mut Limits), 1), (|limits| limits.sessions_total = 64, 2)]
    {
        let gate = gate(limit);
        let mut hoard: Vec<Pass> = (0..64).map(|i| proven(&gate, 1, 1 + i / 8)).collect();
        let honest = gate.enter(address(from)).unwrap();
        honest.claim(number(101));
        for i in 0..56 {
            hoard.push(proven(&gate, 1, 1 + i % 8));
            assert!(!is_evicted(&honest).await, "after {i} newcomers");
        }
        honest.prove();
        assert!(gate.sessions() <= 64);
    }
}

/// Row 58: a house full of single sessions from everywhere; voters of both families come in, and stay.
#[tokio::test]
async fn row_58_a_full_house_has_room_for_voters_of_both_families() {
    let gate = gate(|limits| limits.sessions_total = 400);
    let v4 = |i: u16| IpAddr::from([10, (i >> 8) as u8, i as u8, 1]);
    let v6 = |i: u16| IpAddr::from([0x2001, 0xdb8, i, 0, 0, 0, 0, 1]);
    let mut crowd: Vec<Pass> = (0..200).flat_map(|i| [v4(i), v6(i)]).map(|from| gate.enter(from).unwrap()).collect();
    for i in 0..20 {
        let voters = [v4(1_000 + i), v6(1_000 + i)].map(|from| gate.enter(from).unwrap());
        crowd.extend(
            (0..50)
                .flat_map(|j| [v4(2_000 + i * 50 + j), v6(2_000 + i * 50 + j)])
                .map(|from| gate.enter(from).unwrap()),
        );
        for voter in &voters {
            assert!(!is_evicted(voter).await, "{i}");
        }
    }
}

/// Row 58: a site of 65,536 networks has the sessions of sixteen households.
#[test]
fn row_58_a_site_has_as_many_sessions_as_sixteen_households() {
    let gate = gate(|limits| limits.sessions_per_address = 10);
    let site: Vec<Pass> =
        (0..1_000_u16).map(|i| gate.enter(IpAddr::from([0x2001, 0xdb8, 0, i * 64, 0, 0, 0, 1])).unwrap()).collect();
    assert_eq!(gate.sessions(), 160);
    drop(site);
    assert_eq!(gate.sessions(), 0);
}

#[tokio::test]
async fn one_card_holds_a_bounded_number_of_proven_sessions() {
    let gate = gate(|limits| limits.sessions_per_number = 2);
    let sessions: Vec<_> = (1..=3)
        .map(|last| {
            let pass = gate.enter(address(last)).unwrap();
            pass.claim(number(17));
            pass.prove();
            pass
        })
        .collect();
    assert!(is_evicted(&sessions[0]).await);
    assert_eq!(gate.sessions(), 2);
}
