//! Entries as their bytes have them: the fields, in their order, and what the signature covers.

use serde::{Deserialize, Serialize};

use super::{Act, EntryBytes, EntryError, Signatory};
use crate::{
    canonical::{self, CanonicalError},
    credential::CredentialKey,
    encoding::Blob,
    hash::Hash,
    keys::{PublicKey, Signature, SigningKey},
    log::Head,
    manifest::{ENTRY_MAX_BYTES, Election},
};

/// `v` of a ballot entry, and the label of its signature.
pub const BALLOT_VERSION: &str = "veche-entry-2";
/// `v` of a control entry, and the label of its signature.
pub const CONTROL_VERSION: &str = "veche-control-2";
/// `seq` and `n` stay within what every language reads exactly.
pub const SEQ_MAX: u64 = 1 << 31;
/// Bytes of `,"sig":"` + 86 symbols + `"}`: what the signature does not cover.
const SIG_FIELD_BYTES: usize = 8 + 86 + 2;

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
    pub fn sign(election: Hash, key: &CredentialKey, at: Position, marks: Vec<String>) -> EntryBytes {
        let (v, ballot) = (BALLOT_VERSION.into(), Ballot::Open { marks });
        let Position { seq, prev } = at;
        let sig = Signature([0; 64]);
        let mut entry = Self { v, election, credential: key.public(), seq, prev, ballot, sig };
        entry.sig = key.0.sign(BALLOT_VERSION, &[unsigned_part(&canonical::write(&entry))]);
        canonical::write_text(&entry).into()
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
    pub fn sign(election: Hash, link: ControlLink, at: u64, by: Signatory, act: Act, key: &SigningKey) -> EntryBytes {
        let (v, sig) = (CONTROL_VERSION.into(), Signature([0; 64]));
        let ControlLink { n, prev, seen } = link;
        let mut entry = Self { v, election, n, prev, seen, at, by, act, sig };
        entry.sig = key.sign(CONTROL_VERSION, &[unsigned_part(&canonical::write(&entry))]);
        canonical::write_text(&entry).into()
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

/// Is this leaf a control entry? That stands in its first field.
pub(crate) fn is_control(bytes: &[u8]) -> bool {
    bytes.starts_with(br#"{"v":"veche-control-"#)
}

/// The bytes before `,"sig":`.
pub(crate) fn unsigned_part(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().saturating_sub(SIG_FIELD_BYTES)).unwrap_or_default()
}

/// What the bytes say, and the bytes themselves.
pub(crate) fn parse_entry<T>(bytes: &[u8]) -> Result<(T, EntryBytes), EntryError>
where
    T: Serialize + serde::de::DeserializeOwned,
{
    if bytes.len() > ENTRY_MAX_BYTES {
        return Err(EntryError::TooLong);
    }
    let entry = canonical::parse(bytes)?;
    Ok((entry, EntryBytes::try_from(bytes).map_err(|_| CanonicalError::Form)?))
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
