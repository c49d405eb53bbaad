//! What the columns of a table of ballots are. A column is a candidate only with certainty: by its name where the format
//! gives it one, and because every cell in it is a score.

use std::collections::HashMap;

use super::{
    beside,
    brought::{Brought, Role},
    marks::Cells,
};
use crate::{
    failure::{Failure, Result},
    lang::tr,
    table::{
        Row,
        heads::{is_like_weight, plain, to_type},
        shown,
    },
};

const WEIGHTS: [&str; 5] = ["weight", "вес", "gewicht", "poids", "ballotweight"];
/// A longer name is a sentence: a proposal to vote on, and not what somebody's vote weighs.
const WEIGHT_NAME_WORDS: usize = 2;

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

impl Columns {
    pub fn of(all: &Brought, names: Names) -> Result<Self> {
        let cells = Cells::new(all.args)?;
        let mut columns = Self { candidates: Vec::new(), weight: None, out: Vec::new() };
        let width = all.rows.iter().map(Row::width).max().unwrap_or(0);
        for place in 0..width {
            let name = all.head(place);
            match role(all, names, place, &cells)? {
                Role::Candidate => {
                    all.rows.first().map_or(Ok(()), |head| all.table.text.plain_cell(head, place, name))?;
                    let (question, candidate) = names.split(name);
                    columns.candidates.push((question.map(str::to_owned), candidate.to_owned(), place));
                }
                Role::Weight => {
                    if let Some(first) = columns.weight.replace(place) {
                        return Err(two_weights(all, first, place));
                    }
                }
                Role::Out => columns.out.push(column_name(place, name)),
                Role::Nothing => {}
            }
        }
        columns.refuse_doubles(all)?;
        if columns.candidates.is_empty() {
            return Err(Self::why_no_scores(all));
        }
        columns.refuse_lost_counts(all, &cells)?;
        Ok(columns)
    }

    fn refuse_doubles(&self, all: &Brought) -> Result<()> {
        let mut known = HashMap::new();
        for (question, candidate, place) in &self.candidates {
            if let Some(first) = known.insert((question, candidate), place) {
                let (first, place) = (first + 1, place + 1);
                return Err(all.table.text.at(
                    all.head_line(),
                    tr!(
                        "columns {first} and {place} are both \"{candidate}\"",
                        "столбцы {first} и {place} оба называются «{candidate}»"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// How many equal ballots a line holds stands in the first column, which somebody may have left out.
    fn refuse_lost_counts(&self, all: &Brought, cells: &Cells) -> Result<()> {
        const FIRST: usize = 0;
        let name = all.head(FIRST);
        let is_read = self.weight == Some(FIRST) || self.candidates.iter().any(|(.., place)| *place == FIRST);
        let key = plain(name);
        if is_read || beside::is_certain(&key) || beside::is_likely(&key) {
            return Ok(());
        }
        let is_count = |row: &&Row| {
            let (count, rest) = without_count(row.cell(FIRST), FIRST);
            count.is_some() && cells.read(rest).is_some()
        };
        let Some(row) = all.lines().find(is_count) else { return Ok(()) };
        let cell = shown(row.cell(FIRST));
        Err(all
            .table
            .text
            .at_cell(
                row.line,
                FIRST,
                name,
                tr!(
                    "the column is left out, and \"{cell}\" may say how many equal ballots the line holds",
                    "столбец пропущен, а «{cell}» может значить число одинаковых бюллетеней в строке"
                ),
            )
            .next(tr!(
                "Keep the column among the candidates, or take it out of the file.",
                "Оставьте столбец среди кандидатов или уберите его из файла."
            )))
    }

    /// Is there a column of scores, and none of which it is not clear what it is?
    pub fn could_be_scores(all: &Brought) -> bool {
        let is_head_alone = all.rows.len() == 1 && !all.rows.iter().all(Row::is_empty);
        is_head_alone || !candidates_by_cells(all, beside::is_certain).is_empty()
    }

    pub fn why_no_scores(all: &Brought) -> Failure {
        let source = &all.table.text.source;
        let other = Cells::new(all.args).ok().and_then(|cells| first_other(all, 0, &cells));
        let other = other.map_or_else(String::new, |(line, cell)| {
            tr!(" (\"{cell}\" in line {line})", " («{cell}» в строке {line})")
        });
        Failure::usage(tr!(
            "{source}: no column of it holds scores{other}, and it is in no other form that is known",
            "{source}: ни в одном столбце нет оценок{other}, и ни на один другой известный вид бюллетеней это не похоже"
        ))
        .next(tr!(
            "Known are {}; words in cells can be given scores: --labels \"Good=3,Excellent=5\".",
            "Известны {}; словам в ячейках можно дать оценки: --labels \"Хорошо=3,Отлично=5\".",
            (all.known)()
        ))
    }
}

/// Columns that are called something and hold scores alone, by what is in them; but for those called as what is beside.
pub fn candidates_by_cells(all: &Brought, is_beside: fn(&str) -> bool) -> Vec<usize> {
    let Ok(cells) = Cells::new(all.args) else { return Vec::new() };
    let is_one = |place: &usize| {
        let name = all.head(*place);
        let key = plain(name);
        let may_be = match all.chosen.role(*place) {
            Some(role) => matches!(role, Role::Candidate),
            None => !name.is_empty() && !is_beside(&key) && !WEIGHTS.contains(&key.as_str()),
        };
        may_be && holds_scores(all, *place, &cells)
    };
    (0..all.heads.len()).filter(is_one).collect()
}

/// Some, and nothing else.
fn holds_scores(all: &Brought, place: usize, cells: &Cells) -> bool {
    all.lines().any(|row| !row.cell(place).is_empty()) && first_other(all, place, cells).is_none()
}

fn column_name(place: usize, name: &str) -> String {
    let (place, name) = (place + 1, shown(name));
    if name.is_empty() {
        tr!("column {place}", "столбец {place}")
    } else {
        tr!("{name} (column {place})", "{name} (столбец {place})")
    }
}

/// By what was said on the command line, then by its name, then by what stands in it.
fn role(all: &Brought, names: Names, place: usize, cells: &Cells) -> Result<Role> {
    let name = all.head(place);
    if let Some(role) = all.chosen.role(place) {
        return Ok(role);
    }
    if name.is_empty() {
        return nameless(all, place);
    }
    if names.split(name).0.is_none() {
        let key = plain(name);
        if beside::is_certain(&key) {
            return Ok(Role::Out);
        }
        if beside::is_likely(&key) {
            let numbers_lines = beside::is_number(&key) && counts_up(all, place, 1);
            let is_clear = numbers_lines || !holds_scores(all, place, cells);
            return if is_clear { Ok(Role::Out) } else { Err(unclear_beside(all, place)) };
        }
        if !all.chosen.names_weight() && WEIGHTS.contains(&key.as_str()) {
            return Ok(Role::Weight);
        }
        refuse_unclear(all, names, place)?;
    }
    let Some((line, cell)) = first_other(all, place, cells) else { return Ok(Role::Candidate) };
    let typed = to_type(&all.heads, place);
    let failure = all.table.text.at_cell(line, place, name, no_score(&cell));
    Err(failure.next(tr!(
        "Say what it means: --labels \"{cell}=*\" (no opinion) or =SCORE; or leave the column out: --ignore {typed}",
        "Напишите, что это значит: --labels \"{cell}=*\" (нет мнения) или =ОЦЕНКА; или пропустите столбец: --ignore {typed}"
    )))
}

pub fn no_score(cell: &str) -> String {
    tr!("\"{cell}\" is not a score", "«{cell}» — не оценка")
}

fn two_weights(all: &Brought, first: usize, place: usize) -> Failure {
    let (one, other) = (shown(all.head(first)), shown(all.head(place)));
    let typed = to_type(&all.heads, first);
    let (first, place) = (first + 1, place + 1);
    let what = tr!(
        "columns {first} ({one}) and {place} ({other}) both say how much a ballot weighs",
        "и столбец {first} ({one}), и столбец {place} ({other}) говорят, сколько голосов стоит бюллетень"
    );
    all.table.text.at(all.head_line(), what).next(tr!(
        "Leave one out, such as --ignore {typed}; or say which it is by its number: --weight-column {place}",
        "Пропустите один, например --ignore {typed}; или назовите нужный по счёту: --weight-column {place}"
    ))
}

/// A column without a name holds nothing, or the numbers of the lines.
fn nameless(all: &Brought, place: usize) -> Result<Role> {
    let Some(row) = all.lines().find(|row| !row.cell(place).is_empty()) else { return Ok(Role::Nothing) };
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

/// Called as what is beside the answers, and full of scores.
fn unclear_beside(all: &Brought, place: usize) -> Failure {
    let (named, typed) = (shown(all.head(place)), to_type(&all.heads, place));
    let what = tr!(
        "is \"{named}\" a candidate? All that stands in it are scores",
        "«{named}» — это кандидат? В столбце одни оценки"
    );
    all.table.text.at(all.head_line(), what).next(tr!(
        "If not: --ignore {typed}; if it is, name all candidates: --columns {typed} --columns ...",
        "Если нет: --ignore {typed}; если да, назовите всех кандидатов: --columns {typed} --columns ..."
    ))
}

/// A column that may be something else than a candidate.
fn refuse_unclear(all: &Brought, names: Names, place: usize) -> Result<()> {
    let name = all.head(place);
    let (named, typed) = (shown(name), to_type(&all.heads, place));
    let unclear = |what: String, next: String| Err(all.table.text.at(all.head_line(), what).next(next));
    let leave_out = || {
        tr!(
            "Leave the column out: --ignore {typed}; or name all candidates: --columns {typed} --columns ...",
            "Пропустите столбец: --ignore {typed}; или назовите всех кандидатов: --columns {typed} --columns ..."
        )
    };
    if is_like_weight(name) && name.split_whitespace().count() <= WEIGHT_NAME_WORDS {
        let what = tr!(
            "is \"{named}\" a candidate, or how much a ballot weighs?",
            "«{named}» — это кандидат или вес бюллетеня?"
        );
        let next = tr!(
            "Say which: --weight-column {typed}, --ignore {typed}, or name the candidates: --columns \"...\"",
            "Напишите --weight-column {typed}, или --ignore {typed}, или назовите кандидатов: --columns \"...\""
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
    let mut rows = all.lines().filter(|row| !row.is_empty()).zip(from..);
    rows.all(|(row, number)| row.cell(place) == number.to_string())
}

/// The first cell that is neither a score nor without an opinion.
fn first_other(all: &Brought, place: usize, cells: &Cells) -> Option<(u64, String)> {
    let other = all.lines().find(|row| cells.read(without_count(row.cell(place), place).1).is_none())?;
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
