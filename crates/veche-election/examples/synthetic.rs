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
    Act, Board, Checkpoint, CredentialKey, Election, Hash, LogTree, PreparedBallot, RollShows, Secrecy,
    encoding::Blob,
    entry::{CheckedControl, EntryAgain, Position},
    log::{TILE_WIDTH, leaf_hash, origin, tile_path, write_bundle},
    manifest::TrusteePlan,
    record,
    roll::published_roll,
};
use veche_fixtures::{World, contest};

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

struct Synthetic {
    dir: PathBuf,
    world: World,
    board: Board,
    tree: LogTree,
    /// Leaves not yet in a bundle.
    open: Vec<Vec<u8>>,
}

impl Synthetic {
    fn new(voters: u64, dir: PathBuf) -> Self {
        let mut world = World::new(&vec![1; voters as usize], |draft| {
            draft.title = "Synthetic".into();
            draft.secrecy = Secrecy::Secret;
            draft.trustees = Some(TrusteePlan { count: 3, threshold: 2 });
            draft.contests = vec![contest(&["1", "2", "3", "4", "5"], 7)];
            (draft.session_timeout_s, draft.roll_shows) = (900, RollShows::Nothing);
        });
        world.election = Arc::new(Election::clone(&world.election).with_tables());
        write(&dir, record::MANIFEST_FILE, world.election.bytes());
        write(&dir, record::CREDENTIALS_FILE, &world.credentials.to_bytes());
        write(&dir, record::ROLL_FILE, &published_roll(&world.seats, RollShows::Nothing));
        write(&dir, record::CEREMONY_FILE, &world.ceremony.as_ref().unwrap().to_bytes().unwrap());
        Self { dir, board: world.board(), world, tree: LogTree::default(), open: Vec::new() }
    }

    fn run(mut self) {
        let began = Instant::now();
        self.act(Act::Setup);
        for trustee in self.world.trustees.clone() {
            let (held, id) = (self.world.ceremony.as_ref().unwrap(), self.world.election.id());
            let proof = Blob(trustee.rehearse(held, id, &seed(1, "rehearsal")).unwrap());
            self.act(Act::Rehearsal { trustee: trustee.trustee(), proof });
        }
        self.act(Act::Opening);
        let voters = std::mem::take(&mut self.world.voters);
        for (n, part) in voters.chunks(2_560).enumerate() {
            for entry in ballots(&self.world.election, part, n as u64 * 2_560) {
                self.append(entry);
            }
            eprint!("\r{} of {} ballots, {:.0} s", self.board.size(), voters.len(), began.elapsed().as_secs_f64());
        }
        eprintln!();
        self.close();
    }

    fn close(mut self) {
        let began = Instant::now();
        self.act(Act::Closing);
        let (ballots, weight) = (self.board.tally().ballots, self.board.tally().weight);
        let cells = self.board.tally().sum_bytes().unwrap();
        self.act(Act::Sum { ballots, weight, cells });
        for trustee in self.world.trustees.clone().into_iter().take(2) {
            let sum = self.board.opening().unwrap();
            let share = trustee.open(self.world.ceremony.as_ref().unwrap(), &sum, &seed(2, "share")).unwrap();
            let (values, proof) = (Blob(share.values), Blob(share.proof));
            self.act(Act::Share { trustee: trustee.trustee(), values, proof });
        }
        let result = self.board.result().unwrap();
        self.act(Act::Result { hash: result.hash() });
        eprintln!("closing, sum, two shares and result: {:.1} ms", began.elapsed().as_secs_f64() * 1_000.0);
        if !self.open.is_empty() {
            self.bundle();
        }
        let (size, root) = (self.tree.size(), self.tree.root());
        let checkpoint =
            Checkpoint { origin: origin(self.world.election.id()), size, root }.sign(&self.world.board_key);
        write(&self.dir, record::CHECKPOINT_FILE, checkpoint.as_bytes());
        write(&self.dir, record::RESULT_FILE, &result.to_bytes());
        write(&self.dir, record::README_FILE, record::readme(&self.world.election).as_bytes());
        for (path, bytes) in self.tree.tiles() {
            write(&self.dir, &path, &bytes);
        }
    }

    fn act(&mut self, act: Act) {
        let bytes = self.world.act(&self.board, act);
        CheckedControl::check(&bytes, &self.world.election).unwrap();
        let again = EntryAgain::read(&bytes, &self.world.election).unwrap();
        self.append((bytes.into(), again));
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
        (bytes.into(), again)
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
