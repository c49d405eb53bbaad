//! The task that appends: batches of admitted entries to the store, what is due to the log, the newest state to
//! [`Published`].

use std::{
    collections::{HashSet, VecDeque},
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use veche_election::{
    Act, AddedVoter, BallotAgain, Board, Checkpoint, Election, Hash, Phase, PublicKey, Refusal, Signatory, SigningKey,
    Subtrees,
    added::{AddedError, SentAct},
    board::{ControlRefusal, Place, Solved},
    checkpoint::Witness,
    entry::{CheckedBallot, CheckedControl, CheckedEntry, ControlEntry, ControlLink},
    log::origin,
};

use super::{
    ControlError, Decision, Lookup, MoreToCome, Published, QUEUE_MAX, Request, Standing,
    loading::{read_again, replaced},
    schedule::{Planned, Schedule},
};
use crate::{
    added::AddedFile,
    cosignatures::merge,
    home::{self, HomeError},
    metrics::Metrics,
    sparing::Sparing,
    store::{Head, Store, StoreError},
};

/// Requests taken into one transaction.
const BATCH_MAX: usize = 512;
/// Of looking for the numbers behind an opened sum, in additions of points: about a tenth of a second. What takes more is done beside
/// everything else, for a trustee waits for an answer.
pub(super) const SOLVED_AT_ONCE_MAX: u64 = 1 << 16;
/// How long a batch waits when more is on its way.
const GATHER: Duration = Duration::from_millis(8);

const _: () = assert!(BATCH_MAX <= QUEUE_MAX, "what waits fills a batch");

/// The task itself.
pub(super) struct Committer<S> {
    pub(super) store: Arc<S>,
    pub(super) election: Arc<Election>,
    pub(super) board_key: SigningKey,
    pub(super) board: Board,
    pub(super) published: Arc<RwLock<Published>>,
    pub(super) checkpoint_file: PathBuf,
    pub(super) added_file: AddedFile,
    pub(super) schedule: Schedule,
    /// Where the board has refused an entry of the schedule's: it is offered again behind another control entry.
    pub(super) refused: Option<ControlLink>,
    /// The hash of the booth that is served, until the log is seen to name it.
    pub(super) booth: Option<Hash>,
    pub(super) metrics: Arc<Metrics>,
    /// A batch whose commit returned an error: durable or not, only the store's head can tell.
    pub(super) unsettled: Option<Batch>,
    /// A checkpoint that is not yet in the file: neither it nor a receipt may go out before it is.
    pub(super) unwritten: Option<String>,
    /// A ballot that was to be taken out of the sum, and could not be read again.
    pub(super) unread: Option<u64>,
    pub(super) numbers: Numbers,
    pub(super) more_to_come: MoreToCome,
    pub(super) failures: Failures,
}

/// Voters try again and again while a disk fails, and the schedule every second.
#[derive(Default)]
pub(super) struct Failures {
    batches: Sparing,
    checkpoints: Sparing,
    cosignatures: Sparing,
    writers: Sparing,
    rereads: Sparing,
    added: Sparing,
}

/// Those behind an opened sum, where they take long.
#[derive(Default)]
pub(super) enum Numbers {
    #[default]
    NotAsked,
    LookedFor(oneshot::Receiver<Solved>),
    /// They are not there, which of a sum of proven ballots cannot be; or nobody can look.
    Nowhere,
}

impl Numbers {
    /// Waits for as long as nobody looks for any.
    async fn found(&mut self) -> Option<Solved> {
        match self {
            Self::LookedFor(solving) => solving.await.ok(),
            Self::NotAsked | Self::Nowhere => std::future::pending().await,
        }
    }
}

/// Admitted entries on their way to the disk.
pub(super) struct Batch {
    entries: Vec<Admitted>,
    expected: Head,
    head: Head,
}

/// An entry that may be appended, with the secret ballot that it takes out of the sum, and with whom it adds to the roll.
struct Admitted {
    entry: CheckedEntry,
    replaced: Option<BallotAgain>,
    voter: Option<AddedVoter>,
}

type BallotAnswer = (oneshot::Sender<Decision>, u64);

impl<S: Store> Committer<S> {
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let mut waiting = VecDeque::new();
        let mut schedule = tokio::time::interval(self.schedule.look_period());
        schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.look_for_numbers();
            self.append_due().await;
            if waiting.is_empty() {
                let mut taken = Vec::new();
                tokio::select! {
                    // Work first, in an order that a simulation can repeat.
                    biased;
                    got = inbox.recv_many(&mut taken, BATCH_MAX) => if got == 0 { return },
                    found = self.numbers.found() => {
                        self.put_found(found);
                        continue;
                    }
                    _ = schedule.tick() => {
                        self.look_after_storage().await;
                        continue;
                    }
                }
                self.gather(&mut inbox, &mut taken).await;
                waiting.extend(taken);
                self.append_due().await;
            }
            self.step(&mut waiting).await;
        }
    }

    /// Where an opened sum waits for its numbers, and these take long, a thread of their own looks for them. It dies with the
    /// process: after a start they are looked for anew.
    fn look_for_numbers(&mut self) {
        match &mut self.numbers {
            Numbers::NotAsked => {}
            Numbers::LookedFor(solving) => match solving.try_recv() {
                Err(oneshot::error::TryRecvError::Empty) => return,
                found => return self.put_found(found.ok()),
            },
            Numbers::Nowhere => return,
        }
        let Some(work) = self.board.to_solve() else { return };
        let (found, solving) = oneshot::channel();
        let thread = std::thread::Builder::new().name("veche-numbers".into());
        match thread.spawn(move || drop(found.send(work.solve()))) {
            Ok(_) => {
                tracing::info!("enough trustees have opened the sum; the numbers behind it are looked for");
                self.numbers = Numbers::LookedFor(solving);
            }
            Err(error) => {
                tracing::error!(%error, "the numbers behind the sum cannot be looked for; restart the server");
                self.numbers = Numbers::Nowhere;
            }
        }
    }

    fn put_found(&mut self, found: Option<Solved>) {
        found.iter().for_each(|solved| self.board.put_solved(solved));
        self.numbers = Numbers::NotAsked;
        if self.board.to_solve().is_some() {
            tracing::error!("the numbers behind the sum were not found, so there is no result");
            self.numbers = Numbers::Nowhere;
        }
    }

    /// While the processor is busy with the messages of other voters, their ballots are near, and one transaction for
    /// all of them leaves it more time for these messages than one for each.
    async fn gather(&self, inbox: &mut mpsc::Receiver<Request>, taken: &mut Vec<Request>) {
        if self.more_to_come.get().is_none_or(|more_to_come| !more_to_come()) {
            return;
        }
        tokio::time::sleep(GATHER).await;
        while taken.len() < BATCH_MAX
            && let Ok(request) = inbox.try_recv()
        {
            taken.push(request);
        }
    }

    /// Takes one batch from the queue: ballots of different voters, or a single control entry.
    async fn step(&mut self, waiting: &mut VecDeque<Request>) {
        let mut ballots: Vec<Admitted> = Vec::new();
        let mut answers: Vec<BallotAnswer> = Vec::new();
        let mut voters = HashSet::new();
        while let Some(request) = waiting.pop_front() {
            match request {
                Request::Ballot { ballot, answer } if !voters.contains(&ballot.entry().credential) => {
                    if let Some(decision) = self.decide(&ballot) {
                        let _ = answer.send(decision);
                        continue;
                    }
                    let entry = CheckedEntry::Ballot(*ballot);
                    let Ok(replaced) = self.read_replaced(&entry).await else {
                        let _ = answer.send(Decision::Busy);
                        continue;
                    };
                    if let CheckedEntry::Ballot(ballot) = &entry {
                        voters.insert(ballot.entry().credential);
                    }
                    answers.push((answer, self.board.size() + ballots.len() as u64));
                    ballots.push(Admitted { entry, replaced, voter: None });
                }
                Request::LookUp { credential, answer } => drop(answer.send(self.look_up(&credential))),
                Request::Cosigned { checkpoint, lines } => self.publish_cosignatures(&checkpoint, &lines),
                Request::Witnessed { time } => self.schedule.cosigned(time),
                Request::Booth { hash, answer } if ballots.is_empty() => {
                    self.booth = Some(hash);
                    self.append_due().await;
                    let _ = answer.send(());
                    return;
                }
                Request::Control { sent, answer } if ballots.is_empty() => {
                    let _ = answer.send(self.control(*sent).await);
                    return;
                }
                later => {
                    waiting.push_front(later);
                    break;
                }
            }
        }
        if ballots.is_empty() {
            return;
        }
        let committed = self.commit(ballots).await.is_ok();
        for (answer, index) in answers {
            let _ = answer.send(if committed { Decision::Recorded { index, current: true } } else { Decision::Busy });
        }
    }

    /// What can be said of a ballot without appending it; `None` if it is to be appended.
    fn decide(&self, ballot: &CheckedBallot) -> Option<Decision> {
        if !self.is_settled() {
            return Some(Decision::Busy);
        }
        if let Some(index) = self.board.known(&ballot.leaf()) {
            let current = self.board.counts(ballot);
            return Some(Decision::Recorded { index, current });
        }
        let refusal = self.board.admit(ballot).err();
        // The closing entry is still to come, or the organiser may yet extend: a ballot in its right order is not taken.
        if matches!(refusal, None | Some(Refusal::Stale { .. } | Refusal::AlreadyVoted { .. }))
            && !self.schedule.takes_ballots(self.board.closes())
        {
            return Some(Decision::Refused(Refusal::Closed));
        }
        refusal.map(Decision::Refused)
    }

    /// The checkpoint is of the very state that is told: a later one would prove what is told to be false.
    fn look_up(&self, credential: &PublicKey) -> Lookup {
        if !self.is_settled() {
            return Lookup::Busy;
        }
        let Some(Place { weight, last, struck }) = self.board.in_force(credential) else { return Lookup::NotInForce };
        if struck {
            return Lookup::Struck(last);
        }
        let note = self.read_published().note.clone();
        Lookup::Standing(Standing {
            phase: self.board.phase(),
            closes: self.board.closes(),
            weight: weight.get(),
            last,
            checkpoint: (!note.is_empty()).then_some(note),
        })
    }

    async fn control(&mut self, SentAct { control, voter }: SentAct) -> Result<u64, ControlError> {
        self.board.admit_control(&control)?;
        if voter.is_none() && matches!(control.entry().act, Act::Add { .. }) {
            return Err(AddedError::Missing.into());
        }
        // Where the log does not show it, only the host knows whose number it would be a second time.
        if voter.as_ref().is_some_and(|named| self.board.number_is_taken(named.voter.number)) {
            return Err(ControlRefusal::KnownNumber.into());
        }
        if control.entry().by == Signatory::Organiser {
            let (planned, closes) = (Planned::of(&self.board, &self.election), self.board.closes());
            self.schedule.admit(&control.entry().act, control.entry().at, planned, closes)?;
        }
        if let Some(named) = &voter
            && let Err(error) = self.added_file.keep(named)
        {
            if let Some(unsaid) = self.failures.added.speak() {
                tracing::error!(%error, unsaid, "who is added could not be written down");
            }
            self.note_health(&Err(error.into()));
            return Err(ControlError::Busy);
        }
        let index = self.board.size();
        self.commit_control(control, voter.map(|named| named.voter)).await.map_err(|_| ControlError::Busy)?;
        self.append_due().await;
        Ok(index)
    }

    async fn commit_control(&mut self, control: CheckedControl, voter: Option<AddedVoter>) -> Result<(), StoreError> {
        let entry = CheckedEntry::Control(control);
        let replaced = self.read_replaced(&entry).await?;
        self.commit(vec![Admitted { entry, replaced, voter }]).await
    }

    /// The secret ballot that an entry takes out of the sum. Who brings the entry hears "busy" as long as it cannot be read,
    /// however well others are recorded; so it is remembered until it can.
    async fn read_replaced(&mut self, entry: &CheckedEntry) -> Result<Option<BallotAgain>, StoreError> {
        let read = replaced(&*self.store, &self.election, &self.board, entry).await;
        if let Err(error) = &read {
            if let Some(unsaid) = self.failures.rereads.speak() {
                tracing::error!(%error, unsaid, "a ballot could not be read again");
            }
            self.unread = self.board.takes_out(entry);
            self.note_health(&Ok(()));
        }
        read
    }

    /// What the board itself has to append now: opening and closing when their times have come, the encrypted sum after
    /// the closing of a secret election, the result when it can be known.
    fn due(&mut self) -> Option<Act> {
        let planned = Planned::of(&self.board, &self.election);
        let is_due = self.schedule.is_due(planned);
        self.show_standing();
        let result = || self.board.result().map(|result| Act::Result { hash: result.hash() });
        match self.board.phase() {
            _ if is_due => planned.map(Planned::act),
            Phase::Closed => match self.board.tally().sum_bytes() {
                Some(cells) => {
                    let (ballots, weight) = (self.board.tally().ballots, self.board.tally().weight);
                    Some(Act::Sum { ballots, weight, cells })
                }
                None => result(),
            },
            Phase::Summed => result(),
            _ => None,
        }
    }

    /// Appends what the board itself has to say now.
    async fn append_due(&mut self) {
        self.keep_schedule().await;
        self.name_booth().await;
    }

    /// Appends the hash of the booth that is served, unless the log names it.
    async fn name_booth(&mut self) {
        let unnamed = self.booth.filter(|hash| self.is_settled() && self.board.is_booth_unnamed(hash));
        let Some(hash) = unnamed else { return };
        let (link, act) = (self.board.booth_link(), Act::Booth { hash });
        let at = self.schedule.wall();
        let bytes = ControlEntry::sign(self.election.id(), link, at, Signatory::Board, act, &self.board_key);
        let checked = CheckedControl::check(&bytes, &self.election).map_err(|error| error.to_string());
        let admitted = checked.and_then(|control| match self.board.admit_control(&control) {
            Ok(()) => Ok(control),
            Err(error) => Err(error.to_string()),
        });
        match admitted {
            // Where the storage fails it is tried again.
            Ok(control) => drop(self.commit_control(control, None).await),
            Err(error) => {
                self.booth = None;
                tracing::error!(%error, "the log does not name the booth that is served: whoever watches will say so");
            }
        }
    }

    /// Appends what is due by time, and what follows from the closing.
    async fn keep_schedule(&mut self) {
        loop {
            if !self.is_settled() {
                let settled = self.settle().await.is_ok();
                self.write_published().settled = settled;
                if !settled {
                    return;
                }
            }
            let link = self.board.link();
            if self.refused == Some(link) {
                return;
            }
            let Some(act) = self.due() else { return };
            let name = act.name();
            let bytes = ControlEntry::sign(
                self.election.id(),
                link,
                self.schedule.wall(),
                Signatory::Board,
                act,
                &self.board_key,
            );
            let Ok(control) = CheckedControl::check(&bytes, &self.election) else {
                tracing::error!("the board's key is not the manifest's: nothing can be appended on schedule");
                self.refused = Some(link);
                return;
            };
            // What is appended unasked passes what everybody's passes: else no start, and no verifier, would take the log.
            if let Err(error) = self.board.admit_control(&control) {
                tracing::error!(act = name, %error, "the log does not take what the schedule would append");
                self.refused = Some(link);
                return;
            }
            tracing::info!(act = name, "the schedule appends");
            if self.commit_control(control, None).await.is_err() {
                return;
            }
        }
    }

    fn show_standing(&self) {
        let standing = self.schedule.standing();
        let shown = self.read_published().schedule;
        if shown != standing {
            self.write_published().schedule = standing;
        }
    }

    /// Makes admitted entries durable, then applies and publishes them. Whether ballots can be recorded is told by how
    /// the last attempt went.
    async fn commit(&mut self, entries: Vec<Admitted>) -> Result<(), StoreError> {
        let committed = self.try_commit(entries).await;
        self.note_health(&committed);
        committed
    }

    fn note_health(&self, attempt: &Result<(), StoreError>) {
        let unread = self.unread.map(|_| "a ballot could not be read again");
        self.write_published().ailment = attempt.as_ref().err().map(StoreError::in_short).or(unread);
    }

    /// While the last attempt has failed, another is made that records nothing: nobody votes where it is said that no
    /// ballot can be recorded, so nothing else would tell when one can again.
    async fn look_after_storage(&mut self) {
        if !self.is_settled() {
            return;
        }
        let ails = self.read_published().ailment.is_some();
        if let Some(index) = self.unread
            && read_again(&*self.store, &self.election, index).await.is_ok()
        {
            self.unread = None;
        }
        let attempt = if ails { self.rehearse_commit().await } else { self.store.present() };
        match &attempt {
            Err(error) if !ails => tracing::error!(%error, "nothing can be recorded"),
            Ok(()) if ails && self.unread.is_none() => tracing::info!("ballots can be recorded again"),
            _ => {}
        }
        if ails || attempt.is_err() {
            self.note_health(&attempt);
        }
    }

    /// Writes what a commit writes, database and checkpoint file, and changes neither.
    async fn rehearse_commit(&self) -> Result<(), StoreError> {
        let (head, note) = {
            let published = self.read_published();
            (published.tree.head(), published.checkpoint.clone())
        };
        self.store.append(head, Vec::new(), head).await?;
        if head.size > 0 {
            self.write_file(&note)?;
        }
        Ok(())
    }

    async fn try_commit(&mut self, entries: Vec<Admitted>) -> Result<(), StoreError> {
        if !self.is_settled() {
            self.settle().await?;
            return Err(StoreError::Failed("an earlier batch was settled; try again".into()));
        }
        let started = Instant::now();
        let batch = self.stage(entries);
        let bytes = batch.entries.iter().map(|admitted| admitted.entry.bytes().to_vec()).collect();
        let stored = self.store.append(batch.expected, bytes, batch.head).await;
        match stored {
            Ok(()) => {
                let done = self.publish(batch);
                self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
                done
            }
            Err(error) => {
                if let Some(unsaid) = self.failures.batches.speak() {
                    tracing::error!(%error, unsaid, "a batch was not confirmed by the storage");
                }
                self.metrics.commit_failures.inc();
                self.unsettled = Some(batch);
                self.write_published().settled = false;
                self.settle().await?;
                self.write_published().settled = true;
                Err(error)
            }
        }
    }

    /// What the log will come to with these entries. Nothing that is published changes: they may never become durable.
    fn stage(&self, entries: Vec<Admitted>) -> Batch {
        let published = self.read_published();
        let expected = published.tree.head();
        let head = published.tree.head_with(entries.iter().map(|admitted| admitted.entry.leaf()));
        Batch { entries, expected, head }
    }

    /// The batch is durable: apply it, sign, write the checkpoint beside the database, show it.
    fn publish(&mut self, batch: Batch) -> Result<(), StoreError> {
        for Admitted { entry, replaced, .. } in &batch.entries {
            let appended = self.board.append_replacing(entry, replaced.as_ref());
            appended.expect("admitted against this very state, one ballot a voter");
        }
        let mut published = self.write_published();
        let before = published.tree.head();
        let mut numbers = Vec::new();
        for (index, admitted) in (batch.expected.size..).zip(&batch.entries) {
            published.tree.append(admitted.entry.leaf());
            published.note(&admitted.entry, index, &self.board);
            if let (Some(voter), Some(place)) = (&admitted.voter, self.board.added().last()) {
                published.introduce_one(voter.number, place.credential);
                numbers.push(voter.number);
            }
        }
        assert_may_sign(before, published.tree.head(), self.board.head(), &batch);
        let Head { size, root } = batch.head;
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size, root }.sign(&self.board_key);
        published.batches.push(size);
        published.advance(&self.board, size, checkpoint.clone());
        drop(published);
        numbers.into_iter().for_each(|number| self.board.note_number(number));
        self.metrics.log_size.set(size.cast_signed());
        self.metrics.ballots_counting.set(self.board.tally().ballots.cast_signed());
        self.unwritten = Some(checkpoint);
        self.write_checkpoint()
    }

    fn write_file(&self, note: &str) -> Result<(), HomeError> {
        home::write_from_task(&self.checkpoint_file, note.as_bytes(), 0o644)
    }

    /// Without the file no receipt may go out; the entries stand, and asking again finds them.
    fn write_checkpoint(&mut self) -> Result<(), StoreError> {
        let Some(note) = self.unwritten.take() else { return Ok(()) };
        self.write_file(&note).map_err(|error| {
            if let Some(unsaid) = self.failures.checkpoints.speak() {
                tracing::error!(%error, unsaid, "the checkpoint file could not be written");
            }
            self.unwritten = Some(note.clone());
            StoreError::from(error)
        })?;
        let mut published = self.write_published();
        published.checkpoint = note;
        published.signed_at = Instant::now();
        Ok(())
    }

    /// Cosignatures of the present checkpoint go into its file too: the record takes them from there.
    fn publish_cosignatures(&self, checkpoint: &Checkpoint, lines: &[(Witness, String)]) {
        let note = checkpoint.sign(&self.board_key);
        let published = self.read_published();
        let present = checkpoint.size == published.size;
        if published.tree.root_at(checkpoint.size) != Some(checkpoint.root) || (present && !self.is_settled()) {
            return;
        }
        let before = if present { published.checkpoint.clone() } else { String::new() };
        drop(published);
        let (note, witnessed) = merge(&self.election, &note, &before, lines);
        if witnessed {
            self.write_published().witnessed.clone_from(&note);
        }
        // Nobody else writes, and nobody waits for the disk here.
        if present && before != note {
            match self.write_file(&note) {
                Ok(()) => self.write_published().checkpoint = note,
                Err(error) => {
                    if let Some(unsaid) = self.failures.cosignatures.speak() {
                        tracing::error!(%error, unsaid, "cosignatures could not be written to the checkpoint file");
                    }
                }
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.unsettled.is_none() && self.unwritten.is_none()
    }

    /// After a commit of unknown outcome: what does the store's head say?
    async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(batch) = self.unsettled.take() else { return self.write_checkpoint() };
        let head = match self.store.head().await {
            Ok(head) => head,
            Err(error) => {
                self.unsettled = Some(batch);
                return Err(error);
            }
        };
        if head == batch.head {
            return self.publish(batch);
        }
        if head == batch.expected {
            return Ok(());
        }
        // Another writer moved on although we hold the lock: stop taking entries rather than fork.
        if let Some(unsaid) = self.failures.writers.speak() {
            tracing::error!(size = head.size, unsaid, "the log was changed by another writer; restart the server");
        }
        self.unsettled = Some(batch);
        Err(StoreError::Conflict { size: head.size })
    }

    fn read_published(&self) -> RwLockReadGuard<'_, Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_published(&self) -> RwLockWriteGuard<'_, Published> {
        self.published.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A signature cannot be taken back: an error of ours stops the sequencer before it speaks. The log that was made durable
/// is the one that was staged, a longer one, and the one that the board holds, each counted for itself.
fn assert_may_sign(before: Head, after: Head, board: Head, batch: &Batch) {
    assert_eq!(before, batch.expected, "the published log has changed since the batch was staged");
    assert!(batch.head.size > before.size, "the log does not grow");
    assert_eq!(after, batch.head, "the published log is not the one that was made durable");
    assert_eq!(board, batch.head, "the board does not hold the log that was made durable");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn nothing_is_signed_but_the_one_log_that_has_grown() {
        let head = |size, byte| Head { size, root: Hash([byte; 32]) };
        let may_sign = |before, after, board, (expected, staged)| {
            let batch = Batch { entries: Vec::new(), expected, head: staged };
            catch_unwind(|| assert_may_sign(before, after, board, &batch)).is_ok()
        };
        let (old, new) = (head(3, 1), head(5, 2));
        assert!(may_sign(old, new, new, (old, new)));
        assert!(!may_sign(head(4, 1), new, new, (old, new)), "the published log has grown meanwhile");
        assert!(!may_sign(head(3, 9), new, new, (old, new)), "it was another when the batch was staged");
        assert!(!may_sign(old, head(4, 2), new, (old, new)), "the published log is shorter than the durable one");
        assert!(!may_sign(old, head(5, 9), new, (old, new)), "it has another root");
        assert!(!may_sign(old, new, head(4, 2), (old, new)), "the board has taken fewer entries");
        assert!(!may_sign(old, new, head(5, 9), (old, new)), "the board has taken others");
        assert!(!may_sign(old, old, old, (old, old)), "nothing was added");
        assert!(!may_sign(new, old, old, (new, old)), "the log has become shorter");
    }
}
