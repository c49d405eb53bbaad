//! Random numbers of the system, for keys, seeds and the weights of checks.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use veche_client::casting::Fresh;
use veche_election::{BallotSeeds, WeightSeed};
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Failure::other("the system gives no randomness"))?;
    Ok(bytes)
}

/// Fresh weights for checking proofs: nobody who makes a ballot knows them.
pub fn weight_seed() -> Result<WeightSeed> {
    random().map(WeightSeed)
}

/// A ballot's seed: the system's generator, the card and the clock.
pub fn ballot_seed(seeds: &BallotSeeds) -> Result<Zeroizing<[u8; 32]>> {
    let Fresh { random, clock_ns } = fresh()?;
    Ok(seeds.next(&random, clock_ns))
}

/// What a step of a vote may use up.
pub fn fresh() -> Result<Fresh> {
    let random = Zeroizing::new(random()?);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Fresh { random, clock_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) })
}
