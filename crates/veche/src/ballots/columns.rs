//! What the columns of a table of ballots are. A column is a candidate only with certainty: by its name where the format
//! gives it one, and because every cell in it is a score.

use super::{
    formats::{Brought, plain},
    marks::Cells,
};
use crate::{
    failure::{Failure, Result},
    lang::tr,
    table::{one_line, shown},
};

/// Names of columns that every program writes beside the answers, without spaces and signs.
const BESIDE: [&str; 54] = [
    "ballotid",
    "ballot",
    "id",
    "voterid",
    "voter",
    "votetime",
    "pollid",
    "precinct",
    "timestamp",
    "date",
    "time",
    "datetime",
    "email",
    "emailaddress",
    "username",
    "name",
    "number",
    "respondent",
    "respondentid",
    "responseid",
    "collectorid",
    "submitdate",
    "lastpage",
    "startlanguage",
    "seed",
    "startdate",
    "enddate",
    "datestamp",
    "starttime",
    "completiontime",
    "lastmodifiedtime",
    "language",
    "ipaddr",
    "ipaddress",
    "refurl",
    "отметкавремени",
    "ид",
    "времяначала",
    "времязавершения",
    "времяпоследнегоизменения",
    "электроннаяпочта",
    "адресэлектроннойпочты",
    "имя",
    "дата",
    "время",
    "участок",
    "номер",
    "избиратель",
    "бюллетень",
    "язык",
    "zeitstempel",
    "horodateur",
    "emailadresse",
    "nummer",
];
const WEIGHTS: [&str; 5] = ["weight", "вес", "gewicht", "poids", "ballotweight"];
/// Perhaps weights: they have to be named or left out.
const LIKE_WEIGHTS: [&str; 12] = [
    "anteil",
    "anteile",
    "stimmen",
    "votes",
    "shares",
    "share",
    "доля",
    "доли",
    "голоса",
    "голосов",
    "count",
    "количество",
];

/// How the names of columns hold a question and a candidate.
#[derive(Debug, Clone, Copy)]
pub enum Names {
    Whole,
    /// `QUESTION!!CANDIDATE`; without it the name is the candidate's.
    Divided(&'static str),
    /// `QUESTION [CANDIDATE]`.
    Bracketed,
}

impl Names {
    pub fn split(self, name: &str) -> (Option<&str>, &str) {
        let parts = match self {
            Self::Whole => None,
            Self::Divided(by) => name.split_once(by),
            Self::Bracketed => name.strip_suffix(']').and_then(|name| name.split_once('[')),
        };
        match parts {
            Some((question, candidate)) => (Some(question.trim()), candidate.trim()),
            None => (None, name),
        }
    }
}

/// Which column holds what.
pub struct Columns {
    /// Question, candidate, and the column's place.
    pub candidates: Vec<(Option<String>, String, usize)>,
    pub weight: Option<usize>,
    /// What is left out.
    pub out: Vec<String>,
}

enum Role {
    Candidate,
    Weight,
    Out,
    /// Without a name and without anything in it.
    Nothing,
}

impl Columns {
    pub fn of(all: &Brought, names: Names) -> Result<Self> {
        let cells = Cells::new(all.args)?;
        check_named(all)?;
        let mut columns = Self { candidates: Vec::new(), weight: None, out: Vec::new() };
        let width = all.rows.iter().map(crate::table::Row::width).max().unwrap_or(0);
        for place in 0..width {
            let name = one_line(head(all, place));
            match role(all, names, place, &name, &cells)? {
                Role::Candidate => {
                    let (question, candidate) = names.split(&name);
                    columns.candidates.push((question.map(str::to_owned), candidate.to_owned(), place));
                }
                Role::Weight => columns.weight = Some(place),
                Role::Out => columns.out.push(column_name(place, &name)),
                Role::Nothing => {}
            }
        }
        for (at, (question, candidate, place)) in columns.candidates.iter().enumerate() {
            let same = columns.candidates.iter().take(at).find(|(q, c, _)| q == question && c == candidate);
            if let Some((_, _, first)) = same {
                let (first, place) = (first + 1, place + 1);
                return Err(all.table.text.at(
                    head_line(all),
                    tr!(
                        "columns {first} and {place} are both \"{candidate}\"",
                        "столбцы {first} и {place} оба называются «{candidate}»"
                    ),
                ));
            }
        }
        if columns.candidates.is_empty() {
            return Err(Self::why_no_scores(all));
        }
        Ok(columns)
    }

    /// Is there a column of scores, and none of which it is not clear what it is?
    pub fn could_be_scores(all: &Brought) -> bool {
        all.rows.len() == 1 && !all.rows.iter().all(crate::table::Row::is_empty) || !candidates_by_cells(all).is_empty()
    }

    pub fn why_no_scores(all: &Brought) -> Failure {
        let source = &all.table.text.source;
        let other = Cells::new(all.args).ok().and_then(|cells| first_other(all, 0, &cells));
        let other = other.map_or_else(String::new, |(line, cell)| {
            tr!(" (\"{cell}\" in line {line})", " («{cell}» в строке {line})")
        });
        Failure::usage(tr!(
            "{source}: no column of it holds scores{other}, and it is in no other form that is known",
            "{source}: ни в одном столбце нет оценок{other}, и ни в одном другом известном виде это не бюллетени"
        ))
        .next(tr!(
            "Known are {}; words in cells can be given scores: --labels \"Good=3,Excellent=5\".",
            "Известны {}; словам в ячейках можно дать оценки: --labels \"Хорошо=3,Отлично=5\".",
            super::formats::names()
        ))
    }
}

/// Columns that are called something and hold scores alone, by what is in them.
pub fn candidates_by_cells(all: &Brought) -> Vec<usize> {
    let Ok(cells) = Cells::new(all.args) else { return Vec::new() };
    let width = all.rows.first().map_or(0, crate::table::Row::width);
    let is_one = |place: &usize| {
        let name = head(all, *place);
        let beside = BESIDE.contains(&plain(name).as_str()) || WEIGHTS.contains(&plain(name).as_str());
        let filled = all.rows.iter().skip(1).any(|row| !row.cell(*place).is_empty());
        !name.is_empty() && !beside && filled && first_other(all, *place, &cells).is_none()
    };
    (0..width).filter(is_one).collect()
}

fn head<'a>(all: &'a Brought, place: usize) -> &'a str {
    all.rows.first().map_or("", |row| row.cell(place))
}

fn head_line(all: &Brought) -> u64 {
    all.rows.first().map_or(1, |row| row.line)
}

fn column_name(place: usize, name: &str) -> String {
    let (place, name) = (place + 1, shown(name));
    if name.is_empty() {
        tr!("column {place}", "столбец {place}")
    } else {
        tr!("{name} (column {place})", "{name} (столбец {place})")
    }
}

fn is_named(list: &[String], place: usize, name: &str) -> bool {
    list.iter().map(|one| one.trim()).any(|one| one == name || one.parse() == Ok(place + 1))
}

/// Every column that was named on the command line is there.
fn check_named(all: &Brought) -> Result<()> {
    let width = all.rows.first().map_or(0, crate::table::Row::width);
    let heads: Vec<String> = (0..width).map(|place| one_line(head(all, place))).collect();
    let args = all.args;
    let lists = [("--columns", &args.columns), ("--ignore", &args.ignore)];
    let named = lists.iter().flat_map(|(option, list)| list.iter().map(move |one| (*option, one)));
    for (option, one) in named.chain(args.weight_column.iter().map(|one| ("--weight-column", one))) {
        let there = (0..width)
            .any(|place| heads.get(place).is_some_and(|name| is_named(std::slice::from_ref(one), place, name)));
        if !there {
            let source = &all.table.text.source;
            let heads = heads.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(tr!(
                "{option} \"{one}\": {source} has no such column; it has {heads}",
                "{option} «{one}»: в {source} такого столбца нет; есть {heads}"
            )));
        }
    }
    Ok(())
}

/// By what was said on the command line, then by its name, then by what stands in it.
fn role(all: &Brought, names: Names, place: usize, name: &str, cells: &Cells) -> Result<Role> {
    let args = all.args;
    if args.weight_column.iter().any(|one| is_named(std::slice::from_ref(one), place, name)) {
        return Ok(Role::Weight);
    }
    if !args.columns.is_empty() {
        return Ok(if is_named(&args.columns, place, name) { Role::Candidate } else { Role::Out });
    }
    if is_named(&args.ignore, place, name) {
        return Ok(Role::Out);
    }
    if name.is_empty() {
        return nameless(all, place);
    }
    if names.split(name).0.is_none() {
        let key = plain(name);
        if BESIDE.contains(&key.as_str()) {
            return Ok(Role::Out);
        }
        if args.weight_column.is_none() && WEIGHTS.contains(&key.as_str()) {
            return Ok(Role::Weight);
        }
        refuse_unclear(all, names, place, name)?;
    }
    let Some((line, cell)) = first_other(all, place, cells) else { return Ok(Role::Candidate) };
    let column = shown(name);
    let failure = all.table.text.at_cell(line, place, name, no_score(&cell));
    Err(failure.next(tr!(
        "Say what it means: --labels \"{cell}=*\" (no opinion) or =SCORE; or leave the column out: --ignore \"{column}\"",
        "Скажите, что это значит: --labels \"{cell}=*\" (нет мнения) или =ОЦЕНКА; или пропустите столбец: --ignore \"{column}\""
    )))
}

pub fn no_score(cell: &str) -> String {
    tr!("\"{cell}\" is not a score", "«{cell}» — не оценка")
}

/// A column without a name holds nothing, or the numbers of the lines.
fn nameless(all: &Brought, place: usize) -> Result<Role> {
    let Some(row) = all.rows.iter().skip(1).find(|row| !row.cell(place).is_empty()) else { return Ok(Role::Nothing) };
    if counts_up(all, place, 1) || counts_up(all, place, 0) {
        return Ok(Role::Out);
    }
    let (cell, column) = (shown(row.cell(place)), place + 1);
    let what = tr!(
        "\"{cell}\" stands in column {column}, which has no name in the header",
        "«{cell}» стоит в столбце {column}, у которого в заголовке нет имени"
    );
    Err(all
        .table
        .text
        .at(row.line, what)
        .next(tr!("Leave it out: --ignore {column}", "Пропустите его: --ignore {column}")))
}

/// A column that may be something else than a candidate.
fn refuse_unclear(all: &Brought, names: Names, place: usize, name: &str) -> Result<()> {
    let named = shown(name);
    let unclear = |what: String, next: String| Err(all.table.text.at(head_line(all), what).next(next));
    let leave_out = || {
        tr!(
            "Leave the column out: --ignore \"{named}\"; or name all candidates: --columns \"...\"",
            "Пропустите столбец: --ignore \"{named}\"; или назовите всех кандидатов: --columns \"...\""
        )
    };
    if LIKE_WEIGHTS.contains(&plain(name).as_str()) {
        let what = tr!(
            "is \"{named}\" a candidate, or how much a ballot weighs?",
            "«{named}» — это кандидат или вес бюллетеня?"
        );
        let next = tr!(
            "Say which: --weight-column \"{named}\", --ignore \"{named}\", or name the candidates: --columns \"...\"",
            "Скажите, что: --weight-column \"{named}\", --ignore \"{named}\" или назовите кандидатов: --columns \"...\""
        );
        return unclear(what, next);
    }
    if matches!(names, Names::Bracketed) {
        let what = tr!(
            "the column \"{named}\" is not called QUESTION [CANDIDATE]",
            "столбец «{named}» не называется ВОПРОС [КАНДИДАТ]"
        );
        return unclear(what, leave_out());
    }
    // Numbers of lines stand first.
    if place == 0 && all.rows.len() > 3 && counts_up(all, place, 1) {
        let what = tr!(
            "the column \"{named}\" counts the lines from 1: is it a candidate?",
            "столбец «{named}» нумерует строки с 1: это кандидат?"
        );
        return unclear(what, leave_out());
    }
    Ok(())
}

/// Do the cells of a column count 1, 2, 3?
fn counts_up(all: &Brought, place: usize, from: u64) -> bool {
    let mut rows = all.rows.iter().skip(1).filter(|row| !row.is_empty()).zip(from..);
    rows.all(|(row, number)| row.cell(place) == number.to_string())
}

/// The first cell that is neither a score nor without an opinion.
fn first_other(all: &Brought, place: usize, cells: &Cells) -> Option<(u64, String)> {
    let other = all.rows.iter().skip(1).find(|row| cells.read(without_count(row.cell(place), place).1).is_none())?;
    Some((other.line, shown(other.cell(place))))
}

/// `42:5` in the first column: so many equal ballots.
pub fn without_count(cell: &str, place: usize) -> (Option<u64>, &str) {
    let parts = cell.split_once(':').filter(|_| place == 0);
    match parts.and_then(|(count, rest)| Some((count.trim().parse::<u64>().ok()?, rest.trim()))) {
        Some((count, rest)) => (Some(count), rest),
        None => (None, cell),
    }
}
