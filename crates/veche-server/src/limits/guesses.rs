//! Numbers that are not on the roll. Whoever tries them is told «Нет», but in time no more often than a neighbourhood is
//! allowed to; nobody else waits for it, and no known number does.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::neighbourhood::Neighbourhood;

/// So many answers a neighbourhood may have at once as it is allowed in this time; then one by one.
const BURST: Duration = Duration::from_secs(60);
/// Whose answer is due later than this gets none.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Neighbourhoods that are remembered. Of more, nothing is known.
const KNOWN_MAX: usize = 65_536;
const SWEEP_EVERY: Duration = Duration::from_secs(4);

#[derive(Debug, Default)]
pub(super) struct Guesses {
    /// When the neighbourhood's account will be even again, as if it had never guessed.
    even: HashMap<Neighbourhood, Instant>,
    /// When it was last full and looked at as a whole, which takes a while.
    swept: Option<Instant>,
}

impl Guesses {
    /// How long the answer to one more guess has to wait; `None`: for too long.
    pub fn note(&mut self, address: IpAddr, per_minute: u32, now: Instant) -> Option<Duration> {
        let wait = Neighbourhood::around(address).map(|near| {
            let after = self.even_after(near, per_minute, now);
            after.saturating_duration_since(now).saturating_sub(BURST)
        });
        let wait = wait.max().filter(|wait| *wait <= PATIENCE)?;
        for near in Neighbourhood::around(address) {
            let after = self.even_after(near, per_minute, now);
            if self.even.contains_key(&near) || self.has_room(now) {
                self.even.insert(near, after);
            }
        }
        Some(wait)
    }

    /// With one guess more.
    fn even_after(&self, near: Neighbourhood, per_minute: u32, now: Instant) -> Instant {
        let allowed = u32::try_from(near.persons()).unwrap_or(u32::MAX).saturating_mul(per_minute);
        self.even.get(&near).map_or(now, |even| now.max(*even)) + BURST / allowed.max(1)
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.even.len() >= KNOWN_MAX && self.swept.is_none_or(|swept| now - swept >= SWEEP_EVERY) {
            self.even.retain(|_, even| *even > now);
            self.swept = Some(now);
        }
        self.even.len() < KNOWN_MAX
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const PER_MINUTE: u32 = 30;

    /// Guesses by the second; how many were answered within a second, within [`PATIENCE`], not at all.
    fn guess(addresses: impl Fn(u64) -> IpAddr, per_second: u64, seconds: u64) -> [usize; 3] {
        let (mut guesses, start, mut counts) = (Guesses::default(), Instant::now(), [0; 3]);
        for i in 0..per_second * seconds {
            let now = start + Duration::from_secs(i / per_second);
            let which = match guesses.note(addresses(i), PER_MINUTE, now) {
                Some(wait) if wait < Duration::from_secs(1) => 0,
                Some(_) => 1,
                None => 2,
            };
            counts[which] += 1;
        }
        counts
    }

    /// Rows 17 and 57: one address hears so many answers a minute, and never again pays for what it was not told.
    #[test]
    fn row_57_answers_to_one_address_come_at_a_pace() {
        let address = IpAddr::from([10, 0, 0, 1]);
        let [soon, late, never] = guess(|_| address, 10, 60);
        assert_eq!(soon, 31, "at once, and one that was allowed meanwhile");
        assert_eq!(late, 33, "one in two seconds; the last of them after ten");
        assert_eq!(never, 600 - 64);
        let mut guesses = Guesses::default();
        let start = Instant::now();
        for _ in 0..1_000 {
            let _ = guesses.note(address, PER_MINUTE, start);
        }
        let quiet = start + BURST + PATIENCE;
        assert_eq!(guesses.note(address, PER_MINUTE, quiet), Some(Duration::ZERO));
        assert_eq!(
            guesses.note(IpAddr::from([10, 9, 0, 1]), PER_MINUTE, start),
            Some(Duration::ZERO),
            "nobody else pays"
        );
    }

    /// Row 58: who has a /48 hears sixteen times as much as who has one address, not 65,536 times.
    #[test]
    fn row_58_a_site_is_answered_as_sixteen_persons() {
        let site = |i: u64| IpAddr::from([0x2001, 0xdb8, 0, i as u16, 0, 0, 0, 1]);
        let spread = |i: u64| IpAddr::from([0x2001, 0xdb8, 0, (i % 256 * 256 + i / 256) as u16, 0, 0, 0, 1]);
        let [soon, late, _] = guess(spread, 100, 60);
        assert!(soon + late <= 16 * 65, "{soon} and {late}");
        let [soon, late, _] = guess(site, 1, 60);
        assert_eq!((soon, late), (60, 0), "a neighbour's number now and then is answered at once");
    }

    #[test]
    fn a_full_memory_forgets_who_is_even_and_never_grows() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        for i in 0..KNOWN_MAX as u32 + 10 {
            guesses.note(IpAddr::from(i.to_be_bytes()), PER_MINUTE, start);
        }
        assert!(guesses.even.len() <= KNOWN_MAX);
        guesses.note(IpAddr::from([200, 0, 0, 1]), PER_MINUTE, start + BURST * 2);
        assert!(guesses.even.len() <= 2);
    }
}
