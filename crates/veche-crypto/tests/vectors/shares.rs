//! Shares of a sum and rehearsals, valid and not, and what they open.

use serde_json::{Value, json};
use veche_crypto::{
    Ciphertext, EncryptionKey, Point, PublicKey, Scalar,
    dlog::Table,
    group,
    opening::{Opening, Share, check_rehearsal, rehearse},
    transcript::Transcript,
};

use crate::{array, bytes, each, hex, number, one, plain, point, read, run, scalar, text};

const NUMBERS: [u64; 4] = [0, 1, 669, 100_000];

/// F(i) of a polynomial of two coefficients: a threshold of two.
fn secret(trustee: u32) -> Scalar {
    Scalar::from(12345_u64) + Scalar::from(6789_u64) * Scalar::from(trustee)
}

fn cells() -> Vec<Ciphertext> {
    let key = PublicKey::from_point(Point::mul_base(&secret(0))).unwrap();
    let key = EncryptionKey::new(key);
    let encrypt = |m: &u64| key.encrypt(&Scalar::from(*m), &Scalar::from(m + 99));
    // The last cell is what a sum over no ballots looks like.
    NUMBERS.iter().map(encrypt).chain([Ciphertext::zero()]).collect()
}

fn encode(cells: &[Ciphertext]) -> Vec<u8> {
    cells.iter().flat_map(Ciphertext::to_bytes).collect()
}

fn decode(bytes: &[u8]) -> Vec<Ciphertext> {
    bytes.chunks(64).map(|pair| Ciphertext::from_bytes(pair.try_into().unwrap()).unwrap()).collect()
}

/// Claim, folded pair and challenge of a proof, computed as section 9 says from what was published.
fn values(mut domain: Transcript, key: Point, bases: &[Point], share: &Share) -> Value {
    let images = group::points(&share.values).unwrap();
    domain.bytes(key.compress().as_bytes()).bytes(&group::encode_points(bases)).bytes(&share.values);
    let claim = domain.digest();
    let weight = |j: usize| plain::hash("veche-dleq-weight-1", &[&claim]).number(j as u64).scalar();
    let fold = |points: &[Point]| -> Point { points.iter().enumerate().map(|(j, point)| weight(j) * point).sum() };
    let (base, image) = (fold(bases), fold(&images));
    let [c, s] = [0, 32].map(|at| group::scalar(share.proof[at..at + 32].try_into().unwrap()).unwrap());
    let first = Point::mul_base(&s) - c * key;
    let second = s * base - c * image;
    let encoded = [base, image, first, second].map(|point| point.compress().to_bytes());
    let [b, i, f, g] = &encoded;
    assert_eq!(plain::hash("veche-dleq-challenge-1", &[&claim, b, i, f, g]).scalar(), c);
    json!({ "claim": hex(claim), "base": point(base), "image": point(image), "first": point(first), "second": point(second) })
}

fn share_json(name: &str, trustee: u32, seed: [u8; 32], share: &Share) -> Value {
    json!({ "name": name, "trustee": trustee, "secret": scalar(secret(trustee)), "seed": hex(seed),
        "key": point(Point::mul_base(&secret(trustee))), "values": hex(&share.values), "proof": hex(share.proof) })
}

fn made(opening: &Opening<'_>, trustee: u32) -> Value {
    let (seed, x) = (run(trustee as u8), secret(trustee));
    let share = opening.share(trustee, &x, &seed);
    let mut case = share_json(&format!("trustee {trustee}"), trustee, seed, &share);
    let domain = plain::hash("veche-share-1", &[opening.election, opening.sum, &u64::from(trustee).to_be_bytes()]);
    let bases: Vec<Point> = opening.cells.iter().map(|cell| cell.a).collect();
    case["values_of_the_proof"] = values(domain, Point::mul_base(&x), &bases, &share);
    case
}

fn rehearsed(election: &[u8; 32], trustee: u32) -> Value {
    let (seed, x) = (run(trustee as u8), secret(trustee));
    let share = rehearse(election, trustee, &x, &seed);
    let mut case = share_json(&format!("rehearsal of trustee {trustee}"), trustee, seed, &share);
    let items: [&[u8]; 2] = [election, &u64::from(trustee).to_be_bytes()];
    let base = plain::hash("veche-rehearsal-point-1", &items).scalar();
    let domain = plain::hash("veche-rehearsal-1", &items);
    case["point"] = Value::from(point(Point::mul_base(&base)));
    case["values_of_the_proof"] = values(domain, Point::mul_base(&x), &[Point::mul_base(&base)], &share);
    case
}

pub fn vectors() -> Value {
    let (election, sum, cells) = (run(0), run(40), cells());
    let opening = Opening { election: &election, sum: &sum, cells: &cells };
    let shares: Vec<Value> = (1..=3).map(|trustee| made(&opening, trustee)).collect();
    let rehearsals: Vec<Value> = (1..=2).map(|trustee| rehearsed(&election, trustee)).collect();

    let good = opening.share(1, &secret(1), &run(1));
    let key = Point::mul_base(&secret(1));
    let case = |check: &str, name: &str, trustee: u32, key: Point, values: &[u8], proof: &[u8]| json!({ "name": name, "check": check, "trustee": trustee, "key": point(key), "values": hex(values), "proof": hex(proof) });
    let put = |into: &[u8], at: usize, what: &[u8]| {
        let mut bytes = into.to_vec();
        bytes[at..at + what.len()].copy_from_slice(what);
        bytes
    };
    let (v, p) = (&good.values, &good.proof);
    let swapped = put(&put(v, 32, &v[64..96]), 64, &v[32..64]);
    let high = |bytes: &[u8], at: usize| put(bytes, at + 31, &[bytes[at + 31] | 0x80]);
    let two = opening.share(2, &secret(2), &run(2));
    let elsewhere = |election: [u8; 32], sum: [u8; 32]| {
        Opening { election: &election, sum: &sum, cells: &cells }.share(1, &secret(1), &run(1))
    };
    // Errors D and -D in two values: they would cancel under equal weights.
    let error = Point::mul_base(&Scalar::from(5_u64));
    let at = |j: usize| group::point(v[32 * j..32 * j + 32].try_into().unwrap()).unwrap();
    let cancelling = {
        let mut wrong = v.clone();
        wrong[32..64].copy_from_slice((at(1) + error).compress().as_bytes());
        wrong[64..96].copy_from_slice((at(2) - error).compress().as_bytes());
        wrong
    };
    let invalid = vec![
        case("D1", "no values", 1, key, &[], p),
        case("D1", "a value is missing", 1, key, &v[..v.len() - 32], p),
        case("D1", "a value too many", 1, key, &[&v[..], &[0; 32]].concat(), p),
        case("D1", "the last byte is missing", 1, key, &v[..v.len() - 1], p),
        case("D2", "a value is not canonical", 1, key, &high(v, 32), p),
        case("D3", "c is not canonical", 1, key, v, &high(p, 0)),
        case("D3", "s is not canonical", 1, key, v, &high(p, 32)),
        case("D4", "two values exchanged", 1, key, &swapped, p),
        case("D4", "errors in two values that cancel", 1, key, &cancelling, p),
        case(
            "D4",
            "the value of an empty cell is not the identity",
            1,
            key,
            &put(v, 128, error.compress().as_bytes()),
            p,
        ),
        case("D4", "c and s exchanged", 1, key, v, &[&p[32..], &p[..32]].concat()),
        case("D4", "a proof of zeros", 1, key, v, &[0; 64]),
        case("D4", "the share of trustee 2 as that of trustee 1", 1, key, &two.values, &two.proof),
        case("D4", "the share of trustee 1 under another number", 2, key, v, p),
        case("D4", "against the key of trustee 2", 1, Point::mul_base(&secret(2)), v, p),
        case("D4", "of another election", 1, key, v, &elsewhere(run(1), sum).proof),
        case("D4", "of another sum", 1, key, v, &elsewhere(election, run(41)).proof),
    ];
    let rehearsal = rehearse(&election, 1, &secret(1), &run(1));
    let other = rehearse(&run(1), 1, &secret(1), &run(1));
    let invalid_rehearsals = vec![
        case("D1", "no value", 1, key, &[], &rehearsal.proof),
        case("D1", "two values", 1, key, &[&rehearsal.values[..], &rehearsal.values].concat(), &rehearsal.proof),
        case("D4", "under another number", 2, key, &rehearsal.values, &rehearsal.proof),
        case("D4", "against the key of trustee 2", 1, Point::mul_base(&secret(2)), &rehearsal.values, &rehearsal.proof),
        case("D4", "of another election", 1, key, &other.values, &other.proof),
    ];

    let points = |trustee: u32| {
        (
            trustee,
            opening
                .check(trustee, &Point::mul_base(&secret(trustee)), &opening.share(trustee, &secret(trustee), &run(9)))
                .unwrap(),
        )
    };
    let opened = opening.combine(&[points(1), points(3)]).unwrap();
    json!({
        "election": hex(election), "sum": hex(sum), "key": point(Point::mul_base(&secret(0))), "threshold": 2, "trustees": 3,
        "cells": hex(encode(&cells)), "shares": { "valid": shares, "invalid": invalid },
        "opened": { "points": opened.iter().map(|one| point(*one)).collect::<Vec<_>>(),
            "numbers": NUMBERS.iter().copied().chain([0]).collect::<Vec<u64>>() },
        "rehearsals": { "valid": rehearsals, "invalid": invalid_rehearsals },
    })
}

fn share(case: &Value) -> Option<Share> {
    Some(Share { values: bytes(&case["values"]), proof: array(&case["proof"]) })
}

#[test]
fn the_vectors_of_shares_hold() {
    let file = read("secret-shares.json");
    let (election, sum, cells) = (array(&file["election"]), array(&file["sum"]), decode(&bytes(&file["cells"])));
    let opening = Opening { election: &election, sum: &sum, cells: &cells };
    let check = |case: &Value| {
        let key = group::point(&array(&case["key"])).unwrap();
        opening.check(number(&case["trustee"]) as u32, &key, &share(case).unwrap())
    };
    let mut checked = Vec::new();
    each(&file["shares"]["valid"], |name, case| {
        let trustee = number(&case["trustee"]) as u32;
        checked.push((trustee, check(case).unwrap_or_else(|error| panic!("{name}: {error}"))));
        assert_eq!(Some(opening.share(trustee, &one(&case["secret"]), &array(&case["seed"]))), share(case), "{name}");
        assert_eq!(&made(&opening, trustee), case, "{name}");
    });
    each(&file["shares"]["invalid"], |name, case| assert!(check(case).is_err(), "{name}"));
    let numbers: Vec<u64> = file["opened"]["numbers"].as_array().unwrap().iter().map(|m| m.as_u64().unwrap()).collect();
    let table = Table::new(100_000);
    for shares in [&checked[..2], &checked[1..], &checked[..], &[checked[2].clone(), checked[0].clone()]] {
        let opened = opening.combine(shares).unwrap();
        let points: Vec<Value> = opened.iter().map(|one| Value::from(point(*one))).collect();
        assert_eq!(Value::from(points), file["opened"]["points"]);
        assert_eq!(opened.iter().map(|point| table.solve(point).unwrap()).collect::<Vec<_>>(), numbers);
    }

    let check = |case: &Value| {
        let key = group::point(&array(&case["key"])).unwrap();
        check_rehearsal(&election, number(&case["trustee"]) as u32, &key, &share(case).unwrap())
    };
    each(&file["rehearsals"]["valid"], |name, case| {
        check(case).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&rehearsed(&election, number(&case["trustee"]) as u32), case, "{name}");
    });
    each(&file["rehearsals"]["invalid"], |name, case| assert!(check(case).is_err(), "{name}"));
    assert_eq!(text(&file["key"]), point(Point::mul_base(&secret(0))));
}
