//! The rule of a contest: how its histograms become a result. Chosen by the organiser, fixed in the manifest before
//! opening. Spec: `docs/spec/manifest.md` section 2, `docs/spec/results.md` section 4.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{choice::choice, fraction::Fraction, scale::Better, weight::TOTAL_WEIGHT_MAX};

/// Thresholds are fractions of at most this size: as large as the largest sum, so that products of two fit in 128 bits.
const THRESHOLD_NUMERATOR_MAX: i128 = 1 << 61;

choice! {
    /// What makes the score of a candidate out of the marks.
    pub enum Method {
        /// Of the values of the levels, times their weights.
        Sum = "sum",
        /// That sum, divided by the weight of the marks that count.
        Mean = "mean",
        /// Between the two in the middle, of an even weight.
        Median = "median",
        /// The middle score, the worse of two, and what lies around it (`docs/spec/results.md` section 5).
        MajorityJudgment = "majority-judgment",
    }
}

choice! {
    /// How a `*` counts.
    #[derive(Default)]
    pub enum Blanks {
        /// Not at all.
        #[default]
        Ignored = "ignored",
        /// As the worst level: the lowest, or the highest where lower is better.
        Worst = "worst",
    }
}

impl Blanks {
    fn is_ignored(&self) -> bool {
        *self == Self::Ignored
    }
}

choice! {
    /// What decides between candidates of equal score, one step after the other.
    pub enum TieStep {
        /// As the method of this name.
        Sum = "sum",
        /// As the method of this name.
        Mean = "mean",
        /// As the method of this name.
        Median = "median",
        /// As the method of this name.
        MajorityJudgment = "majority-judgment",
        /// Who was rated by the larger weight comes first.
        MoreRaters = "more-raters",
        /// Who got the best level from the larger weight comes first.
        MoreBest = "more-best",
        /// Who got the worst level from the smaller weight comes first. A `*` is no worst level here.
        FewerWorst = "fewer-worst",
        /// Who draws the smallest ticket comes first; only between those who share the last seats.
        Lot = "lot",
    }
}

impl From<Method> for TieStep {
    fn from(method: Method) -> Self {
        match method {
            Method::Sum => Self::Sum,
            Method::Mean => Self::Mean,
            Method::Median => Self::Median,
            Method::MajorityJudgment => Self::MajorityJudgment,
        }
    }
}

/// A least weight: `10`, or a part of a whole: `1/4`; with `>` before it, that much is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Is the amount itself not enough?
    pub strict: bool,
    /// How much.
    pub amount: Amount,
}

/// An absolute or a relative weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// So many votes, from 1.
    Weight(u64),
    /// Between 0 and 1, of a whole that the use of the quota names.
    Part(Fraction),
}

impl Quota {
    /// In its one written form, with the part in lowest terms; `None` for everything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (strict, text) = text.strip_prefix('>').map_or((false, text), |rest| (true, rest));
        Some(Self { strict, amount: Amount::parse(text)? })
    }

    /// Is `weight`, out of `whole`, enough? Both are in units, of which a vote has `unit`.
    pub fn is_met(&self, weight: u64, whole: u64, unit: u64) -> bool {
        let (has, needs) = match self.amount {
            Amount::Weight(votes) => (i128::from(weight), i128::from(votes) * i128::from(unit)),
            Amount::Part(part) => (i128::from(weight) * part.denominator(), i128::from(whole) * part.numerator()),
        };
        has > needs || (!self.strict && has == needs)
    }
}

impl Amount {
    fn parse(text: &str) -> Option<Self> {
        let fraction = Fraction::parse_short(text);
        match text.split_once('/') {
            None => {
                let weight = u64::try_from(fraction?.numerator()).ok()?;
                (1..=TOTAL_WEIGHT_MAX).contains(&weight).then_some(Self::Weight(weight))
            }
            Some(_) => {
                let part = fraction?;
                let below_one = 0 < part.numerator() && part.numerator() < part.denominator();
                (below_one && part.denominator() <= TOTAL_WEIGHT_MAX.into()).then_some(Self::Part(part))
            }
        }
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.strict { ">" } else { "" };
        match self.amount {
            Amount::Weight(weight) => write!(f, "{sign}{weight}"),
            Amount::Part(part) => write!(f, "{sign}{part}"),
        }
    }
}

/// What a score must reach: `>=3`, `>1/2`; where lower is better, `<=3`, `<1/2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// In which direction the score must be beyond.
    pub better: Better,
    /// Is the value itself not enough?
    pub strict: bool,
    /// In the scores' own units: votes for a sum, values of levels for the rest.
    pub value: Fraction,
}

impl Threshold {
    /// In its one written form, in lowest terms; `None` for everything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (better, rest) = match text.strip_prefix('>') {
            Some(rest) => (Better::Higher, rest),
            None => (Better::Lower, text.strip_prefix('<')?),
        };
        let (strict, number) = rest.strip_prefix('=').map_or((true, rest), |number| (false, number));
        let value = Fraction::parse_short(number)?;
        let fits = value.numerator().abs() <= THRESHOLD_NUMERATOR_MAX && value.denominator() <= TOTAL_WEIGHT_MAX.into();
        fits.then_some(Self { better, strict, value })
    }

    /// `unit`: how many units a vote has, where the score is a sum of weights; else 1.
    pub fn is_met(&self, score: Fraction, unit: u64) -> bool {
        let value = self.value.times(unit);
        let beyond = match self.better {
            Better::Higher => score > value,
            Better::Lower => score < value,
        };
        beyond || (!self.strict && score == value)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.better == Better::Higher { '>' } else { '<' };
        write!(f, "{sign}{}{}", if self.strict { "" } else { "=" }, self.value.to_short())
    }
}

/// Quotas and thresholds are texts in the manifest, each in one form.
macro_rules! as_text {
    ($type:ty, $expected:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom($expected))
            }
        }
    };
}

as_text!(
    Quota,
    "expected a weight such as \"10\", or a part in lowest terms such as \"1/4\", maybe with \">\" before it"
);
as_text!(Threshold, "expected a threshold such as \">=3\" or \">1/2\", in lowest terms");

/// The rule of a contest. What is left out of the manifest is not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What scores are made by.
    pub method: Method,
    /// What a `*` does to them.
    #[serde(default, skip_serializing_if = "Blanks::is_ignored")]
    pub blanks: Blanks,
    /// So much weight of worst scores is added to each candidate: who is rated by few stays near the bottom.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phantoms: u64,
    /// Who is rated by less is not ranked; a part is one of the weight of the ballots that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raters: Option<Quota>,
    /// With less, nobody is elected; a part is one of the weight of the roll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnout: Option<Quota>,
    /// How many are elected.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub seats: u32,
    /// Who does not reach it is not elected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Threshold>,
    /// The candidate that means "none of them": never elected, nor is anybody who is not before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    /// In this order; what is still equal behind the last shares a place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ties: Vec<TieStep>,
}

fn is_default(number: &u64) -> bool {
    *number == 0
}

fn one() -> u32 {
    1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

/// Who erred: the organiser.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// See [`ContestKind::Single`](crate::ContestKind::Single).
    #[error("a single choice is counted by sum or mean")]
    Single,
    /// See [`Rule::phantoms`].
    #[error("phantom scores go with mean, median or majority-judgment, not with blanks counted as worst, at most 2^40")]
    Phantoms,
    /// See [`Rule::seats`].
    #[error("there must be at least one seat, and not more than candidates who can be elected")]
    Seats,
    /// See [`Rule::pass`].
    #[error("the threshold begins with > where higher is better and with < where lower is better")]
    Threshold,
    /// The name that was looked for.
    #[error("\"{0}\", which is to mean none of them, is not among the candidates")]
    None(String),
    /// See [`Rule::ties`].
    #[error("a step against ties stands twice, or repeats the method, or something follows the lot")]
    Ties,
    /// See [`crate::manifest::Draft::roll_scale`].
    #[error(
        "where weights have decimals, raters, turnout and phantoms are at most 2^40 units, and the threshold of a sum is a whole \
         number of units"
    )]
    Units,
}

impl Rule {
    /// This method and nothing else.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            blanks: Blanks::Ignored,
            phantoms: 0,
            raters: None,
            turnout: None,
            seats: 1,
            pass: None,
            none: None,
            ties: Vec::new(),
        }
    }

    /// May a lot decide?
    pub fn has_lot(&self) -> bool {
        self.ties.contains(&TieStep::Lot)
    }

    /// Is what is written in votes a whole number of units, and not more of them than all weights may have?
    pub(crate) fn is_in_units(&self, unit: u64) -> bool {
        let fits = |votes: u64| votes.saturating_mul(unit) <= TOTAL_WEIGHT_MAX;
        let quota = |quota: &Quota| match quota.amount {
            Amount::Weight(votes) => fits(votes),
            Amount::Part(_) => true,
        };
        let whole = |pass: Threshold| pass.value.times(unit).denominator() == 1;
        fits(self.phantoms)
            && self.raters.iter().chain(&self.turnout).all(quota)
            && (self.method != Method::Sum || self.pass.is_none_or(whole))
    }

    /// What a threshold is multiplied by to be compared with scores.
    pub(crate) fn unit_of_scores(&self, unit: u64) -> u64 {
        if self.method == Method::Sum { unit } else { 1 }
    }

    /// Does it fit a contest of these candidates, in which this end of the scale is the good one? `single`: one of them is chosen.
    pub(crate) fn check(&self, single: bool, candidates: &[String], better: Better) -> Result<(), RuleProblem> {
        if single && !matches!(self.method, Method::Sum | Method::Mean) {
            return Err(RuleProblem::Single);
        }
        let useless = self.method == Method::Sum || self.blanks == Blanks::Worst || self.phantoms > TOTAL_WEIGHT_MAX;
        if self.phantoms > 0 && useless {
            return Err(RuleProblem::Phantoms);
        }
        if let Some(name) = self.none.as_ref().filter(|name| !candidates.contains(name)) {
            return Err(RuleProblem::None(name.clone()));
        }
        let electable = candidates.len() - usize::from(self.none.is_some());
        if !(1..=electable).contains(&(self.seats as usize)) {
            return Err(RuleProblem::Seats);
        }
        if self.pass.is_some_and(|pass| pass.better != better) {
            return Err(RuleProblem::Threshold);
        }
        let mut before = vec![TieStep::from(self.method)];
        for step in &self.ties {
            if before.contains(step) || before.last() == Some(&TieStep::Lot) {
                return Err(RuleProblem::Ties);
            }
            before.push(*step);
        }
        Ok(())
    }
}
