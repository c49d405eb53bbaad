//! Plays voter, disk and session for a [`Casting`], one input a line, and tells in words what came out of it.

use veche_client::{
    Casting,
    casting::{Aim, Choice, Effect, End, First, Fresh, Input, Loss, Notice, Plan, Question, Recorded, Shown},
};
use veche_election::{CheckedBallot, VoterNumber, ballot::BallotCode, entry::Position, roll};
use veche_session::{
    Code,
    voter::{Outcome, Refused, Why},
};
use zeroize::Zeroizing;

use crate::world::{WEIGHTS, World};

/// The number in all these tests.
pub const NUMBER: u8 = 5;

pub struct Run {
    pub world: &'static World,
    casting: Casting,
    /// A clock that stands still: the seeds of two ballots differ all the same.
    fresh: Fresh,
    /// What the disk holds.
    pub stored: Option<String>,
    /// Every entry that went to the server, in order.
    pub sent: Vec<String>,
    /// Every code that was shown for review.
    pub shown: Vec<BallotCode>,
    pub end: Option<End>,
}

/// Number 5 with the card of number 5, asked for everything.
pub fn plan(world: &World) -> Plan {
    Plan {
        number: VoterNumber::new(NUMBER.into()).unwrap(),
        candidates: None,
        card: Some(world.card(NUMBER)),
        beside: Vec::new(),
        election: None,
        marks: Vec::new(),
        unasked: false,
        aim: Aim::Cast,
        first: First::Session,
        hello: false,
    }
}

/// As [`plan`], with the marks said beforehand.
pub fn given(world: &World, marks: &str) -> Plan {
    Plan { marks: vec![marks.into()], ..plan(world) }
}

impl Run {
    pub fn new(world: &'static World, plan: Plan) -> Self {
        let fresh = Fresh { random: Zeroizing::new([3; 32]), clock_ns: 1 };
        let casting = Casting::new(plan, WEIGHTS);
        Self { world, casting, fresh, stored: None, sent: Vec::new(), shown: Vec::new(), end: None }
    }

    /// Up to the first session, with nothing stored.
    pub fn connected(world: &'static World, plan: Plan) -> Self {
        let mut run = Self::new(world, plan);
        run.gives(Input::Start, "fetch");
        run.gives(run.manifest(), "contests, read");
        run.gives(Input::Pending(None), "connect");
        run
    }

    /// Up to the first entry on its way, of marks that were given.
    pub fn sent(world: &'static World, plan: Plan) -> Self {
        let mut run = Self::connected(world, plan);
        run.gives(Input::Asked(Why::First), "keep, send");
        run
    }

    pub fn manifest(&self) -> Input {
        Input::Manifest(self.world.election.bytes().to_vec())
    }

    /// The machine answers this input with exactly these effects.
    pub fn gives(&mut self, input: Input, expected: &str) {
        let asked = format!("{input:?}");
        let effects = self.casting.handle(input, &self.fresh).unwrap();
        let last = effects.len().saturating_sub(1);
        for (i, effect) in effects.iter().enumerate() {
            assert!(i == last || !waits(effect), "{effect:?} waits for an answer and is not the last");
        }
        let said: Vec<String> = effects.into_iter().map(|effect| self.carry_out(effect)).collect();
        assert_eq!(said.join(", "), expected, "after {asked}");
    }

    /// This input answers nothing that was asked.
    pub fn refuses(&mut self, input: Input) {
        let asked = format!("{input:?}");
        assert!(self.casting.handle(input, &self.fresh).is_err(), "{asked}");
    }

    fn carry_out(&mut self, effect: Effect) -> String {
        match effect {
            Effect::Fetch => "fetch".into(),
            Effect::Knock(_) => "knock".into(),
            Effect::Ask(question) => format!("ask {}", question_text(&question)),
            Effect::Tell(notice) => self.notice_text(notice),
            Effect::ReadPending => "read".into(),
            Effect::Keep(text) => {
                self.stored = Some(text.to_string());
                "keep".into()
            }
            Effect::Forget => {
                self.stored = None;
                "forget".into()
            }
            Effect::SetAside => {
                self.stored = None;
                "set aside".into()
            }
            Effect::Greet(caller) => {
                assert_eq!(caller.number.to_string(), NUMBER.to_string());
                "greet".into()
            }
            Effect::Connect(caller) => {
                assert_eq!(caller.number.to_string(), NUMBER.to_string());
                "connect".into()
            }
            Effect::Send(entry) => {
                let stored = self.stored.as_ref().expect("an entry is stored before it is on the way");
                assert_eq!(stored.lines().next(), Some(entry.as_str()));
                self.sent.push(entry.as_str().to_owned());
                "send".into()
            }
            Effect::HangUp => "hang up".into(),
            Effect::Opened(opened) => {
                let code = opened.challenge.check(&self.world.election, &WEIGHTS).unwrap().code;
                assert_eq!(code, opened.code);
                if opened.again { "opened, anew".into() } else { "opened".into() }
            }
            Effect::Recorded(Recorded { receipt, current, .. }) => {
                assert_eq!(Some(receipt.entry.as_str()), self.sent.last().map(String::as_str));
                if current { "recorded".into() } else { "recorded, replaced".into() }
            }
            Effect::Finish(end) => {
                let text = format!("{end:?}");
                let name = text.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
                self.end = Some(end);
                format!("end {name}")
            }
        }
    }

    fn notice_text(&mut self, notice: Notice) -> String {
        match notice {
            Notice::OtherNumber(number) => format!("card of {number}"),
            Notice::Contests(election) => {
                assert_eq!(election.id(), self.world.election.id());
                "contests".into()
            }
            Notice::Credential(_) => "no credential".into(),
            Notice::Pending(Shown::Marks(marks)) => format!("pending {}", marks.join(" ")),
            Notice::Pending(Shown::Code(_)) => "pending code".into(),
            Notice::Voted { index, code, own, .. } => {
                assert_eq!(
                    code.is_some(),
                    self.world.election.secret().is_some(),
                    "an open ballot's code is not shown"
                );
                if own { format!("voted {index}, own") } else { format!("voted {index}") }
            }
            Notice::Weight { own, scale } => format!("weighs {}", roll::votes(own, scale)),
            Notice::Marks(_) => "no marks".into(),
            Notice::Review { marks, code } => {
                self.shown.push(code);
                format!("review {}", marks.join(" "))
            }
            Notice::Code(code) => {
                self.shown.push(code);
                "code".into()
            }
            Notice::Refused(code) => format!("нет {}", code.name()),
            Notice::Replaces { index, own: true, .. } => format!("replaces own {index}"),
            Notice::Replaces { index, own: false, .. } => format!("replaces {index}"),
            Notice::EarlierCard => "earlier card".into(),
        }
    }

    pub fn ballot(&self, i: usize) -> CheckedBallot {
        CheckedBallot::check(self.sent[i].as_bytes(), &self.world.election, &WEIGHTS).unwrap()
    }

    pub fn place(&self, i: usize) -> Position {
        let ballot = self.ballot(i);
        Position { seq: ballot.entry().seq, prev: ballot.entry().prev }
    }

    /// The session's «да» for the entry that was sent last.
    pub fn yes(&self, current: bool) -> Input {
        let (receipt, checked) = self.world.receipt(self.sent.last().unwrap(), 1);
        Input::Ended(Outcome::Recorded { receipt, checked, current })
    }
}

/// A «нет» that leaves another try.
pub fn no(code: Code) -> Input {
    Input::Asked(Why::Refused(Refused { code, left: 1, last: None }))
}

/// «stale» with this entry as the voter's last one.
pub fn stale(world: &World, last: &str) -> Input {
    let last = Some(world.last(last, 2));
    Input::Asked(Why::Refused(Refused { code: Code::Stale, left: 1, last }))
}

/// The last «нет» of a session.
pub fn last_no(code: Code) -> Input {
    Input::Ended(Outcome::Refused(Refused { code, left: 0, last: None }))
}

pub fn marks(text: &str) -> Input {
    Input::Marks(vec![text.into()])
}

pub const CAST: Input = Input::Choice(Choice::Cast);
pub const YES: Input = Input::Answer(true);
pub const NO: Input = Input::Answer(false);
pub const KEPT: Input = Input::Kept(true);
pub const BROKEN: Input = Input::Lost(Loss::Broken);

fn question_text(question: &Question) -> &'static str {
    match question {
        Question::SameElection(_) => "same election",
        Question::Credential => "credential",
        Question::SendAgain => "send again",
        Question::Again => "again",
        Question::Marks => "marks",
        Question::Cast => "cast",
        Question::CastOrChallenge => "cast or challenge",
        Question::Replace => "replace",
    }
}

fn waits(effect: &Effect) -> bool {
    use Effect as E;
    matches!(
        effect,
        E::Fetch
            | E::Knock(_)
            | E::Ask(_)
            | E::ReadPending
            | E::Greet(_)
            | E::Connect(_)
            | E::Send(_)
            | E::Recorded(_)
            | E::Finish(_)
    )
}
