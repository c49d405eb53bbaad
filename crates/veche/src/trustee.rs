//! `veche trustee`: what a trustee does, in the order of the election. Each command runs alone on the trustee's machine,
//! checks everything that others have said, and says one thing. Spec: `docs/spec/trustees.md`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};
use veche_client::Address;
use veche_election::{
    Act, Draft, Election,
    ceremony::{Ceremony, CeremonyError, Stage, TrusteeSecret, fingerprint},
    encoding::Blob,
    manifest::TRUSTEE_MAX_CHARS,
    record::{CEREMONY_FILE, MANIFEST_FILE},
    text,
};
use veche_server::Home;

use crate::{
    actor::Actor,
    acts,
    args::examples,
    client,
    config::clean_text,
    failure::{Exit, Failure, Result},
    keyfile,
    lang::tr,
    setup,
    show::safe,
    words,
};

pub const TRUSTEES_DIR: &str = "trustees";
/// How often a waiting trustee looks for the others.
const POLL: Duration = Duration::from_millis(500);

mod closing;
mod evidence;
mod front;
mod local;
mod note;
mod opening;
mod place;

pub use evidence::verify as verify_ceremony;
pub use front::standing;
use front::{Code, Front, Step, Terminal};
pub use local::{local, rehearse_local};
use note::Note;
pub use opening::{rare_weight, verified_sum};
use place::Place;

#[derive(Subcommand)]
pub enum TrusteeCommand {
    #[command(about = tr!("1. Make your key and register", "1. Создать свой ключ и зарегистрироваться"), after_help = examples(&[
            "veche trustee register --at https://vote.example.org --number 1 --name \"Anna Schmidt\" --key anna.key"
    ]))]
    Register {
        #[command(flatten)]
        place: PlaceArgs,
        #[arg(long, help = tr!("Your number among the trustees, from 1", "Ваш номер среди доверенных, считая с 1"))]
        number: u32,
        #[arg(long, help = tr!("Your name; stands in the public record", "Ваше имя; оно будет в публичной записи выборов"))]
        name: String,
        #[arg(long, help = tr!("Put the key under a passphrase", "Закрыть ключ паролем"))]
        passphrase: bool,
    },
    #[command(about = tr!("2. When all have registered: deal the shares", "2. Когда все зарегистрировались: раздать доли"), after_help = examples(&[
            "veche trustee deal --at https://vote.example.org --key anna.key"
    ]))]
    Deal(SpokenArgs),
    #[command(about = tr!("3. When all have dealt: check your shares and accept, complain, or answer a complaint",
        "3. Когда все раздали: проверить свои доли; принять их, пожаловаться или ответить на жалобу"), after_help = examples(&[
            "veche trustee accept --at https://vote.example.org --key anna.key"
    ]))]
    Accept(SpokenArgs),
    #[command(about = tr!("4. Before opening: show that you still have your key", "4. До открытия: показать, что ключ на месте"), after_help = examples(&[
            "veche trustee rehearse --at https://vote.example.org --key anna.key"
    ]))]
    Rehearse(SpokenArgs),
    #[command(about = tr!("5. After closing: check the whole record, then open the sums with your share",
        "5. После закрытия: проверить весь журнал и открыть суммы своей долей"), after_help = examples(&[
            "veche trustee open --at https://vote.example.org --key anna.key",
            "veche trustee open --at https://vote.example.org --key anna.key --code 495Y-J5QW-P3Z4-R4PN-X6B5-TZTA-E0R8-4NSF"
    ]))]
    Open {
        #[command(flatten)]
        spoken: SpokenArgs,
        #[arg(long, help = tr!("Open even a single ballot, whose vote everybody will then know",
            "Открыть даже единственный бюллетень, хотя все узнают, что в нём"))]
        single_ballot: bool,
        #[arg(long, value_name = "N", help = tr!("The number of changes of the roll since setup, if it is known and right though over 5 %",
            "Столько изменений списка после создания выборов мне известно, и все верны, хотя их больше 5 %"))]
        roll_changed: Option<u64>,
        #[arg(long, help = tr!("This is a copy of the key, and the notes that lay beside the key are lost",
            "Это копия ключа, а заметки, лежавшие рядом с ключом, утрачены"))]
        copy: bool,
        #[arg(long, help = tr!("The closing is dated later than this machine's clock, and all know why",
            "Закрытие датировано позже, чем показывают часы этой машины, и все знают почему"))]
        clock_ahead: bool,
    },
    #[command(about = tr!("Show how the ceremony stands, and the code to read aloud",
        "Как идёт церемония; код для сверки голосом"), after_help = examples(&[
            "veche trustee code --at https://vote.example.org --key anna.key"
    ]))]
    Code {
        #[arg(long, help = at_help())]
        at: String,
        #[arg(long, help = tr!("Your key file: a code is shown only to those who take part, and of one closing only",
            "Файл вашего ключа: код показывают только участнику и только для одного закрытия"))]
        key: Option<PathBuf>,
    },
}

#[derive(Args)]
pub struct PlaceArgs {
    #[arg(long, help = at_help())]
    at: String,
    #[arg(long, help = tr!("Your key file; keep two copies, show it to nobody", "Файл вашего ключа; храните две копии, не показывайте никому"))]
    key: PathBuf,
}

#[derive(Args)]
pub struct SpokenArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[arg(long, allow_hyphen_values = true, help = tr!("The code that the others have read to you; else you are asked",
        "Код, который вам прочли другие; без этого программа спросит"))]
    code: Option<String>,
}

impl SpokenArgs {
    fn front(&self) -> Terminal<'_> {
        Terminal { given: self.code.as_deref() }
    }
}

fn at_help() -> String {
    tr!("The server, http://host:port, or the folder", "Сервер, http://адрес:порт, или папка")
}

/// A step at the terminal.
pub async fn run(command: TrusteeCommand) -> Result<()> {
    let step = match &command {
        TrusteeCommand::Register { place, number, name, passphrase } => {
            let keep = |secret: &TrusteeSecret| {
                let phrase = if *passphrase { Some(keyfile::new_passphrase()?) } else { None };
                keyfile::write(&place.key, secret, phrase.as_ref().map(|phrase| phrase.as_str()))
            };
            register(place, *number, name, keep, &mut Terminal { given: None })
        }
        TrusteeCommand::Deal(args) => deal(&args.place, &mut args.front()).await,
        TrusteeCommand::Accept(args) => accept(&args.place, &mut args.front()),
        TrusteeCommand::Rehearse(args) => rehearse(&args.place, &mut args.front()).await,
        TrusteeCommand::Open { spoken, single_ballot, roll_changed, copy, clock_ahead } => {
            let how = opening::How {
                single_ballot: *single_ballot,
                roll_changed: *roll_changed,
                told: spoken.code.is_some(),
                copy: *copy,
                ahead: *clock_ahead,
            };
            opening::open(&spoken.place, how, &mut spoken.front()).await
        }
        TrusteeCommand::Code { at, key } => code(at, key.as_deref()).await,
    };
    println!("{}", step?.text());
    Ok(())
}

pub fn no_ceremony() -> Failure {
    Failure::new(Exit::NotOpen, tr!("there is no trustees' ceremony here", "здесь нет церемонии доверенных"))
}

/// `keep` puts the new key where its trustee will find it, and nothing there is overwritten.
fn register(
    args: &PlaceArgs,
    number: u32,
    name: &str,
    keep: impl FnOnce(&TrusteeSecret) -> Result<()>,
    front: &mut dyn Front,
) -> Result<Step> {
    let place = Place::new(&args.at)?;
    let draft = place.draft()?;
    let plan = draft.trustees.ok_or_else(no_ceremony)?;
    let name = clean_text(tr!("your name", "ваше имя"), name, TRUSTEE_MAX_CHARS)?;
    if !(1..=plan.count).contains(&number) {
        return Err(Failure::usage(tr!("trustees are numbered 1 to {}", "номера доверенных: от 1 до {}", plan.count)));
    }
    if let Some(taken) = taken_by(&place.ceremony(&draft)?, number) {
        return Err(taken);
    }
    front.tell(about(&draft));
    Note::refuse_leftover(&args.key)?;
    let secret = TrusteeSecret::new(draft.id(), number, setup::random()?);
    // The key is on this disk before anybody counts on it.
    keep(&secret)?;
    Note::begin(&args.key, secret.draft())?;
    let message = secret.register(&name);
    let sent = place.put(&draft, &message);
    // What counts is not that it was taken, but that it is what everybody is shown under this number.
    let shown = place.ceremony(&draft)?;
    if !shown.messages().any(|other| other == message) {
        let key = args.key.display();
        let failure = taken_by(&shown, number).or(sent.err()).unwrap_or_else(|| not_shown(number));
        front.tell(tr!("The key {key} is registered nowhere.", "Ключ {key} нигде не зарегистрирован."));
        return Err(failure);
    }
    let fingerprint = fingerprint(&secret.signing_key().public());
    Ok(Step::Registered { number, key: args.key.clone(), fingerprint })
}

/// Somebody has this number.
fn taken_by(ceremony: &Ceremony, number: u32) -> Option<Failure> {
    let (_, name, key) = ceremony.registered().find(|(taken, ..)| *taken == number)?;
    let (name, fingerprint) = (safe(name), fingerprint(&key));
    let failure = Failure::usage(tr!(
        "trustee {number} has registered already: {name}, fingerprint {fingerprint}",
        "доверенный {number} уже зарегистрирован: {name}, отпечаток {fingerprint}"
    ));
    Some(failure.next(stranger(number)))
}

fn not_shown(number: u32) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        tr!(
            "your registration as trustee {number} was taken, but is not shown",
            "ваша регистрация под номером {number} принята, но не показана"
        ),
    )
    .next(tr!("Tell the organiser and the other trustees.", "Сообщите организатору и остальным доверенным."))
}

fn stranger(number: u32) -> String {
    tr!(
        "If that is not you, tell the organiser and the other trustees by telephone. The organiser takes it out \
         (ceremony-messages/{number}-register.json) while nobody has begun to deal, or makes a new draft; then register \
         with a new key file.",
        "Если это не вы, позвоните организатору и остальным доверенным. Организатор уберёт эту регистрацию \
         (ceremony-messages/{number}-register.json), пока никто не начал раздачу, или создаст новый черновик; тогда \
         зарегистрируйтесь с новым файлом ключа."
    )
}

fn about(draft: &Draft) -> String {
    let plan = draft.trustees.map_or((0, 0), |plan| (plan.count, plan.threshold));
    let (count, threshold) = plan;
    let mut text = tr!(
        "{}\nTrustees who open the sums: any {threshold} of {count}; fewer learn nothing",
        "{}\nДоверенных {count}; любые {threshold} открывают суммы, меньшее число не узнает ничего",
        safe(&draft.title)
    );
    if threshold == 1 && count > 1 {
        text += &tr!(
            "\nEach trustee ALONE will be able to read every ballot.",
            "\nКаждый доверенный В ОДИНОЧКУ сможет прочесть любой бюллетень."
        );
    }
    text
}

/// Everybody who takes part, a line each. The name comes last and without runs of spaces: what somebody is called must
/// not look like another column, nor, where the line is broken, like another line.
fn participants(ceremony: &Ceremony) -> String {
    let mut text = String::new();
    let mut before: Vec<(u32, String)> = Vec::new();
    for (number, name, key) in ceremony.registered() {
        let words = name.split(|c| text::is_white_space(c) || text::is_invisible(c)).filter(|word| !word.is_empty());
        let name = safe(&words.collect::<Vec<_>>().join(" "));
        text += &format!("  {number:>2}  {}  {name}\n", fingerprint(&key));
        let skeleton = text::skeleton(&name);
        if let Some((first, _)) = before.iter().find(|(_, other)| *other == skeleton) {
            text += &tr!(
                "      The name looks like that of trustee {first}. Are these two people?\n",
                "      Имя выглядит как у доверенного {first}. Это два человека?\n"
            );
        }
        before.push((number, skeleton));
    }
    text
}

/// The others have read the same code aloud.
fn compare(code: Code, front: &mut dyn Front) -> Result<()> {
    if front.is_same(code)? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::CheckFailed,
        tr!("the codes differ: somebody was shown something else", "коды различаются: кому-то показали другое"),
    )
    .next(tr!(
        "Nothing was sent. Speak with the organiser and the other trustees.",
        "Ничего не отправлено. Поговорите с организатором и остальными доверенными."
    )))
}

/// What a step needs: place, draft, messages so far, and the trustee's own secret, all of one election.
fn begin(args: &PlaceArgs) -> Result<(Place, Draft, Ceremony, TrusteeSecret)> {
    let (place, secret) = (Place::new(&args.at)?, keyfile::read(&args.key)?);
    let draft = place.draft()?;
    if secret.draft() != draft.id() {
        return Err(other_election());
    }
    let ceremony = place.ceremony(&draft)?;
    Ok((place, draft, ceremony, secret))
}

fn other_election() -> Failure {
    Failure::new(Exit::CheckFailed, tr!("this key belongs to another election", "это ключ других выборов"))
}

/// First everybody's commitment, then everybody's dealing: nobody can choose after seeing the others'.
async fn deal(args: &PlaceArgs, front: &mut dyn Front) -> Result<Step> {
    let (place, draft, mut ceremony, secret) = begin(args)?;
    // A key that has accepted has nothing more to deal, and no voice for another table.
    Note::look(&args.key, secret.draft())?.refuse_other_than_accepted(&ceremony)?;
    let commitment = secret.commit(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let table = ceremony.table();
    front.tell(format!("{}\n{}", about(&draft), participants(&ceremony)));
    compare(Code::Registrations(table), front)?;
    place.put(&draft, &commitment)?;
    let mut told = None;
    let message = loop {
        ceremony = place.ceremony(&draft)?;
        if ceremony.table() != table {
            return Err(other_table());
        }
        if !matches!(ceremony.stage(), Stage::Commit(_)) {
            break secret.deal(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
        }
        if told.replace(ceremony.stage()) != Some(ceremony.stage()) {
            let text = stage_text(&ceremony);
            front.tell(tr!(
                "{text}; waiting (or stop, and run this command again later)",
                "{text}; ждём (или прервите и повторите команду позже)"
            ));
        }
        tokio::time::sleep(POLL).await;
    };
    Note::take(&args.key, secret.draft())?.dealing(&ceremony)?;
    place.put(&draft, &message)?;
    Ok(Step::Dealt)
}

fn other_table() -> Failure {
    Failure::new(
        Exit::CheckFailed,
        tr!("the registrations are others than those that you have compared", "регистрации не те, что вы сверяли"),
    )
    .next(tr!(
        "Nothing was dealt. Speak with the other trustees, then run this command again.",
        "Ничего не роздано. Поговорите с остальными доверенными и повторите команду."
    ))
}

/// Accepts, complains or answers; whichever it is, only of a transcript that the others see too.
fn accept(args: &PlaceArgs, front: &mut dyn Front) -> Result<Step> {
    let (place, draft, ceremony, secret) = begin(args)?;
    let mut note = Note::take(&args.key, secret.draft())?;
    let answers = secret.answers(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let code = Code::Ceremony(ceremony.transcript());
    if !answers.is_empty() {
        note.refuse_other_than_accepted(&ceremony)?;
        front.tell(before_answer(&ceremony, secret.trustee()));
        compare(code, front)?;
        note.answering(&ceremony)?;
        answers.iter().try_for_each(|answer| place.put(&draft, answer))?;
        return Ok(Step::Answered(Box::new(place.ceremony(&draft)?)));
    }
    let message = secret.accept(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let mut after = ceremony.clone();
    after.take(&message).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    if let Some((_, dealer, culprit)) = after.disputes().find(|(accuser, ..)| *accuser == secret.trustee()) {
        // Answered, so that everybody sees who erred.
        if culprit.is_some() {
            return Err(Failure::new(Exit::CheckFailed, stage_text(&after)));
        }
        compare(code, front)?;
        place.put(&draft, &message)?;
        return Err(complained(dealer));
    }
    note.refuse_after_answer()?;
    note.refuse_other_than_accepted(&ceremony)?;
    compare(code, front)?;
    note.accepting(&ceremony)?;
    place.put(&draft, &message)?;
    Ok(Step::Accepted)
}

fn before_answer(ceremony: &Ceremony, number: u32) -> String {
    let accusers: Vec<String> = ceremony
        .disputes()
        .filter(|(_, dealer, culprit)| *dealer == number && culprit.is_none())
        .map(|(accuser, ..)| accuser.to_string())
        .collect();
    let accusers = accusers.join(", ");
    tr!(
        "Complaint about your share, by trustee {accusers}. Your answer shows that share to everybody; this ceremony has failed \
         then, and your key accepts nothing more in this election.",
        "На вашу долю пожаловались доверенные: {accusers}. Ваш ответ покажет эту долю всем; церемония тогда сорвана, и ваш \
         ключ больше ничего в этих выборах не примет."
    )
}

fn complained(dealer: u32) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        tr!(
            "the share from trustee {dealer} does not fit: your complaint is posted",
            "доля от доверенного {dealer} не подходит: ваша жалоба отправлена"
        ),
    )
    .next(tr!(
        "Trustee {dealer} must answer with: veche trustee accept. Then everybody sees who erred.",
        "Доверенный {dealer} должен ответить: veche trustee accept. Тогда всем будет видно, кто ошибся."
    ))
}

/// Why a trustee cannot say the next thing.
fn not_yet(ceremony: &Ceremony, error: &CeremonyError) -> Failure {
    match error {
        CeremonyError::NotOwn { trustee: number, step: "register" } => Failure::new(
            Exit::CheckFailed,
            tr!(
                "trustee {number} is registered with another key than yours",
                "доверенный {number} зарегистрирован с другим ключом, не вашим"
            ),
        )
        .next(stranger(*number)),
        CeremonyError::NotOwn { .. } => Failure::new(Exit::CheckFailed, error).next(tr!(
            "Nothing was sent. Your key is in two hands, or another program has used it. Tell the other trustees; begin anew with a \
             new key.",
            "Ничего не отправлено. Ваш ключ в чужих руках, или им пользовалась другая программа. Сообщите остальным доверенным и \
             начните заново с новым ключом."
        )),
        _ => Failure::new(Exit::NotOpen, error).next(stage_text(ceremony)),
    }
}

/// What is waited for, in words.
pub fn stage_text(ceremony: &Ceremony) -> String {
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match ceremony.stage() {
        Stage::Register(missing) => tr!("not registered yet: {}", "ещё не зарегистрировались: {}", list(&missing)),
        Stage::Commit(missing) => {
            tr!(
                "all have registered; not begun to deal yet: {}",
                "все зарегистрировались; ещё не начали раздачу: {}",
                list(&missing)
            )
        }
        Stage::Deal(missing) => {
            tr!("all have begun to deal; not dealt yet: {}", "все начали раздачу; ещё не раздали: {}", list(&missing))
        }
        Stage::Accept(missing) => {
            tr!("all have dealt; not accepted yet: {}", "все раздали; ещё не приняли: {}", list(&missing))
        }
        Stage::Disputed { accuser, dealer } => tr!(
            "trustee {accuser} complains about the share from trustee {dealer}, who has to answer",
            "доверенный {accuser} жалуется на долю от доверенного {dealer}; тот должен ответить"
        ),
        Stage::Failed { culprits } => tr!(
            "the ceremony has failed because of trustee {}. The organiser begins anew without them: veche restart --without",
            "церемонию сорвали доверенные: {}. Начните заново без них: veche restart --without",
            list(&culprits)
        ),
        Stage::Done => tr!("complete: veche setup DIR", "церемония завершена; дальше организатор: veche setup ПАПКА"),
    }
}

/// A code of the ceremony is read out by who takes part in what is shown: without the key nobody could say so, and
/// whoever carries the messages would have an honest voice for a ceremony of inventions.
async fn code(at: &str, key: Option<&Path>) -> Result<Step> {
    let place = Place::new(at)?;
    match place.draft() {
        Ok(draft) if !matches!(&place, Place::Folder(home) if home.exists()) => {
            let Some(key) = key else { return Ok(Step::Standing(Box::new(place.ceremony(&draft)?))) };
            let (_, _, ceremony, secret) = begin(&PlaceArgs { at: at.to_owned(), key: key.to_owned() })?;
            secret.check_own(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
            Note::look(key, secret.draft())?.refuse_other_than_accepted(&ceremony)?;
            Ok(Step::Seen(Box::new(ceremony)))
        }
        _ => closing_code(at, key).await,
    }
}

/// Who reads the code of a closing aloud stands for that closing, and for no other one: so it is shown to a key.
async fn closing_code(at: &str, key: Option<&Path>) -> Result<Step> {
    let Some(key) = key else {
        verified_sum(at).await?;
        return Ok(Step::Closed);
    };
    let (secret, _held) = (keyfile::read(key)?, keyfile::hold(key)?);
    Note::look(key, secret.draft())?;
    let verified = verified_sum(at).await?;
    if secret.draft() != verified.election().draft_id() {
        return Err(other_election());
    }
    secret.check_own(verified.ceremony()).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    closing::stand_for(at, key, &verified)?;
    Ok(Step::Closing(Code::Closing(verified.code())))
}

/// The manifest and the ceremony that it names; the trustee's own registration must be in it.
fn set_up(args: &PlaceArgs) -> Result<(Election, Ceremony, TrusteeSecret)> {
    let secret = keyfile::read(&args.key)?;
    let (manifest, ceremony) = if Address::is_one(&args.at) {
        let address = client::at(&args.at)?;
        (address.get("/election.json")?, address.get("/ceremony")?)
    } else {
        let home = Home::new(&args.at);
        (home.read(MANIFEST_FILE).ok(), home.read(CEREMONY_FILE).ok())
    };
    let (manifest, file) = manifest.zip(ceremony).ok_or_else(|| {
        Failure::new(Exit::NotOpen, tr!("no secret election is set up here yet", "тайные выборы здесь ещё не созданы"))
    })?;
    let wrong = |error: &dyn std::fmt::Display| Failure::new(Exit::CheckFailed, error);
    let election = Election::parse(&manifest).map_err(|error| wrong(&error))?;
    if secret.draft() != election.draft_id() {
        return Err(other_election());
    }
    let ceremony = Ceremony::of(&election, &file).map_err(|error| wrong(&error))?;
    Ok((election, ceremony, secret))
}

/// The draft and the messages of a ceremony are public: anybody can set up another election with its keys. So which one
/// the organiser means is compared before this key knows any.
async fn rehearse(args: &PlaceArgs, front: &mut dyn Front) -> Result<Step> {
    let (election, ceremony, secret) = set_up(args)?;
    // No other command uses this key meanwhile.
    let note = Note::take(&args.key, secret.draft())?;
    note.refuse_after_answer()?;
    compare_election(&election, front)?;
    let act = rehearsal(&election, &ceremony, &secret)?;
    acts::act_by(&args.at, &Actor::trustee(&secret, &args.key, election.id()), act).await?;
    Ok(Step::Rehearsed)
}

fn compare_election(election: &Election, front: &mut dyn Front) -> Result<()> {
    let (title, roll) = (safe(&election.draft().title), election.roll());
    front.tell(tr!(
        "{title}\nVoters: {}, weight {}. The organiser sees the same code with: veche check",
        "{title}\nИзбирателей {}, вес {}. Организатор видит тот же код командой: veche check",
        roll.voters,
        words::votes(roll.weight, election.draft().roll_scale)
    ));
    compare(Code::Election(election.id()), front)
}

fn rehearsal(election: &Election, ceremony: &Ceremony, secret: &TrusteeSecret) -> Result<Act> {
    let proof = secret.rehearse(ceremony, election.id(), &setup::random()?);
    let proof = proof.map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    Ok(Act::Rehearsal { trustee: secret.trustee(), proof: Blob(proof) })
}
