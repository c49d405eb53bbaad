//! Those who hold a place and have proven nothing, and who of them goes when places are wanted: the longest silent of
//! the most crowded neighbourhood. Numbers of voters are not known here, and addresses are not compared: of equally
//! crowded neighbourhoods that one is asked in which somebody has been silent for longest. Whoever has proven nothing is
//! silent, from the beginning: anybody can say something again and again.
//!
//! Whoever crowds the door crowds it for himself, and a young session of a voter goes last of all that are near it:
//! it stays at least as long as it takes the neighbourhood to fill all its places anew.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

use crate::neighbourhood::Neighbourhood;

/// Order of silence: who came earlier has the smaller one. No two have the same.
type Since = u64;
/// How crowded a neighbourhood is, and since when its longest silent member is silent; with the network's bits that
/// names the neighbourhood.
type Place = (usize, Reverse<Since>, u8);

#[derive(Debug, Default)]
pub(crate) struct Crowd {
    /// The next `Since`.
    now: Since,
    members: HashMap<u64, (IpAddr, Since)>,
    near: HashMap<Neighbourhood, BTreeMap<Since, u64>>,
    /// Every neighbourhood that has members, the most crowded last, with its longest silent member.
    order: BTreeMap<Place, u64>,
}

impl Crowd {
    pub fn count(&self, neighbourhood: Neighbourhood) -> usize {
        self.near.get(&neighbourhood).map_or(0, BTreeMap::len)
    }

    /// An id that is not in it yet.
    pub fn insert(&mut self, id: u64, address: IpAddr) {
        self.insert_since(id, address, self.now);
    }

    /// Somebody who has been silent since before now, or just begins to be; for those who were in another crowd.
    pub fn insert_since(&mut self, id: u64, address: IpAddr, since: Since) {
        self.now = self.now.max(since + 1);
        self.members.insert(id, (address, since));
        self.change_near(address, |members| members.insert(since, id));
    }

    pub fn remove(&mut self, id: u64) -> bool {
        let Some((address, since)) = self.members.remove(&id) else { return false };
        self.change_near(address, |members| members.remove(&since));
        true
    }

    pub fn longest_silent(&self, neighbourhood: Neighbourhood) -> Option<u64> {
        self.near.get(&neighbourhood)?.first_key_value().map(|(_, id)| *id)
    }

    /// Who makes room for somebody from this address, who is counted in where neighbours are.
    pub fn makes_room(&self, newcomer: IpAddr) -> Option<u64> {
        let most = self.most();
        let near = Neighbourhood::around(newcomer).filter_map(|neighbourhood| {
            let members = self.near.get(&neighbourhood)?;
            let (since, id) = members.first_key_value()?;
            Some((neighbourhood.crowding(members.len() + 1), Reverse(*since), *id))
        });
        near.chain(most).max().map(|(.., id)| id)
    }

    /// The same for somebody who is no neighbour.
    pub fn most_crowding(&self) -> Option<u64> {
        self.most().map(|(.., id)| id)
    }

    fn most(&self) -> Option<(usize, Reverse<Since>, u64)> {
        self.order.last_key_value().map(|((crowding, since, _), id)| (*crowding, *since, *id))
    }

    fn change_near<T>(&mut self, address: IpAddr, change: impl Fn(&mut BTreeMap<Since, u64>) -> T) {
        for neighbourhood in Neighbourhood::around(address) {
            let members = self.near.entry(neighbourhood).or_default();
            if let Some((key, _)) = place(neighbourhood, members) {
                self.order.remove(&key);
            }
            change(members);
            match place(neighbourhood, members) {
                Some((key, longest_silent)) => {
                    self.order.insert(key, longest_silent);
                }
                None => {
                    self.near.remove(&neighbourhood);
                }
            }
        }
    }
}

fn place(neighbourhood: Neighbourhood, members: &BTreeMap<Since, u64>) -> Option<(Place, u64)> {
    let (since, id) = members.first_key_value()?;
    Some(((neighbourhood.crowding(members.len()), Reverse(*since), neighbourhood.bits()), *id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Enter(IpAddr),
        Leave(usize),
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        let v4 = (0..3_u8, 0..3_u8).prop_map(|(c, d)| IpAddr::from([10, 0, c, d]));
        let v6 = (0..2_u16, 0..2_u16, 0..2_u16)
            .prop_map(|(site, home, net)| IpAddr::from([0x2001, 0xdb8, site, home << 8 | net, 0, 0, 0, 1]));
        prop_oneof![v4, v6]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => address().prop_map(Step::Enter),
            1 => any::<usize>().prop_map(Step::Leave),
        ]
    }

    /// Looks at everybody, as the rule is worded. `inside` is in the order of silence, the longest first.
    fn scan(inside: &[(u64, IpAddr)], newcomer: IpAddr) -> Option<u64> {
        let crowding = |of: IpAddr| {
            let all = Neighbourhood::around(of).map(|neighbourhood| {
                let within = |address: IpAddr| Neighbourhood::around(address).any(|other| other == neighbourhood);
                let count = inside.iter().filter(|(_, address)| within(*address)).count();
                neighbourhood.crowding(count + usize::from(within(newcomer)))
            });
            all.max().unwrap()
        };
        let most = inside.iter().map(|(_, address)| crowding(*address)).max()?;
        // Everybody in the most crowded neighbourhood is as crowded as that.
        inside.iter().find(|(_, address)| crowding(*address) == most).map(|(id, _)| *id)
    }

    proptest! {
        #[test]
        fn the_indexes_answer_as_a_look_at_everybody_would(steps in vec(step(), 0..60), newcomer in address()) {
            let (mut crowd, mut inside) = (Crowd::default(), Vec::<(u64, IpAddr)>::new());
            for (id, step) in (0..).zip(steps) {
                match step {
                    Step::Enter(address) => {
                        crowd.insert(id, address);
                        inside.push((id, address));
                    }
                    Step::Leave(which) if !inside.is_empty() => {
                        let left = inside.remove(which % inside.len());
                        prop_assert!(crowd.remove(left.0) && !crowd.remove(left.0));
                    }
                    _ => {}
                }
                prop_assert_eq!(crowd.makes_room(newcomer), scan(&inside, newcomer));
                for neighbourhood in Neighbourhood::around(newcomer) {
                    let near = |other: &&(u64, IpAddr)| Neighbourhood::around(other.1).any(|n| n == neighbourhood);
                    prop_assert_eq!(crowd.count(neighbourhood), inside.iter().filter(near).count());
                    prop_assert_eq!(crowd.longest_silent(neighbourhood), inside.iter().find(near).map(|(id, _)| *id));
                }
            }
            for (id, _) in inside {
                crowd.remove(id);
            }
            prop_assert!(crowd.members.is_empty() && crowd.near.is_empty() && crowd.order.is_empty());
        }
    }

    fn filled(addresses: impl IntoIterator<Item = IpAddr>) -> Crowd {
        let mut crowd = Crowd::default();
        (0..).zip(addresses).for_each(|(id, address)| crowd.insert(id, address));
        crowd
    }

    /// Row 58: of a house full of single strangers the longest silent goes, whatever its address; a voter of either
    /// family who has just come does not.
    #[test]
    fn row_58_a_full_house_turns_out_by_silence_and_never_by_address() {
        let v4 = (0..100_u8).map(|i| IpAddr::from([10, i, 0, 1]));
        let v6 = (0..100_u16).map(|i| IpAddr::from([0x2001, 0xdb8, i, 0, 0, 0, 0, 1]));
        for strangers in [v4.clone().chain(v6.clone()).collect::<Vec<_>>(), v6.rev().chain(v4.rev()).collect()] {
            let mut crowd = filled(strangers);
            for (id, voter) in (1_000..).zip(["255.255.255.255", "1.1.1.1", "2000::1", "ffff::1"]) {
                let gone = crowd.makes_room("2a00::1".parse().unwrap()).unwrap();
                assert_eq!(gone, id - 1_000, "the longest silent first");
                crowd.remove(gone);
                crowd.insert(id, voter.parse().unwrap());
            }
        }
    }

    /// Row 58: whoever spreads over a whole /48 (or /24) fills it for himself, and nobody else.
    #[test]
    fn row_58_a_wide_network_is_neither_one_person_nor_a_thousand() {
        let site = (0..1_000_u16).map(|i| IpAddr::from([0x2001, 0xdb8, 0, i, 0, 0, 0, 1]));
        let others = (0..3_u16).map(|i| IpAddr::from([0x2001, 0xdb8, 1 + i / 2, i, 0, 0, 0, 1]));
        let crowd = filled(others.clone().chain(site));
        assert_eq!(crowd.makes_room("10.0.0.1".parse().unwrap()), Some(3), "the site's, though two others were first");
        // Sixteen of one site crowd no more than one household of one.
        let site = (0..16_u16).map(|i| IpAddr::from([0x2001, 0xdb8, 0, i << 8, 0, 0, 0, 1]));
        let crowd = filled(std::iter::once(IpAddr::from([10, 0, 0, 1])).chain(site));
        assert_eq!(crowd.makes_room("10.9.0.1".parse().unwrap()), Some(0), "equally crowded: who was silent longer");
    }

    /// Row 57: in a hall that one person fills, the young session of a voter outlives all that were there before.
    #[test]
    fn row_57_the_young_go_last_in_a_crowded_hall() {
        let hall = IpAddr::from([10, 0, 0, 1]);
        let mut crowd = filled((0..256).map(|_| hall));
        crowd.insert(1_000, hall);
        for id in 2_000..2_256 {
            let gone = crowd.makes_room(hall).unwrap();
            assert_ne!(gone, 1_000, "after {} newcomers", id - 2_000);
            crowd.remove(gone);
            crowd.insert(id, hall);
        }
        assert_eq!(crowd.makes_room(hall), Some(1_000), "but it is no exception");
    }
}
