//! The trustees' ceremony: the honest way, and who is named on every other.

use veche_crypto::{
    Point, Scalar,
    dealing::{Dealer, Secret, Size},
    group,
    opening::{Opening, Sum},
    rehearsal,
};
use veche_election::{
    Hash, SigningKey, canonical,
    ceremony::{CEREMONY_VERSION, Ceremony, CeremonyError, Message, Stage, Step, TrusteeSecret},
    encoding::Bytes,
    manifest::{CeremonyPlan, Trustees},
};

use crate::{fixture::seal, secret::secret_world};

mod complaints;
pub mod dealings;
mod messages;

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
    let keys = &ceremony.trustees().unwrap().keys.0;
    keys.as_chunks().0.iter().map(|key| group::point_not_identity(key).unwrap()).collect()
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
