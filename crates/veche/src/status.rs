//! `veche status`: phase and turnout, from a running server or from the folder.

use std::sync::Arc;

use veche_election::Board;
use veche_server::{
    Home,
    home::{DATABASE_FILE, HomeError},
    http::Status,
    sequencer,
    store::{Head, SqliteStore, Store},
};

use crate::{
    client,
    config::show_time,
    failure::{Exit, Failure, Result},
    lang::tr,
    show::safe,
};

pub async fn run(target: &str, not_voted: bool, json: bool) -> Result<()> {
    let status = match client::is_url(target) {
        true if not_voted => {
            return Err(Failure::usage(tr!(
                "--not-voted needs the election's folder",
                "для --not-voted нужна папка выборов"
            )));
        }
        true => fetch(&client::check_url(target)?)?,
        false => local(&Home::new(target)).await?,
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&status).unwrap_or_default());
    } else {
        print!("{}", text(&status));
    }
    if not_voted {
        list_not_voted(&Home::new(target)).await?;
    }
    Ok(())
}

fn text(status: &Status) -> String {
    let Status { title, voters, ballots, entries, .. } = status;
    let phase = safe(&status.phase);
    let percent = ballots.saturating_mul(100).checked_div(*voters).unwrap_or(0);
    let mut out = tr!(
        "{}\n{phase}; {ballots} of {voters} voters have voted ({percent}%); {entries} entries in the log\n",
        "{}\n{phase}; проголосовали {ballots} из {voters} ({percent}%); записей в журнале: {entries}\n",
        safe(title)
    );
    if let (Some(trustee), "setup") = (status.missing_rehearsal, status.phase.as_str()) {
        out += &tr!("trustee {trustee} has not rehearsed yet\n", "доверенный {trustee} ещё не сделал rehearse\n");
    }
    if status.phase == "summed" {
        let shares = status.shares.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let shares = if shares.is_empty() { tr!("none yet", "пока никто") } else { shares };
        out += &tr!(
            "summed, no result: the trustees have not opened the sum yet. Who has: {shares}\n\
             If their keys are lost it stays so; nothing cancels an election whose sum is published.\n",
            "сумма есть, результата нет: доверенные её ещё не открыли. Открыли: {shares}\n\
             Если ключи утрачены, так и останется: после публикации суммы выборы не отменяются.\n"
        );
    }
    if let Some(opens) = status.opens {
        out += &tr!("opens  {}\n", "открытие  {}\n", show_time(opens));
    }
    if let Some(closes) = status.closes {
        out += &tr!("closes {}\n", "закрытие  {}\n", show_time(closes));
    }
    out
}

pub fn fetch(url: &str) -> Result<Status> {
    let bytes = client::get(url, "/status.json")?.unwrap_or_default();
    serde_json::from_slice(&bytes)
        .map_err(|_| Failure::new(Exit::CheckFailed, tr!("{url} gives no status", "{url} не даёт состояния")))
}

/// From the folder: the log is read and checked entry by entry.
async fn local(home: &Home) -> Result<Status> {
    if let (Err(HomeError::Locked(..)), Some(url)) = (home.lock(), home.served_at()) {
        client::own_server(&url);
        return fetch(&url);
    }
    let election = home.election()?;
    let board = inspect(home).await?;
    Ok(Status {
        election: election.id(),
        title: election.draft().title.clone(),
        phase: board.phase().name().into(),
        voters: election.roll().voters,
        voters_weight: election.roll().weight,
        ballots: board.tally().ballots,
        weight: board.told_weight(),
        entries: board.size(),
        opens: election.draft().opens,
        closes: board.closes(),
        missing_rehearsal: board.missing_rehearsal(),
        shares: board.shares().collect(),
        control: board.link().into(),
    })
}

/// The board as the database has it now; reading beside a running server is safe.
pub async fn inspect(home: &Home) -> Result<Board> {
    Ok(inspect_with_head(home).await?.0)
}

/// The board, and how far the log reaches.
pub async fn inspect_with_head(home: &Home) -> Result<(Board, Head)> {
    let election = Arc::new(home.election()?);
    let credentials = home.credentials(&election)?;
    let store = SqliteStore::open(&home.path(DATABASE_FILE), election.id()).await?;
    let board = sequencer::inspect(&store, &election, &credentials).await?;
    let head = store.head().await?;
    store.close().await?;
    Ok((board, head))
}

async fn list_not_voted(home: &Home) -> Result<()> {
    let election = home.election()?;
    let board = inspect(home).await?;
    for seat in home.voters(&election)? {
        if !board.has_voted(&seat.credential) {
            println!("{}\t{}", seat.number, safe(&seat.name));
        }
    }
    Ok(())
}
