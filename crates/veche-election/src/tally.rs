//! The tally: for every candidate the weight behind each level. Kept up as ballots come and are replaced; equal at
//! every moment to a recount. Spec: `docs/spec/results.md` section 2.

use crate::{manifest::Contest, marks::Marks, roll::Weight};

/// The histogram of one candidate: a figure for each level of the scale, and one for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    pub levels: Vec<u64>,
    pub blank: u64,
}

impl Histogram {
    /// The weight of those who gave a score.
    pub fn raters(&self) -> u64 {
        self.levels.iter().sum()
    }

    fn cell(&mut self, level: Option<u8>) -> Option<&mut u64> {
        match level {
            Some(level) => self.levels.get_mut(usize::from(level)),
            None => Some(&mut self.blank),
        }
    }
}

/// All histograms, contest by contest, candidate by candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub contests: Vec<Vec<Histogram>>,
    /// Voters whose ballot counts.
    pub ballots: u64,
    /// Their weight.
    pub weight: u64,
}

impl Tally {
    pub fn new(contests: &[Contest]) -> Self {
        let empty = |contest: &Contest| Histogram { levels: vec![0; contest.levels.len()], blank: 0 };
        let contests = contests.iter().map(|c| vec![empty(c); c.candidates.len()]).collect();
        Self { contests, ballots: 0, weight: 0 }
    }

    pub fn add(&mut self, marks: &[Marks], weight: Weight) {
        self.each_cell(marks, |cell| *cell += weight.get());
        self.ballots += 1;
        self.weight += weight.get();
    }

    /// Takes out a ballot that was added with the same weight and has been replaced.
    pub fn remove(&mut self, marks: &[Marks], weight: Weight) {
        self.each_cell(marks, |cell| *cell -= weight.get());
        self.ballots -= 1;
        self.weight -= weight.get();
    }

    /// Marks were checked against the same contests, so every cell exists.
    fn each_cell(&mut self, marks: &[Marks], change: impl Fn(&mut u64)) {
        for (contest, marks) in self.contests.iter_mut().zip(marks) {
            for (histogram, level) in contest.iter_mut().zip(marks.levels()) {
                if let Some(cell) = histogram.cell(*level) {
                    change(cell);
                }
            }
        }
    }
}
