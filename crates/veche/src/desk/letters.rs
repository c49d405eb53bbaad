//! Letters at the desk, by the functions of `veche mail` and with its journal: settings, texts, a test letter that is compared, then a
//! run that may be stopped and goes on where it was. Whatever window or program sends, the journal is one, and nobody gets a second
//! letter unasked.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::VoterNumber;
use zeroize::Zeroizing;

use super::{
    Desk,
    answer::{Answer, Body, next_in_both},
    codes,
    jobs::{self, JobFront},
    places::Place,
};
use crate::{
    cards::Printed,
    config,
    failure::{Failure, Result},
    front::{Front, Progress, Work},
    lang::{Language, Sentence, both},
    mail::{
        self,
        delivery::{self, Again, Courier, Delivered, Plan},
        journal::{Became, Journal, Line},
        letter::Kind,
        people::{Mailing, Wish},
        smtp::without_codes,
        table,
    },
    show::safe,
    status, voters,
};

mod settings;
mod texts;
mod trying;

/// What the desk keeps of letters beside the journal: own texts, and the newest test letter.
const LETTERS_DIR: &str = "letters";
/// Numbers of one answer; rows of the journal too.
const NUMBERS_MAX: usize = 200;
const ROWS_MAX: usize = 1_000;

pub fn routes() -> Router<Arc<Desk>> {
    let at = |path: &str| format!("/api/elections/{{name}}/letters/{path}");
    Router::new()
        .route(&at("settings"), post(settings::look))
        .route(&at("settings/save"), post(settings::save))
        .route(&at("text"), post(texts::look))
        .route(&at("text/save"), post(texts::save))
        .route(&at("preview"), post(texts::preview))
        .route(&at("plan"), post(plan))
        .route(&at("test"), post(trying::send))
        .route(&at("test/compare"), post(trying::compare))
        .route(&at("send"), post(send))
        .route(&at("arrived"), post(arrived))
        .route(&at("journal"), post(journal))
        .route(&at("merge"), post(merge))
        .route(&at("sheets"), post(sheets))
}

/// Which letters are spoken of.
#[derive(Deserialize)]
pub struct Which {
    kind: Kind,
    #[serde(default)]
    with_code: bool,
    lang: Option<Language>,
    /// Of the codes, where they go along.
    passphrase: Option<Zeroizing<String>>,
}

impl Which {
    /// # Errors
    /// The codes do not open.
    fn wish(&self, place: &Place) -> Result<Wish> {
        let cards = match self.with_code {
            true => Some(codes::cards(place, self.passphrase.as_ref().map_or("", |text| text.as_str()))?),
            false => None,
        };
        let (kind, with_code, template) = (self.kind, self.with_code, texts::own(&place.home, self)?);
        Ok(Wish { kind, with_code, template, language: self.lang, cards })
    }
}

/// How work on letters is called: an election may be paused or closed meanwhile.
fn work(name: &str) -> String {
    format!("{name}/letters")
}

#[derive(Deserialize)]
struct Choosing {
    #[serde(flatten)]
    which: Which,
    #[serde(default)]
    only: Vec<String>,
    #[serde(default)]
    retry_refused: bool,
}

impl Choosing {
    fn again(&self) -> Result<Again> {
        Ok(Again { only: numbers(&self.only)?, refused: self.retry_refused })
    }
}

fn numbers(texts: &[String]) -> Result<Vec<VoterNumber>> {
    texts.iter().map(|text| voters::parse_number(text.trim())).collect()
}

/// To whom letters would go. Nothing is sent.
async fn plan(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Choosing>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let home = &place.home;
        let (mailing, people) = Mailing::prepare(home, &wish.which.wish(&place)?, front).await?;
        let standing = Journal::look(home, mailing.election.id())?;
        let plan = Plan::new(people, mailing.kind, &standing, &wish.again()?)?;
        let first: Vec<VoterNumber> = plan.letters.iter().take(NUMBERS_MAX).map(|to| to.number).collect();
        let count = plan.letters.len();
        let mut words = vec![both!(
            "Letters to send: {count}; sent before: {}",
            "Писем к отправке: {count}; отправлено раньше: {}",
            plan.already
        )];
        words.extend(remarks(&plan));
        Ok(json!({
            "letters": first, "count": count, "already": plan.already, "uncertain": plan.uncertain,
            "moved": plan.moved, "refused": plan.refused, "unreached": plan.unreached,
            "test": trying::shown(home)?, "words": words.iter().map(|text| &**text).collect::<Vec<_>>(),
        }))
    })
    .await
}

/// What the organiser should know of a plan.
fn remarks(plan: &Plan) -> Vec<Sentence> {
    let mut words = Vec::new();
    if !plan.uncertain.is_empty() {
        let count = plan.uncertain.len();
        words.push(both!(
            "May have been sent when a run stopped, and not sent again now: {count}. Ask these voters; then send again to them, or note \
             that it has arrived.",
            "Могли уйти, когда отправка прервалась, и сейчас не повторяются: {count}. Спросите этих избирателей; затем отправьте им \
             ещё раз или отметьте, что письмо дошло."
        ));
    }
    if !plan.moved.is_empty() {
        let count = plan.moved.len();
        words.push(both!(
            "Sent to an address that has changed since: {count}. To the new one only where you choose these numbers.",
            "Отправлено по адресу, который с тех пор сменился: {count}. По новому — только если выбрать эти номера."
        ));
    }
    if !plan.refused.is_empty() {
        let count = plan.refused.len();
        words.push(both!(
            "Refused for good at this address: {count}. Correct the address, or try again.",
            "Отклонено навсегда по этому адресу: {count}. Исправьте адрес или попробуйте ещё раз."
        ));
    }
    if !plan.unreached.is_empty() {
        let count = plan.unreached.len();
        words.push(both!(
            "Without an e-mail address: {count}. They need a card on paper, or a call.",
            "Без адреса почты: {count}. Им нужна карточка на бумаге или звонок."
        ));
    }
    words
}

#[derive(Deserialize)]
struct Sending {
    #[serde(flatten)]
    chosen: Choosing,
    password: Option<Zeroizing<String>>,
    #[serde(default = "per_minute")]
    per_minute: u32,
}

fn per_minute() -> u32 {
    mail::PER_MINUTE_DEFAULT
}

async fn send(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Sending>) -> Answer {
    let place = desk.place(&name)?;
    if !(1..=mail::PER_MINUTE_MAX).contains(&wish.per_minute) {
        let max = mail::PER_MINUTE_MAX;
        return Err(Failure::usage(both!("1 to {max} letters in a minute", "от 1 до {max} писем в минуту")).into());
    }
    let held = desk.hold(&work(&name))?;
    desk.jobs.start(Some(&name), "letters", async move |job: &mut JobFront| {
        let _held = held;
        let home = &place.home;
        let (mailing, people) = Mailing::prepare(home, &wish.chosen.which.wish(&place)?, job).await?;
        let mut journal = Journal::open(home, mailing.election.id())?;
        let plan = Plan::new(people, mailing.kind, &journal.standing, &wish.chosen.again()?)?;
        remarks(&plan).into_iter().for_each(|text| job.tell(text));
        let server = mailing.server()?;
        let all = plan.letters.len() as u64;
        let password = if all > 0 { settings::password(home, server, wish.password)? } else { None };
        let mut courier = Courier::new(server, password.as_ref().map(|text| text.as_str()));
        let (stop, mut done) = (job.stop(), 0);
        let told = |line: &Line| {
            done += 1;
            job.progress(Progress { work: Work::Letters, done, all });
            if line.became != Became::Sent {
                job.tell(Sentence::of(|| {
                    format!("{}: {} {}", line.number, mail::became(line.became), safe(without_codes(&line.words)))
                }));
            }
        };
        let delivered =
            delivery::deliver(&mailing, plan, &mut journal, &mut courier, wish.per_minute, stop, told).await?;
        sent_json(delivered)
    })
}

fn sent_json(Delivered { report, stopped }: Delivered) -> Result<Value> {
    let mut shown = serde_json::to_value(&report).map_err(Failure::other)?;
    let (sent, left) = (report.sent, report.left.len());
    let text = if left > 0 {
        both!(
            "Sent: {sent}; not begun: {left}. Send again, and it goes on with these.",
            "Отправлено: {sent}; не начато: {left}. Запустите отправку снова, и она продолжит с них."
        )
    } else {
        both!("Sent: {sent}.", "Отправлено: {sent}.")
    };
    if let Some(members) = shown.as_object_mut() {
        members.insert("text".into(), json!(text));
        members.insert(
            "stopped".into(),
            stopped.map_or(Value::Null, |failure| json!({ "what": failure.what, "next": next_in_both(&failure) })),
        );
    }
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arriving {
    kind: Kind,
    numbers: Vec<String>,
}

async fn arrived(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Arriving>) -> Answer {
    let home = desk.place(&name)?.home;
    jobs::run(async move |_| {
        delivery::note_arrived(&home, wish.kind, &numbers(&wish.numbers)?)?;
        Ok(json!({}))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    kind: Option<Kind>,
    became: Option<Became>,
    #[serde(default)]
    from: usize,
    #[serde(default = "rows")]
    count: usize,
}

fn rows() -> usize {
    NUMBERS_MAX
}

/// The last word of each letter.
async fn journal(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Listing>) -> Answer {
    let home = desk.place(&name)?.home;
    jobs::run(async move |_| {
        let election = home.election()?;
        let names: BTreeMap<VoterNumber, String> = voters::everybody(&home, &election, &status::inspect(&home).await?)?
            .into_iter()
            .map(|(_, seat)| (seat.number, seat.name))
            .collect();
        let mut lines: Vec<Line> = Journal::look(&home, election.id())?.into_values().collect();
        lines.retain(|line| wish.kind.is_none_or(|kind| line.letter == kind));
        let mut counts = BTreeMap::<String, u64>::new();
        for line in &lines {
            let word = serde_json::to_value(line.became).map_err(Failure::other)?;
            *counts.entry(word.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        lines.retain(|line| wish.became.is_none_or(|became| line.became == became));
        lines.sort_by_key(|line| Reverse((line.at, line.number)));
        let row = |line: &Line| {
            json!({ "at": line.at, "kind": line.letter, "number": line.number, "name": names.get(&line.number),
                "to": line.to, "became": line.became, "words": without_codes(&line.words) })
        };
        let shown: Vec<Value> = lines.iter().skip(wish.from).take(wish.count.min(ROWS_MAX)).map(row).collect();
        Ok(json!({ "total": lines.len(), "counts": counts, "rows": shown }))
    })
    .await
}

#[derive(Deserialize)]
struct Merging {
    #[serde(flatten)]
    which: Which,
}

/// A table for another program that sends.
async fn merge(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Merging>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |front| {
        let (mailing, people) = Mailing::prepare(&place.home, &wish.which.wish(&place)?, front).await?;
        let table = table::merge(&mailing, &people, wish.which.with_code);
        Ok(json!({
            "name": format!("{name}-letters.csv"), "base64": BASE64.encode(table.as_bytes()),
            "count": people.written.len(), "unreached": people.unreached,
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printing {
    passphrase: Zeroizing<String>,
}

/// All cards in one file, to print and cut.
async fn sheets(State(desk): State<Arc<Desk>>, UrlPath(name): UrlPath<String>, Body(wish): Body<Printing>) -> Answer {
    let place = desk.place(&name)?;
    jobs::run(async move |_| {
        let mut cards = codes::cards(&place, &wish.passphrase)?;
        let url = config::public_url(&place.home)?;
        for card in &mut cards {
            card.url = url.clone().or_else(|| card.url.take());
        }
        let page = Printed::of(&place.home)?.page(&cards);
        Ok(json!({ "name": format!("{name}-cards.html"), "base64": BASE64.encode(page.as_bytes()), "count": cards.len() }))
    })
    .await
}
