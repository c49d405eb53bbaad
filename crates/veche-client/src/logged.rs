//! Which booths a log names: the acts as the server gives them, each checked, and proven to stand in the log.
//! Spec: `docs/spec/booth.md` section 6, `docs/spec/entry.md` section 10.

use veche_election::{
    Act, Election, Hash, Signatory,
    board::{BOOTHS_MAX, NamedBooth},
    entry::{CheckedControl, ControlLink, EntryError},
};

use crate::{
    address::{Address, RequestError},
    told::BoothEntry,
    watching::{LookError, Signed},
};

/// Why the acts are not those of the log. Who erred: the server, or the way to it.
#[derive(Debug, thiserror::Error)]
pub enum LoggedError {
    /// No answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// What was served is no list of such entries.
    #[error("/booths.json is none: {0}")]
    Form(String),
    /// An entry of the list is none.
    #[error("/booths.json, entry {index}: {error}")]
    Entry {
        /// Where it is said to stand in the log.
        index: u64,
        /// What is wrong with it.
        error: EntryError,
    },
    /// An entry does not follow the one before.
    #[error("/booths.json, entry {index}, is not the next act of the board that names a booth")]
    Chain {
        /// Where it is said to stand in the log.
        index: u64,
    },
    /// The log that was shown does not have an entry of the list.
    #[error(transparent)]
    Look(#[from] LookError),
}

impl Address {
    /// The booths that the log of this checkpoint names. Acts behind it are left out.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn logged_booths(&self, election: &Election, shown: &Signed) -> Result<Vec<NamedBooth>, LoggedError> {
        // Whoever only shows the files of a record says nothing of booths.
        let Some(bytes) = self.get("/booths.json")? else { return Ok(Vec::new()) };
        let given: Vec<BoothEntry> =
            serde_json::from_slice(&bytes).map_err(|error| LoggedError::Form(error.to_string()))?;
        if given.len() as u64 > BOOTHS_MAX {
            return Err(LoggedError::Form(format!("more than {BOOTHS_MAX} acts")));
        }
        let (mut named, mut prev) = (Vec::new(), ControlLink::FIRST.prev);
        for (n, BoothEntry { index, entry }) in (1..).zip(given) {
            let error = |error| LoggedError::Entry { index, error };
            let control = CheckedControl::check(&entry, election).map_err(error)?;
            let next = (control.entry().n, control.entry().prev) == (n, prev);
            let Act::Booth { hash } = control.entry().act else { return Err(LoggedError::Chain { index }) };
            if !next || control.entry().by != Signatory::Board {
                return Err(LoggedError::Chain { index });
            }
            if index < shown.checkpoint.size {
                self.has_entry(shown, index, control.leaf())?;
                named.push(NamedBooth { index, hash });
            }
            prev = control.leaf();
        }
        Ok(named)
    }
}

/// Does one of them name it?
pub fn names(named: &[NamedBooth], hash: Hash) -> bool {
    named.iter().any(|booth| booth.hash == hash)
}
