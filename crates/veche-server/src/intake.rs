//! Intake: one task for each voter at the door. It carries frames between the socket and the session's state
//! machine and carries out what the machine asks for; it decides nothing itself, and keeps accounts for the door.

use std::{
    collections::{HashMap, VecDeque},
    io::ErrorKind,
    net::IpAddr,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::rand;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message, error::ProtocolError, protocol::CloseFrame},
};
use veche_election::{CheckedBallot, Election, PublicKey, VoterNumber, WeightSeed, entry::EntryBytes};
use veche_session::{
    Code, ServerSession,
    envelope::{self, Signer},
    message::Folder,
    sealed::{EnvelopeError, OkKey, Opened},
    server::{Effect, Input, Note, Outcome, Violation},
};
use zeroize::Zeroizing;

use crate::{
    answers::Pieces,
    exchange::{Exchange, ExchangeFolder},
    frames::{Frames, Unfinished},
    home::ServerKeys,
    limits::{GUESS_PATIENCE, Gate, Pass, Turned},
    metrics::{AWAITS_BALLOT, AWAITS_OK, InLane, MADE_ROOM, Metrics, Stage},
    sequencer::Sequencer,
    sparing::Sparing,
    standing::Lane,
    store::SqliteStore,
    workers::{Busy, Workers},
};

/// Pings, pongs and binary frames within one session before we hang up.
const STRAY_FRAMES_MAX: u32 = 64;
/// How long the peer may take to accept a frame of ours.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// A voter's WebSocket.
pub type Socket = WebSocketStream<Frames<TokioIo<Upgraded>>>;

/// What all sessions share.
pub struct Shared {
    pub election: Arc<Election>,
    /// The roll as of setup; who was added and which cards were replaced since is the sequencer's knowledge.
    pub roll: HashMap<VoterNumber, PublicKey>,
    pub keys: Arc<ServerKeys>,
    pub weights: WeightSeed,
    pub sequencer: Sequencer<SqliteStore>,
    pub workers: Workers,
    pub gate: Arc<Gate>,
    pub exchange: Exchange,
    pub metrics: Arc<Metrics>,
    pub pieces: Pieces,
    pub unfinished: Unfinished,
    /// Sessions that strangers may begin and end as they like.
    pub(crate) strangers: Sparing,
}

impl Shared {
    /// What an operator watches, as it is now.
    pub(crate) fn figures(&self) -> String {
        for (lane, depth) in ["first", "second", "third", "last"].into_iter().zip(self.workers.depths()) {
            let depth = i64::try_from(depth).unwrap_or(i64::MAX);
            self.metrics.queue_depth.get_or_create(&InLane { lane }).set(depth);
        }
        self.metrics.door_queue.set(i64::try_from(self.gate.at_the_door_now()).unwrap_or(i64::MAX));
        let (queued, age) = self.sequencer.waiting();
        self.metrics.sequencer_queue.set(i64::try_from(queued).unwrap_or(i64::MAX));
        self.metrics.checkpoint_age_seconds.set(age.as_secs().cast_signed());
        self.metrics.render()
    }

    fn check(&self, entry: &EntryBytes) -> Input<'static> {
        let ballot = CheckedBallot::check(entry, &self.election, &self.weights).map(Box::new);
        Input::Checked { ballot, phase: self.sequencer.published().phase }
    }

    /// What follows from a message that was opened, with the entry's checks where they need not wait.
    fn take_in(
        &self,
        session: &mut ServerSession,
        opened: Result<Opened, EnvelopeError>,
        check_at_once: bool,
    ) -> Result<Vec<Effect>, Violation> {
        let mut effects = session.handle(Input::Opened(opened))?;
        let checks = |last: &mut Effect| check_at_once && matches!(last, Effect::Check(_));
        if let Some(Effect::Check(entry)) = effects.pop_if(checks) {
            effects.extend(session.handle(self.check(&entry))?);
        }
        Ok(effects)
    }

    async fn kept(&self, kept: Kept, address: IpAddr) -> Result<Option<ExchangeFolder>, Busy> {
        match kept {
            Kept::Done(folder) => Ok(folder),
            Kept::Later(keep) => self.workers.run(Lane::First, address, keep).await,
        }
    }
}

/// How a session ended before its time.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the peer hung up")]
    Gone,
    #[error("the session's time is over")]
    TimedOut,
    #[error("the session made room for another")]
    Evicted,
    #[error("turned away: {}", .0.name())]
    Turned(Turned),
    #[error("the peer broke the protocol: {0}")]
    Violation(#[from] Violation),
    #[error("too many frames that say nothing")]
    StrayFrames,
    #[error("the peer's frames are not those of a WebSocket: {0}")]
    Frames(tungstenite::Error),
    #[error("{0}")]
    Busy(#[from] Busy),
    #[error("the server failed: {0}")]
    Failed(String),
}

impl End {
    /// RFC 6455 section 7.4.1.
    fn close_code(&self) -> u16 {
        match self {
            Self::Gone => 1000,
            Self::TimedOut | Self::Evicted => 1001,
            Self::Violation(_) | Self::StrayFrames | Self::Frames(_) => 1002,
            Self::Failed(_) => 1011,
            Self::Busy(_) | Self::Turned(_) => 1013,
        }
    }
}

fn new_session(shared: &Shared) -> Result<ServerSession, aws_lc_rs::error::Unspecified> {
    let mut name = [0; 16];
    rand::fill(&mut name)?;
    Ok(ServerSession::new(shared.election.clone(), Folder::from_random(name)))
}

/// Runs one session from the first frame to the last.
pub async fn run(socket: Socket, shared: Arc<Shared>, pass: Pass, address: IpAddr) {
    shared.metrics.sessions_opened.inc();
    let id = pass.id();
    let session = match new_session(&shared) {
        Ok(session) => session,
        Err(error) => {
            static FAILURES: Sparing = Sparing::new();
            if let Some(unsaid) = FAILURES.speak() {
                tracing::error!(%error, unsaid, "no randomness for a folder's name");
            }
            return;
        }
    };
    let mut intake = Intake::new(socket, shared, pass, address);
    let code = match intake.serve(session).await {
        Ok(outcome) => {
            if intake.accounts.proven {
                tracing::info!(session = id, ?outcome, "session ended");
            } else if let Some(unsaid) = intake.shared.strangers.speak() {
                tracing::info!(session = id, ?outcome, unsaid, "a session without a credential ended");
            }
            1000
        }
        Err(end) => {
            if intake.accounts.proven {
                tracing::info!(session = id, reason = %end, "session broken off");
            } else if let Some(unsaid) = intake.shared.strangers.speak() {
                tracing::info!(session = id, reason = %end, unsaid, "a session without a credential was broken off");
            }
            if matches!(end, End::Evicted) {
                intake.shared.metrics.refuse_session(MADE_ROOM);
            }
            end.close_code()
        }
    };
    intake.close(code).await;
}

/// What a session counts for at the door, and among the figures.
struct Accounts {
    pass: Pass,
    metrics: Arc<Metrics>,
    stage: Stage,
    /// Has the voter's credential been shown? Before that nothing of a peer's goes to the disk.
    proven: bool,
}

impl Accounts {
    fn new(pass: Pass, metrics: Arc<Metrics>) -> Self {
        let stage = metrics.session();
        Self { pass, metrics, stage, proven: false }
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Proven => {
                self.proven = true;
                self.pass.prove();
            }
            // The session ends with the answer: it keeps no place, and nothing of it goes to the disk.
            Note::Greeted => self.pass.greet(),
            Note::Unproven => {
                self.metrics.refuse_ballot(Code::NotAuthorised.name());
                self.pass.failed();
            }
            Note::Recorded => {
                self.metrics.ballots_recorded.inc();
                self.pass.recorded();
                self.stage.awaits(AWAITS_OK);
            }
            Note::Refused(code) => {
                self.metrics.refuse_ballot(code.name());
                if code.blames_the_entry() {
                    self.pass.invalid();
                }
            }
        }
    }
}

struct Intake {
    socket: Socket,
    shared: Arc<Shared>,
    accounts: Accounts,
    address: IpAddr,
    /// Away with a worker while a message is being opened or sealed.
    folder: Option<ExchangeFolder>,
    frames: [u32; 2],
    stray_frames: u32,
}

impl Intake {
    fn new(socket: Socket, shared: Arc<Shared>, pass: Pass, address: IpAddr) -> Self {
        let accounts = Accounts::new(pass, shared.metrics.clone());
        Self { socket, shared, accounts, address, folder: None, frames: [0; 2], stray_frames: 0 }
    }

    async fn serve(&mut self, mut session: ServerSession) -> Result<Outcome, End> {
        let timeout = Duration::from_secs(self.shared.election.draft().session_timeout_s);
        let first_frame = Duration::from_secs(self.shared.gate.limits().first_frame_timeout_s);
        let deadline = tokio::time::sleep(timeout.min(first_frame));
        tokio::pin!(deadline);
        let began = tokio::time::Instant::now();
        loop {
            let frame = tokio::select! {
                biased;
                () = self.accounts.pass.evicted() => return Err(End::Evicted),
                () = &mut deadline => return Err(End::TimedOut),
                frame = next_text(&mut self.socket, &mut self.stray_frames) => frame?,
            };
            session = match self.drive(session, frame).await? {
                ControlFlow::Continue(session) => session,
                ControlFlow::Break(outcome) => return Ok(outcome),
            };
            // Who has said a number may take time to think; who says nothing may not.
            deadline.as_mut().reset(began + timeout);
        }
    }

    /// Feeds one frame to the session and carries out all that follows from it.
    async fn drive(
        &mut self,
        mut session: ServerSession,
        frame: String,
    ) -> Result<ControlFlow<Outcome, ServerSession>, End> {
        let received = Instant::now();
        let mut proven = false;
        let mut effects = VecDeque::from(session.handle(Input::Frame(&frame))?);
        while let Some(effect) = effects.pop_front() {
            let more = match effect {
                Effect::FindVoter(number) => {
                    let credential = self.find(number).await?;
                    session.handle(Input::Found(credential))?
                }
                Effect::OpenFolder(name) => {
                    self.accounts.stage.awaits(AWAITS_BALLOT);
                    let exchange = self.shared.exchange.clone();
                    // A disk that is full here must not keep the voter from hearing so, sealed.
                    match self.shared.workers.run(Lane::First, self.address, move || exchange.create(&name)).await? {
                        Ok(folder) => self.folder = Some(folder),
                        Err(error) => {
                            if let Some(unsaid) = self.shared.exchange.fails() {
                                tracing::warn!(%error, unsaid, "an exchange folder could not be made");
                            }
                        }
                    }
                    Vec::new()
                }
                Effect::Send(frame) => {
                    self.send(frame).await?;
                    if proven {
                        self.shared.metrics.cast_seconds.observe(received.elapsed().as_secs_f64());
                    }
                    Vec::new()
                }
                Effect::Open(frame) => {
                    let (opened, effects) = self.open(session, frame).await?;
                    session = opened;
                    effects
                }
                Effect::OpenOk { frame, key } => {
                    let (opened, effects) = self.open_ok(session, frame, key).await?;
                    session = opened;
                    effects
                }
                Effect::Check(entry) => {
                    let checked = self.check(entry).await?;
                    session.handle(checked)?
                }
                Effect::Decide(ballot) => {
                    let verdict = self.shared.sequencer.cast(*ballot).await;
                    let key = envelope::ok_key().map_err(|error| End::Failed(error.to_string()))?;
                    session.handle(Input::Decided(verdict, key))?
                }
                Effect::LookUp(credential) => {
                    let lookup = self.shared.sequencer.look_up(credential).await;
                    session.handle(Input::LookedUp(lookup))?
                }
                Effect::Seal { payload, to } => {
                    let sealed = self.seal(payload, to).await?;
                    session.handle(Input::Sealed(sealed))?
                }
                Effect::Note(note) => {
                    proven |= note == Note::Proven;
                    self.accounts.note(note);
                    Vec::new()
                }
                Effect::Finish(outcome) => return Ok(ControlFlow::Break(outcome)),
            };
            effects.extend(more);
        }
        Ok(ControlFlow::Continue(session))
    }

    async fn find(&mut self, number: VoterNumber) -> Result<Option<PublicKey>, End> {
        let credential = {
            let published = self.shared.sequencer.published();
            let listed = self.shared.roll.get(&number).copied().or_else(|| published.added(number));
            listed.map(|listed| published.credential_in_force(listed))
        };
        if credential.is_some() {
            self.accounts.pass.claim(number);
            return Ok(credential);
        }
        self.shared.metrics.refuse_session("not-on-roll");
        let wait = self.shared.gate.guessed(self.address);
        if wait != Some(Duration::ZERO) {
            self.linger(wait.unwrap_or(GUESS_PATIENCE)).await?;
        }
        if wait.is_some() { Ok(None) } else { Err(End::Turned(Turned::Guesses)) }
    }

    /// Waits, and notices if this session has to make room or its peer goes away.
    async fn linger(&mut self, time: Duration) -> Result<(), End> {
        tokio::select! {
            biased;
            () = self.accounts.pass.evicted() => Err(End::Evicted),
            frame = next_text(&mut self.socket, &mut self.stray_frames) => frame.and(Err(Violation::Order.into())),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// RSA, signature, payload, `auth` and what follows from them, all on a worker's thread: if the voter is who the
    /// number says, the entry's checks, and if the session goes on, the frame into the folder; if not, the folder's end.
    /// A voter who has to wait behind others does so with the entry: only then is it known that it is that voter.
    async fn open(&mut self, mut session: ServerSession, frame: String) -> Result<(ServerSession, Vec<Effect>), End> {
        let (shared, folder, name) = (self.shared.clone(), self.folder.take(), self.frame_name(Way::Up));
        let (lane, lane_if_proven) = (self.accounts.pass.lane(), self.accounts.pass.lane_if_proven());
        let was_proven = self.accounts.proven;
        let job = move || {
            let size = shared.election.session().up_bytes;
            let opened = envelope::open(&frame, &shared.keys.enc, Signer::Embedded, size);
            let effects = shared.take_in(&mut session, opened, lane_if_proven <= lane);
            let is_proven = |effect: &Effect| matches!(effect, Effect::Note(Note::Proven));
            let fate = match &effects {
                _ if session.is_over() => Fate::End,
                Ok(effects) if was_proven || effects.iter().any(is_proven) => Fate::Keep,
                _ => Fate::Pass,
            };
            let keep = move || keep(folder, fate, &name, &frame);
            (session, effects, at_once(lane, keep))
        };
        let (session, effects, kept) = self.shared.workers.run(lane, self.address, job).await?;
        self.folder = self.shared.kept(kept, self.address).await?;
        Ok((session, effects?))
    }

    /// A recorded voter's last word: AES alone. The session is over, and the folder goes.
    async fn open_ok(
        &mut self,
        mut session: ServerSession,
        frame: String,
        key: OkKey,
    ) -> Result<(ServerSession, Vec<Effect>), End> {
        let (shared, folder, lane) = (self.shared.clone(), self.folder.take(), self.accounts.pass.lane());
        let job = move || {
            let opened = envelope::open_ok(&frame, &key, shared.election.session().up_bytes);
            let effects = session.handle(Input::OkOpened(opened));
            (session, effects, at_once(lane, move || keep(folder, Fate::End, "", "")))
        };
        let (session, effects, kept) = self.shared.workers.run(lane, self.address, job).await?;
        self.folder = self.shared.kept(kept, self.address).await?;
        Ok((session, effects?))
    }

    /// The checks of an entry whose voter has to wait behind others.
    async fn check(&mut self, entry: EntryBytes) -> Result<Input<'static>, End> {
        let shared = self.shared.clone();
        Ok(self.shared.workers.run(self.accounts.pass.lane(), self.address, move || shared.check(&entry)).await?)
    }

    async fn seal(&mut self, payload: Zeroizing<Vec<u8>>, to: veche_election::Jwk) -> Result<String, End> {
        let (keys, folder, name) = (self.shared.keys.clone(), self.folder.take(), self.frame_name(Way::Down));
        let (lane, fate) = (self.accounts.pass.lane(), if self.accounts.proven { Fate::Keep } else { Fate::Pass });
        let job = move || {
            let sealed = envelope::seal(&payload, &keys.sig, false, &to);
            let frame = sealed.as_ref().ok().cloned();
            let keep = move || match frame {
                Some(frame) => keep(folder, fate, &name, &frame),
                None => folder,
            };
            (sealed, at_once(lane, keep))
        };
        let (sealed, kept) = self.shared.workers.run(lane, self.address, job).await?;
        self.folder = self.shared.kept(kept, self.address).await?;
        sealed.map_err(|error| End::Failed(error.to_string()))
    }

    fn frame_name(&mut self, way: Way) -> String {
        let (i, name) = match way {
            Way::Up => (0, "up"),
            Way::Down => (1, "down"),
        };
        let count = self.frames.get_mut(i).map_or(0, |count| {
            *count += 1;
            *count
        });
        format!("{name}-{count}.jwe")
    }

    async fn send(&mut self, frame: String) -> Result<(), End> {
        let sent = tokio::time::timeout(SEND_TIMEOUT, self.socket.send(Message::text(frame))).await;
        sent.map_err(|_| End::TimedOut)?.map_err(|_| End::Gone)
    }

    /// The folder goes before the connection does, so that who sees the end sees it gone.
    async fn close(mut self, code: u16) {
        if let Some(folder) = self.folder.take() {
            // A full queue must not keep the folder: then it is deleted here and now.
            let _ = self.shared.workers.run(Lane::First, self.address, move || drop(folder)).await;
        }
        let frame = Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }));
        let _ = tokio::time::timeout(SEND_TIMEOUT, self.socket.send(frame)).await;
    }
}

#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// The next text frame; what is not text is counted and passed over.
async fn next_text(socket: &mut Socket, stray_frames: &mut u32) -> Result<String, End> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Err(error)) => return Err(bad_frames(error)),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Ok(_)) => {
                *stray_frames += 1;
                if *stray_frames > STRAY_FRAMES_MAX {
                    return Err(End::StrayFrames);
                }
            }
        }
    }
}

/// A peer that has gone away breaks no protocol.
fn bad_frames(error: tungstenite::Error) -> End {
    match &error {
        tungstenite::Error::Io(failed) if failed.kind() == ErrorKind::InvalidData => End::Frames(error),
        tungstenite::Error::Io(failed) if failed.kind() == ErrorKind::TimedOut => End::TimedOut,
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        tungstenite::Error::Protocol(_) | tungstenite::Error::Capacity(_) | tungstenite::Error::Utf8(_) => {
            End::Frames(error)
        }
        _ => End::Gone,
    }
}

/// What is left to do in the exchange folder. A thread of low priority does nothing with the disk: the file system's
/// journal waits for whoever has begun to change something, and with it every commit.
enum Kept {
    Done(Option<ExchangeFolder>),
    Later(Box<dyn FnOnce() -> Option<ExchangeFolder> + Send>),
}

fn at_once(lane: Lane, keep: impl FnOnce() -> Option<ExchangeFolder> + Send + 'static) -> Kept {
    if lane == Lane::First { Kept::Done(keep()) } else { Kept::Later(Box::new(keep)) }
}

/// What becomes of a frame that was opened or sealed, and of the exchange folder.
#[derive(Clone, Copy)]
enum Fate {
    /// It goes into the folder.
    Keep,
    /// It does not: strangers fill no disk.
    Pass,
    /// Nor does the folder stay: the session is over.
    End,
}

/// The exchange folder is for the operator's eyes; a disk that fails here loses nothing that counts.
fn keep(mut folder: Option<ExchangeFolder>, fate: Fate, name: &str, frame: &str) -> Option<ExchangeFolder> {
    match fate {
        Fate::Keep => {}
        Fate::Pass => return folder,
        Fate::End => return None,
    }
    if let Some(folder) = &mut folder
        && let Err(error) = folder.put(name, frame)
        && let Some(unsaid) = folder.fails()
    {
        tracing::warn!(%error, unsaid, "a frame could not be kept in its exchange folder");
    }
    folder
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    /// A voter at the door, from an address of whom nothing is known.
    struct AtTheDoor {
        gate: Arc<Gate>,
        accounts: Accounts,
    }

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    impl AtTheDoor {
        fn new() -> Self {
            Self::of(Arc::new(Gate::new(Limits::default())), Arc::default())
        }

        fn of(gate: Arc<Gate>, metrics: Arc<Metrics>) -> Self {
            let pass = gate.enter(ADDRESS).unwrap();
            pass.claim(VoterNumber::new(17).unwrap());
            Self { accounts: Accounts::new(pass, metrics), gate }
        }

        fn noting(mut self, notes: &[Note]) -> Self {
            notes.iter().for_each(|note| self.accounts.note(*note));
            self
        }

        /// When work for the address is done, and work for the number.
        fn lanes(&self) -> (Lane, Lane) {
            (self.gate.lane(ADDRESS), self.accounts.pass.lane_if_proven())
        }

        fn figures(&self) -> String {
            self.accounts.metrics.render()
        }
    }

    #[test]
    fn a_credential_that_is_not_the_numbers_counts_against_the_address() {
        let stranger = AtTheDoor::new().noting(&[Note::Unproven]);
        assert_eq!(stranger.lanes(), (Lane::Second, Lane::First));
        let figures = stranger.figures();
        assert!(figures.contains(r#"ballots_refused_total{reason="not-authorised"} 1"#), "{figures}");
    }

    #[test]
    fn who_leaves_without_a_credential_counts_against_the_address_and_a_voter_does_not() {
        let leaving: [(&[Note], Lane); 2] = [(&[], Lane::Second), (&[Note::Proven], Lane::First)];
        for (notes, lane) in leaving {
            let AtTheDoor { gate, accounts } = AtTheDoor::new().noting(notes);
            assert_eq!(gate.lane(ADDRESS), Lane::First);
            drop(accounts);
            assert_eq!(gate.lane(ADDRESS), lane, "{notes:?}");
        }
    }

    /// Row 78: a hello costs the number what a ballot costs it, speaks for no address and against none, and keeps no place.
    #[test]
    fn row_78_a_hello_counts_as_a_ballot_of_the_number_and_for_no_address() {
        let diligent = AtTheDoor::new().noting(&[Note::Greeted; 9]);
        assert_eq!(diligent.lanes(), (Lane::First, Lane::Second));
        assert!(!diligent.accounts.proven, "nothing of it goes to the disk");
        let voter = AtTheDoor::new().noting(&[Note::Unproven, Note::Unproven, Note::Greeted]);
        assert_eq!(voter.lanes().0, Lane::Second, "it makes nothing good");
        let AtTheDoor { gate, accounts } = voter;
        drop(accounts);
        assert_eq!(gate.lane(ADDRESS), Lane::Second, "nor is who said it one more who proved nothing");
        let full = Arc::new(Gate::new(Limits { sessions_total: 2, ..Limits::default() }));
        let pair = [AtTheDoor::of(full.clone(), Arc::default()), AtTheDoor::of(full.clone(), Arc::default())];
        let [greeted, proven] = pair;
        let (greeted, proven) = (greeted.noting(&[Note::Greeted]), proven.noting(&[Note::Proven]));
        let _newcomer = full.enter(IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 1))).unwrap();
        let is_evicted = |voter: &AtTheDoor| {
            use futures_util::FutureExt;
            voter.accounts.pass.evicted().now_or_never().is_some()
        };
        assert!(is_evicted(&greeted) && !is_evicted(&proven), "it makes room before whoever brought a ballot");
    }

    #[test]
    fn many_ballots_count_against_the_number_and_bad_ones_more() {
        let after = |refused: Note| {
            let voter = AtTheDoor::new().noting(&[[Note::Proven, refused]; 3].concat());
            let figures = voter.figures();
            let Note::Refused(code) = refused else { unreachable!() };
            let counted = format!("ballots_refused_total{{reason=\"{}\"}} 3", code.name());
            assert!(figures.contains(&counted), "{figures}");
            voter.lanes()
        };
        for code in [Code::BadEntry, Code::BadMarks, Code::BadProof, Code::BadSignature] {
            assert_eq!(after(Note::Refused(code)), (Lane::First, Lane::Third), "{code:?}");
        }
        for code in [
            Code::Stale,
            Code::AlreadyVoted,
            Code::Struck,
            Code::NotAuthorised,
            Code::NotOpen,
            Code::Closed,
            Code::Busy,
        ] {
            assert_eq!(after(Note::Refused(code)), (Lane::First, Lane::First), "{code:?}");
        }
        let diligent = AtTheDoor::new().noting(&[Note::Proven; 9]);
        assert_eq!(diligent.lanes(), (Lane::First, Lane::Second));
    }

    #[test]
    fn a_recorded_ballot_speaks_for_the_address_and_its_session_awaits_the_ok() {
        let voter = AtTheDoor::new().noting(&[Note::Unproven, Note::Unproven]);
        assert_eq!(voter.lanes().0, Lane::Second);
        let voter = voter.noting(&[Note::Proven, Note::Recorded]);
        assert_eq!(voter.lanes(), (Lane::First, Lane::First));
        let figures = voter.figures();
        assert!(figures.contains("ballots_recorded_total 1"), "{figures}");
        assert!(figures.contains(r#"sessions{awaits="ok"} 1"#), "{figures}");
        assert!(figures.contains(r#"sessions{awaits="number"} 0"#), "{figures}");
    }
}
