//! The fuzz targets themselves, without a fuzzer, over everything in `fuzz/corpus`: what fuzzing has once found to reach
//! something new is tried again in every test run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_attributes, unused_imports)]

// The targets name the fuzzer's crate; here it is this one.
extern crate self as libfuzzer_sys;

#[macro_export]
macro_rules! fuzz_target {
    (|$data:ident: &[u8]| $body:block) => {
        pub fn run($data: &[u8]) $body
    };
}

macro_rules! targets {
    ($($name:ident at $path:literal),* $(,)?) => {
        $(#[path = $path] mod $name;)*

        const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name::run)),*];
    };
}

targets! {
    ballot_read at "../../../../fuzz/fuzz_targets/ballot_read.rs",
    checkpoint at "../../../../fuzz/fuzz_targets/checkpoint.rs",
    dealing_check at "../../../../fuzz/fuzz_targets/dealing_check.rs",
    fork_proof at "../../../../fuzz/fuzz_targets/fork_proof.rs",
    frames at "../../../../fuzz/fuzz_targets/frames.rs",
    manifest at "../../../../fuzz/fuzz_targets/manifest.rs",
    messages at "../../../../fuzz/fuzz_targets/messages.rs",
    record at "../../../../fuzz/fuzz_targets/record.rs",
    roll at "../../../../fuzz/fuzz_targets/roll.rs",
    share_check at "../../../../fuzz/fuzz_targets/share_check.rs",
    tokens at "../../../../fuzz/fuzz_targets/tokens.rs",
    wide at "../../../../fuzz/fuzz_targets/wide.rs",
}

#[test]
fn no_decoder_panics_or_errs_on_the_corpus_of_the_fuzzer() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut bytes = 0;
    for (name, run) in TARGETS {
        let files: Vec<_> = std::fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() > 1, "{name} has no corpus");
        for path in files {
            let input = std::fs::read(&path).unwrap();
            bytes += input.len();
            if std::panic::catch_unwind(|| run(&input)).is_err() {
                panic!("{}", path.display());
            }
        }
    }
    let targets = std::fs::read_dir(corpus.join("../fuzz_targets")).unwrap().count();
    assert_eq!((TARGETS.len(), std::fs::read_dir(&corpus).unwrap().count()), (targets, targets));
    assert!(bytes < 1 << 20, "the corpus in git stays small");
}
