//! The sessions that are open, found by what is asked of them. Thousands may wait idle, and every cast claims a number
//! and proves a credential: neither may look at all of them, nor may a newcomer at a full house.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::Arc,
};

use tokio::sync::Notify;
use veche_election::VoterNumber;

use crate::{crowd::Crowd, neighbourhood::Neighbourhood};

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub address: IpAddr,
    pub number: Option<VoterNumber>,
    pub proven: bool,
    /// It has shown its credential with a hello, and is about to end.
    pub greeted: bool,
    pub evict: Arc<Notify>,
}

/// Ids are given in order: of two sessions the one with the smaller id is the older. Of sessions that have not proven
/// their number nothing is kept by number: what becomes of them does not depend on it.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    next_id: u64,
    by_id: HashMap<u64, Session>,
    /// Those that make room: all that have proven nothing, and of a number's that have all but the youngest. All are
    /// silent since they began, so that few cards hold no more places than few strangers, and nobody sees which is which.
    yielding: Crowd,
    staying: Crowd,
    proven_about: HashMap<VoterNumber, BTreeSet<u64>>,
}

impl Sessions {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn count_in(&self, neighbourhood: Neighbourhood) -> usize {
        self.yielding.count(neighbourhood) + self.staying.count(neighbourhood)
    }

    pub fn get(&self, id: u64) -> Option<&Session> {
        self.by_id.get(&id)
    }

    /// All that have not shown a credential.
    pub fn all_unproven(&self) -> Vec<u64> {
        self.by_id.iter().filter(|(_, session)| !session.proven).map(|(id, _)| *id).collect()
    }

    pub fn insert(&mut self, address: IpAddr) -> (u64, Arc<Notify>) {
        let id = self.next_id;
        self.next_id += 1;
        let evict = Arc::new(Notify::new());
        self.by_id.insert(id, Session { address, number: None, proven: false, greeted: false, evict: evict.clone() });
        self.yielding.insert_since(id, address, id);
        (id, evict)
    }

    pub fn remove(&mut self, id: u64) -> Option<Session> {
        let session = self.by_id.remove(&id)?;
        self.yielding.remove(id);
        self.staying.remove(id);
        if let Some(number) = session.number.filter(|_| session.proven)
            && let Some(among) = self.proven_about.get_mut(&number)
        {
            among.remove(&id);
            match among.last().copied() {
                Some(youngest) => self.stays(youngest),
                None => drop(self.proven_about.remove(&number)),
            }
        }
        Some(session)
    }

    pub fn claim(&mut self, id: u64, number: VoterNumber) {
        if let Some(session) = self.by_id.get_mut(&id) {
            session.number = Some(number);
        }
    }

    /// The session has shown the credential of the number it claims with a hello; which that is.
    pub fn greet(&mut self, id: u64) -> Option<VoterNumber> {
        let session = self.by_id.get_mut(&id)?;
        session.greeted = true;
        session.number
    }

    /// The session has shown the credential of the number it claims; which that is.
    pub fn prove(&mut self, id: u64) -> Option<VoterNumber> {
        let session = self.by_id.get_mut(&id)?;
        session.proven = true;
        let Some(number) = session.number else {
            self.stays(id);
            return None;
        };
        let among = self.proven_about.entry(number).or_default();
        let before = among.last().copied();
        among.insert(id);
        let youngest = among.last().copied();
        if before != youngest {
            before.into_iter().for_each(|before| self.yields(before));
        }
        youngest.into_iter().for_each(|youngest| self.stays(youngest));
        Some(number)
    }

    fn stays(&mut self, id: u64) {
        if let Some(session) = self.by_id.get(&id)
            && self.yielding.remove(id)
        {
            self.staying.insert_since(id, session.address, id);
        }
    }

    fn yields(&mut self, id: u64) {
        if let Some(session) = self.by_id.get(&id)
            && self.staying.remove(id)
        {
            self.yielding.insert_since(id, session.address, id);
        }
    }

    /// The oldest session that has proven this number, if more have than may.
    pub fn one_too_many(&self, number: VoterNumber, most: usize) -> Option<u64> {
        self.proven_about.get(&number).filter(|among| among.len() > most)?.first().copied()
    }

    /// Who makes room for a newcomer from this address. No number's only one, if it has proven it.
    pub fn makes_room(&self, newcomer: IpAddr) -> Option<u64> {
        self.yielding.makes_room(newcomer)
    }

    /// The same within one neighbourhood.
    pub fn makes_room_in(&self, neighbourhood: Neighbourhood) -> Option<u64> {
        self.yielding.longest_silent(neighbourhood)
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
            2 => any::<usize>().prop_map(Step::Prove),
            1 => any::<usize>().prop_map(Step::Leave),
        ]
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn agree(sessions: &Sessions, open: &[(u64, Session)]) {
        assert_eq!(sessions.len(), open.len());
        for number in (1..4).map(|number| VoterNumber::new(number).unwrap()) {
            let proven = |s: &&(u64, Session)| s.1.proven && s.1.number == Some(number);
            let count = open.iter().filter(proven).count();
            let oldest = open.iter().find(proven).map(|(id, _)| *id);
            assert_eq!(sessions.one_too_many(number, count), None);
            assert_eq!(count.checked_sub(1).and_then(|most| sessions.one_too_many(number, most)), oldest);
        }
        for address in (0..6).map(address) {
            for near in Neighbourhood::around(address) {
                let here = |s: &&(u64, Session)| Neighbourhood::around(s.1.address).any(|other| other == near);
                assert_eq!(sessions.count_in(near), open.iter().filter(here).count());
                let oldest = open.iter().filter(here).find(|s| yields(open, s)).map(|(id, _)| *id);
                assert_eq!(sessions.makes_room_in(near), oldest);
            }
            let goes = sessions.makes_room(address).map(|id| yields(open, open.iter().find(|s| s.0 == id).unwrap()));
            assert_eq!(goes, open.iter().any(|s| yields(open, s)).then_some(true));
        }
    }

    /// It has proven nothing, or another has proven the same number that is younger.
    fn yields(open: &[(u64, Session)], (id, session): &(u64, Session)) -> bool {
        !session.proven || open.iter().any(|(other, s)| s.proven && s.number == session.number && other > id)
    }

    proptest! {
        #[test]
        fn the_indexes_answer_as_a_look_at_every_session_would(steps in vec(step(), 0..60)) {
            let (mut sessions, mut open) = (Sessions::default(), Vec::<(u64, Session)>::new());
            for step in steps {
                match step {
                    Step::Enter(last) => {
                        let (id, evict) = sessions.insert(address(last));
                        open.push((id, Session { address: address(last), number: None, proven: false, greeted: false, evict }));
                    }
                    // A number is claimed once, and before it is proven.
                    Step::Claim(which, number) if !open.is_empty() && open[which % open.len()].1.number.is_none() => {
                        let (which, number) = (which % open.len(), VoterNumber::new(number).unwrap());
                        sessions.claim(open[which].0, number);
                        open[which].1.number = Some(number);
                    }
                    Step::Prove(which) if !open.is_empty() && open[which % open.len()].1.number.is_some() => {
                        let which = which % open.len();
                        prop_assert_eq!(sessions.prove(open[which].0), open[which].1.number);
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
            prop_assert!(sessions.proven_about.is_empty() && sessions.by_id.is_empty());
        }
    }
}
