//! A socket whose peer has to take what it has asked for. Who takes nothing, or next to nothing, holds memory of ours
//! and of the system for as long as it likes: here the connection ends instead, and the system keeps nothing of it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

/// While something waits to be taken, within so long ...
const WINDOW: Duration = Duration::from_secs(20);
/// ... so much has to be: a kilobyte a second.
const TAKEN_MIN_BYTES: usize = 20_480;

pub(crate) struct Paced<S> {
    socket: S,
    patience: Duration,
    /// Since something has been waiting.
    window: Option<Window>,
    given_up: GivenUp,
    /// Lets the system forget what the peer has not taken, once the socket is closed.
    discard: fn(&S),
}

struct Window {
    over: Pin<Box<Sleep>>,
    taken: usize,
}

/// Is this peer given up? Then what it has not taken is not kept for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    pub fn give_up(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Paced<TcpStream> {
    pub fn new(socket: TcpStream, given_up: GivenUp) -> Self {
        // Where the system refuses, it frees what is left some minutes later.
        let discard = |socket: &TcpStream| drop(socket.set_zero_linger());
        Self { socket, patience: WINDOW, window: None, given_up, discard }
    }
}

impl<S> Paced<S> {
    /// What became of an attempt to write `length` bytes.
    fn pace(
        &mut self,
        context: &mut Context<'_>,
        length: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            let over = || Box::pin(tokio::time::sleep(self.patience));
            let window = self.window.get_or_insert_with(|| Window { over: over(), taken: 0 });
            ready!(window.over.as_mut().poll(context));
            self.given_up.give_up();
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        };
        let written = written?;
        if let Some(window) = &mut self.window {
            window.taken += written;
            if written == length || window.taken >= TAKEN_MIN_BYTES {
                self.window = None;
            }
        }
        Poll::Ready(Ok(written))
    }
}

impl<S> Drop for Paced<S> {
    fn drop(&mut self) {
        if self.given_up.0.load(Ordering::Relaxed) {
            (self.discard)(&self.socket);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.pace(context, bytes.len(), written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.pace(context, slices.iter().map(|slice| slice.len()).sum(), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    fn paced(socket: DuplexStream) -> Paced<DuplexStream> {
        Paced { socket, patience: PATIENCE, window: None, given_up: GivenUp::default(), discard: |_| () }
    }

    /// How did writing end, to a peer who takes so much at a time as long as there is something, and every so often?
    async fn written(amount: usize, every: Duration) -> io::Result<()> {
        let (here, mut there) = tokio::io::duplex(1_024);
        let peer = tokio::spawn(async move {
            let mut taken = vec![0; amount];
            while amount > 0 && there.read_exact(&mut taken).await.is_ok() {
                tokio::time::sleep(every).await;
            }
            std::future::pending::<()>().await;
        });
        let mut here = paced(here);
        let written = here.write_all(&vec![0; TAKEN_MIN_BYTES * 4]).await;
        peer.abort();
        assert_eq!(here.given_up.0.load(Ordering::Relaxed), written.is_err());
        written
    }

    #[tokio::test]
    async fn who_takes_nothing_or_next_to_nothing_is_hung_up_on() {
        for (amount, every) in [(0, Duration::ZERO), (1, Duration::from_millis(20))] {
            let ended = written(amount, every).await.unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut, "{amount} bytes every {every:?}");
        }
        written(1_024, Duration::ZERO).await.unwrap();
    }

    /// A window that was opened long ago does not count against a later answer.
    #[tokio::test]
    async fn who_has_taken_everything_begins_anew() {
        let (here, mut there) = tokio::io::duplex(16);
        let mut here = paced(here);
        let mut buffer = [0; 64];
        for _ in 0..3 {
            let taking = async {
                tokio::task::yield_now().await;
                there.read_exact(&mut buffer).await.unwrap();
                tokio::time::sleep(PATIENCE * 2).await;
            };
            let (written, ()) = tokio::join!(here.write_all(&[0; 64]), taking);
            written.unwrap();
        }
    }
}
