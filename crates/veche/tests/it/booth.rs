//! How a server gives browsers the booth: which bytes, under which headers. What the booth does stands in
//! `crates/veche-booth/tests`.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use veche_election::Hash;

use crate::commands::Folder;

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
    std::fs::write(folder.path("booth/abcd/main.js.gz"), "as gzip").unwrap();
    std::fs::write(folder.path("booth/abcd/main.js.br"), "as brotli").unwrap();
    std::fs::write(folder.path("booth/files.txt"), list).unwrap();
}

/// The answer's head in small letters, and its body.
fn get(port: &str, path: &str, header: &str) -> (String, String) {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[test]
fn the_booth_goes_out_as_it_was_built_and_under_its_policy() {
    let folder = Folder::new();
    booth(&folder);
    let (server, port) = folder.serve(&["serve", "e", "3", "0", "--booth", "booth"]);
    for (path, body) in [("/booth/", PAGE), ("/booth/check", PAGE), ("/booth/abcd/main.js", SCRIPT)] {
        let (head, got) = get(&port, path, "");
        assert!(head.starts_with("http/1.1 200") && got == body, "{path} {head}");
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
        ("gzip, deflate, br", "content-encoding: br", "as brotli"),
        ("gzip;q=1.0, br;q=0", "content-encoding: gzip", "as gzip"),
        ("identity", "content-type: text/javascript; charset=utf-8", SCRIPT),
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
