//! Entries: the leaves of the public log. A ballot entry is signed by a voter's credential, a control entry by the
//! organiser or the board. What is checked, stored, hashed and counted are the same bytes.
//! Spec: `docs/spec/entry.md`.

use serde::{Deserialize, Serialize};

use crate::{
    ballot::{BallotAgain, ReadBallot, WeightSeed},
    canonical::{self, CanonicalError},
    credential::CredentialKey,
    encoding::Blob,
    hash::Hash,
    keys::{KeyError, PublicKey, Signature, SigningKey},
    log::{Head, leaf_hash},
    lot,
    manifest::{ENTRY_MAX_BYTES, Election, LOT_MAX_CHARS, TIME_MAX},
    marks::MarksError,
    text,
};

mod act;

pub use crate::ballot::{BallotCode, CheckedBallot};
pub use act::{Act, Signatory};

/// `v` of a ballot entry, and the label of its signature.
pub const BALLOT_VERSION: &str = "veche-entry-2";
/// `v` of a control entry, and the label of its signature.
pub const CONTROL_VERSION: &str = "veche-control-2";
/// `seq` and `n` stay within what every language reads exactly.
pub const SEQ_MAX: u64 = 1 << 31;
/// A reason that an act gives, in characters.
pub const REASON_MAX_CHARS: usize = 500;
/// Bytes of `,"sig":"` + 86 symbols + `"}`: what the signature does not cover.
const SIG_FIELD_BYTES: usize = 8 + 86 + 2;

/// Who erred: whoever made the entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// See [`ENTRY_MAX_BYTES`].
    #[error("the entry is longer than 65,535 bytes")]
    TooLong,
    /// No canonical JSON of this shape.
    #[error("the entry is {0}")]
    Canonical(#[from] CanonicalError),
    /// See [`BALLOT_VERSION`] and [`CONTROL_VERSION`].
    #[error("the entry is of an unknown version")]
    Version,
    /// It cannot be carried from one election to another.
    #[error("the entry belongs to another election")]
    Election,
    /// `seq`, `n` or a time: see [`SEQ_MAX`] and [`TIME_MAX`].
    #[error("a number of the entry is out of range")]
    Counter,
    /// Somebody else made it, or it was changed since.
    #[error("the entry's signature does not verify")]
    Signature(#[from] KeyError),
    /// They do not fit the contests.
    #[error("{0}")]
    Marks(#[from] MarksError),
    /// What they say is clear; one vote has one form, so that it has one leaf hash.
    #[error("the entry's marks are not in their one written form")]
    MarksForm,
    /// An open ballot in a secret election, or the contrary.
    #[error("the ballot is of a kind that this election does not have")]
    Kind,
    /// It proves no valid ballot, or not by this voter at this place.
    #[error("{0}")]
    Proof(#[from] veche_crypto::onehot::ProofError),
    /// The manifest names fewer.
    #[error("there is no trustee of this number")]
    Trustee,
    /// Where the published roll shows numbers, or names, the act shows the same; else neither.
    #[error("the act says something else of the voter than the published roll does of others")]
    Shown,
    /// The words that may stand there are in `docs/spec/entry.md` section 9.
    #[error(
        "where the roll shows nothing, the reason is mistake, joined, left, died or decision: a text would tell of somebody"
    )]
    RollReason,
    /// Contests are counted from 1, and candidates named as the manifest names them.
    #[error("there is no such candidate in this contest, or it stands for \"none of them\" and cannot be withdrawn")]
    Candidate,
    /// Texts of people are bounded, and hold nothing that cannot be seen.
    #[error("a text of the entry {0}")]
    Reason(#[from] text::TextError),
    /// See [`crate::lot`].
    #[error("what was drawn is written as numbers with one space between them, and no zero in front")]
    Drawn,
}

/// The kinds of ballot: which one an election has stands in its manifest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Ballot {
    /// Everybody reads it, after the closing.
    Open {
        /// In their written form, one for each contest.
        marks: Vec<String>,
    },
    /// Ciphertexts and their proof (`docs/spec/secret.md` section 4).
    Secret {
        /// R of every row, then C of every bit that is sent: points of 32 bytes.
        cells: Blob,
        /// That each row holds one choice, and the rows of bounded approvals no more and no fewer than allowed.
        proof: Blob,
    },
}

impl core::fmt::Debug for Ballot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Ballot(redacted)")
    }
}

/// A ballot in the log, as JSON has it, in this order of fields (`docs/spec/entry.md` section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotEntry {
    /// [`BALLOT_VERSION`].
    pub v: String,
    /// The election's id.
    pub election: Hash,
    /// Whose ballot it is: the log names nobody otherwise.
    pub credential: PublicKey,
    /// 1 for a credential's first entry; then one more than the last.
    pub seq: u64,
    /// The leaf hash of this voter's last entry in the log, zeros if there is none.
    pub prev: Hash,
    /// Of the kind that the manifest says.
    pub ballot: Ballot,
    /// By `credential`, over all bytes before it.
    pub sig: Signature,
}

/// Where a voter's next entry stands: what `seq` and `prev` must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub seq: u64,
    /// Leaf hash of the voter's last entry, zeros if there is none.
    pub prev: Hash,
}

impl Position {
    /// Of who has not voted.
    pub const FIRST: Self = Self { seq: 1, prev: Hash::ZERO };
}

impl BallotEntry {
    /// Makes the exact bytes of an open entry. The marks are written as given: the server, not the pen, judges them.
    pub fn sign(election: Hash, key: &CredentialKey, at: Position, marks: Vec<String>) -> Vec<u8> {
        let (v, ballot) = (BALLOT_VERSION.into(), Ballot::Open { marks });
        let Position { seq, prev } = at;
        let sig = Signature([0; 64]);
        let mut entry = Self { v, election, credential: key.public(), seq, prev, ballot, sig };
        entry.sig = key.0.sign(BALLOT_VERSION, &[unsigned_part(&canonical::write(&entry))]);
        canonical::write(&entry)
    }
}

/// An act in the log, as JSON has it, in this order of fields (`docs/spec/entry.md` section 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlEntry {
    /// [`CONTROL_VERSION`].
    pub v: String,
    /// The election's id.
    pub election: Hash,
    /// Control entries are numbered from 1, those that name a booth for themselves; ...
    pub n: u64,
    /// ... and each names the leaf hash of the one before (zeros in the first), so none can be replayed.
    pub prev: Hash,
    /// The log that the signer saw: it holds the control entry before this one, and is the beginning of the log in
    /// which this entry stands. So an act counts for no other log.
    pub seen: Head,
    /// Unix seconds by the signer's clock: for people; order is the log's.
    pub at: u64,
    /// With whose key it is signed. Whether that one may, the board says.
    pub by: Signatory,
    /// What it does.
    pub act: Act,
    /// By the key of `by`, over all bytes before it.
    pub sig: Signature,
}

impl ControlEntry {
    /// Makes the exact bytes. `at`: Unix seconds; `key`: of `by`. Whether the board takes it is not asked here.
    pub fn sign(election: Hash, link: ControlLink, at: u64, by: Signatory, act: Act, key: &SigningKey) -> Vec<u8> {
        let (v, sig) = (CONTROL_VERSION.into(), Signature([0; 64]));
        let ControlLink { n, prev, seen } = link;
        let mut entry = Self { v, election, n, prev, seen, at, by, act, sig };
        entry.sig = key.sign(CONTROL_VERSION, &[unsigned_part(&canonical::write(&entry))]);
        canonical::write(&entry)
    }
}

/// Where the next control entry stands, and behind which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlLink {
    /// Counted from 1.
    pub n: u64,
    /// Leaf hash of the control entry before, zeros in the first.
    pub prev: Hash,
    /// The log that the signer has seen.
    pub seen: Head,
}

impl ControlLink {
    /// Of the setup, in an empty log.
    pub const FIRST: Self = Self { n: 1, prev: Hash::ZERO, seen: Head::EMPTY };
}

/// A control entry whose form, election and signature are checked. Only the check makes one.
#[derive(Debug, Clone)]
pub struct CheckedControl(ReadControl);

/// A control entry that was checked before it came into the log, read again without its signature.
#[derive(Debug, Clone)]
pub struct ControlAgain(ReadControl);

/// What the bytes of a control entry say.
#[derive(Debug, Clone)]
pub(crate) struct ReadControl {
    pub(crate) entry: ControlEntry,
    bytes: Vec<u8>,
    pub(crate) leaf: Hash,
}

impl ReadControl {
    fn new(entry: ControlEntry, bytes: &[u8]) -> Self {
        Self { entry, bytes: bytes.to_vec(), leaf: leaf_hash(bytes) }
    }
}

impl CheckedControl {
    /// # Errors
    ///
    /// Whoever signed it, or brought it, erred: form, election, texts or signature.
    pub fn check(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        let entry: ControlEntry = parse_entry(bytes)?;
        check_header(&entry.v, CONTROL_VERSION, entry.election, entry.n, election)?;
        let closes = if let Act::Extend { closes, .. } = entry.act { closes } else { 0 };
        if entry.at.max(closes) > TIME_MAX {
            return Err(EntryError::Counter);
        }
        if let Some(reason) = entry.act.reason() {
            text::check(reason, REASON_MAX_CHARS)?;
        }
        entry.act.check_roll_change(election.draft().roll_shows)?;
        if matches!(entry.act, Act::Withdraw { .. }) && entry.act.withdraws(election).is_none() {
            return Err(EntryError::Candidate);
        }
        if let Act::Lot { drawn } = &entry.act {
            if !lot::is_drawn(drawn) {
                return Err(EntryError::Drawn);
            }
            text::check(drawn, LOT_MAX_CHARS)?;
        }
        let key = match entry.by {
            Signatory::Organiser => election.keys().organiser,
            Signatory::Board => election.keys().board,
            Signatory::Trustee => {
                let trustee = entry.act.trustee().and_then(|number| election.trustee(number));
                trustee.ok_or(EntryError::Trustee)?.key
            }
        };
        key.verify(CONTROL_VERSION, &[unsigned_part(bytes)], &entry.sig)?;
        Ok(Self(ReadControl::new(entry, bytes)))
    }

    /// What the bytes say.
    pub fn entry(&self) -> &ControlEntry {
        &self.0.entry
    }

    /// The exact bytes of the entry.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The leaf hash of the bytes: what the next control entry names.
    pub fn leaf(&self) -> Hash {
        self.0.leaf
    }

    pub(crate) fn read(&self) -> &ReadControl {
        &self.0
    }
}

/// Either kind of entry, checked.
#[derive(Debug, Clone)]
pub enum CheckedEntry {
    /// A voter's.
    Ballot(CheckedBallot),
    /// An act.
    Control(CheckedControl),
}

impl CheckedEntry {
    /// Reads a leaf of the log. Which kind it is stands in its first field.
    ///
    /// # Errors
    ///
    /// As of [`CheckedControl::check`] or [`CheckedBallot::check`].
    pub fn check(bytes: &[u8], election: &Election, weights: &WeightSeed) -> Result<Self, EntryError> {
        if is_control(bytes) {
            CheckedControl::check(bytes, election).map(Self::Control)
        } else {
            CheckedBallot::check(bytes, election, weights).map(Self::Ballot)
        }
    }

    /// The exact bytes of the leaf.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ballot(ballot) => ballot.bytes(),
            Self::Control(control) => control.bytes(),
        }
    }

    /// Its leaf hash.
    pub fn leaf(&self) -> Hash {
        match self {
            Self::Ballot(ballot) => ballot.leaf(),
            Self::Control(control) => control.leaf(),
        }
    }

    pub(crate) fn read(&self) -> ReadEntry<'_> {
        match self {
            Self::Ballot(ballot) => ReadEntry::Ballot(ballot.read()),
            Self::Control(control) => ReadEntry::Control(control.read()),
        }
    }
}

/// Either kind of entry of a log whose root was verified, or that is on the own disk, read again: its form, and neither
/// signature nor proof.
#[derive(Debug, Clone)]
pub enum EntryAgain {
    /// A voter's.
    Ballot(BallotAgain),
    /// An act.
    Control(ControlAgain),
}

impl EntryAgain {
    /// Reads again a leaf that was checked before it came into the log.
    ///
    /// # Errors
    ///
    /// Whoever kept the log has changed it: this is no entry of this election.
    pub fn read(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        if is_control(bytes) {
            Ok(Self::Control(ControlAgain(ReadControl::new(parse_entry(bytes)?, bytes))))
        } else {
            BallotAgain::read(bytes, election).map(Self::Ballot)
        }
    }

    pub(crate) fn inner(&self) -> ReadEntry<'_> {
        match self {
            Self::Ballot(ballot) => ReadEntry::Ballot(ballot.inner()),
            Self::Control(control) => ReadEntry::Control(&control.0),
        }
    }
}

/// What the board takes in, whoever vouches for it.
#[derive(Clone, Copy)]
pub(crate) enum ReadEntry<'a> {
    Ballot(&'a ReadBallot),
    Control(&'a ReadControl),
}

impl ReadEntry<'_> {
    pub(crate) fn leaf(self) -> Hash {
        match self {
            Self::Ballot(ballot) => ballot.leaf,
            Self::Control(control) => control.leaf,
        }
    }
}

/// Is this leaf a control entry? That stands in its first field.
pub(crate) fn is_control(bytes: &[u8]) -> bool {
    bytes.starts_with(br#"{"v":"veche-control-"#)
}

/// The bytes before `,"sig":`.
pub(crate) fn unsigned_part(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().saturating_sub(SIG_FIELD_BYTES)).unwrap_or_default()
}

pub(crate) fn parse_entry<T: Serialize + serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, EntryError> {
    if bytes.len() > ENTRY_MAX_BYTES {
        return Err(EntryError::TooLong);
    }
    Ok(canonical::parse(bytes)?)
}

pub(crate) fn check_header(
    version: &str,
    expected: &str,
    election_id: Hash,
    counter: u64,
    election: &Election,
) -> Result<(), EntryError> {
    if version != expected {
        return Err(EntryError::Version);
    }
    if election_id != election.id() {
        return Err(EntryError::Election);
    }
    if !(1..=SEQ_MAX).contains(&counter) {
        return Err(EntryError::Counter);
    }
    Ok(())
}
