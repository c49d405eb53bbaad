//! Randomness that stands in two ballots: who knows the one vote sees the other. A warning, no fault of the record.
//! Spec: `docs/spec/secret.md` section 6.

use crate::{
    board::TOLD_MAX,
    entry::{Ballot, BallotEntry},
};

/// Bytes of a row's R that are kept, with the index of its entry: a million ballots of ten rows take 120 MB.
const KEPT_BYTES: usize = 8;

/// What has been seen of the rows of all ballots.
#[derive(Default)]
pub(crate) struct Repeats(Vec<([u8; KEPT_BYTES], Index)>);

/// Big-endian, in as few bytes as all indices of a log need.
type Index = [u8; 4];

/// A ballot, and an earlier one, that may have the randomness of a row in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suspects {
    pub later: u64,
    pub earlier: u64,
}

impl core::fmt::Display for Suspects {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "entry {}: a row has the randomness of one in entry {}", self.later, self.earlier)
    }
}

impl Repeats {
    /// Takes in the R of each of so many rows of the ballot at this place of the log.
    pub(crate) fn take(&mut self, index: u64, ballot: &BallotEntry, rows: usize) {
        let index = u32::try_from(index).unwrap_or(u32::MAX).to_be_bytes();
        let kept = randomness(ballot, rows).filter_map(|r| Some((*r.first_chunk()?, index)));
        self.0.extend(kept);
    }

    /// The first ballots that seem to share randomness with an earlier one, in their order.
    pub(crate) fn suspects(mut self) -> Vec<Suspects> {
        self.0.sort_unstable();
        let number = |index: Index| u64::from(u32::from_be_bytes(index));
        let pairs = self.0.chunk_by(|(a, _), (b, _)| a == b).filter_map(<[_]>::split_first);
        let mut suspects: Vec<Suspects> = pairs
            .flat_map(|((_, earlier), others)| others.iter().map(|(_, later)| (*earlier, *later)))
            .filter(|(earlier, later)| earlier != later)
            .map(|(earlier, later)| Suspects { later: number(later), earlier: number(earlier) })
            .collect();
        suspects.sort_unstable();
        suspects.dedup_by_key(|suspects| suspects.later);
        suspects.truncate(TOLD_MAX);
        suspects
    }
}

/// Do they share the randomness of a row indeed?
pub(crate) fn share_randomness(a: &BallotEntry, b: &BallotEntry, rows: usize) -> bool {
    randomness(a, rows).any(|mine| randomness(b, rows).any(|theirs| mine == theirs))
}

/// R_1, ..., R_n.
fn randomness(ballot: &BallotEntry, rows: usize) -> impl Iterator<Item = &[u8; 32]> {
    let cells = match &ballot.ballot {
        Ballot::Secret { cells, .. } => cells.0.as_slice(),
        Ballot::Open { .. } => &[],
    };
    cells.as_chunks::<32>().0.iter().take(rows)
}
