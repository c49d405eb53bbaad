//! Start-up: a database is believed only as far as its hashes and the checkpoint beside it go.

use veche_election::Act;
use veche_server::{home, sequencer::StartError};

use crate::fixture::{World, index, stop};

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
