//! What the organiser does to an election: signed control entries, through a running server or without one.

use std::path::{Path, PathBuf};

use veche_client::{Address, Card};
use veche_election::{Act, entry::REASON_MAX_CHARS, lot::is_drawn, manifest::LOT_MAX_CHARS};
use veche_server::{
    Home,
    clock::Clock,
    home::{HomeError, ORGANISER_KEY_FILE},
};

use crate::{
    actor::Actor,
    cards::{self, Printed, card_path},
    client,
    config::{self, clean_text, parse_time, show_time},
    failure::{Exit, Failure, Result},
    front::Front,
    lang::tr,
    setup, status, voters,
};

/// In which election, and by whose key, an organiser acts.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The election's folder, or an address.
    pub target: String,
    /// The organiser's key; if none is named, that of the folder.
    pub key: Option<PathBuf>,
}

/// What was done, for whoever shows it.
pub enum Done {
    Opened,
    Closed,
    Drawn,
    Paused,
    Resumed,
    Cancelled,
    CandidateWithdrawn,
    Extended {
        closes: u64,
    },
    /// The new card's file.
    CardReplaced(PathBuf),
    VoterAdded(PathBuf),
    VoterStruck {
        had_voted: bool,
    },
    ContactNoted,
}

impl Done {
    /// In a sentence. `target`: the election, as a command names it.
    pub fn text(&self, target: &str) -> String {
        match self {
            Self::Opened => tr!("The election is open.", "Голосование открыто."),
            Self::Closed => tr!(
                "The election is closed. For the result (of a secret election, once the trustees have opened the sums): veche result {target}",
                "Голосование закрыто. Результат (на тайных выборах — когда доверенные откроют суммы): veche result {target}"
            ),
            Self::Drawn => {
                tr!("The lot is in the log; the result follows.", "Жребий записан в журнал; сейчас будет результат.")
            }
            Self::Paused => tr!("The election is paused.", "Голосование приостановлено."),
            Self::Resumed => tr!("The election goes on.", "Голосование продолжается."),
            Self::Cancelled => tr!("The election is cancelled.", "Выборы отменены."),
            Self::CandidateWithdrawn => tr!(
                "The candidate is withdrawn for good and gets no place; the marks stay in the ballots.",
                "Кандидат снят окончательно; оценки ему остаются в бюллетенях, но места он не получит."
            ),
            Self::Extended { closes } => {
                let time = show_time(*closes);
                tr!("The election closes at {time}.", "Время закрытия голосования: {time}.")
            }
            Self::CardReplaced(file) => {
                tr!("New card: {} (the old one is void)", "Новая карточка: {} (старая недействительна)", file.display())
            }
            Self::VoterAdded(file) => {
                tr!("The voter is on the roll. Card: {}", "Избиратель в списке. Карточка: {}", file.display())
            }
            Self::VoterStruck { had_voted: true } => tr!(
                "The voter is struck from the roll, and the ballot no longer counts.",
                "Избиратель вычеркнут из списка, его бюллетень больше не учитывается."
            ),
            Self::VoterStruck { had_voted: false } => {
                tr!("The voter is struck from the roll.", "Избиратель вычеркнут из списка.")
            }
            Self::ContactNoted => {
                tr!("Noted in contacts.csv, and nowhere else.", "Записано в contacts.csv и больше нигде.")
            }
        }
    }
}

pub async fn open(by: &Acting, front: &mut dyn Front) -> Result<Done> {
    if !Address::is_one(&by.target) {
        setup::finish(&Home::new(&by.target), front).await?;
    }
    if !Home::new(&by.target).has_draft()
        && let Some(closes) = status::look(&by.target).await?.closes
    {
        refuse_past(closes)?;
    }
    act(by, Act::Opening, front).await?;
    Ok(Done::Opened)
}

pub async fn close(by: &Acting, front: &mut dyn Front) -> Result<Done> {
    act(by, Act::Closing, front).await?;
    Ok(Done::Closed)
}

pub async fn lot(by: &Acting, drawn: &str, front: &mut dyn Front) -> Result<Done> {
    let drawn = clean_text(tr!("what was drawn", "то, что выпало"), drawn, LOT_MAX_CHARS)?;
    if !is_drawn(&drawn) {
        return Err(Failure::usage(tr!(
            "write what was drawn as numbers with one space between them and no zero in front: --drawn \"4 1 3\"",
            "напишите выпавшее числами через один пробел, без нулей впереди: --drawn \"4 1 3\""
        ))
        .next(tr!(
            "In the order that was announced. A draw that may be written in many ways could be written in the one that suits.",
            "В том порядке, который был объявлен: то, что можно записать по-разному, можно записать и как выгодно."
        )));
    }
    act(by, Act::Lot { drawn }, front).await?;
    Ok(Done::Drawn)
}

pub async fn pause(by: &Acting, reason: &str, front: &mut dyn Front) -> Result<Done> {
    act(by, Act::Pause { reason: clean_reason(reason)? }, front).await?;
    Ok(Done::Paused)
}

pub async fn resume(by: &Acting, reason: &str, front: &mut dyn Front) -> Result<Done> {
    act(by, Act::Resume { reason: clean_reason(reason)? }, front).await?;
    Ok(Done::Resumed)
}

pub async fn cancel(by: &Acting, reason: &str, front: &mut dyn Front) -> Result<Done> {
    act(by, Act::Cancel { reason: clean_reason(reason)? }, front).await?;
    Ok(Done::Cancelled)
}

/// Before the closing, and never taken back.
pub async fn withdraw(by: &Acting, contest: u32, candidate: &str, reason: &str, front: &mut dyn Front) -> Result<Done> {
    let (candidate, reason) = (candidate.to_owned(), clean_reason(reason)?);
    act(by, Act::Withdraw { contest, candidate, reason }, front).await?;
    Ok(Done::CandidateWithdrawn)
}

pub async fn extend(by: &Acting, closes: &str, reason: &str, front: &mut dyn Front) -> Result<Done> {
    let closes = parse_time(closes)?;
    refuse_past(closes)?;
    let reason = clean_reason(reason)?;
    // Whether it is late shows when it is signed.
    act(by, Act::Extend { closes, late: false, reason }, front).await?;
    Ok(Done::Extended { closes })
}

/// From opening or extension on, an election closes at a time that is still to come.
fn refuse_past(closes: u64) -> Result<()> {
    let now = Clock::system().wall();
    if closes > now {
        return Ok(());
    }
    let (closes, now) = (show_time(closes), show_time(now));
    Err(Failure::new(
        Exit::NotOpen,
        tr!(
            "the closing time {closes} has passed (it is {now} by this machine's clock)",
            "время закрытия {closes} уже прошло (по часам этой машины {now})"
        ),
    )
    .next(tr!(
        "Give a later one: veche extend DIR --closes TIME --reason REASON",
        "Назначьте более позднее: veche extend ПАПКА --closes ВРЕМЯ --reason ПРИЧИНА"
    )))
}

/// A new card for a voter's place. A ballot cast with the old card stays until the new one replaces it.
pub async fn replace_card(
    dir: &Path,
    number: &str,
    reason: &str,
    key: Option<PathBuf>,
    front: &mut dyn Front,
) -> Result<Done> {
    let home = Home::new(dir);
    let election = home.election()?;
    let (number, reason) = (voters::parse_number(number)?, clean_reason(reason)?);
    let board = status::inspect(&home).await?;
    let (line, seat) = voters::find_voter(&voters::everybody(&home, &election, &board)?, number)?;
    let old = board.current_credential(&seat.credential).unwrap_or(seat.credential);
    let (secret, new) = setup::new_credential(&election)?;
    let by = Acting { target: dir.display().to_string(), key };
    let url = cards::read(&card_path(&home, line)).ok().and_then(|old| old.url).or(config::public_url(&home)?);
    let card = Card { url, ..Card::new(&election, number, &seat.name, &secret) };
    let replaced = act(&by, Act::Replace { old, new, reason }, front);
    let file = with_new_card(&home, &card, &format!("new-card-{line}.json"), replaced, || Ok(line)).await?;
    Ok(Done::CardReplaced(file))
}

/// An act that makes a card valid. `waiting`: where the card lies meanwhile; `line`: the line of its voter, once the act is
/// done. Returns the card's file.
pub async fn with_new_card(
    home: &Home,
    card: &Card,
    waiting: &str,
    act: impl Future<Output = Result<()>>,
    line: impl FnOnce() -> Result<usize>,
) -> Result<PathBuf> {
    // The new secret is on the disk before anything depends on it.
    home.write_secret(waiting, card.to_json().as_bytes())?;
    let remove = || std::fs::remove_file(home.path(waiting)).map_err(|error| HomeError::io(&home.path(waiting), error));
    let line = match act.await {
        Ok(()) => line()?,
        // Whether it is in the log is not known: with the secret goes the only card that may be in force.
        Err(failure @ Failure { exit: Exit::Busy | Exit::Unreachable | Exit::CheckFailed, .. }) => {
            let waiting = home.path(waiting);
            let waiting = waiting.display();
            return Err(failure.next(tr!(
                "The new card may be valid all the same. It is in {waiting}: keep that file, and give this command again.",
                "Возможно, новая карточка всё же действует. Она лежит в {waiting}: сохраните её и повторите команду."
            )));
        }
        Err(failure) => {
            remove()?;
            return Err(failure);
        }
    };
    cards::write(card, line, home, &Printed::of(home)?)?;
    remove()?;
    home.sync()?;
    Ok(card_path(home, line))
}

fn clean_reason(reason: &str) -> Result<String> {
    clean_text(tr!("the reason", "причина"), reason, REASON_MAX_CHARS)
}

/// Signs and appends: through the server that holds the folder's lock, or with the same sequencer here.
pub async fn act(by: &Acting, act: Act, front: &mut dyn Front) -> Result<()> {
    refuse_draft(&by.target)?;
    let key = match &by.key {
        Some(path) => path.clone(),
        None if Address::is_one(&by.target) => {
            return Err(Failure::usage(tr!(
                "an act at an address needs the organiser's key: --key organiser.key",
                "если назван адрес, нужен и --key organiser.key"
            )));
        }
        None => Home::new(&by.target).path(ORGANISER_KEY_FILE),
    };
    act_by(&by.target, &Actor::organiser(&key, front)?, act, front).await
}

/// While the trustees make the key, there is nothing to act upon; nor where there is no folder.
pub fn refuse_draft(dir: &str) -> Result<()> {
    if !Address::is_one(dir) && !Home::new(dir).dir().exists() {
        return Err(Failure::usage(tr!("there is no election in {dir}", "в {dir} нет выборов")));
    }
    if Home::new(dir).has_draft() {
        return Err(Failure::new(
            Exit::NotOpen,
            tr!(
                "the trustees have not made the key of this election yet",
                "доверенные ещё не создали ключ этих выборов"
            ),
        )
        .next(tr!(
            "See: veche check {dir}, then veche setup {dir}",
            "См. veche check {dir}, затем veche setup {dir}"
        )));
    }
    Ok(())
}

/// As [`act`], by whoever may do it.
pub async fn act_by(target: &str, actor: &Actor, act: Act, front: &mut dyn Front) -> Result<()> {
    if Address::is_one(target) {
        return actor.send(&client::at(target)?, &act);
    }
    let home = Home::new(target);
    setup::finish(&home, front).await?;
    let election = home.election()?;
    match home.lock() {
        Ok(_lock) => setup::append_offline(&home, &election, actor, act).await,
        Err(error @ HomeError::Locked(..)) => match home.served_at() {
            Some(url) => actor.send(&Address::own(&url), &act),
            None => Err(Failure::new(Exit::Busy, error)),
        },
        Err(error) => Err(error.into()),
    }
}
