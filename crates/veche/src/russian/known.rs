//! The Russian of what the libraries say. They speak English; their texts are known again here, with what varies in them,
//! also where a server has sent them.

use super::{
    phrases::PHRASES,
    words::{COUNTS, SYSTEM, WORDS},
};
use crate::lang::is_russian;

/// Texts within texts, no deeper than any error goes.
const DEPTH_MAX: usize = 8;

/// In the user's language, as far as it is known.
pub fn said(text: &str) -> String {
    if is_russian() { in_russian(text) } else { text.to_owned() }
}

/// A text of the libraries, whole or at the end of a line; anything else as it is.
pub fn in_russian(text: &str) -> String {
    translated(text, DEPTH_MAX).unwrap_or_else(|| text.to_owned())
}

/// What a check of a record has counted. In Russian the number comes last, so that the noun need not go by it.
pub fn counted(what: &str, count: u64) -> String {
    match COUNTS.iter().find(|(english, _)| *english == what) {
        Some((_, russian)) if is_russian() => format!("{russian} {count}"),
        _ => crate::lang::counted(what, count),
    }
}

fn translated(text: &str, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let whole = whole(PHRASES.iter().chain(WORDS).chain(SYSTEM), text, depth);
    whole.or_else(|| {
        // Behind a file's name, a place, or whatever else was put before it: the longest end that is known.
        let parts = text.match_indices(' ').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
        parts.into_iter().find_map(|(before, end)| {
            let end = self::whole(PHRASES.iter().chain(SYSTEM), end, depth)?;
            let before = self::whole(WORDS.iter(), before, depth).unwrap_or_else(|| before.to_owned());
            Some(format!("{before} {end}"))
        })
    })
}

/// By the phrase that leaves least of the text open.
fn whole<'a>(phrases: impl Iterator<Item = &'a (&'a str, &'a str)>, text: &'a str, depth: usize) -> Option<String> {
    let known = phrases.filter_map(|(english, russian)| Some((captured(english, text)?, russian)));
    let open = |varies: &[(&str, &str)]| varies.iter().map(|(_, value)| value.len()).sum::<usize>();
    let (varies, russian) = known.min_by_key(|(varies, _)| open(varies))?;
    let mut out = (*russian).to_owned();
    for (name, value) in varies {
        let value = translated(value, depth).unwrap_or_else(|| value.to_owned());
        out = out.replacen(&format!("{{{name}}}"), &value, 1);
    }
    Some(out)
}

/// What stands in a text at the places that a phrase leaves open, if the rest of it is that phrase.
fn captured<'a>(phrase: &'a str, mut text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut parts = phrase.split('{');
    text = text.strip_prefix(parts.next()?)?;
    let mut varies = Vec::new();
    for part in parts {
        let (name, fixed) = part.split_once('}')?;
        let end = if fixed.is_empty() { text.len() } else { text.find(fixed)? };
        let (value, rest) = text.split_at_checked(end)?;
        varies.push((name, value));
        text = rest.get(fixed.len()..)?;
    }
    text.is_empty().then_some(varies)
}
