//! A server between a client and the true one: it gives what the true one gives, except where it lies.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use veche::client;
use veche_client::booth::POLICY;

/// What to answer at a path when it is asked for the so-many-th time, counted from 0; `None` is the truth.
type Lie = Box<dyn Fn(&str, usize, &dyn Fn() -> Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;

/// What to answer to a whole request, headers and all; `None` is the truth, with its headers.
type Say = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

pub struct Liar {
    pub url: String,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Liar {
    /// The closure also gets the truth, should it want to change it.
    pub fn start(
        truth: &str,
        lie: impl Fn(&str, usize, &dyn Fn() -> Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::with(truth, Box::new(lie), Box::new(|_| None))
    }

    /// The closure gets the head of a request, and gives the answer as it goes over the wire.
    pub fn saying(truth: &str, say: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::with(truth, Box::new(|_, _, _| None), Box::new(say))
    }

    fn with(truth: &str, lie: Lie, say: Say) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, truth, asked) = (stop.clone(), truth.to_owned(), Mutex::new(HashMap::new()));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                answer(&mut stream.unwrap(), &truth, (&lie, &say), &asked);
            }
        });
        Self { url, stop, thread: Some(thread) }
    }
}

fn answer(stream: &mut TcpStream, truth: &str, (lie, say): (&Lie, &Say), asked: &Mutex<HashMap<String, usize>>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    // What is left unread would cut off our answer.
    let length = head
        .to_ascii_lowercase()
        .split_once("content-length: ")
        .and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    let _ = std::io::copy(&mut stream.take(length.unwrap_or(0)), &mut std::io::sink());
    let Some(path) = head.split(' ').nth(1) else { return };
    if let Some(said) = say(&head) {
        let _ = stream.write_all(&said);
        return;
    }
    let nth = {
        let mut asked = asked.lock().unwrap();
        let count = asked.entry(path.to_owned()).or_default();
        *count += 1;
        *count - 1
    };
    let true_answer = client::at(truth).unwrap().get(path).ok().flatten();
    let given = lie(path, nth, &|| true_answer.clone().unwrap_or_default()).or(true_answer.clone());
    let (status, body) = given.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    // Who wants to be taken for the true one has its headers.
    let policy =
        if path.starts_with("/booth/") { format!("Content-Security-Policy: {POLICY}\r\n") } else { String::new() };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{policy}Connection: close\r\n\r\n", body.len());
    // A client that has seen enough hangs up.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
