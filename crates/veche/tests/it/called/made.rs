//! `veche new` and `veche setup`.

use veche::{
    failure::Exit,
    front::{Nobody, Work},
    making::{self, Made},
    rolls::{self, RollArgs},
};
use veche_election::{RollShows, Secrecy};
use veche_server::Home;

use super::{Heard, chosen};

#[tokio::test]
async fn an_election_is_made_step_by_step_and_never_over_another() {
    let dir = tempfile::tempdir().unwrap();
    let (home, mut heard) = (Home::new(dir.path().join("e")), Heard::default());
    let Made::Election(made) = making::make(&home, chosen(Secrecy::Open, 300), &mut heard).await.unwrap() else {
        panic!("a draft")
    };
    assert_eq!((made.voters, made.rehearsed), (300, false));
    assert_eq!(made.election.id(), home.election().unwrap().id());
    assert_eq!((heard.whole(Work::Credentials), heard.whole(Work::Cards)), (300, 300));
    assert!(heard.told.is_empty() && home.path("cards/300.json").exists());

    let again = making::make(&home, chosen(Secrecy::Open, 3), &mut Nobody).await.err().unwrap();
    assert_eq!(again.exit, Exit::Usage);
    assert_eq!(made.election.id(), home.election().unwrap().id());
    let mut nameless = chosen(Secrecy::Open, 3);
    nameless.file.roll_shows = Some(RollShows::Name);
    let elsewhere = Home::new(dir.path().join("f"));
    assert_eq!(making::make(&elsewhere, nameless, &mut Nobody).await.err().unwrap().exit, Exit::Usage);
    assert!(!elsewhere.dir().exists(), "nothing was made");
}

#[tokio::test]
async fn what_a_roll_has_wrong_and_what_weights_give_away_is_told_before_anything_is_made() {
    let accepted = |csv: &[u8], heard: &mut Heard| {
        making::accept_roll(rolls::read("roll.csv", csv, 0, &RollArgs::default()).unwrap(), heard)
    };
    let mut heard = Heard::default();
    let twice = accepted(b"number,name\n1,Anna\n1,Boris\n", &mut heard).err().unwrap();
    assert_eq!(twice.exit, Exit::Usage);
    assert!(heard.told.iter().any(|line| line.contains('3')), "the line is named: {:?}", heard.told);

    let telling = b"number,weight\n1,1\n2,2\n3,4\n4,8\n5,16\n6,32\n7,64\n8,128\n";
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let with = |weights_show_votes| {
        let mut heard = Heard::default();
        let read = accepted(telling, &mut heard).unwrap();
        assert!(!heard.told.is_empty());
        let (roll, roll_csv) = (read.roll, Some(read.csv));
        veche::making::Chosen { roll, roll_csv, weights_show_votes, ..chosen(Secrecy::Secret, 1) }
    };
    let mut heard = Heard::default();
    assert_eq!(making::make(&home, with(false), &mut heard).await.err().unwrap().exit, Exit::Usage);
    assert!(heard.told.is_empty() && !home.exists());
    let Made::Election(made) = making::make(&home, with(true), &mut heard).await.unwrap() else { panic!("a draft") };
    assert!(made.rehearsed && made.voters == 8);
    assert_eq!(heard.told.len(), 2, "of the weights and of keys on one machine: {:?}", heard.told);
}

#[tokio::test]
async fn of_a_secret_election_a_draft_is_made_and_no_more_until_its_trustees_have_made_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("e"));
    let apart = veche::making::Chosen { local_trustees: false, ..chosen(Secrecy::Secret, 3) };
    let Made::Draft(made) = making::make(&home, apart, &mut Nobody).await.unwrap() else { panic!("an election") };
    assert_eq!(made.draft.id(), home.draft().unwrap().id());
    assert!(made.weights.is_none() && !home.exists());
    let early = making::finish(&home, None, false, &mut Nobody).await.err().unwrap();
    assert_eq!(early.exit, Exit::NotOpen);
    assert!(early.next.is_some() && !home.exists());
}
