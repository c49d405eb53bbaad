//! What group commit is worth: 64 voters at once append ballots to a log on this disk, all that a server writes for them
//! included (transaction, checkpoint file, their syncs). They take turns with the same 64 who must wait for one another,
//! so that every ballot is a transaction of its own.
//! `cargo run --release -p veche-server --example group_commit`; `TMPDIR` chooses the disk.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{sync::Arc, sync::atomic::Ordering, time::Instant};

use tokio::{sync::Mutex, task::JoinSet};
use veche_election::entry::{CheckedBallot, Position};

#[path = "../tests/it/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use fixture::{Running, World, after, index};

const APPENDERS: usize = 64;
const ROUNDS: usize = 7;
/// Ballots of each voter in a round, grouped and one by one.
const GROUPED: usize = 20;
const SINGLE: usize = 4;
const TMPFS_MAGIC: i64 = 0x0102_1994;

#[tokio::main]
async fn main() {
    let world = World::new(APPENDERS as u8, |_| ());
    let disk = rustix::fs::statfs(world.dir.path()).unwrap();
    assert_ne!(disk.f_type, TMPFS_MAGIC, "{:?} is memory, not a disk: set TMPDIR", world.dir.path());
    let running = world.open().await;
    let mut last = vec![Position::FIRST; APPENDERS];
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (grouped, batch) = round(&world, &running, &mut last, GROUPED, false).await;
        let (single, one) = round(&world, &running, &mut last, SINGLE, true).await;
        assert!((one - 1.0).abs() < f64::EPSILON, "a transaction each");
        println!("grouped {grouped:.0} a second, {batch:.1} in a transaction; one by one {single:.0} a second");
        ratios.push(grouped / single);
    }
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios[0], ratios[ROUNDS - 1]);
    println!(
        "{APPENDERS} appenders: {:.1} times, median of {ROUNDS} turns ({least:.1} to {most:.1})",
        ratios[ROUNDS / 2]
    );
}

/// Entries per second, and entries per transaction.
async fn round(
    world: &World,
    (sequencer, _, store): &Running,
    last: &mut [Position],
    each: usize,
    one_by_one: bool,
) -> (f64, f64) {
    let ballots: Vec<Vec<CheckedBallot>> =
        (0..APPENDERS).map(|voter| chain(world, voter, &mut last[voter], each)).collect();
    let before = store.appends.load(Ordering::Relaxed);
    let turn = Arc::new(Mutex::new(()));
    let began = Instant::now();
    let mut appenders = JoinSet::new();
    for ballots in ballots {
        let (sequencer, turn) = (sequencer.clone(), turn.clone());
        appenders.spawn(async move {
            for ballot in ballots {
                let turn = if one_by_one { Some(turn.lock().await) } else { None };
                index(sequencer.ballot(ballot).await);
                drop(turn);
            }
        });
    }
    appenders.join_all().await;
    let seconds = began.elapsed().as_secs_f64();
    let (entries, transactions) = (APPENDERS * each, store.appends.load(Ordering::Relaxed) - before);
    (entries as f64 / seconds, entries as f64 / transactions as f64)
}

/// Ballots of one voter, each replacing the one before.
fn chain(world: &World, voter: usize, last: &mut Position, each: usize) -> Vec<CheckedBallot> {
    let next = |_| {
        let ballot = world.ballot(voter, *last, "12*");
        *last = after(&ballot);
        ballot
    };
    (0..each).map(next).collect()
}
