//! Every decoder survives any bytes, and bytes that are almost right.
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use veche_crypto::{
    Cells, ElectionKeys,
    dealing::{Dealer, Dealing, Secret, Size},
    group,
    onehot::{Proven, encrypt, verify},
    opening::Share,
    rehearsal,
};

use crate::{
    ballot::{SEED, context, layout, parameters},
    opening::{Trustees, opening, sum},
};

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
        proof in arbitrary(352),
        graft: (bool, bool),
        at: (prop::sample::Index, u8),
    ) {
        let parameters = parameters(&layout(&rows));
        let made = encrypt(&parameters, &context(), &vec![0; rows.len()], &SEED).unwrap();
        let (mut cells, proof) = (if graft.0 { made.cells } else { cells }, if graft.1 { made.proof } else { proof });
        let (place, by) = at;
        if !cells.is_empty() {
            let place = place.index(cells.len());
            cells[place] ^= by;
        }
        let _ = Cells::read(parameters.layout(), &cells);
        let read = Proven::read(&parameters, &context(), &cells, &proof);
        let holds = read.is_ok_and(|read| verify(&parameters, &read, &SEED).is_ok());
        prop_assert_eq!(holds, graft == (true, true) && by == 0);
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_a_share(values in arbitrary(64), proof in arbitrary(96), trustee: u32) {
        let layout = layout(&[3]);
        let trustees = Trustees::new(&layout, 1);
        let sum = sum(&layout, &trustees, &[1, 0]);
        let identities = vec![RistrettoPoint::mul_base(&Scalar::ZERO); 2];
        for publics in [trustees.publics(1)[..2].to_vec(), identities] {
            let share = Share { values: values.clone(), proof: proof.clone() };
            prop_assert!(opening(&sum).check(trustee, &publics, &share).is_err());
            prop_assert!(rehearsal::check(&[1; 32], trustee, &publics, &proof).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_a_dealing(
        coefficients in arbitrary(128), possession in arbitrary(96), sealed in arbitrary(96), key: [u8; 32],
        keys in 0..3_u32, threshold in 0..4_u32, trustee: u32, committed: bool, answer: u64,
    ) {
        let (dealer, size) = (Dealer { draft: &DRAFT, trustee }, Size { keys, threshold });
        let commitment = if committed { dealer.commitment(&key, &coefficients) } else { [0; 64] };
        prop_assert!(Dealing::check(dealer, size, &commitment, &key, &coefficients, &possession).is_err());
        let (me, size) = (Dealer { draft: &DRAFT, trustee: 1 }, Size { keys: 2, threshold: 2 });
        let secret = Secret::new(me, size, SEED);
        let (nonce, coefficients) = (secret.nonce(me), secret.coefficients());
        let commitment = me.commitment(&nonce, &coefficients);
        let dealing = Dealing::check(me, size, &commitment, &nonce, &coefficients, &secret.possession(me)).unwrap();
        prop_assert!(secret.open(dealer, 1, &dealing, &sealed).is_err());
        let sealing = secret.sealing_key(me);
        prop_assert!(dealing.judge(dealer, 1, &sealing, &sealed, &Scalar::from(answer)).is_err());
        let _ = secret.seal(me, trustee, &key);
        let _ = dealing.judge(dealer, trustee, &key, &sealed, &Scalar::from(answer));
    }

    #[test]
    fn arbitrary_bytes_never_panic_as_points_and_scalars(bytes in arbitrary(96), one: [u8; 32], two: [u8; 32]) {
        if let Ok(points) = group::points(&bytes) {
            prop_assert_eq!(group::encode_points(&points), bytes.clone());
        }
        if let Ok(scalars) = group::scalars(&bytes) {
            prop_assert_eq!(scalars.iter().flat_map(|scalar| scalar.to_bytes()).collect::<Vec<_>>(), bytes.clone());
        }
        for chunk in bytes.as_chunks().0 {
            let _ = group::point_not_identity(chunk);
        }
        if let Ok(keys) = ElectionKeys::read(&[one, two]) {
            prop_assert_eq!(keys.encodings(), &[one, two]);
            prop_assert_eq!(ElectionKeys::from_points(keys.points()), Ok(keys));
        }
    }
}
