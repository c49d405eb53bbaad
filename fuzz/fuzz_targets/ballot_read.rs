//! Any bytes as a ballot: they are refused without a panic, or they are the honest ballot.
//! Input: a byte of shape, a byte of mode, then what replaces the ballot's bytes, or is laid over them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    Bounded, ElectionKeys, Layout, Point, Scalar,
    onehot::{Context, Encrypted, Parameters, Proven, encrypt, verify, verify_batch},
};

const CONTEXT: Context<'static> = Context { credential: &[2; 32], seq: 1, prev: &[0; 32] };

struct Honest {
    parameters: Parameters,
    ballot: Encrypted,
}

static HONEST: LazyLock<Vec<Honest>> = LazyLock::new(|| {
    let bounded = Bounded { rows: 0..3, least: 1, most: 3 };
    let layouts = [(vec![2], vec![]), (vec![2, 3], vec![]), (vec![3, 2, 4], vec![]), (vec![2, 2, 2], vec![bounded])];
    let made = layouts.into_iter().map(|(rows, bounded)| {
        let choices = vec![1; rows.len()];
        let layout = Layout::new(rows, bounded).expect("two options at least, and bounds that fit");
        let secrets = (0..layout.keys() as u64).map(|k| Scalar::from(12_345 + 1_000 * k * k));
        let points: Vec<Point> = secrets.map(|secret| Point::mul_base(&secret)).collect();
        let keys = ElectionKeys::from_points(&points).expect("different, and none is zero");
        let parameters = Parameters::new(&[1; 32], keys, layout).expect("a key for each option");
        let ballot = encrypt(&parameters, &CONTEXT, &choices, &[7; 32]).expect("choices within the rows");
        Honest { parameters, ballot }
    });
    made.collect()
});

fuzz_target!(|data: &[u8]| {
    let [which, mode, rest @ ..] = data else { return };
    let Honest { parameters, ballot } = &HONEST[*which as usize % HONEST.len()];
    let honest = [ballot.cells.as_slice(), &ballot.proof].concat();
    let bytes = if mode & 1 == 0 {
        rest.to_vec()
    } else {
        honest.iter().enumerate().map(|(i, byte)| byte ^ rest.get(i).copied().unwrap_or(0)).collect()
    };
    let (cells, proof) = bytes.split_at(ballot.cells.len().min(bytes.len()));
    let cells_read = parameters.read_cells(cells);
    if let Ok(read) = Proven::read(parameters, &CONTEXT, cells, proof) {
        assert!(cells_read.is_ok());
        let alone = verify(parameters, &read, &[8; 32]).is_ok();
        assert_eq!(alone, bytes == honest, "accepted what nobody made, or refused what is right");
        assert_eq!(verify_batch(parameters, &[&read, &read], &[8; 32]).is_ok(), alone);
    }
});
