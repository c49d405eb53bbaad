//! Members of a tar archive as we read them: plain files, under headers that every program reads in one way.
//! Spec: `docs/spec/record.md` section 2.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _, Seek as _},
    ops::Range,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::OFlags;
use veche_election::record::{Source, Unread};

/// More files are no record of ours.
pub const FILES_MAX: usize = 1_000_000;
/// Behind its last file an archive has so much padding at most.
const PADDING_MAX_BYTES: u64 = 1 << 20;
const NAME: Range<usize> = 0..100;
const SIZE: Range<usize> = 124..136;
/// Where ustar continues a long name, and GNU keeps other things: a name of ours is never so long.
const PREFIX: Range<usize> = 345..500;
const CHECKSUM: Range<usize> = 148..156;
/// An archive is made of these.
pub const BLOCK_BYTES: u64 = 512;
/// A longer path would need more than one header.
pub const NAME_MAX_BYTES: usize = NAME.end;

/// Name and size of a member. Headers that extend the next one (long names, pax) and sparse files are refused: what they
/// claim would have to be read into memory before anybody knew what it is.
///
/// # Errors
///
/// Whoever made the archive erred: this is no plain file with a name and a size.
pub fn plain_member(header: &tar::Header) -> io::Result<(String, u64)> {
    let field = |range: Range<usize>| header.as_bytes().get(range).unwrap_or_default();
    let name = field(NAME).split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| bad("the name of a file in the archive is not UTF-8"))?;
    let plain = header.entry_type().is_file() && !name.is_empty() && !name.ends_with('/');
    if !plain || field(PREFIX).iter().any(|byte| *byte != 0) {
        return Err(bad(&format!("\"{}\" is no plain file in the archive", name.escape_debug())));
    }
    // Whether it is the right number is looked at by the library, which reads past what stands behind it.
    let digits = field(CHECKSUM).iter().skip_while(|byte| **byte == b' ');
    let mut behind = digits.skip_while(|byte| matches!(byte, b'0'..=b'7'));
    if behind.any(|byte| !matches!(byte, 0 | b' ')) {
        return Err(bad(&format!("the header of \"{}\" in the archive is damaged", name.escape_debug())));
    }
    let size = field(SIZE).split_last().filter(|(end, _)| matches!(end, 0 | b' ')).map(|(_, digits)| digits);
    let size = size.filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')));
    let size = size.and_then(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
    let size =
        size.ok_or_else(|| bad(&format!("the size of \"{}\" in the archive is not one", name.escape_debug())))?;
    Ok((name.to_owned(), size))
}

/// Opens a regular file, or what a link to one leads to. A pipe is not waited for, nor is a device read.
///
/// # Errors
/// Of kind `Unsupported` for what is no regular file.
pub fn open_regular(path: &Path) -> io::Result<fs::File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let is_regular = file.metadata()?.is_file();
    is_regular.then_some(file).ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "not a regular file"))
}

/// A record in one .tar file: where each file lies in it. Files are read when they are asked for.
pub struct Archive {
    file: fs::File,
    places: BTreeMap<String, (u64, u64)>,
}

impl Archive {
    /// # Errors
    /// Of kind `Unsupported` for what is no regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let length = file.metadata()?.len();
        let too_early = || io::Error::other("the archive ends too early");
        if !length.is_multiple_of(BLOCK_BYTES) {
            return Err(too_early());
        }
        let mut archive = tar::Archive::new(io::BufReader::new(&file));
        let (mut places, mut end) = (BTreeMap::new(), 0);
        for entry in archive.entries_with_seek()?.raw(true) {
            let entry = entry?;
            let (name, size) = plain_member(entry.header())?;
            let start = entry.raw_file_position();
            end = start.saturating_add(size).next_multiple_of(BLOCK_BYTES);
            if places.insert(name, (start, size)).is_some() || places.len() > FILES_MAX {
                return Err(io::Error::other("a path stands twice in the archive, or there are too many"));
            }
        }
        if end > length {
            return Err(too_early());
        }
        file.seek(io::SeekFrom::Start(end))?;
        // Another archive behind this one would be read by some programs and not by others.
        let mut zeros = io::BufReader::new(&file).take(PADDING_MAX_BYTES.saturating_add(1)).bytes();
        if length - end > PADDING_MAX_BYTES
            || !zeros.try_fold(true, |zeros, byte| io::Result::Ok(zeros && byte? == 0))?
        {
            return Err(io::Error::other("something stands behind the last file of the archive"));
        }
        Ok(Self { file, places })
    }
}

impl Source for Archive {
    fn read(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>, Unread> {
        let (start, size) = *self.places.get(path).ok_or(Unread::Missing)?;
        if size > max_bytes {
            return Err(Unread::TooLarge { max_bytes });
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(|error| Unread::Failed(error.to_string()))?];
        self.file.read_exact_at(&mut bytes, start).map_err(|error| Unread::Failed(error.to_string()))?;
        Ok(bytes)
    }

    fn paths(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::other(what.to_owned())
}
