//! A result as a picture that stands alone (`--format svg`), on a white ground: the bars of [`bars`], with text
//! alternatives.

use std::fmt::Write;

use veche_election::{Draft, ElectionResult};

use crate::{
    bars,
    cards::escape_html,
    lang::tr,
    layout::{isolated, width, wrap},
    standings::{ContestStandings, Row, Standings},
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
/// One picture of all contests, on a white ground.
pub fn svg(draft: &Draft, result: &ElectionResult) -> String {
    let mut body = String::new();
    let mut y = 14.0;
    let standings = Standings::new(draft, result);
    for shown in &standings.contests {
        let _ = writeln!(body, "<g class=\"contest\"><title>{}</title>", escape_html(&shown.result.title));
        y = Picture { out: &mut body, shown }.draw(y) + 22.0;
        body.push_str("</g>\n");
    }
    let (title, desc) = (escape_html(&draft.title), escape_html(&description(&standings)));
    let size = format!("viewBox=\"0 0 {WIDTH} {y:.0}\" width=\"{WIDTH}\" height=\"{y:.0}\"");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\" aria-labelledby=\"title desc\" font-size=\"{SIZE}\" \
         font-family=\"{FONTS}\" fill=\"#1a1d20\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{desc}</desc>\n\
         <defs>{}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n",
        bars::HATCH
    )
}

pub const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
/// The whole picture in words.
fn description(standings: &Standings) -> String {
    let contest = |shown: &ContestStandings| {
        let bar = |row: &Row| format!("{} — {}", isolated(&row.candidate.name), row.described);
        let bars: Vec<String> = shown.rows.iter().map(bar).collect();
        format!("{}. {} {}.", isolated(&shown.result.title), shown.outcome(isolated, isolated), bars.join(". "))
    };
    standings.contests.iter().map(contest).collect::<Vec<_>>().join(" ")
}

struct Picture<'a> {
    out: &'a mut String,
    shown: &'a ContestStandings<'a>,
}

impl Picture<'_> {
    /// From this height down; gives the height reached.
    fn draw(mut self, y: f64) -> f64 {
        let y = self.lines(&self.shown.result.title, y, 18.0, " font-weight=\"600\"");
        let outcome = self.shown.outcome(isolated, isolated);
        let y = self.lines(&outcome, y + 2.0, 14.0, "");
        let y = self.lines(&words::method(self.shown.contest), y + 1.0, 12.0, " fill=\"#5a6268\"");
        let top = y + 16.0;
        let before = self.out.len();
        let mut y = top + 8.0;
        for row in &self.shown.rows {
            // The whole name, however its lines are broken.
            let _ = writeln!(self.out, "<g class=\"candidate\"><title>{}</title>", escape_html(&row.candidate.name));
            y = self.row(row, y);
            self.out.push_str("</g>\n");
        }
        if self.shown.diverging {
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

    fn row(&mut self, row: &Row, y: f64) -> f64 {
        let (won, place) = (row.won, row.place_text());
        let weight = if won { " font-weight=\"600\"" } else { "" };
        let (score, status) = (escape_html(&row.score), escape_html(row.note.as_deref().unwrap_or_default()));
        let room = ((BAR_WIDTH - 40.0) / (SIZE * CELL)) as usize - width(&score) - 1;
        let names = wrap(&isolated(&row.candidate.name), room);
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
        self.bar(row, y);
        y + BAR + 12.0
    }

    fn bar(&mut self, row: &Row, y: f64) {
        if row.bar.is_empty() {
            let none = tr!("no scores", "оценок нет");
            let _ = writeln!(
                self.out,
                "<rect x=\"{MARGIN}\" y=\"{y:.1}\" width=\"{BAR_WIDTH}\" height=\"{BAR}\" fill=\"none\" stroke=\"#9aa1a7\" \
                 stroke-dasharray=\"3 3\"/><text x=\"{}\" y=\"{:.1}\" font-size=\"12\" fill=\"#5a6268\">{none}</text>",
                MARGIN + 8.0,
                y + 16.5
            );
        }
        for part in &row.bar {
            let (x, room) = (MARGIN + part.start * BAR_WIDTH, part.width * BAR_WIDTH);
            let (level, weight) = (escape_html(part.level), part.votes());
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
        let blank = row.blank;
        if blank.weight > 0 {
            let room = bars::part(blank.weight, blank.of) * BLANK_WIDTH;
            let _ = writeln!(
                self.out,
                "<rect x=\"{BLANK_X}\" y=\"{y:.1}\" width=\"{room:.1}\" height=\"{BAR}\" fill=\"url(#blank)\" stroke=\"#7c848b\" \
                 stroke-width=\"0.6\"><title>*: {}</title></rect><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" \
                 fill=\"#5a6268\">{}</text>",
                blank.votes(),
                BLANK_X + room + 6.0,
                y + 16.5,
                escape_html(&blank.share())
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
        for level in &self.shown.legend {
            let text = match &level.note {
                Some(note) => format!("{} ({note})", isolated(level.name)),
                None => level.name.to_owned(),
            };
            entry(self.out, &level.shade.light.css(), &text);
        }
        if self.shown.has_blanks {
            entry(self.out, "url(#blank)", &tr!("* no opinion, of all ballots", "* нет мнения, доля всех бюллетеней"));
        }
        y
    }
}
