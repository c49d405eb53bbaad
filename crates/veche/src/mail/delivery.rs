//! A run of letters: to whom, one after the other at a pace, each noted before and after it. What was sent before is not sent again;
//! what may have been sent is said, and left to the organiser.

use std::{collections::HashSet, time::Duration};

use data_encoding::BASE32_NOPAD;
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use veche_election::{VoterNumber, credential::typed_code};
use veche_server::clock::Clock;

use super::{
    journal::{Became, Journal, Line, Standing},
    letter::Kind,
    people::{Addressee, Mailing, People, Unreached},
    smtp::{Connection, Handed, SmtpError},
};
use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    mail_address::MailAddress,
    mail_file::MailServer,
    randomness,
};

/// Who was reminded is left in peace so long: one reminder a day, however often the command is given.
const REMINDER_REST_S: u64 = 20 * 3_600;
/// So many refusals for good without a letter taken in between: not the voters are at fault.
const REFUSED_IN_A_ROW_MAX: u32 = 10;
/// So many letters on which the connection broke.
const BROKEN_IN_A_ROW_MAX: u32 = 3;
/// A connection on which nothing was said so long is given up before the server does.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Before a connection is tried again in the middle of a run.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(10)];
/// Symbols of a code that a server's words may not share with the letter.
const CODE_PART_SYMBOLS: usize = 6;

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
                Some(last) if rested(last) => letters.push(person),
                None => letters.push(person),
                Some(last) => match last.became {
                    Became::Sent if last.to != person.to.as_str() => moved.push(number),
                    Became::Sent => already += 1,
                    Became::Sending | Became::Unknown => uncertain.push(number),
                    Became::Refused if last.to == person.to.as_str() && !again.refused => refused.push(number),
                    Became::Refused | Became::Later => letters.push(person),
                },
            }
        }
        if let Some(number) = only.into_iter().next() {
            return Err(Failure::usage(tr!(
                "{number} is nobody's number to whom such a letter could go",
                "номер {number} ни у кого, кому могло бы уйти такое письмо"
            )));
        }
        Ok(Self { letters, already, moved, uncertain, refused, unreached: people.unreached })
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
    pub left: u64,
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

/// Sends what is planned. `per_minute`: no more letters than so many. `told`: what became of each, as it is noted.
///
/// # Errors
/// Nothing was sent: the mail server cannot be reached, is not whom it says, or does not let us in. Or the journal cannot be written.
pub async fn deliver(
    mailing: &Mailing,
    plan: Plan,
    journal: &mut Journal,
    courier: &mut Courier<'_>,
    per_minute: u32,
    mut told: impl FnMut(&Line),
) -> Result<Delivered> {
    let Plan { letters, already, moved, uncertain, refused, unreached } = plan;
    let was_refused = |number: VoterNumber| {
        let words = journal.standing.get(&(mailing.kind, number)).map_or_else(String::new, |line| line.words.clone());
        Told { number, words }
    };
    let refused = refused.into_iter().map(was_refused).collect();
    let (letter, left) = (mailing.kind, letters.len() as u64);
    let mut report = Report { letter, sent: 0, already, later: vec![], refused, uncertain, moved, unreached, left };
    let pace = Duration::from_secs(60) / per_minute.max(1);
    let (mut next, mut stopped, mut fates) = (Instant::now(), None, Fates::default());
    if !letters.is_empty() {
        courier.connect().await.map_err(|error| error.failure(courier.server))?;
    }
    for to in &letters {
        sleep_until(next).await;
        next = (next + pace).max(Instant::now());
        if let Err(error) = courier.be_connected().await {
            stopped = Some(error.failure(courier.server));
            break;
        }
        let message = mailing.letter(to).message(courier.server, &to.to, &message_id()?)?;
        journal.note(line(mailing.kind, to, Became::Sending, String::new()))?;
        let handed = courier.carry(&to.to, &message).await;
        let (became, words) = fate(&handed, to);
        let noted = line(mailing.kind, to, became, words.clone());
        journal.note(noted.clone()).map_err(|failure| unnoted(failure, to.number, became))?;
        told(&noted);
        report.left -= 1;
        match became {
            Became::Sent => report.sent += 1,
            Became::Later => report.later.push(Told { number: to.number, words }),
            Became::Refused => report.refused.push(Told { number: to.number, words }),
            Became::Sending | Became::Unknown => report.uncertain.push(to.number),
        }
        stopped = fates.stop_after(&handed, courier.server);
        if stopped.is_some() {
            break;
        }
    }
    courier.leave().await;
    Ok(Delivered { report, stopped })
}

fn line(letter: Kind, to: &Addressee, became: Became, words: String) -> Line {
    Line { at: Clock::system().wall(), letter, number: to.number, to: to.to.to_string(), became, words }
}

fn unnoted(failure: Failure, number: VoterNumber, became: Became) -> Failure {
    let next = match became {
        Became::Sent => tr!(
            "The letter to {number} was taken all the same. Make room, and go on; it counts as one that may have been sent.",
            "Письмо для {number} всё же принято. Освободите место и продолжайте; оно будет среди тех, что могли уйти."
        ),
        _ => tr!("Make room, and go on.", "Освободите место и продолжайте."),
    };
    failure.next(next)
}

/// What a letter's end is in the journal, with the server's words.
fn fate(handed: &Handed, to: &Addressee) -> (Became, String) {
    match handed {
        Handed::Taken(reply) => (Became::Sent, without_code(reply.words(), to)),
        Handed::Refused(reply) if reply.may_be_tried_again() => (Became::Later, without_code(reply.words(), to)),
        Handed::Refused(reply) => (Became::Refused, without_code(reply.words(), to)),
        // Not this voter's: whoever sends has to do something, and then all is tried again.
        Handed::SenderRefused(reply) => (Became::Later, without_code(reply.words(), to)),
        Handed::NotTaken(error) => (Became::Later, without_code(error.told(), to)),
        Handed::Unknown(error) => (Became::Unknown, without_code(error.told(), to)),
    }
}

/// A server's words may repeat the letter: of a code nothing comes into the journal, or to the screen.
fn without_code(words: String, to: &Addressee) -> String {
    let (code, said) = (typed_code(&to.code()), typed_code(&words));
    let symbols: Vec<char> = code.chars().collect();
    let repeats = symbols.windows(CODE_PART_SYMBOLS).any(|part| said.contains(&part.iter().collect::<String>()));
    if !repeats {
        return words;
    }
    let status: String = words.chars().take_while(char::is_ascii_digit).collect();
    tr!(
        "{status} (its words repeat the letter, and are not kept)",
        "{status} (его слова повторяют письмо и не сохранены)"
    )
}

/// What no other letter has.
pub fn message_id() -> Result<String> {
    Ok(BASE32_NOPAD.encode(&randomness::random::<15>()?).to_lowercase())
}

/// How the last letters fared: a server that refuses everybody is not asked about everybody.
#[derive(Default)]
struct Fates {
    refused: u32,
    broken: u32,
}

impl Fates {
    fn stop_after(&mut self, handed: &Handed, server: &MailServer) -> Option<Failure> {
        let next = tr!(
            "The same command goes on where this one stopped.",
            "Та же команда продолжит с того места, где остановилась эта."
        );
        match handed {
            Handed::Taken(_) => *self = Self::default(),
            Handed::Refused(reply) if reply.may_be_tried_again() => {}
            Handed::Refused(reply) => {
                (self.refused, self.broken) = (self.refused + 1, 0);
                if self.refused >= REFUSED_IN_A_ROW_MAX {
                    let words = reply.words();
                    return Some(Failure::other(tr!(
                        "the mail server has refused {REFUSED_IN_A_ROW_MAX} letters in a row for good; the last words need not be \
                         the voter's fault: {words}",
                        "почтовый сервер подряд навсегда отклонил писем: {REFUSED_IN_A_ROW_MAX}; его последние слова вряд ли о вине \
                         избирателя: {words}"
                    ))
                    .next(tr!(
                        "Ask whoever runs the mail server, then: --retry-refused",
                        "Спросите тех, чей это почтовый сервер, затем: --retry-refused"
                    )));
                }
            }
            Handed::SenderRefused(reply) => {
                let (from, words) = (&server.from, reply.words());
                return Some(
                    Failure::other(tr!(
                        "the mail server takes no letter from {from} now: {words}",
                        "почтовый сервер сейчас не берёт писем от {from}: {words}"
                    ))
                    .next(tr!("Later, or slower (--per-minute). {next}", "Позже или медленнее (--per-minute). {next}")),
                );
            }
            Handed::NotTaken(error) | Handed::Unknown(error) => {
                self.broken += 1;
                if self.broken >= BROKEN_IN_A_ROW_MAX {
                    return Some(error.failure(server).next(next));
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
                // What it is about does not change by waiting.
                Err(error @ (SmtpError::Tls(_) | SmtpError::NoStartTls | SmtpError::Injected | SmtpError::NotHere)) => {
                    return Err(error);
                }
                Err(error @ (SmtpError::NoLogin | SmtpError::Login(_))) => return Err(error),
                Err(_) => sleep(pause).await,
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

/// Not everybody has a letter: the exit code of a run.
pub fn not_everybody(report: &Report) -> Option<Failure> {
    let missing = report.later.len() + report.refused.len() + report.uncertain.len();
    (missing > 0 || report.left > 0).then(|| {
        let missing = missing as u64 + report.left;
        Failure::new(
            Exit::Other,
            tr!(
                "letters that have not gone, or may not have: {missing}",
                "писем, которые не ушли или, может быть, не ушли: {missing}"
            ),
        )
        .next(tr!("The same command sends what was not sent.", "Та же команда отправит неотправленное."))
    })
}
