//! An election of this folder that a host serves: where it is there, and by which keys. What is the host's alone is not here: neither
//! the log nor the server's keys. Spec: `docs/spec/host.md`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use veche_client::Address;
use veche_election::{Keys, canonical, ceremony::Ceremony, record::CEREMONY_MAX_BYTES};
use veche_server::{
    Home,
    home::{HomeError, ORGANISER_KEY_FILE},
};

use crate::{
    acts::Acting,
    client,
    failure::{Exit, Failure, Result},
    lang::both,
};

/// Lies in the organiser's folder.
pub const HOSTED_FILE: &str = "host.json";

/// Its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosted {
    /// The host's address.
    pub host: String,
    /// How the election is called there.
    pub name: String,
    /// Where the host says that voters reach it.
    pub url: String,
    /// The host's public halves, and the organiser's.
    pub keys: Keys,
    /// When something was published last.
    pub at: u64,
    pub listed: bool,
    /// Does the host have the setup?
    pub set_up: bool,
}

impl Hosted {
    /// `None` of an election that no host has.
    pub fn of(home: &Home) -> Result<Option<Self>> {
        // What somebody names may be an archive.
        if !home.dir().is_dir() {
            return Ok(None);
        }
        let Some(bytes) = home.read_if_there(HOSTED_FILE)? else { return Ok(None) };
        let hosted = canonical::parse(&bytes);
        hosted.map(Some).map_err(|error| HomeError::file(&home.path(HOSTED_FILE), error).into())
    }

    pub fn write(&self, home: &Home) -> Result<()> {
        Ok(home.write_secret(HOSTED_FILE, &canonical::write(self))?)
    }
}

/// The folder, or where the host serves the election of it.
///
/// # Errors
/// The disk.
pub fn target(target: &str) -> Result<Cow<'_, str>> {
    if Address::is_one(target) {
        return Ok(target.into());
    }
    let hosted = Hosted::of(&Home::new(target))?;
    Ok(hosted.filter(|hosted| hosted.set_up).map_or(Cow::Borrowed(target), |hosted| hosted.url.into()))
}

/// An organiser acts at the host, with the key of the folder.
///
/// # Errors
/// The disk, or the host has only the draft.
pub fn acting(by: &Acting) -> Result<Cow<'_, Acting>> {
    if Address::is_one(&by.target) {
        return Ok(Cow::Borrowed(by));
    }
    let home = Home::new(&by.target);
    let Some(hosted) = Hosted::of(&home)? else { return Ok(Cow::Borrowed(by)) };
    if !hosted.set_up && home.exists() {
        let dir = &by.target;
        return Err(Failure::new(
            Exit::NotOpen,
            both!("the host has only the draft of this election", "на хостинге есть только черновик этих выборов"),
        )
        .next(both!("Publish the rest: veche publish {dir}", "Опубликуйте остальное: veche publish {dir}")));
    }
    if !hosted.set_up {
        return Ok(Cow::Borrowed(by));
    }
    let key = by.key.clone().unwrap_or_else(|| home.path(ORGANISER_KEY_FILE));
    Ok(Cow::Owned(Acting { target: hosted.url, key: Some(key) }))
}

/// What needs the log in the folder cannot be done where it lies at a host.
///
/// # Errors
/// A host has the election.
pub fn refuse(home: &Home) -> Result<()> {
    let Some(Hosted { url, .. }) = Hosted::of(home)? else { return Ok(()) };
    Err(Failure::usage(both!(
        "the log of this election lies at a host, {url}, and this needs it in the folder",
        "журнал этих выборов лежит на хостинге, {url}, а здесь он нужен в папке"
    ))
    .next(both!(
        "What can be done at a host stands in docs/operator.md, «A host of many elections»",
        "Что можно делать на хостинге, сказано в docs/operator.md, «A host of many elections»"
    )))
}

/// The messages of the trustees' ceremony, as the host has them, come into the folder; each is checked here.
///
/// # Errors
/// The host, the way to it, or the disk.
pub fn fetch_ceremony(home: &Home, hosted: &Hosted) -> Result<()> {
    let draft = home.draft()?;
    let Some(plan) = draft.ceremony_plan() else { return Ok(()) };
    let address = client::at(&hosted.url)?;
    let Some(lines) = address.get_at_most("/ceremony-messages", CEREMONY_MAX_BYTES)? else { return Ok(()) };
    let lines = || lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ceremony::from_messages(draft.id(), plan, lines().map(|line| (line.to_vec(), ())).collect())
        .map_err(|((), error)| Failure::new(Exit::CheckFailed, error))?;
    for line in lines() {
        home.write_ceremony_message(line)?;
    }
    Ok(())
}
