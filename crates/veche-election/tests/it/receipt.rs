//! Row 21: a receipt proves one entry at one place in one log of one election, and is refused when anything changes.

use veche_election::{
    Checkpoint, Hash, LogTree, Receipt, Subtrees, canonical,
    entry::Position,
    log::origin,
    log::{leaf_hash, node_hash},
    receipt::PaperReceipt,
    receipt::{ReceiptError as E, ReceiptFile},
};

use crate::fixture::{Log, World, finished, text, tree};

fn refused(world: &World, receipt: &Receipt) -> E {
    receipt.check(&world.election, &crate::fixture::WEIGHTS).expect_err("a bad receipt was accepted")
}

/// The good receipt of entry 3 in a log of 7 with one thing changed.
fn changed(log: &Log<'_>, change: impl FnOnce(&mut Receipt)) -> E {
    let mut receipt = log.receipt(3, 7);
    receipt.check(&log.world.election, &crate::fixture::WEIGHTS).unwrap();
    change(&mut receipt);
    refused(log.world, &receipt)
}

#[test]
fn every_ballot_has_a_receipt_at_every_later_size() {
    let world = World::small(1);
    let log = finished(&world);
    for index in [2, 3, 4, 8] {
        for size in index + 1..=log.entries.len() as u64 {
            let receipt = log.receipt(index, size);
            let checked = receipt.check(&world.election, &crate::fixture::WEIGHTS).unwrap();
            assert_eq!((checked.index(), checked.checkpoint().size), (index, size));
            assert_eq!(**checked.ballot().bytes(), log.entries[index as usize]);
            let file = canonical::write(&ReceiptFile::new(receipt.clone(), &world.election));
            for end in [&b""[..], b"\n"] {
                let (read, election) = ReceiptFile::parse(&[&file, end].concat()).unwrap();
                assert_eq!((read, election.id()), (receipt.clone(), world.election.id()));
            }
        }
    }
}

#[test]
fn row_21_every_field_is_bound() {
    let world = World::small(1);
    let log = finished(&world);
    for version in ["veche-receipt-2", "", "veche-receipt-file-1"] {
        assert!(matches!(changed(&log, |r| r.v = version.into()), E::Version));
    }
    for index in (0..9).filter(|index| *index != 3).chain([u64::MAX]) {
        assert!(matches!(changed(&log, |r| r.index = index), E::Inclusion(_)), "{index}");
    }
    for other in [2, 4] {
        let entry = text(&log.entries[other]);
        assert!(matches!(changed(&log, |r| r.entry = entry.into()), E::Inclusion(_)), "another ballot of the log");
    }
    assert!(matches!(changed(&log, |r| r.entry = text(&log.entries[0]).into()), E::Entry(_)), "a control entry");
    assert!(matches!(changed(&log, |r| r.entry = "".into()), E::Entry(_)));
    for i in 0..3 {
        assert!(matches!(changed(&log, |r| r.proof[i].0[0] ^= 1), E::Inclusion(_)));
        assert!(matches!(changed(&log, |r| _ = r.proof.remove(i)), E::Inclusion(_)));
    }
    assert!(matches!(changed(&log, |r| r.proof.push(Hash::ZERO)), E::Inclusion(_)));
    assert!(matches!(changed(&log, |r| r.proof = vec![Hash::ZERO; 41]), E::Inclusion(_)));
    assert!(matches!(changed(&log, |r| r.proof.clear()), E::Inclusion(_)));
    let tree = tree(&log.entries);
    for size in (1..=9).filter(|size| *size != 7) {
        let note = world.checkpoint(&tree, size);
        assert!(matches!(changed(&log, |r| r.checkpoint = note), E::Inclusion(_)), "a true checkpoint of size {size}");
    }
    assert!(matches!(changed(&log, |r| r.checkpoint.clear()), E::Checkpoint(_)));
}

#[test]
fn row_21_every_byte_of_the_file_is_bound() {
    let world = World::small(1);
    let log = finished(&world);
    let good = canonical::write(&ReceiptFile::new(log.receipt(3, 7), &world.election));
    let mut other_elections = 0;
    for i in 0..good.len() {
        let mut bad = good.clone();
        bad[i] ^= 1 << (i % 7);
        let Ok((receipt, election)) = ReceiptFile::parse(&bad) else { continue };
        // A changed manifest is another election: the receipt is none of its.
        other_elections += usize::from(election.id() != world.election.id());
        assert!(receipt.check(&election, &crate::fixture::WEIGHTS).is_err(), "byte {i}");
    }
    assert!(other_elections > 100, "only {other_elections} files could be read at all");
}

#[test]
fn row_21_a_receipt_of_another_election_or_of_another_log_is_refused() {
    let (world, other) = (World::small(1), World::small(2));
    let (log, foreign) = (finished(&world), finished(&other));
    assert!(matches!(refused(&world, &foreign.receipt(3, 7)), E::Entry(_)));
    assert!(matches!(changed(&log, |r| r.checkpoint = foreign.receipt(3, 7).checkpoint), E::Checkpoint(_)));
    assert!(matches!(changed(&log, |r| r.proof = foreign.receipt(3, 7).proof), E::Inclusion(_)));
    // An entry that never was in the log: its own one-entry tree, not signed by the board.
    let entry = world.ballot(1, log.position(1), "555");
    let alone = tree(std::slice::from_ref(&entry));
    let checkpoint = Checkpoint { origin: origin(world.election.id()), size: 1, root: alone.root() };
    let forged = Receipt::new(text(&entry).into(), 0, vec![], &checkpoint.sign(&world.organiser));
    assert!(matches!(refused(&world, &forged), E::Checkpoint(_)));
    // Were it signed by the board, receipt and record together would prove two logs.
    let fork = Receipt::new(text(&entry).into(), 0, vec![], &checkpoint.sign(&world.board_key));
    let checked = fork.check(&world.election, &crate::fixture::WEIGHTS).unwrap();
    assert_ne!(Some(checked.checkpoint().root), tree(&log.entries).root_at(1));
}

/// A board could sign a checkpoint of any size; no proof of ours is longer than 40 hashes.
#[test]
fn a_proof_has_at_most_forty_hashes() {
    let world = World::small(1);
    let entry = world.ballot(0, Position::FIRST, "45*");
    let check = |hashes: u32| {
        let proof: Vec<Hash> = (0..hashes).map(|i| Hash([i as u8; 32])).collect();
        let root = proof.iter().fold(leaf_hash(&entry), |node, sibling| node_hash(node, *sibling));
        let checkpoint = Checkpoint { origin: origin(world.election.id()), size: 1 << hashes, root };
        Receipt::new(text(&entry).into(), 0, proof, &checkpoint.sign(&world.board_key))
            .check(&world.election, &crate::fixture::WEIGHTS)
            .is_ok()
    };
    assert!(check(0) && check(40) && !check(41) && !check(63));
}

#[test]
fn a_receipt_on_paper_needs_its_entry_and_nothing_else() {
    let world = crate::world::World::new(&[1, 1, 1], |_| ());
    let (_, log) = world.held();
    let tree = tree(&log);
    let note = Checkpoint { origin: origin(world.election.id()), size: tree.size(), root: tree.root() };
    let receipt = Receipt::new(
        text(&log[3]).into(),
        3,
        tree.inclusion_proof(3, tree.size()).unwrap(),
        &note.sign(&world.board_key),
    );
    let text = receipt.to_tlog_proof();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{text}");
    let again = PaperReceipt::parse(&text).unwrap().with_entry(&log[3]).unwrap();
    assert_eq!(again, receipt);
    assert!(again.check(&world.election, &crate::fixture::WEIGHTS).is_ok());
    for scanned in [format!("{text}\n"), text.trim_end().to_owned()] {
        assert_eq!(PaperReceipt::parse(&scanned).unwrap().with_entry(&log[3]), Some(receipt.clone()), "as scanners do");
    }
    assert!(PaperReceipt::parse(&text).unwrap().with_entry(&log[2]).is_none(), "another entry");
    for (good, bad) in [
        ("@v1", "@v2"),
        ("extra ", "extra"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("\n\n", "\n"),
        ("index", "Index"),
    ] {
        assert!(PaperReceipt::parse(&text.replacen(good, bad, 1)).is_none(), "{bad}");
    }
    let moved = PaperReceipt::parse(&text.replace("index 3", "index 2")).unwrap().with_entry(&log[3]).unwrap();
    assert!(moved.check(&world.election, &crate::fixture::WEIGHTS).is_err(), "at another index");
}

/// The figure that the issue asks for: under 1.5 KB at a million entries.
#[test]
fn proof_and_checkpoint_of_a_million_entries_fit_a_qr_code() {
    let mut tree = LogTree::default();
    (0..1_000_000_u32).for_each(|i| tree.append(Hash([i as u8; 32])));
    let world = crate::world::World::new(&[1], |_| ());
    let note = Checkpoint { origin: origin(world.election.id()), size: tree.size(), root: tree.root() };
    let proof = tree.inclusion_proof(777_777, tree.size()).unwrap();
    let receipt = Receipt::new("entry".into(), 777_777, proof, &note.sign(&world.board_key));
    let bytes = receipt.to_tlog_proof().len();
    assert!(bytes < 1_500, "{bytes}");
}
