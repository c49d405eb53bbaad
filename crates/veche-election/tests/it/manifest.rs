//! The manifest: each bound from both sides, and ids that name every byte.

use std::collections::HashSet;

use veche_election::{
    BallotEntry, Contest, ContestKind, Draft, Election, Hash, Jwk, Manifest, Secrecy, canonical,
    entry::{Position, SEQ_MAX},
    manifest::{About, Better, Order, TrusteePlan},
    rules::TieStep,
};

use crate::{
    fixture::{World, contest, jwk, secret, small_contest},
    secret::secret_world,
    world,
};

fn manifest() -> Manifest {
    canonical::parse(World::small(1).election.bytes()).unwrap()
}

fn parse(change: impl FnOnce(&mut Manifest)) -> Result<Election, String> {
    let mut manifest = manifest();
    change(&mut manifest);
    Election::parse(&canonical::write(&manifest)).map_err(|error| error.to_string())
}

fn accepted(change: impl FnOnce(&mut Manifest)) {
    parse(change).unwrap();
}

fn refused(why: &str, change: impl FnOnce(&mut Manifest)) {
    let error = parse(change).expect_err(why);
    assert!(error.contains(why), "expected {why:?}, got {error:?}");
}

fn first(manifest: &mut Manifest) -> &mut Contest {
    &mut manifest.draft.contests[0]
}

/// Adapts the payload sizes, so that only the size of the entry is tried.
fn sized(manifest: &mut Manifest, change: impl FnOnce(&mut Manifest)) {
    change(manifest);
    manifest.session = manifest.draft.session_sizes();
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

#[test]
fn texts() {
    for (what, max) in [("title", 200), ("contest", 200), ("candidate", 100)] {
        let set = |m: &mut Manifest, text: String| match what {
            "title" => m.draft.title = text,
            "contest" => first(m).title = text,
            _ => first(m).candidates[1] = text,
        };
        accepted(|m| set(m, "Ж".repeat(max)));
        refused("is longer than", |m| set(m, "Ж".repeat(max + 1)));
        refused("is empty", |m| set(m, String::new()));
        refused("is empty", |m| set(m, " Anna".into()));
        refused("is empty", |m| set(m, "Anna\u{A0}".into()));
        refused("shows nothing", |m| set(m, "\u{2800}".into()));
        // Judged without tables of Unicode: not composed, or assigned one day.
        accepted(|m| set(m, "Зое\u{308} \u{3FFFD}".into()));
        refused("U+202E", |m| set(m, "Anna\u{202E}".into()));
        refused("U+001B", |m| set(m, "\u{1B}[31mAnna".into()));
    }
    refused("the name of candidate 2 of contest 1", |m| first(m).candidates[1] = "\0".into());
    refused("two candidates are named \"Анна\"", |m| first(m).candidates[2] = "Анна".into());
}

#[test]
fn numbers_of_things() {
    accepted(|m| sized(m, |m| m.draft.contests = vec![small_contest(); 50]));
    refused("the number of contests must be 1 to 50, but is 51", |m| m.draft.contests = vec![small_contest(); 51]);
    refused("contests must be 1 to 50, but is 0", |m| m.draft.contests.clear());
    accepted(|m| sized(m, |m| first(m).candidates = numbered(500)));
    accepted(|m| first(m).candidates = numbered(1));
    refused("candidates must be 1 to 500, but is 501", |m| sized(m, |m| first(m).candidates = numbered(501)));
    refused("candidates must be 1 to 500, but is 0", |m| first(m).candidates.clear());
    accepted(|m| sized(m, |m| first(m).levels = numbered(101)));
    accepted(|m| first(m).levels = numbered(2));
    refused("levels must be 2 to 101, but is 102", |m| sized(m, |m| first(m).levels = numbered(102)));
    refused("levels must be 2 to 101, but is 1", |m| first(m).levels = numbered(1));
    for (good, bad) in [(1, 0), (100, 101)] {
        accepted(|m| m.draft.attempts_max = good);
        refused("attempts_max must be 1 to 100", |m| m.draft.attempts_max = bad);
    }
    for (good, bad) in [(1, 0), (86_400, 86_401), (900, u64::MAX)] {
        accepted(|m| m.draft.session_timeout_s = good);
        refused("session_timeout_s must be 1 to 86,400", |m| m.draft.session_timeout_s = bad);
    }
    for (good, bad) in [(1, 0), (1 << 40, (1 << 40) + 1), (1, u64::MAX)] {
        accepted(|m| m.roll.weight = good);
        refused("the total weight must be 1 to 2^40", |m| m.roll.weight = bad);
    }
}

#[test]
fn levels() {
    let set =
        |names: &'static [&str]| move |m: &mut Manifest| first(m).levels = names.iter().map(|&n| n.into()).collect();
    accepted(set(&["-1000000", "0", "1000000"]));
    accepted(set(&["плохо", "хорошо"]));
    accepted(set(&["F", "E", "D", "C", "B", "A"]));
    accepted(set(&["1.5", "0.5"]));
    refused("a numeric level is beyond 1,000,000", set(&["0", "1000001"]));
    refused("a numeric level is beyond 1,000,000", set(&["-1000001", "0"]));
    refused("numeric levels must ascend", set(&["5", "4", "3"]));
    refused("numeric levels must ascend", set(&["1", "3", "2"]));
    refused("two levels are named \"ok\"", set(&["ok", "no", "ok"]));
    refused("the level \"*\"", set(&["*", "ok"]));
    for bad in ["a,b", "a b", "a\u{A0}b", "a\"", "a'", "a\\", "5*"] {
        refused("contains a comma, space", |m| first(m).levels[1] = bad.into());
    }
    refused("some levels are numbers", set(&["1", "2", "many"]));
    refused("some levels are numbers", set(&["1", "+2"]));
    refused("some levels are numbers", set(&["01", "02"]));
    refused("some levels are numbers", set(&["-0", "1"]));
    accepted(|m| sized(m, |m| first(m).levels = vec!["x".repeat(32), "y".into()]));
    refused("is longer than 32", |m| sized(m, |m| first(m).levels = vec!["x".repeat(33), "y".into()]));
    refused("is empty", |m| first(m).levels[1] = String::new());
}

#[test]
fn values_are_numbers_or_positions() {
    let values = |levels: &[&str]| contest(&["A"], levels, true).values();
    assert_eq!(values(&["-2", "0", "7"]), [-2, 0, 7]);
    assert_eq!(values(&["bad", "good", "best"]), [0, 1, 2]);
    assert!(contest(&["A"], &["я", "б"], true).is_compact());
    assert!(!contest(&["A"], &["9", "10"], true).is_compact());
}

#[test]
fn times_version_keys_and_sizes() {
    accepted(|m| (m.draft.opens, m.draft.closes) = (Some(10), Some(11)));
    accepted(|m| (m.draft.opens, m.draft.closes) = (Some(10), None));
    accepted(|m| (m.draft.opens, m.draft.closes) = (None, Some(0)));
    refused("closes before it opens", |m| (m.draft.opens, m.draft.closes) = (Some(10), Some(10)));
    refused("closes before it opens", |m| (m.draft.opens, m.draft.closes) = (Some(10), Some(9)));
    accepted(|m| (m.draft.opens, m.draft.closes) = (Some((1 << 53) - 1), Some(1 << 53)));
    refused("a time must be at most 2^53", |m| m.draft.opens = Some((1 << 53) + 1));
    refused("a time must be at most 2^53", |m| m.draft.closes = Some(u64::MAX));
    refused("of version \"veche-election-1\"", |m| m.v = "veche-election-1".into());
    refused("of version \"\"", |m| m.v = String::new());
    accepted(|m| (m.session.up_bytes, m.session.down_bytes) = (262_144, 262_144));
    refused("the size of sealed payloads", |m| m.session.up_bytes -= 1);
    refused("the size of sealed payloads", |m| m.session.down_bytes -= 1);
    refused("the size of sealed payloads", |m| m.session.up_bytes = 262_145);
    refused("the size of sealed payloads", |m| m.session.down_bytes = 262_145);
}

#[test]
fn server_keys_have_the_right_shape() {
    for bytes in [256, 384, 512] {
        accepted(|m| m.keys.server_enc = Jwk::from_modulus(&vec![0xff; bytes]).unwrap());
        accepted(|m| m.keys.server_sig = Jwk::from_modulus(&vec![0xff; bytes]).unwrap());
    }
    assert!(Jwk::from_modulus(&[0xff; 128]).is_err(), "1024 bits");
    assert!(Jwk::from_modulus(&[0xff; 383]).is_err(), "one byte short");
    assert!(Jwk::from_modulus(&[0xfe; 384]).is_err(), "even");
    assert!(Jwk::from_modulus(&[0x7f; 384]).is_err(), "top bit clear");
    assert!(Jwk::from_modulus(&[&[0], &[0xff; 384][..]].concat()).is_err(), "leading zero");
    let good = serde_json::to_string(&jwk(0x22)).unwrap();
    let n = good.split('"').nth(7).unwrap();
    for (from, to) in [
        ("\"AQAB\"", "\"AQ\""),
        ("\"AQAB\"", "\"Aw\""),
        ("\"AQAB\"", "\"AAEAAQ\""),
        ("\"RSA\"", "\"rsa\""),
        ("\"RSA\"", "\"oct\""),
        (n, &format!("{n}==")),
        (n, &n[4..]),
        (n, &format!("AAAA{n}")),
        (n, ""),
    ] {
        let text = good.replacen(from, to, 1);
        let bad: Jwk = serde_json::from_str(&text).unwrap();
        assert!(bad.modulus().is_err(), "{text}");
        refused("a server key is not", |m| m.keys.server_enc = bad.clone());
        refused("a server key is not", |m| m.keys.server_sig = bad);
    }
    refused("one key stands for two", |m| m.keys.server_sig = m.keys.server_enc.clone());
    refused("one key stands for two", |m| m.keys.organiser = m.keys.board);
    let private = good.replace("\"e\"", "\"d\":\"AQAB\",\"e\"");
    assert!(serde_json::from_str::<Jwk>(&private).is_err(), "members of a private key");
}

#[test]
fn what_is_said_of_candidates_is_plain_bounded_and_in_their_order() {
    let about = |candidate: &str, text: Option<&str>, link: Option<&str>| About {
        candidate: candidate.into(),
        text: text.map(Into::into),
        link: link.map(Into::into),
    };
    let name = |m: &Manifest, i: usize| m.draft.contests[0].candidates[i].clone();
    let said = |list: Vec<(usize, Option<&'static str>, Option<&'static str>)>| {
        move |m: &mut Manifest| {
            let list = list.iter().map(|(i, text, link)| about(&name(m, *i), *text, *link)).collect();
            first(m).about = list;
        }
    };
    accepted(said(vec![
        (0, Some("Builds bridges."), None),
        (2, Some("Чинит крыши"), Some("https://example.org/a?b=1#c")),
    ]));
    accepted(said(vec![(1, None, Some("http://[2001:db8::1]:8080/"))]));
    accepted(|m| first(m).order = Order::Random);
    let order = "descriptions and links stand in the order of the candidates";
    refused(order, said(vec![(1, Some("x"), None), (0, Some("x"), None)]));
    refused(order, said(vec![(1, Some("x"), None), (1, Some("x"), None)]));
    refused(order, said(vec![(1, None, None)]));
    refused(order, move |m| first(m).about = vec![about("Nobody", Some("x"), None)]);
    for bad in ["two\nlines", " x", "", "a\u{202e}b"] {
        refused("a description in contest 1", said(vec![(0, Some(bad), None)]));
    }
    for bad in [
        "example.org",
        "https://",
        "javascript:alert(1)",
        "https:///x",
        "https://a b",
        "https://é.org",
        "HTTP://x",
        "https://x/\"",
        "https://x/<b>",
        "ftp://x",
        "https://x\\y",
    ] {
        refused("is no link", said(vec![(0, None, Some(bad))]));
    }
    let long = "x".repeat(1001);
    refused("a description in contest 1", move |m| {
        let n = name(m, 0);
        first(m).about = vec![about(&n, Some(&long), None)];
    });
    let many = |count: usize| {
        move |m: &mut Manifest| {
            let text = "я".repeat(1000);
            let one = Contest { candidates: numbered(count), ..first(m).clone() };
            let said = (0..count).map(|i| about(&one.candidates[i], Some(&text), None)).collect();
            m.draft.contests = vec![Contest { about: said, ..one }];
            sized(m, |_| ());
        }
    };
    accepted(many(100));
    refused("all descriptions and links", many(101));
}

#[test]
fn no_ballot_is_longer_than_the_manifest_says() {
    let named = |count: usize| Contest { candidates: numbered(count), ..contest(&[], &["x", &"Ж".repeat(32)], true) };
    for contests in [vec![small_contest()], vec![small_contest(); 50], vec![named(500)], vec![named(100); 7]] {
        let draft = Draft { contests: contests.clone(), ..world::draft() };
        let longest = |c: &Contest| {
            let level = c.levels.iter().max_by_key(|level| level.len()).unwrap();
            vec![level.as_str(); c.candidates.len()].join(if c.is_compact() { "" } else { "," })
        };
        let at = Position { seq: SEQ_MAX, prev: Hash([0xff; 32]) };
        let entry =
            BallotEntry::sign(Hash([0xff; 32]), &secret(0).key(draft.id()), at, contests.iter().map(longest).collect());
        let bound = draft.entry_max_bytes();
        assert!(entry.len() <= bound && bound < entry.len() + 100, "{} of {bound}", entry.len());
    }
    // A candidate of these contests needs 65 bytes: 400 + 3 * 3 + 1001 * 65 = 65,474.
    let three = |count| {
        let contests = vec![named(500), named(500), named(count)];
        move |m: &mut Manifest| sized(m, |m| m.draft.contests = contests)
    };
    accepted(three(1));
    refused("its largest entry would be 65539 bytes", three(2));
}

#[test]
fn ids_change_with_every_byte() {
    let good = World::small(1).election.clone();
    let text = core::str::from_utf8(good.bytes()).unwrap();
    let draft_part = text.find("\"draft\":").unwrap() + 8..text.find(",\"keys\":").unwrap();
    let (mut ids, mut accepted) = (HashSet::from([good.id()]), 0);
    for i in 0..good.bytes().len() {
        for bit in 0..8 {
            let mut bytes = good.bytes().to_vec();
            bytes[i] ^= 1 << bit;
            let Ok(other) = Election::parse(&bytes) else { continue };
            accepted += 1;
            assert!(ids.insert(other.id()), "byte {i}, bit {bit}: an id twice");
            assert_eq!(other.draft_id() != good.draft_id(), draft_part.contains(&i), "byte {i}, bit {bit}");
        }
    }
    assert!(accepted > 1000, "only {accepted} mutants were manifests at all");
    assert_eq!(Election::parse(good.bytes()).unwrap().id(), good.id());
}

#[test]
fn directions_and_rules_are_part_of_the_id() {
    let good = World::small(1).election.id();
    let lower = World::with(|draft| draft.contests[0].better = Better::Lower).election.id();
    assert_ne!(good, lower);
}

/// Keys, times trustees, times threshold: refused by one too much, with the numbers.
#[test]
fn what_a_ceremony_deals_is_bounded() {
    let draft = |candidates: usize, blank: bool, count: u32, threshold: u32| {
        let mut draft = World::small(1).election.draft().clone();
        let single = Contest {
            kind: ContestKind::Single,
            candidates: numbered(candidates),
            levels: numbered(2),
            blank,
            ..draft.contests[0].clone()
        };
        draft.contests = vec![single];
        (draft.secrecy, draft.trustees) = (Secrecy::Secret, Some(TrusteePlan { count, threshold }));
        draft
    };
    for (candidates, blank, count, threshold) in [(9, false, 50, 50), (400, true, 50, 1), (400, true, 10, 5)] {
        let fits = draft(candidates, blank, count, threshold);
        assert_eq!(fits.ceremony_plan().unwrap().keys as usize, candidates - usize::from(!blank));
        fits.check().unwrap();
        let beyond = draft(candidates + 1, blank, count, threshold);
        let keys = beyond.ceremony_plan().unwrap().keys;
        let error = beyond.check().unwrap_err().to_string();
        let numbers = format!("{keys} keys, {count} trustees, {threshold} of whom");
        assert!(error.contains(&numbers), "{error}");
        // A lot has a key of its own, and the others are as many as the longest row has bits.
        let mut lot = fits.clone();
        lot.contests[0].rule.ties = vec![TieStep::Lot];
        assert_eq!(lot.ceremony_plan().unwrap().keys, fits.ceremony_plan().unwrap().keys + 1);
        lot.check().unwrap_err();
    }
    assert!(World::small(1).election.draft().ceremony_plan().is_none(), "an open election has no ceremony");
}

/// A known relation of two keys lets everybody read rows; so does one between the lot's key, which is opened, and another.
#[test]
fn keys_that_are_zero_or_equal_or_not_as_many_as_there_should_be_are_refused() {
    for lot in [false, true] {
        let world = secret_world(|draft| draft.contests[0].rule.ties.extend(lot.then_some(TieStep::Lot)));
        let election = &world.election;
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut named = election.trustee_keys().unwrap().clone();
            change(&mut named.keys.0);
            let (draft, keys, roll) = (election.draft(), election.keys(), election.roll());
            Election::new(draft.clone(), keys.clone(), roll.clone(), Some(named)).map_err(|error| error.to_string())
        };
        let refused = |why: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let error = with(change).expect_err(why);
            assert!(error.contains(why), "expected {why:?}, got {error:?}");
        };
        assert_eq!(with(&|_| ()).unwrap().id(), election.id());
        let count = election.draft().ceremony_plan().unwrap().keys as usize;
        assert_eq!(election.trustee_keys().unwrap().keys.0.len(), 32 * count);
        for place in 0..count {
            let bytes = 32 * place..32 * (place + 1);
            refused("the identity", &|keys| keys[bytes.clone()].fill(0));
            refused("not in its canonical encoding", &|keys| keys[bytes.clone()].fill(0xff));
            for other in (0..count).filter(|other| *other != place) {
                refused("are equal", &|keys| keys.copy_within(bytes.clone(), 32 * other));
            }
        }
        for bytes in [0, 32 * (count - 1), 32 * count - 1, 32 * count + 1, 32 * (count + 1)] {
            refused("bytes", &|keys| keys.resize(bytes, 1));
        }
    }
}
