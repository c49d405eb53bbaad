//! The Russian of the messages that come out of the libraries and that voters and organisers see. Everything rarer
//! is shown in English.

use veche_election::{
    MarksError,
    credential::CredentialError,
    roll::{Problem, ProblemKind},
    text::TextError,
};
use veche_session::Code;

use crate::lang::{is_russian, tr};

pub fn marks(error: &MarksError) -> String {
    if !is_russian() {
        return error.to_string();
    }
    match error {
        MarksError::Count { expected, got } => {
            format!("нужно {expected} оценок, по одной каждому кандидату, а здесь {got}")
        }
        MarksError::NotOnScale { position, mark } => format!("оценки {position} («{mark}») нет на шкале"),
        MarksError::BlankNotAllowed { position } => {
            format!("оценка {position} — «*» (нет мнения), а здесь это не разрешено")
        }
        MarksError::NotSingle { chosen } => {
            tr!("{error}", "ровно у одного кандидата должно стоять 1, у остальных 0; здесь единиц: {chosen}")
        }
        MarksError::Contests { expected, got } => format!("в бюллетене {got} вопросов, а в выборах {expected}"),
    }
}

pub fn credential(error: &CredentialError) -> String {
    if !is_russian() {
        return error.to_string();
    }
    match error {
        CredentialError::Length(got) => {
            format!("в коде карточки 32 знака (буквы и цифры, восемь групп по четыре), а здесь {got}")
        }
        CredentialError::Symbol => "в коде карточки стоит знак, которого в нём не бывает".into(),
        CredentialError::Checksum => "в коде карточки описка: проверочные знаки не сходятся".into(),
    }
}

/// Why the server said «нет», for the voter.
pub fn code(code: Code) -> String {
    match code {
        Code::NotAuthorised => tr!(
            "the card does not belong to this number, or was replaced",
            "карточка не от этого номера или заменена другой"
        ),
        Code::BadEntry => tr!("the ballot is not in the form of this election", "бюллетень не той формы"),
        Code::BadMarks => tr!("the marks do not fit this election", "оценки не подходят к этим выборам"),
        Code::BadProof => tr!("the proof does not verify", "доказательство не сходится"),
        Code::BadSignature => tr!("the ballot's signature does not verify", "подпись бюллетеня не сходится"),
        Code::Stale => tr!("you have voted before", "вы уже голосовали раньше"),
        Code::AlreadyVoted => tr!(
            "you have voted already, and this election allows no second vote",
            "вы уже голосовали, а второй раз здесь нельзя"
        ),
        Code::NotOpen => tr!("the election is not open now", "голосование сейчас не открыто"),
        Code::Closed => tr!("the election is closed", "голосование закрыто"),
        Code::Busy => tr!(
            "the server cannot say now whether it is recorded. Run the same command again in a minute: a recorded \
             ballot is found, not counted twice",
            "сервер сейчас не может сказать, записано ли. Повторите ту же команду через минуту: записанный бюллетень \
             найдётся и не будет учтён дважды"
        ),
    }
}

/// A problem of the roll, after its line number.
pub fn problem(problem: &Problem) -> String {
    use ProblemKind as P;
    if !is_russian() {
        return problem.kind.to_string();
    }
    match &problem.kind {
        P::NotUtf8 => "не текст UTF-8; сохраните файл как «CSV UTF-8»".into(),
        P::NotCsv => "не читается как CSV; проверьте кавычки".into(),
        P::NoNumberColumn => "в заголовке нет столбца «number»; первая строка: number,name,contact,weight".into(),
        P::UnknownColumn(name) => format!("столбец «{name}» неизвестен и пропущен"),
        P::LineBreak => "поле тянется на несколько строк; не закрыта кавычка?".into(),
        P::ColumnTwice(name) => format!("столбец «{name}» стоит в заголовке дважды"),
        P::TooManyFields { columns } => {
            format!("полей больше, чем {columns} в заголовке; имя с запятой возьмите в кавычки")
        }
        P::NumberMissing => "нет номера".into(),
        P::NumberZeros(text) => format!("номер «{text}» начинается с нулей; запишите его без них"),
        P::Number(text) => format!("«{text}» — не номер (от 1, не больше 18 цифр)"),
        P::DuplicateNumber { number, first } => {
            format!("номер {number} уже стоит в строке {first}; у каждого избирателя свой номер")
        }
        P::Weight(text) => format!("вес «{text}» — не целое число от 1"),
        P::TotalWeight => "сумма весов больше 2^40".into(),
        P::Name(error) => format!("имя {}", text(error)),
        P::NameMissing => "нет имени".into(),
        P::DuplicateName { first } => format!("имя то же, что в строке {first}; это два человека?"),
        P::LookAlike { first } => format!("имя выглядит как в строке {first}, но написано другими буквами"),
        P::Empty => "в списке нет избирателей".into(),
    }
}

fn text(error: &TextError) -> String {
    match error {
        TextError::Empty => "пусто или начинается либо кончается пробелом".into(),
        TextError::NotComposed => "не в составной форме (NFC)".into(),
        TextError::TooLong { max } => format!("длиннее {max} знаков"),
        TextError::Forbidden { code, position } => {
            format!("содержит невидимый или управляющий знак U+{code:04X} на месте {position}")
        }
    }
}
