//! The server's side of a session, one for each voter at the door. A state is named for what it awaits.
//! Spec: `docs/spec/session.md` section 4.
//!
//! Who drives it gives it [`Input`]s and carries out [`Effect`]s. After a [`Violation`] the driver hangs up without
//! a word: a peer that breaks the protocol is told nothing.

use std::sync::Arc;

use veche_election::{Election, Hash, Jwk, PublicKey, Receipt, VoterNumber};

use crate::{
    message::{
        AuthStatement, Code, Direction, Down, DownKind, Folder, MESSAGE_VERSION, NO, Padded, Up, UpKind, frame_hash,
    },
    sealed::{EnvelopeError, Opened, token_max_bytes},
};

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A text frame came.
    Frame(&'a str),
    /// Answer to [`Effect::FindVoter`]: the credential now in force, `None` if the number is not on the roll.
    Found(Option<PublicKey>),
    /// Answer to [`Effect::Open`].
    Opened(Result<Opened, EnvelopeError>),
    /// Answer to [`Effect::Decide`].
    Decided(Verdict),
    /// Answer to [`Effect::Seal`].
    Sealed(String),
}

/// What the driver is to do, in this order.
#[derive(Debug)]
pub enum Effect {
    FindVoter(VoterNumber),
    /// Make the exchange folder; from now on this connection has a voter's number.
    OpenFolder(Folder),
    Send(String),
    /// Open this frame with the server's key; the signer's key is embedded.
    Open(String),
    /// The voter is who the number says. Check the entry, append it, answer with a [`Verdict`].
    Decide(Submission),
    /// Seal with the server's signing key to this key.
    Seal {
        payload: Vec<u8>,
        to: Jwk,
    },
    /// Close the connection and delete the folder.
    Finish(Outcome),
}

/// An entry brought by a voter who proved to hold this credential.
#[derive(Debug)]
pub struct Submission {
    pub credential: PublicKey,
    pub entry: String,
}

#[derive(Debug, Clone)]
pub enum Verdict {
    /// Durable and in the log.
    Recorded {
        receipt: Receipt,
        current: bool,
    },
    Refused {
        code: Code,
        last: Option<Receipt>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    NotOnRoll,
    /// «да», and the voter said `ok`.
    Recorded,
    /// A last «нет».
    Refused(Code),
}

/// Who erred: the peer (or, for [`Violation::Driver`], our own driver).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("a frame out of order")]
    Order,
    #[error("the first frame is not a voter number")]
    Number,
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    #[error("the sealed message's field \"{0}\" is not what this session requires")]
    Field(&'static str),
    #[error("the session was driven out of order")]
    Driver,
}

#[derive(Debug)]
enum State {
    AwaitingNumber,
    AwaitingRoll { number: VoterNumber },
    AwaitingBallot,
    AwaitingOpening,
    AwaitingVerdict,
    AwaitingSeal { then: Next },
    AwaitingOk,
    AwaitingOkOpening,
    Over,
}

/// Where a sealed answer leads.
#[derive(Debug, Clone, Copy)]
enum Next {
    Retry,
    Ok,
    End(Code),
}

/// The voter's two session keys, fixed by the first message that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
struct VoterKeys {
    sig: Jwk,
    reply: Jwk,
}

#[derive(Debug)]
pub struct ServerSession {
    election: Arc<Election>,
    folder: Folder,
    state: State,
    voter: Option<(VoterNumber, PublicKey)>,
    keys: Option<VoterKeys>,
    attempts_left: u32,
    /// Sealed messages so far, each way.
    up: u32,
    down: u32,
    /// The voter's last sealed frame, and ours.
    last_up: Option<Hash>,
    last_down: Option<Hash>,
}

impl ServerSession {
    pub fn new(election: Arc<Election>, folder: Folder) -> Self {
        let attempts_left = election.draft().attempts_max;
        let (state, voter, keys) = (State::AwaitingNumber, None, None);
        Self { election, folder, state, voter, keys, attempts_left, up: 0, down: 0, last_up: None, last_down: None }
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

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
                self.voter = Some((number, credential));
                self.state = State::AwaitingBallot;
                let name = self.folder.as_str().to_owned();
                Ok(vec![Effect::OpenFolder(self.folder.clone()), Effect::Send(name)])
            }
            (State::AwaitingBallot, Input::Frame(frame)) => self.receive(frame, State::AwaitingOpening),
            (State::AwaitingOpening, Input::Opened(opened)) => self.ballot(&opened?),
            (State::AwaitingVerdict, Input::Decided(verdict)) => self.answer(verdict),
            (State::AwaitingSeal { then }, Input::Sealed(frame)) => Ok(self.sealed(frame, then)),
            (State::AwaitingOk, Input::Frame(frame)) => self.receive(frame, State::AwaitingOkOpening),
            (State::AwaitingOkOpening, Input::Opened(opened)) => self.ok(&opened?),
            (_, Input::Frame(_)) => Err(Violation::Order),
            (_, _) => Err(Violation::Driver),
        }
    }

    fn receive(&mut self, frame: &str, then: State) -> Result<Vec<Effect>, Violation> {
        if frame.len() > token_max_bytes(self.election.session().up_bytes) {
            return Err(EnvelopeError::Form.into());
        }
        self.up += 1;
        self.last_up = Some(frame_hash(frame));
        self.state = then;
        Ok(vec![Effect::Open(frame.to_owned())])
    }

    /// Numbered checks of the spec, cheap ones first; nothing of the ballot is looked at before `auth`.
    fn ballot(&mut self, opened: &Opened) -> Result<Vec<Effect>, Violation> {
        let mut message = self.check_frame(opened, UpKind::Ballot)?;
        let (Some(reply), Some(auth), Some(entry)) = (message.reply.take(), message.auth, message.entry.take()) else {
            return Err(Violation::Field("reply, auth or entry"));
        };
        reply.modulus().map_err(|_| EnvelopeError::Key)?;
        if reply == opened.signer {
            return Err(Violation::Field("reply"));
        }
        let keys = VoterKeys { sig: opened.signer.clone(), reply };
        if self.keys.as_ref().is_some_and(|first| *first != keys) {
            return Err(Violation::Field("jwk or reply"));
        }
        let (number, credential) = self.voter.ok_or(Violation::Driver)?;
        let server = self.election.keys();
        let statement = AuthStatement {
            election: self.election.id(),
            folder: self.folder.clone(),
            number,
            keys: [&server.server_enc, &server.server_sig, &keys.sig, &keys.reply].map(Jwk::thumbprint),
        };
        self.keys = Some(keys);
        if statement.verify(&credential, &auth).is_err() {
            return self.answer(Verdict::Refused { code: Code::NotAuthorised, last: None });
        }
        self.state = State::AwaitingVerdict;
        Ok(vec![Effect::Decide(Submission { credential, entry })])
    }

    fn ok(&mut self, opened: &Opened) -> Result<Vec<Effect>, Violation> {
        let message = self.check_frame(opened, UpKind::Ok)?;
        if message.reply.is_some() || message.auth.is_some() || message.entry.is_some() {
            return Err(Violation::Field("reply, auth or entry"));
        }
        if self.keys.as_ref().is_none_or(|keys| keys.sig != opened.signer) {
            return Err(Violation::Field("jwk"));
        }
        Ok(vec![Effect::Finish(Outcome::Recorded)])
    }

    /// The fields that tie a message to this session, direction and place in it.
    fn check_frame(&self, opened: &Opened, kind: UpKind) -> Result<Up, Violation> {
        let message: Up = opened.message()?;
        let (number, _) = self.voter.ok_or(Violation::Driver)?;
        let checks = [
            ("length", opened.payload.len() == self.election.session().up_bytes as usize),
            ("v", message.v == MESSAGE_VERSION),
            ("election", message.election == self.election.id()),
            ("folder", message.folder == self.folder),
            ("number", message.number == number),
            ("dir", message.dir == Direction::Up),
            ("n", message.n == self.up),
            ("to", message.to == self.election.keys().server_enc.thumbprint()),
            ("re", message.re == self.last_down),
            ("type", message.kind == kind),
        ];
        match checks.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(Violation::Field(field)),
            None => Ok(message),
        }
    }

    fn answer(&mut self, verdict: Verdict) -> Result<Vec<Effect>, Violation> {
        let keys = self.keys.as_ref().ok_or(Violation::Driver)?;
        let (number, _) = self.voter.ok_or(Violation::Driver)?;
        self.down += 1;
        let mut message = Down {
            v: MESSAGE_VERSION.into(),
            election: self.election.id(),
            folder: self.folder.clone(),
            number,
            dir: Direction::Down,
            n: self.down,
            to: keys.reply.thumbprint(),
            re: self.last_up,
            kind: DownKind::No,
            receipt: None,
            current: None,
            code: None,
            left: None,
            last: None,
            pad: String::new(),
        };
        let then = match verdict {
            Verdict::Recorded { receipt, current } => {
                message.kind = DownKind::Yes;
                (message.receipt, message.current) = (Some(receipt), Some(current));
                Next::Ok
            }
            Verdict::Refused { code, last } => {
                self.attempts_left = if ends_session(code) { 0 } else { self.attempts_left.saturating_sub(1) };
                message.code = Some(code);
                message.left = Some(self.attempts_left);
                message.last = last;
                if self.attempts_left == 0 { Next::End(code) } else { Next::Retry }
            }
        };
        let to = keys.reply.clone();
        let payload = message.to_payload(self.election.session().down_bytes).ok_or(Violation::Driver)?;
        self.state = State::AwaitingSeal { then };
        Ok(vec![Effect::Seal { payload, to }])
    }

    fn sealed(&mut self, frame: String, then: Next) -> Vec<Effect> {
        self.last_down = Some(frame_hash(&frame));
        let mut effects = vec![Effect::Send(frame)];
        match then {
            Next::Retry => self.state = State::AwaitingBallot,
            Next::Ok => self.state = State::AwaitingOk,
            Next::End(code) => effects.push(Effect::Finish(Outcome::Refused(code))),
        }
        effects
    }
}

/// Reasons that another try in this session cannot mend.
fn ends_session(code: Code) -> bool {
    matches!(code, Code::NotOpen | Code::Closed | Code::AlreadyVoted | Code::Busy)
}
