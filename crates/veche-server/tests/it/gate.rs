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

/// Row 33: sessions opened and abandoned leave nothing behind in the count, nor does the count slow down.
#[test]
fn row_33_a_hundred_thousand_abandoned_sessions_leave_no_trace_in_the_gate() {
    let gate = gate(|limits| limits.sessions_total = 1_000);
    let mut held = std::collections::VecDeque::new();
    for i in 0..100_000_u32 {
        let address = IpAddr::from([10, (i / 250 / 200) as u8, (i / 250 % 200) as u8, (i % 250) as u8]);
        let pass = gate.enter(address).unwrap();
        pass.claim(number(u64::from(i % 10_000 + 1))).unwrap();
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

/// Row 34: whoever crowds voter 17's door from one address crowds it for himself.
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
