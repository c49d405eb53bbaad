//! The roll: who may vote. `roll.csv` is the organiser's file; reading it finds every problem at once, each with
//! its line and how to mend it. Spec: `docs/spec/manifest.md` section 4.

use core::fmt;
use std::collections::{HashMap, hash_map::Entry};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    canonical,
    choice::choice,
    credential::CredentialList,
    hash::Hash,
    keys::PublicKey,
    manifest::{RollShows, RollSummary},
    text::{self, TextError},
    weight::{TOTAL_WEIGHT_MAX, unit},
};

pub use crate::weight::{Weight, votes};

/// A voter's name, in characters.
pub const NAME_MAX_CHARS: usize = 200;
/// A voter's number, in bytes of ASCII.
pub const NUMBER_MAX_BYTES: usize = 32;

/// A voter's number, as the roll gives it: `17`, `12/2`, `A-17`. 1 to 32 of the Latin letters, the digits, `/`, `_` and
/// `-`, the first a letter or a digit. Compared and sorted by bytes; the bytes that are left over are 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoterNumber([u8; NUMBER_MAX_BYTES]);

impl VoterNumber {
    /// A number that is one.
    pub fn new(number: u64) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    /// `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-'));
        let mut bytes = [0; NUMBER_MAX_BYTES];
        bytes.get_mut(..text.len()).filter(|_| first && rest)?.copy_from_slice(text.as_bytes());
        Some(Self(bytes))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|b| *b == 0).unwrap_or(NUMBER_MAX_BYTES);
        self.0.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// In small letters, and without the zeros before another digit. No two voters of an election have numbers that are
    /// equal so: people and spreadsheets take one for the other.
    pub fn folded(&self) -> Self {
        let mut bytes = [0; NUMBER_MAX_BYTES];
        let (mut text, mut in_digits) = (self.as_str().bytes().peekable(), false);
        let mut places = bytes.iter_mut();
        while let Some(b) = text.next() {
            if b == b'0' && !in_digits && text.peek().is_some_and(u8::is_ascii_digit) {
                continue;
            }
            in_digits = b.is_ascii_digit();
            if let Some(place) = places.next() {
                *place = b.to_ascii_lowercase();
            }
        }
        Self(bytes)
    }

    /// In names of files that voters keep: no path follows from it.
    pub fn in_file_names(&self) -> String {
        self.as_str().replace('/', "+")
    }

    /// Would a spreadsheet write it in another way: as a date, a number of fewer digits, or a rounded one?
    fn is_changed_by_spreadsheets(&self) -> bool {
        const EXACT_DIGITS: usize = 15;
        let text = self.as_str();
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let number = digits(text) && (text.len() > EXACT_DIGITS || (text.starts_with('0') && text.len() > 1));
        let exponent = text.split_once(['e', 'E']).is_some_and(|(a, b)| digits(a) && digits(b.trim_start_matches('-')));
        let parts: Vec<&str> = text.split(['/', '-']).collect();
        let month = |part: &&str| {
            const MONTHS: [&str; 12] =
                ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
            part.get(..3).is_some_and(|start| MONTHS.contains(&start.to_ascii_lowercase().as_str()))
        };
        let date =
            matches!(parts.len(), 2 | 3) && parts.iter().all(|part| (digits(part) && part.len() <= 4) || month(part));
        number || exponent || date
    }
}

impl fmt::Display for VoterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for VoterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VoterNumber({self})")
    }
}

impl Serialize for VoterNumber {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for VoterNumber {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected a voter number"))
    }
}

/// Of all places that have or had something, in heads and in weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// How many places.
    pub voters: u64,
    /// Their weight, in units.
    pub weight: u64,
}

impl Heads {
    pub(crate) fn count(&mut self, weight: Weight) {
        *self = *self + Self { voters: 1, weight: weight.get() };
    }
}

impl core::ops::Add for Heads {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // A card may be replaced as often as the organiser likes: the weights of all replaced ones have no bound.
        Self { voters: self.voters.saturating_add(other.voters), weight: self.weight.saturating_add(other.weight) }
    }
}

impl core::ops::Sub for Heads {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { voters: self.voters.saturating_sub(other.voters), weight: self.weight.saturating_sub(other.weight) }
    }
}

/// A line of `roll.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    /// No two voters have numbers that are taken for each other.
    pub number: VoterNumber,
    /// Empty where the roll has none.
    pub name: String,
    /// In units of the roll's scale.
    pub weight: Weight,
}

choice! {
    /// Why the roll was changed, where nothing may be told of voters: a text would tell of one.
    pub enum RollReason {
        /// The roll was wrong.
        Mistake = "mistake",
        /// Since the roll was made.
        Joined = "joined",
        /// The association, the house, the company.
        Left = "left",
        /// Nobody votes for them.
        Died = "died",
        /// A court or a commission has decided so.
        Decision = "decision",
    }
}

/// A voter may have no name.
pub(crate) fn check_name(name: &str) -> Result<(), TextError> {
    if name.is_empty() { Ok(()) } else { text::check(name, NAME_MAX_CHARS) }
}

/// Problems that stop the import, and oddities that deserve a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is made of this roll.
    Error,
    /// Somebody should look; it hinders nothing.
    Warning,
}

/// What is odd in a roll, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1, the header being line 1.
    pub line: u64,
    /// What it is, and what to do.
    pub kind: ProblemKind,
}

/// Who erred: the organiser (or the program that exported the roll). The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// Of the line or of a field in it.
    #[error("is not UTF-8 text; save the file as \"CSV UTF-8\"")]
    NotUtf8,
    /// The rest of the file is not read.
    #[error("cannot be read as CSV; check the quotation marks")]
    NotCsv,
    /// Everything else may be missing.
    #[error("the header has no column \"number\"; the first line must be: number,name,contact,weight")]
    NoNumberColumn,
    /// Its name, in small letters, cut to 40 characters.
    #[error("the column \"{0}\" is not known and is ignored; known are number, name, contact, weight")]
    UnknownColumn(String),
    /// A field of a roll has one line.
    #[error("a field runs over several lines; is a quotation mark not closed?")]
    LineBreak,
    /// Its name, in small letters.
    #[error("the column \"{0}\" stands twice in the header")]
    ColumnTwice(String),
    /// Something would be lost without a word.
    #[error("has more fields than the header's {columns}; put a name with a comma into quotation marks")]
    TooManyFields {
        /// How many the header has.
        columns: usize,
    },
    /// The line has other fields.
    #[error("the number is missing")]
    NumberMissing,
    /// What stands there, cut to 40 characters.
    #[error(
        "\"{0}\" is not a voter number: letters A to Z (Latin ones), digits, \"/\", \"_\" and \"-\", at most 32, the first \
         a letter or a digit"
    )]
    Number(String),
    /// Numbers name voters.
    #[error("the number {number} stands already in line {first}; every voter needs a number of their own")]
    DuplicateNumber {
        /// Which one.
        number: VoterNumber,
        /// The line in which it stood first.
        first: u64,
    },
    /// See [`VoterNumber::folded`].
    #[error(
        "the number {number} and {other} in line {first} differ in capital letters or leading zeros alone; one would be \
         taken for the other"
    )]
    AlikeNumber {
        /// As it stands in this line.
        number: VoterNumber,
        /// As it stands there.
        other: VoterNumber,
        /// The line in which the other stands.
        first: u64,
    },
    /// A warning, once for a roll: `1/2` as a date, `007` as 7.
    #[error(
        "numbers of this roll that a spreadsheet writes in another way: {count}, the first of them here: {number}; compare \
         them with the source, and give the column the type \"text\""
    )]
    SpreadsheetNumber {
        /// The first of them.
        number: VoterNumber,
        /// How many.
        count: u64,
    },
    /// What stands there, cut to 40 characters.
    #[error("the weight \"{0}\" is not a whole number from 1")]
    Weight(String),
    /// More decimals are refused, never rounded.
    #[error("the weight \"{text}\" is not a number above 0 with so many decimals at most: {scale}")]
    DecimalWeight {
        /// What stands there, cut to 40 characters.
        text: String,
        /// How many decimals the election has.
        scale: u32,
    },
    /// See [`TOTAL_WEIGHT_MAX`].
    #[error("the weights add up to more than 2^40")]
    TotalWeight,
    /// What is wrong with it.
    #[error("the name {0}")]
    Name(TextError),
    /// A warning: others have names.
    #[error("the name is missing")]
    NameMissing,
    /// A warning.
    #[error("the name is the same as in line {first}; are these two people?")]
    DuplicateName {
        /// The line in which it stood first.
        first: u64,
    },
    /// A warning: Latin and Cyrillic letters, for instance, that look the same.
    #[error("the name looks like the one in line {first} but is written with other letters")]
    LookAlike {
        /// The line of the other.
        first: u64,
    },
    /// An election has somebody who may vote.
    #[error("the roll has no voters")]
    Empty,
}

impl Problem {
    /// Does it hinder, or does somebody have to look?
    pub fn severity(&self) -> Severity {
        use ProblemKind as P;
        match self.kind {
            P::UnknownColumn(_)
            | P::NameMissing
            | P::DuplicateName { .. }
            | P::LookAlike { .. }
            | P::SpreadsheetNumber { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// What reading a roll gave: the voters that could be read and everything that is odd.
#[derive(Debug, Default)]
pub struct Roll {
    /// Weights are units, of which 10^scale are a vote.
    pub scale: u32,
    /// In the order of the file.
    pub voters: Vec<Voter>,
    /// In the order in which they were found; by line, but for those of the whole file.
    pub problems: Vec<Problem>,
}

impl Roll {
    /// Voters 1 to `count`, without names, each of weight 1.
    pub fn numbered(count: u64) -> Self {
        let voter = |number| Voter { number, name: String::new(), weight: Weight::ONE };
        let voters = (1..=count).filter_map(VoterNumber::new).map(voter).collect();
        Self { voters, ..Self::default() }
    }

    /// As [`Roll::numbered`], each with one vote at this scale.
    #[must_use]
    pub fn at_scale(mut self, scale: u32) -> Self {
        for voter in &mut self.voters {
            voter.weight = voter.weight.in_units_of(scale);
        }
        self.scale = scale;
        self
    }

    /// Does anything stand there that hinders an election with this roll?
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity() == Severity::Error)
    }

    /// Reads `roll.csv`: commas or semicolons, any order of columns, with or without a byte-order mark.
    pub fn parse(bytes: &[u8]) -> Self {
        Self::parse_scaled(bytes, 0)
    }

    /// As [`Roll::parse`], of weights with so many decimals.
    pub fn parse_scaled(bytes: &[u8], scale: u32) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let delimiter = if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
        let mut roll = Self { scale, ..Self::default() };
        let Some(columns) = roll.read_header(&mut reader) else { return roll };
        let mut seen = Seen::default();
        let mut lines = Lines { bytes, byte: 0, line: 1 };
        let mut total = 0_u64;
        for record in reader.byte_records() {
            let Ok(record) = record else {
                roll.report(seen.line + 1, ProblemKind::NotCsv);
                break;
            };
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            seen.line = line;
            if let Some(voter) = roll.read_line(line, &record, &columns, &mut seen) {
                total = total.saturating_add(voter.weight.get());
                roll.voters.push(voter);
            }
        }
        if let Some((line, number)) = seen.spreadsheet {
            roll.report(line, ProblemKind::SpreadsheetNumber { number, count: seen.spreadsheets });
        }
        if total > TOTAL_WEIGHT_MAX {
            roll.report(seen.line, ProblemKind::TotalWeight);
        }
        if roll.voters.is_empty() && !roll.has_errors() {
            roll.report(1, ProblemKind::Empty);
        }
        roll
    }

    fn report(&mut self, line: u64, kind: ProblemKind) {
        self.problems.push(Problem { line, kind });
    }

    fn read_header(&mut self, reader: &mut csv::Reader<&[u8]>) -> Option<Columns> {
        let Ok(header) = reader.byte_headers().cloned() else {
            self.report(1, ProblemKind::NotCsv);
            return None;
        };
        let mut columns = Columns::default();
        for (i, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name).trim().to_lowercase();
            let column = match name.as_str() {
                "number" | "номер" => &mut columns.number,
                "name" | "имя" | "фио" => &mut columns.name,
                "weight" | "вес" => &mut columns.weight,
                "contact" | "контакт" | "" => continue,
                _ => {
                    self.report(1, ProblemKind::UnknownColumn(name.chars().take(40).collect()));
                    continue;
                }
            };
            if column.replace(i).is_some() {
                self.report(1, ProblemKind::ColumnTwice(name));
            }
        }
        columns.count = header.len();
        if columns.number.is_none() {
            self.report(1, ProblemKind::NoNumberColumn);
            return None;
        }
        Some(columns)
    }

    fn read_line(&mut self, line: u64, record: &csv::ByteRecord, columns: &Columns, seen: &mut Seen) -> Option<Voter> {
        let field = |column: Option<usize>| column.and_then(|i| record.get(i)).unwrap_or_default();
        let decoded = [columns.number, columns.name, columns.weight].map(|c| core::str::from_utf8(field(c)));
        let [Ok(number), Ok(name), Ok(weight)] = decoded else {
            self.report(line, ProblemKind::NotUtf8);
            return None;
        };
        let (number, weight) = (number.trim(), weight.trim());
        if number.is_empty() && record.iter().all(|field| field.trim_ascii().is_empty()) {
            return None;
        }
        // The CSV reader lets a quotation mark that is never closed swallow everything behind it.
        if record.iter().any(|field| field.contains(&b'\n') || field.contains(&b'\r')) {
            self.report(line, ProblemKind::LineBreak);
            return None;
        }
        if record.iter().skip(columns.count).any(|field| !field.trim_ascii().is_empty()) {
            self.report(line, ProblemKind::TooManyFields { columns: columns.count });
            return None;
        }
        let name = self.read_name(line, name, seen);
        let number = self.read_number(line, number, seen);
        let weight = match weight {
            "" => Weight::new(unit(self.scale)),
            text => Weight::parse_votes(text, self.scale).or_else(|| {
                let (text, scale) = (text.chars().take(40).collect(), self.scale);
                let kind =
                    if scale == 0 { ProblemKind::Weight(text) } else { ProblemKind::DecimalWeight { text, scale } };
                self.report(line, kind);
                None
            }),
        };
        Some(Voter { number: number?, name: name?, weight: weight? })
    }

    fn read_number(&mut self, line: u64, text: &str, seen: &mut Seen) -> Option<VoterNumber> {
        let Some(number) = VoterNumber::parse(text) else {
            let shown: String = text.chars().take(40).collect();
            let kind = if text.is_empty() { ProblemKind::NumberMissing } else { ProblemKind::Number(shown) };
            self.report(line, kind);
            return None;
        };
        match seen.numbers.entry(number.folded()) {
            Entry::Occupied(earlier) => {
                let &(first, other) = earlier.get();
                let same = other == number;
                let alike = ProblemKind::AlikeNumber { number, other, first };
                self.report(line, if same { ProblemKind::DuplicateNumber { number, first } } else { alike });
                return None;
            }
            Entry::Vacant(place) => _ = place.insert((line, number)),
        }
        if number.is_changed_by_spreadsheets() {
            seen.spreadsheets += 1;
            seen.spreadsheet.get_or_insert((line, number));
        }
        Some(number)
    }

    fn read_name(&mut self, line: u64, name: &str, seen: &mut Seen) -> Option<String> {
        if name.trim().is_empty() {
            // A roll without names at all is a choice; a gap among names is an oddity.
            if seen.names.values().next().is_some() {
                self.report(line, ProblemKind::NameMissing);
            }
            return Some(String::new());
        }
        let name = match text::clean(name, NAME_MAX_CHARS) {
            Ok(name) => name,
            Err(error) => {
                self.report(line, ProblemKind::Name(error));
                return None;
            }
        };
        match seen.names.entry(text::skeleton(&name)) {
            Entry::Occupied(earlier) => {
                let (first, same) = (earlier.get().0, earlier.get().1 == name);
                self.report(
                    line,
                    if same { ProblemKind::DuplicateName { first } } else { ProblemKind::LookAlike { first } },
                );
            }
            Entry::Vacant(place) => _ = place.insert((line, name.clone())),
        }
        Some(name)
    }
}

/// Counts lines as an editor does. (The CSV reader's own count is one short behind Windows line ends.)
struct Lines<'a> {
    bytes: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that starts at this byte, or after line ends there. Bytes are asked for in order.
    fn at(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes.len());
        let ends = self.bytes.iter().skip(start).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let passed = self.bytes.get(self.byte..start + ends).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.byte = self.byte.max(start + ends);
        self.line
    }
}

#[derive(Default)]
struct Columns {
    count: usize,
    number: Option<usize>,
    name: Option<usize>,
    weight: Option<usize>,
}

/// What earlier lines said.
#[derive(Default)]
struct Seen {
    line: u64,
    /// By what is left after folding: the line and the number as written there.
    numbers: HashMap<VoterNumber, (u64, VoterNumber)>,
    /// How many numbers a spreadsheet would change, and the first.
    spreadsheets: u64,
    spreadsheet: Option<(u64, VoterNumber)>,
    /// By skeleton: the line and the name as written there.
    names: HashMap<String, (u64, String)>,
}

/// A voter with the public half of the credential: a line of the server's own file `voters.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// As on the roll; unique.
    pub number: VoterNumber,
    /// Empty where the roll has none.
    pub name: String,
    /// In units of the roll's scale.
    pub weight: Weight,
    /// What signs this voter's ballots. The secret half is on the card alone.
    pub credential: PublicKey,
}

/// A line of the published roll: a number or a name, by the organiser's choice, and the credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollLine {
    /// Where the manifest says `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<VoterNumber>,
    /// Where the manifest says `name`; empty for who has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of the list of credentials, each once.
    pub credential: PublicKey,
}

/// The file `roll` of the record: a line of JSON for each voter, in the order of the bytes of their numbers.
pub fn published_roll(seats: &[Seat], shows: RollShows) -> Vec<u8> {
    let mut seats: Vec<&Seat> = seats.iter().collect();
    seats.sort_unstable_by_key(|seat| seat.number);
    let mut out = Vec::new();
    for seat in seats {
        let (number, name) = match shows {
            RollShows::Number => (Some(seat.number), None),
            RollShows::Name => (None, Some(seat.name.clone())),
            RollShows::Nothing => continue,
        };
        out.extend(canonical::write(&RollLine { number, name, credential: seat.credential }));
        out.push(b'\n');
    }
    out
}

/// The figures and hashes by which the manifest binds the roll.
pub fn summary(seats: &[Seat], shows: RollShows) -> (RollSummary, CredentialList) {
    let list = CredentialList::new(seats.iter().map(|seat| (seat.credential, seat.weight)).collect());
    let summary = RollSummary {
        voters: seats.len() as u64,
        weight: list.total_weight(),
        credentials: Hash::of(&list.to_bytes()),
        published: Hash::of(&published_roll(seats, shows)),
    };
    (summary, list)
}
