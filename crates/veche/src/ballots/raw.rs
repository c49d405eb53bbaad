//! Open ballots as `veche result --format csv-raw` writes them: for each contest a header with its title, `weight` and the
//! candidates, and a line for each ballot, numbered from 1.

use veche_election::{Weight, manifest::ROLL_SCALE_MAX};

use super::{Given, GivenBallot, Score, brought::Brought, marks::Cells};
use crate::{
    failure::Result,
    lang::{some, tr},
    table::{Row, shown},
};

/// For `--ballot-format`.
pub const NAME: &str = "csv-raw";

/// Is there a header with `weight` in the second cell, and are the lines behind it numbered?
pub fn is_one(rows: &[Row]) -> bool {
    let mut number = 0_u64;
    let follows = |row: &Row| {
        number = if is_head(row) { 0 } else { number + 1 };
        number == 0 || row.cell(0) == number.to_string()
    };
    rows.first().is_some_and(is_head) && rows.iter().any(|row| !is_head(row)) && rows.iter().all(follows)
}

fn is_head(row: &Row) -> bool {
    row.cell(1) == "weight" && row.width() > 2
}

pub fn read(all: &Brought) -> Result<Given> {
    let cells = Cells::new(all.args)?;
    let text = &all.table.text;
    let decimals = |row: &Row| row.cell(1).split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = all.rows.iter().filter(|row| !is_head(row)).map(decimals).max().unwrap_or(0);
    let roll_scale = u32::try_from(decimals).unwrap_or(u32::MAX).min(ROLL_SCALE_MAX);
    let mut given = Given { roll_scale, ..Given::default() };
    let mut names: Vec<&str> = Vec::new();
    let mut number = 0_usize;
    for row in &all.rows {
        if is_head(row) {
            for place in 0..row.width() {
                text.plain_cell(row, place, row.cell(place))?;
            }
            names = row.cells().skip(2).collect();
            // A spreadsheet writes the lines of all contests as wide as the widest.
            while names.last().is_some_and(|name| name.is_empty()) {
                names.pop();
            }
            let candidates = names.iter().map(|name| unescaped(name)).collect();
            given.questions.push((unescaped(row.cell(0)), candidates));
            number = 0;
            continue;
        }
        let (got, width) = (row.width(), names.len() + 2);
        if got < width || row.cells().skip(width).any(|cell| !cell.is_empty()) {
            let cells = some(got as u64, "cell", "cells");
            return Err(text.at(
                row.line,
                tr!("the line has {cells}, and the header has {width}", "ячеек {got}, а в заголовке {width}"),
            ));
        }
        let mut scores = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let cell = row.cell(place + 2);
            let score = cells.read(cell).or_else(|| cells.read(cell.strip_prefix('\'')?)).ok_or_else(|| {
                let cell = shown(cell);
                text.at_cell(row.line, place + 2, name, tr!("\"{cell}\" is not a score", "«{cell}» — не оценка")).next(
                    tr!(
                        "If the scale has names, write it, from the worst on: --scale poor,good,excellent",
                        "Если у ступеней названия, напишите шкалу, с худшей: --scale плохо,хорошо,отлично"
                    ),
                )
            })?;
            scores.push(score);
        }
        let weight = Weight::parse_votes(row.cell(1), roll_scale).map(Weight::get);
        let weight = weight.ok_or_else(|| {
            let cell = shown(row.cell(1));
            text.at_cell(row.line, 1, "weight", tr!("\"{cell}\" is not a weight", "«{cell}» — не вес"))
        })?;
        put(all, &mut given, number, GivenBallot { line: row.line, count: 1, weight, scores: vec![scores] })?;
        number += 1;
    }
    let complete = |ballot: &GivenBallot| ballot.scores.len() == given.questions.len();
    if let Some(ballot) = given.ballots.iter().find(|ballot| !complete(ballot)) {
        return Err(
            text.at(ballot.line, tr!("this ballot is not in all contests", "этот бюллетень есть не во всех вопросах"))
        );
    }
    let told = |(title, candidates): &(String, Vec<String>)| format!("{title}: {}", candidates.join(", "));
    given.told = given.questions.iter().map(told).collect();
    Ok(given)
}

/// The ballots of each contest stand in one order.
fn put(all: &Brought, given: &mut Given, number: usize, ballot: GivenBallot) -> Result<()> {
    if given.questions.len() == 1 {
        given.ballots.push(ballot);
        return Ok(());
    }
    let (place, line) = (number + 1, ballot.line);
    let same = given.ballots.get_mut(number).filter(|first| first.weight == ballot.weight);
    let first = same.ok_or_else(|| {
        all.table.text.at(
            line,
            tr!(
                "ballot {place} is another one than in the first contest",
                "бюллетень {place} — не тот, что в первом вопросе"
            ),
        )
    })?;
    first.scores.extend::<Vec<Vec<Option<Score>>>>(ballot.scores);
    Ok(())
}

/// The apostrophe keeps spreadsheets from taking a text for a formula.
fn unescaped(text: &str) -> String {
    let rest = text
        .strip_prefix('\'')
        .filter(|rest| rest.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']));
    rest.unwrap_or(text).to_owned()
}
