//! Results for people in a terminal, whatever its width: sentences, and a table with a bar of each candidate's
//! distribution. And the JSON for programs.

use std::io::IsTerminal;

use serde::Serialize;
use veche_election::{Draft, ElectionResult};

use crate::{
    bars,
    lang::{noun, tr},
    layout::{isolated, left, right, width, wrap},
    output,
    standings::{ContestStandings, Level, Means, Row, Standings},
    words,
};

/// Cells of a line where the terminal does not say how many it has.
const WIDTH_DEFAULT: usize = 80;
const WIDTH_MIN: usize = 24;
/// Sentences are not read easily in longer lines.
const SENTENCE_MAX: usize = 100;
const BAR_MIN: usize = 20;
const BAR_MAX: usize = 50;
const NAME_MIN: usize = 12;
/// Place, star, and the room around them.
const MARGIN: usize = 6;
/// Background colours of 256-colour terminals, from the worst level to the best, and around 0; the text on each is
/// black on the lighter ones.
const RAMP: [u8; 7] = [255, 153, 117, 74, 32, 25, 18];
const AGAINST: [u8; 4] = [230, 222, 172, 130];
const FOR: [u8; 4] = [230, 117, 32, 18];
const BLACK_TEXT: [u8; 8] = [255, 153, 117, 74, 230, 222, 172, 254];

/// `result --json` and `demo --json`.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    result: &'a ElectionResult,
    record: Option<&'a str>,
}

pub fn json(result: &ElectionResult, record: Option<&str>) -> String {
    output::json(&Output { result, record })
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Cells of a line.
    pub width: usize,
    pub colour: bool,
    /// Can it show `★` and `─`?
    pub unicode: bool,
}

impl Screen {
    /// Standard output, as far as it tells of itself.
    pub fn standard() -> Self {
        let out = std::io::stdout();
        let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten();
        let width = size.map(|size| usize::from(size.ws_col)).filter(|width| *width > 0).or_else(|| number("COLUMNS"));
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
        let locale = locale.map(|value| value.to_uppercase()).find(|value| !value.is_empty());
        // Where nothing is said, as in most containers, UTF-8 is likelier than not.
        let unicode = locale.is_none_or(|value| value.contains("UTF-8") || value.contains("UTF8"));
        let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { width: width.unwrap_or(WIDTH_DEFAULT).max(WIDTH_MIN), colour, unicode }
    }
}

pub fn table(draft: &Draft, result: &ElectionResult) -> String {
    table_for(Screen::standard(), draft, result)
}

/// Of ballots from a file: nothing is known of those who gave none.
pub fn table_of_ballots(draft: &Draft, result: &ElectionResult) -> String {
    let ballots = words::number(result.ballots);
    let weight = words::votes(result.weight, result.scale);
    let head = match result.is_weighted() {
        false => tr!("Ballots: {ballots}", "Бюллетеней: {ballots}"),
        true => tr!("Ballots: {ballots}, weight {weight}", "Бюллетеней: {ballots}, вес {weight}"),
    };
    contests(Screen::standard(), head + "\n", draft, result) + "\n"
}

pub fn table_for(screen: Screen, draft: &Draft, result: &ElectionResult) -> String {
    let (ballots, voters) = (words::number(result.ballots), words::number(result.voters));
    let asked = words::quorums(draft);
    let part = words::turnout(result.ballots, result.voters, &asked);
    let lines = |text: String| wrap(&text, screen.width).join("\n") + "\n";
    let noun = noun(result.voters, "voter", "voters");
    let turnout =
        tr!("Ballots: {ballots} of {voters} {noun} ({part})", "Бюллетеней: {ballots}, избирателей: {voters} ({part})");
    let mut out = lines(turnout);
    if result.is_weighted() {
        let (cast, all) = (words::votes(result.weight, result.scale), words::votes(result.voters_weight, result.scale));
        let part = words::turnout(result.weight, result.voters_weight, &asked);
        out += &lines(tr!("Weight: {cast} of {all} ({part})", "Вес: {cast} из {all} ({part})"));
    }
    out += &words::at_closing(result).map_or_else(String::new, lines);
    contests(screen, out, draft, result)
}

/// A table for each contest, behind what was said before.
fn contests(screen: Screen, mut out: String, draft: &Draft, result: &ElectionResult) -> String {
    for shown in &Standings::new(draft, result).contests {
        out += &Shown { screen, shown }.text();
    }
    // In names too: what the terminal cannot show would not be read there either.
    if screen.unicode { out } else { out.replace(['−', '—', '–'], "-").replace(['\u{a0}', '…'], " ") }
}

struct Shown<'a> {
    screen: Screen,
    shown: &'a ContestStandings<'a>,
}

/// A row of the table, in texts.
struct Line<'a> {
    row: &'a Row<'a>,
    place: String,
    figures: Vec<String>,
}

impl Shown<'_> {
    fn text(&self) -> String {
        let mut out = format!("\n{}\n{}\n", self.sentence(&self.shown.result.title, 0), self.line());
        let star = if self.shown.result.winners.is_empty() { "" } else { self.star() };
        let outcome = self.shown.outcome(named, named);
        let outcome = if star.is_empty() { outcome } else { format!("{star} {outcome}") };
        out += &format!("{}\n\n", self.bold(&self.sentence(&outcome, 0)));
        out += &self.rows();
        out += &self.legend();
        out += &format!("{}\n\n", self.line());
        let rule = self.shown.rule(named).join(" ");
        out += &self.sentence(&tr!("Rule: {rule}", "Правило: {rule}"), 0);
        out.push('\n');
        for tie in self.shown.ties(named) {
            out += &format!("\n{}\n", self.sentence(&tie.head, 0));
            for (number, step) in (1..).zip(tie.steps) {
                out += &format!("{}\n", self.sentence(&format!("{number}. {step}"), 2));
            }
            if !tie.end.is_empty() {
                out += &format!("{}\n", self.sentence(&tie.end, 2));
            }
        }
        out
    }

    fn star(&self) -> &'static str {
        // `*` means something else here.
        if self.screen.unicode { "★" } else { ">" }
    }

    fn line(&self) -> String {
        String::from(if self.screen.unicode { '─' } else { '-' }).repeat(self.screen.width.min(SENTENCE_MAX))
    }

    fn bold(&self, text: &str) -> String {
        if self.screen.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn sentence(&self, text: &str, indent: usize) -> String {
        let lines = wrap(text, self.screen.width.min(SENTENCE_MAX).saturating_sub(indent));
        lines.iter().map(|line| format!("{}{line}", " ".repeat(indent))).collect::<Vec<_>>().join("\n")
    }

    fn rows(&self) -> String {
        let shown =
            self.shown.columns.iter().filter(|column| matches!(column.means, Means::Figure { .. } | Means::Raters));
        let (mut heads, mut columns): (Vec<String>, Vec<Vec<String>>) =
            shown.map(|column| (column.head.clone(), column.cells.clone())).unzip();
        if self.shown.has_blanks {
            heads.push("*".to_owned());
            columns.push(self.shown.rows.iter().map(|row| row.blank.share()).collect());
        }
        let figures =
            |row: usize| columns.iter().filter_map(|column| column.get(row).map(|cell: &String| safe(cell))).collect();
        let rows = self.shown.rows.iter().enumerate();
        let rows: Vec<Line> =
            rows.map(|(at, row)| Line { row, place: row.place_text(), figures: figures(at) }).collect();
        let widest = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.figures.get(column)).chain(heads.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(widest).collect();
        let figures: usize = widths.iter().map(|width| width + 1).sum();
        let room = self.screen.width.saturating_sub(MARGIN + figures + 2);
        let longest = self.shown.rows.iter().map(|row| width(&row.candidate.name)).max().unwrap_or(0);
        if room < NAME_MIN + BAR_MIN {
            return rows.iter().map(|row| self.stacked(row, &heads)).collect();
        }
        let name = longest.max(width(&tr!("candidate", "кандидат"))).min(room - BAR_MIN);
        let bar = (room - name).min(BAR_MAX);
        let row = |place: &str, star: &str, name_text: &str, cells: &[String], bar: &str| {
            let cells: String =
                cells.iter().zip(&widths).map(|(cell, width)| format!(" {}", right(cell, *width))).collect();
            format!("{} {} {}{cells}  {bar}", right(place, 3), left(star, 1), left(name_text, name))
                .trim_end()
                .to_owned()
                + "\n"
        };
        let head = tr!("candidate", "кандидат");
        let long = tr!("scores, worst to best", "оценки, от худшей");
        let scores = if width(&long) <= bar { long } else { tr!("scores", "оценки") };
        let mut out = row("", "", &head, &heads, &scores);
        for shown in &rows {
            let star = if shown.row.won { self.star() } else { "" };
            for (at, line) in wrap(&named(&shown.row.candidate.name), name).iter().enumerate() {
                let text = match at {
                    0 => row(&shown.place, star, line, &shown.figures, &self.bar(shown.row, bar)),
                    _ => row("", "", line, &[], ""),
                };
                out += &text;
            }
        }
        out
    }

    /// For narrow screens: the name in a line of its own, then the bar, then the figures.
    fn stacked(&self, line: &Line, heads: &[String]) -> String {
        let star = if line.row.won { format!("{} ", self.star()) } else { String::new() };
        let mut out = String::new();
        for (at, text) in
            wrap(&format!("{star}{}", named(&line.row.candidate.name)), self.screen.width - 4).iter().enumerate()
        {
            let place = if at == 0 { line.place.as_str() } else { "" };
            out += &format!("{} {text}\n", right(place, 3));
        }
        out += &format!("    {}\n", self.bar(line.row, (self.screen.width - 4).min(BAR_MAX)));
        let said = heads.iter().zip(&line.figures).filter(|(_, figure)| !figure.is_empty());
        let said: Vec<String> = said.map(|(head, figure)| format!("{head}\u{a0}{figure}")).collect();
        out + &self.sentence(&said.join(", "), 4) + "\n\n"
    }

    /// A symbol for each level: the level itself when that is one character, else a letter; of scales with many levels a
    /// digit, the tenth of the scale.
    fn symbols(&self) -> Vec<char> {
        let levels = &self.shown.contest.levels;
        let single = levels.iter().all(|name| name.chars().count() == 1 && width(name) == 1);
        let last = levels.len().saturating_sub(1).max(1);
        let symbol = |(place, (name, letter)): (usize, (&String, char))| match name.chars().next() {
            Some(only) if single => only,
            _ if levels.len() > bars::LEGEND_MAX => char::from_digit((place * 9 / last) as u32, 10).unwrap_or(letter),
            _ => letter,
        };
        levels.iter().zip(('a'..='z').cycle()).enumerate().map(symbol).collect()
    }

    fn legend(&self) -> String {
        let symbols = self.symbols();
        let named = |level: &Level| {
            let symbol = symbols.get(level.place)?;
            level.name.chars().ne([*symbol]).then(|| format!("{symbol}\u{a0}=\u{a0}{}", isolated(&safe(level.name))))
        };
        let named: Vec<String> = self.shown.legend.iter().filter_map(named).collect();
        if named.is_empty() { String::new() } else { self.sentence(&named.join("  "), MARGIN) + "\n" }
    }

    /// A bar of fixed width in which each level has cells in proportion to its weight, filled with its symbol: readable
    /// without colours, and with them at a glance; of few votes, a cell for each. Around 0 it is `|` that marks the middle.
    fn bar(&self, row: &Row, cells: usize) -> String {
        let parts = &row.bar;
        let symbols = self.symbols();
        if parts.is_empty() {
            return tr!("no scores", "оценок нет");
        }
        let diverging = self.shown.diverging;
        // Of a scale around 0, each half has an even share of the cells.
        let (room, all) = if diverging { (cells / 2, (cells / 2) * 2) } else { (cells, cells) };
        let weights: Vec<u64> = parts.iter().map(|part| part.weight).collect();
        let start = parts.first().map_or(0.0, |part| part.start);
        let size = |weight: u64| usize::try_from(weight).unwrap_or(usize::MAX);
        let counted = |row: &Row| size(bars::counted(self.shown.contest, row.candidate));
        let most = self.shown.rows.iter().map(counted).max().unwrap_or(0);
        let (raters, is_small) = (size(row.candidate.raters), most <= room);
        let (room, all, before) = match (diverging, is_small) {
            (false, true) => (raters, most, counted(row) - raters),
            (false, false) => {
                let before = (start * all as f64).round() as usize;
                (all.saturating_sub(before), all, before)
            }
            // From the middle, where the first part begins in its half.
            (true, _) => {
                let (room, all) = if is_small { (raters, most * 2) } else { (room, all) };
                let left = (0.5 - start) * 2.0 * if is_small { counted(row) } else { room } as f64;
                (room, all, (all as f64 / 2.0 - left).round().max(0.0) as usize)
            }
        };
        let mut out = String::new();
        let mut at = 0;
        let blanks = |from: usize, to: usize| -> String {
            (from..to).map(|cell| if diverging && cell == all / 2 { '|' } else { ' ' }).collect()
        };
        out += &blanks(0, before);
        at += before;
        for (part, width) in parts.iter().zip(shares(&weights, room)) {
            let place = self.shown.contest.levels.iter().position(|level| level == part.level).unwrap_or(0);
            let symbol = symbols.get(place).copied().unwrap_or('?');
            let run = String::from(symbol).repeat(width);
            out += &if self.screen.colour { self.coloured(place, &run) } else { run };
            at += width;
        }
        out + blanks(at, all).trim_end()
    }

    fn coloured(&self, place: usize, run: &str) -> String {
        let values = self.shown.contest.values();
        let lower = self.shown.contest.better == veche_election::manifest::Better::Lower;
        let last = values.len().saturating_sub(1).max(1);
        let colour = if self.shown.diverging {
            let value = values.get(place).copied().unwrap_or(0);
            let far = values.iter().map(|value| value.unsigned_abs()).max().unwrap_or(1).max(1);
            let step = usize::try_from(value.unsigned_abs() * 3 / far).unwrap_or(3);
            let step = if value == 0 { 0 } else { step.max(1) };
            let side = if (value > 0) != lower { FOR } else { AGAINST };
            side.get(step).copied()
        } else {
            RAMP.get(if lower { last - place } else { place } * (RAMP.len() - 1) / last).copied()
        };
        let colour = colour.unwrap_or(254);
        let text = if BLACK_TEXT.contains(&colour) { 16 } else { 231 };
        format!("\x1b[48;5;{colour}m\x1b[38;5;{text}m{run}\x1b[0m")
    }
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

/// A text of somebody else's that cannot command the terminal, nor turn what stands around it.
fn named(text: &str) -> String {
    isolated(&safe(text))
}

pub use veche_election::text::visible as safe;
