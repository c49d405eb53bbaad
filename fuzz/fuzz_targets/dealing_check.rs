//! Any bytes as a dealer's message, as a sealed share and as a complaint: no panic, and whoever opens a share agrees
//! with whoever judges it.
//! Input: a byte of mode, then the pieces in turn; in place of the honest ones, or laid over them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    Scalar,
    dealing::{Dealer, Dealing, SealedShare, Secret},
};

const DRAFT: [u8; 32] = [9; 32];

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let (one, two) = (Dealer { draft: &DRAFT, trustee: 1 }, Dealer { draft: &DRAFT, trustee: 2 });
    let (from, to) = (Secret::new(one, 2, [1; 32]), Secret::new(two, 2, [2; 32]));
    let (nonce, coefficients, possession) = (from.nonce(one), from.coefficients(), from.possession(one));
    let commitment = one.commitment(&nonce, &coefficients);
    let dealing = Dealing::check(one, 2, &commitment, &nonce, &coefficients, &possession).expect("it is honest");
    let key = to.sealing_key(two);
    let sealed = from.seal(one, 2, &key).expect("the key is honest");

    let honest = [possession.as_slice(), &sealed, &coefficients].concat();
    let bytes: Vec<u8> = if mode & 1 == 0 {
        rest.to_vec()
    } else {
        honest.iter().enumerate().map(|(i, byte)| byte ^ rest.get(i).copied().unwrap_or(0)).collect()
    };
    let Some((other_possession, rest)) = bytes.split_first_chunk::<64>() else { return };
    let Some((other_sealed, other_coefficients)) = rest.split_first_chunk::<64>() else { return };

    // With a commitment to fit, so that the rest is looked at.
    let other = one.commitment(&nonce, other_coefficients);
    let checked = Dealing::check(one, 2, &other, &nonce, other_coefficients, other_possession);
    let same = *other_possession == possession && other_coefficients == coefficients;
    assert_eq!(checked.is_ok(), same);

    let other_sealed: SealedShare = *other_sealed;
    let opened = to.open(two, 1, &dealing, &other_sealed);
    assert_eq!(opened.is_ok(), other_sealed == sealed);
    if let Ok(share) = &opened {
        assert_eq!(**share, *from.share(2));
    }
    let answer = from.ephemeral(one, 2);
    assert_eq!(dealing.judge(one, 2, &key, &other_sealed, &answer).is_ok(), opened.is_ok());
    let other_key: [u8; 32] = std::array::from_fn(|i| other_sealed[i]);
    let _ = from.seal(one, 2, &other_key);
    let _ = dealing.judge(one, 2, &other_key, &other_sealed, &Scalar::ONE);
});
