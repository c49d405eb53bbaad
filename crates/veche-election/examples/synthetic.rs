//! Makes the record of a secret election of synthetic voters, for measuring verification at scale:
//!
//!     cargo run --release -p veche-election --example synthetic -- 100000 /tmp/record
//!     veche verify /tmp/record
//!
//! Seven candidates, levels 1 to 5 and `*`; three trustees, of whom two open. Every ballot is a real one; only the
//! randomness is no secret, so that two runs make the same record.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use veche_election::{
    Act, Board, Checkpoint, Contest, ContestKind, CredentialKey, CredentialSecret, Draft, Election, Hash, Jwk, Keys,
    LogTree, Method, PreparedBallot, Revote, RollShows, Rule, Secrecy, Signatory, SigningKey,
    ceremony::{Ceremony, CeremonyPlan, TrusteeSecret},
    encoding::Blob,
    entry::{CheckedControl, ControlEntry, EntryAgain, Position},
    log::{TILE_WIDTH, leaf_hash, origin, tile_path, write_bundle},
    manifest::{Better, TrusteePlan},
    record,
    roll::{Seat, VoterNumber, Weight, published_roll, summary},
};

fn main() {
    let mut args = std::env::args().skip(1);
    let usage = "synthetic VOTERS DIR";
    let voters: u64 = args.next().expect(usage).parse().expect(usage);
    let dir = PathBuf::from(args.next().expect(usage));
    Synthetic::new(voters, dir).run();
}

fn seed(i: u64, use_of: &str) -> [u8; 32] {
    Hash::labelled("veche-synthetic-1", &[use_of.as_bytes(), &i.to_be_bytes()]).0
}

fn draft() -> Draft {
    let contest = Contest {
        title: "Synthetic".into(),
        kind: ContestKind::Score,
        candidates: (1..=7).map(|i| format!("Candidate {i}")).collect(),
        levels: (1..=5).map(|level: u32| level.to_string()).collect(),
        blank: true,
        better: Better::Higher,
        approvals: None,
        about: Vec::new(),
        order: veche_election::manifest::Order::Given,
        rule: Rule::new(Method::Sum),
    };
    Draft {
        title: "Synthetic".into(),
        secrecy: Secrecy::Secret,
        trustees: Some(TrusteePlan { count: 3, threshold: 2 }),
        contests: vec![contest],
        lot: None,
        revote: Revote::Last,
        opens: None,
        closes: None,
        attempts_max: 5,
        session_timeout_s: 900,
        roll_shows: RollShows::Nothing,
        roll_changes: Default::default(),
        roll_scale: 0,
        witnesses: None,
        nonce: Hash(seed(0, "nonce")),
    }
}

fn ceremony(draft: Hash, plan: CeremonyPlan) -> (Ceremony, Vec<TrusteeSecret>) {
    let secrets: Vec<_> = (1..=plan.count).map(|i| TrusteeSecret::new(draft, i, seed(i.into(), "trustee"))).collect();
    let mut ceremony = Ceremony::new(draft, plan);
    secrets.iter().for_each(|secret| ceremony.take(&secret.register("Trustee")).unwrap());
    for step in [TrusteeSecret::commit, TrusteeSecret::deal, TrusteeSecret::accept] {
        for secret in &secrets {
            let message = step(secret, &ceremony).unwrap();
            ceremony.take(&message).unwrap();
        }
    }
    (ceremony, secrets)
}

struct Synthetic {
    dir: PathBuf,
    election: Arc<Election>,
    board: Board,
    tree: LogTree,
    /// Leaves not yet in a bundle.
    open: Vec<Vec<u8>>,
    voters: Vec<CredentialKey>,
    organiser: SigningKey,
    board_key: SigningKey,
    ceremony: Ceremony,
    trustees: Vec<TrusteeSecret>,
}

impl Synthetic {
    fn new(voters: u64, dir: PathBuf) -> Self {
        let draft = draft();
        let (ceremony, trustees) = ceremony(draft.id(), draft.ceremony_plan().unwrap());
        let card = |i: u64| CredentialSecret::from_random(*seed(i, "card").first_chunk().unwrap()).key(draft.id());
        let voters: Vec<CredentialKey> = (1..=voters).map(card).collect();
        let seat = |(key, number): (&CredentialKey, u64)| Seat {
            number: VoterNumber::new(number).unwrap(),
            name: String::new(),
            weight: Weight::new(1).unwrap(),
            credential: key.public(),
        };
        let seats: Vec<Seat> = voters.iter().zip(1..).map(seat).collect();
        let (roll, credentials) = summary(&seats, draft.roll_shows);
        let key = |name| SigningKey::from_seed(&seed(0, name));
        let (organiser, board_key) = (key("organiser"), key("board"));
        let [server_enc, server_sig] = [0xab, 0xad].map(|byte| Jwk::from_modulus(&[byte; 384]).unwrap());
        let keys = Keys { server_enc, server_sig, board: board_key.public(), organiser: organiser.public() };
        let roll_file = published_roll(&seats, draft.roll_shows);
        let election =
            Arc::new(Election::new(draft, keys, roll, Some(ceremony.trustees().unwrap())).unwrap().with_tables());
        let board = Board::new(election.clone(), &credentials, ceremony.verification_keys().unwrap());
        write(&dir, record::MANIFEST_FILE, election.bytes());
        write(&dir, record::CREDENTIALS_FILE, &credentials.to_bytes());
        write(&dir, record::ROLL_FILE, &roll_file);
        write(&dir, record::CEREMONY_FILE, &ceremony.to_bytes().unwrap());
        let (tree, open) = (LogTree::default(), Vec::new());
        Self { dir, election, board, tree, open, voters, organiser, board_key, ceremony, trustees }
    }

    fn run(mut self) {
        let began = Instant::now();
        self.act(Signatory::Organiser, Act::Setup);
        for trustee in self.trustees.clone() {
            let proof = Blob(trustee.rehearse(&self.ceremony, self.election.id(), &seed(1, "rehearsal")).unwrap());
            self.act(Signatory::Trustee, Act::Rehearsal { trustee: trustee.trustee(), proof });
        }
        self.act(Signatory::Organiser, Act::Opening);
        let voters = std::mem::take(&mut self.voters);
        for (n, part) in voters.chunks(2_560).enumerate() {
            for entry in ballots(&self.election, part, n as u64 * 2_560) {
                self.append(entry);
            }
            eprint!("\r{} of {} ballots, {:.0} s", self.board.size(), voters.len(), began.elapsed().as_secs_f64());
        }
        eprintln!();
        self.close();
    }

    fn close(mut self) {
        let began = Instant::now();
        self.act(Signatory::Organiser, Act::Closing);
        let (ballots, weight) = (self.board.tally().ballots, self.board.tally().weight);
        let cells = self.board.tally().sum_bytes().unwrap();
        self.act(Signatory::Board, Act::Sum { ballots, weight, cells });
        for trustee in self.trustees.clone().into_iter().take(2) {
            let sum = self.board.opening().unwrap();
            let share = trustee.open(&self.ceremony, &sum, &seed(2, "share")).unwrap();
            let (values, proof) = (Blob(share.values), Blob(share.proof));
            self.act(Signatory::Trustee, Act::Share { trustee: trustee.trustee(), values, proof });
        }
        let result = self.board.result().unwrap();
        self.act(Signatory::Board, Act::Result { hash: result.hash() });
        eprintln!("closing, sum, two shares and result: {:.1} ms", began.elapsed().as_secs_f64() * 1_000.0);
        if !self.open.is_empty() {
            self.bundle();
        }
        let (size, root) = (self.tree.size(), self.tree.root());
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key);
        write(&self.dir, record::CHECKPOINT_FILE, checkpoint.as_bytes());
        write(&self.dir, record::RESULT_FILE, &result.to_bytes());
        write(&self.dir, record::README_FILE, record::readme(&self.election).as_bytes());
        for (path, bytes) in self.tree.tiles() {
            write(&self.dir, &path, &bytes);
        }
    }

    fn act(&mut self, by: Signatory, act: Act) {
        let key = match by {
            Signatory::Organiser => self.organiser.clone(),
            Signatory::Board => self.board_key.clone(),
            Signatory::Trustee => self.trustees[act.trustee().unwrap() as usize - 1].signing_key(),
        };
        let bytes = ControlEntry::sign(self.election.id(), self.board.link(), 1_700_000_000, by, act, &key);
        CheckedControl::check(&bytes, &self.election).unwrap();
        let again = EntryAgain::read(&bytes, &self.election).unwrap();
        self.append((bytes, again));
    }

    fn append(&mut self, (bytes, again): (Vec<u8>, EntryAgain)) {
        self.board.append_again(&again, None).unwrap();
        self.tree.append(leaf_hash(&bytes));
        self.open.push(bytes);
        if self.open.len() as u64 == TILE_WIDTH {
            self.bundle();
        }
    }

    fn bundle(&mut self) {
        let n = (self.tree.size() - 1) / TILE_WIDTH;
        let bytes = write_bundle(self.open.iter().map(Vec::as_slice)).unwrap();
        write(&self.dir, &tile_path("entries", n, self.open.len() as u64), &bytes);
        self.open.clear();
    }
}

/// A ballot for each of these voters, made on all cores, with what the board needs of it.
fn ballots(election: &Election, voters: &[CredentialKey], first: u64) -> Vec<(Vec<u8>, EntryAgain)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = voters.len().div_ceil(cores);
    let make = |(i, key): (u64, &CredentialKey)| {
        let choice = seed(i, "choice");
        let marks = choice.iter().take(7).map(|byte| ['1', '2', '3', '4', '5', '*'][usize::from(byte % 6)]).collect();
        let ballot = PreparedBallot::new(election, key.public(), Position::FIRST, vec![marks], &seed(i, "ballot"));
        let bytes = ballot.unwrap().sign(key);
        // Its maker need not verify it.
        let again = EntryAgain::read(&bytes, election).unwrap();
        (bytes, again)
    };
    std::thread::scope(|scope| {
        let part = |(n, part): (usize, &'_ [CredentialKey])| {
            let part = part.to_vec();
            scope.spawn(move || (first + (n * share) as u64..).zip(&part).map(make).collect::<Vec<_>>())
        };
        let threads: Vec<_> = voters.chunks(share).enumerate().map(part).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
