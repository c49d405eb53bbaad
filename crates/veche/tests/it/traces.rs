//! Row 38: what a process that dies leaves behind, and what one that lives knows.

use std::{
    io::{Read, Seek},
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    arena::eventually,
    commands::{Folder, Serving},
    secret::{said, serve},
};

/// Started where cores are allowed, and killed by a signal that makes one and that no caller of the tests ignores, as
/// shells do with SIGQUIT for what runs in the background. Not swap: memory is not locked, and
/// `docs/operator.md` says so.
#[tokio::test]
async fn row_38_a_server_that_is_killed_leaves_no_core_dump() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &new);
    let log = std::fs::File::create(folder.path("server.log")).unwrap();
    let child = Command::new("sh")
        .args(["-c", "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_veche")])
        .args(["serve", "e", "--any-port"])
        .current_dir(folder.path(""))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut serving = Serving(child);
    let lock = folder.path("e/lock");
    eventually("the server starts", || std::fs::read_to_string(&lock).is_ok_and(|url| url.contains("http"))).await;
    let id = serving.0.id();

    if cfg!(target_os = "linux") {
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let sizes: Vec<&str> = core.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
        assert_eq!(sizes, ["0", "0"], "soft and hard: {core}");
        // What the system shows of an undumpable process belongs to root, so that no neighbour of the same user reads
        // its memory. Root sees no difference.
        let memory = std::fs::metadata(format!("/proc/{id}/mem")).unwrap();
        assert_eq!(memory.uid(), 0, "the process can be dumped and traced");
    }
    kill_process(Pid::from_raw(i32::try_from(id).unwrap()).unwrap(), Signal::ABORT).unwrap();
    let mut status = None;
    for _ in 0..200 {
        status = serving.0.try_wait().unwrap();
        if status.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let status = status.expect("the signal ends it");
    assert_eq!((status.signal(), status.core_dumped()), (Some(Signal::ABORT.as_raw()), false));
    let left = std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("core")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Row 38: who was there when the ballot was cast, and everything that was written, knows nothing of the marks.
#[test]
fn row_38_a_secret_ballots_marks_are_on_no_disk_in_no_log_and_not_in_the_servers_memory() {
    const MARKS: &str = "314159265358";
    let folder = Folder::new();
    let candidates = (1..=12).map(|i| format!("C{i}")).collect::<Vec<_>>().join(",");
    let scale = ["--scale", "0..9", "--local-trustees"];
    let args = ["new", "e", "--candidates", &candidates, "--voters", "2", "--rule", "sum"];
    folder.exits(0, &[&args[..], &scale].concat());
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let out = folder.run(&["vote", "1", "--url", &url, "--ballot", MARKS]);
    assert!(out.status.success(), "{}", said(&out));
    assert!(!said(&out).contains(MARKS), "not even on the voter's own terminal when it came from elsewhere");
    let plain = format!("\"marks\":[\"{}", &MARKS[..6]);
    // The server is still running: its database has its journal, and its memory what it was sent.
    match memory_of(server.0.id()) {
        Ok(memory) => {
            assert!(!memory.is_empty());
            assert!(find(&memory, b"veche-entry-2"), "this is the memory of the server that took the entry");
            assert!(!find(&memory, MARKS.as_bytes()) && !find(&memory, plain.as_bytes()), "in the server's memory");
            println!("{} bytes of the server's memory searched", memory.len());
        }
        Err(error) => println!("the memory of an undumpable process cannot be read here: {error}"),
    }
    let mut seen = 0;
    for path in files(folder.path(".").as_path()) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(!find(&bytes, MARKS.as_bytes()), "{path:?}");
        assert!(!find(&bytes, plain.as_bytes()), "{path:?}");
        seen += 1;
    }
    for expected in ["e/veche.db", "server.log", "receipt-1-1.json"] {
        assert!(folder.path(expected).exists(), "{expected}");
    }
    assert!(seen > 10);
    let left: Vec<_> = std::fs::read_dir(folder.path("e/exchange")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [".spare"], "the voter's folder is gone");
    // A challenged ballot is readable by whoever has its file, and only there.
    folder.exits(0, &["vote", "2", "--url", &url, "--ballot", MARKS, "--challenge", "c.json"]);
    let holders: Vec<PathBuf> = files(folder.path(".").as_path())
        .into_iter()
        .filter(|path| find(&std::fs::read(path).unwrap_or_default(), MARKS.as_bytes()))
        .collect();
    assert!(holders.iter().all(|path| path.ends_with("c.json")) && holders.len() == 1, "{holders:?}");
    server.kill();
}

pub fn find(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// All that a process has written or was given: its private, readable and writable memory.
fn memory_of(pid: u32) -> std::io::Result<Vec<u8>> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mut memory = std::fs::File::open(format!("/proc/{pid}/mem"))?;
    let mut all = Vec::new();
    for line in maps.lines().filter(|line| line.contains("rw-p")) {
        let range = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
        let [start, end] = [range.0, range.1].map(|text| u64::from_str_radix(text, 16).unwrap());
        memory.seek(std::io::SeekFrom::Start(start))?;
        // A mapping may have holes, or have gone since.
        let _ = (&mut memory).take(end - start).read_to_end(&mut all);
    }
    Ok(all)
}
