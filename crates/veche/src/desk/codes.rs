//! The secrets of the cards, between the making and the end of their delivery: in one file under the organiser's passphrase, and
//! nowhere else. When the organiser says that all are delivered, the file goes, and that is noted. Until then a lost letter can
//! be sent again; afterwards a lost code is replaced by a new one, which the log shows.

use std::{collections::HashSet, io::Write, path::Path, sync::Arc};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use veche_client::Card;
use veche_server::{
    Home,
    clock::Clock,
    home::{CARDS_DIR, CARDS_FILE},
};
use zeroize::Zeroizing;

use super::{
    Desk, Nothing,
    answer::{Answer, Body},
    jobs,
    places::Place,
    plan,
};
use crate::{
    acts::NEW_CARD,
    cards::{self, CODES_FILE, Printed},
    config,
    failure::{Failure, Result},
    files,
    keyfile::{
        self,
        sealed::{Sealed, SealedError},
    },
    lang::both,
    randomness::random,
};

/// What happened at this desk and is in no log: one line of JSON for each.
const JOURNAL_FILE: &str = "desk-journal.jsonl";
const CODES_VERSION: &str = "veche-codes-1";
/// Cards of one answer.
const CARDS_AT_ONCE_MAX: usize = 200;
const DELETED: &str = "codes deleted";

/// Where the codes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    None,
    /// In files that anybody can use who reads them: a making broke off, or was done by the command line.
    Clear,
    Sealed,
    Deleted,
}

impl Kept {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Clear => "clear",
            Self::Sealed => "sealed",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct CodesFile {
    v: String,
    /// How many cards are in it.
    count: usize,
    sealed: Sealed,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: u64,
    what: String,
}

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/{name}/codes", post(look))
        .route("/api/elections/{name}/codes/seal", post(seal_now))
        .route("/api/elections/{name}/codes/finished", post(finish))
        .route("/api/elections/{name}/cards", post(show))
}

pub fn kept(home: &Home) -> Kept {
    if cards::are_beside(home) {
        Kept::Clear
    } else if home.path(CODES_FILE).exists() {
        Kept::Sealed
    } else if deleted_at(home).is_some() {
        Kept::Deleted
    } else {
        Kept::None
    }
}

/// When the organiser said that delivery is finished.
pub fn deleted_at(home: &Home) -> Option<u64> {
    let bytes = home.read_if_there(JOURNAL_FILE).ok()??;
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    lines.filter(|line| line.what == DELETED).map(|line| line.at).next_back()
}

fn note(home: &Home, what: &str) -> Result<()> {
    let line =
        serde_json::to_string(&Line { at: Clock::system().wall(), what: what.into() }).map_err(Failure::other)?;
    let path = home.path(JOURNAL_FILE);
    let written = std::fs::OpenOptions::new().create(true).append(true).open(&path).and_then(|mut file| {
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    });
    written.map_err(|error| cannot(&path, &error))
}

/// All cards, whether they lie there in the clear or under the passphrase, in the order of the roll.
///
/// # Errors
/// There are none, or this is not the passphrase.
pub fn cards(place: &Place, passphrase: &str) -> Result<Vec<Card>> {
    let home = &place.home;
    let mut all = match home.read_if_there(CODES_FILE)? {
        Some(bytes) => open(home, &bytes, passphrase)?,
        None => Vec::new(),
    };
    if cards::are_beside(home) {
        cards::replace(&mut all, cards::read_all(home)?);
    }
    if all.is_empty() {
        return Err(Failure::usage(match kept(home) {
            Kept::Deleted => both!(
                "the codes were deleted when delivery was finished",
                "коды удалены, когда вы сообщили, что всё роздано"
            ),
            _ => both!("there are no codes", "кодов нет"),
        }));
    }
    Ok(all)
}

/// Puts all cards that lie there in the clear under the passphrase, beside those that are under it, and deletes the files.
///
/// # Errors
/// It is not the passphrase of those that are there, or too short; or the disk.
pub fn seal(place: &Place, passphrase: &str) -> Result<()> {
    let home = &place.home;
    if !home.path(CODES_FILE).exists() {
        keyfile::check_new(passphrase)?;
    }
    if !cards::are_beside(home) {
        return Ok(());
    }
    let all = cards(place, passphrase)?;
    let mut plain = Zeroizing::new(Vec::new());
    for card in &all {
        plain.extend_from_slice(card.to_json().as_bytes());
        plain.push(b'\n');
    }
    let sealed = Sealed::new(&plain, passphrase, random()?, random()?).map_err(|error| refusal(&error))?;
    let file = CodesFile { v: CODES_VERSION.into(), count: all.len(), sealed };
    home.write_secret(CODES_FILE, &serde_json::to_vec(&file).map_err(Failure::other)?)?;
    delete_clear(home)
}

fn open(home: &Home, bytes: &[u8], passphrase: &str) -> Result<Vec<Card>> {
    let file: CodesFile = serde_json::from_slice(bytes)
        .map_err(|error| Failure::other(format!("{}: {error}", home.path(CODES_FILE).display())))?;
    let plain = file.sealed.open(passphrase).map_err(|error| refusal(&error))?;
    let cards: Vec<Card> = plain.split(|byte| *byte == b'\n').filter_map(Card::parse).collect();
    if file.v == CODES_VERSION && cards.len() == file.count {
        return Ok(cards);
    }
    Err(Failure::other(both!("the file of the codes is damaged", "файл с кодами повреждён")))
}

fn refusal(error: &SealedError) -> Failure {
    match error {
        SealedError::Memory => Failure::other(both!("there is no memory left for this", "на это не хватает памяти")),
        SealedError::Version | SealedError::Work => {
            Failure::other(both!("the file of the codes is damaged", "файл с кодами повреждён"))
        }
        SealedError::Passphrase => {
            Failure::usage(both!("this is not the passphrase of the codes", "это не пароль к кодам"))
        }
    }
}

/// The cards that lie in the clear.
///
/// # Errors
/// The disk.
pub fn delete_clear(home: &Home) -> Result<()> {
    files::remove_dir(&home.path(CARDS_DIR))?;
    files::remove(&home.path(CARDS_FILE))
}

/// What a killed writing of codes has left, and new cards whose act was not answered.
fn delete_left(home: &Home) -> Result<()> {
    for file in std::fs::read_dir(home.dir()).into_iter().flatten().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let temporary = name.starts_with(CODES_FILE) && name != CODES_FILE;
        if temporary || name.starts_with(NEW_CARD) && name.ends_with(".json") {
            files::remove(&file.path())?;
        }
    }
    Ok(())
}

/// A card that was made just now joins the others under the passphrase; after the end of delivery there are none, and it is in the
/// answer alone.
///
/// # Errors
/// The passphrase is needed, or another.
pub fn take_in(place: &Place, passphrase: Option<&str>) -> Result<()> {
    match (place.home.path(CODES_FILE).exists(), passphrase) {
        (true, Some(passphrase)) => seal(place, passphrase),
        (true, None) => Err(needs_passphrase()),
        (false, _) if deleted_at(&place.home).is_some() => delete_clear(&place.home),
        (false, _) => Ok(()),
    }
}

/// Asked for before a new card is made: afterwards it could not be kept.
///
/// # Errors
/// It is not the one of the codes.
pub fn refuse_other(place: &Place, passphrase: Option<&str>) -> Result<()> {
    let Some(bytes) = place.home.read_if_there(CODES_FILE)? else { return Ok(()) };
    let passphrase = passphrase.ok_or_else(needs_passphrase)?;
    open(&place.home, &bytes, passphrase).map(drop)
}

fn needs_passphrase() -> Failure {
    Failure::usage(both!(
        "the codes are under your passphrase: it is needed for this",
        "коды под вашим паролем: для этого он нужен"
    ))
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}

fn state(home: &Home) -> Value {
    json!({ "state": kept(home).name(), "since": deleted_at(home) })
}

async fn look(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| Ok(state(&place.home))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealing {
    passphrase: Zeroizing<String>,
}

async fn seal_now(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Sealing>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    jobs::run(async move |_| {
        let _held = held;
        // A making that was killed before had not come to this either.
        place.note_election()?;
        seal(&place, &wish.passphrase)?;
        Ok(state(&place.home))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finishing {
    confirm: bool,
}

async fn finish(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Finishing>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    jobs::run(async move |_| {
        let _held = held;
        let home = &place.home;
        if !wish.confirm {
            return Err(Failure::usage(both!("not confirmed", "не подтверждено")));
        }
        if matches!(kept(home), Kept::Clear | Kept::Sealed) {
            // Noted first: of a file that is still there although it was to go, the list of elections tells.
            note(home, DELETED)?;
            delete_clear(home)?;
            files::remove(&home.path(CODES_FILE))?;
            delete_left(home)?;
            home.sync()?;
        }
        Ok(state(home))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Showing {
    passphrase: Zeroizing<String>,
    #[serde(default)]
    from: usize,
    count: usize,
    numbers: Option<Vec<String>>,
}

async fn show(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Showing>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let mut all = cards(&place, &wish.passphrase)?;
        if let Some(numbers) = &wish.numbers {
            let numbers: HashSet<&str> = numbers.iter().map(String::as_str).collect();
            all.retain(|card| numbers.contains(card.number.as_str()));
        }
        let (printed, url) = (Printed::of(&place.home)?, config::public_url(&place.home)?);
        let page = all.iter_mut().skip(wish.from).take(wish.count.min(CARDS_AT_ONCE_MAX));
        let shown: Vec<Value> = page.map(|card| card_json(card, &printed, url.as_deref())).collect();
        let title = plan::title(&place.home)?;
        Ok(json!({
            "total": all.len(),
            "title": title,
            "rehearsal": plan::is_rehearsal(&title),
            "cards": shown,
        }))
    })
    .await
}

/// As it is printed.
pub fn card_json(card: &mut Card, printed: &Printed, url: Option<&str>) -> Value {
    // Where voters reach the server may have become known after the making.
    if card.url.is_none() {
        card.url = url.map(str::to_owned);
    }
    printed.json(card)
}
