//! `veche watch`.

use veche::{
    acts::{self, Acting},
    client,
    failure::Exit,
    front::Nobody,
    watch::{Mirrored, Named, Watch, Watching},
};
use veche_election::Secrecy;
use veche_server::Home;

use super::{make, served::host};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_look_reports_what_is_seen_and_an_alarm_is_no_server_that_is_away() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let made = make(&home, Secrecy::Open).await;
    let served = host(&home).await;
    let watching = || Watching {
        address: client::at(served.server.url()).unwrap(),
        election: Some(made.election.id().to_string()),
        state: Some(dir.path().join("seen.jsonl")),
        mirror: Some(dir.path().join("m")),
        booth: None,
    };
    let mut watch = Watch::begin(watching()).unwrap();
    let first = watch.look(&mut Nobody).unwrap();
    assert_eq!((first.cosigned, first.mirrored), (None, Some(Mirrored::AfterClosing)));
    assert_eq!(first.booth.hash.is_some(), served.server.has_booth());
    assert_eq!(first.named, served.server.has_booth().then_some(Named::Among(1)));
    assert!(first.text().contains(&first.entries.to_string()), "{}", first.text());
    let organiser = Acting { target: home.dir().display().to_string(), key: None };
    acts::open(&organiser, &mut Nobody).await.unwrap();
    assert_eq!(watch.look(&mut Nobody).unwrap().entries, first.entries + 1);
    drop(watch);

    let other = "0".repeat(64);
    let mut alarmed = Watch::begin(Watching { booth: Some(other.clone()), ..watching() }).unwrap();
    assert_eq!(alarmed.look(&mut Nobody).err().unwrap().exit, Exit::CheckFailed, "another booth was announced");
    drop(alarmed);
    let strange = Watch::begin(Watching { election: Some(other), ..watching() }).err().unwrap();
    assert_eq!(strange.exit, Exit::CheckFailed, "another election is on the card");
    let mut watch = Watch::begin(watching()).unwrap();
    assert_eq!(served.stop().await, 0);
    assert_eq!(watch.look(&mut Nobody).err().unwrap().exit, Exit::Unreachable);
}
