//! The board names the booths that it serves: once each, in the log, where everybody finds them.

use std::path::Path;

use veche_election::Hash;

use crate::{commands::Folder, liar::Liar, mutants::python, pages::page};

/// A booth whose pages hold this text, as `tools/build-booth` leaves it, and its hash.
fn booth(folder: &Path, text: &str) -> String {
    std::fs::create_dir_all(folder).unwrap();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&Hash::of(bytes).0);
    let mut list = String::new();
    for name in ["check.html", "index.html"] {
        std::fs::write(folder.join(name), text).unwrap();
        list += &format!("{}  {name}\n", hex(text.as_bytes()));
    }
    std::fs::write(folder.join("files.txt"), &list).unwrap();
    hex(list.as_bytes())
}

#[test]
fn a_booth_is_named_once_before_it_is_served_and_no_act_is_void_by_it() {
    let folder = Folder::new();
    let (one, two) = (booth(&folder.path("one"), "one"), booth(&folder.path("two"), "two"));
    folder.exits(0, &["new", "e", "--candidates", "A,B", "--voters", "3", "--secrecy", "open", "--rule", "sum"]);
    let before = folder.entries("e");
    let watch = |exit, url: &str, more: &[&str]| {
        folder.exits(exit, &[&["watch", url, "--once", "--state", "seen.jsonl"], more].concat())
    };
    let (server, port) = folder.serve(&["serve", "e", "--any-port", "--booth", "one"]);
    let url = format!("http://127.0.0.1:{port}");
    assert!(watch(0, &url, &[]).contains(", named by the log"));
    assert_eq!(folder.entries("e"), before + 1);
    // The organiser's acts know nothing of it.
    folder.exits(0, &["open", "e"]);
    assert_eq!(server.terminate(), 0);

    // A mended booth: another entry. Back to the first, and without any: none.
    let (server, port) = folder.serve(&["serve", "e", "--any-port", "--booth", "two"]);
    let url = format!("http://127.0.0.1:{port}");
    assert!(watch(6, &url, &[]).contains("the booth has changed"));
    assert!(watch(0, &url, &["--booth", &two]).contains(", one of 2 that the log names"));
    let audit = page(&format!("{url}/audit"), "en").body;
    assert!(audit.contains("The log names it in entry 3") && audit.contains("the log names 1 more"), "{audit}");
    // Who leaves an act out of the list is caught with what is served.
    let without = Liar::start(&url, |path, _, _| (path == "/booths.json").then(|| b"[]".to_vec()));
    let said = watch(6, &without.url, &[]);
    assert!(
        said.contains("no entry of the log names") && said.contains(&two) && said.contains("Do not vote there"),
        "{said}"
    );
    assert_eq!(server.terminate(), 0);
    let (server, port) = folder.serve(&["serve", "e", "--any-port", "--booth", "one"]);
    assert_eq!(folder.entries("e"), before + 3, "what is named is not named again");
    // A booth that was served while nobody looked: the log tells of it all the same.
    let said = watch(0, &format!("http://127.0.0.1:{port}"), &["--booth", &one]);
    assert!(!said.contains("NEVER SEEN HERE"), "{said}");
    assert_eq!(server.terminate(), 0);
    let aside = booth(&folder.path("aside"), "aside");
    let (server, _) = folder.serve(&["serve", "e", "--any-port", "--booth", "aside"]);
    assert_eq!(server.terminate(), 0);
    let (server, port) = folder.serve(&["serve", "e", "--any-port", "--booth", "one"]);
    let said = watch(0, &format!("http://127.0.0.1:{port}"), &["--booth", &one]);
    assert!(said.contains("NEVER SEEN HERE") && said.contains(&aside[..16]) && !said.contains(&two[..16]), "{said}");
    assert_eq!(server.terminate(), 0);
    let (server, _) = folder.serve(&["serve", "e", "--any-port", "--booth", "one"]);
    assert_eq!(folder.entries("e"), before + 4, "what is named is not named again");
    folder.exits(0, &["pause", "e", "--reason", "r"]);
    folder.exits(0, &["resume", "e", "--reason", "r"]);
    folder.exits(0, &["close", "e"]);
    assert_eq!(server.terminate(), 0);

    // After the closing nothing is named, and nothing is alarmed about.
    let three = booth(&folder.path("three"), "three");
    let (server, port) = folder.serve(&["serve", "e", "--any-port", "--booth", "three"]);
    let said = watch(0, &format!("http://127.0.0.1:{port}"), &["--booth", &three]);
    assert!(said.contains("not named by the log: voting is over"), "{said}");
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["record", "e"]);
    for said in [
        folder.exits(0, &["verify", "e/record"]),
        String::from_utf8(python("veche_verify.py").arg(folder.path("e/record")).output().unwrap().stdout).unwrap(),
    ] {
        let named = |index, hash: &str| {
            said.contains(&format!("entry {index}: the board says that it serves the booth {hash}"))
        };
        assert!(named(1, &one) && named(3, &two), "{said}");
    }
}
