//! Any bytes as a sealed message, and a genuine one with some bytes changed: what opens is what was sealed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use veche_session::envelope::{self, OpeningKey, SealingSignature, Signer};

const PAYLOAD_BYTES: u32 = 4_096;

struct Genuine {
    key: OpeningKey,
    signer: SealingSignature,
    token: String,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let dialogue: serde_json::Value =
        serde_json::from_slice(include_bytes!("../../docs/spec/vectors/dialogue.json")).expect("a vector");
    let der = |name: &str| {
        data_encoding::BASE64URL_NOPAD.decode(dialogue[name].as_str().expect("a vector").as_bytes()).expect("a vector")
    };
    let key = OpeningKey::from_pkcs8(&der("voter_reply_pkcs8")).expect("a vector");
    let signer = SealingSignature::from_pkcs8(&der("voter_sig_pkcs8")).expect("a vector");
    let token = envelope::seal(b"genuine", &signer, true, key.public()).expect("sealed");
    Genuine { key, signer, token }
});

fuzz_target!(|bytes: &[u8]| {
    let Genuine { key, signer, token } = &*GENUINE;
    for by in [Signer::Embedded, Signer::Known(signer.public())] {
        if let Ok(text) = std::str::from_utf8(bytes) {
            // Whoever makes a token signs it: with a key in its own header anybody may.
            assert!(envelope::open(text, key, by, PAYLOAD_BYTES).is_err() || text == token);
        }
        let mut changed = token.clone().into_bytes();
        let [high, low, rest @ ..] = bytes else { continue };
        let at = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
        for (old, new) in changed.iter_mut().skip(at).zip(rest) {
            *old = *new;
        }
        let Ok(changed) = String::from_utf8(changed) else { continue };
        let opens = envelope::open(&changed, key, by, PAYLOAD_BYTES).is_ok();
        // The genuine one carries its key, and opens in no other way.
        let may = changed == *token && matches!(by, Signer::Embedded);
        assert_eq!(opens, may, "a changed token opened, or the genuine one did not");
    }
});
