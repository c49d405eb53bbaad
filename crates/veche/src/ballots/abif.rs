//! The Aggregated Ballot Information Format: `27:Anna/5,Boris/3`, with declared tokens (`=a:[Anna Adler]`) or without.
//! Ranks (`Anna>Boris`) are no scores.

use std::collections::HashMap;

use veche_election::manifest::CANDIDATES_MAX;

use super::{Given, GivenBallot, SCORES_MAX, Score};
use crate::{
    failure::Result,
    lang::tr,
    table::{Text, shown},
};

/// Is every line of the text one of ABIF?
pub fn is_one(text: &str) -> bool {
    let lines = || lines(text).map(|(_, line)| line);
    let votes = lines().filter(|line| vote(line).is_some()).count();
    let known = |line: &str| line.starts_with(['{', '=']) || vote(line).is_some();
    votes > 0 && lines().all(known) && lines().any(|line| line.starts_with(['{', '=']) || line.contains(['/', '>']))
}

/// Lines that say something, and where they stand.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let lines = (1..).zip(text.lines()).map(|(number, line)| (number, without_comment(line).trim()));
    lines.filter(|(_, line)| !line.is_empty())
}

/// A `#` begins a comment, wherever it stands; but in metadata behind their brace alone.
fn without_comment(line: &str) -> &str {
    let start = if line.trim_start().starts_with('{') { line.rfind('}').unwrap_or(0) } else { 0 };
    let comment = line.get(start..).and_then(|rest| rest.find('#')).map(|at| start + at);
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

/// `27:` and what follows.
fn vote(line: &str) -> Option<(u64, &str)> {
    let (count, preferences) = line.split_once(':')?;
    Some((count.trim().parse().ok()?, preferences))
}

/// The scores of one ballot, each with its candidate's place.
type Scores = Vec<(usize, Option<Score>)>;

pub fn read(text: &Text, title: &str) -> Result<Given> {
    let mut titles = Vec::new();
    let mut candidates = Candidates::default();
    for (line, content) in lines(&text.text) {
        if content.starts_with('{') {
            titles.extend(metadata(content).map_err(|why| text.at(line, why))?);
        } else if let Some(declared) = content.strip_prefix('=') {
            let (token, name) = declared.split_once(':').ok_or_else(|| text.at(line, broken(content)))?;
            candidates.declare(unwrapped(token), unwrapped(name)).map_err(|why| text.at(line, why))?;
        }
    }
    let mut votes: Vec<(u64, u64, Scores)> = Vec::new();
    for (line, content) in lines(&text.text).filter(|(_, content)| !content.starts_with(['{', '='])) {
        let (count, preferences) = vote(content).ok_or_else(|| text.at(line, broken(content)))?;
        let mut scores = Vec::new();
        for preference in divided(preferences) {
            let (name, score) =
                preference.rsplit_once('/').filter(|(_, score)| !score.contains(']')).unwrap_or((preference, ""));
            let read = Score::parse(score.trim());
            if read.is_none() {
                return Err(text.at(line, no_score(preference)).next(tr!(
                    "Only ballots on which every candidate that is named has a score can be counted here: NAME/SCORE.",
                    "Считать можно только бюллетени, где у каждого названного кандидата есть оценка: ИМЯ/ОЦЕНКА."
                )));
            }
            scores.push((candidates.place(name).map_err(|why| text.at(line, why))?, read));
        }
        votes.push((line, count, scores));
    }
    if titles.len() > 1 {
        return Err(text
            .at(
                1,
                tr!(
                    "holds several questions, and their ballots stand apart",
                    "здесь несколько вопросов, и бюллетени каждого стоят отдельно"
                ),
            )
            .next(tr!(
                "Take the questions apart; or export csv-raw, where each ballot has all.",
                "Разделите вопросы или выгрузите csv-raw: там в каждом бюллетене есть все вопросы."
            )));
    }
    let names = candidates.names;
    // Before there is a place for each in each ballot: here only who has a score is named.
    if votes.len().saturating_mul(names.len()) > SCORES_MAX {
        return Err(
            text.at(1, tr!("there are too many ballots for one file", "для одного файла бюллетеней слишком много"))
        );
    }
    if names.len() > CANDIDATES_MAX {
        let count = names.len();
        return Err(text.at(
            1,
            tr!(
                "{count} candidates are named; an election has at most {CANDIDATES_MAX}",
                "названо кандидатов {count}; на выборах их не больше {CANDIDATES_MAX}"
            ),
        ));
    }
    let ballot = |(line, count, scores): (u64, u64, Scores)| {
        let mut row = vec![None; names.len()];
        for (place, score) in scores {
            match row.get_mut(place) {
                Some(cell @ None) => *cell = score,
                _ => return Err(text.at(line, tr!("a candidate stands there twice", "кандидат назван дважды"))),
            }
        }
        Ok(GivenBallot { line, count, weight: 1, scores: vec![row] })
    };
    let ballots = votes.into_iter().map(ballot).collect::<Result<Vec<_>>>()?;
    let told = vec![tr!("candidates: {}", "кандидаты: {}", names.join(", "))];
    let questions = vec![(titles.pop().unwrap_or_else(|| title.to_owned()), names)];
    Ok(Given { questions, ballots, told, roll_scale: 0 })
}

/// What a line of metadata says of the question's title. Of one that cannot be read it is not known whether another question
/// begins there.
fn metadata(content: &str) -> std::result::Result<Option<String>, String> {
    let why = |problem: &dyn std::fmt::Display| {
        let content = shown(content);
        tr!(
            "\"{content}\" is no JSON, as lines that begin with a brace are: {problem}",
            "«{content}» — не JSON, а строки с фигурной скобкой должны им быть: {problem}"
        )
    };
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(content).map_err(|error| why(&error))?;
    match members.get("title") {
        None => Ok(None),
        Some(serde_json::Value::String(title)) => Ok(Some(title.clone())),
        Some(_) => Err(why(&"title")),
    }
}

/// A token is one file's short name for a candidate: another candidate may be called so.
#[derive(Default)]
struct Candidates {
    names: Vec<String>,
    by_token: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Candidates {
    fn declare(&mut self, token: &str, name: &str) -> std::result::Result<(), String> {
        let place = self.names.len();
        if self.by_token.insert(token.to_owned(), place).is_some() {
            let token = shown(token);
            return Err(tr!("\"{token}\" stands for two candidates", "«{token}» обозначает двух кандидатов"));
        }
        if self.by_name.insert(name.to_owned(), place).is_some() {
            let name = shown(name);
            return Err(tr!("two candidates are called \"{name}\"", "двух кандидатов зовут «{name}»"));
        }
        self.names.push(name.to_owned());
        Ok(())
    }

    /// By a token, or by a name in brackets or without; a name that was not declared is one more candidate.
    fn place(&mut self, written: &str) -> std::result::Result<usize, String> {
        let text = unwrapped(written);
        let (token, name) = (self.by_token.get(text), self.by_name.get(text));
        match (token, name) {
            (Some(token), Some(name)) if token != name && text != written.trim() => {
                let text = shown(text);
                Err(tr!(
                    "\"{text}\" is the token of one candidate and the name of another: which is meant?",
                    "«{text}» обозначает одного кандидата, а зовут так другого: кто имеется в виду?"
                ))
            }
            (Some(place), _) | (None, Some(place)) => Ok(*place),
            (None, None) => {
                let place = self.names.len();
                self.names.push(text.to_owned());
                self.by_name.insert(text.to_owned(), place);
                Ok(place)
            }
        }
    }
}

/// At `,`, `>` and `=`, but not within brackets or quotation marks.
fn divided(preferences: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_u32, false);
    let divides = |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '"' => quoted = !quoted,
            _ => {}
        }
        depth == 0 && !quoted && matches!(c, ',' | '>' | '=')
    };
    preferences.split(divides).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Without the brackets or quotation marks around it.
fn unwrapped(name: &str) -> &str {
    let name = name.trim();
    let bare = |open, close| name.strip_prefix(open).and_then(|name: &str| name.strip_suffix(close));
    bare('[', ']').or_else(|| bare('"', '"')).unwrap_or(name)
}

fn broken(line: &str) -> String {
    let line = shown(line);
    tr!("\"{line}\" is no line of ABIF", "«{line}» — не строка ABIF")
}

fn no_score(preference: &str) -> String {
    let preference = shown(preference);
    tr!(
        "\"{preference}\" has no score: a rank, and Veche counts scores",
        "у «{preference}» нет оценки: это место, а Veche считает оценки"
    )
}
