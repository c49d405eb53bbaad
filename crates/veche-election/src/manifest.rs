//! The manifest: everything that defines an election, fixed before opening and named by the election id.
//! Spec: `docs/spec/manifest.md`.

use serde::{Deserialize, Serialize};
use veche_crypto::{ElectionKeys, KeysError, Layout, group::POINT_BYTES, onehot::Parameters};

use crate::{
    canonical::{self, CanonicalError},
    checkpoint::{WITNESSES_MAX, Witness, WitnessPlan},
    choice::choice,
    encoding::{Blob, encoded_len},
    hash::Hash,
    jwk::{Jwk, JwkError},
    keys::PublicKey,
    log::PROOF_MAX_HASHES,
    rules::RuleProblem,
    text::{self, TextError},
};

pub use crate::{
    scale::Better,
    weight::{ROLL_SCALE_MAX, TOTAL_WEIGHT_MAX, unit},
};
pub use contest::{About, Approvals, Contest, ContestKind, ContestProblem, Order};

mod contest;

/// `v` of a [`Manifest`].
pub const VERSION: &str = "veche-election-2";
/// Of an election and of a contest, in characters.
pub const TITLE_MAX_CHARS: usize = 200;
/// A candidate's name, in characters.
pub const CANDIDATE_MAX_CHARS: usize = 100;
/// A level's name, in characters.
pub const LEVEL_MAX_CHARS: usize = 32;
/// How many things are voted on in one election.
pub const CONTESTS_MAX: usize = 50;
/// Of one contest.
pub const CANDIDATES_MAX: usize = 500;
/// Of one scale.
pub const LEVELS_MAX: usize = 101;
/// Numeric levels lie in -1,000,000..=1,000,000.
pub const LEVEL_VALUE_MAX: i64 = 1_000_000;
/// What is said of a candidate, in characters.
pub const ABOUT_MAX_CHARS: usize = 1_000;
/// Where more is said, in characters of ASCII.
pub const LINK_MAX_CHARS: usize = 300;
/// All descriptions and links of an election.
pub const ABOUT_TOTAL_MAX_CHARS: usize = 100_000;
/// Ballots that one session may bring.
pub const ATTEMPTS_MAX: u32 = 100;
/// A day.
pub const SESSION_TIMEOUT_MAX_S: u64 = 86_400;
/// The largest entry of the log, in bytes (a length of two bytes in the C2SP entry bundles).
pub const ENTRY_MAX_BYTES: usize = 65_535;
const _: () = assert!(ENTRY_MAX_BYTES <= u16::MAX as usize, "a bundle writes an entry's length in two bytes");
/// Times, in Unix seconds, stay within what every language reads exactly.
pub const TIME_MAX: u64 = 1 << 53;
const _: () = assert!(
    (TOTAL_WEIGHT_MAX as i128) * (LEVEL_VALUE_MAX as i128) <= i64::MAX as i128,
    "a candidate's sum of scores is an i64"
);
/// Sealed payloads are at most this long, in bytes.
pub const PAYLOAD_MAX_BYTES: u32 = 262_144;
/// Of one election.
pub const TRUSTEES_MAX: u32 = 50;
/// A trustee's name, in characters.
pub const TRUSTEE_MAX_CHARS: usize = 100;
/// Keys, times trustees, times those who open the sums: what a ceremony deals is bounded.
pub const DEALT_MAX: u64 = 20_000;
/// What will be drawn as the lot, and what was.
pub const LOT_MAX_CHARS: usize = 200;

/// Who erred: the organiser, who made this manifest (or the server that served another).
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No canonical JSON of this shape.
    #[error("the manifest: {0}")]
    Canonical(#[from] CanonicalError),
    /// The version that it names, cut to 40 characters.
    #[error("the manifest is of version \"{0}\", this program reads \"veche-election-2\"")]
    Version(String),
    /// A title, a name or a description.
    #[error("{what} {error}")]
    Text {
        /// Which text it is, in words.
        what: String,
        /// What is wrong with it.
        error: TextError,
    },
    /// A figure is too small or too large.
    #[error("{what} must be {range}, but is {got}")]
    Range {
        /// Which figure it is, in words.
        what: &'static str,
        /// What it may be, in words.
        range: &'static str,
        /// What it is.
        got: u64,
    },
    /// A contest, or its rule, does not fit together.
    #[error("contest {contest}: {problem}")]
    Contest {
        /// Counted from 1.
        contest: usize,
        /// What is wrong with it.
        problem: ContestProblem,
    },
    /// Server, board, organiser, trustees and witnesses sign for different things.
    #[error("one key stands for two: every key must be another one")]
    SameKey,
    /// `opens` is before `closes`, where both are set.
    #[error("the election closes before it opens")]
    ClosesBeforeOpens,
    /// It is no RSA key as it must be.
    #[error("a server key is {0}")]
    Jwk(#[from] JwkError),
    /// The plan and the keys must be there both, and of equal number.
    #[error("a secret election needs trustees, and only a secret one has them")]
    Trustees,
    /// See [`DEALT_MAX`].
    #[error(
        "{keys} keys, {count} trustees, {threshold} of whom open the sums: their product is over 20,000, more than a \
         ceremony deals"
    )]
    Dealt {
        /// How many each trustee shares.
        keys: u32,
        /// How many share them.
        count: u32,
        /// How many of them open the sums.
        threshold: u32,
    },
    /// A secret election opens its lot together with the sum, and draws nothing.
    #[error("an open election in which a lot may decide names what will be drawn, and no other does")]
    Lot,
    /// A key is no point, or the neutral one.
    #[error("the trustees' keys: {0}")]
    TrusteeKeys(#[from] KeysError),
    /// More or fewer keys than the contests ask for.
    #[error("the list of the trustees' keys has {got} bytes, {expected} are expected")]
    KeysLength {
        /// What is there.
        got: usize,
        /// 32 for each key of the plan.
        expected: usize,
    },
    /// See [`ENTRY_MAX_BYTES`].
    #[error(
        "this election has too many candidates or levels: its largest entry would be {bytes} bytes, over the limit of 65,535"
    )]
    EntryTooLarge {
        /// What [`Draft::entry_max_bytes`] says.
        bytes: usize,
    },
}

choice! {
    /// Who sees how somebody voted.
    pub enum Secrecy {
        /// Nobody sees a ballot: trustees open the sums alone.
        Secret = "secret",
        /// The server and, after closing, everybody sees who gave which scores.
        Open = "open",
    }
}

choice! {
    /// Until when the organiser may add voters to the roll, and strike them from it.
    #[derive(Default)]
    pub enum RollChanges {
        /// The roll stays as it is at the setup.
        Never = "never",
        /// Until ballots are taken.
        #[default]
        UntilOpening = "until-opening",
        /// While ballots are taken, too.
        UntilClosing = "until-closing",
    }
}

impl RollChanges {
    fn is_until_opening(&self) -> bool {
        *self == Self::UntilOpening
    }
}

/// How many trustees share the key, and how many of them open the sums. Of `threshold` = 1 each alone can read all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteePlan {
    /// 1 to [`TRUSTEES_MAX`].
    pub count: u32,
    /// 1 to `count`.
    pub threshold: u32,
}

/// What a draft asks of its trustees: how many they are, how many of them open the sums, and how many keys they make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CeremonyPlan {
    /// How many trustees.
    pub count: u32,
    /// How many of them open a sum.
    pub threshold: u32,
    /// How many keys they make.
    pub keys: u32,
}

choice! {
    /// May a voter vote again while the election is open?
    pub enum Revote {
        /// Yes; the last entry counts.
        Last = "last",
        /// No: one ballot for each credential.
        Never = "never",
    }
}

choice! {
    /// What the published roll of an open election says of a voter beside the credential.
    pub enum RollShows {
        /// The voter's number.
        Number = "number",
        /// The voter's name.
        Name = "name",
        /// Nothing: the published roll is empty.
        Nothing = "nothing",
    }
}

/// What the organiser decides, before any key exists. The nonce makes every draft, and so every derived
/// credential and id, unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What the election is called.
    pub title: String,
    /// Who sees the ballots.
    pub secrecy: Secrecy,
    /// In a secret election, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trustees: Option<TrusteePlan>,
    /// What is voted on, 1 to [`CONTESTS_MAX`].
    pub contests: Vec<Contest>,
    /// In an open election where a lot may decide: what will be drawn in public, after closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Does a second ballot replace the first?
    pub revote: Revote,
    /// Unix time in seconds at which the election opens by itself.
    pub opens: Option<u64>,
    /// Unix time in seconds at which the election closes by itself.
    pub closes: Option<u64>,
    /// Ballots that one session may bring, 1 to [`ATTEMPTS_MAX`].
    pub attempts_max: u32,
    /// From a session's start to its end, 1 to [`SESSION_TIMEOUT_MAX_S`].
    pub session_timeout_s: u64,
    /// What the published roll says of a voter.
    pub roll_shows: RollShows,
    /// Written only where it is not until the opening.
    #[serde(default, skip_serializing_if = "RollChanges::is_until_opening")]
    pub roll_changes: RollChanges,
    /// Weights have so many decimals: they stand everywhere as whole units, of which 10^scale are a vote, and are divided for
    /// show alone. Written only where there are decimals.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub roll_scale: u32,
    /// Who cosigns the log's checkpoints, if anybody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<WitnessPlan>,
    /// 32 random bytes.
    pub nonce: Hash,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Draft {
    /// How many units of weight a vote has.
    pub fn unit(&self) -> u64 {
        unit(self.roll_scale)
    }

    /// Binds the credentials (and later the trustees' ceremony) to this election before its id exists.
    pub fn id(&self) -> Hash {
        Hash::labelled("veche-draft-2", &[&canonical::write(self)])
    }

    /// Reads `draft.json`, checked.
    ///
    /// # Errors
    ///
    /// As of [`Draft::check`]; and for anything but canonical JSON of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let draft: Self = canonical::parse(bytes)?;
        draft.check()?;
        Ok(draft)
    }

    /// All checks that need no keys.
    ///
    /// # Errors
    ///
    /// The organiser erred; the error names the field or the contest.
    pub fn check(&self) -> Result<(), ManifestError> {
        check_text("the election's title".into(), &self.title, TITLE_MAX_CHARS)?;
        check_range("the number of contests", self.contests.len(), 1..=CONTESTS_MAX, "1 to 50")?;
        check_range("roll_scale", self.roll_scale as usize, 0..=ROLL_SCALE_MAX as usize, "0 to 6")?;
        for (i, contest) in self.contests.iter().enumerate() {
            contest.check(i + 1)?;
            if self.roll_scale > 0 && !contest.rule.is_in_units(self.unit()) {
                let problem = ContestProblem::Rule(RuleProblem::Units);
                return Err(ManifestError::Contest { contest: i + 1, problem });
            }
        }
        let about = self.contests.iter().map(Contest::about_chars).sum();
        check_range("the length of all descriptions and links", about, 0..=ABOUT_TOTAL_MAX_CHARS, "at most 100,000")?;
        match (self.secrecy, self.trustees) {
            (Secrecy::Open, None) => {}
            (Secrecy::Secret, Some(TrusteePlan { count, threshold })) => {
                check_range("the number of trustees", count as usize, 1..=TRUSTEES_MAX as usize, "1 to 50")?;
                check_range("the threshold", threshold as usize, 1..=count as usize, "1 to the number of trustees")?;
            }
            _ => return Err(ManifestError::Trustees),
        }
        if let Some(CeremonyPlan { count, threshold, keys }) = self.ceremony_plan()
            && [count, threshold, keys].into_iter().map(u64::from).product::<u64>() > DEALT_MAX
        {
            return Err(ManifestError::Dealt { keys, count, threshold });
        }
        if let Some(plan) = &self.witnesses {
            check_witnesses(plan)?;
        }
        match (&self.lot, self.has_lot() && self.secrecy == Secrecy::Open) {
            (None, false) => {}
            (Some(lot), true) => check_text("what is drawn as the lot".into(), lot, LOT_MAX_CHARS)?,
            _ => return Err(ManifestError::Lot),
        }
        for at in [self.opens, self.closes].into_iter().flatten() {
            if at > TIME_MAX {
                return Err(ManifestError::Range { what: "a time", range: "at most 2^53 seconds", got: at });
            }
        }
        if self.opens.zip(self.closes).is_some_and(|(opens, closes)| closes <= opens) {
            return Err(ManifestError::ClosesBeforeOpens);
        }
        check_range("attempts_max", self.attempts_max as usize, 1..=ATTEMPTS_MAX as usize, "1 to 100")?;
        let timeout = usize::try_from(self.session_timeout_s).unwrap_or(usize::MAX);
        check_range("session_timeout_s", timeout, 1..=SESSION_TIMEOUT_MAX_S as usize, "1 to 86,400")?;
        let bytes = self.entry_max_bytes();
        if bytes > ENTRY_MAX_BYTES {
            return Err(ManifestError::EntryTooLarge { bytes });
        }
        Ok(())
    }

    /// May a lot decide somewhere?
    pub fn has_lot(&self) -> bool {
        self.contests.iter().any(|contest| contest.rule.has_lot())
    }

    /// Of what a secret ballot consists; `None` if a row has nothing to choose between, which the checks exclude.
    pub fn layout(&self) -> Option<Layout> {
        contest::layout(&self.contests)
    }

    /// What the trustees' ceremony makes: a key for each option of a row that is sent, and one for a lot. `None` in an open
    /// election.
    pub fn ceremony_plan(&self) -> Option<CeremonyPlan> {
        let TrusteePlan { count, threshold } = self.trustees?;
        let keys = self.layout()?.keys() + usize::from(self.has_lot());
        Some(CeremonyPlan { count, threshold, keys: u32::try_from(keys).unwrap_or(u32::MAX) })
    }

    /// Bytes of the largest ballot entry that a voter of this election can make.
    pub fn entry_max_bytes(&self) -> usize {
        /// Version, three hashes or keys, a signature, a twenty-digit `seq` and the JSON around them.
        const FRAME_BYTES: usize = 400;
        match self.secrecy {
            Secrecy::Open => FRAME_BYTES + self.contests.iter().map(|c| c.marks_max_bytes() + 3).sum::<usize>(),
            Secrecy::Secret => {
                let bytes = |layout: Layout| encoded_len(layout.cells_bytes()) + encoded_len(layout.proof_bytes());
                FRAME_BYTES + self.layout().map_or(0, bytes)
            }
        }
    }

    /// The sizes, in bytes, of every sealed payload of a session: one size a direction, so that lengths tell nothing.
    pub fn session_sizes(&self) -> SessionSizes {
        /// Ids, folder, thumbprints, a 4096-bit `reply` key, `auth`, escaped quotes of the entry.
        const UP_BYTES: usize = 1_600;
        /// Ids, a proof of 40 hashes, a checkpoint, escaped quotes of the entry.
        const DOWN_BYTES: usize = 3_200;
        const _: () = assert!(PROOF_MAX_HASHES * 46 + 1_000 <= DOWN_BYTES, "an answer has room for the longest proof");
        let round = |bytes: usize| u32::try_from(bytes.next_multiple_of(256)).unwrap_or(u32::MAX);
        let entry = self.entry_max_bytes();
        SessionSizes { up_bytes: round(entry + UP_BYTES), down_bytes: round(entry + DOWN_BYTES) }
    }
}

/// Whoever answers, signs and acts in this election. All four differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// RSA-3072: voters encrypt to it.
    pub server_enc: Jwk,
    /// RSA-3072: the server signs its answers with it.
    pub server_sig: Jwk,
    /// Ed25519: signs checkpoints, and entries that follow from the schedule.
    pub board: PublicKey,
    /// Ed25519: signs setup, opening, closing and every other act of the organiser.
    pub organiser: PublicKey,
}

/// The roll in figures and hashes; the lists themselves are published beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollSummary {
    /// Lines of the list of credentials.
    pub voters: u64,
    /// The sum of their weights, in units.
    pub weight: u64,
    /// SHA-256 of the file `credentials`.
    pub credentials: Hash,
    /// SHA-256 of the file `roll`, published after closing.
    pub published: Hash,
}

/// The trustees of a secret election, as their ceremony left them (`docs/spec/trustees.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trustees {
    /// Y_0, Y_1, ...: voters encrypt to them; where a lot may be drawn, its key behind them.
    pub keys: Blob,
    /// SHA-256 of the file `ceremony`, from which all of this follows.
    pub ceremony: Hash,
    /// In the order of their numbers, from 1.
    pub members: Vec<Trustee>,
}

/// One of those who share the election's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trustee {
    /// Shown to voters and checked by nobody.
    pub name: String,
    /// Ed25519: signs what this trustee says.
    pub key: PublicKey,
}

/// Bytes of the payload inside each sealed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSizes {
    /// From the voter to the server.
    pub up_bytes: u32,
    /// From the server to the voter.
    pub down_bytes: u32,
}

/// The file `election.json`, as JSON has it, in this order of fields (`docs/spec/manifest.md` section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`VERSION`].
    pub v: String,
    /// What the organiser decided.
    pub draft: Draft,
    /// Made by the setup.
    pub keys: Keys,
    /// Who may vote, as figures and hashes.
    pub roll: RollSummary,
    /// At least what [`Draft::session_sizes`] says.
    pub session: SessionSizes,
    /// In a secret election, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trustees: Option<Trustees>,
}

/// A checked manifest with its exact bytes and its ids: what every other part of Veche works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    manifest: Manifest,
    bytes: Vec<u8>,
    id: Hash,
    draft_id: Hash,
    secret: Option<SecretElection>,
}

/// What encrypting and checking ballots needs, decoded once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretElection {
    /// The keys to which voters encrypt, and of what a ballot consists.
    pub parameters: Parameters,
    /// So many shares open a sum.
    pub threshold: u32,
}

impl Election {
    /// What the setup writes: the manifest of these parts.
    ///
    /// # Errors
    ///
    /// As of [`Election::parse`]: the parts do not fit together.
    pub fn new(draft: Draft, keys: Keys, roll: RollSummary, trustees: Option<Trustees>) -> Result<Self, ManifestError> {
        let session = draft.session_sizes();
        Self::parse(&canonical::write(&Manifest { v: VERSION.into(), draft, keys, roll, session, trustees }))
    }

    /// Reads `election.json`: every check that a client needs before it shows candidates.
    ///
    /// # Errors
    ///
    /// Whoever made the manifest, or served another, erred; what stands in it belongs to no election that this program
    /// can hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Manifest = canonical::parse(bytes)?;
        if manifest.v != VERSION {
            return Err(ManifestError::Version(manifest.v.chars().take(40).collect()));
        }
        manifest.draft.check()?;
        manifest.keys.server_enc.modulus()?;
        manifest.keys.server_sig.modulus()?;
        let weight = manifest.roll.weight;
        if !(1..=TOTAL_WEIGHT_MAX).contains(&weight) {
            return Err(ManifestError::Range { what: "the total weight", range: "1 to 2^40", got: weight });
        }
        let keys = &manifest.keys;
        let witnesses = manifest.draft.witnesses.iter().flat_map(|plan| &plan.keys);
        let watched = |own: PublicKey| witnesses.clone().any(|witness| witness.key() == own);
        let same = keys.server_enc == keys.server_sig || keys.board == keys.organiser;
        if same || watched(keys.board) || watched(keys.organiser) {
            return Err(ManifestError::SameKey);
        }
        let least = manifest.draft.session_sizes();
        for (size, least) in
            [(manifest.session.up_bytes, least.up_bytes), (manifest.session.down_bytes, least.down_bytes)]
        {
            if size < least || size > PAYLOAD_MAX_BYTES {
                let (what, range) = ("the size of sealed payloads", "as large as the largest message");
                return Err(ManifestError::Range { what, range, got: size.into() });
            }
        }
        let id = Hash::labelled("veche-election-2", &[bytes]);
        let secret = SecretElection::read(&manifest, id)?;
        let draft_id = manifest.draft.id();
        Ok(Self { manifest, bytes: bytes.to_vec(), id, draft_id, secret })
    }

    /// For those who make many ballots of a secret election ([`Parameters::with_tables`]).
    #[must_use]
    pub fn with_tables(mut self) -> Self {
        self.secret =
            self.secret.map(|secret| SecretElection { parameters: secret.parameters.with_tables(), ..secret });
        self
    }

    /// Labelled hash of the manifest's bytes: what every entry, receipt and checkpoint names.
    pub fn id(&self) -> Hash {
        self.id
    }

    pub(crate) fn id_bytes(&self) -> &[u8; 32] {
        &self.id.0
    }

    /// [`Draft::id`]: what credentials and the ceremony are bound to.
    pub fn draft_id(&self) -> Hash {
        self.draft_id
    }

    /// What the organiser decided.
    pub fn draft(&self) -> &Draft {
        &self.manifest.draft
    }

    /// What is voted on.
    pub fn contests(&self) -> &[Contest] {
        &self.manifest.draft.contests
    }

    /// Of server, board and organiser.
    pub fn keys(&self) -> &Keys {
        &self.manifest.keys
    }

    /// The trustees; none in an open election.
    pub fn trustees(&self) -> &[Trustee] {
        self.manifest.trustees.as_ref().map_or(&[], |trustees| &trustees.members)
    }

    /// A trustee by number, from 1.
    pub fn trustee(&self, number: u32) -> Option<&Trustee> {
        self.trustees().get((number as usize).checked_sub(1)?)
    }

    /// What the manifest says of the trustees.
    pub fn trustee_keys(&self) -> Option<&Trustees> {
        self.manifest.trustees.as_ref()
    }

    /// SHA-256 of the file `ceremony`.
    pub fn ceremony(&self) -> Option<Hash> {
        self.manifest.trustees.as_ref().map(|trustees| trustees.ceremony)
    }

    /// `None` in an open election.
    pub fn secret(&self) -> Option<&SecretElection> {
        self.secret.as_ref()
    }

    /// Who may vote, as figures and hashes.
    pub fn roll(&self) -> &RollSummary {
        &self.manifest.roll
    }

    /// Sizes of the payloads in a session.
    pub fn session(&self) -> SessionSizes {
        self.manifest.session
    }

    /// The exact bytes of `election.json`.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl SecretElection {
    fn read(manifest: &Manifest, id: Hash) -> Result<Option<Self>, ManifestError> {
        let (plan, trustees) = match (manifest.draft.ceremony_plan(), &manifest.trustees) {
            (None, None) => return Ok(None),
            (Some(plan), Some(trustees)) if trustees.members.len() == plan.count as usize => (plan, trustees),
            _ => return Err(ManifestError::Trustees),
        };
        let witnesses = manifest.draft.witnesses.iter().flat_map(|plan| &plan.keys);
        let mut keys = vec![manifest.keys.board, manifest.keys.organiser];
        keys.extend(witnesses.map(Witness::key));
        for (i, trustee) in trustees.members.iter().enumerate() {
            check_text(format!("the name of trustee {}", i + 1), &trustee.name, TRUSTEE_MAX_CHARS)?;
            if keys.contains(&trustee.key) {
                return Err(ManifestError::SameKey);
            }
            keys.push(trustee.key);
        }
        let (got, expected) = (trustees.keys.0.len(), plan.keys as usize * POINT_BYTES);
        if got != expected {
            return Err(ManifestError::KeysLength { got, expected });
        }
        let (keys, _) = trustees.keys.0.as_chunks::<POINT_BYTES>();
        let keys = ElectionKeys::read(keys)?;
        let layout = manifest.draft.layout().ok_or(ManifestError::Trustees)?;
        let parameters = Parameters::new(&id.0, keys, layout).ok_or(ManifestError::Trustees)?;
        Ok(Some(Self { parameters, threshold: plan.threshold }))
    }
}

/// Any two quorums share a witness: so two logs can only both be witnessed if that one is false.
fn check_witnesses(WitnessPlan { quorum, keys }: &WitnessPlan) -> Result<(), ManifestError> {
    check_range("the number of witnesses", keys.len(), 1..=WITNESSES_MAX, "1 to 16")?;
    let least = keys.len() / 2 + 1;
    check_range(
        "the quorum of witnesses",
        *quorum as usize,
        least..=keys.len(),
        "more than half of them, and not more than all",
    )?;
    for (i, witness) in keys.iter().enumerate() {
        if keys.iter().take(i).any(|earlier| earlier.name() == witness.name() || earlier.key() == witness.key()) {
            return Err(ManifestError::SameKey);
        }
    }
    Ok(())
}

fn check_text(what: String, text: &str, max_chars: usize) -> Result<(), ManifestError> {
    text::check(text, max_chars).map_err(|error| ManifestError::Text { what, error })
}

fn check_range(
    what: &'static str,
    got: usize,
    range: core::ops::RangeInclusive<usize>,
    words: &'static str,
) -> Result<(), ManifestError> {
    if range.contains(&got) { Ok(()) } else { Err(ManifestError::Range { what, range: words, got: got as u64 }) }
}
