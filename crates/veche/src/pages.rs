//! Pages that the server shows to people with a browser, in both languages.

use veche_client::told::Whereabouts;

/// For people with a browser. Every value in it is a number or a code of our own making.
pub fn whereabouts(says: &Whereabouts) -> String {
    let size = says.size;
    let (english, russian) = match (&says.code, says.index, says.replaced_by) {
        (Some(code), Some(index), None) => (
            format!("The ballot {code} is entry {index} of the public log ({size} entries), and it counts."),
            format!("Бюллетень {code} — запись {index} публичного журнала (всего {size}), и он учитывается."),
        ),
        (Some(code), Some(index), Some(by)) => (
            format!(
                "The ballot {code} is entry {index} of the public log. A later ballot of the same voter, entry {by}, has replaced it."
            ),
            format!(
                "Бюллетень {code} — запись {index} публичного журнала. Его заменил более поздний бюллетень того же избирателя, запись {by}."
            ),
        ),
        _ => (
            format!("No ballot with this code is in the log ({size} entries). Compare the code with your receipt."),
            format!("Бюллетеня с таким кодом в журнале нет (записей {size}). Сверьте код с квитанцией."),
        ),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Veche</title>\n<p>{english}\n<p lang=\"ru\">{russian}\n<p>This page is what the server says. The proof is your \
         receipt: veche verify-receipt.\n<p lang=\"ru\">Это слова сервера. Доказательство — ваша квитанция: veche verify-receipt.\n"
    )
}
