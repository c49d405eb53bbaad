//! The server's side of a session, one for each voter at the door. It decides what is answered; whoever drives it (the
//! task around a socket, a simulation) gives it [`Input`]s and carries out [`Effect`]s, and decides nothing. A state is
//! named for what it awaits and carries what is known then. Spec: `docs/spec/session.md` section 4.
//!
//! After a [`Violation`] the driver hangs up without a word: a peer that breaks the protocol is told nothing.

use std::sync::Arc;

use veche_election::{
    CheckedBallot, Election, Hash, Jwk, Phase, PublicKey, Receipt, Refusal, VoterNumber,
    entry::{EntryBytes, EntryError},
};
use zeroize::Zeroizing;

use crate::{
    last::{Last, Shown},
    message::{
        AuthStatement, Code, Direction, Down, DownKind, Folder, MESSAGE_VERSION, NO, Padded, Standing, Up, UpKind,
        frame_hash,
    },
    sealed::{self, EnvelopeError, OkKey, Opened, token_max_bytes},
};

/// What happened: a frame that came, or the answer to an [`Effect`].
#[derive(Debug)]
pub enum Input<'a> {
    /// A text frame came.
    Frame(&'a str),
    /// To [`Effect::FindVoter`]: the credential now in force, `None` if the number is not on the roll.
    Found(Option<PublicKey>),
    /// To [`Effect::Open`].
    Opened(Result<Opened, EnvelopeError>),
    /// To [`Effect::Check`]: what came of it, and where the election stands.
    Checked {
        /// The ballot, or what is wrong with it.
        ballot: Result<Box<CheckedBallot>, EntryError>,
        /// Where the election stands.
        phase: Phase,
    },
    /// To [`Effect::Decide`], with a fresh key in case that the answer is «да».
    Decided(Verdict, OkKey),
    /// To [`Effect::LookUp`].
    LookedUp(Lookup),
    /// To [`Effect::Seal`].
    Sealed(String),
    /// To [`Effect::OpenOk`]: the payload.
    OkOpened(Result<Zeroizing<Vec<u8>>, EnvelopeError>),
}

/// What the driver is to do, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Look this number up in the roll: [`Input::Found`].
    FindVoter(VoterNumber),
    /// Make the exchange folder; from now on this connection has a voter's number.
    OpenFolder(Folder),
    /// Send this text frame.
    Send(String),
    /// Open this frame with the server's key; the signer's key is embedded.
    Open(String),
    /// Open this frame, which must be an `ok`, with this key and no other.
    OpenOk {
        /// The frame.
        frame: String,
        /// Of the «да» before.
        key: OkKey,
    },
    /// Make the checks of this entry that need no state.
    Check(EntryBytes),
    /// Append this ballot, or say why not.
    Decide(Box<CheckedBallot>),
    /// Say how the election stands now, and the voter with this credential in it.
    LookUp(PublicKey),
    /// Seal with the server's signing key to this key.
    Seal {
        /// What is said.
        payload: Zeroizing<Vec<u8>>,
        /// The voter's key.
        to: Jwk,
    },
    /// For whoever keeps accounts. Nothing has to be done.
    Note(Note),
    /// Close the connection and delete the folder.
    Finish(Outcome),
}

/// What came of a message of the voter's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It came with the credential's signature: the voter is who the number says.
    Proven,
    /// A hello came with the credential's signature. It has cost what a ballot costs; the session does not stay.
    Greeted,
    /// It did not, and is answered `not-authorised`.
    Unproven,
    /// It is answered «да».
    Recorded,
    /// It came with the credential's signature, and is answered «нет».
    Refused(Code),
}

/// What became of a checked ballot.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Durable and in the log. Is it the voter's ballot that counts?
    Recorded {
        /// What the voter gets.
        receipt: Receipt,
        /// Or has a later one replaced it?
        current: bool,
    },
    /// The log does not take it. With the receipt of the entry that the refusal names, if it names one.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Of the voter's last entry.
        last: Option<Receipt>,
    },
    /// Nothing was recorded, or nobody can tell yet whether it was.
    Busy,
}

/// What the log knows of a credential that was shown with a hello.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// It is in force.
    Found(Box<Found>),
    /// The credential is in force no more.
    NotInForce,
    /// The place was struck from the roll. With the receipt of its last entry.
    Struck(Option<Receipt>),
    /// Nobody can tell now.
    Busy,
}

/// All of one moment of the log.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where the election stands.
    pub phase: Phase,
    /// The closing time in force.
    pub closes: Option<u64>,
    /// The voter's.
    pub weight: u64,
    /// The receipt of the voter's last entry.
    pub last: Option<Receipt>,
    /// The signed checkpoint, if there is one.
    pub checkpoint: Option<String>,
}

/// How a session ended in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// «Нет»: nobody has this number.
    NotOnRoll,
    /// A hello was answered.
    Greeted,
    /// «да», and the voter said `ok`.
    Recorded,
    /// A last «нет».
    Refused(Code),
}

/// Who erred: the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Not what comes next.
    #[error("a frame out of order")]
    Order,
    /// In any other form than a number has.
    #[error("the first frame is not a voter number")]
    Number,
    /// It does not open, or is not signed.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// Replayed, reflected, of another session, or made up.
    #[error("the sealed message's field \"{0}\" is not what this session requires")]
    Field(&'static str),
}

#[derive(Debug)]
enum State {
    AwaitingNumber,
    AwaitingRoll {
        number: VoterNumber,
    },
    /// The first ballot, or a hello; or behind our last answer another.
    AwaitingBallot {
        voter: Voter,
        answered: Option<Turn>,
    },
    AwaitingOpening {
        voter: Voter,
        answered: Option<Turn>,
        frame: Hash,
    },
    AwaitingCheck {
        voter: Voter,
        asked: Turn,
    },
    AwaitingVerdict {
        voter: Voter,
        asked: Turn,
    },
    AwaitingLookup {
        voter: Voter,
        asked: Turn,
    },
    AwaitingSeal {
        voter: Voter,
        asked: Turn,
        then: Next,
    },
    AwaitingOk {
        voter: Voter,
        answered: Turn,
        key: OkKey,
    },
    AwaitingOkOpening {
        voter: Voter,
        answered: Turn,
    },
    Over,
}

/// Whose number was said, and the credential that has to prove it.
#[derive(Debug, Clone, Copy)]
struct Voter {
    number: VoterNumber,
    credential: PublicKey,
}

/// A sealed message of either side: with each ballot comes one answer, so their counts are one.
#[derive(Debug)]
struct Turn {
    /// Counts the messages of one direction from 1.
    n: u32,
    frame: Hash,
    keys: VoterKeys,
}

/// The voter's two session keys, fixed by the first message that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
struct VoterKeys {
    sig: Jwk,
    reply: Jwk,
}

/// Where a sealed answer leads.
#[derive(Debug)]
enum Next {
    Retry,
    Ok(OkKey),
    End(Outcome),
}

/// What an answer says.
enum Answer {
    Yes { receipt: Receipt, current: bool, key: OkKey },
    No { code: Code, last: Option<Last> },
    Hello(Box<Standing>),
}

/// One session: [`Self::handle`] takes what happened and says what is to be done.
#[derive(Debug)]
pub struct ServerSession {
    election: Arc<Election>,
    folder: Folder,
    attempts_left: u32,
    /// A ballot has come: no hello may any more.
    brought: bool,
    state: State,
}

impl ServerSession {
    /// Awaits the voter's number. `folder`: a fresh name.
    pub fn new(election: Arc<Election>, folder: Folder) -> Self {
        let attempts_left = election.draft().attempts_max;
        Self { election, folder, attempts_left, brought: false, state: State::AwaitingNumber }
    }

    /// The name of the exchange folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Has the dialogue come to its end, in order or not?
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Takes in what happened and says what is to be done.
    ///
    /// # Errors
    /// The peer, who broke the protocol: the session is over.
    ///
    /// # Panics
    ///
    /// If the driver answers what was not asked.
    pub fn handle(&mut self, input: Input<'_>) -> Result<Vec<Effect>, Violation> {
        let state = core::mem::replace(&mut self.state, State::Over);
        match (state, input) {
            (State::AwaitingNumber, Input::Frame(frame)) => {
                let number = VoterNumber::parse(frame).ok_or(Violation::Number)?;
                self.state = State::AwaitingRoll { number };
                Ok(vec![Effect::FindVoter(number)])
            }
            (State::AwaitingRoll { .. }, Input::Found(None)) => {
                Ok(vec![Effect::Send(NO.to_owned()), Effect::Finish(Outcome::NotOnRoll)])
            }
            (State::AwaitingRoll { number }, Input::Found(Some(credential))) => {
                self.state = State::AwaitingBallot { voter: Voter { number, credential }, answered: None };
                let name = self.folder.as_str().to_owned();
                Ok(vec![Effect::OpenFolder(self.folder.clone()), Effect::Send(name)])
            }
            (State::AwaitingBallot { voter, answered }, Input::Frame(frame)) => {
                self.measure(frame)?;
                self.state = State::AwaitingOpening { voter, answered, frame: frame_hash(frame) };
                Ok(vec![Effect::Open(frame.to_owned())])
            }
            (State::AwaitingOpening { voter, answered, frame }, Input::Opened(opened)) => {
                self.first_checks(voter, answered, frame, &opened?)
            }
            (State::AwaitingCheck { voter, asked }, Input::Checked { ballot, phase }) => {
                Ok(self.checked(voter, asked, ballot, phase))
            }
            (State::AwaitingVerdict { voter, asked }, Input::Decided(verdict, key)) => {
                let answer = match verdict {
                    Verdict::Recorded { receipt, current } => Answer::Yes { receipt, current, key },
                    Verdict::Refused { refusal, last } => self.refusal(refusal, last),
                    Verdict::Busy => Answer::no(Code::Busy),
                };
                Ok(self.answer(voter, asked, answer))
            }
            (State::AwaitingLookup { voter, asked }, Input::LookedUp(lookup)) => {
                let answer = match lookup {
                    Lookup::Found(found) => self.greeting(*found),
                    Lookup::NotInForce => Answer::no(Code::NotAuthorised),
                    Lookup::Struck(last) => {
                        self.refusal(Refusal::Struck { last: last.as_ref().map(|last| last.index) }, last)
                    }
                    Lookup::Busy => Answer::no(Code::Busy),
                };
                Ok(self.answer(voter, asked, answer))
            }
            (State::AwaitingSeal { voter, asked, then }, Input::Sealed(frame)) => {
                Ok(self.sealed(voter, asked, frame, then))
            }
            (State::AwaitingOk { voter, answered, key }, Input::Frame(frame)) => {
                self.measure(frame)?;
                self.state = State::AwaitingOkOpening { voter, answered };
                Ok(vec![Effect::OpenOk { frame: frame.to_owned(), key }])
            }
            (State::AwaitingOkOpening { voter, answered }, Input::OkOpened(payload)) => {
                self.ok(voter, &answered, &payload?)
            }
            (_, Input::Frame(_)) => Err(Violation::Order),
            (_, _) => unreachable!("the driver answers what it was asked"),
        }
    }

    fn measure(&self, frame: &str) -> Result<(), Violation> {
        let fits = frame.len() <= token_max_bytes(self.election.session().up_bytes);
        if fits { Ok(()) } else { Err(EnvelopeError::Form.into()) }
    }

    /// Numbered checks of the spec, cheap ones first; nothing of the ballot is looked at before `auth`.
    fn first_checks(
        &mut self,
        voter: Voter,
        answered: Option<Turn>,
        frame: Hash,
        opened: &Opened,
    ) -> Result<Vec<Effect>, Violation> {
        let kinds: &[UpKind] = if self.brought { &[UpKind::Ballot] } else { &[UpKind::Hello, UpKind::Ballot] };
        let mut message = self.check_frame(voter, answered.as_ref(), &opened.payload, kinds)?;
        let entry = message.entry.take();
        let (Some(reply), Some(auth)) = (message.reply.take(), message.auth) else {
            return Err(Violation::Field("reply, auth or entry"));
        };
        if entry.is_some() != (message.kind == UpKind::Ballot) {
            return Err(Violation::Field("reply, auth or entry"));
        }
        self.brought = entry.is_some();
        reply.modulus().map_err(|_| EnvelopeError::Key)?;
        if reply == opened.signer {
            return Err(Violation::Field("reply"));
        }
        let keys = VoterKeys { sig: opened.signer.clone(), reply };
        if answered.is_some_and(|answered| answered.keys != keys) {
            return Err(Violation::Field("jwk or reply"));
        }
        let server = self.election.keys();
        let statement = AuthStatement {
            election: self.election.id(),
            folder: self.folder.clone(),
            number: voter.number,
            keys: [&server.server_enc, &server.server_sig, &keys.sig, &keys.reply].map(Jwk::thumbprint),
        };
        let asked = Turn { n: message.n, frame, keys };
        if statement.verify(&voter.credential, &auth).is_err() {
            return Ok(vec![Effect::Note(Note::Unproven), self.seal(voter, asked, Answer::no(Code::NotAuthorised))]);
        }
        let Some(entry) = entry else {
            self.state = State::AwaitingLookup { voter, asked };
            return Ok(vec![Effect::Note(Note::Greeted), Effect::LookUp(voter.credential)]);
        };
        self.state = State::AwaitingCheck { voter, asked };
        Ok(vec![Effect::Note(Note::Proven), Effect::Check(entry)])
    }

    fn checked(
        &mut self,
        voter: Voter,
        asked: Turn,
        ballot: Result<Box<CheckedBallot>, EntryError>,
        phase: Phase,
    ) -> Vec<Effect> {
        match ballot {
            Ok(ballot) if ballot.entry().credential == voter.credential => {
                self.state = State::AwaitingVerdict { voter, asked };
                vec![Effect::Decide(ballot)]
            }
            Ok(_) => self.answer(voter, asked, Answer::no(Code::NotAuthorised)),
            Err(error) => self.answer(voter, asked, Answer::no(error_code(&error, phase))),
        }
    }

    fn refusal(&self, refusal: Refusal, last: Option<Receipt>) -> Answer {
        let Some(receipt) = last else { return Answer::no(refusal_code(refusal)) };
        match Last::new(receipt, Shown::while_open(&self.election)) {
            Some(last) => Answer::No { code: refusal_code(refusal), last: Some(last) },
            None => Answer::no(Code::Busy),
        }
    }

    fn greeting(&self, found: Found) -> Answer {
        let Found { phase, closes, weight, last, checkpoint } = found;
        let draft = self.election.draft();
        let shown = if phase.shows_entries(draft.secrecy) { Shown::Entry } else { Shown::Leaf };
        let last = match last.map(|receipt| Last::new(receipt, shown)) {
            Some(None) => return Answer::no(Code::Busy),
            last => last.flatten(),
        };
        Answer::Hello(Box::new(Standing { phase, opens: draft.opens, closes, weight, last, checkpoint }))
    }

    fn ok(&mut self, voter: Voter, answered: &Turn, payload: &[u8]) -> Result<Vec<Effect>, Violation> {
        let message = self.check_frame(voter, Some(answered), payload, &[UpKind::Ok])?;
        if message.reply.is_some() || message.auth.is_some() || message.entry.is_some() {
            return Err(Violation::Field("reply, auth or entry"));
        }
        Ok(vec![Effect::Finish(Outcome::Recorded)])
    }

    /// The fields that tie a message to this session, direction and place in it.
    fn check_frame(
        &self,
        voter: Voter,
        answered: Option<&Turn>,
        payload: &[u8],
        kinds: &[UpKind],
    ) -> Result<Up, Violation> {
        let message: Up = sealed::message(payload)?;
        let checks = [
            ("length", payload.len() == self.election.session().up_bytes as usize),
            ("v", message.v == MESSAGE_VERSION),
            ("election", message.election == self.election.id()),
            ("folder", message.folder == self.folder),
            ("number", message.number == voter.number),
            ("dir", message.dir == Direction::Up),
            ("n", message.n == answered.map_or(1, |answered| answered.n + 1)),
            ("to", message.to == self.election.keys().server_enc.thumbprint()),
            ("re", message.re == answered.map(|answered| answered.frame)),
            ("type", kinds.contains(&message.kind)),
        ];
        match checks.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(Violation::Field(field)),
            None => Ok(message),
        }
    }

    /// The answer to a message whose voter is who the number says.
    fn answer(&mut self, voter: Voter, asked: Turn, answer: Answer) -> Vec<Effect> {
        let note = match &answer {
            Answer::Yes { .. } => Some(Note::Recorded),
            Answer::No { code, .. } => Some(Note::Refused(*code)),
            Answer::Hello(_) => None,
        };
        note.map(Effect::Note).into_iter().chain([self.seal(voter, asked, answer)]).collect()
    }

    fn seal(&mut self, voter: Voter, asked: Turn, answer: Answer) -> Effect {
        let mut message = Down {
            v: MESSAGE_VERSION.into(),
            election: self.election.id(),
            folder: self.folder.clone(),
            number: voter.number,
            dir: Direction::Down,
            n: asked.n,
            to: asked.keys.reply.thumbprint(),
            re: Some(asked.frame),
            kind: DownKind::No,
            receipt: None,
            current: None,
            key: None,
            code: None,
            left: None,
            last: None,
            standing: None,
            pad: String::new(),
        };
        let then = match answer {
            Answer::Yes { receipt, current, key } => {
                message.kind = DownKind::Yes;
                (message.receipt, message.current, message.key) = (Some(receipt), Some(current), Some(key.clone()));
                Next::Ok(key)
            }
            Answer::No { code, last } => {
                self.attempts_left = if ends_session(code) { 0 } else { self.attempts_left.saturating_sub(1) };
                message.code = Some(code);
                message.left = Some(self.attempts_left);
                message.last = last;
                if self.attempts_left == 0 { Next::End(Outcome::Refused(code)) } else { Next::Retry }
            }
            Answer::Hello(standing) => {
                message.kind = DownKind::Hello;
                message.standing = Some(*standing);
                Next::End(Outcome::Greeted)
            }
        };
        let payload = message.to_payload(self.election.session().down_bytes);
        let payload = payload.expect("an answer of the manifest's size has room for any receipt of this election");
        let to = asked.keys.reply.clone();
        self.state = State::AwaitingSeal { voter, asked, then };
        Effect::Seal { payload, to }
    }

    fn sealed(&mut self, voter: Voter, asked: Turn, frame: String, then: Next) -> Vec<Effect> {
        let answered = Turn { frame: frame_hash(&frame), ..asked };
        let mut effects = vec![Effect::Send(frame)];
        match then {
            Next::Retry => self.state = State::AwaitingBallot { voter, answered: Some(answered) },
            Next::Ok(key) => self.state = State::AwaitingOk { voter, answered, key },
            Next::End(outcome) => effects.push(Effect::Finish(outcome)),
        }
        effects
    }
}

impl Answer {
    fn no(code: Code) -> Self {
        Self::No { code, last: None }
    }
}

/// What is wrong with the entry itself is said while ballots are taken, and only then.
fn error_code(error: &EntryError, phase: Phase) -> Code {
    match (phase, error) {
        (Phase::Open, EntryError::Marks(_)) => Code::BadMarks,
        (Phase::Open, EntryError::Signature(_)) => Code::BadSignature,
        (Phase::Open, EntryError::Proof(_)) => Code::BadProof,
        (Phase::Open, _) => Code::BadEntry,
        (phase, _) if phase.is_over() => Code::Closed,
        _ => Code::NotOpen,
    }
}

fn refusal_code(refusal: Refusal) -> Code {
    match refusal {
        Refusal::NotOpen => Code::NotOpen,
        Refusal::Closed => Code::Closed,
        Refusal::UnknownCredential | Refusal::ReplacedCredential => Code::NotAuthorised,
        Refusal::Stale { .. } => Code::Stale,
        Refusal::AlreadyVoted { .. } => Code::AlreadyVoted,
        Refusal::Struck { .. } => Code::Struck,
    }
}

/// Reasons that another try in this session cannot mend.
fn ends_session(code: Code) -> bool {
    matches!(code, Code::NotOpen | Code::Closed | Code::AlreadyVoted | Code::Struck | Code::Busy)
}
