//! Who may talk to the desk: the browser window of whoever started it, and nobody else on this machine or any site. An address
//! with a nonce is shown to the person alone; the page changes it for a token, which goes in a header. No cookies: they would be
//! shared with whatever else listens on 127.0.0.1.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;

use super::{
    Desk,
    answer::{Refused, is_json},
};
use crate::{
    failure::Result,
    lang::{self, Language, Sentence, both},
    randomness::random,
};

/// An address that was shown and not opened is worth nothing after this.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(30);
/// Addresses that wait to be opened; the oldest goes.
const NONCES_MAX: usize = 8;
/// Windows that are open; the one that came first goes.
const TOKENS_MAX: usize = 32;
/// Of a refused request.
const REFUSED_MAX_BYTES: usize = 64 << 10;
const REFUSED_TIME: Duration = Duration::from_secs(2);
pub const TOKEN_HEADER: &str = "x-veche-desk";
/// In which of its languages the page wants to be answered: two windows may have two.
const LANGUAGE_HEADER: &str = "x-veche-language";
/// Here alone there is no token yet.
pub const ENTER: &str = "/api/enter";
/// For a second `veche desk` of the same person: it has read the key in the desk's own file.
pub const ANOTHER: &str = "/api/another";
pub const KEY_HEADER: &str = "x-veche-desk-key";

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CSP),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// Nonces that wait, tokens that are out, and the key of the desk's own file.
pub struct Access {
    /// `127.0.0.1:40123`: nothing else is asked for in a browser that was sent here.
    host: String,
    origin: String,
    key: String,
    state: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    nonces: Vec<(String, Instant)>,
    /// With the nonce that each was given for.
    tokens: Vec<(String, String)>,
}

impl Access {
    pub fn new(port: u16) -> Result<Self> {
        let host = format!("127.0.0.1:{port}");
        let origin = format!("http://{host}");
        Ok(Self { host, origin, key: secret()?, state: Mutex::default() })
    }

    /// For the file by which another process of the same user finds this one.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A new address, good once and for half a minute.
    pub fn address(&self) -> Result<String> {
        let nonce = secret()?;
        let mut state = self.state();
        if state.nonces.len() >= NONCES_MAX {
            state.nonces.remove(0);
        }
        state.nonces.push((nonce.clone(), Instant::now()));
        Ok(format!("{}/#{nonce}", self.origin))
    }

    /// The token of a window that was opened at an address. The nonce is used up, in time or not; whoever comes by it a second time
    /// takes the token of the first away: one of the two is not the person.
    pub fn enter(&self, nonce: &str) -> std::result::Result<String, Refused> {
        let given = {
            let mut state = self.state();
            state.tokens.retain(|(_, used)| !same(used, nonce));
            let at = state.nonces.iter().position(|(given, _)| same(given, nonce));
            at.map(|at| state.nonces.remove(at).1)
        };
        let lifetime_s = NONCE_LIFETIME.as_secs();
        let what = match given {
            Some(given) if given.elapsed() <= NONCE_LIFETIME => None,
            Some(_) => Some(both!(
                "this address is too old: it is good for {lifetime_s} seconds",
                "этот адрес устарел: он годится {lifetime_s} секунд"
            )),
            None => Some(both!(
                "this address was used already, or the desk was started anew since",
                "этот адрес уже использован, или пульт с тех пор запускали заново"
            )),
        };
        if let Some(what) = what {
            return Err(Refused::new(StatusCode::FORBIDDEN, "nonce", what).next(another_address()));
        }
        let token = secret()?;
        let mut state = self.state();
        if state.tokens.len() >= TOKENS_MAX {
            state.tokens.remove(0);
        }
        state.tokens.push((token.clone(), nonce.to_owned()));
        Ok(token)
    }

    /// Is it a second `veche desk`, which no site can pretend to be? A browser always says where a request comes from.
    fn is_our_program(&self, headers: &HeaderMap) -> bool {
        !headers.contains_key(header::ORIGIN)
            && only(headers, &HeaderName::from_static(KEY_HEADER)).is_some_and(|key| same(&self.key, key))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = only(headers, &HeaderName::from_static(TOKEN_HEADER)) else { return false };
        self.state().tokens.iter().any(|(given, _)| same(given, token))
    }

    fn check(&self, request: &Request) -> std::result::Result<(), Refused> {
        let (headers, path) = (request.headers(), request.uri().path());
        let refused = |status, code, what: Sentence| Err(Refused::new(status, code, what));
        // Also where a name was made to lead here: whoever asks under another name is another site.
        let authority = request.uri().authority().is_none_or(|authority| authority.as_str() == self.host);
        if !authority || only(headers, &header::HOST) != Some(self.host.as_str()) {
            let what = both!("the desk is not asked under this name", "пульт не отзывается на это имя");
            return refused(StatusCode::FORBIDDEN, "host", what);
        }
        if !path.starts_with("/api/") {
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(()),
                _ => refused(StatusCode::METHOD_NOT_ALLOWED, "unknown", both!("not so", "так нельзя")),
            };
        }
        if request.method() != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED, "unknown", both!("not so", "так нельзя"));
        }
        if path == ANOTHER && self.is_our_program(headers) {
            return Ok(());
        }
        let site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
        if !site || only(headers, &header::ORIGIN) != Some(self.origin.as_str()) {
            let what = both!("another site asks, not the desk's page", "спрашивает другой сайт, а не страница пульта");
            return refused(StatusCode::FORBIDDEN, "origin", what);
        }
        if !is_json(headers) {
            let what = both!("the desk takes JSON alone", "пульт принимает только JSON");
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json", what);
        }
        if path != ENTER && !self.has_token(headers) {
            let what = both!("this window has not come in", "это окно не вошло");
            return Err(Refused::new(StatusCode::UNAUTHORIZED, "token", what).next(another_address()));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, Given> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn another_address() -> Sentence {
    both!(
        "Start the desk once more, as you did before: a new window opens.",
        "Запустите пульт ещё раз так же, как раньше: откроется новое окно."
    )
}

fn secret() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random::<32>()?))
}

fn same(ours: &str, given: &str) -> bool {
    verify_slices_are_equal(ours.as_bytes(), given.as_bytes()).is_ok()
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

/// What a refused request still sends, so far as it is small: a connection that is closed while the other side sends is reset, and
/// takes the answer with it.
async fn read_away(body: Body) {
    let _ = tokio::time::timeout(REFUSED_TIME, axum::body::to_bytes(body, REFUSED_MAX_BYTES)).await;
}

/// The language that the page names, if it names one.
fn language(headers: &HeaderMap) -> Option<Language> {
    match only(headers, &HeaderName::from_static(LANGUAGE_HEADER))? {
        "en" => Some(Language::En),
        "ru" => Some(Language::Ru),
        _ => None,
    }
}

/// In front of everything: who asks, in which language, and the headers of every answer.
pub async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let answered = async {
        match desk.access.check(&request) {
            Ok(()) => next.run(request).await,
            Err(refused) => {
                read_away(request.into_body()).await;
                refused.into_response()
            }
        }
    };
    let mut response = lang::within_waiting(language, answered).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn nonce(access: &Access) -> String {
        access.address().unwrap().split_once("/#").unwrap().1.to_owned()
    }

    #[test]
    fn an_address_is_good_once_and_for_half_a_minute() {
        let access = Access::new(40_000).unwrap();
        let given = nonce(&access);
        assert!(access.enter(&given).is_ok());
        assert!(access.enter(&given).is_err(), "used up");
        let given = nonce(&access);
        let long_ago = Instant::now().checked_sub(NONCE_LIFETIME + Duration::from_secs(1)).unwrap();
        access.state().nonces[0].1 = long_ago;
        assert_eq!(access.enter(&given).unwrap_err().code, "nonce");
        // Of many addresses that were asked for the oldest goes.
        let oldest = nonce(&access);
        let newer: Vec<String> = (0..NONCES_MAX).map(|_| nonce(&access)).collect();
        assert!(access.enter(&oldest).is_err());
        assert!(newer.iter().all(|nonce| access.enter(nonce).is_ok()));
    }
}
