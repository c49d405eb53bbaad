//! A host as its operator, organisers, trustees and voters use it: processes and sockets; and what strangers make of it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use veche_election::{
    Hash, Signature, SigningKey,
    publication::{DRAFT_PART, Part, Publication, Published, Step, Wishes},
};
use zeroize::Zeroizing;

use crate::{
    arena::raw,
    commands::{Folder, Serving, json},
    secret::{accept_all, deal_together, election_code, register, trustee, vote},
    tls::make_certificates,
};

/// `veche host root`, and where it is.
fn host(folder: &Folder, listen: &str, more: &[&str]) -> (Serving, String) {
    fs::create_dir_all(folder.path("root/.host")).unwrap();
    let lock = folder.path("root/.host/lock");
    let _ = fs::write(&lock, "");
    let log = fs::File::options().create(true).append(true).open(folder.path("host.log")).unwrap();
    let args = [&["host", "root", "--listen", listen, "--log", "text"], more].concat();
    let mut command = folder.command(&args);
    let mut serving = Serving(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    let started = Instant::now();
    loop {
        let url = fs::read_to_string(&lock).unwrap_or_default();
        if url.starts_with("http") && TcpStream::connect(place(&url)).is_ok() {
            return (serving, url.trim().to_owned());
        }
        assert!(serving.0.try_wait().unwrap().is_none(), "the host ended: {}", log_of(folder));
        assert!(started.elapsed() < Duration::from_secs(60), "the host did not start: {}", log_of(folder));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn log_of(folder: &Folder) -> String {
    fs::read_to_string(folder.path("host.log")).unwrap()
}

/// Host and port.
fn place(url: &str) -> &str {
    url.trim().split_once("://").unwrap().1
}

fn invite(folder: &Folder, more: &[&str]) -> String {
    let said = folder.exits(0, &[&["host", "invite", "root"], more].concat());
    said.lines().find_map(|line| line.strip_prefix("Invitation: ")).unwrap().to_owned()
}

fn new(folder: &Folder, more: &[&str]) {
    let args = ["new", "e", "--draft", "--candidates", "A,B,C", "--voters", "6", "--rule", "sum", "--scale", "0..5"];
    folder.exits(0, &[&args, more].concat());
}

/// Status and body, under a name of the host.
fn get(url: &str, host: &str, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    answer(url, request.as_bytes())
}

fn answer(url: &str, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(place(url)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
}

#[test]
fn an_open_election_is_held_at_a_host_from_the_invitation_to_the_archive() {
    let folder = Folder::new();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    let port = place(&url).to_owned();
    let code = invite(&folder, &["--elections", "2", "--voters", "6", "--days", "1"]);
    fs::write(folder.path("roll.csv"), "number,name,contact\n1,Anna,anna@example.org\n2,Boris,b@example.org\n")
        .unwrap();
    let args =
        ["new", "e", "--draft", "--candidates", "A,B,C", "--roll", "roll.csv", "--rule", "sum", "--scale", "0..5"];
    folder.exits(0, &[&args[..], &["--secrecy", "open", "--title", "Board"]].concat());
    // Without an invitation, with another, and under a name that is none.
    folder.exits(5, &["publish", "e", "--host", &url]);
    folder.exits(5, &["publish", "e", "--host", &url, "--invitation", &"a".repeat(26)]);
    folder.exits(2, &["publish", "e", "--host", &url, "--invitation", &code, "--name", "../e"]);
    let publish = ["publish", "e", "--host", &url, "--invitation", &code, "--name", "board", "--listed"];
    let said = folder.exits(0, &publish);
    assert!(said.contains(&format!("{url}/e/board")), "{said}");
    // Repeating is harmless.
    folder.exits(0, &publish);
    assert_eq!(get(&url, "x", "/e/board/draft.json").0, 200);
    assert_eq!(get(&url, "x", "/e/board/election.json").0, 404);
    let said = folder.exits(0, &["setup", "e"]);
    assert!(said.contains("veche publish e"), "{said}");
    for missing in ["server-keys.json", "board-key", "veche.db"] {
        assert!(!folder.path("e").join(missing).exists(), "{missing} is the host's");
    }
    assert!(json(&folder.path("e/cards/1.json"))["url"].as_str().unwrap().ends_with("/e/board"));
    folder.exits(5, &["open", "e"]);
    folder.exits(0, &["publish", "e"]);
    folder.exits(0, &["publish", "e"]);
    folder.exits(0, &["check", "e"]);
    for missing in ["organiser.key", "roll.csv", "cards", "contacts.csv", "election.toml"] {
        assert!(!folder.path("root/board").join(missing).exists(), "{missing} stays with the organiser");
    }
    let voters = fs::read_to_string(folder.path("root/board/voters.jsonl")).unwrap();
    assert!(voters.lines().count() == 2 && !voters.contains("Anna"), "{voters}");

    folder.exits(0, &["open", "e"]);
    let election = format!("{url}/e/board");
    assert!(vote(&folder, 0, &election, 1, "550").contains("Recorded"));
    folder.exits(0, &["pause", "e", "--reason", "lunch"]);
    vote(&folder, 5, &election, 2, "055");
    folder.exits(0, &["resume", "e", "--reason", "back"]);
    assert!(get(&url, "x", "/").1.contains("Board"), "it may be listed");

    // In order, and not: nothing is lost.
    assert_eq!(server.terminate(), 0);
    let (server, again) = host(&folder, &port, &[]);
    assert_eq!(again, url);
    assert!(vote(&folder, 0, &election, 2, "055").contains("Recorded"));
    server.kill();
    let (server, _) = host(&folder, &port, &[]);
    let status: serde_json::Value = serde_json::from_str(&folder.exits(0, &["status", "e", "--json"])).unwrap();
    assert_eq!((status["phase"].as_str(), status["ballots"].as_u64()), (Some("open"), Some(2)));
    folder.exits(0, &["close", "e"]);
    assert!(folder.exits(0, &["result", "e"]).contains('A'));
    assert!(folder.exits(0, &["verify", &election]).contains("2 ballot"));
    // Another election cannot take its place, nor can it be set up anew.
    folder.exits(0, &["publish", "e"]);

    assert!(folder.exits(2, &["host", "archive", "root", "none"]).contains("no election of this name"));
    folder.exits(0, &["host", "archive", "root", "board"]);
    assert!(!folder.path("root/board/veche.db").exists() && !folder.path("root/board/board-key").exists());
    assert!(folder.exits(0, &["verify", &election]).contains("2 ballot"), "the record stays at its address");
    assert_eq!(get(&url, "x", "/e/board/voters.jsonl").0, 404);
    assert_eq!(get(&url, "x", "/e/board/../archived").0, 404);
    assert!(get(&url, "x", "/e/board/").1.contains("Board"));
    assert_eq!(server.terminate(), 0);
    // Also where no host runs.
    folder.exits(0, &["host", "archive", "root", "board"]);
}

#[test]
fn a_secret_election_is_held_at_a_host_and_its_trustees_make_the_key_there() {
    let folder = Folder::new();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    let code = invite(&folder, &["--voters", "6"]);
    new(&folder, &[]);
    folder.exits(0, &["publish", "e", "--host", &url, "--invitation", &code]);
    let election = format!("{url}/e/e");
    assert!(folder.exits(0, &["status", "e"]).contains("not registered yet: 1, 2, 3"));
    folder.exits(5, &["setup", "e"]);
    register(&folder, &election, 3);
    deal_together(&folder, &election, 3);
    accept_all(&folder, &election, 3);
    folder.exits(0, &["setup", "e"]);
    folder.exits(0, &["publish", "e"]);
    assert!(!folder.path("root/e/ceremony-messages").exists() && folder.path("root/e/ceremony").exists());
    assert!(folder.exits(5, &["open", "e"]).contains("not rehearsed"));
    for number in 1..=3 {
        trustee(&folder, 0, "rehearse", &election, number, &["--code", &election_code(&folder)]);
    }
    folder.exits(0, &["open", "e"]);
    for number in 1..=3 {
        assert!(vote(&folder, 0, &election, number, "543").contains("Recorded"));
    }
    folder.exits(0, &["close", "e"]);
    let closing = crate::secret::code(&folder, &election, crate::secret::CLOSING);
    for number in 1..=2 {
        trustee(&folder, 0, "open", &election, number, &["--code", &closing]);
    }
    assert!(folder.exits(0, &["verify", &election]).contains("Verified"));
    assert!(folder.exits(0, &["result", "e"]).contains("15"));
    assert!(!get(&url, "x", "/").1.contains("/e/e"), "nobody has asked for it to be listed");
    assert_eq!(server.terminate(), 0);
}

/// Somebody with this key.
struct Publisher {
    key: SigningKey,
    url: String,
}

impl Publisher {
    fn new(seed: u8, url: &str) -> Self {
        Self { key: SigningKey::from_seed(&Zeroizing::new([seed; 32])), url: url.to_owned() }
    }

    fn head(&self, name: &str, at: u64, code: Option<&str>, draft: &[u8]) -> Publication {
        Publication {
            v: String::new(),
            host: self.url.clone(),
            name: name.into(),
            step: Step::Draft,
            organiser: self.key.public(),
            at,
            invitation: code.map(str::to_owned),
            wishes: Wishes { grace_s: 60, ..Wishes::default() },
            parts: vec![Part::of(DRAFT_PART, draft)],
            sig: Signature([0; 64]),
        }
    }

    fn signed(&self, head: Publication, parts: &[u8]) -> Vec<u8> {
        [&head.sign(&self.key)[..], b"\n", parts].concat()
    }

    fn post(&self, body: &[u8]) -> (u16, String) {
        let length = body.len();
        let head =
            format!("POST /publish HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        answer(&self.url, &[head.as_bytes(), body].concat())
    }

    #[track_caller]
    fn is_refused(&self, body: &[u8], status: u16, why: &str) {
        let said = self.post(body);
        assert!(said.0 == status && said.1.contains(why), "{why}: {said:?}");
    }
}

fn folders(root: &Path) -> Vec<String> {
    let names = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != ".host").collect();
    names.sort();
    names
}

#[test]
fn what_strangers_and_other_organisers_publish_is_refused_and_leaves_nothing() {
    let folder = Folder::new();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    let code = invite(&folder, &["--elections", "2", "--voters", "6"]);
    let draft = veche_election::canonical::write(&veche_fixtures::draft());
    let mut other_draft = veche_fixtures::draft();
    other_draft.title = "Другие".into();
    let other_draft = veche_election::canonical::write(&other_draft);
    let (anna, eve) = (Publisher::new(1, &url), Publisher::new(2, &url));
    let root = folder.path("root");

    // Of the head.
    let good = anna.signed(anna.head("a", 9, Some(&code), &draft), &draft);
    anna.is_refused(b"", 400, "not the expected JSON");
    anna.is_refused(b"garbage\n", 400, "not the expected JSON");
    anna.is_refused(&vec![b'x'; 17_000], 413, "too-large");
    let line = good.iter().position(|byte| *byte == b'\n').unwrap();
    for at in [10, line / 2, line - 3] {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        let (status, why) = anna.post(&flipped);
        assert!(status == 400, "byte {at}: {why}");
    }
    let mut forged = anna.head("a", 9, Some(&code), &draft);
    forged.organiser = eve.key.public();
    anna.is_refused(&anna.signed(forged, &draft), 400, "does not verify");
    let elsewhere = Publication { host: "https://other.example".into(), ..anna.head("a", 9, Some(&code), &draft) };
    anna.is_refused(&anna.signed(elsewhere, &draft), 400, "other-host");
    for name in ["", "..", "../a", "a/b", ".host", "A", "a.b", "a%2fb", "-a", "a-", "é", &"a".repeat(49)] {
        let head = anna.head(name, 9, Some(&code), &draft);
        anna.is_refused(&anna.signed(head, &draft), 400, "a name at a host");
    }
    let part = |name: &str| Part { name: name.into(), bytes: 1, hash: Hash::of(b"x") };
    for parts in [vec![], vec![part("../x")], vec![part("board-key")], vec![part(DRAFT_PART), part("voters.jsonl")]] {
        let head = Publication { parts, ..anna.head("a", 9, Some(&code), &draft) };
        anna.is_refused(&anna.signed(head, b"xx"), 400, "not the parts of this step");
    }
    // Of the invitation.
    anna.is_refused(&anna.signed(anna.head("a", 9, None, &draft), &draft), 403, "wrong-invitation");
    for wrong in [&"a".repeat(26), "../../../etc", ""] {
        anna.is_refused(&anna.signed(anna.head("a", 9, Some(wrong), &draft), &draft), 403, "wrong-invitation");
    }
    let setup = Publication { step: Step::Setup, parts: vec![], ..anna.head("a", 9, Some(&code), &draft) };
    anna.is_refused(&anna.signed(setup, b""), 400, "not the parts");
    assert_eq!(folders(&root), [""; 0]);
    // Of the parts.
    let huge = Part { name: DRAFT_PART.into(), bytes: 1 << 40, hash: Hash::of(b"x") };
    let head = Publication { parts: vec![huge], ..anna.head("a", 9, Some(&code), &draft) };
    anna.is_refused(&anna.signed(head, b"x"), 413, "too-large");
    anna.is_refused(&good[..good.len() - 1], 400, "broke off");
    anna.is_refused(&[&good[..], b"x"].concat(), 400, "more bytes");
    let mut changed = good.clone();
    *changed.last_mut().unwrap() = b' ';
    anna.is_refused(&changed, 400, "not the bytes that the head names");
    anna.is_refused(&anna.signed(anna.head("a", 9, Some(&code), b"{}"), b"{}"), 400, "draft.json");
    let inner = veche_election::publication::WitnessAt { key: "x".into(), url: "http://127.0.0.1:1".into() };
    let mut inside = anna.head("a", 9, Some(&code), &draft);
    inside.wishes.witnesses = vec![inner];
    anna.is_refused(&anna.signed(inside, &draft), 400, "bad-witness");
    assert_eq!(folders(&root), [""; 0]);
    assert_eq!(fs::read_dir(root.join(".host/coming")).unwrap().count(), 0, "what came is gone");

    // The invitation is Anna's since she used it, for whatever became of that.
    eve.is_refused(&eve.signed(eve.head("b", 9, Some(&code), &draft), &draft), 403, "another organiser");
    let (status, said) = anna.post(&good);
    assert_eq!(status, 200, "{said}");
    let published: Published = veche_election::canonical::parse(said.as_bytes()).unwrap();
    assert_eq!((published.url, published.keys.organiser), (format!("{url}/e/a"), anna.key.public()));
    assert_eq!(anna.post(&good).0, 200, "the very same again");
    // Neither with an invitation of her own does Eve get the name.
    let eves = invite(&folder, &["--voters", "6"]);
    eve.is_refused(&eve.signed(eve.head("a", 99, Some(&eves), &other_draft), &other_draft), 403, "name-taken");
    // Something newer takes the place of a draft, and the old one does not come back.
    assert_eq!(anna.post(&anna.signed(anna.head("a", 10, None, &other_draft), &other_draft)).0, 200);
    anna.is_refused(&good, 409, "older");
    assert!(get(&url, "x", "/e/a/draft.json").1.contains("Другие"));
    // So many elections, and no more.
    assert_eq!(anna.post(&anna.signed(anna.head("b", 9, Some(&code), &draft), &draft)).0, 200);
    anna.is_refused(&anna.signed(anna.head("c", 9, Some(&code), &draft), &draft), 403, "all elections");
    assert_eq!(folders(&root), ["a", "b"]);
    let keys = |name: &str| fs::read(root.join(name).join("board-key")).unwrap();
    assert_ne!(keys("a"), keys("b"));
    // An operator's own folder is nobody's.
    folder.exits(0, &["new", "root/own", "--candidates", "2", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    eve.is_refused(&eve.signed(eve.head("own", 9, Some(&eves), &draft), &draft), 403, "name-taken");
    let log = log_of(&folder);
    assert!(!log.contains("panicked") && !log.contains(&code) && !log.contains(&eves), "{log}");
    assert_eq!(get(&url, "x", "/healthz").0, 200);
    assert_eq!(server.terminate(), 0);
}

/// What is published as the setup belongs to the draft, the keys, the voters and the organiser, or is refused.
#[test]
fn a_setup_that_does_not_fit_what_was_published_is_refused() {
    let folder = Folder::new();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    let code = invite(&folder, &["--elections", "3", "--voters", "3"]);
    new(&folder, &["--secrecy", "open"]);
    folder.exits(0, &["publish", "e", "--host", &url, "--invitation", &code]);
    folder.exits(0, &["setup", "e"]);
    let said = folder.exits(5, &["publish", "e"]);
    assert!(said.contains("too-many-voters"), "{said}");
    // Made with keys of its own, an election is not taken.
    folder.exits(0, &["new", "own", "--candidates", "2", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    assert!(folder.exits(2, &["publish", "own", "--host", &url, "--invitation", &code]).contains("keys of its own"));
    fs::copy(folder.path("e/host.json"), folder.path("own/host.json")).unwrap();
    let said = folder.exits(5, &["publish", "own"]);
    assert!(said.contains("name-taken"), "{said}");
    fs::copy(folder.path("e/organiser.key"), folder.path("own/organiser.key")).unwrap();
    assert!(folder.exits(5, &["publish", "own"]).contains("other-draft"));
    // The post-box, or what stands in its place, goes on.
    assert_eq!(get(&url, "x", "/e/e/draft.json").0, 200);
    assert!(!folder.path("root/e/election.json").exists());
    assert_eq!(server.terminate(), 0);
}

#[test]
fn an_election_has_a_name_of_its_own_where_the_host_has_one() {
    let folder = Folder::new();
    for name in ["one", "two"] {
        let dir = format!("root/{name}");
        folder.exits(
            0,
            &["new", &dir, "--candidates", "2", "--voters", "2", "--rule", "sum", "--secrecy", "open", "--title", name],
        );
        folder.exits(0, &["open", &dir]);
    }
    let (server, url) = host(&folder, "127.0.0.1:0", &["--url", "https://vote.example.org"]);
    for name in ["one", "two"] {
        let (status, manifest) = get(&url, &format!("{name}.vote.example.org"), "/election.json");
        assert!(status == 200 && manifest.contains(&format!("\"title\":\"{name}\"")), "{manifest}");
    }
    assert_eq!(get(&url, "ONE.Vote.Example.ORG:443", "/healthz").0, 200);
    assert_eq!(get(&url, "one.vote.example.org", "/booth/").0, get(&url, "two.vote.example.org", "/booth/").0);
    for (host, status) in [
        ("three.vote.example.org", 404),
        ("vote.example.com", 421),
        ("one.vote.example.org.evil.example", 421),
        ("a.one.vote.example.org", 421),
        ("onevote.example.org", 421),
        (".vote.example.org", 421),
        ("..vote.example.org", 421),
        ("", 421),
    ] {
        assert_eq!(get(&url, host, "/election.json").0, status, "{host:?}");
    }
    let twice = b"GET /election.json HTTP/1.1\r\nHost: one.vote.example.org\r\nHost: two.vote.example.org\r\nConnection: close\r\n\r\n";
    assert!([400, 421].contains(&answer(&url, twice).0));
    let none = b"GET /election.json HTTP/1.0\r\n\r\n";
    assert!([400, 421].contains(&answer(&url, none).0));
    // The host itself: no election below a path there.
    assert_eq!(get(&url, "vote.example.org", "/").0, 200);
    assert_eq!(get(&url, "vote.example.org", "/e/one/election.json").0, 404);
    assert_eq!(get(&url, "vote.example.org", "/metrics").0, 404, "figures name elections that no list shows");
    // A session, of a page of this election and of no other.
    let session = |origin: &str| {
        let request = format!(
            "GET /session HTTP/1.1\r\nHost: one.vote.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: veche.v2\r\nOrigin: {origin}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(place(&url)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).unwrap();
        String::from_utf8_lossy(&begin).into_owned()
    };
    assert_eq!(session("https://one.vote.example.org"), "HTTP/1.1 101");
    assert_eq!(session("https://two.vote.example.org"), "HTTP/1.1 403");
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_that_is_flooded_full_paused_or_broken_stops_no_other() {
    let folder = Folder::new();
    let open = ["--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--scale", "0..5", "--secrecy", "open"];
    for name in ["flooded", "full", "paused", "broken", "quiet"] {
        let dir = format!("root/{name}");
        folder.exits(0, &[&["new", &dir], &open[..]].concat());
        folder.exits(0, &["open", &dir]);
    }
    folder.exits(0, &["pause", "root/paused", "--reason", "lunch"]);
    let manifest = folder.path("root/broken/election.json");
    let good = fs::read(&manifest).unwrap();
    fs::write(&manifest, b"{").unwrap();
    fs::File::create(folder.path("root/full/other")).unwrap().set_len(65 << 20).unwrap();
    fs::write(
        folder.path("root/host.toml"),
        "metrics = \"127.0.0.1:0\"\n[share]\nrequests_per_second = 60\ndisk_mb = 64\n",
    )
    .unwrap();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    let log = log_of(&folder);
    assert!(log.contains("this election cannot be served") && log.contains("broken"), "{log}");
    let said = get(&url, "x", "/e/broken/");
    assert!(said.0 == 503 && said.1.starts_with("broken: "), "{said:?}");

    // Flooded from many connections.
    let flood = tokio::spawn({
        let url = url.clone();
        async move {
            let until = Instant::now() + Duration::from_secs(4);
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..32 {
                let url = url.clone();
                all.spawn(async move {
                    let mut seen = Vec::new();
                    while Instant::now() < until {
                        let request = b"GET /e/flooded/credentials HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                        seen.push(raw(&url, request).await.0);
                    }
                    seen
                });
            }
            all.join_all().await.concat()
        }
    });
    let cast = |name: &str, exit| {
        let card = format!("root/{name}/cards/1.json");
        let url = format!("{url}/e/{name}");
        tokio::task::block_in_place(|| {
            folder.exits(exit, &["vote", "1", "--url", &url, "--card", &card, "--ballot", "543"])
        })
    };
    assert!(cast("quiet", 0).contains("Recorded"));
    assert_eq!(get(&url, "x", "/e/paused/status.json").0, 200);
    cast("paused", 5);
    // At its quota it takes no votes, and is read, and its organiser can close it.
    cast("full", 8);
    assert_eq!(get(&url, "x", "/e/full/status.json").0, 200);
    tokio::task::block_in_place(|| folder.exits(0, &["close", "root/full"]));
    let answers = flood.await.unwrap();
    let count = |status: u16| answers.iter().filter(|seen| **seen == status).count();
    assert!(
        count(200) > 0 && count(503) > 0 && count(200) < 60 * 8,
        "{} and {} of {}",
        count(200),
        count(503),
        answers.len()
    );

    // What the operator sees.
    let told = log_of(&folder);
    let figures = told.lines().find_map(|line| line.strip_prefix("Figures: ")).unwrap();
    let (at, path) = figures.split_at(figures.rfind('/').unwrap());
    let (_, figures) = get(at, "x", path);
    for line in [
        "veche_host_standing{election=\"broken\",standing=\"broken\"} 1",
        "veche_host_standing{election=\"quiet\",standing=\"election\"} 1",
        "veche_ballots_counting{election=\"quiet\"} 1",
        "veche_ballots_counting{election=\"paused\"} 0",
    ] {
        assert!(figures.contains(line), "{line} is missing in {figures}");
    }
    assert!(figures.contains("veche_host_turned_away_total{election=\"flooded\",reason=\"too-many-a-second\"}"));

    // Mended, it is served without a new start; a folder that comes is served too, one that goes is not.
    fs::write(&manifest, good).unwrap();
    tokio::task::block_in_place(|| folder.exits(0, &[&["new", "root/late"], &open[..]].concat()));
    fs::rename(folder.path("root/paused"), folder.path("elsewhere")).unwrap();
    let started = Instant::now();
    let stands = || [("late", 200), ("broken", 200), ("paused", 404)];
    while stands().iter().any(|(name, status)| get(&url, "x", &format!("/e/{name}/healthz")).0 != *status) {
        assert!(started.elapsed() < Duration::from_secs(90), "{}", log_of(&folder));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(server.terminate(), 0);
}

/// As any server of ours: the files are read again when they change.
#[test]
fn a_host_speaks_tls_and_takes_a_renewed_certificate() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("root")).unwrap();
    let certify = |authority: &str| {
        make_certificates(&folder.path("root"));
        fs::rename(folder.path("root/ca.pem"), folder.path(authority)).unwrap();
    };
    certify("first.pem");
    let tls = "[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n";
    fs::write(folder.path("root/host.toml"), tls).unwrap();
    let (server, url) = host(&folder, "127.0.0.1:0", &[]);
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let code = invite(&folder, &["--voters", "6"]);
    new(&folder, &["--secrecy", "open"]);
    let publish = ["publish", "e", "--host", &url, "--invitation", &code];
    let believing = |authority: &'static str| [&publish[..], &["--ca", authority]].concat();
    folder.exits(7, &publish);
    folder.exits(0, &believing("first.pem"));
    certify("second.pem");
    std::thread::sleep(Duration::from_millis(1_500));
    folder.exits(7, &believing("first.pem"));
    folder.exits(0, &believing("second.pem"));
    assert_eq!(server.terminate(), 0);
}
