//! What a cache between a server and its readers may keep: every answer says so, errors too.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use veche_election::{Act, SigningKey};
use veche_server::{
    CeremonyServer, Home,
    clock::Clock,
    witness::{WitnessConfig, WitnessServer},
};

use crate::{arena::Arena, commands::Folder};

const NEVER: &str = "no-store";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Status and `Cache-Control` of the answer; the connection stays open for as long as the answer's head takes.
async fn asked(url: &str, request: &str) -> (u16, Vec<String>) {
    let mut stream = tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let _ = stream.write_all(request.as_bytes()).await;
    let mut head = Vec::new();
    let reading = async {
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("no answer");
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap_or_else(|| panic!("no answer to {request:?}")).parse().unwrap();
    let cache = head.lines().filter_map(|line| line.strip_prefix("cache-control: ")).map(str::to_owned).collect();
    (status, cache)
}

/// One line of a request, with what has to follow it.
async fn check(url: &str, line: &str, rest: &str, status: u16, cache: &str) {
    let answer = asked(url, &format!("{line} HTTP/1.1\r\nHost: x\r\n{rest}\r\n")).await;
    assert_eq!(answer, (status, vec![cache.to_owned()]), "{line} {rest:?}");
}

fn upgrade(more: &str) -> String {
    format!(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n"
    )
}

/// More than any body may be.
fn long() -> String {
    format!("Content-Length: 2000000\r\n\r\n{}", "x".repeat(2_000_000))
}

const OURS: &str = "Sec-WebSocket-Protocol: veche.v2";

/// Row 62: no answer leaves it to a cache to guess for how long it is true.
#[tokio::test(flavor = "multi_thread")]
async fn row_62_every_answer_of_a_server_says_whether_it_may_be_kept() {
    let arena = Arena::open().await;
    arena.vote(1, "45432*3").await;
    let url = arena.url.as_str();
    let late = check(url, "POST /control", "Content-Length: 9\r\n", 408, NEVER);
    let others = async {
        for path in ["/", "/election.json", "/credentials", "/README.txt", "/checkpoint", "/status.json", "/healthz"] {
            for method in ["GET", "HEAD"] {
                check(url, &format!("{method} {path}"), "", 200, NEVER).await;
            }
            check(url, &format!("DELETE {path}"), "", 405, NEVER).await;
        }
        check(url, "GET /metrics", "", 200, NEVER).await;
        check(url, "GET /tile/0/000.p/3", "", 200, FOREVER).await;
        for path in ["/result.json", "/roll", "/tile/entries/000.p/3", "/ballot/x", "/ballot", "/ballot?code=x"] {
            check(url, &format!("GET {path}"), "", 403, NEVER).await;
        }
        for path in ["/witnessed", "/ceremony", "/tile/0/001", "/tile/x", "/nowhere", "/%2e%2e"] {
            check(url, &format!("GET {path}"), "", 404, NEVER).await;
        }
        // What may be kept for ever has one name.
        for path in ["/tile/%ff", "/tile/0/000.p/3?", "/tile/0/000.p/3?a=1", "/tile/0/000%2ep/3", "/tile/%30/000.p/3"] {
            check(url, &format!("GET {path}"), "", 404, NEVER).await;
        }
        check(url, "GET /checkpoint", &"a:\r\n".repeat(4_000), 200, NEVER).await;
        for key in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "no base64 of 16 bytes!!", "AAAAAAAAAAAAAAAAAAAAAB=="] {
            check(url, "GET /session", &upgrade(OURS).replace("AAAAAAAAAAAAAAAAAAAAAA==", key), 400, NEVER).await;
        }
        for twice in ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Host: y", "Origin: http://x\r\nOrigin: http://y"]
        {
            check(url, "GET /session", &upgrade(&format!("{OURS}\r\n{twice}")), 400, NEVER).await;
        }
        check(url, "POST /checkpoint", "Content-Length: 0\r\n", 405, NEVER).await;
        check(url, "OPTIONS *", "", 404, NEVER).await;
        check(url, "POST /control", "Content-Length: 1\r\n\r\nx", 400, NEVER).await;
        check(url, "POST /control", &long(), 413, NEVER).await;
        check(url, "GET /session", "", 400, NEVER).await;
        check(url, "GET /session", &upgrade("Sec-WebSocket-Protocol: chat"), 400, NEVER).await;
        check(url, "GET /session", &upgrade(&format!("{OURS}\r\nOrigin: http://y")), 403, NEVER).await;
        check(url, "GET /session", &upgrade(OURS), 101, NEVER).await;
    };
    tokio::join!(late, others);
    // What is no request at all is answered below us, with statuses that no cache keeps unasked (RFC 9111 section 3).
    for garbage in ["GARBAGE\r\n\r\n".to_owned(), format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000))] {
        let (status, _) = asked(url, &garbage).await;
        assert!([400, 431].contains(&status), "{status}");
    }

    arena.act(Act::Closing).await;
    for path in ["/result.json", "/roll"] {
        check(url, &format!("GET {path}"), "", 200, NEVER).await;
    }
    check(url, "GET /tile/entries/000.p/5", "", 200, FOREVER).await;
    check(url, "GET /tile/entries/000.p/6", "", 404, NEVER).await;
    for path in ["/ballot/x", "/ballot", "/ballot?code=x", "/ballot?code=%0d%0a", "/ballot?code=%", "/ballot?code"] {
        check(url, &format!("GET {path}"), "", 400, NEVER).await;
    }
    check(url, "GET /ballot?code=00000+00000-00000%2000000&lang=x", "", 303, NEVER).await;
    check(url, "GET /ballot/", "", 308, NEVER).await;
    check(url, "GET /ballot/00000-00000-00000-00000", "", 404, NEVER).await;
    arena.server.as_ref().unwrap().shared().gate.close();
    check(url, "GET /session", &upgrade(OURS), 503, NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_62_so_does_every_answer_of_a_witness_and_of_a_ceremonys_post_box() {
    let folder = Folder::new();
    folder.exits(0, &["new", "d", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    let limits = veche_server::limits::Limits::default();
    let (home, address) = (Home::new(folder.path("d")), veche::setup::local(0));
    let post_box = CeremonyServer::start(home, address, limits.clone(), None).await.unwrap();
    for path in ["/draft.json", "/ceremony-messages", "/healthz"] {
        check(post_box.url(), &format!("GET {path}"), "", 200, NEVER).await;
        check(post_box.url(), &format!("PUT {path}"), "", 405, NEVER).await;
    }
    check(post_box.url(), "GET /", "", 404, NEVER).await;
    check(post_box.url(), "POST /ceremony-messages", "Content-Length: 1\r\n\r\nx", 400, NEVER).await;
    check(post_box.url(), "POST /ceremony-messages", &long(), 413, NEVER).await;
    post_box.shutdown().await;

    let config = WitnessConfig {
        name: "w".into(),
        key: SigningKey::from_seed(&[7; 32]),
        dir: folder.path("w"),
        elections: Vec::new(),
        address: veche::setup::local(0),
        limits,
        clock: Clock::system(),
        tls: None,
    };
    let witness = WitnessServer::start(config).await.unwrap();
    check(witness.url(), "GET /healthz", "", 200, NEVER).await;
    check(witness.url(), "GET /", "", 404, NEVER).await;
    check(witness.url(), "GET /add-checkpoint", "", 405, NEVER).await;
    check(witness.url(), "POST /add-checkpoint", "Content-Length: 1\r\n\r\nx", 400, NEVER).await;
    check(witness.url(), "POST /add-checkpoint", &long(), 413, NEVER).await;
    witness.shutdown().await;
}
