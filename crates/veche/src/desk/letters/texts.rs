//! What letters say: ours, or the organiser's own text of that kind and language; and how one looks for a voter before it is sent.

use std::sync::Arc;

use axum::extract::{Path as UrlPath, State};
use serde::Deserialize;
use serde_json::{Value, json};
use veche_server::{Home, home::make_private_dir};

use super::{LETTERS_DIR, Which};
use crate::{
    config,
    desk::{
        Desk,
        answer::{Answer, Body},
        jobs,
        places::Place,
    },
    failure::{Failure, Result},
    files,
    lang::{self, Language, both},
    mail::{
        letter::{Kind, PLACES, Template, usual_text},
        people::Mailing,
    },
    mail_address::MailAddress,
    voters,
};

/// Of a letter that is shown where nobody on the roll has an address.
const NOBODY: &str = "voter@example.org";

#[derive(Deserialize)]
pub struct Reading {
    #[serde(flatten)]
    which: Which,
}

#[derive(Deserialize)]
pub struct Saving {
    #[serde(flatten)]
    which: Which,
    text: Option<String>,
}

#[derive(Deserialize)]
pub struct Previewing {
    #[serde(flatten)]
    which: Which,
    /// Not saved yet.
    text: Option<String>,
    number: Option<String>,
}

pub async fn look(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Reading>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| shown(&place, &wish.which)).await
}

pub async fn save(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Saving>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let (home, which) = (&place.home, &wish.which);
        let file = file(home, which)?;
        match &wish.text {
            Some(text) => {
                lang::within(language(home, which)?, || Template::parse(text, which.kind, which.with_code))?;
                make_private_dir(&home.path(LETTERS_DIR))?;
                home.write_secret(&file, text.as_bytes())?;
            }
            None => files::remove(&home.path(&file))?,
        }
        shown(&place, which)
    })
    .await
}

fn shown(place: &Place, which: &Which) -> Result<Value> {
    let usual = lang::within(language(&place.home, which)?, || usual_text(which.kind, which.with_code));
    let own = own(&place.home, which)?;
    let places: Vec<String> = PLACES
        .iter()
        .filter(|name| which.with_code || **name != "code")
        .filter(|name| which.kind == Kind::Invitation || !matches!(**name, "link" | "code" | "booth"))
        .map(|name| format!("{{{name}}}"))
        .collect();
    Ok(json!({ "text": own.as_ref().unwrap_or(&usual), "own": own.is_some(), "usual": usual, "places": places }))
}

/// The organiser's own, if one was saved.
pub fn own(home: &Home, which: &Which) -> Result<Option<String>> {
    let Some(bytes) = home.read_if_there(&file(home, which)?)? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(Failure::other)
}

/// The letters': as was asked for, else the election's, else the desk's.
fn language(home: &Home, which: &Which) -> Result<Option<Language>> {
    Ok(match which.lang {
        Some(language) => Some(language),
        None => config::read(home)?.and_then(|file| file.lang),
    })
}

fn file(home: &Home, which: &Which) -> Result<String> {
    let kind = match which.kind {
        Kind::Invitation => "invitation",
        Kind::Reminder => "reminder",
    };
    let code = if which.with_code { "-code" } else { "" };
    let tag = lang::within(language(home, which)?, lang::tag);
    Ok(format!("{LETTERS_DIR}/{kind}{code}-{tag}.txt"))
}

pub async fn preview(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(mut wish): Body<Previewing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let (text, with_code) = (wish.text.take(), wish.which.with_code);
        let mut asked = wish.which.wish(&place)?;
        asked.template = text.or(asked.template);
        let (mailing, people) = Mailing::prepare(&place.home, &asked, front).await?;
        let number = wish.number.as_deref().map(|text| voters::parse_number(text.trim())).transpose()?;
        let chosen = people.written.iter().find(|to| number.is_none_or(|number| to.number == number));
        let to = match (chosen, number) {
            (Some(to), _) => to.clone(),
            (None, None) => {
                let address = MailAddress::parse(NOBODY).map_err(|error| Failure::other(error.told()))?;
                mailing.nobody(address, with_code)?
            }
            (None, Some(number)) => {
                return Err(Failure::usage(both!(
                    "no such letter goes to {number}: there is no e-mail address, or the voter has voted or was struck",
                    "номеру {number} такое письмо не уйдёт: нет адреса почты, либо избиратель проголосовал или вычеркнут"
                )));
            }
        };
        let letter = mailing.shown(&to, with_code)?;
        let from = mailing.server().ok().map(|server| match &server.from_name {
            Some(name) => format!("{name} <{}>", server.from),
            None => server.from.to_string(),
        });
        Ok(json!({
            "to": to.to.as_str(), "from": from, "number": to.number, "name": to.name, "subject": letter.subject,
            "text": *letter.text, "html": *letter.html,
        }))
    })
    .await
}
