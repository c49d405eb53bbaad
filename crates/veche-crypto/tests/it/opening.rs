use veche_crypto::{
    Ciphertext, EncryptionKey, Point, PublicKey, Scalar,
    dealing::{Dealer, Dealing, Secret, joint_key, verification_key},
    dlog::Table,
    opening::Opening,
};

const DRAFT: [u8; 32] = [9; 32];

/// A whole ceremony: the joint key, and every trustee's share with its verification key.
pub fn ceremony(count: u32, threshold: u32) -> (PublicKey, Vec<(Scalar, Point)>) {
    let dealer = |trustee| Dealer { draft: &DRAFT, trustee };
    let secrets: Vec<Secret> = (1..=count).map(|i| Secret::new(dealer(i), threshold, [i as u8; 32])).collect();
    let dealings: Vec<Dealing> = (1..=count)
        .zip(&secrets)
        .map(|(i, secret)| {
            let (me, nonce, coefficients) = (dealer(i), secret.nonce(dealer(i)), secret.coefficients());
            let commitment = me.commitment(&nonce, &coefficients);
            Dealing::check(me, threshold, &commitment, &nonce, &coefficients, &secret.possession(me)).unwrap()
        })
        .collect();
    let share = |to: u32| {
        let mine = &secrets[to as usize - 1];
        let parts = (1..=count).map(|from| {
            let sealed = secrets[from as usize - 1].seal(dealer(from), to, &mine.sealing_key(dealer(to))).unwrap();
            *mine.open(dealer(to), from, &dealings[from as usize - 1], &sealed).unwrap()
        });
        parts.sum::<Scalar>()
    };
    let shares = (1..=count).map(|i| (share(i), verification_key(&dealings, i))).collect();
    (PublicKey::from_point(joint_key(&dealings)).unwrap(), shares)
}

#[test]
fn row_26_any_t_shares_open_the_same_sum_and_fewer_do_not() {
    for (n, t) in [(1, 1), (3, 1), (3, 2), (3, 3), (5, 3)] {
        let (key, trustees) = ceremony(n, t);
        let encryption = EncryptionKey::new(key);
        let counts = [0_u64, 1, 17, 669, 100_000];
        let cells: Vec<Ciphertext> =
            counts.iter().map(|m| encryption.encrypt(&Scalar::from(*m), &Scalar::from(m + 99))).collect();
        let opening = Opening { election: &[1; 32], sum: &[2; 32], cells: &cells };
        let shares: Vec<(u32, Vec<Point>)> = (1..)
            .zip(&trustees)
            .map(|(i, (secret, key))| {
                let share = opening.share(i, secret, &[3; 32]);
                (i, opening.check(i, key, &share).unwrap())
            })
            .collect();
        let table = Table::new(100_000);
        let solve = |shares: &[(u32, Vec<Point>)]| -> Vec<Option<u64>> {
            opening.combine(shares).unwrap().iter().map(|point| table.solve(point)).collect()
        };
        let expected: Vec<Option<u64>> = counts.map(Some).to_vec();
        assert_eq!(solve(&shares[..t as usize]), expected);
        assert_eq!(solve(&shares[(n - t) as usize..]), expected);
        assert_eq!(solve(&shares), expected);
        if t > 1 {
            assert!(solve(&shares[..t as usize - 1]).iter().all(Option::is_none));
        }
    }
}

#[test]
fn row_29_a_number_beyond_the_bound_is_not_found() {
    let table = Table::new(1000);
    let at = |m: u64| table.solve(&Point::mul_base(&Scalar::from(m)));
    for m in [0, 1, 15, 16, 31, 32, 33, 999, 1000] {
        assert_eq!(at(m), Some(m));
    }
    assert_eq!(at(1001), None);
    assert_eq!(table.solve(&Point::mul_base(&-Scalar::ONE)), None);
    assert_eq!(Table::new(0).solve(&Point::mul_base(&Scalar::ZERO)), Some(0));
}
