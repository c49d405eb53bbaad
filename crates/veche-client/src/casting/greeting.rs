//! A hello before anything is asked of the voter: who has voted, comes too early or too late, or whose card was replaced,
//! hears so before marks are asked for. It is never needed, and `last: null` in its answer never says that an entry which was
//! sent is not recorded.

use veche_election::Revote;
use veche_session::voter::Greeting;

use super::*;

impl Writing {
    pub(super) fn greet(self) -> Step {
        let caller = self.caller();
        (Stage::Greeting(self), vec![Effect::Greet(caller)])
    }

    pub(super) fn greeted(self, outcome: Outcome, fresh: &Fresh) -> Result<Step, OutOfOrder> {
        Ok(match outcome {
            Outcome::Greeted(greeting) => self.met(*greeting, fresh),
            Outcome::Refused(Refused { code: Code::Busy, .. }) => self.go_on(fresh),
            Outcome::Refused(refused) => finish(End::Refused { refused, marks: None }),
            Outcome::NotOnRoll => finish(End::NotOnRoll),
            Outcome::Recorded { .. } => return Err(OutOfOrder),
        })
    }

    /// A server that cannot be believed gets no ballot; one that is busy, or does not answer, may take one all the same.
    pub(super) fn not_greeted(self, loss: Loss, fresh: &Fresh) -> Step {
        match loss {
            Loss::Final => finish(End::Lost),
            Loss::Broken | Loss::Busy => self.go_on(fresh),
        }
    }

    fn met(mut self, greeting: Greeting, fresh: &Fresh) -> Step {
        let Greeting { phase, opens, weight, last, .. } = greeting;
        if phase != Phase::Open {
            return finish(End::NotTaken { phase, opens, last });
        }
        let mut effects = self.weighs(weight);
        let Some(last) = last else {
            let (stage, more) = self.go_on(fresh);
            effects.extend(more);
            return (stage, effects);
        };
        if self.election.draft().revote == Revote::Never {
            return finish(End::VotedAlready(last));
        }
        let (index, leaf) = (last.index(), last.leaf());
        effects.push(Effect::Tell(Notice::Voted { code: last.code(), index, leaf, own: self.own.contains(&leaf) }));
        match self.whose(&last) {
            Ok(notice) => effects.extend(notice),
            Err(end) => {
                effects.push(Effect::Finish(end));
                return (Stage::Over, effects);
            }
        }
        self.follow(&last);
        if self.asks() {
            effects.push(Effect::Ask(Question::Again));
            return (Stage::Again(self), effects);
        }
        let (stage, more) = self.go_on(fresh);
        effects.extend(more);
        (stage, effects)
    }

    /// Where all ballots count one, nobody needs to hear of it.
    fn weighs(&self, own: u64) -> Vec<Effect> {
        let (roll, draft) = (self.election.roll(), self.election.draft());
        let all_alike = own == draft.unit() && roll.weight == roll.voters.saturating_mul(draft.unit());
        let told = Effect::Tell(Notice::Weight { own, scale: draft.roll_scale });
        if all_alike { Vec::new() } else { vec![told] }
    }
}
