//! Messages: whose they are, for what, and what two of them for one step say of whoever signed them.

use curve25519_dalek::{EdwardsPoint, scalar::clamp_integer};
use sha2::{Digest, Sha512};
use veche_election::{Signature, ceremony::MESSAGE_MAX_BYTES, hash::frame};

use super::*;
use crate::fixture::unsigned;

#[test]
fn row_24_two_different_messages_for_one_step_are_refused_and_the_same_again_is_not() {
    let mut ceremony = begun(PLAN, Until::Registered);
    let (one, stranger) = (trustee(1), TrusteeSecret::new(DRAFT, 1, [0xEE; 32]));
    ceremony.take(&register(&one)).unwrap();
    assert_eq!(take(&ceremony, &one.register("Another name")), Err(CeremonyError::Taken(1)));
    assert_eq!(take(&ceremony, &stranger.register("Taken number")), Err(CeremonyError::Taken(1)));
    let commit = one.commit(&ceremony).unwrap();
    ceremony.take(&commit).unwrap();
    ceremony.take(&commit).unwrap();
    let other = changed(&one, &commit, |step| {
        let Step::Commit { commitment, .. } = step else { panic!() };
        commitment.0[0] ^= 1;
    });
    assert_eq!(take(&ceremony, &other), Err(CeremonyError::Twice(1)));
    let ceremony = begun(PLAN, Until::Dealt);
    let deal = ceremony.messages().nth(6).unwrap().to_vec();
    let other = changed(&one, &deal, |step| {
        let Step::Deal { shares, .. } = step else { panic!() };
        shares[1].0[40] ^= 1;
    });
    assert_eq!(take(&ceremony, &deal), Ok(()));
    assert_eq!(take(&ceremony, &other), Err(CeremonyError::Twice(1)));
}

/// The same words under another signature of the same key that verifies as well. Whoever has the key makes as many as they like.
fn signed_again(secret: &TrusteeSecret, message: &[u8]) -> Vec<u8> {
    let (key, words) = (secret.signing_key(), unsigned(message));
    let half = |hash: Sha512| <[u8; 32]>::try_from(&hash.finalize()[..32]).unwrap();
    let secret = Scalar::from_bytes_mod_order(clamp_integer(half(Sha512::new_with_prefix(*key.seed()))));
    let nonce = Scalar::from(2_027_u64);
    let first = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
    let signed = frame(CEREMONY_VERSION, &[words.as_bytes()]);
    let hash = Sha512::new().chain_update(first).chain_update(key.public().as_bytes()).chain_update(signed);
    let answer = nonce + Scalar::from_bytes_mod_order_wide(&hash.finalize().into()) * secret;
    let signature = Signature([first, answer.to_bytes()].concat().try_into().unwrap());
    format!("{words},\"sig\":\"{signature}\"}}").into_bytes()
}

/// Row 24: two messages for one step convict only where their words differ.
#[test]
fn row_24_one_message_that_was_signed_in_two_ways_convicts_nobody() {
    let mut disputed = begun(PLAN, Until::Dealt);
    disputed.take(&complaint(&disputed, 1, 2)).unwrap();
    disputed.take(&trustee(2).answers(&disputed).unwrap()[0]).unwrap();
    for ceremony in [begun(PLAN, Until::Accepted), disputed] {
        let messages: Vec<Vec<u8>> = ceremony.messages().map(<[u8]>::to_vec).collect();
        let (stage, count) = (ceremony.stage(), messages.len());
        let mut again = ceremony.clone();
        for message in &messages {
            let number = canonical::parse::<Message>(message).unwrap().trustee;
            let other = signed_again(&trustee(number), message);
            assert_ne!(other, *message);
            again.take(&other).unwrap();
        }
        assert_eq!((again.stage(), again.messages().count()), (stage, count), "nothing has changed");
        // And whichever of the two comes first is a message like any other.
        let mut first = Ceremony::new(DRAFT, PLAN);
        let one = signed_again(&trustee(1), &messages[0]);
        first.take(&one).unwrap();
        first.take(&messages[0]).unwrap();
    }
}

#[test]
fn messages_of_another_draft_number_or_hand_are_refused() {
    let ceremony = begun(PLAN, Until::Nothing);
    let elsewhere = TrusteeSecret::new(Hash([8; 32]), 1, [0x41; 32]);
    assert_eq!(take(&ceremony, &register(&elsewhere)), Err(CeremonyError::Draft));
    for number in [0, 4, 50, u32::MAX] {
        let secret = TrusteeSecret::new(DRAFT, number, [1; 32]);
        assert_eq!(take(&ceremony, &register(&secret)), Err(CeremonyError::Number(number)));
    }
    let good = register(&trustee(1));
    let forged = seal(CEREMONY_VERSION, unsigned(&good), &trustee(2).signing_key());
    assert_eq!(take(&ceremony, &forged), Err(CeremonyError::Signature(1)));
    for i in 0..good.len() {
        let mut bad = good.clone();
        bad[i] ^= 1;
        assert!(take(&ceremony, &bad).is_err(), "byte {i}");
    }
    for (what, bad) in [
        ("nothing", vec![]),
        ("a line end", [&good[..], b"\n"].concat()),
        ("a space", [b" ", &good[..]].concat()),
        ("too long", vec![b'x'; MESSAGE_MAX_BYTES + 1]),
        ("another version", {
            let text = unsigned(&good).replacen("veche-ceremony-2", "veche-ceremony-1", 1);
            seal(CEREMONY_VERSION, &text, &trustee(1).signing_key())
        }),
    ] {
        assert!(matches!(take(&ceremony, &bad), Err(CeremonyError::Form(_))), "{what}");
    }
    // Later steps are checked against the registered key.
    let ceremony = begun(PLAN, Until::Registered);
    let commit = trustee(1).commit(&ceremony).unwrap();
    let forged = seal(CEREMONY_VERSION, unsigned(&commit), &trustee(2).signing_key());
    assert_eq!(take(&ceremony, &forged), Err(CeremonyError::Signature(1)));
    let moved = unsigned(&commit).replacen("\"trustee\":1", "\"trustee\":2", 1);
    let moved = seal(CEREMONY_VERSION, &moved, &trustee(1).signing_key());
    assert_eq!(take(&ceremony, &moved), Err(CeremonyError::Signature(2)));
}

#[test]
fn row_24_a_registration_with_anothers_key_a_bad_name_or_a_bad_sealing_key_is_refused() {
    let mut ceremony = begun(PLAN, Until::Nothing);
    ceremony.take(&register(&trustee(1))).unwrap();
    let key = trustee(1).signing_key();
    let register = |number, name: &str, seal: [u8; 32]| {
        let step = Step::Register { name: name.into(), key: key.public(), seal: Bytes(seal) };
        take(&ceremony, &say(DRAFT, number, &step, &key))
    };
    let good = group::encode_points(&[Point::mul_base(&Scalar::from(5_u64))]).try_into().unwrap();
    assert_eq!(register(2, "Two places", good), Err(CeremonyError::SameKey(2)));
    assert!(matches!(register(2, "", good), Err(CeremonyError::Name(2, _))));
    assert!(matches!(register(2, "Evil\u{202e}", good), Err(CeremonyError::Name(2, _))));
    assert!(matches!(register(2, &"x".repeat(101), good), Err(CeremonyError::Name(2, _))));
    for bad in [[0; 32], [0xff; 32]] {
        assert_eq!(register(2, "No key", bad), Err(CeremonyError::Seal(2)));
    }
}

/// The number was free when the trustee looked; the server gave it to somebody else.
#[test]
fn row_24_a_trustee_whose_registration_was_replaced_goes_no_further() {
    let (victim, thief) = (trustee(1), TrusteeSecret::new(DRAFT, 1, [0xEE; 32]));
    let others = [trustee(2), trustee(3)];
    let all: Vec<TrusteeSecret> = [thief].into_iter().chain(others).collect();
    let refused = Err(CeremonyError::NotOwn { trustee: 1, step: "register" });
    assert_eq!(victim.commit(&ceremony_of(DRAFT, PLAN, &all, Until::Registered)), refused);
    assert_eq!(victim.deal(&ceremony_of(DRAFT, PLAN, &all, Until::Committed)), refused);
    assert_eq!(victim.accept(&ceremony_of(DRAFT, PLAN, &all, Until::Dealt)), refused);
    let done = ceremony_of(DRAFT, PLAN, &all, Until::Accepted);
    assert_eq!(victim.answers(&done).err(), refused.clone().err());
    assert_eq!(victim.rehearse(&done, DRAFT, &[0; 32]).err(), refused.clone().err());
    let sum = Opening { election: &[0; 32], entry: &[0; 32], sum: &Sum::default() };
    assert_eq!(victim.open(&done, &sum, &[0; 32]).err(), refused.clone().err());
    // Nor with the right number in a ceremony of another draft.
    let (draft, seed) = (Hash([8; 32]), [0x41; 32]);
    let elsewhere: Vec<TrusteeSecret> = (1..=3).map(|i| TrusteeSecret::new(draft, i, seed)).collect();
    let other = ceremony_of(draft, PLAN, &elsewhere, Until::Registered);
    assert_eq!(trustee(1).commit(&other), refused);
}

/// One trustee's seed in two numbers or two drafts gives unrelated keys.
#[test]
fn row_24_keys_are_bound_to_draft_and_number() {
    let at = |draft: u8, number| TrusteeSecret::new(Hash([draft; 32]), number, [7; 32]);
    let said = [at(1, 1), at(1, 2), at(2, 1)].map(|secret| register(&secret));
    let fields = |message: &Vec<u8>| -> (String, String) {
        let json: serde_json::Value = serde_json::from_slice(message).unwrap();
        let field = |name: &str| json["step"][name].as_str().unwrap().to_owned();
        (field("key"), field("seal"))
    };
    let keys: std::collections::BTreeSet<String> =
        said.iter().map(fields).flat_map(|(key, seal)| [key, seal]).collect();
    assert_eq!(keys.len(), 6);
}
