//! A contest's distributions as one SVG picture: for every candidate a bar of 100 %, the worst level at the left; around
//! 0 for scales that have a middle. `*` stands outside of the bar. Readable without colours: levels stand in the bars and
//! a hatch marks `*`; with text alternatives.

use std::fmt::Write;

use veche_election::{
    Contest,
    result::{CandidateResult, ContestResult, NamedHistogram, Status},
};

use crate::{cards::escape_html, lang::tr};

/// Units of the picture, about a pixel each.
const WIDTH: f64 = 820.0;
const NAME_WIDTH: f64 = 200.0;
const BAR_WIDTH: f64 = 440.0;
const BLANK_WIDTH: f64 = 150.0;
const ROW: f64 = 34.0;
const BAR: f64 = 22.0;
const TOP: f64 = 42.0;
const NAME_MAX_CHARS: usize = 26;
/// A level's name is written into its part of the bar if there is so much room for each character.
const CHAR_WIDTH: f64 = 8.0;
/// From the low end of the scale over a light middle to the high one; told apart by people who do not see red and green.
const PALETTE: [(u8, u8, u8); 3] = [(178, 90, 30), (242, 240, 235), (33, 88, 140)];

pub fn svg(contest: &Contest, result: &ContestResult) -> String {
    let values = contest.values();
    let middle = values.iter().position(|value| *value == 0).filter(|i| *i > 0 && i + 1 < values.len());
    let height = TOP + ROW * result.candidates.len() as f64 + 12.0;
    let title = escape_html(&result.title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\">\n<title>{title}</title>\n<desc>{}</desc>\n\
         <defs><pattern id=\"blank\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"6\" height=\"6\" fill=\"#fff\"/><rect width=\"2\" height=\"6\" fill=\"#888\"/></pattern></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escape_html(&described(result))
    );
    heading(&mut out, middle.is_some(), height);
    let mut by_place: Vec<&CandidateResult> = result.candidates.iter().collect();
    by_place.sort_by_key(|candidate| candidate.place.unwrap_or(u32::MAX));
    for (row, candidate) in by_place.into_iter().enumerate() {
        candidate_row(&mut out, candidate, TOP + ROW * row as f64, middle);
    }
    out + "</svg>\n"
}

/// The whole picture in words.
fn described(result: &ContestResult) -> String {
    let one = |candidate: &CandidateResult| {
        let NamedHistogram(cells) = &candidate.histogram;
        let cells: Vec<String> = cells.iter().map(|(level, weight)| format!("{level}: {weight}")).collect();
        format!("{}: {}", candidate.name, cells.join(", "))
    };
    result.candidates.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn heading(out: &mut String, diverging: bool, height: f64) {
    let right = NAME_WIDTH + BAR_WIDTH + 20.0;
    let shares = if diverging {
        tr!("shares of the scores given, around 0", "доли поставленных оценок, вокруг 0")
    } else {
        tr!("shares of the scores given, 0 to 100 %", "доли поставленных оценок, от 0 до 100 %")
    };
    let blank = tr!("* no opinion, of all", "* нет мнения, из всех");
    let _ = writeln!(
        out,
        "<g fill=\"#444\" font-size=\"12\"><text x=\"{NAME_WIDTH}\" y=\"22\">{shares}</text>\
         <text x=\"{right}\" y=\"22\">{blank}</text></g>"
    );
    let at = NAME_WIDTH + BAR_WIDTH / 2.0;
    let _ = writeln!(
        out,
        "<line x1=\"{at}\" x2=\"{at}\" y1=\"30\" y2=\"{}\" stroke=\"#999\" stroke-dasharray=\"2 3\"/>",
        height - 8.0
    );
}

fn candidate_row(out: &mut String, candidate: &CandidateResult, y: f64, middle: Option<usize>) {
    let NamedHistogram(cells) = &candidate.histogram;
    let (levels, blank) = cells.split_at(cells.len().saturating_sub(1));
    let blank = blank.first().map_or(0, |(_, weight)| *weight);
    let won = if candidate.status == Status::Winner { "★ " } else { "" };
    let name: String = candidate.name.chars().take(NAME_MAX_CHARS).collect();
    let more = if name.len() < candidate.name.len() { "…" } else { "" };
    let weight = if won.is_empty() { "normal" } else { "bold" };
    let (text, middle_y) = (escape_html(&format!("{won}{name}{more}")), y + 16.0);
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{middle_y}\" text-anchor=\"end\" font-weight=\"{weight}\">{text}<title>{}</title></text>",
        NAME_WIDTH - 10.0,
        escape_html(&candidate.name)
    );
    if candidate.raters == 0 {
        let none = tr!("no scores", "оценок нет");
        let _ = writeln!(out, "<text x=\"{NAME_WIDTH}\" y=\"{middle_y}\" fill=\"#444\">{none}</text>");
    }
    bar(out, candidate, levels, y, middle);
    let all = candidate.raters + blank;
    if blank > 0 {
        let (x, width) = (NAME_WIDTH + BAR_WIDTH + 20.0, part(blank, all) * (BLANK_WIDTH - 70.0));
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"url(#blank)\" stroke=\"#666\">\
             <title>*: {blank}</title></rect><text x=\"{:.1}\" y=\"{middle_y}\" fill=\"#333\">{blank}</text>",
            x + width + 6.0
        );
    }
}

fn bar(out: &mut String, candidate: &CandidateResult, levels: &[(String, u64)], y: f64, middle: Option<usize>) {
    // Around 0 each half has only half of the room.
    let room = if middle.is_some() { BAR_WIDTH / 2.0 } else { BAR_WIDTH };
    let before: f64 = middle.map_or(0.0, |middle| {
        let below: u64 = levels.iter().take(middle).map(|(_, weight)| weight).sum();
        let half = levels.get(middle).map_or(0.0, |(_, weight)| part(*weight, candidate.raters) / 2.0);
        part(below, candidate.raters) + half
    });
    let mut x = NAME_WIDTH + if middle.is_some() { BAR_WIDTH / 2.0 - before * room } else { 0.0 };
    for (place, (level, weight)) in levels.iter().enumerate().filter(|(_, (_, weight))| *weight > 0) {
        let width = part(*weight, candidate.raters) * room;
        let (fill, ink) = colour(place, levels.len());
        let level = escape_html(level);
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{fill}\" stroke=\"#444\" \
             stroke-width=\"0.7\"><title>{level}: {weight}</title></rect>"
        );
        if width > CHAR_WIDTH * level.chars().count() as f64 + 4.0 {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\" fill=\"{ink}\">{level}</text>",
                x + width / 2.0,
                y + 15.5
            );
        }
        out.push('\n');
        x += width;
    }
}

/// For pictures only: nothing is decided by it.
fn part(weight: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { weight as f64 / whole as f64 }
}

/// The colour of a level, and of the text on it.
fn colour(place: usize, levels: usize) -> (String, &'static str) {
    let at = place as f64 / levels.saturating_sub(1).max(1) as f64 * 2.0;
    let [low, middle, high] = PALETTE;
    let (from, to, at) = if at < 1.0 { (low, middle, at) } else { (middle, high, at - 1.0) };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * at).round();
    let (r, g, b) = (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2));
    let dark = r * 0.3 + g * 0.6 + b * 0.1 < 140.0;
    (format!("rgb({r},{g},{b})"), if dark { "#fff" } else { "#111" })
}
