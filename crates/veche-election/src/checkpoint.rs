//! Checkpoints: the size and root of the log under the board's signature (C2SP tlog-checkpoint in a C2SP signed-note),
//! and behind it the signatures of witnesses (C2SP tlog-cosignature v1). Spec: `docs/spec/log.md` sections 3 and 8.

use core::fmt;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    hash::Hash,
    head::Head,
    keys::{PublicKey, Signature, SigningKey},
    text,
};

/// Of a note with all its signatures.
pub const CHECKPOINT_MAX_BYTES: usize = 16_384;
/// An election names no more.
pub const WITNESSES_MAX: usize = 16;
/// Of a witness' name.
pub const WITNESS_NAME_MAX_CHARS: usize = 100;
/// The dash, two spaces, the line feed; the key's id, a time and a signature in base64.
const LINE_MAX_BYTES: usize = 6 + 4 * WITNESS_NAME_MAX_CHARS + (4 + 8 + 64usize).div_ceil(3) * 4;
const _: () = assert!((WITNESSES_MAX + 2) * LINE_MAX_BYTES <= CHECKPOINT_MAX_BYTES, "all witnesses can cosign");

/// What a key signs, in its key id (C2SP signed-note, "Signature types").
const NOTE: u8 = 0x01;
const COSIGNATURE: u8 = 0x04;

/// The log's name: the checkpoint's first line and the name of the board's key.
pub fn origin(election: Hash) -> String {
    format!("veche/{election}")
}

/// How many entries there are, and the root over them, under the board's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: [`origin`] of its election.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Who erred: the server that made the checkpoint, or whoever changed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No text, or another shape.
    #[error("the checkpoint is not a signed note of three lines")]
    Form,
    /// Of another election.
    #[error("the checkpoint is of another log")]
    Origin,
    /// Anybody may have written it.
    #[error("the checkpoint is not signed by the board's key")]
    Signature,
    /// A record has no other lines.
    #[error("behind the board's signature stands something else than the election's witnesses, in their order")]
    Lines,
    /// Whose name this is.
    #[error("the cosignature of witness {0} does not verify")]
    Cosignature(String),
    /// Too few.
    #[error("too few of the election's witnesses have cosigned the checkpoint: {has}, and the quorum is {quorum}")]
    Quorum {
        /// So many have.
        has: usize,
        /// So many must.
        quorum: u32,
    },
}

impl Checkpoint {
    /// Size and root alone.
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root }
    }

    /// The signed note: body, empty line, signature line.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let signature = key.sign_raw(body.as_bytes());
        let id = key_id(&self.origin, NOTE, &key.public());
        format!("{body}\n{}", signature_line(&self.origin, id, &signature.0))
    }

    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root.0))
    }

    /// Checks form, origin and the board's signature. Lines of other keys (witnesses) may stand beside it.
    ///
    /// # Errors
    ///
    /// It is no checkpoint of this log by this key: whoever serves it erred.
    pub fn open(note: &str, origin: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let (this, lines) = Self::read(note)?;
        if this.origin != origin {
            return Err(CheckpointError::Origin);
        }
        let id = key_id(origin, NOTE, key);
        let mut boards = lines.iter().filter(|line| line.is_by(origin, id)).peekable();
        if boards.peek().is_none() {
            return Err(CheckpointError::Signature);
        }
        for line in boards {
            let signature = line.signature.as_slice().try_into().map_err(|_| CheckpointError::Signature)?;
            let verified = key.verify_raw(this.body().as_bytes(), &Signature(signature));
            verified.map_err(|_| CheckpointError::Signature)?;
        }
        Ok(this)
    }

    /// As [`Checkpoint::open`], and nothing stands behind the board's line but cosignatures of these witnesses, each at
    /// most once and in their order, all good, and at least the quorum. Returns how many there are.
    ///
    /// # Errors
    ///
    /// As of [`Checkpoint::open`]; and if a line is no cosignature of these witnesses, or there are fewer than the
    /// quorum.
    pub fn open_witnessed(
        note: &str,
        origin: &str,
        key: &PublicKey,
        plan: Option<&WitnessPlan>,
    ) -> Result<(Self, usize), CheckpointError> {
        use CheckpointError as E;
        let this = Self::open(note, origin, key)?;
        let (_, lines) = Self::read(note)?;
        let (board, rest) = lines.split_first().ok_or(E::Signature)?;
        if !board.is_by(origin, key_id(origin, NOTE, key)) {
            return Err(E::Lines);
        }
        let mut witnesses = plan.map_or(&[][..], |plan| &plan.keys).iter();
        for line in rest {
            let witness = witnesses.find(|witness| line.is_by(&witness.name, witness.key_id()));
            let witness = witness.ok_or(E::Lines)?;
            witness.verify_line(&this, line).map_err(|_| E::Cosignature(witness.name.clone()))?;
        }
        match plan {
            Some(plan) if rest.len() < plan.quorum as usize => Err(E::Quorum { has: rest.len(), quorum: plan.quorum }),
            _ => Ok((this, rest.len())),
        }
    }

    /// Notes of this very checkpoint put together as a record holds it: the board's line, then every good cosignature of
    /// the plan's witnesses that stands in any of them. `None` if none of the notes is the board's.
    pub fn gather(&self, notes: &[&str], key: &PublicKey, plan: Option<&WitnessPlan>) -> Option<String> {
        let notes = notes.iter().filter(|note| Self::open(note, &self.origin, key).as_ref() == Ok(self));
        let notes: Vec<&str> = notes.copied().collect();
        let id = key_id(&self.origin, NOTE, key);
        let (_, lines) = Self::read(notes.first()?).ok()?;
        let board = lines.into_iter().find(|line| line.is_by(&self.origin, id))?;
        let named = plan.map_or(&[][..], |plan| &plan.keys).iter();
        let cosigned = named.filter_map(|witness| notes.iter().find_map(|note| witness.find(self, note)));
        Some(format!(
            "{}\n{}{}",
            self.body(),
            signature_line(&board.name, board.id, &board.signature),
            cosigned.collect::<String>()
        ))
    }

    /// Which of the plan's witnesses have cosigned this checkpoint in a note, and when by their clocks, in Unix seconds.
    pub fn cosigned_at(&self, note: &str, plan: &WitnessPlan) -> Vec<(String, u64)> {
        let signed = |witness: &Witness| Some((witness.name.clone(), witness.find_with_time(self, note)?.1));
        plan.keys.iter().filter_map(signed).collect()
    }

    /// The first line: of which log the note claims to be. For a witness, who knows several.
    pub fn origin_of(note: &str) -> Option<&str> {
        note.split_once('\n').map(|(origin, _)| origin)
    }

    /// The note's three lines, and its signature lines, none of them verified.
    fn read(note: &str) -> Result<(Self, Vec<NoteLine>), CheckpointError> {
        use CheckpointError as E;
        if note.len() > CHECKPOINT_MAX_BYTES {
            return Err(E::Form);
        }
        let (text, signatures) = note.split_once("\n\n").ok_or(E::Form)?;
        let [name, size, root] = text.split('\n').collect::<Vec<_>>().try_into().map_err(|_| E::Form)?;
        let size: u64 = size.parse().map_err(|_| E::Form)?;
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|r| r.try_into().ok()).ok_or(E::Form)?;
        let this = Self { origin: name.into(), size, root: Hash(root) };
        if this.body().strip_suffix('\n') != Some(text) || !signatures.ends_with('\n') {
            return Err(E::Form);
        }
        let lines = signatures.split_terminator('\n').map(|line| NoteLine::read(line).ok_or(E::Form));
        Ok((this, lines.collect::<Result<_, _>>()?))
    }
}

/// A signature line of a note, read and not verified.
struct NoteLine {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl NoteLine {
    fn read(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ').filter(|(name, _)| !name.is_empty())?;
        let signature = BASE64.decode(signature.as_bytes()).ok()?;
        let (id, signature) = signature.split_first_chunk::<4>()?;
        Some(Self { name: name.into(), id: *id, signature: signature.to_vec() })
    }

    fn is_by(&self, name: &str, id: [u8; 4]) -> bool {
        self.name == name && self.id == id
    }
}

fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("\u{2014} {name} {}\n", BASE64.encode(&[&id, signature].concat()))
}

/// C2SP signed-note: the first four bytes of SHA-256(name || 0x0A || type || key).
fn key_id(name: &str, kind: u8, key: &PublicKey) -> [u8; 4] {
    let Hash([a, b, c, d, ..]) = Hash::of(&[name.as_bytes(), &[0x0A, kind], key.as_bytes()].concat());
    [a, b, c, d]
}

/// Somebody who watches that the log only grows, and says so by a signature under its checkpoints. Written as a C2SP
/// verifier key: `<name>+<key id, hexadecimal>+<Base64 of 0x04 and the key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    name: String,
    key: PublicKey,
}

/// Which witnesses an election has, and how many of them must have cosigned its last checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessPlan {
    /// How many must have signed.
    pub quorum: u32,
    /// In their order.
    pub keys: Vec<Witness>,
}

impl Witness {
    /// C2SP signed-note: a name is not empty and has neither white space nor a plus sign.
    pub fn new(name: &str, key: PublicKey) -> Option<Self> {
        let strange = |c: char| text::is_white_space(c) || c == '+';
        let good = text::check(name, WITNESS_NAME_MAX_CHARS).is_ok() && !name.contains(strange);
        good.then(|| Self { name: name.into(), key })
    }

    /// Reads what [`Display`](core::fmt::Display) writes: `name+id+key`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (_, key) = rest.split_once('+')?;
        let key: [u8; 33] = BASE64.decode(key.as_bytes()).ok()?.try_into().ok()?;
        let key = key.strip_prefix(&[COSIGNATURE])?.try_into().ok()?;
        // One written form: that also compares the key id.
        Self::new(name, PublicKey::from_bytes(key).ok()?).filter(|this| this.to_string() == text)
    }

    /// How it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With which it signs.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, COSIGNATURE, &self.key)
    }

    /// The line by which the holder of `key` cosigns a checkpoint at a time in Unix seconds.
    pub fn cosign(&self, checkpoint: &Checkpoint, key: &SigningKey, time: u64) -> String {
        let signature = key.sign_raw(cosigned(checkpoint, time).as_bytes());
        signature_line(&self.name, self.key_id(), &[&time.to_be_bytes()[..], &signature.0].concat())
    }

    /// Finds this witness's line among the lines of an answer and verifies it. Returns the line, as it was.
    pub fn find(&self, checkpoint: &Checkpoint, lines: &str) -> Option<String> {
        self.find_with_time(checkpoint, lines).map(|(line, _)| line.to_owned())
    }

    /// As [`Witness::find`], with the time at which the witness has signed, in Unix seconds by its clock.
    pub fn find_with_time<'a>(&self, checkpoint: &Checkpoint, lines: &'a str) -> Option<(&'a str, u64)> {
        lines.split_inclusive('\n').find_map(|text| {
            let line = text.strip_suffix('\n').and_then(NoteLine::read)?;
            let ours = line.is_by(&self.name, self.key_id());
            ours.then(|| self.verify_line(checkpoint, &line).ok()).flatten().map(|time| (text, time))
        })
    }

    /// The time that the line carries.
    fn verify_line(&self, checkpoint: &Checkpoint, line: &NoteLine) -> Result<u64, crate::keys::KeyError> {
        let bad = crate::keys::KeyError::Signature;
        let (time, signature) = line.signature.split_first_chunk::<8>().ok_or(bad)?;
        let time = u64::from_be_bytes(*time);
        let signature = signature.try_into().map_err(|_| bad)?;
        if time > COSIGNATURE_TIME_MAX {
            return Err(bad);
        }
        self.key.verify_raw(cosigned(checkpoint, time).as_bytes(), &Signature(signature))?;
        Ok(time)
    }
}

/// C2SP tlog-cosignature: a POSIX time of at most 2^63 - 1.
const COSIGNATURE_TIME_MAX: u64 = i64::MAX as u64;

/// What a witness signs.
fn cosigned(checkpoint: &Checkpoint, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.body())
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[COSIGNATURE][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.key_id()), BASE64.encode(&key))
    }
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Witness {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected the verifier key of a witness, name+id+key"))
    }
}
