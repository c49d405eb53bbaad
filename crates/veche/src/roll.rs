//! `veche roll`: voters are added to the roll and struck from it after setup, by logged acts; a contact is mended at the
//! organiser's side alone. Spec: `docs/spec/entry.md` section 9.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use veche_client::Card;
use veche_election::{
    Act, AddedVoter, Election, RollShows, VoterNumber, Weight,
    choice::Choice,
    entry::REASON_MAX_CHARS,
    manifest::RollChanges,
    roll::{NAME_MAX_CHARS, RollReason},
};
use veche_server::{
    Home,
    added::AddedFile,
    home::{CHECKPOINT_FILE, ORGANISER_KEY_FILE},
};

use crate::{
    actor::Actor,
    acts::{self, Acting, Done, NEW_CARD},
    args::{dir_help, key_help, number_help},
    config::{self, clean_text},
    contacts,
    failure::{Exit, Failure, Result},
    front::Front,
    lang::{both, tr},
    setup,
    show::safe,
    status, voters,
};

#[derive(Subcommand)]
pub enum RollCommand {
    #[command(about = tr!("Add a voter to the roll, and make a card; the log shows it to everybody",
        "Добавить избирателя в список и сделать ему карточку; записывается в журнал"), after_help = tr!(
        "Examples:\n  veche roll add board2027 18 --name \"Anna Frank\" --reason joined\n  \
         veche roll add house 47a --weight 2 --reason mistake --contact anna@example.org",
        "Примеры:\n  veche roll add pravlenie 18 --name \"Анна Ахматова\" --reason joined\n  \
         veche roll add dom 47a --weight 2 --reason mistake --contact anna@example.org"))]
    Add(AddArgs),
    #[command(about = tr!("Strike a voter from the roll for good; the log shows it, and a secret ballot no longer counts",
        "Вычеркнуть избирателя из списка навсегда; записывается в журнал, тайный бюллетень больше не учитывается"), after_help = tr!(
        "Example:\n  veche roll strike board2027 17 --reason died",
        "Пример:\n  veche roll strike pravlenie 17 --reason died"))]
    Strike {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(help = number_help())]
        number: String,
        #[arg(long, help = reason_help())]
        reason: String,
        #[arg(long, help = key_help())]
        key: Option<PathBuf>,
    },
    #[command(about = tr!("Mend how a voter is reached; noted in the folder, and nowhere in the log",
        "Исправить контакт избирателя; запомнится здесь, в журнал не попадёт"), after_help = tr!(
        "Example:\n  veche roll correct board2027 17 --contact anna@example.org",
        "Пример:\n  veche roll correct pravlenie 17 --contact anna@example.org"))]
    Correct {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(help = number_help())]
        number: String,
        #[arg(long, help = contact_help())]
        contact: String,
    },
}

#[derive(Args)]
pub struct AddArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(help = tr!("A number that nobody ever had in this election", "Номер, которого на этих выборах ещё ни у кого не было"))]
    number: String,
    #[arg(long, default_value = "", hide_default_value = true, help = tr!("The voter's name", "Имя избирателя"))]
    name: String,
    #[arg(long, default_value = "1", help = tr!("How many votes the ballot is worth", "Сколько голосов стоит бюллетень"))]
    weight: String,
    #[arg(long, help = reason_help())]
    reason: String,
    #[arg(long, help = contact_help())]
    contact: Option<String>,
    #[arg(long, help = key_help())]
    key: Option<PathBuf>,
}

/// Why a voter was struck or added, as an act says it: a word where the roll shows nothing, else the organiser's text.
pub fn reason_text(reason: &str) -> String {
    match reason {
        "mistake" => tr!("mistake", "ошибка"),
        "joined" => tr!("joined", "вступил"),
        "left" => tr!("left", "выбыл"),
        "died" => tr!("died", "умер"),
        "decision" => tr!("decision", "решение"),
        "" => "-".into(),
        text => safe(text),
    }
}

fn reason_help() -> String {
    tr!(
        "Why; stands in the public log. Where the roll shows nothing: mistake, joined, left, died or decision",
        "Причина; её видно в публичном журнале. Где список не публикуется, одно из слов: mistake (ошибка), joined \
         (вступил), left (выбыл), died (умер), decision (решение)"
    )
}

fn contact_help() -> String {
    tr!("Address or telephone; never in the log", "Адрес или телефон; в журнал не попадает")
}

pub async fn run(command: RollCommand, front: &mut dyn Front) -> Result<Done> {
    match command {
        RollCommand::Add(AddArgs { dir, number, name, weight, reason, contact, key }) => {
            add(&dir, &NewVoter { number, name, weight, reason, contact }, key, front).await
        }
        RollCommand::Strike { dir, number, reason, key } => strike(&dir, &number, &reason, key, front).await,
        RollCommand::Correct { dir, number, contact } => correct(&dir, &number, &contact).await,
    }
}

/// Who is added to a roll, as it was typed.
pub struct NewVoter {
    /// One that nobody ever had in this election.
    pub number: String,
    /// May be empty.
    pub name: String,
    pub weight: String,
    /// Stands in the log.
    pub reason: String,
    /// Never comes into the log.
    pub contact: Option<String>,
}

/// By a logged act, with a card.
///
/// # Errors
/// Something of it is no such thing, somebody had the number, or the act was not done.
pub async fn add(dir: &Path, voter: &NewVoter, key: Option<PathBuf>, front: &mut dyn Front) -> Result<Done> {
    let home = Home::new(dir);
    acts::refuse_draft(&dir.display().to_string())?;
    let election = home.election()?;
    refuse_unchangeable(&election)?;
    let (number, weight) =
        (voters::parse_number(&voter.number)?, parse_weight(&voter.weight, election.draft().roll_scale)?);
    let name = match voter.name.trim() {
        "" => String::new(),
        name => clean_text(tr!("the name", "имя"), name, NAME_MAX_CHARS)?,
    };
    let reason = clean_reason(&voter.reason, &election)?;
    let contact = voter.contact.as_deref().map(contacts::clean).transpose()?;
    let board = status::inspect(&home).await?;
    let taken = voters::everybody(&home, &election, &board)?;
    if let Some((_, other)) = taken.iter().find(|(_, seat)| seat.number.folded() == number.folded()) {
        let other = other.number;
        return Err(Failure::usage(both!(
            "the number {number} is, or would be taken for, {other}, which somebody had",
            "номер {number} уже у кого-то был, или его не отличить от прежнего: {other}"
        ))
        .next(both!("Give one that nobody ever had here.", "Дайте такой, какого здесь ни у кого не было.")));
    }
    // Held until the act is done: no other command with this key takes the number meanwhile.
    let key = key.unwrap_or_else(|| home.path(ORGANISER_KEY_FILE));
    let actor = Actor::organiser(&key, front)?.adding(number, name.clone());
    let (secret, credential) = setup::new_credential(&election)?;
    let card = Card { url: config::public_url(&home)?, ..Card::new(&election, number, &name, &secret) };
    let (shown_number, shown_name) = match election.draft().roll_shows {
        RollShows::Number => (Some(number), None),
        RollShows::Name => (None, Some(name)),
        RollShows::Nothing => (None, None),
    };
    let act = Act::Add { credential, number: shown_number, name: shown_name, weight, reason };
    let waiting = format!("{NEW_CARD}{}.json", credential_name(&card));
    let target = dir.display().to_string();
    let acted = acts::act_by(&target, &actor, act, front);
    let line = || Ok(home.voters(&election)?.len() + line_of(&home, &election, number)? + 1);
    let file = acts::with_new_card(&home, &card, &waiting, acted, line).await?;
    if let Some(contact) = contact {
        contacts::note(&home, number, &contact)?;
    }
    Ok(Done::VoterAdded(file))
}

/// A file's name that tells nothing and is nobody else's.
fn credential_name(card: &Card) -> String {
    veche_election::Hash::of(card.to_json().as_bytes())
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect()
}

/// Where the host has written down who this is.
fn line_of(home: &Home, election: &Election, number: VoterNumber) -> Result<usize> {
    let (_, lines) = AddedFile::beside(&home.path(CHECKPOINT_FILE), election)?;
    lines.iter().rposition(|line: &AddedVoter| line.number == number).ok_or_else(|| {
        Failure::other(both!(
            "the server says that the voter was added, and this folder does not know of it",
            "сервер говорит, что избиратель добавлен, а в этой папке о нём ничего нет"
        ))
    })
}

/// For good, by a logged act.
///
/// # Errors
/// Nobody has this number, or the act was not done.
pub async fn strike(
    dir: &Path,
    number: &str,
    reason: &str,
    key: Option<PathBuf>,
    front: &mut dyn Front,
) -> Result<Done> {
    let home = Home::new(dir);
    acts::refuse_draft(&dir.display().to_string())?;
    let election = home.election()?;
    refuse_unchangeable(&election)?;
    let (number, reason) = (voters::parse_number(number)?, clean_reason(reason, &election)?);
    let board = status::inspect(&home).await?;
    let (_, seat) = voters::find_voter(&voters::everybody(&home, &election, &board)?, number)?;
    let credential = board.current_credential(&seat.credential).unwrap_or(seat.credential);
    let had_voted = board.has_voted(&seat.credential);
    let by = Acting { target: dir.display().to_string(), key };
    acts::act(&by, Act::Strike { credential, reason }, front).await?;
    Ok(Done::VoterStruck { had_voted })
}

/// How a voter is reached: noted in the folder alone.
///
/// # Errors
/// Nobody has this number.
pub async fn correct(dir: &Path, number: &str, contact: &str) -> Result<Done> {
    let home = Home::new(dir);
    let (number, contact) = (voters::parse_number(number)?, contacts::clean(contact)?);
    let election = home.election()?;
    let board = status::inspect(&home).await?;
    voters::find_voter(&voters::everybody(&home, &election, &board)?, number)?;
    contacts::note(&home, number, &contact)?;
    Ok(Done::ContactNoted)
}

/// Said before a card is made for nothing.
fn refuse_unchangeable(election: &Election) -> Result<()> {
    if election.draft().roll_changes != RollChanges::Never {
        return Ok(());
    }
    Err(Failure::new(
        Exit::NotOpen,
        both!(
            "by its manifest the roll of this election is never changed",
            "список этих выборов не меняется: так сказано в манифесте"
        ),
    ))
}

fn parse_weight(text: &str, scale: u32) -> Result<Weight> {
    Weight::parse_votes(text, scale).ok_or_else(|| {
        Failure::usage(match scale {
            0 => tr!("\"{text}\" is not a whole number from 1", "«{text}» — не целое число от 1"),
            _ => tr!(
                "\"{text}\" is not a number above 0 with so many decimals at most: {scale}",
                "«{text}» — не число больше 0, или знаков после запятой больше, чем {scale}"
            ),
        })
    })
}

/// Where nothing may be told of voters, a reason of one's own would tell of one.
fn clean_reason(reason: &str, election: &Election) -> Result<String> {
    if election.draft().roll_shows != RollShows::Nothing {
        return clean_text(tr!("the reason", "причина"), reason, REASON_MAX_CHARS);
    }
    if RollReason::named(reason).is_some() {
        return Ok(reason.to_owned());
    }
    Err(Failure::usage(both!(
        "the published roll of this election shows nothing, so a reason may not tell of anybody",
        "список этих выборов не публикуется, поэтому и причина не должна никого выдавать"
    ))
    .next(both!(
        "Write one of these: mistake, joined, left, died, decision.",
        "Напишите одно из слов: mistake (ошибка), joined (вступил), left (выбыл), died (умер), decision (решение)."
    )))
}
