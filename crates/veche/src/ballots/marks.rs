//! What stands in a cell of a ballot: a score, no opinion, or a word that was said to mean one of them.

use std::{collections::HashMap, fmt};

use super::BallotArgs;
use crate::{
    config::parse_scale,
    failure::{Failure, Result},
    lang::tr,
};

/// In hundredths: halves and quarters are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(i64);

/// Beyond this no election has levels.
const SCORE_MAX: i64 = 1_000_000;

impl Score {
    pub fn whole(score: i64) -> Self {
        Self(score.saturating_mul(100))
    }

    /// `5`, `5.0`, `4,5`, `-2`.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix(['-', '−']) {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, rest) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(rest) {
            return None;
        }
        let rest = rest.trim_end_matches('0');
        let hundredths: i64 = match rest.len() {
            0 => 0,
            1 => rest.parse::<i64>().ok()? * 10,
            2 => rest.parse().ok()?,
            _ => return None,
        };
        let whole: i64 = whole.parse().ok().filter(|whole| *whole <= SCORE_MAX)?;
        Some(Self(sign * (whole * 100 + hundredths)))
    }

    /// Multiplied, if that makes it whole.
    pub fn times(self, factor: i64) -> Option<i64> {
        let hundredths = self.0.checked_mul(factor)?;
        (hundredths % 100 == 0).then_some(hundredths / 100)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match size % 100 {
            0 => write!(f, "{sign}{}", size / 100),
            rest if rest % 10 == 0 => write!(f, "{sign}{}.{}", size / 100, rest / 10),
            rest => write!(f, "{sign}{}.{rest:02}", size / 100),
        }
    }
}

pub fn shown(score: Option<Score>) -> String {
    score.map_or_else(|| "*".to_owned(), |score| score.to_string())
}

/// How cells are read.
#[derive(Default)]
pub struct Cells {
    labels: HashMap<String, Option<Score>>,
    /// The names of a scale, worst first.
    names: Vec<String>,
}

impl Cells {
    pub fn new(args: &BallotArgs) -> Result<Self> {
        let labels = args.labels.iter().flat_map(|given| divided(given)).map(label).collect::<Result<_>>()?;
        let levels = args.scale.as_deref().map(parse_scale).transpose()?.unwrap_or_default();
        let has_numbers = levels.iter().all(|level| level.parse::<i64>().is_ok());
        Ok(Self { labels, names: if has_numbers { Vec::new() } else { levels } })
    }

    /// What this text means, if it means anything.
    pub fn read(&self, text: &str) -> Option<Option<Score>> {
        if let Some(score) = self.labels.get(text) {
            return Some(*score);
        }
        if matches!(text, "" | "*") {
            return Some(None);
        }
        if !self.names.is_empty() {
            let place = self.names.iter().position(|name| name == text)?;
            return Some(Some(Score::whole(i64::try_from(place).ok()?)));
        }
        Score::parse(text).map(Some)
    }
}

/// `TEXT=SCORE` once or several times, divided by commas. A text may have a comma too: only behind a score one divides.
fn divided(given: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in given.match_indices(',').chain([(given.len(), "")]) {
        let part = given.get(start..at).unwrap_or_default();
        let is_whole = part.rsplit_once('=').is_some_and(|(_, score)| is_score(score));
        if is_whole || at == given.len() {
            parts.push(part);
            start = at + 1;
        }
    }
    parts
}

fn is_score(text: &str) -> bool {
    text.trim() == "*" || Score::parse(text.trim()).is_some()
}

fn label(label: &str) -> Result<(String, Option<Score>)> {
    let parts = label.rsplit_once('=').filter(|(_, score)| is_score(score));
    let (text, score) = parts.ok_or_else(|| {
        Failure::usage(tr!(
            "--labels \"{label}\": write TEXT=SCORE, such as \"Excellent=5\", or TEXT=* for no opinion",
            "--labels «{label}»: напишите ТЕКСТ=ОЦЕНКА, например «Отлично=5», или ТЕКСТ=*, если мнения нет"
        ))
    })?;
    Ok((text.trim().to_owned(), Score::parse(score.trim())))
}

#[cfg(test)]
mod tests {
    use super::{Score, divided};

    #[test]
    fn a_comma_divides_labels_only_behind_a_score() {
        assert_eq!(divided("A1=1,A2=2,-oth-=*"), ["A1=1", "A2=2", "-oth-=*"]);
        assert_eq!(divided("Good, mostly=3,a=b, or so=*, Bad=-1"), ["Good, mostly=3", "a=b, or so=*", " Bad=-1"]);
        assert_eq!(divided("Good, mostly"), ["Good, mostly"]);
        assert_eq!(divided("A=1,"), ["A=1", ""]);
    }

    #[test]
    fn a_score_is_a_number_of_at_most_two_places() {
        let read = |text| Score::parse(text).map(|score| score.to_string());
        for (text, score) in
            [("5", "5"), ("5.0", "5"), ("4,5", "4.5"), ("0.25", "0.25"), ("-2", "-2"), ("−1.50", "-1.5"), ("007", "7")]
        {
            assert_eq!(read(text).as_deref(), Some(score), "{text}");
        }
        for text in ["", "-", "+5", "1e3", "5.", ".5", "0.125", "1 000", "5 - Excellent", "A5", "2:3", "٣", "12345678"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
