//! From histograms to places and seats, by the rule of the contest, in integers and fractions.
//! Spec: `docs/spec/results.md` sections 3 to 6.

use core::{cmp::Ordering, fmt};

use serde::{Serialize, Serializer};

use crate::{
    choice::choice,
    fraction::Fraction,
    hash::Hash,
    lot::Lot,
    manifest::{Better, Contest},
    rules::{Blanks, Method, Rule, TieStep},
    tally::Histogram,
};

choice! {
    /// What became of a candidate.
    pub enum Status {
        /// Has a seat for certain.
        Winner = "winner",
        /// Shares the last seats with others, and nothing decides between them.
        Tied = "tied",
        /// Has a place, and no seat.
        Ranked = "ranked",
        /// Stands for "none of them".
        None = "none",
        /// Nobody gave a score.
        Unrated = "unrated",
        /// Rated by less than the rule's `raters`.
        FewRaters = "few-raters",
        /// Does not reach the rule's `pass`.
        BelowThreshold = "below-threshold",
        /// Not before "none of them".
        BehindNone = "behind-none",
        /// Stands no more: has neither place nor seat, and the marks stay in what others are measured by.
        Withdrawn = "withdrawn",
    }
}

/// Why there is nobody who won, or who shares the last seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nobody voted.
    NoBallots,
    /// Less than the rule's `turnout`.
    Turnout,
    /// Nobody gave anybody a score.
    Unrated,
    /// Nobody who is rated reaches the rule's `raters`.
    FewRaters,
    /// Nobody else reaches the rule's `pass`.
    BelowThreshold,
    /// Nobody comes before "none of them".
    BehindNone,
    /// All were withdrawn.
    Withdrawn,
}

/// The figures of one candidate, after the blank rule.
pub(crate) struct Figures {
    /// Values and weights that count, the values ascending: blanks and phantom scores are in them.
    counted: Vec<(i64, u64)>,
    better: Better,
    /// Weights of the marks as they were given.
    raters: u64,
    best: u64,
    worst: u64,
    /// By the method of the rule; none for a candidate whom nobody rated.
    pub(crate) score: Option<Fraction>,
}

impl Figures {
    /// `unit`: how many units of weight a vote has.
    pub(crate) fn new(contest: &Contest, histogram: &Histogram, unit: u64) -> Self {
        let (rule, better) = (&contest.rule, contest.better);
        let values = contest.values();
        let mut counted: Vec<(i64, u64)> = values.into_iter().zip(histogram.levels.iter().copied()).collect();
        let (low, high) = (counted.first().map_or(0, |c| c.1), counted.last().map_or(0, |c| c.1));
        let (worst, best) = if better == Better::Higher { (low, high) } else { (high, low) };
        let blanks = if rule.blanks == Blanks::Worst { histogram.blank } else { 0 };
        let raters = histogram.raters();
        let rated = raters + blanks > 0;
        let end = if better == Better::Higher { counted.first_mut() } else { counted.last_mut() };
        if let Some((_, weight)) = end.filter(|_| rated) {
            *weight += blanks + rule.phantoms * unit;
        }
        let mut this = Self { counted, better, raters, best, worst, score: None };
        this.score = this.by(rule.method.into());
        this
    }

    fn weight(&self) -> u64 {
        self.counted.iter().map(|(_, weight)| weight).sum()
    }

    /// The number by which a step compares, where it is one of the methods.
    fn by(&self, step: TieStep) -> Option<Fraction> {
        let weight = self.weight();
        let sum = sum(&self.counted);
        match step {
            _ if weight == 0 => None,
            TieStep::Sum => Some(Fraction::whole(sum)),
            TieStep::Mean => Fraction::new(sum, weight.into()),
            TieStep::Median => median(&self.counted),
            TieStep::MajorityJudgment => Some(Fraction::whole(self.majority_grade()?.into())),
            TieStep::MoreRaters | TieStep::MoreBest | TieStep::FewerWorst | TieStep::Lot => None,
        }
    }

    /// The middle of the scores, of an even weight the worse of the middle two.
    fn majority_grade(&self) -> Option<i64> {
        let middle = self.weight().checked_sub(1)?;
        let from_below = if self.better == Better::Higher { middle / 2 } else { middle.div_ceil(2) };
        at_rank(&self.counted, from_below)
    }

    /// The parts of the counted weight that are better, and worse, than the majority grade.
    pub(crate) fn gauge(&self) -> Option<(Fraction, Fraction)> {
        let grade = self.majority_grade()?;
        let part = |side: Ordering| {
            let beyond = self.counted.iter().filter(|(value, _)| value.cmp(&grade) == side);
            Fraction::new(beyond.map(|(_, weight)| i128::from(*weight)).sum(), self.weight().into())
        };
        let (above, below) = (part(Ordering::Greater)?, part(Ordering::Less)?);
        Some(if self.better == Better::Higher { (above, below) } else { (below, above) })
    }

    /// `Less`: `self` comes before `other`.
    pub(crate) fn order(&self, other: &Self, step: TieStep) -> Ordering {
        match step {
            TieStep::MoreRaters => other.raters.cmp(&self.raters),
            TieStep::MoreBest => other.best.cmp(&self.best),
            TieStep::FewerWorst => self.worst.cmp(&other.worst),
            TieStep::Lot => Ordering::Equal,
            TieStep::MajorityJudgment => self.order_by_majority(other),
            TieStep::Sum | TieStep::Mean | TieStep::Median => better_first(self.better, self.by(step), other.by(step)),
        }
    }

    /// The first difference of the two distributions on the way from the middle outwards, on both sides at once; the
    /// worse side comes first where both differ at the same distance. The same as taking away one majority grade after
    /// the other, each candidate's marks first multiplied to a common number.
    fn order_by_majority(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.sides(other.weight()), other.sides(self.weight()));
        let mut ends: Vec<u128> = [&mine, &theirs].into_iter().flatten().flatten().map(|(_, end)| *end).collect();
        ends.sort_unstable();
        ends.dedup();
        let reach = |side: &[(i64, u128)], end: u128| side.iter().find(|(_, e)| *e >= end).map(|(grade, _)| *grade);
        for end in ends {
            for (mine, theirs) in mine.iter().zip(&theirs) {
                if let (Some(mine), Some(theirs)) = (reach(mine, end), reach(theirs, end))
                    && mine != theirs
                {
                    return better_first(self.better, Some(mine), Some(theirs));
                }
            }
        }
        Ordering::Equal
    }

    /// The marks on the worse and on the better side of the middle, each from the middle outwards: a grade, and the
    /// distance from the middle at which it ends. Distances are in halves of a mark, times `scale`.
    fn sides(&self, scale: u64) -> [Vec<(i64, u128)>; 2] {
        let total = u128::from(self.weight());
        let mut worst_first = self.counted.clone();
        if self.better == Better::Lower {
            worst_first.reverse();
        }
        let side = |cells: &mut dyn Iterator<Item = &(i64, u64)>| {
            // Coming from the outer end: this grade lies between `done` and `done + weight` from there.
            let mut done = 0_u128;
            let mut out = Vec::new();
            for (grade, weight) in cells.filter(|(_, weight)| *weight > 0) {
                if 2 * done < total {
                    out.push((*grade, (total - 2 * done) * u128::from(scale)));
                }
                done += u128::from(*weight);
            }
            out.reverse();
            out
        };
        [side(&mut worst_first.iter()), side(&mut worst_first.iter().rev())]
    }

    /// What the output says a step has compared.
    fn compared(&self, step: TieStep) -> Compared {
        match step {
            TieStep::MoreRaters => Compared::Weight(self.raters),
            TieStep::MoreBest => Compared::Weight(self.best),
            TieStep::FewerWorst => Compared::Weight(self.worst),
            TieStep::MajorityJudgment => {
                self.gauge().map_or(Compared::Nothing, |(better, worse)| Compared::Gauge { better, worse })
            }
            TieStep::Sum | TieStep::Mean | TieStep::Median => self.by(step).map_or(Compared::Nothing, Compared::Figure),
            TieStep::Lot => Compared::Nothing,
        }
    }
}

fn better_first<T: Ord>(better: Better, a: T, b: T) -> Ordering {
    match better {
        Better::Higher => b.cmp(&a),
        Better::Lower => a.cmp(&b),
    }
}

/// At most 2^41 of weight times 10^6.
pub(crate) fn sum(cells: &[(i64, u64)]) -> i128 {
    cells.iter().map(|(value, weight)| i128::from(*value) * i128::from(*weight)).sum()
}

/// The middle of the scores in order, each repeated by its weight; the midpoint of the middle two if they are even.
pub(crate) fn median(cells: &[(i64, u64)]) -> Option<Fraction> {
    let weight: u64 = cells.iter().map(|(_, weight)| weight).sum();
    let low = at_rank(cells, weight.checked_sub(1)? / 2)?;
    let high = at_rank(cells, weight / 2)?;
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

/// Candidates of equal score, in the order of their places, and what was compared between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TieGroup {
    /// Their names.
    pub candidates: Vec<String>,
    /// As far as they were needed.
    pub steps: Vec<TieResult>,
}

/// One step against a tie, with what it has compared, in the order of the group's candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TieResult {
    /// Which.
    pub step: TieStep,
    /// One for each candidate of the group.
    pub values: Vec<Compared>,
}

/// What a step has compared of one candidate. A text in the result's file: `docs/spec/results.md` section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// There was nothing to compare, or nobody drew a ticket for this candidate.
    Nothing,
    /// Of raters, best or worst marks, in units.
    Weight(u64),
    /// A sum, a mean or a median.
    Figure(Fraction),
    /// Parts of the grades that are better, and worse, than the majority grade.
    Gauge {
        /// Between 0 and 1.
        better: Fraction,
        /// Between 0 and 1.
        worse: Fraction,
    },
    /// Of the lot; the smallest comes first.
    Ticket(Hash),
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Weight(weight) => write!(f, "{weight}"),
            Self::Figure(figure) => write!(f, "{figure}"),
            Self::Gauge { better, worse } => write!(f, "+{better} -{worse}"),
            Self::Ticket(ticket) => write!(f, "{ticket}"),
        }
    }
}

impl Serialize for Compared {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Everybody's place, and who is elected.
pub(crate) struct Outcome {
    pub places: Vec<Option<u32>>,
    pub status: Vec<Status>,
    pub ties: Vec<TieGroup>,
    pub reason: Option<Reason>,
    /// Did a lot decide?
    pub drew_lot: bool,
}

/// One contest on its way to a result. Candidates are named by their index.
pub(crate) struct Ranking<'a> {
    pub contest: &'a Contest,
    /// Of the contest, counted from 0.
    pub index: usize,
    pub figures: &'a [Figures],
    /// Of the ballots that count, and of the roll.
    pub weight: u64,
    pub roll: u64,
    /// How many units of weight a vote has.
    pub unit: u64,
    /// Who stands no more.
    pub withdrawn: &'a [usize],
}

impl Ranking<'_> {
    fn rule(&self) -> &Rule {
        &self.contest.rule
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let (Some(a), Some(b)) = (self.figures.get(a), self.figures.get(b)) else { return Ordering::Equal };
        steps(self.rule()).map(|step| a.order(b, step)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn score(&self, candidate: usize) -> Option<Fraction> {
        self.figures.get(candidate)?.score
    }

    fn ticket(&self, lot: Option<&Lot>, candidate: usize) -> Option<Hash> {
        lot.map(|lot| lot.ticket(self.index, candidate))
    }

    /// `None` if a lot has to decide and none was drawn.
    pub(crate) fn outcome(&self, lot: Option<&Lot>) -> Option<Outcome> {
        let mut status: Vec<Status> = (0..self.figures.len()).map(|i| self.standing(i)).collect();
        let excluded = |status: &Status| matches!(status, Status::Unrated | Status::FewRaters | Status::Withdrawn);
        let all = status.iter().enumerate();
        let mut ranked: Vec<usize> = all.filter(|(_, status)| !excluded(status)).map(|(i, _)| i).collect();
        ranked.sort_by(|a, b| self.order(*a, *b));
        self.bar_behind_none(&ranked, &mut status);

        let turnout = self.rule().turnout.is_none_or(|quota| quota.is_met(self.weight, self.roll, self.unit));
        let eligible: Vec<usize> = ranked
            .iter()
            .copied()
            .filter(|i| status.get(*i) == Some(&Status::Ranked))
            .take_while(|_| turnout)
            .collect();
        let tied = self.give_seats(&eligible, &mut status);
        let drew_lot = !tied.is_empty() && self.rule().has_lot();
        if drew_lot {
            let lot = lot?;
            let free = (self.rule().seats as usize).saturating_sub(self.elected(&status));
            let mut drawn = tied.clone();
            drawn.sort_by_key(|candidate| lot.ticket(self.index, *candidate));
            for (place, candidate) in drawn.iter().enumerate() {
                set(&mut status, *candidate, if place < free { Status::Winner } else { Status::Ranked });
            }
            let from = ranked.iter().position(|i| tied.contains(i)).unwrap_or(0);
            ranked.splice(from..from + drawn.len(), drawn);
        }
        let by_lot: &[usize] = if drew_lot { &tied } else { &[] };
        let nobody = !status.iter().any(|status| matches!(status, Status::Winner | Status::Tied));
        let reason = nobody.then(|| self.reason(&status, turnout));
        let (places, ties) = (self.places(&ranked, by_lot), self.explain(&ranked, by_lot, lot));
        Some(Outcome { places, ties, reason, drew_lot, status })
    }

    /// What is said of a candidate alone.
    fn standing(&self, candidate: usize) -> Status {
        if self.withdrawn.contains(&candidate) {
            return Status::Withdrawn;
        }
        let Some(figures) = self.figures.get(candidate) else { return Status::Unrated };
        let Some(score) = figures.score else { return Status::Unrated };
        if self.rule().raters.is_some_and(|quota| !quota.is_met(figures.raters, self.weight, self.unit)) {
            return Status::FewRaters;
        }
        if self.is_none(candidate) {
            return Status::None;
        }
        let unit = self.rule().unit_of_scores(self.unit);
        let passes = self.rule().pass.is_none_or(|pass| pass.is_met(score, unit));
        if passes { Status::Ranked } else { Status::BelowThreshold }
    }

    /// Is this whom the rule names as "none of them", whatever its status?
    fn is_none(&self, candidate: usize) -> bool {
        self.rule().none.is_some() && self.contest.candidates.get(candidate) == self.rule().none.as_ref()
    }

    /// Nobody is elected who does not stand before "none of them": a lot helps nobody over it.
    fn bar_behind_none(&self, ranked: &[usize], status: &mut [Status]) {
        let Some(none) = ranked.iter().copied().find(|i| status.get(*i) == Some(&Status::None)) else { return };
        for candidate in ranked {
            if status.get(*candidate) == Some(&Status::Ranked) && self.order(*candidate, none).is_ge() {
                set(status, *candidate, Status::BehindNone);
            }
        }
    }

    /// Gives the seats from the top down. Returns those who share the last seats, and are more than these.
    fn give_seats(&self, eligible: &[usize], status: &mut [Status]) -> Vec<usize> {
        let mut free = self.rule().seats as usize;
        for equal in eligible.chunk_by(|a, b| self.order(*a, *b).is_eq()) {
            if free == 0 {
                break;
            }
            if equal.len() > free {
                equal.iter().for_each(|candidate| set(status, *candidate, Status::Tied));
                return equal.to_vec();
            }
            equal.iter().for_each(|candidate| set(status, *candidate, Status::Winner));
            free -= equal.len();
        }
        Vec::new()
    }

    fn elected(&self, status: &[Status]) -> usize {
        status.iter().filter(|status| **status == Status::Winner).count()
    }

    /// The first thing that has kept everybody out.
    fn reason(&self, status: &[Status], turnout: bool) -> Reason {
        let others = status.iter().enumerate().filter(|(i, status)| !self.is_none(*i) && **status != Status::Withdrawn);
        let standing: Vec<&Status> = others.map(|(_, status)| status).collect();
        let all = |out: &[Status]| standing.iter().all(|status| out.contains(status));
        if self.weight == 0 {
            Reason::NoBallots
        } else if !turnout {
            Reason::Turnout
        } else if standing.is_empty() {
            Reason::Withdrawn
        } else if all(&[Status::Unrated]) {
            Reason::Unrated
        } else if all(&[Status::Unrated, Status::FewRaters]) {
            Reason::FewRaters
        } else if all(&[Status::Unrated, Status::FewRaters, Status::BelowThreshold]) {
            Reason::BelowThreshold
        } else {
            Reason::BehindNone
        }
    }

    /// One more than the number of those who stand before.
    fn places(&self, ranked: &[usize], by_lot: &[usize]) -> Vec<Option<u32>> {
        let mut places = vec![None; self.figures.len()];
        let mut last: Option<(usize, u32)> = None;
        for (place, candidate) in (1_u32..).zip(ranked) {
            let shared =
                last.filter(|(above, _)| !by_lot.contains(candidate) && self.order(*above, *candidate).is_eq());
            let place = shared.map_or(place, |(_, place)| place);
            last = Some((*candidate, place));
            if let Some(slot) = places.get_mut(*candidate) {
                *slot = Some(place);
            }
        }
        places
    }

    /// For each group of candidates with equal scores: the steps that were needed, and what they compared.
    fn explain(&self, ranked: &[usize], by_lot: &[usize], lot: Option<&Lot>) -> Vec<TieGroup> {
        let groups = ranked.chunk_by(|a, b| self.score(*a) == self.score(*b)).filter(|group| group.len() > 1);
        groups.map(|group| self.explain_group(group, by_lot, lot)).collect()
    }

    fn explain_group(&self, group: &[usize], by_lot: &[usize], lot: Option<&Lot>) -> TieGroup {
        let judged = self.rule().method == Method::MajorityJudgment;
        let steps = steps(self.rule()).skip(usize::from(!judged)).filter(|step| *step != TieStep::Lot);
        let figures: Vec<&Figures> = group.iter().filter_map(|i| self.figures.get(*i)).collect();
        let mut compared: Vec<TieStep> = Vec::new();
        let mut results = Vec::new();
        for step in steps {
            let decided = |pair: &[&Figures]| match pair {
                [a, b] => compared.iter().any(|step| a.order(b, *step).is_ne()),
                _ => true,
            };
            if figures.windows(2).all(decided) {
                break;
            }
            results.push(TieResult { step, values: figures.iter().map(|f| f.compared(step)).collect() });
            compared.push(step);
        }
        if group.iter().any(|candidate| by_lot.contains(candidate)) {
            let ticket = |i: &usize| self.ticket(lot.filter(|_| by_lot.contains(i)), *i);
            let values = group.iter().map(|i| ticket(i).map_or(Compared::Nothing, Compared::Ticket)).collect();
            results.push(TieResult { step: TieStep::Lot, values });
        }
        let name = |i: &usize| self.contest.candidates.get(*i).cloned().unwrap_or_default();
        TieGroup { candidates: group.iter().map(name).collect(), steps: results }
    }
}

/// What is compared, one after the other: the method, then the steps against ties.
pub(crate) fn steps(rule: &Rule) -> impl Iterator<Item = TieStep> {
    // The score of majority judgment is the majority grade alone, which its comparison begins with.
    [rule.method.into()].into_iter().chain(rule.ties.iter().copied())
}

fn set(status: &mut [Status], candidate: usize, to: Status) {
    if let Some(slot) = status.get_mut(candidate) {
        *slot = to;
    }
}
