//! Pages of a few sentences: where a ballot is, and what is not there.

use maud::{Markup, html};
use veche_client::told::Whereabouts;

use super::header;
use crate::{lang::tr, words};

/// `/ballot/<code>`.
pub fn ballot(title: &str, says: &Whereabouts) -> Markup {
    let size = words::number(says.size);
    let (heading, text) = match (&says.code, says.index, says.replaced_by, says.struck_by) {
        (Some(code), Some(index), None, Some(act)) => (
            tr!("Recorded, and no longer counted", "Записан, но больше не учитывается"),
            tr!(
                "The ballot {code} is entry {index} of the public log. Its voter was struck from the roll by entry {act}.",
                "Бюллетень {code} — запись {index} публичного журнала. Избирателя, который его подал, вычеркнули из списка \
                 записью {act}."
            ),
        ),
        (Some(code), Some(index), None, None) => (
            tr!("Recorded, and it counts", "Записан и учитывается"),
            tr!(
                "The ballot {code} is entry {index} of the public log ({size} entries), and it counts.",
                "Бюллетень {code} — запись {index} публичного журнала (всего {size}), и он учитывается."
            ),
        ),
        (Some(code), Some(index), Some(by), _) => (
            tr!("Recorded, and replaced by a later one", "Записан и заменён более поздним"),
            tr!(
                "The ballot {code} is entry {index} of the public log. A later ballot of the same voter, entry {by}, has replaced it.",
                "Бюллетень {code} — запись {index} публичного журнала. Его заменил более поздний бюллетень того же избирателя, запись {by}."
            ),
        ),
        _ => (
            tr!("Not in the log", "В журнале нет"),
            tr!(
                "No ballot with this code is in the log ({size} entries). Compare the code with your receipt.",
                "Бюллетеня с таким кодом в журнале нет (записей {size}). Сверьте код с квитанцией."
            ),
        ),
    };
    html! {
        (header(title, &heading))
        main {
            p { (text) }
            p {
                (tr!(
                    "This is what the server says. The proof is your receipt:",
                    "Так говорит сервер. Доказательство — ваша квитанция:"
                ))
                " " code class="line" { "veche verify-receipt " (tr!("RECEIPT.json", "КВИТАНЦИЯ.json")) }
            }
        }
    }
}

pub fn not_yet(title: &str) -> Markup {
    let says = tr!(
        "In an open election ballots can be looked up after closing: before it, a code would tell the marks to whoever guesses.",
        "В открытом голосовании бюллетени можно искать после закрытия: до него тот, кто перебирает оценки, узнал бы их по \
         коду."
    );
    html! { (header(title, &tr!("Not before closing", "Не раньше закрытия"))) main { p { (says) } } }
}

pub fn no_code(title: &str) -> Markup {
    let says = tr!(
        "A ballot's code has 13 groups of four symbols. Give all of them, or the first five.",
        "В коде бюллетеня 13 групп по четыре знака. Введите все или первые пять."
    );
    html! { (header(title, &tr!("This is no ballot's code", "Это не код бюллетеня"))) main { p { (says) } } }
}

pub fn nowhere(title: &str, stays: &str) -> Markup {
    html! {
        (header(title, &tr!("Nothing is here", "Здесь ничего нет")))
        main { p { a href=(format!("./{stays}")) { (tr!("To the election", "К выборам")) } } }
    }
}
