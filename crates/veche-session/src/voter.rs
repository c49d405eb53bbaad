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

/// Who erred: the server, or for [`Violation::TooLong`] whoever made the entry.
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
    #[error("the entry is longer than any ballot of this election")]
    TooLong,
}

#[derive(Debug)]
enum State {
    Ready,
    AwaitingFolder,
    /// The first entry, or behind the server's last answer another.
    AwaitingEntry {
        folder: Folder,
        answered: Option<Turn>,
    },
    AwaitingSeal {
        folder: Folder,
        entry: String,
        n: u32,
    },
    AwaitingAnswer {
        folder: Folder,
        entry: String,
        sent: Turn,
    },
    AwaitingOpening {
        folder: Folder,
        entry: String,
        sent: Turn,
        frame: Hash,
    },
    AwaitingOkSeal {
        outcome: Outcome,
    },
    Over,
}

/// A sealed message of either side: with each ballot comes one answer, so their counts are one.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Counts the messages of one direction from 1.
    n: u32,
    frame: Hash,
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
    /// Attempts left as the server said last: they must become fewer.
    left: u32,
    state: State,
}

impl VoterSession {
    pub fn new(election: Arc<Election>, voter: Voter) -> Self {
        let left = election.draft().attempts_max;
        Self { election, voter, left, state: State::Ready }
    }

    /// Takes in what happened and says what is to be done.
    ///
    /// # Panics
    ///
    /// If the driver answers what was not asked.
    pub fn handle(&mut self, input: Input<'_>) -> Result<Vec<Effect>, Violation> {
        let state = core::mem::replace(&mut self.state, State::Over);
        match (state, input) {
            (State::Ready, Input::Start) => {
                self.state = State::AwaitingFolder;
                Ok(vec![Effect::Send(self.voter.number.to_string())])
            }
            (State::AwaitingFolder, Input::Frame(NO)) => Ok(vec![Effect::Finish(Outcome::NotOnRoll)]),
            (State::AwaitingFolder, Input::Frame(frame)) => {
                let folder = Folder::parse(frame).ok_or(Violation::Folder)?;
                self.state = State::AwaitingEntry { folder, answered: None };
                Ok(vec![Effect::NeedEntry(Why::First)])
            }
            (State::AwaitingEntry { folder, answered }, Input::Entry(entry)) => self.ballot(folder, answered, entry),
            (State::AwaitingSeal { folder, entry, n }, Input::Sealed(frame)) => {
                let sent = Turn { n, frame: frame_hash(&frame) };
                self.state = State::AwaitingAnswer { folder, entry, sent };
                Ok(vec![Effect::Send(frame)])
            }
            (State::AwaitingAnswer { folder, entry, sent }, Input::Frame(frame)) => {
                if frame.len() > token_max_bytes(self.election.session().down_bytes) {
                    return Err(EnvelopeError::Form.into());
                }
                self.state = State::AwaitingOpening { folder, entry, sent, frame: frame_hash(frame) };
                Ok(vec![Effect::Open(frame.to_owned())])
            }
            (State::AwaitingOpening { folder, entry, sent, frame }, Input::Opened(opened)) => {
                let message = self.check_frame(&folder, sent, &opened?)?;
                self.answer(folder, &entry, Turn { n: sent.n, frame }, message)
            }
            (State::AwaitingOkSeal { outcome }, Input::Sealed(frame)) => {
                Ok(vec![Effect::Send(frame), Effect::Finish(outcome)])
            }
            (_, Input::Frame(_)) => Err(Violation::Order),
            (_, _) => unreachable!("the driver answers what it was asked"),
        }
    }

    fn ballot(&mut self, folder: Folder, answered: Option<Turn>, entry: String) -> Result<Vec<Effect>, Violation> {
        let server = self.election.keys();
        let keys = [&server.server_enc, &server.server_sig, &self.voter.sig, &self.voter.reply];
        let (election, number) = (self.election.id(), self.voter.number);
        let statement = AuthStatement { election, folder: folder.clone(), number, keys: keys.map(Jwk::thumbprint) };
        let mut message = self.message(&folder, answered, UpKind::Ballot);
        message.reply = Some(self.voter.reply.clone());
        message.auth = Some(statement.sign(&self.voter.credential.0));
        message.entry = Some(entry.clone());
        let n = message.n;
        let payload = message.to_payload(self.election.session().up_bytes).ok_or(Violation::TooLong)?;
        self.state = State::AwaitingSeal { folder, entry, n };
        Ok(vec![Effect::Seal(payload)])
    }

    fn message(&self, folder: &Folder, answered: Option<Turn>, kind: UpKind) -> Up {
        Up {
            v: MESSAGE_VERSION.into(),
            election: self.election.id(),
            folder: folder.clone(),
            number: self.voter.number,
            dir: Direction::Up,
            n: answered.map_or(1, |answered| answered.n + 1),
            to: self.election.keys().server_enc.thumbprint(),
            re: answered.map(|answered| answered.frame),
            kind,
            reply: None,
            auth: None,
            entry: None,
            pad: String::new(),
        }
    }

    fn answer(&mut self, folder: Folder, entry: &str, answered: Turn, message: Down) -> Result<Vec<Effect>, Violation> {
        let refused = message.code.zip(message.left);
        match (message.kind, message.receipt, message.current, refused) {
            (DownKind::Yes, Some(receipt), Some(current), None) if message.last.is_none() => {
                let checked = Box::new(receipt.check(&self.election, &self.voter.weights)?);
                if receipt.entry != entry {
                    return Err(Violation::OtherEntry);
                }
                let ok = self.message(&folder, Some(answered), UpKind::Ok);
                let payload = ok.to_payload(self.election.session().up_bytes).expect("`ok` is shorter than a ballot");
                self.state = State::AwaitingOkSeal { outcome: Outcome::Recorded { receipt, checked, current } };
                Ok(vec![Effect::Seal(payload)])
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
                self.state = State::AwaitingEntry { folder, answered: Some(answered) };
                Ok(vec![Effect::NeedEntry(Why::Refused(refused))])
            }
            _ => Err(Violation::Field("type")),
        }
    }

    fn check_frame(&self, folder: &Folder, sent: Turn, opened: &Opened) -> Result<Down, Violation> {
        let message: Down = opened.message()?;
        let checks = [
            ("length", opened.payload.len() == self.election.session().down_bytes as usize),
            ("v", message.v == MESSAGE_VERSION),
            ("election", message.election == self.election.id()),
            ("folder", message.folder == *folder),
            ("number", message.number == self.voter.number),
            ("dir", message.dir == Direction::Down),
            ("n", message.n == sent.n),
            ("to", message.to == self.voter.reply.thumbprint()),
            ("re", message.re == Some(sent.frame)),
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
