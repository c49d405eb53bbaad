//! Row 9: a corpus of bad records, made in another language from the specification, and both verifiers against it.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use veche_election::record::verify;

pub fn verifier(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier").join(name).canonicalize().unwrap()
}

pub fn interpreter() -> Command {
    Command::new(std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into()))
}

pub fn python(script: &str) -> Command {
    let mut command = interpreter();
    command.arg(verifier(script));
    command
}

/// The number of the check that failed, and its culprit.
type Said = Option<(u64, String)>;

/// Of a good record, what stands below its checks.
type Notes = Vec<String>;

/// What our verifier says.
fn ours(folder: &str) -> (Said, Notes) {
    let source = veche::records::source(folder).unwrap();
    match verify(&*source, &crate::board::WEIGHTS, &mut |_, _| ()) {
        Ok(verified) => (None, verified.checks().iter().flat_map(|check| check.notes.clone()).collect()),
        Err(failed) => (Some((failed.number.into(), failed.culprit)), Notes::new()),
    }
}

/// What both say of many records: ours and Python's, on all cores.
fn both(folders: &[&str]) -> Vec<((Said, Notes), (Said, Notes))> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let judge = |part: &[&str]| -> Vec<((Said, Notes), (Said, Notes))> {
            std::thread::scope(|scope| {
                let python = scope.spawn(|| theirs(part));
                let rust: Vec<_> = part.iter().map(|folder| ours(folder)).collect();
                rust.into_iter().zip(python.join().unwrap()).collect()
            })
        };
        let parts: Vec<_> =
            folders.chunks(folders.len().div_ceil(cores)).map(|part| scope.spawn(move || judge(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// What the verifier in Python says of many records, in one process.
fn theirs(folders: &[&str]) -> Vec<(Said, Notes)> {
    let mut child =
        python("veche_verify.py").arg("--batch").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(folders.join("\n").as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let answers: Vec<Value> =
        out.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(answers.len(), folders.len());
    let failed = |answer: &Value| {
        let last = answer["checks"].as_array().unwrap().last().unwrap();
        assert!(!last["text"].as_str().unwrap().starts_with("could not be done"), "{answer}");
        (answer["verified"] == false).then(|| (last["check"].as_u64().unwrap(), last["text"].as_str().unwrap().into()))
    };
    let notes = |answer: &Value| -> Notes {
        let checks = answer["checks"].as_array().unwrap().iter().filter(|_| answer["verified"] == true);
        let notes = checks.flat_map(|check| check["notes"].as_array().unwrap());
        notes.map(|note| note.as_str().unwrap().to_owned()).collect()
    };
    answers.iter().map(|answer| (failed(answer), notes(answer))).collect()
}

#[derive(Default)]
struct Row {
    made: u32,
    ours: u32,
    theirs: u32,
    checks: BTreeMap<u64, u32>,
}

#[test]
fn row_09_both_verifiers_refuse_every_mutant_every_time() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    let seed = std::env::var("VECHE_SEED").unwrap_or_else(|_| "1".into());
    let made = python("mutants.py").arg("--out").arg(&corpus).args(["--seed", &seed]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let list = std::fs::read_to_string(corpus.join("list.jsonl")).unwrap();
    let cases: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 1000);
    let folders: Vec<&str> = cases.iter().map(|case| case["folder"].as_str().unwrap()).collect();
    let (mut table, mut wrong) = (BTreeMap::<&str, Row>::new(), Vec::new());
    let (mut noted, mut good) = (BTreeMap::<String, u32>::new(), BTreeMap::<&str, Notes>::new());
    for (case, ((rust, our_notes), (python, their_notes))) in cases.iter().zip(both(&folders)) {
        let row = table.entry(case["class"].as_str().unwrap()).or_default();
        row.made += 1;
        row.ours += u32::from(rust.is_some());
        row.theirs += u32::from(python.is_some());
        rust.iter().for_each(|(number, _)| *row.checks.entry(*number).or_default() += 1);
        let expected: Vec<u64> = case["expect"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        let fits = |said: &Said| match said {
            Some((number, _)) => expected.contains(number),
            None => expected.is_empty(),
        };
        let entry = |said: &Said| {
            said.as_ref().and_then(|(_, text)| {
                text.split_once(':').map(|(entry, _)| entry.split(',').next().unwrap().to_owned())
            })
        };
        let number = |said: &Said| said.as_ref().map(|(number, _)| *number);
        let culprits = !matches!(number(&rust), Some(5)) || entry(&rust) == entry(&python);
        if our_notes != their_notes {
            wrong.push(format!("{}: {}: {our_notes:?} {their_notes:?}", case["class"], case["name"]));
        }
        if case["class"] == "good record" {
            good.insert(case["name"].as_str().unwrap(), our_notes.clone());
        }
        // Of each kind of note, without what varies in it.
        our_notes.iter().for_each(|note| {
            *noted.entry(note.replace(|c: char| c.is_ascii_digit(), "")).or_default() += 1;
        });
        if !fits(&rust) || !fits(&python) || number(&rust) != number(&python) || !culprits {
            wrong.push(format!("{}: {}: {rust:?} {python:?}", case["class"], case["name"]));
        }
    }
    println!("{:>5} {:>5} {:>6}  class, and the checks that refused", "made", "rust", "python");
    for (class, Row { made, ours, theirs, checks }) in &table {
        println!("{made:>5} {ours:>5} {theirs:>6}  {class} {checks:?}");
        assert!(*made > 0);
    }
    for note in ["one of two clocks is wrong", "the cosignature of witness.example/a is dated"] {
        assert!(noted.keys().any(|told| told.contains(note)), "{note}: {noted:?}");
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    // A warning, and both give it: of the one record in which two ballots have an R in common, and of none like it.
    for (name, warned) in [("secret", 0), ("secret: a row has the randomness of one in another ballot", 1)] {
        let told: Vec<&String> = good[name].iter().filter(|note| note.contains("randomness")).collect();
        assert_eq!(told.len(), warned, "{name}: {told:?}");
        assert!(told.iter().all(|note| note.contains("a row has the randomness of one in entry")), "{told:?}");
    }
}

/// One byte of one ballot, changed by hand, and both are red and name the entry.
#[test]
fn row_09_one_byte_of_one_ballot_and_both_verifiers_name_the_entry() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors");
    for (name, bundle, index, before, other) in [
        ("record", "tile/entries/000.p/12", 4, "\"marks\":[\"34", b'4'),
        ("secret-record", "tile/entries/000.p/13", 5, "\"cells\":\"", b'Z'),
    ] {
        let (from, to) = (vectors.join(name), dir.path().join(name));
        assert!(Command::new("cp").arg("-r").arg(&from).arg(&to).status().unwrap().success());
        let (good, path) = (to.to_str().unwrap().to_owned(), to.join(bundle));
        assert_eq!((ours(&good).0, theirs(&[&good]).remove(0).0), (None, None), "{name}");
        let mut bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(before.len()).position(|window| window == before.as_bytes());
        let place = found.unwrap() + before.len();
        assert_ne!(std::mem::replace(&mut bytes[place], other), other, "the byte is another one");
        std::fs::write(&path, bytes).unwrap();
        for (number, culprit) in [ours(&good).0.unwrap(), theirs(&[&good]).remove(0).0.unwrap()] {
            assert_eq!(number, 5);
            assert!(culprit.starts_with(&format!("entry {index}:")), "{culprit}");
        }
    }
}

#[test]
fn the_vectors_of_the_specification_hold_in_the_second_verifier() {
    let out = python("run_vectors.py").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}
