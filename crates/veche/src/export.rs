//! Results and open ballots in the forms of other programs: CSV and ABIF.

use std::collections::BTreeMap;

use veche_election::{
    Board, Contest, Election, ElectionResult,
    choice::Choice,
    manifest::Better,
    result::{Fraction, NamedHistogram},
};

/// A text that a spreadsheet would take for a formula gets an apostrophe in front (row 39 of the attacks). Numbers of
/// ours may begin with a minus.
pub fn text_cell(text: &str) -> String {
    let starts = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '|' | '%' | '＝' | '＋' | '－' | '＠');
    if text.trim_start().starts_with(starts) { format!("'{text}") } else { text.to_owned() }
}

pub fn to_csv(rows: Vec<Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).expect("memory does not fail");
    }
    String::from_utf8(writer.into_inner().expect("memory does not fail")).expect("the cells are UTF-8")
}

/// The official result: a line for each candidate.
pub fn official(election: &Election, result: &ElectionResult) -> String {
    let mut rows = Vec::new();
    for (contest, result) in election.contests().iter().zip(&result.contests) {
        let head = ["contest", "candidate", "place", "status", "score", "sum", "mean", "median", "raters"];
        let levels = contest.levels.iter().map(|level| format!("level {level}"));
        rows.push(head.iter().map(|head| (*head).to_owned()).chain(levels).chain(["no opinion".into()]).collect());
        for candidate in &result.candidates {
            // As text, so that no spreadsheet reads 1/2 as a day.
            let exact = |f: Option<Fraction>| f.map_or_else(String::new, |f| f.to_short().replace('/', " / "));
            let NamedHistogram { levels, blank } = &candidate.histogram;
            let fields = [
                text_cell(&result.title),
                text_cell(&candidate.name),
                candidate.place.map_or_else(String::new, |place| place.to_string()),
                candidate.status.name().to_owned(),
                exact(candidate.score),
                candidate.sum.to_string(),
                exact(candidate.mean),
                exact(candidate.median),
                candidate.raters.to_string(),
            ];
            let weights = levels.iter().map(|(_, weight)| weight).chain([blank]).map(u64::to_string);
            rows.push(fields.into_iter().chain(weights).collect());
        }
    }
    to_csv(rows)
}

/// The marks of each counting ballot, of one contest: level names, in the order of the contest, `None` for `*`.
fn ballots<'a>(board: &'a Board, contest: &'a Contest, index: usize) -> Vec<(u64, Vec<Option<&'a str>>)> {
    let level = |level: &Option<u8>| contest.levels.get(usize::from((*level)?)).map(String::as_str);
    let votes = board.open_votes();
    votes.filter_map(|(weight, marks)| Some((weight, marks.get(index)?.levels().iter().map(level).collect()))).collect()
}

/// Open ballots as they were given: a line each, empty where there is no opinion. Nobody's name, in no order of time.
pub fn raw(election: &Election, board: &Board) -> String {
    let mut rows = Vec::new();
    for (index, contest) in election.contests().iter().enumerate() {
        let names = contest.candidates.iter().map(|name| text_cell(name));
        rows.push([text_cell(&contest.title), "weight".into()].into_iter().chain(names).collect());
        for (number, (weight, marks)) in ballots(board, contest, index).into_iter().enumerate() {
            let cell = |mark: Option<&str>| match mark {
                Some(mark) if mark.parse::<i64>().is_ok() => mark.to_owned(),
                mark => mark.map_or_else(String::new, text_cell),
            };
            let head = [(number + 1).to_string(), weight.to_string()];
            rows.push(head.into_iter().chain(marks.into_iter().map(cell)).collect());
        }
    }
    to_csv(rows)
}

/// Open ballots in the Aggregated Ballot Information Format: equal ballots together, with their weight. Readers take
/// ratings for numbers from 0 on, of which more is better, so other scales are counted from their worse end. ABIF is made
/// for one question a file: of several, each has tokens of its own, so that whoever reads all of it mixes nothing.
pub fn abif(election: &Election, board: &Board) -> String {
    let mut out = String::new();
    let several = election.contests().len() > 1;
    for (index, contest) in election.contests().iter().enumerate() {
        let values = contest.values();
        let (lowest, highest) = (values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0));
        out += &format!("{{\"title\": \"{}\"}}\n", abif_title(&contest.title));
        if contest.better == Better::Lower {
            out += &format!("# lower is better: ratings are counted down from the highest level, {highest}\n");
        } else if lowest < 0 {
            out += &format!("# ratings are counted from the lowest level, {lowest}\n");
        }
        let token = |candidate: usize| match several {
            true => format!("q{}c{}", index + 1, candidate + 1),
            false => format!("c{}", candidate + 1),
        };
        for (number, name) in contest.candidates.iter().enumerate() {
            out += &format!("={}:[{}]\n", token(number), abif_name(name));
        }
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for (weight, marks) in ballots(board, contest, index) {
            let rating = |(number, mark): (usize, Option<&str>)| {
                let at = contest.levels.iter().position(|level| Some(level.as_str()) == mark)?;
                let value = values.get(at)?;
                let rating = if contest.better == Better::Lower { highest - value } else { value - lowest.min(0) };
                Some(format!("{}/{rating}", token(number)))
            };
            let line: Vec<String> = marks.into_iter().enumerate().filter_map(rating).collect();
            *lines.entry(line.join(",")).or_default() += weight;
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
