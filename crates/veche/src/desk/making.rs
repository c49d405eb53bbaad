//! A plan becomes an election; or, where trustees make the key of a secret one, first a draft and then the election. What voters
//! are served lies in the folder apart from the first moment on. A making that was killed goes on when it is asked for again.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::Roll;
use veche_server::{
    Home,
    home::{MAKING_FILE, ROLL_CSV_FILE},
};
use zeroize::Zeroizing;

use super::{
    Desk,
    answer::{Answer, Body},
    codes,
    jobs::JobFront,
    list, local,
    places::Place,
    plan::{self, Plan},
};
use crate::{
    config,
    failure::{Failure, Result},
    files, keyfile,
    lang::both,
    making::{self, Chosen, Made},
    new::VOTERS_MAX,
    rolls::{self, RollArgs},
    setup,
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/api/elections/{name}/make", post(make)).route("/api/elections/{name}/setup", post(finish))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    passphrase: Option<Zeroizing<String>>,
}

async fn make(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Making>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    let broke_off = place.home.path(MAKING_FILE).exists();
    if !broke_off {
        plan::refuse_made(&place.home)?;
    }
    let working = desk.clone();
    desk.jobs.start(Some(&name), "make", async move |front: &mut JobFront| {
        let _held = held;
        let passphrase = wish.passphrase.as_deref().map(String::as_str);
        let made = if broke_off && place.home.exists() {
            // The manifest was written: what is missing is the first entry of the log.
            setup::finish(&place.home, front).await?;
            "election"
        } else {
            make_of(&place, passphrase, front).await?
        };
        if made == "election" {
            made_election(&place, passphrase)?;
        }
        told(&working, &place, made).await
    })
}

async fn make_of(place: &Place, passphrase: Option<&str>, front: &mut JobFront) -> Result<&'static str> {
    let plan = Plan::of(&place.home)?;
    let (file, draft) = plan::checked(&plan)?;
    if draft.trustees.is_none() || plan.local_trustees {
        keyfile::check_new(passphrase.unwrap_or_default())?;
    }
    if !place.home.exists() {
        // What a making that was killed has left, perhaps of another plan: cards and keys of no election.
        codes::delete_clear(&place.home)?;
        local::forget_keys(&place.home)?;
    }
    let (roll, roll_csv) = roll(&place.home, &plan, file.roll_scale, front)?;
    let Plan { local_trustees, weights_show_votes, .. } = plan;
    let chosen = Chosen { file, roll, roll_csv, local_trustees, draft_alone: false, weights_show_votes };
    match making::make(&place.home, chosen, front).await? {
        Made::Draft(_) => {
            files::remove(&place.home.path(MAKING_FILE))?;
            Ok("draft")
        }
        Made::Election(_) => Ok("election"),
    }
}

fn roll(home: &Home, plan: &Plan, scale: u32, front: &mut JobFront) -> Result<(Roll, Option<Vec<u8>>)> {
    if let Some(voters) = plan.voters {
        if !(1..=VOTERS_MAX).contains(&voters) {
            return Err(Failure::usage(both!(
                "there can be 1 to {VOTERS_MAX} voters",
                "избирателей может быть от 1 до {VOTERS_MAX}"
            )));
        }
        return Ok((Roll::numbered(voters).at_scale(scale), None));
    }
    let Some(csv) = home.read_if_there(ROLL_CSV_FILE)? else {
        return Err(Failure::usage(both!("there is no roll yet", "списка избирателей ещё нет")).next(both!(
            "Paste it, or say how many voters there are.",
            "Вставьте его или скажите, сколько избирателей."
        )));
    };
    let read = making::accept_roll(rolls::read(ROLL_CSV_FILE, &csv, scale, &RollArgs::default())?, front)?;
    Ok((read.roll, Some(read.csv)))
}

/// An election is there: its codes go under the passphrase, and beside the organiser's key lies which election it is of.
///
/// # Errors
/// The passphrase is too short or another; or the disk.
pub fn made_election(place: &Place, passphrase: Option<&str>) -> Result<()> {
    place.note_election()?;
    match passphrase {
        Some(passphrase) => codes::seal(place, passphrase),
        None => Err(Failure::usage(both!(
            "the election is made; its codes still need your passphrase",
            "выборы созданы; кодам ещё нужен ваш пароль"
        ))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finishing {
    passphrase: Zeroizing<String>,
    url: Option<String>,
    #[serde(default)]
    weights_show_votes: Option<bool>,
}

/// The trustees have made the key.
async fn finish(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Finishing>) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    let working = desk.clone();
    desk.jobs.start(Some(&name), "setup", async move |front: &mut JobFront| {
        let _held = held;
        let home = &place.home;
        keyfile::check_new(&wish.passphrase)?;
        // The post-box of the ceremony holds the folder.
        working.hosted.stop(&place.name).await;
        let planned = Plan::of(home).is_ok_and(|plan| plan.weights_show_votes);
        let url = wish.url.as_deref().filter(|url| !url.is_empty()).map(config::public_address).transpose()?;
        if home.exists() && !home.path(MAKING_FILE).exists() {
            // It was made before, and only the codes were left.
            made_election(&place, Some(&wish.passphrase))?;
        } else {
            let shown = wish.weights_show_votes.unwrap_or(planned);
            making::finish(home, url.as_deref(), shown, front).await?;
            made_election(&place, Some(&wish.passphrase))?;
        }
        told(&working, &place, "election").await
    })
}

async fn told(desk: &Desk, place: &Place, made: &str) -> Result<Value> {
    Ok(json!({ "made": made, "election": list::election(desk, &place.name).await? }))
}
