//! A vote from beginning to end, as the voter's program decides it: which election this is, whose card, which marks, cast or
//! challenged, what a «нет» or a lost connection means for the next try, and when a ballot is recorded.
//!
//! The way: manifest → card or credential → an earlier ballot that got no answer → hello, if wanted → marks → review → cast
//! or challenge → stored → sent → receipt. Everything that happens outside is an [`Effect`]; its answer is an [`Input`]. An effect that asks
//! for an answer is the last of its list. Nothing here waits, draws randomness or looks at a clock: see [`Fresh`].
//!
//! Invariants: nothing of an election is shown before its id was re-computed and compared; an entry is stored
//! ([`Effect::Keep`]) before it is on the way ([`Effect::Send`]); a ballot that may have reached the server is sent again
//! as the same bytes, so that it cannot count twice; what is stored of a recorded one goes ([`Effect::Forget`]) only behind
//! [`Input::Kept`], since these bytes bring the receipt again; a ballot code that changed is shown again before it is cast.

use core::fmt;
use std::sync::Arc;

use veche_election::{
    BallotSeeds, CheckedBallot, CredentialKey, Election, Hash, MarksError, Phase, PreparedBallot, Receipt, VoterNumber,
    WeightSeed,
    ballot::BallotCode,
    credential::CredentialError,
    entry::{EntryBytes, Position, SEQ_MAX},
    manifest::ManifestError,
    marks,
    receipt::CheckedReceipt,
};
use veche_session::{
    Code,
    last::CheckedLast,
    voter::{Outcome, Refused, Why},
};
use zeroize::Zeroizing;

use crate::card::Card;

mod greeting;
mod meeting;
mod pending;
mod writing;

use meeting::Meeting;
use writing::Writing;

/// Sessions tried anew when one broke off after the voter had decided.
pub const RETRIES: usize = 3;

/// What the voter wants, as far as it is said beforehand.
pub struct Plan {
    /// The voter's, as it was typed.
    pub number: VoterNumber,
    /// What the voter expects the election to have.
    pub candidates: Option<Candidates>,
    /// The card that the voter points to.
    pub card: Option<Card>,
    /// Cards that lie about: the single one of the election is taken.
    pub beside: Vec<Card>,
    /// The election id as it was typed from a card; compared where there is no card to read.
    pub election: Option<String>,
    /// The marks, one text for each contest; none: they are asked for.
    pub marks: Vec<String>,
    /// Everything is answered with yes, except what only a card can answer.
    pub unasked: bool,
    /// What becomes of the ballot.
    pub aim: Aim,
    /// What the voter decides before the session, and what in it.
    pub first: First,
    /// Ask the server, before anything is asked of the voter, how the election stands and whether this voter has voted.
    pub hello: bool,
}

/// A number of candidates, or their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// So many.
    Count(usize),
    /// These, in this order.
    Names(Vec<String>),
}

impl Candidates {
    /// Of all contests together, one behind the other.
    pub fn fit(&self, election: &Election) -> bool {
        let mut all = election.contests().iter().flat_map(|contest| &contest.candidates);
        match self {
            Self::Count(count) => all.count() == *count,
            Self::Names(names) => names.iter().all(|name| all.next() == Some(name)) && all.next().is_none(),
        }
    }
}

/// What becomes of the ballot that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// It is sent.
    Cast,
    /// Prepare a ballot exactly as for casting, then open it instead.
    Challenge,
}

/// What comes first, the session or the voter's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// As in the founding document: number, folder, then the ballot. Who is not on the roll is not asked for marks.
    Session,
    /// Nobody's place at the server is taken while somebody thinks.
    Decision,
}

/// What one step may use up: 32 bytes of the system's randomness, and the clock, Unix time in nanoseconds. Both go into the
/// seed of a ballot that the step makes.
pub struct Fresh {
    /// Of the system.
    pub random: Zeroizing<[u8; 32]>,
    /// Unix time in nanoseconds.
    pub clock_ns: u64,
}

/// What the driver brings: what the voter, the server and the store say.
#[derive(Debug)]
pub enum Input {
    /// Once, at the beginning.
    Start,
    /// The bytes of `election.json` as they were served.
    Manifest(Vec<u8>),
    /// Is the number on the roll?
    OnRoll(bool),
    /// The voter's answer to [`Question::SameElection`], [`Question::SendAgain`], [`Question::Again`], [`Question::Cast`]
    /// and [`Question::Replace`].
    Answer(bool),
    /// What was typed from the card.
    Credential(Zeroizing<String>),
    /// What is stored of an earlier ballot.
    Pending(Option<String>),
    /// One text for each contest.
    Marks(Vec<String>),
    /// The voter's answer to [`Question::CastOrChallenge`].
    Choice(Choice),
    /// The session asks for an entry.
    Asked(Why),
    /// The session is over.
    Ended(Outcome),
    /// The session broke off, or did not come about.
    Lost(Loss),
    /// The answer to [`Effect::Recorded`]: has the voter the receipt, where it stays?
    Kept(bool),
}

/// What the voter does with a secret ballot, once its code is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Sign and send it.
    Cast,
    /// Open it for a second device; the marks are sealed anew.
    Challenge,
    /// Nothing is sent.
    Neither,
}

/// Why a session broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The connection ended before the answer.
    Broken,
    /// The server has no room.
    Busy,
    /// Another try would gain nothing: nobody is there, or the server broke the protocol.
    Final,
}

/// What the driver has to do, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Fetch the manifest: [`Input::Manifest`].
    Fetch,
    /// Ask the server for the number alone: [`Input::OnRoll`].
    Knock(Arc<Election>),
    /// Ask the voter.
    Ask(Question),
    /// Tell the voter; no answer.
    Tell(Notice),
    /// Read what is stored of an earlier ballot: [`Input::Pending`].
    ReadPending,
    /// Store this before anything else is done, readable by the voter alone: it may hold an open ballot.
    Keep(Zeroizing<String>),
    /// Remove what is stored, and what was set aside: neither can come into the log any more, or the receipt is kept.
    Forget,
    /// The server refuses this ballot. What is stored is not sent again, and stays beside until another ballot is recorded: if it
    /// turns up in the log all the same, the voter knows it again.
    SetAside,
    /// Say hello in a session of its own: [`Input::Ended`] or [`Input::Lost`].
    Greet(Caller),
    /// Begin a session: [`Input::Asked`], [`Input::Ended`] or [`Input::Lost`].
    Connect(Caller),
    /// The entry that the session asks for.
    Send(EntryBytes),
    /// Leave the session that asks for an entry.
    HangUp,
    /// A ballot that was opened instead of being cast: for a second device.
    Opened(Opened),
    /// Recorded: the receipt verifies, and is the voter's to keep: [`Input::Kept`].
    Recorded(Recorded),
    /// The last of all.
    Finish(End),
}

/// Who calls the server.
#[derive(Debug, Clone)]
pub struct Caller {
    /// In which election.
    pub election: Arc<Election>,
    /// The voter's number.
    pub number: VoterNumber,
    /// The voter's key.
    pub credential: CredentialKey,
}

/// What the voter is asked, and by which input it is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// Is this the id on the card? [`Input::Answer`]
    SameElection(Hash),
    /// [`Input::Credential`]
    Credential,
    /// Ask for the ballot of [`Notice::Pending`], and send it if it did not arrive? [`Input::Answer`]
    SendAgain,
    /// Vote again, in place of the ballot of [`Notice::Voted`]? [`Input::Answer`]
    Again,
    /// [`Input::Marks`]
    Marks,
    /// Of an open ballot: send it? [`Input::Answer`]
    Cast,
    /// Of a secret ballot: [`Input::Choice`]
    CastOrChallenge,
    /// Replace the ballot of [`Notice::Replaces`]? [`Input::Answer`]
    Replace,
}

/// What the voter is told.
#[derive(Debug)]
pub enum Notice {
    /// The card is made out for another number than the voter gave.
    OtherNumber(VoterNumber),
    /// What is voted on. Its id was compared.
    Contests(Arc<Election>),
    /// What was typed is no credential.
    Credential(CredentialError),
    /// An earlier ballot was sent and got no answer.
    Pending(Shown),
    /// What this voter's ballot counts, in units of which 10^scale are a vote; said where not all count one.
    Weight {
        /// In units.
        own: u64,
        /// How many decimals a vote has.
        scale: u32,
    },
    /// A ballot stands in the log under this voter's card; the last one counts. The code where the log shows it yet.
    Voted {
        /// Where the log shows it yet.
        code: Option<BallotCode>,
        /// Where it stands in the log.
        index: u64,
        /// Its leaf hash.
        leaf: Hash,
        /// This program has made it. Else nothing is known but that whoever made it had the card's credential.
        own: bool,
    },
    /// These marks do not fit.
    Marks(MarksError),
    /// The ballot before the voter decides.
    Review {
        /// One text for each contest.
        marks: Vec<String>,
        /// What is noted of it.
        code: BallotCode,
    },
    /// The code of a ballot that will be opened.
    Code(BallotCode),
    /// A «нет» that may leave another try.
    Refused(Code),
    /// The entry of the log that the next ballot takes the place of. The code where the log shows it yet.
    Replaces {
        /// Where the log shows it yet.
        code: Option<BallotCode>,
        /// Where it stands in the log.
        index: u64,
        /// Its leaf hash.
        leaf: Hash,
        /// As of [`Notice::Voted`].
        own: bool,
    },
    /// It was signed with another card of this voter.
    EarlierCard,
}

/// How a ballot is shown to its voter.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// Of an open one, for each contest.
    Marks(Vec<String>),
    /// Of a secret one: nothing else is known of it.
    Code(BallotCode),
}

/// A ballot that was opened, and is not cast.
pub struct Opened {
    /// The file for the second device.
    pub challenge: veche_election::Challenge,
    /// The one that was shown before.
    pub code: BallotCode,
    /// The same marks are sealed anew now, and the voter decides again.
    pub again: bool,
}

/// It holds the marks: they reach no log by accident.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({})", self.code.short())
    }
}

/// A ballot that stands in the log.
#[derive(Debug)]
pub struct Recorded {
    /// The proof.
    pub receipt: Receipt,
    /// What was checked of it.
    pub checked: Box<CheckedReceipt>,
    /// Is it the ballot that counts, or has a later one replaced it?
    pub current: bool,
}

/// How a vote has ended.
#[derive(Debug)]
pub enum End {
    /// In the log, and the receipt is kept.
    Recorded,
    /// Recorded, and the receipt is kept nowhere: what is stored brings it again.
    NotKept,
    /// A ballot was opened, as wanted; nothing was cast.
    Opened,
    /// What the server calls its election is none.
    Manifest(ManifestError),
    /// Not as many candidates as the voter expects, or others.
    OtherCandidates {
        /// How many candidates each contest has.
        has: Vec<usize>,
    },
    /// The card names another election.
    OtherElection {
        /// What the card says.
        card: Hash,
        /// What the server has.
        served: Hash,
    },
    /// The id on the voter's card, typed or compared by the voter, is another.
    NotTheElection,
    /// The server has no voter of this number.
    NotOnRoll,
    /// No ballot is taken now: said before the voter was asked for one.
    NotTaken {
        /// How the election stands.
        phase: Phase,
        /// Unix seconds, if it is announced.
        opens: Option<u64>,
        /// The voter's last ballot, if there is one.
        last: Option<Box<CheckedLast>>,
    },
    /// This voter has voted, and the election allows no second vote: said before the voter was asked for one.
    VotedAlready(Box<CheckedLast>),
    /// The card's credential is none.
    Credential(CredentialError),
    /// There is no ballot of these marks.
    NoBallot(Option<MarksError>),
    /// An open ballot is readable as it is.
    NothingToChallenge,
    /// The server's «нет», and what is wrong with the marks if it is that.
    Refused {
        /// What it says.
        refused: Refused,
        /// What is wrong with the marks, if that is what it says.
        marks: Option<MarksError>,
    },
    /// The server refuses marks that are right.
    RightMarksRefused,
    /// The server says that it has recorded what fits nowhere in any log: the question for the last ballot. Nothing is known of the
    /// voter's ballot.
    QuestionRecorded,
    /// The ballot to be replaced was not signed with this card, and nobody was asked.
    NotThisCard(BallotCode),
    /// The voter decided against it.
    NothingSent,
    /// The voter keeps the earlier ballot.
    NothingReplaced,
    /// The last session was lost, and no other is tried.
    Lost,
}

/// Our own driver erred: it answered what was not asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the vote was driven out of order")]
pub struct OutOfOrder;

/// A vote, from the manifest to the receipt.
pub struct Casting {
    weights: WeightSeed,
    stage: Stage,
}

/// Named for what it awaits.
enum Stage {
    Start(Plan),
    /// Until it is known which election this is and with which key the voter signs.
    Meeting(Meeting),
    Pending(Writing),
    SendAgain(Writing, EntryBytes),
    /// Until a session has answered for the earlier entry; the entry, as long as it was not handed over.
    Resending(Writing, Option<EntryBytes>),
    /// Until a hello is answered.
    Greeting(Writing),
    Again(Writing),
    /// Until a session asks for an entry or ends.
    Session(Writing),
    Marks(Writing),
    Choice(Writing, Box<PreparedBallot>),
    Replacement(Writing, Position),
    /// Until the receipt is kept.
    Keeping,
    Over,
}

type Step = (Stage, Vec<Effect>);

impl Casting {
    /// `weights`: fresh randomness for checking what is stored of an earlier ballot.
    pub fn new(plan: Plan, weights: WeightSeed) -> Self {
        Self { weights, stage: Stage::Start(plan) }
    }

    /// Takes an answer, and says what to do next.
    ///
    /// # Errors
    /// The driver: this input answers nothing that was asked. The vote is over then.
    pub fn handle(&mut self, input: Input, fresh: &Fresh) -> Result<Vec<Effect>, OutOfOrder> {
        let stage = core::mem::replace(&mut self.stage, Stage::Over);
        let (stage, effects) = self.step(stage, input, fresh)?;
        self.stage = stage;
        Ok(effects)
    }

    fn step(&self, stage: Stage, input: Input, fresh: &Fresh) -> Result<Step, OutOfOrder> {
        let step = match (stage, input) {
            (Stage::Start(plan), Input::Start) => (Stage::Meeting(Meeting::Manifest(plan)), vec![Effect::Fetch]),
            (Stage::Meeting(meeting), input) => meeting.step(input, fresh)?,
            (Stage::Pending(writing), Input::Pending(stored)) => writing.take_pending(stored, &self.weights, fresh),
            (Stage::SendAgain(writing, entry), Input::Answer(true)) => writing.resend(entry),
            (Stage::SendAgain(writing, _), Input::Answer(false)) => writing.begin(fresh),
            (Stage::Resending(writing, entry), input) => writing.resending(entry, input, fresh)?,
            (Stage::Greeting(writing), Input::Ended(outcome)) => writing.greeted(outcome, fresh)?,
            (Stage::Greeting(writing), Input::Lost(loss)) => writing.not_greeted(loss, fresh),
            (Stage::Again(writing), Input::Answer(true)) => writing.go_on(fresh),
            (Stage::Again(writing), Input::Answer(false)) => writing.stop(End::NothingReplaced),
            (Stage::Session(writing), Input::Asked(why)) => writing.asked(why, fresh),
            (Stage::Session(writing), Input::Ended(outcome)) => writing.ended(outcome)?,
            (Stage::Session(writing), Input::Lost(loss)) => writing.lost(loss),
            (Stage::Marks(writing), Input::Marks(marks)) => writing.take_marks(marks, fresh),
            (Stage::Choice(writing, ballot), Input::Choice(choice)) => writing.choose(*ballot, choice, fresh)?,
            (Stage::Choice(writing, ballot), Input::Answer(yes)) => {
                writing.choose(*ballot, if yes { Choice::Cast } else { Choice::Neither }, fresh)?
            }
            (Stage::Replacement(writing, at), Input::Answer(true)) => writing.replace(at, fresh),
            (Stage::Replacement(writing, _), Input::Answer(false)) => writing.stop(End::NothingReplaced),
            (Stage::Keeping, Input::Kept(true)) => (Stage::Over, vec![Effect::Forget, Effect::Finish(End::Recorded)]),
            (Stage::Keeping, Input::Kept(false)) => finish(End::NotKept),
            // The session did not wait for the voter: what is decided will be brought in another one.
            (Stage::Marks(writing), Input::Lost(_)) => (Stage::Marks(writing.alone()), Vec::new()),
            (Stage::Choice(writing, ballot), Input::Lost(_)) => (Stage::Choice(writing.alone(), ballot), Vec::new()),
            (Stage::Replacement(writing, at), Input::Lost(_)) => (Stage::Replacement(writing.alone(), at), Vec::new()),
            _ => return Err(OutOfOrder),
        };
        Ok(step)
    }
}

/// After these the entry may stand in the log all the same: it is kept, to be asked for again.
fn may_be_recorded(code: Code) -> bool {
    matches!(code, Code::Busy | Code::NotAuthorised)
}

fn finish(end: End) -> Step {
    (Stage::Over, vec![Effect::Finish(end)])
}

/// The one unmistakable end. What is stored of the ballot stays until its receipt is kept.
fn recorded(recorded: Recorded) -> Step {
    (Stage::Keeping, vec![Effect::Recorded(recorded)])
}
