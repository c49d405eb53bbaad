//! What `veche watch` does about the booth: fetches it as a browser would, compares it with its list, and the list with what was
//! seen before or announced. Spec: `docs/spec/booth.md` section 6.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use veche_client::{
    Address,
    booth::{BoothList, BoothLookError, CHECK, INDEX, LIST},
};
use veche_election::{Election, Hash};
use veche_server::clock::Clock;

use super::{broken, short};
use crate::{
    failure::{Failure, Result},
    files,
    lang::tr,
};

/// All files are fetched so often, the pages and the list at every look.
const WHOLE_EVERY: Duration = Duration::from_secs(600);
/// Of a hash that is told beside other things.
const TOLD_CHARS: usize = 16;
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
    announced: Option<Option<String>>,
    whole_at: Option<Instant>,
}

impl BoothWatch {
    /// `announced`: as `--booth` has it.
    pub fn new(beside: &Path, election: &Election, announced: Option<&str>) -> Result<Self> {
        let state = beside.with_file_name(format!("booth-{}.jsonl", short(election)));
        let seen = last_seen(&state, election.id())?;
        let announced = announced.map(hash_or_none).transpose()?;
        Ok(Self { election: election.id(), state, seen, announced, whole_at: None })
    }

    /// One look, and what to say of it.
    pub fn look(&mut self, address: &Address) -> Result<String> {
        let list = address.booth_list().map_err(|error| self.failed(error))?;
        let whole = self.whole_at.is_none_or(|at| at.elapsed() >= WHOLE_EVERY);
        if let Some(list) = &list {
            address
                .look_at_booth(list, |path| whole || matches!(path, INDEX | CHECK | LIST))
                .map_err(|error| self.failed(error))?;
        }
        if whole {
            self.whole_at = Some(Instant::now());
        }
        self.compare(list.as_ref())?;
        Ok(match &list {
            Some(list) => {
                let hash: String = list.hash_text().chars().take(TOLD_CHARS).collect();
                tr!("; booth {hash}…", "; кабина {hash}…")
            }
            None => tr!("; no booth", "; кабины нет"),
        })
    }

    /// With what was announced, else with what was seen before.
    fn compare(&mut self, list: Option<&BoothList>) -> Result<()> {
        let served = list.map(BoothList::hash_text);
        let expected = self.announced.as_ref().or(self.seen.as_ref());
        if expected.is_some_and(|expected| *expected != served) {
            return Err(self.another(list, &served));
        }
        if self.seen.as_ref() != Some(&served) {
            self.remember(&served)?;
            self.seen = Some(served);
        }
        Ok(())
    }

    /// What is served instead is evidence, and kept.
    fn another(&self, list: Option<&BoothList>, served: &Option<String>) -> Failure {
        let none = || tr!("none", "никакой");
        let expected = self.announced.clone().or(self.seen.clone()).flatten().unwrap_or_else(none);
        let what = if self.announced.is_some() {
            tr!("the booth is another than the one given: {expected}", "кабина не та, что указана: {expected}")
        } else {
            tr!("the booth has changed. Before it was: {expected}", "кабина сменилась. Прежде была: {expected}")
        };
        let accept = served.clone().unwrap_or_else(|| NONE.into());
        let kept = list.map(|list| self.keep(&format!("{}.txt", list.hash_text()), list.bytes())).unwrap_or_default();
        let served = served.clone().unwrap_or_else(none);
        broken(tr!("{what}\nnow it is: {served}", "{what}\nтеперь: {served}")).next(tr!(
            "Do not vote there in a browser before you know why; ask the organiser, and tell the others. If this booth was \
             announced, or follows from the published sources (tools/check-booth {accept}), go on with --booth {accept}{kept}",
            "Не голосуйте там в браузере, пока не знаете причину; спросите организатора и сообщите остальным. Если эта кабина \
             объявлена или следует из опубликованных исходников (tools/check-booth {accept}), продолжайте с --booth {accept}{kept}"
        ))
    }

    fn failed(&self, error: BoothLookError) -> Failure {
        let kept = match &error {
            BoothLookError::Differs { path, given, .. } => self.keep(&path.replace('/', "-"), given),
            _ => String::new(),
        };
        match error {
            BoothLookError::Request(error) => error.into(),
            error => broken(error.to_string()).next(tr!(
                "Whoever votes there in a browser is given another page than the published one. Do not vote there in a browser; \
                 tell the organiser and the others.{kept}",
                "Кто голосует там в браузере, получает не ту страницу, что опубликована. Не голосуйте там в браузере; сообщите \
                 организатору и остальным.{kept}"
            )),
        }
    }

    /// Evidence, beside the state; says where it is.
    fn keep(&self, name: &str, bytes: &[u8]) -> String {
        let file = self.state.with_extension(format!("served.{name}"));
        let (written, file) = (std::fs::write(&file, bytes), file.display().to_string());
        match written {
            Ok(()) => tr!("\nWhat was given is kept in {file}", "\nПолученное сохранено в {file}"),
            Err(error) => tr!(
                "\nWhat was given could not be kept: {file}: {error}",
                "\nСохранить полученное не вышло: {file}: {error}"
            ),
        }
    }

    fn remember(&self, served: &Option<String>) -> Result<()> {
        let seen = Seen { at: Clock::system().wall(), election: self.election, booth: served.clone() };
        let line = serde_json::to_string(&seen).map_err(Failure::other)? + "\n";
        let written = std::fs::OpenOptions::new().create(true).append(true).open(&self.state).and_then(|mut out| {
            out.write_all(line.as_bytes())?;
            out.sync_data()
        });
        written.map_err(|error| Failure::other(format!("{}: {error}", self.state.display())))
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

fn last_seen(file: &Path, election: Hash) -> Result<Option<Option<String>>> {
    let Some(bytes) = files::read_note(file)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let Some(line) = text.lines().last() else { return Err(super::emptied(file)) };
    let seen: Seen =
        serde_json::from_str(line).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    if seen.election != election {
        return Err(broken(tr!("{} is of another election", "{} — от других выборов", file.display())));
    }
    Ok(Some(seen.booth))
}
