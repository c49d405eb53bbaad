//! Entries by themselves: what a signature binds, what a code tells, and what cannot be taken from another voter.

use std::collections::HashSet;

use veche_election::{
    Act, CredentialList, Hash, Refusal, Signatory, SigningKey, Vote,
    board::AppendError,
    entry::{BallotCode, CheckedBallot, CheckedControl, CheckedEntry, ControlEntry, ControlLink, EntryError, Position},
    log::leaf_hash,
    marks::MarksError,
    roll::summary,
};

use crate::fixture::{Log, NOW, World, reason, seal, text, unsigned};

const FIRST: Position = Position::FIRST;

#[test]
fn a_good_entry_says_what_was_signed() {
    let world = World::small(1);
    let bytes = world.ballot(1, FIRST, "45*");
    let ballot = world.check_ballot(&bytes);
    assert_eq!(**ballot.bytes(), bytes);
    assert_eq!(ballot.leaf(), leaf_hash(&bytes));
    let Vote::Open(marks) = ballot.vote() else { panic!("an open ballot") };
    assert_eq!(marks[0].levels(), [Some(4), Some(5), None]);
    assert_eq!(ballot.entry().credential, world.key(1).public());
    assert_eq!((ballot.entry().seq, ballot.entry().prev), (1, Hash::ZERO));
}

#[test]
fn every_bit_of_a_ballot_is_bound() {
    let world = World::small(1);
    let bytes = world.ballot(0, FIRST, "45*");
    for i in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[i / 8] ^= 1 << (i % 8);
        assert!(
            CheckedBallot::check(&flipped, &world.election, &crate::fixture::WEIGHTS).is_err(),
            "byte {}, bit {}",
            i / 8,
            i % 8
        );
        assert!(
            CheckedEntry::check(&flipped, &world.election, &crate::fixture::WEIGHTS).is_err(),
            "byte {}, bit {}",
            i / 8,
            i % 8
        );
    }
    for length in 0..bytes.len() {
        assert!(
            CheckedBallot::check(&bytes[..length], &world.election, &crate::fixture::WEIGHTS).is_err(),
            "cut to {length}"
        );
    }
    world.check_ballot(&bytes);
}

#[test]
fn every_bit_of_a_control_entry_is_bound() {
    let world = World::small(1);
    let (old, new) = (world.key(0).public(), world.key(9).public());
    let act = Act::Replace { old, new, reason: reason() };
    let bytes = world.control(ControlLink::FIRST, NOW, Signatory::Organiser, act);
    for i in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[i / 8] ^= 1 << (i % 8);
        assert!(
            CheckedEntry::check(&flipped, &world.election, &crate::fixture::WEIGHTS).is_err(),
            "byte {}, bit {}",
            i / 8,
            i % 8
        );
    }
    CheckedEntry::check(&bytes, &world.election, &crate::fixture::WEIGHTS).unwrap();
}

#[test]
fn defects_under_a_good_signature_are_refused_in_order() {
    let world = World::small(1);
    let (good, key) = (world.ballot(0, FIRST, "45*"), world.key(0).0);
    let check = |from: &str, to: &str, expected: fn(&EntryError) -> bool| {
        let changed = unsigned(&good).replacen(from, to, 1);
        assert_ne!(changed, unsigned(&good), "{from}");
        let error = world.refusal(&seal("veche-entry-2", &changed, &key));
        assert!(expected(&error), "{from} -> {to}: {error}");
    };
    check("entry-2", "entry-1", |e| matches!(e, EntryError::Version));
    check("entry-2", "control-2", |e| matches!(e, EntryError::Version));
    check(&world.election.id().to_string(), &Hash([5; 32]).to_string(), |e| matches!(e, EntryError::Election));
    check("\"seq\":1", "\"seq\":0", |e| matches!(e, EntryError::Counter));
    check("\"seq\":1", "\"seq\":2147483649", |e| matches!(e, EntryError::Counter));
    check("45*", "45", |e| matches!(e, EntryError::Marks(MarksError::Count { .. })));
    check("45*", "456", |e| matches!(e, EntryError::Marks(MarksError::NotOnScale { .. })));
    check("[\"45*\"]", "[]", |e| matches!(e, EntryError::Marks(MarksError::Contests { .. })));
    check("[\"45*\"]", "[\"45*\",\"45*\"]", |e| matches!(e, EntryError::Marks(MarksError::Contests { .. })));
    // The version comes before the election, the election before the counter, the signature before the marks.
    let all = unsigned(&good).replacen("entry-2", "entry-1", 1).replacen("\"seq\":1", "\"seq\":0", 1);
    assert!(matches!(world.refusal(&seal("veche-entry-2", &all, &key)), EntryError::Version));
    let two = unsigned(&good).replacen("45*", "999", 1);
    assert!(matches!(world.refusal(&seal("veche-entry-1", &two, &key)), EntryError::Signature(_)));
    // The largest counter is still good.
    let largest = unsigned(&good).replacen("\"seq\":1", "\"seq\":2147483648", 1);
    world.check_ballot(&seal("veche-entry-2", &largest, &key));
}

#[test]
fn entries_are_at_most_65535_bytes() {
    let world = World::small(1);
    let sized = |bytes: usize| {
        let entry = world.ballot(0, FIRST, &"5".repeat(bytes - world.ballot(0, FIRST, "").len()));
        assert_eq!(entry.len(), bytes);
        world.refusal(&entry)
    };
    assert!(matches!(sized(65_535), EntryError::Marks(_)));
    assert!(matches!(sized(65_536), EntryError::TooLong));
}

#[test]
fn signatures_do_not_pass_from_one_kind_of_entry_to_the_other() {
    let world = World::small(1);
    let control = world.control(ControlLink::FIRST, NOW, Signatory::Organiser, Act::Setup);
    let ballot = world.ballot(0, FIRST, "45*");
    CheckedControl::check(&control, &world.election).unwrap();
    assert!(CheckedControl::check(&ballot, &world.election).is_err());
    assert!(CheckedBallot::check(&control, &world.election, &crate::fixture::WEIGHTS).is_err());
    let relabelled = seal("veche-entry-2", unsigned(&control), &world.organiser);
    assert!(matches!(CheckedControl::check(&relabelled, &world.election), Err(EntryError::Signature(_))));
    let relabelled = seal("veche-control-2", unsigned(&ballot), &world.key(0).0);
    assert!(matches!(
        CheckedBallot::check(&relabelled, &world.election, &crate::fixture::WEIGHTS),
        Err(EntryError::Signature(_))
    ));
    for version in ["veche-control-1", "veche-control-", "veche-control-20"] {
        let changed = unsigned(&control).replacen("veche-control-2", version, 1);
        let entry = CheckedEntry::check(
            &seal("veche-control-2", &changed, &world.organiser),
            &world.election,
            &crate::fixture::WEIGHTS,
        );
        assert!(matches!(entry, Err(EntryError::Version)), "{version}");
    }
}

#[test]
fn acts_are_signed_by_the_key_of_their_signatory() {
    let world = World::small(1);
    let (id, link) = (world.election.id(), ControlLink::FIRST);
    for by in [Signatory::Organiser, Signatory::Board] {
        for key in [&world.organiser, &world.board_key, &world.key(0).0, &SigningKey::from_seed(&[1; 32])] {
            let own = if by == Signatory::Board { &world.board_key } else { &world.organiser };
            let entry =
                CheckedControl::check(&ControlEntry::sign(id, link, NOW, by, Act::Opening, key), &world.election);
            assert_eq!(entry.is_ok(), key.public() == own.public());
        }
    }
}

#[test]
fn row_10_a_copied_entry_counts_for_nobody() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    let original = world.ballot(0, FIRST, "45*");
    log.offer(&original).unwrap();
    // As it is: it is a replay of voter 0.
    assert_eq!(log.offer(&original), Err(AppendError::Ballot(Refusal::Stale { last: Some(2) })));
    // Under the copier's credential, with the original's signature: refused.
    let (theirs, mine) = (world.key(0).public().to_string(), world.key(1).public().to_string());
    let taken = text(&original).replacen(&theirs, &mine, 1);
    assert!(matches!(world.refusal(taken.as_bytes()), EntryError::Signature(_)));
    // The original's text with a signature of one's own: refused.
    let signed = seal("veche-entry-2", unsigned(&original), &world.key(1).0);
    assert!(matches!(world.refusal(&signed), EntryError::Signature(_)));
    // The same marks in an entry of one's own are another entry with another code.
    let own = world.ballot(1, FIRST, "45*");
    assert_ne!(world.check_ballot(&own).code(), world.check_ballot(&original).code());
    assert_ne!(world.check_ballot(&own).leaf(), world.check_ballot(&original).leaf());
    log.offer(&own).unwrap();
    assert_eq!(log.board.tally().ballots, 2);
}

#[test]
fn row_13_no_two_ballots_share_a_code() {
    let world = World::small(1);
    let mut codes = HashSet::new();
    let levels = ["0", "1", "2", "3", "4", "5", "*"];
    for voter in 0..3 {
        for marks in (0..343).map(|i| [levels[i / 49], levels[i / 7 % 7], levels[i % 7]].concat()) {
            assert!(codes.insert(world.check_ballot(&world.ballot(voter, FIRST, &marks)).code().full()));
        }
    }
    // The same voter, the same marks, at another place; and in another election.
    for at in [Position { seq: 2, prev: Hash::ZERO }, Position { seq: 1, prev: Hash([1; 32]) }] {
        assert!(codes.insert(world.check_ballot(&world.ballot(0, at, "45*")).code().full()));
    }
    let other = World::small(2);
    assert!(codes.insert(other.check_ballot(&other.ballot(0, FIRST, "45*")).code().full()));
    assert_eq!(codes.len(), 3 * 343 + 3);
    assert!(codes.iter().all(|code| code.split('-').count() == 13), "52 symbols hold 256 bits");
}

#[test]
fn row_13_a_code_is_known_before_signing_and_does_not_depend_on_the_signature() {
    let world = World::small(1);
    let ballot = world.ballot(0, FIRST, "45*");
    let unsigned = [&ballot[..ballot.len() - 96], &[b'A'; 96]].concat();
    let code = BallotCode::of(&ballot);
    assert_eq!(BallotCode::of(&unsigned), code);
    assert_eq!(code.short(), code.full()[..24]);
    assert_eq!(BallotCode::of(b"short"), BallotCode::of(b""), "bytes that are no entry do no harm");
}

#[test]
fn row_16_an_entry_without_or_with_anothers_credential_is_refused() {
    let world = World::small(1);
    let mut log = Log::open(&world);
    let good = world.ballot(0, FIRST, "45*");
    let key = world.key(0).public().to_string();
    let without = unsigned(&good).replacen(&format!("\"credential\":\"{key}\","), "", 1);
    assert!(matches!(world.refusal(&seal("veche-entry-2", &without, &world.key(0).0)), EntryError::Canonical(_)));
    for nobody in ["", &"A".repeat(43), "null"] {
        let changed = unsigned(&good).replacen(&key, nobody, 1);
        assert!(matches!(world.refusal(&seal("veche-entry-2", &changed, &world.key(0).0)), EntryError::Canonical(_)));
    }
    let anothers = unsigned(&good).replacen(&key, &world.key(1).public().to_string(), 1);
    assert!(matches!(world.refusal(&seal("veche-entry-2", &anothers, &world.key(0).0)), EntryError::Signature(_)));
    // Well signed, but not on the list.
    let stranger = world.ballot(7, FIRST, "45*");
    assert_eq!(log.offer(&stranger), Err(AppendError::Ballot(Refusal::UnknownCredential)));
    for key in [&world.organiser, &world.board_key] {
        let changed = unsigned(&good).replacen(&world.key(0).public().to_string(), &key.public().to_string(), 1);
        let refused = log.offer(&seal("veche-entry-2", &changed, key));
        assert_eq!(refused, Err(AppendError::Ballot(Refusal::UnknownCredential)));
    }
    log.offer(&good).unwrap();
}

/// That a number goes with its credential only is the session's check. Here: the credential of an entry cannot be
/// exchanged, and the lists do not tell whose it is.
#[test]
fn row_17_public_lists_do_not_tell_whose_a_credential_is() {
    let world = World::small(1);
    let mut seats = world.seats.clone();
    let (roll, list) = summary(&seats, world.election.draft().roll_shows);
    seats.reverse();
    assert_eq!(
        summary(&seats, world.election.draft().roll_shows),
        (roll, list.clone()),
        "the order of the roll is gone"
    );
    for line in text(&list.to_bytes()).lines() {
        let (key, weight) = line.split_once(' ').unwrap();
        assert_eq!((key.len(), weight.len()), (43, 1), "a key, a weight, and nothing else");
    }
    // A credential of one election is nobody's in another, though the card had the same secret.
    let other = World::small(2);
    let keys = |list: &CredentialList| list.lines().iter().map(|(key, _)| *key).collect::<HashSet<_>>();
    assert!(keys(&list).is_disjoint(&keys(&other.credentials)));
    // A refusal names neither number nor credential.
    let mut log = Log::open(&world);
    let refusal = log.offer(&world.ballot(7, FIRST, "45*")).unwrap_err().to_string();
    assert_eq!(refusal, "the credential is not on the list");
}
