//! Rows 24 and 25 of the attacks: the ceremony in which the trustees make the election's keys.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    dealing::{DealError, Dealer, Dealing, JointDealing, Secret, Size, sealed_bytes},
    dleq::{Proof, Statement, proof_bytes},
    group::{DecodeError, encode_points, point},
    transcript::Transcript,
};

use crate::{
    encodings::{bad_points, bad_scalars},
    textbook::random,
};

const DRAFT: [u8; 32] = [9; 32];
const KEYS: u32 = 3;

fn dealer(trustee: u32) -> Dealer<'static> {
    Dealer { draft: &DRAFT, trustee }
}

fn size(threshold: u32) -> Size {
    Size { keys: KEYS, threshold }
}

fn secret(trustee: u32, threshold: u32) -> Secret {
    Secret::new(dealer(trustee), size(threshold), [trustee as u8; 32])
}

/// What a dealer shows, to be changed piece by piece.
#[derive(Clone)]
struct Shown {
    draft: [u8; 32],
    trustee: u32,
    threshold: u32,
    commitment: [u8; 64],
    nonce: [u8; 32],
    coefficients: Vec<u8>,
    possession: Proof,
}

impl Shown {
    fn honest(trustee: u32, threshold: u32) -> Self {
        let (me, secret) = (dealer(trustee), secret(trustee, threshold));
        let (nonce, coefficients) = (secret.nonce(me), secret.coefficients());
        let commitment = me.commitment(&nonce, &coefficients);
        Self { draft: DRAFT, trustee, threshold, commitment, nonce, coefficients, possession: secret.possession(me) }
    }

    /// Another point in one place, counted through all keys.
    fn replaced(mut self, place: usize, point: &[u8; 32]) -> Self {
        self.coefficients[32 * place..32 * (place + 1)].copy_from_slice(point);
        self
    }

    /// A proof of possession of what is shown, made with these secrets.
    fn proven(mut self, secrets: &[Scalar]) -> Self {
        let mut hash = Transcript::new("veche-dealing-possession-2");
        let domain = hash.bytes(&self.draft).number(self.trustee.into()).bytes(&self.coefficients).clone();
        let first = self.coefficients.chunks(32 * self.threshold as usize);
        let publics: Vec<RistrettoPoint> = first.map(|points| point(points.first_chunk().unwrap()).unwrap()).collect();
        self.possession = Statement::possession(domain, &publics).prove(secrets, &[1; 32]);
        self
    }

    /// The dealer commits to what it shows: only the rest can betray it.
    fn committed(mut self) -> Self {
        let me = Dealer { draft: &self.draft, trustee: self.trustee };
        self.commitment = me.commitment(&self.nonce, &self.coefficients);
        self
    }

    fn check(&self) -> Result<Dealing, DealError> {
        let me = Dealer { draft: &self.draft, trustee: self.trustee };
        Dealing::check(me, size(self.threshold), &self.commitment, &self.nonce, &self.coefficients, &self.possession)
    }

    #[track_caller]
    fn refused(&self, why: DealError) {
        assert_eq!(self.check().map(|_| ()), Err(why));
    }
}

fn honest_dealings(count: u32, threshold: u32) -> Vec<Dealing> {
    (1..=count).map(|i| Shown::honest(i, threshold).check().unwrap()).collect()
}

/// The sum of all dealings.
fn joint(dealings: &[Dealing]) -> JointDealing {
    JointDealing::sum(dealings)
}

/// Dealings of the last trustee, whose polynomials are constant but for what is added to the first points of the keys.
fn rogue(known: [u64; 3], added: [RistrettoPoint; 3]) -> (Shown, Vec<Scalar>) {
    let secrets: Vec<Scalar> = known.iter().map(|x| Scalar::from(*x)).collect();
    let points = secrets.iter().zip(added).zip(1_u64..).flat_map(|((secret, added), power)| {
        [RistrettoPoint::mul_base(secret) + added, RistrettoPoint::mul_base(&Scalar::from(1_000 + power))]
    });
    let coefficients = encode_points(&points.collect::<Vec<_>>());
    (Shown { coefficients, ..Shown::honest(3, 2) }, secrets)
}

const ZERO: fn() -> RistrettoPoint = RistrettoPoint::default;

/// The last dealer wants one of the joint keys to be x·B for an x of its own: F_k0 = x·B − Σ of the others' F_k0.
#[test]
fn row_24_a_rogue_key_among_honest_ones_has_no_proof_of_possession() {
    let others = joint(&honest_dealings(2, 2)).keys();
    for key in 0..3 {
        let mut added = [ZERO(); 3];
        added[key] = -others[key];
        let (shown, secrets) = rogue([4711, 815, 31], added);
        shown.clone().committed().refused(DealError::Possession);
        shown.clone().proven(&secrets).committed().refused(DealError::Possession);
        shown.proven(&[secrets[key]; 3]).committed().refused(DealError::Possession);
    }
    let (honest, secrets) = rogue([4711, 815, 31], [ZERO(); 3]);
    honest.proven(&secrets).committed().check().unwrap();
}

/// The last dealer adds to one key what it takes from another: the sum of its first points has a known logarithm, and the
/// difference of two joint keys would. A proof with one answer for that sum would let it in.
#[test]
fn row_24_a_difference_of_keys_cannot_be_cancelled() {
    let others = joint(&honest_dealings(2, 2)).keys();
    let half = Scalar::from(2_u64).invert() * (others[1] - others[0]);
    let (shown, secrets) = rogue([4711, 815, 31], [half, -half, ZERO()]);
    let first = |key: usize| point(shown.coefficients[64 * key..][..32].try_into().unwrap()).unwrap();
    assert!(first(0) + first(1) == RistrettoPoint::mul_base(&(secrets[0] + secrets[1])), "the sum alone is known");
    let difference = others[1] + first(1) - others[0] - first(0);
    assert!(
        difference == RistrettoPoint::mul_base(&(secrets[1] - secrets[0])),
        "and the difference of two keys would be"
    );
    shown.proven(&secrets).committed().refused(DealError::Possession);
}

/// Equal points are a relation that everybody sees, between keys or within one.
#[test]
fn row_24_a_dealing_with_two_equal_points_is_refused() {
    for (i, j) in [(0, 2), (0, 1), (1, 3), (3, 4), (0, 5)] {
        let honest = Shown::honest(1, 2);
        let twice: [u8; 32] = honest.coefficients[32 * i..][..32].try_into().unwrap();
        honest.replaced(j, &twice).committed().refused(DealError::Equal);
    }
    let (shown, secrets) = rogue([4711, 815, 4711], [ZERO(); 3]);
    shown.proven(&secrets).committed().refused(DealError::Equal);
    // The identity may stand behind a first place, once.
    let (shown, secrets) = rogue([4711, 815, 31], [ZERO(); 3]);
    let once = shown.replaced(1, &[0; 32]);
    once.clone().proven(&secrets).committed().check().unwrap();
    once.replaced(3, &[0; 32]).proven(&secrets).committed().refused(DealError::Equal);
}

#[test]
fn row_24_a_missing_or_transplanted_possession_is_refused() {
    let honest = Shown::honest(1, 3);
    honest.check().unwrap();
    let with = |possession: &[u8]| Shown { possession: possession.to_vec(), ..honest.clone() };
    assert_eq!(honest.possession.len(), proof_bytes(3));
    for length in [0, 32, 64, 96, 127, 129, 160] {
        with(&[honest.possession.as_slice(), &[0; 32]].concat()[..length]).refused(DealError::Possession);
    }
    with(&[0; 128]).refused(DealError::Possession);
    with(&Shown::honest(2, 3).possession).refused(DealError::Possession);
    with(&Shown::honest(1, 2).possession).refused(DealError::Possession);
    with(&secret(1, 3).possession(dealer(2))).refused(DealError::Possession);
    with(&secret(1, 3).possession(Dealer { draft: &[8; 32], trustee: 1 })).refused(DealError::Possession);
    for place in 0..honest.possession.len() {
        let mut flipped = honest.possession.clone();
        flipped[place] ^= 1;
        assert_eq!(with(&flipped).check().map(|_| ()), Err(DealError::Possession), "byte {place}");
    }
    // A dealing copied under another number or into another ceremony, with a commitment to fit.
    Shown { trustee: 2, ..honest.clone() }.committed().refused(DealError::Possession);
    Shown { draft: [8; 32], ..honest.clone() }.committed().refused(DealError::Possession);
    // Every point is bound: another one in any place, or the same ones in another order.
    let other = Shown::honest(2, 3);
    for place in 0..9 {
        let point = other.coefficients[32 * place..][..32].try_into().unwrap();
        honest.clone().replaced(place, point).committed().refused(DealError::Possession);
    }
    let mut turned = honest.clone();
    turned.coefficients.rotate_left(3 * 32);
    turned.committed().refused(DealError::Possession);
    for place in 0..4 {
        for bad in bad_scalars(honest.possession[32 * place..][..32].try_into().unwrap()) {
            let mut possession = honest.possession.clone();
            possession[32 * place..][..32].copy_from_slice(&bad);
            with(&possession).refused(DealError::Possession);
        }
    }
}

#[test]
fn row_24_the_wrong_number_of_coefficients_is_refused() {
    for threshold in 1..=5 {
        let shown = Shown { threshold: 3, ..Shown::honest(1, threshold) };
        if threshold == 3 {
            shown.check().unwrap();
        } else {
            shown.refused(DealError::Coefficients { got: 3 * threshold as usize, expected: 9 });
        }
    }
    let mut one_key_less = Shown::honest(1, 3);
    one_key_less.coefficients.truncate(6 * 32);
    one_key_less.committed().refused(DealError::Coefficients { got: 6, expected: 9 });
    for threshold in [2, u32::MAX] {
        let shown = Shown { coefficients: vec![], threshold, ..Shown::honest(1, 2) }.committed();
        shown.refused(DealError::Coefficients { got: 0, expected: 3 * threshold as usize });
    }
    let mut long = Shown::honest(1, 2);
    long.coefficients.push(0);
    long.committed().refused(DealError::Read(DecodeError::Length));
}

#[test]
fn row_24_an_identity_or_another_encoding_is_refused() {
    for place in 0..9 {
        for bad in bad_points() {
            Shown::honest(1, 3).replaced(place, &bad).committed().refused(DealError::Read(DecodeError::Point));
        }
    }
    for key in 0..3 {
        // An honest proof for the secret 0.
        let mut known = [4711, 815, 31];
        known[key] = 0;
        let (shown, secrets) = rogue(known, [ZERO(); 3]);
        shown.proven(&secrets).committed().refused(DealError::Identity);
    }
}

/// Who waits until the others have shown their dealings cannot show another one than committed to.
#[test]
fn row_25_a_rushing_trustee_cannot_change_its_dealing() {
    let honest = Shown::honest(1, 2);
    let other = Secret::new(dealer(1), size(2), [77; 32]);
    let mut rushed = honest.clone();
    (rushed.coefficients, rushed.possession) = (other.coefficients(), other.possession(dealer(1)));
    rushed.refused(DealError::Commitment);
    rushed.nonce = other.nonce(dealer(1));
    rushed.refused(DealError::Commitment);
    rushed.committed().check().unwrap();
    Shown { nonce: [0; 32], ..honest.clone() }.refused(DealError::Commitment);
    // Another's commitment is nobody else's: it names its trustee and its ceremony.
    let commitments = [
        honest.commitment,
        dealer(2).commitment(&honest.nonce, &honest.coefficients),
        Dealer { draft: &[8; 32], trustee: 1 }.commitment(&honest.nonce, &honest.coefficients),
        dealer(1).commitment(&[0; 32], &honest.coefficients),
        dealer(1).commitment(&honest.nonce, &honest.coefficients[..32]),
    ];
    for (i, one) in commitments.iter().enumerate() {
        assert!(commitments[..i].iter().all(|other| other != one));
        if i > 0 {
            Shown { commitment: *one, ..honest.clone() }.refused(DealError::Commitment);
        }
    }
}

/// f(x) of a polynomial in the clear: the shares' oracle.
fn value(coefficients: &[Scalar], x: u32) -> Scalar {
    let x = Scalar::from(x);
    coefficients.iter().enumerate().map(|(k, f)| (0..k).fold(*f, |product, _| product * x)).sum()
}

/// Lagrange's formula, multiplied out over every pair.
pub fn interpolate_at_zero(shares: &[(u32, Scalar)]) -> Scalar {
    let term = |(i, share): &(u32, Scalar)| {
        let others = shares.iter().filter(|(j, _)| j != i);
        others
            .fold(*share, |product, (j, _)| product * Scalar::from(*j) * (Scalar::from(*j) - Scalar::from(*i)).invert())
    };
    shares.iter().map(term).sum()
}

#[test]
fn row_24_honest_shares_fit_the_dealing_and_no_others_do() {
    let mut next = random("coefficients");
    let (one, two) = (Shown::honest(1, 3).check().unwrap(), Shown::honest(2, 3).check().unwrap());
    for recipient in [1, 2, 3, 5, 1000, u32::MAX] {
        let share = secret(1, 3).share(recipient).to_vec();
        assert_eq!(one.check_share(recipient, &share), Ok(()));
        let points: Vec<RistrettoPoint> = share.iter().map(RistrettoPoint::mul_base).collect();
        assert_eq!(joint(std::slice::from_ref(&one)).verification_keys(recipient), points);
        let wrong = |share: &[Scalar]| assert_eq!(one.check_share(recipient, share), Err(DealError::Share));
        // Good for all keys but one; for one key too few or too many; of two keys exchanged.
        for key in 0..3 {
            for other in [share[key] + Scalar::ONE, -share[key], Scalar::ZERO, share[(key + 1) % 3], next()] {
                let mut changed = share.clone();
                changed[key] = other;
                wrong(&changed);
            }
        }
        wrong(&share[..2]);
        wrong(&[share.as_slice(), &[Scalar::ONE]].concat());
        wrong(&[share[1], share[0], share[2]]);
        wrong(&[]);
        wrong(&secret(1, 3).share(recipient ^ 1));
        assert_eq!(two.check_share(recipient, &share), Err(DealError::Share));
    }
    // The dealing that is shown is the one that is dealt: three values give the first coefficient of every key.
    for (key, first) in joint(std::slice::from_ref(&one)).keys().into_iter().enumerate() {
        let shares = [4, 9, 2].map(|i| (i, secret(1, 3).share(i)[key]));
        assert_eq!(RistrettoPoint::mul_base(&interpolate_at_zero(&shares)), first);
    }
    let known = [next(), next(), next()];
    let values = [1, 2, 3].map(|x| (x, value(&known, x)));
    assert_eq!(interpolate_at_zero(&values), known[0]);
}

/// Drawn by one running number, the second coefficient of a key would be the first of the next: a trustee of a threshold
/// of 2 would know a relation of two keys from its own share.
#[test]
fn row_24_no_two_coefficients_of_a_dealing_are_one_draw() {
    let mut seen = std::collections::HashSet::new();
    for threshold in [1, 2, 3, 5] {
        let points = secret(1, threshold).coefficients();
        seen.clear();
        assert!(points.chunks(32).all(|point| seen.insert(point.to_vec())), "threshold {threshold}");
        assert_eq!(seen.len(), 3 * threshold as usize);
    }
    // Nor do they change with what else is dealt.
    let more = Secret::new(dealer(1), Size { keys: 5, threshold: 3 }, [1; 32]).coefficients();
    assert_eq!(more[..9 * 32], secret(1, 3).coefficients());
}

struct Sealed {
    dealing: Dealing,
    from: Secret,
    to: Secret,
    key: [u8; 32],
    sealed: Vec<u8>,
}

/// A share from trustee 1 to trustee 2.
fn sealed() -> Sealed {
    let (from, to) = (secret(1, 2), secret(2, 2));
    let key = to.sealing_key(dealer(2));
    let sealed = from.seal(dealer(1), 2, &key).unwrap();
    assert_eq!(sealed.len(), sealed_bytes(KEYS));
    Sealed { dealing: Shown::honest(1, 2).check().unwrap(), from, to, key, sealed }
}

#[test]
fn row_24_a_sealed_share_opens_for_its_recipient_only() {
    let Sealed { dealing, from, to, key, sealed } = sealed();
    assert_eq!(*to.open(dealer(2), 1, &dealing, &sealed).unwrap(), *from.share(2));
    let refused =
        |got: Result<_, DealError>| assert_eq!(got.map(|_: zeroize::Zeroizing<Vec<Scalar>>| ()), Err(DealError::Share));
    // Another opens it, or under another number; it is said to come from another; it belongs to another ceremony.
    refused(secret(3, 2).open(dealer(3), 1, &dealing, &sealed));
    refused(secret(3, 2).open(dealer(2), 1, &dealing, &sealed));
    refused(to.open(dealer(3), 1, &dealing, &sealed));
    refused(to.open(dealer(2), 3, &dealing, &sealed));
    refused(to.open(Dealer { draft: &[8; 32], trustee: 2 }, 1, &dealing, &sealed));
    // A good share for somebody else, sealed to this one.
    let other = from.seal(dealer(1), 3, &to.sealing_key(dealer(2))).unwrap();
    refused(to.open(dealer(2), 1, &dealing, &other));
    for bit in 0..8 * sealed.len() {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(to.open(dealer(2), 1, &dealing, &flipped).is_err(), "bit {bit}");
    }
    for length in [0, 31, 32, 64, 96, 127, 129, 160] {
        let cut = &[sealed.as_slice(), &[0; 32]].concat()[..length];
        assert!(to.open(dealer(2), 1, &dealing, cut).is_err(), "{length} bytes");
    }
    // What everybody sees does not make the pads: the shares stay hidden without one of the two secrets.
    let public = point(&key).unwrap();
    let ephemeral: [u8; 32] = sealed[..32].try_into().unwrap();
    let shared = (*from.ephemeral(dealer(1), 2) * public).compress().to_bytes();
    for (k, body) in (0_u64..).zip(sealed[32..].chunks(32)) {
        let body = Scalar::from_canonical_bytes(body.try_into().unwrap()).unwrap();
        let share = from.share(2)[k as usize];
        let pad = |number: u64, shared: Option<&[u8; 32]>| {
            let mut hash = Transcript::new("veche-dealing-pad-2");
            hash.bytes(&DRAFT).number(1).number(2).number(number).bytes(&ephemeral).bytes(&key);
            shared.map(|shared| hash.bytes(shared));
            hash.scalar()
        };
        for guess in [None, Some(&[0; 32]), Some(&ephemeral), Some(&key)] {
            assert_ne!(body - pad(k, guess), share);
        }
        assert_ne!(body - pad((k + 1) % 3, Some(&shared)), share, "the pad of another key");
        assert_eq!(body - pad(k, Some(&shared)), share);
        // Nothing of the share is to be seen in it.
        assert!(sealed.windows(32).all(|window| window != share.as_bytes()));
    }
    assert_eq!(format!("{from:?}"), "Secret(redacted)");
}

/// One pad for all keys of a recipient would publish the differences of its shares, and with those of t recipients the
/// difference of two joint keys, by which everybody reads rows.
#[test]
fn row_24_sealed_shares_do_not_show_the_differences_of_keys() {
    let (mine, draft) = (secret(1, 2), dealer(1));
    let sealed = |to: u32| mine.seal(draft, to, &secret(to, 2).sealing_key(dealer(to))).unwrap();
    let body = |sealed: &[u8], k: usize| {
        Scalar::from_canonical_bytes(sealed[32 * (k + 1)..][..32].try_into().unwrap()).unwrap()
    };
    let keys = joint(&[Shown::honest(1, 2).check().unwrap()]).keys();
    for (k, l) in [(0, 1), (1, 2), (0, 2)] {
        let difference = |to: u32| body(&sealed(to), l) - body(&sealed(to), k);
        let seen = interpolate_at_zero(&[(1, difference(1)), (2, difference(2))]);
        assert!(RistrettoPoint::mul_base(&seen) != keys[l] - keys[k]);
        let known = |to: u32| mine.share(to)[l] - mine.share(to)[k];
        let known = interpolate_at_zero(&[(1, known(1)), (2, known(2))]);
        assert!(RistrettoPoint::mul_base(&known) == keys[l] - keys[k], "without the pads it would be so");
    }
}

/// Shares sealed to several recipients, by several dealers and in several ceremonies use different pads.
#[test]
fn row_7_pads_of_sealed_shares_are_never_shared() {
    let mut seen = std::collections::HashSet::new();
    for draft in [[9; 32], [8; 32]] {
        for from in [1, 2] {
            let me = Dealer { draft: &draft, trustee: from };
            let secret = Secret::new(me, size(2), [5; 32]);
            assert!(seen.insert(secret.sealing_key(me)));
            assert!(seen.insert(secret.nonce(me)));
            for coefficient in secret.coefficients().chunks(32) {
                assert!(seen.insert(coefficient.try_into().unwrap()));
            }
            for to in [3, 4] {
                let key = Secret::new(dealer(to), size(2), [to as u8; 32]).sealing_key(dealer(to));
                let sealed = secret.seal(me, to, &key).unwrap();
                assert!(sealed.chunks(32).all(|chunk| seen.insert(chunk.try_into().unwrap())));
                let share = secret.share(to);
                for (body, share) in sealed[32..].chunks(32).zip(share.iter()) {
                    let pad = Scalar::from_canonical_bytes(body.try_into().unwrap()).unwrap() - share;
                    assert!(seen.insert(pad.to_bytes()));
                }
                assert!(seen.insert(secret.ephemeral(me, to).to_bytes()));
            }
        }
    }
}

#[test]
fn row_24_a_complaint_names_the_accuser_if_the_share_was_good() {
    let Sealed { dealing, from, key, sealed, .. } = sealed();
    let ephemeral = from.ephemeral(dealer(1), 2);
    assert_eq!(dealing.judge(dealer(1), 2, &key, &sealed, &ephemeral), Ok(()));
}

/// The dealer refuses to seal to a key that is none; a complaint about that is the accuser's fault, too.
#[test]
fn row_24_an_unreadable_sealing_key_is_never_the_dealers_fault() {
    let Sealed { dealing, from, sealed, .. } = sealed();
    let ephemeral = from.ephemeral(dealer(1), 2);
    for key in bad_points().into_iter().chain([[0; 32]]) {
        assert!(matches!(from.seal(dealer(1), 2, &key), Err(DealError::Read(_))));
        assert_eq!(dealing.judge(dealer(1), 2, &key, &sealed, &ephemeral), Ok(()));
    }
}

#[test]
fn row_24_a_complaint_names_the_dealer_if_the_share_or_its_answer_was_bad() {
    let Sealed { dealing, from, to, key, sealed } = sealed();
    let ephemeral = from.ephemeral(dealer(1), 2);
    // An answer that does not open the share.
    for wrong in [*ephemeral + Scalar::ONE, -*ephemeral, Scalar::ZERO, *from.ephemeral(dealer(1), 3)] {
        assert_eq!(dealing.judge(dealer(1), 2, &key, &sealed, &wrong), Err(DealError::Ephemeral));
    }
    // A share that does not fit, for any one of the keys, with an honest answer; recipient and public agree about every one.
    for k in 0..3 {
        let place = 32 * (k + 1);
        let with = |body: &[u8; 32]| [&sealed[..place], body, &sealed[place + 32..]].concat();
        let body: [u8; 32] = sealed[place..][..32].try_into().unwrap();
        let shifted = Scalar::from_canonical_bytes(body).unwrap() + Scalar::ONE;
        let bad = with(shifted.as_bytes());
        assert_eq!(dealing.judge(dealer(1), 2, &key, &bad, &ephemeral), Err(DealError::Share));
        assert_eq!(to.open(dealer(2), 1, &dealing, &bad).map(|_| ()), Err(DealError::Share));
        for bad in bad_scalars(&body) {
            let (bad, error) = (with(&bad), Err(DealError::Read(DecodeError::Scalar)));
            assert_eq!(dealing.judge(dealer(1), 2, &key, &bad, &ephemeral), error);
            assert_eq!(to.open(dealer(2), 1, &dealing, &bad).map(|_| ()), error);
        }
    }
    let third = from.seal(dealer(1), 3, &key).unwrap();
    for (bad, answer) in [(&third[..], from.ephemeral(dealer(1), 3)), (&sealed[..96], ephemeral.clone())] {
        assert_eq!(dealing.judge(dealer(1), 2, &key, bad, &answer), Err(DealError::Share));
        assert_eq!(to.open(dealer(2), 1, &dealing, bad).map(|_| ()), Err(DealError::Share));
    }
    for bad in bad_points() {
        let bad = [&bad[..], &sealed[32..]].concat();
        assert_eq!(dealing.judge(dealer(1), 2, &key, &bad, &ephemeral), Err(DealError::Ephemeral));
        assert_eq!(to.open(dealer(2), 1, &dealing, &bad).map(|_| ()), Err(DealError::Read(DecodeError::Point)));
    }
}

#[test]
fn row_24_whoever_opens_a_share_agrees_with_whoever_judges_it() {
    let Sealed { dealing, from, to, key, .. } = sealed();
    for recipient in 1..6 {
        let share = from.seal(dealer(1), recipient, &key).unwrap();
        let answer = from.ephemeral(dealer(1), recipient);
        for said in 1..6 {
            let opened = to.open(Dealer { draft: &DRAFT, trustee: 2 }, said, &dealing, &share).is_ok();
            let judged = dealing.judge(dealer(said), 2, &key, &share, &answer).is_ok();
            assert_eq!(opened, judged);
            assert_eq!(opened, recipient == 2 && said == 1);
        }
    }
    // A dealer without an ephemeral secret: careless of its own share, but the share is good, and both say so.
    let mut hash = Transcript::new("veche-dealing-pad-2");
    hash.bytes(&DRAFT).number(1).number(2);
    let pad = |k: u64| hash.clone().number(k).bytes(&[0; 32]).bytes(&key).bytes(&[0; 32]).scalar();
    let share = from.share(2);
    let under_pads = share.iter().zip(0..).flat_map(|(share, k)| (share + pad(k)).to_bytes());
    let bare: Vec<u8> = [0; 32].into_iter().chain(under_pads).collect();
    assert!(to.open(dealer(2), 1, &dealing, &bare).is_ok());
    assert_eq!(dealing.judge(dealer(1), 2, &key, &bare, &Scalar::ZERO), Ok(()));
}

/// What trustees and public compute of the joint keys, and that any `t` of them have what opens a sum and fewer do not.
#[test]
fn row_26_the_joint_keys_are_shared_among_all() {
    let (count, threshold) = (4, 3);
    let all = joint(&honest_dealings(count, threshold));
    let own = |to: u32, key: usize| -> Scalar { (1..=count).map(|from| secret(from, threshold).share(to)[key]).sum() };
    for (key, public) in all.keys().into_iter().enumerate() {
        for to in 1..=count {
            assert_eq!(all.verification_keys(to)[key], RistrettoPoint::mul_base(&own(to, key)));
        }
        let joined = |set: &[u32]| interpolate_at_zero(&set.iter().map(|to| (*to, own(*to, key))).collect::<Vec<_>>());
        for set in [&[1, 2, 3][..], &[2, 3, 4], &[4, 1, 3], &[1, 2, 3, 4]] {
            assert!(RistrettoPoint::mul_base(&joined(set)) == public);
        }
        assert!(RistrettoPoint::mul_base(&joined(&[1, 2])) != public);
    }
}
