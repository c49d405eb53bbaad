//! Who gets a letter, and what stands in it: everybody on the roll who has not been struck, at the newest contact that is an e-mail
//! address; of a reminder only those of whom the log has no ballot.

use std::collections::HashMap;

use serde::Serialize;
use veche_client::{
    Card,
    link::{BOOTH_PATH, Link},
};
use veche_election::{Board, Election, Phase, VoterNumber, roll::Seat};
use veche_server::{Home, clock::Clock, home::ROLL_CSV_FILE};
use zeroize::Zeroizing;

use super::letter::{Kind, Letter, Template, Values};
use crate::{
    acts, cards,
    config::{self, ElectionFile},
    contacts,
    failure::{Exit, Failure, Result},
    front::{Front, is_at_pages},
    lang::{self, Language, Sentence, both, tr},
    mail_address::{MailAddress, NotMail},
    mail_file::{MailFile, MailServer},
    rolls, russian, setup, status, times, voters,
};

/// What is asked for.
pub struct Wish {
    pub kind: Kind,
    /// Link and code in one letter: whoever reads the mail can vote.
    pub with_code: bool,
    /// The organiser's own text, in place of ours.
    pub template: Option<String>,
    /// Of the letters; the election's if absent, else the organiser's.
    pub language: Option<Language>,
    /// With `with_code`: the cards, where they do not lie in the folder.
    pub cards: Option<Vec<Card>>,
}

/// A voter with an address.
#[derive(Clone)]
pub struct Addressee {
    pub number: VoterNumber,
    pub name: String,
    pub to: MailAddress,
    /// With `with_code` only.
    card: Option<Card>,
}

/// A voter without one.
#[derive(Debug, Clone, Serialize)]
pub struct Unreached {
    pub number: VoterNumber,
    pub name: String,
    /// As it stands in the roll.
    pub contact: String,
    /// What is wrong with it; nothing where there is no contact, or another one.
    pub why: Option<String>,
}

pub struct People {
    pub written: Vec<Addressee>,
    pub unreached: Vec<Unreached>,
}

/// All that letters of one kind are made from.
pub struct Mailing {
    pub election: Election,
    pub kind: Kind,
    server: Option<MailServer>,
    template: Template,
    url: String,
    closes: String,
    closes_at: Option<u64>,
    language: Option<Language>,
}

impl Mailing {
    /// # Errors
    /// The election is at no point where such letters make sense; its file says nothing of letters, or something wrong; the
    /// organiser's own text is none.
    pub async fn prepare(home: &Home, wish: &Wish, front: &mut dyn Front) -> Result<(Self, People)> {
        acts::refuse_draft(&home.dir().display().to_string())?;
        setup::finish(home, front).await?;
        let (election, board) = (home.election()?, status::inspect(home).await?);
        refuse_late(board.phase(), wish.kind)?;
        let file = config::read(home)?.ok_or_else(|| Failure::usage(no_section()))?;
        let server = file.mail.as_ref().map(MailFile::server).transpose()?;
        if wish.with_code && file.split_delivery {
            return Err(Failure::usage(if is_at_pages() {
                both!(
                    "link and code go separate ways, as was chosen when the election was made: a letter with the code would join them",
                    "ссылка и код идут разными путями, так решили, когда создавали выборы: письмо с кодом свело бы их"
                )
            } else {
                both!(
                    "election.toml says split_delivery = true: link and code go separate ways, and a letter with the code would join them",
                    "в election.toml стоит split_delivery = true: ссылка и код идут разными путями, а письмо с кодом свело бы их"
                )
            }));
        }
        let url = file.url.clone().ok_or_else(|| {
            if is_at_pages() {
                return Failure::usage(both!(
                    "the address where voters reach the server was not chosen when the election was made: letters would have no link",
                    "адрес, по которому избиратели находят сервер, при создании выборов не указан: в письмах не было бы ссылки"
                ))
                .next(both!(
                    "Print the cards, and tell the voters the address.",
                    "Напечатайте карточки и сообщите избирателям адрес."
                ));
            }
            Failure::usage(both!(
                "election.toml has no url: there is nowhere to vote at",
                "в election.toml нет url: голосовать негде"
            ))
            .next(both!(
                "Write url = \"https://vote.example.org\" into it.",
                "Впишите url = \"https://vote.example.org\"."
            ))
        })?;
        let people = people(home, &election, &board, wish)?;
        let language = wish.language.or(file.lang);
        let template = lang::within(language, || match &wish.template {
            Some(text) => Template::parse(text, wish.kind, wish.with_code),
            None => Template::usual(wish.kind, wish.with_code),
        })?;
        let closes = lang::within(language, || closes(&file, board.closes()));
        let (kind, closes_at) = (wish.kind, board.closes());
        Ok((Self { election, server, kind, template, url, closes, closes_at, language }, people))
    }

    /// # Errors
    /// The election's file names none.
    pub fn server(&self) -> Result<&MailServer> {
        self.server.as_ref().ok_or_else(|| Failure::usage(no_section()).next(section()))
    }

    /// Has the closing time come, by the clock of this machine?
    pub fn is_over(&self) -> bool {
        self.closes_at.is_some_and(|closes| closes <= Clock::system().wall())
    }

    /// What stands behind `link` in this voter's letter.
    pub fn link(&self, to: &Addressee) -> Zeroizing<String> {
        let secret = to.card.as_ref().and_then(|card| card.secret().ok());
        Link::new(self.election.id(), to.number, secret).url(&self.url)
    }

    pub fn letter(&self, to: &Addressee) -> Letter {
        let values = Values {
            title: self.election.draft().title.clone(),
            number: to.number.to_string(),
            name: to.name.clone(),
            link: self.link(to),
            code: to.code(),
            booth: format!("{}{BOOTH_PATH}", self.url.trim_end_matches('/')),
            closes: self.closes.clone(),
        };
        lang::within(self.language, || self.template.fill(&values))
    }

    /// Nobody on the roll, for tests and previews: with a code that is nobody's, where letters have one.
    pub fn nobody(&self, to: MailAddress, with_code: bool) -> Result<Addressee> {
        let number = VoterNumber::parse("TEST").ok_or_else(|| Failure::other("TEST is a number"))?;
        let name = lang::within(self.language, || tr!("Test Voter", "Пробный избиратель"));
        let card = match with_code {
            true => Some(Card::new(&self.election, number, &name, &setup::new_credential(&self.election)?.0)),
            false => None,
        };
        Ok(Addressee { number, name, to, card })
    }

    /// A voter's letter for others to see: real in all but the code, which is nobody's.
    pub fn shown(&self, to: &Addressee, with_code: bool) -> Result<Letter> {
        Ok(self.letter(&self.nobody(to.to.clone(), with_code)?.named_as(to)))
    }

    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        lang::within(self.language, work)
    }
}

impl Addressee {
    /// With the name and number of another one.
    #[must_use]
    pub fn named_as(self, other: &Self) -> Self {
        Self { number: other.number, name: other.name.clone(), ..self }
    }

    pub fn has_code(&self) -> bool {
        self.card.is_some()
    }

    pub fn code(&self) -> Zeroizing<String> {
        self.card.as_ref().map_or_else(Zeroizing::default, |card| card.credential.clone())
    }
}

fn no_section() -> Sentence {
    if is_at_pages() {
        return both!(
            "through which mail server letters go was not told yet",
            "ещё не указано, через какой почтовый сервер идут письма"
        );
    }
    both!(
        "election.toml does not say through which mail server letters go",
        "в election.toml не сказано, через какой почтовый сервер идут письма"
    )
}

fn section() -> Sentence {
    if is_at_pages() {
        return both!(
            "Save the mail server on the page of the letters.",
            "Сохраните почтовый сервер на странице писем."
        );
    }
    both!(
        "Write into it:\n[mail]\nhost = \"smtp.example.org\"\nfrom = \"The Board <vote@example.org>\"\nuser = \"vote@example.org\"",
        "Впишите:\n[mail]\nhost = \"smtp.example.org\"\nfrom = \"Правление <vote@example.org>\"\nuser = \"vote@example.org\""
    )
}

fn refuse_late(phase: Phase, kind: Kind) -> Result<()> {
    let fits = match kind {
        Kind::Invitation => matches!(phase, Phase::Setup | Phase::Open | Phase::Paused),
        Kind::Reminder => phase == Phase::Open,
    };
    if fits {
        return Ok(());
    }
    let phase = russian::said(phase.name());
    Err(Failure::new(
        Exit::NotOpen,
        match kind {
            Kind::Invitation => {
                tr!("nobody can vote in this election any more: it is {phase}", "голосовать больше нельзя: {phase}")
            }
            Kind::Reminder => {
                tr!(
                    "reminders go out while the election is open; it is {phase}",
                    "напоминают, пока голосование открыто; сейчас: {phase}"
                )
            }
        },
    ))
}

/// The closing time in force, by the clock by which the organiser wrote the first one.
fn closes(file: &ElectionFile, closes: Option<u64>) -> String {
    let ahead_s = file.closes.as_deref().and_then(times::ahead_s).unwrap_or(0);
    closes.map_or_else(String::new, |closes| times::with_offset(closes, ahead_s))
}

fn people(home: &Home, election: &Election, board: &Board, wish: &Wish) -> Result<People> {
    let in_roll = home.read_if_there(ROLL_CSV_FILE)?.map(|csv| rolls::contacts(&csv)).transpose()?.unwrap_or_default();
    let newer = contacts::read(home)?;
    let cards = match (&wish.cards, wish.with_code) {
        (_, false) => None,
        (Some(cards), true) => Some(cards.iter().map(|card| (card.number, card.clone())).collect()),
        (None, true) => Some(cards_by_number(home)?),
    };
    let mut people = People { written: Vec::new(), unreached: Vec::new() };
    for (_, seat) in voters::everybody(home, election, board)? {
        if board.is_struck(&seat.credential) || (wish.kind == Kind::Reminder && board.has_voted(&seat.credential)) {
            continue;
        }
        let contact =
            newer.get(seat.number.as_str()).or_else(|| in_roll.get(&seat.number)).cloned().unwrap_or_default();
        let mut without = |why: Option<String>, seat: Seat| {
            people.unreached.push(Unreached { number: seat.number, name: seat.name, contact: contact.clone(), why });
        };
        let to = match MailAddress::parse(&contact) {
            Ok(to) => to,
            Err(error) => {
                without((error != NotMail::Other).then(|| error.told()), seat);
                continue;
            }
        };
        let card = match &cards {
            None => None,
            Some(cards) => match card_of(cards, &seat, election, board) {
                Some(card) => Some(card),
                None => {
                    without(Some(card_is_not_here()), seat);
                    continue;
                }
            },
        };
        people.written.push(Addressee { number: seat.number, name: seat.name, to, card });
    }
    Ok(people)
}

fn card_is_not_here() -> String {
    if is_at_pages() {
        tr!("the card in force is not here: replace it", "действующей карточки здесь нет: замените её")
    } else {
        tr!("the card in force is not in cards/", "действующей карточки нет в cards/")
    }
}

fn cards_by_number(home: &Home) -> Result<HashMap<VoterNumber, Card>> {
    Ok(cards::read_all(home)?.into_iter().map(|card| (card.number, card)).collect())
}

/// The one that is in force: a code that no longer counts helps nobody.
fn card_of(cards: &HashMap<VoterNumber, Card>, seat: &Seat, election: &Election, board: &Board) -> Option<Card> {
    let in_force = board.current_credential(&seat.credential).unwrap_or(seat.credential);
    let is_it = |card: &&Card| {
        let key = card.secret().ok().map(|secret| secret.key(election.draft_id()).public());
        card.election == election.id() && key == Some(in_force)
    };
    cards.get(&seat.number).filter(is_it).cloned()
}
