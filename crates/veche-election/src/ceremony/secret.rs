//! What a trustee alone holds, and what it says in the ceremony and after.

use core::fmt;

use veche_crypto::{
    Point, Scalar,
    dealing::{DealError, Dealer, Secret, Size},
    dleq::DleqError,
    opening::{Opening, Share},
    rehearsal,
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Ceremony, CeremonyError, Message, Registered, Step};
use crate::{
    encoding::{Blob, Bytes},
    hash::Hash,
    keys::SigningKey,
};

/// A trustee's one secret: everything else follows from it and from the public ceremony, so a copy made on the first
/// day stays good. Wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TrusteeSecret {
    seed: [u8; 32],
    #[zeroize(skip)]
    draft: Hash,
    trustee: u32,
}

impl fmt::Debug for TrusteeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeSecret(trustee {}, redacted)", self.trustee)
    }
}

impl TrusteeSecret {
    /// `seed`: 32 bytes of the system's randomness, kept secret for ever.
    pub fn new(draft: Hash, trustee: u32, seed: [u8; 32]) -> Self {
        Self { seed, draft, trustee }
    }

    /// Its number, from 1.
    pub fn trustee(&self) -> u32 {
        self.trustee
    }

    /// Id of the draft for which it was made.
    pub fn draft(&self) -> Hash {
        self.draft
    }

    /// The one secret.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.seed)
    }

    /// The key that signs what this trustee says.
    pub fn signing_key(&self) -> SigningKey {
        let number = u64::from(self.trustee).to_be_bytes();
        let seed = Hash::labelled("veche-trustee-signing-1", &[&self.seed, &self.draft.0, &number]);
        SigningKey::from_seed(&Zeroizing::new(seed.0))
    }

    fn dealer(&self) -> Dealer<'_> {
        Dealer { draft: &self.draft.0, trustee: self.trustee }
    }

    /// Where shares for this trustee are sealed to: the same whoever else takes part.
    fn sealing(&self) -> Secret {
        Secret::new(self.dealer(), Size { keys: 0, threshold: 0 }, self.seed)
    }

    /// The polynomials, others for every table: whoever gets this trustee to deal to a false table learns nothing of
    /// what it deals to the true one.
    fn polynomials(&self, ceremony: &Ceremony) -> Secret {
        let seed = Zeroizing::new(Hash::labelled("veche-trustee-dealing-1", &[&self.seed, &ceremony.table().0]).0);
        Secret::new(self.dealer(), ceremony.plan.size(), *seed)
    }

    fn say(&self, step: Step) -> Vec<u8> {
        Message::sign(self.draft, self.trustee, step, &self.signing_key())
    }

    /// The first message.
    pub fn register(&self, name: &str) -> Vec<u8> {
        let (key, seal) = (self.signing_key().public(), Bytes(self.sealing().sealing_key(self.dealer())));
        self.say(Step::Register { name: name.into(), key, seal })
    }

    /// Somebody else's registration under this number, or words of this key that this secret does not say, mean that
    /// somebody else takes part in this trustee's name.
    ///
    /// # Errors
    /// [`CeremonyError::NotOwn`] names the step.
    pub fn check_own(&self, ceremony: &Ceremony) -> Result<(), CeremonyError> {
        let own = |step, shown: &[u8], said: &[u8]| {
            if shown == said { Ok(()) } else { Err(CeremonyError::NotOwn { trustee: self.trustee, step }) }
        };
        let registered = ceremony.registers.get(&self.trustee).filter(|_| ceremony.draft == self.draft);
        let nobody = CeremonyError::NotOwn { trustee: self.trustee, step: "register" };
        let (shown, Registered { name, .. }) = registered.ok_or(nobody)?;
        own("register", shown, &self.register(name))?;
        if let Some((shown, _)) = ceremony.commits.get(&self.trustee) {
            own("commit", shown, &self.commitment(ceremony))?;
        }
        if let Some((shown, _)) = ceremony.deals.get(&self.trustee) {
            own("deal", shown, &self.dealing(ceremony)?)?;
        }
        Ok(())
    }

    /// Have all come so far, and is what is shown of this trustee its own?
    fn ready(&self, ceremony: &Ceremony, got: usize, step: &'static str) -> Result<(), CeremonyError> {
        ceremony.all_of(got, self.trustee, step)?;
        self.check_own(ceremony)
    }

    /// After all have registered, and the trustees have compared the table.
    ///
    /// # Errors
    ///
    /// It is too early, or somebody else speaks in this trustee's name.
    pub fn commit(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        self.ready(ceremony, ceremony.registers.len(), "commit")?;
        Ok(self.commitment(ceremony))
    }

    fn commitment(&self, ceremony: &Ceremony) -> Vec<u8> {
        let (dealer, secret) = (self.dealer(), self.polynomials(ceremony));
        let commitment = Bytes(dealer.commitment(&secret.nonce(dealer), &secret.coefficients()));
        self.say(Step::Commit { table: ceremony.table(), commitment })
    }

    /// After all have committed. The caller remembers durably, before this leaves, that it dealt in this table under
    /// these commitments, and never lets a dealing under others out.
    ///
    /// # Errors
    ///
    /// As for [`commit`](Self::commit); or what was made does not pass its own check.
    pub fn deal(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        self.ready(ceremony, ceremony.commits.len(), "deal")?;
        let message = self.dealing(ceremony)?;
        self.check_own_dealing(ceremony, &message)?;
        Ok(message)
    }

    /// What a faulty program or machine has made of the polynomials never leaves it.
    fn check_own_dealing(&self, ceremony: &Ceremony, message: &[u8]) -> Result<(), CeremonyError> {
        let Step::Deal { nonce, coefficients, possession, shares, .. } = Message::read(message)?.step else {
            return Err(CeremonyError::NotOwn { trustee: self.trustee, step: "deal" });
        };
        ceremony.check_dealing(self.trustee, &nonce, &coefficients, &possession, &shares).map(|_| ())
    }

    fn dealing(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        let (dealer, secret) = (self.dealer(), self.polynomials(ceremony));
        let seal = |(to, (_, held)): (&u32, &(Vec<u8>, Registered))| {
            let sealed = secret.seal(dealer, *to, &held.seal).map(Blob);
            sealed.map_err(|error| CeremonyError::Dealing { trustee: *to, error })
        };
        Ok(self.say(Step::Deal {
            table: ceremony.table(),
            commitments: ceremony.commitments(),
            nonce: Bytes(secret.nonce(dealer)),
            coefficients: Blob(secret.coefficients()),
            possession: Blob(secret.possession(dealer)),
            shares: ceremony.registers.iter().map(seal).collect::<Result<_, _>>()?,
        }))
    }

    /// After all have dealt, and the trustees have compared the transcript: accepts if every share fits and nobody has
    /// complained, complains about the first that does not fit.
    ///
    /// # Errors
    ///
    /// As for [`commit`](Self::commit); or there is a complaint.
    pub fn accept(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        self.ready(ceremony, ceremony.deals.len(), "accept")?;
        let transcript = ceremony.transcript();
        match self.open_shares(ceremony) {
            Err((dealer, _)) => Ok(self.say(Step::Complain { transcript, dealer })),
            Ok(_) if ceremony.complaints.is_empty() => Ok(self.say(Step::Accept { transcript })),
            Ok(_) => Err(CeremonyError::Complaint),
        }
    }

    /// Answers to the complaints against this trustee that have none yet, after the trustees have compared the
    /// transcript. The caller remembers durably, before one leaves, that it accepts nothing in this draft any more.
    ///
    /// # Errors
    ///
    /// As for [`commit`](Self::commit).
    pub fn answers(&self, ceremony: &Ceremony) -> Result<Vec<Vec<u8>>, CeremonyError> {
        self.ready(ceremony, ceremony.deals.len(), "answer")?;
        let (transcript, secret) = (ceremony.transcript(), self.polynomials(ceremony));
        let answer = |to: u32| {
            let ephemeral = Bytes(secret.ephemeral(self.dealer(), to).to_bytes());
            self.say(Step::Answer { transcript, to, ephemeral })
        };
        let open = ceremony.disputes().filter(|(_, dealer, culprit)| *dealer == self.trustee && culprit.is_none());
        Ok(open.map(|(accuser, ..)| answer(accuser)).collect())
    }

    /// y_jk for every key, the sum of the shares that all dealers sealed to this trustee; or the dealer whose share does
    /// not fit.
    fn open_shares(&self, ceremony: &Ceremony) -> Result<Zeroizing<Vec<Scalar>>, (u32, DealError)> {
        let secret = self.sealing();
        let mut sums = Zeroizing::new(vec![Scalar::ZERO; ceremony.plan.keys as usize]);
        for (dealer, (_, dealt)) in &ceremony.deals {
            let bad = |error| (*dealer, error);
            let sealed = dealt.shares.get(self.trustee as usize - 1).ok_or(bad(DealError::Share))?;
            let share = secret.open(self.dealer(), *dealer, &dealt.dealing, &sealed.0).map_err(bad)?;
            sums.iter_mut().zip(share.iter()).for_each(|(sum, share)| *sum += share);
        }
        Ok(sums)
    }

    /// The keys with which this trustee helps to open the sums of a complete ceremony of which it is one.
    fn opening_keys(&self, ceremony: &Ceremony) -> Result<Zeroizing<Vec<Scalar>>, CeremonyError> {
        ceremony.complete()?;
        self.check_own(ceremony)?;
        self.open_shares(ceremony).map_err(|(trustee, error)| CeremonyError::Dealing { trustee, error })
    }

    /// Proves before opening that the keys are still there. `seed`: 32 fresh random bytes.
    ///
    /// # Errors
    ///
    /// The ceremony is not complete, or not this trustee's; or the proof does not pass its own check.
    pub fn rehearse(&self, ceremony: &Ceremony, election: Hash, seed: &[u8; 32]) -> Result<Vec<u8>, CeremonyError> {
        let proof = rehearsal::rehearse(&election.0, self.trustee, &self.opening_keys(ceremony)?, seed);
        self.own(ceremony, proof, |keys, proof| rehearsal::check(&election.0, self.trustee, keys, proof))
    }

    /// This trustee's share of opening a sum. The caller has verified all that led to it. `seed`: 32 fresh random bytes.
    ///
    /// # Errors
    ///
    /// As for [`rehearse`](Self::rehearse).
    pub fn open(&self, ceremony: &Ceremony, sum: &Opening<'_>, seed: &[u8; 32]) -> Result<Share, CeremonyError> {
        let share = sum.share(self.trustee, &self.opening_keys(ceremony)?, seed);
        self.own(ceremony, share, |keys, share| sum.check(self.trustee, keys, share).map(|_| ()))
    }

    /// What this trustee has made, once it passes the check of all others. Of keys that were proven under one mask, everybody
    /// would see a relation: such a proof must be found before it leaves, not after.
    fn own<T>(
        &self,
        ceremony: &Ceremony,
        made: T,
        check: impl FnOnce(&[Point], &T) -> Result<(), DleqError>,
    ) -> Result<T, CeremonyError> {
        let keys = ceremony.verification_keys()?;
        let mine = keys.of(self.trustee).ok_or(CeremonyError::Number(self.trustee))?;
        check(mine, &made).map_err(CeremonyError::OwnProof)?;
        Ok(made)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use veche_crypto::opening::Sum;

    use super::{super::CeremonyPlan, *};

    const DRAFT: Hash = Hash([9; 32]);

    /// Of two trustees, as far as all have dealt, or to its end.
    fn ceremony(complete: bool) -> (TrusteeSecret, Ceremony) {
        let all = [1, 2].map(|number| TrusteeSecret::new(DRAFT, number, [number as u8; 32]));
        let mut ceremony = Ceremony::new(DRAFT, CeremonyPlan { count: 2, threshold: 2, keys: 2 });
        all.iter().for_each(|one| ceremony.take(&one.register("Anna")).unwrap());
        let says = [TrusteeSecret::commit, TrusteeSecret::deal, TrusteeSecret::accept];
        for say in says.iter().take(if complete { 3 } else { 1 }) {
            all.iter().for_each(|one| ceremony.take(&say(one, &ceremony).unwrap()).unwrap());
        }
        let [one, _] = all;
        (one, ceremony)
    }

    /// A fault of the prover is played by a bit of what it made.
    #[test]
    fn a_proof_that_does_not_hold_never_leaves_its_own_program() {
        let (one, made) = ceremony(true);
        let (election, seed) = (Hash([7; 32]), [3; 32]);
        let check = |keys: &[Point], proof: &Vec<u8>| rehearsal::check(&election.0, 1, keys, proof);
        let mut proof = one.rehearse(&made, election, &seed).unwrap();
        assert_eq!(one.own(&made, proof.clone(), check), Ok(proof.clone()));
        proof[40] ^= 1;
        assert_eq!(one.own(&made, proof, check), Err(CeremonyError::OwnProof(DleqError::Invalid)));
        let sum = Sum::default().with_lot(&DRAFT.0, 1);
        let opening = Opening { election: &election.0, entry: &[5; 32], sum: &sum };
        let mut share = one.open(&made, &opening, &seed).unwrap();
        let check = |keys: &[Point], share: &Share| opening.check(1, keys, share).map(|_| ());
        share.values.copy_from_slice(&one.sealing().sealing_key(one.dealer()));
        assert_eq!(one.own(&made, share, check), Err(CeremonyError::OwnProof(DleqError::Invalid)));

        let (one, committed) = ceremony(false);
        let deal = one.deal(&committed).unwrap();
        assert_eq!(one.check_own_dealing(&committed, &deal), Ok(()));
        let mut message: Message = crate::canonical::parse(&deal).unwrap();
        let Step::Deal { possession, .. } = &mut message.step else { unreachable!() };
        possession.0[40] ^= 1;
        let refused = one.check_own_dealing(&committed, &one.say(message.step)).unwrap_err();
        assert_eq!(refused, CeremonyError::Dealing { trustee: 1, error: DealError::Possession });
    }
}
