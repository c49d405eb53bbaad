//! What Linux tells of the server's process, and on which cores it is to run. Elsewhere nothing is known, and said so.

use std::{fs, os::unix::fs::MetadataExt};

use rustix::{
    process::Pid,
    thread::{CpuSet, sched_setaffinity},
};
use veche_server::Home;

/// Memory in use (VmRSS), in KiB.
pub fn memory_kib(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// How often a list that changes is read, until what is looked for is found.
const LOOKS: usize = 10;

/// The process that holds the lock of an election's folder.
pub fn holder(home: &Home) -> Option<u32> {
    let file = fs::metadata(home.path("lock")).ok()?;
    let (major, minor) = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", file.ino());
    // 1: FLOCK  ADVISORY  WRITE 1234 fd:01:56789 0 EOF
    let holds = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let found = fields.get(1) == Some(&"FLOCK") && fields.get(5) == Some(&place.as_str());
        found.then(|| fields.get(4)?.parse().ok()).flatten()
    };
    // The list is read in pieces, and of one that others change meanwhile a line may be passed over.
    let look = |_| fs::read_to_string("/proc/locks").ok()?.lines().find_map(holds);
    (0..LOOKS).find_map(look)
}

/// All threads of a process, and those it makes later, run on this core only.
pub fn pin(id: u32, core: usize) -> std::io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let thread = task?.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
        sched_setaffinity(thread, &cores)?;
    }
    Ok(())
}
