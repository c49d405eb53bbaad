//! Work for the processor (RSA, signatures) off the threads that carry frames, on as many threads as there are cores,
//! behind a bounded queue: thousands may wait for their turn, and none of them starves the sockets. A thread that is
//! done takes the next job itself; nobody has to be woken for it.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Dropping it lets the threads end, each when its job is done.
#[derive(Debug)]
pub struct Workers {
    queue: Arc<Queue>,
    waiting_max: usize,
}

/// The queue is full, or the job died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is busy")]
pub struct Busy;

#[derive(Debug, Default)]
struct Queue {
    inner: Mutex<Inner>,
    /// Signalled for each job that finds a thread without work.
    work: Condvar,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Job>,
    /// Threads without work.
    idle: usize,
    closed: bool,
}

impl Workers {
    pub fn new(threads: usize, waiting_max: usize) -> io::Result<Self> {
        let workers = Self { queue: Arc::default(), waiting_max };
        for _ in 0..threads {
            let queue = workers.queue.clone();
            thread::Builder::new().name("veche-worker".into()).spawn(move || queue.work())?;
        }
        Ok(workers)
    }

    /// Jobs that wait for a thread.
    pub fn queue_depth(&self) -> usize {
        self.queue.inner().waiting.len()
    }

    /// What nobody awaits any more when its turn comes is dropped undone.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (answer, done) = oneshot::channel();
        let job = move || {
            if !answer.is_closed() {
                let _ = answer.send(job());
            }
        };
        self.queue.put(Box::new(job), self.waiting_max)?;
        done.await.map_err(|_| Busy)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.inner().closed = true;
        self.queue.work.notify_all();
    }
}

impl Queue {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, job: Job, waiting_max: usize) -> Result<(), Busy> {
        let mut inner = self.inner();
        if inner.waiting.len() >= waiting_max {
            return Err(Busy);
        }
        inner.waiting.push_back(job);
        let somebody_sleeps = inner.idle > 0;
        drop(inner);
        if somebody_sleeps {
            self.work.notify_one();
        }
        Ok(())
    }

    /// The life of a thread.
    fn work(&self) {
        while let Some(job) = self.next() {
            // A job that panics has dropped its answer, which its caller notices; the thread goes on.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    fn next(&self) -> Option<Job> {
        let mut inner = self.inner();
        inner.idle += 1;
        inner = self
            .work
            .wait_while(inner, |inner| inner.waiting.is_empty() && !inner.closed)
            .unwrap_or_else(PoisonError::into_inner);
        inner.idle -= 1;
        inner.waiting.pop_front()
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} jobs waiting, {} threads idle", self.waiting.len(), self.idle)
    }
}
