//! Every «нет» of an entry, by the dialogue that the simulated elections hold (`docs/spec/session.md` section 4).

use veche_election::{CredentialKey, CredentialSecret, Revote, SigningKey, canonical, entry::BALLOT_VERSION};
use veche_session::message::Down;

use super::{
    dialogue::{check, open, seal},
    *,
};
use crate::{
    fixture::{Faulty, after, index},
    secret,
};

/// What the server answers to an entry that is brought under a credential, which it believes to be the number's.
async fn answer(
    world: &World,
    sequencer: &Sequencer<Faulty>,
    who: &CredentialKey,
    entry: &[u8],
) -> (Code, Option<u64>) {
    let (number, [sig, reply]) = (VoterNumber::new(1).unwrap(), KEYS[0].clone());
    let voter = voter::Voter { number, credential: who.clone(), sig, reply, weights: crate::fixture::WEIGHTS };
    let mut client = VoterSession::new(world.election.clone(), voter);
    let mut server = ServerSession::new(world.election.clone(), Folder::from_random([1; 16]));
    let mut to_server = VecDeque::new();
    let mut to_client = VecDeque::from(client.handle(voter::Input::Start).unwrap());
    loop {
        while let Some(effect) = to_client.pop_front() {
            let input = match effect {
                voter::Effect::Send(frame) => {
                    to_server.extend(server.handle(server::Input::Frame(&frame)).unwrap());
                    continue;
                }
                voter::Effect::NeedEntry(_) => voter::Input::Entry(String::from_utf8(entry.to_vec()).unwrap().into()),
                voter::Effect::Seal(payload) => voter::Input::Sealed(seal("0", &payload)),
                effect => panic!("before the answer: {effect:?}"),
            };
            to_client.extend(client.handle(input).unwrap());
        }
        let input = match to_server.pop_front().expect("the server answers") {
            server::Effect::FindVoter(_) => server::Input::Found(Some(who.public())),
            server::Effect::Send(frame) => {
                to_client.extend(client.handle(voter::Input::Frame(&frame)).unwrap());
                continue;
            }
            server::Effect::Open(frame) => server::Input::Opened(open(&frame)),
            server::Effect::Check(entry) => check(&world.election, &entry, sequencer.published().phase),
            server::Effect::Decide(ballot) => {
                server::Input::Decided(sequencer.cast(*ballot).await, OkKey::new([7; 32]))
            }
            server::Effect::Seal { payload, .. } => {
                let said: Down = canonical::parse(&payload).unwrap();
                return (said.code.expect("a «нет»"), said.last.map(|last| last.index()));
            }
            server::Effect::LookUp(_) | server::Effect::OpenOk { .. } => panic!("before the answer"),
            server::Effect::OpenFolder(_) | server::Effect::Note(_) => continue,
            server::Effect::Finish(outcome) => panic!("before the answer: {outcome:?}"),
        };
        to_server.extend(server.handle(input).unwrap());
    }
}

/// With one symbol of the signature changed.
fn unsigned(entry: &[u8]) -> Vec<u8> {
    let mut bytes = entry.to_vec();
    let at = bytes.len() - 20;
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    bytes
}

#[tokio::test]
async fn an_entry_that_can_never_be_valid_has_the_code_of_its_error_while_the_election_is_open() {
    let world = World::new(3, |_| ());
    let (sequencer, ..) = world.open().await;
    let key = &world.voters[0];
    let of = |election, marks: &str| BallotEntry::sign(election, key, Position::FIRST, vec![marks.into()]).to_vec();
    let (open, elsewhere) = (|marks| of(world.election.id(), marks), of(Hash([9; 32]), "012"));
    let rows = [
        ("marks off the scale", open("9**"), Code::BadMarks),
        ("another's signature", unsigned(&open("012")), Code::BadSignature),
        ("another election", elsewhere, Code::BadEntry),
        ("not canonical", [b" ".as_slice(), &open("012")].concat(), Code::BadEntry),
        ("another voter's entry", world.first(1, "012").bytes().to_vec(), Code::NotAuthorised),
    ];
    for (what, entry, code) in &rows {
        assert_eq!(answer(&world, &sequencer, key, entry).await, (*code, None), "{what}");
    }
    world.act(&sequencer, Act::Closing).await.unwrap();
    for (what, entry, code) in &rows {
        let code = if *code == Code::NotAuthorised { Code::NotAuthorised } else { Code::Closed };
        assert_eq!(answer(&world, &sequencer, key, entry).await, (code, None), "{what}");
    }
}

#[tokio::test]
async fn a_secret_ballot_whose_proof_was_made_for_another_place_is_told_so() {
    let world = secret::world();
    let (sequencer, ..) = secret::open(&world).await;
    let mut entry = world.first(0, "543").entry().clone();
    entry.seq = 2;
    let unsigned = canonical::write(&entry);
    let signed_bytes = unsigned.len() - ",\"sig\":\"\"}".len() - 86;
    entry.sig = world.voters[0].0.sign(BALLOT_VERSION, &[&unsigned[..signed_bytes]]);
    let answered = answer(&world, &sequencer, &world.voters[0], &canonical::write(&entry)).await;
    assert_eq!(answered, (Code::BadProof, None));
}

#[tokio::test]
async fn who_is_unknown_or_replaced_and_who_may_vote_only_once_is_told_so() {
    let world = World::new(3, |draft| draft.revote = Revote::Never);
    let (sequencer, ..) = world.open().await;
    let stranger = CredentialSecret::from_random([99; 16]).key(world.election.draft_id());
    let entry = BallotEntry::sign(world.election.id(), &stranger, Position::FIRST, vec!["012".into()]);
    let answered = answer(&world, &sequencer, &stranger, &entry).await;
    assert_eq!(answered, (Code::NotAuthorised, None), "unknown credential");

    let first = world.first(0, "012");
    let place = index(sequencer.ballot(first.clone()).await);
    let again = world.ballot(0, after(&first), "210");
    let answered = answer(&world, &sequencer, &world.voters[0], again.bytes()).await;
    assert_eq!(answered, (Code::AlreadyVoted, Some(place)), "a second vote");

    let (old, new) = (world.voters[1].public(), SigningKey::from_seed(&[77; 32]).public());
    world.act(&sequencer, Act::Replace { old, new, reason: "lost".into() }).await.unwrap();
    let answered = answer(&world, &sequencer, &world.voters[1], world.first(1, "012").bytes()).await;
    assert_eq!(answered, (Code::NotAuthorised, None), "the card was replaced in the middle of the session");
}
