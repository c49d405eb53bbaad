//! `mail.jsonl` in the election's folder, for its owner alone: which letter went to whom, when, and what became of it. Private, and
//! no format that others read. The first line is `{"v":"veche-mail-1","election":ID}`, each further one a [`Line`]; the last of a
//! kind and a number holds. No code is ever in it, nor anything of it in the election's log.
//!
//! Each line is on the disk before anything follows from it: `sending` before a letter is handed over, what became of it before
//! the next one. A crash in between leaves `sending` as the last word, and then nobody knows whether the letter arrived: it is not
//! sent again unless the organiser says so. A line that a crash has cut was followed by nothing, and is cut off.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use veche_election::{Hash, VoterNumber};
use veche_server::{Home, home::HomeError};

use super::letter::Kind;
use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
};

pub const JOURNAL_FILE: &str = "mail.jsonl";
const JOURNAL_VERSION: &str = "veche-mail-1";
/// An address, a server's words, and what stands around them.
const LINE_MAX_BYTES: u64 = 4_096;
/// More letters than a roll of ten million voters ever takes.
const JOURNAL_MAX_BYTES: u64 = 16 << 30;

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
        let (standing, whole) = read(&mut file, &path, election)?;
        file.set_len(whole).map_err(io)?;
        let mut journal = Self { file, path, standing };
        if whole == 0 {
            journal.write(&Head { v: JOURNAL_VERSION.into(), election })?;
            home.sync()?;
        }
        Ok(journal)
    }

    /// What stands in it, for whoever sends nothing.
    pub fn look(home: &Home, election: Hash) -> Result<Standing> {
        let path = home.path(JOURNAL_FILE);
        match File::open(&path) {
            Ok(mut file) => Ok(read(&mut file, &path, election)?.0),
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
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| HomeError::io(&self.path, error).into())
    }
}

/// What stands there, and how many bytes of it are whole lines.
fn read(file: &mut File, path: &std::path::Path, election: Hash) -> Result<(Standing, u64)> {
    let io = |error: io::Error| Failure::from(HomeError::io(path, error));
    let damaged = |line: u64| {
        let shown = path.display();
        Failure::other(tr!("{shown}: line {line} is damaged", "{shown}: строка {line} повреждена")).next(tr!(
            "Nothing is sent: nobody knows to whom letters went. Look at the file, and mend or move it.",
            "Ничего не отправляется: неизвестно, кому письма уже ушли. Посмотрите на файл, исправьте или уберите его."
        ))
    };
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut lines = BufReader::new(file.take(JOURNAL_MAX_BYTES));
    let (mut standing, mut whole, mut bytes) = (Standing::new(), 0_u64, Vec::new());
    for place in 1_u64.. {
        bytes.clear();
        let read = lines.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut bytes).map_err(io)?;
        if bytes.last() != Some(&b'\n') {
            // Nothing, or what a crash has cut; but what is longer than any line was no cut one.
            return if (read as u64) < LINE_MAX_BYTES { Ok((standing, whole)) } else { Err(damaged(place)) };
        }
        whole += read as u64;
        if place == 1 {
            let head: Head = serde_json::from_slice(&bytes).map_err(|_| damaged(place))?;
            if head.v != JOURNAL_VERSION || head.election != election {
                let shown = path.display();
                return Err(Failure::other(tr!(
                    "{shown} is of another election, or of another version of this program",
                    "{shown} — от других выборов или от другой версии программы"
                )));
            }
            continue;
        }
        let line: Line = serde_json::from_slice(&bytes).map_err(|_| damaged(place))?;
        standing.insert((line.letter, line.number), line);
    }
    Ok((standing, whole))
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
            assert_eq!((became(1), became(2)), (Some(Became::Sent), None), "{cut}");
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
        std::fs::write(&path, [&whole[..], &[b'x'; 10_000]].concat()).unwrap();
        assert!(Journal::open(&home, Hash::ZERO).is_err(), "longer than any line");
    }
}
