//! The end of a simulated election, and what must hold then.

use super::*;

impl Simulation {
    /// The storm is over: everybody is answered, the election closes, and the log is looked at as a whole.
    pub(super) async fn end(&mut self) {
        self.calm = true;
        self.disk.0.lock().unwrap().gone = false;
        self.run_idle().await;
        // A start with a clock that is right, whatever the one before began with.
        self.wrong_for = None;
        self.crash().await;
        self.nudge().await;
        self.clocks.pass(10);
        self.nudge().await;
        if self.running.sequencer.published().phase.is_over() {
            // Rightly, or it stands in the list of what is wrong.
            self.check();
            return;
        }
        self.extend().await;
        for _ in 0..5 {
            self.nudge().await;
            if self.running.sequencer.published().phase == Phase::Paused {
                self.act(Act::Resume { reason: "calm".into() }).await;
            }
        }
        for _ in 0..20 {
            self.connections.clear();
            self.connect(true);
            for _ in 0..60 {
                self.deliver();
                self.run_idle().await;
                self.take_verdicts();
            }
            if self.people.iter().all(|person| person.pending.is_none() && !person.recorded.is_empty()) {
                break;
            }
        }
        for (voter, person) in self.people.iter().enumerate() {
            assert!(person.pending.is_none() && !person.recorded.is_empty(), "voter {} was never answered", voter + 1);
        }
        let ballots = self.running.sequencer.published().ballots;
        assert_eq!(ballots, VOTERS as u64);
        if self.dice.one_in(2) {
            self.is_down_over_the_closing_time().await;
        }
        let left = self.disk.0.lock().unwrap().closes.saturating_sub(self.clocks.truth());
        self.clocks.pass(left);
        self.nudge().await;
        self.clocks.pass(10);
        self.nudge().await;
        assert_eq!(self.running.sequencer.published().phase, Phase::Finished);
        self.check();
    }

    /// To an hour from now. Nobody's schedule may have closed before it.
    async fn extend(&mut self) {
        let (truth, closes) = (self.clocks.truth(), self.disk.0.lock().unwrap().closes);
        for _ in 0..5 {
            let act = Act::Extend { closes: truth.max(closes) + 3_600, late: false, reason: "simulated".into() };
            if self.act(act).await == Some(true) {
                return;
            }
        }
        panic!("the organiser's extension is not taken");
    }

    /// The first thing done afterwards is an extension, within the grace, however often the server starts.
    async fn is_down_over_the_closing_time(&mut self) {
        let left = self.disk.0.lock().unwrap().closes - self.clocks.truth();
        let down = left + self.dice.below(100_000) as u64;
        self.crash_for(down).await;
        for _ in 0..self.dice.below(4) {
            self.nudge().await;
            self.clocks.pass(self.dice.below(100) as u64);
            self.crash().await;
        }
        self.nudge().await;
        self.extend().await;
    }

    /// Some ballot, so that the sequencer has something to answer and looks at the clock.
    pub(super) fn known(&self) -> CheckedBallot {
        let entry = BallotEntry::sign(WORLD.election.id(), &WORLD.voters[0], Position::FIRST, vec!["***".into()]);
        CheckedBallot::check(&entry, &WORLD.election, &crate::fixture::WEIGHTS).unwrap()
    }

    fn check(&self) {
        let disk = self.disk.0.lock().unwrap();
        let mut tree = LogTree::default();
        let (mut leaves, mut last) = (HashSet::new(), HashMap::new());
        for stored in &disk.entries {
            let entry = CheckedEntry::check(&stored.bytes, &WORLD.election, &crate::fixture::WEIGHTS).unwrap();
            assert!(leaves.insert(entry.leaf()), "an entry stands in the log twice");
            tree.append(entry.leaf());
            if let CheckedEntry::Ballot(ballot) = entry {
                last.insert(ballot.entry().credential, stored.bytes.clone());
            }
        }
        assert!(disk.wrong.is_empty(), "{:?}", disk.wrong);
        assert_eq!(disk.head(), Head { size: tree.size(), root: tree.root() });
        for (index, receipt) in &self.receipts {
            let stored = &disk.entries[*index as usize].bytes;
            assert_eq!(**stored, *receipt.entry, "the entry acknowledged at {index} is not there");
            receipt.check(&WORLD.election, &crate::fixture::WEIGHTS).unwrap();
        }
        for Told { voter, last, checkpoint } in &self.greetings {
            let own = |stored: &StoredEntry| {
                let entry = CheckedEntry::check(&stored.bytes, &WORLD.election, &crate::fixture::WEIGHTS).unwrap();
                matches!(entry, CheckedEntry::Ballot(b) if b.entry().credential == WORLD.voters[*voter].public())
            };
            let of_then = disk.entries.iter().take(checkpoint.size as usize);
            let true_last =
                of_then.enumerate().filter(|(_, stored)| own(stored)).map(|(index, _)| index as u64).next_back();
            assert_eq!(*last, true_last, "what voter {} was told of {} entries", voter + 1, checkpoint.size);
        }
        for checkpoint in &self.checkpoints {
            assert_eq!(tree.root_at(checkpoint.size), Some(checkpoint.root), "a fork at {}", checkpoint.size);
        }
        let published = self.running.sequencer.published();
        assert_eq!(published.phase, Phase::Finished);
        let result = published.result.clone().unwrap();
        assert_eq!(result.ballots, last.len() as u64);
        let mark = |entry: &[u8], i: usize| {
            let text = String::from_utf8(entry.to_vec()).unwrap();
            let at = text.find("\"marks\":[\"").unwrap() + 10;
            text.as_bytes()[at + i]
        };
        for (i, candidate) in result.contests[0].candidates.iter().enumerate() {
            let marks = last.values().map(|entry| mark(entry, i)).filter(|mark| *mark != b'*');
            assert_eq!(candidate.sum, marks.map(|mark| i64::from(mark - b'0')).sum::<i64>());
        }
    }
}
