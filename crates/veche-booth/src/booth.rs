//! Drives [`Casting`] and the session beside it: one call of the page is one input, and what comes out are errands that a
//! page can carry out.

use std::sync::Arc;

use serde::Serialize;
use veche_client::{
    Card, Casting, Link,
    card::CARD_VERSION,
    casting::{
        Aim, Caller, Effect, End, First, Fresh, Input, Notice as Told, OutOfOrder, Plan, Question as Asked, Shown,
    },
    link::{LinkError, paper_id},
};
use veche_election::{
    Challenge, CredentialSecret, Election, VoterNumber, WeightSeed,
    ballot::{BallotCode, ChallengeError},
    canonical,
    credential::{CredentialError, fingerprint, typed_code},
    entry::EntryError,
    receipt::{CheckedReceipt, ReceiptFile},
    roll,
};
use veche_session::{
    VoterSession,
    last::CheckedLast,
    sealed::{EnvelopeError, Opened},
    voter::{Effect as Carry, Input as Came, Violation, Voter},
};
use zeroize::Zeroizing;

use crate::{
    cause::Cause,
    errand::{Answer, Call, Checked, Ending, Errand, Fault, Last, Message, Noted, Notice, Question, Recorded, random},
    pending,
    picture::Picture,
    view::{ElectionView, levels, written},
};

/// Whose vote it is.
#[derive(Clone)]
struct Voting {
    number: VoterNumber,
    secret: CredentialSecret,
}

/// What one page knows.
#[derive(Default)]
pub struct Booth {
    link: Option<Link>,
    election: Option<Arc<Election>>,
    voting: Option<Voting>,
    casting: Option<Casting>,
    /// For whom a socket is to be opened, and what for.
    caller: Option<(Caller, Aims)>,
    session: Option<VoterSession>,
}

/// What a session is for.
#[derive(Clone, Copy)]
enum Aims {
    Greeting,
    Ballot,
}

/// What a call brought with it, and what came out so far.
struct Step {
    fresh: Fresh,
    weights: WeightSeed,
    errands: Vec<Errand>,
}

type Done<T = ()> = Result<T, Fault>;

impl Booth {
    /// One call of the page, as JSON; the answer is `{"ok":…}` or `{"error":…}`.
    pub fn call(&mut self, message: &[u8]) -> Vec<u8> {
        let message = serde_json::from_slice::<Message>(message).map_err(|error| Fault::new("call", error));
        match message.and_then(|message| self.answer(message)) {
            Ok(answer) => answer,
            Err(fault) => json(&Answer::<()>::Error(fault)),
        }
    }

    fn answer(&mut self, message: Message) -> Done<Vec<u8>> {
        let (bytes, weights) = random(&message.random).ok_or_else(|| Fault::new("call", "no randomness"))?;
        let clock_ns = message.clock_ms.saturating_mul(1_000_000);
        let fresh = Fresh { random: Zeroizing::new(bytes), clock_ns };
        let mut step = Step { fresh, weights: WeightSeed(weights), errands: Vec::new() };
        match message.call {
            Call::Link { fragment } => {
                self.link = Some(Link::parse(&fragment).map_err(link_fault)?);
            }
            Call::Election { manifest } => return self.meet(&manifest),
            Call::CheckChallenge { file, noted } => {
                return Ok(ok(&self.check_challenge(&file, &noted, &step.weights)?));
            }
            Call::Wipe {} => *self = Self::default(),
            call => self.vote(call, &mut step)?,
        }
        Ok(ok(&step.errands))
    }

    /// Nothing of a manifest is shown unless it is that of the link.
    fn meet(&mut self, manifest: &str) -> Done<Vec<u8>> {
        let election = Election::parse(manifest.as_bytes()).map_err(|error| Fault::new("manifest", error))?;
        if self.link.as_ref().is_some_and(|link| !link.is_of(election.id())) {
            return Err(Fault::new("other-election", paper_id(election.id())));
        }
        let number = self.link.as_ref().map(|link| link.number.to_string());
        let has_credential = self.link.as_ref().is_some_and(|link| link.credential.is_some());
        let shown = ok(&ElectionView::new(&election, number, has_credential));
        self.election = Some(Arc::new(election));
        Ok(shown)
    }

    fn vote(&mut self, call: Call, step: &mut Step) -> Done {
        let input = match call {
            Call::Begin { number, credential } => return self.begin(number, credential, step),
            Call::Connected { sig, reply } => return self.connected(sig, reply, step),
            Call::Frame { text } => return self.carry(Came::Frame(&text), step),
            Call::Sealed { frame } => return self.carry(Came::Sealed(frame), step),
            Call::Opened { payload } => {
                let signer = self.election()?.keys().server_sig.clone();
                let opened =
                    payload.map(|payload| Opened { payload: Zeroizing::new(payload.as_bytes().to_vec()), signer });
                return self.carry(Came::Opened(opened.ok_or(EnvelopeError::Sealed)), step);
            }
            Call::Lost { loss } => {
                self.session = None;
                Input::Lost(loss.into())
            }
            Call::Pending { text } => Input::Pending(text.map(|text| text.to_string())),
            Call::Kept { kept } => Input::Kept(kept),
            Call::Answer { yes } => Input::Answer(yes),
            Call::Choose { choice } => Input::Choice(choice.into()),
            Call::Marks { levels } => {
                let marks = written(&levels, self.election()?);
                Input::Marks(marks.map_err(|error| Fault::new("marks", error))?)
            }
            Call::Link { .. } | Call::Election { .. } | Call::CheckChallenge { .. } | Call::Wipe {} => {
                return Err(order());
            }
        };
        self.decide(input, step)
    }

    fn election(&self) -> Done<&Arc<Election>> {
        self.election.as_ref().ok_or_else(order)
    }

    /// A new vote, or the same again: an entry that may be recorded is stored, and goes first.
    fn begin(&mut self, number: Option<String>, credential: Option<Zeroizing<String>>, step: &mut Step) -> Done {
        let election = self.election()?.clone();
        let voting = self.voting(number, credential)?;
        let card = Card {
            v: CARD_VERSION.into(),
            election: election.id(),
            title: election.draft().title.clone(),
            number: voting.number,
            name: String::new(),
            credential: voting.secret.to_text(),
            url: None,
        };
        let plan = Plan {
            number: voting.number,
            candidates: None,
            card: Some(card),
            beside: Vec::new(),
            election: None,
            marks: Vec::new(),
            unasked: false,
            aim: Aim::Cast,
            first: First::Decision,
            hello: true,
        };
        (self.session, self.caller, self.voting) = (None, None, Some(voting));
        self.casting = Some(Casting::new(plan, step.weights));
        self.decide(Input::Start, step)
    }

    /// What was typed stands above the link, and that above what was given before.
    fn voting(&self, number: Option<String>, credential: Option<Zeroizing<String>>) -> Done<Voting> {
        let of_link = |link: &Link| Some(Voting { number: link.number, secret: link.credential.clone()? });
        let number = match number {
            Some(number) => VoterNumber::parse(number.trim()).ok_or_else(|| Fault::new("number", "no voter number"))?,
            None => match (&self.link, &self.voting) {
                (Some(link), _) => link.number,
                (None, Some(voting)) => voting.number,
                (None, None) => return Err(order()),
            },
        };
        let secret = match credential {
            Some(text) => CredentialSecret::typed(&text).map_err(credential_fault)?,
            None => match self.voting.clone().or_else(|| self.link.as_ref().and_then(of_link)) {
                Some(voting) => voting.secret,
                None => return Err(order()),
            },
        };
        Ok(Voting { number, secret })
    }

    /// Gives the machine of the vote an input, and turns what it wants into errands.
    fn decide(&mut self, input: Input, step: &mut Step) -> Done {
        let casting = self.casting.as_mut().ok_or_else(order)?;
        for effect in casting.handle(input, &step.fresh).map_err(|OutOfOrder| order())? {
            self.run(effect, step)?;
        }
        Ok(())
    }

    fn run(&mut self, effect: Effect, step: &mut Step) -> Done {
        let errand = match effect {
            Effect::Fetch => {
                let manifest = self.election()?.bytes().to_vec();
                return self.decide(Input::Manifest(manifest), step);
            }
            Effect::Send(entry) => return self.carry(Came::Entry(entry), step),
            Effect::Greet(caller) => {
                self.caller = Some((caller, Aims::Greeting));
                Errand::Greet
            }
            Effect::Connect(caller) => {
                self.caller = Some((caller, Aims::Ballot));
                Errand::Connect
            }
            Effect::HangUp => {
                self.session = None;
                Errand::HangUp
            }
            Effect::ReadPending => Errand::ReadPending(self.place()?),
            Effect::Keep(text) => Errand::Keep { place: self.place()?, text },
            // A browser's store is no place to keep evidence in: the voter has seen the code.
            Effect::Forget | Effect::SetAside => Errand::Forget { name: self.place()?.name },
            Effect::Ask(asked) => Errand::Ask { question: question(&asked)? },
            Effect::Tell(told) => match self.notice(told)? {
                Some(notice) => Errand::Tell { notice },
                None => return Ok(()),
            },
            Effect::Opened(opened) => Errand::Opened {
                name: format!("challenge-{}.json", opened.code.short()),
                file: Zeroizing::new(canonical::write_text(&opened.challenge) + "\n"),
                code: opened.code.full(),
            },
            Effect::Recorded(recorded) => {
                let veche_client::casting::Recorded { receipt, checked, current } = recorded;
                Errand::Recorded(Box::new(self.recorded(&receipt, &checked, current)?))
            }
            Effect::Finish(end) => Errand::End { end: ending(end) },
            // A page has always a card: nobody is asked whether the number is on the roll.
            Effect::Knock(_) => return Err(order()),
        };
        step.errands.push(errand);
        Ok(())
    }

    fn place(&self) -> Done<crate::errand::Place> {
        let voting = self.voting.as_ref().ok_or_else(order)?;
        Ok(pending::place(&voting.secret, self.election()?))
    }

    fn notice(&self, told: Told) -> Done<Option<Notice>> {
        let election = self.election()?;
        Ok(Some(match told {
            Told::Pending(Shown::Marks(marks)) => {
                Notice::Pending { levels: Some(levels(&marks, election)), code: None }
            }
            Told::Pending(Shown::Code(code)) => Notice::Pending { levels: None, code: Some(code.full()) },
            Told::Review { marks, code } => {
                let picture = election.secret().and_then(|_| Picture::of(&code.full()));
                Notice::Review { levels: levels(&marks, election), code: code.full(), short: code.short(), picture }
            }
            Told::Weight { own, scale } => Notice::Weight { own: roll::votes(own, scale) },
            Told::Refused(code) => Notice::Refused { code: code.name() },
            Told::Voted { code, index, .. } => Notice::Voted(Last { code: code.map(|code| code.full()), index }),
            Told::Replaces { code, index, .. } => Notice::Replaces(Last { code: code.map(|code| code.full()), index }),
            Told::EarlierCard => Notice::EarlierCard,
            Told::Marks(error) => Notice::Marks(Cause::from(&error)),
            Told::OtherNumber(_) | Told::Contests(_) | Told::Credential(_) | Told::Code(_) => return Ok(None),
        }))
    }

    fn recorded(&self, receipt: &veche_election::Receipt, checked: &CheckedReceipt, current: bool) -> Done<Recorded> {
        let seq = checked.ballot().entry().seq;
        let file = ReceiptFile::new(receipt.clone(), self.election()?);
        Ok(Recorded {
            // Not for the voter, whose number the page no longer shows: downloads are seen by others.
            name: format!("receipt-{}.json", checked.ballot().code().short()),
            file: canonical::write_text(&file) + "\n",
            code: checked.ballot().code().full(),
            fingerprint: fingerprint(&checked.ballot().entry().credential),
            index: checked.index(),
            size: checked.checkpoint().size,
            seq,
            current,
            picture: Picture::of(&receipt.to_tlog_proof()),
        })
    }

    fn connected(&mut self, sig: veche_election::Jwk, reply: veche_election::Jwk, step: &mut Step) -> Done {
        let (Caller { election, number, credential }, aims) = self.caller.take().ok_or_else(order)?;
        let voter = Voter { number, credential, sig, reply, weights: step.weights };
        self.session = Some(match aims {
            Aims::Greeting => VoterSession::hello(election, voter),
            Aims::Ballot => VoterSession::new(election, voter),
        });
        self.carry(Came::Start, step)
    }

    /// Gives the session what came, and turns what it wants into errands, or into inputs of the vote.
    fn carry(&mut self, came: Came<'_>, step: &mut Step) -> Done {
        let before = step.errands.len();
        // What still comes from a session that was left says nothing any more.
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        let effects = match session.handle(came) {
            Ok(effects) => effects,
            Err(violation) => return self.give_up(&violation, step),
        };
        for effect in effects {
            match effect {
                Carry::Send(frame) => step.errands.push(Errand::Send { frame }),
                Carry::Seal(payload) => {
                    let payload = String::from_utf8(payload.to_vec()).map(Zeroizing::new).map_err(|_| order())?;
                    step.errands.push(Errand::Seal { payload });
                }
                // There is no place for it but before the voter, where it comes when the `ok` is sealed, and not yet sent.
                Carry::Keep { .. } => {}
                Carry::SealOk { payload, key } => {
                    let payload = String::from_utf8(payload.to_vec()).map(Zeroizing::new).map_err(|_| order())?;
                    step.errands.push(Errand::SealOk { payload, key: key.to_text() });
                }
                Carry::Open(token) => step.errands.push(Errand::Open { token }),
                Carry::NeedEntry(why) => self.decide(Input::Asked(why), step)?,
                Carry::Finish(outcome) => {
                    self.session = None;
                    step.errands.push(Errand::HangUp);
                    self.decide(Input::Ended(outcome), step)?;
                }
            }
        }
        // The voter has the receipt before the `ok` says so: it is shown first of all that this frame brings about.
        if let Some(recorded) = step.errands.pop_if(|errand| matches!(errand, Errand::Recorded(_))) {
            step.errands.insert(before, recorded);
        }
        Ok(())
    }

    /// Nothing more is said to a server that breaks the protocol.
    fn give_up(&mut self, violation: &Violation, step: &mut Step) -> Done {
        self.session = None;
        step.errands.push(Errand::HangUp);
        step.errands.push(Errand::Tell { notice: Notice::Violation(Cause::from(violation)) });
        self.decide(Input::Lost(veche_client::casting::Loss::Final), step)
    }

    fn check_challenge(&self, file: &str, noted: &str, weights: &WeightSeed) -> Done<Checked> {
        let election = self.election()?;
        let challenge = match serde_json::from_str::<Challenge>(file) {
            Ok(challenge) => challenge,
            Err(error) => return Ok(Checked::NoFile(Cause::unreadable(&error))),
        };
        Ok(match challenge.check(election, weights) {
            Ok(opened) => Checked::Good {
                code: opened.code.full(),
                fingerprint: fingerprint(&opened.credential),
                levels: levels(&challenge.marks, election),
                noted: compared(noted, opened.code),
            },
            // Whoever brought the file of another election is accused of nothing.
            Err(error @ ChallengeError::Entry(EntryError::Election)) => Checked::NoFile(Cause::from(&error)),
            Err(error @ (ChallengeError::OtherMarks(_) | ChallengeError::Entry(_) | ChallengeError::OtherCode(_))) => {
                Checked::False(Cause::from(&error))
            }
            Err(error) => Checked::NoFile(Cause::from(&error)),
        })
    }
}

fn compared(noted: &str, found: BallotCode) -> Noted {
    let noted = typed_code(noted);
    Noted { symbols: noted.len(), agrees: typed_code(&found.full()).starts_with(&noted) }
}

fn question(asked: &Asked) -> Done<Question> {
    Ok(match asked {
        Asked::SendAgain => Question::SendAgain,
        Asked::Again => Question::Again,
        Asked::Marks => Question::Marks,
        Asked::Cast => Question::Cast,
        Asked::CastOrChallenge => Question::CastOrChallenge,
        Asked::Replace => Question::Replace,
        // The page compared, and has a credential, before the vote began.
        Asked::SameElection(_) | Asked::Credential => return Err(order()),
    })
}

fn ending(end: End) -> Ending {
    match end {
        End::Recorded => Ending::Recorded,
        End::NotKept => Ending::NotKept,
        End::Refused { refused, .. } => {
            Ending::Refused { code: refused.code.name(), last: refused.last.as_deref().map(told_of) }
        }
        End::NotTaken { phase, opens, last } => {
            Ending::NotTaken { phase: phase.name(), opens, last: last.as_deref().map(told_of) }
        }
        End::VotedAlready(last) => Ending::VotedAlready { last: told_of(&last) },
        End::NotOnRoll => Ending::NotOnRoll,
        End::RightMarksRefused => Ending::RightMarksRefused,
        End::QuestionRecorded => Ending::QuestionRecorded,
        End::NotThisCard(code) => Ending::NotThisCard { code: BallotCode::full(&code) },
        End::NoBallot(error) => Ending::NoBallot { cause: error.as_ref().map(Cause::from) },
        End::NothingSent => Ending::NothingSent,
        End::NothingReplaced => Ending::NothingReplaced,
        End::Lost => Ending::Lost,
        other => Ending::Other { text: format!("{other:?}") },
    }
}

fn told_of(last: &CheckedLast) -> Last {
    Last { code: last.code().map(|code| code.full()), index: last.index() }
}

/// What is wrong with a link, by kinds that the page has words for.
fn link_fault(error: LinkError) -> Fault {
    let kind = match error {
        LinkError::Form => "link",
        LinkError::Credential(_) => "link-credential",
    };
    Fault::new(kind, error)
}

/// And where, for the page to say it in its own words.
fn credential_fault(error: CredentialError) -> Fault {
    let (kind, group, typed) = match error {
        CredentialError::Length(symbols) => ("credential-length", None, Some(symbols.to_string())),
        CredentialError::Group { group, symbols } => ("credential-group", Some(group), Some(symbols.to_string())),
        CredentialError::Symbol { symbol, group } => ("credential-symbol", Some(group), Some(symbol.to_string())),
        CredentialError::Checksum => ("credential-checksum", None, None),
        CredentialError::Mistyped { group } => ("credential-checksum", Some(group), None),
    };
    Fault { group, typed, ..Fault::new(kind, error) }
}

/// Our own page erred: it answered what was not asked.
fn order() -> Fault {
    Fault::new("order", "the booth was driven out of order")
}

fn ok<T: Serialize>(answer: &T) -> Vec<u8> {
    json(&Answer::Ok(answer))
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|_| br#"{"error":{"kind":"call","text":"no JSON"}}"#.to_vec())
}
