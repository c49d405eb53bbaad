//! A voter who is added to the roll after setup. The log says of the new place what the published roll shows of others; who
//! it is, the organiser tells the host alone, in a second line that is signed together with the act.
//! Spec: `docs/spec/entry.md` section 9.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, CanonicalError},
    entry::{Act, CheckedControl, EntryError, form::unsigned_part},
    hash::Hash,
    keys::{KeyError, Signature, SigningKey},
    manifest::Election,
    roll::{VoterNumber, check_name},
    text::TextError,
};

/// The one form of the line; label of its signature.
pub const ADDED_VERSION: &str = "veche-added-1";
/// A name of 200 characters, a number, two hashes, a signature, and the JSON around them.
pub const ADDED_LINE_MAX_BYTES: usize = 2_048;

/// Who erred: the organiser's program, or whoever brought the line.
#[derive(Debug, thiserror::Error)]
pub enum AddedError {
    /// See [`ADDED_LINE_MAX_BYTES`].
    #[error("the line that says who was added is longer than 2048 bytes")]
    TooLong,
    /// No canonical JSON of this shape.
    #[error("the line that says who was added is {0}")]
    Canonical(#[from] CanonicalError),
    /// See [`ADDED_VERSION`].
    #[error("the line that says who was added is of an unknown version")]
    Version,
    /// Or to another election.
    #[error("the line that says who was added belongs to another act")]
    OtherAct,
    /// Of the number or the name, where the log shows it.
    #[error("the line that says who was added says something else than the act")]
    Shown,
    /// Texts are clean, whoever sees them.
    #[error("the name of the voter who was added {0}")]
    Name(#[from] TextError),
    /// Whoever sent it is not the organiser.
    #[error("the signature of the line that says who was added does not verify")]
    Signature(#[from] KeyError),
    /// The line is missing, or stands where none belongs.
    #[error("an act that adds a voter comes with a line that says who it is, and no other act does")]
    Missing,
}

/// Whose the new place is: the second line, as it stands in the host's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedVoter {
    /// [`ADDED_VERSION`].
    pub v: String,
    /// Its id.
    pub election: Hash,
    /// Leaf hash of the act that makes the place.
    pub act: Hash,
    /// The voter's.
    pub number: VoterNumber,
    /// The voter's, or empty.
    pub name: String,
    /// The organiser's.
    pub sig: Signature,
}

impl AddedVoter {
    /// The exact bytes of the line.
    pub fn sign(election: Hash, act: Hash, number: VoterNumber, name: &str, key: &SigningKey) -> Vec<u8> {
        let (v, name, sig) = (ADDED_VERSION.into(), name.to_owned(), Signature([0; 64]));
        let mut line = Self { v, election, act, number, name, sig };
        line.sig = key.sign(ADDED_VERSION, &[unsigned_part(&canonical::write(&line))]);
        canonical::write(&line)
    }

    /// # Errors
    ///
    /// Whoever wrote the line erred: its form, its election, its name or its signature.
    pub fn read(bytes: &[u8], election: &Election) -> Result<Self, AddedError> {
        if bytes.len() > ADDED_LINE_MAX_BYTES {
            return Err(AddedError::TooLong);
        }
        let line: Self = canonical::parse(bytes)?;
        if line.v != ADDED_VERSION {
            return Err(AddedError::Version);
        }
        if line.election != election.id() {
            return Err(AddedError::OtherAct);
        }
        check_name(&line.name)?;
        election.keys().organiser.verify(ADDED_VERSION, &[unsigned_part(bytes)], &line.sig)?;
        Ok(line)
    }

    /// Says who is added by this act, and nothing else than the act says.
    ///
    /// # Errors
    ///
    /// The line belongs to another act, or says something else than this one.
    pub fn fits(&self, control: &CheckedControl) -> Result<(), AddedError> {
        let Act::Add { number, name, .. } = &control.entry().act else { return Err(AddedError::Missing) };
        if self.act != control.leaf() {
            return Err(AddedError::OtherAct);
        }
        self.fits_shown(*number, name.as_deref())
    }

    /// Says nothing else than what the act shows of the voter.
    ///
    /// # Errors
    ///
    /// The organiser's program erred, or the line was put beside another act.
    pub fn fits_shown(&self, number: Option<VoterNumber>, name: Option<&str>) -> Result<(), AddedError> {
        let same = number.is_none_or(|number| number == self.number) && name.is_none_or(|name| name == self.name);
        if same { Ok(()) } else { Err(AddedError::Shown) }
    }
}

/// What a host is sent: the bytes of an act, and behind a line feed, where it adds a voter, the line that says who that is.
#[derive(Debug, Clone)]
pub struct SentAct {
    /// The act.
    pub control: CheckedControl,
    /// Whom it adds, if it adds somebody.
    pub voter: Option<NamedVoter>,
}

/// A line that was read, with its exact bytes.
#[derive(Debug, Clone)]
pub struct NamedVoter {
    /// Without a line feed.
    pub line: Vec<u8>,
    /// What it says.
    pub voter: AddedVoter,
}

/// Who erred: whoever sent it.
#[derive(Debug, thiserror::Error)]
pub enum SentError {
    /// Of the first line.
    #[error(transparent)]
    Act(#[from] EntryError),
    /// Of the second line.
    #[error(transparent)]
    Added(#[from] AddedError),
}

impl SentAct {
    /// # Errors
    ///
    /// Whoever sent it erred: in the act, or in what stands behind it.
    pub fn check(bytes: &[u8], election: &Election) -> Result<Self, SentError> {
        // No entry has a line feed in it: canonical JSON writes it otherwise.
        let (entry, line) = match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) => (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..)),
            None => (bytes, None),
        };
        let control = CheckedControl::check(entry, election)?;
        let voter = line.map(|line| NamedVoter::read(line, election, &control)).transpose()?;
        if voter.is_some() != matches!(control.entry().act, Act::Add { .. }) {
            return Err(AddedError::Missing.into());
        }
        Ok(Self { control, voter })
    }
}

impl NamedVoter {
    fn read(line: &[u8], election: &Election, control: &CheckedControl) -> Result<Self, AddedError> {
        let voter = AddedVoter::read(line, election)?;
        voter.fits(control)?;
        Ok(Self { line: line.to_vec(), voter })
    }
}

/// Of acts that add nobody.
impl From<CheckedControl> for SentAct {
    fn from(control: CheckedControl) -> Self {
        Self { control, voter: None }
    }
}
