//! The verifier: many ballots in one multiscalar multiplication, and the culprit named when it fails.

use alloc::vec::Vec;

use curve25519_dalek::{Scalar, constants::RISTRETTO_BASEPOINT_POINT};
use ristretto_wide::{Backend, Points};

use super::{Challenges, Context, Shape, powers};
use crate::{
    cells::Cells,
    elgamal::{CIPHERTEXT_BYTES, PublicKey},
    group::{self, DecodeError},
    transcript::Transcript,
};

/// Points multiplied at once: more no longer fit the cache, and take longer each (measured, docs/benchmarks.md).
const BATCH_POINTS: usize = 16_384;

/// Who erred: the voter's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("the ciphertexts are {0} bytes long, {1} are expected")]
    CellsLength(usize, usize),
    #[error("the proof is {0} bytes long, {1} are expected")]
    ProofLength(usize, usize),
    #[error("a ciphertext cannot be read: {0}")]
    Cells(DecodeError),
    #[error("the proof cannot be read: {0}")]
    Proof(DecodeError),
    #[error("the proof does not hold")]
    Invalid,
}

/// A ballot with its proof, decoded, with all challenges computed; not yet verified.
pub struct Proven {
    /// The key under which it was read.
    key: PublicKey,
    cells: Cells,
    /// A_i, then Com_d.
    commitments: Cells,
    equations: Equations,
}

/// What the points are multiplied with, before the random weights.
struct Equations {
    /// Ends every hash of this ballot: the weights of a batch are drawn from it.
    digest: [u8; 64],
    c: Scalar,
    /// Options of each row.
    rows: Vec<usize>,
    gammas: Vec<Scalar>,
    f: Vec<Scalar>,
    z: Vec<Scalar>,
    t: Scalar,
    /// Σ_i ρ^i·c^{K−K_i}·Π_{k<K_i} (f_i − c·γ^k).
    product: Scalar,
}

impl Proven {
    /// Decodes: lengths, canonical encodings, no identity. Computes the challenges.
    pub fn read(
        key: &PublicKey,
        shape: &Shape,
        context: &Context<'_>,
        cells: &[u8],
        proof: &[u8],
    ) -> Result<Self, ProofError> {
        if cells.len() != shape.cells_bytes() {
            return Err(ProofError::CellsLength(cells.len(), shape.cells_bytes()));
        }
        if proof.len() != shape.proof_bytes() {
            return Err(ProofError::ProofLength(proof.len(), shape.proof_bytes()));
        }
        let rows = shape.rows().len();
        let (committed, scalars) = proof.split_at((rows + shape.options_max()) * CIPHERTEXT_BYTES);
        // Scalars first: they cost nothing to refuse.
        let all = group::scalars(scalars).map_err(ProofError::Proof)?;
        let (f, rest) = all.split_at(rows);
        let (z, t) = rest.split_at(rows);
        let commitments = Cells::read(committed).map_err(ProofError::Proof)?;
        let points = Cells::read(cells).map_err(ProofError::Cells)?;

        let challenges = Challenges::of(&context.digest(key, shape), cells);
        let c = challenges.last(committed);
        let gammas = powers(&challenges.gamma, shape.options_max());
        let product = product(shape, f, &c, &gammas, &challenges.rho);
        let mut digest = Transcript::new("veche-ballot-weights-1");
        digest.bytes(&challenges.statement).bytes(proof);
        let equations = Equations {
            digest: digest.digest(),
            c,
            rows: shape.rows().to_vec(),
            gammas,
            f: f.to_vec(),
            z: z.to_vec(),
            t: t.first().copied().unwrap_or_default(),
            product,
        };
        Ok(Self { key: *key, cells: points, commitments, equations })
    }

    /// The ciphertexts, for the sum.
    pub fn into_cells(self) -> Cells {
        self.cells
    }
}

fn product(shape: &Shape, f: &[Scalar], c: &Scalar, gammas: &[Scalar], rho: &Scalar) -> Scalar {
    let largest = shape.options_max();
    let c_powers = powers(c, largest);
    let (mut sum, mut weight) = (Scalar::ZERO, Scalar::ONE);
    for (options, f) in shape.rows().iter().zip(f) {
        let row: Scalar = gammas.iter().take(*options).map(|gamma| f - c * gamma).product();
        // Without this factor a short row beside a long one would go unproven.
        sum += weight * row * c_powers.get(largest - options).copied().unwrap_or_default();
        weight *= rho;
    }
    sum
}

/// Verifies one ballot. `seed`: 32 fresh random bytes of the verifier.
pub fn verify(key: &PublicKey, ballot: &Proven, seed: &[u8; 32]) -> Result<(), ProofError> {
    if holds(key, &[ballot], seed) { Ok(()) } else { Err(ProofError::Invalid) }
}

/// Verifies many ballots at once. On failure names every ballot, by its place, whose proof does not hold.
/// `seed`: 32 fresh random bytes of the verifier.
pub fn verify_batch(key: &PublicKey, ballots: &[&Proven], seed: &[u8; 32]) -> Result<(), Vec<usize>> {
    let mut culprits = Vec::new();
    let points = |ballot: &&Proven| ballot.cells.points().len() + ballot.commitments.points().len();
    let points = ballots.iter().map(points).max().unwrap_or(1);
    let most = (BATCH_POINTS / points.max(1)).max(1);
    for (n, part) in ballots.chunks(most).enumerate() {
        bisect(key, part, seed, n * most, &mut culprits);
    }
    if culprits.is_empty() { Ok(()) } else { Err(culprits) }
}

fn bisect(key: &PublicKey, ballots: &[&Proven], seed: &[u8; 32], first: usize, culprits: &mut Vec<usize>) {
    if ballots.is_empty() || holds(key, ballots, seed) {
        return;
    }
    if ballots.len() == 1 {
        culprits.push(first);
        return;
    }
    let half = ballots.len() / 2;
    let (low, high) = ballots.split_at(half);
    bisect(key, low, seed, first, culprits);
    bisect(key, high, seed, first + half, culprits);
}

/// One multiscalar multiplication over all group equations of all ballots, each equation under a weight of its own.
fn holds(key: &PublicKey, ballots: &[&Proven], seed: &[u8; 32]) -> bool {
    // Read for another key, its challenges say nothing about this one.
    if ballots.iter().any(|ballot| ballot.key != *key) {
        return false;
    }
    let mut batch = Transcript::new("veche-batch-weights-1");
    batch.bytes(seed);
    for ballot in ballots {
        batch.bytes(&ballot.equations.digest);
    }
    let mut weights = Weights { base: batch.digest(), count: 0, left: [0; 64], used: 64 };
    let mut sum = Sum::default();
    for ballot in ballots {
        sum.add(ballot, &mut weights);
    }
    sum.vanishes(key)
}

/// Independent 128-bit weights, four from each hash.
struct Weights {
    base: [u8; 64],
    count: u64,
    left: [u8; 64],
    used: usize,
}

impl Weights {
    fn next(&mut self) -> Scalar {
        if self.used == 64 {
            self.left = Transcript::new("veche-batch-weight-1").bytes(&self.base).number(self.count).digest();
            self.count += 1;
            self.used = 0;
        }
        let mut bytes = [0; 32];
        let taken = self.left.get(self.used..self.used + 16).unwrap_or_default();
        for (to, from) in bytes.iter_mut().zip(taken) {
            *to = *from;
        }
        self.used += 16;
        Scalar::from_bytes_mod_order(bytes)
    }
}

/// Σ weight·(left side − right side), with what falls on B and Y gathered apart.
#[derive(Default)]
struct Sum<'a> {
    terms: Vec<(Vec<Scalar>, &'a Points)>,
    base: Scalar,
    key: Scalar,
}

impl<'a> Sum<'a> {
    fn add(&mut self, ballot: &'a Proven, weights: &mut Weights) {
        let Equations { c, rows, gammas, f, z, t, product, .. } = &ballot.equations;
        let mut on_cells = Vec::with_capacity(ballot.cells.points().len());
        let mut on_commitments = Vec::with_capacity(ballot.commitments.points().len());
        // c·C*_i + A_i = Enc(f_i; z_i): two group equations, two weights.
        for ((options, f), z) in rows.iter().zip(f).zip(z) {
            let (wa, wb) = (weights.next(), weights.next());
            let (ca, cb) = (wa * c, wb * c);
            let last = gammas.get(options - 1).copied().unwrap_or_default();
            for gamma in gammas.iter().take(options - 1) {
                // The implied option is Enc(1; 0) minus the others, so each carries γ^k − γ^{K_i−1}.
                on_cells.extend([ca * (gamma - last), cb * (gamma - last)]);
            }
            on_commitments.extend([wa, wb]);
            self.base += cb * last - wa * z - wb * f;
            self.key -= wb * z;
        }
        // Enc(product; t) = Σ c^d·Com_d.
        let (mut wa, mut wb) = (weights.next(), weights.next());
        self.base -= wa * t + wb * product;
        self.key -= wb * t;
        while on_commitments.len() < ballot.commitments.points().len() {
            on_commitments.extend([wa, wb]);
            wa *= c;
            wb *= c;
        }
        self.terms.extend([(on_cells, ballot.cells.points()), (on_commitments, ballot.commitments.points())]);
    }

    fn vanishes(&self, key: &PublicKey) -> bool {
        let ours = Points::from_library(Backend::fastest(), &[RISTRETTO_BASEPOINT_POINT, *key.point()]);
        let on_ours = [self.base, self.key];
        let terms = self.terms.iter().map(|(scalars, points)| (scalars.as_slice(), *points));
        let terms: Vec<_> = terms.chain([(on_ours.as_slice(), &ours)]).collect();
        Points::multiply(&terms).identities() == [true]
    }
}
