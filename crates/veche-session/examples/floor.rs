//! The floor of a cast on this machine: what the server's RSA operations cost, in milliseconds of processor time, the
//! median of many turns, so that other work on the same core counts little. `cargo run --release -p veche-session --example floor`
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rustix::time::{ClockId, clock_gettime};
use veche_session::envelope::{self, Bits, OpeningKey, SealingSignature, Signer};

const TURNS: usize = 51;
const ROUNDS: u32 = 10;
const PAYLOAD: [u8; 2_304] = [b'.'; 2_304];

fn main() {
    let server_enc = OpeningKey::generate(Bits::Rsa3072).unwrap();
    let server_sig = SealingSignature::generate(Bits::Rsa3072).unwrap();
    let voter_sig = SealingSignature::generate(Bits::Rsa2048).unwrap();
    let voter_enc = OpeningKey::generate(Bits::Rsa2048).unwrap();
    let up = envelope::seal(&PAYLOAD, &voter_sig, true, server_enc.public()).unwrap();
    let open = per_round(|| {
        envelope::open(&up, &server_enc, Signer::Embedded, 4_096).unwrap();
    });
    let seal = per_round(|| {
        envelope::seal(&PAYLOAD, &server_sig, false, voter_enc.public()).unwrap();
    });
    println!("open a message (RSA-3072 decryption, RSA-2048 verification): {open:.3} ms");
    println!("seal an answer (RSA-3072 signature, RSA-2048 encryption):    {seal:.3} ms");
    println!("a cast (one message opened, one answer sealed):              {:.3} ms", open + seal);
}

fn per_round(mut job: impl FnMut()) -> f64 {
    let turn = |_| {
        let began = cpu_ms();
        (0..ROUNDS).for_each(|_| job());
        (cpu_ms() - began) / f64::from(ROUNDS)
    };
    let mut turns: Vec<f64> = (0..TURNS).map(turn).collect();
    turns.sort_by(f64::total_cmp);
    turns[TURNS / 2]
}

/// Processor time of this thread.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
