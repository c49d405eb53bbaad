//! Text that people supply: titles, names, reasons. It reaches terminals, HTML and CSV, so it is cleaned at the
//! door: composed (NFC), trimmed, of bounded length, without control characters and without the invisible
//! characters that turn a line around. Spec: `docs/spec/marks.md` section 3.

use unicode_normalization::UnicodeNormalization;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("is empty, or begins or ends with a space")]
    Empty,
    #[error("is not in the composed form (NFC)")]
    NotComposed,
    #[error("is longer than {max} characters")]
    TooLong { max: usize },
    #[error("contains the invisible or control character U+{code:04X} at position {position}")]
    Forbidden { code: u32, position: usize },
}

/// Composes and trims; refuses what must not be shown.
pub fn clean(text: &str, max_chars: usize) -> Result<String, TextError> {
    let text: String = text.trim().nfc().collect();
    check(&text, max_chars)?;
    Ok(text)
}

/// Is this text already clean? (What a manifest from elsewhere must satisfy.)
pub fn check(text: &str, max_chars: usize) -> Result<(), TextError> {
    if text.is_empty() || text.trim() != text {
        return Err(TextError::Empty);
    }
    if !text.nfc().eq(text.chars()) {
        return Err(TextError::NotComposed);
    }
    if text.chars().count() > max_chars {
        return Err(TextError::TooLong { max: max_chars });
    }
    match text.chars().enumerate().find(|(_, c)| is_forbidden(*c)) {
        Some((i, c)) => Err(TextError::Forbidden { code: c as u32, position: i + 1 }),
        None => Ok(()),
    }
}

/// Control characters, line separators, direction marks, zero-width characters, tags and the replacement character.
pub fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{FE00}'..='\u{FE0F}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{E0000}'..='\u{E007F}')
}

/// Two texts that look alike have the same skeleton (Unicode TR 39), here also without case and spaces.
pub fn skeleton(text: &str) -> String {
    let folded: String = text.nfc().collect::<String>().to_lowercase();
    unicode_security::skeleton(&folded).filter(|c| !c.is_whitespace()).collect()
}
