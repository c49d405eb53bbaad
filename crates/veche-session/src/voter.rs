//! The voter's side of a session. Spec: `docs/spec/session.md` section 5.
//!
//! It believes nothing it has not checked: the server's signature, the message's place, the receipt. "Recorded"
//! comes out of it only with a receipt that verifies for the very entry that was sent.

use std::sync::Arc;

use veche_election::{
    Checkpoint, CredentialKey, Election, Hash, Jwk, Phase, Receipt, VoterNumber, WeightSeed,
    entry::EntryBytes,
    log::origin,
    receipt::{CheckedReceipt, ReceiptError},
};
use zeroize::Zeroizing;

use crate::{
    last::{CheckedLast, Last, Shown},
    message::{
        AuthStatement, Code, Direction, Down, DownKind, Folder, MESSAGE_VERSION, NO, Padded, Standing, Up, UpKind,
        frame_hash,
    },
    sealed::{EnvelopeError, OkKey, Opened, token_max_bytes},
};

/// What happened: a frame that came, or the answer to an [`Effect`].
#[derive(Debug)]
pub enum Input<'a> {
    /// The connection is there.
    Start,
    /// A text frame came.
    Frame(&'a str),
    /// Answer to [`Effect::NeedEntry`]: the exact bytes of an entry.
    Entry(EntryBytes),
    /// Answer to [`Effect::Seal`] and [`Effect::SealOk`].
    Sealed(String),
    /// Answer to [`Effect::Open`].
    Opened(Result<Opened, EnvelopeError>),
}

/// What the driver is to do, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Send this text frame.
    Send(String),
    /// Ask the voter (again) and answer with [`Input::Entry`], or give up and hang up.
    NeedEntry(Why),
    /// Seal with the voter's signing key, embedded, to the server's key.
    Seal(Zeroizing<Vec<u8>>),
    /// «да», and the receipt verifies: keep it before anything else is done. No answer.
    Keep {
        /// As it came.
        receipt: Receipt,
        /// The same, verified.
        checked: Box<CheckedReceipt>,
        /// Is it the ballot that counts, or has a later one replaced it?
        current: bool,
    },
    /// Seal an `ok` under this key: [`Input::Sealed`].
    SealOk {
        /// What is said.
        payload: Zeroizing<Vec<u8>>,
        /// Of the «да» before.
        key: OkKey,
    },
    /// Open this frame with the voter's key; it must be signed by the server's key.
    Open(String),
    /// The session is over.
    Finish(Outcome),
}

/// Why an entry is needed.
#[derive(Debug)]
pub enum Why {
    /// The session has just begun.
    First,
    /// The one before was not taken.
    Refused(Refused),
}

/// A sealed «нет».
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub code: Code,
    /// Attempts left.
    pub left: u32,
    /// The voter's last entry in the log, verified.
    pub last: Option<Box<CheckedLast>>,
}

/// What the server answers to a hello: how the election stands, and the voter in it.
#[derive(Debug)]
pub struct Greeting {
    /// Where the election stands.
    pub phase: Phase,
    /// The opening time of the manifest.
    pub opens: Option<u64>,
    /// The closing time in force.
    pub closes: Option<u64>,
    /// The voter's.
    pub weight: u64,
    /// The voter's last entry in the log, verified. `None` is the server's word: an entry that was sent may have been
    /// recorded all the same, and the checkpoint then proves that the word was false.
    pub last: Option<Box<CheckedLast>>,
    /// The signed state of the log at that moment; none before its first entry.
    pub checkpoint: Option<Checkpoint>,
}

/// How a session ended in order.
#[derive(Debug)]
pub enum Outcome {
    /// «Нет»: the number is not on the roll.
    NotOnRoll,
    /// «да», and the receipt verifies.
    Recorded {
        /// As it came.
        receipt: Receipt,
        /// The same, verified.
        checked: Box<CheckedReceipt>,
        /// Is it the ballot that counts, or has a later one replaced it?
        current: bool,
    },
    /// The last «нет» of this session, or any to a hello.
    Refused(Refused),
    /// The answer to a hello.
    Greeted(Box<Greeting>),
}

/// Who erred: the server, or for [`Violation::TooLong`] whoever made the entry.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// Not what comes next.
    #[error("the server sent a frame out of order")]
    Order,
    /// The second thing that is said in clear, in any other form.
    #[error("the server answered the number with something that is neither «Нет» nor a folder's name")]
    Folder,
    /// It does not open, or the server has not signed it.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// Replayed, reflected, of another session, or made up.
    #[error("the field \"{0}\" of the server's message is not what this session requires")]
    Field(&'static str),
    /// It proves nothing.
    #[error("the server's answer brings a receipt that does not verify: {0}")]
    Receipt(#[from] ReceiptError),
    /// Both are signed: the board has two logs.
    #[error("the server's checkpoint and the receipt beside it are not of one log")]
    Fork,
    /// A true receipt, of another ballot.
    #[error("the server said «да» with the receipt of another entry")]
    OtherEntry,
    /// No message has room for it.
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
        said: Said,
        n: u32,
    },
    AwaitingAnswer {
        folder: Folder,
        said: Said,
        sent: Turn,
    },
    AwaitingOpening {
        folder: Folder,
        said: Said,
        sent: Turn,
        frame: Hash,
    },
    AwaitingOkSeal {
        outcome: Outcome,
    },
    Over,
}

/// What the server is to answer.
#[derive(Debug)]
enum Said {
    Hello,
    Ballot { entry: EntryBytes },
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
    /// Who is said to vote.
    pub number: VoterNumber,
    /// What proves it.
    pub credential: CredentialKey,
    /// The key that signs this session's messages.
    pub sig: Jwk,
    /// The key to which answers are sealed.
    pub reply: Jwk,
    /// For checking proofs in batches: nobody who makes a ballot knows them.
    pub weights: WeightSeed,
}

/// One session: [`Self::handle`] takes what happened and says what is to be done.
#[derive(Debug)]
pub struct VoterSession {
    election: Arc<Election>,
    voter: Voter,
    /// Attempts left as the server said last: they must become fewer.
    left: u32,
    /// The whole session is a hello.
    greets: bool,
    state: State,
}

impl VoterSession {
    /// A session that brings ballots.
    pub fn new(election: Arc<Election>, voter: Voter) -> Self {
        let left = election.draft().attempts_max;
        Self { election, voter, left, greets: false, state: State::Ready }
    }

    /// A session that asks how the election stands and whether the voter has voted, and ends with the answer.
    pub fn hello(election: Arc<Election>, voter: Voter) -> Self {
        Self { greets: true, ..Self::new(election, voter) }
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
            (State::Ready, Input::Start) => {
                self.state = State::AwaitingFolder;
                Ok(vec![Effect::Send(self.voter.number.to_string())])
            }
            (State::AwaitingFolder, Input::Frame(NO)) => Ok(vec![Effect::Finish(Outcome::NotOnRoll)]),
            (State::AwaitingFolder, Input::Frame(frame)) => {
                let folder = Folder::parse(frame).ok_or(Violation::Folder)?;
                if self.greets {
                    return self.bring(folder, None, Said::Hello);
                }
                self.state = State::AwaitingEntry { folder, answered: None };
                Ok(vec![Effect::NeedEntry(Why::First)])
            }
            (State::AwaitingEntry { folder, answered }, Input::Entry(entry)) => {
                self.bring(folder, answered, Said::Ballot { entry })
            }
            (State::AwaitingSeal { folder, said, n }, Input::Sealed(frame)) => {
                let sent = Turn { n, frame: frame_hash(&frame) };
                self.state = State::AwaitingAnswer { folder, said, sent };
                Ok(vec![Effect::Send(frame)])
            }
            (State::AwaitingAnswer { folder, said, sent }, Input::Frame(frame)) => {
                if frame.len() > token_max_bytes(self.election.session().down_bytes) {
                    return Err(EnvelopeError::Form.into());
                }
                self.state = State::AwaitingOpening { folder, said, sent, frame: frame_hash(frame) };
                Ok(vec![Effect::Open(frame.to_owned())])
            }
            (State::AwaitingOpening { folder, said, sent, frame }, Input::Opened(opened)) => {
                let message = self.check_frame(&folder, sent, &opened?)?;
                self.answer(folder, &said, Turn { n: sent.n, frame }, message)
            }
            (State::AwaitingOkSeal { outcome }, Input::Sealed(frame)) => {
                Ok(vec![Effect::Send(frame), Effect::Finish(outcome)])
            }
            (_, Input::Frame(_)) => Err(Violation::Order),
            (_, _) => unreachable!("the driver answers what it was asked"),
        }
    }

    fn bring(&mut self, folder: Folder, answered: Option<Turn>, said: Said) -> Result<Vec<Effect>, Violation> {
        let server = self.election.keys();
        let keys = [&server.server_enc, &server.server_sig, &self.voter.sig, &self.voter.reply];
        let (election, number) = (self.election.id(), self.voter.number);
        let statement = AuthStatement { election, folder: folder.clone(), number, keys: keys.map(Jwk::thumbprint) };
        let (kind, entry) = match &said {
            Said::Hello => (UpKind::Hello, None),
            Said::Ballot { entry } => (UpKind::Ballot, Some(entry.clone())),
        };
        let mut message = self.message(&folder, answered, kind);
        message.reply = Some(self.voter.reply.clone());
        message.auth = Some(statement.sign(&self.voter.credential.0));
        message.entry = entry;
        let n = message.n;
        let payload = message.to_payload(self.election.session().up_bytes).ok_or(Violation::TooLong)?;
        self.state = State::AwaitingSeal { folder, said, n };
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

    fn answer(&mut self, folder: Folder, said: &Said, answered: Turn, message: Down) -> Result<Vec<Effect>, Violation> {
        let of_a_yes = [message.receipt.is_some(), message.current.is_some(), message.key.is_some()];
        if of_a_yes != [message.kind == DownKind::Yes; 3] {
            return Err(Violation::Field("type"));
        }
        let given = message.receipt.zip(message.current).zip(message.key);
        let parts = (given, (message.code, message.left), message.standing);
        match (message.kind, said, parts) {
            (DownKind::Yes, Said::Ballot { entry }, (Some(((receipt, current), key)), (None, None), None))
                if message.last.is_none() =>
            {
                let checked = Box::new(receipt.check(&self.election, &self.voter.weights)?);
                if receipt.entry != *entry {
                    return Err(Violation::OtherEntry);
                }
                let ok = self.message(&folder, Some(answered), UpKind::Ok);
                let payload = ok.to_payload(self.election.session().up_bytes).expect("`ok` is shorter than a ballot");
                let keep = Effect::Keep { receipt: receipt.clone(), checked: checked.clone(), current };
                self.state = State::AwaitingOkSeal { outcome: Outcome::Recorded { receipt, checked, current } };
                Ok(vec![keep, Effect::SealOk { payload, key }])
            }
            (DownKind::No, said, (None, (Some(code), Some(left)), None))
                if left < self.left && may_carry(code, message.last.is_some()) && may_answer(code, said) =>
            {
                self.left = left;
                let last = self.check_last(message.last, Shown::while_open(&self.election))?;
                let refused = Refused { code, left, last };
                // Another hello with the same card gains nothing.
                if left == 0 || self.greets {
                    return Ok(vec![Effect::Finish(Outcome::Refused(refused))]);
                }
                self.state = State::AwaitingEntry { folder, answered: Some(answered) };
                Ok(vec![Effect::NeedEntry(Why::Refused(refused))])
            }
            (DownKind::Hello, Said::Hello, (None, (None, None), Some(standing))) if message.last.is_none() => {
                Ok(vec![Effect::Finish(Outcome::Greeted(Box::new(self.greeting(standing)?)))])
            }
            _ => Err(Violation::Field("type")),
        }
    }

    fn check_last(&self, last: Option<Last>, shown: Shown) -> Result<Option<Box<CheckedLast>>, Violation> {
        let Some(last) = last else { return Ok(None) };
        if last.shown() != shown {
            return Err(Violation::Field("last"));
        }
        Ok(Some(Box::new(last.check(&self.election, &self.voter.weights)?)))
    }

    /// The last entry must stand in the log of the checkpoint beside it.
    fn greeting(&self, standing: Standing) -> Result<Greeting, Violation> {
        let Standing { phase, opens, closes, weight, last, checkpoint } = standing;
        let shows = phase.shows_entries(self.election.draft().secrecy);
        let last = self.check_last(last, if shows { Shown::Entry } else { Shown::Leaf })?;
        let (origin, board) = (origin(self.election.id()), &self.election.keys().board);
        let open = |note: String| Checkpoint::open(&note, &origin, board);
        let checkpoint = checkpoint.map(open).transpose().map_err(ReceiptError::from)?;
        match (&last, &checkpoint) {
            (Some(_), None) => return Err(Violation::Field("checkpoint")),
            (Some(last), Some(now)) => {
                let of_last = last.checkpoint();
                if of_last.size > now.size || (of_last.size == now.size && of_last.root != now.root) {
                    return Err(Violation::Fork);
                }
            }
            (None, _) => {}
        }
        if (phase == Phase::New) != checkpoint.is_none() {
            return Err(Violation::Field("checkpoint"));
        }
        if opens != self.election.draft().opens {
            return Err(Violation::Field("opens"));
        }
        Ok(Greeting { phase, opens, closes, weight, last, checkpoint })
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

/// The voter's last entry comes with «stale» and «struck» if there is one, always with «already voted», and with nothing
/// else.
fn may_carry(code: Code, last: bool) -> bool {
    match code {
        Code::Stale | Code::Struck => true,
        Code::AlreadyVoted => last,
        _ => !last,
    }
}

/// A hello brings nothing that could be wrong in itself.
fn may_answer(code: Code, said: &Said) -> bool {
    match said {
        Said::Ballot { .. } => true,
        Said::Hello => matches!(code, Code::NotAuthorised | Code::Struck | Code::Busy),
    }
}
