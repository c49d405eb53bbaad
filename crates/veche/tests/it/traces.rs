//! Row 38: what a process that dies leaves behind.

use std::{
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    arena::eventually,
    commands::{Folder, Serving},
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
