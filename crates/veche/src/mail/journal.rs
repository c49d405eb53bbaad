//! `mail.jsonl` in the election's folder, for its owner alone: which letter went to whom, when, and what became of it. Private, and
//! no format that others read. The first line is `{"v":"veche-mail-1","election":ID}`, each further one a [`Line`]; the last of a
//! kind and a number holds. No code is ever in it, nor anything of it in the election's log.
//!
//! Each line is on the disk before anything follows from it: `sending` before a letter is handed over, what became of it before
//! the next one. A crash in between leaves `sending` as the last word, and then nobody knows whether the letter arrived: it is not
//! sent again unless the organiser says so. A line that a crash has cut was followed by nothing, and is cut off; one that only lacks its
//! line end holds.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use veche_election::{Hash, VoterNumber, record::FILE_MAX_BYTES};
use veche_server::{Home, home::HomeError};

use super::letter::Kind;
use crate::{
    failure::{Exit, Failure, Result},
    lang::{both, tr},
};

pub const JOURNAL_FILE: &str = "mail.jsonl";
const JOURNAL_VERSION: &str = "veche-mail-1";
/// An address, a server's words, and what stands around them.
const LINE_MAX_BYTES: u64 = 4_096;
/// Some millions of letters; a backup takes no larger file either.
const JOURNAL_MAX_BYTES: u64 = FILE_MAX_BYTES;
/// How every line but the first begins, and how a cut one does, as far as it goes.
const LINE_BEGINS: &[u8] = b"{\"at\":";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    v: String,
    election: Hash,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Unix seconds.
    pub at: u64,
    pub letter: Kind,
    pub number: VoterNumber,
    pub to: String,
    pub became: Became,
    /// The mail server's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// Being handed over. As the last word: the program stopped meanwhile.
    Sending,
    /// The mail server has taken it. (Whether it arrives, no program knows.)
    Sent,
    /// Not now: sent at the next run.
    Later,
    /// Not to this address.
    Refused,
    /// The connection broke when the letter may have been taken.
    Unknown,
}

/// By kind of letter and voter: the last word.
pub type Standing = HashMap<(Kind, VoterNumber), Line>;

/// Open for this process alone.
pub struct Journal {
    file: File,
    path: PathBuf,
    bytes: u64,
    pub standing: Standing,
}

impl Journal {
    /// # Errors
    /// Another `veche mail` is at work in this folder; the file is damaged, or of another election.
    pub fn open(home: &Home, election: Hash) -> Result<Self> {
        let path = home.path(JOURNAL_FILE);
        let io = |error: io::Error| Failure::from(HomeError::io(&path, error));
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let mut file = options.open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = tr!(
                    "another veche mail is sending letters of this election",
                    "письма этих выборов уже отправляет другая команда veche mail"
                );
                return Err(Failure::new(Exit::Busy, text));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let Found { standing, whole, lacks_end } = read(&mut file, &path, election)?;
        file.set_len(whole).map_err(io)?;
        let mut journal = Self { file, path, bytes: whole, standing };
        if lacks_end {
            journal.put(b"\n")?;
        }
        if whole == 0 {
            journal.write(&Head::of(election))?;
            home.sync()?;
        }
        Ok(journal)
    }

    /// What stands in it, for whoever sends nothing.
    pub fn look(home: &Home, election: Hash) -> Result<Standing> {
        let path = home.path(JOURNAL_FILE);
        match File::open(&path) {
            Ok(mut file) => Ok(read(&mut file, &path, election)?.standing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::new()),
            Err(error) => Err(HomeError::io(&path, error).into()),
        }
    }

    /// On the disk when it returns.
    pub fn note(&mut self, line: Line) -> Result<()> {
        self.write(&line)?;
        self.standing.insert((line.letter, line.number), line);
        Ok(())
    }

    fn write(&mut self, line: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(line).map_err(Failure::other)? + "\n";
        // What could not be read again is not written.
        let length = text.len() as u64;
        if length > LINE_MAX_BYTES || self.bytes.saturating_add(length) > JOURNAL_MAX_BYTES {
            return Err(too_large(&self.path));
        }
        self.put(text.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| HomeError::io(&self.path, error))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Head {
    fn of(election: Hash) -> Self {
        Self { v: JOURNAL_VERSION.into(), election }
    }
}

fn too_large(path: &Path) -> Failure {
    let shown = path.display();
    Failure::other(both!("{shown} is too large", "файл {shown} слишком велик"))
}

/// A journal as it was found.
struct Found {
    standing: Standing,
    /// So many bytes of it hold.
    whole: u64,
    /// The last line holds, and lacks its line end.
    lacks_end: bool,
}

fn read(file: &mut File, path: &Path, election: Hash) -> Result<Found> {
    let io = |error: io::Error| Failure::from(HomeError::io(path, error));
    let damaged = |line: u64| {
        let shown = path.display();
        Failure::other(both!("{shown}: line {line} is damaged", "{shown}: строка {line} повреждена")).next(both!(
            "Nothing is sent: nobody knows to whom letters went. Look at the file, and mend or move it.",
            "Ничего не отправляется: неизвестно, кому письма уже ушли. Посмотрите на файл, исправьте или уберите его."
        ))
    };
    if file.metadata().map_err(io)?.len() > JOURNAL_MAX_BYTES {
        return Err(too_large(path));
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut lines = BufReader::new(file.take(JOURNAL_MAX_BYTES));
    let (mut found, mut bytes) = (Found { standing: Standing::new(), whole: 0, lacks_end: false }, Vec::new());
    for place in 1_u64.. {
        bytes.clear();
        let read = lines.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut bytes).map_err(io)?;
        if read == 0 {
            break;
        }
        found.lacks_end = bytes.last() != Some(&b'\n');
        if place == 1 {
            match serde_json::from_slice::<Head>(&bytes) {
                Ok(head) if head.v == JOURNAL_VERSION && head.election == election => {}
                Ok(_) => {
                    let shown = path.display();
                    return Err(Failure::other(both!(
                        "{shown} is of another election, or of another version of this program",
                        "{shown} — от других выборов или от другой версии программы"
                    )));
                }
                Err(_) => {
                    let ours = serde_json::to_vec(&Head::of(election)).map_err(Failure::other)?;
                    // What a crash has cut at the very beginning is made anew.
                    let is_cut = found.lacks_end && ours.starts_with(&bytes);
                    return if is_cut { Ok(Found { lacks_end: false, ..found }) } else { Err(damaged(place)) };
                }
            }
        } else {
            match serde_json::from_slice::<Line>(&bytes) {
                Ok(line) => drop(found.standing.insert((line.letter, line.number), line)),
                Err(_) => {
                    let begins = bytes.starts_with(LINE_BEGINS) || LINE_BEGINS.starts_with(&bytes);
                    let is_cut = found.lacks_end && begins && (read as u64) < LINE_MAX_BYTES;
                    return if is_cut { Ok(Found { lacks_end: false, ..found }) } else { Err(damaged(place)) };
                }
            }
        }
        found.whole += read as u64;
    }
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use veche_election::{Hash, VoterNumber};
    use veche_server::Home;

    use super::{Became, JOURNAL_FILE, Journal, Line};
    use crate::mail::letter::Kind;

    fn line(number: u64, became: Became) -> Line {
        let number = VoterNumber::new(number).unwrap();
        let (to, words) = ("anna@example.org".into(), String::new());
        Line { at: 1, letter: Kind::Invitation, number, to, became, words }
    }

    #[test]
    fn a_line_that_a_crash_has_cut_is_cut_off_and_a_damaged_one_is_no_absence() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let path = home.path(JOURNAL_FILE);
        let mut journal = Journal::open(&home, Hash::ZERO).unwrap();
        journal.note(line(1, Became::Sending)).unwrap();
        journal.note(line(1, Became::Sent)).unwrap();
        journal.note(line(2, Became::Sending)).unwrap();
        assert!(Journal::open(&home, Hash::ZERO).is_err(), "two at once");
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let became = |number| {
            let standing = Journal::look(&home, Hash::ZERO).unwrap();
            standing.get(&(Kind::Invitation, VoterNumber::new(number).unwrap())).map(|line| line.became)
        };
        // Wherever the last line is cut, the one before it holds.
        let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for cut in last..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            // But for its line end it is whole, and holds.
            let second = (cut == whole.len() - 1).then_some(Became::Sending);
            assert_eq!((became(1), became(2)), (Some(Became::Sent), second), "{cut}");
            let mut journal = Journal::open(&home, Hash::ZERO).unwrap();
            journal.note(line(2, Became::Later)).unwrap();
            drop(journal);
            assert_eq!((became(1), became(2)), (Some(Became::Sent), Some(Became::Later)), "{cut}");
        }
        for (from, to) in
            [("veche-mail-1", "veche-mail-2"), ("\"sent\"", "\"gone\""), ("\"number\":\"1\"", "\"number\":\"!\"")]
        {
            let text = String::from_utf8(whole.clone()).unwrap().replacen(from, to, 1);
            std::fs::write(&path, text).unwrap();
            assert!(Journal::open(&home, Hash::ZERO).is_err() && Journal::look(&home, Hash::ZERO).is_err(), "{to}");
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(Journal::open(&home, Hash([1; 32])).is_err(), "of another election");
        for (behind, why) in
            [(&[b'x'; 10_000][..], "longer than any line"), (b"x", "no line of ours"), (b"{\"au", "another's")]
        {
            std::fs::write(&path, [&whole[..], behind].concat()).unwrap();
            assert!(Journal::open(&home, Hash::ZERO).is_err(), "{why}");
        }
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
        std::fs::write(&path, b"a list of addresses").unwrap();
        assert!(Journal::open(&home, Hash::ZERO).is_err(), "another file is not emptied");
        for cut in 0..=first {
            std::fs::write(&path, &whole[..cut]).unwrap();
            drop(Journal::open(&home, Hash::ZERO).unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), whole[..=first], "{cut}");
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let mut journal = Journal::open(&home, Hash::ZERO).unwrap();
        let long = Line { words: "x".repeat(5_000), ..line(1, Became::Later) };
        assert!(journal.note(long).is_err() && journal.standing.is_empty());
        journal.note(line(1, Became::Sent)).unwrap();
        drop(journal);
        assert_eq!(Journal::look(&home, Hash::ZERO).unwrap().len(), 1);
        let file = std::fs::OpenOptions::new().write(true).open(home.path(JOURNAL_FILE)).unwrap();
        file.set_len(super::JOURNAL_MAX_BYTES + 1).unwrap();
        assert!(Journal::open(&home, Hash::ZERO).is_err(), "and is not cut off");
        assert_eq!(file.metadata().unwrap().len(), super::JOURNAL_MAX_BYTES + 1);
    }
}
