//! A voter who casts or challenges: the code comes first, and the truth about another election's ballot is noticed.

use std::{
    io::{Read, Write},
    path::PathBuf,
};

use super::*;
use crate::traces::{files, find};

/// Row 49: the truth about a ballot of another manifest is noticed by the id, not by the marks.
#[test]
fn row_49_a_challenge_answered_honestly_under_another_manifest_is_noticed() {
    let (mine, theirs) = (Folder::new(), Folder::new());
    for folder in [&mine, &theirs] {
        new(folder, &["--local-trustees"]);
        folder.exits(0, &["open", "e"]);
    }
    let id = |folder: &Folder| json(&folder.path("e/cards/1.json"))["election"].as_str().unwrap().to_owned();
    let (server, url) = serve(&theirs, "e");
    let made = [
        "vote",
        "1",
        "--url",
        &url,
        "--card",
        "e/cards/1.json",
        "--ballot",
        "311",
        "--challenge",
        "c.json",
        "--code-file",
        "code",
    ];
    let said = theirs.exits(0, &made);
    assert!(said.contains("--election ID"), "{said}");
    let code = std::fs::read_to_string(theirs.path("code")).unwrap();
    assert_eq!(code.trim(), after(&said, "ballot code"), "the whole code, in a file");
    let check =
        |exit, more: &[&str]| theirs.exits(exit, &[&["check-ballot", "c.json", "--at", &url][..], more].concat());
    // Without the card's id and fingerprint the program can only say what to compare; with them, it compares.
    let said = check(0, &["--code-file", "code"]);
    let on_paper = veche_client::link::paper_id(veche_election::Hash::parse(&id(&theirs)).unwrap());
    assert!(said.contains(&on_paper) && said.contains("Compare the id with your card"), "{said}");
    check(0, &["--code-file", "code", "--election", &on_paper, "--card", "e/cards/1.json"]);
    let said = check(0, &["--code-file", "code", "--election", &id(&theirs), "--card", "e/cards/1.json"]);
    assert!(!said.contains("Compare"), "{said}");
    let said = check(6, &["--code-file", "code", "--election", &id(&mine)]);
    assert!(said.contains("not the election of your card"), "{said}");
    check(6, &["--election", "AAAA"]);
    // One id of 64 begins like an option.
    assert!(check(6, &["--election", "-exxDpDV"]).contains("not the election of your card"));
    for command in [
        &["verify-receipt", "r.json", "--election", "-exxDpDV"][..],
        &["vote", "1", "--url", &url, "--election", "-exxDpDV", "--ballot", "311"],
        &["watch", &url, "--once", "--election", "-exxDpDV"],
        &["trustee", "rehearse", "--at", &url, "--key", "k", "--code", "-exxDpDV"],
    ] {
        let told = crate::secret::said(&theirs.run(command));
        assert!(!told.contains("unexpected argument"), "{command:?}: {told}");
    }
    // Against the manifest of the card the ballot is of another election.
    std::fs::copy(theirs.path("c.json"), mine.path("c.json")).unwrap();
    mine.exits(6, &["check-ballot", "c.json", "--at", "e", "--election", &id(&mine)]);
    std::fs::write(theirs.path("code"), wrong(code.trim())).unwrap();
    check(6, &["--code-file", "code", "--election", &id(&theirs)]);
    server.kill();
}

/// Row 15: the code is shown first; only then does the voter say whether this ballot is cast or challenged.
#[test]
fn row_15_at_the_prompt_the_voter_sees_the_code_before_choosing_to_cast_or_to_challenge() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let args = ["vote", "1", "--url", &url];
    let (exit, said) = folder.types("311\nchallenge\nchallenge\ncast\n", &args);
    assert_eq!(exit, 0, "{said}");
    let mut codes: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("ballot code: ")).collect();
    codes.dedup();
    assert!(codes.len() >= 3 && codes[0] != codes[1] && codes[1] != codes[2], "fresh randomness each time: {said}");
    let opened: Vec<PathBuf> = files(folder.path(".").as_path())
        .into_iter()
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("challenge-1-"))
        .collect();
    assert_eq!(opened.len(), 2, "{said}");
    for file in &opened {
        let file = file.display().to_string();
        let checked = folder.exits(0, &["check-ballot", &file, "--at", "e"]);
        assert!(checked.contains("311"), "{checked}");
        let shown = after(&checked, "ballot code");
        assert!(codes.iter().any(|code| shown.starts_with(code)), "{shown} was shown before the choice: {said}");
    }
    assert!(folder.exits(0, &["status", "e"]).contains("1 of 6"), "one was cast");
    assert!(folder.path("receipt-1-1.json").exists());
    // While the question stands, nothing is signed, opened or sent; and "no" leaves it so.
    let mut asked = folder
        .command(&["vote", "2", "--url", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    asked.stdin.as_mut().unwrap().write_all(b"311\n").unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"[cast/challenge/no]") {
        asked.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    assert!(find(&said, b"ballot code: "), "{}", String::from_utf8_lossy(&said));
    let begun = |start: &str| {
        let names = files(folder.path(".").as_path()).into_iter();
        names.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(start)).count()
    };
    assert_eq!([begun("challenge-2"), begun("pending-2"), begun("receipt-2")], [0, 0, 0]);
    assert!(folder.exits(0, &["status", "e"]).contains("1 of 6"));
    asked.stdin.as_mut().unwrap().write_all(b"no\n").unwrap();
    assert!(!asked.wait().unwrap().success());
    assert_eq!([begun("challenge-2"), begun("pending-2"), begun("receipt-2")], [0, 0, 0]);
    assert!(folder.exits(0, &["status", "e"]).contains("1 of 6"));
    server.kill();
}
