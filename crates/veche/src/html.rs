//! The result as a page: as one file that needs nothing else, no script, no font, no picture from elsewhere, and as what the
//! server shows. For the screen by day and by night, for a telephone, and for paper.

use data_encoding::HEXLOWER;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use veche_client::link::paper_id;
use veche_election::{Draft, ElectionResult, Hash, Revote, Secrecy};

use crate::{
    bars::{self, Part},
    cards::escape_html,
    lang::{self, noun, tr},
    layout,
    standings::{Column, ContestStandings, Level, Means, Row, Standings},
    styles, words,
};

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
/// The room of the part of `*`, in pixels.
const BLANK: f64 = 36.0;

/// What the page says beside the result.
#[derive(Default)]
pub struct Facts {
    /// Entries of the log and its root.
    pub log: Option<(u64, Hash)>,
    /// Sections of the caller's; they stand behind the result.
    pub extra: Option<Markup>,
    /// Does a server show it, which gives the figures for a spreadsheet too?
    pub is_served: bool,
    /// Is the record to be had there too?
    pub has_record: bool,
    /// Of ballots that somebody had in a file: there was no election.
    pub ballots: Option<BallotFile>,
}

/// What was counted by `veche count`.
pub struct BallotFile {
    pub name: String,
    pub hash: Hash,
}

/// The page as a file.
pub fn report(draft: &Draft, result: &ElectionResult, facts: &Facts) -> String {
    let title = &draft.title;
    let page = html! {
        (DOCTYPE)
        html lang=(lang::tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(styles::of(draft))) }
            }
            body { (article(draft, result, facts)) }
        }
    };
    page.into_string()
}

/// All that a page says of a result, from its heading to the small print.
pub fn article(draft: &Draft, result: &ElectionResult, facts: &Facts) -> Markup {
    let standings = Standings::new(draft, result);
    let title = &draft.title;
    let alone = matches!(standings.contests.as_slice(), [only] if only.result.title == *title);
    html! {
        svg class="defs" width="0" height="0" aria-hidden="true" { defs { (PreEscaped(bars::HATCH)) } }
        header {
            p class="kind" { (kind(draft, facts)) }
            h1 { bdi { (title) } }
            p class="turnout" { (turnout(draft, result, facts)) @if let Some(now) = words::at_closing(result) { " " (now) } }
        }
        main {
            @for contest in &standings.contests {
                (section(contest, alone, facts))
            }
            @if let Some(extra) = &facts.extra { (extra) }
            @match &facts.ballots {
                Some(file) => (how_to_count(file)),
                None => (how_to_check(result, facts)),
            }
        }
        footer { (small_print(draft, facts, &standings)) }
    }
}

fn kind(draft: &Draft, facts: &Facts) -> String {
    if facts.ballots.is_some() {
        return tr!("Count of ballots from a file", "Подсчёт бюллетеней из файла");
    }
    match draft.secrecy {
        Secrecy::Secret => tr!("Result of a secret election", "Результат тайного голосования"),
        Secrecy::Open => tr!("Result of an open election", "Результат открытого голосования"),
    }
}

fn turnout(draft: &Draft, result: &ElectionResult, facts: &Facts) -> String {
    let ElectionResult { ballots, voters, weight, voters_weight, scale, .. } = result;
    if facts.ballots.is_some() {
        let noun = noun(*ballots, "ballot", "ballots");
        let (ballots, cast) = (words::number(*ballots), words::votes(*weight, *scale));
        return match !result.is_weighted() {
            true => tr!("{ballots} {noun}.", "Бюллетеней {ballots}."),
            false => tr!("{ballots} {noun}; by weight {cast}.", "Бюллетеней {ballots}; по весу {cast}."),
        };
    }
    let (ballots_shown, voters_shown) = (words::number(*ballots), words::number(*voters));
    let asked = words::quorums(draft);
    let part = words::turnout(*ballots, *voters, &asked);
    let (cast_noun, all_noun) = (noun(*ballots, "ballot", "ballots"), noun(*voters, "voter", "voters"));
    let by_heads = tr!(
        "{ballots_shown} {cast_noun} of {voters_shown} {all_noun} ({part})",
        "Бюллетеней {ballots_shown}, избирателей {voters_shown} ({part})"
    );
    if !result.is_weighted() {
        return format!("{by_heads}.");
    }
    let (cast, all) = (words::votes(*weight, *scale), words::votes(*voters_weight, *scale));
    let part = words::turnout(*weight, *voters_weight, &asked);
    tr!("{by_heads}; by weight {cast} of {all} ({part}).", "{by_heads}; по весу {cast} из {all} ({part}).")
}

/// A text of the organiser's among words of ours: escaped, and kept from turning what stands around it.
pub fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape_html(text))
}

fn strong(text: &str) -> String {
    format!("<strong>{}</strong>", name(text))
}

fn section(shown: &ContestStandings, alone: bool, facts: &Facts) -> Markup {
    // Words of ours with names in them, escaped by `name`.
    let outcome = PreEscaped(shown.outcome(strong, name));
    let rule = PreEscaped(shown.rule(name).join(" "));
    html! {
        section {
            @if !alone { h2 { bdi { (shown.result.title) } } }
            p class=(if shown.result.winners.is_empty() { "outcome none" } else { "outcome" }) { (outcome) }
            p class="rule" { strong { (tr!("Rule.", "Правило.")) } " " (rule) }
            (chart(shown))
            (legend(shown))
            (ties(shown))
            (table(shown, facts.is_served))
        }
    }
}

fn chart(shown: &ContestStandings) -> Markup {
    html! {
        div.chart.whole[shown.rows.len() <= WHOLE_MAX].bare[!shown.has_blanks] {
            div class="heads" aria-hidden="true" {
                span { (words::bars_head(shown.contest, shown.diverging)) }
                span class="score" { (words::method_noun(shown.contest)) }
                span class="blank" { @if shown.has_blanks { "*" } }
            }
            ol {
                @for row in &shown.rows {
                    li.won[row.won] { (bar(shown, row)) }
                }
            }
        }
    }
}

fn bar(shown: &ContestStandings, row: &Row) -> Markup {
    let blank = row.blank;
    let blank_width = bars::part(blank.weight, blank.of) * BLANK;
    html! {
        div class="who" {
            span class="place" { (row.place_text()) }
            div {
                span class="name" { bdi { (row.candidate.name) } }
                // A line may end before what became of somebody, and not within it.
                @if row.won { " " span class="status" { "★ " (words::status_text(row.candidate.status)) } }
                @if let Some(note) = &row.note { " " span class="status" { (note) } }
            }
        }
        span class="score" { (row.score) }
        svg class="bar" width="100%" height=(BAR) role="img" aria-label=(row.described) {
            @if row.bar.is_empty() {
                rect class="empty" x="0" y="0.5" width="100%" height=(BAR - 1.0) {}
                text class="empty" x="8" y="17.5" { (tr!("no scores", "оценок нет")) }
            }
            @for part in &row.bar { (level_part(part)) }
            @if shown.diverging {
                line class="zero" x1="50%" x2="50%" y1="-4" y2="0" {}
                line class="zero" x1="50%" x2="50%" y1=(BAR) y2=(BAR + 4.0) {}
            }
        }
        @if blank.weight > 0 {
            span class="blank" title=(format!("*: {}", blank.votes())) {
                svg width=(format!("{:.1}", blank_width + 1.0)) height=(BAR) aria-hidden="true" {
                    rect class="hatch" fill="url(#blank)" x="0.5" y="0.5" width=(format!("{blank_width:.1}")) height=(BAR - 1.0) {}
                }
                span { (blank.share()) }
            }
        }
    }
}

fn level_part(part: &Part) -> Markup {
    let percent = |share: f64| format!("{:.2}%", share * 100.0);
    let room = layout::width(part.level) as f64 * CELL + 6.0;
    let shade = styles::class(part.shade);
    html! {
        rect class=(format!("level {shade}")) x=(percent(part.start)) y="0.5" width=(percent(part.width)) height=(BAR - 1.0) {
            title { (part.level) ": " (part.votes()) }
        }
        @if room < part.width * WIDE {
            text.(shade).wide[room >= part.width * NARROW] x=(percent(part.start + part.width / 2.0)) y="17.5" { (part.level) }
        }
    }
}

fn legend(shown: &ContestStandings) -> Markup {
    let text = |level: &Level| {
        let name = name(level.name);
        PreEscaped(match &level.note {
            Some(note) => tr!("{name} {note}", "{name} — {note}"),
            None => name,
        })
    };
    html! {
        ul class="legend" {
            @for level in &shown.legend {
                li {
                    svg width="14" height="14" aria-hidden="true" {
                        rect class=(format!("level {}", styles::class(level.shade))) x="0.5" y="0.5" width="13" height="13" {}
                    }
                    span { (text(level)) }
                }
            }
            @if shown.has_blanks {
                li class="blank" {
                    svg width="14" height="14" aria-hidden="true" {
                        rect class="hatch" fill="url(#blank)" x="0.5" y="0.5" width="13" height="13" {}
                    }
                    span { (tr!("* no opinion, of all ballots", "* нет мнения, доля всех бюллетеней")) }
                }
            }
        }
    }
}

fn ties(shown: &ContestStandings) -> Markup {
    let ties = shown.ties(name);
    html! {
        @if !ties.is_empty() {
            h3 { (tr!("Equal scores", "Равные результаты")) }
            @for tie in ties {
                div class="tie" {
                    p { (PreEscaped(tie.head)) }
                    ol { @for step in tie.steps { li { (PreEscaped(step)) } } }
                    @if !tie.end.is_empty() { p { (PreEscaped(tie.end)) } }
                }
            }
        }
    }
}

fn table(shown: &ContestStandings, is_served: bool) -> Markup {
    let levels = shown.contest.levels.len();
    let fits = |column: &&Column| levels <= LEVEL_COLUMNS_MAX || !matches!(column.means, Means::Level(_));
    let columns: Vec<&Column> = shown.columns.iter().filter(fits).collect();
    let heading = tr!("All figures", "Все числа");
    html! {
        h3 { (heading) }
        div class="scroll" tabindex="0" role="region" aria-label=(format!("{heading}: {}", shown.result.title)) {
            table {
                thead {
                    tr {
                        th scope="col" class="n" { (tr!("place", "место")) }
                        th scope="col" { (tr!("candidate", "кандидат")) }
                        @for column in &columns {
                            th scope="col" class=(class(column)) {
                                @if let Means::Level(level) = column.means { bdi { (level) } } @else { (column.head) }
                            }
                        }
                    }
                }
                tbody {
                    @for (at, row) in shown.rows.iter().enumerate() {
                        tr.won[row.won] {
                            td class="n" { (row.place_text()) }
                            th scope="row" { bdi { (row.candidate.name) } }
                            @for column in &columns { td class=(class(column)) { (cell(column, at)) } }
                        }
                    }
                }
            }
        }
        @if levels > LEVEL_COLUMNS_MAX {
            p class="note" {
                (tr!(
                    "How often each of the {levels} levels was given stands in the CSV file",
                    "Сколько раз поставлена каждая из оценок (их {levels}), сказано в файле CSV"
                ))
                @if is_served { " (result.csv)." } @else { " (veche result --format csv)." }
            }
        }
    }
}

fn class(column: &Column) -> &'static str {
    match column.means {
        Means::Figure { decides: true } => "n score",
        Means::Figure { decides: false } | Means::Raters => "n",
        Means::Level(_) | Means::Blank => "n level",
    }
}

/// Rounded numbers, with the exact ones for whoever asks for them.
fn cell(column: &Column, row: usize) -> Markup {
    let text = column.cells.get(row).map_or("", String::as_str);
    let rounded = column.exact.get(row).copied().flatten().filter(|exact| exact.denominator() != 1);
    html! {
        @if let Some(exact) = rounded { span title=(exact.to_short()) { (text) } } @else { (text) }
    }
}

/// What is typed at a computer, for whoever has the program there.
pub fn by_program(commands: &[Markup]) -> Markup {
    html! {
        details {
            summary { (tr!("By program, on a computer", "Через программу на компьютере")) }
            @for command in commands { code class="line" { (command) } }
        }
    }
}

/// As the tools write it with which people compare files.
fn sha256sum(hash: Hash) -> String {
    HEXLOWER.encode(&hash.0)
}

/// A page is easily forged: what to compare, and with what.
fn how_to_check(result: &ElectionResult, facts: &Facts) -> Markup {
    // As minutes and programs have it, which people read to each other; and the same as sha256sum has it.
    let mut rows = vec![
        (tr!("Hash of the result", "Хеш результата"), result.hash().to_string()),
        (tr!("the same, SHA-256 of result.json", "он же, SHA-256 файла result.json"), sha256sum(result.hash())),
    ];
    if let Some((size, root)) = &facts.log {
        rows.push((tr!("Log: entries", "Журнал: записей"), words::number(*size)));
        rows.push((tr!("Log: root of the tree", "Журнал: корень дерева"), root.to_string()));
    }
    if let Some(lot) = &result.lot {
        if let Some(drawn) = &lot.drawn {
            rows.push((tr!("Lot: drawn in public", "Жребий: выпало при всех"), drawn.clone()));
        }
        rows.push((
            tr!("Lot: seed of the tickets", "Жребий: исходное число, из которого получены билеты"),
            lot.seed.to_string(),
        ));
    }
    let record = if facts.has_record { "record.tar".to_owned() } else { tr!("RECORD.tar", "ЗАПИСЬ.tar") };
    let verify = html! { "veche verify " (record) };
    let verify_again = html! { "python3 veche_verify.py " (record) };
    let receipt = html! { "veche verify-receipt " (tr!("RECEIPT.json", "КВИТАНЦИЯ.json")) " --record " (record) };
    // A file is read by whoever wrote it with the program; a server's page by everybody.
    let shown = |commands: &[Markup]| match facts.is_served {
        true => by_program(commands),
        false => html! { @for command in commands { " " code class="line" { (command) } } },
    };
    html! {
        section class="check" {
            h2 { (tr!("How to check this result", "Как проверить этот результат")) }
            ol {
                li {
                    (tr!(
                        "Compare the election id with the one on a voter's card:",
                        "Сравните id выборов с тем, что на карточке избирателя:"
                    ))
                    " " code class="line" { (paper_id(result.election)) }
                }
                li {
                    @if facts.has_record {
                        (tr!(
                            "This page proves nothing. Download the record of the election (record.tar, above) and have it counted again, by \
                             one program or by the other:",
                            "Сама страница ничего не доказывает. Скачайте запись выборов (record.tar, выше) и пересчитайте её одной \
                             программой или другой:"
                        ))
                    } @else {
                        (tr!(
                            "This page proves nothing. Take the record of the election from the organiser and have it counted again, by one \
                             program or by the other:",
                            "Сама страница ничего не доказывает. Возьмите у организатора запись выборов и пересчитайте её одной программой \
                             или другой:"
                        ))
                    }
                    (shown(&[verify, verify_again]))
                    " " (tr!(
                        "The record's file result.json must have the SHA-256 below.",
                        "SHA-256 файла result.json в записи должен быть таким, как указано ниже."
                    ))
                }
                li {
                    (tr!(
                        "Whoever has a receipt can check that the ballot is among those counted:",
                        "У кого есть квитанция, тот может убедиться, что его бюллетень учтён:"
                    ))
                    (shown(&[receipt]))
                }
            }
            dl {
                @for (what, value) in rows {
                    div { dt { (what) } dd dir="auto" { (value) } }
                }
            }
        }
    }
}

/// Whoever has the file can count it too.
fn how_to_count(file: &BallotFile) -> Markup {
    html! {
        section class="check" {
            h2 { (tr!("How to check this result", "Как проверить этот результат")) }
            p {
                (tr!(
                    "There was no election: these are ballots from a file, counted by the rule above. Whoever has the file can count it again:",
                    "Выборов не было: это бюллетени из файла, подсчитанные по правилу выше. У кого есть файл, тот может их \
                     пересчитать:"
                ))
                " " code class="line" { "veche count FILE --rule ..." }
            }
            dl {
                div { dt { (tr!("File", "Файл")) } dd dir="auto" { (file.name) } }
                div { dt { (tr!("SHA-256 of the file", "SHA-256 файла")) } dd dir="auto" { (sha256sum(file.hash)) } }
            }
        }
    }
}

fn small_print(draft: &Draft, facts: &Facts, standings: &Standings) -> Markup {
    let revotes = match draft.revote {
        _ if facts.ballots.is_some() => String::new(),
        Revote::Last => {
            tr!("Of each voter the last ballot counts.", "У каждого избирателя считается последний бюллетень.")
        }
        Revote::Never => tr!("Each voter could vote once.", "Голосовать можно было один раз."),
    };
    let blanks: Vec<String> = standings.contests.iter().map(|shown| blanks(shown, standings)).collect();
    let blanks = blanks.join("; ");
    let exact = tr!(
        "All results are computed exactly, in whole numbers and fractions; decimals on this page are rounded and decide nothing.",
        "Все результаты вычислены точно, в целых числах и дробях; десятичные дроби на этой странице округлены и ничего не \
         решают."
    );
    let version = env!("CARGO_PKG_VERSION");
    html! {
        p {
            (turnout(draft, standings.result, facts)) " " (revotes) " "
            (PreEscaped(tr!("Ballots without an opinion (*): {blanks}.", "Доля бюллетеней без мнения (*): {blanks}.")))
        }
        p { (exact) " veche " (version) "." }
    }
}

fn blanks(shown: &ContestStandings, standings: &Standings) -> String {
    let weights = || shown.rows.iter().map(|row| row.blank.weight);
    let allowed = words::blanks_allowed(shown.contest);
    let percent = |weight: u64| words::percent_beside(weight, standings.result.weight, allowed.as_slice());
    let share = |weight: Option<u64>| escape_html(&percent(weight.unwrap_or(0)));
    let (least, most) = (share(weights().min()), share(weights().max()));
    let title = if standings.contests.len() == 1 { String::new() } else { format!("{}: ", name(&shown.result.title)) };
    if least == most {
        return format!("{title}{least}");
    }
    tr!("{title}{least} to {most}, by candidate", "{title}от {least} до {most}, смотря по кандидату")
}
