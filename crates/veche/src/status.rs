//! `veche status`: phase and turnout, from a running server or from the folder.

use std::{collections::HashMap, sync::Arc};

use serde::Serialize;
use veche_client::{
    Address,
    told::{self, Notice, Noticed, Standing, Status},
};
use veche_election::{
    Board, Draft, Phase, VoterNumber,
    ceremony::{Ceremony, fingerprint},
    roll::Seat,
};
use veche_server::{
    Home,
    clock::Clock,
    home::{HomeError, ROLL_CSV_FILE},
    sequencer::{self, Inspected},
    store::{self, Head, Store},
};

use crate::{
    ceremonies, client,
    config::show_time,
    contacts,
    failure::{Exit, Failure, Result},
    hosted::{self, Hosted},
    lang::{both, some, tr},
    output, rolls, russian,
    show::safe,
    voters, words,
};

/// How an election stands.
pub enum Report {
    /// Its trustees still make the key.
    Ceremony(Box<(Draft, Ceremony)>),
    /// With the voters without a ballot, where they were asked for.
    Election(Box<Status>, Option<Vec<Waited>>),
}

/// A voter without a ballot, and where to remind this voter.
#[derive(Serialize)]
pub struct Waited {
    pub number: VoterNumber,
    pub name: String,
    pub contact: String,
}

pub async fn run(target: &str, not_voted: bool, json: bool) -> Result<()> {
    let (status, waited_for) = match report(target, not_voted).await? {
        Report::Ceremony(made) => {
            tell_ceremony(&made.0, &made.1, json);
            return Ok(());
        }
        Report::Election(status, waited_for) => (status, waited_for),
    };
    if json {
        let mut value = serde_json::to_value(&status).map_err(Failure::other)?;
        if let (Some(members), Some(voters)) = (value.as_object_mut(), &waited_for) {
            members.insert("not_voted".into(), serde_json::to_value(voters).map_err(Failure::other)?);
        }
        output::print_json(&value);
        return Ok(());
    }
    // The status can be told without it, with less about quorums.
    let draft = draft(target).map_err(|failure| eprintln!("{}", failure.what)).ok();
    print!("{}", text(&status, draft.as_ref()));
    for Waited { number, name, contact } in waited_for.into_iter().flatten() {
        println!("{number}\t{}\t{}", safe(&name), safe(&contact));
    }
    Ok(())
}

/// From a running server or from the folder; who has not voted is known in the folder alone.
///
/// # Errors
/// There is no election, or the log in the folder is not right.
pub async fn report(target: &str, not_voted: bool) -> Result<Report> {
    if not_voted && Address::is_one(target) {
        return Err(Failure::usage(both!(
            "--not-voted needs the election's folder",
            "для --not-voted нужна папка выборов"
        )));
    }
    if !Address::is_one(target) && Home::new(target).has_draft() {
        let home = Home::new(target);
        let draft = home.draft()?;
        if let Some(hosted) = Hosted::of(&home)? {
            hosted::fetch_ceremony(&home, &hosted)?;
        }
        if draft.trustees.is_none() {
            return Err(Failure::new(
                Exit::NotOpen,
                both!(
                    "there is a draft alone: veche setup {target}",
                    "пока есть только черновик: veche setup {target}"
                ),
            ));
        }
        let ceremony = home.ceremony_so_far(&draft)?;
        return Ok(Report::Ceremony(Box::new((draft, ceremony))));
    }
    if Address::is_one(target) {
        ceremonies::refuse_draft(target)?;
    }
    let status = look(target).await?;
    let waited_for = if not_voted { Some(waited_for(&Home::new(target)).await?) } else { None };
    Ok(Report::Election(Box::new(status), waited_for))
}

/// Of an election whose key is being made: who has registered, with fingerprints.
fn tell_ceremony(draft: &Draft, ceremony: &Ceremony, json: bool) {
    if !json {
        return println!("{}\n{}", safe(&draft.title), ceremonies::standing(ceremony));
    }
    let registered: Vec<_> = ceremony
        .registered()
        .map(|(number, name, key)| serde_json::json!({ "trustee": number, "name": name, "fingerprint": fingerprint(&key) }))
        .collect();
    output::print_json(&serde_json::json!({ "title": draft.title, "phase": "new", "registered": registered }));
}

/// In which phase the election is; where its closing time has come and its closing has not, what that means.
pub fn phase_text(phase: Phase, closes: Option<u64>) -> String {
    let over = closes.is_some_and(|closes| closes <= Clock::system().wall());
    match phase {
        Phase::Open if over => tr!(
            "the closing time has come: no ballots are taken, and the closing follows",
            "время закрытия наступило: бюллетени уже не принимаются, закрытие вот-вот"
        ),
        Phase::Paused if over => tr!(
            "paused, and the closing time has come: no ballots are taken. If it was paused after that time, nothing follows by itself: \
             extend and resume, close, or cancel",
            "приостановлено, и время закрытия наступило: бюллетени не принимаются. Если приостановили уже после него, само \
             оно не закроется: продлите и возобновите, закройте или отмените"
        ),
        phase => russian::said(phase.name()),
    }
}

/// What was decided beforehand, by which a status is read; it can be told without.
fn draft(target: &str) -> Result<Draft> {
    let election =
        if Address::is_one(target) { client::at(target)?.election()? } else { Home::new(target).election()? };
    Ok(election.draft().clone())
}

/// For people, in lines; the first is the title.
pub fn text(status: &Status, draft: Option<&Draft>) -> String {
    let Status { title, voters, ballots, entries, .. } = status;
    let phase = phase_text(status.phase, status.closes);
    let part = words::turnout(*ballots, *voters, &draft.map_or_else(Vec::new, words::quorums));
    let (electorate, log) = (some(*voters, "voter", "voters"), some(*entries, "entry", "entries"));
    let have = words::have(*ballots, *voters);
    let mut out = tr!(
        "{}\n{phase}; {ballots} of {electorate} {have} voted ({part}); {log} in the log\n",
        "{}\n{phase}; проголосовали {ballots} из {voters} ({part}); записей в журнале: {entries}\n",
        safe(title)
    );
    if let Some(now) = status.roll_now {
        let now = now.voters;
        out += &tr!(
            "still on the roll: {now}; turnout also counts voters who were struck since the opening\n",
            "из них в списке осталось {now}; явка считается и от вычеркнутых после открытия\n"
        );
    }
    for gone in &status.withdrawn {
        out += &format!("{}\n", words::withdrawn(&safe(&gone.candidate), gone.ballots));
    }
    if let (Some(trustee), Phase::Setup) = (status.missing_rehearsal, status.phase) {
        out += &tr!("trustee {trustee} has not rehearsed yet\n", "доверенный {trustee} ещё не сделал rehearse\n");
    }
    if status.phase == Phase::Summed && draft.is_some_and(|draft| words::is_opened(draft, &status.shares)) {
        out += &tr!(
            "enough trustees have opened the sum, and the server computes the result: with large weights that takes minutes. If there is \
             none after an hour, look into the server's log and restart the server: it computes it anew\n",
            "сумму открыли достаточно доверенных, и сервер вычисляет результат: при больших весах это занимает минуты. Если его нет и \
             через час, посмотрите журнал работы сервера и перезапустите сервер: он вычислит заново\n"
        );
    } else if status.phase == Phase::Summed {
        let shares = status.shares.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let shares = if shares.is_empty() { tr!("nobody yet", "пока никто") } else { shares };
        out += &tr!(
            "summed, no result: the trustees have not opened the sum yet. Trustees who have given their share: {shares}\n\
             If too many of their keys are lost it stays so; nothing cancels an election whose sum is published.\n",
            "бюллетени просуммированы, но результата нет: доверенные ещё не открыли сумму. Свою долю дали: {shares}\n\
             Если утрачено слишком много их ключей, так и останется: после публикации суммы выборы уже не отменить.\n"
        );
    }
    // A cancelled one does neither.
    let is_to_come = status.phase != Phase::Cancelled;
    if let Some(opens) = status.opens.filter(|_| is_to_come) {
        out += &tr!("opens  {}\n", "открытие  {}\n", show_time(opens));
    }
    if let Some(closes) = status.closes.filter(|_| is_to_come) {
        out += &tr!("closes {}\n", "закрытие  {}\n", show_time(closes));
    }
    out += &status.schedule.map_or_else(String::new, hindrance);
    status.notices.iter().for_each(|notice| out += &why(notice));
    out
}

/// The organiser's words, among ours.
fn why(notice: &Notice) -> String {
    let (at, reason) = (show_time(notice.at), safe(&notice.reason));
    match notice.act {
        Noticed::Pause => tr!(
            "paused {at}. The organiser says why: {reason}\n",
            "приостановлено {at}. Причина, по словам организатора: {reason}\n"
        ),
        Noticed::Cancel => tr!(
            "cancelled {at}. The organiser says why: {reason}\n",
            "отменено {at}. Причина, по словам организатора: {reason}\n"
        ),
        Noticed::Extend => {
            let late = if notice.late {
                tr!(", after the old time had passed", ", когда прежнее уже прошло")
            } else {
                String::new()
            };
            tr!(
                "the closing time was moved {at}{late}. The organiser says why: {reason}\n",
                "время закрытия перенесено {at}{late}. Причина, по словам организатора: {reason}\n"
            )
        }
    }
}

/// Why opening and closing do not simply come at their times.
fn hindrance(standing: Standing) -> String {
    match standing {
        Standing::Kept => String::new(),
        Standing::Behind { wall, known } => tr!(
            "THE SERVER'S CLOCK IS WRONG: it shows {}, but {} has come already; nothing opens or closes by time\n",
            "ЧАСЫ СЕРВЕРА НЕВЕРНЫ: на них {}, а {} уже было; по времени ничего не открывается и не закрывается\n",
            show_time(wall),
            show_time(known)
        ),
        Standing::Apart { wall, boot } => tr!(
            "THE SERVER'S CLOCK WAS SET: it shows {}, and by the time since its start it is {}; ballots stop by the later, \
             closing waits for the earlier. If it is right now, restart the server\n",
            "ЧАСЫ СЕРВЕРА ПЕРЕВЕДЕНЫ: на них {}, а по времени с его запуска {}; бюллетени не принимаются с более позднего \
             времени, закрытие ждёт более раннего. Если теперь они верны, перезапустите сервер\n",
            show_time(wall),
            show_time(boot)
        ),
        Standing::Grace { act, time, until } => {
            let act = russian::said(act.name());
            tr!(
                "the time of {act}, {}, passed while no server ran: it follows at {}, unless you act before\n",
                "{act}: назначенное время, {}, прошло, пока сервер не работал; будет {}, если вы не распорядитесь иначе\n",
                show_time(time),
                show_time(until)
            )
        }
        Standing::Unnoted { act } => {
            let act = russian::said(act.name());
            tr!(
                "{act} waits: its delay cannot be noted on the disk\n",
                "{act} задерживается: отсрочку не удаётся записать на диск\n"
            )
        }
    }
}

/// At an address or in a folder.
pub async fn look(target: &str) -> Result<Status> {
    let target = &*hosted::target(target)?;
    if Address::is_one(target) { Ok(client::at(target)?.status()?) } else { local(&Home::new(target)).await }
}

/// From the folder: the log is read and checked entry by entry.
async fn local(home: &Home) -> Result<Status> {
    if let (Err(HomeError::Locked(..)), Some(url)) = (home.lock(), home.served_at()) {
        return Ok(Address::own(&url).status()?);
    }
    let election = home.election()?;
    let (Inspected { board, notices, .. }, _) = inspect_told(home).await?;
    let roll = board.changed_roll().for_turnout();
    Ok(Status {
        election: election.id(),
        title: election.draft().title.clone(),
        phase: board.phase(),
        voters: roll.voters,
        voters_weight: roll.weight,
        scale: election.draft().roll_scale,
        roll_now: Some(board.changed_roll().now()).filter(|now| *now != roll),
        ballots: board.tally().ballots,
        weight: board.told_weight(),
        entries: board.size(),
        opens: election.draft().opens,
        closes: board.closes(),
        withdrawn: told::withdrawn(&board),
        schedule: None,
        missing_rehearsal: board.missing_rehearsal(),
        shares: board.shares().collect(),
        notices,
        control: board.link().into(),
    })
}

/// The board as the database has it now; reading beside a running server is safe.
pub async fn inspect(home: &Home) -> Result<Board> {
    Ok(inspect_with_head(home).await?.0)
}

/// The board, and how far the log reaches.
pub async fn inspect_with_head(home: &Home) -> Result<(Board, Head)> {
    let (inspected, head) = inspect_told(home).await?;
    Ok((inspected.board, head))
}

/// With what was said and done in the log.
pub async fn inspect_told(home: &Home) -> Result<(Inspected, Head)> {
    hosted::refuse(home)?;
    let election = Arc::new(home.election()?);
    let store = store::open(home, election.id()).await?;
    let inspected = sequencer::inspect_told(&store, home.board(&election)?).await?;
    let head = store.head().await?;
    store.close().await?;
    Ok((inspected, head))
}

async fn waited_for(home: &Home) -> Result<Vec<Waited>> {
    let election = home.election()?;
    let board = inspect(home).await?;
    let contacts = match home.read_if_there(ROLL_CSV_FILE)? {
        Some(csv) => rolls::contacts(&csv)?,
        None => HashMap::new(),
    };
    let everybody = voters::everybody(home, &election, &board)?.into_iter().map(|(_, seat)| seat);
    let voters = everybody.filter(|seat| !board.has_voted(&seat.credential) && !board.is_struck(&seat.credential));
    let changed = contacts::read(home)?;
    let waited = |seat: Seat| {
        let contact = changed.get(seat.number.as_str()).or_else(|| contacts.get(&seat.number)).cloned();
        let contact = contact.unwrap_or_default();
        Waited { number: seat.number, name: seat.name, contact }
    };
    Ok(voters.map(waited).collect())
}
