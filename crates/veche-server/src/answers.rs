//! Answers whose size grows with the election: lists, bundles, the result. They go out in pieces, each made when its
//! reader has room for it, so that a reader costs one piece at a time however long the answer is. Pieces are bounded, in
//! all and for each neighbourhood; of too many, the reader who has held one for longest is hung up on.
//! Spec: `docs/spec/session.md` section 2.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::stream;
use veche_election::{
    log::{TILE_WIDTH, write_bundle},
    manifest::ENTRY_MAX_BYTES,
};

use crate::{
    places::{HangUp, Place, Places},
    replies::body,
    sparing::Sparing,
    store::{SqliteStore, StoreError},
};

mod record_archive;

pub(crate) use record_archive::RecordArchive;

/// Room for the longest entry behind its length.
pub const PIECE_MAX_BYTES: usize = 2 + ENTRY_MAX_BYTES;
/// Pieces in memory at once: 64 MiB.
const PIECES_MAX: usize = 1_024;
/// The same of one address.
const PIECES_PER_ADDRESS_MAX: usize = 32;

/// Who asked for an answer. The listener puts what hangs up into each request.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub address: IpAddr,
    pub hang_up: HangUp,
}

/// What is sent.
pub(crate) enum Source {
    /// Kept in memory once for all readers.
    Kept(Bytes),
    Bundle(Bundle),
    Record(Box<RecordArchive>),
}

/// An entry bundle on its way from the database to a reader.
pub(crate) struct Bundle {
    store: Arc<SqliteStore>,
    next: u64,
    /// Of the entries that are still to come, last first.
    lengths: Vec<usize>,
}

/// All pieces in memory.
#[derive(Debug, Clone)]
pub struct Pieces(Places);

/// One of them, for as long as it is in memory.
struct Piece {
    bytes: Bytes,
    _place: Place,
}

impl Default for Pieces {
    fn default() -> Self {
        Self(Places::new(PIECES_MAX, PIECES_PER_ADDRESS_MAX))
    }
}

impl Pieces {
    /// An answer that its reader takes piece by piece, and its length.
    pub(crate) fn answer(&self, reader: Reader, source: Source) -> (Option<usize>, Body) {
        let length = source.remaining();
        let pieces = stream::try_unfold((self.clone(), reader, source), async |(all, reader, mut source)| {
            let piece = source.next().await?.map(|bytes| all.hold(&reader, bytes));
            Ok::<_, StoreError>(piece.map(|piece| (piece, (all, reader, source))))
        });
        (length, Body::from_stream(pieces))
    }

    fn hold(&self, reader: &Reader, bytes: Bytes) -> Bytes {
        let place = self.0.take(reader.address, reader.hang_up.clone());
        Bytes::from_owner(Piece { bytes, _place: place })
    }
}

/// The whole answer, with its headers.
pub(crate) fn large(
    pieces: &Pieces,
    reader: Reader,
    content: HeaderValue,
    cache: HeaderValue,
    source: Source,
) -> Response {
    let (length, answer) = pieces.answer(reader, source);
    let mut response = body(content, cache, answer);
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Source {
    /// As far as it is known before it is made.
    fn remaining(&self) -> Option<usize> {
        match self {
            Self::Kept(bytes) => Some(bytes.len()),
            Self::Bundle(bundle) => Some(bundle.remaining()),
            Self::Record(_) => None,
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        match self {
            Self::Kept(bytes) if bytes.is_empty() => Ok(None),
            Self::Kept(bytes) => Ok(Some(bytes.split_to(bytes.len().min(PIECE_MAX_BYTES)))),
            Self::Bundle(bundle) => bundle.next().await.inspect_err(unreadable),
            Self::Record(archive) => archive.next().await.inspect_err(record_unreadable),
        }
    }
}

/// Every reader may ask for it again and again.
pub(crate) fn unreadable(error: &StoreError) {
    static FAILURES: Sparing = Sparing::new();
    if let Some(unsaid) = FAILURES.speak() {
        tracing::error!(%error, unsaid, "a bundle could not be read");
    }
}

fn record_unreadable(error: &StoreError) {
    static FAILURES: Sparing = Sparing::new();
    if let Some(unsaid) = FAILURES.speak() {
        tracing::error!(%error, unsaid, "the record could not be read");
    }
}

impl Bundle {
    /// The first `width` entries of bundle `n`, all of which are in the log.
    pub async fn new(store: Arc<SqliteStore>, n: u64, width: u64) -> Result<Self, StoreError> {
        let next = n.saturating_mul(TILE_WIDTH);
        let mut lengths = store.lengths_outside(next, u32::try_from(width).unwrap_or(u32::MAX)).await?;
        if lengths.len() as u64 != width {
            return Err(StoreError::Failed(format!("bundle {n} has less than {width} entries")));
        }
        lengths.reverse();
        Ok(Self { store, next, lengths })
    }

    /// Bytes that are still to come.
    pub(crate) fn remaining(&self) -> usize {
        self.lengths.iter().map(|length| 2 + length).sum()
    }

    /// As many entries as fit into one piece.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let (mut count, mut size) = (0, 0);
        while let Some(length) = self.lengths.last()
            && (count == 0 || size + 2 + length <= PIECE_MAX_BYTES)
        {
            size += 2 + length;
            count += 1;
            self.lengths.pop();
        }
        if count == 0 {
            return Ok(None);
        }
        let entries = self.store.read_outside(self.next, count).await?;
        let piece = write_bundle(entries.iter().map(|entry| entry.bytes.as_slice()));
        // Entries never change: whoever has changed these is refused as an answer that breaks off.
        let piece = piece
            .filter(|piece| piece.len() == size)
            .ok_or_else(|| StoreError::Failed(format!("entries from {} on are not as long as they were", self.next)))?;
        self.next += u64::from(count);
        Ok(Some(piece.into()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reader(last: u8) -> Reader {
        Reader { address: IpAddr::from([10, 0, 0, last]), hang_up: HangUp::default() }
    }

    async fn is_hung_up(reader: &Reader) -> bool {
        tokio::time::timeout(std::time::Duration::ZERO, reader.hang_up.0.notified()).await.is_ok()
    }

    #[tokio::test]
    async fn an_address_holds_a_bounded_number_of_pieces_and_its_slowest_reader_goes() {
        let pieces = Pieces::default();
        let other = reader(2);
        let mut held = vec![pieces.hold(&other, Bytes::from_static(b"x"))];
        let readers: Vec<Reader> = (0..=PIECES_PER_ADDRESS_MAX).map(|_| reader(1)).collect();
        for reader in &readers {
            held.push(pieces.hold(reader, Bytes::from_static(b"x")));
        }
        let (first, rest) = readers.split_first().unwrap();
        assert!(is_hung_up(first).await && !is_hung_up(&other).await);
        for reader in rest {
            assert!(!is_hung_up(reader).await);
        }
        assert_eq!(pieces.0.held(), PIECES_PER_ADDRESS_MAX + 1);
        drop(held);
        assert_eq!(pieces.0.held(), 0);
    }

    #[tokio::test]
    async fn in_a_full_house_the_address_that_holds_most_makes_room() {
        let pieces = Pieces::default();
        let far = |network: usize| {
            let address = IpAddr::from([10, (network / 250) as u8 + 1, (network % 250) as u8, 1]);
            Reader { address, hang_up: HangUp::default() }
        };
        let (honest, crowd) = (far(0), far(1));
        let mut held: Vec<Bytes> = [&honest, &crowd, &crowd].map(|reader| pieces.hold(reader, Bytes::new())).into();
        for network in 3..PIECES_MAX {
            held.push(pieces.hold(&far(network), Bytes::new()));
        }
        held.push(pieces.hold(&far(PIECES_MAX), Bytes::new()));
        assert!(is_hung_up(&crowd).await && !is_hung_up(&honest).await);
        held.push(pieces.hold(&far(PIECES_MAX + 1), Bytes::new()));
        assert!(is_hung_up(&honest).await, "nobody crowds: the oldest goes");
        assert_eq!(pieces.0.held(), PIECES_MAX);
    }

    #[tokio::test]
    async fn a_kept_answer_comes_in_pieces_that_make_the_whole() {
        let whole = Bytes::from(vec![7; PIECE_MAX_BYTES * 2 + 1]);
        let mut source = Source::Kept(whole.clone());
        assert_eq!(source.remaining(), Some(whole.len()));
        let mut got = Vec::new();
        while let Some(piece) = source.next().await.unwrap() {
            assert!(piece.len() <= PIECE_MAX_BYTES);
            got.extend_from_slice(&piece);
        }
        assert_eq!(got, whole);
    }
}
