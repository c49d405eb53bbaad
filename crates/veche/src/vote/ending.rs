//! How a vote ends: recorded or opened, or with an exit code, what happened, and what to do next.

use veche_client::{address::RequestError, casting::End};
use veche_election::{Phase, VoterNumber};
use veche_session::{Code, last::CheckedLast, voter::Refused};

use super::{Driver, telling};
use crate::{
    config::show_time,
    failure::{Exit, Failure, Result, exit_of},
    hosting::other_candidates,
    lang::tr,
    russian,
};

impl Driver {
    pub fn finish(self, end: End) -> Result<()> {
        Err(match end {
            End::Recorded | End::Opened => return Ok(()),
            End::NotKept => self.unwritten.unwrap_or_else(|| Failure::other("the receipt is not kept")),
            End::Manifest(error) => RequestError::Manifest { url: self.address.url().to_owned(), error }.into(),
            End::OtherCandidates { has } => {
                let expected = self.args.candidates.as_deref().unwrap_or_default();
                other_candidates(expected, self.address.url(), &has)
            }
            End::OtherElection { card, served } => Failure::new(
                Exit::CheckFailed,
                tr!(
                    "the server's election is not the one on your card\n  card:   {card}\n  server: {served}",
                    "на сервере не те выборы, что на вашей карточке\n  карточка: {card}\n  сервер:   {served}"
                ),
            )
            .next(tr!("Do not vote; ask the organiser.", "Не голосуйте; спросите организатора.")),
            End::NotTheElection => Failure::new(
                Exit::CheckFailed,
                tr!("this is not the election of your card", "это не те выборы, что на вашей карточке"),
            ),
            End::NotOnRoll => not_on_roll(self.number),
            End::NotTaken { phase, opens, last } => not_taken(phase, opens, last.as_deref()),
            End::VotedAlready(last) => {
                let said = Failure::new(exit_of(Code::AlreadyVoted), russian::code(Code::AlreadyVoted));
                said.next(stands(&last))
            }
            End::Credential(error) => error.into(),
            End::NoBallot(error) => {
                let why = error.map_or_else(String::new, |error| russian::marks(&error));
                Failure::new(Exit::BallotRefused, tr!("this is no ballot: {why}", "это не бюллетень: {why}"))
            }
            End::NothingToChallenge => Failure::usage(tr!(
                "an open ballot is readable as it is: there is nothing to challenge",
                "открытый бюллетень и так читается: вскрывать нечего"
            )),
            End::Refused { refused, marks: None } => refusal(&refused),
            End::Refused { refused, marks: Some(error) } => refusal(&refused).next(russian::marks(&error)),
            End::RightMarksRefused => Failure::new(
                Exit::CheckFailed,
                tr!("the server refuses marks that are right", "сервер отвергает верные оценки"),
            )
            .next(tr!(
                "Do not vote again here; tell the organiser.",
                "Не голосуйте здесь больше; сообщите организатору."
            )),
            End::NotThisCard(code) => {
                let code = code.short();
                Failure::new(
                    Exit::BallotRefused,
                    tr!("ballot {code} was not signed with this card", "бюллетень {code} подписан не этой карточкой"),
                )
                .next(tr!(
                    "If your card was replaced, it is yours: run again with --yes. If not, ask the organiser.",
                    "Если вашу карточку заменяли, он ваш: повторите с --yes. Если нет, спросите организатора."
                ))
            }
            End::NothingSent => Failure::other(tr!("nothing was sent", "ничего не отправлено")),
            End::NothingReplaced => Failure::other(tr!(
                "nothing was changed: the earlier ballot counts",
                "ничего не изменено: учитывается прежний бюллетень"
            )),
            End::Lost => self.lost.map_or_else(|| Failure::other("the session was lost"), Into::into),
        })
    }
}

fn not_on_roll(number: VoterNumber) -> Failure {
    Failure::new(Exit::NotOnRoll, tr!("Нет — number {number} is not on the roll", "Нет — номера {number} нет в списке"))
        .next(tr!(
            "Check the number on your card: capital letters and leading zeros count.",
            "Проверьте номер на карточке: заглавные буквы и нули впереди различаются."
        ))
}

fn refusal(refused: &Refused) -> Failure {
    let failure = Failure::new(
        exit_of(refused.code),
        tr!("нет ({}) — {}", "нет ({}) — {}", refused.code.name(), russian::code(refused.code)),
    );
    match &refused.last {
        Some(last) => failure.next(stands(last)),
        None => failure,
    }
}

/// Said before the voter was asked for marks.
fn not_taken(phase: Phase, opens: Option<u64>, last: Option<&CheckedLast>) -> Failure {
    let (code, what) = match (phase, opens.map(show_time)) {
        (Phase::New | Phase::Setup, Some(opens)) => (
            Code::NotOpen,
            tr!("voting has not begun yet; it opens at {opens}", "голосование ещё не началось; откроется {opens}"),
        ),
        (Phase::New | Phase::Setup, None) => (
            Code::NotOpen,
            tr!(
                "voting has not begun yet; the organiser opens it",
                "голосование ещё не началось; его откроет организатор"
            ),
        ),
        (Phase::Paused, _) => {
            (Code::NotOpen, tr!("voting is paused; try again later", "голосование приостановлено; попробуйте позже"))
        }
        (Phase::Cancelled, _) => (Code::Closed, tr!("the election was cancelled", "выборы отменены")),
        _ => (Code::Closed, russian::code(Code::Closed)),
    };
    let failure = Failure::new(exit_of(code), what);
    match last {
        Some(last) => failure.next(stands(last)),
        None => failure,
    }
}

fn stands(last: &CheckedLast) -> String {
    let (which, index) = (telling::which(last.code()), last.index);
    tr!("Your ballot {which}stands as entry {index} of the log.", "Ваш бюллетень {which}стоит записью {index} журнала.")
}
