//! The trustees' joint key: every trustee deals shares of a secret of its own (Feldman), the sums are the key and the
//! trustees' shares of it (Pedersen's joint key generation), with commitments before anything is shown.
//! Spec: `docs/spec/trustees.md`.

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::{RistrettoPoint, Scalar, constants::RISTRETTO_BASEPOINT_POINT, traits::VartimeMultiscalarMul};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    dleq::{DleqError, Proof, Statement},
    group::{self, DecodeError, POINT_BYTES, SCALAR_BYTES},
    transcript::{Nonces, Transcript},
};

pub const SEALED_BYTES: usize = POINT_BYTES + SCALAR_BYTES;

/// An ephemeral point and the share under a pad.
pub type SealedShare = [u8; SEALED_BYTES];

/// Who erred: the dealer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    #[error("the dealing cannot be read: {0}")]
    Read(#[from] DecodeError),
    #[error("the dealing has {got} coefficients, {expected} are expected")]
    Coefficients { got: usize, expected: usize },
    #[error("the dealer's first coefficient is the identity")]
    Identity,
    #[error("the dealing is not the one that was committed to")]
    Commitment,
    #[error("the dealer does not know the secret behind the dealing")]
    Possession,
    #[error("a share does not fit the dealing")]
    Share,
    #[error("the secret that was published does not open the disputed share")]
    Ephemeral,
}

impl From<DleqError> for DealError {
    fn from(_: DleqError) -> Self {
        Self::Possession
    }
}

/// Which ceremony, and which trustee in it (numbered from 1).
#[derive(Debug, Clone, Copy)]
pub struct Dealer<'a> {
    pub draft: &'a [u8; 32],
    pub trustee: u32,
}

/// A trustee's secrets in the ceremony: the polynomial, and the key to which others seal their shares.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    seed: [u8; 32],
    coefficients: Vec<Scalar>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl Secret {
    /// Everything from one seed of 32 random bytes; `threshold` coefficients, exactly.
    pub fn new(dealer: Dealer<'_>, threshold: u32, seed: [u8; 32]) -> Self {
        let mut nonces = Nonces::new(dealer.hash("veche-dealing-coefficients-1", &[&seed]));
        let coefficients = (0..threshold).map(|_| nonces.next()).collect();
        Self { seed, coefficients }
    }

    fn derive(&self, dealer: Dealer<'_>, label: &str, recipient: u32) -> Zeroizing<Scalar> {
        let mut hash = dealer.hash(label, &[&self.seed]);
        Zeroizing::new(hash.number(recipient.into()).scalar())
    }

    /// What opens the shares that others seal to this trustee.
    fn opening_key(&self, dealer: Dealer<'_>) -> Zeroizing<Scalar> {
        self.derive(dealer, "veche-dealing-opening-1", 0)
    }

    /// P = x·B: others seal this trustee's shares to it.
    pub fn sealing_key(&self, dealer: Dealer<'_>) -> [u8; POINT_BYTES] {
        RistrettoPoint::mul_base(&self.opening_key(dealer)).compress().to_bytes()
    }

    /// The random part of the commitment, shown together with the dealing.
    pub fn nonce(&self, dealer: Dealer<'_>) -> [u8; 32] {
        self.derive(dealer, "veche-dealing-nonce-1", 0).to_bytes()
    }

    /// F_0..F_{t-1}, encoded.
    pub fn coefficients(&self) -> Vec<u8> {
        let points: Vec<RistrettoPoint> = self.coefficients.iter().map(RistrettoPoint::mul_base).collect();
        group::encode_points(&points)
    }

    /// Proof that the dealer knows the secret behind F_0, bound to the whole dealing.
    pub fn possession(&self, dealer: Dealer<'_>) -> Proof {
        let secret = self.coefficients.first().copied().unwrap_or_default();
        let public = RistrettoPoint::mul_base(&secret);
        let coefficients = self.coefficients();
        dealer.possession(&public, &coefficients).prove(&secret, &self.seed)
    }

    /// f(recipient).
    pub fn share(&self, recipient: u32) -> Zeroizing<Scalar> {
        let x = Scalar::from(recipient);
        Zeroizing::new(self.coefficients.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient))
    }

    /// The share of a recipient, sealed to its key.
    pub fn seal(&self, dealer: Dealer<'_>, recipient: u32, key: &[u8; POINT_BYTES]) -> Result<SealedShare, DealError> {
        let ephemeral = self.ephemeral(dealer, recipient);
        let point = RistrettoPoint::mul_base(&ephemeral).compress().to_bytes();
        let pad = dealer.pad(recipient, &point, key, &(*ephemeral * group::point_not_identity(key)?));
        Ok(join(&point, (*self.share(recipient) + *pad).as_bytes()))
    }

    /// Published in answer to a complaint, so that everybody can look into the disputed share.
    pub fn ephemeral(&self, dealer: Dealer<'_>, recipient: u32) -> Zeroizing<Scalar> {
        self.derive(dealer, "veche-dealing-ephemeral-1", recipient)
    }

    /// Opens the share that `dealer` sealed to this trustee, and checks it against the dealing.
    pub fn open(
        &self,
        me: Dealer<'_>,
        dealer: u32,
        dealing: &Dealing,
        sealed: &SealedShare,
    ) -> Result<Zeroizing<Scalar>, DealError> {
        let (point, body) = split(sealed);
        let key = self.opening_key(me);
        let shared = *key * group::point(&point)?;
        let from = Dealer { draft: me.draft, trustee: dealer };
        let pad = from.pad(me.trustee, &point, &self.sealing_key(me), &shared);
        let share = Zeroizing::new(group::scalar(&body)? - *pad);
        dealing.check_share(me.trustee, &share)?;
        Ok(share)
    }
}

impl Dealer<'_> {
    fn hash(&self, label: &str, items: &[&[u8]]) -> Transcript {
        let mut hash = Transcript::new(label);
        hash.bytes(self.draft).number(self.trustee.into());
        for item in items {
            hash.bytes(item);
        }
        hash
    }

    /// What is published before any dealing is shown, so that nobody can choose a key after seeing the others'.
    pub fn commitment(&self, nonce: &[u8; 32], coefficients: &[u8]) -> [u8; 64] {
        self.hash("veche-dealing-commitment-1", &[nonce, coefficients]).digest()
    }

    fn possession<'a>(&self, public: &'a RistrettoPoint, coefficients: &[u8]) -> Statement<'a> {
        let domain = self.hash("veche-dealing-possession-1", &[coefficients]);
        Statement { domain, public, bases: &[], images: &[] }
    }

    fn pad(&self, recipient: u32, ephemeral: &[u8; 32], key: &[u8; 32], shared: &RistrettoPoint) -> Zeroizing<Scalar> {
        let mut hash = self.hash("veche-dealing-pad-1", &[]);
        hash.number(recipient.into()).bytes(ephemeral).bytes(key).bytes(shared.compress().as_bytes());
        Zeroizing::new(hash.scalar())
    }
}

/// A dealing that was shown: checked commitments to a polynomial.
#[derive(Debug, Clone)]
pub struct Dealing {
    coefficients: Vec<RistrettoPoint>,
}

impl Dealing {
    /// Checks number, encoding, commitment and proof of possession.
    pub fn check(
        dealer: Dealer<'_>,
        threshold: u32,
        commitment: &[u8; 64],
        nonce: &[u8; 32],
        coefficients: &[u8],
        possession: &Proof,
    ) -> Result<Self, DealError> {
        let points = group::points(coefficients)?;
        let (got, expected) = (points.len(), threshold as usize);
        let Some(first) = points.first().filter(|_| got == expected) else {
            return Err(DealError::Coefficients { got, expected });
        };
        if group::is_identity(first) {
            return Err(DealError::Identity);
        }
        if dealer.commitment(nonce, coefficients) != *commitment {
            return Err(DealError::Commitment);
        }
        dealer.possession(first, coefficients).verify(possession)?;
        Ok(Self { coefficients: points })
    }

    /// Is this f(recipient)?
    pub fn check_share(&self, recipient: u32, share: &Scalar) -> Result<(), DealError> {
        if RistrettoPoint::mul_base(share) == self.at(recipient) { Ok(()) } else { Err(DealError::Share) }
    }

    /// f(x)·B = Σ x^k·F_k.
    fn at(&self, x: u32) -> RistrettoPoint {
        let x = Scalar::from(x);
        let powers = core::iter::successors(Some(Scalar::ONE), |power| Some(power * x)).take(self.coefficients.len());
        RistrettoPoint::vartime_multiscalar_mul(powers.collect::<Vec<_>>(), &self.coefficients)
    }

    /// What everybody sees after the dealer has published the ephemeral secret of a disputed share: `Ok` if the share
    /// was good (the accuser erred), an error if the dealer did.
    pub fn judge(
        &self,
        dealer: Dealer<'_>,
        recipient: u32,
        key: &[u8; POINT_BYTES],
        sealed: &SealedShare,
        ephemeral: &Scalar,
    ) -> Result<(), DealError> {
        // Nobody can seal to a key that is none: whoever published it erred, and it was the accuser.
        let Ok(recipient_key) = group::point_not_identity(key) else { return Ok(()) };
        let (point, body) = split(sealed);
        if (RISTRETTO_BASEPOINT_POINT * ephemeral).compress().to_bytes() != point {
            return Err(DealError::Ephemeral);
        }
        let pad = dealer.pad(recipient, &point, key, &(ephemeral * recipient_key));
        self.check_share(recipient, &(group::scalar(&body)? - *pad))
    }
}

/// Y = Σ F_0 over all dealers.
pub fn joint_key(dealings: &[Dealing]) -> RistrettoPoint {
    dealings.iter().filter_map(|dealing| dealing.coefficients.first()).sum()
}

/// Y_i = Σ f(i)·B over all dealers.
pub fn verification_key(dealings: &[Dealing], trustee: u32) -> RistrettoPoint {
    dealings.iter().map(|dealing| dealing.at(trustee)).sum()
}

fn join(first: &[u8; 32], second: &[u8; 32]) -> SealedShare {
    let mut sealed = [0; SEALED_BYTES];
    let (a, b) = sealed.split_at_mut(POINT_BYTES);
    a.copy_from_slice(first);
    b.copy_from_slice(second);
    sealed
}

fn split(sealed: &SealedShare) -> ([u8; 32], [u8; 32]) {
    match sealed.as_chunks::<32>() {
        ([point, body], []) => (*point, *body),
        _ => ([0; 32], [0; 32]),
    }
}
