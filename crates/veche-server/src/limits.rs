//! Who may come in, and who makes room: sessions in all and by neighbourhood (`neighbourhood`), and guesses at
//! numbers. Beyond whether it is on the roll, nothing that a stranger does or sees depends on a voter's number; so
//! nobody can lock a voter out, nor see one come, by opening sessions in that voter's name.

mod guesses;
mod sessions;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use veche_election::VoterNumber;

use crate::{
    door::Door,
    forwarded::Proxies,
    neighbourhood::{Neighbourhood, household},
    standing::{Lane, Standings},
};
use guesses::Guesses;
pub(crate) use guesses::PATIENCE as GUESS_PATIENCE;
use sessions::{Session, Sessions};

/// `[limits]` of `election.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Sessions from one household; a wider neighbourhood may have as many as the persons it stands for.
    pub sessions_per_address: usize,
    /// Sessions that have shown the credential of one number.
    pub sessions_per_number: usize,
    pub sessions_total: usize,
    pub connections_total: usize,
    /// Connections from one address, before they become sessions; trusted proxies are not counted.
    pub connections_per_address: usize,
    /// Numbers not on the roll of which one address is told so within a minute.
    pub unknown_per_address_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Jobs that may wait for a worker thread.
    pub queue: usize,
    pub header_timeout_s: u64,
    /// How long a session may say no voter number.
    pub first_frame_timeout_s: u64,
    /// How long a shutdown waits for sessions under way.
    pub shutdown_grace_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_per_address: 256,
            sessions_per_number: 8,
            sessions_total: 10_000,
            connections_total: 12_000,
            connections_per_address: 512,
            unknown_per_address_per_minute: 30,
            trusted_proxies: Vec::new(),
            queue: 2_048,
            header_timeout_s: 10,
            first_frame_timeout_s: 20,
            shutdown_grace_s: 30,
        }
    }
}

/// Who erred: the operator. Such a limit would let nobody in, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value}; it must be from {least} to {most}")]
pub struct LimitError {
    pub name: &'static str,
    pub value: u64,
    pub least: u64,
    pub most: u64,
}

/// No machine serves more at once.
const COUNT_MAX: u64 = 10_000_000;
const HEADER_TIMEOUT_MAX_S: u64 = 600;
const FIRST_FRAME_TIMEOUT_MAX_S: u64 = 600;
const SHUTDOWN_GRACE_MAX_S: u64 = 86_400;
const PROXIES_MAX: u64 = 1_000;

impl Limits {
    /// # Errors
    /// Whoever wrote them.
    pub fn check(&self) -> Result<(), LimitError> {
        let count = |name, value: usize| (name, value as u64, 1, COUNT_MAX);
        let all = [
            count("sessions_per_address", self.sessions_per_address),
            count("sessions_per_number", self.sessions_per_number),
            count("sessions_total", self.sessions_total),
            count("connections_total", self.connections_total),
            count("connections_per_address", self.connections_per_address),
            ("unknown_per_address_per_minute", u64::from(self.unknown_per_address_per_minute), 1, COUNT_MAX),
            ("the number of trusted_proxies", self.trusted_proxies.len() as u64, 0, PROXIES_MAX),
            count("queue", self.queue),
            ("header_timeout_s", self.header_timeout_s, 1, HEADER_TIMEOUT_MAX_S),
            ("first_frame_timeout_s", self.first_frame_timeout_s, 1, FIRST_FRAME_TIMEOUT_MAX_S),
            ("shutdown_grace_s", self.shutdown_grace_s, 0, SHUTDOWN_GRACE_MAX_S),
        ];
        match all.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            None => Ok(()),
            Some((name, value, least, most)) => Err(LimitError { name, value, least, most }),
        }
    }
}

#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    inner: Mutex<Inner>,
    standings: Mutex<Standings>,
    door: Door,
    proxies: Proxies,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: Sessions,
    guesses: Guesses,
    closed: bool,
}

/// Why somebody is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// All places of the neighbourhood are taken by voters who have shown their credentials, one by each.
    Address,
    /// All places of the house are.
    Total,
    Guesses,
    /// Too many wait at the door.
    Door,
    ShuttingDown,
}

impl Turned {
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "too-many-from-address",
            Self::Total => "too-many-in-all",
            Self::Guesses => "too-many-unknown-numbers",
            Self::Door => "too-many-at-the-door",
            Self::ShuttingDown => "shutting-down",
        }
    }
}

impl Gate {
    pub fn new(limits: Limits) -> Self {
        let proxies = Proxies::new(&limits.trusted_proxies);
        Self { limits, inner: Mutex::default(), standings: Mutex::default(), door: Door::default(), proxies }
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standings(&self) -> MutexGuard<'_, Standings> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When work for somebody at this address is done who has not shown a credential.
    pub fn lane(&self, address: IpAddr) -> Lane {
        self.standings().of_address(address)
    }

    /// Something from this address cost us work and proved nothing.
    pub fn strike(&self, address: IpAddr) {
        self.standings().strike_address(address);
    }

    /// Is this the address of a proxy whose word is taken?
    pub(crate) fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.trust(address)
    }

    /// The household from which a request comes: the peer's, or that of whom a trusted proxy brings.
    pub(crate) fn household_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        household(self.proxies.client(peer, headers))
    }

    /// Lets in who comes from an address that stands well, and the others at a pace. False: send this one away.
    pub(crate) async fn at_the_door(&self, address: IpAddr) -> bool {
        let free = {
            let inner = self.inner();
            self.standings().is_free(address, |near| inner.sessions.count_in(near))
        };
        free || self.door.wait(address).await
    }

    /// How many wait there.
    pub fn at_the_door_now(&self) -> usize {
        self.door.waiting()
    }

    /// A new session from an address, or why not. Who has proven nothing makes room for it, and of those who have proven
    /// the same number all but the youngest: of a neighbourhood that has all it may have, its own longest silent; of a full
    /// house the longest silent of the most crowded neighbourhood. No number loses its only one.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Pass, Turned> {
        let mut inner = self.inner();
        if inner.closed {
            return Err(Turned::ShuttingDown);
        }
        for near in Neighbourhood::around(address) {
            if inner.sessions.count_in(near) >= self.limits.sessions_per_address.saturating_mul(near.persons()) {
                let goes = inner.sessions.makes_room_in(near);
                self.turn_out(&mut inner, goes).ok_or(Turned::Address)?;
            }
        }
        if inner.sessions.len() >= self.limits.sessions_total {
            let goes = inner.sessions.makes_room(address);
            self.turn_out(&mut inner, goes).ok_or(Turned::Total)?;
        }
        let (id, evict) = inner.sessions.insert(address);
        Ok(Pass { gate: self.clone(), id, evict })
    }

    /// Of a stranger it counts against where that one came from.
    fn turn_out(&self, inner: &mut Inner, goes: Option<u64>) -> Option<()> {
        let gone = inner.evict(goes?)?;
        if !gone.proven {
            self.strike(gone.address);
        }
        Some(())
    }

    /// Somebody has tried a number that is not on the roll: after how long that is said. `None`: not within
    /// `GUESS_PATIENCE`.
    pub fn guessed(&self, address: IpAddr) -> Option<Duration> {
        self.inner().guesses.note(address, self.limits.unknown_per_address_per_minute, Instant::now())
    }

    pub fn sessions(&self) -> usize {
        self.inner().sessions.len()
    }

    /// No new sessions from now on, and those that have proven nothing end: nobody waits for a stranger.
    pub fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        for id in inner.sessions.all_unproven() {
            inner.evict(id);
        }
    }
}

impl Inner {
    /// Tells a session to go. It is out of the count at once.
    fn evict(&mut self, id: u64) -> Option<Session> {
        let session = self.sessions.remove(id)?;
        session.evict.notify_one();
        Some(session)
    }
}

/// A session's place; dropping it frees the place.
#[derive(Debug)]
pub struct Pass {
    gate: Arc<Gate>,
    id: u64,
    evict: Arc<Notify>,
}

impl Pass {
    /// For logs: counts sessions, says nothing of the voter.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Resolves when this session has to make room.
    pub async fn evicted(&self) {
        self.evict.notified().await;
    }

    /// This session is about a voter's number now. That changes nothing until the number is proven.
    pub fn claim(&self, number: VoterNumber) {
        self.gate.inner().sessions.claim(self.id, number);
    }

    /// When work for this session is done: by the voter's own standing once the credential is shown, before by that of
    /// the address. (Nobody can spoil a voter's standing without the voter's card, nor see it.)
    pub fn lane(&self) -> Lane {
        let inner = self.gate.inner();
        let Some(session) = inner.sessions.get(self.id) else { return Lane::Last };
        let mut standings = self.gate.standings();
        match session.number {
            Some(number) if session.proven || session.greeted => standings.of_number(number),
            _ => standings.of_address(session.address),
        }
    }

    /// The lane in which this session's work will be done once its number is proven.
    pub fn lane_if_proven(&self) -> Lane {
        let inner = self.gate.inner();
        let number = inner.sessions.get(self.id).and_then(|session| session.number);
        number.map_or(Lane::Last, |number| self.gate.standings().of_number(number))
    }

    /// This session has shown a credential that is not the number's.
    pub fn failed(&self) {
        let inner = self.gate.inner();
        if let Some(session) = inner.sessions.get(self.id) {
            self.gate.strike(session.address);
        }
    }

    /// The ballot that this session has brought is not valid.
    pub fn invalid(&self) {
        let inner = self.gate.inner();
        if let Some(number) = inner.sessions.get(self.id).and_then(|session| session.number) {
            self.gate.standings().note_invalid(number);
        }
    }

    /// A ballot of this session is recorded.
    pub fn recorded(&self) {
        let inner = self.gate.inner();
        if let Some(Session { address, number: Some(number), .. }) = inner.sessions.get(self.id) {
            self.gate.standings().speak_for(*address, *number);
        }
    }

    /// This session has said hello and shown a valid credential: that costs the number what a ballot costs it. It is no
    /// voter who stays, and where all places are taken it makes room as those do who have proven nothing.
    pub fn greet(&self) {
        let Some(number) = self.gate.inner().sessions.greet(self.id) else { return };
        self.gate.standings().note_ballot(number);
    }

    /// This session has brought a ballot and shown a valid credential. One voter has a bounded number of those too.
    pub fn prove(&self) {
        let mut inner = self.gate.inner();
        let Some(number) = inner.sessions.prove(self.id) else { return };
        self.gate.standings().note_ballot(number);
        if let Some(oldest) = inner.sessions.one_too_many(number, self.gate.limits.sessions_per_number) {
            inner.evict(oldest);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // A session that made room for another was counted then.
        if let Some(Session { proven: false, greeted: false, address, .. }) = self.gate.inner().sessions.remove(self.id)
        {
            self.gate.strike(address);
        }
    }
}
