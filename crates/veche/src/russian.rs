//! What comes out of the libraries, in the user's language: errors, codes, problems of a roll or of an election's settings.

use veche_election::{
    MarksError,
    credential::CredentialError,
    manifest::{ContestProblem, ManifestError},
    roll::Problem,
    rules::RuleProblem,
    text::TextError,
};
use veche_session::Code;

use crate::{
    failure::{Exit, Failure},
    lang::tr,
};

pub mod known;
pub mod phrases;
pub mod usage;
pub mod words;

pub use known::{counted, in_russian, said};

pub fn marks(error: &MarksError) -> String {
    said(&error.to_string())
}

pub fn credential(error: &CredentialError) -> String {
    said(&error.to_string())
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        Self::new(Exit::BallotRefused, credential(&error))
    }
}

/// Why the server said «нет», for the voter.
pub fn code(code: Code) -> String {
    match code {
        Code::NotAuthorised => tr!(
            "the card does not belong to this number, or was replaced",
            "карточка не для этого номера или заменена другой"
        ),
        Code::BadEntry => {
            tr!("the ballot is not in the form of this election", "бюллетень не в той форме, что на этих выборах")
        }
        Code::BadMarks => tr!("the marks do not fit this election", "оценки не подходят к этим выборам"),
        Code::BadProof => tr!("the proof does not verify", "доказательство неверно"),
        Code::BadSignature => tr!("the ballot's signature does not verify", "подпись бюллетеня неверна"),
        Code::Stale => tr!("you have voted before", "вы уже голосовали раньше"),
        Code::AlreadyVoted => tr!(
            "you have voted already, and this election allows no second vote",
            "вы уже голосовали, а второй раз на этих выборах голосовать нельзя"
        ),
        Code::Struck => tr!(
            "your place was struck from the roll: no ballot of yours counts",
            "вы вычеркнуты из списка: ваши бюллетени не учитываются"
        ),
        Code::NotOpen => tr!("the election is not open now", "голосование сейчас не открыто"),
        Code::Closed => tr!("the election is closed", "голосование закрыто"),
        Code::Busy => tr!(
            "the server cannot say now whether it is recorded. Run the same command again in a minute: a recorded \
             ballot is found, not counted twice",
            "сервер сейчас не может сказать, записан ли бюллетень. Повторите ту же команду через минуту: записанный \
             бюллетень найдётся и не будет учтён дважды"
        ),
    }
}

/// A problem of the roll, after its line number.
pub fn problem(problem: &Problem) -> String {
    said(&problem.kind.to_string())
}

/// What is wrong with an election's settings, and what the organiser may write instead.
pub fn manifest(error: &ManifestError) -> Failure {
    use {ContestProblem as C, RuleProblem as R};
    let next = match error {
        ManifestError::Contest { problem, .. } => match problem {
            C::Rule(R::Single) => tr!("Write --rule sum or --rule mean.", "Напишите --rule sum или --rule mean."),
            C::Rule(R::Phantoms) => tr!(
                "Leave out --phantoms, or the rule sum, or --blanks-worst.",
                "Уберите --phantoms, или правило sum, или --blanks-worst."
            ),
            C::Rule(R::Seats) => tr!(
                "Write --seats with a number from 1 to that of the candidates (\"none of them\" is no candidate for a seat).",
                "Напишите --seats от 1 до числа кандидатов (кандидат «против всех» места не занимает)."
            ),
            C::Rule(R::Threshold) => tr!(
                "Write --pass \">=3\", or \"<=3\" with --better lower.",
                "Напишите --pass \">=3\" или \"<=3\" при --better lower."
            ),
            C::Rule(R::Units) => tr!(
                "Write them in votes, with no more decimals than roll_scale allows.",
                "Напишите их в голосах; знаков после запятой — не больше, чем разрешает roll_scale."
            ),
            C::Rule(R::None(_)) => tr!("Add it to --candidates.", "Добавьте его в --candidates."),
            C::Rule(R::Ties) => tr!(
                "Write --ties more-raters,fewer-worst,lot, for example.",
                "Напишите, например, --ties more-raters,fewer-worst,lot."
            ),
            C::DuplicateCandidate(_) => tr!("Give each a name of its own.", "Дайте каждому своё имя."),
            C::DuplicateLevel(_) | C::LevelSymbol(_) | C::LevelMixed | C::LevelOrder | C::LevelValue => tr!(
                "Write --scale 1..5, or names such as poor,good,excellent.",
                "Напишите --scale 1..5 или названия: плохо,хорошо,отлично."
            ),
            C::Approvals => tr!(
                "Write --approvals 1..3: the first number not above the second, the second not above the number of candidates.",
                "Напишите --approvals 1..3: первое число не больше второго, второе не больше числа кандидатов."
            ),
            C::About => tr!(
                "Write one [[contest.about]] for each candidate of whom something is said, with text, link or both.",
                "Напишите по одной таблице [[contest.about]] на кандидата, с text, link или обоими."
            ),
            C::Link(_) => tr!(
                "Write the address as a browser shows it when it is copied: https://example.org/page.",
                "Напишите адрес так, как его копирует браузер: https://example.org/page."
            ),
            C::Single => tr!(
                "Name at least two candidates, and no --scale.",
                "Назовите хотя бы двух кандидатов и уберите --scale."
            ),
        },
        ManifestError::Lot => tr!(
            "Write --lot \"a die, thrown three times before the assembly\", or leave --lot out.",
            "Напишите --lot \"игральная кость, брошенная трижды перед собранием\" или уберите --lot."
        ),
        ManifestError::Dealt { .. } => tr!(
            "Write a smaller --trustees or --threshold; a key is made for each option of the longest row.",
            "Уменьшите --trustees или --threshold; ключ нужен на каждый вариант самой длинной строки."
        ),
        ManifestError::EntryTooLarge { .. } => tr!(
            "Take fewer candidates or a scale of fewer levels, or divide the contests among several elections.",
            "Уменьшите число кандидатов или ступеней шкалы или разделите вопросы на несколько выборов."
        ),
        error => return Failure::usage(error),
    };
    Failure::usage(error).next(next)
}

pub fn text(error: &TextError) -> String {
    said(&error.to_string())
}
