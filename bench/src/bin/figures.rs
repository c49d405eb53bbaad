//! Our own figures in one run: against the targets, against the floor, and over sizes.
//!
//! The floor of a verification is what no verifier of these bytes can leave out: decoding every group element once,
//! and one multiscalar multiplication of all of them, both by the same crate. The floor of a creation are its
//! multiplications: by the base one for each R, S, A and Com; of a key one for each C and each A; of masks two for each
//! Com but the first and the last.

use std::time::Duration;

use curve25519_dalek::{RistrettoPoint, Scalar};
use ristretto_wide::{Backend, Points};
use veche_bench::{
    Election, SHAPES, Sent, seed,
    watch::{Figure, Race, thread_s},
};
use veche_crypto::onehot::{Proven, verify, verify_batch};

const BATCH: usize = 128;
/// Created one after the other in one turn.
const CREATED: usize = 4;

/// The argument under which this program runs itself: makes one ballot and says how long that took.
const FIRST: &str = "first";
/// How often: a process has only one first ballot.
const PROCESSES: usize = 15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some(FIRST) {
        make_first();
        return Ok(());
    }
    targets();
    first()?;
    sizes();
    Ok(())
}

/// Prints the CPU time, in microseconds, of what all ballots have in common, and of the first ballot.
fn make_first() {
    // The keys exist before: a voter's program reads them.
    let secrets: Vec<Scalar> = (1..6).map(|k: u64| Scalar::from(42 * k * k)).collect();
    let start = thread_s();
    let election = Election { parameters: veche_bench::parameters(7, 6, &secrets), secrets };
    let made = thread_s();
    std::hint::black_box(election.create(1));
    println!("{} {}", (made - start) * 1e6, (thread_s() - made) * 1e6);
}

/// The first ballot of a process, which has no tables and whose code and data nobody has touched before.
fn first() -> Result<(), Box<dyn std::error::Error>> {
    let mut figures = Vec::new();
    for _ in 0..PROCESSES {
        let run = std::process::Command::new(std::env::current_exe()?).arg(FIRST).output()?;
        let said = String::from_utf8(run.stdout)?;
        let (common, ballot) = said.trim().split_once(' ').ok_or("no two figures")?;
        figures.push((ballot.parse::<f64>()? / 1e3, common.parse::<f64>()? / 1e3));
    }
    figures.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (fastest, median) = (figures[0], figures[PROCESSES / 2]);
    let met = if fastest.0 <= 1.4 { "met" } else { "MISSED" };
    println!("\n{:46} {:>9.3} {:>11.3} {:>9} {met}", "first ballot of a process", fastest.0, median.0, 1.4);
    println!("    {:42} {:>9.3}", "before it: masks, keys, layout", fastest.1);
    Ok(())
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
    line(create, 1.13);
    line(alone, 0.27);
    line(batch, 0.13);
    println!("{:46} {:>9} {:>11} {:>9}", "bytes of ciphertexts and proof", election.bytes(), "", 2_432);
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
    let parameters = &election.parameters;
    let verify_alone = {
        let mut next = 0;
        let sent = &sent;
        move || {
            next = (next + 1) % sent.len();
            verify(parameters, &election.read(&sent[next]), &seed()).expect("honest");
        }
    };
    let verify_all = || {
        let read: Vec<Proven> = sent.iter().map(|sent| election.read(sent)).collect();
        verify_batch(parameters, &read.iter().collect::<Vec<_>>(), &seed()).expect("honest");
    };
    let create = || (0..CREATED as u64).map(|number| election.create(number)).collect::<Vec<_>>();
    Race::new()
        .with("create", CREATED, create)
        .with("verify alone, from bytes", 1, verify_alone)
        .with(format!("verify in batches of {batch}, from bytes"), batch, verify_all)
        .with(format!("{} and {} multiplications", floor.by_base, floor.by_points), 1, || floor.create())
        .with(format!("decoding {} points", election.points()), 1, || floor.decode())
        .with(format!("multiplying {} points", election.points()), 1, || floor.multiply(&floor.one))
        .with("multiplying them in the batch", batch, || floor.multiply(&floor.points))
        .run(time)
}

/// A ballot's points and a batch's, and as many multipliers as that needs.
struct Floor {
    /// Multiplications that make a ballot: of the base, and of keys and masks.
    by_base: usize,
    by_points: usize,
    encoded: Vec<[u8; 32]>,
    one: Points,
    points: Points,
    scalars: Vec<Scalar>,
}

impl Floor {
    fn new(election: &Election, sent: &[Sent]) -> Self {
        let layout = election.layout();
        let of = |sent: &Sent| [&sent.cells[..], &sent.proof[..layout.commitments_bytes()]].concat();
        let bytes: Vec<u8> = sent.iter().flat_map(of).collect();
        let (encodings, _) = bytes.as_chunks();
        let encoded = encodings[..election.points()].to_vec();
        let decode = |encodings: &[[u8; 32]]| Points::decode(Backend::fastest(), encodings).expect("honest");
        let (one, points) = (decode(&encoded), decode(encodings));
        let first = Scalar::from_bytes_mod_order([42; 32]);
        let scalars = core::iter::successors(Some(first), |last| Some(last * first)).take(points.len()).collect();
        let (rows, coefficients) = (layout.rows().len(), layout.coefficients());
        let by_points = layout.cells() + rows + 2 * (coefficients - 1);
        Self { by_base: 3 * rows + coefficients, by_points, encoded, one, points, scalars }
    }

    fn create(&self) -> usize {
        let point = RistrettoPoint::mul_base(&self.scalars[0]);
        let mut scalars = self.scalars.iter().cycle();
        let by_base = scalars.by_ref().take(self.by_base).map(RistrettoPoint::mul_base).map(std::hint::black_box).count();
        by_base + scalars.take(self.by_points).map(|scalar| std::hint::black_box(scalar * point)).count()
    }

    fn decode(&self) -> usize {
        Points::decode(Backend::fastest(), &self.encoded).map_or(0, |points| points.len())
    }

    fn multiply(&self, points: &Points) -> Points {
        Points::multiply(&[(&self.scalars[..points.len()], points)])
    }
}
