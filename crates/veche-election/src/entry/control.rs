//! Acts that are checked, and those that are read again.

use super::{
    Act, CONTROL_VERSION, ControlEntry, EntryBytes, EntryError, REASON_MAX_CHARS, Signatory,
    form::{check_header, parse_entry, unsigned_part},
};
use crate::{
    hash::Hash,
    lot,
    manifest::{Election, LOT_MAX_CHARS, TIME_MAX},
    text,
};

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
    bytes: EntryBytes,
    pub(crate) leaf: Hash,
}

impl ReadControl {
    fn new((entry, bytes): (ControlEntry, EntryBytes)) -> Self {
        let leaf = bytes.leaf();
        Self { entry, bytes, leaf }
    }
}

impl CheckedControl {
    /// # Errors
    ///
    /// Whoever signed it, or brought it, erred: form, election, texts or signature.
    pub fn check(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        let (entry, exact): (ControlEntry, _) = parse_entry(bytes)?;
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
        Ok(Self(ReadControl::new((entry, exact))))
    }

    /// What the bytes say.
    pub fn entry(&self) -> &ControlEntry {
        &self.0.entry
    }

    /// The exact bytes of the entry.
    pub fn bytes(&self) -> &EntryBytes {
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

impl ControlAgain {
    /// # Errors
    ///
    /// Whoever kept the log has changed it: this is no control entry.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, EntryError> {
        Ok(Self(ReadControl::new(parse_entry(bytes)?)))
    }

    pub(super) fn inner(&self) -> &ReadControl {
        &self.0
    }
}
