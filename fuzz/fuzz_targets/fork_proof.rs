//! Any bytes as the proof of a fork, or as a receipt: neither can be made without the board's key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_election::{fork::ForkProof, receipt::ReceiptFile};

fuzz_target!(|bytes: &[u8]| {
    assert!(ForkProof::verify(bytes).is_err(), "the boards of the examples have not forked");
    let _ = ReceiptFile::parse(bytes);
});
