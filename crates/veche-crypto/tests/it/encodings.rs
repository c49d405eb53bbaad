//! Bytes that are no encoding of a group element or of a scalar, and the decoders that must say so.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::group::{DecodeError, encode_points, point, point_not_identity, points, scalar, scalars};

use crate::bad_points::BAD_POINTS;

/// The group's order, little-endian.
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn hex(text: &str) -> [u8; 32] {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

pub fn bad_points() -> Vec<[u8; 32]> {
    BAD_POINTS.iter().flat_map(|(_, all)| *all).map(|text| hex(text)).collect()
}

/// The order, numbers around the top, and the other encodings of `this`.
pub fn bad_scalars(this: &[u8; 32]) -> Vec<[u8; 32]> {
    let mut bad = vec![hex(ORDER), [0xff; 32]];
    for bit in [5, 6, 7] {
        let mut high = *this;
        high[31] |= 1 << bit;
        bad.extend((high != *this).then_some(high));
    }
    let mut plus = *this;
    let mut carry = 0;
    for (byte, order) in plus.iter_mut().zip(hex(ORDER)) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    bad.push(plus);
    bad
}

#[test]
fn row_4_one_encoding_for_each_point_and_scalar() {
    for bytes in bad_points() {
        assert_eq!(point(&bytes), Err(DecodeError::Point));
        assert_eq!(point_not_identity(&bytes), Err(DecodeError::Point));
    }
    assert_eq!(point(&[0; 32]), Ok(RistrettoPoint::mul_base(&Scalar::ZERO)));
    assert_eq!(point_not_identity(&[0; 32]), Err(DecodeError::Identity));
    for good in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(u64::MAX)] {
        assert_eq!(scalar(good.as_bytes()), Ok(good));
        for bad in bad_scalars(good.as_bytes()) {
            assert_eq!(scalar(&bad), Err(DecodeError::Scalar), "{bad:02x?}");
        }
    }
}

#[test]
fn row_2_lists_have_nothing_between_or_behind_them() {
    let one = RistrettoPoint::mul_base(&Scalar::ONE);
    let two = one + one;
    let bytes = encode_points(&[one, two]);
    assert_eq!(points(&bytes), Ok(vec![one, two]));
    assert_eq!(points(&[]), Ok(vec![]));
    for length in (1..64).filter(|length| length % 32 != 0) {
        assert_eq!(points(&bytes[..length]), Err(DecodeError::Length));
        assert_eq!(scalars(&bytes[..length]), Err(DecodeError::Length));
    }
    let identity = [bytes.as_slice(), &[0; 32]].concat();
    assert_eq!(points(&identity).unwrap().len(), 3);
}
