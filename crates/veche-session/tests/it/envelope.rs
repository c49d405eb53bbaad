//! The envelope refuses everything that JOSE would allow and we do not.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA512, RsaEncoding, RsaPublicKeyComponents},
};
use data_encoding::BASE64URL_NOPAD;
use rustix::time::{ClockId, clock_gettime};
use veche_election::{Jwk, canonical};
use veche_session::{
    envelope::{self, OpeningKey, SealingSignature, Signer},
    sealed::{EnvelopeError, token_max_bytes},
};

use crate::fixture::{PEOPLE, SERVER};

const PAYLOAD: &[u8] = b"a payload";
const SIZE: u32 = 64;
const JWE_HEADER: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

fn jws_header(jwk: &Jwk) -> String {
    format!(r#"{{"alg":"PS256","jwk":{}}}"#, canonical::write_text(jwk))
}

/// A JWS made by hand with any header and padding.
fn jws(header: &str, key: &SealingSignature, padding: &'static dyn RsaEncoding) -> String {
    let key = KeyPair::from_pkcs8(key.to_pkcs8()).unwrap();
    let input = format!("{}.{}", b64(header), b64(PAYLOAD));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", b64(signature))
}

/// A JWE made by hand with any header, around any text, with any session key.
fn jwe(header: &str, plain: &str, session_key: &[u8]) -> String {
    let n = SERVER.enc.public().modulus().unwrap();
    let to: PublicEncryptingKey = RsaPublicKeyComponents { n, e: vec![1, 0, 1] }.try_into().unwrap();
    let to = OaepPublicEncryptingKey::new(to).unwrap();
    let mut wrapped = vec![0; to.ciphertext_size()];
    let wrapped = to.encrypt(&OAEP_SHA256_MGF1SHA256, session_key, &mut wrapped, None).unwrap();
    let mut key = [0; 32];
    key[..session_key.len().min(32)].copy_from_slice(&session_key[..session_key.len().min(32)]);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
    let (iv, header) = ([3; 12], b64(header));
    let mut text = plain.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut text).unwrap();
    format!("{header}.{}.{}.{}.{}", b64(wrapped), b64(iv), b64(text), b64(tag))
}

fn open(token: &str) -> Result<Vec<u8>, EnvelopeError> {
    envelope::open(token, &SERVER.enc, Signer::Embedded, SIZE).map(|opened| opened.payload.to_vec())
}

fn good_jws() -> String {
    jws(&jws_header(PEOPLE[0].sig.public()), &PEOPLE[0].sig, &RSA_PSS_SHA256)
}

#[test]
fn what_we_seal_opens_and_what_is_made_by_hand_too() {
    let sealed = envelope::seal(PAYLOAD, &PEOPLE[0].sig, true, SERVER.enc.public()).unwrap();
    assert_eq!(open(&sealed).unwrap(), PAYLOAD);
    assert_eq!(open(&jwe(JWE_HEADER, &good_jws(), &[5; 32])).unwrap(), PAYLOAD);
    let reordered = r#"{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP-256"}"#;
    assert_eq!(open(&jwe(reordered, &good_jws(), &[5; 32])).unwrap(), PAYLOAD, "the order of members is free");
}

/// Other libraries write headers in their own order and with spaces between what belongs there.
#[test]
fn members_of_both_headers_may_come_in_any_order_and_with_spaces() {
    let members = [r#""alg":"RSA-OAEP-256""#, r#""enc" : "A256GCM""#, r#""cty":  "JWT""#];
    let key: serde_json::Value = serde_json::to_value(PEOPLE[0].sig.public()).unwrap();
    let parts = ["e", "kty", "n"].map(|name| format!("\"{name}\": {}", key[name]));
    for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let jwk = format!("{{ {}, {} ,{} }}", parts[a], parts[b], parts[c]);
        let (alg, jwk) = (r#""alg" : "PS256""#.to_owned(), format!("\"jwk\" :{jwk}"));
        for [first, second] in [[&alg, &jwk], [&jwk, &alg]] {
            let inner = jws(&format!("{{ {first},\n\t{second} }}"), &PEOPLE[0].sig, &RSA_PSS_SHA256);
            let outer = format!("{{{} ,\r\n {},{}}}", members[a], members[b], members[c]);
            assert_eq!(open(&jwe(&outer, &inner, &[5; 32])).unwrap(), PAYLOAD, "{outer} {first}");
        }
    }
}

/// Row 30: what JOSE allows and we refuse. Each token differs from a good one in the named thing only.
#[test]
fn row_30_jose_games_are_refused() {
    let form =
        |header: &str| assert_eq!(open(&jwe(header, &good_jws(), &[5; 32])), Err(EnvelopeError::Form), "{header}");
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","zip":"DEF"}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","crit":["exp"]}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","kid":"1"}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","jku":"http://x"}"#);
    form(r#"{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#);
    form(r#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
    form(r#"{"alg":"RSA1_5","enc":"A256GCM","cty":"JWT"}"#);
    form(r#"{"alg":"dir","enc":"A256GCM","cty":"JWT"}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A128GCM","cty":"JWT"}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256CBC-HS512","cty":"JWT"}"#);
    form(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
    form(&JWE_HEADER.replace("JWT", &"J".repeat(2_000)));
    form(r#"["RSA-OAEP-256","A256GCM","JWT"]"#);
    form(r#"{"\u0061lg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#);
    form(r#" {"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#);

    let inner = |header: &str| open(&jwe(JWE_HEADER, &jws(header, &PEOPLE[0].sig, &RSA_PSS_SHA256), &[5; 32]));
    let jwk = canonical::write_text(PEOPLE[0].sig.public());
    let signed = |alg: &str, more: &str| inner(&format!(r#"{{"alg":"{alg}","jwk":{jwk}{more}}}"#));
    assert!(signed("PS256", "").is_ok());
    for alg in ["none", "None", "RS256", "HS256", "PS384", "PS512", "ES256", "ps256", ""] {
        assert_eq!(signed(alg, ""), Err(EnvelopeError::Form), "{alg}");
    }
    for more in [
        r#","kid":"1""#,
        r#","crit":[]"#,
        r#","b64":false"#,
        r#","jku":"http://x""#,
        r#","x5c":[]"#,
        r#","alg":"PS256""#,
    ] {
        assert_eq!(signed("PS256", more), Err(EnvelopeError::Form), "{more}");
    }
    assert_eq!(inner(r#"{"alg":"PS256"}"#), Err(EnvelopeError::Form), "no key to check with");
    assert_eq!(inner(&format!(r#"{{"alg":"PS256","jwk":{}}}"#, jwk.replace("RSA", "oct"))), Err(EnvelopeError::Key));
    assert_eq!(
        inner(&format!(r#"{{"alg":"PS256","jwk":{}}}"#, jwk.replace("AQAB", "AQ"))),
        Err(EnvelopeError::Key),
        "e = 1"
    );
    assert_eq!(
        inner(&format!(r#"{{"alg":"PS256","jwk":{}}}"#, jwk.replace("AQAB", "Aw"))),
        Err(EnvelopeError::Key),
        "e = 3"
    );
    let with_d = jwk.replace(r#""kty""#, r#""d":"AQ","kty""#);
    assert_eq!(inner(&format!(r#"{{"alg":"PS256","jwk":{with_d}}}"#)), Err(EnvelopeError::Form), "a private member");
}

#[test]
fn row_30_keys_of_other_sizes_and_shapes_are_refused() {
    for bytes in [64, 128, 255, 257, 320, 1_024] {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = 0x80;
        assert!(Jwk::from_modulus(&modulus).is_err(), "{bytes} bytes");
    }
    let modulus = |first: u8, last: u8| {
        let mut modulus = vec![0xaa; 256];
        (modulus[0], modulus[255]) = (first, last);
        Jwk::from_modulus(&modulus)
    };
    assert!(modulus(0x80, 1).is_ok());
    assert!(modulus(0x7f, 1).is_err(), "2047 bits");
    assert!(modulus(0x80, 2).is_err(), "even");
    let small = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> = small.as_der().unwrap();
    assert!(SealingSignature::from_pkcs8(der.as_ref()).is_ok());
    assert!(OpeningKey::from_pkcs8(&der.as_ref()[1..]).is_err());
    assert_eq!(small.public_key().modulus_len(), 256);
}

#[test]
fn row_30_wrong_padding_salt_and_signer_are_refused() {
    let header = jws_header(PEOPLE[0].sig.public());
    let sealed = |jws: String| open(&jwe(JWE_HEADER, &jws, &[5; 32]));
    assert_eq!(sealed(jws(&header, &PEOPLE[0].sig, &RSA_PKCS1_SHA256)), Err(EnvelopeError::Signature), "PKCS#1 v1.5");
    assert_eq!(sealed(jws(&header, &PEOPLE[0].sig, &RSA_PSS_SHA512)), Err(EnvelopeError::Signature), "other hash");
    assert_eq!(sealed(jws(&header, &PEOPLE[1].sig, &RSA_PSS_SHA256)), Err(EnvelopeError::Signature), "other signer");
}

#[test]
fn row_30_truncated_extended_and_non_canonical_tokens_are_refused() {
    let token = jwe(JWE_HEADER, &good_jws(), &[5; 32]);
    let parts: Vec<&str> = token.split('.').collect();
    let with = |i: usize, part: String| {
        let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        parts[i] = part;
        open(&parts.join("."))
    };
    for length in [0, 1, 4, 8, 12, 15] {
        let tag = BASE64URL_NOPAD.decode(parts[4].as_bytes()).unwrap();
        assert!(with(4, b64(&tag[..length])).is_err(), "a tag of {length} bytes");
    }
    // Text and tag are one to the cipher: only their lengths tell where the one ends.
    let [text, tag] = [parts[3], parts[4]].map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    let sealed = [text, tag].concat();
    let split = |tag_bytes: usize| {
        let (text, tag) = sealed.split_at(sealed.len() - tag_bytes);
        open(&[parts[0], parts[1], parts[2], &b64(text), &b64(tag)].join("."))
    };
    assert!(split(16).is_ok());
    for tag_bytes in [0, 1, 12, 15, 17, 32, sealed.len()] {
        assert_eq!(split(tag_bytes), Err(EnvelopeError::Form), "a tag of {tag_bytes} bytes");
    }
    // Seen without a key, and so told before the private operation: here the wrapped key would not open either.
    let no_key = b64(vec![1; BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap().len()]);
    let unwrapped = |iv: &str, tag: &str| open(&[parts[0], &no_key, iv, parts[3], tag].join("."));
    assert_eq!(unwrapped(parts[2], parts[4]), Err(EnvelopeError::Sealed));
    assert_eq!(unwrapped(parts[2], &b64([0; 15])), Err(EnvelopeError::Form), "a short tag");
    assert_eq!(unwrapped(&b64([0; 11]), parts[4]), Err(EnvelopeError::Form), "a short vector");
    for (i, part) in parts.iter().enumerate() {
        assert!(with(i, format!("{part}=")).is_err(), "padding in part {i}");
        assert!(with(i, format!("{part} ")).is_err(), "white space in part {i}");
        assert!(with(i, format!("{part}A")).is_err(), "one more symbol in part {i}");
        assert!(with(i, String::new()).is_err(), "part {i} empty");
        assert!(with(i, part.replacen(['-', '_'], "+", 1)).is_err() || !part.contains(['-', '_']), "part {i}");
    }
    assert!(open(&format!("{token}.")).is_err());
    assert!(open(parts[..4].join(".").as_str()).is_err());
    assert!(open(&good_jws()).is_err(), "not encrypted");
    assert!(open(&jwe(JWE_HEADER, &token, &[5; 32])).is_err(), "encrypted twice, not signed");
    assert_eq!(open(&"A".repeat(token_max_bytes(SIZE) + 1)), Err(EnvelopeError::Form), "too long to be read");
    let stray_bits = parts[4].trim_end_matches(|_| false).to_owned();
    let last = stray_bits.chars().last().unwrap();
    let next = char::from_u32(last as u32 + 1).unwrap();
    assert!(with(4, format!("{}{next}", &stray_bits[..stray_bits.len() - 1])).is_err(), "stray bits at the end");
}

#[test]
fn every_flipped_bit_of_a_token_is_refused() {
    let token = envelope::seal(PAYLOAD, &PEOPLE[0].sig, true, SERVER.enc.public()).unwrap();
    for i in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
        assert!(open(std::str::from_utf8(&bytes).unwrap()).is_err(), "byte {i}");
    }
}

/// Row 31: a key that does not unwrap and a tag that does not fit are one error, and take the same time.
#[test]
fn row_31_key_error_and_tag_error_look_and_time_alike() {
    let token = jwe(JWE_HEADER, &good_jws(), &[5; 32]);
    let parts: Vec<&str> = token.split('.').collect();
    let modulus_bytes = BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap().len();
    let bad_wrap = [parts[0], &b64(vec![1; modulus_bytes]), parts[2], parts[3], parts[4]].join(".");
    let bad_tag = [parts[0], parts[1], parts[2], parts[3], &b64([9; 16])].join(".");
    let short_key = jwe(JWE_HEADER, &good_jws(), &[5; 16]);
    let all = [&bad_wrap, &bad_tag, &short_key];
    for token in all {
        assert_eq!(open(token), Err(EnvelopeError::Sealed));
    }
    let mut medians = all.map(|_| Vec::new());
    for _ in 0..60 {
        for (token, times) in all.iter().zip(&mut medians) {
            // The processor's time of this thread: what others do on the machine is not in it.
            let started = clock_gettime(ClockId::ThreadCPUTime);
            let _ = open(token);
            let ended = clock_gettime(ClockId::ThreadCPUTime);
            times.push((ended.tv_sec - started.tv_sec) as f64 + (ended.tv_nsec - started.tv_nsec) as f64 * 1e-9);
        }
    }
    let medians = medians.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("row 31: median seconds of bad wrapping, bad tag, short key: {medians:?}");
    let (low, high) = (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(0.0, f64::max));
    assert!(high / low < 1.5, "the kinds of error differ in time: {medians:?}");
}
