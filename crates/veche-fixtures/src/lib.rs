//! Elections for tests and measurements, all of them from one place: drafts, ceremonies, keys, and worlds that are made of these.
//! Every seed is known and nothing is drawn, so that two runs make the same bytes; vectors of `docs/spec/vectors` come of them too.
//!
//! It stands under `[dev-dependencies]` alone, so no program has anything of it.
#![deny(missing_docs, unreachable_pub)]
// What cannot be made here is a mistake of the test that asks for it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use veche_election::{
    Contest, ContestKind, CredentialSecret, Draft, Election, ElectionResult, Hash, Jwk, Keys, Lot, Method, Revote,
    RollShows, Rule, Secrecy, SigningKey, WeightSeed,
    ceremony::{Ceremony, TrusteeSecret},
    manifest::{Better, Order},
    result::Basis,
    roll::Heads,
    tally::Histograms,
};

mod world;

pub use world::{Files, World, signatory};

/// Seed of a verifier's weights: nothing has to be hidden from a test.
pub const WEIGHTS: WeightSeed = WeightSeed([9; 32]);

/// A score contest by sums, of so many candidates on these levels, `*` allowed.
pub fn contest(levels: &[&str], candidates: usize) -> Contest {
    Contest {
        title: "Contest".into(),
        kind: ContestKind::Score,
        candidates: (1..=candidates).map(|i| format!("Candidate {i}")).collect(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        blank: true,
        better: Better::Higher,
        approvals: None,
        about: Vec::new(),
        order: Order::Given,
        rule: Rule::new(Method::Sum),
    }
}

/// An open election of two contests; everything else as usual.
pub fn draft() -> Draft {
    Draft {
        title: "Выборы".into(),
        secrecy: Secrecy::Open,
        trustees: None,
        contests: vec![contest(&["0", "1", "2", "3", "4", "5"], 3), contest(&["-2", "-1", "0", "1", "2"], 2)],
        lot: None,
        revote: Revote::Last,
        opens: None,
        closes: None,
        attempts_max: 5,
        session_timeout_s: 60,
        roll_shows: RollShows::Number,
        roll_changes: Default::default(),
        roll_scale: 0,
        witnesses: None,
        nonce: Hash([1; 32]),
    }
}

/// A modulus that no RSA key has, but of the right shape.
pub fn jwk(fill: u8) -> Jwk {
    Jwk::from_modulus(&[fill | 0x81; 384]).unwrap()
}

/// The manifest's keys, of a server with which nobody holds a session.
pub fn keys(board: &SigningKey, organiser: &SigningKey) -> Keys {
    Keys { server_enc: jwk(0xab), server_sig: jwk(0xad), board: board.public(), organiser: organiser.public() }
}

/// What stands on the card of a voter, counted from 1.
pub fn card(number: usize) -> CredentialSecret {
    let mut bytes = [number as u8; 16];
    for (byte, more) in bytes.iter_mut().zip((number as u64 >> 8).to_be_bytes()) {
        *byte ^= more;
    }
    CredentialSecret::from_random(bytes)
}

/// So many trustees of this draft, in the order of their numbers.
pub fn trustees(draft: &Draft, count: u32) -> Vec<TrusteeSecret> {
    (1..=count).map(|number| TrusteeSecret::new(draft.id(), number, [0x40 + number as u8; 32])).collect()
}

/// An honest ceremony of these trustees, complete.
pub fn ceremony(draft: &Draft, trustees: &[TrusteeSecret]) -> Ceremony {
    let mut ceremony = Ceremony::new(draft.id(), draft.ceremony_plan().unwrap());
    for trustee in trustees {
        ceremony.take(&trustee.register(&format!("Trustee {}", trustee.trustee()))).unwrap();
    }
    for say in [TrusteeSecret::commit, TrusteeSecret::deal, TrusteeSecret::accept] {
        trustees.iter().for_each(|trustee| ceremony.take(&say(trustee, &ceremony).unwrap()).unwrap());
    }
    ceremony
}

/// From the histograms of so many counting ballots of this weight, with the roll as of setup. `None` if a lot has to decide
/// and was not drawn.
pub fn compute(
    election: &Election,
    (ballots, weight): (u64, u64),
    histograms: &Histograms,
    lot: Option<&Lot>,
) -> Option<ElectionResult> {
    let roll = Heads { voters: election.roll().voters, weight: election.roll().weight };
    ElectionResult::of(election, &Basis { ballots, weight, histograms, lot, roll, at_closing: roll, withdrawn: &[] })
}
