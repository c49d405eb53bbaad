//! A whole tally as a stream: verify every ballot and add it to the sum, in batches, on several threads, with the memory
//! of a few batches. The ballots are honest and all different; they are made once, on all cores, and kept in a file.
//!
//! `stream [ballots, 100000 unless told] [threads, 2 unless told] [folder of the file, target/bench unless told]`

use std::{
    fs::File,
    io::{BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use veche_bench::{ELECTION, Election, FOLDER, seed, watch::process_s};
use veche_crypto::{
    Cells,
    dlog::Table,
    onehot::{Proven, verify_batch},
    opening::{Opening, Sum},
};

const BATCH: usize = 128;
const ROWS: usize = 7;
const OPTIONS: usize = 6;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().map_or(otherwise, |text| text.parse().expect("a number"));
    let (ballots, threads) = (number(100_000), number(2));
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| FOLDER.into()));

    let election = Election::new(ROWS, OPTIONS);
    let path = folder.join(format!("ballots-{ROWS}x{OPTIONS}-{ballots}.bin"));
    let length = ballots * election.bytes() as u64;
    if std::fs::metadata(&path).map_or(true, |file| file.len() != length) {
        generate(&election, ballots, threads, &path)?;
    }

    let (start, start_cpu) = (Instant::now(), process_s());
    let sum = verify_all(&election, &path, ballots, threads)?;
    let (taken, cpu) = (start.elapsed().as_secs_f64(), process_s() - start_cpu);
    println!("verified and added {ballots} ballots of {ROWS} x {OPTIONS} on {threads} threads in batches of {BATCH}");
    println!("{taken:.2} s: {:.0} ballots a second", ballots as f64 / taken);
    println!("{cpu:.2} s of CPU: {:.3} ms a ballot", 1e3 * cpu / ballots as f64);
    println!("peak memory (VmHWM) {} MiB", peak_memory_kib()? / 1024);

    let start = Instant::now();
    let counted = open(&election, &sum, ballots);
    println!("opened and solved {} cells in {:.1} ms", counted.len(), start.elapsed().as_secs_f64() * 1e3);
    assert_eq!(counted, expected(&election, ballots), "the opened sum is not what the voters chose");
    println!("the opened counts are what the voters chose");
    Ok(())
}

/// Ballots in the order of their numbers, each its ciphertexts and then its proof. Renamed when complete.
fn generate(election: &Election, ballots: u64, threads: u64, path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let (start, unfinished) = (Instant::now(), path.with_extension("unfinished"));
    let mut file = std::io::BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
    thread::scope(|scope| {
        let channels = (0..threads).map(|first| {
            let (send, receive) = mpsc::sync_channel(64);
            scope.spawn(move || {
                for number in (first..ballots).step_by(threads as usize) {
                    if send.send(election.create(number)).is_err() {
                        return;
                    }
                }
            });
            receive
        });
        let channels: Vec<_> = channels.collect();
        // Thread i makes the numbers i, i + threads, ...: taking turns gives them back in order.
        for sent in (0..ballots).filter_map(|number| channels[(number % threads) as usize].recv().ok()) {
            file.write_all(&sent.cells)?;
            file.write_all(&sent.proof)?;
        }
        file.flush()
    })?;
    std::fs::rename(unfinished, path)?;
    let taken = start.elapsed().as_secs_f64();
    println!("made {ballots} ballots on {threads} threads: {taken:.1} s, {:.0} a second", ballots as f64 / taken);
    Ok(())
}

/// The ballots that are not yet taken by a thread.
struct Left {
    file: BufReader<File>,
    next: u64,
    ballots: u64,
}

impl Left {
    /// The number of the first ballot of the next batch, and how many it has; their bytes in `bytes`.
    fn take(&mut self, each: usize, bytes: &mut Vec<u8>) -> std::io::Result<(u64, usize)> {
        let (first, count) = (self.next, BATCH.min((self.ballots - self.next) as usize));
        bytes.resize(count * each, 0);
        self.file.read_exact(bytes)?;
        self.next += count as u64;
        Ok((first, count))
    }
}

fn verify_all(election: &Election, path: &Path, ballots: u64, threads: u64) -> std::io::Result<Cells> {
    let left = Mutex::new(Left { file: BufReader::with_capacity(1 << 20, File::open(path)?), next: 0, ballots });
    let verified = AtomicU64::new(0);
    let one = || -> std::io::Result<Cells> {
        let mut sum = Cells::zero(election.layout());
        let mut bytes = Vec::new();
        loop {
            let (first, count) = left.lock().expect("no thread panics with it").take(election.bytes(), &mut bytes)?;
            if count == 0 {
                return Ok(sum);
            }
            let read = |(number, bytes): (u64, &[u8])| {
                let (cells, proof) = bytes.split_at(election.layout().cells_bytes());
                election.read_parts(number, cells, proof)
            };
            let read: Vec<Proven> = (first..).zip(bytes.chunks(election.bytes())).map(read).collect();
            verify_batch(&election.parameters, &read.iter().collect::<Vec<_>>(), &seed()).expect("honest ballots");
            for ballot in read {
                sum.add(&ballot.into_cells(), 1);
            }
            verified.fetch_add(count as u64, Ordering::Relaxed);
        }
    };
    let sums: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    assert_eq!(verified.into_inner(), ballots);
    let mut total = Cells::zero(election.layout());
    for sum in sums {
        total.add(&sum?, 1);
    }
    Ok(total)
}

/// What one trustee with all the keys does: a share with its proof, the check of it, the numbers.
fn open(election: &Election, sum: &Cells, ballots: u64) -> Vec<u64> {
    let sum = Sum::new(election.layout(), sum);
    let opening = Opening { election: &ELECTION, entry: &[2; 32], sum: &sum };
    let share = opening.share(1, &election.secrets, &seed());
    let points = opening.check(1, &election.publics(), &share).expect("an honest share");
    let table = Table::new(ballots);
    let opened = opening.combine(&[(1, points)]).expect("one share that was checked");
    opened.iter().map(|point| table.solve(point).expect("at most the number of ballots")).collect()
}

/// The counts of all options but the implied ones.
fn expected(election: &Election, ballots: u64) -> Vec<u64> {
    let mut counts = vec![0; ROWS * OPTIONS];
    for number in 0..ballots {
        for (row, choice) in election.choices(number).into_iter().enumerate() {
            counts[row * OPTIONS + choice] += 1;
        }
    }
    counts.chunks(OPTIONS).flat_map(|row| row[..OPTIONS - 1].to_vec()).collect()
}

fn peak_memory_kib() -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| std::io::Error::other("no VmHWM"))
}
