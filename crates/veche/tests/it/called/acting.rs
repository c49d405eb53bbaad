//! The organiser's acts: `veche open`, `pause`, `roll` and the like.

use std::{fs::File, os::unix::fs::PermissionsExt};

use veche::{
    acts::{self, Acting, Done},
    failure::Exit,
    front::{Front, Nobody, Progress},
    lang::Sentence,
    roll::{self, NewVoter},
    status::{self, Report},
};
use veche_election::{Phase, Secrecy};
use veche_server::Home;

use super::make;

/// Lets go of a key as soon as it is told that somebody waits for it.
struct Releasing {
    told: Vec<String>,
    held: Option<File>,
}

impl Front for Releasing {
    fn tell(&mut self, text: Sentence) {
        self.told.push(text.to_string());
        drop(self.held.take());
    }

    fn progress(&mut self, _: Progress) {}
}

#[tokio::test]
async fn acts_report_what_was_done_and_tell_of_a_key_that_is_read_by_others_or_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    make(&home, Secrecy::Open).await;
    let by = Acting { target: home.dir().display().to_string(), key: None };
    let voter = |number: &str| NewVoter {
        number: number.into(),
        name: String::new(),
        weight: "1".into(),
        reason: "joined".into(),
        contact: None,
    };
    let Done::VoterAdded(card) = roll::add(home.dir(), &voter("4"), None, &mut Nobody).await.unwrap() else {
        panic!("another report")
    };
    assert!(card.exists());
    assert_eq!(roll::add(home.dir(), &voter("4"), None, &mut Nobody).await.err().unwrap().exit, Exit::Usage);
    let struck = roll::strike(home.dir(), "2", "left", None, &mut Nobody).await.unwrap();
    assert!(matches!(struck, Done::VoterStruck { had_voted: false }));

    let key = home.path("organiser.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let held = File::open(&key).unwrap();
    held.lock().unwrap();
    // Whoever waits for the key is told so, and others may read it.
    let mut heard = Releasing { told: Vec::new(), held: Some(held) };
    assert!(matches!(acts::open(&by, &mut heard).await.unwrap(), Done::Opened));
    assert_eq!(heard.told.len(), 2, "{:?}", heard.told);

    assert!(matches!(acts::pause(&by, "rain", &mut Nobody).await.unwrap(), Done::Paused));
    assert_eq!(acts::pause(&by, "rain", &mut Nobody).await.err().unwrap().exit, Exit::NotOpen);
    assert!(matches!(acts::resume(&by, "sun", &mut Nobody).await.unwrap(), Done::Resumed));
    let Report::Election(status, Some(waited_for)) = status::report(&by.target, true).await.unwrap() else {
        panic!("no list")
    };
    let numbers: Vec<_> = waited_for.iter().map(|waited| waited.number.to_string()).collect();
    assert_eq!((status.phase, numbers), (Phase::Open, vec!["1".to_owned(), "3".into(), "4".into()]));
}
