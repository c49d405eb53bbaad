//! What an operator watches, for Prometheus. Figures only: no number, name, credential or mark is ever a label.

use std::borrow::Cow;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::limits::Turned;

/// How every figure's name begins.
pub(crate) const PREFIX: &str = "veche";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    pub reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Awaits {
    pub awaits: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct InLane {
    pub lane: &'static str,
}

/// What a session awaits of the voter (`docs/spec/session.md` section 4).
pub const AWAITS_NUMBER: &str = "number";
pub const AWAITS_BALLOT: &str = "ballot";
pub const AWAITS_OK: &str = "ok";

/// Why a session was ended that had to make room for another.
pub const MADE_ROOM: &str = "made-room";

/// Why a connection was dropped: trusted proxies hold all places.
pub const NO_PLACE: &str = "no-place";

/// Connections that were dropped without an answer, by reason.
#[derive(Debug, Clone)]
pub struct Dropped(Family<Reason, Counter>);

impl Default for Dropped {
    /// What has not happened yet is told as nothing, not as nothing known.
    fn default() -> Self {
        let dropped = Self(Family::default());
        for reason in [MADE_ROOM, NO_PLACE, Turned::Door.name()] {
            drop(dropped.0.get_or_create(&Reason { reason }));
        }
        dropped
    }
}

impl Dropped {
    pub(crate) fn count(&self, reason: &'static str) {
        self.0.get_or_create(&Reason { reason }).inc();
    }
}

/// A session in the count.
#[derive(Debug)]
pub struct Stage {
    sessions: Family<Awaits, Gauge>,
    awaits: &'static str,
}

impl Stage {
    pub fn awaits(&mut self, next: &'static str) {
        self.uncount();
        self.awaits = next;
        self.count();
    }

    fn count(&self) {
        self.sessions.get_or_create(&Awaits { awaits: self.awaits }).inc();
    }

    fn uncount(&self) {
        self.sessions.get_or_create(&Awaits { awaits: self.awaits }).dec();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.uncount();
    }
}

#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub connections_dropped: Dropped,
    pub sessions: Family<Awaits, Gauge>,
    pub sessions_opened: Counter,
    pub sessions_refused: Family<Reason, Counter>,
    pub ballots_recorded: Counter,
    pub ballots_refused: Family<Reason, Counter>,
    pub ballots_counting: Gauge,
    pub queue_depth: Family<InLane, Gauge>,
    pub door_queue: Gauge,
    pub sequencer_queue: Gauge,
    pub checkpoint_age_seconds: Gauge,
    pub log_size: Gauge,
    pub commit_seconds: Histogram,
    pub commit_failures: Counter,
    pub cast_seconds: Histogram,
}

/// Upper bounds in seconds: half a millisecond to eight seconds.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0, 4.0, 8.0];

impl Default for Metrics {
    fn default() -> Self {
        Self::within(Registry::with_prefix(PREFIX))
    }
}

impl Metrics {
    /// Of one election of many: each figure names it.
    pub fn of_election(name: &str) -> Self {
        let label = (Cow::from("election"), Cow::from(name.to_owned()));
        Self::within(Registry::with_prefix_and_labels(PREFIX, std::iter::once(label)))
    }

    fn within(registry: Registry) -> Self {
        let mut metrics = Self {
            registry,
            connections_dropped: Dropped::default(),
            sessions: Family::default(),
            sessions_opened: Counter::default(),
            sessions_refused: Family::default(),
            ballots_recorded: Counter::default(),
            ballots_refused: Family::default(),
            ballots_counting: Gauge::default(),
            queue_depth: Family::default(),
            door_queue: Gauge::default(),
            sequencer_queue: Gauge::default(),
            checkpoint_age_seconds: Gauge::default(),
            log_size: Gauge::default(),
            commit_seconds: Histogram::new(SECONDS),
            commit_failures: Counter::default(),
            cast_seconds: Histogram::new(SECONDS),
        };
        metrics.register();
        // What has not happened yet is told as nothing, not as nothing known.
        for awaits in [AWAITS_NUMBER, AWAITS_BALLOT, AWAITS_OK] {
            drop(metrics.sessions.get_or_create(&Awaits { awaits }));
        }
        metrics
    }

    fn register(&mut self) {
        let r = &mut self.registry;
        let dropped = "Connections dropped without an answer, by reason";
        r.register("connections_dropped", dropped, self.connections_dropped.0.clone());
        r.register("sessions", "Sessions under way, by what they await of the voter", self.sessions.clone());
        r.register("sessions_opened", "Sessions opened", self.sessions_opened.clone());
        r.register("sessions_refused", "Connections and numbers turned away", self.sessions_refused.clone());
        r.register("ballots_recorded", "Ballots answered with yes", self.ballots_recorded.clone());
        r.register("ballots_refused", "Ballots answered with no, by reason", self.ballots_refused.clone());
        r.register("ballots_counting", "Voters whose ballot counts", self.ballots_counting.clone());
        let depth = "Jobs that wait for a worker thread, by lane";
        r.register("queue_depth", depth, self.queue_depth.clone());
        let door = "Connections that are let in at a pace and wait for it";
        r.register("door_queue", door, self.door_queue.clone());
        r.register("sequencer_queue", "Checked entries that wait for the log", self.sequencer_queue.clone());
        let age = "Time since a checkpoint was last signed";
        r.register("checkpoint_age_seconds", age, self.checkpoint_age_seconds.clone());
        r.register("log_size", "Entries in the log", self.log_size.clone());
        r.register("commit_seconds", "Time to make a batch durable", self.commit_seconds.clone());
        r.register("commit_failures", "Batches that the storage did not confirm", self.commit_failures.clone());
        r.register("cast_seconds", "Time from a ballot's frame to its answer", self.cast_seconds.clone());
    }

    pub fn refuse_session(&self, reason: &'static str) {
        self.sessions_refused.get_or_create(&Reason { reason }).inc();
    }

    pub fn refuse_ballot(&self, reason: &'static str) {
        self.ballots_refused.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a session that has begun; it counts until what is returned is dropped.
    pub fn session(&self) -> Stage {
        let stage = Stage { sessions: self.sessions.clone(), awaits: AWAITS_NUMBER };
        stage.count();
        stage
    }

    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
