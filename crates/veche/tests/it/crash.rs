//! kill -9 under load, at random moments and at every single step of a commit's way to the disk: every «да» stands in
//! the log exactly once after the restart, every receipt holds, and the log never forks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::ledger::{Ledger, Said, make, serve};

/// Kills in the random test, unless `VECHE_KILLS` says otherwise.
const KILLS: u64 = 40;
/// Voters who vote all the time.
const VOTERS: usize = 12;
/// A server lives at most so long under load before it is killed.
const LIFE_MAX_MS: u64 = 240;

/// A number from the environment, for longer runs than CI's.
pub fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// SplitMix64: enough for moments, and a seed repeats them (as far as two processes can repeat anything).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_37_kill_nine_at_random_moments_loses_no_acknowledged_ballot_and_counts_none_twice() {
    let (kills, seed) = (asked("VECHE_KILLS", KILLS), asked("VECHE_SEED", std::process::id().into()));
    println!("{kills} kills, VECHE_SEED={seed}");
    let mut dice = Dice(seed);
    let dir = tempfile::tempdir().unwrap();
    let home = make(dir.path());
    let ledger = Arc::new(Ledger::new(&home));
    let broken = Arc::new(AtomicUsize::new(0));
    for _ in 0..kills {
        let (server, url) = serve(&home, |_| ());
        ledger.check_log(&url);
        let over = Arc::new(AtomicBool::new(false));
        let mut voters = tokio::task::JoinSet::new();
        for voter in 0..VOTERS {
            let (ledger, url, over, broken) = (ledger.clone(), url.clone(), over.clone(), broken.clone());
            voters.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    match ledger.cast(&url, voter).await {
                        Said::Yes(_) => {}
                        Said::Nothing => drop(broken.fetch_add(1, Ordering::Relaxed)),
                        Said::No(code) => panic!("voter {voter}: {}", code.name()),
                    }
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(dice.below(LIFE_MAX_MS))).await;
        server.kill();
        over.store(true, Ordering::Relaxed);
        voters.join_all().await;
    }
    let (receipts, broken) = (ledger.receipts(), broken.load(Ordering::Relaxed));
    println!("{receipts} ballots acknowledged before {kills} kills, {broken} sessions broken off");
    assert!(broken > 0 && receipts > 0, "the kills hit nothing");
    let (server, url) = serve(&home, |_| ());
    ledger.finish(&home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}
