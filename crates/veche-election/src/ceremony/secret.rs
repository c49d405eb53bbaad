//! What a trustee alone holds, and what it says in the ceremony and after.

use core::fmt;

use veche_crypto::{
    Scalar,
    dealing::{DealError, Dealer, Secret},
    opening::{self, Opening, Share},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Ceremony, CeremonyError, Message, Registered, Stage, Step};
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

    pub fn trustee(&self) -> u32 {
        self.trustee
    }

    pub fn draft(&self) -> Hash {
        self.draft
    }

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
        Secret::new(self.dealer(), 0, self.seed)
    }

    /// The polynomial, another one for every table: whoever gets this trustee to deal to a false table learns nothing of
    /// what it deals to the true one.
    fn dealing(&self, ceremony: &Ceremony) -> Secret {
        let seed = Zeroizing::new(Hash::labelled("veche-trustee-dealing-1", &[&self.seed, &ceremony.table().0]).0);
        Secret::new(self.dealer(), ceremony.plan.threshold, *seed)
    }

    fn say(&self, step: Step) -> Vec<u8> {
        Message::sign(self.draft, self.trustee, step, &self.signing_key())
    }

    pub fn register(&self, name: &str) -> Vec<u8> {
        let (key, seal) = (self.signing_key().public(), Bytes(self.sealing().sealing_key(self.dealer())));
        self.say(Step::Register { name: name.into(), key, seal })
    }

    /// Is the registration under this number the one that this secret made?
    fn is_registered(&self, ceremony: &Ceremony) -> bool {
        let key = self.signing_key().public();
        ceremony.draft == self.draft
            && ceremony.registers.get(&self.trustee).is_some_and(|(_, registered)| registered.key == key)
    }

    /// After all have registered, and the trustees have compared the table.
    pub fn commit(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        self.ready(ceremony, ceremony.registers.len(), "commit")?;
        let (dealer, secret) = (self.dealer(), self.dealing(ceremony));
        let commitment = Bytes(dealer.commitment(&secret.nonce(dealer), &secret.coefficients()));
        Ok(self.say(Step::Commit { table: ceremony.table(), commitment }))
    }

    /// Have all come so far, and is this trustee one of them?
    fn ready(&self, ceremony: &Ceremony, got: usize, step: &'static str) -> Result<(), CeremonyError> {
        ceremony.all_of(got, CeremonyError::Early { trustee: self.trustee, step })?;
        if self.is_registered(ceremony) { Ok(()) } else { Err(CeremonyError::Table(self.trustee)) }
    }

    /// After all have committed.
    pub fn deal(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        self.ready(ceremony, ceremony.commits.len(), "deal")?;
        let (dealer, secret) = (self.dealer(), self.dealing(ceremony));
        let seal = |(to, (_, held)): (&u32, &(Vec<u8>, Registered))| {
            let sealed = secret.seal(dealer, *to, &held.seal).map(Bytes);
            sealed.map_err(|error| CeremonyError::Dealing { trustee: *to, error })
        };
        let shares = ceremony.registers.iter().map(seal).collect::<Result<_, _>>()?;
        let (nonce, possession) = (Bytes(secret.nonce(dealer)), Bytes(secret.possession(dealer)));
        Ok(self.say(Step::Deal { nonce, coefficients: Blob(secret.coefficients()), possession, shares }))
    }

    /// After all have dealt: accepts if every share fits, else complains about the first that does not.
    pub fn accept(&self, ceremony: &Ceremony) -> Result<Vec<u8>, CeremonyError> {
        match self.opening_share(ceremony) {
            Ok(_) => Ok(self.say(Step::Accept { transcript: ceremony.transcript() })),
            Err(CeremonyError::Dealing { trustee, .. }) => Ok(self.say(Step::Complain { dealer: trustee })),
            Err(error) => Err(error),
        }
    }

    /// The answer to a complaint against this trustee, if there is one.
    pub fn answer(&self, ceremony: &Ceremony) -> Option<Vec<u8>> {
        let Stage::Disputed { accuser, dealer } = ceremony.stage() else { return None };
        (dealer == self.trustee).then(|| {
            let ephemeral = self.dealing(ceremony).ephemeral(self.dealer(), accuser);
            self.say(Step::Answer { to: accuser, ephemeral: Bytes(ephemeral.to_bytes()) })
        })
    }

    /// y_i, the sum of the shares that all dealers sealed to this trustee.
    fn opening_share(&self, ceremony: &Ceremony) -> Result<Zeroizing<Scalar>, CeremonyError> {
        self.ready(ceremony, ceremony.deals.len(), "accept")?;
        let secret = self.sealing();
        let mut sum = Zeroizing::new(Scalar::ZERO);
        for (dealer, (_, dealt)) in &ceremony.deals {
            let bad = |error| CeremonyError::Dealing { trustee: *dealer, error };
            let sealed = dealt.shares.get(self.trustee as usize - 1).ok_or(bad(DealError::Share))?;
            *sum += *secret.open(self.dealer(), *dealer, &dealt.dealing, &sealed.0).map_err(bad)?;
        }
        Ok(sum)
    }

    /// Shows before opening that the key is still there. `seed`: 32 fresh random bytes.
    pub fn rehearse(&self, ceremony: &Ceremony, election: Hash, seed: &[u8; 32]) -> Result<Share, CeremonyError> {
        ceremony.complete()?;
        Ok(opening::rehearse(&election.0, self.trustee, &*self.opening_share(ceremony)?, seed))
    }

    /// This trustee's share of opening a sum. The caller has verified all that led to it. `seed`: 32 fresh random bytes.
    pub fn open(&self, ceremony: &Ceremony, sum: &Opening<'_>, seed: &[u8; 32]) -> Result<Share, CeremonyError> {
        ceremony.complete()?;
        Ok(sum.share(self.trustee, &*self.opening_share(ceremony)?, seed))
    }
}
