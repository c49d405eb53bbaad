//! Any bytes as a checkpoint of the example's log, or as a witness' key. Who has not the board's key signs nothing new.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use veche_election::{Checkpoint, Election, checkpoint::Witness, log::origin};

static ELECTION: LazyLock<Election> = LazyLock::new(|| {
    Election::parse(include_bytes!("../../docs/spec/vectors/record/election.json")).expect("a vector")
});
static GENUINE: LazyLock<Checkpoint> = LazyLock::new(|| {
    let note = include_str!("../../docs/spec/vectors/record/checkpoint");
    Checkpoint::open(note, &origin(ELECTION.id()), &ELECTION.keys().board).expect("a vector")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (name, board) = (origin(ELECTION.id()), &ELECTION.keys().board);
    if let Ok(opened) = Checkpoint::open(text, &name, board) {
        assert_eq!((opened.size, opened.root), (GENUINE.size, GENUINE.root), "a forged checkpoint");
    }
    let _ = Checkpoint::open_witnessed(text, &name, board, None);
    let _ = Checkpoint::origin_of(text);
    if let Some(witness) = Witness::parse(text) {
        assert_eq!(witness.to_string(), text);
        let _ = witness.find(&GENUINE, text);
    }
});
