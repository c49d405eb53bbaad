//! Any bytes as a manifest or a draft: what is accepted has one form, whose hash is the election.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_election::{Draft, Election, canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(election) = Election::parse(bytes) {
        assert_eq!(election.bytes(), bytes);
    }
    if let Ok(draft) = Draft::parse(bytes) {
        assert_eq!(canonical::write(&draft), bytes);
    }
});
