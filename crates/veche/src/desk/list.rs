//! The elections of this folder: how each stands, and what its organiser does next.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde_json::{Value, json};
use veche_client::{link::paper_id, told::Status};
use veche_election::{Contest, Draft, Phase, ceremony::Stage, manifest::RollChanges};
use veche_server::{
    Home,
    clock::Clock,
    home::{MAKING_FILE, RECORD_DIR},
};

use super::{
    Desk, Nothing,
    answer::{Answer, Body, Refused, answer},
    codes::{self, Kept},
    jobs,
    places::{self, Place},
    plan::{self, Plan},
    trustees,
};
use crate::{
    ceremonies, config,
    failure::{Failure, Result},
    lang::{both, tr},
    status,
    trustee::TRUSTEES_DIR,
    words,
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/api/elections", post(list)).route("/api/elections/{name}", post(look))
}

async fn list(State(desk): State<Arc<Desk>>, Body(Nothing {}): Body<Nothing>) -> Answer {
    jobs::run(async move |_| {
        let (mut elections, mut unreadable) = (Vec::new(), Vec::new());
        for name in names(&desk)? {
            match election(&desk, &name).await {
                Ok(told) => elections.push(told),
                Err(failure) => unreadable.push(json!({ "name": name, "what": *failure.what })),
            }
        }
        let keys = trustees::keys(&desk)?;
        Ok(json!({ "elections": elections, "keys": keys, "unreadable": unreadable }))
    })
    .await
}

/// Folders in which something of an election lies.
fn names(desk: &Desk) -> Result<Vec<String>> {
    let folder = &desk.folder;
    let failed = |error: std::io::Error| Failure::other(format!("{}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let Ok(name) = entry.map_err(failed)?.file_name().into_string() else { continue };
        if Place::find(folder, &name).is_ok_and(|place| holds_anything(&place.home)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn holds_anything(home: &Home) -> bool {
    home.exists() || home.has_draft() || Plan::is_there(home)
}

async fn look(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    if !holds_anything(&place.home) {
        return Err(Refused::unknown(both!("there is no election {name} here", "здесь нет выборов {name}")));
    }
    let told = jobs::run(async move |_| election(&desk, &name).await).await?;
    answer(told.0)
}

/// How an election stands.
///
/// # Errors
/// What lies in its folder cannot be read.
pub async fn election(desk: &Desk, name: &str) -> Result<Value> {
    let home = Home::new(desk.folder.join(name));
    let serving = desk.hosted.url(name).await;
    if home.exists() && !home.path(MAKING_FILE).exists() {
        return of_election(desk, name, &home, serving).await;
    }
    let plan = if Plan::is_there(&home) { Plan::of(&home)? } else { Plan::default() };
    let (title, draft) = (plan::title(&home)?, plan::draft(&home)?);
    let (stage, next) = if home.path(MAKING_FILE).exists() {
        let text =
            tr!("The making broke off. Make it again: it goes on.", "Создание прервалось. Повторите: оно продолжится.");
        // One whose trustees had made the key goes on from there.
        if home.has_draft() { ("ceremony", ("setup", text)) } else { ("plan", ("make", text)) }
    } else if let Some(draft) = &draft {
        ("ceremony", next_of_ceremony(&home, draft, serving.is_some())?)
    } else {
        let text = tr!("Choose the rest, then make the election.", "Выберите остальное и создайте выборы.");
        ("plan", ("plan", text))
    };
    let secrecy = draft.as_ref().map(|draft| json!(draft.secrecy)).or(plan.file.get("secrecy").cloned());
    Ok(json!({
        "name": name,
        "title": title,
        "rehearsal": plan.rehearsal || plan::is_rehearsal(&title),
        "stage": stage,
        "secrecy": secrecy,
        "id": null,
        "voters": null,
        "ballots": null,
        "opens": draft.as_ref().and_then(|draft| draft.opens),
        "closes": draft.as_ref().and_then(|draft| draft.closes),
        "serving": serving,
        "addresses": desk.hosted.addresses(name).await,
        "url": config::public_url(&home).ok().flatten().map(Value::from).or(plan.file.get("url").cloned()),
        "codes": codes::kept(&home).name(),
        "next": { "do": next.0, "text": next.1 },
    }))
}

fn next_of_ceremony(home: &Home, draft: &Draft, served: bool) -> Result<(&'static str, String)> {
    let ceremony = home.ceremony_so_far(draft)?;
    Ok(if ceremony.stage() == Stage::Done {
        (
            "setup",
            tr!(
                "The trustees have made the key: finish the election.",
                "Доверенные создали ключ: завершите создание выборов."
            ),
        )
    } else if served {
        ("wait_trustees", ceremonies::stage_text(&ceremony))
    } else {
        let text = tr!(
            "Start serving, so that the trustees can make the key.",
            "Откройте доступ, чтобы доверенные могли создать ключ."
        );
        ("serve_ceremony", text)
    })
}

async fn of_election(desk: &Desk, name: &str, home: &Home, serving: Option<String>) -> Result<Value> {
    let election = home.election()?;
    let served = desk.hosted.published(name, |published| published.status(&election)).await;
    let status = match served {
        Some(status) => status,
        None => status::look(&home.dir().display().to_string()).await?,
    };
    let draft = election.draft();
    let codes = codes::kept(home);
    // The status names the first alone.
    let missing = if status.missing_rehearsal.is_some() && !home.path(TRUSTEES_DIR).exists() {
        let rehearsed = trustees::rehearsed(desk, name, home).await?;
        let all = election.trustees().iter().zip(1_u32..).filter(|(_, number)| !rehearsed.contains(number));
        all.map(|(trustee, number)| format!("{number} {}", trustee.name)).collect()
    } else {
        Vec::new()
    };
    let awaits_lot = words::waits_for_lot(status.phase, draft);
    let next = next(home, &status, draft, (serving.is_some(), codes), awaits_lot, &missing);
    let contest = |contest: &Contest| json!({ "title": contest.title, "candidates": contest.candidates });
    let contests = draft.contests.iter().map(contest);
    let may_change = match draft.roll_changes {
        RollChanges::Never => false,
        RollChanges::UntilOpening => matches!(status.phase, Phase::New | Phase::Setup),
        RollChanges::UntilClosing => matches!(status.phase, Phase::New | Phase::Setup | Phase::Open | Phase::Paused),
    };
    Ok(json!({
        "name": name,
        "title": draft.title,
        "rehearsal": plan::is_rehearsal(&draft.title),
        "stage": stage(status.phase),
        "secrecy": draft.secrecy,
        "id": paper_id(election.id()),
        "voters": status.voters,
        "ballots": status.ballots,
        "opens": status.opens,
        "closes": status.closes,
        "serving": serving,
        "addresses": desk.hosted.addresses(name).await,
        "url": config::public_url(home).ok().flatten(),
        "codes": codes.name(),
        "roll": { "may_change": may_change, "changes": draft.roll_changes, "shows": draft.roll_shows },
        "awaits_lot": awaits_lot,
        "archives": places::archives(&desk.folder, name),
        "contests": contests.collect::<Vec<_>>(),
        "next": { "do": next.0, "text": next.1 },
    }))
}

pub fn stage(phase: Phase) -> &'static str {
    match phase {
        Phase::New | Phase::Setup => "setup",
        Phase::Finished => "result",
        phase => phase.name(),
    }
}

/// `missing`: trustees elsewhere who have not rehearsed.
fn next(
    home: &Home,
    status: &Status,
    draft: &Draft,
    (served, codes): (bool, Kept),
    awaits_lot: bool,
    missing: &[String],
) -> (&'static str, String) {
    let is_to_come = |time: Option<u64>| time.is_some_and(|time| time > Clock::system().wall());
    let are_kept = matches!(codes, Kept::Clear | Kept::Sealed);
    if codes == Kept::Clear && Plan::is_there(home) {
        return (
            "seal",
            tr!("The codes lie open: put them under your passphrase.", "Коды лежат открыто: заприте их паролем."),
        );
    }
    match status.phase {
        Phase::Cancelled => ("none", tr!("The election was cancelled.", "Выборы отменены.")),
        Phase::Finished if home.path(RECORD_DIR).exists() && are_kept => (
            "finish",
            tr!(
                "The result and its record are there. Nobody needs the codes any more: delete them.",
                "Результат и запись выборов готовы. Коды больше не нужны никому: удалите их."
            ),
        ),
        Phase::Finished if home.path(RECORD_DIR).exists() => {
            ("none", tr!("The result and its record are there.", "Результат и запись выборов готовы."))
        }
        Phase::Finished => (
            "record",
            tr!(
                "See the result; write the record and the minutes.",
                "Посмотрите результат, сделайте запись выборов и протокол."
            ),
        ),
        Phase::New | Phase::Setup if !served => {
            ("serve", tr!("Start serving the election.", "Откройте доступ к выборам."))
        }
        _ if !served => (
            "serve",
            tr!(
                "Nobody reaches the election now: start serving.",
                "Сейчас до выборов никто не дойдёт: откройте доступ."
            ),
        ),
        Phase::New | Phase::Setup if !missing.is_empty() => {
            let who = missing.join(", ");
            ("wait_trustees", tr!("Not rehearsed yet: {who}.", "Ещё без репетиции: {who}."))
        }
        Phase::New | Phase::Setup if is_to_come(status.opens) && are_kept => (
            "deliver",
            tr!(
                "Deliver the cards; the voting opens by itself. When everybody has one, delete the codes.",
                "Раздайте карточки; голосование откроется само. Когда они будут у всех, удалите коды."
            ),
        ),
        Phase::New | Phase::Setup if is_to_come(status.opens) => {
            ("wait", tr!("The voting opens by itself.", "Голосование откроется само."))
        }
        Phase::New | Phase::Setup if are_kept => (
            "deliver",
            tr!(
                "Deliver the cards. When everybody has one, delete the codes; then open the voting.",
                "Раздайте карточки. Когда они будут у всех, удалите коды; затем откройте голосование."
            ),
        ),
        Phase::New | Phase::Setup => {
            ("open", tr!("Look all over, and open the voting.", "Всё проверьте и откройте голосование."))
        }
        Phase::Open if have_all_voted(status) => (
            "close",
            tr!(
                "Everybody has voted. Close the voting when nobody wants to change a ballot any more.",
                "Проголосовали все. Закройте голосование, когда менять бюллетень больше никто не хочет."
            ),
        ),
        Phase::Open => {
            let goes_on = if status.closes.is_some() {
                tr!("Voting goes on; it closes by itself.", "Голосование идёт и закроется само.")
            } else {
                tr!("Voting goes on until you close it.", "Голосование идёт, пока вы его не закроете.")
            };
            let finish = tr!(
                "Finish the delivery: when everybody has a card, delete the codes.",
                "Завершите доставку: когда карточки есть у всех, удалите коды."
            );
            if are_kept { ("finish", format!("{goes_on} {finish}")) } else { ("wait", goes_on) }
        }
        Phase::Paused => ("wait", tr!("Paused: resume, or close.", "Приостановлено: возобновите или закройте.")),
        Phase::Closed if awaits_lot => (
            "lot",
            tr!(
                "Closed. A lot decides between equals: draw it in public, as it was announced, and enter what came.",
                "Закрыто. Между равными решает жребий: тяните его при всех, как было объявлено, и запишите, что выпало."
            ),
        ),
        Phase::Closed if draft.trustees.is_none() => {
            ("result", tr!("Closed: the result follows at once.", "Закрыто: сейчас будет результат."))
        }
        Phase::Summed if home.path(TRUSTEES_DIR).exists() => (
            "open_sums",
            tr!("Open the sums: all trustees' keys are here.", "Откройте суммы: все ключи доверенных здесь."),
        ),
        Phase::Closed | Phase::Summed => {
            ("trustees_open", tr!("The trustees open the sums now.", "Теперь доверенные открывают суммы."))
        }
    }
}

fn have_all_voted(status: &Status) -> bool {
    status.ballots > 0 && status.ballots >= status.roll_now.map_or(status.voters, |now| now.voters)
}
