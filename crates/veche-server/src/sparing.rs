//! What anybody can make the server say again and again is said now and then: a log that strangers can fill is a disk
//! that strangers can fill.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_secs(60);

/// For one kind of event.
#[derive(Debug, Default)]
pub(crate) struct Sparing(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    last: Option<Instant>,
    unsaid: u64,
}

impl Sparing {
    pub const fn new() -> Self {
        Self(Mutex::new(Said { last: None, unsaid: 0 }))
    }

    /// Is it time to say it? Then with how often it was not said since the last time.
    pub fn speak(&self) -> Option<u64> {
        self.speak_at(Instant::now())
    }

    fn speak_at(&self, now: Instant) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.last.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            said.unsaid += 1;
            return None;
        }
        said.last = Some(now);
        Some(std::mem::take(&mut said.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_once_and_then_once_a_minute_with_the_number_of_times_between() {
        let (sparing, now) = (Sparing::default(), Instant::now());
        assert_eq!(sparing.speak_at(now), Some(0));
        for second in 1..60 {
            assert_eq!(sparing.speak_at(now + Duration::from_secs(second)), None);
        }
        assert_eq!(sparing.speak_at(now + PAUSE), Some(59));
        assert_eq!(sparing.speak_at(now + PAUSE * 3), Some(0));
    }
}
