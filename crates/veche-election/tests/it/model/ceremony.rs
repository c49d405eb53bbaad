//! The ceremony as a transition system: honest trustees who keep to the rules, and an adversary who is everything else.
//!
//! The adversary is the network and all false trustees. It can say at any time whatever does not need an honest
//! trustee's key or secret, and show each honest trustee any of what there is, whenever it likes. So neither its
//! messages nor what anybody is shown is part of the state. The state is what honest trustees *have said*; a
//! transition is that one of them says one thing more, in a place to which the adversary can lead it.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use super::{
    properties,
    values::{Commitments, Group, Number, Plan, Said, Table, Transcript},
};

/// The rules that keep honest trustees from harm, each of which can be switched off here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guards {
    /// What is dealt comes from seed *and* table: in another table it is another polynomial.
    pub polynomial_per_table: bool,
    /// A dealing names all commitments, and fits no others.
    pub dealing_names_commitments: bool,
    /// Who has dealt in a table does not deal there under other commitments.
    pub one_dealing_per_table: bool,
    /// Complaint and answer name their transcript, and fit no other.
    pub dispute_names_transcript: bool,
    /// Who has answered a complaint accepts nothing any more.
    pub answered_never_accepts: bool,
    pub compared: Compared,
}

impl Guards {
    pub const ALL: Self = Self {
        polynomial_per_table: true,
        dealing_names_commitments: true,
        one_dealing_per_table: true,
        dispute_names_transcript: true,
        answered_never_accepts: true,
        compared: Compared::FAITHFULLY,
    };
}

/// With whom the codes are compared by voice, before what. Who is asked reads the code of what he has accepted, if he
/// has; until then that of what he is shown, and the adversary can show him the same as the one who asks, if his own
/// registration is in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The table, before commitment and dealing.
    pub table: Asked,
    /// The transcript, before complaint and answer.
    pub dispute: Asked,
    /// The transcript, before acceptance.
    pub acceptance: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    Nobody,
    /// The honest trustees in the table. For those whom the adversary has replaced there, it answers itself.
    InTheTable,
    /// All honest trustees: they know each other's voices.
    Everybody,
}

impl Compared {
    /// As the specification has it.
    pub const FAITHFULLY: Self = Self::with(Asked::Everybody);
    /// Among people who take the adversary's voice for that of whomever it has replaced.
    pub const WITH_IMITATED_VOICES: Self = Self::with(Asked::InTheTable);
    pub const NEVER: Self = Self::with(Asked::Nobody);
    /// Honest trustees have dealt to false tables, and disputed in them, before they compare the code that counts.
    pub const ONLY_IN_THE_END: Self = Self { acceptance: Asked::Everybody, ..Self::NEVER };

    const fn with(asked: Asked) -> Self {
        Self { table: asked, dispute: asked, acceptance: asked }
    }
}

/// What honest trustees have said.
pub type World = BTreeSet<Said>;

#[derive(Debug, Clone, Copy)]
pub struct Ceremony {
    pub plan: Plan,
    pub guards: Guards,
    /// Leave out orders that make no difference: see [`Ceremony::reduce`].
    pub reduced: bool,
}

impl Model for Ceremony {
    type State = World;
    type Action = Said;

    fn init_states(&self) -> Vec<World> {
        vec![World::new()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Said>) {
        actions.extend(self.sayable(world).filter(|said| !world.contains(said)));
        if self.reduced {
            self.reduce(world, actions);
        }
    }

    fn next_state(&self, world: &World, said: Said) -> Option<World> {
        let mut next = world.clone();
        next.insert(said).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

impl Ceremony {
    /// Everything that an honest trustee can be brought to say now.
    pub fn sayable(&self, world: &World) -> impl Iterator<Item = Said> {
        let tables = self.plan.tables().into_iter();
        let places = tables.flat_map(|table| table.real.members().map(move |by| (by, table)));
        places.flat_map(|(by, table)| self.opening_words(world, by, table).chain(self.verdicts(world, by, table)))
    }

    /// Commitment and dealing.
    fn opening_words(&self, world: &World, by: Number, at: Table) -> impl Iterator<Item = Said> {
        let compared = self.table_compared(world, at);
        let all_committed = at.real.members().all(|by| world.contains(&Said::Commit { by, at }));
        let dealt = move |under| world.contains(&Said::Deal { by, at, under });
        let may = move |under: Commitments| {
            let dealt_otherwise = [Commitments::Early, Commitments::Late].into_iter().any(|u| u != under && dealt(u));
            compared && all_committed && !(self.guards.one_dealing_per_table && dealt_otherwise)
        };
        let deals = self.commitments(world, at).filter(move |under| may(*under));
        let commit = compared.then_some(Said::Commit { by, at });
        commit.into_iter().chain(deals.map(move |under| Said::Deal { by, at, under }))
    }

    /// The commitments that can be shown in a table.
    fn commitments(&self, world: &World, table: Table) -> impl Iterator<Item = Commitments> {
        let seen = world.iter().any(|said| matches!(said, Said::Deal { at, .. } if *at == table));
        let late = seen && self.plan.false_in(table).next().is_some();
        [Commitments::Early].into_iter().chain(late.then_some(Commitments::Late))
    }

    /// What somebody says of the transcripts of a table: acceptance, complaint, answer.
    fn verdicts(&self, world: &World, by: Number, table: Table) -> impl Iterator<Item = Said> {
        self.shown(world, table)
            .flat_map(move |at| self.verdict(world, by, at).into_iter().chain(self.answers(world, by, at)))
    }

    /// The transcripts of a table that can be shown: honest dealings have to be there, the adversary makes its own.
    pub fn shown(&self, world: &World, table: Table) -> impl Iterator<Item = Transcript> {
        let transcripts = self.commitments(world, table).flat_map(move |under| self.plan.transcripts(table, under));
        transcripts.filter(|at| at.table.real.members().all(|by| self.has_dealt(world, by, *at)))
    }

    fn has_dealt(&self, world: &World, by: Number, at: Transcript) -> bool {
        world.iter().any(|said| matches!(said, Said::Deal { .. }) && said.by() == by && self.fits(*said, at))
    }

    /// Is this a valid message in this transcript too?
    pub fn fits(&self, said: Said, here: Transcript) -> bool {
        here.table.real.has(said.by())
            && match said {
                Said::Commit { at, .. } => at == here.table,
                Said::Deal { at, under, .. } => {
                    at == here.table && (under == here.commitments || !self.guards.dealing_names_commitments)
                }
                Said::Complain { at, .. } | Said::Answer { at, .. } => {
                    at == here || !self.guards.dispute_names_transcript
                }
                Said::Accept { at, .. } => at == here,
            }
    }

    /// Acceptance if all shares fit, else a complaint about the first dealer whose share does not.
    fn verdict(&self, world: &World, by: Number, at: Transcript) -> Option<Said> {
        match self.plan.numbers().find(|dealer| at.bad.has(*dealer, by)) {
            Some(dealer) => {
                self.compared(world, self.guards.compared.dispute, at).then_some(Said::Complain { by, dealer, at })
            }
            None => {
                let may = !(self.guards.answered_never_accepts && has_answered(world, by));
                (may && self.compared(world, self.guards.compared.acceptance, at)).then_some(Said::Accept { by, at })
            }
        }
    }

    /// Answers to the complaints about somebody.
    fn answers(&self, world: &World, by: Number, at: Transcript) -> impl Iterator<Item = Said> {
        let compared = self.compared(world, self.guards.compared.dispute, at);
        let accusers = self.plan.numbers().filter(move |to| *to != by && self.accuses(world, *to, by, at));
        accusers.filter(move |_| compared).map(move |to| Said::Answer { by, to, at })
    }

    /// Is there a complaint that fits this transcript, or can the adversary sign one?
    pub fn accuses(&self, world: &World, accuser: Number, accused: Number, here: Transcript) -> bool {
        let complaint = |said: &Said| {
            matches!(said, Said::Complain { by, dealer, .. } if (*by, *dealer) == (accuser, accused))
                && self.fits(*said, here)
        };
        !here.table.real.has(accuser) || world.iter().any(complaint)
    }

    fn table_compared(&self, world: &World, table: Table) -> bool {
        self.codes_agree(world, self.guards.compared.table, table, |accepted| accepted.table == table)
    }

    fn compared(&self, world: &World, asked: Asked, here: Transcript) -> bool {
        self.codes_agree(world, asked, here.table, |accepted| accepted == here)
    }

    fn codes_agree(&self, world: &World, asked: Asked, table: Table, same: impl Fn(Transcript) -> bool) -> bool {
        let asked: Group = match asked {
            Asked::Nobody => return true,
            Asked::Everybody if table.real != self.plan.honest => return false,
            Asked::InTheTable | Asked::Everybody => table.real,
        };
        world.iter().all(|said| !matches!(said, Said::Accept { by, at } if asked.has(*by) && !same(*at)))
    }

    /// Does this only ever serve the adversary? Then it may as well be said at once, and orders in which it is said
    /// later need not be looked at: no rule asks that it has *not* been said, and each property that is broken without
    /// it is broken with it too.
    fn costs_nothing(&self, world: &World, said: &Said) -> bool {
        match *said {
            Said::Commit { .. } | Said::Complain { .. } => true,
            // Where a trustee deals but once, the adversary chooses under what, if there is or will be a choice.
            Said::Deal { at, .. } => {
                let only_one_way = at.real == self.plan.everybody() || at.real.size() == 1;
                only_one_way || !self.guards.one_dealing_per_table
            }
            // Only the first answer ends something: its author's readiness to accept.
            Said::Answer { by, .. } => !self.guards.answered_never_accepts || has_answered(world, by),
            // Who has accepted reads out no other code than this.
            Said::Accept { .. } => self.guards.compared == Compared::NEVER,
        }
    }

    /// Of what costs nothing, one; of the first answers somebody could give, one: after it the others cost nothing.
    fn reduce(&self, world: &World, said: &mut Vec<Said>) {
        if let Some(free) = said.iter().copied().find(|said| self.costs_nothing(world, said)) {
            *said = vec![free];
        }
        let mut answering = BTreeSet::new();
        said.retain(|said| !matches!(said, Said::Answer { .. }) || answering.insert(said.by()));
    }
}

fn has_answered(world: &World, who: Number) -> bool {
    world.iter().any(|said| matches!(said, Said::Answer { by, .. } if *by == who))
}
