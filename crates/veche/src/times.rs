//! Times for people, always with their offset from UTC. On a page a script puts them into the reader's zone.

use maud::{Markup, html};

use crate::lang::{is_russian, tr};

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
    let (_, clock) = written.split_once(['T', 't', ' '])?;
    let at = clock.rfind(['+', '-'])?;
    let (hours, minutes) = clock.get(at + 1..)?.split_once(':')?;
    let ahead = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
    Some(if clock.get(at..)?.starts_with('-') { -ahead } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::{ahead_s, utc, with_offset};
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
        assert_eq!(ahead_s("+3d"), None);
    }
}
