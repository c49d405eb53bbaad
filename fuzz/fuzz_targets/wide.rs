//! Points by every backend of the processor beside the library's: what is read, refused, written, added and multiplied.
#![no_main]

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};
use libfuzzer_sys::fuzz_target;
use ristretto_wide::{Backend, Points, Refused};

/// More than three rows of lanes; what is behind them is left out.
const MOST: usize = 40;

fuzz_target!(|data: &[u8]| {
    let chunks = data.as_chunks::<32>().0;
    let encodings = &chunks[..chunks.len().min(MOST)];
    let read = |bytes: &[u8; 32]| CompressedRistretto(*bytes).decompress();
    let bad = encodings.iter().position(|bytes| read(bytes).is_none());
    let good: Vec<[u8; 32]> = encodings.iter().filter(|bytes| read(bytes).is_some()).copied().collect();
    let points: Vec<RistrettoPoint> = good.iter().filter_map(read).collect();
    let scalars: Vec<Scalar> = chunks.iter().rev().take(good.len()).map(|bytes| Scalar::from_bytes_mod_order(*bytes)).collect();
    let product: RistrettoPoint = scalars.iter().zip(&points).map(|(scalar, point)| scalar * point).sum();
    for backend in Backend::all() {
        assert_eq!(Points::decode(backend, encodings).err(), bad.map(|place| Refused { place }));
        let wide = Points::decode(backend, &good).expect("all of them are good");
        assert_eq!(wide.encode(), good);
        assert_eq!(Points::multiply(&[(&scalars, &wide)]).to_library(), [product]);
        let mut thrice = wide.clone();
        thrice.add(&wide);
        thrice.add(&wide);
        let mut scaled = wide.clone();
        scaled.scale(3);
        thrice.subtract(&scaled);
        assert!(thrice.identities().iter().all(|zero| *zero));
    }
});
