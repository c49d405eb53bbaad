//! Our own figures in one run: against the targets, against the floor, and over sizes.
//!
//! The floor of a verification is what no verifier of these bytes can leave out: decoding every group element once,
//! and one multiscalar multiplication of all of them, both by the same library. The floor of a creation are its
//! multiplications of fixed bases: two for each ciphertext (the bit itself needs none), three for each commitment.

use std::time::Duration;

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::VartimeMultiscalarMul};
use veche_bench::{
    Election, SHAPES, Sent, seed,
    watch::{Figure, Race},
};
use veche_crypto::onehot::{Proven, verify, verify_batch};

const BATCH: usize = 128;
/// Created one after the other in one turn.
const CREATED: usize = 4;

fn main() {
    targets();
    sizes();
}

fn targets() {
    let election = Election::new(7, 6);
    let figures = measure(&election, Duration::from_secs(8));
    let [create, alone, batch, floor_create, decode, multiply_alone, multiply_batch] = figures.as_slice() else {
        return;
    };
    println!("7 candidates x 6 options, CPU time, fastest (median) of many turns in one run\n");
    println!("{:46} {:>9} {:>11} {:>9}", "", "ms", "(median)", "target");
    let line = |figure: &Figure, target: f64| {
        let met = if figure.fastest / 1e3 <= target { "met" } else { "MISSED" };
        let (fastest, median) = (figure.fastest / 1e3, figure.median / 1e3);
        println!("{:46} {fastest:>9.3} {median:>11.3} {target:>9} {met}", figure.name);
    };
    line(create, 1.8);
    line(alone, 0.9);
    line(batch, 0.7);
    println!("{:46} {:>9} {:>11} {:>9}", "bytes of ciphertexts and proof", election.bytes(), "", 3600);
    println!();
    let floor = |name: &str, figure: &Figure, parts: &[&Figure]| {
        let least: f64 = parts.iter().map(|part| part.fastest).sum();
        let above = 100.0 * (figure.fastest / least - 1.0);
        println!("{name:46} {:>9.3} ms, {above:.0}% above it", least / 1e3);
    };
    floor("floor of create", create, &[floor_create]);
    floor("floor of verify alone", alone, &[decode, multiply_alone]);
    floor("floor of verify in batches", batch, &[decode, multiply_batch]);
    for figure in &[floor_create, decode, multiply_alone, multiply_batch] {
        println!("    {:42} {:>9.3} ms", figure.name, figure.fastest / 1e3);
    }
}

fn sizes() {
    println!("\nmicroseconds over sizes; `a cell` is candidates x options, the implied option included\n");
    println!(
        "{:>10} {:>6} {:>8} | {:>9} {:>7} | {:>9} {:>7} | {:>9} {:>7} {:>6}",
        "", "cells", "bytes", "create", "a cell", "alone", "a cell", "batched", "a cell", "floor"
    );
    for (rows, options) in SHAPES {
        let election = Election::new(rows, options);
        let figures = measure(&election, Duration::from_secs(4));
        let [create, alone, batch, _, decode, _, multiply_batch] = figures.as_slice() else { return };
        let cells = rows * options;
        let each = |figure: &Figure| figure.fastest / cells as f64;
        println!(
            "{:>10} {cells:>6} {:>8} | {:>9.0} {:>7.1} | {:>9.0} {:>7.1} | {:>9.0} {:>7.1} {:>6.2}",
            format!("{rows} x {options}"),
            election.bytes(),
            create.fastest,
            each(create),
            alone.fastest,
            each(alone),
            batch.fastest,
            each(batch),
            batch.fastest / (decode.fastest + multiply_batch.fastest),
        );
    }
}

/// create, verify alone, verify in batches; then the floors' parts.
fn measure(election: &Election, time: Duration) -> Vec<Figure> {
    // Large ballots in smaller batches: a turn must stay short.
    let batch = BATCH.min(40_000 / election.points()).max(8);
    let sent: Vec<Sent> = (0..batch as u64).map(|number| election.create(number)).collect();
    let floor = Floor::new(election, &sent);
    let key = election.key.public();
    let verify_alone = {
        let mut next = 0;
        let sent = &sent;
        move || {
            next = (next + 1) % sent.len();
            verify(key, &election.read(&sent[next]), &seed()).expect("honest");
        }
    };
    let verify_all = || {
        let read: Vec<Proven> = sent.iter().map(|sent| election.read(sent)).collect();
        verify_batch(key, &read.iter().collect::<Vec<_>>(), &seed()).expect("honest");
    };
    let create = || (0..CREATED as u64).map(|number| election.create(number)).collect::<Vec<_>>();
    Race::new()
        .with("create", CREATED, create)
        .with("verify alone, from bytes", 1, verify_alone)
        .with(format!("verify in batches of {batch}, from bytes"), batch, verify_all)
        .with(format!("{} fixed-base multiplications", floor.created), 1, || floor.create())
        .with(format!("decoding {} points", election.points()), 1, || floor.decode())
        .with(format!("multiplying {} points", election.points()), 1, || floor.multiply(election.points()))
        .with("multiplying them in the batch", batch, || floor.multiply(floor.points.len()))
        .run(time)
}

/// A ballot's points, and as many multipliers as a batch needs.
struct Floor {
    /// Multiplications of fixed bases that make a ballot.
    created: usize,
    /// Points of a ballot.
    one: usize,
    encoded: Vec<CompressedRistretto>,
    points: Vec<RistrettoPoint>,
    scalars: Vec<Scalar>,
}

impl Floor {
    fn new(election: &Election, sent: &[Sent]) -> Self {
        let commitments = |sent: &Sent| election.points() * 32 - sent.cells.len();
        let of = |sent: &Sent| [&sent.cells[..], &sent.proof[..commitments(sent)]].concat();
        let bytes: Vec<u8> = sent.iter().flat_map(of).collect();
        let encoded: Vec<_> = bytes.as_chunks().0.iter().map(|bytes| CompressedRistretto(*bytes)).collect();
        let points: Vec<_> = encoded.iter().map(|point| point.decompress().expect("honest")).collect();
        let scalars = core::iter::successors(Some(election.secret), |last| Some(last * election.secret));
        let created = election.points() + election.shape.rows().len() + election.shape.options_max();
        Self { created, one: election.points(), scalars: scalars.take(points.len()).collect(), encoded, points }
    }

    fn create(&self) -> usize {
        let multiply = |scalar: &Scalar| RistrettoPoint::mul_base(scalar);
        self.scalars.iter().cycle().take(self.created).map(multiply).map(std::hint::black_box).count()
    }

    fn decode(&self) -> usize {
        self.encoded.iter().take(self.one).filter_map(CompressedRistretto::decompress).count()
    }

    /// The library's best for this number: from about 80 points up to 190 its other algorithm is faster, which it takes
    /// when zeros fill the rest.
    fn multiply(&self, count: usize) -> RistrettoPoint {
        if (80..190).contains(&count) {
            let (mut scalars, mut points) = (self.scalars[..count].to_vec(), self.points[..count].to_vec());
            scalars.resize(190, Scalar::ZERO);
            points.resize(190, self.points[0]);
            return RistrettoPoint::vartime_multiscalar_mul(scalars, points);
        }
        RistrettoPoint::vartime_multiscalar_mul(&self.scalars[..count], &self.points[..count])
    }
}
