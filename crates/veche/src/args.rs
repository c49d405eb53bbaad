//! What several commands take on the command line, and how it is explained.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use veche_election::choice::Choice;

use crate::lang::tr;

#[derive(Args)]
pub struct ActArgs {
    #[arg(help = target_help())]
    pub target: String,
    #[arg(long, help = tr!("The organiser's key [default: DIR/organiser.key]", "Ключ организатора [DIR/organiser.key]"))]
    pub key: Option<PathBuf>,
}

#[derive(Args)]
pub struct ReasonArgs {
    #[command(flatten)]
    pub act: ActArgs,
    #[arg(long, help = reason_help())]
    pub reason: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Table,
    Json,
    /// The official result, for spreadsheets.
    Csv,
    /// Open ballots as they were given.
    CsvRaw,
    /// Open ballots for other counting programs.
    Abif,
    /// A picture of each contest.
    Svg,
    /// One page that needs nothing else.
    Html,
}

/// One of the organiser's choices, by the name that it has in the manifest.
pub fn one_of<T: Choice>() -> impl TypedValueParser<Value = T> {
    let names = PossibleValuesParser::new(T::ALL.iter().map(|choice| choice.name()));
    names.try_map(|name| T::named(&name).ok_or("no such choice"))
}

pub fn ca_help() -> String {
    tr!(
        "Trust this certificate authority (PEM) alone for https [also: VECHE_CA; default: those that browsers trust]",
        "Для https верить только этому центру сертификации (PEM) [и так: VECHE_CA; обычно: те, кому верят браузеры]"
    )
}

pub fn dir_help() -> String {
    tr!("The election's folder", "Папка выборов")
}

pub fn target_help() -> String {
    tr!("The election's folder, or http://address", "Папка выборов или http://адрес")
}

pub fn json_help() -> String {
    tr!(
        "JSON on standard output, everything else on standard error",
        "JSON в стандартный вывод, прочее — в поток ошибок"
    )
}

pub fn number_help() -> String {
    tr!("The voter's number", "Номер избирателя")
}

pub fn key_help() -> String {
    tr!("The organiser's key [default: DIR/organiser.key]", "Ключ организатора [DIR/organiser.key]")
}

pub fn reason_help() -> String {
    tr!("Why; stands in the public log", "Почему; видно в публичном журнале")
}

pub fn time_help() -> String {
    tr!(
        "2026-12-01T10:00:00+03:00, or from now +90m, +2h, +3d",
        "2026-12-01T10:00:00+03:00 или от сейчас: +90m, +2h, +3d"
    )
}
