//! What the server writes into its log is what `docs/operator.md` says it writes: every event with its level and fields.

use std::{collections::BTreeSet, path::Path};

/// Level, message, names of the fields in order.
type Event = (String, String, Vec<String>);

const LEVELS: [&str; 3] = ["info", "warn", "error"];

/// The code between a parenthesis that is open and its end, and the literals in it.
fn arguments(text: &str) -> (String, Vec<String>) {
    let (mut code, mut literals, mut depth) = (String::new(), Vec::new(), 1);
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            '"' => {
                let mut literal = String::new();
                while let Some(next) = chars.next().filter(|next| *next != '"') {
                    match next {
                        '\\' => literal.extend(chars.next().filter(|escaped| *escaped != '\n')),
                        _ => literal.push(next),
                    }
                }
                literals.push(literal.split_whitespace().collect::<Vec<_>>().join(" "));
                continue;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        // A comma within a call separates no fields.
        if depth == 1 {
            code.push(next);
        }
    }
    (code, literals)
}

fn events_of(source: &str) -> Vec<Event> {
    let level = |part: &str| LEVELS.into_iter().find(|level| part.starts_with(&format!("{level}!(")));
    let parts = source.split("tracing::").skip(1).filter_map(|part| Some((level(part)?, part)));
    // What a start warns of is a text of its own.
    let own = parts.filter(|(_, part)| !part.contains("!(\"{}\", warning.text("));
    let event = |(level, part): (&str, &str)| {
        let (code, literals) = arguments(&part[level.len() + 2..]);
        // The English text of a translated message stands first.
        let message = literals.into_iter().find(|literal| literal != "{}").expect("an event says something");
        let fields =
            code.split(',').map(|field| field.split('=').next().unwrap().trim().trim_start_matches(['%', '?']));
        let fields = fields.filter(|field| !field.is_empty() && !field.starts_with("tr!"));
        (level.to_owned(), message, fields.map(str::to_owned).collect())
    };
    own.map(event).chain(warnings(source)).collect()
}

/// The texts of `hosting::Warning`.
fn warnings(source: &str) -> impl Iterator<Item = Event> {
    let texts =
        source.split_once("impl Warning {").and_then(|(_, behind)| behind.split_once("\n}\n")).map(|(texts, _)| texts);
    let texts = texts.unwrap_or_default().split("tr!(").skip(1).map(|part| arguments(part).1.remove(0));
    texts.map(|text| ("warn".to_owned(), text, Vec::new())).collect::<Vec<_>>().into_iter()
}

fn collect(folder: &Path, events: &mut BTreeSet<Event>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, events);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            events.extend(events_of(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Rows `| level | message | fields | what it means |`.
fn documented(text: &str) -> BTreeSet<Event> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (level, message, fields) = (cells.next()?, cells.next()?, cells.next()?);
        let level = LEVELS.contains(&level).then(|| level.to_owned())?;
        let fields = fields.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((level, message.trim_matches('`').to_owned(), fields))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_event_of_the_log_is_in_the_operators_table_and_the_table_holds_no_other() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = BTreeSet::new();
    for folder in ["src", "../veche-server/src"] {
        collect(&here.join(folder), &mut written);
    }
    assert!(written.len() > 25, "the sources are read wrongly: {written:#?}");
    let documented = documented(&std::fs::read_to_string(here.join("../../docs/operator.md")).unwrap());
    let missing: Vec<_> = written.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&written).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in docs/operator.md: {missing:#?}\nonly there: {gone:#?}");
}
