//! Small discrete logarithms by baby steps and giant steps. Spec: `docs/spec/secret.md` section 11.

use alloc::vec::Vec;

use curve25519_dalek::{RistrettoPoint, Scalar, traits::Identity};

/// Points encoded at once, with one inversion for all of them.
const BATCH: u64 = 256;
/// The first giant steps go in a smaller batch, then twice as many each time: most numbers are small.
const BATCH_FIRST: u64 = 8;
const STEPS_MIN: u64 = 1 << 4;
const STEPS_MAX: u64 = 1 << 20;

/// A table of m·B for all m below a step, made for numbers up to a bound.
pub struct Table {
    bound: u64,
    step: u64,
    /// The first 8 bytes of the encoding of 2m·B, with m; sorted.
    baby: Vec<(u64, u32)>,
}

impl Table {
    /// For numbers from 0 to `bound`; about its root in time and memory, at most 2^20 entries of 16 bytes.
    pub fn new(bound: u64) -> Self {
        let step = step(bound);
        let mut baby = Vec::with_capacity(usize::try_from(step).unwrap_or(0));
        let one = RistrettoPoint::mul_base(&Scalar::ONE);
        let mut next = RistrettoPoint::identity();
        for first in (0..step).step_by(BATCH as usize) {
            let points: Vec<RistrettoPoint> = (first..step.min(first + BATCH))
                .map(|_| {
                    let this = next;
                    next += one;
                    this
                })
                .collect();
            let keys = RistrettoPoint::double_and_compress_batch(&points);
            baby.extend(keys.iter().zip(first..).map(|(key, m)| (prefix(key.as_bytes()), m as u32)));
        }
        baby.sort_unstable();
        Self { bound, step, baby }
    }

    /// The m with m·B = `point` and m <= bound, if there is one.
    pub fn solve(&self, point: &RistrettoPoint) -> Option<u64> {
        let giant = RistrettoPoint::mul_base(&Scalar::from(self.step));
        let mut rest = *point;
        let steps = giant_steps(self.bound);
        let (mut first, mut batch) = (0, BATCH_FIRST);
        while first < steps {
            let end = steps.min(first + batch);
            let points: Vec<RistrettoPoint> = (first..end)
                .map(|_| {
                    let this = rest;
                    rest -= giant;
                    this
                })
                .collect();
            let keys = RistrettoPoint::double_and_compress_batch(&points);
            for (key, i) in keys.iter().zip(first..) {
                if let Some(m) = self.find(prefix(key.as_bytes()), i * self.step, point) {
                    return Some(m);
                }
            }
            (first, batch) = (end, BATCH.min(2 * batch));
        }
        None
    }

    /// Every entry with this key is tried: 8 bytes may agree by chance.
    fn find(&self, key: u64, above: u64, point: &RistrettoPoint) -> Option<u64> {
        let start = self.baby.partition_point(|(other, _)| *other < key);
        let candidates = self.baby.iter().skip(start).take_while(|(other, _)| *other == key);
        candidates
            .map(|(_, m)| above + u64::from(*m))
            .find(|m| *m <= self.bound && RistrettoPoint::mul_base(&Scalar::from(*m)) == *point)
    }
}

fn step(bound: u64) -> u64 {
    bound.isqrt().saturating_add(1).next_power_of_two().clamp(STEPS_MIN, STEPS_MAX)
}

fn giant_steps(bound: u64) -> u64 {
    bound / step(bound) + 1
}

/// Additions of points that it takes at most to find so many numbers up to this bound, the table included.
pub fn work_max(bound: u64, numbers: usize) -> u64 {
    step(bound).saturating_add(giant_steps(bound).saturating_mul(numbers as u64))
}

fn prefix(bytes: &[u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *bytes;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
