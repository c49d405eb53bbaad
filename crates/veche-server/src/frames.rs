//! Follows the frames of a WebSocket (RFC 6455 section 5.2) in what the peer sends, and hands them on in short pieces. The
//! library gives us whole messages; until one is whole, somebody who sends half a frame, or frames of nothing without end,
//! is seen only here. And it takes memory for a whole frame as soon as its head says how long it will be, and keeps that for
//! the whole session: of a frame in pieces it has no more than what has come.

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll, ready},
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
/// The library is handed no longer frame. A multiple of the mask's length: each piece begins with the mask's beginning.
const PIECE_MAX_BYTES: u16 = 4_096;
/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD_MAX_BYTES: usize = 14;
const MASK_BYTES: usize = 4;
const LAST: u8 = 0x80;
const CONTROL: u8 = 0x08;
const MASKED: u8 = 0x80;
/// RFC 6455 section 5.5.
const CONTROL_MAX_BYTES: u64 = 125;
/// In place of a length of one byte: it stands in the two behind it, or in eight.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

/// A socket whose peer may leave no message half-sent for long, nor in pieces without end, nor many long ones half-sent.
pub struct Frames<S> {
    socket: S,
    patience: Duration,
    message_max_bytes: u64,
    position: Position,
    handing: Handing,
    /// Since the message that is not yet whole has begun.
    over: Option<Pin<Box<Sleep>>>,
    long: LongMessage,
}

/// The place of a long message that is not yet whole.
struct LongMessage {
    places: Places,
    address: IpAddr,
    held: Option<(Place, Pin<Box<OwnedNotified>>)>,
}

/// The places that there are for long messages, for all sessions of an election.
#[derive(Debug, Clone)]
pub struct Unfinished {
    places: Places,
    message_max_bytes: usize,
}

impl Unfinished {
    /// `message_max_bytes`: the longest message there may be.
    pub fn new(message_max_bytes: usize) -> Self {
        let most = UNFINISHED_MAX_BYTES / message_max_bytes.saturating_mul(2).max(1);
        Self { places: Places::new(most, usize::MAX), message_max_bytes }
    }
}

/// Where in the peer's frames the bytes so far end.
#[derive(Debug, Default)]
struct Position {
    head: Head,
    /// Bytes of the frame's content that are still to come, once the head is there.
    content_bytes: u64,
    /// Frames of the message so far, with the one that has begun.
    frames: u32,
    /// Bytes of its content so far.
    message_bytes: u64,
}

/// The head of a frame, as far as it has come; nothing between two frames.
#[derive(Debug, Default, Clone, Copy)]
struct Head {
    bytes: [u8; HEAD_MAX_BYTES],
    filled: usize,
}

/// What the library gets next: the rest of a head, then so much of the peer's content.
#[derive(Debug, Default)]
struct Handing {
    head: Head,
    told: usize,
    piece_bytes: usize,
}

impl<S> Frames<S> {
    pub fn new(socket: S, address: IpAddr, places: Unfinished) -> Self {
        let Unfinished { places, message_max_bytes } = places;
        let long = LongMessage { places, address, held: None };
        let (position, handing) = (Position::default(), Handing::default());
        let message_max_bytes = message_max_bytes as u64;
        Self { socket, patience: MESSAGE_TIMEOUT, message_max_bytes, position, handing, over: None, long }
    }

    /// The peer has sent something: the time that the message has, and its place.
    fn note(&mut self) {
        if !self.position.is_within_a_message() {
            self.over = None;
        } else if self.over.is_none() {
            self.over = Some(Box::pin(tokio::time::sleep(self.patience)));
        }
        self.long.has(self.position.message_bytes);
    }

    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.over.as_mut().is_some_and(|over| over.as_mut().poll(context).is_ready()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if self.long.is_hung_up(context) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> Frames<S> {
    /// Reads on until there is something for the library. Nothing: the peer has ended, or there is no room.
    fn poll_next(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if buffer.remaining() == 0 || self.handing.tell(buffer) {
                return Poll::Ready(Ok(()));
            }
            if self.handing.piece_bytes > 0 {
                return self.poll_content(context, buffer);
            }
            let missing = self.position.head.missing();
            let mut part = ReadBuf::new(missing);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut part))?;
            let came = part.filled().len();
            if came == 0 {
                return Poll::Ready(Ok(()));
            }
            self.position.head.filled += came;
            if self.position.head.missing().is_empty() {
                self.position.begin_frame(self.message_max_bytes)?;
                self.handing.begin(&self.position, true);
                self.position.end_frame_if_whole();
            }
            self.note();
        }
    }

    fn poll_content(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = buffer.remaining().min(self.handing.piece_bytes);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.socket).poll_read(context, &mut part))?;
        let came = part.filled().len();
        buffer.advance(came);
        self.handing.piece_bytes -= came;
        self.position.has_content(came as u64);
        if self.handing.piece_bytes == 0 && self.position.content_bytes > 0 {
            self.handing.begin(&self.position, false);
        }
        self.position.end_frame_if_whole();
        self.note();
        Poll::Ready(Ok(()))
    }
}

impl LongMessage {
    fn has(&mut self, bytes: u64) {
        if bytes <= SHORT_BYTES {
            self.held = None;
        } else if self.held.is_none() {
            let hang_up = HangUp::default();
            let hung_up = Box::pin(hang_up.0.clone().notified_owned());
            self.held = Some((self.places.take(self.address, hang_up), hung_up));
        }
    }

    /// Others have needed the place.
    fn is_hung_up(&mut self, context: &mut Context<'_>) -> bool {
        self.held.as_mut().is_some_and(|(_, hung_up)| hung_up.as_mut().poll(context).is_ready())
    }
}

impl Head {
    /// The place for what is still to come of it.
    fn missing(&mut self) -> &mut [u8] {
        let whole = self.extended_bytes().map_or(2, |extended| 2 + extended + self.mask_bytes());
        self.bytes.get_mut(self.filled..whole).unwrap_or_default()
    }

    fn first(&self) -> u8 {
        let [first, ..] = self.bytes;
        first
    }

    fn second(&self) -> u8 {
        let [_, second, ..] = self.bytes;
        second
    }

    /// Bytes of the length behind the first two, once these are there.
    fn extended_bytes(&self) -> Option<usize> {
        (self.filled >= 2).then(|| match self.second() & !MASKED {
            TWO_BYTES => 2,
            EIGHT_BYTES => 8,
            _ => 0,
        })
    }

    fn mask_bytes(&self) -> usize {
        if self.second() & MASKED == 0 { 0 } else { MASK_BYTES }
    }

    fn mask(&self) -> &[u8] {
        self.bytes.get(self.filled - self.mask_bytes()..self.filled).unwrap_or_default()
    }

    fn is_control(&self) -> bool {
        self.first() & CONTROL != 0
    }

    /// What a whole one says.
    fn content_bytes(&self) -> u64 {
        let extended = self.bytes.get(2..2 + self.extended_bytes().unwrap_or(0)).unwrap_or_default();
        match extended {
            [] => u64::from(self.second() & !MASKED),
            extended => extended.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(place) = self.bytes.get_mut(self.filled) {
                *place = *byte;
                self.filled += 1;
            }
        }
    }
}

impl Position {
    /// The head is whole. What the library would find out only with the whole frame is found out here.
    fn begin_frame(&mut self, message_max_bytes: u64) -> io::Result<()> {
        let refused = |why| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        self.content_bytes = self.head.content_bytes();
        if self.head.is_control() {
            return if self.content_bytes > CONTROL_MAX_BYTES { refused("a long control frame") } else { Ok(()) };
        }
        self.frames += 1;
        if self.frames > FRAMES_PER_MESSAGE_MAX {
            return refused("a message in too many frames");
        }
        if self.message_bytes.saturating_add(self.content_bytes) > message_max_bytes {
            return refused("a message too long");
        }
        Ok(())
    }

    fn has_content(&mut self, bytes: u64) {
        self.content_bytes -= bytes;
        if !self.head.is_control() {
            self.message_bytes += bytes;
        }
    }

    fn end_frame_if_whole(&mut self) {
        if self.content_bytes > 0 {
            return;
        }
        if !self.head.is_control() && self.head.first() & LAST != 0 {
            (self.frames, self.message_bytes) = (0, 0);
        }
        self.head = Head::default();
    }

    fn is_within_a_message(&self) -> bool {
        self.head.filled > 0 || self.frames > 0
    }
}

impl Handing {
    /// The frame at whose head we are, or what is left of it, as far as one piece goes: the kind stands in the first, and that
    /// it is the last in the last.
    fn begin(&mut self, position: &Position, is_first: bool) {
        let Position { head, content_bytes, .. } = position;
        let length = u16::try_from(*content_bytes).unwrap_or(u16::MAX).min(PIECE_MAX_BYTES);
        let last = if u64::from(length) < *content_bytes { 0 } else { head.first() & LAST };
        let kind = if is_first { head.first() & !LAST } else { 0 };
        let masked = head.second() & MASKED;
        let mut own = Head::default();
        match u8::try_from(length) {
            Ok(length) if length < TWO_BYTES => own.push(&[kind | last, masked | length]),
            _ => {
                own.push(&[kind | last, masked | TWO_BYTES]);
                own.push(&length.to_be_bytes());
            }
        }
        own.push(head.mask());
        *self = Self { head: own, told: 0, piece_bytes: usize::from(length) };
    }

    /// False: it knows the whole head.
    fn tell(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let rest = self.head.bytes.get(self.told..self.head.filled).unwrap_or_default();
        let told = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..told).unwrap_or_default());
        self.told += told;
        told > 0
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.check(context)?;
        let read = this.poll_next(context, buffer);
        // What has come may have begun a message: whoever waits for more waits for its end too.
        if read.is_pending() {
            this.check(context)?;
        }
        read
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
    use futures_util::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{Message, protocol::Role},
    };

    use super::*;

    const TEXT: u8 = 0x01;
    const BINARY: u8 = 0x02;
    const PING: u8 = 0x09;
    const CONTINUED: u8 = 0x00;
    const MESSAGE_MAX_BYTES: usize = 200_000;

    /// The head of a frame that declares so much.
    fn head(first: u8, content: usize) -> Vec<u8> {
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
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    fn masked(first: u8, content: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4].into_iter().cycle();
        [head(first, content.len()), content.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()].concat()
    }

    fn frame(first: u8, content: usize) -> Vec<u8> {
        masked(first, &vec![b'x'; content])
    }

    fn frames<S>(socket: S, places: &Unfinished) -> Frames<S> {
        Frames::new(socket, IpAddr::from([10, 0, 0, 1]), places.clone())
    }

    /// What the library makes of the peer's bytes when they come in such packets, and whether a message is half-sent.
    async fn messages(bytes: &[u8], packet: usize) -> (Vec<Message>, bool) {
        let (here, mut there) = tokio::io::duplex(packet);
        let wire = frames(here, &Unfinished::new(MESSAGE_MAX_BYTES));
        let mut socket = WebSocketStream::from_raw_socket(wire, Role::Server, None).await;
        let sending = async {
            there.write_all(bytes).await.unwrap();
            there.shutdown().await.unwrap();
            // What is answered to pings is nobody's.
            let _ = tokio::io::copy(&mut there, &mut tokio::io::sink()).await;
        };
        let reading = async {
            let mut messages = Vec::new();
            while let Some(Ok(message)) = socket.next().await {
                messages.push(message);
            }
            let within = socket.get_ref().position.is_within_a_message();
            drop(socket);
            (messages, within)
        };
        tokio::join!(sending, reading).1
    }

    #[tokio::test]
    async fn whatever_frames_and_packets_a_message_comes_in_it_is_the_same_message() {
        let piece = usize::from(PIECE_MAX_BYTES);
        let lengths = [0, 1, 125, 126, 127, 300, piece - 1, piece, piece + 1, 3 * piece, 65_535, 65_536, 150_001];
        for length in lengths {
            let text: String = "дa\u{10FFFD}5*".chars().cycle().take(length).collect();
            let text = text.get(..text.floor_char_boundary(length)).unwrap();
            let (half, rest) = text.split_at(text.floor_char_boundary(length / 2));
            let whole = masked(TEXT | LAST, text.as_bytes());
            let ping = masked(PING | LAST, b"here?");
            let parted = [masked(TEXT, half.as_bytes()), ping, masked(CONTINUED | LAST, rest.as_bytes())].concat();
            let binary = masked(BINARY | LAST, text.as_bytes());
            let mut half_sent = frame(TEXT | LAST, length);
            half_sent.pop();
            let all = [whole, parted, binary, half_sent].concat();
            let ping = Message::Ping("here?".into());
            let expected = [Message::text(text), ping, Message::text(text), Message::binary(text.as_bytes().to_vec())];
            for packet in [7, 4_096, 1 << 20] {
                let (found, within) = messages(&all, packet).await;
                assert!(found == expected && within, "{length} bytes in packets of {packet}");
            }
        }
    }

    /// What the library is told of a frame that has only begun.
    async fn told(bytes: &[u8]) -> Vec<u8> {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(bytes).await.unwrap();
        there.shutdown().await.unwrap();
        let mut told = Vec::new();
        let mut wire = frames(here, &Unfinished::new(MESSAGE_MAX_BYTES));
        wire.read_to_end(&mut told).await.unwrap();
        told
    }

    /// Row 59, further: the library takes memory for as much as a head declares. So thirty bytes must not declare much.
    #[tokio::test]
    async fn row_59_the_head_of_a_frame_takes_no_memory_for_what_has_not_come() {
        for kind in [TEXT, BINARY] {
            let piece = usize::from(PIECE_MAX_BYTES);
            let begun = told(&head(kind | LAST, MESSAGE_MAX_BYTES)).await;
            assert_eq!(begun, head(kind, piece), "a first piece");
            let one_more = [head(kind | LAST, piece + 1), vec![b'x'; piece]].concat();
            let pieces = [head(kind, piece), vec![b'x'; piece], head(CONTINUED | LAST, 1)].concat();
            assert_eq!(told(&one_more).await, pieces);
            assert_eq!(told(&head(kind | LAST, piece)).await, head(kind | LAST, piece));
        }
    }

    async fn read(sent: Vec<Vec<u8>>, ends: bool) -> io::Result<usize> {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(&sent.concat()).await.unwrap();
        let _open = (!ends).then_some(there);
        let patience = Duration::from_millis(200);
        let mut frames = Frames { patience, ..frames(here, &Unfinished::new(MESSAGE_MAX_BYTES)) };
        frames.read_to_end(&mut Vec::new()).await
    }

    fn kind(read: io::Result<usize>) -> io::ErrorKind {
        read.unwrap_err().kind()
    }

    #[tokio::test]
    async fn a_message_in_too_many_frames_or_half_of_one_is_an_end() {
        let pieces = |count| [vec![frame(TEXT, 0)], vec![frame(CONTINUED, 0); count]].concat();
        let most = FRAMES_PER_MESSAGE_MAX as usize - 1;
        assert!(read(pieces(most), true).await.is_ok());
        assert_eq!(kind(read(pieces(most + 1), true).await), io::ErrorKind::InvalidData);
        // It ends in the same packet: frames are counted, not packets.
        let ended = |count| [pieces(count - 1), vec![frame(CONTINUED | LAST, 1)]].concat();
        assert!(read([ended(most), ended(most)].concat(), true).await.is_ok());
        assert_eq!(kind(read(ended(most + 1), true).await), io::ErrorKind::InvalidData);
        // In one packet with a whole message, too.
        let mut half = frame(TEXT | LAST, 9);
        half.pop();
        assert_eq!(kind(read(vec![frame(TEXT | LAST, 1), half], false).await), io::ErrorKind::TimedOut);
        assert_eq!(kind(read(vec![frame(TEXT, 1), frame(PING | LAST, 0)], false).await), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_is_declared_too_long_is_an_end_before_it_comes() {
        let most = MESSAGE_MAX_BYTES;
        assert!(read(vec![head(TEXT | LAST, most)], true).await.is_ok());
        assert!(read(vec![frame(TEXT, most - 1), head(CONTINUED | LAST, 1)], true).await.is_ok());
        assert!(read(vec![frame(PING | LAST, 125)], true).await.is_ok());
        let too_long = [
            vec![head(TEXT | LAST, most + 1)],
            vec![head(BINARY, most + 1)],
            vec![head(TEXT | LAST, usize::MAX)],
            vec![frame(TEXT, most - 1), head(CONTINUED | LAST, 2)],
            vec![frame(TEXT, 1), head(CONTINUED, usize::MAX)],
            vec![head(PING | LAST, 126)],
        ];
        for sent in too_long {
            assert_eq!(kind(read(sent.clone(), true).await), io::ErrorKind::InvalidData, "{:?}", sent.last());
        }
    }

    /// Reads all that has come.
    async fn read_on(wire: &mut Frames<DuplexStream>) -> Option<io::ErrorKind> {
        let all = async {
            loop {
                match wire.read(&mut [0; 4_096]).await {
                    Ok(0) => return None,
                    Ok(_) => {}
                    Err(error) => return Some(error.kind()),
                }
            }
        };
        tokio::time::timeout(Duration::from_millis(50), all).await.ok().flatten()
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
            assert_eq!(read_on(&mut frames).await, None);
            (frames, there)
        };
        let (mut first, _one) = begin(half()).await;
        let ping = [frame(TEXT, SHORT_BYTES as usize), frame(PING | LAST, 100)].concat();
        for short in [frame(TEXT | LAST, long), frame(TEXT, SHORT_BYTES as usize), ping, head(TEXT | LAST, 100_000)] {
            let (mut short, _there) = begin(short).await;
            assert_eq!((read_on(&mut short).await, read_on(&mut first).await), (None, None), "it takes no place");
        }
        let (mut second, mut two) = begin(half()).await;
        let (mut third, _three) = begin(half()).await;
        assert_eq!(read_on(&mut first).await, Some(io::ErrorKind::ConnectionReset));
        assert_eq!((read_on(&mut second).await, read_on(&mut third).await), (None, None));
        two.write_all(b"x").await.unwrap();
        assert_eq!(read_on(&mut second).await, None);
        let (_fourth, _four) = begin(half()).await;
        assert_eq!(
            (read_on(&mut second).await, read_on(&mut third).await),
            (None, None),
            "who has finished has made room"
        );
    }
}
