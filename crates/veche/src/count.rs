//! `veche count FILE`: ballots that somebody has, counted without a server, by the functions that count an election.

use std::path::PathBuf;

use clap::Args;
use veche_election::{
    Draft, ElectionResult, Hash, Marks, Method, Secrecy, Tally, Vote,
    board::Heads,
    manifest::TOTAL_WEIGHT_MAX,
    result::Basis,
    roll::Weight,
    rules::{Blanks, TieStep},
};

use crate::{
    args::{Format, RuleArgs, excel_help, json_help, one_of},
    ballots::{BallotArgs, Ballots},
    chart,
    config::ElectionFile,
    export::{self, OpenVote, Sheet},
    failure::{Failure, Result},
    html::{self, BallotFile, Facts},
    lang::{self, Language, tr},
    russian,
    show::{self, safe},
    table,
};

#[derive(Args)]
pub struct CountArgs {
    #[arg(help = tr!("The ballots: a CSV, a workbook or ABIF", "Бюллетени: CSV, книга или ABIF"))]
    file: PathBuf,
    #[arg(long, value_parser = one_of::<Method>(), help = tr!(
        "sum: scores are added up; mean: divided by those who gave one; median: the middle score; majority-judgment: the middle grade, \
         then those around it",
        "sum: оценки складываются; mean: делятся на число оценивших; median: средняя по порядку; majority-judgment: средняя по порядку, \
         затем соседние"))]
    rule: Method,
    #[command(flatten)]
    decided: RuleArgs,
    #[arg(long, help = tr!("The title [default: the file's name]", "Название [имя файла]"))]
    title: Option<String>,
    #[command(flatten)]
    ballots: BallotArgs,
    #[arg(long, value_enum, default_value = "table", help = tr!("How to show it", "Как показать"))]
    format: Format,
    #[arg(long, value_enum, help = tr!("In this language [default: yours]", "На этом языке [на вашем]"))]
    lang: Option<Language>,
    #[arg(long, help = excel_help())]
    excel: bool,
    #[arg(long, help = json_help())]
    json: bool,
}

pub fn run(args: &CountArgs) -> Result<()> {
    let (source, _) = table::names(&args.file);
    let ballots = Ballots::open(&args.file, &args.ballots)?;
    ballots.told.iter().for_each(|line| eprintln!("{}", safe(line)));
    let draft = draft(args, &source, &ballots)?;
    let marks = ballots.checked(&source, &draft.contests)?;
    let (count, weight) = ballots.counted();
    if weight > TOTAL_WEIGHT_MAX {
        return Err(Failure::usage(tr!(
            "{source}: the weights add up to more than 2^40",
            "{source}: сумма весов больше 2^40"
        )));
    }
    let mut tally = Tally::open(&draft.contests);
    for (ballot, marks) in ballots.ballots.iter().zip(&marks) {
        // As often as it stands there: equal ballots of a line weigh as much as one of their weight.
        if let Some(weight) = Weight::new(ballot.count.saturating_mul(ballot.weight)) {
            tally.add(&Vote::Open(marks.clone()), weight);
        }
    }
    let histograms = tally.histograms().ok_or_else(|| Failure::other("open ballots are counted in the open"))?;
    let all = Heads { voters: count, weight };
    let basis = Basis { ballots: count, weight, histograms, lot: None, roll: all, at_closing: all, withdrawn: &[] };
    let result =
        ElectionResult::of_draft(draft.id(), &draft, &basis).ok_or_else(|| Failure::other("no lot decides here"))?;
    let sheet = Sheet { excel: args.excel, language: args.lang };
    let format = if args.json { Format::Json } else { args.format };
    print!("{}", lang::within(args.lang, || shown(format, sheet, &draft, &result, &ballots, &marks, source)));
    Ok(())
}

fn draft(args: &CountArgs, source: &str, ballots: &Ballots) -> Result<Draft> {
    if args.decided.ties.contains(&TieStep::Lot) {
        return Err(Failure::usage(tr!(
            "a lot is drawn in an election, not when ballots of a file are counted",
            "жребий тянут на выборах, а не при подсчёте бюллетеней из файла"
        ))
        .next(tr!(
            "Leave lot out of --ties: equals are shown as equal.",
            "Уберите lot из --ties: равные будут показаны равными."
        )));
    }
    let ends_matter = args.decided.blanks_worst
        || args.decided.phantoms.is_some()
        || args.decided.ties.iter().any(|step| matches!(step, TieStep::MoreBest | TieStep::FewerWorst));
    if ends_matter && !ballots.scale_is_certain {
        let scale = ballots.questions.first().map_or("", |question| question.scale.as_str());
        return Err(Failure::usage(tr!(
            "{source} does not say where its scale ends, and this rule depends on it",
            "{source} не говорит, где кончается шкала, а правило от этого зависит"
        ))
        .next(tr!("Write it, such as --scale {scale}", "Напишите её, например --scale {scale}")));
    }
    let title = args.title.clone().unwrap_or_else(|| ballots.title.clone());
    let mut contests = ballots.contests();
    for contest in contests.iter_mut().filter(|contest| contest.title == ballots.title) {
        contest.title.clone_from(&title);
    }
    let contests = contests.into_iter().map(|contest| args.decided.decides(contest)).collect::<Result<Vec<_>>>()?;
    let file =
        ElectionFile { roll_scale: ballots.roll_scale, ..ElectionFile::of(&title, contests, args.rule, Secrecy::Open) };
    // Whoever counts the same file by the same rule has the same draft.
    let draft = file.draft(ballots.hash.0)?;
    draft.check().map_err(|error| russian::manifest(&error))?;
    debug_assert!(draft.contests.iter().all(|contest| contest.rule.blanks == Blanks::Ignored || ends_matter));
    Ok(draft)
}

fn shown(
    format: Format,
    sheet: Sheet,
    draft: &Draft,
    result: &ElectionResult,
    ballots: &Ballots,
    marks: &[Vec<Marks>],
    file: String,
) -> String {
    let votes = || -> Vec<OpenVote> {
        let times = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let lines = ballots.ballots.iter().zip(marks);
        lines
            .flat_map(|(ballot, marks)| std::iter::repeat_n((ballot.weight, marks.as_slice()), times(ballot.count)))
            .collect()
    };
    let facts = |hash: Hash| Facts { ballots: Some(BallotFile { name: file.clone(), hash }), ..Facts::default() };
    match format {
        Format::Table => show::table_of_ballots(draft, result),
        Format::Json => json(result, ballots, &file) + "\n",
        Format::Csv => export::official(draft, result, sheet),
        Format::CsvRaw => export::raw(draft, &votes()),
        Format::Abif => export::abif(draft, &votes()),
        Format::Svg => chart::svg(draft, result),
        Format::Html => html::report(draft, result, &facts(ballots.hash)),
    }
}

/// As of an election, but for what only an election has.
fn json(result: &ElectionResult, ballots: &Ballots, file: &str) -> String {
    let mut value = serde_json::to_value(result).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        for only_of_elections in ["v", "election", "voters", "voters_weight", "lot"] {
            members.remove(only_of_elections);
        }
        let counted = serde_json::json!({ "name": file, "sha256": ballots.hash, "format": ballots.format });
        members.insert("file".into(), counted);
        members.insert("multiplied".into(), ballots.factor.into());
    }
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
