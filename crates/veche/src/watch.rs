//! `veche watch`: looks at a log again and again and keeps what it has seen; `veche verify-fork`: checks the proof that
//! a board has signed two logs. Spec: `docs/spec/log.md` section 9.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use veche_election::{
    Checkpoint, Election, Hash,
    checkpoint::WitnessPlan,
    fork::ForkProof,
    log::{ServedTiles, Subtrees, origin, verify_consistency},
};
use veche_server::{clock::Clock, home};

use crate::{
    client,
    failure::{Exit, Failure, Result},
    lang::tr,
    mirror::Mirror,
};

#[derive(Args)]
pub struct WatchArgs {
    #[arg(help = tr!("The server, http://address", "Сервер, http://адрес"))]
    url: String,
    #[arg(long, help = tr!("What was seen [default: watch-ELECTION.jsonl here]", "Что было видно [watch-ВЫБОРЫ.jsonl здесь]"))]
    state: Option<PathBuf>,
    #[arg(long, default_value_t = 30, help = tr!("Seconds between two looks", "Секунд между взглядами"))]
    every: u64,
    #[arg(long, help = tr!("Look once and end", "Взглянуть один раз и закончить"))]
    once: bool,
    #[arg(long, value_name = "DIR", help = tr!("Also keep the record so far here: veche recover puts lost entries back from it",
        "Хранить здесь и саму запись: из неё veche recover вернёт потерянное"))]
    mirror: Option<PathBuf>,
    #[arg(long, help = tr!("The election id on a card", "Id выборов с карточки"))]
    election: Option<String>,
}

/// A line of the file: a checkpoint that was found consistent with the one before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    at: u64,
    election: Hash,
    checkpoint: String,
}

pub async fn run(args: WatchArgs) -> Result<()> {
    let url = client::check_url(&args.url)?;
    let election = client::fetch_election(&url)?;
    if args.election.as_deref().is_some_and(|id| Hash::parse(id.trim()) != Some(election.id())) {
        return Err(broken(tr!(
            "{url} serves election {}, not the one on your card",
            "{url} ведёт выборы {}, а не те, что на карточке",
            election.id()
        )));
    }
    let state = args.state.unwrap_or_else(|| PathBuf::from(format!("watch-{}.jsonl", short(&election))));
    let mirror = args.mirror.as_deref().map(|dir| Mirror::open(dir, &election)).transpose()?;
    let mut watcher = Watcher { mirror, ..Watcher::new(&url, election, state)? };
    loop {
        match watcher.look_once() {
            Ok(said) => println!("{said}"),
            // A server that is away for a moment forks nothing.
            Err(failure) if failure.exit != Exit::CheckFailed && !args.once => eprintln!("{}", failure.what),
            Err(failure) => return Err(failure),
        }
        if args.once {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(args.every.max(1))).await;
    }
}

fn short(election: &Election) -> String {
    election.id().to_string().chars().take(8).collect()
}

/// One look by whoever is about to sign an act: the log begins with all that is in the file. Is it kept there too?
pub fn see(url: &str, election: &Election, state: &Path, remember: bool) -> Result<Checkpoint> {
    let mut watcher = Watcher::new(url, election.clone(), state.to_owned())?;
    let (checkpoint, note) = watcher.look()?;
    if remember {
        watcher.remember(&checkpoint, &note)?;
    }
    Ok(checkpoint)
}

struct Watcher {
    url: String,
    election: Election,
    /// Checkpoints that were found consistent, one a line.
    state: PathBuf,
    /// Where the proof of a fork goes, and signed checkpoints that nothing proves consistent.
    fork: PathBuf,
    unproven: PathBuf,
    last: Option<(Checkpoint, String)>,
    mirror: Option<Mirror>,
}

impl Watcher {
    fn new(url: &str, election: Election, state: PathBuf) -> Result<Self> {
        let short = short(&election);
        let fork = state.with_file_name(format!("fork-{short}.json"));
        let unproven = state.with_file_name(format!("unproven-{short}.jsonl"));
        let last = last_seen(&state, &election)?;
        Ok(Self { url: url.to_owned(), election, state, fork, unproven, last, mirror: None })
    }

    fn remember(&mut self, checkpoint: &Checkpoint, note: &str) -> Result<()> {
        if self.last.as_ref().map(|(seen, _)| seen) != Some(checkpoint) {
            keep(&self.state, &self.election, note)?;
            self.last = Some((checkpoint.clone(), note.to_owned()));
        }
        Ok(())
    }

    /// What the board has signed is kept before anything else is asked of its server: it is evidence, whatever comes.
    fn look_once(&mut self) -> Result<String> {
        let (checkpoint, note) = self.look()?;
        self.remember(&checkpoint, &note)?;
        let mirrored = self.mirror.as_mut().map(|mirror| mirror.follow(&self.url, &checkpoint, &note)).transpose()?;
        let mirrored = match mirrored {
            None => String::new(),
            Some(true) => tr!("; mirrored", "; скопировано"),
            Some(false) => {
                tr!("; open ballots can be mirrored after closing", "; открытые бюллетени копируются после закрытия")
            }
        };
        let witnesses = witnesses(&self.election, &note);
        Ok(tr!(
            "{} entries, consistent with all that was seen{witnesses}{mirrored}",
            "записей {}, согласуется со всем увиденным{witnesses}{mirrored}",
            checkpoint.size
        ))
    }

    /// One look: the checkpoint, and the proof that what was seen before is its beginning.
    fn look(&self) -> Result<(Checkpoint, String)> {
        let (url, election, fork) = (self.url.as_str(), &self.election, self.fork.as_path());
        let note = client::get(url, "/checkpoint")?.unwrap_or_default();
        let note = String::from_utf8(note).unwrap_or_default();
        let checkpoint = Checkpoint::open(&note, &origin(election.id()), &election.keys().board)
            .map_err(|error| broken(tr!("the server's checkpoint: {error}", "состояние журнала: {error}")))?;
        let Some((seen, seen_note)) = &self.last else { return Ok((checkpoint, note)) };
        // The smaller of the two must be the beginning of the larger.
        let (older, newer) = if seen.size <= checkpoint.size { (seen, &checkpoint) } else { (&checkpoint, seen) };
        let notes = if seen.size <= checkpoint.size { (seen_note, &note) } else { (&note, seen_note) };
        let tiles = ServedTiles::new(newer.size, |path| client::get(url, &format!("/{path}")).ok().flatten());
        let proof = tiles.consistency_proof(older.size, newer.size);
        let proven = proof
            .as_ref()
            .is_some_and(|proof| verify_consistency((older.size, older.root), (newer.size, newer.root), proof).is_ok());
        if proven && seen.size <= checkpoint.size {
            return Ok((checkpoint, note));
        }
        if let Some(proof) = ForkProof::of_heads(election, notes.0, notes.1, &tiles) {
            home::write_atomically(fork, &proof.to_bytes(), 0o644)?;
            let fork = fork.display();
            return Err(broken(tr!(
                "the board has signed two logs that cannot both be true. The proof is in {fork}",
                "доска подписала два журнала, которые не могут быть верны оба. Доказательство в {fork}"
            ))
            .next(tr!(
                "Show it to everybody: veche verify-fork {fork}",
                "Покажите его всем: veche verify-fork {fork}"
            )));
        }
        keep(&self.unproven, election, &note)?;
        if seen.size > checkpoint.size {
            return Err(broken(tr!(
                "the server shows {} entries; {} were signed before (state file). It has gone back to an older log",
                "сервер показывает записей {}; раньше было подписано {} (файл состояния). Он вернулся к старому журналу",
                checkpoint.size,
                seen.size
            )));
        }
        Err(broken(tr!(
            "the server gives no tiles that prove {} entries to be the beginning of its {}",
            "сервер не даёт плиток, доказывающих, что {} записей — начало его {}",
            seen.size,
            checkpoint.size
        )))
    }
}

fn witnesses(election: &Election, note: &str) -> String {
    let Some(WitnessPlan { keys, quorum }) = &election.draft().witnesses else { return String::new() };
    let checkpoint = Checkpoint::open(note, &origin(election.id()), &election.keys().board);
    let has =
        checkpoint.map_or(0, |checkpoint| keys.iter().filter(|key| key.find(&checkpoint, note).is_some()).count());
    tr!("; cosigned by {has} witnesses, {quorum} make a quorum", "; подписей свидетелей {has}, нужно {quorum}")
}

fn broken(what: String) -> Failure {
    Failure::new(Exit::CheckFailed, what)
}

/// The last line of the file, verified again.
pub fn last_seen(file: &Path, election: &Election) -> Result<Option<(Checkpoint, String)>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::other(format!("{}: {error}", file.display()))),
    };
    let Some(line) = text.lines().last() else { return Ok(None) };
    let seen: Seen =
        serde_json::from_str(line).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    if seen.election != election.id() {
        return Err(broken(tr!(
            "{} is of election {}: the server has changed its election, or this is the file of another",
            "{} — от выборов {}: сервер сменил выборы, или это файл от других",
            file.display(),
            seen.election
        )));
    }
    let checkpoint = Checkpoint::open(&seen.checkpoint, &origin(election.id()), &election.keys().board);
    let checkpoint = checkpoint.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    Ok(Some((checkpoint, seen.checkpoint)))
}

pub fn keep(file: &Path, election: &Election, note: &str) -> Result<()> {
    let seen = Seen { at: Clock::system().wall(), election: election.id(), checkpoint: note.to_owned() };
    let line = serde_json::to_string(&seen).map_err(Failure::other)? + "\n";
    let written = std::fs::OpenOptions::new().create(true).append(true).open(file).and_then(|mut out| {
        out.write_all(line.as_bytes())?;
        out.sync_data()
    });
    written.map_err(|error| Failure::other(format!("{}: {error}", file.display())))
}

pub fn verify_fork(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let election = ForkProof::verify(&bytes)
        .map_err(|error| broken(tr!("this proves nothing: {error}", "это ничего не доказывает: {error}")))?;
    println!(
        "{}",
        tr!(
            "Proven: the board of election {} has signed two different logs.\nCompare the id with the one on a card. «{}»",
            "Доказано: доска выборов {} подписала два разных журнала.\nСравните id с тем, что на карточке. «{}»",
            election.id(),
            crate::show::safe(&election.draft().title)
        )
    );
    Ok(())
}
