//! The file of a ceremony by itself: how it ended, and who is convicted by it, for everybody who has the draft.
//! Spec: `docs/spec/trustees.md` section 7.

use veche_election::{
    Draft,
    ceremony::{Ceremony, Stage, spoken},
    record::{CEREMONY_FILE, CEREMONY_MAX_BYTES, MANIFEST_MAX_BYTES},
};
use veche_server::home::DRAFT_FILE;

use super::no_ceremony;
use crate::{
    ceremonies::{participants, stage_text},
    failure::{Exit, Failure, Result},
    lang::{both, tr},
    output, records,
};

/// `veche verify --ceremony`: exits well if the file is that of a ceremony of this draft, however it ended.
pub fn verify(target: &str, json: bool) -> Result<()> {
    let (draft, ceremony) = ceremony_of(target)?;
    if json {
        output::print_json(&as_json(&draft, &ceremony));
        return Ok(());
    }
    println!("{}: {}", tr!("draft id", "id черновика"), draft.id());
    print!("{}", participants(&ceremony));
    println!("{}: {}", tr!("code of the ceremony", "код церемонии"), spoken(ceremony.transcript()));
    ceremony.disputes().for_each(|dispute| println!("{}", in_words(dispute)));
    match ceremony.stage() {
        Stage::Done => println!("{}", tr!("complete: all have accepted", "завершена: приняли все")),
        _ => println!("{}", stage_text(&ceremony)),
    }
    Ok(())
}

/// The draft in a folder or archive, and the ceremony beside it, every message of which is checked.
///
/// # Errors
/// They are not there, or do not belong together.
pub fn ceremony_of(target: &str) -> Result<(Draft, Ceremony)> {
    let source = records::source(target)?;
    let wrong = |error: &dyn std::fmt::Display| Failure::new(Exit::CheckFailed, error);
    let read = |name: &str, max_bytes| {
        source.read(name, max_bytes).map_err(|error| {
            wrong(&format!("{target}: {name} {error}")).next(both!(
                "A ceremony is checked by draft.json and ceremony, as veche restart has put them aside.",
                "Церемонию проверяют по draft.json и ceremony из папки, которую отложила команда veche restart."
            ))
        })
    };
    let draft = Draft::parse(&read(DRAFT_FILE, MANIFEST_MAX_BYTES)?).map_err(|error| wrong(&error))?;
    let plan = draft.ceremony_plan().ok_or_else(no_ceremony)?;
    let ceremony =
        Ceremony::parse(&read(CEREMONY_FILE, CEREMONY_MAX_BYTES)?, draft.id(), plan).map_err(|error| wrong(&error))?;
    Ok((draft, ceremony))
}

fn as_json(draft: &Draft, ceremony: &Ceremony) -> serde_json::Value {
    let (outcome, culprits) = match ceremony.stage() {
        Stage::Done => ("complete", Vec::new()),
        Stage::Failed { culprits } => ("failed", culprits),
        _ => ("disputed", Vec::new()),
    };
    let disputes: Vec<_> = ceremony
        .disputes()
        .map(|(accuser, dealer, culprit)| serde_json::json!({ "accuser": accuser, "dealer": dealer, "culprit": culprit }))
        .collect();
    serde_json::json!({
        "draft": draft.id(), "transcript": ceremony.transcript(),
        "outcome": outcome, "culprits": culprits, "disputes": disputes,
    })
}

fn in_words((accuser, dealer, culprit): (u32, u32, Option<u32>)) -> String {
    match culprit {
        None => tr!(
            "trustee {accuser} complained about the share from trustee {dealer}; there is no answer",
            "доверенный {accuser} пожаловался на долю от доверенного {dealer}; ответа нет"
        ),
        Some(culprit) if culprit == accuser => tr!(
            "trustee {accuser} complained about the share from trustee {dealer}; the answer shows that it was good",
            "доверенный {accuser} пожаловался на долю от доверенного {dealer}; ответ показывает, что она верна"
        ),
        Some(_) => tr!(
            "trustee {accuser} complained about the share from trustee {dealer}; the answer does not show a good one",
            "доверенный {accuser} пожаловался на долю от доверенного {dealer}; ответ не показывает верной доли"
        ),
    }
}
