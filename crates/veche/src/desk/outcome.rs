//! How an election goes and how it has ended: looking it over, turnout, who is waited for, result, record, verification, backup.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::post,
};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use veche_client::{link::paper_id, told::Status};
use veche_election::{
    Act, Draft, Election,
    checkpoint::{self, Checkpoint},
    record::Passed,
};
use veche_server::{
    clock::Clock,
    home::{CHECKPOINT_FILE, RECORD_DIR},
    sequencer::Notice,
};

use super::{
    Desk, Nothing,
    answer::{Answer, Body, Refused, next_for_page, next_in_both},
    hosting,
    jobs::{self, JobFront},
    list,
    places::{self, Place},
};
use crate::{
    backup, chart,
    check::{self, Kind},
    export::{self, Sheet},
    failure::{Exit, Failure, Result},
    html::{self, Facts},
    lang::{Language, Sentence, both, is_russian, tr},
    records::{self, Finished, NotVerified},
    russian, show,
    standings::{Means, Standings},
    status::{self, Report},
    words,
};

/// Voters of one answer.
const VOTERS_MAX: usize = 1000;
/// Of a file that is given to the browser.
const PART_BYTES: usize = 256 << 10;
/// Points of a picture of the turnout.
const SERIES_MAX: usize = 500;

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/{name}/check", post(check))
        .route("/api/elections/{name}/status", post(standing))
        .route("/api/elections/{name}/not-voted", post(not_voted))
        .route("/api/elections/{name}/result", post(result))
        .route("/api/elections/{name}/result/file", post(result_file))
        .route("/api/elections/{name}/record", post(record))
        .route("/api/elections/{name}/verify", post(verify))
        .route("/api/elections/{name}/backup", post(back_up))
        .route("/api/elections/{name}/archive", post(archive))
}

async fn check(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let findings = check::look(&place.home).await?;
        let ready = findings.found.iter().all(|(kind, _)| *kind != Kind::Error);
        let line = |(kind, text): &(Kind, String)| {
            let state = match kind {
                Kind::Good => "good",
                Kind::Remark => "look",
                Kind::Error => "bad",
            };
            json!({ "state": state, "text": text })
        };
        let lines: Vec<Value> = findings.found.iter().map(line).collect();
        Ok(json!({ "lines": lines, "ready": ready, "code": findings.code, "stage": findings.stage }))
    })
    .await
}

async fn standing(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let target = place.target();
        let mut status = match status::report(&target, false).await? {
            Report::Election(status, _) => status,
            Report::Ceremony(_) => return Err(no_key_yet()),
        };
        let election = place.home.election()?;
        let draft = election.draft();
        let turnout = words::turnout(status.ballots, status.voters, &words::quorums(draft));
        let mut value = serde_json::to_value(&*status).map_err(Failure::other)?;
        // The page names all who have not rehearsed.
        status.missing_rehearsal = None;
        let text = status::text(&status, Some(draft));
        let turns = turns(&desk, &place).await?;
        if let Some(members) = value.as_object_mut() {
            members.insert("id".into(), json!(status.election));
            members.insert("phase_text".into(), status::phase_text(status.phase, status.closes).into());
            members.insert("stage".into(), list::stage(status.phase).into());
            members.insert("turnout".into(), turnout.into());
            members.insert("lines".into(), text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>().into());
            members.insert("series".into(), json!(series(&place, &status, &turns)?));
            members.insert("turns".into(), turns.iter().map(turn_json).collect());
            members.insert("trustees".into(), json!(draft.trustees));
            members.insert("witnesses".into(), json!(witnesses(&place, &election)?));
            members.insert("election".into(), list::election(&desk, &place.name).await?);
        }
        Ok(value)
    })
    .await
}

/// The election's witnesses, and when each has signed the newest checkpoint that the server has written.
fn witnesses(place: &Place, election: &Election) -> Result<Vec<Value>> {
    let Some(plan) = &election.draft().witnesses else { return Ok(Vec::new()) };
    let note = place.home.read_if_there(CHECKPOINT_FILE)?.unwrap_or_default();
    let note = String::from_utf8_lossy(&note);
    let shown = Checkpoint::open(&note, &checkpoint::origin(election.id()), &election.keys().board).ok();
    let signed = shown.map_or_else(Vec::new, |shown| shown.cosigned_at(&note, plan));
    let at = |name: &str| signed.iter().find(|(signer, _)| signer == name).map(|(_, at)| *at);
    Ok(plan.keys.iter().map(|witness| json!({ "name": witness.name(), "signed": at(witness.name()) })).collect())
}

/// Every act by which the phase or the closing time changed, and the lot: as the server of this desk knows them, else by the log.
async fn turns(desk: &Desk, place: &Place) -> Result<Vec<Notice>> {
    match desk.hosted.published(&place.name, |published| published.turns().to_vec()).await {
        Some(turns) => Ok(turns),
        None => Ok(status::inspect_told(&place.home).await?.0.turns),
    }
}

fn turn_json(Notice { at, act }: &Notice) -> Value {
    let (word, reason) = match act {
        Act::Opening => ("open", None),
        Act::Pause { reason } => ("pause", Some(reason)),
        Act::Resume { reason } => ("resume", Some(reason)),
        Act::Extend { reason, .. } => ("extend", Some(reason)),
        Act::Closing => ("close", None),
        Act::Lot { drawn } => ("lot", Some(drawn)),
        Act::Cancel { reason } => ("cancel", Some(reason)),
        _ => ("other", None),
    };
    let closes = if let Act::Extend { closes, .. } = act { Some(*closes) } else { None };
    json!({ "at": at, "act": word, "reason": reason, "closes": closes })
}

/// As many points as a picture has room for. The last is what is known now: of an election that is over, as it was closed.
fn series(place: &Place, status: &Status, turns: &[Notice]) -> Result<Vec<(u64, u64)>> {
    let mut points = noted(place)?;
    let closed = turns.iter().rev().find(|turn| matches!(turn.act, Act::Closing | Act::Cancel { .. }));
    let at = closed.map_or_else(|| Clock::system().wall(), |turn| turn.at);
    let is_known = points.last().is_some_and(|(_, ballots)| *ballots == status.ballots);
    if !is_known && (status.ballots > 0 || !points.is_empty()) {
        let at = points.last().map_or(at, |(last, _)| at.max(*last));
        points.push((at, status.ballots));
    }
    Ok(points)
}

fn noted(place: &Place) -> Result<Vec<(u64, u64)>> {
    let noted = hosting::turnout(&place.home)?;
    let step = noted.len().div_ceil(SERIES_MAX).max(1);
    let last = noted.last().copied();
    let mut points: Vec<(u64, u64)> = noted.into_iter().step_by(step).collect();
    points.extend(last.filter(|last| points.last() != Some(last)));
    Ok(points)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    #[serde(default)]
    from: usize,
    count: usize,
}

async fn not_voted(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Paging>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let Report::Election(_, Some(waited)) = status::report(&place.target(), true).await? else {
            return Err(no_key_yet());
        };
        let rows: Vec<_> = waited.iter().skip(wish.from).take(wish.count.min(VOTERS_MAX)).collect();
        Ok(json!({ "total": waited.len(), "rows": rows }))
    })
    .await
}

async fn result(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let finished = match records::finished(&place.target(), front).await {
            Ok(finished) => finished,
            Err(failure) if failure.exit == Exit::NotOpen => {
                return Ok(json!({ "ready": false, "why": *failure.what, "next": next_for_page(&failure) }));
            }
            Err(failure) => return Err(failure),
        };
        Ok(told(&finished))
    })
    .await
}

/// A result in tables and sentences.
pub fn told(finished: &Finished) -> Value {
    let Finished { election, result, log, .. } = finished;
    let contests = contests(election.draft(), result);
    let (entries, root) = log;
    json!({
        "ready": true,
        "why": null,
        "voters": result.voters,
        "ballots": result.ballots,
        "turnout": words::turnout(result.ballots, result.voters, &words::quorums(election.draft())),
        "at_closing": words::at_closing(result),
        "contests": contests,
        "hash": result.hash(),
        "log": { "entries": entries, "root": root },
        "election": election.id(),
    })
}

/// The contests of a result, each as a table: place, candidate, and a column for each figure.
pub fn contests(draft: &Draft, result: &veche_election::ElectionResult) -> Vec<Value> {
    let standings = Standings::new(draft, result);
    let contest = |contest: &crate::standings::ContestStandings| {
        let mut head = vec![tr!("place", "место"), tr!("candidate", "кандидат")];
        head.extend(contest.columns.iter().map(|column| column.head.clone()));
        let decides: Vec<usize> = (2..)
            .zip(&contest.columns)
            .filter(|(_, column)| column.means == Means::Figure { decides: true })
            .map(|(at, _)| at)
            .collect();
        let row = |(at, row): (usize, &crate::standings::Row)| {
            let mut cells = vec![row.place_text(), row.candidate.name.clone()];
            cells.extend(contest.columns.iter().map(|column| column.cells.get(at).cloned().unwrap_or_default()));
            cells
        };
        let rows: Vec<Vec<String>> = contest.rows.iter().enumerate().map(row).collect();
        let won: Vec<&str> = contest.rows.iter().filter(|row| row.won).map(|row| row.candidate.name.as_str()).collect();
        let ties: Vec<Value> = contest.ties(str::to_owned).iter().map(tie).collect();
        json!({
            "title": contest.result.title,
            "head": head,
            "decides": decides.first(),
            "rows": rows,
            "notes": contest.rows.iter().map(|row| row.note.clone()).collect::<Vec<_>>(),
            "elected": won,
            "sentences": [contest.outcome(str::to_owned, str::to_owned)],
            "rule": contest.rule(str::to_owned),
            "ties": ties,
        })
    };
    standings.contests.iter().map(contest).collect()
}

fn tie(tie: &words::Tie) -> Value {
    json!({ "head": tie.head, "steps": tie.steps, "end": tie.end })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filing {
    format: String,
}

async fn result_file(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(wish): Body<Filing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let Finished { election, result, log, .. } = records::finished(&place.target(), front).await?;
        let draft = election.draft();
        let (ending, text) = match wish.format.as_str() {
            "html" => ("html", html::report(draft, &result, &Facts { log: Some(log), ..Facts::default() })),
            "csv" => ("csv", export::official(draft, &result, sheet())),
            "json" => ("json", show::json(&result, None) + "\n"),
            "text" => ("txt", show::table(draft, &result)),
            "svg" => ("svg", chart::svg(draft, &result)),
            other => return Err(Failure::usage(both!("no such form: {other}", "нет такого вида: {other}"))),
        };
        Ok(json!({ "name": format!("{}-result.{ending}", place.name), "base64": BASE64.encode(text.as_bytes()) }))
    })
    .await
}

/// As a spreadsheet of the reader's language opens it.
fn sheet() -> Sheet {
    if is_russian() { Sheet { excel: true, language: Some(Language::Ru) } } else { Sheet::default() }
}

async fn record(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    let folder = desk.folder.clone();
    desk.jobs.start(Some(&name), "record", async move |_: &mut JobFront| {
        let _held = held;
        let output = place.home.path(RECORD_DIR);
        if !output.exists() {
            records::write_witnessed(&place.home, &output).await?;
        }
        // To send around: one file, beside the election's folder, so that no backup holds it.
        let archive = folder.join(format!("{}-record.tar", place.name));
        if !archive.exists() {
            records::write_witnessed(&place.home, &archive).await?;
        }
        Ok(json!({ "path": archive.display().to_string(), "file": file_name(&archive), "folder": output.display().to_string() }))
    })
}

async fn verify(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    desk.jobs.start(Some(&name), "verify", async move |front: &mut JobFront| {
        let record = place.home.path(RECORD_DIR);
        if !record.exists() {
            return Err(Failure::new(Exit::NotOpen, both!("there is no record yet", "записи выборов ещё нет"))
                .next(both!("Write it first.", "Сначала сделайте её.")));
        }
        let target = record.display().to_string();
        match records::verify_record(&target, None, front) {
            Ok(verified) => {
                let checks: Vec<Value> = verified.checks().iter().map(check_json).collect();
                Ok(json!({
                    "good": true, "checks": checks, "election": verified.election().id(),
                    "id": paper_id(verified.election().id()),
                }))
            }
            Err(NotVerified { failure, failed: Some(_) }) => {
                Ok(json!({ "good": false, "lines": [failure.what], "next": next_in_both(&failure) }))
            }
            Err(NotVerified { failure, .. }) => Err(failure),
        }
    })
}

/// What was checked, what was counted by it, and what is to be known of it.
fn check_json(check: &Passed) -> Value {
    let counted =
        || check.counts.iter().map(|(what, count)| russian::counted(what, *count)).collect::<Vec<_>>().join(", ");
    let notes: Vec<Sentence> = check.notes.iter().map(|note| Sentence::of(|| russian::said(note))).collect();
    let what = Sentence::of(|| russian::said(check.what));
    json!({ "number": check.number, "what": what, "counts": Sentence::of(counted), "notes": notes })
}

async fn back_up(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    let folder = desk.folder.clone();
    desk.jobs.start(Some(&name), "backup", async move |_: &mut JobFront| {
        let _held = held;
        let file = free(&folder, &place.name);
        let done = backup::back_up(&place.home, &file).await?;
        Ok(json!({ "path": file.display().to_string(), "file": file_name(&file), "entries": done.entries }))
    })
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetching {
    file: String,
}

/// A record or a backup that was written, as the bytes that it is.
async fn archive(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(wish): Body<Fetching>,
) -> std::result::Result<Response, Refused> {
    let place = desk.place(&name)?;
    if !places::is_archive_of(&place.name, &wish.file) {
        return Err(no_archive(&wish.file));
    }
    let path = desk.folder.join(&wish.file);
    let is_file = path.symlink_metadata().is_ok_and(|about| about.is_file());
    let file = File::open(&path).ok().filter(|_| is_file).ok_or_else(|| no_archive(&wish.file))?;
    let parts = futures_util::stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let read = spawn_blocking(move || {
            let mut part = vec![0; PART_BYTES];
            let length = file.read(&mut part)?;
            part.truncate(length);
            Ok::<_, std::io::Error>((part, file))
        });
        match read.await.map_err(std::io::Error::other).flatten() {
            Ok((part, _)) if part.is_empty() => None,
            Ok((part, file)) => Some((Ok(part), Some(file))),
            // What broke off must not look whole.
            Err(error) => Some((Err(error), None)),
        }
    });
    let kind = [(CONTENT_TYPE, "application/x-tar")];
    Ok((kind, axum::body::Body::from_stream(parts)).into_response())
}

fn no_key_yet() -> Failure {
    Failure::new(Exit::NotOpen, both!("the trustees still make the key", "доверенные ещё создают ключ"))
}

fn no_archive(file: &str) -> Refused {
    Refused::unknown(both!("there is no such file: {file:.80}", "такого файла нет: {file:.80}"))
}

/// A file's name that nothing has yet.
fn free(folder: &Path, name: &str) -> PathBuf {
    let file =
        |n: u32| folder.join(if n == 1 { format!("{name}-backup.tar") } else { format!("{name}-backup-{n}.tar") });
    (1..).map(file).find(|file| file.symlink_metadata().is_err()).unwrap_or_else(|| file(1))
}
