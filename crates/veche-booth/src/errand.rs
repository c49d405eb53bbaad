//! What the page asks of the booth, and what the booth asks of the page. Both are JSON; texts that leave the browser stand in
//! them whole, so that the page has no form of its own to give them.

use serde::{Deserialize, Serialize};
use veche_client::casting::{Choice, Loss};
use veche_election::{Hash, Jwk, encoding::Blob};
use zeroize::Zeroizing;

use crate::{cause::Cause, picture::Picture};

/// One call of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// 64 bytes of `crypto.getRandomValues`.
    pub random: Zeroizing<String>,
    pub clock_ms: u64,
    pub call: Call,
}

/// `{"name":{…}}`: a name within would cost the module another way of reading JSON.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// What stood behind the `#` of the address.
    Link {
        fragment: Zeroizing<String>,
    },
    /// `election.json` as it was served.
    Election {
        manifest: String,
    },
    /// The number and credential typed where the link has none. Without them: what was given before, once more.
    Begin {
        #[serde(default)]
        number: Option<String>,
        #[serde(default)]
        credential: Option<Zeroizing<String>>,
    },
    /// What was stored under the name of [`Errand::ReadPending`], decrypted.
    Pending {
        text: Option<Zeroizing<String>>,
    },
    Answer {
        yes: bool,
    },
    /// For each contest and candidate the place of a level on the scale, or null for `*`.
    Marks {
        levels: Vec<Vec<Option<u8>>>,
    },
    Choose {
        choice: Chosen,
    },
    /// The socket is open; these are the public halves of two fresh keys.
    Connected {
        sig: Jwk,
        reply: Jwk,
    },
    Frame {
        text: String,
    },
    Sealed {
        frame: String,
    },
    /// Null: it does not open, or was not signed by the server.
    Opened {
        payload: Option<Zeroizing<String>>,
    },
    Lost {
        loss: Lost,
    },
    /// Is the receipt of [`Errand::Recorded`] before the voter, to be saved?
    Kept {
        kept: bool,
    },
    /// The file of a ballot that was opened here or elsewhere.
    CheckChallenge {
        file: String,
        /// The code that the voter noted before it was opened, as it was typed.
        #[serde(default)]
        noted: String,
    },
    /// Everything that this page was told is forgotten.
    Wipe {},
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    Cast,
    Challenge,
    Neither,
}

impl From<Chosen> for Choice {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Cast => Self::Cast,
            Chosen::Challenge => Self::Challenge,
            Chosen::Neither => Self::Neither,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    Broken,
    Busy,
    Final,
}

impl From<Lost> for Loss {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Broken => Self::Broken,
            Lost::Busy => Self::Busy,
            Lost::Final => Self::Final,
        }
    }
}

/// Carried out in their order. After one that asks, the page calls again with the answer.
#[derive(Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Errand {
    /// Asks for what is stored.
    ReadPending(Place),
    /// Store before anything else is done.
    Keep {
        #[serde(flatten)]
        place: Place,
        text: Zeroizing<String>,
    },
    Forget {
        name: String,
    },
    /// Asks for a socket, and fresh keys: to ask how the election stands, and whether this voter has voted.
    Greet,
    /// The same for a ballot.
    Connect,
    Send {
        frame: String,
    },
    /// Asks for the payload signed, then encrypted to the server.
    Seal {
        payload: Zeroizing<String>,
    },
    /// Asks for the `ok` encrypted under the key of the «да» that it answers.
    SealOk {
        payload: Zeroizing<String>,
        key: Zeroizing<String>,
    },
    /// Asks for what a frame of the server's holds.
    Open {
        token: String,
    },
    /// The session has come to its end, or is left.
    HangUp,
    /// Asks the voter.
    Ask {
        question: Question,
    },
    Tell {
        notice: Notice,
    },
    /// A ballot that was opened instead of being cast.
    Opened {
        name: String,
        file: Zeroizing<String>,
        code: String,
    },
    /// Recorded; the receipt verifies. Asks whether it is before the voter: what is stored of the ballot stays until then.
    Recorded(Box<Recorded>),
    End {
        end: Ending,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    SendAgain,
    Again,
    Marks,
    Cast,
    CastOrChallenge,
    Replace,
}

pub type Levels = Vec<Vec<Option<u8>>>;

#[derive(Serialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
pub enum Notice {
    /// An earlier ballot was sent and got no answer: its marks where they can be read, else its code.
    Pending {
        levels: Option<Levels>,
        code: Option<String>,
    },
    /// The ballot before the voter decides.
    Review {
        levels: Levels,
        code: String,
        short: String,
        picture: Option<Picture>,
    },
    Refused {
        code: &'static str,
    },
    /// What this voter's ballot counts, in votes.
    Weight {
        own: String,
    },
    /// The voter has voted, and may again.
    Voted(Last),
    Replaces(Last),
    EarlierCard,
    /// The marks do not fit: the page should not have asked for them.
    Marks(Cause),
    /// The server broke the protocol.
    Violation(Cause),
}

#[derive(Serialize)]
pub struct Recorded {
    /// The name and the exact bytes of the receipt file.
    pub name: String,
    pub file: String,
    pub code: String,
    /// Of the card whose ballot it is.
    pub fingerprint: String,
    pub index: u64,
    /// Entries in the log when the receipt was made.
    pub size: u64,
    pub seq: u64,
    /// Is it the ballot that counts?
    pub current: bool,
    /// Everything but the ballot itself, for paper.
    pub picture: Option<Picture>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Ending {
    Recorded,
    NotKept,
    Refused {
        code: &'static str,
        last: Option<Last>,
    },
    NotOnRoll,
    /// No ballot is taken now: told before marks were asked for, as is the next.
    NotTaken {
        phase: &'static str,
        opens: Option<u64>,
        last: Option<Last>,
    },
    VotedAlready {
        last: Last,
    },
    RightMarksRefused,
    /// The server says that it has recorded what fits nowhere.
    QuestionRecorded,
    NotThisCard {
        code: String,
    },
    NoBallot {
        cause: Option<Cause>,
    },
    NothingSent,
    NothingReplaced,
    Lost,
    /// What a page does not bring about.
    Other {
        text: String,
    },
}

/// The voter's last entry in the log; its code where the log shows it yet.
#[derive(Serialize)]
pub struct Last {
    pub code: Option<String>,
    pub index: u64,
}

/// What came of the file of an opened ballot.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Checked {
    Good {
        code: String,
        /// Of the card whose ballot it is.
        fingerprint: String,
        levels: Levels,
        noted: Noted,
    },
    /// The program that made it would have cast another vote.
    False(Cause),
    /// It is no such file, or of another election.
    NoFile(Cause),
}

/// The code that was noted, beside that of the file.
#[derive(Serialize)]
pub struct Noted {
    /// That were typed, without what divides them.
    pub symbols: usize,
    /// Does the file's code begin so?
    pub agrees: bool,
}

/// Why a call came to nothing.
#[derive(Debug, Serialize)]
pub struct Fault {
    pub kind: &'static str,
    pub text: String,
    /// Of a code that was typed, from 1: where it is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<usize>,
    /// What stands there: a symbol, or how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
}

impl Fault {
    pub fn new(kind: &'static str, text: impl ToString) -> Self {
        Self { kind, text: text.to_string(), group: None, typed: None }
    }
}

/// What an answer holds.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer<T> {
    Ok(T),
    Error(Fault),
}

/// 64 bytes in base64url.
pub fn random(text: &str) -> Option<([u8; 32], [u8; 32])> {
    let bytes = Zeroizing::new(data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
    let (first, second) = bytes.split_at_checked(32)?;
    Some((first.try_into().ok()?, second.try_into().ok()?))
}

/// Where something is stored in the browser, and how it is encrypted there.
#[derive(Clone, Serialize)]
pub struct Place {
    pub name: String,
    pub key: Blob,
    pub aad: Blob,
}

/// Where something stands in the browser, and under which key.
pub fn place(election: Hash, tag: &[u8], key: &[u8; 32]) -> Place {
    let name = format!("veche-pending-1.{election}.{}", data_encoding::BASE64URL_NOPAD.encode(tag));
    Place { name, key: Blob(key.to_vec()), aad: Blob([&election.0, tag].concat()) }
}
