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

/// A `#` begins a comment, wherever it stands.
fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
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
    let mut votes: Vec<(u64, u64, Scores)> = Vec::new();
    for (line, content) in lines(&text.text) {
        if content.starts_with('{') {
            let metadata: Option<serde_json::Value> = serde_json::from_str(content).ok();
            titles.extend(metadata.as_ref().and_then(|all| Some(all.get("title")?.as_str()?.to_owned())));
        } else if let Some(declared) = content.strip_prefix('=') {
            let (token, name) = declared.split_once(':').ok_or_else(|| text.at(line, broken(content)))?;
            candidates.declare(unwrapped(token), unwrapped(name));
        } else {
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
                scores.push((candidates.place(unwrapped(name)), read));
            }
            votes.push((line, count, scores));
        }
    }
    if titles.len() > 1 {
        return Err(text
            .at(
                1,
                tr!(
                    "holds several questions, and their ballots stand apart",
                    "здесь несколько вопросов, и бюллетени их стоят порознь"
                ),
            )
            .next(tr!(
                "Take the questions apart; or export csv-raw, where each ballot has all.",
                "Разделите вопросы или выгрузите csv-raw: там у бюллетеня есть все."
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
    let ballot = |(line, count, scores): (u64, u64, Vec<(usize, Option<Score>)>)| {
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

#[derive(Default)]
struct Candidates {
    names: Vec<String>,
    by_token: HashMap<String, usize>,
}

impl Candidates {
    fn declare(&mut self, token: &str, name: &str) {
        let place = self.place(token);
        if let Some(known) = self.names.get_mut(place) {
            *known = name.to_owned();
        }
        self.by_token.insert(name.to_owned(), place);
    }

    fn place(&mut self, token: &str) -> usize {
        let next = self.names.len();
        let place = *self.by_token.entry(token.to_owned()).or_insert(next);
        if place == next {
            self.names.push(token.to_owned());
        }
        place
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
        "у «{preference}» нет оценки: это место в порядке, а Veche считает оценки"
    )
}
