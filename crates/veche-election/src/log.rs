//! The log: an RFC 6962 Merkle tree over the entries, and its tiles (C2SP tlog-tiles). Spec: `docs/spec/log.md`
//! sections 2 and 4.

use std::{cell::RefCell, collections::HashMap};

use sha2::{Digest, Sha256};

use crate::hash::Hash;

pub use crate::{
    checkpoint::{Checkpoint, CheckpointError, origin},
    head::Head,
};

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
const TILE_HEIGHT: usize = 8;
/// No log of ours is taller; bounds every proof.
pub const PROOF_MAX_HASHES: usize = 40;

const _: () = assert!(TILE_WIDTH == 1 << TILE_HEIGHT, "a tile is a complete subtree");

/// RFC 6962 section 2.1: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0]).chain_update(entry).finalize().into())
}

/// RFC 6962 section 2.1: SHA-256(0x01 || left || right).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Where the roots of complete subtrees come from: a tree in memory, or tiles that somebody serves. Every root and every
/// proof follows from them.
pub trait Subtrees {
    /// The root over leaves `n << height .. (n + 1) << height`; `None` if not all of them are there.
    fn subtree(&self, height: u32, n: u64) -> Option<Hash>;

    /// The root over the first `size` leaves; `None` if there are fewer.
    fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(Head::EMPTY.root) } else { self.range(0, size) }
    }

    /// The root over leaves `start..end`, where `start` is a multiple of a power of two not below `end - start`.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let count = end.checked_sub(start).filter(|count| *count > 0)?;
        if count.is_power_of_two() {
            let height = count.trailing_zeros();
            return self.subtree(height, start >> height);
        }
        let middle = start + split(count);
        Some(node_hash(self.range(start, middle)?, self.range(middle, end)?))
    }

    /// RFC 6962 section 2.1.1: the path that proves leaf `index` to be among the first `size`.
    fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, size);
        if index >= end || self.subtree(0, index).is_none() {
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

    /// RFC 6962 section 2.1.2: proves that the first `old` of `size` leaves are all leaves of the tree of size `old`.
    /// Empty for `old` of 0 and of `size`.
    fn consistency_proof(&self, old: u64, size: u64) -> Option<Vec<Hash>> {
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, size);
        if old > size {
            return None;
        }
        if old == 0 || old == size {
            return Some(proof);
        }
        // Down to the complete subtree on the right edge of the old tree, noting what stands beside the way.
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.range(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range(start, middle)?);
                start = middle;
            }
        }
        // Where that subtree is the whole old tree, who checks knows its root already.
        if start > 0 {
            proof.push(self.range(start, end)?);
        }
        proof.reverse();
        Some(proof)
    }
}

/// The hashes of all complete subtrees, 64 bytes of memory per entry.
#[derive(Debug, Clone, Default)]
pub struct LogTree {
    /// `levels[h][i]` is the root of the complete subtree over leaves `i << h .. (i + 1) << h`.
    levels: Vec<Vec<Hash>>,
}

impl LogTree {
    /// How many entries.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// One entry more.
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
        self.root_at(self.size()).unwrap_or(Head::EMPTY.root)
    }

    /// Of all entries.
    pub fn head(&self) -> Head {
        Head { size: self.size(), root: self.root() }
    }

    /// The head of this tree with more leaves behind its own. The tree stays as it is: the leaves may never come to be.
    pub fn head_with(&self, leaves: impl IntoIterator<Item = Hash>) -> Head {
        let mut size = self.size();
        // The complete subtrees of which the tree is made, the tallest first: one for each bit that its size has.
        let heights = (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1);
        let mut peaks: Vec<Hash> = heights.filter_map(|height| self.subtree(height, (size >> height) - 1)).collect();
        for leaf in leaves {
            let mut hash = leaf;
            for left in peaks.split_off(peaks.len() - size.trailing_ones() as usize).into_iter().rev() {
                hash = node_hash(left, hash);
            }
            peaks.push(hash);
            size += 1;
        }
        let root = peaks.into_iter().rev().reduce(|right, left| node_hash(left, right));
        Head { size, root: root.unwrap_or(Head::EMPTY.root) }
    }

    /// Takes back all leaves from `size` on: entries of which somebody told, and which are not to be believed.
    pub fn truncate(&mut self, size: u64) {
        for (height, level) in self.levels.iter_mut().enumerate() {
            level.truncate(usize::try_from(size >> height).unwrap_or(usize::MAX));
        }
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

impl Subtrees for LogTree {
    fn subtree(&self, height: u32, n: u64) -> Option<Hash> {
        self.levels.get(height as usize)?.get(usize::try_from(n).ok()?).copied()
    }
}

/// The largest power of two below `count` (RFC 6962's k), for `count` of at least 2.
pub(crate) fn split(count: u64) -> u64 {
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

/// The path of entry bundle `n` in a log of `size` entries, and how many it holds: none where the log does not reach so far.
pub fn bundle_of(n: u64, size: u64) -> (String, u64) {
    let width = size.saturating_sub(n.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
    (tile_path("entries", n, width), width)
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

/// Reads an entry bundle; `None` when it ends in the middle of an entry, or has more entries than a bundle.
pub fn read_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if entries.len() as u64 == TILE_WIDTH {
            return None;
        }
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

/// Who erred: whoever gave the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inclusion proof does not lead from the entry to the checkpoint's root")]
pub struct InclusionError;

/// RFC 9162 section 2.1.3.2.
///
/// # Errors
///
/// Nothing proves that the leaf stands there.
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

/// Who erred: whoever gave the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the consistency proof does not lead from the one root to the other")]
pub struct ConsistencyError;

/// RFC 9162 section 2.1.4.2: the tree of size `old` with root `old_root` is the beginning of that of size `size`.
///
/// # Errors
///
/// Whoever gave the proof erred, or the second log does not begin with the first.
pub fn verify_consistency(
    (old, old_root): (u64, Hash),
    (size, root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    let holds = |holds: bool| if holds { Ok(()) } else { Err(ConsistencyError) };
    if old == 0 || old >= size {
        let same = old == 0 && old_root == Head::EMPTY.root || old == size && old_root == root;
        return holds(same && proof.is_empty());
    }
    // Of an old size that is a power of two the first hash of the path is its root itself, which is not sent.
    let whole = old.is_power_of_two().then_some(old_root);
    let mut path = whole.into_iter().chain(proof.iter().copied());
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let first = path.next().ok_or(ConsistencyError)?;
    let (mut old_hash, mut hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(ConsistencyError);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, old_hash);
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
    holds(last == 0 && old_hash == old_root && hash == root)
}

/// Level and number of a tile.
type Place = (u32, u64);

/// Hash tiles that somebody serves, of a log of a given size. They are believed no more than a proof that is made of
/// them: who uses a root or a proof compares it with a checkpoint.
pub struct ServedTiles<F> {
    read: F,
    size: u64,
    tiles: RefCell<HashMap<Place, Option<Vec<u8>>>>,
}

impl<F: Fn(&str) -> Option<Vec<u8>>> ServedTiles<F> {
    /// `read` gives the bytes of the tile at a path; each path is asked for once.
    pub fn new(size: u64, read: F) -> Self {
        Self { read, size, tiles: RefCell::default() }
    }
}

impl<F: Fn(&str) -> Option<Vec<u8>>> Subtrees for ServedTiles<F> {
    fn subtree(&self, height: u32, n: u64) -> Option<Hash> {
        let (level, above) = (height / TILE_HEIGHT as u32, height % TILE_HEIGHT as u32);
        let first = n << above;
        let tile = first / TILE_WIDTH;
        let width = self.size.checked_shr(height - above)?.checked_sub(tile * TILE_WIDTH)?.min(TILE_WIDTH);
        let mut tiles = self.tiles.borrow_mut();
        let bytes = tiles.entry((level, tile)).or_insert_with(|| {
            let bytes = (self.read)(&tile_path(&level.to_string(), tile, width))?;
            (bytes.len() as u64 == width * 32).then_some(bytes)
        });
        let start = usize::try_from(first % TILE_WIDTH).ok()? * 32;
        let bytes = bytes.as_ref()?.get(start..start + (32 << above))?;
        let mut tree = LogTree::default();
        bytes.as_chunks::<32>().0.iter().for_each(|hash| tree.append(Hash(*hash)));
        Some(tree.root())
    }
}
