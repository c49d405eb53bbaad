//! Row 8: one serialisation only. Every other text of the same JSON value is refused, wherever JSON is read.

use veche_election::{Act, Signatory};
use veche_election::{
    Election, Receipt,
    entry::{CheckedBallot, CheckedControl, ControlLink, EntryError, Position},
    manifest::ManifestError,
    receipt::{ReceiptError, ReceiptFile},
};

use crate::fixture::{NOW, World, finished, seal, text, unsigned};

/// Other texts for the value of a compact JSON object, or for what a lax reader would take for the same value:
/// white space at every place between tokens, every symbol of every string escaped, every number in other forms, in
/// every object the first member doubled, exchanged with the second, and joined by an unknown one.
fn other_forms(good: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |name: String, from: usize, to: usize, by: &str| {
        out.push((format!("{name} at {from}"), format!("{}{by}{}", &good[..from], &good[to..])));
    };
    let (mut in_string, mut escaped) = (false, false);
    for (i, c) in good.char_indices() {
        let end = i + c.len_utf8();
        if !in_string {
            for space in [" ", "\n", "\t", "\r"] {
                add(format!("white space {space:?}"), i, i, space);
            }
        }
        match (in_string, c) {
            (true, '"') if !escaped => in_string = false,
            (true, '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (true, c) if !escaped => add(format!("escaped {c:?}"), i, end, &format!("\\u{:04x}", c as u32)),
            (true, _) => {}
            (false, '"') => in_string = true,
            (false, '0'..='9') if !good[..i].ends_with(|c: char| c.is_ascii_digit()) => {
                let digits: String = good[i..].chars().take_while(char::is_ascii_digit).collect();
                for form in ["0#", "+#", "#.0", "#e0", "#E0", "#0e-1", "\"#\"", "#.", "-#"] {
                    add(format!("number as {form}"), i, i + digits.len(), &form.replace('#', &digits));
                }
            }
            (false, '{') => {
                add("unknown member".into(), end, end, "\"zz\":0,");
                let (first, second) = first_members(&good[end..]);
                add("member doubled".into(), end, end, &format!("{first},"));
                if !second.is_empty() {
                    let both = end + first.len() + 1 + second.len();
                    add("members exchanged".into(), end, both, &format!("{second},{first}"));
                    add("member missing".into(), end, end + first.len() + 1, "");
                }
            }
            (false, '}') => add("comma before the end".into(), i, i, ","),
            (false, _) => {}
        }
        escaped = false;
    }
    for (name, by) in [("a line end", "\n"), ("a second value", "{}"), ("a zero byte", "\0")] {
        add(format!("{name} behind"), good.len(), good.len(), by);
    }
    add("byte-order mark".into(), 0, 0, "\u{FEFF}");
    out
}

/// The first two members of an object whose text begins here.
fn first_members(text: &str) -> (&str, &str) {
    let end = |text: &str| {
        let (mut depth, mut in_string, mut escaped) = (0, false, false);
        for (i, c) in text.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = !in_string,
                _ if in_string => {}
                '{' | '[' => depth += 1,
                ',' | '}' if depth == 0 => return i,
                '}' | ']' => depth -= 1,
                _ => {}
            }
        }
        text.len()
    };
    let first = &text[..end(text)];
    let rest = text[first.len()..].strip_prefix(',').unwrap_or_default();
    (first, &rest[..end(rest)])
}

/// The good text is read, every other form of it refused for its form.
fn check(what: &str, good: &str, is_form_error: impl Fn(&str) -> Option<bool>, least: usize) {
    assert_eq!(is_form_error(good), None, "{what}: the good form was refused");
    let forms = other_forms(good);
    assert!(forms.len() >= least, "{what}: only {} other forms", forms.len());
    for (name, form) in forms {
        assert_eq!(is_form_error(&form), Some(true), "{what}, {name}: {form}");
    }
}

#[test]
fn row_08_a_ballot_entry_has_one_form() {
    let world = World::small(1);
    let key = world.key(0).0;
    let good = format!("{}}}", unsigned(&world.ballot(0, Position::FIRST, "45*")));
    // Signed anew in each form, so that nothing but the form is wrong.
    let read = |form: &str| {
        let signed = match form.strip_suffix('}') {
            Some(form) => seal("veche-entry-2", form, &key),
            None => form.as_bytes().to_vec(),
        };
        CheckedBallot::check(&signed, &world.election, &crate::fixture::WEIGHTS)
            .err()
            .map(|e| matches!(e, EntryError::Canonical(_)))
    };
    check("ballot", &good, read, 350);
}

#[test]
fn row_08_a_control_entry_has_one_form() {
    let world = World::small(1);
    let act = Act::Pause { reason: "power \"cut\" \\ flood".into() };
    let good = text(&world.control(ControlLink::FIRST, NOW, Signatory::Organiser, act));
    let good = format!("{}}}", unsigned(good.as_bytes()));
    let read = |form: &str| {
        let signed = match form.strip_suffix('}') {
            Some(form) => seal("veche-control-2", form, &world.organiser),
            None => form.as_bytes().to_vec(),
        };
        CheckedControl::check(&signed, &world.election).err().map(|e| matches!(e, EntryError::Canonical(_)))
    };
    check("control", &good, read, 300);
}

#[test]
fn row_08_the_manifest_has_one_form() {
    let good = text(World::small(1).election.bytes());
    let read = |form: &str| Election::parse(form.as_bytes()).err().map(|e| matches!(e, ManifestError::Canonical(_)));
    check("manifest", &good, read, 2000);
}

#[test]
fn row_08_a_receipt_file_has_one_form() {
    let world = World::small(1);
    let receipt: Receipt = finished(&world).receipt(3, 5);
    let good = text(&veche_election::canonical::write(&ReceiptFile::new(receipt, &world.election)));
    let read = |form: &str| match ReceiptFile::parse(form.as_bytes()) {
        // One line end behind it is allowed: it is a file that people keep.
        Ok(_) if form.strip_suffix('\n') == Some(&good) => Some(true),
        Ok(_) => None,
        Err(error) => Some(matches!(error, ReceiptError::Canonical(_))),
    };
    check("receipt file", &good, read, 2500);
}

#[test]
fn row_08_values_of_another_kind_are_refused_though_signed() {
    let world = World::small(1);
    let entry = world.ballot(0, Position::FIRST, "45*");
    let good = unsigned(&entry);
    let zeros = "A".repeat(43);
    for (name, from, to) in [
        ("null for a number", "\"seq\":1", "\"seq\":null"),
        ("a huge number", "\"seq\":1", "\"seq\":18446744073709551616"),
        ("true for a number", "\"seq\":1", "\"seq\":true"),
        ("a secret ballot", "\"open\"", "\"secret\""),
        ("a kind in capitals", "\"open\"", "\"Open\""),
        ("no kind", "\"kind\":\"open\",", ""),
        ("marks not in a list", "[\"45*\"]", "\"45*\""),
        ("marks as numbers", "[\"45*\"]", "[45]"),
        ("the ballot as a list", "{\"kind\":\"open\",\"marks\":[\"45*\"]}", "[\"open\",[\"45*\"]]"),
        ("a hash with padding", &zeros, &format!("{zeros}=")),
        ("a hash with idle bits", &zeros, &format!("{}B", &zeros[..42])),
        ("a hash of 31 bytes", &zeros, &zeros[..42]),
        ("a hash in the other alphabet", &zeros, &format!("+{}", &zeros[..42])),
        ("half a surrogate pair", "45*", "\\ud800"),
    ] {
        assert!(good.contains(from), "{name}");
        let bad = seal("veche-entry-2", &good.replacen(from, to, 1), &world.key(0).0);
        assert!(matches!(world.refusal(&bad), EntryError::Canonical(_)), "{name}");
    }
    world.check_ballot(&seal("veche-entry-2", good, &world.key(0).0));
    // Readers of structs also take lists of their fields.
    let fields: Vec<serde_json::Value> = serde_json::from_slice::<serde_json::Map<_, _>>(&entry)
        .map(|map| ["v", "election", "credential", "seq", "prev", "ballot", "sig"].map(|key| map[key].clone()).into())
        .unwrap();
    assert!(matches!(world.refusal(&serde_json::to_vec(&fields).unwrap()), EntryError::Canonical(_)));
    assert!(matches!(world.refusal(b""), EntryError::Canonical(_)));
    assert!(matches!(world.refusal(&[0xff; 200]), EntryError::Canonical(_)));
    assert!(matches!(world.refusal("[".repeat(60_000).as_bytes()), EntryError::Canonical(_)));
}
