//! When ballots are taken, and when opening and closing come by themselves.
//!
//! Two clocks are asked, since either may be wrong for a moment or for long: the wall clock, and the time at which this
//! process began carried on by the boot-time clock. Ballots stop when *either* says that the closing time has come, and
//! are taken again if it was an error. An entry cannot be taken back: it is appended when *both* say so, and go on
//! saying so. Where a time passed while no server ran, the organiser gets a grace first, and gets it once.
//! Spec: `docs/spec/entry.md` section 8.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use veche_client::told::{Announced, Standing};
use veche_election::{Act, Board, Election, Phase};

use crate::{
    clock::{Clock, Moment},
    home::{HomeError, write_from_task},
};

/// So long both clocks go on saying that a time has come before it is believed for good.
const CONFIRM: Duration = Duration::from_secs(10);
/// Two clocks that go on at the same rate do not come to differ by more.
const DIFFERENCE_MAX_S: u64 = 10;
/// An organiser's clock that is farther off would date acts wrongly.
const ACT_DIFFERENCE_MAX_S: u64 = 300;
/// What a server has as `look_period`.
pub const LOOK_PERIOD: Duration = Duration::from_millis(250);
pub const GRACE_DEFAULT_S: u64 = 600;
pub const GRACE_MAX_S: u64 = 7 * 86_400;

const _: () = assert!(GRACE_DEFAULT_S <= GRACE_MAX_S && DIFFERENCE_MAX_S < ACT_DIFFERENCE_MAX_S);

/// How a sequencer knows the time, and what it may do by it.
#[derive(Clone)]
pub struct Timing {
    pub clock: Clock,
    /// How long opening and closing wait where their time passed while no server ran.
    pub grace_s: u64,
    /// How often the clocks are looked at while nothing else happens.
    pub look_period: Duration,
    /// Where the first return after such a time is noted.
    pub returned_file: PathBuf,
    /// Append opening and closing? A command without a server does not: what it brings is judged by the state as it
    /// stood, and what follows by time follows when a server runs again.
    pub keeps_schedule: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    what: Announced,
    time: u64,
}

impl Planned {
    /// What the board would have to append next at an announced time.
    pub(super) fn of(board: &Board, election: &Election) -> Option<Self> {
        let (what, time) = match board.phase() {
            Phase::Setup if board.missing_rehearsal().is_none() => (Announced::Opening, election.draft().opens),
            // Who pauses after the closing time has taken the turn that the grace gives: what follows is the organiser's.
            Phase::Paused if board.stopped_at() >= board.closes() => return None,
            Phase::Open | Phase::Paused => (Announced::Closing, board.closes()),
            _ => return None,
        };
        time.map(|time| Self { what, time })
    }

    pub(super) fn act(self) -> Act {
        match self.what {
            Announced::Opening => Act::Opening,
            Announced::Closing => Act::Closing,
        }
    }
}

/// The first return of a server after an announced time that had passed without one. It outlives the process: whoever
/// restarts the server gains no second grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Return {
    act: Announced,
    time: u64,
    returned: u64,
}

impl Return {
    fn read(file: &Path) -> Result<Option<Self>, HomeError> {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(HomeError::io(file, error)),
        };
        let bad = |error: serde_json::Error| HomeError::File { path: file.into(), reason: error.to_string() };
        serde_json::from_slice(&bytes).map(Some).map_err(bad)
    }

    fn is_of(self, planned: Planned) -> bool {
        (self.act, self.time) == (planned.what, planned.time)
    }
}

/// Why an act comes at a time at which it is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untimely {
    #[error(
        "the closing time has passed, and so has the grace after it: the election closes as soon as its server runs"
    )]
    Over,
    #[error(
        "by this server's clock the closing time {closes} (Unix seconds) has come already: extend to a later one, or set the \
         clock if it is ahead"
    )]
    Past { closes: u64 },
    #[error(
        "the act is signed at {at}, and here it is {now} (Unix seconds): set the clock that is wrong, the signer's or this \
         server's. If the server's is ahead, stop it, set it right, and extend the closing time in its folder (veche extend) \
         before you start it again: it may hold the closing time to be over"
    )]
    Clock { at: u64, now: u64 },
}

/// What both clocks say, in Unix seconds.
#[derive(Clone, Copy)]
struct Now {
    wall: u64,
    /// The time at which this process began, carried on by the boot-time clock.
    boot: u64,
    /// That clock itself.
    up: Duration,
}

impl Now {
    /// Does either clock say that a time has come?
    fn may_be_past(self, time: u64) -> bool {
        self.wall.max(self.boot) >= time
    }

    /// Do both?
    fn is_past(self, time: u64) -> bool {
        self.wall.min(self.boot) >= time
    }
}

pub(super) struct Schedule {
    timing: Timing,
    /// When this process began.
    began: Moment,
    /// When organiser or board last signed an act. As it was when this process began: acts that come later are compared
    /// with the clocks.
    logged: u64,
    /// The same, of the witnesses' signatures.
    witnessed: u64,
    returned: Option<Return>,
    /// It was noted by this process, and the clocks have not gone on saying so for long enough.
    is_provisional: bool,
    /// Since when both clocks say that the time of what is planned has come.
    since: Option<(Planned, Duration)>,
    standing: Standing,
}

impl Schedule {
    /// `last_at` is the time of the last act of organiser or board in the log, `cosigned` the newest of a witness.
    pub(super) fn new(timing: Timing, last_at: u64, cosigned: u64) -> Result<Self, HomeError> {
        let began = timing.clock.now();
        let returned = Return::read(&timing.returned_file)?;
        Ok(Self {
            timing,
            began,
            logged: last_at,
            witnessed: cosigned,
            returned,
            is_provisional: false,
            since: None,
            standing: Standing::Kept,
        })
    }

    /// The wall clock: what this process signs with.
    pub(super) fn wall(&self) -> u64 {
        self.timing.clock.wall()
    }

    pub(super) fn look_period(&self) -> Duration {
        self.timing.look_period
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing
    }

    /// A witness has signed that a time has come.
    pub(super) fn cosigned(&mut self, time: u64) {
        self.witnessed = self.witnessed.max(time);
    }

    /// Has the closing time not come yet, by any clock, nor by what the log said when this process began?
    pub(super) fn takes_ballots(&self, closes: Option<u64>) -> bool {
        let now = self.now();
        closes.is_none_or(|closes| !now.may_be_past(closes) && self.logged < closes)
    }

    /// May the organiser's act be taken by its time? What the log says of it is the board's to judge.
    pub(super) fn admit(
        &self,
        act: &Act,
        at: u64,
        planned: Option<Planned>,
        closes: Option<u64>,
    ) -> Result<(), Untimely> {
        let now = self.now();
        let over = planned.filter(|planned| planned.what == Announced::Closing && self.grace_is_over(*planned, now));
        if over.is_some() && *act != Act::Closing {
            return Err(Untimely::Over);
        }
        let closes = match act {
            Act::Extend { closes, .. } => Some(*closes),
            Act::Opening => closes,
            _ => None,
        };
        if let Some(closes) = closes.filter(|closes| now.is_past(*closes)) {
            return Err(Untimely::Past { closes });
        }
        let difference = at.abs_diff(now.wall).min(at.abs_diff(now.boot));
        if difference > ACT_DIFFERENCE_MAX_S { Err(Untimely::Clock { at, now: now.wall }) } else { Ok(()) }
    }

    fn grace_is_over(&self, planned: Planned, now: Now) -> bool {
        let noted = self.returned.filter(|noted| noted.is_of(planned));
        noted.is_some_and(|noted| now.is_past(self.grace_ends(noted.returned)))
    }

    /// No grace is shorter than the time that it takes to believe the clocks.
    fn grace_ends(&self, returned: u64) -> u64 {
        returned.saturating_add(self.timing.grace_s.max(CONFIRM.as_secs()))
    }

    /// Is what is planned to be appended now? Looks at the clocks, notes a first return, and says what it finds.
    pub(super) fn is_due(&mut self, planned: Option<Planned>) -> bool {
        if !self.timing.keeps_schedule {
            return false;
        }
        let now = self.now();
        let (standing, due) = self.judge(planned, now);
        if std::mem::discriminant(&standing) != std::mem::discriminant(&self.standing) {
            say(standing);
        }
        self.standing = standing;
        due
    }

    fn judge(&mut self, planned: Option<Planned>, now: Now) -> (Standing, bool) {
        let known = self.logged.max(self.witnessed);
        if now.wall < known {
            self.since = None;
            return (Standing::Behind { wall: now.wall, known }, false);
        }
        let apart = now.wall.abs_diff(now.boot) > DIFFERENCE_MAX_S;
        let usual = if apart { Standing::Apart { wall: now.wall, boot: now.boot } } else { Standing::Kept };
        let Some(planned) = planned.filter(|planned| now.is_past(planned.time)) else {
            self.since = None;
            self.take_back();
            return (usual, false);
        };
        let since = match self.since {
            Some((same, since)) if same == planned => since,
            _ => now.up,
        };
        self.since = Some((planned, since));
        let confirmed = now.up.saturating_sub(since) >= CONFIRM;
        self.is_provisional &= !confirmed;
        let noted = self.returned.is_some_and(|noted| noted.is_of(planned));
        if !noted && self.began.wall.as_secs() < planned.time {
            return (usual, confirmed);
        }
        if !noted && let Err(error) = self.note_return(planned, now) {
            if !matches!(self.standing, Standing::Unnoted { .. }) {
                tracing::error!(%error, "a return after an announced time could not be noted; until it is, nothing is appended by time");
            }
            return (Standing::Unnoted { act: planned.what }, false);
        }
        if self.grace_is_over(planned, now) {
            return (usual, confirmed);
        }
        let returned = self.returned.map_or(now.wall, |noted| noted.returned);
        let until = self.grace_ends(returned);
        (Standing::Grace { act: planned.what, time: planned.time, until }, false)
    }

    fn note_return(&mut self, planned: Planned, now: Now) -> Result<(), HomeError> {
        // By the later clock: a wrong one makes the grace no shorter.
        let note = Return { act: planned.what, time: planned.time, returned: now.wall.max(now.boot) };
        let text = serde_json::to_string(&note).unwrap_or_default() + "\n";
        write_from_task(&self.timing.returned_file, text.as_bytes(), 0o644)?;
        (self.returned, self.is_provisional) = (Some(note), true);
        Ok(())
    }

    /// What was noted in a moment of a wrong clock. (Not what an earlier process has noted: it is the present clock that may
    /// be wrong then, and a grace that is too long costs less than none.)
    fn take_back(&mut self) {
        if self.is_provisional && std::fs::remove_file(&self.timing.returned_file).is_ok() {
            (self.returned, self.is_provisional) = (None, false);
        }
    }

    fn now(&self) -> Now {
        let moment = self.timing.clock.now();
        let since = moment.boot.saturating_sub(self.began.boot);
        let boot = self.began.wall.saturating_add(since).as_secs();
        Now { wall: moment.wall.as_secs(), boot, up: moment.boot }
    }
}

/// For the operator's log: once whenever something begins or ends.
fn say(standing: Standing) {
    match standing {
        Standing::Kept => tracing::info!("opening and closing come at their times again"),
        Standing::Behind { wall, known } => tracing::error!(
            wall,
            known,
            "the clock is earlier than a time that has come already: nothing is opened or closed by time until it is set right"
        ),
        Standing::Apart { wall, boot } => tracing::error!(
            wall,
            boot,
            "the clock was set since the start: ballots stop by the later time, the schedule waits for the earlier; if it is right now, restart"
        ),
        Standing::Grace { act, time, until } => {
            let act = act.name();
            tracing::warn!(
                act,
                time,
                until,
                "an announced time passed while no server ran: the organiser's turn, until the grace ends"
            );
        }
        // Said where it happened, with the reason.
        Standing::Unnoted { .. } => {}
    }
}
