//! `veche mail`: letters to voters, with the link to the ballot; the code goes another way. `letter` is what they say, `people` who
//! gets one, `journal` who has had one, `smtp` the dialogue with the mail server, `delivery` a run. Here is what is typed, and said
//! of it.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::Args;
use data_encoding::BASE32_NOPAD;
use serde_json::json;
use veche_election::{VoterNumber, credential::typed_code};
use veche_server::{Home, clock::Clock, home};
use zeroize::Zeroizing;

use crate::{
    args::{dir_help, json_help},
    export,
    failure::{Exit, Failure, Result},
    files,
    front::Terminal,
    lang::{Language, tr},
    mail_address::MailAddress,
    progress, prompt, randomness,
    show::safe,
    voters,
};

pub mod delivery;
pub mod journal;
pub mod letter;
pub mod people;
pub mod smtp;

use delivery::{Again, Courier, Delivered, Plan, Report};
use journal::{Became, JOURNAL_FILE, Journal, Line};
use letter::{Kind, Letter};
use people::{Addressee, Mailing, People, Unreached, Wish};
use smtp::Handed;

const TEMPLATE_FILE_MAX_BYTES: u64 = 1 << 20;
/// Fewer than most providers take ill.
const PER_MINUTE_DEFAULT: u32 = 60;
const PER_MINUTE_MAX: u32 = 100_000;
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
    #[arg(long, value_enum, help = tr!("Letters in this language [default: the election's, else yours]", "Письма на этом языке [выборов, иначе на вашем]"))]
    lang: Option<Language>,
    #[arg(long, value_name = "N", default_value_t = PER_MINUTE_DEFAULT, value_parser = clap::value_parser!(u32).range(1..=i64::from(PER_MINUTE_MAX)),
        help = tr!("No more letters in a minute", "Не больше писем в минуту"))]
    per_minute: u32,
    #[arg(long, value_name = "FILE", help = tr!("The mail server's password, in a file that nobody else may read [default: asked for]",
        "Пароль почтового сервера, в файле, который больше никто не прочтёт [иначе спросят]"))]
    password_file: Option<PathBuf>,
    #[arg(long, help = json_help())]
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
    let wish = Wish { kind, with_code: args.with_code, template, language: args.lang };
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
    String::from_utf8(files::read_at_most(file, TEMPLATE_FILE_MAX_BYTES)?)
        .map_err(|_| Failure::usage(tr!("{} is not UTF-8", "{} не в UTF-8", file.display())))
}

async fn send(args: &MailArgs, home: &Home, mailing: &Mailing, people: People, again: &Again) -> Result<()> {
    let mut journal = Journal::open(home, mailing.election.id())?;
    let plan = Plan::new(people, mailing.kind, &journal.standing, again)?;
    say_plan(&plan);
    let count = plan.letters.len() as u64;
    let password = if count > 0 { mailing.server.password(args.password_file.as_deref())? } else { None };
    let host = &mailing.server.host;
    if count > 0
        && std::io::stdin().is_terminal()
        && !prompt::confirm(&tr!("Send {count} letters through {host}?", "Отправить писем через {host}: {count}?"))?
    {
        return Err(Failure::other(tr!("nothing was sent", "ничего не отправлено")));
    }
    let mut courier = Courier::new(&mailing.server, password.as_ref().map(|text| text.as_str()));
    let bar = progress::bar(count, tr!("letters", "письма"));
    let told = |line: &Line| {
        bar.inc(1);
        if line.became != Became::Sent {
            bar.suspend(|| eprintln!("{}: {} {}", line.number, became(line.became), safe(&line.words)));
        }
    };
    let delivered = delivery::deliver(mailing, plan, &mut journal, &mut courier, args.per_minute, told).await;
    bar.finish_and_clear();
    let Delivered { report, stopped } = delivered?;
    if args.json {
        let mut value = serde_json::to_value(&report).map_err(Failure::other)?;
        if let (Some(members), Some(failure)) = (value.as_object_mut(), &stopped) {
            members.insert("stopped".into(), failure.what.clone().into());
        }
        println!("{value:#}");
    } else {
        print!("{}", report_text(&report, &args.dir));
    }
    stopped.or_else(|| delivery::not_everybody(&report)).map_or(Ok(()), Err)
}

fn became(became: Became) -> String {
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
    if report.left > 0 {
        out += &tr!("Not begun: {}\n", "Не начато: {}\n", report.left);
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
    let mut journal = Journal::open(home, home.election()?.id())?;
    for number in numbers {
        let last = journal.standing.get(&(kind, *number)).cloned();
        let open = last.filter(|line| matches!(line.became, Became::Sending | Became::Unknown)).ok_or_else(|| {
            Failure::usage(tr!(
                "of a letter to {number} it is not in doubt whether it has gone",
                "о письме для {number} не бывало сомнений, ушло ли оно"
            ))
        })?;
        let words = tr!("arrived, says the organiser", "дошло, говорит организатор");
        journal.note(Line { at: Clock::system().wall(), became: Became::Sent, words, ..open })?;
    }
    println!("{}", tr!("Noted.", "Записано."));
    Ok(())
}

fn preview(args: &MailArgs, mailing: &Mailing, plan: &Plan) -> Result<()> {
    let first = match plan.letters.first() {
        // Real in all but the code, which is nobody's.
        Some(first) => Some(mailing.nobody(first.to.clone(), args.with_code)?.named_as(first)),
        None => None,
    };
    let first = first.map(|to| (mailing.letter(&to), to));
    if args.json {
        let numbers: Vec<VoterNumber> = plan.letters.iter().map(|to| to.number).collect();
        let letter = first.map(|(letter, to)| {
            json!({ "from": mailing.server.from.as_str(), "to": to.to.as_str(), "subject": letter.subject,
                "text": *letter.text, "html": *letter.html })
        });
        println!(
            "{:#}",
            json!({ "letters": numbers, "already": plan.already, "uncertain": plan.uncertain, "moved": plan.moved,
                "refused": plan.refused, "unreached": plan.unreached, "first": letter })
        );
        return Ok(());
    }
    say_plan(plan);
    eprint!("{}", unreached_text(&plan.unreached));
    let Some((Letter { subject, text, .. }, to)) = first else { return Ok(()) };
    let (from, count) = (&mailing.server.from, plan.letters.len());
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
        Failure::usage(tr!("\"{address:.100}\" is no e-mail address: {why}", "«{address:.100}» — не адрес: {why}"))
    })?;
    let server = &mailing.server;
    let password = server.password(args.password_file.as_deref())?;
    let nobody = mailing.nobody(to.clone(), args.with_code)?;
    let word = test_word()?;
    let marked = mailing.within(|| mark_test(mailing.letter(&nobody), &word));
    let message = marked.message(server, &to, &delivery::message_id()?)?;
    let mut courier = Courier::new(server, password.as_ref().map(|text| text.as_str()));
    courier.connect().await.map_err(|error| error.failure(server))?;
    let handed = courier.carry(&to, &message).await;
    courier.leave().await;
    match handed {
        Handed::Taken(reply) => {
            eprintln!("{}", tr!("The mail server has taken it: {}", "Почтовый сервер принял его: {}", reply.words()))
        }
        Handed::Refused(reply) | Handed::SenderRefused(reply) => {
            let words = reply.words();
            return Err(Failure::other(tr!(
                "the mail server refuses it: {words}",
                "почтовый сервер отклонил его: {words}"
            )));
        }
        Handed::NotTaken(error) | Handed::Unknown(error) => return Err(error.failure(server)),
    }
    let link = mailing.link(&nobody);
    if args.json {
        let link = (mailing.kind == Kind::Invitation).then_some(link.as_str());
        println!("{:#}", json!({ "to": to.as_str(), "word": word, "link": link }));
        return Ok(());
    }
    compare(&word, &link, mailing.kind)
}

/// Eight symbols that nobody guesses.
fn test_word() -> Result<String> {
    let word = BASE32_NOPAD.encode(&randomness::random::<5>()?);
    let (first, last) = word.split_at(4);
    Ok(format!("{first}-{last}"))
}

fn mark_test(letter: Letter, word: &str) -> Letter {
    let note = tr!(
        "This is a test letter, of a voter who does not exist. Its word: {word}",
        "Это пробное письмо, избирателя, которого нет. Слово в нём: {word}"
    );
    let html = letter.html.replacen("<body>", &format!("<body><p>{note}</p>"), 1);
    Letter {
        subject: tr!("[Test] {}", "[Проба] {}", letter.subject),
        text: Zeroizing::new(format!("{note}\n\n{}", *letter.text)),
        html: Zeroizing::new(html),
    }
}

/// What has arrived is typed or pasted, so that somebody has looked at it where voters will.
fn compare(word: &str, link: &str, kind: Kind) -> Result<()> {
    let typed = prompt::ask(&tr!("The word in the letter that has arrived: ", "Слово из пришедшего письма: "))?;
    if typed_code(&typed) != typed_code(word) {
        return Err(Failure::new(Exit::CheckFailed, tr!("this is not the word", "это не то слово")).next(tr!(
            "Look into the newest test letter, and among those that were sorted out as unwanted.",
            "Откройте самое новое пробное письмо; посмотрите и в «Спаме»."
        )));
    }
    if kind == Kind::Invitation {
        let typed = prompt::ask(&tr!(
            "Copy the link of the letter as it stands there (the link's address, not the words): ",
            "Скопируйте из письма ссылку, какой она там стала (адрес ссылки, а не текст): "
        ))?;
        if typed.trim() != link {
            return Err(Failure::new(
                Exit::CheckFailed,
                tr!("the link was changed on the way: {}", "ссылку по дороге изменили: {}", safe(typed.trim())),
            )
            .next(tr!(
                "A mail server that rewrites links sees who follows them. Have that switched off, or take another.",
                "Почтовый сервер, который переписывает ссылки, видит, кто по ним идёт. Отключите это или возьмите другой."
            )));
        }
    }
    println!("{}", tr!("The letter arrives as it was sent.", "Письмо приходит таким, каким отправлено."));
    Ok(())
}

/// For another program that sends: a formula in a name is none (row 39 of the attacks).
fn write_table(file: &Path, mailing: &Mailing, people: &People, with_code: bool) -> Result<()> {
    let has_link = mailing.kind == Kind::Invitation;
    let cell = |text: &str| export::text_cell(text);
    let head = ["number", "name", "address", "link", "code"];
    let width = if with_code {
        5
    } else if has_link {
        4
    } else {
        3
    };
    let row = |to: &Addressee| {
        let all = [
            to.number.to_string(),
            cell(&to.name),
            cell(to.to.as_str()),
            mailing.link(to).to_string(),
            to.code().to_string(),
        ];
        all.into_iter().take(width).collect::<Vec<_>>()
    };
    let heads: Vec<String> = head.iter().take(width).map(ToString::to_string).collect();
    let rows = std::iter::once(heads).chain(people.written.iter().map(row)).collect();
    let table = Zeroizing::new(export::to_csv(rows));
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
