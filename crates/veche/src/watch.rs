//! `veche watch`: looks at a log and at the booth again and again and keeps what it has seen; `veche verify-fork`: checks the
//! proof that a board has signed two logs. Spec: `docs/spec/log.md` section 9.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use veche_client::{
    Address,
    link::{names, paper_id},
    watching::{LookError, Signed},
};
use veche_election::{Election, Hash, checkpoint::WitnessPlan, fork::ForkProof};
use veche_server::{clock::Clock, home};

use crate::{
    client,
    failure::{Exit, Failure, Result},
    files,
    front::{Front, Terminal},
    lang::{Sentence, tr},
    mirror::Mirror,
};

mod booth;
mod logged;
mod looked;

use booth::BoothWatch;
pub use looked::{Cosigned, Looked, LookedAtBooth, Mirrored, Named};

#[derive(Args)]
pub struct WatchArgs {
    #[arg(help = tr!("The server, http://address", "Сервер, http://адрес"))]
    url: String,
    #[arg(long, help = tr!("What was seen [default: watch-ELECTION.jsonl here]",
        "Файл с тем, что было видно [по умолчанию: watch-ВЫБОРЫ.jsonl здесь]"))]
    state: Option<PathBuf>,
    #[arg(long, default_value_t = 30, help = tr!("Seconds between two looks", "Сколько секунд между проверками"))]
    every: u64,
    #[arg(long, help = tr!("Look once and end", "Проверить один раз и закончить"))]
    once: bool,
    #[arg(long, value_name = "DIR", help = tr!("Also keep the record so far here: veche recover puts lost entries back from it",
        "Хранить здесь и копию журнала: из неё veche recover вернёт потерянное"))]
    mirror: Option<PathBuf>,
    #[arg(long, allow_hyphen_values = true, help = tr!("The election id on a card", "Id выборов с карточки"))]
    election: Option<String>,
    #[arg(long, value_name = "HASH", help = tr!("The hash of the booth that was announced, or none [default: the one seen before]",
        "Объявленный хеш кабины или none [по умолчанию: та, что была видна прежде]"))]
    booth: Option<String>,
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
    let WatchArgs { url, state, every, once, mirror, election, booth } = args;
    let mut watch = Watch::begin(Watching { address: client::at(&url)?, election, state, mirror, booth })?;
    let (mut told, mut terminal) = (String::new(), Terminal::default());
    loop {
        match watch.look(&mut terminal).map(|looked| looked.text()) {
            // Whoever watches for days reads what has changed.
            Ok(said) if said == told => {}
            Ok(said) => {
                println!("{said}");
                told = said;
            }
            // A server that is away for a moment forks nothing.
            Err(failure) if failure.exit != Exit::CheckFailed && !once => terminal.tell(failure.what),
            Err(failure) => return Err(failure),
        }
        if once {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(every.max(1))).await;
    }
}

/// What is watched, and where what was seen is kept.
pub struct Watching {
    pub address: Address,
    /// The election id, as it stands on a card.
    pub election: Option<String>,
    /// A file; if none is named, one of the election's in the working folder.
    pub state: Option<PathBuf>,
    /// A folder for the record so far.
    pub mirror: Option<PathBuf>,
    /// The hash of the booth that was announced, or `none`; if absent, the one seen before.
    pub booth: Option<String>,
}

/// A log and its booth, looked at again and again.
pub struct Watch {
    log: LogWatch,
    booth: BoothWatch,
    mirror: Option<Mirror>,
}

impl Watch {
    /// # Errors
    /// The server is away or serves another election, or what was seen before cannot be read.
    pub fn begin(watching: Watching) -> Result<Self> {
        let Watching { address, election: on_card, state, mirror, booth } = watching;
        let election = address.election()?;
        refuse_another(&address, &election, on_card.as_deref())?;
        let state = state.unwrap_or_else(|| PathBuf::from(format!("watch-{}.jsonl", short(&election))));
        let mirror = mirror.map(|dir| Mirror::open(&dir, &election)).transpose()?;
        let booth = BoothWatch::new(&state, &election, booth.as_deref())?;
        Ok(Self { log: LogWatch::new(address, election, state)?, booth, mirror })
    }

    /// At the log and at the booth: what is wrong with one hides nothing of the other.
    ///
    /// # Errors
    /// Exit [`Exit::CheckFailed`] is an alarm, whose evidence is kept; all else is a server that is away.
    pub fn look(&mut self, front: &mut dyn Front) -> Result<Looked> {
        let log = self.look_at_log(front);
        let booth = self.booth.look(&self.log.address);
        match (log, booth) {
            (Ok((shown, mirrored)), Ok(booth)) => {
                let (named, never_served) = self.compare_with_log(&shown)?;
                self.booth.accept()?;
                let cosigned = witnesses(&self.log.election, &shown);
                Ok(Looked { entries: shown.checkpoint.size, cosigned, mirrored, booth, named, never_served })
            }
            (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
            (Err(log), Err(booth)) => Err(both(log, booth)),
        }
    }

    /// What the board has signed is kept before anything else is asked of its server: it is evidence, whatever comes.
    fn look_at_log(&mut self, front: &mut dyn Front) -> Result<(Signed, Option<Mirrored>)> {
        let shown = self.log.look()?;
        self.log.remember(&shown)?;
        let Some(mirror) = &mut self.mirror else { return Ok((shown, None)) };
        let whole = mirror.follow(&self.log.address, &shown.checkpoint, &shown.note, front)?;
        Ok((shown, Some(if whole { Mirrored::Whole } else { Mirrored::AfterClosing })))
    }
}

fn refuse_another(address: &Address, election: &Election, on_card: Option<&str>) -> Result<()> {
    if on_card.is_some_and(|id| !names(id, election.id())) {
        return Err(broken(tr!(
            "{} serves election {}, not the one on your card",
            "на {} выборы {}, а не те, что на карточке",
            address.url(),
            paper_id(election.id())
        )));
    }
    Ok(())
}

fn short(election: &Election) -> String {
    election.id().to_string().chars().take(8).collect()
}

/// One look by whoever is about to sign an act: the log begins with all that is in the file. Is it kept there too?
pub fn see(address: &Address, election: &Election, state: &Path, remember: bool) -> Result<Signed> {
    let mut watch = LogWatch::new(address.clone(), election.clone(), state.to_owned())?;
    let shown = watch.look()?;
    if remember {
        watch.remember(&shown)?;
    }
    Ok(shown)
}

struct LogWatch {
    address: Address,
    election: Election,
    /// Checkpoints that were found consistent, one a line.
    state: PathBuf,
    /// Where the proof of a fork goes, and signed checkpoints that nothing proves consistent.
    fork: PathBuf,
    unproven: PathBuf,
    last: Option<Signed>,
}

impl LogWatch {
    fn new(address: Address, election: Election, state: PathBuf) -> Result<Self> {
        let short = short(&election);
        let fork = state.with_file_name(format!("fork-{short}.json"));
        let unproven = state.with_file_name(format!("unproven-{short}.jsonl"));
        let last = last_seen(&state, &election)?;
        Ok(Self { address, election, state, fork, unproven, last })
    }

    fn remember(&mut self, shown: &Signed) -> Result<()> {
        if self.last.as_ref().map(|seen| &seen.checkpoint) != Some(&shown.checkpoint) {
            keep(&self.state, &self.election, &shown.note)?;
            self.last = Some(shown.clone());
        }
        Ok(())
    }

    /// One look, whose evidence is kept where it shows that something is wrong.
    fn look(&self) -> Result<Signed> {
        let error = match self.address.look(&self.election, self.last.as_ref()) {
            Ok(shown) => return Ok(shown),
            Err(error) => error,
        };
        match &error {
            LookError::Request(_) | LookError::Checkpoint(_) => {}
            LookError::Forked(proof) => {
                home::write_atomically(&self.fork, &proof.to_bytes(), 0o644)?;
                return Err(forked(&self.fork));
            }
            LookError::WentBack { shown, .. } | LookError::Unproven { shown, .. } | LookError::NotInLog { shown } => {
                keep(&self.unproven, &self.election, &shown.note)?;
            }
        }
        Err(error.into())
    }
}

/// Of two notes that the board has signed and that do not go together: the later one is kept beside `file` as evidence, and
/// where the server's tiles are there, so is the proof of the fork, whose path this gives.
pub fn keep_evidence(
    file: &Path,
    election: &Election,
    before: &str,
    now: &str,
    address: Option<&Address>,
) -> Result<Option<PathBuf>> {
    let short = short(election);
    keep(&file.with_file_name(format!("unproven-{short}.jsonl")), election, now)?;
    let size = |note: &str| Signed::open(note.to_owned(), election).map_or(0, |signed| signed.checkpoint.size);
    let (older, newer) = if size(before) <= size(now) { (before, now) } else { (now, before) };
    let tiles = address.map(|address| address.tiles(size(newer)));
    let Some(proof) = tiles.and_then(|tiles| ForkProof::of_heads(election, older, newer, &tiles)) else {
        return Ok(None);
    };
    let path = file.with_file_name(format!("fork-{short}.json"));
    home::write_atomically(&path, &proof.to_bytes(), 0o644)?;
    Ok(Some(path))
}

fn forked(proof: &Path) -> Failure {
    let proof = proof.display();
    broken(tr!(
        "the board has signed two logs that cannot both be true. The proof is in {proof}",
        "сервер подписал два журнала, которые не могут быть верны оба. Доказательство в {proof}"
    ))
    .next(tr!("Show it to everybody: veche verify-fork {proof}", "Покажите его всем: veche verify-fork {proof}"))
}

impl From<LookError> for Failure {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Request(error) => error.into(),
            LookError::Checkpoint(error) => {
                broken(tr!("the server's checkpoint: {error}", "состояние журнала на сервере: {error}"))
            }
            error @ LookError::Forked(_) => broken(error.to_string()),
            LookError::WentBack { seen, shown } => broken(tr!(
                "the server has gone back to an older log: it shows one of size {}, and size {seen} was signed before (state file)",
                "сервер показывает записей {}; раньше было подписано {seen} (файл состояния). Он вернулся к старому журналу",
                shown.checkpoint.size
            )),
            LookError::Unproven { seen, shown } => broken(tr!(
                "the server does not prove that its log of size {} begins with the log of size {seen} that was signed before",
                "сервер не даёт плиток, доказывающих, что виденное раньше (записей {seen}) — начало его журнала (записей {})",
                shown.checkpoint.size
            )),
            LookError::NotInLog { shown } => broken(tr!(
                "the server says that this is in its log, but its log (size {}) does not show it: perhaps nothing has happened",
                "сервер говорит, что это в журнале, но журнал (записей {}) этого не показывает: возможно, ничего не произошло",
                shown.checkpoint.size
            ))
            .next(tr!(
                "Look how it stands (veche status), then give the same command again. If it happens again, ask who runs the server, \
                 and tell the others: it does not do what it says.",
                "Посмотрите, как обстоит дело (veche status), и повторите ту же команду. Если так будет снова, спросите того, кто \
                 ведёт сервер, и сообщите остальным: он не делает того, что говорит."
            )),
        }
    }
}

fn witnesses(election: &Election, shown: &Signed) -> Option<Cosigned> {
    let WitnessPlan { keys, quorum } = election.draft().witnesses.as_ref()?;
    let by = keys.iter().filter(|key| key.find(&shown.checkpoint, &shown.note).is_some()).count();
    Some(Cosigned { by, quorum: *quorum })
}

/// What the two logs prove, and to whom to show it.
pub fn show_fork(proof: &Path) -> String {
    let proof = proof.display();
    tr!(
        "The board has signed two logs that cannot both be true. Show the proof to everybody: veche verify-fork {proof}",
        "Сервер подписал два журнала, которые не могут быть верны оба. Покажите доказательство всем: veche verify-fork {proof}"
    )
}

/// Two failures in one: a check that failed is the worse, and nothing is said twice.
fn both(log: Failure, booth: Failure) -> Failure {
    let exit = if booth.exit == Exit::CheckFailed { booth.exit } else { log.exit };
    let what = if log.what == booth.what { log.what } else { Sentence::of(|| format!("{}\n{}", log.what, booth.what)) };
    let next: Vec<String> = [log.next, booth.next].into_iter().flatten().map(|next| next.to_string()).collect();
    let failure = Failure { exit, what, next: None, ways: Box::default() };
    if next.is_empty() { failure } else { failure.next(next.join("\n")) }
}

fn broken(what: String) -> Failure {
    Failure::new(Exit::CheckFailed, what)
}

/// The last line of the file, verified again.
pub fn last_seen(file: &Path, election: &Election) -> Result<Option<Signed>> {
    let Some(bytes) = files::read_note(file)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let Some(line) = text.lines().last() else { return Err(emptied(file)) };
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
    let signed = Signed::open(seen.checkpoint, election);
    signed.map(Some).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// A file that says nothing was written once: nobody makes an empty one.
fn emptied(file: &Path) -> Failure {
    let file = file.display();
    broken(tr!(
        "{file} is empty: what was seen of the log before is not known",
        "{file} пуст: что было видно в журнале раньше, неизвестно"
    ))
    .next(tr!(
        "Put it back from a copy. If you know how it was emptied (a power cut, a full disk) and that nobody else did it, \
         remove it.",
        "Верните его из копии. Если вы знаете, отчего он опустел (сбой питания, полный диск), и это сделал не кто-то другой, \
         удалите его."
    ))
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

/// Whose board has signed the two logs that the file proves.
///
/// # Errors
/// It proves nothing.
pub fn proven_fork(file: &Path) -> Result<Election> {
    let bytes = files::read(file)?;
    ForkProof::verify(&bytes)
        .map_err(|error| broken(tr!("this proves nothing: {error}", "это ничего не доказывает: {error}")))
}

/// `veche verify-fork`.
pub fn verify_fork(file: &Path) -> Result<()> {
    let election = proven_fork(file)?;
    println!(
        "{}",
        tr!(
            "Proven: the board of election {} has signed two different logs.\nCompare the id with the one on a card. «{}»",
            "Доказано: сервер выборов {} подписал два разных журнала.\nСравните id с тем, что на карточке. «{}»",
            paper_id(election.id()),
            crate::show::safe(&election.draft().title)
        )
    );
    Ok(())
}
