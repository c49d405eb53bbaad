//! What a program asks of a text that a person gives it: Unicode's rules for identifiers (UAX 31, UTS 39), as far as
//! they fit names, which have spaces, punctuation and emoji besides. Its tables grow with Unicode; nothing that was
//! signed depends on them.

use std::sync::LazyLock;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass as Class, DefaultIgnorableCodePoint, Emoji, EnumeratedProperty, ExtendedPictographic,
        GeneralCategory as Category, GeneralCategoryGroup as Group, Ideographic, IndicSyllabicCategory as Syllabic,
        JoiningType as Joining, Script,
    },
};
use unicode_normalization::UnicodeNormalization;

use super::{TextError, check, is_invisible, is_white_space};

/// More marks in a row on one letter than any orthography writes (UTS 39 section 5.4).
const MARKS_MAX: usize = 4;

const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';

/// Printable ASCII, letters of Latin and Russian alphabets: of these alone most names consist. None of them composes with another,
/// shows nothing, or stands on another.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{C0}'..='\u{17F}' | 'А'..='я' | 'Ё' | 'ё')
}

/// Composes (NFC) and trims what a person typed; refuses what must not be shown, and what shows nothing where it stands.
///
/// # Errors
///
/// The text errs, or whoever typed it: what is wrong, and where.
pub fn clean(text: &str, max_chars: usize) -> Result<String, TextError> {
    let trimmed = text.trim_matches(is_white_space);
    // A million names are looked at in a second less.
    if trimmed.chars().all(is_plain) && !trimmed.is_empty() && trimmed.len() <= max_chars {
        return Ok(trimmed.to_owned());
    }
    let text: String = trimmed.nfc().collect();
    check(&text, max_chars)?;
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let (before, after) = (chars.get(..i).unwrap_or_default(), chars.get(i + 1..).unwrap_or_default());
        check_in_place(*c, before, after, i + 1)?;
    }
    Ok(text)
}

fn check_in_place(c: char, before: &[char], after: &[char], position: usize) -> Result<(), TextError> {
    let code = u32::from(c);
    if is_one_of(c, Group::Unassigned) || is_one_of(c, Group::PrivateUse) {
        return Err(TextError::Unknown { code, position });
    }
    let shows_nothing = is_invisible(c) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    if shows_nothing && !(c == '\u{2800}' || is_needed(c, before, after)) {
        return Err(TextError::Misplaced { code, position });
    }
    if is_mark(c) && !shows_nothing && (before.is_empty() || run(before, is_mark) >= MARKS_MAX) {
        return Err(TextError::Stacked { position });
    }
    Ok(())
}

/// Does this character, which shows nothing itself, change how its neighbours are written?
fn is_needed(c: char, before: &[char], after: &[char]) -> bool {
    let last = before.last().copied();
    let is_last = |test: &dyn Fn(char) -> bool| last.is_some_and(test);
    match c {
        ZWNJ => parts_letters(before, after) || (follows_virama(before) && begins_with_letter(after)),
        ZWJ => joins_indic(before, after) || joins_emoji(before, after),
        '\u{FE0E}' | '\u{FE0F}' => is_last(&|c| CodePointSetData::new::<Emoji>().contains(c)),
        '\u{FE00}'..='\u{FE02}' => is_last(&is_letter),
        '\u{E0100}'..='\u{E01EF}' => is_last(&|c| CodePointSetData::new::<Ideographic>().contains(c)),
        '\u{180B}'..='\u{180F}' => is_last(&|c| is_letter(c) && of::<Script>(c) == Script::Mongolian),
        _ => false,
    }
}

/// UAX 31, context A1: between letters that would join, as in Persian.
fn parts_letters(before: &[char], after: &[char]) -> bool {
    let is_transparent = |c: &&char| of::<Joining>(**c) == Joining::Transparent;
    let before = before.iter().rev().find(|c| !is_transparent(c)).map(|c| of::<Joining>(*c));
    let after = after.iter().find(|c| !is_transparent(c)).map(|c| of::<Joining>(*c));
    matches!(before, Some(Joining::DualJoining | Joining::LeftJoining))
        && matches!(after, Some(Joining::DualJoining | Joining::RightJoining))
}

/// UAX 31, contexts A2 and B: a letter, and among the marks behind it a virama.
fn follows_virama(before: &[char]) -> bool {
    let (letters, marks) = before.split_at(before.len() - run(before, is_mark));
    let behind = marks.iter().rev().find(|c| matches!(of::<Class>(**c), Class::Virama | Class::NotReordered));
    letters.last().is_some_and(|c| is_letter(*c)) && behind.is_some_and(is_virama)
}

fn begins_with_letter(after: &[char]) -> bool {
    let first = after.iter().find(|c| !(is_mark(**c) && of::<Class>(**c) != Class::NotReordered));
    first.is_some_and(|c| is_letter(*c))
}

/// UAX 31, context B, as in Hindi, Sinhala and Malayalam; besides, before the virama, as in Bengali and Kannada.
fn joins_indic(before: &[char], after: &[char]) -> bool {
    let vowel = after.first().is_some_and(|c| of::<Syllabic>(*c) == Syllabic::VowelDependent);
    let before_virama = before.last().is_some_and(|c| is_letter(*c)) && after.first().is_some_and(is_virama);
    (follows_virama(before) && !vowel) || before_virama
}

/// UAX 29, rule GB11: between pictures that become one.
fn joins_emoji(before: &[char], after: &[char]) -> bool {
    let is_picture = |c: &char| CodePointSetData::new::<ExtendedPictographic>().contains(*c);
    let changes = |c: &char| matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}');
    before.iter().rev().find(|c| !changes(c)).is_some_and(is_picture) && after.first().is_some_and(is_picture)
}

/// How many characters at the end are of this kind.
fn run(before: &[char], is_kind: fn(char) -> bool) -> usize {
    before.iter().rev().take_while(|c| is_kind(**c)).count()
}

fn is_letter(c: char) -> bool {
    is_one_of(c, Group::Letter)
}

/// A mark that takes no room of its own.
fn is_mark(c: char) -> bool {
    is_one_of(c, Group::NonspacingMark) || is_one_of(c, Group::EnclosingMark)
}

fn is_virama(c: &char) -> bool {
    of::<Class>(*c) == Class::Virama
}

fn is_one_of(c: char, group: Group) -> bool {
    group.contains(of::<Category>(c))
}

fn of<P: EnumeratedProperty>(c: char) -> P {
    const { CodePointMapData::<P>::new() }.get(c)
}

/// Two texts that look alike have the same skeleton (UTS 39), here also without case and spaces.
pub fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    for c in text.chars() {
        match PLAIN_SKELETONS.get(c as usize) {
            Some(Some(skeleton)) => out.push_str(skeleton),
            _ => return skeleton_of_any(text),
        }
    }
    out
}

/// Of each plain character the skeleton, by its code. One begins with a character that is never moved before another, so the skeleton of
/// several is theirs behind each other.
static PLAIN_SKELETONS: LazyLock<Vec<Option<Box<str>>>> = LazyLock::new(|| {
    let of = |code: u32| {
        let c = char::from_u32(code).filter(|c| is_plain(*c))?;
        let lower = c.to_lowercase().to_string();
        let first = unicode_security::skeleton(&lower).next()?;
        let stays = of::<Class>(first) == Class::NotReordered;
        stays.then(|| skeleton_of_any(c.encode_utf8(&mut [0; 4])).into_boxed_str())
    };
    (0..=u32::from('ё')).map(of).collect()
});

fn skeleton_of_any(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c));
    let folded: String = seen.nfc().collect::<String>().to_lowercase();
    unicode_security::skeleton(&folded).filter(|c| !is_white_space(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{clean, is_plain, skeleton, skeleton_of_any};
    use crate::text::{check, is_white_space};

    /// The short way comes to where the long one does.
    #[test]
    fn every_plain_character_is_clean_and_has_the_skeleton_that_any_would_have() {
        for c in (0..0x600).filter_map(char::from_u32).filter(|c| is_plain(*c)) {
            for text in [format!("{c}"), format!("x{c}y"), format!("x{c}{c}"), format!("x{c}\u{301}")] {
                assert_eq!(skeleton(&text), skeleton_of_any(&text), "{text:?}");
            }
            let text = format!("x{c}y");
            assert_eq!(clean(&text, 3).as_deref(), Ok(text.as_str()));
            assert!(check(&text, 3).is_ok() && clean(&text, 2).is_err(), "{text:?}");
        }
        assert!(clean(" \t", 3).is_err() && clean("", 3).is_err());
    }

    proptest! {
        #[test]
        fn names_have_the_skeletons_that_any_text_would_have(text in "[ -~À-ſА-яЁё]{0,12}") {
            prop_assert_eq!(skeleton(&text), skeleton_of_any(&text));
            let trimmed = text.trim_matches(is_white_space);
            prop_assert_eq!(clean(&text, 40).ok(), check(trimmed, 40).ok().map(|()| trimmed.to_owned()));
        }
    }
}
