//! Which election is this, and with which key does the voter sign? Spec: `docs/spec/manifest.md` section 2.

use super::*;
use crate::link::names;

/// Named for what it awaits.
pub(super) enum Meeting {
    Manifest(Plan),
    OnRoll(Plan, Arc<Election>),
    Comparison(Plan, Arc<Election>),
    Credential(Plan, Arc<Election>),
}

impl Meeting {
    pub(super) fn step(self, input: Input, fresh: &Fresh) -> Result<Step, OutOfOrder> {
        let step = match (self, input) {
            (Self::Manifest(plan), Input::Manifest(bytes)) => match Election::parse(&bytes) {
                Ok(election) => meet(plan, Arc::new(election), fresh),
                Err(error) => finish(End::Manifest(error)),
            },
            (Self::OnRoll(..), Input::OnRoll(false)) => finish(End::NotOnRoll),
            (Self::OnRoll(plan, election), Input::OnRoll(true)) => compare(plan, election),
            (Self::Comparison(..), Input::Answer(false)) => finish(End::NotTheElection),
            (Self::Comparison(plan, election), Input::Answer(true)) => ask_credential(plan, election, Vec::new()),
            (Self::Credential(plan, election), Input::Credential(text)) => {
                match veche_election::CredentialSecret::typed(&text) {
                    Ok(secret) => Writing::enter(plan, &secret, election, Vec::new(), fresh),
                    Err(error) => ask_credential(plan, election, vec![Effect::Tell(Notice::Credential(error))]),
                }
            }
            _ => return Err(OutOfOrder),
        };
        Ok(step)
    }
}

fn meet(mut plan: Plan, election: Arc<Election>, fresh: &Fresh) -> Step {
    if plan.candidates.as_ref().is_some_and(|expected| !expected.fit(&election)) {
        let has = election.contests().iter().map(|contest| contest.candidates.len()).collect();
        return finish(End::OtherCandidates { has });
    }
    let beside = core::mem::take(&mut plan.beside);
    let Some(card) = plan.card.take().or_else(|| the_only_card(beside, election.id())) else {
        // Nobody is asked for a secret in vain.
        let knock = Effect::Knock(election.clone());
        return (Stage::Meeting(Meeting::OnRoll(plan, election)), vec![knock]);
    };
    // The card names the election: another manifest, or another key behind it, is another id.
    if card.election != election.id() {
        return finish(End::OtherElection { card: card.election, served: election.id() });
    }
    let mut effects = Vec::new();
    if card.number != plan.number {
        effects.push(Effect::Tell(Notice::OtherNumber(card.number)));
    }
    match card.secret() {
        Ok(secret) => Writing::enter(plan, &secret, election, effects, fresh),
        Err(error) => finish(End::Credential(error)),
    }
}

/// The single card of the server's election.
fn the_only_card(cards: Vec<Card>, election: Hash) -> Option<Card> {
    let mut of_election = cards.into_iter().filter(|card| card.election == election);
    of_election.next().filter(|_| of_election.next().is_none())
}

/// Without a card to read, the election id is compared by a person, or given beforehand; saying yes to everything does not
/// replace that.
fn compare(plan: Plan, election: Arc<Election>) -> Step {
    match &plan.election {
        Some(expected) if names(expected, election.id()) => ask_credential(plan, election, Vec::new()),
        Some(_) => finish(End::NotTheElection),
        None => {
            let question = Effect::Ask(Question::SameElection(election.id()));
            (Stage::Meeting(Meeting::Comparison(plan, election)), vec![question])
        }
    }
}

fn ask_credential(plan: Plan, election: Arc<Election>, mut effects: Vec<Effect>) -> Step {
    effects.push(Effect::Ask(Question::Credential));
    (Stage::Meeting(Meeting::Credential(plan, election)), effects)
}
