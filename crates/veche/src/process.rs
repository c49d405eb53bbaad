//! What Linux tells of a process, and on which cores it is to run. Elsewhere nothing is known, and said so.

use std::{fs, os::unix::fs::MetadataExt};

use rustix::{
    process::Pid,
    thread::{CpuSet, sched_setaffinity},
};
use veche_server::Home;

/// Processor time of a process since its start.
pub fn cpu_seconds(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name in parentheses: state is field 3; utime and stime, in ticks, are fields 14 and 15.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Memory in use (VmRSS), in KiB.
pub fn memory_kib(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// The process that holds the lock of an election's folder.
pub fn holder(home: &Home) -> Option<u32> {
    let file = fs::metadata(home.path("lock")).ok()?;
    let (major, minor) = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", file.ino());
    // 1: FLOCK  ADVISORY  WRITE 1234 fd:01:56789 0 EOF
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let holds = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let found = fields.get(1) == Some(&"FLOCK") && fields.get(5) == Some(&place.as_str());
        found.then(|| fields.get(4)?.parse().ok()).flatten()
    };
    locks.lines().find_map(holds)
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
