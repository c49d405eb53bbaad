//! Dealings: each is the one that was committed to, and dealers who agree among themselves gain nothing.

use veche_crypto::{dealing::DealError, dleq::Statement, transcript::Transcript};
use veche_election::{ceremony::MESSAGE_MAX_BYTES, encoding::Blob, manifest::DEALT_MAX};

use super::*;

#[test]
fn row_25_a_commitment_to_another_table_is_refused_and_a_dealing_must_be_the_one_committed_to() {
    let ceremony = begun(PLAN, Until::Registered);
    let one = trustee(1);
    let commit = one.commit(&ceremony).unwrap();
    let false_table = changed(&one, &commit, |step| {
        let Step::Commit { table, .. } = step else { panic!() };
        table.0[0] ^= 1;
    });
    assert_eq!(take(&ceremony, &false_table), Err(CeremonyError::Table(1)));

    let ceremony = begun(PLAN, Until::Committed);
    let deal = one.deal(&ceremony).unwrap();
    type Parts<'a> = (&'a mut Bytes<32>, &'a mut Blob, &'a mut Blob, &'a mut Vec<Blob>);
    let bad = |change: &dyn Fn(Parts<'_>)| {
        let message = changed(&one, &deal, |step| {
            let Step::Deal { nonce, coefficients, possession, shares, .. } = step else { panic!() };
            change((nonce, coefficients, possession, shares));
        });
        match take(&ceremony, &message) {
            Err(CeremonyError::Dealing { trustee: 1, error }) => error,
            other => panic!("{other:?}"),
        }
    };
    // A rushing trustee who has seen the others' dealings would now like another key.
    let other = TrusteeSecret::new(DRAFT, 1, [0xDD; 32]);
    let dealer = Dealer { draft: &DRAFT.0, trustee: 1 };
    let chosen = Secret::new(dealer, SIZE, *other.seed());
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0 = chosen.coefficients()), DealError::Commitment);
    assert_eq!(bad(&|(nonce, ..)| nonce.0[0] ^= 1), DealError::Commitment);
    for byte in 0..32 * (1 + KEYS as usize) {
        assert_eq!(bad(&|(_, _, possession, _)| possession.0[byte] ^= 1), DealError::Possession, "byte {byte}");
    }
    assert_eq!(bad(&|(_, _, possession, _)| possession.0[63] = 0xff), DealError::Possession);
    assert_eq!(bad(&|(_, _, possession, _)| possession.0.truncate(64)), DealError::Possession);
    let count = |got| DealError::Coefficients { got, expected: 6 };
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.truncate(4 * 32)), count(4));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.clear()), count(0));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.extend([0; 32])), count(7));
    assert!(matches!(bad(&|(_, coefficients, ..)| coefficients.0.truncate(33)), DealError::Read(_)));
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0[..32].fill(0)), DealError::Identity);
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0[128..160].fill(0)), DealError::Identity);
    assert_eq!(bad(&|(_, coefficients, ..)| coefficients.0.copy_within(..32, 64)), DealError::Equal);
    assert!(matches!(bad(&|(_, coefficients, ..)| coefficients.0.fill(0xff)), DealError::Read(_)));
    assert_eq!(bad(&|(.., shares)| _ = shares.pop()), DealError::Share);
    assert_eq!(bad(&|(.., shares)| shares.push(shares[0].clone())), DealError::Share);
    assert_eq!(bad(&|(.., shares)| shares.clear()), DealError::Share);
    for bytes in [0, 64, 96, 127, 129, 160] {
        assert_eq!(bad(&|(.., shares)| shares[1].0.resize(bytes, 1)), DealError::Share, "a share of {bytes} bytes");
    }
}

/// A key chosen to cancel the others' (Y_1 = X − Y_2 − Y_3) has no proof of possession.
#[test]
fn row_24_a_rogue_key_has_no_proof_of_possession() {
    let mut ceremony = begun(PLAN, Until::Registered);
    let dealer = Dealer { draft: &DRAFT.0, trustee: 1 };
    let mine = Secret::new(dealer, SIZE, [0xDD; 32]);
    let others = Secret::new(Dealer { draft: &DRAFT.0, trustee: 2 }, SIZE, [0xDE; 32]).coefficients();
    let mut rogue = mine.coefficients();
    let cancelled = group::points(&rogue).unwrap()[0] - group::points(&others).unwrap()[0];
    rogue[..32].copy_from_slice(cancelled.compress().as_bytes());
    let nonce = mine.nonce(dealer);
    let one = trustee(1);
    let (table, commitment) = (ceremony.table(), Bytes(dealer.commitment(&nonce, &rogue)));
    ceremony.take(&say(DRAFT, 1, &Step::Commit { table, commitment }, &one.signing_key())).unwrap();
    for secret in [trustee(2), trustee(3)] {
        ceremony.take(&secret.commit(&ceremony).unwrap()).unwrap();
    }
    let step = Step::Deal {
        table,
        commitments: ceremony.commitments(),
        nonce: Bytes(nonce),
        coefficients: Blob(rogue),
        possession: Blob(mine.possession(dealer)),
        shares: vec![Blob(vec![1; 128]); 3],
    };
    let refused = take(&ceremony, &say(DRAFT, 1, &step, &one.signing_key()));
    assert_eq!(refused, Err(CeremonyError::Dealing { trustee: 1, error: DealError::Possession }));
}

/// All trustees know each other's secrets, and the last deals polynomials for which all together make y_k = `sums[k]`, as
/// far as these go. With all commitments taken in, and the dealings of the others; and the last dealing.
pub fn colluding(draft: Hash, plan: CeremonyPlan, all: &[TrusteeSecret], sums: &[Scalar]) -> (Ceremony, Vec<u8>) {
    let mut ceremony = ceremony_of(draft, plan, all, Until::Registered);
    let table = ceremony.table();
    let size = Size { keys: plan.keys, threshold: plan.threshold };
    let secrets_of = |trustee: &TrusteeSecret| {
        let seed = Hash::labelled("veche-trustee-dealing-1", &[trustee.seed().as_ref(), &table.0]);
        Secret::new(Dealer { draft: &draft.0, trustee: trustee.trustee() }, size, seed.0).share(0)
    };
    let (last, others) = all.split_last().unwrap();
    let dealer = Dealer { draft: &draft.0, trustee: last.trustee() };
    let secrets: Vec<Scalar> = (0..plan.keys as usize)
        .map(|k| {
            let sum = sums.get(k).copied().unwrap_or(Scalar::from(1_000 + k as u64));
            sum - others.iter().map(|other| secrets_of(other)[k]).sum::<Scalar>()
        })
        .collect();
    let publics: Vec<Point> = secrets.iter().map(Point::mul_base).collect();
    let points: Vec<Point> = (1_u64..)
        .zip(&publics)
        .flat_map(|(key, public)| {
            let others =
                (1..u64::from(plan.threshold)).map(move |power| Point::mul_base(&Scalar::from(1_000 * key + power)));
            std::iter::once(*public).chain(others)
        })
        .collect();
    let (coefficients, nonce) = (group::encode_points(&points), [7; 32]);
    others.iter().for_each(|other| ceremony.take(&other.commit(&ceremony).unwrap()).unwrap());
    let commitment = Bytes(dealer.commitment(&nonce, &coefficients));
    let commit = say(draft, last.trustee(), &Step::Commit { table, commitment }, &last.signing_key());
    ceremony.take(&commit).unwrap();
    others.iter().for_each(|other| ceremony.take(&other.deal(&ceremony).unwrap()).unwrap());
    let mut domain = Transcript::new("veche-dealing-possession-2");
    domain.bytes(&draft.0).number(last.trustee().into()).bytes(&coefficients);
    let possession = Blob(Statement::possession(domain, &publics).prove(&secrets, &nonce).to_vec());
    let shares = vec![Blob(vec![1; 32 * (plan.keys as usize + 1)]); all.len()];
    let commitments = ceremony.commitments();
    let step =
        Step::Deal { table, commitments, nonce: Bytes(nonce), coefficients: Blob(coefficients), possession, shares };
    (ceremony, say(draft, last.trustee(), &step, &last.signing_key()))
}

#[test]
fn dealers_who_agree_on_it_make_neither_the_identity_a_key_nor_one_key_of_two() {
    for sums in [&[Scalar::ZERO][..], &[Scalar::ONE, Scalar::ONE]] {
        let (ceremony, last) = colluding(DRAFT, PLAN, &trustees(PLAN), sums);
        assert_eq!(take(&ceremony, &last), Err(CeremonyError::NoKey));
        // Whichever dealing comes last.
        let held: Vec<_> = ceremony.messages().map(<[u8]>::to_vec).chain([last]).map(|message| (message, ())).collect();
        for turn in 0..held.len() {
            let mut turned = held.clone();
            turned.rotate_left(turn);
            assert_eq!(Ceremony::from_messages(DRAFT, PLAN, turned).unwrap_err(), ((), CeremonyError::NoKey));
        }
    }
    let (mut ceremony, last) = colluding(DRAFT, PLAN, &trustees(PLAN), &[Scalar::ONE]);
    ceremony.take(&last).unwrap();
    ceremony.take(&last).unwrap();
    assert_eq!(ceremony.stage(), Stage::Accept(vec![1, 2, 3]));
}

/// Of all that the bound on keys, trustees and threshold leaves, with no more keys than a row of 500 candidates asks for.
#[test]
fn the_largest_dealings_fit_a_message() {
    for (count, threshold, keys) in [(50, 50, 8), (50, 1, 400), (39, 1, 501), (6, 6, 501), (1, 1, 501), (3, 2, 378)] {
        assert!(u64::from(count * threshold * keys) <= DEALT_MAX);
        let plan = CeremonyPlan { count, threshold, keys };
        let all: Vec<TrusteeSecret> = (1..=count).map(|i| TrusteeSecret::new(DRAFT, i, [i as u8; 32])).collect();
        let mut ceremony = ceremony_of(DRAFT, plan, &all, Until::Registered);
        // Only one of them deals: the others' commitments may be anything.
        let table = ceremony.table();
        for secret in &all[1..] {
            let step = Step::Commit { table, commitment: Bytes([1; 64]) };
            ceremony.take(&say(DRAFT, secret.trustee(), &step, &secret.signing_key())).unwrap();
        }
        ceremony.take(&all[0].commit(&ceremony).unwrap()).unwrap();
        let deal = all[0].deal(&ceremony).unwrap();
        assert!(deal.len() < MESSAGE_MAX_BYTES, "{plan:?}: {} bytes", deal.len());
        ceremony.take(&deal).unwrap();
    }
}
