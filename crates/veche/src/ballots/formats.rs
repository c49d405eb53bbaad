//! The formats of ballots that are known, each with a recogniser that says whether a file is one: certainly, possibly, or
//! not. One that is certain is taken, or the only possible one; otherwise the format has to be named.

use super::{
    BallotArgs, Given, abif,
    brought::Brought,
    columns::{Columns, Names},
    marks::Cells,
    raw, scores,
};
use crate::{
    failure::{Failure, Result},
    lang::tr,
    table::{Text, heads::plain},
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fit {
    Certain,
    Possible,
    No,
}

pub struct Format {
    /// For `--ballot-format`.
    pub name: &'static str,
    title: fn() -> String,
    fit: Recogniser,
    read: Reader,
    /// Is the scale known to begin at 0 and to end at 5 or with the largest score?
    pub has_scale: bool,
}

enum Recogniser {
    Lines(fn(&str) -> Fit),
    Table(fn(&Brought) -> Fit),
}

enum Reader {
    Lines(fn(&Text, &str) -> Result<Given>),
    Table(fn(&Brought) -> Result<Given>),
    /// Known, and no ballots that can be counted.
    Refused(fn() -> String),
}

impl Format {
    pub fn title(&self) -> String {
        (self.title)()
    }
}

const FORMATS: [Format; 13] = [
    Format {
        name: "star-vote",
        title: || tr!("ballots as star.vote exports them", "бюллетени в том виде, как их выгружает star.vote"),
        fit: Recogniser::Table(|all| head_has(all, &["voterid", "votetime", "pollid"])),
        read: Reader::Table(|all| scores::read(all, Names::Whole)),
        has_scale: true,
    },
    Format {
        name: "bettervoting",
        title: || tr!("ballots as BetterVoting exports them", "бюллетени в том виде, как их выгружает BetterVoting"),
        fit: Recogniser::Table(|all| if head(all, 2) == ["ballot_id", "precinct"] { Fit::Certain } else { Fit::No }),
        read: Reader::Table(|all| scores::read(all, Names::Divided("!!"))),
        has_scale: true,
    },
    Format {
        name: raw::NAME,
        title: || tr!("ballots of Veche (csv-raw)", "бюллетени Veche (csv-raw)"),
        fit: Recogniser::Table(|all| if raw::is_one(&all.rows) { Fit::Certain } else { Fit::No }),
        read: Reader::Table(raw::read),
        has_scale: false,
    },
    Format {
        name: "abif",
        title: || tr!("ballots in ABIF", "бюллетени в ABIF"),
        fit: Recogniser::Lines(|text| if abif::is_one(text) && !is_preflib(text) { Fit::Certain } else { Fit::No }),
        read: Reader::Lines(abif::read),
        has_scale: false,
    },
    Format {
        name: "google-forms",
        title: || tr!("answers of Google Forms", "ответы Google Forms"),
        fit: Recogniser::Table(|all| if has_time(all) && bracketed(all) > 0 { Fit::Certain } else { Fit::No }),
        read: Reader::Table(|all| scores::read(all, Names::Bracketed)),
        has_scale: false,
    },
    Format {
        name: "microsoft-forms",
        title: || tr!("answers of Microsoft Forms", "ответы Microsoft Forms"),
        fit: Recogniser::Table(|all| {
            let is_one = MICROSOFT_TIMES.iter().any(|times| head_has(all, times) == Fit::Certain);
            if is_one { Fit::Certain } else { Fit::No }
        }),
        read: Reader::Table(|all| scores::read(all, Names::Whole)),
        has_scale: false,
    },
    Format {
        name: "grid",
        title: || tr!("answers with columns QUESTION[CANDIDATE]", "ответы со столбцами ВОПРОС[КАНДИДАТ]"),
        fit: Recogniser::Table(|all| if bracketed(all) > 1 && !has_time(all) { Fit::Certain } else { Fit::No }),
        read: Reader::Table(|all| scores::read(all, Names::Bracketed)),
        has_scale: false,
    },
    Format {
        name: "scores",
        title: || tr!("a table of scores", "таблица оценок"),
        fit: Recogniser::Table(|all| if Columns::could_be_scores(all) { Fit::Possible } else { Fit::No }),
        read: Reader::Table(|all| scores::read(all, Names::Whole)),
        has_scale: false,
    },
    Format {
        name: "ranks",
        title: || tr!("a table of ranks", "таблица мест"),
        fit: Recogniser::Table(|all| if scores::could_be_ranks(all) { Fit::Possible } else { Fit::No }),
        read: Reader::Refused(perhaps_ranks),
        has_scale: false,
    },
    Format {
        name: "blt",
        title: || tr!("ranked ballots in BLT (OpaVote)", "бюллетени с местами в BLT (OpaVote)"),
        fit: Recogniser::Lines(|text| if is_blt(text) { Fit::Certain } else { Fit::No }),
        read: Reader::Refused(ranks),
        has_scale: false,
    },
    Format {
        name: "preflib",
        title: || tr!("preferences of PrefLib", "предпочтения PrefLib"),
        fit: Recogniser::Lines(|text| if is_preflib(text) { Fit::Certain } else { Fit::No }),
        read: Reader::Refused(ranks),
        has_scale: false,
    },
    Format {
        name: "result",
        title: || tr!("a result of Veche", "результат Veche"),
        fit: Recogniser::Table(|all| match head(all, 4).as_slice() {
            [a, b, c, d] if [*a, *b, *c, *d] == ["contest", "candidate", "place", "status"] => Fit::Certain,
            _ => Fit::No,
        }),
        read: Reader::Refused(|| {
            tr!(
                "it is a result, in which no ballot can be told from another; ballots are in csv-raw",
                "это результат, в нём бюллетени не различить; бюллетени есть в csv-raw"
            )
        }),
        has_scale: false,
    },
    Format {
        name: "roll",
        title: || tr!("a roll of voters", "список избирателей"),
        fit: Recogniser::Table(is_roll),
        read: Reader::Refused(|| tr!("it is a roll, for veche new --roll", "это список, для veche new --roll")),
        has_scale: false,
    },
];

pub fn names() -> String {
    let readable = FORMATS.iter().filter(|format| !matches!(format.read, Reader::Refused(_)));
    readable.map(|format| format.name).collect::<Vec<_>>().join(", ")
}

fn ranks() -> String {
    tr!(
        "these are ranks, and Veche counts scores: what a rank is worth would be another rule",
        "это места (первое, второе, …), а Veche считает оценки: сколько стоит место, решило бы другое правило"
    )
}

fn perhaps_ranks() -> String {
    tr!(
        "{} If they are scores, of which more is better: --ballot-format scores",
        "{} Если это оценки, где больше — лучше: --ballot-format scores",
        ranks() + "."
    )
}

/// The format, and what it has read.
pub fn read<'a>(text: Text<'a>, title: &'a str, args: &'a BallotArgs) -> Result<(&'static Format, Given)> {
    // What was typed wrongly is said before anything is tried with it.
    Cells::new(args)?;
    let named = args.ballot_format.as_deref().map(by_name).transpose()?;
    let by_lines = |format: &&'static Format| match format.fit {
        Recogniser::Lines(fit) => fit(&text.text) == Fit::Certain,
        Recogniser::Table(_) => false,
    };
    let format = match named {
        Some(named) => matches!(named.fit, Recogniser::Lines(_)).then_some(named),
        None => FORMATS.iter().find(by_lines),
    };
    if let Some(format) = format {
        let given = match format.read {
            Reader::Lines(read) => read(&text, title)?,
            _ => return Err(refused(format, &text)),
        };
        refuse_columns(format, &text.source, args)?;
        return Ok((format, given));
    }
    let table = text.table(&args.table)?;
    let all = Brought::new(table, title, args, names)?;
    let format = named.map_or_else(|| recognise(&all), Ok)?;
    if format.name == raw::NAME {
        refuse_columns(format, &all.table.text.source, args)?;
    }
    let given = match format.read {
        Reader::Table(read) => read(&all)?,
        _ => return Err(refused(format, &all.table.text)),
    };
    Ok((format, Given { told: [vec![all.table.told().to_string()], given.told].concat(), ..given }))
}

/// Where columns cannot be chosen, a choice would have no effect.
fn refuse_columns(format: &Format, source: &str, args: &BallotArgs) -> Result<()> {
    if args.columns.is_empty() && args.ignore.is_empty() && args.weight_column.is_none() {
        return Ok(());
    }
    let title = format.title();
    Err(Failure::usage(tr!(
        "{source}: {title}: what the columns are is fixed; leave --columns, --ignore and --weight-column out",
        "{source}: {title}: что в столбцах, здесь известно заранее; уберите --columns, --ignore и --weight-column"
    )))
}

fn by_name(name: &str) -> Result<&'static Format> {
    FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let names = names();
        Failure::usage(tr!(
            "--ballot-format \"{name}\"? There are: {names}",
            "--ballot-format «{name}» неизвестен; есть: {names}"
        ))
    })
}

fn refused(format: &Format, text: &Text) -> Failure {
    let (source, title) = (&text.source, format.title());
    let why = match format.read {
        Reader::Refused(why) => why(),
        _ => tr!("it is not of that form", "файл не этого вида"),
    };
    Failure::usage(format!("{source}: {title}: {why}"))
}

/// The one that is certain, or else the only one that is possible.
fn recognise(all: &Brought) -> Result<&'static Format> {
    let fit = |format: &'static Format| match format.fit {
        Recogniser::Table(fit) => (format, fit(all)),
        Recogniser::Lines(_) => (format, Fit::No),
    };
    let fits: Vec<_> = FORMATS.iter().map(fit).collect();
    let of = |wanted: Fit| fits.iter().filter(|(_, fit)| *fit == wanted).map(|(format, _)| *format).collect::<Vec<_>>();
    let source = &all.table.text.source;
    let several = |formats: &[&Format]| {
        let titles = formats.iter().map(|format| format!("{} ({})", format.title(), format.name)).collect::<Vec<_>>();
        let titles = titles.join(", ");
        Failure::usage(tr!("{source} may be: {titles}", "{source} может быть: {titles}"))
    };
    let (certain, possible) = (of(Fit::Certain), of(Fit::Possible));
    match (certain.as_slice(), possible.as_slice()) {
        ([only], _) | ([], [only]) => Ok(only),
        ([], []) => Err(Columns::why_no_scores(all)),
        ([], several_formats) if several_formats.iter().any(|format| format.name == "ranks") => {
            Err(several(several_formats).next(tr!(
                "In every line the numbers differ, as ranks do. If more is better: --ballot-format scores. Ranks cannot be counted here.",
                "В каждой строке числа разные, как у мест. Если больше — лучше: --ballot-format scores. Места здесь не считаются."
            )))
        }
        ([], formats) | (formats, _) => {
            Err(several(formats).next(tr!("Say which: --ballot-format NAME", "Напишите, что это: --ballot-format ИМЯ")))
        }
    }
}

fn head<'a>(all: &'a Brought, count: usize) -> Vec<&'a str> {
    all.rows.first().map_or_else(Vec::new, |head| head.cells().take(count).collect())
}

fn head_has(all: &Brought, names: &[&str]) -> Fit {
    let head: Vec<String> = head(all, usize::MAX).into_iter().map(plain).collect();
    if names.iter().all(|name| head.iter().any(|cell| cell == name)) { Fit::Certain } else { Fit::No }
}

/// How many columns are called `QUESTION [CANDIDATE]`.
fn bracketed(all: &Brought) -> usize {
    head(all, usize::MAX).into_iter().filter(|name| Names::Bracketed.split(name).0.is_some()).count()
}

/// When an answer was begun and ended, as Microsoft Forms calls it in four languages.
const MICROSOFT_TIMES: [[&str; 2]; 4] = [
    ["starttime", "completiontime"],
    ["времяначала", "времязавершения"],
    ["startzeit", "fertigstellungszeit"],
    ["heurededébut", "heuredefin"],
];

const TIMES: [&str; 4] = ["timestamp", "отметкавремени", "zeitstempel", "horodateur"];

fn has_time(all: &Brought) -> bool {
    head(all, 1).first().is_some_and(|first| TIMES.contains(&plain(first).as_str()))
}

/// Number and perhaps name, contact and weight, and nothing else.
fn is_roll(all: &Brought) -> Fit {
    const COLUMNS: [&str; 8] = ["number", "name", "contact", "weight", "номер", "имя", "контакт", "вес"];
    let head: Vec<String> = head(all, usize::MAX).into_iter().map(plain).collect();
    let known = head.len() > 1 && head.iter().all(|cell| COLUMNS.contains(&cell.as_str()));
    let numbered = head.iter().any(|cell| cell == "number" || cell == "номер");
    if known && numbered { Fit::Certain } else { Fit::No }
}

fn is_preflib(text: &str) -> bool {
    let heads = ["# FILE NAME:", "# DATA TYPE:", "# NUMBER ALTERNATIVES:"];
    heads.iter().filter(|head| text.lines().any(|line| line.starts_with(*head))).count() >= 2
}

/// `5 3` (candidates, seats), ballots that end with 0, and a line of 0 alone.
fn is_blt(text: &str) -> bool {
    let mut lines =
        text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty());
    let numbers = |line: &str| line.split_whitespace().map(|part| part.parse::<i64>().ok()).collect::<Option<Vec<_>>>();
    let first = lines.next().and_then(numbers).is_some_and(|numbers| numbers.len() == 2);
    let ballots: Vec<&str> = lines.take_while(|line| *line != "0").collect();
    let is_ballot =
        |line: &&str| line.ends_with(" 0") || numbers(line).is_some_and(|n| n.len() == 1 || n.last() == Some(&0));
    first && !ballots.is_empty() && ballots.iter().all(is_ballot) && text.lines().any(|line| line.trim() == "0")
}
