//! What a ballot consists of: rows with their options, and how many approvals a contest takes. From it follow all counts
//! and lengths. Spec: `docs/spec/secret.md` section 4.

use alloc::vec::Vec;
use core::ops::Range;

use crate::group::{POINT_BYTES, SCALAR_BYTES};

/// Rows with two or more options each, numbered through all contests, and the contests whose approvals are bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    rows: Vec<usize>,
    bounded: Vec<Bounded>,
}

/// A contest of approvals, of which a ballot gives at least `least` and at most `most`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    /// The contest's rows, from 0: two options each, the first of which is a refusal.
    pub rows: Range<usize>,
    /// Approvals at least.
    pub least: usize,
    /// Approvals at most.
    pub most: usize,
}

impl Bounded {
    /// The numbers of refusals that a valid ballot may have.
    pub fn refusals(&self) -> Range<usize> {
        self.rows.len() - self.most..self.rows.len() - self.least + 1
    }

    fn fits(&self, rows: &[usize]) -> bool {
        let approvals = |rows: &[usize]| rows.iter().all(|options| *options == 2);
        let count = self.rows.len();
        rows.get(self.rows.clone()).is_some_and(approvals)
            && (1..=count).contains(&self.most)
            && self.least <= self.most
            && (self.least, self.most) != (0, count)
    }
}

impl Layout {
    /// `None` if there is no row, or a row with fewer than two options, or bounds that do not fit their rows or bind
    /// nothing; bounded contests stand in the order of their rows and share none.
    pub fn new(rows: Vec<usize>, bounded: Vec<Bounded>) -> Option<Self> {
        let in_order = bounded.windows(2).all(|pair| matches!(pair, [a, b] if a.rows.end <= b.rows.start));
        let fits = in_order && bounded.iter().all(|bounded| bounded.fits(&rows));
        (fits && !rows.is_empty() && rows.iter().all(|options| *options >= 2)).then_some(Self { rows, bounded })
    }

    /// K_i of every row.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The contests with bounds, in the order of their rows.
    pub fn bounded(&self) -> &[Bounded] {
        &self.bounded
    }

    /// K_Y, the largest number of options of a row.
    fn options_max(&self) -> usize {
        self.rows.iter().copied().max().unwrap_or(0)
    }

    /// K_Y − 1: a key for each option that is sent.
    pub fn keys(&self) -> usize {
        self.options_max().saturating_sub(1)
    }

    /// K: how many coefficients the proof commits to. A bounded contest has as many allowed sums as a row has options.
    pub fn coefficients(&self) -> usize {
        self.bounded.iter().map(|bounded| bounded.refusals().len()).chain([self.options_max()]).max().unwrap_or(0)
    }

    /// K − 1.
    pub fn masks(&self) -> usize {
        self.coefficients().saturating_sub(1)
    }

    /// N, the bits that are sent: the last option of every row is implied.
    pub fn cells(&self) -> usize {
        self.rows.iter().map(|options| options - 1).sum()
    }

    /// Row and option of every bit that is sent, in their order.
    pub fn each_cell(&self) -> impl Iterator<Item = (usize, usize)> {
        let row = |(row, options): (usize, &usize)| (0..options - 1).map(move |option| (row, option));
        self.rows.iter().enumerate().flat_map(row)
    }

    /// R of every row and C of every bit.
    pub fn points(&self) -> usize {
        self.rows.len() + self.cells()
    }

    /// The same in bytes.
    pub fn cells_bytes(&self) -> usize {
        self.points() * POINT_BYTES
    }

    /// S and A of every row, Com of every power.
    pub fn commitments_bytes(&self) -> usize {
        (2 * self.rows.len() + self.coefficients()) * POINT_BYTES
    }

    /// The commitments, then f and z of every row.
    pub fn proof_bytes(&self) -> usize {
        self.commitments_bytes() + 2 * self.rows.len() * SCALAR_BYTES
    }
}
