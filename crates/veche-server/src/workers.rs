//! Work for the processor (RSA, signatures, proofs) off the threads that carry frames, behind a bounded queue:
//! thousands may wait for their turn, and none of them starves the sockets. A thread that is done takes the next job
//! itself; nobody has to be woken for it.
//!
//! The queue has lanes ([`Lane`]). The first lane has threads of its own, as many as there are cores. The others share
//! fewer, of low priority with the system's scheduler: they take what the first lane and the sockets leave, and a
//! little, so that nobody waits for ever; there networks take turns (`turns`). When the queue is full, the
//! newest job of the longest line of the worst lane goes.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use tokio::sync::oneshot;

use crate::{standing::Lane, turns::Turns};

/// Of so many jobs behind the first lane one is chosen by the length of its wait: of those whose turn it is, in any lane.
const BY_AGE_EVERY: u32 = 8;
/// Niceness of the threads behind the first lane: about a tenth of what others get who want the same core.
#[cfg(target_os = "linux")]
const PATIENT: i32 = 10;
/// After each job they rest for so many times as long as it took: a scheduler may let the lowest priority finish its
/// slice of some milliseconds before it runs a thread that has just been woken, and a ballot's way has many wakings.
const RESTS: u32 = 2;

/// Dropping it lets the threads end, each when its job is done.
pub struct Workers(Arc<Pool>);

/// The queue is full, or the job died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is busy")]
pub struct Busy;

#[derive(Default)]
struct Pool {
    queue: Mutex<Queue>,
    /// Something came for the first lane; for another.
    first: Condvar,
    others: Condvar,
}

#[derive(Default)]
struct Queue {
    first: VecDeque<Waiting>,
    behind: [Turns<Waiting>; Lane::COUNT - 1],
    waiting: usize,
    waiting_max: usize,
    /// Numbers those who wait.
    next: u64,
    turns: u32,
    /// Threads without work: of the first lane, and of the others.
    idle: [usize; 2],
    over: bool,
}

type Job = Box<dyn FnOnce() + Send>;

struct Waiting {
    since: u64,
    job: Job,
}

impl Workers {
    pub fn new(threads: usize, waiting_max: usize) -> io::Result<Self> {
        let pool = Arc::new(Pool::default());
        pool.queue().waiting_max = waiting_max;
        let workers = Self(pool.clone());
        let patient = (threads / 2).max(1);
        for i in 0..threads.max(1) + patient {
            let (pool, patient) = (pool.clone(), i < patient);
            thread::Builder::new().name("veche-worker".into()).spawn(move || {
                if patient {
                    be_patient();
                }
                pool.work(patient);
            })?;
        }
        Ok(workers)
    }

    /// Jobs that wait for a thread.
    pub fn queue_depth(&self) -> usize {
        self.0.queue().waiting
    }

    /// The same by lane.
    pub fn depths(&self) -> [usize; Lane::COUNT] {
        let queue = self.0.queue();
        let [second, third, last] = queue.behind.each_ref().map(Turns::len);
        [queue.first.len(), second, third, last]
    }

    /// Says how many jobs of the first lane wait, whenever it is asked.
    pub fn backlog(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let pool = self.0.clone();
        move || pool.queue().first.len()
    }

    /// Work for somebody from this address. A job whose caller has gone away before its turn is not run.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        address: IpAddr,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, done) = oneshot::channel();
        let job = Box::new(move || {
            if !answer.is_closed() {
                let _ = answer.send(job());
            }
        });
        self.0.put(lane, address, job);
        // The answer's sender is dropped without one if the job panicked, or had to make room in a full queue.
        done.await.map_err(|_| Busy)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.queue().over = true;
        self.0.first.notify_all();
        self.0.others.notify_all();
    }
}

impl Pool {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, lane: Lane, address: IpAddr, job: Job) {
        let mut queue = self.queue();
        let gone = queue.put(lane, address, job);
        let [first, others] = queue.idle;
        // Whatever goes is dropped without the lock.
        drop(queue);
        drop(gone);
        match lane {
            Lane::First if first > 0 => self.first.notify_one(),
            Lane::Second | Lane::Third | Lane::Last if others > 0 => self.others.notify_one(),
            _ => {}
        }
    }

    fn work(&self, patient: bool) {
        let mut queue = self.queue();
        loop {
            let next = if patient { queue.next_patient() } else { queue.next_first() };
            match next {
                Some(job) => {
                    drop(queue);
                    let began = Instant::now();
                    // A job that panics has its caller told; the thread goes on.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(job));
                    if patient {
                        thread::sleep(began.elapsed() * RESTS);
                    }
                    queue = self.queue();
                }
                None if queue.over => return,
                None => {
                    let came = if patient { &self.others } else { &self.first };
                    *queue.idle(patient) += 1;
                    queue = came.wait(queue).unwrap_or_else(PoisonError::into_inner);
                    *queue.idle(patient) -= 1;
                }
            }
        }
    }
}

impl Queue {
    /// Returns who had to make room: perhaps the newcomer.
    fn put(&mut self, lane: Lane, address: IpAddr, job: Job) -> Option<Waiting> {
        let waiting = Waiting { since: self.next, job };
        self.next += 1;
        self.waiting += 1;
        match self.behind(lane) {
            None => self.first.push_back(waiting),
            Some(behind) => behind.push(address, waiting),
        }
        if self.waiting <= self.waiting_max {
            return None;
        }
        self.waiting -= 1;
        let worst = self.behind.iter_mut().rev().find(|lane| !lane.is_empty());
        worst.map_or_else(|| self.first.pop_back(), Turns::pop_newest_of_longest)
    }

    fn behind(&mut self, lane: Lane) -> Option<&mut Turns<Waiting>> {
        let [second, third, last] = &mut self.behind;
        match lane {
            Lane::First => None,
            Lane::Second => Some(second),
            Lane::Third => Some(third),
            Lane::Last => Some(last),
        }
    }

    fn idle(&mut self, patient: bool) -> &mut usize {
        let [first, others] = &mut self.idle;
        if patient { others } else { first }
    }

    fn next_first(&mut self) -> Option<Job> {
        let found = self.first.pop_front()?;
        self.waiting -= 1;
        Some(found.job)
    }

    fn next_patient(&mut self) -> Option<Job> {
        let mut waiting = self.behind.iter_mut().filter(|lane| !lane.is_empty());
        let lane = if self.turns % BY_AGE_EVERY == BY_AGE_EVERY - 1 {
            waiting.min_by_key(|lane| lane.peek().map(|next| next.since))
        } else {
            waiting.next()
        };
        let found = lane?.pop()?;
        self.turns = self.turns.wrapping_add(1);
        self.waiting -= 1;
        Some(found.job)
    }
}

/// This thread takes what others leave. Only Linux gives threads a priority of their own.
fn be_patient() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, PATIENT) {
        tracing::debug!(%error, "the priority of a thread could not be lowered");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;
    use Lane::{First, Last, Second, Third};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Threads are busy; then jobs in these lanes, in this order. What became of each, in the order of its end.
    async fn served(lanes: &[Lane], waiting_max: usize) -> Vec<Result<usize, usize>> {
        let workers = Arc::new(Workers::new(1, waiting_max).unwrap());
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let busy = Arc::new(AtomicUsize::new(0));
        let mut jobs = tokio::task::JoinSet::new();
        for lane in [First, Last] {
            let (workers, gate, busy) = (workers.clone(), gate.clone(), busy.clone());
            let job = move || {
                busy.fetch_add(1, Ordering::SeqCst);
                gate.lock().unwrap().recv().unwrap();
            };
            jobs.spawn(async move { workers.run(lane, HERE, job).await.unwrap() });
        }
        while busy.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let order = Arc::new(Mutex::new(Vec::new()));
        for (i, lane) in lanes.iter().copied().enumerate() {
            let (workers, order, ran) = (workers.clone(), order.clone(), order.clone());
            jobs.spawn(async move {
                if workers.run(lane, HERE, move || ran.lock().unwrap().push(Ok(i))).await.is_err() {
                    order.lock().unwrap().push(Err(i));
                }
            });
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..2 {
            open.send(()).unwrap();
        }
        jobs.join_all().await;
        assert_eq!(workers.queue_depth(), 0);
        Arc::into_inner(order).unwrap().into_inner().unwrap()
    }

    #[tokio::test]
    async fn better_lanes_go_first_and_within_one_who_came_first() {
        assert_eq!(served(&[Last, Third, Second, Last, Second], 9).await, [Ok(2), Ok(4), Ok(1), Ok(0), Ok(3)]);
        assert_eq!(served(&[First, First, First], 9).await, [Ok(0), Ok(1), Ok(2)]);
    }

    #[tokio::test]
    async fn of_eight_jobs_behind_the_first_lane_one_is_chosen_by_its_age() {
        let mut lanes = vec![Last];
        lanes.extend([Second; 20]);
        let order = served(&lanes, 99).await;
        let place = order.iter().position(|served| *served == Ok(0)).unwrap();
        assert!(place < BY_AGE_EVERY as usize, "{order:?}");
    }

    #[tokio::test]
    async fn a_full_queue_sends_away_the_newest_of_a_worse_lane_and_none_of_a_better() {
        let order = served(&[Last, Last, First], 2).await;
        assert_eq!((order[0], order.len()), (Err(1), 3), "{order:?}");
        let order = served(&[First, First, Last, First], 2).await;
        assert_eq!(order[..2], [Err(2), Err(3)], "{order:?}");
    }

    #[tokio::test]
    async fn the_first_lane_does_not_wait_for_jobs_behind_it() {
        let workers = Arc::new(Workers::new(1, 99).unwrap());
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let slow = tokio::spawn({
            let workers = workers.clone();
            async move { workers.run(Last, HERE, move || gate.recv().unwrap()).await }
        });
        assert_eq!(workers.run(First, HERE, || 17).await, Ok(17));
        assert!(!slow.is_finished());
        open.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_job_that_dies_tells_its_caller_and_the_thread_goes_on() {
        let workers = Workers::new(1, 9).unwrap();
        for lane in [First, Last] {
            assert_eq!(workers.run(lane, HERE, || VecDeque::<()>::new().pop_back().unwrap()).await, Err(Busy));
            assert_eq!(workers.run(lane, HERE, || 17).await, Ok(17));
        }
    }

    /// Row 58: behind the first lane networks take turns, and in a full queue the longest line is cut.
    #[test]
    fn row_58_a_network_with_many_jobs_waits_for_itself() {
        let mut queue = Queue { waiting_max: 6, ..Queue::default() };
        let site = |i: u16| IpAddr::from([0x2001, 0xdb8, 0, i, 0, 0, 0, 1]);
        let gone: usize = (0..20).filter_map(|i| queue.put(Last, site(i), Box::new(|| ()))).count();
        assert_eq!(gone, 14);
        let order = Arc::new(Mutex::new(Vec::new()));
        for i in 0..2 {
            let order = order.clone();
            let cut = queue.put(Last, HERE, Box::new(move || order.lock().unwrap().push(i))).unwrap();
            assert_ne!(cut.since, 20 + i, "the newcomer from elsewhere has its place");
        }
        (0..4).for_each(|_| queue.next_patient().unwrap()());
        assert_eq!(*order.lock().unwrap(), [0, 1], "every other turn");
    }
}
