//! Taking turns: of all who wait, one from each widest neighbourhood, of these one from each narrower within it, down to
//! the household, where who came first goes first. A thousand addresses of one network get no more turns than one.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use crate::neighbourhood::Neighbourhood;

#[derive(Debug)]
pub(crate) struct Turns<T> {
    len: usize,
    /// Of a household.
    line: VecDeque<T>,
    /// Of anything wider; only those in which somebody waits.
    parts: HashMap<Neighbourhood, Turns<T>>,
    /// The parts in the order of their turns.
    order: VecDeque<Neighbourhood>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { len: 0, line: VecDeque::new(), parts: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Turns<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, address: IpAddr, item: T) {
        let mut at = self;
        at.len += 1;
        for neighbourhood in Neighbourhood::around(address).rev() {
            if !at.parts.contains_key(&neighbourhood) {
                at.order.push_back(neighbourhood);
            }
            at = at.parts.entry(neighbourhood).or_default();
            at.len += 1;
        }
        at.line.push_back(item);
    }

    /// Who is next, and has had the turn.
    pub fn pop(&mut self) -> Option<T> {
        let next = match self.order.pop_front() {
            None => self.line.pop_front()?,
            Some(part) => {
                let within = self.parts.get_mut(&part)?;
                let next = within.pop()?;
                if within.is_empty() {
                    self.parts.remove(&part);
                } else {
                    self.order.push_back(part);
                }
                next
            }
        };
        self.len -= 1;
        Some(next)
    }

    pub fn peek(&self) -> Option<&T> {
        match self.order.front() {
            None => self.line.front(),
            Some(part) => self.parts.get(part)?.peek(),
        }
    }

    /// The newest of the longest line, who goes where not all can stay. Looks at every part on its way.
    pub fn pop_newest_of_longest(&mut self) -> Option<T> {
        let longest = self.order.iter().copied().max_by_key(|part| self.parts.get(part).map_or(0, Self::len));
        let gone = match longest {
            None => self.line.pop_back()?,
            Some(part) => {
                let within = self.parts.get_mut(&part)?;
                let gone = within.pop_newest_of_longest()?;
                if within.is_empty() {
                    self.parts.remove(&part);
                    self.order.retain(|other| *other != part);
                }
                gone
            }
        };
        self.len -= 1;
        Some(gone)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn queue<'a>(addresses: &[&'a str]) -> Turns<&'a str> {
        let mut turns = Turns::default();
        addresses.iter().for_each(|address| turns.push(address.parse().unwrap(), *address));
        turns
    }

    fn all(mut turns: Turns<&str>) -> Vec<&str> {
        let mut order = Vec::new();
        while let Some(peeked) = turns.peek().copied() {
            let len = turns.len();
            assert_eq!(turns.pop(), Some(peeked));
            assert_eq!(turns.len(), len - 1);
            order.push(peeked);
        }
        assert!(turns.is_empty() && turns.parts.is_empty() && turns.order.is_empty());
        order
    }

    #[test]
    fn networks_take_turns_and_within_them_households() {
        let order = all(queue(&["10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.9.0.1", "10.9.0.1"]));
        assert_eq!(order, ["10.0.0.1", "10.9.0.1", "10.0.0.2", "10.9.0.1", "10.0.0.3", "10.0.0.1"]);
    }

    /// Row 58: a /48 with a thousand /64s waits as one.
    #[test]
    fn row_58_a_site_takes_one_turn_of_two() {
        let mut turns = Turns::default();
        for i in 0..1_000_u16 {
            turns.push(IpAddr::from([0x2001, 0xdb8, 0, i, 0, 0, 0, 1]), 0);
        }
        (0..5).for_each(|_| turns.push(IpAddr::from([10, 0, 0, 1]), 1));
        let honest: usize = (0..10).map(|_| turns.pop().unwrap()).sum();
        assert_eq!(honest, 5);
    }

    #[test]
    fn the_newest_of_the_longest_line_goes() {
        let mut turns = queue(&["10.0.0.1", "10.0.0.2", "10.9.0.1"]);
        turns.push("10.0.0.2".parse().unwrap(), "newest");
        assert_eq!(turns.pop_newest_of_longest(), Some("newest"));
        let rest = all(turns);
        assert_eq!(rest, ["10.0.0.1", "10.9.0.1", "10.0.0.2"]);
        let mut turns = queue(&["10.0.0.1"]);
        assert_eq!(turns.pop_newest_of_longest(), Some("10.0.0.1"));
        assert!(all(turns).is_empty());
    }
}
