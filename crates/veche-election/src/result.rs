//! From the tally to the result, in exact integers and fractions. Spec: `docs/spec/results.md`.

use core::{cmp::Ordering, fmt};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    canonical,
    hash::Hash,
    manifest::{Better, Contest, Election, Rule},
    tally::{Histogram, Histograms},
};

pub const RESULT_VERSION: &str = "veche-result-1";

/// A reduced fraction with a positive denominator, written `a/b`.
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
    /// Numerators stay below 2^61 and denominators below 2^41: the products fit.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl Fraction {
    /// For people: decimals rounded half away from zero. Never used to decide anything.
    pub fn to_decimal(&self, places: u32) -> String {
        let scale = 10_i128.pow(places);
        let doubled = 2 * self.numerator.abs() * scale + self.denominator;
        let scaled = doubled / (2 * self.denominator);
        let sign = if self.numerator < 0 && scaled != 0 { "-" } else { "" };
        let width = places as usize;
        format!("{sign}{}.{:0width$}", scaled / scale, scaled % scale)
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// The file `result.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElectionResult {
    pub v: &'static str,
    pub election: Hash,
    pub rule: Rule,
    /// Voters on the roll, and their weight.
    pub voters: u64,
    pub voters_weight: u64,
    /// Ballots that count, and their weight.
    pub ballots: u64,
    pub weight: u64,
    pub contests: Vec<ContestResult>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContestResult {
    pub title: String,
    pub candidates: Vec<CandidateResult>,
    /// All who share the first place, in the order of the ballot; none when nobody was rated.
    pub winners: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateResult {
    pub name: String,
    pub sum: i64,
    pub mean: Option<Fraction>,
    pub median: Option<Fraction>,
    /// The weight of those who gave this candidate a score.
    pub raters: u64,
    pub histogram: NamedHistogram,
}

/// A JSON object with a figure for each level in the scale's order, then one for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedHistogram(pub Vec<(String, u64)>);

impl Serialize for NamedHistogram {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (level, count) in &self.0 {
            map.serialize_entry(level, count)?;
        }
        map.end()
    }
}

impl ElectionResult {
    /// From the histograms of so many counting ballots of this weight.
    pub fn compute(election: &Election, (ballots, weight): (u64, u64), histograms: &Histograms) -> Self {
        let rule = election.draft().rule;
        let contests = election.contests().iter().zip(histograms);
        Self {
            v: RESULT_VERSION,
            election: election.id(),
            rule,
            voters: election.roll().voters,
            voters_weight: election.roll().weight,
            ballots,
            weight,
            contests: contests.map(|(contest, histograms)| ContestResult::compute(contest, histograms, rule)).collect(),
        }
    }

    /// The exact bytes of `result.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::write(self)
    }

    pub fn hash(&self) -> Hash {
        Hash::of(&self.to_bytes())
    }
}

impl ContestResult {
    fn compute(contest: &Contest, histograms: &[Histogram], rule: Rule) -> Self {
        let pairs = contest.candidates.iter().zip(histograms);
        let candidates: Vec<_> = pairs.map(|(name, h)| CandidateResult::compute(name, contest, h)).collect();
        let score = |c: &CandidateResult| match rule {
            _ if c.raters == 0 => None,
            Rule::Sum => Fraction::new(c.sum.into(), 1),
            Rule::Mean => c.mean,
            Rule::Median => c.median,
        };
        let scores = || candidates.iter().filter_map(score);
        let best = match contest.better {
            Better::Higher => scores().max(),
            Better::Lower => scores().min(),
        };
        let first = candidates.iter().filter(|c| best.is_some() && score(c) == best);
        let winners = first.map(|c| c.name.clone()).collect();
        Self { title: contest.title.clone(), candidates, winners }
    }
}

impl CandidateResult {
    fn compute(name: &str, contest: &Contest, histogram: &Histogram) -> Self {
        let cells: Vec<(i64, u64)> = contest.values().into_iter().zip(histogram.levels.iter().copied()).collect();
        // At most 2^40 of weight times 10^6: below 2^60.
        let sum: i64 = cells.iter().map(|(value, weight)| value * (*weight as i64)).sum();
        let raters = histogram.raters();
        let names = contest.levels.iter().cloned().zip(histogram.levels.iter().copied());
        let all = names.chain([("*".to_owned(), histogram.blank)]).collect();
        Self {
            name: name.to_owned(),
            sum,
            mean: Fraction::new(sum.into(), raters.into()),
            median: median(&cells, raters),
            raters,
            histogram: NamedHistogram(all),
        }
    }
}

/// The middle of the scores in order, each repeated by its weight; the midpoint of the middle two if they are even.
fn median(cells: &[(i64, u64)], raters: u64) -> Option<Fraction> {
    let low = at_rank(cells, raters.checked_sub(1)? / 2)?;
    let high = at_rank(cells, raters / 2)?;
    Fraction::new(i128::from(low) + i128::from(high), 2)
}

/// The value at a rank counted from 0; cells ascend by value.
fn at_rank(cells: &[(i64, u64)], rank: u64) -> Option<i64> {
    let mut below = 0;
    cells.iter().find_map(|(value, weight)| {
        below += weight;
        (rank < below).then_some(*value)
    })
}
