//! Work for the processor (RSA, signatures) off the threads that carry frames, as many jobs at once as there are
//! cores, behind a bounded queue: thousands may wait for their turn, and none of them starves the sockets.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;

#[derive(Debug, Clone)]
pub struct Workers {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    waiting_max: usize,
}

/// The queue is full, or the job died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is busy")]
pub struct Busy;

impl Workers {
    pub fn new(threads: usize, waiting_max: usize) -> Self {
        let running = Arc::new(Semaphore::new(threads));
        Self { running, waiting: Arc::new(AtomicUsize::new(0)), waiting_max }
    }

    /// Jobs that wait for a thread.
    pub fn queue_depth(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let place = Place::take(&self.waiting, self.waiting_max).ok_or(Busy)?;
        let permit = self.running.clone().acquire_owned().await.map_err(|_| Busy)?;
        drop(place);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            job()
        });
        done.await.map_err(|_| Busy)
    }
}

/// A place in the queue, given back however the wait ends.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, max: usize) -> Option<Self> {
        let place = Self(waiting.clone());
        (waiting.fetch_add(1, Ordering::Relaxed) < max).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
