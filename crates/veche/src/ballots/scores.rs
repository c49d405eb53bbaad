//! A table with a line for each ballot and a column for each candidate.

use std::collections::{BTreeSet, HashMap};

use super::{
    EmptyRows, Given, GivenBallot, Score, beside,
    brought::Brought,
    columns::{Columns, Names, candidates_by_cells, no_score, without_count},
    marks::Cells,
};
use crate::{
    failure::Result,
    lang::{some, tr},
    table::{Row, shown},
};

pub fn read(all: &Brought, names: Names) -> Result<Given> {
    let columns = Columns::of(all, names)?;
    let cells = Cells::new(all.args)?;
    let mut questions: Vec<(String, Vec<String>)> = Vec::new();
    // For each column its question.
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut by_title = HashMap::new();
    for (question, candidate, place) in &columns.candidates {
        let title = question.as_deref().filter(|title| !title.is_empty()).unwrap_or(all.title);
        let at = *by_title.entry(title).or_insert_with(|| {
            questions.push((title.to_owned(), Vec::new()));
            questions.len() - 1
        });
        if let Some((_, candidates)) = questions.get_mut(at) {
            candidates.push(candidate.clone());
        }
        places.push((*place, at));
    }
    let mut ballots = Vec::new();
    for row in all.rows.iter().skip(1) {
        ballots.extend(ballot(all, &columns, &cells, &places, questions.len(), row)?);
    }
    let told = told(&questions, &columns, all);
    Ok(Given { questions, ballots, told, roll_scale: 0 })
}

fn ballot(
    all: &Brought,
    columns: &Columns,
    cells: &Cells,
    places: &[(usize, usize)],
    questions: usize,
    row: &Row,
) -> Result<Option<GivenBallot>> {
    let text = &all.table.text;
    let head = |place: usize| all.head(place);
    let width = all.heads.len();
    if (width..row.width()).any(|place| !row.cell(place).is_empty()) {
        let (got, cells) = (row.width(), some(row.width() as u64, "cell", "cells"));
        return Err(text.at(row.line, tr!(
            "the line has {cells}, and the header has {width}: a comma within a cell needs quotation marks around it",
            "ячеек {got}, а в заголовке {width}: ячейку с запятой внутри берут в кавычки"
        )));
    }
    if let Some((place, _)) = places.iter().find(|(place, _)| *place >= row.width()) {
        let (got, missing) = (row.width(), shown(head(*place)));
        return Err(text
            .at(
                row.line,
                tr!(
                    "the line ends before \"{missing}\", with cells: {got}. What is missing there?",
                    "строка кончается до «{missing}», ячеек: {got}. Чего там не хватает?"
                ),
            )
            .next(tr!("Write all cells, empty ones too.", "Запишите все ячейки, и пустые тоже.")));
    }
    let mut scores: Vec<Vec<Option<Score>>> = vec![Vec::new(); questions];
    let mut count = None;
    for (place, question) in places {
        let (counted, cell) = without_count(row.cell(*place), *place);
        count = count.or(counted);
        let score = cells.read(cell).ok_or_else(|| {
            let cell = shown(cell);
            text.at_cell(row.line, *place, head(*place), no_score(&cell))
        })?;
        if let Some(scores) = scores.get_mut(*question) {
            scores.push(score);
        }
    }
    let weight = columns.weight.map_or(Ok(1), |place| weight(all, row, place))?;
    if row.is_empty() {
        match all.args.empty_rows {
            Some(EmptyRows::Nothing) => return Ok(None),
            Some(EmptyRows::Ballots) => {}
            None => {
                return Err(text
                    .at(row.line, tr!("no cell of the line holds anything", "во всей строке ничего нет"))
                    .next(tr!(
                        "Say what such lines are: --empty-rows ballots (without an opinion) or --empty-rows nothing",
                        "Напишите, что это: --empty-rows ballots (бюллетени без мнения) или --empty-rows nothing (ничего)"
                    )));
            }
        }
    }
    Ok(Some(GivenBallot { line: row.line, count: count.unwrap_or(1), weight, scores }))
}

fn weight(all: &Brought, row: &Row, place: usize) -> Result<u64> {
    let cell = row.cell(place);
    let whole = Score::parse(cell).and_then(|weight| weight.times(1)).and_then(|weight| u64::try_from(weight).ok());
    whole.filter(|weight| *weight > 0).ok_or_else(|| {
        let (cell, head) = (shown(cell), all.head(place));
        all.table.text.at_cell(
            row.line,
            place,
            head,
            tr!("\"{cell}\" is not a weight, a whole number from 1", "«{cell}» — не вес, целое число от 1"),
        )
    })
}

fn told(questions: &[(String, Vec<String>)], columns: &Columns, all: &Brought) -> Vec<String> {
    let mut told = Vec::new();
    let single = questions.len() == 1;
    for (title, candidates) in questions {
        let candidates = candidates.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        told.push(match single {
            true => tr!("candidates: {candidates}", "кандидаты: {candidates}"),
            false => tr!("{title}: {candidates}", "{title}: {candidates}"),
        });
    }
    if let Some(place) = columns.weight {
        let name = shown(all.head(place));
        told.push(tr!("weight of a ballot: {name}", "вес бюллетеня: {name}"));
    }
    if !columns.out.is_empty() {
        told.push(tr!("left out: {}", "пропущено: {}", columns.out.join(", ")));
    }
    told
}

/// Do the numbers of every line differ, and are they no more than there are candidates? So do ranks.
pub fn could_be_ranks(all: &Brought) -> bool {
    let places = candidates_by_cells(all, |name| beside::is_certain(name) || beside::is_likely(name));
    let count = places.len() as i64;
    let mut complete = 0;
    for row in all.rows.iter().skip(1) {
        let mut numbers = BTreeSet::new();
        for place in &places {
            match row.cell(*place) {
                "" => {}
                cell => match cell.parse() {
                    Ok(number) if (1..=count).contains(&number) && numbers.insert(number) => {}
                    _ => return false,
                },
            }
        }
        complete += usize::from(numbers.len() as i64 == count);
    }
    let ballots = all.rows.len().saturating_sub(1);
    (count > 2 && complete > 0) || (count == 2 && ballots > 1 && complete == ballots)
}
