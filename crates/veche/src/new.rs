//! `veche new`: an election from a list of candidates and a roll; `veche setup`: the rest of it, when its trustees have made the
//! key. What was typed goes to [`crate::making`]; here it is read, and what came of it is told.

use std::path::{Path, PathBuf};

use clap::Args;
use veche_client::link::paper_id;
use veche_election::{ContestKind, Draft, Method, Revote, Roll, RollShows, Secrecy, ceremony::spoken, rules::Quota};
use veche_server::Home;

use crate::{
    args::{RuleArgs, dir_help, one_of, read_rule, time_help},
    cards,
    config::{APPROVAL_SCALE, ContestFile, ElectionFile, TRUSTEES_DEFAULT, parse_candidates, public_address},
    failure::{Failure, Result},
    files,
    front::{Front, Terminal},
    hosted::Hosted,
    lang::{Language, tr},
    making::{self, Chosen, Made, MadeDraft, MadeElection},
    rolls::{self, RollArgs},
    setup::Plan,
    show::safe,
    words,
};

pub const VOTERS_MAX: u64 = 10_000_000;

#[derive(Args)]
pub struct NewArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(long, conflicts_with_all = ["candidates", "scale", "rule", "better", "no_blank", "seats", "pass",
        "raters", "turnout", "none", "ties", "blanks_worst", "phantoms", "lot", "approvals"],
        help = tr!("Take everything from this election.toml", "Взять всё из этого election.toml"))]
    from: Option<PathBuf>,
    #[arg(long, help = tr!("The election's title [default: the folder's name]", "Название выборов [по умолчанию: имя папки]"))]
    title: Option<String>,
    #[arg(long, required_unless_present = "from",
        help = tr!("\"Anna,Boris,Clara\", or how many", "Имена: «Анна,Борис,Вера» или число кандидатов"))]
    candidates: Option<String>,
    #[arg(long, conflicts_with = "roll", required_unless_present = "roll",
        help = tr!("How many voters, numbered from 1", "Сколько избирателей, с номерами от 1"))]
    voters: Option<u64>,
    #[arg(long, help = tr!("The roll: a CSV or workbook with columns number, name, contact, weight",
        "Список избирателей: CSV или книга электронной таблицы со столбцами number, name, contact, weight (номер, имя, \
         контакт, вес)"))]
    roll: Option<PathBuf>,
    #[command(flatten)]
    rolls: RollArgs,
    #[arg(long, allow_hyphen_values = true, help = tr!("1..5, 0..10, -2..2 or names: poor,good,excellent [default: 1..5]",
        "1..5, 0..10, -2..2 или названия: плохо,хорошо,отлично [по умолчанию: 1..5]"))]
    scale: Option<String>,
    #[arg(long, help = tr!("Do not allow * (no opinion)", "Не разрешать * (нет мнения)"))]
    no_blank: bool,
    #[arg(long, value_parser = one_of::<Method>(), required_unless_present = "from",
        help = tr!(
        "sum: scores are added up; mean: divided by those who gave one; median: the middle score; majority-judgment: the middle grade, \
         then those around it",
        "sum: оценки складываются; mean: сумма делится на число оценивших; median: средняя по порядку оценка; \
         majority-judgment: средняя по порядку, затем соседние с ней"))]
    rule: Option<Method>,
    #[arg(long, help = tr!("With a lower turnout nobody is elected: 100, or 1/2 of the roll",
        "При меньшей явке не избран никто: 100 или 1/2 списка"))]
    turnout: Option<String>,
    #[command(flatten)]
    decided: RuleArgs,
    #[arg(long, help = tr!("In an open election with a lot: what will be drawn in public",
        "В открытом голосовании со жребием: что будут тянуть или бросать при всех"))]
    lot: Option<String>,
    #[arg(long, value_parser = one_of::<Secrecy>(), help = tr!("secret: nobody sees a ballot, trustees open the sums; open: everybody sees all ballots after closing [default: secret]",
        "secret: бюллетеней не видит никто, доверенные открывают суммы; open: после закрытия все видят все бюллетени [по умолчанию: secret]"))]
    secrecy: Option<Secrecy>,
    #[arg(long, help = tr!("How many trustees share the key of a secret election [default: 3]",
        "Сколько доверенных делят ключ тайного голосования [по умолчанию: 3]"))]
    trustees: Option<u32>,
    #[arg(long, help = tr!("How many of them open the sums; fewer learn nothing [default: more than half]",
        "Сколько из них открывают суммы; меньшее число не узнает ничего [по умолчанию: больше половины]"))]
    threshold: Option<u32>,
    #[arg(long, help = tr!("Make all trustees' keys here and now, into DIR/trustees: quick, but whoever has this machine can read every ballot",
        "Создать ключи всех доверенных сразу здесь, в DIR/trustees: быстро, но у кого эта машина, тот прочтёт любой бюллетень"))]
    local_trustees: bool,
    #[arg(long, conflicts_with = "local_trustees", help = tr!("Make the draft alone, also of an open election: a host that serves it makes the keys (veche publish)",
        "Создать только черновик, в том числе открытых выборов: ключи создаст хостинг, который их ведёт (veche publish)"))]
    draft: bool,
    #[arg(long, conflicts_with_all = ["from", "scale"], help = tr!("Choose one candidate instead of scoring all",
        "Выбрать одного кандидата, а не оценивать каждого"))]
    single: bool,
    #[arg(long, conflicts_with_all = ["single", "scale", "better"], value_name = "LEAST..MOST", help = tr!(
        "How many candidates a voter may approve of; 1..3: at least one and at most three",
        "Одобрить столько кандидатов, например 1..3: не меньше одного и не больше трёх"))]
    approvals: Option<String>,
    #[arg(long, value_parser = one_of::<Revote>(), help = tr!("May voters vote again? [default: last]",
        "Можно ли голосовать снова? [по умолчанию: last, считается последний бюллетень]"))]
    revote: Option<Revote>,
    #[arg(long, value_parser = one_of::<RollShows>(), help = tr!("What the published roll shows [default: nothing if secret, number if open]",
        "Что видно в опубликованном списке [по умолчанию: тайное — nothing, открытое — number]"))]
    roll_shows: Option<RollShows>,
    #[arg(long, value_name = "DECIMALS", value_parser = clap::value_parser!(u32).range(0..=6), help = tr!(
        "How many decimals weights have; 2 allows 54.25 [default: 0]",
            "Сколько знаков после запятой у весов: 2 — это 54.25 [по умолчанию: 0]"))]
    roll_scale: Option<u32>,
    #[arg(long, help = time_help())]
    opens: Option<String>,
    #[arg(long, help = time_help())]
    closes: Option<String>,
    #[arg(long, help = tr!("Where voters reach the server; stands on their cards",
        "Адрес сервера для избирателей; стоит на карточках"))]
    url: Option<String>,
    #[arg(long, value_enum, help = tr!("The language of cards and pages [default: yours]",
        "Язык карточек и страниц [по умолчанию: ваш]"))]
    lang: Option<Language>,
    #[arg(long, help = tr!("Deliver apart: no link on the cards, no code in the letters (cards/letters.csv)",
        "Доставлять порознь: на карточках нет ссылки, в письмах (cards/letters.csv) нет кода"))]
    split_delivery: bool,
    #[arg(long, help = weights_help())]
    weights_show_votes: bool,
    #[arg(long, help = tr!("Only show how the roll was read, what is wrong with it, and what was chosen; make nothing",
        "Только показать, как прочитан список, что в нём не так и что выбрано; ничего не создавать"))]
    preview: bool,
}

pub async fn run(args: NewArgs) -> Result<()> {
    let mut terminal = Terminal::default();
    // With --preview nothing else has to be there yet.
    let scale = match election_file(&args) {
        Err(error) if !args.preview => return Err(error),
        file => file.map_or(args.roll_scale.unwrap_or(0), |file| file.roll_scale),
    };
    let (roll, roll_csv) = read_roll(&args, scale, &mut terminal)?;
    if args.preview {
        tell_chosen(&Plan::new(election_file(&args)?)?.draft);
        return Ok(());
    }
    let file = election_file(&args)?;
    let NewArgs { local_trustees, draft: draft_alone, weights_show_votes, .. } = args;
    let chosen = Chosen { file, roll, roll_csv, local_trustees, draft_alone, weights_show_votes };
    match making::make(&Home::new(&args.dir), chosen, &mut terminal).await? {
        Made::Draft(made) => {
            let MadeDraft { draft, weights } = *made;
            tell_chosen(&draft);
            if let Some(told) = weights {
                eprintln!("{told}\n");
            }
            if draft_alone {
                tell_publishing(&args.dir, &draft);
            } else {
                tell_next_steps(&args.dir, &draft);
            }
        }
        Made::Election(made) => tell_made(&args.dir, &made),
    }
    Ok(())
}

/// `veche setup DIR`.
pub async fn finish(dir: &Path, url: Option<String>, weights_show_votes: bool) -> Result<()> {
    let mut terminal = Terminal::default();
    let made = making::finish(&Home::new(dir), url.as_deref(), weights_show_votes, &mut terminal).await?;
    tell_made(dir, &made);
    Ok(())
}

/// The election is made when its trustees have made its key.
pub fn tell_next_steps(dir: &Path, draft: &Draft) {
    let plan = draft.trustees.unwrap_or(TRUSTEES_DEFAULT);
    let (count, threshold, dir) = (plan.count, plan.threshold, dir.display());
    println!(
        "{}",
        tr!(
            "{}: a secret election, whose key the trustees make now. Any {threshold} of {count} open the sums; fewer learn nothing.\n\n\
             1. You:   veche serve {dir}\n\
             2. Each:  veche trustee register --at http://ADDRESS --number 1..{count} --name NAME --key FILE\n\
             3. Each:  veche trustee deal --at http://ADDRESS --key FILE      (when all have registered)\n\
             4. Each:  veche trustee accept --at http://ADDRESS --key FILE    (when all have dealt)\n\
             5. You:   stop the server, then  veche setup {dir}\n\n\
             docs/trustee.md is written for them. If you have nobody to ask: veche new ... --local-trustees",
            "{}: тайное голосование. Его ключ создают {count} доверенных; любые {threshold} откроют суммы, меньшее число не узнает ничего.\n\n\
             1. Вы:      veche serve {dir}\n\
             2. Каждый:  veche trustee register --at http://АДРЕС --number 1..{count} --name ИМЯ --key ФАЙЛ\n\
             3. Каждый:  veche trustee deal --at http://АДРЕС --key ФАЙЛ      (когда все сделали register)\n\
             4. Каждый:  veche trustee accept --at http://АДРЕС --key ФАЙЛ    (когда все сделали deal)\n\
             5. Вы:      остановите сервер, затем  veche setup {dir}\n\n\
             Для них написан docs/trustee.ru.md. Некого просить? Тогда veche new ... --local-trustees",
            draft.title
        )
    );
}

/// The host makes the keys, and trustees make theirs there.
pub fn tell_publishing(dir: &Path, draft: &Draft) {
    let dir = dir.display();
    println!(
        "{}",
        tr!(
            "{}: a draft for a host. Next:  veche publish {dir} --host ADDRESS --invitation CODE",
            "{}: черновик для хостинга. Дальше:  veche publish {dir} --host АДРЕС --invitation КОД",
            draft.title
        )
    );
}

pub fn weights_help() -> String {
    tr!(
        "Make the election although sums of its weights will show how some have voted",
        "Создать выборы, хотя суммы весов покажут, как голосовали некоторые"
    )
}

/// What was chosen, by the organiser or by default: nobody should learn of a rule at the result.
fn tell_chosen(draft: &Draft) {
    println!("{}", tr!("Chosen", "Выбрано"));
    for line in words::chosen(draft, safe) {
        println!("  - {line}");
    }
    println!();
}

fn tell_made(dir: &Path, made: &MadeElection) {
    let MadeElection { election, voters, rehearsed } = made;
    let at_host = Hosted::of(&Home::new(dir)).is_ok_and(|hosted| hosted.is_some());
    let serve = if at_host { "publish" } else { "serve" };
    let dir = dir.display();
    tell_chosen(election.draft());
    println!(
        "{}",
        tr!(
            "{}\nElection id:  {}\nVoters:       {voters}\nCards:        {dir}/{}   deliver them, then delete them\n\n\
             Next:  veche check {dir}\n       veche {serve} {dir}\n       veche open {dir}",
            "{}\nId выборов:    {}\nИзбирателей:   {voters}\nКарточки:      {dir}/{}   раздайте их и удалите\n\n\
             Дальше:  veche check {dir}\n         veche {serve} {dir}\n         veche open {dir}",
            election.draft().title,
            paper_id(election.id()),
            if *voters > cards::CARD_FILES_MAX { "cards.jsonl" } else { "cards/" }
        )
    );
    let Some(plan) = election.draft().trustees else { return };
    if !*rehearsed {
        println!(
            "\n{}",
            tr!(
                "Before opening each trustee runs: veche trustee rehearse --at http://ADDRESS --key FILE\n\
                 and compares this code with you:  {}",
                "До открытия каждый доверенный:  veche trustee rehearse --at http://АДРЕС --key ФАЙЛ\n\
                 и сверяет с вами этот код:       {}",
                spoken(election.id())
            )
        );
    }
    println!(
        "{}",
        tr!(
            "After closing, any {}:            veche trustee open --at http://ADDRESS --key FILE",
            "После закрытия любые {}:        veche trustee open --at http://АДРЕС --key ФАЙЛ",
            plan.threshold
        )
    );
}

fn read_roll(args: &NewArgs, scale: u32, front: &mut dyn Front) -> Result<(Roll, Option<Vec<u8>>)> {
    match (&args.roll, args.voters) {
        (Some(path), _) => {
            let bytes = files::read_at_most(path, rolls::FILE_MAX_BYTES)?;
            let read = rolls::read(path.display().to_string(), &bytes, scale, &args.rolls)?;
            let read = making::accept_roll(read, front)?;
            Ok((read.roll, Some(read.csv)))
        }
        (None, Some(count)) if (1..=VOTERS_MAX).contains(&count) => Ok((Roll::numbered(count).at_scale(scale), None)),
        _ => {
            Err(Failure::usage(tr!("1 to 10,000,000 voters are possible", "избирателей может быть от 1 до 10 000 000")))
        }
    }
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
            let kind = if args.single { ContestKind::Single } else { ContestKind::Score };
            let contest = ContestFile {
                scale: args.scale.clone().or_else(|| args.approvals.as_ref().map(|_| APPROVAL_SCALE.into())),
                blank: !args.no_blank && args.approvals.is_none(),
                approvals: args.approvals.clone(),
                turnout: args.turnout.as_deref().map(|text| read_rule(text, Quota::parse, "--turnout")).transpose()?,
                ..ContestFile::new(&title, kind, parse_candidates(candidates)?)
            };
            let contest = args.decided.decides(contest)?;
            ElectionFile { lot: args.lot.clone(), ..ElectionFile::simple(&title, contest, rule, Secrecy::Secret) }
        }
        _ => return Err(Failure::usage(tr!("--candidates and --rule are needed", "нужны --candidates и --rule"))),
    };
    file.secrecy = args.secrecy.unwrap_or(file.secrecy);
    file.trustees = args.trustees.or(file.trustees);
    file.threshold = args.threshold.or(file.threshold);
    file.revote = args.revote.unwrap_or(file.revote);
    file.roll_shows = args.roll_shows.or(file.roll_shows);
    file.roll_scale = args.roll_scale.unwrap_or(file.roll_scale);
    file.opens = args.opens.clone().or(file.opens);
    file.closes = args.closes.clone().or(file.closes);
    file.url = args.url.as_deref().map(public_address).transpose()?.or(file.url);
    file.lang = args.lang.or(file.lang);
    file.split_delivery |= args.split_delivery;
    file.fix_times()?;
    Ok(file)
}
