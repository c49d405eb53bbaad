//! The trustees' joint keys: every trustee deals shares of secrets of its own (Feldman), one for each key; the sums are the
//! keys and the trustees' shares of them (Pedersen's joint key generation), with commitments before anything is shown.
//! Spec: `docs/spec/trustees.md`.

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::{RistrettoPoint, Scalar, traits::Identity};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    dleq::{DleqError, Proof, Statement},
    group::{self, DecodeError, POINT_BYTES, SCALAR_BYTES},
    transcript::Transcript,
};

/// Bytes of a sealed share: an ephemeral point, and for every key the share under a pad of its own.
pub fn sealed_bytes(keys: u32) -> usize {
    POINT_BYTES + SCALAR_BYTES * keys as usize
}

/// Who erred: the dealer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// Points and scalars have one encoding each.
    #[error("the dealing cannot be read: {0}")]
    Read(#[from] DecodeError),
    /// Of every key as many as trustees open the sums.
    #[error("the dealing has {got} coefficients, {expected} are expected")]
    Coefficients {
        /// How many there are.
        got: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A dealer who adds nothing to a key.
    #[error("the dealing has the identity as the first coefficient of a key")]
    Identity,
    /// A known relation between two of them would let ballots be read.
    #[error("two coefficients of the dealing are equal")]
    Equal,
    /// It was chosen after others' were seen, or changed.
    #[error("the dealing is not the one that was committed to")]
    Commitment,
    /// Its proof does not hold, and nobody says that these keys have no known relation to others'.
    #[error("the dealer does not know the secrets behind the dealing")]
    Possession,
    /// What was sealed is no value of the dealt polynomials.
    #[error("a share does not fit the dealing")]
    Share,
    /// So nobody can look into that share, which is the dealer's fault.
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
    /// Id of the draft that the ceremony is for.
    pub draft: &'a [u8; 32],
    /// The dealer's number.
    pub trustee: u32,
}

/// What is dealt: a polynomial for each key, each of as many coefficients as trustees open the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many polynomials.
    pub keys: u32,
    /// How many coefficients each has.
    pub threshold: u32,
}

impl Size {
    fn coefficients(&self) -> usize {
        (self.keys as usize).saturating_mul(self.threshold as usize)
    }
}

/// A trustee's secrets in the ceremony: the polynomials, and the key to which others seal their shares.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    seed: [u8; 32],
    /// Of each key.
    polynomials: Vec<Vec<Scalar>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl Secret {
    /// Everything from one seed of 32 random bytes.
    pub fn new(dealer: Dealer<'_>, size: Size, seed: [u8; 32]) -> Self {
        let base = dealer.hash("veche-dealing-coefficients-2", &[&seed]);
        let coefficient = |key: u32, power: u32| base.clone().number(key.into()).number(power.into()).scalar();
        let polynomial = |key| (0..size.threshold).map(|power| coefficient(key, power)).collect();
        Self { seed, polynomials: (0..size.keys).map(polynomial).collect() }
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

    /// F_00..F_0(t-1), then those of the next key, encoded.
    pub fn coefficients(&self) -> Vec<u8> {
        let points: Vec<RistrettoPoint> = self.polynomials.iter().flatten().map(RistrettoPoint::mul_base).collect();
        group::encode_points(&points)
    }

    /// Proof that the dealer knows the secret behind every F_k0, bound to the whole dealing.
    pub fn possession(&self, dealer: Dealer<'_>) -> Proof {
        let secrets = self.polynomials.iter().map(|polynomial| polynomial.first().copied().unwrap_or_default());
        let secrets: Zeroizing<Vec<Scalar>> = Zeroizing::new(secrets.collect());
        let publics: Vec<RistrettoPoint> = secrets.iter().map(RistrettoPoint::mul_base).collect();
        dealer.possession(&publics, &self.coefficients()).prove(&secrets, &self.seed)
    }

    /// f_k(recipient) for every key.
    pub fn share(&self, recipient: u32) -> Zeroizing<Vec<Scalar>> {
        let x = Scalar::from(recipient);
        let value = |polynomial: &Vec<Scalar>| polynomial.iter().rev().fold(Scalar::ZERO, |sum, f| sum * x + f);
        Zeroizing::new(self.polynomials.iter().map(value).collect())
    }

    /// The share of a recipient, sealed to its key.
    ///
    /// # Errors
    ///
    /// The recipient's key is none.
    pub fn seal(&self, dealer: Dealer<'_>, recipient: u32, key: &[u8; POINT_BYTES]) -> Result<Vec<u8>, DealError> {
        let ephemeral = self.ephemeral(dealer, recipient);
        let point = RistrettoPoint::mul_base(&ephemeral).compress().to_bytes();
        let shared = *ephemeral * group::point_not_identity(key)?;
        let pads = dealer.pads(recipient, &point, key, &shared, self.polynomials.len());
        let share = self.share(recipient);
        let under_pads = share.iter().zip(pads.iter()).flat_map(|(share, pad)| (share + pad).to_bytes());
        Ok(point.into_iter().chain(under_pads).collect())
    }

    /// Published in answer to a complaint, so that everybody can look into the disputed share.
    pub fn ephemeral(&self, dealer: Dealer<'_>, recipient: u32) -> Zeroizing<Scalar> {
        self.derive(dealer, "veche-dealing-ephemeral-1", recipient)
    }

    /// Opens the share that `dealer` sealed to this trustee, and checks it against the dealing.
    ///
    /// # Errors
    ///
    /// The dealer erred: the trustee complains.
    pub fn open(
        &self,
        me: Dealer<'_>,
        dealer: u32,
        dealing: &Dealing,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<Scalar>>, DealError> {
        let (point, body) = split(sealed)?;
        let shared = *self.opening_key(me) * group::point(point)?;
        let from = Dealer { draft: me.draft, trustee: dealer };
        let pads = from.pads(me.trustee, point, &self.sealing_key(me), &shared, body.len());
        dealing.under_pads(me.trustee, &body, &pads)
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

    /// What is published before any dealing is shown, so that nobody can choose keys after seeing the others'.
    pub fn commitment(&self, nonce: &[u8; 32], coefficients: &[u8]) -> [u8; 64] {
        self.hash("veche-dealing-commitment-2", &[nonce, coefficients]).digest()
    }

    fn possession<'a>(&self, publics: &'a [RistrettoPoint], coefficients: &[u8]) -> Statement<'a> {
        Statement::possession(self.hash("veche-dealing-possession-2", &[coefficients]), publics)
    }

    /// One for every key: under a common one everybody would see the differences of the shares.
    fn pads(
        &self,
        recipient: u32,
        ephemeral: &[u8; POINT_BYTES],
        key: &[u8; POINT_BYTES],
        shared: &RistrettoPoint,
        count: usize,
    ) -> Zeroizing<Vec<Scalar>> {
        let mut base = self.hash("veche-dealing-pad-2", &[]);
        base.number(recipient.into());
        let pad = |k: usize| {
            let mut hash = base.clone();
            hash.number(k as u64).bytes(ephemeral).bytes(key).bytes(shared.compress().as_bytes()).scalar()
        };
        Zeroizing::new((0..count).map(pad).collect())
    }
}

/// The ephemeral point of a sealed share, and what is under the pads.
fn split(sealed: &[u8]) -> Result<(&[u8; POINT_BYTES], Vec<Scalar>), DecodeError> {
    let (point, body) = sealed.split_first_chunk().ok_or(DecodeError::Length)?;
    Ok((point, group::scalars(body)?))
}

/// A dealing that was shown: checked commitments to a polynomial for each key.
#[derive(Debug, Clone)]
pub struct Dealing {
    polynomials: Vec<Vec<RistrettoPoint>>,
}

impl Dealing {
    /// Checks encoding, number, that all points differ, commitment and proof of possession.
    ///
    /// # Errors
    ///
    /// The dealer erred.
    pub fn check(
        dealer: Dealer<'_>,
        size: Size,
        commitment: &[u8; 64],
        nonce: &[u8; 32],
        coefficients: &[u8],
        possession: &[u8],
    ) -> Result<Self, DealError> {
        let encodings = group::chunks(coefficients)?;
        let (points, expected) = (group::points(coefficients)?, size.coefficients());
        if points.len() != expected {
            return Err(DealError::Coefficients { got: points.len(), expected });
        }
        let polynomials: Vec<Vec<RistrettoPoint>> =
            points.chunks(size.threshold.max(1) as usize).map(<[_]>::to_vec).collect();
        let first: Vec<RistrettoPoint> = polynomials.iter().filter_map(|points| points.first()).copied().collect();
        if first.iter().any(group::is_identity) {
            return Err(DealError::Identity);
        }
        if group::repeated(encodings).is_some() {
            return Err(DealError::Equal);
        }
        if dealer.commitment(nonce, coefficients) != *commitment {
            return Err(DealError::Commitment);
        }
        dealer.possession(&first, coefficients).verify(possession)?;
        Ok(Self { polynomials })
    }

    /// Are these f_k(recipient), for every key?
    ///
    /// # Errors
    ///
    /// They are not.
    pub fn check_share(&self, recipient: u32, share: &[Scalar]) -> Result<(), DealError> {
        let fits = |(polynomial, value): (&Vec<RistrettoPoint>, &Scalar)| {
            RistrettoPoint::mul_base(value) == value_at(recipient, polynomial)
        };
        let all = share.len() == self.polynomials.len() && self.polynomials.iter().zip(share).all(fits);
        if all { Ok(()) } else { Err(DealError::Share) }
    }

    /// A recipient's share once the pads are off, if it fits.
    fn under_pads(
        &self,
        recipient: u32,
        body: &[Scalar],
        pads: &[Scalar],
    ) -> Result<Zeroizing<Vec<Scalar>>, DealError> {
        let share = Zeroizing::new(body.iter().zip(pads).map(|(scalar, pad)| scalar - pad).collect::<Vec<_>>());
        self.check_share(recipient, &share)?;
        Ok(share)
    }

    /// What everybody sees after the dealer has published the ephemeral secret of a disputed share: `Ok` if the share
    /// was good for every key (the accuser erred), an error if the dealer did.
    ///
    /// # Errors
    ///
    /// The dealer erred.
    pub fn judge(
        &self,
        dealer: Dealer<'_>,
        recipient: u32,
        key: &[u8; POINT_BYTES],
        sealed: &[u8],
        ephemeral: &Scalar,
    ) -> Result<(), DealError> {
        // Nobody can seal to a key that is none: whoever published it erred, and it was the accuser.
        let Ok(recipient_key) = group::point_not_identity(key) else { return Ok(()) };
        let (point, body) = split(sealed)?;
        if RistrettoPoint::mul_base(ephemeral).compress().to_bytes() != *point {
            return Err(DealError::Ephemeral);
        }
        let pads = dealer.pads(recipient, point, key, &(ephemeral * recipient_key), body.len());
        self.under_pads(recipient, &body, &pads).map(|_| ())
    }
}

/// The sum of all dealings: what everybody computes of the joint polynomials.
#[derive(Debug, Clone)]
pub struct JointDealing {
    polynomials: Vec<Vec<RistrettoPoint>>,
}

impl JointDealing {
    /// Of dealings of one size.
    pub fn sum<'a>(dealings: impl IntoIterator<Item = &'a Dealing>) -> Self {
        let mut dealings = dealings.into_iter();
        let mut polynomials = dealings.next().map(|first| first.polynomials.clone()).unwrap_or_default();
        for dealing in dealings {
            let terms = dealing.polynomials.iter().flatten();
            polynomials.iter_mut().flatten().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        Self { polynomials }
    }

    /// Y_k of every key.
    pub fn keys(&self) -> Vec<RistrettoPoint> {
        self.at(0)
    }

    /// Y_jk of every key: the trustee's verification keys.
    pub fn verification_keys(&self, trustee: u32) -> Vec<RistrettoPoint> {
        self.at(trustee)
    }

    fn at(&self, x: u32) -> Vec<RistrettoPoint> {
        self.polynomials.iter().map(|polynomial| value_at(x, polynomial)).collect()
    }
}

/// f(x)·B = Σ x^e·F_e, of public points.
fn value_at(x: u32, polynomial: &[RistrettoPoint]) -> RistrettoPoint {
    polynomial.iter().rev().fold(RistrettoPoint::identity(), |sum, coefficient| times(x, &sum) + coefficient)
}

/// By doubling: trustees' numbers are small.
fn times(x: u32, point: &RistrettoPoint) -> RistrettoPoint {
    let places = (0..u32::BITS - x.leading_zeros()).rev();
    places.fold(RistrettoPoint::identity(), |product, place| {
        let doubled = product + product;
        if x >> place & 1 == 1 { doubled + point } else { doubled }
    })
}
