//! A trustee's key file: one line of JSON, plain or sealed under a passphrase. Spec: `docs/spec/trustees.md` section 8.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use veche_election::{Hash, canonical, ceremony::TrusteeSecret};
use veche_server::home;
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    files,
    front::Front,
    lang::{both, tr},
    randomness::random,
};

pub mod sealed;

use sealed::{Sealed, SealedError};

const KEY_VERSION: &str = "veche-trustee-1";
/// No key file is longer, however it was sealed.
const FILE_MAX_BYTES: u64 = 16 << 10;
const PASSPHRASE_MIN_CHARS: usize = 8;
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

/// Until it is dropped, no other command uses this key: what a key has opened or seen lies in files beside it, which are
/// read, compared and written in one step. A command that somebody stalls must not be overtaken by another.
pub fn hold(path: &Path, front: &mut dyn Front) -> Result<File> {
    let fail = |error: io::Error| Failure::other(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(error)) => return Err(fail(error)),
        Err(TryLockError::WouldBlock) => {}
    }
    front.tell(both!(
        "Another command is using this key; waiting for it.",
        "Этим ключом занята другая команда; ждём её."
    ));
    file.lock().map_err(fail)?;
    Ok(file)
}

/// Is this the file of a key that is under a passphrase?
pub fn is_sealed(path: &Path) -> Result<bool> {
    let bytes = Zeroizing::new(files::read_at_most(path, FILE_MAX_BYTES)?);
    Ok(serde_json::from_slice::<Sealed>(&bytes).is_ok())
}

/// Writes a new key file; one that is there is never overwritten.
pub fn write(path: &Path, secret: &TrusteeSecret, passphrase: Option<&str>) -> Result<()> {
    if files::is_taken(path) {
        return Err(Failure::usage(both!("{} is there already", "{} уже есть", path.display())).next(both!(
            "A key is never overwritten: name another file.",
            "Ключ не перезаписывается: назовите другой файл."
        )));
    }
    let seed = Zeroizing::new(BASE64URL_NOPAD.encode(secret.seed().as_ref()));
    let file = KeyFile { v: KEY_VERSION.into(), draft: secret.draft(), trustee: secret.trustee(), seed };
    let plain = Zeroizing::new(canonical::write_text(&file) + "\n");
    let bytes = match passphrase {
        None => plain,
        Some(passphrase) => {
            let sealed = Sealed::new(plain.as_bytes(), passphrase, random()?, random()?);
            Zeroizing::new(canonical::write_text(&sealed.map_err(|error| refusal(path, &error))?) + "\n")
        }
    };
    Ok(home::write_new(path, bytes.as_bytes(), 0o600)?)
}

/// Reads a key file. `passphrase` is asked for if it is under one.
pub fn read(path: &Path, passphrase: impl FnOnce() -> Result<Zeroizing<String>>) -> Result<TrusteeSecret> {
    parse(Zeroizing::new(files::read_at_most(path, FILE_MAX_BYTES)?), path, passphrase)
}

/// As [`read`], of bytes that came from elsewhere. `path`: what they are called.
pub fn parse(
    bytes: Zeroizing<Vec<u8>>,
    path: &Path,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>>,
) -> Result<TrusteeSecret> {
    let not_a_key = || {
        let shown = path.display();
        Failure::usage(both!(
            "{shown} is not a trustee's key, or was cut",
            "{shown} — не файл ключа доверенного, или он обрезан"
        ))
    };
    let plain = match serde_json::from_slice::<Sealed>(&bytes) {
        Ok(sealed) => unseal(&sealed, path, passphrase)?,
        Err(_) => bytes,
    };
    let file: KeyFile = serde_json::from_slice(&plain).map_err(|_| not_a_key())?;
    let seed = Zeroizing::new(BASE64URL_NOPAD.decode(file.seed.as_bytes()).map_err(|_| not_a_key())?);
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| not_a_key())?);
    if file.v != KEY_VERSION {
        return Err(not_a_key());
    }
    Ok(TrusteeSecret::new(file.draft, file.trustee, *seed))
}

fn unseal(
    sealed: &Sealed,
    path: &Path,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>>,
) -> Result<Zeroizing<Vec<u8>>> {
    // What cannot be opened with any passphrase asks for none.
    sealed.check().map_err(|error| refusal(path, &error))?;
    sealed.open(&passphrase()?).map_err(|error| refusal(path, &error))
}

fn refusal(path: &Path, error: &SealedError) -> Failure {
    let shown = path.display();
    Failure::usage(match error {
        SealedError::Version => tr!("{shown} is of an unknown version", "{shown} неизвестной версии"),
        SealedError::Work => tr!(
            "{shown} asks for more memory or work than any key file of this program: nothing was tried",
            "{shown} требует больше памяти или работы, чем любой ключ этой программы: его не пробовали открыть"
        ),
        SealedError::Passphrase => tr!(
            "this passphrase does not open {shown} (or the file was changed)",
            "этот пароль не открывает {shown} (или файл изменён)"
        ),
        SealedError::Memory => {
            tr!("there is no memory left to open {shown}", "не хватает памяти, чтобы открыть {shown}")
        }
    })
}

/// From the environment, else typed.
pub fn passphrase(question: &str) -> Result<Zeroizing<String>> {
    match std::env::var(PASSPHRASE_VARIABLE) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(_) => Ok(Zeroizing::new(crate::prompt::ask_secret(question)?)),
    }
}

/// That of a key file which is there.
pub fn passphrase_of(path: &Path) -> Result<Zeroizing<String>> {
    passphrase(&tr!("Passphrase of {}: ", "Пароль к {}: ", path.display()))
}

/// # Errors
/// It is too short for a new one.
pub fn check_new(passphrase: &str) -> Result<()> {
    if passphrase.chars().count() >= PASSPHRASE_MIN_CHARS {
        return Ok(());
    }
    Err(Failure::usage(both!("eight characters at least", "нужно не меньше восьми знаков")))
}

/// A new passphrase, typed twice.
pub fn new_passphrase() -> Result<Zeroizing<String>> {
    let first = passphrase(&tr!("New passphrase: ", "Новый пароль: "))?;
    let second = passphrase(&tr!("Again: ", "Ещё раз: "))?;
    check_new(&first)?;
    if first != second {
        return Err(Failure::usage(both!("the two differ", "пароли не совпали")));
    }
    Ok(first)
}
