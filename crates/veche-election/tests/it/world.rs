//! A small election with fixed keys, and the making of its entries and record.

use std::{collections::BTreeMap, sync::Arc};

use veche_election::{
    Act, BallotAgain, BallotEntry, Board, Checkpoint, Contest, ContestKind, ControlEntry, CredentialKey,
    CredentialList, CredentialSecret, Draft, Election, Hash, Jwk, Keys, LogTree, Method, PreparedBallot, Revote,
    RollShows, Rule, Secrecy, Signatory, SigningKey,
    ceremony::{Ceremony, CeremonyPlan, TrusteeSecret},
    entry::{CheckedEntry, Position},
    log::{TILE_WIDTH, origin, tile_path, write_bundle},
    manifest::Better,
    record::{self, Source, Unread},
    roll::{Seat, VoterNumber, Weight, published_roll, summary},
};

pub struct World {
    pub election: Arc<Election>,
    pub credentials: CredentialList,
    pub seats: Vec<Seat>,
    pub voters: Vec<CredentialKey>,
    pub organiser: SigningKey,
    pub board_key: SigningKey,
    /// Of a secret election, in the order of their numbers.
    pub trustees: Vec<TrusteeSecret>,
    pub ceremony: Option<Ceremony>,
}

/// An honest ceremony of trustees with fixed seeds.
pub fn ceremony(draft: &Draft, plan: CeremonyPlan) -> (Vec<TrusteeSecret>, Ceremony) {
    let trustee = |number| TrusteeSecret::new(draft.id(), number, [0x40 + number as u8; 32]);
    let trustees: Vec<TrusteeSecret> = (1..=plan.count).map(trustee).collect();
    let mut ceremony = Ceremony::new(draft.id(), plan);
    for trustee in &trustees {
        ceremony.take(&trustee.register(&format!("Trustee {}", trustee.trustee()))).unwrap();
    }
    for say in [TrusteeSecret::commit, TrusteeSecret::deal, TrusteeSecret::accept] {
        trustees.iter().for_each(|trustee| ceremony.take(&say(trustee, &ceremony).unwrap()).unwrap());
    }
    (trustees, ceremony)
}

pub fn contest(levels: &[&str], candidates: usize) -> Contest {
    Contest {
        title: "Contest".into(),
        kind: ContestKind::Score,
        candidates: (1..=candidates).map(|i| format!("Candidate {i}")).collect(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        blank: true,
        better: Better::Higher,
        approvals: None,
        about: Vec::new(),
        order: veche_election::manifest::Order::Given,
        rule: Rule::new(Method::Sum),
    }
}

pub fn draft() -> Draft {
    Draft {
        title: "Выборы".into(),
        secrecy: Secrecy::Open,
        trustees: None,
        contests: vec![contest(&["0", "1", "2", "3", "4", "5"], 3), contest(&["-2", "-1", "0", "1", "2"], 2)],
        lot: None,
        revote: Revote::Last,
        opens: None,
        closes: None,
        attempts_max: 5,
        session_timeout_s: 60,
        roll_shows: RollShows::Number,
        roll_changes: Default::default(),
        roll_scale: 0,
        witnesses: None,
        nonce: Hash([1; 32]),
    }
}

impl World {
    pub fn new(weights: &[u64], change: impl FnOnce(&mut Draft)) -> Self {
        let mut draft = draft();
        change(&mut draft);
        let voters: Vec<CredentialKey> =
            (1..=weights.len()).map(|i| CredentialSecret::from_random([i as u8; 16]).key(draft.id())).collect();
        let seat = |((key, weight), number): ((&CredentialKey, &u64), u64)| Seat {
            number: VoterNumber::new(number).unwrap(),
            name: format!("Voter {number}"),
            weight: Weight::new(*weight).unwrap(),
            credential: key.public(),
        };
        let seats: Vec<Seat> = voters.iter().zip(weights).zip(1..).map(seat).collect();
        let (roll, credentials) = summary(&seats, draft.roll_shows);
        let (organiser, board_key) = (SigningKey::from_seed(&[2; 32]), SigningKey::from_seed(&[3; 32]));
        let [server_enc, server_sig] = [0xab, 0xad].map(|byte| Jwk::from_modulus(&[byte; 384]).unwrap());
        let keys = Keys { server_enc, server_sig, board: board_key.public(), organiser: organiser.public() };
        let held = draft.ceremony_plan().map(|plan| ceremony(&draft, plan));
        let named = held.as_ref().map(|(_, ceremony)| ceremony.trustees().unwrap());
        let election = Arc::new(Election::new(draft, keys, roll, named).unwrap());
        let (trustees, ceremony) = held.map_or((Vec::new(), None), |(all, ceremony)| (all, Some(ceremony)));
        Self { election, credentials, seats, voters, organiser, board_key, trustees, ceremony }
    }

    pub fn board(&self) -> Board {
        let keys = self.ceremony.as_ref().map(|ceremony| ceremony.verification_keys().unwrap());
        Board::new(self.election.clone(), &self.credentials, keys.unwrap_or_default())
    }

    pub fn ballot(&self, key: &CredentialKey, at: Position, marks: &[&str]) -> Vec<u8> {
        let marks: Vec<String> = marks.iter().map(|text| (*text).to_owned()).collect();
        if self.election.secret().is_none() {
            return BallotEntry::sign(self.election.id(), key, at, marks);
        }
        self.prepare(key, at, &marks).sign(key)
    }

    /// A ballot of fixed randomness, another for each voter, place and marks.
    pub fn prepare(&self, key: &CredentialKey, at: Position, marks: &[String]) -> PreparedBallot {
        let (public, texts) = (key.public(), marks.join(";"));
        let parts = [public.as_bytes().as_slice(), &at.seq.to_be_bytes(), &at.prev.0, texts.as_bytes()];
        let seed = Hash::labelled("test-seed", &parts).0;
        PreparedBallot::new(&self.election, public, at, marks.to_vec(), &seed).unwrap()
    }

    pub fn check(&self, bytes: &[u8]) -> CheckedEntry {
        CheckedEntry::check(bytes, &self.election, &crate::fixture::WEIGHTS).unwrap()
    }

    /// The next act, by whoever has to do it.
    pub fn act(&self, board: &Board, act: Act) -> Vec<u8> {
        let by = signatory(&act);
        ControlEntry::sign(self.election.id(), board.link(), 1_000, by, act.clone(), &self.key_of(by, &act))
    }

    pub fn key_of(&self, by: Signatory, act: &Act) -> SigningKey {
        match by {
            Signatory::Organiser => self.organiser.clone(),
            Signatory::Board => self.board_key.clone(),
            Signatory::Trustee => self.trustees[act.trustee().unwrap() as usize - 1].signing_key(),
        }
    }

    pub fn append(&self, board: &mut Board, log: &mut Vec<Vec<u8>>, bytes: Vec<u8>) {
        let entry = self.check(&bytes);
        let replaced = self.replaced(board, log, &entry);
        board.append_replacing(&entry, replaced.as_ref()).unwrap();
        log.push(bytes);
    }

    /// The secret ballot that an entry would take out of the sum, out of the log.
    pub fn replaced(&self, board: &Board, log: &[Vec<u8>], entry: &CheckedEntry) -> Option<BallotAgain> {
        let index = board.takes_out(entry)?;
        Some(BallotAgain::read(&log[index as usize], &self.election).unwrap())
    }

    /// A whole election: everybody votes, voter 1 twice, closing, result.
    pub fn held(&self) -> (Board, Vec<Vec<u8>>) {
        let (mut board, mut log) = (self.board(), Vec::new());
        for act in [Act::Setup, Act::Opening] {
            let bytes = self.act(&board, act);
            self.append(&mut board, &mut log, bytes);
        }
        for (i, key) in self.voters.iter().enumerate() {
            let marks = [["123", "-2,*"], ["5*0", "2,2"], ["000", "0,-1"]][i % 3];
            self.append(&mut board, &mut log, self.ballot(key, Position::FIRST, &marks));
        }
        let again = board.position(&self.voters[0].public()).unwrap();
        self.append(&mut board, &mut log, self.ballot(&self.voters[0], again, &["555", "1,1"]));
        let bytes = self.act(&board, Act::Closing);
        self.append(&mut board, &mut log, bytes);
        let result = Act::Result { hash: board.result().unwrap().hash() };
        let bytes = self.act(&board, result);
        self.append(&mut board, &mut log, bytes);
        (board, log)
    }

    pub fn record(&self, board: &Board, log: &[Vec<u8>]) -> Files {
        let mut tree = LogTree::default();
        log.iter().for_each(|entry| tree.append(veche_election::log::leaf_hash(entry)));
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size: tree.size(), root: tree.root() };
        let mut files = BTreeMap::from([
            (record::MANIFEST_FILE.to_owned(), self.election.bytes().to_vec()),
            (record::CREDENTIALS_FILE.to_owned(), self.credentials.to_bytes()),
            (record::ROLL_FILE.to_owned(), published_roll(&self.seats, RollShows::Number)),
            (record::CHECKPOINT_FILE.to_owned(), checkpoint.sign(&self.board_key).into_bytes()),
            (record::README_FILE.to_owned(), record::readme(&self.election).into_bytes()),
        ]);
        files.extend(board.result().map(|result| (record::RESULT_FILE.to_owned(), result.to_bytes())));
        let ceremony = self.ceremony.as_ref().map(|ceremony| ceremony.to_bytes().unwrap());
        files.extend(ceremony.map(|bytes| (record::CEREMONY_FILE.to_owned(), bytes)));
        files.extend(tree.tiles());
        for (n, bundle) in (0..).zip(log.chunks(TILE_WIDTH as usize)) {
            let path = tile_path("entries", n, bundle.len() as u64);
            files.insert(path, write_bundle(bundle.iter().map(Vec::as_slice)).unwrap());
        }
        Files(files)
    }
}

/// Whose act it is; opening and closing are taken to be the organiser's.
pub fn signatory(act: &Act) -> Signatory {
    match act {
        Act::Sum { .. } | Act::Result { .. } => Signatory::Board,
        Act::Rehearsal { .. } | Act::Share { .. } => Signatory::Trustee,
        _ => Signatory::Organiser,
    }
}

#[derive(Clone)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Source for Files {
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread> {
        let bytes = self.0.get(path).ok_or(Unread::Missing)?;
        if bytes.len() as u64 > max_bytes { Err(Unread::TooLarge { max_bytes }) } else { Ok(bytes.clone()) }
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}
