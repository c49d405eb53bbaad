//! Ballots: valid ones with every intermediate value, and invalid ones named by their defect.

use serde_json::{Value, json};
use veche_crypto::{
    EncryptionKey, Point, PublicKey, Scalar,
    onehot::{Context, Encrypted, Proven, Shape, encrypt, encrypt_bits, verify, verify_batch},
};

use crate::{
    array, bytes, each, hex, number,
    plain::{self, Ballot, Challenges, Fault},
    read, run, scalar, text,
};

fn key() -> [u8; 32] {
    Point::mul_base(&Scalar::from(12345_u64)).compress().to_bytes()
}

fn example(shape: &[usize]) -> Ballot {
    let [election, credential, prev] = [run(0), run(100), run(200)];
    Ballot { election, key: key(), shape: shape.to_vec(), credential, seq: 2, prev }
}

impl Ballot {
    fn context(&self) -> Context<'_> {
        Context { election: &self.election, credential: &self.credential, seq: self.seq, prev: &self.prev }
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.key).unwrap()
    }

    fn shape(&self) -> Shape {
        Shape::new(self.shape.clone()).unwrap()
    }

    fn of(case: &Value) -> Self {
        let shape = case["shape"].as_array().unwrap().iter().map(number).collect();
        let [election, key, credential, prev] =
            ["election", "key", "credential", "prev"].map(|name| array(&case[name]));
        Self { election, key, shape, credential, seq: case["seq"].as_u64().unwrap(), prev }
    }

    fn json(&self, name: &str) -> Value {
        json!({ "name": name, "key": hex(self.key), "election": hex(self.election), "shape": self.shape,
            "credential": hex(self.credential), "seq": self.seq, "prev": hex(self.prev) })
    }

    fn made(&self, choices: &[usize], seed: &[u8; 32]) -> Encrypted {
        encrypt(&EncryptionKey::new(self.public()), &self.shape(), &self.context(), choices, seed).unwrap()
    }

    fn accepts(&self, cells: &[u8], proof: &[u8]) -> bool {
        let key = self.public();
        let read = Proven::read(&key, &self.shape(), &self.context(), cells, proof);
        read.is_ok_and(|read| {
            let alone = verify(&key, &read, &[1; 32]).is_ok();
            assert_eq!(alone, verify_batch(&key, &[&read], &[2; 32]).is_ok());
            alone
        })
    }
}

fn with(mut case: Value, more: Value) -> Value {
    case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case
}

fn valid(name: &str, shape: &[usize], choices: &[usize], seed: [u8; 32]) -> Value {
    let ballot = example(shape);
    let made = ballot.made(choices, &seed);
    let Challenges { context, statement, gamma, rho } = ballot.challenges(&made.cells);
    let commitments = &made.proof[..64 * (shape.len() + ballot.largest())];
    let more = json!({
        "choices": choices, "seed": hex(seed), "context": hex(context),
        "randomness": hex(made.randomness.iter().flat_map(Scalar::to_bytes).collect::<Vec<u8>>()),
        "cells": hex(&made.cells), "statement": hex(statement), "gamma": scalar(gamma), "rho": scalar(rho),
        "c": scalar(plain::last(&statement, commitments)), "proof": hex(&made.proof),
    });
    with(ballot.json(name), more)
}

/// Each defect by itself. `check` names the first check of section 6 that refuses it.
fn invalid() -> Vec<Value> {
    let ballot = example(&[3, 2, 4]);
    let made = ballot.made(&[1, 0, 3], &run(50));
    let (cells, proof) = (made.cells, made.proof);
    let mut cases = Vec::new();
    let mut add = |check: &str, name: &str, ballot: &Ballot, cells: &[u8], proof: &[u8]| {
        let more = json!({ "check": check, "cells": hex(cells), "proof": hex(proof) });
        cases.push(with(ballot.json(name), more));
    };
    let put = |into: &[u8], at: usize, what: &[u8]| {
        let mut bytes = into.to_vec();
        bytes[at..at + what.len()].copy_from_slice(what);
        bytes
    };
    let swap =
        |into: &[u8], a: usize, b: usize, len: usize| put(&put(into, a, &into[b..b + len]), b, &into[a..a + len]);
    let high = |bytes: &[u8], at: usize| put(bytes, at + 31, &[bytes[at + 31] | 0x80]);
    let plus = |bytes: &[u8], at: usize| {
        let old = veche_crypto::group::scalar(bytes[at..at + 32].try_into().unwrap()).unwrap();
        put(bytes, at, (old + Scalar::ONE).as_bytes())
    };
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let scalars = 64 * (3 + 4);
    let (f, z, t) = (scalars, scalars + 96, scalars + 192);

    add("S1", "cells: empty", &ballot, &[], &proof);
    add("S1", "cells: the last byte is missing", &ballot, &cells[..cells.len() - 1], &proof);
    add("S1", "cells: the last ciphertext is missing", &ballot, &cells[..cells.len() - 64], &proof);
    add("S1", "cells: a byte behind the end", &ballot, &longer(&cells), &proof);
    add("S1", "cells: a ciphertext behind the end", &ballot, &[&cells[..], &cells[..64]].concat(), &proof);
    add("S2", "proof: empty", &ballot, &cells, &[]);
    add("S2", "proof: the last byte is missing", &ballot, &cells, &proof[..proof.len() - 1]);
    add("S2", "proof: t is missing", &ballot, &cells, &proof[..proof.len() - 32]);
    add("S2", "proof: a byte behind the end", &ballot, &cells, &longer(&proof));
    add("S2", "proof: a scalar behind the end", &ballot, &cells, &[&proof[..], &[0; 32]].concat());
    let q = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    add("S3", "f of the first row is q", &ballot, &cells, &put(&proof, f, &q));
    add("S3", "z of the first row with its highest bit set", &ballot, &cells, &high(&proof, z));
    add("S3", "t with its highest bit set", &ballot, &cells, &high(&proof, t));
    add("S4", "A of the first row: a is the identity", &ballot, &cells, &put(&proof, 0, &[0; 32]));
    add("S4", "the last Com: b is the identity", &ballot, &cells, &put(&proof, scalars - 32, &[0; 32]));
    add("S4", "the first Com: a is not canonical", &ballot, &cells, &high(&proof, 192));
    add("S5", "the first ciphertext: a is the identity", &ballot, &put(&cells, 0, &[0; 32]), &proof);
    add("S5", "the last ciphertext: b is the identity", &ballot, &put(&cells, cells.len() - 32, &[0; 32]), &proof);
    add("S5", "the first ciphertext: a is not canonical", &ballot, &high(&cells, 0), &proof);
    add("S5", "the first ciphertext: a is odd", &ballot, &put(&cells, 0, &[cells[0] ^ 1]), &proof);

    add("S6", "two ciphertexts of a row exchanged", &ballot, &swap(&cells, 0, 64, 64), &proof);
    add("S6", "a and b of a ciphertext exchanged", &ballot, &swap(&cells, 0, 32, 32), &proof);
    add("S6", "A of two rows exchanged", &ballot, &cells, &swap(&proof, 0, 64, 64));
    add("S6", "two Com exchanged", &ballot, &cells, &swap(&proof, 192, 256, 64));
    add("S6", "f of the first row changed", &ballot, &cells, &plus(&proof, f));
    add("S6", "f of two rows exchanged", &ballot, &cells, &swap(&proof, f, f + 32, 32));
    add("S6", "z of the last row changed", &ballot, &cells, &plus(&proof, t - 32));
    add("S7", "t changed", &ballot, &cells, &plus(&proof, t));
    let other = ballot.made(&[1, 0, 3], &run(51));
    add("S6", "the proof of another ballot", &ballot, &cells, &other.proof);
    add("S6", "the ciphertexts of another ballot of the same choices", &ballot, &other.cells, &proof);

    let changed = |change: &dyn Fn(&mut Ballot)| {
        let mut ballot = ballot.clone();
        change(&mut ballot);
        ballot
    };
    let two = Point::mul_base(&Scalar::from(54321_u64)).compress().to_bytes();
    add("S6", "of another election", &changed(&|b| b.election = run(1)), &cells, &proof);
    add("S6", "of another voter", &changed(&|b| b.credential = run(101)), &cells, &proof);
    add("S6", "of another seq", &changed(&|b| b.seq = 3), &cells, &proof);
    add("S6", "of another prev", &changed(&|b| b.prev = run(201)), &cells, &proof);
    add("S6", "of another key", &changed(&|b| b.key = two), &cells, &proof);
    add("S6", "of another shape with as many ciphertexts", &changed(&|b| b.shape = vec![2, 3, 4]), &cells, &proof);

    let numbers = |rows: &[&[i64]]| -> Vec<Vec<Scalar>> {
        let one = |m: i64| if m < 0 { -Scalar::from(m.unsigned_abs()) } else { Scalar::from(m.unsigned_abs()) };
        rows.iter().map(|row| row.iter().map(|m| one(*m)).collect()).collect()
    };
    let mut cheat = |name: &str, rows: &[&[i64]]| {
        let key = EncryptionKey::new(ballot.public());
        let made = encrypt_bits(&key, &ballot.shape(), &ballot.context(), numbers(rows), &run(60));
        add("S7", name, &ballot, &made.cells, &made.proof);
    };
    cheat("two options of a row", &[&[1, 1, -1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("an option twice", &[&[2, 0, -1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("minus one, made up for in the row", &[&[-1, 1, 1], &[1, 0], &[0, 0, 0, 1]]);
    cheat("bits in the ciphertexts, minus one implied", &[&[1, 0, 0], &[1, 0], &[1, 1, 0, -1]]);
    cheat("the short row holds 5", &[&[1, 0, 0], &[5, -4], &[0, 0, 0, 1]]);
    cheat("rows that make up for each other", &[&[2, 0, -1], &[0, 1], &[-1, 1, 1, 0]]);

    let mut forge = |check: &str, name: &str, rows: &[&[i64]], fault| {
        let (cells, proof) = plain::prove(&ballot, &numbers(rows), fault);
        add(check, name, &ballot, &cells, &proof);
    };
    let honest: &[&[i64]] = &[&[1, 0, 0], &[1, 0], &[0, 0, 0, 1]];
    forge(
        "S7",
        "made for a verifier that forgets the factor of short rows",
        &[&[1, 0, 0], &[5, -4], &[0, 0, 0, 1]],
        Fault::ShortRows,
    );
    forge("S6", "made for a verifier with one weight for both components", honest, Fault::Cancelling);
    forge("S6", "a simulated proof, not hashed", &[&[1, 1, -1], &[1, 0], &[0, 0, 0, 1]], Fault::Simulated);
    forge("S6", "gamma chosen before the ciphertexts", &[&[4, -2, -1], &[1, 0], &[0, 0, 0, 1]], Fault::EarlyGamma);
    cases
}

pub fn vectors() -> Value {
    json!({
        "valid": [
            valid("two rows of two options", &[2, 2], &[0, 1], run(7)),
            valid("two rows of two options, the same seed, another choice", &[2, 2], &[1, 1], run(7)),
            valid("mixed rows", &[3, 2, 4], &[1, 0, 3], run(50)),
            valid("one row", &[5], &[2], run(9)),
            valid("seven candidates, five levels and no opinion", &[6; 7], &[5, 4, 3, 2, 1, 0, 5], run(11)),
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
        let made = ballot.made(&choices, &array(&case["seed"]));
        assert_eq!((&made.cells, &made.proof), (&cells, &proof), "{name}");
        assert!(ballot.accepts(&cells, &proof), "{name}");
        let again = valid(name, &ballot.shape, &choices, array(&case["seed"]));
        assert_eq!(&again, case, "{name}");
        let c = crate::one(&case["c"]);
        assert!(plain::equations(&ballot, &cells, &proof, c, false).is_empty(), "{name}");
    });
    each(&file["invalid"], |name, case| {
        let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
        assert!(!ballot.accepts(&cells, &proof), "{name}");
        let read = Proven::read(&ballot.public(), &ballot.shape(), &ballot.context(), &cells, &proof);
        let decoded = matches!(text(&case["check"]), "S6" | "S7");
        assert_eq!(read.is_ok(), decoded, "{name}");
        if decoded {
            let statement = ballot.challenges(&cells).statement;
            let c = plain::last(&statement, &proof[..64 * (ballot.shape.len() + ballot.largest())]);
            let failed = plain::equations(&ballot, &cells, &proof, c, false);
            assert_eq!(failed.first().copied(), case["check"].as_str(), "{name}");
        }
    });
}

/// The forgeries are not just broken: each fools the verifier that it was made for.
#[test]
fn the_forgeries_would_fool_a_careless_verifier() {
    let file = read("secret-ballots.json");
    let find = |name: &str| file["invalid"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
    let case = find("made for a verifier that forgets the factor of short rows");
    let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
    let c = plain::last(&ballot.challenges(&cells).statement, &proof[..64 * 7]);
    assert!(plain::equations(&ballot, &cells, &proof, c, true).is_empty());

    let case = find("a simulated proof, not hashed");
    let (ballot, cells, proof) = (Ballot::of(case), bytes(&case["cells"]), bytes(&case["proof"]));
    // The c of the simulator: the scalar drawn behind 6 of the ciphertexts, 3 a, 3 s and 4 t.
    let c = plain::hash("example-only", &[]).number(17).scalar();
    assert!(plain::equations(&ballot, &cells, &proof, c, false).is_empty());
}

#[test]
fn the_plain_prover_is_the_prover() {
    let ballot = example(&[3, 2, 4]);
    let bits = [vec![0, 1, 0], vec![1, 0], vec![0, 0, 0, 1_u64]];
    let bits: Vec<Vec<Scalar>> = bits.into_iter().map(|row| row.into_iter().map(Scalar::from).collect()).collect();
    let (cells, proof) = plain::prove(&ballot, &bits, Fault::None);
    assert!(ballot.accepts(&cells, &proof));
}
