//! Opening a sum: each trustee's share of it with a proof, and the combination of any `t` shares.
//! Spec: `docs/spec/secret.md` sections 9 to 11.

use alloc::{collections::BTreeSet, vec::Vec};

use curve25519_dalek::{
    RistrettoPoint, Scalar,
    traits::{Identity, VartimeMultiscalarMul},
};

use crate::{
    Cells, Layout,
    dleq::{Cell, DleqError, Proof, Statement},
    group::{self, POINT_BYTES},
    transcript::Transcript,
};

/// A sum of ballots, and behind it the lot's point where a lot may be drawn.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    /// ΣR_i of every row.
    bases: Vec<RistrettoPoint>,
    /// The key and the base of every bit that is sent.
    cells: Vec<Cell>,
    /// ΣC_ik; of the lot's point, 0.
    values: Vec<RistrettoPoint>,
}

impl Sum {
    /// Of a sum of ballots.
    pub fn new(layout: &Layout, cells: &Cells) -> Self {
        let points = cells.points().to_library();
        let (bases, values) = points.split_at(layout.rows().len().min(points.len()));
        let cells = layout.each_cell().map(|(base, key)| Cell { key, base });
        Self { bases: bases.to_vec(), cells: cells.collect(), values: values.to_vec() }
    }

    /// The lot of an election is y·P, opened with the sum under a key of its own, the last: P follows from the draft, which
    /// is older than the key, nobody knows its logarithm, and y·P is one value that any `t` trustees find and fewer do not.
    #[must_use]
    pub fn with_lot(mut self, draft: &[u8; 32], key: usize) -> Self {
        self.cells.push(Cell { key, base: self.bases.len() });
        self.bases.push(lot_point(draft));
        self.values.push(RistrettoPoint::identity());
        self
    }

    /// How many points are opened.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Is nothing opened?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// What is opened: bound to the election and to the exact bytes of the sum.
pub struct Opening<'a> {
    /// Its id.
    pub election: &'a [u8; 32],
    /// Hash of the log's entry that published the sum.
    pub entry: &'a [u8; 32],
    /// What the entry holds, and the lot's point.
    pub sum: &'a Sum,
}

/// A trustee's share: D_j = y_k·ΣR_i for every bit that is sent, and one proof for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Encodings of D_j, one after the other.
    pub values: Vec<u8>,
    /// That they are made with the trustee's keys.
    pub proof: Proof,
}

impl Opening<'_> {
    fn statement<'a>(
        &'a self,
        trustee: u32,
        publics: &'a [RistrettoPoint],
        images: &'a [RistrettoPoint],
    ) -> Statement<'a> {
        let mut domain = Transcript::new("veche-share-2");
        domain.bytes(self.election).bytes(self.entry).number(trustee.into());
        Statement { domain, publics, bases: &self.sum.bases, cells: &self.sum.cells, images }
    }

    /// The share of trustee `trustee` (numbered from 1), made with its secrets, one for each key. `seed`: 32 fresh
    /// random bytes.
    pub fn share(&self, trustee: u32, secrets: &[Scalar], seed: &[u8; 32]) -> Share {
        let image = |cell: &Cell| Some(secrets.get(cell.key)? * self.sum.bases.get(cell.base)?);
        let images: Vec<RistrettoPoint> = self.sum.cells.iter().filter_map(image).collect();
        let publics: Vec<RistrettoPoint> = secrets.iter().map(RistrettoPoint::mul_base).collect();
        let proof = self.statement(trustee, &publics, &images).prove(secrets, seed);
        Share { proof, values: group::encode_points(&images) }
    }

    /// Checks a share against the trustee's verification keys, one for each key. Returns its points.
    ///
    /// # Errors
    ///
    /// The trustee's program erred, or the share belongs to another trustee, sum or election.
    pub fn check(
        &self,
        trustee: u32,
        publics: &[RistrettoPoint],
        share: &Share,
    ) -> Result<Vec<RistrettoPoint>, DleqError> {
        let (got, expected) = (share.values.len() / POINT_BYTES, self.sum.len());
        if got != expected {
            return Err(DleqError::Count { got, expected });
        }
        let images = group::points(&share.values)?;
        self.statement(trustee, publics, &images).verify(&share.proof)?;
        Ok(images)
    }

    /// m_j·B for every bit, from shares that were checked: any `t` of them give the same, fewer give nonsense. `None` if a
    /// trustee stands there twice or is numbered 0, or a share has not a value for each bit.
    pub fn combine(&self, shares: &[(u32, Vec<RistrettoPoint>)]) -> Option<Vec<RistrettoPoint>> {
        let trustees: Vec<u32> = shares.iter().map(|(trustee, _)| *trustee).collect();
        let different: BTreeSet<u32> = trustees.iter().copied().filter(|trustee| *trustee > 0).collect();
        if different.len() < shares.len() || shares.iter().any(|(_, values)| values.len() != self.sum.len()) {
            return None;
        }
        let lagrange: Vec<Scalar> = trustees.iter().map(|i| lagrange_at_zero(*i, &trustees)).collect();
        let open = |(j, value): (usize, &RistrettoPoint)| {
            // Nothing here is secret any more.
            let parts = shares.iter().zip(&lagrange).filter_map(|((_, d), l)| Some((l, d.get(j)?)));
            let (lagrange, points): (Vec<&Scalar>, Vec<&RistrettoPoint>) = parts.unzip();
            value - RistrettoPoint::vartime_multiscalar_mul(lagrange, points)
        };
        Some(self.sum.values.iter().enumerate().map(open).collect())
    }
}

/// λ_i(0) = Π_{j≠i} j/(j − i) over different numbers from 1.
fn lagrange_at_zero(i: u32, all: &[u32]) -> Scalar {
    let others = || all.iter().filter(|j| **j != i);
    let above: Scalar = others().map(|j| Scalar::from(*j)).product();
    let below: Scalar = others().map(|j| Scalar::from(*j) - Scalar::from(i)).product();
    above * below.invert()
}

/// P: hashed to the group, so nobody knows its logarithm.
fn lot_point(draft: &[u8; 32]) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&Transcript::new("veche-lot-point-2").bytes(draft).digest())
}
