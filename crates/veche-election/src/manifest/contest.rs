//! A contest: what is voted on, on which scale, by which rule. Spec: `docs/spec/manifest.md` section 2.

use serde::{Deserialize, Serialize};
use veche_crypto::{Bounded, Layout};

use super::{
    ABOUT_MAX_CHARS, CANDIDATE_MAX_CHARS, CANDIDATES_MAX, LEVEL_MAX_CHARS, LEVEL_VALUE_MAX, LEVELS_MAX, LINK_MAX_CHARS,
    ManifestError, TITLE_MAX_CHARS, check_range, check_text,
};
use crate::{
    choice::choice,
    rules::{Rule, RuleProblem},
    scale::Better,
    text,
};

/// Who erred: the organiser. What is wrong with a contest; the error that carries it names the contest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContestProblem {
    /// Its name.
    #[error("two candidates are named \"{0}\"")]
    DuplicateCandidate(String),
    /// Its name.
    #[error("two levels are named \"{0}\"")]
    DuplicateLevel(String),
    /// Its name.
    #[error("the level \"{0}\" contains a comma, space, quote, backslash or \"*\"")]
    LevelSymbol(String),
    /// All numbers, or none; each number has one form.
    #[error("some levels are numbers and some are not, or a number has a plus sign or leading zeros")]
    LevelMixed,
    /// From the lowest.
    #[error("numeric levels must ascend")]
    LevelOrder,
    /// See [`LEVEL_VALUE_MAX`].
    #[error("a numeric level is beyond 1,000,000")]
    LevelValue,
    /// See [`ContestKind::Single`].
    #[error("a single choice has the levels 0 and 1, and something to choose between")]
    Single,
    /// See [`Approvals`].
    #[error(
        "approvals are bounded where the levels are 0 and 1, \"*\" is not allowed and higher is better, by bounds that \
         exclude something"
    )]
    Approvals,
    /// See [`About`].
    #[error(
        "descriptions and links stand in the order of the candidates, each with a text or a link, one of a candidate"
    )]
    About,
    /// What stands there, cut to 60 characters.
    #[error("\"{0}\" is no link: http:// or https://, then a host, in at most 300 ASCII characters without spaces")]
    Link(String),
    /// How it is counted does not fit the scale or the candidates.
    #[error("{0}")]
    Rule(#[from] RuleProblem),
}

choice! {
    /// What may be marked on a ballot.
    #[derive(Default)]
    pub enum ContestKind {
        /// Every candidate gets a level.
        #[default]
        Score = "score",
        /// One candidate gets 1, the others 0; where `blank` is allowed, all get `*`.
        Single = "single",
    }
}

impl ContestKind {
    fn is_score(&self) -> bool {
        *self == Self::Score
    }
}

choice! {
    /// In which order a voter sees the candidates.
    #[derive(Default)]
    pub enum Order {
        /// As the manifest names them.
        #[default]
        Given = "given",
        /// Another one for each voter, drawn by the voter's own program. Marks are written in the manifest's order all the same.
        Random = "random",
    }
}

impl Order {
    fn is_given(&self) -> bool {
        *self == Self::Given
    }
}

/// What is said of a candidate beside the name. Plain text: no program makes anything else of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The name, as the contest has it.
    pub candidate: String,
    /// At most [`ABOUT_MAX_CHARS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where more is said. No program follows it unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// `http://` or `https://`, a host, and nothing that RFC 3986 does not let stand in an address.
fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'[');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._~:/?#[]@!$&'()*+,;=%-".contains(&b);
    host && text.len() <= LINK_MAX_CHARS && rest.bytes().all(allowed)
}

/// How many candidates of a contest a ballot gives a 1. With `least` above 0 nobody can abstain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// 0 to `most`.
    pub least: u32,
    /// 1 to all candidates.
    pub most: u32,
}

/// One question, with its scale and its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contest {
    /// What is asked.
    pub title: String,
    /// Written only where it is not a score contest.
    #[serde(default, skip_serializing_if = "ContestKind::is_score")]
    pub kind: ContestKind,
    /// Their names, in the order of the marks.
    pub candidates: Vec<String>,
    /// Written only where something is said of a candidate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<About>,
    /// Written only where it is not the given one.
    #[serde(default, skip_serializing_if = "Order::is_given")]
    pub order: Order,
    /// Names of the levels, ascending: `["1","2","3","4","5"]`.
    pub levels: Vec<String>,
    /// Is `*` (no opinion) allowed?
    pub blank: bool,
    /// Which end of the scale is the good one.
    pub better: Better,
    /// Written only where a ballot may not approve of as many as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Approvals>,
    /// How the marks become a result.
    pub rule: Rule,
}

impl Contest {
    /// Are marks written without separators?
    pub fn is_compact(&self) -> bool {
        self.levels.iter().all(|level| level.chars().count() == 1)
    }

    /// The value of each level: its number if all names are canonical decimal integers, else its position from 0.
    pub fn values(&self) -> Vec<i64> {
        let canonical = |name: &String| name.parse::<i64>().ok().filter(|value| value.to_string() == *name);
        let numbers: Option<Vec<i64>> = self.levels.iter().map(canonical).collect();
        numbers.unwrap_or_else(|| (0..).take(self.levels.len()).collect())
    }

    /// Options of each of its rows: the levels in order, then `*`; for a single choice one row of the candidates.
    pub(crate) fn rows(&self) -> Vec<usize> {
        let blank = usize::from(self.blank);
        match self.kind {
            ContestKind::Score => vec![self.levels.len() + blank; self.candidates.len()],
            ContestKind::Single => vec![self.candidates.len() + blank],
        }
    }

    /// Bytes of the longest marks in their written form.
    pub(super) fn marks_max_bytes(&self) -> usize {
        let longest = self.levels.iter().map(String::len).max().unwrap_or(1).max(1);
        self.candidates.len() * (longest + usize::from(!self.is_compact()))
    }

    /// Do these bounds fit this contest, and exclude something?
    fn may_bound(&self, Approvals { least, most }: Approvals) -> bool {
        let (least, most, all) = (least as usize, most as usize, self.candidates.len());
        let approval = self.kind.is_score() && self.levels == ["0", "1"] && !self.blank;
        approval
            && self.better == Better::Higher
            && (1..=all).contains(&most)
            && least <= most
            && (least, most) != (0, all)
    }

    /// What is said of this candidate.
    pub fn about(&self, candidate: usize) -> Option<&About> {
        let name = self.candidates.get(candidate)?;
        self.about.iter().find(|about| about.candidate == *name)
    }

    fn check_about(&self, place: usize) -> Result<(), ManifestError> {
        let at = |problem| ManifestError::Contest { contest: place, problem };
        let mut names = self.candidates.iter();
        for about in &self.about {
            let found = names.any(|name| *name == about.candidate);
            if !found || (about.text.is_none() && about.link.is_none()) {
                return Err(at(ContestProblem::About));
            }
            if let Some(text) = &about.text {
                check_text(format!("a description in contest {place}"), text, ABOUT_MAX_CHARS)?;
            }
            if let Some(link) = about.link.as_ref().filter(|link| !is_link(link)) {
                return Err(at(ContestProblem::Link(link.chars().take(60).collect())));
            }
        }
        Ok(())
    }

    pub(super) fn about_chars(&self) -> usize {
        let texts = self.about.iter().flat_map(|about| [&about.text, &about.link]).flatten();
        texts.map(|text| text.chars().count()).sum()
    }

    pub(super) fn check(&self, place: usize) -> Result<(), ManifestError> {
        let at = |problem| ManifestError::Contest { contest: place, problem };
        check_text(format!("the title of contest {place}"), &self.title, TITLE_MAX_CHARS)?;
        check_range("the number of candidates", self.candidates.len(), 1..=CANDIDATES_MAX, "1 to 500")?;
        check_range("the number of levels", self.levels.len(), 2..=LEVELS_MAX, "2 to 101")?;
        for (i, name) in self.candidates.iter().enumerate() {
            check_text(format!("the name of candidate {} of contest {place}", i + 1), name, CANDIDATE_MAX_CHARS)?;
            if self.candidates.iter().take(i).any(|earlier| earlier == name) {
                return Err(at(ContestProblem::DuplicateCandidate(name.clone())));
            }
        }
        self.check_about(place)?;
        for (i, name) in self.levels.iter().enumerate() {
            check_text(format!("the name of level {} of contest {place}", i + 1), name, LEVEL_MAX_CHARS)?;
            if name.chars().any(|c| text::is_white_space(c) || matches!(c, ',' | '"' | '\'' | '\\' | '*')) {
                return Err(at(ContestProblem::LevelSymbol(name.clone())));
            }
            if self.levels.iter().take(i).any(|earlier| earlier == name) {
                return Err(at(ContestProblem::DuplicateLevel(name.clone())));
            }
        }
        let numbers = self.levels.iter().filter(|level| level.parse::<i64>().is_ok()).count();
        let canonical = |level: &String| level.parse::<i64>().is_ok_and(|value| value.to_string() == *level);
        if numbers > 0 && !self.levels.iter().all(canonical) {
            return Err(at(ContestProblem::LevelMixed));
        }
        let values = self.values();
        if values.windows(2).any(|pair| pair.first() >= pair.last()) {
            return Err(at(ContestProblem::LevelOrder));
        }
        if values.iter().any(|value| !(-LEVEL_VALUE_MAX..=LEVEL_VALUE_MAX).contains(value)) {
            return Err(at(ContestProblem::LevelValue));
        }
        let choices = self.candidates.len() + usize::from(self.blank);
        if self.kind == ContestKind::Single && (self.levels != ["0", "1"] || choices < 2) {
            return Err(at(ContestProblem::Single));
        }
        if self.approvals.is_some_and(|bounds| !self.may_bound(bounds)) {
            return Err(at(ContestProblem::Approvals));
        }
        let single = self.kind == ContestKind::Single;
        self.rule.check(single, &self.candidates, self.better).map_err(|problem| at(problem.into()))
    }
}

/// The rows of all contests and the bounds of their approvals; `None` if a row has fewer than two options.
pub(super) fn layout(contests: &[Contest]) -> Option<Layout> {
    let (mut rows, mut bounded) = (Vec::new(), Vec::new());
    for contest in contests {
        let first = rows.len();
        rows.extend(contest.rows());
        if let Some(Approvals { least, most }) = contest.approvals {
            bounded.push(Bounded { rows: first..rows.len(), least: least as usize, most: most as usize });
        }
    }
    Layout::new(rows, bounded)
}
