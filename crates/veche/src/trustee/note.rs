//! What a trustee's program remembers of a ceremony, beside the key. Three things cannot be told from the messages that
//! somebody shows: under which commitments this key has dealt in a table, that it has answered a complaint, and what it has
//! accepted. A key is made with an empty note, so that a missing one is never taken for one that says nothing.
//! Spec: `docs/spec/trustees.md` section 8.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use veche_election::{Hash, canonical, ceremony::Ceremony};
use veche_server::home;

use crate::{
    failure::{Exit, Failure, Result},
    files,
    lang::{both, tr},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    draft: Hash,
    dealt: Vec<Dealt>,
    /// Transcripts in which this key has answered a complaint.
    answered: Vec<Hash>,
    /// The one transcript that this key has accepted.
    accepted: Option<Hash>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dealt {
    table: Hash,
    commitments: Hash,
}

/// The note beside a key, taken by this process. Everything that it is told is on the disk when it returns.
pub struct Note {
    path: PathBuf,
    memory: Memory,
    /// Two commands with one key, each shown something else, must not both find the note empty.
    _taken: File,
}

impl Note {
    /// That of a new key, which has said nothing yet.
    pub fn begin(key: &Path, draft: Hash) -> Result<()> {
        let memory = Memory { draft, dealt: Vec::new(), answered: Vec::new(), accepted: None };
        write(&beside(key), &memory)
    }

    /// That of a key which has dealt in this ceremony and accepted it.
    pub fn done(key: &Path, ceremony: &Ceremony, draft: Hash) -> Result<()> {
        let dealt = vec![Dealt { table: ceremony.table(), commitments: ceremony.commitments() }];
        let memory = Memory { draft, dealt, answered: Vec::new(), accepted: Some(ceremony.transcript()) };
        write(&beside(key), &memory)
    }

    /// `draft`: that of the key.
    pub fn take(key: &Path, draft: Hash) -> Result<Self> {
        Self::open(key, draft, true)
    }

    /// For who only reads, also while another command of this key waits for the other trustees.
    pub fn look(key: &Path, draft: Hash) -> Result<Self> {
        Self::open(key, draft, false)
    }

    fn open(key: &Path, draft: Hash, alone: bool) -> Result<Self> {
        let failed = |path: &Path, error: std::io::Error| Failure::other(format!("{}: {error}", path.display()));
        // By whatever name the key is called, there is one note of it.
        let key = fs::canonicalize(key).map_err(|error| failed(key, error))?;
        let taken = File::open(&key).map_err(|error| failed(&key, error))?;
        if alone {
            taken.lock().map_err(|error| failed(&key, error))?;
        }
        let path = beside(&key);
        let bytes = files::read_note(&path)?.ok_or_else(|| missing(&path))?;
        let memory = canonical::parse(&bytes).ok().filter(|memory: &Memory| memory.draft == draft);
        let memory = memory.ok_or_else(|| unreadable(&path))?;
        Ok(Self { path, memory, _taken: taken })
    }

    /// A new key has no memory: a note where its own will be is that of a key which was there before.
    pub fn refuse_leftover(key: &Path) -> Result<()> {
        let path = beside(key);
        if !files::is_taken(&path) {
            return Ok(());
        }
        Err(Failure::usage(both!("{} is there already", "{} уже есть", path.display())).next(both!(
            "It is the note of another key: name another file.",
            "Это заметка другого ключа: назовите другой файл."
        )))
    }

    /// Before a dealing leaves: one table, one dealing. Whoever has seen it cannot have another one under commitments
    /// that were chosen since.
    pub fn dealing(&mut self, ceremony: &Ceremony) -> Result<()> {
        let dealt = Dealt { table: ceremony.table(), commitments: ceremony.commitments() };
        match self.memory.dealt.iter().find(|before| before.table == dealt.table) {
            Some(before) if *before == dealt => Ok(()),
            Some(_) => Err(self.refused(tr!(
                "this key has dealt to these trustees before, under other commitments: it does not deal to them again",
                "этот ключ уже раздавал доли этим доверенным при других обязательствах: второй раз он им не раздаёт"
            ))),
            None => {
                self.memory.dealt.push(dealt);
                self.write()
            }
        }
    }

    /// Before an answer leaves: this key accepts nothing in this draft any more.
    pub fn answering(&mut self, ceremony: &Ceremony) -> Result<()> {
        let transcript = ceremony.transcript();
        if !self.memory.answered.contains(&transcript) {
            self.memory.answered.push(transcript);
            self.write()?;
        }
        Ok(())
    }

    /// Whoever has answered a complaint takes no further part: that ceremony has failed, whatever is shown now.
    pub fn refuse_after_answer(&self) -> Result<()> {
        if self.memory.answered.is_empty() {
            return Ok(());
        }
        Err(self.refused(tr!(
            "this key has answered a complaint, so its ceremony has failed: it accepts nothing more",
            "этот ключ ответил на жалобу, значит, его церемония сорвана: больше он ничего не примет"
        )))
    }

    /// One draft, one acceptance: of two ceremonies that it is shown, a key accepts one, and reads out the code of no other.
    pub fn refuse_other_than_accepted(&self, ceremony: &Ceremony) -> Result<()> {
        match self.memory.accepted {
            Some(accepted) if accepted != ceremony.transcript() => Err(self.refused(tr!(
                "this key has accepted another ceremony of this election: it has no word on a second one",
                "этот ключ уже принял другую церемонию этих выборов: о второй он не говорит ничего"
            ))),
            _ => Ok(()),
        }
    }

    /// Before an acceptance leaves.
    pub fn accepting(&mut self, ceremony: &Ceremony) -> Result<()> {
        self.refuse_other_than_accepted(ceremony)?;
        if self.memory.accepted.is_some() {
            return Ok(());
        }
        self.memory.accepted = Some(ceremony.transcript());
        self.write()
    }

    fn refused(&self, why: String) -> Failure {
        Failure::new(Exit::CheckFailed, why).next(both!(
            "Somebody shows you something else than before. Tell the other trustees; the election begins anew, with new \
             keys: veche restart. ({})",
            "Вам показывают не то, что раньше. Сообщите остальным доверенным; выборы начинаются заново, с новыми ключами: \
             veche restart. ({})",
            self.path.display()
        ))
    }

    fn write(&self) -> Result<()> {
        write(&self.path, &self.memory)
    }
}

fn write(path: &Path, memory: &Memory) -> Result<()> {
    Ok(home::write_atomically(path, &canonical::write(memory), 0o600)?)
}

fn beside(key: &Path) -> PathBuf {
    let mut path = key.to_owned().into_os_string();
    path.push(".ceremony.json");
    PathBuf::from(path)
}

fn missing(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(
        Exit::CheckFailed,
        both!(
            "{path} is missing: what this key has said and opened is not known",
            "нет {path}: что этот ключ уже говорил и открывал, неизвестно"
        ),
    )
    .next(both!(
        "Is this a copy of the key? Use the key file itself, or lay the notes that belong to it beside the copy. If they are \
         lost: while the key is being made, begin anew with new keys (veche restart); after closing, open with --copy.",
        "Это копия ключа? Возьмите сам файл ключа или положите рядом с копией его заметки. Если они утрачены: пока ключ \
         создаётся, начните заново с новыми ключами (veche restart); после закрытия откройте с --copy."
    ))
}

fn unreadable(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(
        Exit::CheckFailed,
        both!(
            "{path} is not the note of this key: what it has said in the ceremony is not known",
            "{path} — не заметка этого ключа: что он говорил в церемонии, неизвестно"
        ),
    )
    .next(both!(
        "Put the note back as it was. If it is lost, begin anew with a new key: veche restart.",
        "Верните заметку, какой она была. Если она утрачена, начните заново с новым ключом: veche restart."
    ))
}
