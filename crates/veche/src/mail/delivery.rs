//! A run of letters: to whom, one after the other at a pace, each noted before and after it. What was sent before is not sent again;
//! what may have been sent is said, and left to the organiser.

use std::{collections::HashSet, pin::pin, time::Duration};

use data_encoding::BASE32_NOPAD;
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use veche_election::VoterNumber;
use veche_server::{Home, clock::Clock};

use super::{
    journal::{Became, Journal, Line, Standing},
    letter::Kind,
    people::{Addressee, Mailing, People, Unreached},
    smtp::{Connection, Handed, Reply, SmtpError, for_person},
};
use crate::{
    failure::{Exit, Failure, Result},
    front::is_at_pages,
    lang::{Sentence, both, tr},
    mail_address::MailAddress,
    mail_file::MailServer,
    randomness,
};

/// Who was reminded is left in peace so long: one reminder a day, however often the command is given.
const REMINDER_REST_S: u64 = 20 * 3_600;
/// So many refusals for good without a letter taken in between: not the voters are at fault.
const REFUSED_IN_A_ROW_MAX: u32 = 10;
/// So many that were put off: a bound of the server's, of the day or of the hour, has been reached.
const LATER_IN_A_ROW_MAX: u32 = 100;
/// So many letters on which the connection broke.
const BROKEN_IN_A_ROW_MAX: u32 = 3;
/// A connection on which nothing was said so long is given up before the server does.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Before a connection is tried again in the middle of a run.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(10)];

/// Who is written to again although the journal says otherwise.
#[derive(Default)]
pub struct Again {
    /// These and nobody else.
    pub only: Vec<VoterNumber>,
    /// Those too whose address was refused for good.
    pub refused: bool,
}

/// To whom a run goes, and why not to the others.
pub struct Plan {
    pub letters: Vec<Addressee>,
    /// Has been sent before.
    pub already: u64,
    /// Sent before to an address that is not the newest any more.
    pub moved: Vec<VoterNumber>,
    /// May have been sent: the program stopped, or the connection broke.
    pub uncertain: Vec<VoterNumber>,
    /// Refused for good at this address.
    pub refused: Vec<VoterNumber>,
    pub unreached: Vec<Unreached>,
    /// The organiser has named to whom, whatever went before: the same command again would write to all of these again.
    pub chosen: bool,
}

impl Plan {
    /// # Errors
    /// A number of `again.only` is nobody's who could be written to.
    pub fn new(people: People, kind: Kind, standing: &Standing, again: &Again) -> Result<Self> {
        let (mut letters, mut already, mut moved, mut uncertain, mut refused) = (vec![], 0, vec![], vec![], vec![]);
        let mut only: HashSet<VoterNumber> = again.only.iter().copied().collect();
        let (chosen, now) = (!only.is_empty(), Clock::system().wall());
        for person in people.written {
            let number = person.number;
            if chosen {
                if only.remove(&number) {
                    letters.push(person);
                }
                continue;
            }
            let last = standing.get(&(kind, number));
            let rested = |last: &Line| kind == Kind::Reminder && last.at.saturating_add(REMINDER_REST_S) <= now;
            match last {
                None => letters.push(person),
                Some(last) => match last.became {
                    Became::Sent | Became::Sending | Became::Unknown if rested(last) => letters.push(person),
                    Became::Sent if last.to != person.to.as_str() => moved.push(number),
                    Became::Sent => already += 1,
                    Became::Sending | Became::Unknown => uncertain.push(number),
                    Became::Refused if last.to == person.to.as_str() && !again.refused => refused.push(number),
                    Became::Refused | Became::Later => letters.push(person),
                },
            }
        }
        if let Some(number) = only.into_iter().next() {
            return Err(Failure::usage(both!(
                "{number} is nobody's number to whom such a letter could go",
                "номер {number} ни у кого, кому могло бы уйти такое письмо"
            )));
        }
        Ok(Self { letters, already, moved, uncertain, refused, unreached: people.unreached, chosen })
    }
}

/// What a run has done.
#[derive(Serialize)]
pub struct Report {
    pub letter: Kind,
    pub sent: u64,
    pub already: u64,
    /// Not now, with the mail server's words: the next run tries again.
    pub later: Vec<Told>,
    /// For good.
    pub refused: Vec<Told>,
    /// May have been sent.
    pub uncertain: Vec<VoterNumber>,
    pub moved: Vec<VoterNumber>,
    pub unreached: Vec<Unreached>,
    /// Planned, and not begun: the run was stopped before.
    pub left: Vec<VoterNumber>,
    /// The organiser has named to whom.
    #[serde(skip)]
    pub chosen: bool,
}

#[derive(Serialize)]
pub struct Told {
    pub number: VoterNumber,
    pub words: String,
}

/// The report, and why the run stopped before its end, if it did.
pub struct Delivered {
    pub report: Report,
    pub stopped: Option<Failure>,
}

/// Sends what is planned. `per_minute`: no more letters than so many. `stop`: when it comes, no further letter is begun. `told`: what
/// became of each, as it is noted.
///
/// # Errors
/// Nothing was sent: the mail server cannot be reached, is not whom it says, or does not let us in. Or the journal cannot be written.
pub async fn deliver(
    mailing: &Mailing,
    plan: Plan,
    journal: &mut Journal,
    courier: &mut Courier<'_>,
    per_minute: u32,
    stop: impl Future<Output = ()>,
    mut told: impl FnMut(&Line),
) -> Result<Delivered> {
    let mut stop = pin!(stop);
    let Plan { letters, already, moved, uncertain, refused, unreached, chosen } = plan;
    let was_refused = |number: VoterNumber| {
        let words = journal.standing.get(&(mailing.kind, number)).map_or_else(String::new, |line| line.words.clone());
        Told { number, words }
    };
    let refused = refused.into_iter().map(was_refused).collect();
    let (letter, mut not_begun) = (mailing.kind, letters.iter());
    let mut report =
        Report { letter, sent: 0, already, later: vec![], refused, uncertain, moved, unreached, left: vec![], chosen };
    let pace = Duration::from_secs(60) / per_minute.max(1);
    let (mut next, mut stopped, mut fates) = (Instant::now(), None, Fates::default());
    if !letters.is_empty() {
        courier.connect().await.map_err(|error| error.failure_before(courier.server))?;
    }
    for to in &letters {
        // Between two letters alone: one that is being handed over comes to its end.
        let is_stopped = tokio::select! {
            biased;
            () = &mut stop => true,
            () = sleep_until(next) => false,
        };
        if is_stopped {
            stopped = Some(Failure::other(both!("it was stopped", "отправка остановлена")));
            break;
        }
        next = (next + pace).max(Instant::now());
        if mailing.is_over() {
            stopped = Some(Failure::new(
                Exit::NotOpen,
                both!("meanwhile the closing time has come", "тем временем наступило время закрытия"),
            ));
            break;
        }
        if let Err(error) = courier.be_connected().await {
            stopped = Some(if to.has_code() {
                error.failure_saying(courier.server, &Sentence::of(|| error.told_without_words()))
            } else {
                error.failure(courier.server)
            });
            break;
        }
        let message = mailing.letter(to).message(courier.server, &to.to, &message_id()?)?;
        journal.note(line(mailing.kind, to, Became::Sending, String::new()))?;
        let handed = courier.carry(&to.to, &message).await;
        let (became, words) = fate(&handed, to);
        let noted = line(mailing.kind, to, became, words.clone());
        journal.note(noted.clone()).map_err(|failure| unnoted(failure, to.number, became))?;
        told(&noted);
        not_begun.next();
        match became {
            Became::Sent => report.sent += 1,
            Became::Later => report.later.push(Told { number: to.number, words }),
            Became::Refused => report.refused.push(Told { number: to.number, words }),
            Became::Sending | Became::Unknown => report.uncertain.push(to.number),
        }
        stopped = fates.stop_after(&handed, &noted.words, courier.server);
        if stopped.is_some() {
            break;
        }
    }
    courier.leave().await;
    report.left = not_begun.map(|to| to.number).collect();
    Ok(Delivered { report, stopped })
}

fn line(letter: Kind, to: &Addressee, became: Became, words: String) -> Line {
    Line { at: Clock::system().wall(), letter, number: to.number, to: to.to.to_string(), became, words }
}

fn unnoted(failure: Failure, number: VoterNumber, became: Became) -> Failure {
    let next = match became {
        Became::Sent => both!(
            "The letter to {number} was taken all the same. Make room, and go on; it counts as one that may have been sent.",
            "Письмо для {number} всё же принято. Освободите место и продолжайте; оно будет среди тех, что могли уйти."
        ),
        _ => both!("Make room, and go on.", "Освободите место и продолжайте."),
    };
    failure.next(next)
}

/// What a letter's end is in the journal, with the server's words.
fn fate(handed: &Handed, to: &Addressee) -> (Became, String) {
    let became = match handed {
        Handed::Taken(_) => Became::Sent,
        Handed::Refused(reply) if !reply.may_be_tried_again() => Became::Refused,
        // Where whoever sends is refused, the voter is not at fault: it has to be mended, and then all is tried again.
        Handed::Refused(_) | Handed::SenderRefused(_) | Handed::NotTaken(_) => Became::Later,
        Handed::Unknown(_) => Became::Unknown,
    };
    let words = match handed {
        Handed::Taken(reply) | Handed::Refused(reply) | Handed::SenderRefused(reply) => {
            if to.has_code() {
                without_words(reply)
            } else {
                reply.words()
            }
        }
        Handed::NotTaken(error) | Handed::Unknown(error) => {
            if to.has_code() {
                error.told_without_words()
            } else {
                error.told()
            }
        }
    };
    (became, words)
}

/// A server's words may repeat a letter, this one or another, plain or as it went over the line. Where letters hold codes, nothing of
/// them comes into the journal, or to the screen.
fn without_words(reply: &Reply) -> String {
    let code = reply.code();
    tr!(
        "{code} (where letters hold codes, a server's words are not kept)",
        "{code} (когда в письмах коды, слова сервера не сохраняются)"
    )
}

/// What no other letter has.
pub fn message_id() -> Result<String> {
    Ok(BASE32_NOPAD.encode(&randomness::random::<15>()?).to_lowercase())
}

fn later() -> Sentence {
    if is_at_pages() {
        both!("Send later, or fewer letters in a minute.", "Отправьте позже или по меньше писем в минуту.")
    } else {
        both!("Later, or slower. (--per-minute)", "Позже или медленнее. (--per-minute)")
    }
}

/// How the last letters fared: a server that refuses everybody is not asked about everybody.
#[derive(Default)]
struct Fates {
    refused: u32,
    later: u32,
    broken: u32,
}

impl Fates {
    /// `words`: the server's, as they may be told.
    fn stop_after(&mut self, handed: &Handed, words: &str, server: &MailServer) -> Option<Failure> {
        let words = for_person(words);
        match handed {
            Handed::Taken(_) => *self = Self::default(),
            Handed::Refused(reply) if reply.may_be_tried_again() => {
                (self.later, self.broken) = (self.later + 1, 0);
                if self.later >= LATER_IN_A_ROW_MAX {
                    return Some(
                        Failure::other(both!(
                            "the mail server has taken none of {LATER_IN_A_ROW_MAX} letters in a row for now: {words}",
                            "почтовый сервер подряд не принял пока ни одного из писем ({LATER_IN_A_ROW_MAX}): {words}"
                        ))
                        .next(later()),
                    );
                }
            }
            Handed::Refused(_) => {
                (self.refused, self.later, self.broken) = (self.refused + 1, 0, 0);
                if self.refused >= REFUSED_IN_A_ROW_MAX {
                    return Some(
                        Failure::other(both!(
                            "the mail server has refused {REFUSED_IN_A_ROW_MAX} letters in a row for good; the last words need not be \
                             the voter's fault: {words}",
                            "почтовый сервер подряд навсегда отклонил писем: {REFUSED_IN_A_ROW_MAX}; его последние слова вряд ли о \
                             вине избирателя: {words}"
                        ))
                        .next(if is_at_pages() {
                            both!(
                                "Ask whoever runs the mail server. Then send also to addresses that were refused for good.",
                                "Спросите тех, чей это почтовый сервер. Затем отправьте и по адресам, отклонённым навсегда."
                            )
                        } else {
                            both!(
                                "Ask whoever runs the mail server. Then: --retry-refused",
                                "Спросите тех, чей это почтовый сервер. Затем: --retry-refused"
                            )
                        }),
                    );
                }
            }
            Handed::SenderRefused(_) => {
                let from = &server.from;
                return Some(
                    Failure::other(both!(
                        "the mail server takes no letter from {from} now: {words}",
                        "почтовый сервер сейчас не берёт писем от {from}: {words}"
                    ))
                    .next(later()),
                );
            }
            Handed::NotTaken(error) | Handed::Unknown(error) => {
                self.broken += 1;
                if self.broken >= BROKEN_IN_A_ROW_MAX {
                    return Some(error.failure_saying(server, &words.into()));
                }
            }
        }
        None
    }
}

/// Whoever keeps the connection.
pub struct Courier<'a> {
    pub server: &'a MailServer,
    password: Option<&'a str>,
    connection: Option<Connection>,
    spoke: Instant,
}

impl<'a> Courier<'a> {
    pub fn new(server: &'a MailServer, password: Option<&'a str>) -> Self {
        Self { server, password, connection: None, spoke: Instant::now() }
    }

    pub async fn connect(&mut self) -> std::result::Result<(), SmtpError> {
        self.connection = Some(Connection::open(self.server, self.password).await?);
        self.spoke = Instant::now();
        Ok(())
    }

    /// In the middle of a run a server may want some rest.
    async fn be_connected(&mut self) -> std::result::Result<(), SmtpError> {
        if self.connection.as_ref().is_some_and(Connection::is_usable) && self.spoke.elapsed() < IDLE_MAX {
            return Ok(());
        }
        self.leave().await;
        for pause in PAUSES {
            match self.connect().await {
                Ok(()) => return Ok(()),
                Err(error) if error.may_pass() => sleep(pause).await,
                Err(error) => return Err(error),
            }
        }
        self.connect().await
    }

    /// A letter that was certainly not taken since the connection had gone is handed over once more on another one.
    pub async fn carry(&mut self, to: &MailAddress, message: &[u8]) -> Handed {
        let first = self.hand_over(to, message).await;
        if !matches!(first, Handed::NotTaken(_)) {
            return first;
        }
        match self.be_connected().await {
            Ok(()) => self.hand_over(to, message).await,
            Err(error) => Handed::NotTaken(error),
        }
    }

    async fn hand_over(&mut self, to: &MailAddress, message: &[u8]) -> Handed {
        let Some(connection) = &mut self.connection else { return Handed::NotTaken(SmtpError::HungUp) };
        let handed = connection.hand_over(to, message).await;
        self.spoke = Instant::now();
        handed
    }

    pub async fn leave(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}

/// Letters that may have gone are noted as sent: the organiser has learnt that they have arrived.
///
/// # Errors
/// Of one of them it is not in doubt; then none is noted.
pub fn note_arrived(home: &Home, kind: Kind, numbers: &[VoterNumber]) -> Result<()> {
    let mut journal = Journal::open(home, home.election()?.id())?;
    let in_doubt = |number: &VoterNumber| {
        let last = journal.standing.get(&(kind, *number)).cloned();
        last.filter(|line| matches!(line.became, Became::Sending | Became::Unknown)).ok_or_else(|| {
            Failure::usage(both!(
                "of a letter to {number} it is not in doubt whether it has gone",
                "о письме для {number} не бывало сомнений, ушло ли оно"
            ))
        })
    };
    // All of them, or none.
    let open = numbers.iter().map(in_doubt).collect::<Result<Vec<_>>>()?;
    for open in open {
        let words = tr!("arrived, says the organiser", "дошло, говорит организатор");
        journal.note(Line { at: Clock::system().wall(), became: Became::Sent, words, ..open })?;
    }
    Ok(())
}

/// Not everybody has a letter: the exit code of a run.
pub fn not_everybody(report: &Report) -> Option<Failure> {
    let missing = report.later.len() + report.refused.len() + report.uncertain.len() + report.left.len();
    (missing > 0).then(|| {
        let text = tr!(
            "letters that have not gone, or may not have: {missing}",
            "писем, которые не ушли или, может быть, не ушли: {missing}"
        );
        Failure::new(Exit::Other, text).next(how_to_go_on(report))
    })
}

/// What to type after a run that did not write to everybody.
pub fn how_to_go_on(report: &Report) -> String {
    if report.chosen {
        tr!(
            "The same command would write to all of these again: name behind --resend only those whom it has not reached.",
            "Та же команда написала бы всем им ещё раз: назовите в --resend только тех, до кого она не дошла."
        )
    } else {
        tr!("The same command sends what was not sent.", "Та же команда отправит неотправленное.")
    }
}
