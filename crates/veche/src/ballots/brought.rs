//! A file of ballots as it was brought: its text, its table, and the columns that were named on the command line.

use std::collections::BTreeSet;

use veche_election::manifest::{CANDIDATES_MAX, CONTESTS_MAX};

use super::BallotArgs;
use crate::{
    failure::{Failure, Result},
    lang::tr,
    table::{
        Row, Table,
        heads::{all_named, named},
        not_closed, one_line, shown,
    },
};

/// All candidates of all contests that an election can have, and what else is said of a ballot.
const COLUMNS_MAX: usize = CONTESTS_MAX * CANDIDATES_MAX + 100;

/// A file of ballots: its text, and where it is a table, that.
pub struct Brought<'a> {
    pub table: Table<'a>,
    pub rows: Vec<Row>,
    /// The names of the columns.
    pub heads: Vec<String>,
    /// Those that were named on the command line.
    pub chosen: Chosen,
    pub title: &'a str,
    pub args: &'a BallotArgs,
    /// Names all formats that can be read, for a refusal.
    pub known: fn() -> String,
}

impl<'a> Brought<'a> {
    pub fn new(table: Table<'a>, title: &'a str, args: &'a BallotArgs, known: fn() -> String) -> Result<Self> {
        let rows = rows(&table)?;
        let heads: Vec<String> = rows.first().map_or_else(Vec::new, |head| head.cells().map(one_line).collect());
        let chosen = Chosen::of(&table.text.source, &heads, args)?;
        Ok(Self { table, rows, heads, chosen, title, args, known })
    }

    pub fn head(&self, place: usize) -> &str {
        self.heads.get(place).map_or("", String::as_str)
    }

    pub fn head_line(&self) -> u64 {
        self.rows.first().map_or(1, |row| row.line)
    }

    /// The lines below the header.
    pub fn lines(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().skip(1)
    }
}

/// The columns that were named on the command line.
pub struct Chosen {
    candidates: Option<BTreeSet<usize>>,
    ignored: BTreeSet<usize>,
    weight: Vec<usize>,
}

impl Chosen {
    fn of(source: &str, heads: &[String], args: &BallotArgs) -> Result<Self> {
        let missing = |option: &str, one: &str| {
            let heads = heads.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            Failure::usage(tr!(
                "{option} \"{one}\": {source} has no such column; it has {heads}",
                "{option} «{one}»: в {source} такого столбца нет; есть {heads}"
            ))
        };
        let all = |option, given| all_named(heads, given).map_err(|one| missing(option, one));
        let weight = match &args.weight_column {
            Some(one) => Some(named(heads, one))
                .filter(|places| !places.is_empty())
                .ok_or_else(|| missing("--weight-column", one))?,
            None => Vec::new(),
        };
        let candidates = all("--columns", &args.columns)?;
        let candidates = Some(candidates).filter(|_| !args.columns.is_empty());
        Ok(Self { candidates, ignored: all("--ignore", &args.ignore)?, weight })
    }

    /// By what was said, if anything was.
    pub fn role(&self, place: usize) -> Option<Role> {
        if self.weight.contains(&place) {
            return Some(Role::Weight);
        }
        match &self.candidates {
            Some(candidates) if candidates.contains(&place) => Some(Role::Candidate),
            Some(_) => Some(Role::Out),
            None => self.ignored.contains(&place).then_some(Role::Out),
        }
    }

    /// Was it said which column holds the weights?
    pub fn names_weight(&self) -> bool {
        !self.weight.is_empty()
    }
}

/// What a column of the table is.
pub enum Role {
    Candidate,
    Weight,
    Out,
    /// Without a name and without anything in it.
    Nothing,
}

fn rows(table: &Table) -> Result<Vec<Row>> {
    let checked = |row: std::result::Result<Row, u64>| {
        let row = row.map_err(|line| table.text.at(line, not_closed()))?;
        if row.width() > COLUMNS_MAX {
            let width = row.width();
            return Err(table.text.at(
                row.line,
                tr!(
                    "there are {width} cells; no election has so many candidates",
                    "ячеек {width}; столько кандидатов нет ни на одних выборах"
                ),
            ));
        }
        Ok(row)
    };
    table.rows().map(checked).collect()
}
