//! Ed25519, read strictly. Where a laxer reader would accept, the test says so with dalek's own.

use ed25519_dalek::{Verifier as _, VerifyingKey};
use sha2::{Digest, Sha512};
use veche_election::{PublicKey, Signature, SigningKey, hash::frame};

/// L, the order of the base point, little-endian (RFC 8032 section 5.1).
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
/// y of the points of order 8, little-endian.
const ORDER_8: [&str; 2] = [
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
];

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn hex(text: &str) -> [u8; 32] {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

/// The 32 bytes of a small number, little-endian.
fn small(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes
}

/// p + `k` as 32 bytes: another encoding of y = k.
fn above_p(k: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    (bytes[0], bytes[31]) = (0xed + k, 0x7f);
    bytes
}

/// a + b, little-endian, without overflow.
fn add(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut carry = 0;
    core::array::from_fn(|i| {
        let sum = u16::from(a[i]) + u16::from(b[i]) + carry;
        carry = sum >> 8;
        sum as u8
    })
}

/// a modulo L, for a below 2L.
fn reduced(a: [u8; 32]) -> [u8; 32] {
    if a.iter().rev().lt(L.iter().rev()) {
        return a;
    }
    let mut borrow = 0;
    core::array::from_fn(|i| {
        let difference = i16::from(a[i]) - i16::from(L[i]) - borrow;
        borrow = i16::from(difference < 0);
        difference as u8
    })
}

/// a * b modulo L, by doubling and adding; any length, little-endian.
fn times(a: &[u8], b: [u8; 32]) -> [u8; 32] {
    let mut product = [0; 32];
    for byte in a.iter().rev() {
        for bit in (0..8).rev() {
            product = reduced(add(product, product));
            if byte >> bit & 1 == 1 {
                product = reduced(add(product, b));
            }
        }
    }
    product
}

#[test]
fn signatures_are_bound_to_key_label_and_parts() {
    let (key, other) = (key(), SigningKey::from_seed(&[4; 32]));
    let signature = key.sign("label", &[b"one", b"two"]);
    let verify = |key: &SigningKey, label, parts: &[&[u8]]| key.public().verify(label, parts, &signature).is_ok();
    assert!(verify(&key, "label", &[b"one", b"two"]));
    assert!(!verify(&other, "label", &[b"one", b"two"]));
    assert!(!verify(&key, "labelo", &[b"ne", b"two"]));
    assert!(!verify(&key, "label", &[b"onetwo"]));
    assert!(!verify(&key, "label", &[b"one", b"two", b""]));
    assert!(!verify(&key, "label", &[b"two", b"one"]));
    assert!(key.public().verify_raw(&frame("label", &[b"one", b"two"]), &signature).is_ok());
    for i in 0..512 {
        let mut flipped = signature;
        flipped.0[i / 8] ^= 1 << (i % 8);
        assert!(key.public().verify("label", &[b"one", b"two"], &flipped).is_err(), "bit {i}");
    }
}

#[test]
fn s_plus_l_is_refused() {
    let signature = key().sign_raw(b"message");
    key().public().verify_raw(b"message", &signature).unwrap();
    let (r, s): ([u8; 32], [u8; 32]) = (signature.0[..32].try_into().unwrap(), signature.0[32..].try_into().unwrap());
    let malleable = Signature([r, add(s, L)].concat().try_into().unwrap());
    assert!(key().public().verify_raw(b"message", &malleable).is_err());
}

#[test]
fn keys_of_small_order_are_refused_in_every_encoding() {
    let mut minus_one = above_p(0);
    minus_one[0] -= 1;
    let mut encodings = vec![small(1), minus_one, small(0), hex(ORDER_8[0]), hex(ORDER_8[1]), above_p(0), above_p(1)];
    for mut with_sign in encodings.clone() {
        with_sign[31] |= 0x80;
        encodings.push(with_sign);
    }
    let decoded = encodings.iter().filter(|bytes| VerifyingKey::from_bytes(bytes).is_ok_and(|key| key.is_weak()));
    assert!(decoded.count() >= 8, "these are points of small order to dalek");
    for bytes in encodings {
        assert!(PublicKey::from_bytes(bytes).is_err(), "{bytes:02x?}");
    }
    assert!(PublicKey::from_bytes(*key().public().as_bytes()).is_ok());
}

#[test]
fn keys_that_are_not_canonical_are_refused() {
    let mut lax = 0;
    for k in 0..19 {
        for sign in [0, 0x80] {
            let mut bytes = above_p(k);
            bytes[31] |= sign;
            lax += usize::from(VerifyingKey::from_bytes(&bytes).is_ok_and(|key| !key.is_weak()));
            assert!(PublicKey::from_bytes(bytes).is_err(), "p + {k}");
            // The same y in its canonical encoding is judged as dalek judges it.
            let mut canonical = small(k);
            canonical[31] |= sign;
            let good = VerifyingKey::from_bytes(&canonical).is_ok_and(|key| !key.is_weak());
            assert_eq!(PublicKey::from_bytes(canonical).is_ok(), good, "{k}");
        }
    }
    assert!(lax > 0, "dalek alone would accept some of these");
    let off_curve = (2..).map(small).find(|bytes| VerifyingKey::from_bytes(bytes).is_err()).unwrap();
    assert!(PublicKey::from_bytes(off_curve).is_err());
}

/// With R the identity and S = k * a the equation holds; only a reader who looks at R refuses.
#[test]
fn r_of_small_order_is_refused() {
    let public = key().public();
    let mut a: [u8; 32] = Sha512::digest(*key().seed())[..32].try_into().unwrap();
    a[0] &= 0xf8;
    a[31] = a[31] & 0x7f | 0x40;
    let a = times(&a, small(1));
    let forge = |r: [u8; 32]| {
        let k = Sha512::new().chain_update(r).chain_update(public.as_bytes()).chain_update(b"message").finalize();
        Signature([r, times(&k, a)].concat().try_into().unwrap())
    };
    let forged = forge(small(1));
    let lax = VerifyingKey::from_bytes(public.as_bytes()).unwrap();
    lax.verify(b"message", &ed25519_dalek::Signature::from_bytes(&forged.0)).expect("a lax reader accepts");
    assert!(public.verify_raw(b"message", &forged).is_err());
    assert!(public.verify_raw(b"message", &forge(above_p(1))).is_err(), "the identity, not canonical");
}

#[test]
fn keys_and_signatures_have_one_text() {
    let public = key().public();
    let text = public.to_string();
    assert_eq!(PublicKey::parse(&text), Some(public));
    // The last of 43 symbols carries four bits; the other two must be zero.
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = SYMBOLS.find(&text[42..]).unwrap();
    let idle = format!("{}{}", &text[..42], &SYMBOLS[last + 1..last + 2]);
    for bad in [format!("{text}="), text[..42].into(), format!("{text}A"), format!(" {text}"), idle] {
        assert_eq!(PublicKey::parse(&bad), None, "{bad}");
    }
    let signature = serde_json::to_string(&key().sign_raw(b"")).unwrap();
    assert!(serde_json::from_str::<Signature>(&signature).is_ok());
    assert!(serde_json::from_str::<Signature>(&signature.replacen('"', "\"A", 1)).is_err());
    assert!(serde_json::from_str::<PublicKey>(&format!("\"{}\"", "A".repeat(43))).is_err());
    assert_eq!(format!("{:?}", key()), format!("SigningKey(secret; public {public})"));
}
