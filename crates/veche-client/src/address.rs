//! A server at an address, and what is asked of it by plain requests.

use std::{
    io::{self, Read as _},
    net::{Ipv4Addr, Ipv6Addr},
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

/// A server, as its address is typed, and whom one believes that it is.
#[derive(Debug, Clone)]
pub struct Address {
    url: String,
    trust: Trust,
    /// The server of one's own folder.
    own: bool,
}

/// What a browser says of itself: who serves it something else must not know us by less.
const AS_BROWSER: [(&str, &str); 5] = [
    ("sec-ch-ua", "\"Not(A:Brand\";v=\"8\", \"Chromium\";v=\"144\", \"Google Chrome\";v=\"144\""),
    ("sec-ch-ua-mobile", "?1"),
    ("sec-ch-ua-platform", "\"Android\""),
    (
        "user-agent",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36",
    ),
    ("accept-language", "en-GB,en;q=0.9,ru;q=0.8"),
];

/// A kind of file, for each of which a browser has words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// What is typed, or opened from a letter.
    Page,
    /// A style sheet of the page.
    Style,
    /// A script of the page.
    Script,
    /// A script that another one imports.
    Module,
    /// By a script: a module of WebAssembly.
    Fetch,
    /// By a script that wants it new: the manifest.
    Data,
}

impl Asked {
    /// `Accept`, and what of Fetch Metadata goes with it, as Chromium sends them.
    fn headers(self) -> &'static [(&'static str, &'static str)] {
        const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
                            application/signed-exchange;v=b3;q=0.7";
        match self {
            Self::Page => &[
                ("accept", PAGE),
                ("upgrade-insecure-requests", "1"),
                ("sec-fetch-site", "none"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-user", "?1"),
                ("sec-fetch-dest", "document"),
            ],
            Self::Style => &[
                ("accept", "text/css,*/*;q=0.1"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "style"),
            ],
            Self::Script => &[
                ("accept", "*/*"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "script"),
            ],
            Self::Module => &[
                ("accept", "*/*"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "script"),
            ],
            Self::Fetch => &[
                ("accept", "*/*"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
            ],
            Self::Data => &[
                ("pragma", "no-cache"),
                ("cache-control", "no-cache"),
                ("accept", "*/*"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
            ],
        }
    }

    /// Chromium names its page's origin here, the server's own though it is.
    fn names_origin(self) -> bool {
        self == Self::Module
    }
}

/// An answer as it came over the wire, whatever its status.
#[derive(Debug, Clone)]
pub struct Served {
    /// Of HTTP.
    pub status: u16,
    /// The body.
    pub bytes: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Served {
    /// All values under a name in small letters.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()).collect()
    }

    /// The first of them.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).into_iter().next()
    }

    /// Status and headers, to be kept beside the bytes.
    pub fn head(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        std::iter::once(format!("{}\n", self.status)).chain(headers).collect()
    }
}

/// Labels of a host's name, and the name (RFC 1035 section 2.3.4).
const LABEL_MAX_CHARS: usize = 63;
const NAME_MAX_CHARS: usize = 253;

/// Below which path of its host a server has all of its own: empty, or `/some/base`. A proxy in front need not rewrite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// Longer paths are nobody's.
const BASE_MAX_BYTES: usize = 200;

impl BasePath {
    /// Segments of letters, digits, `-`, `_`, `.` and `~`; a slash at the end says nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
        let segment = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(plain);
        let good = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').all(segment),
            None => text.is_empty(),
        };
        (good && text.len() <= BASE_MAX_BYTES).then(|| Self(text.to_owned()))
    }

    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind it in a path; `None` of a path that is not below it.
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.0).filter(|rest| rest.starts_with('/'))
    }
}

/// Who typed it: this is no `https://host:port` or `http://host:port`, with a base path or without.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an address like https://host, http://host:8080 or https://host/some/base")]
pub struct NotAnAddress(pub String);

/// Why no answer came, or none that is taken.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Nobody is there, or the way is closed.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Where it was asked.
        url: String,
        /// What hindered it.
        reason: String,
    },
    /// It does run: it is full, or lets no more of this network in.
    #[error("{url} hangs up before it answers: {reason}")]
    HungUp {
        /// Where it was asked.
        url: String,
        /// What hindered it.
        reason: String,
    },
    /// Neither the file nor 404.
    #[error("the server answered {status}: {why}")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// What the server says of it.
        why: String,
    },
    /// More than such an answer has.
    #[error("{url} answers with more than {max_bytes} bytes: no such answer is so large")]
    TooLarge {
        /// Where it was asked.
        url: String,
        /// No more is taken.
        max_bytes: u64,
    },
    /// 404, where every server of ours has a manifest.
    #[error("there is no election at {url}")]
    NoElection {
        /// Where it was asked.
        url: String,
    },
    /// It is believed by nobody.
    #[error("{url} serves a manifest that is not valid: {error}")]
    Manifest {
        /// Where it was asked.
        url: String,
        /// What is wrong.
        error: ManifestError,
    },
    /// 404, or something else.
    #[error("{url} gives no status")]
    NoStatus {
        /// Where it was asked.
        url: String,
    },
}

impl Address {
    /// Whether somebody who typed this means an address.
    pub fn is_one(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// `https://host:port` or `http://host:port`, and the base path of the server behind it, if it has one.
    ///
    /// # Errors
    /// Who typed it.
    pub fn parse(text: &str, trust: &Trust) -> Result<Self, NotAnAddress> {
        Self::normal(text)
            .map(|url| Self { url, trust: trust.clone(), own: false })
            .ok_or_else(|| NotAnAddress(text.to_owned()))
    }

    /// An address in its one written form: the host's name in small letters, no port that goes without saying, no `/` at the
    /// end. `None` for what is none: another scheme, a name that is not ASCII (`xn--…` is) or no name, somebody's name and
    /// password, a path that is no base path, a question, a fragment.
    pub fn normal(text: &str) -> Option<String> {
        let text = text.trim_end_matches('/');
        let (scheme, rest) = text.split_once("://")?;
        let (rest, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let base = BasePath::parse(base)?.0;
        let scheme = scheme.to_ascii_lowercase();
        let port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let end = rest.find(']').map_or(0, |bracket| bracket + 1);
        let (host, given) = match rest.get(end..)?.find(':') {
            Some(colon) => (rest.get(..end + colon)?, Some(rest.get(end + colon + 1..)?)),
            None => (rest, None),
        };
        let host = normal_host(host)?;
        let given =
            given.map(|given| given.parse::<u16>().ok().filter(|n| *n > 0 && n.to_string() == given).map(|_| given));
        match given {
            Some(None) => None,
            Some(Some(given)) if given != port => Some(format!("{scheme}://{host}:{given}{base}")),
            _ => Some(format!("{scheme}://{host}{base}")),
        }
    }

    /// The server of one's own folder, where its lock says that it is.
    pub fn own(url: &str) -> Self {
        Self { url: url.to_owned(), trust: Trust::default(), own: true }
    }

    /// In its one written form.
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

    /// GET as a browser asks for such a file, with the codings that it takes. The bytes are as they came, and no redirect is
    /// followed.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn get_as_browser(
        &self,
        path: &str,
        asked: Asked,
        accepted: Option<&str>,
        max_bytes: u64,
    ) -> Result<Served, RequestError> {
        let request = self.agent().get(format!("{}{path}", self.url));
        let said = AS_BROWSER.iter().chain(asked.headers());
        let request = said.fold(request, |request, (name, value)| request.header(*name, *value));
        let request = accepted.into_iter().fold(request, |request, value| request.header("accept-encoding", value));
        let request = if asked.names_origin() { request.header("origin", self.origin()) } else { request };
        let response = request.call().map_err(|error| self.unreachable(&error))?;
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Ok(Served { status: response.status().as_u16(), bytes: self.read_body(response, max_bytes)?, headers })
    }

    /// The address without its base path.
    fn origin(&self) -> &str {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        self.url
            .get(host..)
            .and_then(|rest| rest.find('/'))
            .and_then(|end| self.url.get(..host + end))
            .unwrap_or(&self.url)
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

/// `[2001:db8::1]`, `192.0.2.1`, or a name of letters, digits and hyphens, as DNS has them. A name whose last label is a number is
/// one of the other ways to write an IPv4 address, and is none here.
fn normal_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(address.to_string());
    }
    let is_label = |label: &str| {
        (1..=LABEL_MAX_CHARS).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next()?;
    let is_name = host.len() <= NAME_MAX_CHARS
        && host.split('.').all(is_label)
        && last.parse::<u64>().is_err()
        && !last.starts_with("0x");
    is_name.then(|| host.to_ascii_lowercase())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_written_form() {
        for (typed, normal) in [
            ("https://vote.example.org", "https://vote.example.org"),
            ("HTTPS://Vote.Example.ORG:443/", "https://vote.example.org"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:80//", "http://localhost"),
            ("https://[2001:DB8:0::1]:8443", "https://[2001:db8::1]:8443"),
            ("https://xn--80aswg.xn--p1ai", "https://xn--80aswg.xn--p1ai"),
            ("https://Vote.Example.org:443/Some/base/", "https://vote.example.org/Some/base"),
        ] {
            assert_eq!(Address::normal(typed).as_deref(), Some(normal), "{typed}");
            assert_eq!(Address::normal(normal).as_deref(), Some(normal));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "vote.example.org",
            "ftp://vote.example.org",
            "javascript://vote.example.org",
            "https://",
            "https:///",
            "https://:443",
            "https://anna@vote.example.org",
            "https://anna:secret@vote.example.org",
            "https://vote.example.org/a//b",
            "https://vote.example.org/a/../b",
            "https://vote.example.org/a%2Fb",
            "https://vote.example.org?a=1",
            "https://vote.example.org/?a",
            "https://vote.example.org#x",
            "https://сайт.рф",
            "https://vote..example.org",
            "https://-vote.example.org",
            "https://vote example.org",
            "https://vote.example.org:0",
            "https://vote.example.org:65536",
            "https://vote.example.org:+80",
            "https://vote.example.org:080",
            "https://vote.example.org:",
            "https://[::1",
            "https://::1",
            "https://1.2.3",
            "https://0x7f.1",
            "https://host.0x7f",
            "https://2130706433",
            "https://vote.example.org\\@evil.example",
            "https://vote.example.org\n",
            " https://vote.example.org",
            "https://\u{2024}example.org",
        ] {
            assert_eq!(Address::normal(typed), None, "{typed:?}");
        }
    }
}
