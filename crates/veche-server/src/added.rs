//! Whose the places are that were made after setup: the lines that the organiser signed for this host, in a private file
//! beside the database. A line is durable before its act is, so that nobody in the log is without a number; a line whose act
//! never came into the log says nothing. Spec: `docs/spec/entry.md` section 9.

use std::path::{Path, PathBuf};

use veche_election::{AddedVoter, Board, Election, Hash, roll::Seat};

use crate::home::{self, ADDED_FILE, HomeError};

/// A larger one is none of ours.
const FILE_MAX_BYTES: u64 = 512 << 20;

pub struct AddedFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl AddedFile {
    /// The file beside another of the election's folder, and what it says, in the order in which it was written.
    pub fn beside(file: &Path, election: &Election) -> Result<(Self, Vec<AddedVoter>), HomeError> {
        let path = file.with_file_name(ADDED_FILE);
        let bytes = match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(HomeError::io(&path, error)),
            Ok(about) if about.len() > FILE_MAX_BYTES => return Err(HomeError::file(&path, "it is too large")),
            Ok(_) => std::fs::read(&path).map_err(|error| HomeError::io(&path, error))?,
        };
        let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let voters = lines.map(|line| AddedVoter::read(line, election)).collect::<Result<_, _>>();
        let voters = voters.map_err(|error| HomeError::file(&path, error))?;
        Ok((Self { path, bytes }, voters))
    }

    /// Puts a line there for good.
    pub(crate) fn keep(&mut self, line: &[u8]) -> Result<(), HomeError> {
        let bytes = [self.bytes.as_slice(), line, b"\n"].concat();
        home::write_from_task(&self.path, &bytes, 0o600)?;
        self.bytes = bytes;
        Ok(())
    }
}

/// A place that was made after setup, whose line in the file is the one of this number, from 0.
#[derive(Debug, Clone)]
pub struct AddedSeat {
    pub line: usize,
    /// With the credential that the place had at first.
    pub seat: Seat,
}

/// The voters whom the log has added, as far as this folder knows who they are.
pub fn added_seats(voters: &[AddedVoter], board: &Board) -> Vec<AddedSeat> {
    let places: std::collections::HashMap<Hash, _> = board.added().iter().map(|place| (place.act, place)).collect();
    let seat = |(line, voter): (usize, &AddedVoter)| {
        let place = places.get(&voter.act)?;
        let (number, name) = (voter.number, voter.name.clone());
        Some(AddedSeat { line, seat: Seat { number, name, weight: place.weight, credential: place.credential } })
    };
    voters.iter().enumerate().filter_map(seat).collect()
}
