//! Text that people supply: titles, names, reasons. It reaches terminals, HTML and CSV. Spec: `docs/spec/marks.md`
//! section 3, in two levels: who *makes* a text follows Unicode ([`clean`]); who *reads* one that was signed asks
//! fixed lists only ([`check`]), so that two readers never disagree about a version of Unicode.

mod making;

pub use making::{clean, skeleton};

type Ranges = &'static [(u32, u32)];

/// Characters that show nothing but room: white space.
const WHITE_SPACE: Ranges = &[
    (0x0009, 0x000D),
    (0x0020, 0x0020),
    (0x0085, 0x0085),
    (0x00A0, 0x00A0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];

/// Characters that turn a line around, hide, or command a terminal: nowhere. (The last two of every plane, which are
/// no characters, are found by their number.)
const FORBIDDEN: Ranges = &[
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFF),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
];

/// Characters that show nothing by themselves, which languages and emoji need beside others: joiners, selectors of
/// variants, blanks.
const INVISIBLE: Ranges = &[
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200C, 0x200D),
    (0x2800, 0x2800),
    (0xFE00, 0xFE0F),
    (0x13441, 0x13442),
    (0x16FE4, 0x16FE4),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0xE0100, 0xE01EF),
];

fn is_in(ranges: Ranges, c: char) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(c)))
}

/// From a list that is fixed for ever.
pub fn is_white_space(c: char) -> bool {
    is_in(WHITE_SPACE, c)
}

/// A text of somebody else's on its way to a terminal or a log: control characters, and those that turn a line round,
/// become visible escapes.
pub fn visible(text: &str) -> String {
    let shown = |c: char| if is_forbidden(c) { c.escape_unicode().collect() } else { String::from(c) };
    text.chars().map(shown).collect()
}

/// Controls, and what shows nothing or turns a line round.
pub fn is_forbidden(c: char) -> bool {
    const LAST_TWO_OF_A_PLANE: u32 = 0xFFFE;
    is_in(FORBIDDEN, c) || u32::from(c) & LAST_TWO_OF_A_PLANE == LAST_TWO_OF_A_PLANE
}

/// Does it show nothing, without being white space?
pub fn is_invisible(c: char) -> bool {
    is_in(INVISIBLE, c)
}

/// What is wrong with a text, in words that follow its name. Positions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Every text says something.
    #[error("is empty, or begins or ends with a space")]
    Empty,
    /// Characters are Unicode scalar values.
    #[error("is longer than {max} characters")]
    TooLong {
        /// No more may be.
        max: usize,
    },
    /// See [`is_forbidden`].
    #[error("contains the invisible or control character U+{code:04X} at position {position}")]
    Forbidden {
        /// Which character.
        code: u32,
        /// Which of them, from 1.
        position: usize,
    },
    /// See [`is_invisible`].
    #[error("shows nothing: it consists of invisible characters")]
    Blank,
    /// Of new texts only.
    #[error("contains U+{code:04X} at position {position}, which shows nothing and changes nothing there")]
    Misplaced {
        /// Which character.
        code: u32,
        /// Which of them, from 1.
        position: usize,
    },
    /// Of new texts only.
    #[error("contains U+{code:04X} at position {position}, which is no character that this program knows")]
    Unknown {
        /// Which character.
        code: u32,
        /// Which of them, from 1.
        position: usize,
    },
    /// Of new texts only.
    #[error("has too many marks on one letter, or none to put them on, at position {position}")]
    Stacked {
        /// Which of them, from 1.
        position: usize,
    },
}

/// Is this a text that may stand in a manifest, a roll or an entry? The same answer for ever: from fixed lists.
///
/// # Errors
///
/// Whoever wrote it erred.
pub fn check(text: &str, max_chars: usize) -> Result<(), TextError> {
    if text.is_empty() || text.starts_with(is_white_space) || text.ends_with(is_white_space) {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max_chars {
        return Err(TextError::TooLong { max: max_chars });
    }
    if let Some((i, c)) = text.chars().enumerate().find(|(_, c)| is_forbidden(*c)) {
        return Err(TextError::Forbidden { code: c.into(), position: i + 1 });
    }
    if text.chars().all(|c| is_white_space(c) || is_invisible(c)) {
        return Err(TextError::Blank);
    }
    Ok(())
}
