//! Strangers at the door: each is refused, and the voters behind are served on.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use veche::client;
use veche_client::sessions::SessionError;
use veche_election::Act;

use crate::arena::{Arena, Cast, eventually, raw};

async fn upgrade(url: &str, header: &str) -> u16 {
    let request = format!(
        "GET /session HTTP/1.1\r\nHost: vote.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{header}\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

/// Row 35: a page of another site cannot open a session in a voter's browser.
#[tokio::test(flavor = "multi_thread")]
async fn row_35_a_websocket_from_another_origin_is_refused() {
    let arena = Arena::open().await;
    let with = "Sec-WebSocket-Protocol: veche.v2";
    assert_eq!(upgrade(&arena.url, with).await, 101, "a program names no origin");
    assert_eq!(upgrade(&arena.url, &format!("{with}\r\nOrigin: http://vote.example")).await, 101);
    for origin in ["http://evil.example", "https://vote.example.evil", "null", "http://vote.example:81", "vote.example"]
    {
        assert_eq!(upgrade(&arena.url, &format!("{with}\r\nOrigin: {origin}")).await, 403, "{origin}");
    }
    assert_eq!(upgrade(&arena.url, "Sec-WebSocket-Protocol: chat").await, 400);
    assert_eq!(upgrade(&arena.url, "X-Nothing: 1").await, 400);
}

/// Rows 17 and 57: after some guesses an address hears nothing in time; its voters are served all the while.
#[tokio::test(flavor = "multi_thread")]
async fn row_17_and_57_guesses_are_answered_at_a_pace_and_shut_nobody_out() {
    let arena = Arena::with(|_| (), |limits| limits.unknown_per_address_per_minute = 5).await;
    let credential = arena.credential(1);
    for guess in 100..105 {
        assert_eq!(arena.bring(guess, &credential, "".into()).await.unwrap(), Cast::NotOnRoll);
    }
    let late = async { arena.bring(105, &credential, "".into()).await };
    let voters = async {
        for number in 1..=10 {
            assert!(matches!(arena.vote(number, "45432*3").await, Cast::Recorded { .. }), "voter {number}");
        }
    };
    let (late, ()) = tokio::join!(late, voters);
    assert!(matches!(late, Err(SessionError::Busy(_))), "{late:?}: one in twelve seconds, and patience for ten");
}

/// Rows 32 and 30 over sockets: nonsense ends the session, and only that one.
#[tokio::test(flavor = "multi_thread")]
async fn row_32_nonsense_ends_only_its_own_session() {
    let arena = Arena::open().await;
    let frames = ["", "17 ", "1\n2", "Нет", "{}", "a.b.c.d.e", &"A".repeat(9_000), "../../etc/passwd"];
    for nonsense in frames {
        for first in [None, Some("1")] {
            let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
            if let Some(number) = first {
                socket.send(Message::text(number)).await.unwrap();
                socket.next().await.unwrap().unwrap();
            }
            let _ = socket.send(Message::text(nonsense)).await;
            let answer = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("no answer");
            assert!(!matches!(answer, Some(Ok(Message::Text(_)))), "{nonsense:?} was answered: {answer:?}");
        }
    }
    eventually("no folder is left", || arena.exchange().is_empty()).await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
}

/// Row 33: many sessions opened and abandoned leave nothing and lock nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn row_33_abandoned_sessions_make_room_for_voters() {
    let arena = Arena::with(
        |_| (),
        |limits| (limits.sessions_total, limits.sessions_per_address, limits.sessions_per_number) = (20, 1_000, 1_000),
    )
    .await;
    let mut idle = Vec::new();
    for i in 0..60 {
        let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
        socket.send(Message::text((i % 10 + 1).to_string())).await.unwrap();
        socket.next().await.unwrap().unwrap();
        idle.push(socket);
    }
    eventually("only as many folders as sessions may be", || arena.exchange().len() <= 20).await;
    for number in 1..=10 {
        assert!(matches!(arena.vote(number, "45432*3").await, Cast::Recorded { .. }), "voter {number}");
    }
    drop(idle);
    eventually("no folder is left", || arena.exchange().is_empty()).await;
}

/// Row 34: a session that says no number ends by itself; one that has said a number, and is there for longer, may think.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_who_says_no_number_is_not_waited_for() {
    let arena = Arena::with(|_| (), |limits| limits.first_frame_timeout_s = 3).await;
    let connect = async || client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    let mut named = connect().await;
    named.send(Message::text("1")).await.unwrap();
    assert!(matches!(named.next().await, Some(Ok(Message::Text(_)))), "it is asked for more");
    let mut silent = connect().await;
    let ended = tokio::time::timeout(Duration::from_secs(60), silent.next()).await.expect("it is waited for");
    assert!(!matches!(ended, Some(Ok(Message::Text(_)))), "{ended:?}");
    eventually("one is left", || arena.server.as_ref().unwrap().shared().gate.sessions() == 1).await;
    let more = tokio::time::timeout(Duration::from_millis(200), named.next()).await;
    assert!(more.is_err(), "who has said a number stays: {more:?}");
}

/// Row 34: heads that never end, bodies that never stop, frames that are too large, pings without end.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_slow_large_and_chattering_strangers_are_cut_off_while_voters_vote() {
    let arena = Arena::with(|_| (), |limits| limits.header_timeout_s = 1).await;
    let slow = raw(&arena.url, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let large_head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    let large_body = format!(
        "POST /control HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\nConnection: close\r\n\r\n{}",
        "a".repeat(200_000)
    );
    let (slow, large_head, large_body) =
        tokio::join!(slow, raw(&arena.url, large_head.as_bytes()), raw(&arena.url, large_body.as_bytes()));
    assert!(slow.0 == 408 || slow.0 == 0, "slow head: {}", slow.0);
    assert!(matches!(large_head.0, 0 | 400 | 431), "large head: {}", large_head.0);
    assert!(matches!(large_body.0, 0 | 413), "large body: {}", large_body.0);

    let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    let _ = socket.send(Message::text("1".repeat(70_000))).await;
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))), "a frame of 70 kB");

    let mut chatter = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    let mut cut_off = false;
    for _ in 0..2_000 {
        cut_off |= chatter.send(Message::Ping(vec![0; 100].into())).await.is_err();
        if cut_off {
            break;
        }
    }
    if !cut_off {
        let closed = async {
            while let Some(Ok(frame)) = chatter.next().await {
                if frame.is_close() {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), closed).await.expect("pings without end are answered for ever");
    }
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn control_entries_of_strangers_are_refused() {
    let arena = Arena::open().await;
    let stranger = veche_election::SigningKey::from_seed(&[1; 32]);
    let link = arena.server.as_ref().unwrap().shared().sequencer.published().link;
    let sign = |by, key: &veche_election::SigningKey| {
        veche_election::ControlEntry::sign(arena.election.id(), link, 0, by, Act::Closing, key).to_vec()
    };
    let board_key = arena.home.signing_key("board-key").unwrap();
    let cases = [
        (b"nonsense".to_vec(), 400),
        (Vec::new(), 400),
        (sign(veche_election::Signatory::Organiser, &stranger), 400),
        (sign(veche_election::Signatory::Board, &board_key), 403),
    ];
    for (body, expected) in cases {
        let mut request =
            format!("POST /control HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())
                .into_bytes();
        request.extend(&body);
        assert_eq!(raw(&arena.url, &request).await.0, expected);
    }
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }), "it is still open");
}

/// A request of http/1.0, a path with escapes, methods that are not there: an answer, never a panic.
#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_get_an_answer() {
    let arena = Arena::open().await;
    for (line, expected) in [
        ("GET /nothing", 404),
        ("DELETE /election.json", 405),
        ("GET /session", 400),
        ("GET /tile/0/%2e%2e/%2e%2e/x", 404),
        ("GET /tile/entries/x999999999999999999999999/000", 404),
        ("GET /tile/0/18446744073709551615", 404),
        ("GET //", 404),
    ] {
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let (status, _) = raw(&arena.url, request.as_bytes()).await;
        assert_eq!(status, expected, "{line}");
    }
    assert!("ws://x".into_client_request().is_ok());
}

/// Row 34: ballots that are not valid, and sessions opened and abandoned, from many addresses at once; honest
/// voters hear «да» all the while.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_a_flood_from_many_addresses_keeps_no_voter_from_being_answered() {
    let arena = std::sync::Arc::new(Arena::open().await);
    let mut flood = tokio::task::JoinSet::new();
    for stranger in 0..24_u8 {
        let arena = arena.clone();
        flood.spawn(async move {
            let from = Some(std::net::IpAddr::from([127, 0, 9, stranger + 1]));
            let mut abandoned = Vec::new();
            loop {
                let Ok(mut socket) = client::at(&arena.url).unwrap().connect_from(from, &arena.election).await else {
                    continue;
                };
                let _ = socket.send(Message::text((stranger % 10 + 1).to_string())).await;
                let _ = socket.next().await;
                if stranger % 2 == 0 {
                    // The form of a sealed ballot, and nothing behind it.
                    let _ = socket.send(Message::text("e30.AAAA.AAAA.AAAA.AAAA")).await;
                    let _ = socket.next().await;
                } else {
                    abandoned.push(socket);
                    if abandoned.len() > 20 {
                        abandoned.clear();
                    }
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for number in 1..=10 {
        let voted = tokio::time::timeout(Duration::from_secs(10), arena.vote(number, "45432*3")).await;
        assert!(matches!(voted.expect("not answered in time"), Cast::Recorded { .. }), "voter {number}");
    }
    flood.shutdown().await;
    eventually("no folder is left", || arena.exchange().is_empty()).await;
}

/// An address of the loopback for each stranger.
async fn from(address: [u8; 4], url: &str) -> std::io::Result<tokio::net::TcpStream> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((address, 0).into())?;
    socket.connect(url.strip_prefix("http://").unwrap().parse().unwrap()).await
}

/// Row 34: sockets that say half a word take places only until somebody else wants in.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_half_open_sockets_from_many_addresses_make_room_for_voters() {
    let arena = Arena::with(|_| (), |limits| limits.connections_total = 60).await;
    let mut half_open = Vec::new();
    for i in 0..200_u8 {
        if let Ok(mut socket) = from([127, 0, 7, i % 40 + 1], &arena.url).await {
            let _ = socket.write_all(b"GET / HTTP/1.1\r\nX: ").await;
            half_open.push(socket);
        }
    }
    for number in 1..=10 {
        let voted = tokio::time::timeout(Duration::from_secs(5), arena.vote(number, "45432*3")).await;
        assert!(matches!(voted.expect("no place for a voter"), Cast::Recorded { .. }), "voter {number}");
    }
}

/// Row 34: of thousands of sockets from one address as many stay as the limit says.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_of_thousands_of_sockets_from_one_address_few_stay() {
    let arena = Arena::with(|_| (), |limits| limits.connections_per_address = 50).await;
    let mut sockets = std::collections::VecDeque::new();
    let mut dropped = 0;
    for _ in 0..2_000 {
        match from([127, 0, 6, 1], &arena.url).await {
            Ok(socket) => sockets.push_back(socket),
            Err(_) => dropped += 1,
        }
        // As many as this process may have open beside those of other tests; who was refused is closed already.
        while sockets.len() > 200 {
            let mut byte = [0];
            let Some(mut oldest) = sockets.remove(60) else { break };
            let read = tokio::io::AsyncReadExt::read(&mut oldest, &mut byte);
            let closed = tokio::time::timeout(Duration::from_secs(5), read).await;
            assert!(matches!(closed, Ok(Ok(0) | Err(_))), "socket 60 is still open");
            dropped += 1;
        }
    }
    assert!(dropped > 1_700, "only {dropped} were dropped");
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
}

/// A frame of a WebSocket as a client writes it, with a mask of zeros; the length is what it says, not what follows.
fn frame(first: u8, length: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(content);
    bytes
}

/// Row 34: a frame of 64 MiB ends the session at its head; frames of one byte carry no more than whole ones, those of
/// none are counted, and neither holds up anybody.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_frames_of_64_mib_of_one_byte_and_of_none() {
    const TEXT: u8 = 0x01;
    const CONTINUED: u8 = 0x00;
    const LAST: u8 = 0x80;
    let arena = Arena::open().await;
    let ended = async |bytes: Vec<u8>| {
        let mut wire = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap().into_inner();
        let _ = wire.write_all(&bytes).await;
        let mut answer = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut wire, &mut answer);
        tokio::time::timeout(Duration::from_secs(10), read).await.map(|_| answer)
    };
    let large = frame(TEXT | LAST, 64 << 20, &vec![b'1'; 1 << 20]);
    let answer = ended(large).await.expect("a frame of 64 MiB is read on");
    assert!(answer.first().is_none_or(|first| first & 0x0F != TEXT), "and answered: {answer:?}");

    // A number in frames of one byte is a number.
    let mut number = frame(TEXT, 1, b"1");
    number.extend(frame(CONTINUED | LAST, 1, b"0"));
    let mut wire = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap().into_inner();
    wire.write_all(&number).await.unwrap();
    let mut folder = [0; 2 + 26];
    tokio::io::AsyncReadExt::read_exact(&mut wire, &mut folder).await.unwrap();
    assert_eq!(folder[..2], [TEXT | LAST, 26]);

    // A message of them is bounded as any other.
    let mut endless = frame(TEXT, 1, b"1");
    endless.extend((0..100_000).flat_map(|_| frame(CONTINUED, 1, b"1")));
    ended(endless).await.expect("a message without end is read on");

    // Row 60: frames of nothing never add up to too many bytes; they are counted.
    let mut nothing = frame(TEXT, 0, b"");
    nothing.extend((0..1_000).flat_map(|_| frame(CONTINUED, 0, b"")));
    ended(nothing.clone()).await.expect("a message of nothing without end is read on");
    let mut strangers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
        let nothing = nothing.clone();
        strangers.spawn(async move {
            let mut wire = socket.into_inner();
            while wire.write_all(&nothing).await.is_ok() {}
        });
    }
    for number in 1..=10 {
        let voted = tokio::time::timeout(Duration::from_secs(10), arena.vote(number, "45432*3")).await;
        assert!(matches!(voted.expect("a voter waits"), Cast::Recorded { .. }), "voter {number}");
    }
    strangers.shutdown().await;
}

/// Row 31, over sockets: a wrapping that does not open, a tag that does not fit, a signature that does not verify and
/// nonsense within: all end in the same way, without a word.
#[tokio::test(flavor = "multi_thread")]
async fn row_31_whatever_is_wrong_with_a_sealed_message_looks_alike_from_outside() {
    let arena = Arena::open().await;
    let up_bytes = arena.election.session().up_bytes as usize;
    let keys = &crate::arena::KEYS;
    let sealed = |payload: &[u8]| {
        veche_session::envelope::seal(payload, &keys.sig, true, &arena.election.keys().server_enc).unwrap()
    };
    let token = sealed(&vec![b' '; up_bytes]);
    let with = |part: usize, change: &dyn Fn(&str) -> String| {
        let parts: Vec<String> =
            token.split('.').enumerate().map(|(i, text)| if i == part { change(text) } else { text.into() }).collect();
        parts.join(".")
    };
    let flip = |text: &str| {
        let other = if text.starts_with('A') { "B" } else { "A" };
        format!("{other}{}", &text[1..])
    };
    let cases = [
        ("the payload is nonsense", token.clone()),
        ("another wrapping", with(1, &flip)),
        ("a wrapping of zeros", with(1, &|text| "A".repeat(text.len()))),
        ("another IV", with(2, &flip)),
        ("another text", with(3, &flip)),
        ("another tag", with(4, &flip)),
        ("another header", with(0, &|_| "e30".into())),
        ("nothing of the form", "a.b.c.d.e".into()),
    ];
    for (what, token) in cases {
        let mut socket = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
        socket.send(Message::text("1")).await.unwrap();
        socket.next().await.unwrap().unwrap();
        socket.send(Message::text(token)).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("no end");
        let Some(Ok(Message::Close(Some(close)))) = end else { panic!("{what}: {end:?}") };
        assert_eq!((u16::from(close.code), close.reason.as_str()), (1002, ""), "{what}");
    }
}

/// What is no frame of a WebSocket, or too long, ends the session by the code for a broken protocol.
#[tokio::test(flavor = "multi_thread")]
async fn row_32_frames_that_break_rfc_6455_end_the_session_with_1002() {
    let arena = Arena::open().await;
    let masked = |first: u8, content: &[u8]| [&[first, 0x80 | content.len() as u8, 0, 0, 0, 0][..], content].concat();
    let too_long = [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
    let pieces = [masked(0x01, b""), masked(0x00, b"").repeat(300)].concat();
    let cases = [
        ("too long", too_long),
        ("no UTF-8", masked(0x81, &[0xff])),
        ("an unknown kind", masked(0x83, b"")),
        ("not masked", vec![0x81, 1, b'1']),
        ("a reserved bit", masked(0xc1, b"1")),
        ("in too many pieces", pieces),
    ];
    for (what, frames) in cases {
        let mut wire = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap().into_inner();
        wire.write_all(&frames).await.unwrap();
        let mut end = [0; 4];
        let read = tokio::io::AsyncReadExt::read_exact(&mut wire, &mut end);
        tokio::time::timeout(Duration::from_secs(30), read).await.expect("no end").unwrap();
        assert_eq!(end, [0x88, 2, 0x03, 0xea], "{what}: a close frame of 1002, and no reason");
    }
}

/// Row 33: sessions opened and abandoned by the thousand, from many addresses. `VECHE_ABANDONED=100000` for all of them.
#[tokio::test(flavor = "multi_thread")]
async fn row_33_thousands_of_abandoned_sessions_leave_nothing() {
    let count = crate::crash::asked("VECHE_ABANDONED", 1_000);
    let arena = Arena::with(|_| (), |limits| limits.sessions_total = 300).await;
    for i in 0..count {
        // No address has more of them than walk in without waiting.
        let address = [127, 3, (i / 5 % 250) as u8, (i / 5 / 250) as u8 + 1];
        let mut socket =
            client::at(&arena.url).unwrap().connect_from(Some(address.into()), &arena.election).await.unwrap();
        socket.send(Message::text((i % 10 + 1).to_string())).await.unwrap();
        socket.next().await.unwrap().unwrap();
        if i % 2 == 0 {
            socket.send(Message::text("a.b.c.d.e")).await.unwrap();
        }
    }
    eventually("no folder is left", || arena.exchange().is_empty()).await;
    let sessions = || arena.server.as_ref().unwrap().shared().gate.sessions();
    eventually("no session is left", || sessions() == 0).await;
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
}
