//! A way in which something goes wrong, without the steps that it does not need.

use stateright::Model;

use super::{
    ceremony::{Ceremony, World},
    values::Said,
};

/// Leaves out, from the last step to the first, what the others can do without.
pub fn shortened(model: &Ceremony, property: &'static str, mut trace: Vec<Said>) -> Vec<Said> {
    let condition = model.property(property).condition;
    for left_out in (0..trace.len()).rev() {
        let rest: Vec<Said> = trace.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, said)| *said).collect();
        if possible(model, &rest).is_some_and(|world| !condition(model, &world)) {
            trace = rest;
        }
    }
    trace
}

/// Where these steps lead, if each of them can be had where it stands.
fn possible(model: &Ceremony, trace: &[Said]) -> Option<World> {
    trace.iter().try_fold(World::new(), |mut world, said| {
        let sayable = model.sayable(&world).any(|other| other == *said);
        sayable.then(|| {
            world.insert(*said);
            world
        })
    })
}
