//! Who may come in, and who has to make room.

use std::{net::IpAddr, sync::Arc};

use veche_election::VoterNumber;
use veche_server::limits::{Gate, Limits, Turned};

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

#[test]
fn sessions_of_one_address_are_bounded_and_places_come_back() {
    let gate = gate(|limits| limits.sessions_per_address = 2);
    let first = gate.enter(address(1)).unwrap();
    let _second = gate.enter(address(1)).unwrap();
    assert_eq!(gate.enter(address(1)).unwrap_err(), Turned::Address);
    assert!(gate.enter(address(2)).is_ok());
    drop(first);
    assert!(gate.enter(address(1)).is_ok());
}

/// Row 17: nobody learns the roll by trying numbers one after the other.
#[test]
fn row_17_guessing_numbers_is_stopped_by_address() {
    let gate = gate(|limits| limits.unknown_per_address_per_minute = 3);
    for _ in 0..3 {
        assert!(gate.enter(address(1)).is_ok());
        gate.note_unknown(address(1));
    }
    assert_eq!(gate.enter(address(1)).unwrap_err(), Turned::Guesses);
    assert_eq!(gate.check_guesses(address(1)), Err(Turned::Guesses), "nor in sessions opened before");
    assert!(gate.enter(address(2)).is_ok(), "others are served on");
}

#[tokio::test]
async fn under_pressure_the_oldest_unproven_session_goes_and_a_proven_one_stays() {
    let gate = gate(|limits| limits.sessions_total = 2);
    let proven = gate.enter(address(1)).unwrap();
    proven.prove();
    let idle = gate.enter(address(2)).unwrap();
    let newcomer = gate.enter(address(3)).unwrap();
    idle.evicted().await;
    drop(idle);
    assert_eq!(gate.sessions(), 2);
    newcomer.prove();
    assert_eq!(gate.enter(address(4)).unwrap_err(), Turned::Total, "all proven: no room");
}

/// Row 34 in part: whoever crowds voter 17's door from one address crowds it for himself.
#[tokio::test]
async fn nobody_locks_a_voter_out_by_opening_sessions_in_that_voters_name() {
    let gate = gate(|limits| limits.sessions_per_number = 3);
    let voter = gate.enter(address(9)).unwrap();
    voter.claim(number(17)).unwrap();
    let mut crowd = Vec::new();
    for _ in 0..50 {
        let stranger = gate.enter(address(1)).unwrap();
        stranger.claim(number(17)).unwrap();
        crowd.push(stranger);
    }
    let stays = tokio::time::timeout(std::time::Duration::from_millis(50), voter.evicted());
    assert!(stays.await.is_err(), "the voter who came first stays while thinking");
    crowd[47].evicted().await;
    assert_eq!(gate.sessions(), 3);
    let second_device = gate.enter(address(8)).unwrap();
    second_device.claim(number(17)).unwrap();
    crowd[48].evicted().await;
}

#[tokio::test]
async fn one_card_holds_a_bounded_number_of_proven_sessions() {
    let gate = gate(|limits| limits.sessions_per_number = 2);
    let sessions: Vec<_> = (1..=3)
        .map(|last| {
            let pass = gate.enter(address(last)).unwrap();
            pass.claim(number(17)).unwrap();
            pass.prove();
            pass
        })
        .collect();
    sessions[0].evicted().await;
    assert_eq!(gate.sessions(), 2);
}
