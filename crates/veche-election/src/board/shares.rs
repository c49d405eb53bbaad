//! Rehearsals, the sum's shares, and what they open. Spec: `docs/spec/entry.md` section 6, `docs/spec/secret.md` sections 9
//! to 11.

use std::collections::HashMap;

use veche_crypto::{Point, Scalar, dlog, group, opening, rehearsal};

use super::{Board, ControlRefusal};
use crate::{
    encoding::Blob,
    hash::Hash,
    log::{Head, Subtrees},
    lot::Lot,
    secret,
};

/// Below this weight all numbers behind a sum are found in a moment.
const GUESSED_ABOVE: u64 = 1 << 20;

impl Board {
    /// How many shares open the sum; of a secret election.
    pub fn threshold(&self) -> Option<u32> {
        Some(self.election.secret()?.threshold)
    }

    /// The first trustee who has not rehearsed: an election does not open before all have.
    pub fn missing_rehearsal(&self) -> Option<u32> {
        (1..).take(self.election.trustees().len()).find(|trustee| !self.rehearsed.contains(trustee))
    }

    /// Trustees whose rehearsals are in the log.
    pub fn rehearsed(&self) -> impl Iterator<Item = u32> {
        self.rehearsed.iter().copied()
    }

    /// Trustees whose shares of the sum are in the log.
    pub fn shares(&self) -> impl Iterator<Item = u32> {
        self.shares.keys().copied()
    }

    /// Leaf hash of the entry with the sum: what shares are bound to. Zeros before.
    pub fn sum(&self) -> Hash {
        self.sum
    }

    /// The log up to and including the closing, `None` before. The closing alone would not tell: it binds what its signer
    /// had seen, and other ballots may stand between that and itself.
    pub fn closed_log(&self) -> Option<Head> {
        (self.closing_size > 0).then(|| Head { size: self.closing_size, root: self.root_at_closing() })
    }

    /// The root of the log up to and including the closing.
    pub(super) fn root_at_closing(&self) -> Hash {
        self.tree.root_at(self.closing_size).unwrap_or(Hash::ZERO)
    }

    /// Size of the log when the entry with the sum was its last.
    pub fn size_at_sum(&self) -> Option<u64> {
        (self.sum_size > 0).then_some(self.sum_size)
    }

    pub(super) fn admit_rehearsal(&self, trustee: u32, proof: &Blob) -> Result<(), ControlRefusal> {
        let keys = self.verification.of(trustee).filter(|_| !self.rehearsed.contains(&trustee));
        let keys = keys.ok_or(ControlRefusal::Trustee(trustee))?;
        rehearsal::check(self.election.id_bytes(), trustee, keys, &proof.0).map_err(|_| ControlRefusal::Proof(trustee))
    }

    pub(super) fn admit_share(&self, trustee: u32, values: &Blob, proof: &Blob) -> Result<Vec<Point>, ControlRefusal> {
        let keys = self.verification.of(trustee).filter(|_| !self.shares.contains_key(&trustee));
        let keys = keys.ok_or(ControlRefusal::Trustee(trustee))?;
        let opening = self.opening().ok_or(ControlRefusal::Sum)?;
        let share = opening::Share { values: values.0.clone(), proof: proof.0.clone() };
        opening.check(trustee, keys, &share).map_err(|_| ControlRefusal::Proof(trustee))
    }

    /// What the trustees open: the sum, and nothing but the sum and the lot's point.
    pub fn opening(&self) -> Option<opening::Opening<'_>> {
        let opening = opening::Opening { election: self.election.id_bytes(), entry: &self.sum.0, sum: &self.to_open };
        (!self.to_open.is_empty()).then_some(opening)
    }

    pub(super) fn sum_to_open(&self) -> Option<opening::Sum> {
        let layout = self.election.secret()?.parameters.layout();
        let sum = opening::Sum::new(layout, self.tally.sum()?);
        let has_lot = self.election.draft().has_lot();
        Some(if has_lot { sum.with_lot(&self.election.draft_id().0, layout.keys()) } else { sum })
    }

    /// From now on numbers behind a sum that take more than this work (additions of points) are not looked for where the last
    /// share is appended: whoever has others to answer looks for them elsewhere ([`Board::to_solve`]) and brings them
    /// ([`Board::put_solved`]), or does without them. They are looked for where a log goes on with the result.
    pub fn solve_elsewhere(&mut self, work_max: u64) {
        self.solves_at_most = work_max;
    }

    /// What is still to be found, once there are enough shares.
    pub fn to_solve(&self) -> Option<Solving> {
        let threshold = self.election.secret()?.threshold as usize;
        if self.opened.is_some() || self.shares.len() < threshold {
            return None;
        }
        let shares: Vec<_> = self.shares.iter().take(threshold).map(|(i, points)| (*i, points.clone())).collect();
        let points = self.opening()?.combine(&shares)?;
        let cells = self.election.secret()?.parameters.layout().cells();
        let (points, lot) = points.split_at_checked(cells)?;
        let (sum, weight, lot) = (self.sum, self.tally.weight, lot.first().copied());
        let guessed = guessed(points, weight, &self.guesses);
        Some(Solving { sum, weight, points: points.to_vec(), guessed, lot })
    }

    /// Numbers that somebody says are behind the sum: what is guessed right need not be looked for, and what is not changes nothing.
    pub fn guess(&mut self, numbers: Vec<u64>) {
        self.guesses = numbers;
    }

    /// Where they are those of this sum, and each row adds up to the weight, the result follows.
    pub fn put_solved(&mut self, solved: &Solved) {
        let Some(numbers) = solved.numbers.as_ref().filter(|_| self.opened.is_none() && solved.sum == self.sum) else {
            return;
        };
        let Some(histograms) = secret::histograms(self.election.contests(), numbers, self.tally.weight) else { return };
        // Opened as 0 under the randomness P, it is -y·P.
        let seed = |point: &Point| group::encode_points([&-*point]).try_into().ok();
        let (draft, closed) = (self.election.draft_id(), self.root_at_closing());
        self.lot = solved.lot.as_ref().and_then(seed).map(|point| Lot::opened(draft, &point, closed));
        self.opened = Some(histograms);
    }

    /// At once, if that is not too much.
    pub(super) fn solve_here(&mut self) {
        if let Some(solving) = self.to_solve().filter(|solving| solving.work_max() <= self.solves_at_most) {
            self.put_solved(&solving.solve());
        }
    }

    /// However much it is.
    pub(super) fn solve_now(&mut self) {
        if let Some(solving) = self.to_solve() {
            self.put_solved(&solving.solve());
        }
    }
}

/// The number of each point that is one of these times the base point. Small weights are looked for as fast.
fn guessed(points: &[Point], weight: u64, numbers: &[u64]) -> Vec<Option<u64>> {
    let encoded = |point: &Point| group::encode_points([point]);
    let numbers = numbers.iter().filter(|number| **number <= weight && weight > GUESSED_ABOVE);
    let known: HashMap<Vec<u8>, u64> =
        numbers.map(|number| (encoded(&Point::mul_base(&Scalar::from(*number))), *number)).collect();
    points.iter().map(|point| if known.is_empty() { None } else { known.get(&encoded(point)).copied() }).collect()
}

/// The points of an opened sum, and behind them that of the lot.
#[derive(Debug, Clone)]
pub struct Solving {
    /// Leaf hash of the entry with the sum.
    sum: Hash,
    weight: u64,
    points: Vec<Point>,
    /// Of each point the number, where somebody has guessed it.
    guessed: Vec<Option<u64>>,
    lot: Option<Point>,
}

/// The numbers of an opened sum, each from 0 to the weight.
#[derive(Debug, Clone)]
pub struct Solved {
    sum: Hash,
    numbers: Option<Vec<u64>>,
    lot: Option<Point>,
}

impl Solving {
    /// Additions of points that it takes at most.
    pub fn work_max(&self) -> u64 {
        let left = self.guessed.iter().filter(|number| number.is_none()).count();
        if left == 0 { 0 } else { dlog::work_max(self.weight, left) }
    }

    /// Takes up to minutes where weights are large.
    pub fn solve(&self) -> Solved {
        let mut table = None;
        let mut look = |point| table.get_or_insert_with(|| dlog::Table::new(self.weight)).solve(point);
        let numbers =
            self.points.iter().zip(&self.guessed).map(|(point, guessed)| guessed.or_else(|| look(point))).collect();
        Solved { sum: self.sum, numbers, lot: self.lot }
    }
}
