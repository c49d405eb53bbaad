//! Whose the places are that were made after setup: the lines that the organiser signed for this host, in a private file
//! beside the database. A line is durable before its act is, so that nobody in the log is without a number; a line whose act
//! never came into the log says nothing. There is one line for an act. Spec: `docs/spec/entry.md` section 9.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use veche_election::{AddedVoter, Board, Election, Hash, added::NamedVoter, roll::Seat};

use crate::home::{self, ADDED_FILE, HomeError};

/// A larger one is none of ours, and none is made that the next start would refuse.
pub const ADDED_FILE_MAX_BYTES: u64 = 512 << 20;
const TOO_LARGE: &str = "it is too large";

pub struct AddedFile {
    path: PathBuf,
    max_bytes: u64,
    /// Each with its line feed.
    lines: Vec<Vec<u8>>,
    /// Which of them says whom an act adds.
    by_act: HashMap<Hash, usize>,
}

impl AddedFile {
    /// The file beside another of the election's folder, and what it says, in the order in which it was written.
    pub fn beside(file: &Path, election: &Election) -> Result<(Self, Vec<AddedVoter>), HomeError> {
        let mut this = Self::empty(file.with_file_name(ADDED_FILE), ADDED_FILE_MAX_BYTES);
        let bytes = match std::fs::metadata(&this.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(HomeError::io(&this.path, error)),
            Ok(about) if about.len() > this.max_bytes => return Err(HomeError::file(&this.path, TOO_LARGE)),
            Ok(_) => std::fs::read(&this.path).map_err(|error| HomeError::io(&this.path, error))?,
        };
        let mut voters = Vec::new();
        for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let voter = this.read(line, election).map_err(|error| bad_line(&this.path, number, &error))?;
            voters.push(voter);
        }
        Ok((this, voters))
    }

    fn empty(path: PathBuf, max_bytes: u64) -> Self {
        Self { path, max_bytes, lines: Vec::new(), by_act: HashMap::new() }
    }

    fn read(&mut self, line: &[u8], election: &Election) -> Result<AddedVoter, String> {
        let text = line.strip_suffix(b"\n").ok_or("it does not end")?;
        let voter = AddedVoter::read(text, election).map_err(|error| error.to_string())?;
        if self.by_act.insert(voter.act, self.lines.len()).is_some() {
            return Err("an earlier line says already whom this act adds".into());
        }
        self.lines.push(line.to_vec());
        Ok(voter)
    }

    /// Puts the line there for good. One that was kept for the same act says nothing, since that act is only now to come into
    /// the log: the new one takes its place, and the others keep theirs, by which cards are named.
    pub(crate) fn keep(&mut self, named: &NamedVoter) -> Result<(), HomeError> {
        let line = [named.line.as_slice(), b"\n"].concat();
        let place = self.by_act.get(&named.voter.act).copied().unwrap_or(self.lines.len());
        let behind = self.lines.get(place + 1..).unwrap_or_default();
        let lines = self.lines.iter().take(place).chain([&line]).chain(behind);
        let bytes = lines.flatten().copied().collect::<Vec<u8>>();
        if bytes.len() as u64 > self.max_bytes {
            return Err(HomeError::file(&self.path, TOO_LARGE));
        }
        home::write_from_task(&self.path, &bytes, 0o600)?;
        match self.lines.get_mut(place) {
            Some(old) => *old = line,
            None => self.lines.push(line),
        }
        self.by_act.insert(named.voter.act, place);
        Ok(())
    }
}

fn bad_line(path: &Path, number: usize, error: &dyn core::fmt::Display) -> HomeError {
    HomeError::file(path, format!("line {number}: {error}"))
}

/// A place that was made after setup, whose line in the file is the one of this number, from 0.
#[derive(Debug, Clone)]
pub struct AddedSeat {
    pub line: usize,
    /// With the credential that the place had at first.
    pub seat: Seat,
}

/// The voters whom the log has added, as far as this folder knows who they are.
///
/// # Errors
///
/// A line says something else of a voter than the act does: the folder is not that of this log, or its file was changed.
pub fn added_seats(voters: &[AddedVoter], board: &Board) -> Result<Vec<AddedSeat>, HomeError> {
    let places: HashMap<Hash, _> = board.added().iter().map(|place| (place.act, place)).collect();
    let mut seats = Vec::new();
    for (line, voter) in voters.iter().enumerate() {
        let Some(place) = places.get(&voter.act) else { continue };
        let (number, name) = (voter.number, voter.name.clone());
        let fits = voter.fits_shown(place.number, place.name.as_deref());
        fits.map_err(|error| bad_line(Path::new(ADDED_FILE), line + 1, &error))?;
        seats.push(AddedSeat { line, seat: Seat { number, name, weight: place.weight, credential: place.credential } });
    }
    Ok(seats)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use veche_election::{Signature, VoterNumber, added::ADDED_VERSION};

    use super::*;

    fn named(act: u8, number: &str) -> NamedVoter {
        let voter = AddedVoter {
            v: ADDED_VERSION.into(),
            election: Hash::ZERO,
            act: Hash([act; 32]),
            number: VoterNumber::parse(number).unwrap(),
            name: String::new(),
            sig: Signature([0; 64]),
        };
        NamedVoter { line: number.as_bytes().to_vec(), voter }
    }

    /// What is kept stays one line for an act, at its place; and a file that no start would take is not made.
    #[tokio::test]
    async fn a_line_for_the_same_act_takes_the_place_of_the_old_one_and_the_file_stays_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = AddedFile::empty(dir.path().join(ADDED_FILE), 12);
        let says = || std::fs::read_to_string(dir.path().join(ADDED_FILE)).unwrap();
        for (act, number, lines) in
            [(1, "8", "8\n"), (2, "9", "8\n9\n"), (1, "8", "8\n9\n"), (1, "118", "118\n9\n"), (3, "7", "118\n9\n7\n")]
        {
            file.keep(&named(act, number)).unwrap();
            assert_eq!(says(), lines);
        }
        assert!(file.keep(&named(4, "10000")).unwrap_err().to_string().contains(TOO_LARGE));
        assert_eq!(says(), "118\n9\n7\n");
        file.keep(&named(4, "100")).unwrap();
    }
}
