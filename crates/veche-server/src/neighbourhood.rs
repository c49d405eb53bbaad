//! Who lives near whom. Behind one address there may be a hall of voters, and one person may have a network of
//! addresses: whatever counts strangers counts them at several widths at once, and a wide neighbourhood stands for more
//! persons than a narrow one, but for far fewer than it has addresses.

use std::net::IpAddr;

/// Bits of the network, and how many persons such a network stands for. The narrowest is a household.
const WIDTHS_V4: &[(u8, u8)] = &[(32, 1), (24, 8)];
const WIDTHS_V6: &[(u8, u8)] = &[(64, 1), (56, 4), (48, 16)];
/// A multiple of all numbers of persons, so that crowding is compared without fractions.
const PERSONS_COMMON: usize = 16;

/// A network whose addresses count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Neighbourhood {
    network: IpAddr,
    bits: u8,
    persons: u8,
}

impl Neighbourhood {
    /// All neighbourhoods of an address, the narrowest first.
    pub fn around(address: IpAddr) -> impl DoubleEndedIterator<Item = Self> {
        let widths = match address {
            IpAddr::V4(_) => WIDTHS_V4,
            IpAddr::V6(_) => WIDTHS_V6,
        };
        widths.iter().map(move |(bits, persons)| Self {
            network: network(address, *bits),
            bits: *bits,
            persons: *persons,
        })
    }

    /// For how many persons it stands: what is allowed to one address is allowed to it so many times.
    pub fn persons(self) -> usize {
        usize::from(self.persons)
    }

    pub fn bits(self) -> u8 {
        self.bits
    }

    /// How crowded it is with so many in it. Only to be compared with another's.
    pub fn crowding(self, count: usize) -> usize {
        count * (PERSONS_COMMON / self.persons())
    }
}

/// An IPv6 network of 64 bits is one household: whoever has one of its addresses has them all.
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.segments() {
            // Those who come by a translator (RFC 6052) live where their own addresses say.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                IpAddr::from((u32::from(high) << 16 | u32::from(low)).to_be_bytes())
            }
            _ => network(address, 64),
        },
    }
}

fn network(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::from((u32::from(v4) & mask).to_be_bytes())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::from((u128::from(v6) & mask).to_be_bytes())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn networks(address: &str) -> Vec<(String, u8, usize)> {
        let around = Neighbourhood::around(address.parse().unwrap());
        around.map(|n| (n.network.to_string(), n.bits, n.persons())).collect()
    }

    #[test]
    fn every_address_has_its_neighbourhoods_and_neighbours_share_the_wide_ones() {
        assert_eq!(networks("192.0.2.77"), [("192.0.2.77".into(), 32, 1), ("192.0.2.0".into(), 24, 8)]);
        let wide = [("2001:db8:1:ab00::".into(), 56, 4), ("2001:db8:1::".into(), 48, 16)];
        let found = networks("2001:db8:1:abcd:1:2:3:4");
        assert_eq!((&found[0], &found[1..]), (&("2001:db8:1:abcd::".into(), 64, 1), &wide[..]));
        assert_eq!(networks("2001:db8:1:abff::1")[1..], wide);
        assert_eq!(household("2001:db8:1:abcd:1:2:3:4".parse().unwrap()).to_string(), "2001:db8:1:abcd::");
        assert_eq!(household("64:ff9b::192.0.2.77".parse().unwrap()).to_string(), "192.0.2.77");
    }

    #[test]
    fn so_many_persons_crowd_a_wide_neighbourhood_as_one_crowds_a_household() {
        for address in ["192.0.2.77", "2001:db8::1"] {
            for n in Neighbourhood::around(address.parse().unwrap()) {
                assert_eq!(n.crowding(3 * n.persons()), 3 * PERSONS_COMMON, "{n:?}");
            }
        }
    }
}
