//! What is wrong, by a name for which the page has words in its reader's language (`web/causes.js`), with what varies in them.

use serde::Serialize;
use veche_election::{MarksError, ballot::ChallengeError, entry::EntryError};
use veche_session::voter::Violation;

#[derive(Debug, Serialize)]
pub struct Cause {
    pub why: &'static str,
    /// Which mark of its contest: from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// What stands there, or how many do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// In the words of the library, for whoever looks for the fault.
    pub text: String,
}

impl Cause {
    fn new(why: &'static str, error: impl ToString) -> Self {
        Self { why, at: None, found: None, text: error.to_string() }
    }

    /// A file that is none of an opened ballot.
    pub fn unreadable(error: &serde_json::Error) -> Self {
        Self::new("challenge-form", error)
    }
}

impl From<&MarksError> for Cause {
    fn from(error: &MarksError) -> Self {
        let (why, at, found) = match error {
            MarksError::Count { .. } | MarksError::Contests { .. } => ("marks-count", None, None),
            MarksError::NotOnScale { position, mark } => ("mark-not-on-scale", Some(*position), Some(mark.clone())),
            MarksError::BlankNotAllowed { position } => ("mark-blank", Some(*position), None),
            MarksError::NotSingle { chosen } => ("marks-not-single", None, Some(chosen.to_string())),
            MarksError::Approvals { chosen, .. } => ("marks-approvals", None, Some(chosen.to_string())),
        };
        Self { at, found, ..Self::new(why, error) }
    }
}

impl From<&Violation> for Cause {
    fn from(violation: &Violation) -> Self {
        let why = match violation {
            Violation::Order | Violation::Folder => "violation-order",
            Violation::Envelope(_) => "violation-envelope",
            Violation::Field(_) => "violation-field",
            Violation::Receipt(_) => "violation-receipt",
            Violation::Fork => "violation-fork",
            Violation::OtherEntry => "violation-other-entry",
            Violation::TooLong => "violation-too-long",
        };
        Self::new(why, violation)
    }
}

impl From<&ChallengeError> for Cause {
    fn from(error: &ChallengeError) -> Self {
        let (why, found) = match error {
            ChallengeError::Form(_) | ChallengeError::Open => ("challenge-form", None),
            ChallengeError::Signed => ("challenge-signed", None),
            ChallengeError::Entry(EntryError::Election) => ("challenge-other-election", None),
            ChallengeError::Entry(EntryError::Marks(_)) => ("challenge-marks", None),
            ChallengeError::Entry(EntryError::Proof(_)) => ("challenge-proof", None),
            ChallengeError::Entry(_) => ("challenge-entry", None),
            ChallengeError::OtherCode(code) => ("challenge-code", Some(code.clone())),
            ChallengeError::OtherMarks(_) => ("challenge-row", None),
        };
        Self { found, ..Self::new(why, error) }
    }
}
