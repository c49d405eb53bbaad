//! What several commands take on the command line, and how it is explained.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use veche_election::{
    choice::Choice,
    manifest::Better,
    rules::{Blanks, Quota, Threshold, TieStep},
};

use crate::{
    config::ContestFile,
    export::Sheet,
    failure::{Failure, Result},
    lang::{Language, tr},
};

#[derive(Args)]
pub struct ActArgs {
    #[arg(help = target_help())]
    pub target: String,
    #[arg(long, help = tr!("The organiser's key [default: DIR/organiser.key]",
        "Ключ организатора [по умолчанию: DIR/organiser.key]"))]
    pub key: Option<PathBuf>,
}

#[derive(Args)]
pub struct ReasonArgs {
    #[command(flatten)]
    pub act: ActArgs,
    #[arg(long, help = reason_help())]
    pub reason: String,
}

/// How a contest is decided, beside its method.
#[derive(Default, Args)]
pub struct RuleArgs {
    #[arg(long, value_parser = one_of::<Better>(), help = tr!("Which end of the scale is the good one [default: higher]",
        "Какой конец шкалы лучший [по умолчанию: higher, больший]"))]
    pub better: Option<Better>,
    #[arg(long, help = tr!("How many are elected [default: 1]", "Сколько мест [по умолчанию: 1]"))]
    pub seats: Option<u32>,
    #[arg(long, help = tr!("What a score must reach: \">=3\", \">1/2\"",
        "Какой должна быть оценка избранного: \">=3\", \">1/2\""))]
    pub pass: Option<String>,
    #[arg(long, help = tr!("A candidate who is rated by fewer is not ranked: 10, or 1/4 of the ballots",
        "У кого оценивших меньше, тот места не получает: 10 или 1/4 бюллетеней"))]
    pub raters: Option<String>,
    #[arg(long, help = tr!("The candidate that means none of them", "Кандидат, означающий «против всех»"))]
    pub none: Option<String>,
    #[arg(long, value_parser = one_of::<TieStep>(), value_delimiter = ',', help = tr!(
        "What decides between equal scores, in this order: more-raters, fewer-worst (scores), more-best, another rule, and at the end the \
         lot [default: equals stay equal]",
        "Что решает при равенстве, по порядку: more-raters (больше оценивших), fewer-worst (меньше худших оценок), \
         more-best (больше лучших), другое правило и последним lot, жребий [по умолчанию: равные остаются равными]"))]
    pub ties: Vec<TieStep>,
    #[arg(long, help = tr!("Count * as the worst level [default: it does not count]",
        "Считать * худшей оценкой [по умолчанию: * не считается]"))]
    pub blanks_worst: bool,
    #[arg(long, help = tr!("Add so many worst scores to each candidate who was rated",
        "Столько худших оценок добавить каждому, кого оценили"))]
    pub phantoms: Option<u64>,
}

impl RuleArgs {
    /// A contest that is decided so.
    pub fn decides(&self, contest: ContestFile) -> Result<ContestFile> {
        Ok(ContestFile {
            better: self.better.unwrap_or(Better::Higher),
            seats: self.seats.unwrap_or(1),
            pass: self.pass.as_deref().map(|text| read_rule(text, Threshold::parse, "--pass")).transpose()?,
            raters: self.raters.as_deref().map(|text| read_rule(text, Quota::parse, "--raters")).transpose()?,
            none: self.none.clone(),
            ties: self.ties.clone(),
            blanks: if self.blanks_worst { Blanks::Worst } else { Blanks::Ignored },
            phantoms: self.phantoms.unwrap_or(0),
            ..contest
        })
    }
}

/// A quota or threshold as it was typed.
pub fn read_rule<T>(text: &str, parse: fn(&str) -> Option<T>, option: &str) -> Result<T> {
    let example = tr!("numbers and fractions in lowest terms", "числа и несократимые дроби");
    parse(text).ok_or_else(|| Failure::usage(format!("{option} \"{text}\"? {example}: 10, 1/4; >=3, >1/2")))
}

/// How a result is given out.
#[derive(Args)]
pub struct OutputArgs {
    #[arg(long, value_enum, conflicts_with = "json", help = tr!("How to show it [default: table]",
        "Как показать [по умолчанию: table]"))]
    format: Option<Format>,
    #[arg(long, value_enum, help = tr!("In this language [default: yours]", "На этом языке [по умолчанию: ваш]"))]
    pub lang: Option<Language>,
    #[arg(long, help = excel_help())]
    excel: bool,
    #[arg(long, help = json_help())]
    json: bool,
}

impl OutputArgs {
    /// # Errors
    /// An option that would have no effect.
    pub fn format(&self) -> Result<Format> {
        let format = if self.json { Format::Json } else { self.format.unwrap_or(Format::Table) };
        if self.excel && format != Format::Csv {
            return Err(Failure::usage(tr!(
                "--excel goes with --format csv alone",
                "--excel бывает только с --format csv"
            )));
        }
        Ok(format)
    }

    pub fn sheet(&self) -> Sheet {
        Sheet { excel: self.excel, language: self.lang }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
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
        "Trust this certificate authority (PEM) alone for https and mail servers [also: VECHE_CA; default: those that browsers trust]",
        "Для https и почты верить только этому центру сертификации (PEM) [или VECHE_CA; по умолчанию: те, кому верят браузеры]"
    )
}

/// What stands below the help of a command. In Russian the folder is called as in the Russian guides.
pub fn examples(lines: &[&str]) -> String {
    let english: String = lines.iter().map(|line| format!("\n  {line}")).collect();
    let russian = english.replace("board2027", "pravlenie");
    match lines {
        [_] => tr!("Example:{english}", "Пример:{russian}"),
        _ => tr!("Examples:{english}", "Примеры:{russian}"),
    }
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

fn excel_help() -> String {
    tr!(
        "With --format csv: the mark, separator and decimal point that Excel expects in the language of --lang",
        "С --format csv: метка, разделитель и десятичная запятая, каких Excel ждёт на языке --lang"
    )
}

pub fn number_help() -> String {
    tr!("The voter's number", "Номер избирателя")
}

pub fn key_help() -> String {
    tr!("The organiser's key [default: DIR/organiser.key]", "Ключ организатора [по умолчанию: DIR/organiser.key]")
}

pub fn reason_help() -> String {
    tr!("Why; stands in the public log", "Причина; её видно в публичном журнале")
}

pub fn time_help() -> String {
    tr!(
        "2026-12-01 10:00 (of your zone), 2026-12-01T10:00:00+03:00, or from now +90m, +2h, +3d",
        "2026-12-01 10:00 (по вашему поясу), 2026-12-01T10:00:00+03:00 или отсчёт от этой минуты: +90m, +2h, +3d"
    )
}
