//! A stopwatch for machines whose cores are shared: it counts the CPU time of the thread, not the clock on the wall, and
//! everything that is to be compared takes turns, many short ones, of which the fastest counts. What still disturbs a
//! turn (caches, frequency) can only make it longer.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// One thing that is measured, in microseconds for each of its `parts`.
#[derive(Debug, Clone)]
pub struct Figure {
    pub name: String,
    pub fastest: f64,
    pub median: f64,
}

struct Runner<'a> {
    name: String,
    parts: usize,
    turn: Box<dyn FnMut() + 'a>,
    taken: Vec<f64>,
}

/// Things that take turns.
#[derive(Default)]
pub struct Race<'a> {
    runners: Vec<Runner<'a>>,
}

impl<'a> Race<'a> {
    pub fn new() -> Self {
        Self::default()
    }

    /// One turn does `parts` equal pieces of work; figures are for one piece.
    #[must_use]
    pub fn with<T>(mut self, name: impl Into<String>, parts: usize, mut turn: impl FnMut() -> T + 'a) -> Self {
        let turn = Box::new(move || {
            black_box(turn());
        });
        self.runners.push(Runner { name: name.into(), parts, turn, taken: Vec::new() });
        self
    }

    /// Rounds of one turn each, for about `time` and at least five of them; one round before is not counted.
    pub fn run(mut self, time: Duration) -> Vec<Figure> {
        for runner in &mut self.runners {
            (runner.turn)();
        }
        let start = Instant::now();
        for round in 0_u32.. {
            if round >= 5 && start.elapsed() > time {
                break;
            }
            for runner in &mut self.runners {
                let start = thread_s();
                (runner.turn)();
                runner.taken.push((thread_s() - start) * 1e6 / runner.parts as f64);
            }
        }
        self.runners.into_iter().map(Runner::figure).collect()
    }
}

impl Runner<'_> {
    fn figure(mut self) -> Figure {
        self.taken.sort_by(f64::total_cmp);
        let at = |place: usize| self.taken.get(place).copied().unwrap_or(f64::NAN);
        Figure { fastest: at(0), median: at(self.taken.len() / 2), name: self.name }
    }
}

/// CPU time of this thread so far.
pub fn thread_s() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

/// CPU time of this process so far, all threads together.
pub fn process_s() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// CPU time of all processes that this one started and that have ended, in steps of a hundredth of a second.
pub fn children_s() -> std::io::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The second field, a name in brackets, may hold anything: count from behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    Ok(fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
}
