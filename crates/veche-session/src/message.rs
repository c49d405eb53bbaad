//! What is said inside the envelope, and the few words outside it. Spec: `docs/spec/session.md`.

use serde::{Deserialize, Serialize};
use veche_election::{
    Hash, Jwk, Phase, PublicKey, Receipt, Signature, SigningKey, VoterNumber, canonical, entry::EntryBytes,
};
use zeroize::Zeroizing;

use crate::{last::Last, sealed::OkKey};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "veche.v2";
/// The founding document's word for a number that is not on the roll.
pub const NO: &str = "Нет";
/// `v` of every message.
pub const MESSAGE_VERSION: &str = "veche-msg-2";
const AUTH_LABEL: &str = "veche-auth-1";
/// A folder's name: 128 random bits in base32, lower case, without padding.
pub const FOLDER_SYMBOLS: usize = 26;
const _: () = assert!(FOLDER_SYMBOLS == 128usize.div_ceil(5), "a symbol is five bits");

/// The name of an exchange folder. Only ever compared and printed by the voter's side, never used as a path there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Folder(String);

impl Folder {
    /// A name that nobody can guess, from the system's randomness.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }

    /// `None` if it is no such name.
    pub fn parse(text: &str) -> Option<Self> {
        let good = |b: u8| b.is_ascii_lowercase() || matches!(b, b'2'..=b'7');
        (text.len() == FOLDER_SYMBOLS && text.bytes().all(good)).then(|| Self(text.to_owned()))
    }

    /// As it is said and printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the voter to the server.
    Up,
    /// From the server to the voter.
    Down,
}

/// Why the server says «нет».
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The credential does not prove this number. One code for every way to fail.
    NotAuthorised,
    /// The entry is not in its canonical form, or is of another election.
    BadEntry,
    /// The marks do not fit the contests.
    BadMarks,
    /// The proof of a secret ballot does not hold.
    BadProof,
    /// The entry is not signed by its credential.
    BadSignature,
    /// `seq` and `prev` do not follow the voter's last entry, which comes along.
    Stale,
    /// No second vote in this election; the first comes along.
    AlreadyVoted,
    /// The voter's place was struck from the roll; its last entry, if there is one, comes along.
    Struck,
    /// No ballots are taken yet, or for the moment.
    NotOpen,
    /// No ballots are taken any more.
    Closed,
    /// The server cannot record, or cannot tell whether it has (overload, disk). The same entry again is safe.
    Busy,
}

impl Code {
    /// As it stands in «нет».
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAuthorised => "not-authorised",
            Self::BadEntry => "bad-entry",
            Self::BadMarks => "bad-marks",
            Self::BadProof => "bad-proof",
            Self::BadSignature => "bad-signature",
            Self::Stale => "stale",
            Self::AlreadyVoted => "already-voted",
            Self::Struck => "struck",
            Self::NotOpen => "not-open",
            Self::Closed => "closed",
            Self::Busy => "busy",
        }
    }

    /// Is the entry itself at fault, whatever the log says?
    pub fn blames_the_entry(self) -> bool {
        matches!(self, Self::BadEntry | Self::BadMarks | Self::BadProof | Self::BadSignature)
    }
}

/// From the voter. `reply` and `auth` stand exactly in a hello and in a ballot, `entry` in a ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Up {
    /// [`MESSAGE_VERSION`].
    pub v: String,
    /// The election's id.
    pub election: Hash,
    /// Of this session.
    pub folder: Folder,
    /// The voter's.
    pub number: VoterNumber,
    /// Always [`Direction::Up`].
    pub dir: Direction,
    /// Counts the sealed messages of this direction from 1.
    pub n: u32,
    /// Thumbprint of the recipient's encryption key.
    pub to: Hash,
    /// SHA-256 of the frame that this answers.
    pub re: Option<Hash>,
    /// What is said.
    #[serde(rename = "type")]
    pub kind: UpKind,
    /// The voter's key to which answers are sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Jwk>,
    /// The credential's signature: see [`AuthStatement`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Signature>,
    /// The exact bytes of a ballot entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryBytes>,
    /// Dots, so that all messages have one length.
    pub pad: String,
}

/// What the voter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpKind {
    /// How does the election stand, and have I voted? It may come before the session with the ballot.
    Hello,
    /// An entry, to be recorded.
    Ballot,
    /// The receipt is kept: the session is over.
    Ok,
}

/// From the server. `receipt`, `current` and `key` stand exactly in «да», `code` and `left` in «нет», where `last` may, and
/// `standing` in the answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Down {
    /// [`MESSAGE_VERSION`].
    pub v: String,
    /// The election's id.
    pub election: Hash,
    /// Of this session.
    pub folder: Folder,
    /// The voter's.
    pub number: VoterNumber,
    /// Always [`Direction::Down`].
    pub dir: Direction,
    /// Counts the sealed messages of this direction from 1.
    pub n: u32,
    /// Thumbprint of the recipient's encryption key.
    pub to: Hash,
    /// SHA-256 of the frame that this answers.
    pub re: Option<Hash>,
    /// What is said.
    #[serde(rename = "type")]
    pub kind: DownKind,
    /// With «да»: that the entry is in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// With «да»: is this the voter's ballot that counts, or has a later one replaced it?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<bool>,
    /// With «да»: under which the voter's `ok` comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<OkKey>,
    /// With «нет»: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Attempts left in this session; 0 ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// With «нет»: the voter's last entry, where the refusal names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// To a hello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Dots, so that all messages have one length.
    pub pad: String,
}

/// How the election stands, and the voter in it: all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Where the election stands.
    pub phase: Phase,
    /// The opening time of the manifest.
    pub opens: Option<u64>,
    /// The closing time in force.
    pub closes: Option<u64>,
    /// The voter's.
    pub weight: u64,
    /// The voter's last entry, if there is one.
    pub last: Option<Last>,
    /// The board's checkpoint of that moment, `null` before the first entry: by it a `last` that is not the last, or
    /// `null` beside an entry of the voter's, is provable.
    pub checkpoint: Option<String>,
}

/// What the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DownKind {
    /// The entry is recorded.
    #[serde(rename = "да")]
    Yes,
    /// It is not, or nobody can tell.
    #[serde(rename = "нет")]
    No,
    /// How the election stands, and the voter in it.
    #[serde(rename = "hello")]
    Hello,
}

/// A message that is padded to one size.
pub trait Padded: Serialize {
    /// Where the dots go.
    fn pad(&mut self) -> &mut String;

    /// The message's bytes, padded to exactly `bytes`; `None` if it is larger than that already.
    fn to_payload(mut self, bytes: u32) -> Option<Zeroizing<Vec<u8>>>
    where
        Self: Sized,
    {
        self.pad().clear();
        let missing = (bytes as usize).checked_sub(canonical::written_bytes(&self))?;
        *self.pad() = ".".repeat(missing);
        // A «да» brings a key: one buffer that is wiped holds it, and none that grew on the way.
        let mut payload = Zeroizing::new(Vec::with_capacity(bytes as usize));
        canonical::write_behind(&self, &mut payload);
        Some(payload)
    }
}

impl Padded for Up {
    fn pad(&mut self) -> &mut String {
        &mut self.pad
    }
}

impl Padded for Down {
    fn pad(&mut self) -> &mut String {
        &mut self.pad
    }
}

/// What the credential signs to prove who is voting: this election, folder and number, and the four session keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthStatement {
    /// The election's id.
    pub election: Hash,
    /// Of this session.
    pub folder: Folder,
    /// The voter's.
    pub number: VoterNumber,
    /// Thumbprints of: server's encryption key, server's signing key, voter's signing key, voter's encryption key.
    pub keys: [Hash; 4],
}

impl AuthStatement {
    fn signed<T>(&self, with: impl FnOnce(&[&[u8]]) -> T) -> T {
        let number = self.number.to_string();
        let [server_enc, server_sig, voter_sig, voter_enc] = &self.keys;
        with(&[
            &self.election.0,
            self.folder.as_str().as_bytes(),
            number.as_bytes(),
            &server_enc.0,
            &server_sig.0,
            &voter_sig.0,
            &voter_enc.0,
        ])
    }

    /// By the voter's credential.
    pub fn sign(&self, key: &SigningKey) -> Signature {
        self.signed(|parts| key.sign(AUTH_LABEL, parts))
    }

    /// Was it this credential?
    ///
    /// # Errors
    /// Whoever signed: it was another.
    pub fn verify(&self, key: &PublicKey, signature: &Signature) -> Result<(), veche_election::keys::KeyError> {
        self.signed(|parts| key.verify(AUTH_LABEL, parts, signature))
    }
}

/// The hash by which an answer names the frame that it answers.
pub fn frame_hash(frame: &str) -> Hash {
    Hash::of(frame.as_bytes())
}
