//! Where the secret scalars of a ballot come from. Spec: `docs/spec/secret.md` section 8.

use core::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::{credential::CredentialKey, hash::Hash};

/// The seeds of one voter's ballots, in one run of a program: no two of them are equal, whatever the system's generator
/// gives. (Virtual machines are copied and set back, generator and all; the ballot that is cast then must not be one
/// that was opened before.) And whoever can foretell the generator knows no seed without the card.
pub struct BallotSeeds {
    key: CredentialKey,
    made: AtomicU64,
}

impl BallotSeeds {
    /// Of a run of the program.
    pub fn new(key: CredentialKey) -> Self {
        Self { key, made: AtomicU64::new(0) }
    }

    /// The next ballot's seed. `random`: 32 fresh bytes of the system's randomness; `clock_ns`: now, Unix time in
    /// nanoseconds.
    pub fn next(&self, random: &[u8; 32], clock_ns: u64) -> Zeroizing<[u8; 32]> {
        let (secret, made) = (self.key.0.seed(), self.made.fetch_add(1, Ordering::Relaxed));
        let parts: [&[u8]; 4] = [random, &*secret, &clock_ns.to_be_bytes(), &made.to_be_bytes()];
        Zeroizing::new(Hash::labelled("veche-ballot-seed-1", &parts).0)
    }
}
