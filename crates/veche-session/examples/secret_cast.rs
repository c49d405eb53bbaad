//! What a secret cast costs the server beyond its floor, on one core, in one run: the whole dialogue through the real state
//! machine, the checks of the entry, the board and the receipt, against one RSA-3072 decryption, one signature and one
//! proof verification. `cargo run --release -p veche-session --example secret_cast`
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::VecDeque, ops::Deref};

use veche_crypto::onehot::{self, Context, Proven};
use veche_election::{
    Act, Board, Checkpoint, CredentialKey, Draft, Hash, LogTree, PreparedBallot, Receipt, RollShows, Secrecy, Subtrees,
    VoterNumber,
    encoding::Blob,
    entry::{Ballot, BallotEntry, CheckedBallot, CheckedEntry},
    log::origin,
    manifest::TrusteePlan,
};
use veche_fixtures::{WEIGHTS, contest, draft};
use veche_session::{
    ServerSession, VoterSession,
    envelope::{self, Bits, OpeningKey, SealingSignature, Signer},
    message::Folder,
    server::{Effect, Input, Verdict},
    voter,
};

const VOTERS: u64 = 200;

/// An open election, and what its server has in memory.
struct World {
    made: veche_fixtures::World,
    board: Board,
    tree: LogTree,
    enc: OpeningKey,
    sig: SealingSignature,
}

impl Deref for World {
    type Target = veche_fixtures::World;

    fn deref(&self) -> &veche_fixtures::World {
        &self.made
    }
}

/// Processor time of this thread, in milliseconds.
fn cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The fastest of several turns of a job, in milliseconds each.
fn fastest(mut job: impl FnMut()) -> f64 {
    let turn = |_| {
        let began = cpu_ms();
        (0..20).for_each(|_| job());
        (cpu_ms() - began) / 20.0
    };
    (0..10).map(turn).fold(f64::MAX, f64::min)
}

fn main() {
    let mut world = world();
    let keys = (OpeningKey::generate(Bits::Rsa2048).unwrap(), SealingSignature::generate(Bits::Rsa2048).unwrap());
    let floor = floor(&world, &keys);
    let mut costs: Vec<f64> = (1..=VOTERS).map(|number| cast(&mut world, number, &keys)).collect();
    costs.sort_by(f64::total_cmp);
    let (fastest, median) = (costs[costs.len() / 10], costs[costs.len() / 2]);
    println!("a whole secret cast, server's side: {fastest:.3} ms (tenth fastest of ten), {median:.3} ms (median)");
    println!("above the floor: {:.2} times, median {:.2} times", fastest / floor, median / floor);
}

fn world() -> World {
    let draft = Draft {
        secrecy: Secrecy::Secret,
        trustees: Some(TrusteePlan { count: 3, threshold: 2 }),
        contests: vec![contest(&["1", "2", "3", "4", "5"], 7)],
        session_timeout_s: 900,
        roll_shows: RollShows::Nothing,
        nonce: Hash([7; 32]),
        ..draft()
    };
    let (enc, sig) = (OpeningKey::generate(Bits::Rsa3072).unwrap(), SealingSignature::generate(Bits::Rsa3072).unwrap());
    let made =
        veche_fixtures::World::served(draft, &[1; VOTERS as usize], [enc.public().clone(), sig.public().clone()]);
    let mut world = World { board: made.board(), tree: LogTree::default(), made, enc, sig };
    act(&mut world, Act::Setup);
    for trustee in world.trustees.clone() {
        let held = world.ceremony.as_ref().unwrap();
        let proof = Blob(trustee.rehearse(held, world.election.id(), &[9; 32]).unwrap());
        act(&mut world, Act::Rehearsal { trustee: trustee.trustee(), proof });
    }
    act(&mut world, Act::Opening);
    world
}

fn act(world: &mut World, act: Act) {
    let entry = world.check(&world.made.act(&world.board, act));
    world.board.append(&entry).unwrap();
    world.tree.append(entry.leaf());
}

fn entry(world: &World, number: u64) -> String {
    let key = &world.voters[number as usize - 1];
    let at = world.board.position(&key.public()).unwrap();
    let ballot = PreparedBallot::new(&world.election, key.public(), at, vec!["54321*5".into()], &[number as u8; 32]);
    ballot.unwrap().sign(key).as_str().to_owned()
}

/// A decryption, a signature, a proof: each alone, on messages of the real size.
fn floor(world: &World, (reply, signer): &(OpeningKey, SealingSignature)) -> f64 {
    let sizes = world.election.session();
    let payload = vec![b'.'; sizes.up_bytes as usize];
    let up = envelope::seal(&payload, signer, true, world.enc.public()).unwrap();
    let open = fastest(|| drop(envelope::open(&up, &world.enc, Signer::Embedded, sizes.up_bytes).unwrap()));
    let payload = vec![b'.'; sizes.down_bytes as usize];
    let seal = fastest(|| drop(envelope::seal(&payload, &world.sig, false, reply.public()).unwrap()));
    let bytes = entry(world, 1);
    let ballot: BallotEntry = veche_election::canonical::parse(bytes.as_bytes()).unwrap();
    let Ballot::Secret { cells, proof } = &ballot.ballot else { panic!("a secret ballot") };
    let secret = world.election.secret().unwrap();
    let credential = ballot.credential;
    let context = Context { credential: credential.as_bytes(), seq: ballot.seq, prev: &ballot.prev.0 };
    let prove = fastest(|| {
        let read = Proven::read(&secret.parameters, &context, &cells.0, &proof.0).unwrap();
        onehot::verify(&secret.parameters, &read, &[0; 32]).unwrap();
    });
    let floor = open + seal + prove;
    println!("open a message {open:.3} ms, seal an answer {seal:.3} ms, verify a proof {prove:.3} ms");
    println!("floor of a secret cast: {floor:.3} ms");
    floor
}

/// One voter's session; returns the processor time that the server's side took.
fn cast(world: &mut World, number: u64, (reply, signer): &(OpeningKey, SealingSignature)) -> f64 {
    let voter_number = VoterNumber::new(number).unwrap();
    let credential = world.voters[number as usize - 1].clone();
    let voter = voter::Voter {
        number: voter_number,
        credential: credential.clone(),
        sig: signer.public().clone(),
        reply: reply.public().clone(),
        weights: WEIGHTS,
    };
    let mut client = VoterSession::new(world.election.clone(), voter);
    let mut server = ServerSession::new(world.election.clone(), Folder::from_random([number as u8; 16]));
    let mut entry = Some(entry(world, number));
    let mut spent = 0.0;
    let mut to_client: VecDeque<voter::Effect> = client.handle(voter::Input::Start).unwrap().into();
    while let Some(effect) = to_client.pop_front() {
        let more = match effect {
            voter::Effect::Send(frame) => {
                let began = cpu_ms();
                let answers = serve(world, &mut server, &frame, &credential);
                spent += cpu_ms() - began;
                answers.iter().flat_map(|frame| client.handle(voter::Input::Frame(frame)).unwrap()).collect()
            }
            voter::Effect::NeedEntry(_) => client.handle(voter::Input::Entry(entry.take().unwrap().into())).unwrap(),
            voter::Effect::Seal(payload) => {
                let sealed = envelope::seal(&payload, signer, true, world.enc.public()).unwrap();
                client.handle(voter::Input::Sealed(sealed)).unwrap()
            }
            voter::Effect::Keep { .. } => Vec::new(),
            voter::Effect::SealOk { payload, key } => {
                client.handle(voter::Input::Sealed(envelope::seal_ok(&payload, &key).unwrap())).unwrap()
            }
            voter::Effect::Open(frame) => {
                let signer = Signer::Known(&world.election.keys().server_sig);
                let opened = envelope::open(&frame, reply, signer, world.election.session().down_bytes);
                client.handle(voter::Input::Opened(opened)).unwrap()
            }
            voter::Effect::Finish(outcome) => {
                assert!(matches!(outcome, voter::Outcome::Recorded { .. }), "voter {number} was refused");
                Vec::new()
            }
        };
        to_client.extend(more);
    }
    spent
}

/// What the server does with one frame; the sequencer's part without the disk.
fn serve(world: &mut World, session: &mut ServerSession, frame: &str, credential: &CredentialKey) -> Vec<String> {
    let mut sent = Vec::new();
    let mut effects: VecDeque<Effect> = session.handle(Input::Frame(frame)).unwrap().into();
    while let Some(effect) = effects.pop_front() {
        let more = match effect {
            Effect::FindVoter(_) => session.handle(Input::Found(Some(credential.public()))).unwrap(),
            Effect::OpenFolder(_) | Effect::Note(_) | Effect::Finish(_) => Vec::new(),
            Effect::Send(frame) => {
                sent.push(frame);
                Vec::new()
            }
            Effect::Open(frame) => {
                let size = world.election.session().up_bytes;
                let opened = envelope::open(&frame, &world.enc, Signer::Embedded, size);
                session.handle(Input::Opened(opened)).unwrap()
            }
            Effect::OpenOk { frame, key } => {
                let opened = envelope::open_ok(&frame, &key, world.election.session().up_bytes);
                session.handle(Input::OkOpened(opened)).unwrap()
            }
            Effect::Check(entry) => {
                let ballot = CheckedBallot::check(&entry, &world.election, &WEIGHTS).map(Box::new);
                session.handle(Input::Checked { ballot, phase: world.board.phase() }).unwrap()
            }
            Effect::Decide(ballot) => {
                let verdict = decide(world, *ballot);
                session.handle(Input::Decided(verdict, envelope::ok_key().unwrap())).unwrap()
            }
            Effect::LookUp(_) => panic!("nobody said hello"),
            Effect::Seal { payload, to } => {
                let sealed = envelope::seal(&payload, &world.sig, false, &to).unwrap();
                session.handle(Input::Sealed(sealed)).unwrap()
            }
        };
        effects.extend(more);
    }
    sent
}

fn decide(world: &mut World, ballot: CheckedBallot) -> Verdict {
    let (leaf, entry) = (ballot.leaf(), ballot.bytes().clone());
    let index = world.board.append(&CheckedEntry::Ballot(ballot)).unwrap();
    world.tree.append(leaf);
    let (size, root) = (world.tree.size(), world.tree.root());
    let checkpoint = Checkpoint { origin: origin(world.election.id()), size, root }.sign(&world.board_key);
    let proof = world.tree.inclusion_proof(index, size).unwrap();
    Verdict::Recorded { receipt: Receipt::new(entry, index, proof, &checkpoint), current: true }
}
