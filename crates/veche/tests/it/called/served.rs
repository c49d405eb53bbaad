//! `veche serve`.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use veche::{
    client,
    failure::Exit,
    front::{Nobody, Work},
    hosting::{self, HowServed, Served, ServedElection, Warning},
    keyfile,
    making::{self, Chosen},
    trustee::{self, KeyHolder, Step},
};
use veche_election::{Phase, Secrecy};
use veche_server::Home;

use super::{Heard, chosen, make, trustees::Agreeing};

/// On any free port of the loopback.
fn anywhere() -> HowServed {
    HowServed { port: Some(0), ..HowServed::default() }
}

pub async fn host(home: &Home) -> ServedElection {
    match hosting::prepare(home, anywhere(), &mut Nobody).await.unwrap().start().await.unwrap() {
        Served::Election(served) => *served,
        Served::Ceremony(_) => panic!("a ceremony"),
    }
}

fn readable(key: &Path) {
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_election_is_made_served_and_stopped_in_this_process_and_what_is_odd_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let none = hosting::prepare(&home, anywhere(), &mut Nobody).await.err().unwrap();
    assert!(none.exit == Exit::Usage && none.next.is_some());

    let mut heard = Heard::default();
    let founding = HowServed { candidates: Some("3".into()), ..anywhere() };
    let prepared = hosting::prepare(&home, founding, &mut heard).await.unwrap();
    assert_eq!((heard.told.len(), heard.whole(Work::Cards)), (1, 100));
    assert!(prepared.warnings().is_empty());
    let Served::Election(served) = prepared.start().await.unwrap() else { panic!("a ceremony") };
    assert_eq!(served.warnings, [Warning::CardsBeside]);
    let url = served.server.url().to_owned();
    let status = client::at(&url).unwrap().status().unwrap();
    assert_eq!((status.election, status.phase, status.voters), (served.election.id(), Phase::Open, 100));

    assert!(hosting::prepare(&home, anywhere(), &mut Nobody).await.unwrap().start().await.is_err(), "served already");
    let others = HowServed { candidates: Some("4".into()), ..anywhere() };
    assert_eq!(hosting::prepare(&home, others, &mut Nobody).await.err().unwrap().exit, Exit::Usage);
    assert_eq!(served.stop().await, 0);
    assert_eq!(
        veche::failure::Failure::from(client::at(&url).unwrap().status().err().unwrap()).exit,
        Exit::Unreachable
    );

    std::fs::remove_dir_all(home.path("cards")).unwrap();
    readable(&home.path("board-key"));
    let served = host(&home).await;
    assert_eq!(served.warnings, [Warning::Readable(home.path("board-key"))]);
    assert_eq!(served.stop().await, 0);
    let open = HowServed { address: Some("0.0.0.0".parse().unwrap()), ..anywhere() };
    let prepared = hosting::prepare(&home, open, &mut Nobody).await.unwrap();
    assert_eq!(prepared.warnings(), [Warning::Plain]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_served_ceremony_tells_who_has_registered() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let draft = Chosen { local_trustees: false, ..chosen(Secrecy::Secret, 3) };
    making::make(&home, draft, &mut Nobody).await.unwrap();
    let served = hosting::prepare(&home, anywhere(), &mut Nobody).await.unwrap().start().await.unwrap();
    let Served::Ceremony(mut served) = served else { panic!("an election") };
    let mut registered = async || {
        let standing = tokio::time::timeout(Duration::from_secs(30), served.next_standing()).await.unwrap();
        standing.registered().count()
    };
    assert_eq!(registered().await, 0);
    let holder = KeyHolder { at: url_of(&home), key: dir.path().join("anna.key") };
    let keep = |secret: &_| keyfile::write(&holder.key, secret, None);
    let step = trustee::register(&holder, 2, "Anna", keep, &mut Agreeing::default()).unwrap();
    assert!(matches!(step, Step::Registered { number: 2, .. }));
    assert_eq!(registered().await, 1);
    served.stop().await;
}

fn url_of(home: &Home) -> String {
    home.served_at().unwrap()
}

/// What should be known of a start is told also where something else stops it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_hosting_warns_of_is_told_where_a_start_fails() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    make(&home, Secrecy::Open).await;
    let open =
        HowServed { address: Some("0.0.0.0".parse().unwrap()), booth: Some(dir.path().join("nowhere")), ..anywhere() };
    let mut heard = Heard::default();
    assert!(hosting::prepare(&home, open, &mut heard).await.is_err(), "there is no such booth");
    assert_eq!(heard.told, [Warning::Plain.text(&home)]);
}
