//! `veche mail`: letters to voters, with the link to the ballot; the code goes another way. `letter` is what they say, `people` who
//! gets one, `journal` who has had one, `smtp` the dialogue with the mail server, `delivery` a run. Here is what is typed, and said
//! of it.

use std::{
    collections::BTreeMap,
    future::pending,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use veche_election::VoterNumber;
use veche_server::{Home, home};

use crate::{
    args::{dir_help, json_help},
    failure::{Failure, Result},
    files,
    front::Terminal,
    lang::{Language, both, tr},
    mail_address::MailAddress,
    output, progress, prompt,
    show::safe,
    voters,
};

pub mod delivery;
pub mod journal;
pub mod letter;
pub mod people;
pub mod smtp;
pub mod table;
pub mod trial;

use delivery::{Again, Courier, Delivered, Plan, Report};
use journal::{Became, JOURNAL_FILE, Journal, Line};
use letter::{Kind, Letter};
use people::{Mailing, People, Unreached, Wish};
use trial::Trial;

/// Fewer than most providers take ill.
pub const PER_MINUTE_DEFAULT: u32 = 60;
pub const PER_MINUTE_MAX: u32 = 100_000;
/// Voters that are named in a list; the rest is counted, and stands in the journal.
const NAMED_MAX: usize = 20;

#[derive(Args)]
pub struct MailArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["preview", "csv", "resend", "arrived", "retry_refused"], help = tr!(
        "Send one letter here, as a voter would get it, and compare what arrives",
        "Отправить сюда одно письмо, какое получил бы избиратель, и сравнить, что дошло"))]
    test: Option<String>,
    #[arg(long, conflicts_with_all = ["csv", "arrived"], help = tr!("Show the letter, and to how many it would go; send nothing",
        "Показать письмо и скольким оно уйдёт; ничего не отправлять"))]
    preview: bool,
    #[arg(long, conflicts_with = "with_code", help = tr!(
        "Remind those who have not voted, without a link; nobody within 20 hours of the last time",
        "Напомнить тем, кто не голосовал, без ссылки; никому чаще чем раз в 20 часов"))]
    remind: bool,
    #[arg(long, value_delimiter = ',', value_name = "N", conflicts_with = "retry_refused", help = tr!(
        "Send to these voters alone, also where a letter has gone or may have gone",
        "Отправить только этим избирателям, даже если письмо ушло или могло уйти"))]
    resend: Vec<String>,
    #[arg(long, value_delimiter = ',', value_name = "N", conflicts_with_all = ["resend", "retry_refused", "csv"], help = tr!(
        "Send nothing, and note that letters which may have gone have arrived",
        "Ничего не отправлять, а записать, что письма, которые могли уйти, дошли"))]
    arrived: Vec<String>,
    #[arg(long, help = tr!("Also to addresses that were refused for good", "И по адресам, отклонённым навсегда"))]
    retry_refused: bool,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arrived", "resend", "retry_refused"], help = tr!(
        "Send nothing: write a new table for a mail merge",
        "Ничего не отправлять: записать таблицу для рассылки другой программой"))]
    csv: Option<PathBuf>,
    #[arg(long, help = tr!(
        "Link and code in one letter: then every mail server on the way, and whoever reads the mailbox, can vote in the voter's name",
        "Ссылка и код в одном письме: тогда за избирателя проголосует и любой почтовый сервер по дороге, и всякий, кто читает ящик"))]
    with_code: bool,
    #[arg(long, value_name = "FILE", help = tr!(
        "Your own text: the first line is the subject, the second empty; {{title}} {{number}} {{name}} {{link}} {{booth}} {{closes}} are filled",
        "Свой текст: первая строка — тема, вторая пустая; подставляются {{title}} {{number}} {{name}} {{link}} {{booth}} {{closes}}"))]
    template: Option<PathBuf>,
    #[arg(long, value_enum, help = tr!("Letters in this language [default: the election's, else yours]", "Письма на этом языке [по умолчанию: язык выборов, иначе ваш]"))]
    lang: Option<Language>,
    #[arg(long, value_name = "N", default_value_t = PER_MINUTE_DEFAULT, value_parser = clap::value_parser!(u32).range(1..=i64::from(PER_MINUTE_MAX)),
        help = tr!("No more letters in a minute", "Не больше писем в минуту"))]
    per_minute: u32,
    #[arg(long, value_name = "FILE", help = tr!("The mail server's password, in a file that nobody else may read [default: asked for]",
        "Пароль почтового сервера, в файле, который больше никто не прочтёт [по умолчанию: спросят]"))]
    password_file: Option<PathBuf>,
    #[arg(long, conflicts_with_all = ["csv", "arrived"], help = json_help())]
    json: bool,
}

pub fn examples() -> String {
    tr!(
        "In this order:\n  veche mail board2027 --preview\n  veche mail board2027 --test you@example.org\n  veche mail board2027\n\
         Again, to whom it has not gone; and to those who have not voted:\n  veche mail board2027\n  veche mail board2027 --remind\n\n\
         The mail server stands in election.toml:\n  [mail]\n  host = \"smtp.example.org\"\n  from = \"The Board <vote@example.org>\"\n  \
         user = \"vote@example.org\"\n  # port = 465, tls = \"implicit\" or \"starttls\", reply_to = \"office@example.org\"",
        "По порядку:\n  veche mail pravlenie --preview\n  veche mail pravlenie --test vy@example.org\n  veche mail pravlenie\n\
         Ещё раз — тем, кому не ушло; и тем, кто не голосовал:\n  veche mail pravlenie\n  veche mail pravlenie --remind\n\n\
         Почтовый сервер записан в election.toml:\n  [mail]\n  host = \"smtp.example.org\"\n  from = \"Правление <vote@example.org>\"\n  \
         user = \"vote@example.org\"\n  # port = 465, tls = \"implicit\" или \"starttls\", reply_to = \"office@example.org\""
    )
}

pub async fn run(args: MailArgs) -> Result<()> {
    let home = Home::new(&args.dir);
    let kind = if args.remind { Kind::Reminder } else { Kind::Invitation };
    if !args.arrived.is_empty() {
        return note_arrived(&home, kind, &numbers(&args.arrived)?);
    }
    let template = args.template.as_deref().map(read_template).transpose()?;
    let wish = Wish { kind, with_code: args.with_code, template, language: args.lang, cards: None };
    let (mailing, people) = Mailing::prepare(&home, &wish, &mut Terminal::default()).await?;
    if let Some(file) = &args.csv {
        return write_table(file, &mailing, &people, args.with_code);
    }
    if let Some(address) = &args.test {
        return test(&args, &mailing, address).await;
    }
    let again = Again { only: numbers(&args.resend)?, refused: args.retry_refused };
    if args.preview {
        let plan = Plan::new(people, kind, &Journal::look(&home, mailing.election.id())?, &again)?;
        return preview(&args, &mailing, &plan);
    }
    send(&args, &home, &mailing, people, &again).await
}

fn numbers(texts: &[String]) -> Result<Vec<VoterNumber>> {
    texts.iter().map(|text| voters::parse_number(text.trim())).collect()
}

fn read_template(file: &Path) -> Result<String> {
    String::from_utf8(files::read_at_most(file, letter::TEMPLATE_MAX_BYTES as u64)?)
        .map_err(|_| Failure::usage(both!("{} is not UTF-8", "{} не в UTF-8", file.display())))
}

async fn send(args: &MailArgs, home: &Home, mailing: &Mailing, people: People, again: &Again) -> Result<()> {
    let mut journal = Journal::open(home, mailing.election.id())?;
    let plan = Plan::new(people, mailing.kind, &journal.standing, again)?;
    say_plan(&plan);
    let (count, server) = (plan.letters.len() as u64, mailing.server()?);
    let password = if count > 0 { server.password(args.password_file.as_deref())? } else { None };
    let host = &server.host;
    if count > 0
        && std::io::stdin().is_terminal()
        && !prompt::confirm(&tr!("Send {count} letters through {host}?", "Отправить писем через {host}: {count}?"))?
    {
        return Err(Failure::other(both!("nothing was sent", "ничего не отправлено")));
    }
    let mut courier = Courier::new(server, password.as_ref().map(|text| text.as_str()));
    let bar = progress::bar(count, tr!("letters", "письма"));
    let told = |line: &Line| {
        bar.inc(1);
        if line.became != Became::Sent {
            bar.suspend(|| eprintln!("{}: {} {}", line.number, became(line.became), safe(&line.words)));
        }
    };
    let delivered =
        delivery::deliver(mailing, plan, &mut journal, &mut courier, args.per_minute, pending(), told).await;
    bar.finish_and_clear();
    let Delivered { report, stopped } = delivered?;
    if args.json {
        let mut value = serde_json::to_value(&report).map_err(Failure::other)?;
        if let (Some(members), Some(failure)) = (value.as_object_mut(), &stopped) {
            members.insert("stopped".into(), failure.what.to_string().into());
        }
        output::print_json(&value);
    } else {
        print!("{}", report_text(&report, &args.dir));
    }
    if let Some(failure) = stopped {
        let go_on = delivery::how_to_go_on(&report);
        let next = failure.next.as_ref().map_or_else(|| go_on.clone(), |next| format!("{next} {go_on}"));
        return Err(failure.next(next));
    }
    delivery::not_everybody(&report).map_or(Ok(()), Err)
}

pub fn became(became: Became) -> String {
    match became {
        Became::Sent => tr!("sent", "отправлено"),
        Became::Later => tr!("not now:", "не сейчас:"),
        Became::Refused => tr!("refused for good:", "отклонено навсегда:"),
        Became::Sending | Became::Unknown => tr!("may have been sent:", "могло уйти:"),
    }
}

/// On standard error, before anything is sent.
fn say_plan(plan: &Plan) {
    let count = plan.letters.len();
    eprintln!(
        "{}",
        tr!(
            "Letters to send: {count}; sent before: {}",
            "Писем к отправке: {count}; отправлено раньше: {}",
            plan.already
        )
    );
    if !plan.uncertain.is_empty() {
        let numbers = named(plan.uncertain.iter());
        eprintln!(
            "{}",
            tr!(
                "May have been sent when a run stopped, and not sent again now: {numbers}\n  ask them; then --resend N, or --arrived N",
                "Могли уйти, когда отправка прервалась, и сейчас не повторяются: {numbers}\n  спросите их; затем --resend N или --arrived N"
            )
        );
    }
    if !plan.moved.is_empty() {
        let numbers = named(plan.moved.iter());
        eprintln!(
            "{}",
            tr!(
                "Sent to an address that has changed since: {numbers}\n  once more to the new one: --resend N",
                "Отправлено по адресу, который с тех пор сменился: {numbers}\n  ещё раз, по новому: --resend N"
            )
        );
    }
}

fn named<'a>(numbers: impl ExactSizeIterator<Item = &'a VoterNumber>) -> String {
    let count = numbers.len();
    let names = numbers.take(NAMED_MAX).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(NAMED_MAX) {
        0 => names,
        more => tr!("{names} and {more} more", "{names} и ещё {more}"),
    }
}

fn report_text(report: &Report, dir: &Path) -> String {
    let mut out = tr!("Sent: {}\n", "Отправлено: {}\n", report.sent);
    for (what, told) in [
        (tr!("Not now, the next run tries again", "Не сейчас, в следующий раз"), &report.later),
        (tr!("Refused for good", "Отклонено навсегда"), &report.refused),
    ] {
        if !told.is_empty() {
            // Most of them for one reason: by the server's words.
            let mut by_words = BTreeMap::<&str, Vec<&VoterNumber>>::new();
            told.iter().for_each(|told| by_words.entry(&told.words).or_default().push(&told.number));
            out += &format!("{what}: {}\n", told.len());
            for (words, numbers) in by_words.into_iter().take(NAMED_MAX) {
                out += &format!("  {}: {}\n", named(numbers.into_iter()), safe(words));
            }
        }
    }
    if !report.uncertain.is_empty() {
        out += &tr!("May have been sent: {}\n", "Могли уйти: {}\n", named(report.uncertain.iter()));
    }
    if !report.left.is_empty() {
        let (count, numbers) = (report.left.len(), named(report.left.iter()));
        out += &tr!("Not begun: {count} ({numbers})\n", "Не начато: {count} ({numbers})\n");
    }
    out += &unreached_text(&report.unreached);
    out + &tr!("Journal: {}\n", "Журнал: {}\n", dir.join(JOURNAL_FILE).display())
}

fn unreached_text(unreached: &[Unreached]) -> String {
    let count = unreached.len();
    if count == 0 {
        return String::new();
    }
    let mut out = tr!("Without an e-mail address: {count}\n", "Без адреса почты: {count}\n");
    for voter in unreached.iter().take(NAMED_MAX) {
        let why = voter.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
        out += &format!("  {}\t{}\t{}{why}\n", voter.number, safe(&voter.name), safe(&voter.contact));
    }
    if let more @ 1.. = count.saturating_sub(NAMED_MAX) {
        out += &tr!("  and {more} more: --json has all\n", "  и ещё {more}: все есть в --json\n");
    }
    out
}

/// The letters of which nobody knew, of whom the organiser has learnt.
fn note_arrived(home: &Home, kind: Kind, numbers: &[VoterNumber]) -> Result<()> {
    delivery::note_arrived(home, kind, numbers)?;
    println!("{}", tr!("Noted.", "Записано."));
    Ok(())
}

fn preview(args: &MailArgs, mailing: &Mailing, plan: &Plan) -> Result<()> {
    let first = match plan.letters.first() {
        Some(first) => Some((mailing.shown(first, args.with_code)?, first)),
        None => None,
    };
    let from = mailing.server()?.from.as_str();
    if args.json {
        let numbers: Vec<VoterNumber> = plan.letters.iter().map(|to| to.number).collect();
        let letter = first.map(|(letter, to)| {
            json!({ "from": from, "to": to.to.as_str(), "subject": letter.subject,
                "text": *letter.text, "html": *letter.html })
        });
        let told = json!({ "letters": numbers, "already": plan.already, "uncertain": plan.uncertain, "moved": plan.moved,
            "refused": plan.refused, "unreached": plan.unreached, "first": letter });
        output::print_json(&told);
        return Ok(());
    }
    say_plan(plan);
    eprint!("{}", unreached_text(&plan.unreached));
    let Some((Letter { subject, text, .. }, to)) = first else { return Ok(()) };
    let count = plan.letters.len();
    println!(
        "{}",
        tr!(
            "The first of {count}:\n\nFrom: {from}\nTo: {}\nSubject: {}\n",
            "Первое из {count}:\n\nОт: {from}\nКому: {}\nТема: {}\n",
            to.to,
            safe(&subject)
        )
    );
    text.lines().for_each(|line| println!("{}", safe(line)));
    Ok(())
}

/// One letter to the organiser, as voters get it but for a word, and what came of it, compared.
async fn test(args: &MailArgs, mailing: &Mailing, address: &str) -> Result<()> {
    let to = MailAddress::parse(address).map_err(|error| {
        let why = error.told();
        Failure::usage(both!("\"{address:.100}\" is no e-mail address: {why}", "«{address:.100}» — не адрес: {why}"))
    })?;
    let password = mailing.server()?.password(args.password_file.as_deref())?;
    let password = password.as_ref().map(|text| text.as_str());
    let (trial, words) = trial::send(mailing, &to, args.with_code, password).await?;
    eprintln!("{}", tr!("The mail server has taken it: {words}", "Почтовый сервер принял его: {words}"));
    if args.json {
        output::print_json(&json!({ "to": to.as_str(), "word": trial.word, "link": trial.link }));
        return Ok(());
    }
    compare(&trial)
}

/// What has arrived is typed or pasted, so that somebody has looked at it where voters will.
fn compare(trial: &Trial) -> Result<()> {
    trial.compare_word(&prompt::ask(&tr!(
        "The word in the letter that has arrived: ",
        "Слово из пришедшего письма: "
    ))?)?;
    if trial.link.is_some() {
        trial.compare_link(&prompt::ask(&tr!(
            "Copy the link of the letter as it stands there (the link's address, not the words): ",
            "Скопируйте из письма ссылку, какой она там стала (адрес ссылки, а не текст): "
        ))?)?;
    }
    println!("{}", tr!("The letter arrives as it was sent.", "Письмо приходит таким, каким отправлено."));
    Ok(())
}

fn write_table(file: &Path, mailing: &Mailing, people: &People, with_code: bool) -> Result<()> {
    let table = table::merge(mailing, people, with_code);
    home::write_new(file, table.as_bytes(), 0o600).map_err(Failure::usage)?;
    let (count, shown, without) = (people.written.len(), file.display(), people.unreached.len());
    println!(
        "{}",
        tr!(
            "{shown}: {count} letters to merge; without an e-mail address: {without}",
            "{shown}: писем для рассылки {count}; без адреса почты: {without}"
        )
    );
    Ok(())
}
