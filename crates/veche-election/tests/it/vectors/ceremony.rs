//! The vectors of the trustees' ceremony: a complete one, files of such as came to a dispute, and files that are none.

use serde_json::{Value, json};
use veche_crypto::{Point, Scalar};
use veche_election::{
    Hash,
    ceremony::{Ceremony, Stage, Step, TrusteeSecret, fingerprint, spoken},
    encoding::Bytes,
};

use super::{each, read, text, utf8};
use crate::{
    ceremony::{answer, changed, dealings::colluding, say},
    secret::secret_world,
    world::World,
};

pub fn vectors(world: &World) -> Value {
    let ceremony = world.ceremony.as_ref().unwrap();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let lines = ceremony.to_bytes().unwrap();
    let encoded = |points: &[Point]| points.iter().map(|point| Bytes(point.compress().to_bytes())).collect::<Vec<_>>();
    let verification = ceremony.verification_keys().unwrap();
    json!({
        "draft": utf8(&veche_election::canonical::write(world.election.draft())),
        "draft_id": world.election.draft_id(),
        "seeds": world.trustees.iter().map(|trustee| hex(trustee.seed().as_ref())).collect::<Vec<_>>(),
        "messages": texts(ceremony.messages()),
        "ceremony_hash": Hash::of(&lines),
        "table": ceremony.table(), "table_code": spoken(ceremony.table()),
        "commitments": ceremony.commitments(),
        "transcript": ceremony.transcript(), "transcript_code": spoken(ceremony.transcript()),
        "fingerprints": ceremony.registered().map(|(_, _, key)| fingerprint(&key)).collect::<Vec<_>>(),
        "trustees": ceremony.trustees().unwrap(),
        "keys": encoded(world.election.secret().unwrap().parameters.keys().points()),
        "verification_keys": (1..=3).map(|trustee| encoded(verification.of(trustee).unwrap())).collect::<Vec<_>>(),
        "disputes": disputes(world),
        "invalid": refused_files(world),
    })
}

fn texts<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    messages.into_iter().map(utf8).collect()
}

/// The ceremony of these trustees as far as all dealings; `change` is what trustee 2 does to its dealing.
fn dealt(world: &World, change: impl FnOnce(&mut Step)) -> Ceremony {
    let held = world.ceremony.as_ref().unwrap();
    let mut ceremony = Ceremony::new(world.election.draft_id(), world.election.draft().ceremony_plan().unwrap());
    let mut change = Some(change);
    for (i, message) in held.messages().take(9).enumerate() {
        match change.take_if(|_| i == 7) {
            Some(change) => ceremony.take(&changed(&world.trustees[1], message, change)).unwrap(),
            None => ceremony.take(message).unwrap(),
        }
    }
    ceremony
}

/// To trustee 1, of this key.
fn bad_share(key: usize) -> impl FnOnce(&mut Step) {
    move |step| {
        let Step::Deal { shares, .. } = step else { panic!() };
        shares[0].0[32 * (key + 1)] ^= 1;
    }
}

fn with(ceremony: &Ceremony, messages: &[Vec<u8>]) -> Ceremony {
    let mut ceremony = ceremony.clone();
    messages.iter().for_each(|message| ceremony.take(message).unwrap());
    ceremony
}

/// A signed complaint of `accuser` about `dealer`, true or not.
fn accusation(world: &World, transcript: Hash, accuser: u32, dealer: u32) -> Vec<u8> {
    let secret = &world.trustees[accuser as usize - 1];
    say(secret.draft(), accuser, &Step::Complain { transcript, dealer }, &secret.signing_key())
}

/// Files of ceremonies that ended in a dispute: who is convicted.
fn disputes(world: &World) -> Vec<Value> {
    let (good, bad) = (dealt(world, |_| ()), dealt(world, bad_share(0)));
    let last = world.election.draft().ceremony_plan().unwrap().keys as usize - 1;
    let bad_for_one = dealt(world, bad_share(last));
    let secret = |number: u32| &world.trustees[number as usize - 1];
    let about = |ceremony: &Ceremony, accuser, dealer| accusation(world, ceremony.transcript(), accuser, dealer);
    let forged = |ephemeral: [u8; 32]| {
        let step = Step::Answer { transcript: good.transcript(), to: 1, ephemeral: Bytes(ephemeral) };
        say(secret(2).draft(), 2, &step, &secret(2).signing_key())
    };
    let one = core::array::from_fn(|i| u8::from(i == 0));
    let two_lies = with(&good, &[about(&good, 1, 2), about(&good, 3, 2)]);
    let answers = secret(2).answers(&two_lies).unwrap();
    let cases = [
        ("a share that does not fit", with(&bad, &[about(&bad, 1, 2), answer(&bad, secret(2), 1)])),
        (
            "a share that fits for all keys but the last",
            with(&bad_for_one, &[about(&bad_for_one, 1, 2), answer(&bad_for_one, secret(2), 1)]),
        ),
        ("a share that does not fit, and no answer", with(&bad, &[about(&bad, 1, 2)])),
        ("a false complaint", with(&good, &[about(&good, 1, 2), answer(&good, secret(2), 1)])),
        ("an answer with another scalar", with(&good, &[about(&good, 1, 2), forged(one)])),
        ("an answer with no scalar", with(&good, &[about(&good, 1, 2), forged([0xff; 32])])),
        ("two false complaints, of which one is answered", with(&two_lies, &answers[1..])),
        ("two false complaints", with(&two_lies, &answers)),
        ("one has accepted", with(&good, &[secret(3).accept(&good).unwrap(), about(&good, 1, 2)])),
    ];
    let case = |(name, ceremony): (&str, Ceremony)| {
        let (outcome, culprits) = outcome(&ceremony);
        json!({ "name": name, "messages": texts(ceremony.messages()), "outcome": outcome, "culprits": culprits })
    };
    cases.into_iter().map(case).collect()
}

fn outcome(ceremony: &Ceremony) -> (&'static str, Vec<u32>) {
    match ceremony.stage() {
        Stage::Done => ("complete", vec![]),
        Stage::Failed { culprits } => ("failed", culprits),
        Stage::Disputed { .. } => ("disputed", vec![]),
        other => panic!("{other:?}"),
    }
}

/// Complete but for what all dealers have agreed on: a key is the identity.
fn no_key(world: &World) -> Vec<Vec<u8>> {
    let (draft, plan) = (world.election.draft_id(), world.election.draft().ceremony_plan().unwrap());
    let (ceremony, last) = colluding(draft, plan, &world.trustees, &[Scalar::ZERO]);
    let mut lines: Vec<Vec<u8>> = ceremony.messages().map(<[u8]>::to_vec).chain([last]).collect();
    let transcript = transcript(&lines);
    lines.extend(world.trustees.iter().map(|secret| acceptance(secret, transcript)));
    lines
}

fn transcript(lines: &[Vec<u8>]) -> Hash {
    Hash::labelled("veche-ceremony-transcript-1", &lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn acceptance(secret: &TrusteeSecret, transcript: Hash) -> Vec<u8> {
    say(secret.draft(), secret.trustee(), &Step::Accept { transcript }, &secret.signing_key())
}

/// Files that are none: messages that do not belong to this table and transcript, or not at this place.
fn refused_files(world: &World) -> Vec<Value> {
    let (good, fork) = (dealt(world, |_| ()), dealt(world, bad_share(0)));
    let held: Vec<Vec<u8>> = world.ceremony.as_ref().unwrap().messages().map(<[u8]>::to_vec).collect();
    let (shown, accepts) = held.split_at(9);
    let secret = |number: u32| &world.trustees[number as usize - 1];
    let about = |accuser, dealer| accusation(world, good.transcript(), accuser, dealer);
    let elsewhere = accusation(world, fork.transcript(), 1, 2);
    let answered = answer(&good, secret(2), 1);
    let answered_elsewhere = answer(&fork, secret(2), 1);
    let deal = |change: &dyn Fn(&mut Hash, &mut Hash)| {
        let mut lines = shown.to_vec();
        lines[7] = changed(secret(2), &shown[7], |step| {
            let Step::Deal { table, commitments, .. } = step else { panic!() };
            change(table, commitments);
        });
        let transcript = transcript(&lines);
        lines.extend(world.trustees.iter().map(|secret| acceptance(secret, transcript)));
        lines
    };
    let after = |more: &[&Vec<u8>]| shown.iter().chain(more.iter().copied()).cloned().collect::<Vec<_>>();
    let cases = [
        ("a dealing under another table", deal(&|table, _| table.0[0] ^= 1)),
        ("a dealing under other commitments", deal(&|_, commitments| commitments.0[0] ^= 1)),
        ("a complaint of another transcript", after(&[&elsewhere])),
        ("a complaint of another transcript, with its answer", after(&[&elsewhere, &answered_elsewhere])),
        ("a complaint, with an answer of another transcript", after(&[&about(1, 2), &answered_elsewhere])),
        ("an acceptance and a complaint of one trustee", after(&[&accepts[0], &about(1, 2)])),
        ("a complaint behind a complete ceremony", [&held[..], &[about(1, 2)]].concat()),
        ("a complaint about oneself", after(&[&about(1, 1)])),
        ("a complaint about nobody", after(&[&about(1, 4)])),
        ("the same complaint twice", after(&[&about(1, 2), &about(1, 2)])),
        ("complaints out of order", after(&[&about(3, 2), &about(1, 2)])),
        ("an answer without a complaint", after(&[&answered])),
        ("an answer to another's complaint", after(&[&about(3, 2), &answered])),
        ("an answer before its complaint", after(&[&answered, &about(1, 2)])),
        ("an acceptance behind a complaint", after(&[&about(1, 2), &accepts[2]])),
        ("acceptances out of order", after(&[&accepts[1], &accepts[0], &accepts[2]])),
        ("dealings that together make no key", no_key(world)),
        ("no end", after(&[])),
        ("two of three have accepted", after(&[&accepts[0], &accepts[1]])),
    ];
    let case = |(name, messages): (&str, Vec<Vec<u8>>)| json!({ "name": name, "messages": texts(messages.iter().map(Vec::as_slice)) });
    cases.into_iter().map(case).collect()
}

#[test]
fn the_vectors_of_the_ceremony_hold() {
    let file = read("trustees-ceremony.json");
    let world = secret_world(|_| ());
    assert_eq!(file, vectors(&world), "the same seeds make the same ceremony");
    let draft = veche_election::Draft::parse(text(&file["draft"]).as_bytes()).unwrap();
    let parse = |messages: &Value| {
        let lines: String = messages.as_array().unwrap().iter().map(|line| format!("{}\n", text(line))).collect();
        Ceremony::parse(lines.as_bytes(), draft.id(), draft.ceremony_plan().unwrap())
    };
    assert_eq!(json!(parse(&file["messages"]).unwrap().trustees().unwrap()), file["trustees"]);
    for case in file["disputes"].as_array().unwrap() {
        let read = parse(&case["messages"]).unwrap();
        let (outcome, culprits) = outcome(&read);
        assert_eq!((&json!(outcome), &json!(culprits)), (&case["outcome"], &case["culprits"]), "{}", case["name"]);
        read.trustees().expect_err("no election has its key");
    }
    for case in file["invalid"].as_array().unwrap() {
        assert!(parse(&case["messages"]).is_err(), "{}", case["name"]);
    }
}

/// Of a smaller election: each wrong message stands in a file that fits it.
#[test]
fn the_vectors_of_ceremonies_by_themselves_hold() {
    let file = read("ceremonies.json");
    let draft = veche_election::Draft::parse(text(&file["draft"]).as_bytes()).unwrap();
    let parse = |case: &Value| {
        let line = |said: &Value| format!("{}\n", text(said.as_u64().map_or(said, |i| &file["messages"][i as usize])));
        let lines: Option<String> = case["messages"].as_array().map(|messages| messages.iter().map(line).collect());
        let lines = lines.unwrap_or_else(|| text(&case["file"]).to_owned());
        Ceremony::parse(lines.as_bytes(), draft.id(), draft.ceremony_plan().unwrap())
    };
    each(&file["valid"], |name, case| {
        let (outcome, culprits) = outcome(&parse(case).unwrap());
        assert_eq!((&json!(outcome), &json!(culprits)), (&case["outcome"], &case["culprits"]), "{name}");
    });
    each(&file["invalid"], |name, case| assert!(parse(case).is_err(), "{name}"));
}
