//! Random chronicles of an election, honest and dishonest: a few lines of plain bookkeeping say which entry must be
//! taken, and after each one the tally is recounted from the JSON text of all entries that were.

use std::collections::HashMap;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use veche_election::{Act, Hash, Phase, Revote, Signatory, entry::Position};

use crate::fixture::{Log, NOW, World, reason};

const WEIGHTS: [u64; 3] = [1, 1, 2];

/// How an entry follows the voter's last one.
#[derive(Debug, Clone, Copy)]
enum Follows {
    Rightly,
    WithSeqOff,
    WithPrevOff,
    AsTheFirst,
}

#[derive(Debug, Clone)]
enum Deed {
    /// Cards 0 to 2 are the voters', 3 to 5 come in by replacement only.
    Vote {
        card: usize,
        marks: String,
        follows: Follows,
    },
    /// An entry that was offered earlier, taken or not.
    Replay {
        which: prop::sample::Index,
    },
    Replace {
        old: usize,
        new: usize,
    },
    /// By so much, signed so long after the closing time in force.
    Extend {
        by: i64,
        after: i64,
        honest: bool,
    },
    Pause,
    Resume,
    Cancel,
    Closing,
    Result {
        honest: bool,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let follows = prop_oneof![
        12 => Just(Follows::Rightly),
        1 => Just(Follows::WithSeqOff),
        1 => Just(Follows::WithPrevOff),
        1 => Just(Follows::AsTheFirst),
    ];
    prop_oneof![
        40 => (0_usize..6, "[0-5*]{3}", follows).prop_map(|(card, marks, follows)| Deed::Vote { card, marks, follows }),
        6 => any::<prop::sample::Index>().prop_map(|which| Deed::Replay { which }),
        8 => (0_usize..6, 0_usize..6).prop_map(|(old, new)| Deed::Replace { old, new }),
        3 => (-2_i64..5, -3_i64..4, prop::bool::weighted(0.8)).prop_map(|(by, after, honest)| Deed::Extend { by, after, honest }),
        4 => Just(Deed::Pause),
        6 => Just(Deed::Resume),
        1 => Just(Deed::Cancel),
        2 => Just(Deed::Closing),
        3 => any::<bool>().prop_map(|honest| Deed::Result { honest }),
    ]
}

/// A voter's place, as a clerk would note it.
#[derive(Debug, Clone, Default)]
struct Place {
    card: usize,
    seq: u64,
    leaf: [u8; 32],
}

struct Clerk {
    phase: Phase,
    closes: u64,
    revote: Revote,
    places: Vec<Place>,
    /// Every card that ever was good, with its place.
    cards: HashMap<usize, usize>,
}

impl Clerk {
    fn new(revote: Revote) -> Self {
        let places = (0..3).map(|card| Place { card, ..Place::default() }).collect();
        Self { phase: Phase::Open, closes: NOW + 1, revote, places, cards: (0..3).map(|i| (i, i)).collect() }
    }

    fn next(&self, card: usize) -> Position {
        let place = self.cards.get(&card).map(|place| self.places[*place].clone()).unwrap_or_default();
        Position { seq: place.seq + 1, prev: Hash(place.leaf) }
    }

    fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Paused)
    }

    /// Notes a ballot, if it must be taken.
    fn ballot(&mut self, card: usize, at: Position, bytes: &[u8]) -> bool {
        let next = self.next(card);
        let Some(place) = self.cards.get(&card).map(|place| &mut self.places[*place]) else { return false };
        let may = place.card == card
            && self.phase == Phase::Open
            && (self.revote == Revote::Last || place.seq == 0)
            && at == next;
        if may {
            place.seq += 1;
            place.leaf = Sha256::digest([&[0], bytes].concat()).into();
        }
        may
    }

    fn step(&mut self, may: bool, to: Phase) -> bool {
        if may {
            self.phase = to;
        }
        may
    }

    fn act(&mut self, deed: &Deed) -> bool {
        match *deed {
            Deed::Pause => self.step(self.phase == Phase::Open, Phase::Paused),
            Deed::Resume => self.step(self.phase == Phase::Paused, Phase::Open),
            Deed::Cancel => self.step(self.is_live(), Phase::Cancelled),
            Deed::Closing => self.step(self.is_live(), Phase::Closed),
            Deed::Result { honest } => self.step(self.phase == Phase::Closed && honest, Phase::Finished),
            Deed::Extend { by, after, honest } => {
                let may = self.is_live() && by > 0 && by > after && honest;
                self.closes = if may { self.closes.saturating_add_signed(by) } else { self.closes };
                may
            }
            Deed::Replace { old, new } => {
                let place = self.cards.get(&old).copied().filter(|place| self.places[*place].card == old);
                let may = self.is_live() && place.is_some() && !self.cards.contains_key(&new);
                if let (true, Some(place)) = (may, place) {
                    self.places[place].card = new;
                    self.cards.insert(new, place);
                }
                may
            }
            Deed::Vote { .. } | Deed::Replay { .. } => unreachable!("not an act"),
        }
    }
}

/// For each candidate the weight of 0, 1, ... 5 and `*`; and ballots and weight in all.
fn recount(world: &World, entries: &[Vec<u8>]) -> (Vec<[u64; 7]>, u64, u64) {
    let mut place: HashMap<String, usize> = (0..3).map(|i| (world.key(i).public().to_string(), i)).collect();
    let mut last: HashMap<usize, String> = HashMap::new();
    for entry in entries {
        let entry: serde_json::Value = serde_json::from_slice(entry).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        if entry["act"]["type"] == "replace" {
            place.insert(text(&entry["act"]["new"]), place[&text(&entry["act"]["old"])]);
        } else if entry["ballot"].is_object() {
            last.insert(place[&text(&entry["credential"])], text(&entry["ballot"]["marks"][0]));
        }
    }
    let mut candidates = vec![[0; 7]; 3];
    for (voter, marks) in &last {
        for (candidate, mark) in candidates.iter_mut().zip(marks.chars()) {
            candidate["012345*".find(mark).unwrap()] += WEIGHTS[*voter];
        }
    }
    (candidates, last.len() as u64, last.keys().map(|voter| WEIGHTS[*voter]).sum())
}

fn counted(log: &Log<'_>) -> (Vec<[u64; 7]>, u64, u64) {
    let tally = log.board.tally();
    let bars =
        tally.histograms().unwrap()[0].iter().map(|h| core::array::from_fn(|i| *h.levels.get(i).unwrap_or(&h.blank)));
    (bars.collect(), tally.ballots, tally.weight)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_11_12_16_18_and_40_in_any_order_of_events(
        deeds in prop::collection::vec(deed(), 0..60),
        revote in prop_oneof![3 => Just(Revote::Last), 1 => Just(Revote::Never)],
    ) {
        let world = World::with(|draft| (draft.revote, draft.closes) = (revote, Some(NOW + 1)));
        let (mut log, mut clerk) = (Log::open(&world), Clerk::new(revote));
        let mut offered: Vec<(usize, Position, Vec<u8>)> = Vec::new();
        for deed in &deeds {
            let (taken, expected) = match deed {
                Deed::Vote { card, marks, follows } => {
                    let next = clerk.next(*card);
                    let at = match follows {
                        Follows::Rightly => next,
                        Follows::WithSeqOff => Position { seq: next.seq + 1, ..next },
                        Follows::WithPrevOff => Position { prev: Hash([1; 32]), ..next },
                        Follows::AsTheFirst => Position::FIRST,
                    };
                    let ballot = world.ballot(*card, at, marks);
                    offered.push((*card, at, ballot.clone()));
                    (log.offer(&ballot).is_ok(), clerk.ballot(*card, at, &ballot))
                }
                Deed::Replay { .. } if offered.is_empty() => continue,
                Deed::Replay { which } => {
                    let (card, at, ballot) = which.get(&offered);
                    (log.offer(ballot).is_ok(), clerk.ballot(*card, *at, ballot))
                }
                deed => {
                    let act = match *deed {
                        Deed::Replace { old, new } => {
                            Act::Replace { old: world.key(old).public(), new: world.key(new).public(), reason: reason() }
                        }
                        Deed::Extend { by, after, honest } => Act::Extend {
                            closes: clerk.closes.saturating_add_signed(by),
                            late: (after >= 0) == honest,
                            reason: reason(),
                        },
                        Deed::Pause => Act::Pause { reason: reason() },
                        Deed::Resume => Act::Resume { reason: reason() },
                        Deed::Cancel => Act::Cancel { reason: reason() },
                        Deed::Result { honest: true } => Act::Result { hash: log.board.result().unwrap().hash() },
                        Deed::Result { honest: false } => Act::Result { hash: Hash::ZERO },
                        _ => Act::Closing,
                    };
                    let by = if matches!(act, Act::Result { .. }) { Signatory::Board } else { Signatory::Organiser };
                    let at = match *deed {
                        Deed::Extend { after, .. } => clerk.closes.saturating_add_signed(after),
                        _ => NOW,
                    };
                    (log.offer_act(at, by, act).is_ok(), clerk.act(deed))
                }
            };
            prop_assert_eq!(taken, expected, "{:?}", deed);
            prop_assert_eq!((log.board.phase(), log.board.closes()), (clerk.phase, Some(clerk.closes)));
            prop_assert_eq!(log.board.size(), log.entries.len() as u64);
            prop_assert_eq!(counted(&log), recount(&world, &log.entries), "{:?}", deed);
        }
    }
}
