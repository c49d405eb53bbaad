//! The fault table of a commit on a real disk: before the system calls of a real server stands `faulty_disk.c`, which
//! counts what is asked of the disk and fails, tears or kills at the step it is told. The steps are not listed here but
//! learned from a commit that goes well, so that the table cannot lag behind the code.
#![cfg(target_os = "linux")]

use std::{
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use veche_server::Home;
use veche_session::Code;

use crate::{
    commands::Serving,
    folder::{ailment, await_health},
    ledger::{Ledger, Said, make, serve},
};

/// What happens at the chosen step; the numbers are those of `faulty_disk.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing is done, and an error comes back.
    Fail = 1,
    /// It is done, and an error comes back all the same.
    FailAfter = 2,
    /// Half of a write is done, then the error.
    Torn = 3,
    Kill = 4,
    KillAfter = 5,
    KillTorn = 6,
}

const EIO: i64 = 5;
const ENOSPC: i64 = 28;
/// `armed, at, ever_after, action, error, seen, fired, unused`, then the operations.
const FIELDS: usize = 8;
const OPS_MAX: usize = 120;
/// Voters who take turns.
const VOTERS: usize = 4;

static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
    let (source, library) = (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faulty_disk.c"), "faulty_disk.so");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(library);
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(compiled.unwrap().success(), "a C compiler is needed, as for the build itself");
    library
});

struct Disk {
    plan: File,
    path: PathBuf,
}

impl Disk {
    fn new(dir: &Path) -> Self {
        let path = dir.join("plan");
        std::fs::write(&path, vec![0; (FIELDS + OPS_MAX) * 8]).unwrap();
        let plan = File::options().read(true).write(true).open(&path).unwrap();
        Self { plan, path }
    }

    fn set(&self, field: u64, value: i64) {
        self.plan.write_all_at(&value.to_ne_bytes(), field * 8).unwrap();
    }

    fn get(&self, field: u64) -> i64 {
        let mut bytes = [0; 8];
        self.plan.read_exact_at(&mut bytes, field * 8).unwrap();
        i64::from_ne_bytes(bytes)
    }

    /// From now on count; at step `at`, counted from 1 (and ever after), this happens.
    fn arm(&self, at: usize, ever_after: bool, fate: Fate, error: i64) {
        let fields = [0, at as i64, ever_after.into(), fate as i64, error, 0, 0];
        for (field, value) in fields.into_iter().enumerate() {
            self.set(field as u64, value);
        }
        self.set(0, 1);
    }

    /// All is well again. What was asked of the disk since it was armed, and whether anything was refused.
    fn disarm(&self) -> (Vec<String>, bool) {
        self.set(0, 0);
        let seen = usize::try_from(self.get(5)).unwrap().min(OPS_MAX);
        let name = |i: usize| {
            let code = self.get((FIELDS + i) as u64);
            let op = match u8::try_from(code >> 8).unwrap() {
                b'w' => "write",
                b's' => "sync",
                b't' => "truncate",
                b'r' => "rename",
                other => panic!("{other}"),
            };
            let file = match u8::try_from(code & 0xFF).unwrap() {
                b'd' => "veche.db",
                b'w' => "veche.db-wal",
                b's' => "veche.db-shm",
                b'c' => "checkpoint",
                b'f' => "the folder",
                other => panic!("{other}"),
            };
            format!("{op} {file}")
        };
        ((0..seen).map(name).collect(), self.get(6) > 0)
    }

    fn serve(&self, home: &Home) -> (Serving, String) {
        let dir = home.dir().canonicalize().unwrap();
        serve(home, |command| {
            command.env("LD_PRELOAD", &*SHIM).env("VECHE_FAULTY_PLAN", &self.path).env("VECHE_FAULTY_DIR", dir);
        })
    }
}

struct Rig {
    _dir: tempfile::TempDir,
    home: Home,
    disk: Disk,
    ledger: Ledger,
    turn: usize,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = make(dir.path());
        let (disk, ledger) = (Disk::new(dir.path()), Ledger::new(&home));
        Self { _dir: dir, home, disk, ledger, turn: 0 }
    }

    fn next_voter(&mut self) -> usize {
        self.turn += 1;
        self.turn % VOTERS
    }
}

/// Every step fails, in every way; the voter is told «нет: busy» (or «да», where the step may fail without harm), the
/// same ballot is recorded once when all is well again, and after kill -9 the log is the same.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_every_step_of_a_commit_may_fail_before_after_or_half_way() {
    let mut rig = Rig::new();
    let (mut steps, mut last, mut busy, mut cases) = (std::collections::BTreeSet::new(), 0, 0, 0);
    'steps: for at in 1..OPS_MAX {
        for (fate, ever_after, error) in [
            (Fate::Fail, false, EIO),
            (Fate::FailAfter, false, EIO),
            (Fate::Torn, false, EIO),
            (Fate::Fail, true, ENOSPC),
            (Fate::Torn, true, EIO),
        ] {
            // A fresh process for each: what a commit asks of the disk depends on what came before.
            let (server, url) = rig.disk.serve(&rig.home);
            rig.ledger.check_log(&url);
            let voter = rig.next_voter();
            rig.disk.arm(at, ever_after, fate, error);
            let said = rig.ledger.cast(&url, voter).await;
            let (asked, fired) = rig.disk.disarm();
            if !fired {
                // There is no such step any more: the table is complete.
                assert!(matches!(said, Said::Yes(_)), "{said:?}");
                break 'steps;
            }
            let case = format!("step {at}, {}: {fate:?}{}", asked[at - 1], if ever_after { " ever after" } else { "" });
            cases += 1;
            match &said {
                Said::No(Code::Busy) => busy += 1,
                Said::Yes(_) => println!("{case}: «да» all the same"),
                other => panic!("{case}: neither «да» nor «нет: busy» but {other:?}"),
            }
            // How many pages a commit writes differs from one to the next, and with it what the so-many-th step is.
            steps.insert(asked[at - 1].clone());
            last = at;
            rig.ledger.cast_until_yes(&url, voter).await;
            let other = rig.next_voter();
            rig.ledger.cast_until_yes(&url, other).await;
            rig.ledger.check_log(&url);
            server.kill();
        }
    }
    println!("{cases} faults in {last} steps: {steps:?}");
    for expected in
        ["write veche.db-wal", "sync veche.db-wal", "write checkpoint", "rename checkpoint", "sync the folder"]
    {
        assert!(steps.contains(expected), "{expected}: {steps:?}");
    }
    assert!(busy * 4 >= cases * 3, "only {busy} of {cases} faults were noticed");
    let (server, url) = rig.disk.serve(&rig.home);
    rig.ledger.finish(&rig.home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}

/// Voters who try again and again while a disk is full do not fill it with lines.
#[tokio::test(flavor = "multi_thread")]
async fn row_54_a_full_disk_is_said_once_however_many_ballots_it_refuses() {
    let mut rig = Rig::new();
    let log = rig.home.path("server.log");
    let dir = rig.home.dir().canonicalize().unwrap();
    let (server, url) = serve(&rig.home, |command| {
        command.env("LD_PRELOAD", &*SHIM).env("VECHE_FAULTY_PLAN", &rig.disk.path).env("VECHE_FAULTY_DIR", dir);
        command.stderr(File::create(&log).unwrap());
    });
    rig.disk.arm(1, true, Fate::Fail, ENOSPC);
    for _ in 0..6 {
        let voter = rig.next_voter();
        assert!(matches!(rig.ledger.cast(&url, voter).await, Said::No(Code::Busy)));
    }
    assert!(rig.disk.disarm().1);
    for voter in 0..VOTERS {
        rig.ledger.cast_until_yes(&url, voter).await;
    }
    let metrics = String::from_utf8(veche::client::at(&url).unwrap().get("/metrics").unwrap().unwrap()).unwrap();
    let failures = metrics.lines().find_map(|line| line.strip_prefix("veche_commit_failures_total "));
    let failures: u64 = failures.expect(&metrics).parse().unwrap();
    assert!(failures > 2, "{failures}: the storage was asked once for all");
    let said = std::fs::read_to_string(&log).unwrap();
    assert_eq!(said.matches("\"a batch was not confirmed by the storage\"").count(), 1, "{said}");
    assert_eq!(server.terminate(), 0);
}

/// kill -9 before, within and after every single step: of the commit, of the recovery after it, and of the stop.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_kill_nine_at_every_step_of_a_commit_a_recovery_and_a_stop() {
    let mut rig = Rig::new();
    let (mut kills, mut steps) = (0, 0);
    'steps: for at in 1..OPS_MAX {
        for fate in [Fate::Kill, Fate::KillTorn, Fate::KillAfter] {
            let (server, url) = rig.disk.serve(&rig.home);
            rig.ledger.check_log(&url);
            rig.disk.arm(at, false, fate, EIO);
            let voter = rig.next_voter();
            let said = rig.ledger.cast(&url, voter).await;
            let (asked, fired) = rig.disk.disarm();
            server.kill();
            if !fired {
                break 'steps;
            }
            assert!(matches!(said, Said::Nothing), "step {at}, {}, {fate:?}: {said:?}", asked[at - 1]);
            (kills, steps) = (kills + 1, at);
            // The next start has something to recover: it is killed too, at a step that moves with the table.
            kills += rig.kill_a_start(kills % 4 + 1).await;
        }
    }
    assert!(steps >= 8, "{steps} steps");
    kills += rig.kill_stops().await;
    println!("{kills} kills");
    let (server, url) = rig.disk.serve(&rig.home);
    rig.ledger.finish(&rig.home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}

/// What is on the disk of a machine that lost its power.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// Nothing that was not synced.
    All,
    /// Of what was not synced some sectors of 512 bytes, at random; a renaming or not.
    Some(u64),
}

impl Rig {
    fn durable(&self) -> PathBuf {
        self._dir.path().join("durable")
    }

    /// Serves, and keeps beside the folder what a loss of power would leave.
    fn serve_noting(&self) -> (Serving, String) {
        let durable = self.durable();
        let _ = std::fs::remove_dir_all(&durable);
        std::fs::create_dir(&durable).unwrap();
        // What a server begins with has been on the disk for long.
        for name in FILES {
            let _ = std::fs::copy(self.home.path(name), durable.join(name));
        }
        let dir = self.home.dir().canonicalize().unwrap();
        serve(&self.home, |command| {
            command.env("LD_PRELOAD", &*SHIM).env("VECHE_FAULTY_PLAN", &self.disk.path).env("VECHE_FAULTY_DIR", dir);
            command.env("VECHE_FAULTY_DURABLE", durable);
        })
    }

    fn lose_power(&self, loss: Loss) {
        let mut dice = crate::crash::Dice(if let Loss::Some(seed) = loss { seed } else { 0 });
        let _ = std::fs::remove_file(self.home.path("veche.db-shm"));
        veche_server::home::sweep_temporary(self.home.dir(), "checkpoint");
        for name in FILES {
            let path = self.home.path(name);
            let durable = std::fs::read(self.durable().join(name));
            let (Loss::Some(_), Ok(latest)) = (loss, std::fs::read(&path)) else {
                match durable {
                    Ok(durable) => std::fs::write(&path, durable).unwrap(),
                    Err(_) => drop(std::fs::remove_file(&path)),
                }
                continue;
            };
            let durable = durable.unwrap_or_default();
            if name == "checkpoint" {
                // A renaming is there or not; what the file holds was synced before it, or is lost.
                let renamed = std::fs::read(self.durable().join("checkpoint.tmp")).unwrap_or_else(|_| durable.clone());
                std::fs::write(&path, if dice.below(2) == 0 { durable } else { renamed }).unwrap();
                continue;
            }
            let mut left = durable;
            left.resize(latest.len(), 0);
            for (old, new) in left.chunks_mut(512).zip(latest.chunks(512)) {
                if dice.below(2) == 0 {
                    old.copy_from_slice(new);
                }
            }
            std::fs::write(&path, left).unwrap();
        }
    }
}

const FILES: [&str; 3] = ["veche.db", "veche.db-wal", "checkpoint"];

/// The power goes at every step of a commit, before and after it, while others vote on; what was not synced is gone, or
/// is there in part. Every «да» stands in the log exactly once all the same.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_a_loss_of_power_takes_what_was_not_synced_and_no_acknowledged_ballot() {
    let mut rig = Rig::new();
    let (mut losses, seed) = (0, crate::crash::asked("VECHE_SEED", std::process::id().into()));
    println!("VECHE_SEED={seed}");
    'steps: for at in 1..OPS_MAX {
        for fate in [Fate::Kill, Fate::KillAfter] {
            for part in 0..2 {
                let loss = if part == 0 { Loss::All } else { Loss::Some(seed + losses) };
                let (server, url) = rig.serve_noting();
                rig.ledger.check_log(&url);
                let before = rig.next_voter();
                rig.ledger.cast_until_yes(&url, before).await;
                rig.disk.arm(at, false, fate, EIO);
                let voter = rig.next_voter();
                let said = rig.ledger.cast(&url, voter).await;
                let (_, fired) = rig.disk.disarm();
                server.kill();
                if !fired {
                    break 'steps;
                }
                assert!(matches!(said, Said::Nothing), "step {at}, {fate:?}: {said:?}");
                rig.lose_power(loss);
                losses += 1;
            }
        }
    }
    // And at rest: everything that was acknowledged is synced.
    for voter in 0..VOTERS {
        let (server, url) = rig.serve_noting();
        rig.ledger.check_log(&url);
        rig.ledger.cast_until_yes(&url, voter).await;
        server.kill();
        rig.lose_power(Loss::All);
    }
    assert!(losses >= 16, "{losses} losses");
    println!("{losses} losses of power");
    let (server, url) = rig.disk.serve(&rig.home);
    rig.ledger.finish(&rig.home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}

impl Rig {
    /// A start that dies at a step of its own, if it gets so far.
    async fn kill_a_start(&self, at: usize) -> usize {
        let dir = self.home.dir().canonicalize().unwrap();
        let _ = std::fs::write(self.home.path("lock"), "");
        self.disk.arm(at, false, Fate::KillTorn, EIO);
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command.arg("serve").arg(self.home.dir()).args(["7", "0"]);
        command.env("LD_PRELOAD", &*SHIM).env("VECHE_FAULTY_PLAN", &self.disk.path).env("VECHE_FAULTY_DIR", dir);
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut serving = Serving(command.spawn().unwrap());
        let mut died = false;
        for _ in 0..2_000 {
            died = serving.0.try_wait().unwrap().is_some();
            if died || self.home.served_at().is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.disk.disarm();
        serving.kill();
        usize::from(died)
    }

    /// SIGTERM folds the write-ahead log into the database: die at every step of that.
    async fn kill_stops(&mut self) -> usize {
        for at in 1..OPS_MAX {
            let (mut server, url) = self.disk.serve(&self.home);
            self.ledger.check_log(&url);
            let voter = self.next_voter();
            self.ledger.cast_until_yes(&url, voter).await;
            self.disk.arm(at, false, Fate::KillTorn, EIO);
            let pid = rustix::process::Pid::from_raw(i32::try_from(server.0.id()).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            let ended = server.0.wait().unwrap();
            if !self.disk.disarm().1 {
                assert!(ended.success() && at > 1, "a stop asks nothing of the disk?");
                return at - 1;
            }
        }
        panic!("the stop has no end");
    }
}

/// A file system that is really full: "busy" to everybody, and recorded when there is room again, without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn row_37_on_a_full_file_system_voters_hear_busy_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let made = make(dir.path());
    let Some(small) = SmallDisk::mount(&dir.path().join("small")) else {
        return;
    };
    let home = Home::new(small.0.join("e"));
    copy(made.dir(), home.dir());
    let ledger = Ledger::new(&home);
    let (server, url) = serve(&home, |_| ());
    for voter in 0..VOTERS {
        ledger.cast_until_yes(&url, voter).await;
    }
    let filler = small.0.join("filler");
    fill(&filler);
    let mut busy = 0;
    for round in 0..3 {
        for voter in 0..VOTERS {
            match ledger.cast(&url, voter).await {
                Said::No(Code::Busy) => busy += 1,
                Said::Yes(_) => fill(&filler),
                other => panic!("round {round}, voter {voter}: {other:?}"),
            }
        }
    }
    assert!(busy >= 2 * VOTERS, "{busy} times busy: the disk was not full");
    std::fs::remove_file(&filler).unwrap();
    for voter in 0..VOTERS {
        ledger.cast_until_yes(&url, voter).await;
    }
    ledger.check_log(&url);
    server.kill();
    let (server, url) = serve(&home, |_| ());
    ledger.finish(&home, &url, VOTERS).await;
    assert_eq!(server.terminate(), 0);
}

/// While the disk is full `/healthz` says so, for as long as it is, whether anybody votes or not; then all is well again,
/// without a restart and without a ballot.
#[tokio::test(flavor = "multi_thread")]
async fn row_54_a_full_disk_is_told_by_healthz_until_there_is_room() {
    let rig = Rig::new();
    let (server, url) = rig.disk.serve(&rig.home);
    rig.ledger.cast_until_yes(&url, 0).await;
    await_health(&url, None);
    rig.disk.arm(1, true, Fate::Fail, ENOSPC);
    let said = rig.ledger.cast(&url, 1).await;
    assert!(matches!(said, Said::No(Code::Busy)), "{said:?}");
    // Looked at again and again, with nobody voting.
    for _ in 0..20 {
        let says = ailment(&url).expect("the disk is full");
        assert!(says.contains("503") && says.contains("the disk is full"), "{says}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(rig.disk.disarm().1);
    await_health(&url, None);
    rig.ledger.check_log(&url);
    rig.ledger.finish(&rig.home, &url, 2).await;
    assert_eq!(server.terminate(), 0);
}

/// A tmpfs of a few megabytes; unmounted however the test ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at);
        let mounted = command.stderr(std::process::Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at.to_owned()));
        }
        // Past the capture of a test's output: who reads "ok" must also read this.
        let _ = writeln!(
            std::io::stderr(),
            "LEFT OUT: the test of a file system that is really full; this user may not mount a tmpfs"
        );
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    for size in [4_096, 64] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            // Of the cards the JSON is enough.
            copy(&entry.path(), &target);
        } else if !matches!(entry.path().extension().and_then(|e| e.to_str()), Some("html" | "txt")) {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
