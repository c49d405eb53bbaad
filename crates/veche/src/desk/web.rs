//! The desk's pages: files as they lie beside this one, unbundled, so that what is read is what runs. Style and the making of
//! elements are the booth's own.

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

macro_rules! own {
    ($kind:expr, $name:literal) => {
        ($name, $kind, include_bytes!(concat!("web/", $name)))
    };
}
macro_rules! of_booth {
    ($kind:expr, $name:literal) => {
        ($name, $kind, include_bytes!(concat!("../../../veche-booth/web/", $name)))
    };
}

/// Name, media type, content.
pub const FILES: &[(&str, &str, &[u8])] = &[
    own!(HTML, "index.html"),
    of_booth!(CSS, "booth.css"),
    own!(CSS, "desk.css"),
    of_booth!(JS, "dom.js"),
    own!(JS, "acts.js"),
    own!(JS, "api.js"),
    own!(JS, "cards.js"),
    own!(JS, "chart.js"),
    own!(JS, "doing.js"),
    own!(JS, "en.js"),
    own!(JS, "explained.js"),
    own!(JS, "fields.js"),
    own!(JS, "first.js"),
    own!(JS, "job.js"),
    own!(JS, "letters.js"),
    own!(JS, "main.js"),
    own!(JS, "outcome.js"),
    own!(JS, "page.js"),
    own!(JS, "passphrases.js"),
    own!(JS, "plan.js"),
    own!(JS, "planned.js"),
    own!(JS, "questions.js"),
    own!(JS, "result.js"),
    own!(JS, "roll.js"),
    own!(JS, "ru.js"),
    own!(JS, "running.js"),
    own!(JS, "start.js"),
    own!(JS, "tables.js"),
    own!(JS, "trustee.js"),
    own!(JS, "voters.js"),
    own!(JS, "way.js"),
    own!(JS, "words.js"),
];
