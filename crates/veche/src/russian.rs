//! The Russian of what comes out of the libraries. They speak English; their texts are known again here, with what varies
//! in them, also where a server has sent them.

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
    lang::{is_russian, tr},
};

pub mod phrases;
pub mod usage;
pub mod words;

use phrases::PHRASES;
use words::{COUNTS, SYSTEM, WORDS};

/// Texts within texts, no deeper than any error goes.
const DEPTH_MAX: usize = 8;

/// In the user's language, as far as it is known.
pub fn said(text: &str) -> String {
    if is_russian() { in_russian(text) } else { text.to_owned() }
}

/// A text of the libraries, whole or at the end of a line; anything else as it is.
pub fn in_russian(text: &str) -> String {
    translated(text, DEPTH_MAX).unwrap_or_else(|| text.to_owned())
}

/// What a check of a record has counted. In Russian the number comes last, so that the noun need not go by it.
pub fn counted(what: &str, count: u64) -> String {
    match COUNTS.iter().find(|(english, _)| *english == what) {
        Some((_, russian)) if is_russian() => format!("{russian} {count}"),
        _ => crate::lang::counted(what, count),
    }
}

fn translated(text: &str, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let whole = whole(PHRASES.iter().chain(WORDS).chain(SYSTEM), text, depth);
    whole.or_else(|| {
        // Behind a file's name, a place, or whatever else was put before it: the longest end that is known.
        let parts = text.match_indices(' ').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
        parts.into_iter().find_map(|(before, end)| {
            let end = self::whole(PHRASES.iter().chain(SYSTEM), end, depth)?;
            let before = self::whole(WORDS.iter(), before, depth).unwrap_or_else(|| before.to_owned());
            Some(format!("{before} {end}"))
        })
    })
}

/// By the phrase that leaves least of the text open.
fn whole<'a>(phrases: impl Iterator<Item = &'a (&'a str, &'a str)>, text: &'a str, depth: usize) -> Option<String> {
    let known = phrases.filter_map(|(english, russian)| Some((captured(english, text)?, russian)));
    let open = |varies: &[(&str, &str)]| varies.iter().map(|(_, value)| value.len()).sum::<usize>();
    let (varies, russian) = known.min_by_key(|(varies, _)| open(varies))?;
    let mut out = (*russian).to_owned();
    for (name, value) in varies {
        let value = translated(value, depth).unwrap_or_else(|| value.to_owned());
        out = out.replacen(&format!("{{{name}}}"), &value, 1);
    }
    Some(out)
}

/// What stands in a text at the places that a phrase leaves open, if the rest of it is that phrase.
fn captured<'a>(phrase: &'a str, mut text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut parts = phrase.split('{');
    text = text.strip_prefix(parts.next()?)?;
    let mut varies = Vec::new();
    for part in parts {
        let (name, fixed) = part.split_once('}')?;
        let end = if fixed.is_empty() { text.len() } else { text.find(fixed)? };
        let (value, rest) = text.split_at_checked(end)?;
        varies.push((name, value));
        text = rest.get(fixed.len()..)?;
    }
    text.is_empty().then_some(varies)
}

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
