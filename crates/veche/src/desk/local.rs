//! Opening the sums of an election whose trustees' keys were all made here: a rehearsal, or a vote among people who trust this
//! machine with everything. There is nobody to compare codes with; whatever else a trustee would be asked, the person is.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde_json::json;
use veche_election::Phase;
use veche_server::Home;
use zeroize::Zeroizing;

use super::{
    Desk, Nothing,
    answer::{Answer, Body},
    jobs::JobFront,
    list,
    places::Place,
};
use crate::{
    failure::{Exit, Failure, Result},
    files,
    front::{Front, Progress},
    lang::{Sentence, both},
    status,
    trustee::{self, Code, How, KeyHolder, TRUSTEES_DIR, TrusteeFront, local_key},
};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/api/elections/{name}/open-sums", post(open))
}

struct Alone<'a>(&'a mut JobFront);

impl Front for Alone<'_> {
    fn tell(&mut self, text: Sentence) {
        self.0.tell(text);
    }

    fn progress(&mut self, progress: Progress) {
        self.0.progress(progress);
    }
}

impl TrusteeFront for Alone<'_> {
    fn is_same(&mut self, code: Code) -> Result<bool> {
        self.tell(Sentence::of(|| format!("{}: {}", code.name(), code.spoken())));
        Ok(true)
    }

    fn is_known(&mut self, doubt: &Failure) -> Result<bool> {
        self.0.is_known(doubt)
    }

    fn passphrase(&mut self, _: &Path) -> Result<Zeroizing<String>> {
        Err(under_passphrase())
    }
}

/// As [`Alone`], where nothing can be asked in between.
struct Unasked<'a>(&'a mut dyn Front);

impl Front for Unasked<'_> {
    fn tell(&mut self, text: Sentence) {
        self.0.tell(text);
    }

    fn progress(&mut self, progress: Progress) {
        self.0.progress(progress);
    }
}

impl TrusteeFront for Unasked<'_> {
    fn is_same(&mut self, _: Code) -> Result<bool> {
        Ok(true)
    }

    fn passphrase(&mut self, _: &Path) -> Result<Zeroizing<String>> {
        Err(under_passphrase())
    }
}

fn under_passphrase() -> Failure {
    Failure::usage(both!(
        "this key is under a passphrase: use it at the trustee's page",
        "этот ключ под паролем: воспользуйтесь им на странице доверенного"
    ))
}

/// Keys that were made for an election that never came to be.
///
/// # Errors
/// The disk.
pub fn forget_keys(home: &Home) -> Result<()> {
    files::remove_dir(&home.path(TRUSTEES_DIR))
}

/// The rehearsals that are missing, where all keys are here: a making that was killed had not come to them.
///
/// # Errors
/// A key cannot be read, or its rehearsal is refused.
pub async fn rehearse_missing(place: &Place, front: &mut dyn Front) -> Result<()> {
    if !place.home.exists() || !place.home.path(TRUSTEES_DIR).exists() {
        return Ok(());
    }
    let at = place.target();
    let plan = place.home.election()?.draft().trustees;
    for _ in 0..plan.map_or(0, |plan| plan.count) {
        let Some(number) = status::look(&at).await?.missing_rehearsal else { break };
        let holder = KeyHolder { at: at.clone(), key: local_key(&place.home, number) };
        trustee::rehearse(&holder, true, &mut Unasked(&mut *front)).await?;
    }
    Ok(())
}

async fn open(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let place = desk.place(&name)?;
    let held = desk.hold(&name)?;
    let working = desk.clone();
    desk.jobs.start(Some(&name), "open-sums", async move |front: &mut JobFront| {
        let _held = held;
        let home = &place.home;
        let election = home.election()?;
        let plan = election.draft().trustees.ok_or_else(trustee::no_ceremony)?;
        if !home.path(TRUSTEES_DIR).exists() {
            return Err(Failure::new(
                Exit::NotOpen,
                both!("the trustees' keys are not here", "ключей доверенных здесь нет"),
            )
            .next(both!("Each trustee opens with their own.", "Каждый доверенный открывает своим ключом.")));
        }
        let at = place.target();
        for number in 1..=plan.count {
            let status = status::look(&at).await?;
            // Enough of them have done it, before or now.
            if status.phase != Phase::Summed || status.shares.len() >= plan.threshold as usize {
                break;
            }
            if status.shares.contains(&number) {
                continue;
            }
            let holder = KeyHolder { at: at.clone(), key: local_key(home, number) };
            let how = How::default();
            trustee::open(&holder, how, &mut Alone(front)).await?;
        }
        Ok(json!({ "election": list::election(&working, &place.name).await? }))
    })
}
