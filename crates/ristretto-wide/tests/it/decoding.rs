use curve25519_dalek::ristretto::CompressedRistretto;
use ristretto_wide::{Backend, Points, Refused};

use crate::{
    bad_points::BAD_POINTS,
    fixture::{encodings, hash},
};

/// Decodes and encodes alone and among others, at every place of the lanes: accepted iff the library accepts it.
fn check(backend: Backend, bytes: [u8; 32], among: &[[u8; 32]]) -> bool {
    let wanted = CompressedRistretto(bytes).decompress();
    let place = usize::from(bytes[3]) % among.len();
    let mut all = among.to_vec();
    all[place] = bytes;
    match (Points::decode(backend, &all), wanted) {
        (Ok(points), Some(wanted)) => {
            assert_eq!(points.encode(), all, "{}: {bytes:02x?}", backend.name());
            // The coordinates are right in all parts: sums use every one of them.
            let mut twice = points.range(place..place + 1);
            twice.add(&points.range(place..place + 1));
            assert_eq!(twice.encode(), [(wanted + wanted).compress().to_bytes()], "{}: {bytes:02x?}", backend.name());
            true
        }
        (Err(refused), None) => {
            assert_eq!(refused, Refused { place }, "{}: {bytes:02x?}", backend.name());
            false
        }
        (got, wanted) => panic!("{}: {bytes:02x?}: {got:?} beside {wanted:?}", backend.name()),
    }
}

fn check_all(candidates: &[[u8; 32]]) -> (usize, usize) {
    let among = encodings(23);
    let mut counts = (0, 0);
    for backend in Backend::all() {
        for (n, bytes) in candidates.iter().enumerate() {
            if check(backend, *bytes, &among[..1 + n % 23]) {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
    }
    counts
}

/// `bytes` plus a small number, as a number of 256 bits.
fn plus(mut bytes: [u8; 32], mut add: u32) -> [u8; 32] {
    for byte in &mut bytes {
        let sum = u32::from(*byte) + (add & 0xff);
        *byte = sum as u8;
        add = (add >> 8) + (sum >> 8);
    }
    bytes
}

#[test]
fn every_length_of_a_list_of_points_is_read_and_written() {
    let all = encodings(50);
    for backend in Backend::all() {
        for count in 0..all.len() {
            assert_eq!(Points::decode(backend, &all[..count]).unwrap().encode(), all[..count], "{}", backend.name());
        }
    }
}

#[test]
fn random_bytes_and_flipped_bits_are_accepted_exactly_where_the_library_accepts_them() {
    let good = encodings(64);
    let candidates: Vec<[u8; 32]> = (0..6_000u64)
        .map(|n| {
            let mut bytes: [u8; 32] = hash("candidate", n)[..32].try_into().unwrap();
            if n % 3 == 0 {
                bytes[31] &= 0x7f;
                bytes[0] &= 0xfe;
            } else if n % 3 == 1 {
                bytes = good[n as usize % 64];
                bytes[n as usize / 3 % 32] ^= 1 << (n / 96 % 8);
            }
            bytes
        })
        .collect();
    let (accepted, refused) = check_all(&candidates);
    assert!(accepted > 500 && refused > 5_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn numbers_around_zero_p_and_the_top_bit_are_accepted_exactly_where_the_library_accepts_them() {
    let zero = [0; 32];
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let mut p_minus = p;
    p_minus[0] = 0x80;
    let top = {
        let mut top = zero;
        top[31] = 0x80;
        top
    };
    let candidates: Vec<[u8; 32]> =
        [zero, p_minus, p, top].iter().flat_map(|start| (0..160).map(|add| plus(*start, add))).collect();
    let (accepted, refused) = check_all(&candidates);
    assert!(accepted > 20 && refused > 400, "{accepted} accepted, {refused} refused");
}

/// RFC 9496 appendix A.2: all 29 encodings to refuse, by their defects.
#[test]
fn the_bad_encodings_of_rfc_9496_are_refused() {
    for backend in Backend::all() {
        for text in BAD_POINTS.iter().flat_map(|(_, texts)| *texts) {
            let bytes: [u8; 32] = core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap());
            assert!(Points::decode(backend, &[bytes]).is_err(), "{}: {text}", backend.name());
        }
    }
}

/// RFC 9496 appendix A.1: the encodings of 0·B to 15·B, by adding B.
#[test]
fn multiples_of_the_generator_are_those_of_rfc_9496() {
    let multiples = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
        "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
        "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
        "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
        "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
        "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
        "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
        "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
        "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
        "20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
        "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
        "e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
        "aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
        "46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
        "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
    ];
    let base = curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED.to_bytes();
    for backend in Backend::all() {
        let one = Points::decode(backend, &[base]).unwrap();
        let mut sum = Points::identity(backend, 1);
        for (n, wanted) in multiples.iter().enumerate() {
            let text: String = sum.encode()[0].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(text, *wanted, "{n} times B by {}", backend.name());
            let bytes = sum.encode();
            assert_eq!(Points::decode(backend, &bytes).unwrap().encode(), bytes, "{n} times B by {}", backend.name());
            sum.add(&one);
        }
    }
}

/// What is refused by its form (not canonical) and what only by its square root must not overtake each other: whoever
/// reports a culprit reports the first.
#[test]
fn of_two_bad_encodings_the_first_is_named_whatever_is_wrong_with_each() {
    let small = |low: u8| core::array::from_fn::<u8, 32, _>(|at| if at == 0 { low } else { 0 });
    let no_square = (2..100)
        .step_by(2)
        .map(small)
        .find(|bytes| CompressedRistretto(*bytes).decompress().is_none())
        .expect("half of all small even numbers are no encodings");
    let kinds = [[0xff; 32], no_square];
    let good = encodings(40);
    for backend in Backend::all() {
        for first in 0..good.len() {
            for second in first + 1..good.len() {
                for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let mut all = good.clone();
                    (all[first], all[second]) = (kinds[a], kinds[b]);
                    let refused = Points::decode(backend, &all).expect_err("two are bad");
                    assert_eq!(refused, Refused { place: first }, "{}: {first}, {second}", backend.name());
                }
            }
        }
    }
}
