//! Follows the frames of a WebSocket (RFC 6455 section 5.2) in what the peer sends. The library gives us whole messages;
//! until one is whole, somebody who sends half a frame, or frames of nothing without end, is seen only here.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// Frames of one message. Programs send a message in one; browsers split long ones into few.
const FRAMES_PER_MESSAGE_MAX: u32 = 256;
/// A message that has begun is whole after this long.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD_MAX_BYTES: usize = 14;
const LAST: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// A socket whose peer may leave no message half-sent for long, nor in pieces without end.
pub struct Frames<S> {
    socket: S,
    patience: Duration,
    place: Place,
    /// Since the message that is not yet whole has begun.
    over: Option<Pin<Box<Sleep>>>,
}

/// Where in the peer's frames the bytes so far end.
#[derive(Debug, Default)]
struct Place {
    head: [u8; HEAD_MAX_BYTES],
    /// Bytes of the head that are there; none between two frames.
    head_bytes: usize,
    /// Bytes of the frame's content that are still to come, once the head is there.
    content_bytes: u64,
    /// Frames of the message so far.
    frames: u32,
    /// Messages so far.
    messages: u64,
}

impl<S> Frames<S> {
    pub fn new(socket: S) -> Self {
        Self { socket, patience: MESSAGE_TIMEOUT, place: Place::default(), over: None }
    }

    fn follow(&mut self, bytes: &[u8]) -> io::Result<()> {
        let messages = self.place.messages;
        self.place.follow(bytes);
        if self.place.frames > FRAMES_PER_MESSAGE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message in too many frames"));
        }
        if !self.place.is_within_a_message() {
            self.over = None;
        } else if self.over.is_none() || self.place.messages > messages {
            self.over = Some(Box::pin(tokio::time::sleep(self.patience)));
        }
        Ok(())
    }
}

impl Place {
    fn follow(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.content_bytes > 0 {
                let skipped = usize::try_from(self.content_bytes).unwrap_or(usize::MAX).min(bytes.len());
                self.content_bytes -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
            } else {
                if let Some(place) = self.head.get_mut(self.head_bytes) {
                    *place = *byte;
                }
                self.head_bytes += 1;
                bytes = rest;
                match self.content_length() {
                    Some(length) => self.content_bytes = length,
                    None => continue,
                }
            }
            if self.content_bytes == 0 {
                self.end_frame();
            }
        }
    }

    /// What the head says, once it is whole.
    fn content_length(&self) -> Option<u64> {
        let (first, rest) = self.head.get(1..self.head_bytes)?.split_first()?;
        let mask = if first & 0x80 == 0 { 0 } else { 4 };
        let length: &[u8] = match first & 0x7F {
            126 => rest.get(..2)?,
            127 => rest.get(..8)?,
            _ => std::slice::from_ref(first),
        };
        let written = if length.len() == 1 { 0 } else { length.len() };
        let whole = self.head_bytes == 2 + written + mask;
        let length = length.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
        whole.then_some(if written == 0 { length & 0x7F } else { length })
    }

    fn end_frame(&mut self) {
        self.head_bytes = 0;
        let [first, ..] = self.head;
        if first & CONTROL != 0 {
            return;
        }
        self.frames += 1;
        if first & LAST != 0 {
            self.frames = 0;
            self.messages += 1;
        }
    }

    fn is_within_a_message(&self) -> bool {
        self.head_bytes > 0 || self.frames > 0
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, buffer)?;
        let mut followed = self.follow(buffer.filled().get(before..).unwrap_or_default());
        if self.over.as_mut().is_some_and(|over| over.as_mut().poll(context).is_ready()) {
            followed = Err(io::ErrorKind::TimedOut.into());
        }
        if let Err(error) = followed {
            // An error gives no bytes: that is the reader's contract.
            buffer.set_filled(before);
            return Poll::Ready(Err(error));
        }
        read.map(Ok)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Frames<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const TEXT: u8 = 0x01;
    const PING: u8 = 0x09;
    const CONTINUED: u8 = 0x00;

    fn frame(first: u8, content: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match content {
            0..=125 => bytes.push(0x80 | content as u8),
            126..=65_535 => {
                bytes.push(0x80 | 126);
                bytes.extend((content as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((content as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.resize(bytes.len() + content, b'x');
        bytes
    }

    /// Where these frames end, whatever pieces they come in: messages, frames of the next one, within a message?
    fn check(frames: &[Vec<u8>], expected: (u64, u32, bool)) {
        let bytes = frames.concat();
        for piece in [1, 3, 7, bytes.len().max(1)] {
            let mut place = Place::default();
            bytes.chunks(piece).for_each(|piece| place.follow(piece));
            let found = (place.messages, place.frames, place.is_within_a_message());
            assert_eq!(found, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn every_form_of_a_frame_is_followed_to_its_end() {
        check(&[], (0, 0, false));
        for length in [0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000] {
            check(&[frame(TEXT | LAST, length), frame(TEXT | LAST, length)], (2, 0, false));
            let mut half = frame(TEXT | LAST, length);
            half.pop();
            check(&[frame(TEXT | LAST, 5), half], (1, 0, true));
        }
        check(&[frame(TEXT, 1), frame(PING | LAST, 2), frame(CONTINUED, 0)], (0, 2, true));
        check(&[frame(TEXT, 1), frame(CONTINUED | LAST, 1), frame(PING | LAST, 2)], (1, 0, false));
        check(&[vec![TEXT | LAST]], (0, 0, true));
    }

    async fn read(sent: Vec<Vec<u8>>, ends: bool) -> io::Result<usize> {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(&sent.concat()).await.unwrap();
        let _open = (!ends).then_some(there);
        let patience = Duration::from_millis(200);
        let mut frames = Frames { patience, ..Frames::new(here) };
        frames.read_to_end(&mut Vec::new()).await
    }

    #[tokio::test]
    async fn a_message_in_too_many_frames_or_half_of_one_is_an_end() {
        let kind = |read: io::Result<usize>| read.unwrap_err().kind();
        let pieces = |count| [vec![frame(TEXT, 0)], vec![frame(CONTINUED, 0); count]].concat();
        let most = FRAMES_PER_MESSAGE_MAX as usize - 1;
        assert!(read(pieces(most), true).await.is_ok());
        assert_eq!(kind(read(pieces(most + 1), true).await), io::ErrorKind::InvalidData);
        // In one packet with a whole message, too.
        let mut half = frame(TEXT | LAST, 9);
        half.pop();
        assert_eq!(kind(read(vec![frame(TEXT | LAST, 1), half], false).await), io::ErrorKind::TimedOut);
        assert_eq!(kind(read(vec![frame(TEXT, 1), frame(PING | LAST, 0)], false).await), io::ErrorKind::TimedOut);
    }
}
