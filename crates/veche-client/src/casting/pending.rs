//! An entry that was sent before and got no answer is sent again first: the same bytes, so it cannot count twice.

use veche_election::entry::Ballot;

use super::{writing::fits_nowhere, *};

const TAG_LABEL: &str = "veche-pending-1";

impl Writing {
    /// What is stored until the answer is there: the entry, and of a secret one the tag behind it.
    pub(super) fn pending(&self, entry: &EntryBytes) -> Zeroizing<String> {
        Zeroizing::new(match self.election.secret() {
            Some(_) => format!("{}\n{}", entry.as_str(), self.tag(entry)),
            None => entry.as_str().to_owned(),
        })
    }

    /// By which this voter's program, and nobody without the card, knows the marks of a secret entry again.
    fn tag(&self, entry: &[u8]) -> String {
        let parts: Vec<&[u8]> = std::iter::once(entry).chain(self.marks.iter().map(String::as_bytes)).collect();
        let signature = self.credential.0.sign(TAG_LABEL, &parts);
        Hash::labelled(TAG_LABEL, &[&signature.0]).to_string()
    }

    /// What is stored and was signed with another card, or is no entry, stays where it is.
    pub(super) fn take_pending(mut self, stored: Option<String>, weights: &WeightSeed, fresh: &Fresh) -> Step {
        let Some(stored) = stored else { return self.begin(fresh) };
        let (entry, tag) = stored.split_once('\n').map_or((stored.as_str(), None), |(entry, tag)| (entry, Some(tag)));
        let entry = EntryBytes::from(entry.to_owned());
        let ballot = CheckedBallot::check(&entry, &self.election, weights).ok();
        let ballot = ballot.filter(|ballot| ballot.entry().credential == self.credential.public());
        let Some(ballot) = ballot else { return self.begin(fresh) };
        self.own.push(ballot.leaf());
        let (same, shown) = match &ballot.entry().ballot {
            Ballot::Open { marks } => (self.marks == *marks, Shown::Marks(marks.clone())),
            Ballot::Secret { .. } => (tag == Some(&self.tag(&entry)), Shown::Code(ballot.code())),
        };
        // Another ballot that was given goes before the old one: if that was recorded after all, the log says so.
        if self.given && !same {
            return self.begin(fresh);
        }
        let told = Effect::Tell(Notice::Pending(shown));
        if self.asks() {
            return (Stage::SendAgain(self, entry), vec![told, Effect::Ask(Question::SendAgain)]);
        }
        let (stage, mut effects) = self.resend(entry);
        effects.insert(0, told);
        (stage, effects)
    }

    pub(super) fn resend(self, entry: EntryBytes) -> Step {
        let call = self.call();
        (Stage::Resending(self, Some(entry)), vec![call])
    }

    pub(super) fn resending(
        mut self,
        entry: Option<EntryBytes>,
        input: Input,
        fresh: &Fresh,
    ) -> Result<Step, OutOfOrder> {
        match (input, entry) {
            (Input::Asked(Why::First), Some(entry)) => Ok((Stage::Resending(self, None), vec![Effect::Send(entry)])),
            (Input::Asked(Why::Refused(refused)), None) => {
                self.waiting = true;
                Ok(self.not_recorded(refused, fresh))
            }
            (Input::Ended(Outcome::Refused(refused)), None) => Ok(self.not_recorded(refused, fresh)),
            (Input::Ended(Outcome::Recorded { checked, .. }), None) if fits_nowhere(&checked) => {
                Ok(finish(End::QuestionRecorded))
            }
            (Input::Ended(Outcome::Recorded { receipt, checked, current }), None) => {
                Ok(recorded(Recorded { receipt, checked, current }))
            }
            (Input::Ended(Outcome::NotOnRoll), _) => Ok(finish(End::NotOnRoll)),
            (Input::Lost(_), _) => Ok(finish(End::Lost)),
            _ => Err(OutOfOrder),
        }
    }

    /// The earlier ballot is not in the log and never will be, unless the code leaves that open: on to a new one.
    fn not_recorded(mut self, refused: Refused, fresh: &Fresh) -> Step {
        if may_be_recorded(refused.code) {
            return self.stop(End::Refused { refused, marks: None });
        }
        let mut effects = Vec::new();
        if self.waiting {
            effects.push(Effect::HangUp);
            self.waiting = false;
        }
        effects.extend(self.put_away(&refused));
        let (stage, more) = self.begin(fresh);
        effects.extend(more);
        (stage, effects)
    }
}
