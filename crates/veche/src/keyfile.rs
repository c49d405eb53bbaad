//! A trustee's key file: one line of JSON, or the same under a passphrase in the age format, which the programs `age` and
//! `rage` read too. Spec: `docs/spec/trustees.md` section 8.

use std::{io::Read, iter, path::Path};

use age::{
    Decryptor,
    secrecy::{ExposeSecret, SecretString},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use veche_election::{Hash, ceremony::TrusteeSecret};
use veche_server::home;
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    lang::tr,
};

const KEY_VERSION: &str = "veche-trustee-1";
const AGE_HEADER: &[u8] = b"age-encryption.org/v1";
/// For programs; people type theirs.
pub const PASSPHRASE_VARIABLE: &str = "VECHE_PASSPHRASE";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    v: String,
    draft: Hash,
    trustee: u32,
    /// The secret.
    seed: Zeroizing<String>,
}

/// Writes a new key file; one that is there is never overwritten.
pub fn write(path: &Path, secret: &TrusteeSecret, passphrase: Option<&SecretString>) -> Result<()> {
    if path.exists() {
        return Err(Failure::usage(tr!("{} is there already", "{} уже есть", path.display())).next(tr!(
            "A key is never overwritten: name another file.",
            "Ключ не перезаписывается: назовите другой файл."
        )));
    }
    let seed = Zeroizing::new(BASE64URL_NOPAD.encode(secret.seed().as_ref()));
    let file = KeyFile { v: KEY_VERSION.into(), draft: secret.draft(), trustee: secret.trustee(), seed };
    let plain = Zeroizing::new(veche_election::canonical::write_text(&file) + "\n");
    let bytes = match passphrase {
        None => Zeroizing::new(plain.as_bytes().to_vec()),
        Some(passphrase) => {
            let recipient = age::scrypt::Recipient::new(passphrase.clone());
            Zeroizing::new(age::encrypt(&recipient, plain.as_bytes()).map_err(Failure::other)?)
        }
    };
    Ok(home::write_new(path, &bytes, 0o600)?)
}

/// Reads a key file; asks for the passphrase if it is under one.
pub fn read(path: &Path) -> Result<TrusteeSecret> {
    let shown = path.display();
    let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let plain = if bytes.starts_with(AGE_HEADER) { decrypt(&bytes, &shown.to_string())? } else { bytes };
    let not_a_key = || Failure::usage(tr!("{shown} is not a trustee's key", "{shown} — не ключ доверенного"));
    let file: KeyFile = serde_json::from_slice(&plain).map_err(|_| not_a_key())?;
    let seed = Zeroizing::new(BASE64URL_NOPAD.decode(file.seed.as_bytes()).map_err(|_| not_a_key())?);
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| not_a_key())?);
    if file.v != KEY_VERSION {
        return Err(not_a_key());
    }
    Ok(TrusteeSecret::new(file.draft, file.trustee, *seed))
}

fn decrypt(bytes: &[u8], shown: &str) -> Result<Zeroizing<Vec<u8>>> {
    let passphrase = passphrase(&tr!("Passphrase of {shown}: ", "Пароль к {shown}: "))?;
    let identity = age::scrypt::Identity::new(passphrase);
    let wrong = |_| Failure::usage(tr!("this passphrase does not open {shown}", "этот пароль не открывает {shown}"));
    let opened = Decryptor::new(bytes).and_then(|file| file.decrypt(iter::once(&identity as _)));
    let mut plain = Zeroizing::new(Vec::new());
    opened.map_err(wrong)?.read_to_end(&mut plain).map_err(Failure::other)?;
    Ok(plain)
}

/// From the environment, else typed.
pub fn passphrase(question: &str) -> Result<SecretString> {
    match std::env::var(PASSPHRASE_VARIABLE) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => Ok(SecretString::from(crate::prompt::ask_secret(question)?)),
    }
}

/// A new passphrase, typed twice.
pub fn new_passphrase() -> Result<SecretString> {
    let first = passphrase(&tr!("New passphrase: ", "Новый пароль: "))?;
    let second = passphrase(&tr!("Again: ", "Ещё раз: "))?;
    if first.expose_secret().chars().count() < 8 {
        return Err(Failure::usage(tr!("eight characters at least", "не меньше восьми знаков")));
    }
    if first.expose_secret() != second.expose_secret() {
        return Err(Failure::usage(tr!("the two differ", "они различаются")));
    }
    Ok(first)
}
