//! What every backend of `Store` must do; the sentences of its contract, one by one.

use veche_election::Hash;
use veche_server::store::{Head, SqliteStore, Store, StoreError};

const ELECTION: Hash = Hash([4; 32]);

/// A head of our own for tests: the store does not know what a root is of.
fn head(size: u64) -> Head {
    if size == 0 { Head::EMPTY } else { Head { size, root: Hash::of(&size.to_be_bytes()) } }
}

fn entries(from: u64, to: u64) -> Vec<Vec<u8>> {
    (from..to).map(|i| format!("entry {i}").into_bytes()).collect()
}

async fn an_empty_store_has_the_empty_head(store: &impl Store) {
    assert_eq!(store.head().await.unwrap(), Head::EMPTY);
    assert!(store.read(0, 10).await.unwrap().is_empty());
}

async fn what_is_appended_is_read_in_order_with_its_batch(store: &impl Store) {
    store.append(head(0), entries(0, 3), head(3)).await.unwrap();
    store.append(head(3), entries(3, 1_003), head(1_003)).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head(1_003));
    let read = store.read(0, 2_000).await.unwrap();
    assert_eq!(read.iter().map(|entry| entry.bytes.clone()).collect::<Vec<_>>(), entries(0, 1_003));
    assert!(read.iter().zip(0..).all(|(entry, place)| entry.batch == if place < 3 { 3 } else { 1_003 }));
    assert_eq!(store.read(1_002, 5).await.unwrap().len(), 1);
    assert_eq!(store.read(5, 7).await.unwrap()[6].bytes, b"entry 11");
    assert!(store.read(1_003, 1).await.unwrap().is_empty());
}

async fn another_head_is_a_conflict_and_changes_nothing(store: &impl Store) {
    for expected in [head(0), head(3), head(2_000), Head { size: 1_003, root: Hash::ZERO }] {
        let refused = store.append(expected, entries(0, 1), head(expected.size + 1)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { size: 1_003 })), "{refused:?}");
    }
    assert_eq!(store.head().await.unwrap(), head(1_003));
    assert!(store.read(1_003, 1).await.unwrap().is_empty());
}

async fn of_many_writers_on_one_head_exactly_one_wins(store: &impl Store) {
    let append = |i: u64| store.append(head(1_003), vec![format!("writer {i}").into_bytes()], head(1_004));
    let (a, b, c) = tokio::join!(append(1), append(2), append(3));
    let winners: Vec<u64> = [(1, a), (2, b), (3, c)]
        .into_iter()
        .filter_map(|(i, appended)| match appended {
            Ok(()) => Some(i),
            Err(StoreError::Conflict { size: 1_004 }) => None,
            Err(other) => panic!("{other}"),
        })
        .collect();
    let [winner] = winners.as_slice() else { panic!("{winners:?}") };
    assert_eq!(store.read(1_003, 9).await.unwrap()[0].bytes, format!("writer {winner}").into_bytes());
}

async fn an_entry_that_is_there_already_fails_the_whole_batch(store: &impl Store) {
    // A head that would make an entry land where one stands: the batch fails and nothing of it remains.
    let refused = store.append(Head { size: 5, ..head(1_004) }, entries(0, 2), head(7)).await;
    assert!(refused.is_err());
    assert_eq!(store.head().await.unwrap(), head(1_004));
}

async fn a_batch_of_nothing_changes_nothing(store: &impl Store) {
    store.append(store.head().await.unwrap(), Vec::new(), store.head().await.unwrap()).await.unwrap();
    let refused = store.append(head(3), Vec::new(), head(3)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { size: 1_004 })), "{refused:?}");
    assert_eq!(store.read(0, 4_096).await.unwrap().len(), 1_004);
    store.present().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("veche.db");
    assert!(matches!(SqliteStore::open(&path, ELECTION).await, Err(StoreError::Missing(_))));
    assert!(!path.exists(), "what is lost is not made anew");
    let store = SqliteStore::create(&path, ELECTION).await.unwrap();
    an_empty_store_has_the_empty_head(&store).await;
    what_is_appended_is_read_in_order_with_its_batch(&store).await;
    another_head_is_a_conflict_and_changes_nothing(&store).await;
    of_many_writers_on_one_head_exactly_one_wins(&store).await;
    an_entry_that_is_there_already_fails_the_whole_batch(&store).await;
    a_batch_of_nothing_changes_nothing(&store).await;
    store.close().await.unwrap();

    let again = SqliteStore::open(&path, ELECTION).await.unwrap();
    assert_eq!(again.head().await.unwrap(), head(1_004), "it is there after reopening");
    assert_eq!(again.read(0, 4_096).await.unwrap().len(), 1_004);
    // Taken away, or another in its place: neither head nor append believes it.
    let aside = dir.path().join("aside");
    std::fs::rename(&path, &aside).unwrap();
    for replaced in [false, true] {
        if replaced {
            std::fs::copy(&aside, &path).unwrap();
        }
        assert!(matches!(again.present(), Err(StoreError::Moved)));
        assert!(matches!(again.head().await, Err(StoreError::Moved)));
        let refused = again.append(head(1_004), entries(1_004, 1_005), head(1_005)).await;
        assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
    }
    std::fs::rename(&aside, &path).unwrap();
    again.append(head(1_004), entries(1_004, 1_005), head(1_005)).await.unwrap();
    again.close().await.unwrap();
    let other = SqliteStore::open(&path, Hash([5; 32])).await;
    assert!(matches!(other, Err(StoreError::OtherElection)));
}

#[tokio::test]
async fn a_database_of_open_ballots_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("veche.db");
    let store = SqliteStore::create(&path, ELECTION).await.unwrap();
    store.append(head(0), entries(0, 1), head(1)).await.unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.path());
    }
}
