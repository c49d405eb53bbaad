//! The two commands of the README, and what the first one promises.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::commands::{Folder, Serving};

fn repository() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// 669 real ballots through real sockets; the totals are the published ones.
#[test]
fn the_demo_runs_669_real_ballots_to_the_published_totals() {
    let dir = tempfile::tempdir().unwrap();
    let ballots = repository().join("examples/akali-skins-2022.csv");
    let out = Command::new(env!("CARGO_BIN_EXE_veche"))
        .args(["demo", "--json", "--dir"])
        .arg(dir.path().join("d"))
        .arg("--ballots")
        .arg(&ballots)
        .env("VECHE_LANG", "en")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("RSA key pairs are shared"), "the shared keys are owned up to");
    let result: Value = serde_json::from_slice(&out.stdout).unwrap();
    let expected: Value =
        serde_json::from_slice(&std::fs::read(ballots.with_extension("expected.json")).unwrap()).unwrap();
    assert_eq!(result["ballots"], expected["ballots"]);
    let contest = &result["contests"][0];
    assert_eq!(contest["winners"], serde_json::json!(["Star Guardian"]));
    let (got, wanted) = (contest["candidates"].as_array().unwrap(), expected["candidates"].as_array().unwrap());
    assert_eq!(got.len(), 16);
    for (got, wanted) in got.iter().zip(wanted) {
        for field in ["name", "sum", "histogram"] {
            assert_eq!(got[field], wanted[field], "{}", wanted["name"]);
        }
    }
    assert_eq!(got[11]["mean"], "2930/669");
    assert_eq!(got[11]["median"], "5/1");
    assert!(std::path::Path::new(result["record"].as_str().unwrap()).join("checkpoint").exists());
}

/// Receipts and open windows name the address: it stays when the election is closed.
#[test]
fn the_demo_that_goes_on_shows_the_result_where_one_voted() {
    let dir = tempfile::tempdir().unwrap();
    let csv = dir.path().join("two.csv");
    std::fs::write(&csv, "A,B,C\n3,1,4\n2,5,1\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    command
        .args(["demo", "--keep", "--ballots"])
        .arg(&csv)
        .arg("--dir")
        .arg(dir.path().join("d"))
        .env("VECHE_LANG", "en");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut demo = Serving(child);
    let mut lines = BufReader::new(demo.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let link = lines.find(|line| line.contains("/booth/#v1.")).unwrap();
    let url = link.trim().split("/booth/").next().unwrap().to_owned();
    lines.find(|line| line.contains("Enter closes")).unwrap();
    demo.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    let served = lines.find(|line| line.contains("is still served")).unwrap();
    assert!(served.contains(&format!("{url}/result")), "{url}: {served}");
    assert_eq!(demo.terminate(), 0);
}

/// Row 38: a link is a voter's vote. It is shown by the first try alone, and never by a server whose output a service keeps.
#[test]
fn row_38_a_server_shows_a_voters_link_in_a_first_try_alone() {
    let folder = Folder::new();
    for (serve, shows) in [(&["serve", "1", "7", "0"][..], true), (&["serve", "1", "--port", "0"], false)] {
        let mut child = folder.command(serve).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("veche vote 17") {
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "{said}");
        }
        assert_eq!(Serving(child).terminate(), 0);
        out.read_to_string(&mut said).unwrap();
        let card: Value = serde_json::from_slice(&std::fs::read(folder.path("1/cards/17.json")).unwrap()).unwrap();
        let secret = card["credential"].as_str().unwrap().replace('-', "");
        assert_eq!(said.contains(&secret), shows, "{serve:?}");
    }
}

/// Where nobody can press Enter the election stays open; and whoever ends the demo leaves no server behind.
#[test]
fn the_demo_without_a_terminal_stays_open_and_ends_with_its_server() {
    let dir = tempfile::tempdir().unwrap();
    let csv = dir.path().join("two.csv");
    std::fs::write(&csv, "A,B,C\n3,1,4\n2,5,1\n").unwrap();
    for (name, input, waits_at) in
        [("ended", Stdio::null(), "The input has ended"), ("silent", Stdio::piped(), "Enter closes")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command
            .args(["demo", "--keep", "--secrecy", "open", "--ballots"])
            .arg(&csv)
            .arg("--dir")
            .arg(dir.path().join(name));
        let child = command.env("VECHE_LANG", "en").stdin(input).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut demo = Serving(child.spawn().unwrap());
        let _silent = demo.0.stdin.take();
        let mut lines = BufReader::new(demo.0.stderr.take().unwrap()).lines().map(Result::unwrap);
        let link = lines.find(|line| line.contains("/booth/#v1.")).unwrap();
        let status = format!("{}/status.json", link.trim().split("/booth/").next().unwrap());
        lines.find(|line| line.contains(waits_at)).unwrap();
        let told = ureq::get(&status).call().unwrap().body_mut().read_to_string().unwrap();
        assert!(told.contains("\"phase\":\"open\""), "{told}");
        assert_eq!(demo.terminate(), 0, "{name}");
        assert!(lines.any(|line| line.contains("Stopped before the end")), "{name}");
        assert!(ureq::get(&status).call().is_err(), "{name}: its server goes on");
    }
}

/// Row 38: what the server logs and serves holds no marks, no credential and no key.
#[test]
fn row_38_the_servers_log_holds_no_marks_credentials_or_keys() {
    let dir = tempfile::tempdir().unwrap();
    let csv = dir.path().join("marker.csv");
    std::fs::write(&csv, "A,B,C,D,E,F,G,H\n3,1,4,1,5,0,2,5\n2,7,1,8,2,0,1,8\n").unwrap();
    let demo = dir.path().join("d");
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    let out = command.args(["demo", "--ballots"]).arg(&csv).arg("--dir").arg(&demo).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let log = std::fs::read_to_string(demo.join("server.log")).unwrap();
    assert!(log.contains("session ended"), "the log is there");
    let mut secrets = vec!["31415025".to_owned(), "27182018".to_owned()];
    for number in [1, 2] {
        let card = std::fs::read(demo.join(format!("cards/{number}.json"))).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        secrets.push(card["credential"].as_str().unwrap().to_owned());
    }
    for line in std::fs::read_to_string(demo.join("voters.jsonl")).unwrap().lines() {
        let seat: Value = serde_json::from_str(line).unwrap();
        secrets.push(seat["credential"].as_str().unwrap().to_owned());
    }
    for key in ["board-key", "organiser.key"] {
        secrets.push(std::fs::read_to_string(demo.join(key)).unwrap().trim().to_owned());
    }
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}");
        // The marks stand in the record, where they belong; a server's manifest, lists and checkpoint have none.
        for public in ["election.json", "checkpoint"] {
            assert!(!std::fs::read_to_string(demo.join(public)).unwrap().contains(&secret), "{public}: {secret}");
        }
    }
}

#[test]
fn a_demo_on_other_ballots_counts_blanks_and_refuses_a_used_folder() {
    let dir = tempfile::tempdir().unwrap();
    let csv = dir.path().join("mine.csv");
    std::fs::write(&csv, "voterID,Anna,Boris\n1,3,\n2,,10\n3,0,0\n").unwrap();
    let run = |target: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command.args(["demo", "--json", "--ballots"]).arg(&csv).arg("--dir").arg(dir.path().join(target));
        command.env("VECHE_LANG", "en").output().unwrap()
    };
    let out = run("d");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let result: Value = serde_json::from_slice(&out.stdout).unwrap();
    let candidates = &result["contests"][0]["candidates"];
    assert_eq!(candidates[0]["histogram"]["*"], 1);
    assert_eq!((&candidates[0]["sum"], &candidates[0]["mean"]), (&3.into(), &"3/2".into()));
    assert_eq!((&candidates[1]["sum"], &candidates[1]["median"]), (&10.into(), &"5/1".into()));
    std::fs::create_dir(dir.path().join("mine")).unwrap();
    assert_eq!(run("mine").status.code(), Some(2), "a folder that is not a demo's is left alone");
    // No sum of a single ballot is opened: said before anything is made.
    std::fs::write(&csv, "voterID,Anna,Boris\n1,3,1\n").unwrap();
    let out = run("one");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.code() == Some(2) && said.contains("--secrecy open") && !dir.path().join("one").exists(),
        "{said}"
    );
}

/// The README's two commands are the Makefile's, and CI calls the second.
#[test]
fn the_readme_the_makefile_and_ci_name_the_same_two_commands() {
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).unwrap();
    for readme in ["README.md", "README.ru.md"] {
        let text = read(readme);
        let (demo, test) = (text.find("make demo"), text.find("make test"));
        assert!(demo.zip(test).is_some_and(|(demo, test)| demo < 1_500 && test < 1_500), "{readme}");
    }
    let makefile = read("Makefile");
    assert!(makefile.contains("\ndemo:") && makefile.contains("\ntest:"));
    assert!(makefile.contains("veche demo --ballots examples/akali-skins-2022.csv"), "the demo above is the one there");
    assert!(read(".ci/run").lines().any(|line| line == "make test"));
}

/// Every section that the code cites exists.
#[test]
fn every_cited_section_of_the_specification_exists() {
    let mut cited = 0;
    let mut folders = vec![repository().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                cited += check_citations(&path);
            }
        }
    }
    assert!(cited > 10, "{cited} citations");
}

fn check_citations(path: &std::path::Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap().replace("\n//!", "").replace("\n///", "");
    let mut cited = 0;
    for part in text.split("docs/spec/").skip(1) {
        let Some((file, rest)) = part.split_once(".md") else { continue };
        if file.is_empty() || !file.chars().all(|c| c.is_ascii_lowercase()) {
            continue;
        }
        let spec = repository().join("docs/spec").join(format!("{file}.md"));
        let spec = std::fs::read_to_string(&spec).unwrap_or_else(|_| panic!("{path:?} cites {spec:?}"));
        cited += 1;
        let rest: String = rest.chars().take(30).collect();
        if let Some(section) = rest.strip_prefix("` section").map(|rest| rest.trim_start_matches('s').trim_start()) {
            let number: String = section.chars().take_while(char::is_ascii_digit).collect();
            assert!(spec.contains(&format!("\n## {number}. ")), "{path:?} cites {file}.md section {number}");
        }
    }
    cited
}
