//! Any bytes as a trustee's share of a sum, and as a rehearsal: refused without a panic, or the honest ones.
//! Input: a byte of mode, the proof, values; in place of the honest ones, or laid over them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    Cells, Layout, Point, Scalar,
    opening::{Opening, Share, Sum},
    rehearsal,
};

const ELECTION: [u8; 32] = [1; 32];

fn over(honest: &[u8], by: &[u8]) -> Vec<u8> {
    honest.iter().enumerate().map(|(i, byte)| byte ^ by.get(i).copied().unwrap_or(0)).collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    // The last key is that of a lot.
    let secrets = [12_345_u64, 678, 91].map(Scalar::from);
    let keys = secrets.map(|secret| Point::mul_base(&secret));
    let layout = Layout::new(vec![3, 2], Vec::new()).expect("rows of two options or more");
    let sum = Sum::new(&layout, &Cells::zero(&layout)).with_lot(&ELECTION, 2);
    let opening = Opening { election: &ELECTION, entry: &[2; 32], sum: &sum };
    let (rehearses, seed) = (mode & 2 == 2, [3; 32]);
    let honest = if rehearses {
        Share { values: Vec::new(), proof: rehearsal::rehearse(&ELECTION, 1, &secrets, &seed) }
    } else {
        opening.share(1, &secrets, &seed)
    };
    let all = [honest.proof.as_slice(), &honest.values].concat();
    let bytes = if mode & 1 == 0 { rest.to_vec() } else { over(&all, rest) };
    let Some((proof, values)) = bytes.split_at_checked(honest.proof.len()) else { return };
    let share = Share { values: values.to_vec(), proof: proof.to_vec() };
    if rehearses {
        // A proof of its own, made with the secrets, would hold as well; nobody finds it by flipping bits.
        assert_eq!(rehearsal::check(&ELECTION, 1, &keys, proof).is_ok(), proof == honest.proof);
    } else {
        assert_eq!(opening.check(1, &keys, &share).is_ok(), share == honest);
    }
});
