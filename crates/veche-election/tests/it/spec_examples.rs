//! The examples in the text of the specification are those of the vectors: every long value in a block of code is looked
//! up there. (What the vectors hold is checked by `vectors.rs`.)

use std::path::{Path, PathBuf};

use veche_election::{
    CheckedBallot, CredentialSecret, Election, SigningKey, checkpoint::Witness, credential::fingerprint,
};

use crate::{fixture::WEIGHTS, vectors};

/// Shorter words are no values.
const VALUE_MIN: usize = 8;

fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec")
}

/// A value in base64 or a code, maybe with a part left out as `…`.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-+/=…".contains(c)
}

fn is_value(word: &str) -> bool {
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    word.chars().filter(|c| *c != '…').count() >= VALUE_MIN
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

/// Do the parts of `value` stand in `word` in this order?
fn is_in(value: &str, word: &str) -> bool {
    let rest = value.split('…').try_fold(word, |rest, part| rest.find(part).map(|at| &rest[at + part.len()..]));
    rest.is_some()
}

fn texts_below(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts_below(&path, out);
        } else {
            *out += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
            out.push('\n');
        }
    }
}

/// All files of the vectors, and what follows from them: ids, and what stands within the first sealed frame.
fn known() -> String {
    let mut text = String::new();
    texts_below(&spec().join("vectors"), &mut text);
    for record in ["record", "secret-record"] {
        let manifest = std::fs::read(spec().join("vectors").join(record).join("election.json")).unwrap();
        let election = Election::parse(&manifest).unwrap();
        text += &format!("{}\n{}\n", election.id(), election.draft_id());
    }
    let dialogue = vectors::read("dialogue.json");
    let payload = dialogue["frames"][2]["payload"].as_str().unwrap();
    let headers = ["{\"alg\":\"PS256\",\"jwk\":{\"kty\":\"RSA\",\"n\":\"", r#"{"alg":"dir","enc":"A256GCM"}"#];
    for part in headers.into_iter().chain([payload]) {
        text += &data_encoding::BASE64URL_NOPAD.encode(part.as_bytes());
        text.push('\n');
    }
    let witness = Witness::new("witness.example.org/anna", SigningKey::from_seed(&[7; 32]).public()).unwrap();
    text + &witness.to_string()
}

#[test]
fn every_value_in_the_examples_of_the_specification_is_one_of_the_vectors() {
    let known = known();
    let words: Vec<&str> = known.split(|c| !is_part(c)).filter(|word| word.len() >= VALUE_MIN).collect();
    let (mut found, mut stale) = (0, Vec::new());
    for entry in std::fs::read_dir(spec()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let blocks = text.split("```").skip(1).step_by(2);
        for value in blocks.flat_map(|block| block.split(|c| !is_part(c))).filter(|word| is_value(word)) {
            match words.iter().any(|word| is_in(value, word)) {
                true => found += 1,
                false => stale.push(format!("{}: {value}", path.file_name().unwrap().to_string_lossy())),
            }
        }
    }
    assert!(stale.is_empty(), "not in the vectors: {stale:#?}");
    assert!(found > 100, "{found} values");
}

/// Examples of a whole file are that file.
#[test]
fn the_result_the_card_and_the_key_shown_in_the_specification_are_the_files() {
    let shown_in = [("results.md", "record/result.json"), ("manifest.md", "17.json"), ("trustees.md", "trustee.key")];
    for (document, file) in shown_in {
        let text = std::fs::read_to_string(spec().join(document)).unwrap();
        let file = std::fs::read_to_string(spec().join("vectors").join(file)).unwrap();
        let shown = text.split("```").skip(1).step_by(2).map(|block| block.lines().map(str::trim).collect::<String>());
        assert!(shown.into_iter().any(|shown| shown == file.trim_end()), "{document} does not show {file}");
    }
}

/// What stands beside each other in the text belongs together: the entry, its codes, its voter's key, and the lists.
#[test]
fn the_entry_the_key_and_the_lists_shown_in_the_specification_are_of_one_election() {
    let read = |file: &str| std::fs::read_to_string(spec().join(file)).unwrap();
    let (text, lists, session) = (read("entry.md"), read("manifest.md"), read("session.md"));
    let election = Election::parse(read("vectors/record/election.json").as_bytes()).unwrap();
    let shown = text.split("```").nth(1).unwrap();
    let entry: String = shown.lines().map(str::trim_start).collect();
    let ballot = CheckedBallot::check(entry.as_bytes(), &election, &WEIGHTS).unwrap();
    let said = |what: &str| text.lines().find_map(|line| line.strip_prefix(what)).unwrap().trim();
    assert_eq!((said("ballot code"), said("leaf hash")), (&*ballot.code().full(), &*ballot.leaf().to_string()));
    let card = text.lines().find(|line| line.starts_with("7DV1-")).unwrap().split(' ').next().unwrap();
    let key = CredentialSecret::parse(card).unwrap().key(election.draft_id()).public();
    assert_eq!((said("public key"), ballot.entry().credential), (&*key.to_string(), key));
    assert!(text.contains(&format!("`{}`", fingerprint(&key))), "the fingerprint of {key}");
    assert!(lists.contains(&read("vectors/record/credentials")), "the list of credentials");
    let line = read("vectors/record/roll").lines().nth(1).unwrap().to_owned();
    assert!(lists.contains(&line) && line.contains(&key.to_string()), "{line}");
    let (first, last) = (ballot.code().short(), ballot.code().full());
    assert!(session.contains(&format!("\"code\":\"{first}-…-{}\"", last.rsplit('-').next().unwrap())), "{last}");
}
