//! The 32 bytes of an encoding as numbers.

use alloc::vec::Vec;

use crate::constants::LIMB_MASK;

/// p, as four words of 64 bits, lowest first.
const P: [u64; 4] = [u64::MAX - 18, u64::MAX, u64::MAX, u64::MAX >> 1];

pub(crate) fn of(bytes: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// Whether the number is below p and even: nothing else is an encoding (RFC 9496 section 4.3.1, steps 1 and 2).
pub(crate) fn is_canonical(words: &[u64; 4]) -> bool {
    words[0] & 1 == 0 && words.iter().rev().lt(P.iter().rev())
}

pub(crate) fn limbs(words: &[u64; 4]) -> [u64; 5] {
    let [a, b, c, d] = *words;
    [a, a >> 51 | b << 13, b >> 38 | c << 26, c >> 25 | d << 39, d >> 12].map(|limb| limb & LIMB_MASK)
}

/// Of a canonical element.
pub(crate) fn bytes(limbs: &[u64; 5]) -> [u8; 32] {
    let [a, b, c, d, e] = *limbs;
    let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

/// The places of numbers, the longest number first.
pub(crate) fn longest_first(numbers: &[[u8; 32]]) -> Vec<usize> {
    let zeros = |number: &[u8; 32]| number.iter().rev().take_while(|byte| **byte == 0).count();
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by_key(|n| numbers.get(*n).map(zeros));
    order
}
