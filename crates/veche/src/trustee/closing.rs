//! The one closing on which a key has a word. Two logs that differ in one ballot are both opened only if somebody honest has
//! said the codes of both; so what a key's program shows of a closing is noted before anybody can read it aloud, and no other
//! one is ever shown. Spec: `docs/spec/record.md` section 5, `docs/spec/trustees.md` section 10.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use veche_client::Address;
use veche_election::{Hash, canonical, log::Head, record::VerifiedSum};
use veche_server::home;

use super::no_ceremony;
use crate::{
    client,
    failure::{Exit, Failure, Result},
    files,
    lang::{both, tr},
    watch,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    election: Hash,
    /// The log up to and including the closing.
    size: u64,
    root: Hash,
    /// The board's signature under the log in which this closing was shown: with that under another, the proof of a fork.
    checkpoint: String,
}

/// The log up to and including its closing, which the key beside `key` stands for from now on. It is on the disk before its code
/// is on a screen.
pub fn stand_for(at: &str, key: &Path, verified: &VerifiedSum) -> Result<Head> {
    let head = verified.board().closed_log().ok_or_else(no_ceremony)?;
    let path = beside(key);
    let Some(bytes) = files::read_note(&path)? else {
        let (election, Head { size, root }) = (verified.election().id(), head);
        let noted = Noted { election, size, root, checkpoint: verified.checkpoint().to_owned() };
        home::write_atomically(&path, &canonical::write(&noted), 0o600)?;
        return Ok(head);
    };
    let noted: Noted = canonical::parse(&bytes).map_err(|_| unreadable(&path))?;
    if (noted.election, noted.size, noted.root) == (verified.election().id(), head.size, head.root) {
        return Ok(head);
    }
    Err(other(at, &path, &noted, verified)?)
}

/// What the board has signed now is kept, and is the proof of a fork where its tiles are there.
fn other(at: &str, path: &Path, noted: &Noted, verified: &VerifiedSum) -> Result<Failure> {
    let failure = Failure::new(
        Exit::CheckFailed,
        both!(
            "this key has stood for another closing before: it shows no code of a second one",
            "этот ключ уже показывал код другого закрытия: код второго он не покажет"
        ),
    );
    let next = tr!(
        "Somebody shows you another log than before. Read nothing aloud, and tell the other trustees. ({})",
        "Вам показывают другой журнал, чем раньше. Ничего не зачитывайте вслух и сообщите остальным доверенным. ({})",
        path.display()
    );
    if noted.election != verified.election().id() {
        return Ok(failure.next(next));
    }
    let address = if Address::is_one(at) { Some(client::at(at)?) } else { None };
    let (before, now) = (&noted.checkpoint, verified.checkpoint());
    let proof = watch::keep_evidence(path, verified.election(), before, now, address.as_ref())?;
    Ok(failure.next(proof.map_or(next, |proof| watch::show_fork(&proof))))
}

fn unreadable(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(
        Exit::CheckFailed,
        both!(
            "{path} cannot be read: for which closing this key stands is not known",
            "{path} не читается: код какого закрытия показывал этот ключ, неизвестно"
        ),
    )
    .next(both!("Put the note back as it was.", "Верните заметку, какой она была."))
}

fn beside(key: &Path) -> PathBuf {
    let mut path = key.to_owned().into_os_string();
    path.push(".closing.json");
    PathBuf::from(path)
}
