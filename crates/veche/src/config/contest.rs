//! `[[contest]]` of `election.toml`: what is voted on, on which scale, by which rule. Spec: `docs/spec/manifest.md` section 3.

use serde::Deserialize;
use veche_election::{
    Approvals, ContestKind, Rule,
    manifest::{ABOUT_MAX_CHARS, About, Better, CANDIDATE_MAX_CHARS, CANDIDATES_MAX, LEVELS_MAX, Order},
    rules::{Blanks, Method, Quota, Threshold, TieStep},
};

use super::clean_text;
use crate::{
    failure::{Failure, Result},
    lang::{both, tr},
};

pub const SCALE_DEFAULT: &str = "1..5";
/// The only scale of a single choice.
const SINGLE_SCALE: &str = "0..1";
/// The only scale on which approvals are bounded.
pub const APPROVAL_SCALE: &str = "0..1";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestFile {
    pub title: String,
    #[serde(default)]
    pub kind: ContestKind,
    pub candidates: Vec<String>,
    pub scale: Option<String>,
    #[serde(default = "yes")]
    pub blank: bool,
    #[serde(default = "higher")]
    pub better: Better,
    /// How many 1 a ballot gives: `LEAST..MOST`.
    pub approvals: Option<String>,
    #[serde(default)]
    pub order: Order,
    /// Descriptions and links of candidates.
    #[serde(default)]
    pub about: Vec<About>,
    /// Else the election's.
    pub rule: Option<Method>,
    #[serde(default)]
    pub blanks: Blanks,
    #[serde(default)]
    pub phantoms: u64,
    pub raters: Option<Quota>,
    pub turnout: Option<Quota>,
    #[serde(default = "one")]
    pub seats: u32,
    pub pass: Option<Threshold>,
    pub none: Option<String>,
    #[serde(default)]
    pub ties: Vec<TieStep>,
}

fn one() -> u32 {
    1
}
fn yes() -> bool {
    true
}
fn higher() -> Better {
    Better::Higher
}

impl ContestFile {
    /// Everything as usual.
    pub fn new(title: &str, kind: ContestKind, candidates: Vec<String>) -> Self {
        Self {
            title: title.into(),
            kind,
            candidates,
            scale: None,
            blank: true,
            better: Better::Higher,
            approvals: None,
            order: Order::Given,
            about: Vec::new(),
            rule: None,
            blanks: Blanks::Ignored,
            phantoms: 0,
            raters: None,
            turnout: None,
            seats: 1,
            pass: None,
            none: None,
            ties: Vec::new(),
        }
    }

    /// Composed and trimmed, in the order of the candidates.
    pub(super) fn about(&self, place: usize) -> Result<Vec<About>> {
        let name = |name: &str| clean_text(tr!("a name in about", "имя в about"), name, CANDIDATE_MAX_CHARS);
        let names = self.candidates.iter().map(|one| name(one)).collect::<Result<Vec<_>>>()?;
        let clean = |about: &About| -> Result<(usize, About)> {
            let candidate = name(&about.candidate)?;
            let at = names.iter().position(|name| *name == candidate).ok_or_else(|| {
                Failure::usage(both!(
                    "about in contest {place}: there is no candidate \"{candidate}\"",
                    "about вопроса {place}: нет кандидата «{candidate}»"
                ))
            })?;
            let what = || tr!("the description of \"{candidate}\"", "описание «{candidate}»");
            let text = about.text.as_deref().map(|text| clean_text(what(), text, ABOUT_MAX_CHARS)).transpose()?;
            Ok((at, About { candidate, text, link: about.link.clone() }))
        };
        let mut all = self.about.iter().map(clean).collect::<Result<Vec<_>>>()?;
        all.sort_by_key(|(at, _)| *at);
        Ok(all.into_iter().map(|(_, about)| about).collect())
    }

    /// What is said of candidates, as tables of the file.
    pub(super) fn about_text(&self) -> String {
        let table = |about: &About| {
            let lines = toml::to_string(about).unwrap_or_default();
            format!("[[contest.about]]\n{lines}")
        };
        self.about.iter().map(table).collect()
    }

    pub(super) fn rule(&self, method: Option<Method>) -> Result<Rule> {
        let method = self.rule.or(method).ok_or_else(|| {
            Failure::usage(both!(
                "contest \"{}\": no rule; write rule = \"sum\", \"mean\", \"median\" or \"majority-judgment\"",
                "вопрос «{}»: нет правила; напишите rule = \"sum\", \"mean\", \"median\" или \"majority-judgment\"",
                self.title
            ))
        })?;
        let none = self.none.as_deref().map(|name| clean_text("none".into(), name, CANDIDATE_MAX_CHARS)).transpose();
        Ok(Rule {
            method,
            blanks: self.blanks,
            phantoms: self.phantoms,
            raters: self.raters,
            turnout: self.turnout,
            seats: self.seats,
            pass: self.pass,
            none: none?,
            ties: self.ties.clone(),
        })
    }

    /// The lines of the rule: what is not asked for is left out.
    pub(super) fn rule_text(&self, method: Option<Method>) -> String {
        let Ok(rule) = self.rule(method) else { return String::new() };
        // The names and forms are those of the manifest, where only the method is called otherwise.
        let Ok(serde_json::Value::Object(members)) = serde_json::to_value(&rule) else { return String::new() };
        let line = |(name, value): (&String, &serde_json::Value)| {
            let name = if name == "method" { "rule" } else { name };
            toml::Value::try_from(value).map_or_else(|_| String::new(), |value| format!("{name} = {value}\n"))
        };
        members.iter().map(line).collect()
    }

    pub(super) fn scale(&self) -> &str {
        self.scale.as_deref().unwrap_or(match self.kind {
            ContestKind::Score => SCALE_DEFAULT,
            ContestKind::Single => SINGLE_SCALE,
        })
    }
}

/// `1..5`, `-2..2`, or names divided by commas, ascending.
pub fn parse_scale(text: &str) -> Result<Vec<String>> {
    let range = text.split_once("..").and_then(|(low, high)| {
        let (low, high): (i64, i64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
        Some((low, high))
    });
    let levels: Vec<String> = match range {
        Some((low, high)) if low < high && high.saturating_sub(low) < LEVELS_MAX as i64 => {
            (low..=high).map(|level| level.to_string()).collect()
        }
        Some(_) => Vec::new(),
        None => text.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    if levels.len() < 2 {
        return Err(Failure::usage(both!(
            "\"{text}\" is not a scale; write 1..5, 0..10, -2..2 or names such as poor,good,excellent (2 to {LEVELS_MAX} levels)",
            "«{text}» — не шкала; напишите 1..5, 0..10, -2..2 или названия: плохо,хорошо,отлично (ступеней от 2 до {LEVELS_MAX})"
        )));
    }
    Ok(levels)
}

/// `1..3`: at least one and at most three.
pub(super) fn parse_approvals(text: &str) -> Result<Approvals> {
    let bounds = text.split_once("..").and_then(|(least, most)| {
        Some(Approvals { least: least.trim().parse().ok()?, most: most.trim().parse().ok()? })
    });
    bounds.ok_or_else(|| {
        Failure::usage(both!(
            "\"{text}\" does not say how many approvals a ballot has; write 1..3, or 0..3",
            "«{text}» не говорит, сколько одобрений в бюллетене; напишите 1..3 или 0..3"
        ))
    })
}

/// `7` candidates, or their names divided by commas.
pub fn parse_candidates(text: &str) -> Result<Vec<String>> {
    if let Ok(count) = text.trim().parse::<usize>() {
        if !(1..=CANDIDATES_MAX).contains(&count) {
            return Err(Failure::usage(both!(
                "there cannot be {count} candidates: 1 to {CANDIDATES_MAX} are possible",
                "кандидатов {count}, а может быть от 1 до {CANDIDATES_MAX}"
            )));
        }
        return Ok((1..=count).map(|i| tr!("Candidate {i}", "Кандидат {i}")).collect());
    }
    Ok(text.split(',').map(|name| name.trim().to_owned()).collect())
}
