//! How a server gives browsers the booth: which bytes, under which headers. What the booth does stands in
//! `crates/veche-booth/tests`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Stdio,
};

use veche_election::Hash;

use crate::{
    arena::Arena,
    commands::{Folder, Serving},
    liar::Liar,
};

const PAGE: &str = "<!doctype html><script type=module src=abcd/main.js></script>";
const SCRIPT: &str = "export const one = 1;";

/// A folder as `tools/build-booth` leaves it.
fn booth(folder: &Folder) {
    std::fs::create_dir_all(folder.path("booth/abcd")).unwrap();
    let mut list = String::new();
    for (name, text) in [("abcd/main.js", SCRIPT), ("check.html", PAGE), ("index.html", PAGE)] {
        std::fs::write(folder.path("booth").join(name), text).unwrap();
        list += &format!("{}  {name}\n", data_encoding::HEXLOWER.encode(&Hash::of(text.as_bytes()).0));
    }
    std::fs::write(folder.path("booth/abcd/main.js.gz"), gzip(SCRIPT)).unwrap();
    std::fs::write(folder.path("booth/abcd/main.js.br"), brotli(SCRIPT)).unwrap();
    std::fs::write(folder.path("booth/files.txt"), list).unwrap();
}

/// One file, stored (RFC 1952, RFC 1951 section 3.2.4).
fn gzip(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let length = u16::try_from(bytes.len()).unwrap();
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(bytes);
    let crc = bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    out.extend_from_slice(&(!crc).to_le_bytes());
    out.extend_from_slice(&u32::from(length).to_le_bytes());
    out
}

/// One meta-block, not compressed, and the empty last one (RFC 7932 section 9): window 16, then ISLAST 0, MNIBBLES 0 (four), the
/// length less one in 16 bits, ISUNCOMPRESSED.
fn brotli(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap() - 1;
    let bits = length << 4 | 1 << 20;
    [&bits.to_le_bytes()[..3], text.as_bytes(), &[3]].concat()
}

/// The answer's head in small letters, and its body.
fn get(port: &str, path: &str, header: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&answer[..end]).to_lowercase() + "\r\n", answer[end + 4..].to_vec())
}

#[test]
fn the_booth_goes_out_as_it_was_built_and_under_its_policy() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    for (path, body) in [("/booth/", PAGE), ("/booth/check", PAGE), ("/booth/abcd/main.js", SCRIPT)] {
        let (head, got) = get(&port, path, "");
        assert!(head.starts_with("http/1.1 200") && got == body.as_bytes(), "{path} {head}");
        for needed in [
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
            "require-trusted-types-for 'script'; trusted-types 'none'\r\n",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "vary: accept-encoding",
        ] {
            assert!(head.contains(needed), "{path}: {needed} in {head}");
        }
    }
    let (head, _) = get(&port, "/booth/", "");
    assert!(head.contains("cache-control: no-cache\r\n"), "{head}");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    // Headers were read in small letters; the tag has capitals too.
    assert!(tag.len() > 40, "{tag}");
    for (accepted, coding, body) in [
        ("gzip, deflate, br", "content-encoding: br", brotli(SCRIPT)),
        ("gzip;q=1.0, br;q=0", "content-encoding: gzip", gzip(SCRIPT)),
        ("identity", "content-type: text/javascript; charset=utf-8", SCRIPT.into()),
    ] {
        let (head, got) = get(&port, "/booth/abcd/main.js", &format!("Accept-Encoding: {accepted}\r\n"));
        assert!(head.contains(coding) && got == body, "{accepted}: {head}");
        assert!(head.contains("cache-control: public, max-age=31536000, immutable"), "{head}");
    }
    for path in ["/booth/abcd/other.js", "/booth/../election.json", "/booth/abcd/main.js.gz"] {
        assert!(get(&port, path, "").0.starts_with("http/1.1 404"), "{path}");
    }
    let (head, _) = get(&port, "/booth", "");
    // Relative, so that it holds below a base path too.
    assert!(head.starts_with("http/1.1 308") && head.contains("location: booth/\r\n"), "{head}");
    assert_eq!(server.terminate(), 0);
}

/// What the first who try it read: how a voter votes, in the terminal and in the browser.
#[test]
fn the_founding_usage_tells_the_link_of_voter_17() {
    let folder = Folder::new();
    booth(&folder);
    let mut command = folder.command(&["serve", "1", "7", "0", "--booth", "booth"]);
    let mut server = Serving(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines.map(Result::unwrap).take(7).collect();
    let url = std::fs::read_to_string(folder.path("1/lock")).unwrap().trim().to_owned();
    let card = std::fs::read_to_string(folder.path("1/cards/17.json")).unwrap();
    let secret = card.split("\"credential\":\"").nth(1).unwrap().split('"').next().unwrap().replace('-', "");
    let link = said.iter().find(|line| line.contains("/booth/#v1.")).unwrap_or_else(|| panic!("{said:?}"));
    assert!(link.trim().starts_with(&url) && link.ends_with(&format!(".17.{secret}")), "{link} {secret}");
    assert!(said.contains(&format!("  veche vote 17 --url {url}")), "{said:?}");
    assert_eq!(server.terminate(), 0);
}

/// A plain `cargo build` makes a program without the booth, and everything else works.
#[tokio::test]
async fn a_server_without_a_booth_says_so_at_its_first_page_and_where_the_booth_would_be() {
    let arena = Arena::open().await;
    let port = arena.url.rsplit(':').next().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let page = |language| get(&port, "/", &format!("Accept: text/html\r\nAccept-Language: {language}\r\n")).1;
        [page("en"), page("ru"), get(&port, "/", "").1, get(&port, "/booth/", "").1]
            .map(|bytes| String::from_utf8(bytes).unwrap())
    });
    let [english, russian, program, booth] = said.await.unwrap();
    assert!(english.contains("built without the booth") && !english.contains("booth/\""), "{english}");
    assert!(russian.contains("собран без кабины") && !russian.contains("booth/\""), "{russian}");
    assert!(program.contains("make booth") && booth.contains("make booth"), "{program} {booth}");
}

/// Row 70: a file that is not the listed one is not served.
#[test]
fn row_70_a_booth_that_differs_from_its_list_is_refused_at_start() {
    let folder = Folder::new();
    booth(&folder);
    std::fs::write(folder.path("booth/abcd/main.js"), "export const one = 2;").unwrap();
    let said = folder.exits(2, &["serve", "e", "3", "0", "--booth", "booth"]);
    assert!(said.contains("is not a booth") && said.contains("abcd/main.js"), "{said}");
    let outside = format!("{}  ../e/draft.json\n", "0".repeat(64));
    std::fs::write(folder.path("booth/files.txt"), outside).unwrap();
    assert!(folder.exits(2, &["serve", "e", "3", "0", "--booth", "booth"]).contains("is not a booth"));
}

/// Row 70: most browsers take a compressed form, and what it unpacks to is what runs.
#[test]
fn row_70_a_compressed_form_that_is_another_file_is_refused_at_start() {
    let folder = Folder::new();
    for (name, bytes) in [
        ("abcd/main.js.gz", gzip("export const one = 2;")),
        ("abcd/main.js.br", brotli("export const one = 2;")),
        ("abcd/main.js.gz", [gzip(SCRIPT), gzip(SCRIPT)].concat()),
        ("abcd/main.js.gz", gzip(SCRIPT)[..30].to_vec()),
        ("abcd/main.js.br", SCRIPT.into()),
        ("index.html.br", brotli(SCRIPT)),
        ("files.txt.gz", gzip("")),
    ] {
        booth(&folder);
        std::fs::write(folder.path("booth").join(name), bytes).unwrap();
        let said = folder.exits(2, &["serve", "e", "3", "0", "--booth", "booth"]);
        assert!(said.contains("is not a booth") && said.contains(name), "{said}");
        std::fs::remove_file(folder.path("booth").join(name)).unwrap();
    }
}

/// Serves what it is told to at paths below `/booth/`, as a browser is served, and the truth elsewhere.
fn lying(truth: &str, lie: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Liar {
    Liar::start(truth, move |path, _, _| lie(path))
}

/// Row 70: who watches fetches the booth as a browser does, and says when it is not the listed one, or no longer the same.
#[test]
fn row_70_a_watcher_sees_a_booth_that_is_not_the_listed_one_and_one_that_has_changed() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let url = format!("http://127.0.0.1:{port}");
    let list = std::fs::read_to_string(folder.path("booth/files.txt")).unwrap();
    let hash = data_encoding::HEXLOWER.encode(&Hash::of(list.as_bytes()).0);
    let watch = |exit, url: &str, more: &[&str]| {
        folder.exits(exit, &[&["watch", url, "--once", "--state", "seen.jsonl"], more].concat())
    };
    let said = watch(0, &url, &[]);
    assert!(said.contains(&format!("; booth {}…", &hash[..16])), "{said}");
    assert!(watch(0, &url, &["--booth", &hash]).contains("booth"));
    assert!(watch(2, &url, &["--booth", "1234"]).contains("is no hash of a booth"));
    assert!(watch(6, &url, &["--booth", &"0".repeat(64)]).contains("another than the one given"));

    // A file that is not the listed one, in any of its forms; what was given is kept.
    for (path, name) in
        [("/booth/", "index.html"), ("/booth/check", "check.html"), ("/booth/abcd/main.js", "abcd/main.js")]
    {
        let liar = lying(&url, move |asked| (asked == path).then(|| b"<script>steal()</script>".to_vec()));
        let said = watch(6, &liar.url, &[]);
        assert!(said.contains(&format!("/booth/{name}")) && said.contains("Do not vote there"), "{said}");
        // Beside what was kept when the hash was another.
        let kept = std::fs::read_dir(folder.path(".")).unwrap().flatten().map(|file| file.path());
        let mut kept = kept.filter(|file| file.to_string_lossy().ends_with(&name.replace('/', "-")));
        assert!(kept.any(|file| std::fs::read(file).unwrap() == b"<script>steal()</script>"), "{name}");
    }
    // A whole booth of its own, with a list that fits it.
    let evil = "<!doctype html><script type=module src=abcd/evil.js></script>";
    let line = |text: &str, path| format!("{}  {path}\n", data_encoding::HEXLOWER.encode(&Hash::of(text.as_bytes()).0));
    let other = line(evil, "check.html") + &line(evil, "index.html");
    let served = other.clone();
    let liar = lying(&url, move |path| match path {
        "/booth/" | "/booth/check" => Some(evil.into()),
        "/booth/files.txt" => Some(served.clone().into()),
        _ => None,
    });
    let other_hash = data_encoding::HEXLOWER.encode(&Hash::of(other.as_bytes()).0);
    let said = watch(6, &liar.url, &[]);
    assert!(said.contains("the booth has changed") && said.contains(&hash) && said.contains(&other_hash), "{said}");
    // It is not taken for the right one by being seen; only by whoever was told of it.
    assert!(watch(6, &liar.url, &[]).contains("the booth has changed"));
    let said = watch(6, &liar.url, &["--booth", &other_hash]);
    assert!(
        said.contains("no entry of the log names") && said.contains(&other_hash),
        "announced, but never by the board: {said}"
    );
    assert!(watch(0, &url, &[]).contains("named by the log"), "nor is that one taken for the right one");
    assert_eq!(server.terminate(), 0);

    // The next start has what was built into this program, or none.
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    assert!(watch(6, &format!("http://127.0.0.1:{port}"), &[]).contains("the booth has changed"));
    assert_eq!(server.terminate(), 0);
}

/// An answer as a server of ours gives it, but for what stands in the head.
fn http(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The path of a request, and a header of it in small letters.
fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

/// Row 70: whoever is to be kept from seeing what others see is sent elsewhere, or refused.
#[test]
fn row_70_a_booth_that_sends_the_watcher_elsewhere_or_refuses_it_raises_the_alarm() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let url = format!("http://127.0.0.1:{port}");
    let watch = |exit, url: &str| folder.exits(exit, &["watch", url, "--once", "--state", "seen.jsonl"]);
    watch(0, &url);
    for (asked, name) in
        [("/booth/", "index.html"), ("/booth/abcd/main.js", "abcd/main.js"), ("/booth/files.txt", "files.txt")]
    {
        for status in [302, 403, 500, 503] {
            let liar = Liar::saying(&url, move |head| {
                (path(head) == asked).then(|| http(&format!("{status} No\r\nLocation: /elsewhere"), b"go away"))
            });
            let said = watch(6, &liar.url);
            assert!(
                said.contains(&format!("/booth/{name} ")) && said.contains(&format!("answered with {status}")),
                "{said}"
            );
        }
    }
    // A list that is hidden, while the pages are there.
    let liar = Liar::saying(&url, |head| (path(head) == "/booth/files.txt").then(|| http("404 Not Found", b"")));
    let said = watch(6, &liar.url);
    assert!(said.contains("/booth/files.txt ") && said.contains("is not there"), "{said}");
    let fresh = folder.exits(6, &["watch", &liar.url, "--once", "--state", "fresh.jsonl"]);
    assert!(fresh.contains("is not there"), "a booth without a list is none that was seen before: {fresh}");
    assert_eq!(server.terminate(), 0);
}

/// Row 70: a page whose list fits, and a script beside it that the list does not name.
#[test]
fn row_70_a_script_that_the_page_loads_and_no_list_names_raises_the_alarm() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let url = format!("http://127.0.0.1:{port}");
    let line = |path| format!("{}  {path}\n", data_encoding::HEXLOWER.encode(&Hash::of(PAGE.as_bytes()).0));
    let list = line("check.html") + &line("index.html");
    let liar = lying(&url, move |path| (path == "/booth/files.txt").then(|| list.clone().into_bytes()));
    let said = folder.exits(6, &["watch", &liar.url, "--once", "--state", "seen.jsonl"]);
    assert!(said.contains("/booth/abcd/main.js ") && said.contains("no list names it"), "{said}");
    assert_eq!(server.terminate(), 0);
}

/// Row 70: what was kept of one false booth is still there after the next.
#[test]
fn row_70_evidence_of_a_false_booth_is_kept_beside_that_of_an_earlier_one() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let url = format!("http://127.0.0.1:{port}");
    let (first, second) = ("export const one = 'first';", "export const one = 'second';");
    for script in [first, second, first] {
        let liar = Liar::saying(&url, move |head| {
            (path(head) == "/booth/abcd/main.js").then(|| http("200 OK\r\nX-Told: lie", script.as_bytes()))
        });
        folder.exits(6, &["watch", &liar.url, "--once", "--state", "seen.jsonl"]);
    }
    let files: Vec<_> = std::fs::read_dir(folder.path(".")).unwrap().flatten().map(|file| file.path()).collect();
    let kept = |ending: &str| {
        let files = files.iter().filter(|file| file.to_string_lossy().ends_with(ending));
        files.map(|file| std::fs::read_to_string(file).unwrap()).collect::<Vec<_>>()
    };
    let mut scripts = kept("abcd-main.js");
    scripts.sort();
    assert_eq!(scripts, [first, second], "each once");
    assert!(kept("abcd-main.js.head").iter().all(|head| head.starts_with("200\n") && head.contains("x-told: lie\n")));
    assert_eq!(server.terminate(), 0);
}

/// Row 70: a server that would know its watcher by the order or the words of what he asks is given no help.
#[test]
fn row_70_a_watcher_asks_in_the_order_and_words_of_a_browser_and_for_the_list_last() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let heads = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = heads.clone();
    let liar = Liar::saying(&format!("http://127.0.0.1:{port}"), move |head| {
        if path(head).starts_with("/booth/") {
            told.lock().unwrap().push(head.to_owned());
        }
        None
    });
    folder.exits(0, &["watch", &liar.url, "--once", "--state", "seen.jsonl"]);
    let heads = heads.lock().unwrap();
    let paths: Vec<&str> = heads.iter().map(|head| path(head)).collect();
    let list = paths.iter().position(|path| *path == "/booth/files.txt").unwrap();
    assert_eq!(paths[..3], ["/booth/", "/booth/abcd/main.js", "/booth/check"], "{paths:?}");
    assert!(paths[list..].iter().all(|path| *path == "/booth/files.txt"), "{paths:?}");
    for head in heads.iter() {
        let page = path(head) != "/booth/abcd/main.js";
        let (kind, mode) = if page { ("document", "navigate") } else { ("script", "cors") };
        assert_eq!((header(head, "sec-fetch-dest"), header(head, "sec-fetch-mode")), (kind, mode), "{head}");
        assert_eq!(header(head, "accept").starts_with("text/html"), page, "{head}");
    }
    assert_eq!(server.terminate(), 0);
}

/// A proxy packs as it likes: what cannot be unpacked here is not compared, which is said, and is no alarm.
#[test]
fn what_comes_in_a_coding_that_is_not_known_is_not_compared_and_told() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let liar = Liar::saying(&format!("http://127.0.0.1:{port}"), |head| {
        let packed = path(head) == "/booth/check" && header(head, "accept-encoding").contains("zstd");
        let policy = veche_client::booth::POLICY;
        packed.then(|| http(&format!("200 OK\r\nContent-Security-Policy: {policy}\r\nContent-Encoding: zstd"), b"\x28"))
    });
    let said = folder.exits(0, &["watch", &liar.url, "--once", "--state", "seen.jsonl"]);
    assert!(said.contains("; booth ") && said.contains("not compared: /booth/check.html (zstd)"), "{said}");
    assert_eq!(server.terminate(), 0);
}

/// What is wrong with the log hides nothing of the booth.
#[test]
fn row_70_a_false_booth_is_found_beside_a_log_that_does_not_verify() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    let liar = Liar::start(&format!("http://127.0.0.1:{port}"), |path, _, _| match path {
        "/checkpoint" => Some(b"no checkpoint".to_vec()),
        "/booth/check" => Some(b"<script>steal()</script>".to_vec()),
        _ => None,
    });
    let said = folder.exits(6, &["watch", &liar.url, "--once", "--state", "seen.jsonl"]);
    assert!(said.contains("checkpoint") && said.contains("/booth/check.html "), "{said}");
    assert_eq!(server.terminate(), 0);
}

/// What a folder brings is bounded before it is taken into memory.
#[test]
fn a_booth_that_is_larger_than_any_is_refused_at_start() {
    let folder = Folder::new();
    booth(&folder);
    let large = std::fs::File::create(folder.path("booth/abcd/main.js")).unwrap();
    large.set_len((4 << 20) + 1).unwrap();
    let said = folder.exits(2, &["serve", "e", "3", "0", "--booth", "booth"]);
    assert!(said.contains("is not a booth: more than") && said.contains("main.js"), "{said}");
}
