//! Ballots: valid ones with every intermediate value, and invalid ones named by their defect.

use serde_json::{Value, json};
use veche_crypto::{
    Bounded, ElectionKeys, Layout, Point, Scalar,
    onehot::{Context, Encrypted, Parameters, Proven, encrypt, encrypt_bits, verify, verify_batch},
};

use crate::{
    array, bytes, each, hex, number, point, read, run, scalar, text,
    textbook::{self, Forger, Forgets, Vote},
};

/// y_k: no key of an example is a known multiple of another.
fn secrets(count: usize) -> Vec<Scalar> {
    (0..count as u64).map(|k| Scalar::from(12_345 + 1_000 * k * k)).collect()
}

fn example(layout: Layout) -> Vote {
    let [election, credential, prev] = [run(0), run(100), run(200)];
    let keys = secrets(layout.keys()).iter().map(Point::mul_base).collect();
    Vote { keys, layout, election, credential, seq: 2, prev, cells: vec![], proof: vec![] }
}

fn rows(shape: &[usize]) -> Layout {
    Layout::new(shape.to_vec(), vec![]).unwrap()
}

fn bounded(shape: &[usize], rows: std::ops::Range<usize>, least: usize, most: usize) -> Layout {
    Layout::new(shape.to_vec(), vec![Bounded { rows, least, most }]).unwrap()
}

fn context(vote: &Vote) -> Context<'_> {
    Context { credential: &vote.credential, seq: vote.seq, prev: &vote.prev }
}

fn parameters(vote: &Vote) -> Parameters {
    Parameters::new(&vote.election, ElectionKeys::from_points(&vote.keys).unwrap(), vote.layout.clone()).unwrap()
}

fn made(vote: &Vote, choices: &[usize], seed: &[u8; 32]) -> Encrypted {
    encrypt(&parameters(vote), &context(vote), choices, seed).unwrap()
}

fn accepts(vote: &Vote) -> bool {
    let parameters = parameters(vote);
    Proven::read(&parameters, &context(vote), &vote.cells, &vote.proof).is_ok_and(|read| {
        let alone = verify(&parameters, &read, &[1; 32]).is_ok();
        assert_eq!(alone, verify_batch(&parameters, &[&read], &[2; 32]).is_ok());
        alone
    })
}

fn of(case: &Value) -> Vote {
    let list = |name: &str| case[name].as_array().unwrap().iter();
    let contest = |numbers: &Value| {
        let at = |i: usize| number(&numbers[i]);
        Bounded { rows: at(0) - 1..at(0) - 1 + at(1), least: at(2), most: at(3) }
    };
    let layout = Layout::new(list("shape").map(number).collect(), list("bounded").map(contest).collect()).unwrap();
    let keys = list("keys").map(|key| veche_crypto::group::point(&array(key)).unwrap()).collect();
    let [election, credential, prev] = ["election", "credential", "prev"].map(|name| array(&case[name]));
    let [cells, proof] = ["cells", "proof"].map(|name| bytes(&case[name]));
    Vote { keys, layout, election, credential, seq: case["seq"].as_u64().unwrap(), prev, cells, proof }
}

fn json_of(vote: &Vote, name: &str) -> Value {
    let bounded = vote.layout.bounded().iter();
    let bounded: Vec<[usize; 4]> =
        bounded.map(|contest| [contest.rows.start + 1, contest.rows.len(), contest.least, contest.most]).collect();
    json!({ "name": name, "keys": vote.keys.iter().map(|key| point(*key)).collect::<Vec<_>>(),
        "election": hex(vote.election), "shape": vote.layout.rows(), "bounded": bounded,
        "credential": hex(vote.credential), "seq": vote.seq, "prev": hex(vote.prev),
        "cells": hex(&vote.cells), "proof": hex(&vote.proof) })
}

fn with(mut case: Value, more: Value) -> Value {
    case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case
}

fn valid(name: &str, layout: Layout, choices: &[usize], seed: [u8; 32]) -> Value {
    let vote = example(layout);
    let made = made(&vote, choices, &seed);
    let vote = Vote { cells: made.cells, proof: made.proof, ..vote };
    let fixed = vote.fixed();
    let c = vote.challenge(&fixed, &vote.proof[..vote.commitments_bytes()], Forgets::Nothing);
    let more = json!({
        "choices": choices, "seed": hex(seed), "context": hex(vote.context()),
        "randomness": hex(made.randomness.iter().flat_map(Scalar::to_bytes).collect::<Vec<u8>>()),
        "masks": vote.masks().into_iter().map(point).collect::<Vec<_>>(), "statement": hex(fixed.statement),
        "gamma": scalar(fixed.gamma), "rho": scalar(fixed.rho), "c": scalar(c),
    });
    with(json_of(&vote, name), more)
}

/// Collects cases. `check` names the first check of section 6 that refuses it.
#[derive(Default)]
struct Cases(Vec<Value>);

impl Cases {
    fn add(&mut self, check: &str, name: &str, vote: &Vote) {
        self.0.push(with(json_of(vote, name), json!({ "check": check })));
    }

    fn bytes(&mut self, check: &str, name: &str, vote: &Vote, cells: &[u8], proof: &[u8]) {
        self.add(check, name, &Vote { cells: cells.to_vec(), proof: proof.to_vec(), ..vote.clone() });
    }
}

fn put(into: &[u8], at: usize, what: &[u8]) -> Vec<u8> {
    let mut bytes = into.to_vec();
    bytes[at..at + what.len()].copy_from_slice(what);
    bytes
}

fn numbers(rows: &[&[i64]]) -> Vec<Vec<Scalar>> {
    let one = |m: i64| if m < 0 { -Scalar::from(m.unsigned_abs()) } else { Scalar::from(m.unsigned_abs()) };
    rows.iter().map(|row| row.iter().map(|m| one(*m)).collect()).collect()
}

/// Each defect of bytes by itself.
fn broken(cases: &mut Cases) {
    let vote = example(rows(&[3, 2, 4]));
    let first = made(&vote, &[1, 0, 3], &run(50));
    let vote = Vote { cells: first.cells, proof: first.proof, ..vote };
    let (cells, proof) = (vote.cells.clone(), vote.proof.clone());
    let swap = |into: &[u8], a: usize, b: usize| put(&put(into, a, &into[b..b + 32]), b, &into[a..a + 32]);
    let high = |bytes: &[u8], at: usize| put(bytes, at + 31, &[bytes[at + 31] | 0x80]);
    let plus = |bytes: &[u8], at: usize| {
        let old = veche_crypto::group::scalar(bytes[at..at + 32].try_into().unwrap()).unwrap();
        put(bytes, at, (old + Scalar::ONE).as_bytes())
    };
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let f = vote.commitments_bytes();
    let z = f + 96;
    // Where C of the first row, A of the first row, and Com begin.
    let (c, a, com) = (96, 96, 192);

    let mut add = |check: &str, name: &str, cells: &[u8], proof: &[u8]| cases.bytes(check, name, &vote, cells, proof);
    add("S1", "cells: empty", &[], &proof);
    add("S1", "cells: the last byte is missing", &cells[..cells.len() - 1], &proof);
    add("S1", "cells: the last point is missing", &cells[..cells.len() - 32], &proof);
    add("S1", "cells: a byte behind the end", &longer(&cells), &proof);
    add("S1", "cells: a point behind the end", &[&cells[..], &cells[..32]].concat(), &proof);
    add("S2", "proof: empty", &cells, &[]);
    add("S2", "proof: the last byte is missing", &cells, &proof[..proof.len() - 1]);
    add("S2", "proof: the last scalar is missing", &cells, &proof[..proof.len() - 32]);
    add("S2", "proof: a byte behind the end", &cells, &longer(&proof));
    add("S2", "proof: a scalar behind the end", &cells, &[&proof[..], &[0; 32]].concat());
    let q = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    add("S3", "f of the first row is q", &cells, &put(&proof, f, &q));
    add("S3", "z of the last row with its highest bit set", &cells, &high(&proof, z + 64));
    add("S4", "S of the first row is the identity", &cells, &put(&proof, 0, &[0; 32]));
    add("S4", "A of the first row is the identity", &cells, &put(&proof, a, &[0; 32]));
    add("S4", "the last Com is the identity", &cells, &put(&proof, f - 32, &[0; 32]));
    add("S4", "the first Com is not canonical", &cells, &high(&proof, com));
    add("S5", "R of the first row is the identity", &put(&cells, 0, &[0; 32]), &proof);
    add("S5", "the last C is the identity", &put(&cells, cells.len() - 32, &[0; 32]), &proof);
    add("S5", "R of the last row is not canonical", &high(&cells, 64), &proof);
    add("S5", "the first C is odd", &put(&cells, c, &[cells[c] ^ 1]), &proof);
    add("S6", "the third row has the R of the first", &put(&cells, 64, &cells[..32]), &proof);

    add("S7", "two C of a row exchanged", &swap(&cells, c, c + 32), &proof);
    add("S7", "R of two rows exchanged", &swap(&cells, 0, 32), &proof);
    add("S7", "R and C of a row exchanged", &swap(&cells, 0, c), &proof);
    add("S7", "S of two rows exchanged", &cells, &swap(&proof, 0, 32));
    add("S7", "A of two rows exchanged", &cells, &swap(&proof, a, a + 32));
    add("S7", "two Com exchanged", &cells, &swap(&proof, com, com + 32));
    add("S7", "f of the first row changed", &cells, &plus(&proof, f));
    add("S7", "f of two rows exchanged", &cells, &swap(&proof, f, f + 32));
    add("S7", "z of the last row changed", &cells, &plus(&proof, z + 64));
    let other = made(&vote, &[1, 0, 3], &run(51));
    add("S7", "the proof of another ballot", &cells, &other.proof);
    add("S7", "the cells of another ballot of the same choices", &other.cells, &proof);

    let mut changed = |name: &str, change: &dyn Fn(&mut Vote)| {
        let mut vote = vote.clone();
        change(&mut vote);
        cases.add("S7", name, &vote);
    };
    changed("of another election", &|v| v.election = run(1));
    changed("of another voter", &|v| v.credential = run(101));
    changed("of another seq", &|v| v.seq = 3);
    changed("of another prev", &|v| v.prev = run(201));
    for k in 0..3 {
        changed(&format!("key {k} is another"), &|v| v.keys[k] = Point::mul_base(&Scalar::from(54_321_u64)));
    }
    changed("keys in another order", &|v| v.keys.swap(0, 1));
    changed("of another shape with as many cells", &|v| v.layout = rows(&[2, 3, 4]));
    changed("under bounds", &|v| v.layout = bounded(&[3, 2, 4], 1..2, 1, 1));
}

/// Numbers that no honest ballot holds, by a prover that believes them.
fn cheats(cases: &mut Cases) {
    let mut cheat = |name: &str, layout: Layout, rows: Vec<Vec<Scalar>>| {
        let vote = example(layout);
        let made = encrypt_bits(&parameters(&vote), &context(&vote), rows, &run(60));
        cases.bytes("S8", name, &vote, &made.cells, &made.proof);
    };
    let mixed = || rows(&[3, 2, 4]);
    cheat("two options of a row", mixed(), numbers(&[&[1, 1, -1], &[1, 0], &[0, 0, 0, 1]]));
    cheat("an option twice", mixed(), numbers(&[&[2, 0, -1], &[1, 0], &[0, 0, 0, 1]]));
    cheat("minus one, made up for in the row", mixed(), numbers(&[&[-1, 1, 1], &[1, 0], &[0, 0, 0, 1]]));
    cheat("the short row holds 5", mixed(), numbers(&[&[1, 0, 0], &[5, -4], &[0, 0, 0, 1]]));
    cheat("rows that make up for each other", mixed(), numbers(&[&[2, 0, -1], &[0, 1], &[-1, 1, 1, 0]]));
    let half = Scalar::ONE.div_by_2();
    cheat("half of an option", rows(&[2]), vec![vec![half, half]]);
    let committee = || bounded(&[2; 5], 0..5, 1, 3);
    cheat("no approval where one is the least", committee(), numbers(&[&[1_i64, 0][..]; 5]));
    cheat(
        "four approvals where three are the most",
        committee(),
        numbers(&[&[0, 1], &[0, 1], &[0, 1], &[0, 1], &[1, 0]]),
    );
    let odd: &[&[i64]] = &[&[3, -2], &[-1, 2], &[0, 1], &[1, 0], &[0, 1]];
    cheat("numbers that are no bits and have an allowed sum", committee(), numbers(odd));
}

/// Ballots that fool a verifier who forgets one sentence, for every shape on which they were tried.
fn forgeries(cases: &mut Cases) {
    for shape in [&[2][..], &[2, 2], &[3, 2, 4], &[2, 5]] {
        for (name, forger) in forgers(shape) {
            let fools = forger.fools;
            let vote = forger.forge();
            if fools != Forgets::Nothing {
                assert_eq!(vote.failing(fools), Some(None), "{name} {shape:?}");
            }
            let check = vote.failing(Forgets::Nothing).unwrap().unwrap();
            cases.add(check, &format!("{name}, shape {shape:?}"), &vote);
        }
    }
    let exactly_one = || example(bounded(&[2, 2], 0..2, 1, 1));
    for (name, fools, refusals) in [
        ("made for a verifier that gives the bounds a row's power of rho", Forgets::OwnPower, [-1, 0]),
        ("made for a verifier that forgets the power of c of the bounds", Forgets::Padding, [1, 1]),
    ] {
        let bits = refusals.map(|refused| vec![refused, 1 - refused]);
        let mut forger = Forger::new(exactly_one(), numbers(&[&bits[0], &bits[1]]));
        forger.fools = fools;
        let vote = forger.forge();
        assert_eq!(vote.failing(fools), Some(None), "{name}");
        cases.add("S8", name, &vote);
    }
}

fn forgers(shape: &[usize]) -> Vec<(&'static str, Forger)> {
    let vote = || example(rows(shape));
    let one = |place: usize, value: i64| {
        let row = |(i, options): (usize, &usize)| {
            (0..*options).map(|k| if k == 0 && i == place { value } else { 0 }).collect()
        };
        let rows: Vec<Vec<i64>> = shape.iter().enumerate().map(row).collect();
        numbers(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let (honest, twice) = (one(0, 1), one(0, 2));
    let victim = Point::mul_base(&Scalar::from(4_321_u64));
    let forger = |bits: &Vec<Vec<Scalar>>, change: &dyn Fn(&mut Forger)| {
        let mut forger = Forger::new(vote(), bits.clone());
        change(&mut forger);
        forger
    };
    let mut all = vec![
        ("a simulated proof, not hashed", forger(&twice, &|f| f.simulated = Some(Scalar::from(77_u64)))),
        ("gamma chosen before the cells", forger(&twice, &|f| f.gamma = Some(Scalar::from(2_u64)))),
        ("a value claimed that the cells do not hold", forger(&twice, &|f| f.claimed = honest.clone())),
        (
            "made for a verifier that forgets R in the statement",
            forger(&twice, &|f| {
                f.claimed = honest.clone();
                (f.fools, f.secrets) = (Forgets::Randomness, Some(secrets(f.vote.keys.len())));
            }),
        ),
        ("made for a verifier that forgets Com in c", forger(&twice, &|f| f.fools = Forgets::Coefficients)),
        (
            "made for a verifier with one weight for both equations of a row",
            forger(&honest, &|f| {
                f.shift_cells = vec![(0, victim), (shape.len(), -victim)];
                f.fools = Forgets::Weights;
            }),
        ),
        (
            "made for a verifier that forgets the equation of R",
            forger(&honest, &|f| {
                f.shift_cells = vec![(0, victim)];
                f.fools = Forgets::Equation;
            }),
        ),
    ];
    let largest = shape.iter().max().unwrap();
    if let Some(short) = shape.iter().position(|options| options < largest) {
        let bits = one(short, 5);
        let name = "made for a verifier that forgets the power of c of short rows";
        all.push((name, forger(&bits, &|f| f.fools = Forgets::Padding)));
    }
    all
}

pub fn vectors() -> Value {
    let mut cases = Cases::default();
    broken(&mut cases);
    cheats(&mut cases);
    forgeries(&mut cases);
    json!({
        "valid": [
            valid("one row of two options", rows(&[2]), &[1], run(6)),
            valid("two rows of two options", rows(&[2, 2]), &[0, 1], run(7)),
            valid("two rows of two options, the same seed, another choice", rows(&[2, 2]), &[1, 1], run(7)),
            valid("mixed rows", rows(&[3, 2, 4]), &[1, 0, 3], run(50)),
            valid("a short row before a long one", rows(&[2, 5]), &[1, 4], run(8)),
            valid("one row", rows(&[5]), &[2], run(9)),
            valid("seven candidates, five levels and no opinion", rows(&[6; 7]), &[5, 4, 3, 2, 1, 0, 5], run(11)),
            valid("one to three approvals of five", bounded(&[2; 5], 0..5, 1, 3), &[0, 1, 1, 0, 0], run(12)),
            valid("exactly one approval of two", bounded(&[2, 2], 0..2, 1, 1), &[0, 1], run(13)),
            valid("approvals beside other rows", bounded(&[3, 2, 2, 2, 4], 1..4, 0, 2), &[2, 1, 1, 0, 0], run(14)),
        ],
        "invalid": cases.0,
    })
}

#[test]
fn the_vectors_of_ballots_hold() {
    let file = read("secret-ballots.json");
    each(&file["valid"], |name, case| {
        let vote = of(case);
        let choices: Vec<usize> = case["choices"].as_array().unwrap().iter().map(number).collect();
        assert!(accepts(&vote), "{name}");
        assert_eq!(vote.holds(), Some(true), "{name}");
        assert_eq!(&valid(name, vote.layout, &choices, array(&case["seed"])), case, "{name}");
    });
    each(&file["invalid"], |name, case| {
        let vote = of(case);
        assert!(!accepts(&vote), "{name}");
        let read = Proven::read(&parameters(&vote), &context(&vote), &vote.cells, &vote.proof);
        let decoded = matches!(text(&case["check"]), "S7" | "S8");
        assert_eq!(read.is_ok(), decoded, "{name}");
        let failing = vote.failing(Forgets::Nothing);
        assert_eq!(failing.is_some(), decoded, "{name}");
        if let Some(failing) = failing {
            assert_eq!(failing, case["check"].as_str(), "{name}");
        }
    });
}

#[test]
fn the_textbook_prover_is_the_prover() {
    let vote = Forger::new(example(rows(&[3, 2, 4])), numbers(&[&[0, 1, 0], &[1, 0], &[0, 0, 0, 1]])).forge();
    assert!(accepts(&vote));
    assert!(textbook::read(&vote.cells).is_some());
}

/// Each was made, by `verifier/forgeries.py`, for a verifier that leaves something out, and is accepted by that one.
#[test]
fn what_a_careless_verifier_accepts_is_refused() {
    each(&read("secret-forgeries.json")["invalid"], |name, case| {
        let vote = of(case);
        assert!(Proven::read(&parameters(&vote), &context(&vote), &vote.cells, &vote.proof).is_ok(), "{name}");
        assert!(!accepts(&vote), "{name}");
        assert_eq!(vote.holds(), Some(false), "{name}");
    });
}
