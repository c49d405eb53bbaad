//! Any bytes as an organiser's list of voters, and as a published list of credentials.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_election::{CredentialList, Roll};

fuzz_target!(|bytes: &[u8]| {
    let roll = Roll::parse(bytes);
    if !roll.has_errors() {
        // What is accepted says the same on every machine.
        assert_eq!(format!("{roll:?}"), format!("{:?}", Roll::parse(bytes)));
    }
    if let Ok(list) = CredentialList::parse(bytes) {
        assert_eq!(list.to_bytes(), bytes, "a list has one form");
    }
});
