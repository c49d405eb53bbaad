//! What a server may send in one session, bounded in bytes. The frames of the dialogue are few and have a length that is
//! known; a server that goes on sending beside them (pings, empty pieces of a frame, a head without an end) costs the voter
//! no more than this. Spec: `docs/spec/session.md` section 5.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use veche_election::Election;
use veche_session::sealed::token_max_bytes;

/// Beside the frames of the dialogue: TLS with its certificates, the head of the answer, pings.
const ASIDE_MAX_BYTES: u64 = 256 << 10;
/// The folder's name, and the end.
const OTHER_FRAMES: u64 = 2;

/// All that the server of this election has to say in one session, and the frames' headers and TLS around it.
pub(crate) fn session_max_bytes(election: &Election) -> u64 {
    let answer = token_max_bytes(election.session().down_bytes) as u64;
    let answers = u64::from(election.draft().attempts_max) + OTHER_FRAMES;
    ASIDE_MAX_BYTES + answers * (answer + answer / 8)
}

/// Who erred: the server.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it sends more than {max_bytes} bytes: no session has so much to say")]
pub struct TooMuch {
    /// What the session may have.
    pub max_bytes: u64,
}

impl TooMuch {
    /// Is this why reading failed?
    pub(crate) fn in_error(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// A stream that ends with [`TooMuch`] behind so many bytes.
pub(crate) struct Metered<S> {
    stream: S,
    max_bytes: u64,
    left: u64,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, max_bytes: u64) -> Self {
        Self { stream, max_bytes, left: max_bytes }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().len().saturating_sub(before) as u64;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::other(TooMuch { max_bytes: self.max_bytes }))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
