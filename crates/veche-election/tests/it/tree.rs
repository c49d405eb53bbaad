//! The tree against RFC 6962 written down a second time, its tiles against C2SP, and proofs that prove nothing else.

use sha2::{Digest, Sha256};
use veche_election::{
    Hash, LogTree, Subtrees,
    log::{
        PROOF_MAX_HASHES, ServedTiles, TILE_WIDTH, leaf_hash, read_bundle, tile_path, verify_consistency,
        verify_inclusion, write_bundle,
    },
};

/// All sizes up to this one are tried.
const SIZE: usize = 70;

/// RFC 6962 section 2.1, word for word.
fn mth(entries: &[Vec<u8>]) -> [u8; 32] {
    match entries {
        [] => Sha256::digest([]).into(),
        [entry] => Sha256::digest([&[0], entry.as_slice()].concat()).into(),
        _ => {
            let (left, right) = entries.split_at(largest_power_of_two_below(entries.len()));
            Sha256::digest([&[1], &mth(left)[..], &mth(right)[..]].concat()).into()
        }
    }
}

/// RFC 6962 section 2.1.1, word for word.
fn path(m: usize, entries: &[Vec<u8>]) -> Vec<[u8; 32]> {
    if entries.len() == 1 {
        return Vec::new();
    }
    let k = largest_power_of_two_below(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut proof, other) = if m < k { (path(m, left), right) } else { (path(m - k, right), left) };
    proof.push(mth(other));
    proof
}

/// RFC 6962 section 2.1.2, word for word.
fn subproof(m: usize, entries: &[Vec<u8>], complete: bool) -> Vec<[u8; 32]> {
    if m == entries.len() {
        return if complete { Vec::new() } else { vec![mth(entries)] };
    }
    let k = largest_power_of_two_below(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut proof, other) =
        if m <= k { (subproof(m, left, complete), right) } else { (subproof(m - k, right, false), left) };
    proof.push(mth(other));
    proof
}

fn largest_power_of_two_below(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// On which side the sibling stands, from the leaf up: all that index and size say about the way to the root.
fn sides(m: usize, n: usize) -> Vec<bool> {
    if n == 1 {
        return Vec::new();
    }
    let k = largest_power_of_two_below(n);
    let mut sides = if m < k { sides(m, k) } else { sides(m - k, n - k) };
    sides.push(m < k);
    sides
}

fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|i| format!("entry {i}").into_bytes()).collect()
}

fn tree(entries: &[Vec<u8>]) -> LogTree {
    crate::fixture::tree(entries)
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn the_head_with_more_leaves_is_that_of_the_tree_to_which_they_are_appended() {
    let leaf = |i: u64| leaf_hash(&i.to_be_bytes());
    let mut tree = LogTree::default();
    for size in 0..70 {
        for more in 0..20 {
            let mut grown = tree.clone();
            (size..size + more).for_each(|i| grown.append(leaf(i)));
            assert_eq!(tree.head_with((size..size + more).map(leaf)), grown.head(), "{more} behind {size}");
        }
        assert_eq!(tree.size(), size, "the tree itself stays as it is");
        tree.append(leaf(size));
    }
}

#[test]
fn known_answers_of_certificate_transparency() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let tree = tree(&leaves.map(hex));
    let check = |size, root: &str| assert_eq!(tree.root_at(size).unwrap().0.to_vec(), hex(root), "size {size}");
    check(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    check(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    check(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    check(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
    check(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4");
    check(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef");
    check(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
    check(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    assert_eq!(tree.root_at(9), None);
}

#[test]
fn roots_and_proofs_are_those_of_rfc_6962() {
    let (entries, tree) = (entries(SIZE), tree(&entries(SIZE)));
    for n in 0..=SIZE {
        let root = Hash(mth(&entries[..n]));
        assert_eq!(tree.root_at(n as u64), Some(root), "size {n}");
        assert_eq!(crate::fixture::tree(&entries[..n]).root(), root, "grown to {n}");
        for m in 0..n {
            let expected: Vec<Hash> = path(m, &entries[..n]).into_iter().map(Hash).collect();
            assert_eq!(tree.inclusion_proof(m as u64, n as u64), Some(expected), "{m} of {n}");
        }
        assert_eq!(tree.inclusion_proof(n as u64, n as u64), None);
    }
    assert_eq!(tree.inclusion_proof(0, SIZE as u64 + 1), None);
    assert_eq!(tree.inclusion_proof(u64::MAX, u64::MAX), None);
    assert_eq!(tree.root_at(u64::MAX), None);
}

#[test]
fn a_proof_proves_one_leaf_at_one_index() {
    let (entries, tree) = (entries(SIZE), tree(&entries(SIZE)));
    for n in 1..=SIZE {
        let root = tree.root_at(n as u64).unwrap();
        for (m, entry) in entries[..n].iter().enumerate() {
            let leaf = leaf_hash(entry);
            let proof = tree.inclusion_proof(m as u64, n as u64).unwrap();
            let check = |leaf, index: usize, proof: &[Hash], size: usize, root| {
                verify_inclusion(leaf, index as u64, proof, size as u64, root).is_ok()
            };
            assert!(check(leaf, m, &proof, n, root), "{m} of {n}");
            for index in (0..n + 3).filter(|index| *index != m) {
                assert!(!check(leaf, index, &proof, n, root), "{m} of {n} at {index}");
            }
            // Some sizes share a way to the root (the checkpoint's signature binds the size); all others are refused.
            for size in 0..=SIZE {
                let same_way = m < size && sides(m, size) == sides(m, n);
                assert_eq!(check(leaf, m, &proof, size, root), same_way, "{m} of {n} in {size}");
            }
            assert!(!check(leaf_hash(b"another"), m, &proof, n, root));
            assert!(!check(leaf, m, &proof, n, leaf_hash(b"another")));
            assert!(!check(leaf, m, &[proof.as_slice(), &[root]].concat(), n, root), "extended");
            for i in 0..proof.len() {
                let mut bad = proof.clone();
                bad[i].0[i % 32] ^= 1;
                assert!(!check(leaf, m, &bad, n, root), "flipped at {i}");
                bad.remove(i);
                assert!(!check(leaf, m, &bad, n, root), "shortened at {i}");
                let mut bad = proof.clone();
                bad.insert(i, Hash::ZERO);
                assert!(!check(leaf, m, &bad, n, root), "extended at {i}");
                bad = proof.clone();
                bad.rotate_left(1);
                assert!(bad == proof || !check(leaf, m, &bad, n, root), "rotated");
            }
        }
    }
    let leaf = leaf_hash(b"");
    assert!(verify_inclusion(leaf, u64::MAX, &[], u64::MAX, leaf).is_err());
    assert!(verify_inclusion(leaf, 0, &[], 0, leaf).is_err());
    assert!(verify_inclusion(leaf, 0, &[leaf; 1000], u64::MAX, leaf).is_err());
    assert!(verify_inclusion(leaf, 0, &[], 1, leaf).is_ok());
    assert!(tree.inclusion_proof(0, SIZE as u64).unwrap().len() <= PROOF_MAX_HASHES);
}

#[test]
fn known_consistency_proofs_of_certificate_transparency() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let tree = tree(&leaves.map(hex));
    let check = |old, size, proof: &[&str]| {
        let expected: Vec<Vec<u8>> = proof.iter().map(|hash| hex(hash)).collect();
        let made: Vec<Vec<u8>> =
            tree.consistency_proof(old, size).unwrap().iter().map(|hash| hash.0.to_vec()).collect();
        assert_eq!(made, expected, "{old} of {size}");
    };
    check(1, 1, &[]);
    check(
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    );
    check(
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    );
    check(
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    );
}

#[test]
fn row_20_consistency_proofs_are_those_of_rfc_6962_and_prove_nothing_else() {
    let (entries, tree) = (entries(SIZE), tree(&entries(SIZE)));
    for n in 0..=SIZE {
        let root = tree.root_at(n as u64).unwrap();
        for m in 0..=n {
            let old_root = tree.root_at(m as u64).unwrap();
            let proof = tree.consistency_proof(m as u64, n as u64).unwrap();
            if m > 0 {
                let expected: Vec<Hash> = subproof(m, &entries[..n], true).into_iter().map(Hash).collect();
                assert_eq!(proof, expected, "{m} of {n}");
            }
            assert!(proof.len() <= PROOF_MAX_HASHES);
            let check = |old: usize, old_root, size: usize, root, proof: &[Hash]| {
                verify_consistency((old as u64, old_root), (size as u64, root), proof).is_ok()
            };
            assert!(check(m, old_root, n, root, &proof), "{m} of {n}");
            let other = leaf_hash(b"another");
            assert!(!check(m, other, n, root, &proof), "{m} of {n}: another old root");
            assert!(m == 0 || !check(m, old_root, n, other, &proof), "{m} of {n}: another root");
            assert!(!check(m, old_root, n, root, &[proof.as_slice(), &[root]].concat()), "{m} of {n}: extended");
            assert!(m == n || !check(n, root, m, old_root, &proof), "{m} of {n}: shrinking");
            for i in 0..proof.len() {
                let mut bad = proof.clone();
                bad[i].0[i % 32] ^= 1;
                assert!(!check(m, old_root, n, root, &bad), "{m} of {n}: flipped at {i}");
                bad.remove(i);
                assert!(!check(m, old_root, n, root, &bad), "{m} of {n}: shortened at {i}");
            }
            // A proof of another old size does not do.
            for old in (1..n).filter(|old| *old != m) {
                assert!(m == 0 || !check(old, old_root, n, root, &proof), "{m} of {n}, called {old}");
            }
        }
        assert_eq!(tree.consistency_proof(n as u64 + 1, n as u64), None);
    }
    assert_eq!(tree.consistency_proof(3, SIZE as u64 + 1), None, "a tree that is not there");
    let any = leaf_hash(b"");
    assert!(verify_consistency((1, any), (u64::MAX, any), &[any; 100]).is_err());
    assert!(verify_consistency((u64::MAX - 1, any), (u64::MAX, any), &[]).is_err());
    assert!(verify_consistency((0, any), (5, any), &[]).is_err(), "the empty tree has one root");
}

#[test]
fn served_tiles_give_the_same_roots_and_proofs_as_the_tree() {
    let mut tree = LogTree::default();
    (0..70_000_u32).for_each(|i| tree.append(leaf_hash(&i.to_be_bytes())));
    for size in [1_u64, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 66_000, 70_000] {
        let asked = std::cell::Cell::new(0);
        let tiles = ServedTiles::new(size, |path| {
            asked.set(asked.get() + 1);
            let (_, rest) = path.split_once('/').unwrap();
            let (level, number) = rest.split_once('/').unwrap();
            let (number, width) = number.split_once(".p/").map_or((number, 256), |(n, w)| (n, w.parse().unwrap()));
            let n: u64 = number.replace(['x', '/'], "").parse().unwrap();
            assert_eq!(tile_path(level, n, width), path);
            tree.partial_tile(level.parse().unwrap(), n, width, size)
        });
        assert_eq!(tiles.root_at(size), tree.root_at(size), "{size}");
        for old in [1, 2, 100, 255, 256, 300, 65_536, 65_999].into_iter().filter(|old| *old <= size) {
            assert_eq!(tiles.consistency_proof(old, size), tree.consistency_proof(old, size), "{old} of {size}");
            assert_eq!(tiles.inclusion_proof(old - 1, size), tree.inclusion_proof(old - 1, size), "{old} of {size}");
        }
        assert!(asked.get() < 20, "{size}: {} tiles were asked for", asked.get());
        assert_eq!(tiles.root_at(size + 1), None);
    }
    let silent = ServedTiles::new(1_000, |_| None);
    assert_eq!((silent.root_at(1_000), silent.consistency_proof(3, 1_000)), (None, None));
    let short = ServedTiles::new(1_000, |_| Some(vec![0; 31]));
    assert_eq!(short.root_at(1_000), None);
}

#[test]
fn an_inner_node_is_not_a_leaf() {
    let entries = entries(4);
    let (tree, root) = (tree(&entries), tree(&entries).root());
    let node: Vec<u8> = [leaf_hash(&entries[0]).0, leaf_hash(&entries[1]).0].concat();
    let right = tree.inclusion_proof(0, 4).unwrap()[1];
    for leaf in [leaf_hash(&node), Hash::of(&node), veche_election::log::node_hash(leaf_hash(&entries[0]), right)] {
        assert!(verify_inclusion(leaf, 0, &[right], 2, root).is_err());
    }
}

#[test]
fn truncation_takes_back() {
    let entries = entries(SIZE);
    for size in 0..=SIZE {
        let mut cut = tree(&entries);
        cut.truncate(size as u64);
        assert_eq!((cut.size(), cut.root()), (size as u64, Hash(mth(&entries[..size]))), "cut to {size}");
        // Grown again, with other entries and with the same.
        let mut other = cut.clone();
        other.append(leaf_hash(b"other"));
        let others = [&entries[..size], &[b"other".to_vec()]].concat();
        assert_eq!(other.root(), Hash(mth(&others)));
        entries[size..].iter().for_each(|entry| cut.append(leaf_hash(entry)));
        assert_eq!((cut.root(), cut.tiles()), (tree(&entries).root(), tree(&entries).tiles()));
        let before = cut.root();
        cut.truncate(SIZE as u64 + 5);
        assert_eq!(cut.root(), before, "there is nothing to take back");
    }
}

#[test]
fn paths_are_those_of_c2sp_tlog_tiles() {
    let check = |level, n, width, path: &str| assert_eq!(tile_path(level, n, width), path);
    check("0", 0, 256, "tile/0/000");
    check("0", 999, 256, "tile/0/999");
    check("1", 1000, 256, "tile/1/x001/000");
    check("0", 1_234_067, 256, "tile/0/x001/x234/067");
    check("0", 1_234_067, 8, "tile/0/x001/x234/067.p/8");
    check("entries", 1_234_067, 8, "tile/entries/x001/x234/067.p/8");
    check("3", 255, 1, "tile/3/255.p/1");
    check("0", 1_000_000, 255, "tile/0/x001/x000/000.p/255");
}

#[test]
fn tiles_hold_the_hashes_of_their_level() {
    // More than 256 tiles of level 0 would be 65,536 leaves: enough for three levels of tiles.
    let count = 65_536 + 256 + 3;
    let mut tree = LogTree::default();
    (0..count as u32).for_each(|i| tree.append(leaf_hash(&i.to_be_bytes())));
    let tiles = tree.tiles();
    assert_eq!(tiles.len(), 258 + 2 + 1);
    let tile = |path: &str| tiles.iter().find(|(p, _)| p == path).map(|(_, bytes)| bytes.as_slice());
    assert_eq!(tile("tile/0/000").unwrap()[..32], leaf_hash(&0_u32.to_be_bytes()).0);
    assert_eq!(tile("tile/0/257.p/3").unwrap()[..32], leaf_hash(&(65_536_u32 + 256).to_be_bytes()).0);
    assert_eq!(tile("tile/1/000").unwrap()[..32], tree.root_at(256).unwrap().0);
    assert_eq!(tile("tile/1/001.p/1").map(<[u8]>::len), Some(32));
    assert_eq!(tile("tile/2/000.p/1"), Some(&tree.root_at(65_536).unwrap().0[..]));
    assert!(tiles.iter().all(|(_, bytes)| (1..=256).contains(&(bytes.len() / 32)) && bytes.len() % 32 == 0));
    assert!(LogTree::default().tiles().is_empty());
    assert_eq!(
        (tree.tile(0, 258), tree.tile(3, 0), tree.tile(255, 0), tree.tile(0, u64::MAX)),
        (None, None, None, None)
    );
}

#[test]
fn partial_tiles_show_what_a_size_has() {
    let tree = tree(&entries(600));
    let full = tree.tile(0, 1).unwrap().0;
    for size in 0..=600 {
        for width in [0, 1, 2, 100, 255, 256] {
            let expected = (width > 0 && 256 + width <= size).then(|| full[..width as usize * 32].to_vec());
            assert_eq!(tree.partial_tile(0, 1, width, size), expected, "{width} of {size}");
        }
    }
    assert_eq!(tree.partial_tile(1, 0, 2, 600), tree.tile(1, 0).map(|(bytes, _)| bytes));
    assert_eq!(tree.partial_tile(1, 0, 2, 511), None);
    assert_eq!(tree.partial_tile(1, 0, 3, 600), None);
    assert_eq!(tree.partial_tile(8, 0, 1, 600), None);
    assert_eq!(tree.partial_tile(255, 0, 1, u64::MAX), None);
    assert_eq!(tree.partial_tile(0, u64::MAX, 1, 600), None);
}

#[test]
fn bundles() {
    let entries: Vec<&[u8]> = vec![b"", b"a", b"bc", &[7; 65_535]];
    let bundle = write_bundle(entries.iter().copied()).unwrap();
    assert_eq!(bundle[..8], *b"\0\0\0\x01a\0\x02b");
    assert_eq!(read_bundle(&bundle), Some(entries));
    assert_eq!(read_bundle(b""), Some(vec![]));
    assert_eq!(write_bundle([&[7; 65_536][..]]), None);
    let small = write_bundle([&b"abc"[..], b"de"]).unwrap();
    for cut in 1..small.len() {
        assert_eq!(read_bundle(&small[..cut]), (cut == 5).then(|| vec![&b"abc"[..]]), "cut to {cut}");
    }
    assert_eq!(TILE_WIDTH, 256);
}
