//! Random encodings by every backend beside curve25519-dalek, until so many have been tried (10,000,000 unless told):
//! `cargo run --release -p ristretto-wide --example compare`. One in four of them is a point.
#![allow(clippy::unwrap_used, reason = "a check")]

use curve25519_dalek::ristretto::CompressedRistretto;
use ristretto_wide::{Backend, Points};
use sha2::{Digest, Sha512};

const ROW: u64 = 1 << 16;

fn encoding(n: u64) -> [u8; 32] {
    let mut bytes: [u8; 32] = Sha512::digest(n.to_le_bytes())[..32].try_into().unwrap();
    // Even and below 2^255, or hardly any would get as far as the arithmetic.
    bytes[0] &= 0xfe;
    bytes[31] &= 0x7f;
    bytes
}

fn main() {
    let count: u64 = std::env::args().nth(1).map_or(10_000_000, |text| text.parse().unwrap());
    let mut accepted = 0u64;
    for row in 0..count.div_ceil(ROW) {
        let encodings: Vec<[u8; 32]> = (row * ROW..count.min((row + 1) * ROW)).map(encoding).collect();
        let wanted: Vec<_> = encodings.iter().map(|bytes| CompressedRistretto(*bytes).decompress()).collect();
        for backend in Backend::all().filter(|backend| *backend != Backend::library()) {
            // A refusal ends a call, so what is good is read together, and each refusal is awaited where it must come.
            let mut rest = 0;
            while rest < encodings.len() {
                let next_bad = wanted[rest..].iter().position(Option::is_none).map_or(encodings.len(), |at| rest + at);
                let good = Points::decode(backend, &encodings[rest..next_bad]).expect("the library reads all of these");
                assert_eq!(good.encode(), encodings[rest..next_bad]);
                assert_eq!(good.to_library(), wanted[rest..next_bad].iter().flatten().copied().collect::<Vec<_>>());
                if let Some(bad) = encodings.get(next_bad) {
                    assert!(Points::decode(backend, &[*bad]).is_err(), "{bad:02x?} by {}", backend.name());
                }
                rest = next_bad + 1;
            }
        }
        accepted += wanted.iter().flatten().count() as u64;
    }
    println!("{count} encodings, {accepted} of them points: every backend agrees with the library");
}
