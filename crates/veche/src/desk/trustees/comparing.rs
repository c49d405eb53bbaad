//! Codes that are compared by voice. One's own is shown to be read out; what the others read is typed as it was heard, and the
//! program compares. What was typed is kept: who goes on after a break does not telephone again, and a code that has become another
//! one agrees with nothing that was typed.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::manifest::TrusteePlan;
use zeroize::Zeroizing;

use super::keys::Key;
use crate::{
    ceremonies::Person,
    desk::jobs::JobFront,
    failure::{Failure, Result},
    front::{Front, Progress},
    lang::{Sentence, both, tr},
    trustee::{Code, TrusteeFront, others_to_compare},
};

/// Nobody types more for a code.
const TYPED_MAX_CHARS: usize = 200;
/// The organiser, among those with whom codes are compared.
const ORGANISER: u32 = 0;

/// A trustee in front of a page.
pub struct AtDesk<'a> {
    pub job: &'a mut JobFront,
    pub key: &'a mut Key,
    pub people: Vec<Person>,
    pub passphrase: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    #[serde(default)]
    typed: BTreeMap<u32, String>,
    /// The person says that the others have another code.
    #[serde(default)]
    differ: bool,
}

fn kind(code: Code) -> &'static str {
    match code {
        Code::Registrations(_) => "registrations",
        Code::Ceremony(_) => "ceremony",
        Code::Election(_) => "election",
        Code::Closing(_) => "closing",
    }
}

impl AtDesk<'_> {
    /// With whom this code is compared, and with how many of them at least.
    fn others(&self, code: Code) -> (Vec<(u32, String)>, usize) {
        if matches!(code, Code::Election(_)) {
            return (vec![(ORGANISER, tr!("the organiser", "организатор"))], 1);
        }
        let own = self.key.memo.number;
        let others = self.people.iter().filter(|person| person.number != own);
        let others: Vec<_> = others.map(|person| (person.number, person.name.clone())).collect();
        let (count, threshold) = (self.key.memo.count, self.key.memo.threshold);
        let needed = match code {
            Code::Closing(_) => others_to_compare(TrusteePlan { count, threshold }),
            _ => count.saturating_sub(1),
        };
        (others, usize::try_from(needed).unwrap_or(usize::MAX))
    }
}

fn read(answer: &Value) -> Result<Compared> {
    Compared::deserialize(answer).map_err(|error| {
        Failure::usage(both!("this is no answer to the question: {error}", "это не ответ на вопрос: {error}"))
    })
}

impl Front for AtDesk<'_> {
    fn tell(&mut self, text: Sentence) {
        self.job.tell(text);
    }

    fn progress(&mut self, progress: Progress) {
        self.job.progress(progress);
    }
}

impl TrusteeFront for AtDesk<'_> {
    fn is_same(&mut self, code: Code) -> Result<bool> {
        let (others, at_least) = self.others(code);
        // Who holds all keys compares with nobody.
        if self.key.is_local || at_least == 0 {
            return Ok(true);
        }
        let what = kind(code);
        let mut typed = self.key.memo.typed.get(what).cloned().unwrap_or_default();
        loop {
            let agrees = |number: u32| typed.get(&number).filter(|text| !text.is_empty()).map(|text| code.is(text));
            let agreed = others.iter().filter(|(number, _)| agrees(*number) == Some(true)).count();
            let differs = others.iter().any(|(number, _)| agrees(*number) == Some(false));
            if agreed >= at_least && !differs {
                return Ok(true);
            }
            let with = others.iter().map(|(number, name)| {
                let text = typed.get(number).map_or("", String::as_str);
                json!({ "number": number, "name": name, "typed": text, "agrees": agrees(*number) })
            });
            let asked = json!({
                "kind": "codes", "what": what, "name": self.key.memo.name, "own": code.spoken(), "at_least": at_least,
                "with": with.collect::<Vec<_>>(),
            });
            let answer = self.job.ask_now(asked)?;
            let Compared { typed: heard, differ } = read(&answer)?;
            if differ {
                return Ok(false);
            }
            for (number, text) in heard {
                if others.iter().any(|(other, _)| *other == number) {
                    typed.insert(number, text.trim().chars().take(TYPED_MAX_CHARS).collect());
                }
            }
            let kept = typed.clone();
            self.key.note(|memo| _ = memo.typed.insert(what.into(), kept))?;
        }
    }

    fn is_known(&mut self, doubt: &Failure) -> Result<bool> {
        self.job.is_known(doubt)
    }

    fn passphrase(&mut self, _: &Path) -> Result<Zeroizing<String>> {
        Ok(self.passphrase.clone())
    }
}
