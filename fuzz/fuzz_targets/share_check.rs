//! Any bytes as a trustee's share of a sum, and as a rehearsal: refused without a panic, or the honest ones.
//! Input: a byte of mode, 64 bytes of proof, values; in place of the honest ones, or laid over them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    Ciphertext, Point, Scalar,
    opening::{Opening, Share, check_rehearsal, rehearse},
};

const ELECTION: [u8; 32] = [1; 32];

fn over(honest: &[u8], by: &[u8]) -> Vec<u8> {
    honest.iter().enumerate().map(|(i, byte)| byte ^ by.get(i).copied().unwrap_or(0)).collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let y = Scalar::from(12345_u64);
    let key = Point::mul_base(&y);
    let base = |m: u64| Point::mul_base(&Scalar::from(m));
    let cells = [Ciphertext { a: base(3), b: base(4) }, Ciphertext::zero(), Ciphertext { a: base(5), b: base(6) }];
    let opening = Opening { election: &ELECTION, sum: &[2; 32], cells: &cells };
    let rehearsal = mode & 2 == 2;
    let honest = if rehearsal { rehearse(&ELECTION, 1, &y, &[3; 32]) } else { opening.share(1, &y, &[3; 32]) };
    let all = [honest.proof.as_slice(), &honest.values].concat();
    let bytes = if mode & 1 == 0 { rest.to_vec() } else { over(&all, rest) };
    let Some((proof, values)) = bytes.split_first_chunk() else { return };
    let share = Share { values: values.to_vec(), proof: *proof };
    let accepted = if rehearsal {
        check_rehearsal(&ELECTION, 1, &key, &share).is_ok()
    } else {
        opening.check(1, &key, &share).is_ok()
    };
    // A proof of its own, made with the secret, would hold as well; nobody finds it by flipping bits.
    assert_eq!(accepted, share == honest);
});
