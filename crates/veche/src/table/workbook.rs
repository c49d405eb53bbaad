//! A workbook of a spreadsheet (.xlsx, .ods, .xls) as a table of texts: its cells as the spreadsheet keeps them, not as it
//! shows them.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Cursor, Read as _},
};

use calamine::{Data, Reader, SheetType, Sheets, open_workbook_auto_from_rs};
use zip::ZipArchive;

use super::one_line;
use crate::{
    failure::{Failure, Result, Way},
    front::is_at_pages,
    lang::{Sentence, both},
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

/// A sheet: a line for each of its rows, with tabs; what is to be told of it; and its strange cells.
pub struct Sheet {
    pub text: String,
    pub told: Sentence,
    pub strange: StrangeCells,
}

/// What a cell may hold besides texts and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strange {
    Date,
    Duration,
    Truth,
    Error,
}

impl Strange {
    pub fn kind(self) -> Sentence {
        match self {
            Self::Date => both!("a date or time", "дата или время"),
            Self::Duration => both!("a duration", "длительность"),
            Self::Truth => both!("true or false", "истина или ложь"),
            Self::Error => both!("an error", "ошибка"),
        }
    }
}

/// By line from 1 and column from 0.
pub type StrangeCells = HashMap<(u64, usize), Strange>;

pub fn read(source: &Sentence, bytes: &[u8], sheet: Option<&str>) -> Result<Sheet> {
    let large = || {
        Failure::usage(both!(
            "{source}: the workbook holds more than a roll or ballots can",
            "{source}: в книге больше данных, чем бывает в списке или в бюллетенях"
        ))
        .next(both!("Save the one sheet as CSV UTF-8.", "Сохраните нужный лист как CSV UTF-8."))
    };
    if !unpacks(bytes, UNPACKED_MAX_BYTES) {
        return Err(large());
    }
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| {
        Failure::usage(both!("{source}: no workbook that can be read: {error}", "{source}: книгу не прочесть: {error}"))
    })?;
    let (name, cells) = choose(source, &mut book, sheet)?;
    let text = text(&cells.texts).ok_or_else(large)?;
    Ok(Sheet {
        text, told: both!("workbook, sheet \"{name}\"", "книга, лист «{name}»"), strange: cells.strange
    })
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
type Texts = BTreeMap<(u32, u32), String>;

#[derive(Default)]
struct Cells {
    texts: Texts,
    strange: StrangeCells,
}

impl Cells {
    fn put(&mut self, (row, column): (u32, u32), data: &Data) {
        let (text, strange) = cell(data);
        if let Some(strange) = strange {
            self.strange.insert((u64::from(row) + 1, column as usize), strange);
        }
        self.texts.insert((row, column), text);
    }
}

/// Cell by cell where the format has them so: a sheet with two cells at its ends has no room in between.
fn cells(book: &mut Sheets<Cursor<&[u8]>>, name: &str) -> std::result::Result<Cells, Box<dyn std::error::Error>> {
    let mut cells = Cells::default();
    if let Sheets::Xlsx(book) = book {
        let mut reader = book.worksheet_cells_reader(name)?;
        while let Some(read) = reader.next_cell()? {
            let (place, data) = (read.get_position(), Data::from(read.get_value().clone()));
            if data != Data::Empty {
                cells.put(place, &data);
            }
        }
        return Ok(cells);
    }
    let range = book.worksheet_range(name)?;
    let (above, before) = range.start().unwrap_or((0, 0));
    for (row, column, data) in range.used_cells() {
        cells.put((above.saturating_add(row as u32), before.saturating_add(column as u32)), data);
    }
    Ok(cells)
}

/// The named one, or the only one that is not empty. What cannot be read may not be empty.
fn choose(source: &Sentence, book: &mut Sheets<Cursor<&[u8]>>, named: Option<&str>) -> Result<(String, Cells)> {
    // A chart has no cells.
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    let all = || names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let which = || {
        if is_at_pages() {
            both!("Choose the sheet.", "Выберите лист.")
        } else {
            both!("Say which: --sheet NAME", "Напишите, какой: --sheet ИМЯ")
        }
    };
    let ways = || names.iter().map(|name| Way::new("sheet", name, name.as_str())).collect();
    let mut read = |name: &str| {
        cells(book, name).map_err(|error| {
            let error = error.to_string();
            Failure::usage(both!(
                "{source}: the sheet \"{name}\" cannot be read: {error}",
                "{source}: лист «{name}» не прочесть: {error}"
            ))
        })
    };
    if let Some(named) = named {
        if !names.iter().any(|name| name == named) {
            let all = all();
            return Err(Failure::usage(both!(
                "{source} has no sheet \"{named}\"; it has {all}",
                "в {source} нет листа «{named}»; есть {all}"
            ))
            .ways(ways()));
        }
        return Ok((named.to_owned(), read(named)?));
    }
    let mut filled = None;
    for name in &names {
        let several = |failure: Failure| if names.len() > 1 { failure.next(which()).ways(ways()) } else { failure };
        let cells = read(name).map_err(several)?;
        if cells.texts.is_empty() {
            continue;
        }
        if filled.is_some() {
            let all = all();
            return Err(Failure::usage(both!(
                "{source} has several sheets: {all}",
                "в {source} несколько листов: {all}"
            ))
            .next(which())
            .ways(ways()));
        }
        filled = Some((name.clone(), cells));
    }
    filled.ok_or_else(|| Failure::usage(both!("{source}: all sheets are empty", "{source}: все листы пусты")))
}

/// Rows above the first that is filled are lines too, so that numbers of lines are those of the spreadsheet; those behind it
/// are all as wide as the widest, as a spreadsheet writes them. `None` of what no machine should write.
fn text(cells: &Texts) -> Option<String> {
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

/// A cell as text; dates as a calendar has them, for they may stand in columns that are left out.
fn cell(data: &Data) -> (String, Option<Strange>) {
    match data {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < EXACT_MAX => (format!("{number:.0}"), None),
        Data::DateTime(time) if time.is_duration() => {
            (format!("{:.0} s", time.as_f64() * 86_400.0), Some(Strange::Duration))
        }
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            (text, Some(Strange::Date))
        }
        Data::DateTimeIso(text) => (one_line(text), Some(Strange::Date)),
        Data::DurationIso(text) => (one_line(text), Some(Strange::Duration)),
        Data::Bool(truth) => (truth.to_string().to_uppercase(), Some(Strange::Truth)),
        Data::Error(error) => (error.to_string(), Some(Strange::Error)),
        Data::Int(_) | Data::Float(_) | Data::String(_) | Data::Empty => (one_line(&data.to_string()), None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn cells(places: &[((u32, u32), &str)]) -> Texts {
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
        assert!(text(&Texts::new()).is_none());
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
