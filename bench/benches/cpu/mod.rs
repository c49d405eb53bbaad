//! Criterion on the CPU time of the thread: what others do on the same cores does not count.

use criterion::{
    Criterion,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use veche_bench::watch::thread_s;

pub struct Cpu;

impl Cpu {
    pub fn criterion() -> Criterion<Self> {
        Criterion::default().with_measurement(Self)
    }
}

/// In nanoseconds, as the formatter of the wall's clock expects them.
impl Measurement for Cpu {
    type Intermediate = f64;
    type Value = f64;

    fn start(&self) -> f64 {
        thread_s() * 1e9
    }

    fn end(&self, start: f64) -> f64 {
        thread_s() * 1e9 - start
    }

    fn add(&self, one: &f64, other: &f64) -> f64 {
        one + other
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
