//! Results for people: a table with a bar of each candidate's distribution, and the JSON for programs.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, CellAlignment, LineStyle, Table, TableStyle};
use serde::Serialize;
use veche_election::{
    ElectionResult,
    result::{CandidateResult, ContestResult, NamedHistogram, Reason, Status},
    text::is_forbidden,
};

use crate::lang::tr;

const BAR_CELLS: usize = 40;
/// Background colours of 256-colour terminals, from the low end of the scale to the high one.
const COLOURS: [u8; 7] = [124, 166, 178, 144, 107, 71, 28];
const BLANK_COLOUR: u8 = 240;

/// `result --json` and `demo --json`.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    result: &'a ElectionResult,
    record: Option<&'a str>,
}

pub fn json(result: &ElectionResult, record: Option<&str>) -> String {
    serde_json::to_string_pretty(&Output { result, record }).unwrap_or_default()
}

pub fn table(result: &ElectionResult) -> String {
    let mut out =
        tr!("Ballots: {} of {} voters\n", "Бюллетеней: {} из {} избирателей\n", result.ballots, result.voters);
    if result.weight != result.ballots {
        out += &tr!("Weight: {} of {}\n", "Вес: {} из {}\n", result.weight, result.voters_weight);
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for contest in &result.contests {
        out += &format!("\n{}\n{}\n", contest.title, contest_table(contest, colour));
        out += &outcome(contest);
    }
    out
}

/// Who is elected, who shares the last seats, or why nobody is; and how ties were broken.
pub fn outcome(contest: &ContestResult) -> String {
    let mut out = tr!("Rule: {}\n", "Правило: {}\n", word(&contest.method));
    if !contest.winners.is_empty() {
        out += &tr!("Elected: {}\n", "Избраны: {}\n", contest.winners.join(", "));
    }
    if !contest.tied.is_empty() {
        let tied = contest.tied.join(", ");
        out +=
            &tr!("Equal, and nothing decides between them: {tied}\n", "Равны, и ничто не решает между ними: {tied}\n");
    }
    if let Some(reason) = contest.reason {
        out += &tr!("No result: {}.\n", "Результата нет: {}.\n", reason_text(reason));
    }
    for tie in &contest.ties {
        let names = tie.candidates.join(", ");
        out += &tr!("Equal scores: {names}\n", "Равные оценки: {names}\n");
        for step in &tie.steps {
            out += &format!("  {}: {}\n", word(&step.step), step.values.join(", "));
        }
    }
    out
}

/// The word that stands in the files.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

pub fn status_text(status: Status) -> String {
    match status {
        Status::Winner => tr!("elected", "избран"),
        Status::Tied => tr!("equal for the last seats", "равный на последнее место"),
        Status::Ranked => tr!("not elected", "не избран"),
        Status::None => tr!("none of them", "против всех"),
        Status::Unrated => tr!("no scores", "нет оценок"),
        Status::FewRaters => tr!("rated by too few", "мало оценивших"),
        Status::BelowThreshold => tr!("below the threshold", "ниже порога"),
        Status::BehindNone => tr!("behind \"none of them\"", "позади «против всех»"),
    }
}

fn reason_text(reason: Reason) -> String {
    match reason {
        Reason::NoBallots => tr!("there are no ballots", "нет бюллетеней"),
        Reason::Turnout => tr!("the turnout is too low", "явка недостаточна"),
        Reason::Unrated => tr!("nobody was rated", "никто не получил оценок"),
        Reason::FewRaters => tr!("nobody was rated by enough", "никого не оценило нужное число"),
        Reason::BelowThreshold => tr!("nobody reaches the threshold", "никто не достиг порога"),
        Reason::BehindNone => tr!("nobody stands before \"none of them\"", "никто не обошёл «против всех»"),
    }
}

fn contest_table(contest: &ContestResult, colour: bool) -> String {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line).bottom_border(line));
    let symbols = legend(contest);
    table.set_header([
        String::new(),
        tr!("candidate", "кандидат"),
        tr!("sum", "сумма"),
        tr!("mean", "среднее"),
        tr!("median", "медиана"),
        tr!("raters", "оценили"),
        tr!("distribution", "распределение"),
    ]);
    for candidate in &contest.candidates {
        let first = candidate.status == Status::Winner;
        let name = Cell::new(&candidate.name);
        let decimal = |fraction: &Option<veche_election::result::Fraction>| {
            fraction.map_or_else(|| "—".to_owned(), |fraction| fraction.to_decimal(2))
        };
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(if first { "★" } else { "" }),
            if first { name.add_attribute(Attribute::Bold) } else { name },
            right(candidate.sum.to_string()),
            right(decimal(&candidate.mean)),
            right(decimal(&candidate.median)),
            right(candidate.raters.to_string()),
            Cell::new(bar(candidate, &symbols, colour)),
        ]);
    }
    format!("{table}\n{}", legend_line(contest, &symbols))
}

/// A symbol for each level: the level itself when that is one character, else a letter.
fn legend(contest: &ContestResult) -> Vec<char> {
    let Some(NamedHistogram(cells)) = contest.candidates.first().map(|c| &c.histogram) else { return Vec::new() };
    let single = cells.iter().all(|(name, _)| name.chars().count() == 1);
    let letters = ('a'..='z').chain('A'..='Z').chain('α'..='ω').cycle();
    let symbol = |((name, _), letter): (&(String, u64), char)| match name.chars().next() {
        Some(c) if single || name == "*" => c,
        _ => letter,
    };
    cells.iter().zip(letters).map(symbol).collect()
}

fn legend_line(contest: &ContestResult, symbols: &[char]) -> String {
    let Some(NamedHistogram(cells)) = contest.candidates.first().map(|c| &c.histogram) else { return String::new() };
    let named: Vec<String> = cells
        .iter()
        .zip(symbols)
        .filter(|((name, _), symbol)| name.chars().ne([**symbol]))
        .map(|((name, _), symbol)| format!("{symbol} = {name}"))
        .collect();
    named.join("  ")
}

/// A bar of fixed width in which each level has cells in proportion to its weight, filled with its symbol: readable
/// without colours, and with them at a glance.
fn bar(candidate: &CandidateResult, symbols: &[char], colour: bool) -> String {
    let NamedHistogram(cells) = &candidate.histogram;
    let counts: Vec<u64> = cells.iter().map(|(_, count)| *count).collect();
    let levels = cells.len().saturating_sub(1).max(1);
    let mut out = String::new();
    for (i, (width, symbol)) in shares(&counts, BAR_CELLS).into_iter().zip(symbols).enumerate() {
        if width == 0 {
            continue;
        }
        let run = String::from(*symbol).repeat(width);
        if colour {
            let place = i * (COLOURS.len() - 1) / levels.saturating_sub(1).max(1);
            let shade = if *symbol == '*' { BLANK_COLOUR } else { COLOURS.get(place).copied().unwrap_or(BLANK_COLOUR) };
            out += &format!("\x1b[48;5;{shade}m\x1b[97m{run}\x1b[0m");
        } else {
            out += &run;
        }
    }
    out
}

/// Divides `width` cells in proportion, by largest remainders.
fn shares(counts: &[u64], width: usize) -> Vec<usize> {
    let total: u128 = counts.iter().map(|c| u128::from(*c)).sum();
    if total == 0 {
        return vec![0; counts.len()];
    }
    let scaled = |count: &u64| u128::from(*count) * width as u128;
    let mut shares: Vec<usize> = counts.iter().map(|c| usize::try_from(scaled(c) / total).unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(counts.get(*i).map_or(0, |c| scaled(c) % total)));
    let missing = width.saturating_sub(shares.iter().sum());
    for i in order.into_iter().take(missing) {
        if let Some(share) = shares.get_mut(i) {
            *share += 1;
        }
    }
    shares
}

/// Text on its way to a terminal: control characters and those that turn a line round become visible escapes.
pub fn safe(text: &str) -> String {
    let shown = |c: char| if is_forbidden(c) { c.escape_unicode().collect() } else { String::from(c) };
    text.chars().map(shown).collect()
}
