//! What a rule does, before anybody is bound by it: in sentences, and on an example. The candidates and ballots are invented; the
//! counting is that of elections.

use std::sync::Arc;

use axum::{Router, routing::post};
use serde::Deserialize;
use serde_json::{Value, json};
use veche_election::{
    Contest, ContestKind, Draft, ElectionResult, Hash, Marks, Secrecy, Tally, Vote, Weight, manifest::Better,
    result::Basis, roll::Heads, rules::TieStep,
};

use super::{
    Desk,
    answer::{Answer, Body},
    jobs, outcome,
};
use crate::{
    config::{ContestFile, ElectionFile},
    failure::{Failure, Result},
    lang::{self, Language, both, tr},
    russian, words,
};

/// How much each of the invented voters likes each candidate, in hundredths; nothing: no opinion. And how many vote so.
const VOTERS: [(u64, [Option<u8>; 4]); 5] = [
    (4, [Some(100), Some(60), Some(20), Some(0)]),
    (3, [Some(0), Some(100), Some(80), Some(20)]),
    (2, [Some(40), Some(60), Some(100), Some(0)]),
    (1, [None, Some(80), Some(0), Some(100)]),
    (1, [Some(100), None, None, Some(20)]),
];
const EXAMPLE_CANDIDATES: u32 = 4;
/// From here on a candidate is approved of.
const LIKED: u8 = 60;

pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/api/explain", post(explain))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Explaining {
    contest: Value,
    /// Of the election, where the contest names none.
    rule: Option<String>,
    lang: Option<Language>,
}

async fn explain(Body(wish): Body<Explaining>) -> Answer {
    jobs::run(async move |_| {
        let mut contest = wish.contest;
        super::plan::without_nothing(&mut contest);
        if let (Some(rule), Some(members)) = (wish.rule, contest.as_object_mut()) {
            members.entry("rule").or_insert_with(|| rule.into());
        }
        lang::within(wish.lang, || told(contest))
    })
    .await
}

fn told(contest: Value) -> Result<Value> {
    let given: ContestFile = serde_json::from_value(contest).map_err(Failure::usage)?;
    let chosen = draft(given.clone())?;
    let chosen = chosen.contests.first().ok_or_else(nothing)?;
    let mut sentences = words::rule(chosen, false, str::to_owned);
    sentences.insert(0, words::scale(chosen, str::to_owned));
    let example = example(&given)?;
    Ok(json!({ "sentences": sentences, "example": example }))
}

fn nothing() -> Failure {
    Failure::usage(both!("there is nothing to vote on yet", "пока не о чем голосовать"))
}

/// An election with this contest alone.
fn draft(contest: ContestFile) -> Result<Draft> {
    let title = contest.title.clone();
    let method =
        contest.rule.ok_or_else(|| Failure::usage(both!("choose a rule first", "сначала выберите правило")))?;
    // An open election names what it draws; here nothing is drawn.
    let lot = contest.ties.contains(&TieStep::Lot).then(|| tr!("a die", "кубик"));
    let file = ElectionFile { lot, ..ElectionFile::simple(&title, contest, method, Secrecy::Open) };
    let draft = file.draft([0; 32])?;
    draft.check().map_err(|error| russian::manifest(&error))?;
    Ok(draft)
}

/// The same rule, with four others to vote for. What an example is too small for is made as small.
fn example(given: &ContestFile) -> Result<Value> {
    let mut contest = given.clone();
    let mut names = [tr!("Anna", "Анна"), tr!("Boris", "Борис"), tr!("Clara", "Вера"), tr!("Dan", "Глеб")];
    if let (Some(none), Some(last)) = (&contest.none, names.last_mut()) {
        last.clone_from(none);
    }
    contest.candidates = names.to_vec();
    contest.about.clear();
    contest.seats = contest.seats.clamp(1, 3);
    let chosen = draft(given.clone())?;
    if let Some(bounds) = chosen.contests.first().and_then(|contest| contest.approvals) {
        let most = bounds.most.min(EXAMPLE_CANDIDATES);
        let least = bounds.least.min(most);
        // No bound at all is none to be written.
        contest.approvals = ((least, most) != (0, EXAMPLE_CANDIDATES)).then(|| format!("{least}..{most}"));
    }
    // An example draws no lot: equals are shown as equal.
    contest.ties.retain(|step| *step != TieStep::Lot);
    let draft = draft(contest)?;
    let contest = draft.contests.first().ok_or_else(nothing)?;
    let mut tally = Tally::open(&draft.contests);
    let (mut ballots, mut count) = (Vec::new(), 0);
    for (voters, likes) in VOTERS {
        let levels = marks(contest, &likes);
        let shown: Vec<&str> = levels
            .iter()
            .map(|level| level.and_then(|at| contest.levels.get(at)).map_or("*", String::as_str))
            .collect();
        let text = shown.join(if contest.is_compact() { "" } else { "," });
        let marks = Marks::parse(&text, contest).map_err(Failure::other)?;
        let weight = Weight::new(voters).ok_or_else(|| Failure::other("a weight is no weight"))?;
        tally.add(&Vote::Open(vec![marks]), weight);
        count += voters;
        ballots.push(json!({ "count": voters, "marks": shown }));
    }
    let histograms = tally.histograms().ok_or_else(|| Failure::other("open ballots are counted in the open"))?;
    let all = Heads { voters: count, weight: count };
    let basis =
        Basis { ballots: count, weight: count, histograms, lot: None, roll: all, at_closing: all, withdrawn: &[] };
    let id = Hash::of(b"an example");
    let result = ElectionResult::of_draft(id, &draft, &basis).ok_or_else(|| Failure::other("no lot decides here"))?;
    let contests = outcome::contests(&draft, &result);
    Ok(json!({ "candidates": contest.candidates, "ballots": ballots, "result": contests.first() }))
}

/// What a voter who likes the candidates so much marks on this ballot.
fn marks(contest: &Contest, likes: &[Option<u8>; 4]) -> Vec<Option<usize>> {
    let last = contest.levels.len().saturating_sub(1);
    let best_first = || {
        let mut order: Vec<usize> = (0..likes.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(likes.get(*at).copied().flatten().unwrap_or(0)));
        order
    };
    let of = |chosen: &[usize]| (0..likes.len()).map(|at| Some(usize::from(chosen.contains(&at)))).collect();
    if contest.kind == ContestKind::Single {
        return of(best_first().get(..1).unwrap_or_default());
    }
    if let Some(bounds) = contest.approvals {
        let liked = likes.iter().flatten().filter(|like| **like >= LIKED).count();
        let count = liked.clamp(bounds.least as usize, (bounds.most as usize).min(likes.len()));
        return of(best_first().get(..count).unwrap_or_default());
    }
    let level = |like: u8| {
        let up = (usize::from(like) * last + 50) / 100;
        if contest.better == Better::Higher { up } else { last - up }
    };
    let mark = |like: &Option<u8>| match like {
        Some(like) => Some(level(*like)),
        None if contest.blank => None,
        None => Some(level(0)),
    };
    likes.iter().map(mark).collect()
}
