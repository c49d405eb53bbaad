//! What an organiser publishes at a host: a head, signed by the organiser's key, and behind it the files that it names, in its
//! order. The head is read and checked before anything behind it is taken. Spec: `docs/spec/host.md`.

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, CanonicalError},
    entry::form::unsigned_part,
    hash::Hash,
    keys::{KeyError, PublicKey, Signature, SigningKey},
    manifest::Keys,
};

/// The one form of the head; label of its signature.
pub const PUBLICATION_VERSION: &str = "veche-publish-1";
/// The one form of the host's answer.
pub const PUBLISHED_VERSION: &str = "veche-published-1";
/// Names, an address, witnesses, five parts, and the JSON around them.
pub const HEAD_MAX_BYTES: usize = 16_384;
/// A label of DNS has 63; so many leave room for a host that puts something before it.
pub const NAME_MAX_CHARS: usize = 48;
/// A host's address in its one written form is shorter.
pub const HOST_MAX_BYTES: usize = 512;
/// As many as an election may have, and more than any has.
pub const WITNESSES_MAX: usize = 32;
/// Of the key or the address of a witness.
pub const WITNESS_MAX_BYTES: usize = 512;
/// 128 bits in base32.
const INVITATION_CHARS: usize = 26;

/// Who erred: whoever wrote the head.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// See [`HEAD_MAX_BYTES`].
    #[error("the head of what is published is longer than 16384 bytes")]
    TooLong,
    /// No canonical JSON of this shape.
    #[error("the head of what is published is {0}")]
    Canonical(#[from] CanonicalError),
    /// See [`PUBLICATION_VERSION`].
    #[error("the head of what is published is of an unknown version")]
    Version,
    /// See [`is_name`].
    #[error("a name at a host has 1 to 48 small letters, digits and hyphens, none of these at an end")]
    Name,
    /// Others than this step has, or in another order.
    #[error("these are not the parts of this step")]
    Parts,
    /// See [`WITNESSES_MAX`] and [`WITNESS_MAX_BYTES`].
    #[error("too many witnesses, or one with too long a key or address")]
    Witnesses,
    /// Whoever sent it has not the key that it names.
    #[error("the signature of what is published does not verify")]
    Signature(#[from] KeyError),
}

/// What is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// What is voted on, before there are keys: the host makes its own and opens the trustees' post-box.
    Draft,
    /// The election itself, by the host's keys.
    Setup,
}

/// One of the files behind the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// As of the file in an election's folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Of its bytes.
    pub hash: Hash,
}

impl Part {
    /// What names these bytes.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.len() as u64, hash: Hash::of(bytes) }
    }
}

/// Where a witness of the election is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessAt {
    /// Its verifier key (C2SP signed-note).
    pub key: String,
    /// Its address.
    pub url: String,
}

/// What the host does for the election beyond what the manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    /// May the host's list show it to everybody?
    pub listed: bool,
    /// `en` or `ru`: of pages for readers who ask for no language that there is.
    pub lang: Option<String>,
    /// How long opening and closing wait where their time passed while no server ran.
    pub grace_s: u64,
    /// In the order of the manifest.
    pub witnesses: Vec<WitnessAt>,
}

/// The head, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// [`PUBLICATION_VERSION`].
    pub v: String,
    /// The address of the host, in its one written form: at no other this is of use.
    pub host: String,
    /// How the election is called there.
    pub name: String,
    /// What is published.
    pub step: Step,
    /// The key that signs this, and the election's acts.
    pub organiser: PublicKey,
    /// Unix time. Of two for one election the later counts.
    pub at: u64,
    /// The code of an invitation, in the draft; nothing in the setup.
    pub invitation: Option<String>,
    /// What the host does beyond the manifest.
    pub wishes: Wishes,
    /// The files behind the head, in their order.
    pub parts: Vec<Part>,
    /// The organiser's.
    pub sig: Signature,
}

/// A head whose form and signature are checked. Only the check makes one.
#[derive(Debug, Clone)]
pub struct CheckedPublication {
    publication: Publication,
    hash: Hash,
}

/// What a host answers to either step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// [`PUBLISHED_VERSION`].
    pub v: String,
    /// As in the head.
    pub name: String,
    /// As in the head.
    pub step: Step,
    /// Where voters and trustees reach the election.
    pub url: String,
    /// The host's public halves and the organiser's, as the manifest has to name them.
    pub keys: Keys,
}

/// The file of a draft.
pub const DRAFT_PART: &str = "draft.json";
/// The manifest.
pub const MANIFEST_PART: &str = "election.json";
/// The credential list.
pub const CREDENTIALS_PART: &str = "credentials";
/// Identifiers with credentials, a line each.
pub const VOTERS_PART: &str = "voters.jsonl";
/// How the trustees of a secret election made its key.
pub const CEREMONY_PART: &str = "ceremony";
/// The first entry of the log.
pub const SETUP_PART: &str = "setup";

impl Publication {
    /// The exact bytes of the head; [`Publication::sig`] and [`Publication::v`] are made here.
    pub fn sign(mut self, key: &SigningKey) -> Vec<u8> {
        self.v = PUBLICATION_VERSION.into();
        self.sig = Signature([0; 64]);
        self.sig = key.sign(PUBLICATION_VERSION, &[unsigned_part(&canonical::write(&self))]);
        canonical::write(&self)
    }

    /// The length of all parts together.
    pub fn parts_bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    fn has_its_parts(&self) -> bool {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        match self.step {
            Step::Draft => names == [DRAFT_PART],
            Step::Setup => {
                let open = [MANIFEST_PART, CREDENTIALS_PART, VOTERS_PART, SETUP_PART];
                names == open || names == [MANIFEST_PART, CREDENTIALS_PART, VOTERS_PART, CEREMONY_PART, SETUP_PART]
            }
        }
    }
}

impl CheckedPublication {
    /// # Errors
    ///
    /// Whoever wrote the head erred: its form, its names or its signature.
    pub fn check(bytes: &[u8]) -> Result<Self, PublicationError> {
        if bytes.len() > HEAD_MAX_BYTES {
            return Err(PublicationError::TooLong);
        }
        let publication: Publication = canonical::parse(bytes)?;
        if publication.v != PUBLICATION_VERSION || publication.host.len() > HOST_MAX_BYTES {
            return Err(PublicationError::Version);
        }
        if !is_name(&publication.name) {
            return Err(PublicationError::Name);
        }
        if !publication.has_its_parts() {
            return Err(PublicationError::Parts);
        }
        let witnesses = &publication.wishes.witnesses;
        let long = |witness: &WitnessAt| witness.key.len().max(witness.url.len()) > WITNESS_MAX_BYTES;
        if witnesses.len() > WITNESSES_MAX || witnesses.iter().any(long) {
            return Err(PublicationError::Witnesses);
        }
        publication.organiser.verify(PUBLICATION_VERSION, &[unsigned_part(bytes)], &publication.sig)?;
        Ok(Self { publication, hash: Hash::of(bytes) })
    }

    /// What it says.
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// Of its bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

/// A label of DNS in small letters, which is also a folder's name that means nothing else: `a` to `z`, `0` to `9`, and `-` between them.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_MAX_CHARS).contains(&text.len())
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The code of an invitation as it is told: 26 symbols of base32 (RFC 4648), in small letters.
pub fn invitation_code(random: [u8; 16]) -> String {
    BASE32_NOPAD.encode(&random).to_ascii_lowercase()
}

/// As somebody typed it: in either case, with spaces or hyphens. `None` of what is no code.
pub fn read_invitation(typed: &str) -> Option<String> {
    let code: String =
        typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let read = BASE32_NOPAD.decode(code.to_ascii_uppercase().as_bytes());
    (code.len() == INVITATION_CHARS && read.is_ok_and(|bytes| bytes.len() == 16)).then_some(code)
}
