//! The example's record with one file changed: it may pass only if nothing was changed.
//! The first byte chooses the file, the second how: the rest replaces it, or is laid over it from some place on.
#![no_main]

use std::{collections::BTreeMap, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use veche_election::{
    WeightSeed,
    record::{self, Source, Unread},
};

/// Seed of a verifier's weights: nothing has to be hidden from a test.
const WEIGHTS: WeightSeed = WeightSeed([9; 32]);

struct Files(BTreeMap<&'static str, Vec<u8>>);

impl Source for Files {
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread> {
        let bytes = self.0.get(path).ok_or(Unread::Missing)?;
        if bytes.len() as u64 > max_bytes { Err(Unread::TooLarge { max_bytes }) } else { Ok(bytes.clone()) }
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().map(|path| (*path).to_owned()).collect()
    }
}

macro_rules! files {
    ($($path:literal),*) => {
        BTreeMap::from([$(($path, include_bytes!(concat!("../../docs/spec/vectors/record/", $path)).to_vec())),*])
    };
}

static GENUINE: LazyLock<BTreeMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    let files = files!(
        "README.txt",
        "checkpoint",
        "credentials",
        "election.json",
        "result.json",
        "roll",
        "tile/0/000.p/12",
        "tile/entries/000.p/12"
    );
    assert!(record::verify(&Files(files.clone()), &WEIGHTS, &mut |_, _| ()).is_ok(), "a vector");
    files
});

fuzz_target!(|bytes: &[u8]| {
    let [file, how, rest @ ..] = bytes else { return };
    let mut files = GENUINE.clone();
    let Some(chosen) = files.values_mut().nth(usize::from(*file) % GENUINE.len()) else { return };
    match (how % 3, rest) {
        (0, rest) => *chosen = rest.to_vec(),
        (1, [high, low, rest @ ..]) => {
            let at = usize::from(u16::from_be_bytes([*high, *low])) % (chosen.len() + 1);
            for (old, new) in chosen.iter_mut().skip(at).zip(rest) {
                *old = *new;
            }
        }
        _ => chosen.extend(rest),
    }
    let unchanged = files == *GENUINE;
    let verified = record::verify(&Files(files), &WEIGHTS, &mut |_, _| ()).is_ok();
    assert_eq!(verified, unchanged, "a changed record passed, or the genuine one did not");
});
