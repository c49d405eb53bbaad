//! What all measurements share: elections with honest ballots, and a stopwatch for noisy machines.

pub mod watch;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use veche_crypto::{
    EncryptionKey, Point, PublicKey, Scalar,
    onehot::{Context, Encrypted, Proven, Shape, encrypt},
};

/// Where files go that a measurement needs: beside the build, never in the tree.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");

pub const ELECTION: [u8; 32] = [1; 32];
const PREV: [u8; 32] = [0; 32];

/// Rows by options, as the table of the targets has them: 2 x 2 to 100 x 11, and one row of a hundred.
pub const SHAPES: [(usize, usize); 6] = [(2, 2), (7, 6), (20, 6), (50, 11), (100, 11), (1, 100)];

/// An election with a key that everybody knows.
pub struct Election {
    pub key: EncryptionKey,
    pub secret: Scalar,
    pub shape: Shape,
}

/// A ballot as it is sent.
pub struct Sent {
    pub number: u64,
    pub cells: Vec<u8>,
    pub proof: Vec<u8>,
}

impl Election {
    pub fn new(rows: usize, options: usize) -> Self {
        let secret = Scalar::from_bytes_mod_order([42; 32]);
        let public = PublicKey::from_point(Point::mul_base(&secret)).expect("the secret is not zero");
        let shape = Shape::new(vec![options; rows]).expect("two options or more");
        Self { key: EncryptionKey::new(public), secret, shape }
    }

    /// What voter `number` chooses: any option of any row.
    pub fn choices(&self, number: u64) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        self.shape.rows().iter().map(|options| random.next_u32() as usize % options).collect()
    }

    pub fn create(&self, number: u64) -> Sent {
        let mut seed = [0; 32];
        ChaCha8Rng::seed_from_u64(!number).fill_bytes(&mut seed);
        let made = with_context(number, |context| {
            encrypt(&self.key, &self.shape, context, &self.choices(number), &seed).expect("choices of this shape")
        });
        let Encrypted { cells, proof, .. } = made;
        Sent { number, cells, proof }
    }

    pub fn read(&self, sent: &Sent) -> Proven {
        self.read_parts(sent.number, &sent.cells, &sent.proof)
    }

    pub fn read_parts(&self, number: u64, cells: &[u8], proof: &[u8]) -> Proven {
        with_context(number, |context| Proven::read(self.key.public(), &self.shape, context, cells, proof))
            .expect("an honest ballot")
    }

    /// Group elements of a ballot: two for each ciphertext and commitment.
    pub fn points(&self) -> usize {
        2 * (self.shape.cells() + self.shape.rows().len() + self.shape.options_max())
    }

    pub fn bytes(&self) -> usize {
        self.shape.cells_bytes() + self.shape.proof_bytes()
    }
}

fn with_context<T>(number: u64, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let mut credential = [0; 32];
    ChaCha8Rng::seed_from_u64(number ^ 1 << 63).fill_bytes(&mut credential);
    then(&Context { election: &ELECTION, credential: &credential, seq: 1, prev: &PREV })
}

/// The system's randomness: seeds of verifiers.
pub fn seed() -> [u8; 32] {
    use std::io::Read;
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut seed)).expect("randomness");
    seed
}
