//! The header of a roll: the first line with a column of numbers, in one of several languages. What is above it is a title.

use std::borrow::Cow;

use super::RollArgs;
use crate::{
    failure::{Failure, Result, Way},
    front::is_at_pages,
    lang::{Sentence, both},
    table::{
        Row, Table,
        heads::{all_named, is_like_weight, named, plain, to_choose, to_type},
        not_closed, one_line, shown,
    },
};

/// Lines in which the header is looked for.
const ROWS_LOOKED_AT: usize = 10;

/// What a column of a roll holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Name,
    /// The parts of a name.
    First,
    Last,
    Patronymic,
    Contact,
    Weight,
}

/// Without spaces and signs, in small letters: Russian, German, French, English.
const NAMES: [(Kind, &[&str]); 7] = [
    (
        Kind::Number,
        &[
            "number",
            "no",
            "nr",
            "num",
            "id",
            "memberid",
            "memberno",
            "membernumber",
            "membershipnumber",
            "voternumber",
            "voterid",
            "номер",
            "номеризбирателя",
            "членскийномер",
            "номерчлена",
            "табельныйномер",
            "номерквартиры",
            "ид",
            "nummer",
            "mitgliedsnummer",
            "mitgliedsnr",
            "mitgliednr",
            "lfdnr",
            "personalnummer",
            "numero",
            "numéro",
            "numérodadhérent",
            "numéroadhérent",
            "noadhérent",
            "matricule",
        ],
    ),
    (
        Kind::Name,
        &[
            "name",
            "fullname",
            "voter",
            "member",
            "имя",
            "фио",
            "полноеимя",
            "избиратель",
            "фамилияимяотчество",
            "фамилияимя",
            "vollständigername",
            "vorundnachname",
            "mitglied",
            "nom",
            "nomcomplet",
            "nometprénom",
            "nomprénom",
        ],
    ),
    (Kind::First, &["firstname", "givenname", "forename", "vorname", "prénom", "prenom"]),
    (Kind::Last, &["lastname", "surname", "familyname", "nachname", "familienname", "nomdefamille", "фамилия"]),
    (Kind::Patronymic, &["отчество"]),
    (
        Kind::Contact,
        &[
            "contact",
            "email",
            "emailaddress",
            "mail",
            "контакт",
            "почта",
            "электроннаяпочта",
            "элпочта",
            "адресэлектроннойпочты",
            "emailadresse",
            "courriel",
            "adressemail",
            "adresseemail",
            "adresseélectronique",
            "kontakt",
        ],
    ),
    (Kind::Weight, &["weight", "votingweight", "вес", "весголоса", "gewicht", "stimmgewicht", "poids"]),
];
/// A count of the lines: the number where there is no other.
const COUNTS: [&str; 6] = ["пп", "nпп", "noпп", "номерпп", "номерпопорядку", "порядковыйномер"];
/// The header of `roll.csv` itself.
const CANONICAL: [&str; 10] = ["number", "номер", "name", "имя", "фио", "contact", "контакт", "weight", "вес", ""];

#[derive(Debug, Clone, Copy, Default)]
pub struct Columns {
    pub number: Option<usize>,
    name: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    patronymic: Option<usize>,
    pub contact: Option<usize>,
    pub weight: Option<usize>,
}

pub struct Header {
    pub line: u64,
    pub columns: Columns,
    /// Is it one that `roll.csv` may have, in the first line?
    pub is_canonical: bool,
    cells: Vec<String>,
    /// Columns that are left out.
    out: Vec<String>,
}

impl Header {
    pub fn find(table: &Table, args: &RollArgs) -> Result<Self> {
        // By its number a column is found in a header that is known otherwise: the cells of voters are numbers too.
        let by_number = args.number_column.as_ref().is_some_and(|name| name.trim().parse::<usize>().is_ok());
        let mut above: Vec<(Row, Vec<String>)> = Vec::new();
        for row in table.rows().take(ROWS_LOOKED_AT) {
            let row = row.map_err(|line| table.text.at(line, not_closed()))?;
            let cells: Vec<String> = row.cells().map(one_line).collect();
            let is_header = match &args.number_column {
                Some(name) if !by_number => cells.contains(name),
                _ => cells.iter().any(|cell| kind_of(cell) == Some(Kind::Number) || is_count(cell)),
            };
            if is_header {
                let is_first = above.is_empty();
                return Self::read(table, &row, cells, is_first, args);
            }
            above.push((row, cells));
        }
        // Else in the first line that is no title: with more than one cell that holds anything.
        let is_title = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count() < 2;
        let header = above.iter().enumerate().find(|(_, (_, cells))| !is_title(cells)).filter(|_| by_number);
        if let Some((at, (row, cells))) = header {
            return Self::read(table, row, cells.clone(), at == 0, args);
        }
        let first = above.iter().find(|(_, cells)| !is_title(cells)).or(above.first());
        Err(no_numbers(table, first.map_or(&[], |(_, cells)| cells.as_slice())))
    }

    fn read(table: &Table, row: &Row, cells: Vec<String>, is_first: bool, args: &RollArgs) -> Result<Self> {
        let line = row.line;
        let at = |what: Sentence| table.text.at(line, what);
        let missing = |option: &str, name: &str| {
            let cells = cells.iter().map(|cell| shown(cell)).collect::<Vec<_>>().join(", ");
            let named = if is_at_pages() { format!("\"{name}\"") } else { format!("{option} \"{name}\"") };
            let russian = if is_at_pages() { format!("«{name}»") } else { format!("{option} «{name}»") };
            at(both!(
                "{named}: there is no such column; there are {cells}",
                "{russian}: такого столбца нет; есть {cells}"
            ))
        };
        let by_hand = ByHand::of(&cells, args).map_err(|(option, name)| missing(option, name))?;
        let ignored = all_named(&cells, &args.ignore).map_err(|name| missing("--ignore", name))?;
        let mut header = Self {
            line,
            columns: Columns::default(),
            is_canonical: is_first && cells.iter().all(|cell| CANONICAL.contains(&cell.to_lowercase().as_str())),
            cells: cells.clone(),
            out: Vec::new(),
        };
        let is_numbered =
            |(place, cell): (usize, &String)| kind_of(cell) == Some(Kind::Number) && !ignored.contains(&place);
        let has_numbers = by_hand.has(Kind::Number) || cells.iter().enumerate().any(is_numbered);
        let counted = |cell: &str| (!has_numbers && is_count(cell)).then_some(Kind::Number);
        for (place, cell) in cells.iter().enumerate() {
            if ignored.contains(&place) {
                header.out.push(shown(cell));
                continue;
            }
            let known = by_hand.at(place).or_else(|| kind_of(cell).filter(|kind| !by_hand.has(*kind)));
            let Some(kind) = known.or_else(|| counted(cell)) else {
                if is_like_weight(cell) && !by_hand.has(Kind::Weight) {
                    return Err(is_it_a_weight(&cells, place, at));
                }
                header.out.extend((!cell.is_empty()).then(|| shown(cell)));
                continue;
            };
            let column = header.columns.of(kind);
            match column {
                Some(_) if kind == Kind::Contact => header.out.push(shown(cell)),
                Some(first) => {
                    return Err(which_of_two(&cells, (*first, place), at));
                }
                None => *column = Some(place),
            }
        }
        if header.columns.number.is_none() {
            return Err(no_numbers(table, &cells));
        }
        Ok(header)
    }

    /// Cells of the header, and so of each line below it.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// What is read of a voter's line has to be texts and numbers.
    pub fn check(&self, table: &Table, row: &Row) -> Result<()> {
        let Columns { number, name, first, last, patronymic, contact, weight } = self.columns;
        for place in [number, name, first, last, patronymic, contact, weight].into_iter().flatten() {
            table.text.plain_cell(row, place, self.cells.get(place).map_or("", String::as_str))?;
        }
        Ok(())
    }

    /// What stands in each column, in words.
    pub fn told(&self) -> Sentence {
        let Columns { number, name, first, last, patronymic, contact, weight } = self.columns;
        let cell = |at: usize| self.cells.get(at).map_or_else(String::new, |cell| shown(cell));
        let names: Vec<String> = self.name_parts(first, last, patronymic, name).into_iter().map(cell).collect();
        let mut parts = vec![both!("numbers: {}", "номера: {}", number.map_or_else(String::new, cell))];
        if !names.is_empty() {
            parts.push(both!("names: {}", "имена: {}", names.join(" + ")));
        }
        parts.extend(contact.map(|at| both!("contacts: {}", "контакты: {}", cell(at))));
        parts.push(match weight {
            Some(at) => both!("weights: {}", "веса: {}", cell(at)),
            None => both!("no weights: everybody has one vote", "весов нет: у каждого один голос"),
        });
        if !self.out.is_empty() {
            parts.push(both!("left out: {}", "пропущено: {}", self.out.join(", ")));
        }
        let line = self.line;
        let parts = Sentence::of(|| parts.iter().map(|part| &**part).collect::<Vec<_>>().join("; "));
        both!("header in line {line}; {parts}", "заголовок в строке {line}; {parts}")
    }

    /// The columns of a name, in the order in which they are said.
    fn name_parts(
        &self,
        first: Option<usize>,
        last: Option<usize>,
        patronymic: Option<usize>,
        name: Option<usize>,
    ) -> Vec<usize> {
        let russian = self.cells.iter().any(|cell| matches!(plain(cell).as_str(), "фамилия" | "отчество"));
        let parts = match (first, last) {
            // фамилия, имя, отчество; here `имя` is the first name
            _ if russian => vec![last, name.or(first), patronymic],
            // nom, prénom
            (Some(_), None) => vec![first, name],
            (Some(_), Some(_)) => vec![first, last],
            (None, Some(_)) => vec![name, last],
            (None, None) => vec![name],
        };
        parts.into_iter().flatten().collect()
    }

    /// Of a voter; empty if there is none.
    pub fn name<'a>(&self, row: &'a Row) -> Cow<'a, str> {
        let Columns { name, first, last, patronymic, .. } = self.columns;
        if let (Some(name), None, None, None) = (name, first, last, patronymic) {
            let cell = row.cell(name);
            return if cell.contains(['\r', '\n']) { one_line(cell).into() } else { cell.into() };
        }
        let parts = self.name_parts(first, last, patronymic, name);
        let parts: Vec<String> =
            parts.into_iter().map(|at| one_line(row.cell(at))).filter(|part| !part.is_empty()).collect();
        parts.join(" ").into()
    }
}

/// The columns that were named on the command line.
struct ByHand(Vec<(Kind, Vec<usize>)>);

impl ByHand {
    /// # Errors
    /// An option, and what it names that is no column.
    fn of<'a>(cells: &[String], args: &'a RollArgs) -> std::result::Result<Self, (&'static str, &'a str)> {
        let options = [
            ("--number-column", Kind::Number, args.number_column.as_deref()),
            ("--name-column", Kind::Name, args.name_column.as_deref()),
            ("--contact-column", Kind::Contact, args.contact_column.as_deref()),
            ("--weight-column", Kind::Weight, args.weight_column.as_deref()),
        ];
        let given = options.into_iter().filter_map(|(option, kind, name)| Some((option, kind, name?)));
        let found = given.map(|(option, kind, name)| {
            let places = named(cells, name);
            if places.is_empty() { Err((option, name)) } else { Ok((kind, places)) }
        });
        found.collect::<std::result::Result<_, _>>().map(Self)
    }

    fn at(&self, place: usize) -> Option<Kind> {
        self.0.iter().find(|(_, places)| places.contains(&place)).map(|(kind, _)| *kind)
    }

    fn has(&self, kind: Kind) -> bool {
        self.0.iter().any(|(named, _)| *named == kind)
    }
}

impl Columns {
    fn of(&mut self, kind: Kind) -> &mut Option<usize> {
        match kind {
            Kind::Number => &mut self.number,
            Kind::Name => &mut self.name,
            Kind::First => &mut self.first,
            Kind::Last => &mut self.last,
            Kind::Patronymic => &mut self.patronymic,
            Kind::Contact => &mut self.contact,
            Kind::Weight => &mut self.weight,
        }
    }
}

fn kind_of(cell: &str) -> Option<Kind> {
    // The sign of numbers has no letter.
    if matches!(cell, "№" | "#" | "Nº" | "N°") {
        return Some(Kind::Number);
    }
    let plain = plain(cell);
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(kind, _)| *kind)
}

fn is_count(cell: &str) -> bool {
    COUNTS.contains(&plain(cell).as_str())
}

fn is_it_a_weight(heads: &[String], place: usize, at: impl FnOnce(Sentence) -> Failure) -> Failure {
    let (cell, typed) = (heads.get(place).map_or_else(String::new, |cell| shown(cell)), to_type(heads, place));
    let chosen = to_choose(heads, place);
    let ways = ["weight_column", "ignore"].map(|field| Way::new(field, &chosen, cell.as_str()));
    let failure = at(both!("is \"{cell}\" how many votes a voter has?", "«{cell}» — это число голосов избирателя?"))
        .ways(ways.to_vec());
    if is_at_pages() {
        return failure;
    }
    failure.next(both!(
        "If it is: --weight-column {typed}; if not: --ignore {typed}",
        "Если да: --weight-column {typed}; если нет: --ignore {typed}"
    ))
}

fn which_of_two(heads: &[String], (one, other): (usize, usize), at: impl FnOnce(Sentence) -> Failure) -> Failure {
    let cell = |place: usize| heads.get(place).map_or_else(String::new, |cell| shown(cell));
    let typed = to_type(heads, other);
    // Taken is the one whose fellow is left out.
    let ways = [one, other].map(|place| Way::new("ignore", to_choose(heads, place), cell(place)));
    let (one, other) = (cell(one), cell(other));
    let failure = at(both!(
        "\"{one}\" and \"{other}\" may be the same: which of them is it?",
        "«{one}» и «{other}» могут значить одно и то же: какой столбец брать?"
    ))
    .ways(ways.to_vec());
    if is_at_pages() {
        return failure.next(both!("Leave one out.", "Пропустите один."));
    }
    failure.next(both!("Leave one out: --ignore {typed}", "Пропустите один: --ignore {typed}"))
}

fn no_numbers(table: &Table, heads: &[String]) -> Failure {
    let (source, cells) = (&table.text.source, heads.iter().map(|cell| shown(cell)).collect::<Vec<_>>().join(", "));
    let filled = (1..).zip(heads).filter(|(_, cell)| !cell.is_empty());
    let ways =
        filled.map(|(number, cell): (usize, _)| Way::new("number_column", number.to_string(), shown(cell))).collect();
    let failure = Failure::usage(both!(
        "{source}: none of the first lines is a header with a column \"number\"; the first has {cells}",
        "{source}: ни одна из первых строк не похожа на заголовок со столбцом «number»; в первой {cells}"
    ))
    .ways(ways);
    if is_at_pages() {
        return failure.next(both!(
            "Say which column has the numbers. This line is the header then; if it is a voter already, write one above it: number, name, \
             contact, weight.",
            "Скажите, в каком столбце номера. Тогда эта строка — заголовок; если это уже избиратель, впишите над ней строку: номер, имя, \
             контакт, вес."
        ));
    }
    failure.next(both!(
        "Write a first line number,name,contact,weight; or say which column has the numbers: --number-column \"...\"",
        "Напишите первую строку number,name,contact,weight или скажите, в каком столбце номера: --number-column \"...\""
    ))
}
