//! What a voter, an organiser or a trustee gets from a server that lies, floods or stalls; and from a disk that fails at
//! the end: nobody is told that something is done which is not.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use veche::client;

use crate::{
    arena::Arena,
    board,
    commands::{Folder, json},
    liar::Liar,
};

/// No session of a small election costs the voter more, whatever its server sends.
const SESSION_MAX_BYTES: u64 = 2 << 20;

/// What a request asks for, and its header `Sec-WebSocket-Key`.
fn request(stream: &TcpStream) -> std::io::Result<(String, String)> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut key) = (String::new(), String::new());
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("sec-websocket-key") => key = value.to_owned(),
            Some(_) => {}
            None => return Ok((first.split(' ').nth(1).unwrap_or_default().to_owned(), key)),
        }
    }
}

/// A server that shows the true election, and in a session says this and goes on like that for ever. How much it got rid of.
fn flooding(truth: &str, begins: &'static [u8], goes_on: Vec<u8>) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sent, truth) = (Arc::new(AtomicU64::new(0)), truth.to_owned());
    let counted = sent.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok((path, key)) = request(&stream) else { continue };
            if path != "/session" {
                let body = client::at(&truth).unwrap().get(&path).ok().flatten().unwrap_or_default();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
                continue;
            }
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Protocol: veche.v2\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                derive_accept_key(key.as_bytes())
            );
            let mut next = [head.as_bytes(), begins].concat();
            // What the voter's side says is taken, or it would wait for room.
            let mut other = stream.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut other, &mut std::io::sink()));
            while stream.write_all(&next).is_ok() {
                counted.fetch_add(next.len() as u64, Ordering::Relaxed);
                next.clone_from(&goes_on);
            }
        }
    });
    (url, sent)
}

/// Row 34, from the other side: a server that sends without end costs the voter a bounded amount, and the voter is told.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_a_server_that_floods_the_voters_program_is_left() {
    let arena = Arena::open().await;
    let card = arena.home.path("cards/1.json").display().to_string();
    for (what, begins, goes_on) in [
        ("pings", &b""[..], [&b"\x89\x7d"[..], &[b'x'; 125]].concat().repeat(64)),
        ("empty continuations", b"\x01\x00", b"\x00\x00".repeat(4_096)),
        ("binary frames", b"", b"\x82\x01x".repeat(1_024)),
    ] {
        let (url, sent) = flooding(&arena.url, begins, goes_on);
        let began = Instant::now();
        let args = ["vote", "1", "--card", &card, "--url", &url, "--ballot", "45432*3", "--yes"];
        let (code, text) = board::run(arena.dir.path(), &args).await;
        assert!(code == 6 && text.contains("broke the protocol"), "{what}: {code} {text}");
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: {:?}", began.elapsed());
        // Beyond what was read, some waits in the buffers of the system.
        let sent = sent.load(Ordering::Relaxed);
        assert!(sent < 4 * SESSION_MAX_BYTES, "{what}: {sent} bytes");
    }
}

/// A server sends nobody on to another one: what was compared with a card is this address.
#[test]
fn a_server_cannot_send_a_client_on_to_another_address() {
    let (folder, elsewhere) = (Folder::new(), TcpListener::bind("127.0.0.1:0").unwrap());
    let target = format!("http://{}", elsewhere.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    std::thread::spawn(move || {
        for _ in elsewhere.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok((path, _)) = request(&stream) else { continue };
            let _ = write!(
                stream,
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}{path}\r\nContent-Length: 0\r\n\r\n"
            );
            let _ = stream.take(1).read_to_end(&mut Vec::new());
        }
    });
    for args in [&["status", &url][..], &["vote", "1", "--url", &url, "--ballot", "1"], &["watch", &url, "--once"]] {
        let said = folder.exits(1, args);
        assert!(said.contains("307"), "{said}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

/// The ballot is recorded, and the disk has no room for its receipt: the voter is told so, and can have it still.
#[test]
fn a_receipt_that_cannot_be_written_is_asked_for_again() {
    let folder = Folder::new();
    let (server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let vote = ["vote", "17", "7", &port, "--ballot", "45432*3", "--yes"];
    let said = folder.exits(1, &[&vote[..], &["--receipt", "no/such/folder/r.json"]].concat());
    assert!(said.contains("veche-receipt-file-1"), "the receipt itself is on the terminal: {said}");
    assert!(said.contains("is recorded, but its receipt could not be written"), "{said}");
    let pending = || {
        let names = std::fs::read_dir(folder.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("pending-17-")).count()
    };
    assert_eq!(pending(), 1, "what was sent is kept");
    folder.exits(0, &[&vote[..], &["--receipt", "r.json"]].concat());
    assert_eq!(pending(), 0);
    let index = json(&folder.path("r.json"))["receipt"]["index"].as_u64().unwrap();
    assert_eq!(folder.entries("1"), index + 1, "the same ballot, counted once: nothing stands behind it");
    assert!(folder.exits(0, &["status", "1"]).contains("1 of 100"));
    assert_eq!(server.terminate(), 0);
}

/// Whoever has to compare something and presses Enter has compared nothing.
#[test]
fn the_elections_id_is_compared_by_an_answer_and_not_by_enter() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let elsewhere = Folder::new();
    let vote = ["vote", "17", "7", &port, "--ballot", "45432*3"];
    let (code, said) = elsewhere.types("\n\n", &vote);
    assert!(code == 1 && said.matches("Is it the same?").count() == 3, "{code} {said}");
    let (code, said) = elsewhere.types("\nno\n", &vote);
    assert!(code == 6 && said.contains("not the election of your card"), "{code} {said}");
    let (code, said) = elsewhere.types("\nyes\n", &vote);
    assert!(code == 1 && said.contains("Credential from your card"), "{code} {said}");
}

/// A server that answers 200 and appends nothing: what it says is held against its log.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_done_when_the_log_shows_it_and_not_when_the_server_says_so() {
    let arena = Arena::open().await;
    let dir = arena.dir.path().to_owned();
    std::fs::copy(arena.home.path("organiser.key"), dir.join("my.key")).unwrap();
    let status = || async {
        let (_, status) = arena.get("/status.json").await;
        serde_json::from_slice::<serde_json::Value>(&status).unwrap()["phase"].as_str().unwrap().to_owned()
    };
    for answer in ["{\"index\":2}", "{\"index\":1}", "{\"index\":18446744073709551615}", "{}", "done"] {
        let liar = Liar::start(&arena.url, move |path, _, _| (path == "/control").then(|| answer.into()));
        let (code, text) = board::run(&dir, &["close", &liar.url, "--key", "my.key"]).await;
        assert!(code == 6 && text.contains("does not show it"), "{answer}: {code} {text}");
        assert!(!text.contains("is closed"), "{answer}: {text}");
        assert_eq!(status().await, "open");
    }
    let (code, text) = board::run(&dir, &["close", &arena.url, "--key", "my.key"]).await;
    assert!(code == 0 && text.contains("is closed"), "{code} {text}");
}
