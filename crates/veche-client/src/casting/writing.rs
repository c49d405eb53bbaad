//! Writes the entries that sessions ask for, after the voter has seen, and cast or challenged, each of them.

use super::*;

/// Everything that a vote needs once it is known who votes where.
pub(super) struct Writing {
    pub(super) election: Arc<Election>,
    pub(super) credential: CredentialKey,
    pub(super) marks: Vec<String>,
    /// The marks were said beforehand: nobody is there to be asked about them.
    pub(super) given: bool,
    /// A session waits for an entry.
    pub(super) waiting: bool,
    number: VoterNumber,
    unasked: bool,
    aim: Aim,
    first: First,
    /// To say yet.
    hello: bool,
    seeds: BallotSeeds,
    position: Position,
    /// Has the voter said that these marks are to be sent?
    confirmed: bool,
    /// The entry that was sent last and not refused.
    made: Option<EntryBytes>,
    /// Leaf hashes of all entries that this program has made, as far as it knows.
    pub(super) own: Vec<Hash>,
    /// Back to a ballot that a later one has replaced: that takes a new entry, once.
    returning: bool,
    retries: usize,
}

impl Writing {
    pub(super) fn enter(
        plan: Plan,
        secret: &veche_election::CredentialSecret,
        election: Arc<Election>,
        mut effects: Vec<Effect>,
        fresh: &Fresh,
    ) -> Step {
        let Plan { number, marks, unasked, aim, first, hello, .. } = plan;
        let credential = secret.key(election.draft_id());
        effects.push(Effect::Tell(Notice::Contests(election.clone())));
        let writing = Self {
            election,
            credential: credential.clone(),
            given: !marks.is_empty(),
            marks,
            waiting: false,
            number,
            unasked,
            aim,
            first,
            hello,
            seeds: BallotSeeds::new(credential),
            position: Position::FIRST,
            confirmed: false,
            made: None,
            own: Vec::new(),
            returning: false,
            retries: RETRIES,
        };
        let (stage, more) = match aim {
            Aim::Cast => (Stage::Pending(writing), vec![Effect::ReadPending]),
            Aim::Challenge if writing.election.secret().is_none() => finish(End::NothingToChallenge),
            Aim::Challenge => writing.compose(fresh),
        };
        effects.extend(more);
        (stage, effects)
    }

    /// Without marks on the command line there is somebody to ask, unless told not to.
    pub(super) fn asks(&self) -> bool {
        !self.given && !self.unasked
    }

    pub(super) fn caller(&self) -> Caller {
        let (election, credential) = (self.election.clone(), self.credential.clone());
        Caller { election, number: self.number, credential }
    }

    pub(super) fn call(&self) -> Effect {
        Effect::Connect(self.caller())
    }

    /// The session is gone.
    pub(super) fn alone(mut self) -> Self {
        self.waiting = false;
        self
    }

    pub(super) fn stop(self, end: End) -> Step {
        let mut effects = Vec::new();
        if self.waiting {
            effects.push(Effect::HangUp);
        }
        effects.push(Effect::Finish(end));
        (Stage::Over, effects)
    }

    pub(super) fn begin(mut self, fresh: &Fresh) -> Step {
        if core::mem::take(&mut self.hello) { self.greet() } else { self.go_on(fresh) }
    }

    pub(super) fn go_on(self, fresh: &Fresh) -> Step {
        match self.first {
            First::Session => self.connect(),
            First::Decision => self.compose(fresh),
        }
    }

    fn connect(mut self) -> Step {
        self.waiting = false;
        let call = self.call();
        (Stage::Session(self), vec![call])
    }

    pub(super) fn asked(mut self, why: Why, fresh: &Fresh) -> Step {
        self.waiting = true;
        match (why, &self.made) {
            // A session broke off: the very same entry again, so that it cannot count twice.
            (Why::First, Some(entry)) => {
                let again = Effect::Send(entry.clone());
                self.waiting = false;
                (Stage::Session(self), vec![again])
            }
            (Why::First, None) => self.compose(fresh),
            (Why::Refused(refused), _) => self.refused(refused, fresh),
        }
    }

    fn compose(self, fresh: &Fresh) -> Step {
        if self.marks.is_empty() {
            return (Stage::Marks(self), vec![Effect::Ask(Question::Marks)]);
        }
        match self.aim {
            Aim::Cast => self.decide(fresh),
            Aim::Challenge => self.open(fresh),
        }
    }

    pub(super) fn take_marks(mut self, marks: Vec<String>, fresh: &Fresh) -> Step {
        if let Err(error) = marks::parse_all(&marks, self.election.contests()) {
            return (Stage::Marks(self), vec![Effect::Tell(Notice::Marks(error)), Effect::Ask(Question::Marks)]);
        }
        self.marks = marks;
        self.compose(fresh)
    }

    /// Shows the ballot and its code; then the voter casts it, which signs it, or challenges it, which opens it, and decides
    /// again about another one.
    fn decide(self, fresh: &Fresh) -> Step {
        let ballot = match self.prepare(fresh) {
            Ok(ballot) => ballot,
            Err(error) => return self.stop(End::NoBallot(Some(error))),
        };
        if self.confirmed || self.given {
            return self.cast(ballot);
        }
        let mut effects = vec![Effect::Tell(Notice::Review { marks: self.marks.clone(), code: ballot.code() })];
        if self.unasked {
            let (stage, more) = self.cast(ballot);
            effects.extend(more);
            return (stage, effects);
        }
        effects.push(Effect::Ask(match self.election.secret() {
            Some(_) => Question::CastOrChallenge,
            None => Question::Cast,
        }));
        (Stage::Choice(self, Box::new(ballot)), effects)
    }

    fn prepare(&self, fresh: &Fresh) -> Result<PreparedBallot, MarksError> {
        let seed = self.seeds.next(&fresh.random, fresh.clock_ns);
        PreparedBallot::new(&self.election, self.credential.public(), self.position, self.marks.clone(), &seed)
    }

    pub(super) fn choose(self, ballot: PreparedBallot, choice: Choice, fresh: &Fresh) -> Result<Step, OutOfOrder> {
        match (choice, self.election.secret()) {
            (Choice::Cast, _) => Ok(self.cast(ballot)),
            (Choice::Neither, _) => Ok(self.stop(End::NothingSent)),
            (Choice::Challenge, None) => Err(OutOfOrder),
            (Choice::Challenge, Some(_)) => {
                let mut effects = vec![opened(ballot, true)];
                let (stage, more) = self.decide(fresh);
                effects.extend(more);
                Ok((stage, effects))
            }
        }
    }

    /// Instead of casting anything.
    fn open(self, fresh: &Fresh) -> Step {
        match self.prepare(fresh) {
            Ok(ballot) => {
                let code = Effect::Tell(Notice::Code(ballot.code()));
                (Stage::Over, vec![code, opened(ballot, false), Effect::Finish(End::Opened)])
            }
            Err(error) => self.stop(End::NoBallot(Some(error))),
        }
    }

    /// Signs the exact bytes whose code was shown. They are on the disk before they are on the way: after a broken
    /// connection they are sent again, not made anew.
    fn cast(mut self, ballot: PreparedBallot) -> Step {
        let entry = ballot.sign(&self.credential);
        let escaped = self.marks.iter().any(|marks| marks.contains(['"', '\\']));
        if escaped || entry.len() > self.election.draft().entry_max_bytes() {
            let wrong = marks::parse_all(&self.marks, self.election.contests()).err();
            return self.stop(End::NoBallot(wrong));
        }
        self.confirmed = true;
        self.made = Some(entry.clone());
        self.own.push(entry.leaf());
        let mut effects = vec![Effect::Keep(self.pending(&entry))];
        effects.push(if self.waiting { Effect::Send(entry) } else { self.call() });
        self.waiting = false;
        (Stage::Session(self), effects)
    }

    /// What becomes of the stored ballot after a «нет». Only what fits nowhere any more, or is none, is forgotten: a server that
    /// refuses what it records later would else show the voter a stranger's ballot.
    pub(super) fn put_away(&self, refused: &Refused) -> Option<Effect> {
        let no_ballot = || !self.marks.is_empty() && marks::parse_all(&self.marks, self.election.contests()).is_err();
        let never = match refused.code {
            code if may_be_recorded(code) => return None,
            // Of a leaf alone nothing proves that it is this voter's.
            Code::Stale | Code::AlreadyVoted => refused.last.as_ref().is_some_and(|last| last.ballot().is_some()),
            Code::BadMarks => no_ballot(),
            _ => false,
        };
        Some(if never { Effect::Forget } else { Effect::SetAside })
    }

    /// What a «нет» means for the next try.
    fn refused(mut self, refused: Refused, fresh: &Fresh) -> Step {
        self.made = None;
        let mut effects = Vec::from_iter(self.put_away(&refused));
        effects.push(Effect::Tell(Notice::Refused(refused.code)));
        let (stage, more) = match refused.code {
            Code::Stale => self.stale(refused.last.as_deref(), fresh),
            Code::BadMarks => self.bad_marks(refused, fresh),
            _ => self.stop(End::Refused { refused, marks: None }),
        };
        effects.extend(more);
        (stage, effects)
    }

    fn bad_marks(mut self, refused: Refused, fresh: &Fresh) -> Step {
        match marks::parse_all(&self.marks, self.election.contests()) {
            Ok(_) => self.stop(End::RightMarksRefused),
            Err(error) if self.given => self.stop(End::Refused { refused, marks: Some(error) }),
            Err(_) => {
                self.marks.clear();
                self.confirmed = false;
                self.compose(fresh)
            }
        }
    }

    /// The voter is told what will be replaced, and that the log says so.
    fn stale(mut self, last: Option<&CheckedLast>, fresh: &Fresh) -> Step {
        self.position = Position::FIRST;
        // At another place a secret ballot has another code: the voter sees it before it is cast.
        self.confirmed &= self.election.secret().is_none();
        let Some(last) = last else { return self.compose(fresh) };
        let (index, leaf) = (last.index(), last.leaf());
        let (code, own) = (last.code(), self.own.contains(&leaf));
        let mut effects = vec![Effect::Tell(Notice::Replaces { code, index, leaf, own })];
        match self.whose(last) {
            Ok(notice) => effects.extend(notice),
            Err(end) => {
                let (stage, more) = self.stop(end);
                effects.extend(more);
                return (stage, effects);
            }
        }
        if self.asks() {
            effects.push(Effect::Ask(Question::Replace));
            return (Stage::Replacement(self, last.next()), effects);
        }
        let (stage, more) = self.replace(last.next(), fresh);
        effects.extend(more);
        (stage, effects)
    }

    /// What is said of a ballot that was signed with another card: nobody's is replaced unasked. Which card it was is not
    /// shown before the closing of an open election.
    pub(super) fn whose(&self, last: &CheckedLast) -> Result<Option<Effect>, End> {
        let Some(ballot) = last.ballot() else { return Ok(None) };
        if ballot.entry().credential == self.credential.public() {
            return Ok(None);
        }
        if self.given && !self.unasked {
            return Err(End::NotThisCard(ballot.code()));
        }
        Ok(Some(Effect::Tell(Notice::EarlierCard)))
    }

    /// The next entry takes its place behind this one.
    pub(super) fn follow(&mut self, last: &CheckedLast) {
        self.position = last.next();
    }

    pub(super) fn replace(mut self, at: Position, fresh: &Fresh) -> Step {
        self.position = at;
        self.compose(fresh)
    }

    pub(super) fn ended(mut self, outcome: Outcome) -> Result<Step, OutOfOrder> {
        Ok(match outcome {
            Outcome::Recorded { checked, .. } if fits_nowhere(&checked) => finish(End::QuestionRecorded),
            // The very bytes of an earlier ballot that a later one has replaced: to return to it takes a new entry. Its place
            // is not known yet; one that can never fit makes the server tell the last one.
            Outcome::Recorded { current: false, .. } if !self.returning => {
                self.position = Position { seq: SEQ_MAX, prev: Hash::ZERO };
                (self.returning, self.confirmed, self.made, self.retries) = (true, true, None, RETRIES);
                self.connect()
            }
            Outcome::Recorded { receipt, checked, current } => recorded(Recorded { receipt, checked, current }),
            Outcome::NotOnRoll => finish(End::NotOnRoll),
            Outcome::Refused(refused) => {
                let mut effects = Vec::from_iter(self.put_away(&refused));
                effects.push(Effect::Finish(End::Refused { refused, marks: None }));
                (Stage::Over, effects)
            }
            Outcome::Greeted(_) => return Err(OutOfOrder),
        })
    }

    /// A voter may think longer than the server keeps a session: what was decided is brought in another one.
    pub(super) fn lost(mut self, loss: Loss) -> Step {
        if !self.confirmed || loss == Loss::Final || self.retries == 0 {
            return finish(End::Lost);
        }
        self.retries -= 1;
        self.connect()
    }
}

/// The question for the last ballot, which no honest server records.
pub(super) fn fits_nowhere(checked: &CheckedReceipt) -> bool {
    let entry = checked.ballot().entry();
    (entry.seq, entry.prev) == (SEQ_MAX, Hash::ZERO)
}

fn opened(ballot: PreparedBallot, again: bool) -> Effect {
    let code = ballot.code();
    Effect::Opened(Opened { challenge: ballot.challenge(), code, again })
}
