//! What the organiser does to an election: signed control entries, through a running server or without one.

use std::path::{Path, PathBuf};

use veche_client::{Address, Card};
use veche_election::{Act, Phase, entry::REASON_MAX_CHARS, log::Head, lot::is_drawn, manifest::LOT_MAX_CHARS};
use veche_server::{
    Home,
    clock::Clock,
    home::{HomeError, ORGANISER_KEY_FILE},
};

use crate::{
    actor::Actor,
    cards::{self, Printed, card_path},
    ceremonies, client,
    config::{self, clean_text, parse_time, show_time},
    failure::{Exit, Failure, Result},
    front::{Front, is_at_pages},
    hosted,
    lang::{Sentence, both, tr},
    setup,
    show::safe,
    status, voters,
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
    /// Of an election whose result waits for a lot: the closed log, by which it is drawn.
    Closed {
        lot: Option<Head>,
    },
    /// By the draw and this closed log; was it compared with what somebody had noted before?
    Drawn {
        closed: Option<Head>,
        compared: bool,
    },
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
            Self::Closed { lot: Some(closed) } if is_at_pages() => tr!(
                "The election is closed, and a lot has to decide. Before anything is drawn, write this down and read it aloud: {}\nThen draw \
                 in public what was announced, and enter it here.",
                "Голосование закрыто, и между равными решает жребий. Прежде чем тянуть или бросать, запишите и прочтите вслух: {}\n\
                 Затем бросьте или вытяните при всех то, что было объявлено, и запишите здесь.",
                closed_text(closed)
            ),
            Self::Closed { lot: None } if is_at_pages() => tr!("The election is closed.", "Голосование закрыто."),
            Self::CardReplaced(_) if is_at_pages() => {
                tr!("The new card is made; the old one is void.", "Новая карточка готова; старая недействительна.")
            }
            Self::VoterAdded(_) if is_at_pages() => tr!("The voter is on the roll.", "Избиратель в списке."),
            Self::Closed { lot: Some(closed) } => tr!(
                "The election is closed, and a lot has to decide. Before anything is drawn, write this down and read it aloud: \
                 {}\nThen draw in public what was announced, and: veche lot {target} --drawn \"...\" --closed {}",
                "Голосование закрыто, и между равными решает жребий. Прежде чем тянуть или бросать, запишите и прочтите вслух: {}\n\
                 Затем бросьте или вытяните при всех то, что было объявлено, и: veche lot {target} --drawn \"...\" --closed {}",
                closed_text(closed),
                closed.root
            ),
            Self::Closed { lot: None } => tr!(
                "The election is closed. For the result (of a secret election, once the trustees have opened the sums): veche result {target}",
                "Голосование закрыто. Результат (на тайных выборах — когда доверенные откроют суммы): veche result {target}"
            ),
            Self::Drawn { closed, compared } => {
                let done = tr!(
                    "The lot is in the log; the result follows.",
                    "Жребий записан в журнал; сейчас будет результат."
                );
                let Some(closed) = closed.filter(|_| !compared) else { return done };
                let depends = tr!(
                    "It depends on what was drawn and on {}. This was compared with nothing: whoever noted it before the draw compares \
                     now, since a closing that was made behind the draw could have chosen the order.",
                    "Порядок зависит от того, что выпало, и от этого: {}. Сверки не было: пусть сверит тот, кто записал это до \
                     жребия, — закрытием, которое сделано после него, порядок можно было выбрать.",
                    closed_text(&closed)
                );
                format!("{done}\n{depends}")
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
            Self::ContactNoted if is_at_pages() => {
                tr!("Noted at this desk, and nowhere else.", "Записано за этим пультом и больше нигде.")
            }
            Self::ContactNoted => {
                tr!("Noted in contacts.csv, and nowhere else.", "Записано в contacts.csv и больше нигде.")
            }
        }
    }
}

fn closed_text(closed: &Head) -> String {
    let (size, root) = (closed.size, closed.root);
    tr!("closed log of {size} entries, root {root}", "закрытый журнал, записей {size}, корень {root}")
}

pub async fn open(by: &Acting, front: &mut dyn Front) -> Result<Done> {
    refuse_draft(&by.target)?;
    let by = &*hosted::acting(by)?;
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
    let by = &*hosted::acting(by)?;
    act(by, Act::Closing, front).await?;
    // It is closed, whatever can be seen of it now.
    Ok(Done::Closed { lot: closed_log(by).await.ok().flatten() })
}

/// Of an open election that waits for its lot, the log as it was closed; nothing has followed since.
async fn closed_log(by: &Acting) -> Result<Option<Head>> {
    if !Address::is_one(&by.target) {
        let board = status::inspect(&Home::new(&by.target)).await?;
        return Ok(board.closed_log().filter(|_| board.awaits_lot()));
    }
    let address = client::at(&by.target)?;
    let election = address.election()?;
    let waits = address.status()?.phase == Phase::Closed && election.secret().is_none();
    if waits { Ok(Some(address.checkpoint(&election)?.checkpoint.head())) } else { Ok(None) }
}

/// `noted`: the root of the closed log, as somebody wrote it down before the draw. Another log that is shown behind it was made to
/// suit. Spec: `docs/spec/results.md` section 6.
pub async fn lot(by: &Acting, drawn: &str, noted: Option<&str>, front: &mut dyn Front) -> Result<Done> {
    let drawn = clean_text(tr!("what was drawn", "то, что выпало"), drawn, LOT_MAX_CHARS)?;
    if !is_drawn(&drawn) {
        return Err(Failure::usage(both!(
            "write what was drawn as numbers with one space between them and no zero in front: 4 1 3",
            "напишите выпавшее числами через один пробел, без нулей впереди: 4 1 3"
        ))
        .next(both!(
            "In the order that was announced. A draw that may be written in many ways could be written in the one that suits.",
            "В том порядке, который был объявлен: то, что можно записать по-разному, можно записать и как выгодно."
        )));
    }
    refuse_draft(&by.target)?;
    let by = &*hosted::acting(by)?;
    let closed = closed_log(by).await?;
    if let (Some(noted), None) = (noted, closed) {
        return Err(no_closing(noted));
    }
    if let Some((noted, closed)) = noted.zip(closed).filter(|(noted, closed)| noted.trim() != closed.root.to_string()) {
        return Err(other_closing(noted, &closed));
    }
    let actor = organiser(by, front)?;
    let actor = if let Some(closed) = closed { actor.behind(closed) } else { actor };
    act_by(&by.target, &actor, Act::Lot { drawn }, front).await?;
    Ok(Done::Drawn { closed, compared: noted.is_some() })
}

/// Whoever shows no closed log could have the lot signed for any.
fn no_closing(noted: &str) -> Failure {
    let noted = safe(noted);
    Failure::new(
        Exit::CheckFailed,
        both!(
            "no closed log that waits for its lot is shown, and you have noted the root of one: {noted}",
            "закрытого журнала, который ждёт жребия, не показано, а у вас записан корень такого: {noted}"
        ),
    )
    .next(both!(
        "Nothing was signed. See how the election stands: veche status",
        "Ничего не подписано. Посмотрите, как идут выборы: veche status"
    ))
}

fn other_closing(noted: &str, closed: &Head) -> Failure {
    let (shown, noted) = (closed_text(closed), safe(noted));
    Failure::new(
        Exit::CheckFailed,
        both!(
            "the log that is shown was closed otherwise than you have noted ({noted}): {shown}",
            "показанный журнал закрыт не так, как у вас записано ({noted}): {shown}"
        ),
    )
    .next(both!(
        "Nothing was signed. Look for a slip of the pen first. If there is none, the log was closed again behind the draw: tell \
         everybody, and draw anew only for a log that all have noted.",
        "Ничего не подписано. Сначала поищите описку. Если её нет, журнал закрыли заново после жребия: скажите об этом всем и бросайте \
         жребий снова только для журнала, который все записали."
    ))
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
    let [closes, now] = [closes, now].map(|at| Sentence::of(|| show_time(at)));
    Err(Failure::new(
        Exit::NotOpen,
        both!(
            "the closing time {closes} has passed (it is {now} by this machine's clock)",
            "время закрытия {closes} уже прошло (по часам этой машины {now})"
        ),
    )
    .next(if is_at_pages() {
        both!("Choose a later one.", "Назначьте более позднее.")
    } else {
        both!(
            "Give a later one: veche extend DIR --closes TIME --reason REASON",
            "Назначьте более позднее: veche extend ПАПКА --closes ВРЕМЯ --reason ПРИЧИНА"
        )
    }))
}

/// A new card for a voter's place. A ballot cast with the old card stays until the new one replaces it.
pub async fn replace_card(
    dir: &Path,
    number: &str,
    reason: &str,
    key: Option<PathBuf>,
    front: &mut dyn Front,
) -> Result<Done> {
    refuse_draft(&dir.display().to_string())?;
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
    let file = with_new_card(&home, &card, &format!("{NEW_CARD}{line}.json"), replaced, || Ok(line)).await?;
    Ok(Done::CardReplaced(file))
}

/// How files begin of cards whose act was not answered yet.
pub const NEW_CARD: &str = "new-card-";

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
            if is_at_pages() {
                return Err(failure.next(both!(
                    "The new card may be valid all the same, and is kept here. Do the same once more.",
                    "Возможно, новая карточка всё же действует; она сохранена здесь. Повторите то же ещё раз."
                )));
            }
            return Err(failure.next(both!(
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
    let by = &*hosted::acting(by)?;
    let actor = organiser(by, front)?;
    act_by(&by.target, &actor, act, front).await
}

fn organiser(by: &Acting, front: &mut dyn Front) -> Result<Actor> {
    let key = match &by.key {
        Some(path) => path.clone(),
        None if Address::is_one(&by.target) => {
            return Err(Failure::usage(both!(
                "an act at an address needs the organiser's key: --key organiser.key",
                "если назван адрес, нужен и --key organiser.key"
            )));
        }
        None => Home::new(&by.target).path(ORGANISER_KEY_FILE),
    };
    Actor::organiser(&key, front)
}

/// While the trustees make the key, there is nothing to act upon; nor where there is no folder.
pub fn refuse_draft(dir: &str) -> Result<()> {
    if !Address::is_one(dir) && !Home::new(dir).dir().exists() {
        return Err(Failure::usage(both!("there is no election in {dir}", "в {dir} нет выборов")));
    }
    ceremonies::refuse_draft(dir)
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
