//! How a vote ends: recorded or opened, or with an exit code, what happened, and what to do next.

use veche_client::{address::RequestError, casting::End, link::paper_id, told::Noticed};
use veche_election::{Phase, VoterNumber};
use veche_session::{Code, last::CheckedLast, voter::Refused};

use super::{Driver, telling};
use crate::{
    config::show_time,
    failure::{Exit, Failure, Result, exit_of},
    hosting::other_candidates,
    lang::tr,
    russian,
    show::safe,
};

impl Driver {
    pub fn finish(self, end: End) -> Result<()> {
        if let End::NotTaken { last: Some(last), .. }
        | End::VotedAlready(last)
        | End::Refused { refused: Refused { last: Some(last), .. }, .. } = &end
            && self.was_refused(last.leaf())
        {
            return Err(telling::recorded_though_refused(&self.refused_path()));
        }
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
                    "the server's election is not the one on your card\n  card:   {}\n  server: {}",
                    "на сервере не те выборы, что на вашей карточке\n  карточка: {}\n  сервер:   {}",
                    paper_id(card),
                    paper_id(served)
                ),
            )
            .next(tr!("Do not vote; ask the organiser.", "Не голосуйте; спросите организатора.")),
            End::NotTheElection => Failure::new(
                Exit::CheckFailed,
                tr!("this is not the election of your card", "это не те выборы, что на вашей карточке"),
            ),
            End::NotOnRoll => not_on_roll(self.number),
            End::NotTaken { phase, opens, last } => {
                let why = why_not(phase, opens) + &self.reason(phase);
                not_taken(phase, why, last.as_deref())
            }
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
            End::Refused { refused, marks: None } => refusal(&refused, self.why_not_open(&refused)),
            End::Refused { refused, marks: Some(error) } => refusal(&refused, None).next(russian::marks(&error)),
            End::RightMarksRefused => Failure::new(
                Exit::CheckFailed,
                tr!("the server refuses marks that are right", "сервер отвергает верные оценки"),
            )
            .next(tr!(
                "Do not vote again here; tell the organiser.",
                "Не голосуйте здесь больше; сообщите организатору."
            )),
            End::QuestionRecorded => Failure::new(
                Exit::CheckFailed,
                tr!(
                    "the server says that it has recorded what fits nowhere in a log: nothing is known of your ballot",
                    "сервер говорит, что записал то, чему в журнале нет места: о вашем бюллетене ничего не известно"
                ),
            )
            .next(tr!(
                "Keep the receipt that was written: the server's own signature is under it. Tell the organiser, and look for your ballot \
                 in the log (/ballot/CODE).",
                "Сохраните записанную квитанцию: под ней подпись самого сервера. Сообщите организатору и поищите свой бюллетень в \
                 журнале (/ballot/КОД)."
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

impl Driver {
    /// A session says only that nothing is open; what everybody is told says when it will be, and why not now.
    fn why_not_open(&self, refused: &Refused) -> Option<String> {
        let told = (refused.code == Code::NotOpen).then(|| self.address.status().ok())??;
        let waits = matches!(told.phase, Phase::New | Phase::Setup | Phase::Paused);
        waits.then(|| why_not(told.phase, told.opens) + &self.reason(told.phase))
    }

    /// Why the election is paused or was cancelled, in the organiser's words.
    fn reason(&self, phase: Phase) -> String {
        let act = match phase {
            Phase::Paused => Noticed::Pause,
            Phase::Cancelled => Noticed::Cancel,
            _ => return String::new(),
        };
        let notices = self.address.status().map(|told| told.notices).unwrap_or_default();
        let reason = notices.into_iter().find(|notice| notice.act == act).map(|notice| safe(&notice.reason));
        reason.map_or_else(String::new, |reason| {
            tr!(". The organiser says why: {reason}", ". Причина, по словам организатора: {reason}")
        })
    }
}

fn refusal(refused: &Refused, why: Option<String>) -> Failure {
    let why = why.unwrap_or_else(|| russian::code(refused.code));
    let failure = Failure::new(exit_of(refused.code), tr!("нет ({}) — {why}", "нет ({}) — {why}", refused.code.name()));
    match &refused.last {
        Some(last) => failure.next(stands(last)),
        None => failure,
    }
}

fn why_not(phase: Phase, opens: Option<u64>) -> String {
    match (phase, opens.map(show_time)) {
        (Phase::New | Phase::Setup, Some(opens)) => {
            tr!("voting has not begun yet; it opens at {opens}", "голосование ещё не началось; откроется {opens}")
        }
        (Phase::New | Phase::Setup, None) => tr!(
            "voting has not begun yet; the organiser opens it",
            "голосование ещё не началось; его откроет организатор"
        ),
        (Phase::Paused, _) => {
            tr!("voting is paused; try again later", "голосование приостановлено; попробуйте позже")
        }
        (Phase::Cancelled, _) => tr!("the election was cancelled", "выборы отменены"),
        _ => russian::code(Code::Closed),
    }
}

/// Said before the voter was asked for marks.
fn not_taken(phase: Phase, what: String, last: Option<&CheckedLast>) -> Failure {
    let code = match phase {
        Phase::New | Phase::Setup | Phase::Paused => Code::NotOpen,
        _ => Code::Closed,
    };
    let failure = Failure::new(exit_of(code), what);
    match last {
        Some(last) => failure.next(stands(last)),
        None => failure,
    }
}

fn stands(last: &CheckedLast) -> String {
    telling::stands(last.code(), last.index(), false)
}
