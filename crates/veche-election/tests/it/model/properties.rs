//! What must never happen, and what must be possible.

use stateright::Property;

use super::{
    ceremony::{Ceremony, World},
    values::{Commitments, Number, Said, Table, Transcript},
};

pub const KEY_IS_SECRET: &str = "the adversary does not hold the key of a complete ceremony";
pub const ACCUSER_NOT_CONVICTED: &str = "no honest accuser is convicted";
pub const DEALER_NOT_CONVICTED: &str = "no honest dealer is convicted";
pub const NEVER_SAID_TWO: &str = "no honest trustee has said two things for one step";
pub const ONE_TRANSCRIPT: &str = "all honest trustees who accept accept one transcript";
pub const ONE_AMONG_OURS: &str = "honest trustees who stand in each other's tables accept one transcript";
pub const KEY_NOT_GROUND: &str = "no commitment of an accepted transcript was chosen after a dealing of its table";

const HONEST_COMPLETE: &str = "a ceremony of all honest trustees is completed";
const FALSE_DEALER_CONVICTED: &str = "a false dealer is convicted";
const FALSE_ACCUSER_CONVICTED: &str = "a false accuser is convicted";

pub fn all() -> Vec<Property<Ceremony>> {
    vec![
        Property::always(KEY_IS_SECRET, key_is_secret),
        Property::always(ACCUSER_NOT_CONVICTED, |model, world| {
            nowhere(model, world, |at, who, other| culprits(model, world, at, who, other).contains(&who))
        }),
        Property::always(DEALER_NOT_CONVICTED, |model, world| {
            nowhere(model, world, |at, who, other| culprits(model, world, at, other, who).contains(&who))
        }),
        Property::always(NEVER_SAID_TWO, |model, world| {
            nowhere(model, world, |at, who, _| has_said_two(model, world, at, who))
        }),
        Property::always(ONE_TRANSCRIPT, |_, world| agree(world, |_, _| true)),
        Property::always(ONE_AMONG_OURS, |_, world| {
            agree(world, |(one, here), (other, there)| here.table.real.has(other) && there.table.real.has(one))
        }),
        Property::always(KEY_NOT_GROUND, |_, world| {
            accepted(world).all(|(_, at)| at.commitments == Commitments::Early)
        }),
        Property::sometimes(HONEST_COMPLETE, |model, world| {
            accepted(world).any(|(_, at)| at.table.real == model.plan.honest && is_complete(world, at))
        }),
        Property::sometimes(FALSE_DEALER_CONVICTED, |model, world: &World| {
            world.iter().any(|said| match *said {
                Said::Complain { by, dealer, at } => culprits(model, world, at, by, dealer) == [dealer],
                _ => false,
            })
        }),
        Property::sometimes(FALSE_ACCUSER_CONVICTED, |model, world: &World| {
            world.iter().any(|said| match *said {
                Said::Answer { by, to, at } => !at.table.real.has(to) && culprits(model, world, at, to, by) == [to],
                _ => false,
            })
        }),
    ]
}

fn accepted(world: &World) -> impl Iterator<Item = (Number, Transcript)> {
    world.iter().filter_map(|said| match *said {
        Said::Accept { by, at } => Some((by, at)),
        _ => None,
    })
}

/// All honest trustees in the table have accepted; the adversary signs the rest.
fn is_complete(world: &World, at: Transcript) -> bool {
    at.table.real.members().all(|by| world.contains(&Said::Accept { by, at }))
}

/// The key is the sum of what all have dealt. So of at least one polynomial of an honest trustee the adversary has to
/// know fewer points than determine it, wherever at most t - 1 registrations are its own.
fn key_is_secret(model: &Ceremony, world: &World) -> bool {
    let threshold = usize::from(model.plan.threshold);
    accepted(world).filter(|(_, at)| is_complete(world, *at)).all(|(_, at)| {
        let false_ones = model.plan.false_in(at.table).count();
        let unknown = |dealer| {
            model.plan.numbers().filter(|i| is_point_known(model, world, dealer, at.table, *i)).count() < threshold
        };
        false_ones >= threshold || at.table.real.members().any(unknown)
    })
}

/// Does the adversary know the share of trustee `i` in what this honest trustee deals in the table? It does if it has
/// registered under this number, or if the dealer has answered a complaint.
fn is_point_known(model: &Ceremony, world: &World, dealer: Number, table: Table, i: Number) -> bool {
    let same_polynomial = |other: Table| other == table || !model.guards.polynomial_per_table;
    world.iter().any(|said| match *said {
        Said::Deal { by, at, .. } => by == dealer && same_polynomial(at) && !at.real.has(i),
        Said::Answer { by, to, at } => by == dealer && same_polynomial(at.table) && to == i,
        _ => false,
    })
}

/// Have all pairs that have to accepted the same?
fn agree(world: &World, have_to: impl Fn((Number, Transcript), (Number, Transcript)) -> bool) -> bool {
    accepted(world).all(|one| accepted(world).all(|other| one.1 == other.1 || !have_to(one, other)))
}

/// In whatever transcript somebody puts together, this is not so of any honest trustee there and any other trustee.
fn nowhere(model: &Ceremony, world: &World, so: impl Fn(Transcript, Number, Number) -> bool) -> bool {
    let of = |at, who| model.plan.numbers().any(|other| other != who && so(at, who, other));
    let shown = |table| model.shown(world, table).any(|at| at.table.real.members().any(|who| of(at, who)));
    !model.plan.tables().into_iter().any(shown)
}

/// Whom a complaint can be made to convict, by any answer that there can be to it.
fn culprits(model: &Ceremony, world: &World, here: Transcript, accuser: Number, dealer: Number) -> Vec<Number> {
    if !model.accuses(world, accuser, dealer, here) {
        return Vec::new();
    }
    if !here.table.real.has(dealer) {
        // A false dealer can always give a wrong answer; a right one only helps it if the share was good.
        let good = !here.bad.has(dealer, accuser);
        return [dealer].into_iter().chain(good.then_some(accuser)).collect();
    }
    let answers = world.iter().filter_map(|said| match *said {
        Said::Answer { by, to, at } if (by, to) == (dealer, accuser) && model.fits(*said, here) => Some(at.table),
        _ => None,
    });
    // An honest dealer's share is good, and its answer opens the share that it dealt in *that* table.
    answers
        .map(|table| if table == here.table || !model.guards.polynomial_per_table { accuser } else { dealer })
        .collect()
}

/// Two different messages of one trustee for one step (or acceptance and complaint) that both fit name their author.
fn has_said_two(model: &Ceremony, world: &World, here: Transcript, who: Number) -> bool {
    let fitting: Vec<Said> = world.iter().copied().filter(|said| said.by() == who && model.fits(*said, here)).collect();
    let contradict = |one: Said, other: Said| match (one, other) {
        (Said::Accept { .. }, Said::Complain { .. }) => true,
        // The opened secret is another one in another table.
        (Said::Answer { to, at, .. }, Said::Answer { to: also, at: there, .. }) => {
            to == also && at.table != there.table && model.guards.polynomial_per_table
        }
        // Commitments, dealings and complaints that fit one transcript are the same bytes.
        _ => false,
    };
    fitting.iter().any(|one| fitting.iter().any(|other| contradict(*one, *other)))
}
