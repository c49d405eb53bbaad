//! Any bytes as a ballot: they are refused without a panic, or they are the honest ballot.
//! Input: a byte of shape, a byte of mode, then what replaces the ballot's bytes, or is laid over them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    EncryptionKey, Point, PublicKey, Scalar,
    onehot::{Context, Encrypted, Proven, Shape, encrypt, read_cells, verify, verify_batch},
};

const CONTEXT: Context<'static> = Context { election: &[1; 32], credential: &[2; 32], seq: 1, prev: &[0; 32] };

struct Honest {
    shape: Shape,
    ballot: Encrypted,
}

static KEY: LazyLock<EncryptionKey> = LazyLock::new(|| {
    let point = Point::mul_base(&Scalar::from(12345_u64));
    EncryptionKey::new(PublicKey::from_point(point).expect("not the identity"))
});

static HONEST: LazyLock<Vec<Honest>> = LazyLock::new(|| {
    let shapes = [vec![2], vec![2, 3], vec![3, 2, 4]];
    let made = shapes.into_iter().map(|rows| {
        let choices = vec![1; rows.len()];
        let shape = Shape::new(rows).expect("two options at least");
        let ballot = encrypt(&KEY, &shape, &CONTEXT, &choices, &[7; 32]).expect("choices within the rows");
        Honest { shape, ballot }
    });
    made.collect()
});

fuzz_target!(|data: &[u8]| {
    let [which, mode, rest @ ..] = data else { return };
    let Honest { shape, ballot } = &HONEST[*which as usize % HONEST.len()];
    let honest = [ballot.cells.as_slice(), &ballot.proof].concat();
    let bytes = if mode & 1 == 0 {
        rest.to_vec()
    } else {
        honest.iter().enumerate().map(|(i, byte)| byte ^ rest.get(i).copied().unwrap_or(0)).collect()
    };
    let (cells, proof) = bytes.split_at(ballot.cells.len().min(bytes.len()));
    let cells_read = read_cells(shape, cells);
    if let Ok(read) = Proven::read(KEY.public(), shape, &CONTEXT, cells, proof) {
        assert!(cells_read.is_ok());
        let alone = verify(KEY.public(), &read, &[8; 32]).is_ok();
        assert_eq!(alone, bytes == honest, "accepted what nobody made, or refused what is right");
        assert_eq!(verify_batch(KEY.public(), &[&read, &read], &[8; 32]).is_ok(), alone);
    }
});
