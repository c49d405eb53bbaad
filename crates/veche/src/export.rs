//! Results and open ballots in the forms of other programs: CSV and ABIF.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use veche_election::{
    Contest, Draft, ElectionResult, Marks,
    choice::Choice,
    manifest::{Better, unit},
    result::{CandidateResult, Fraction, NamedHistogram},
    roll,
    rules::Method,
};

use crate::{
    lang::{self, Language},
    words,
};

/// A text that a spreadsheet would take for a formula gets an apostrophe in front (row 39 of the attacks). Numbers of
/// ours may begin with a minus.
pub fn text_cell(text: &str) -> String {
    let starts = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '|' | '%' | '＝' | '＋' | '－' | '＠');
    if text.trim_start().starts_with(starts) { format!("'{text}") } else { text.to_owned() }
}

pub fn to_csv(rows: Vec<Vec<String>>) -> String {
    written(rows, b',')
}

fn written(rows: Vec<Vec<String>>, separator: u8) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(separator).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).expect("memory does not fail");
    }
    String::from_utf8(writer.into_inner().expect("memory does not fail")).expect("the cells are UTF-8")
}

/// What a spreadsheet wants a CSV to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sheet {
    /// For Excel: its mark of UTF-8, and the separator and decimal point that it expects in the language.
    pub excel: bool,
    /// Heads and words of this language; without one those that programs know, in English.
    pub language: Option<Language>,
}

impl Sheet {
    fn is_russian(self) -> bool {
        self.language == Some(Language::Ru)
    }

    fn write(self, rows: Vec<Vec<String>>) -> String {
        let separator = if self.excel && self.is_russian() { b';' } else { b',' };
        let text = written(rows, separator);
        if self.excel { format!("\u{feff}{text}") } else { text }
    }

    /// Units of weight as votes.
    fn votes(self, units: impl Into<i128>, scale: u32) -> String {
        let decimal = Fraction::whole(units.into()).divided_by(unit(scale)).to_decimal(scale);
        if self.is_russian() { decimal.replace('.', ",") } else { decimal }
    }

    fn word(self, english: &str, russian: &str) -> String {
        if self.is_russian() { russian.to_owned() } else { english.to_owned() }
    }

    /// A fraction for who reads decimals, rounded where it has to be.
    fn decimal(self, fraction: Option<Fraction>) -> String {
        const PLACES: u32 = 6;
        let decimal = fraction.map_or_else(String::new, |fraction| {
            let decimal = fraction.to_decimal(PLACES);
            decimal.trim_end_matches('0').trim_end_matches('.').to_owned()
        });
        if self.is_russian() { decimal.replace('.', ",") } else { decimal }
    }
}

/// The official result: one table with a line for each candidate of each contest. Contests whose scales differ have the
/// columns of all levels, each empty where a scale has no such level.
pub fn official(draft: &Draft, result: &ElectionResult, sheet: Sheet) -> String {
    let mut levels: Vec<&str> = Vec::new();
    for level in draft.contests.iter().flat_map(|contest| &contest.levels) {
        if !levels.contains(&level.as_str()) {
            levels.push(level);
        }
    }
    let mut rows = vec![head(&levels, sheet)];
    for (contest, result) in draft.contests.iter().zip(&result.contests) {
        let line = |candidate| line((contest, &result.title), candidate, &levels, draft.roll_scale, sheet);
        rows.extend(result.candidates.iter().map(line));
    }
    sheet.write(rows)
}

fn head(levels: &[&str], sheet: Sheet) -> Vec<String> {
    let names = [
        ("contest", "вопрос"),
        ("candidate", "кандидат"),
        ("place", "место"),
        ("status", "итог"),
        ("score", "оценка по правилу"),
        ("score decimal", "оценка десятичная"),
        ("sum", "сумма"),
        ("mean", "среднее"),
        ("mean decimal", "среднее десятичное"),
        ("median", "медиана"),
        ("median decimal", "медиана десятичная"),
        ("raters", "оценили"),
    ];
    let names = names.into_iter().map(|(english, russian)| sheet.word(english, russian));
    let level = |level: &&str| format!("{} {level}", sheet.word("level", "ступень"));
    names.chain(levels.iter().map(level)).chain([sheet.word("no opinion", "нет мнения")]).collect()
}

fn line(
    (contest, title): (&Contest, &str),
    candidate: &CandidateResult,
    levels: &[&str],
    scale: u32,
    sheet: Sheet,
) -> Vec<String> {
    // As text, so that no spreadsheet reads 1/2 as a day.
    let exact = |f: Option<Fraction>| f.map_or_else(String::new, |f| f.to_short().replace('/', " / "));
    let by_grade = |figure: Option<Fraction>| match figure.and_then(|figure| words::grade(contest, figure)) {
        Some(grade) if words::has_names(contest) => text_cell(&grade),
        _ => sheet.decimal(figure),
    };
    let graded = matches!(contest.rule.method, Method::Median | Method::MajorityJudgment);
    let NamedHistogram { levels: given, blank } = &candidate.histogram;
    let status = match sheet.language {
        Some(_) => lang::within(sheet.language, || words::status_text(candidate.status)),
        None => candidate.status.name().to_owned(),
    };
    let score = candidate.score.map(|score| words::in_votes(contest.rule.method, score, scale));
    let fields = [
        text_cell(title),
        text_cell(&candidate.name),
        candidate.place.map_or_else(String::new, |place| place.to_string()),
        status,
        exact(score),
        if graded { by_grade(score) } else { sheet.decimal(score) },
        sheet.votes(candidate.sum, scale),
        exact(candidate.mean),
        sheet.decimal(candidate.mean),
        exact(candidate.median),
        by_grade(candidate.median),
        sheet.votes(candidate.raters, scale),
    ];
    let votes = |(_, weight): &(String, u64)| sheet.votes(*weight, scale);
    let weight = |level: &&str| given.iter().find(|(name, _)| name == level).map_or_else(String::new, votes);
    fields.into_iter().chain(levels.iter().map(weight)).chain([sheet.votes(*blank, scale)]).collect()
}

/// Open ballots that count, so many equal ones: the weight of each, and its marks in each contest.
#[derive(Debug, Clone, Copy)]
pub struct OpenVote<'a> {
    pub count: u64,
    pub weight: u64,
    pub marks: &'a [Marks],
}

/// Level names, in the order of the contest, `None` for `*`.
fn levels<'a>(vote: &OpenVote, contest: &'a Contest, index: usize) -> Vec<Option<&'a str>> {
    let level = |level: &Option<u8>| contest.levels.get(usize::from((*level)?)).map(String::as_str);
    vote.marks.get(index).map_or_else(Vec::new, |marks| marks.levels().iter().map(level).collect())
}

/// Open ballots as they were given: a line each, empty where there is no opinion. Nobody's name, in no order of time.
pub fn raw(draft: &Draft, votes: &[OpenVote], to: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(to);
    for (index, contest) in draft.contests.iter().enumerate() {
        let names = contest.candidates.iter().map(|name| text_cell(name));
        writer.write_record([text_cell(&contest.title), "weight".into()].into_iter().chain(names))?;
        let mut number = 0_u64;
        for vote in votes {
            let cell = |mark: Option<&str>| match mark {
                Some(mark) if mark.parse::<i64>().is_ok() => mark.to_owned(),
                mark => mark.map_or_else(String::new, text_cell),
            };
            let marks: Vec<String> = levels(vote, contest, index).into_iter().map(cell).collect();
            for _ in 0..vote.count {
                number += 1;
                let head = [number.to_string(), roll::votes(vote.weight, draft.roll_scale)];
                writer.write_record(head.iter().chain(&marks))?;
            }
        }
    }
    writer.flush()
}

/// Open ballots in the Aggregated Ballot Information Format: equal ballots together, with their weight. Readers take
/// ratings for numbers from 0 on, of which more is better, so other scales are counted from their worse end. ABIF is made
/// for one question a file: of several, each has tokens of its own, so that whoever reads all of it mixes nothing.
pub fn abif(draft: &Draft, votes: &[OpenVote]) -> String {
    let mut out = String::new();
    let several = draft.contests.len() > 1;
    for (index, contest) in draft.contests.iter().enumerate() {
        let values = contest.values();
        let (lowest, highest) = (values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0));
        out += &format!("{{\"title\": \"{}\"}}\n", abif_title(&contest.title));
        if contest.better == Better::Lower {
            out += &format!("# lower is better: ratings are counted down from the highest level, {highest}\n");
        } else if lowest < 0 {
            out += &format!("# ratings are counted from the lowest level, {lowest}\n");
        }
        if draft.roll_scale > 0 {
            out += &format!("# {} of each number before a colon are one vote\n", draft.unit());
        }
        let token = |candidate: usize| match several {
            true => format!("q{}c{}", index + 1, candidate + 1),
            false => format!("c{}", candidate + 1),
        };
        for (number, name) in contest.candidates.iter().enumerate() {
            out += &format!("={}:[{}]\n", token(number), abif_name(name));
        }
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for vote in votes {
            let rating = |(number, mark): (usize, Option<&str>)| {
                let at = contest.levels.iter().position(|level| Some(level.as_str()) == mark)?;
                let value = values.get(at)?;
                let rating = if contest.better == Better::Lower { highest - value } else { value - lowest.min(0) };
                Some(format!("{}/{rating}", token(number)))
            };
            let line: Vec<String> = levels(vote, contest, index).into_iter().enumerate().filter_map(rating).collect();
            // No more than TOTAL_WEIGHT_MAX together: the votes were counted.
            *lines.entry(line.join(",")).or_default() += vote.count * vote.weight;
        }
        for (line, weight) in lines.iter().filter(|(line, _)| !line.is_empty()) {
            out += &format!("{weight}:{line}\n");
        }
    }
    out
}

/// A `#` begins a comment even inside of brackets, and there is no way to write these three.
fn abif_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c == '[' {
                '('
            } else if c == ']' {
                ')'
            } else if c == '#' {
                '＃'
            } else {
                c
            }
        })
        .collect()
}

/// Readers drop a title with other symbols than these.
fn abif_title(title: &str) -> String {
    let readable = |c: &char| c.is_alphanumeric() || ",.()-?:'/% ".contains(*c);
    title.chars().map(|c| if matches!(c, '–' | '—') { '-' } else { c }).filter(readable).collect()
}

#[cfg(test)]
mod tests {
    use super::{text_cell, to_csv};

    #[test]
    fn row_39_no_cell_of_a_text_begins_as_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "|x", "%x"] {
            assert!(text_cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(text_cell("Анна"), "Анна");
        let quoted = to_csv(vec![vec![text_cell("=HYPERLINK(\"x\",\"y\")"), "a,b".into()]]);
        assert_eq!(quoted, "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",\"a,b\"\n");
    }
}
