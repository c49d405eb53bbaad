//! The trustees' ceremony: how `count` people make the election keys with which any `threshold` of them open the sums, and
//! fewer learn nothing. Every message is signed, so whoever errs is named; and every message after the registration names all
//! that it follows from, so that it fits nowhere but where it was said. Spec: `docs/spec/trustees.md`.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as Slot};

use veche_crypto::{
    ElectionKeys, Point,
    dealing::{DealError, Dealer, Dealing, JointDealing, Size, sealed_bytes},
    group,
};

use crate::{
    canonical,
    credential::base32_groups,
    encoding::{Blob, Bytes},
    hash::Hash,
    keys::PublicKey,
    manifest::{CeremonyPlan, Election, TRUSTEE_MAX_CHARS, Trustee, Trustees},
    text,
};

mod message;
mod secret;

pub use message::{CEREMONY_VERSION, CeremonyError, MESSAGE_MAX_BYTES, Message, Step};
pub use secret::TrusteeSecret;

impl CeremonyPlan {
    fn size(&self) -> Size {
        Size { keys: self.keys, threshold: self.threshold }
    }
}

/// Of every trustee its verification keys Y_jk, one for each election key: rehearsals and shares are checked against them.
/// In an open election there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerificationKeys(Vec<Vec<Point>>);

impl VerificationKeys {
    /// Those of a trustee by number, from 1.
    pub fn of(&self, trustee: u32) -> Option<&[Point]> {
        self.0.get((trustee as usize).checked_sub(1)?).map(Vec::as_slice)
    }
}

/// What is waited for, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// These have not registered.
    Register(Vec<u32>),
    /// These have not committed.
    Commit(Vec<u32>),
    /// These have not dealt.
    Deal(Vec<u32>),
    /// These have neither accepted nor complained.
    Accept(Vec<u32>),
    /// The dealer has to answer the accuser.
    Disputed {
        /// Who complains.
        accuser: u32,
        /// Whose dealing it is about.
        dealer: u32,
    },
    /// The ceremony ends here; make another one without these trustees, whom answers to complaints convict.
    Failed {
        /// Their numbers.
        culprits: Vec<u32>,
    },
    /// The keys are made.
    Done,
}

/// All messages so far, checked.
#[derive(Debug, Clone)]
pub struct Ceremony {
    draft: Hash,
    plan: CeremonyPlan,
    /// Exact bytes by step and trustee.
    registers: BTreeMap<u32, (Vec<u8>, Registered)>,
    commits: BTreeMap<u32, (Vec<u8>, Bytes<64>)>,
    deals: BTreeMap<u32, (Vec<u8>, Dealt)>,
    accepts: BTreeMap<u32, Vec<u8>>,
    /// By accuser and dealer.
    complaints: BTreeMap<(u32, u32), Vec<u8>>,
    /// By accuser and dealer, with the one whom the answer convicts.
    answers: BTreeMap<(u32, u32), (Vec<u8>, u32)>,
}

#[derive(Debug, Clone)]
struct Registered {
    name: String,
    key: PublicKey,
    seal: [u8; 32],
}

#[derive(Debug, Clone)]
struct Dealt {
    dealing: Dealing,
    shares: Vec<Blob>,
}

impl Ceremony {
    /// Before anybody has said anything.
    pub fn new(draft: Hash, plan: CeremonyPlan) -> Self {
        Self {
            draft,
            plan,
            registers: BTreeMap::new(),
            commits: BTreeMap::new(),
            deals: BTreeMap::new(),
            accepts: BTreeMap::new(),
            complaints: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// Reads a file `ceremony`: in order, nothing else in it, and complete or with a dispute in it. A record's must be
    /// complete: [`Self::trustees`] refuses any other.
    ///
    /// # Errors
    ///
    /// A message is none of this ceremony, or stands in another place.
    pub fn parse(bytes: &[u8], draft: Hash, plan: CeremonyPlan) -> Result<Self, CeremonyError> {
        let mut this = Self::new(draft, plan);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").ok_or(CeremonyError::Form("the last line does not end".into()))?;
            this.take(line)?;
        }
        if this.to_bytes()? == bytes { Ok(this) } else { Err(CeremonyError::Form("the lines are out of order".into())) }
    }

    /// Reads the file `ceremony` of an election: it is the one that the manifest names, and what the manifest says of the
    /// trustees follows from it.
    ///
    /// # Errors
    ///
    /// The file is not the manifest's, or whoever made the manifest erred.
    pub fn of(election: &Election, file: &[u8]) -> Result<Self, CeremonyError> {
        let plan = election.draft().ceremony_plan().ok_or(CeremonyError::Open)?;
        if election.ceremony() != Some(Hash::of(file)) {
            return Err(CeremonyError::OtherFile);
        }
        let this = Self::parse(file, election.draft_id(), plan)?;
        if Some(&this.trustees()?) == election.trustee_keys() { Ok(this) } else { Err(CeremonyError::OtherKeys) }
    }

    /// Takes in messages that came in any order, each with where it came from.
    ///
    /// # Errors
    ///
    /// The first that is refused, with where it came from.
    pub fn from_messages<P>(
        draft: Hash,
        plan: CeremonyPlan,
        messages: Vec<(Vec<u8>, P)>,
    ) -> Result<Self, (P, CeremonyError)> {
        let mut this = Self::new(draft, plan);
        let mut ordered: Vec<_> = messages.into_iter().map(|(bytes, from)| (rank(&bytes), bytes, from)).collect();
        ordered.sort_by_key(|(rank, ..)| *rank);
        for (_, bytes, from) in ordered {
            this.take(&bytes).map_err(|error| (from, error))?;
        }
        Ok(this)
    }

    /// The name of a message's file in a folder of messages: `2-deal.json`.
    pub fn file_name(bytes: &[u8]) -> Option<String> {
        let message: Message = canonical::parse(bytes).ok()?;
        let about = match message.step {
            Step::Complain { dealer: other, .. } | Step::Answer { to: other, .. } => format!("-{other}"),
            _ => String::new(),
        };
        Some(format!("{}-{}{about}.json", message.trustee, message.step.name()))
    }

    /// The file `ceremony` of one that is complete or has come to a dispute: all registrations, then all commitments and
    /// dealings, then what acceptances, complaints and answers there are, a line each.
    ///
    /// # Errors
    ///
    /// It is neither complete nor in dispute.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CeremonyError> {
        match self.stage() {
            Stage::Disputed { .. } | Stage::Failed { .. } | Stage::Done => {
                Ok(self.messages().flat_map(|line| line.iter().copied().chain([b'\n'])).collect())
            }
            _ => Err(CeremonyError::Incomplete),
        }
    }

    /// Takes in a message, whoever brings it. The same message again changes nothing.
    ///
    /// # Errors
    ///
    /// [`CeremonyError`] says who erred; nothing has changed.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), CeremonyError> {
        let Message { trustee, step, .. } = self.signed(bytes)?;
        match step {
            Step::Register { name, key, seal } => self.register(bytes, trustee, Registered { name, key, seal: seal.0 }),
            Step::Commit { table, commitment } => {
                self.all_of(self.registers.len(), trustee, "commit")?;
                self.same_table(trustee, table)?;
                put(&mut self.commits, trustee, (bytes.to_vec(), commitment), trustee, |held| &held.0)
            }
            Step::Deal { table, commitments, nonce, coefficients, possession, shares } => {
                self.all_of(self.commits.len(), trustee, "deal")?;
                self.same_table(trustee, table)?;
                if commitments != self.commitments() {
                    return Err(CeremonyError::Commitments(trustee));
                }
                let dealing = self.check_dealing(trustee, &nonce, &coefficients, &possession, &shares)?;
                self.check_keys(trustee, &dealing)?;
                put(&mut self.deals, trustee, (bytes.to_vec(), Dealt { dealing, shares }), trustee, |held| &held.0)
            }
            Step::Accept { transcript } => {
                self.same_transcript(trustee, transcript, "accept")?;
                if self.complaints.keys().any(|(accuser, _)| *accuser == trustee) {
                    return Err(CeremonyError::Both(trustee));
                }
                put(&mut self.accepts, trustee, bytes.to_vec(), trustee, |held| held)
            }
            Step::Complain { transcript, dealer } => {
                self.same_transcript(trustee, transcript, "complain")?;
                self.complain(bytes, trustee, dealer)
            }
            Step::Answer { transcript, to, ephemeral } => {
                self.same_transcript(trustee, transcript, "answer")?;
                self.answer(bytes, trustee, to, &ephemeral)
            }
        }
    }

    /// A message of this draft that is signed by the key registered under its number.
    fn signed(&self, bytes: &[u8]) -> Result<Message, CeremonyError> {
        let message = Message::read(bytes)?;
        if message.draft != self.draft {
            return Err(CeremonyError::Draft);
        }
        let trustee = message.trustee;
        if !(1..=self.plan.count).contains(&trustee) {
            return Err(CeremonyError::Number(trustee));
        }
        let registered = self.registers.get(&trustee).map(|(_, registered)| registered.key);
        let key = match &message.step {
            Step::Register { key, .. } => *key,
            step => registered.ok_or(CeremonyError::Early { trustee, step: step.name() })?,
        };
        message.verify(bytes, &key)?;
        Ok(message)
    }

    fn all_of(&self, got: usize, trustee: u32, step: &'static str) -> Result<(), CeremonyError> {
        if got == self.plan.count as usize { Ok(()) } else { Err(CeremonyError::Early { trustee, step }) }
    }

    fn same_table(&self, trustee: u32, table: Hash) -> Result<(), CeremonyError> {
        if table == self.table() { Ok(()) } else { Err(CeremonyError::Table(trustee)) }
    }

    /// Whatever is said of a transcript counts in this one only: what was said of a false one convicts nobody here.
    fn same_transcript(&self, trustee: u32, transcript: Hash, step: &'static str) -> Result<(), CeremonyError> {
        self.all_of(self.deals.len(), trustee, step)?;
        if transcript == self.transcript() { Ok(()) } else { Err(CeremonyError::Transcript(trustee)) }
    }

    fn register(&mut self, bytes: &[u8], trustee: u32, registered: Registered) -> Result<(), CeremonyError> {
        text::check(&registered.name, TRUSTEE_MAX_CHARS).map_err(|error| CeremonyError::Name(trustee, error))?;
        group::point_not_identity(&registered.seal).map_err(|_| CeremonyError::Seal(trustee))?;
        if self.registers.iter().any(|(other, (_, held))| *other != trustee && held.key == registered.key) {
            return Err(CeremonyError::SameKey(trustee));
        }
        put(&mut self.registers, trustee, (bytes.to_vec(), registered), trustee, |held| &held.0)
            .map_err(|_| CeremonyError::Taken(trustee))
    }

    fn check_dealing(
        &self,
        trustee: u32,
        nonce: &Bytes<32>,
        coefficients: &Blob,
        possession: &Blob,
        shares: &[Blob],
    ) -> Result<Dealing, CeremonyError> {
        let (_, commitment) = self.commits.get(&trustee).ok_or(CeremonyError::Incomplete)?;
        let (dealer, size) = (self.dealer(trustee), self.plan.size());
        let dealing = Dealing::check(dealer, size, &commitment.0, &nonce.0, &coefficients.0, &possession.0)
            .map_err(|error| CeremonyError::Dealing { trustee, error })?;
        let whole = |share: &Blob| share.0.len() == sealed_bytes(self.plan.keys);
        if shares.len() != self.plan.count as usize || !shares.iter().all(whole) {
            return Err(CeremonyError::Dealing { trustee, error: DealError::Share });
        }
        Ok(dealing)
    }

    /// The last dealing neither undoes all others nor makes one key of two.
    fn check_keys(&self, trustee: u32, dealing: &Dealing) -> Result<(), CeremonyError> {
        let others = self.deals.iter().filter(|(dealer, _)| **dealer != trustee).map(|(_, (_, dealt))| &dealt.dealing);
        let dealings: Vec<&Dealing> = others.chain([dealing]).collect();
        if dealings.len() < self.plan.count as usize {
            return Ok(());
        }
        ElectionKeys::from_points(&JointDealing::sum(dealings).keys()).map(|_| ()).map_err(|_| CeremonyError::NoKey)
    }

    fn complain(&mut self, bytes: &[u8], accuser: u32, dealer: u32) -> Result<(), CeremonyError> {
        if !self.deals.contains_key(&dealer) {
            return Err(CeremonyError::Number(dealer));
        }
        if dealer == accuser {
            return Err(CeremonyError::Itself(accuser));
        }
        if self.accepts.contains_key(&accuser) {
            return Err(CeremonyError::Both(accuser));
        }
        put(&mut self.complaints, (accuser, dealer), bytes.to_vec(), accuser, |held| held)
    }

    /// A good share convicts the accuser, a bad one the dealer.
    fn answer(&mut self, bytes: &[u8], dealer: u32, to: u32, ephemeral: &Bytes<32>) -> Result<(), CeremonyError> {
        if !self.complaints.contains_key(&(to, dealer)) {
            return Err(CeremonyError::NoComplaint(dealer));
        }
        let (_, dealt) = self.deals.get(&dealer).ok_or(CeremonyError::Incomplete)?;
        let (_, accuser) = self.registers.get(&to).ok_or(CeremonyError::Number(to))?;
        let sealed = dealt.shares.get(to as usize - 1).ok_or(CeremonyError::Number(to))?;
        let good = group::scalar(&ephemeral.0).is_ok_and(|ephemeral| {
            dealt.dealing.judge(self.dealer(dealer), to, &accuser.seal, &sealed.0, &ephemeral).is_ok()
        });
        let culprit = if good { to } else { dealer };
        put(&mut self.answers, (to, dealer), (bytes.to_vec(), culprit), dealer, |held| &held.0)
    }

    fn dealer(&self, trustee: u32) -> Dealer<'_> {
        Dealer { draft: &self.draft.0, trustee }
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        let missing = |has: &dyn Fn(&u32) -> bool| -> Vec<u32> { (1..=self.plan.count).filter(|i| !has(i)).collect() };
        let culprits: BTreeSet<u32> = self.answers.values().map(|(_, culprit)| *culprit).collect();
        if !culprits.is_empty() {
            return Stage::Failed { culprits: culprits.into_iter().collect() };
        }
        if let Some((accuser, dealer)) = self.complaints.keys().next().copied() {
            return Stage::Disputed { accuser, dealer };
        }
        let registers = missing(&|i| self.registers.contains_key(i));
        let commits = missing(&|i| self.commits.contains_key(i));
        let deals = missing(&|i| self.deals.contains_key(i));
        let accepts = missing(&|i| self.accepts.contains_key(i));
        if !registers.is_empty() {
            Stage::Register(registers)
        } else if !commits.is_empty() {
            Stage::Commit(commits)
        } else if !deals.is_empty() {
            Stage::Deal(deals)
        } else if !accepts.is_empty() {
            Stage::Accept(accepts)
        } else {
            Stage::Done
        }
    }

    /// Who has registered: number, name and key.
    pub fn registered(&self) -> impl Iterator<Item = (u32, &str, PublicKey)> {
        self.registers.iter().map(|(trustee, (_, held))| (*trustee, held.name.as_str(), held.key))
    }

    fn complete(&self) -> Result<(), CeremonyError> {
        if self.stage() == Stage::Done { Ok(()) } else { Err(CeremonyError::Incomplete) }
    }

    /// Every complaint by accuser and dealer, with the one whom its answer convicts, if there is an answer.
    pub fn disputes(&self) -> impl Iterator<Item = (u32, u32, Option<u32>)> {
        let convicts = |key: &(u32, u32)| self.answers.get(key).map(|(_, culprit)| *culprit);
        self.complaints.keys().map(move |key| (key.0, key.1, convicts(key)))
    }

    /// Registrations, commitments and dealings, in this order.
    fn shown(&self) -> impl Iterator<Item = &Vec<u8>> {
        let registers = self.registers.values().map(|(bytes, _)| bytes);
        let commits = self.commits.values().map(|(bytes, _)| bytes);
        registers.chain(commits).chain(self.deals.values().map(|(bytes, _)| bytes))
    }

    /// Every message so far.
    pub fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.accepts.values().chain(self.complaints.values());
        self.shown().chain(rest).chain(self.answers.values().map(|(bytes, _)| bytes)).map(Vec::as_slice)
    }

    /// Hash of all registrations: its code is read aloud before anybody commits or deals.
    pub fn table(&self) -> Hash {
        let parts: Vec<&[u8]> = self.registers.values().map(|(bytes, _)| bytes.as_slice()).collect();
        Hash::labelled("veche-ceremony-table-1", &parts)
    }

    /// Hash of all commitments: a dealing names it, so that it answers these and no others.
    pub fn commitments(&self) -> Hash {
        let parts: Vec<&[u8]> = self.commits.values().map(|(bytes, _)| bytes.as_slice()).collect();
        Hash::labelled("veche-ceremony-commitments-1", &parts)
    }

    /// Hash of all registrations, commitments and dealings: its code is read aloud before the election is set up.
    pub fn transcript(&self) -> Hash {
        let parts: Vec<&[u8]> = self.shown().map(Vec::as_slice).collect();
        Hash::labelled("veche-ceremony-transcript-1", &parts)
    }

    fn joint(&self) -> Result<JointDealing, CeremonyError> {
        self.complete()?;
        Ok(JointDealing::sum(self.deals.values().map(|(_, dealt)| &dealt.dealing)))
    }

    /// What the manifest says of the trustees, once the ceremony is complete.
    ///
    /// # Errors
    ///
    /// It is not complete.
    pub fn trustees(&self) -> Result<Trustees, CeremonyError> {
        let keys = ElectionKeys::from_points(&self.joint()?.keys())?;
        let keys = Blob(keys.encodings().as_flattened().to_vec());
        let ceremony = Hash::of(&self.to_bytes()?);
        let member = |(_, held): &(Vec<u8>, Registered)| Trustee { name: held.name.clone(), key: held.key };
        Ok(Trustees { keys, ceremony, members: self.registers.values().map(member).collect() })
    }

    /// What rehearsals and shares are checked against, once the ceremony is complete.
    ///
    /// # Errors
    ///
    /// It is not complete.
    pub fn verification_keys(&self) -> Result<VerificationKeys, CeremonyError> {
        let joint = self.joint()?;
        Ok(VerificationKeys((1..=self.plan.count).map(|trustee| joint.verification_keys(trustee)).collect()))
    }
}

/// Steps in the order in which they can be taken in.
fn rank(bytes: &[u8]) -> u8 {
    let message: Result<Message, _> = canonical::parse(bytes);
    message.map_or(u8::MAX, |message| match message.step {
        Step::Register { .. } => 0,
        Step::Commit { .. } => 1,
        Step::Deal { .. } => 2,
        Step::Accept { .. } => 3,
        Step::Complain { .. } => 4,
        Step::Answer { .. } => 5,
    })
}

fn put<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    place: K,
    value: V,
    trustee: u32,
    bytes: impl Fn(&V) -> &Vec<u8>,
) -> Result<(), CeremonyError> {
    match map.entry(place) {
        Slot::Vacant(slot) => {
            slot.insert(value);
            Ok(())
        }
        // One who signs can sign the same words in many ways: that is no second message.
        Slot::Occupied(slot) if Message::unsigned(bytes(slot.get())) == Message::unsigned(bytes(&value)) => Ok(()),
        Slot::Occupied(_) => Err(CeremonyError::Twice(trustee)),
    }
}

/// A hash in eight groups of base32 symbols (160 bits), for reading aloud. Whoever carries the messages has a hand in
/// both sides of the comparison, so what counts is the work of finding two that agree: 2^80.
pub fn spoken(hash: Hash) -> String {
    groups(hash, 8)
}

/// A public key in five groups (100 bits): its owner chose it alone, so 2^100 is the work of imitating it.
pub fn fingerprint(key: &PublicKey) -> String {
    groups(Hash::labelled("veche-trustee-fingerprint-1", &[key.as_bytes()]), 5)
}

fn groups(hash: Hash, count: usize) -> String {
    base32_groups(&hash.0).split('-').take(count).collect::<Vec<_>>().join("-")
}
