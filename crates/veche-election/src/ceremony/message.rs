//! What is said in the ceremony, and what may be wrong with it.

use serde::{Deserialize, Serialize};
use veche_crypto::{KeysError, dealing::DealError, dleq::DleqError};

use crate::{
    canonical,
    encoding::{Blob, Bytes},
    hash::Hash,
    keys::{PublicKey, Signature, SigningKey},
    text,
};

/// The one form of a message; label of its signature.
pub const CEREMONY_VERSION: &str = "veche-ceremony-2";
/// No message is longer: the coefficients, the proof and the sealed shares of a dealing, in base64url.
pub const MESSAGE_MAX_BYTES: usize = 1 << 20;

/// What a trustee says, in the order of the ceremony.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Step {
    /// Who I am, and where shares for me are sealed to.
    Register {
        /// For people.
        name: String,
        /// Signs all messages of this trustee.
        key: PublicKey,
        /// To which shares are sealed.
        seal: Bytes<32>,
    },
    /// After all have registered: a commitment to what I shall deal to just these.
    Commit {
        /// Hash of all registrations.
        table: Hash,
        /// To all polynomials.
        commitment: Bytes<64>,
    },
    /// After all have committed: what I deal under just these commitments. The points of my polynomials, one for each key,
    /// and a sealed share for each trustee in order.
    Deal {
        /// Hash of all registrations.
        table: Hash,
        /// Hash of all commitments.
        commitments: Hash,
        /// Of the commitment.
        nonce: Bytes<32>,
        /// The polynomials, as points.
        coefficients: Blob,
        /// That the secrets behind them are known.
        possession: Blob,
        /// Sealed, for each trustee in order.
        shares: Vec<Blob>,
    },
    /// After all have dealt: my shares fit, and this is the transcript that I have seen.
    Accept {
        /// Hash of all that was said before.
        transcript: Hash,
    },
    /// The share that this dealer sealed to me in this transcript does not fit.
    Complain {
        /// Hash of all that was said before.
        transcript: Hash,
        /// Whose share does not fit.
        dealer: u32,
    },
    /// The accused dealer opens the disputed share of this transcript to everybody.
    Answer {
        /// Hash of all that was said before.
        transcript: Hash,
        /// Whose complaint is answered.
        to: u32,
        /// By which everybody opens the share.
        ephemeral: Bytes<32>,
    },
}

impl Step {
    /// As it stands in a message.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Register { .. } => "register",
            Self::Commit { .. } => "commit",
            Self::Deal { .. } => "deal",
            Self::Accept { .. } => "accept",
            Self::Complain { .. } => "complain",
            Self::Answer { .. } => "answer",
        }
    }
}

/// A message, as its trustee signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// [`CEREMONY_VERSION`].
    pub v: String,
    /// Id of the draft.
    pub draft: Hash,
    /// From 1.
    pub trustee: u32,
    /// What is said.
    pub step: Step,
    /// The trustee's.
    pub sig: Signature,
}

impl Message {
    /// Bytes of `,"sig":"` + 86 symbols + `"}`.
    const SIG_FIELD_BYTES: usize = 8 + 86 + 2;

    pub(super) fn sign(draft: Hash, trustee: u32, step: Step, key: &SigningKey) -> Vec<u8> {
        let mut message = Self { v: CEREMONY_VERSION.into(), draft, trustee, step, sig: Signature([0; 64]) };
        message.sig = key.sign(CEREMONY_VERSION, &[Self::unsigned(&canonical::write(&message))]);
        canonical::write(&message)
    }

    /// Of the right size, form and version; nothing more is known of it yet.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CeremonyError> {
        if bytes.len() > MESSAGE_MAX_BYTES {
            return Err(CeremonyError::Form("too long".into()));
        }
        let message: Self = canonical::parse(bytes).map_err(|error| CeremonyError::Form(error.to_string()))?;
        if message.v == CEREMONY_VERSION { Ok(message) } else { Err(CeremonyError::Form("of another version".into())) }
    }

    /// `bytes`: those that the message was read from.
    pub(super) fn verify(&self, bytes: &[u8], key: &PublicKey) -> Result<(), CeremonyError> {
        let verified = key.verify(CEREMONY_VERSION, &[Self::unsigned(bytes)], &self.sig);
        verified.map_err(|_| CeremonyError::Signature(self.trustee))
    }

    pub(super) fn unsigned(bytes: &[u8]) -> &[u8] {
        bytes.get(..bytes.len().saturating_sub(Self::SIG_FIELD_BYTES)).unwrap_or_default()
    }
}

/// Each error names who erred.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CeremonyError {
    /// Nobody signed it so.
    #[error("not a message of a ceremony: {0}")]
    Form(String),
    /// Seeds and keys are of one draft.
    #[error("the message belongs to another draft")]
    Draft,
    /// The draft says how many there are.
    #[error("there is no trustee {0} in this election")]
    Number(u32),
    /// Texts are clean.
    #[error("the name of trustee {0} {1}")]
    Name(u32, text::TextError),
    /// Nobody could seal a share to it.
    #[error("the sealing key of trustee {0} is the identity, or no point")]
    Seal(u32),
    /// Two numbers in one hand.
    #[error("the key of trustee {0} is another trustee's already")]
    SameKey(u32),
    /// Anybody can register under a number: of two who did, none has erred by that.
    #[error("somebody has registered as trustee {0} already, with another message")]
    Taken(u32),
    /// Anybody may have written it.
    #[error("the signature of trustee {0} does not verify")]
    Signature(u32),
    /// Whoever sees both knows who erred.
    #[error("trustee {0} has sent two different messages for one step")]
    Twice(u32),
    /// What it follows from is not there.
    #[error("trustee {trustee}: too early for \"{step}\"")]
    Early {
        /// Whose it is.
        trustee: u32,
        /// Which of its steps.
        step: &'static str,
    },
    /// The dealer erred.
    #[error("trustee {trustee}: {error}")]
    Dealing {
        /// Whose it is.
        trustee: u32,
        /// What is wrong.
        error: DealError,
    },
    /// Only all dealers together can have it so.
    #[error("the dealings of all trustees together make no keys: one is the identity, or two are equal")]
    NoKey,
    /// The carrier may have shown them.
    #[error("trustee {0} saw other registrations than these")]
    Table(u32),
    /// The carrier may have shown them.
    #[error("trustee {0} saw other commitments than these")]
    Commitments(u32),
    /// The carrier may have shown it.
    #[error("trustee {0} saw another ceremony than this")]
    Transcript(u32),
    /// In one transcript.
    #[error("trustee {0} has both accepted and complained")]
    Both(u32),
    /// The own shares are its own affair.
    #[error("trustee {0} complains about itself")]
    Itself(u32),
    /// In this transcript.
    #[error("trustee {0} answers a complaint that was not made")]
    NoComplaint(u32),
    /// The key is in two hands, or somebody else has the number.
    #[error("the \"{step}\" that is shown as that of trustee {trustee} is not from this key")]
    NotOwn {
        /// Whose it is.
        trustee: u32,
        /// Which of its steps.
        step: &'static str,
    },
    /// A fault of this program, or of its machine.
    #[error("the proof that this program has just made does not pass its check, and is not sent: {0}")]
    OwnProof(DleqError),
    /// It has to be answered.
    #[error("there is a complaint: nothing is accepted")]
    Complaint,
    /// Messages are missing.
    #[error("the ceremony is not complete")]
    Incomplete,
    /// A key is the identity, or two are equal.
    #[error("the ceremony makes keys that no election may have: {0}")]
    Keys(#[from] KeysError),
    /// Its ballots are not encrypted.
    #[error("an open election has no ceremony")]
    Open,
    /// Its hash is another.
    #[error("the file is not the one the manifest names")]
    OtherFile,
    /// Or other names, or signing keys.
    #[error("the manifest names other keys than the ceremony")]
    OtherKeys,
}
