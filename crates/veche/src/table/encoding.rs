//! From bytes to text. UTF-8 and a byte-order mark are certain; any other encoding has to be named, and how the file
//! would look in each is shown.

use std::borrow::Cow;

use encoding_rs::{Encoding, IBM866, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

use super::shown;
use crate::{
    failure::{Failure, Result, Way},
    front::is_at_pages,
    lang::{Sentence, both},
};

pub const UTF8: &str = "UTF-8";
/// What files that are not UTF-8 are in most often.
const LIKELY: [(&str, &Encoding); 3] =
    [("windows-1251", WINDOWS_1251), ("windows-1252", WINDOWS_1252), ("cp866", IBM866)];
/// Words that an encoding changes, shown in each of the likely ones.
const EXAMPLES: usize = 3;

/// The text and the name of its encoding.
pub fn decode<'a>(source: &Sentence, bytes: &'a [u8], named: Option<&str>) -> Result<(Cow<'a, str>, String)> {
    let named = named.map(by_name).transpose()?;
    if let Some((marked, length)) = Encoding::for_bom(bytes) {
        if let Some(named) = named.filter(|named| *named != marked) {
            let (named, marked) = (named.name(), marked.name());
            let advice = if is_at_pages() {
                both!("Leave the encoding to the program.", "Пусть кодировку определит программа.")
            } else {
                both!("Leave --encoding out.", "Уберите --encoding.")
            };
            return Err(Failure::usage(both!(
                "{source} begins with the mark of {marked}: it is not {named}",
                "{source} начинается с метки {marked}: это не {named}"
            ))
            .next(advice)
            .ways(vec![Way::new("encoding", "", marked)]));
        }
        let rest = bytes.get(length..).unwrap_or_default();
        return whole(source, marked, rest);
    }
    if let Some(named) = named {
        return whole(source, named, bytes);
    }
    if bytes.contains(&0) {
        let zeros_first = bytes.iter().position(|b| *b == 0).is_some_and(|at| at % 2 == 0);
        let name = if zeros_first { UTF_16BE.name() } else { UTF_16LE.name() };
        return Err(Failure::usage(both!(
            "{source} holds bytes of the value 0: UTF-16 without its mark, or no text",
            "{source} содержит нулевые байты: это UTF-16 без метки или не текст"
        ))
        .next(if is_at_pages() {
            both!("If it is a table in UTF-16, say so.", "Если это таблица в UTF-16, так и укажите.")
        } else {
            both!("If it is a table in UTF-16: --encoding {name}", "Если это таблица в UTF-16: --encoding {name}")
        })
        .ways(vec![Way::new("encoding", name, "")]));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.into(), UTF8.into())),
        Err(error) => Err(unknown(source, bytes, error.valid_up_to())),
    }
}

fn by_name(name: &str) -> Result<&'static Encoding> {
    let label = name.trim().to_lowercase().replace("cp125", "windows-125");
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Failure::usage(both!(
            "\"{name}\" is no encoding that is known here; utf-8, utf-16le, windows-1251, windows-1252, cp866 and koi8-r are",
            "кодировка «{name}» неизвестна; известны utf-8, utf-16le, windows-1251, windows-1252, cp866, koi8-r"
        ))
    })
}

fn whole<'a>(source: &Sentence, encoding: &'static Encoding, bytes: &'a [u8]) -> Result<(Cow<'a, str>, String)> {
    let name = encoding.name();
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text, if encoding == UTF_8 { UTF8.into() } else { name.into() })),
        None => Err(Failure::usage(both!(
            "{source} is not {name}: some of its bytes mean nothing there",
            "{source} — не {name}: часть байтов в этой кодировке ничего не значит"
        ))),
    }
}

/// How words that are not ASCII would look.
fn unknown(source: &Sentence, bytes: &[u8], first: usize) -> Failure {
    let line = 1 + bytes.iter().take(first).filter(|b| **b == b'\n').count();
    let divides = |b: &u8| b",;\t\r\n\"".contains(b);
    let words: Vec<&[u8]> = bytes.split(divides).filter(|word| !word.is_ascii()).take(EXAMPLES).collect();
    let read = |(name, encoding): &(&str, &'static Encoding)| {
        let words = words.iter().map(|word| shown(&encoding.decode_without_bom_handling(word).0));
        Way::new("encoding", *name, words.collect::<Vec<_>>().join(", "))
    };
    let ways: Vec<Way> = LIKELY.iter().map(read).collect();
    let examples: Vec<String> =
        ways.iter().map(|Way { value, text, .. }| format!("  --encoding {value}: {text}")).collect();
    let failure = Failure::usage(both!(
        "{source} is not in UTF-8 (line {line} is the first that is not), and which encoding it is in cannot be known",
        "{source} — не в UTF-8 (первая такая строка — {line}), а какая у него кодировка, определить нельзя"
    ));
    let failure = if is_at_pages() {
        failure.next(both!(
            "Choose the encoding in which these words are right, or save the table as \"CSV UTF-8\".",
            "Выберите кодировку, в которой эти слова верны, или сохраните таблицу как «CSV UTF-8»."
        ))
    } else {
        failure.next(both!(
            "Save it as \"CSV UTF-8\", or name the encoding in which these words are right:\n{}",
            "Сохраните его как «CSV UTF-8» или назовите кодировку, в которой эти слова верны:\n{}",
            examples.join("\n")
        ))
    };
    failure.ways(ways)
}
