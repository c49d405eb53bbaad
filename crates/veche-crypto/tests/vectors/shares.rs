//! Shares of sums and rehearsals, valid and not, and what they open.

use serde_json::{Value, json};
use veche_crypto::{
    Cells, Layout, Point, Scalar,
    dleq::DleqError,
    dlog::Table,
    group,
    opening::{Opening, Share, Sum},
    rehearsal,
    transcript::Transcript,
};

use crate::{array, bytes, each, hex, number, one, plain::hash, point, read, run, scalar, text};

/// Options of the rows of every sum here.
const SHAPE: [usize; 3] = [3, 2, 4];
/// The draft's id.
const DRAFT: [u8; 32] = [0xD4; 32];
const NUMBERS: [u64; 6] = [0, 1, 669, 100_000, 17, 0];

fn layout() -> Layout {
    Layout::new(SHAPE.to_vec(), vec![]).unwrap()
}

/// F_k(h) of a polynomial of two coefficients for each of so many keys: a threshold of two.
fn secrets(keys: usize, trustee: u32) -> Vec<Scalar> {
    let secret = |k: u64| Scalar::from(12_345 + 1_000 * k * k) + Scalar::from(6_789 + 7 * k) * Scalar::from(trustee);
    (0..keys as u64).map(secret).collect()
}

fn publics(keys: usize, trustee: u32) -> Vec<Point> {
    secrets(keys, trustee).iter().map(Point::mul_base).collect()
}

/// R_1, ..., and C_ik of a sum that holds these numbers.
fn cells(numbers: &[u64]) -> Vec<Point> {
    let (layout, keys) = (layout(), publics(3, 0));
    let r: Vec<Scalar> = (0..3).map(|i| hash("example-only", &[]).number(i).scalar()).collect();
    let value = |((row, key), m): ((usize, usize), &u64)| Point::mul_base(&Scalar::from(*m)) + r[row] * keys[key];
    let values: Vec<Point> = layout.each_cell().zip(numbers).map(value).collect();
    r.iter().map(Point::mul_base).chain(values).collect()
}

/// A sum, with or without a lot.
struct Example {
    name: &'static str,
    cells: Vec<Point>,
    numbers: Vec<u64>,
    lot: bool,
}

impl Example {
    fn keys(&self) -> usize {
        3 + usize::from(self.lot)
    }

    fn sum(&self) -> Sum {
        let mut cells = Cells::zero(&layout());
        if self.numbers.iter().any(|number| *number > 0) {
            cells = Cells::read(&layout(), &group::encode_points(&self.cells)).unwrap();
        }
        let sum = Sum::new(&layout(), &cells);
        if self.lot { sum.with_lot(&DRAFT, 3) } else { sum }
    }

    /// R_1, ..., and behind them the lot's point.
    fn bases(&self) -> Vec<Point> {
        let lot = Point::from_uniform_bytes(&hash("veche-lot-point-2", &[&DRAFT]).digest());
        self.cells[..3].iter().copied().chain(self.lot.then_some(lot)).collect()
    }

    /// Key and base of every image.
    fn places(&self) -> Vec<(usize, usize)> {
        let cells = layout().each_cell().map(|(row, key)| (key, row)).collect::<Vec<_>>();
        cells.into_iter().chain(self.lot.then_some((3, 3))).collect()
    }
}

fn examples() -> [Example; 3] {
    let example = |name, cells, numbers: &[u64], lot| Example { name, cells, numbers: numbers.to_vec(), lot };
    [
        example("mixed rows", cells(&NUMBERS), &NUMBERS, false),
        example("mixed rows and a lot", cells(&NUMBERS), &NUMBERS, true),
        example("no ballots", vec![Point::default(); 9], &[0; 6], false),
    ]
}

fn points(points: &[Point]) -> Vec<String> {
    points.iter().map(|one| point(*one)).collect()
}

/// Claim, folded points and challenge of a proof, computed as section 9 says from what was published.
fn values(mut domain: Transcript, keys: &[Point], bases: &[Point], places: &[(usize, usize)], share: &Share) -> Value {
    let images = group::points(&share.values).unwrap();
    domain.bytes(&group::encode_points(keys)).bytes(&group::encode_points(bases)).bytes(&share.values);
    let claim = domain.digest();
    let weight = |j: usize| hash("veche-dleq-weight-2", &[&claim]).number(j as u64).scalar();
    let of_key = |key: usize| -> Point {
        let own = places.iter().enumerate().filter(|(_, (of, _))| *of == key);
        own.map(|(j, (_, base))| weight(j) * bases[*base]).sum()
    };
    let folded: Vec<Point> = (0..keys.len()).map(of_key).collect();
    let image: Point = images.iter().enumerate().map(|(j, image)| weight(j) * image).sum();
    let scalars = group::scalars(&share.proof).unwrap();
    let (c, s) = scalars.split_first().unwrap();
    let first: Vec<Point> = s.iter().zip(keys).map(|(s, key)| Point::mul_base(s) - c * key).collect();
    let second = s.iter().zip(&folded).map(|(s, base)| s * base).sum::<Point>() - c * image;
    let [b, f] = [&folded, &first].map(group::encode_points);
    let [i, g] = [image, second].map(|point| point.compress().to_bytes());
    assert_eq!(hash("veche-dleq-challenge-2", &[&claim, &b, &i, &f, &g]).scalar(), *c);
    json!({ "claim": hex(claim), "bases": points(&folded), "image": point(image), "first": points(&first), "second": point(second) })
}

fn share_json(name: &str, keys: usize, trustee: u32, seed: [u8; 32], share: &Share) -> Value {
    let secrets = secrets(keys, trustee).into_iter().map(scalar).collect::<Vec<_>>();
    json!({ "name": name, "trustee": trustee, "secrets": secrets, "seed": hex(seed),
        "keys": points(&publics(keys, trustee)), "values": hex(&share.values), "proof": hex(&share.proof) })
}

fn made(example: &Example, opening: &Opening<'_>, trustee: u32) -> Value {
    let (seed, keys) = (run(trustee as u8), example.keys());
    let share = opening.share(trustee, &secrets(keys, trustee), &seed);
    let mut case = share_json(&format!("trustee {trustee}"), keys, trustee, seed, &share);
    let domain = hash("veche-share-2", &[opening.election, opening.entry, &u64::from(trustee).to_be_bytes()]);
    let (bases, places) = (example.bases(), example.places());
    case["values_of_the_proof"] = values(domain, &publics(keys, trustee), &bases, &places, &share);
    case
}

fn rehearsed(election: &[u8; 32], trustee: u32) -> Value {
    let seed = run(trustee as u8);
    let share = Share { values: vec![], proof: rehearsal::rehearse(election, trustee, &secrets(3, trustee), &seed) };
    let mut case = share_json(&format!("rehearsal of trustee {trustee}"), 3, trustee, seed, &share);
    case.as_object_mut().unwrap().remove("values");
    let domain = hash("veche-rehearsal-2", &[election, &u64::from(trustee).to_be_bytes()]);
    case["values_of_the_proof"] = values(domain, &publics(3, trustee), &[], &[], &share);
    case
}

fn put(into: &[u8], at: usize, what: &[u8]) -> Vec<u8> {
    let mut bytes = into.to_vec();
    bytes[at..at + what.len()].copy_from_slice(what);
    bytes
}

/// Of trustee 1, for the sum with a lot: seven values under four keys.
fn invalid(example: &Example, opening: &Opening<'_>) -> Vec<Value> {
    let (election, entry, sum) = (*opening.election, *opening.entry, opening.sum);
    let good = opening.share(1, &secrets(4, 1), &run(1));
    let keys = publics(4, 1);
    let case = |check: &str, name: &str, trustee: u32, keys: &[Point], values: &[u8], proof: &[u8]| json!({ "name": name, "check": check, "trustee": trustee, "keys": points(keys), "values": hex(values), "proof": hex(proof) });
    let (v, p) = (&good.values, &good.proof);
    let high = |bytes: &[u8], at: usize| put(bytes, at + 31, &[bytes[at + 31] | 0x80]);
    let swapped = |a: usize, b: usize| put(&put(v, 32 * a, &v[32 * b..32 * b + 32]), 32 * b, &v[32 * a..32 * a + 32]);
    let two = opening.share(2, &secrets(4, 2), &run(2));
    let elsewhere = |election: [u8; 32], entry: [u8; 32]| {
        Opening { election: &election, entry: &entry, sum }.share(1, &secrets(4, 1), &run(1)).proof
    };
    // Errors D and -D in two values: they would cancel under equal weights.
    let error = Point::mul_base(&Scalar::from(5_u64));
    let plus = |values: &[u8], j: usize, by: Point| {
        let old = group::point(values[32 * j..32 * j + 32].try_into().unwrap()).unwrap();
        put(values, 32 * j, (old + by).compress().as_bytes())
    };
    let mut reused = secrets(4, 1);
    reused[3] = reused[0];
    let with_reused = opening.share(1, &reused, &run(1));
    let mut exchanged = keys.clone();
    exchanged.swap(0, 1);
    let mut all = vec![
        case("D1", "no values", 1, &keys, &[], p),
        case("D1", "a value is missing", 1, &keys, &v[..v.len() - 32], p),
        case("D1", "a value too many", 1, &keys, &[&v[..], &[0; 32]].concat(), p),
        case("D1", "the last byte is missing", 1, &keys, &v[..v.len() - 1], p),
        case("D2", "a value is not canonical", 1, &keys, &high(v, 32), p),
        case("D3", "an answer is missing", 1, &keys, v, &p[..p.len() - 32]),
        case("D3", "an answer too many", 1, &keys, v, &[&p[..], &[0; 32]].concat()),
        case("D3", "c is not canonical", 1, &keys, v, &high(p, 0)),
        case("D3", "the last answer is not canonical", 1, &keys, v, &high(p, 128)),
        case("D4", "two values of a row exchanged", 1, &keys, &swapped(0, 1), p),
        case("D4", "two values of a key exchanged", 1, &keys, &swapped(0, 2), p),
        case(
            "D4",
            "the answers of two keys exchanged",
            1,
            &keys,
            v,
            &[&p[..32], &p[64..96], &p[32..64], &p[96..]].concat(),
        ),
        case("D4", "a proof of zeros but for one", 1, &keys, v, &put(&[0; 160], 0, Scalar::ONE.as_bytes())),
        case("D4", "the share of trustee 2 as that of trustee 1", 1, &keys, &two.values, &two.proof),
        case("D4", "the share of trustee 1 under another number", 2, &keys, v, p),
        case("D4", "against the keys of trustee 2", 1, &publics(4, 2), v, p),
        case("D4", "keys in another order", 1, &exchanged, v, p),
        case("D4", "the lot under the first key", 1, &keys, &with_reused.values, &with_reused.proof),
        case("D4", "of another election", 1, &keys, v, &elsewhere(run(1), entry)),
        case("D4", "of another sum", 1, &keys, v, &elsewhere(election, run(41))),
    ];
    for j in 0..7 {
        all.push(case("D4", &format!("value {j} alone is wrong"), 1, &keys, &plus(v, j, error), p));
    }
    for (a, b) in [(0, 1), (0, 2), (1, 4), (5, 6)] {
        let values = plus(&plus(v, a, error), b, -error);
        all.push(case("D4", &format!("errors in values {a} and {b} that cancel"), 1, &keys, &values, p));
    }
    let equal = equal_masks(example, opening);
    all.push(case("D5", "two keys under one mask", 1, &keys, v, &equal));
    all
}

/// The proof of trustee 1 with the same mask for the first two keys.
fn equal_masks(example: &Example, opening: &Opening<'_>) -> Vec<u8> {
    let x = secrets(4, 1);
    let share = opening.share(1, &x, &run(1));
    let domain = hash("veche-share-2", &[opening.election, opening.entry, &1_u64.to_be_bytes()]);
    let shown = values(domain, &publics(4, 1), &example.bases(), &example.places(), &share);
    let folded: Vec<Point> =
        shown["bases"].as_array().unwrap().iter().map(|base| group::point(&array(base)).unwrap()).collect();
    let t = [5_u64, 5, 6, 7].map(Scalar::from);
    let first = group::encode_points(&t.map(|t| Point::mul_base(&t)));
    let second: Point = t.iter().zip(&folded).map(|(t, base)| t * base).sum();
    let [claim, image] = [bytes(&shown["claim"]), bytes(&shown["image"])];
    let [folded, second] = [group::encode_points(&folded), group::encode_points(&[second])];
    let items: [&[u8]; 5] = [&claim, &folded, &image, &first, &second];
    let c = hash("veche-dleq-challenge-2", &items).scalar();
    [c].into_iter().chain(t.iter().zip(&x).map(|(t, x)| t + c * x)).flat_map(|scalar| scalar.to_bytes()).collect()
}

/// The proof about nothing but keys, with the same mask for the first two of three. It holds, but for D5.
pub fn one_mask(mut domain: Transcript, secrets: &[Scalar]) -> Vec<u8> {
    let keys: Vec<Point> = secrets.iter().map(Point::mul_base).collect();
    let claim = domain.bytes(&group::encode_points(&keys)).bytes(&[]).bytes(&[]).digest();
    let t = [5_u64, 5, 6].map(Scalar::from);
    let first = group::encode_points(&t.map(|t| Point::mul_base(&t)));
    let items: [&[u8]; 5] = [&claim, &[0; 96], &[0; 32], &first, &[0; 32]];
    let c = hash("veche-dleq-challenge-2", &items).scalar();
    [c].into_iter().chain(t.iter().zip(secrets).map(|(t, x)| t + c * x)).flat_map(|scalar| scalar.to_bytes()).collect()
}

fn sum_json(example: &Example, election: &[u8; 32], entry: &[u8; 32]) -> Value {
    let sum = example.sum();
    let opening = Opening { election, entry, sum: &sum };
    let shares: Vec<Value> = (1..=3).map(|trustee| made(example, &opening, trustee)).collect();
    let checked = |trustee: u32| {
        let (secrets, keys) = (secrets(example.keys(), trustee), publics(example.keys(), trustee));
        (trustee, opening.check(trustee, &keys, &opening.share(trustee, &secrets, &run(9))).unwrap())
    };
    let opened = opening.combine(&[checked(1), checked(3)]).unwrap();
    let (bits, lot) = opened.split_at(6);
    json!({
        "name": example.name, "draft": hex(DRAFT), "election": hex(election), "sum": hex(entry), "keys": points(&publics(example.keys(), 0)),
        "threshold": 2, "trustees": 3, "shape": SHAPE, "bounded": [], "lot": example.lot,
        "cells": hex(group::encode_points(&example.cells)),
        "shares": { "valid": shares, "invalid": if example.lot { invalid(example, &opening) } else { vec![] } },
        "opened": { "points": points(bits), "numbers": example.numbers,
            "lot": lot.first().map(|value| point(-*value)) },
    })
}

pub fn vectors() -> Value {
    let (election, entry) = (run(0), run(40));
    let rehearsals: Vec<Value> = (1..=2).map(|trustee| rehearsed(&election, trustee)).collect();
    let good = bytes(&rehearsals[0]["proof"]);
    let keys = publics(3, 1);
    let case = |check: &str, name: &str, trustee: u32, keys: &[Point], proof: &[u8]| json!({ "name": name, "check": check, "trustee": trustee, "keys": points(keys), "proof": hex(proof) });
    let other = rehearsal::rehearse(&run(1), 1, &secrets(3, 1), &run(1));
    let [first, ..] = examples();
    let sum = first.sum();
    let share = Opening { election: &election, entry: &entry, sum: &sum }.share(1, &secrets(3, 1), &run(1));
    let domain = hash("veche-rehearsal-2", &[&election, &1_u64.to_be_bytes()]);
    let mut replaced = keys.clone();
    replaced[2] = Point::mul_base(&Scalar::from(5_u64));
    let invalid = vec![
        case("D3", "empty", 1, &keys, &[]),
        case("D3", "an answer is missing", 1, &keys, &good[..96]),
        case("D4", "under another number", 2, &keys, &good),
        case("D4", "against the keys of trustee 2", 1, &publics(3, 2), &good),
        case("D4", "against one other key", 1, &replaced, &good),
        case("D4", "of another election", 1, &keys, &other),
        case("D4", "a share as a rehearsal", 1, &keys, &share.proof),
        case("D5", "two keys under one mask", 1, &keys, &one_mask(domain, &secrets(3, 1))),
    ];
    json!({
        "sums": examples().iter().map(|example| sum_json(example, &election, &entry)).collect::<Vec<_>>(),
        "rehearsals": { "election": hex(election), "valid": rehearsals, "invalid": invalid },
    })
}

fn keys_of(case: &Value) -> Vec<Point> {
    case["keys"].as_array().unwrap().iter().map(|key| group::point(&array(key)).unwrap()).collect()
}

fn share(case: &Value) -> Share {
    Share { values: bytes(&case["values"]), proof: bytes(&case["proof"]) }
}

#[test]
fn the_vectors_of_shares_hold() {
    let file = read("secret-shares.json");
    for (example, case) in examples().iter().zip(file["sums"].as_array().unwrap()) {
        let (election, entry) = (array(&case["election"]), array(&case["sum"]));
        let sum = example.sum();
        let opening = Opening { election: &election, entry: &entry, sum: &sum };
        assert_eq!(hex(group::encode_points(&example.cells)), text(&case["cells"]));
        let check = |case: &Value| opening.check(number(&case["trustee"]) as u32, &keys_of(case), &share(case));
        let mut checked = Vec::new();
        each(&case["shares"]["valid"], |name, case| {
            let trustee = number(&case["trustee"]) as u32;
            checked.push((trustee, check(case).unwrap_or_else(|error| panic!("{name}: {error}"))));
            let secrets: Vec<Scalar> = case["secrets"].as_array().unwrap().iter().map(one).collect();
            assert_eq!(opening.share(trustee, &secrets, &array(&case["seed"])), share(case), "{name}");
            assert_eq!(&made(example, &opening, trustee), case, "{name}");
        });
        if example.lot {
            each(&case["shares"]["invalid"], |name, case| assert!(check(case).is_err(), "{name}"));
        }
        let numbers: Vec<u64> =
            case["opened"]["numbers"].as_array().unwrap().iter().map(|m| m.as_u64().unwrap()).collect();
        let table = Table::new(100_000);
        for shares in [&checked[..2], &checked[1..], &checked[..], &[checked[2].clone(), checked[0].clone()]] {
            let opened = opening.combine(shares).unwrap();
            assert_eq!(json!(points(&opened[..6])), case["opened"]["points"]);
            assert_eq!(opened[..6].iter().map(|point| table.solve(point).unwrap()).collect::<Vec<_>>(), numbers);
            assert_eq!(json!(opened.get(6).map(|lot| point(-*lot))), case["opened"]["lot"]);
        }
    }
    let rehearsals = &file["rehearsals"];
    let election = array(&rehearsals["election"]);
    let check = |case: &Value| {
        rehearsal::check(&election, number(&case["trustee"]) as u32, &keys_of(case), &bytes(&case["proof"]))
    };
    each(&rehearsals["valid"], |name, case| {
        check(case).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&rehearsed(&election, number(&case["trustee"]) as u32), case, "{name}");
    });
    each(&rehearsals["invalid"], |name, case| {
        let refused = check(case).unwrap_err();
        assert_eq!(refused == DleqError::Masks, case["check"] == "D5", "{name}: {refused}");
    });
}
