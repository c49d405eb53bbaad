//! `veche verify-receipt`: a receipt alone, or against a record.

use std::path::Path;

use qrcode::{QrCode, render::svg};

use veche_election::{
    Checkpoint, Election, Hash, Phase, Receipt, Subtrees,
    fork::ForkProof,
    log::{ServedTiles, TILE_WIDTH, bundle_of, origin, read_bundle, verify_consistency},
    receipt::{CheckedReceipt, PaperReceipt, ReceiptFile},
    record::{CHECKPOINT_FILE, MANIFEST_FILE},
};
use veche_server::{home, http::Whereabouts};

use crate::{
    cards::escape_html,
    client,
    failure::{Exit, Failure, Result},
    lang::tr,
    records,
    setup::weight_seed,
    status,
};

pub fn verify(
    file: &Path,
    record: Option<&str>,
    other: Option<&Path>,
    election: Option<&str>,
    json: bool,
) -> Result<()> {
    let bytes = std::fs::read(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let (receipt, manifest) = match PaperReceipt::parse(&String::from_utf8_lossy(&bytes)) {
        Some(paper) => from_paper(paper, record)?,
        None => ReceiptFile::parse(&bytes).map_err(|error| bad(error.to_string()))?,
    };
    let checked = receipt.check(&manifest, &weight_seed()?).map_err(|error| bad(error.to_string()))?;
    if election.is_some_and(|expected| Hash::parse(expected.trim()) != Some(manifest.id())) {
        return Err(bad(tr!(
            "the receipt is of election {}, not of the one on your card",
            "квитанция от выборов {}, а не от тех, что на карточке",
            manifest.id()
        )));
    }
    let found = record.map(|record| look_up(record, &receipt, &checked, &manifest)).transpose()?;
    let standing = found.flatten();
    if let Some(other) = other {
        compare_receipts((&receipt, &checked), other, &manifest)?;
    }
    let (code, index, size) = (checked.ballot.code().full(), checked.index, checked.checkpoint.size);
    if json {
        println!(
            "{:#}",
            serde_json::json!({
                "verified": true, "election": manifest.id(), "index": index, "size": size, "code": code,
                "in_record": found.map(|_| true), "counts": standing,
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
    if found == Some(None) {
        println!(
            "{}",
            tr!(
                "It stands in the log. Whether a later ballot has replaced it is told after closing.",
                "Он стоит в журнале. Заменил ли его более поздний бюллетень, станет видно после закрытия."
            )
        );
        return Ok(());
    }
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

/// What a QR code holds lacks the entry and the manifest: both are taken from the record.
fn from_paper(paper: PaperReceipt, record: Option<&str>) -> Result<(Receipt, Election)> {
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let target = record.ok_or_else(|| {
        Failure::usage(tr!(
            "a receipt from a QR code is checked against a record or a server: add --record",
            "квитанция из QR-кода проверяется по записи или серверу: добавьте --record"
        ))
    })?;
    let source = records::source(target)?;
    let read =
        |path: &str| source.file(path).map_err(|error| bad(tr!("\"{path}\" {error}", "«{path}» не прочесть: {error}")));
    let election = Election::parse(&read(MANIFEST_FILE)?).map_err(|error| bad(error.to_string()))?;
    let note = String::from_utf8(read(CHECKPOINT_FILE)?).unwrap_or_default();
    let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board);
    let size = checkpoint.map_err(|error| bad(error.to_string()))?.size;
    let n = paper.index / TILE_WIDTH;
    let bundle = read(&bundle_of(n, size).0)?;
    let place = usize::try_from(paper.index % TILE_WIDTH).unwrap_or(usize::MAX);
    let entry = read_bundle(&bundle).and_then(|entries| entries.get(place).map(|entry| entry.to_vec()));
    let receipt = entry.and_then(|entry| paper.with_entry(&entry));
    let receipt = receipt.ok_or_else(|| {
        bad(tr!(
            "at the receipt's place stands another entry: the log was forked, or this is the record of another election",
            "на месте из квитанции стоит другая запись: журнал раздвоен, или это запись других выборов"
        ))
    })?;
    Ok((receipt, election))
}

/// The receipt as a page to print: the code for people, and in a QR code everything but the ballot itself.
pub fn page(receipt: &Receipt, checked: &CheckedReceipt, election: &Election, url: &str) -> String {
    let picture = QrCode::new(receipt.to_tlog_proof().as_bytes());
    let picture = picture.map(|code| code.render::<svg::Color>().min_dimensions(360, 360).build()).unwrap_or_default();
    let picture = picture.find("<svg").and_then(|start| picture.get(start..)).unwrap_or_default();
    let (title, code) = (escape_html(&election.draft().title), checked.ballot.code().full());
    let (index, size, id, url) = (checked.index, checked.checkpoint.size, election.id(), escape_html(url));
    let text = tr!(
        "<p>Your ballot is recorded: entry {index} of the public log, of {size} entries then.\n\
         <p>Ballot code<br><code>{code}</code>\n<p>Where it is now: <a href=\"{url}/ballot/{code}\">{url}/ballot/{code}</a>\n\
         <p>The picture holds the proof that the ballot is in the log. A reader of QR codes makes a file of it; then\n\
         <pre>veche verify-receipt FILE --record {url}</pre>",
        "<p>Бюллетень записан: запись {index} публичного журнала, в котором было записей {size}.\n\
         <p>Код бюллетеня<br><code>{code}</code>\n<p>Где он сейчас: <a href=\"{url}/ballot/{code}\">{url}/ballot/{code}</a>\n\
         <p>В картинке доказательство, что бюллетень в журнале. Прочтите QR-код в файл; затем\n\
         <pre>veche verify-receipt ФАЙЛ --record {url}</pre>"
    );
    let warning = match election.secret() {
        Some(_) => String::new(),
        None => tr!(
            "<p><b>Show this page to nobody before closing: from the code of an open ballot its marks can be found.</b>\n",
            "<p><b>До закрытия никому не показывайте эту страницу: по коду открытого бюллетеня можно подобрать оценки.</b>\n"
        ),
    };
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:16px/1.5 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}code{{font-size:1.15em;\
         word-break:break-all}}pre{{white-space:pre-wrap}}.id{{color:#555;font-size:.85em;word-break:break-all}}</style>\n\
         <h1>{title}</h1>\n{warning}{text}\n{picture}\n<p class=\"id\">{id}\n"
    )
}

/// Verifies the record, then finds the entry at its place, and the receipt's checkpoint in the record's log.
/// Returns whether the ballot counts. While an election goes on, its server's log stands in for the record, and of an
/// open election nobody says what counts.
fn look_up(target: &str, receipt: &Receipt, checked: &CheckedReceipt, election: &Election) -> Result<Option<bool>> {
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    if client::is_url(target) {
        let url = client::check_url(target)?;
        if status::fetch(&url)?.phase != Phase::Finished.name() {
            return look_up_live(&url, receipt, checked, election);
        }
    }
    let verified = records::check(target)?;
    if verified.election.id() != election.id() {
        return Err(bad(tr!("the record is of another election", "запись от других выборов")));
    }
    let (board, ballot) = (&verified.board, &checked.ballot);
    let found = board.known(&ballot.leaf) == Some(checked.index);
    if !found || board.tree().root_at(checked.checkpoint.size) != Some(checked.checkpoint.root) {
        let note = records::source(target)?.file(CHECKPOINT_FILE).ok();
        let note = note.and_then(|note| String::from_utf8(note).ok()).unwrap_or_default();
        return Err(forked(receipt, &note, election, board.tree()));
    }
    // A voter's next ballot, with whatever card, would have to name this one.
    let counts = board.position(&ballot.entry.credential).is_some_and(|next| next.prev == ballot.leaf);
    Ok(Some(counts))
}

/// The server's present log contains the receipt's, by proofs made of the tiles that it serves. Whether the ballot
/// counts so far is the server's word.
fn look_up_live(url: &str, receipt: &Receipt, checked: &CheckedReceipt, election: &Election) -> Result<Option<bool>> {
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let note = client::get(url, "/checkpoint")?.and_then(|note| String::from_utf8(note).ok()).unwrap_or_default();
    let now = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
        .map_err(|error| bad(tr!("the server's checkpoint: {error}", "состояние журнала: {error}")))?;
    let tiles = ServedTiles::new(now.size, |path| client::get(url, &format!("/{path}")).ok().flatten());
    let then = &checked.checkpoint;
    let proof = tiles.consistency_proof(then.size, now.size);
    let holds = |proof: &Vec<Hash>| verify_consistency((then.size, then.root), (now.size, now.root), proof).is_ok();
    if !proof.as_ref().is_some_and(holds) {
        return Err(forked(receipt, &note, election, &tiles));
    }
    if election.secret().is_none() {
        return Ok(None);
    }
    let answer = client::get(url, &format!("/ballot/{}", checked.ballot.code().full()))?;
    let answer: Option<Whereabouts> = answer.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match answer {
        Some(answer) if answer.index == Some(checked.index) => Ok(Some(answer.counts)),
        _ => Err(bad(tr!(
            "the server's log contains this ballot, and the server says that it does not",
            "журнал сервера содержит этот бюллетень, а сервер говорит, что нет"
        ))),
    }
}

/// Receipt and log contradict each other: where that can be shown to everybody, it is written into a file.
fn forked(receipt: &Receipt, note: &str, election: &Election, tree: &impl Subtrees) -> Failure {
    let failure = Failure::new(
        Exit::CheckFailed,
        tr!(
            "the log does not contain what this receipt promises: it was forked. Keep both, they prove it",
            "в журнале нет того, что обещает квитанция: он раздвоен. Сохраните то и другое, это доказательство"
        ),
    );
    let Some(proof) = ForkProof::of_heads(election, &receipt.checkpoint, note, tree) else { return failure };
    let file = format!("fork-{}.json", election.id().to_string().chars().take(8).collect::<String>());
    match home::write_atomically(Path::new(&file), &proof.to_bytes(), 0o644) {
        Ok(()) => failure.next(tr!(
            "The proof is in {file}: veche verify-fork {file}",
            "Доказательство в {file}: veche verify-fork {file}"
        )),
        Err(error) => failure.next(error),
    }
}

/// Two receipts of one election cannot contradict each other, unless its board has signed two logs.
fn compare_receipts(first: (&Receipt, &CheckedReceipt), other: &Path, election: &Election) -> Result<()> {
    let bad = |what: String| Failure::new(Exit::CheckFailed, what);
    let bytes = std::fs::read(other).map_err(|error| Failure::usage(format!("{}: {error}", other.display())))?;
    let (receipt, manifest) = ReceiptFile::parse(&bytes).map_err(|error| bad(error.to_string()))?;
    let checked = receipt.check(&manifest, &weight_seed()?).map_err(|error| bad(error.to_string()))?;
    if manifest.id() != election.id() {
        return Err(bad(tr!("the other receipt is of another election", "вторая квитанция от других выборов")));
    }
    let Some(proof) = ForkProof::of_receipts(election, first, (&receipt, &checked)) else { return Ok(()) };
    let file = format!("fork-{}.json", election.id().to_string().chars().take(8).collect::<String>());
    home::write_atomically(Path::new(&file), &proof.to_bytes(), 0o644)?;
    Err(bad(tr!(
        "these receipts cannot both be true: the board has signed two logs. The proof is in {file}",
        "эти квитанции не могут быть верны обе: доска подписала два журнала. Доказательство в {file}"
    )))
}
