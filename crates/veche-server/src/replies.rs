//! What is common to the answers of all servers: their headers, a refusal, and that every request is answered in time.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
pub(crate) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
pub(crate) const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
pub(crate) const NEVER: HeaderValue = HeaderValue::from_static("no-store");

pub(crate) fn body(content: HeaderValue, cache: HeaderValue, bytes: impl Into<Body>) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [(header::CONTENT_TYPE, content), (header::CACHE_CONTROL, cache)];
    (headers, bytes.into()).into_response()
}

pub(crate) fn refuse(status: StatusCode, why: impl ToString) -> Response {
    (status, [(header::CONTENT_TYPE, TEXT)], format!("{}\n", why.to_string())).into_response()
}

/// The answer of a server in which nothing is wrong.
pub(crate) fn well() -> Response {
    body(TEXT, NEVER, "ok\n")
}

/// A request that does not arrive whole in time is given up: bodies are small.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
    }
}

/// Nothing here is meant to be framed in a browser or, but for what says so, to run in one; and what does not say for how long
/// it holds is not kept.
pub(crate) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "no-referrer")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    headers.entry(header::CACHE_CONTROL).or_insert(NEVER);
    response
}
