//! Who is served first when not all can be served at once. Nobody is refused here: an address from which sessions come
//! that never show a credential, and a voter whose ballots come without end, wait behind the others.
//!
//! Many voters behind one address are no offence: only what fails counts against it, and every voter whose ballot is
//! recorded speaks for the address again. Who has shown a credential is judged by the own number, no more by the
//! company at the address. An address stands as its worst neighbourhood does (`neighbourhood`): of a wide one
//! as many times as much is forgiven as the persons it stands for.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    net::IpAddr,
    time::{Duration, Instant},
};

use veche_election::VoterNumber;

use crate::neighbourhood::Neighbourhood;

/// One strike is forgiven, one merit forgotten, after so long.
const FORGIVEN_AFTER: Duration = Duration::from_secs(4);
/// Strikes of one person are counted no further, nor are merits.
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
/// Strikes of one person that a neighbourhood passes on to the wider ones. With more it is known itself, and they do not
/// answer for it: no household alone spoils the standing of its neighbours.
const PASSED_ON: i32 = 3;
/// Neighbourhoods, and numbers, that are remembered. Of more, nothing is known, and they stand well.
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
    addresses: Known<Neighbourhood>,
    numbers: Known<VoterNumber>,
    /// Voters who have spoken for an address: each once, so that one card does not redeem a flood.
    spoken: HashSet<VoterNumber>,
}

impl Standings {
    pub fn of_address(&mut self, address: IpAddr) -> Lane {
        let now = Instant::now();
        let lanes = Neighbourhood::around(address).map(|near| Lane::of(self.addresses.strikes(near, now)));
        lanes.max().unwrap_or_default()
    }

    /// May somebody from this address walk in, where neighbours have so many sessions open?
    pub fn is_free(&self, address: IpAddr, sessions: impl Fn(Neighbourhood) -> usize) -> bool {
        let now = Instant::now();
        Neighbourhood::around(address).all(|near| {
            let strikes = self.addresses.strikes(near, now);
            let each = i32::try_from(sessions(near) / near.persons()).unwrap_or(i32::MAX);
            strikes <= 0 && each < FREE_SESSIONS - strikes
        })
    }

    pub fn of_number(&mut self, number: VoterNumber) -> Lane {
        Lane::of(self.numbers.strikes(number, Instant::now()) - FREE_BALLOTS)
    }

    /// Something came from this address that cost us work and proved nothing.
    pub fn strike_address(&mut self, address: IpAddr) {
        self.note_address(address, 1);
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
            self.note_address(address, -MERIT);
        }
    }

    fn note_address(&mut self, address: IpAddr, more: i32) {
        let now = Instant::now();
        for near in Neighbourhood::around(address) {
            let known = self.addresses.strikes(near, now) >= PASSED_ON;
            self.addresses.add(near, more, now);
            if more > 0 && known {
                break;
            }
        }
    }
}

/// Whoever has an account, which stands for one person or for several.
trait Holder: Hash + Eq {
    fn persons(&self) -> i32 {
        1
    }
}

impl Holder for VoterNumber {}

impl Holder for Neighbourhood {
    fn persons(&self) -> i32 {
        i32::try_from(Neighbourhood::persons(*self)).unwrap_or(1)
    }
}

/// Accounts of strikes (merits are negative), each with the time since when nothing of it has faded.
#[derive(Debug)]
struct Known<K> {
    accounts: HashMap<K, (i32, Instant)>,
    /// When it was last full and looked at as a whole, which takes a while.
    swept: Option<Instant>,
}

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self { accounts: HashMap::new(), swept: None }
    }
}

impl<K: Holder> Known<K> {
    /// For each of its persons.
    fn strikes(&self, key: K, now: Instant) -> i32 {
        let persons = key.persons();
        self.accounts.get(&key).map_or(0, |(strikes, since)| faded(*strikes, persons, now - *since) / persons)
    }

    fn add(&mut self, key: K, more: i32, now: Instant) {
        if !self.accounts.contains_key(&key) && !self.has_room(now) {
            return;
        }
        let persons = key.persons();
        let (strikes, since) = self.accounts.entry(key).or_insert((0, now));
        let left = faded(*strikes, persons, now - *since);
        // What is left of a period goes on running, so that a steady drip is forgiven at the same pace.
        let rest = if left == *strikes { *since } else { now };
        let sum = (left + more).clamp(-MERITS_MAX * persons, STRIKES_MAX * persons);
        (*strikes, *since) = (sum, if left == 0 { now } else { rest });
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.accounts.len() >= KNOWN_MAX && self.swept.is_none_or(|swept| now - swept >= FORGIVEN_AFTER) {
            self.accounts.retain(|key, (strikes, since)| faded(*strikes, key.persons(), now - *since) != 0);
            self.swept = Some(now);
        }
        self.accounts.len() < KNOWN_MAX
    }
}

/// Towards zero, from either side.
fn faded(strikes: i32, persons: i32, after: Duration) -> i32 {
    let periods = i32::try_from(after.as_secs() / FORGIVEN_AFTER.as_secs()).unwrap_or(i32::MAX);
    strikes.signum() * (strikes.abs().saturating_sub(periods.saturating_mul(persons))).max(0)
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
        let mut known = Known::<VoterNumber>::default();
        let now = Instant::now();
        let [one, two, three, four] = [1, 2, 3, 4].map(|number| VoterNumber::new(number).unwrap());
        known.add(one, 10, now);
        for (seconds, left) in [(3, 10), (4, 9), (11, 8), (39, 1), (40, 0), (400, 0)] {
            assert_eq!(known.strikes(one, now + Duration::from_secs(seconds)), left, "after {seconds} s");
        }
        known.add(two, -10, now);
        assert_eq!(known.strikes(two, now + Duration::from_secs(8)), -8);
        for _ in 0..1_000 {
            known.add(three, 1, now);
        }
        assert_eq!(known.strikes(three, now), STRIKES_MAX);
        assert_eq!(known.strikes(four, now), 0);
    }

    #[test]
    fn what_has_faded_makes_room_and_a_full_memory_judges_nobody() {
        let mut known = Known::<VoterNumber>::default();
        let number = |i: usize| VoterNumber::new(i as u64 + 1).unwrap();
        for i in 0..KNOWN_MAX + 10 {
            known.add(number(i), 1, later(0));
        }
        assert_eq!(known.accounts.len(), KNOWN_MAX);
        assert_eq!(known.strikes(number(KNOWN_MAX + 5), later(0)), 0);
        known.add(number(KNOWN_MAX + 5), 1, later(60));
        assert_eq!(known.accounts.len(), 1);
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
        assert!(standings.is_free(hall, |_| 500), "and many may think at once");
        assert!(
            !standings.is_free(IpAddr::from([10, 9, 0, 2]), |_| 500),
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

    /// Row 58: who fails from address after address of one network is known by the network; a neighbour who fails now
    /// and then, or a site of voters, is not.
    #[test]
    fn row_58_a_site_is_known_as_one_and_not_for_one() {
        let address = |net: u16| IpAddr::from([0x2001, 0xdb8, 0, net, 0, 0, 0, 1]);
        let mut standings = Standings::default();
        let unstruck = |standings: &mut Standings, net: u16| {
            standings.of_address(address(net)) == Lane::First && standings.is_free(address(net), |_| 0)
        };
        (0..3).for_each(|net| standings.strike_address(address(net)));
        assert!(unstruck(&mut standings, 3), "three of 256 neighbours have failed once");
        let mut free = 3;
        for net in 3..1_000 {
            free += usize::from(unstruck(&mut standings, net * 64));
            standings.strike_address(address(net * 64));
        }
        assert!(free < 20, "{free} of a thousand fresh networks were treated as if nothing was known");
        assert_eq!(standings.of_address(address(65_535)), Lane::Last);
        assert_eq!(standings.of_address(IpAddr::from([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1])), Lane::First, "the next site");
        // One household, though it fails without end, and one /56, do not spoil it for their neighbours.
        let mut standings = Standings::default();
        for i in 0..10_000 {
            standings.strike_address(IpAddr::from([10, 0, 0, 1]));
            standings.strike_address(address(i % 256));
        }
        for (worst, neighbour) in [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8:0:100::1")] {
            let [worst, neighbour] = [worst, neighbour].map(|address| address.parse().unwrap());
            assert_eq!((standings.of_address(worst), standings.of_address(neighbour)), (Lane::Last, Lane::First));
            assert!(standings.is_free(neighbour, |_| 0), "{neighbour}");
        }
        let crowded = |near: Neighbourhood| 8 * near.persons();
        assert!(!standings.is_free(IpAddr::from([10, 9, 0, 1]), crowded));
        assert!(standings.is_free(IpAddr::from([10, 9, 0, 1]), |near| crowded(near) - 1));
    }
}
