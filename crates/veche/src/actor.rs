//! Whoever signs acts, and what they remember of the log. An act names the log that its signer saw, and is signed only
//! for one that begins with all that was seen before. Spec: `docs/spec/entry.md` section 7.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use veche_client::{Address, link::paper_id, told::NextControl};
use veche_election::{
    Act, AddedVoter, Election, Hash, Signatory, SigningKey, Subtrees, VoterNumber,
    ceremony::TrusteeSecret,
    entry::{ControlEntry, ControlLink, EntryBytes},
    log::{Head, leaf_hash},
    record::MANIFEST_FILE,
};
use veche_server::{clock::Clock, home::read_signing_key, sequencer::Published};

use crate::{
    failure::{Exit, Failure, Result},
    files,
    front::Front,
    keyfile,
    lang::both,
    watch,
};

/// Places lost to others before an act is given up.
const RACES: usize = 10;
/// How often the log is looked at for an act that the server has taken: a proxy may show an older state for a moment.
const LOOKS: usize = 5;
const LOOK_PAUSE: Duration = Duration::from_millis(300);
/// Behind the name of a key's file: the file with the checkpoints that its holder has seen.
const MEMORY_SUFFIX: &str = ".seen.jsonl";

pub struct Actor {
    by: Signatory,
    key: SigningKey,
    /// Lies beside the key.
    memory: PathBuf,
    /// The election that was looked at before, if it was: an act is signed for no other one.
    election: Option<Hash>,
    /// How far the log was verified before, if it was: an act is signed only for a log that begins so.
    behind: Option<Head>,
    /// Who it is that an act of theirs adds to the roll: told to the host alone.
    voter: Option<(VoterNumber, String)>,
    /// What is remembered is read, compared and written by one command at a time.
    _held: Option<File>,
}

impl Actor {
    pub fn organiser(key_file: &Path, front: &mut dyn Front) -> Result<Self> {
        let (key, held) = (read_signing_key(key_file)?, keyfile::hold(key_file, front)?);
        files::warn_if_readable(key_file, front);
        let (memory, election) = (memory_of(key_file), beside(key_file)?);
        Ok(Self { by: Signatory::Organiser, key, memory, election, behind: None, voter: None, _held: Some(held) })
    }

    /// Whose next act adds this voter.
    pub fn adding(self, number: VoterNumber, name: String) -> Self {
        Self { voter: Some((number, name)), ..self }
    }

    /// What the host is sent: the act, and behind it whom it adds.
    pub fn sent(&self, election: &Election, entry: &[u8]) -> Vec<u8> {
        let Some((number, name)) = &self.voter else { return entry.to_vec() };
        let line = AddedVoter::sign(election.id(), leaf_hash(entry), *number, name, &self.key);
        [entry, &line].join(&b'\n')
    }

    /// The caller holds the key's file where others may use it at the same time.
    pub fn trustee(secret: &TrusteeSecret, key_file: &Path, election: Hash) -> Self {
        Self {
            by: Signatory::Trustee,
            key: secret.signing_key(),
            memory: memory_of(key_file),
            election: Some(election),
            behind: None,
            voter: None,
            _held: None,
        }
    }

    /// Whose next act is signed for a log that begins with this one.
    pub fn behind(self, head: Head) -> Self {
        Self { behind: Some(head), ..self }
    }

    /// Nobody signs for an election that is not the one they looked at: whoever shows another one meanwhile would have the key
    /// bound to it.
    fn refuse_another(&self, election: &Election) -> Result<()> {
        let Some(id) = self.election.filter(|id| *id != election.id()) else { return Ok(()) };
        Err(Failure::new(
            Exit::CheckFailed,
            both!(
                "what is shown is election {}, and this act is for election {}",
                "показаны выборы {}, а действие — для выборов {}",
                paper_id(election.id()),
                paper_id(id)
            ),
        )
        .next(both!(
            "Nothing was signed. Somebody on the way, or the server, shows another election: tell the others.",
            "Ничего не подписано. Кто-то по пути или сам сервер показывает другие выборы: сообщите остальным."
        )))
    }

    /// Is the log that this act was signed for remembered? Of a log in which shares are due it is the closing that counts, and
    /// that is remembered by itself: the same sum, published again at another time, must not lock a trustee out.
    fn remembers(act: &Act) -> bool {
        !matches!(act, Act::Share { .. })
    }

    /// `closes` is the closing time in force.
    fn sign(&self, election: &Election, link: ControlLink, closes: Option<u64>, act: &Act) -> EntryBytes {
        let at = Clock::system().wall();
        ControlEntry::sign(election.id(), link, at, self.by, act.clone().signed_at(at, closes), &self.key)
    }

    /// For the log in one's own folder.
    pub fn sign_here(&self, election: &Election, published: &Published, act: &Act) -> Result<Vec<u8>> {
        self.refuse_another(election)?;
        if self.behind.is_some_and(|head| published.tree().root_at(head.size) != Some(head.root)) {
            return Err(not_the_verified());
        }
        let seen = watch::last_seen(&self.memory, election)?.map(|seen| seen.checkpoint);
        if let Some(seen) = &seen
            && published.tree().root_at(seen.size) != Some(seen.root)
        {
            return Err(Failure::new(
                Exit::CheckFailed,
                both!(
                    "the log in this folder does not begin with the one that you have seen before (entries: {})",
                    "журнал в этой папке не начинается с тех записей ({}), что вы видели раньше",
                    seen.size
                ),
            )
            .next(both!(
                "Nothing was signed. Is this an older copy? What you have seen: {}",
                "Ничего не подписано. Не старая ли это копия? То, что вы видели, хранится в {}",
                self.memory.display()
            )));
        }
        if Self::remembers(act) && published.size > seen.map_or(0, |seen| seen.size) {
            watch::keep(&self.memory, election, &published.checkpoint)?;
        }
        Ok(self.sign(election, published.link, published.closes, act).into())
    }

    /// Through a running server. Whose place another has taken, or whose view of the log is refused as too old, looks
    /// again and signs again; nothing is signed twice for the same log. Done is what the log shows, whatever the server says.
    pub fn send(&self, address: &Address, act: &Act) -> Result<()> {
        let election = address.election()?;
        if self.by == Signatory::Organiser && self.key.public() != election.keys().organiser {
            return Err(Failure::usage(both!(
                "this is not the organiser's key of the election at {}",
                "это не ключ организатора выборов по адресу {}",
                address.url()
            )));
        }
        self.refuse_another(&election)?;
        let mut seen = self.look(address, &election, act)?;
        for _ in 1..RACES {
            let (link, closes) = seen;
            let entry = self.sign(&election, link, closes, act);
            let refused = match address.post("/control", &self.sent(&election, &entry)) {
                Ok(answer) => return self.see_done(address, &election, &entry, &answer),
                Err(refused) => refused,
            };
            let now = self.look(address, &election, act)?;
            if now == seen {
                return Err(refused.into());
            }
            seen = now;
        }
        let (link, closes) = seen;
        let entry = self.sign(&election, link, closes, act);
        let answer = address.post("/control", &self.sent(&election, &entry))?;
        self.see_done(address, &election, &entry, &answer)
    }

    /// The very entry stands where the server says, under a checkpoint that the board has signed and that has grown out of
    /// what was seen before.
    fn see_done(&self, address: &Address, election: &Election, entry: &[u8], answer: &[u8]) -> Result<()> {
        // An answer of another form names no place, so nothing is shown.
        let index = serde_json::from_slice::<Appended>(answer).map_or(u64::MAX, |answer| answer.index);
        for _ in 1..LOOKS {
            let shown = watch::see(address, election, &self.memory, false)?;
            if address.has_entry(&shown, index, leaf_hash(entry)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_PAUSE);
        }
        let shown = watch::see(address, election, &self.memory, false)?;
        Ok(address.has_entry(&shown, index, leaf_hash(entry))?)
    }

    /// Where the next act stands, and behind which log: one that has grown out of what was seen before. The place is
    /// only what the server says, as is the closing time in force; with a wrong one the act fits nowhere.
    fn look(&self, address: &Address, election: &Election, act: &Act) -> Result<(ControlLink, Option<u64>)> {
        let status = address.status()?;
        let NextControl { n, prev } = status.control;
        let shown = watch::see(address, election, &self.memory, Self::remembers(act))?;
        if let Some(head) = self.behind
            && address.begins_with(&shown, head).is_err()
        {
            return Err(not_the_verified());
        }
        let seen = shown.checkpoint.head();
        Ok((ControlLink { n, prev, seen }, status.closes))
    }
}

fn not_the_verified() -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!(
            "the log that is shown now does not begin with the one that was verified",
            "журнал, показанный теперь, не начинается с того, что был проверен"
        ),
    )
    .next(both!(
        "Nothing was signed. Somebody shows you two logs: tell the other trustees.",
        "Ничего не подписано. Вам показывают два журнала: сообщите остальным доверенным."
    ))
}

/// The election in whose folder a key lies: an organiser's key is made there. A manifest that cannot be read is not none.
fn beside(key_file: &Path) -> Result<Option<Hash>> {
    let path = key_file.with_file_name(MANIFEST_FILE);
    let Some(manifest) = files::read_note(&path)? else { return Ok(None) };
    let election = Election::parse(&manifest)
        .map_err(|error| Failure::new(Exit::CheckFailed, format!("{}: {error}", path.display())))?;
    Ok(Some(election.id()))
}

/// What the server answers to an act.
#[derive(Deserialize)]
struct Appended {
    index: u64,
}

fn memory_of(key_file: &Path) -> PathBuf {
    let mut name = key_file.as_os_str().to_owned();
    name.push(MEMORY_SUFFIX);
    name.into()
}
