//! Before opening day: a trustee proves that all its keys are still there. No point that anybody else made stands in it, so
//! nothing can be passed off as a rehearsal and opened. Spec: `docs/spec/secret.md` section 9.

use alloc::vec::Vec;

use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::{
    dleq::{DleqError, Proof, Statement},
    transcript::Transcript,
};

/// Trustee `trustee` (numbered from 1) proves that it holds y_k for every key. `seed`: 32 fresh random bytes.
pub fn rehearse(election: &[u8; 32], trustee: u32, secrets: &[Scalar], seed: &[u8; 32]) -> Proof {
    let keys: Vec<RistrettoPoint> = secrets.iter().map(RistrettoPoint::mul_base).collect();
    Statement::possession(domain(election, trustee), &keys).prove(secrets, seed)
}

/// Checks a rehearsal against the trustee's verification keys.
///
/// # Errors
///
/// The trustee's program erred, or the rehearsal belongs to another trustee or election.
pub fn check(election: &[u8; 32], trustee: u32, keys: &[RistrettoPoint], proof: &[u8]) -> Result<(), DleqError> {
    Statement::possession(domain(election, trustee), keys).verify(proof)
}

fn domain(election: &[u8; 32], trustee: u32) -> Transcript {
    let mut domain = Transcript::new("veche-rehearsal-2");
    domain.bytes(election).number(trustee.into());
    domain
}
