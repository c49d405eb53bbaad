//! Voters and server in conversation, and the network between them that may do anything.

use super::*;

/// A sealed frame that anybody can read: who signed it, and the payload.
pub(super) fn seal(signer: &str, payload: &[u8]) -> String {
    format!("{signer}.{}", BASE64URL_NOPAD.encode(payload))
}

pub(super) fn open(frame: &str) -> Result<Opened, EnvelopeError> {
    let (signer, payload) = frame.split_once('.').ok_or(EnvelopeError::Form)?;
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).map_err(|_| EnvelopeError::Sealed)?;
    let signer = match signer.parse::<usize>() {
        Ok(voter) => KEYS.get(voter).ok_or(EnvelopeError::Signature)?[0].clone(),
        Err(_) => WORLD.election.keys().server_sig.clone(),
    };
    Ok(Opened { payload: Zeroizing::new(payload), signer })
}

/// Under the key of one «да», and no other.
fn open_ok(frame: &str, key: &OkKey) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let payload = frame.strip_prefix(&format!("ok-{}.", *key.to_text())).ok_or(EnvelopeError::Sealed)?;
    BASE64URL_NOPAD.decode(payload.as_bytes()).map(Zeroizing::new).map_err(|_| EnvelopeError::Sealed)
}

/// The frames of voter and server carry different signers: neither accepts the other's.
fn open_from_server(frame: &str) -> Result<Opened, EnvelopeError> {
    if frame.starts_with("server.") { open(frame) } else { Err(EnvelopeError::Signature) }
}

pub(super) fn check(election: &Election, entry: &[u8], phase: Phase) -> server::Input<'static> {
    let ballot = CheckedBallot::check(entry, election, &crate::fixture::WEIGHTS).map(Box::new);
    server::Input::Checked { ballot, phase }
}

impl Simulation {
    pub(super) fn connect(&mut self, everybody: bool) {
        let voters: Vec<usize> = if everybody { (0..VOTERS).collect() } else { vec![self.dice.below(VOTERS)] };
        for voter in voters {
            if self.connections.len() >= CONNECTIONS_MAX {
                return;
            }
            let id = self.next_id;
            self.next_id += 1;
            let mut name = [0; 16];
            name[..8].copy_from_slice(&self.dice.next().to_be_bytes());
            let number = VoterNumber::new(voter as u64 + 1).unwrap();
            let [sig, reply] = KEYS[voter].clone();
            let person = voter::Voter {
                number,
                credential: WORLD.voters[voter].clone(),
                sig,
                reply,
                weights: crate::fixture::WEIGHTS,
            };
            let server = ServerSession::new(WORLD.election.clone(), Folder::from_random(name));
            let greets = !self.calm && self.dice.one_in(3);
            let begin = if greets { VoterSession::hello } else { VoterSession::new };
            let client = begin(WORLD.election.clone(), person);
            let (up, down) = (VecDeque::new(), VecDeque::new());
            self.say(format!("{id}: voter {number} connects"));
            self.connections.push(Connection { id, voter, server, client, up, down, exchanged: false });
            self.feed_client(self.connections.len() - 1, voter::Input::Start);
        }
    }

    /// One frame of one connection arrives, most times the next one.
    pub(super) fn deliver(&mut self) {
        let ready: Vec<usize> = (0..self.connections.len())
            .filter(|i| !self.connections[*i].up.is_empty() || !self.connections[*i].down.is_empty())
            .collect();
        if ready.is_empty() {
            return;
        }
        let i = ready[self.dice.below(ready.len())];
        let connection = &mut self.connections[i];
        let up = !connection.up.is_empty() && (connection.down.is_empty() || self.dice.one_in(2));
        let queue = if up { &mut connection.up } else { &mut connection.down };
        let mut frame = queue.pop_front().unwrap();
        let id = connection.id;
        let trouble = if self.calm { usize::MAX } else { self.dice.below(60) };
        match trouble {
            0 => return self.say(format!("{id}: a frame is lost")),
            1 => queue.push_back(frame.clone()),
            2 => queue.extend([frame.clone(), frame.clone()]),
            3 if !queue.is_empty() => {
                let later = queue.pop_back().unwrap();
                queue.push_back(std::mem::replace(&mut frame, later));
            }
            4 => frame.insert(frame.floor_char_boundary(frame.len() / 2), '!'),
            5 if !self.old_frames.is_empty() => {
                connection.exchanged = true;
                frame = self.old_frames[self.dice.below(self.old_frames.len())].clone();
            }
            _ => {}
        }
        self.old_frames.push(frame.clone());
        if trouble <= 5 {
            self.say(format!("{id}: trouble {trouble} with a frame"));
        }
        if up {
            self.feed_server(i, server::Input::Frame(&frame))
        } else {
            self.feed_client(i, voter::Input::Frame(&frame))
        }
    }

    pub(super) fn hang_up(&mut self, i: usize, why: &str) {
        let connection = self.connections.remove(i);
        self.say(format!("{}: {why}", connection.id));
    }

    fn feed_server(&mut self, i: usize, input: server::Input<'_>) {
        use server::{Effect, Input};
        let mut effects: VecDeque<Effect> = match self.connections[i].server.handle(input) {
            Ok(effects) => effects.into(),
            Err(error) => return self.hang_up(i, &format!("the server hangs up: {error}")),
        };
        while let Some(effect) = effects.pop_front() {
            let connection = &mut self.connections[i];
            let more = match effect {
                Effect::FindVoter(number) => {
                    let place = number.as_str().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                    let listed = place.and_then(|place| WORLD.voters.get(place)).map(|key| key.public());
                    let found = listed.map(|key| self.running.sequencer.published().credential_in_force(key));
                    connection.server.handle(Input::Found(found))
                }
                Effect::OpenFolder(_) | Effect::Note(_) => continue,
                Effect::Send(frame) => {
                    connection.down.push_back(frame);
                    continue;
                }
                Effect::Open(frame) => connection.server.handle(Input::Opened(open(&frame))),
                Effect::Seal { payload, .. } => connection.server.handle(Input::Sealed(seal("server", &payload))),
                Effect::OpenOk { frame, key } => connection.server.handle(Input::OkOpened(open_ok(&frame, &key))),
                Effect::Check(entry) => {
                    let phase = self.running.sequencer.published().phase;
                    connection.server.handle(check(&WORLD.election, &entry, phase))
                }
                Effect::Decide(ballot) => {
                    let (id, sequencer) = (connection.id, self.running.sequencer.clone());
                    self.running.decisions.spawn(async move { (id, Decided::Cast(sequencer.cast(*ballot).await)) });
                    continue;
                }
                Effect::LookUp(credential) => {
                    let (id, sequencer) = (connection.id, self.running.sequencer.clone());
                    let looked = async move { (id, Decided::LookedUp(sequencer.look_up(credential).await)) };
                    self.running.decisions.spawn(looked);
                    continue;
                }
                // The voter reads what was sent, then finds the connection closed.
                Effect::Finish(_) => continue,
            };
            match more {
                Ok(more) => effects.extend(more),
                Err(error) => return self.hang_up(i, &format!("the server hangs up: {error}")),
            }
        }
    }

    pub(super) fn take_verdicts(&mut self) {
        while let Some(Ok((id, decided))) = self.running.decisions.try_join_next() {
            let Some(i) = self.connections.iter().position(|connection| connection.id == id) else { continue };
            let said = match &decided {
                Decided::Cast(Verdict::Recorded { receipt, .. }) => format!("{id}: recorded at {}", receipt.index),
                Decided::Cast(Verdict::Refused { refusal, .. }) => format!("{id}: {refusal}"),
                Decided::LookedUp(Lookup::Found(found)) => format!("{id}: {:?}", found.phase),
                Decided::LookedUp(Lookup::NotInForce | Lookup::Struck(_)) => format!("{id}: not in force"),
                Decided::Cast(Verdict::Busy) | Decided::LookedUp(Lookup::Busy) => format!("{id}: busy"),
            };
            self.say(said);
            let mut key = [0; 32];
            key[..8].copy_from_slice(&self.dice.next().to_be_bytes());
            let input = match decided {
                Decided::Cast(verdict) => server::Input::Decided(verdict, OkKey::new(key)),
                Decided::LookedUp(lookup) => server::Input::LookedUp(lookup),
            };
            self.feed_server(i, input);
        }
    }

    fn feed_client(&mut self, i: usize, input: voter::Input<'_>) {
        use voter::{Effect, Input};
        let mut effects: VecDeque<Effect> = match self.connections[i].client.handle(input) {
            Ok(effects) => effects.into(),
            Err(error) => return self.hang_up(i, &format!("the voter hangs up: {error}")),
        };
        while let Some(effect) = effects.pop_front() {
            let voter = self.connections[i].voter;
            let input = match effect {
                Effect::Send(frame) => {
                    self.connections[i].up.push_back(frame);
                    continue;
                }
                Effect::Seal(payload) => Input::Sealed(seal(&voter.to_string(), &payload)),
                Effect::Keep { .. } => continue,
                Effect::SealOk { payload, key } => Input::Sealed(seal(&format!("ok-{}", *key.to_text()), &payload)),
                Effect::Open(frame) => Input::Opened(open_from_server(&frame)),
                Effect::NeedEntry(why) => match self.write_entry(voter, why) {
                    Some(entry) => Input::Entry(entry.into()),
                    None => return self.hang_up(i, "the voter gives up"),
                },
                Effect::Finish(outcome) => return self.client_ends(i, outcome),
            };
            match self.connections[i].client.handle(input) {
                Ok(more) => effects.extend(more),
                Err(error) => return self.hang_up(i, &format!("the voter hangs up: {error}")),
            }
        }
    }

    /// What was sent before and not answered comes first, then a new ballot on top of the last.
    fn write_entry(&mut self, voter: usize, why: Why) -> Option<String> {
        let again = !self.calm && self.dice.one_in(8);
        let chance = self.dice.next();
        let person = &mut self.people[voter];
        match why {
            Why::First => {}
            Why::Refused(refused) if refused.code == Code::Stale => {
                person.next = match refused.last {
                    Some(last) => last.next(),
                    None => Position::FIRST,
                };
                person.pending = None;
            }
            Why::Refused(_) => return None,
        }
        if again && !person.recorded.is_empty() {
            return person.recorded.get(chance as usize % person.recorded.len()).cloned();
        }
        let new = || {
            let marks = (0..3).map(|i| ["0", "1", "2", "3", "4", "5", "*"][(chance >> (8 * i)) as usize % 7]).collect();
            let entry = BallotEntry::sign(WORLD.election.id(), &WORLD.voters[voter], person.next, vec![marks]);
            entry.as_str().to_owned()
        };
        Some(person.pending.get_or_insert_with(new).clone())
    }

    fn client_ends(&mut self, i: usize, outcome: Outcome) {
        let (id, voter) = (self.connections[i].id, self.connections[i].voter);
        match outcome {
            Outcome::Recorded { receipt, checked, current } => {
                self.say(format!("{id}: «да» for place {}, current: {current}", receipt.index));
                self.saw(&receipt.checkpoint);
                let person = &mut self.people[voter];
                if person.pending.as_deref() == Some(receipt.entry.as_str()) {
                    person.pending = None;
                }
                if current {
                    person.next = Position { seq: checked.ballot().entry().seq + 1, prev: checked.ballot().leaf() };
                }
                person.recorded.push(receipt.entry.as_str().to_owned());
                let before = self.receipts.insert(receipt.index, receipt.clone());
                assert!(before.is_none_or(|before| before == receipt), "place {} has two receipts", receipt.index);
                // The `ok` may still arrive; the session is over for both.
            }
            Outcome::Refused(refused) => self.say(format!("{id}: the voter hears {}", refused.code.name())),
            Outcome::Greeted(greeting) => {
                let last = greeting.last.map(|last| last.index());
                self.say(format!("{id}: {:?}, last {last:?}", greeting.phase));
                let checkpoint = greeting.checkpoint.expect("the log has its setup");
                self.checkpoints.push(checkpoint.clone());
                self.greetings.push(Told { voter, last, checkpoint });
            }
            // A folder's name is a number too, and an older frame may have taken the place of the voter's.
            Outcome::NotOnRoll => assert!(self.connections[i].exchanged, "voter {voter} is on the roll"),
        }
        self.connections.remove(i);
    }
}
