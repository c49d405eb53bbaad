//! The Russian of the messages that come out of the libraries and that voters and organisers see. Everything rarer
//! is shown in English.

use veche_election::{
    MarksError,
    credential::CredentialError,
    manifest::{ContestProblem, ManifestError},
    roll::{Problem, ProblemKind},
    rules::RuleProblem,
    text::TextError,
};
use veche_session::Code;

use crate::{
    failure::{Exit, Failure},
    lang::{is_russian, tr},
};

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
        MarksError::Approvals { least, most, chosen } => {
            format!(
                "1 должно стоять не меньше чем у {least} и не больше чем у {most} кандидатов; здесь единиц: {chosen}"
            )
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

/// What is wrong with an election's settings, and what the organiser may write instead.
pub fn manifest(error: &ManifestError) -> Failure {
    use {ContestProblem as C, RuleProblem as R};
    let (what, next) = match error {
        ManifestError::Contest { contest, problem } => {
            let at =
                |what: String| if is_russian() { format!("вопрос {contest}: {what}") } else { error.to_string() };
            let (russian, next) = match problem {
                C::Rule(R::Single) => (
                    "выбор одного считается по sum или mean".to_owned(),
                    tr!("Write --rule sum or --rule mean.", "Пишите --rule sum или --rule mean."),
                ),
                C::Rule(R::Phantoms) => (
                    "добавленные худшие оценки бывают с mean, median или majority-judgment, но не вместе с --blanks-worst, и не больше 2^40".into(),
                    tr!("Leave out --phantoms, or the rule sum, or --blanks-worst.", "Уберите --phantoms, или правило sum, или --blanks-worst."),
                ),
                C::Rule(R::Seats) => (
                    "мест должно быть не меньше одного и не больше, чем кандидатов, которых можно избрать".into(),
                    tr!(
                        "Write --seats with a number from 1 to that of the candidates (\"none of them\" is no candidate for a seat).",
                        "Пишите --seats от 1 до числа кандидатов (кандидат «против всех» места не занимает)."
                    ),
                ),
                C::Rule(R::Threshold) => (
                    "порог начинается с >, где лучше больше, и с <, где лучше меньше".into(),
                    tr!("Write --pass \">=3\", or \"<=3\" with --better lower.", "Пишите --pass \">=3\" или \"<=3\" при --better lower."),
                ),
                C::Rule(R::None(name)) => (
                    format!("кандидата «{name}», означающего «против всех», среди кандидатов нет"),
                    tr!("Add it to --candidates.", "Добавьте его в --candidates."),
                ),
                C::Rule(R::Ties) => (
                    "шаг при равенстве стоит дважды, или повторяет само правило, или идёт после жребия".into(),
                    tr!("Write --ties more-raters,fewer-worst,lot, for example.", "Пишите, например, --ties more-raters,fewer-worst,lot."),
                ),
                C::DuplicateCandidate(name) => (
                    format!("два кандидата названы «{name}»"),
                    tr!("Give each a name of its own.", "Дайте каждому своё имя."),
                ),
                C::DuplicateLevel(_) | C::LevelSymbol(_) | C::LevelMixed | C::LevelOrder | C::LevelValue => (
                    match problem {
                        C::DuplicateLevel(name) => format!("две ступени названы «{name}»"),
                        C::LevelSymbol(name) => format!("в названии ступени «{name}» запятая, пробел, кавычка, обратная черта или *"),
                        C::LevelMixed => "часть ступеней — числа, а часть нет, или у числа плюс либо нули впереди".into(),
                        C::LevelOrder => "числа ступеней должны возрастать".into(),
                        _ => "число ступени больше 1 000 000".into(),
                    },
                    tr!("Write --scale 1..5, or names such as poor,good,excellent.", "Пишите --scale 1..5 или названия: плохо,хорошо,отлично."),
                ),
                C::Single => (
                    "у выбора одного ступени 0 и 1, и должно быть из чего выбирать".into(),
                    tr!("Name at least two candidates, and no --scale.", "Назовите хотя бы двух кандидатов и уберите --scale."),
                ),
                C::Approvals => (
                    "число одобрений ограничивают при ступенях 0 и 1 без *, где больше лучше, и границы должны что-то исключать".into(),
                    tr!(
                        "Write --approvals 1..3: the first number not above the second, the second not above the number of candidates.",
                        "Пишите --approvals 1..3: первое число не больше второго, второе не больше числа кандидатов."
                    ),
                ),
            };
            (at(russian), Some(next))
        }
        ManifestError::Lot => (
            tr!(
                "{error}",
                "в открытом голосовании, где может решать жребий, надо назвать, что будут тянуть, а в остальных — не называть"
            ),
            Some(tr!(
                "Write --lot \"a die, thrown three times before the assembly\", or leave --lot out.",
                "Пишите --lot \"кость, брошенная трижды перед собранием\" или уберите --lot."
            )),
        ),
        ManifestError::Dealt { keys, count, threshold } => (
            tr!(
                "{error}",
                "ключей {keys}, доверенных {count}, открывают суммы {threshold}: произведение больше 20 000, столько церемония не раздаёт"
            ),
            Some(tr!(
                "Write a smaller --trustees or --threshold; a key is made for each option of the longest row.",
                "Уменьшите --trustees или --threshold; ключ нужен на каждый вариант самой длинной строки."
            )),
        ),
        ManifestError::ClosesBeforeOpens => (tr!("{error}", "выборы закрываются раньше, чем открываются"), None),
        ManifestError::Text { what, error: problem } => (format!("{what} {}", text(problem)), None),
        error => (error.to_string(), None),
    };
    match next {
        Some(next) => Failure::usage(what).next(next),
        None => Failure::usage(what),
    }
}

pub fn text(error: &TextError) -> String {
    match error {
        TextError::Empty => tr!("{error}", "пусто или начинается либо кончается пробелом"),
        TextError::TooLong { max } => tr!("{error}", "длиннее {max} знаков"),
        TextError::Forbidden { code, position } => {
            tr!("{error}", "содержит невидимый или управляющий знак U+{code:04X} на месте {position}")
        }
        TextError::Blank => tr!("{error}", "не видно: только невидимые знаки"),
        TextError::Misplaced { code, position } => {
            tr!("{error}", "содержит U+{code:04X} на месте {position}, где этот знак не виден и ничего не меняет")
        }
        TextError::Unknown { code, position } => {
            tr!("{error}", "содержит U+{code:04X} на месте {position}: такого знака эта программа не знает")
        }
        TextError::Stacked { position } => {
            tr!("{error}", "на месте {position} слишком много значков над буквой, или нет под ними буквы")
        }
    }
}
