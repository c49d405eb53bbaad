//! The log: an RFC 6962 Merkle tree over the entries, its checkpoints (C2SP tlog-checkpoint in a C2SP signed-note)
//! and its tiles (C2SP tlog-tiles). Spec: `docs/spec/log.md`.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::{
    hash::Hash,
    keys::{PublicKey, Signature, SigningKey},
};

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
const TILE_HEIGHT: usize = 8;
/// No log of ours is taller; bounds every proof.
pub const PROOF_MAX_HASHES: usize = 40;
pub const CHECKPOINT_MAX_BYTES: usize = 16_384;

/// RFC 6962 section 2.1: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0]).chain_update(entry).finalize().into())
}

/// RFC 6962 section 2.1: SHA-256(0x01 || left || right).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The hashes of all complete subtrees, 64 bytes of memory per entry.
#[derive(Debug, Clone, Default)]
pub struct LogTree {
    /// `levels[h][i]` is the root of the complete subtree over leaves `i << h .. (i + 1) << h`.
    levels: Vec<Vec<Hash>>,
}

impl LogTree {
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for height in 0.. {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let Some(level) = self.levels.get_mut(height) else { return };
            level.push(hash);
            match level.as_slice() {
                [.., left, right] if level.len().is_multiple_of(2) => hash = node_hash(*left, *right),
                _ => return,
            }
        }
    }

    /// The root of the whole tree; of no entries, SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        self.range(0, self.size()).unwrap_or(Hash::of(b""))
    }

    /// The root over the first `size` leaves; `None` if there are fewer.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(Hash::of(b"")) } else { self.range(0, size) }
    }

    /// Takes back all leaves from `size` on: entries that were staged and did not become durable.
    pub fn truncate(&mut self, size: u64) {
        for (height, level) in self.levels.iter_mut().enumerate() {
            level.truncate(usize::try_from(size >> height).unwrap_or(usize::MAX));
        }
    }

    /// RFC 6962 section 2.1.1: the path that proves leaf `index` to be among the first `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, size);
        if index >= end || size > self.size() {
            return None;
        }
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.range(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The root over leaves `start..end`, where `start` is a multiple of a power of two not below `end - start`.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let count = end.checked_sub(start).filter(|count| *count > 0)?;
        if count.is_power_of_two() {
            let height = count.trailing_zeros();
            return self.levels.get(height as usize)?.get(usize::try_from(start >> height).ok()?).copied();
        }
        let middle = start + split(count);
        Some(node_hash(self.range(start, middle)?, self.range(middle, end)?))
    }

    /// The hash tile at `level` (0 is the leaves), number `n`, and how many hashes it has; `None` when it has none.
    pub fn tile(&self, level: u8, n: u64) -> Option<(Vec<u8>, u64)> {
        let hashes = self.levels.get(usize::from(level) * TILE_HEIGHT)?;
        let start = usize::try_from(n.checked_mul(TILE_WIDTH)?).ok()?;
        let width = hashes.len().checked_sub(start).filter(|w| *w > 0)?.min(TILE_WIDTH as usize);
        let hashes = hashes.get(start..start + width)?;
        Some((hashes.iter().flat_map(|hash| hash.0).collect(), width as u64))
    }

    /// The first `width` hashes of a tile, if the tree of the first `size` leaves has them.
    pub fn partial_tile(&self, level: u8, n: u64, width: u64, size: u64) -> Option<Vec<u8>> {
        let end = n.checked_mul(TILE_WIDTH)?.checked_add(width)?;
        let height = u32::from(level) * TILE_HEIGHT as u32;
        let beyond = height >= u64::BITS || size > self.size() || end > size >> height;
        if beyond || !(1..=TILE_WIDTH).contains(&width) {
            return None;
        }
        let (mut bytes, _) = self.tile(level, n)?;
        bytes.truncate(usize::try_from(width).ok()? * 32);
        Some(bytes)
    }

    /// Paths of all hash tiles of this tree with their bytes.
    pub fn tiles(&self) -> Vec<(String, Vec<u8>)> {
        let mut out = Vec::new();
        for level in 0_u8.. {
            let before = out.len();
            out.extend((0..).map_while(|n| {
                let (bytes, width) = self.tile(level, n)?;
                Some((tile_path(&level.to_string(), n, width), bytes))
            }));
            if out.len() == before {
                return out;
            }
        }
        out
    }
}

/// The largest power of two below `count` (RFC 6962's k), for `count` of at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// `tile/<level>/<n>[.p/<width>]` with the number in groups of three digits: `tile/0/x001/x234/067.p/8`.
/// `level` is `entries` for bundles.
pub fn tile_path(level: &str, n: u64, width: u64) -> String {
    let mut number = format!("{:03}", n % 1000);
    let mut rest = n / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    let partial = if width == TILE_WIDTH { String::new() } else { format!(".p/{width}") };
    format!("tile/{level}/{number}{partial}")
}

/// An entry bundle: each entry behind its length as two bytes big-endian.
pub fn write_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for entry in entries {
        out.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Some(out)
}

/// Reads an entry bundle; `None` when it ends in the middle of an entry.
pub fn read_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inclusion proof does not lead from the entry to the checkpoint's root")]
pub struct InclusionError;

/// RFC 9162 section 2.1.3.2.
pub fn verify_inclusion(leaf: Hash, index: u64, proof: &[Hash], size: u64, root: Hash) -> Result<(), InclusionError> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last).ok_or(InclusionError)?;
    let mut node = index;
    let mut hash = leaf;
    for &sibling in proof {
        if last == 0 {
            return Err(InclusionError);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == root { Ok(()) } else { Err(InclusionError) }
}

/// The log's name: the checkpoint's first line and the name of the board's key.
pub fn origin(election: Hash) -> String {
    format!("veche/{election}")
}

/// How many entries there are, and the root over them, under the board's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// Who erred: the server that made the checkpoint, or whoever changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint is not a signed note of three lines")]
    Form,
    #[error("the checkpoint is of another log")]
    Origin,
    #[error("the checkpoint is not signed by the board's key")]
    Signature,
}

impl Checkpoint {
    /// The signed note: body, empty line, signature line.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let mut signature = key_id(&self.origin, &key.public()).to_vec();
        signature.extend_from_slice(&key.sign_raw(body.as_bytes()).0);
        format!("{body}\n\u{2014} {} {}\n", self.origin, BASE64.encode(&signature))
    }

    /// How many signature lines a note has.
    pub fn signature_count(note: &str) -> usize {
        note.split_once("\n\n").map_or(0, |(_, signatures)| signatures.lines().count())
    }

    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root.0))
    }

    /// Checks form, origin and the board's signature. Signature lines of other keys (witnesses) may stand beside it.
    pub fn open(note: &str, origin: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        use CheckpointError as E;
        if note.len() > CHECKPOINT_MAX_BYTES {
            return Err(E::Form);
        }
        let (text, signatures) = note.split_once("\n\n").ok_or(E::Form)?;
        let [name, size, root] = text.split('\n').collect::<Vec<_>>().try_into().map_err(|_| E::Form)?;
        let number: u64 = size.parse().map_err(|_| E::Form)?;
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|r| r.try_into().ok()).ok_or(E::Form)?;
        let this = Self { origin: name.into(), size: number, root: Hash(root) };
        if this.body().strip_suffix('\n') != Some(text) {
            return Err(E::Form);
        }
        if name != origin {
            return Err(E::Origin);
        }
        let mut verified = false;
        for line in signatures.split_terminator('\n') {
            let (who, signature) =
                line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' ')).ok_or(E::Form)?;
            let signature = BASE64.decode(signature.as_bytes()).map_err(|_| E::Form)?;
            let Some((id, signature)) = signature.split_first_chunk::<4>() else { return Err(E::Form) };
            if who == origin && *id == key_id(origin, key) {
                let signature = signature.try_into().map_err(|_| E::Signature)?;
                key.verify_raw(this.body().as_bytes(), &Signature(signature)).map_err(|_| E::Signature)?;
                verified = true;
            }
        }
        if !signatures.ends_with('\n') {
            return Err(E::Form);
        }
        if verified { Ok(this) } else { Err(E::Signature) }
    }
}

/// C2SP signed-note: the first four bytes of SHA-256(name || 0x0A || 0x01 || key).
fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let Hash([a, b, c, d, ..]) = Hash::of(&[name.as_bytes(), &[0x0A, 0x01], key.as_bytes()].concat());
    [a, b, c, d]
}
