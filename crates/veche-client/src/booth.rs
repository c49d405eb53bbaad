//! The booth as it is served: the list that names every file, and whether what a browser is given is what the list names.
//! Spec: `docs/spec/booth.md` sections 5 and 6.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read},
};

use brotli_decompressor::Decompressor;
use data_encoding::HEXLOWER;
use flate2::bufread::GzDecoder;
use veche_election::Hash;

mod look;

pub use look::{Fault, Given, ListError, Look, Wrong};

/// The page at `/booth/`, that at `/booth/check`, and the list of all files with their hashes.
pub const INDEX: &str = "index.html";
/// The page on which a second device checks a ballot.
pub const CHECK: &str = "check.html";
/// All other files with their hashes.
pub const LIST: &str = "files.txt";

/// Nothing but our own files runs here, nothing is framed, nothing is sent elsewhere, and no text becomes markup.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                          connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
                          require-trusted-types-for 'script'; trusted-types 'none'";
/// No booth has more files, a larger one, or more in all; nor a longer path in its list.
pub const FILES_MAX: usize = 100;
/// No file of a booth is larger, packed or not.
pub const FILE_MAX_BYTES: usize = 4 << 20;
/// No booth has more in all.
pub const BOOTH_MAX_BYTES: usize = 16 << 20;
/// No path in its list is longer.
pub const PATH_MAX_BYTES: usize = 200;
/// Of a line: a hash, two spaces, a path, a line feed.
pub const LIST_MAX_BYTES: usize = FILES_MAX * (64 + 2 + PATH_MAX_BYTES + 1);
/// Of what is unpacked at once.
const BUFFER_BYTES: usize = 4096;

/// What stands in the list, by path below `/booth/`.
#[derive(Debug, Clone)]
pub struct BoothList {
    bytes: Vec<u8>,
    files: BTreeMap<String, Hash>,
}

/// Who made the list: this line is not one of a booth's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a booth has no list with the line \"{0}\"")]
pub struct NotAList(pub String);

impl BoothList {
    /// # Errors
    /// Who made it: a line is no hash and path, the paths are not in their order or leave the folder, or a page is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAList> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotAList(String::from_utf8_lossy(bytes).into_owned()))?;
        let mut files: BTreeMap<String, Hash> = BTreeMap::new();
        for line in text.split_inclusive('\n') {
            let wrong = || NotAList(line.trim_end().to_owned());
            let (hash, path) = line.strip_suffix('\n').and_then(|line| line.split_once("  ")).ok_or_else(wrong)?;
            let hash = HEXLOWER.decode(hash.as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let in_order = files.last_key_value().is_none_or(|(last, _)| last.as_str() < path);
            if !is_inside(path) || !in_order || files.len() == FILES_MAX {
                return Err(wrong());
            }
            files.insert(path.to_owned(), Hash(hash.ok_or_else(wrong)?));
        }
        match [INDEX, CHECK].into_iter().find(|page| !files.contains_key(*page)) {
            Some(page) => Err(NotAList(page.to_owned())),
            None => Ok(Self { bytes: bytes.to_vec(), files }),
        }
    }

    /// The hash by which a booth is known.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes)
    }

    /// As `sha256sum` writes it.
    pub fn hash_text(&self) -> String {
        hash_text(self.hash())
    }

    /// As it was served.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All files but the list itself.
    pub fn files(&self) -> impl Iterator<Item = (&str, Hash)> {
        self.files.iter().map(|(path, hash)| (path.as_str(), *hash))
    }
}

/// As `sha256sum` writes it.
pub fn hash_text(hash: Hash) -> String {
    HEXLOWER.encode(&hash.0)
}

/// Letters, digits and `-`, `_`, `.` between slashes: nothing leads out of the folder, or means something in an address.
fn is_inside(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    path.len() <= PATH_MAX_BYTES
        && path != LIST
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && part.chars().all(plain))
}

/// How a file goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl Coding {
    /// All that our servers have.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Gzip, Self::Brotli];

    /// Its name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// As a browser reads `Content-Encoding`, in capitals or not; `None` for what is not unpacked here.
    fn of(header: Option<&str>) -> Option<Self> {
        match header.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            None | Some("") => Some(Self::Plain),
            Some("x-gzip") => Some(Self::Gzip),
            Some(name) => Self::ALL.into_iter().find(|coding| coding.name() == name),
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a browser would read; nothing where it does not unpack, or to more than a file of a booth may be.
pub fn unpacked(packed: &[u8], coding: Coding) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match coding {
        Coding::Plain => out.extend_from_slice(packed),
        Coding::Gzip => {
            let mut rest = packed;
            read_at_most(GzDecoder::new(&mut rest), &mut out).ok()?;
            // Whoever has a second file behind the first may be read as both, or as one.
            if !rest.is_empty() {
                return None;
            }
        }
        Coding::Brotli => read_at_most(Decompressor::new(packed, BUFFER_BYTES), &mut out).ok()?,
    }
    (out.len() <= FILE_MAX_BYTES).then_some(out)
}

/// A byte more than may be tells that it is too much.
fn read_at_most(reader: impl Read, out: &mut Vec<u8>) -> io::Result<()> {
    reader.take(FILE_MAX_BYTES as u64 + 1).read_to_end(out).map(|_| ())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::{BoothList, CHECK, Coding, FILE_MAX_BYTES, FILES_MAX, INDEX, unpacked};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn line(path: &str) -> String {
        format!("{}  {path}\n", "0".repeat(64))
    }

    #[test]
    fn a_list_names_files_in_their_order_and_none_outside() {
        let pages = line(CHECK) + &line(INDEX);
        let list = BoothList::parse((line("abcd/main.js") + &pages).as_bytes()).unwrap();
        assert_eq!(list.files().map(|(path, _)| path).collect::<Vec<_>>(), ["abcd/main.js", CHECK, INDEX]);
        let many: String = (0..FILES_MAX).map(|i| line(&format!("a/{i:03}"))).collect();
        for (wrong, named) in [
            (String::new(), INDEX),
            (line(CHECK), INDEX),
            (line("abcd/main.js") + &line(INDEX), CHECK),
            (line(INDEX) + &line(CHECK), CHECK),
            (line(CHECK) + &line(CHECK) + &line(INDEX), CHECK),
            (line("../e/draft.json") + &pages, "../e/draft.json"),
            (line("/etc/passwd") + &pages, "/etc/passwd"),
            (line("a//b") + &pages, "a//b"),
            (line("a b") + &pages, "a b"),
            (line("a?b") + &pages, "a?b"),
            (line(&"a".repeat(201)) + &pages, "aaaa"),
            (pages.clone() + &line("files.txt"), "files.txt"),
            (pages.replace("0  ", "x  "), CHECK),
            (pages.replacen('0', "", 1), CHECK),
            (pages.trim_end().to_owned(), INDEX),
            (many + &pages, CHECK),
        ] {
            let error = BoothList::parse(wrong.as_bytes()).unwrap_err();
            assert!(error.0.ends_with(named), "{wrong}: {error}");
        }
    }

    #[test]
    fn what_is_packed_unpacks_to_one_file_and_to_no_more_than_a_booth_may_have() {
        let packed = gzip(b"one");
        assert_eq!(unpacked(&packed, Coding::Gzip).as_deref(), Some(&b"one"[..]));
        assert_eq!(unpacked(b"\x0b\x01\x80one\x03", Coding::Brotli).as_deref(), Some(&b"one"[..]));
        assert_eq!(unpacked(b"one", Coding::Plain).as_deref(), Some(&b"one"[..]));
        for (wrong, coding) in [
            (b"one".to_vec(), Coding::Gzip),
            (b"one".to_vec(), Coding::Brotli),
            (packed[..packed.len() - 1].to_vec(), Coding::Gzip),
            (b"\x0b\x01\x80one".to_vec(), Coding::Brotli),
            ([&packed[..], &packed[..]].concat(), Coding::Gzip),
            ([&packed[..], b"x"].concat(), Coding::Gzip),
            (gzip(&vec![0; FILE_MAX_BYTES + 1]), Coding::Gzip),
        ] {
            assert_eq!(unpacked(&wrong, coding), None, "{wrong:?}");
        }
        assert!(unpacked(&gzip(&vec![0; FILE_MAX_BYTES]), Coding::Gzip).is_some());
    }
}
