//! The symbols of the model: whom it is about, what there is to see, what an honest trustee can have said.

use core::fmt;

/// A trustee's number, from 1.
pub type Number = u8;

/// A set of trustees, a bit for each number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(u8);

impl Group {
    pub const fn of(numbers: &[Number]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < numbers.len() {
            bits |= 1 << (numbers[i] - 1);
            i += 1;
        }
        Self(bits)
    }

    pub fn has(self, number: Number) -> bool {
        self.0 >> (number - 1) & 1 == 1
    }

    pub fn members(self) -> impl Iterator<Item = Number> {
        (1..=8).filter(move |number| self.has(*number))
    }

    pub fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Every set of some of these.
    fn subsets(self) -> impl Iterator<Item = Self> {
        (1..=self.0).map(Self).filter(move |part| part.0 & !self.0 == 0)
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.members()).finish()
    }
}

/// How many trustees there are, how many of them open a sum, and who is honest. All others are the adversary's.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub count: Number,
    pub threshold: Number,
    pub honest: Group,
    /// How many tables with the same honest trustees the adversary makes, by registering differently.
    pub editions: u8,
}

impl Plan {
    pub fn everybody(self) -> Group {
        Group((1 << self.count) - 1)
    }

    pub fn numbers(self) -> impl Iterator<Item = Number> {
        1..=self.count
    }

    /// Every table that an honest trustee can be shown and finds itself in.
    pub fn tables(self) -> Vec<Table> {
        let of = |real: Group| {
            // With no registration of the adversary there is only one such table.
            let editions = if real.size() < usize::from(self.count) { self.editions } else { 1 };
            (0..editions).map(move |edition| Table { real, edition })
        };
        self.honest.subsets().flat_map(of).collect()
    }

    /// The numbers under which the adversary has registered: its own, and those of honest trustees whom it replaces.
    pub fn false_in(self, table: Table) -> impl Iterator<Item = Number> {
        self.numbers().filter(move |number| !table.real.has(*number))
    }

    /// Every transcript of a table under these commitments.
    pub fn transcripts(self, table: Table, commitments: Commitments) -> Vec<Transcript> {
        let pairs = self.false_in(table).flat_map(|dealer| table.real.members().map(move |to| (dealer, to)));
        let places: Vec<u32> = pairs.map(|(dealer, to)| BadShares::place(dealer, to)).collect();
        let bad = |mask: u32| {
            let chosen = places.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
            BadShares(chosen.fold(0, |bits, (_, place)| bits | 1 << place))
        };
        (0..1 << places.len()).map(|mask| Transcript { table, commitments, bad: bad(mask) }).collect()
    }
}

/// All registrations, as somebody is shown them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table {
    /// The honest trustees whose own registration it holds. Under every other number the adversary has registered.
    pub real: Group,
    /// Which of the adversary's ways to register under all others.
    pub edition: u8,
}

/// All commitments of a table. Those of the honest follow from the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Commitments {
    /// The adversary's were chosen before it saw what any honest trustee deals in this table.
    Early,
    /// Some of the adversary's were chosen after it had seen that.
    Late,
}

/// The shares that the adversary deals to honest trustees and that do not fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BadShares(u32);

impl BadShares {
    /// Room for five trustees.
    fn place(dealer: Number, to: Number) -> u32 {
        u32::from(dealer - 1) * 5 + u32::from(to - 1)
    }

    pub fn has(self, dealer: Number, to: Number) -> bool {
        self.0 >> Self::place(dealer, to) & 1 == 1
    }

    fn pairs(self) -> impl Iterator<Item = (Number, Number)> {
        (1..=5)
            .flat_map(|dealer| (1..=5).map(move |to| (dealer, to)))
            .filter(move |(dealer, to)| self.has(*dealer, *to))
    }
}

/// All registrations, commitments and dealings, as somebody is shown them. An honest trustee's dealing is good, and the
/// same wherever table and commitments are; the adversary deals every trustee a good share or a bad one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transcript {
    pub table: Table,
    pub commitments: Commitments,
    pub bad: BadShares,
}

/// What an honest trustee has said, and where: under what it was shown then. Whether the message names the place, so
/// that it fits nowhere else, is a matter of the guards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    Commit { by: Number, at: Table },
    Deal { by: Number, at: Table, under: Commitments },
    Complain { by: Number, dealer: Number, at: Transcript },
    Answer { by: Number, to: Number, at: Transcript },
    Accept { by: Number, at: Transcript },
}

impl Said {
    pub fn by(self) -> Number {
        match self {
            Self::Commit { by, .. }
            | Self::Deal { by, .. }
            | Self::Complain { by, .. }
            | Self::Answer { by, .. }
            | Self::Accept { by, .. } => by,
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {} of {:?}", self.edition, self.real)
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.table, self.commitments)?;
        self.bad.pairs().try_for_each(|(dealer, to)| write!(f, ", a bad share from {dealer} to {to}"))
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { by, at } => write!(f, "{by} commits       | {at:?}"),
            Self::Deal { by, at, under } => write!(f, "{by} deals         | {at:?}, {under:?}"),
            Self::Complain { by, dealer, at } => write!(f, "{by} complains of {dealer}| {at:?}"),
            Self::Answer { by, to, at } => write!(f, "{by} answers {to}     | {at:?}"),
            Self::Accept { by, at } => write!(f, "{by} accepts       | {at:?}"),
        }
    }
}
