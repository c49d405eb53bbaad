//! Between marks and the rows of a secret ballot, and back from opened sums to histograms.
//! Spec: `docs/spec/secret.md` sections 4 and 11.

use crate::{
    manifest::{Approvals, Contest, ContestKind},
    marks::Marks,
    tally::Histogram,
};

impl Approvals {
    /// Can so much weight of ballots add up to these histograms?
    fn allow_sum(self, histograms: &[Histogram], weight: u64) -> bool {
        let approvals: u128 = histograms.iter().filter_map(|one| one.levels.last()).map(|n| u128::from(*n)).sum();
        let bound = |each: u32| u128::from(each) * u128::from(weight);
        (bound(self.least)..=bound(self.most)).contains(&approvals)
    }
}

impl Contest {
    /// The option chosen in each row.
    fn choices(&self, marks: &Marks) -> Vec<usize> {
        match self.kind {
            ContestKind::Score => {
                marks.levels().iter().map(|level| level.map_or(self.levels.len(), usize::from)).collect()
            }
            ContestKind::Single => {
                let chosen = marks.levels().iter().position(|level| *level == Some(1));
                vec![chosen.unwrap_or(self.candidates.len())]
            }
        }
    }

    /// The inverse of [`Contest::choices`]: marks in their written form.
    fn marks_text(&self, choices: &[usize]) -> String {
        let symbol = |level: Option<&String>| level.map_or(crate::marks::BLANK, String::as_str).to_owned();
        let marks: Vec<String> = match self.kind {
            ContestKind::Score => choices.iter().map(|option| symbol(self.levels.get(*option))).collect(),
            ContestKind::Single => {
                let chosen = choices.first().copied().filter(|option| *option < self.candidates.len());
                let level = |i| chosen.and_then(|chosen| self.levels.get(usize::from(chosen == i)));
                (0..self.candidates.len()).map(|i| symbol(level(i))).collect()
            }
        };
        marks.join(if self.is_compact() { "" } else { "," })
    }

    /// The counts of every option of every row, the implied one included, as histograms of the candidates.
    fn histograms(&self, rows: &[Vec<u64>]) -> Vec<Histogram> {
        match self.kind {
            ContestKind::Score => rows
                .iter()
                .map(|row| {
                    let (levels, blank) = row.split_at(self.levels.len().min(row.len()));
                    Histogram { levels: levels.to_vec(), blank: blank.first().copied().unwrap_or(0) }
                })
                .collect(),
            ContestKind::Single => {
                let row = rows.first().map(Vec::as_slice).unwrap_or_default();
                let (chosen, blank) = row.split_at(self.candidates.len().min(row.len()));
                let blank = blank.first().copied().unwrap_or(0);
                let all: u64 = chosen.iter().sum();
                chosen.iter().map(|ones| Histogram { levels: vec![all - ones, *ones], blank }).collect()
            }
        }
    }
}

/// The option chosen in each row of the ballot.
pub fn choices(contests: &[Contest], marks: &[Marks]) -> Vec<usize> {
    contests.iter().zip(marks).flat_map(|(contest, marks)| contest.choices(marks)).collect()
}

/// Marks in their written form from the options chosen in all rows.
pub fn marks_text(contests: &[Contest], choices: &[usize]) -> Vec<String> {
    let mut rest = choices;
    let mut take = |contest: &Contest| {
        let (these, others) = rest.split_at(contest.rows().len().min(rest.len()));
        rest = others;
        contest.marks_text(these)
    };
    contests.iter().map(&mut take).collect()
}

/// Histograms from the opened numbers of the sent bits. `None` if a row's numbers exceed the weight, or approvals are
/// fewer or more than so many ballots give: no valid ballots add up to that.
pub fn histograms(contests: &[Contest], opened: &[u64], weight: u64) -> Option<Vec<Vec<Histogram>>> {
    let mut cells = opened.iter().copied();
    let mut row = |options: usize| -> Option<Vec<u64>> {
        let mut counts: Vec<u64> = cells.by_ref().take(options - 1).collect();
        let sent = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))?;
        counts.push(weight.checked_sub(sent)?);
        (counts.len() == options).then_some(counts)
    };
    let contest = |contest: &Contest| {
        let rows = contest.rows().into_iter().map(&mut row).collect::<Option<Vec<_>>>()?;
        let histograms = contest.histograms(&rows);
        contest.approvals.is_none_or(|bounds| bounds.allow_sum(&histograms, weight)).then_some(histograms)
    };
    let histograms = contests.iter().map(contest).collect::<Option<Vec<_>>>()?;
    cells.next().is_none().then_some(histograms)
}
