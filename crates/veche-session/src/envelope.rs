//! The envelope: a compact JWS (`PS256`) inside a compact JWE (`RSA-OAEP-256`, `A256GCM`), and nothing else of JOSE.
//!
//! Sign, then encrypt: the signature is encrypted too. The session key is fresh for each message. Everything that
//! JOSE leaves open is fixed here: two algorithms, exact headers, canonical base64url, sizes bounded before decoding.
//! Spec: `docs/spec/envelope.md`. RFC 7515, 7516, 7518, 8017.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    encoding::{AsDer, Pkcs8V1Der},
    rand::{self, SystemRandom},
    rsa::{
        KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
        PrivateDecryptingKey, PublicEncryptingKey,
    },
    signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaPublicKeyComponents},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, de::DeserializeOwned};
use veche_election::{Jwk, canonical};
use zeroize::Zeroizing;

use crate::sealed::{EnvelopeError, OK_KEY_BYTES, OkKey, Opened, token_max_bytes};

/// e = 65537, big-endian.
const EXPONENT: [u8; 3] = [1, 0, 1];
const SESSION_KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// A header of ours with a 4096-bit key is below 900 bytes.
const HEADER_MAX_BYTES: usize = 1_024;
/// Of a voter's `ok`: these very bytes.
const OK_HEADER: &str = r#"{"alg":"dir","enc":"A256GCM"}"#;
const JWE_HEADER: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#;

/// Our own side failed (no randomness, no memory).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFailure;

impl From<aws_lc_rs::error::Unspecified> for CryptoFailure {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

/// Bits of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// Voters' keys, made for one session.
    Rsa2048,
    /// The server's keys.
    Rsa3072,
}

impl Bits {
    fn size(self) -> KeySize {
        match self {
            Self::Rsa2048 => KeySize::Rsa2048,
            Self::Rsa3072 => KeySize::Rsa3072,
        }
    }
}

/// An RSA private key that opens messages.
pub struct OpeningKey {
    key: OaepPrivateDecryptingKey,
    pkcs8: Pkcs8V1Der<'static>,
    public: Jwk,
}

impl OpeningKey {
    /// A new key.
    ///
    /// # Errors
    /// The cryptographic library: it has no randomness.
    pub fn generate(bits: Bits) -> Result<Self, CryptoFailure> {
        Self::new(PrivateDecryptingKey::generate(bits.size())?).map_err(|_| CryptoFailure)
    }

    /// One that was written by [`Self::to_pkcs8`].
    ///
    /// # Errors
    /// Whoever wrote it: this is no RSA key of ours.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, EnvelopeError> {
        Self::new(PrivateDecryptingKey::from_pkcs8(der).map_err(|_| EnvelopeError::Key)?)
    }

    fn new(key: PrivateDecryptingKey) -> Result<Self, EnvelopeError> {
        let pkcs8: Pkcs8V1Der<'static> = key.as_der().map_err(|_| EnvelopeError::Key)?;
        let public = SealingSignature::from_pkcs8(pkcs8.as_ref())?.public;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| EnvelopeError::Key)?;
        Ok(Self { key, pkcs8, public })
    }

    /// The half that may be known.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// The private key in PKCS#8, for the server's own file (mode 0600) only.
    pub fn to_pkcs8(&self) -> &[u8] {
        self.pkcs8.as_ref()
    }

    /// Unwraps a session key. Whatever goes wrong, some key comes back and the tag decides (RFC 7516 section 11.5):
    /// a bad wrapping and a bad tag look alike and take the same steps.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; SESSION_KEY_BYTES]>, CryptoFailure> {
        let mut key = Zeroizing::new([0; SESSION_KEY_BYTES]);
        rand::fill(key.as_mut())?;
        let mut plain = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let unwrapped = self.key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut plain, None);
        if let Some(found) = unwrapped.ok().and_then(|found| <[u8; SESSION_KEY_BYTES]>::try_from(&*found).ok()) {
            *key = found;
        }
        Ok(key)
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpeningKey(secret; public {})", self.public.thumbprint())
    }
}

/// An RSA private key that signs messages.
pub struct SealingSignature {
    key: KeyPair,
    pkcs8: Pkcs8V1Der<'static>,
    public: Jwk,
}

impl SealingSignature {
    /// A new key.
    ///
    /// # Errors
    /// The cryptographic library: it has no randomness.
    pub fn generate(bits: Bits) -> Result<Self, CryptoFailure> {
        Self::new(KeyPair::generate(bits.size())?).map_err(|_| CryptoFailure)
    }

    /// One that was written by [`Self::to_pkcs8`].
    ///
    /// # Errors
    /// Whoever wrote it: this is no RSA key of ours.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, EnvelopeError> {
        Self::new(KeyPair::from_pkcs8(der).map_err(|_| EnvelopeError::Key)?)
    }

    fn new(key: KeyPair) -> Result<Self, EnvelopeError> {
        let components: RsaPublicKeyComponents<Vec<u8>> = key.public_key().into();
        if components.e != EXPONENT {
            return Err(EnvelopeError::Key);
        }
        let public = Jwk::from_modulus(&components.n).map_err(|_| EnvelopeError::Key)?;
        let pkcs8 = key.as_der().map_err(|_| EnvelopeError::Key)?;
        Ok(Self { key, pkcs8, public })
    }

    /// The half that may be known.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// The private key in PKCS#8, for the server's own file (mode 0600) only.
    pub fn to_pkcs8(&self) -> &[u8] {
        self.pkcs8.as_ref()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }
}

impl fmt::Debug for SealingSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingSignature(secret; public {})", self.public.thumbprint())
    }
}

/// Whose signature a message must carry.
#[derive(Debug, Clone, Copy)]
pub enum Signer<'a> {
    /// The key in the message's own header (voter to server: it authenticates nobody by itself).
    Embedded,
    /// A key known beforehand (server to voter).
    Known(&'a Jwk),
}

/// Signs, then encrypts. `embed` puts the signer's public key in the header.
///
/// # Errors
/// The cryptographic library, or a key that is none.
pub fn seal(payload: &[u8], signer: &SealingSignature, embed: bool, to: &Jwk) -> Result<String, CryptoFailure> {
    let token = Zeroizing::new(sign_token(payload, signer, embed)?);
    encrypt_token(token.as_bytes(), to)
}

/// Decrypts, then verifies.
///
/// # Errors
/// The peer: it is no sealed message of this version, or not for this key.
pub fn open(token: &str, key: &OpeningKey, signer: Signer<'_>, payload_bytes: u32) -> Result<Opened, EnvelopeError> {
    if token.len() > token_max_bytes(payload_bytes) {
        return Err(EnvelopeError::Form);
    }
    let inner = decrypt_token(token, key, parse_jwe_header)?;
    let inner = core::str::from_utf8(&inner).map_err(|_| EnvelopeError::Form)?;
    verify_token(inner, |header| parse_jws_header(header, signer))
}

/// A key for one `ok`, from the system's randomness.
///
/// # Errors
/// The cryptographic library: it has no randomness.
pub fn ok_key() -> Result<OkKey, CryptoFailure> {
    let mut bytes = Zeroizing::new([0; OK_KEY_BYTES]);
    rand::fill(bytes.as_mut())?;
    Ok(OkKey::new(*bytes))
}

/// Encrypts a voter's `ok` under the key of the «да» that it answers.
///
/// # Errors
/// The cryptographic library.
pub fn seal_ok(payload: &[u8], key: &OkKey) -> Result<String, CryptoFailure> {
    let mut iv = [0; NONCE_LEN];
    rand::fill(&mut iv)?;
    let (text, tag) = encrypt(payload, key.bytes(), iv, &encode(OK_HEADER.as_bytes()))?;
    Ok(format!("{}..{}.{text}.{tag}", encode(OK_HEADER.as_bytes()), encode(&iv)))
}

/// Decrypts a voter's `ok`. One key is tried: AES-GCM does not commit to its key.
///
/// # Errors
/// The peer: it is no sealed message of this version, or not for this key.
pub fn open_ok(token: &str, key: &OkKey, payload_bytes: u32) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    if token.len() > token_max_bytes(payload_bytes) {
        return Err(EnvelopeError::Form);
    }
    let [header, wrapped, iv, text, tag] = parts(token)?;
    if header != encode(OK_HEADER.as_bytes()) || !wrapped.is_empty() {
        return Err(EnvelopeError::Form);
    }
    decrypt(key.bytes(), header, iv, text, tag)
}

fn sign_token(payload: &[u8], signer: &SealingSignature, embed: bool) -> Result<String, CryptoFailure> {
    let header = if embed {
        format!(r#"{{"alg":"PS256","jwk":{}}}"#, canonical::write_text(&signer.public))
    } else {
        r#"{"alg":"PS256"}"#.to_owned()
    };
    // Joined in buffers of the right size: one that grows leaves a copy of a «да» behind that nobody wipes.
    let payload = Zeroizing::new(encode(payload));
    let input = Zeroizing::new([encode(header.as_bytes()).as_str(), payload.as_str()].join("."));
    let signature = signer.sign(input.as_bytes())?;
    Ok([input.as_str(), encode(&signature).as_str()].join("."))
}

fn encrypt_token(plain: &[u8], to: &Jwk) -> Result<String, CryptoFailure> {
    let mut session_key = Zeroizing::new([0; SESSION_KEY_BYTES]);
    rand::fill(session_key.as_mut())?;
    let mut iv = [0; NONCE_LEN];
    rand::fill(&mut iv)?;

    let to: PublicEncryptingKey = public_components(to).ok_or(CryptoFailure)?.try_into()?;
    let to = OaepPublicEncryptingKey::new(to)?;
    let mut wrapped = vec![0; to.ciphertext_size()];
    let wrapped = to.encrypt(&OAEP_SHA256_MGF1SHA256, session_key.as_ref(), &mut wrapped, None)?;

    let header = encode(JWE_HEADER.as_bytes());
    let (text, tag) = encrypt(plain, &session_key, iv, &header)?;
    Ok(format!("{header}.{}.{}.{text}.{tag}", encode(wrapped), encode(&iv)))
}

/// AES-256-GCM with the encoded header beside it: the encoded text, and the encoded tag.
fn encrypt(
    plain: &[u8],
    key: &[u8; SESSION_KEY_BYTES],
    iv: [u8; NONCE_LEN],
    header: &str,
) -> Result<(String, String), CryptoFailure> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let mut text = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut text)?;
    Ok((encode(&text), encode(tag.as_ref())))
}

/// The reverse, of the encoded parts.
fn decrypt(
    key: &[u8; SESSION_KEY_BYTES],
    header: &str,
    iv: &str,
    text: &str,
    tag: &str,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let iv: [u8; NONCE_LEN] = decode(iv)?.try_into().map_err(|_| EnvelopeError::Form)?;
    let mut text = Zeroizing::new(decode(text)?);
    let tag = decode(tag)?;
    if tag.len() != TAG_BYTES {
        return Err(EnvelopeError::Form);
    }
    text.extend_from_slice(&tag);
    let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_| EnvelopeError::Sealed)?;
    let (nonce, aad) = (Nonce::assume_unique_for_key(iv), Aad::from(header.as_bytes()));
    let opened = LessSafeKey::new(unbound).open_in_place(nonce, aad, &mut text).map(|plain| plain.len());
    let length = opened.map_err(|_| EnvelopeError::Sealed)?;
    text.truncate(length);
    Ok(text)
}

/// The five parts of a compact JWE. `check_header` decides what headers may say.
pub(crate) fn decrypt_token(
    token: &str,
    key: &OpeningKey,
    check_header: impl FnOnce(&[u8]) -> Result<(), EnvelopeError>,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let [header, wrapped, iv, text, tag] = parts(token)?;
    check_header(&decode_header(header)?)?;
    let wrapped = decode(wrapped)?;
    // What can be seen without a key is looked at before the private operation.
    let good = |part: &str, bytes: usize| decode(part).is_ok_and(|part| part.len() == bytes);
    if !good(iv, NONCE_LEN) || !good(tag, TAG_BYTES) || wrapped.len() != key.key.key_size_bytes() {
        return Err(EnvelopeError::Form);
    }
    let session_key = key.unwrap(&wrapped).map_err(|_| EnvelopeError::Sealed)?;
    decrypt(&session_key, header, iv, text, tag)
}

/// The three parts of a compact JWS. `find_key` reads the header and names the key that must have signed.
pub(crate) fn verify_token(
    token: &str,
    find_key: impl FnOnce(&[u8]) -> Result<Jwk, EnvelopeError>,
) -> Result<Opened, EnvelopeError> {
    let [header, payload, signature] = parts(token)?;
    let signer = find_key(&decode_header(header)?)?;
    let (input, _) = token.rsplit_once('.').ok_or(EnvelopeError::Form)?;
    let payload = Zeroizing::new(decode(payload)?);
    let signature = decode(signature)?;
    public_components(&signer)
        .ok_or(EnvelopeError::Key)?
        .verify(&RSA_PSS_2048_8192_SHA256, input.as_bytes(), &signature)
        .map_err(|_| EnvelopeError::Signature)?;
    Ok(Opened { payload, signer })
}

/// Exactly the three members that we write, in any order.
fn parse_jwe_header(bytes: &[u8]) -> Result<(), EnvelopeError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Header {
        alg: String,
        enc: String,
        cty: String,
    }
    let header: Header = parse_header(bytes)?;
    let ours = header.alg == "RSA-OAEP-256" && header.enc == "A256GCM" && header.cty == "JWT";
    if ours { Ok(()) } else { Err(EnvelopeError::Form) }
}

/// `alg`, and `jwk` exactly when the signer's key is embedded.
fn parse_jws_header(bytes: &[u8], signer: Signer<'_>) -> Result<Jwk, EnvelopeError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Embedding {
        alg: String,
        jwk: Jwk,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Plain {
        alg: String,
    }
    let (alg, jwk) = match signer {
        Signer::Embedded => {
            let header: Embedding = parse_header(bytes)?;
            (header.alg, header.jwk)
        }
        Signer::Known(jwk) => (parse_header::<Plain>(bytes)?.alg, jwk.clone()),
    };
    if alg == "PS256" { Ok(jwk) } else { Err(EnvelopeError::Form) }
}

/// An object of plain strings and objects: no arrays (which a struct could be read from), no escapes.
fn parse_header<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EnvelopeError> {
    if !bytes.starts_with(b"{") || !bytes.ends_with(b"}") || bytes.iter().any(|b| matches!(b, b'[' | b'\\')) {
        return Err(EnvelopeError::Form);
    }
    serde_json::from_slice(bytes).map_err(|_| EnvelopeError::Form)
}

fn public_components(jwk: &Jwk) -> Option<RsaPublicKeyComponents<Vec<u8>>> {
    Some(RsaPublicKeyComponents { n: jwk.modulus().ok()?, e: EXPONENT.to_vec() })
}

fn parts<const N: usize>(token: &str) -> Result<[&str; N], EnvelopeError> {
    let mut parts = token.split('.');
    let mut found = [""; N];
    for part in &mut found {
        *part = parts.next().ok_or(EnvelopeError::Form)?;
    }
    if parts.next().is_none() { Ok(found) } else { Err(EnvelopeError::Form) }
}

fn decode_header(part: &str) -> Result<Vec<u8>, EnvelopeError> {
    if part.len() > HEADER_MAX_BYTES * 4 / 3 { Err(EnvelopeError::Form) } else { decode(part) }
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Canonical only: no padding, no other alphabet, no stray bits at the end.
fn decode(part: &str) -> Result<Vec<u8>, EnvelopeError> {
    BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| EnvelopeError::Form)
}

#[cfg(test)]
mod wycheproof;
