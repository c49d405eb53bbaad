//! The door: whoever comes from an address that does not stand well ([`crate::standing`]) is let in at a pace, and one
//! such network after the other ([`crate::turns`]), so that a flood of connections does not crowd out the sessions
//! inside. All others walk in.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::turns::Turns;

/// Of those who wait, so many are let in ...
const LET_IN: usize = 2;
/// ... every so often: two hundred a second.
const EVERY: Duration = Duration::from_millis(10);
/// Who has waited so long is sent away.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
pub(crate) struct Door(Arc<Mutex<Outside>>);

#[derive(Debug, Default)]
struct Outside {
    waiting: Turns<oneshot::Sender<()>>,
    /// Does somebody keep the door?
    kept: bool,
}

impl Door {
    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for this address's turn. False: not within reason.
    pub async fn wait(&self, address: IpAddr) -> bool {
        let turn = {
            let mut outside = self.outside();
            let (go, turn) = oneshot::channel();
            outside.waiting.push(address, go);
            if !outside.kept {
                outside.kept = true;
                tokio::spawn(self.clone().keep());
            }
            turn
        };
        matches!(tokio::time::timeout(PATIENCE, turn).await, Ok(Ok(())))
    }

    pub fn waiting(&self) -> usize {
        self.outside().waiting.len()
    }

    /// As long as somebody waits.
    async fn keep(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            let mut outside = self.outside();
            let mut let_in = 0;
            while let_in < LET_IN {
                match outside.waiting.pop() {
                    // Somebody who has gone away takes no turn.
                    Some(go) => let_in += usize::from(go.send(()).is_ok()),
                    None => {
                        outside.kept = false;
                        return;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_let_in_at_a_pace_and_each_address_in_turn() {
        let door = Door::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let began = tokio::time::Instant::now();
        let mut all = tokio::task::JoinSet::new();
        for (address, count) in [(1, 100), (2, 1), (3, 2)] {
            for _ in 0..count {
                let (door, order) = (door.clone(), order.clone());
                all.spawn(async move {
                    assert!(door.wait(IpAddr::from([10, 0, 0, address])).await);
                    order.lock().unwrap().push(address);
                });
            }
        }
        all.join_all().await;
        let order = std::mem::take(&mut *order.lock().unwrap());
        assert_eq!(order[..5], [1, 2, 3, 1, 3]);
        let least = EVERY * (order.len() / LET_IN) as u32;
        assert!(began.elapsed() >= least, "{:?}", began.elapsed());
        tokio::time::sleep(EVERY * 20).await;
        assert!(!door.outside().kept && door.outside().waiting.is_empty());
    }

    #[tokio::test]
    async fn who_goes_away_takes_no_turn() {
        let door = Door::default();
        for _ in 0..1_000 {
            let wait = door.wait(IpAddr::from([10, 0, 0, 1]));
            let _ = tokio::time::timeout(Duration::ZERO, wait).await;
        }
        let began = tokio::time::Instant::now();
        assert!(door.wait(IpAddr::from([10, 0, 0, 1])).await);
        assert!(began.elapsed() < EVERY * 400, "a thousand turns were taken");
    }
}
