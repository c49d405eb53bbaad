//! Secret bytes under a passphrase: Argon2id (RFC 9106) makes a key of it, AES-256-GCM seals. Whoever made the file says
//! how much memory and work that takes; what is absurd is refused before any is spent.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use veche_election::encoding::{Blob, Bytes};
use zeroize::Zeroizing;

const SEALED_VERSION: &str = "veche-trustee-sealed-1";
const KDF: &str = "argon2id";
/// RFC 9106 section 4, the second recommended option: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// What a reader spends on a file: four times that memory, five times those passes.
const MEMORY_MAX_KIB: u32 = 4 * MEMORY_KIB;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;
/// Of each lane, so that none is without memory (RFC 9106 section 3.1).
const LANE_MIN_KIB: u32 = 8;
const KEY_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    v: String,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Bytes<16>,
    nonce: Bytes<12>,
    sealed: Blob,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedError {
    Version,
    /// It asks for more than anybody needs.
    Work,
    /// Or the file was changed: the two look alike.
    Passphrase,
    Memory,
}

impl Sealed {
    /// `salt` and `nonce`: fresh random bytes.
    pub fn new(plain: &[u8], passphrase: &str, salt: [u8; 16], nonce: [u8; 12]) -> Result<Self, SealedError> {
        let (v, kdf, sealed) = (SEALED_VERSION.into(), KDF.into(), Blob(plain.to_vec()));
        let (memory_kib, passes, lanes) = (MEMORY_KIB, PASSES, LANES);
        let (salt, nonce) = (Bytes(salt), Bytes(nonce));
        Self { v, kdf, memory_kib, passes, lanes, salt, nonce, sealed }.seal(passphrase)
    }

    /// What is in clear in it is sealed in place.
    fn seal(mut self, passphrase: &str) -> Result<Self, SealedError> {
        let (key, nonce) = (self.key(passphrase)?, self.nonce());
        let sealed = key.seal_in_place_append_tag(nonce, aad(), &mut self.sealed.0);
        sealed.map_err(|_| SealedError::Passphrase)?;
        Ok(self)
    }

    /// May it be tried at all?
    pub fn check(&self) -> Result<(), SealedError> {
        if self.v != SEALED_VERSION || self.kdf != KDF {
            return Err(SealedError::Version);
        }
        let lanes = (1..=LANES_MAX).contains(&self.lanes) && (1..=PASSES_MAX).contains(&self.passes);
        let memory = (LANE_MIN_KIB.saturating_mul(self.lanes)..=MEMORY_MAX_KIB).contains(&self.memory_kib);
        if lanes && memory { Ok(()) } else { Err(SealedError::Work) }
    }

    pub fn open(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        self.check()?;
        let mut bytes = Zeroizing::new(self.sealed.0.clone());
        let opened = self.key(passphrase)?.open_in_place(self.nonce(), aad(), &mut bytes);
        let length = opened.map_err(|_| SealedError::Passphrase)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    fn key(&self, passphrase: &str) -> Result<LessSafeKey, SealedError> {
        let key = UnboundKey::new(&AES_256_GCM, &*self.key_bytes(passphrase)?).map_err(|_| SealedError::Memory)?;
        Ok(LessSafeKey::new(key))
    }

    fn key_bytes(&self, passphrase: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealedError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES));
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| SealedError::Work)?);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let made = argon2.hash_password_into(passphrase.as_bytes(), &self.salt.0, &mut *key);
        made.map_err(|_| SealedError::Memory)?;
        Ok(key)
    }

    fn nonce(&self) -> Nonce {
        Nonce::assume_unique_for_key(self.nonce.0)
    }
}

/// What is sealed is of this version and no other. (Salt and work are in the key.)
fn aad() -> Aad<&'static [u8]> {
    Aad::from(SEALED_VERSION.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// With little work, so that it is quick.
    fn clear() -> Sealed {
        let (v, kdf, sealed) = (SEALED_VERSION.into(), KDF.into(), Blob(b"secret".to_vec()));
        let (memory_kib, passes, lanes) = (1 << 10, PASSES, LANES);
        Sealed { v, kdf, memory_kib, passes, lanes, salt: Bytes(*b"somesalt12345678"), nonce: Bytes([2; 12]), sealed }
    }

    fn sealed() -> Sealed {
        clear().seal("eight characters").unwrap()
    }

    /// By the reference program: `printf 'eight characters' | argon2 somesalt12345678 -id -t 3 -m 10 -p 4 -l 32 -r`.
    #[test]
    fn the_key_is_the_one_that_the_reference_program_makes() {
        let key = data_encoding::HEXLOWER.encode(clear().key_bytes("eight characters").unwrap().as_ref());
        assert_eq!(key, "ccf850eb1417d05796517f7a898bfa662ba6cb4393f64f351fd891ed483b350c");
    }

    #[test]
    fn the_file_of_the_specification_opens() {
        let spec = include_str!("../../../../docs/spec/trustees.md");
        let file = include_str!("../../../../docs/spec/vectors/trustee.key");
        let file: Sealed = serde_json::from_str(file).unwrap();
        let plain = file.open("eight characters").unwrap();
        let shown = spec.split("```").find(|part| part.contains("{\"v\":\"veche-trustee-1\"")).unwrap();
        let shown: String = shown.lines().map(str::trim).collect();
        assert_eq!(plain.as_slice(), (shown + "\n").as_bytes());
    }

    #[test]
    fn a_passphrase_opens_what_it_has_sealed_and_nothing_else_does() {
        let this = sealed();
        assert!(!this.sealed.0.windows(6).any(|window| window == b"secret"));
        assert_eq!(this.open("eight characters").unwrap().as_slice(), b"secret");
        for other in ["eight character", "eight characters ", "", "Eight characters"] {
            assert_eq!(this.open(other).unwrap_err(), SealedError::Passphrase);
        }
        type Change = fn(&mut Sealed);
        let changes: [Change; 7] = [
            |this| this.sealed.0[0] ^= 1,
            |this| _ = this.sealed.0.pop(),
            |this| this.sealed.0.clear(),
            |this| this.salt.0[0] ^= 1,
            |this| this.nonce.0[0] ^= 1,
            |this| this.passes += 1,
            |this| this.memory_kib /= 2,
        ];
        for change in changes {
            let mut this = sealed();
            change(&mut this);
            assert_eq!(this.open("eight characters").unwrap_err(), SealedError::Passphrase);
        }
    }

    #[test]
    fn absurd_work_and_unknown_versions_are_refused_before_anything_is_spent() {
        type Change = fn(&mut Sealed);
        let changes: [(Change, SealedError); 10] = [
            (|this| this.memory_kib = u32::MAX, SealedError::Work),
            (|this| this.memory_kib = MEMORY_MAX_KIB + 1, SealedError::Work),
            (|this| this.memory_kib = 31, SealedError::Work),
            (|this| this.memory_kib = 0, SealedError::Work),
            (|this| this.passes = 0, SealedError::Work),
            (|this| this.passes = u32::MAX, SealedError::Work),
            (|this| this.lanes = 0, SealedError::Work),
            (|this| this.lanes = u32::MAX, SealedError::Work),
            (|this| this.v.push('0'), SealedError::Version),
            (|this| this.kdf = "argon2i".into(), SealedError::Version),
        ];
        for (change, expected) in changes {
            let mut this = sealed();
            change(&mut this);
            assert_eq!(this.check(), Err(expected));
            assert_eq!(this.open("eight characters").unwrap_err(), expected);
        }
    }
}
