//! Through which mail server letters go: `[mail]` of the election's file, where the command line finds it too. The password is never
//! in it: it is given each time, or kept in a file of its own that its owner alone can read.

use std::{path::PathBuf, sync::Arc};

use axum::extract::{Path as UrlPath, State};
use serde::Deserialize;
use serde_json::{Value, json};
use veche_server::{Home, home::CONFIG_FILE};
use zeroize::Zeroizing;

use crate::{
    config,
    desk::{
        Desk, Nothing,
        answer::{Answer, Body},
        jobs,
    },
    failure::{Failure, Result},
    files,
    lang::both,
    mail_file::{MailFile, MailServer, PASSWORD_FILE, read_password},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saving {
    mail: Option<MailFile>,
    /// To be kept; an empty one is forgotten.
    password: Option<Zeroizing<String>>,
}

pub async fn look(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let home = desk.place(&name)?.home;
    jobs::run(async move |_| shown(&home)).await
}

pub async fn save(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Saving>) -> Answer {
    let home = desk.place(&name)?.home;
    let held = desk.hold(&name)?;
    jobs::run(async move |_| {
        let _held = held;
        if let Some(mail) = &wish.mail {
            mail.server()?;
        }
        let text = String::from_utf8(home.read(CONFIG_FILE)?).map_err(Failure::usage)?;
        let changed = config::with_mail(&text, wish.mail.as_ref())?;
        if changed != text {
            home.write_public(CONFIG_FILE, changed.as_bytes())?;
        }
        match &wish.password {
            Some(password) if password.is_empty() => files::remove(&kept(&home))?,
            Some(password) => home.write_secret(PASSWORD_FILE, format!("{}\n", **password).as_bytes())?,
            None => {}
        }
        shown(&home)
    })
    .await
}

fn shown(home: &Home) -> Result<Value> {
    let file = config::read(home)?;
    let mail = file.as_ref().and_then(|file| file.mail.as_ref());
    Ok(json!({
        "mail": mail, "password_kept": kept(home).exists(),
        "split_delivery": file.as_ref().is_some_and(|file| file.split_delivery),
        "url": file.as_ref().and_then(|file| file.url.clone()),
    }))
}

fn kept(home: &Home) -> PathBuf {
    home.path(PASSWORD_FILE)
}

/// The one that was given now, else the one that is kept; none where nobody logs in.
///
/// # Errors
/// One is needed.
pub fn password(
    home: &Home,
    server: &MailServer,
    given: Option<Zeroizing<String>>,
) -> Result<Option<Zeroizing<String>>> {
    let Some(user) = &server.user else { return Ok(None) };
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return Ok(Some(given));
    }
    if kept(home).exists() {
        return read_password(&kept(home)).map(Some);
    }
    let host = &server.host;
    Err(Failure::usage(both!("the password of {user} at {host} is needed", "нужен пароль {user} на {host}")))
}
