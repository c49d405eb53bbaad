//! A workbook of a spreadsheet (.xlsx, .ods, .xls) as a table of texts: its cells as the spreadsheet keeps them, not as it
//! shows them.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};

use super::one_line;
use crate::{
    failure::{Failure, Result},
    lang::tr,
};

/// Zip, and the compound files of old Office.
const STARTS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];
/// Whole numbers are exact in a spreadsheet up to here.
const EXACT_MAX: f64 = 1e15;

pub fn is_one(bytes: &[u8]) -> bool {
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// One sheet, a line for each of its rows, with tabs, and what is to be told of it.
pub fn read(source: &str, bytes: &[u8], sheet: Option<&str>) -> Result<(String, String)> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::usage(tr!("{source}: no workbook that can be read: {error}", "{source}: книгу не прочесть: {error}"))
    };
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let name = choose(source, &mut book, sheet)?;
    let range = book.worksheet_range(&name).map_err(|error| unreadable(&error))?;
    Ok((text(&range), tr!("workbook, sheet \"{name}\"", "книга, лист «{name}»")))
}

/// The named one, or the only one that is not empty.
fn choose(source: &str, book: &mut Sheets<Cursor<&[u8]>>, named: Option<&str>) -> Result<String> {
    let names = book.sheet_names();
    let all = || names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    if let Some(named) = named {
        return names.iter().find(|name| *name == named).cloned().ok_or_else(|| {
            Failure::usage(tr!(
                "{source} has no sheet \"{named}\"; it has {}",
                "в {source} нет листа «{named}»; есть {}",
                all()
            ))
        });
    }
    let mut filled = |name: &String| book.worksheet_range(name).is_ok_and(|range| !range.is_empty());
    let filled: Vec<String> = names.iter().filter(|name| filled(name)).cloned().collect();
    match filled.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Failure::usage(tr!("{source}: all sheets are empty", "{source}: все листы пусты"))),
        _ => Err(Failure::usage(tr!("{source} has several sheets: {}", "в {source} несколько листов: {}", all()))
            .next(tr!("Say which: --sheet NAME", "Скажите, какой: --sheet ИМЯ"))),
    }
}

/// Rows above the first that is filled are lines too, so that numbers of lines are those of the spreadsheet.
fn text(range: &Range<Data>) -> String {
    let (above, before) = range.start().unwrap_or((0, 0));
    let mut out = "\n".repeat(above as usize);
    for row in range.rows() {
        let cells = row.iter().map(|data| quoted(&cell(data)));
        let cells: Vec<String> = std::iter::repeat_n(String::new(), before as usize).chain(cells).collect();
        out += &cells.join("\t");
        out.push('\n');
    }
    out
}

fn quoted(text: &str) -> String {
    if text.contains('"') { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn cell(data: &Data) -> String {
    match data {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < EXACT_MAX => format!("{number:.0}"),
        data => one_line(&data.to_string()),
    }
}
