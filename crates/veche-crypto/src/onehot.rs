//! The secret ballot: rows of encrypted bits, exactly one of which is 1, with one proof for all rows.
//! Spec: `docs/spec/secret.md` sections 4 to 6.

mod prover;
mod verifier;

use alloc::vec::Vec;

use curve25519_dalek::Scalar;

#[cfg(feature = "dishonest")]
pub use prover::encrypt_bits;
pub use prover::{EncryptError, Encrypted, encrypt};
pub use verifier::{ProofError, Proven, verify, verify_batch};

use crate::{
    cells::Cells,
    elgamal::{CIPHERTEXT_BYTES, PublicKey},
    group::{DecodeError, SCALAR_BYTES},
    transcript::Transcript,
};

/// The number of options of each row, two or more each; rows are numbered through all contests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// `None` if there is no row, or a row with fewer than two options.
    pub fn new(rows: Vec<usize>) -> Option<Self> {
        (!rows.is_empty() && rows.iter().all(|options| *options >= 2)).then_some(Self(rows))
    }

    pub fn rows(&self) -> &[usize] {
        &self.0
    }

    /// K, the largest number of options.
    pub fn options_max(&self) -> usize {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// Ciphertexts that are sent: the last option of every row is implied.
    pub fn cells(&self) -> usize {
        self.0.iter().map(|options| options - 1).sum()
    }

    pub fn cells_bytes(&self) -> usize {
        self.cells() * CIPHERTEXT_BYTES
    }

    /// A_i and f_i, z_i for every row; Com_d for every power; t.
    pub fn proof_bytes(&self) -> usize {
        (self.0.len() + self.options_max()) * CIPHERTEXT_BYTES + (2 * self.0.len() + 1) * SCALAR_BYTES
    }
}

/// What a proof is bound to: it is worth nothing for another election, voter or place in the log.
pub struct Context<'a> {
    pub election: &'a [u8; 32],
    pub credential: &'a [u8; 32],
    pub seq: u64,
    pub prev: &'a [u8; 32],
}

impl Context<'_> {
    /// The first hash: context, key and shape.
    fn digest(&self, key: &PublicKey, shape: &Shape) -> [u8; 64] {
        let mut hash = Transcript::new("veche-ballot-context-1");
        hash.bytes(self.election).bytes(key.as_bytes()).number(shape.0.len() as u64);
        for options in &shape.0 {
            hash.number(*options as u64);
        }
        hash.bytes(self.credential).number(self.seq).bytes(self.prev);
        hash.digest()
    }
}

/// The challenges, in the order in which they are fixed.
struct Challenges {
    statement: [u8; 64],
    gamma: Scalar,
    rho: Scalar,
}

impl Challenges {
    fn of(context: &[u8; 64], cells: &[u8]) -> Self {
        let statement = Transcript::new("veche-ballot-statement-1").bytes(context).bytes(cells).digest();
        let scalar = |label| Transcript::new(label).bytes(&statement).scalar();
        Self { gamma: scalar("veche-ballot-gamma-1"), rho: scalar("veche-ballot-rho-1"), statement }
    }

    /// c, over the commitments as they are sent: A of every row, then Com of every power.
    fn last(&self, commitments: &[u8]) -> Scalar {
        Transcript::new("veche-ballot-challenge-1").bytes(&self.statement).bytes(commitments).scalar()
    }
}

/// 1, x, x², ..., `count` of them.
fn powers(x: &Scalar, count: usize) -> Vec<Scalar> {
    core::iter::successors(Some(Scalar::ONE), |power| Some(power * x)).take(count).collect()
}

/// A ballot's ciphertexts without their proof: for a sum of ballots that were verified before.
pub fn read_cells(shape: &Shape, cells: &[u8]) -> Result<Cells, DecodeError> {
    if cells.len() == shape.cells_bytes() { Cells::read(cells) } else { Err(DecodeError::Length) }
}
