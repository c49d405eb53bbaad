//! The result as one page that needs nothing else: no script, no font, no picture from elsewhere. For the screen by day
//! and by night, for a telephone, and for paper.

use std::fmt::Write;

use veche_election::{
    Contest, Election, ElectionResult, Hash, Secrecy,
    result::{CandidateResult, ContestResult, Fraction, NamedHistogram, Status},
};

use crate::{
    cards::escape_html,
    chart,
    lang::{is_russian, tr},
    layout, words,
};

const STYLE: &str = include_str!("report.css");
/// Height of a bar, in pixels.
const BAR: f64 = 26.0;
/// Bars are at least so wide on a telephone, and on other screens and paper, in pixels: what fits is written into them.
const NARROW: f64 = 210.0;
const WIDE: f64 = 520.0;
/// Of a character in a bar, in pixels.
const CELL: f64 = 8.0;
/// A chart of so many candidates stays on one page of paper.
const WHOLE_MAX: usize = 10;
/// With more levels than this the table leaves them to the CSV.
const LEVEL_COLUMNS_MAX: usize = 11;

/// What the page says beside the result.
#[derive(Default)]
pub struct Facts {
    /// Entries of the log and its root.
    pub log: Option<(u64, Hash)>,
    /// Sections of the caller's, as HTML that is escaped already; they stand behind the result.
    pub extra: String,
}

pub fn report(election: &Election, result: &ElectionResult, facts: &Facts) -> String {
    let title = escape_html(&election.draft().title);
    let lang = if is_russian() { "ru" } else { "en" };
    let kind = match election.draft().secrecy {
        Secrecy::Secret => tr!("Result of a secret election", "Результат тайного голосования"),
        Secrecy::Open => tr!("Result of an open election", "Результат открытого голосования"),
    };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>{}</defs></svg>\n\
         <header><p class=\"kind\">{kind}</p><h1><bdi>{title}</bdi></h1><p class=\"turnout\">{}</p></header>\n<main>\n",
        chart::HATCH,
        escape_html(&turnout(result))
    );
    let alone = result.contests.len() == 1 && result.contests.iter().all(|c| c.title == election.draft().title);
    let weighted = result.voters != result.voters_weight;
    for (contest, result) in election.contests().iter().zip(&result.contests) {
        Section { out: &mut out, contest, result }.write(alone, weighted);
    }
    out += &facts.extra;
    how_to_check(&mut out, result, facts);
    let _ = writeln!(out, "</main>\n<footer>{}</footer>\n</body></html>", small_print(election, result));
    out
}

fn turnout(result: &ElectionResult) -> String {
    let ElectionResult { ballots, voters, weight, voters_weight, .. } = result;
    let (ballots_shown, voters_shown) = (words::number(*ballots), words::number(*voters));
    let part = words::percent(*ballots, *voters);
    let by_heads = tr!(
        "{ballots_shown} ballots of {voters_shown} voters ({part})",
        "Бюллетеней {ballots_shown}, избирателей {voters_shown} ({part})"
    );
    if voters == voters_weight {
        return format!("{by_heads}.");
    }
    let (cast, all, part) =
        (words::number(*weight), words::number(*voters_weight), words::percent(*weight, *voters_weight));
    tr!("{by_heads}; by weight {cast} of {all} ({part}).", "{by_heads}; по весу {cast} из {all} ({part}).")
}

/// A text of the organiser's: escaped, and kept from turning what stands around it.
fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape_html(text))
}

fn strong(text: &str) -> String {
    format!("<strong>{}</strong>", name(text))
}

struct Section<'a> {
    out: &'a mut String,
    contest: &'a Contest,
    result: &'a ContestResult,
}

impl Section<'_> {
    fn write(mut self, alone: bool, weighted: bool) {
        self.out.push_str("<section>\n");
        if !alone {
            let _ = writeln!(self.out, "<h2>{}</h2>", name(&self.result.title));
        }
        let outcome = words::outcome(self.contest, self.result, strong, name);
        let class = if self.result.winners.is_empty() { "outcome none" } else { "outcome" };
        let _ = writeln!(self.out, "<p class=\"{class}\">{outcome}</p>");
        let rule = words::rule(self.contest, weighted, name).join(" ");
        let _ = writeln!(self.out, "<p class=\"rule\"><strong>{}</strong> {rule}</p>", tr!("Rule.", "Правило."));
        self.bars();
        self.legend();
        self.ties();
        self.table();
        self.out.push_str("</section>\n");
    }

    fn bars(&mut self) {
        let candidates = chart::by_place(self.result);
        let whole = if candidates.len() <= WHOLE_MAX { " whole" } else { "" };
        let blanks = chart::any_blank(self.result);
        let bare = if blanks { "" } else { " bare" };
        let _ = writeln!(
            self.out,
            "<div class=\"chart{whole}{bare}\"><div class=\"heads\" aria-hidden=\"true\"><span>{}</span><span class=\"score\">{}</span>\
             <span class=\"blank\">{}</span></div><ol>",
            if chart::is_diverging(self.contest) {
                tr!("the scores given, around 0", "поставленные оценки, вокруг 0")
            } else {
                tr!("the scores given, from worst to best", "поставленные оценки, от худшей к лучшей")
            },
            words::method_noun(self.contest),
            if blanks { "*" } else { "" }
        );
        for (candidate, score) in candidates.iter().zip(words::scores(self.contest, &candidates)) {
            self.bar(candidate, &score);
        }
        self.out.push_str("</ol></div>\n");
    }

    fn bar(&mut self, candidate: &CandidateResult, score: &str) {
        let (parts, blank) = chart::parts(self.contest, candidate);
        let class = if candidate.status == Status::Winner { " class=\"won\"" } else { "" };
        let place = candidate.place.map_or_else(|| "–".to_owned(), |place| place.to_string());
        let status = match candidate.status {
            Status::Ranked | Status::Unrated => String::new(),
            Status::Winner => format!("<span class=\"status\">★ {}</span>", words::status_text(Status::Winner)),
            status => format!("<span class=\"status\">{}</span>", words::status_text(status)),
        };
        let said = escape_html(&chart::described(self.contest, candidate));
        let _ = write!(
            self.out,
            "<li{class}><div class=\"who\"><span class=\"place\">{place}</span><div><span class=\"name\">{}</span>{status}</div></div>\
             <span class=\"score\">{}</span><svg class=\"bar\" width=\"100%\" height=\"{BAR}\" role=\"img\" aria-label=\"{said}\">",
            name(&candidate.name),
            escape_html(score)
        );
        if parts.is_empty() {
            let none = tr!("no scores", "оценок нет");
            let _ = write!(
                self.out,
                "<rect class=\"empty\" x=\"0\" y=\"0.5\" width=\"100%\" height=\"{}\"/><text class=\"empty\" x=\"8\" y=\"17.5\">{none}</text>",
                BAR - 1.0
            );
        }
        for part in &parts {
            self.part(part);
        }
        if chart::is_diverging(self.contest) {
            let _ = write!(
                self.out,
                "<line class=\"zero\" x1=\"50%\" x2=\"50%\" y1=\"-4\" y2=\"0\"/><line class=\"zero\" x1=\"50%\" x2=\"50%\" \
                 y1=\"{BAR}\" y2=\"{}\"/>",
                BAR + 4.0
            );
        }
        self.out.push_str("</svg>");
        if blank > 0 {
            let all = candidate.raters + blank;
            let _ = write!(
                self.out,
                "<span class=\"blank\" title=\"*: {}\"><svg width=\"{:.1}\" height=\"{BAR}\" aria-hidden=\"true\"><rect x=\"0.5\" \
                 y=\"0.5\" width=\"{:.1}\" height=\"{}\"/></svg><span>{}</span></span>",
                words::number(blank),
                chart::part(blank, all) * 36.0 + 1.0,
                chart::part(blank, all) * 36.0,
                BAR - 1.0,
                escape_html(&words::percent(blank, all))
            );
        }
        self.out.push_str("</li>\n");
    }

    fn part(&mut self, part: &chart::Part) {
        let (shade, level, weight) = (part.shade, escape_html(part.level), words::number(part.weight));
        let (light, dark) = (shade.light, shade.dark);
        let _ = write!(
            self.out,
            "<rect x=\"{:.2}%\" y=\"0.5\" width=\"{:.2}%\" height=\"{}\" style=\"--l:{};--d:{}\"><title>{level}: {weight}</title></rect>",
            part.start * 100.0,
            part.width * 100.0,
            BAR - 1.0,
            light.css(),
            dark.css()
        );
        let room = layout::width(part.level) as f64 * CELL + 6.0;
        if room < part.width * WIDE {
            let class = if room < part.width * NARROW { "" } else { " class=\"wide\"" };
            let _ = write!(
                self.out,
                "<text{class} x=\"{:.2}%\" y=\"17.5\" style=\"--l:{};--d:{}\">{level}</text>",
                (part.start + part.width / 2.0) * 100.0,
                light.ink(),
                dark.ink()
            );
        }
    }

    fn legend(&mut self) {
        self.out.push_str("<ul class=\"legend\">");
        for place in chart::legend(self.contest) {
            let shade = chart::shade(self.contest, place);
            let level = self.contest.levels.get(place).map_or_else(String::new, |level| name(level));
            let text = match words::end_note(self.contest, place) {
                Some(note) => tr!("{level} {note}", "{level} — {note}"),
                None => level,
            };
            let (light, dark) = (shade.light.css(), shade.dark.css());
            let _ = write!(
                self.out,
                "<li><svg width=\"14\" height=\"14\" aria-hidden=\"true\"><rect x=\"0.5\" y=\"0.5\" width=\"13\" height=\"13\" \
                 style=\"--l:{light};--d:{dark}\"/></svg><span>{text}</span></li>"
            );
        }
        if chart::any_blank(self.result) {
            let text = tr!("* no opinion, of all ballots", "* нет мнения, от всех бюллетеней");
            let _ = write!(
                self.out,
                "<li class=\"blank\"><svg width=\"14\" height=\"14\" aria-hidden=\"true\"><rect x=\"0.5\" y=\"0.5\" width=\"13\" \
                 height=\"13\"/></svg><span>{text}</span></li>"
            );
        }
        self.out.push_str("</ul>\n");
    }

    fn ties(&mut self) {
        let ties = words::ties(self.contest, self.result, name);
        if ties.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "<h3>{}</h3>", tr!("Equal scores", "Равные результаты"));
        for tie in ties {
            let _ = write!(self.out, "<div class=\"tie\"><p>{}</p><ol>", tie.head);
            for step in tie.steps {
                let _ = write!(self.out, "<li>{step}</li>");
            }
            let end = if tie.end.is_empty() { String::new() } else { format!("<p>{}</p>", tie.end) };
            let _ = writeln!(self.out, "</ol>{end}</div>");
        }
    }

    fn table(&mut self) {
        let candidates = chart::by_place(self.result);
        let levels = (self.contest.levels.len() <= LEVEL_COLUMNS_MAX).then_some(&self.contest.levels);
        let figures = words::columns(self.contest, &candidates).into_iter();
        let mut columns: Vec<Column> = figures
            .map(|column| Column {
                class: if column.decides { "n score" } else { "n" },
                cells: titled(column.cells, &column.exact),
                head: column.head,
            })
            .collect();
        let raters = candidates.iter().map(|candidate| words::number(candidate.raters)).collect();
        columns.push(Column { head: tr!("rated by", "оценили"), class: "n", cells: raters });
        for (place, level) in levels.into_iter().flatten().enumerate() {
            let weight = |histogram: &NamedHistogram| histogram.levels.get(place).map_or(0, |(_, weight)| *weight);
            columns.push(weights(name(level), &candidates, weight));
        }
        columns.push(weights("*".into(), &candidates, |histogram| histogram.blank));
        let heads: String = columns
            .iter()
            .map(|column| format!("<th scope=\"col\" class=\"{}\">{}</th>", column.class, column.head))
            .collect();
        let _ = writeln!(
            self.out,
            "<h3>{}</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\" class=\"n\">{}</th><th \
             scope=\"col\">{}</th>{heads}</tr></thead><tbody>",
            tr!("All figures", "Все числа"),
            tr!("place", "место"),
            tr!("candidate", "кандидат")
        );
        for (row, candidate) in candidates.iter().enumerate() {
            let class = if candidate.status == Status::Winner { " class=\"won\"" } else { "" };
            let place = candidate.place.map_or_else(|| "—".to_owned(), |place| place.to_string());
            let cell = |column: &Column| {
                format!("<td class=\"{}\">{}</td>", column.class, column.cells.get(row).map_or("", String::as_str))
            };
            let cells: String = columns.iter().map(cell).collect();
            let name = name(&candidate.name);
            let _ =
                writeln!(self.out, "<tr{class}><td class=\"n\">{place}</td><th scope=\"row\">{name}</th>{cells}</tr>");
        }
        self.out.push_str("</tbody></table></div>\n");
        if levels.is_none() {
            let csv = tr!(
                "How often each of the {} levels was given stands in the CSV file (veche result --format csv).",
                "Сколько раз дана каждая из ступеней (их {}), стоит в файле CSV (veche result --format csv).",
                self.contest.levels.len()
            );
            let _ = writeln!(self.out, "<p class=\"note\">{csv}</p>");
        }
    }
}

/// A column of the table, as HTML.
struct Column {
    head: String,
    class: &'static str,
    cells: Vec<String>,
}

/// Rounded numbers, with the exact ones for whoever asks for them.
fn titled(cells: Vec<String>, exact: &[Option<Fraction>]) -> Vec<String> {
    let cell = |(cell, exact): (String, &Option<Fraction>)| match exact {
        Some(exact) if exact.denominator() != 1 => {
            format!("<span title=\"{}\">{}</span>", exact.to_short(), escape_html(&cell))
        }
        _ => escape_html(&cell),
    };
    cells.into_iter().zip(exact).map(cell).collect()
}

fn weights(head: String, candidates: &[&CandidateResult], cell: impl Fn(&NamedHistogram) -> u64) -> Column {
    let weight = |candidate: &&CandidateResult| cell(&candidate.histogram);
    Column { head, class: "n level", cells: candidates.iter().map(|c| words::number(weight(c))).collect() }
}

/// A page is easily forged: what to compare, and with what.
fn how_to_check(out: &mut String, result: &ElectionResult, facts: &Facts) {
    let id = result.election;
    let _ = writeln!(
        out,
        "<section class=\"check\"><h2>{}</h2><ol>\n<li>{} <code class=\"line\">{id}</code></li>\n<li>{} <code class=\"line\">veche verify RECORD.tar</code> {} \
         <code class=\"line\">python3 veche_verify.py RECORD.tar</code> {}</li>\n<li>{} <code class=\"line\">veche verify-receipt RECEIPT.json \
         --record RECORD.tar</code></li>\n</ol>",
        tr!("How to check this result", "Как проверить этот результат"),
        tr!(
            "Compare the election id with the one on a voter's card:",
            "Сравните id выборов с тем, что на карточке избирателя:"
        ),
        tr!(
            "This page proves nothing. Take the record of the election from the organiser and have it counted again:",
            "Сама страница ничего не доказывает. Возьмите у организатора запись выборов и пересчитайте её:"
        ),
        tr!("or, by another program:", "или другой программой:"),
        tr!(
            "The record's result must have the digest below.",
            "У результата в записи должен быть дайджест, указанный ниже."
        ),
        tr!(
            "Whoever has a receipt sees with it that their ballot is among those counted:",
            "У кого есть квитанция, тот увидит по ней, что его бюллетень среди сосчитанных:"
        )
    );
    let mut rows = vec![(tr!("SHA-256 of result.json", "SHA-256 файла result.json"), result.hash().to_string())];
    if let Some((size, root)) = &facts.log {
        rows.push((tr!("Log: entries", "Журнал: записей"), words::number(*size)));
        rows.push((tr!("Log: root of the tree", "Журнал: корень дерева"), root.to_string()));
    }
    if let Some(lot) = &result.lot {
        if let Some(drawn) = &lot.drawn {
            rows.push((tr!("Lot: drawn in public", "Жребий: вытянуто прилюдно"), drawn.clone()));
        }
        rows.push((tr!("Lot: seed of the tickets", "Жребий: зерно билетов"), lot.seed.to_string()));
    }
    out.push_str("<dl>");
    for (what, value) in rows {
        let _ = write!(out, "<div><dt>{what}</dt><dd dir=\"auto\">{}</dd></div>", escape_html(&value));
    }
    out.push_str("</dl></section>\n");
}

fn small_print(election: &Election, result: &ElectionResult) -> String {
    let counted = escape_html(&turnout(result));
    let revotes = match election.draft().revote {
        veche_election::Revote::Last => {
            tr!("Of each voter the last ballot counts.", "У каждого избирателя считается последний бюллетень.")
        }
        veche_election::Revote::Never => tr!("Each voter could vote once.", "Голосовать можно было один раз."),
    };
    let blanks: Vec<String> = result
        .contests
        .iter()
        .map(|contest| {
            let weights = || contest.candidates.iter().map(|candidate| candidate.histogram.blank);
            let share = |weight: Option<u64>| escape_html(&words::percent(weight.unwrap_or(0), result.weight));
            let (least, most) = (share(weights().min()), share(weights().max()));
            let title = if result.contests.len() == 1 { String::new() } else { format!("{}: ", name(&contest.title)) };
            match least == most {
                true => format!("{title}{least}"),
                false => {
                    tr!("{title}{least} to {most}, by candidate", "{title}от {least} до {most}, смотря по кандидату")
                }
            }
        })
        .collect();
    let blanks = blanks.join("; ");
    let blanks = tr!("Ballots without an opinion (*): {blanks}.", "Бюллетеней без мнения (*): {blanks}.");
    let exact = tr!(
        "All results are computed exactly, in whole numbers and fractions; decimals on this page are rounded and decide nothing.",
        "Все результаты вычислены точно, в целых числах и дробях; десятичные на этой странице округлены и ничего не решают."
    );
    format!("<p>{counted} {revotes} {blanks}</p><p>{exact} veche {}.</p>", env!("CARGO_PKG_VERSION"))
}
