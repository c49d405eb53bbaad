//! The roll of an election that is not made yet: read from what was pasted or dropped, shown in parts with every problem in its
//! cell, and mended in place. On the disk it is always `roll.csv`, in the form that the command line reads.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path as UrlPath, State},
    routing::post,
};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::{
    Roll,
    roll::{Problem, ProblemKind, Severity},
};
use veche_server::{Home, home::ROLL_CSV_FILE};

use super::{
    Desk, Nothing,
    answer::{Answer, Body, Refused},
    jobs,
    plan::{self, Plan, plan_scale},
};
use crate::{
    failure::{Failure, Result},
    files,
    lang::{Sentence, both, tr},
    rolls::{self, RollArgs},
    russian,
    table::{self, TableArgs},
    words,
};

/// A workbook of 10^5 voters has some megabytes.
const UPLOAD_MAX_BYTES: usize = 64 << 20;
/// Rows of one answer.
const ROWS_MAX: usize = 1000;
/// How the roll was read, beside it.
const TOLD_FILE: &str = "desk-roll.json";
const CELLS: [&str; 4] = ["number", "name", "contact", "weight"];

/// Number, name, contact, weight, as they were written.
pub type Line = [String; 4];

/// A roll as it is worked on: of the file with this content.
pub struct Read {
    revision: u64,
    lines: Vec<Line>,
    flaws: Vec<Flaw>,
    pub weights: Vec<u64>,
    scale: u32,
    told: Vec<Sentence>,
    source: Sentence,
}

/// Something that is wrong, or deserves a look, in a cell.
struct Flaw {
    row: usize,
    cell: Option<usize>,
    severity: Severity,
    text: String,
    /// The other row that it is about.
    other: Option<usize>,
}

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/{name}/roll/read", post(read).layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES)))
        .route("/api/elections/{name}/roll/rows", post(rows))
        .route("/api/elections/{name}/roll/edit", post(edit))
        .route("/api/elections/{name}/roll/clear", post(clear))
}

impl Read {
    /// Looks a roll over. Fast enough to be done after every change.
    fn new(lines: Vec<Line>, scale: u32, told: Vec<Sentence>, source: Sentence) -> Result<Self> {
        let csv = to_csv(&lines)?;
        let revision = revision_of(&csv);
        let roll = Roll::parse_scaled(&csv, scale);
        let mut flaws: Vec<Flaw> = roll.problems.iter().map(flaw).collect();
        flaws.extend(looks(&lines));
        flaws.sort_by_key(|flaw| flaw.row);
        let weights = roll.voters.iter().map(|voter| voter.weight.get()).collect();
        Ok(Self { revision, lines, flaws, weights, scale, told, source })
    }

    fn count(&self, severity: Severity) -> usize {
        self.flaws.iter().filter(|flaw| flaw.severity == severity).count()
    }

    pub fn json(&self) -> Value {
        let columns: Vec<&str> = (0..CELLS.len())
            .filter(|cell| self.lines.iter().any(|line| line.get(*cell).is_some_and(|text| !text.is_empty())))
            .filter_map(|cell| CELLS.get(cell).copied())
            .collect();
        json!({
            "revision": self.revision,
            "source": *self.source,
            "rows": self.lines.len(),
            "voters": self.weights.len(),
            "weight": words::votes(self.weights.iter().sum(), self.scale),
            "scale": self.scale,
            "decimals": decimals(&self.lines),
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "told": self.told.iter().map(|text| &**text).collect::<Vec<_>>(),
            "columns": columns,
        })
    }

    fn row(&self, row: usize, flaws: &[&Flaw]) -> Value {
        let cell = |at: usize| self.lines.get(row).and_then(|line| line.get(at)).map_or("", String::as_str);
        let problem = |flaw: &&Flaw| {
            json!({
                "cell": flaw.cell.and_then(|cell| CELLS.get(cell)),
                "severity": match flaw.severity { Severity::Error => "error", Severity::Warning => "warning" },
                "text": flaw.text,
                "other": flaw.other,
            })
        };
        json!({
            "row": row, "line": row + 2,
            "number": cell(0), "name": cell(1), "contact": cell(2), "weight": cell(3),
            "problems": flaws.iter().map(problem).collect::<Vec<_>>(),
        })
    }
}

/// The row of a line of `roll.csv`, whose first is the header.
fn row_of(line: u64) -> usize {
    usize::try_from(line.saturating_sub(2)).unwrap_or(usize::MAX)
}

fn flaw(problem: &Problem) -> Flaw {
    use ProblemKind as P;
    let other = match &problem.kind {
        P::DuplicateNumber { first, .. }
        | P::AlikeNumber { first, .. }
        | P::DuplicateName { first }
        | P::LookAlike { first } => Some(row_of(*first)),
        _ => None,
    };
    let (row, cell, severity) = (row_of(problem.line), cell_of(&problem.kind), problem.severity());
    Flaw { row, cell, severity, text: russian::problem(problem), other }
}

/// What only an eye for all lines sees: contacts that stand twice, and names that an export has destroyed.
fn looks(lines: &[Line]) -> Vec<Flaw> {
    let (mut flaws, mut contacts) = (Vec::new(), HashMap::new());
    for (row, [_, name, contact, _]) in lines.iter().enumerate() {
        if let Some(text) = rolls::destruction(name) {
            flaws.push(Flaw { row, cell: Some(1), severity: Severity::Warning, text, other: None });
        }
        if contact.is_empty() {
            continue;
        }
        if let Some(other) = contacts.insert(contact.to_lowercase(), row) {
            let line = other + 2;
            let text = tr!(
                "the contact stands in line {line} too: letters of two voters would go to one address",
                "этот контакт есть и в строке {line}: письма двух избирателей уйдут по одному адресу"
            );
            flaws.push(Flaw { row, cell: Some(2), severity: Severity::Warning, text, other: Some(other) });
        }
    }
    flaws
}

/// How many decimals the weights have, where all that stand there are numbers.
fn decimals(lines: &[Line]) -> usize {
    let part =
        |[.., weight]: &Line| weight.split_once(['.', ',']).map_or(0, |(_, part)| part.trim_end_matches('0').len());
    lines.iter().map(part).max().unwrap_or(0)
}

fn to_csv(lines: &[Line]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CELLS).map_err(Failure::other)?;
    for line in lines {
        writer.write_record(line).map_err(Failure::other)?;
    }
    writer.into_inner().map_err(|_| Failure::other("memory does not fail"))
}

fn of_csv(csv: &[u8]) -> Result<Vec<Line>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    // Every file of ours has all four columns; one that was written by hand may have fewer, or others.
    let heads = reader.headers().map_err(Failure::other)?.clone();
    let places = CELLS.map(|cell| heads.iter().position(|head| head.trim().eq_ignore_ascii_case(cell)));
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(Failure::other)?;
        let line = places.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default().trim().to_owned());
        if line.iter().any(|cell| !cell.is_empty()) {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Changes with every change of the roll.
fn revision_of(csv: &[u8]) -> u64 {
    let hash = veche_election::Hash::of(csv);
    // What a number of JavaScript holds exactly.
    hash.0.iter().take(6).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// Of which file, at which scale, in which language: the roll that was looked at last.
type Looked = (PathBuf, u32, String, Arc<Read>);

/// The roll of a folder, looked over; `None` where there is none yet.
///
/// # Errors
/// The disk.
pub fn summary(home: &Home, scale: u32) -> Result<Option<Arc<Read>>> {
    static LAST: Mutex<Option<Looked>> = Mutex::new(None);
    let last = || -> MutexGuard<'static, _> { LAST.lock().unwrap_or_else(PoisonError::into_inner) };
    let Some(csv) = home.read_if_there(ROLL_CSV_FILE)? else { return Ok(None) };
    let (path, lang) = (home.path(ROLL_CSV_FILE), crate::lang::tag().to_owned());
    let revision = revision_of(&csv);
    let known = last().as_ref().and_then(|(of, at, said, read)| {
        let same = *of == path && *at == scale && *said == lang && read.revision == revision;
        same.then(|| read.clone())
    });
    if let Some(read) = known {
        return Ok(Some(read));
    }
    let (told, source) = match home.read_if_there(TOLD_FILE)? {
        Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| (Vec::new(), "".into())),
        None => (Vec::new(), "".into()),
    };
    let read = Arc::new(Read::new(of_csv(&csv)?, scale, told, source)?);
    *last() = Some((path, scale, lang, read.clone()));
    Ok(Some(read))
}

fn keep(home: &Home, read: &Read) -> Result<()> {
    let told = serde_json::to_vec(&(&read.told, &read.source)).map_err(Failure::other)?;
    home.write_secret(TOLD_FILE, &told)?;
    Ok(home.write_secret(ROLL_CSV_FILE, &to_csv(&read.lines)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    text: Option<String>,
    file: Option<String>,
    base64: Option<String>,
    number_column: Option<String>,
    name_column: Option<String>,
    contact_column: Option<String>,
    weight_column: Option<String>,
    #[serde(default)]
    ignore: Vec<String>,
    encoding: Option<String>,
    sheet: Option<String>,
    separator: Option<String>,
}

impl Reading {
    fn args(&self) -> Result<RollArgs> {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let separator = named(&self.separator).map(|text| table::separator(&text)).transpose();
        // What was pasted is text already.
        let of_file = |text: &Option<String>| named(text).filter(|_| self.text.is_none());
        let table = TableArgs {
            encoding: of_file(&self.encoding),
            sheet: of_file(&self.sheet),
            separator: separator.map_err(Failure::usage)?,
        };
        Ok(RollArgs {
            table,
            number_column: named(&self.number_column),
            name_column: named(&self.name_column),
            contact_column: named(&self.contact_column),
            weight_column: named(&self.weight_column),
            ignore: self.ignore.clone(),
        })
    }

    /// What was pasted or dropped, and its name.
    fn bytes(&self) -> Result<(Sentence, Vec<u8>)> {
        if let Some(text) = &self.text {
            return Ok((both!("what was pasted", "вставленный текст"), text.clone().into_bytes()));
        }
        let name = self.file.clone().unwrap_or_else(|| "roll.csv".into());
        let bytes = self.base64.as_deref().map(|text| BASE64.decode(text.as_bytes()));
        match bytes {
            Some(Ok(bytes)) => Ok((name.into(), bytes)),
            _ => Err(Failure::usage(both!("{name} did not arrive whole", "{name} дошёл не целиком"))),
        }
    }
}

async fn read(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Reading>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    plan::refuse_made(&place.home)?;
    jobs::run(async move |_| {
        let _held = held;
        let scale = scale(&place.home);
        let (source, bytes) = wish.bytes()?;
        let read = rolls::read(source.clone(), &bytes, scale, &wish.args()?)?;
        let read = Read::new(of_csv(&read.csv)?, scale, read.told, source)?;
        keep(&place.home, &read)?;
        Ok(read.json())
    })
    .await
}

/// Of the weights, as the plan has it.
fn scale(home: &Home) -> u32 {
    Plan::of(home).map_or(0, |plan| plan_scale(&plan))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Showing {
    #[serde(default)]
    from: usize,
    count: usize,
    only: Option<String>,
}

async fn rows(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Showing>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let read = there(&place.home)?;
        let mut flaws: HashMap<usize, Vec<&Flaw>> = HashMap::new();
        for flaw in &read.flaws {
            flaws.entry(flaw.row).or_default().push(flaw);
        }
        let none = Vec::new();
        let shown: Vec<usize> = match wish.only.as_deref() {
            Some("problems") => {
                let mut rows: Vec<usize> = flaws.keys().copied().filter(|row| *row < read.lines.len()).collect();
                rows.sort_unstable();
                rows
            }
            _ => (0..read.lines.len()).collect(),
        };
        let page = shown.iter().skip(wish.from).take(wish.count.min(ROWS_MAX));
        let rows: Vec<Value> = page.map(|row| read.row(*row, flaws.get(row).unwrap_or(&none))).collect();
        Ok(json!({ "revision": read.revision, "total": shown.len(), "rows": rows }))
    })
    .await
}

fn there(home: &Home) -> Result<Arc<Read>> {
    summary(home, scale(home))?
        .ok_or_else(|| Failure::usage(both!("there is no roll yet", "списка избирателей ещё нет")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Editing {
    revision: u64,
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    row: Option<usize>,
    number: Option<String>,
    name: Option<String>,
    contact: Option<String>,
    weight: Option<String>,
    #[serde(default)]
    remove: bool,
    add: Option<Added>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    weight: String,
}

async fn edit(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Editing>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    plan::refuse_made(&place.home)?;
    let read = there(&place.home)?;
    if read.revision != wish.revision {
        return Err(Refused::changed());
    }
    jobs::run(async move |_| {
        let _held = held;
        let lines = edited(&read.lines, wish.edits)?;
        let read = Read::new(lines, read.scale, read.told.clone(), read.source.clone())?;
        keep(&place.home, &read)?;
        Ok(read.json())
    })
    .await
}

/// All rows are those before the first edit.
fn edited(lines: &[Line], edits: Vec<Edit>) -> Result<Vec<Line>> {
    let mut rows: Vec<Option<Line>> = lines.iter().cloned().map(Some).collect();
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for Edit { row, number, name, contact, weight, remove, add } in edits {
        if let Some(Added { number, name, contact, weight }) = add {
            rows.push(Some([number, name, contact, weight].map(one_line)));
            continue;
        }
        let at = row.and_then(|row| rows.get_mut(row));
        let at = at.ok_or_else(|| Failure::usage(both!("there is no such row", "такой строки нет")))?;
        if remove {
            *at = None;
        } else if let Some(line) = at {
            for (cell, text) in line.iter_mut().zip([number, name, contact, weight]) {
                if let Some(text) = text {
                    *cell = one_line(text);
                }
            }
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

async fn clear(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    let _held = desk.hold(&name)?;
    plan::refuse_made(&place.home)?;
    files::remove(&place.home.path(ROLL_CSV_FILE))?;
    super::answer::answer(json!({}))
}

/// In which cell a problem is.
fn cell_of(kind: &ProblemKind) -> Option<usize> {
    use ProblemKind as P;
    match kind {
        P::NumberMissing
        | P::Number(_)
        | P::DuplicateNumber { .. }
        | P::AlikeNumber { .. }
        | P::SpreadsheetNumber { .. } => Some(0),
        P::Name(_) | P::NameMissing | P::DuplicateName { .. } | P::LookAlike { .. } => Some(1),
        P::Weight(_) | P::DecimalWeight { .. } | P::TotalWeight => Some(3),
        _ => None,
    }
}
