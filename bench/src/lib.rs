//! What all measurements share: elections with honest ballots, and a stopwatch for noisy machines.

pub mod watch;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use veche_crypto::{
    ElectionKeys, Layout, Point, Scalar,
    onehot::{Context, Encrypted, Parameters, Proven, encrypt},
};

/// Where files go that a measurement needs: beside the build, never in the tree.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");

pub const ELECTION: [u8; 32] = [1; 32];
const PREV: [u8; 32] = [0; 32];

/// Rows by options, as the table of the targets has them: 2 x 2 to 100 x 11, and one row of a hundred.
pub const SHAPES: [(usize, usize); 7] = [(2, 2), (7, 6), (16, 6), (20, 6), (50, 11), (100, 11), (1, 100)];

/// An election with keys that everybody knows.
pub struct Election {
    pub parameters: Parameters,
    pub secrets: Vec<Scalar>,
}

/// A ballot as it is sent.
pub struct Sent {
    pub number: u64,
    pub cells: Vec<u8>,
    pub proof: Vec<u8>,
}

impl Election {
    pub fn new(rows: usize, options: usize) -> Self {
        let secrets: Vec<Scalar> = (1..options as u64).map(|k| Scalar::from(42 * k * k)).collect();
        Self { parameters: parameters(rows, options, &secrets).with_tables(), secrets }
    }

    pub fn layout(&self) -> &Layout {
        self.parameters.layout()
    }

    /// The keys once more, as everybody who has the secrets computes them.
    pub fn publics(&self) -> Vec<Point> {
        self.secrets.iter().map(Point::mul_base).collect()
    }

    /// What voter `number` chooses: any option of any row.
    pub fn choices(&self, number: u64) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        self.layout().rows().iter().map(|options| random.next_u32() as usize % options).collect()
    }

    pub fn create(&self, number: u64) -> Sent {
        let mut seed = [0; 32];
        ChaCha8Rng::seed_from_u64(!number).fill_bytes(&mut seed);
        let made = with_context(number, |context| {
            encrypt(&self.parameters, context, &self.choices(number), &seed).expect("choices of this layout")
        });
        let Encrypted { cells, proof, .. } = made;
        Sent { number, cells, proof }
    }

    pub fn read(&self, sent: &Sent) -> Proven {
        self.read_parts(sent.number, &sent.cells, &sent.proof)
    }

    pub fn read_parts(&self, number: u64, cells: &[u8], proof: &[u8]) -> Proven {
        with_context(number, |context| Proven::read(&self.parameters, context, cells, proof))
            .expect("an honest ballot")
    }

    /// Group elements of a ballot: its ciphertexts and commitments.
    pub fn points(&self) -> usize {
        (self.layout().cells_bytes() + self.layout().commitments_bytes()) / 32
    }

    pub fn bytes(&self) -> usize {
        self.layout().cells_bytes() + self.layout().proof_bytes()
    }
}

/// What a voter's program makes before its first ballot.
pub fn parameters(rows: usize, options: usize, secrets: &[Scalar]) -> Parameters {
    let publics: Vec<Point> = secrets.iter().map(Point::mul_base).collect();
    let keys = ElectionKeys::from_points(&publics).expect("different, and none is zero");
    let layout = Layout::new(vec![options; rows], Vec::new()).expect("two options or more");
    Parameters::new(&ELECTION, keys, layout).expect("a key for each option")
}

fn with_context<T>(number: u64, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let mut credential = [0; 32];
    ChaCha8Rng::seed_from_u64(number ^ 1 << 63).fill_bytes(&mut credential);
    then(&Context { credential: &credential, seq: 1, prev: &PREV })
}

/// The system's randomness: seeds of verifiers.
pub fn seed() -> [u8; 32] {
    use std::io::Read;
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut seed)).expect("randomness");
    seed
}
