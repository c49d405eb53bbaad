//! Pages of a few sentences: where a ballot is, and what is not there.

use maud::{Markup, html};
use veche_client::told::Whereabouts;
use veche_election::{Phase, credential::typed_code};
use veche_server::pages::Facts;

use super::{front, header};
use crate::{html::by_program, lang::tr, roll, times::time, words};

/// Nobody types more.
const TYPED_MAX_CHARS: usize = 100;

/// A ballot is looked up by its code: `root` is the way to the first page, `stays` the language that was chosen.
pub fn form(root: &str, stays: &str, typed: &str) -> Markup {
    html! {
        form class="lookup" action=(format!("{root}ballot")) method="get" {
            @if let Some(language) = stays.strip_prefix("?lang=") { input type="hidden" name="lang" value=(language); }
            label for="code" {
                (tr!("Code of the ballot: all thirteen groups, or the first five", "Код бюллетеня: все тринадцать групп или первые пять"))
            }
            input type="text" id="code" name="code" value=(typed) required autocomplete="off" autocapitalize="characters"
                spellcheck="false" maxlength=(TYPED_MAX_CHARS);
            button { (tr!("Find it", "Найти")) }
        }
    }
}

/// `/ballot`.
pub fn lookup(title: &str, stays: &str) -> Markup {
    html! { (header(title, &tr!("Where is a ballot?", "Где бюллетень?"))) main { (form("", stays, "")) } }
}

/// `/ballot/<code>`.
pub fn ballot(facts: &Facts, says: &Whereabouts, stays: &str) -> Markup {
    let title = &facts.election.draft().title;
    let size = words::number(says.size);
    let reason = roll::reason_text(says.struck_reason.as_deref().unwrap_or_default());
    let (heading, text) = match (says.code.is_some(), says.index, says.replaced_by, says.struck_by) {
        (true, Some(index), None, Some(act)) => (
            tr!("Recorded, but counted no longer", "Записан, но больше не учитывается"),
            tr!(
                "It is entry {index} of the public log. Afterwards its voter was struck from the roll, by entry {act} \
                 (reason: {reason}), so it is no longer counted.",
                "Это запись {index} публичного журнала. Потом избирателя, который подал бюллетень, вычеркнули из списка, \
                 запись {act} (причина: {reason}), поэтому бюллетень больше не учитывается."
            ),
        ),
        (true, Some(index), None, None) => (
            tr!("Recorded, and it counts", "Записан и учитывается"),
            tr!(
                "It is entry {index} of the public log, and it counts. Entries in the log: {size}.",
                "Это запись {index} публичного журнала (всего {size}), и бюллетень учитывается."
            ),
        ),
        (true, Some(index), Some(by), _) => (
            tr!("Recorded, and replaced by a later one", "Записан и заменён более поздним"),
            tr!(
                "It is entry {index} of the public log. A later ballot of the same voter, entry {by}, has replaced it.",
                "Это запись {index} публичного журнала. Бюллетень заменён более поздним того же избирателя, запись {by}."
            ),
        ),
        _ => (
            tr!("Not in the log", "В журнале нет"),
            tr!(
                "No ballot with this code is in the log. Entries in the log: {size}.",
                "Бюллетеня с таким кодом в журнале нет (записей {size})."
            ),
        ),
    };
    html! {
        (header(title, &heading))
        main {
            @if let Some(code) = &says.code { p { (tr!("Ballot code", "Код бюллетеня")) " " code class="line" { (code) } } }
            p { (text) }
            @if !says.recorded { (why_not(facts.election.secret().is_some())) (form("../", stays, "")) }
            p {
                (tr!(
                    "This is what the server says. The proof is your receipt: keep it.",
                    "Так говорит сервер. Доказательство — ваша квитанция: сохраните её."
                ))
            }
            (by_program(&[html! { "veche verify-receipt " (tr!("RECEIPT.json", "КВИТАНЦИЯ.json")) }]))
        }
    }
}

/// What it may mean that a code is not in the log.
fn why_not(secret: bool) -> Markup {
    html! {
        ul {
            li { (tr!("The code may have a typing error: compare it with your receipt.", "Возможно, в коде опечатка: сверьте его с квитанцией.")) }
            @if secret {
                li {
                    (tr!(
                        "It may be the code of a ballot that was opened as a challenge instead of being cast: that is never recorded.",
                        "Возможно, это код бюллетеня, который вскрыли для проверки вместо подачи: такой не записывают никогда."
                    ))
                }
            }
            li {
                (tr!(
                    "Or the ballot is not recorded. If you have a receipt for it, tell the organiser, and keep the receipt.",
                    "Или бюллетень не записан. Если у вас есть его квитанция, скажите организатору и сохраните её."
                ))
            }
        }
    }
}

/// The heading of [`not_yet`], which browsers show as its title too.
pub fn not_yet_titled(facts: &Facts) -> String {
    if facts.phase == Phase::Cancelled {
        tr!("Not shown", "Не публикуется")
    } else {
        tr!("Only after closing", "Только после закрытия")
    }
}

/// Of an open election, before the closing.
pub fn not_yet(facts: &Facts) -> Markup {
    let title = &facts.election.draft().title;
    if facts.phase == Phase::Cancelled {
        let says =
            tr!("The ballots of a cancelled election are not shown.", "Бюллетени отменённых выборов не публикуются.");
        return html! { (header(title, &not_yet_titled(facts))) main { p { (says) } } };
    }
    let says = tr!(
        "In an open election ballots can be looked up only after closing: before that, whoever knows a code could find out the marks by trying.",
        "Найти бюллетень по коду можно будет после закрытия: раньше по коду можно было бы подобрать оценки."
    );
    html! {
        (header(title, &not_yet_titled(facts)))
        main {
            p { (says) }
            @if let Some(closes) = facts.status.closes.filter(|_| !front::is_past_closing(facts)) {
                p { (tr!("Voting closes", "Голосование закроется")) " " (time(closes)) "." }
            }
        }
    }
}

pub fn no_code(title: &str, typed: &str, (root, stays): (&str, &str)) -> Markup {
    let symbols = typed_code(typed).len();
    let says = tr!(
        "A ballot's code has 13 groups of four symbols. Give all of them, or the first five; here are {symbols} letters and digits.",
        "В коде бюллетеня 13 групп по четыре знака. Введите все или первые пять; здесь букв и цифр {symbols}."
    );
    let typed: String = typed.chars().take(TYPED_MAX_CHARS).collect();
    html! {
        (header(title, &tr!("This is no ballot's code", "Это не код бюллетеня")))
        main { p { (says) } (form(root, stays, &typed)) }
    }
}

pub fn nowhere(title: &str, stays: &str) -> Markup {
    html! {
        (header(title, &tr!("Nothing is here", "Здесь ничего нет")))
        main { p { a href=(format!("./{stays}")) { (tr!("To the election", "К выборам")) } } }
    }
}
