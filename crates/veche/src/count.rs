//! `veche count FILE`: ballots that somebody has, counted without a server, by the functions that count an election.

use std::path::PathBuf;

use clap::Args;
use veche_election::{
    Draft, ElectionResult, Method, Secrecy, Tally, Vote, Weight, result::Basis, roll::Heads, rules::TieStep,
};

use crate::{
    args::{Format, OutputArgs, RuleArgs, one_of},
    ballots::{BallotArgs, Ballots},
    chart,
    config::ElectionFile,
    export::{self, OpenVote},
    failure::{Failure, Result},
    html::{self, BallotFile, Facts},
    lang::{self, tr},
    output, russian,
    show::{self, safe},
    table,
};

#[derive(Args)]
pub struct CountArgs {
    #[arg(help = tr!("The ballots: a CSV, a workbook or ABIF", "Бюллетени: CSV, книга электронной таблицы или ABIF"))]
    file: PathBuf,
    #[arg(long, value_parser = one_of::<Method>(), help = tr!(
        "sum: scores are added up; mean: divided by those who gave one; median: the middle score; majority-judgment: the middle grade, \
         then those around it",
        "sum: оценки складываются; mean: сумма делится на число оценивших; median: средняя по порядку оценка; \
         majority-judgment: средняя по порядку, затем соседние с ней"))]
    rule: Method,
    #[command(flatten)]
    decided: RuleArgs,
    #[arg(long, help = tr!("The title [default: the file's name]", "Название [по умолчанию: имя файла]"))]
    title: Option<String>,
    #[command(flatten)]
    ballots: BallotArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: &CountArgs) -> Result<()> {
    let (source, _) = table::names(&args.file);
    let format = args.output.format()?;
    let ballots = Ballots::open(&args.file, &args.ballots)?;
    ballots.told.iter().for_each(|line| eprintln!("{}", safe(line)));
    let draft = draft(args, &source, &ballots)?;
    let marks = ballots.checked(&source, &draft.contests)?;
    let (count, weight) = ballots.counted();
    let mut tally = Tally::open(&draft.contests);
    for (ballot, marks) in ballots.ballots.iter().zip(&marks) {
        // Equal ballots of a line weigh as much as one of their weight.
        let together = Weight::new(ballot.count * ballot.weight.get());
        tally.add(&Vote::Open(marks.clone()), together.ok_or_else(|| Failure::other("a weight is no weight"))?);
    }
    let histograms = tally.histograms().ok_or_else(|| Failure::other("open ballots are counted in the open"))?;
    let all = Heads { voters: count, weight };
    let basis = Basis { ballots: count, weight, histograms, lot: None, roll: all, at_closing: all, withdrawn: &[] };
    let result =
        ElectionResult::of_draft(draft.id(), &draft, &basis).ok_or_else(|| Failure::other("no lot decides here"))?;
    let votes: Vec<OpenVote> = ballots
        .ballots
        .iter()
        .zip(&marks)
        .map(|(ballot, marks)| OpenVote { count: ballot.count, weight: ballot.weight.get(), marks })
        .collect();
    if format == Format::CsvRaw {
        output::stream(|to| export::raw(&draft, &votes, to));
        return Ok(());
    }
    let file = BallotFile { name: source, hash: ballots.hash };
    let text = lang::within(args.output.lang, || match format {
        Format::Table | Format::CsvRaw => Ok(show::table_of_ballots(&draft, &result)),
        Format::Json => json(&result, &ballots, &file.name),
        Format::Csv => Ok(export::official(&draft, &result, args.output.sheet())),
        Format::Abif => Ok(export::abif(&draft, &votes)),
        Format::Svg => Ok(chart::svg(&draft, &result)),
        Format::Html => Ok(html::report(&draft, &result, &Facts { ballots: Some(file), ..Facts::default() })),
    });
    print!("{}", text?);
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
    Ok(draft)
}

/// As of an election, but for what only an election has.
fn json(result: &ElectionResult, ballots: &Ballots, file: &str) -> Result<String> {
    let mut value = serde_json::to_value(result).map_err(Failure::other)?;
    let members = value.as_object_mut().ok_or_else(|| Failure::other("a result is an object"))?;
    for only_of_elections in ["v", "election", "voters", "voters_weight", "lot"] {
        members.remove(only_of_elections);
    }
    let counted = serde_json::json!({ "name": file, "sha256": ballots.hash, "format": ballots.format });
    members.insert("file".into(), counted);
    members.insert("multiplied".into(), ballots.factor.into());
    Ok(output::json(&value) + "\n")
}
