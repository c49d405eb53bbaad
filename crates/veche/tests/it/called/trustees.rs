//! `veche trustee`, and with it a whole secret election.

use std::{path::PathBuf, time::Duration};

use veche::{
    acts::{self, Acting, Done},
    failure::{Exit, Failure, Result},
    front::{Front, Nobody, Progress, Work},
    keyfile,
    lang::Sentence,
    making::{self, Chosen},
    records,
    status::{self, Report},
    trustee::{self, Code, How, KeyHolder, Step, TrusteeFront},
};
use veche_election::{Phase, Secrecy};
use veche_server::Home;
use zeroize::Zeroizing;

use super::{Heard, chosen, served::host};
use crate::commands::Folder;

const PASSPHRASE: &str = "correct horse";

/// A trustee who says that the codes are the same, unless told to find them different.
#[derive(Default)]
pub struct Agreeing {
    heard: Heard,
    codes: Vec<Code>,
    differs: bool,
    /// How often it was asked for.
    passphrases: usize,
}

impl Front for Agreeing {
    fn tell(&mut self, text: Sentence) {
        self.heard.tell(text);
    }

    fn progress(&mut self, progress: Progress) {
        self.heard.progress(progress);
    }
}

impl TrusteeFront for Agreeing {
    fn is_same(&mut self, code: Code) -> Result<bool> {
        self.codes.push(code);
        Ok(!self.differs)
    }

    fn passphrase(&mut self, _: &std::path::Path) -> Result<Zeroizing<String>> {
        self.passphrases += 1;
        Ok(Zeroizing::new(PASSPHRASE.into()))
    }
}

async fn comes(at: &str, phase: Phase) {
    let wait = async {
        while status::look(at).await.unwrap().phase != phase {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap();
}

fn refused<T>(result: Result<T>) -> Exit {
    result.err().map(|Failure { exit, .. }| exit).expect("it was done")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_secret_election_goes_from_its_draft_to_a_checked_record_without_a_terminal() {
    let folder = Folder::new();
    let home = Home::new(folder.path("e"));
    let at = home.dir().display().to_string();
    let mut draft = Chosen { local_trustees: false, ..chosen(Secrecy::Secret, 3) };
    (draft.file.trustees, draft.file.threshold) = (Some(2), Some(2));
    making::make(&home, draft, &mut Nobody).await.unwrap();

    // The key of the second is under a passphrase.
    let holder = |name: &str| KeyHolder { at: at.clone(), key: folder.path(name) };
    let (anna, boris) = (holder("anna.key"), holder("boris.key"));
    let (mut hers, mut his) = (Agreeing::default(), Agreeing::default());
    let plain = |secret: &_| keyfile::write(&anna.key, secret, None);
    trustee::register(&anna, 1, "Anna", plain, &mut hers).unwrap();
    let Ok(Report::Ceremony(standing)) = status::report(&at, false).await else { panic!("no ceremony") };
    assert_eq!(standing.1.registered().count(), 1);
    let sealed = |secret: &_| keyfile::write(&boris.key, secret, Some(PASSPHRASE));
    trustee::register(&boris, 2, "Boris", sealed, &mut his).unwrap();
    assert_eq!(hers.heard.told.len(), 1, "which election it is");

    let mut wary = Agreeing { differs: true, ..Agreeing::default() };
    assert_eq!(refused(trustee::deal(&anna, &mut wary).await), Exit::CheckFailed);
    let (one, other) = tokio::join!(trustee::deal(&anna, &mut hers), trustee::deal(&boris, &mut his));
    assert!(matches!((one.unwrap(), other.unwrap()), (Step::Dealt, Step::Dealt)));
    assert_eq!(refused(making::finish(&home, None, false, &mut Nobody).await), Exit::NotOpen);
    trustee::accept(&anna, &mut hers).unwrap();
    trustee::accept(&boris, &mut his).unwrap();
    let mut heard = Heard::default();
    let made = making::finish(&home, None, false, &mut heard).await.unwrap();
    assert_eq!((made.voters, made.rehearsed, heard.whole(Work::Cards)), (3, false, 3));

    let organiser = Acting { target: at.clone(), key: None };
    assert_eq!(refused(acts::open(&organiser, &mut Nobody).await), Exit::NotOpen);
    trustee::rehearse(&anna, false, &mut hers).await.unwrap();
    trustee::rehearse(&boris, false, &mut his).await.unwrap();
    assert!(matches!(acts::open(&organiser, &mut Nobody).await.unwrap(), Done::Opened));
    let served = host(&home).await;
    for number in ["1", "2"] {
        let (card, url) = (format!("e/cards/{number}.json"), served.server.url());
        folder.exits(0, &["vote", number, "--card", &card, "--url", url, "--ballot", "51"]);
    }
    let Ok(Report::Election(status, Some(waited_for))) = status::report(&at, true).await else { panic!("no list") };
    assert_eq!((status.ballots, waited_for.len()), (2, 1));
    let how = How {
        single_ballot: false,
        weights_show_votes: false,
        roll_changed: None,
        told: false,
        copy: false,
        ahead: false,
    };
    assert_eq!(refused(trustee::open(&anna, how, &mut hers).await), Exit::NotOpen);
    acts::close(&organiser, &mut Nobody).await.unwrap();
    comes(&at, Phase::Summed).await;
    assert_eq!(refused(records::finished(&at, &mut Nobody).await), Exit::NotOpen);
    trustee::open(&anna, how, &mut hers).await.unwrap();
    trustee::open(&boris, how, &mut his).await.unwrap();
    comes(&at, Phase::Finished).await;
    assert!(hers.heard.whole(Work::Checking) > 0);
    let same = |codes: &[Code]| codes.iter().map(|code| code.spoken()).collect::<Vec<_>>();
    assert_eq!((same(&hers.codes).len(), same(&hers.codes)), (4, same(&his.codes)), "each step is compared");
    assert_eq!((hers.passphrases, his.passphrases), (0, 4));
    assert_eq!(served.stop().await, 0);

    let finished = records::finished(&at, &mut Nobody).await.unwrap();
    assert_eq!((finished.board.phase(), finished.result.ballots), (Phase::Finished, 2));
    let record: PathBuf = folder.path("record");
    records::write_witnessed(&home, &record).await.unwrap();
    assert_eq!(refused(records::write_witnessed(&home, &record).await), Exit::Usage, "it is there already");
    let (target, state, mut heard) = (record.display().to_string(), folder.path("state"), Heard::default());
    let verified = records::verify_record(&target, Some(&state), &mut heard).ok().unwrap();
    assert_eq!((verified.result(), verified.state().to_keep().size), (&finished.result, finished.log.0));
    assert_eq!(heard.whole(Work::Checking), finished.log.0);
    std::fs::write(record.join("result.json"), "{}").unwrap();
    let wrong = records::verify_record(&target, None, &mut Nobody).err().unwrap();
    assert!(wrong.failed.is_some() && wrong.failure.exit == Exit::CheckFailed);
}
