//! Figures as people read them: with the comma, the minus and the spaces of the language, and with as many places as keep what
//! is read on the right side of what decides.

use std::cmp::Ordering;

use veche_election::result::Fraction;

use crate::lang::is_russian;

/// A fraction as it is, with a minus for people.
pub(super) fn exact(fraction: Fraction) -> String {
    fraction.to_short().replace('-', "−")
}

pub(super) fn is_rounded(fraction: Fraction) -> bool {
    100 % fraction.denominator() != 0
}

/// Rounded to two places, a whole number as it is; with the comma, the minus and the spaces of the language.
pub fn decimal(fraction: Fraction) -> String {
    localised(&fraction.to_decimal(if fraction.denominator() == 1 { 0 } else { 2 }))
}

/// Fractions below each other: all whole, or all rounded to two places.
pub fn column(fractions: &[Option<Fraction>]) -> Vec<String> {
    let places = if fractions.iter().flatten().all(|fraction| fraction.denominator() == 1) { 0 } else { 2 };
    let shown = |fraction: &Fraction| localised(&fraction.to_decimal(places));
    fractions.iter().map(|fraction| fraction.as_ref().map_or_else(|| "—".to_owned(), shown)).collect()
}

/// The figures that decide, below each other: with as many places as tell apart what the rule tells apart, one from another
/// and each from the threshold; where six are too few, as fractions.
pub fn deciding(fractions: &[Option<Fraction>], threshold: Option<Fraction>) -> Vec<String> {
    const PLACES: std::ops::RangeInclusive<u32> = 2..=6;
    let mut sorted: Vec<Fraction> = fractions.iter().flatten().copied().collect();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.iter().all(|figure| figure.denominator() == 1) {
        return column(fractions);
    }
    let tell_apart = |places: &u32| {
        let rounded: Vec<Fraction> = sorted.iter().map(|figure| figure.rounded(*places)).collect();
        let beside =
            |limit: Fraction| sorted.iter().zip(&rounded).all(|(exact, read)| exact.cmp(&limit) == read.cmp(&limit));
        rounded.windows(2).all(|pair| pair.first() != pair.last()) && threshold.is_none_or(beside)
    };
    let places = PLACES.into_iter().find(tell_apart);
    let shown = |figure: Fraction| match places {
        Some(places) => localised(&figure.to_decimal(places)),
        None => exact(figure),
    };
    fractions.iter().map(|figure| figure.map_or_else(|| "—".to_owned(), shown)).collect()
}

pub fn number(number: impl Into<i128>) -> String {
    localised(&Fraction::whole(number.into()).to_decimal(0))
}

/// What a clock has measured.
pub fn measured(value: f64, places: usize) -> String {
    localised(&format!("{value:.places$}"))
}

pub(super) fn localised(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("−", digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let gap = if is_russian() { '\u{a0}' } else { ',' };
    let mut grouped = String::new();
    let grouping = whole.len() > 4;
    for (place, digit) in whole.chars().enumerate() {
        if grouping && place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(gap);
        }
        grouped.push(digit);
    }
    let point = if is_russian() { "," } else { "." };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{point}{rest}") }
}

/// How many have voted, in percent: on the right side of every part that people ask for as a quorum, 1/2, 2/3, 3/10, and of those that
/// the rule asks for.
pub fn turnout(part: u64, whole: u64, asked: &[Fraction]) -> String {
    let exact = Fraction::new(part.into(), whole.into());
    let common = (2..=10_i128).flat_map(|all| (1..all).filter_map(move |some| Fraction::new(some, all)));
    // Of three voters one is 33 %, and not 1/3, unless somebody asks.
    let limits: Vec<Fraction> = common.filter(|common| Some(*common) != exact).chain(asked.iter().copied()).collect();
    percent_beside(part, whole, &limits)
}

/// A share in percent, with as many places as it takes to be on the right side of every limit that it may be read beside; where four
/// are too few, told by the limit: `<50%`.
pub fn percent_beside(part: u64, whole: u64, limits: &[Fraction]) -> String {
    const PLACES_MAX: u32 = 4;
    let Some(exact) = Fraction::new(part.into(), whole.into()) else { return percent(part, whole) };
    let misread = |places: u32| {
        let read = exact.rounded(places + 2);
        limits.iter().copied().find(|limit| exact.cmp(limit) != read.cmp(limit))
    };
    if misread(0).is_none() {
        return percent(part, whole);
    }
    let in_percent = |share: Fraction, places: u32| {
        let gap = if is_russian() { "\u{a0}" } else { "" };
        format!("{}{gap}%", localised(&share.times(100).to_decimal(places)))
    };
    if let Some(places) = (1..=PLACES_MAX).find(|places| misread(*places).is_none()) {
        return in_percent(exact, places);
    }
    let limit = misread(PLACES_MAX).unwrap_or(exact);
    let shown = if limit.times(100).denominator() == 1 { in_percent(limit, 0) } else { limit.to_short() };
    match exact.cmp(&limit) {
        Ordering::Less => format!("<{shown}"),
        Ordering::Equal => shown,
        Ordering::Greater => format!(">{shown}"),
    }
}

/// A share in whole percent; never 0 or 100 for what is neither.
pub fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let gap = if is_russian() { "\u{a0}" } else { "" };
    match whole {
        0 => "—".into(),
        _ if part > 0 && 100 * part < whole => format!("<1{gap}%"),
        _ if part < whole && 100 * part > 99 * whole => format!(">99{gap}%"),
        _ => format!("{}{gap}%", (200 * part + whole) / (2 * whole)),
    }
}
