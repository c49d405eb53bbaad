//! The vectors beside the specification: files that another implementation can run. `write_vectors` makes them (run by
//! hand when a format changes); the other tests show that we do what they say.

mod ceremony;

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use veche_election::{
    Act, Board, CredentialList, CredentialSecret, Draft, Election, Hash, Lot, Marks, PublicKey, Receipt, Signatory,
    Signature, VoterNumber,
    ceremony::{Ceremony, VerificationKeys, spoken},
    entry::{BallotCode, CheckedEntry, EntryBytes, Position},
    log::{Checkpoint, Head, LogTree, Subtrees, leaf_hash, origin, verify_inclusion},
    manifest::Contest,
    record::closing_code,
};

use crate::{
    fixture::{NOW, WEIGHTS, seal},
    secret::{self, secret_world},
    world::{World, contest},
};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors").join(name)
}

pub fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn world() -> World {
    World::new(&[1, 2, 1], |_| ())
}

/// Gives every case of a list to `check`, and counts them.
pub fn each(list: &Value, mut check: impl FnMut(&str, &Value)) {
    let cases = list.as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|case| check(text(&case["name"]), case));
}

#[test]
fn the_vectors_of_keys_and_signatures_hold() {
    let file = read("ed25519.json");
    let hex = |value: &Value| data_encoding::HEXLOWER.decode(text(value).as_bytes()).unwrap();
    let key = |case: &Value| PublicKey::from_bytes(hex(&case["key"]).try_into().unwrap());
    each(&file["keys"]["valid"], |name, case| assert!(key(case).is_ok(), "{name}"));
    each(&file["keys"]["invalid"], |name, case| assert!(key(case).is_err(), "{name}"));
    let verify = |case: &Value| {
        let signature = Signature(hex(&case["signature"]).try_into().unwrap());
        key(case).unwrap().verify_raw(&hex(&case["message"]), &signature)
    };
    each(&file["signatures"]["valid"], |name, case| assert!(verify(case).is_ok(), "{name}"));
    each(&file["signatures"]["invalid"], |name, case| assert!(verify(case).is_err(), "{name}"));
}

#[test]
fn the_vectors_of_marks_hold() {
    let file = read("marks.json");
    let contest = |case: &Value| -> Contest { serde_json::from_value(case["contest"].clone()).unwrap() };
    each(&file["valid"], |name, case| {
        let levels = Marks::parse(text(&case["marks"]), &contest(case)).unwrap();
        assert_eq!(json!(levels.levels()), case["levels"], "{name}");
    });
    each(&file["invalid"], |name, case| assert!(Marks::parse(text(&case["marks"]), &contest(case)).is_err(), "{name}"));
    each(&file["scales"], |name, case| {
        let levels: Vec<&str> = case["levels"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(json!(crate::world::contest(&levels, 1).values()), case["values"], "{name}");
    });
}

#[test]
fn the_vectors_of_voter_numbers_hold() {
    let file = read("roll.json");
    each(&file["valid"], |name, case| {
        let number = VoterNumber::parse(text(&case["number"])).unwrap();
        assert_eq!(number.folded().as_str(), case["folded"], "{name}");
    });
    each(&file["invalid"], |name, case| assert_eq!(VoterNumber::parse(text(&case["number"])), None, "{name}"));
    let sorted: Vec<_> = file["sorted"].as_array().unwrap().iter().map(|n| VoterNumber::parse(text(n))).collect();
    assert!(sorted.iter().all(Option::is_some) && sorted.is_sorted());
}

#[test]
fn the_vectors_of_entries_hold() {
    let file = read("entry.json");
    let election = Election::parse(text(&file["manifest"]).as_bytes()).unwrap();
    assert_eq!((election.id(), election.draft_id()), (hash(&file["election"]), hash(&file["draft"])));
    let secret = CredentialSecret::parse(text(&file["credential"]["text"])).unwrap();
    assert_eq!(
        secret.key(election.draft_id()).public(),
        PublicKey::parse(text(&file["credential"]["public"])).unwrap()
    );
    each(&file["valid"], |name, case| {
        let entry = CheckedEntry::check(text(&case["entry"]).as_bytes(), &election, &crate::fixture::WEIGHTS)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(entry.leaf(), hash(&case["leaf"]), "{name}");
        if let Some(code) = case["code"].as_str() {
            assert_eq!(BallotCode::of(entry.bytes()).full(), code, "{name}");
        }
    });
    each(&file["invalid"], |name, case| {
        assert!(
            CheckedEntry::check(text(&case["entry"]).as_bytes(), &election, &crate::fixture::WEIGHTS).is_err(),
            "{name}"
        );
    });
}

#[test]
fn the_vectors_of_the_log_hold() {
    let file = read("log.json");
    let mut tree = LogTree::default();
    each(&file["roots"], |name, case| {
        assert_eq!(tree.root(), hash(&case["root"]), "{name}");
        tree.append(leaf_hash(text(&case["next_entry"]).as_bytes()));
    });
    let inclusion = |case: &Value| {
        let proof: Vec<Hash> = case["proof"].as_array().unwrap().iter().map(hash).collect();
        let [index, size] = ["index", "size"].map(|field| case[field].as_u64().unwrap());
        verify_inclusion(leaf_hash(text(&case["entry"]).as_bytes()), index, &proof, size, hash(&case["root"]))
    };
    each(&file["inclusion"]["valid"], |name, case| assert!(inclusion(case).is_ok(), "{name}"));
    each(&file["inclusion"]["invalid"], |name, case| assert!(inclusion(case).is_err(), "{name}"));
    let key = PublicKey::parse(text(&file["checkpoint"]["key"])).unwrap();
    let open = |case: &Value| Checkpoint::open(text(&case["note"]), text(&file["checkpoint"]["origin"]), &key);
    each(&file["checkpoint"]["valid"], |name, case| {
        assert_eq!(open(case).unwrap().size, case["size"].as_u64().unwrap(), "{name}");
    });
    each(&file["checkpoint"]["invalid"], |name, case| assert!(open(case).is_err(), "{name}"));
}

#[test]
fn the_vectors_of_checkpoints_hold() {
    let file = read("checkpoints.json");
    let key = PublicKey::parse(text(&file["key"])).unwrap();
    let open = |case: &Value| Checkpoint::open(text(&case["note"]), text(&file["origin"]), &key);
    each(&file["valid"], |name, case| assert_eq!(json!(open(case).unwrap().size), case["size"], "{name}"));
    each(&file["invalid"], |name, case| assert!(open(case).is_err(), "{name}"));
}

#[test]
fn the_vectors_of_drafts_hold() {
    let file = read("drafts.json");
    let parse = |case: &Value| Draft::parse(text(&case["draft"]).as_bytes());
    each(&file["valid"], |name, case| assert!(parse(case).is_ok(), "{name}"));
    each(&file["invalid"], |name, case| assert!(parse(case).is_err(), "{name}"));
}

/// What no valid ballots add up to. (That each point is a number is shown in veche-crypto.)
#[test]
fn the_vectors_of_opened_sums_hold() {
    let file = read("secret-opened.json");
    let contests: Vec<Contest> = serde_json::from_value(file["contests"].clone()).unwrap();
    let figures = |case: &Value| {
        let numbers: Vec<u64> = serde_json::from_value(case["numbers"].clone()).unwrap();
        veche_election::secret::histograms(&contests, &numbers, file["weight"].as_u64().unwrap())
    };
    each(&file["valid"], |name, case| {
        for (contest, shown) in figures(case).unwrap().iter().zip(case["figures"].as_array().unwrap()) {
            let all: Vec<_> = contest.iter().map(|one| [&one.levels[..], &[one.blank]].concat()).collect();
            assert_eq!(&json!(all), shown, "{name}");
        }
    });
    each(&file["invalid"], |name, case| assert!(figures(case).is_none(), "{name}"));
}

#[test]
fn the_vectors_of_receipts_hold() {
    let file = read("receipt.json");
    let election = Election::parse(text(&file["manifest"]).as_bytes()).unwrap();
    let check = |case: &Value| {
        serde_json::from_value::<Receipt>(case["receipt"].clone()).unwrap().check(&election, &crate::fixture::WEIGHTS)
    };
    each(&file["valid"], |name, case| assert!(check(case).is_ok(), "{name}"));
    each(&file["invalid"], |name, case| assert!(check(case).is_err(), "{name}"));
}

#[test]
fn the_vectors_of_results_hold() {
    let file = read("results.json");
    let world = world();
    assert_eq!(text(&file["manifest"]).as_bytes(), world.election.bytes());
    let mut board = world.board();
    each(&file["log"], |name, case| {
        let entry =
            CheckedEntry::check(text(&case["entry"]).as_bytes(), &world.election, &crate::fixture::WEIGHTS).unwrap();
        board.append(&entry).unwrap_or_else(|error| panic!("{name}: {error}"));
    });
    assert_eq!(String::from_utf8(board.result().unwrap().to_bytes()).unwrap(), text(&file["result"]));
}

/// Seeds and tickets of lots. Where one of the two verifiers draws by another label, it fails here.
#[test]
fn the_vectors_of_the_lot_hold() {
    let file = read("lot.json");
    let hex = |value: &Value| data_encoding::HEXLOWER.decode(text(value).as_bytes()).unwrap();
    each(&file["lots"], |name, case| {
        let (draft, closed) = (hash(&case["draft"]), hash(&case["closed"]));
        let lot = match case.get("drawn") {
            Some(drawn) => Lot::drawn(draft, text(drawn), closed),
            None => Lot::opened(draft, hex(&case["point"]).as_slice().try_into().unwrap(), closed),
        };
        assert_eq!(lot.seed, hash(&case["seed"]), "{name}");
        for ticket in case["tickets"].as_array().unwrap() {
            let place = |of: &str| ticket[of].as_u64().unwrap() as usize - 1;
            assert_eq!(lot.ticket(place("contest"), place("candidate")), hash(&ticket["ticket"]), "{name}");
        }
    });
}

#[test]
fn the_vectors_of_acts_and_ballots_hold() {
    acts_hold("acts.json");
}

#[test]
fn the_vectors_of_roll_changes_hold() {
    acts_hold("roll-changes.json");
}

/// Of an election whose weights have decimals.
#[test]
fn the_vectors_of_withdrawals_hold() {
    acts_hold("withdrawals.json");
}

/// Of contests without a winner: what the result says is why, where "none of them" is unrated or rated by too few.
#[test]
fn the_vectors_of_reasons_hold() {
    acts_hold("reasons.json");
}

#[test]
fn the_vectors_of_booths_hold() {
    acts_hold("booths.json");
}

/// A log in which acts change something on the way, and what it refuses at each place.
fn acts_hold(file: &str) {
    let file = read(file);
    let election = Arc::new(Election::parse(text(&file["manifest"]).as_bytes()).unwrap());
    let credentials = CredentialList::parse(text(&file["credentials"]).as_bytes()).unwrap();
    let numbers = text(&file["roll"])
        .lines()
        .map(|line| VoterNumber::parse(text(&serde_json::from_str::<Value>(line).unwrap()["number"])).unwrap());
    let mut board = Board::new(election.clone(), &credentials, VerificationKeys::default()).knowing(numbers);
    let mut boards = vec![board.clone()];
    for entry in file["log"].as_array().unwrap() {
        let entry = CheckedEntry::check(text(&entry["entry"]).as_bytes(), &election, &WEIGHTS).unwrap();
        board.append(&entry).unwrap();
        boards.push(board.clone());
    }
    assert_eq!(utf8(&board.result().unwrap().to_bytes()), text(&file["result"]));
    each(&file["invalid"], |name, case| {
        let mut board = boards[case["after"].as_u64().unwrap() as usize].clone();
        let entry = CheckedEntry::check(text(&case["entry"]).as_bytes(), &election, &WEIGHTS);
        assert!(entry.is_err() || board.append(&entry.unwrap()).is_err(), "{name}");
    });
}

fn hash(value: &Value) -> Hash {
    Hash::parse(text(value)).unwrap()
}

#[test]
#[ignore = "writes docs/spec/vectors; run by hand when a format changes"]
fn write_vectors() {
    let world = world();
    let write = |name: &str, value: Value| {
        std::fs::write(path(name), serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
    };
    write("marks.json", marks());
    write("roll.json", numbers());
    write("entry.json", entries(&world));
    write("log.json", log(&world));
    write("receipt.json", receipts(&world));
    let (board, log) = world.held();
    let entries: Vec<Value> = (0..)
        .zip(&log)
        .map(|(i, entry): (u32, _)| json!({ "name": format!("entry {i}"), "entry": utf8(entry) }))
        .collect();
    let result = utf8(&board.result().unwrap().to_bytes());
    write("trustees-ceremony.json", ceremony::vectors(&secret_world(|_| ())));
    write_secret_record();
    write("two-logs.json", two_logs());
    write("results.json", json!({ "manifest": utf8(world.election.bytes()), "log": entries, "result": result }));
}

/// One closing, byte for byte, behind three logs that differ behind what its signer saw.
fn two_logs() -> Value {
    let world = secret::tiny_world(7);
    let mut seen = secret::open(&world);
    seen.vote(0, "1");
    let closing = world.control(seen.board.link(), NOW, Signatory::Organiser, Act::Closing);
    let ended = |(name, voter): &(&str, Option<usize>)| {
        let mut log = seen.clone();
        voter.iter().for_each(|voter| _ = log.vote(*voter, "0"));
        log.offer(&closing).unwrap();
        log.act(secret::sum(&log));
        let Head { size, root } = log.board.closed_log().unwrap();
        let head = log.board.head();
        json!({ "name": name, "log": log.entries.iter().map(|entry| utf8(entry)).collect::<Vec<_>>(),
            "closed": { "size": size, "root": root },
            "code": spoken(closing_code(&world.election, head.size, head.root)) })
    };
    let logs =
        [("as the signer saw it", None), ("with a ballot of voter 2", Some(1)), ("with a ballot of voter 3", Some(2))];
    json!({ "manifest": utf8(world.election.bytes()), "credentials": utf8(&world.credentials.to_bytes()),
        "ceremony": utf8(&world.ceremony.as_ref().unwrap().to_bytes().unwrap()), "closing": utf8(&closing),
        "logs": logs.iter().map(ended).collect::<Vec<_>>() })
}

/// What a trustee remembers tells these logs apart, and so does the code; their closing does not.
#[test]
fn the_vectors_of_two_logs_with_one_closing_hold() {
    let file = read("two-logs.json");
    let election = Arc::new(Election::parse(text(&file["manifest"]).as_bytes()).unwrap());
    let credentials = CredentialList::parse(text(&file["credentials"]).as_bytes()).unwrap();
    let ceremony = Ceremony::of(&election, text(&file["ceremony"]).as_bytes()).unwrap();
    let mut told = Vec::new();
    each(&file["logs"], |name, case| {
        let mut board = Board::new(election.clone(), &credentials, ceremony.verification_keys().unwrap());
        for entry in case["log"].as_array().unwrap() {
            let entry = CheckedEntry::check(text(entry).as_bytes(), &election, &WEIGHTS).unwrap();
            board.append(&entry).unwrap();
        }
        let (closed, head) = (board.closed_log().unwrap(), board.head());
        assert_eq!(case["log"][closed.size as usize - 1], file["closing"], "{name}");
        assert_eq!(json!({ "size": closed.size, "root": closed.root }), case["closed"], "{name}");
        let code = spoken(closing_code(&election, head.size, head.root));
        assert_eq!(code, text(&case["code"]), "{name}");
        assert!(!told.contains(&(closed, code.clone())) && told.iter().all(|(_, other)| *other != code), "{name}");
        told.push((closed, code));
    });
    assert_eq!(told.len(), 3);
}

/// The whole public record of a small secret election, with a ballot that was replaced, as files.
fn write_secret_record() {
    let world = secret_world(|draft| draft.title = "Secret vector".into());
    let mut log = secret::open(&world);
    log.vote(0, "45*");
    log.vote(1, "0*5");
    log.vote(0, "543");
    secret::close(&mut log);
    for trustee in [1, 3] {
        log.act(secret::share(&log, trustee));
    }
    log.act(secret::result(&log));
    let root = path("secret-record");
    let _ = std::fs::remove_dir_all(&root);
    for (name, bytes) in log.record().0 {
        let file = root.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

/// A folder of files, as a record.
fn folder(root: PathBuf) -> crate::world::Files {
    fn walk(root: &std::path::Path, dir: &std::path::Path, files: &mut std::collections::BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = std::collections::BTreeMap::new();
    walk(&root, &root, &mut files);
    crate::world::Files(files)
}

#[test]
fn the_secret_record_among_the_vectors_verifies() {
    let verified =
        veche_election::record::verify(&folder(path("secret-record")), &crate::fixture::WEIGHTS, &mut |_, _| ())
            .unwrap();
    assert_eq!((verified.result().ballots, verified.checks().len()), (2, 9));
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn marks() -> Value {
    let compact = json!(contest(&["1", "2", "3", "4", "5"], 3));
    let commas = json!(contest(&["-1", "0", "10"], 3));
    let mut strict = compact.clone();
    strict["blank"] = json!(false);
    let valid = |name, contest: &Value, marks, levels: [Option<u8>; 3]| json!({ "name": name, "contest": contest, "marks": marks, "levels": levels });
    let invalid = |name, contest: &Value, marks| json!({ "name": name, "contest": contest, "marks": marks });
    let scale = |name, levels: [&str; 3], values: [i64; 3]| json!({ "name": name, "levels": levels, "values": values });
    json!({
        "scales": [
            scale("numbers", ["-1", "0", "10"], [-1, 0, 10]),
            scale("names", ["bad", "good", "best"], [0, 1, 2]),
            scale("digits that are none", ["٣", "٢", "١"], [0, 1, 2]),
            scale("wide digits beside others", ["３", "２", "¹"], [0, 1, 2]),
        ],
        "valid": [
            valid("one symbol a mark", &compact, "153", [Some(0), Some(4), Some(2)]),
            valid("no opinion", &compact, "*5*", [None, Some(4), None]),
            valid("divided by commas", &commas, "10,*,-1", [Some(2), None, Some(0)]),
        ],
        "invalid": [
            invalid("too short", &compact, "15"),
            invalid("too long", &compact, "1534"),
            invalid("empty", &compact, ""),
            invalid("not on the scale", &compact, "150"),
            invalid("a space", &compact, "1 3"),
            invalid("commas where there are none", &compact, "1,5,3"),
            invalid("no opinion where it is not allowed", &strict, "1*3"),
            invalid("a plus sign", &commas, "+10,*,-1"),
            invalid("a leading zero", &commas, "010,*,-1"),
            invalid("a comma at the end", &commas, "10,*,-1,"),
            invalid("a space behind a comma", &commas, "10, *,-1"),
        ],
    })
}

fn numbers() -> Value {
    let valid = |name, number, folded| json!({ "name": name, "number": number, "folded": folded });
    let invalid = |name, number: &str| json!({ "name": name, "number": number });
    json!({
        "valid": [
            valid("the founding protocol's", "17", "17"),
            valid("zero", "0", "0"),
            valid("all kinds of symbols", "A-17/b_3", "a-17/b_3"),
            valid("zeros before another digit", "A-007/00100", "a-7/100"),
            valid("zeros alone", "x000", "x0"),
            valid("32 symbols", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "abcdefghijklmnopqrstuvwxyz12345"),
        ],
        "invalid": [
            invalid("empty", ""),
            invalid("33 symbols", "111111111111111111111111111111111"),
            invalid("a line end", "17\n"),
            invalid("a space", " 17"),
            invalid("a sign first", "-17"),
            invalid("a slash first", "/17"),
            invalid("an underscore first", "_17"),
            invalid("a dot", "1.7"),
            invalid("a Cyrillic letter", "\u{410}-17"),
            invalid("a digit of another script", "\u{661}7"),
            invalid("NUL", "17\0"),
        ],
        "published": {
            "valid": [{ "name": "ascending, no two alike", "numbers": ["007", "12/2", "17", "A-17"] }],
            "invalid": [
                { "name": "zeros alone", "numbers": ["007", "7"] },
                { "name": "capitals alone", "numbers": ["17", "A-17", "a-17"] },
                { "name": "not ascending", "numbers": ["2", "17"] },
                { "name": "twice", "numbers": ["17", "17"] },
            ],
        },
        "sorted": ["1", "1-2", "1/2", "10", "17", "2", "A", "A-1", "A1", "a", "a_", "aa"],
    })
}

fn entries(world: &World) -> Value {
    let key = &world.voters[0];
    let good = utf8(&world.ballot(key, Position::FIRST, &["123", "-2,*"]));
    let signed = |position, marks: [&str; 2]| utf8(&world.ballot(key, position, &marks));
    let setup = utf8(&world.act(&world.board(), veche_election::Act::Setup));
    let valid = |name: &str, entry: &str, ballot: bool| {
        let code = ballot.then(|| BallotCode::of(entry.as_bytes()).full());
        json!({ "name": name, "entry": entry, "leaf": leaf_hash(entry.as_bytes()), "code": code })
    };
    let invalid = |name: &str, entry: String| json!({ "name": name, "entry": entry });
    // Signed as it stands, so that nothing but the named defect is wrong.
    let resigned = |name: &str, from: &str, to: &str| {
        let unsigned = good[..good.len() - 96].replacen(from, to, 1);
        invalid(name, utf8(&seal("veche-entry-2", &unsigned, &key.0)))
    };
    let second = Position { seq: 2, prev: leaf_hash(good.as_bytes()) };
    let other = World::new(&[1], |draft| draft.nonce = Hash([9; 32]));
    let elsewhere = utf8(&other.ballot(&other.voters[0], Position::FIRST, &["123", "-2,*"]));
    json!({
        "manifest": utf8(world.election.bytes()), "election": world.election.id(), "draft": world.election.draft_id(),
        "credential": { "text": *CredentialSecret::from_random([1; 16]).to_text(), "public": key.public() },
        "valid": [
            valid("a first ballot", &good, true),
            valid("a second ballot", &signed(second, ["***", "2,2"]), true),
            valid("the setup entry", &setup, false),
        ],
        "invalid": [
            resigned("white space", ",", ", "),
            resigned("an unknown field", "\"seq\":1", "\"seq\":1,\"x\":1"),
            resigned("a field twice", "\"seq\":1", "\"seq\":1,\"seq\":1"),
            resigned("another form of a number", "\"seq\":1", "\"seq\":1.0"),
            resigned("an escape", "\"123\"", "\"\\u0031\\u0032\\u0033\""),
            invalid("a line end", format!("{good}\n")),
            invalid("seq 0", signed(Position { seq: 0, prev: Hash::ZERO }, ["123", "-2,*"])),
            invalid("another election", elsewhere),
            invalid("marks changed after signing", good.replacen("\"123\"", "\"124\"", 1)),
            invalid("marks that are not on the scale", signed(Position::FIRST, ["129", "-2,*"])),
            invalid("marks for too few candidates", signed(Position::FIRST, ["12", "-2,*"])),
            resigned("an unknown version", "veche-entry-2", "veche-entry-1"),
            invalid("a control entry that the board signed as the organiser", {
                let link = world.board().link();
                let (by, act) = (veche_election::Signatory::Organiser, veche_election::Act::Setup);
                let id = world.election.id();
                utf8(&veche_election::ControlEntry::sign(id, link, 1_000, by, act, &world.board_key))
            }),
        ],
    })
}

fn log(world: &World) -> Value {
    let all: Vec<String> = (0..9).map(|i| format!("entry {i}")).collect();
    let mut tree = LogTree::default();
    let mut roots = Vec::new();
    for (size, entry) in all.iter().enumerate() {
        roots.push(json!({ "name": format!("{size} entries"), "root": tree.root(), "next_entry": entry }));
        tree.append(leaf_hash(entry.as_bytes()));
    }
    let case = |name: &str, index: u64, size: u64| {
        let (proof, root) = (tree.inclusion_proof(index, size).unwrap(), tree.root_at(size).unwrap());
        json!({ "name": name, "entry": all[index as usize], "index": index, "size": size, "proof": proof, "root": root })
    };
    let changed = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut case = case(name, 5, 7);
        change(&mut case);
        case
    };
    let id = world.election.id();
    let note = Checkpoint { origin: origin(id), size: 7, root: tree.root_at(7).unwrap() }.sign(&world.board_key);
    let invalid = |name: &str, note: String| json!({ "name": name, "note": note });
    let witness = format!("{note}\u{2014} witness.example AAAAAAAA\n");
    json!({
        "roots": roots,
        "inclusion": {
            "valid": [case("first of one", 0, 1), case("last of nine", 8, 9), case("in the middle of seven", 5, 7)],
            "invalid": [
                changed("another index", &|c| c["index"] = json!(4)),
                changed("an index beyond the size", &|c| c["index"] = json!(7)),
                changed("another size", &|c| c["size"] = json!(9)),
                changed("another entry", &|c| c["entry"] = json!("entry 6")),
                changed("a proof too short", &|c| drop(c["proof"].as_array_mut().unwrap().pop())),
                changed("a proof too long", &|c| c["proof"].as_array_mut().unwrap().push(json!(Hash::ZERO))),
                changed("a proof in another order", &|c| c["proof"].as_array_mut().unwrap().reverse()),
                changed("another root", &|c| c["root"] = json!(Hash::ZERO)),
            ],
        },
        "checkpoint": {
            "origin": origin(id), "key": world.board_key.public(),
            "valid": [
                { "name": "signed by the board", "note": note, "size": 7 },
                { "name": "another key beside", "note": witness, "size": 7 },
            ],
            "invalid": [
                invalid("a leading zero in the size", note.replacen("\n7\n", "\n07\n", 1)),
                invalid("another size", note.replacen("\n7\n", "\n8\n", 1)),
                invalid("another origin", note.replace("veche/", "vechf/")),
                invalid("an extension line", note.replacen("\n\n", "\nmore\n\n", 1)),
                invalid("no signature", note.split("\n\n").next().unwrap().to_owned() + "\n\n"),
                invalid("only another key's signature", note.split('\u{2014}').next().unwrap().to_owned() + "\u{2014} witness.example AAAAAAAA\n"),
                invalid("no line end", note.trim_end().to_owned()),
            ],
        },
    })
}

fn receipts(world: &World) -> Value {
    let (_, log) = world.held();
    let mut tree = LogTree::default();
    log.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    let id = world.election.id();
    let checkpoint = Checkpoint { origin: origin(id), size: tree.size(), root: tree.root() }.sign(&world.board_key);
    let proof = tree.inclusion_proof(3, tree.size()).unwrap();
    let good = json!(Receipt::new(EntryBytes::try_from(log[3].as_slice()).unwrap(), 3, proof, &checkpoint));
    let changed = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        json!({ "name": name, "receipt": receipt })
    };
    json!({
        "manifest": utf8(world.election.bytes()),
        "valid": [{ "name": "the second voter's ballot", "receipt": good }],
        "invalid": [
            changed("another version", &|r| r["v"] = json!("veche-receipt-2")),
            changed("another index", &|r| r["index"] = json!(4)),
            changed("another entry", &|r| r["entry"] = json!(utf8(&log[4]))),
            changed("a control entry", &|r| r["entry"] = json!(utf8(&log[0]))),
            changed("a proof too short", &|r| drop(r["proof"].as_array_mut().unwrap().pop())),
            changed("another checkpoint's size", &|r| r["checkpoint"] = json!(checkpoint.replacen("\n8\n", "\n9\n", 1))),
            changed("no checkpoint", &|r| r["checkpoint"] = json!("")),
        ],
    })
}

#[test]
fn the_vectors_of_basic_values_hold() {
    let file = read("basics.json");
    let hex = |value: &Value| data_encoding::HEXLOWER.decode(text(value).as_bytes()).unwrap();
    let frame = &file["frame"];
    let parts: Vec<Vec<u8>> = frame["parts_hex"].as_array().unwrap().iter().map(hex).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    assert_eq!(veche_election::hash::frame(text(&frame["label"]), &parts), hex(&frame["frame_hex"]));
    assert_eq!(Hash::labelled(text(&frame["label"]), &parts), hash(&frame["labelled_hash"]));
    for case in file["base32"].as_array().unwrap() {
        assert_eq!(veche_election::credential::base32_groups(&hex(&case["hex"])), text(&case["text"]));
    }
    let credential = &file["credential"];
    for name in ["text", "same_text"] {
        let key = CredentialSecret::parse(text(&credential[name])).unwrap().key(hash(&credential["draft_id"]));
        assert_eq!(key.public(), PublicKey::parse(text(&credential["public_key"])).unwrap(), "{name}");
        assert_eq!(key.0.seed().as_slice(), hex(&credential["seed_hex"]));
    }
    for case in file["tile_paths"].as_array().unwrap() {
        let [n, width] = ["n", "width"].map(|field| case[field].as_u64().unwrap());
        assert_eq!(veche_election::log::tile_path(text(&case["level"]), n, width), text(&case["path"]));
    }
    let entry = text(&file["entry"]["entry"]).as_bytes();
    assert_eq!(BallotCode::of(entry).full(), text(&file["entry"]["ballot_code"]));
    assert_eq!(leaf_hash(entry), hash(&file["entry"]["leaf_hash"]));
}
