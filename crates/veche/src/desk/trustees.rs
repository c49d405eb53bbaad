//! A trustee at the desk: registers, deals, accepts, rehearses, opens, by the functions that the command line uses too. A key never
//! leaves this machine but as a backup under its passphrase. What may take long, or has something to ask, is a work that the page
//! watches; one that is stopped or killed has sent nothing that giving it again would not send in the same words.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::{
    Draft, Phase,
    ceremony::{Ceremony, Stage, TrusteeSecret, fingerprint, spoken},
};
use veche_server::{Home, clock::Clock};
use zeroize::Zeroizing;

use super::{
    Desk, Nothing,
    answer::{Answer, Body, next_for_page},
    jobs::{self, JobFront},
};
use crate::{
    ceremonies,
    failure::{Exit, Failure, Result},
    files, keyfile,
    lang::{Sentence, both, tr},
    trustee::{self, How, KeyHolder, Step, no_ceremony},
};

mod backup;
mod comparing;
mod keys;
mod standing;

use comparing::AtDesk;
use keys::{Backup, Key, Memo, NOTES, beside, write_memo};
use standing::{Deeds, Seen, Standing, named, person_json, see, steps, taken};

pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/trustee/keys", post(all))
        .route("/api/trustee/look", post(look))
        .route("/api/trustee/register", post(register))
        .route("/api/trustee/state", post(state))
        .route("/api/trustee/at", post(move_to))
        .route("/api/trustee/deal", post(|desk, wish| step(desk, wish, Deed::Deal)))
        .route("/api/trustee/accept", post(|desk, wish| step(desk, wish, Deed::Accept)))
        .route("/api/trustee/rehearse", post(|desk, wish| step(desk, wish, Deed::Rehearse)))
        .route("/api/trustee/open", post(|desk, wish| step(desk, wish, Deed::Open)))
        .route("/api/trustee/backup", post(back_up))
        .route("/api/trustee/backup/check", post(check_backup))
        .route("/api/trustee/restore", post(restore))
        .route("/api/trustee/destroy", post(destroy))
        .route("/api/elections/{name}/ceremony", post(ceremony))
}

/// The keys of this desk, for its list.
///
/// # Errors
/// None so far: what cannot be read is left out.
pub fn keys(desk: &Desk) -> Result<Vec<Value>> {
    Ok(keys::list(desk))
}

/// Trustees whose rehearsals are in the log of an election of this desk.
///
/// # Errors
/// The log in its folder is not right.
pub async fn rehearsed(desk: &Desk, name: &str, home: &Home) -> Result<Vec<u32>> {
    Ok(Deeds::of(desk, name, home).await?.rehearsed)
}

async fn all(State(desk): State<Arc<Desk>>, Body(Nothing {}): Body<Nothing>) -> Answer {
    jobs::run(async move |_| Ok(json!({ "keys": keys(&desk)? }))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Looking {
    at: String,
}

/// What somebody is asked to be a trustee of, before any key is made.
async fn look(Body(wish): Body<Looking>) -> Answer {
    jobs::run(async move |_| {
        let place = trustee::place::Place::new(wish.at.trim())?;
        let draft = place.draft()?;
        let plan = draft.trustees.ok_or_else(no_ceremony)?;
        let ceremony = place.ceremony(&draft)?;
        let people = ceremonies::people(&ceremony);
        let free: Vec<u32> =
            (1..=plan.count).filter(|number| people.iter().all(|person| person.number != *number)).collect();
        Ok(json!({
            "title": draft.title, "draft": draft.id(), "count": plan.count, "threshold": plan.threshold,
            "registered": people.iter().map(person_json).collect::<Vec<_>>(), "free": free,
            "words": ceremonies::stage_text(&ceremony),
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registering {
    at: String,
    number: u32,
    name: String,
    passphrase: Zeroizing<String>,
}

async fn register(State(desk): State<Arc<Desk>>, Body(wish): Body<Registering>) -> Answer {
    keyfile::check_new(&wish.passphrase)?;
    let at = wish.at.trim().to_owned();
    let work = format!("register {at} {}", wish.number);
    let held = desk.hold(&work)?;
    let folder = desk.folder.clone();
    desk.jobs.start(Some(&work), "register", async move |job: &mut JobFront| {
        let _held = held;
        let draft = trustee::place::Place::new(&at)?.draft()?;
        let plan = draft.trustees.ok_or_else(no_ceremony)?;
        let (id, file) = Key::new_file(&folder, draft.id(), wish.number)?;
        let memo = Memo {
            at,
            number: wish.number,
            name: wish.name.clone(),
            title: draft.title.clone(),
            draft: draft.id(),
            count: plan.count,
            threshold: plan.threshold,
            fingerprint: String::new(),
            typed: BTreeMap::new(),
            steps: BTreeMap::new(),
            backup: Backup::default(),
            stood: None,
        };
        let mut key = Key { id, file, is_local: false, memo };
        let (holder, mut memo, passphrase) = (key.holder(), key.memo.clone(), wish.passphrase.clone());
        let keep = |secret: &TrusteeSecret| {
            memo.fingerprint = fingerprint(&secret.signing_key().public());
            write_memo(&holder.key, &memo)?;
            keyfile::write(&holder.key, secret, Some(&passphrase))
        };
        let mut front = AtDesk { job, key: &mut key, people: Vec::new(), passphrase: passphrase.clone() };
        let registered = trustee::register(&holder, wish.number, &wish.name, keep, &mut front)?;
        let Step::Registered { number, fingerprint, .. } = registered else {
            return Err(Failure::other("another step than that of a registration"));
        };
        key.did("registered")?;
        let text = both!(
            "You are registered as trustee {number}. Note your fingerprint, {fingerprint}, and make a backup of your key now: without \
             enough keys nobody can open the result.",
            "Вы зарегистрированы: доверенный {number}. Запишите свой отпечаток, {fingerprint}, и сразу сделайте копию ключа: если \
             ключей не хватит, результат не откроет никто."
        );
        Ok(json!({ "key": key.id, "number": number, "fingerprint": fingerprint, "text": text }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Naming {
    key: String,
}

async fn state(State(desk): State<Arc<Desk>>, Body(wish): Body<Naming>) -> Answer {
    let mut key = Key::find(&desk, &wish.key)?;
    let job = desk.jobs.running(&key.work());
    jobs::run(async move |_| {
        let (standing, people, words) = match see(&key.memo.at).await {
            Ok(seen) => (Standing::of(&key.memo, &seen), people_json(&key, &seen), seen.words()),
            Err(failure) => (Standing::unreachable(failure), Vec::new(), None),
        };
        let stood = standing.stood(Clock::system().wall());
        // Since when it stands so; a look alone is no news.
        let is_news =
            key.memo.stood.as_ref().is_none_or(|before| before.text != stood.text || before.stage != stood.stage);
        if standing.problem.is_none() && is_news {
            key.note(|memo| memo.stood = Some(stood))?;
        }
        let mut shown = standing_json(&key, &standing, people, job);
        if let Some(members) = shown.as_object_mut() {
            members.insert("words".into(), words.into());
        }
        Ok(shown)
    })
    .await
}

/// Everybody who has registered, and what they have done.
fn people_json(key: &Key, seen: &Seen) -> Vec<Value> {
    let person = |person: &ceremonies::Person| {
        let mut shown = person_json(person);
        if let Some(members) = shown.as_object_mut() {
            members.insert("you".into(), (person.number == key.memo.number).into());
            members.insert("done".into(), taken(seen, person.number).into());
        }
        shown
    };
    ceremonies::people(seen.ceremony()).iter().map(person).collect()
}

fn standing_json(key: &Key, standing: &Standing, people: Vec<Value>, job: Option<String>) -> Value {
    let mut shown = key.json();
    let problem = |failure: &Failure| json!({ "what": *failure.what, "next": next_for_page(failure) });
    let problem = standing.problem.as_ref().map(problem);
    let more = json!({
        "stage": standing.stage,
        "next": { "do": standing.next, "text": *standing.text, "telephone": standing.telephone },
        "count": key.memo.count, "threshold": key.memo.threshold, "fingerprint": key.memo.fingerprint,
        "people": people, "missing": standing.missing, "steps": key.memo.steps, "problem": problem, "job": job,
    });
    if let (Some(members), Value::Object(more)) = (shown.as_object_mut(), more) {
        members.extend(more);
    }
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    key: String,
    at: String,
}

/// The election is served elsewhere now. Whether it is the same one, every look and every step sees for itself.
async fn move_to(State(desk): State<Arc<Desk>>, Body(wish): Body<Moving>) -> Answer {
    let mut key = Key::find(&desk, &wish.key)?;
    jobs::run(async move |_| {
        let at = wish.at.trim().to_owned();
        trustee::place::Place::new(&at)?;
        key.note(|memo| memo.at = at)?;
        Ok(key.json())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stepping {
    key: String,
    /// Of a key that is under one.
    #[serde(default)]
    passphrase: Zeroizing<String>,
    /// Of opening: this is a copy whose notes are lost.
    #[serde(default)]
    copy: bool,
}

#[derive(Clone, Copy)]
enum Deed {
    Deal,
    Accept,
    Rehearse,
    Open,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Accept => "accept",
            Self::Rehearse => "rehearse",
            Self::Open => "open",
        }
    }
}

async fn step(State(desk): State<Arc<Desk>>, Body(wish): Body<Stepping>, deed: Deed) -> Answer {
    let mut key = Key::find(&desk, &wish.key)?;
    let held = desk.hold(&key.work())?;
    desk.jobs.start(Some(&key.work()), deed.name(), async move |job: &mut JobFront| {
        let _held = held;
        let people = ceremonies::people(see(&key.memo.at).await?.ceremony());
        let (stop, holder) = (job.stop(), key.holder());
        let mut front = AtDesk { job, key: &mut key, people, passphrase: wish.passphrase };
        let done = carry_out(deed, &holder, wish.copy, &mut front, stop).await?;
        let (word, text) = told(&done);
        key.did(if word == "shared" { "opened" } else { word })?;
        Ok(json!({ "step": word, "text": text }))
    })
}

async fn carry_out(
    deed: Deed,
    holder: &KeyHolder,
    copy: bool,
    front: &mut AtDesk<'_>,
    stop: impl Future<Output = ()>,
) -> Result<Step> {
    match deed {
        // It waits for the others between two looks alone, and there it may end.
        Deed::Deal => tokio::select! {
            biased;
            dealt = trustee::deal(holder, front) => dealt,
            () = stop => Err(jobs::stopped()),
        },
        Deed::Accept => trustee::accept(holder, front),
        Deed::Rehearse => trustee::rehearse(holder, false, front).await,
        Deed::Open => {
            let how = How { copy, ..How::default() };
            trustee::open(holder, how, front).await
        }
    }
}

/// What a step came to: a word for the page, and a sentence.
fn told(step: &Step) -> (&'static str, Sentence) {
    match step {
        Step::Dealt => (
            "dealt",
            both!(
                "Dealt. When all have, you telephone once more.",
                "Роздано. Когда раздадут все, вы созвонитесь ещё раз."
            ),
        ),
        Step::Accepted => (
            "accepted",
            both!(
                "Accepted: every share fits. Make a new backup of your key now, with its notes.",
                "Принято: все доли подходят. Сделайте новую копию ключа, вместе с заметками."
            ),
        ),
        Step::Answered(_) => {
            ("answered", both!("You have answered the complaint about you.", "Вы ответили на жалобу."))
        }
        Step::Rehearsed => {
            ("rehearsed", both!("Rehearsed: your key is there and fits.", "Проверено: ваш ключ на месте и подходит."))
        }
        Step::Shared => (
            "shared",
            both!(
                "Your share is in the log. When there are enough, the server computes the result.",
                "Ваша доля в журнале. Когда долей будет достаточно, сервер вычислит результат."
            ),
        ),
        other => ("seen", Sentence::of(|| other.text())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackingUp {
    key: String,
    passphrase: Zeroizing<String>,
}

async fn back_up(State(desk): State<Arc<Desk>>, Body(wish): Body<BackingUp>) -> Answer {
    let mut key = Key::find(&desk, &wish.key)?;
    jobs::run(async move |_| backup::make(&mut key, &wish.passphrase)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proving {
    key: String,
    base64: String,
    passphrase: Zeroizing<String>,
}

async fn check_backup(State(desk): State<Arc<Desk>>, Body(wish): Body<Proving>) -> Answer {
    let mut key = Key::find(&desk, &wish.key)?;
    jobs::run(async move |_| backup::check(&mut key, &wish.base64, &wish.passphrase)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restoring {
    base64: String,
    passphrase: Zeroizing<String>,
    /// Where the election is now, if not where it was.
    at: Option<String>,
}

async fn restore(State(desk): State<Arc<Desk>>, Body(wish): Body<Restoring>) -> Answer {
    let held = desk.hold("restoring a key")?;
    jobs::run(async move |_| {
        let _held = held;
        backup::restore(&desk, &wish.base64, &wish.passphrase, wish.at)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destroying {
    key: String,
    confirm: bool,
}

/// A key that is needed no more: of an election that is over, or one that is registered nowhere.
async fn destroy(State(desk): State<Arc<Desk>>, Body(wish): Body<Destroying>) -> Answer {
    let key = Key::find(&desk, &wish.key)?;
    let held = desk.hold(&key.work())?;
    jobs::run(async move |_| {
        let _held = held;
        let is_over = match see(&key.memo.at).await {
            Ok(seen) => Standing::of(&key.memo, &seen).next == "destroy",
            // Whose server is gone: as it stood when somebody looked last.
            Err(_) => key.memo.stood.as_ref().is_some_and(|stood| stood.next == "destroy"),
        };
        if !is_over || !wish.confirm {
            return Err(Failure::new(
                Exit::NotOpen,
                both!("this key is still needed: nothing was deleted", "этот ключ ещё нужен: ничего не удалено"),
            ));
        }
        // The key first: notes without a key say nothing.
        for ending in [""].iter().chain(&NOTES) {
            files::remove(&beside(&key.file, ending))?;
        }
        Ok(json!({}))
    })
    .await
}

/// The organiser's view of the ceremony.
async fn ceremony(
    State(desk): State<Arc<Desk>>,
    UrlPath(name): UrlPath<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Answer {
    let home = desk.place(&name)?.home;
    jobs::run(async move |_| organisers_view(&desk, &name, &home).await).await
}

async fn organisers_view(desk: &Desk, name: &str, home: &Home) -> Result<Value> {
    if home.has_draft() {
        let draft = home.draft()?;
        let ceremony = home.ceremony_so_far(&draft)?;
        return Ok(ceremony_json(home, &draft, &ceremony, None));
    }
    let election = home.election()?;
    let Some(file) = home.ceremony(&election)? else { return Ok(json!({ "stage": "none", "people": [] })) };
    let ceremony = Ceremony::of(&election, &file).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    let deeds = Deeds::of(desk, name, home).await?;
    Ok(ceremony_json(home, election.draft(), &ceremony, Some((spoken(election.id()), deeds))))
}

/// Who is waited for once the key is made, and that in a sentence.
fn waited_for(draft: &Draft, people: &[ceremonies::Person], deeds: &Deeds) -> (Vec<u32>, String) {
    let (count, threshold) = draft.trustees.map_or((0, 0), |plan| (plan.count, plan.threshold));
    let without = |done: &[u32]| (1..=count).filter(|number| !done.contains(number)).collect::<Vec<_>>();
    match deeds.phase {
        Phase::New | Phase::Setup => {
            let missing = without(&deeds.rehearsed);
            let who = named(&missing, people);
            let text = if missing.is_empty() {
                tr!("All have rehearsed.", "Репетиция прошла у всех.")
            } else {
                tr!("Not rehearsed yet: {who}.", "Ещё без репетиции: {who}.")
            };
            (missing, text)
        }
        Phase::Open | Phase::Paused => (
            Vec::new(),
            tr!(
                "All have rehearsed; they are needed after the closing.",
                "Репетиция прошла у всех; они понадобятся после закрытия."
            ),
        ),
        Phase::Summed => {
            let missing = without(&deeds.shares);
            let (given, who) = (deeds.shares.len(), named(&missing, people));
            let text = tr!(
                "Opened so far: {given} of {threshold} that are needed. Not yet: {who}.",
                "Открыли сумму: {given}, нужно {threshold}. Ещё нет: {who}."
            );
            (missing, text)
        }
        Phase::Finished => (Vec::new(), tr!("The sum is open; the result is there.", "Сумма открыта, результат есть.")),
        _ => (Vec::new(), String::new()),
    }
}

fn ceremony_json(home: &Home, draft: &Draft, ceremony: &Ceremony, made: Option<(String, Deeds)>) -> Value {
    let (stage, mut missing) = match ceremony.stage() {
        Stage::Register(missing) => ("register", missing),
        Stage::Commit(missing) => ("commit", missing),
        Stage::Deal(missing) => ("deal", missing),
        Stage::Accept(missing) => ("accept", missing),
        Stage::Disputed { dealer, .. } => ("disputed", vec![dealer]),
        Stage::Failed { culprits } => ("failed", culprits),
        Stage::Done => ("done", Vec::new()),
    };
    let people = ceremonies::people(ceremony);
    let mut words = ceremonies::stage_text(ceremony);
    if let Some((_, deeds)) = &made {
        (missing, words) = waited_for(draft, &people, deeds);
    }
    let (rehearsed, shares) =
        made.as_ref().map_or((&[][..], &[][..]), |(_, deeds)| (deeds.rehearsed.as_slice(), deeds.shares.as_slice()));
    let person = |person: &ceremonies::Person| {
        let mut shown = person_json(person);
        if let Some(members) = shown.as_object_mut() {
            members.insert("missing".into(), missing.contains(&person.number).into());
            members.insert("done".into(), steps(ceremony, rehearsed, shares, person.number).into());
        }
        shown
    };
    let plan = draft.trustees.map_or((0, 0), |plan| (plan.count, plan.threshold));
    json!({
        "title": draft.title, "count": plan.0, "threshold": plan.1, "stage": stage, "missing": missing,
        "people": people.iter().map(person).collect::<Vec<_>>(), "words": words,
        "telephone": matches!(stage, "commit" | "accept" | "disputed" | "failed"),
        "code": made.as_ref().map(|(code, _)| code), "at": home.served_at(),
    })
}
