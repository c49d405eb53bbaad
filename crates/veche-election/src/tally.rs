//! The tally: for every candidate the weight behind each level; in a secret election the sum of the ciphertexts. Kept
//! up as ballots come and are replaced; equal at every moment to a recount. Spec: `docs/spec/results.md` section 2,
//! `docs/spec/secret.md` section 12.

use core::fmt;

use veche_crypto::Cells;

use crate::{
    encoding::Blob,
    manifest::{Contest, Election},
    marks::Marks,
    roll::Weight,
};

/// What a checked ballot says.
#[derive(Clone)]
pub enum Vote {
    /// One for each contest, in the manifest's order.
    Open(Vec<Marks>),
    /// The ciphertexts that were sent, of all rows.
    Secret(Cells),
}

impl fmt::Debug for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vote(redacted)")
    }
}

/// The histogram of one candidate: a figure for each level of the scale, and one for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// In the order of the scale, from the lowest.
    pub levels: Vec<u64>,
    /// The weight of those who had no opinion.
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
pub type Histograms = Vec<Vec<Histogram>>;

/// What the counting ballots add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Voters whose ballot counts.
    pub ballots: u64,
    /// Their weight.
    pub weight: u64,
    count: Count,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Count {
    Open(Histograms),
    /// Randomness and bits of all rows, added point by point.
    Secret(Cells),
}

impl Tally {
    /// Without ballots, of the election's kind.
    pub fn new(election: &Election) -> Self {
        match election.secret() {
            Some(secret) => {
                let count = Count::Secret(Cells::zero(secret.parameters.layout()));
                Self { ballots: 0, weight: 0, count }
            }
            None => Self::open(election.contests()),
        }
    }

    /// Of open ballots.
    pub fn open(contests: &[Contest]) -> Self {
        let empty = |contest: &Contest| Histogram { levels: vec![0; contest.levels.len()], blank: 0 };
        let count = Count::Open(contests.iter().map(|c| vec![empty(c); c.candidates.len()]).collect());
        Self { ballots: 0, weight: 0, count }
    }

    /// The histograms of an open election.
    pub fn histograms(&self) -> Option<&Histograms> {
        match &self.count {
            Count::Open(histograms) => Some(histograms),
            Count::Secret(_) => None,
        }
    }

    /// The encrypted sum of a secret election.
    pub fn sum(&self) -> Option<&Cells> {
        match &self.count {
            Count::Open(_) => None,
            Count::Secret(cells) => Some(cells),
        }
    }

    /// The sum as it is published.
    pub fn sum_bytes(&self) -> Option<Blob> {
        self.sum().map(|cells| Blob(cells.to_bytes()))
    }

    /// Takes in a ballot. It must be checked against the same election, and all weights together at most
    /// [`TOTAL_WEIGHT_MAX`](crate::manifest::TOTAL_WEIGHT_MAX).
    pub fn add(&mut self, vote: &Vote, weight: Weight) {
        let weight = weight.get();
        match (&mut self.count, vote) {
            (Count::Open(histograms), Vote::Open(marks)) => each_cell(histograms, marks, |cell| *cell += weight),
            (Count::Secret(sum), Vote::Secret(cells)) => sum.add(cells, weight),
            _ => unreachable!("a checked ballot is of its election's kind"),
        }
        self.ballots += 1;
        self.weight += weight;
    }

    /// Takes out a ballot that was added with the same weight and has been replaced.
    pub fn remove(&mut self, vote: &Vote, weight: Weight) {
        let weight = weight.get();
        match (&mut self.count, vote) {
            (Count::Open(histograms), Vote::Open(marks)) => each_cell(histograms, marks, |cell| *cell -= weight),
            (Count::Secret(sum), Vote::Secret(cells)) => sum.subtract(cells, weight),
            _ => unreachable!("a checked ballot is of its election's kind"),
        }
        self.ballots -= 1;
        self.weight -= weight;
    }
}

/// Marks were checked against the same contests, so every cell exists.
fn each_cell(histograms: &mut Histograms, marks: &[Marks], change: impl Fn(&mut u64)) {
    for (contest, marks) in histograms.iter_mut().zip(marks) {
        for (histogram, level) in contest.iter_mut().zip(marks.levels()) {
            if let Some(cell) = histogram.cell(*level) {
                change(cell);
            }
        }
    }
}
