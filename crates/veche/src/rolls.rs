//! A roll as registers and spreadsheets write it, made what `roll.csv` is: UTF-8, commas, `number,name,contact,weight`. The
//! rules for numbers, names and weights are those of [`Roll`]; here is only what stands around them: encodings, headers in
//! several languages, titles above them, names in two columns, and the traces of wrong exports.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use clap::Args;
use encoding_rs::{Encoding, WINDOWS_1251, WINDOWS_1252};
use veche_election::{
    Roll, VoterNumber,
    roll::{Problem, ProblemKind, Severity},
};
use veche_server::home::ROLL_CSV_FILE;

use crate::{
    failure::{Failure, Result},
    lang::{self, Sentence, both, tr, within},
    russian,
    table::{Row, Separator, Table, TableArgs, Text, not_closed, shown},
};

mod header;

use header::{Columns, Header};

/// Voters that are shown as they were read.
const EXAMPLES: usize = 3;
/// In English, German and Russian.
const FAILED_FORMULAS: [&str; 15] = [
    "#N/A",
    "#NAME?",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#NV",
    "#BEZUG!",
    "#WERT!",
    "#Н/Д",
    "#ИМЯ?",
    "#ССЫЛКА!",
    "#ЗНАЧ!",
    "#ДЕЛ/0!",
];
/// Remarks of one kind that are shown with their lines; the rest is counted.
const REMARKS_EACH: usize = 20;

/// How a roll is to be read where it does not say so itself.
#[derive(Debug, Default, Clone, Args)]
pub struct RollArgs {
    #[command(flatten)]
    pub table: TableArgs,
    #[arg(long, value_name = "COLUMN", requires = "roll", help = tr!("The roll's column of numbers, by its name in the header or its number",
        "Столбец списка с номерами, по имени в заголовке или по счёту"))]
    pub number_column: Option<String>,
    #[arg(long, value_name = "COLUMN", requires = "roll", help = tr!("The roll's column of names", "Столбец списка с именами"))]
    pub name_column: Option<String>,
    #[arg(long, value_name = "COLUMN", requires = "roll", help = tr!("The roll's column of contacts",
        "Столбец списка с контактами"))]
    pub contact_column: Option<String>,
    #[arg(long, value_name = "COLUMN", requires = "roll", help = tr!("The roll's column of weights", "Столбец списка с весами"))]
    pub weight_column: Option<String>,
    #[arg(long, value_name = "COLUMN", requires = "roll", help = tr!(
        "Columns of the roll to leave out, by name or number; may be given several times",
        "Столбцы списка, которые пропустить, по имени или по счёту; ключ можно повторять"))]
    pub ignore: Vec<String>,
}

impl RollArgs {
    /// Was a column named? Then the file is not what its header says alone.
    fn names_columns(&self) -> bool {
        let named = [&self.number_column, &self.name_column, &self.contact_column, &self.weight_column];
        named.iter().any(|column| column.is_some()) || !self.ignore.is_empty()
    }
}

/// Something in a line of the file that is wrong, or deserves a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub line: u64,
    pub severity: Severity,
    pub text: String,
}

pub struct RollRead {
    pub roll: Roll,
    /// In the form of `roll.csv`.
    pub csv: Vec<u8>,
    pub remarks: Vec<Remark>,
    /// How it was read, in words.
    pub told: Vec<Sentence>,
}

impl RollRead {
    pub fn has_errors(&self) -> bool {
        self.remarks.iter().any(|remark| remark.severity == Severity::Error)
    }
}

/// Ten million voters, each with name and contact.
pub const FILE_MAX_BYTES: u64 = 1 << 30;

/// `scale`: decimals of the weights.
pub fn read(source: impl Into<Sentence>, bytes: &[u8], scale: u32, args: &RollArgs) -> Result<RollRead> {
    let source = source.into();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::usage(both!("{source} is empty", "{source} — пустой файл")));
    }
    let table = Text::read(source, bytes, &args.table)?.table(&args.table)?;
    let header = Header::find(&table, args)?;
    let mut told = vec![both!("{}: {}", "{}: {}", table.text.source, table.told()), header.told()];
    let is_ours = header.is_canonical && !args.names_columns();
    if is_ours && table.is_plain() && table.separator == Separator::Comma && !has_lone_return(bytes) {
        // Both at once: a million lines are read no slower for the second look.
        let language = lang::now();
        let (roll, looked) = std::thread::scope(|scope| {
            let looked = scope.spawn(|| within(Some(language), || look(&table, &header)));
            (Roll::parse_scaled(bytes, scale), looked.join())
        });
        if !roll.has_errors() {
            let (mut remarks, examples) = looked.map_err(|_| Failure::other("the roll could not be read"))??;
            remarks.extend(roll.problems.iter().map(|problem| remark(problem, |line| line)));
            told.extend(examples);
            return Ok(RollRead { roll, csv: bytes.to_vec(), remarks: sorted(remarks), told });
        }
    }
    let (mut remarks, examples) = look(&table, &header)?;
    told.extend(examples);
    let (csv, lines) = canonical(&table, &header, &mut told)?;
    let roll = Roll::parse_scaled(csv.as_bytes(), scale);
    let line = |line: u64| {
        let there = usize::try_from(line).ok().and_then(|line| lines.get(line.checked_sub(1)?));
        there.copied().unwrap_or(line)
    };
    remarks.extend(roll.problems.iter().map(|problem| remark(problem, line)));
    Ok(RollRead { roll, csv: csv.into_bytes(), remarks: sorted(remarks), told })
}

/// In the lines of the file: of the problem itself, and of the earlier one that it names.
fn remark(problem: &Problem, line: impl Fn(u64) -> u64) -> Remark {
    use ProblemKind as P;
    let mut problem = Problem { line: line(problem.line), kind: problem.kind.clone() };
    if let P::DuplicateNumber { first, .. }
    | P::AlikeNumber { first, .. }
    | P::DuplicateName { first }
    | P::LookAlike { first } = &mut problem.kind
    {
        *first = line(*first);
    }
    Remark { line: problem.line, severity: problem.severity(), text: russian::problem(&problem) }
}

fn sorted(mut remarks: Vec<Remark>) -> Vec<Remark> {
    remarks.sort_by_key(|remark| remark.line);
    remarks
}

/// A CR that ends a line alone, as old Macs wrote it.
fn has_lone_return(bytes: &[u8]) -> bool {
    let mut returns = bytes.iter().enumerate().filter(|(_, b)| **b == b'\r');
    returns.any(|(at, _)| bytes.get(at + 1) != Some(&b'\n'))
}

/// Where each voter of a kept roll is reached.
pub fn contacts(csv: &[u8]) -> Result<HashMap<VoterNumber, String>> {
    let args = RollArgs::default();
    let table = Text::read(ROLL_CSV_FILE, csv, &args.table)?.table(&args.table)?;
    let header = Header::find(&table, &args)?;
    let (Some(number), Some(contact)) = (header.columns.number, header.columns.contact) else {
        return Ok(HashMap::new());
    };
    let mut contacts = HashMap::new();
    each(&table, &header, |row| {
        if let Some(number) = VoterNumber::parse(row.cell(number)) {
            contacts.insert(number, row.cell(contact).to_owned());
        }
    })?;
    Ok(contacts)
}

/// The rows below the header that hold anything.
fn each(table: &Table, header: &Header, mut see: impl FnMut(&Row)) -> Result<()> {
    let (mut rows, mut row) = (table.rows(), Row::default());
    loop {
        match rows.next_into(&mut row) {
            Ok(true) if row.line > header.line && !row.is_empty() => {
                header.check(table, &row)?;
                see(&row);
            }
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(line) => return Err(table.text.at(line, not_closed())),
        }
    }
}

/// What the roll itself does not tell: lines with more cells than the header, contacts that stand twice, names that an export
/// has destroyed. And the first voters as read.
fn look(table: &Table, header: &Header) -> Result<(Vec<Remark>, Vec<Sentence>)> {
    let Columns { number, contact, weight, .. } = header.columns;
    let (mut contacts, hasher, mut folded) = (HashMap::new(), RandomState::new(), String::new());
    let (mut doubles, mut destroyed, mut first) = (Vec::new(), Vec::new(), Vec::new());
    let (mut long, columns) = (Vec::new(), header.width());
    each(table, header, |row| {
        let line = row.line;
        // Behind it all columns are shifted: `1,Orlova, Anna,3` would make the given name a weight.
        if row.cells().skip(columns).any(|cell| !cell.is_empty()) {
            let problem = Problem { line, kind: ProblemKind::TooManyFields { columns } };
            long.push((line, russian::problem(&problem)));
        }
        let name = header.name(row);
        let name = name.as_ref();
        if first.len() < EXAMPLES {
            let part = |at: Option<usize>| at.map(|at| shown(row.cell(at))).filter(|text| !text.is_empty());
            let weight = part(weight).map(|weight| both!("weight {weight}", "вес {weight}"));
            let name = Some(shown(name)).filter(|name| !name.is_empty());
            let parts = [part(number), name, part(contact)].into_iter().flatten().map(Sentence::from).chain(weight);
            let parts: Vec<Sentence> = parts.collect();
            let parts = Sentence::of(|| parts.iter().map(|part| &**part).collect::<Vec<_>>().join(" | "));
            first.push(both!("line {line}: {parts}", "строка {line}: {parts}"));
        }
        if let Some(text) = destruction(name) {
            destroyed.push((line, text));
        }
        let contact = contact.map_or("", |at| row.cell(at));
        // By their hashes: for a remark that is certain enough, and a million addresses need no memory.
        folded.clear();
        if contact.is_ascii() {
            folded.push_str(contact);
            folded.make_ascii_lowercase();
        } else {
            folded.extend(contact.chars().flat_map(char::to_lowercase));
        }
        if !contact.is_empty()
            && let Some(earlier) = contacts.insert(hasher.hash_one(folded.as_str()), line)
        {
            doubles.push((
                line,
                tr!(
                    "the contact {} stands in line {earlier} too: letters of two voters would go to one address",
                    "контакт {} есть и в строке {earlier}: письма двух избирателей уйдут по одному адресу",
                    shown(contact)
                ),
            ));
        }
    })?;
    let mut remarks = Vec::new();
    let kinds = [(Severity::Error, long), (Severity::Warning, doubles), (Severity::Warning, destroyed)];
    for (severity, kind) in kinds {
        let hidden = kind.len().saturating_sub(REMARKS_EACH);
        let remark = |(line, text)| Remark { line, severity, text };
        remarks.extend(kind.into_iter().take(REMARKS_EACH).map(remark));
        if let Some(last) = remarks.last_mut().filter(|_| hidden > 0) {
            last.text += &tr!(" (and {hidden} more of this kind)", " (и ещё таких: {hidden})");
        }
    }
    Ok((remarks, first))
}

/// What a wrong export has left of a name, if it has: question marks for letters, the bytes of UTF-8 as letters, or an error.
pub fn destruction(name: &str) -> Option<String> {
    if FAILED_FORMULAS.contains(&name) {
        return Some(tr!(
            "\"{name}\" is what a spreadsheet shows of a formula that fails, and no name",
            "«{name}» — так таблица показывает ошибку в формуле, это не имя"
        ));
    }
    if name.is_ascii() && !name.contains('?') {
        return None;
    }
    let pairs = || name.chars().zip(name.chars().skip(1));
    let lost = |pair: (char, char)| matches!(pair, ('?', c) | (c, '?') if c.is_alphabetic() || c == '?');
    if name.contains('\u{FFFD}') || name.contains('?') && pairs().any(lost) {
        let name = shown(name);
        return Some(tr!(
            "\"{name}\": question marks where letters were; the export has lost them, make it anew as \"CSV UTF-8\"",
            "«{name}»: вопросительные знаки вместо букв; их потеряла выгрузка, сделайте её заново как «CSV UTF-8»"
        ));
    }
    // The first byte of two is a capital or accented letter in these encodings, the second none of the letters of names.
    let letters = |(lead, next): (char, char)| match lead {
        'Р' | 'С' => !next.is_ascii() && !('А'..='я').contains(&next),
        '\u{C2}'..='\u{F4}' => !next.is_ascii() && !('\u{C0}'..='\u{FF}').contains(&next),
        _ => false,
    };
    let read_as = |encoding| reread(name, encoding);
    let meant = pairs().any(letters).then(|| [WINDOWS_1252, WINDOWS_1251].into_iter().find_map(read_as))??;
    let (name, meant) = (shown(name), shown(&meant));
    Some(tr!(
        "\"{name}\" looks like \"{meant}\" in a wrong encoding; make the export anew as \"CSV UTF-8\"",
        "«{name}» похоже на «{meant}» в неверной кодировке; сделайте выгрузку заново как «CSV UTF-8»"
    ))
}

/// UTF-8 that was taken for this encoding.
fn reread(name: &str, encoding: &'static Encoding) -> Option<String> {
    let (bytes, _, lost) = encoding.encode(name);
    if lost || bytes.is_ascii() { None } else { String::from_utf8(bytes.into_owned()).ok() }
}

/// `roll.csv`, and for each of its lines that of the file.
fn canonical(table: &Table, header: &Header, told: &mut Vec<Sentence>) -> Result<(String, Vec<u64>)> {
    let Columns { number, contact, weight, .. } = header.columns;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut lines = vec![header.line];
    let (mut formulas, mut points, mut failed) = (0_u64, 0_u64, None);
    let mut write = |cells: [&str; 4]| {
        if writer.write_record(cells).is_err() {
            failed = Some(Failure::other("memory does not fail"));
        }
    };
    write(["number", "name", "contact", "weight"]);
    each(table, header, |row| {
        let cell = |at: Option<usize>| crate::table::one_line(at.map_or("", |at| row.cell(at)));
        let written = cell(number);
        let number = match written.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')) {
            Some(text) => {
                formulas += 1;
                text
            }
            None => &written,
        };
        let number = match number.strip_suffix(".0").filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
            Some(digits) => {
                points += 1;
                digits
            }
            None => number,
        };
        write([number, &header.name(row), &cell(contact), &cell(weight)]);
        lines.push(row.line);
    })?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if formulas > 0 {
        told.push(both!(
            "numbers written as formulas, =\"00017\": {formulas}; taken as the text in them",
            "номеров, записанных формулой вида =\"00017\": {formulas}; взят текст в кавычках"
        ));
    }
    if points > 0 {
        told.push(both!(
            "numbers written as 17.0: {points}; taken as 17",
            "номеров, записанных в виде 17.0: {points}; взяты как 17"
        ));
    }
    let bytes = writer.into_inner().map_err(|_| Failure::other("memory does not fail"))?;
    Ok((String::from_utf8(bytes).map_err(Failure::other)?, lines))
}
