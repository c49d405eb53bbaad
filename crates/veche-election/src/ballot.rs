//! A ballot on its way: prepared by the voter's program, then cast by a signature or challenged by opening it; checked
//! by everybody else. Spec: `docs/spec/entry.md` section 4, `docs/spec/secret.md` sections 4 and 13.

use core::fmt;

use serde::{Deserialize, Serialize};
use veche_crypto::{
    Scalar, group,
    onehot::{self, Context, Proven},
};
use zeroize::Zeroizing;

use crate::{
    canonical,
    credential::{CredentialKey, base32_groups, folded, typed_code},
    encoding::Blob,
    entry::{
        EntryBytes,
        error::EntryError,
        form::{BALLOT_VERSION, Ballot, BallotEntry, Position, check_header, parse_entry, unsigned_part},
    },
    hash::Hash,
    keys::{PublicKey, Signature},
    manifest::{Election, SecretElection},
    marks::{self, Marks, MarksError},
    secret,
    tally::Vote,
};

/// `v` of a [`Challenge`].
pub const CHALLENGE_VERSION: &str = "veche-challenge-2";

/// Labelled hash of an entry without its signature, in groups of base32 symbols; the first five groups are read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BallotCode(Hash);

impl BallotCode {
    const SHORT_GROUPS: usize = 5;

    /// Of an entry's exact bytes, signed or not: the last 96, with the signature, are left out.
    pub fn of(entry_bytes: &[u8]) -> Self {
        Self(Hash::labelled("veche-ballot-code-1", &[unsigned_part(entry_bytes)]))
    }

    /// All 52 symbols of Crockford's base32, in groups of four with `-` between them.
    pub fn full(&self) -> String {
        base32_groups(&self.0.0)
    }

    /// What the symbols write.
    pub fn hash(&self) -> Hash {
        self.0
    }

    /// A code as somebody typed it, whole or at least its first five groups: the first and the last code that begins so.
    pub fn range(text: &str) -> Option<(Hash, Hash)> {
        const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        const BITS: usize = 256;
        let typed = typed_code(text);
        let bounded = (Self::SHORT_GROUPS * 4..=BITS.div_ceil(5)).contains(&typed.len());
        let strange = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ' ');
        if !bounded || folded(text).contains(strange) {
            return None;
        }
        let (mut low, mut high) = ([0_u8; 32], [0xff_u8; 32]);
        for (i, symbol) in typed.chars().enumerate() {
            let value = SYMBOLS.find(symbol)?;
            for bit in 0..5 {
                let (at, set) = (i * 5 + bit, value >> (4 - bit) & 1 == 1);
                let (Some(low), Some(high)) = (low.get_mut(at / 8), high.get_mut(at / 8)) else {
                    // Behind the last byte a whole code has padding, which is zero.
                    if set {
                        return None;
                    }
                    continue;
                };
                let mask = 0x80_u8 >> (at % 8);
                if set { *low |= mask } else { *high &= !mask }
            }
        }
        Some((Hash(low), Hash(high)))
    }

    /// The first five groups, 100 bits: what a voter notes and reads aloud.
    pub fn short(&self) -> String {
        self.full().split('-').take(Self::SHORT_GROUPS).collect::<Vec<_>>().join("-")
    }
}

/// A ballot before the voter has decided: its code is known, nothing is signed.
pub struct PreparedBallot {
    /// With zeros where the signature will stand.
    entry: BallotEntry,
    marks: Vec<String>,
    randomness: Zeroizing<Vec<Scalar>>,
}

impl PreparedBallot {
    /// `seed`: of this ballot alone, from [`crate::BallotSeeds`]. The marks of an open ballot are written as given: the server,
    /// not the pen, judges them. A secret ballot can only be made of marks that fit.
    ///
    /// # Errors
    ///
    /// In a secret election marks that do not fit: which of them is wrong.
    pub fn new(
        election: &Election,
        credential: PublicKey,
        at: Position,
        marks: Vec<String>,
        seed: &[u8; 32],
    ) -> Result<Self, MarksError> {
        let Position { seq, prev } = at;
        let (ballot, randomness) = match election.secret() {
            None => (Ballot::Open { marks: marks.clone() }, Zeroizing::default()),
            Some(secret) => encrypt(election, secret, credential, at, &marks, seed)?,
        };
        let (v, election, sig) = (BALLOT_VERSION.into(), election.id(), Signature([0; 64]));
        Ok(Self { entry: BallotEntry { v, election, credential, seq, prev, ballot, sig }, marks, randomness })
    }

    /// To be noted before the voter decides whether to cast or to challenge.
    pub fn code(&self) -> BallotCode {
        BallotCode::of(&canonical::write(&self.entry))
    }

    /// Cast: the credential signs the exact bytes whose code was shown.
    pub fn sign(mut self, key: &CredentialKey) -> EntryBytes {
        let entry = &mut self.entry;
        entry.sig = key.0.sign(BALLOT_VERSION, &[unsigned_part(&canonical::write(entry))]);
        canonical::write_text(entry).into()
    }

    /// Challenge: everything by which anybody can see what the ballot holds. It is never signed, so it can never be
    /// cast; `self` is gone, here and when it is signed, so nothing is both opened and cast.
    pub fn challenge(self) -> Challenge {
        let randomness = self.randomness.iter().flat_map(Scalar::to_bytes).collect();
        Challenge {
            v: CHALLENGE_VERSION.into(),
            code: self.code().full(),
            entry: canonical::write_text(&self.entry).into(),
            marks: self.marks,
            randomness: Blob(randomness),
        }
    }
}

fn encrypt(
    election: &Election,
    secret: &SecretElection,
    credential: PublicKey,
    at: Position,
    marks: &[String],
    seed: &[u8; 32],
) -> Result<(Ballot, Zeroizing<Vec<Scalar>>), MarksError> {
    let checked = marks::parse_all(marks, election.contests())?;
    let choices = Zeroizing::new(secret::choices(election.contests(), &checked));
    let context = context(&credential, at.seq, &at.prev);
    let made = onehot::encrypt(&secret.parameters, &context.borrow(), &choices, seed)
        .expect("checked marks have a choice for each row, within its options");
    Ok((Ballot::Secret { cells: Blob(made.cells), proof: Blob(made.proof) }, made.randomness))
}

/// What a ballot's proof is bound to.
struct OwnedContext {
    credential: [u8; 32],
    seq: u64,
    prev: [u8; 32],
}

fn context(credential: &PublicKey, seq: u64, prev: &Hash) -> OwnedContext {
    OwnedContext { credential: *credential.as_bytes(), seq, prev: prev.0 }
}

impl OwnedContext {
    fn borrow(&self) -> Context<'_> {
        Context { credential: &self.credential, seq: self.seq, prev: &self.prev }
    }
}

/// The file of a challenged ballot: whoever has it can read that ballot, which counts nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// [`CHALLENGE_VERSION`].
    pub v: String,
    /// The whole ballot code.
    pub code: String,
    /// The entry with a signature of zeros.
    pub entry: EntryBytes,
    /// What the voter's program says that the ballot holds.
    pub marks: Vec<String>,
    /// r of every row.
    pub randomness: Blob,
}

/// Who erred: the voter's program, unless the file was damaged.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// What of the file cannot be read, in words.
    #[error("not the file of a challenged ballot: {0}")]
    Form(String),
    /// A file of this kind holds a signature of zeros.
    #[error("the ballot is signed: it may have been cast, and a cast ballot is not opened")]
    Signed,
    /// An open ballot shows its marks itself.
    #[error("only ballots of a secret election are challenged")]
    Open,
    /// The opened entry is none of this election, or its proof does not hold.
    #[error("{0}")]
    Entry(#[from] EntryError),
    /// The code that follows from the entry.
    #[error("the ballot's code is {0}, and not the one that stands in the file")]
    OtherCode(String),
    /// The first row, counted from 1, that encrypting the marks again does not give.
    #[error("row {0} does not hold what the marks say: this program would have cast another vote")]
    OtherMarks(usize),
}

impl Challenge {
    /// Shows that the ballot holds what it claims, by encrypting the marks again.
    ///
    /// # Errors
    ///
    /// The voter's program erred: the ballot holds another vote than it says, or is signed and so none that was
    /// challenged.
    pub fn check(&self, election: &Election, weights: &WeightSeed) -> Result<OpenedBallot, ChallengeError> {
        if self.v != CHALLENGE_VERSION {
            return Err(ChallengeError::Form(format!("its version is not {CHALLENGE_VERSION}")));
        }
        let secret = election.secret().ok_or(ChallengeError::Open)?;
        let unproven = Unproven::read_unsigned(&self.entry, election)?;
        if unproven.entry.sig.0 != [0; 64] {
            return Err(ChallengeError::Signed);
        }
        let ballot = unproven.prove(election, weights)?;
        let Vote::Secret(cells) = ballot.vote() else { return Err(ChallengeError::Open) };
        let marks = marks::parse_all(&self.marks, election.contests()).map_err(EntryError::from)?;
        let randomness = group::scalars(&self.randomness.0).map_err(|e| ChallengeError::Form(e.to_string()))?;
        if randomness.len() != secret.parameters.layout().rows().len() {
            return Err(ChallengeError::Form("its randomness is not one scalar for each row".into()));
        }
        let choices = secret::choices(election.contests(), &marks);
        secret.parameters.check_opened(cells, &choices, &randomness).map_err(ChallengeError::OtherMarks)?;
        let code = ballot.code();
        if code.full() != self.code {
            return Err(ChallengeError::OtherCode(code.full()));
        }
        Ok(OpenedBallot { code, credential: ballot.entry().credential })
    }
}

/// What a checked file of an opened ballot leaves to be compared: with what the voter noted, and with the voter's card.
#[derive(Debug, Clone, Copy)]
pub struct OpenedBallot {
    /// To be compared with what the voter noted before the ballot was opened.
    pub code: BallotCode,
    /// To be compared with the voter's card.
    pub credential: PublicKey,
}

/// 32 bytes of the verifier's own randomness, from which it draws the weights under which it adds up the equations of
/// many proofs (`docs/spec/secret.md` section 6). Whoever makes a ballot must not know them: then errors in two
/// equations do not cancel.
#[derive(Clone, Copy)]
pub struct WeightSeed(pub [u8; 32]);

impl fmt::Debug for WeightSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeightSeed(redacted)")
    }
}

/// A ballot entry that has passed every check that needs no state: form, election, signature, marks or proof. Only the
/// check makes one:
///
/// ```compile_fail
/// # fn bytes_that_nobody_has_checked(again: veche_election::BallotAgain) -> veche_election::CheckedBallot {
/// veche_election::CheckedBallot(again.0)
/// # }
/// ```
#[derive(Clone)]
pub struct CheckedBallot(ReadBallot);

/// A ballot of a log whose root was verified, or that is on the own disk, read again without its signature and proof.
/// It is another type, since nothing that comes from outside may be taken for one.
#[derive(Clone)]
pub struct BallotAgain(ReadBallot);

/// What the bytes of a ballot entry say.
#[derive(Clone)]
pub(crate) struct ReadBallot {
    pub(crate) entry: BallotEntry,
    bytes: EntryBytes,
    pub(crate) leaf: Hash,
    pub(crate) vote: Vote,
}

/// The bytes are the vote: they reach no log by accident.
impl fmt::Debug for CheckedBallot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedBallot(seq {}, leaf {})", self.entry().seq, self.leaf())
    }
}

impl fmt::Debug for BallotAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BallotAgain(seq {}, leaf {})", self.entry().seq, self.leaf())
    }
}

impl CheckedBallot {
    /// # Errors
    ///
    /// Who erred is the voter's program: form, election, signature, marks or proof.
    pub fn check(bytes: &[u8], election: &Election, weights: &WeightSeed) -> Result<Self, EntryError> {
        Unproven::read(bytes, election)?.prove(election, weights)
    }

    /// What the bytes say.
    pub fn entry(&self) -> &BallotEntry {
        &self.0.entry
    }

    /// The exact bytes of the entry.
    pub fn bytes(&self) -> &EntryBytes {
        &self.0.bytes
    }

    /// The leaf hash of the bytes: the name of the ballot in the log.
    pub fn leaf(&self) -> Hash {
        self.0.leaf
    }

    /// What is added to the tally.
    pub fn vote(&self) -> &Vote {
        &self.0.vote
    }

    /// The code by which people note and compare this ballot.
    pub fn code(&self) -> BallotCode {
        BallotCode::of(&self.0.bytes)
    }

    pub(crate) fn read(&self) -> &ReadBallot {
        &self.0
    }
}

impl BallotAgain {
    /// Reads again an entry that was checked before it came into the log.
    ///
    /// # Errors
    ///
    /// Whoever kept the log has changed it: this is no ballot of this election.
    pub fn read(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        let (entry, bytes): (BallotEntry, _) = parse_entry(bytes)?;
        let vote = match (&entry.ballot, election.secret()) {
            (Ballot::Open { marks }, None) => Vote::Open(marks::parse_all(marks, election.contests())?),
            (Ballot::Secret { cells, .. }, Some(secret)) => {
                Vote::Secret(secret.parameters.read_cells(&cells.0).map_err(onehot::ProofError::Cells)?)
            }
            _ => return Err(EntryError::Kind),
        };
        Ok(Self(ReadBallot { entry, leaf: bytes.leaf(), bytes, vote }))
    }

    /// What the bytes say.
    pub fn entry(&self) -> &BallotEntry {
        &self.0.entry
    }

    /// The leaf hash of the bytes.
    pub fn leaf(&self) -> Hash {
        self.0.leaf
    }

    /// What is taken out of the tally.
    pub fn vote(&self) -> &Vote {
        &self.0.vote
    }

    pub(crate) fn inner(&self) -> &ReadBallot {
        &self.0
    }
}

/// A ballot that has passed everything but its proof.
pub(crate) struct Unproven {
    entry: BallotEntry,
    bytes: EntryBytes,
    claim: Claim,
}

enum Claim {
    Open(Vec<Marks>),
    Secret(Box<Proven>),
}

impl Unproven {
    pub(crate) fn read(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        let (entry, exact): (BallotEntry, _) = parse_entry(bytes)?;
        check_header(&entry.v, BALLOT_VERSION, entry.election, entry.seq, election)?;
        entry.credential.verify(BALLOT_VERSION, &[unsigned_part(bytes)], &entry.sig)?;
        Self::claim(entry, exact, election)
    }

    fn read_unsigned(bytes: &[u8], election: &Election) -> Result<Self, EntryError> {
        let (entry, exact): (BallotEntry, _) = parse_entry(bytes)?;
        check_header(&entry.v, BALLOT_VERSION, entry.election, entry.seq, election)?;
        Self::claim(entry, exact, election)
    }

    fn claim(entry: BallotEntry, bytes: EntryBytes, election: &Election) -> Result<Self, EntryError> {
        let claim = match (&entry.ballot, election.secret()) {
            (Ballot::Open { marks: texts }, None) => {
                let marks = marks::parse_all(texts, election.contests())?;
                let same = |((marks, contest), text): ((&Marks, _), &String)| marks.to_text(contest) == *text;
                if !marks.iter().zip(election.contests()).zip(texts).all(same) {
                    return Err(EntryError::MarksForm);
                }
                Claim::Open(marks)
            }
            (Ballot::Secret { cells, proof }, Some(secret)) => {
                let context = context(&entry.credential, entry.seq, &entry.prev);
                let read = Proven::read(&secret.parameters, &context.borrow(), &cells.0, &proof.0)?;
                Claim::Secret(Box::new(read))
            }
            _ => return Err(EntryError::Kind),
        };
        Ok(Self { entry, bytes, claim })
    }

    pub(crate) fn proof(&self) -> Option<&Proven> {
        match &self.claim {
            Claim::Open(_) => None,
            Claim::Secret(proven) => Some(proven),
        }
    }

    fn prove(self, election: &Election, weights: &WeightSeed) -> Result<CheckedBallot, EntryError> {
        if let (Some(proven), Some(secret)) = (self.proof(), election.secret()) {
            onehot::verify(&secret.parameters, proven, &weights.0)?;
        }
        Ok(self.into_checked())
    }

    /// After its proof was verified.
    pub(crate) fn into_checked(self) -> CheckedBallot {
        let vote = match self.claim {
            Claim::Open(marks) => Vote::Open(marks),
            Claim::Secret(proven) => Vote::Secret(proven.into_cells()),
        };
        CheckedBallot(ReadBallot { leaf: self.bytes.leaf(), entry: self.entry, bytes: self.bytes, vote })
    }
}
