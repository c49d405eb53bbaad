//! The verifier: many ballots in one multiscalar multiplication, and the culprit named when it fails.

use alloc::{vec, vec::Vec};

use curve25519_dalek::Scalar;
use ristretto_wide::{Backend, Points, Refused};

use super::{Challenges, Context, Parameters, claims, powers};
use crate::{
    Cells, Layout,
    group::{self, DecodeError},
    transcript::Transcript,
};

/// Points multiplied at once: more no longer fit the cache, and take longer each (measured, docs/benchmarks.md).
const BATCH_POINTS: usize = 16_384;

/// Who erred: the voter's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Got, and expected.
    #[error("the ciphertexts are {0} bytes long, {1} are expected")]
    CellsLength(usize, usize),
    /// Got, and expected.
    #[error("the proof is {0} bytes long, {1} are expected")]
    ProofLength(usize, usize),
    /// S5, S6.
    #[error("a ciphertext cannot be read: {0}")]
    Cells(DecodeError),
    /// S3, S4.
    #[error("the proof cannot be read: {0}")]
    Proof(DecodeError),
    /// S7, S8.
    #[error("the proof does not hold")]
    Invalid,
}

/// A ballot with its proof, decoded, with all challenges computed; not yet verified.
pub struct Proven {
    /// Those under which it was read.
    parameters: [u8; 64],
    cells: Cells,
    /// S_i, then A_i, then Com_d.
    commitments: Points,
    equations: Equations,
}

/// What the points are multiplied with, before the random weights.
struct Equations {
    /// Ends every hash of this ballot: the weights of a batch are drawn from it.
    digest: [u8; 64],
    c: Scalar,
    gammas: Vec<Scalar>,
    /// Times c.
    gammas_c: Vec<Scalar>,
    f: Vec<Scalar>,
    z: Vec<Scalar>,
    /// The polynomial of all claims, at c.
    product: Scalar,
}

impl Proven {
    /// Decodes: lengths, canonical encodings, no identity, no randomness twice. Computes the challenges.
    ///
    /// # Errors
    ///
    /// The voter's program erred: S1 to S6.
    pub fn read(
        parameters: &Parameters,
        context: &Context<'_>,
        cells: &[u8],
        proof: &[u8],
    ) -> Result<Self, ProofError> {
        let layout = parameters.layout();
        if cells.len() != layout.cells_bytes() {
            return Err(ProofError::CellsLength(cells.len(), layout.cells_bytes()));
        }
        if proof.len() != layout.proof_bytes() {
            return Err(ProofError::ProofLength(proof.len(), layout.proof_bytes()));
        }
        let (committed, scalars) = proof.split_at(layout.commitments_bytes());
        // Scalars first: they cost nothing to refuse.
        let scalars = group::scalars(scalars).map_err(ProofError::Proof)?;
        let (f, z) = scalars.split_at(layout.rows().len());
        let (points, commitments) = points(layout, cells, committed)?;

        let challenges = Challenges::of(&context.digest(parameters), cells);
        let c = challenges.last(committed);
        let gammas = powers(&challenges.gamma, layout.keys() + 1);
        let gammas_c: Vec<Scalar> = gammas.iter().map(|gamma| gamma * c).collect();
        let product = product(layout, f, &c, &gammas_c, &challenges.rho);
        let digest = Transcript::new("veche-ballot-weights-2").bytes(&challenges.statement).bytes(proof).digest();
        let equations = Equations { digest, c, gammas, gammas_c, f: f.to_vec(), z: z.to_vec(), product };
        Ok(Self { parameters: parameters.digest, cells: Cells::of(points), commitments, equations })
    }

    /// The ciphertexts, for the sum.
    pub fn into_cells(self) -> Cells {
        self.cells
    }
}

/// The points of the ciphertexts, then those of the commitments, decoded together: eight at once leave fewer lanes empty.
fn points(layout: &Layout, cells: &[u8], committed: &[u8]) -> Result<(Points, Points), ProofError> {
    let committed = group::chunks(committed).map_err(ProofError::Proof)?;
    group::not_identity(committed).map_err(ProofError::Proof)?;
    let cells = Cells::encodings(layout, cells).map_err(ProofError::Cells)?;
    let encodings = [cells, committed].concat();
    let points = Points::decode(Backend::fastest(), &encodings).map_err(|Refused { place }| {
        let error = if place < cells.len() { ProofError::Cells } else { ProofError::Proof };
        error(DecodeError::Point)
    })?;
    Ok(points.split_at(cells.len()))
}

/// Σ ρ^e·c^{K−K_e}·Π (f − c·root) over all claims, the K_e roots of each.
fn product(layout: &Layout, f: &[Scalar], c: &Scalar, gammas_c: &[Scalar], rho: &Scalar) -> Scalar {
    let largest = layout.coefficients();
    let c_powers = powers(c, largest);
    let (mut sum, mut weight) = (Scalar::ZERO, Scalar::ONE);
    for claim in claims(layout, gammas_c) {
        let f = claim.sum(f);
        let factors: Scalar = claim.roots.iter().map(|root| f - root).product();
        // Without this power of c a claim with few roots beside one with many would go unproven.
        sum += weight * factors * c_powers.get(largest - claim.roots.len()).copied().unwrap_or_default();
        weight *= rho;
    }
    sum
}

/// Verifies one ballot. `seed`: 32 fresh random bytes of the verifier.
///
/// # Errors
///
/// The voter's program erred, or the ballot was read under other parameters.
pub fn verify(parameters: &Parameters, ballot: &Proven, seed: &[u8; 32]) -> Result<(), ProofError> {
    if holds(parameters, &[ballot], seed) { Ok(()) } else { Err(ProofError::Invalid) }
}

/// Verifies many ballots at once. On failure names every ballot, by its place, whose proof does not hold.
/// `seed`: 32 fresh random bytes of the verifier.
///
/// # Errors
///
/// The programs of the voters whose ballots are named erred.
pub fn verify_batch(parameters: &Parameters, ballots: &[&Proven], seed: &[u8; 32]) -> Result<(), Vec<usize>> {
    let mut culprits = Vec::new();
    let points = |ballot: &&Proven| ballot.cells.points().len() + ballot.commitments.len();
    let points = ballots.iter().map(points).max().unwrap_or(1);
    let most = (BATCH_POINTS / points.max(1)).max(1);
    for (n, part) in ballots.chunks(most).enumerate() {
        bisect(parameters, part, seed, n * most, &mut culprits);
    }
    if culprits.is_empty() { Ok(()) } else { Err(culprits) }
}

fn bisect(parameters: &Parameters, ballots: &[&Proven], seed: &[u8; 32], first: usize, culprits: &mut Vec<usize>) {
    if ballots.is_empty() || holds(parameters, ballots, seed) {
        return;
    }
    if ballots.len() == 1 {
        culprits.push(first);
        return;
    }
    let half = ballots.len() / 2;
    let (low, high) = ballots.split_at(half);
    bisect(parameters, low, seed, first, culprits);
    bisect(parameters, high, seed, first + half, culprits);
}

/// One multiscalar multiplication over all group equations of all ballots, each equation under a weight of its own.
fn holds(parameters: &Parameters, ballots: &[&Proven], seed: &[u8; 32]) -> bool {
    // Read for another election, its challenges say nothing about this one.
    if ballots.iter().any(|ballot| ballot.parameters != parameters.digest) {
        return false;
    }
    let mut batch = Transcript::new("veche-batch-weights-2");
    batch.bytes(seed);
    for ballot in ballots {
        batch.bytes(&ballot.equations.digest);
    }
    let mut weights = Weights { base: batch.digest(), count: 0, left: [0; 64], used: 64 };
    let mut sum = Sum::new(parameters);
    for ballot in ballots {
        sum.add(parameters.layout(), ballot, &mut weights);
    }
    sum.vanishes(parameters)
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
            self.left = Transcript::new("veche-batch-weight-2").bytes(&self.base).number(self.count).digest();
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

/// Σ weight·(left side − right side), with what falls on the points of all ballots gathered apart.
struct Sum<'a> {
    terms: Vec<(Vec<Scalar>, &'a Points)>,
    base: Scalar,
    keys: Vec<Scalar>,
    masks: Vec<Scalar>,
}

impl<'a> Sum<'a> {
    fn new(parameters: &Parameters) -> Self {
        let zeros = |count| vec![Scalar::ZERO; count];
        let (keys, masks) = (zeros(parameters.layout().keys()), zeros(parameters.layout().masks()));
        Self { terms: Vec::new(), base: Scalar::ZERO, keys, masks }
    }

    /// 2n + 1 group equations, a weight for each.
    fn add(&mut self, layout: &Layout, ballot: &'a Proven, weights: &mut Weights) {
        let Equations { c, gammas, gammas_c, f, z, product, .. } = &ballot.equations;
        let mut draw = || layout.rows().iter().map(|_| weights.next()).collect::<Vec<_>>();
        let (on_s, on_a) = (draw(), draw());
        // c·R_i + S_i = z_i·B
        let mut on_cells: Vec<Scalar> = on_s.iter().map(|weight| weight * c).collect();
        // c·C*_i + A_i = f_i·B + z_i·Y*_i
        let mut on_keys = vec![Scalar::ZERO; self.keys.len()];
        for ((options, weight), z) in layout.rows().iter().zip(&on_a).zip(z) {
            on_cells.extend(gammas_c.iter().take(options - 1).map(|gamma| gamma * weight));
            let weighted = weight * z;
            on_keys.iter_mut().take(options - 1).for_each(|key| *key += weighted);
        }
        let products = |a: &[Scalar], b: &[Scalar]| a.iter().zip(b).map(|(a, b)| a * b).sum::<Scalar>();
        self.base -= products(&on_s, z) + products(&on_a, f);
        self.keys.iter_mut().zip(&on_keys).zip(gammas).for_each(|((key, sum), gamma)| *key -= sum * gamma);
        // Σ c^d·Com_d = product·B + z_1·Σ c^d·Z_d
        let weight = weights.next();
        let on_coefficients: Vec<Scalar> =
            powers(c, layout.coefficients()).iter().map(|power| weight * power).collect();
        self.base -= weight * product;
        let z = z.first().copied().unwrap_or_default();
        self.masks.iter_mut().zip(&on_coefficients).for_each(|(mask, power)| *mask -= power * z);
        let on_commitments = [on_s, on_a, on_coefficients].concat();
        self.terms.extend([(on_cells, ballot.cells.points()), (on_commitments, &ballot.commitments)]);
    }

    fn vanishes(&self, parameters: &Parameters) -> bool {
        let on_fixed = [&[self.base], self.keys.as_slice(), &self.masks].concat();
        let terms = self.terms.iter().map(|(scalars, points)| (scalars.as_slice(), *points));
        let terms: Vec<_> = terms.chain([(on_fixed.as_slice(), &parameters.fixed)]).collect();
        Points::multiply(&terms).identities() == [true]
    }
}
