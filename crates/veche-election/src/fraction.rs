//! Exact fractions: what results are made of. Spec: `docs/spec/results.md` section 3.

use core::{cmp::Ordering, fmt};

use serde::{Serialize, Serializer};

/// A reduced fraction with a positive denominator, written `a/b`. Numerators stay below 2^62 and denominators below
/// 2^42 everywhere in this crate, so that products of two fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// `None` for a denominator that is not positive.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128;
        (denominator > 0).then(|| Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// Reads the short form of the manifest: `3`, `-1`, `7/2`; in lowest terms, without a denominator of 1.
    pub fn parse_short(text: &str) -> Option<Self> {
        let (a, b) = text.split_once('/').unwrap_or((text, "1"));
        let fraction = Self::new(a.parse::<i64>().ok()?.into(), b.parse::<i64>().ok()?.into())?;
        (fraction.to_short() == text).then_some(fraction)
    }

    /// As `a/b`, or `a` alone if `b` is 1.
    pub fn to_short(&self) -> String {
        if self.denominator == 1 { self.numerator.to_string() } else { self.to_string() }
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        let factor = i128::from(factor);
        Self::new(self.numerator * factor, self.denominator).unwrap_or(self)
    }

    /// The so-many-th part.
    #[must_use]
    pub fn divided_by(self, divisor: u64) -> Self {
        Self::new(self.numerator, self.denominator * i128::from(divisor)).unwrap_or(self)
    }

    /// Maybe negative.
    pub fn numerator(&self) -> i128 {
        self.numerator
    }

    /// Positive.
    pub fn denominator(&self) -> i128 {
        self.denominator
    }

    /// What people read as a decimal: rounded half away from zero. Never used to decide anything.
    pub fn rounded(&self, places: u32) -> Self {
        let (scale, scaled) = (10_i128.pow(places), self.scaled(places));
        Self::new(scaled * self.numerator.signum(), scale).unwrap_or(*self)
    }

    /// So many of the last place, without the sign.
    fn scaled(&self, places: u32) -> i128 {
        let doubled = 2 * self.numerator.abs() * 10_i128.pow(places) + self.denominator;
        doubled / (2 * self.denominator)
    }

    /// For people: decimals rounded half away from zero. Never used to decide anything.
    pub fn to_decimal(&self, places: u32) -> String {
        let (scale, scaled) = (10_i128.pow(places), self.scaled(places));
        let sign = if self.numerator < 0 && scaled != 0 { "-" } else { "" };
        let width = places as usize;
        if places == 0 {
            return format!("{sign}{scaled}");
        }
        format!("{sign}{}.{:0width$}", scaled / scale, scaled % scale)
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
