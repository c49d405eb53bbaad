//! From the tally to the result, in exact integers and fractions. Spec: `docs/spec/results.md`.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    canonical,
    hash::Hash,
    lot::Lot,
    manifest::{Contest, Draft, Election, unit},
    ranking::{self, Figures, Ranking},
    roll::Heads,
    rules::{Method, TieStep},
    tally::{Histogram, Histograms},
};

pub use crate::{
    fraction::Fraction,
    ranking::{Compared, Reason, Status, TieGroup, TieResult},
};

/// `v` of an [`ElectionResult`].
pub const RESULT_VERSION: &str = "veche-result-2";

/// The file `result.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElectionResult {
    /// [`RESULT_VERSION`].
    pub v: &'static str,
    /// The election's id.
    pub election: Hash,
    /// Of what stands below as a weight or a sum of weights, 10^scale are a vote. Written only where weights have decimals.
    #[serde(skip_serializing_if = "is_zero")]
    pub scale: u32,
    /// Voters by whom turnout is measured, and their weight: the roll at the opening, and whoever was added since.
    pub voters: u64,
    /// In units.
    pub voters_weight: u64,
    /// The roll at the closing, where somebody was struck since the opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_closing: Option<Heads>,
    /// Ballots that count, and their weight.
    pub ballots: u64,
    /// In units.
    pub weight: u64,
    /// Where a lot has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// In the manifest's order.
    pub contests: Vec<ContestResult>,
}

/// What a contest came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContestResult {
    /// As in the manifest.
    pub title: String,
    /// As in the manifest.
    pub method: Method,
    /// In the manifest's order.
    pub candidates: Vec<CandidateResult>,
    /// Those of them who stand no more, in the order in which they were withdrawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<Withdrawn>,
    /// Where scores were equal: what was compared further.
    pub ties: Vec<TieGroup>,
    /// Who has a seat for certain, by place; of equal place in the order of the ballot.
    pub winners: Vec<String>,
    /// Those who share the last seats, more than there are, and nothing decides between them.
    pub tied: Vec<String>,
    /// Why there are neither.
    pub reason: Option<Reason>,
}

/// What a candidate came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateResult {
    /// As in the manifest.
    pub name: String,
    /// One more than the number of those who come before; none for who is not ranked.
    pub place: Option<u32>,
    /// Elected, or why not.
    pub status: Status,
    /// By the method and the blank rule; of majority judgment, the majority grade.
    pub score: Option<Fraction>,
    /// Sum, mean and median of the scores that were given, whatever the rule.
    pub sum: i64,
    /// `None` where nobody gave a score.
    pub mean: Option<Fraction>,
    /// Between the two in the middle, of an even weight; `None` where nobody gave a score.
    pub median: Option<Fraction>,
    /// The weight of those who gave this candidate a score.
    pub raters: u64,
    /// What all of this follows from.
    pub histogram: NamedHistogram,
}

/// A JSON object with a figure for each level in the scale's order, then one for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedHistogram {
    /// Names of the levels from the lowest, with the weight behind each.
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

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// From what a result follows.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Ballots that count, and their weight.
    pub ballots: u64,
    /// In units.
    pub weight: u64,
    /// By contest and candidate, in the manifest's order.
    pub histograms: &'a Histograms,
    /// What was drawn or opened, if it was.
    pub lot: Option<&'a Lot>,
    /// By which turnout is measured.
    pub roll: Heads,
    /// The roll at the closing.
    pub at_closing: Heads,
    /// In the order of the log.
    pub withdrawn: &'a [Withdrawal],
}

/// A candidate who stands no more: contest and candidate counted from 0, and how many ballots counted then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// Counted from 0.
    pub contest: usize,
    /// Counted from 0.
    pub candidate: usize,
    /// How many ballots counted when it was withdrawn.
    pub ballots: u64,
}

impl Withdrawal {
    fn named(&self, contest: &Contest) -> Option<Withdrawn> {
        Some(Withdrawn { candidate: contest.candidates.get(self.candidate)?.clone(), ballots: self.ballots })
    }
}

/// As the result's file names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    /// The name.
    pub candidate: String,
    /// So many ballots counted when it was withdrawn.
    pub ballots: u64,
}

impl ElectionResult {
    /// `None` if a lot has to decide and was not drawn.
    pub fn of(election: &Election, basis: &Basis<'_>) -> Option<Self> {
        Self::of_draft(election.id(), election.draft(), basis)
    }

    /// The same without an election: of ballots that somebody has, under whatever id.
    pub fn of_draft(id: Hash, draft: &Draft, basis: &Basis<'_>) -> Option<Self> {
        let Basis { ballots, weight, histograms, lot, roll, at_closing, withdrawn } = *basis;
        let unit = draft.unit();
        let (mut contests, mut drew_lot) = (Vec::new(), false);
        for (index, (contest, histograms)) in draft.contests.iter().zip(histograms).enumerate() {
            let figures: Vec<Figures> =
                histograms.iter().map(|histogram| Figures::new(contest, histogram, unit)).collect();
            let gone: Vec<Withdrawal> = withdrawn.iter().filter(|gone| gone.contest == index).copied().collect();
            let withdrawn: Vec<usize> = gone.iter().map(|gone| gone.candidate).collect();
            let (figures_of, roll) = (figures.as_slice(), roll.weight);
            let ranking = Ranking { contest, index, figures: figures_of, weight, roll, unit, withdrawn: &withdrawn };
            let outcome = ranking.outcome(lot)?;
            drew_lot |= outcome.drew_lot;
            contests.push(ContestResult::new(contest, histograms, &figures, outcome, &gone));
        }
        Some(Self {
            v: RESULT_VERSION,
            election: id,
            scale: draft.roll_scale,
            voters: roll.voters,
            voters_weight: roll.weight,
            at_closing: Some(at_closing).filter(|now| *now != roll),
            ballots,
            weight,
            lot: lot.filter(|_| drew_lot).cloned(),
            contests,
        })
    }

    /// How many units of weight a vote has.
    pub fn unit(&self) -> u64 {
        unit(self.scale)
    }

    /// Do ballots count by weights?
    pub fn is_weighted(&self) -> bool {
        self.voters.saturating_mul(self.unit()) != self.voters_weight
    }

    /// The exact bytes of `result.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::write(self)
    }

    /// SHA-256 of these bytes: the log's last entry holds it.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.to_bytes())
    }
}

impl ContestResult {
    fn new(
        contest: &Contest,
        histograms: &[Histogram],
        figures: &[Figures],
        outcome: ranking::Outcome,
        gone: &[Withdrawal],
    ) -> Self {
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
            withdrawn: gone.iter().filter_map(|gone| gone.named(contest)).collect(),
            ties: outcome.ties,
            reason: outcome.reason,
        }
    }
}

impl ContestResult {
    /// The first comparison of the contest's rule that tells two of its candidates apart; none if only a lot can.
    /// `unit`: how many units of weight a vote has.
    pub fn decided_by(contest: &Contest, a: &CandidateResult, b: &CandidateResult, unit: u64) -> Option<TieStep> {
        let figures = |candidate: &CandidateResult| {
            let NamedHistogram { levels, blank } = &candidate.histogram;
            let levels = levels.iter().map(|(_, weight)| *weight).collect();
            Figures::new(contest, &Histogram { levels, blank: *blank }, unit)
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
