//! The result as one page that needs nothing else: no script, no font, no picture from elsewhere. It prints well.

use std::fmt::Write;

use veche_election::{
    Contest, Election, ElectionResult,
    result::{ContestResult, Fraction},
};

use crate::{
    cards::escape_html,
    chart,
    lang::{is_russian, tr},
    show,
};

const STYLE: &str = "body{font:15px/1.45 'DejaVu Sans',Verdana,sans-serif;color:#111;background:#fff;max-width:860px;margin:2em \
    auto;padding:0 1em}h1{font-size:1.6em;margin-bottom:.2em}h2{margin-top:1.6em;font-size:1.25em}table{border-collapse:collapse;\
    width:100%;margin:.8em 0}th,td{padding:.3em .6em;border-bottom:1px solid #bbb;text-align:right}th:nth-child(2),td:nth-child(2),\
    th:last-child,td:last-child{text-align:left}tr.won td{font-weight:bold}svg{max-width:100%;height:auto}pre{white-space:pre-wrap;\
    font:inherit;background:#f4f4f1;padding:.7em 1em}.id{word-break:break-all;font-family:monospace}@media print{body{margin:0;\
    font-size:11pt}section{break-inside:avoid}}";

/// `extra`: sections of the caller's, as HTML that is escaped already; they stand behind the result.
pub fn report(election: &Election, result: &ElectionResult, extra: &str) -> String {
    let title = escape_html(&election.draft().title);
    let lang = if is_russian() { "ru" } else { "en" };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<p>{}</p>\n",
        escape_html(&turnout(result))
    );
    for (contest, result) in election.contests().iter().zip(&result.contests) {
        section(&mut out, contest, result);
    }
    if let Some(lot) = &result.lot {
        let drawn = lot.drawn.as_deref().unwrap_or("—");
        let text = tr!("Lot: drawn {drawn}, seed {}", "Жребий: вытянуто {drawn}, зерно {}", lot.seed);
        let _ = writeln!(out, "<p class=\"id\">{}</p>", escape_html(&text));
    }
    let id = tr!("Election id; compare it with a card:", "Id выборов; сравните с карточкой:");
    let _ = writeln!(out, "{extra}<p>{id} <span class=\"id\">{}</span></p>\n</body></html>", result.election);
    out
}

fn turnout(result: &ElectionResult) -> String {
    let ElectionResult { ballots, voters, weight, voters_weight, .. } = result;
    if ballots == weight && voters == voters_weight {
        tr!("{ballots} ballots of {voters} voters.", "Бюллетеней {ballots}, избирателей {voters}.")
    } else {
        tr!(
            "{ballots} ballots of {voters} voters; by weight {weight} of {voters_weight}.",
            "Бюллетеней {ballots}, избирателей {voters}; по весу {weight} из {voters_weight}."
        )
    }
}

fn section(out: &mut String, contest: &Contest, result: &ContestResult) {
    let _ = writeln!(out, "<section><h2>{}</h2>", escape_html(&result.title));
    let heads = [
        tr!("place", "место"),
        tr!("candidate", "кандидат"),
        tr!("score", "итог"),
        tr!("sum", "сумма"),
        tr!("mean", "среднее"),
        tr!("median", "медиана"),
        tr!("raters", "оценили"),
        tr!("outcome", "исход"),
    ];
    let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
    let _ = writeln!(out, "<table><thead><tr>{heads}</tr></thead><tbody>");
    let mut candidates: Vec<_> = result.candidates.iter().collect();
    candidates.sort_by_key(|candidate| candidate.place.unwrap_or(u32::MAX));
    let decimal = |fraction: Option<Fraction>| {
        fraction.map_or_else(|| "—".to_owned(), |f| f.to_decimal(if f.denominator() == 1 { 0 } else { 2 }))
    };
    for candidate in candidates {
        let won = candidate.status == veche_election::result::Status::Winner;
        let cells = [
            candidate.place.map_or_else(|| "—".to_owned(), |place| place.to_string()),
            escape_html(&candidate.name),
            decimal(candidate.score),
            candidate.sum.to_string(),
            decimal(candidate.mean),
            decimal(candidate.median),
            candidate.raters.to_string(),
            show::status_text(candidate.status),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let _ = writeln!(out, "<tr{}>{cells}</tr>", if won { " class=\"won\"" } else { "" });
    }
    let outcome = escape_html(&show::outcome(result));
    let _ = writeln!(out, "</tbody></table>\n{}<pre>{outcome}</pre></section>", chart::svg(contest, result));
}
