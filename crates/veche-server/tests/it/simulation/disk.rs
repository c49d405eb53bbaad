//! What a crash leaves, and a store over it whose every commit waits until its fate is decided.

use super::*;

/// What survives a crash, and a commit that waits for its fate.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) entries: Vec<StoredEntry>,
    pub(super) head: Option<Head>,
    pub(super) pending: Option<Pending>,
    pub(super) gone: bool,
    /// The closing time in force, by what is on the disk.
    pub(super) closes: u64,
    /// When a server first came back after it, by the time that it really was.
    returned: Option<u64>,
    /// Was the clock right when the process began that now runs?
    began_right: bool,
    /// What should never have been appended.
    pub(super) wrong: Vec<String>,
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
                for closes in entries.iter().filter_map(|entry| extension(entry)) {
                    (self.closes, self.returned) = (closes, None);
                }
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

fn extension(entry: &[u8]) -> Option<u64> {
    let CheckedEntry::Control(control) = CheckedEntry::check(entry, &WORLD.election, &crate::fixture::WEIGHTS).unwrap()
    else {
        return None;
    };
    if let Act::Extend { closes, .. } = control.entry().act { Some(closes) } else { None }
}

/// The disk, and the machine's clocks.
#[derive(Clone)]
pub(super) struct SimStore(pub(super) Arc<Mutex<Disk>>, Clocks);

impl SimStore {
    pub(super) fn new(clocks: Clocks) -> Self {
        Self(Arc::new(Mutex::new(Disk { closes: CLOSES, ..Disk::default() })), clocks)
    }

    /// A server starts.
    pub(super) fn returns(&self) {
        let (mut disk, now) = (self.0.lock().unwrap(), self.1.truth());
        disk.began_right = self.1.wall() == now;
        if now >= disk.closes {
            disk.returned.get_or_insert(now);
        }
    }

    /// Whatever the clocks show: is it time for this entry?
    fn judge(&self, entry: &[u8]) {
        let (mut disk, now) = (self.0.lock().unwrap(), self.1.truth());
        let closes = disk.closes;
        match CheckedEntry::check(entry, &WORLD.election, &crate::fixture::WEIGHTS).unwrap() {
            CheckedEntry::Ballot(_) if now >= closes => disk.wrong.push(format!("a ballot at {now}, after {closes}")),
            CheckedEntry::Control(control)
                if (control.entry().by, &control.entry().act) == (Signatory::Board, &Act::Closing) =>
            {
                // A process that began by a clock that was ahead, and slept on under it, holds a grace that was noted before
                // for over: that is the limit which the specification names, and no more is asked of it than of all.
                let returned = disk.returned.filter(|_| disk.began_right);
                let earliest = returned.map_or(closes + 10, |returned| returned + GRACE_DEFAULT_S);
                if now < earliest {
                    disk.wrong.push(format!("closed at {now}, and not from {earliest} on"));
                }
            }
            _ => {}
        }
    }
}

impl Store for SimStore {
    async fn head(&self) -> Result<Head, StoreError> {
        let disk = self.0.lock().unwrap();
        if disk.gone { Err(StoreError::Failed("simulated: no answer".into())) } else { Ok(disk.head()) }
    }

    async fn append(&self, expected: Head, entries: Vec<Vec<u8>>, head: Head) -> Result<(), StoreError> {
        entries.iter().for_each(|entry| self.judge(entry));
        let (answer, fate) = oneshot::channel();
        self.0.lock().unwrap().pending = Some(Pending { expected, entries, head, answer });
        fate.await.unwrap_or_else(|_| Err(StoreError::Failed("the process died".into())))
    }

    async fn read(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let disk = self.0.lock().unwrap();
        Ok(disk.entries.iter().skip(from as usize).take(limit as usize).cloned().collect())
    }
}
