//! Opening a sum: each trustee's share of it with a proof, and the combination of any `t` shares.
//! Spec: `docs/spec/secret.md` sections 9 to 11.

use alloc::{collections::BTreeSet, vec::Vec};

use curve25519_dalek::{RistrettoPoint, Scalar, traits::VartimeMultiscalarMul};

use crate::{
    Ciphertext,
    dleq::{DleqError, Proof, Statement},
    group::{self, POINT_BYTES},
    transcript::Transcript,
};

/// What is opened: bound to the election and to the exact bytes of the sum.
pub struct Opening<'a> {
    pub election: &'a [u8; 32],
    /// Hash of the log's entry that published the sum.
    pub sum: &'a [u8; 32],
    pub cells: &'a [Ciphertext],
}

/// A trustee's share: D_j = y_i·a_j for every cell, and one proof for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Encodings of D_j, one after the other.
    pub values: Vec<u8>,
    pub proof: Proof,
}

impl Opening<'_> {
    fn domain(&self, trustee: u32) -> Transcript {
        let mut domain = Transcript::new("veche-share-1");
        domain.bytes(self.election).bytes(self.sum).number(trustee.into());
        domain
    }

    fn bases(&self) -> Vec<RistrettoPoint> {
        self.cells.iter().map(|cell| cell.a).collect()
    }

    /// The share of trustee `trustee` (numbered from 1), made with the secret y_i. `seed`: 32 fresh random bytes.
    pub fn share(&self, trustee: u32, y: &Scalar, seed: &[u8; 32]) -> Share {
        let bases = self.bases();
        let images: Vec<RistrettoPoint> = bases.iter().map(|base| y * base).collect();
        let public = RistrettoPoint::mul_base(y);
        let statement = Statement { domain: self.domain(trustee), public: &public, bases: &bases, images: &images };
        Share { proof: statement.prove(y, seed), values: group::encode_points(&images) }
    }

    /// Checks a share against the trustee's verification key Y_i. Returns its points.
    pub fn check(&self, trustee: u32, key: &RistrettoPoint, share: &Share) -> Result<Vec<RistrettoPoint>, DleqError> {
        let (got, expected) = (share.values.len() / POINT_BYTES, self.cells.len());
        let images = group::points(&share.values)?;
        if got != expected {
            return Err(DleqError::Count { got, expected });
        }
        let bases = self.bases();
        let statement = Statement { domain: self.domain(trustee), public: key, bases: &bases, images: &images };
        statement.verify(&share.proof)?;
        Ok(images)
    }

    /// m_j·B for every cell, from shares that were checked: any `t` of them give the same, fewer give nonsense.
    /// `None` if a trustee stands there twice or is numbered 0, or a share has not a value for each cell.
    pub fn combine(&self, shares: &[(u32, Vec<RistrettoPoint>)]) -> Option<Vec<RistrettoPoint>> {
        let trustees: Vec<u32> = shares.iter().map(|(trustee, _)| *trustee).collect();
        let different: BTreeSet<u32> = trustees.iter().copied().filter(|trustee| *trustee > 0).collect();
        if different.len() < shares.len() || shares.iter().any(|(_, values)| values.len() != self.cells.len()) {
            return None;
        }
        let lagrange: Vec<Scalar> = trustees.iter().map(|i| lagrange_at_zero(*i, &trustees)).collect();
        let open = |(j, cell): (usize, &Ciphertext)| {
            // Nothing here is secret any more.
            let parts = shares.iter().zip(&lagrange).filter_map(|((_, d), l)| Some((l, d.get(j)?)));
            let (lagrange, points): (Vec<&Scalar>, Vec<&RistrettoPoint>) = parts.unzip();
            cell.b - RistrettoPoint::vartime_multiscalar_mul(lagrange, points)
        };
        Some(self.cells.iter().enumerate().map(open).collect())
    }
}

/// λ_i(0) = Π_{j≠i} j/(j − i) over different numbers from 1.
fn lagrange_at_zero(i: u32, all: &[u32]) -> Scalar {
    let others = || all.iter().filter(|j| **j != i);
    let above: Scalar = others().map(|j| Scalar::from(*j)).product();
    let below: Scalar = others().map(|j| Scalar::from(*j) - Scalar::from(i)).product();
    above * below.invert()
}

/// The lot of an election is y·P, opened with the sum as if it were one more cell, (P, 0): nobody has chosen P, nobody
/// knows its logarithm, and y·P is one value that any `t` trustees find and fewer do not.
pub fn lot_cell(election: &[u8; 32]) -> Ciphertext {
    let digest = Transcript::new("veche-lot-point-1").bytes(election).digest();
    Ciphertext { a: RistrettoPoint::from_uniform_bytes(&digest), ..Ciphertext::zero() }
}

/// Before opening day: trustee `trustee` proves that the key is still there, on a point that nobody can choose.
pub fn rehearse(election: &[u8; 32], trustee: u32, y: &Scalar, seed: &[u8; 32]) -> Share {
    let base = [rehearsal_point(election, trustee)];
    let image = base.map(|base| y * base);
    let public = RistrettoPoint::mul_base(y);
    let domain = rehearsal_domain(election, trustee);
    let proof = Statement { domain, public: &public, bases: &base, images: &image }.prove(y, seed);
    Share { values: group::encode_points(&image), proof }
}

/// Checks a rehearsal against the trustee's verification key.
pub fn check_rehearsal(
    election: &[u8; 32],
    trustee: u32,
    key: &RistrettoPoint,
    share: &Share,
) -> Result<(), DleqError> {
    let base = [rehearsal_point(election, trustee)];
    let images = group::points(&share.values)?;
    Statement { domain: rehearsal_domain(election, trustee), public: key, bases: &base, images: &images }
        .verify(&share.proof)
}

fn rehearsal_domain(election: &[u8; 32], trustee: u32) -> Transcript {
    let mut domain = Transcript::new("veche-rehearsal-1");
    domain.bytes(election).number(trustee.into());
    domain
}

/// Derived from a scalar: nobody can pass off a voter's ciphertext as a rehearsal.
fn rehearsal_point(election: &[u8; 32], trustee: u32) -> RistrettoPoint {
    let mut hash = Transcript::new("veche-rehearsal-point-1");
    RistrettoPoint::mul_base(&hash.bytes(election).number(trustee.into()).scalar())
}
