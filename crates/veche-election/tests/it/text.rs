//! Row 39: what people supply reaches terminals, web pages and tables; it is cleaned at the door.

use unicode_normalization::UnicodeNormalization as _;
use veche_election::{
    Act, Signatory,
    entry::{CheckedControl, ControlLink, EntryError},
    text::{TextError, check, clean, skeleton},
};

use crate::fixture::{NOW, World};

/// Every class of character that turns a line around, hides, or commands a terminal.
const FORBIDDEN: [(u32, u32); 16] = [
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFD),
    (0xE0000, 0xE007F),
];

#[test]
fn row_39_control_and_direction_characters_are_refused_and_no_others() {
    for code in 0..=0x10FFFF {
        let Some(c) = char::from_u32(code) else { continue };
        let forbidden = FORBIDDEN.iter().any(|(from, to)| (*from..=*to).contains(&code));
        let expected = match forbidden {
            _ if !core::iter::once(c).nfc().eq([c]) => Err(TextError::NotComposed),
            true => Err(TextError::Forbidden { code, position: 3 }),
            false => Ok(()),
        };
        assert_eq!(check(&format!("a.{c}z"), 10), expected, "U+{code:04X}");
    }
}

#[test]
fn row_39_escape_codes_do_not_get_into_a_name_a_title_or_a_reason() {
    for good in ["Анна-Мария О’Нил", "=1+1", "<script>", "מרים", "Nguyễn Văn A", "👍", "a\u{A0}b"]
    {
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
        assert!(matches!(reason(&"x".repeat(501)), Err(EntryError::Reason(_))));
        assert!(matches!(reason(""), Err(EntryError::Reason(_))));
    }
}

#[test]
fn cleaning_composes_and_trims() {
    assert_eq!(clean("  Зое\u{308} \n", 10).as_deref(), Ok("Зо\u{451}"));
    assert_eq!(clean("e\u{301}", 1).as_deref(), Ok("é"));
    assert_eq!(clean(" \t ", 10), Err(TextError::Empty));
    assert_eq!(clean("Анна", 3), Err(TextError::TooLong { max: 3 }));
    assert_eq!(check(" Анна", 10), Err(TextError::Empty));
    assert_eq!(check("", 10), Err(TextError::Empty));
    assert_eq!(check("e\u{301}", 10), Err(TextError::NotComposed));
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
    apart("Анна", "Инна");
    apart("Ivanov", "Ivanova");
}
