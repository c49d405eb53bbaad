//! The voter's side of a session. Spec: `docs/spec/session.md` section 5.
//!
//! It believes nothing it has not checked: the server's signature, the message's place, the receipt. "Recorded"
//! comes out of it only with a receipt that verifies for the very entry that was sent.

use std::sync::Arc;

use veche_election::{
    CredentialKey, Election, Hash, Jwk, Receipt, VoterNumber, WeightSeed,
    receipt::{CheckedReceipt, ReceiptError},
};

use crate::{
    message::{
        AuthStatement, Code, Direction, Down, DownKind, Folder, MESSAGE_VERSION, NO, Padded, Up, UpKind, frame_hash,
    },
    sealed::{EnvelopeError, Opened, token_max_bytes},
};

#[derive(Debug)]
pub enum Input<'a> {
    /// The connection is there.
    Start,
    /// A text frame came.
    Frame(&'a str),
    /// Answer to [`Effect::NeedEntry`]: the exact bytes of an entry.
    Entry(String),
    /// Answer to [`Effect::Seal`].
    Sealed(String),
    /// Answer to [`Effect::Open`].
    Opened(Result<Opened, EnvelopeError>),
}

#[derive(Debug)]
pub enum Effect {
    Send(String),
    /// Ask the voter (again) and answer with [`Input::Entry`], or give up and hang up.
    NeedEntry(Why),
    /// Seal with the voter's signing key, embedded, to the server's key.
    Seal(Vec<u8>),
    /// Open this frame with the voter's key; it must be signed by the server's key.
    Open(String),
    Finish(Outcome),
}

/// Why an entry is needed.
#[derive(Debug)]
pub enum Why {
    First,
    Refused(Refused),
}

/// A sealed «нет».
#[derive(Debug)]
pub struct Refused {
    pub code: Code,
    /// Attempts left.
    pub left: u32,
    /// The voter's last entry in the log, verified.
    pub last: Option<Box<CheckedReceipt>>,
}

#[derive(Debug)]
pub enum Outcome {
    /// «Нет»: the number is not on the roll.
    NotOnRoll,
    /// «да», and the receipt verifies.
    Recorded { receipt: Receipt, checked: Box<CheckedReceipt>, current: bool },
    /// The last «нет» of this session.
    Refused(Refused),
}

/// Who erred: the server (or, for [`Violation::Driver`], our own driver).
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    #[error("the server sent a frame out of order")]
    Order,
    #[error("the server answered the number with something that is neither «Нет» nor a folder's name")]
    Folder,
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    #[error("the field \"{0}\" of the server's message is not what this session requires")]
    Field(&'static str),
    #[error("the server said «да» with a receipt that does not verify: {0}")]
    Receipt(#[from] ReceiptError),
    #[error("the server said «да» with the receipt of another entry")]
    OtherEntry,
    #[error("the session was driven out of order, or its message does not fit")]
    Driver,
}

#[derive(Debug)]
enum State {
    Ready,
    AwaitingFolder,
    AwaitingEntry,
    AwaitingSeal,
    AwaitingAnswer,
    AwaitingOpening,
    AwaitingOkSeal { outcome: Outcome },
    Over,
}

/// Who votes, the public halves of the two keys made for this session, and fresh randomness for checking receipts.
#[derive(Debug, Clone)]
pub struct Voter {
    pub number: VoterNumber,
    pub credential: CredentialKey,
    pub sig: Jwk,
    pub reply: Jwk,
    pub weights: WeightSeed,
}

#[derive(Debug)]
pub struct VoterSession {
    election: Arc<Election>,
    voter: Voter,
    state: State,
    folder: Option<Folder>,
    entry: String,
    /// Attempts left as the server said last: they must become fewer.
    left: u32,
    up: u32,
    down: u32,
    last_up: Option<Hash>,
    last_down: Option<Hash>,
}

impl VoterSession {
    pub fn new(election: Arc<Election>, voter: Voter) -> Self {
        let (state, entry) = (State::Ready, String::new());
        let left = election.draft().attempts_max;
        Self { election, voter, state, folder: None, entry, left, up: 0, down: 0, last_up: None, last_down: None }
    }

    pub fn handle(&mut self, input: Input<'_>) -> Result<Vec<Effect>, Violation> {
        let state = core::mem::replace(&mut self.state, State::Over);
        match (state, input) {
            (State::Ready, Input::Start) => {
                self.state = State::AwaitingFolder;
                Ok(vec![Effect::Send(self.voter.number.to_string())])
            }
            (State::AwaitingFolder, Input::Frame(NO)) => Ok(vec![Effect::Finish(Outcome::NotOnRoll)]),
            (State::AwaitingFolder, Input::Frame(frame)) => {
                self.folder = Some(Folder::parse(frame).ok_or(Violation::Folder)?);
                self.state = State::AwaitingEntry;
                Ok(vec![Effect::NeedEntry(Why::First)])
            }
            (State::AwaitingEntry, Input::Entry(entry)) => {
                self.entry = entry;
                self.state = State::AwaitingSeal;
                self.message(UpKind::Ballot)
            }
            (State::AwaitingSeal, Input::Sealed(frame)) => {
                self.last_up = Some(frame_hash(&frame));
                self.state = State::AwaitingAnswer;
                Ok(vec![Effect::Send(frame)])
            }
            (State::AwaitingAnswer, Input::Frame(frame)) => {
                if frame.len() > token_max_bytes(self.election.session().down_bytes) {
                    return Err(EnvelopeError::Form.into());
                }
                self.down += 1;
                self.last_down = Some(frame_hash(frame));
                self.state = State::AwaitingOpening;
                Ok(vec![Effect::Open(frame.to_owned())])
            }
            (State::AwaitingOpening, Input::Opened(opened)) => self.answer(&opened?),
            (State::AwaitingOkSeal { outcome }, Input::Sealed(frame)) => {
                Ok(vec![Effect::Send(frame), Effect::Finish(outcome)])
            }
            (_, Input::Frame(_)) => Err(Violation::Order),
            (_, _) => Err(Violation::Driver),
        }
    }

    fn message(&mut self, kind: UpKind) -> Result<Vec<Effect>, Violation> {
        let folder = self.folder.clone().ok_or(Violation::Driver)?;
        let (election, number) = (self.election.id(), self.voter.number);
        let server = self.election.keys();
        self.up += 1;
        let mut message = Up {
            v: MESSAGE_VERSION.into(),
            election,
            folder: folder.clone(),
            number,
            dir: Direction::Up,
            n: self.up,
            to: server.server_enc.thumbprint(),
            re: self.last_down,
            kind,
            reply: None,
            auth: None,
            entry: None,
            pad: String::new(),
        };
        if kind == UpKind::Ballot {
            let keys = [&server.server_enc, &server.server_sig, &self.voter.sig, &self.voter.reply];
            let statement = AuthStatement { election, folder, number, keys: keys.map(Jwk::thumbprint) };
            message.reply = Some(self.voter.reply.clone());
            message.auth = Some(statement.sign(&self.voter.credential.0));
            message.entry = Some(self.entry.clone());
        }
        let payload = message.to_payload(self.election.session().up_bytes).ok_or(Violation::Driver)?;
        Ok(vec![Effect::Seal(payload)])
    }

    fn answer(&mut self, opened: &Opened) -> Result<Vec<Effect>, Violation> {
        let message = self.check_frame(opened)?;
        let refused = message.code.zip(message.left);
        match (message.kind, message.receipt, message.current, refused) {
            (DownKind::Yes, Some(receipt), Some(current), None) if message.last.is_none() => {
                let checked = Box::new(receipt.check(&self.election, &self.voter.weights)?);
                if receipt.entry != self.entry {
                    return Err(Violation::OtherEntry);
                }
                self.state = State::AwaitingOkSeal { outcome: Outcome::Recorded { receipt, checked, current } };
                self.message(UpKind::Ok)
            }
            (DownKind::No, None, None, Some((code, left)))
                if left < self.left && may_carry(code, message.last.is_some()) =>
            {
                self.left = left;
                let last =
                    message.last.map(|last| last.check(&self.election, &self.voter.weights)).transpose()?.map(Box::new);
                let refused = Refused { code, left, last };
                if left == 0 {
                    return Ok(vec![Effect::Finish(Outcome::Refused(refused))]);
                }
                self.state = State::AwaitingEntry;
                Ok(vec![Effect::NeedEntry(Why::Refused(refused))])
            }
            _ => Err(Violation::Field("type")),
        }
    }

    fn check_frame(&self, opened: &Opened) -> Result<Down, Violation> {
        let message: Down = opened.message()?;
        let checks = [
            ("length", opened.payload.len() == self.election.session().down_bytes as usize),
            ("v", message.v == MESSAGE_VERSION),
            ("election", message.election == self.election.id()),
            ("folder", Some(&message.folder) == self.folder.as_ref()),
            ("number", message.number == self.voter.number),
            ("dir", message.dir == Direction::Down),
            ("n", message.n == self.down),
            ("to", message.to == self.voter.reply.thumbprint()),
            ("re", message.re == self.last_up),
        ];
        match checks.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(Violation::Field(field)),
            None => Ok(message),
        }
    }
}

/// The voter's last entry comes with «stale» if there is one, always with «already voted», and with nothing else.
fn may_carry(code: Code, last: bool) -> bool {
    match code {
        Code::Stale => true,
        Code::AlreadyVoted => last,
        _ => !last,
    }
}
