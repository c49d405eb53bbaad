//! First visits to the booth: what a browser fetches that has nothing of it yet, on one connection, so many a second.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};
use veche::{
    failure::{Failure, Result},
    tr,
};
use veche_client::{
    Address,
    booth::{BoothList, CHECK, INDEX, ListError},
};

use crate::crowd::place_of;

/// More of them at once than this: the server does not follow, and the rest are counted as failed.
const UNDER_WAY_MAX: usize = 400;
/// What the page asks for beside the booth's own files.
const BESIDE: [&str; 2] = ["/election.json", "/status.json"];
/// A script of that other page.
const CHECK_SCRIPT: &str = "check.js";
/// Longer lines are no head's, and no longer piece is a browser's file.
const LINE_MAX_BYTES: u64 = 8 << 10;
const BODY_MAX_BYTES: u64 = 8 << 20;

/// Visits under way until this is dropped.
pub struct Visits {
    clock: JoinHandle<()>,
    shared: Arc<Shared>,
}

struct Shared {
    address: Address,
    server: SocketAddr,
    paths: Vec<String>,
    whole: AtomicUsize,
    failed: AtomicUsize,
    under_way: AtomicUsize,
    bytes: AtomicU64,
}

impl Visits {
    /// # Errors
    /// Who asks: visits are made to a server on this machine without TLS, and it has a booth.
    pub fn start(address: &Address, rate: f64) -> Result<Self> {
        let server = address.url().strip_prefix("http://127.0.0.1:").and_then(|port| port.parse().ok());
        let port: u16 = server.ok_or_else(|| {
            Failure::usage(tr!("--visits takes http://127.0.0.1:PORT", "--visits: только http://127.0.0.1:ПОРТ"))
        })?;
        let list = address.booth_list().map_err(|error| match error {
            ListError::Request(error) => error.into(),
            error => Failure::other(error),
        })?;
        let list = list.ok_or_else(|| Failure::usage(tr!("this server has no booth", "у этого сервера нет кабины")))?;
        let shared = Arc::new(Shared {
            address: address.clone(),
            server: SocketAddr::from(([127, 0, 0, 1], port)),
            paths: paths(&list),
            whole: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
        });
        let clock = tokio::spawn(come(shared.clone(), rate));
        Ok(Self { clock, shared })
    }

    /// Whole visits, those that failed, and bytes that came over the wire, so far.
    pub fn counted(&self) -> (usize, usize, u64) {
        let Shared { whole, failed, bytes, .. } = &*self.shared;
        (whole.load(Ordering::Relaxed), failed.load(Ordering::Relaxed), bytes.load(Ordering::Relaxed))
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        self.clock.abort();
    }
}

fn paths(list: &BoothList) -> Vec<String> {
    let files = list.files().map(|(path, _)| path);
    let files = files.filter(|path| *path != INDEX && *path != CHECK && !path.ends_with(CHECK_SCRIPT));
    let files = files.map(|path| format!("/booth/{path}"));
    std::iter::once("/booth/".to_owned()).chain(files).chain(BESIDE.map(str::to_owned)).collect()
}

async fn come(shared: Arc<Shared>, rate: f64) {
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    for i in 0.. {
        clock.tick().await;
        if shared.under_way.fetch_add(1, Ordering::Relaxed) >= UNDER_WAY_MAX {
            shared.under_way.fetch_sub(1, Ordering::Relaxed);
            shared.failed.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let shared = shared.clone();
        tokio::spawn(async move {
            let done = visit(&shared, i).await;
            let counter = if done.is_ok() { &shared.whole } else { &shared.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            shared.bytes.fetch_add(done.unwrap_or(0), Ordering::Relaxed);
            shared.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// All that a first visit fetches, one after the other.
async fn visit(shared: &Shared, i: usize) -> io::Result<u64> {
    let socket = TcpSocket::new_v4()?;
    if let Some(from) = place_of(&shared.address, i) {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    let mut stream = BufReader::new(socket.connect(shared.server).await?);
    let mut bytes = 0;
    for path in &shared.paths {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n",
            shared.server
        );
        stream.get_mut().write_all(head.as_bytes()).await?;
        bytes += answer(&mut stream).await?;
    }
    Ok(bytes)
}

/// The bytes of an answer, if it is a good one.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<u64> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    if !line(stream).await?.starts_with("HTTP/1.1 200") {
        return Err(wrong());
    }
    let (mut length, mut chunked) = (None, false);
    loop {
        let line = line(stream).await?.to_ascii_lowercase();
        match line.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().ok(),
            Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
            None if line.is_empty() => break,
            _ => {}
        }
    }
    if !chunked {
        let length = length.ok_or_else(wrong)?;
        return skip(stream, length).await.map(|()| length);
    }
    let mut bytes = 0;
    loop {
        let length = u64::from_str_radix(&line(stream).await?, 16).map_err(|_| wrong())?;
        skip(stream, length).await?;
        line(stream).await?;
        bytes += length;
        if length == 0 {
            return Ok(bytes);
        }
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.take(LINE_MAX_BYTES).read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

async fn skip(stream: &mut BufReader<TcpStream>, length: u64) -> io::Result<()> {
    let copied = tokio::io::copy(&mut stream.take(length.min(BODY_MAX_BYTES)), &mut tokio::io::sink()).await?;
    if copied == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
