//! An open and a secret election of one contest, their voters' cards, and receipts under the board's signature.

use std::{ops::Deref, sync::LazyLock};

use veche_client::Card;
use veche_election::{
    Contest, CredentialKey, CredentialSecret, Hash, LogTree, Receipt, Revote, RollShows, Secrecy, Subtrees,
    VoterNumber,
    log::{Checkpoint, leaf_hash, origin},
    manifest::TrusteePlan,
    receipt::CheckedReceipt,
};
pub use veche_fixtures::WEIGHTS;
use veche_fixtures::contest;
use veche_session::last::{CheckedLast, Last, Shown};

pub static OPEN: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Last, 1, 9));
pub static SECRET: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Secret, Revote::Last, 2, 9));
/// As [`OPEN`], with other ids.
pub static OTHER: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Last, 3, 9));
/// Without a second vote.
pub static NEVER: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Never, 4, 9));
/// The places of nine voters together weigh 12.
pub static WEIGHTED: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Secret, Revote::Last, 5, 12));

pub struct World(veche_fixtures::World);

impl Deref for World {
    type Target = veche_fixtures::World;

    fn deref(&self) -> &veche_fixtures::World {
        &self.0
    }
}

impl World {
    /// Nine voters, the last of whom has all the weight that the others leave.
    fn new(secrecy: Secrecy, revote: Revote, seed: u8, weight: u64) -> Self {
        let mut weights = [1; 9];
        weights[8] = weight - 8;
        Self(veche_fixtures::World::new(&weights, |draft| {
            let candidates = ["Anna", "Boris", "Clara"].map(Into::into).into();
            let contest = Contest { candidates, ..contest(&["0", "1", "2", "3", "4", "5"], 0) };
            draft.contests = vec![Contest { title: "Board".into(), ..contest }];
            draft.title = "Board".into();
            draft.trustees = (secrecy == Secrecy::Secret).then_some(TrusteePlan { count: 1, threshold: 1 });
            (draft.secrecy, draft.revote, draft.attempts_max) = (secrecy, revote, 3);
            (draft.roll_shows, draft.nonce) = (RollShows::Nothing, Hash([seed; 32]));
        }))
    }

    pub fn credential(&self, number: u8) -> CredentialKey {
        secret(number).key(self.election.draft_id())
    }

    pub fn card(&self, number: u8) -> Card {
        Card::new(&self.election, VoterNumber::new(number.into()).unwrap(), "", &secret(number))
    }

    /// A true receipt: of a log that holds this entry behind `before` others.
    pub fn receipt(&self, entry: &str, before: u64) -> (Receipt, Box<CheckedReceipt>) {
        let mut tree = LogTree::default();
        (0..before).for_each(|i| tree.append(Hash([i as u8; 32])));
        tree.append(leaf_hash(entry.as_bytes()));
        let checkpoint = Checkpoint { origin: origin(self.election.id()), size: tree.size(), root: tree.root() };
        let proof = tree.inclusion_proof(before, tree.size()).unwrap();
        let receipt = Receipt::new(entry.into(), before, proof, &checkpoint.sign(&self.board_key));
        let checked = receipt.check(&self.election, &WEIGHTS).unwrap();
        (receipt, Box::new(checked))
    }

    /// The same entry as the server tells of it while the election is open.
    pub fn last(&self, entry: &str, before: u64) -> Box<CheckedLast> {
        let last = Last::new(self.receipt(entry, before).0, Shown::while_open(&self.election)).unwrap();
        Box::new(last.check(&self.election, &WEIGHTS).unwrap())
    }
}

pub fn secret(number: u8) -> CredentialSecret {
    veche_fixtures::card(number.into())
}
