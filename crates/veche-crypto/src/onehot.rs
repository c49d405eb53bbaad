//! The secret ballot: rows of encrypted bits, exactly one of which is 1, with one proof for all rows and for the bounds of
//! approvals. Spec: `docs/spec/secret.md` sections 4 to 6.

mod prover;
mod table;
mod verifier;

use alloc::{sync::Arc, vec, vec::Vec};
use core::fmt;

use curve25519_dalek::{RistrettoPoint, Scalar, constants::RISTRETTO_BASEPOINT_COMPRESSED};
use ristretto_wide::Points;
use table::Table;

#[cfg(feature = "dishonest")]
pub use prover::encrypt_bits;
pub use prover::{EncryptError, Encrypted, encrypt};
pub use verifier::{ProofError, Proven, verify, verify_batch};

use crate::{
    Bounded, Cells, ElectionKeys, Layout,
    group::{self, DecodeError, POINT_BYTES},
    transcript::Transcript,
};

/// What all ballots of an election have in common.
#[derive(Clone)]
pub struct Parameters {
    keys: ElectionKeys,
    layout: Layout,
    /// Z_0..Z_{K-2}, of which nobody knows a logarithm: they hide the coefficients of the proof.
    masks: Vec<RistrettoPoint>,
    /// B, then Y_0..., then Z_0...: what the verifier's sums meet in every ballot.
    fixed: Points,
    /// The context's hash as far as it is the same for all ballots.
    context: Transcript,
    /// The same for no other election.
    digest: [u8; 64],
    tables: Option<Arc<Tables>>,
}

/// Multiples of Y_0... and of Z_0..., 30 KiB each.
struct Tables {
    keys: Vec<Table>,
    masks: Vec<Table>,
}

impl Parameters {
    /// `None` if there are fewer keys than options that are sent.
    pub fn new(election: &[u8; 32], keys: ElectionKeys, layout: Layout) -> Option<Self> {
        let mask = |d: usize| Transcript::new("veche-ballot-mask-2").bytes(election).number(d as u64).digest();
        let masks: Vec<RistrettoPoint> =
            (0..layout.masks()).map(|d| RistrettoPoint::from_uniform_bytes(&mask(d))).collect();
        let sent = keys.encodings().get(..layout.keys())?;
        let context = context(election, sent, &layout);
        let mut fixed = vec![RISTRETTO_BASEPOINT_COMPRESSED.to_bytes()];
        fixed.extend_from_slice(sent);
        fixed.extend(masks.iter().map(|mask| mask.compress().to_bytes()));
        let fixed = group::wide_points(&fixed).ok()?;
        Some(Self { keys, layout, masks, fixed, digest: context.digest(), context, tables: None })
    }

    /// For those who make many ballots: a table costs as much as all multiplications of a ballot, and halves their price.
    #[must_use]
    pub fn with_tables(mut self) -> Self {
        let tables = |points: &[RistrettoPoint]| points.iter().map(Table::create).collect();
        let keys = self.keys.points().get(..self.layout.keys()).unwrap_or_default();
        self.tables = Some(Arc::new(Tables { keys: tables(keys), masks: tables(&self.masks) }));
        self
    }

    /// All election keys, that of a lot too.
    pub fn keys(&self) -> &ElectionKeys {
        &self.keys
    }

    /// What a ballot consists of.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A ballot's ciphertexts without their proof: for a sum of ballots that were verified before.
    ///
    /// # Errors
    ///
    /// Whoever keeps the ballots erred: these bytes are no ciphertexts of a ballot.
    pub fn read_cells(&self, cells: &[u8]) -> Result<Cells, DecodeError> {
        Cells::read(&self.layout, cells)
    }

    /// Are these the ciphertexts of these choices under this randomness, one scalar for each row? Else names the first row,
    /// from 1, that is not. For a ballot that was opened: time follows the choices.
    ///
    /// # Errors
    ///
    /// The program that made the ballot, or what it gave out, is false in this row.
    pub fn check_opened(&self, cells: &Cells, choices: &[usize], randomness: &[Scalar]) -> Result<(), usize> {
        let points = cells.points().to_library();
        let (commitments, mut bits) = points.split_at(self.layout.rows().len().min(points.len()));
        let rows = self.layout.rows().iter().zip(commitments).zip(choices.iter().zip(randomness));
        for (row, ((options, commitment), (choice, r))) in rows.enumerate() {
            let (own, rest) = bits.split_at((options - 1).min(bits.len()));
            bits = rest;
            let expected = |(k, key): (usize, &RistrettoPoint)| {
                RistrettoPoint::vartime_double_scalar_mul_basepoint(r, key, &Scalar::from(u64::from(k == *choice)))
            };
            let opened = self.keys.points().iter().enumerate().map(expected);
            if RistrettoPoint::mul_base(r) != *commitment || !own.iter().copied().eq(opened.take(options - 1)) {
                return Err(row + 1);
            }
        }
        Ok(())
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Parameters {}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters").field("keys", &self.keys).field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// The beginning of the first hash: election, keys of the options that are sent, layout.
fn context(election: &[u8; 32], keys: &[[u8; POINT_BYTES]], layout: &Layout) -> Transcript {
    let mut hash = Transcript::new("veche-ballot-context-2");
    hash.bytes(election).bytes(keys.as_flattened()).number(layout.rows().len() as u64);
    for options in layout.rows() {
        hash.number(*options as u64);
    }
    hash.number(layout.bounded().len() as u64);
    for Bounded { rows, least, most } in layout.bounded() {
        // Rows are numbered from 1.
        for number in [rows.start + 1, rows.len(), *least, *most] {
            hash.number(number as u64);
        }
    }
    hash
}

/// Where in the log a proof belongs: it is worth nothing for another voter or place.
pub struct Context<'a> {
    /// The voter's public key.
    pub credential: &'a [u8; 32],
    /// Which of the voter's entries it is, from 1.
    pub seq: u64,
    /// Leaf hash of the voter's entry before; zeros if there is none.
    pub prev: &'a [u8; 32],
}

impl Context<'_> {
    fn digest(&self, parameters: &Parameters) -> [u8; 64] {
        parameters.context.clone().bytes(self.credential).number(self.seq).bytes(self.prev).digest()
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
        let statement = Transcript::new("veche-ballot-statement-2").bytes(context).bytes(cells).digest();
        let scalar = |label| Transcript::new(label).bytes(&statement).scalar();
        Self { gamma: scalar("veche-ballot-gamma-2"), rho: scalar("veche-ballot-rho-2"), statement }
    }

    /// c, over the commitments as they are sent: S and A of every row, then Com of every power.
    fn last(&self, commitments: &[u8]) -> Scalar {
        Transcript::new("veche-ballot-challenge-2").bytes(&self.statement).bytes(commitments).scalar()
    }
}

/// A claim that some rows' numbers, added, are one of a few: of one row, that it is one-hot; of a bounded contest, that its
/// refusals are as many as is allowed. Behind *all* rows, so that no two claims have the same power of ρ.
struct Claim {
    rows: core::ops::Range<usize>,
    roots: Vec<Scalar>,
}

/// All claims of a layout, in the order of their powers of ρ. `gammas` may all bear a factor: then all roots do.
fn claims(layout: &Layout, gammas: &[Scalar]) -> Vec<Claim> {
    // γ^0 times the factor.
    let one = gammas.first().copied().unwrap_or_default();
    let row = |(i, options): (usize, &usize)| {
        let bits = gammas.iter().take(options - 1).copied();
        Claim { rows: i..i + 1, roots: bits.chain([Scalar::ZERO]).collect() }
    };
    let bounded = |bounded: &Bounded| {
        let roots = bounded.refusals().map(|refusals| one * Scalar::from(refusals as u64));
        Claim { rows: bounded.rows.clone(), roots: roots.collect() }
    };
    layout.rows().iter().enumerate().map(row).chain(layout.bounded().iter().map(bounded)).collect()
}

impl Claim {
    /// Σ over its rows.
    fn sum(&self, numbers: &[Scalar]) -> Scalar {
        numbers.get(self.rows.clone()).unwrap_or_default().iter().sum()
    }
}

/// 1, x, x², ..., `count` of them.
fn powers(x: &Scalar, count: usize) -> Vec<Scalar> {
    core::iter::successors(Some(Scalar::ONE), |power| Some(power * x)).take(count).collect()
}
