//! `veche result`, `veche record`, `veche verify`: what is published, and checking it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use maud::{Markup, html};
use veche_client::{Address, link::paper_id};
use veche_election::{
    Board, Election, ElectionResult, Hash, Phase,
    board::CLOCKS_DIFFER_S,
    record::{self, Failed, KnownState, Source, Verified, VerifiedSoFar, VerifiedState},
};
use veche_server::{
    Home,
    clock::Clock,
    home::{self, DATABASE_FILE},
};

use crate::{
    args::{Format, OutputArgs, json_help},
    ceremonies, chart, client,
    config::show_time,
    export::{self, OpenVote},
    failure::{Exit, Failure, Result},
    front::{Front, Progress, Terminal, Work},
    hosted,
    html::{self, Facts},
    lang::{self, both, some, tr},
    output, randomness, russian, show, status,
};

mod writing;

pub use writing::{write, write_record, write_unfinished, write_witnessed};

/// A record wherever it is.
pub fn source(target: &str) -> Result<Box<dyn Source + Send>> {
    Ok(client::target(&hosted::target(target)?)?.record()?)
}

/// Runs every check on a record.
pub fn check(target: &str, front: &mut dyn Front) -> Result<Verified> {
    run_checks(target, None, front)?.map_err(|failed| failure(target, failed))
}

/// What a failed check means: where a server gives no answer, nothing was found wrong.
pub fn failure(target: &str, failed: Failed) -> Failure {
    let answers =
        if Address::is_one(target) { client::at(target).and_then(|at| Ok(at.get("/checkpoint")?)) } else { Ok(None) };
    match answers {
        Ok(_) => not_verified(failed),
        Err(failure) => failure,
    }
}

fn run_checks(
    target: &str,
    since: Option<&KnownState>,
    front: &mut dyn Front,
) -> Result<std::result::Result<Verified, Failed>> {
    let source = source(target)?;
    let mut tell = |done, all| front.progress(Progress { work: Work::Checking, done, all });
    Ok(record::verify_since(&*source, since, &randomness::weight_seed()?, &mut tell))
}

pub fn not_verified(failed: Failed) -> Failure {
    Failure::new(Exit::CheckFailed, both!("NOT VERIFIED — {failed}", "НЕ ПРОВЕРЕНО — {failed}")).next(both!(
        "The record is not what was published, or was never right; the line above names the culprit.",
        "Эта запись выборов не та, что была опубликована, или никогда не была верной; что именно неверно, сказано выше."
    ))
}

#[derive(Args)]
pub struct VerifyArgs {
    #[arg(help = tr!("A record: folder, .tar file or http://address", "Публичная запись: папка, файл .tar или http://адрес"))]
    pub target: String,
    #[arg(long, value_name = "FILE", help = tr!("A file with the state that was verified last time: check only what came later; the new state is written there",
        "До состояния в этом файле журнал уже проверен: проверить только новое; новое состояние записывается туда же"))]
    since: Option<PathBuf>,
    #[arg(long, help = tr!("Check the log of an election that is still running, as far as it has come",
        "Проверить журнал ещё идущих выборов, сколько его есть"))]
    so_far: bool,
    #[arg(long, conflicts_with_all = ["since", "so_far", "report"], help = tr!("Check a trustees' ceremony, a folder with draft.json and ceremony, and no record: how did it end, and whom does it convict?",
        "Проверить не запись выборов, а церемонию доверенных — папку с draft.json и ceremony: чем она кончилась и кого изобличает?"))]
    pub ceremony: bool,
    #[arg(long, value_name = "FILE", conflicts_with = "so_far", help = tr!("Also write result and checks as a page for people who were not there",
        "Сделать ещё и страницу с результатом и проверками, для тех, кого не было"))]
    report: Option<PathBuf>,
    #[arg(long, help = json_help())]
    pub json: bool,
}

/// A record that is not verified: what happened, and the check that failed, if it came to that.
pub struct NotVerified {
    pub failure: Failure,
    pub failed: Option<Failed>,
}

impl From<Failure> for NotVerified {
    fn from(failure: Failure) -> Self {
        Self { failure, failed: None }
    }
}

/// Every check of a finished record; `since` is the file of a state up to which it was verified before, and is now.
///
/// # Errors
/// A check failed, there is no record yet, or the file cannot be read or written.
pub fn verify_record(
    target: &str,
    since: Option<&Path>,
    front: &mut dyn Front,
) -> std::result::Result<Verified, NotVerified> {
    let before = since.map(read_state).transpose()?.flatten();
    refuse_unfinished(target)?;
    let verified = run_checks(target, before.as_ref(), front)?
        .map_err(|failed| NotVerified { failure: failure(target, failed.clone()), failed: Some(failed) })?;
    write_state(since, verified.state())?;
    Ok(verified)
}

pub fn verify(args: &VerifyArgs) -> Result<()> {
    let since = args.since.as_deref();
    if args.so_far {
        let verified = verify_so_far(&args.target, since, &mut Terminal::default())?;
        tell_so_far(&verified, args.json);
        return Ok(());
    }
    let verified = verify_record(&args.target, since, &mut Terminal::default());
    let verified = verified.map_err(|NotVerified { failure, failed }| {
        if let Some(Failed { number, what, culprit }) =
            failed.filter(|_| args.json && failure.exit == Exit::CheckFailed)
        {
            let told = serde_json::json!({ "number": number, "check": what, "culprit": culprit });
            output::print_json(&serde_json::json!({ "verified": false, "failed": told }));
        }
        failure
    })?;
    if let Some(path) = &args.report {
        write_report(path, &verified)?;
    }
    if args.json {
        let checks = checks_json(verified.checks());
        let (election, warnings) = (verified.election().id(), warnings(verified.board()));
        let told =
            serde_json::json!({ "verified": true, "election": election, "checks": checks, "warnings": warnings });
        output::print_json(&told);
    } else {
        print_checks(&verified);
    }
    Ok(())
}

/// Result and checks, as a page for people who were not there.
///
/// # Errors
/// The disk.
pub fn write_report(path: &Path, verified: &Verified) -> Result<()> {
    let log = Some((verified.state().to_keep().size, verified.state().to_keep().root));
    let facts = Facts { log, extra: Some(checks_section(verified)), ..Facts::default() };
    let page = html::report(verified.election().draft(), verified.result(), &facts);
    Ok(home::write_atomically(path, page.as_bytes(), 0o644)?)
}

/// A server tells how far its election has come: until the end there is no record, and nothing wrong with that.
fn refuse_unfinished(target: &str) -> Result<()> {
    ceremonies::refuse_draft(target)?;
    if !Address::is_one(target) {
        return Ok(());
    }
    // Whoever only shows the files of a record tells no status.
    let Some(status) = client::at(target)?.status_if_told()? else { return Ok(()) };
    let ended = matches!(status.phase, Phase::Finished | Phase::Cancelled);
    if ended { Ok(()) } else { Err(not_finished(status.phase).next(so_far_hint())) }
}

fn so_far_hint() -> String {
    tr!(
        "To verify the log of an election that is still running (of a secret one, at its address): veche verify --so-far",
        "Пока выборы идут, можно проверить их журнал, сколько его есть (тайных — по адресу сервера): veche verify --so-far"
    )
}

/// An open election's ballots are shown when nobody can be told any more how to vote.
fn refuse_hidden(target: &str) -> Result<()> {
    ceremonies::refuse_draft(target)?;
    if !Address::is_one(target) {
        return Ok(());
    }
    let address = client::at(target)?;
    let Some(status) = address.status_if_told()? else { return Ok(()) };
    let goes_on = matches!(status.phase, Phase::Setup | Phase::Open | Phase::Paused);
    let hidden = goes_on && address.election()?.secret().is_none();
    if hidden { Err(not_finished(status.phase).next(so_far_hint())) } else { Ok(()) }
}

/// The log of an election that goes on. What it says is less than a record: there is no result yet.
///
/// # Errors
/// As [`verify_record`], and open ballots that are not shown yet.
pub fn verify_so_far(target: &str, since: Option<&Path>, front: &mut dyn Front) -> Result<VerifiedSoFar> {
    let before = since.map(read_state).transpose()?.flatten();
    refuse_hidden(target)?;
    let source = source(target)?;
    let mut tell = |done, all| front.progress(Progress { work: Work::Checking, done, all });
    let verified = record::verify_so_far(&*source, before.as_ref(), &randomness::weight_seed()?, &mut tell);
    let verified = verified.map_err(|failed| failure(target, failed))?;
    write_state(since, verified.state())?;
    Ok(verified)
}

fn tell_so_far(verified: &VerifiedSoFar, json: bool) {
    let (board, state, checks) = (verified.board(), verified.state().to_keep(), verified.checks());
    if json {
        let (election, size, checks) = (state.election, state.size, checks_json(checks));
        let told = serde_json::json!({ "verified_so_far": true, "election": election, "phase": board.phase().name(),
            "size": size, "checks": checks, "warnings": warnings(board) });
        output::print_json(&told);
    } else {
        eprintln!("{}", passed(checks));
        warnings(board).iter().for_each(|warning| eprintln!("{warning}"));
        let (size, id, phase) = (state.size, state.election, board.phase());
        let result = match phase {
            Phase::Summed => tr!(
                "Summed, no result: the trustees have not opened the sum.",
                "Бюллетени просуммированы, но результата нет: доверенные ещё не открыли сумму."
            ),
            Phase::Cancelled => tr!("The election was cancelled.", "Выборы отменены."),
            Phase::Finished => tr!("The result is in the log.", "Результат в журнале."),
            _ => tr!("There is no result yet.", "Результата ещё нет."),
        };
        let verified = some(size, "entry", "entries");
        eprintln!(
            "{}",
            tr!(
                "Verified so far: {verified}. {result} Election id:\n     {}",
                "Пока проверено записей: {size}. {result} Id выборов:\n     {}",
                paper_id(id)
            )
        );
    }
}

fn checks_json(checks: &[record::Passed]) -> Vec<serde_json::Value> {
    let check = |check: &record::Passed| {
        let counts: BTreeMap<_, _> = check.counts.iter().copied().collect();
        serde_json::json!({ "number": check.number, "check": check.what, "passed": true, "counts": counts, "notes": check.notes })
    };
    checks.iter().map(check).collect()
}

/// The checks, for the page.
fn checks_section(verified: &Verified) -> Markup {
    let said = |check: &record::Passed| {
        let counts: Vec<String> = check.counts.iter().map(|(what, count)| russian::counted(what, *count)).collect();
        format!("✓ {}: {}", russian::said(check.what), counts.join(", "))
    };
    let says = tr!(
        "Every check of this record passed, by the numbers of docs/spec/record.md, with veche {}. Do not believe this page: \
         verify the record yourself.",
        "Программа veche {} провела все проверки этой записи выборов (номера — по docs/spec/record.md), и все прошли. Не \
         верьте странице на слово: проверьте запись сами.",
        env!("CARGO_PKG_VERSION")
    );
    html! {
        section {
            h2 { (tr!("Checks", "Проверки")) }
            ol {
                @for check in verified.checks() {
                    li value=(check.number) {
                        (said(check))
                        @for note in &check.notes { br; (russian::said(note)) }
                    }
                }
            }
            p { (says) }
        }
    }
}

/// `None` where nothing was verified yet.
fn read_state(path: &Path) -> Result<Option<KnownState>> {
    let failed = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn write_state(since: Option<&Path>, state: &VerifiedState) -> Result<()> {
    let Some(path) = since else { return Ok(()) };
    let text = serde_json::to_string(state.to_keep()).map_err(Failure::other)? + "\n";
    Ok(home::write_atomically(path, text.as_bytes(), 0o644)?)
}

pub fn passed(checks: &[record::Passed]) -> String {
    let mut lines = Vec::new();
    for check in checks {
        let counts: Vec<String> = check.counts.iter().map(|(what, count)| russian::counted(what, *count)).collect();
        lines.push(format!("{:>3}  ✓ {:<20} {}", check.number, russian::said(check.what), counts.join(", ")));
        lines.extend(check.notes.iter().map(|note| format!("       {}", russian::said(note))));
    }
    lines.join("\n")
}

/// A closing that is still to come by the clock of whoever looks was signed by a clock that was ahead, or this one is
/// behind: when it is dated, and what the time is here. The log is no less right by that, but voters may have been cut off.
pub fn future_closing(board: &Board) -> Option<(String, String)> {
    let now = Clock::system().wall();
    let closed =
        board.stopped_at().filter(|at| board.phase().is_over() && *at > now.saturating_add(CLOCKS_DIFFER_S))?;
    Some((show_time(closed), show_time(now)))
}

/// What the clock here has to say, and no check can.
fn warnings(board: &Board) -> Vec<String> {
    let told = future_closing(board).map(|(closed, now)| {
        tr!(
            "The closing is dated {closed}, and here it is {now}. If this machine's clock is right, the election was closed too \
             early, by a clock that was ahead.",
            "Закрытие датировано {closed}, а здесь {now}. Если часы этой машины верны, голосование закрыто раньше времени, по \
             часам, которые спешили."
        )
    });
    told.into_iter().collect()
}

pub fn print_checks(verified: &Verified) {
    eprintln!("{}", passed(verified.checks()));
    warnings(verified.board()).iter().for_each(|warning| eprintln!("{warning}"));
    let id = verified.election().id();
    eprintln!(
        "{}",
        tr!(
            "Verified: every check passed. Compare the election id with the one on a card:\n     on paper  {}\n     in files  {id}",
            "Проверено: все проверки прошли. Сравните id выборов с тем, что на карточке:\n     на бумаге  {}\n     в файлах   {id}",
            paper_id(id)
        )
    );
}

/// An election that is over, with its result.
pub struct Finished {
    pub election: Election,
    pub board: Board,
    pub result: ElectionResult,
    /// Entries of the log and its root.
    pub log: (u64, Hash),
}

/// The result of a verified record, or of a folder whose log was re-checked entry by entry.
///
/// # Errors
/// A check failed, or there is no result yet.
pub async fn finished(target: &str, front: &mut dyn Front) -> Result<Finished> {
    ceremonies::refuse_draft(target)?;
    let home = Home::new(target);
    let (election, board, log) = if !Address::is_one(target) && home.path(DATABASE_FILE).exists() {
        let (board, head) = status::inspect_with_head(&home).await?;
        (home.election()?, board, (head.size, head.root))
    } else {
        if Address::is_one(target) {
            let phase = client::at(target)?.status()?.phase;
            if phase != Phase::Finished {
                return Err(not_finished(phase));
            }
        }
        let verified = check(target, front)?;
        let log = (verified.state().to_keep().size, verified.state().to_keep().root);
        (Election::clone(verified.election()), verified.board().clone(), log)
    };
    if board.awaits_lot() {
        let root = log.1;
        return Err(Failure::new(
            Exit::NotOpen,
            both!("a lot has to decide, and none was drawn yet", "между равными решает жребий, и он ещё не брошен"),
        )
        .next(both!(
            "Write down the root of the closed log: {root}. Draw in public what was announced. Then: veche lot {target} --drawn \"...\" \
             --closed {root}",
            "Запишите корень закрытого журнала: {root}. Бросьте или вытяните при всех то, что было объявлено. Затем: veche lot {target} \
             --drawn \"...\" --closed {root}"
        )));
    }
    let result = board.result().filter(|_| board.phase() == Phase::Finished);
    let result = result.ok_or_else(|| not_finished(board.phase()))?;
    Ok(Finished { election, board, result, log })
}

/// `veche result`.
pub async fn result(target: &str, args: &OutputArgs) -> Result<()> {
    let target = &*hosted::target(target)?;
    let format = args.format()?;
    let Finished { election, board, result, log } = finished(target, &mut Terminal::default()).await?;
    let of_ballots = matches!(format, Format::CsvRaw | Format::Abif);
    if of_ballots && election.secret().is_some() {
        return Err(Failure::usage(both!(
            "nobody sees the ballots of a secret election; csv and json have its sums",
            "бюллетеней тайного голосования не видит никто; суммы есть в csv и json"
        )));
    }
    let votes: Vec<OpenVote> = board.open_votes().map(|(weight, marks)| OpenVote { count: 1, weight, marks }).collect();
    let draft = election.draft();
    if format == Format::CsvRaw {
        output::stream(|to| export::raw(draft, &votes, to));
        return Ok(());
    }
    let text = lang::within(args.lang, || match format {
        Format::Table | Format::CsvRaw => show::table(draft, &result),
        Format::Json => show::json(&result, None) + "\n",
        Format::Csv => export::official(draft, &result, args.sheet()),
        Format::Abif => export::abif(draft, &votes),
        Format::Svg => chart::svg(draft, &result),
        Format::Html => html::report(draft, &result, &Facts { log: Some(log), ..Facts::default() }),
    });
    print!("{text}");
    Ok(())
}

fn not_finished(phase: Phase) -> Failure {
    if phase == Phase::Summed {
        return Failure::new(
            Exit::NotOpen,
            both!(
                "summed, no result: the trustees have not opened the sum",
                "бюллетени просуммированы, но результата нет: доверенные ещё не открыли сумму"
            ),
        );
    }
    let phase = russian::said(phase.name());
    Failure::new(
        Exit::NotOpen,
        both!(
            "there is no result before closing; this election is {phase}",
            "до закрытия результата нет; голосование {phase}"
        ),
    )
}
