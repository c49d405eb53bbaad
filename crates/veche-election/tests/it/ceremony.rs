//! The trustees' ceremony: the honest way, and who is named on every other.

use curve25519_dalek::{EdwardsPoint, scalar::clamp_integer};
use sha2::{Digest, Sha512};
use veche_crypto::{
    Point, Scalar,
    dealing::{DealError, Dealer, Secret, Size},
    dleq::Statement,
    group,
    opening::{Opening, Sum},
    rehearsal,
    transcript::Transcript,
};
use veche_election::{
    Hash, Signature, SigningKey, canonical,
    ceremony::{
        CEREMONY_VERSION, Ceremony, CeremonyError, CeremonyPlan, MESSAGE_MAX_BYTES, Message, Stage, Step, TrusteeSecret,
    },
    encoding::{Blob, Bytes},
    hash::frame,
    manifest::{DEALT_MAX, Trustees},
};

use crate::{
    fixture::{seal, unsigned},
    secret::secret_world,
};

pub const DRAFT: Hash = Hash([9; 32]);
pub const KEYS: u32 = 3;
pub const PLAN: CeremonyPlan = CeremonyPlan { count: 3, threshold: 2, keys: KEYS };
pub const SIZE: Size = Size { keys: KEYS, threshold: 2 };

pub fn trustee(number: u32) -> TrusteeSecret {
    TrusteeSecret::new(DRAFT, number, [0x40 + number as u8; 32])
}

pub fn trustees(plan: CeremonyPlan) -> Vec<TrusteeSecret> {
    (1..=plan.count).map(trustee).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Until {
    Nothing,
    Registered,
    Committed,
    Dealt,
    Accepted,
}

pub fn begun(plan: CeremonyPlan, until: Until) -> Ceremony {
    ceremony_of(DRAFT, plan, &trustees(plan), until)
}

pub fn ceremony_of(draft: Hash, plan: CeremonyPlan, all: &[TrusteeSecret], until: Until) -> Ceremony {
    let mut ceremony = Ceremony::new(draft, plan);
    if until >= Until::Registered {
        all.iter().for_each(|secret| ceremony.take(&register(secret)).unwrap());
    }
    let steps = [
        (Until::Committed, TrusteeSecret::commit as fn(&TrusteeSecret, &Ceremony) -> _),
        (Until::Dealt, TrusteeSecret::deal),
        (Until::Accepted, TrusteeSecret::accept),
    ];
    for (_, say) in steps.iter().filter(|(step, _)| until >= *step) {
        all.iter().for_each(|secret| ceremony.take(&say(secret, &ceremony).unwrap()).unwrap());
    }
    ceremony
}

pub fn register(secret: &TrusteeSecret) -> Vec<u8> {
    secret.register(&format!("Trustee {}", secret.trustee()))
}

/// What trustee `accuser` says when the share from `dealer` does not fit, true or not.
pub fn complaint(ceremony: &Ceremony, accuser: u32, dealer: u32) -> Vec<u8> {
    let step = Step::Complain { transcript: ceremony.transcript(), dealer };
    say(DRAFT, accuser, &step, &trustee(accuser).signing_key())
}

/// The one answer that opens a share, from a dealer whose program says it of anything that was dealt in its name.
pub fn answer(ceremony: &Ceremony, dealer: &TrusteeSecret, to: u32) -> Vec<u8> {
    let seed = Hash::labelled("veche-trustee-dealing-1", &[dealer.seed().as_ref(), &ceremony.table().0]);
    let (number, draft) = (dealer.trustee(), dealer.draft());
    let me = Dealer { draft: &draft.0, trustee: number };
    let ephemeral = Bytes(Secret::new(me, SIZE, seed.0).ephemeral(me, to).to_bytes());
    let step = Step::Answer { transcript: ceremony.transcript(), to, ephemeral };
    say(draft, number, &step, &dealer.signing_key())
}

/// A message of any content, well signed.
pub fn say(draft: Hash, trustee: u32, step: &Step, key: &SigningKey) -> Vec<u8> {
    let step = canonical::write_text(step);
    let text = format!(r#"{{"v":"{CEREMONY_VERSION}","draft":"{draft}","trustee":{trustee},"step":{step}"#);
    seal(CEREMONY_VERSION, &text, key)
}

/// A message with something changed in it, signed anew by whoever said it.
pub fn changed(secret: &TrusteeSecret, bytes: &[u8], change: impl FnOnce(&mut Step)) -> Vec<u8> {
    let mut message: Message = canonical::parse(bytes).unwrap();
    change(&mut message.step);
    say(message.draft, message.trustee, &message.step, &secret.signing_key())
}

pub fn take(ceremony: &Ceremony, message: &[u8]) -> Result<(), CeremonyError> {
    let (mut after, before) = (ceremony.clone(), ceremony.messages().count());
    let taken = after.take(message);
    assert!(taken.is_ok() || after.messages().count() == before, "what is refused leaves nothing behind");
    taken
}

/// The keys that a complete ceremony has made.
pub fn keys(ceremony: &Ceremony) -> Vec<Point> {
    group::points_not_identity(&ceremony.trustees().unwrap().keys.0).unwrap()
}

pub fn lagrange(i: u32, all: &[u32]) -> Scalar {
    let others = || all.iter().filter(|j| **j != i).map(|j| Scalar::from(*j));
    let below: Scalar = others().map(|j| j - Scalar::from(i)).product();
    others().product::<Scalar>() * below.invert()
}

fn subsets(count: u32, size: u32) -> Vec<Vec<u32>> {
    let chosen = |mask: u32| (1..=count).filter(|i| mask >> (i - 1) & 1 == 1).collect::<Vec<_>>();
    (0..1_u32 << count).filter(|mask| mask.count_ones() == size).map(chosen).collect()
}

#[test]
fn row_26_an_honest_ceremony_makes_one_key_of_which_any_threshold_of_shares_is_enough() {
    for (count, threshold, keys) in [(1, 1, 1), (2, 1, 3), (2, 2, 2), (3, 2, 3), (5, 3, 2)] {
        let plan = CeremonyPlan { count, threshold, keys };
        let ceremony = begun(plan, Until::Accepted);
        assert_eq!(ceremony.stage(), Stage::Done);
        let Trustees { ceremony: file, members, .. } = ceremony.trustees().unwrap();
        let (made, verification) = (self::keys(&ceremony), ceremony.verification_keys().unwrap());
        assert_eq!(made.len(), keys as usize);
        assert_eq!(file, Hash::of(&ceremony.to_bytes().unwrap()));
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, (1..=count).map(|i| format!("Trustee {i}")).collect::<Vec<_>>());
        // Whoever has the verification keys Y_jk has the shares y_jk, and they fit together to every Y_k.
        for (secret, member) in trustees(plan).iter().zip(&members) {
            let proof = secret.rehearse(&ceremony, Hash([1; 32]), &[2; 32]).unwrap();
            let own = verification.of(secret.trustee()).unwrap();
            rehearsal::check(&[1; 32], secret.trustee(), own, &proof).unwrap();
            assert_eq!(secret.signing_key().public(), member.key);
        }
        assert_eq!((verification.of(0), verification.of(count + 1)), (None, None));
        for (k, key) in made.iter().enumerate() {
            let joined = |set: &[u32]| -> Point {
                set.iter().map(|i| lagrange(*i, set) * verification.of(*i).unwrap()[k]).sum()
            };
            for size in threshold..=count {
                assert!(subsets(count, size).iter().all(|set| joined(set) == *key), "{size} of {count}");
            }
            for set in subsets(count, threshold - 1) {
                assert!(joined(&set) != *key, "too few: {set:?}");
            }
        }
        // Whoever reads the file comes to the same.
        let again = Ceremony::parse(&ceremony.to_bytes().unwrap(), DRAFT, plan).unwrap();
        assert_eq!(again.trustees(), ceremony.trustees());
        assert_eq!((again.table(), again.transcript()), (ceremony.table(), ceremony.transcript()));
    }
}

#[test]
fn messages_of_a_stage_may_come_in_any_order_and_again() {
    let honest = begun(PLAN, Until::Accepted);
    let mut messages: Vec<(Vec<u8>, usize)> = honest.messages().map(<[u8]>::to_vec).zip(0..).collect();
    assert_eq!(messages.len(), 12);
    messages.extend(messages.clone());
    messages.reverse();
    for _ in 0..messages.len() {
        messages.rotate_left(5);
        let again = Ceremony::from_messages(DRAFT, PLAN, messages.clone()).unwrap();
        assert_eq!(again.to_bytes(), honest.to_bytes());
    }
    let names: Vec<String> = honest.messages().map(|message| Ceremony::file_name(message).unwrap()).collect();
    let set: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!((set.len(), names[0].as_str()), (12, "1-register.json"));
    // A message that is none is named by where it came from.
    messages[3].0.truncate(20);
    let from = messages[3].1;
    assert!(
        matches!(Ceremony::from_messages(DRAFT, PLAN, messages), Err((place, CeremonyError::Form(_))) if place == from)
    );
}

#[test]
fn what_is_waited_for_is_told_at_every_moment() {
    let mut ceremony = begun(PLAN, Until::Nothing);
    assert_eq!(ceremony.stage(), Stage::Register(vec![1, 2, 3]));
    ceremony.take(&register(&trustee(2))).unwrap();
    assert_eq!(ceremony.stage(), Stage::Register(vec![1, 3]));
    let stage = |until| begun(PLAN, until).stage();
    assert_eq!(stage(Until::Registered), Stage::Commit(vec![1, 2, 3]));
    assert_eq!(stage(Until::Committed), Stage::Deal(vec![1, 2, 3]));
    assert_eq!(stage(Until::Dealt), Stage::Accept(vec![1, 2, 3]));
    for until in [Until::Nothing, Until::Registered, Until::Committed, Until::Dealt] {
        let ceremony = begun(PLAN, until);
        assert_eq!(ceremony.to_bytes(), Err(CeremonyError::Incomplete));
        assert_eq!(ceremony.trustees().err(), Some(CeremonyError::Incomplete));
        let secret = trustee(1);
        assert_eq!(secret.rehearse(&ceremony, DRAFT, &[0; 32]), Err(CeremonyError::Incomplete));
        let sum = Opening { election: &[0; 32], entry: &[0; 32], sum: &Sum::default() };
        assert_eq!(secret.open(&ceremony, &sum, &[0; 32]), Err(CeremonyError::Incomplete));
    }
}

#[test]
fn a_step_before_its_time_is_refused() {
    let done = begun(PLAN, Until::Accepted);
    let find = |name: &str| done.messages().find(|message| Ceremony::file_name(message).unwrap() == name).unwrap();
    let early = |step| Err(CeremonyError::Early { trustee: 1, step });
    for until in [Until::Nothing, Until::Registered, Until::Committed, Until::Dealt] {
        let ceremony = begun(PLAN, until);
        if until < Until::Registered {
            assert_eq!(take(&ceremony, find("1-commit.json")), early("commit"));
            assert_eq!(trustee(1).commit(&ceremony), early("commit").map(|()| vec![]));
        }
        if until < Until::Committed {
            assert_eq!(take(&ceremony, find("1-deal.json")), early("deal"));
            assert_eq!(trustee(1).deal(&ceremony), early("deal").map(|()| vec![]));
        }
        if until < Until::Dealt {
            assert_eq!(take(&ceremony, find("1-accept.json")), early("accept"));
            assert_eq!(take(&ceremony, &complaint(&done, 1, 2)), early("complain"));
            assert_eq!(take(&ceremony, &answer(&done, &trustee(1), 2)), early("answer"));
            assert_eq!(trustee(1).answers(&ceremony), early("answer").map(|()| vec![]));
            assert_eq!(trustee(1).accept(&ceremony), early("accept").map(|()| vec![]));
        }
    }
    // All but one is not all: who is last sees the others' commitments, not their dealings.
    let mut ceremony = begun(PLAN, Until::Registered);
    ceremony.take(find("1-commit.json")).unwrap();
    ceremony.take(find("2-commit.json")).unwrap();
    assert_eq!(take(&ceremony, find("1-deal.json")), early("deal"));
}

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

#[test]
fn row_25_a_commitment_to_another_table_is_refused_and_a_dealing_must_be_the_one_committed_to() {
    let ceremony = begun(PLAN, Until::Registered);
    let one = trustee(1);
    let commit = one.commit(&ceremony).unwrap();
    let false_table = changed(&one, &commit, |step| {
        let Step::Commit { table, .. } = step else { panic!() };
        table.0[0] ^= 1;
    });
    assert_eq!(take(&ceremony, &false_table), Err(CeremonyError::Table(1)));

    let ceremony = begun(PLAN, Until::Committed);
    let deal = one.deal(&ceremony).unwrap();
    type Parts<'a> = (&'a mut Bytes<32>, &'a mut Blob, &'a mut Blob, &'a mut Vec<Blob>);
    let bad = |change: &dyn Fn(Parts<'_>)| {
        let message = changed(&one, &deal, |step| {
            let Step::Deal { nonce, coefficients, possession, shares, .. } = step else { panic!() };
            change((nonce, coefficients, possession, shares));
        });
        match take(&ceremony, &message) {
            Err(CeremonyError::Dealing { trustee: 1, error }) => error,
            other => panic!("{other:?}"),
        }
    };
    // A rushing trustee who has seen the others' dealings would now like another key.
    let other = TrusteeSecret::new(DRAFT, 1, [0xDD; 32]);
    let dealer = Dealer { draft: &DRAFT.0, trustee: 1 };
    let chosen = Secret::new(dealer, SIZE, *other.seed());
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0 = chosen.coefficients()), DealError::Commitment);
    assert_eq!(bad(&|(nonce, ..)| nonce.0[0] ^= 1), DealError::Commitment);
    for byte in 0..32 * (1 + KEYS as usize) {
        assert_eq!(bad(&|(_, _, possession, _)| possession.0[byte] ^= 1), DealError::Possession, "byte {byte}");
    }
    assert_eq!(bad(&|(_, _, possession, _)| possession.0[63] = 0xff), DealError::Possession);
    assert_eq!(bad(&|(_, _, possession, _)| possession.0.truncate(64)), DealError::Possession);
    let count = |got| DealError::Coefficients { got, expected: 6 };
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.truncate(4 * 32)), count(4));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.clear()), count(0));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.extend([0; 32])), count(7));
    assert!(matches!(bad(&|(_, coefficients, ..)| coefficients.0.truncate(33)), DealError::Read(_)));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0[..32].fill(0)), DealError::Identity);
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0[128..160].fill(0)), DealError::Identity);
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.copy_within(..32, 64)), DealError::Equal);
    assert!(matches!(bad(&|(_, coefficients, ..)| coefficients.0.fill(0xff)), DealError::Read(_)));
    assert_eq!(bad(&|(.., shares)| _ = shares.pop()), DealError::Share);
    assert_eq!(bad(&|(.., shares)| shares.push(shares[0].clone())), DealError::Share);
    assert_eq!(bad(&|(.., shares)| shares.clear()), DealError::Share);
    for bytes in [0, 64, 96, 127, 129, 160] {
        assert_eq!(bad(&|(.., shares)| shares[1].0.resize(bytes, 1)), DealError::Share, "a share of {bytes} bytes");
    }
}

/// A key chosen to cancel the others' (Y_1 = X − Y_2 − Y_3) has no proof of possession.
#[test]
fn row_24_a_rogue_key_has_no_proof_of_possession() {
    let mut ceremony = begun(PLAN, Until::Registered);
    let dealer = Dealer { draft: &DRAFT.0, trustee: 1 };
    let mine = Secret::new(dealer, SIZE, [0xDD; 32]);
    let others = Secret::new(Dealer { draft: &DRAFT.0, trustee: 2 }, SIZE, [0xDE; 32]).coefficients();
    let mut rogue = mine.coefficients();
    let cancelled = group::points(&rogue).unwrap()[0] - group::points(&others).unwrap()[0];
    rogue[..32].copy_from_slice(cancelled.compress().as_bytes());
    let nonce = mine.nonce(dealer);
    let one = trustee(1);
    let (table, commitment) = (ceremony.table(), Bytes(dealer.commitment(&nonce, &rogue)));
    ceremony.take(&say(DRAFT, 1, &Step::Commit { table, commitment }, &one.signing_key())).unwrap();
    for secret in [trustee(2), trustee(3)] {
        ceremony.take(&secret.commit(&ceremony).unwrap()).unwrap();
    }
    let step = Step::Deal {
        table,
        commitments: ceremony.commitments(),
        nonce: Bytes(nonce),
        coefficients: Blob(rogue),
        possession: Blob(mine.possession(dealer)),
        shares: vec![Blob(vec![1; 128]); 3],
    };
    let refused = take(&ceremony, &say(DRAFT, 1, &step, &one.signing_key()));
    assert_eq!(refused, Err(CeremonyError::Dealing { trustee: 1, error: DealError::Possession }));
}

/// All trustees know each other's secrets, and the last deals polynomials for which all together make y_k = `sums[k]`, as
/// far as these go. With all commitments taken in, and the dealings of the others; and the last dealing.
pub fn colluding(draft: Hash, plan: CeremonyPlan, all: &[TrusteeSecret], sums: &[Scalar]) -> (Ceremony, Vec<u8>) {
    let mut ceremony = ceremony_of(draft, plan, all, Until::Registered);
    let table = ceremony.table();
    let size = Size { keys: plan.keys, threshold: plan.threshold };
    let secrets_of = |trustee: &TrusteeSecret| {
        let seed = Hash::labelled("veche-trustee-dealing-1", &[trustee.seed().as_ref(), &table.0]);
        Secret::new(Dealer { draft: &draft.0, trustee: trustee.trustee() }, size, seed.0).share(0)
    };
    let (last, others) = all.split_last().unwrap();
    let dealer = Dealer { draft: &draft.0, trustee: last.trustee() };
    let secrets: Vec<Scalar> = (0..plan.keys as usize)
        .map(|k| {
            let sum = sums.get(k).copied().unwrap_or(Scalar::from(1_000 + k as u64));
            sum - others.iter().map(|other| secrets_of(other)[k]).sum::<Scalar>()
        })
        .collect();
    let publics: Vec<Point> = secrets.iter().map(Point::mul_base).collect();
    let points: Vec<Point> = (1_u64..)
        .zip(&publics)
        .flat_map(|(key, public)| {
            let others =
                (1..u64::from(plan.threshold)).map(move |power| Point::mul_base(&Scalar::from(1_000 * key + power)));
            std::iter::once(*public).chain(others)
        })
        .collect();
    let (coefficients, nonce) = (group::encode_points(&points), [7; 32]);
    others.iter().for_each(|other| ceremony.take(&other.commit(&ceremony).unwrap()).unwrap());
    let commitment = Bytes(dealer.commitment(&nonce, &coefficients));
    let commit = say(draft, last.trustee(), &Step::Commit { table, commitment }, &last.signing_key());
    ceremony.take(&commit).unwrap();
    others.iter().for_each(|other| ceremony.take(&other.deal(&ceremony).unwrap()).unwrap());
    let mut domain = Transcript::new("veche-dealing-possession-2");
    domain.bytes(&draft.0).number(last.trustee().into()).bytes(&coefficients);
    let possession = Blob(Statement::possession(domain, &publics).prove(&secrets, &nonce).to_vec());
    let shares = vec![Blob(vec![1; 32 * (plan.keys as usize + 1)]); all.len()];
    let commitments = ceremony.commitments();
    let step =
        Step::Deal { table, commitments, nonce: Bytes(nonce), coefficients: Blob(coefficients), possession, shares };
    (ceremony, say(draft, last.trustee(), &step, &last.signing_key()))
}

#[test]
fn dealers_who_agree_on_it_make_neither_the_identity_a_key_nor_one_key_of_two() {
    for sums in [&[Scalar::ZERO][..], &[Scalar::ONE, Scalar::ONE]] {
        let (ceremony, last) = colluding(DRAFT, PLAN, &trustees(PLAN), sums);
        assert_eq!(take(&ceremony, &last), Err(CeremonyError::NoKey));
        // Whichever dealing comes last.
        let held: Vec<_> = ceremony.messages().map(<[u8]>::to_vec).chain([last]).map(|message| (message, ())).collect();
        for turn in 0..held.len() {
            let mut turned = held.clone();
            turned.rotate_left(turn);
            assert_eq!(Ceremony::from_messages(DRAFT, PLAN, turned).unwrap_err(), ((), CeremonyError::NoKey));
        }
    }
    let (mut ceremony, last) = colluding(DRAFT, PLAN, &trustees(PLAN), &[Scalar::ONE]);
    ceremony.take(&last).unwrap();
    ceremony.take(&last).unwrap();
    assert_eq!(ceremony.stage(), Stage::Accept(vec![1, 2, 3]));
}

/// Trustee 2 deals a bad share to trustee 1; `change` is what is wrong with it.
pub fn with_bad_share(change: impl FnOnce(&mut [u8])) -> Ceremony {
    let mut ceremony = begun(PLAN, Until::Committed);
    for secret in trustees(PLAN).iter().filter(|secret| secret.trustee() != 2) {
        ceremony.take(&secret.deal(&ceremony).unwrap()).unwrap();
    }
    let deal = changed(&trustee(2), &trustee(2).deal(&ceremony).unwrap(), |step| {
        let Step::Deal { shares, .. } = step else { panic!() };
        change(&mut shares[0].0);
    });
    ceremony.take(&deal).unwrap();
    ceremony
}

#[test]
fn row_24_a_bad_share_leads_to_a_complaint_and_the_dealer_is_named() {
    for (what, byte, bits) in [
        ("the ephemeral point", 0, 1),
        ("the share of the first key", 32, 1),
        ("of the last key alone", 96, 1),
        ("no scalar", 63, 0xf0),
    ] {
        let mut ceremony = with_bad_share(|sealed| sealed[byte] ^= bits);
        let complaint = trustee(1).accept(&ceremony).unwrap();
        assert_eq!(Ceremony::file_name(&complaint).unwrap(), "1-complain-2.json", "{what}");
        // The others have nothing to complain of.
        ceremony.take(&trustee(3).accept(&ceremony).unwrap()).unwrap();
        ceremony.take(&complaint).unwrap();
        // A silent dealer.
        assert_eq!(ceremony.stage(), Stage::Disputed { accuser: 1, dealer: 2 });
        assert!([1, 3].iter().all(|i| trustee(*i).answers(&ceremony).unwrap().is_empty()));
        let not_dealt = CeremonyError::NotOwn { trustee: 2, step: "deal" };
        assert_eq!(trustee(2).answers(&ceremony), Err(not_dealt), "an honest program has not dealt this");
        let answer = answer(&ceremony, &trustee(2), 1);
        assert_eq!(Ceremony::file_name(&answer).unwrap(), "2-answer-1.json");
        ceremony.take(&answer).unwrap();
        let failed = Stage::Failed { culprits: vec![2] };
        assert_eq!(ceremony.stage(), failed, "{what}");
        assert_eq!(ceremony.trustees().err(), Some(CeremonyError::Incomplete));
        // Whoever reads all messages later comes to the same, and so does whoever reads the file.
        let messages = ceremony.messages().map(|message| (message.to_vec(), ())).collect();
        assert_eq!(Ceremony::from_messages(DRAFT, PLAN, messages).unwrap().stage(), failed);
        let read = Ceremony::parse(&ceremony.to_bytes().unwrap(), DRAFT, PLAN).unwrap();
        assert_eq!((read.stage(), read.trustees().err()), (failed, Some(CeremonyError::Incomplete)));
    }
}

#[test]
fn row_24_a_false_complaint_names_the_accuser_and_a_false_answer_the_dealer() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    let transcript = ceremony.transcript();
    let say_answer =
        |to, ephemeral| say(DRAFT, 2, &Step::Answer { transcript, to, ephemeral }, &trustee(2).signing_key());
    assert_eq!(take(&ceremony, &say_answer(1, Bytes([1; 32]))), Err(CeremonyError::NoComplaint(2)));
    assert!(trustee(2).answers(&ceremony).unwrap().is_empty(), "nobody has complained yet");
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    assert_eq!(take(&ceremony, &say_answer(3, Bytes([1; 32]))), Err(CeremonyError::NoComplaint(2)), "to another");
    let answers = trustee(2).answers(&ceremony).unwrap();
    assert_eq!(answers, [answer(&ceremony, &trustee(2), 1)]);
    let mut honest = ceremony.clone();
    honest.take(&answers[0]).unwrap();
    assert_eq!(honest.stage(), Stage::Failed { culprits: vec![1] });
    assert!(trustee(2).answers(&honest).unwrap().is_empty(), "nothing is in dispute any more");
    let mut another = [0; 32];
    another[0] = 1;
    for ephemeral in [another, [0; 32], [0xff; 32]] {
        let mut ceremony = ceremony.clone();
        ceremony.take(&say_answer(1, Bytes(ephemeral))).unwrap();
        assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![2] });
        assert_eq!(take(&ceremony, &answers[0]), Err(CeremonyError::Twice(2)), "no second try");
    }
    // About nobody, and about oneself.
    let dealt = begun(PLAN, Until::Dealt);
    for dealer in [0, 4] {
        assert_eq!(take(&dealt, &complaint(&dealt, 1, dealer)), Err(CeremonyError::Number(dealer)));
    }
    assert_eq!(take(&dealt, &complaint(&dealt, 1, 1)), Err(CeremonyError::Itself(1)));
}

#[test]
fn row_24_every_complaint_is_answered_and_everybody_who_erred_is_named() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    ceremony.take(&complaint(&ceremony, 3, 2)).unwrap();
    let answers = trustee(2).answers(&ceremony).unwrap();
    assert_eq!(answers.len(), 2);
    ceremony.take(&answers[1]).unwrap();
    assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![3] }, "the other complaint is not yet answered");
    assert_eq!(ceremony.disputes().collect::<Vec<_>>(), [(1, 2, None), (3, 2, Some(3))]);
    ceremony.take(&answers[0]).unwrap();
    assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![1, 3] });
    assert_eq!(Ceremony::parse(&ceremony.to_bytes().unwrap(), DRAFT, PLAN).unwrap().stage(), ceremony.stage());
}

#[test]
fn row_45_nobody_accepts_while_there_is_a_complaint_and_nobody_both_accepts_and_complains() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    let accept = trustee(1).accept(&ceremony).unwrap();
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    assert_eq!(take(&ceremony, &accept), Err(CeremonyError::Both(1)));
    for number in 1..=3 {
        assert_eq!(trustee(number).accept(&ceremony), Err(CeremonyError::Complaint));
    }
    ceremony.take(&trustee(2).answers(&ceremony).unwrap()[0]).unwrap();
    assert_eq!(trustee(2).accept(&ceremony), Err(CeremonyError::Complaint), "whoever has answered does not accept");
    // Whoever has accepted has found all shares to fit; the others may still complain, which stops the ceremony.
    let mut accepted = begun(PLAN, Until::Dealt);
    accepted.take(&accept).unwrap();
    assert_eq!(take(&accepted, &complaint(&accepted, 1, 2)), Err(CeremonyError::Both(1)));
    accepted.take(&complaint(&accepted, 3, 2)).unwrap();
    assert_eq!(accepted.stage(), Stage::Disputed { accuser: 3, dealer: 2 });
    assert_eq!(accepted.trustees().err(), Some(CeremonyError::Incomplete));
}

#[test]
fn an_acceptance_of_another_transcript_is_refused() {
    let ceremony = begun(PLAN, Until::Dealt);
    let accept = trustee(1).accept(&ceremony).unwrap();
    take(&ceremony, &accept).unwrap();
    let other = changed(&trustee(1), &accept, |step| {
        let Step::Accept { transcript } = step else { panic!() };
        transcript.0[31] ^= 1;
    });
    assert_eq!(take(&ceremony, &other), Err(CeremonyError::Transcript(1)));
    // The server lets trustee 2 deal twice, and shows trustee 1 the one, trustee 3 the other.
    let shown = with_bad_share(|_| ());
    let fork = with_bad_share(|sealed| sealed.reverse());
    assert_eq!(shown.table(), fork.table());
    assert_ne!(shown.transcript(), fork.transcript());
    let three = trustee(3).accept(&fork).unwrap();
    assert_eq!(take(&shown, &three), Err(CeremonyError::Transcript(3)));
}

#[test]
fn the_file_of_a_ceremony_is_complete_in_order_and_nothing_else() {
    let ceremony = begun(PLAN, Until::Accepted);
    let good = ceremony.to_bytes().unwrap();
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 12);
    let parse = |bytes: &[u8]| Ceremony::parse(bytes, DRAFT, PLAN).map(|_| ());
    parse(&good).unwrap();
    for i in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(i);
        parse(&without.concat()).expect_err("a line is missing");
        let mut twice = lines.clone();
        twice.insert(i, lines[i]);
        parse(&twice.concat()).expect_err("a line stands twice");
        for j in 0..i {
            let mut swapped = lines.clone();
            swapped.swap(i, j);
            parse(&swapped.concat()).expect_err("lines are exchanged");
        }
    }
    parse(&good[..good.len() - 1]).expect_err("the last line does not end");
    for more in [&b"\n"[..], b"x", b"{}\n", b"\r\n"] {
        parse(&[&good[..], more].concat()).expect_err("something is added");
        parse(&[more, &good[..]].concat()).expect_err("something stands before");
    }
    parse(b"").expect_err("nothing");
    let more = |message: &[u8]| [&good[..], message, b"\n"].concat();
    assert_eq!(parse(&more(&complaint(&ceremony, 1, 2))), Err(CeremonyError::Both(1)));
    assert_eq!(parse(&more(&answer(&ceremony, &trustee(2), 1))), Err(CeremonyError::NoComplaint(2)));
    for until in [Until::Nothing, Until::Registered, Until::Committed, Until::Dealt] {
        let lines: Vec<u8> = begun(PLAN, until).messages().flat_map(|line| [line, b"\n"].concat()).collect();
        assert_eq!(parse(&lines), Err(CeremonyError::Incomplete), "a ceremony that goes on");
    }
    assert_eq!(Ceremony::parse(&good, Hash([8; 32]), PLAN).err(), Some(CeremonyError::Draft));
    for (count, threshold, keys) in [(3, 1, 3), (3, 3, 3), (2, 2, 3), (4, 2, 3), (3, 2, 2), (3, 2, 4), (3, 3, 2)] {
        Ceremony::parse(&good, DRAFT, CeremonyPlan { count, threshold, keys }).expect_err("another plan");
    }
    // The ceremony of another draft, whole and good.
    let draft = Hash([8; 32]);
    let others: Vec<TrusteeSecret> = (1..=3).map(|i| TrusteeSecret::new(draft, i, [i as u8; 32])).collect();
    let other = ceremony_of(draft, PLAN, &others, Until::Accepted).to_bytes().unwrap();
    assert_eq!(parse(&other), Err(CeremonyError::Draft));
}

/// What a manifest names is the file, and not only the keys that come of it.
#[test]
fn a_ceremony_is_an_elections_only_where_the_manifest_names_its_file() {
    let world = secret_world(|_| ());
    let (draft, plan) = (world.election.draft_id(), world.election.draft().ceremony_plan().unwrap());
    let file = world.ceremony.as_ref().unwrap().to_bytes().unwrap();
    assert_eq!(Ceremony::of(&world.election, &file).err(), None);
    let others: Vec<TrusteeSecret> = (1..=plan.count).map(|i| TrusteeSecret::new(draft, i, [i as u8; 32])).collect();
    let other = ceremony_of(draft, plan, &others, Until::Accepted).to_bytes().unwrap();
    assert_eq!(Ceremony::of(&world.election, &other).err(), Some(CeremonyError::OtherFile));
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

/// Of all that the bound on keys, trustees and threshold leaves, with no more keys than a row of 500 candidates asks for.
#[test]
fn the_largest_dealings_fit_a_message() {
    for (count, threshold, keys) in [(50, 50, 8), (50, 1, 400), (39, 1, 501), (6, 6, 501), (1, 1, 501), (3, 2, 378)] {
        assert!(u64::from(count * threshold * keys) <= DEALT_MAX);
        let plan = CeremonyPlan { count, threshold, keys };
        let all: Vec<TrusteeSecret> = (1..=count).map(|i| TrusteeSecret::new(DRAFT, i, [i as u8; 32])).collect();
        let mut ceremony = ceremony_of(DRAFT, plan, &all, Until::Registered);
        // Only one of them deals: the others' commitments may be anything.
        let table = ceremony.table();
        for secret in &all[1..] {
            let step = Step::Commit { table, commitment: Bytes([1; 64]) };
            ceremony.take(&say(DRAFT, secret.trustee(), &step, &secret.signing_key())).unwrap();
        }
        ceremony.take(&all[0].commit(&ceremony).unwrap()).unwrap();
        let deal = all[0].deal(&ceremony).unwrap();
        assert!(deal.len() < MESSAGE_MAX_BYTES, "{plan:?}: {} bytes", deal.len());
        ceremony.take(&deal).unwrap();
    }
}
