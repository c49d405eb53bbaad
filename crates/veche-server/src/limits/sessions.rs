//! The sessions that are open, found by what is asked of them. Thousands may wait idle, and every cast claims a number
//! and proves a credential: neither may look at all of them, nor may a newcomer at a full house.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::Arc,
};

use tokio::sync::Notify;
use veche_election::VoterNumber;

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub address: IpAddr,
    pub number: Option<VoterNumber>,
    pub proven: bool,
    pub evict: Arc<Notify>,
}

/// Ids are given in order: of two sessions the one with the smaller id is the older.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    next_id: u64,
    by_id: HashMap<u64, Session>,
    /// By number (none claimed yet), and whether the credential was shown.
    about: HashMap<(Option<VoterNumber>, bool), BTreeSet<u64>>,
    at: HashMap<IpAddr, AtAddress>,
    /// How many sessions without a proven credential an address has: every address that has any.
    crowds: BTreeSet<(usize, IpAddr)>,
}

#[derive(Debug, Default)]
struct AtAddress {
    sessions: usize,
    unproven: BTreeSet<u64>,
}

impl Sessions {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn count_at(&self, address: IpAddr) -> usize {
        self.at.get(&address).map_or(0, |at| at.sessions)
    }

    pub fn get(&self, id: u64) -> Option<&Session> {
        self.by_id.get(&id)
    }

    /// How many are about this number, with or without a proven credential.
    pub fn count_about(&self, number: Option<VoterNumber>, proven: bool) -> usize {
        self.about.get(&(number, proven)).map_or(0, BTreeSet::len)
    }

    pub fn oldest_about(&self, number: Option<VoterNumber>, proven: bool) -> Option<u64> {
        self.about.get(&(number, proven))?.first().copied()
    }

    pub fn insert(&mut self, address: IpAddr) -> (u64, Arc<Notify>) {
        let id = self.next_id;
        self.next_id += 1;
        let evict = Arc::new(Notify::new());
        let session = Session { address, number: None, proven: false, evict: evict.clone() };
        self.at.entry(address).or_default().sessions += 1;
        self.note(id, &session);
        self.by_id.insert(id, session);
        (id, evict)
    }

    pub fn remove(&mut self, id: u64) -> Option<Session> {
        let session = self.by_id.remove(&id)?;
        self.forget(id, &session);
        if let Some(at) = self.at.get_mut(&session.address) {
            at.sessions -= 1;
            if at.sessions == 0 {
                self.at.remove(&session.address);
            }
        }
        Some(session)
    }

    /// A session claims a number, or proves its credential.
    pub fn change(&mut self, id: u64, change: impl FnOnce(&mut Session)) {
        let Some(mut session) = self.by_id.get(&id).cloned() else { return };
        self.forget(id, &session);
        change(&mut session);
        self.note(id, &session);
        self.by_id.insert(id, session);
    }

    /// Of all sessions without a proven credential: the oldest of the address that has the most of them, the newcomer
    /// counted in if its address has any. Among equals the newcomer crowds.
    pub fn crowding(&self, newcomer: IpAddr) -> Option<u64> {
        let (most, address) = self.crowds.last()?;
        let own = self.at.get(&newcomer).map_or(0, |at| at.unproven.len());
        let crowding = if own > 0 && own + 1 >= *most { newcomer } else { *address };
        self.at.get(&crowding)?.unproven.first().copied()
    }

    /// The same among those about one number, which are few.
    pub fn crowding_about(&self, number: VoterNumber, newcomer: IpAddr) -> Option<u64> {
        let among = self.about.get(&(Some(number), false))?;
        let mut crowds: HashMap<IpAddr, (usize, u64)> = HashMap::new();
        for id in among {
            let address = self.by_id.get(id)?.address;
            crowds.entry(address).or_insert((usize::from(address == newcomer), *id)).0 += 1;
        }
        let crowding = crowds.iter().max_by_key(|(address, (count, _))| (*count, **address == newcomer))?;
        Some(crowding.1.1)
    }

    /// Into the indexes with it ...
    fn note(&mut self, id: u64, session: &Session) {
        self.about.entry((session.number, session.proven)).or_default().insert(id);
        if !session.proven {
            self.resize_crowd(session.address, |unproven| unproven.insert(id));
        }
    }

    /// ... and out of them.
    fn forget(&mut self, id: u64, session: &Session) {
        let key = (session.number, session.proven);
        if let Some(among) = self.about.get_mut(&key) {
            among.remove(&id);
            if among.is_empty() {
                self.about.remove(&key);
            }
        }
        if !session.proven {
            self.resize_crowd(session.address, |unproven| unproven.remove(&id));
        }
    }

    fn resize_crowd(&mut self, address: IpAddr, resize: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let Some(at) = self.at.get_mut(&address) else { return };
        let before = at.unproven.len();
        resize(&mut at.unproven);
        let after = at.unproven.len();
        self.crowds.remove(&(before, address));
        if after > 0 {
            self.crowds.insert((after, address));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Enter(u8),
        /// Which of those that are open, and a number.
        Claim(usize, u64),
        Prove(usize),
        Leave(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..5_u8).prop_map(Step::Enter),
            3 => (any::<usize>(), 1..4_u64).prop_map(|(which, number)| Step::Claim(which, number)),
            1 => any::<usize>().prop_map(Step::Prove),
            1 => any::<usize>().prop_map(Step::Leave),
        ]
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    /// Looks at every session, as the rule is worded: who may be asked to go, of those that match.
    fn scan(open: &[(u64, Session)], newcomer: IpAddr, matches: impl Fn(&Session) -> bool) -> Vec<u64> {
        let unproven: Vec<_> = open.iter().filter(|(_, session)| !session.proven && matches(session)).collect();
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for (_, session) in &unproven {
            *counts.entry(session.address).or_default() += 1;
        }
        if let Some(own) = counts.get_mut(&newcomer) {
            *own += 1;
        }
        let most = counts.values().max().copied().unwrap_or(0);
        let crowded = counts.iter().filter(|(_, count)| **count == most);
        let oldest = |crowded: &IpAddr| unproven.iter().find(|(_, session)| session.address == *crowded).unwrap().0;
        crowded.map(|(address, _)| oldest(address)).collect()
    }

    fn agree(sessions: &Sessions, open: &[(u64, Session)]) {
        let numbers = [None, Some(1), Some(2), Some(3)].map(|n| n.map(|n| VoterNumber::new(n).unwrap()));
        assert_eq!(sessions.len(), open.len());
        for number in numbers {
            for proven in [false, true] {
                let same = |s: &&(u64, Session)| s.1.number == number && s.1.proven == proven;
                assert_eq!(sessions.count_about(number, proven), open.iter().filter(same).count());
                assert_eq!(sessions.oldest_about(number, proven), open.iter().find(same).map(|(id, _)| *id));
            }
        }
        for address in (0..6).map(address) {
            let here = open.iter().filter(|(_, session)| session.address == address).count();
            assert_eq!(sessions.count_at(address), here);
            let may_go = scan(open, address, |_| true);
            match sessions.crowding(address) {
                Some(id) => assert!(may_go.contains(&id), "{id} of {may_go:?}"),
                None => assert!(may_go.is_empty(), "{may_go:?}"),
            }
            for number in numbers.into_iter().flatten() {
                let may_go = scan(open, address, |session| session.number == Some(number));
                match sessions.crowding_about(number, address) {
                    Some(id) => assert!(may_go.contains(&id), "{id} of {may_go:?}"),
                    None => assert!(may_go.is_empty(), "{may_go:?}"),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_indexes_answer_as_a_look_at_every_session_would(steps in vec(step(), 0..60)) {
            let (mut sessions, mut open) = (Sessions::default(), Vec::<(u64, Session)>::new());
            for step in steps {
                match step {
                    Step::Enter(last) => {
                        let (id, evict) = sessions.insert(address(last));
                        open.push((id, Session { address: address(last), number: None, proven: false, evict }));
                    }
                    Step::Claim(which, number) if !open.is_empty() => {
                        let (which, number) = (which % open.len(), VoterNumber::new(number));
                        sessions.change(open[which].0, |session| session.number = number);
                        open[which].1.number = number;
                    }
                    Step::Prove(which) if !open.is_empty() => {
                        let which = which % open.len();
                        sessions.change(open[which].0, |session| session.proven = true);
                        open[which].1.proven = true;
                    }
                    Step::Leave(which) if !open.is_empty() => {
                        let (id, session) = open.remove(which % open.len());
                        prop_assert_eq!(sessions.remove(id).unwrap().number, session.number);
                        prop_assert!(sessions.get(id).is_none() && sessions.remove(id).is_none());
                    }
                    _ => {}
                }
                agree(&sessions, &open);
            }
            for (id, _) in open {
                sessions.remove(id);
            }
            prop_assert!(sessions.about.is_empty() && sessions.at.is_empty() && sessions.crowds.is_empty());
        }
    }
}
