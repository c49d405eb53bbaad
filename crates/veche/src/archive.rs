//! Members of a tar archive as we read them: plain files, under headers that every program reads in one way.
//! Spec: `docs/spec/record.md` section 2.

use std::{io, ops::Range};

const NAME: Range<usize> = 0..100;
const SIZE: Range<usize> = 124..136;
/// Where ustar continues a long name, and GNU keeps other things: a name of ours is never so long.
const PREFIX: Range<usize> = 345..500;
pub const BLOCK_BYTES: u64 = 512;
pub const NAME_MAX_BYTES: usize = NAME.end;

/// Name and size of a member. Headers that extend the next one (long names, pax) and sparse files are refused: what they
/// claim would have to be read into memory before anybody knew what it is.
pub fn plain_member(header: &tar::Header) -> io::Result<(String, u64)> {
    let field = |range: Range<usize>| header.as_bytes().get(range).unwrap_or_default();
    let name = field(NAME).split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| bad("the name of a file in the archive is not UTF-8"))?;
    let plain = header.entry_type().is_file() && !name.is_empty() && !name.ends_with('/');
    if !plain || field(PREFIX).iter().any(|byte| *byte != 0) {
        return Err(bad(&format!("\"{}\" is no plain file in the archive", name.escape_debug())));
    }
    let size = field(SIZE).split_last().filter(|(end, _)| matches!(end, 0 | b' ')).map(|(_, digits)| digits);
    let size = size.filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')));
    let size = size.and_then(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
    let size =
        size.ok_or_else(|| bad(&format!("the size of \"{}\" in the archive is not one", name.escape_debug())))?;
    Ok((name.to_owned(), size))
}

fn bad(what: &str) -> io::Error {
    io::Error::other(what.to_owned())
}
