//! Rows 24 and 25 of the attacks: the ceremony in which the trustees make the election key.
use curve25519_dalek::{RistrettoPoint, Scalar};
use veche_crypto::{
    dealing::{DealError, Dealer, Dealing, SealedShare, Secret, joint_key, verification_key},
    dleq::{Proof, Statement},
    group::{DecodeError, encode_points},
    transcript::Transcript,
};

use crate::{
    encodings::{bad_points, bad_scalars},
    textbook::random,
};

const DRAFT: [u8; 32] = [9; 32];

fn dealer(trustee: u32) -> Dealer<'static> {
    Dealer { draft: &DRAFT, trustee }
}

fn secret(trustee: u32, threshold: u32) -> Secret {
    Secret::new(dealer(trustee), threshold, [trustee as u8; 32])
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

    /// The dealer commits to what it shows: only the rest can betray it.
    fn committed(mut self) -> Self {
        let me = Dealer { draft: &self.draft, trustee: self.trustee };
        self.commitment = me.commitment(&self.nonce, &self.coefficients);
        self
    }

    fn check(&self) -> Result<Dealing, DealError> {
        let me = Dealer { draft: &self.draft, trustee: self.trustee };
        Dealing::check(me, self.threshold, &self.commitment, &self.nonce, &self.coefficients, &self.possession)
    }

    #[track_caller]
    fn refused(&self, why: DealError) {
        assert_eq!(self.check().map(|_| ()), Err(why));
    }
}

fn honest_dealings(count: u32, threshold: u32) -> Vec<Dealing> {
    (1..=count).map(|i| Shown::honest(i, threshold).check().unwrap()).collect()
}

/// The last dealer wants the joint key to be x·B for an x of its own: F_0 = x·B − Σ of the others' F_0.
#[test]
fn row_24_a_rogue_key_has_no_proof_of_possession() {
    let others = joint_key(&honest_dealings(2, 2));
    let x = Scalar::from(4711_u64);
    let first = RistrettoPoint::mul_base(&x) - others;
    let mut rogue = Shown::honest(3, 2);
    rogue.coefficients = encode_points(&[first, RistrettoPoint::mul_base(&Scalar::from(5_u64))]);
    let rogue = rogue.committed();
    rogue.refused(DealError::Possession);
    // Proofs with every secret that the dealer does know.
    let mut hash = Transcript::new("veche-dealing-possession-1");
    let domain = hash.bytes(&DRAFT).number(3).bytes(&rogue.coefficients).clone();
    let known = [x, Scalar::from(5_u64), Scalar::ONE, Scalar::ZERO];
    for secret in known {
        for public in [first, RistrettoPoint::mul_base(&secret)] {
            let statement = Statement { domain: domain.clone(), public: &public, bases: &[], images: &[] };
            let mut with_proof = rogue.clone();
            with_proof.possession = statement.prove(&secret, &[1; 32]);
            with_proof.refused(DealError::Possession);
        }
    }
}

#[test]
fn row_24_a_missing_or_transplanted_possession_is_refused() {
    let honest = Shown::honest(1, 3);
    honest.check().unwrap();
    let with = |possession| Shown { possession, ..honest.clone() };
    with([0; 64]).refused(DealError::Possession);
    with(Shown::honest(2, 3).possession).refused(DealError::Possession);
    with(Shown::honest(1, 2).possession).refused(DealError::Possession);
    with(secret(1, 3).possession(dealer(2))).refused(DealError::Possession);
    with(secret(1, 3).possession(Dealer { draft: &[8; 32], trustee: 1 })).refused(DealError::Possession);
    for place in 0..64 {
        let mut flipped = honest.possession;
        flipped[place] ^= 1;
        assert_eq!(with(flipped).check().map(|_| ()), Err(DealError::Possession), "byte {place}");
    }
    // A dealing copied under another number or into another ceremony, with a commitment to fit.
    Shown { trustee: 2, ..honest.clone() }.committed().refused(DealError::Possession);
    Shown { draft: [8; 32], ..honest.clone() }.committed().refused(DealError::Possession);
    // The other coefficients are bound too.
    let mut mixed = honest.clone();
    mixed.coefficients[32..].copy_from_slice(&Shown::honest(2, 3).coefficients[32..]);
    mixed.committed().refused(DealError::Possession);
    for bad in bad_scalars(honest.possession[32..].try_into().unwrap()) {
        let first: [u8; 32] = honest.possession[..32].try_into().unwrap();
        with([first, bad].concat().try_into().unwrap()).refused(DealError::Possession);
    }
}

#[test]
fn row_24_the_wrong_number_of_coefficients_is_refused() {
    for got in 1..=5 {
        let shown = Shown { threshold: 3, ..Shown::honest(1, got as u32) };
        if got == 3 {
            shown.check().unwrap();
        } else {
            shown.refused(DealError::Coefficients { got, expected: 3 });
        }
    }
    for threshold in [0, 2, u32::MAX] {
        let shown = Shown { coefficients: vec![], threshold, ..Shown::honest(1, 2) }.committed();
        shown.refused(DealError::Coefficients { got: 0, expected: threshold as usize });
    }
    let mut long = Shown::honest(1, 2);
    long.coefficients.push(0);
    long.committed().refused(DealError::Read(DecodeError::Length));
}

#[test]
fn row_24_an_identity_or_another_encoding_is_refused() {
    let with = |place: usize, point: &[u8; 32]| {
        let mut shown = Shown::honest(1, 3);
        shown.coefficients[32 * place..32 * (place + 1)].copy_from_slice(point);
        shown.committed()
    };
    with(0, &[0; 32]).refused(DealError::Identity);
    for place in 0..3 {
        bad_points().iter().for_each(|bad| with(place, bad).refused(DealError::Read(DecodeError::Point)));
    }
    // An honest proof for the secret 0.
    let mut hash = Transcript::new("veche-dealing-possession-1");
    let mut shown = with(0, &[0; 32]);
    let domain = hash.bytes(&DRAFT).number(1).bytes(&shown.coefficients).clone();
    let public = RistrettoPoint::mul_base(&Scalar::ZERO);
    let statement = Statement { domain, public: &public, bases: &[], images: &[] };
    shown.possession = statement.prove(&Scalar::ZERO, &[1; 32]);
    shown.refused(DealError::Identity);
}

/// Who waits until the others have shown their dealings cannot show another one than committed to.
#[test]
fn row_25_a_rushing_trustee_cannot_change_its_dealing() {
    let honest = Shown::honest(1, 2);
    let other = Secret::new(dealer(1), 2, [77; 32]);
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
        let share = secret(1, 3).share(recipient);
        assert_eq!(one.check_share(recipient, &share), Ok(()));
        assert_eq!(verification_key(std::slice::from_ref(&one), recipient), RistrettoPoint::mul_base(&share));
        let wrong = [*share + Scalar::ONE, -*share, Scalar::ZERO, *secret(1, 3).share(recipient ^ 1), next()];
        wrong.iter().for_each(|wrong| assert_eq!(one.check_share(recipient, wrong), Err(DealError::Share)));
        assert_eq!(two.check_share(recipient, &share), Err(DealError::Share));
    }
    // The dealing that is shown is the one that is dealt: three values give the first coefficient.
    let shares = [4, 9, 2].map(|i| (i, *secret(1, 3).share(i)));
    let first = interpolate_at_zero(&shares);
    assert_eq!(RistrettoPoint::mul_base(&first), joint_key(std::slice::from_ref(&one)));
    let known = [next(), next(), next()];
    let values = [1, 2, 3].map(|x| (x, value(&known, x)));
    assert_eq!(interpolate_at_zero(&values), known[0]);
}

struct Sealed {
    dealing: Dealing,
    from: Secret,
    to: Secret,
    key: [u8; 32],
    sealed: SealedShare,
}

/// A share from trustee 1 to trustee 2.
fn sealed() -> Sealed {
    let (from, to) = (secret(1, 2), secret(2, 2));
    let key = to.sealing_key(dealer(2));
    let sealed = from.seal(dealer(1), 2, &key).unwrap();
    Sealed { dealing: Shown::honest(1, 2).check().unwrap(), from, to, key, sealed }
}

#[test]
fn row_24_a_sealed_share_opens_for_its_recipient_only() {
    let Sealed { dealing, from, to, key, sealed } = sealed();
    assert_eq!(*to.open(dealer(2), 1, &dealing, &sealed).unwrap(), *from.share(2));
    let refused =
        |got: Result<_, DealError>| assert_eq!(got.map(|_: zeroize::Zeroizing<Scalar>| ()), Err(DealError::Share));
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
        let mut flipped = sealed;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(to.open(dealer(2), 1, &dealing, &flipped).is_err(), "bit {bit}");
    }
    // What everybody sees does not make the pad: the share stays hidden without one of the two secrets.
    let point: [u8; 32] = sealed[..32].try_into().unwrap();
    let body = Scalar::from_canonical_bytes(sealed[32..].try_into().unwrap()).unwrap();
    let pad = |shared: Option<&[u8; 32]>| {
        let mut hash = Transcript::new("veche-dealing-pad-1");
        hash.bytes(&DRAFT).number(1).number(2).bytes(&point).bytes(&key);
        shared.map(|shared| hash.bytes(shared));
        hash.scalar()
    };
    for guess in [None, Some(&[0; 32]), Some(&point), Some(&key)] {
        assert_ne!(body - pad(guess), *from.share(2));
    }
    let key = veche_crypto::group::point(&key).unwrap();
    let shared = (*from.ephemeral(dealer(1), 2) * key).compress().to_bytes();
    assert_eq!(body - pad(Some(&shared)), *from.share(2));
    // Nothing of the share is to be seen in it.
    assert!(sealed.windows(32).all(|window| window != from.share(2).as_bytes()));
    assert_eq!(format!("{from:?}"), "Secret(redacted)");
}

/// Shares sealed to several recipients, by several dealers and in several ceremonies use different pads.
#[test]
fn row_7_pads_of_sealed_shares_are_never_shared() {
    let mut seen = std::collections::HashSet::new();
    for draft in [[9; 32], [8; 32]] {
        for from in [1, 2] {
            let me = Dealer { draft: &draft, trustee: from };
            let secret = Secret::new(me, 2, [5; 32]);
            assert!(seen.insert(secret.sealing_key(me)));
            assert!(seen.insert(secret.nonce(me)));
            for coefficient in secret.coefficients().chunks(32) {
                assert!(seen.insert(coefficient.try_into().unwrap()));
            }
            for to in [3, 4] {
                let key = Secret::new(dealer(to), 2, [to as u8; 32]).sealing_key(dealer(to));
                let sealed = secret.seal(me, to, &key).unwrap();
                assert!(seen.insert(sealed[..32].try_into().unwrap()));
                assert!(seen.insert(sealed[32..].try_into().unwrap()));
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
    // A share that does not fit, with an honest answer; recipient and public agree about every one.
    let mut shifted = sealed;
    let body = Scalar::from_canonical_bytes(sealed[32..].try_into().unwrap()).unwrap() + Scalar::ONE;
    shifted[32..].copy_from_slice(body.as_bytes());
    let third = from.seal(dealer(1), 3, &key).unwrap();
    for (bad, answer) in [(shifted, &ephemeral), (third, &from.ephemeral(dealer(1), 3))] {
        assert_eq!(dealing.judge(dealer(1), 2, &key, &bad, answer), Err(DealError::Share));
        assert_eq!(to.open(dealer(2), 1, &dealing, &bad).map(|_| ()), Err(DealError::Share));
    }
    for bad in bad_scalars(sealed[32..].try_into().unwrap()) {
        let bad = [sealed[..32].try_into().unwrap(), bad].concat().try_into().unwrap();
        let error = Err(DealError::Read(DecodeError::Scalar));
        assert_eq!(dealing.judge(dealer(1), 2, &key, &bad, &ephemeral), error);
        assert_eq!(to.open(dealer(2), 1, &dealing, &bad).map(|_| ()), error);
    }
    for bad in bad_points() {
        let bad = [bad, sealed[32..].try_into().unwrap()].concat().try_into().unwrap();
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
    let mut hash = Transcript::new("veche-dealing-pad-1");
    let pad = hash.bytes(&DRAFT).number(1).number(2).bytes(&[0; 32]).bytes(&key).bytes(&[0; 32]).scalar();
    let bare: SealedShare = [[0; 32], (*from.share(2) + pad).to_bytes()].concat().try_into().unwrap();
    assert!(to.open(dealer(2), 1, &dealing, &bare).is_ok());
    assert_eq!(dealing.judge(dealer(1), 2, &key, &bare, &Scalar::ZERO), Ok(()));
}
