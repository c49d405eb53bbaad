//! `veche verify-receipt`: a receipt alone, or against a record.

use std::path::Path;

use veche_election::{
    Hash,
    entry::CheckedEntry,
    log::{LogTree, Subtrees, TILE_WIDTH, leaf_hash, read_bundle, tile_path},
    receipt::{CheckedReceipt, ReceiptFile},
};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    records,
};

pub fn verify(file: &Path, record: Option<&str>, election: Option<&str>, json: bool) -> Result<()> {
    let bytes = std::fs::read(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let (receipt, manifest) = ReceiptFile::parse(&bytes).map_err(|error| bad(error.to_string()))?;
    let checked = receipt.check(&manifest).map_err(|error| bad(error.to_string()))?;
    if election.is_some_and(|expected| Hash::parse(expected.trim()) != Some(manifest.id())) {
        return Err(bad(tr!(
            "the receipt is of election {}, not of the one on your card",
            "квитанция от выборов {}, а не от тех, что на карточке",
            manifest.id()
        )));
    }
    let standing = record.map(|record| look_up(record, &checked, manifest.id())).transpose()?;
    let (code, index, size) = (checked.ballot.code().full(), checked.index, checked.checkpoint.size);
    if json {
        println!(
            "{:#}",
            serde_json::json!({
                "verified": true, "election": manifest.id(), "index": index, "size": size, "code": code,
                "in_record": standing.map(|_| true), "counts": standing,
            })
        );
        return Ok(());
    }
    println!(
        "{}",
        tr!(
            "The receipt is good.\nelection     {}\nballot code  {code}\nentry        {index} of {size} under the board's signature",
            "Квитанция верна.\nвыборы         {}\nкод бюллетеня  {code}\nзапись         {index} из {size} под подписью доски",
            manifest.id()
        )
    );
    match standing {
        Some(true) => println!("{}", tr!("It stands in the record and counts.", "Он стоит в записи и учтён.")),
        Some(false) => println!(
            "{}",
            tr!(
                "It stands in the record; a later ballot replaced it.",
                "Он стоит в записи; более поздний бюллетень его заменил."
            )
        ),
        None => println!("{}", tr!("Compare the election id with your card.", "Сравните id выборов с карточкой.")),
    }
    Ok(())
}

/// Verifies the record, then finds the entry at its place, and the receipt's checkpoint in the record's log.
/// Returns whether the ballot counts.
fn look_up(target: &str, checked: &CheckedReceipt, election: Hash) -> Result<bool> {
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let verified = records::check(target)?;
    if verified.election.id() != election {
        return Err(bad(tr!("the record is of another election", "запись от других выборов")));
    }
    let source = records::source(target)?;
    let mut tree = LogTree::default();
    let (mut found, mut replaced) = (false, false);
    for n in 0..verified.size.div_ceil(TILE_WIDTH) {
        let width = (verified.size - n * TILE_WIDTH).min(TILE_WIDTH);
        let bytes = source.read(&tile_path("entries", n, width)).unwrap_or_default();
        for entry in read_bundle(&bytes).unwrap_or_default() {
            found |= tree.size() == checked.index && entry == checked.ballot.bytes;
            // A voter's next ballot, with whatever card, names the one that it replaces.
            let next = CheckedEntry::check(entry, &verified.election);
            replaced |= matches!(next, Ok(CheckedEntry::Ballot(next)) if next.entry.prev == checked.ballot.leaf);
            tree.append(leaf_hash(entry));
        }
    }
    if !found || tree.root_at(checked.checkpoint.size) != Some(checked.checkpoint.root) {
        return Err(bad(tr!(
            "the record does not contain what this receipt promises: the log was forked. Keep both, they prove it",
            "в записи нет того, что обещает квитанция: журнал раздвоен. Сохраните то и другое, это доказательство"
        )));
    }
    Ok(!replaced)
}
