//! The post-box of the trustees' ceremony as strangers find it: open to everybody, and bounded.

use std::{os::unix::fs::MetadataExt, time::Duration};

use curve25519_dalek::{EdwardsPoint, Scalar, scalar::clamp_integer};
use sha2::{Digest, Sha512};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use veche_election::{
    ceremony::{CEREMONY_VERSION, MESSAGE_MAX_BYTES, TrusteeSecret},
    hash::frame,
    keys::Signature,
};
use veche_server::Home;

use crate::{arena::raw, commands::Folder};

const GARBAGE: usize = 300;
/// Of all half-sent bodies of one address, in the memory of the server; and what it takes beside them.
const BODIES_PER_ADDRESS_MAX_BYTES: usize = 8 << 20;
const BESIDE_BYTES: usize = 32 << 20;

fn post(content: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /ceremony-messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content].concat()
}

/// Row 60: what strangers send fills neither the log nor the disk, and what was taken before is not written again.
#[tokio::test(flavor = "multi_thread")]
async fn row_60_garbage_in_the_post_box_fills_neither_log_nor_disk() {
    let folder = Folder::new();
    folder.exits(0, &["new", "d", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let (server, port) = folder.serve(&["serve", "d", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let get = async |path: &str| {
        raw(&url, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await
    };
    assert_eq!(get("/healthz").await, (200, b"ok\n".to_vec()));

    let long = format!("{{\"v\":\"veche-ceremony-2\",\"{}\":1}}", "x".repeat(15_000));
    for i in 0..GARBAGE {
        let content = if i % 2 == 0 { b"garbage".as_slice() } else { long.as_bytes() };
        assert_eq!(raw(&url, &post(content)).await.0, 400);
    }
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    assert_eq!(log.matches("a message of the ceremony was refused").count(), 1, "{log}");
    assert!(log.len() < 4_096, "{} bytes of log", log.len());
    assert_eq!(get("/ceremony-messages").await, (200, Vec::new()));

    folder.exits(0, &["trustee", "register", "--at", &url, "--key", "k", "--number", "1", "--name", "Anna"]);
    let (status, messages) = get("/ceremony-messages").await;
    let message = messages.strip_suffix(b"\n").unwrap();
    assert_eq!((status, message.first()), (200, Some(&b'{')));
    let files = || {
        let files = std::fs::read_dir(folder.path("d/ceremony-messages")).unwrap().map(Result::unwrap);
        files.map(|file| (file.file_name(), file.metadata().unwrap().ino())).collect::<Vec<_>>()
    };
    let before = files();
    assert_eq!(before.len(), 1);
    assert_eq!(raw(&url, &post(message)).await, (200, b"taken\n".to_vec()));
    assert_eq!(files(), before, "it was not written again");
    // Somebody else under the same number: neither of them has sent two messages.
    let draft = Home::new(folder.path("d")).draft().unwrap();
    let second = TrusteeSecret::new(draft.id(), 1, [7; 32]).register("Anna");
    let (status, told) = raw(&url, &post(&second)).await;
    let told = String::from_utf8(told).unwrap();
    assert!(status == 409 && told.contains("somebody has registered as trustee 1 already"), "{status} {told}");
    assert_eq!(server.terminate(), 0);
}

/// The same message under another signature that is as good.
fn signed_in_another_way(secret: &TrusteeSecret, message: &[u8]) -> Vec<u8> {
    let unsigned = &message[..message.len() - 96];
    let expanded: [u8; 64] = Sha512::digest(*secret.signing_key().seed()).into();
    let own = Scalar::from_bytes_mod_order(clamp_integer(expanded[..32].try_into().unwrap()));
    let random = Scalar::from(17_u64);
    let point = EdwardsPoint::mul_base(&random).compress().to_bytes();
    let hash = Sha512::new()
        .chain_update(point)
        .chain_update(secret.signing_key().public().as_bytes())
        .chain_update(frame(CEREMONY_VERSION, &[unsigned]));
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let signature = [point, (random + challenge * own).to_bytes()].concat();
    let signature = Signature(signature.try_into().unwrap());
    [unsigned, format!(",\"sig\":\"{signature}\"}}").as_bytes()].concat()
}

/// A message that was taken, signed anew by whoever said it, is refused as another one for the same step: the disk is well, and
/// the server's log does not say otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn row_60_a_message_signed_anew_is_a_conflict_and_no_failure_of_the_disk() {
    let folder = Folder::new();
    folder.exits(0, &["new", "d", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let (server, port) = folder.serve(&["serve", "d", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let draft = Home::new(folder.path("d")).draft().unwrap();
    let anna = TrusteeSecret::new(draft.id(), 1, [7; 32]);
    let first = anna.register("Anna");
    let anew = signed_in_another_way(&anna, &first);
    assert!(first != anew && first.len() == anew.len());
    assert_eq!(raw(&url, &post(&first)).await, (200, b"taken\n".to_vec()));
    for _ in 0..2 {
        let (status, told) = raw(&url, &post(&anew)).await;
        let told = String::from_utf8(told).unwrap();
        assert!(status == 409 && told.contains("under another signature"), "{status} {told}");
    }
    assert_eq!(raw(&url, &post(&first)).await.0, 200, "the very bytes that were taken");
    let kept = [&first[..], b"\n"].concat();
    let shown = raw(&url, b"GET /ceremony-messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert_eq!(shown, (200, kept));
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    assert!(!log.contains("ERROR") && !log.contains("could not be kept"), "{log}");
    assert_eq!(server.terminate(), 0);
}

/// The most memory that the process has had.
fn peak_bytes(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}

/// Row 59, of what is sent to us: half-sent messages from one address take a bounded amount of memory, whatever packets they
/// come in. Those that have made room are told to come again, and others are served.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn row_59_half_sent_messages_in_the_post_box_take_a_bounded_amount_of_memory() {
    const HALF_SENT: usize = 64;
    let folder = Folder::new();
    folder.exits(0, &["new", "d", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let (server, port) = folder.serve(&["serve", "d", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(raw(&url, &post(b"x")).await.0, 400);
    let before = peak_bytes(server.0.id());
    let mut half = post(&vec![b'x'; MESSAGE_MAX_BYTES]);
    half.pop();
    let mut sockets = Vec::new();
    for _ in 0..HALF_SENT {
        let mut socket = tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let _ = socket.write_all(&half).await;
        sockets.push(socket);
    }
    let taken = peak_bytes(server.0.id()) - before;
    assert!(taken <= BODIES_PER_ADDRESS_MAX_BYTES + BESIDE_BYTES, "{taken} bytes");
    // Those that have made room hear so; the others wait on, as many as have room, and come to their end.
    let mut waiting = Vec::new();
    for mut socket in sockets {
        let mut answer = Vec::new();
        let Ok(_) = tokio::time::timeout(Duration::from_millis(300), socket.read_to_end(&mut answer)).await else {
            waiting.push(socket);
            continue;
        };
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(answer.starts_with("http/1.1 503 ") && answer.contains("\r\nretry-after: 15\r\n"), "{answer}");
        assert!(answer.contains("too-many-bodies"), "{answer}");
    }
    assert!((1..=BODIES_PER_ADDRESS_MAX_BYTES / MESSAGE_MAX_BYTES).contains(&waiting.len()), "{}", waiting.len());
    for socket in &mut waiting {
        socket.write_all(b"x").await.unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400");
    }
    let draft = Home::new(folder.path("d")).draft().unwrap();
    let message = TrusteeSecret::new(draft.id(), 1, [7; 32]).register("Anna");
    assert_eq!(raw(&url, &post(&message)).await, (200, b"taken\n".to_vec()));
    assert_eq!(server.terminate(), 0);
}
