//! Ballots: valid ones with every intermediate value, and invalid ones named by their defect.

use serde_json::{Value, json};
use veche_crypto::{
    Bounded, ElectionKeys, Layout, Point, Scalar,
    onehot::{Context, Encrypted, Parameters, Proven, encrypt, encrypt_bits, verify, verify_batch},
};

use crate::{
    array, bytes, each, hex, number,
    plain::{self, Ballot, Challenges},
    read, run, scalar, text,
};

/// Of which everybody knows the secrets: 12345, 12346, ...
fn keys(count: usize) -> Vec<[u8; 32]> {
    (0..count as u64).map(|k| Point::mul_base(&Scalar::from(12345 + k)).compress().to_bytes()).collect()
}

fn example(rows: &[usize], bounded: &[[usize; 4]]) -> Ballot {
    let [election, credential, prev] = [run(0), run(100), run(200)];
    let keys = keys(rows.iter().max().unwrap() - 1);
    Ballot { election, keys, rows: rows.to_vec(), bounded: bounded.to_vec(), credential, seq: 2, prev }
}

impl Ballot {
    fn context(&self) -> Context<'_> {
        Context { credential: &self.credential, seq: self.seq, prev: &self.prev }
    }

    fn parameters(&self) -> Parameters {
        let bounded = |[first, rows, least, most]: &[usize; 4]| Bounded {
            rows: first - 1..first - 1 + rows,
            least: *least,
            most: *most,
        };
        let layout = Layout::new(self.rows.clone(), self.bounded.iter().map(bounded).collect()).unwrap();
        Parameters::new(&self.election, ElectionKeys::read(&self.keys).unwrap(), layout).unwrap()
    }

    pub fn of(case: &Value) -> Self {
        let bounds = |bounds: &Value| ["first", "rows", "least", "most"].map(|name| number(&bounds[name]));
        let [election, credential, prev] = ["election", "credential", "prev"].map(|name| array(&case[name]));
        Self {
            election,
            keys: case["keys"].as_array().unwrap().iter().map(array).collect(),
            rows: case["rows"].as_array().unwrap().iter().map(number).collect(),
            bounded: case["bounded"].as_array().unwrap().iter().map(bounds).collect(),
            credential,
            seq: case["seq"].as_u64().unwrap(),
            prev,
        }
    }

    fn json(&self, name: &str) -> Value {
        let bounds = |[first, rows, least, most]: &[usize; 4]| {
            json!({ "first": first, "rows": rows, "least": least, "most": most })
        };
        json!({ "name": name, "keys": self.keys.iter().map(hex).collect::<Vec<_>>(), "election": hex(self.election),
            "rows": self.rows, "bounded": self.bounded.iter().map(bounds).collect::<Vec<_>>(),
            "credential": hex(self.credential), "seq": self.seq, "prev": hex(self.prev) })
    }

    fn made(&self, choices: &[usize], seed: &[u8; 32]) -> Encrypted {
        encrypt(&self.parameters(), &self.context(), choices, seed).unwrap()
    }

    pub fn accepts(&self, cells: &[u8], proof: &[u8]) -> bool {
        let parameters = self.parameters();
        Proven::read(&parameters, &self.context(), cells, proof).is_ok_and(|read| {
            let alone = verify(&parameters, &read, &[1; 32]).is_ok();
            assert_eq!(alone, verify_batch(&parameters, &[&read], &[2; 32]).is_ok());
            alone
        })
    }

    /// The first equation that fails, of a ballot that can be read.
    pub fn failed(&self, cells: &[u8], proof: &[u8]) -> Option<&'static str> {
        let c = plain::last(&self.challenges(cells).statement, &proof[..self.commitments()]);
        plain::equations(self, cells, proof, c).first().copied()
    }
}

fn with(mut case: Value, more: Value) -> Value {
    case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case
}

fn valid(name: &str, ballot: &Ballot, choices: &[usize], seed: [u8; 32]) -> Value {
    let made = ballot.made(choices, &seed);
    let Challenges { context, statement, gamma, rho } = ballot.challenges(&made.cells);
    let more = json!({
        "choices": choices, "seed": hex(seed), "context": hex(context),
        "randomness": hex(made.randomness.iter().flat_map(Scalar::to_bytes).collect::<Vec<u8>>()),
        "cells": hex(&made.cells), "statement": hex(statement), "gamma": scalar(gamma), "rho": scalar(rho),
        "c": scalar(plain::last(&statement, &made.proof[..ballot.commitments()])), "proof": hex(&made.proof),
    });
    with(ballot.json(name), more)
}

/// Numbers in all options of each row, the implied one last.
fn numbers(rows: &[&[i64]]) -> Vec<Vec<Scalar>> {
    let one = |m: i64| if m < 0 { -Scalar::from(m.unsigned_abs()) } else { Scalar::from(m.unsigned_abs()) };
    rows.iter().map(|row| row.iter().map(|m| one(*m)).collect()).collect()
}

/// Each defect by itself. `check` names the first check of section 6 that refuses it.
fn invalid() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut add = |check: &str, name: &str, ballot: &Ballot, cells: &[u8], proof: &[u8]| {
        let more = json!({ "check": check, "cells": hex(cells), "proof": hex(proof) });
        cases.push(with(ballot.json(name), more));
    };
    changed_bytes(&mut add);
    changed_contexts(&mut add);
    false_numbers(&mut add);
    cases
}

type Add<'a> = &'a mut dyn FnMut(&str, &str, &Ballot, &[u8], &[u8]);

fn put(into: &[u8], at: usize, what: &[u8]) -> Vec<u8> {
    let mut bytes = into.to_vec();
    bytes[at..at + what.len()].copy_from_slice(what);
    bytes
}

/// Pieces of 32 bytes, by their numbers.
fn swap(into: &[u8], a: usize, b: usize) -> Vec<u8> {
    let piece = |i: usize| &into[32 * i..32 * i + 32];
    put(&put(into, 32 * a, piece(b)), 32 * b, piece(a))
}

/// Rows of 3, 2 and 4 options: R 0 to 2, C 3 to 8; S 0 to 2, A 3 to 5, Com 6 to 9, f 10 to 12, z 13 to 15.
fn mixed() -> (Ballot, Vec<u8>, Vec<u8>) {
    let ballot = example(&[3, 2, 4], &[]);
    let made = ballot.made(&[1, 0, 3], &run(50));
    (ballot, made.cells, made.proof)
}

fn changed_bytes(add: Add) {
    let (ballot, cells, proof) = mixed();
    let high = |bytes: &[u8], piece: usize| put(bytes, 32 * piece + 31, &[bytes[32 * piece + 31] | 0x80]);
    let zero = |bytes: &[u8], piece: usize| put(bytes, 32 * piece, &[0; 32]);
    let plus = |bytes: &[u8], piece: usize| {
        let old = veche_crypto::group::scalar(bytes[32 * piece..][..32].try_into().unwrap()).unwrap();
        put(bytes, 32 * piece, (old + Scalar::ONE).as_bytes())
    };
    let longer = |bytes: &[u8], by: usize| [bytes, &vec![0; by]].concat();
    let q = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    add("S1", "cells: empty", &ballot, &[], &proof);
    add("S1", "cells: the last byte is missing", &ballot, &cells[..cells.len() - 1], &proof);
    add("S1", "cells: the last point is missing", &ballot, &cells[..cells.len() - 32], &proof);
    add("S1", "cells: a byte behind the end", &ballot, &longer(&cells, 1), &proof);
    add("S1", "cells: a point behind the end", &ballot, &[&cells[..], &cells[..32]].concat(), &proof);
    add("S2", "proof: empty", &ballot, &cells, &[]);
    add("S2", "proof: the last byte is missing", &ballot, &cells, &proof[..proof.len() - 1]);
    add("S2", "proof: the last z is missing", &ballot, &cells, &proof[..proof.len() - 32]);
    add("S2", "proof: a byte behind the end", &ballot, &cells, &longer(&proof, 1));
    add("S2", "proof: a scalar behind the end", &ballot, &cells, &longer(&proof, 32));
    add("S3", "f of the first row is q", &ballot, &cells, &put(&proof, 320, &q));
    add("S3", "z of the first row with its highest bit set", &ballot, &cells, &high(&proof, 13));
    add("S3", "z of the last row with its highest bit set", &ballot, &cells, &high(&proof, 15));
    add("S4", "S of the first row is the identity", &ballot, &cells, &zero(&proof, 0));
    add("S4", "A of the first row is the identity", &ballot, &cells, &zero(&proof, 3));
    add("S4", "the last Com is the identity", &ballot, &cells, &zero(&proof, 9));
    add("S4", "the first Com is not canonical", &ballot, &cells, &high(&proof, 6));
    add("S5", "R of the first row is the identity", &ballot, &zero(&cells, 0), &proof);
    add("S5", "the last cell is the identity", &ballot, &zero(&cells, 8), &proof);
    add("S5", "R of the first row is not canonical", &ballot, &high(&cells, 0), &proof);
    add("S5", "the first cell is odd", &ballot, &put(&cells, 96, &[cells[96] ^ 1]), &proof);
    add("S6", "R of two rows equal", &ballot, &put(&cells, 32, &cells[..32]), &proof);

    add("S7", "R of two rows exchanged", &ballot, &swap(&cells, 0, 1), &proof);
    add("S7", "two cells of a row exchanged", &ballot, &swap(&cells, 3, 4), &proof);
    add("S7", "cells of two rows exchanged", &ballot, &swap(&cells, 4, 5), &proof);
    add("S7", "R and a cell exchanged", &ballot, &swap(&cells, 0, 3), &proof);
    add("S7", "S of two rows exchanged", &ballot, &cells, &swap(&proof, 0, 1));
    add("S7", "A of two rows exchanged", &ballot, &cells, &swap(&proof, 3, 4));
    add("S7", "S and A of a row exchanged", &ballot, &cells, &swap(&proof, 0, 3));
    add("S7", "two Com exchanged", &ballot, &cells, &swap(&proof, 6, 7));
    add("S7", "f of the first row changed", &ballot, &cells, &plus(&proof, 10));
    add("S7", "f of two rows exchanged", &ballot, &cells, &swap(&proof, 10, 11));
    add("S7", "z of the last row changed", &ballot, &cells, &plus(&proof, 15));
    add("S7", "f and z of a row exchanged", &ballot, &cells, &swap(&proof, 10, 13));
    let other = ballot.made(&[1, 0, 3], &run(51));
    add("S7", "the proof of another ballot", &ballot, &cells, &other.proof);
    add("S7", "the cells of another ballot of the same choices", &ballot, &other.cells, &proof);
}

fn changed_contexts(add: Add) {
    let (ballot, cells, proof) = mixed();
    let mut of = |name: &str, change: &dyn Fn(&mut Ballot)| {
        let mut ballot = ballot.clone();
        change(&mut ballot);
        add("S7", name, &ballot, &cells, &proof);
    };
    of("of another election", &|b| b.election = run(1));
    of("of another voter", &|b| b.credential = run(101));
    of("of another seq", &|b| b.seq = 3);
    of("of another prev", &|b| b.prev = run(201));
    let other = Point::mul_base(&Scalar::from(54321_u64)).compress().to_bytes();
    for k in 0..3 {
        of(&format!("of another key {k}"), &|b| b.keys[k] = other);
    }
    of("of the same keys in another order", &|b| b.keys.swap(0, 2));
    of("of other rows with as many cells", &|b| b.rows = vec![2, 3, 4]);

    let bounded = example(&[2, 2, 2, 2], &[[1, 4, 1, 2]]);
    let made = bounded.made(&[1, 0, 0, 1], &run(52));
    let with = |bounds: &[[usize; 4]]| Ballot { bounded: bounds.to_vec(), ..bounded.clone() };
    add("S7", "of one approval more at most", &with(&[[1, 4, 2, 3]]), &made.cells, &made.proof);
    add("S7", "of no bounds", &with(&[]), &made.cells, &made.proof);
    add("S7", "of three candidates with the same bounds", &with(&[[1, 3, 1, 2]]), &made.cells, &made.proof);
    add("S7", "of three others with the same bounds", &with(&[[2, 3, 1, 2]]), &made.cells, &made.proof);
    add("S7", "of two contests with bounds", &with(&[[1, 2, 1, 1], [3, 2, 1, 1]]), &made.cells, &made.proof);
}

fn false_numbers(add: Add) {
    let mut cheat = |name: &str, ballot: &Ballot, rows: &[&[i64]]| {
        let made = encrypt_bits(&ballot.parameters(), &ballot.context(), numbers(rows), &run(60));
        add("S8", name, ballot, &made.cells, &made.proof);
    };
    let ballot = example(&[3, 2, 4], &[]);
    cheat("two options of a row", &ballot, &[&[1, 1, -1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("an option twice", &ballot, &[&[2, 0, -1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("minus one, made up for in the row", &ballot, &[&[-1, 1, 1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("bits in the cells, minus one implied", &ballot, &[&[1, 0, 0], &[1, 0], &[1, 1, 0, -1]]);
    cheat("the short row holds 5", &ballot, &[&[1, 0, 0], &[5, -4], &[0, 0, 0, 1]]);
    cheat("rows that make up for each other", &ballot, &[&[2, 0, -1], &[0, 1], &[-1, 1, 1, 0]]);
    for rows in [vec![2], vec![2, 2]] {
        for number in [2, -1] {
            let ballot = example(&rows, &[]);
            let bits: Vec<&[i64]> = rows.iter().map(|_| &[number, 0][..]).collect();
            cheat(&format!("{} rows of two options that hold {number}", rows.len()), &ballot, &bits);
        }
    }
    let ballot = example(&[2, 5], &[]);
    cheat("a short row beside a long one", &ballot, &[&[2, -1], &[0, 0, 0, 1, 0]]);
    cheat("a long row beside a short one", &ballot, &[&[0, 1], &[0, 0, 2, -1, 0]]);

    let (refused, approved): (&[i64], &[i64]) = (&[1, 0], &[0, 1]);
    let ballot = example(&[2, 2, 2, 2], &[[1, 4, 1, 2]]);
    cheat("no approval where one is needed", &ballot, &[refused; 4]);
    cheat("three approvals where two are allowed", &ballot, &[approved, approved, approved, refused]);
    cheat("no bits, with an allowed sum", &ballot, &[&[2, -1], &[0, 1], refused, &[0, 1]]);
    let ballot = example(&[4, 2, 2, 2, 2, 2], &[[2, 3, 1, 1], [5, 2, 0, 1]]);
    let first: &[i64] = &[0, 1, 0, 0];
    cheat("two approvals where one is wanted", &ballot, &[first, approved, approved, refused, refused, refused]);
    cheat("approvals of one contest for another", &ballot, &[first, refused, refused, refused, approved, approved]);
}

pub fn vectors() -> Value {
    let rows = |rows: &[usize]| example(rows, &[]);
    json!({
        "valid": [
            valid("two rows of two options", &rows(&[2, 2]), &[0, 1], run(7)),
            valid("two rows of two options, the same seed, another choice", &rows(&[2, 2]), &[1, 1], run(7)),
            valid("mixed rows", &rows(&[3, 2, 4]), &[1, 0, 3], run(50)),
            valid("one row", &rows(&[5]), &[2], run(9)),
            valid("seven candidates, five levels and no opinion", &rows(&[6; 7]), &[5, 4, 3, 2, 1, 0, 5], run(11)),
            valid("one to two approvals of four", &example(&[2; 4], &[[1, 4, 1, 2]]), &[1, 0, 0, 1], run(52)),
            valid("any but all approvals of five", &example(&[2; 5], &[[1, 5, 0, 4]]), &[0, 0, 0, 0, 0], run(53)),
            valid("two contests with bounds behind a row", &example(&[4, 2, 2, 2, 2, 2], &[[2, 3, 1, 1], [5, 2, 0, 1]]),
                &[1, 0, 1, 0, 0, 0], run(54)),
        ],
        "invalid": invalid(),
    })
}

#[test]
fn the_vectors_of_ballots_hold() {
    let file = read("secret-ballots.json");
    each(&file["valid"], |name, case| {
        let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
        let choices: Vec<usize> = case["choices"].as_array().unwrap().iter().map(number).collect();
        assert_eq!(&valid(name, &ballot, &choices, array(&case["seed"])), case, "{name}");
        assert!(ballot.accepts(&cells, &proof), "{name}");
        assert_eq!(ballot.failed(&cells, &proof), None, "{name}");
    });
    each(&file["invalid"], |name, case| {
        let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
        assert!(!ballot.accepts(&cells, &proof), "{name}");
        let decoded = matches!(text(&case["check"]), "S7" | "S8");
        assert_eq!(Proven::read(&ballot.parameters(), &ballot.context(), &cells, &proof).is_ok(), decoded, "{name}");
        if decoded {
            assert_eq!(ballot.failed(&cells, &proof), case["check"].as_str(), "{name}");
        }
    });
}

/// Each was made, by `verifier/forgeries.py`, for a verifier that leaves something out, and is accepted by that one.
#[test]
fn what_a_careless_verifier_accepts_is_refused() {
    each(&read("secret-forgeries.json")["invalid"], |name, case| {
        let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
        assert!(Proven::read(&ballot.parameters(), &ballot.context(), &cells, &proof).is_ok(), "{name}");
        assert!(!ballot.accepts(&cells, &proof), "{name}");
        assert!(ballot.failed(&cells, &proof).is_some(), "{name}");
    });
}
