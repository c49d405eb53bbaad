//! The desk over real HTTP, as its page speaks to it, and as others on the same machine would try to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::commands::{Folder, Serving};

const PASSPHRASE: &str = "правление 2027";
/// What a slow machine needs for the keys of an election.
const PATIENCE: Duration = Duration::from_secs(240);
/// Between two looks at long work, which needs the processor more.
pub const POLL: Duration = Duration::from_millis(20);

/// A running desk, and a window that has come in.
pub struct Desk {
    process: Serving,
    pub port: u16,
    pub token: String,
}

/// The address that a start has printed, and the process.
pub fn start(folder: &Folder, name: &str) -> (Serving, String) {
    let mut command = folder.command(&["desk", name, "--no-browser"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.split_whitespace().last().unwrap().to_owned();
    assert!(address.starts_with("http://127.0.0.1:"), "{line}");
    (Serving(child), address)
}

fn parts(address: &str) -> (u16, String) {
    let (place, nonce) = address.strip_prefix("http://127.0.0.1:").unwrap().split_once("/#").unwrap();
    (place.parse().unwrap(), nonce.to_owned())
}

impl Desk {
    pub fn open(folder: &Folder, name: &str) -> Self {
        let (process, address) = start(folder, name);
        let (port, nonce) = parts(&address);
        let (status, answer) = ask(port, "/api/enter", &own(port), &json!({ "nonce": nonce }));
        assert_eq!(status, 200, "{answer}");
        Self { process, port, token: answer["token"].as_str().unwrap().to_owned() }
    }

    pub fn asks(&self, path: &str, body: Value) -> (u16, Value) {
        let mut headers = own(self.port);
        headers.push(("X-Veche-Desk".into(), self.token.clone()));
        ask(self.port, path, &headers, &body)
    }

    /// What it gives when all is well.
    pub fn gives(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.asks(path, body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Status and bytes of a file that it gives.
    pub fn fetches(&self, path: &str, file: &str) -> (u16, Vec<u8>) {
        let mut headers = own(self.port);
        headers.push(("X-Veche-Desk".into(), self.token.clone()));
        let body = json!({ "file": file }).to_string();
        let bytes = exchanged(self.port, "POST", path, &headers, body.as_bytes());
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = &bytes[end + 4..];
        let chunked = head.contains("transfer-encoding: chunked");
        (status, if chunked { unchunked(body) } else { body.to_vec() })
    }

    /// With which word it refuses.
    pub fn refuses(&self, path: &str, body: Value) -> String {
        let (status, answer) = self.asks(path, body);
        assert_ne!(status, 200, "{path}: {answer}");
        answer["error"]["code"].as_str().unwrap().to_owned()
    }

    /// A long work, to its end.
    pub fn works(&self, path: &str, body: Value) -> Value {
        let ended = self.ends(path, body);
        assert_eq!(ended["state"], "done", "{path}: {ended}");
        ended["answer"].clone()
    }

    pub fn ends(&self, path: &str, body: Value) -> Value {
        let job = self.gives(path, body)["job"].as_str().unwrap().to_owned();
        let begun = Instant::now();
        loop {
            let told = self.gives(&format!("/api/jobs/{job}"), json!({ "from": 0 }));
            if told["state"] == "done" || told["state"] == "failed" {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "{path}: {told}");
            std::thread::sleep(POLL);
        }
    }

    pub fn kill(self) {
        self.process.kill();
    }

    pub fn terminate(self) -> i32 {
        self.process.terminate()
    }
}

/// What the desk's own page sends of itself.
fn own(port: u16) -> Vec<(String, String)> {
    vec![
        ("Host".into(), format!("127.0.0.1:{port}")),
        ("Origin".into(), format!("http://127.0.0.1:{port}")),
        ("Content-Type".into(), "application/json".into()),
    ]
}

fn ask(port: u16, path: &str, headers: &[(String, String)], body: &Value) -> (u16, Value) {
    let (status, _, text) = exchange(port, "POST", path, headers, body.to_string().as_bytes());
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Status, head and body of an answer, to exactly these headers.
fn exchange(port: u16, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> (u16, String, String) {
    let bytes = exchanged(port, method, path, headers, body);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_lowercase(), body.to_owned())
}

/// The parts of an answer that comes in parts, each behind its length.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap().trim(), 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
}

fn exchanged(port: u16, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    // A server that refuses early need not read all of it.
    let _ = stream.write_all(&[head.as_bytes(), b"\r\n", body].concat());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// A plan for an open election with two candidates.
fn plan(rehearsal: bool) -> Value {
    json!({
        "file": {
            "title": "Board 2027", "secrecy": "open", "lang": "en", "url": "http://127.0.0.1:18080", "opens": null, "closes": "",
            "contest": [{ "title": "Chair", "candidates": ["Anna", "Boris"], "rule": "mean", "seats": 1 }],
        },
        "rehearsal": rehearsal, "local_trustees": false, "weights_show_votes": false, "voters": null, "note": { "step": 3 },
    })
}

const ROLL: &str = "number\tname\tcontact\n1\tAnna Orlova\tanna@example.org\n2\tBoris Blum\tboris@example.org\n\
     3\tClara Noor\tclara@example.org\n";

/// An election with its plan and its roll, not made yet.
pub fn planned(desk: &Desk, rehearsal: bool) -> String {
    let begun = desk.gives("/api/elections/new", json!({ "title": "Board 2027", "rehearsal": rehearsal }));
    let name = begun["name"].as_str().unwrap().to_owned();
    let at = format!("/api/elections/{name}");
    let read = desk.gives(&format!("{at}/roll/read"), json!({ "text": ROLL }));
    assert_eq!((&read["voters"], &read["errors"]), (&json!(3), &json!(0)), "{read}");
    let saved = desk.gives(&format!("{at}/plan/save"), json!({ "plan": plan(rehearsal), "revision": 1 }));
    assert_eq!(saved["problem"], Value::Null, "{saved}");
    assert!(!saved["chosen"].as_array().unwrap().is_empty());
    name
}

#[test]
fn nobody_comes_in_but_whoever_was_shown_the_address() {
    let folder = Folder::new();
    let (_process, address) = start(&folder, "desk");
    let (port, nonce) = parts(&address);
    let enter = |headers: &[(String, String)], nonce: &str| {
        let (status, answer) = ask(port, "/api/enter", headers, &json!({ "nonce": nonce }));
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let with = |name: &str, value: &str| {
        let mut headers = own(port);
        headers.retain(|(header, _)| header != name);
        headers.push((name.into(), value.into()));
        headers
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    // What another site, another name for this machine, or another program could send: the nonce is not used up by it.
    for (headers, code, status) in [
        (with("Host", &format!("localhost:{port}")), "host", 403),
        (with("Host", "evil.example"), "host", 403),
        (with("Origin", "http://evil.example"), "origin", 403),
        (with("Origin", "null"), "origin", 403),
        (with("Origin", &format!("http://localhost:{port}")), "origin", 403),
        (with("Sec-Fetch-Site", "cross-site"), "origin", 403),
        (with("Content-Type", "text/plain"), "json", 415),
        (own(port)[..1].to_vec(), "origin", 403),
    ] {
        assert_eq!(enter(&headers, &nonce), refused(status, code), "{headers:?}");
    }
    assert_eq!(enter(&own(port), "AAAA"), refused(403, "nonce"));
    let (status, answer) = ask(port, "/api/enter", &own(port), &json!({ "nonce": nonce }));
    assert_eq!(status, 200, "{answer}");
    let token = answer["token"].as_str().unwrap();
    let about = |token: &str| ask(port, "/api/desk", &with("X-Veche-Desk", token), &json!({})).0;
    assert_eq!((about(token), about("wrong"), about("")), (200, 401, 401));
    // Two with one address: one of them is not the person, so the first has nothing any more either.
    assert_eq!(enter(&own(port), &nonce), refused(403, "nonce"), "used twice");
    assert_eq!(about(token), 401);
    assert_eq!(ask(port, "/api/desk", &own(port), &json!({})).0, 401, "no token at all");
    // The key by which a second desk asks for an address is of no use in a browser, which says where it comes from.
    let file = folder.path("desk").join(".veche-desk");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let running: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let key = running["key"].as_str().unwrap();
    assert_eq!(ask(port, "/api/another", &with("X-Veche-Desk-Key", key), &json!({})).0, 401);
}

#[test]
fn every_answer_is_guarded_and_nothing_but_pages_is_given_to_a_stranger() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let host = [("Host".to_owned(), format!("127.0.0.1:{}", desk.port))];
    let (status, head, page) = exchange(desk.port, "GET", "/", &host, b"");
    assert_eq!(status, 200);
    assert!(page.to_lowercase().starts_with("<!doctype html>"), "{page}");
    for expected in ["default-src 'none'", "require-trusted-types-for 'script'", "no-store", "nosniff", "no-referrer"] {
        assert!(head.contains(expected), "{expected}: {head}");
    }
    assert!(!head.contains("set-cookie"));
    for path in ["/nothing.js", "/.veche-desk", "/..%2f.veche-desk", "/api/desk"] {
        let (status, head, _) = exchange(desk.port, "GET", path, &host, b"");
        assert!(matches!(status, 404 | 405), "{path}: {status}");
        assert!(head.contains("default-src 'none'"), "{path}");
    }
    let name = planned(&desk, false);
    let large = json!({ "plan": { "note": "x".repeat(2 << 20) }, "revision": 2 });
    assert_eq!(desk.asks(&format!("/api/elections/{name}/plan/save"), large).0, 413);
    for other in ["..", ".", "%2e%2e", "a%2fb", ".veche-desk", "keys"] {
        assert_eq!(desk.asks(&format!("/api/elections/{other}/plan"), json!({})).0, 404, "{other}");
    }
    assert_eq!(desk.refuses("/api/elections/new", json!({ "title": "t", "name": "../out" })), "usage");
    // What is no plan of ours is not deleted as one.
    std::fs::create_dir(folder.path("desk/Documents")).unwrap();
    std::fs::write(folder.path("desk/Documents/letter.txt"), "x").unwrap();
    assert_eq!(desk.asks("/api/elections/Documents/plan/delete", json!({})).0, 404);
    assert!(folder.path("desk/Documents/letter.txt").exists());
    assert_eq!(desk.refuses("/api/desk", json!({ "more": 1 })), "json");
}

#[test]
fn a_second_desk_on_the_same_folder_gives_a_window_of_the_first() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let said = folder.exits(0, &["desk", "desk", "--no-browser"]);
    let address = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let (port, nonce) = parts(address);
    assert_eq!(port, desk.port);
    assert_eq!(ask(port, "/api/enter", &own(port), &json!({ "nonce": nonce })).0, 200);
    // And when the first is gone, however it went, another takes its place.
    desk.kill();
    let desk = Desk::open(&folder, "desk");
    assert_eq!(desk.gives("/api/elections", json!({}))["elections"], json!([]));
    assert_eq!(desk.terminate(), 0);
}

/// Everything below a folder, as one text.
fn all_of(dir: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        text += &if path.is_dir() {
            all_of(&path)
        } else {
            String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
        };
    }
    text
}

#[test]
fn who_witnesses_an_election_is_seen_and_whether_it_has_signed_the_log_as_it_is() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = |rest: &str| format!("/api/elections/{name}/{rest}");
    let said = folder.exits(0, &["witness", "init", "--name", "w.example/anna", "--key", "anna.witness"]);
    let key = said.split(['"', '\n']).find(|word| word.starts_with("w.example/anna+")).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.79:0").unwrap().local_addr().unwrap();
    let mut plan = plan(false);
    plan["file"]["witness"] = json!([{ "key": key, "url": format!("http://{free}") }]);
    let saved = desk.gives(&at("plan/save"), json!({ "plan": plan, "revision": 2 }));
    assert_eq!(saved["problem"], Value::Null, "{saved}");
    desk.works(&at("make"), json!({ "passphrase": PASSPHRASE }));
    let url = desk.gives(&at("serve"), json!({ "port": 0 }))["url"].as_str().unwrap().to_owned();
    let witnesses = || desk.gives(&at("status"), json!({}))["witnesses"].clone();
    assert_eq!(witnesses(), json!([{ "name": "w.example/anna", "signed": null }]));
    let (ip, port) = (free.ip().to_string(), free.port().to_string());
    let serve = ["witness", "serve", "--key", "anna.witness", "--election", &url, "--address", &ip, &port];
    let _witness = Serving(folder.command(&serve).stdout(Stdio::null()).spawn().unwrap());
    let begun = Instant::now();
    while witnesses()[0]["signed"].is_null() {
        assert!(begun.elapsed() < PATIENCE, "it never signed");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_whole_election_from_a_pasted_roll_to_its_verified_record() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = |rest: &str| format!("/api/elections/{name}/{rest}");
    let short = desk.ends(&at("make"), json!({ "passphrase": "short" }));
    assert_eq!(short["state"], "failed", "{short}");
    let made = desk.works(&at("make"), json!({ "passphrase": PASSPHRASE }));
    assert_eq!((&made["made"], &made["election"]["codes"]), (&json!("election"), &json!("sealed")), "{made}");
    assert_eq!(desk.refuses(&at("plan/save"), json!({ "plan": plan(false), "revision": 2 })), "usage");

    let (_, refused) = desk.asks(&at("cards"), json!({ "passphrase": "another one", "count": 9 }));
    let said = &refused["error"]["said"]["what"];
    assert_eq!(
        (&refused["error"]["code"], &said["en"], &said["ru"]),
        (&json!("usage"), &json!("this is not the passphrase of the codes"), &json!("это не пароль к кодам")),
        "the page keeps it in both languages"
    );
    let cards = desk.gives(&at("cards"), json!({ "passphrase": PASSPHRASE, "count": 9 }));
    assert_eq!(cards["total"], 3, "{cards}");
    let dir = folder.path("desk").join(&name);
    // What is served holds nothing of the organiser's; and the codes lie nowhere in the clear.
    let served = all_of(&dir.join("served"));
    let key = std::fs::read_to_string(dir.join("organiser.key")).unwrap();
    assert!(!served.contains(key.trim()));
    assert!(!served.contains("anna@example.org"), "a contact is served");
    let everything = all_of(&dir);
    for card in cards["cards"].as_array().unwrap() {
        assert!(!everything.contains(card["code"].as_str().unwrap()), "a code lies open");
        assert!(card["qr"].as_str().unwrap().starts_with("data:image/png;base64,"));
    }

    let told = desk.gives(&format!("/api/elections/{name}"), json!({}));
    assert_eq!((&told["roll"]["may_change"], &told["roll"]["shows"]), (&json!(true), &json!("number")), "{told}");
    assert_eq!((&told["url"], &told["next"]["do"]), (&json!("http://127.0.0.1:18080"), &json!("serve")), "{told}");
    let checked = desk.gives(&at("check"), json!({}));
    assert_eq!(checked["ready"], true, "{checked}");
    let url = desk.gives(&at("serve"), json!({ "port": 0 }))["url"].as_str().unwrap().to_owned();
    assert_eq!(desk.gives(&at("serve"), json!({ "port": 0 }))["url"], url.as_str(), "served once");
    let opened = desk.gives(&at("open"), json!({}));
    assert_eq!(opened["election"]["stage"], "open", "{opened}");
    // Cards are still being delivered, and nobody is led to close what has just been opened.
    assert_eq!(opened["election"]["next"]["do"], "finish", "{opened}");
    let roll = &opened["election"]["roll"];
    assert_eq!((&roll["may_change"], &roll["changes"]), (&json!(false), &json!("until-opening")), "{roll}");
    let status = desk.gives(&at("status"), json!({}));
    let election = serde_json::to_value(&status["election"]).unwrap();
    assert_eq!(election["voters"], 3, "{status}");

    // A voter with the card that was shown.
    let id = folder.exits(0, &["status", &format!("desk/{name}"), "--json"]);
    let id: Value = serde_json::from_str(&id).unwrap();
    let vote = |number: usize, code: &str, marks: &str| {
        let card = json!({ "v": "veche-card-1", "election": id["election"], "title": "Board 2027", "number": number.to_string(),
            "name": "", "credential": code, "url": url });
        let file = format!("{number}.json");
        std::fs::write(folder.path(&file), card.to_string()).unwrap();
        folder.exits(0, &["vote", &number.to_string(), "--card", &file, "--url", &url, "--ballot", marks, "--yes"])
    };
    let code = |at: usize| cards["cards"][at]["code"].as_str().unwrap();
    vote(1, code(0), "51");
    let replaced = json!({ "number": "2", "reason": "lost", "passphrase": PASSPHRASE });
    assert_eq!(desk.refuses(&at("card/replace"), json!({ "number": "2", "reason": "lost" })), "usage");
    let card = desk.gives(&at("card/replace"), replaced)["card"].clone();
    vote(2, card["code"].as_str().unwrap(), "42");
    // The picture ends with what is known now, and what was done stands there.
    let status = desk.gives(&at("status"), json!({}));
    assert_eq!(status["series"].as_array().unwrap().last().unwrap()[1], 2, "{status}");
    assert_eq!(
        (&status["turns"][0]["act"], status["turns"].as_array().unwrap().len()),
        (&json!("open"), 1),
        "{status}"
    );
    let again = desk.gives(&at("cards"), json!({ "passphrase": PASSPHRASE, "count": 9, "numbers": ["2"] }));
    assert_eq!(again["cards"][0]["code"], card["code"], "the new code has taken the place of the old one");
    let waited = desk.gives(&at("not-voted"), json!({ "count": 10 }));
    assert_eq!((&waited["total"], &waited["rows"][0]["contact"]), (&json!(1), &json!("clara@example.org")), "{waited}");

    assert_eq!(desk.gives(&at("codes/finished"), json!({ "confirm": true }))["state"], "deleted");
    assert!(!dir.join("codes.sealed").exists());
    assert_eq!(desk.refuses(&at("cards"), json!({ "passphrase": PASSPHRASE, "count": 9 })), "usage");
    for (act, body) in [
        ("pause", json!({ "reason": "fire alarm" })),
        ("resume", json!({ "reason": "all are back" })),
        ("roll/correct", json!({ "number": "3", "contact": "new@example.org" })),
        ("close", json!({})),
    ] {
        let done = desk.gives(&at(act), body);
        assert!(!done["done"].to_string().contains("veche "), "{done}");
        assert!(done["done"]["en"].is_string() && done["done"]["ru"].is_string(), "{done}");
    }
    let status = desk.gives(&at("status"), json!({}));
    let acts: Vec<&str> =
        status["turns"].as_array().unwrap().iter().map(|turn| turn["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["open", "pause", "resume", "close"], "{status}");
    assert_eq!(status["turns"][1]["reason"], "fire alarm");
    assert_eq!(status["series"].as_array().unwrap().last().unwrap()[1], 2, "{status}");
    let begun = Instant::now();
    let result = loop {
        let result = desk.gives(&at("result"), json!({}));
        if result["ready"] == true {
            break result;
        }
        assert!(begun.elapsed() < PATIENCE, "{result}");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(result["contests"][0]["elected"], json!(["Anna"]), "{result}");
    let table = |lang: &str| {
        desk.gives("/api/language", json!({ "lang": lang }));
        let table = desk.gives(&at("result/file"), json!({ "format": "csv" }))["base64"].as_str().unwrap().to_owned();
        String::from_utf8(data_encoding::BASE64.decode(table.as_bytes()).unwrap()).unwrap()
    };
    assert!(table("ru").starts_with('\u{feff}') && table("ru").lines().next().unwrap().contains(';'));
    assert!(!table("en").starts_with('\u{feff}'));
    let recorded = desk.works(&at("record"), json!({}));
    let file = recorded["file"].as_str().unwrap();
    assert_eq!(file, format!("{name}-record.tar"));
    let bytes = std::fs::read(folder.path("desk").join(file)).unwrap();
    assert_eq!(desk.fetches(&at("archive"), file), (200, bytes));
    for other in
        ["", "../organiser.key", "organiser.key", ".veche-desk", "other-record.tar", &format!("{name}-backup-.tar")]
    {
        assert_eq!(desk.fetches(&at("archive"), other).0, 404, "{other}");
    }
    assert_eq!(desk.gives(&format!("/api/elections/{name}"), json!({}))["archives"], json!([file]));
    let verified = desk.works(&at("verify"), json!({}));
    assert_eq!(verified["good"], true, "{verified}");
    assert!(verified["checks"].as_array().unwrap().len() > 3, "{verified}");
    folder.exits(0, &["verify", &format!("desk/{name}-record.tar")]);
    let minutes = desk.gives(&at("minutes"), json!({})).to_string();
    let (id, hash) = (id["election"].as_str().unwrap(), result["hash"].as_str().unwrap());
    // A pause stays in the minutes when it is over.
    for expected in
        ["Board 2027", "Anna", "Opened", "Paused", "fire alarm", "Resumed", "all are back", "Closed", id, hash]
    {
        assert!(minutes.contains(expected), "{expected}: {minutes}");
    }
    let by = |means: &str| minutes.find(means).unwrap_or_else(|| panic!("{means}: {minutes}"));
    assert!(by("In a browser") < by("veche_verify.py"), "whoever has no terminal reads first how to check");
    assert!(minutes.contains(" UTC") && !minutes.contains("00Z"), "times as people say them: {minutes}");
    desk.works(&at("backup"), json!({}));
    folder.exits(0, &["restore", &format!("desk/{name}-backup.tar"), "restored", "--nothing-after"]);
    assert_eq!(folder.entries("restored"), folder.entries(&format!("desk/{name}")));
    assert_eq!(desk.terminate(), 0);
}

/// A kill at any moment of the making: the next desk goes on, and no election is made twice.
#[test]
fn a_desk_that_is_killed_while_it_makes_an_election_goes_on_with_it() {
    let folder = Folder::new();
    let mut desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = |rest: &str| format!("/api/elections/{name}/{rest}");
    for wait in [0, 200, 1000] {
        if desk.gives(&format!("/api/elections/{name}"), json!({}))["stage"] != "plan" {
            break;
        }
        desk.gives(&at("make"), json!({ "passphrase": PASSPHRASE }));
        std::thread::sleep(Duration::from_millis(wait));
        desk.kill();
        desk = Desk::open(&folder, "desk");
        let plan = desk.gives(&at("plan"), json!({}));
        assert_eq!((&plan["plan"]["note"]["step"], &plan["roll"]["voters"]), (&json!(3), &json!(3)), "{plan}");
    }
    let told = desk.gives(&format!("/api/elections/{name}"), json!({}));
    if told["stage"] == "plan" {
        desk.works(&at("make"), json!({ "passphrase": PASSPHRASE }));
    } else if told["codes"] == "clear" {
        desk.gives(&at("codes/seal"), json!({ "passphrase": PASSPHRASE }));
    }
    let told = desk.gives(&format!("/api/elections/{name}"), json!({}));
    assert_eq!(
        (&told["stage"], &told["codes"], &told["voters"]),
        (&json!("setup"), &json!("sealed"), &json!(3)),
        "{told}"
    );
    let cards = desk.gives(&at("cards"), json!({ "passphrase": PASSPHRASE, "count": 9 }));
    assert_eq!(cards["total"], 3);
    assert_eq!(folder.entries(&format!("desk/{name}")), 1);
    let url = desk.gives(&at("serve"), json!({ "port": 0 }))["url"].clone();
    assert!(url.as_str().unwrap().starts_with("http://127.0.0.1:"));
    desk.gives(&at("open"), json!({}));
    // Killed while it serves: the log is what it was, and is served again.
    desk.kill();
    let desk = Desk::open(&folder, "desk");
    let told = desk.gives(&format!("/api/elections/{name}"), json!({}));
    assert_eq!((&told["stage"], &told["next"]["do"]), (&json!("open"), &json!("serve")), "{told}");
    desk.gives(&at("serve"), json!({ "port": 0 }));
    assert_eq!(desk.gives(&at("close"), json!({}))["election"]["voters"], 3);
}

/// What a making that was killed has left, perhaps of another plan, is in no election that is made later.
#[test]
fn what_is_left_of_a_broken_making_goes_into_no_election() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    for (dir, file) in [("cards", "7.json"), ("trustees", "trustee-1.key")] {
        let dir = folder.path("desk").join(&name).join(dir);
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join(file), "{}").unwrap();
    }
    desk.works(&format!("/api/elections/{name}/make"), json!({ "passphrase": PASSPHRASE }));
    let told = desk.gives(&format!("/api/elections/{name}"), json!({}));
    assert_eq!((&told["stage"], &told["codes"]), (&json!("setup"), &json!("sealed")), "{told}");
    assert!(!folder.path("desk").join(&name).join("trustees").exists());
    // Nor are codes left anywhere when their delivery is finished.
    std::fs::write(folder.path("desk").join(&name).join("new-card-2.json"), "{}").unwrap();
    desk.gives(&format!("/api/elections/{name}/codes/finished"), json!({ "confirm": true }));
    assert!(!folder.path("desk").join(&name).join("new-card-2.json").exists());
}

/// Where the usual port is taken, an election whose address nobody was told is served at another.
#[test]
fn an_election_without_an_address_is_served_although_the_usual_port_is_taken() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = |rest: &str| format!("/api/elections/{name}/{rest}");
    let mut plan = plan(false);
    plan["file"]["url"] = Value::Null;
    desk.gives(&at("plan/save"), json!({ "plan": plan, "revision": 2 }));
    desk.works(&at("make"), json!({ "passphrase": PASSPHRASE }));
    // If it is somebody else's already, it is taken all the same.
    let taken = std::net::TcpListener::bind(("127.0.0.1", veche::hosting::PORT_DEFAULT));
    let url = desk.gives(&at("serve"), json!({}))["url"].as_str().unwrap().to_owned();
    drop(taken);
    assert!(!url.ends_with(&format!(":{}", veche::hosting::PORT_DEFAULT)), "{url}");
    // Where it listens at this machine alone, nobody else is told an address; else it is one that others have for it.
    let told = || desk.gives(&format!("/api/elections/{name}"), json!({}))["addresses"].clone();
    assert_eq!(told(), json!([]));
    desk.gives(&at("serve/stop"), json!({}));
    let served = desk.gives(&at("serve"), json!({ "address": "0.0.0.0", "port": 0 }));
    let port = served["url"].as_str().unwrap().trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    for address in served["addresses"].as_array().unwrap().iter().map(|address| address.as_str().unwrap()) {
        assert!(address.ends_with(&format!(":{port}")) && !address.contains("127.0.0.1"), "{address}");
    }
    assert_eq!(told(), served["addresses"]);
}

/// All keys of a rehearsal are made here, and the sums opened with them: one person tries everything.
#[test]
fn a_secret_rehearsal_is_held_by_one_person_and_says_everywhere_that_it_is_one() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let begun = desk.gives("/api/elections/new", json!({ "title": "Board 2027", "rehearsal": true }));
    let name = begun["name"].as_str().unwrap().to_owned();
    let at = |rest: &str| format!("/api/elections/{name}/{rest}");
    let mut plan = plan(true);
    plan["file"]["secrecy"] = "secret".into();
    plan["local_trustees"] = true.into();
    plan["voters"] = 2.into();
    desk.gives(&at("plan/save"), json!({ "plan": plan.clone(), "revision": 1 }));
    // Nobody else may use the word.
    plan["file"]["title"] = "Rehearsal: Board".into();
    let saved = desk.gives(&at("plan/save"), json!({ "plan": plan.clone(), "revision": 2 }));
    assert!(saved["problem"]["what"].as_str().unwrap().contains("rehearsal"), "{saved}");
    plan["file"]["title"] = "Board 2027".into();
    desk.gives(&at("plan/save"), json!({ "plan": plan, "revision": 3 }));
    let made = desk.works(&at("make"), json!({ "passphrase": PASSPHRASE }));
    assert_eq!(made["election"]["rehearsal"], true, "{made}");
    let url = desk.gives(&at("serve"), json!({ "port": 0 }))["url"].as_str().unwrap().to_owned();
    desk.gives(&at("open"), json!({}));
    let cards = desk.gives(&at("cards"), json!({ "passphrase": PASSPHRASE, "count": 9 }));
    assert_eq!(cards["rehearsal"], true);
    let manifest = folder.path("desk").join(&name).join("served/election.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    assert!(manifest.to_string().contains("REHEARSAL: Board 2027"), "{manifest}");
    let id = desk.gives(&at("status"), json!({}))["id"].clone();
    let card = json!({ "v": "veche-card-1", "election": id, "title": "t", "number": "1", "name": "",
        "credential": cards["cards"][0]["code"], "url": url });
    std::fs::write(folder.path("1.json"), card.to_string()).unwrap();
    folder.exits(0, &["vote", "1", "--card", "1.json", "--url", &url, "--ballot", "15", "--yes"]);
    desk.gives(&at("close"), json!({}));
    let begun = Instant::now();
    while desk.gives(&format!("/api/elections/{name}"), json!({}))["next"]["do"] != "open_sums" {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(200));
    }
    // Of a single ballot it is asked: the answer is a button, and no option of a command stands there.
    let job = desk.gives(&at("open-sums"), json!({}))["job"].as_str().unwrap().to_owned();
    loop {
        let told = desk.gives(&format!("/api/jobs/{job}"), json!({ "from": 0 }));
        match told["state"].as_str() {
            Some("running") => std::thread::sleep(POLL),
            Some("asks") => {
                let question = &told["question"];
                assert!(question["text"].as_str().unwrap().contains("only one ballot"), "{question}");
                assert_eq!((&question["kind"], &question["next"]), (&json!("known"), &Value::Null), "{question}");
                let answer = json!({ "question": question["id"], "answer": { "known": true } });
                desk.gives(&format!("/api/jobs/{job}/answer"), answer);
            }
            _ => break assert_eq!(told["state"], "done", "{told}"),
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
    }
    let result = loop {
        let result = desk.gives(&at("result"), json!({}));
        if result["ready"] == true {
            break result;
        }
        assert!(begun.elapsed() < PATIENCE, "{result}");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(result["contests"][0]["elected"], json!(["Boris"]), "{result}");
    let minutes = desk.gives(&at("minutes"), json!({}));
    assert_eq!(minutes["rehearsal"], true);
}
