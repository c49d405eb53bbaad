//! The vectors of `docs/spec/secret.md` and `docs/spec/trustees.md`: files that another implementation can run.
//! `write_vectors` makes them (run by hand when a format changes); the other tests show that we do what they say.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../it/bad_points.rs"]
mod bad_points;
mod ballots;
mod ceremony;
mod plain;
mod shares;
#[path = "../it/textbook.rs"]
mod textbook;

use std::path::PathBuf;

use serde_json::{Value, json};
use veche_crypto::{Point, Scalar};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors").join(name)
}

pub fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Gives every case of a list to `check`, and counts them.
pub fn each(list: &Value, mut check: impl FnMut(&str, &Value)) {
    let cases = list.as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|case| check(text(&case["name"]), case));
}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn point(point: Point) -> String {
    hex(point.compress().as_bytes())
}

pub fn scalar(scalar: Scalar) -> String {
    hex(scalar.as_bytes())
}

pub fn bytes(value: &Value) -> Vec<u8> {
    let text = text(value).as_bytes();
    assert!(text.len().is_multiple_of(2) && text.iter().all(|c| b"0123456789abcdef".contains(c)));
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.chunks(2).map(pair).collect()
}

pub fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

pub fn one(value: &Value) -> Scalar {
    veche_crypto::group::scalar(&array(value)).unwrap()
}

pub fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// 32 different bytes from `first` on: easily told apart in a dump.
pub fn run(first: u8) -> [u8; 32] {
    core::array::from_fn(|i| first.wrapping_add(i as u8))
}

/// Points and scalars: what is read, and what is refused.
fn encodings() -> Value {
    let order = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    let high = |mut bytes: [u8; 32], bit: u8| {
        bytes[31] |= bit;
        bytes
    };
    let base = Point::mul_base(&Scalar::ONE).compress().to_bytes();
    let prime: [u8; 32] = core::array::from_fn(|i| [0xed, 0xff, 0x7f][usize::from(i > 0) + usize::from(i == 31)]);
    let odd: [u8; 32] = core::array::from_fn(|i| u8::from(i == 0));
    let negative_base: [u8; 32] = core::array::from_fn(|i| {
        // p - s, for the even s of the base point: the same point's other square root.
        let borrow = (0..i).rev().find_map(|j| (prime[j] != base[j]).then_some(prime[j] < base[j])).unwrap_or(false);
        prime[i].wrapping_sub(base[i]).wrapping_sub(u8::from(borrow))
    });
    let mut carry = 0;
    let even_and_too_large: [u8; 32] = core::array::from_fn(|i| {
        let sum = u16::from(prime[i]) + u16::from(negative_base[i]) + carry;
        carry = sum >> 8;
        sum as u8
    });
    let nowhere = (2_u8..)
        .step_by(2)
        .map(|s| core::array::from_fn(|i| if i == 0 { s } else { 0 }))
        .find(|s| veche_crypto::group::point(s).is_err())
        .unwrap();
    let case = |name: &str, bytes: [u8; 32]| json!({ "name": name, "bytes": hex(bytes) });
    let multiples: Vec<Value> = [2, 3, 1000, 1 << 40]
        .map(|m: u64| {
            json!({ "name": format!("{m} times the base point"), "scalar": scalar(m.into()),
            "bytes": point(Point::mul_base(&m.into())) })
        })
        .to_vec();
    let mut valid = vec![
        json!({ "name": "the identity", "scalar": scalar(Scalar::ZERO), "bytes": hex([0; 32]) }),
        json!({ "name": "the base point", "scalar": scalar(Scalar::ONE), "bytes": hex(base) }),
        json!({ "name": "minus the base point", "scalar": scalar(-Scalar::ONE), "bytes": point(-Point::mul_base(&Scalar::ONE)) }),
    ];
    valid.extend(multiples);
    let mut invalid = vec![
        case("p: the identity in another form", prime),
        case("odd", odd),
        case("minus s of the base point", negative_base),
        case("2p minus s of the base point, which is even", even_and_too_large),
        case("no square root", nowhere),
        case("the highest bit of the base point", high(base, 0x80)),
        case("all ones", [255; 32]),
    ];
    for (why, all) in bad_points::BAD_POINTS {
        let named = |(n, bytes): (u32, &&str)| json!({ "name": format!("RFC 9496 A.2, {why}: {n}"), "bytes": bytes });
        invalid.extend((1_u32..).zip(all).map(named));
    }
    let label = "veche-example-1";
    let framed = plain::hash(label, &[b"", &[0, 255]]);
    json!({
        "points": { "valid": valid, "invalid": invalid },
        "scalars": { "valid": [case("zero", [0; 32]), case("q - 1", (-Scalar::ONE).to_bytes())], "invalid": [
            case("q", order), case("one with the highest bit", high(Scalar::ONE.to_bytes(), 0x80)), case("all ones", [255; 32]),
        ] },
        "hash": { "label": label, "items": ["", "00ff"], "digest": hex(framed.digest()), "scalar": scalar(framed.scalar()) },
    })
}

#[test]
fn the_vectors_of_encodings_and_hash_hold() {
    let file = read("secret-hash.json");
    each(&file["points"]["valid"], |name, case| {
        let read = veche_crypto::group::point(&array(&case["bytes"])).unwrap();
        assert_eq!(read, Point::mul_base(&one(&case["scalar"])), "{name}");
    });
    each(&file["points"]["invalid"], |name, case| {
        assert!(veche_crypto::group::point(&array(&case["bytes"])).is_err(), "{name}");
    });
    each(&file["scalars"]["valid"], |name, case| {
        assert_eq!(one(&case["bytes"]).to_bytes(), array::<32>(&case["bytes"]), "{name}");
    });
    each(&file["scalars"]["invalid"], |name, case| {
        assert!(veche_crypto::group::scalar(&array(&case["bytes"])).is_err(), "{name}");
    });
    let (case, items) = (&file["hash"], file["hash"]["items"].as_array().unwrap());
    let items: Vec<Vec<u8>> = items.iter().map(bytes).collect();
    let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let made = plain::hash(text(&case["label"]), &items);
    assert_eq!((hex(made.digest()), made.scalar()), (text(&case["digest"]).into(), one(&case["scalar"])));
}

/// Each opened point is a number up to the weight, or none.
#[test]
fn the_vectors_of_opened_points_hold() {
    let file = read("secret-opened.json");
    let table = veche_crypto::dlog::Table::new(number(&file["weight"]) as u64);
    let solve = |case: &Value| table.solve(&veche_crypto::group::point(&array(&case["point"])).unwrap());
    each(&file["points"]["valid"], |name, case| assert_eq!(solve(case), case["number"].as_u64(), "{name}"));
    each(&file["points"]["invalid"], |name, case| assert_eq!(solve(case), None, "{name}"));
}

#[test]
#[ignore = "writes docs/spec/vectors; run by hand when a format changes"]
fn write_vectors() {
    let write = |name: &str, value: Value| {
        std::fs::write(path(name), serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
    };
    write("secret-hash.json", encodings());
    write("secret-ballots.json", ballots::vectors());
    write("secret-shares.json", shares::vectors());
    write("trustees-dealing.json", ceremony::vectors());
}
