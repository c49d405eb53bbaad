//! Creating and verifying ballots of several sizes, from and to bytes.

mod cpu;

use std::{hint::black_box, time::Duration};

use cpu::Cpu;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use veche_bench::{Election, SHAPES, Sent, parameters, seed};
use veche_crypto::onehot::{Proven, verify, verify_batch};

const BATCHES: [usize; 3] = [16, 64, 128];
/// Different ballots that take turns, so that none is known to the branch predictor.
const DIFFERENT: usize = 16;

fn ballots(criterion: &mut Criterion<Cpu>) {
    for (rows, options) in SHAPES {
        let election = Election::new(rows, options);
        let name = format!("{rows}x{options}");
        let sent: Vec<Sent> = (0..128).map(|number| election.create(number)).collect();

        let mut group = criterion.benchmark_group("ballot");
        // Flat: a batch of the largest ballots takes two seconds, and one for each sample is enough.
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
        let mut numbers = (0..DIFFERENT).cycle();
        let mut next = || numbers.next().unwrap_or(0);
        group.bench_function(BenchmarkId::new("create", &name), |bencher| {
            bencher.iter(|| election.create(black_box(next() as u64)));
        });
        group.bench_function(BenchmarkId::new("verify alone", &name), |bencher| {
            bencher.iter(|| verify(&election.parameters, &election.read(&sent[next()]), &seed()).expect("honest"));
        });
        for batch in BATCHES {
            group.throughput(Throughput::Elements(batch as u64));
            group.bench_function(BenchmarkId::new(format!("verify {batch}"), &name), |bencher| {
                bencher.iter(|| {
                    let read: Vec<Proven> = sent[..batch].iter().map(|sent| election.read(sent)).collect();
                    verify_batch(&election.parameters, &read.iter().collect::<Vec<_>>(), &seed()).expect("honest");
                });
            });
        }
        group.finish();
    }
}

/// Once for each election, before the first ballot.
fn start(criterion: &mut Criterion<Cpu>) {
    let election = Election::new(7, 6);
    criterion.bench_function("parameters of an election of 7x6", |bencher| {
        bencher.iter(|| parameters(7, 6, black_box(&election.secrets)));
    });
}

criterion_group! { name = benches; config = Cpu::criterion(); targets = start, ballots }
criterion_main!(benches);
