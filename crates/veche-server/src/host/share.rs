//! What of a host one election may use, and that it uses no more: requests a second and at once, and room on the disk. (Threads and
//! sessions are its own anyway.) Spec: `docs/spec/host.md` section 8.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::{
    limits::{LimitError, Limits},
    places::{HangUp, Place, Places},
};

/// `[share]` of `host.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Share {
    /// Threads for the work of voters in good standing; half as many, and one at least, serve the others.
    pub workers: usize,
    pub sessions: usize,
    pub requests_at_once: usize,
    pub requests_per_second: u32,
    /// Mebibytes of its folder.
    pub disk_mb: u64,
}

impl Default for Share {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let workers = (cores / 2).max(1);
        Self { workers, sessions: 2_000, requests_at_once: 512, requests_per_second: 1_000, disk_mb: 1_024 }
    }
}

const WORKERS_MAX: u64 = 1_024;
const COUNT_MAX: u64 = 10_000_000;
/// Of the requests a second so many parts are one household's: the whole of an association may stand behind one address.
const HOUSEHOLD_DIVISOR: u32 = 2;
/// Of the places of requests at once.
const PLACES_DIVISOR: usize = 2;
/// Households that are remembered. Of more, the account of none is known.
const HOUSEHOLDS_MAX: usize = 8_192;

impl Share {
    /// # Errors
    /// Whoever wrote it.
    pub fn check(&self) -> Result<(), LimitError> {
        let all = [
            ("workers", self.workers as u64, WORKERS_MAX),
            ("sessions", self.sessions as u64, COUNT_MAX),
            ("requests_at_once", self.requests_at_once as u64, COUNT_MAX),
            ("requests_per_second", u64::from(self.requests_per_second), COUNT_MAX),
            ("disk_mb", self.disk_mb, COUNT_MAX),
        ];
        match all.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            None => Ok(()),
            Some((name, value, most)) => Err(LimitError { name, value, least: 1, most }),
        }
    }

    /// The limits of one election, of those of the whole host.
    pub(super) fn limits(&self, host: &Limits) -> Limits {
        Limits { sessions_total: self.sessions.min(host.sessions_total), ..host.clone() }
    }
}

/// Why a request has to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    PerSecond,
    Disk,
}

impl Over {
    pub fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "too-many-a-second",
            Self::Disk => "no-room",
        }
    }
}

/// What one election has used.
pub(super) struct Account {
    per_second: u32,
    disk_max_bytes: u64,
    paces: Mutex<Paces>,
    places: Places,
    disk_bytes: AtomicU64,
}

impl Account {
    pub fn new(share: &Share) -> Self {
        let at_once = share.requests_at_once;
        Self {
            per_second: share.requests_per_second,
            disk_max_bytes: share.disk_mb.saturating_mul(1 << 20),
            paces: Mutex::default(),
            places: Places::new(at_once, (at_once / PLACES_DIVISOR).max(1)),
            disk_bytes: AtomicU64::new(0),
        }
    }

    /// A place for one more request; with too many under way, one that has taken long where it is most crowded makes room. `writes`:
    /// the request asks for something that needs room on the disk, and is no act of the organiser.
    pub fn enter(&self, address: IpAddr, writes: bool, hang_up: HangUp, now: Instant) -> Result<Place, Over> {
        if writes && self.is_full() {
            return Err(Over::Disk);
        }
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        if !paces.take(address, self.per_second, now) {
            return Err(Over::PerSecond);
        }
        drop(paces);
        Ok(self.places.take(address, hang_up))
    }

    pub fn note_disk(&self, bytes: u64) {
        self.disk_bytes.store(bytes, Ordering::Relaxed);
    }

    pub fn disk_bytes(&self) -> u64 {
        self.disk_bytes.load(Ordering::Relaxed)
    }

    pub fn is_full(&self) -> bool {
        self.disk_bytes() >= self.disk_max_bytes
    }
}

/// Accounts of requests: of all, and of each household. Each has room for the requests of two seconds.
#[derive(Default)]
struct Paces {
    all: Pace,
    households: HashMap<IpAddr, Pace>,
}

/// When the account will be even again, as if nobody had asked.
#[derive(Default, Clone, Copy)]
struct Pace(Option<Instant>);

const BURST_S: f64 = 2.0;

impl Paces {
    fn take(&mut self, address: IpAddr, per_second: u32, now: Instant) -> bool {
        if self.households.len() >= HOUSEHOLDS_MAX {
            self.households.retain(|_, pace| pace.0.is_some_and(|even| even > now));
            if self.households.len() >= HOUSEHOLDS_MAX {
                self.households.clear();
            }
        }
        let household = self.households.entry(address).or_default();
        let (own, all) = (household.with_one(per_second / HOUSEHOLD_DIVISOR, now), self.all.with_one(per_second, now));
        let (Some(own), Some(all)) = (own, all) else { return false };
        (*household, self.all) = (own, all);
        true
    }
}

impl Pace {
    fn with_one(self, per_second: u32, now: Instant) -> Option<Self> {
        let even = self.0.map_or(now, |even| even.max(now)) + std::time::Duration::from_secs(1) / per_second.max(1);
        (even.saturating_duration_since(now).as_secs_f64() <= BURST_S).then_some(Self(Some(even)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, last, 0, 1])
    }

    #[test]
    fn a_household_has_half_of_an_elections_requests_and_all_together_no_more_than_its_share() {
        let share = Share { requests_per_second: 10, disk_mb: 1, ..Share::default() };
        let (account, now) = (Account::new(&share), Instant::now());
        let taken = |last, tries, now| {
            (0..tries).filter(|_| account.enter(address(last), false, HangUp::default(), now).is_ok()).count()
        };
        assert_eq!(taken(1, 99, now), 10, "two seconds of half the pace");
        assert_eq!(taken(2, 99, now), 10);
        assert_eq!(taken(3, 99, now), 0);
        assert_eq!(taken(1, 99, now + Duration::from_secs(1)), 5);
    }

    #[test]
    fn an_election_without_room_on_the_disk_is_read_and_writes_nothing() {
        let share = Share { disk_mb: 1, ..Share::default() };
        let (account, now) = (Account::new(&share), Instant::now());
        let enter = |writes| account.enter(address(1), writes, HangUp::default(), now).map(drop);
        account.note_disk((1 << 20) - 1);
        assert_eq!((enter(true), enter(false)), (Ok(()), Ok(())));
        account.note_disk(1 << 20);
        assert_eq!((enter(true), enter(false)), (Err(Over::Disk), Ok(())));
    }

    #[test]
    fn shares_that_would_let_nobody_in_are_refused() {
        assert!(Share::default().check().is_ok());
        for share in [
            Share { workers: 0, ..Share::default() },
            Share { sessions: 0, ..Share::default() },
            Share { requests_at_once: 0, ..Share::default() },
            Share { requests_per_second: 0, ..Share::default() },
            Share { disk_mb: 0, ..Share::default() },
        ] {
            assert!(share.check().is_err(), "{share:?}");
        }
    }
}
