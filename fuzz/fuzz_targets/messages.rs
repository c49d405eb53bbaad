//! Any bytes as a leaf of a secret election's log, a message of the trustees' ceremony, a challenged ballot, a manifest.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use veche_election::{Challenge, Election, WeightSeed, ceremony::Ceremony, entry::CheckedEntry};

/// Seed of a verifier's weights: nothing has to be hidden from a test.
const WEIGHTS: WeightSeed = WeightSeed([9; 32]);

static ELECTION: LazyLock<Election> = LazyLock::new(|| {
    Election::parse(include_bytes!("../../docs/spec/vectors/secret-record/election.json")).expect("a vector")
});

fuzz_target!(|bytes: &[u8]| {
    let (election, plan) = (&*ELECTION, ELECTION.draft().ceremony_plan().expect("a secret election"));
    let _ = CheckedEntry::check(bytes, election, &WEIGHTS);
    let _ = Ceremony::new(election.draft_id(), plan).take(bytes);
    let _ = Ceremony::parse(bytes, election.draft_id(), plan);
    if let Ok(challenge) = serde_json::from_slice::<Challenge>(bytes) {
        let _ = challenge.check(election, &WEIGHTS);
    }
    let _ = Election::parse(bytes);
});
