//! A result as people are shown it, whatever shows it: who stands where, what each cell of a row means, which levels a legend
//! names. Table, page, picture and CSV only lay it out; texts are in the language of whoever makes it.

use veche_election::{
    Contest, ContestKind, Draft, ElectionResult, Method,
    result::{CandidateResult, ContestResult, Fraction, Status},
};

use crate::{
    bars::{self, Part, Shade},
    lang::tr,
    words::{self, Show, Tie},
};

/// All contests of an election that has come to its result.
pub struct Standings<'a> {
    pub result: &'a ElectionResult,
    pub contests: Vec<ContestStandings<'a>>,
    /// Do ballots count by weights?
    pub weighted: bool,
}

pub struct ContestStandings<'a> {
    pub contest: &'a Contest,
    pub result: &'a ContestResult,
    /// By place; who has none comes last, in the order of the ballot.
    pub rows: Vec<Row<'a>>,
    /// What a table says, each with a cell for every row.
    pub columns: Vec<Column<'a>>,
    /// The levels of a legend, worst first.
    pub legend: Vec<Level<'a>>,
    /// Had anybody no opinion?
    pub has_blanks: bool,
    /// Has the scale levels on both sides of 0?
    pub diverging: bool,
    weighted: bool,
    /// Of the weights.
    scale: u32,
}

/// A candidate.
pub struct Row<'a> {
    pub candidate: &'a CandidateResult,
    pub place: Option<u32>,
    pub won: bool,
    /// What became of who neither won nor is simply behind.
    pub note: Option<String>,
    /// By the rule.
    pub score: String,
    /// From the worst level to the best.
    pub bar: Vec<Part<'a>>,
    pub blank: Blank,
    /// The bar in words.
    pub described: String,
}

/// Of a candidate: the weight of those who had no opinion, of so much that was cast.
#[derive(Clone, Copy)]
pub struct Blank {
    pub weight: u64,
    pub of: u64,
    pub scale: u32,
    /// The part that the rule allows.
    allowed: Option<Fraction>,
}

impl Blank {
    pub fn votes(self) -> String {
        words::votes(self.weight, self.scale)
    }

    /// Empty where there is none.
    pub fn share(self) -> String {
        if self.weight == 0 {
            return String::new();
        }
        words::percent_beside(self.weight, self.of, self.allowed.as_slice())
    }
}

/// A level in a legend.
pub struct Level<'a> {
    /// In the scale.
    pub place: usize,
    pub name: &'a str,
    pub shade: Shade,
    /// Best, worst, chosen: only the ends need it.
    pub note: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Means<'a> {
    /// A figure of the scores that were given, or the one by which the rule goes.
    Figure { decides: bool },
    /// The weight of those who gave a score.
    Raters,
    /// The weight of those who gave this level.
    Level(&'a str),
    /// The weight of those who had no opinion.
    Blank,
}

pub struct Column<'a> {
    pub means: Means<'a>,
    pub head: String,
    pub cells: Vec<String>,
    /// Of figures.
    pub exact: Vec<Option<Fraction>>,
}

impl<'a> Standings<'a> {
    pub fn new(draft: &'a Draft, result: &'a ElectionResult) -> Self {
        let weighted = result.is_weighted();
        let scale = result.scale;
        let pairs = draft.contests.iter().zip(&result.contests);
        let contests = pairs.map(|(contest, result)| ContestStandings::new(contest, result, weighted, scale)).collect();
        Self { result, contests, weighted }
    }
}

impl<'a> ContestStandings<'a> {
    pub fn new(contest: &'a Contest, result: &'a ContestResult, weighted: bool, scale: u32) -> Self {
        let mut candidates: Vec<&CandidateResult> = result.candidates.iter().collect();
        candidates.sort_by_key(|candidate| candidate.place.unwrap_or(u32::MAX));
        let scores = words::scores(contest, &candidates, scale);
        let pairs = candidates.iter().zip(scores);
        let rows = pairs.map(|(candidate, score)| Row::new(contest, candidate, score, scale)).collect();
        let level = |place: usize| {
            let name = contest.levels.get(place)?;
            Some(Level { place, name, shade: bars::shade(contest, place), note: words::end_note(contest, place) })
        };
        Self {
            rows,
            columns: columns(contest, &candidates, scale),
            legend: bars::legend(contest).into_iter().filter_map(level).collect(),
            has_blanks: candidates.iter().any(|candidate| candidate.histogram.blank > 0),
            diverging: bars::is_diverging(contest),
            contest,
            result,
            weighted,
            scale,
        }
    }

    /// Who is elected, or why nobody is. `name` shows candidates, `show` other texts.
    pub fn outcome(&self, name: Show, show: Show) -> String {
        words::outcome(self.contest, self.result, self.scale, name, show)
    }

    /// The rule, a sentence for each of its parts.
    pub fn rule(&self, show: Show) -> Vec<String> {
        words::rule(self.contest, self.weighted, show)
    }

    /// Groups of equal candidates, and what was compared between them.
    pub fn ties(&self, show: Show) -> Vec<Tie> {
        words::ties(self.contest, self.result, self.scale, show)
    }
}

impl<'a> Row<'a> {
    fn new(contest: &Contest, candidate: &'a CandidateResult, score: String, scale: u32) -> Self {
        let note = match candidate.status {
            Status::Winner | Status::Ranked | Status::Unrated => None,
            status => Some(words::status_text(status)),
        };
        let blank = candidate.histogram.blank;
        Self {
            candidate,
            place: candidate.place,
            won: candidate.status == Status::Winner,
            note,
            score,
            bar: bars::parts(contest, candidate, scale),
            blank: Blank {
                weight: blank,
                of: blank + candidate.raters,
                scale,
                allowed: words::blanks_allowed(contest),
            },
            described: bars::described(contest, candidate, scale),
        }
    }

    /// For a cell; a dash for who has none.
    pub fn place_text(&self) -> String {
        self.place.map_or_else(|| "—".to_owned(), |place| place.to_string())
    }
}

fn columns<'a>(contest: &'a Contest, candidates: &[&CandidateResult], scale: u32) -> Vec<Column<'a>> {
    let mut columns = figures(contest, candidates, scale);
    let mut weights = |means, head: String, weight: &dyn Fn(&CandidateResult) -> u64| {
        let cells = candidates.iter().map(|candidate| words::votes(weight(candidate), scale)).collect();
        columns.push(Column { means, head, cells, exact: Vec::new() });
    };
    weights(Means::Raters, tr!("rated by", "оценили"), &|candidate| candidate.raters);
    for (place, level) in contest.levels.iter().enumerate() {
        let weight =
            |candidate: &CandidateResult| candidate.histogram.levels.get(place).map_or(0, |(_, weight)| *weight);
        weights(Means::Level(level), level.clone(), &weight);
    }
    weights(Means::Blank, "*".into(), &|candidate| candidate.histogram.blank);
    columns
}

/// The votes for a choice, out of all ballots, those without one too.
fn share_of_all(candidate: &CandidateResult) -> Option<Fraction> {
    Fraction::new(candidate.sum.into(), (candidate.raters + candidate.histogram.blank).into())
}

/// What the rule goes by, and sum, mean and median of the scores that were given. Where grades are names these three would
/// mean nothing to anybody; nor would the median of a choice.
fn figures<'a>(contest: &'a Contest, candidates: &[&CandidateResult], scale: u32) -> Vec<Column<'a>> {
    let method = contest.rule.method;
    let of = |figure: fn(&CandidateResult) -> Option<Fraction>| -> Vec<Option<Fraction>> {
        candidates.iter().map(|candidate| figure(candidate)).collect()
    };
    let in_votes = |of: Method, figures: Vec<Option<Fraction>>| -> Vec<Option<Fraction>> {
        figures.into_iter().map(|figure| Some(words::in_votes(of, figure?, scale))).collect()
    };
    let scores_exact = in_votes(method, of(|candidate| candidate.score));
    let judged = method == Method::MajorityJudgment;
    let single = contest.kind == ContestKind::Single;
    let sums = in_votes(Method::Sum, of(|c| Some(Fraction::whole(c.sum.into()))));
    let means = of(|c| c.mean);
    let has_blanks = candidates.iter().any(|candidate| candidate.histogram.blank > 0);
    let figures = if single {
        // Of whom? Where somebody chose nobody, both are told.
        let (valid, all) = match has_blanks {
            true => (tr!("of valid", "от выбравших"), Some((Method::Mean, tr!("of all", "от всех"), of(share_of_all)))),
            false => (tr!("share", "доля"), None),
        };
        [Some((Method::Sum, tr!("votes", "голоса"), sums)), Some((Method::Mean, valid, means)), all]
    } else {
        [
            Some((Method::Sum, tr!("sum", "сумма"), sums)),
            Some((Method::Mean, tr!("mean", "среднее"), means)),
            Some((Method::Median, tr!("median", "медиана"), of(|c| c.median))),
        ]
    };
    let same = |figure: &[Option<Fraction>]| {
        scores_exact.iter().zip(figure).all(|(score, figure)| score.is_none() || score == figure)
    };
    let mut decided = false;
    let mut columns: Vec<Column> = figures
        .into_iter()
        .flatten()
        .filter(|_| !(judged && words::has_names(contest)))
        .map(|(of, head, exact)| {
            let decides = !decided && of == method && same(&exact);
            decided |= decides;
            let cells = if decides { words::scores(contest, candidates, scale) } else { words::column(&exact) };
            Column { means: Means::Figure { decides }, head, cells, exact }
        })
        .collect();
    if !columns.iter().any(|column| column.means == Means::Figure { decides: true }) {
        let noun = words::method_noun(contest);
        let head = if judged { noun } else { tr!("{noun} by the rule", "{noun} по правилу") };
        let cells = words::scores(contest, candidates, scale);
        columns.insert(0, Column { means: Means::Figure { decides: true }, head, cells, exact: scores_exact });
    }
    columns
}
