//! `veche backup`, `veche restore` and `veche recover`.

use veche::{
    acts::{self, Acting},
    backup::{self, Newest},
    client,
    failure::Exit,
    front::{Nobody, Work},
    recover,
    watch::{Mirrored, Watch, Watching},
};
use veche_election::Secrecy;
use veche_server::Home;

use super::{Heard, make, served::host};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_is_written_beside_a_server_and_restored_to_the_entries_that_a_mirror_gives_back() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    make(&home, Secrecy::Secret).await;
    let served = host(&home).await;
    let file = dir.path().join("e.backup");
    let inside = backup::back_up(&home, &home.path("e.backup")).await.err().unwrap();
    assert_eq!(inside.exit, Exit::Usage);
    let before = backup::back_up(&home, &file).await.unwrap().entries;
    assert_eq!(backup::back_up(&home, &file).await.err().unwrap().exit, Exit::Usage, "it is there already");

    let organiser = Acting { target: home.dir().display().to_string(), key: None };
    acts::open(&organiser, &mut Nobody).await.unwrap();
    let mirror = dir.path().join("m");
    let address = client::at(served.server.url()).unwrap();
    let state = Some(dir.path().join("seen.jsonl"));
    let watching = Watching { address, election: None, state, mirror: Some(mirror.clone()), booth: None };
    let mut heard = Heard::default();
    let looked = Watch::begin(watching).unwrap().look(&mut heard).unwrap();
    assert_eq!(looked.mirrored, Some(Mirrored::Whole));
    assert_eq!(heard.whole(Work::Mirroring), looked.entries);
    assert_eq!(served.stop().await, 0);

    let newest = Newest::default();
    let restored = dir.path().join("f");
    let asked = backup::restore(&file, &restored, newest, &mut Nobody).await.err().unwrap();
    assert_eq!(asked.exit, Exit::Usage, "nobody knows whether it is the newest");
    let checkpoint = home.path("checkpoint");
    let newest = Newest { checkpoint: Some(&checkpoint), ..Newest::default() };
    let older = backup::restore(&file, &restored, newest, &mut Nobody).await.err().unwrap();
    assert_eq!(older.exit, Exit::CheckFailed);
    assert!(!restored.exists());
    let newest = Newest { nothing_after: true, ..Newest::default() };
    assert_eq!(backup::restore(&file, &restored, newest, &mut Nobody).await.unwrap().entries, before);

    let mut heard = Heard::default();
    let mirror = mirror.display().to_string();
    let recovered = recover::recover(&Home::new(&restored), &mirror, &mut heard).await.unwrap();
    assert_eq!((recovered.added, recovered.entries), (looked.entries - before, looked.entries));
    assert_eq!(heard.whole(Work::PuttingBack), recovered.added);
    let whole = dir.path().join("g");
    let newest = Newest { from: Some(&mirror), ..Newest::default() };
    assert_eq!(backup::restore(&file, &whole, newest, &mut Nobody).await.unwrap().entries, looked.entries);
}
