//! Who may come in: sessions by address, by number and in all, and guesses at numbers. Nobody can lock a voter out
//! by opening sessions in that voter's name: under pressure the oldest session that has not proven a credential goes.

mod sessions;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use veche_election::VoterNumber;

use crate::{
    door::Door,
    standing::{Lane, Standings},
};
use sessions::{Session, Sessions};

/// `[limits]` of `election.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub sessions_per_address: usize,
    pub sessions_per_number: usize,
    pub sessions_total: usize,
    pub connections_total: usize,
    /// Connections from one address, before they become sessions; trusted proxies are not counted.
    pub connections_per_address: usize,
    /// Numbers not on the roll, tried from one address within a minute.
    pub unknown_per_address_per_minute: u32,
    /// The same from all addresses together.
    pub unknown_total_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Jobs that may wait for a worker thread.
    pub queue: usize,
    pub header_timeout_s: u64,
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
            unknown_total_per_minute: 3_000,
            trusted_proxies: Vec::new(),
            queue: 2_048,
            header_timeout_s: 10,
            shutdown_grace_s: 30,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    inner: Mutex<Inner>,
    standings: Mutex<Standings>,
    door: Door,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: Sessions,
    guesses: Guesses,
    closed: bool,
}

/// Unknown numbers within the current minute.
#[derive(Debug, Default)]
struct Guesses {
    since: Option<Instant>,
    by_address: HashMap<IpAddr, u32>,
    total: u32,
}

/// Why somebody is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    Address,
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
        Self { limits, inner: Mutex::default(), standings: Mutex::default(), door: Door::default() }
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

    /// Lets in who comes from an address that stands well, and the others at a pace. False: send this one away.
    pub(crate) async fn at_the_door(&self, address: IpAddr) -> bool {
        let free = {
            let inner = self.inner();
            self.standings().is_free(address, inner.sessions.count_at(address))
        };
        free || self.door.wait(address).await
    }

    /// How many wait there.
    pub fn at_the_door_now(&self) -> usize {
        self.door.waiting()
    }

    /// A new session from an address, or why not.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Pass, Turned> {
        let mut inner = self.inner();
        if inner.closed {
            return Err(Turned::ShuttingDown);
        }
        if inner.guesses.exceeded(address, &self.limits) {
            return Err(Turned::Guesses);
        }
        if inner.sessions.count_at(address) >= self.limits.sessions_per_address {
            return Err(Turned::Address);
        }
        if inner.sessions.len() >= self.limits.sessions_total {
            let crowding = inner.sessions.crowding(address).and_then(|id| inner.evict(id));
            self.strike(crowding.ok_or(Turned::Total)?);
        }
        let (id, evict) = inner.sessions.insert(address);
        Ok(Pass { gate: self.clone(), id, evict })
    }

    /// Has this address guessed too often? Then it learns of no number more whether it is on the roll.
    pub fn check_guesses(&self, address: IpAddr) -> Result<(), Turned> {
        if self.inner().guesses.exceeded(address, &self.limits) { Err(Turned::Guesses) } else { Ok(()) }
    }

    /// Somebody tried a number that is not on the roll.
    pub fn note_unknown(&self, address: IpAddr) {
        self.inner().guesses.note(address);
    }

    pub fn sessions(&self) -> usize {
        self.inner().sessions.len()
    }

    /// No new sessions from now on.
    pub fn close(&self) {
        self.inner().closed = true;
    }
}

impl Inner {
    /// Tells a session to go. It is out of the count at once. Returns where it came from: of those without a proven
    /// credential that is the address that had the most of them. Whoever crowds a door crowds it for himself.
    fn evict(&mut self, id: u64) -> Option<IpAddr> {
        let session = self.sessions.remove(id)?;
        session.evict.notify_one();
        Some(session.address)
    }
}

impl Guesses {
    fn roll_over(&mut self) {
        if self.since.is_none_or(|since| since.elapsed() >= MINUTE) {
            *self = Self { since: Some(Instant::now()), ..Self::default() };
        }
    }

    fn note(&mut self, address: IpAddr) {
        self.roll_over();
        *self.by_address.entry(address).or_default() += 1;
        self.total += 1;
    }

    fn exceeded(&mut self, address: IpAddr, limits: &Limits) -> bool {
        self.roll_over();
        let from_here = self.by_address.get(&address).copied().unwrap_or(0);
        // The total is a bound on the whole roll's exposure; it turns away only addresses that have guessed.
        from_here >= limits.unknown_per_address_per_minute
            || (from_here > 0 && self.total >= limits.unknown_total_per_minute)
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

    /// This session is about a voter's number now. Of too many for one number one has to go, or this one.
    pub fn claim(&self, number: VoterNumber) -> Result<(), Turned> {
        let mut inner = self.gate.inner();
        let Some(address) = inner.sessions.get(self.id).map(|session| session.address) else { return Ok(()) };
        if inner.sessions.count_about(Some(number), false) >= self.gate.limits.sessions_per_number {
            let crowding = inner.sessions.crowding_about(number, address).and_then(|id| inner.evict(id));
            self.gate.strike(crowding.ok_or(Turned::Total)?);
        }
        inner.sessions.change(self.id, |session| session.number = Some(number));
        Ok(())
    }

    /// When work for this session is done: by the voter's own standing once the credential is shown, before by that of
    /// the address too. (Nobody can spoil a voter's standing without the voter's card.)
    pub fn lane(&self) -> Lane {
        let inner = self.gate.inner();
        let Some(session) = inner.sessions.get(self.id) else { return Lane::Last };
        let mut standings = self.gate.standings();
        let own = session.number.map_or(Lane::First, |number| standings.of_number(number));
        if session.proven { own } else { own.max(standings.of_address(session.address)) }
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

    /// This session has brought a ballot and shown a valid credential. One voter has a bounded number of those too.
    pub fn prove(&self) {
        let mut inner = self.gate.inner();
        inner.sessions.change(self.id, |session| session.proven = true);
        let Some(number) = inner.sessions.get(self.id).map(|session| session.number) else { return };
        if let Some(number) = number {
            self.gate.standings().note_ballot(number);
        }
        if inner.sessions.count_about(number, true) > self.gate.limits.sessions_per_number {
            inner.sessions.oldest_about(number, true).and_then(|id| inner.evict(id));
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // A session that made room for another was counted then.
        if let Some(Session { proven: false, address, .. }) = self.gate.inner().sessions.remove(self.id) {
            self.gate.strike(address);
        }
    }
}
