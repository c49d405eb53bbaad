//! `veche new`: an election from a list of candidates and a roll.

use std::path::PathBuf;

use clap::Args;
use veche_election::{Roll, RollShows, roll::Severity};
use veche_server::Home;

use crate::{
    cards,
    cli::{RevoteArg, RollShowsArg, RuleArg, dir_help, time_help},
    config::{ContestFile, ElectionFile, SCALE_DEFAULT, parse_candidates},
    failure::{Failure, Result},
    lang::tr,
    russian,
    setup::{self, Plan},
};

/// Problems shown in full; of more only the count.
const PROBLEMS_SHOWN: usize = 50;
pub const VOTERS_MAX: u64 = 10_000_000;

#[derive(Args)]
pub struct NewArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(long, conflicts_with_all = ["candidates", "scale", "rule"],
        help = tr!("Take everything from this election.toml", "Взять всё из этого election.toml"))]
    from: Option<PathBuf>,
    #[arg(long, help = tr!("The election's title [default: the folder's name]", "Название выборов [имя папки]"))]
    title: Option<String>,
    #[arg(long, required_unless_present = "from",
        help = tr!("\"Anna,Boris,Clara\", or how many", "«Анна,Борис,Вера» или сколько их"))]
    candidates: Option<String>,
    #[arg(long, conflicts_with = "roll", required_unless_present = "roll",
        help = tr!("How many voters, numbered from 1", "Сколько избирателей, с номерами от 1"))]
    voters: Option<u64>,
    #[arg(long, help = tr!("roll.csv with columns number,name,contact,weight", "roll.csv: number,name,contact,weight"))]
    roll: Option<PathBuf>,
    #[arg(long, allow_hyphen_values = true, help = tr!("1..5, 0..10, -2..2 or names: poor,good,excellent [default: 1..5]",
        "1..5, 0..10, -2..2 или названия: плохо,хорошо,отлично [1..5]"))]
    scale: Option<String>,
    #[arg(long, help = tr!("Do not allow * (no opinion)", "Не разрешать * (нет мнения)"))]
    no_blank: bool,
    #[arg(long, value_enum, required_unless_present = "from",
        help = tr!("How scores become a result", "Как из оценок выходит результат"))]
    rule: Option<RuleArg>,
    #[arg(long, value_parser = ["open", "secret"], default_value = "open",
        help = tr!("Who sees the scores", "Кто видит оценки"))]
    secrecy: String,
    #[arg(long, value_enum, help = tr!("May voters vote again? [default: last]", "Можно ли голосовать снова? [last]"))]
    revote: Option<RevoteArg>,
    #[arg(long, value_enum, help = tr!("What the published roll shows [default: number]",
        "Что видно в опубликованном списке [number]"))]
    roll_shows: Option<RollShowsArg>,
    #[arg(long, help = time_help())]
    opens: Option<String>,
    #[arg(long, help = time_help())]
    closes: Option<String>,
    #[arg(long, help = tr!("Where voters reach the server; stands on their cards", "Адрес сервера для карточек"))]
    url: Option<String>,
    #[arg(long, help = tr!("Only show what is wrong with the roll; make nothing", "Только показать ошибки списка, ничего не делать"))]
    preview: bool,
}

pub async fn run(args: NewArgs) -> Result<()> {
    if args.secrecy == "secret" {
        return Err(Failure::usage(tr!(
            "secret ballots are not in this version; use --secrecy open, where the server sees the scores",
            "тайных бюллетеней в этой версии нет; есть --secrecy open, где сервер видит оценки"
        )));
    }
    let (roll, roll_csv) = read_roll(&args)?;
    preview(&roll)?;
    if args.preview {
        return Ok(());
    }
    let home = Home::new(&args.dir);
    let voters = roll.voters.len();
    let file = election_file(&args)?;
    if file.roll_shows == RollShows::Name && roll.voters.iter().any(|voter| voter.name.is_empty()) {
        return Err(Failure::usage(tr!(
            "the published roll is to show names, but some voters have none",
            "опубликованный список должен показывать имена, а у некоторых избирателей их нет"
        )));
    }
    let plan = Plan { file, roll, roll_csv, url: args.url };
    let (election, _lock) = setup::create(&home, plan).await?;
    let dir = args.dir.display();
    println!(
        "{}",
        tr!(
            "{}\nElection id:  {}\nVoters:       {voters}\nCards:        {dir}/{}   deliver them, then delete them\n\n\
             Next:  veche check {dir}\n       veche serve {dir}\n       veche open {dir}",
            "{}\nId выборов:    {}\nИзбирателей:   {voters}\nКарточки:      {dir}/{}   раздайте и удалите\n\n\
             Дальше:  veche check {dir}\n         veche serve {dir}\n         veche open {dir}",
            election.draft().title,
            election.id(),
            if voters > cards::CARD_FILES_MAX { "cards.jsonl" } else { "cards/" }
        )
    );
    Ok(())
}

fn read_roll(args: &NewArgs) -> Result<(Roll, Option<Vec<u8>>)> {
    match (&args.roll, args.voters) {
        (Some(path), _) => {
            let bytes = std::fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
            Ok((Roll::parse(&bytes), Some(bytes)))
        }
        (None, Some(count)) if (1..=VOTERS_MAX).contains(&count) => Ok((Roll::numbered(count), None)),
        _ => {
            Err(Failure::usage(tr!("1 to 10,000,000 voters are possible", "избирателей может быть от 1 до 10 000 000")))
        }
    }
}

/// Shows every problem of the roll with its line; errors stop here.
fn preview(roll: &Roll) -> Result<()> {
    for problem in roll.problems.iter().take(PROBLEMS_SHOWN) {
        let (line, text) = (problem.line, russian::problem(problem));
        let text = match problem.severity() {
            Severity::Error => tr!("roll, line {line}: {text}", "список, строка {line}: {text}"),
            Severity::Warning => tr!("roll, line {line} (look): {text}", "список, строка {line} (взгляните): {text}"),
        };
        eprintln!("{}", crate::show::safe(&text));
    }
    let hidden = roll.problems.len().saturating_sub(PROBLEMS_SHOWN);
    if hidden > 0 {
        eprintln!("{}", tr!("... and {hidden} more", "... и ещё {hidden}"));
    }
    let (voters, problems) = (roll.voters.len(), roll.problems.len());
    if roll.has_errors() {
        return Err(Failure::usage(tr!(
            "the roll has errors ({problems} remarks, {voters} good lines); nothing was made",
            "в списке есть ошибки (замечаний {problems}, годных строк {voters}); ничего не сделано"
        ))
        .next(tr!("Mend the lines above and run the command again.", "Исправьте строки выше и повторите команду.")));
    }
    eprintln!(
        "{}",
        tr!("roll: {voters} voters, {problems} remarks", "список: избирателей {voters}, замечаний {problems}")
    );
    Ok(())
}

fn election_file(args: &NewArgs) -> Result<ElectionFile> {
    let folder = args.dir.file_name().map_or_else(|| "veche".into(), |name| name.to_string_lossy().into_owned());
    let title = args.title.clone().unwrap_or(folder);
    let mut file = match (&args.from, &args.candidates, args.rule) {
        (Some(path), _, _) => {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
            let mut file = ElectionFile::parse(&text)?;
            file.title = args.title.clone().unwrap_or(file.title);
            file
        }
        (None, Some(candidates), Some(rule)) => {
            let contest = ContestFile {
                title: title.clone(),
                candidates: parse_candidates(candidates)?,
                scale: args.scale.clone().unwrap_or_else(|| SCALE_DEFAULT.into()),
                blank: !args.no_blank,
                better: veche_election::manifest::Better::Higher,
            };
            ElectionFile::simple(&title, contest, rule.into())
        }
        _ => return Err(Failure::usage(tr!("--candidates and --rule are needed", "нужны --candidates и --rule"))),
    };
    file.revote = args.revote.map_or(file.revote, Into::into);
    file.roll_shows = args.roll_shows.map_or(file.roll_shows, Into::into);
    file.opens = args.opens.clone().or(file.opens);
    file.closes = args.closes.clone().or(file.closes);
    file.fix_times()?;
    Ok(file)
}
