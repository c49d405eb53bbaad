//! Start-up: a database is believed only as far as its hashes and the checkpoint beside it go.

use std::sync::{Arc, atomic::Ordering};

use veche_election::{Act, Hash, Secrecy, manifest::TrusteePlan};
use veche_server::{
    Home, Sequencer, home,
    metrics::Metrics,
    sequencer::{Decision, StartError},
    store::{Head, SqliteStore, Store, StoreError, StoredEntry},
};

use crate::fixture::{Fault, World, index, stop};

async fn fold_in(world: &World) {
    let store = veche_server::store::SqliteStore::open(&world.database(), world.election.id()).await.unwrap();
    // Not by closing alone: the last connection folds, and readers of the stopped server may still be closing.
    store.fold().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_restart_goes_on_where_the_log_stands() {
    let world = World::new(3, |_| ());
    let running = world.open().await;
    let place = index(running.0.ballot(world.first(0, "123")).await);
    let checkpoint = running.0.published().checkpoint.clone();
    let receipt = running.0.receipt(place).await.unwrap();
    stop(running).await;
    let (sequencer, ..) = world.start().await.unwrap();
    assert_eq!(sequencer.published().checkpoint, checkpoint);
    assert_eq!(sequencer.receipt(place).await.unwrap(), receipt);
    assert_eq!(index(sequencer.ballot(world.first(0, "123")).await), place);
    assert_eq!(index(sequencer.ballot(world.first(1, "321")).await), place + 1);
}

/// Rows 11 and 22: yesterday's backup would fork the log, so it is refused, with the way out in the message.
#[tokio::test]
async fn row_11_a_restored_older_database_is_refused_with_a_way_out() {
    let world = World::new(3, |_| ());
    let running = world.open().await;
    index(running.0.ballot(world.first(0, "123")).await);
    stop(running).await;
    fold_in(&world).await;
    let backup = std::fs::read(world.database()).unwrap();
    let running = world.start().await.unwrap();
    index(running.0.ballot(world.first(1, "321")).await);
    stop(running).await;
    fold_in(&world).await;
    for leftover in ["veche.db-wal", "veche.db-shm"] {
        let _ = std::fs::remove_file(world.dir.path().join(leftover));
    }
    std::fs::write(world.database(), backup).unwrap();
    let refused = world.start().await.err().unwrap();
    assert!(matches!(refused, StartError::Older { database: 3, signed: 4 }), "{refused}");
    assert!(refused.to_string().contains("Restore"));
}

#[tokio::test]
async fn a_rewritten_database_is_refused() {
    let world = World::new(3, |_| ());
    let running = world.open().await;
    index(running.0.ballot(world.first(0, "123")).await);
    stop(running).await;
    // The same election, set up anew from nothing, with another first ballot: same size, other entries.
    let signed = std::fs::read(world.checkpoint_file()).unwrap();
    for file in ["veche.db", "veche.db-wal", "veche.db-shm", "checkpoint"] {
        let _ = std::fs::remove_file(world.dir.path().join(file));
    }
    let running = world.open().await;
    index(running.0.ballot(world.first(0, "321")).await);
    stop(running).await;
    std::fs::write(world.checkpoint_file(), signed).unwrap();
    assert!(matches!(world.start().await.err().unwrap(), StartError::Forked));
}

#[tokio::test]
async fn a_damaged_checkpoint_file_is_refused_by_name() {
    let world = World::new(1, |_| ());
    let running = world.start().await.unwrap();
    world.act(&running.0, Act::Setup).await.unwrap();
    stop(running).await;
    std::fs::write(world.checkpoint_file(), "nonsense").unwrap();
    let refused = world.start().await.err().unwrap().to_string();
    assert!(refused.contains("checkpoint"), "{refused}");
}

#[tokio::test]
async fn a_changed_byte_in_the_database_is_refused_with_the_entrys_place() {
    let world = World::new(1, |_| ());
    let running = world.open().await;
    index(running.0.ballot(world.first(0, "123")).await);
    stop(running).await;
    fold_in(&world).await;
    let mut bytes = std::fs::read(world.database()).unwrap();
    let place = bytes.windows(5).position(|window| window == b"\"123\"").unwrap();
    bytes[place + 1] = b'5';
    std::fs::write(world.database(), bytes).unwrap();
    assert!(matches!(world.start().await.err().unwrap(), StartError::Entry { index: 2, .. }));
}

/// Many at once write one file: it is always one of them, whole, and nothing else is left.
#[test]
fn row_54_writers_of_one_file_do_not_meet() {
    const WRITERS: u8 = 8;
    const ROUNDS: usize = 40;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let path = &path;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    // Of different lengths, so that a mixture shows.
                    let bytes = vec![writer; 10_000 + 1_000 * usize::from(writer) + round];
                    home::write_atomically(path, &bytes, 0o600).unwrap();
                    let read = std::fs::read(path).unwrap();
                    let whose = read[0];
                    let length = 10_000 + 1_000 * usize::from(whose);
                    assert!(read.iter().all(|byte| *byte == whose) && (length..length + ROUNDS).contains(&read.len()));
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside");
    assert!(home::write_new(&path, b"x", 0o600).is_err(), "what is there is not overwritten");
    // What a process left that died while it wrote, and what is nothing of the kind.
    for name in ["checkpoint.0123456789abcdef.tmp", "checkpoint.tmp", "other.1.tmp", "checkpoint.txt"] {
        std::fs::write(dir.path().join(name), "x").unwrap();
    }
    home::sweep_temporary(dir.path(), "checkpoint");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
}

/// A database that says what it was given.
struct Said {
    head: Head,
    entries: Vec<StoredEntry>,
}

impl Store for Said {
    async fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }

    async fn append(&self, _: Head, _: Vec<Vec<u8>>, _: Head) -> Result<(), StoreError> {
        Err(StoreError::Failed("nobody appends to it".into()))
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        Ok(self.entries.iter().skip(from as usize).take(limit as usize).cloned().collect())
    }
}

/// Whether a sequencer starts over what a true database held, changed.
async fn started(world: &World, change: impl FnOnce(&mut Said)) -> Result<(), StartError> {
    let store = SqliteStore::open(&world.database(), world.election.id()).await.unwrap();
    let mut said = Said { head: store.head().await.unwrap(), entries: store.read(0, 100).await.unwrap() };
    change(&mut said);
    let (empty, key, file) = (world.board(), world.board_key.clone(), world.checkpoint_file());
    let metrics = Arc::new(Metrics::default());
    let started = Sequencer::start(Arc::new(said), empty, key, file, world.timing(), metrics).await;
    started.map(|_| ())
}

/// Set up, opened, with three ballots, and stopped.
async fn stopped_with_ballots(world: &World) {
    let running = world.open().await;
    for voter in 0..3 {
        index(running.0.ballot(world.first(voter, "123")).await);
    }
    stop(running).await;
}

#[tokio::test]
async fn entries_that_do_not_hash_to_the_head_are_refused() {
    let world = World::new(3, |_| ());
    stopped_with_ballots(&world).await;
    started(&world, |_| ()).await.unwrap();
    let root = |result: Result<(), StartError>| matches!(result, Err(StartError::Root));
    assert!(root(started(&world, |said| said.head.root = Hash([1; 32])).await), "another root");
    assert!(root(started(&world, |said| said.head.size += 1).await), "fewer entries than it says");
    assert!(root(started(&world, |said| said.entries.clear()).await), "none at all");
    let other = world.ballot(2, veche_election::entry::Position::FIRST, "321");
    let exchanged = started(&world, |said| said.entries[4].bytes = other.bytes().to_vec()).await;
    assert!(root(exchanged), "a valid entry that was never there");
}

#[tokio::test]
async fn batches_that_cannot_have_been_are_refused() {
    let world = World::new(3, |_| ());
    stopped_with_ballots(&world).await;
    /// What is wrong, the batches that say so, and the entry that is named.
    type Row<'a> = (&'a str, &'a [(usize, u64)], u64);
    let rows: [Row<'_>; 4] = [
        ("it ends before its entry", &[(3, 3)], 3),
        ("it ends before the one before it", &[(2, 5), (3, 4)], 3),
        ("it ends behind the log", &[(4, 6)], 4),
        ("it has no entries", &[(0, 0)], 0),
    ];
    for (what, batches, index) in rows {
        let change = |said: &mut Said| batches.iter().for_each(|(entry, batch)| said.entries[*entry].batch = *batch);
        let refused = started(&world, change).await;
        let Err(StartError::Entry { index: named, reason }) = refused else { panic!("{what}: {refused:?}") };
        assert_eq!((named, reason.contains("batch")), (index, true), "{what}: {reason}");
    }
}

#[tokio::test]
async fn without_the_checkpoint_beside_it_no_log_is_taken_for_the_newest() {
    let world = World::new(3, |_| ());
    started_anew(&world).await;
    stopped_with_ballots(&world).await;
    std::fs::remove_file(world.checkpoint_file()).unwrap();
    assert!(matches!(world.start().await.err().unwrap(), StartError::NoCheckpoint));
}

/// A log without entries has no checkpoint yet.
async fn started_anew(world: &World) {
    let running = world.start().await.unwrap();
    assert!(!world.checkpoint_file().exists());
    stop(running).await;
}

/// While nobody knows what became of a batch, nobody is told that all is well; the batch has failed for nobody yet.
#[tokio::test]
async fn while_the_storage_does_not_say_what_became_of_a_batch_that_is_told() {
    let world = World::new(3, |_| ());
    let (sequencer, _task, store) = world.open().await;
    assert_eq!(sequencer.ailment(), None);
    let silent = store.silent.lock().await;
    let heads = store.heads.load(Ordering::Relaxed);
    store.fail_next(Fault::After);
    let (voter, ballot) = (sequencer.clone(), world.first(0, "321"));
    let voter = tokio::spawn(async move { voter.ballot(ballot).await });
    while store.heads.load(Ordering::Relaxed) == heads {
        assert!(!voter.is_finished());
        tokio::task::yield_now().await;
    }
    assert!(sequencer.ailment().is_some_and(|why| why.contains("has not said what became of")));
    drop(silent);
    assert_eq!(voter.await.unwrap(), Decision::Busy, "its own attempt has failed");
    index(sequencer.ballot(world.first(1, "123")).await);
    assert_eq!(sequencer.ailment(), None);
}

/// Somebody else writes the database although we hold its lock: no entry of ours is mixed with theirs.
#[tokio::test]
async fn beside_another_writer_nothing_more_is_taken() {
    let world = World::new(3, |_| ());
    let (sequencer, _task, store) = world.open().await;
    let theirs = world.first(0, "321");
    let before = store.head().await.unwrap();
    let after = sequencer.published().tree().head_with([theirs.leaf()]);
    store.inner.append(before, vec![theirs.bytes().to_vec()], after).await.unwrap();
    let signed = sequencer.published().checkpoint.clone();
    for _ in 0..3 {
        assert_eq!(sequencer.ballot(world.first(1, "123")).await, Decision::Busy);
    }
    assert!(!sequencer.is_well());
    assert_eq!(sequencer.published().checkpoint, signed, "nothing is signed any more");
    assert_eq!(store.head().await.unwrap(), after, "nor appended");
}

#[test]
fn lists_that_are_not_the_manifests_are_refused() {
    let (world, other) = (World::new(3, |_| ()), World::new(2, |_| ()));
    let home = Home::new(world.dir.path());
    let refused = |result: Result<(), home::HomeError>, file: &str| {
        let said = result.unwrap_err().to_string();
        assert!(said.contains(file) && said.contains("manifest"), "{said}");
    };
    for (list, good) in [(&world.credentials, true), (&other.credentials, false)] {
        home.write_public("credentials", &list.to_bytes()).unwrap();
        match good {
            true => drop(home.credentials(&world.election).unwrap()),
            false => refused(home.credentials(&world.election).map(drop), "credentials"),
        }
    }
    let mut exchanged = world.seats.clone();
    let [first, second, ..] = exchanged.as_mut_slice() else { unreachable!() };
    std::mem::swap(&mut first.credential, &mut second.credential);
    for (seats, good) in [(&world.seats, true), (&exchanged, false), (&other.seats, false)] {
        home.write_voters(seats).unwrap();
        match good {
            true => drop(home.voters(&world.election).unwrap()),
            false => refused(home.voters(&world.election).map(drop), "voters"),
        }
    }
    let [secret, another] = [2, 3].map(|count| {
        World::new(3, |draft| {
            draft.secrecy = Secrecy::Secret;
            draft.trustees = Some(TrusteePlan { count, threshold: 2 });
        })
    });
    for (held, good) in [(&secret, true), (&another, false)] {
        home.write_public("ceremony", &held.ceremony.as_ref().unwrap().to_bytes().unwrap()).unwrap();
        match good {
            true => assert!(home.ceremony(&secret.election).unwrap().is_some()),
            false => refused(home.ceremony(&secret.election).map(drop), "ceremony"),
        }
    }
}
