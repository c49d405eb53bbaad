//! What an organiser does to an election from here: the acts of `veche open` to `veche cancel`, new cards, and changes of the
//! roll, by the functions of these commands, through the server where one runs.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    Desk, Nothing,
    answer::{Answer, Body},
    codes,
    jobs::{self, Told},
    list, local,
    places::Place,
};
use crate::{
    acts::{self, Done},
    cards::{self, Printed},
    config,
    failure::Result,
    lang::Sentence,
    roll::{self, NewVoter},
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/{name}/open", post(open))
        .route("/api/elections/{name}/close", post(close))
        .route("/api/elections/{name}/pause", post(pause))
        .route("/api/elections/{name}/resume", post(resume))
        .route("/api/elections/{name}/cancel", post(cancel))
        .route("/api/elections/{name}/extend", post(extend))
        .route("/api/elections/{name}/withdraw", post(withdraw))
        .route("/api/elections/{name}/lot", post(lot))
        .route("/api/elections/{name}/card/replace", post(replace_card))
        .route("/api/elections/{name}/roll/add", post(add))
        .route("/api/elections/{name}/roll/strike", post(strike))
        .route("/api/elections/{name}/roll/correct", post(correct))
}

/// Does an act while nobody else works on the election, and tells how it stands then.
async fn done<F>(desk: Arc<Desk>, name: String, act: F) -> Answer
where
    F: AsyncFnOnce(&Place, &mut Told) -> Result<Value> + Send + 'static,
{
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    jobs::run(async move |front| {
        let _held = held;
        let mut told = act(&place, front).await?;
        // What was done is done, and a new card is nowhere else: its answer does not hang on another look.
        let election = list::election(&desk, &place.name).await.unwrap_or(Value::Null);
        if let Some(members) = told.as_object_mut() {
            members.insert("election".into(), election);
        }
        Ok(told)
    })
    .await
}

/// In both languages: the page shows it when it has gone on to another one.
fn text(place: &Place, done: &Done) -> Sentence {
    Sentence::of(|| done.text(&place.target()))
}

fn said(place: &Place, done: &Done) -> Value {
    json!({ "done": text(place, done) })
}

type Desked = State<Arc<Desk>>;
type Name = UrlPath<String>;

async fn open(State(desk): Desked, UrlPath(name): Name, Body(Nothing {}): Body<Nothing>) -> Answer {
    done(desk, name, async |place, front| {
        local::rehearse_missing(place, front).await?;
        Ok(said(place, &acts::open(&place.acting(), front).await?))
    })
    .await
}

async fn close(State(desk): Desked, UrlPath(name): Name, Body(Nothing {}): Body<Nothing>) -> Answer {
    done(desk, name, async |place, front| Ok(said(place, &acts::close(&place.acting(), front).await?))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

async fn pause(State(desk): Desked, UrlPath(name): Name, Body(Reason { reason }): Body<Reason>) -> Answer {
    done(desk, name, async move |place, front| Ok(said(place, &acts::pause(&place.acting(), &reason, front).await?)))
        .await
}

async fn resume(State(desk): Desked, UrlPath(name): Name, Body(Reason { reason }): Body<Reason>) -> Answer {
    done(desk, name, async move |place, front| Ok(said(place, &acts::resume(&place.acting(), &reason, front).await?)))
        .await
}

async fn cancel(State(desk): Desked, UrlPath(name): Name, Body(Reason { reason }): Body<Reason>) -> Answer {
    done(desk, name, async move |place, front| Ok(said(place, &acts::cancel(&place.acting(), &reason, front).await?)))
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extending {
    closes: String,
    reason: String,
}

async fn extend(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Extending>) -> Answer {
    done(desk, name, async move |place, front| {
        Ok(said(place, &acts::extend(&place.acting(), &wish.closes, &wish.reason, front).await?))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawing {
    /// From 1.
    contest: u32,
    candidate: String,
    reason: String,
}

async fn withdraw(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Withdrawing>) -> Answer {
    done(desk, name, async move |place, front| {
        let Withdrawing { contest, candidate, reason } = wish;
        Ok(said(place, &acts::withdraw(&place.acting(), contest, &candidate, &reason, front).await?))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawing {
    drawn: String,
    /// The root of the closed log, as it was written down before the draw.
    closed: Option<String>,
}

async fn lot(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Drawing>) -> Answer {
    done(desk, name, async move |place, front| {
        Ok(said(place, &acts::lot(&place.acting(), &wish.drawn, wish.closed.as_deref(), front).await?))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacing {
    number: String,
    reason: String,
    passphrase: Option<Zeroizing<String>>,
}

async fn replace_card(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Replacing>) -> Answer {
    done(desk, name, async move |place, front| {
        let passphrase = wish.passphrase.as_deref().map(String::as_str);
        codes::refuse_other(place, passphrase)?;
        let dir = place.home.dir();
        let done = acts::replace_card(dir, &wish.number, &wish.reason, Some(place.key()), front).await?;
        with_card(place, passphrase, &done)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adding {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default = "one")]
    weight: String,
    reason: String,
    contact: Option<String>,
    passphrase: Option<Zeroizing<String>>,
}

fn one() -> String {
    "1".into()
}

async fn add(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Adding>) -> Answer {
    done(desk, name, async move |place, front| {
        let Adding { number, name, weight, reason, contact, passphrase } = wish;
        let passphrase = passphrase.as_deref().map(String::as_str);
        codes::refuse_other(place, passphrase)?;
        let contact = contact.filter(|contact| !contact.is_empty());
        let voter = NewVoter { number, name, weight, reason, contact };
        let done = roll::add(place.home.dir(), &voter, Some(place.key()), front).await?;
        with_card(place, passphrase, &done)
    })
    .await
}

/// The new card, before its files go under the passphrase, or away.
fn with_card(place: &Place, passphrase: Option<&str>, done: &Done) -> Result<Value> {
    let (Done::CardReplaced(file) | Done::VoterAdded(file)) = done else { return Ok(said(place, done)) };
    let mut card = cards::read(file)?;
    let (printed, url) = (Printed::of(&place.home)?, config::public_url(&place.home)?);
    let shown = codes::card_json(&mut card, &printed, url.as_deref());
    codes::take_in(place, passphrase)?;
    Ok(json!({ "done": text(place, done), "card": shown }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Striking {
    number: String,
    reason: String,
}

async fn strike(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Striking>) -> Answer {
    done(desk, name, async move |place, front| {
        let Striking { number, reason } = wish;
        Ok(said(place, &roll::strike(place.home.dir(), &number, &reason, Some(place.key()), front).await?))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correcting {
    number: String,
    contact: String,
}

async fn correct(State(desk): Desked, UrlPath(name): Name, Body(wish): Body<Correcting>) -> Answer {
    done(desk, name, async move |place, _| {
        Ok(said(place, &roll::correct(place.home.dir(), &wish.number, &wish.contact).await?))
    })
    .await
}
