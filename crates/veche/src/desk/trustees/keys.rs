//! A trustee's keys at this desk: the key file under its passphrase, the notes that the program keeps beside it, and one of the
//! desk's own: where the ceremony is, what was typed of the others' codes, when which step was done. Nothing of that is secret, and
//! nothing of it is believed where a key speaks.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use veche_election::Hash;
use veche_server::{
    Home,
    clock::Clock,
    home::{self, make_private_dir},
};

use crate::{
    desk::{Desk, answer::Refused, places::KEYS_DIR},
    failure::{Failure, Result},
    files,
    lang::{Sentence, both, tr},
    trustee::{KeyHolder, TRUSTEES_DIR, local_key},
};

const ENDING: &str = ".key";
/// What the program keeps beside a key, and the desk.
pub const NOTES: [&str; 5] = [".ceremony.json", ".closing.json", ".opened.json", ".seen.jsonl", MEMO];
/// What the key has said, for which closing it stands, what it has opened: the notes that must not be lost. (The first of [`NOTES`].)
const WEIGHTY: usize = 3;
const MEMO: &str = ".desk.json";
const NAME_MAX_BYTES: usize = 80;
/// Notes are read, changed and written in one step.
static NOTING: Mutex<()> = Mutex::new(());
/// As many keys of one election at one desk are a mistake.
const SAME_MAX: u32 = 100;

/// What the desk knows of a key without opening it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memo {
    pub at: String,
    pub number: u32,
    pub name: String,
    pub title: String,
    pub draft: Hash,
    pub count: u32,
    pub threshold: u32,
    /// Of the key, as it was made.
    pub fingerprint: String,
    /// By what is compared, then by trustee: as it was typed.
    #[serde(default)]
    pub typed: BTreeMap<String, BTreeMap<u32, String>>,
    /// When which step was done here, Unix seconds.
    #[serde(default)]
    pub steps: BTreeMap<String, u64>,
    #[serde(default)]
    pub backup: Backup,
    /// How it stood when somebody looked last.
    #[serde(default)]
    pub stood: Option<Stood>,
}

/// Of which notes a backup was made, and of which one was read back and found to work.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    pub made: Option<Hash>,
    pub proved: Option<Hash>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stood {
    pub at: u64,
    pub stage: String,
    #[serde(rename = "do")]
    pub next: String,
    pub text: Sentence,
    pub telephone: bool,
}

pub struct Key {
    pub id: String,
    pub file: PathBuf,
    /// It lies in an election of this desk, whose organiser has made all keys, and is under no passphrase.
    pub is_local: bool,
    pub memo: Memo,
}

impl Key {
    /// # Errors
    /// There is none of this name, or its note cannot be read.
    pub fn find(desk: &Desk, id: &str) -> std::result::Result<Self, Refused> {
        if let Some((election, number)) = id.rsplit_once(':') {
            let number = number.parse().map_err(|_| unknown(id))?;
            return Self::local(&desk.place(election)?.home, id, number)?.ok_or_else(|| unknown(id));
        }
        let file = file_of(&desk.folder, id).filter(|file| files::is_taken(file)).ok_or_else(|| unknown(id))?;
        let memo = read_memo(&file)?.ok_or_else(|| no_memo(&file))?;
        Ok(Self { id: id.into(), file, is_local: false, memo })
    }

    /// Key `number` in the folder of an election whose trustees' keys were all made there.
    fn local(home: &Home, id: &str, number: u32) -> Result<Option<Self>> {
        let file = local_key(home, number);
        if !files::is_taken(&file) {
            return Ok(None);
        }
        let draft = if home.has_draft() { home.draft()? } else { home.election()?.draft().clone() };
        let plan = draft.trustees.map_or((0, 0), |plan| (plan.count, plan.threshold));
        let made = || Memo {
            at: home.dir().display().to_string(),
            number,
            name: tr!("Trustee {number}", "Доверенный {number}"),
            title: draft.title.clone(),
            draft: draft.id(),
            count: plan.0,
            threshold: plan.1,
            fingerprint: String::new(),
            typed: BTreeMap::new(),
            steps: BTreeMap::new(),
            backup: Backup::default(),
            stood: None,
        };
        let memo = read_memo(&file)?.unwrap_or_else(made);
        Ok(Some(Self { id: id.into(), file, is_local: true, memo }))
    }

    /// A name for a new key that nothing has yet.
    ///
    /// # Errors
    /// The folder of keys cannot be made.
    pub fn new_file(folder: &Path, draft: Hash, number: u32) -> Result<(String, PathBuf)> {
        make_private_dir(&folder.join(KEYS_DIR))?;
        let short: String = draft.to_string().chars().take(8).collect();
        let mut ids = (1..SAME_MAX).map(|n| match n {
            1 => format!("{short}-trustee-{number}"),
            n => format!("{short}-trustee-{number}-{n}"),
        });
        let free = |id: &String| {
            let beside = |ending: &&str| folder.join(KEYS_DIR).join(format!("{id}{ENDING}{ending}"));
            [""].iter().chain(&NOTES).all(|ending| !files::is_taken(&beside(ending)))
        };
        let id = ids.find(free).ok_or_else(|| {
            Failure::usage(both!(
                "there are too many keys of this election here",
                "здесь слишком много ключей этих выборов"
            ))
        })?;
        let file = folder.join(KEYS_DIR).join(format!("{id}{ENDING}"));
        Ok((id, file))
    }

    /// All at this desk.
    pub fn all(desk: &Desk) -> Vec<Self> {
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(desk.folder.join(KEYS_DIR)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            ids.extend(name.strip_suffix(ENDING).map(str::to_owned));
        }
        for entry in std::fs::read_dir(&desk.folder).into_iter().flatten().flatten() {
            let election = entry.file_name().to_string_lossy().into_owned();
            for key in std::fs::read_dir(entry.path().join(TRUSTEES_DIR)).into_iter().flatten().flatten() {
                let name = key.file_name().to_string_lossy().into_owned();
                let number = name.strip_prefix("trustee-").and_then(|name| name.strip_suffix(ENDING));
                ids.extend(number.map(|number| format!("{election}:{number}")));
            }
        }
        ids.sort();
        ids.iter().filter_map(|id| Self::find(desk, id).ok()).collect()
    }

    pub fn holder(&self) -> KeyHolder {
        KeyHolder { at: self.memo.at.clone(), key: self.file.clone() }
    }

    /// How work on it is called.
    pub fn work(&self) -> String {
        format!("{KEYS_DIR}/{}", self.id)
    }

    /// # Errors
    /// The disk.
    pub fn note(&mut self, change: impl FnOnce(&mut Memo)) -> Result<()> {
        // Another window, or a work, may have noted something meanwhile; of a folder there is one desk.
        let _noting = NOTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(memo) = read_memo(&self.file)? {
            self.memo = memo;
        }
        change(&mut self.memo);
        write_memo(&self.file, &self.memo)
    }

    pub fn did(&mut self, step: &str) -> Result<()> {
        let at = Clock::system().wall();
        self.note(|memo| _ = memo.steps.insert(step.into(), at))
    }

    pub fn notes_hash(&self) -> Hash {
        notes_hash(|ending| files::read_note(&beside(&self.file, ending)).ok().flatten())
    }

    /// Of its backup: `none`, `unproved`, `older` or `good`.
    fn backup(&self) -> &'static str {
        let Backup { made, proved } = &self.memo.backup;
        let now = self.notes_hash();
        match (made, proved) {
            (_, Some(proved)) if *proved == now => "good",
            (Some(made), _) if *made == now => "unproved",
            (_, Some(_)) | (Some(_), None) => "older",
            (None, None) => "none",
        }
    }

    /// What everybody may see of it without opening it.
    pub fn json(&self) -> Value {
        let Memo { at, number, name, title, stood, .. } = &self.memo;
        let next = stood.as_ref().map(|s| json!({ "do": s.next, "text": *s.text, "telephone": s.telephone }));
        json!({
            "key": self.id, "at": at, "number": number, "name": name, "title": title, "local": self.is_local,
            "stage": stood.as_ref().map(|stood| &stood.stage), "next": next,
            "seen": stood.as_ref().map(|stood| stood.at), "backup": self.backup(),
        })
    }
}

/// What the notes hold that must not be lost, by what reads one.
pub fn notes_hash(read: impl Fn(&str) -> Option<Vec<u8>>) -> Hash {
    let mut all = Vec::new();
    for ending in NOTES.iter().take(WEIGHTY) {
        let note = read(ending).unwrap_or_default();
        all.extend_from_slice(ending.as_bytes());
        all.extend_from_slice(&note.len().to_be_bytes());
        all.extend_from_slice(&note);
    }
    Hash::of(&all)
}

/// Of keys for the list of this desk.
pub fn list(desk: &Desk) -> Vec<Value> {
    Key::all(desk).iter().map(Key::json).collect()
}

fn file_of(folder: &Path, id: &str) -> Option<PathBuf> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_one = !id.is_empty() && id.len() <= NAME_MAX_BYTES && id.bytes().all(fits);
    is_one.then(|| folder.join(KEYS_DIR).join(format!("{id}{ENDING}")))
}

pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

fn read_memo(file: &Path) -> Result<Option<Memo>> {
    let path = beside(file, MEMO);
    let Some(bytes) = files::read_note(&path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| {
        let shown = path.file_name().unwrap_or_default().display();
        Failure::other(both!("{shown} cannot be read", "{shown} не читается"))
    })
}

pub fn write_memo(file: &Path, memo: &Memo) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(memo).map_err(Failure::other)?;
    Ok(home::write_atomically(&beside(file, MEMO), &bytes, 0o600)?)
}

fn unknown(id: &str) -> Refused {
    Refused::unknown(both!("there is no key {id:.80} at this desk", "у этого пульта нет ключа {id:.80}"))
}

fn no_memo(file: &Path) -> Refused {
    let shown = file.file_name().unwrap_or_default().display();
    let what = both!("the desk's note beside {shown} is missing", "рядом с {shown} нет заметки пульта");
    Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "other", what)
        .next(both!("Take the key from its backup once more.", "Верните ключ из резервной копии ещё раз."))
}
