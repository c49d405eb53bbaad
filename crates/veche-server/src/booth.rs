//! The booth's files, as they go over the wire: in memory, compressed when they were built. Spec: `docs/spec/booth.md`
//! section 5.

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use axum::{
    body::{Body, Bytes},
    extract::Extension,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use veche_client::booth::{
    BOOTH_MAX_BYTES, BoothList, CHECK, Coding, FILE_MAX_BYTES, INDEX, LIST, LIST_MAX_BYTES, NotAList, POLICY, unpacked,
};
use veche_election::Hash;

use crate::replies::{FOREVER, TEXT, body, refuse};

const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=()";

/// Behind the name of a file, that of its compressed forms.
const GZIP: &str = ".gz";
const BROTLI: &str = ".br";

/// One file that was built in, as it is and as it goes over the wire.
#[derive(Debug)]
pub struct BuiltIn {
    /// Below `/booth/`.
    pub path: &'static str,
    pub plain: &'static [u8],
    pub gzip: Option<&'static [u8]>,
    pub brotli: Option<&'static [u8]>,
}

#[derive(Debug)]
struct BoothFile {
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// Who erred: whoever made or changed the folder.
#[derive(Debug, thiserror::Error)]
pub enum BoothError {
    #[error("{0}: {1}")]
    Read(PathBuf, io::Error),
    #[error("{0} is not a booth: files.txt and its files differ at \"{1}\"")]
    List(PathBuf, String),
    #[error("{0} is not a booth: {1} does not unpack to the file that files.txt names")]
    Packed(PathBuf, String),
    #[error("{0} is not a booth: more than {1} bytes")]
    TooLarge(PathBuf, usize),
}

/// All files by their paths; none if the program was built without them.
#[derive(Debug, Clone, Default)]
pub struct Booth(Arc<BTreeMap<String, BoothFile>>);

impl Booth {
    /// # Errors
    /// Whoever changed what was built in: it is compared with its list as a folder is.
    pub fn built_in(files: &'static [BuiltIn]) -> Result<Self, BoothError> {
        if files.is_empty() {
            return Ok(Self::default());
        }
        let read = |name: &str| {
            let bytes = files.iter().find_map(|file| {
                [(Some(file.plain), ""), (file.gzip, GZIP), (file.brotli, BROTLI)]
                    .into_iter()
                    .find_map(|(bytes, ending)| bytes.filter(|_| name.strip_suffix(ending) == Some(file.path)))
            });
            bytes.map(Bytes::from_static).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        Self::gather(FsPath::new("veche"), read)
    }

    /// What `tools/build-booth` left in a folder: exactly the files of its list.
    ///
    /// # Errors
    /// The folder cannot be read, or its files are not those of the list.
    pub fn load(folder: &FsPath) -> Result<Self, BoothError> {
        Self::gather(folder, |name| {
            let mut bytes = Vec::new();
            // A byte more than may be tells that it is too much.
            std::fs::File::open(folder.join(name))?.take(FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes.into())
        })
    }

    /// What is served is what was compared: every form of a file is read once.
    fn gather(from: &FsPath, read: impl Fn(&str) -> io::Result<Bytes>) -> Result<Self, BoothError> {
        let failed = |name: &str, error| BoothError::Read(from.join(name), error);
        let too_large = |name: &str, most| BoothError::TooLarge(from.join(name), most);
        let whole = |name: &str, most: usize| {
            let bytes = read(name).map_err(|error| failed(name, error))?;
            if bytes.len() > most { Err(too_large(name, most)) } else { Ok(bytes) }
        };
        let packed = |plain: &Bytes, name: &str, ending: &str, coding| {
            let name = format!("{name}{ending}");
            match read(&name) {
                Ok(bytes) if unpacked(&bytes, coding).as_deref() == Some(plain) => Ok(Some(bytes)),
                Ok(_) => Err(BoothError::Packed(from.to_owned(), name)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failed(&name, error)),
            }
        };
        let bytes = whole(LIST, LIST_MAX_BYTES)?;
        let list = BoothList::parse(&bytes).map_err(|NotAList(line)| BoothError::List(from.to_owned(), line))?;
        let (mut files, mut size) = (BTreeMap::new(), 0);
        for (name, hash) in list.files().chain([(LIST, list.hash())]) {
            let plain = if name == LIST { bytes.clone() } else { whole(name, FILE_MAX_BYTES)? };
            size += plain.len();
            if size > BOOTH_MAX_BYTES {
                return Err(too_large(name, BOOTH_MAX_BYTES));
            }
            if Hash::of(&plain) != hash {
                return Err(BoothError::List(from.to_owned(), name.to_owned()));
            }
            let gzip = packed(&plain, name, GZIP, Coding::Gzip)?;
            let brotli = packed(&plain, name, BROTLI, Coding::Brotli)?;
            files.insert(name.to_owned(), BoothFile { plain, gzip, brotli });
        }
        Ok(Self(Arc::new(files)))
    }

    pub fn is_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// SHA-256 of the list of files: by this hash a booth is known.
    pub fn hash(&self) -> Option<Hash> {
        self.0.get(LIST).map(|list| Hash::of(&list.plain))
    }
}

pub async fn index(Extension(booth): Extension<Booth>, headers: HeaderMap) -> Response {
    answer(&booth, INDEX, &headers)
}

pub async fn check(Extension(booth): Extension<Booth>, headers: HeaderMap) -> Response {
    answer(&booth, CHECK, &headers)
}

/// Under its one name: what may be kept for ever must not fill a cache under others.
pub async fn file(Extension(booth): Extension<Booth>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().strip_prefix("/booth/").filter(|_| uri.query().is_none());
    answer(&booth, path.unwrap_or_default(), &headers)
}

/// The path without the slash at its end. The link's fragment goes along, to the same host.
pub async fn moved() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, HeaderValue::from_static("booth/"))]).into_response()
}

fn answer(booth: &Booth, path: &str, headers: &HeaderMap) -> Response {
    if !booth.is_there() {
        let why = "this server was built without the booth (make booth): vote by program, veche vote\n\
                   этот сервер собран без кабины (make booth): голосуйте через программу, veche vote";
        return refuse(StatusCode::NOT_FOUND, why);
    }
    let Some(file) = booth.0.get(path) else { return refuse(StatusCode::NOT_FOUND, "the booth has no such file") };
    // What stands in a folder is named by it for its content; the pages that name the folder are asked for again.
    let (cache, tag) = if path.contains('/') {
        (FOREVER, None)
    } else {
        (HeaderValue::from_static("no-cache"), HeaderValue::from_str(&format!("\"{}\"", Hash::of(&file.plain))).ok())
    };
    let known = tag.is_some() && headers.get(header::IF_NONE_MATCH) == tag.as_ref();
    let (encoding, bytes) = encoded(file, headers);
    let content = if known { Bytes::new() } else { bytes };
    let mut response = body(content_type(path), cache, Body::from(content));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answered = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept-encoding"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        answered.insert(name, HeaderValue::from_static(value));
    }
    if let Some(tag) = tag {
        answered.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding.filter(|_| !known) {
        answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The smallest form that the browser reads.
fn encoded(file: &BoothFile, headers: &HeaderMap) -> (Option<&'static str>, Bytes) {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let accepted: Vec<&str> = accepted.flat_map(|value| value.split(',')).map(str::trim).collect();
    let reads = |name: &str| {
        accepted.iter().any(|item| {
            let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
            coding.trim().eq_ignore_ascii_case(name) && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    match (&file.brotli, &file.gzip) {
        (Some(bytes), _) if reads("br") => (Some("br"), bytes.clone()),
        (_, Some(bytes)) if reads("gzip") => (Some("gzip"), bytes.clone()),
        _ => (None, file.plain.clone()),
    }
}

fn content_type(path: &str) -> HeaderValue {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => HeaderValue::from_static("text/html; charset=utf-8"),
        "js" => HeaderValue::from_static("text/javascript; charset=utf-8"),
        "css" => HeaderValue::from_static("text/css; charset=utf-8"),
        "wasm" => HeaderValue::from_static("application/wasm"),
        "svg" => HeaderValue::from_static("image/svg+xml"),
        _ => TEXT,
    }
}

/// For programs, at `/`.
pub fn line(booth: &Booth) -> &'static str {
    if booth.is_there() {
        "vote in a browser: /booth/  голосовать в браузере: /booth/"
    } else {
        "this server was built without the booth (make booth)  сервер собран без кабины (make booth)"
    }
}
