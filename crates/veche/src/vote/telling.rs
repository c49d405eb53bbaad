//! What the voter is told on the way.

use std::{io::IsTerminal, path::Path};

use qrcode::{QrCode, render::unicode};
use veche_client::{
    casting::{Notice, Shown},
    told::Withdrawn,
};
use veche_election::{Contest, ContestKind, Election, Marks, ballot::BallotCode, manifest::Order};
use veche_session::Code;

use crate::{
    failure::{Exit, Failure},
    lang::tr,
    russian,
    show::safe,
    words,
};

/// What is voted on, and how.
pub fn contests(election: &Election, orders: &[Vec<usize>], withdrawn: &[Withdrawn]) {
    eprintln!("{}\n", safe(&election.draft().title));
    for (place, contest) in election.contests().iter().enumerate() {
        if contest.title != election.draft().title {
            eprintln!("{}", contest.title);
        }
        let order = orders.get(place).map(Vec::as_slice).unwrap_or_default();
        for (i, candidate) in order.iter().enumerate() {
            let name = contest.candidates.get(*candidate).map_or("", String::as_str);
            let gone = withdrawn.iter().any(|gone| gone.contest == place + 1 && gone.candidate == *name);
            let note = if gone {
                tr!(" (withdrawn: gets no place)", " (снят: места не получит)")
            } else {
                String::new()
            };
            eprintln!("  {:>3}. {name}{note}", i + 1);
            let said = contest.about(*candidate).map(|about| [&about.text, &about.link]);
            said.into_iter().flatten().flatten().for_each(|text| eprintln!("       {}", safe(text)));
        }
        let (levels, blank) = (
            contest.levels.join(" "),
            if contest.blank { tr!("; * no opinion", "; * нет мнения") } else { String::new() },
        );
        let scale = match (contest.kind, contest.approvals) {
            (ContestKind::Score, Some(bounds)) => {
                let bounds = words::approvals(bounds);
                tr!("scale: {levels}; {bounds}", "шкала: {levels}; {bounds}")
            }
            (ContestKind::Score, None) => tr!("scale: {levels}{blank}", "шкала: {levels}{blank}"),
            (ContestKind::Single, _) => tr!("choose one{blank}", "выберите одного{blank}"),
        };
        eprintln!("  {scale}\n");
        if contest.order == Order::Random {
            let said = tr!(
                "This order was drawn for you. --ballot takes the marks in the organiser's order, which is that of the manifest.",
                "Этот порядок выпал лично вам; --ballot принимает оценки в порядке манифеста."
            );
            eprintln!("  {said}\n");
        }
    }
}

/// The ballot and its code before the voter decides.
pub fn review(contests: &[Contest], marks: &[String], code: BallotCode, secret: bool) {
    for (contest, text) in contests.iter().zip(marks) {
        let Ok(marks) = Marks::parse(text, contest) else { continue };
        eprintln!("\n{}", contest.title);
        for (name, level) in contest.candidates.iter().zip(marks.levels()) {
            let shown = level.and_then(|level| contest.levels.get(usize::from(level))).map_or("*", String::as_str);
            eprintln!("  {shown:>4}  {name}");
        }
    }
    eprintln!("\n{}", tr!("ballot code: {}", "код бюллетеня: {}", code.short()));
    if secret {
        eprintln!("{}", tr!("whole code:  {}", "полный код:    {}", code.full()));
        show_picture(&code.full());
    }
}

/// The whole code for the camera of the second device, where somebody sees it.
fn show_picture(code: &str) {
    if std::io::stderr().is_terminal()
        && let Ok(picture) = QrCode::new(code)
    {
        eprintln!("{}", picture.render::<unicode::Dense1x2>().build());
    }
}

/// What to do with an opened ballot.
pub fn opened(file: &Path, url: &str, code: &str) -> String {
    let shown = file.display();
    tr!(
        "Opened into {shown}. Nothing was cast, and this ballot can never be cast. On another device, with the id that stands on your card:\n  veche check-ballot {shown} --at {url} --election ID --code {code}",
        "Бюллетень вскрыт в {shown}; ничего не подано, и подать этот бюллетень уже нельзя. Проверьте его на другом \
             устройстве, с id с вашей карточки:\n  veche check-ballot {shown} --at {url} --election ID --code {code}"
    )
}

/// The notices that are a sentence each.
pub fn notice(notice: &Notice) {
    let text = match notice {
        Notice::OtherNumber(number) => {
            tr!("(this card is made out for number {number})", "(эта карточка выписана на номер {number})")
        }
        Notice::Pending(shown) => {
            let shown = match shown {
                Shown::Marks(marks) => safe(&marks.join("  ")),
                Shown::Code(code) => code.short(),
            };
            tr!(
                "An earlier ballot of yours was sent and not answered: {shown}",
                "Прежний ваш бюллетень отправлен, но ответа не было: {shown}"
            )
        }
        Notice::Weight { own, scale } => {
            let own = words::votes(*own, *scale);
            tr!("The weight of your ballot is {own}.", "Вес вашего бюллетеня: {own}.")
        }
        Notice::Marks(error) => russian::marks(error),
        // Not the end: the ballot is made again, behind the one that is in the log.
        Notice::Refused(code @ Code::Stale) => tr!("({})", "({})", russian::code(*code)),
        Notice::Refused(code) => tr!("нет — {}", "нет — {}", russian::code(*code)),
        Notice::Voted { code, index, own, .. } => {
            let stands = stands(*code, *index, *own);
            tr!("{stands} The last one counts.", "{stands} Считается последний.")
        }
        Notice::Replaces { code, index, own, .. } => {
            let stands = stands(*code, *index, *own);
            tr!("{stands} It will be replaced.", "{stands} Он будет заменён.")
        }
        Notice::EarlierCard => tr!("It was cast with an earlier card of yours.", "Он подан с прежней вашей карточкой."),
        Notice::Credential(_) | Notice::Contests(_) | Notice::Review { .. } | Notice::Code(_) => return,
    };
    eprintln!("{text}");
}

/// A ballot in the log under the voter's card: what is known of it, and of whom it may be.
pub fn stands(code: Option<BallotCode>, index: u64, own: bool) -> String {
    let which = which(code);
    if own {
        return tr!(
            "Your ballot {which}stands as entry {index} of the log.",
            "Ваш бюллетень {which}стоит записью {index} журнала."
        );
    }
    tr!(
        "A ballot {which}stands as entry {index} of the log under your card, and this program has not made it just now. If you did not \
         cast it yourself, somebody else has your card's credential: tell the organiser.",
        "По вашей карточке в журнале стоит бюллетень {which}(запись {index}); сейчас эта программа его не создавала. Если подали его не \
         вы сами, код вашей карточки есть у кого-то ещё: скажите организатору."
    )
}

/// The server has refused this ballot before, and the log has it.
pub fn recorded_though_refused(file: &Path) -> Failure {
    let file = file.display();
    Failure::new(
        Exit::CheckFailed,
        tr!(
            "the log has the ballot that this server has refused before: it is yours ({file})",
            "в журнале стоит бюллетень, который этот сервер раньше отверг: он ваш ({file})"
        ),
    )
    .next(tr!(
        "Keep that file and tell the organiser: the server said no and recorded it all the same. To vote anew, move the file away \
         and run again.",
        "Сохраните этот файл и сообщите организатору: сервер ответил «нет», а сам бюллетень записал. Чтобы проголосовать заново, уберите \
         файл в другое место и повторите команду."
    ))
}

/// A ballot's code where the log shows it, before its place.
pub fn which(code: Option<BallotCode>) -> String {
    code.map_or_else(String::new, |code| format!("{} ", code.short()))
}
