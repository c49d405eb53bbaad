//! Credentials on cards and in lists: typing errors are caught, freedoms of writing are granted, orders are strict.

use std::collections::HashSet;

use veche_election::{
    CredentialList, CredentialSecret, PublicKey, Weight,
    credential::{CredentialError, ListError, base32_groups, typed_code},
};

use crate::fixture::{World, secret};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn read(text: &str) -> Result<String, CredentialError> {
    CredentialSecret::parse(text).map(|secret| secret.to_text().to_string())
}

#[test]
fn text_round_trip() {
    for i in 0..100 {
        let text = secret(i).to_text();
        assert_eq!(read(&text).as_deref(), Ok(text.as_str()));
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 8]);
        assert!(text.chars().all(|c| c == '-' || ALPHABET.contains(c)));
    }
}

#[test]
fn every_wrong_symbol_and_every_exchange_of_neighbours_is_caught() {
    let text = secret(5).to_text().replace('-', "");
    let mut tried = 0;
    for i in 0..32 {
        for symbol in ALPHABET.chars().filter(|c| !text[i..].starts_with(*c)) {
            let wrong = format!("{}{symbol}{}", &text[..i], &text[i + 1..]);
            assert_eq!(read(&wrong), Err(CredentialError::Checksum), "{wrong}");
            tried += 1;
        }
    }
    assert_eq!(tried, 32 * 31);
    for i in 0..31 {
        let (a, b) = (&text[i..=i], &text[i + 1..i + 2]);
        let wrong = format!("{}{b}{a}{}", &text[..i], &text[i + 2..]);
        let expected = if a == b { Ok(secret(5).to_text().to_string()) } else { Err(CredentialError::Checksum) };
        assert_eq!(read(&wrong), expected, "{wrong}");
    }
}

#[test]
fn whole_groups_exchanged_are_caught() {
    let text = secret(5).to_text();
    let groups: Vec<&str> = text.split('-').collect();
    for (i, j) in (0..8).flat_map(|i| (0..i).map(move |j| (i, j))).filter(|(i, j)| groups[*i] != groups[*j]) {
        let mut wrong = groups.clone();
        wrong.swap(i, j);
        assert_eq!(read(&wrong.join("-")), Err(CredentialError::Checksum), "{i} {j}");
    }
}

#[test]
fn freedoms_of_writing() {
    // A secret whose text has both 0 and 1.
    let text = (0..).map(|i| secret(i).to_text()).find(|t| t.contains('0') && t.contains('1')).unwrap();
    for other in [
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " "),
        text.replace('-', " - "),
        format!("  {}\n", *text),
        text.replace('0', "O"),
        text.replace('0', "o"),
        text.replace('1', "I"),
        text.replace('1', "i"),
        text.replace('1', "L"),
        text.replace('1', "l"),
        text.chars().map(|c| format!("{c}-")).collect(),
    ] {
        assert_eq!(read(&other).as_deref(), Ok(text.as_str()), "{other}");
    }
}

#[test]
fn other_texts_are_refused() {
    let text = secret(5).to_text();
    let symbol = |c: &str| format!("{}{c}", &text[..text.len() - 1]);
    for bad in ["U", "u", "!", "_", ".", "\u{0}", "Ж", "０"] {
        let strange = bad.chars().next().unwrap();
        assert_eq!(read(&symbol(bad)), Err(CredentialError::Symbol { symbol: strange, group: 8 }), "{bad:?}");
    }
    assert_eq!(read(""), Err(CredentialError::Length(0)));
    assert_eq!(read("- -"), Err(CredentialError::Length(0)));
    assert_eq!(read(&text[1..]), Err(CredentialError::Length(31)));
    assert_eq!(read(&format!("{}0", *text)), Err(CredentialError::Length(33)));
    assert_eq!(read(&text.replacen('-', "\t", 1)), Err(CredentialError::Length(33)));
    assert_eq!(read(&"0".repeat(32)), Err(CredentialError::Checksum));
}

/// What a person types, who has a Russian keyboard, or a telephone that makes dashes.
#[test]
fn what_is_typed_is_folded_and_a_file_is_not() {
    let twins = "AАBВCСEЕHНKКMМPРTТXХYУ".chars().collect::<Vec<_>>();
    for i in 0..40 {
        let text = secret(i).to_text();
        let mut cyrillic = text.to_string();
        for pair in twins.chunks(2) {
            cyrillic = cyrillic.replace(pair[0], &pair[1].to_string());
        }
        cyrillic = cyrillic.replacen('0', "О", 1);
        for typed in
            [cyrillic.clone(), cyrillic.to_lowercase(), cyrillic.replace('-', "\u{2014}"), text.replace('-', "\t")]
        {
            let read = CredentialSecret::typed(&typed).map(|secret| secret.to_text().to_string());
            assert_eq!(read.as_deref(), Ok(text.as_str()), "{typed}");
        }
        assert_eq!(typed_code(&cyrillic), text.replace('-', ""));
        assert!(cyrillic == **text || read(&cyrillic).is_err(), "{cyrillic}");
    }
    assert!(matches!(CredentialSecret::typed("Ж"), Err(CredentialError::Length(1))));
}

#[test]
fn whoever_types_is_told_where_to_look() {
    let text = secret(5).to_text();
    let typed = |text: &str| CredentialSecret::typed(text).map(|secret| secret.to_text().to_string());
    let symbols = text.replace('-', "");
    // One symbol of each group.
    for at in (0..32).step_by(5) {
        let other = if symbols[at..].starts_with('7') { "8" } else { "7" };
        let wrong = format!("{}{other}{}", &symbols[..at], &symbols[at + 1..]);
        assert_eq!(typed(&wrong), Err(CredentialError::Mistyped { group: at / 4 + 1 }), "{wrong}");
    }
    // Two neighbours.
    let at = (12..15).find(|at| symbols[*at..=*at] != symbols[at + 1..at + 2]).unwrap();
    let (a, b) = (&symbols[at..=at], &symbols[at + 1..at + 2]);
    let exchanged = format!("{}{b}{a}{}", &symbols[..at], &symbols[at + 2..]);
    assert_eq!(typed(&exchanged), Err(CredentialError::Mistyped { group: 4 }));
    // More than that is not found.
    assert_eq!(typed(&"0".repeat(32)), Err(CredentialError::Checksum));
    // A group that is not whole, where groups are divided.
    let groups: Vec<&str> = text.split('-').collect();
    let short = format!("{} {} {}", groups[..2].join(" "), &groups[2][1..], groups[3..].join(" "));
    assert_eq!(typed(&short), Err(CredentialError::Group { group: 3, symbols: 3 }));
    assert_eq!(typed(&symbols[1..]), Err(CredentialError::Length(31)));
    assert_eq!(typed(&groups[..7].join("-")), Err(CredentialError::Length(28)));
    let strange = format!("{}-7Ж77-{}", groups[0], groups[2..].join("-"));
    assert_eq!(typed(&strange), Err(CredentialError::Symbol { symbol: 'Ж', group: 2 }));
}

#[test]
fn secrets_are_not_printed_by_accident() {
    let key = secret(5).key(World::small(1).election.draft_id());
    assert_eq!(format!("{:?}", secret(5)), "CredentialSecret(redacted)");
    assert_eq!(format!("{key:?}"), format!("CredentialKey(SigningKey(secret; public {}))", key.public()));
}

#[test]
fn every_election_derives_another_key() {
    let drafts = [1, 2, 3].map(|seed| World::small(seed).election.draft_id());
    let keys: HashSet<PublicKey> =
        drafts.iter().flat_map(|draft| (0..20).map(|i| secret(i).key(*draft).public())).collect();
    assert_eq!(keys.len(), 60);
}

#[test]
fn base32_in_groups() {
    assert_eq!(base32_groups(&[]), "");
    assert_eq!(base32_groups(&[0x00]), "00");
    assert_eq!(base32_groups(&[0xff]), "ZW");
    assert_eq!(base32_groups(&[0x01, 0x23, 0x45, 0x67, 0x89]), "04HM-ASW9");
}

#[test]
fn the_list_is_strict() {
    let list = World::small(1).credentials.clone();
    let good = String::from_utf8(list.to_bytes()).unwrap();
    assert_eq!(CredentialList::parse(good.as_bytes()), Ok(list.clone()));
    assert_eq!(CredentialList::parse(b""), Ok(CredentialList::default()));
    assert!(list.lines().windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()), "ascending by bytes");
    let lines: Vec<&str> = good.lines().collect();
    let [first, second, third] = lines[..] else { panic!("three voters") };
    let key = first.split(' ').next().unwrap();
    let check =
        |text: String, error: ListError| assert_eq!(CredentialList::parse(text.as_bytes()), Err(error), "{text}");
    check(format!("{first}\n{third}\n{second}\n"), ListError::Order { line: 3 });
    check(format!("{first}\n{first}\n"), ListError::Order { line: 2 });
    check(format!("{first}\n{second}"), ListError::Line { line: 2 });
    check(format!("{first}\r\n{second}\r\n"), ListError::Line { line: 1 });
    check(format!("{first}\n\n{second}\n"), ListError::Line { line: 2 });
    check(format!("\u{FEFF}{first}\n"), ListError::Line { line: 1 });
    for weight in ["", "0", "01", "+1", "1.0", " 1", "1 ", "-1", "1099511627777"] {
        check(format!("{key} {weight}\n"), ListError::Line { line: 1 });
    }
    for key in ["", &"A".repeat(43), &key[1..], &format!("{key}=")] {
        check(format!("{key} 1\n"), ListError::Line { line: 1 });
    }
}

#[test]
fn weights_add_up_to_two_to_the_fortieth_at_most() {
    let key = |i: usize| World::small(1).key(i).public();
    let list = |weights: [u64; 2]| {
        let lines = weights.iter().enumerate().map(|(i, weight)| (key(i), Weight::new(*weight).unwrap()));
        CredentialList::parse(&CredentialList::new(lines.collect()).to_bytes())
    };
    assert_eq!(list([(1 << 40) - 1, 1]).unwrap().total_weight(), 1 << 40);
    assert_eq!(list([1 << 40, 1]), Err(ListError::Weight));
    assert_eq!(Weight::new((1 << 40) + 1), None);
    assert_eq!(Weight::new(0), None);
}
