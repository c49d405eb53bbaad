//! The JOSE vectors of C2SP's wycheproof, run against the two algorithms that we have. Vectors carry headers with
//! `kid`, which our protocol refuses; so the tests relax the header check (and only that) for keys of our algorithms,
//! and show that the strict check refuses every vector as it stands.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use serde_json::Value;

use super::*;

const JWE: &str = include_str!("../../tests/vectors/wycheproof/json_web_encryption_test.json");
const JWS: &str = include_str!("../../tests/vectors/wycheproof/json_web_signature_test.json");

/// Labelled valid in a PS256 group, though their headers say PS384: an algorithm that we do not have.
const OTHER_ALGORITHM: [u64; 2] = [346, 350];

fn groups(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file["testGroups"].as_array().unwrap().clone()
}

fn field(key: &Value, name: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap()
}

fn private_key(key: &Value) -> OpeningKey {
    let public_key = PublicKeyComponents { n: field(key, "n"), e: field(key, "e") };
    let [d, p, q, dp, dq, qi] = ["d", "p", "q", "dp", "dq", "qi"].map(|name| field(key, name));
    let components = KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi };
    let key = KeyPair::from_components(&components).unwrap();
    let der: Pkcs8V1Der<'static> = key.as_der().unwrap();
    OpeningKey::from_pkcs8(der.as_ref()).unwrap()
}

/// Our algorithms, and no members beyond those that do not change the meaning.
fn relaxed(header: &[u8], ours: &[(&str, &str)]) -> Result<(), EnvelopeError> {
    let header: serde_json::Map<String, Value> = parse_header(header)?;
    let named = ours.iter().all(|(name, value)| header.get(*name).and_then(Value::as_str) == Some(*value));
    let known = header.keys().all(|name| name == "kid" || ours.iter().any(|(ours, _)| ours == name));
    if named && known { Ok(()) } else { Err(EnvelopeError::Form) }
}

#[test]
fn wycheproof_json_web_encryption() {
    let (mut accepted, mut refused) = (0, 0);
    let stranger = OpeningKey::generate(Bits::Rsa2048).unwrap();
    for group in groups(JWE) {
        let ours = group["private"]["alg"] == "RSA-OAEP-256";
        let key = if ours { &private_key(&group["private"]) } else { &stranger };
        for test in group["tests"].as_array().unwrap() {
            let token = test["jwe"].as_str().unwrap();
            let strict = open(token, key, Signer::Embedded, 65_536);
            assert!(strict.is_err(), "{}: the strict check accepts a stranger's header", test["tcId"]);
            let algorithms = [("alg", "RSA-OAEP-256"), ("enc", "A256GCM")];
            match decrypt_token(token, key, |header| relaxed(header, &algorithms)) {
                Ok(plain) => {
                    assert_eq!(test["result"], "valid", "{} accepted", test["tcId"]);
                    let hex = data_encoding::HEXLOWER.encode(&plain);
                    assert_eq!(test["pt"].as_str().unwrap(), hex, "{}", test["tcId"]);
                    accepted += 1;
                }
                Err(_) => {
                    let header = token.split('.').next().and_then(|part| decode(part).ok()).unwrap_or_default();
                    let for_us = ours && relaxed(&header, &algorithms).is_ok();
                    assert!(!(for_us && test["result"] == "valid"), "{} refused", test["tcId"]);
                    refused += 1;
                }
            }
        }
    }
    println!("wycheproof JWE: {accepted} accepted, {refused} refused");
    assert!(accepted >= 1 && refused >= 50);
}

#[test]
fn wycheproof_json_web_signature() {
    let (mut accepted, mut refused) = (0, 0);
    for group in groups(JWS) {
        let ours = group["public"]["alg"] == "PS256" || group["private"]["alg"] == "PS256";
        let public = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        let jwk = public["n"].as_str().and_then(|_| Jwk::from_modulus(&field(public, "n")).ok());
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let token = test["jws"].as_str().unwrap();
            let verified = match (&jwk, ours) {
                (Some(jwk), true) => {
                    verify_token(token, |header| relaxed(header, &[("alg", "PS256")]).map(|()| jwk.clone()))
                }
                (Some(jwk), false) => verify_token(token, |header| parse_jws_header(header, Signer::Known(jwk))),
                (None, _) => verify_token(token, |header| parse_jws_header(header, Signer::Embedded)),
            };
            let valid = ours && test["result"] == "valid" && !OTHER_ALGORITHM.contains(&id);
            assert_eq!(verified.is_ok(), valid, "{id}: {}", test["comment"]);
            if valid { accepted += 1 } else { refused += 1 }
        }
    }
    println!("wycheproof JWS: {accepted} accepted, {refused} refused");
    assert!(accepted >= 5 && refused >= 80);
}
