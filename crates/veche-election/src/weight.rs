//! What a ballot is worth, and in what that is counted. Spec: `docs/spec/manifest.md` sections 2 and 4.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The sum of all weights is at most 2^40.
pub const TOTAL_WEIGHT_MAX: u64 = 1 << 40;
/// Decimals of a weight.
pub const ROLL_SCALE_MAX: u32 = 6;

/// How many units of weight a vote has, at a scale.
pub fn unit(scale: u32) -> u64 {
    10_u64.pow(scale.min(ROLL_SCALE_MAX))
}

/// How many votes a voter's ballot is worth: at least 1, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Weight(u64);

impl Weight {
    /// One vote, where weights have no decimals.
    pub const ONE: Self = Self(1);

    /// `None` outside of 1 to [`TOTAL_WEIGHT_MAX`].
    pub fn new(weight: u64) -> Option<Self> {
        (1..=TOTAL_WEIGHT_MAX).contains(&weight).then_some(Self(weight))
    }

    /// In its one decimal form: no sign, no leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let weight: u64 = text.parse().ok()?;
        if weight.to_string() == text { Self::new(weight) } else { None }
    }

    /// A number of votes with at most so many decimals, as units: `12.5` and `12,5` are 1250 at scale 2. More decimals are
    /// refused, never rounded.
    pub fn parse_votes(text: &str, scale: u32) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let (whole, decimals) = match text.split_once(['.', ',']) {
            Some((whole, decimals)) => (whole, Some(decimals).filter(|decimals| !decimals.is_empty())?),
            None => (text, ""),
        };
        let width = scale as usize;
        let canonical = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        if !canonical || !digits(whole) || !digits(decimals) || decimals.len() > width {
            return None;
        }
        Self::new(format!("{whole}{decimals:0<width$}").parse().ok()?)
    }

    /// As many votes, in units of this scale.
    pub(crate) fn in_units_of(self, scale: u32) -> Self {
        Self(self.0.saturating_mul(unit(scale)))
    }

    /// In units, of which 10^scale are a vote.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// Units as votes, with all decimals of the scale: `12.50`.
pub fn votes(units: u64, scale: u32) -> String {
    let (unit, width) = (unit(scale), scale as usize);
    match scale {
        0 => units.to_string(),
        _ => format!("{}.{:0width$}", units / unit, units % unit),
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(d)?).ok_or_else(|| de::Error::custom("expected a weight from 1"))
    }
}
