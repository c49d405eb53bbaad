//! Readers of large answers: what those cost who take nothing, and that everybody else is served meanwhile.

use std::{
    fs,
    ops::Range,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use veche::{cards, client};
use veche_election::{PreparedBallot, entry::Position, log::read_bundle};
use veche_session::voter::Outcome;

use crate::{
    arena::{KEYS, caller},
    commands::{Folder, Serving},
};

const READERS: usize = 500;
const RECEIVE_BUFFER_BYTES: u32 = 2_048;
/// 32 pieces of 64 KiB of one address, what the system takes of each, the ballots of 24 voters. (32 whole bundles: 96 MB.)
const GREW_MAX_KIB: u64 = 64_000;
const CONCURRENCY: usize = 16;
const BUNDLE: &str = "/tile/entries/000";

fn memory_kib(server: &Serving) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

/// Asks, and leaves the answer where it is; the system takes no more of it than it must.
async fn ask(port: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
    let mut stream = socket.connect(format!("127.0.0.1:{port}").parse().unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(request.as_bytes()).await;
    stream
}

/// Voters with these numbers vote, so many at a time. Are all recorded?
async fn vote(folder: &Folder, url: &str, numbers: Range<u64>) -> bool {
    let (address, dir) = (client::at(url).unwrap(), folder.path("e/cards"));
    let manifest = address.clone();
    let election = tokio::task::spawn_blocking(move || manifest.election().unwrap()).await.unwrap();
    let (election, next) = (Arc::new(election), Arc::new(AtomicU64::new(numbers.start)));
    let mut voters = tokio::task::JoinSet::new();
    for _ in 0..CONCURRENCY {
        let (address, dir, election, next) = (address.clone(), dir.clone(), election.clone(), next.clone());
        voters.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end {
                    return true;
                }
                let card = cards::read(&dir.join(format!("{number}.json"))).unwrap();
                let key = card.secret().unwrap().key(election.draft_id());
                let (marks, seed) = (vec!["1".repeat(28)], [number as u8; 32]);
                let ballot = PreparedBallot::new(&election, key.public(), Position::FIRST, marks, &seed).unwrap();
                let mut entry = Some(ballot.sign(&key));
                let caller = caller(&election, card.number, &key);
                let said = address.cast(&caller, &KEYS, &mut |_| entry.take()).await;
                if !matches!(said, Ok(Outcome::Recorded { .. })) {
                    return false;
                }
            }
        });
    }
    voters.join_all().await.into_iter().all(|recorded| recorded)
}

/// Row 59: 500 connections from one address ask for a bundle of three megabytes and take nothing. The server's memory
/// stays where it was, votes are recorded, and whoever takes the bundle gets it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn row_59_readers_who_take_nothing_cost_little_and_nobody_waits_for_them() {
    veche_server::descriptors::raise_limit().unwrap();
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "28", "--voters", "280", "--local-trustees", "--rule", "sum"]);
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    folder.exits(0, &["open", "e"]);
    let url = format!("http://127.0.0.1:{port}");
    assert!(vote(&folder, &url, 1..257).await);

    let before = memory_kib(&server);
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(ask(&port, BUNDLE).await);
    }
    let mut voting = std::pin::pin!(vote(&folder, &url, 257..281));
    let mut most = before;
    let voted = loop {
        most = most.max(memory_kib(&server));
        tokio::select! {
            voted = &mut voting => break voted,
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    };
    assert!(voted, "votes are recorded meanwhile");
    let mut taken = Vec::new();
    ask(&port, BUNDLE).await.read_to_end(&mut taken).await.unwrap();
    most = most.max(memory_kib(&server));
    let head = taken.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let (head, bundle) = taken.split_at(head + 4);
    let length = format!("\r\ncontent-length: {}\r\n", bundle.len());
    assert!(String::from_utf8_lossy(head).contains(&length), "the length is known before");
    assert_eq!(read_bundle(bundle).unwrap().len(), 256, "from the very address of the crowd");
    // 255 ballots, and what the organiser or the board said before them.
    assert!(bundle.len() > 3_000_000, "{}", bundle.len());
    assert!(most - before < GREW_MAX_KIB, "from {before} to {most} KiB");
    drop(readers);
    assert_eq!(server.terminate(), 0);
}

/// Row 60: a server asks for all the descriptors that it may have, and says when those are too few.
#[cfg(target_os = "linux")]
#[test]
fn row_60_the_limit_of_descriptors_is_raised_and_what_it_lacks_is_said() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "3", "--voters", "3", "--secrecy", "open", "--rule", "sum"]);
    let files = |limit: &str| {
        let started = folder.path("e/lock");
        let log = fs::File::create(folder.path("server.log")).unwrap();
        let program = env!("CARGO_BIN_EXE_veche");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit {limit}; exec {program} serve e --any-port")]);
        command.current_dir(folder.path("")).stdout(Stdio::null()).stderr(log);
        let server = Serving(command.spawn().unwrap());
        let log = || fs::read_to_string(folder.path("server.log")).unwrap();
        for _ in 0..600 {
            if fs::read_to_string(&started).is_ok_and(|url| !url.is_empty()) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let limits = fs::read_to_string(format!("/proc/{}/limits", server.0.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let mut fields = line.split_whitespace().skip(3).map(str::to_owned);
        let said = log();
        assert_eq!(server.terminate(), 0);
        (fields.next().unwrap(), fields.next().unwrap(), said)
    };
    let (soft, hard, _) = files("-S -n 300");
    assert_eq!(soft, hard);
    assert_ne!(soft, "300");
    let (soft, hard, said) = files("-n 400");
    assert_eq!((soft.as_str(), hard.as_str()), ("400", "400"));
    assert!(said.contains("fewer file descriptors") && said.contains("\"may_have\":400"), "{said}");
}
