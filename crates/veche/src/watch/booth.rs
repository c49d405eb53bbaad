//! What `veche watch` does about the booth: fetches it as a browser would, compares it with its list, and the list with what was
//! seen before or announced. Spec: `docs/spec/booth.md` section 6.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use veche_client::{
    Address,
    booth::{BoothList, Look},
};
use veche_election::{Election, Hash, board::NamedBooth};
use veche_server::clock::Clock;

use super::{LookedAtBooth, broken, short};
use crate::{
    failure::{Failure, Result},
    files,
    lang::{noun, tr},
    russian,
};

/// All files are fetched so often, the pages and the list at every look.
const WHOLE_EVERY: Duration = Duration::from_secs(600);
/// Of answers that no booth gives.
const TOLD_WRONG: usize = 5;
/// Under one name.
const EVIDENCE_MAX: usize = 1000;
/// How `--booth` says that there is none.
pub const NONE: &str = "none";

/// A line of the file: a booth that was taken for the right one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    at: u64,
    election: Hash,
    /// As `sha256sum` writes it; null: the server had no booth.
    booth: Option<String>,
}

pub struct BoothWatch {
    election: Hash,
    /// Beside the state of the log.
    state: PathBuf,
    seen: Option<Option<String>>,
    /// All that were ever served here and found right.
    ever: BTreeSet<String>,
    announced: Option<Option<String>>,
    whole_at: Option<Instant>,
    /// What was served at the last look.
    pub(super) served: Option<BoothList>,
}

impl BoothWatch {
    /// `announced`: as `--booth` has it.
    pub fn new(beside: &Path, election: &Election, announced: Option<&str>) -> Result<Self> {
        let state = beside.with_file_name(format!("booth-{}.jsonl", short(election)));
        let all = all_seen(&state, election.id())?;
        let (seen, ever) = (all.last().cloned(), all.into_iter().flatten().collect());
        let announced = announced.map(hash_or_none).transpose()?;
        Ok(Self { election: election.id(), state, seen, ever, announced, whole_at: None, served: None })
    }

    /// One look, that nothing is wrong with.
    pub fn look(&mut self, address: &Address) -> Result<LookedAtBooth> {
        let whole = self.whole_at.is_none_or(|at| at.elapsed() >= WHOLE_EVERY);
        let mut look = address.look_at_booth(whole)?;
        // All of what is served instead is evidence.
        if !whole && (!look.wrong.is_empty() || self.is_other(&look)) {
            look = address.look_at_booth(true)?;
        }
        if whole {
            self.whole_at = Some(Instant::now());
        }
        let other = self.is_other(&look).then(|| self.another(&look));
        if other.is_some() || !look.wrong.is_empty() {
            return Err(self.alarm(other, &look));
        }
        self.served.clone_from(&look.list);
        Ok(LookedAtBooth { hash: look.list.as_ref().map(BoothList::hash_text), unread: look.unread })
    }

    /// What was served is what later looks are compared with: nothing was found against it.
    pub(super) fn accept(&mut self) -> Result<()> {
        self.remember(self.served.as_ref().map(BoothList::hash_text))
    }

    /// Than what was announced, else than what was seen before. A list that is none is another fault.
    fn is_other(&self, look: &Look) -> bool {
        let served = look.list.as_ref().map(BoothList::hash_text);
        let expected = self.announced.as_ref().or(self.seen.as_ref());
        expected.is_some_and(|expected| *expected != served) && (look.list.is_some() || look.wrong.is_empty())
    }

    fn another(&self, look: &Look) -> Failure {
        let none = || tr!("none", "никакой");
        let served = look.list.as_ref().map(BoothList::hash_text);
        let expected = self.announced.clone().or(self.seen.clone()).flatten().unwrap_or_else(none);
        let what = if self.announced.is_some() {
            tr!("the booth is another than the one given: {expected}", "кабина не та, что указана: {expected}")
        } else {
            tr!("the booth has changed. Before it was: {expected}", "кабина сменилась. Прежде была: {expected}")
        };
        let accept = served.clone().unwrap_or_else(|| NONE.into());
        let served = served.unwrap_or_else(none);
        broken(tr!("{what}\nnow it is: {served}", "{what}\nтеперь: {served}")).next(tr!(
            "Do not vote there in a browser before you know why; ask the organiser, and tell the others. If this booth was \
             announced, or follows from the published sources (tools/check-booth {accept}), go on with --booth {accept}",
            "Не голосуйте там в браузере, пока не узнаете причину; спросите организатора и сообщите остальным. Если эта \
             кабина объявлена или следует из опубликованных исходников (tools/check-booth {accept}), продолжайте с --booth \
             {accept}"
        ))
    }

    /// All that is wrong, and where what was given is kept.
    fn alarm(&self, other: Option<Failure>, look: &Look) -> Failure {
        let mut lines: Vec<String> = other.iter().map(|failure| failure.what.to_string()).collect();
        lines.extend(look.wrong.iter().take(TOLD_WRONG).map(|wrong| russian::said(&wrong.to_string())));
        if let Some(more) = look.wrong.len().checked_sub(TOLD_WRONG).filter(|more| *more > 0) {
            let answers = noun(more as u64, "answer", "answers");
            lines.push(tr!("and {more} more {answers}", "и ещё ответов: {more}"));
        }
        let next = other.and_then(|failure| failure.next).map(|next| next.to_string()).unwrap_or_else(|| {
            tr!(
                "Whoever votes there in a browser may be given another page than the published one. Do not vote there in a \
                 browser; tell the organiser and the others.",
                "Кто голосует там в браузере, может получить не ту страницу, что опубликована. Не голосуйте там в браузере; \
                 сообщите организатору и остальным."
            )
        });
        broken(lines.join("\n")).next(next + &self.keep_all(look))
    }

    /// Evidence, beside the state; says where it is.
    fn keep_all(&self, look: &Look) -> String {
        let mut kept = Vec::new();
        let list = look.list.iter().filter(|_| self.is_other(look));
        let mut evidence: Vec<(String, Vec<u8>)> =
            list.map(|list| (format!("{}.txt", list.hash_text()), list.bytes().to_vec())).collect();
        if self.is_other(look) {
            evidence.extend(look.given.iter().map(|given| (given.path.replace('/', "-"), given.bytes())));
        }
        for given in look.wrong.iter().filter_map(|wrong| wrong.given.as_ref()) {
            let name = given.path.replace('/', "-");
            evidence.push((format!("{name}.head"), given.served.head().into_bytes()));
            evidence.push((name, given.bytes()));
        }
        for (name, bytes) in evidence {
            match self.keep(&name, &bytes) {
                Ok(file) if kept.contains(&file) => {}
                Ok(file) => kept.push(file),
                Err(error) => {
                    return tr!(
                        "\nWhat was given could not be kept: {name}: {error}",
                        "\nСохранить полученное не удалось: {name}: {error}"
                    );
                }
            }
        }
        let Some((first, others)) = kept.split_first() else { return String::new() };
        match others.len() {
            0 => tr!("\nWhat was given is kept in {first}", "\nПолученное сохранено в {first}"),
            more => {
                let files = noun(more as u64, "file", "files");
                tr!(
                    "\nWhat was given is kept in {first} and {more} {files} beside it",
                    "\nПолученное сохранено в {first} и рядом, файлов: {more}"
                )
            }
        }
    }

    /// A list that was served, as evidence; says where it is.
    pub(super) fn keep_list(&self, list: &BoothList) -> String {
        match self.keep(&format!("{}.txt", list.hash_text()), list.bytes()) {
            Ok(file) => tr!("\nWhat was given is kept in {file}", "\nПолученное сохранено в {file}"),
            Err(error) => {
                tr!("\nWhat was given could not be kept: {error}", "\nСохранить полученное не удалось: {error}")
            }
        }
    }

    /// Nothing that was kept before is lost; the same is not kept twice.
    fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<String> {
        for n in 0..EVIDENCE_MAX {
            let ending = if n == 0 { format!("served.{name}") } else { format!("served.{n}.{name}") };
            let file = self.state.with_extension(ending);
            match std::fs::OpenOptions::new().write(true).create_new(true).open(&file) {
                Ok(mut out) => out.write_all(bytes).and_then(|()| out.sync_data())?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let same = std::fs::metadata(&file)?.len() == bytes.len() as u64 && std::fs::read(&file)? == bytes;
                    if !same {
                        continue;
                    }
                }
                Err(error) => return Err(error),
            }
            return Ok(file.display().to_string());
        }
        Err(io::Error::other(tr!("there are {EVIDENCE_MAX} such files already", "таких файлов уже {EVIDENCE_MAX}")))
    }

    /// What was taken for the right one.
    fn remember(&mut self, served: Option<String>) -> Result<()> {
        if self.seen.as_ref() == Some(&served) {
            return Ok(());
        }
        let seen = Seen { at: Clock::system().wall(), election: self.election, booth: served.clone() };
        let line = serde_json::to_string(&seen).map_err(Failure::other)? + "\n";
        let written = std::fs::OpenOptions::new().create(true).append(true).open(&self.state).and_then(|mut out| {
            out.write_all(line.as_bytes())?;
            out.sync_data()
        });
        written.map_err(|error| Failure::other(format!("{}: {error}", self.state.display())))?;
        self.ever.extend(served.clone());
        self.seen = Some(served);
        Ok(())
    }

    /// Of the booths that the log names, those that were never served here. The board said that it serves them: to whom?
    pub(super) fn never_served(&self, named: &[NamedBooth]) -> Vec<NamedBooth> {
        let served = self.served.as_ref().map(BoothList::hash_text);
        let known = |hash: &String| self.ever.contains(hash) || served.as_ref() == Some(hash);
        named.iter().filter(|booth| !known(&HEXLOWER.encode(&booth.hash.0))).copied().collect()
    }
}

/// 64 hexadecimal digits, or the word for none.
fn hash_or_none(text: &str) -> Result<Option<String>> {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        NONE => Ok(None),
        hash if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Some(text)),
        _ => Err(Failure::usage(tr!(
            "\"{text}\" is no hash of a booth: 64 hexadecimal digits, as sha256sum gives them for files.txt, or {NONE}",
            "«{text}» — не хеш кабины: 64 шестнадцатеричные цифры, как их даёт sha256sum для files.txt, или {NONE}"
        ))),
    }
}

/// In their order. None at all where there is no such file.
fn all_seen(file: &Path, election: Hash) -> Result<Vec<Option<String>>> {
    let Some(bytes) = files::read_note(file)? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let mut all = Vec::new();
    for line in text.lines() {
        let seen: Seen =
            serde_json::from_str(line).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        if seen.election != election {
            return Err(broken(tr!("{} is of another election", "{} — от других выборов", file.display())));
        }
        all.push(seen.booth);
    }
    if all.is_empty() { Err(super::emptied(file)) } else { Ok(all) }
}
