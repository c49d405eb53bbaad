//! `veche verify-receipt`: a receipt alone, or against a record.

use std::path::Path;

use veche_client::{
    Address,
    link::{names, paper_id},
    receipts::{self, Held, LookUpError, PaperError},
};
use veche_election::{
    Election, Hash, Phase, Receipt, RollShows,
    credential::fingerprint,
    fork::ForkProof,
    receipt::{CheckedReceipt, PaperReceipt, ReceiptFile},
    record::CHECKPOINT_FILE,
};
use veche_server::home;

use crate::{
    cards::escape_html,
    challenge::OwnCard,
    client,
    failure::{Exit, Failure, Result},
    files,
    front::Terminal,
    lang::{self, tr},
    output, qr,
    randomness::weight_seed,
    records,
};

mod listed;

use listed::Listed;

/// What a record or a server says of a receipt.
struct Found {
    /// Nobody says it of an open election that goes on.
    counts: Option<bool>,
    /// Its voter's place was struck from the roll: said of a record that was verified.
    struck: bool,
    /// Whose card it was, as far as the roll shows it.
    listed: Option<Listed>,
}

pub fn verify(
    file: &Path,
    record: Option<&str>,
    other: Option<&Path>,
    election: Option<&str>,
    card: &OwnCard,
    json: bool,
) -> Result<()> {
    let (receipt, manifest) = read(file, record)?;
    let checked = receipt.check(&manifest, &weight_seed()?).map_err(|error| bad(error.to_string()))?;
    if election.is_some_and(|expected| !names(expected, manifest.id())) {
        return Err(bad(tr!(
            "the receipt is of election {}, not of the one on your card",
            "квитанция от выборов {}, а не от тех, что на карточке",
            paper_id(manifest.id())
        )));
    }
    let credential = checked.ballot().entry().credential;
    let to_compare = card.compare(&credential, &manifest)?;
    let held = Held { election: &manifest, receipt: &receipt, checked: &checked };
    let found = record.map(|record| look_up(record, &held)).transpose()?;
    let standing = found.as_ref().and_then(|found| found.counts);
    let listed = found.as_ref().and_then(|found| found.listed.as_ref());
    match (listed, card.read()?) {
        (Some(listed), Some(own)) => listed.compare(&own)?,
        (None, Some(_)) if record.is_some() && manifest.draft().roll_shows != RollShows::Nothing => eprintln!(
            "{}",
            tr!(
                "The published roll is not at hand, or has no line for this card: it was not compared.",
                "Опубликованного списка здесь нет, или в нём нет строки этой карточки: они не сверены."
            )
        ),
        _ => {}
    }
    if let Some(other) = other {
        compare_receipts((&receipt, &checked), other, &manifest, record)?;
    }
    let (code, index, size) = (checked.ballot().code().full(), checked.index(), checked.checkpoint().size);
    if json {
        let told = serde_json::json!({
            "verified": true, "election": manifest.id(), "index": index, "size": size, "code": code,
            "fingerprint": fingerprint(&credential),
            "in_record": found.as_ref().map(|_| true), "counts": standing, "other_agrees": other.map(|_| true),
            "roll_number": listed.and_then(|listed| listed.number), "roll_name": listed.and_then(|listed| listed.name.as_ref()),
        });
        output::print_json(&told);
        return Ok(());
    }
    println!(
        "{}",
        tr!(
            "The receipt is good.\nelection     {}\nballot code  {code}\nentry        {index} of {size} under the board's signature",
            "Квитанция верна.\nвыборы         {}\nкод бюллетеня  {code}\nзапись         {index} из {size} в журнале, \
             подписанном сервером",
            paper_id(manifest.id())
        )
    );
    if let Some(to_compare) = to_compare {
        println!("{to_compare}");
    }
    if let Some(listed) = listed {
        println!("{}", listed.text());
    }
    if other.is_some() {
        println!(
            "{}",
            tr!(
                "The two receipts do not contradict each other. This proves little: only the record shows whether both are of one \
                 log (--record).",
                "Две квитанции не противоречат друг другу. Но общих хешей у них немного: из одного ли они журнала, покажет \
                 публичная запись выборов (--record)."
            )
        );
    }
    if found.is_some() && standing.is_none() {
        println!(
            "{}",
            tr!(
                "The ballot stands in the log. Whether a later one has replaced it can be told only after closing.",
                "Бюллетень стоит в журнале. Заменил ли его более поздний бюллетень, станет видно после закрытия."
            )
        );
        return Ok(());
    }
    match standing {
        Some(true) => println!(
            "{}",
            tr!("The ballot stands in the log and counts.", "Бюллетень стоит в журнале выборов и учтён.")
        ),
        Some(false) if found.as_ref().is_some_and(|found| found.struck) => println!(
            "{}",
            tr!(
                "The ballot stands in the log and does not count: its voter was struck from the roll by an act of the organiser.",
                "Бюллетень стоит в журнале выборов, но не учтён: организатор вычеркнул избирателя из списка."
            )
        ),
        Some(false) => println!(
            "{}",
            tr!(
                "The ballot stands in the log and does not count: a later ballot replaced it, or its voter was struck from the roll.",
                "Бюллетень стоит в журнале выборов, но не учтён: его заменил более поздний бюллетень, или \
                 избирателя вычеркнули из списка."
            )
        ),
        None => println!("{}", tr!("Compare the election id with your card.", "Сравните id выборов с карточкой.")),
    }
    Ok(())
}

/// A receipt's file, or what a scanner made of its QR code.
fn read(file: &Path, record: Option<&str>) -> Result<(Receipt, Election)> {
    let bytes = files::read(file)?;
    match PaperReceipt::parse(&scanned(&bytes)) {
        Some(paper) => from_paper(paper, record),
        None => ReceiptFile::parse(&bytes).map_err(|error| bad(error.to_string())),
    }
}

/// What a scanner made of a QR code, without what it has added: a byte-order mark, the kind of code, line ends of Windows.
fn scanned(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let kinds = ["QR-Code:", "QR Code:", "QRCode:", "QR-code:"];
    let code = kinds.iter().find_map(|kind| text.strip_prefix(kind)).unwrap_or(text);
    code.trim_start().to_owned()
}

/// What a QR code holds is completed from the record.
fn from_paper(paper: PaperReceipt, record: Option<&str>) -> Result<(Receipt, Election)> {
    let target = record.ok_or_else(|| {
        Failure::usage(tr!(
            "a receipt from a QR code is checked against a record or a server: add --record",
            "квитанцию из QR-кода проверяют по публичной записи или серверу: добавьте --record"
        ))
    })?;
    refuse_before_closing(target)?;
    receipts::from_paper(paper, &*records::source(target)?).map_err(|error| match error {
        PaperError::OtherElection(id) => other_election(id),
        error => bad(error.to_string()),
    })
}

/// The QR code leaves out the ballot, which the log of an open election shows after the closing.
fn refuse_before_closing(target: &str) -> Result<()> {
    if !Address::is_one(target) {
        return Ok(());
    }
    let address = client::at(target)?;
    let Some(told) = address.status_if_told()? else { return Ok(()) };
    let goes_on = matches!(told.phase, Phase::Setup | Phase::Open | Phase::Paused);
    if !goes_on || address.election()?.secret().is_some() {
        return Ok(());
    }
    let what = tr!(
        "this QR code can be checked only after the closing: until then nobody is shown a ballot of an open election",
        "этот QR-код можно проверить только после закрытия: до него бюллетени открытого голосования никому не показывают"
    );
    Err(Failure::new(Exit::NotOpen, what).next(tr!(
        "The receipt's file (receipt-….json) can be checked now.",
        "Файл квитанции (receipt-….json) можно проверить уже сейчас."
    )))
}

/// No contradiction: the receipt says nothing of that election.
fn other_election(id: Hash) -> Failure {
    bad(tr!(
        "this is the record or server of another election: {}",
        "это публичная запись или сервер других выборов: {}",
        paper_id(id)
    ))
    .next(tr!(
        "Compare the receipt with a record of its own election.",
        "Сравните квитанцию с публичной записью тех выборов, от которых она."
    ))
}

/// The receipt as a page to print: the code for people, and in a QR code everything but the ballot itself.
pub fn page(receipt: &Receipt, checked: &CheckedReceipt, election: &Election, url: &str) -> String {
    let picture = qr::data_uri(&receipt.to_tlog_proof()).map(|code| {
        let alt = tr!("QR code of the proof", "QR-код доказательства");
        format!("<p><img src=\"{code}\" alt=\"{alt}\" width=\"480\" height=\"480\">")
    });
    let picture = picture.unwrap_or_default();
    let (title, code) = (escape_html(&election.draft().title), checked.ballot().code().full());
    let fingerprint = fingerprint(&checked.ballot().entry().credential);
    let (index, size, id, url) =
        (checked.index(), checked.checkpoint().size, paper_id(election.id()), escape_html(url));
    let lang = lang::tag();
    let id_says = tr!("Election id, as on your card:", "Id выборов, как на вашей карточке:");
    let in_groups = code.split('-').map(|group| format!("<span>{group}</span>")).collect::<Vec<_>>().join("-");
    let when = match election.secret() {
        Some(_) => String::new(),
        None => tr!(" (after closing)", " (после закрытия)"),
    };
    let text = tr!(
        "<p>Your ballot is recorded: entry {index} (the first is 0) of the public log, which had {size} entries then.\n\
         <p>Ballot code<br><code>{in_groups}</code>\n\
         <p>Fingerprint of the card<br><code>{fingerprint}</code><br>Compare it with your card. If the card shows another, this is \
         somebody else’s ballot: tell the organiser.\n\
         <p>Where the ballot is now{when}: <a href=\"{url}/ballot/{code}\">{url}/ballot/{code}</a>\n\
         <p>The picture holds the proof that the ballot is in the log. Save what a QR reader shows as a file, then, \
         on a computer:\n<pre>veche verify-receipt FILE --record {url}</pre>",
        "<p>Ваш бюллетень записан: это запись {index} публичного журнала (первая — 0); всего записей тогда было {size}.\n\
         <p>Код бюллетеня<br><code>{in_groups}</code>\n\
         <p>Отпечаток карточки<br><code>{fingerprint}</code><br>Сверьте его со своей карточкой. Если там другой, это чужой \
         бюллетень: сообщите организатору.\n\
         <p>Где сейчас бюллетень{when}: <a href=\"{url}/ballot/{code}\">{url}/ballot/{code}</a>\n\
         <p>В картинке доказательство, что бюллетень в журнале. Программа для чтения QR-кодов сделает из неё файл; \
         затем на компьютере:\n<pre>veche verify-receipt ФАЙЛ --record {url}</pre>"
    );
    let warning = match election.secret() {
        Some(_) => String::new(),
        None => tr!(
            "<p><b>Show this page to nobody before closing: from the code of an open ballot its marks can be found.</b>\n",
            "<p><b>До закрытия никому не показывайте эту страницу: по коду открытого бюллетеня можно подобрать оценки.</b>\n"
        ),
    };
    format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>body{{font:1rem/1.5 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}code{{font-size:1.15em}}\
         code span{{white-space:nowrap}}a,code,pre{{overflow-wrap:anywhere}}pre{{white-space:pre-wrap}}img{{max-width:100%;height:auto}}\
         .id{{color:#555;font-size:.85em}}</style>\n\
         <main><h1>{title}</h1>\n{warning}{text}\n{picture}\n<p class=\"id\">{id_says} <code>{id}</code>\n</main>\n"
    )
}

/// Verifies the record, then finds the entry at its place, and the receipt's checkpoint in the record's log.
/// Says whether the ballot counts. While an election goes on, its server's log stands in for the record, and of an
/// open election nobody says what counts.
fn look_up(target: &str, held: &Held) -> Result<Found> {
    let credential = &held.checked.ballot().entry().credential;
    if Address::is_one(target) {
        let address = client::at(target)?;
        let status = address.status()?;
        if status.election != held.election.id() {
            return Err(other_election(status.election));
        }
        if status.phase != Phase::Finished {
            let counts = held.at_server(&address).map_err(|error| contradicted(error, held.election))?;
            let listed = listed::find(&*records::source(target)?, held.election, None, credential)?;
            return Ok(Found { counts, struck: false, listed });
        }
    }
    let verified = records::check(target, &mut Terminal::default())?;
    let source = records::source(target)?;
    let note = source.file(CHECKPOINT_FILE).ok().and_then(|note| String::from_utf8(note).ok()).unwrap_or_default();
    let counts = held.in_record(&verified, &note).map_err(|error| contradicted(error, held.election))?;
    let listed = listed::find(&*source, held.election, Some(verified.board()), credential)?;
    let struck = !counts && verified.board().is_struck(credential);
    Ok(Found { counts: Some(counts), struck, listed })
}

/// Where it can be shown to everybody that receipt and log contradict each other, it is written into a file.
fn contradicted(error: LookUpError, election: &Election) -> Failure {
    match error {
        LookUpError::Look(error) => error.into(),
        LookUpError::OtherElection(id) => other_election(id),
        LookUpError::Denied => bad(tr!(
            "the server's log contains this ballot, but the server says that it does not",
            "журнал сервера содержит этот бюллетень, а сервер говорит, что нет"
        )),
        LookUpError::Forked(proof) => {
            let failure = bad(tr!(
                "the log does not contain what this receipt promises: it was forked. Keep the receipt and the record: they prove it",
                "в журнале нет того, что обещает квитанция: он раздвоен. Сохраните и квитанцию, и журнал: вместе они это \
                 доказывают"
            ));
            let Some(proof) = proof else { return failure };
            match write_proof(&proof, election) {
                Ok(file) => failure.next(tr!(
                    "The proof is in {file}: veche verify-fork {file}",
                    "Доказательство в {file}: veche verify-fork {file}"
                )),
                Err(error) => failure.next(error.what),
            }
        }
    }
}

fn write_proof(proof: &ForkProof, election: &Election) -> Result<String> {
    let file = format!("fork-{}.json", election.id().to_string().chars().take(8).collect::<String>());
    home::write_atomically(Path::new(&file), &proof.to_bytes(), 0o644)?;
    Ok(file)
}

fn bad(what: String) -> Failure {
    Failure::new(Exit::CheckFailed, what)
}

/// Two receipts of one election cannot contradict each other, unless its board has signed two logs.
fn compare_receipts(
    first: (&Receipt, &CheckedReceipt),
    other: &Path,
    election: &Election,
    record: Option<&str>,
) -> Result<()> {
    let (receipt, manifest) = read(other, record)?;
    let checked = receipt.check(&manifest, &weight_seed()?).map_err(|error| bad(error.to_string()))?;
    if manifest.id() != election.id() {
        return Err(bad(tr!("the other receipt is of another election", "вторая квитанция от других выборов")));
    }
    let Some(proof) = ForkProof::of_receipts(election, first, (&receipt, &checked)) else { return Ok(()) };
    let file = write_proof(&proof, election)?;
    Err(bad(tr!(
        "these receipts cannot both be true: the board has signed two logs. The proof is in {file}",
        "эти квитанции не могут быть верны обе: сервер подписал два журнала. Доказательство в {file}"
    )))
}
