//! Witnesses: their keys as C2SP writes them, their lines under a checkpoint, and quorums.

use veche_election::{
    Checkpoint, Election, Hash, SigningKey,
    checkpoint::{CheckpointError as E, Witness, WitnessPlan},
    log::origin,
    manifest::ManifestError,
};

use crate::{
    secret::{self, secret_world},
    world::World,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn witness(seed: u8) -> Witness {
    Witness::new(&format!("witness.example/{seed}"), key(seed).public()).unwrap()
}

fn plan(quorum: u32, seeds: &[u8]) -> WitnessPlan {
    WitnessPlan { quorum, keys: seeds.iter().map(|seed| witness(*seed)).collect() }
}

fn checkpoint(world: &World) -> Checkpoint {
    Checkpoint { origin: origin(world.election.id()), size: 12, root: Hash([0xA5; 32]) }
}

fn open(world: &World, note: &str, plan: &WitnessPlan) -> Result<usize, E> {
    let id = origin(world.election.id());
    Checkpoint::open_witnessed(note, &id, &world.board_key.public(), Some(plan)).map(|(_, cosigned)| cosigned)
}

#[test]
fn a_witness_is_written_in_one_form() {
    let text = witness(7).to_string();
    assert_eq!(Witness::parse(&text), Some(witness(7)));
    let [name, id, encoded] = text.split('+').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((name, id.len()), ("witness.example/7", 8));
    let check = |bad: String| assert_eq!(Witness::parse(&bad), None, "{bad}");
    check(format!("{name}+{id}"));
    check(format!("{name}+00000000+{encoded}"));
    check(format!("{name}+{}+{encoded}", id.to_uppercase()));
    check(format!("other+{id}+{encoded}"));
    check(format!("+{id}+{encoded}"));
    check(format!("{text}="));
    check(format!("{text}+"));
    check(text.trim_end_matches('=').to_owned() + "==");
    let body = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    // A log's key (type 1) is no witness, nor a key of small order.
    check(format!("{name}+{id}+{}", data_encoding::BASE64.encode(&[&[1], &body[1..]].concat())));
    check(format!("{name}+{id}+{}", data_encoding::BASE64.encode(&[&[4, 1][..], &[0; 31]].concat())));
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{202e}b", &"x".repeat(101)] {
        assert_eq!(Witness::new(name, key(1).public()), None, "{name:?}");
    }
}

#[test]
fn cosignatures_are_those_of_c2sp() {
    let world = World::new(&[1], |_| ());
    let checkpoint = checkpoint(&world);
    let note = checkpoint.sign(&world.board_key);
    let line = witness(7).cosign(&checkpoint, &key(7), 1_679_315_147);
    let encoded = line.strip_prefix("— witness.example/7 ").unwrap().trim_end();
    let bytes = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    assert_eq!((bytes.len(), &bytes[4..12]), (76, &1_679_315_147_u64.to_be_bytes()[..]));
    // The message is put together here a second time, from the words of the specification.
    let (body, _) = note.split_once("\n\n").unwrap();
    let message = format!("cosignature/v1\ntime 1679315147\n{body}\n");
    assert_eq!(bytes[12..], key(7).sign_raw(message.as_bytes()).0);
    assert_eq!(witness(7).find(&checkpoint, &line), Some(line.clone()));
    let answer = format!("{}{line}{}", "— somebody AAAAAAAA\n", witness(8).cosign(&checkpoint, &key(8), 1));
    assert_eq!(witness(7).find(&checkpoint, &answer), Some(line.clone()), "among others");
    let other = Checkpoint { size: 13, ..checkpoint.clone() };
    assert_eq!(witness(7).find(&other, &line), None, "of another checkpoint");
    assert_eq!(witness(7).find(&checkpoint, &witness(7).cosign(&checkpoint, &key(8), 1)), None, "by another key");
    assert_eq!(witness(7).find(&checkpoint, &witness(7).cosign(&checkpoint, &key(7), 1 << 63)), None, "beyond time");
    assert_eq!(witness(7).find(&checkpoint, line.trim_end()), None, "a line ends");
}

#[test]
fn a_record_wants_its_witnesses_and_nothing_else() {
    let world = World::new(&[1], |_| ());
    let checkpoint = checkpoint(&world);
    let note = checkpoint.sign(&world.board_key);
    let line = |seed: u8| witness(seed).cosign(&checkpoint, &key(seed), 1_000 + u64::from(seed));
    let three = plan(2, &[7, 8, 9]);
    let check = |lines: &[String], expected| {
        assert_eq!(open(&world, &(note.clone() + &lines.concat()), &three), expected, "{lines:?}");
    };
    check(&[line(7), line(8), line(9)], Ok(3));
    check(&[line(7), line(9)], Ok(2));
    check(&[], Err(E::Quorum { has: 0, quorum: 2 }));
    check(&[line(8)], Err(E::Quorum { has: 1, quorum: 2 }));
    check(&[line(8), line(7)], Err(E::Lines));
    check(&[line(7), line(7)], Err(E::Lines));
    check(&[line(7), line(8), line(6)], Err(E::Lines));
    check(&[line(7), line(8), checkpoint.sign(&world.board_key).split_once("\n\n").unwrap().1.into()], Err(E::Lines));
    let forged = witness(8).cosign(&checkpoint, &key(7), 1);
    check(&[line(7), forged], Err(E::Cosignature("witness.example/8".into())));
    let elsewhere = witness(8).cosign(&Checkpoint { size: 11, ..checkpoint.clone() }, &key(8), 1);
    check(&[line(7), elsewhere], Err(E::Cosignature("witness.example/8".into())));
    // The board's line stands first, and an election without witnesses has no other line.
    let (body, board) = note.split_once("\n\n").unwrap();
    assert_eq!(open(&world, &format!("{body}\n\n{}{}{board}", line(7), line(8)), &three), Err(E::Lines));
    let id = origin(world.election.id());
    let none = |note: &str| Checkpoint::open_witnessed(note, &id, &world.board_key.public(), None);
    assert_eq!(none(&note), Ok((checkpoint.clone(), 0)));
    assert_eq!(none(&(note.clone() + &line(7))), Err(E::Lines));
    // Everything but the record passes cosignatures over.
    assert_eq!(Checkpoint::open(&(note.clone() + &line(7)), &id, &world.board_key.public()), Ok(checkpoint.clone()));
}

#[test]
fn every_flipped_bit_of_a_cosignature_is_refused() {
    let world = World::new(&[1], |_| ());
    let checkpoint = checkpoint(&world);
    let note = checkpoint.sign(&world.board_key);
    let line = witness(7).cosign(&checkpoint, &key(7), 1_000);
    let one = plan(1, &[7]);
    assert_eq!(open(&world, &(note.clone() + &line), &one), Ok(1));
    for i in 0..line.len() * 8 {
        let mut bytes = line.clone().into_bytes();
        bytes[i / 8] ^= 1 << (i % 8);
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        assert!(open(&world, &(note.clone() + &flipped), &one).is_err(), "byte {}, bit {}", i / 8, i % 8);
    }
}

#[test]
fn two_quorums_always_share_a_witness() {
    let check = |quorum: u32, seeds: &[u8], good: bool| {
        let mut draft = crate::world::draft();
        draft.witnesses = Some(plan(quorum, seeds));
        assert_eq!(draft.check().is_ok(), good, "{quorum} of {}", seeds.len());
    };
    check(1, &[7], true);
    check(2, &[7, 8], true);
    check(1, &[7, 8], false);
    check(2, &[7, 8, 9], true);
    check(1, &[7, 8, 9], false);
    check(3, &[7, 8, 9], true);
    check(4, &[7, 8, 9], false);
    check(0, &[], false);
    check(2, &[7, 7], false);
    check(9, &(10..26).collect::<Vec<_>>(), true);
    check(9, &(10..27).collect::<Vec<_>>(), false);
}

#[test]
fn a_witness_holds_a_key_of_its_own() {
    let world = secret_world(|draft| draft.witnesses = Some(plan(1, &[7])));
    let text = String::from_utf8(world.election.bytes().to_vec()).unwrap();
    let with = |key: SigningKey| {
        let other = Witness::new("witness.example/7", key.public()).unwrap();
        Election::parse(text.replace(&witness(7).to_string(), &other.to_string()).as_bytes())
    };
    assert!(with(key(8)).is_ok());
    for taken in [world.board_key.clone(), world.organiser.clone(), world.trustees[1].signing_key()] {
        assert!(matches!(with(taken), Err(ManifestError::SameKey)));
    }
}

/// Row 28: what trustees open was seen by so many witnesses that no other log can have been.
#[test]
fn row_28_a_sum_without_its_quorum_of_witnesses_is_not_opened() {
    let world = secret_world(|draft| draft.witnesses = Some(plan(2, &[7, 8, 9])));
    let mut log = secret::open(&world);
    log.vote(0, "45*");
    secret::close(&mut log);
    let mut files = log.record();
    let note = String::from_utf8(files.0["checkpoint"].clone()).unwrap();
    let verify = |files: &crate::world::Files| {
        veche_election::record::verify_sum(files, &crate::fixture::WEIGHTS, &mut |_, _| ())
    };
    let failed = verify(&files).unwrap_err();
    assert_eq!((failed.number, failed.culprit.contains("have cosigned the checkpoint: 0")), (4, true), "{failed}");
    let id = origin(world.election.id());
    let checkpoint = Checkpoint::open(&note, &id, &world.board_key.public()).unwrap();
    let lines = [8, 9].map(|seed| witness(seed).cosign(&checkpoint, &key(seed), 5)).concat();
    files.0.insert("checkpoint".into(), (note.clone() + &lines).into_bytes());
    let verified = verify(&files).unwrap();
    let counts = verified.checks().iter().find(|check| check.number == 4).unwrap().counts.clone();
    assert_eq!(counts[1], ("cosignatures", 2));
    // Those of another log of the same size do not count.
    let fork = Checkpoint { root: Hash([1; 32]), ..checkpoint };
    let lines = [8, 9].map(|seed| witness(seed).cosign(&fork, &key(seed), 5)).concat();
    files.0.insert("checkpoint".into(), (note + &lines).into_bytes());
    assert_eq!(verify(&files).unwrap_err().number, 4);
}
