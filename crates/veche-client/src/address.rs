//! A server at an address, and what is asked of it by plain requests.

use std::{
    io::{self, Read as _},
    time::Duration,
};

use veche_election::{Election, manifest::ManifestError, record};

use crate::{
    told::Status,
    trust::{Trust, for_own_server},
};

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A busy server may let a voter wait; a dead one must not let him wait for ever.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// No answer that is no file of a record is larger.
const ANSWER_MAX_BYTES: u64 = 16 << 20;
/// Why a request was refused: so much of it is read, and so much is told.
const REFUSAL_MAX_BYTES: u64 = 4_096;
const REFUSAL_MAX_CHARS: usize = 300;

#[derive(Debug, Clone)]
pub struct Address {
    url: String,
    trust: Trust,
    /// The server of one's own folder.
    own: bool,
}

/// Who typed it: this is no `https://host:port` or `http://host:port`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an address like https://host or http://host:8080")]
pub struct NotAnAddress(pub String);

/// Why no answer came, or none that is taken.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    /// It does run: it is full, or lets no more of this network in.
    #[error("{url} hangs up before it answers: {reason}")]
    HungUp { url: String, reason: String },
    #[error("the server answered {status}: {why}")]
    Refused { status: u16, why: String },
    #[error("{url} answers with more than {max_bytes} bytes: no such answer is so large")]
    TooLarge { url: String, max_bytes: u64 },
    #[error("there is no election at {url}")]
    NoElection { url: String },
    #[error("{url} serves a manifest that is not valid: {error}")]
    Manifest { url: String, error: ManifestError },
    #[error("{url} gives no status")]
    NoStatus { url: String },
}

impl Address {
    /// Whether somebody who typed this means an address.
    pub fn is_one(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// `https://host:port` or `http://host:port`, without a path.
    ///
    /// # Errors
    /// Who typed it.
    pub fn parse(text: &str, trust: &Trust) -> Result<Self, NotAnAddress> {
        let url = text.trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']))
            .map(|_| Self { url: url.to_owned(), trust: trust.clone(), own: false })
            .ok_or_else(|| NotAnAddress(url.to_owned()))
    }

    /// The server of one's own folder, where its lock says that it is.
    pub fn own(url: &str) -> Self {
        Self { url: url.to_owned(), trust: Trust::default(), own: true }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// GET: the body, or `None` for 404. A file of a record is no larger than such a file may be.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn get(&self, path: &str) -> Result<Option<Vec<u8>>, RequestError> {
        let max_bytes = record::file_max_bytes(path.trim_start_matches('/')).unwrap_or(ANSWER_MAX_BYTES);
        self.get_at_most(path, max_bytes)
    }

    /// As [`Address::get`], with a bound of the caller's.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn get_at_most(&self, path: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, RequestError> {
        let response = self.agent().get(format!("{}{path}", self.url)).call();
        let response = response.map_err(|error| self.unreachable(&error))?;
        match response.status().as_u16() {
            200 => self.read_body(response, max_bytes).map(Some),
            404 => Ok(None),
            _ => Err(refused(response)),
        }
    }

    /// POST: the body of the answer.
    ///
    /// # Errors
    /// The server, the way to it, or what was sent: the server says why it refuses.
    pub fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, RequestError> {
        let response = self.agent().post(format!("{}{path}", self.url)).send(body);
        let response = response.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() { self.read_body(response, ANSWER_MAX_BYTES) } else { Err(refused(response)) }
    }

    /// The manifest as it is served. Nothing of it may be shown before its ids are re-computed.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn manifest(&self) -> Result<Vec<u8>, RequestError> {
        self.get("/election.json")?.ok_or_else(|| RequestError::NoElection { url: self.url.clone() })
    }

    /// Fetches the manifest and re-computes its ids.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn election(&self) -> Result<Election, RequestError> {
        Election::parse(&self.manifest()?).map_err(|error| RequestError::Manifest { url: self.url.clone(), error })
    }

    /// # Errors
    /// The server, or the way to it.
    pub fn status(&self) -> Result<Status, RequestError> {
        self.status_if_told()?.ok_or_else(|| RequestError::NoStatus { url: self.url.clone() })
    }

    /// `None` from whoever shows the files of a record and is no server of ours.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn status_if_told(&self) -> Result<Option<Status>, RequestError> {
        let Some(bytes) = self.get("/status.json")? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| RequestError::NoStatus { url: self.url.clone() })
    }

    fn agent(&self) -> ureq::Agent {
        let config = ureq::Agent::config_builder()
            .tls_config(if self.own { for_own_server() } else { self.trust.for_requests() })
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ANSWER_TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false);
        config.build().into()
    }

    fn read_body(&self, response: ureq::http::Response<ureq::Body>, max_bytes: u64) -> Result<Vec<u8>, RequestError> {
        let mut bytes = Vec::new();
        let body = response.into_body().into_reader().take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
        body.map_err(|error| self.no_answer(&error))?;
        if bytes.len() as u64 > max_bytes {
            return Err(RequestError::TooLarge { url: self.url.clone(), max_bytes });
        }
        Ok(bytes)
    }

    fn unreachable(&self, error: &ureq::Error) -> RequestError {
        match error {
            ureq::Error::Io(error) => self.no_answer(error),
            error => RequestError::Unreachable { url: self.url.clone(), reason: error.to_string() },
        }
    }

    fn no_answer(&self, error: &io::Error) -> RequestError {
        let (url, reason) = (self.url.clone(), error.to_string());
        if is_hang_up(error) { RequestError::HungUp { url, reason } } else { RequestError::Unreachable { url, reason } }
    }
}

/// Somebody was there, and went.
pub(crate) fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind as E;
    matches!(error.kind(), E::ConnectionReset | E::ConnectionAborted | E::UnexpectedEof | E::BrokenPipe)
}

fn refused(response: ureq::http::Response<ureq::Body>) -> RequestError {
    let status = response.status().as_u16();
    let mut why = Vec::new();
    let _ = response.into_body().into_reader().take(REFUSAL_MAX_BYTES).read_to_end(&mut why);
    let why =
        String::from_utf8_lossy(&why).trim().chars().filter(|c| !c.is_control()).take(REFUSAL_MAX_CHARS).collect();
    RequestError::Refused { status, why }
}
