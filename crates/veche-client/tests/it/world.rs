//! An open and a secret election of one contest, their voters' cards, and receipts under the board's signature.

use std::sync::{Arc, LazyLock};

use veche_client::Card;
use veche_election::{
    Contest, ContestKind, CredentialKey, CredentialSecret, Draft, Election, Hash, Jwk, Keys, LogTree, Method, Receipt,
    Revote, RollShows, Rule, Secrecy, SigningKey, Subtrees, VoterNumber, WeightSeed,
    ceremony::{Ceremony, TrusteeSecret},
    log::{Checkpoint, leaf_hash, origin},
    manifest::{Better, RollSummary, TrusteePlan},
    receipt::CheckedReceipt,
};
use veche_session::last::{CheckedLast, Last, Shown};

/// Seed of a verifier's weights: nothing has to be hidden from a test.
pub const WEIGHTS: WeightSeed = WeightSeed([9; 32]);

pub static OPEN: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Last, 1, 9));
pub static SECRET: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Secret, Revote::Last, 2, 9));
/// As [`OPEN`], with other ids.
pub static OTHER: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Last, 3, 9));
/// Without a second vote.
pub static NEVER: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Open, Revote::Never, 4, 9));
/// The places of nine voters together weigh 12.
pub static WEIGHTED: LazyLock<World> = LazyLock::new(|| World::new(Secrecy::Secret, Revote::Last, 5, 12));

pub struct World {
    pub election: Arc<Election>,
    board: SigningKey,
}

impl World {
    fn new(secrecy: Secrecy, revote: Revote, seed: u8, weight: u64) -> Self {
        let plan = TrusteePlan { count: 1, threshold: 1 };
        let contest = Contest {
            kind: ContestKind::Score,
            title: "Board".into(),
            candidates: ["Anna", "Boris", "Clara"].map(Into::into).into(),
            levels: (0..=5).map(|level: u32| level.to_string()).collect(),
            blank: true,
            better: Better::Higher,
            approvals: None,
            about: Vec::new(),
            order: veche_election::manifest::Order::Given,
            rule: Rule::new(Method::Sum),
        };
        let draft = Draft {
            title: "Board".into(),
            secrecy,
            trustees: (secrecy == Secrecy::Secret).then_some(plan),
            contests: vec![contest],
            lot: None,
            revote,
            opens: None,
            closes: None,
            attempts_max: 3,
            session_timeout_s: 60,
            roll_shows: RollShows::Nothing,
            roll_changes: Default::default(),
            roll_scale: 0,
            witnesses: None,
            nonce: Hash([seed; 32]),
        };
        let board = SigningKey::from_seed(&[7; 32]);
        let jwk = |fill: u8| Jwk::from_modulus(&[fill | 0x81; 384]).unwrap();
        let keys = Keys {
            server_enc: jwk(2),
            server_sig: jwk(4),
            board: board.public(),
            organiser: SigningKey::from_seed(&[8; 32]).public(),
        };
        let roll = RollSummary { voters: 9, weight, credentials: Hash::of(b"list"), published: Hash::of(b"roll") };
        let trustees = (secrecy == Secrecy::Secret).then(|| ceremony(&draft).trustees().unwrap());
        Self { election: Arc::new(Election::new(draft, keys, roll, trustees).unwrap()), board }
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
        let receipt = Receipt::new(entry.as_bytes(), before, proof, &checkpoint.sign(&self.board));
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
    CredentialSecret::from_random([number; 16])
}

fn ceremony(draft: &Draft) -> Ceremony {
    let plan = draft.ceremony_plan().unwrap();
    let trustee = TrusteeSecret::new(draft.id(), 1, [1; 32]);
    let mut ceremony = Ceremony::new(draft.id(), plan);
    ceremony.take(&trustee.register("Trustee")).unwrap();
    for step in [TrusteeSecret::commit, TrusteeSecret::deal, TrusteeSecret::accept] {
        let message = step(&trustee, &ceremony).unwrap();
        ceremony.take(&message).unwrap();
    }
    ceremony
}
