use sha2::{Digest, Sha512};
use veche_crypto::{
    EncryptionKey, Point, PublicKey, Scalar,
    onehot::{Context, Proven, Shape, encrypt, verify, verify_batch},
};

pub const SEED: [u8; 32] = [7; 32];

/// Of all ballots of the test below, ciphertexts and proof of each.
const BYTES_SHA512: &str = "340bd3fd276e935b78fe8d99fbf6e36ddfaf34dcc60d5f786c5672c5480ac591\
    597ce26853288e2766a52fae64816ead262bc24841e729a2fa3cf32ce099ecd5";

pub fn key() -> PublicKey {
    PublicKey::from_point(Point::mul_base(&Scalar::from(12345_u64))).unwrap()
}

pub fn context() -> Context<'static> {
    Context { election: &[1; 32], credential: &[2; 32], seq: 1, prev: &[0; 32] }
}

#[test]
fn an_honest_ballot_of_mixed_rows_is_accepted() {
    let key = EncryptionKey::new(key());
    let shape = Shape::new(vec![6, 6, 2, 11, 3]).unwrap();
    for choices in [[0, 5, 1, 10, 2], [5, 0, 0, 0, 0], [3, 3, 1, 4, 1]] {
        let made = encrypt(&key, &shape, &context(), &choices, &SEED).unwrap();
        let read = Proven::read(key.public(), &shape, &context(), &made.cells, &made.proof).unwrap();
        verify(key.public(), &read, &SEED).unwrap();
        verify_batch(key.public(), &[&read, &read, &read], &SEED).unwrap();
    }
}

/// What many seeds make of many shapes, hashed: the same on every machine and with every instruction set. Verified, too.
#[test]
fn the_bytes_do_not_depend_on_the_machine() {
    let key = EncryptionKey::new(key());
    let mut all = Sha512::new();
    for (i, rows) in [vec![2], vec![2, 2, 2], vec![6; 7], vec![11, 2, 3], vec![101], vec![2; 40]].iter().enumerate() {
        let shape = Shape::new(rows.clone()).unwrap();
        for round in 0..4_usize {
            let choices: Vec<usize> = rows.iter().enumerate().map(|(row, n)| (row * 7 + round * 5 + i) % n).collect();
            let made = encrypt(&key, &shape, &context(), &choices, &[round as u8; 32]).unwrap();
            let read = Proven::read(key.public(), &shape, &context(), &made.cells, &made.proof).unwrap();
            verify(key.public(), &read, &SEED).unwrap();
            all.update(&made.cells);
            all.update(&made.proof);
        }
    }
    let hex: String = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, BYTES_SHA512);
}
