//! From the tally to the result, in exact integers and fractions. Spec: `docs/spec/results.md`.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    board::Heads,
    canonical,
    hash::Hash,
    lot::Lot,
    manifest::{Contest, Election},
    ranking::{self, Figures, Ranking},
    rules::{Method, TieStep},
    tally::{Histogram, Histograms},
};

pub use crate::{
    fraction::Fraction,
    ranking::{Compared, Reason, Status, TieGroup, TieResult},
};

pub const RESULT_VERSION: &str = "veche-result-1";

/// The file `result.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElectionResult {
    pub v: &'static str,
    pub election: Hash,
    /// Voters by whom turnout is measured, and their weight: the roll at the opening, and whoever was added since.
    pub voters: u64,
    pub voters_weight: u64,
    /// The roll at the closing, where somebody was struck since the opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_closing: Option<Heads>,
    /// Ballots that count, and their weight.
    pub ballots: u64,
    pub weight: u64,
    /// Where a lot has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    pub contests: Vec<ContestResult>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContestResult {
    pub title: String,
    pub method: Method,
    pub candidates: Vec<CandidateResult>,
    /// Where scores were equal: what was compared further.
    pub ties: Vec<TieGroup>,
    /// Who has a seat for certain, by place; of equal place in the order of the ballot.
    pub winners: Vec<String>,
    /// Those who share the last seats, more than there are, and nothing decides between them.
    pub tied: Vec<String>,
    /// Why there are neither.
    pub reason: Option<Reason>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateResult {
    pub name: String,
    /// One more than the number of those who come before; none for who is not ranked.
    pub place: Option<u32>,
    pub status: Status,
    /// By the method and the blank rule; of majority judgment, the majority grade.
    pub score: Option<Fraction>,
    /// Sum, mean and median of the scores that were given, whatever the rule.
    pub sum: i64,
    pub mean: Option<Fraction>,
    pub median: Option<Fraction>,
    /// The weight of those who gave this candidate a score.
    pub raters: u64,
    pub histogram: NamedHistogram,
}

/// A JSON object with a figure for each level in the scale's order, then one for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedHistogram {
    pub levels: Vec<(String, u64)>,
    /// The weight of those who had no opinion.
    pub blank: u64,
}

impl Serialize for NamedHistogram {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.levels.len() + 1))?;
        for (level, count) in &self.levels {
            map.serialize_entry(level, count)?;
        }
        map.serialize_entry("*", &self.blank)?;
        map.end()
    }
}

/// From what a result follows.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Ballots that count, and their weight.
    pub ballots: u64,
    pub weight: u64,
    pub histograms: &'a Histograms,
    pub lot: Option<&'a Lot>,
    /// By which turnout is measured.
    pub roll: Heads,
    pub at_closing: Heads,
}

impl ElectionResult {
    /// `None` if a lot has to decide and was not drawn.
    pub fn of(election: &Election, basis: &Basis<'_>) -> Option<Self> {
        Self::of_contests(election.id(), election.contests(), basis)
    }

    /// The same without an election: of ballots that somebody has, under whatever id.
    pub fn of_contests(id: Hash, all: &[Contest], basis: &Basis<'_>) -> Option<Self> {
        let Basis { ballots, weight, histograms, lot, roll, at_closing } = *basis;
        let (mut contests, mut drew_lot) = (Vec::new(), false);
        for (index, (contest, histograms)) in all.iter().zip(histograms).enumerate() {
            let figures: Vec<Figures> = histograms.iter().map(|histogram| Figures::new(contest, histogram)).collect();
            let ranking = Ranking { contest, index, figures: &figures, weight, roll: roll.weight };
            let outcome = ranking.outcome(lot)?;
            drew_lot |= outcome.drew_lot;
            contests.push(ContestResult::new(contest, histograms, &figures, outcome));
        }
        Some(Self {
            v: RESULT_VERSION,
            election: id,
            voters: roll.voters,
            voters_weight: roll.weight,
            at_closing: Some(at_closing).filter(|now| *now != roll),
            ballots,
            weight,
            lot: lot.filter(|_| drew_lot).cloned(),
            contests,
        })
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
    fn new(contest: &Contest, histograms: &[Histogram], figures: &[Figures], outcome: ranking::Outcome) -> Self {
        let standings = outcome.places.iter().zip(&outcome.status);
        let candidates: Vec<CandidateResult> = contest
            .candidates
            .iter()
            .zip(histograms)
            .zip(figures)
            .zip(standings)
            .map(|(((name, histogram), figures), (place, status))| CandidateResult {
                place: *place,
                status: *status,
                score: figures.score,
                ..CandidateResult::given(name, contest, histogram)
            })
            .collect();
        let of = |status| {
            let mut those: Vec<&CandidateResult> = candidates.iter().filter(|c| c.status == status).collect();
            those.sort_by_key(|candidate| candidate.place);
            those.into_iter().map(|candidate| candidate.name.clone()).collect()
        };
        Self {
            title: contest.title.clone(),
            method: contest.rule.method,
            winners: of(Status::Winner),
            tied: of(Status::Tied),
            candidates,
            ties: outcome.ties,
            reason: outcome.reason,
        }
    }
}

impl ContestResult {
    /// The first comparison of the contest's rule that tells two of its candidates apart; none if only a lot can.
    pub fn decided_by(contest: &Contest, a: &CandidateResult, b: &CandidateResult) -> Option<TieStep> {
        let figures = |candidate: &CandidateResult| {
            let NamedHistogram { levels, blank } = &candidate.histogram;
            let levels = levels.iter().map(|(_, weight)| *weight).collect();
            Figures::new(contest, &Histogram { levels, blank: *blank })
        };
        let (a, b) = (figures(a), figures(b));
        ranking::steps(&contest.rule).find(|step| a.order(&b, *step).is_ne())
    }
}

impl CandidateResult {
    /// What follows from the marks that were given, without the rule.
    fn given(name: &str, contest: &Contest, histogram: &Histogram) -> Self {
        let cells: Vec<(i64, u64)> = contest.values().into_iter().zip(histogram.levels.iter().copied()).collect();
        let (sum, raters) = (ranking::sum(&cells), histogram.raters());
        let levels = contest.levels.iter().cloned().zip(histogram.levels.iter().copied()).collect();
        Self {
            name: name.to_owned(),
            place: None,
            status: Status::Unrated,
            score: None,
            sum: i64::try_from(sum).expect("at most 2^40 of weight times 10^6"),
            mean: Fraction::new(sum, raters.into()),
            median: ranking::median(&cells),
            raters,
            histogram: NamedHistogram { levels, blank: histogram.blank },
        }
    }
}
