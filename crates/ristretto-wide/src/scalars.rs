//! Scalars as signed digits, and which way of multiplying costs least.

use alloc::vec::Vec;

/// Bits that signed digits must cover: scalars are below 2^253, and the highest digit may carry.
const SCALAR_BITS: u32 = 254;
/// Buckets of more bits no longer fit the second cache, and take longer than they save (measured).
const WIDTH_MAX: u32 = 8;

/// How many additions one after another a sum of `count` multiples takes, in units of one addition in all lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Straus { width: u32 },
    Pippenger { width: u32 },
}

impl Method {
    pub(crate) fn best(count: usize, lanes: usize) -> Self {
        let straus = (4..=6).map(|width| Self::Straus { width });
        let pippenger = (4..=WIDTH_MAX).map(|width| Self::Pippenger { width });
        let cost = |method: &Self| method.cost(count, lanes);
        straus.chain(pippenger).min_by_key(cost).unwrap_or(Self::Straus { width: 5 })
    }

    fn cost(self, count: usize, lanes: usize) -> usize {
        match self {
            Self::Straus { width } => {
                let windows = SCALAR_BITS.div_ceil(width) as usize;
                count.div_ceil(lanes) * ((1 << (width - 1)) + windows)
            }
            Self::Pippenger { width } => {
                let groups = (SCALAR_BITS.div_ceil(width) as usize).div_ceil(lanes);
                groups * (count + 2 * (1 << (width - 1)))
            }
        }
    }
}

/// Digits to the base 2^width, lowest first, from -2^(width-1)+1 to 2^(width-1).
pub(crate) struct Digits {
    width: u32,
    windows: usize,
    digits: Vec<i16>,
}

impl Digits {
    /// Of no scalar yet; as many digits for each as a multiple of `lanes`.
    pub(crate) fn new(width: u32, lanes: usize) -> Self {
        let windows = (SCALAR_BITS.div_ceil(width) as usize).next_multiple_of(lanes);
        Self { width, windows, digits: Vec::new() }
    }

    /// Of `scalars`, below 2^253, instead of those before.
    pub(crate) fn fill(&mut self, scalars: &[[u8; 32]]) {
        self.digits.resize(self.windows * scalars.len(), 0);
        for (scalar, out) in scalars.iter().zip(self.digits.chunks_exact_mut(self.windows)) {
            signed_digits(&crate::words::of(scalar), self.width, out);
        }
    }

    pub(crate) fn windows(&self) -> usize {
        self.windows
    }

    /// How many of the lowest digits hold all that are not 0, of some scalars.
    pub(crate) fn used(&self, scalars: core::ops::Range<usize>) -> usize {
        let used = |n| self.of_scalar(n).iter().rposition(|digit| *digit != 0).map_or(0, |highest| highest + 1);
        scalars.map(used).max().unwrap_or(0)
    }

    /// Those of one scalar; none of a scalar that is not there.
    pub(crate) fn of_scalar(&self, n: usize) -> &[i16] {
        self.digits.get(n * self.windows..(n + 1) * self.windows).unwrap_or_default()
    }
}

fn signed_digits(words: &[u64; 4], width: u32, out: &mut [i16]) {
    let (half, full) = (1i32 << (width - 1), 1i32 << width);
    let (mut carry, mut bit) = (0, 0u32);
    for digit in out {
        let word = |at: u32| words.get(at as usize).copied().unwrap_or(0);
        let low = word(bit / 64) >> (bit % 64);
        let high = if bit % 64 + width > 64 { word(bit / 64 + 1) << (64 - bit % 64) } else { 0 };
        let raw = ((low | high) & (full as u64 - 1)) as i32 + carry;
        carry = i32::from(raw > half);
        *digit = (raw - carry * full) as i16;
        bit += width;
    }
}
