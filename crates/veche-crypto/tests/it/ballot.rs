use veche_crypto::{
    EncryptionKey, Point, PublicKey, Scalar,
    onehot::{Context, Proven, Shape, encrypt, verify, verify_batch},
};

pub const SEED: [u8; 32] = [7; 32];

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

#[test]
#[ignore = "a look at the speed; run it with --release -- --ignored --nocapture"]
fn speed() {
    let key = EncryptionKey::new(key());
    let shape = Shape::new(vec![6; 7]).unwrap();
    println!("{} bytes", shape.cells_bytes() + shape.proof_bytes());
    let mut made = Vec::new();
    let at = std::time::Instant::now();
    for i in 0..256_u32 {
        let mut seed = SEED;
        seed[0] = i as u8;
        seed[1] = 9;
        made.push(encrypt(&key, &shape, &context(), &[5, 4, 3, 2, 1, 0, 5], &seed).unwrap());
    }
    println!("create {:?}", at.elapsed() / 256);
    let at = std::time::Instant::now();
    for one in &made {
        let read = Proven::read(key.public(), &shape, &context(), &one.cells, &one.proof).unwrap();
        verify(key.public(), &read, &SEED).unwrap();
    }
    println!("verify alone {:?}", at.elapsed() / 256);
    for batch in [16, 64, 128] {
        let at = std::time::Instant::now();
        for part in made.chunks(batch) {
            let read: Vec<_> = part
                .iter()
                .map(|one| Proven::read(key.public(), &shape, &context(), &one.cells, &one.proof).unwrap())
                .collect();
            verify_batch(key.public(), &read.iter().collect::<Vec<_>>(), &SEED).unwrap();
        }
        println!("verify in batches of {batch} {:?}", at.elapsed() / 256);
    }
}
