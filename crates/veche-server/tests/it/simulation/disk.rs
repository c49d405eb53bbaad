//! What a crash leaves, and a store over it whose every commit waits until its fate is decided.

use super::*;

/// What survives a crash, and a commit that waits for its fate.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) entries: Vec<StoredEntry>,
    pub(super) head: Option<Head>,
    pub(super) pending: Option<Pending>,
    pub(super) gone: bool,
}

pub(super) struct Pending {
    expected: Head,
    entries: Vec<Vec<u8>>,
    head: Head,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    FailBefore,
    FailAfter,
    Full,
}

impl Disk {
    pub(super) fn head(&self) -> Head {
        self.head.unwrap_or(Head::EMPTY)
    }

    pub(super) fn decide(&mut self, fate: Fate) {
        let Some(Pending { expected, entries, head, answer }) = self.pending.take() else { return };
        let stored = match fate {
            Fate::FailBefore | Fate::Full => Ok(()),
            _ if expected != self.head() => Err(StoreError::Conflict { size: self.head().size }),
            _ => {
                self.entries.extend(entries.into_iter().map(|bytes| StoredEntry { bytes, batch: head.size }));
                self.head = Some(head);
                Ok(())
            }
        };
        let said = match fate {
            Fate::Done => stored,
            Fate::Full => Err(StoreError::Full),
            Fate::FailBefore | Fate::FailAfter => Err(StoreError::Failed("simulated".into())),
        };
        let _ = answer.send(said);
    }
}

#[derive(Clone, Default)]
pub(super) struct SimStore(pub(super) Arc<Mutex<Disk>>);

impl Store for SimStore {
    async fn head(&self) -> Result<Head, StoreError> {
        let disk = self.0.lock().unwrap();
        if disk.gone { Err(StoreError::Failed("simulated: no answer".into())) } else { Ok(disk.head()) }
    }

    async fn append(&self, expected: Head, entries: Vec<Vec<u8>>, head: Head) -> Result<(), StoreError> {
        let (answer, fate) = oneshot::channel();
        self.0.lock().unwrap().pending = Some(Pending { expected, entries, head, answer });
        fate.await.unwrap_or_else(|_| Err(StoreError::Failed("the process died".into())))
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let disk = self.0.lock().unwrap();
        Ok(disk.entries.iter().skip(from as usize).take(limit as usize).cloned().collect())
    }
}
