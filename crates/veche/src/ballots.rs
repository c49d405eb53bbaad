//! Ballots that somebody has in a file. The file is recognised by one of the `formats`, its columns by name and by what
//! stands in them (`columns`), its cells are scores (`marks`). What was recognised is told; what is not certain is
//! refused, with what to type.

use std::path::Path;

use clap::Args;
use veche_election::{
    Contest, ContestKind, Hash, Marks,
    manifest::{LEVELS_MAX, TOTAL_WEIGHT_MAX, unit},
    roll::Weight,
};

use crate::{
    config::{ContestFile, parse_scale},
    failure::{Failure, Result},
    files,
    lang::{plural, tr},
    rolls,
    table::{TableArgs, Text, names},
    words,
};

mod abif;
mod beside;
mod brought;
mod columns;
mod formats;
mod marks;
mod raw;
mod scores;

use marks::Score;

/// Ballots of one file: more would not be counted in one program's memory.
const BALLOTS_MAX: u64 = 10_000_000;
/// What a file of them has, and the scores in it: a table has a separator beside each.
const FILE_MAX_BYTES: u64 = 256 << 20;
const SCORES_MAX: usize = 128 << 20;
/// Ballots that are shown as they were read.
const EXAMPLES: usize = 2;
/// The scale reaches at least so far where nothing is said of it.
const SCALE_LEAST: i64 = 5;

/// How ballots are to be read where the file does not say so itself.
#[derive(Debug, Default, Clone, Args)]
pub struct BallotArgs {
    #[command(flatten)]
    pub table: TableArgs,
    #[arg(long, value_name = "NAME", help = tr!(
        "What the ballots are, if it cannot be recognised: {}", "Что это за бюллетени, если их не узнать: {}", formats::names()))]
    pub ballot_format: Option<String>,
    #[arg(long, value_name = "TEXT=SCORE", help = tr!(
        "What the words in cells mean: \"A1=1,A2=2,-oth-=*\"; * is no opinion",
        "Что значат слова в ячейках: «A1=1,A2=2,-oth-=*»; * — нет мнения"))]
    pub labels: Vec<String>,
    #[arg(long, value_name = "COLUMN", help = tr!(
        "The columns that are candidates, by name or number: \"Anna,Boris\", or several times; all others are left out",
        "Столбцы-кандидаты, по имени или по счёту: «Анна,Борис»; ключ можно повторять; остальные столбцы пропускаются"))]
    pub columns: Vec<String>,
    #[arg(long, value_name = "COLUMN", help = tr!(
        "Columns to leave out, by name or number; may be given several times",
        "Столбцы, которые пропустить, по имени или по счёту; ключ можно повторять"))]
    pub ignore: Vec<String>,
    #[arg(long, value_name = "COLUMN", help = tr!(
        "The column that holds how many votes a ballot is worth", "Столбец с числом голосов бюллетеня"))]
    pub weight_column: Option<String>,
    #[arg(long, value_enum, value_name = "WHAT", help = tr!(
        "Lines without any score: are they ballots without an opinion, or nothing?",
        "Строки без единой оценки: бюллетени без мнения или ничего?"))]
    pub empty_rows: Option<EmptyRows>,
    #[arg(long, allow_hyphen_values = true, help = tr!("The scale of the ballots: 0..5, -2..2, or names: poor,good,excellent [default: from 0 to the largest score, at least 5]",
        "Шкала бюллетеней: 0..5, -2..2 или названия: плохо,хорошо,отлично [по умолчанию: от 0 до наибольшей оценки, не \
         меньше 5]"))]
    pub scale: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EmptyRows {
    Ballots,
    Nothing,
}

/// What was read, checked against the scales of its questions.
#[derive(Debug)]
pub struct Ballots {
    /// The file's name without its ending.
    pub title: String,
    pub questions: Vec<Question>,
    pub ballots: Vec<Ballot>,
    pub format: &'static str,
    /// Scores were multiplied by this, so that all are whole.
    pub factor: i64,
    /// Decimals of the weights.
    pub roll_scale: u32,
    /// Does the file or its format say where the scale ends?
    pub scale_is_certain: bool,
    pub hash: Hash,
    /// What was recognised, in words.
    pub told: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub title: String,
    pub candidates: Vec<String>,
    /// Of a range of whole numbers, or names.
    pub scale: String,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    pub line: u64,
    /// So many equal ballots stand in this line.
    pub count: u64,
    /// In units, of which a vote has as many as the scale says.
    pub weight: Weight,
    /// For each question the written marks.
    pub marks: Vec<String>,
}

/// What a format has read, before there is a scale.
#[derive(Debug, Default)]
struct Given {
    questions: Vec<(String, Vec<String>)>,
    ballots: Vec<GivenBallot>,
    /// Decimals of the weights.
    roll_scale: u32,
    told: Vec<String>,
}

#[derive(Debug, Clone)]
struct GivenBallot {
    line: u64,
    count: u64,
    weight: u64,
    /// By question and candidate.
    scores: Vec<Vec<Option<Score>>>,
}

impl Given {
    fn weight(&self) -> u64 {
        let weights = self.ballots.iter().map(|ballot| ballot.count.saturating_mul(ballot.weight));
        weights.fold(0, u64::saturating_add)
    }
}

impl Ballots {
    pub fn open(path: &Path, args: &BallotArgs) -> Result<Self> {
        let (source, title) = names(path);
        let bytes = files::read_at_most(path, FILE_MAX_BYTES)?;
        Self::read(&source, &title, &bytes, args)
    }

    pub fn read(source: &str, title: &str, bytes: &[u8], args: &BallotArgs) -> Result<Self> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Failure::usage(tr!("{source} is empty", "{source} — пустой файл")));
        }
        let text = Text::read(source, bytes, &args.table)?;
        let (format, mut given) = formats::read(text, title, args)?;
        given.ballots.retain(|ballot| ballot.count > 0);
        let count = given.ballots.iter().map(|ballot| ballot.count).fold(0, u64::saturating_add);
        match count {
            0 => return Err(Failure::usage(tr!("{source}: there are no ballots", "{source}: бюллетеней нет"))),
            1..=BALLOTS_MAX => {}
            _ => {
                let most = words::number(BALLOTS_MAX);
                return Err(Failure::usage(tr!(
                    "{source}: more than {most} ballots",
                    "{source}: бюллетеней больше {most}"
                )));
            }
        }
        if given.weight() > TOTAL_WEIGHT_MAX {
            return Err(Failure::usage(tr!(
                "{source}: the weights add up to more than 2^40",
                "{source}: сумма весов больше 2^40"
            )));
        }
        let named = args.scale.as_deref().map(parse_scale).transpose()?;
        let factor = factor(source, &given, named.as_deref())?;
        let levels = given.questions.iter().enumerate().map(|(question, _)| match &named {
            Some(levels) => multiplied(levels, factor),
            None => inferred(source, &given, question, factor),
        });
        let levels = levels.collect::<Result<Vec<_>>>()?;
        let mut told = vec![tr!("{source}: {}", "{source}: {}", format.title())];
        told.extend(given.told.iter().cloned());
        if factor > 1 {
            told.push(tr!(
                "not all scores are whole: every one is counted {factor} times as large",
                "не все оценки целые: каждая умножена на {factor}"
            ));
        }
        let questions = given.questions.iter().zip(&levels).map(|((title, candidates), levels)| Question {
            title: title.clone(),
            candidates: candidates.clone(),
            scale: scale_text(levels),
        });
        let questions: Vec<Question> = questions.collect();
        told.extend(
            questions.iter().flat_map(|question| &question.candidates).filter_map(|name| rolls::destruction(name)),
        );
        tell_scale(&questions, args.scale.is_some(), &mut told);
        let ballots = given.ballots.iter().map(|ballot| written(source, ballot, &given, &levels, factor));
        let ballots = ballots.collect::<Result<Vec<_>>>()?;
        tell_ballots(count, &given, &mut told);
        let scale_is_certain = args.scale.is_some() || format.has_scale;
        let hash = Hash::of(bytes);
        Ok(Self {
            title: title.into(),
            questions,
            ballots,
            roll_scale: given.roll_scale,
            format: format.name,
            factor,
            scale_is_certain,
            hash,
            told,
        })
    }

    /// Contests as an organiser would write them, everything but the scale as usual.
    pub fn contests(&self) -> Vec<ContestFile> {
        let contest = |question: &Question| ContestFile {
            scale: Some(question.scale.clone()),
            ..ContestFile::new(&question.title, ContestKind::Score, question.candidates.clone())
        };
        self.questions.iter().map(contest).collect()
    }

    /// So many ballots, of so much weight: no more than was read.
    pub fn counted(&self) -> (u64, u64) {
        let weights = self.ballots.iter().map(|ballot| ballot.count * ballot.weight.get());
        (self.ballots.iter().map(|ballot| ballot.count).sum(), weights.sum())
    }

    /// The marks of each line, checked against the contests of an election.
    pub fn checked(&self, source: &str, contests: &[Contest]) -> Result<Vec<Vec<Marks>>> {
        let marks = |ballot: &Ballot| {
            let marks = ballot.marks.iter().zip(contests).map(|(marks, contest)| Marks::parse(marks, contest));
            marks.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| {
                let (line, error) = (ballot.line, crate::russian::marks(&error));
                Failure::usage(tr!("{source}, line {line}: {error}", "{source}, строка {line}: {error}"))
            })
        };
        self.ballots.iter().map(marks).collect()
    }
}

/// By which all scores become whole. A scale that was named is made larger only if it is a range of numbers: between names
/// there is nothing, and between numbers that stand apart nothing was meant.
fn factor(source: &str, given: &Given, named: Option<&[String]>) -> Result<i64> {
    if named.is_some_and(|levels| ends(levels).is_none()) {
        return Ok(1);
    }
    let scores = || given.ballots.iter().flat_map(|ballot| ballot.scores.iter().flatten().flatten());
    let whole = |factor: &i64| scores().all(|score| score.times(*factor).is_some());
    [1, 2, 4, 5, 10, 20, 25, 50, 100].into_iter().find(whole).ok_or_else(|| {
        Failure::usage(tr!(
            "{source}: scores have more than two places behind the point",
            "{source}: у оценок больше двух знаков после запятой"
        ))
    })
}

/// A named scale, for scores that are larger by the factor.
fn multiplied(levels: &[String], factor: i64) -> Result<Vec<String>> {
    let Some((low, high)) = ends(levels).filter(|_| factor > 1) else { return Ok(levels.to_vec()) };
    range(low.saturating_mul(factor), high.saturating_mul(factor)).ok_or_else(|| {
        Failure::usage(tr!("the scale has more than {LEVELS_MAX} levels", "в шкале больше {LEVELS_MAX} ступеней"))
    })
}

/// Of a range of whole numbers.
fn ends(levels: &[String]) -> Option<(i64, i64)> {
    let (low, high) = (levels.first()?.parse().ok()?, levels.last()?.parse().ok()?);
    range(low, high).filter(|all| all == levels).map(|_| (low, high))
}

fn range(low: i64, high: i64) -> Option<Vec<String>> {
    let count = usize::try_from(high.checked_sub(low)?).ok()?;
    (count < LEVELS_MAX).then(|| (low..=high).map(|level| level.to_string()).collect())
}

/// From 0 to the highest score, at least 5, or as far on both sides of 0; of scores far apart, those that occur.
fn inferred(source: &str, given: &Given, question: usize, factor: i64) -> Result<Vec<String>> {
    let scores = given.ballots.iter().filter_map(|ballot| ballot.scores.get(question)).flatten().flatten();
    let scores = || scores.clone().filter_map(|score| score.times(factor));
    let (low, high) = (scores().min().unwrap_or(0).min(0), scores().max().unwrap_or(0));
    // Around 0 both sides reach as far.
    let high = high.max(if low < 0 { low.saturating_neg() } else { SCALE_LEAST * factor });
    if let Some(levels) = range(low, high) {
        return Ok(levels);
    }
    let used: std::collections::BTreeSet<i64> = scores().chain([0]).collect();
    if used.len() > LEVELS_MAX {
        let (low, high, used) = (scores().min().unwrap_or(0), scores().max().unwrap_or(0), used.len());
        return Err(Failure::usage(tr!(
            "{source}: {used} different scores from {low} to {high}; an election has a scale of at most {LEVELS_MAX} levels",
            "{source}: разных оценок {used}, от {low} до {high}; ступеней в шкале выборов не больше {LEVELS_MAX}"
        )));
    }
    Ok(used.into_iter().map(|level| level.to_string()).collect())
}

/// `0..5`, or all levels.
fn scale_text(levels: &[String]) -> String {
    ends(levels).map_or_else(|| levels.join(","), |(low, high)| format!("{low}..{high}"))
}

fn written(source: &str, ballot: &GivenBallot, given: &Given, levels: &[Vec<String>], factor: i64) -> Result<Ballot> {
    let mut marks = Vec::new();
    for (((_, candidates), levels), scores) in given.questions.iter().zip(levels).zip(&ballot.scores) {
        let is_compact = levels.iter().all(|level| level.chars().count() == 1);
        let numbers = levels.iter().all(|level| level.parse::<i64>().is_ok());
        let mark = |(score, candidate): (&Option<Score>, &String)| {
            let Some(score) = score else { return Ok("*".to_owned()) };
            let level = score.times(factor).and_then(|whole| match numbers {
                true => levels.iter().find(|level| **level == whole.to_string()),
                false => levels.get(usize::try_from(whole).ok()?),
            });
            level.cloned().ok_or_else(|| {
                let (line, scale) = (ballot.line, scale_text(levels));
                Failure::usage(tr!(
                    "{source}, line {line} ({candidate}): {score} is not on the scale {scale}",
                    "{source}, строка {line} ({candidate}): {score} — не на шкале {scale}"
                ))
            })
        };
        let written: Vec<String> = scores.iter().zip(candidates).map(mark).collect::<Result<_>>()?;
        marks.push(written.join(if is_compact { "" } else { "," }));
    }
    let weight = Weight::new(ballot.weight).ok_or_else(|| Failure::other("a weight is no weight"))?;
    Ok(Ballot { line: ballot.line, count: ballot.count, weight, marks })
}

fn tell_scale(questions: &[Question], named: bool, told: &mut Vec<String>) {
    let mut scales: Vec<&str> = questions.iter().map(|question| question.scale.as_str()).collect();
    scales.dedup();
    let scales = scales.join("; ");
    told.push(match named {
        true => tr!("scale {scales}", "шкала {scales}"),
        false => tr!(
            "scale {scales}, by the scores that occur; --scale names another",
            "шкала {scales}, по встретившимся оценкам; другую называет --scale"
        ),
    });
}

fn tell_ballots(count: u64, given: &Given, told: &mut Vec<String>) {
    let few = |first: &GivenBallot| {
        let questions = given.questions.iter().zip(&first.scores);
        let scores = questions.flat_map(|((_, candidates), scores)| candidates.iter().zip(scores));
        let scores: Vec<String> =
            scores.take(6).map(|(name, score)| format!("{name} {}", marks::shown(*score))).collect();
        let (line, scores, times) = (first.line, scores.join(", "), first.count);
        let times = if times > 1 { format!("{times} × ") } else { String::new() };
        tr!("line {line}: {times}{scores}", "строка {line}: {times}{scores}")
    };
    told.extend(given.ballots.iter().take(EXAMPLES).map(few));
    let noun = plural(count.into(), "бюллетень", "бюллетеня", "бюллетеней");
    let english = if count == 1 { "ballot" } else { "ballots" };
    let weights = given.weight();
    let shown = words::votes(weights, given.roll_scale);
    told.push(match weights == count.saturating_mul(unit(given.roll_scale)) {
        true => tr!("{count} {english}", "{count} {noun}"),
        false => tr!("{count} {english}, weight {shown}", "{count} {noun}, вес {shown}"),
    });
}
