//! A small election with fixed keys, and the making of its entries and record.

use std::{collections::BTreeMap, sync::Arc};

use veche_election::{
    Act, BallotEntry, Board, Checkpoint, Contest, ContestKind, ControlEntry, CredentialKey, CredentialList,
    CredentialSecret, Draft, Election, Hash, Jwk, Keys, LogTree, Revote, RollShows, Rule, Secrecy, Signatory,
    SigningKey,
    entry::{CheckedEntry, Position},
    log::{TILE_WIDTH, origin, tile_path, write_bundle},
    manifest::Better,
    record::{self, Source},
    roll::{Seat, VoterNumber, Weight, published_roll, summary},
};

pub struct World {
    pub election: Arc<Election>,
    pub credentials: CredentialList,
    pub seats: Vec<Seat>,
    pub voters: Vec<CredentialKey>,
    pub organiser: SigningKey,
    pub board_key: SigningKey,
}

pub fn contest(levels: &[&str], candidates: usize) -> Contest {
    Contest {
        title: "Contest".into(),
        kind: ContestKind::Score,
        candidates: (1..=candidates).map(|i| format!("Candidate {i}")).collect(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        blank: true,
        better: Better::Higher,
    }
}

pub fn draft() -> Draft {
    Draft {
        title: "Выборы".into(),
        secrecy: Secrecy::Open,
        trustees: None,
        contests: vec![contest(&["0", "1", "2", "3", "4", "5"], 3), contest(&["-2", "-1", "0", "1", "2"], 2)],
        rule: Rule::Sum,
        revote: Revote::Last,
        opens: None,
        closes: None,
        attempts_max: 5,
        session_timeout_s: 60,
        roll_shows: RollShows::Number,
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
        let election = Arc::new(Election::new(draft, keys, roll, None).unwrap());
        Self { election, credentials, seats, voters, organiser, board_key }
    }

    pub fn board(&self) -> Board {
        Board::new(self.election.clone(), &self.credentials)
    }

    pub fn ballot(&self, key: &CredentialKey, at: Position, marks: &[&str]) -> Vec<u8> {
        BallotEntry::sign(self.election.id(), key, at, marks.iter().map(|text| (*text).to_owned()).collect())
    }

    pub fn check(&self, bytes: &[u8]) -> CheckedEntry {
        CheckedEntry::check(bytes, &self.election).unwrap()
    }

    /// The organiser's next act, or the board's result.
    pub fn act(&self, board: &Board, act: Act) -> Vec<u8> {
        let (by, key) = match act {
            Act::Result { .. } => (Signatory::Board, &self.board_key),
            _ => (Signatory::Organiser, &self.organiser),
        };
        ControlEntry::sign(self.election.id(), board.link(), 1_000, by, act, key)
    }

    pub fn append(&self, board: &mut Board, log: &mut Vec<Vec<u8>>, bytes: Vec<u8>) {
        board.append(&self.check(&bytes)).unwrap();
        log.push(bytes);
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
            (record::RESULT_FILE.to_owned(), board.result().unwrap().to_bytes()),
            (record::README_FILE.to_owned(), record::readme(&self.election).into_bytes()),
        ]);
        files.extend(tree.tiles());
        for (n, bundle) in (0..).zip(log.chunks(TILE_WIDTH as usize)) {
            let path = tile_path("entries", n, bundle.len() as u64);
            files.insert(path, write_bundle(bundle.iter().map(Vec::as_slice)).unwrap());
        }
        Files(files)
    }
}

#[derive(Clone)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Source for Files {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}
