//! Looks at the clock: reports for people, no verdicts.
use std::{hint::black_box, time::Instant};

use veche_crypto::onehot::{Proven, encrypt, verify, verify_batch};

use crate::ballot::{SEED, context, layout, parameters};

#[test]
#[ignore = "a look at the speed; run it with --release -- --ignored --nocapture"]
fn speed() {
    let layout = layout(&[6; 7]);
    println!("{} bytes", layout.cells_bytes() + layout.proof_bytes());
    let at = std::time::Instant::now();
    let parameters = parameters(&layout);
    encrypt(&parameters, &context(), &[5, 4, 3, 2, 1, 0, 5], &SEED).unwrap();
    println!("parameters and the first ballot {:?}", at.elapsed());
    let at = std::time::Instant::now();
    (0..256_u32).for_each(|_| drop(encrypt(&parameters, &context(), &[5, 4, 3, 2, 1, 0, 5], &SEED)));
    println!("create without tables {:?}", at.elapsed() / 256);
    let at = std::time::Instant::now();
    let parameters = parameters.with_tables();
    println!("tables {:?}", at.elapsed());
    let mut made = Vec::new();
    let at = std::time::Instant::now();
    for i in 0..256_u32 {
        let mut seed = SEED;
        seed[0] = i as u8;
        seed[1] = 9;
        made.push(encrypt(&parameters, &context(), &[5, 4, 3, 2, 1, 0, 5], &seed).unwrap());
    }
    println!("create {:?}", at.elapsed() / 256);
    let at = std::time::Instant::now();
    for one in &made {
        let read = Proven::read(&parameters, &context(), &one.cells, &one.proof).unwrap();
        verify(&parameters, &read, &SEED).unwrap();
    }
    println!("verify alone {:?}", at.elapsed() / 256);
    for batch in [16, 64, 128] {
        let at = std::time::Instant::now();
        for part in made.chunks(batch) {
            let read: Vec<_> =
                part.iter().map(|one| Proven::read(&parameters, &context(), &one.cells, &one.proof).unwrap()).collect();
            verify_batch(&parameters, &read.iter().collect::<Vec<_>>(), &SEED).unwrap();
        }
        println!("verify in batches of {batch} {:?}", at.elapsed() / 256);
    }
}

/// Does the time of encrypting depend on the choices? Ballots of one fixed vote and of random votes in random order,
/// Welch's t over the fastest nine tenths (after dudect: Reparaz, Balasch, Verbauwhede 2017). |t| > 4.5, again and
/// again on a quiet machine, is a leak.
#[test]
#[ignore = "a look at the timing; run it with --release -- --ignored --nocapture --test-threads 1"]
fn timing_of_encryption() {
    let parameters = parameters(&layout(&[6; 7]));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut times: [Vec<f64>; 2] = [vec![], vec![]];
    for i in 0..12_000_u64 {
        let class = (random() >> 40) as usize & 1;
        // Both classes draw as often, so that nothing but the choices differs.
        let drawn: Vec<usize> = (0..7).map(|_| (random() >> 33) as usize % 6).collect();
        let choices = if class == 0 { vec![0; 7] } else { drawn };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&i.to_be_bytes());
        let at = Instant::now();
        let made = encrypt(&parameters, &context(), black_box(&choices), &seed);
        let took = at.elapsed().as_nanos() as f64;
        black_box(made.is_ok());
        if i >= 500 {
            times[class].push(took);
        }
    }
    let [fixed, varied] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times.truncate(times.len() * 9 / 10);
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        (count, mean, times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0))
    });
    let t = (fixed.1 - varied.1) / (fixed.2 / fixed.0 + varied.2 / varied.0).sqrt();
    println!(
        "fixed choices {:.0} ns, random choices {:.0} ns, t = {t:.2} (below 4.5: no leak seen)",
        fixed.1, varied.1
    );
}
