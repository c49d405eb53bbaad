//! An election, its keys, a voter, and drivers that carry out the effects of both state machines.

use std::{
    cell::RefCell,
    sync::{Arc, LazyLock},
};

use veche_election::{
    BallotEntry, Contest, CredentialKey, Draft, Election, Hash, Keys, Phase, PublicKey, Receipt, SigningKey,
    VoterNumber,
    entry::{CheckedBallot, Position},
    log::{Checkpoint, LogTree, origin},
    manifest::RollSummary,
};
pub use veche_fixtures::WEIGHTS;
use veche_fixtures::{card, contest};
use veche_session::{
    ServerSession, VoterSession,
    envelope::{self, Bits, OpeningKey, SealingSignature, Signer},
    message::Folder,
    server::{self, Found, Lookup, Verdict},
    voter,
};

pub struct Server {
    pub enc: OpeningKey,
    pub sig: SealingSignature,
    pub board: SigningKey,
    pub election: Arc<Election>,
}

/// RSA keys take a second to make: one set for all tests.
pub static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let enc = OpeningKey::generate(Bits::Rsa3072).unwrap();
    let sig = SealingSignature::generate(Bits::Rsa3072).unwrap();
    let board = SigningKey::from_seed(&[7; 32]);
    let keys = Keys {
        server_enc: enc.public().clone(),
        server_sig: sig.public().clone(),
        board: board.public(),
        organiser: SigningKey::from_seed(&[8; 32]).public(),
    };
    let roll =
        RollSummary { voters: 3, weight: 3, credentials: Hash::of(b"credentials"), published: Hash::of(b"roll") };
    let election = Arc::new(Election::new(draft(), keys, roll, None).unwrap());
    Server { enc, sig, board, election }
});

pub fn draft() -> Draft {
    let contest = Contest { title: "Seven".into(), ..contest(&["1", "2", "3", "4", "5"], 7) };
    Draft {
        title: "Session tests".into(),
        contests: vec![contest],
        attempts_max: 3,
        nonce: Hash([9; 32]),
        ..veche_fixtures::draft()
    }
}

pub struct Person {
    pub number: VoterNumber,
    pub credential: CredentialKey,
    pub sig: SealingSignature,
    pub reply: OpeningKey,
}

/// Voters 1, 2, 3: each with a credential and two session keys of their own.
pub static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(|| (1..=3).map(person).collect());

fn person(number: u8) -> Person {
    Person {
        number: VoterNumber::new(number.into()).unwrap(),
        credential: card(number.into()).key(SERVER.election.draft_id()),
        sig: SealingSignature::generate(Bits::Rsa2048).unwrap(),
        reply: OpeningKey::generate(Bits::Rsa2048).unwrap(),
    }
}

pub fn folder(seed: u8) -> Folder {
    Folder::from_random([seed; 16])
}

pub fn entry(who: &Person, marks: &str) -> String {
    let entry = BallotEntry::sign(SERVER.election.id(), &who.credential, Position::FIRST, vec![marks.into()]);
    entry.as_str().to_owned()
}

/// A true receipt: a log of one entry.
pub fn receipt(entry: &str) -> Receipt {
    let ballot = CheckedBallot::check(entry.as_bytes(), &SERVER.election, &WEIGHTS).unwrap();
    let mut tree = LogTree::default();
    tree.append(ballot.leaf());
    let checkpoint = Checkpoint { origin: origin(SERVER.election.id()), size: 1, root: tree.root() };
    Receipt::new(entry.into(), 0, Vec::new(), &checkpoint.sign(&SERVER.board))
}

thread_local! {
    /// What the log knows of whoever says hello.
    pub static LOOKUP: RefCell<Lookup> = RefCell::new(Lookup::Found(Box::new(found())));
}

/// An open election, in which the voter has not voted.
pub fn found() -> Found {
    let mut tree = LogTree::default();
    tree.append(Hash([1; 32]));
    let checkpoint = Checkpoint { origin: origin(SERVER.election.id()), size: 1, root: tree.root() };
    let checkpoint = Some(checkpoint.sign(&SERVER.board));
    Found { phase: Phase::Open, closes: Some(1_795_700_000), weight: 1, last: None, checkpoint }
}

/// What the server's driver saw.
#[derive(Debug, Default)]
pub struct ServerLog {
    pub sent: Vec<String>,
    pub decided: Vec<String>,
    pub looked_up: Vec<PublicKey>,
    pub notes: Vec<server::Note>,
    pub outcome: Option<server::Outcome>,
}

/// Feeds a frame to the server and carries out the effects. `judge` plays the sequencer.
pub fn serve(
    session: &mut ServerSession,
    frame: &str,
    judge: &mut dyn FnMut(&str) -> Verdict,
) -> Result<ServerLog, server::Violation> {
    use server::{Effect, Input};
    let mut log = ServerLog::default();
    let mut effects: std::collections::VecDeque<_> = session.handle(Input::Frame(frame))?.into();
    while let Some(effect) = effects.pop_front() {
        let more = match effect {
            Effect::FindVoter(number) => {
                let found = PEOPLE.iter().find(|who| who.number == number).map(|who| who.credential.public());
                session.handle(Input::Found(found))?
            }
            Effect::OpenFolder(_) => Vec::new(),
            Effect::Send(frame) => {
                log.sent.push(frame);
                Vec::new()
            }
            Effect::Open(frame) => {
                let up = SERVER.election.session().up_bytes;
                session.handle(Input::Opened(envelope::open(&frame, &SERVER.enc, Signer::Embedded, up)))?
            }
            Effect::OpenOk { frame, key } => {
                let up = SERVER.election.session().up_bytes;
                session.handle(Input::OkOpened(envelope::open_ok(&frame, &key, up)))?
            }
            Effect::Check(entry) => {
                let ballot = CheckedBallot::check(&entry, &SERVER.election, &WEIGHTS).map(Box::new);
                session.handle(Input::Checked { ballot, phase: Phase::Open })?
            }
            Effect::Decide(ballot) => {
                let entry = String::from_utf8(ballot.bytes().to_vec()).unwrap();
                let verdict = judge(&entry);
                log.decided.push(entry);
                session.handle(Input::Decided(verdict, envelope::ok_key().unwrap()))?
            }
            Effect::LookUp(credential) => {
                log.looked_up.push(credential);
                session.handle(Input::LookedUp(LOOKUP.with(|lookup| lookup.borrow().clone())))?
            }
            Effect::Note(note) => {
                log.notes.push(note);
                Vec::new()
            }
            Effect::Seal { payload, to } => {
                session.handle(Input::Sealed(envelope::seal(&payload, &SERVER.sig, false, &to).unwrap()))?
            }
            Effect::Finish(outcome) => {
                log.outcome = Some(outcome);
                Vec::new()
            }
        };
        effects.extend(more);
    }
    Ok(log)
}

/// What the voter's driver saw.
#[derive(Debug, Default)]
pub struct VoterLog {
    pub sent: Vec<String>,
    pub needs: Vec<voter::Why>,
    pub kept: bool,
    pub outcome: Option<voter::Outcome>,
}

pub fn voter_of(who: &Person) -> voter::Voter {
    voter::Voter {
        number: who.number,
        credential: who.credential.clone(),
        sig: who.sig.public().clone(),
        reply: who.reply.public().clone(),
        weights: WEIGHTS,
    }
}

pub fn voter_session(who: &Person) -> VoterSession {
    VoterSession::new(SERVER.election.clone(), voter_of(who))
}

/// Feeds one input to the voter and carries out the effects; entries are asked of `write`.
pub fn vote(
    session: &mut VoterSession,
    who: &Person,
    input: voter::Input<'_>,
    write: &mut dyn FnMut() -> Option<String>,
) -> Result<VoterLog, voter::Violation> {
    use voter::{Effect, Input};
    let mut log = VoterLog::default();
    let mut effects: std::collections::VecDeque<_> = session.handle(input)?.into();
    while let Some(effect) = effects.pop_front() {
        let more = match effect {
            Effect::Send(frame) => {
                log.sent.push(frame);
                Vec::new()
            }
            Effect::NeedEntry(why) => {
                log.needs.push(why);
                match write() {
                    Some(entry) => session.handle(Input::Entry(entry.into()))?,
                    None => Vec::new(),
                }
            }
            Effect::Seal(payload) => {
                let to = &SERVER.election.keys().server_enc;
                session.handle(Input::Sealed(envelope::seal(&payload, &who.sig, true, to).unwrap()))?
            }
            Effect::Keep { .. } => {
                log.kept = true;
                Vec::new()
            }
            Effect::SealOk { payload, key } => {
                assert!(log.kept, "the receipt is kept before the key is used");
                session.handle(Input::Sealed(envelope::seal_ok(&payload, &key).unwrap()))?
            }
            Effect::Open(frame) => {
                let (signer, down) =
                    (Signer::Known(&SERVER.election.keys().server_sig), SERVER.election.session().down_bytes);
                session.handle(Input::Opened(envelope::open(&frame, &who.reply, signer, down)))?
            }
            Effect::Finish(outcome) => {
                log.outcome = Some(outcome);
                Vec::new()
            }
        };
        effects.extend(more);
    }
    Ok(log)
}

/// A server session that has given out its folder, and the voter's first ballot frame for it.
pub fn at_the_ballot(who: &Person, folder_seed: u8, marks: &str) -> (ServerSession, VoterSession, String) {
    let mut server = ServerSession::new(SERVER.election.clone(), folder(folder_seed));
    let mut voter = voter_session(who);
    let number = vote(&mut voter, who, voter::Input::Start, &mut || None).unwrap().sent.remove(0);
    let name = serve(&mut server, &number, &mut |_| unreachable!()).unwrap().sent.remove(0);
    let mut ballot = Some(entry(who, marks));
    let frame = vote(&mut voter, who, voter::Input::Frame(&name), &mut || ballot.take()).unwrap().sent.remove(0);
    (server, voter, frame)
}
