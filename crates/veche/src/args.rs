//! What several commands take on the command line, and how it is explained.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use veche_election::{Method, Revote, RollShows, Secrecy, manifest::Better, rules::TieStep};

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

#[derive(Clone, Copy, ValueEnum)]
pub enum RuleArg {
    Sum,
    Mean,
    Median,
    MajorityJudgment,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum TieArg {
    Sum,
    Mean,
    Median,
    MajorityJudgment,
    MoreRaters,
    MoreBest,
    FewerWorst,
    Lot,
}

impl From<TieArg> for TieStep {
    fn from(step: TieArg) -> Self {
        match step {
            TieArg::Sum => Self::Sum,
            TieArg::Mean => Self::Mean,
            TieArg::Median => Self::Median,
            TieArg::MajorityJudgment => Self::MajorityJudgment,
            TieArg::MoreRaters => Self::MoreRaters,
            TieArg::MoreBest => Self::MoreBest,
            TieArg::FewerWorst => Self::FewerWorst,
            TieArg::Lot => Self::Lot,
        }
    }
}

impl From<RuleArg> for Method {
    fn from(rule: RuleArg) -> Self {
        match rule {
            RuleArg::Sum => Self::Sum,
            RuleArg::Mean => Self::Mean,
            RuleArg::Median => Self::Median,
            RuleArg::MajorityJudgment => Self::MajorityJudgment,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum BetterArg {
    Higher,
    Lower,
}

impl From<BetterArg> for Better {
    fn from(better: BetterArg) -> Self {
        match better {
            BetterArg::Higher => Self::Higher,
            BetterArg::Lower => Self::Lower,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RevoteArg {
    Last,
    Never,
}

impl From<RevoteArg> for Revote {
    fn from(revote: RevoteArg) -> Self {
        match revote {
            RevoteArg::Last => Self::Last,
            RevoteArg::Never => Self::Never,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RollShowsArg {
    Number,
    Name,
    Nothing,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SecrecyArg {
    Secret,
    Open,
}

impl From<SecrecyArg> for Secrecy {
    fn from(secrecy: SecrecyArg) -> Self {
        match secrecy {
            SecrecyArg::Secret => Self::Secret,
            SecrecyArg::Open => Self::Open,
        }
    }
}

impl From<RollShowsArg> for RollShows {
    fn from(shows: RollShowsArg) -> Self {
        match shows {
            RollShowsArg::Number => Self::Number,
            RollShowsArg::Name => Self::Name,
            RollShowsArg::Nothing => Self::Nothing,
        }
    }
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
