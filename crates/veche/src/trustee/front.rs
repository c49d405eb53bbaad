//! Who sits in front of a trustee's step, and what comes out of it: a terminal here, a page elsewhere.

use std::path::{Path, PathBuf};

use veche_election::{
    Hash,
    ceremony::{Ceremony, Stage, spoken},
    credential::typed_code,
};
use zeroize::Zeroizing;

use crate::{
    ceremonies::standing,
    failure::{Failure, Result},
    front::{Front, Progress, Terminal},
    keyfile,
    lang::{Sentence, tr},
    prompt::ask,
};

/// What trustees compare by voice: the id of the election with the organiser, all else with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Registrations(Hash),
    Ceremony(Hash),
    Election(Hash),
    Closing(Hash),
}

impl Code {
    pub fn spoken(self) -> String {
        spoken(self.hash())
    }

    fn hash(self) -> Hash {
        let (Self::Registrations(hash) | Self::Ceremony(hash) | Self::Election(hash) | Self::Closing(hash)) = self;
        hash
    }

    /// As it was read aloud; the id of an election also as it stands on cards.
    pub fn is(self, typed: &str) -> bool {
        let is_id = matches!(self, Self::Election(id) if typed.trim() == id.to_string());
        is_id || typed_code(typed) == typed_code(&self.spoken())
    }

    pub fn name(self) -> String {
        match self {
            Self::Registrations(_) => tr!("code of the registrations", "код регистраций"),
            Self::Ceremony(_) => tr!("code of the ceremony", "код церемонии"),
            Self::Election(_) => {
                tr!("code of the election, to compare with the organiser's", "код выборов, для сверки с организатором")
            }
            Self::Closing(_) => tr!("code of the closing", "код закрытия"),
        }
    }
}

/// In front of a step that a trustee has to agree to.
pub trait TrusteeFront: Front {
    /// Have the others read the same code aloud?
    fn is_same(&mut self, code: Code) -> Result<bool>;
    /// Is this known, which else is a reason to send nothing, and do all agree to it?
    fn is_known(&mut self, _doubt: &Failure) -> Result<bool> {
        Ok(false)
    }
    /// That of this key file, which is under one.
    fn passphrase(&mut self, key: &Path) -> Result<Zeroizing<String>>;
}

/// No part of a code that anybody would read aloud for the whole is as short.
const SHORTEST_CODE: usize = 6;

/// A trustee at a terminal, with the code that was given beforehand.
#[derive(Default)]
pub struct AtTerminal<'a> {
    pub given: Option<&'a str>,
    pub terminal: Terminal,
}

impl Front for AtTerminal<'_> {
    fn tell(&mut self, text: Sentence) {
        self.terminal.tell(text);
    }

    fn progress(&mut self, progress: Progress) {
        self.terminal.progress(progress);
    }
}

impl TrusteeFront for AtTerminal<'_> {
    fn is_same(&mut self, code: Code) -> Result<bool> {
        self.tell(Sentence::of(|| format!("{}: {}", code.name(), code.spoken())));
        if let Some(given) = self.given {
            return Ok(code.is(given));
        }
        let question = tr!(
            "Read it aloud. Is theirs the same? Type yes, no, or the code as they read it: ",
            "Сверьте его вслух. У других он тот же? Напишите «да», «нет» или код, как его прочли вам: "
        );
        loop {
            let answer = ask(&question)?;
            match answer.to_lowercase().as_str() {
                "yes" | "y" | "да" | "д" => return Ok(true),
                "no" | "n" | "нет" | "н" => return Ok(false),
                // What is far too short for a code is a slip of the finger, and no alarm.
                typed if typed.chars().count() < SHORTEST_CODE => {}
                _ => return Ok(code.is(&answer)),
            }
        }
    }

    fn passphrase(&mut self, key: &Path) -> Result<Zeroizing<String>> {
        keyfile::passphrase_of(key)
    }
}

/// What a step came to.
pub enum Step {
    Registered {
        number: u32,
        key: PathBuf,
        fingerprint: String,
    },
    Dealt,
    Accepted,
    /// The ceremony after the answer.
    Answered(Box<Ceremony>),
    Rehearsed,
    Shared,
    /// How the ceremony stands, for somebody without a key in it.
    Standing(Box<Ceremony>),
    /// How it stands, and the code, for who takes part in it.
    Seen(Box<Ceremony>),
    /// The code of the one closing that this key stands for.
    Closing(Code),
    /// The record as far as the sum is right, for somebody without a key in it.
    Closed,
}

impl Step {
    pub fn text(&self) -> String {
        match self {
            Self::Registered { number, key, fingerprint } => tr!(
                "Registered as trustee {number}. Your key: {}\nMake two copies and keep them in two other places: without enough keys nobody can open the result.\nYour fingerprint: {fingerprint}",
                "Вы зарегистрированы: доверенный {number}. Ваш ключ: {}\nСделайте две копии и храните их в двух других местах: если \
                 ключей не хватит, результат не откроет никто.\nВаш отпечаток: {fingerprint}",
                key.display()
            ),
            Self::Dealt => {
                tr!("Dealt. When all have: veche trustee accept", "Роздано. Когда раздадут все: veche trustee accept")
            }
            Self::Accepted => tr!("Accepted: every share fits.", "Принято: все доли подходят."),
            Self::Answered(ceremony) => {
                let answered = tr!("You have answered the complaint about you.", "Вы ответили на жалобу.");
                format!("{answered}\n{}", seen(ceremony))
            }
            Self::Rehearsed => {
                tr!("Rehearsed: your key is there and fits.", "Проверено: ваш ключ на месте и подходит.")
            }
            Self::Shared => tr!(
                "Your share is in the log. When there are enough, the server computes the result; with large weights that takes \
                 minutes (veche status).",
                "Ваша доля в журнале. Когда их достаточно, сервер вычисляет результат; при больших весах это занимает минуты (veche \
                 status)."
            ),
            Self::Standing(ceremony) => {
                let how = tr!(
                    "A trustee sees the code to read aloud with: --key FILE",
                    "Код для сверки голосом доверенный увидит с ключом: --key ФАЙЛ"
                );
                format!("{}\n{how}", standing(ceremony))
            }
            Self::Seen(ceremony) => seen(ceremony),
            Self::Closed => tr!(
                "The record is right as far as the sum. A trustee sees the code to read aloud with: --key FILE",
                "Журнал верен вплоть до суммы. Код для сверки голосом доверенный увидит с ключом: --key ФАЙЛ"
            ),
            Self::Closing(code) => format!("{}: {}", code.name(), code.spoken()),
        }
    }
}

fn seen(ceremony: &Ceremony) -> String {
    let code = match ceremony.stage() {
        Stage::Register(_) => return standing(ceremony),
        Stage::Commit(_) | Stage::Deal(_) => Code::Registrations(ceremony.table()),
        Stage::Accept(_) | Stage::Disputed { .. } | Stage::Failed { .. } | Stage::Done => {
            Code::Ceremony(ceremony.transcript())
        }
    };
    format!("{}\n{}: {}", standing(ceremony), code.name(), code.spoken())
}
