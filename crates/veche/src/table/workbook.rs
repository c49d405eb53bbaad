//! A workbook of a spreadsheet (.xlsx, .ods, .xls) as a table of texts: its cells as the spreadsheet keeps them, not as it
//! shows them.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read as _},
};

use calamine::{Data, Reader, Sheets, open_workbook_auto_from_rs};
use zip::ZipArchive;

use super::one_line;
use crate::{
    failure::{Failure, Result},
    lang::tr,
};

/// Zip, and the compound files of old Office.
const STARTS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];
/// Of all that a workbook unpacks to: a few bytes may claim to be more than a machine has.
const UNPACKED_MAX_BYTES: u64 = 512 << 20;
/// Of a sheet that is a roll or ballots: columns, places from the first filled row on, and letters.
const COLUMNS_MAX: u32 = 26_000;
const PLACES_MAX: u64 = 256 << 20;
const TEXT_MAX_BYTES: usize = 512 << 20;
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
    let large = || {
        Failure::usage(tr!(
            "{source}: the workbook holds more than a roll or ballots can",
            "{source}: в книге больше, чем бывает в списке или бюллетенях"
        ))
        .next(tr!("Save the one sheet as CSV UTF-8.", "Сохраните нужный лист как CSV UTF-8."))
    };
    if !unpacks(bytes, UNPACKED_MAX_BYTES) {
        return Err(large());
    }
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let name = choose(source, &mut book, sheet)?;
    let cells = cells(&mut book, &name).map_err(|error| unreadable(&error))?;
    let text = text(&cells).ok_or_else(large)?;
    Ok((text, tr!("workbook, sheet \"{name}\"", "книга, лист «{name}»")))
}

/// Is all that is packed in it together no more than is read? What it says of its own size is not believed.
fn unpacks(bytes: &[u8], max_bytes: u64) -> bool {
    // Compound files are not packed; what is neither is refused by name.
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return true };
    let mut left = max_bytes;
    for at in 0..archive.len() {
        let Ok(file) = archive.by_index(at) else { return true };
        match io::copy(&mut file.take(left + 1), &mut io::sink()) {
            Ok(read) if read <= left => left -= read,
            Ok(_) => return false,
            Err(_) => return true,
        }
    }
    true
}

/// The filled cells of a sheet, each at its row and column from 0.
type Cells = BTreeMap<(u32, u32), String>;

/// Cell by cell where the format has them so: a sheet with two cells at its ends has no room in between.
fn cells(book: &mut Sheets<Cursor<&[u8]>>, name: &str) -> std::result::Result<Cells, Box<dyn std::error::Error>> {
    let mut cells = Cells::new();
    if let Sheets::Xlsx(book) = book {
        let mut reader = book.worksheet_cells_reader(name)?;
        while let Some(read) = reader.next_cell()? {
            let (place, data) = (read.get_position(), Data::from(read.get_value().clone()));
            if data != Data::Empty {
                cells.insert(place, cell(&data));
            }
        }
        return Ok(cells);
    }
    let range = book.worksheet_range(name)?;
    let (above, before) = range.start().unwrap_or((0, 0));
    for (row, column, data) in range.used_cells() {
        let place = (above.saturating_add(row as u32), before.saturating_add(column as u32));
        cells.insert(place, cell(data));
    }
    Ok(cells)
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
    let filled: Vec<String> =
        names.iter().filter(|name| cells(book, name).is_ok_and(|cells| !cells.is_empty())).cloned().collect();
    match filled.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Failure::usage(tr!("{source}: all sheets are empty", "{source}: все листы пусты"))),
        _ => Err(Failure::usage(tr!("{source} has several sheets: {}", "в {source} несколько листов: {}", all()))
            .next(tr!("Say which: --sheet NAME", "Скажите, какой: --sheet ИМЯ"))),
    }
}

/// Rows above the first that is filled are lines too, so that numbers of lines are those of the spreadsheet; those behind it
/// are all as wide as the widest, as a spreadsheet writes them. `None` of what no machine should write.
fn text(cells: &Cells) -> Option<String> {
    let (first, last) = (cells.keys().next()?.0, cells.keys().next_back()?.0);
    let width = cells.keys().map(|(_, column)| column + 1).max()?;
    let places = u64::from(last - first + 1) * u64::from(width);
    let letters: usize = cells.values().map(String::len).sum();
    if width > COLUMNS_MAX || places > PLACES_MAX || letters > TEXT_MAX_BYTES {
        return None;
    }
    let mut out = "\n".repeat(first as usize);
    for row in first..=last {
        let mut next = 0;
        for ((_, column), text) in cells.range((row, 0)..(row, width)) {
            out.extend(std::iter::repeat_n('\t', (column - next) as usize));
            next = *column;
            out += &quoted(text);
        }
        out.extend(std::iter::repeat_n('\t', (width - 1 - next) as usize));
        out.push('\n');
    }
    Some(out)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn cells(places: &[((u32, u32), &str)]) -> Cells {
        places.iter().map(|(place, text)| (*place, (*text).to_owned())).collect()
    }

    #[test]
    fn a_sheet_is_lines_as_wide_as_its_widest_from_the_first_filled_on() {
        let sheet = cells(&[((1, 1), "Anna"), ((1, 2), "Boris"), ((3, 1), "5"), ((4, 0), "a \"b\"")]);
        assert_eq!(text(&sheet).unwrap(), "\n\tAnna\tBoris\n\t\t\n\t5\t\n\"a \"\"b\"\"\"\t\t\n");
    }

    #[test]
    fn a_sheet_with_cells_at_its_ends_and_nothing_between_is_refused_before_it_is_written_out() {
        assert!(text(&cells(&[((0, 0), "Anna"), ((1_048_575, 16_383), "5")])).is_none());
        assert!(text(&cells(&[((0, 0), "Anna"), ((0, COLUMNS_MAX), "5")])).is_none());
        assert!(text(&cells(&[((0, 0), "Anna"), ((1_048_575, 1), "5")])).is_some(), "a long roll");
        assert!(text(&Cells::new()).is_none());
    }

    #[test]
    fn what_unpacks_to_more_than_is_read_is_refused_whatever_it_says_of_its_size() {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["one", "two"] {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(&[b'a'; 3_000]).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        assert!(bytes.len() < 1_000 && unpacks(&bytes, 6_000));
        assert!(!unpacks(&bytes, 5_999), "both together");
        assert!(!unpacks(&bytes, 2_999), "one of them");
    }
}
