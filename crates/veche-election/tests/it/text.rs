//! Rows 39 and 55: what people supply reaches terminals, web pages and tables; it is cleaned at the door, by Unicode's
//! rules where it is made, by fixed lists where it is read.

use serde_json::Value;
use veche_election::{
    Act, Signatory,
    checkpoint::Witness,
    entry::{CheckedControl, ControlLink, EntryError},
    text::{TextError, check, clean, is_forbidden, is_invisible, is_white_space, skeleton},
};

use crate::{
    fixture::{NOW, World},
    vectors,
};

type Ranges = Vec<(u32, u32)>;

fn list(file: &Value, name: &str) -> Ranges {
    serde_json::from_value(file[name].clone()).unwrap()
}

/// A list's name in the vectors, its name in the specification's table, and the function that answers by it.
type List = (&'static str, &'static str, fn(char) -> bool);

fn lists() -> [List; 3] {
    [
        ("white_space", "white space", is_white_space),
        ("forbidden", "forbidden", is_forbidden),
        ("invisible", "invisible", is_invisible),
    ]
}

#[test]
fn row_55_the_lists_are_those_of_the_vectors_for_every_character() {
    let file = vectors::read("texts.json");
    for (name, _, ours) in lists() {
        let ranges = list(&file, name);
        for c in '\0'..=char::MAX {
            let theirs = ranges.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(c)));
            assert_eq!(ours(c), theirs, "{name}: U+{:04X}", u32::from(c));
        }
    }
}

#[test]
fn row_55_the_lists_are_those_of_the_specification() {
    let hex = |text: &str| u32::from_str_radix(text, 16).unwrap();
    let (file, spec) = (vectors::read("texts.json"), include_str!("../../../../docs/spec/marks.md"));
    for (name, title, _) in lists() {
        let row = spec.lines().find_map(|line| line.strip_prefix(&format!("| {title} | "))).unwrap();
        let listed = row.split([',', '|']).next().unwrap().split_whitespace();
        let listed: Ranges = listed
            .map(|range| range.split_once('-').unwrap_or((range, range)))
            .map(|(from, to)| (hex(from), hex(to)))
            .collect();
        let mut expected = list(&file, name);
        // "and FFFE-FFFF of every plane": of the first one they stand in the row.
        expected.retain(|(from, _)| from & 0xFFFE != 0xFFFE || *from == 0xFFFE);
        assert_eq!(listed, expected, "{title}");
    }
}

#[test]
fn row_55_the_vectors_of_texts_hold() {
    let file = vectors::read("texts.json");
    let text = |case: &Value| check(case["text"].as_str().unwrap(), case["max"].as_u64().unwrap() as usize);
    vectors::each(&file["valid"], |name, case| assert_eq!(text(case), Ok(()), "{name}"));
    vectors::each(&file["invalid"], |name, case| assert!(text(case).is_err(), "{name}"));
    let witness = |case: &Value| Witness::parse(case["key"].as_str().unwrap()).is_some();
    vectors::each(&file["witnesses"]["valid"], |name, case| assert!(witness(case), "{name}"));
    vectors::each(&file["witnesses"]["invalid"], |name, case| assert!(!witness(case), "{name}"));
}

/// What a name cannot be written without, in its language.
#[test]
fn row_55_names_that_need_joiners_and_emoji_that_need_selectors_are_taken() {
    let good = [
        ("Persian: ZWNJ after a letter that would join", "علی\u{200C}زاده"),
        ("Persian: a word of two parts", "می\u{200C}خواهم"),
        ("Hindi: half a letter", "क्\u{200D}ष"),
        ("Hindi: no ligature", "क्\u{200C}ष"),
        ("Marathi: eyelash ra", "तऱ्\u{200D}हा"),
        ("Sinhala", "ශ්\u{200D}රී ලංකා"),
        ("Malayalam: chillu at the end", "അവന്\u{200D}"),
        ("Bengali: ra before a virama", "র\u{200D}্যাব"),
        ("Kannada: ra before a virama", "ರ\u{200D}್ಕ"),
        ("Mongolian: vowel separator and variant", "ᠰᠠᠷ\u{180E}ᠠ ᠭ\u{180B}ᠠ"),
        ("Japanese: the family's way to write a name", "葛\u{E0100}城"),
        ("a red heart", "❤\u{FE0F}"),
        ("a keycap", "1\u{FE0F}\u{20E3}"),
        ("a doctor", "👩🏽\u{200D}⚕\u{FE0F}"),
        ("a rainbow flag", "🏳\u{FE0F}\u{200D}🌈"),
        ("braille", "⠁⠀⠃"),
        ("Hebrew with points", "מִרְיָם"),
        ("Vietnamese", "Nguyễn Văn A"),
        ("Thai", "ที่นี่"),
        ("no-break space", "a\u{A0}b"),
    ];
    for (what, name) in good {
        assert_eq!(clean(name, 100).as_deref(), Ok(name), "{what}");
        assert_eq!(check(name, 100), Ok(()), "{what}");
    }
}

#[test]
fn row_55_names_that_show_nothing_are_refused() {
    let blank = [
        "\u{2800}",
        "\u{2800}\u{2800}",
        "\u{FE0F}",
        "\u{FE00}\u{E0100}",
        "\u{200C}\u{200D}",
        "\u{17B4}",
        "\u{1D159}",
        "\u{13441}",
        "\u{2800}\u{3000}\u{FE0F}",
        "\u{180B}",
        "\u{1D173}",
        "\u{1BCA0}",
        "\u{16FE4}",
    ];
    for name in blank {
        assert_eq!(check(name, 100), Err(TextError::Blank), "{name:?}");
        assert_eq!(clean(name, 100), Err(TextError::Blank), "{name:?}");
    }
    for name in ["\u{3164}", "\u{115F}", "\u{1160}", "\u{FFA0}", "\u{34F}", "\u{E0041}", "\u{2060}", "\u{200B}"] {
        assert!(matches!(check(name, 100), Err(TextError::Forbidden { .. })), "{name:?}");
        assert!(matches!(clean(name, 100), Err(TextError::Forbidden { .. })), "{name:?}");
    }
}

/// Whoever makes a text is held to more than whoever reads it.
#[test]
fn row_55_what_changes_nothing_where_it_stands_is_read_but_not_made() {
    let misplaced = |text: &str, position| {
        assert_eq!(check(text, 100), Ok(()), "{text:?}");
        let found = clean(text, 100).unwrap_err();
        assert!(matches!(found, TextError::Misplaced { position: at, .. } if at == position), "{text:?} {found:?}");
    };
    misplaced("ann\u{200C}a", 4);
    misplaced("ann\u{200D}a", 4);
    misplaced("анна\u{200D}", 5);
    // A letter that joins nothing behind it, a virama before a dependent vowel, a joiner twice.
    misplaced("دار\u{200C}ا", 4);
    misplaced("क्\u{200D}ा", 3);
    misplaced("علی\u{200C}\u{200C}زاده", 4);
    misplaced("👩\u{200D}", 2);
    misplaced("a\u{FE0F}", 2);
    misplaced("❤\u{FE0F}\u{FE0F}", 3);
    misplaced("a\u{E0100}", 2);
    misplaced("a\u{180B}", 2);
    misplaced("a\u{17B4}", 2);
    misplaced("a\u{1D173}", 2);
    for (text, code) in [("x\u{E000}", 0xE000), ("x\u{3FFFD}", 0x3FFFD), ("x\u{378}", 0x378)] {
        assert_eq!(check(text, 100), Ok(()), "{text:?}");
        assert_eq!(clean(text, 100), Err(TextError::Unknown { code, position: 2 }), "{text:?}");
    }
    let stacked = |text: &str, position| assert_eq!(clean(text, 100), Err(TextError::Stacked { position }), "{text:?}");
    stacked("\u{301}a", 1);
    stacked("b\u{302}\u{301}\u{302}\u{301}\u{302}", 6);
    assert!(clean("b\u{302}\u{301}\u{302}\u{301}", 100).is_ok());
}

#[test]
fn row_39_escape_codes_do_not_get_into_a_name_a_title_or_a_reason() {
    for good in ["Анна-Мария О’Нил", "=1+1", "<script>", "מרים", "👍"] {
        assert_eq!(check(good, 100), Ok(()), "{good}");
        assert_eq!(clean(good, 100).as_deref(), Ok(good));
    }
    for bad in ["\u{1B}[2J", "a\u{1B}]0;x\u{7}", "a\rb", "a\nb", "a\u{9B}31m", "moc.\u{202E}live", "a\u{2066}b"] {
        assert!(matches!(check(bad, 100), Err(TextError::Forbidden { .. })), "{bad:?}");
        assert!(matches!(clean(bad, 100), Err(TextError::Forbidden { .. })), "{bad:?}");
        let world = World::small(1);
        let reason = |reason: &str| {
            let act = Act::Pause { reason: reason.into() };
            CheckedControl::check(&world.control(ControlLink::FIRST, NOW, Signatory::Organiser, act), &world.election)
        };
        reason("fire alarm").unwrap();
        assert!(matches!(reason(bad), Err(EntryError::Reason(_))), "{bad:?}");
        assert!(matches!(reason("\u{2800}"), Err(EntryError::Reason(_))));
        assert!(matches!(reason(&"x".repeat(501)), Err(EntryError::Reason(_))));
        assert!(matches!(reason(""), Err(EntryError::Reason(_))));
    }
}

#[test]
fn cleaning_composes_and_trims() {
    assert_eq!(clean("  Зое\u{308} \n", 10).as_deref(), Ok("Зо\u{451}"));
    assert_eq!(clean("\u{3000}Зоя\u{A0}", 10).as_deref(), Ok("Зоя"));
    assert_eq!(clean("e\u{301}", 1).as_deref(), Ok("é"));
    assert_eq!(clean(" \t ", 10), Err(TextError::Empty));
    assert_eq!(clean("Анна", 3), Err(TextError::TooLong { max: 3 }));
    assert_eq!(check(" Анна", 10), Err(TextError::Empty));
    assert_eq!(check("", 10), Err(TextError::Empty));
    // Who reads neither composes nor asks whether it is composed.
    assert_eq!(check("e\u{301}", 10), Ok(()));
}

#[test]
fn texts_that_look_alike_have_one_skeleton() {
    let alike = |a: &str, b: &str| assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
    let apart = |a: &str, b: &str| assert_ne!(skeleton(a), skeleton(b), "{a} {b}");
    alike("Сора", "Copa");
    alike("ANNA", "anna");
    alike("Анна  Ли", "АннаЛи");
    alike("Зо\u{451}", "Зое\u{308}");
    alike("rnax", "max");
    alike("علی\u{200C}زاده", "علیزاده");
    alike("❤\u{FE0F}", "❤");
    apart("Анна", "Инна");
    apart("Ivanov", "Ivanova");
}
