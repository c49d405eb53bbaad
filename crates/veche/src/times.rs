//! Times for people, always with their offset from UTC: at a terminal in the zone of its machine; on a page a script puts
//! them into the reader's. And times as people type them.

use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::temporal::{Pieces, PiecesOffset},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use maud::{Markup, html};

use crate::{
    failure::{Failure, Result},
    lang::{both, is_russian, tr},
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_RU: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// `1 December 2026, 07:00 UTC`.
pub fn utc(unix: u64) -> String {
    with_offset(unix, 0)
}

/// `1 December 2026, 10:00 UTC+03:00`: a clock that is ahead of UTC by so many seconds.
pub fn with_offset(unix: u64, ahead_s: i64) -> String {
    let shown = i64::try_from(unix).ok().and_then(|unix| unix.checked_add(ahead_s));
    let Some(time) = shown.and_then(|at| jiff::Timestamp::from_second(at).ok()) else { return unix.to_string() };
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    let months = if is_russian() { MONTHS_RU } else { MONTHS };
    let month = usize::try_from(time.month() - 1).ok().and_then(|month| months.get(month).copied()).unwrap_or_default();
    let (day, year, hour, minute) = (time.day(), time.year(), time.hour(), time.minute());
    let (sign, ahead) = (if ahead_s < 0 { '−' } else { '+' }, ahead_s.unsigned_abs() / 60);
    let offset = if ahead == 0 { String::new() } else { format!("{sign}{:02}:{:02}", ahead / 60, ahead % 60) };
    tr!(
        "{day} {month} {year}, {hour:02}:{minute:02} UTC{offset}",
        "{day} {month} {year} г., {hour:02}:{minute:02} UTC{offset}"
    )
}

/// On a page.
pub fn time(unix: u64) -> Markup {
    let exact = i64::try_from(unix).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    html! {
        @if let Some(exact) = exact { time datetime=(exact) { (utc(unix)) } } @else { (unix) }
    }
}

/// How far the clock of whoever wrote a time is ahead of UTC, by the offset that stands in it.
pub fn ahead_s(written: &str) -> Option<i64> {
    match Pieces::parse(written).ok()?.offset()? {
        PiecesOffset::Numeric(numeric) if !(numeric.is_negative() && numeric.offset().is_zero()) => {
            Some(numeric.offset().seconds().into())
        }
        // Z and -00:00 tell the time in UTC, and not where the clock was.
        _ => None,
    }
}

/// A time that somebody typed, RFC 3339 with its offset, or the calendar of a zone: `2026-12-01 10:00` of this machine's,
/// `2026-12-01 10:00[Europe/Berlin]` of that one. In Unix seconds.
pub fn parse(text: &str) -> Result<u64> {
    let bad = || {
        Failure::usage(both!(
            "\"{text}\" is not a time; write 2026-12-01 10:00 (of your zone), 2026-12-01T10:00:00+03:00, or from now +90m, +2h, +3d",
            "«{text}» — не время; напишите 2026-12-01 10:00 (по вашему поясу), 2026-12-01T10:00:00+03:00 или отсчёт от этой \
             минуты: +90m, +2h, +3d"
        ))
    };
    let (written, zone) = match text.trim().strip_suffix(']').map(|rest| rest.split_once('[')) {
        Some(parts) => parts.map(|(written, zone)| (written, Some(zone))).ok_or_else(bad)?,
        None => (text.trim(), None),
    };
    let named = zone.map(|name| TimeZone::get(name).map_err(|_| unknown_zone(name))).transpose()?;
    let unix = |at: Timestamp| u64::try_from(at.as_second()).map_err(|_| bad());
    if let Ok(at) = written.parse::<Timestamp>() {
        return match (named, zone) {
            (Some(named), Some(zone))
                if ahead_s(written).is_some_and(|ahead| ahead != i64::from(named.to_offset(at).seconds())) =>
            {
                Err(contradicts(text, zone, with_zone(at, named)))
            }
            _ => unix(at),
        };
    }
    if Pieces::parse(written).is_ok_and(|pieces| pieces.offset().is_some()) {
        return Err(bad());
    }
    let civil: DateTime = written.parse().map_err(|_| bad())?;
    if !written.contains([':', 'T', 't']) {
        return Err(bad());
    }
    let zone = named.unwrap_or_else(TimeZone::system);
    let both = |before: Offset, after: Offset| {
        let at = |offset: Offset| format!("{}{}", civil.strftime("%Y-%m-%dT%H:%M:%S"), shown_offset(offset));
        (at(before), at(after))
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => unix(offset.to_timestamp(civil).map_err(|_| bad())?),
        AmbiguousOffset::Fold { before, after } => {
            let (first, second) = both(before, after);
            Err(Failure::usage(both!(
                "{written} comes twice: the clocks are put back",
                "{written} бывает дважды: часы переводят назад"
            ))
            .next(both!("Say which: {first} or {second}", "Напишите, какое из двух: {first} или {second}")))
        }
        AmbiguousOffset::Gap { before, after } => {
            let (first, second) = both(before, after);
            Err(Failure::usage(both!(
                "{written} never comes: the clocks are put forward",
                "{written} не бывает: часы переводят вперёд"
            ))
            .next(both!("Say what you mean: {first} or {second}", "Напишите, что имели в виду: {first} или {second}")))
        }
    }
}

fn unknown_zone(name: &str) -> Failure {
    Failure::usage(both!("this machine knows no time zone \"{name}\"", "эта машина не знает часового пояса «{name}»"))
}

/// What stands in brackets is no comment: whoever wrote both meant one time.
fn contradicts(text: &str, zone: &str, there: String) -> Failure {
    Failure::usage(both!(
        "\"{text}\" contradicts itself: in {zone} it is {there} then",
        "«{text}» противоречит себе: в {zone} в этот миг {there}"
    ))
    .next(both!("Leave out the offset or the zone.", "Уберите смещение или пояс."))
}

fn with_zone(at: Timestamp, zone: TimeZone) -> String {
    let offset = shown_offset(zone.to_offset(at));
    format!("{}{offset}", at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S"))
}

fn shown_offset(offset: Offset) -> String {
    let (sign, minutes) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().unsigned_abs() / 60);
    if minutes == 0 { "Z".into() } else { format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60) }
}

/// For people at this machine: in its zone, with the offset.
pub fn here(unix: u64) -> String {
    let time = i64::try_from(unix).ok().and_then(|at| Timestamp::from_second(at).ok());
    time.map_or_else(|| unix.to_string(), |at| with_zone(at, TimeZone::system()))
}

/// The same as a sentence has it: `1 December 2026, 10:00 UTC+03:00`.
pub fn in_words_here(unix: u64) -> String {
    let at = i64::try_from(unix).ok().and_then(|at| Timestamp::from_second(at).ok());
    with_offset(unix, at.map_or(0, |at| TimeZone::system().to_offset(at).seconds().into()))
}

#[cfg(test)]
mod tests {
    use super::{ahead_s, parse, utc, with_offset};
    use crate::lang::{self, Language};

    #[test]
    fn times_are_told_with_their_offset() {
        let both = |unix, ahead| {
            [Language::En, Language::Ru].map(|language| lang::within(Some(language), || with_offset(unix, ahead)))
        };
        assert_eq!(both(1_796_108_400, 0)[0], "1 December 2026, 07:00 UTC");
        assert_eq!(both(1_796_108_400, 10_800)[1], "1 декабря 2026 г., 10:00 UTC+03:00");
        assert_eq!(both(1_796_108_400, -12_600)[0], "1 December 2026, 03:30 UTC−03:30");
        assert_eq!(utc(u64::MAX), u64::MAX.to_string());
        assert_eq!(ahead_s("2026-12-01T10:00:00+03:00"), Some(10_800));
        assert_eq!(ahead_s("2026-12-01T10:00:00-03:30"), Some(-12_600));
        assert_eq!(ahead_s("2026-12-01T10:00:00Z"), None);
        assert_eq!(ahead_s("2026-12-01 10:00+02"), Some(7_200));
        assert_eq!(ahead_s("2026-12-01T10:00:00-0330"), Some(-12_600));
        assert_eq!(ahead_s("2026-12-01T10:00:00-00:00"), None);
        for none in ["+3d", "", "2026-12-01", "2026-12-01T10:00:00+9999999999999999:00"] {
            assert_eq!(ahead_s(none), None, "{none}");
        }
    }

    /// Clocks of Berlin: put forward on 28 March 2027 at 2:00, put back on 31 October 2027 at 3:00.
    #[test]
    fn a_time_of_a_zone_is_read_there_and_one_that_is_none_or_two_is_asked_about() {
        for (typed, unix) in [
            ("2026-12-01T10:00:00+03:00", 1_796_108_400),
            ("2026-12-01T07:00:00Z", 1_796_108_400),
            ("2026-12-01 08:00[Europe/Berlin]", 1_796_108_400),
            ("2026-12-01T08:00:00+01:00[Europe/Berlin]", 1_796_108_400),
            ("2026-12-01T07:00:00Z[Europe/Berlin]", 1_796_108_400),
            ("2027-06-01 09:00[Europe/Berlin]", 1_811_833_200),
        ] {
            assert_eq!(parse(typed).ok(), Some(unix), "{typed}");
        }
        for (typed, said) in [
            ("2026-12-01T08:00:00+02:00[Europe/Berlin]", "in Europe/Berlin it is 2026-12-01T07:00:00+01:00 then"),
            ("2026-12-01T08:00:00+02[Europe/Berlin]", "in Europe/Berlin it is 2026-12-01T07:00:00+01:00 then"),
            ("2026-12-01T08:00:00+0200[Europe/Berlin]", "in Europe/Berlin it is 2026-12-01T07:00:00+01:00 then"),
            ("2026-12-01T10:00:00+9999999999999999:00", "is not a time"),
            ("2026-12-01T10:00:00+99:00", "is not a time"),
            ("2027-03-28 02:30[Europe/Berlin]", "never comes"),
            ("2027-10-31 02:30[Europe/Berlin]", "comes twice"),
            ("2026-12-01 08:00[Europe/Nowhere]", "knows no time zone"),
            ("2026-12-01", "is not a time"),
            ("10:00", "is not a time"),
            ("2026-12-01T25:00:00Z", "is not a time"),
            ("2026-12-01T10:00:00+3:00", "is not a time"),
        ] {
            let failure = lang::within(Some(Language::En), || parse(typed)).expect_err(typed);
            assert!(failure.what.contains(said), "{typed}: {}", failure.what);
        }
        let twice = lang::within(Some(Language::En), || parse("2027-10-31 02:30[Europe/Berlin]")).expect_err("twice");
        assert!(twice.next.is_some_and(|next| next.contains("02:30:00+02:00 or 2027-10-31T02:30:00+01:00")));
    }
}
