//! An election before it is made: what its organiser has chosen so far, on the disk after every step, so that neither a reload
//! nor a power cut loses any of it. Nothing here is final; [`super::making`] makes an election of it.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use veche_election::Draft;
use veche_server::{
    Home,
    home::{MAKING_FILE, ORGANISER_KEY_FILE},
};

use super::answer::Refused;
use crate::{
    config::ElectionFile,
    failure::{Failure, Result},
    lang::{self, Language, both},
    setup,
};

pub const PLAN_FILE: &str = "desk-plan.json";
/// Before the title of an election that is none, in both languages.
const REHEARSAL: [&str; 2] = ["REHEARSAL: ", "РЕПЕТИЦИЯ: "];

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// The fields of `election.toml`.
    pub file: Map<String, Value>,
    /// Only to try it: said in the title, and so on every page and card.
    pub rehearsal: bool,
    pub local_trustees: bool,
    pub weights_show_votes: bool,
    /// So many, with numbers from 1, in place of a roll.
    pub voters: Option<u64>,
    /// Of the pages: at which step somebody is.
    pub note: Value,
}

/// A plan as it lies on the disk. Its revision is one more at each saving, so that no window overwrites another's.
#[derive(Default, Serialize, Deserialize)]
pub struct Kept {
    pub revision: u64,
    pub plan: Plan,
}

impl Plan {
    /// The one of a folder.
    ///
    /// # Errors
    /// There is none, or it is not ours.
    pub fn of(home: &Home) -> Result<Self> {
        Ok(kept(home)?.plan)
    }

    pub fn is_there(home: &Home) -> bool {
        home.path(PLAN_FILE).exists()
    }

    /// What it is called so far, with the mark of a rehearsal.
    pub fn title(&self) -> String {
        let title = self.file.get("title").and_then(Value::as_str).unwrap_or_default();
        if self.rehearsal { format!("{}{title}", rehearsal_mark(self.language())) } else { title.to_owned() }
    }

    fn language(&self) -> Option<Language> {
        serde_json::from_value(self.file.get("lang")?.clone()).ok()
    }

    /// As `election.toml` would have it.
    ///
    /// # Errors
    /// Something is missing or no such thing.
    pub fn election_file(&self) -> Result<ElectionFile> {
        let mut fields = Value::Object(self.file.clone());
        without_nothing(&mut fields);
        let written = fields.get("title").and_then(Value::as_str).unwrap_or_default();
        if written.trim().is_empty() {
            return Err(Failure::usage(both!("the election has no title yet", "у выборов ещё нет названия")));
        }
        if is_rehearsal(written) {
            return Err(Failure::usage(both!(
                "only a rehearsal is called so, and there the program itself puts the word before the title",
                "так называют только репетицию, и это слово программа ставит перед названием сама"
            )));
        }
        if let Some(members) = fields.as_object_mut() {
            members.insert("title".into(), self.title().into());
        }
        if fields.get("contest").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return Err(Failure::usage(both!("there is nothing to vote on yet", "пока не о чем голосовать")));
        }
        let file: ElectionFile = serde_json::from_value(fields).map_err(Failure::usage)?;
        // What is chosen here passes through the same eyes as a file that was written by hand.
        ElectionFile::parse(&file.to_text())
    }
}

/// Members that say nothing are as if they were not there.
pub fn without_nothing(value: &mut Value) {
    let is_nothing = |value: &Value| value.is_null() || value.as_str() == Some("");
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !is_nothing(value));
            members.values_mut().for_each(without_nothing);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nothing),
        _ => {}
    }
}

fn rehearsal_mark(language: Option<Language>) -> &'static str {
    let [english, russian] = REHEARSAL;
    lang::within(language, || if lang::is_russian() { russian } else { english })
}

/// Of an election that was made to try it: the manifest itself says so, and nobody can take the word away.
pub fn is_rehearsal(title: &str) -> bool {
    let title = title.trim_start().to_uppercase();
    REHEARSAL.iter().any(|mark| title.starts_with(mark.trim_end()))
}

pub fn kept(home: &Home) -> Result<Kept> {
    let bytes = home.read(PLAN_FILE)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::other(format!("{}: {error}", home.path(PLAN_FILE).display())))
}

pub fn keep(home: &Home, kept: &Kept) -> Result<()> {
    let text = serde_json::to_string_pretty(kept).map_err(Failure::other)?;
    Ok(home.write_secret(PLAN_FILE, text.as_bytes())?)
}

/// What is made is not chosen again.
pub fn refuse_made(home: &Home) -> std::result::Result<(), Refused> {
    // A key without a making that broke off is that of an election, wherever its other half has gone.
    let is_keyed = home.path(ORGANISER_KEY_FILE).exists() && !home.path(MAKING_FILE).exists();
    if !home.exists() && !home.has_draft() && !is_keyed {
        return Ok(());
    }
    let what = both!("the election is made already", "выборы уже созданы");
    Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "usage", what).next(both!(
        "What was chosen can no longer be changed. Make another election.",
        "Выбранное больше не изменить. Создайте другие выборы."
    )))
}

/// As far as an election can be made of it; nothing is written.
///
/// # Errors
/// It cannot.
pub fn checked(plan: &Plan) -> Result<(ElectionFile, Draft)> {
    let file = plan.election_file()?;
    let draft = setup::Plan::new(file.clone())?.draft;
    Ok((file, draft))
}

/// Decimals of the weights, however unfinished the rest is.
pub fn plan_scale(plan: &Plan) -> u32 {
    let scale = plan.file.get("roll_scale").and_then(Value::as_u64).unwrap_or(0);
    u32::try_from(scale).unwrap_or(0).min(6)
}

/// What it is called, as far as it has come.
///
/// # Errors
/// What lies there is none.
pub fn title(home: &Home) -> Result<String> {
    Ok(match draft(home)? {
        Some(draft) => draft.title,
        None => Plan::of(home)?.title(),
    })
}

/// As it was written for the trustees, or made.
///
/// # Errors
/// What lies there is none.
pub fn draft(home: &Home) -> Result<Option<Draft>> {
    if home.exists() {
        return Ok(Some(home.election()?.draft().clone()));
    }
    Ok(if home.has_draft() { Some(home.draft()?) } else { None })
}
