//! The proof that several points share one secret factor, against a textbook's prover and verifier: whatever the challenge
//! or the weights forget, a forger here makes up afterwards.
use curve25519_dalek::{RistrettoPoint, Scalar, traits::Identity};
use proptest::prelude::*;
use veche_crypto::{
    dleq::{DleqError, Proof, Statement},
    group::encode_points,
    transcript::Transcript,
};

use crate::textbook::{hash, hash_to_scalar, random};

/// A claim under the domain of these tests.
#[derive(Clone)]
struct Claim {
    public: RistrettoPoint,
    bases: Vec<RistrettoPoint>,
    images: Vec<RistrettoPoint>,
}

/// What a hash leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Omitted {
    Nothing,
    Public,
    Bases,
    Images,
    Digest,
    First,
    Second,
}

impl Claim {
    fn honest(x: Scalar, count: usize) -> Self {
        let mut next = random("bases");
        let bases: Vec<RistrettoPoint> = (0..count).map(|_| RistrettoPoint::mul_base(&next())).collect();
        let images = bases.iter().map(|base| x * base).collect();
        Self { public: RistrettoPoint::mul_base(&x), bases, images }
    }

    fn statement(&self) -> Statement<'_> {
        let domain = Transcript::new("test");
        Statement { domain, public: &self.public, bases: &self.bases, images: &self.images }
    }

    fn digest(&self, omitted: Omitted) -> [u8; 64] {
        let items = [
            (Omitted::Nothing, b"test".to_vec()),
            (Omitted::Public, self.public.compress().to_bytes().to_vec()),
            (Omitted::Bases, encode_points(&self.bases)),
            (Omitted::Images, encode_points(&self.images)),
        ];
        let kept = items.iter().filter(|(what, _)| omitted == Omitted::Nothing || *what != omitted);
        hash(&kept.map(|(_, item)| item.as_slice()).collect::<Vec<_>>())
    }

    fn weights(&self, omitted: Omitted) -> Vec<Scalar> {
        let digest = self.digest(omitted);
        let weight = |j: usize| hash_to_scalar(&[b"veche-dleq-weight-1", &digest, &(j as u64).to_be_bytes()]);
        (0..self.bases.len()).map(weight).collect()
    }

    fn folded(&self, omitted: Omitted) -> (RistrettoPoint, RistrettoPoint) {
        let weights = self.weights(omitted);
        let fold = |points: &[RistrettoPoint]| {
            weights.iter().zip(points).fold(RistrettoPoint::identity(), |sum, (weight, point)| sum + weight * point)
        };
        (fold(&self.bases), fold(&self.images))
    }

    fn challenge(&self, first: RistrettoPoint, second: RistrettoPoint, omitted: Omitted) -> Scalar {
        let (base, image) = self.folded(omitted);
        let digest = self.digest(omitted);
        let [base, image, first, second] = [base, image, first, second].map(|point| point.compress().to_bytes());
        let mut items: Vec<&[u8]> = vec![b"veche-dleq-challenge-1"];
        items.extend((omitted != Omitted::Digest).then_some(digest.as_slice()));
        items.extend([base.as_slice(), &image]);
        items.extend((omitted != Omitted::First).then_some(first.as_slice()));
        items.extend((omitted != Omitted::Second).then_some(second.as_slice()));
        hash_to_scalar(&items)
    }

    /// Proves with x as somebody who leaves something out; says nothing about whether x is right.
    fn prove(&self, x: Scalar, omitted: Omitted) -> Proof {
        let k = random("k")();
        let c = self.challenge(RistrettoPoint::mul_base(&k), k * self.folded(omitted).0, omitted);
        [c.to_bytes(), (k + c * x).to_bytes()].concat().try_into().unwrap()
    }

    fn holds(&self, proof: &Proof) -> bool {
        let scalar = |half: &[u8]| Scalar::from_canonical_bytes(half.try_into().unwrap()).unwrap();
        let (c, s) = (scalar(&proof[..32]), scalar(&proof[32..]));
        let (base, image) = self.folded(Omitted::Nothing);
        let (first, second) = (RistrettoPoint::mul_base(&s) - c * self.public, s * base - c * image);
        self.challenge(first, second, Omitted::Nothing) == c
    }
}

fn judge(claim: &Claim, proof: &Proof) -> Result<(), DleqError> {
    let verdict = claim.statement().verify(proof);
    assert_eq!(verdict.is_ok(), claim.holds(proof), "the textbook says otherwise");
    verdict
}

#[test]
fn the_textbook_and_the_library_accept_each_others_proofs() {
    let x = Scalar::from(4711_u64);
    for count in 0..4 {
        let claim = Claim::honest(x, count);
        assert_eq!(judge(&claim, &claim.statement().prove(&x, &[1; 32])), Ok(()));
        assert_eq!(judge(&claim, &claim.prove(x, Omitted::Nothing)), Ok(()));
    }
}

/// Each of these would be accepted by a verifier whose hash leaves out what is named.
#[test]
fn row_1_a_part_of_the_claim_made_up_after_the_hash_is_refused() {
    let (x, other) = (Scalar::from(4711_u64), Scalar::from(815_u64));
    let e = RistrettoPoint::mul_base(&Scalar::from(9_u64));
    let right = Claim::honest(x, 2);
    let with_images = |images: Vec<RistrettoPoint>| Claim { images, ..right.clone() };
    let wrong = with_images(right.bases.iter().map(|base| other * base).collect());

    // X: the images have another factor; X is solved for afterwards.
    let (k, omitted) = (random("k")(), Omitted::Public);
    let first = RistrettoPoint::mul_base(&other);
    let c = wrong.challenge(first, k * wrong.folded(omitted).0, omitted);
    let s = k + c * other;
    let public = c.invert() * (RistrettoPoint::mul_base(&s) - first);
    let proof = [c.to_bytes(), s.to_bytes()].concat().try_into().unwrap();
    assert_eq!(judge(&Claim { public, ..wrong.clone() }, &proof), Err(DleqError::Invalid));

    // Values or bases: two errors, measured by weights that do not depend on them.
    let measured = |points: &[RistrettoPoint], omitted| {
        let weights = right.weights(omitted);
        vec![points[0] + weights[1] * e, points[1] - weights[0] * e]
    };
    for omitted in [Omitted::Images, Omitted::Nothing] {
        let claim = with_images(measured(&right.images, omitted));
        assert_eq!(judge(&claim, &right.prove(x, omitted)), Err(DleqError::Invalid));
    }
    for omitted in [Omitted::Bases, Omitted::Nothing] {
        let claim = Claim { bases: measured(&right.bases, omitted), ..right.clone() };
        assert_eq!(judge(&claim, &right.prove(x, omitted)), Err(DleqError::Invalid));
    }

    // Weights that are all one, that depend on the place alone, or that are the same in every place: here the proof
    // is made over the wrong values themselves, by a prover whose fold does not see the error.
    let known = |j: u64| hash_to_scalar(&[b"veche-dleq-weight-1", &j.to_be_bytes()]);
    for (w0, w1) in [(Scalar::ONE, Scalar::ONE), (known(0), known(1))] {
        let claim = with_images(vec![right.images[0] + w1 * e, right.images[1] - w0 * e]);
        assert_eq!(judge(&claim, &claim.statement().prove(&x, &[1; 32])), Err(DleqError::Invalid));
    }

    // Either equation: a proof for x where the values have another factor, and the other way round.
    for omitted in [Omitted::Nothing, Omitted::Second, Omitted::First, Omitted::Digest] {
        assert_eq!(judge(&wrong, &wrong.prove(x, omitted)), Err(DleqError::Invalid));
        assert_eq!(judge(&wrong, &wrong.prove(other, omitted)), Err(DleqError::Invalid));
    }
    // What the hash of everything leaves out of the challenge is still the domain's.
    let elsewhere = Statement { domain: Transcript::new("elsewhere"), ..right.statement() };
    for omitted in [Omitted::Nothing, Omitted::Digest] {
        assert_eq!(elsewhere.verify(&right.prove(x, omitted)), Err(DleqError::Invalid));
    }
}

#[test]
fn row_2_a_claim_with_more_or_fewer_images_than_bases_is_refused() {
    let x = Scalar::from(3_u64);
    let right = Claim::honest(x, 2);
    let proof = right.prove(x, Omitted::Nothing);
    for got in [0, 1, 3] {
        let images = right.images.iter().cycle().take(got).copied().collect();
        let claim = Claim { images, ..right.clone() };
        assert_eq!(claim.statement().verify(&proof), Err(DleqError::Count { got, expected: 2 }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any factor for any point: proven if, and only if, all are the secret.
    #[test]
    fn row_27_only_one_factor_for_all_points_is_proven(factors in prop::collection::vec(4..6_u64, 1..5)) {
        let x = Scalar::from(4_u64);
        let mut claim = Claim::honest(x, factors.len());
        claim.images = claim.bases.iter().zip(&factors).map(|(base, factor)| Scalar::from(*factor) * base).collect();
        let proof = claim.statement().prove(&x, &[1; 32]);
        prop_assert_eq!(judge(&claim, &proof).is_ok(), factors.iter().all(|factor| *factor == 4));
    }
}
