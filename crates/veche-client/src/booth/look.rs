//! A visit to a booth by whoever watches: as a browser comes, and only then the list is asked for. Spec: `docs/spec/booth.md`
//! section 6.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
};

use veche_election::{Hash, record::MANIFEST_MAX_BYTES};

use super::{
    BOOTH_MAX_BYTES, BoothList, CHECK, Coding, FILE_MAX_BYTES, FILES_MAX, INDEX, LIST, LIST_MAX_BYTES, NotAList,
    POLICY, is_inside, unpacked,
};
use crate::address::{Address, Asked, RequestError, Served};

/// What browsers take: those of today over TLS, those without it, and programs.
const ACCEPTED: [Option<&str>; 3] = [Some("gzip, deflate, br, zstd"), Some("gzip, deflate"), None];
/// What the page asks for beside its files.
const BESIDE: [&str; 2] = ["/election.json", "/status.json"];
/// With one of these an answer is more than its bytes: a browser would go, or load, what no list names.
const ACTIVE_HEADERS: [&str; 5] = ["refresh", "link", "location", "sourcemap", "service-worker-allowed"];
/// Behind one of these stands the name of a file, in a page and in a script.
const NAMED_BY_PAGE: [&str; 2] = [" src=", " href="];
const NAMED_BY_SCRIPT: [&str; 4] = ["from ", "import ", "import(", "URL("];

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// What was served is none.
    #[error(transparent)]
    List(#[from] NotAList),
    /// Of HTTP.
    #[error("the server answered {0}")]
    Status(u16),
}

/// What is wrong with an answer. Who erred: the server, or somebody between it and us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server has no such file.
    #[error("is not there")]
    Missing,
    /// A status that is neither 200 nor 404.
    #[error("is answered with {0}, as no booth answers")]
    Status(u16),
    /// Other bytes.
    #[error("is not the file that the list names")]
    Differs,
    /// A page or a script names it.
    #[error("is loaded by the booth, and no list names it")]
    Unlisted,
    /// More than [`FILE_MAX_BYTES`](super::FILE_MAX_BYTES).
    #[error("is larger than a booth may be")]
    TooLarge,
    /// By which a browser would load or go elsewhere.
    #[error("comes with the header \"{0}\", which no booth's answer has")]
    Header(String),
    /// What is wrong with it.
    #[error("is no list of a booth's files: \"{0}\"")]
    List(String),
}

/// An answer that no booth gives: evidence.
#[derive(Debug)]
pub struct Wrong {
    /// As the list names it.
    pub path: String,
    /// In which codings it was asked for.
    accepted: Option<&'static str>,
    /// What is wrong with it.
    pub fault: Fault,
    /// None: there was too much of it.
    pub given: Option<Given>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, accepted, fault, .. } = self;
        write!(f, "/booth/{path} (Accept-Encoding: {}) {fault}", accepted.unwrap_or("none"))
    }
}

/// What a look at a booth has found.
#[derive(Debug)]
pub struct Look {
    /// None: there is no booth here, or its list is none.
    pub list: Option<BoothList>,
    /// Answers that no booth gives.
    pub wrong: Vec<Wrong>,
    /// Answers in a coding that is not unpacked here: not compared.
    pub unread: Vec<String>,
    /// All other answers.
    pub given: Vec<Given>,
}

/// What was asked for, and what came.
#[derive(Debug, Clone)]
pub struct Given {
    /// As the list names it.
    pub path: String,
    accepted: Option<&'static str>,
    /// The answer.
    pub served: Served,
}

impl Given {
    /// What a browser would have read, or what came if it does not unpack.
    pub fn bytes(&self) -> Vec<u8> {
        let read = coding(&self.served).and_then(|coding| unpacked(&self.served.bytes, coding));
        read.unwrap_or_else(|| self.served.bytes.clone())
    }

    fn wrong(self, fault: Fault) -> Wrong {
        Wrong { path: self.path.clone(), accepted: self.accepted, fault, given: Some(self) }
    }
}

impl Address {
    /// The booth's list as this server gives it now; `None` if it has no booth.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn booth_list(&self) -> Result<Option<BoothList>, ListError> {
        let served = self.get_as_browser("/booth/files.txt", Asked::Page, None, LIST_MAX_BYTES as u64)?;
        match served.status {
            200 => Ok(Some(BoothList::parse(&served.bytes)?)),
            404 => Ok(None),
            status => Err(ListError::Status(status)),
        }
    }

    /// Visits both pages as a browser does, with all that they load or without, then asks for the list, and compares.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub fn look_at_booth(&self, whole: bool) -> Result<Look, RequestError> {
        let mut visit = Visit { address: self, answers: Vec::new(), wrong: Vec::new(), room: 0 };
        for accepted in ACCEPTED {
            visit.come(accepted, whole)?;
        }
        visit.compare(whole)
    }
}

struct Visit<'a> {
    address: &'a Address,
    answers: Vec<Given>,
    wrong: Vec<Wrong>,
    /// Bytes that may still come, in one pass.
    room: usize,
}

impl Visit<'_> {
    /// One browser: a page, what it names, what that names.
    fn come(&mut self, accepted: Option<&'static str>, whole: bool) -> Result<(), RequestError> {
        self.room = BOOTH_MAX_BYTES;
        let mut known: BTreeSet<String> = BTreeSet::new();
        for page in [INDEX, CHECK] {
            let mut next = VecDeque::from([(page.to_owned(), Asked::Page)]);
            while let Some((path, asked)) = next.pop_front() {
                if known.len() == FILES_MAX || !known.insert(path.clone()) {
                    continue;
                }
                let Some(text) = self.fetch(path.clone(), asked, accepted)? else { continue };
                if whole {
                    next.extend(named(&path, &text));
                }
            }
            if whole && page == INDEX {
                for path in BESIDE {
                    self.address.get_as_browser(path, Asked::Data, accepted, MANIFEST_MAX_BYTES)?;
                }
            }
        }
        Ok(())
    }

    /// Fetches a file; gives what a browser would read of it.
    fn fetch(
        &mut self,
        path: String,
        asked: Asked,
        accepted: Option<&'static str>,
    ) -> Result<Option<String>, RequestError> {
        let at = match path.as_str() {
            INDEX => "/booth/".to_owned(),
            CHECK => "/booth/check".to_owned(),
            path => format!("/booth/{path}"),
        };
        let most = self.room.min(FILE_MAX_BYTES) as u64;
        let served = match self.address.get_as_browser(&at, asked, accepted, most) {
            Err(RequestError::TooLarge { .. }) => {
                self.wrong.push(Wrong { path, accepted, fault: Fault::TooLarge, given: None });
                return Ok(None);
            }
            served => served?,
        };
        self.room = self.room.saturating_sub(served.bytes.len());
        let read = coding(&served).filter(|_| served.status == 200).and_then(|coding| unpacked(&served.bytes, coding));
        self.answers.push(Given { path, accepted, served });
        Ok(read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The list, what it names beside all that came, and what is wrong.
    fn compare(mut self, whole: bool) -> Result<Look, RequestError> {
        // For what no page has named.
        self.room = ACCEPTED.len() * BOOTH_MAX_BYTES;
        let mut text = None;
        for accepted in ACCEPTED {
            text = self.fetch(LIST.to_owned(), Asked::Page, accepted)?;
            // Else it came in a coding that is not unpacked here, or not at all.
            if text.is_some() {
                break;
            }
        }
        let (list, fault) = match text.as_deref().map(|text| BoothList::parse(text.as_bytes())) {
            Some(Ok(list)) => (Some(list), None),
            Some(Err(NotAList(line))) => (None, Some(Fault::List(line))),
            None => (None, None),
        };
        let Some(list) = list else { return Ok(self.without_list(fault)) };
        let own = [(LIST, list.hash())];
        let mut right = Vec::new();
        for (path, hash) in list.files().chain(own) {
            for accepted in ACCEPTED {
                let is_known = |answer: &Given| answer.path == path && answer.accepted == accepted;
                if (whole || matches!(path, INDEX | CHECK | LIST)) && !self.answers.iter().any(is_known) {
                    self.fetch(path.to_owned(), kind(path), accepted)?;
                }
                // There was too much of it, which is said.
                let Some(at) = self.answers.iter().position(is_known) else { continue };
                let given = self.answers.swap_remove(at);
                match fault_of(&given.served, hash) {
                    Some(fault) => self.wrong.push(given.wrong(fault)),
                    None => right.push(given),
                }
            }
        }
        // What is left is in no list. What is not there is loaded by nobody.
        let unlisted = self.answers.drain(..).filter(|given| given.served.status != 404);
        self.wrong.extend(unlisted.map(|given| given.wrong(Fault::Unlisted)));
        self.answers = right;
        Ok(Look { unread: self.unread(), list: Some(list), wrong: self.wrong, given: self.answers })
    }

    /// A server without a booth has no page of one.
    fn without_list(mut self, fault: Option<Fault>) -> Look {
        let unread = self.unread();
        let is_there = self.answers.iter().any(|answer| answer.path != LIST && answer.served.status == 200);
        let mut others = Vec::new();
        for given in std::mem::take(&mut self.answers) {
            let fault = match (&fault, given.served.status) {
                (_, 404) if given.path != LIST || !is_there => None,
                (_, 404) => Some(Fault::Missing),
                (fault, 200) if given.path == LIST => Some(fault.clone().unwrap_or(Fault::List(String::new()))),
                (_, 200) => None,
                (_, status) => Some(Fault::Status(status)),
            };
            match fault {
                Some(fault) => self.wrong.push(given.wrong(fault)),
                None => others.push(given),
            }
        }
        Look { list: None, wrong: self.wrong, unread, given: others }
    }

    fn unread(&self) -> Vec<String> {
        let unread = self.answers.iter().filter(|answer| coding(&answer.served).is_none());
        let name = |answer: &Given| {
            let coding = answer.served.header("content-encoding").unwrap_or_default();
            format!("/booth/{} ({coding})", answer.path)
        };
        unread.map(name).collect()
    }
}

fn coding(served: &Served) -> Option<Coding> {
    Coding::of(served.header("content-encoding").as_deref())
}

/// Why an answer is not the listed file. One in an unknown coding is not compared, and no fault.
fn fault_of(served: &Served, hash: Hash) -> Option<Fault> {
    match served.status {
        200 => wrong_header(served).or_else(|| {
            let bytes = unpacked(&served.bytes, coding(served)?);
            bytes.is_none_or(|bytes| Hash::of(&bytes) != hash).then_some(Fault::Differs)
        }),
        404 => Some(Fault::Missing),
        status => Some(Fault::Status(status)),
    }
}

/// What makes an answer another than its bytes.
fn wrong_header(served: &Served) -> Option<Fault> {
    if let Some(name) = ACTIVE_HEADERS.into_iter().find(|name| served.header(name).is_some()) {
        return Some(Fault::Header(name.to_owned()));
    }
    // A proxy may add a policy, which can only forbid more.
    let policies = served.headers("content-security-policy");
    (!policies.iter().any(|policy| policy == POLICY))
        .then(|| Fault::Header(format!("content-security-policy: {}", policies.join(", "))))
}

/// How a file is asked for whose asker is not known.
fn kind(path: &str) -> Asked {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => Asked::Style,
        "js" => Asked::Module,
        "html" | "txt" => Asked::Page,
        _ => Asked::Fetch,
    }
}

/// The files that a page or a script names, as far as they lie below `/booth/`.
fn named(path: &str, text: &str) -> Vec<(String, Asked)> {
    let is_page = matches!(path, INDEX | CHECK);
    let (folder, marks) = match path.rsplit_once('/') {
        _ if is_page => ("", NAMED_BY_PAGE.as_slice()),
        Some((folder, name)) if name.ends_with(".js") => (folder, NAMED_BY_SCRIPT.as_slice()),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut places: Vec<(usize, &str)> = marks.iter().flat_map(|mark| text.match_indices(mark)).collect();
    places.sort_unstable();
    for (at, mark) in places {
        let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at + mark.len()..).unwrap_or_default());
        let name = rest.trim_start_matches(['"', '\'']).split(['"', '\'', '>', ' ', ')']).next().unwrap_or_default();
        let name = name.trim_start_matches("./");
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        // A script in the old way: neither a module nor one that is only named in advance.
        let tag = before.rsplit('<').next().unwrap_or_default();
        let asked =
            if is_page && tag.starts_with("script") && !tag.contains("module") { Asked::Script } else { kind(&path) };
        if is_inside(&path) && path.contains('/') {
            found.push((path, asked));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Asked, INDEX, named};

    #[test]
    fn the_files_that_a_page_and_a_script_load_are_found_as_a_browser_finds_them() {
        let page = "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"abcd/booth.css\">\
                    <script defer src=\"abcd/first.js\"></script><script type=module src=abcd/main.js></script>\
                    <link rel=\"modulepreload\" href=\"abcd/dom.js\"><a href=\"../\">here</a><a href=\"https://x.org/a\">there</a>";
        let files = [
            ("abcd/booth.css", Asked::Style),
            ("abcd/first.js", Asked::Script),
            ("abcd/main.js", Asked::Module),
            ("abcd/dom.js", Asked::Module),
        ];
        assert_eq!(named(INDEX, page), files.map(|(path, asked)| (path.to_owned(), asked)));
        let script = "import { el } from './dom.js';\nimport './more.js';\nfetch(new URL('booth.wasm', import.meta.url));\
                      new URL('../session', location.href); import('./late.js')";
        let files = ["dom.js", "more.js", "booth.wasm", "late.js"].map(|name| format!("abcd/{name}"));
        let found: Vec<String> = named("abcd/main.js", script).into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, files);
        assert_eq!(named("abcd/booth.css", "import 'x'"), []);
    }
}
