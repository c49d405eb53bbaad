//! Marks: what a voter gives each candidate of a contest. `45432*3`: the i-th symbol is the score of the i-th
//! candidate, `*` is "no opinion". Spec: `docs/spec/marks.md` section 4.

use core::fmt;

use crate::manifest::{Approvals, Contest, ContestKind};

/// The written form of "no opinion".
pub const BLANK: &str = "*";

/// What is wrong with a ballot's marks, in words for the voter. Positions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarksError {
    /// A mark for each candidate.
    #[error("expected {expected} marks, one for each candidate, but got {got}")]
    Count {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// The contest has no such level.
    #[error("mark {position} is \"{mark}\", which is not on the scale")]
    NotOnScale {
        /// Which of them, from 1.
        position: usize,
        /// As it is written.
        mark: String,
    },
    /// Every candidate has to be marked.
    #[error("mark {position} is \"*\" (no opinion), which this contest does not allow")]
    BlankNotAllowed {
        /// Which of them, from 1.
        position: usize,
    },
    /// Of a single choice.
    #[error("exactly one candidate must have 1 and all others 0; here {chosen} have 1")]
    NotSingle {
        /// How many have 1.
        chosen: usize,
    },
    /// Of bounded approvals.
    #[error("at least {least} and at most {most} candidates must have 1; here {chosen} have 1")]
    Approvals {
        /// At least so many must.
        least: u32,
        /// At most so many may.
        most: u32,
        /// How many have 1.
        chosen: usize,
    },
    /// A text for each contest.
    #[error("the ballot has {got} contests, the election {expected}")]
    Contests {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
}

/// The checked marks of one contest: for each candidate the index of a level, or `None` for "no opinion".
#[derive(Clone, PartialEq, Eq)]
pub struct Marks(Vec<Option<u8>>);

impl Marks {
    /// Reads the one written form of marks for this contest: compact (`45432*3`) when every level is one symbol,
    /// else separated by commas (`10,0,*,7`).
    ///
    /// # Errors
    ///
    /// Which mark is wrong, in words for the voter.
    pub fn parse(text: &str, contest: &Contest) -> Result<Self, MarksError> {
        let marks: Vec<&str> = if contest.is_compact() {
            text.char_indices().map(|(i, c)| text.get(i..i + c.len_utf8()).unwrap_or_default()).collect()
        } else {
            text.split(',').collect()
        };
        let expected = contest.candidates.len();
        if marks.len() != expected {
            return Err(MarksError::Count { expected, got: if text.is_empty() { 0 } else { marks.len() } });
        }
        let level = |(i, mark): (usize, &&str)| Self::parse_mark(mark, i + 1, contest);
        let marks = Self(marks.iter().enumerate().map(level).collect::<Result<_, _>>()?);
        match (contest.kind, contest.approvals) {
            (ContestKind::Single, _) => marks.single(),
            (ContestKind::Score, Some(bounds)) => marks.bounded(bounds),
            (ContestKind::Score, None) => Ok(marks),
        }
    }

    /// As many 1 as are allowed.
    fn bounded(self, Approvals { least, most }: Approvals) -> Result<Self, MarksError> {
        let chosen = self.0.iter().filter(|level| **level == Some(1)).count();
        let fits = (least as usize..=most as usize).contains(&chosen);
        if fits { Ok(self) } else { Err(MarksError::Approvals { least, most, chosen }) }
    }

    /// One 1 and else 0, or `*` throughout.
    fn single(self) -> Result<Self, MarksError> {
        let chosen = self.0.iter().filter(|level| **level == Some(1)).count();
        let blanks = self.0.iter().filter(|level| level.is_none()).count();
        let fits = if blanks == 0 { chosen == 1 } else { blanks == self.0.len() };
        if fits { Ok(self) } else { Err(MarksError::NotSingle { chosen }) }
    }

    fn parse_mark(mark: &str, position: usize, contest: &Contest) -> Result<Option<u8>, MarksError> {
        if mark == BLANK {
            return if contest.blank { Ok(None) } else { Err(MarksError::BlankNotAllowed { position }) };
        }
        let found = contest.levels.iter().position(|level| level == mark).and_then(|i| u8::try_from(i).ok());
        match found {
            Some(level) => Ok(Some(level)),
            None => Err(MarksError::NotOnScale { position, mark: mark.chars().take(40).collect() }),
        }
    }

    /// The inverse of [`Marks::parse`].
    pub fn to_text(&self, contest: &Contest) -> String {
        let symbol = |level: &Option<u8>| match level {
            Some(i) => contest.levels.get(usize::from(*i)).map_or(BLANK, String::as_str),
            None => BLANK,
        };
        let marks: Vec<&str> = self.0.iter().map(symbol).collect();
        marks.join(if contest.is_compact() { "" } else { "," })
    }

    /// One item per candidate, in the order of the contest.
    pub fn levels(&self) -> &[Option<u8>] {
        &self.0
    }
}

/// Marks never reach a log or an error text by accident.
impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marks({} redacted)", self.0.len())
    }
}

/// Reads the marks of every contest.
///
/// # Errors
///
/// The first contest whose marks are wrong, or another number of contests.
pub fn parse_all(texts: &[String], contests: &[Contest]) -> Result<Vec<Marks>, MarksError> {
    if texts.len() != contests.len() {
        return Err(MarksError::Contests { expected: contests.len(), got: texts.len() });
    }
    texts.iter().zip(contests).map(|(text, contest)| Marks::parse(text, contest)).collect()
}
