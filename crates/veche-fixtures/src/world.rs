//! A world: an election with everybody's private keys, and the making of its entries and of its record.

use std::{collections::BTreeMap, sync::Arc};

use veche_election::{
    Act, BallotAgain, BallotEntry, Board, Checkpoint, ControlEntry, CredentialKey, CredentialList, Draft, Election,
    Hash, Jwk, Keys, LogTree, PreparedBallot, RollShows, Signatory, SigningKey,
    ceremony::{Ceremony, TrusteeSecret},
    entry::{CheckedEntry, EntryBytes, Position},
    log::{TILE_WIDTH, leaf_hash, origin, tile_path, write_bundle},
    record::{self, Source, Unread},
    roll::{Seat, VoterNumber, Weight, published_roll, summary},
};

use crate::{WEIGHTS, card, ceremony, draft, jwk, keys, trustees};

/// An election, everybody who has a part in it, and their private keys.
pub struct World {
    /// The manifest that follows from the rest.
    pub election: Arc<Election>,
    /// The list of all who may vote.
    pub credentials: CredentialList,
    /// The roll, by the voters' numbers from 1.
    pub seats: Vec<Seat>,
    /// The key of each voter, in the order of the seats.
    pub voters: Vec<CredentialKey>,
    /// Signs the organiser's acts.
    pub organiser: SigningKey,
    /// Signs checkpoints and the board's acts.
    pub board_key: SigningKey,
    /// Of a secret election, in the order of their numbers.
    pub trustees: Vec<TrusteeSecret>,
    /// In which they made its keys.
    pub ceremony: Option<Ceremony>,
}

impl World {
    /// Of voters with these weights; `change` is made to the usual draft.
    pub fn new(weights: &[u64], change: impl FnOnce(&mut Draft)) -> Self {
        let mut draft = draft();
        change(&mut draft);
        Self::served(draft, weights, [jwk(0xab), jwk(0xad)])
    }

    /// As [`World::new`], of a server that has the private halves of these two keys: voters encrypt to the first, and the second
    /// is of its answers.
    pub fn served(draft: Draft, weights: &[u64], [server_enc, server_sig]: [Jwk; 2]) -> Self {
        let voters: Vec<CredentialKey> = (1..=weights.len()).map(|number| card(number).key(draft.id())).collect();
        let seat = |((key, weight), number): ((&CredentialKey, &u64), u64)| Seat {
            number: VoterNumber::new(number).unwrap(),
            name: format!("Voter {number}"),
            weight: Weight::new(*weight).unwrap(),
            credential: key.public(),
        };
        let seats: Vec<Seat> = voters.iter().zip(weights).zip(1..).map(seat).collect();
        let (roll, credentials) = summary(&seats, draft.roll_shows);
        let (organiser, board_key) = (SigningKey::from_seed(&[2; 32]), SigningKey::from_seed(&[3; 32]));
        let keys = Keys { server_enc, server_sig, ..keys(&board_key, &organiser) };
        let trustees = draft.ceremony_plan().map_or(Vec::new(), |plan| trustees(&draft, plan.count));
        let ceremony = draft.ceremony_plan().map(|_| ceremony(&draft, &trustees));
        let named = ceremony.as_ref().map(|ceremony| ceremony.trustees().unwrap());
        let election = Arc::new(Election::new(draft, keys, roll, named).unwrap());
        Self { election, credentials, seats, voters, organiser, board_key, trustees, ceremony }
    }

    /// The board of an empty log.
    pub fn board(&self) -> Board {
        let keys = self.ceremony.as_ref().map(|ceremony| ceremony.verification_keys().unwrap());
        Board::new(self.election.clone(), &self.credentials, keys.unwrap_or_default())
    }

    /// The bytes of a ballot entry with this key, in clear or encrypted as the election has it.
    pub fn ballot(&self, key: &CredentialKey, at: Position, marks: &[&str]) -> EntryBytes {
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

    /// An entry that passes every check without state.
    pub fn check(&self, bytes: &[u8]) -> CheckedEntry {
        CheckedEntry::check(bytes, &self.election, &WEIGHTS).unwrap()
    }

    /// The next act, by whoever has to do it.
    pub fn act(&self, board: &Board, act: Act) -> EntryBytes {
        let by = signatory(&act);
        ControlEntry::sign(self.election.id(), board.link(), 1_000, by, act.clone(), &self.key_of(by, &act))
    }

    /// Of a trustee's act, that trustee's.
    pub fn key_of(&self, by: Signatory, act: &Act) -> SigningKey {
        match by {
            Signatory::Organiser => self.organiser.clone(),
            Signatory::Board => self.board_key.clone(),
            Signatory::Trustee => self.trustees[act.trustee().unwrap() as usize - 1].signing_key(),
        }
    }

    /// Appends an entry to a board and to the log beside it; it must be taken.
    pub fn append(&self, board: &mut Board, log: &mut Vec<Vec<u8>>, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
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

    /// What an (honest or dishonest) board publishes of these entries.
    pub fn record(&self, board: &Board, log: &[Vec<u8>]) -> Files {
        let mut tree = LogTree::default();
        log.iter().for_each(|entry| tree.append(leaf_hash(entry)));
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

/// A record in memory: paths and bytes.
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
