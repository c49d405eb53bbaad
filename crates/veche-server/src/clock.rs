//! The two clocks of a machine. The wall clock says what time it is; people and programs set it, so it may jump either
//! way, or be wrong from the start. The boot-time clock says how long the machine has been up; nobody sets it, it runs
//! through suspend, and it knows no date.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};

/// What both clocks show at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since the beginning of 1970.
    pub wall: Duration,
    /// Since the machine began.
    pub boot: Duration,
}

/// Both clocks, given from outside, so that tests can turn them.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Those of this machine.
    pub fn system() -> Self {
        Self::new(|| Moment {
            wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            boot: boot_time(),
        })
    }

    pub fn now(&self) -> Moment {
        (self.0)()
    }

    /// The wall clock, in Unix seconds.
    pub fn wall(&self) -> u64 {
        self.now().wall.as_secs()
    }
}

fn boot_time() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    // Elsewhere the one that is not set; in suspend it may stand still.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}
