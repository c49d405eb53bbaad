//! At the door, over real sockets: strangers who want to keep a voter out, or to see one come. The rules themselves are
//! tested where they stand (`crates/veche-server`: `crowd`, `turns`, `standing`, `limits`); here that nothing between
//! them and a voter's socket undoes them.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::HeaderValue};
use veche::client;
use veche_client::sessions::{self, Socket, Wire};
use veche_election::{VoterNumber, entry::Position};
use veche_session::voter::{Outcome, Why};

use crate::arena::{Arena, KEYS, caller, eventually, raw};

/// From a voter far away to the server; and as long back.
const ONE_WAY: Duration = Duration::from_millis(100);

fn server(arena: &Arena) -> SocketAddr {
    arena.server.as_ref().unwrap().address()
}

async fn tcp(from: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// Carries bytes as a long line does: late, and in order.
async fn carry_late(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let (under_way, mut arrived) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut buffer = vec![0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let _ = under_way.send((Instant::now() + ONE_WAY, buffer[..count].to_vec()));
        }
    };
    let write = async move {
        while let Some((when, bytes)) = arrived.recv().await {
            tokio::time::sleep_until(when).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(read, write);
}

/// A long line to the server; it comes out at this address. Lives as long as the set.
async fn long_line(arena: &Arena, from: IpAddr) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, server) = (format!("http://{}", listener.local_addr().unwrap()), server(arena));
    let mut lines = JoinSet::new();
    lines.spawn(async move {
        let mut carried = JoinSet::new();
        while let Ok((voter, _)) = listener.accept().await {
            let Ok(out) = tcp(from, server).await else { continue };
            carried.spawn(async move {
                let ((voter_reads, voter_writes), (reads, writes)) = (voter.into_split(), out.into_split());
                tokio::join!(carry_late(voter_reads, writes), carry_late(reads, voter_writes));
            });
        }
    });
    (url, lines)
}

async fn cast_over(arena: &Arena, socket: Socket, voter: u64) -> bool {
    let mut entry = Some(arena.entry(voter, Position::FIRST, "45432*3"));
    let mut next = |_: Why| entry.take();
    let number = VoterNumber::new(voter).unwrap();
    let credential = arena.credential(voter);
    let mut waited = None;
    let cast =
        sessions::cast_over(socket, &caller(&arena.election, number, &credential), &KEYS, &mut next, &mut waited).await;
    matches!(cast, Ok(Outcome::Recorded { .. }))
}

async fn vote_from(arena: &Arena, from: [u8; 4], voter: u64) -> bool {
    match client::at(&arena.url).unwrap().connect_from(Some(from.into()), &arena.election).await {
        Ok(socket) => cast_over(arena, socket, voter).await,
        Err(_) => false,
    }
}

/// A session that has said a number, and then says no more.
async fn silent(arena: &Arena, from: [u8; 4], number: u64) -> Option<Socket> {
    let mut socket = client::at(&arena.url).unwrap().connect_from(Some(from.into()), &arena.election).await.ok()?;
    socket.send(Message::text(number.to_string())).await.ok()?;
    match socket.next().await {
        Some(Ok(Message::Text(_))) => Some(socket),
        _ => None,
    }
}

/// Row 56: strangers who keep claiming one voter's number do not keep that voter out, though the voter's every frame
/// takes a tenth of a second and theirs none.
#[tokio::test(flavor = "multi_thread")]
async fn row_56_a_voter_far_away_is_recorded_while_strangers_claim_the_number() {
    let arena = std::sync::Arc::new(Arena::open().await);
    let (url, line) = long_line(&arena, [127, 7, 0, 1].into()).await;
    for (addresses, each, casts) in [(12, 4, 3), (200, 1, 3)] {
        let mut strangers = JoinSet::new();
        for i in 0..addresses * each {
            let arena = arena.clone();
            strangers.spawn(async move {
                let from = [127, 9, (i / each % 7) as u8, (i / each + 1) as u8];
                // Half of them stay until they are told something, the others come and go.
                let stays = if i % 2 == 0 { Duration::from_secs(60) } else { ONE_WAY * 5 };
                loop {
                    match silent(&arena, from, 1).await {
                        Some(mut socket) => drop(tokio::time::timeout(stays, socket.next()).await),
                        None => tokio::time::sleep(ONE_WAY).await,
                    }
                }
            });
        }
        let inside = || arena.server.as_ref().unwrap().shared().gate.sessions();
        eventually("they are there", || inside() >= addresses * each / 2).await;
        for cast in 0..casts {
            let socket = client::at(&url).unwrap().connect(&arena.election).await.unwrap();
            assert!(cast_over(&arena, socket, 1).await, "{addresses} addresses, cast {cast}");
        }
        strangers.shutdown().await;
    }
    drop(line);
}

/// Row 56: who holds many silent sessions of every number sees nothing of it when one of these voters comes.
#[tokio::test(flavor = "multi_thread")]
async fn row_56_silent_sessions_of_all_numbers_do_not_see_who_votes() {
    let arena = Arena::open().await;
    let mut watching = Vec::new();
    for i in 0..90 {
        watching.push(silent(&arena, [127, 9, 0, 1], i % 10 + 1).await.unwrap());
    }
    for voter in 1..=10 {
        assert!(vote_from(&arena, [127, 7, 0, voter as u8], voter).await, "voter {voter}");
    }
    let seen = watching.iter_mut().filter_map(|socket| socket.next().now_or_never()).count();
    assert_eq!(seen, 0, "sessions that were told something");
}

/// Row 57: one person behind a shared address holds as many silent sessions and half-open sockets as may be, and tries
/// numbers; the others behind it vote.
#[tokio::test(flavor = "multi_thread")]
async fn row_57_one_person_shuts_nobody_out_of_a_shared_address() {
    const HALL: [u8; 4] = [127, 9, 0, 1];
    let limit = |limits: &mut veche_server::limits::Limits| {
        (limits.sessions_per_address, limits.connections_per_address) = (30, 30);
        limits.unknown_per_address_per_minute = 3;
    };
    let arena = Arena::with(|_| (), limit).await;
    let mut hoard = Vec::new();
    for i in 0..60 {
        hoard.push(silent(&arena, HALL, i % 10 + 1).await.unwrap());
    }
    let mut guesses = Vec::new();
    for unknown in 100..110 {
        let mut guess = client::at(&arena.url).unwrap().connect_from(Some(HALL.into()), &arena.election).await.unwrap();
        guess.send(Message::text(unknown.to_string())).await.unwrap();
        guesses.push(guess);
    }
    let mut half_open = Vec::new();
    for _ in 0..60 {
        let mut socket = tcp(HALL.into(), server(&arena)).await.unwrap();
        let _ = socket.write_all(b"GET / HTTP/1.1\r\nX: ").await;
        half_open.push(socket);
    }
    for voter in 1..=10 {
        assert!(vote_from(&arena, HALL, voter).await, "voter {voter}");
    }
}

/// Row 57, further: nobody is younger for a refusal. Of a full address the session that was there first goes, though it has
/// said more than the voter's.
#[tokio::test(flavor = "multi_thread")]
async fn row_57_a_ballot_with_a_bad_auth_makes_no_stranger_younger_than_a_voter() {
    const HALL: [u8; 4] = [127, 9, 0, 2];
    let arena = Arena::with(|_| (), |limits| limits.sessions_per_address = 2).await;
    let gate = || arena.server.as_ref().unwrap().shared().gate.clone();
    let (ready, mut told) = mpsc::unbounded_channel();
    let (go, mut may_go) = mpsc::unbounded_channel::<()>();
    let first = client::at(&arena.url).unwrap().connect_from(Some(HALL.into()), &arena.election).await.unwrap();
    let stranger = {
        let (election, credential) = (arena.election.clone(), arena.credential(2));
        let entry = arena.entry(1, Position::FIRST, "45432*3");
        let mut next = move |why: Why| {
            ready.send(matches!(why, Why::Refused(_))).unwrap();
            tokio::task::block_in_place(|| may_go.blocking_recv());
            Some(entry.clone())
        };
        // Number 1 with the card of another.
        tokio::spawn(async move {
            let caller = caller(&election, VoterNumber::new(1).unwrap(), &credential);
            sessions::cast_over(first, &caller, &KEYS, &mut next, &mut None).await
        })
    };
    assert_eq!(told.recv().await, Some(false));
    let mut voter = silent(&arena, HALL, 3).await.unwrap();
    assert_eq!(gate().sessions(), 2);
    go.send(()).unwrap();
    assert_eq!(told.recv().await, Some(true), "the stranger is refused, and may try again");
    let _newcomer = silent(&arena, HALL, 4).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(voter.next().now_or_never().is_none(), "the voter's session was told to go");
    drop(go);
    assert!(stranger.await.unwrap().is_err(), "who was there first is gone");
}

/// A session of whom a trusted proxy brings.
async fn brought(arena: &Arena, forwarded_for: &str) -> Socket {
    let mut request = format!("{}/session", arena.url.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("veche.v2"));
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_str(forwarded_for).unwrap());
    let wire: Box<dyn Wire> = Box::new(TcpStream::connect(server(arena)).await.unwrap());
    tokio_tungstenite::client_async(request, wire).await.unwrap().0
}

async fn is_over(socket: &mut Socket) -> bool {
    tokio::time::timeout(Duration::from_secs(5), socket.next()).await.is_ok()
}

fn behind_a_proxy(limits: &mut veche_server::limits::Limits) {
    limits.trusted_proxies = vec![[127, 0, 0, 1].into()];
}

/// Row 58: in a house full of single strangers of both families the longest silent makes room, and voters of both come
/// in and stay.
#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_full_house_lets_voters_of_both_families_in() {
    let full = |limits: &mut veche_server::limits::Limits| {
        behind_a_proxy(limits);
        limits.sessions_total = 40;
    };
    let arena = Arena::with(|_| (), full).await;
    let mut crowd = Vec::new();
    for i in 0..40 {
        crowd.push(brought(&arena, &if i % 2 == 0 { format!("10.{i}.0.1") } else { format!("2001:db8:{i}::1") }).await);
    }
    let (mut first, mut last) = (crowd.remove(0), crowd.pop().unwrap());
    for (voter, from) in (1..).zip(["10.200.0.1", "2001:db8:ffff::1", "1.1.1.1", "2000::1", "255.1.1.1", "fd00::1"]) {
        let socket = brought(&arena, from).await;
        for i in 0..10 {
            crowd.push(brought(&arena, &format!("2001:db8:{voter}{i}::1")).await);
        }
        assert!(cast_over(&arena, socket, voter).await, "voter {voter} from {from}");
        if voter == 1 {
            assert!(is_over(&mut first).await, "the longest silent went, from the lower family");
            assert!(last.next().now_or_never().is_none(), "the one that came last stays, from the higher");
        }
    }
}

/// Row 61: voters whom a proxy names with ports and brackets are not one address, and one voter in two forms is not two.
#[tokio::test(flavor = "multi_thread")]
async fn row_61_a_proxys_ports_and_brackets_are_read() {
    let narrow = |limits: &mut veche_server::limits::Limits| {
        behind_a_proxy(limits);
        limits.sessions_per_address = 1;
    };
    let arena = Arena::with(|_| (), narrow).await;
    let forms = ["192.0.2.7:5678", "[2001:db8:1::1]:443", "[2001:db8:2::1]", "2001:db8:3::1", "192.0.9.8"];
    let mut sessions = Vec::new();
    for form in forms {
        sessions.push(brought(&arena, form).await);
    }
    let count = || arena.server.as_ref().unwrap().shared().gate.sessions();
    assert_eq!(count(), forms.len(), "each is an address of its own");
    let _again = brought(&arena, "192.0.2.7:1111").await;
    assert!(is_over(&mut sessions[0]).await, "the same address with another port");
    assert_eq!(count(), forms.len());
}

/// Row 61: a proxy that names nobody, or writes what is no address, is told to the operator once, however many it brings.
#[tokio::test(flavor = "multi_thread")]
async fn row_61_garbage_of_a_proxy_is_said_once() {
    let folder = crate::commands::Folder::new();
    folder.exits(0, &["new", "e", "--secrecy", "open", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let path = folder.path("e/election.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    let trusting = settings.replace("trusted_proxies = []", "trusted_proxies = [\"127.0.0.1\"]");
    assert_ne!(settings, trusting);
    std::fs::write(&path, trusting).unwrap();
    let (serving, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let said = || {
        let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
        log.lines().filter(|line| line.contains("does not say whom it brings")).map(str::to_owned).collect::<Vec<_>>()
    };
    let ask = async |header: &str| {
        let request = format!("GET /election.json HTTP/1.1\r\nHost: x\r\n{header}Connection: close\r\n\r\n");
        assert_eq!(raw(&url, request.as_bytes()).await.0, 200, "{header}");
    };
    ask("X-Forwarded-For: 192.0.2.7:5678\r\n").await;
    assert_eq!(said(), Vec::<String>::new());
    for header in ["X-Forwarded-For: _hidden\r\n", "X-Forwarded-For: 192.0.2\r\n", "X-Forwarded-For: unknown\r\n", ""] {
        ask(header).await;
    }
    // All is written when the server has ended.
    assert_eq!(serving.terminate(), 0);
    let said = said();
    assert!(said.len() == 1 && said[0].contains("something in it that is no address"), "{said:?}");
}

/// What somebody at the other end of a proxy's connection gets: the status line, or nothing if the connection was dropped.
async fn answer_through_a_proxy(arena: &Arena, forwarded_for: &str) -> Option<String> {
    let mut socket = TcpStream::connect(server(arena)).await.ok()?;
    let head =
        format!("GET /checkpoint HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {forwarded_for}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await.ok()?.ok()?;
    Some(String::from_utf8_lossy(&answer).lines().next()?.to_owned())
}

/// Is a question of this address answered by this connection, which stays open?
async fn asks_again(socket: &mut TcpStream, forwarded_for: &str) -> bool {
    let head = format!("HEAD /checkpoint HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {forwarded_for}\r\n\r\n");
    let (mut first, mut rest) = ([0; 15], [0; 4096]);
    let answered = socket.write_all(head.as_bytes()).await.is_ok()
        && tokio::time::timeout(Duration::from_secs(10), socket.read_exact(&mut first))
            .await
            .is_ok_and(|read| read.is_ok());
    // The rest of the head.
    answered && &first == b"HTTP/1.1 200 OK" && socket.read(&mut rest).await.is_ok_and(|length| length > 0)
}

/// Row 60, behind a proxy: whoever leaves requests unfinished there, or holds answered connections open, makes room, and
/// those whom the proxy brings afterwards are answered.
#[tokio::test(flavor = "multi_thread")]
async fn row_60_behind_a_proxy_unfinished_requests_and_idle_connections_make_room() {
    let small = |limits: &mut veche_server::limits::Limits| {
        behind_a_proxy(limits);
        limits.connections_total = 12;
    };
    let ok = Some("HTTP/1.1 200 OK".to_owned());
    let arena = Arena::with(|_| (), small).await;
    // Answered, and held open by the proxy for three households: none of those that left a request unfinished.
    let mut answered = Vec::new();
    for i in 0..3 {
        let mut socket = TcpStream::connect(server(&arena)).await.unwrap();
        assert!(asks_again(&mut socket, &format!("10.2.{i}.1")).await, "{i}");
        answered.push(socket);
    }
    let mut unfinished = Vec::new();
    for _ in 0..24 {
        let mut socket = TcpStream::connect(server(&arena)).await.unwrap();
        let _ = socket.write_all(b"GET / HTTP/1.1\r\nX: ").await;
        unfinished.push(socket);
    }
    for i in 0..6 {
        assert_eq!(answer_through_a_proxy(&arena, &format!("10.0.{i}.1")).await, ok, "newcomer {i}");
    }
    for (i, socket) in answered.iter_mut().enumerate() {
        assert!(asks_again(socket, &format!("10.2.{i}.1")).await, "household {i} made room for unfinished requests");
    }
    drop(answered);
    // Answered, and held open by the proxy for one address.
    let mut idle = Vec::new();
    for _ in 0..24 {
        let mut socket = TcpStream::connect(server(&arena)).await.unwrap();
        let head = b"GET /checkpoint HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.9.0.1\r\n\r\n";
        socket.write_all(head).await.unwrap();
        let mut first = [0; 15];
        let _ = socket.read_exact(&mut first).await;
        idle.push(socket);
    }
    for i in 0..6 {
        assert_eq!(answer_through_a_proxy(&arena, &format!("10.1.{i}.1")).await, ok, "newcomer {i} beside idle ones");
    }
}

/// Row 60: what strangers do again and again is not written into the log each time.
#[tokio::test(flavor = "multi_thread")]
async fn row_60_sessions_without_a_credential_do_not_fill_the_log() {
    let folder = crate::commands::Folder::new();
    let (serving, port) = folder.serve(&["serve", "1", "7", "0"]);
    let url = format!("http://127.0.0.1:{port}");
    let address = client::at(&url).unwrap();
    let election = tokio::task::spawn_blocking({
        let address = address.clone();
        move || address.election().unwrap()
    });
    let election = election.await.unwrap();
    for number in 0..40 {
        // On the roll and not on the roll, and gone.
        assert_eq!(
            address.knock(&election, VoterNumber::new(95 + number % 10).unwrap()).await.unwrap(),
            number % 10 < 6
        );
    }
    assert_eq!(serving.terminate(), 0);
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    let lines = log.lines().filter(|line| line.contains("session")).count();
    assert!((1..=4).contains(&lines), "{lines} lines:\n{log}");
}

/// A limit that would let nobody in, or would be no limit, is refused with its name.
#[test]
fn limits_that_are_none_are_refused_at_the_start() {
    let folder = crate::commands::Folder::new();
    folder.exits(0, &["new", "e", "--secrecy", "open", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let path = folder.path("e/election.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    for (line, bad) in [
        ("header_timeout_s = 10", "header_timeout_s = 9223372036854775807"),
        ("header_timeout_s = 10", "header_timeout_s = 0"),
        ("first_frame_timeout_s = 20", "first_frame_timeout_s = 0"),
        ("sessions_total = 10000", "sessions_total = 0"),
        ("connections_total = 12000", "connections_total = 0"),
        ("queue = 2048", "queue = 0"),
        ("unknown_per_address_per_minute = 30", "unknown_per_address_per_minute = 0"),
        ("shutdown_grace_s = 30", "shutdown_grace_s = 9223372036854775807"),
    ] {
        assert!(good.contains(line), "{line}: {good}");
        std::fs::write(&path, good.replace(line, bad)).unwrap();
        let said = folder.exits(2, &["serve", "e", "--any-port"]);
        assert!(said.contains(bad.split(' ').next().unwrap()) && said.contains("it must be from"), "{bad}: {said}");
    }
    std::fs::write(&path, good).unwrap();
    let (serving, _) = folder.serve(&["serve", "e", "--any-port"]);
    // The terminal goes: the sessions under way end in order.
    assert_eq!(serving.signal(rustix::process::Signal::HUP), 0);
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    assert!(log.contains("stopped"), "{log}");
}
