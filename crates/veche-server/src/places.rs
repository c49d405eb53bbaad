//! What costs memory for as long as a peer likes, in bounded number: in all, and for each neighbourhood. Of too many,
//! whoever has held one for longest where it is most crowded is hung up on.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{crowd::Crowd, neighbourhood::Neighbourhood};

/// Ends a connection.
#[derive(Debug, Clone, Default)]
pub struct HangUp(pub(crate) Arc<Notify>);

/// All places of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_of_address: usize,
    next_id: u64,
    held: HashMap<u64, HangUp>,
    /// The longest silent of them is who has held a place for longest.
    holders: Crowd,
}

/// One of them; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    id: u64,
    places: Places,
}

impl Places {
    pub fn new(most: usize, most_of_address: usize) -> Self {
        let (held, holders) = (HashMap::new(), Crowd::default());
        Self(Arc::new(Mutex::new(Inner { most, most_of_address, next_id: 0, held, holders })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for somebody at this address, who is hung up on when others need it.
    pub fn take(&self, address: IpAddr, hang_up: HangUp) -> Place {
        let id = self.inner().take(address, hang_up);
        Place { id, places: self.clone() }
    }

    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.inner().held.len()
    }
}

impl Inner {
    fn take(&mut self, address: IpAddr, hang_up: HangUp) -> u64 {
        for near in Neighbourhood::around(address) {
            if self.holders.count(near) >= self.most_of_address.saturating_mul(near.persons()) {
                self.hang_up(self.holders.longest_silent(near));
            }
        }
        if self.held.len() >= self.most {
            self.hang_up(self.holders.makes_room(address));
        }
        let id = self.next_id;
        self.next_id += 1;
        self.held.insert(id, hang_up);
        self.holders.insert(id, address);
        id
    }

    /// It is out of the count at once.
    fn hang_up(&mut self, id: Option<u64>) {
        if let Some(hang_up) = id.and_then(|id| self.remove(id)) {
            hang_up.0.notify_one();
        }
    }

    fn remove(&mut self, id: u64) -> Option<HangUp> {
        self.holders.remove(id);
        self.held.remove(&id)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.inner().remove(self.id);
    }
}
