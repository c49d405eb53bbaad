//! A way that the model has found, gone with the real ceremony.

use std::collections::BTreeMap;

use veche_election::ceremony::{Ceremony, CeremonyError, Step, TrusteeSecret};

use super::values::{Commitments, Number, Said, Table, Transcript};
use crate::ceremony::{DRAFT, PLAN, changed, register, trustee};

/// What honest trustees have said, as they have said it.
#[derive(Default)]
pub struct Played(BTreeMap<Said, Vec<u8>>);

impl Played {
    /// The trustee says it, where it is shown what the model has it shown.
    pub fn say(&mut self, said: Said) -> Result<(), CeremonyError> {
        let message = match said {
            Said::Commit { by, at } => member(at, by).commit(&registered(at))?,
            Said::Deal { by, at, .. } => member(at, by).deal(&self.committed(at))?,
            Said::Complain { by, at, .. } | Said::Accept { by, at } => member(at.table, by).accept(&self.dealt(at))?,
            Said::Answer { by, to, at } => {
                let mut ceremony = self.dealt(at);
                ceremony.take(self.complaint(to, by))?;
                member(at.table, by).answers(&ceremony)?.remove(0)
            }
        };
        assert_eq!(Ceremony::file_name(&message).unwrap(), file_name(said));
        self.0.insert(said, message);
        Ok(())
    }

    /// An honest trustee's complaint, wherever it was made.
    fn complaint(&self, accuser: Number, accused: Number) -> &[u8] {
        let wanted =
            |said: &Said| matches!(said, Said::Complain { by, dealer, .. } if (*by, *dealer) == (accuser, accused));
        self.0.iter().find(|(said, _)| wanted(said)).map(|(_, message)| message).unwrap()
    }

    fn committed(&self, at: Table) -> Ceremony {
        let mut ceremony = registered(at);
        for by in numbers() {
            let own = self.0.get(&Said::Commit { by, at }).cloned();
            let message = own.unwrap_or_else(|| member(at, by).commit(&ceremony).unwrap());
            ceremony.take(&message).unwrap();
        }
        ceremony
    }

    fn dealt(&self, at: Transcript) -> Ceremony {
        assert_eq!(at.commitments, Commitments::Early, "only such ways are gone here");
        let committed = self.committed(at.table);
        let mut ceremony = committed.clone();
        for by in numbers() {
            let own = self.0.get(&Said::Deal { by, at: at.table, under: at.commitments }).cloned();
            ceremony.take(&own.unwrap_or_else(|| false_dealing(&committed, at, by))).unwrap();
        }
        ceremony
    }
}

fn numbers() -> impl Iterator<Item = Number> {
    1..=PLAN.count as Number
}

/// An honest trustee, or whom the adversary has registered under the number.
fn member(table: Table, number: Number) -> TrusteeSecret {
    if table.real.has(number) {
        trustee(number.into())
    } else {
        TrusteeSecret::new(DRAFT, number.into(), [0xA0 + number; 32])
    }
}

fn registered(table: Table) -> Ceremony {
    let mut ceremony = Ceremony::new(DRAFT, PLAN);
    numbers().for_each(|number| ceremony.take(&register(&member(table, number))).unwrap());
    ceremony
}

fn false_dealing(committed: &Ceremony, at: Transcript, dealer: Number) -> Vec<u8> {
    let secret = member(at.table, dealer);
    changed(&secret, &secret.deal(committed).unwrap(), |step| {
        let Step::Deal { shares, .. } = step else { panic!("not a dealing") };
        for to in numbers().filter(|to| at.bad.has(dealer, *to)) {
            shares[usize::from(to) - 1].0[32] ^= 1;
        }
    })
}

fn file_name(said: Said) -> String {
    match said {
        Said::Commit { by, .. } => format!("{by}-commit.json"),
        Said::Deal { by, .. } => format!("{by}-deal.json"),
        Said::Complain { by, dealer, .. } => format!("{by}-complain-{dealer}.json"),
        Said::Answer { by, to, .. } => format!("{by}-answer-{to}.json"),
        Said::Accept { by, .. } => format!("{by}-accept.json"),
    }
}
