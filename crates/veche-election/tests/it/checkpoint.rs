//! Checkpoints: signed notes of three lines, of one log, by one key.

use veche_election::{
    Checkpoint, Hash, SigningKey,
    checkpoint::{CHECKPOINT_MAX_BYTES, CheckpointError as E, origin},
};

use crate::fixture::World;

const ROOT: Hash = Hash([0xA5; 32]);

fn good(world: &World) -> (Checkpoint, String) {
    let checkpoint = Checkpoint { origin: origin(world.election.id()), size: 12, root: ROOT };
    let note = checkpoint.sign(&world.board_key);
    (checkpoint, note)
}

fn open(world: &World, note: &str) -> Result<Checkpoint, E> {
    Checkpoint::open(note, &origin(world.election.id()), &world.board_key.public())
}

#[test]
fn what_was_signed_is_what_is_opened() {
    let world = World::small(1);
    let (checkpoint, note) = good(&world);
    assert_eq!(open(&world, &note), Ok(checkpoint.clone()));
    let lines: Vec<&str> = note.split('\n').collect();
    assert_eq!(lines[0], format!("veche/{}", world.election.id()));
    assert_eq!(lines[1..4], ["12", "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=", ""]);
    assert!(lines[4].starts_with(&format!("— {} ", checkpoint.origin)));
    assert_eq!((lines.len(), lines[5]), (6, ""));
    for size in [0, 1, u64::MAX] {
        let checkpoint = Checkpoint { size, ..checkpoint.clone() };
        assert_eq!(open(&world, &checkpoint.sign(&world.board_key)), Ok(checkpoint));
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let world = World::small(1);
    let (_, note) = good(&world);
    for i in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[i / 8] ^= 1 << (i % 8);
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        assert!(open(&world, &flipped).is_err(), "byte {}, bit {}", i / 8, i % 8);
    }
    for cut in (0..note.len()).filter(|cut| note.is_char_boundary(*cut)) {
        assert!(open(&world, &note[..cut]).is_err(), "cut to {cut}");
        assert!(open(&world, &note[cut..]).is_err() || cut == 0, "cut from {cut}");
    }
}

#[test]
fn another_log_or_another_key_is_refused() {
    let (world, other) = (World::small(1), World::small(2));
    let (checkpoint, note) = good(&world);
    // Both elections have the same board key here: only the origin tells them apart.
    assert_eq!(open(&other, &note), Err(E::Origin));
    let stranger = SigningKey::from_seed(&[1; 32]);
    assert_eq!(open(&world, &checkpoint.sign(&stranger)), Err(E::Signature));
    assert_eq!(open(&world, &checkpoint.sign(&world.organiser)), Err(E::Signature));
    assert_eq!(Checkpoint::open(&note, &checkpoint.origin, &stranger.public()), Err(E::Signature));
    // The board's key under another name, and its name and key id with another's signature.
    assert_eq!(open(&world, &note.replace("— veche/", "— evil/")), Err(E::Signature));
    let forged = Checkpoint { size: 13, ..checkpoint.clone() }.sign(&world.board_key);
    let (_, signature) = forged.split_once("\n\n").unwrap();
    let (body, _) = note.split_once("\n\n").unwrap();
    assert_eq!(open(&world, &format!("{body}\n\n{signature}")), Err(E::Signature));
}

#[test]
fn signatures_of_others_may_stand_beside_it() {
    let world = World::small(1);
    let (checkpoint, note) = good(&world);
    let (body, own) = note.split_once("\n\n").unwrap();
    let witness = "— witness.example AAECA0FCQ0RFRkc=\n";
    let namesake = format!("— {} AAECA0FCQ0RFRkc=\n", checkpoint.origin);
    for signatures in [format!("{own}{witness}"), format!("{witness}{own}"), format!("{namesake}{own}{witness}")] {
        let note = format!("{body}\n\n{signatures}");
        assert_eq!(open(&world, &note), Ok(checkpoint.clone()), "{note}");
    }
    // They do not stand in for the board's, and a bad one of the board's is not made good by another.
    assert_eq!(open(&world, &format!("{body}\n\n{witness}")), Err(E::Signature));
    let other = Checkpoint { size: 13, ..checkpoint }.sign(&world.board_key);
    let bad = other.split_once("\n\n").unwrap().1;
    assert_eq!(open(&world, &format!("{body}\n\n{own}{bad}")), Err(E::Signature));
    assert_eq!(open(&world, &format!("{body}\n\n{bad}{own}")), Err(E::Signature));
    for malformed in
        ["- witness AAECAw==\n", "—witness AAECAw==\n", "— witness\n", "— witness AAEC\n", "— witness AAECAx==\n", "\n"]
    {
        assert_eq!(open(&world, &format!("{body}\n\n{own}{malformed}")), Err(E::Form), "{malformed:?}");
    }
}

#[test]
fn other_forms_are_refused_though_signed() {
    let world = World::small(1);
    let (checkpoint, note) = good(&world);
    let (origin, root) = (&checkpoint.origin, "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=");
    let key_id =
        data_encoding::BASE64.decode(note.rsplit(' ').next().unwrap().trim().as_bytes()).unwrap()[..4].to_vec();
    let signed = |body: &str| {
        let signature = [key_id.as_slice(), &world.board_key.sign_raw(body.as_bytes()).0].concat();
        format!("{body}\n— {origin} {}\n", data_encoding::BASE64.encode(&signature))
    };
    assert_eq!(signed(&format!("{origin}\n12\n{root}\n")), note);
    for body in [
        format!("{origin}\n012\n{root}\n"),
        format!("{origin}\n+12\n{root}\n"),
        format!("{origin}\n 12\n{root}\n"),
        format!("{origin}\n12 \n{root}\n"),
        format!("{origin}\n-12\n{root}\n"),
        format!("{origin}\n1e1\n{root}\n"),
        format!("{origin}\n18446744073709551616\n{root}\n"),
        format!("{origin}\r\n12\r\n{root}\r\n"),
        format!("{origin}\n12\n{}\n", root.trim_end_matches('=')),
        format!("{origin}\n12\n{}\n", root.replace("U=", "V=")),
        format!("{origin}\n12\n{}\n", &root[4..]),
        format!("{origin}\n12\nAAAA{root}\n"),
        format!("{origin}\n12\n{root}\nextension\n"),
        format!("{origin}\n12\n"),
        format!("\n{origin}\n12\n{root}\n"),
        String::new(),
    ] {
        assert_eq!(open(&world, &signed(&body)), Err(E::Form), "{body:?}");
    }
    assert_eq!(open(&world, &format!("{note}{}", "x".repeat(CHECKPOINT_MAX_BYTES))), Err(E::Form));
    assert_eq!(open(&world, &note.replace('\n', "\r\n")), Err(E::Form));
    assert_eq!(open(&world, &format!("\u{FEFF}{note}")), Err(E::Origin));
}
