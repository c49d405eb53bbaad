//! Any bytes as a dealer's message, as sealed shares and as a complaint: no panic, and whoever opens shares agrees with
//! whoever judges them.
//! Input: a byte of mode, then the pieces in turn; in place of the honest ones, or laid over them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veche_crypto::{
    Scalar,
    dealing::{Dealer, Dealing, Secret, Size, sealed_bytes},
};

const DRAFT: [u8; 32] = [9; 32];
const SIZE: Size = Size { keys: 3, threshold: 2 };

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let (one, two) = (Dealer { draft: &DRAFT, trustee: 1 }, Dealer { draft: &DRAFT, trustee: 2 });
    let (from, to) = (Secret::new(one, SIZE, [1; 32]), Secret::new(two, SIZE, [2; 32]));
    let (nonce, coefficients, possession) = (from.nonce(one), from.coefficients(), from.possession(one));
    let commitment = one.commitment(&nonce, &coefficients);
    let dealing = Dealing::check(one, SIZE, &commitment, &nonce, &coefficients, &possession).expect("it is honest");
    let key = to.sealing_key(two);
    let sealed = from.seal(one, 2, &key).expect("the key is honest");

    let honest = [possession.as_slice(), &sealed, &coefficients].concat();
    let bytes: Vec<u8> = if mode & 1 == 0 {
        rest.to_vec()
    } else {
        honest.iter().enumerate().map(|(i, byte)| byte ^ rest.get(i).copied().unwrap_or(0)).collect()
    };
    let Some((other_possession, rest)) = bytes.split_at_checked(possession.len()) else { return };
    let Some((other_sealed, other_coefficients)) = rest.split_at_checked(sealed_bytes(SIZE.keys)) else { return };

    // With a commitment to fit, so that the rest is looked at.
    let other = one.commitment(&nonce, other_coefficients);
    let checked = Dealing::check(one, SIZE, &other, &nonce, other_coefficients, other_possession);
    let same = other_possession == possession && other_coefficients == coefficients;
    assert_eq!(checked.is_ok(), same);

    let opened = to.open(two, 1, &dealing, other_sealed);
    assert_eq!(opened.is_ok(), other_sealed == sealed);
    if let Ok(shares) = &opened {
        assert_eq!(**shares, *from.share(2));
    }
    let answer = from.ephemeral(one, 2);
    assert_eq!(dealing.judge(one, 2, &key, other_sealed, &answer).is_ok(), opened.is_ok());
    let Some(other_key) = other_sealed.first_chunk() else { return };
    let _ = from.seal(one, 2, other_key);
    let _ = dealing.judge(one, 2, other_key, other_sealed, &Scalar::ONE);
});
