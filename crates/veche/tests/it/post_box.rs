//! The post-box of the trustees' ceremony as strangers find it: open to everybody, and bounded.

use std::os::unix::fs::MetadataExt;

use veche_election::ceremony::TrusteeSecret;
use veche_server::Home;

use crate::{arena::raw, commands::Folder};

const GARBAGE: usize = 300;

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
