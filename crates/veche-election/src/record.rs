//! The record: everything that was published, and every check of it, by number.
//! Spec: `docs/spec/record.md`; the numbers here are the numbers there.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    ballot::{BallotAgain, WeightSeed},
    board::{Board, Phase},
    canonical,
    ceremony::{Ceremony, VerificationKeys},
    checkpoint::WitnessPlan,
    credential::CredentialList,
    entry::{CheckedEntry, EntryAgain, EntryError, ReadEntry, check_all, reread_all},
    hash::Hash,
    keys::PublicKey,
    log::{Checkpoint, Head, LogTree, Subtrees, TILE_WIDTH, bundle_of, origin, read_bundle},
    manifest::{Election, RollShows, TrusteePlan},
    repeats::{Repeats, share_randomness},
    result::ElectionResult,
    roll::{NAME_MAX_CHARS, RollLine, VoterNumber},
    text,
};

mod notes;
mod source;

pub use source::{
    BUNDLE_MAX_BYTES, CEREMONY_FILE, CEREMONY_MAX_BYTES, CHECKPOINT_FILE, CREDENTIAL_LINE_MAX_BYTES, CREDENTIALS_FILE,
    FILE_MAX_BYTES, LOG_MAX_ENTRIES, MANIFEST_FILE, MANIFEST_MAX_BYTES, README_FILE, README_MAX_BYTES, RESULT_FILE,
    RESULT_MAX_BYTES, ROLL_FILE, ROLL_LINE_MAX_BYTES, Source, TILE_MAX_BYTES, Unread, file_max_bytes, readme,
};

/// A check that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// As in `docs/spec/record.md` section 3.
    pub number: u8,
    /// The check's name.
    pub what: &'static str,
    /// What was counted on the way: ("ballots", 669).
    pub counts: Vec<(&'static str, u64)>,
    /// What people should read beside it.
    pub notes: Vec<String>,
}

/// The check that failed, and who or what failed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("check {number} ({what}): {culprit}")]
pub struct Failed {
    /// As in `docs/spec/record.md` section 3.
    pub number: u8,
    /// The check's name.
    pub what: &'static str,
    /// Which file, line or entry, and what is wrong with it.
    pub culprit: String,
}

/// A verified record. Only [`verify`] and [`verify_since`] make one.
#[derive(Debug)]
pub struct Verified {
    election: Arc<Election>,
    result: ElectionResult,
    board: Board,
    state: VerifiedState,
    checks: Vec<Passed>,
}

impl Verified {
    /// Whose record it is.
    pub fn election(&self) -> &Arc<Election> {
        &self.election
    }

    /// As it follows from the ballots, and as the record has it.
    pub fn result(&self) -> &ElectionResult {
        &self.result
    }

    /// What the log's entries came to.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// For verifying what comes later.
    pub fn state(&self) -> &VerifiedState {
        &self.state
    }

    /// In their order.
    pub fn checks(&self) -> &[Passed] {
        &self.checks
    }
}

/// So many numbers of a result are tried before others are looked for: fewer than a second's work.
const GUESSES_MAX: usize = 1 << 14;

const MANIFEST: (u8, &str) = (1, "manifest");
const CREDENTIALS: (u8, &str) = (2, "credential list");
const ROLL: (u8, &str) = (3, "roll");
const CHECKPOINT: (u8, &str) = (4, "checkpoint");
const ENTRIES: (u8, &str) = (5, "entries");
const TREE: (u8, &str) = (6, "tree and tiles");
const COUNT: (u8, &str) = (7, "recount and result");
const FILES: (u8, &str) = (8, "files");
const TRUSTEES: (u8, &str) = (9, "trustees");

/// How far a log was verified. Only the check of its record makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedState(KnownState);

impl VerifiedState {
    fn of(election: &Election, checkpoint: &Checkpoint) -> Self {
        Self(KnownState { election: election.id(), size: checkpoint.size, root: checkpoint.root })
    }

    /// What whoever has checked may keep, so as not to check it again.
    pub fn to_keep(&self) -> &KnownState {
        &self.0
    }
}

/// How far somebody has verified a log before: a file of theirs, believed because it is theirs, and checked by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownState {
    /// Its id: the state is taken for no other.
    pub election: Hash,
    /// Entries of the log.
    pub size: u64,
    /// The tree's root over them.
    pub root: Hash,
}

/// Runs every check; stops at the first that fails. `progress` is told (entries done, entries in all).
///
/// # Errors
///
/// The first check that failed, with the file, line or entry that failed it. Whoever made, keeps or serves the record
/// erred.
pub fn verify(
    source: &dyn Source,
    weights: &WeightSeed,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verified, Failed> {
    verify_since(source, None, weights, progress)
}

/// As [`verify`]; signatures and proofs of entries that were verified before are not checked again, where the log
/// begins with the very same entries.
///
/// # Errors
///
/// As of [`verify`]; and if the log is not the one that was verified before, or is shorter.
pub fn verify_since(
    source: &dyn Source,
    since: Option<&KnownState>,
    weights: &WeightSeed,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verified, Failed> {
    let mut verifier = Verifier { source, since: since.copied(), weights, cosigned: Vec::new(), checks: Vec::new() };
    let election = Arc::new(verifier.manifest()?);
    let (_, keys) = verifier.trustees(&election)?;
    let credentials = verifier.credentials(&election)?;
    let numbers = verifier.roll(&election, &credentials)?;
    let (checkpoint, _) = verifier.checkpoint(&election)?;
    let mut board = Board::new(election.clone(), &credentials, keys).knowing(numbers);
    board.guess(verifier.guesses(&election));
    let (board, bundles) = verifier.entries(&election, board, &checkpoint, progress)?;
    ensure(ENTRIES, board.phase() == Phase::Finished, no_result(&board))?;
    let mut expected = verifier.tree(board.tree(), &checkpoint)?;
    let result = verifier.result(&board)?;
    expected.extend(bundles);
    verifier.files(&election, expected)?;
    let state = VerifiedState::of(&election, &checkpoint);
    Ok(Verified { election, result, board, state, checks: verifier.checks })
}

/// Why a log has no result.
fn no_result(board: &Board) -> String {
    match board.phase() {
        Phase::Cancelled => "the election was cancelled".into(),
        Phase::Summed => {
            let threshold = board.threshold().unwrap_or_default();
            let shares = board.shares().count();
            format!(
                "the log ends with the sum: summed, no result. Of the {threshold} shares that open the sum {shares} are \
                 there; if the trustees' keys are lost it stays so"
            )
        }
        _ => "the log does not end with the result of a closed election".into(),
    }
}

/// A log without a result, every check passed that it can pass. Only [`verify_so_far`] makes one.
#[derive(Debug)]
pub struct VerifiedSoFar {
    board: Board,
    state: VerifiedState,
    checks: Vec<Passed>,
}

impl VerifiedSoFar {
    /// What the log's entries came to.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// For verifying what comes later.
    pub fn state(&self) -> &VerifiedState {
        &self.state
    }

    /// In their order.
    pub fn checks(&self) -> &[Passed] {
        &self.checks
    }
}

/// A log that still grows, verified as far as it has come: everything but the roll, the result and what follows from it.
///
/// # Errors
///
/// As of [`verify_since`].
pub fn verify_so_far(
    source: &dyn Source,
    since: Option<&KnownState>,
    weights: &WeightSeed,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<VerifiedSoFar, Failed> {
    let mut verifier = Verifier { source, since: since.copied(), weights, cosigned: Vec::new(), checks: Vec::new() };
    let election = Arc::new(verifier.manifest()?);
    let (_, keys) = verifier.trustees(&election)?;
    let credentials = verifier.credentials(&election)?;
    let (checkpoint, _) = verifier.checkpoint(&election)?;
    let mut board = Board::new(election.clone(), &credentials, keys);
    board.guess(verifier.guesses(&election));
    let (board, _) = verifier.entries(&election, board, &checkpoint, progress)?;
    verifier.tree(board.tree(), &checkpoint)?;
    let state = VerifiedState::of(&election, &checkpoint);
    Ok(VerifiedSoFar { board, state, checks: verifier.checks })
}

/// A closed secret election before its opening, every check passed: what a trustee may open. Only [`verify_sum`] makes
/// one.
#[derive(Debug)]
pub struct VerifiedSum {
    election: Arc<Election>,
    ceremony: Ceremony,
    board: Board,
    /// The board's signed checkpoint of this very log, as the source has it.
    checkpoint: String,
    code: Hash,
    checks: Vec<Passed>,
}

impl VerifiedSum {
    /// Whose log it is.
    pub fn election(&self) -> &Arc<Election> {
        &self.election
    }

    /// Complete, and the one of the manifest: it says which share a trustee opens with.
    pub fn ceremony(&self) -> &Ceremony {
        &self.ceremony
    }

    /// What the log's entries came to.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The board's signed checkpoint over the log that was verified: what a trustee keeps as evidence.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// The code that trustees compare before they open: the log as far as the sum.
    pub fn code(&self) -> Hash {
        self.code
    }

    /// In their order.
    pub fn checks(&self) -> &[Passed] {
        &self.checks
    }

    /// Must the trustees compare the code by voice, or can no two logs both be opened anyway?
    pub fn must_compare(&self) -> bool {
        let draft = self.election.draft();
        let plans = draft.witnesses.as_ref().zip(draft.trustees);
        !plans.is_some_and(|(witnesses, trustees)| excludes_two_openings(witnesses, trustees))
    }
}

/// Of two logs that a board shows, both are opened only if at least `2 * quorum - witnesses` of the witnesses sign both,
/// and at least `2 * threshold - trustees` of the trustees open both. Is one of the two too much? As many witnesses are
/// taken to be false as may stay away without harm, but at least one; and so many trustees as cannot read a ballot alone.
/// Spec: `docs/spec/record.md` section 5.
pub fn excludes_two_openings(witnesses: &WitnessPlan, trustees: TrusteePlan) -> bool {
    let (all, quorum) = (witnesses.keys.len() as u64, u64::from(witnesses.quorum));
    let false_witnesses = all.saturating_sub(quorum).max(1);
    let false_trustees = u64::from(trustees.threshold.saturating_sub(1));
    2 * quorum > all + false_witnesses || 2 * u64::from(trustees.threshold) > u64::from(trustees.count) + false_trustees
}

/// What trustees compare by voice before they open: the whole log as far as the entry with the sum.
pub fn closing_code(election: &Election, size: u64, root: Hash) -> Hash {
    Hash::labelled("veche-closing-code-1", &[&election.id().0, &size.to_be_bytes(), &root.0])
}

/// As [`verify`], of a closed secret election whose sum is in the log and whose result is not.
///
/// # Errors
///
/// As of [`verify`]; and if the election is an open one, or its log holds no sum.
pub fn verify_sum(
    source: &dyn Source,
    weights: &WeightSeed,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<VerifiedSum, Failed> {
    let mut verifier = Verifier { source, since: None, weights, cosigned: Vec::new(), checks: Vec::new() };
    let election = Arc::new(verifier.manifest()?);
    let (ceremony, keys) = verifier.trustees(&election)?;
    let ceremony = ceremony.ok_or_else(|| failed(TRUSTEES, "an open election has no trustees"))?;
    let credentials = verifier.credentials(&election)?;
    let numbers = verifier.roll(&election, &credentials)?;
    let (checkpoint, note) = verifier.checkpoint(&election)?;
    let mut board = Board::new(election.clone(), &credentials, keys).knowing(numbers);
    // Whoever is about to open the sum need not know what is in it.
    board.solve_elsewhere(0);
    let (board, _) = verifier.entries(&election, board, &checkpoint, progress)?;
    verifier.tree(board.tree(), &checkpoint)?;
    let size = board.size_at_sum();
    let code = size.and_then(|size| Some(closing_code(&election, size, board.tree().root_at(size)?)));
    let code = code.ok_or_else(|| match board.phase() {
        Phase::Cancelled => failed(ENTRIES, no_result(&board)),
        _ => failed(ENTRIES, "the log does not hold the sum of a closed election"),
    })?;
    Ok(VerifiedSum { election, ceremony, board, checkpoint: note, code, checks: verifier.checks })
}

struct Verifier<'a> {
    source: &'a dyn Source,
    since: Option<KnownState>,
    weights: &'a WeightSeed,
    /// Which witnesses have cosigned the checkpoint, and when by their clocks.
    cosigned: Vec<(String, u64)>,
    checks: Vec<Passed>,
}

impl Verifier<'_> {
    fn pass(&mut self, (number, what): (u8, &'static str), counts: &[(&'static str, u64)]) {
        self.checks.push(Passed { number, what, counts: counts.to_vec(), notes: Vec::new() });
    }

    fn file(&self, check: (u8, &'static str), path: &str) -> Result<Vec<u8>, Failed> {
        self.source.file(path).map_err(|error| failed(check, format!("the file \"{path}\" {error}")))
    }

    /// A file with a line for each voter.
    fn list(&self, check: (u8, &'static str), path: &str, voters: u64, line_bytes: u64) -> Result<Vec<u8>, Failed> {
        let max_bytes = voters.saturating_mul(line_bytes).min(FILE_MAX_BYTES);
        self.source.read(path, max_bytes).map_err(|error| failed(check, format!("the file \"{path}\" {error}")))
    }

    fn manifest(&mut self) -> Result<Election, Failed> {
        let bytes = self.file(MANIFEST, MANIFEST_FILE)?;
        let election = Election::parse(&bytes).map_err(|error| failed(MANIFEST, error))?;
        let candidates = election.contests().iter().map(|c| c.candidates.len() as u64).sum();
        self.pass(MANIFEST, &[("contests", election.contests().len() as u64), ("candidates", candidates)]);
        Ok(election)
    }

    fn credentials(&mut self, election: &Election) -> Result<CredentialList, Failed> {
        let summary = election.roll();
        let bytes = self.list(CREDENTIALS, CREDENTIALS_FILE, summary.voters, CREDENTIAL_LINE_MAX_BYTES)?;
        ensure(CREDENTIALS, Hash::of(&bytes) == summary.credentials, "the file is not the one the manifest names")?;
        let list = CredentialList::parse(&bytes).map_err(|error| failed(CREDENTIALS, error))?;
        let (voters, weight) = (list.lines().len() as u64, list.total_weight());
        let agrees = voters == summary.voters && weight == summary.weight;
        ensure(CREDENTIALS, agrees, "its count or weight differs from the manifest's")?;
        self.pass(CREDENTIALS, &[("credentials", voters), ("weight", weight)]);
        Ok(list)
    }

    /// One line for each credential, each credential once. Returns the voter numbers that it shows, folded.
    fn roll(&mut self, election: &Election, credentials: &CredentialList) -> Result<BTreeSet<VoterNumber>, Failed> {
        let bytes = self.list(ROLL, ROLL_FILE, election.roll().voters, ROLL_LINE_MAX_BYTES)?;
        ensure(ROLL, Hash::of(&bytes) == election.roll().published, "the file is not the one the manifest names")?;
        let mut left: BTreeSet<PublicKey> = credentials.lines().iter().map(|(key, _)| *key).collect();
        let (mut lines, mut last, mut folded) = (0, None, BTreeSet::new());
        for (i, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
            let at = |what: &str| failed(ROLL, format!("line {}: {what}", i + 1));
            let line = line.strip_suffix(b"\n").ok_or_else(|| at("does not end"))?;
            let line: RollLine = canonical::parse(line).map_err(|error| at(&error.to_string()))?;
            let shown = match election.draft().roll_shows {
                RollShows::Number => line.number.is_some() && line.name.is_none(),
                RollShows::Name => line.name.is_some() && line.number.is_none(),
                RollShows::Nothing => false,
            };
            if !shown {
                return Err(at("shows something else than the manifest says"));
            }
            if line.number.is_some() && line.number <= last {
                return Err(at("its number does not follow the one before"));
            }
            if line.number.is_some_and(|number| !folded.insert(number.folded())) {
                return Err(at("its number differs from another in capital letters or leading zeros alone"));
            }
            last = line.number;
            if let Some(name) = line.name.as_deref().filter(|name| !name.is_empty()) {
                text::check(name, NAME_MAX_CHARS).map_err(|error| at(&format!("the name {error}")))?;
            }
            if !left.remove(&line.credential) {
                return Err(at("its credential is not on the list, or stands twice in the roll"));
            }
            lines += 1;
        }
        let complete = left.is_empty() || election.draft().roll_shows == RollShows::Nothing;
        ensure(ROLL, complete, "a credential of the list stands in no line")?;
        self.pass(ROLL, &[("voters", lines)]);
        Ok(folded)
    }

    /// What it says, and the note as it was signed.
    fn checkpoint(&mut self, election: &Election) -> Result<(Checkpoint, String), Failed> {
        let bytes = self.file(CHECKPOINT, CHECKPOINT_FILE)?;
        let note = String::from_utf8(bytes).map_err(|_| failed(CHECKPOINT, "it is not UTF-8"))?;
        let plan = election.draft().witnesses.as_ref();
        let opened = Checkpoint::open_witnessed(&note, &origin(election.id()), &election.keys().board, plan);
        let (checkpoint, cosigned) = opened.map_err(|error| failed(CHECKPOINT, error))?;
        ensure(CHECKPOINT, checkpoint.size <= LOG_MAX_ENTRIES, "it claims more entries than any log of ours holds")?;
        let counts = [("entries", checkpoint.size), ("cosignatures", cosigned as u64)];
        self.pass(CHECKPOINT, counts.get(..1 + usize::from(plan.is_some())).unwrap_or_default());
        self.cosigned = plan.map_or(Vec::new(), |plan| checkpoint.cosigned_at(&note, plan));
        Ok((checkpoint, note))
    }

    /// Every entry: form, signature, marks, credential, order, grammar.
    fn entries(
        &mut self,
        election: &Election,
        mut board: Board,
        checkpoint: &Checkpoint,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Board, Vec<String>), Failed> {
        let rows = election.secret().map_or(0, |secret| secret.parameters.layout().rows().len());
        let (mut paths, mut repeats) = (Vec::new(), Repeats::default());
        let (mut ballots, mut controls, mut before, mut again) = (0, 0, 0, 0);
        let known = self.known(election, checkpoint)?;
        for n in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
            let (path, width) = bundle_of(n, checkpoint.size);
            let bytes = self.file(ENTRIES, &path)?;
            let entries = read_bundle(&bytes).filter(|entries| entries.len() as u64 == width);
            let entries = entries.ok_or_else(|| failed(ENTRIES, format!("{path} does not hold {width} entries")))?;
            // Bundles that lie wholly in the part that was verified before.
            let seen = (n + 1) * TILE_WIDTH <= known.size;
            let taken =
                if seen { Taken::again(&entries, election) } else { Taken::checked(&entries, election, self.weights) };
            before += if seen { entries.len() as u64 } else { 0 };
            for entry in taken {
                let index = board.size();
                let at = |error: &dyn core::fmt::Display| failed(ENTRIES, format!("entry {index}: {error}"));
                let entry = entry.map_err(|error| at(&error))?;
                let entry = entry.read();
                let replaced = board.taken_out(entry).map(|last| last.index);
                let replaced = replaced.map(|index| self.ballot_again(index, checkpoint.size, election)).transpose()?;
                board.append_read(entry, replaced.as_ref()).map_err(|error| at(&error))?;
                match entry {
                    ReadEntry::Ballot(ballot) => {
                        repeats.take(index, &ballot.entry, rows);
                        ballots += 1;
                        again += u64::from(seen);
                    }
                    ReadEntry::Control(_) => controls += 1,
                }
                progress(index + 1, checkpoint.size);
            }
            paths.push(path);
        }
        let same = board.tree().root_at(known.size) == Some(known.root);
        ensure(ENTRIES, same, "the log does not begin with the entries that were verified before")?;
        let proofs = if election.secret().is_some() { ballots - again } else { 0 };
        let counts = [
            ("ballot entries", ballots),
            ("proofs", proofs),
            ("control entries", controls),
            ("entries that their signers had not seen", board.unseen().iter().map(|act| act.entries).sum()),
            ("entries verified before", before),
        ];
        self.pass(ENTRIES, counts.get(..4 + usize::from(self.since.is_some())).unwrap_or_default());
        let repeated = self.repeated(repeats, rows, checkpoint.size, election)?;
        if let Some(passed) = self.checks.last_mut() {
            passed.notes = notes::of_entries(&board, &self.cosigned);
            passed.notes.extend(repeated);
        }
        Ok((board, paths))
    }

    /// How far this log was verified before: a state of this election that the log has not gone back behind.
    fn known(&self, election: &Election, checkpoint: &Checkpoint) -> Result<KnownState, Failed> {
        let nothing = KnownState { election: election.id(), size: 0, root: Head::EMPTY.root };
        let known = self.since.unwrap_or(nothing);
        ensure(ENTRIES, known.election == election.id(), "what was verified before is of another election")?;
        ensure(ENTRIES, known.size <= checkpoint.size, "the log is shorter than what was verified before")?;
        Ok(known)
    }

    /// Ballots that share randomness with an earlier one, in words.
    fn repeated(&self, repeats: Repeats, rows: usize, size: u64, election: &Election) -> Result<Vec<String>, Failed> {
        let mut named = Vec::new();
        for suspects in repeats.suspects() {
            let ballot = |index| self.ballot_again(index, size, election);
            let (later, earlier) = (ballot(suspects.later)?, ballot(suspects.earlier)?);
            if share_randomness(later.entry(), earlier.entry(), rows) {
                named.push(suspects.to_string());
            }
        }
        Ok(named)
    }

    /// A secret ballot of a bundle that has passed before: one that a later one replaces, for taking it out of the sum.
    fn ballot_again(&self, index: u64, size: u64, election: &Election) -> Result<BallotAgain, Failed> {
        let at = |error: &dyn core::fmt::Display| failed(ENTRIES, format!("entry {index}, read again: {error}"));
        let n = index / TILE_WIDTH;
        let bytes = self.file(ENTRIES, &bundle_of(n, size).0)?;
        let entries = read_bundle(&bytes).ok_or_else(|| at(&"its bundle has changed"))?;
        let place = usize::try_from(index % TILE_WIDTH).unwrap_or(usize::MAX);
        let entry = entries.get(place).ok_or_else(|| at(&"its bundle has changed"))?;
        BallotAgain::read(entry, election).map_err(|error| at(&error))
    }

    /// The ceremony is complete and is the one from which the manifest's keys follow; the verification keys do too.
    fn trustees(&mut self, election: &Election) -> Result<(Option<Ceremony>, VerificationKeys), Failed> {
        let Some(plan) = election.draft().trustees else { return Ok((None, VerificationKeys::default())) };
        let file = self.file(TRUSTEES, CEREMONY_FILE)?;
        let ceremony = Ceremony::of(election, &file).map_err(|error| failed(TRUSTEES, error))?;
        let keys = ceremony.verification_keys().map_err(|error| failed(TRUSTEES, error))?;
        self.pass(TRUSTEES, &[("trustees", plan.count.into()), ("threshold", plan.threshold.into())]);
        Ok((Some(ceremony), keys))
    }

    /// What `result.json` says is behind the sum of a secret election: a help, and believed in nothing. With large weights the
    /// numbers are else looked for, for minutes.
    fn guesses(&self, election: &Election) -> Vec<u64> {
        let file = election.secret().and_then(|_| self.source.file(RESULT_FILE).ok()).unwrap_or_default();
        let result: serde_json::Value = serde_json::from_slice(&file).unwrap_or_default();
        let mut numbers = BTreeSet::new();
        let mut left = vec![result.get("contests").unwrap_or(&serde_json::Value::Null)];
        while let Some(value) = left.pop().filter(|_| numbers.len() < GUESSES_MAX) {
            numbers.extend(value.as_u64());
            left.extend(value.as_array().into_iter().flatten());
            left.extend(value.as_object().into_iter().flat_map(|members| members.values()));
        }
        numbers.into_iter().collect()
    }

    /// The root is the checkpoint's; the hash tiles are those of the tree. Returns the paths that must exist.
    fn tree(&mut self, tree: &LogTree, checkpoint: &Checkpoint) -> Result<BTreeSet<String>, Failed> {
        ensure(TREE, tree.root() == checkpoint.root, "the entries do not hash to the checkpoint's root")?;
        let mut paths = BTreeSet::new();
        for (path, bytes) in tree.tiles() {
            ensure(TREE, self.file(TREE, &path)? == bytes, format!("{path} is not a tile of this tree"))?;
            paths.insert(path);
        }
        self.pass(TREE, &[("leaves", tree.size()), ("hash tiles", paths.len() as u64)]);
        Ok(paths)
    }

    fn result(&mut self, board: &Board) -> Result<ElectionResult, Failed> {
        let result = board.result().ok_or_else(|| failed(COUNT, "the sum was not opened"))?;
        let same = self.file(COUNT, RESULT_FILE)? == result.to_bytes();
        ensure(COUNT, same, "result.json is not the result that follows from the ballots")?;
        self.pass(COUNT, &[("counting ballots", result.ballots), ("weight", result.weight)]);
        Ok(result)
    }

    /// Nothing is missing, nothing was added, and the file that explains the record is ours.
    fn files(&mut self, election: &Election, mut expected: BTreeSet<String>) -> Result<(), Failed> {
        let fixed = [MANIFEST_FILE, CREDENTIALS_FILE, ROLL_FILE, CHECKPOINT_FILE, RESULT_FILE, README_FILE];
        expected.extend(fixed.map(str::to_owned));
        expected.extend(election.ceremony().map(|_| CEREMONY_FILE.to_owned()));
        if let Some(extra) = self.source.paths().iter().find(|path| !expected.contains(*path)) {
            return Err(failed(FILES, format!("\"{}\" does not belong to the record", extra.escape_debug())));
        }
        let readme = self.file(FILES, README_FILE)? == readme(election).as_bytes();
        ensure(FILES, readme, "README.txt is not the text that belongs there")?;
        self.pass(FILES, &[("files", expected.len() as u64)]);
        Ok(())
    }
}

fn failed((number, what): (u8, &'static str), culprit: impl ToString) -> Failed {
    Failed { number, what, culprit: culprit.to_string() }
}

fn ensure(check: (u8, &'static str), holds: bool, culprit: impl ToString) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(failed(check, culprit)) }
}

/// An entry on its way to the board: checked now, or read again because this log was verified before.
enum Taken {
    Checked(CheckedEntry),
    Again(EntryAgain),
}

impl Taken {
    fn checked(entries: &[&[u8]], election: &Election, weights: &WeightSeed) -> Vec<Result<Self, EntryError>> {
        check_all(entries, election, weights).into_iter().map(|entry| entry.map(Self::Checked)).collect()
    }

    fn again(entries: &[&[u8]], election: &Election) -> Vec<Result<Self, EntryError>> {
        reread_all(entries, election).into_iter().map(|entry| entry.map(Self::Again)).collect()
    }

    fn read(&self) -> ReadEntry<'_> {
        match self {
            Self::Checked(entry) => entry.read(),
            Self::Again(entry) => entry.inner(),
        }
    }
}
