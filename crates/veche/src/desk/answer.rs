//! What the desk says to its page: a JSON object, or a refusal that says what happened and what to do next.

use std::fmt::Display;

use axum::{
    Json,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{
    failure::{Exit, Failure},
    lang::{self, Sentence, both, tr},
};

pub type Answer = std::result::Result<Json<Value>, Refused>;

/// With the HTTP status and the word by which the page tells refusals apart.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    pub code: &'static str,
    pub failure: Failure,
}

pub fn answer(value: Value) -> Answer {
    Ok(Json(value))
}

/// What was kept with its sentences in both languages, as the desk's language has them now.
pub fn spoken(value: &Value) -> Value {
    let of_language = |members: &Map<String, Value>| match (members.get("en"), members.get("ru")) {
        (Some(Value::String(_)), Some(Value::String(_))) if members.len() == 2 => members.get(lang::tag()).cloned(),
        _ => None,
    };
    match value {
        Value::Object(members) => of_language(members).unwrap_or_else(|| {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), spoken(value))).collect())
        }),
        Value::Array(values) => values.iter().map(spoken).collect(),
        value => value.clone(),
    }
}

impl Refused {
    pub fn new(status: StatusCode, code: &'static str, what: impl Display) -> Self {
        Self { status, code, failure: Failure::usage(what) }
    }

    pub fn next(self, next: impl Display) -> Self {
        Self { failure: self.failure.next(next), ..self }
    }

    pub fn busy() -> Self {
        let what = both!("other work on this election goes on", "с этими выборами сейчас идёт другая работа");
        Self::new(StatusCode::CONFLICT, "busy", what)
            .next(both!("Wait until it is done, then try again.", "Дождитесь её конца и повторите."))
    }

    pub fn changed() -> Self {
        let what = both!("this was changed meanwhile in another window", "это тем временем изменили в другом окне");
        Self::new(StatusCode::CONFLICT, "changed", what)
            .next(both!("Load the page again.", "Загрузите страницу заново."))
    }

    pub fn unknown(what: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown", what)
    }

    pub fn json(&self) -> Value {
        let Failure { what, ways, .. } = &self.failure;
        let next = next_in_both(&self.failure);
        let said = json!({ "what": what, "next": next });
        json!({ "code": self.code, "what": **what, "next": next.as_deref(), "said": said, "ways": ways })
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let code = match failure.exit {
            Exit::Other => "other",
            Exit::Usage | Exit::NotOnRoll => "usage",
            Exit::BallotRefused => "refused",
            Exit::NotOpen => "not_open",
            Exit::CheckFailed => "check_failed",
            Exit::Unreachable => "unreachable",
            Exit::Busy => return Self { status: StatusCode::CONFLICT, code: "busy", failure },
        };
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, code, failure }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.json() }))).into_response()
    }
}

/// The JSON object of a request. (Its media type was looked at where its origin was.)
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Refused> {
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|error| {
            let error = error.into_response();
            match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Refused::new(StatusCode::BAD_REQUEST, "json", both!("the request broke off", "запрос оборвался")),
            }
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let what = both!("this is not what the desk takes: {error}", "пульт такого не принимает: {error}");
            Refused::new(StatusCode::BAD_REQUEST, "json", what)
        })
    }
}

/// What to do next, as [`for_page`] has it. Where nothing but a command helps, that is said: nobody is left without a way on.
pub fn next_for_page(failure: &Failure) -> Option<String> {
    let next = failure.next.as_deref()?;
    let kept = for_page(next);
    if kept.is_empty() && failure.ways.is_empty() {
        Some(tr!("For whoever looks after this machine: {next}", "Для того, кто ведёт эту машину: {next}"))
    } else {
        Some(kept).filter(|kept| !kept.is_empty())
    }
}

/// The same, in both languages.
pub fn next_in_both(failure: &Failure) -> Option<Sentence> {
    next_for_page(failure).map(|_| Sentence::of(|| next_for_page(failure).unwrap_or_default()))
}

/// Advice of the program's own, without the sentences that name a command or an option: here are buttons. For nothing that holds words of
/// others, who could name themselves so that what stands beside them is left out.
pub fn for_page(text: &str) -> String {
    let kept = |line: &str| {
        let kept: String = sentences(line).into_iter().filter(|sentence| !names_command(sentence)).collect();
        kept.trim_end().to_owned()
    };
    let lines: Vec<String> = text.lines().map(kept).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn sentences(line: &str) -> Vec<&str> {
    let (mut sentences, mut rest) = (Vec::new(), line);
    while let Some(end) = [". ", "! ", "? "].iter().filter_map(|end| rest.find(end)).min() {
        let (sentence, more) = rest.split_at(end + 2);
        sentences.push(sentence);
        rest = more;
    }
    sentences.push(rest);
    sentences
}

fn names_command(text: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    // A hash may have two signs in its middle.
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '«'));
    words.any(|word| word.strip_prefix("--").is_some_and(begins)) || text.split("veche ").skip(1).any(begins)
}

pub fn too_large() -> Refused {
    let what = both!("this is larger than the desk takes", "это больше, чем пульт принимает");
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", what)
}

/// Is this what a form or a script of another site cannot send without being asked for leave?
pub fn is_json(headers: &axum::http::HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let rest = rest.trim();
    kind.trim().eq_ignore_ascii_case("application/json")
        && (rest.is_empty() || rest.eq_ignore_ascii_case("charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use super::{for_page, next_for_page};
    use crate::failure::{Failure, Way};

    #[test]
    fn what_names_a_command_or_an_option_is_not_said_to_a_page() {
        for (said, kept) in [
            ("The election is closed. For the result: veche result /tmp/e", "The election is closed."),
            ("Later, or slower. (--per-minute)", "Later, or slower."),
            ("Leave one out: --ignore \"x\"", ""),
            ("One.\nDo it: veche close e\nThree? Yes.", "One.\nThree? Yes."),
            ("The root is AB--cd; Veche knows it — as all do.", "The root is AB--cd; Veche knows it — as all do."),
        ] {
            assert_eq!(for_page(said), kept);
        }
    }

    #[test]
    fn a_command_is_named_only_where_nothing_else_helps() {
        let failure = |next: &str| Failure::usage("not so").next(next);
        let next = |next: &str| next_for_page(&failure(next));
        assert_eq!(next("Look again. Then: veche close e").as_deref(), Some("Look again."));
        assert!(
            next("Then: veche close e")
                .is_some_and(|said| said.ends_with("For whoever looks after this machine: Then: veche close e"))
        );
        assert_eq!(
            next_for_page(&failure("Then: --sheet x").ways(vec![Way::new("sheet", "x", "x")])),
            None,
            "a button helps"
        );
        assert_eq!(next_for_page(&Failure::usage("not so")), None);
    }
}
