//! How much room a text takes, and lines of at most so much. Rooms are counted in cells of a terminal: most letters take
//! one, Chinese characters and many pictures two, combining marks none.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub fn width(text: &str) -> usize {
    text.width()
}

/// Lines of at most `cells`, broken between words; a word that is longer alone is broken between its characters.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = vec![String::new()];
    // A no-break space does not divide words here.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let used = lines.last().map_or(0, |line| width(line));
        if used > 0 && used + 1 + width(word) <= cells {
            lines.last_mut().into_iter().for_each(|line| *line = format!("{line} {word}"));
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        for character in word.graphemes(true) {
            if lines.last().is_some_and(|line| width(line) + width(character) > cells) {
                lines.push(String::new());
            }
            lines.last_mut().into_iter().for_each(|line| line.push_str(character));
        }
    }
    lines
}

pub fn left(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}

pub fn right(text: &str, cells: usize) -> String {
    format!("{}{text}", " ".repeat(cells.saturating_sub(width(text))))
}

/// A text that runs from right to left, between the two marks (UAX #9) that keep it from turning what stands around it.
pub fn isolated(text: &str) -> String {
    let runs_left = |c: char| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF);
    if text.contains(runs_left) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{isolated, left, right, width, wrap};

    #[test]
    fn names_that_run_to_the_left_turn_nothing_around_them() {
        assert_eq!(isolated("אנה"), "\u{2068}אנה\u{2069}");
        assert_eq!(width(&isolated("אנה")), 3, "the marks take no room");
        assert_eq!(isolated("Анна"), "Анна");
    }

    #[test]
    fn lines_break_between_words_and_never_within_a_character() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("票票票", 4), ["票票", "票"]);
        assert_eq!(wrap("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        assert_eq!(wrap("", 4), [""]);
        let long = "Комитет 市民 👩‍👩‍👧 ".repeat(20);
        assert!(wrap(&long, 11).iter().all(|line| width(line) <= 11));
        assert_eq!((left("票", 4).as_str(), right("票", 4).as_str()), ("票  ", "  票"));
    }
}
