//! Sums of ballots, the trustees' shares of them, and the numbers in the end.

mod cpu;

use std::{hint::black_box, time::Duration};

use cpu::Cpu;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use veche_bench::{ELECTION, Election};
use veche_crypto::{
    Cells, Point, Scalar,
    dlog::Table,
    opening::{Opening, Sum},
};

fn sum(criterion: &mut Criterion<Cpu>) {
    let election = Election::new(7, 6);
    let ballot = cells(&election);
    let mut sum = ballot.clone();
    for weight in [1, 1000] {
        criterion.bench_function(&format!("sum/add a ballot of 7x6, weight {weight}"), |bencher| {
            bencher.iter(|| sum.add(black_box(&ballot), weight));
        });
    }
    let sent = election.create(1);
    criterion.bench_function("sum/decode the ciphertexts of 7x6", |bencher| {
        bencher.iter(|| election.parameters.read_cells(black_box(&sent.cells)));
    });
}

fn opening(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("opening");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for (rows, options) in [(7, 6), (100, 11)] {
        let (election, name) = (Election::new(rows, options), format!("{rows}x{options}"));
        let sum = Sum::new(election.layout(), &cells(&election));
        let opening = Opening { election: &ELECTION, entry: &[2; 32], sum: &sum };
        let publics = election.publics();
        let share = opening.share(1, &election.secrets, &[3; 32]);
        let points = opening.check(1, &publics, &share).expect("honest");
        group.bench_function(BenchmarkId::new("share", &name), |bencher| {
            bencher.iter(|| opening.share(1, black_box(&election.secrets), &[3; 32]));
        });
        group.bench_function(BenchmarkId::new("check share", &name), |bencher| {
            bencher.iter(|| opening.check(1, &publics, black_box(&share)));
        });
        // The time depends on the number of shares only, not on what they hold.
        let shares: Vec<(u32, Vec<Point>)> = (1..=3).map(|trustee| (trustee, points.clone())).collect();
        group.bench_function(BenchmarkId::new("combine 3 shares", &name), |bencher| {
            bencher.iter(|| opening.combine(black_box(&shares)));
        });
    }
}

fn dlog(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("dlog");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for bound in [1_000, 1_000_000, 100_000_000] {
        group.bench_function(BenchmarkId::new("table", bound), |bencher| bencher.iter(|| Table::new(black_box(bound))));
        let table = Table::new(bound);
        for (name, number) in [("a sixth", bound / 6), ("the largest", bound)] {
            let point = Point::mul_base(&Scalar::from(number));
            assert_eq!(table.solve(&point), Some(number));
            group.bench_function(BenchmarkId::new(name, bound), |bencher| {
                bencher.iter(|| table.solve(black_box(&point)));
            });
        }
    }
}

fn cells(election: &Election) -> Cells {
    election.parameters.read_cells(&election.create(0).cells).expect("honest")
}

criterion_group! { name = benches; config = Cpu::criterion(); targets = sum, opening, dlog }
criterion_main!(benches);
