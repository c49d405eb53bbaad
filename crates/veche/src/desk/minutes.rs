//! Minutes of an election, for an assembly's own: who, when, by which rule, with which result, how the roll changed, which ids and
//! hashes tell it from any other, and how anybody checks it. Everything stands in the log; what only the desk knows is said so.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde_json::{Value, json};
use veche_client::link::paper_id;
use veche_election::{Act, Phase};
use veche_server::{
    clock::Clock,
    sequencer::{Inspected, Notice},
};

use super::{
    Desk, Nothing,
    answer::{Answer, Body},
    codes, jobs, outcome,
    places::Place,
    plan,
};
use crate::{
    config::show_time,
    lang::tr,
    records::{self, Finished},
    show, status, words,
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/api/elections/{name}/minutes", post(minutes))
}

async fn minutes(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let election = place.home.election()?;
        let status = status::look(&place.target()).await?;
        let (Inspected { board, turns, .. }, _) = status::inspect_told(&place.home).await?;
        let draft = election.draft();
        let mut sections = vec![head(&place, &status, draft, election.id())];
        sections.push(section(tr!("Rules", "Правила"), &[], words::chosen(draft, str::to_owned)));
        sections.push(roll(&status, &board));
        sections.push(acts(&status, &turns));
        let finished =
            if status.phase == Phase::Finished { Some(records::finished(&place.target(), front).await?) } else { None };
        let ended = finished.as_ref();
        let results = ended.map_or_else(Vec::new, |finished| outcome::contests(draft, &finished.result));
        let none = tr!("There is no result.", "Результата нет.");
        let said = if ended.is_some() { Vec::new() } else { vec![none] };
        sections.push(section(tr!("Result", "Результат"), &[], said));
        sections.push(checks(&place, ended, election.id()));
        Ok(json!({
            "title": draft.title,
            "rehearsal": plan::is_rehearsal(&draft.title),
            "phase": status::phase_text(status.phase, status.closes),
            "sections": sections,
            "results": results,
            "made": show_time(Clock::system().wall()),
        }))
    })
    .await
}

fn section(title: String, rows: &[(String, String)], paragraphs: Vec<String>) -> Value {
    json!({ "title": title, "rows": rows, "paragraphs": paragraphs })
}

fn head(
    place: &Place,
    status: &veche_client::told::Status,
    draft: &veche_election::Draft,
    id: veche_election::Hash,
) -> Value {
    let time = |time: Option<u64>| time.map_or_else(|| "—".to_owned(), show_time);
    let mut rows = vec![
        (tr!("Election", "Выборы"), draft.title.clone()),
        (tr!("Election id", "Id выборов"), paper_id(id)),
        (tr!("How it stands", "Состояние"), status::phase_text(status.phase, status.closes)),
        (tr!("Announced opening", "Объявленное открытие"), time(status.opens)),
        (tr!("Announced closing", "Объявленное закрытие"), time(status.closes)),
        (
            tr!("Turnout", "Явка"),
            tr!(
                "{} of {} ({})",
                "{} из {} ({})",
                status.ballots,
                status.voters,
                words::turnout(status.ballots, status.voters, &words::quorums(draft))
            ),
        ),
    ];
    if let Some(at) = codes::deleted_at(&place.home) {
        rows.push((
            tr!("Voters' codes deleted at the organiser's", "Коды избирателей удалены у организатора"),
            show_time(at),
        ));
    }
    section(tr!("The election", "Выборы"), &rows, Vec::new())
}

fn roll(status: &veche_client::told::Status, board: &veche_election::Board) -> Value {
    let changed = board.changed_roll();
    let (now, changes) = (changed.now(), changed.changes());
    let mut rows = vec![
        (tr!("Voters, for the turnout", "Избирателей, для явки"), status.voters.to_string()),
        (tr!("On the roll now", "Сейчас в списке"), now.voters.to_string()),
        (tr!("Added after setup", "Добавлено после создания"), board.added().len().to_string()),
        (tr!("Changes in all", "Всего изменений"), changes.voters.to_string()),
    ];
    if status.is_weighted() {
        rows.push((tr!("Weight", "Вес"), words::votes(status.voters_weight, status.scale)));
    }
    section(tr!("The roll", "Список избирателей"), &rows, Vec::new())
}

/// What the log says of opening, pauses and closing, with the organiser's reasons, whether or not they still hold.
fn acts(status: &veche_client::told::Status, turns: &[Notice]) -> Value {
    let row = |Notice { at, act }: &Notice| {
        let (what, reason) = match act {
            Act::Opening => (tr!("Opened", "Открыто"), ""),
            Act::Pause { reason } => (tr!("Paused", "Приостановлено"), reason.as_str()),
            Act::Resume { reason } => (tr!("Resumed", "Возобновлено"), reason.as_str()),
            Act::Extend { closes, reason, .. } => {
                let closes = show_time(*closes);
                (tr!("Closing time moved to {closes}", "Закрытие перенесено на {closes}"), reason.as_str())
            }
            Act::Closing => (tr!("Closed", "Закрыто"), ""),
            Act::Lot { drawn } => (tr!("Lot entered", "Жребий записан"), drawn.as_str()),
            Act::Cancel { reason } => (tr!("Cancelled", "Отменено"), reason.as_str()),
            _ => return None,
        };
        Some((format!("{what}, {}", show_time(*at)), reason.to_owned()))
    };
    let mut rows: Vec<_> = turns.iter().filter_map(row).collect();
    for gone in &status.withdrawn {
        rows.push((tr!("Withdrawn", "Снят"), words::withdrawn(&gone.candidate, gone.ballots)));
    }
    section(tr!("What happened when", "Что и когда произошло"), &rows, Vec::new())
}

fn checks(place: &Place, finished: Option<&Finished>, id: veche_election::Hash) -> Value {
    let mut rows = Vec::new();
    if let Some(Finished { result, log: (entries, root), .. }) = finished {
        rows.push((tr!("Hash of the result", "Хеш результата"), result.hash().to_string()));
        rows.push((tr!("Entries of the log", "Записей в журнале"), entries.to_string()));
        rows.push((tr!("Root of the log", "Корень журнала"), root.to_string()));
    }
    rows.push((tr!("Election id as programs have it", "Id выборов, как он у программ"), id.to_string()));
    let record = show::safe(&format!("{}-record.tar", place.name));
    let in_browser = tr!(
        "In a browser: the election's page of the result, and its page of the audit, which lists everything to check. The election id must \
         be the one on the voters' cards.",
        "В браузере: страница результата этих выборов и страница проверки, где перечислено, что можно проверить. Id выборов должен \
         совпасть с тем, что на карточках избирателей."
    );
    let by_program = tr!(
        "For an auditor: the record {record} is checked with this program, or with the second verifier, verifier/veche_verify.py, which \
         shares no code with the program.",
        "Для проверяющего: запись выборов {record} проверяет эта программа или вторая, verifier/veche_verify.py, у которой нет общего \
         кода с первой."
    );
    section(tr!("How to check", "Как проверить"), &rows, vec![in_browser, by_program])
}
