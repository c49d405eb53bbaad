//! Who is served first when not all can be served at once. Nobody is refused here: an address from which sessions come
//! that never show a credential, and a voter whose ballots come without end, wait behind the others.
//!
//! Many voters behind one address are no offence: only what fails counts against it, and every voter whose ballot is
//! recorded speaks for the address again. Who has shown a credential is judged by the own number, no more by the
//! company at the address.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    net::IpAddr,
    time::{Duration, Instant},
};

use veche_election::VoterNumber;

/// One strike is forgiven, one merit forgotten, after so long.
const FORGIVEN_AFTER: Duration = Duration::from_secs(4);
/// Strikes are counted no further, nor are merits.
const STRIKES_MAX: i32 = 64;
const MERITS_MAX: i32 = 1_024;
/// What one recorded ballot is worth: so many failures beside it leave an address in good standing.
const MERIT: i32 = 4;
/// A voter may bring so many ballots at once before others go first ...
const FREE_BALLOTS: i32 = 8;
/// ... of which one that is not valid counts for so many.
const INVALID_BALLOT: i32 = 4;
/// Sessions at once that an address without merits may have open before the next has to wait at the door.
const FREE_SESSIONS: i32 = 8;
/// Addresses, and numbers, that are remembered. Of more, nothing is known, and they stand well.
const KNOWN_MAX: usize = 65_536;

/// A place in the order of service; the first is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Lane {
    #[default]
    First,
    Second,
    Third,
    Last,
}

impl Lane {
    pub const COUNT: usize = 4;

    fn of(strikes: i32) -> Self {
        match strikes {
            ..=0 => Self::First,
            1..=3 => Self::Second,
            4..=15 => Self::Third,
            _ => Self::Last,
        }
    }
}

/// What is remembered of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    addresses: Known<IpAddr>,
    numbers: Known<VoterNumber>,
    /// Voters who have spoken for an address: each once, so that one card does not redeem a flood.
    spoken: HashSet<VoterNumber>,
}

impl Standings {
    pub fn of_address(&mut self, address: IpAddr) -> Lane {
        Lane::of(self.addresses.strikes(address, Instant::now()))
    }

    /// May somebody from this address, which has so many sessions open, walk in?
    pub fn is_free(&mut self, address: IpAddr, sessions: usize) -> bool {
        let strikes = self.addresses.strikes(address, Instant::now());
        strikes <= 0 && i32::try_from(sessions).is_ok_and(|sessions| sessions < FREE_SESSIONS - strikes)
    }

    pub fn of_number(&mut self, number: VoterNumber) -> Lane {
        Lane::of(self.numbers.strikes(number, Instant::now()) - FREE_BALLOTS)
    }

    /// Something came from this address that cost us work and proved nothing.
    pub fn strike_address(&mut self, address: IpAddr) {
        self.addresses.add(address, 1, Instant::now());
    }

    /// This voter has brought a ballot.
    pub fn note_ballot(&mut self, number: VoterNumber) {
        self.numbers.add(number, 1, Instant::now());
    }

    /// And it was not valid.
    pub fn note_invalid(&mut self, number: VoterNumber) {
        self.numbers.add(number, INVALID_BALLOT - 1, Instant::now());
    }

    /// A ballot of this voter, who came from this address, is recorded.
    pub fn speak_for(&mut self, address: IpAddr, number: VoterNumber) {
        if self.spoken.insert(number) {
            self.addresses.add(address, -MERIT, Instant::now());
        }
    }
}

#[derive(Debug)]
struct Known<K>(HashMap<K, (i32, Instant)>);

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Known<K> {
    fn strikes(&self, key: K, now: Instant) -> i32 {
        self.0.get(&key).map_or(0, |(strikes, since)| faded(*strikes, now - *since))
    }

    fn add(&mut self, key: K, more: i32, now: Instant) {
        if self.0.len() >= KNOWN_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, (strikes, since)| faded(*strikes, now - *since) != 0);
            if self.0.len() >= KNOWN_MAX {
                return;
            }
        }
        let (strikes, since) = self.0.entry(key).or_insert((0, now));
        let left = faded(*strikes, now - *since);
        // What is left of a period goes on running, so that a steady drip is forgiven at the same pace.
        let rest = if left == *strikes { *since } else { now };
        let sum = (left + more).clamp(-MERITS_MAX, STRIKES_MAX);
        (*strikes, *since) = (sum, if left == 0 { now } else { rest });
    }
}

/// Towards zero, from either side.
fn faded(strikes: i32, after: Duration) -> i32 {
    let periods = i32::try_from(after.as_secs() / FORGIVEN_AFTER.as_secs()).unwrap_or(i32::MAX);
    strikes.signum() * (strikes.abs().saturating_sub(periods)).max(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn later(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn strikes_and_merits_fade_at_one_pace_however_often_one_looks() {
        let mut known = Known::<u32>::default();
        let now = Instant::now();
        known.add(1, 10, now);
        for (seconds, left) in [(3, 10), (4, 9), (11, 8), (39, 1), (40, 0), (400, 0)] {
            assert_eq!(known.strikes(1, now + Duration::from_secs(seconds)), left, "after {seconds} s");
        }
        known.add(2, -10, now);
        assert_eq!(known.strikes(2, now + Duration::from_secs(8)), -8);
        for _ in 0..1_000 {
            known.add(3, 1, now);
        }
        assert_eq!(known.strikes(3, now), STRIKES_MAX);
        assert_eq!(known.strikes(4, now), 0);
    }

    #[test]
    fn what_has_faded_makes_room_and_a_full_memory_judges_nobody() {
        let mut known = Known::<usize>::default();
        for i in 0..KNOWN_MAX + 10 {
            known.add(i, 1, later(0));
        }
        assert_eq!(known.0.len(), KNOWN_MAX);
        assert_eq!(known.strikes(KNOWN_MAX + 5, later(0)), 0);
        known.add(KNOWN_MAX + 5, 1, later(60));
        assert_eq!(known.0.len(), 1);
    }

    #[test]
    fn one_card_speaks_for_an_address_once() {
        let mut standings = Standings::default();
        let (address, number) = (IpAddr::from([10, 0, 0, 1]), VoterNumber::new(17).unwrap());
        for _ in 0..10 {
            standings.speak_for(address, number);
        }
        for _ in 0..MERIT {
            assert_eq!(standings.of_address(address), Lane::First);
            standings.strike_address(address);
        }
        standings.strike_address(address);
        assert_eq!(standings.of_address(address), Lane::Second);
    }

    #[test]
    fn a_hall_of_voters_stands_well_though_every_third_gives_up() {
        let mut standings = Standings::default();
        let hall = IpAddr::from([10, 0, 0, 1]);
        for voter in 1..=1_000 {
            if voter % 3 == 1 && voter > 1 {
                standings.strike_address(hall);
            } else {
                standings.speak_for(hall, VoterNumber::new(voter).unwrap());
            }
            assert_eq!(standings.of_address(hall), Lane::First, "voter {voter}");
        }
        assert!(standings.is_free(hall, 500), "and many may think at once");
        assert!(
            !standings.is_free(IpAddr::from([10, 0, 0, 2]), 500),
            "where nobody has voted yet they come in at a pace"
        );
    }

    #[test]
    fn a_voter_brings_some_ballots_at_once_and_fewer_bad_ones_and_then_waits_behind_others() {
        let mut standings = Standings::default();
        let (diligent, hostile) = (VoterNumber::new(17).unwrap(), VoterNumber::new(18).unwrap());
        let mut bring = |number, valid: bool| {
            standings.note_ballot(number);
            if !valid {
                standings.note_invalid(number);
            }
            standings.of_number(number)
        };
        let valid: Vec<Lane> = (0..9).map(|_| bring(diligent, true)).collect();
        assert_eq!((valid[7], valid[8]), (Lane::First, Lane::Second));
        let invalid: Vec<Lane> = (0..6).map(|_| bring(hostile, false)).collect();
        assert_eq!((invalid[1], invalid[2], invalid[5]), (Lane::First, Lane::Third, Lane::Last));
    }
}
