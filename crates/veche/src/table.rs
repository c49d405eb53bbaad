//! A table as people bring it: a CSV of any program, or a workbook. Bytes become text (`encoding`), the text rows, each
//! with the line at which an editor shows it. Nothing is guessed: what was recognised can be told, and what cannot be
//! recognised is refused with what to type.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use clap::Args;
use csv::StringRecord;

use crate::{
    failure::{Failure, Result, Way},
    front::is_at_pages,
    lang::{Sentence, both, tr},
};

mod encoding;
pub mod heads;
mod workbook;

use workbook::{Sheet, StrangeCells};

/// Rows by which the separator is recognised.
const ROWS_LOOKED_AT: usize = 20;
/// Of a text of somebody else in a message, in characters.
const SHOWN_CHARS: usize = 40;

/// How a table is to be read where it does not say so itself.
#[derive(Debug, Default, Clone, Args)]
pub struct TableArgs {
    #[arg(long, value_name = "NAME", help = tr!(
        "The file's encoding, if it is not UTF-8 or UTF-16: windows-1251, windows-1252, cp866, ...",
        "Кодировка файла, если это не UTF-8 и не UTF-16: windows-1251, windows-1252, cp866, ..."))]
    pub encoding: Option<String>,
    #[arg(long, value_parser = separator, value_name = "CHARACTER", help = tr!(
        "What stands between the cells, if it cannot be recognised: \",\", \";\" or tab",
        "Чем разделены ячейки, если это не видно: «,», «;» или tab"))]
    pub separator: Option<Separator>,
    #[arg(long, value_name = "NAME", help = tr!("The sheet of a workbook that has several", "Лист книги, в которой их несколько"))]
    pub sheet: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    Comma,
    Semicolon,
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// As it is typed.
    fn typed(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "tab",
        }
    }

    pub fn name(self) -> Sentence {
        match self {
            Self::Comma => both!("commas", "запятые"),
            Self::Semicolon => both!("semicolons", "точки с запятой"),
            Self::Tab => both!("tabs", "табуляции"),
        }
    }
}

/// # Errors
/// It is none of them.
pub fn separator(text: &str) -> std::result::Result<Separator, String> {
    let found = Separator::ALL.into_iter().find(|one| text.as_bytes() == [one.byte()]);
    let tab = matches!(text, "tab" | "\\t").then_some(Separator::Tab);
    found.or(tab).ok_or_else(|| tr!("\"{text}\" is not \",\", \";\" or tab", "«{text}» — не «,», не «;» и не tab"))
}

/// A file as text.
pub struct Text<'a> {
    /// What messages call it.
    pub source: Sentence,
    pub text: Cow<'a, str>,
    /// Of a sheet: what stands between its cells.
    separator: Option<Separator>,
    encoding: Sentence,
    /// Of a workbook: cells that hold neither a text nor a number.
    strange: StrangeCells,
}

impl<'a> Text<'a> {
    pub fn read(source: impl Into<Sentence>, bytes: &'a [u8], args: &TableArgs) -> Result<Self> {
        let source = source.into();
        if workbook::is_one(bytes) {
            let Sheet { text, told, strange } = workbook::read(&source, bytes, args.sheet.as_deref())?;
            return Ok(Self { source, text: text.into(), separator: Some(Separator::Tab), encoding: told, strange });
        }
        let (text, encoding) = encoding::decode(&source, bytes, args.encoding.as_deref())?;
        Ok(Self { source, text, separator: None, encoding: encoding.into(), strange: StrangeCells::default() })
    }

    /// With what stands between its cells: as it says itself, as it was named, or as can be recognised.
    pub fn table(self, args: &TableArgs) -> Result<Table<'a>> {
        let named = named_separator(&self.text).filter(|_| self.separator.is_none());
        let start = named.map_or(0, |(_, start)| start);
        let given = self.separator.or(args.separator).or(named.map(|(separator, _)| separator));
        let separator = given.map_or_else(|| recognise_separator(&self.source, &self.text), Ok)?;
        Ok(Table { text: self, separator, start })
    }

    /// How it was read, in words.
    pub fn told(&self) -> &str {
        &self.encoding
    }

    /// A mistake in this file.
    pub fn at(&self, line: u64, what: impl Into<Sentence>) -> Failure {
        let (source, what) = (&self.source, what.into());
        Failure::usage(both!("{source}, line {line}: {what}", "{source}, строка {line}: {what}"))
    }

    /// A mistake in a cell; columns count from 1.
    pub fn at_cell(&self, line: u64, column: usize, name: &str, what: impl Into<Sentence>) -> Failure {
        let (source, column, name, what) = (&self.source, column + 1, shown(name), what.into());
        Failure::usage(both!(
            "{source}, line {line}, column {column} ({name}): {what}",
            "{source}, строка {line}, столбец {column} ({name}): {what}"
        ))
    }
}

impl Text<'_> {
    /// A cell that is used as a text or a number has to be one: of a date, a truth or an error a spreadsheet shows something
    /// else than it keeps.
    ///
    /// # Errors
    ///
    /// Says where it is, and what.
    pub fn plain_cell(&self, row: &Row, column: usize, name: &str) -> Result<()> {
        // Most files have none at all.
        if self.strange.is_empty() {
            return Ok(());
        }
        let Some(strange) = self.strange.get(&(row.line, column)) else { return Ok(()) };
        let (text, kind) = (shown(row.cell(column)), strange.kind());
        Err(self
            .at_cell(
                row.line,
                column,
                name,
                both!("\"{text}\" is {kind} to the spreadsheet", "«{text}» для таблицы — {kind}"),
            )
            .next(both!(
                "Give the column the type \"text\" and write what is meant.",
                "Задайте столбцу тип «текст» и впишите то, что имелось в виду."
            )))
    }
}

/// A text, and what stands between its cells.
pub struct Table<'a> {
    pub text: Text<'a>,
    pub separator: Separator,
    /// Behind a line `sep=;`, which is no row.
    start: usize,
}

/// The cells of a line.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// At which an editor shows it, from 1.
    pub line: u64,
    cells: StringRecord,
}

impl Row {
    /// Without the space around it; empty where there is none.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(str::trim)
    }

    pub fn width(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells().all(str::is_empty)
    }
}

impl Table<'_> {
    /// How it was read, in words.
    pub fn told(&self) -> Sentence {
        if self.text.separator.is_some() {
            return self.text.encoding.clone();
        }
        let (encoding, separator) = (&self.text.encoding, self.separator.name());
        both!("{encoding}, {separator} between the cells", "{encoding}, между ячейками {separator}")
    }

    /// Is it the text of a file as it stands there, in UTF-8?
    pub fn is_plain(&self) -> bool {
        matches!(self.text.text, Cow::Borrowed(_)) && self.start == 0 && *self.text.encoding == *encoding::UTF8
    }

    pub fn rows(&self) -> Rows<'_> {
        let text = self.text.text.get(self.start..).unwrap_or_default();
        Rows::new(text, self.separator, u64::from(self.start > 0))
    }
}

/// A text of somebody else, short enough for a message.
pub fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN_CHARS {
        short.push('…');
    }
    short
}

/// Line breaks within a cell are spaces.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a file is called in messages, and what it is called without its ending.
pub fn names(path: &Path) -> (String, String) {
    let shown = path.display().to_string();
    let title = path.file_stem().map_or_else(|| shown.clone(), |stem| stem.to_string_lossy().into_owned());
    (shown, title)
}

/// The rows of a text, without those that have no character.
pub struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    text: &'a str,
    separator: Separator,
    byte: usize,
    line: u64,
}

impl<'a> Rows<'a> {
    fn new(text: &'a str, separator: Separator, lines_before: u64) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(separator.byte()).flexible(true).has_headers(false);
        Self { reader: builder.from_reader(text.as_bytes()), text, separator, byte: 0, line: lines_before + 1 }
    }

    /// Reads the next row into `row`; false at the end.
    ///
    /// # Errors
    ///
    /// The line of a quotation mark that is not closed.
    pub fn next_into(&mut self, row: &mut Row) -> std::result::Result<bool, u64> {
        let read = self.reader.read_record(&mut row.cells);
        let start = row.cells.position().map_or(0, csv::Position::byte);
        row.line = self.line_at(usize::try_from(start).unwrap_or(usize::MAX));
        match read {
            Ok(true) if self.is_swallowed(row) => Err(row.line),
            Ok(more) => Ok(more),
            Err(_) => Err(row.line),
        }
    }

    /// The line of the row that starts at this byte, or after line ends there. CR, LF and both together end a line.
    fn line_at(&mut self, byte: usize) -> u64 {
        let bytes = self.text.as_bytes();
        let start = byte.min(bytes.len());
        let ends = bytes.iter().skip(start).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let mut before = 0;
        for b in bytes.get(self.byte..start + ends).unwrap_or_default() {
            self.line += u64::from(*b == b'\r' || *b == b'\n' && before != b'\r');
            before = *b;
        }
        self.byte = self.byte.max(start + ends);
        self.line
    }

    /// The reader lets a quotation mark that is never closed, or closed by that of another cell, swallow what is between:
    /// a row of several lines is looked at strictly.
    fn is_swallowed(&self, row: &Row) -> bool {
        if !row.cells.iter().any(|cell| cell.contains(['\r', '\n'])) {
            return false;
        }
        let byte = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let (start, end) = (row.cells.position().map_or(0, byte), byte(self.reader.position()));
        let text = self.text.get(start..end).unwrap_or_default();
        !is_well_quoted(text.trim_matches(['\r', '\n']).as_bytes(), self.separator.byte())
    }
}

/// Does every cell that begins with a quotation mark end with one?
fn is_well_quoted(row: &[u8], separator: u8) -> bool {
    let (mut at_start, mut in_quotes) = (true, false);
    let mut bytes = row.iter().copied().peekable();
    while let Some(b) = bytes.next() {
        match b {
            b'"' if in_quotes && bytes.peek() == Some(&b'"') => _ = bytes.next(),
            b'"' if in_quotes => {
                in_quotes = false;
                if bytes.peek().is_some_and(|next| *next != separator) {
                    return false;
                }
            }
            b'"' if at_start => in_quotes = true,
            _ => {}
        }
        at_start = !in_quotes && b == separator;
    }
    !in_quotes
}

impl Iterator for Rows<'_> {
    type Item = std::result::Result<Row, u64>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        match self.next_into(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(line) => Some(Err(line)),
        }
    }
}

pub fn not_closed() -> Sentence {
    both!(
        "a quotation mark is not closed, so the cell runs on over the lines behind it",
        "кавычка не закрыта, и ячейка продолжается в следующих строках"
    )
}

/// `sep=;` in the first line, as Excel reads and writes it, and where the rows begin.
fn named_separator(text: &str) -> Option<(Separator, usize)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("\"sep="))?;
    let named = Separator::ALL.into_iter().find(|one| rest.as_bytes().first() == Some(&one.byte()))?;
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let ends = if text.get(end..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { 1 };
    Some((named, (end + ends).min(text.len())))
}

/// The one by which most rows have one number of cells, above one; then that by which they have the most.
fn recognise_separator(source: &Sentence, text: &str) -> Result<Separator> {
    let agree = |separator| {
        let rows = Rows::new(text, separator, 0).take(ROWS_LOOKED_AT);
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for row in rows.map_while(std::result::Result::ok).filter(|row| row.width() > 1) {
            *widths.entry(row.width()).or_default() += 1;
        }
        widths.into_iter().map(|(width, rows)| (rows, width)).max().unwrap_or((0, 1))
    };
    let mut by_rows = Separator::ALL.map(|separator| (agree(separator), separator));
    by_rows.sort_by_key(|(agree, _)| std::cmp::Reverse(*agree));
    let [(most, separator), (next, other), _] = by_rows;
    if most == next && most.0 > 0 {
        let ways = [separator, other].map(|one| Way::new("separator", one.typed(), one.name()));
        let (one, other) = (separator.name(), other.name());
        let advice = if is_at_pages() {
            both!("Say which it is.", "Укажите, что из этого разделитель.")
        } else {
            both!("Say which it is: --separator \";\"", "Напишите, что из этого разделитель: --separator \";\"")
        };
        return Err(Failure::usage(both!(
            "{source}: {one} and {other} divide the lines into as many cells",
            "{source}: {one} и {other} делят строки на одинаковое число ячеек"
        ))
        .next(advice)
        .ways(ways.to_vec()));
    }
    Ok(separator)
}
