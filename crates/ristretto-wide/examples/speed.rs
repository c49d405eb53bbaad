//! Microseconds a point by each backend, in turns: `cargo run --release -p ristretto-wide --example speed`.
#![allow(clippy::unwrap_used, reason = "a measurement")]

use std::time::Instant;

use curve25519_dalek::{RistrettoPoint, Scalar};
use ristretto_wide::{Backend, Points};
use sha2::{Digest, Sha512};

const TURNS: usize = 7;

fn hash(n: u64) -> [u8; 64] {
    Sha512::digest(n.to_le_bytes()).into()
}

/// The least of some turns, in microseconds a point.
fn least(points: usize, mut work: impl FnMut()) -> f64 {
    let times = (0..TURNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e6 / points as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() {
    println!("{:>8} {:>9} {:>9} {:>9} {:>9} {:>9}", "backend", "points", "decode", "encode", "add", "multiply");
    for count in [76usize, 400, 2_048, 9_728] {
        let encodings: Vec<[u8; 32]> =
            (0..count as u64).map(|n| RistrettoPoint::from_uniform_bytes(&hash(n)).compress().to_bytes()).collect();
        let scalars: Vec<Scalar> = (0..count as u64).map(|n| Scalar::from_bytes_mod_order_wide(&hash(n))).collect();
        for backend in Backend::all() {
            let points = Points::decode(backend, &encodings).unwrap();
            let mut sums = points.clone();
            let decode = least(count, || drop(std::hint::black_box(Points::decode(backend, &encodings))));
            let encode = least(count, || drop(std::hint::black_box(points.encode())));
            let add = least(count, || sums.add(&points));
            let multiply = least(count, || drop(std::hint::black_box(Points::multiply(&[(&scalars, &points)]))));
            println!("{:>8} {count:>9} {decode:>9.3} {encode:>9.3} {add:>9.3} {multiply:>9.3}", backend.name());
        }
    }
}
