//! Distributions as pictures: for every candidate a bar of 100 % of the scores given, the worst level at the left; around
//! the middle for scales with levels on both sides of 0. `*` stands outside of the bar. Readable without colours: levels
//! stand in the bars, the shade grows with the level, and a hatch marks `*`; with text alternatives.
//!
//! Here are the shares and shades of a bar, and the picture that stands alone (`--format svg`). The page
//! ([`html`](crate::html)) draws the same bars so that they follow the width of a screen.

use std::fmt::Write;

use veche_election::{
    Contest, Election, ElectionResult,
    manifest::Better,
    result::{CandidateResult, ContestResult, NamedHistogram, Status},
};

use crate::{
    cards::escape_html,
    lang::tr,
    layout::{width, wrap},
    words,
};

/// Units of the picture, about a pixel each.
const WIDTH: f64 = 760.0;
const MARGIN: f64 = 20.0;
const BAR_WIDTH: f64 = 590.0;
const BAR: f64 = 24.0;
const BLANK_X: f64 = MARGIN + BAR_WIDTH + 20.0;
const BLANK_WIDTH: f64 = 50.0;
const LINE: f64 = 18.0;
const SIZE: f64 = 13.0;
/// Of a character, in sizes of its font: no font that is likely here is wider. Wide characters take two of these.
const CELL: f64 = 0.62;
/// A legend has at most so many levels; of longer scales it shows both ends.
pub const LEGEND_MAX: usize = 12;

/// One level of one candidate's bar.
pub struct Part<'a> {
    pub level: &'a str,
    pub weight: u64,
    /// In parts of the bar's room.
    pub start: f64,
    pub width: f64,
    pub shade: Shade,
}

/// The colours of a level on a light page and on a dark one, and of the text upon each.
#[derive(Clone, Copy)]
pub struct Shade {
    pub light: Colour,
    pub dark: Colour,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Colour(f64, f64, f64);

/// From the worst level to the best: one hue that grows stronger, which holds for everybody's eyes and on grey paper.
const RAMP: [Colour; 3] = [Colour(233.0, 238.0, 242.0), Colour(122.0, 166.0, 196.0), Colour(20.0, 66.0, 110.0)];
const RAMP_DARK: [Colour; 3] = [Colour(44.0, 55.0, 66.0), Colour(70.0, 121.0, 160.0), Colour(160.0, 208.0, 245.0)];
/// Around 0 orange against blue, which people tell apart who do not see red and green.
const AGAINST: [Colour; 3] = [Colour(240.0, 237.0, 230.0), Colour(226.0, 171.0, 112.0), Colour(158.0, 82.0, 20.0)];
const AGAINST_DARK: [Colour; 3] = [Colour(58.0, 58.0, 58.0), Colour(150.0, 98.0, 52.0), Colour(240.0, 176.0, 110.0)];

impl Colour {
    fn mix(self, other: Self, at: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * at;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    fn on([low, middle, high]: [Self; 3], at: f64) -> Self {
        if at < 0.5 { low.mix(middle, at * 2.0) } else { middle.mix(high, at * 2.0 - 1.0) }
    }

    /// The relative luminance of WCAG 2.
    fn luminance(self) -> f64 {
        let linear = |c: f64| {
            let c = c / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Black or white, whichever is read better.
    pub fn ink(self) -> &'static str {
        if self.luminance() > 0.18 { "#000" } else { "#fff" }
    }

    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0.round() as u8, self.1.round() as u8, self.2.round() as u8)
    }
}

/// Has the scale levels on both sides of 0?
pub fn is_diverging(contest: &Contest) -> bool {
    let values = contest.values();
    values.iter().any(|value| *value < 0) && values.iter().any(|value| *value > 0)
}

/// The shade of the level at this place of the contest's scale.
pub fn shade(contest: &Contest, place: usize) -> Shade {
    let (values, last) = (contest.values(), contest.levels.len().saturating_sub(1).max(1));
    let lower = contest.better == Better::Lower;
    if !is_diverging(contest) {
        let at = if lower { last.saturating_sub(place) } else { place } as f64 / last as f64;
        return Shade { light: Colour::on(RAMP, at), dark: Colour::on(RAMP_DARK, at) };
    }
    let value = values.get(place).copied().unwrap_or(0);
    let far = values.iter().map(|value| value.unsigned_abs()).max().unwrap_or(1).max(1);
    let at = value.unsigned_abs() as f64 / far as f64;
    let good = (value > 0) != lower;
    let (light, dark) = if good { (RAMP, RAMP_DARK) } else { (AGAINST, AGAINST_DARK) };
    // The first quarter of each ramp is left to 0.
    let at = if value == 0 { 0.0 } else { 0.25 + 0.75 * at };
    Shade { light: Colour::on(light, at), dark: Colour::on(dark, at) }
}

/// What a candidate's bar is made of, from the worst level to the best; and the weight of `*`.
pub fn parts<'a>(contest: &Contest, candidate: &'a CandidateResult) -> (Vec<Part<'a>>, u64) {
    let NamedHistogram { levels, blank } = &candidate.histogram;
    let values = contest.values();
    let mut order: Vec<usize> = (0..levels.len()).collect();
    if contest.better == Better::Lower {
        order.reverse();
    }
    let share = |place: usize| levels.get(place).map_or(0.0, |(_, weight)| part(*weight, candidate.raters));
    // Around 0 each half has only half of the room.
    let (room, mut start) = if is_diverging(contest) {
        let worse = |place: &&usize| {
            values.get(**place).is_some_and(|value| (*value < 0) == (contest.better == Better::Higher) && *value != 0)
        };
        let before: f64 = order.iter().filter(worse).map(|place| share(*place)).sum();
        let middle: f64 = values.iter().position(|value| *value == 0).map_or(0.0, share);
        (0.5, 0.5 - (before + middle / 2.0) * 0.5)
    } else {
        (1.0, 0.0)
    };
    let mut parts = Vec::new();
    for place in order {
        let Some((level, weight)) = levels.get(place).filter(|(_, weight)| *weight > 0) else { continue };
        let width = share(place) * room;
        parts.push(Part { level, weight: *weight, start, width, shade: shade(contest, place) });
        start += width;
    }
    (parts, *blank)
}

/// For pictures only: nothing is decided by it.
pub fn part(weight: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { weight as f64 / whole as f64 }
}

/// A candidate's bar in words: `5: 3 (75%), 1: 1 (25%); *: 2`.
pub fn described(contest: &Contest, candidate: &CandidateResult) -> String {
    let (mut parts, blank) = parts(contest, candidate);
    parts.reverse();
    let one = |part: &Part| {
        format!("{}: {} ({})", part.level, words::number(part.weight), words::percent(part.weight, candidate.raters))
    };
    let given = parts.iter().map(one).collect::<Vec<_>>().join(", ");
    let given = if given.is_empty() { tr!("no scores", "оценок нет") } else { given };
    if blank == 0 { given } else { format!("{given}; *: {}", words::number(blank)) }
}

/// By place; who has none comes last, in the order of the ballot.
pub fn by_place(result: &ContestResult) -> Vec<&CandidateResult> {
    let mut candidates: Vec<&CandidateResult> = result.candidates.iter().collect();
    candidates.sort_by_key(|candidate| candidate.place.unwrap_or(u32::MAX));
    candidates
}

/// The levels of a legend, worst first, as places of the scale.
pub fn legend(contest: &Contest) -> Vec<usize> {
    let mut places: Vec<usize> = (0..contest.levels.len()).collect();
    if contest.levels.len() > LEGEND_MAX {
        let last = contest.levels.len() - 1;
        places = vec![0, last / 4, last / 2, last * 3 / 4, last];
    }
    if contest.better == Better::Lower {
        places.reverse();
    }
    places
}

pub fn any_blank(result: &ContestResult) -> bool {
    result.candidates.iter().any(|candidate| candidate.histogram.blank > 0)
}

/// One picture of all contests, on a white ground.
pub fn svg(election: &Election, result: &ElectionResult) -> String {
    let mut body = String::new();
    let mut y = 14.0;
    for (contest, result) in election.contests().iter().zip(&result.contests) {
        let _ = writeln!(body, "<g class=\"contest\"><title>{}</title>", escape_html(&result.title));
        y = Picture { out: &mut body, contest, result }.draw(y) + 22.0;
        body.push_str("</g>\n");
    }
    let (title, desc) = (escape_html(&election.draft().title), escape_html(&description(election, result)));
    let size = format!("viewBox=\"0 0 {WIDTH} {y:.0}\" width=\"{WIDTH}\" height=\"{y:.0}\"");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\" aria-labelledby=\"title desc\" font-size=\"{SIZE}\" \
         font-family=\"{FONTS}\" fill=\"#1a1d20\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{desc}</desc>\n\
         <defs>{HATCH}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

pub const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
/// Of `*`.
pub const HATCH: &str = "<pattern id=\"blank\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
    patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"#fff\"/><rect width=\"1.6\" height=\"5\" \
    fill=\"#7c848b\"/></pattern>";

/// The whole picture in words.
fn description(election: &Election, result: &ElectionResult) -> String {
    let contest = |(contest, result): (&Contest, &ContestResult)| {
        let bars = by_place(result);
        let bars: Vec<String> = bars.iter().map(|c| format!("{} — {}", c.name, described(contest, c))).collect();
        format!(
            "{}. {} {}.",
            result.title,
            words::outcome(contest, result, str::to_owned, str::to_owned),
            bars.join(". ")
        )
    };
    election.contests().iter().zip(&result.contests).map(contest).collect::<Vec<_>>().join(" ")
}

struct Picture<'a> {
    out: &'a mut String,
    contest: &'a Contest,
    result: &'a ContestResult,
}

impl Picture<'_> {
    /// From this height down; gives the height reached.
    fn draw(mut self, y: f64) -> f64 {
        let title = self.result.title.clone();
        let y = self.lines(&title, y, 18.0, " font-weight=\"600\"");
        let outcome = words::outcome(self.contest, self.result, str::to_owned, str::to_owned);
        let y = self.lines(&outcome, y + 2.0, 14.0, "");
        let y = self.lines(&words::method(self.contest), y + 1.0, 12.0, " fill=\"#5a6268\"");
        let top = y + 16.0;
        let (before, rows) = (self.out.len(), by_place(self.result));
        let mut y = top + 8.0;
        for (candidate, score) in rows.iter().zip(words::scores(self.contest, &rows)) {
            // The whole name, however its lines are broken.
            let _ = writeln!(self.out, "<g class=\"candidate\"><title>{}</title>", escape_html(&candidate.name));
            y = self.row(candidate, &score, y);
            self.out.push_str("</g>\n");
        }
        if is_diverging(self.contest) {
            let at = MARGIN + BAR_WIDTH / 2.0;
            let line = format!(
                "<line x1=\"{at}\" x2=\"{at}\" y1=\"{top}\" y2=\"{y:.1}\" stroke=\"#9aa1a7\" stroke-dasharray=\"2 3\"/>\n"
            );
            self.out.insert_str(before, &line);
        }
        self.legend(y + 4.0)
    }

    /// A text in as many lines as it needs.
    fn lines(&mut self, text: &str, mut y: f64, size: f64, style: &str) -> f64 {
        let cells = ((WIDTH - 2.0 * MARGIN) / (size * CELL)) as usize;
        for line in wrap(text, cells) {
            y += size * 1.38;
            let line = escape_html(&line);
            let _ = writeln!(self.out, "<text x=\"{MARGIN}\" y=\"{y:.1}\" font-size=\"{size}\"{style}>{line}</text>");
        }
        y
    }

    fn row(&mut self, candidate: &CandidateResult, score: &str, y: f64) -> f64 {
        let won = candidate.status == Status::Winner;
        let place = candidate.place.map_or_else(|| "–".to_owned(), |place| place.to_string());
        let weight = if won { " font-weight=\"600\"" } else { "" };
        let status = match candidate.status {
            Status::Ranked | Status::Winner | Status::Unrated => String::new(),
            status => words::status_text(status),
        };
        let (score, status) = (escape_html(score), escape_html(&status));
        let room = ((BAR_WIDTH - 40.0) / (SIZE * CELL)) as usize - width(&score) - 1;
        let names = wrap(&candidate.name, room);
        let mark = if won { "★" } else { "" };
        let _ = writeln!(
            self.out,
            "<g{weight}><text x=\"{MARGIN}\" y=\"{:.1}\">{place}</text><text x=\"{}\" y=\"{:.1}\" fill=\"#14426e\">{mark}</text>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{score}</text></g>",
            y + LINE - 4.0,
            MARGIN + 22.0,
            y + LINE - 4.0,
            MARGIN + BAR_WIDTH,
            y + LINE - 4.0
        );
        let mut y = y;
        for name in names {
            y += LINE;
            let name = escape_html(&name);
            let _ = writeln!(self.out, "<text x=\"{}\" y=\"{:.1}\"{weight}>{name}</text>", MARGIN + 40.0, y - 4.0);
        }
        if !status.is_empty() {
            y += LINE - 2.0;
            let _ = writeln!(
                self.out,
                "<text x=\"{}\" y=\"{:.1}\" font-size=\"12\" fill=\"#5a6268\">{status}</text>",
                MARGIN + 40.0,
                y - 4.0
            );
        }
        self.bar(candidate, y);
        y + BAR + 12.0
    }

    fn bar(&mut self, candidate: &CandidateResult, y: f64) {
        let (parts, blank) = parts(self.contest, candidate);
        if parts.is_empty() {
            let none = tr!("no scores", "оценок нет");
            let _ = writeln!(
                self.out,
                "<rect x=\"{MARGIN}\" y=\"{y:.1}\" width=\"{BAR_WIDTH}\" height=\"{BAR}\" fill=\"none\" stroke=\"#9aa1a7\" \
                 stroke-dasharray=\"3 3\"/><text x=\"{}\" y=\"{:.1}\" font-size=\"12\" fill=\"#5a6268\">{none}</text>",
                MARGIN + 8.0,
                y + 16.5
            );
        }
        for part in parts {
            let (x, room) = (MARGIN + part.start * BAR_WIDTH, part.width * BAR_WIDTH);
            let (level, weight) = (escape_html(part.level), words::number(part.weight));
            let _ = write!(
                self.out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{room:.1}\" height=\"{BAR}\" fill=\"{}\" stroke=\"#5a6268\" \
                 stroke-width=\"0.6\"><title>{level}: {weight}</title></rect>",
                part.shade.light.css()
            );
            if room > (width(part.level) as f64 + 1.0) * 12.0 * CELL {
                let _ = write!(
                    self.out,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\" fill=\"{}\">{level}</text>",
                    x + room / 2.0,
                    y + 16.5,
                    part.shade.light.ink()
                );
            }
            self.out.push('\n');
        }
        if blank > 0 {
            let (room, all) = (part(blank, candidate.raters + blank) * BLANK_WIDTH, candidate.raters + blank);
            let _ = writeln!(
                self.out,
                "<rect x=\"{BLANK_X}\" y=\"{y:.1}\" width=\"{room:.1}\" height=\"{BAR}\" fill=\"url(#blank)\" stroke=\"#7c848b\" \
                 stroke-width=\"0.6\"><title>*: {}</title></rect><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" \
                 fill=\"#5a6268\">{}</text>",
                words::number(blank),
                BLANK_X + room + 6.0,
                y + 16.5,
                escape_html(&words::percent(blank, all))
            );
        }
    }

    /// What the shades mean, in lines that are as long as they may be.
    fn legend(&mut self, y: f64) -> f64 {
        let (mut x, mut y) = (MARGIN, y + 14.0);
        let mut entry = |out: &mut String, fill: &str, text: &str| {
            let room = 24.0 + (width(text) as f64 + 2.0) * 12.0 * CELL;
            if x + room > WIDTH - MARGIN && x > MARGIN {
                (x, y) = (MARGIN, y + LINE + 2.0);
            }
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"16\" height=\"12\" fill=\"{fill}\" stroke=\"#5a6268\" stroke-width=\"0.6\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"#5a6268\">{}</text>",
                y - 10.0,
                x + 22.0,
                y,
                escape_html(text)
            );
            x += room;
        };
        for place in legend(self.contest) {
            let level = self.contest.levels.get(place).map_or("", String::as_str);
            let text = match words::end_note(self.contest, place) {
                Some(note) => format!("{level} ({note})"),
                None => level.to_owned(),
            };
            entry(self.out, &shade(self.contest, place).light.css(), &text);
        }
        if any_blank(self.result) {
            entry(self.out, "url(#blank)", &tr!("* no opinion, of all ballots", "* нет мнения, от всех бюллетеней"));
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::{AGAINST, AGAINST_DARK, Colour, RAMP, RAMP_DARK};

    /// The levels differ without colour, and what is written on them is read: 4.5 is the contrast of WCAG AA.
    #[test]
    fn shades_grow_steadily_and_texts_on_them_have_contrast() {
        for (ramp, darker) in [(RAMP, true), (AGAINST, true), (RAMP_DARK, false), (AGAINST_DARK, false)] {
            let shades: Vec<Colour> = (0..=100).map(|at| Colour::on(ramp, f64::from(at) / 100.0)).collect();
            assert!(shades.iter().zip(shades.iter().skip(1)).all(|(a, b)| (a.luminance() > b.luminance()) == darker));
            for shade in shades {
                let ink: f64 = if shade.ink() == "#fff" { 1.0 } else { 0.0 };
                let (a, b) = (ink.max(shade.luminance()) + 0.05, ink.min(shade.luminance()) + 0.05);
                assert!(a / b >= 4.5, "{shade:?} {}", a / b);
            }
        }
    }
}
