//! What may happen to an election's folder: links in it, files taken away, two commands at once, a careless umask.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use veche::client;
use veche_server::Home;
use veche_session::Code;

use crate::{
    commands::Folder,
    ledger::{Ledger, Said, make, serve},
};

const PATIENCE: Duration = Duration::from_secs(60);

fn open_election(folder: &Folder, dir: &str) {
    folder.exits(0, &["new", dir, "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open"]);
    folder.exits(0, &["open", dir]);
}

/// What `/healthz` says: nothing while all is well, else the reason.
pub fn ailment(url: &str) -> Option<String> {
    client::at(url).unwrap().get("/healthz").err().map(|error| error.to_string())
}

/// Waits until `/healthz` says what is expected.
pub fn await_health(url: &str, expected: Option<&str>) {
    let started = Instant::now();
    loop {
        let says = ailment(url);
        match (&says, expected) {
            (None, None) => return,
            (Some(says), Some(expected)) if says.contains("503") && says.contains(expected) => return,
            _ => assert!(started.elapsed() < PATIENCE, "{says:?} is not {expected:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn row_54_a_start_deletes_nothing_behind_a_link() {
    let folder = Folder::new();
    open_election(&folder, "e");
    std::fs::create_dir(folder.path("precious")).unwrap();
    std::fs::write(folder.path("precious/kept"), "x").unwrap();
    symlink(folder.path("precious"), folder.path("e/exchange")).unwrap();
    let said = folder.exits(1, &["serve", "e", "--any-port"]);
    assert!(said.contains("exchange") && said.contains("link"), "{said}");
    assert_eq!(std::fs::read(folder.path("precious/kept")).unwrap(), b"x");
    // Nor does taking the lock empty what a link of its name points to.
    std::fs::remove_file(folder.path("e/exchange")).unwrap();
    std::fs::remove_file(folder.path("e/lock")).unwrap();
    symlink(folder.path("precious/kept"), folder.path("e/lock")).unwrap();
    folder.exits(1, &["serve", "e", "--any-port"]);
    assert_eq!(std::fs::read(folder.path("precious/kept")).unwrap(), b"x");
}

/// Removed, or another in its place: no «да» any more, and everybody is told; with the right file back all goes on.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn row_54_a_server_notices_that_its_database_was_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let home = make(dir.path());
    let ledger = Ledger::new(&home);
    let (server, url) = serve(&home, |_| ());
    ledger.cast_until_yes(&url, 0).await;
    let aside = |name: &str| home.path(&format!("{name}.aside"));
    for (round, (taken, replaced)) in
        [("veche.db", false), ("veche.db", true), ("veche.db-wal", false), ("veche.db-wal", true)]
            .into_iter()
            .enumerate()
    {
        std::fs::rename(home.path(taken), aside(taken)).unwrap();
        if replaced {
            std::fs::copy(aside(taken), home.path(taken)).unwrap();
        }
        // At the first ballot, even before anybody looks.
        let said = ledger.cast(&url, round).await;
        assert!(matches!(said, Said::No(Code::Busy)), "{taken}, {replaced}: {said:?}");
        await_health(&url, Some("removed or replaced"));
        std::fs::rename(aside(taken), home.path(taken)).unwrap();
        ledger.cast_until_yes(&url, round).await;
        await_health(&url, None);
        // Without any ballot it is noticed too.
        std::fs::rename(home.path(taken), aside(taken)).unwrap();
        await_health(&url, Some("removed or replaced"));
        std::fs::rename(aside(taken), home.path(taken)).unwrap();
        await_health(&url, None);
    }
    ledger.check_log(&url);
    // Deleted for good: the server is the last to have it.
    for name in ["veche.db", "veche.db-wal"] {
        std::fs::remove_file(home.path(name)).unwrap();
    }
    assert!(matches!(ledger.cast(&url, 0).await, Said::No(Code::Busy)));
    for entry in std::fs::read_dir(format!("/proc/{}/fd", server.0.id())).unwrap() {
        let held = entry.unwrap().path();
        let was = std::fs::read_link(&held).unwrap_or_default();
        let name = was.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name @ ("veche.db" | "veche.db-wal")) = name.strip_suffix(" (deleted)") {
            std::fs::copy(&held, home.path(name)).unwrap();
        }
    }
    server.kill();
    let (server, url) = serve(&home, |_| ());
    ledger.finish(&home, &url, 4).await;
    assert_eq!(server.terminate(), 0);
}

/// What anybody, or a failing disk, brings about again and again is said at once, and then now and then.
#[tokio::test(flavor = "multi_thread")]
async fn row_54_failures_of_the_disk_do_not_fill_it_with_lines() {
    let dir = tempfile::tempdir().unwrap();
    let home = make(dir.path());
    let ledger = Ledger::new(&home);
    let log = dir.path().join("server.log");
    let serve_logged = || {
        serve(&home, |command| {
            command.stderr(std::fs::File::create(&log).unwrap());
        })
    };
    let said = |message: &str| std::fs::read_to_string(&log).unwrap().matches(&format!("\"{message}\"")).count();
    let (server, url) = serve_logged();
    ledger.cast_until_yes(&url, 0).await;
    // The schedule looks every second, and voters ask: a folder in the file's place.
    std::fs::remove_file(home.path("checkpoint")).unwrap();
    std::fs::create_dir_all(home.path("checkpoint/in-the-way")).unwrap();
    for _ in 0..5 {
        assert!(matches!(ledger.cast(&url, 0).await, Said::No(Code::Busy)));
    }
    std::fs::remove_dir_all(home.path("checkpoint")).unwrap();
    ledger.cast_until_yes(&url, 0).await;
    assert_eq!(said("the checkpoint file could not be written"), 1);
    ledger.finish(&home, &url, 2).await;
    assert_eq!(server.terminate(), 0);
    // A database that is no more, beneath a finished election that everybody may read.
    let (_server, url) = serve_logged();
    std::fs::File::create(home.path("veche.db")).unwrap();
    for path in ["/record.tar", "/tile/entries/000.p/4"] {
        for _ in 0..5 {
            assert!(client::at(&url).unwrap().get(path).is_err(), "{path}");
        }
    }
    for message in ["the record could not be read", "a bundle could not be read"] {
        assert_eq!(said(message), 1, "{message}");
    }
}

/// A database that is lost is not made anew, whoever asks and whatever else is lost with it.
#[test]
fn row_54_no_command_makes_an_empty_database_in_place_of_a_lost_one() {
    let folder = Folder::new();
    open_election(&folder, "e");
    let lose = |file: &str| std::fs::rename(folder.path("e").join(file), folder.path(file)).unwrap();
    lose("veche.db");
    for checkpoint_too in [false, true] {
        if checkpoint_too {
            lose("checkpoint");
        }
        let commands: [&[&str]; 7] = [
            &["serve", "e", "--any-port"],
            &["serve", "e", "--any-port", "--accept-database"],
            &["cancel", "e", "--reason", "r"],
            &["status", "e"],
            &["record", "e"],
            &["backup", "e", "b"],
            &["close", "e"],
        ];
        for command in commands {
            let out = folder.run(command);
            assert!(!out.status.success(), "{command:?}");
            assert!(!folder.path("e/veche.db").exists(), "{command:?}");
        }
    }
    // Where the checkpoint is there, it decides, whatever somebody is sure of.
    std::fs::rename(folder.path("veche.db"), folder.path("e/veche.db")).unwrap();
    std::fs::rename(folder.path("checkpoint"), folder.path("e/checkpoint")).unwrap();
    let said = folder.exits(2, &["serve", "e", "--any-port", "--accept-database"]);
    assert!(said.contains("checkpoint file is there"), "{said}");
}

/// The mark of a making that broke off, in a folder whose making did not: it deletes nothing.
#[test]
fn row_54_a_stray_mark_of_making_deletes_no_log() {
    let folder = Folder::new();
    open_election(&folder, "e");
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    folder.exits(0, &["vote", "1", "2", &port, "--card", "e/cards/1.json", "--ballot", "12"]);
    assert_eq!(server.terminate(), 0);
    let before = folder.entries("e");
    assert!(before >= 3, "setup, opening, a ballot");
    std::fs::write(folder.path("e/making"), "").unwrap();
    let (server, _) = folder.serve(&["serve", "e", "--any-port"]);
    assert_eq!(server.terminate(), 0);
    assert_eq!(folder.entries("e"), before);
    // Without the checkpoint the log itself shows it; without the log the checkpoint does.
    std::fs::write(folder.path("e/making"), "").unwrap();
    std::fs::rename(folder.path("e/checkpoint"), folder.path("checkpoint")).unwrap();
    assert!(folder.exits(1, &["serve", "e", "--any-port"]).contains("checkpoint file is missing"));
    assert_eq!(folder.entries("e"), before);
    std::fs::write(folder.path("e/making"), "").unwrap();
    std::fs::rename(folder.path("checkpoint"), folder.path("e/checkpoint")).unwrap();
    std::fs::rename(folder.path("e/veche.db"), folder.path("veche.db")).unwrap();
    assert!(folder.exits(1, &["serve", "e", "--any-port"]).contains("log is lost"));
    assert!(folder.path("e/checkpoint").exists());
}

/// The making broke off after the manifest, with the log empty, made or not, its checkpoint written or not: opening
/// finishes it.
#[test]
fn row_54_a_making_that_broke_off_before_the_first_entry_is_finished() {
    for left in [&[][..], &["veche.db"], &["checkpoint"], &["veche.db", "checkpoint"]] {
        let folder = Folder::new();
        let made = ["new", "e", "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open"];
        folder.exits(0, &made);
        for name in ["veche.db", "veche.db-wal", "veche.db-shm", "checkpoint"] {
            let _ = std::fs::remove_file(folder.path(&format!("e/{name}")));
        }
        std::fs::write(folder.path("e/making"), "").unwrap();
        let home = veche_server::Home::new(folder.path("e"));
        let election = home.election().unwrap();
        if left.contains(&"veche.db") {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let path = home.path("veche.db");
            let make = veche_server::store::SqliteStore::create(&path, election.id());
            runtime.block_on(async { make.await.unwrap().close().await.unwrap() });
        }
        if left.contains(&"checkpoint") {
            let (origin, root) = (veche_election::log::origin(election.id()), veche_election::log::Head::EMPTY.root);
            let note =
                veche_election::Checkpoint { origin, size: 0, root }.sign(&home.signing_key("board-key").unwrap());
            home.write_public("checkpoint", note.as_bytes()).unwrap();
        }
        folder.exits(0, &["open", "e"]);
        assert!(folder.exits(0, &["status", "e"]).contains("open"), "{left:?}");
        assert!(!folder.path("e/making").exists());
    }
}

/// Runs the same command several times at once; the exit codes, ascending.
fn at_once(folder: &Folder, args: &[&str]) -> Vec<i32> {
    let spawn = |_| folder.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let running: Vec<_> = (0..4).map(spawn).collect();
    let mut codes: Vec<i32> = running.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    codes.sort_unstable();
    codes
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn row_54_of_several_commands_at_once_one_succeeds_and_none_spoils_it() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open"];
    for codes in [at_once(&folder, &new), at_once(&folder, &new)] {
        assert!(codes.iter().filter(|code| **code == 0).count() <= 1, "{codes:?}");
    }
    folder.exits(0, &["open", "e"]);
    folder.exits(0, &["close", "e"]);
    let before = names(&folder.path(""));
    for (args, made) in [
        (&["record", "e", "-o", "r"][..], "r"),
        (&["record", "e", "-o", "r.tar"], "r.tar"),
        (&["backup", "e", "b"], "b"),
    ] {
        assert_eq!(at_once(&folder, args), [0, 2, 2, 2], "{args:?}");
        match made {
            "b" => drop(folder.exits(0, &["restore", "b", "f", "--nothing-after"])),
            record => drop(folder.exits(0, &["verify", record])),
        }
    }
    let state = ["verify", "r", "--since", "state.json"];
    assert_eq!(at_once(&folder, &state), [0, 0, 0, 0]);
    folder.exits(0, &state);
    let restore = ["restore", "b", "g", "--nothing-after"];
    assert_eq!(at_once(&folder, &restore), [0, 2, 2, 2]);
    folder.exits(0, &["status", "g"]);
    let mut expected = [before, ["b", "f", "g", "r", "r.tar", "state.json"].map(str::to_owned).to_vec()].concat();
    expected.sort();
    assert_eq!(names(&folder.path("")), expected, "nothing else is left");
}

fn writable_by_others(dir: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.metadata().unwrap();
        if !kind.is_symlink() && kind.permissions().mode() & 0o022 != 0 {
            found.push(format!("{} {:o}", entry.path().display(), kind.permissions().mode()));
        }
        if kind.is_dir() {
            writable_by_others(&entry.path(), found);
        }
    }
}

#[test]
fn row_54_with_a_careless_umask_nothing_is_writable_for_others() {
    let folder = Folder::new();
    let careless = |args: &[&str]| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_veche")]).args(args);
        command.current_dir(folder.path("")).env("VECHE_LANG", "en").stdin(Stdio::null());
        command
    };
    let does = |args: &[&str]| {
        let out = careless(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    };
    let secret = ["--candidates", "A,B", "--voters", "2", "--rule", "sum"];
    does(&[&["new", "e"][..], &secret, &["--local-trustees"]].concat());
    does(&[&["new", "draft"][..], &secret].concat());
    does(&["open", "e"]);
    let server = careless(&["serve", "e", "--any-port"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let server = crate::commands::Serving(server);
    let started = Instant::now();
    let url = loop {
        match Home::new(folder.path("e")).served_at() {
            Some(url) => break url,
            None => assert!(started.elapsed() < PATIENCE),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    does(&["vote", "1", "--url", &url, "--card", "e/cards/1.json", "--ballot", "12"]);
    does(&["watch", &url, "--once", "--state", "seen.jsonl", "--mirror", "m"]);
    does(&["backup", "e", "b"]);
    does(&["restore", "b", "f", "--nothing-after"]);
    does(&["close", "e"]);
    let code = String::from_utf8(
        careless(&["trustee", "code", "--at", &url, "--key", "e/trustees/trustee-1.key"]).output().unwrap().stdout,
    )
    .unwrap();
    let code = code.lines().find_map(|line| line.strip_prefix("code of the closing")).unwrap();
    let code = code.trim_start_matches([':', ' ']).to_owned();
    for key in ["e/trustees/trustee-1.key", "e/trustees/trustee-2.key"] {
        does(&["trustee", "open", "--at", &url, "--key", key, "--code", &code, "--single-ballot"]);
    }
    assert_eq!(server.terminate(), 0);
    does(&["record", "e"]);
    does(&["record", "e", "-o", "r.tar"]);
    does(&["verify", "r.tar", "--since", "state.json", "--report", "report.html"]);
    does(&["restart", "draft", "--without", "1"]);
    let mut found = Vec::new();
    writable_by_others(&folder.path(""), &mut found);
    assert!(found.is_empty(), "{found:#?}");
    for private in ["e/exchange", "e/cards", "e/trustees", "draft/abandoned-1"] {
        let mode = std::fs::metadata(folder.path(private)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{private}");
    }
}

/// A setting that is there and cannot be read is not left at its default, nor a contact forgotten.
#[test]
fn files_of_the_organiser_that_cannot_be_read_are_no_missing_files() {
    let folder = Folder::new();
    open_election(&folder, "e");
    std::fs::create_dir(folder.path("e/roll.csv")).unwrap();
    assert!(folder.exits(1, &["status", "e", "--not-voted"]).contains("roll.csv"));
    assert!(folder.exits(6, &["check", "e"]).contains("✗ e/roll.csv"));
    std::fs::remove_dir(folder.path("e/roll.csv")).unwrap();
    folder.exits(0, &["status", "e", "--not-voted"]);
    std::fs::remove_file(folder.path("e/election.toml")).unwrap();
    folder.exits(0, &["check", "e"]);
    std::fs::create_dir(folder.path("e/election.toml")).unwrap();
    assert!(folder.exits(6, &["check", "e"]).contains("✗ e/election.toml"));
    assert!(folder.exits(1, &["serve", "e", "--any-port"]).contains("election.toml"));
}
