//! Every decoder survives any bytes, and bytes that are almost right.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Ciphertext, EncryptionKey, PublicKey,
    dealing::{Dealer, Dealing, Secret},
    group,
    onehot::{Proven, Shape, encrypt, read_cells, verify},
    opening::{Opening, Share, check_rehearsal},
};

use crate::ballot::{SEED, context, key};

const DRAFT: [u8; 32] = [9; 32];

/// Bytes of any length, of lengths that fit, and such in which most pieces are honest points or small scalars.
fn arbitrary(fits: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => any::<u64>().prop_map(|m| RistrettoPoint::mul_base(&Scalar::from(m)).compress().to_bytes()),
        2 => any::<u64>().prop_map(|m| Scalar::from(m).to_bytes()),
        1 => any::<[u8; 32]>(),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..=2 * fits),
        prop::collection::vec(any::<u8>(), fits),
        prop::collection::vec(piece, fits / 32).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_as_a_ballot(
        rows in prop::collection::vec(2..4_usize, 1..3),
        cells in arbitrary(128),
        proof in arbitrary(480),
        graft: (bool, bool),
        at: (prop::sample::Index, u8),
    ) {
        let (key, shape) = (key(), Shape::new(rows).unwrap());
        let made = encrypt(&EncryptionKey::new(key), &shape, &context(), &vec![0; shape.rows().len()], &SEED).unwrap();
        let (mut cells, proof) = (if graft.0 { made.cells } else { cells }, if graft.1 { made.proof } else { proof });
        let (place, by) = at;
        if !cells.is_empty() {
            let place = place.index(cells.len());
            cells[place] ^= by;
        }
        let _ = read_cells(&shape, &cells);
        let read = Proven::read(&key, &shape, &context(), &cells, &proof);
        let holds = read.is_ok_and(|read| verify(&key, &read, &SEED).is_ok());
        prop_assert_eq!(holds, graft == (true, true) && by == 0);
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_a_share(
        values in arbitrary(64), proof: [u8; 32], challenge: [u8; 32], trustee: u32,
    ) {
        let cells = [Ciphertext::zero(), EncryptionKey::new(key()).encrypt(&Scalar::ONE, &Scalar::from(7_u64))];
        let opening = Opening { election: &[1; 32], sum: &[2; 32], cells: &cells };
        for public in [*key().point(), RistrettoPoint::mul_base(&Scalar::ZERO)] {
            let share = Share { values: values.clone(), proof: [challenge, proof].concat().try_into().unwrap() };
            prop_assert!(opening.check(trustee, &public, &share).is_err());
            prop_assert!(check_rehearsal(&[1; 32], trustee, &public, &share).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_a_dealing(
        coefficients in arbitrary(64), possession in arbitrary(64), sealed in arbitrary(64), key: [u8; 32],
        threshold in 0..4_u32, trustee: u32, committed: bool, answer: u64,
    ) {
        let dealer = Dealer { draft: &DRAFT, trustee };
        let fixed = |bytes: &[u8]| -> [u8; 64] { std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0)) };
        let commitment = if committed { dealer.commitment(&key, &coefficients) } else { [0; 64] };
        prop_assert!(
            Dealing::check(dealer, threshold, &commitment, &key, &coefficients, &fixed(&possession)).is_err()
        );
        let (me, secret) = (Dealer { draft: &DRAFT, trustee: 1 }, Secret::new(Dealer { draft: &DRAFT, trustee: 1 }, 2, SEED));
        let (nonce, coefficients) = (secret.nonce(me), secret.coefficients());
        let commitment = me.commitment(&nonce, &coefficients);
        let dealing = Dealing::check(me, 2, &commitment, &nonce, &coefficients, &secret.possession(me)).unwrap();
        prop_assert!(secret.open(dealer, 1, &dealing, &fixed(&sealed)).is_err());
        let sealing = secret.sealing_key(me);
        prop_assert!(dealing.judge(dealer, 1, &sealing, &fixed(&sealed), &Scalar::from(answer)).is_err());
        let _ = secret.seal(me, trustee, &key);
        let _ = dealing.judge(dealer, trustee, &key, &fixed(&sealed), &Scalar::from(answer));
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_points_and_scalars(bytes in arbitrary(96), one: [u8; 32], two: [u8; 32]) {
        if let Ok(points) = group::points(&bytes) {
            prop_assert_eq!(group::encode_points(&points), bytes.clone());
        }
        if let Ok(scalars) = group::scalars(&bytes) {
            prop_assert_eq!(scalars.iter().flat_map(|scalar| scalar.to_bytes()).collect::<Vec<_>>(), bytes.clone());
        }
        let _ = group::points_not_identity(&bytes);
        if let Ok(key) = PublicKey::from_bytes(one) {
            prop_assert_eq!(key.point().compress().to_bytes(), one);
            prop_assert_eq!(PublicKey::from_point(*key.point()), Ok(key));
        }
        let both: [u8; 64] = [one, two].concat().try_into().unwrap();
        if let Ok(cell) = Ciphertext::from_bytes(&both) {
            prop_assert_eq!(cell.to_bytes(), both);
        }
    }
}
