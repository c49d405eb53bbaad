//! Commands called as a page calls them: functions that give a report, and tell on the way to it what happens. Nothing is typed,
//! and what would stand on a terminal is heard here.

use std::path::Path;

use veche::{
    acts::{self, Acting},
    backup::{self, Newest},
    config::{ContestFile, ElectionFile},
    front::{Front, Nobody, Progress, Work},
    hosting::{self, HowServed},
    lang::Sentence,
    making::{self, Chosen, Made, MadeElection},
    records, recover, roll, status,
    trustee::{self, KeyHolder},
};
use veche_election::{ContestKind, Method, Roll, Secrecy};
use veche_server::Home;

use trustees::Agreeing;

mod acting;
mod keeping;
mod made;
mod served;
mod trustees;
mod watching;

/// Files of the program whose functions a page may call. (Others hold the printer of a command beside its function.)
const SILENT: [&str; 27] = [
    "acts",
    "actor",
    "ceremonies",
    "files",
    "hosting",
    "mail/delivery",
    "mail/journal",
    "mail/letter",
    "mail/people",
    "mail/smtp",
    "mail/table",
    "mail/trial",
    "making",
    "mirror",
    "roll",
    "setup",
    "trustee",
    "trustee/closing",
    "trustee/local",
    "trustee/note",
    "trustee/opening",
    "trustee/place",
    "voters",
    "watch/booth",
    "watch/logged",
    "watch/looked",
    "weights",
];

#[test]
fn what_a_page_may_call_prints_nothing_and_asks_nothing() {
    for name in SILENT {
        let path = format!("{}/src/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(&path).unwrap();
        for loud in ["print!(", "println!(", "progress::bar(", "std::io::std", "prompt::", "passphrase_of("] {
            assert!(!source.contains(loud), "{path}: {loud}");
        }
    }
}

/// A page's server hands its work from thread to thread.
#[test]
fn what_a_page_may_call_goes_on_in_any_thread() {
    fn in_any_thread<T: Send>(_: T) {}
    let (dir, home, front) = (Path::new("e"), Home::new("e"), &mut Nobody);
    let by = Acting { target: "e".into(), key: None };
    in_any_thread(making::make(&home, chosen(Secrecy::Open, 1), front));
    in_any_thread(making::finish(&home, None, false, front));
    in_any_thread(async { hosting::prepare(&home, HowServed::default(), &mut Nobody).await?.start().await });
    in_any_thread(acts::open(&by, front));
    in_any_thread(roll::strike(dir, "1", "r", None, front));
    in_any_thread(status::report("e", true));
    in_any_thread(records::finished("e", front));
    in_any_thread(records::write_witnessed(&home, dir));
    in_any_thread(backup::back_up(&home, dir));
    in_any_thread(backup::restore(dir, dir, Newest::default(), front));
    in_any_thread(recover::recover(&home, "m", front));
    let (holder, front) = (KeyHolder { at: "e".into(), key: "k".into() }, &mut Agreeing::default());
    in_any_thread(trustee::deal(&holder, front));
    in_any_thread(trustee::rehearse(&holder, false, front));
}

#[derive(Default)]
pub struct Heard {
    pub told: Vec<String>,
    pub progress: Vec<Progress>,
}

impl Front for Heard {
    fn tell(&mut self, text: Sentence) {
        self.told.push(text.to_string());
    }

    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }
}

impl Heard {
    /// Of how many steps a work was, which went on to its end.
    pub fn whole(&self, work: Work) -> u64 {
        let heard: Vec<_> = self.progress.iter().filter(|progress| progress.work == work).collect();
        let last = heard.last().unwrap_or_else(|| panic!("nothing of {work:?}"));
        assert!(heard.is_sorted_by_key(|progress| progress.done), "{heard:?}");
        assert!(heard.iter().all(|progress| progress.all == last.all) && last.done == last.all, "{heard:?}");
        last.all
    }
}

pub fn chosen(secrecy: Secrecy, voters: u64) -> Chosen {
    let contest = ContestFile::new("Chair", ContestKind::Score, vec!["Anna".into(), "Boris".into()]);
    let file = ElectionFile::simple("Chair", contest, Method::Sum, secrecy);
    let roll = Roll::numbered(voters);
    Chosen {
        file,
        roll,
        roll_csv: None,
        local_trustees: secrecy == Secrecy::Secret,
        draft_alone: false,
        weights_show_votes: false,
    }
}

/// Three voters; of a secret one all trustees' keys lie in the folder.
pub async fn make(home: &Home, secrecy: Secrecy) -> MadeElection {
    match making::make(home, chosen(secrecy, 3), &mut Nobody).await.unwrap() {
        Made::Election(made) => *made,
        Made::Draft(_) => panic!("a draft"),
    }
}
