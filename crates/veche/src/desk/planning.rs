//! Questions about an election before it is made: begun, looked at, saved step by step, thrown away.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Desk, Nothing,
    answer::{Answer, Body, Refused, answer},
    jobs,
    places::{Place, name_for},
    plan::{Kept, Plan, checked, keep, kept, plan_scale, refuse_made},
    rolls,
};
use crate::{
    failure::{Failure, Result},
    lang::{self, both},
    weights, words,
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/elections/new", post(begin))
        .route("/api/elections/{name}/plan", post(look))
        .route("/api/elections/{name}/plan/save", post(save))
        .route("/api/elections/{name}/plan/delete", post(delete))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    title: String,
    #[serde(default)]
    rehearsal: bool,
    name: Option<String>,
}

async fn begin(State(desk): State<Arc<Desk>>, Body(wish): Body<Beginning>) -> Answer {
    let name = wish.name.filter(|name| !name.is_empty()).unwrap_or_else(|| name_for(&desk.folder, &wish.title));
    let place = Place::make(&desk.folder, &name)?;
    let mut plan = Plan { rehearsal: wish.rehearsal, ..Plan::default() };
    plan.file.insert("title".into(), wish.title.into());
    plan.file.insert("lang".into(), lang::tag().into());
    keep(&place.home, &Kept { revision: 1, plan })?;
    answer(json!({ "name": name }))
}

async fn look(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| told(&place)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saving {
    plan: Plan,
    revision: u64,
}

async fn save(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Saving>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    refuse_made(&place.home)?;
    let old = kept(&place.home)?;
    if old.revision != wish.revision {
        return Err(Refused::changed());
    }
    jobs::run(async move |_| {
        let _held = held;
        keep(&place.home, &Kept { revision: old.revision + 1, plan: wish.plan })?;
        told(&place)
    })
    .await
}

async fn delete(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    let _held = desk.hold(&name)?;
    refuse_made(&place.home)?;
    if !Plan::is_there(&place.home) {
        return Err(Refused::unknown(both!(
            "there is no plan here to delete",
            "здесь нет плана, который можно удалить"
        )));
    }
    let dir = place.home.dir();
    let removed = std::fs::remove_dir_all(dir);
    removed.map_err(|error| Failure::other(format!("{}: {error}", dir.display())))?;
    answer(json!({}))
}

/// The plan, what is still wrong with it, and the choices told back.
fn told(place: &Place) -> Result<Value> {
    let Kept { revision, plan } = kept(&place.home)?;
    let (problem, chosen, scale) = match checked(&plan) {
        Ok((file, draft)) => (None, words::chosen(&draft, str::to_owned), file.roll_scale),
        Err(failure) => (Some(Refused::from(failure).json()), Vec::new(), plan_scale(&plan)),
    };
    let roll = rolls::summary(&place.home, scale)?;
    let is_open = plan.file.get("secrecy").is_some_and(|secrecy| secrecy == "open");
    let weights = roll.as_ref().filter(|_| !is_open).and_then(|roll| weights::told(&roll.weights));
    Ok(json!({
        "plan": plan,
        "revision": revision,
        "problem": problem,
        "chosen": chosen,
        "roll": roll.map(|roll| roll.json()),
        "weights": weights.as_deref(),
    }))
}
