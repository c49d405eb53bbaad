//! The proof about many secrets and many points, against a textbook's prover and verifier: whatever the challenge or the
//! weights forget, a forger here makes up afterwards.
use curve25519_dalek::{RistrettoPoint, Scalar, traits::Identity};
use proptest::prelude::*;
use veche_crypto::{
    dleq::{Cell, DleqError, Proof, Statement, proof_bytes},
    group::{DecodeError, encode_points},
    transcript::Transcript,
};

use crate::{
    encodings::bad_scalars,
    textbook::{hash, hash_to_scalar, random},
};

/// Rows of options, as in a sum of ballots: a base for each row, a key for each option but the last.
const SHAPES: [&[usize]; 5] = [&[2], &[2, 2], &[3, 2, 4], &[2, 5], &[]];

/// A claim under the domain of these tests.
#[derive(Clone)]
struct Claim {
    publics: Vec<RistrettoPoint>,
    bases: Vec<RistrettoPoint>,
    cells: Vec<Cell>,
    images: Vec<RistrettoPoint>,
}

/// What a hash leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Omitted {
    Nothing,
    Publics,
    Bases,
    Images,
    Digest,
    First,
    Second,
}

fn secrets(count: usize) -> Vec<Scalar> {
    let mut next = random("secrets");
    (0..count).map(|_| next()).collect()
}

impl Claim {
    fn honest(shape: &[usize], secrets: &[Scalar]) -> Self {
        let mut next = random("bases");
        let bases: Vec<RistrettoPoint> = shape.iter().map(|_| RistrettoPoint::mul_base(&next())).collect();
        let row = |(base, options): (usize, &usize)| (0..options - 1).map(move |key| Cell { key, base });
        let cells: Vec<Cell> = shape.iter().enumerate().flat_map(row).collect();
        let images = cells.iter().map(|cell| secrets[cell.key] * bases[cell.base]).collect();
        Self { publics: secrets.iter().map(RistrettoPoint::mul_base).collect(), bases, cells, images }
    }

    fn statement(&self) -> Statement<'_> {
        let domain = Transcript::new("test");
        Statement { domain, publics: &self.publics, bases: &self.bases, cells: &self.cells, images: &self.images }
    }

    fn digest(&self, omitted: Omitted) -> [u8; 64] {
        let items = [
            (Omitted::Nothing, b"test".to_vec()),
            (Omitted::Publics, encode_points(&self.publics)),
            (Omitted::Bases, encode_points(&self.bases)),
            (Omitted::Images, encode_points(&self.images)),
        ];
        let kept = items.iter().filter(|(what, _)| omitted == Omitted::Nothing || *what != omitted);
        hash(&kept.map(|(_, item)| item.as_slice()).collect::<Vec<_>>())
    }

    fn weights(&self, omitted: Omitted) -> Vec<Scalar> {
        let digest = self.digest(omitted);
        let weight = |j: usize| hash_to_scalar(&[b"veche-dleq-weight-2", &digest, &(j as u64).to_be_bytes()]);
        (0..self.cells.len()).map(weight).collect()
    }

    fn folded(&self, omitted: Omitted) -> (Vec<RistrettoPoint>, RistrettoPoint) {
        let mut bases = vec![RistrettoPoint::identity(); self.publics.len()];
        let mut image = RistrettoPoint::identity();
        for ((cell, weight), point) in self.cells.iter().zip(self.weights(omitted)).zip(&self.images) {
            bases[cell.key] += weight * self.bases[cell.base];
            image += weight * point;
        }
        (bases, image)
    }

    fn challenge(&self, first: &[RistrettoPoint], second: RistrettoPoint, omitted: Omitted) -> Scalar {
        let (bases, image) = self.folded(omitted);
        let digest = self.digest(omitted);
        let [bases, image] = [encode_points(&bases), encode_points([&image])];
        let [first, second] = [encode_points(first), encode_points([&second])];
        let mut items: Vec<&[u8]> = vec![b"veche-dleq-challenge-2"];
        items.extend((omitted != Omitted::Digest).then_some(digest.as_slice()));
        items.extend([bases.as_slice(), &image]);
        items.extend((omitted != Omitted::First).then_some(first.as_slice()));
        items.extend((omitted != Omitted::Second).then_some(second.as_slice()));
        hash_to_scalar(&items)
    }

    /// Proves under these masks as somebody who leaves something out; says nothing about whether the secrets are right.
    fn prove_under(&self, masks: &[Scalar], secrets: &[Scalar], omitted: Omitted) -> Proof {
        let first: Vec<RistrettoPoint> = masks.iter().map(RistrettoPoint::mul_base).collect();
        let second = masks.iter().zip(self.folded(omitted).0).map(|(mask, base)| mask * base).sum();
        let c = self.challenge(&first, second, omitted);
        let answers = masks.iter().zip(secrets).map(|(mask, secret)| mask + c * secret);
        [c].into_iter().chain(answers).flat_map(|scalar| scalar.to_bytes()).collect()
    }

    fn prove(&self, secrets: &[Scalar], omitted: Omitted) -> Proof {
        let mut next = random("masks");
        let masks: Vec<Scalar> = secrets.iter().map(|_| next()).collect();
        self.prove_under(&masks, secrets, omitted)
    }

    fn holds(&self, proof: &[u8]) -> bool {
        let scalars = proof.chunks(32).map(|bytes| Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap());
        let scalars: Vec<Scalar> = scalars.collect();
        let (c, answers) = (scalars[0], &scalars[1..]);
        let (bases, image) = self.folded(Omitted::Nothing);
        let first = answers.iter().zip(&self.publics).map(|(s, public)| RistrettoPoint::mul_base(s) - c * public);
        let first: Vec<RistrettoPoint> = first.collect();
        let second = answers.iter().zip(bases).map(|(s, base)| s * base).sum::<RistrettoPoint>() - c * image;
        let different = (0..first.len()).all(|i| first[..i].iter().all(|earlier| *earlier != first[i]));
        different && self.challenge(&first, second, Omitted::Nothing) == c
    }
}

fn judge(claim: &Claim, proof: &[u8]) -> Result<(), DleqError> {
    let verdict = claim.statement().verify(proof);
    assert_eq!(verdict.is_ok(), claim.holds(proof), "the textbook says otherwise");
    verdict
}

#[test]
fn the_textbook_and_the_library_accept_each_others_proofs() {
    for shape in SHAPES {
        // As many keys as the longest row has, one more as for a lot, and none.
        let most = shape.iter().max().map_or(0, |options| options - 1);
        for keys in [most, most + 1] {
            let secrets = secrets(keys);
            let claim = Claim::honest(shape, &secrets);
            let proof = claim.statement().prove(&secrets, &[1; 32]);
            assert_eq!(proof.len(), proof_bytes(keys));
            assert_eq!(judge(&claim, &proof), Ok(()), "{shape:?}");
            assert_eq!(judge(&claim, &claim.prove(&secrets, Omitted::Nothing)), Ok(()), "{shape:?}");
        }
    }
}

/// A false value in any one cell, and two errors in two cells that add up to nothing.
#[test]
fn row_27_one_false_value_is_refused_wherever_it_stands() {
    for shape in SHAPES {
        let secrets = secrets(4);
        let honest = Claim::honest(shape, &secrets);
        let proof = honest.prove(&secrets, Omitted::Nothing);
        let error = RistrettoPoint::mul_base(&Scalar::from(1_000_u64));
        for j in 0..honest.images.len() {
            let mut claim = honest.clone();
            claim.images[j] += error;
            assert_eq!(judge(&claim, &proof), Err(DleqError::Invalid));
            assert_eq!(judge(&claim, &claim.prove(&secrets, Omitted::Nothing)), Err(DleqError::Invalid));
            for other in (0..honest.images.len()).filter(|other| *other != j) {
                let mut claim = claim.clone();
                claim.images[other] -= error;
                assert_eq!(
                    judge(&claim, &claim.prove(&secrets, Omitted::Nothing)),
                    Err(DleqError::Invalid),
                    "{j} {other}"
                );
                let mut swapped = honest.clone();
                swapped.images.swap(j, other);
                assert_eq!(judge(&swapped, &swapped.prove(&secrets, Omitted::Nothing)), Err(DleqError::Invalid));
            }
        }
    }
}

/// Right for a row under another option's key, with the answers of the right keys and with those exchanged.
#[test]
fn row_27_a_value_under_another_key_is_refused() {
    let secrets = secrets(3);
    let honest = Claim::honest(&[3, 2, 4], &secrets);
    for j in 0..honest.cells.len() {
        for key in (0..3).filter(|key| *key != honest.cells[j].key) {
            let mut claim = honest.clone();
            claim.images[j] = secrets[key] * claim.bases[claim.cells[j].base];
            assert_eq!(judge(&claim, &claim.prove(&secrets, Omitted::Nothing)), Err(DleqError::Invalid));
        }
    }
    let mut exchanged = secrets.clone();
    exchanged.swap(0, 1);
    assert_eq!(judge(&honest, &honest.prove(&exchanged, Omitted::Nothing)), Err(DleqError::Invalid));
}

/// Under one mask the difference of two answers is c times that of two secrets: a relation of keys, by which rows are read.
/// A proof that publishes it is no proof, however well it holds.
#[test]
fn row_27_one_mask_for_two_keys_is_refused() {
    for shape in [&[4, 2][..], &[]] {
        let secrets = secrets(3);
        let claim = Claim::honest(shape, &secrets);
        let mut next = random("masks");
        let [one, two] = [next(), next()];
        for masks in [[one, one, two], [one, two, one], [two, one, one], [one, one, one]] {
            let proof = claim.prove_under(&masks, &secrets, Omitted::Nothing);
            assert_eq!(judge(&claim, &proof), Err(DleqError::Masks));
            let scalar = |k: usize| Scalar::from_canonical_bytes(proof[32 * k..][..32].try_into().unwrap()).unwrap();
            let (k, l) =
                (0..3).flat_map(|k| (0..k).map(move |l| (k, l))).find(|(k, l)| masks[*k] == masks[*l]).unwrap();
            let known = (scalar(1 + k) - scalar(1 + l)) * scalar(0).invert();
            assert_eq!(known, secrets[k] - secrets[l], "for everybody to see");
        }
        assert_eq!(judge(&claim, &claim.prove_under(&[one, two, one + two], &secrets, Omitted::Nothing)), Ok(()));
        // Equal secrets do not make equal masks.
        let equal = Claim::honest(shape, &[one; 3]);
        assert_eq!(judge(&equal, &equal.statement().prove(&[one; 3], &[1; 32])), Ok(()));
    }
}

/// One seed gives other masks for another claim, another secret and another key.
#[test]
fn row_7_masks_of_proofs_are_never_shared() {
    let mut seen = std::collections::HashSet::new();
    let scalar =
        |proof: &[u8], k: usize| Scalar::from_canonical_bytes(proof[32 * k..][..32].try_into().unwrap()).unwrap();
    let all = secrets(4);
    for (shape, secrets) in
        [(&[3, 2][..], &all[..3]), (&[2, 3][..], &all[..3]), (&[3, 2][..], &all[1..]), (&[][..], &all[..3])]
    {
        for seed in [[1; 32], [2; 32]] {
            let proof = Claim::honest(shape, secrets).statement().prove(secrets, &seed);
            for (k, secret) in secrets.iter().enumerate() {
                let mask = scalar(&proof, 1 + k) - scalar(&proof, 0) * secret;
                assert!(seen.insert(mask.to_bytes()), "{shape:?} {k}");
            }
        }
    }
}

/// Two challenges under the same masks give every secret back: this is what extraction rests on.
#[test]
fn two_answers_under_the_same_masks_give_every_secret() {
    let secrets = secrets(3);
    let masks = self::secrets(6).split_off(3);
    let scalars = |shape: &[usize]| -> Vec<Scalar> {
        let proof = Claim::honest(shape, &secrets).prove_under(&masks, &secrets, Omitted::Nothing);
        proof.chunks(32).map(|bytes| Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap()).collect()
    };
    let (one, two) = (scalars(&[3, 2]), scalars(&[4]));
    for (k, secret) in secrets.iter().enumerate() {
        assert_eq!((one[1 + k] - two[1 + k]) * (one[0] - two[0]).invert(), *secret);
    }
}

/// Each of these would be accepted by a verifier whose hash leaves out what is named.
#[test]
fn row_1_a_part_of_the_claim_made_up_after_the_hash_is_refused() {
    let right_secrets = secrets(2);
    let others = secrets(4).split_off(2);
    let e = RistrettoPoint::mul_base(&Scalar::from(9_u64));
    let right = Claim::honest(&[3, 2], &right_secrets);
    let with_images = |images: Vec<RistrettoPoint>| Claim { images, ..right.clone() };
    let wrong = with_images(Claim::honest(&[3, 2], &others).images);

    // A key: the images have another factor; X is solved for afterwards.
    let (masks, omitted) = (self::secrets(6).split_off(4), Omitted::Publics);
    let first: Vec<RistrettoPoint> = others.iter().map(RistrettoPoint::mul_base).collect();
    let second = masks.iter().zip(wrong.folded(omitted).0).map(|(mask, base)| mask * base).sum();
    let c = wrong.challenge(&first, second, omitted);
    let answers: Vec<Scalar> = masks.iter().zip(&others).map(|(mask, other)| mask + c * other).collect();
    let solved = answers.iter().zip(&first).map(|(s, first)| c.invert() * (RistrettoPoint::mul_base(s) - first));
    let publics = solved.collect();
    let proof: Proof = [c].into_iter().chain(answers).flat_map(|scalar| scalar.to_bytes()).collect();
    assert_eq!(judge(&Claim { publics, ..wrong.clone() }, &proof), Err(DleqError::Invalid));

    // Values or bases: two errors, measured by weights that do not depend on them.
    for omitted in [Omitted::Images, Omitted::Nothing] {
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let (weights, mut claim) = (right.weights(omitted), right.clone());
            claim.images[i] += weights[j] * e;
            claim.images[j] -= weights[i] * e;
            assert_eq!(judge(&claim, &right.prove(&right_secrets, omitted)), Err(DleqError::Invalid));
        }
    }
    // Of two rows under one key, whose bases are folded into one.
    let rows = Claim::honest(&[2, 2], &right_secrets[..1]);
    for omitted in [Omitted::Bases, Omitted::Nothing] {
        let weights = rows.weights(omitted);
        let bases = vec![rows.bases[0] + weights[1] * e, rows.bases[1] - weights[0] * e];
        let claim = Claim { bases, ..rows.clone() };
        assert_eq!(judge(&claim, &rows.prove(&right_secrets[..1], omitted)), Err(DleqError::Invalid));
    }

    // Weights that are all one, that depend on the place alone, or on row and key by one function: here the proof is made
    // over the wrong values themselves, by a prover whose fold does not see the error.
    let known = |j: u64| hash_to_scalar(&[b"veche-dleq-weight-2", &j.to_be_bytes()]);
    for (w0, w1) in [(Scalar::ONE, Scalar::ONE), (known(0), known(1))] {
        let claim = with_images(vec![right.images[0] + w1 * e, right.images[1] - w0 * e, right.images[2]]);
        let proof = claim.statement().prove(&right_secrets, &[1; 32]);
        assert_eq!(judge(&claim, &proof), Err(DleqError::Invalid));
    }
    let square = Claim::honest(&[3, 3], &right_secrets);
    let mut moved = square.clone();
    moved.images[1] += e;
    moved.images[2] -= e;
    assert_eq!(judge(&moved, &moved.prove(&right_secrets, Omitted::Nothing)), Err(DleqError::Invalid));

    // Either equation: a proof for these secrets where the values have other factors, and the other way round.
    for omitted in [Omitted::Nothing, Omitted::Second, Omitted::First, Omitted::Digest] {
        assert_eq!(judge(&wrong, &wrong.prove(&right_secrets, omitted)), Err(DleqError::Invalid));
        assert_eq!(judge(&wrong, &wrong.prove(&others, omitted)), Err(DleqError::Invalid));
    }
    // What the hash of everything leaves out of the challenge is still the domain's.
    let elsewhere = Statement { domain: Transcript::new("elsewhere"), ..right.statement() };
    for omitted in [Omitted::Nothing, Omitted::Digest] {
        assert_eq!(elsewhere.verify(&right.prove(&right_secrets, omitted)), Err(DleqError::Invalid));
    }
}

#[test]
fn row_2_a_claim_or_proof_of_another_length_is_refused() {
    let secrets = secrets(3);
    let right = Claim::honest(&[3, 4], &secrets);
    let proof = right.prove(&secrets, Omitted::Nothing);
    for got in [0, 1, 4, 6] {
        let images = right.images.iter().cycle().take(got).copied().collect();
        let claim = Claim { images, ..right.clone() };
        assert_eq!(claim.statement().verify(&proof), Err(DleqError::Count { got, expected: 5 }));
    }
    let length = Err(DleqError::Read(DecodeError::Length));
    for bytes in [0, 32, 64, 96, 127, 129, 160] {
        assert_eq!(right.statement().verify(&[proof.as_slice(), &[0; 32]].concat()[..bytes]), length, "{bytes} bytes");
    }
    let one_key_less = Claim { publics: right.publics[..2].to_vec(), ..right.clone() };
    assert_eq!(one_key_less.statement().verify(&proof), length);
    for place in 0..4 {
        for bad in bad_scalars(proof[32 * place..][..32].try_into().unwrap()) {
            let mut changed = proof.clone();
            changed[32 * place..][..32].copy_from_slice(&bad);
            assert_eq!(right.statement().verify(&changed), Err(DleqError::Read(DecodeError::Scalar)));
        }
    }
    for bit in 0..8 * proof.len() {
        let mut flipped = proof.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        right.statement().verify(&flipped).expect_err("a changed bit");
    }
}

/// The sum of no ballots: all bases are the identity, and the values too.
#[test]
fn a_sum_of_nothing_has_one_share() {
    let secrets = secrets(2);
    let mut empty = Claim::honest(&[3, 2], &secrets);
    empty.bases.fill(RistrettoPoint::identity());
    empty.images.fill(RistrettoPoint::identity());
    let proof = empty.statement().prove(&secrets, &[1; 32]);
    assert_eq!(judge(&empty, &proof), Ok(()));
    for j in 0..3 {
        let mut claim = empty.clone();
        claim.images[j] = RistrettoPoint::mul_base(&Scalar::ONE);
        assert_eq!(judge(&claim, &claim.prove(&secrets, Omitted::Nothing)), Err(DleqError::Invalid));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any factor for any cell: proven if, and only if, each is the secret of its key.
    #[test]
    fn row_27_only_its_keys_factor_is_proven_of_a_cell(
        shape in prop::collection::vec(2..4_usize, 1..4),
        factors in prop::collection::vec(4..6_u64, 6),
    ) {
        let secrets = [Scalar::from(4_u64), Scalar::from(5_u64)];
        let mut claim = Claim::honest(&shape, &secrets);
        let fits = claim.cells.iter().zip(&factors).all(|(cell, factor)| cell.key as u64 + 4 == *factor);
        let cells = claim.cells.iter().zip(&factors);
        claim.images = cells.map(|(cell, factor)| Scalar::from(*factor) * claim.bases[cell.base]).collect();
        let proof = claim.statement().prove(&secrets, &[1; 32]);
        prop_assert_eq!(judge(&claim, &proof).is_ok(), fits);
    }
}
