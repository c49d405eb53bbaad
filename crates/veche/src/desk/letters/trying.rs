//! The test letter: sent to the organiser, fetched back from where it has arrived, and compared with what was sent.

use std::sync::Arc;

use axum::extract::{Path as UrlPath, State};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use veche_server::{Home, clock::Clock, home::make_private_dir};
use zeroize::Zeroizing;

use super::{LETTERS_DIR, Which, settings};
use crate::{
    desk::{
        Desk,
        answer::{Answer, Body, next_in_both},
        jobs::{self, JobFront},
    },
    failure::{Failure, Result},
    front::Front,
    lang::{Sentence, both},
    mail::{
        people::Mailing,
        smtp::without_codes,
        trial::{self, Trial},
    },
    mail_address::MailAddress,
};

const TRIED_FILE: &str = "letters/test.json";

/// The newest one; nobody's code is in it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    at: u64,
    /// Has it arrived as it was sent? Nobody knows before it was compared.
    compared: Option<bool>,
    trial: Trial,
}

#[derive(Deserialize)]
pub struct Trying {
    #[serde(flatten)]
    which: Which,
    to: String,
    password: Option<Zeroizing<String>>,
}

pub async fn send(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Trying>) -> Answer {
    let place = desk.place(&name)?;
    let to = MailAddress::parse(&wish.to).map_err(|error| {
        let (address, why) = (&wish.to, Sentence::of(|| error.told()));
        Failure::usage(both!("\"{address:.100}\" is no e-mail address: {why}", "«{address:.100}» — не адрес: {why}"))
    })?;
    let held = desk.hold(&super::work(&name))?;
    desk.jobs.start(Some(&name), "letters-test", async move |job: &mut JobFront| {
        let _held = held;
        let (mailing, _) = Mailing::prepare(&place.home, &wish.which.wish(&place)?, job).await?;
        let password = settings::password(&place.home, mailing.server()?, wish.password)?;
        let password = password.as_ref().map(|text| text.as_str());
        let (trial, words) = trial::send(&mailing, &to, wish.which.with_code, password).await?;
        let words = without_codes(&words);
        job.tell(both!("The mail server has taken it: {words}", "Почтовый сервер принял его: {words}"));
        let tried = Tried { at: Clock::system().wall(), compared: None, trial };
        write(&place.home, &tried)?;
        Ok(tried.json())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparing {
    /// The letter's text as it was copied, or its source.
    arrived: Option<Zeroizing<String>>,
    /// Its file.
    base64: Option<Zeroizing<String>>,
}

pub async fn compare(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(wish): Body<Comparing>,
) -> Answer {
    let home = desk.place(&name)?.home;
    let held = desk.hold(&super::work(&name))?;
    jobs::run(async move |_| {
        let _held = held;
        let mut tried = read(&home)?.ok_or_else(|| {
            Failure::usage(both!("no test letter was sent yet", "пробное письмо ещё не отправлялось"))
        })?;
        let arrived = match (&wish.arrived, &wish.base64) {
            (Some(text), None) => Zeroizing::new(text.as_bytes().to_vec()),
            (None, Some(base64)) => Zeroizing::new(BASE64.decode(base64.as_bytes()).map_err(Failure::usage)?),
            _ => return Err(Failure::usage(both!("paste the letter, or its file", "вставьте письмо или его файл"))),
        };
        let found = tried.trial.compare(&arrived);
        tried.compared = Some(found.is_as_sent());
        write(&home, &tried)?;
        let (text, next) = match found.check() {
            Ok(()) => (both!("The letter arrives as it was sent.", "Письмо приходит таким, каким отправлено."), None),
            Err(failure) => (failure.what.clone(), next_in_both(&failure)),
        };
        let mut shown = serde_json::to_value(&found).map_err(Failure::other)?;
        if let Some(members) = shown.as_object_mut() {
            members.insert("good".into(), found.is_as_sent().into());
            members.insert("text".into(), json!(text));
            members.insert("next".into(), json!(next));
        }
        Ok(shown)
    })
    .await
}

impl Tried {
    fn json(&self) -> Value {
        json!({ "to": self.trial.to, "at": self.at, "compared": self.compared })
    }
}

/// For who is about to send.
pub fn shown(home: &Home) -> Result<Option<Value>> {
    Ok(read(home)?.map(|tried| tried.json()))
}

fn read(home: &Home) -> Result<Option<Tried>> {
    let Some(bytes) = home.read_if_there(TRIED_FILE)? else { return Ok(None) };
    // Of another version: a test letter is soon sent again.
    Ok(serde_json::from_slice(&bytes).ok())
}

fn write(home: &Home, tried: &Tried) -> Result<()> {
    make_private_dir(&home.path(LETTERS_DIR))?;
    Ok(home.write_secret(TRIED_FILE, &serde_json::to_vec(tried).map_err(Failure::other)?)?)
}
