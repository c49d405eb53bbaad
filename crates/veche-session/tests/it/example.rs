//! Makes the election that the specification shows: its record, a card, a receipt file, and the dialogue of voter 17.
//! Keys and secrets are those of these files or follow from fixed seeds; frames are sealed afresh each time.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use veche_election::{
    Act, BallotEntry, Board, CredentialKey, CredentialSecret, Draft, Election, Jwk, Keys, LogTree, Phase, Receipt,
    Signatory, SigningKey, Subtrees, VoterNumber, canonical,
    ceremony::VerificationKeys,
    credential::CredentialList,
    entry::{CheckedBallot, CheckedEntry, ControlEntry, Position},
    hash::frame,
    log::{Checkpoint, bundle_of, origin, write_bundle},
    receipt::ReceiptFile,
    record,
    roll::{Seat, Weight, published_roll, summary},
};
use veche_session::{
    ServerSession, VoterSession,
    envelope::{self, OpeningKey, SealingSignature, Signer},
    message::{AuthStatement, Folder},
    sealed::OkKey,
    server::{self, Verdict},
    voter,
};

const OPENED_AT: u64 = 1_795_610_774;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors")
}

fn read_json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(vectors().join(name)).unwrap()).unwrap()
}

fn bytes_of(value: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

/// The election, and everybody's keys.
struct Example {
    election: Arc<Election>,
    credentials: CredentialList,
    seats: Vec<Seat>,
    /// Voters 1, 2 and 17, and the second card of voter 2.
    keys: Vec<CredentialKey>,
    board: SigningKey,
    organiser: SigningKey,
    server_enc: OpeningKey,
    server_sig: SealingSignature,
    voter_sig: SealingSignature,
    voter_reply: OpeningKey,
}

impl Example {
    fn new() -> Self {
        let (manifest, dialogue) = (read_json("record/election.json"), read_json("dialogue.json"));
        let draft: Draft = serde_json::from_value(manifest["draft"].clone()).unwrap();
        let card = CredentialSecret::parse(read_json("17.json")["credential"].as_str().unwrap()).unwrap();
        let secrets = [[1; 16], [2; 16], [0; 16], [3; 16]].map(CredentialSecret::from_random);
        let mut keys: Vec<CredentialKey> = secrets.iter().map(|secret| secret.key(draft.id())).collect();
        keys[2] = card.key(draft.id());
        let seat = |(i, number, weight)| Seat {
            number: VoterNumber::new(number).unwrap(),
            name: format!("Voter {number}"),
            weight: Weight::new(weight).unwrap(),
            credential: CredentialKey::public(&keys[i]),
        };
        let seats: Vec<Seat> = [(0, 1, 1), (1, 2, 2), (2, 17, 1)].map(seat).into();
        let (roll, credentials) = summary(&seats, draft.roll_shows);
        let opening = |name: &str| OpeningKey::from_pkcs8(&bytes_of(&dialogue[name])).unwrap();
        let sealing = |name: &str| SealingSignature::from_pkcs8(&bytes_of(&dialogue[name])).unwrap();
        let (server_enc, server_sig) = (opening("server_enc_pkcs8"), sealing("server_sig_pkcs8"));
        let (board, organiser) = (SigningKey::from_seed(&[0xB0; 32]), SigningKey::from_seed(&[0x09; 32]));
        let named = Keys {
            server_enc: server_enc.public().clone(),
            server_sig: server_sig.public().clone(),
            board: board.public(),
            organiser: organiser.public(),
        };
        let election = Arc::new(Election::new(draft, named, roll, None).unwrap());
        let (voter_sig, voter_reply) = (sealing("voter_sig_pkcs8"), opening("voter_reply_pkcs8"));
        Self { election, credentials, seats, keys, board, organiser, server_enc, server_sig, voter_sig, voter_reply }
    }

    fn checkpoint(&self, tree: &LogTree, size: u64) -> String {
        let root = tree.root_at(size).unwrap();
        Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board)
    }

    /// What is given out when the entry has just been appended.
    fn receipt(&self, log: &Log<'_>, index: usize) -> Receipt {
        let (tree, place, size) = (log.board.tree(), index as u64, index as u64 + 1);
        let proof = tree.inclusion_proof(place, size).unwrap();
        Receipt::new(
            String::from_utf8(log.entries[index].clone()).unwrap().into(),
            place,
            proof,
            &self.checkpoint(tree, size),
        )
    }
}

struct Log<'a> {
    example: &'a Example,
    board: Board,
    entries: Vec<Vec<u8>>,
}

impl Log<'_> {
    fn append(&mut self, bytes: Vec<u8>) {
        self.board
            .append(&CheckedEntry::check(&bytes, &self.example.election, &crate::fixture::WEIGHTS).unwrap())
            .unwrap();
        self.entries.push(bytes);
    }

    fn act(&mut self, by: Signatory, seconds: u64, act: Act) {
        let key = if by == Signatory::Board { &self.example.board } else { &self.example.organiser };
        let id = self.example.election.id();
        self.append(ControlEntry::sign(id, self.board.link(), OPENED_AT + seconds, by, act, key).into());
    }

    fn vote(&mut self, voter: usize, marks: &str) {
        let key = &self.example.keys[voter];
        let at = self.board.position(&key.public()).unwrap();
        self.append(BallotEntry::sign(self.example.election.id(), key, at, vec![marks.into()]).into());
    }
}

/// The log as `entry.md` section 1 tells it.
fn held(example: &Example) -> Log<'_> {
    let board = Board::new(example.election.clone(), &example.credentials, VerificationKeys::default());
    let mut log = Log { example, board, entries: Vec::new() };
    let [old, new] = [1, 3].map(|i: usize| example.keys[i].public());
    log.act(Signatory::Organiser, 0, Act::Setup);
    log.act(Signatory::Organiser, 0, Act::Opening);
    log.vote(2, "45*");
    log.vote(2, "55*");
    log.vote(0, "345");
    log.vote(1, "2*4");
    log.act(Signatory::Organiser, 6, Act::Pause { reason: "power cut".into() });
    log.act(Signatory::Organiser, 6, Act::Resume { reason: "power is back".into() });
    log.act(Signatory::Organiser, 7, Act::Replace { old, new, reason: "lost card".into() });
    log.vote(3, "1*5");
    log.act(Signatory::Organiser, 7, Act::Closing);
    let hash = log.board.result().unwrap().hash();
    log.act(Signatory::Board, 7, Act::Result { hash });
    log
}

fn record_of(example: &Example, log: &Log<'_>) -> BTreeMap<String, Vec<u8>> {
    let (election, tree) = (&example.election, log.board.tree());
    let mut files: BTreeMap<String, Vec<u8>> = tree.tiles().into_iter().collect();
    files.insert(bundle_of(0, tree.size()).0, write_bundle(log.entries.iter().map(Vec::as_slice)).unwrap());
    let named = [
        (record::MANIFEST_FILE, election.bytes().to_vec()),
        (record::CREDENTIALS_FILE, example.credentials.to_bytes()),
        (record::ROLL_FILE, published_roll(&example.seats, election.draft().roll_shows)),
        (record::CHECKPOINT_FILE, example.checkpoint(tree, tree.size()).into_bytes()),
        (record::RESULT_FILE, log.board.result().unwrap().to_bytes()),
        (record::README_FILE, record::readme(election).into_bytes()),
    ];
    files.extend(named.map(|(name, bytes)| (name.to_owned(), bytes)));
    files
}

/// A session of voter 17: marks off the scale, then a ballot that is taken; or a hello behind it.
struct Dialogue<'a> {
    example: &'a Example,
    receipt: Receipt,
    server: ServerSession,
    voter: VoterSession,
    ballots: VecDeque<String>,
    frames: Vec<Value>,
    /// What was sealed and not yet sent.
    payload: Option<String>,
}

impl Dialogue<'_> {
    fn sent(&mut self, from: &str, frame: &str) {
        let mut told = json!({ "from": from, "frame": frame });
        if let Some(payload) = self.payload.take() {
            told["payload"] = payload.into();
        }
        self.frames.push(told);
    }

    fn tell_server(&mut self, frame: &str) {
        use server::{Effect, Input};
        let mut effects: VecDeque<_> = self.server.handle(Input::Frame(frame)).unwrap().into();
        while let Some(effect) = effects.pop_front() {
            let input = match effect {
                Effect::FindVoter(_) => Input::Found(Some(self.example.keys[2].public())),
                Effect::Open(frame) => {
                    let bytes = self.example.election.session().up_bytes;
                    Input::Opened(envelope::open(&frame, &self.example.server_enc, Signer::Embedded, bytes))
                }
                Effect::Check(entry) => {
                    let (election, weights) = (&self.example.election, &crate::fixture::WEIGHTS);
                    let ballot = CheckedBallot::check(&entry, election, weights).map(Box::new);
                    Input::Checked { ballot, phase: Phase::Open }
                }
                Effect::Decide(_) => {
                    let verdict = Verdict::Recorded { receipt: self.receipt.clone(), current: true };
                    Input::Decided(verdict, OkKey::new([0x0C; 32]))
                }
                Effect::OpenOk { frame, key } => {
                    let bytes = self.example.election.session().up_bytes;
                    Input::OkOpened(envelope::open_ok(&frame, &key, bytes))
                }
                Effect::LookUp(_) => {
                    let (last, checkpoint) = (Some(self.receipt.clone()), Some(self.receipt.checkpoint.clone()));
                    let (phase, closes) = (Phase::Open, self.example.election.draft().closes);
                    let found = server::Found { phase, closes, weight: 1, last, checkpoint };
                    Input::LookedUp(server::Lookup::Found(Box::new(found)))
                }
                Effect::Seal { payload, to } => {
                    let sealed = envelope::seal(&payload, &self.example.server_sig, false, &to).unwrap();
                    self.payload = Some(String::from_utf8(payload.to_vec()).unwrap());
                    Input::Sealed(sealed)
                }
                Effect::Send(frame) => {
                    self.sent("server", &frame);
                    self.tell_voter(voter::Input::Frame(&frame));
                    continue;
                }
                Effect::OpenFolder(_) | Effect::Note(_) | Effect::Finish(_) => continue,
            };
            effects.extend(self.server.handle(input).unwrap());
        }
    }

    fn tell_voter(&mut self, input: voter::Input<'_>) {
        use voter::{Effect, Input};
        let mut effects: VecDeque<_> = self.voter.handle(input).unwrap().into();
        while let Some(effect) = effects.pop_front() {
            let keys = self.example.election.keys();
            let input = match effect {
                Effect::NeedEntry(_) => Input::Entry(self.ballots.pop_front().unwrap().into()),
                Effect::Seal(payload) => {
                    let sealed = envelope::seal(&payload, &self.example.voter_sig, true, &keys.server_enc).unwrap();
                    self.payload = Some(String::from_utf8(payload.to_vec()).unwrap());
                    Input::Sealed(sealed)
                }
                Effect::Keep { .. } => continue,
                Effect::SealOk { payload, key } => {
                    self.payload = Some(String::from_utf8(payload.to_vec()).unwrap());
                    Input::Sealed(envelope::seal_ok(&payload, &key).unwrap())
                }
                Effect::Open(frame) => {
                    let (signer, bytes) = (Signer::Known(&keys.server_sig), self.example.election.session().down_bytes);
                    Input::Opened(envelope::open(&frame, &self.example.voter_reply, signer, bytes))
                }
                Effect::Send(frame) => {
                    self.sent("voter", &frame);
                    self.tell_server(&frame);
                    continue;
                }
                Effect::Finish(_) => continue,
            };
            effects.extend(self.voter.handle(input).unwrap());
        }
    }
}

/// The frames of one session in a folder.
fn frames(example: &Example, receipt: &Receipt, folder: &Folder, begin: Begin) -> Vec<Value> {
    let (election, key) = (&example.election, &example.keys[2]);
    let write = |marks: &str| {
        let entry = BallotEntry::sign(election.id(), key, Position::FIRST, vec![marks.into()]);
        entry.as_str().to_owned()
    };
    let (sig, reply) = (example.voter_sig.public().clone(), example.voter_reply.public().clone());
    let (number, weights) = (VoterNumber::new(17).unwrap(), crate::fixture::WEIGHTS);
    let voter = voter::Voter { number, credential: key.clone(), sig, reply, weights };
    let mut held = Dialogue {
        example,
        receipt: receipt.clone(),
        server: ServerSession::new(election.clone(), folder.clone()),
        voter: begin(election.clone(), voter),
        ballots: ["6*x", "45*"].map(write).into(),
        frames: Vec::new(),
        payload: None,
    };
    held.tell_voter(voter::Input::Start);
    held.frames
}

type Begin = fn(Arc<Election>, voter::Voter) -> VoterSession;

fn dialogue(example: &Example, receipt: &Receipt) -> Value {
    let (election, key) = (&example.election, &example.keys[2]);
    let folder = Folder::parse(read_json("dialogue.json")["folder"].as_str().unwrap()).unwrap();
    let number = VoterNumber::new(17).unwrap();
    let keys = election.keys();
    let jwks = [&keys.server_enc, &keys.server_sig, example.voter_sig.public(), example.voter_reply.public()];
    let thumbprints = jwks.map(Jwk::thumbprint);
    let statement = AuthStatement { election: election.id(), folder: folder.clone(), number, keys: thumbprints };
    let mut parts = vec![election.id().0.to_vec(), folder.as_str().as_bytes().to_vec(), b"17".to_vec()];
    parts.extend(thumbprints.map(|thumbprint| thumbprint.0.to_vec()));
    let framed = frame("veche-auth-1", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let pkcs8 = |der: &[u8]| BASE64URL_NOPAD.encode(der);
    let hello = Folder::from_random([0x0E; 16]);
    json!({
        "what": "Two sessions, frame by frame, of voter 17 of the election in record/. All keys are of this example only.",
        "election": election.id(),
        "folder": folder,
        "number": "17",
        "server_enc_pkcs8": pkcs8(example.server_enc.to_pkcs8()),
        "server_sig_pkcs8": pkcs8(example.server_sig.to_pkcs8()),
        "voter_sig_pkcs8": pkcs8(example.voter_sig.to_pkcs8()),
        "voter_reply_pkcs8": pkcs8(example.voter_reply.to_pkcs8()),
        "thumbprints": {
            "server_enc": thumbprints[0], "server_sig": thumbprints[1],
            "voter_sig": thumbprints[2], "voter_reply": thumbprints[3],
        },
        "auth_statement_hex": HEXLOWER.encode(&framed),
        "auth": statement.sign(&key.0),
        "frames": frames(example, receipt, &folder, VoterSession::new),
        "close": 1000,
        "hello": { "folder": hello, "frames": frames(example, receipt, &hello, VoterSession::hello), "close": 1000 },
    })
}

#[test]
#[ignore = "writes the example election of docs/spec/vectors; run by hand when a format changes"]
fn write_the_example_election() {
    let example = Example::new();
    let log = held(&example);
    let (of_17, of_1) = (example.receipt(&log, 2), example.receipt(&log, 4));
    let put = |path: PathBuf, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let dialogue = serde_json::to_string_pretty(&dialogue(&example, &of_17)).unwrap() + "\n";
    let card = std::fs::read_to_string(vectors().join("17.json")).unwrap();
    let before = read_json("17.json")["election"].as_str().unwrap().to_owned();
    let receipt_file = canonical::write(&ReceiptFile::new(of_1, &example.election));
    std::fs::remove_dir_all(vectors().join("record")).unwrap();
    record_of(&example, &log).iter().for_each(|(path, bytes)| put(vectors().join("record").join(path), bytes));
    put(vectors().join("17.json"), card.replace(&before, &example.election.id().to_string()).as_bytes());
    put(vectors().join("receipt-1-1.json"), &[receipt_file.as_slice(), b"\n"].concat());
    put(vectors().join("dialogue.json"), dialogue.as_bytes());
}
