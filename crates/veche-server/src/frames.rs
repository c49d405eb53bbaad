//! Follows the frames of a WebSocket (RFC 6455 section 5.2) in what the peer sends. The library gives us whole messages;
//! until one is whole, somebody who sends half a frame, or frames of nothing without end, is seen only here.

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::futures::OwnedNotified,
    time::Sleep,
};

use crate::places::{HangUp, Place, Places};

/// Frames of one message. Programs send a message in one; browsers split long ones into few.
const FRAMES_PER_MESSAGE_MAX: u32 = 256;
/// A message that has begun is whole after this long.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(60);
/// Of a message that is not yet whole, more than this takes one of a bounded number of places.
const SHORT_BYTES: u64 = 16 << 10;
/// What messages that are not yet whole may take in memory. The library's buffer may grow to twice the message.
const UNFINISHED_MAX_BYTES: usize = 128 << 20;
/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD_MAX_BYTES: usize = 14;
const LAST: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// A socket whose peer may leave no message half-sent for long, nor in pieces without end, nor many long ones half-sent.
pub struct Frames<S> {
    socket: S,
    patience: Duration,
    position: Position,
    /// Since the message that is not yet whole has begun.
    over: Option<Pin<Box<Sleep>>>,
    long: LongMessage,
}

/// The place of a long message that is not yet whole.
struct LongMessage {
    places: Unfinished,
    address: IpAddr,
    held: Option<(Place, Pin<Box<OwnedNotified>>)>,
}

/// The places that there are for long messages, for all sessions of an election.
#[derive(Debug, Clone)]
pub struct Unfinished(Places);

impl Unfinished {
    /// `message_max_bytes`: the longest message there may be.
    pub fn new(message_max_bytes: usize) -> Self {
        Self(Places::new(UNFINISHED_MAX_BYTES / message_max_bytes.saturating_mul(2).max(1), usize::MAX))
    }
}

/// Where in the peer's frames the bytes so far end.
#[derive(Debug, Default)]
struct Position {
    head: [u8; HEAD_MAX_BYTES],
    /// Bytes of the head that are there; none between two frames.
    head_bytes: usize,
    /// Bytes of the frame's content that are still to come, once the head is there.
    content_bytes: u64,
    /// Frames of the message so far.
    frames: u32,
    /// Bytes of its content so far.
    message_bytes: u64,
    /// Messages so far.
    messages: u64,
}

impl<S> Frames<S> {
    pub fn new(socket: S, address: IpAddr, places: Unfinished) -> Self {
        let long = LongMessage { places, address, held: None };
        Self { socket, patience: MESSAGE_TIMEOUT, position: Position::default(), over: None, long }
    }

    fn follow(&mut self, bytes: &[u8]) -> io::Result<()> {
        let messages = self.position.messages;
        self.position.follow(bytes);
        if self.position.frames > FRAMES_PER_MESSAGE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message in too many frames"));
        }
        if !self.position.is_within_a_message() {
            self.over = None;
        } else if self.over.is_none() || self.position.messages > messages {
            self.over = Some(Box::pin(tokio::time::sleep(self.patience)));
        }
        self.long.has(self.position.message_bytes);
        Ok(())
    }
}

impl LongMessage {
    fn has(&mut self, bytes: u64) {
        if bytes <= SHORT_BYTES {
            self.held = None;
        } else if self.held.is_none() {
            let hang_up = HangUp::default();
            let hung_up = Box::pin(hang_up.0.clone().notified_owned());
            self.held = Some((self.places.0.take(self.address, hang_up), hung_up));
        }
    }

    /// Others have needed the place.
    fn is_hung_up(&mut self, context: &mut Context<'_>) -> bool {
        self.held.as_mut().is_some_and(|(_, hung_up)| hung_up.as_mut().poll(context).is_ready())
    }
}

impl Position {
    fn follow(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.content_bytes > 0 {
                let skipped = usize::try_from(self.content_bytes).unwrap_or(usize::MAX).min(bytes.len());
                self.content_bytes -= skipped as u64;
                self.message_bytes += skipped as u64;
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
        if first & CONTROL == 0 {
            self.frames += 1;
            if first & LAST != 0 {
                self.frames = 0;
                self.messages += 1;
            }
        }
        if self.frames == 0 {
            self.message_bytes = 0;
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
        if self.long.is_hung_up(context) {
            followed = Err(io::ErrorKind::ConnectionReset.into());
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
            let mut position = Position::default();
            bytes.chunks(piece).for_each(|piece| position.follow(piece));
            let found = (position.messages, position.frames, position.is_within_a_message());
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

    fn frames<S>(socket: S, places: &Unfinished) -> Frames<S> {
        Frames::new(socket, IpAddr::from([10, 0, 0, 1]), places.clone())
    }

    async fn read(sent: Vec<Vec<u8>>, ends: bool) -> io::Result<usize> {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(&sent.concat()).await.unwrap();
        let _open = (!ends).then_some(there);
        let patience = Duration::from_millis(200);
        let mut frames = Frames { patience, ..frames(here, &Unfinished::new(1 << 20)) };
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
    /// Row 59, the other way round: what peers have begun to send costs a bounded amount of memory. Who finishes loses
    /// nothing; of those who do not, who has begun first goes.
    #[tokio::test]
    async fn row_59_long_messages_that_are_not_whole_are_few() {
        let places = Unfinished::new(UNFINISHED_MAX_BYTES / 4);
        let long = SHORT_BYTES as usize + 2;
        let half = || {
            let mut bytes = frame(TEXT | LAST, long);
            bytes.pop();
            bytes
        };
        let begin = async |bytes: Vec<u8>| {
            let (here, mut there) = tokio::io::duplex(1 << 20);
            there.write_all(&bytes).await.unwrap();
            let mut frames = frames(here, &places);
            let mut buffer = vec![0; 1 << 20];
            let read = frames.read(&mut buffer).await.unwrap();
            assert_eq!(read, bytes.len());
            (frames, there)
        };
        let read = async |frames: &mut Frames<_>| {
            tokio::time::timeout(Duration::ZERO, frames.read(&mut [0; 9]))
                .await
                .ok()
                .map(|read| read.unwrap_err().kind())
        };
        let (mut first, _one) = begin(half()).await;
        for whole in [frame(TEXT | LAST, long), frame(TEXT, SHORT_BYTES as usize)] {
            let (mut whole, _there) = begin(whole).await;
            assert_eq!((read(&mut whole).await, read(&mut first).await), (None, None), "it takes no place");
        }
        let (mut second, mut two) = begin(half()).await;
        let (mut third, _three) = begin(half()).await;
        assert_eq!(read(&mut first).await, Some(io::ErrorKind::ConnectionReset));
        assert_eq!((read(&mut second).await, read(&mut third).await), (None, None));
        two.write_all(b"x").await.unwrap();
        assert_eq!(second.read(&mut [0; 9]).await.unwrap(), 1);
        let (_fourth, _four) = begin(half()).await;
        assert_eq!((read(&mut second).await, read(&mut third).await), (None, None), "who has finished has made room");
    }
}
